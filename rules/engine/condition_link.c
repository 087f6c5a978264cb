/* Tests about other rows: any or every device of a link, a summary of their newest values, how many
 * are silent or have an alarm (RULES, section 5; appendix E 2, 3, 26, 27, 28). Comes in: the row
 * that asks, and a moment. Goes out: truth, and the value that is shown. Devices without a fresh
 * value are left out; with none left a test is unknown. Called by condition.c and trigger.c. */
#include "rules/engine/internal.h"

/* Another row, judged for itself in its own time. */
static struct judging member_of(const struct judging *j, struct device *row)
{
    struct judging member = judging_of(j->engine, row);
    member.site_ms = j->by_arrival ? j->at_ms : j->site_ms;
    member.at_ms = row_now(row, member.site_ms);
    member.absence_ms = j->absence_ms;
    member.is_on = j->is_on;
    return member;
}

static enum truth truth_of(bool is_true)
{
    return is_true ? IS_TRUE : IS_FALSE;
}

/* ---- numbers of many ----------------------------------------------------------------------- */

struct numbers { /* fresh ones */
    uint32_t count;
    double sum, carry, least, most;
    uint8_t decimals;
    int64_t newest_ms;
};

static void numbers_add(struct numbers *numbers, const struct engine_value *value)
{
    if (numbers->count++ == 0)
        numbers->least = numbers->most = value->number;
    /* Compensated (Neumaier 1974). */
    double total = numbers->sum + value->number;
    double old = numbers->sum < 0 ? -numbers->sum : numbers->sum;
    bool is_larger = old >= (value->number < 0 ? -value->number : value->number);
    numbers->carry +=
        is_larger ? (numbers->sum - total) + value->number : (value->number - total) + numbers->sum;
    numbers->sum = total;
    numbers->least = value->number < numbers->least ? value->number : numbers->least;
    numbers->most = value->number > numbers->most ? value->number : numbers->most;
    numbers->decimals = value->decimals > numbers->decimals ? value->decimals : numbers->decimals;
    numbers->newest_ms =
        value->taken_ms > numbers->newest_ms ? value->taken_ms : numbers->newest_ms;
}

static struct numbers numbers_of(const struct judging *j, uint32_t link, uint32_t reading,
                                 bool is_number)
{
    struct numbers numbers = {.newest_ms = INT64_MIN};
    for (struct device *row = links_first(j, link); row != NULL; row = links_next(j, link, row)) {
        struct judging member = member_of(j, row);
        const struct engine_value *value = &member.values[reading];
        if (!condition_value_stands(&member, value, is_number))
            continue;
        j->engine->links.numbers[numbers.count] = value->number;
        numbers_add(&numbers, value);
    }
    return numbers;
}

/* The number that stands at `rank` when they are in order (Hoare 1961). */
static double select_number(double *numbers, uint32_t count, uint32_t rank)
{
    uint32_t first = 0, last = count - 1;
    while (first < last) {
        double middle = numbers[first + (last - first) / 2];
        uint32_t low = first, high = last;
        for (;;) {
            while (numbers[low] < middle)
                low++;
            while (numbers[high] > middle)
                high--;
            if (low >= high)
                break;
            double other = numbers[low];
            numbers[low++] = numbers[high];
            numbers[high--] = other;
        }
        /* All before low are at most, all from low on at least `middle`. */
        uint32_t split = numbers[low] < middle ? low + 1 : low;
        if (rank < split)
            last = split > first + 1 || split > first ? split - 1 : first;
        else
            first = split > first ? split : first + 1;
    }
    return numbers[rank];
}

static double median_of(double *numbers, uint32_t count)
{
    double upper = select_number(numbers, count, count / 2);
    if (count % 2 != 0)
        return upper;
    return (select_number(numbers, count, count / 2 - 1) + upper) / 2;
}

static double deviation_of(const double *numbers, uint32_t count, double average)
{
    double squares = 0;
    for (uint32_t i = 0; i < count; i++)
        squares += (numbers[i] - average) * (numbers[i] - average);
    return __builtin_sqrt(squares / count);
}

static double summary_of(const struct judging *j, const struct numbers *numbers, uint8_t summary)
{
    double *each = j->engine->links.numbers, total = numbers->sum + numbers->carry;
    switch (summary) {
    case RULES_MINIMUM:
        return numbers->least;
    case RULES_MAXIMUM:
        return numbers->most;
    case RULES_SPREAD:
        return numbers->most - numbers->least;
    case RULES_COUNT:
        return numbers->count;
    case RULES_TOTAL:
        return total;
    case RULES_MEDIAN:
        return median_of(each, numbers->count);
    case RULES_DEVIATION:
        return deviation_of(each, numbers->count, total / numbers->count);
    default:
        return total / numbers->count;
    }
}

bool condition_across(const struct judging *judging, const struct plan_value *value, double *number)
{
    struct numbers numbers = numbers_of(judging, value->column_or_link, value->reading, true);
    if (numbers.count < 2)
        return false;
    *number = summary_of(judging, &numbers, value->summary);
    return true;
}

/* A test's summary, or the difference across; false: nobody knows. */
static bool number_of(const struct judging *j, const struct plan_test *test,
                      struct engine_value *value)
{
    bool is_difference = test->kind == RULES_DIFFERS_ACROSS;
    struct numbers numbers = numbers_of(j, test->link, test->reading, test->of == RULES_NUMBER);
    uint32_t least = is_difference ? 2 : test->summary == RULES_COUNT ? 0 : 1;
    if (numbers.count < least)
        return false;
    *value = (struct engine_value){
        .number = summary_of(j, &numbers, is_difference ? RULES_SPREAD : test->summary),
        .quality = ENGINE_GOOD,
        .decimals = test->summary == RULES_COUNT ? 0 : numbers.decimals,
        .taken_ms = numbers.count > 0 ? numbers.newest_ms : j->at_ms,
        .arrived_ms = j->site_ms,
    };
    return true;
}

/* ---- how many ------------------------------------------------------------------------------ */

static bool is_enough(const struct plan_test *test, uint32_t those, uint32_t all)
{
    const struct rules_test *written = test->written;
    if (test->quantifier == RULES_EVERY)
        return all > 0 && those == all;
    if (written->least_is_percent)
        return all > 0 && those * 100.0 >= written->least * all;
    return those > 0 && those >= written->least;
}

static enum truth silent_judge(const struct judging *j, const struct plan_test *test)
{
    uint32_t those = 0, all = 0;
    for (struct device *row = links_first(j, test->link); row != NULL;
         row = links_next(j, test->link, row)) {
        struct judging member = member_of(j, row);
        those += condition_test_own(&member, test) == IS_TRUE;
        all++;
    }
    return all > 0 ? truth_of(is_enough(test, those, all)) : IS_UNKNOWN;
}

/* Raised and not cleared, announced or not (E 27). */
static enum truth alarm_judge(const struct judging *j, const struct plan_test *test)
{
    const struct plan *plan = &j->engine->plan;
    uint32_t asked = plan->alarm_at[test->written->alarm];
    uint32_t those = 0, all = 0;
    bool is_own = test->link == RULES_NONE;
    uint32_t scope = is_own ? j->device->scope : plan->links[test->link].to;
    uint32_t alarm = asked - plan->scopes[scope].first_alarm;
    for (struct device *row = is_own ? j->device : links_first(j, test->link); row != NULL;
         row = is_own ? NULL : links_next(j, test->link, row)) {
        const struct alarm_record *record = row_alarm(j->engine, row, alarm);
        all += !record->is_elsewhere;
        those += record->severity != RULES_NORMAL;
    }
    bool is_active = is_enough(test, those, all);
    return truth_of(is_active != test->is_not);
}

/* ---- any, every ---------------------------------------------------------------------------- */

static enum truth member_judge(const struct judging *member, const struct plan_test *test)
{
    return test->window != RULES_NONE || test->kind == RULES_UNUSUAL
               ? windows_judge(member, test)
               : condition_test_own(member, test);
}

static enum truth quantified_judge(const struct judging *j, const struct plan_test *test)
{
    enum truth decides = test->quantifier == RULES_EVERY ? IS_FALSE : IS_TRUE;
    enum truth truth = IS_UNKNOWN;
    for (struct device *row = links_first(j, test->link); row != NULL;
         row = links_next(j, test->link, row)) {
        struct judging member = member_of(j, row);
        enum truth own = member_judge(&member, test);
        if (own == decides || test->quantifier == RULES_THE)
            return own;
        truth = own != IS_UNKNOWN ? own : truth;
    }
    return truth;
}

enum truth condition_test_linked(const struct judging *judging, const struct plan_test *test)
{
    if (test->kind == RULES_ALARM)
        return alarm_judge(judging, test);
    if (test->kind == RULES_SILENT)
        return silent_judge(judging, test);
    bool is_number = test->summary != RULES_NO_SUMMARY || test->kind == RULES_DIFFERS_ACROSS;
    if (!is_number || (test->window != RULES_NONE && test->quantifier != RULES_THE))
        return quantified_judge(judging, test);
    if (test->window != RULES_NONE)
        return windows_judge(judging, test);
    struct engine_value value;
    return number_of(judging, test, &value) ? condition_compare(judging, test, value.number)
                                            : IS_UNKNOWN;
}

/* ---- what is shown ------------------------------------------------------------------------- */

/* Of several the one that decides: for `any` the farthest over the limit, for `every` the nearest;
 * of states, and of what is unusual, one that is, or is not, as it is asked for. */
static bool is_better(const struct judging *member, const struct plan_test *test, double best)
{
    double number = member->values[test->reading].number;
    bool is_every = test->quantifier == RULES_EVERY;
    if (test->of != RULES_NUMBER || test->kind == RULES_UNUSUAL)
        return member_judge(member, test) == (is_every ? IS_FALSE : IS_TRUE);
    bool is_lower = test->kind == RULES_BELOW || test->kind == RULES_AT_MOST;
    return is_lower != is_every ? number < best : number > best;
}

bool condition_value_linked(const struct judging *judging, const struct plan_test *test,
                            struct engine_value *value)
{
    if (test->summary != RULES_NO_SUMMARY || test->kind == RULES_DIFFERS_ACROSS)
        return test->window == RULES_NONE && number_of(judging, test, value);
    bool has_one = false;
    for (struct device *row = links_first(judging, test->link); row != NULL;
         row = links_next(judging, test->link, row)) {
        struct judging member = member_of(judging, row);
        const struct engine_value *own = &member.values[test->reading];
        if (!condition_value_stands(&member, own, test->of == RULES_NUMBER))
            continue;
        if (!has_one || is_better(&member, test, value->number))
            *value = *own;
        has_one = true;
    }
    return has_one;
}

/* ---- what does not come -------------------------------------------------------------------- */

/* The oldest sign of those that are not yet silent for so long: before that, and the hold, none
 * more can be. */
int64_t condition_linked_since(const struct judging *judging, const struct plan_test *test,
                               int64_t hold_ms)
{
    int64_t now_ms = judging->by_arrival ? judging->at_ms : judging->site_ms, since_ms = now_ms;
    for (struct device *row = links_first(judging, test->link); row != NULL;
         row = links_next(judging, test->link, row)) {
        struct judging member = member_of(judging, row);
        int64_t own_ms = condition_absent_since(&member, test);
        if (now_ms - own_ms < hold_ms && own_ms < since_ms)
            since_ms = own_ms;
    }
    return since_ms;
}
