/* Values with their units, and lengths of time (RULES sections 3.2, 8.1). See parser.h. */
#include "rules/language/parser.h"

#include <math.h>

/* ---- lengths of time ----------------------------------------------------------------------- */

#define DURATION_MAX_MS (INT64_C(3650) * 86400000)

static const struct {
    const char *name;
    int64_t ms;
} time_units[] = {
    {"seconds", 1000},  {"second", 1000},   {"secs", 1000},       {"sec", 1000},
    {"s", 1000},        {"minutes", 60000}, {"minute", 60000},    {"mins", 60000},
    {"min", 60000},     {"m", 60000},       {"hours", 3600000},   {"hour", 3600000},
    {"hrs", 3600000},   {"hr", 3600000},    {"h", 3600000},       {"days", 86400000},
    {"day", 86400000},  {"d", 86400000},    {"weeks", 604800000}, {"week", 604800000},
    {"wks", 604800000}, {"wk", 604800000},  {"w", 604800000},
};

/* Milliseconds of one, or 0. */
static int64_t time_unit_find(const struct word *word)
{
    for (size_t i = 0; i < sizeof time_units / sizeof time_units[0]; i++) {
        if (word_is(word, time_units[i].name))
            return time_units[i].ms;
    }
    return 0;
}

static bool refuse_time_unit(struct parser *parser, const struct word *number,
                             const struct word *unit)
{
    static const struct text names[] = {{"seconds", 7}, {"minutes", 7}, {"hours", 5},  {"days", 4},
                                        {"weeks", 5},   {"second", 6},  {"minute", 6}, {"hour", 4},
                                        {"day", 3},     {"week", 4}};
    struct text text = number->text;
    if (unit->kind == WORD_NAME && !name_is_keyword(unit->text))
        return parser_refuse(parser, unit, CODE_TIME_UNIT,
                             arena_print(parser->arena, "I don't know the time unit \"%.*s\".",
                                         TEXT_ARGUMENTS(unit->text)),
                             messages_suggest(parser->arena, unit->text, names, 10),
                             "Time units: seconds, minutes, hours, days, weeks.");
    return parser_tell(parser, number->place, CODE_TIME_UNIT_MISSING,
                       arena_print(parser->arena, "%.*s what? A length of time needs a unit.",
                                   TEXT_ARGUMENTS(text)),
                       arena_print(parser->arena, "write \"%.*s minutes\" or \"%.*s seconds\"",
                                   TEXT_ARGUMENTS(text), TEXT_ARGUMENTS(text)),
                       "");
}

/* "every minute": its number is missing. "for more than 5 minutes": the words in front of the
 * number are too many. */
static bool refuse_no_number(struct parser *parser, const struct word *word)
{
    struct reader reader = parser->reader;
    struct word next = *word;
    const char *mark = "";
    for (int i = 0; i < 4 && next.kind == WORD_NAME; i++)
        next = reader_next(&reader);
    struct word unit = reader_next(&reader);
    if (time_unit_find(word) > 0) {
        mark = arena_print(parser->arena, "write \"1 %.*s\"", TEXT_ARGUMENTS(word->text));
    } else if (word->kind == WORD_NAME && next.kind == WORD_NUMBER) {
        const char *name = "minutes";
        struct text written = time_unit_find(&unit) > 0 ? unit.text : text_of(name);
        mark = arena_print(parser->arena, "write only \"%.*s %.*s\"", TEXT_ARGUMENTS(next.text),
                           TEXT_ARGUMENTS(written));
    }
    return parser_refuse(
        parser, word, CODE_EXPECTED,
        word->kind == WORD_END
            ? "I expected a length of time here, but the line ends."
            : arena_print(parser->arena, "I expected a length of time here, not \"%.*s\".",
                          TEXT_ARGUMENTS(word->text)),
        mark, "A length of time is, for example, 30 seconds, 10 minutes or 1 hour 30 minutes.");
}

bool parse_duration(struct parser *parser, struct duration *duration)
{
    double total = 0;
    struct word number = parser_peek(parser), unit = number;
    if (number.kind != WORD_NUMBER)
        return refuse_no_number(parser, &number);
    struct word first = number;
    while (number.kind == WORD_NUMBER) {
        parser_take(parser);
        unit = parser_peek(parser);
        int64_t ms = time_unit_find(&unit);
        if (ms == 0)
            return refuse_time_unit(parser, &number, &unit);
        parser_take(parser);
        total += number.number * (double)ms;
        number = parser_peek(parser);
        struct word behind = parser_peek_second(parser);
        if (word_is(&behind, "times") || word_is(&behind, "readings"))
            break;
    }
    duration->number = first.place;
    duration->whole = place_from_to(&first.place, &unit.place);
    if (!(total >= 1) || total > (double)DURATION_MAX_MS)
        return parser_tell(parser, duration->whole, CODE_DURATION,
                           total < 1 ? "A length of time is more than 0."
                                     : "A length of time is at most 3650 days.",
                           "write, for example, \"10 minutes\"", "");
    duration->ms = (int64_t)llround(total);
    return true;
}

bool parse_duration_ms(struct parser *parser, int64_t *duration_ms)
{
    struct duration duration = {0};
    if (!parse_duration(parser, &duration))
        return false;
    *duration_ms = duration.ms;
    return true;
}

/* ---- units --------------------------------------------------------------------------------- */

static bool refuse_unit(struct parser *parser, const struct word *word, bool is_behind_number)
{
    struct text candidates[64];
    size_t count;
    const struct text *names = unit_names(&count);
    static const char *const behind[] = {"for", "until", "and", "or", "to", "plus", "minus"};
    memcpy(candidates, names, count * sizeof *names);
    for (size_t i = 0; is_behind_number && i < sizeof behind / sizeof behind[0]; i++)
        candidates[count++] = text_of(behind[i]);
    const char *meant = unit_meant(word->text);
    const char *mark = meant != NULL
                           ? arena_print(parser->arena, "write \"%s\"", meant)
                           : messages_suggest(parser->arena, word->text, candidates, count);
    const char *note =
        is_behind_number
            ? ""
            : arena_print(parser->arena, "A unit of your own stands in quote marks: in \"%.*s\"",
                          TEXT_ARGUMENTS(word->text));
    return parser_refuse(
        parser, word, CODE_UNIT,
        arena_print(parser->arena, "I don't know the unit \"%.*s\".", TEXT_ARGUMENTS(word->text)),
        mark, note);
}

bool parse_unit(struct parser *parser, const struct unit **unit)
{
    struct word word = parser_peek(parser);
    if (word.kind == WORD_TEXT && word.text.length > 0 && word.text.length <= RULES_NAME_BYTES) {
        *unit = unit_own(parser->arena, word.text);
    } else if (word.kind != WORD_NAME) {
        return parser_refuse_expected(parser, &word, CODE_UNIT, "a unit", NULL, 0,
                                      "For example: in °C, in bar, in %");
    } else {
        *unit = unit_find(word.text);
        if (*unit == NULL)
            return refuse_unit(parser, &word, false);
    }
    parser_take(parser);
    return true;
}

bool parse_unit_behind(struct parser *parser, const struct word *number, const struct unit **unit,
                       struct word *last)
{
    struct word word = parser_peek(parser);
    *unit = NULL;
    *last = *number;
    if (word.kind == WORD_TEXT) {
        *unit = unit_own(parser->arena, word.text);
    } else if (word.kind == WORD_NAME) {
        *unit = unit_find(word.text);
        if (*unit == NULL && name_is_keyword(word.text))
            return true;
        if (*unit == NULL)
            return refuse_unit(parser, &word, true);
    }
    if (*unit != NULL)
        *last = parser_take(parser);
    return true;
}

/* ---- values -------------------------------------------------------------------------------- */

static bool refuse_kind(struct parser *parser, const struct draft_reading *reading,
                        struct place place, const char *amount, const struct unit *unit)
{
    const char *own = reading->unit->name;
    const char *text =
        unit->kind != NULL && reading->unit->kind != NULL
            ? arena_print(parser->arena, "%s is %s %s, but this reading is %s %s, in %s.", amount,
                          unit->kind->article, unit->kind->name, reading->unit->kind->article,
                          reading->unit->kind->name, own)
            : arena_print(parser->arena, "%s has another unit than this reading, which is in %s.",
                          amount, own);
    return parser_tell(parser, place, CODE_UNIT_KIND, text,
                       arena_print(parser->arena, "write the limit in %s", own), "");
}

/* A number, its unit and the words that people see, put into the unit of the reading. */
static bool amount_fit(struct parser *parser, const struct draft_reading *reading,
                       enum unit_place place, const char *amount, struct draft_value *value)
{
    if (reading->unit == NULL && value->unit != NULL)
        return parser_tell(
            parser, value->place, CODE_UNIT_EXTRA,
            arena_print(parser->arena, "%.*s has no unit.", TEXT_ARGUMENTS(reading->name)),
            "write the number alone", "");
    if (reading->unit != NULL && value->unit == NULL)
        return parser_tell(
            parser, value->place, CODE_UNIT_MISSING,
            arena_print(parser->arena, "%s what? This reading is in %s.", amount,
                        reading->unit->name),
            arena_print(parser->arena, "write \"%s %s\"", amount, reading->unit->name), "");
    if (reading->unit != NULL && !unit_same_kind(reading->unit, value->unit))
        return refuse_kind(parser, reading, value->place, amount, value->unit);
    value->kind = RULES_CONSTANT;
    value->number = unit_convert(value->written, value->unit, reading->unit, place);
    return true;
}

bool parser_check_number(struct parser *parser, const struct word *number)
{
    if (number->number >= -1e15 && number->number <= 1e15)
        return true;
    return parser_tell(parser, number->place, CODE_NUMBER_RANGE,
                       "Readings go up to 1000000000000000 (1 and 15 zeros).",
                       "write a smaller number", "");
}

bool parse_amount(struct parser *parser, const struct draft_reading *reading, enum unit_place place,
                  struct draft_value *value)
{
    struct word number = parser_peek(parser), last;
    if (number.kind != WORD_NUMBER) {
        const char *unit = reading->unit != NULL ? reading->unit->name : "";
        return parser_refuse_expected(
            parser, &number, CODE_VALUE, "a number", NULL, 0,
            arena_print(parser->arena, "For example: 5%s%s", *unit != '\0' ? " " : "", unit));
    }
    parser_take(parser);
    *value = (struct draft_value){.written = number.number, .decimals = number.decimals};
    if (!parser_check_number(parser, &number) ||
        !parse_unit_behind(parser, &number, &value->unit, &last))
        return false;
    value->place = place_from_to(&number.place, &last.place);
    const char *amount =
        value->unit == NULL || reading->unit == NULL
            ? arena_print(parser->arena, "%.*s", TEXT_ARGUMENTS(number.text))
            : arena_print(parser->arena, "%.*s %s", TEXT_ARGUMENTS(number.text), value->unit->name);
    return amount_fit(parser, reading, place, amount, value);
}

static bool set_fit(struct parser *parser, const struct draft_set *set, const struct word *word,
                    const struct draft_reading *reading, enum unit_place place,
                    struct draft_value *value)
{
    *value = (struct draft_value){
        .written = set->number, .unit = set->unit, .decimals = set->decimals, .place = word->place};
    if (set->is_broken)
        return false;
    const char *amount = arena_print(parser->arena, "%.*s (%.*f%s%s)", TEXT_ARGUMENTS(set->name),
                                     set->decimals, set->number, set->unit != NULL ? " " : "",
                                     set->unit != NULL ? set->unit->name : "");
    return amount_fit(parser, reading, place, amount, value);
}

static const char *example_value(struct parser *parser, const struct draft_reading *reading)
{
    const char *unit = reading->unit != NULL ? reading->unit->name : "";
    return arena_print(parser->arena,
                       *unit != '\0' ? "A value is a number and its unit, for example \"5 %s\""
                                     : "A value is a number, for example \"5\"%s",
                       unit);
}

static void add_columns(const struct parser *parser, struct text *candidates, size_t *count)
{
    const struct draft *draft = parser->draft;
    for (uint32_t i = 0; i < draft->tables_count; i++) {
        const struct draft_table *table = draft->tables[i];
        for (uint32_t j = 0; table->group == parser->group && j < table->columns_count; j++)
            candidates[(*count)++] = table->columns[j];
    }
}

/* Its columns could not be read: nobody can tell whether the name is one of them. */
static bool has_lost_columns(const struct parser *parser)
{
    const struct draft *draft = parser->draft;
    for (uint32_t i = 0; i < draft->tables_count; i++) {
        const struct draft_table *table = draft->tables[i];
        if (table->is_broken && (table->group == parser->group || table->group == NULL) &&
            table->rows_count == 0)
            return true;
    }
    return false;
}

/* The line below this one on which a table has a column of that name, or a value gets it; 0: none.
 */
static uint32_t line_of_later_name(const struct word *word)
{
    const struct source *source = word->place.source;
    const char *set = "set";
    for (uint32_t i = word->place.line + 1; i < source->count; i++) {
        struct text rest = source->lines[i].plain;
        bool is_row = false, is_set = false;
        for (size_t at = 0; at < rest.length;) {
            size_t end = at + 1;
            if (rest.bytes[at] == '|')
                is_row = true;
            while (rest.bytes[at] != ' ' && rest.bytes[at] != '|' && end < rest.length &&
                   rest.bytes[end] != ' ' && rest.bytes[end] != '|')
                end++;
            struct text part = {rest.bytes + at, end - at};
            if ((is_row || is_set) && text_equal_ignoring_case(part, word->text))
                return i + 1;
            if (part.bytes[0] != ' ' && !is_row) {
                if (is_set || !text_equal_ignoring_case(part, text_of(set)))
                    break;
                is_set = true;
            }
            at = end;
        }
    }
    return 0;
}

static bool refuse_value(struct parser *parser, const struct word *word,
                         const struct draft_reading *reading)
{
    enum { LIST = 16, ALL = RULES_READINGS_MAX + DRAFT_SETS_MAX };
    struct text *candidates = must_arena_allocate(
        parser->arena, (ALL + parser->draft->tables_count * DRAFT_CELLS_MAX) * sizeof *candidates);
    size_t readings = 0, count = 0;
    for (uint32_t i = 0; i < parser->group->readings_count; i++) {
        const struct draft_reading *other = parser->group->readings[i];
        if (other != reading && other->kind == RULES_NUMBER &&
            unit_same_kind(other->unit, reading->unit))
            candidates[count++] = other->name;
    }
    readings = count;
    for (uint32_t i = 0; i < parser->draft->sets_count; i++)
        candidates[count++] = parser->draft->sets[i].name;
    size_t sets = count - readings;
    add_columns(parser, candidates, &count);
    size_t limits = count - readings - sets;
    if (word->kind == WORD_NAME && has_lost_columns(parser) &&
        *messages_suggest(parser->arena, word->text, candidates, count) == '\0')
        return false;
    uint32_t later = word->kind == WORD_NAME ? line_of_later_name(word) : 0;
    if (later > 0)
        return parser_tell(parser, word->place, CODE_VALUE,
                           arena_print(parser->arena, "%.*s comes only on line %u.",
                                       TEXT_ARGUMENTS(word->text), later),
                           "tables and values stand above the rules that use them", "");
    const struct {
        const char *what;
        size_t first, count;
    } lists[] = {{"a reading", 0, readings},
                 {"a value that was set", readings, sets},
                 {"a column of a table", readings + sets, limits}};
    const char *note = example_value(parser, reading);
    for (size_t i = 0; i < 3; i++) {
        size_t shown = lists[i].count < LIST ? lists[i].count : LIST;
        if (shown > 0)
            note =
                arena_print(parser->arena, "%s, or %s (%s)", note, lists[i].what,
                            messages_join(parser->arena, candidates + lists[i].first, shown, "or"));
    }
    return parser_refuse_expected(parser, word, CODE_VALUE, "a value", candidates, count,
                                  arena_print(parser->arena, "%s.", note));
}

/* ---- columns of tables --------------------------------------------------------------------- */

/* Each cell is checked where it is used (appendix E, 35): false, with a message at the cell, or at
 * the name when the column is of another kind. */
static bool cell_fits(struct parser *parser, const struct draft_cell *cell, const struct word *word,
                      const struct draft_reading *reading)
{
    const char *number = arena_print(parser->arena, "%.*f", (int)cell->decimals, cell->number);
    if (reading->unit == NULL && cell->unit != NULL)
        return parser_tell(parser, word->place, CODE_UNIT_EXTRA,
                           arena_print(parser->arena, "%.*s has no unit, but %.*s has cells in %s.",
                                       TEXT_ARGUMENTS(reading->name), TEXT_ARGUMENTS(word->text),
                                       cell->unit->name),
                           "use a column of plain numbers", "");
    if (reading->unit != NULL && cell->unit == NULL)
        return parser_tell(
            parser, cell->place, CODE_CELL,
            arena_print(parser->arena, "%s what? %.*s is compared with %.*s, in %s.", number,
                        TEXT_ARGUMENTS(word->text), TEXT_ARGUMENTS(reading->name),
                        reading->unit->name),
            arena_print(parser->arena, "write \"%s %s\"", number, reading->unit->name), "");
    if (reading->unit != NULL && !unit_same_kind(reading->unit, cell->unit))
        return refuse_kind(parser, reading, word->place,
                           arena_print(parser->arena, "%s %s, in the row on line %u,", number,
                                       cell->unit->name, cell->place.line + 1),
                           cell->unit);
    return true;
}

/* Equal uses share one converted column. */
static bool limit_fit(struct parser *parser, const struct draft_table *table, uint32_t column,
                      const struct word *word, const struct draft_reading *reading,
                      enum unit_place place, struct draft_value *value)
{
    struct draft *draft = parser->draft;
    if (table->is_broken)
        return false;
    for (uint32_t i = 0; i < table->rows_count; i++) {
        if (!cell_fits(parser, &table->rows[i].cells[column], word, reading))
            return false;
    }
    uint32_t index = 0;
    for (; index < draft->columns_count; index++) {
        const struct draft_column *other = &draft->columns[index];
        if (other->table == table && other->column == column && other->unit == reading->unit &&
            other->place == (uint32_t)place)
            break;
    }
    if (index == RULES_COLUMNS_MAX)
        return parser_tell(parser, word->place, CODE_TOO_MANY,
                           arena_print(parser->arena,
                                       "Columns of tables can be used in at most %d ways.",
                                       RULES_COLUMNS_MAX),
                           "use fewer columns", "");
    if (index == draft->columns_count)
        draft->columns[draft->columns_count++] =
            (struct draft_column){table, column, reading->unit, place};
    *value = (struct draft_value){
        .kind = RULES_LIMIT, .column = index, .unit = reading->unit, .place = word->place};
    return true;
}

/* Another reading of the device as a limit. */
static bool reading_fit(struct parser *parser, int index, const struct word *word,
                        const struct draft_reading *reading, struct draft_value *value)
{
    const struct draft_reading *other = parser->group->readings[index];
    if (other->is_broken)
        return false;
    if (other->kind != RULES_NUMBER)
        return parser_tell(
            parser, word->place, CODE_NOT_A_NUMBER,
            arena_print(parser->arena, "%.*s is not a number.", TEXT_ARGUMENTS(other->name)),
            "compare with a number", "");
    if (!unit_same_kind(other->unit, reading->unit))
        return parser_tell(parser, word->place, CODE_UNIT_KIND,
                           arena_print(parser->arena, "%.*s and %.*s are not of one kind.",
                                       TEXT_ARGUMENTS(other->name), TEXT_ARGUMENTS(reading->name)),
                           "compare readings of one kind", "");
    if (other->unit != reading->unit && other->unit->kind != NULL)
        return parser_tell(parser, word->place, CODE_UNIT_KIND,
                           "Two readings that are compared are in the same unit.",
                           "use \"scaled by\" to read both in one unit", "");
    *value = (struct draft_value){.kind = RULES_READING,
                                  .reading = (uint32_t)index,
                                  .unit = reading->unit,
                                  .place = word->place};
    return true;
}

/* `plus` or `minus` a fixed amount behind a name. */
static bool parse_plus(struct parser *parser, const struct draft_reading *reading,
                       struct draft_value *value)
{
    double sign = 1;
    if (parser_take_keyword(parser, "minus"))
        sign = -1;
    else if (!parser_take_keyword(parser, "plus"))
        return true;
    struct draft_value amount = {0};
    struct word word = parser_peek(parser);
    if (word.kind == WORD_NAME) {
        const struct draft_set *set = draft_find_set(parser->draft, word.text);
        if (set == NULL && (group_find_reading(parser->group, word.text) >= 0 ||
                            draft_find_limit(parser->draft, parser->group, word.text, NULL)))
            return parser_tell(parser, word.place, CODE_VALUE,
                               "Behind \"plus\" and \"minus\" stands a fixed amount.",
                               "write a number and its unit, or a value that was set", "");
        if (set == NULL)
            return refuse_value(parser, &word, reading);
        parser_take(parser);
        if (!set_fit(parser, set, &word, reading, UNIT_DIFFERENCE, &amount))
            return false;
    } else if (!parse_amount(parser, reading, UNIT_DIFFERENCE, &amount)) {
        return false;
    }
    value->number += sign * amount.number;
    if (value->kind == RULES_CONSTANT) {
        /* Shown in the unit of the reading: the two may have been written in different ones. */
        value->written = value->number;
        value->unit = reading->unit;
    } else {
        value->written = sign * amount.written;
        value->unit = amount.unit;
    }
    value->decimals = amount.decimals > value->decimals ? amount.decimals : value->decimals;
    if (value->kind == RULES_CONSTANT && amount.unit != reading->unit)
        value->decimals++; /* 4 °F are 2.2 °C */
    value->place = place_from_to(&value->place, &amount.place);
    return true;
}

/* `minus 15 °C`. */
static bool refuse_minus(struct parser *parser, const struct draft_reading *reading)
{
    struct word minus = parser_take(parser), number = parser_take(parser),
                unit = parser_peek(parser);
    bool has_unit = unit.kind == WORD_NAME && unit_find(unit.text) != NULL;
    struct text name = text_of(reading->unit != NULL ? reading->unit->name : "");
    if (has_unit)
        name = unit.text;
    return parser_tell(parser, place_from_to(&minus.place, has_unit ? &unit.place : &number.place),
                       CODE_VALUE, "A number below zero has its sign in front.",
                       arena_print(parser->arena, "write \"-%.*s%s%.*s\"",
                                   TEXT_ARGUMENTS(number.text), name.length > 0 ? " " : "",
                                   TEXT_ARGUMENTS(name)),
                       "");
}

/* `average across cooler plus 3 °C`: of the other devices (appendix E, 3). True: one stands here.
 */
static bool sees_across(const struct parser *parser)
{
    struct word word = parser_peek(parser), second = parser_peek_second(parser);
    return (word_is(&word, "average") || word_is(&word, "median")) && word_is(&second, "across");
}

static bool parse_across(struct parser *parser, const struct draft_reading *reading,
                         struct draft_value *value)
{
    struct word summary = parser_take(parser), name;
    struct word across = parser_take(parser);
    int index = group_find_reading(parser->group, reading->name);
    if (index < 0) /* what is compared is a count */
        return parser_tell(parser, place_from_to(&summary.place, &across.place), CODE_VALUE,
                           "A count has no average over other devices.", "write a number", "");
    *value =
        (struct draft_value){.kind = RULES_ACROSS,
                             .summary = word_is(&summary, "average") ? RULES_AVERAGE : RULES_MEDIAN,
                             .unit = reading->unit};
    value->reading = (uint32_t)index;
    if (!parse_part_name(parser, parser->group, &value->across, &name))
        return false;
    value->place = place_from_to(&summary.place, &name.place);
    return parse_plus(parser, reading, value);
}

static bool parse_name_value(struct parser *parser, const struct word *word,
                             const struct draft_reading *reading, enum unit_place place,
                             struct draft_value *value)
{
    uint32_t column;
    const struct draft_set *set = draft_find_set(parser->draft, word->text);
    int other = group_find_reading(parser->group, word->text);
    const struct draft_table *table =
        draft_find_limit(parser->draft, parser->group, word->text, &column);
    if (set == NULL && other < 0 && table == NULL)
        return refuse_value(parser, word, reading);
    parser_take(parser);
    if (set != NULL)
        return set_fit(parser, set, word, reading, place, value);
    if (other >= 0)
        return reading_fit(parser, other, word, reading, value);
    return limit_fit(parser, table, column, word, reading, place, value);
}

bool parse_value(struct parser *parser, const struct draft_reading *reading, enum unit_place place,
                 struct draft_value *value)
{
    if (sees_across(parser))
        return parse_across(parser, reading, value);
    struct word word = parser_peek(parser), second = parser_peek_second(parser);
    if (word_is(&word, "minus") && second.kind == WORD_NUMBER && second.number >= 0)
        return refuse_minus(parser, reading);
    if (word.kind == WORD_NUMBER)
        return parse_amount(parser, reading, place, value);
    if (word.kind != WORD_NAME)
        return refuse_value(parser, &word, reading);
    return parse_name_value(parser, &word, reading, place, value) &&
           parse_plus(parser, reading, value);
}
