/* The block `report` (RULES section 11). See parser.h. */
#include "rules/language/parser.h"

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
    draft->reports[draft->reports_count++] = report;
    parser->report = report;
    struct word word = parser_peek(parser);
    if (word_is(&word, "like"))
        return parser_refuse_block_later(parser, word.place);
    if (!parser_expect_keyword(parser, "on"))
        return false;
    struct draft_group *group = parse_group_name(parser);
    if (group == NULL)
        return false;
    word = parser_peek(parser);
    if (word_is(&word, "where"))
        return parser_refuse_block_later(parser, word.place);
    if (!parser_expect_end(parser))
        return false;
    report->group = parser->group = group;
    return true;
}

void finish_report(struct parser *parser)
{
    const struct draft_report *report = parser->report;
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

static bool parse_every(struct parser *parser)
{
    struct duration every;
    if (!parse_duration(parser, &every))
        return false;
    struct word word = parser_peek(parser);
    if (word_is(&word, "over") || word_is(&word, "at") || word_is(&word, "or"))
        return parser_refuse_later(parser, word.place);
    if (every.ms < 1000 || !is_period(every.ms))
        return refuse_period(parser, &every);
    parser->report->every_ms = every.ms;
    return parser_expect_end(parser);
}

static bool parse_wait(struct parser *parser)
{
    return parse_duration_ms(parser, &parser->report->wait_ms) && parser_expect_end(parser);
}

static const struct choice summary_rows[] = {
    {"average", RULES_AVERAGE, NOW},
    {"minimum", RULES_MINIMUM, NOW},
    {"maximum", RULES_MAXIMUM, NOW},
    {"count", RULES_COUNT, NOW},
    {"median", 0, LATER},
    {"total", 0, LATER},
    {"spread", 0, LATER},
    {"deviation", 0, LATER},
    {"first", 0, LATER},
    {"last", 0, LATER},
    {"change", 0, LATER},
    {"kinetic-mean", 0, LATER},
    {"percentile", 0, LATER},
    {"time while", 0, LATER},
    {"raw", 0, LATER},
};
static const struct choices summaries = CHOICES(summary_rows, CODE_SUMMARY, "a summary");

static bool report_add_item(struct parser *parser, const struct word *word, uint32_t summary,
                            uint32_t reading_index)
{
    struct draft_report *report = parser->report;
    const struct draft_reading *reading = parser->group->readings[reading_index];
    if (reading->kind != RULES_NUMBER && summary != RULES_COUNT)
        return parser_tell(
            parser, word->place, CODE_NOT_A_NUMBER,
            arena_print(parser->arena, "%.*s is not a number.", TEXT_ARGUMENTS(reading->name)),
            "only \"count\" can be sent of it", "");
    for (uint32_t i = 0; i < report->items_count; i++) {
        if (report->items[i].summary == summary && report->items[i].reading == reading_index)
            return true;
    }
    if (report->items_count == RULES_ITEMS_MAX)
        return parser_tell(
            parser, word->place, CODE_TOO_MANY,
            arena_print(parser->arena, "A report can send at most %d summaries.", RULES_ITEMS_MAX),
            "make two reports of it", "");
    report->items[report->items_count++] =
        (struct rules_item){.summary = summary, .reading = reading_index};
    return true;
}

static bool read_send(struct parser *parser)
{
    uint32_t summary[RULES_ITEMS_MAX], count = 0, reading;
    struct word word;
    if (parser->group->is_broken)
        return false;
    do {
        const struct choice *choice = parser_choose(parser, &summaries, NULL);
        if (choice == NULL)
            return false;
        if (count == RULES_ITEMS_MAX)
            return parser_tell(parser, parser->first.place, CODE_TOO_MANY,
                               arena_print(parser->arena, "A report can send at most %d summaries.",
                                           RULES_ITEMS_MAX),
                               "make two lines of it", "");
        summary[count++] = choice->value;
        parser_take_keyword(parser, "and");
        word = parser_peek(parser);
    } while (!word_is(&word, "of") && word.kind != WORD_END &&
             group_find_reading(parser->group, word.text) < 0);
    if (!parser_expect_keyword(parser, "of") || !parse_reading_name(parser, &reading, &word))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        if (!report_add_item(parser, &word, summary[i], reading))
            return false;
    }
    return parser_expect_end(parser);
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
    {"every", parse_every, NOW, true, 0},       {"by", NULL, LATER, false, 0},
    {"wait", parse_wait, NOW, true, 0},         {"send", parse_send, NOW, false, 0},
    {"except", NULL, LATER, false, 0},          {"only", NULL, LATER, false, 0},
    {"tags", parse_report_tags, NOW, false, 0},
};
const struct line_table report_lines = {
    "a report", "A report line looks like:  send average, minimum, maximum of temperature",
    LINES(rows_of_report)};
