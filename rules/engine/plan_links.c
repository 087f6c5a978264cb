/* Who asks about whom: for each reading the alarms that it concerns, in their own scope and over
 * links; for each alarm those that ask whether it is active, and the order of reference. So a
 * message touches only the rules that ask for what it brings. Comes in: a checked ruleset, and the
 * plan's scopes and alarms. Goes out: lists. Called by plan.c. */
#include "rules/engine/plan.h"

struct sizes {
    size_t lists, touched, askers, ends;
};

static const struct rules_link *link_at(const struct ruleset *rules, uint32_t link)
{
    return RULES_AT(rules, struct rules_link, rules->links, link);
}

static uint32_t readings_of(const struct ruleset *rules, uint32_t scope)
{
    return scope < rules->groups.count
               ? RULES_AT(rules, struct rules_group, rules->groups, scope)->readings.count
               : 0;
}

uint32_t plan_ends_of(const struct ruleset *rules, uint32_t scope)
{
    uint32_t ends = 0;
    for (uint32_t l = 0; l < rules->links.count; l++)
        ends += (uint32_t)(link_at(rules, l)->from == scope) + (link_at(rules, l)->to == scope);
    return ends;
}

/* ---- every test that an alarm asks --------------------------------------------------------- */

struct visit {
    struct plan *plan;
    struct plan_scope *scopes;
    struct plan_alarm *alarms;
    uint32_t scope, alarm; /* in the scope */
    const struct ruleset *rules;
    struct plan_list *lists;
    uint32_t *touched;
    struct plan_asker *askers;
    struct sizes sizes;
    bool is_changed;
};
typedef void visit_test(struct visit *visit, const struct rules_test *test);

static void visit_condition(struct visit *visit, const struct rules_condition *condition,
                            visit_test *test)
{
    for (uint32_t i = 0; i < condition->tests.count; i++)
        test(visit, RULES_AT(visit->rules, struct rules_test, condition->tests, i));
}

/* What waits for something not to come of the row itself is told by every sign of life. */
static void visit_absence(struct visit *visit, const struct rules_condition *condition,
                          visit_test *test)
{
    for (uint32_t i = 0; i < condition->tests.count; i++) {
        const struct rules_test *each =
            RULES_AT(visit->rules, struct rules_test, condition->tests, i);
        if (each->link != RULES_NONE || each->kind == RULES_ALARM)
            test(visit, each);
    }
}

static void visit_alarm(struct visit *visit, visit_test *test)
{
    const struct ruleset *rules = visit->rules;
    const struct rules_scope *scope = plan_rules_scope(rules, visit->scope);
    const struct rules_alarm *alarm =
        RULES_AT(rules, struct rules_alarm, rules->alarms,
                 *RULES_AT(rules, uint32_t, scope->alarms, visit->alarm));
    for (uint32_t t = 0; t < alarm->triggers.count; t++) {
        const struct rules_trigger *trigger =
            RULES_AT(rules, struct rules_trigger, alarm->triggers, t);
        if (plan_is_absence(rules, &trigger->when))
            visit_absence(visit, &trigger->when, test);
        else
            visit_condition(visit, &trigger->when, test);
        if (trigger->has_until)
            visit_condition(visit, &trigger->until, test);
    }
    for (uint32_t i = 0; i < alarm->suppressed_by.count; i++) {
        uint32_t suppression =
            RULES_AT(rules, struct rules_suppressed_by, alarm->suppressed_by, i)->suppression;
        const struct rules_suppression *by =
            RULES_AT(rules, struct rules_suppression, scope->suppressions, suppression);
        if (by->kind >= RULES_EXCEPT_WHILE)
            visit_condition(visit, &by->when, test);
    }
}

static void visit_all(struct visit *visit, visit_test *test)
{
    uint32_t scopes = visit->rules->groups.count + visit->rules->sets.count;
    for (visit->scope = 0; visit->scope < scopes; visit->scope++) {
        uint32_t alarms = plan_rules_scope(visit->rules, visit->scope)->alarms.count;
        for (visit->alarm = 0; visit->alarm < alarms; visit->alarm++)
            visit_alarm(visit, test);
    }
}

static struct plan_alarm *visited(const struct visit *visit)
{
    return &visit->alarms[visit->plan->scopes[visit->scope].first_alarm + visit->alarm];
}

/* ---- sizes --------------------------------------------------------------------------------- */

#define TOUCHED_BY_TEST 5 /* reading, other, two readings or links of values, silence */

static void count_test(struct visit *visit, const struct rules_test *test)
{
    visit->sizes.touched += TOUCHED_BY_TEST;
    visit->sizes.askers += test->kind == RULES_ALARM;
}

static struct sizes count_sizes(const struct ruleset *rules)
{
    struct visit visit = {.rules = rules};
    visit_all(&visit, count_test);
    for (uint32_t s = 0; s < rules->groups.count + rules->sets.count; s++)
        visit.sizes.lists += 2 * (size_t)readings_of(rules, s) + 1;
    for (uint32_t l = 0; l < rules->links.count; l++)
        visit.sizes.lists += (size_t)readings_of(rules, link_at(rules, l)->to) + 1;
    visit.sizes.touched *= 2; /* the links themselves are listed too */
    visit.sizes.ends = 2 * (size_t)rules->links.count;
    return visit.sizes;
}

static size_t aligned(size_t bytes)
{
    return (bytes + 7) / 8 * 8;
}

size_t plan_links_size_bytes(const struct ruleset *rules)
{
    struct sizes sizes = count_sizes(rules);
    return aligned(rules->links.count * sizeof(struct plan_link)) +
           aligned(sizes.ends * sizeof(struct plan_end)) +
           aligned(sizes.lists * sizeof(struct plan_list)) +
           aligned(sizes.touched * sizeof(uint32_t)) +
           aligned(sizes.askers * sizeof(struct plan_asker)) +
           aligned(rules->alarms.count * sizeof(uint32_t));
}

/* ---- what a reading touches ---------------------------------------------------------------- */

static void list_add(struct visit *visit, uint32_t list, uint32_t entry)
{
    struct plan_list *to = &visit->lists[list];
    if (visit->touched == NULL) { /* counting: a place for each */
        to->count++;
        return;
    }
    if (to->count == 0 || visit->touched[to->first + to->count - 1] != entry)
        visit->touched[to->first + to->count++] = entry;
}

static uint64_t bit(uint32_t reading)
{
    return UINT64_C(1) << reading;
}

static uint64_t value_reading(const struct rules_value *value)
{
    return value->kind == RULES_READING ? bit(value->reading) : 0;
}

static bool has_second(const struct rules_test *test)
{
    return test->kind == RULES_INSIDE || test->kind == RULES_OUTSIDE;
}

/* Of the group of the test's subject. */
static uint64_t test_readings(const struct rules_test *test)
{
    if (test->kind == RULES_SILENT || test->kind == RULES_ALARM)
        return 0;
    return bit(test->reading) | value_reading(&test->value) |
           (has_second(test) ? value_reading(&test->second) : 0) |
           (test->kind == RULES_DIFFERS_FROM ? bit(test->other) : 0);
}

static void touch_value(struct visit *visit, const struct rules_value *value)
{
    if (value->kind == RULES_ACROSS)
        list_add(visit, visit->plan->links[value->link].lists + value->reading, visit->alarm);
}

static void touch_test(struct visit *visit, const struct rules_test *test)
{
    bool is_own = test->link == RULES_NONE;
    uint32_t lists =
        is_own ? visit->plan->scopes[visit->scope].lists : visit->plan->links[test->link].lists;
    uint64_t readings = test_readings(test);
    for (uint64_t left = readings; left != 0; left &= left - 1)
        list_add(visit, lists + (uint32_t)__builtin_ctzll(left), visit->alarm);
    if (test->kind == RULES_SILENT && !is_own) {
        uint32_t to = visit->plan->links[test->link].to;
        list_add(visit, lists + readings_of(visit->rules, to), visit->alarm);
    }
    if (readings == 0)
        return;
    touch_value(visit, &test->value);
    if (has_second(test))
        touch_value(visit, &test->second);
    bool is_about_faults = test->kind == RULES_FAULTY || test->kind == RULES_MISSING;
    if (is_own) {
        visited(visit)->readings |= readings;
        visited(visit)->faulty |= is_about_faults ? readings : 0;
    }
}

static void touch_faulty(struct visit *visit, const struct rules_test *test)
{
    bool is_about_faults = test->kind == RULES_FAULTY || test->kind == RULES_MISSING;
    if (!is_about_faults)
        return;
    if (test->link == RULES_NONE)
        visit->scopes[visit->scope].faulty |= bit(test->reading);
    else
        visit->scopes[visit->plan->links[test->link].to].linked_faulty |= bit(test->reading);
}

/* ---- alarms that ask about alarms ---------------------------------------------------------- */

static void count_asker(struct visit *visit, const struct rules_test *test)
{
    if (test->kind == RULES_ALARM)
        visit->alarms[visit->plan->alarm_at[test->alarm]].askers++;
}

static void add_asker(struct visit *visit, const struct rules_test *test)
{
    if (test->kind != RULES_ALARM)
        return;
    struct plan_alarm *asked = &visit->alarms[visit->plan->alarm_at[test->alarm]];
    visit->askers[asked->first_asker + asked->askers++] =
        (struct plan_asker){test->link, visit->scope, visit->alarm};
}

/* References in a circle are errors of the rules: so this ends. */
static void raise_rank(struct visit *visit, const struct rules_test *test)
{
    if (test->kind != RULES_ALARM)
        return;
    uint16_t above = (uint16_t)(visit->alarms[visit->plan->alarm_at[test->alarm]].rank + 1);
    if (visited(visit)->rank >= above || above >= visit->rules->alarms.count)
        return;
    visited(visit)->rank = above;
    visit->is_changed = true;
}

static void make_askers(struct visit *visit)
{
    visit_all(visit, count_asker);
    uint32_t first = 0, count = 0;
    for (uint32_t s = 0; s < visit->plan->scopes_count; s++)
        count += visit->plan->scopes[s].alarms;
    for (uint32_t a = 0; a < count; a++) {
        visit->alarms[a].first_asker = first;
        first += visit->alarms[a].askers;
        visit->alarms[a].askers = 0;
    }
    visit_all(visit, add_asker);
    do {
        visit->is_changed = false;
        visit_all(visit, raise_rank);
    } while (visit->is_changed);
    for (uint32_t a = 0; a < count; a++) {
        uint32_t above = visit->alarms[a].rank + 1u;
        visit->plan->ranks = above > visit->plan->ranks ? above : visit->plan->ranks;
    }
}

/* ---- making -------------------------------------------------------------------------------- */

static void make_ends(struct plan *plan, struct plan_scope *scopes, struct plan_link *links,
                      struct plan_end *ends)
{
    uint32_t next = 0;
    for (uint32_t s = 0; s < plan->scopes_count; s++) {
        scopes[s].first_end = next;
        for (uint32_t l = 0; l < plan->rules->links.count; l++) {
            if (links[l].from == s) {
                links[l].from_end = next - scopes[s].first_end;
                ends[next++] = (struct plan_end){l, false};
            }
            if (links[l].to == s) {
                links[l].to_end = next - scopes[s].first_end;
                ends[next++] = (struct plan_end){l, true};
            }
        }
    }
}

/* A link is listed for each reading, and for silence, that an alarm asks for over it. */
static void list_links(struct visit *visit, struct plan_scope *scopes, uint32_t first)
{
    for (uint32_t s = 0; s < visit->plan->groups_count; s++) {
        for (uint32_t r = 0; r <= scopes[s].readings; r++) {
            struct plan_list *list = &visit->lists[scopes[s].link_lists + r];
            list->first = first;
            for (uint32_t l = 0; l < visit->rules->links.count; l++) {
                const struct plan_link *link = &visit->plan->links[l];
                if (link->to != s || visit->lists[link->lists + r].count == 0)
                    continue;
                visit->touched[list->first + list->count++] = l;
                if (r < scopes[s].readings)
                    scopes[s].linked |= bit(r);
            }
            first += list->count;
        }
    }
}

static uint32_t place_lists(struct visit *visit, size_t count)
{
    uint32_t first = 0;
    for (size_t i = 0; i < count; i++) {
        visit->lists[i].first = first;
        first += visit->lists[i].count;
        visit->lists[i].count = 0;
    }
    return first;
}

static void make_scopes(struct visit *visit, struct plan_link *links, uint32_t *alarm_at)
{
    const struct ruleset *rules = visit->rules;
    uint32_t next = 0;
    for (uint32_t s = 0; s < visit->plan->scopes_count; s++) {
        struct plan_scope *scope = &visit->scopes[s];
        scope->lists = next;
        scope->link_lists = next + scope->readings;
        next += 2 * scope->readings + 1;
        for (uint32_t a = 0; a < scope->alarms; a++)
            alarm_at[visit->alarms[scope->first_alarm + a].alarm] = scope->first_alarm + a;
    }
    for (uint32_t l = 0; l < rules->links.count; l++) {
        const struct rules_link *link = link_at(rules, l);
        links[l] = (struct plan_link){
            .from = link->from,
            .to = link->to,
            .lists = next,
            .without_itself = link->without_itself != 0,
        };
        next += readings_of(rules, link->to) + 1;
    }
}

void plan_links_make(struct plan *plan, struct plan_scope *scopes, struct plan_alarm *alarms,
                     void *memory)
{
    const struct ruleset *rules = plan->rules;
    struct sizes sizes = count_sizes(rules);
    char *next = memory;
    struct plan_link *links = (void *)next;
    next += aligned(rules->links.count * sizeof *links);
    struct plan_end *ends = (void *)next;
    next += aligned(sizes.ends * sizeof *ends);
    struct visit visit = {.plan = plan, .rules = rules, .scopes = scopes, .alarms = alarms};
    visit.lists = (void *)next;
    next += aligned(sizes.lists * sizeof *visit.lists);
    uint32_t *touched = (void *)next;
    next += aligned(sizes.touched * sizeof *touched);
    visit.askers = (void *)next;
    next += aligned(sizes.askers * sizeof *visit.askers);
    uint32_t *alarm_at = (void *)next;
    memset(alarm_at, 0xff, rules->alarms.count * sizeof *alarm_at);
    plan->links = links;
    plan->ends = ends;
    plan->lists = visit.lists;
    plan->touched = touched;
    plan->askers = visit.askers;
    plan->alarm_at = alarm_at;
    plan->ranks = 1;
    make_scopes(&visit, links, alarm_at);
    make_ends(plan, scopes, links, ends);
    visit_all(&visit, touch_test); /* counts … */
    uint32_t used = place_lists(&visit, sizes.lists);
    visit.touched = touched;
    visit_all(&visit, touch_test); /* … and writes */
    list_links(&visit, scopes, used);
    visit_all(&visit, touch_faulty);
    make_askers(&visit);
}
