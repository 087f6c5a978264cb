/* Writes compiled rules as words (see describe.h). */
#include "rules/language/describe.h"

#include <stdarg.h>
#include <stdio.h>

void wording_add(struct wording *wording, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    int length =
        vsnprintf(wording->text + wording->used, WORDING_BYTES - wording->used, format, values);
    va_end(values);
    wording->used += length > 0 ? (size_t)length : 0;
    wording->used = wording->used < WORDING_BYTES ? wording->used : WORDING_BYTES - 1;
}

static const char *string_of(const struct ruleset *rules, struct rules_text text)
{
    return rules_text(rules, text).bytes;
}

static const struct rules_group *group_at(const struct ruleset *rules, uint32_t group)
{
    return group < rules->groups.count ? RULES_AT(rules, struct rules_group, rules->groups, group)
                                       : NULL;
}

void describe_duration(struct wording *wording, int64_t duration_ms)
{
    static const struct {
        int64_t ms;
        const char *one;
    } units[] = {{604800000, "week"}, {86400000, "day"}, {3600000, "hour"},
                 {60000, "minute"},   {1000, "second"},  {1, "millisecond"}};
    int64_t rest = duration_ms;
    bool is_first = true;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        int64_t count = rest / units[i].ms;
        if (units[i].ms == 604800000 && rest % units[i].ms != 0)
            count = 0; /* 10 days are not a week and 3 days */
        if (count == 0)
            continue;
        wording_add(wording, "%s%lld %s%s", is_first ? "" : " ", (long long)count, units[i].one,
                    count == 1 ? "" : "s");
        rest -= count * units[i].ms;
        is_first = false;
    }
    if (is_first)
        wording_add(wording, "0 seconds");
}

/* ---- values -------------------------------------------------------------------------------- */

static void add_number(struct wording *wording, double number, const char *unit)
{
    wording_add(wording, "%.12g%s%s", number, unit[0] ? " " : "", unit);
}

static const char *reading_name(const struct ruleset *rules, uint32_t group, uint32_t reading)
{
    const struct rules_group *in = group_at(rules, group);
    if (!in || reading >= in->readings.count)
        return "?";
    return string_of(rules, RULES_AT(rules, struct rules_reading, in->readings, reading)->name);
}

static const char *const summaries[] = {
    [RULES_AVERAGE] = "average",
    [RULES_MINIMUM] = "minimum",
    [RULES_MAXIMUM] = "maximum",
    [RULES_COUNT] = "count",
    [RULES_MEDIAN] = "median",
    [RULES_TOTAL] = "total",
    [RULES_SPREAD] = "spread",
    [RULES_FIRST] = "first",
    [RULES_LAST] = "last",
    [RULES_DEVIATION] = "deviation",
    [RULES_CHANGE] = "change",
    [RULES_KINETIC_MEAN] = "kinetic-mean",
    [RULES_PERCENTILE] = "percentile",
};

void describe_value(struct wording *wording, const struct ruleset *rules, uint32_t group,
                    const struct rules_value *value)
{
    const char *unit = string_of(rules, value->unit);
    if (value->kind == RULES_CONSTANT) {
        add_number(wording, value->written, unit);
        return;
    }
    if (value->kind == RULES_READING)
        wording_add(wording, "%s", reading_name(rules, group, value->reading));
    else if (value->kind == RULES_LIMIT)
        wording_add(
            wording, "%s",
            string_of(rules,
                      RULES_AT(rules, struct rules_column, rules->columns, value->column)->name));
    else
        wording_add(wording, "%s across the other devices",
                    value->summary == RULES_MEDIAN ? "median" : "average");
    double plus = value->written != 0 ? value->written : value->number;
    if (plus != 0) {
        wording_add(wording, plus < 0 ? " minus " : " plus ");
        add_number(wording, plus < 0 ? -plus : plus, unit);
    }
}

static void add_value(struct wording *wording, const struct ruleset *rules, uint32_t group,
                      const struct rules_value *value, enum wording_part part)
{
    if (part == WORDING_SHAPE)
        wording_add(wording, "…");
    else
        describe_value(wording, rules, group, value);
}

/* ---- conditions ---------------------------------------------------------------------------- */

/* The group whose reading the test is about: that of the rows, or of the rows that it asks. */
static uint32_t subject_group(const struct ruleset *rules, uint32_t group,
                              const struct rules_test *test)
{
    if (test->link == RULES_NONE)
        return group;
    uint32_t to = RULES_AT(rules, struct rules_link, rules->links, test->link)->to;
    if (to < rules->groups.count)
        return to;
    return RULES_AT(rules, struct rules_set, rules->sets, to - rules->groups.count)->group;
}

static void add_subject(struct wording *wording, const struct ruleset *rules, uint32_t group,
                        uint32_t own, const struct rules_test *test)
{
    static const char *const quantifiers[] = {"", "any ", "every "};
    wording_add(wording, "%s", quantifiers[test->quantifier % 3]);
    if (test->summary < sizeof summaries / sizeof *summaries) {
        wording_add(wording, "%s ", summaries[test->summary]);
        if (test->summary == RULES_PERCENTILE)
            wording_add(wording, "%g ", test->percentile);
        wording_add(wording, "of ");
    }
    wording_add(wording, "%s", reading_name(rules, group, test->reading));
    if (group != own && group_at(rules, group))
        wording_add(wording, " of %s", string_of(rules, group_at(rules, group)->name));
    bool is_over = test->summary != RULES_NO_SUMMARY && test->window != RULES_NONE;
    if (is_over && test->in_ms > 0) {
        wording_add(wording, " over ");
        describe_duration(wording, test->in_ms);
    }
    wording_add(wording, " ");
}

static void add_state(struct wording *wording, const struct ruleset *rules, uint32_t group,
                      const struct rules_test *test, enum wording_part part)
{
    const struct rules_group *in = group_at(rules, group);
    const struct rules_reading *reading =
        in && test->reading < in->readings.count
            ? RULES_AT(rules, struct rules_reading, in->readings, test->reading)
            : NULL;
    if (part == WORDING_SHAPE)
        wording_add(wording, "…");
    else if (reading && reading->kind == RULES_STATE && test->word < reading->words.count)
        wording_add(
            wording, "%s",
            string_of(rules, *RULES_AT(rules, struct rules_text, reading->words, test->word)));
    else if (reading && reading->kind == RULES_TEXT)
        wording_add(wording, "\"%s\"", string_of(rules, test->text));
    else
        describe_value(wording, rules, group, &test->value);
}

static void add_least(struct wording *wording, const struct rules_test *test)
{
    if (test->least > 0)
        wording_add(wording, " on %g%s or more", test->least, test->least_is_percent ? " %" : "");
}

static void add_alarm(struct wording *wording, const struct ruleset *rules,
                      const struct rules_test *test)
{
    const char *name =
        test->alarm < rules->alarms.count
            ? string_of(rules,
                        RULES_AT(rules, struct rules_alarm, rules->alarms, test->alarm)->name)
            : "?";
    wording_add(wording, "alarm %s is %sactive", name, test->is_not ? "not " : "");
    add_least(wording, test);
}

static void add_change(struct wording *wording, const struct ruleset *rules, uint32_t group,
                       const struct rules_test *test, enum wording_part part)
{
    static const char *const words[] = {"rises", "falls", "changes"};
    wording_add(wording, "%s more than ", words[test->kind - RULES_RISES]);
    add_value(wording, rules, group, &test->value, part);
    wording_add(wording, " in ");
    describe_duration(wording, test->in_ms);
}

static void add_predicate(struct wording *wording, const struct ruleset *rules, uint32_t group,
                          const struct rules_test *test, enum wording_part part)
{
    static const char *const comparisons[] = {"above",   "below",  "at least",
                                              "at most", "inside", "outside"};
    static const char *const usual[] = {"unusual", "unusually high", "unusually low"};
    const char *not_word = test->is_not ? "not " : "";
    switch ((enum rules_test_kind)test->kind) {
    case RULES_RISES:
    case RULES_FALLS:
    case RULES_CHANGES:
        add_change(wording, rules, group, test, part);
        return;
    case RULES_IS:
    case RULES_IS_NOT:
        wording_add(wording, test->kind == RULES_IS ? "is " : "is not ");
        add_state(wording, rules, group, test, part);
        return;
    case RULES_DIFFERS_FROM:
        wording_add(wording, "differs from %s by more than ",
                    reading_name(rules, group, test->other));
        add_value(wording, rules, group, &test->value, part);
        return;
    case RULES_DIFFERS_ACROSS:
        wording_add(wording, "differs across its devices by more than ");
        add_value(wording, rules, group, &test->value, part);
        return;
    case RULES_MISSING:
        wording_add(wording, "is %smissing", not_word);
        return;
    case RULES_FAULTY:
        wording_add(wording, "is %sfaulty", not_word);
        return;
    case RULES_STUCK:
        wording_add(wording, "is %sstuck", not_word);
        if (test->value.number > 0) {
            wording_add(wording, " within ");
            add_value(wording, rules, group, &test->value, part);
        }
        return;
    case RULES_UNUSUAL:
        wording_add(wording, "is %s%s", not_word, usual[test->word % 3]);
        return;
    case RULES_ABOVE:
    case RULES_BELOW:
    case RULES_AT_LEAST:
    case RULES_AT_MOST:
    case RULES_INSIDE:
    case RULES_OUTSIDE:
    case RULES_SILENT:
    case RULES_ALARM:
        break;
    }
    wording_add(wording, "%s ", comparisons[test->kind]);
    add_value(wording, rules, group, &test->value, part);
    if (test->kind == RULES_INSIDE || test->kind == RULES_OUTSIDE) {
        wording_add(wording, " to ");
        add_value(wording, rules, group, &test->second, part);
    }
}

static void add_limits(struct wording *wording, const struct ruleset *rules, uint32_t group,
                       const struct rules_test *test)
{
    static const bool has_value[] = {
        [RULES_ABOVE] = true,        [RULES_BELOW] = true,          [RULES_AT_LEAST] = true,
        [RULES_AT_MOST] = true,      [RULES_INSIDE] = true,         [RULES_OUTSIDE] = true,
        [RULES_RISES] = true,        [RULES_FALLS] = true,          [RULES_CHANGES] = true,
        [RULES_DIFFERS_FROM] = true, [RULES_DIFFERS_ACROSS] = true, [RULES_STUCK] = true,
        [RULES_ALARM] = false};
    bool is_state = test->kind == RULES_IS || test->kind == RULES_IS_NOT;
    if (!is_state && !has_value[test->kind])
        return;
    wording_add(wording, wording->used > 0 ? ", " : "");
    if (is_state) {
        add_state(wording, rules, group, test, WORDING_LIMITS);
        return;
    }
    describe_value(wording, rules, group, &test->value);
    if (test->kind == RULES_INSIDE || test->kind == RULES_OUTSIDE) {
        wording_add(wording, " to ");
        describe_value(wording, rules, group, &test->second);
    }
}

void describe_condition(struct wording *wording, const struct ruleset *rules, uint32_t group,
                        const struct rules_condition *condition, enum wording_part part)
{
    for (uint32_t i = 0; i < condition->tests.count; i++) {
        const struct rules_test *test = RULES_AT(rules, struct rules_test, condition->tests, i);
        uint32_t subject = subject_group(rules, group, test);
        if (part == WORDING_LIMITS) {
            add_limits(wording, rules, subject, test);
            continue;
        }
        if (i > 0)
            wording_add(wording, condition->joined_by_or ? " or " : " and ");
        if (test->kind == RULES_ALARM) {
            add_alarm(wording, rules, test);
        } else if (test->kind == RULES_SILENT) {
            wording_add(wording, "silent");
            add_least(wording, test);
        } else {
            add_subject(wording, rules, subject, group, test);
            add_predicate(wording, rules, subject, test, part);
        }
    }
}

void describe_hold(struct wording *wording, const struct rules_hold *hold)
{
    switch ((enum rules_hold_kind)hold->kind) {
    case RULES_HOLD_NONE:
        return;
    case RULES_HOLD_FOR:
        wording_add(wording, "for ");
        describe_duration(wording, hold->for_ms);
        return;
    case RULES_HOLD_READINGS:
        wording_add(wording, "for %u readings", hold->count);
        return;
    case RULES_HOLD_TOTAL:
        wording_add(wording, "for a total of ");
        describe_duration(wording, hold->for_ms);
        wording_add(wording, " in any ");
        describe_duration(wording, hold->in_ms);
        return;
    case RULES_HOLD_TIMES:
        wording_add(wording, "%u times in ", hold->count);
        describe_duration(wording, hold->in_ms);
        return;
    }
}

/* ---- sensors ------------------------------------------------------------------------------- */

void describe_path(struct wording *wording, const struct ruleset *rules,
                   const struct rules_path *path)
{
    if (path->steps.count == 0)
        wording_add(wording, "payload");
    for (uint32_t i = 0; i < path->steps.count; i++) {
        const struct rules_step *step = RULES_AT(rules, struct rules_step, path->steps, i);
        if (step->key.length == 0)
            wording_add(wording, "[%u]", step->index);
        else
            wording_add(wording, "%s%s", i > 0 ? "." : "", string_of(rules, step->key));
    }
}

void describe_topic(struct wording *wording, const struct ruleset *rules,
                    const struct rules_group *group)
{
    for (uint32_t i = 0; i < group->levels.count; i++) {
        const struct rules_level *level = RULES_AT(rules, struct rules_level, group->levels, i);
        wording_add(wording, i > 0 ? "/" : "");
        if (level->kind == RULES_LEVEL_LITERAL)
            wording_add(wording, "%s", string_of(rules, level->text));
        else
            wording_add(
                wording, level->kind == RULES_LEVEL_REST ? "{%s...}" : "{%s}",
                string_of(rules,
                          RULES_AT(rules, struct rules_name, group->names, level->name)->name));
    }
}
