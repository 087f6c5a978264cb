/* From a ruleset's tests to the plan's: what a condition needs while it is judged, what people are
 * shown of it, and the one comparison that tells most often that it is not true. Comes in: a
 * checked ruleset. Goes out: entries of the plan's tables. Called by plan.c. */
#include "rules/engine/plan.h"

/* ---- conditions ---------------------------------------------------------------------------- */

static uint8_t limit_from(const struct rules_value *value)
{
    return value->kind == RULES_READING ? (uint8_t)value->reading : PLAN_CONSTANT;
}

static struct plan_test test_make(const struct ruleset *rules, uint32_t scope,
                                  const struct rules_test *test)
{
    struct plan_test plan = {.kind = (uint8_t)test->kind, .reading = (uint8_t)test->reading};
    plan.value_from = plan.second_from = PLAN_CONSTANT;
    if (test->kind == RULES_SILENT)
        return plan;
    const struct rules_group *group =
        RULES_AT(rules, struct rules_group, rules->groups, plan_rules_group(rules, scope));
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

uint64_t plan_condition_readings(const struct plan_condition *condition,
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

void plan_trigger_finish(struct plan_trigger *trigger, const struct plan_test *tests)
{
    trigger->shown = shown_test(&trigger->when, tests);
    trigger->worst_is = worst_direction(trigger, tests);
    quick_make(trigger, tests);
}
