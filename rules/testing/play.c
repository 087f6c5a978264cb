/* Plays a test. See play.h. What happens at one instant: power first, then messages and people in
 * the order of their lines, then what time brings (RULES, appendix E 18). */
#include "rules/testing/play.h"

#include "base/calendar.h"
#include "pipeline/pipeline.h"
#include "rules/testing/payload.h"
#include "rules/testing/words.h"

#include <stdio.h>
#include <stdlib.h>

#define DEVICES_SPARE 64 /* for messages as given, which may be of any device */
#define STATE_BYTES_MAX ((size_t)64 * 1024 * 1024)

enum rank { RANK_POWER, RANK_MESSAGE, RANK_LOOK };
struct happening {
    int64_t time_ms;
    enum rank rank;
    uint32_t order; /* of its line */
    struct testing_step *step;
    bool is_end; /* of a span */
};

struct stage {
    struct testing_play *play;
    const struct testing_test *test;
    const struct testing_rules *rules;
    struct engine *engine;
    struct pipeline *pipeline;
    struct alerts *alerts;
    struct engine_sink alerts_sink;
    uint32_t devices;
    int64_t now_ms;
    bool is_off, uplink_is_down, has_waiting;
    int published[32];
    size_t published_count;
    int next_id;
    void *state; /* of the engine, while Brink is off */
    size_t state_bytes;
    const struct testing_row **rows; /* by device; made on first use */
    size_t rows_count;
};

/* ---- growing lists ------------------------------------------------------------------------- */

static void *grow(void *list, size_t *room, size_t count, size_t size)
{
    if (count < *room)
        return list;
    *room = *room == 0 ? 64 : *room * 2;
    void *larger = realloc(list, *room * size);
    if (larger == NULL) {
        fputs("There is not enough memory on this machine to run the tests.\n", stderr);
        exit(70);
    }
    return larger;
}
#define ADD(play, list)                                                                            \
    ((play)->list =                                                                                \
         grow((play)->list, &(play)->list##_room, (play)->list##_count, sizeof *(play)->list),     \
     &(play)->list[(play)->list##_count++])

static void add_trouble(struct testing_play *play, const struct testing_step *step,
                        const char *text)
{
    *ADD(play, troubles) = (struct testing_trouble){step, text};
}

/* ---- who ----------------------------------------------------------------------------------- */

static const struct testing_row *row_make(struct stage *stage, uint32_t device)
{
    struct arena *arena = &stage->play->arena;
    struct testing_row *row = must_arena_allocate(arena, sizeof *row);
    struct engine_device_view view;
    const struct ruleset *rules = stage->rules->rules;
    engine_device_view(stage->engine, device, &view);
    if (view.set != RULES_NONE)
        row->count = RULES_AT(rules, struct rules_set, rules->sets, view.set)->names.count;
    else if (view.group != RULES_NONE)
        row->count = RULES_AT(rules, struct rules_group, rules->groups, view.group)->names.count;
    const char *identity = "";
    for (uint32_t i = 0; i < row->count; i++) {
        row->names[i] = arena_copy(arena, view.names[i]);
        identity = arena_print(arena, "%s%s%.*s", identity, i > 0 ? "." : "",
                               TEXT_ARGUMENTS(row->names[i]));
    }
    row->identity = row->count > 0 ? text_of(identity) : TEXT("site");
    return row;
}

static const struct testing_row *row_of(struct stage *stage, uint32_t device)
{
    while (device >= stage->rows_count) {
        size_t more = stage->rows_count == 0 ? 64 : stage->rows_count * 2;
        const struct testing_row **rows = realloc(stage->rows, more * sizeof(struct testing_row *));
        if (rows == NULL)
            exit(70);
        memset(rows + stage->rows_count, 0,
               (more - stage->rows_count) * sizeof(struct testing_row *));
        stage->rows = rows;
        stage->rows_count = more;
    }
    if (stage->rows[device] == NULL)
        stage->rows[device] = row_make(stage, device);
    return stage->rows[device];
}

/* ---- what the engine tells ----------------------------------------------------------------- */

static enum testing_came_kind kind_of(const struct engine_alarm_event *event)
{
    if (event->change == ENGINE_CLEARED)
        return TESTING_CAME_CLEARED;
    if (event->change == ENGINE_RAISED || event->change == ENGINE_LOGGED)
        return TESTING_CAME_ALERT;
    return event->change == ENGINE_UPDATED && event->severity > event->from_severity
               ? TESTING_CAME_ALERT
               : TESTING_CAME_OTHER;
}

static void on_alarm(void *context, const struct engine_alarm_event *event)
{
    struct stage *stage = context;
    *ADD(stage->play, came) = (struct testing_came){
        .kind = kind_of(event),
        .change = event->change,
        .time_ms = event->time_ms,
        .alarm = event->alarm,
        .trigger = event->trigger,
        .severity = event->change == ENGINE_CLEARED && event->severity == RULES_NORMAL
                        ? event->from_severity
                        : event->severity,
        .from_severity = event->from_severity,
        .row = row_of(stage, event->device),
        .started_ms = event->started_ms,
        /* What a flood collects is told all the same, in its summary. */
        .is_quiet = event->is_quiet && (event->marks.is_out_of_service ||
                                        event->marks.shelved_until_ms > event->time_ms)};
    stage->alerts_sink.alarm(stage->alerts_sink.context, event);
}

static void on_report(void *context, const struct engine_report_event *event)
{
    struct stage *stage = context;
    const struct ruleset *rules = stage->rules->rules;
    uint32_t count =
        RULES_AT(rules, struct rules_report, rules->reports, event->report)->items.count;
    struct engine_item *items =
        must_arena_allocate(&stage->play->arena, (count + 1) * sizeof *items);
    memcpy(items, event->items, count * sizeof *items);
    *ADD(stage->play, reports) = (struct testing_report){.report = event->report,
                                                         .time_ms = event->time_ms,
                                                         .start_ms = event->start_ms,
                                                         .end_ms = event->end_ms,
                                                         .row = row_of(stage, event->device),
                                                         .items = items,
                                                         .items_count = count};
    stage->alerts_sink.report(stage->alerts_sink.context, event);
}

static void on_flood(void *context, const struct engine_flood_event *event)
{
    struct stage *stage = context;
    if (stage->alerts_sink.flood != NULL)
        stage->alerts_sink.flood(stage->alerts_sink.context, event);
}

static void on_note(void *context, const struct engine_note *note)
{
    struct stage *stage = context;
    *ADD(stage->play, notes) =
        (struct testing_note){note->kind,  note->time_ms, row_of(stage, note->device),
                              note->alarm, note->trigger, note->index};
}

/* ---- what people get ----------------------------------------------------------------------- */

/* The message's own words, out of its JSON: the only text of that key that is not inside another.
 */
static const char *message_text(struct arena *arena, struct text payload)
{
    const char *end = payload.bytes + payload.length;
    const char *at = words_find(payload, TEXT("\"message\":\""));
    if (at == NULL)
        return NULL;
    at += sizeof "\"message\":\"" - 1;
    char *text = must_arena_allocate(arena, (size_t)(end - at) + 1);
    size_t used = 0;
    for (; at < end && *at != '"'; at++) {
        if (*at == '\\' && at + 1 < end)
            at++;
        text[used++] = *at;
    }
    return text;
}

/* "…/alert/coolers/14.dairy-1/too-warm" and the time of the message say whose it is. */
static void attach_text(struct stage *stage, const char *topic, struct text payload)
{
    const char *last = strrchr(topic, '/');
    char time[CALENDAR_TEXT_BYTES];
    if (strstr(topic, "/alert/") == NULL || last == NULL)
        return;
    const struct ruleset *rules = stage->rules->rules;
    for (int by_name = 1; by_name >= 0; by_name--) {
        for (size_t i = 0; i < stage->play->came_count; i++) {
            struct testing_came *came = &stage->play->came[i];
            struct text alarm = rules_text(
                rules, RULES_AT(rules, struct rules_alarm, rules->alarms, came->alarm)->name);
            calendar_write(came->time_ms, time);
            if (came->text == NULL && text_equal(alarm, text_of(last + 1)) &&
                words_find(payload, text_of(time)) != NULL &&
                (!by_name || strstr(topic, came->row->identity.bytes) != NULL)) {
                came->text = message_text(&stage->play->arena, payload);
                return;
            }
        }
    }
}

static int publish(void *context, const char *topic, const char *payload, size_t payload_bytes,
                   int qos, bool retained)
{
    struct stage *stage = context;
    (void)qos;
    if (stage->uplink_is_down ||
        stage->published_count == sizeof stage->published / sizeof *stage->published)
        return 0;
    if (!retained)
        attach_text(stage, topic, (struct text){payload, payload_bytes});
    stage->published[stage->published_count++] = ++stage->next_id;
    return stage->next_id;
}

static void send_all(struct stage *stage)
{
    do {
        size_t count = stage->published_count;
        for (size_t i = 0; i < count; i++)
            alerts_published(stage->alerts, stage->published[i]);
        stage->published_count = 0;
        alerts_send(stage->alerts, stage->now_ms);
    } while (stage->published_count > 0);
}

/* ---- the appliance, on a desk -------------------------------------------------------------- */

static void *memory_for(size_t bytes)
{
    size_t whole = (bytes + 63) / 64 * 64;
    void *memory = aligned_alloc(64, whole);
    if (memory != NULL)
        memset(memory, 0, whole);
    return memory;
}

static bool engine_start(struct stage *stage)
{
    struct engine_sink sink = {on_alarm, on_report, on_flood, on_note, stage};
    void *engine = memory_for(engine_size_bytes(stage->rules->rules, stage->devices));
    void *pipeline = memory_for(pipeline_size_bytes(stage->rules->rules, stage->devices));
    if (engine == NULL || pipeline == NULL) {
        free(engine);
        free(pipeline);
        return false;
    }
    stage->engine = engine_create(engine, stage->rules->rules, stage->devices, sink, stage->now_ms);
    stage->pipeline = pipeline_create(pipeline, stage->rules->rules, stage->devices, stage->engine);
    alerts_attach(stage->alerts, stage->engine);
    return true;
}

static void engine_stop(struct stage *stage)
{
    free(stage->engine);
    free(stage->pipeline);
    stage->engine = NULL;
    stage->pipeline = NULL;
    if (stage->rows != NULL)
        memset(stage->rows, 0, stage->rows_count * sizeof(struct testing_row *));
}

static bool stage_begin(struct stage *stage)
{
    const struct ruleset *rules = stage->rules->rules;
    struct alerts_settings settings = {.site_id = rules_text(rules, rules->site_id).bytes,
                                       .site_name = rules_text(rules, rules->site_name).bytes,
                                       .timezone = stage->rules->posix_zone,
                                       .prefix = "",
                                       .first_sequence = 1,
                                       .clock_is_set = true,
                                       .spool_bytes = 4 * ALERTS_SPOOL_BYTES};
    if (rules->site_id.length == 0)
        settings.site_id = settings.site_name = "site";
    void *alerts = memory_for(alerts_size_bytes(rules, &settings));
    if (alerts == NULL)
        return false;
    stage->alerts = alerts_create(alerts, rules, &settings,
                                  (struct alerts_transport){.publish = publish, .context = stage});
    stage->alerts_sink = alerts_sink(stage->alerts);
    if (!engine_start(stage))
        return false;
    alerts_connected(stage->alerts, stage->now_ms);
    return true;
}

/* ---- power --------------------------------------------------------------------------------- */

static void power_off(struct stage *stage)
{
    engine_advance(stage->engine, stage->now_ms); /* Brink knows until when it was on */
    stage->state_bytes = engine_save(stage->engine, NULL, 0);
    if (stage->state_bytes > 0 && stage->state_bytes <= STATE_BYTES_MAX) {
        stage->state = malloc(stage->state_bytes);
        if (stage->state != NULL)
            engine_save(stage->engine, stage->state, stage->state_bytes);
    }
    engine_stop(stage);
    stage->is_off = true;
}

static void power_on(struct stage *stage, const struct testing_step *step)
{
    if (!engine_start(stage))
        exit(70);
    enum engine_restore restored =
        engine_restore(stage->engine, stage->state, stage->state_bytes, stage->now_ms);
    if (restored != ENGINE_RESTORED)
        add_trouble(stage->play, step,
                    "Brink could not take its state up again. This is a mistake "
                    "of brink's: please report it.");
    free(stage->state);
    stage->state = NULL;
    stage->is_off = false;
}

/* ---- people -------------------------------------------------------------------------------- */

static const char *const refusals[] = {
    [ENGINE_NOT_ACTIVE] = "the alarm is not active then",
    [ENGINE_ALREADY] = "that was done already",
    [ENGINE_NEVER_SHELVED] = "the rules say that it may never be shelved",
    [ENGINE_TOO_LONG] = "the rules do not let it be shelved for so long",
    [ENGINE_NOT_LATCHED] = "it is not one that is cleared by hand",
    [ENGINE_STILL_TRUE] = "its condition is still true",
    [ENGINE_STILL_UNKNOWN] = "nobody knows whether its condition is still true",
    [ENGINE_NO_SUCH_ALARM] = "no sensor of this test has this alarm",
};

/* The engine's row of an alarm for a sensor; ENGINE_NO_DEVICE: none, or not yet. */
static uint32_t device_for(const struct stage *stage, uint32_t alarm,
                           const struct testing_sensor *sensor)
{
    const struct ruleset *rules = stage->rules->rules;
    uint32_t scope = RULES_AT(rules, struct rules_alarm, rules->alarms, alarm)->scope, count;
    struct text names[RULES_NAMES_MAX];
    if (!testing_row_of(stage->test, sensor, scope, names, &count))
        return ENGINE_NO_DEVICE;
    if (scope < rules->groups.count)
        return engine_device_find(stage->engine, scope, names);
    return engine_set_find(stage->engine, scope - rules->groups.count, names);
}

static bool is_meant(struct stage *stage, const struct testing_step *step, uint32_t device)
{
    const struct ruleset *rules = stage->rules->rules;
    return testing_row_is(stage->test,
                          RULES_AT(rules, struct rules_alarm, rules->alarms, step->alarm)->scope,
                          row_of(stage, device), step->on);
}

static void command(struct stage *stage, const struct testing_step *step)
{
    enum engine_answer best = ENGINE_NO_SUCH_ALARM;
    uint32_t done = ENGINE_NO_DEVICE;
    for (uint32_t i = 0; i < stage->test->sensors_count; i++) {
        uint32_t device = device_for(stage, step->alarm, &stage->test->sensors[i]);
        if (device == ENGINE_NO_DEVICE || device == done || !is_meant(stage, step, device))
            continue;
        enum engine_answer answer =
            engine_command(stage->engine, (enum engine_command)step->command, step->alarm, device,
                           step->for_ms, stage->now_ms);
        /* Without `on` it is done wherever it can be. */
        best = answer == ENGINE_DONE || best == ENGINE_NO_SUCH_ALARM ? answer : best;
        done = device;
        if (best == ENGINE_DONE && step->on.length > 0)
            break;
    }
    if (best != ENGINE_DONE)
        add_trouble(stage->play, step,
                    arena_print(&stage->play->arena, "This was not done: %s.", refusals[best]));
}

/* ---- messages ------------------------------------------------------------------------------ */

static void send_readings(struct stage *stage, struct testing_step *step)
{
    char topic[RULES_LEVELS_MAX * (RULES_NAME_BYTES + 1) * 2], payload[TESTING_PAYLOAD_BYTES];
    const struct ruleset *rules = stage->rules->rules;
    const struct rules_group *group =
        RULES_AT(rules, struct rules_group, rules->groups, step->sensor->group);
    step->sensor->sent++;
    *ADD(stage->play, sent) = (struct testing_sent){stage->now_ms, step, stage->is_off};
    if (stage->is_off)
        return;
    size_t length = testing_payload(stage->rules, step, stage->now_ms, payload, sizeof payload);
    if (length == 0) {
        if (stage->now_ms == step->from_ms)
            add_trouble(stage->play, step,
                        "Messages of this format can't be written by a test: use \"send\".");
        return;
    }
    bool is_taken;
    if (group->source == RULES_FROM_UDP) {
        is_taken = pipeline_udp(stage->pipeline, group->udp_port, (struct text){payload, length},
                                stage->now_ms);
    } else {
        testing_topic(stage->rules, step->sensor, topic, sizeof topic);
        is_taken = pipeline_mqtt(stage->pipeline, text_of(topic), (struct text){payload, length},
                                 false, stage->now_ms);
    }
    if (!is_taken && pipeline_counters(stage->pipeline)->readings == 0 &&
        stage->play->troubles_count == 0)
        add_trouble(stage->play, step,
                    arena_print(&stage->play->arena, "Nothing of this message was taken: %.*s",
                                (int)length, payload));
}

static void send_as_given(struct stage *stage, const struct testing_step *step)
{
    if (stage->is_off)
        return;
    uint64_t unrouted = pipeline_counters(stage->pipeline)->unrouted;
    if (step->kind == TESTING_SEND)
        pipeline_mqtt(stage->pipeline, step->topic, step->payload, false, stage->now_ms);
    else
        pipeline_udp(stage->pipeline, step->port, step->payload, stage->now_ms);
    if (pipeline_counters(stage->pipeline)->unrouted > unrouted)
        add_trouble(stage->play, step,
                    step->kind == TESTING_SEND ? "No sensors of these rules have such a topic."
                                               : "No sensors of these rules have this port.");
}

/* ---- time ---------------------------------------------------------------------------------- */

static bool has_waited(const struct stage *stage, const struct testing_step *step)
{
    for (size_t i = 0; i < stage->play->waited_count; i++) {
        if (stage->play->waited[i] == step)
            return true;
    }
    return false;
}

/* A hold may run for a moment only: looked for whenever something happened. */
static void look_for_waiting(struct stage *stage)
{
    if (!stage->has_waiting || stage->is_off)
        return;
    for (struct testing_step *step = stage->test->first; step != NULL; step = step->next) {
        if (step->kind != TESTING_EXPECT || step->expected != TESTING_EXPECT_WAITING ||
            stage->now_ms < step->from_ms || stage->now_ms > step->means_until_ms ||
            has_waited(stage, step))
            continue;
        for (uint32_t i = 0; i < stage->test->sensors_count; i++) {
            uint32_t device = device_for(stage, step->alarm, &stage->test->sensors[i]);
            if (device == ENGINE_NO_DEVICE || !is_meant(stage, step, device) ||
                !engine_alarm_state(stage->engine, step->alarm, device).is_waiting)
                continue;
            stage->play->waited[stage->play->waited_count++] = step;
            break;
        }
    }
}

/* Everything that is due before `until_ms` happens in its order. */
static void pass_time(struct stage *stage, int64_t until_ms)
{
    int64_t due;
    while (!stage->is_off && (due = engine_deadline(stage->engine)) < until_ms) {
        stage->now_ms = due > stage->now_ms ? due : stage->now_ms;
        engine_advance(stage->engine, stage->now_ms);
        send_all(stage);
        look_for_waiting(stage);
    }
    stage->now_ms = until_ms > stage->now_ms ? until_ms : stage->now_ms;
}

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
        if (!one->is_end && !stage->is_off)
            power_off(stage);
        else if (one->is_end && stage->is_off)
            power_on(stage, step);
        break;
    case TESTING_RESTART:
        if (!stage->is_off) {
            power_off(stage);
            power_on(stage, step);
        }
        break;
    case TESTING_UPLINK_DOWN:
        stage->uplink_is_down = !one->is_end;
        if (stage->uplink_is_down)
            alerts_disconnected(stage->alerts);
        else
            alerts_connected(stage->alerts, stage->now_ms);
        break;
    case TESTING_COMMAND:
        if (stage->is_off)
            add_trouble(stage->play, step, "Brink is off then.");
        else
            command(stage, step);
        break;
    case TESTING_EXPECT: /* a look at what waits, behind all else of that instant */
        if (!stage->is_off)
            engine_advance(stage->engine, stage->now_ms);
        break;
    }
    if (!stage->is_off) {
        send_all(stage);
        look_for_waiting(stage);
    }
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
    stage->devices = DEVICES_SPARE + stage->test->sensors_count;
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
    stage->now_ms = play->begins_ms;
}

bool testing_play(struct testing_play *play, const struct testing_test *test)
{
    *play = (struct testing_play){.test = test};
    struct stage stage = {.play = play, .test = test, .rules = test->rules};
    size_t count;
    struct happening *list = list_all(test, &count);
    prepare(&stage, play);
    bool is_good = list != NULL && stage_begin(&stage);
    for (size_t i = 0; is_good && i < count; i++) {
        pass_time(&stage, list[i].time_ms);
        happen(&stage, &list[i]);
    }
    if (is_good) {
        pass_time(&stage, play->ends_ms + 1);
        stage.uplink_is_down = false;
        send_all(&stage);
    }
    engine_stop(&stage);
    free(stage.rows);
    free(stage.alerts);
    free(stage.state);
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
