/* Plays a test. See play.h. What happens at one instant: power first, then messages and people in
 * the order of their lines, then what time brings (RULES, appendix E 18). */
#include "rules/testing/play.h"

#include "rules/testing/payload.h"
#include "rules/testing/stage.h"

#include <stdlib.h>

#define DEVICES_SPARE 64 /* for messages as given, which may be of any device */

enum rank { RANK_POWER, RANK_MESSAGE, RANK_LOOK };
struct happening {
    int64_t time_ms;
    enum rank rank;
    uint32_t order; /* of its line */
    struct testing_step *step;
    bool is_end; /* of a span */
};

/* ---- messages ------------------------------------------------------------------------------ */

static void send_readings(struct stage *stage, struct testing_step *step)
{
    char topic[RULES_LEVELS_MAX * (RULES_NAME_BYTES + 1) * 2], payload[TESTING_PAYLOAD_BYTES];
    const struct ruleset *rules = stage->test->rules->rules;
    const struct rules_group *group =
        RULES_AT(rules, struct rules_group, rules->groups, step->sensor->group);
    step->sensor->sent++;
    stage_add_sent(stage, step);
    if (!stage->trial.engine)
        return;
    size_t length =
        testing_payload(stage->test->rules, step, stage->trial.now_ms, payload, sizeof payload);
    if (length == 0) {
        if (stage->trial.now_ms == step->from_ms)
            stage_add_trouble(stage, step,
                              "Messages of this format can't be written by a test: use \"send\".");
        return;
    }
    struct text message = {payload, length};
    bool is_taken;
    if (group->source == RULES_FROM_UDP) {
        is_taken = trial_udp(&stage->trial, group->udp_port, message);
    } else {
        testing_topic(stage->test->rules, step->sensor, topic, sizeof topic);
        is_taken = trial_mqtt(&stage->trial, text_of(topic), message, false);
    }
    stage->has_taken |= is_taken;
    if (!stage->has_taken && stage->play->troubles_count == 0)
        stage_add_trouble(
            stage, step,
            arena_print(&stage->play->arena, "Nothing of this message was taken: %s", payload));
}

static void send_as_given(struct stage *stage, const struct testing_step *step)
{
    if (!stage->trial.engine)
        return;
    uint64_t unrouted = pipeline_counters(stage->trial.pipeline)->unrouted;
    if (step->kind == TESTING_SEND)
        stage->has_taken |= trial_mqtt(&stage->trial, step->topic, step->payload, false);
    else
        stage->has_taken |= trial_udp(&stage->trial, step->port, step->payload);
    if (pipeline_counters(stage->trial.pipeline)->unrouted > unrouted)
        stage_add_trouble(stage, step,
                          step->kind == TESTING_SEND
                              ? "No sensors of these rules have such a topic."
                              : "No sensors of these rules have this port.");
}

/* ---- power --------------------------------------------------------------------------------- */

static void power_off(struct stage *stage)
{
    trial_power_off(&stage->trial);
    stage_forget_rows(stage);
}

static void power_on(struct stage *stage, const struct testing_step *step)
{
    if (!trial_power_on(&stage->trial))
        stage_add_trouble(stage, step,
                          "Brink could not take its state up again. This is a mistake of "
                          "brink's: please report it.");
}

/* ---- what happens -------------------------------------------------------------------------- */

static void happen(struct stage *stage, const struct happening *one)
{
    struct testing_step *step = one->step;
    switch (step->kind) {
    case TESTING_READINGS:
        send_readings(stage, step);
        break;
    case TESTING_SEND:
    case TESTING_SEND_UDP:
        send_as_given(stage, step);
        break;
    case TESTING_OFF:
        if (one->is_end)
            power_on(stage, step);
        else
            power_off(stage);
        break;
    case TESTING_RESTART:
        if (stage->trial.engine == NULL)
            break;
        power_off(stage);
        power_on(stage, step);
        break;
    case TESTING_UPLINK_DOWN:
        trial_link(&stage->trial, one->is_end);
        break;
    case TESTING_COMMAND:
        if (stage->trial.engine == NULL)
            stage_add_trouble(stage, step, "Brink is off then.");
        else
            stage_command(stage, step);
        break;
    case TESTING_EXPECT: /* a look at what waits, behind all else of that instant */
        trial_settle(&stage->trial);
        break;
    }
    stage_look_for_waiting(stage);
}

/* ---- the order of things ------------------------------------------------------------------- */

static int by_time(const void *left, const void *right)
{
    const struct happening *a = left, *b = right;
    if (a->time_ms != b->time_ms)
        return a->time_ms < b->time_ms ? -1 : 1;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

static enum rank rank_of(const struct testing_step *step)
{
    if (step->kind == TESTING_EXPECT)
        return RANK_LOOK;
    return step->kind == TESTING_OFF || step->kind == TESTING_RESTART ||
                   step->kind == TESTING_UPLINK_DOWN
               ? RANK_POWER
               : RANK_MESSAGE;
}

static size_t list_step(struct testing_step *step, struct happening *list, uint32_t order)
{
    size_t count = 0;
    struct happening one = {step->from_ms, rank_of(step), order, step, false};
    bool is_span = step->kind == TESTING_OFF || step->kind == TESTING_UPLINK_DOWN;
    for (one.time_ms = step->from_ms; one.time_ms <= step->until_ms;
         one.time_ms += step->every_ms) {
        if (list != NULL)
            list[count] = one;
        count++;
        if (step->every_ms == 0)
            break;
    }
    if (is_span && list != NULL)
        list[count] = (struct happening){step->until_ms, RANK_POWER, order, step, true};
    return count + is_span;
}

static struct happening *list_all(const struct testing_test *test, size_t *count)
{
    uint32_t order = 0;
    *count = 0;
    for (struct testing_step *step = test->first; step != NULL; step = step->next)
        *count += list_step(step, NULL, 0);
    struct happening *list = malloc((*count + 1) * sizeof *list);
    if (list == NULL)
        return NULL;
    size_t used = 0;
    for (struct testing_step *step = test->first; step != NULL; step = step->next)
        used += list_step(step, list + used, order++);
    qsort(list, *count, sizeof *list, by_time);
    return list;
}

/* ---- the whole ----------------------------------------------------------------------------- */

static void prepare(struct stage *stage, struct testing_play *play)
{
    play->begins_ms = INT64_MAX;
    play->ends_ms = INT64_MIN;
    for (struct testing_step *step = stage->test->first; step != NULL; step = step->next) {
        if (step->sensor != NULL)
            step->sensor->sent = 0;
        play->begins_ms = step->from_ms < play->begins_ms ? step->from_ms : play->begins_ms;
        play->ends_ms = step->means_until_ms > play->ends_ms ? step->means_until_ms : play->ends_ms;
        stage->has_waiting |=
            step->kind == TESTING_EXPECT && step->expected == TESTING_EXPECT_WAITING;
    }
    play->waited = must_arena_allocate(&play->arena, (stage->test->steps_count + 1) *
                                                         sizeof(struct testing_step *));
}

static bool begin(struct stage *stage)
{
    const struct testing_rules *of = stage->test->rules;
    const struct ruleset *rules = of->rules;
    const char *id = rules->site_id.length > 0 ? rules_text(rules, rules->site_id).bytes : "site";
    struct trial_site site = {
        .rules = rules,
        .id = of->site_id != NULL ? of->site_id : id,
        .name = of->site_name != NULL ? of->site_name : id,
        .timezone = of->posix_zone,
        .prefix = "",
        .devices = DEVICES_SPARE + stage->test->sensors_count,
    };
    return trial_begin(&stage->trial, &site, stage_observer(stage), stage->play->begins_ms);
}

bool testing_play(struct testing_play *play, const struct testing_test *test)
{
    *play = (struct testing_play){.test = test};
    struct stage stage = {.play = play, .test = test};
    size_t count;
    struct happening *list = list_all(test, &count);
    prepare(&stage, play);
    bool is_good = list != NULL && begin(&stage);
    for (size_t i = 0; is_good && i < count; i++) {
        trial_pass(&stage.trial, list[i].time_ms);
        happen(&stage, &list[i]);
    }
    if (is_good) {
        trial_pass(&stage.trial, play->ends_ms + 1);
        trial_link(&stage.trial, true); /* texts of what waited */
    }
    trial_end(&stage.trial);
    stage_forget_rows(&stage);
    free(list);
    return is_good;
}

void testing_play_free(struct testing_play *play)
{
    free(play->came);
    free(play->reports);
    free(play->notes);
    free(play->sent);
    free(play->troubles);
    arena_free(&play->arena);
    *play = (struct testing_play){0};
}
