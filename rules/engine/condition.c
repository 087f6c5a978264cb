/* Is a condition true, false or unknown at a moment? (RULES, section 5; appendix E 3, 13.)
 * Comes in: a device's values and a moment. Goes out: truth. A test is unknown when no good value
 * of its reading is fresh then; `and` is the least of its tests, `or` the greatest. Called by
 * alarm.c, for every trigger that a reading concerns. */
#include "rules/engine/internal.h"

/* Does the newest good value still stand for "now"? */
static inline bool stands(const struct judging *j, const struct engine_value *value, bool is_number)
{
    if (value->taken_ms == INT64_MIN)
        return false;
    if (is_number)
        return j->at_ms - (j->by_arrival ? value->arrived_ms : value->taken_ms) <=
               fresh_ms_of(j, value);
    /* States stand until they change; with `expect`, while the device is heard (E 9, section 4.4).
     */
    return j->scope->state_fresh_ms == 0 ||
           j->at_ms - (j->by_arrival ? j->device->heard_ms : j->device->newest_ms) <=
               j->scope->state_fresh_ms;
}

static bool limit_of(const struct judging *j, uint8_t from, double number, double *limit)
{
    *limit = number;
    if (from == PLAN_CONSTANT)
        return true;
    const struct engine_value *value = &j->values[from];
    *limit += value->number;
    return stands(j, value, true);
}

static enum truth truth_of(bool is_true)
{
    return is_true ? IS_TRUE : IS_FALSE;
}

static struct text without_blanks(struct text text)
{
    while (text.length > 0 && (text.bytes[0] == ' ' || text.bytes[0] == '\t'))
        text = (struct text){text.bytes + 1, text.length - 1};
    while (text.length > 0 &&
           (text.bytes[text.length - 1] == ' ' || text.bytes[text.length - 1] == '\t'))
        text.length--;
    return text;
}

/* Case and outer blanks don't count in texts (E 35). */
static bool text_is(const struct judging *j, const struct plan_test *test)
{
    struct text now = engine_device_text(j->engine, j->device->index, test->reading);
    struct text wanted = rules_text(j->engine->plan.rules, test->text);
    return text_equal_ignoring_case(without_blanks(now), without_blanks(wanted));
}

static enum truth is_judge(const struct judging *j, const struct plan_test *test,
                           const struct engine_value *value)
{
    if (test->of == RULES_STATE)
        return truth_of(value->word == test->word);
    if (test->of == RULES_TEXT)
        return truth_of(text_is(j, test));
    double wanted;
    if (!limit_of(j, test->value_from, test->value, &wanted))
        return IS_UNKNOWN;
    return truth_of(value->number == wanted);
}

static enum truth between_judge(const struct judging *j, const struct plan_test *test,
                                double number)
{
    double least, most;
    if (!limit_of(j, test->value_from, test->value, &least) ||
        !limit_of(j, test->second_from, test->second, &most))
        return IS_UNKNOWN;
    return truth_of(number >= least && number <= most);
}

static enum truth opposite(enum truth truth)
{
    return (enum truth)(IS_TRUE - truth);
}

static enum truth test_judge(const struct judging *j, const struct plan_test *test)
{
    if (test->kind == RULES_SILENT)
        return truth_of(j->is_silent);
    const struct engine_value *value = &j->values[test->reading];
    if (!stands(j, value, test->of == RULES_NUMBER))
        return IS_UNKNOWN;
    double limit = 0;
    switch (test->kind) {
    case RULES_INSIDE:
        return between_judge(j, test, value->number);
    case RULES_OUTSIDE:
        return opposite(between_judge(j, test, value->number));
    case RULES_IS:
        return is_judge(j, test, value);
    case RULES_IS_NOT:
        return opposite(is_judge(j, test, value));
    default:
        break;
    }
    if (!limit_of(j, test->value_from, test->value, &limit))
        return IS_UNKNOWN;
    switch (test->kind) {
    case RULES_ABOVE:
        return truth_of(value->number > limit);
    case RULES_BELOW:
        return truth_of(value->number < limit);
    case RULES_AT_LEAST:
        return truth_of(value->number >= limit);
    case RULES_AT_MOST:
        return truth_of(value->number <= limit);
    default: /* a kind of a later version: ruleset_check lets none through */
        return IS_UNKNOWN;
    }
}

enum truth condition_judge(const struct judging *judging, const struct plan_condition *condition)
{
    const struct plan_test *test = &judging->engine->plan.tests[condition->first];
    enum truth truth = test_judge(judging, test);
    for (uint32_t i = 1; i < condition->count; i++) {
        enum truth next = test_judge(judging, test + i);
        bool decides = condition->joined_by_or ? next > truth : next < truth;
        truth = decides ? next : truth;
    }
    return truth;
}

uint8_t condition_shown_test(const struct judging *judging, const struct plan_trigger *trigger)
{
    if (!trigger->when.joined_by_or)
        return trigger->shown;
    const struct plan_test *tests = &judging->engine->plan.tests[trigger->when.first];
    for (uint8_t i = 0; i < trigger->when.count; i++) {
        if (tests[i].kind != RULES_SILENT && test_judge(judging, &tests[i]) == IS_TRUE)
            return i;
    }
    return trigger->shown;
}
