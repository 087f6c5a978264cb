/* How long a condition holds (RULES section 6). See parser.h. */
#include "rules/language/parser.h"

#define COUNT_MAX 1000

/* `6`, in front of `times` or `readings`. */
static bool parse_hold_count(struct parser *parser, const char *what, struct draft_hold *hold)
{
    struct word number = parser_peek(parser);
    if (!parser_expect_count(parser, what, 1, COUNT_MAX, &hold->count))
        return false;
    hold->number = number.place;
    struct word behind = parser_take(parser);
    hold->whole = place_from_to(&number.place, &behind.place);
    return true;
}

static bool parse_window(struct parser *parser, struct draft_hold *hold)
{
    struct duration window;
    if (!parser_expect_keyword(parser, "in"))
        return false;
    parser_take_keyword(parser, "any");
    if (!parse_duration(parser, &window))
        return false;
    hold->in_ms = window.ms;
    hold->whole = place_from_to(&hold->whole, &window.whole);
    return true;
}

/* `6 times in 1 hour` */
static bool parse_times(struct parser *parser, struct draft_hold *hold)
{
    hold->kind = RULES_HOLD_TIMES;
    return parse_hold_count(parser, "a number of times", hold) && parse_window(parser, hold);
}

/* `more than 6 times`: the number itself is what is counted to. True: told. */
static bool tell_more_times(struct parser *parser)
{
    struct reader reader = parser->reader;
    struct word more = reader_next(&reader), than = reader_next(&reader),
                number = reader_next(&reader), times = reader_next(&reader);
    if (!word_is(&more, "more") || !word_is(&than, "than") || number.kind != WORD_NUMBER ||
        !word_is(&times, "times"))
        return false;
    parser_tell(parser, place_from_to(&more.place, &times.place), CODE_EXTRA,
                "The alarm comes with the last of so many times.",
                arena_print(parser->arena, "write \"%.*s times\"", TEXT_ARGUMENTS(number.text)),
                "");
    return true;
}

/* `for a total of 90 % in any 1 hour`: works the length out. */
static bool refuse_percent_of_total(struct parser *parser, const struct word *number)
{
    struct word percent = parser_take(parser);
    struct parser trial = *parser;
    struct messages silenced = {0};
    struct draft_hold hold = {0};
    trial.messages = &silenced;
    const char *mark = "write a length of time, for example \"54 minutes\"";
    if (parse_window(&trial, &hold) && number->number > 0 && number->number <= 100) {
        double part = (double)hold.in_ms * number->number / 100 / 1000;
        mark = arena_print(parser->arena, "write \"%s\"",
                           messages_duration(parser->arena, (int64_t)(part + 0.5) * 1000));
    }
    return parser_tell(parser, place_from_to(&number->place, &percent.place), CODE_TOTAL,
                       "A total is a length of time, not a part of its window.", mark, "");
}

/* `a total of 4 hours in any 24 hours` */
static bool parse_total(struct parser *parser, struct draft_hold *hold)
{
    parser_take_keyword(parser, "a");
    parser_take(parser);
    if (!parser_expect_keyword(parser, "of"))
        return false;
    struct reader before = parser->reader;
    struct word number = parser_take(parser), unit = parser_peek(parser);
    if (number.kind == WORD_NUMBER && (word_is(&unit, "%") || word_is(&unit, "percent")))
        return refuse_percent_of_total(parser, &number);
    parser->reader = before;
    struct duration total;
    if (!parse_duration(parser, &total))
        return false;
    hold->kind = RULES_HOLD_TOTAL;
    hold->for_ms = total.ms;
    hold->number = total.number;
    hold->whole = total.whole;
    if (!parse_window(parser, hold))
        return false;
    if (hold->for_ms > hold->in_ms)
        return parser_tell(parser, total.whole, CODE_TOTAL,
                           arena_print(parser->arena, "%s never fit into %s.",
                                       messages_duration(parser->arena, hold->for_ms),
                                       messages_duration(parser->arena, hold->in_ms)),
                           "the total is shorter than the window that it is counted in", "");
    return true;
}

bool parse_hold(struct parser *parser, struct draft_condition *condition)
{
    struct draft_hold *hold = &condition->hold;
    struct word word = parser_peek(parser), second = parser_peek_second(parser);
    if (word.kind == WORD_NUMBER && word_is(&second, "times"))
        return parse_times(parser, hold);
    if (tell_more_times(parser))
        return false;
    if (!parser_take_keyword(parser, "for"))
        return true;
    word = parser_peek(parser);
    second = parser_peek_second(parser);
    if (word.kind == WORD_NUMBER && (word_is(&second, "readings") || word_is(&second, "reading"))) {
        hold->kind = RULES_HOLD_READINGS;
        return parse_hold_count(parser, "a number of readings", hold);
    }
    if (word.kind == WORD_NUMBER && word_is(&second, "times")) {
        parser_tell(parser, place_from_to(&word.place, &second.place), CODE_EXTRA,
                    "A number of times has no \"for\" in front.",
                    arena_print(parser->arena, "write \"%.*s times in 1 hour\" without \"for\"",
                                TEXT_ARGUMENTS(word.text)),
                    "");
        return false;
    }
    if (word_is(&word, "total") || (word_is(&word, "a") && word_is(&second, "total")))
        return parse_total(parser, hold);
    struct duration duration;
    if (!parse_duration(parser, &duration))
        return false;
    hold->kind = RULES_HOLD_FOR;
    hold->for_ms = duration.ms;
    hold->number = duration.number;
    hold->whole = duration.whole;
    return true;
}
