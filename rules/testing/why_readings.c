/* Why an alert did not come, as far as what was sent says it. See why.h. */
#include "rules/testing/why.h"

#include "rules/testing/payload.h"
#include "rules/testing/words.h"

#include "alerts/wording.h"

const char *why_time(const struct case_of *c, int64_t ms)
{
    return words_time(c->arena, c->play->test, ms);
}

/* ---- what was sent ------------------------------------------------------------------------- */

static bool is_own_sensor(const struct case_of *c, const struct testing_sensor *sensor)
{
    struct text names[RULES_NAMES_MAX];
    uint32_t count;
    if (!c->has_row)
        return true;
    if (!testing_row_of(c->play->test, sensor, c->alarm->scope, names, &count) ||
        count != c->row.count)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        if (!text_equal_ignoring_case(names[i], c->row.names[i]))
            return false;
    }
    return true;
}

struct extremes {
    double lowest, highest;
    int64_t lowest_ms, highest_ms, last_ms;
    unsigned decimals, messages;
    size_t count;
};

static struct extremes extremes_of(const struct case_of *c, const struct rules_reading *reading)
{
    struct extremes e = {.last_ms = INT64_MIN};
    for (size_t i = 0; i < c->play->sent_count; i++) {
        const struct testing_sent *sent = &c->play->sent[i];
        const struct rules_group *group =
            RULES_AT(c->rules, struct rules_group, c->rules->groups, sent->step->sensor->group);
        if (sent->is_lost || sent->time_ms < c->from_ms || sent->time_ms > c->until_ms ||
            !is_own_sensor(c, sent->step->sensor))
            continue;
        e.last_ms = sent->time_ms;
        e.messages++;
        for (uint32_t j = 0; reading != NULL && j < sent->step->values_count; j++) {
            const struct testing_value *value = &sent->step->values[j];
            if (RULES_AT(c->rules, struct rules_reading, group->readings, value->reading) !=
                    reading ||
                value->kind != TESTING_NUMBER)
                continue;
            double number = testing_value_at(sent->step, value, sent->time_ms);
            if (number < reading->valid_least || number > reading->valid_most)
                continue;
            unsigned decimals = value->decimals + (value->from != value->to ? 1u : 0u);
            e.decimals = decimals > e.decimals ? decimals : e.decimals;
            if (e.count == 0 || number > e.highest) {
                e.highest = number;
                e.highest_ms = sent->time_ms;
            }
            if (e.count == 0 || number < e.lowest) {
                e.lowest = number;
                e.lowest_ms = sent->time_ms;
            }
            e.count++;
        }
    }
    return e;
}

/* As exactly as it was sent, without zeros that say nothing. */
static const char *amount(const struct case_of *c, double value, unsigned decimals,
                          const struct rules_reading *reading)
{
    unsigned needed = wording_decimals(value);
    return words_number(c->arena, value, needed < decimals ? needed : decimals,
                        rules_text(c->rules, reading->unit));
}

const char *why_ranges(const struct case_of *c, const struct rules_condition *condition)
{
    const char *all = "";
    const struct rules_reading *told[4] = {NULL};
    size_t count = 0;
    for (uint32_t i = 0; i < condition->tests.count && count < 4; i++) {
        const struct rules_test *test = RULES_AT(c->rules, struct rules_test, condition->tests, i);
        const struct rules_reading *reading =
            words_of_test(c->arena, c->rules, c->alarm, test, &c->row).reading;
        bool is_told = reading == NULL || reading->kind != RULES_NUMBER;
        for (size_t j = 0; j < count; j++)
            is_told |= told[j] == reading;
        struct extremes e = extremes_of(c, reading);
        if (is_told || e.count == 0)
            continue;
        const char *name = rules_text(c->rules, reading->name).bytes,
                   *lowest = amount(c, e.lowest, e.decimals, reading),
                   *highest = amount(c, e.highest, e.decimals, reading);
        told[count++] = reading;
        all = strcmp(lowest, highest) == 0
                  ? arena_print(c->arena, "%s The value of %s was %s.", all, name, lowest)
                  : arena_print(c->arena, "%s The values of %s were %s to %s.", all, name, lowest,
                                highest);
    }
    return all;
}

int64_t why_last_message_ms(const struct case_of *c)
{
    return extremes_of(c, NULL).last_ms;
}

/* ---- sentences ----------------------------------------------------------------------------- */

const char *why_hold(const struct case_of *c)
{
    const struct rules_hold *hold = &c->trigger->when.hold;
    switch ((enum rules_hold_kind)hold->kind) {
    case RULES_HOLD_NONE:
        break;
    case RULES_HOLD_FOR:
        return messages_duration(c->arena, hold->for_ms);
    case RULES_HOLD_READINGS:
        return arena_print(c->arena, "%u readings in a row", hold->count);
    case RULES_HOLD_TOTAL:
        return arena_print(c->arena, "a total of %s in %s",
                           messages_duration(c->arena, hold->for_ms),
                           messages_duration(c->arena, hold->in_ms));
    case RULES_HOLD_TIMES:
        return arena_print(c->arena, "%u times in %s", hold->count,
                           messages_duration(c->arena, hold->in_ms));
    }
    return "";
}

unsigned why_messages(const struct case_of *c)
{
    return extremes_of(c, NULL).messages;
}

static const char *never_silent(const struct case_of *c)
{
    int64_t last_ms = why_last_message_ms(c);
    const char *hold = why_hold(c);
    if (last_ms == INT64_MIN)
        return "the sensor sent nothing in this test, and silence counts from its first message.";
    return arena_print(c->arena, "the sensor was never silent%s%s: its last message came at %s.",
                       hold[0] ? " for " : "", hold, why_time(c, last_ms));
}

static const char *never_of_test(const struct case_of *c, const struct rules_test *test)
{
    struct words_test words = words_of_test(c->arena, c->rules, c->alarm, test, &c->row);
    if (test->kind == RULES_SILENT)
        return never_silent(c);
    if (!words.is_state)
        return arena_print(c->arena, "\"%s %s\" was never true.%s", words.subject, words.predicate,
                           why_ranges(c, &c->trigger->when));
    const char *sentence = arena_print(c->arena, "%s was never %s", words.subject, words.predicate);
    /* Of a summary the values that were sent say little. */
    if (words.reading == NULL || words.reading->kind != RULES_NUMBER ||
        test->kind > RULES_OUTSIDE || test->summary != RULES_NO_SUMMARY)
        return arena_print(c->arena, "%s.%s", sentence, why_ranges(c, &c->trigger->when));
    struct extremes e = extremes_of(c, words.reading);
    if (e.count == 0)
        return arena_print(c->arena, "%s: no good value of it was sent.", sentence);
    bool is_high = test->kind == RULES_ABOVE || test->kind == RULES_AT_LEAST;
    bool is_low = test->kind == RULES_BELOW || test->kind == RULES_AT_MOST;
    if (is_high || is_low)
        return arena_print(c->arena, "%s: the %s value was %s, at %s.", sentence,
                           is_high ? "highest" : "lowest",
                           amount(c, is_high ? e.highest : e.lowest, e.decimals, words.reading),
                           why_time(c, is_high ? e.highest_ms : e.lowest_ms));
    return arena_print(c->arena, "%s: its values were %s to %s.", sentence,
                       amount(c, e.lowest, e.decimals, words.reading),
                       amount(c, e.highest, e.decimals, words.reading));
}

const char *why_never(const struct case_of *c)
{
    const struct rules_condition *when = &c->trigger->when;
    if (when->tests.count == 1)
        return never_of_test(c, RULES_AT(c->rules, struct rules_test, when->tests, 0));
    return arena_print(c->arena, "\"%s\" was never true.%s",
                       words_condition(c->arena, c->rules, c->alarm, when, &c->row),
                       why_ranges(c, when));
}
