/* The block `report` (RULES section 11). See parser.h. */
#include "rules/language/checker.h"
#include "rules/language/parse_like.h"
#include "rules/language/parse_options.h"
#include "rules/language/scope.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)
#define WEEK_MS (7 * DAY_MS)

static struct draft_report *find_report(const struct draft *draft, struct text name)
{
    for (uint32_t i = 0; i < draft->reports_count; i++) {
        if (text_equal_ignoring_case(draft->reports[i]->name, name))
            return draft->reports[i];
    }
    return NULL;
}

bool parse_report(struct parser *parser)
{
    struct draft *draft = parser->draft;
    struct word name;
    if (!parser_expect_name(parser, "a name for this report", &name))
        return false;
    const struct draft_report *other = find_report(draft, name.text);
    if (other != NULL)
        return parser_tell(parser, name.place, CODE_REPORT_TWICE,
                           arena_print(parser->arena,
                                       "There is already a report called \"%.*s\", on line %u.",
                                       TEXT_ARGUMENTS(name.text), other->place.line + 1),
                           "give this one another name", "");
    if (draft->reports_count == RULES_REPORTS_MAX)
        return parser_tell(
            parser, name.place, CODE_TOO_MANY,
            arena_print(parser->arena, "There can be at most %d reports.", RULES_REPORTS_MAX),
            "put several \"send\" lines into one report", "");
    struct draft_report *report = must_arena_allocate(parser->arena, sizeof *report);
    *report = (struct draft_report){.name = name.text, .place = name.place, .wait_ms = 30000};
    report->items = must_arena_allocate(parser->arena, RULES_ITEMS_MAX * sizeof *report->items);
    draft->reports[draft->reports_count++] = report;
    parser->report = report;
    report->is_broken = true;
    if (parser_take_keyword(parser, "like") && !parse_like_report(parser))
        return false;
    struct word word = parser_peek(parser);
    if (word.kind == WORD_END && report->like != NULL) {
        report->group = parser->group = report->like->group;
        report->scope = report->like->scope;
        report->is_broken = false;
        return true;
    }
    if (parser_tell_split_name(parser, &name) || !parser_expect_keyword(parser, "on"))
        return false;
    struct draft_group *group = parse_group_name(parser);
    if (group == NULL)
        return false;
    report->scope.group = group;
    if ((parser_take_keyword(parser, "where") && !parse_where(parser, &report->scope)) ||
        !parser_expect_end(parser))
        return false;
    report->group = parser->group = group;
    report->is_broken = false;
    return true;
}

void finish_report(struct parser *parser)
{
    struct draft_report *report = parser->report;
    if (report->group->is_broken || report->has_lost_lines)
        return;
    const char *missing = report->every_ms == 0      ? "how often to send it"
                          : report->items_count == 0 ? "what to send"
                                                     : NULL;
    if (missing != NULL)
        parser_tell(parser, report->place, CODE_BLOCK_EMPTY,
                    arena_print(parser->arena, "%.*s does not say %s.",
                                TEXT_ARGUMENTS(report->name), missing),
                    report->every_ms == 0 ? "add a line such as: every 5 minutes"
                                          : "add a line such as: send average of temperature",
                    "");
    for (uint32_t i = 0; missing == NULL && i < report->items_count; i++)
        scope_judge(parser, &report->scope, &report->items[i].when, false);
    if (report->has_change && report->scope.is_set)
        parser_tell(parser, report->change.place, CODE_QUANTIFIER,
                    "Several devices share this report, so there is no one value that changes.",
                    "leave \"or when\" out, or make a report without \"by\" for it", "");
}

/* Windows stand on marks of the clock, so a whole number of them makes an hour or a day. */
static bool is_period(int64_t every_ms)
{
    return DAY_MS % every_ms == 0 || every_ms == WEEK_MS;
}

/* Periods that people use, shortest first. */
static const int64_t periods_ms[] = {
    1000,        2000,        5000,         10000,     15000,       20000,       30000,
    60000,       2 * 60000,   3 * 60000,    5 * 60000, 6 * 60000,   10 * 60000,  12 * 60000,
    15 * 60000,  20 * 60000,  30 * 60000,   HOUR_MS,   2 * HOUR_MS, 3 * HOUR_MS, 4 * HOUR_MS,
    6 * HOUR_MS, 8 * HOUR_MS, 12 * HOUR_MS, DAY_MS,    WEEK_MS,
};

static bool refuse_period(struct parser *parser, const struct duration *every)
{
    size_t last = sizeof periods_ms / sizeof periods_ms[0] - 1, longer = 0;
    while (longer < last && periods_ms[longer] < every->ms)
        longer++;
    const char *remedy = arena_print(parser->arena, "write \"%s\"",
                                     messages_duration(parser->arena, periods_ms[longer]));
    if (longer > 0 && periods_ms[longer] > every->ms)
        remedy = arena_print(parser->arena, "write \"%s\" or \"%s\"",
                             messages_duration(parser->arena, periods_ms[longer - 1]),
                             messages_duration(parser->arena, periods_ms[longer]));
    return parser_tell(parser, every->whole, CODE_PERIOD,
                       "The period of a report must go into an hour or a day without a rest.",
                       remedy, "");
}

/* `over 1 minute`: a moving window. */
static bool parse_over(struct parser *parser, const struct duration *every)
{
    struct duration over;
    if (!parse_duration(parser, &over))
        return false;
    if (over.ms < every->ms)
        return parser_tell(parser, over.whole, CODE_PERIOD,
                           "This window is shorter than the time between two reports.",
                           arena_print(parser->arena, "write \"%s\" or more",
                                       messages_duration(parser->arena, every->ms)),
                           "");
    if (over.ms % every->ms != 0 || over.ms / every->ms > RULES_PANES_MAX)
        return parser_tell(parser, over.whole, CODE_PERIOD,
                           arena_print(parser->arena,
                                       "A moving window is a whole number of times as long as the "
                                       "time between two reports, at most %d times.",
                                       RULES_PANES_MAX),
                           "change one of the two", "");
    parser->report->over_ms = over.ms == every->ms ? 0 : over.ms;
    return true;
}

/* `at 06:00`: into a period of a day or more of the clock. */
static bool parse_at(struct parser *parser, const struct duration *every)
{
    struct word clock = parser_peek(parser);
    if (clock.kind != WORD_CLOCK)
        return parser_refuse_expected(parser, &clock, CODE_EXPECTED, "a time of day", NULL, 0,
                                      "For example: every 1 day at 06:00");
    int hour = 0, minute = 0;
    size_t i = 0;
    for (; i < clock.text.length && clock.text.bytes[i] != ':'; i++)
        hour = hour < 100 ? hour * 10 + (clock.text.bytes[i] - '0') : hour;
    size_t colon = i++;
    for (; i < clock.text.length; i++)
        minute = minute < 100 ? minute * 10 + (clock.text.bytes[i] - '0') : minute;
    if (hour > 23 || minute > 59 || clock.text.length - colon != 3)
        return parser_tell(
            parser, clock.place, CODE_NUMBER_RANGE,
            arena_print(parser->arena, "There is no time %.*s.", TEXT_ARGUMENTS(clock.text)),
            "write a time from 00:00 to 23:59", "");
    int64_t at_ms = hour * HOUR_MS + minute * INT64_C(60000);
    if (at_ms >= every->ms)
        return parser_tell(parser, clock.place, CODE_PERIOD,
                           arena_print(parser->arena, "A report every %s begins anew before %.*s.",
                                       messages_duration(parser->arena, every->ms),
                                       TEXT_ARGUMENTS(clock.text)),
                           "write \"every 1 day\", or leave \"at\" out", "");
    parser_take(parser);
    parser->report->at_ms = at_ms;
    return true;
}

/* `or when temperature changes more than 1 °C` */
static bool parse_or_when(struct parser *parser)
{
    struct draft_report *report = parser->report;
    struct word word;
    if (!parser_expect_keyword(parser, "when") ||
        !parse_reading_name(parser, &report->change_reading, &word))
        return false;
    const struct draft_reading *reading = report->group->readings[report->change_reading];
    if (reading->kind != RULES_NUMBER)
        return parser_tell(
            parser, word.place, CODE_NOT_A_NUMBER,
            arena_print(parser->arena, "%.*s is not a number.", TEXT_ARGUMENTS(reading->name)),
            "only a number changes by so much", "");
    if (!parser_expect_keyword(parser, "changes") || !parser_expect_keyword(parser, "more") ||
        !parser_expect_keyword(parser, "than") ||
        !parse_amount(parser, reading, UNIT_DIFFERENCE, &report->change))
        return false;
    if (report->change.number <= 0)
        return parser_tell(parser, report->change.place, CODE_RANGE, "A change is more than 0.",
                           "write a larger number", "");
    report->has_change = true;
    return true;
}

static bool parse_every(struct parser *parser)
{
    struct duration every;
    if (parser->group->is_broken || !parse_duration(parser, &every))
        return false;
    if (every.ms < 1000 || !is_period(every.ms))
        return refuse_period(parser, &every);
    parser->report->every_ms = every.ms;
    return (!parser_take_keyword(parser, "over") || parse_over(parser, &every)) &&
           (!parser_take_keyword(parser, "at") || parse_at(parser, &every)) &&
           (!parser_take_keyword(parser, "or") || parse_or_when(parser)) &&
           parser_expect_end(parser);
}

/* `by store`, `by site` */
static bool parse_report_by(struct parser *parser)
{
    struct draft_scope *scope = &parser->report->scope;
    struct word word = parser_peek(parser);
    if (parser->group->is_broken)
        return false;
    if (word_is(&word, "site") && group_find_name(parser->group, word.text) < 0) {
        parser_take(parser);
        scope->is_set = true;
        return parser_expect_end(parser);
    }
    return parse_by(parser, scope) && parser_expect_end(parser);
}

static bool parse_wait(struct parser *parser)
{
    return parse_duration_ms(parser, &parser->report->wait_ms) && parser_expect_end(parser);
}

/* ---- send ----------------------------------------------------------------------------------- */

static bool add_item(struct parser *parser, const struct draft_item *item)
{
    struct draft_report *report = parser->report;
    for (uint32_t i = 0; i < report->items_count; i++) {
        const struct draft_item *other = &report->items[i];
        if (other->kind == item->kind && other->summary == item->summary &&
            other->reading == item->reading && other->percentile == item->percentile &&
            text_equal(other->text, item->text))
            return true;
    }
    if (report->items_count == RULES_ITEMS_MAX)
        return parser_tell(
            parser, parser->first.place, CODE_TOO_MANY,
            arena_print(parser->arena, "A report can send at most %d summaries.", RULES_ITEMS_MAX),
            "make two reports of it", "");
    report->items[report->items_count++] = *item;
    return true;
}

static struct text condition_text(struct parser *parser, struct reader reader)
{
    const char *text = "";
    for (struct word word = reader_next(&reader); word.kind != WORD_END;
         word = reader_next(&reader)) {
        const char *quote = word.kind == WORD_TEXT ? "\"" : "";
        text = arena_print(parser->arena, "%s%s%s%.*s%s", text, *text != '\0' ? " " : "", quote,
                           TEXT_ARGUMENTS(word.text), quote);
    }
    return text_of(text);
}

/* `time while temperature above 5 °C` */
static bool parse_time_while(struct parser *parser)
{
    struct draft_item item = {.kind = RULES_ITEM_TIME_WHILE, .summary = RULES_NO_SUMMARY};
    item.text = condition_text(parser, parser->reader);
    return parse_condition(parser, &item.when, NULL) && parser_expect_end(parser) &&
           checker_judge_moment(parser, &item.when) && add_item(parser, &item);
}

static bool parse_raw(struct parser *parser)
{
    struct draft_item item = {.kind = RULES_ITEM_RAW, .summary = RULES_NO_SUMMARY};
    struct word word;
    parser_take_keyword(parser, "of");
    return parse_reading_name(parser, &item.reading, &word) && parser_expect_end(parser) &&
           add_item(parser, &item);
}

/* `average, minimum and maximum of temperature` */
static bool parse_summaries(struct parser *parser)
{
    struct draft_item items[RULES_ITEMS_MAX];
    uint32_t count = 0, reading;
    struct word word;
    do {
        const struct choice *choice = parser_choose(parser, &summary_choices, NULL);
        if (choice == NULL)
            return false;
        if (count == RULES_ITEMS_MAX)
            return parser_tell(parser, parser->first.place, CODE_TOO_MANY,
                               arena_print(parser->arena, "A report can send at most %d summaries.",
                                           RULES_ITEMS_MAX),
                               "make two lines of it", "");
        items[count] = (struct draft_item){.summary = choice->value};
        if (choice->value == RULES_PERCENTILE &&
            !parse_percentile(parser, &items[count].percentile))
            return false;
        count++;
        parser_take_keyword(parser, "and");
        word = parser_peek(parser);
    } while (!word_is(&word, "of") && word.kind != WORD_END &&
             group_find_reading(parser->group, word.text) < 0);
    if (!parser_expect_keyword(parser, "of") || !parse_reading_name(parser, &reading, &word))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        items[i].reading = reading;
        if (parser_tell_unfit_summary(parser, items[i].summary, parser->group->readings[reading],
                                      word.place) ||
            !add_item(parser, &items[i]))
            return false;
    }
    return parser_expect_end(parser);
}

static bool read_send(struct parser *parser)
{
    if (parser->group->is_broken)
        return false;
    struct word word = parser_peek(parser), second = parser_peek_second(parser);
    if (word_is(&word, "time") && word_is(&second, "while")) {
        parser_take(parser);
        parser_take(parser);
        return parse_time_while(parser);
    }
    return parser_take_keyword(parser, "raw") ? parse_raw(parser) : parse_summaries(parser);
}

static bool parse_send(struct parser *parser)
{
    bool is_read = read_send(parser);
    parser->report->has_lost_lines |= !is_read;
    return is_read;
}

static bool parse_report_tags(struct parser *parser)
{
    return parse_tags(parser, parser->report->tags, &parser->report->tags_count);
}

static const struct line_row rows_of_report[] = {
    {"every", parse_every, NOW, true, 0},       {"by", parse_report_by, NOW, true, 0},
    {"wait", parse_wait, NOW, true, 0},         {"send", parse_send, NOW, false, 0},
    {"except", parse_except, NOW, false, 1},    {"only", parse_only, NOW, false, 1},
    {"tags", parse_report_tags, NOW, false, 0},
};
const struct line_table report_lines = {
    "a report", "A report line looks like:  send average, minimum, maximum of temperature",
    LINES(rows_of_report)};
