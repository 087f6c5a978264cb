/* `is unusual`: gives readings to what learns from them, and answers (RULES, section 12; appendix
 * E 39; docs/unusual.md). Comes in: good readings in order, once it is known whether the alarm that
 * asks is suppressed; tests. Goes out: truth, what is usual, and that a new level was taken as
 * usual. Nothing is learned from suppressed readings; while an alarm stands its readings are given
 * as wrong. Called by engine.c (readings), alarm.c and windows.c (tests). */
#include "rules/engine/internal.h"

/* Of one row, for one test. */
struct asked {
    const struct plan_learned *plan;
    struct learned *learned;
    uint8_t *state;
};

static struct asked asked_at(const struct judging *j, uint32_t index)
{
    const struct plan_learned *plan = &j->engine->plan.learned[j->scope->first_learned + index];
    uint8_t *states = row_part(j->device, j->scope->at_learned_states);
    return (struct asked){plan, row_part(j->device, plan->at), &states[index]};
}

static struct unusual_episode *episode_of(const struct asked *asked, uint32_t word)
{
    uint32_t before = asked->plan->words & ((1u << word) - 1);
    return &asked->learned->episodes[__builtin_popcount(before)];
}

static int64_t local_ms(const struct engine *engine, int64_t utc_ms)
{
    const char *name;
    return utc_ms + INT64_C(1000) * zone_offset_s(&engine->zone, utc_ms, &name);
}

/* ---- what is usual ------------------------------------------------------------------------- */

static enum engine_surprise surprise_of(const struct asked *asked, uint32_t part, bool is_above)
{
    static const enum engine_surprise words[UNUSUAL_PARTS][2] = {
        [UNUSUAL_RECORD] = {ENGINE_LOWER_THAN_EVER, ENGINE_HIGHER_THAN_EVER},
        [UNUSUAL_HOUR] = {ENGINE_LOW_FOR_HOUR, ENGINE_HIGH_FOR_HOUR},
        [UNUSUAL_LEVEL] = {ENGINE_LEVEL_LOWER, ENGINE_LEVEL_HIGHER},
        [UNUSUAL_MOVEMENT] = {ENGINE_MOVES_LESS, ENGINE_MOVES_MORE},
        [UNUSUAL_VALUE] = {ENGINE_RARE_VALUE, ENGINE_RARE_VALUE},
    };
    const struct unusual *unusual = &asked->learned->unusual;
    if (part == UNUSUAL_MOVEMENT)
        is_above = unusual->movement > unusual->usual_movement;
    if (part == UNUSUAL_LEVEL)
        is_above = unusual->fast > unusual->slow;
    return words[part][is_above];
}

static bool is_known(const struct asked *asked)
{
    return asked->learned->unusual.readings > UNUSUAL_LEAST_READINGS;
}

static double within(double value, double least, double most)
{
    return value < least ? least : value > most ? most : value;
}

/* People are told what was usual before a reading came, not what it made of that; and nothing that
 * was never seen, as a vibration below zero. */
static void remember_range(struct learned *learned, const struct unusual_answer *answer,
                           double lowest, double highest)
{
    learned->low = within(answer->low, lowest, highest);
    learned->high = within(answer->high, lowest, highest);
}

static void remember_begin(struct learned *learned)
{
    double value = learned->unusual.newest;
    learned->low_before = learned->low;
    learned->high_before = learned->high;
    learned->went_out = value < learned->low || value > learned->high;
}

static void show(const struct asked *asked, uint32_t word, struct engine_alarm_event *event)
{
    const struct unusual_episode *episode = episode_of(asked, word);
    event->has_usual = true;
    event->usual_low = asked->learned->low;
    event->usual_high = asked->learned->high;
    event->surprise = episode->is_on ? surprise_of(asked, episode->part, episode->direction > 0)
                                     : ENGINE_NO_SURPRISE;
}

/* ---- the tests of an alarm ----------------------------------------------------------------- */

struct walk {
    uint32_t trigger, next;
};

/* The next that asks whether something is unusual, of trigger walk->trigger; NULL: no more. */
static const struct plan_test *walk_on(const struct judging *j, const struct alarm *alarm,
                                       struct walk *walk)
{
    for (; walk->trigger < alarm->plan->count; walk->trigger++, walk->next = 0) {
        const struct plan_condition *when = &alarm->triggers[walk->trigger].when;
        const struct plan_condition *until = &alarm->triggers[walk->trigger].until;
        while (walk->next < (uint32_t)when->count + until->count) {
            uint32_t at = walk->next++;
            const struct plan_test *test =
                &j->engine->plan
                     .tests[at < when->count ? when->first + at : until->first + at - when->count];
            if (test->kind == RULES_UNUSUAL)
                return test;
        }
    }
    return NULL;
}

/* The row itself, or each device of a link; NULL: no more. */
static struct device *row_on(const struct judging *j, const struct plan_test *test,
                             const struct device *before)
{
    if (test->link == RULES_NONE)
        return before == NULL ? j->device : NULL;
    return before == NULL ? links_first(j, test->link) : links_next(j, test->link, before);
}

static struct judging judging_on(const struct judging *j, struct device *row)
{
    if (row == j->device)
        return *j;
    struct judging other = judging_of(j->engine, row);
    other.at_ms = row_now(row, j->site_ms);
    return other;
}

/* ---- readings ------------------------------------------------------------------------------ */

void learned_note(const struct judging *judging)
{
    for (uint32_t i = 0; i < judging->scope->learned; i++) {
        struct asked asked = asked_at(judging, i);
        if ((judging->good >> asked.plan->reading & 1) != 0)
            *asked.state |= LEARNED_WAITS;
    }
}

static void tell(const struct judging *j, const struct asked *asked, uint32_t alarm,
                 const struct unusual_answer *answer, double above)
{
    if (j->engine->sink.note == NULL)
        return;
    struct engine_usual usual = {
        .learned = asked->learned->unusual.readings,
        .value = asked->learned->unusual.newest,
        .is_high = answer->direction > 0,
        .low = asked->learned->low,
        .high = asked->learned->high,
        .surprise = answer->surprise / asked->plan->threshold,
        .bar = 1 + above / asked->plan->threshold,
        .why = surprise_of(asked, unusual_most_surprised(answer), answer->direction > 0),
    };
    note(
        j, ENGINE_NOTE_JUDGED,
        (struct engine_note){
            .alarm = alarm, .trigger = RULES_NONE, .index = asked->plan->reading, .usual = &usual});
}

/* The least that is above the threshold of those that listen. */
static double lowest_bar(const struct asked *asked)
{
    double lowest = __builtin_inf();
    for (uint32_t word = 0; word < 3; word++) {
        if ((asked->plan->words >> word & 1) == 0)
            continue;
        double above = (double)episode_of(asked, word)->bar.above;
        lowest = above < lowest ? above : lowest;
    }
    return lowest;
}

static bool has_episode(const struct asked *asked)
{
    bool is_on = false;
    for (uint32_t word = 0; word < 3; word++)
        is_on |= (asked->plan->words >> word & 1) != 0 && episode_of(asked, word)->is_on;
    return is_on;
}

/* True: what it is now was accepted as usual. */
static bool take(const struct judging *j, const struct asked *asked, uint32_t alarm, bool is_wrong)
{
    static const int directions[] = {0, 1, -1};
    const struct engine_value *value = &j->values[asked->plan->reading];
    bool was_on = has_episode(asked);
    struct unusual *unusual = &asked->learned->unusual;
    double lowest = unusual->low, highest = unusual->high;
    struct unusual_answer answer =
        unusual_take(unusual, &asked->plan->settings, local_ms(j->engine, value->taken_ms),
                     value->number, is_wrong || was_on);
    remember_range(asked->learned, &answer, lowest, highest);
    double above = lowest_bar(asked);
    for (uint32_t word = 0; word < 3; word++) {
        if ((asked->plan->words >> word & 1) != 0)
            unusual_episode_take(episode_of(asked, word), asked->plan->threshold, directions[word],
                                 &answer);
    }
    if (!was_on && has_episode(asked))
        remember_begin(asked->learned);
    tell(j, asked, alarm, &answer, above);
    return answer.is_accepted;
}

static bool stands(const struct alarm *alarm)
{
    for (uint32_t i = 0; i < alarm->plan->count; i++) {
        if (alarm->states[i] >= TRIGGER_ON)
            return true;
    }
    return false;
}

bool learned_take(const struct judging *judging, const struct alarm *alarm, bool is_suppressed,
                  uint32_t *index)
{
    struct walk walk = {0, 0};
    const struct plan_test *test;
    bool is_accepted = false;
    while ((test = walk_on(judging, alarm, &walk)) != NULL) {
        bool is_wrong = test->link == RULES_NONE && stands(alarm);
        struct device *row = NULL;
        while ((row = row_on(judging, test, row)) != NULL) {
            struct judging j = judging_on(judging, row);
            struct asked asked = asked_at(&j, test->window);
            if ((*asked.state & LEARNED_WAITS) == 0)
                continue;
            *asked.state = 0;
            if (is_suppressed || j.engine->clock_is_unset)
                continue;
            *asked.state = LEARNED_JUDGED;
            if (!take(&j, &asked, alarm->plan->alarm, is_wrong))
                continue;
            is_accepted = true;
            *index = walk.trigger;
        }
    }
    return is_accepted;
}

/* ---- truth --------------------------------------------------------------------------------- */

/* A value that went out of what is usual is in it again, as it was before and as it is now. What is
 * smoothed over steps follows more slowly than a sensor that sends often: a hold does not wait for
 * it. */
static bool is_back(const struct learned *learned)
{
    double value = learned->unusual.newest;
    return learned->went_out && value >= learned->low && value <= learned->high &&
           value >= learned->low_before && value <= learned->high_before;
}

enum truth learned_judge(const struct judging *judging, const struct plan_test *test)
{
    struct asked asked = asked_at(judging, test->window);
    const struct engine_value *value = &judging->values[asked.plan->reading];
    if ((*asked.state & LEARNED_JUDGED) == 0 || !is_known(&asked) ||
        !condition_value_stands(judging, value, true))
        return IS_UNKNOWN;
    const struct unusual_episode *episode = episode_of(&asked, test->word);
    if (test->is_not)
        return episode->is_on ? IS_FALSE : IS_TRUE;
    bool is_so = judging->is_on || (episode->calm == 0 && !is_back(asked.learned));
    return episode->is_on && is_so ? IS_TRUE : IS_FALSE;
}

/* The reading that is shown is what must have been learned, by whichever trigger of the alarm. */
void learned_show(const struct judging *judging, const struct alarm *alarm,
                  struct engine_alarm_event *event)
{
    const struct plan_test *shown =
        &judging->engine->plan.tests[alarm->triggers[event->trigger].when.first + event->test];
    struct walk walk = {0, 0};
    const struct plan_test *test;
    while ((test = walk_on(judging, alarm, &walk)) != NULL) {
        struct device *row = NULL;
        if (test->reading != shown->reading || test->link != shown->link)
            continue;
        while ((row = row_on(judging, test, row)) != NULL) {
            struct judging j = judging_on(judging, row);
            struct asked asked = asked_at(&j, test->window);
            bool is_better = !event->has_usual || (event->surprise == ENGINE_NO_SURPRISE &&
                                                   episode_of(&asked, test->word)->is_on);
            if (is_known(&asked) && is_better)
                show(&asked, test->word, event);
        }
    }
}

/* ---- clocks -------------------------------------------------------------------------------- */

void learned_step(const struct judging *judging, int64_t taken_ms)
{
    for (uint32_t i = 0; i < judging->scope->learned; i++)
        unusual_shift(&asked_at(judging, i).learned->unusual, taken_ms);
}

void learned_restart(const struct judging *judging)
{
    for (uint32_t i = 0; i < judging->scope->learned; i++)
        asked_at(judging, i).learned->unusual.wrong_since_ms = 0;
}
