/* What a test says of its subject (RULES section 5): a comparison, a change, a difference, a state.
 * See parse_condition.h. */
#include "rules/language/parse_condition.h"

/* Beside enum rules_test_kind: these need a look at what follows. */
enum { IS = 100, DIFFERS = 101 };

static const struct choice comparison_rows[] = {
    {"above", RULES_ABOVE, NOW},
    {"below", RULES_BELOW, NOW},
    {"at least", RULES_AT_LEAST, NOW},
    {"at most", RULES_AT_MOST, NOW},
    {"inside", RULES_INSIDE, NOW},
    {"outside", RULES_OUTSIDE, NOW},
    {"is", IS, NOW},
    {"rises", RULES_RISES, NOW},
    {"falls", RULES_FALLS, NOW},
    {"changes", RULES_CHANGES, NOW},
    {"differs", DIFFERS, NOW},
};
static const struct choices comparisons = CHOICES(comparison_rows, CODE_COMPARISON, "a comparison");

/* What may stand behind `is` and is not a state. */
static const struct {
    struct choice choice;
    uint32_t word; /* of UNUSUAL */
} specials_of[] = {
    {{"missing", RULES_MISSING, NOW}, 0},        {{"faulty", RULES_FAULTY, NOW}, 0},
    {{"unusually high", RULES_UNUSUAL, NOW}, 1}, {{"unusually low", RULES_UNUSUAL, NOW}, 2},
    {{"unusual", RULES_UNUSUAL, NOW}, 0},        {{"stuck", RULES_STUCK, NOW}, 0},
};

static struct text states_of(struct parser *parser, const struct draft_reading *reading)
{
    return text_of(messages_join(parser->arena, reading->words, reading->words_count, "or"));
}

static const char *name_of(struct parser *parser, const struct draft_test *test)
{
    return arena_print(parser->arena, "%.*s", TEXT_ARGUMENTS(test_reading(test)->name));
}

bool test_has_number(const struct draft_test *test)
{
    bool is_change = test->kind >= RULES_RISES && test->kind <= RULES_DIFFERS_ACROSS;
    bool is_number = test->kind == RULES_IS || test->kind == RULES_IS_NOT;
    return test->kind <= RULES_OUTSIDE || is_change ||
           (is_number && test_reading(test)->kind == RULES_NUMBER);
}

/* ---- values -------------------------------------------------------------------------------- */

/* The widest number of decimals that a limit of a reading has shows in its texts (E 38). */
static void take_decimals(struct draft_reading *reading, const struct draft_value *value)
{
    if (value->unit == reading->unit && value->decimals > reading->decimals)
        reading->decimals = value->decimals;
}

/* A value in the unit of what is compared: a count has none, and what is a difference is compared
 * as one. */
static bool parse_subject_value(struct parser *parser, struct draft_test *test,
                                enum unit_place place, struct draft_value *value)
{
    static const bool are_differences[] = {[RULES_TOTAL] = true,
                                           [RULES_SPREAD] = true,
                                           [RULES_DEVIATION] = true,
                                           [RULES_CHANGE] = true,
                                           [RULES_PERCENTILE] = false};
    struct draft_reading *reading = test_reading(test);
    struct draft_group *block_group = parser->group;
    struct draft_reading counted = *reading;
    const struct draft_reading *measure = reading;
    if (test->summary == RULES_COUNT) {
        counted = (struct draft_reading){.name = TEXT("a count"), .kind = RULES_NUMBER};
        measure = &counted;
    } else if (test->summary != RULES_NO_SUMMARY && are_differences[test->summary]) {
        place = UNIT_DIFFERENCE;
    }
    parser->group = test->group; /* names in a value are those of the subject's group */
    bool is_read = parse_value(parser, measure, place, value);
    parser->group = block_group;
    if (is_read && test->summary == RULES_NO_SUMMARY && test->kind <= RULES_OUTSIDE)
        take_decimals(reading, value);
    return is_read;
}

static bool refuse_not_a_number(struct parser *parser, const struct draft_test *test,
                                struct place comparison)
{
    const struct draft_reading *reading = test_reading(test);
    const char *name = name_of(parser, test);
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

static bool is_a_number(const struct draft_test *test)
{
    return test_reading(test)->kind == RULES_NUMBER || test->summary == RULES_COUNT;
}

/* `above VALUE`, `inside VALUE to VALUE` */
static bool parse_limit(struct parser *parser, struct draft_test *test)
{
    if (!parse_subject_value(parser, test, UNIT_POINT, &test->value))
        return false;
    test->predicate = place_from_to(&test->predicate, &test->value.place);
    if (test->kind != RULES_INSIDE && test->kind != RULES_OUTSIDE)
        return true;
    if (!parser_expect_keyword(parser, "to") ||
        !parse_subject_value(parser, test, UNIT_POINT, &test->second))
        return false;
    bool are_constant = test->value.kind == RULES_CONSTANT && test->second.kind == RULES_CONSTANT;
    if (are_constant && test->value.number > test->second.number)
        return parser_tell(parser, place_from_to(&test->value.place, &test->second.place),
                           CODE_RANGE, "This range ends below its start.", "swap the two values",
                           "");
    test->predicate = place_from_to(&test->predicate, &test->second.place);
    return true;
}

/* ---- changes and differences --------------------------------------------------------------- */

static bool refuse_summary(struct parser *parser, const struct draft_test *test, const char *what)
{
    return parser_tell(
        parser, test->subject, CODE_SUMMARY,
        arena_print(parser->arena, "%s is said of a reading, not of a summary.", what),
        arena_print(parser->arena, "write \"%s\" alone", name_of(parser, test)), "");
}

/* `more than VALUE`: a difference, above 0. */
static bool parse_more_than(struct parser *parser, struct draft_test *test)
{
    if (!parser_expect_keyword(parser, "more") || !parser_expect_keyword(parser, "than") ||
        !parse_subject_value(parser, test, UNIT_DIFFERENCE, &test->value))
        return false;
    test->predicate = place_from_to(&test->predicate, &test->value.place);
    if (test->value.kind == RULES_CONSTANT && test->value.number < 0)
        return parser_tell(parser, test->value.place, CODE_RANGE,
                           "A change has no sign: \"falls\" says which way it goes.",
                           "leave the minus out", "");
    return true;
}

/* `rises more than VALUE in DURATION` */
static bool parse_change(struct parser *parser, struct draft_test *test)
{
    struct duration duration;
    if (test->summary != RULES_NO_SUMMARY)
        return refuse_summary(parser, test, "A change");
    if (!parse_more_than(parser, test))
        return false;
    struct word word = parser_peek(parser);
    if (word_is(&word, "for") || word_is(&word, "within"))
        return parser_tell(parser, word.place, CODE_EXPECTED,
                           "A change needs the time in which it happens.",
                           "write \"in\", for example \"in 5 minutes\"", "");
    if (word.kind == WORD_END)
        return parser_tell(parser, test->predicate, CODE_EXPECTED,
                           "A change needs the time in which it happens.",
                           "add, for example, \"in 5 minutes\"", "");
    if (!parser_expect_keyword(parser, "in") || !parse_duration(parser, &duration))
        return false;
    test->in_ms = duration.ms;
    test->predicate = place_from_to(&test->predicate, &duration.whole);
    return true;
}

static bool parse_other_reading(struct parser *parser, struct draft_test *test)
{
    struct word word;
    const struct draft_reading *reading = test_reading(test);
    if (!parse_reading_of(parser, test->group, &test->other, &word))
        return false;
    const struct draft_reading *other = test->group->readings[test->other];
    if (other == reading)
        return parser_tell(parser, word.place, CODE_READING, "A reading never differs from itself.",
                           "write the name of another reading", "");
    if (other->kind != RULES_NUMBER)
        return parser_tell(
            parser, word.place, CODE_NOT_A_NUMBER,
            arena_print(parser->arena, "%.*s is not a number.", TEXT_ARGUMENTS(other->name)),
            "compare with a number", "");
    if (!unit_same_kind(other->unit, reading->unit) || other->unit != reading->unit)
        return parser_tell(parser, word.place, CODE_UNIT_KIND,
                           arena_print(parser->arena, "%.*s is in %s, and %.*s is in %s.",
                                       TEXT_ARGUMENTS(other->name), unit_shown(other->unit),
                                       TEXT_ARGUMENTS(reading->name), unit_shown(reading->unit)),
                           "compare readings in one unit", "");
    return true;
}

static bool parse_across_name(struct parser *parser, struct draft_test *test)
{
    struct word word = parser_peek(parser);
    return parse_part_name(parser, test->group, &test->across, &word) &&
           (test->name = word.place, true);
}

static bool parse_differs(struct parser *parser, struct draft_test *test)
{
    static const struct choice rows[] = {{"from", RULES_DIFFERS_FROM, NOW},
                                         {"across", RULES_DIFFERS_ACROSS, NOW}};
    static const struct choices ways = CHOICES(rows, CODE_EXPECTED, "\"from\" or \"across\"");
    if (test->summary != RULES_NO_SUMMARY)
        return refuse_summary(parser, test, "A difference");
    const struct choice *way = parser_choose(parser, &ways, NULL);
    if (way == NULL)
        return false;
    test->kind = way->value;
    if (test->kind == RULES_DIFFERS_ACROSS && test->quantifier != RULES_THE)
        return parser_tell(parser, test->subject, CODE_QUANTIFIER,
                           "\"differs across\" compares the devices already.",
                           arena_print(parser->arena, "write \"%s\" alone", name_of(parser, test)),
                           "");
    bool is_read = test->kind == RULES_DIFFERS_FROM ? parse_other_reading(parser, test)
                                                    : parse_across_name(parser, test);
    return is_read && parser_expect_keyword(parser, "by") && parse_more_than(parser, test);
}

/* ---- is ------------------------------------------------------------------------------------ */

static bool parse_state(struct parser *parser, struct draft_test *test)
{
    const struct draft_reading *reading = test_reading(test);
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
    const struct draft_reading *reading = test_reading(test);
    struct word word = parser_peek(parser);
    const char *name = name_of(parser, test);
    if (word.kind != WORD_NUMBER)
        return parser_refuse(parser, &word, CODE_NOT_A_NUMBER,
                             arena_print(parser->arena, "%s is a number, it has no states.", name),
                             "compare it with above, below, at least, at most, inside or outside",
                             "");
    if (reading->unit != NULL && test->summary != RULES_COUNT)
        return parser_tell(parser, word.place, CODE_NOT_A_NUMBER,
                           arena_print(parser->arena,
                                       "%s is measured in %s, and hardly ever exactly one number.",
                                       name, reading->unit->name),
                           "write \"at least\", \"at most\" or \"inside\"", "");
    return parse_subject_value(parser, test, UNIT_POINT, &test->value);
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

/* `missing`, `stuck within 0.05 °C` … */
static bool parse_special(struct parser *parser, struct draft_test *test,
                          const struct choice *special, uint32_t word, struct place place)
{
    test->is_not = test->kind == RULES_IS_NOT;
    test->kind = special->value;
    test->word = word;
    test->comparison = special->phrase;
    test->predicate = place_from_to(&test->predicate, &place);
    if (test->summary != RULES_NO_SUMMARY)
        return refuse_summary(parser, test,
                              arena_print(parser->arena, "\"is %s\"", special->phrase));
    bool needs_number = test->kind == RULES_STUCK || test->kind == RULES_UNUSUAL;
    if (needs_number && !is_a_number(test))
        return parser_tell(parser, place, CODE_NOT_A_NUMBER,
                           arena_print(parser->arena, "%s is not a number.", name_of(parser, test)),
                           arena_print(parser->arena, "only a number can be %s", special->phrase),
                           "");
    if (test->kind != RULES_STUCK || !parser_take_keyword(parser, "within"))
        return true;
    if (!parse_subject_value(parser, test, UNIT_DIFFERENCE, &test->value))
        return false;
    test->predicate = place_from_to(&test->predicate, &test->value.place);
    if (test->value.kind == RULES_CONSTANT && test->value.number < 0)
        return parser_tell(parser, test->value.place, CODE_RANGE, "A width is not below 0.",
                           "leave the minus out", "");
    return true;
}

static bool parse_is(struct parser *parser, struct draft_test *test)
{
    const struct place is_place = test->predicate;
    const struct draft_reading *reading = test_reading(test);
    test->kind = parser_take_keyword(parser, "not") ? RULES_IS_NOT : RULES_IS;
    struct word word = parser_peek(parser);
    bool is_listed = false;
    for (uint32_t i = 0; i < reading->words_count; i++)
        is_listed |= text_equal_ignoring_case(reading->words[i], word.text);
    for (size_t i = 0; !is_listed && i < sizeof specials_of / sizeof specials_of[0]; i++) {
        struct choices one = {&specials_of[i].choice, 1, CODE_STATE, "a state"};
        struct place place;
        if (parser_match(parser, &one, &place) != NULL)
            return parse_special(parser, test, &specials_of[i].choice, specials_of[i].word, place);
    }
    if (!is_listed && word_is(&word, "unusually")) {
        static const struct text ways[] = {{"high", 4}, {"low", 3}};
        parser_take(parser);
        struct word behind = parser_peek(parser);
        return parser_refuse_expected(parser, &behind, CODE_STATE, "\"high\" or \"low\"", ways, 2,
                                      "");
    }
    if (reading->kind == RULES_NUMBER &&
        tell_is_too_many(parser, &is_place, test->kind == RULES_IS_NOT))
        return false;
    if (is_a_number(test))
        return parse_number_state(parser, test);
    return reading->kind == RULES_STATE ? parse_state(parser, test)
                                        : parse_text_state(parser, test);
}

/* ---- all ----------------------------------------------------------------------------------- */

/* `door open`, `pressure stuck`, `except while running`: the "is" was left out. True: told. */
static bool tell_is_left_out(struct parser *parser, const struct draft_test *test)
{
    const struct draft_reading *reading = test_reading(test);
    struct word word = parser_peek(parser);
    bool is_one = false;
    for (uint32_t i = 0; i < reading->words_count; i++)
        is_one |= text_equal_ignoring_case(reading->words[i], word.text);
    for (size_t i = 0; i < sizeof specials_of / sizeof specials_of[0]; i++)
        is_one |= word_is(&word, specials_of[i].choice.phrase);
    if (word.kind == WORD_NAME && (is_one || word_is(&word, "not")))
        return !parser_tell(
            parser, word.place, CODE_COMPARISON, "\"is\" is missing here.",
            arena_print(parser->arena, "write \"is %.*s\"", TEXT_ARGUMENTS(word.text)), "");
    if (word.kind == WORD_END && reading->kind == RULES_STATE)
        return !parser_tell(parser, test->subject, CODE_COMPARISON,
                            arena_print(parser->arena, "%s is what? It is read as %.*s.",
                                        name_of(parser, test),
                                        TEXT_ARGUMENTS(states_of(parser, reading))),
                            arena_print(parser->arena, "write \"%s is %.*s\"",
                                        name_of(parser, test), TEXT_ARGUMENTS(reading->words[0])),
                            "");
    return false;
}

bool parse_predicate(struct parser *parser, struct draft_test *test)
{
    struct word word = parser_peek(parser);
    struct place place;
    if (word_is(&word, "will")) /* kept for looking ahead */
        return parser_refuse_later(parser, word.place);
    if (tell_is_left_out(parser, test))
        return false;
    const struct choice *choice = parser_choose(parser, &comparisons, &place);
    if (choice == NULL)
        return false;
    test->comparison = choice->phrase;
    test->predicate = place;
    if (choice->value == IS)
        return parse_is(parser, test);
    test->kind = choice->value;
    if (!is_a_number(test))
        return refuse_not_a_number(parser, test, place);
    if (choice->value == DIFFERS)
        return parse_differs(parser, test);
    return test->kind <= RULES_OUTSIDE ? parse_limit(parser, test) : parse_change(parser, test);
}

bool parser_sees_predicate(const struct parser *parser)
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

bool parser_sees_misspelt_predicate(struct parser *parser)
{
    struct word word = parser_peek(parser);
    struct text readings[RULES_READINGS_MAX], phrases[16];
    size_t count = parser->group != NULL ? group_list_readings(parser->group, readings) : 0;
    for (size_t i = 0; i < comparisons.count; i++)
        phrases[i] = text_of(comparisons.rows[i].phrase);
    return word.kind == WORD_NAME && !word_is(&word, "silent") && !name_is_keyword(word.text) &&
           (parser->group == NULL || group_find_reading(parser->group, word.text) < 0) &&
           *messages_suggest(parser->arena, word.text, readings, count) == '\0' &&
           *messages_suggest(parser->arena, word.text, phrases, comparisons.count) != '\0';
}
