/* Readings of a group: `read`, `valid`, `ignore` (RULES sections 4.4, 8.3). See parser.h. */
#include "rules/language/parse_sensors.h"

#include <math.h>

static bool parse_states(struct parser *parser, struct draft_reading *reading)
{
    struct place place = {0};
    do {
        struct word word = parser_peek(parser);
        if (word.kind != WORD_NAME)
            return parser_refuse_expected(parser, &word, CODE_STATES, "a word for a state", NULL, 0,
                                          "For example: read door from open as open or closed");
        place = reading->words_count == 0 ? word.place : place;
        place = place_from_to(&place, &word.place);
        if (word.text.length > RULES_NAME_BYTES || reading->words_count == RULES_WORDS_MAX)
            return parser_tell(parser, word.place, CODE_TOO_MANY,
                               arena_print(parser->arena,
                                           "A reading can have at most %d states, each of at "
                                           "most %d letters.",
                                           RULES_WORDS_MAX, RULES_NAME_BYTES),
                               "leave some out", "");
        for (uint32_t i = 0; i < reading->words_count; i++) {
            if (text_equal_ignoring_case(reading->words[i], word.text))
                return parser_tell(parser, word.place, CODE_STATES,
                                   arena_print(parser->arena, "\"%.*s\" stands here twice.",
                                               TEXT_ARGUMENTS(word.text)),
                                   "leave one of the two out", "");
        }
        reading->words[reading->words_count++] = word.text;
        parser_take(parser);
    } while (parser_take_keyword(parser, "or"));
    if (reading->words_count < 2)
        return parser_tell(parser, place, CODE_STATES, "A state has two words or more.",
                           "write, for example, \"open or closed\"", "");
    /* `true`, 1 and "on" stand for the first of two: it may not be the word for false. */
    static const char *const off[] = {"off", "no", "closed", "false"};
    for (size_t i = 0; reading->words_count == 2 && i < sizeof off / sizeof off[0]; i++) {
        if (text_equal_ignoring_case(reading->words[0], text_of(off[i])))
            return parser_tell(
                parser, place, CODE_STATES, "The first word is the one for true, 1 and on.",
                arena_print(parser->arena, "swap the words: write \"%.*s or %.*s\"",
                            TEXT_ARGUMENTS(reading->words[1]), TEXT_ARGUMENTS(reading->words[0])),
                "");
    }
    return true;
}

static bool parse_kind(struct parser *parser, struct draft_reading *reading)
{
    static const struct choice rows[] = {{"in", 0, NOW}, {"as", 1, NOW}};
    static const struct choices kinds = CHOICES(rows, CODE_EXPECTED, "\"in\" or \"as\"");
    const struct choice *choice = parser_choose(parser, &kinds, NULL);
    if (choice == NULL)
        return false;
    if (choice->value == 0)
        return parse_unit(parser, &reading->unit);
    if (parser_take_keyword(parser, "number"))
        return true;
    if (parser_take_keyword(parser, "text")) {
        reading->kind = RULES_TEXT;
        return true;
    }
    reading->kind = RULES_STATE;
    return parse_states(parser, reading);
}

static bool parse_scale(struct parser *parser, struct draft_reading *reading)
{
    if (parser_take_keyword(parser, "scaled")) {
        struct word number;
        if (!parser_expect_keyword(parser, "by"))
            return false;
        number = parser_peek(parser);
        if (number.kind != WORD_NUMBER)
            return parser_refuse_expected(parser, &number, CODE_VALUE, "a number", NULL, 0,
                                          "For example: scaled by 0.1");
        if (number.number == 0 || fabs(number.number) > 1e15)
            return parser_tell(parser, number.place, CODE_NUMBER_RANGE,
                               "A scale can't be 0, nor beyond 15 zeros.",
                               "write, for example, \"scaled by 0.1\"", "");
        reading->scale = number.number;
        parser_take(parser);
    }
    if (parser_take_keyword(parser, "offset")) {
        struct draft_value value;
        if (!parser_expect_keyword(parser, "by") ||
            !parse_amount(parser, reading, UNIT_DIFFERENCE, &value))
            return false;
        reading->offset = value.number;
    }
    return true;
}

/* Why this can't be the name of a reading; NULL when it can. */
static const char *name_problem(const struct parser *parser, struct text name)
{
    if (name_is_keyword(name))
        return "is a word of the language";
    if (unit_find(name) != NULL)
        return "is a unit";
    if (group_find_name(parser->group, name) >= 0)
        return "is already a named part of this group";
    if (draft_find_set(parser->draft, name) != NULL)
        return "is already a value that was set";
    return NULL;
}

static struct draft_reading *reading_add(struct parser *parser, const struct word *name)
{
    struct draft_group *group = parser->group;
    int other = group_find_reading(group, name->text);
    const char *problem = name_problem(parser, name->text);
    if (other >= 0) {
        parser_tell(parser, name->place, CODE_READING_TWICE,
                    arena_print(parser->arena,
                                "There is already a reading called \"%.*s\", on line %u.",
                                TEXT_ARGUMENTS(name->text), group->readings[other]->place.line + 1),
                    "give this one another name", "");
        return NULL;
    }
    if (problem != NULL) {
        parser_tell(parser, name->place, CODE_NAME_TAKEN,
                    arena_print(parser->arena, "\"%.*s\" %s.", TEXT_ARGUMENTS(name->text), problem),
                    "give the reading another name", "");
        return NULL;
    }
    if (group->readings_count == RULES_READINGS_MAX) {
        parser_tell(
            parser, name->place, CODE_TOO_MANY,
            arena_print(parser->arena, "A group can have at most %d readings.", RULES_READINGS_MAX),
            "read only what rules and reports use", "");
        return NULL;
    }
    struct draft_reading *reading = must_arena_allocate(parser->arena, sizeof *reading);
    *reading = (struct draft_reading){.name = name->text,
                                      .place = name->place,
                                      .is_broken = true,
                                      .kind = RULES_NUMBER,
                                      .scale = 1,
                                      .valid_least = -INFINITY,
                                      .valid_most = INFINITY};
    group->readings[group->readings_count++] = reading;
    return reading;
}

bool parse_read(struct parser *parser)
{
    struct word name;
    if (!parser_expect_name(parser, "a name for this reading", &name))
        return false;
    struct draft_reading *reading = reading_add(parser, &name);
    if (reading == NULL)
        return false;
    reading->path.count = 1;
    reading->path.steps[0].key = name.text;
    if (parser_take_keyword(parser, "from") && !parse_path(parser, &reading->path))
        return false;
    if (!parse_kind(parser, reading))
        return false;
    if (reading->kind == RULES_NUMBER && !parse_scale(parser, reading))
        return false;
    if (!parser_expect_end(parser))
        return false;
    reading->is_broken = false;
    return true;
}

/* A reading that is a number, for `valid` and `ignore`. */
static struct draft_reading *expect_number_reading(struct parser *parser)
{
    struct word word;
    uint32_t index;
    if (!parse_reading_name(parser, &index, &word))
        return NULL;
    struct draft_reading *reading = parser->group->readings[index];
    if (reading->kind == RULES_NUMBER)
        return reading;
    parser_tell(parser, word.place, CODE_NOT_A_NUMBER,
                arena_print(parser->arena, "%.*s is not a number.", TEXT_ARGUMENTS(reading->name)),
                "leave this line out", "");
    return NULL;
}

static void reading_take_decimals(struct draft_reading *reading, const struct draft_value *value)
{
    if (value->unit == reading->unit && value->decimals > reading->decimals)
        reading->decimals = value->decimals;
}

bool parse_valid(struct parser *parser)
{
    struct draft_reading *reading = expect_number_reading(parser);
    struct draft_value least, most;
    if (reading == NULL || !parse_amount(parser, reading, UNIT_POINT, &least) ||
        !parser_expect_keyword(parser, "to") || !parse_amount(parser, reading, UNIT_POINT, &most) ||
        !parser_expect_end(parser))
        return false;
    if (least.number > most.number)
        return parser_tell(parser, place_from_to(&least.place, &most.place), CODE_RANGE,
                           "This range ends below its start.", "swap the two values", "");
    reading->valid_least = least.number;
    reading->valid_most = most.number;
    const char *unit = reading->unit != NULL ? reading->unit->name : "";
    reading->valid_text = text_of(arena_print(parser->arena, "%.6g%s%s to %.6g%s%s", least.number,
                                              *unit != '\0' ? " " : "", unit, most.number,
                                              *unit != '\0' ? " " : "", unit));
    reading_take_decimals(reading, &least);
    reading_take_decimals(reading, &most);
    return true;
}

bool parse_ignore(struct parser *parser)
{
    struct draft_reading *reading = expect_number_reading(parser);
    if (reading == NULL || !parser_expect_keyword(parser, "of"))
        return false;
    do {
        struct draft_value value;
        if (!parse_amount(parser, reading, UNIT_POINT, &value))
            return false;
        if (reading->ignored_count == RULES_IGNORED_MAX)
            return parser_tell(
                parser, value.place, CODE_TOO_MANY,
                arena_print(parser->arena, "At most %d values can be ignored.", RULES_IGNORED_MAX),
                "use \"valid\" for a range", "");
        reading->ignored[reading->ignored_count++] = value.number;
    } while (parser_take_keyword(parser, "or"));
    return parser_expect_end(parser);
}
