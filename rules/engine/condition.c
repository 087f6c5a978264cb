/* Is a condition true, false or unknown at a moment? (RULES, section 5; appendix E 3, 13.)
 * Comes in: a row's values and a moment. Goes out: truth. A test is unknown when no good value
 * of its reading is fresh then; `and` is the least of its tests, `or` the greatest. Tests about
 * other rows are those of condition_link.c. Called by alarm.c, for every trigger that a reading
 * concerns. */
#include "base/rounding.h"
#include "rules/engine/internal.h"

bool condition_value_stands(const struct judging *j, const struct engine_value *value,
                            bool is_number)
{
    if (value->taken_ms == INT64_MIN)
        return false;
    if (j->texts != NULL)
        return true; /* it came with the message that is judged */
    if (is_number)
        return j->at_ms - (j->by_arrival ? value->arrived_ms : value->taken_ms) <=
               fresh_ms_of(j, value);
    /* States stand until they change; with `expect`, while the device is heard, and after a gap
     * when they are sent again: nobody knows what they were in it (E 9, section 4.4). */
    int64_t fresh_ms = state_fresh_ms_of(j);
    return fresh_ms == 0 ||
           ((j->device->outlived >> (value - j->values) & 1) == 0 &&
            j->at_ms - (j->by_arrival ? j->device->heard_ms : j->device->newest_ms) <= fresh_ms);
}

static bool limit_of(const struct judging *j, const struct plan_value *value, double *limit)
{
    *limit = value->number;
    double base;
    switch (value->kind) {
    case RULES_CONSTANT:
        return true;
    case RULES_READING:
        *limit += j->values[value->reading].number;
        return condition_value_stands(j, &j->values[value->reading], true);
    case RULES_LIMIT:
        if (!tables_limit(j, value->column_or_link, &base))
            return false;
        break;
    default:
        if (!condition_across(j, value, &base))
            return false;
        break;
    }
    *limit += base;
    return true;
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
    struct text now = j->texts != NULL
                          ? j->texts[test->reading]
                          : engine_device_text(j->engine, j->device->index, test->reading);
    struct text wanted = rules_text(j->engine->plan.rules, test->text);
    return text_equal_ignoring_case(without_blanks(now), without_blanks(wanted));
}

/* People count in tenths, which have no exact double: 1.3 bar is 0.30000000000000004 bar from 1
 * bar, and a raw 33 scaled by 0.1 is above 3.3. What is as near to a limit as rounding comes is at
 * it. Subtracting and adding up lose more digits than reading and converting. Far below the last
 * digit of any sensor, and below 1 for counters. */
static double slack_at(const struct plan_test *test, double limit)
{
    static const bool subtracts[] = {[RULES_RISES] = true,
                                     [RULES_FALLS] = true,
                                     [RULES_CHANGES] = true,
                                     [RULES_DIFFERS_FROM] = true,
                                     [RULES_DIFFERS_ACROSS] = true};
    bool is_worked_out =
        test->summary != RULES_NO_SUMMARY ||
        (test->kind < sizeof subtracts / sizeof subtracts[0] && subtracts[test->kind]);
    return __builtin_fabs(limit) * (is_worked_out ? 1e-11 : 4e-15);
}

static bool is_above(const struct plan_test *test, double number, double limit)
{
    return number - limit > slack_at(test, limit);
}

static bool is_below(const struct plan_test *test, double number, double limit)
{
    return limit - number > slack_at(test, limit);
}

static bool is_number(const struct plan_test *test, double number, double wanted)
{
    return !is_below(test, number, wanted) && !is_above(test, number, wanted);
}

static enum truth is_judge(const struct judging *j, const struct plan_test *test,
                           const struct engine_value *value)
{
    if (test->of == RULES_STATE)
        return truth_of(value->word == test->word);
    if (test->of == RULES_TEXT)
        return truth_of(text_is(j, test));
    double wanted;
    if (!limit_of(j, &test->value, &wanted))
        return IS_UNKNOWN;
    return truth_of(is_number(test, value->number, wanted));
}

static enum truth between_judge(const struct judging *j, const struct plan_test *test,
                                double number)
{
    double least, most;
    if (!limit_of(j, &test->value, &least) || !limit_of(j, &test->second, &most))
        return IS_UNKNOWN;
    return truth_of(!is_below(test, number, least) && !is_above(test, number, most));
}

static enum truth opposite(enum truth truth)
{
    return (enum truth)(IS_TRUE - truth);
}

static enum truth not_if(bool is_not, enum truth truth)
{
    return is_not ? opposite(truth) : truth;
}

enum truth condition_compare(const struct judging *j, const struct plan_test *test, double number)
{
    double limit;
    if (test->kind == RULES_INSIDE)
        return between_judge(j, test, number);
    if (test->kind == RULES_OUTSIDE)
        return opposite(between_judge(j, test, number));
    if (!limit_of(j, &test->value, &limit))
        return IS_UNKNOWN;
    switch (test->kind) {
    case RULES_AT_LEAST:
        return truth_of(!is_below(test, number, limit));
    case RULES_BELOW:
        return truth_of(is_below(test, number, limit));
    case RULES_AT_MOST:
        return truth_of(!is_above(test, number, limit));
    case RULES_IS:
        return truth_of(is_number(test, number, limit));
    case RULES_IS_NOT:
        return truth_of(!is_number(test, number, limit));
    default: /* above, and what differs by more than so much */
        return truth_of(is_above(test, number, limit));
    }
}

/* ---- what does not come -------------------------------------------------------------------- */

int64_t condition_absent_since(const struct judging *j, const struct plan_test *test)
{
    int64_t since_ms =
        test->kind == RULES_SILENT ? j->device->heard_ms : j->values[test->reading].arrived_ms;
    return since_ms != INT64_MIN ? since_ms : j->device->first_ms;
}

static enum truth absence_judge(const struct judging *j, const struct plan_test *test)
{
    int64_t now_ms = j->by_arrival ? j->at_ms : j->site_ms;
    if (test->kind == RULES_SILENT || (j->absence_ms > 0 && !test->is_not)) {
        bool is_absent = now_ms - condition_absent_since(j, test) >= j->absence_ms;
        return not_if(test->is_not, truth_of(is_absent && j->absence_ms > 0));
    }
    const struct engine_value *value = &j->values[test->reading];
    bool is_here =
        value->quality == ENGINE_GOOD && condition_value_stands(j, value, test->of == RULES_NUMBER);
    return not_if(test->is_not, truth_of(!is_here));
}

/* True from the first faulty value until a good one comes; it takes messages to know. */
static enum truth faulty_judge(const struct judging *j, const struct plan_test *test)
{
    int64_t newest_ms = j->by_arrival ? j->device->heard_ms : j->device->newest_ms;
    if (j->texts == NULL && (newest_ms == INT64_MIN || j->at_ms - newest_ms > j->device->fresh_ms))
        return IS_UNKNOWN;
    return not_if(test->is_not, truth_of(j->values[test->reading].quality == ENGINE_FAULTY));
}

/* ---- tests --------------------------------------------------------------------------------- */

static enum truth differs_judge(const struct judging *j, const struct plan_test *test)
{
    const struct engine_value *other = &j->values[test->other];
    if (!condition_value_stands(j, other, true))
        return IS_UNKNOWN;
    double difference = rounding_difference(j->values[test->reading].number, other->number);
    return condition_compare(j, test, difference < 0 ? -difference : difference);
}

enum truth condition_test_own(const struct judging *j, const struct plan_test *test)
{
    switch (test->kind) {
    case RULES_SILENT:
    case RULES_MISSING:
        return absence_judge(j, test);
    case RULES_FAULTY:
        return faulty_judge(j, test);
    default:
        break;
    }
    const struct engine_value *value = &j->values[test->reading];
    if (!condition_value_stands(j, value, test->of == RULES_NUMBER))
        return IS_UNKNOWN;
    switch (test->kind) {
    case RULES_IS:
        return is_judge(j, test, value);
    case RULES_IS_NOT:
        return opposite(is_judge(j, test, value));
    case RULES_DIFFERS_FROM:
        return differs_judge(j, test);
    default:
        return condition_compare(j, test, value->number);
    }
}

static inline enum truth test_judge(const struct judging *j, const struct plan_test *test)
{
    if (test->link != RULES_NONE || test->kind == RULES_ALARM)
        return condition_test_linked(j, test);
    if (test->window != RULES_NONE || test->kind == RULES_UNUSUAL)
        return windows_judge(j, test);
    return condition_test_own(j, test);
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
        if (plan_is_shown(&tests[i]) && test_judge(judging, &tests[i]) == IS_TRUE)
            return i;
    }
    return trigger->shown;
}

bool condition_limit(const struct judging *judging, const struct plan_test *test, double *limit,
                     double *second)
{
    bool has_two = test->kind == RULES_INSIDE || test->kind == RULES_OUTSIDE;
    *second = 0;
    return limit_of(judging, &test->value, limit) &&
           (!has_two || limit_of(judging, &test->second, second));
}

bool condition_value(const struct judging *judging, const struct plan_test *test,
                     struct engine_value *value)
{
    if (test->link != RULES_NONE)
        return condition_value_linked(judging, test, value);
    *value = judging->values[test->reading];
    if (test->window != RULES_NONE && test->summary != RULES_NO_SUMMARY)
        return windows_value(judging, test, &value->number);
    return value->taken_ms != INT64_MIN;
}
