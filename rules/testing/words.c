/* Words for what rules say. See words.h. */
#include "rules/testing/words.h"

#include "alerts/wording.h"
#include "base/calendar.h"

const char *words_time(struct arena *arena, const struct testing_test *test, int64_t utc_ms)
{
    static const char *const days[] = {"monday", "tuesday",  "wednesday", "thursday",
                                       "friday", "saturday", "sunday"};
    const char *name;
    struct calendar_date date;
    int64_t local_ms = utc_ms + INT64_C(1000) * zone_offset_s(&test->rules->zone, utc_ms, &name);
    calendar_split(local_ms, &date);
    int64_t days_on = (local_ms - test->day_ms) / 86400000;
    bool is_other_day = local_ms < test->day_ms || days_on > 0;
    const char *day = "";
    if (is_other_day && days_on >= 0 && days_on < 7)
        day = arena_print(arena, "%s ", days[date.weekday]);
    else if (is_other_day)
        day = arena_print(arena, "%04d-%02d-%02d ", date.year, date.month, date.day);
    if (date.second == 0 && date.millisecond == 0)
        return arena_print(arena, "%s%02d:%02d", day, date.hour, date.minute);
    return arena_print(arena, "%s%02d:%02d:%02d", day, date.hour, date.minute, date.second);
}

const char *words_number(struct arena *arena, double value, unsigned decimals, struct text unit)
{
    char room[64];
    struct writer writer = writer_on(room, sizeof room);
    writer_add_number(&writer, value, decimals);
    return arena_print(arena, "%s%s%.*s", room, unit.length > 0 ? " " : "", TEXT_ARGUMENTS(unit));
}

const char *words_severity(uint32_t severity)
{
    static const char *const words[] = {"normal", "log", "notice", "warning", "critical"};
    return words[severity <= RULES_CRITICAL ? severity : 0];
}

const char *words_find(struct text text, struct text part)
{
    for (size_t i = 0; i + part.length <= text.length; i++) {
        if (memcmp(text.bytes + i, part.bytes, part.length) == 0)
            return text.bytes + i;
    }
    return NULL;
}

/* ---- values -------------------------------------------------------------------------------- */

/* Which named part of the row's group or set a name of the table's group is; only for groups. */
static bool row_fits(const struct ruleset *rules, const struct rules_table *table,
                     const struct rules_row *row, const struct testing_row *device)
{
    for (uint32_t i = 0; i < table->keys.count && i < row->keys.count; i++) {
        uint32_t name = *RULES_AT(rules, uint32_t, table->keys, i);
        struct text key = rules_text(rules, *RULES_AT(rules, struct rules_text, row->keys, i));
        if (key.length > 0 && (device == NULL || name >= device->count ||
                               !text_equal_ignoring_case(key, device->names[name])))
            return false;
    }
    return true;
}

static const struct rules_limit *limit_of(const struct ruleset *rules, uint32_t column_index,
                                          const struct testing_row *device)
{
    const struct rules_column *column =
        RULES_AT(rules, struct rules_column, rules->columns, column_index);
    const struct rules_table *table =
        RULES_AT(rules, struct rules_table, rules->tables, column->table);
    for (uint32_t i = 0; i < table->rows.count && i < column->limits.count; i++) {
        if (row_fits(rules, table, RULES_AT(rules, struct rules_row, table->rows, i), device))
            return RULES_AT(rules, struct rules_limit, column->limits, i);
    }
    return NULL;
}

static const char *value_words(struct arena *arena, const struct ruleset *rules,
                               const struct rules_group *group, const struct rules_value *value,
                               const struct testing_row *device)
{
    struct text unit = rules_text(rules, value->unit);
    const struct rules_limit *limit;
    const struct rules_column *column;
    const char *name = "the others";
    switch ((enum rules_value_kind)value->kind) {
    case RULES_CONSTANT:
        return words_number(arena, value->written, value->decimals, unit);
    case RULES_READING:
        name =
            group == NULL
                ? "another reading"
                : rules_text(
                      rules,
                      RULES_AT(rules, struct rules_reading, group->readings, value->reading)->name)
                      .bytes;
        break;
    case RULES_LIMIT:
        column = RULES_AT(rules, struct rules_column, rules->columns, value->column);
        name = rules_text(rules, column->name).bytes;
        limit = limit_of(rules, value->column, device);
        if (limit != NULL)
            name = arena_print(arena, "%s (%s)", name,
                               words_number(arena, limit->written, limit->decimals,
                                            rules_text(rules, limit->unit)));
        break;
    case RULES_ACROSS:
        break;
    }
    if (value->number == 0)
        return name;
    double number = value->number < 0 ? -value->number : value->number;
    return arena_print(arena, "%s %s %s", name, value->number < 0 ? "minus" : "plus",
                       words_number(arena, number, wording_decimals(number), unit));
}

/* ---- tests --------------------------------------------------------------------------------- */

static const struct {
    const char *words; /* before the value */
    bool is_state, has_value, has_second;
} kinds[] = {
    [RULES_ABOVE] = {"above ", true, true, false},
    [RULES_BELOW] = {"below ", true, true, false},
    [RULES_AT_LEAST] = {"at least ", true, true, false},
    [RULES_AT_MOST] = {"at most ", true, true, false},
    [RULES_INSIDE] = {"inside ", true, true, true},
    [RULES_OUTSIDE] = {"outside ", true, true, true},
    [RULES_IS] = {"", true, false, false},
    [RULES_IS_NOT] = {"not ", true, false, false},
    [RULES_SILENT] = {"silent", true, false, false},
    [RULES_RISES] = {"rises more than ", false, true, false},
    [RULES_FALLS] = {"falls more than ", false, true, false},
    [RULES_CHANGES] = {"changes more than ", false, true, false},
    [RULES_DIFFERS_FROM] = {"too far from the other reading", true, false, false},
    [RULES_DIFFERS_ACROSS] = {"differs by more than ", false, true, false},
    [RULES_MISSING] = {"missing", true, false, false},
    [RULES_FAULTY] = {"faulty", true, false, false},
    [RULES_STUCK] = {"stuck", true, false, false},
    [RULES_UNUSUAL] = {"unusual", true, false, false},
    [RULES_ALARM] = {"active", true, false, false},
};

static const char *const summary_words[] = {
    "average",   "minimum", "maximum", "count",  "median",       "total",     "spread",
    "deviation", "first",   "last",    "change", "kinetic-mean", "percentile"};

static uint32_t group_of_test(const struct ruleset *rules, const struct rules_alarm *alarm,
                              const struct rules_test *test)
{
    uint32_t scope = alarm->scope;
    if (test->link != RULES_NONE && test->link < rules->links.count)
        scope = RULES_AT(rules, struct rules_link, rules->links, test->link)->to;
    if (scope < rules->groups.count)
        return scope;
    return RULES_AT(rules, struct rules_set, rules->sets, scope - rules->groups.count)->group;
}

static const char *state_words(const struct ruleset *rules, const struct rules_reading *reading,
                               const struct rules_test *test)
{
    if (reading != NULL && reading->kind == RULES_STATE && test->word < reading->words.count)
        return rules_text(rules, *RULES_AT(rules, struct rules_text, reading->words, test->word))
            .bytes;
    return rules_text(rules, test->text).bytes;
}

struct words_test words_of_test(struct arena *arena, const struct ruleset *rules,
                                const struct rules_alarm *alarm, const struct rules_test *test,
                                const struct testing_row *row)
{
    struct words_test words = {.subject = "the sensor", .is_state = kinds[test->kind].is_state};
    uint32_t index = group_of_test(rules, alarm, test);
    const struct rules_group *group =
        index != RULES_NONE ? RULES_AT(rules, struct rules_group, rules->groups, index) : NULL;
    bool has_reading = test->kind != RULES_SILENT && test->kind != RULES_ALARM && group != NULL;
    if (has_reading) {
        words.reading = RULES_AT(rules, struct rules_reading, group->readings, test->reading);
        words.subject = rules_text(rules, words.reading->name).bytes;
    }
    if (test->kind == RULES_ALARM)
        words.subject = arena_print(
            arena, "alarm %s",
            rules_text(rules, RULES_AT(rules, struct rules_alarm, rules->alarms, test->alarm)->name)
                .bytes);
    if (test->summary < sizeof summary_words / sizeof summary_words[0])
        words.subject = arena_print(arena, "%s of %s", summary_words[test->summary], words.subject);
    if (test->window != RULES_NONE && test->summary != RULES_NO_SUMMARY && test->in_ms > 0)
        words.subject =
            arena_print(arena, "%s over %s", words.subject, messages_duration(arena, test->in_ms));
    static const char *const unusual[] = {"unusual", "unusually high", "unusually low"};
    const char *predicate =
        test->kind == RULES_UNUSUAL ? unusual[test->word] : kinds[test->kind].words;
    if (kinds[test->kind].has_value)
        predicate = arena_print(arena, "%s%s", predicate,
                                value_words(arena, rules, group, &test->value, row));
    if (kinds[test->kind].has_second)
        predicate = arena_print(arena, "%s to %s", predicate,
                                value_words(arena, rules, group, &test->second, row));
    if (!kinds[test->kind].is_state && test->in_ms > 0)
        predicate =
            arena_print(arena, "%s in %s", predicate, messages_duration(arena, test->in_ms));
    if (test->kind == RULES_IS || test->kind == RULES_IS_NOT) {
        const char *state =
            words.reading != NULL && words.reading->kind == RULES_NUMBER
                ? words_number(arena, test->value.written, test->value.decimals, TEXT(""))
                : state_words(rules, words.reading, test);
        predicate = arena_print(arena, "%s%s", predicate, state);
    }
    if (test->is_not)
        predicate = arena_print(arena, "not %s", predicate);
    if (test->kind == RULES_ALARM && test->least > 1)
        predicate = arena_print(arena, "%s on %g%s or more", predicate, test->least,
                                test->least_is_percent ? " %" : "");
    words.predicate = predicate;
    return words;
}

const char *words_condition(struct arena *arena, const struct ruleset *rules,
                            const struct rules_alarm *alarm,
                            const struct rules_condition *condition, const struct testing_row *row)
{
    const char *all = "";
    for (uint32_t i = 0; i < condition->tests.count; i++) {
        const struct rules_test *test = RULES_AT(rules, struct rules_test, condition->tests, i);
        struct words_test words = words_of_test(arena, rules, alarm, test, row);
        bool needs_is = test->kind >= RULES_IS && words.is_state && test->kind != RULES_SILENT;
        const char *join = condition->joined_by_or ? " or " : " and ";
        all = test->kind == RULES_SILENT
                  ? arena_print(arena, "%s%ssilent", all, i > 0 ? join : "")
                  : arena_print(arena, "%s%s%s%s %s", all, i > 0 ? join : "", words.subject,
                                needs_is ? " is" : "", words.predicate);
    }
    return all;
}
