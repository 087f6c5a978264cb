/* Tests about time: changes, summaries over a window, stuck (RULES, sections 5, 9.4; appendix E 17,
 * 24). Comes in: good readings, in order and late, of the row itself or of the devices of a link.
 * Goes out: truth, and when a window's answer can change by time alone. Called by engine.c
 * (readings, time), condition.c and condition_link.c (tests). */
#include "base/kinetic.h"
#include "base/rounding.h"
#include "rules/engine/internal.h"

static const struct plan_window *plan_at(const struct judging *j, uint32_t index)
{
    return &j->engine->plan.windows[j->scope->first_window + index];
}

static struct text unit_of(const struct judging *j, const struct plan_window *window)
{
    const struct ruleset *rules = j->engine->plan.rules;
    const struct rules_group *group =
        RULES_AT(rules, struct rules_group, rules->groups, window->group);
    return rules_text(
        rules, RULES_AT(rules, struct rules_reading, group->readings, window->reading)->unit);
}

/* ---- stuck --------------------------------------------------------------------------------- */

struct stuck {         /* since the value last moved */
    int64_t newest_ms; /* 0: nothing yet */
    double low, high;
    int64_t moved_ms; /* 0: did not move since it is known */
    bool is_second;   /* the reading before the newest is the one that moved */
};

/* What is as near to `within` as rounding comes has not moved; without it any other value has. */
static bool is_wider(double low, double high, double within)
{
    double slack = within * 1e-11 + 4e-16 * (__builtin_fabs(low) + __builtin_fabs(high));
    return high - low > within + (within > 0 ? slack : 0);
}

static void stuck_take(struct stuck *stuck, double within, int64_t at_ms, double value)
{
    double low = value < stuck->low ? value : stuck->low;
    double high = value > stuck->high ? value : stuck->high;
    bool has_moved = stuck->newest_ms == 0 || is_wider(low, high, within);
    *stuck = (struct stuck){
        .newest_ms = at_ms,
        .low = has_moved ? value : low,
        .high = has_moved ? value : high,
        .moved_ms = has_moved && stuck->newest_ms != 0 ? at_ms : stuck->moved_ms,
        .is_second = !has_moved && stuck->newest_ms == stuck->moved_ms,
    };
}

int64_t windows_rests_since(const struct judging *judging, const struct plan_test *test)
{
    bool is_own = test->kind == RULES_STUCK && test->window != RULES_NONE &&
                  test->link == RULES_NONE && !judging->by_arrival;
    if (!is_own || test->is_not)
        return judging->at_ms;
    const struct stuck *stuck = row_part(judging->device, plan_at(judging, test->window)->at);
    bool is_near = judging->at_ms - stuck->moved_ms <= judging->device->fresh_ms;
    return stuck->is_second && is_near ? stuck->moved_ms : judging->at_ms;
}

/* ---- readings ------------------------------------------------------------------------------ */

static void take(const struct judging *j, struct device *row, const struct plan_window *window,
                 double value, bool is_late)
{
    void *part = row_part(row, window->at);
    int64_t at_ms = j->at_ms;
    if (window->is_kinetic)
        value = kinetic_heat(value, unit_of(j, window));
    if (!window->is_stuck)
        ring_take(part, &window->rule, at_ms, value);
    else if (!is_late)
        stuck_take(part, window->within, at_ms, value);
}

/* Of one reading: the windows of its row, then those of rows that look at it over a link. */
static void take_reading(const struct judging *j, const struct engine_reading *reading,
                         bool is_late)
{
    const struct plan *plan = &j->engine->plan;
    double value = reading->value;
    const struct rules_group *group =
        RULES_AT(plan->rules, struct rules_group, plan->rules->groups, j->scope->group);
    if (RULES_AT(plan->rules, struct rules_reading, group->readings, reading->reading)->kind !=
        RULES_NUMBER)
        value = reading->word;
    for (uint32_t i = 0; i < j->scope->windows; i++) {
        const struct plan_window *window = plan_at(j, i);
        if (window->link == RULES_NONE && window->reading == reading->reading)
            take(j, j->device, window, value, is_late);
    }
    for (uint32_t i = 0; i < plan->linked_windows; i++) {
        const struct plan_window *window = &plan->windows[plan->linked[i]];
        if (window->reading != reading->reading || plan->links[window->link].to != j->device->scope)
            continue;
        for (struct device *row = links_watcher(j, window->link, NULL); row != NULL;
             row = links_watcher(j, window->link, row))
            take(j, row, window, value, is_late);
    }
}

void windows_take(const struct judging *judging, const struct engine_reading *readings,
                  size_t count, bool with_late)
{
    if (judging->scope->windows == 0 && judging->engine->plan.linked_windows == 0)
        return;
    for (size_t i = 0; i < count; i++) {
        bool is_late = (judging->good >> readings[i].reading & 1) == 0;
        if (readings[i].quality == ENGINE_GOOD && (!is_late || with_late))
            take_reading(judging, &readings[i], is_late);
    }
}

/* ---- truth --------------------------------------------------------------------------------- */

static bool is_summary(const struct plan_test *test)
{
    return test->summary != RULES_NO_SUMMARY;
}

/* Half of the window between first and last, and half of the expected number (E 24). */
static bool has_enough(const struct judging *j, const struct plan_test *test,
                       const struct plan_window *window, const struct ring_entry *all)
{
    uint64_t devices = 1;
    if (test->link != RULES_NONE && window->link != RULES_NONE && window->expected > 0) {
        devices = 0;
        for (struct device *row = links_first(j, window->link); row != NULL;
             row = links_next(j, window->link, row))
            devices++;
    }
    return 2 * (int64_t)all->span_ms >= window->rule.over_ms &&
           2 * (uint64_t)all->count >= window->expected * devices;
}

static double change_of(const struct plan_test *test, const struct ring_entry *all)
{
    switch (test->kind) {
    case RULES_RISES:
        return rounding_difference(all->last, all->least);
    case RULES_FALLS:
        return rounding_difference(all->most, all->last);
    default:
        return rounding_difference(all->most, all->least);
    }
}

static double summary_of(const struct judging *j, const struct plan_test *test,
                         const struct plan_window *window, uint32_t first,
                         const struct ring_entry *all)
{
    struct ring *ring = row_part(j->device, window->at);
    double size = rounding_size(all->least, all->most);
    switch (test->summary) {
    case RULES_MINIMUM:
        return all->least;
    case RULES_MAXIMUM:
        return all->most;
    case RULES_COUNT:
        return all->count;
    case RULES_TOTAL:
        return all->sum;
    case RULES_SPREAD:
        return rounding_difference(all->most, all->least);
    case RULES_DEVIATION:
        return rounding_to_decimal(ring_deviation(ring, &window->rule, first), size);
    case RULES_FIRST:
        return all->first;
    case RULES_LAST:
        return all->last;
    case RULES_CHANGE:
        return rounding_difference(all->last, all->first);
    case RULES_MEDIAN:
        return ring_percentile(ring, &window->rule, first, 50);
    case RULES_PERCENTILE:
        return ring_percentile(ring, &window->rule, first, test->written->percentile);
    case RULES_KINETIC_MEAN:
        return rounding_to_decimal(kinetic_temperature(all->sum / all->count, unit_of(j, window)),
                                   KINETIC_SIZE);
    default:
        return rounding_to_decimal(all->sum / all->count, size);
    }
}

bool windows_value(const struct judging *judging, const struct plan_test *test, double *value)
{
    const struct plan_window *window = plan_at(judging, test->window);
    const struct ring *ring = row_part(judging->device, window->at);
    int64_t own_ms = judging->by_arrival ? judging->at_ms - judging->lag_ms : judging->at_ms;
    int64_t from_ms = own_ms - window->rule.over_ms, gap_ms;
    if (!is_summary(test) && judging->since_ms > from_ms)
        from_ms = judging->since_ms;
    uint32_t first = ring_from(ring, &window->rule, from_ms);
    struct ring_entry all = ring_sum(ring, &window->rule, first, &gap_ms);
    if (all.count == 0 || own_ms - ring_entry_end_ms(&all) > judging->device->fresh_ms)
        return false;
    if (is_summary(test)) {
        if (!has_enough(judging, test, window, &all))
            return false;
        *value = summary_of(judging, test, window, first, &all);
        return true;
    }
    *value = change_of(test, &all);
    return all.count >= 2 && gap_ms <= judging->device->fresh_ms;
}

static enum truth stuck_judge(const struct judging *j, const struct plan_window *window)
{
    const struct stuck *stuck = row_part(j->device, window->at);
    int64_t own_ms = j->by_arrival ? j->at_ms - j->lag_ms : j->at_ms;
    if (stuck->newest_ms == 0 || own_ms - stuck->newest_ms > j->device->fresh_ms)
        return IS_UNKNOWN;
    if (stuck->moved_ms == 0)
        return IS_TRUE;
    /* The reading that moved is the first of the next rest, but nothing rests in that moment. */
    return own_ms > stuck->moved_ms && own_ms - stuck->moved_ms >= j->rest_ms ? IS_TRUE : IS_FALSE;
}

enum truth windows_judge(const struct judging *judging, const struct plan_test *test)
{
    double value;
    if (test->kind == RULES_UNUSUAL)
        return learned_judge(judging, test);
    if (test->window == RULES_NONE)
        return IS_UNKNOWN;
    const struct plan_window *window = plan_at(judging, test->window);
    if (window->is_stuck) {
        enum truth truth = stuck_judge(judging, window);
        return test->is_not ? (enum truth)(IS_TRUE - truth) : truth;
    }
    return windows_value(judging, test, &value) ? condition_compare(judging, test, value)
                                                : IS_UNKNOWN;
}

/* ---- time ---------------------------------------------------------------------------------- */

/* The moment at which the oldest entry is no longer in the window. */
static int64_t leaves_ms(const struct judging *j, const struct plan_window *window)
{
    const struct ring *ring = row_part(j->device, window->at);
    if (window->is_stuck || ring->count == 0)
        return WHEEL_NEVER;
    return ring_entry_end_ms(ring_entry(ring, &window->rule, 0)) + window->rule.over_ms + 1 +
           j->device->lag_ms;
}

int64_t windows_due(const struct judging *judging)
{
    int64_t due_ms = WHEEL_NEVER;
    for (uint32_t i = 0; i < judging->scope->windows; i++) {
        int64_t own_ms = leaves_ms(judging, plan_at(judging, i));
        due_ms = own_ms < due_ms ? own_ms : due_ms;
    }
    return due_ms;
}

void windows_fire(struct judging *judging)
{
    int64_t now_ms = judging->site_ms - judging->device->lag_ms;
    uint64_t left = 0;
    for (uint32_t i = 0; i < judging->scope->windows; i++) {
        const struct plan_window *window = plan_at(judging, i);
        if (leaves_ms(judging, window) > judging->site_ms)
            continue;
        ring_drop(row_part(judging->device, window->at), &window->rule,
                  now_ms - window->rule.over_ms);
        left |= UINT64_C(1) << window->reading;
    }
    if (left == 0)
        return;
    judging->at_ms = now_ms;
    for (uint32_t i = 0; i < judging->scope->alarms; i++) {
        if (judging->engine->plan.alarms[judging->scope->first_alarm + i].has_window)
            alarms_judge_one(judging, i);
    }
    if (judging->scope->set == RULES_NONE) {
        judging->good = left;
        links_touch(judging);
        judging->good = 0;
    }
}

void windows_step(const struct judging *judging, int64_t taken_ms)
{
    for (uint32_t i = 0; i < judging->scope->windows; i++) {
        const struct plan_window *window = plan_at(judging, i);
        if (window->is_stuck) {
            struct stuck *stuck = row_part(judging->device, window->at);
            stuck->newest_ms += stuck->newest_ms != 0 ? taken_ms : 0;
            stuck->moved_ms += stuck->moved_ms != 0 ? taken_ms : 0;
        } else {
            ring_shift(row_part(judging->device, window->at), &window->rule, taken_ms);
        }
    }
}
