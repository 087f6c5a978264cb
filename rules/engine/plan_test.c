/* From a ruleset's tests to the plan's: what a condition needs while it is judged, what people are
 * shown of it, and the one comparison that tells most often that it is not true. Comes in: a
 * checked ruleset. Goes out: entries of the plan's tables. Called by plan.c. */
#include "rules/engine/plan.h"

/* ---- conditions ---------------------------------------------------------------------------- */

static struct plan_value value_make(const struct rules_value *value)
{
    return (struct plan_value){
        .kind = (uint8_t)value->kind,
        .reading = (uint8_t)value->reading,
        .summary = (uint8_t)value->summary,
        .column_or_link = value->kind == RULES_LIMIT ? value->column : value->link,
        .number = value->number,
    };
}

/* Whose readings a test asks for; NULL: it asks for none. */
static const struct rules_group *subject_group(const struct ruleset *rules, uint32_t scope,
                                               const struct rules_test *test)
{
    if (test->kind == RULES_SILENT || test->kind == RULES_ALARM)
        return NULL;
    if (test->link != RULES_NONE)
        scope = RULES_AT(rules, struct rules_link, rules->links, test->link)->to;
    uint32_t group = plan_rules_group(rules, scope);
    return group == RULES_NONE ? NULL : RULES_AT(rules, struct rules_group, rules->groups, group);
}

static struct plan_test test_make(const struct ruleset *rules, uint32_t scope,
                                  const struct rules_test *test)
{
    struct plan_test plan = {
        .kind = (uint8_t)test->kind,
        .of = RULES_STATE, /* nothing to add up */
        .reading = (uint8_t)test->reading,
        .other = (uint8_t)test->other,
        .quantifier = (uint8_t)test->quantifier,
        .summary = (uint8_t)test->summary,
        .is_not = test->is_not != 0,
        .link = test->link,
        .window = test->window,
        .value = value_make(&test->value),
        .second = value_make(&test->second),
        .written = test,
    };
    if (test->kind == RULES_ALARM) {
        plan.alarm = test->alarm; /* plan_links.c: in the plan */
        return plan;
    }
    const struct rules_group *group = subject_group(rules, scope, test);
    if (group == NULL)
        return plan;
    plan.of = (uint8_t)RULES_AT(rules, struct rules_reading, group->readings, test->reading)->kind;
    if (test->summary != RULES_NO_SUMMARY)
        plan.of = RULES_NUMBER; /* `count` of a state too */
    if (plan.of == RULES_TEXT)
        plan.text = test->text;
    else
        plan.word = test->word;
    return plan;
}

bool plan_is_absence_test(const struct rules_test *test, const struct rules_hold *hold)
{
    return test->kind == RULES_SILENT ||
           (test->kind == RULES_MISSING && !test->is_not && hold->kind == RULES_HOLD_FOR);
}

bool plan_is_absence(const struct ruleset *rules, const struct rules_condition *when)
{
    for (uint32_t i = 0; i < when->tests.count; i++) {
        if (plan_is_absence_test(RULES_AT(rules, struct rules_test, when->tests, i), &when->hold))
            return true;
    }
    return false;
}

struct plan_condition plan_condition_make(const struct ruleset *rules, uint32_t scope,
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
            test_make(rules, scope, RULES_AT(rules, struct rules_test, condition->tests, i));
    }
    return plan;
}

/* People are shown the first number that is compared, else the first state, else nothing. */
static uint8_t shown_test(const struct plan_condition *when, const struct plan_test *tests)
{
    uint8_t shown = PLAN_NO_TEST;
    for (uint8_t i = 0; i < when->count; i++) {
        const struct plan_test *test = &tests[when->first + i];
        if (!plan_is_shown(test))
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
    static const int8_t directions[] = {0, 1, -1}; /* of unusual, unusually high, low */
    if (trigger->shown == PLAN_NO_TEST)
        return 0;
    switch (tests[trigger->when.first + trigger->shown].kind) {
    case RULES_ABOVE:
    case RULES_AT_LEAST:
        return 1;
    case RULES_BELOW:
    case RULES_AT_MOST:
        return -1;
    case RULES_UNUSUAL:
        return directions[tests[trigger->when.first + trigger->shown].word];
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
    bool is_linked = test->link != RULES_NONE;
    if (test->summary != RULES_NO_SUMMARY || test->window != RULES_NONE)
        return false;
    trigger->quick_reading = test->reading;
    trigger->quick_link = test->link;
    if (test->kind == RULES_IS && test->of == RULES_STATE) {
        trigger->quick = is_linked ? PLAN_QUICK_LINK_WORD : PLAN_QUICK_WORD;
        trigger->quick_word = test->word;
        return true;
    }
    if (test->of != RULES_NUMBER || test->value.kind != RULES_CONSTANT ||
        test->kind > RULES_AT_MOST)
        return false;
    bool is_upper = test->kind == RULES_ABOVE || test->kind == RULES_AT_LEAST;
    bool may_equal = test->kind == RULES_AT_LEAST || test->kind == RULES_AT_MOST;
    trigger->quick = is_linked ? PLAN_QUICK_LINK_NUMBER : PLAN_QUICK_NUMBER;
    trigger->quick_sign = is_upper ? 1 : -1;
    trigger->quick_limit = trigger->quick_sign * test->value.number;
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
        if (plan_is_shown(&tests[trigger->when.first + i]) &&
            quick_from(trigger, &tests[trigger->when.first + i]))
            return;
    }
}

void plan_trigger_finish(struct plan_trigger *trigger, const struct plan_test *tests)
{
    trigger->shown = shown_test(&trigger->when, tests);
    trigger->worst_is = worst_direction(trigger, tests);
    quick_make(trigger, tests);
}
