/* Conditions: tests joined by `and` or `or`, and how long they hold (RULES sections 5, 6). See
 * parser.h. */
#include "rules/language/parser.h"

enum { IS = 100 }; /* beside enum rules_test_kind: needs a look at what follows */

static const struct choice comparison_rows[] = {
    {"above", RULES_ABOVE, NOW},
    {"below", RULES_BELOW, NOW},
    {"at least", RULES_AT_LEAST, NOW},
    {"at most", RULES_AT_MOST, NOW},
    {"inside", RULES_INSIDE, NOW},
    {"outside", RULES_OUTSIDE, NOW},
    {"is", IS, NOW},
    {"rises", 0, LATER},
    {"falls", 0, LATER},
    {"changes", 0, LATER},
    {"differs", 0, LATER},
};
static const struct choices comparisons = CHOICES(comparison_rows, CODE_COMPARISON, "a comparison");

/* What may stand behind `is` and is not a state. */
static const struct choice special_rows[] = {
    {"missing", 0, LATER},       {"faulty", 0, LATER},    {"unusually high", 0, LATER},
    {"unusually low", 0, LATER}, {"unusually", 0, LATER}, {"unusual", 0, LATER},
    {"stuck within", 0, LATER},  {"stuck", 0, LATER},
};
static const struct choices specials = CHOICES(special_rows, CODE_STATE, "a state");

/* What may stand in front of a reading or in its place. */
static const struct choice subject_rows[] = {
    {"alarm", 0, LATER},      {"any", 0, LATER},       {"every", 0, LATER},
    {"average", 0, LATER},    {"minimum", 0, LATER},   {"maximum", 0, LATER},
    {"median", 0, LATER},     {"total", 0, LATER},     {"count", 0, LATER},
    {"spread", 0, LATER},     {"deviation", 0, LATER}, {"first", 0, LATER},
    {"last", 0, LATER},       {"change", 0, LATER},    {"kinetic-mean", 0, LATER},
    {"percentile", 0, LATER},
};
static const struct choices subjects = CHOICES(subject_rows, CODE_READING, "a reading");

static struct draft_reading *reading_of(const struct parser *parser, const struct draft_test *test)
{
    return parser->group->readings[test->reading];
}

static struct text states_of(struct parser *parser, const struct draft_reading *reading)
{
    return text_of(messages_join(parser->arena, reading->words, reading->words_count, "or"));
}

/* The widest number of decimals that a rule writes for a reading shows in its texts. */
static void take_decimals(struct draft_reading *reading, const struct draft_value *value)
{
    if (value->kind == RULES_CONSTANT && value->unit == reading->unit &&
        value->decimals > reading->decimals)
        reading->decimals = value->decimals;
}

/* ---- is ------------------------------------------------------------------------------------ */

static bool parse_state(struct parser *parser, struct draft_test *test)
{
    const struct draft_reading *reading = reading_of(parser, test);
    struct word word = parser_peek(parser);
    const char *note =
        arena_print(parser->arena, "%.*s is read as: %.*s.", TEXT_ARGUMENTS(reading->name),
                    TEXT_ARGUMENTS(states_of(parser, reading)));
    if (word.kind != WORD_NAME && word.kind != WORD_TEXT)
        return parser_refuse_expected(parser, &word, CODE_STATE, "a state", NULL, 0, note);
    for (uint32_t i = 0; i < reading->words_count; i++) {
        if (!text_equal_ignoring_case(reading->words[i], word.text))
            continue;
        test->word = i;
        parser_take(parser);
        return true;
    }
    return parser_refuse(
        parser, &word, CODE_STATE,
        arena_print(parser->arena, "%.*s is never \"%.*s\".", TEXT_ARGUMENTS(reading->name),
                    TEXT_ARGUMENTS(word.text)),
        messages_suggest(parser->arena, word.text, reading->words, reading->words_count), note);
}

/* Case and outer blanks do not count (appendix E, 35). */
static struct text trimmed(struct text text)
{
    while (text.length > 0 && text.bytes[0] == ' ')
        text = (struct text){text.bytes + 1, text.length - 1};
    while (text.length > 0 && text.bytes[text.length - 1] == ' ')
        text.length--;
    return text;
}

static bool parse_text_state(struct parser *parser, struct draft_test *test)
{
    struct word word = parser_peek(parser);
    if (word.kind != WORD_TEXT && word.kind != WORD_NAME)
        return parser_refuse_expected(parser, &word, CODE_STATE, "a text in quote marks", NULL, 0,
                                      "");
    if (word.text.length > RULES_NAME_BYTES)
        return parser_tell(parser, word.place, CODE_NUMBER_RANGE,
                           "A text that is compared has at most 64 letters.", "use a shorter one",
                           "");
    test->text = trimmed(word.text);
    parser_take(parser);
    return true;
}

static bool parse_number_state(struct parser *parser, struct draft_test *test)
{
    struct draft_reading *reading = reading_of(parser, test);
    struct word word = parser_peek(parser);
    const char *name = arena_print(parser->arena, "%.*s", TEXT_ARGUMENTS(reading->name));
    if (word.kind != WORD_NUMBER)
        return parser_refuse(parser, &word, CODE_NOT_A_NUMBER,
                             arena_print(parser->arena, "%s is a number, it has no states.", name),
                             "compare it with above, below, at least, at most, inside or outside",
                             "");
    if (reading->unit != NULL)
        return parser_tell(parser, word.place, CODE_NOT_A_NUMBER,
                           arena_print(parser->arena,
                                       "%s is measured in %s, and hardly ever exactly one number.",
                                       name, reading->unit->name),
                           "write \"at least\", \"at most\" or \"inside\"", "");
    if (!parse_amount(parser, reading, UNIT_POINT, &test->value))
        return false;
    take_decimals(reading, &test->value);
    return true;
}

/* What `is` or `is not` in front of a comparison becomes. */
static const struct {
    const char *comparison, *opposite;
} opposites[] = {
    {"above", "at most"}, {"below", "at least"}, {"over", "at most"},   {"under", "at least"},
    {"at", NULL},         {"inside", "outside"}, {"outside", "inside"},
};

/* `is above 5 °C`, with `place` of the `is`. True: told. */
static bool tell_is_too_many(struct parser *parser, const struct place *place, bool is_not)
{
    struct word word = parser_peek(parser);
    for (size_t i = 0; i < sizeof opposites / sizeof opposites[0]; i++) {
        if (!word_is(&word, opposites[i].comparison))
            continue;
        const char *remedy = "leave \"is\" out";
        if (is_not)
            remedy = opposites[i].opposite != NULL
                         ? arena_print(parser->arena, "write \"%s\"", opposites[i].opposite)
                         : "write \"above\" or \"below\"";
        parser_tell(parser, is_not ? place_from_to(place, &word.place) : *place, CODE_NOT_A_NUMBER,
                    arena_print(parser->arena, "A comparison has no \"%s\" in front.",
                                is_not ? "is not" : "is"),
                    remedy, "");
        return true;
    }
    return false;
}

static bool parse_is(struct parser *parser, struct draft_test *test)
{
    const struct place is_place = test->predicate;
    test->kind = parser_take_keyword(parser, "not") ? RULES_IS_NOT : RULES_IS;
    struct place place;
    const struct draft_reading *reading = reading_of(parser, test);
    struct reader before = parser->reader;
    struct word word = parser_peek(parser);
    const struct choice *special = parser_match(parser, &specials, &place);
    bool is_listed = false;
    for (uint32_t i = 0; i < reading->words_count; i++)
        is_listed |= text_equal_ignoring_case(reading->words[i], word.text);
    if (special != NULL && !is_listed)
        return parser_refuse_later(parser, place);
    parser->reader = before;
    if (reading->kind == RULES_NUMBER &&
        tell_is_too_many(parser, &is_place, test->kind == RULES_IS_NOT))
        return false;
    switch (reading->kind) {
    case RULES_STATE:
        return parse_state(parser, test);
    case RULES_TEXT:
        return parse_text_state(parser, test);
    default:
        return parse_number_state(parser, test);
    }
}

/* ---- numbers ------------------------------------------------------------------------------- */

static bool refuse_not_a_number(struct parser *parser, const struct draft_test *test,
                                struct place comparison)
{
    const struct draft_reading *reading = reading_of(parser, test);
    const char *name = arena_print(parser->arena, "%.*s", TEXT_ARGUMENTS(reading->name));
    bool is_state = reading->kind == RULES_STATE;
    const char *text =
        is_state ? arena_print(parser->arena, "%s is read as %.*s, not as a number.", name,
                               TEXT_ARGUMENTS(states_of(parser, reading)))
                 : arena_print(parser->arena, "%s is read as text, not as a number.", name);
    const char *mark = is_state ? arena_print(parser->arena, "write \"is %.*s\"",
                                              TEXT_ARGUMENTS(reading->words[0]))
                                : "write \"is\" and a text in quote marks";
    return parser_tell(parser, comparison, CODE_NOT_A_NUMBER, text, mark, "");
}

static bool parse_range(struct parser *parser, struct draft_test *test)
{
    struct draft_reading *reading = reading_of(parser, test);
    if (!parser_expect_keyword(parser, "to") ||
        !parse_value(parser, reading, UNIT_POINT, &test->second))
        return false;
    take_decimals(reading, &test->second);
    bool are_constant = test->value.kind == RULES_CONSTANT && test->second.kind == RULES_CONSTANT;
    if (are_constant && test->value.number > test->second.number)
        return parser_tell(parser, place_from_to(&test->value.place, &test->second.place),
                           CODE_RANGE, "This range ends below its start.", "swap the two values",
                           "");
    test->predicate = place_from_to(&test->predicate, &test->second.place);
    return true;
}

/* What is said of the subject: `above 5 °C`, `is open`. */
static bool parse_predicate(struct parser *parser, struct draft_test *test)
{
    struct place place;
    const struct choice *choice = parser_choose(parser, &comparisons, &place);
    if (choice == NULL)
        return false;
    test->comparison = choice->phrase;
    test->predicate = place;
    if (choice->value == IS)
        return parse_is(parser, test);
    test->kind = choice->value;
    struct draft_reading *reading = reading_of(parser, test);
    if (reading->kind != RULES_NUMBER)
        return refuse_not_a_number(parser, test, place);
    if (!parse_value(parser, reading, UNIT_POINT, &test->value))
        return false;
    take_decimals(reading, &test->value);
    test->predicate = place_from_to(&place, &test->value.place);
    if (test->kind == RULES_INSIDE || test->kind == RULES_OUTSIDE)
        return parse_range(parser, test);
    return true;
}

/* ---- tests --------------------------------------------------------------------------------- */

static bool parse_silent(struct parser *parser, struct draft_test *test)
{
    struct word word = parser_take(parser), next = parser_peek(parser);
    *test = (struct draft_test){.kind = RULES_SILENT,
                                .subject = word.place,
                                .predicate = word.place,
                                .comparison = "silent"};
    if (word_is(&next, "on"))
        return parser_refuse_later(parser, place_from_to(&word.place, &next.place));
    return true;
}

static bool parse_subject(struct parser *parser, struct draft_test *test)
{
    struct word word = parser_peek(parser);
    struct place place;
    if (parser_match(parser, &subjects, &place) != NULL)
        return parser_refuse_later(parser, place);
    if ((word_is(&word, "the") || word_is(&word, "a") || word_is(&word, "an")) &&
        group_find_reading(parser->group, word.text) < 0)
        return parser_tell(
            parser, word.place, CODE_READING,
            arena_print(parser->arena, "A reading has no \"%.*s\" in front.",
                        TEXT_ARGUMENTS(word.text)),
            arena_print(parser->arena, "leave \"%.*s\" out", TEXT_ARGUMENTS(word.text)), "");
    const char *misspelt = messages_suggest(parser->arena, word.text, &TEXT("silent"), 1);
    if (word.kind == WORD_NAME && group_find_reading(parser->group, word.text) < 0 &&
        *misspelt != '\0')
        return parser_refuse_expected(parser, &word, CODE_READING, "a reading or \"silent\"",
                                      &TEXT("silent"), 1, "");
    if (!parse_reading_name(parser, &test->reading, &word))
        return false;
    test->subject = word.place;
    struct word next = parser_peek(parser);
    if (word_is(&next, "of"))
        return parser_refuse_later(parser, next.place);
    return true;
}

/* The last test of a condition that compares a number: what a bare ending speaks of (appendix E,
 * 21). */
static const struct draft_test *last_number_test(const struct draft_condition *condition)
{
    for (uint32_t i = condition->tests_count; i > 0; i--) {
        if (condition->tests[i - 1].kind <= RULES_OUTSIDE)
            return &condition->tests[i - 1];
    }
    return NULL;
}

static bool begins_predicate(const struct parser *parser)
{
    struct word word = parser_peek(parser);
    for (size_t i = 0; i < comparisons.count; i++) {
        const char *phrase = comparisons.rows[i].phrase;
        struct text first = {phrase, strcspn(phrase, " ")};
        if (word.kind == WORD_NAME && text_equal_ignoring_case(word.text, first))
            return true;
    }
    return false;
}

/* `until belwo 4 °C`: nearer to a comparison than to any reading. */
static bool is_misspelt_predicate(struct parser *parser)
{
    struct word word = parser_peek(parser);
    struct text readings[RULES_READINGS_MAX], phrases[16];
    size_t count = group_list_readings(parser->group, readings);
    for (size_t i = 0; i < comparisons.count; i++)
        phrases[i] = text_of(comparisons.rows[i].phrase);
    return word.kind == WORD_NAME && !word_is(&word, "silent") &&
           group_find_reading(parser->group, word.text) < 0 &&
           *messages_suggest(parser->arena, word.text, readings, count) == '\0' &&
           *messages_suggest(parser->arena, word.text, phrases, comparisons.count) != '\0';
}

/* `until -18 °C`: on the other side of the start. */
static bool refuse_bare_end(struct parser *parser, const struct draft_condition *start)
{
    const struct draft_test *last = last_number_test(start);
    struct word number = parser_take(parser), unit = parser_peek(parser);
    bool has_unit = unit.kind == WORD_NAME && unit_find(unit.text) != NULL;
    bool is_upper = last != NULL && (last->kind == RULES_ABOVE || last->kind == RULES_AT_LEAST);
    bool is_lower = last != NULL && (last->kind == RULES_BELOW || last->kind == RULES_AT_MOST);
    const char *mark = "write \"above\" or \"below\" in front";
    if (is_upper || is_lower)
        mark =
            arena_print(parser->arena, "write \"until %s %.*s%s%.*s\"",
                        is_upper ? "below" : "above", TEXT_ARGUMENTS(number.text),
                        has_unit ? " " : "", has_unit ? (int)unit.text.length : 0, unit.text.bytes);
    return parser_tell(parser, has_unit ? place_from_to(&number.place, &unit.place) : number.place,
                       CODE_ENDING, "This end does not say on which side it lies.", mark, "");
}

static bool parse_test(struct parser *parser, struct draft_test *test,
                       const struct draft_condition *start)
{
    *test = (struct draft_test){0};
    struct word word = parser_peek(parser);
    if (word_is(&word, "silent"))
        return parse_silent(parser, test);
    if (start != NULL && word.kind == WORD_NUMBER)
        return refuse_bare_end(parser, start);
    bool is_bare = begins_predicate(parser) || (start != NULL && is_misspelt_predicate(parser));
    if (!is_bare)
        return parse_subject(parser, test) && parse_predicate(parser, test);
    if (start == NULL)
        return parser_refuse(parser, &word, CODE_READING,
                             arena_print(parser->arena,
                                         "What is \"%.*s\"? A reading is missing here.",
                                         TEXT_ARGUMENTS(word.text)),
                             "write the name of a reading in front", "");
    const struct draft_test *last = last_number_test(start);
    if (last == NULL)
        return parser_refuse(parser, &word, CODE_ENDING,
                             "This end does not say which reading it is about.",
                             "write the name of a reading behind \"until\"", "");
    test->reading = last->reading;
    test->subject = last->subject;
    return parse_predicate(parser, test);
}

bool parse_condition(struct parser *parser, struct draft_condition *condition,
                     const struct draft_condition *start)
{
    *condition = (struct draft_condition){0};
    if (!parse_test(parser, &condition->tests[condition->tests_count++], start))
        return false;
    for (;;) {
        struct word link = parser_peek(parser);
        bool is_or = word_is(&link, "or");
        if (!is_or && !word_is(&link, "and"))
            return true;
        if (condition->tests_count > 1 && is_or != condition->joined_by_or)
            return parser_tell(
                parser, link.place, CODE_AND_OR,
                "One line can join tests with \"and\" or with \"or\", not both.",
                "write two lines with the same severity: either one raises the alarm", "");
        if (condition->tests_count == RULES_TESTS_MAX)
            return parser_tell(
                parser, link.place, CODE_TOO_MANY,
                arena_print(parser->arena, "A line can have at most %d tests.", RULES_TESTS_MAX),
                "write several lines with the same severity", "");
        condition->joined_by_or = is_or;
        parser_take(parser);
        if (!parse_test(parser, &condition->tests[condition->tests_count++], NULL))
            return false;
    }
}

/* ---- holds --------------------------------------------------------------------------------- */

bool parse_hold(struct parser *parser, struct draft_condition *condition)
{
    struct word word = parser_peek(parser), second = parser_peek_second(parser);
    if (word.kind == WORD_NUMBER && word_is(&second, "times"))
        return parser_refuse_later(parser, place_from_to(&word.place, &second.place));
    if (!parser_take_keyword(parser, "for"))
        return true;
    word = parser_peek(parser);
    second = parser_peek_second(parser);
    if (word.kind == WORD_NUMBER && word_is(&second, "readings"))
        return parser_refuse_later(parser, place_from_to(&word.place, &second.place));
    if (word_is(&word, "total") || (word_is(&word, "a") && word_is(&second, "total")))
        return parser_refuse_later(parser, place_from_to(&word.place, &second.place));
    struct duration duration;
    if (!parse_duration(parser, &duration))
        return false;
    condition->for_ms = duration.ms;
    condition->for_place = duration.number;
    return true;
}
