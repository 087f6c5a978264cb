/* From a ruleset to the engine's plan: what each test, trigger and alarm needs while judging, and
 * where the parts of a device's row lie. Comes in: a checked ruleset. Goes out: tables of fixed
 * size. Called once, by engine_create, and by engine_size_bytes. */
#include "rules/engine/plan.h"

#define WEEK_MS INT64_C(604800000)
#define FIRST_MONDAY_MS INT64_C(345600000) /* 1970-01-05 */

static size_t aligned(size_t bytes, size_t to)
{
    return (bytes + to - 1) / to * to;
}

/* ---- counting ------------------------------------------------------------------------------ */

struct totals {
    size_t groups, alarms, triggers, tests, silents, reports;
};

static bool condition_is_silent(const struct ruleset *rules,
                                const struct rules_condition *condition)
{
    for (uint32_t i = 0; i < condition->tests.count; i++) {
        if (RULES_AT(rules, struct rules_test, condition->tests, i)->kind == RULES_SILENT)
            return true;
    }
    return false;
}

static const struct rules_group *group_at(const struct ruleset *rules, uint32_t group)
{
    return RULES_AT(rules, struct rules_group, rules->groups, group);
}

static const struct rules_alarm *alarm_of(const struct ruleset *rules,
                                          const struct rules_group *group, uint32_t index)
{
    uint32_t alarm = *RULES_AT(rules, uint32_t, group->scope.alarms, index);
    return RULES_AT(rules, struct rules_alarm, rules->alarms, alarm);
}

static const struct rules_report *report_of(const struct ruleset *rules,
                                            const struct rules_group *group, uint32_t index)
{
    uint32_t report = *RULES_AT(rules, uint32_t, group->scope.reports, index);
    return RULES_AT(rules, struct rules_report, rules->reports, report);
}

static struct totals count_all(const struct ruleset *rules)
{
    struct totals totals = {.groups = rules->groups.count};
    for (uint32_t g = 0; g < rules->groups.count; g++) {
        const struct rules_group *group = group_at(rules, g);
        totals.alarms += group->scope.alarms.count;
        totals.reports += group->scope.reports.count;
        for (uint32_t a = 0; a < group->scope.alarms.count; a++) {
            const struct rules_alarm *alarm = alarm_of(rules, group, a);
            totals.triggers += alarm->triggers.count;
            for (uint32_t t = 0; t < alarm->triggers.count; t++) {
                const struct rules_trigger *trigger =
                    RULES_AT(rules, struct rules_trigger, alarm->triggers, t);
                totals.tests += trigger->when.tests.count;
                totals.tests += trigger->has_until ? trigger->until.tests.count : 0;
                totals.silents += condition_is_silent(rules, &trigger->when);
            }
        }
    }
    return totals;
}

size_t plan_size_bytes(const struct ruleset *rules)
{
    struct totals totals = count_all(rules);
    return totals.groups * sizeof(struct plan_group) + totals.alarms * sizeof(struct plan_alarm) +
           totals.triggers * sizeof(struct plan_trigger) + totals.tests * sizeof(struct plan_test) +
           totals.reports * sizeof(struct plan_report) +
           aligned(totals.silents * sizeof(struct plan_silent), 8);
}

uint32_t plan_items_most(const struct ruleset *rules)
{
    uint32_t most = 1;
    for (uint32_t r = 0; r < rules->reports.count; r++) {
        uint32_t items = RULES_AT(rules, struct rules_report, rules->reports, r)->items.count;
        most = items > most ? items : most;
    }
    return most;
}

/* ---- conditions ---------------------------------------------------------------------------- */

static uint8_t limit_from(const struct rules_value *value)
{
    return value->kind == RULES_READING ? (uint8_t)value->reading : PLAN_CONSTANT;
}

static struct plan_test test_make(const struct ruleset *rules, const struct rules_group *group,
                                  const struct rules_test *test)
{
    struct plan_test plan = {.kind = (uint8_t)test->kind, .reading = (uint8_t)test->reading};
    plan.value_from = plan.second_from = PLAN_CONSTANT;
    if (test->kind == RULES_SILENT)
        return plan;
    plan.of = (uint8_t)RULES_AT(rules, struct rules_reading, group->readings, test->reading)->kind;
    if (plan.of == RULES_TEXT) {
        plan.text = test->text;
        return plan;
    }
    plan.word = test->word;
    plan.value = test->value.number;
    plan.value_from = limit_from(&test->value);
    if (test->kind == RULES_INSIDE || test->kind == RULES_OUTSIDE) {
        plan.second = test->second.number;
        plan.second_from = limit_from(&test->second);
    }
    return plan;
}

static struct plan_condition condition_make(const struct ruleset *rules,
                                            const struct rules_group *group,
                                            const struct rules_condition *condition,
                                            struct plan_test *tests, uint32_t *next)
{
    struct plan_condition plan = {
        .first = *next,
        .count = (uint8_t)condition->tests.count,
        .joined_by_or = condition->joined_by_or != 0,
    };
    for (uint32_t i = 0; i < condition->tests.count; i++) {
        tests[(*next)++] =
            test_make(rules, group, RULES_AT(rules, struct rules_test, condition->tests, i));
    }
    return plan;
}

static uint64_t condition_readings(const struct plan_condition *condition,
                                   const struct plan_test *tests)
{
    uint64_t readings = 0;
    for (uint32_t i = 0; i < condition->count; i++) {
        const struct plan_test *test = &tests[condition->first + i];
        if (test->kind == RULES_SILENT)
            continue;
        readings |= UINT64_C(1) << test->reading;
        if (test->value_from != PLAN_CONSTANT)
            readings |= UINT64_C(1) << test->value_from;
        if (test->second_from != PLAN_CONSTANT)
            readings |= UINT64_C(1) << test->second_from;
    }
    return readings;
}

/* People are shown the first number that is compared, else the first state, else nothing. */
static uint8_t shown_test(const struct plan_condition *when, const struct plan_test *tests)
{
    uint8_t shown = PLAN_NO_TEST;
    for (uint8_t i = 0; i < when->count; i++) {
        const struct plan_test *test = &tests[when->first + i];
        if (test->kind == RULES_SILENT)
            continue;
        if (test->of == RULES_NUMBER)
            return i;
        if (shown == PLAN_NO_TEST)
            shown = i;
    }
    return shown;
}

static int8_t worst_direction(const struct plan_trigger *trigger, const struct plan_test *tests)
{
    if (trigger->shown == PLAN_NO_TEST)
        return 0;
    switch (tests[trigger->when.first + trigger->shown].kind) {
    case RULES_ABOVE:
    case RULES_AT_LEAST:
        return 1;
    case RULES_BELOW:
    case RULES_AT_MOST:
        return -1;
    default:
        return 0;
    }
}

/* The next smaller double: "at least 5" is "above the number before 5". */
static double number_before(double number)
{
    if (number == 0)
        return -4.9406564584124654e-324;
    int64_t bits;
    memcpy(&bits, &number, sizeof bits);
    bits += number > 0 ? -1 : 1;
    memcpy(&number, &bits, sizeof number);
    return number;
}

static bool quick_from(struct plan_trigger *trigger, const struct plan_test *test)
{
    trigger->quick_reading = test->reading;
    if (test->kind == RULES_IS && test->of == RULES_STATE) {
        trigger->quick = PLAN_QUICK_WORD;
        trigger->quick_word = test->word;
        return true;
    }
    if (test->of != RULES_NUMBER || test->value_from != PLAN_CONSTANT || test->kind > RULES_AT_MOST)
        return false;
    bool is_upper = test->kind == RULES_ABOVE || test->kind == RULES_AT_LEAST;
    bool may_equal = test->kind == RULES_AT_LEAST || test->kind == RULES_AT_MOST;
    trigger->quick = PLAN_QUICK_NUMBER;
    trigger->quick_sign = is_upper ? 1 : -1;
    trigger->quick_limit = trigger->quick_sign * test->value;
    if (may_equal)
        trigger->quick_limit = number_before(trigger->quick_limit);
    return true;
}

/* One test decides that the condition is not true if it stands alone or is joined by `and`. */
static void quick_make(struct plan_trigger *trigger, const struct plan_test *tests)
{
    if (trigger->is_silent || (trigger->when.joined_by_or && trigger->when.count > 1))
        return;
    for (uint32_t i = 0; i < trigger->when.count; i++) {
        if (tests[trigger->when.first + i].kind != RULES_SILENT &&
            quick_from(trigger, &tests[trigger->when.first + i]))
            return;
    }
}

/* ---- alarms and reports -------------------------------------------------------------------- */

struct making {
    const struct ruleset *rules;
    const struct rules_group *group;
    struct plan_alarm *alarms;
    struct plan_trigger *triggers;
    struct plan_test *tests;
    struct plan_silent *silents;
    struct plan_report *reports;
    uint32_t next_alarm, next_trigger, next_test, next_silent, next_report;
};

static void trigger_make(struct making *m, struct plan_group *plan, struct plan_alarm *alarm,
                         const struct rules_trigger *trigger)
{
    struct plan_trigger *made = &m->triggers[m->next_trigger++];
    *made = (struct plan_trigger){
        .hold_ms = trigger->when.hold.kind == RULES_HOLD_FOR ? trigger->when.hold.for_ms : 0,
        .clear_ms = trigger->clear_after_ms,
        .severity = (uint8_t)trigger->severity,
        .has_until = trigger->has_until != 0,
        .is_silent = condition_is_silent(m->rules, &trigger->when),
    };
    made->when = condition_make(m->rules, m->group, &trigger->when, m->tests, &m->next_test);
    if (made->has_until)
        made->until = condition_make(m->rules, m->group, &trigger->until, m->tests, &m->next_test);
    made->shown = shown_test(&made->when, m->tests);
    made->worst_is = worst_direction(made, m->tests);
    quick_make(made, m->tests);
    if (made->is_silent) {
        m->silents[m->next_silent++] = (struct plan_silent){
            .hold_ms = made->hold_ms,
            .alarm = (uint16_t)(m->next_alarm - plan->first_alarm),
            .trigger = alarm->count,
            .slot = (uint16_t)(alarm->slot + alarm->count),
            .is_plain = made->when.count == 1,
        };
        plan->silents++;
    } else {
        alarm->readings |= condition_readings(&made->when, m->tests);
        if (made->has_until)
            alarm->readings |= condition_readings(&made->until, m->tests);
    }
    alarm->count++;
}

static void alarm_make(struct making *m, struct plan_group *plan, uint32_t index)
{
    const struct rules_alarm *alarm = alarm_of(m->rules, m->group, index);
    struct plan_alarm made = {
        .alarm = *RULES_AT(m->rules, uint32_t, m->group->scope.alarms, index),
        .first_trigger = m->next_trigger,
        .slot = (uint16_t)plan->triggers,
    };
    for (uint32_t t = 0; t < alarm->triggers.count; t++) {
        trigger_make(m, plan, &made, RULES_AT(m->rules, struct rules_trigger, alarm->triggers, t));
    }
    plan->triggers += made.count;
    m->alarms[m->next_alarm++] = made;
}

static void report_make(struct making *m, const struct plan_group *plan, uint32_t index)
{
    const struct rules_report *report = report_of(m->rules, m->group, index);
    struct plan_report *made = &m->reports[m->next_report++];
    *made = (struct plan_report){
        .every_ms = report->every_ms,
        .wait_ms = report->wait_ms,
        .origin_ms = report->every_ms % WEEK_MS == 0 ? FIRST_MONDAY_MS : 0,
        .report = *RULES_AT(m->rules, uint32_t, m->group->scope.reports, index),
    };
    if (m->group->expect_ms > 0)
        made->expected = (uint32_t)(report->every_ms / m->group->expect_ms);
    memset(made->sum_of, PLAN_NO_SUM, sizeof made->sum_of);
    for (uint32_t i = 0; i < report->items.count; i++) {
        uint32_t reading = RULES_AT(m->rules, struct rules_item, report->items, i)->reading;
        if (reading < plan->readings && made->sum_of[reading] == PLAN_NO_SUM) {
            made->sum_of[reading] = made->sums++;
            made->readings |= UINT64_C(1) << reading;
        }
    }
    made->window_bytes =
        (uint32_t)(sizeof(struct report_window) + made->sums * sizeof(struct report_sum));
}

/* ---- rows ---------------------------------------------------------------------------------- */

static void row_lay_out(struct plan_group *plan, struct plan_report *reports)
{
    size_t at = sizeof(struct device);
    plan->at_values = (uint32_t)at;
    at += plan->readings * sizeof(struct engine_value);
    plan->at_states = (uint32_t)at;
    at = aligned(at + plan->triggers, 8);
    plan->at_triggers = (uint32_t)at;
    at += plan->triggers * sizeof(struct trigger_record);
    plan->at_alarms = (uint32_t)at;
    at += plan->alarms * sizeof(struct alarm_record);
    for (uint32_t r = 0; r < plan->reports; r++) {
        reports[r].at_windows = (uint32_t)at;
        at += 2 * (size_t)reports[r].window_bytes;
    }
    plan->at_names = (uint32_t)at;
    at += plan->names * sizeof(struct text);
    plan->at_texts = (uint32_t)at;
    at += (size_t)__builtin_popcountll(plan->texts) * sizeof(struct text_record);
    plan->row_bytes = (uint32_t)at;
}

static void group_make(struct making *m, struct plan_group *plan)
{
    const struct rules_group *group = m->group;
    *plan = (struct plan_group){
        .first_alarm = m->next_alarm,
        .alarms = group->scope.alarms.count,
        .first_silent = m->next_silent,
        .first_report = m->next_report,
        .reports = group->scope.reports.count,
        .readings = group->readings.count,
        .names = group->names.count,
        .fresh_ms = group->fresh_ms,
        .state_fresh_ms = 3 * group->expect_ms,
        .late_ms = group->late_ms,
        .early_ms = group->early_ms,
        .has_own_time = group->time != RULES_TIME_ARRIVAL,
    };
    for (uint32_t r = 0; r < plan->readings; r++) {
        if (RULES_AT(m->rules, struct rules_reading, group->readings, r)->kind == RULES_TEXT)
            plan->texts |= UINT64_C(1) << r;
    }
    for (uint32_t a = 0; a < plan->alarms; a++)
        alarm_make(m, plan, a);
    for (uint32_t r = 0; r < plan->reports; r++)
        report_make(m, plan, r);
    row_lay_out(plan, &m->reports[plan->first_report]);
}

void plan_make(struct plan *plan, const struct ruleset *rules, void *memory)
{
    struct totals totals = count_all(rules);
    char *next = memory;
    struct plan_group *groups = (void *)next;
    next += totals.groups * sizeof *groups;
    struct making making = {.rules = rules};
    making.alarms = (void *)next;
    next += totals.alarms * sizeof *making.alarms;
    making.triggers = (void *)next;
    next += totals.triggers * sizeof *making.triggers;
    making.tests = (void *)next;
    next += totals.tests * sizeof *making.tests;
    making.reports = (void *)next;
    next += totals.reports * sizeof *making.reports;
    making.silents = (void *)next;
    for (uint32_t g = 0; g < totals.groups; g++) {
        making.group = group_at(rules, g);
        group_make(&making, &groups[g]);
    }
    *plan = (struct plan){rules,        groups,         making.alarms, making.triggers,
                          making.tests, making.silents, making.reports};
}

size_t plan_row_bytes(const struct ruleset *rules, uint32_t group)
{
    const struct rules_group *of = group_at(rules, group);
    size_t bytes = sizeof(struct device) + of->readings.count * sizeof(struct engine_value);
    size_t triggers = 0;
    for (uint32_t a = 0; a < of->scope.alarms.count; a++)
        triggers += alarm_of(rules, of, a)->triggers.count;
    bytes += aligned(triggers, 8) + triggers * sizeof(struct trigger_record);
    bytes += of->scope.alarms.count * sizeof(struct alarm_record);
    for (uint32_t r = 0; r < of->scope.reports.count; r++) {
        const struct rules_report *report = report_of(rules, of, r);
        uint64_t readings = 0;
        for (uint32_t i = 0; i < report->items.count; i++) {
            readings |= UINT64_C(1)
                        << RULES_AT(rules, struct rules_item, report->items, i)->reading;
        }
        bytes += 2 * (sizeof(struct report_window) +
                      (size_t)__builtin_popcountll(readings) * sizeof(struct report_sum));
    }
    for (uint32_t r = 0; r < of->readings.count; r++) {
        if (RULES_AT(rules, struct rules_reading, of->readings, r)->kind == RULES_TEXT)
            bytes += sizeof(struct text_record);
    }
    bytes += of->names.count * (sizeof(struct text) + RULES_NAME_BYTES);
    return aligned(bytes, ROW_ALIGN);
}
