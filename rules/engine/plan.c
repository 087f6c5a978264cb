/* From a ruleset to the engine's plan: what each test, trigger and alarm needs while judging, and
 * where the parts of a device's row lie. Comes in: a checked ruleset. Goes out: tables of fixed
 * size. Called once, by engine_create, and by engine_size_bytes. */
#include "rules/engine/plan.h"

static size_t aligned(size_t bytes, size_t to)
{
    return (bytes + to - 1) / to * to;
}

/* ---- counting ------------------------------------------------------------------------------ */

struct totals {
    size_t scopes, alarms, triggers, tests, silents, reports, suppressions, windows, whiles,
        learned;
};

static const struct rules_alarm *alarm_of(const struct ruleset *rules, uint32_t scope,
                                          uint32_t index)
{
    uint32_t alarm = *RULES_AT(rules, uint32_t, plan_rules_scope(rules, scope)->alarms, index);
    return RULES_AT(rules, struct rules_alarm, rules->alarms, alarm);
}

static const struct rules_report *report_of(const struct ruleset *rules, uint32_t scope,
                                            uint32_t index)
{
    uint32_t report = *RULES_AT(rules, uint32_t, plan_rules_scope(rules, scope)->reports, index);
    return RULES_AT(rules, struct rules_report, rules->reports, report);
}

/* What the messages of a group are accepted by; NULL: all are. A set has no messages. */
static const struct rules_condition *accept_of(const struct ruleset *rules, uint32_t scope)
{
    if (scope >= rules->groups.count)
        return NULL;
    const struct rules_group *group = RULES_AT(rules, struct rules_group, rules->groups, scope);
    return group->has_accept ? &group->accept : NULL;
}

static void count_alarm(const struct ruleset *rules, const struct rules_alarm *alarm,
                        struct totals *totals)
{
    totals->triggers += alarm->triggers.count;
    for (uint32_t t = 0; t < alarm->triggers.count; t++) {
        const struct rules_trigger *trigger =
            RULES_AT(rules, struct rules_trigger, alarm->triggers, t);
        totals->tests += trigger->when.tests.count;
        totals->tests += trigger->has_until ? trigger->until.tests.count : 0;
        totals->silents += plan_is_absence(rules, &trigger->when);
    }
}

static void count_report(const struct ruleset *rules, const struct rules_report *report,
                         struct totals *totals)
{
    for (uint32_t i = 0; i < report->items.count; i++) {
        const struct rules_item *item = RULES_AT(rules, struct rules_item, report->items, i);
        if (item->kind != RULES_ITEM_TIME_WHILE)
            continue;
        totals->whiles++;
        totals->tests += item->when.tests.count;
    }
}

static struct totals count_all(const struct ruleset *rules)
{
    struct totals totals = {.scopes = rules->groups.count + rules->sets.count};
    for (uint32_t s = 0; s < totals.scopes; s++) {
        const struct rules_scope *scope = plan_rules_scope(rules, s);
        totals.tests += accept_of(rules, s) != NULL ? accept_of(rules, s)->tests.count : 0;
        totals.alarms += scope->alarms.count;
        totals.suppressions += scope->suppressions.count;
        for (uint32_t i = 0; i < scope->suppressions.count; i++)
            totals.tests +=
                RULES_AT(rules, struct rules_suppression, scope->suppressions, i)->when.tests.count;
        totals.reports += scope->reports.count;
        totals.windows += scope->windows.count;
        totals.learned += scope->learned.count;
        for (uint32_t a = 0; a < scope->alarms.count; a++)
            count_alarm(rules, alarm_of(rules, s, a), &totals);
        for (uint32_t r = 0; r < scope->reports.count; r++)
            count_report(rules, report_of(rules, s, r), &totals);
    }
    return totals;
}

size_t plan_size_bytes(const struct ruleset *rules)
{
    struct totals totals = count_all(rules);
    return totals.scopes * sizeof(struct plan_scope) + totals.alarms * sizeof(struct plan_alarm) +
           totals.triggers * sizeof(struct plan_trigger) + totals.tests * sizeof(struct plan_test) +
           totals.reports * sizeof(struct plan_report) +
           totals.suppressions * sizeof(struct plan_suppression) +
           totals.windows * sizeof(struct plan_window) +
           totals.learned * sizeof(struct plan_learned) +
           aligned(totals.whiles * sizeof(struct plan_condition), 8) +
           aligned(totals.windows * sizeof(uint16_t), 8) +
           aligned(totals.silents * sizeof(struct plan_silent), 8) + plan_links_size_bytes(rules);
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

/* ---- alarms and reports -------------------------------------------------------------------- */

struct making {
    const struct ruleset *rules;
    uint32_t scope;
    struct plan_alarm *alarms;
    struct plan_trigger *triggers;
    struct plan_test *tests;
    struct plan_silent *silents;
    struct plan_report *reports;
    struct plan_suppression *suppressions;
    struct plan_condition *whiles;
    uint32_t next_while;
    uint32_t next_alarm, next_trigger, next_test, next_silent, next_report;
    uint32_t next_suppression;
    uint32_t next_slot, next_window, next_raise, next_suppressed, next_counted; /* in the row */
    struct plan_window *windows;
    struct plan_learned *learned;
    uint32_t next_learned;
    uint16_t *linked;
    uint32_t next_plan_window, linked_windows;
};

static struct plan_silent silent_make(const struct making *m, const struct plan_alarm *alarm,
                                      const struct plan_trigger *trigger)
{
    const struct plan_test *test = &m->tests[trigger->when.first];
    return (struct plan_silent){
        .hold_ms = trigger->hold_ms,
        .alarm = trigger->alarm,
        .trigger = alarm->count,
        .slot = alarm->slot + alarm->count,
        .reading = test->kind == RULES_MISSING ? test->reading : PLAN_NO_READING,
        .is_plain =
            trigger->when.count == 1 && test->link == RULES_NONE && alarm->suppressed == RULES_NONE,
    };
}

/* ---- holds that count ---------------------------------------------------------------------- */

#define STANDS_MS (INT64_MAX / 4) /* a state stands until it changes */

static bool is_about_sensors(const struct ruleset *rules, const struct rules_condition *condition)
{
    for (uint32_t i = 0; i < condition->tests.count; i++) {
        uint32_t kind = RULES_AT(rules, struct rules_test, condition->tests, i)->kind;
        if (kind != RULES_SILENT && kind != RULES_MISSING && kind != RULES_FAULTY &&
            kind != RULES_STUCK)
            return false;
    }
    return true;
}

/* The readings of the row itself that it tests. */
static uint64_t own_readings(const struct plan_condition *when, const struct plan_test *tests)
{
    uint64_t readings = 0;
    for (uint32_t i = 0; i < when->count; i++) {
        const struct plan_test *test = &tests[when->first + i];
        if (test->link == RULES_NONE && test->kind != RULES_SILENT && test->kind != RULES_ALARM)
            readings |= UINT64_C(1) << test->reading;
    }
    return readings;
}

static void hold_make(struct making *m, const struct plan_scope *plan, struct plan_trigger *made,
                      const struct rules_hold *hold)
{
    made->hold = (struct plan_hold){
        .kind = (uint8_t)hold->kind,
        .count = (uint8_t)hold->count,
        .at = m->next_counted,
        .for_ms = hold->for_ms,
        .in_ms = hold->in_ms,
        .readings = own_readings(&made->when, m->tests),
        .fresh_ms = plan->state_fresh_ms > 0 ? plan->state_fresh_ms : STANDS_MS,
    };
    for (uint32_t i = 0; i < made->when.count; i++) {
        if (m->tests[made->when.first + i].of == RULES_NUMBER)
            made->hold.fresh_ms = 0;
    }
    if (hold->kind == RULES_HOLD_TOTAL || hold->kind == RULES_HOLD_TIMES)
        made->quick = PLAN_NO_QUICK; /* a reading for which it is false matters too */
    m->next_counted += plan_counted_bytes(hold);
}

static bool has_window(const struct plan_test *tests, const struct plan_condition *condition)
{
    for (uint32_t i = 0; i < condition->count; i++) {
        const struct plan_test *test = &tests[condition->first + i];
        if (test->window != RULES_NONE && test->kind != RULES_STUCK && test->kind != RULES_UNUSUAL)
            return true;
    }
    return false;
}

static bool has_learned(const struct plan_test *tests, const struct plan_condition *condition)
{
    for (uint32_t i = 0; i < condition->count; i++) {
        if (tests[condition->first + i].kind == RULES_UNUSUAL)
            return true;
    }
    return false;
}

static void trigger_make(struct making *m, struct plan_scope *plan, struct plan_alarm *alarm,
                         const struct rules_trigger *trigger)
{
    struct plan_trigger *made = &m->triggers[m->next_trigger++];
    *made = (struct plan_trigger){
        .hold_ms = trigger->when.hold.kind == RULES_HOLD_FOR ? trigger->when.hold.for_ms : 0,
        .clear_ms = trigger->clear_after_ms,
        .severity = (uint8_t)trigger->severity,
        .has_until = trigger->has_until != 0,
        .is_silent = plan_is_absence(m->rules, &trigger->when),
        .is_about_sensors = is_about_sensors(m->rules, &trigger->when),
    };
    made->when = plan_condition_make(m->rules, m->scope, &trigger->when, m->tests, &m->next_test);
    if (made->has_until)
        made->until =
            plan_condition_make(m->rules, m->scope, &trigger->until, m->tests, &m->next_test);
    plan_trigger_finish(made, m->tests);
    made->alarm = m->next_alarm - plan->first_alarm;
    hold_make(m, plan, made, &trigger->when.hold);
    if (made->hold_ms > alarm->longest_hold_ms)
        alarm->longest_hold_ms = made->hold_ms;
    alarm->has_window |= has_window(m->tests, &made->when) || has_window(m->tests, &made->until);
    alarm->has_learned |= has_learned(m->tests, &made->when) || has_learned(m->tests, &made->until);
    if (made->is_silent) {
        m->silents[m->next_silent++] = silent_make(m, alarm, made);
        plan->silents++;
    }
    alarm->count++;
}

static void alarm_make(struct making *m, struct plan_scope *plan, uint32_t index)
{
    const struct rules_alarm *alarm = alarm_of(m->rules, m->scope, index);
    struct plan_alarm made = {
        .alarm = *RULES_AT(m->rules, uint32_t, plan_rules_scope(m->rules, m->scope)->alarms, index),
        .first_trigger = m->next_trigger,
        .slot = m->next_slot,
        .first_raise = m->next_raise,
        .has_where = alarm->where.count > 0,
        .suppressed = RULES_NONE,
        .suppressed_by = alarm->suppressed_by,
    };
    if (alarm->suppressed_by.count > 0)
        made.suppressed = m->next_suppressed++;
    for (uint32_t t = 0; t < alarm->triggers.count; t++) {
        trigger_make(m, plan, &made, RULES_AT(m->rules, struct rules_trigger, alarm->triggers, t));
    }
    m->next_slot += made.count;
    m->next_raise += life_raises(alarm);
    m->alarms[m->next_alarm++] = made;
}

/* A report takes in the readings that its conditions ask for; if they ask for none of the device
 * itself, all. */
static void whiles_make(struct making *m, const struct rules_report *report,
                        struct plan_report *made)
{
    made->first_while = m->next_while;
    for (uint32_t i = 0; i < report->items.count; i++) {
        const struct rules_item *item = RULES_AT(m->rules, struct rules_item, report->items, i);
        if (item->kind != RULES_ITEM_TIME_WHILE)
            continue;
        struct plan_condition *when = &m->whiles[m->next_while++];
        *when = plan_condition_make(m->rules, m->scope, &item->when, m->tests, &m->next_test);
        made->readings |= own_readings(when, m->tests);
    }
    if (made->whiles > 0 && (made->readings == 0 || made->link != RULES_NONE))
        made->readings = ~UINT64_C(0);
}

static void report_make(struct making *m, uint32_t index)
{
    const struct rules_report *report = report_of(m->rules, m->scope, index);
    struct plan_report *made = &m->reports[m->next_report++];
    plan_report_lay_out(m->rules, report, made);
    made->report =
        *RULES_AT(m->rules, uint32_t, plan_rules_scope(m->rules, m->scope)->reports, index);
    made->at_windows = m->next_window;
    m->next_window += plan_report_row_bytes(made);
    whiles_make(m, report, made);
}

/* ---- scopes -------------------------------------------------------------------------------- */

#define FRESH_MS INT64_C(300000) /* of the site, which has no sensors of its own */

static void suppression_make(struct making *m, const struct rules_suppression *suppression)
{
    m->suppressions[m->next_suppression++] = (struct plan_suppression){
        .kind = (uint8_t)suppression->kind,
        .hours = suppression->hours,
        .when =
            plan_condition_make(m->rules, m->scope, &suppression->when, m->tests, &m->next_test),
        .settle_ms = suppression->settle_ms,
        .most_ms = suppression->most_ms,
    };
}

static void scope_make(struct making *m, struct plan_scope *plan)
{
    plan_row_lay_out(m->rules, m->scope, plan);
    plan->first_alarm = m->next_alarm;
    plan->first_trigger = m->next_trigger;
    plan->first_silent = m->next_silent;
    plan->first_report = m->next_report;
    plan->fresh_ms = FRESH_MS;
    if (plan->group != RULES_NONE) {
        const struct rules_group *group =
            RULES_AT(m->rules, struct rules_group, m->rules->groups, plan->group);
        plan->fresh_ms = group->fresh_ms;
        plan->state_fresh_ms = 3 * group->expect_ms;
        plan->late_ms = group->late_ms;
        plan->early_ms = group->early_ms;
        plan->has_own_time = group->time != RULES_TIME_ARRIVAL;
        plan->learns_fresh = group->learns_fresh != 0;
    }
    const struct rules_condition *accept = accept_of(m->rules, m->scope);
    if (accept != NULL)
        plan->accept = plan_condition_make(m->rules, m->scope, accept, m->tests, &m->next_test);
    plan->first_window = m->next_plan_window;
    plan_windows_make(m->rules, m->scope, plan->at_windows, &m->windows[m->next_plan_window]);
    for (uint32_t w = 0; w < plan->windows; w++, m->next_plan_window++) {
        if (m->windows[m->next_plan_window].link != RULES_NONE)
            m->linked[m->linked_windows++] = (uint16_t)m->next_plan_window;
    }
    plan->first_learned = m->next_learned;
    plan_learned_make(m->rules, m->scope, plan->at_learned, &m->learned[m->next_learned]);
    m->next_learned += plan->learned;
    m->next_slot = m->next_raise = 0;
    m->next_slot = m->next_suppressed = 0;
    m->next_counted = plan->at_counted;
    plan->first_suppression = m->next_suppression;
    const struct rules_span written = plan_rules_scope(m->rules, m->scope)->suppressions;
    for (uint32_t i = 0; i < written.count; i++)
        suppression_make(m, RULES_AT(m->rules, struct rules_suppression, written, i));
    m->next_window = plan->at_reports;
    for (uint32_t a = 0; a < plan->alarms; a++)
        alarm_make(m, plan, a);
    for (uint32_t r = 0; r < plan->reports; r++)
        report_make(m, r);
}

void plan_make(struct plan *plan, const struct ruleset *rules, void *memory)
{
    struct totals totals = count_all(rules);
    char *next = memory;
    struct plan_scope *scopes = (void *)next;
    next += totals.scopes * sizeof *scopes;
    struct making making = {.rules = rules};
    making.alarms = (void *)next;
    next += totals.alarms * sizeof *making.alarms;
    making.triggers = (void *)next;
    next += totals.triggers * sizeof *making.triggers;
    making.tests = (void *)next;
    next += totals.tests * sizeof *making.tests;
    making.reports = (void *)next;
    next += totals.reports * sizeof *making.reports;
    making.suppressions = (void *)next;
    next += totals.suppressions * sizeof *making.suppressions;
    making.windows = (void *)next;
    next += totals.windows * sizeof *making.windows;
    making.learned = (void *)next;
    next += totals.learned * sizeof *making.learned;
    making.whiles = (void *)next;
    next += aligned(totals.whiles * sizeof *making.whiles, 8);
    making.linked = (void *)next;
    next += aligned(totals.windows * sizeof *making.linked, 8);
    making.silents = (void *)next;
    next += aligned(totals.silents * sizeof *making.silents, 8);
    for (uint32_t s = 0; s < totals.scopes; s++) {
        making.scope = s;
        scope_make(&making, &scopes[s]);
    }
    *plan = (struct plan){
        .rules = rules,
        .scopes = scopes,
        .scopes_count = (uint32_t)totals.scopes,
        .groups_count = rules->groups.count,
        .alarms = making.alarms,
        .triggers = making.triggers,
        .tests = making.tests,
        .silents = making.silents,
        .reports = making.reports,
        .suppressions = making.suppressions,
        .windows = making.windows,
        .learned = making.learned,
        .whiles = making.whiles,
        .linked = making.linked,
        .linked_windows = making.linked_windows,
    };
    plan_links_make(plan, scopes, making.alarms, next);
}
