/* Conditions: tests joined by `and` or `or` (RULES section 5). See parse_condition.h. */
#include "rules/language/parse_condition.h"

/* ---- tests without a reading ---------------------------------------------------------------- */

static bool parse_silent(struct parser *parser, struct draft_test *test)
{
    struct word word = parser_take(parser), of = parser_peek(parser);
    *test = (struct draft_test){.kind = RULES_SILENT,
                                .group = parser->group,
                                .summary = RULES_NO_SUMMARY,
                                .subject = word.place,
                                .predicate = word.place,
                                .comparison = "silent"};
    if (word_is(&of, "of")) {
        parser_take(parser);
        struct word name = parser_peek(parser);
        test->group = parse_group_name(parser);
        test->names_group = true;
        if (test->group == NULL)
            return false;
        test->predicate = place_from_to(&word.place, &name.place);
    }
    return parse_least(parser, test);
}

/* `alarm NAME is [not] active [on 3 or more]` */
static bool parse_alarm_test(struct parser *parser, struct draft_test *test)
{
    struct word word = parser_take(parser), name;
    if (!parser_expect_name(parser, "the name of an alarm", &name))
        return false;
    *test = (struct draft_test){.kind = RULES_ALARM,
                                .summary = RULES_NO_SUMMARY,
                                .alarm = name.text,
                                .name = name.place,
                                .subject = place_from_to(&word.place, &name.place),
                                .comparison = "is active"};
    if (!parser_expect_keyword(parser, "is"))
        return false;
    test->is_not = parser_take_keyword(parser, "not");
    word = parser_peek(parser);
    if (!parser_expect_keyword(parser, "active"))
        return false;
    test->predicate = place_from_to(&test->subject, &word.place);
    return parse_least(parser, test);
}

/* ---- endings ------------------------------------------------------------------------------- */

/* What a bare ending speaks of (appendix E, 21). */
static const struct draft_test *last_number_test(const struct draft_condition *condition)
{
    for (uint32_t i = condition->tests_count; i > 0; i--) {
        if (test_has_number(&condition->tests[i - 1]))
            return &condition->tests[i - 1];
    }
    return NULL;
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

/* The whole subject of where the alarm began: what was true of any has to end for every one, and
 * the other way round. */
static void take_subject(struct draft_test *test, const struct draft_test *last)
{
    static const uint32_t turned[] = {
        [RULES_THE] = RULES_THE, [RULES_ANY] = RULES_EVERY, [RULES_EVERY] = RULES_ANY};
    test->group = last->group;
    test->names_group = last->names_group;
    test->quantifier = turned[last->quantifier];
    test->reading = last->reading;
    test->summary = last->summary;
    test->percentile = last->percentile;
    test->has_over = last->has_over;
    test->in_ms = last->has_over ? last->in_ms : 0;
    test->subject = last->subject;
}

static bool parse_bare_test(struct parser *parser, struct draft_test *test,
                            const struct draft_condition *start)
{
    struct word word = parser_peek(parser);
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
    take_subject(test, last);
    return parse_predicate(parser, test);
}

/* ---- all ----------------------------------------------------------------------------------- */

static bool parse_test(struct parser *parser, struct draft_test *test,
                       const struct draft_condition *start)
{
    *test = (struct draft_test){.summary = RULES_NO_SUMMARY};
    struct word word = parser_peek(parser);
    if (word_is(&word, "silent"))
        return parse_silent(parser, test);
    if (word_is(&word, "alarm"))
        return parse_alarm_test(parser, test);
    if (start != NULL && word.kind == WORD_NUMBER)
        return refuse_bare_end(parser, start);
    if (parser_sees_predicate(parser) || (start != NULL && parser_sees_misspelt_predicate(parser)))
        return parse_bare_test(parser, test, start);
    return parse_subject(parser, test) && parse_predicate(parser, test);
}

bool parse_condition(struct parser *parser, struct draft_condition *condition,
                     const struct draft_condition *start)
{
    struct draft_test tests[RULES_TESTS_MAX];
    uint32_t count = 0;
    *condition = (struct draft_condition){0};
    if (!parse_test(parser, &tests[count++], start))
        return false;
    condition->place = place_from_to(&tests[0].subject, &tests[0].predicate);
    for (;;) {
        struct word link = parser_peek(parser), behind = parser_peek_second(parser);
        bool is_or = word_is(&link, "or");
        if (!is_or && !word_is(&link, "and"))
            break;
        if (!is_or && word_is(&behind, "for")) /* `and for 20 minutes after` */
            break;
        if (!is_or && behind.kind == WORD_NUMBER && word_is(&parser->first, "except"))
            return parser_tell(parser, behind.place, CODE_EXPECTED, "\"for\" is missing here.",
                               "write \"and for\", the time and \"after\"", "");
        if (count > 1 && is_or != condition->joined_by_or)
            return parser_tell(
                parser, link.place, CODE_AND_OR,
                "One line can join tests with \"and\" or with \"or\", not both.",
                "write two lines with the same severity: either one raises the alarm", "");
        if (count == RULES_TESTS_MAX)
            return parser_tell(
                parser, link.place, CODE_TOO_MANY,
                arena_print(parser->arena, "A line can have at most %d tests.", RULES_TESTS_MAX),
                "write several lines with the same severity", "");
        condition->joined_by_or = is_or;
        parser_take(parser);
        struct draft_test *test = &tests[count++];
        if (!parse_test(parser, test, NULL))
            return false;
        condition->place = place_from_to(&condition->place, &test->predicate);
    }
    condition->tests = must_arena_allocate(parser->arena, count * sizeof *tests);
    memcpy(condition->tests, tests, count * sizeof *tests);
    condition->tests_count = count;
    return true;
}
