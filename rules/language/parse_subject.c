/* Whose value a test is about (RULES section 5): a reading of the block's group or of another one,
 * of any or every device, or a summary. See parse_condition.h. */
#include "rules/language/parse_condition.h"

static const struct choice summary_rows[] = {
    {"average", RULES_AVERAGE, NOW},       {"minimum", RULES_MINIMUM, NOW},
    {"maximum", RULES_MAXIMUM, NOW},       {"median", RULES_MEDIAN, NOW},
    {"total", RULES_TOTAL, NOW},           {"count", RULES_COUNT, NOW},
    {"spread", RULES_SPREAD, NOW},         {"deviation", RULES_DEVIATION, NOW},
    {"first", RULES_FIRST, NOW},           {"last", RULES_LAST, NOW},
    {"change", RULES_CHANGE, NOW},         {"kinetic-mean", RULES_KINETIC_MEAN, NOW},
    {"percentile", RULES_PERCENTILE, NOW},
};
const struct choices summary_choices = CHOICES(summary_rows, CODE_SUMMARY, "a summary");

bool parse_percentile(struct parser *parser, double *percentile)
{
    struct word word = parser_peek(parser);
    if (word.kind != WORD_NUMBER)
        return parser_refuse_expected(parser, &word, CODE_EXPECTED, "a number from 0 to 100", NULL,
                                      0, "For example: percentile 95 of temperature");
    if (!(word.number >= 0 && word.number <= 100))
        return parser_tell(
            parser, word.place, CODE_NUMBER_RANGE,
            arena_print(parser->arena, "There is no percentile %.*s.", TEXT_ARGUMENTS(word.text)),
            "write a number from 0 to 100", "");
    parser_take(parser);
    *percentile = word.number;
    return true;
}

struct draft_reading *test_reading(const struct draft_test *test)
{
    return test->group->readings[test->reading];
}

/* `the temperature`. True: told. */
static bool tell_article(struct parser *parser, const struct word *word)
{
    static const char *const articles[] = {"the", "a", "an"};
    for (size_t i = 0; i < sizeof articles / sizeof articles[0]; i++) {
        if (!word_is(word, articles[i]) ||
            (parser->group != NULL && group_find_reading(parser->group, word->text) >= 0))
            continue;
        parser_tell(parser, word->place, CODE_READING,
                    arena_print(parser->arena, "A reading has no \"%.*s\" in front.",
                                TEXT_ARGUMENTS(word->text)),
                    arena_print(parser->arena, "leave \"%.*s\" out", TEXT_ARGUMENTS(word->text)),
                    "");
        return true;
    }
    return false;
}

/* `slient for …`. True: told. */
static bool tell_misspelt_silent(struct parser *parser, const struct word *word)
{
    if (word->kind != WORD_NAME ||
        *messages_suggest(parser->arena, word->text, &TEXT("silent"), 1) == '\0' ||
        (parser->group != NULL && group_find_reading(parser->group, word->text) >= 0))
        return false;
    parser_refuse_expected(parser, word, CODE_READING, "a reading or \"silent\"", &TEXT("silent"),
                           1, "");
    return true;
}

/* The group behind `of`, which stands behind the reading; else the block's. */
static struct draft_group *find_subject_group(struct parser *parser, struct draft_test *test)
{
    struct reader before = parser->reader;
    struct word name = parser_take(parser), of = parser_peek(parser);
    struct draft_group *group = parser->group;
    if (word_is(&of, "of")) {
        parser_take(parser);
        group = parse_group_name(parser);
        test->names_group = true;
    } else if (group == NULL && (word_is(&name, "all") || word_is(&name, "each"))) {
        parser_tell(
            parser, name.place, CODE_QUANTIFIER,
            arena_print(parser->arena, "I don't know \"%.*s\" here.", TEXT_ARGUMENTS(name.text)),
            "write \"every\", a reading, \"of\" and the name of a group", "");
    } else if (group == NULL) {
        parser_refuse(parser, &name, CODE_GROUP,
                      arena_print(parser->arena,
                                  "Which sensors? Nothing here says of which group \"%.*s\" is.",
                                  TEXT_ARGUMENTS(name.text)),
                      arena_print(parser->arena, "write \"%.*s of\" and the name of a group",
                                  TEXT_ARGUMENTS(name.text)),
                      "");
    }
    parser->reader = before;
    return group;
}

bool parser_tell_unfit_summary(struct parser *parser, uint32_t summary,
                               const struct draft_reading *reading, struct place place)
{
    if (summary == RULES_NO_SUMMARY || summary == RULES_COUNT)
        return false;
    if (reading->kind != RULES_NUMBER) {
        parser_tell(
            parser, place, CODE_NOT_A_NUMBER,
            arena_print(parser->arena, "%.*s is not a number.", TEXT_ARGUMENTS(reading->name)),
            "only \"count\" can be said of it", "");
        return true;
    }
    if (summary != RULES_KINETIC_MEAN || unit_same_kind(reading->unit, unit_find(TEXT("°C"))))
        return false;
    parser_tell(
        parser, place, CODE_SUMMARY,
        arena_print(parser->arena, "%.*s is not a temperature.", TEXT_ARGUMENTS(reading->name)),
        "write \"average\" in place of \"kinetic-mean\"", "");
    return true;
}

static bool parse_over(struct parser *parser, struct draft_test *test)
{
    struct word over = parser_peek(parser);
    if (!word_is(&over, "over"))
        return true;
    parser_take(parser);
    struct word number = parser_peek(parser);
    if (test->summary == RULES_NO_SUMMARY && number.kind == WORD_NUMBER) {
        /* `temperature over 5 °C`, or a summary whose name was left out. */
        struct duration ignored;
        struct parser trial = *parser;
        struct messages silenced = {0};
        trial.messages = &silenced;
        if (!parse_duration(&trial, &ignored))
            return parser_refuse_expected(parser, &over, CODE_COMPARISON, "a comparison",
                                          &TEXT("above"), 1,
                                          "You can write: above, below, at least, at most, inside, "
                                          "outside, is, rises, falls, changes or differs.");
        return parser_tell(parser, test->subject, CODE_SUMMARY,
                           "\"over\" needs to know what to make of all the readings.",
                           arena_print(parser->arena, "write \"average of %.*s\"",
                                       TEXT_ARGUMENTS(test_reading(test)->name)),
                           "");
    }
    struct duration duration;
    if (test->summary == RULES_NO_SUMMARY)
        return parser_refuse_expected(parser, &over, CODE_COMPARISON, "a comparison",
                                      &TEXT("above"), 1,
                                      "You can write: above, below, at least, at most, inside, "
                                      "outside, is, rises, falls, changes or differs.");
    if (!parse_duration(parser, &duration))
        return false;
    test->has_over = true;
    test->in_ms = duration.ms;
    test->subject = place_from_to(&test->subject, &duration.whole);
    return true;
}

bool parse_subject(struct parser *parser, struct draft_test *test)
{
    static const struct choice quantifier_rows[] = {{"any", RULES_ANY, NOW},
                                                    {"every", RULES_EVERY, NOW}};
    static const struct choices quantifiers = CHOICES(quantifier_rows, CODE_READING, "a reading");
    struct word first = parser_peek(parser), word;
    const struct choice *choice = parser_match(parser, &quantifiers, NULL);
    test->quantifier = choice != NULL ? choice->value : RULES_THE;
    choice = parser_match(parser, &summary_choices, NULL);
    test->summary = choice != NULL ? choice->value : RULES_NO_SUMMARY;
    if (test->summary == RULES_PERCENTILE && !parse_percentile(parser, &test->percentile))
        return false;
    if (choice != NULL)
        parser_take_keyword(parser, "of");
    word = parser_peek(parser);
    if (tell_article(parser, &word) || tell_misspelt_silent(parser, &word))
        return false;
    if (word.kind != WORD_NAME || name_is_keyword(word.text))
        return parser_refuse_expected(parser, &word, CODE_READING, "a reading", NULL, 0, "");
    test->group = find_subject_group(parser, test);
    if (test->group == NULL || test->group->is_broken ||
        !parse_reading_of(parser, test->group, &test->reading, &word))
        return false;
    test->subject = place_from_to(&first.place, &word.place);
    if (test->names_group) {
        parser_take(parser);
        struct word group = parser_take(parser);
        test->subject = place_from_to(&test->subject, &group.place);
    }
    if (parser_tell_unfit_summary(parser, test->summary, test_reading(test), word.place))
        return false;
    return parse_over(parser, test);
}

bool parse_least(struct parser *parser, struct draft_test *test)
{
    struct word on = parser_peek(parser);
    if (!word_is(&on, "on"))
        return true;
    parser_take(parser);
    struct word number = parser_peek(parser);
    if (number.kind != WORD_NUMBER)
        return parser_refuse_expected(parser, &number, CODE_EXPECTED, "a number of devices", NULL,
                                      0, "For example: on 3 or more, on 50 % or more");
    parser_take(parser);
    struct word percent = parser_peek(parser);
    test->least_is_percent = word_is(&percent, "%") || word_is(&percent, "percent");
    test->least = number.number;
    const char *unit = "";
    if (test->least_is_percent) {
        parser_take(parser);
        unit = " %";
    }
    bool is_good =
        test->least_is_percent
            ? number.number > 0 && number.number <= 100
            : number.number >= 1 && number.number <= RULES_DEVICES_MAX && number.decimals == 0;
    if (!is_good)
        return parser_tell(parser, number.place, CODE_NUMBER_RANGE,
                           arena_print(parser->arena, "%.*s%s can't be a number of devices.",
                                       TEXT_ARGUMENTS(number.text), unit),
                           test->least_is_percent ? "write more than 0 % and at most 100 %"
                                                  : "write a whole number from 1 to 10000",
                           "");
    if (parser_take_keyword(parser, "or")) {
        struct word more = parser_peek(parser);
        if (!parser_expect_keyword(parser, "more"))
            return false;
        test->predicate = place_from_to(&test->predicate, &more.place);
        return true;
    }
    if (test->least_is_percent)
        return true;
    return parser_tell(
        parser, place_from_to(&on.place, &number.place), CODE_EXPECTED,
        "Exactly that many, or more?",
        arena_print(parser->arena, "write \"on %.*s or more\"", TEXT_ARGUMENTS(number.text)), "");
}
