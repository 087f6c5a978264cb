/* Reads the options of an alarm. See parse_options.h. */
#include "rules/language/parse_options.h"

#include "rules/language/checker.h"
#include "rules/language/scope.h"

static struct draft_options *options_of(struct parser *parser)
{
    return &parser->alarm->options;
}

/* A length of time, then the end of the line. */
static bool parse_last_duration(struct parser *parser, int64_t *duration_ms)
{
    return parse_duration_ms(parser, duration_ms) && parser_expect_end(parser);
}

bool parse_clear(struct parser *parser)
{
    static const struct choice rows[] = {{"after", 0, NOW}, {"by hand", 1, NOW}};
    static const struct choices ways = CHOICES(rows, CODE_EXPECTED, "\"after\" or \"by hand\"");
    const struct choice *way = parser_choose(parser, &ways, NULL);
    if (way == NULL)
        return false;
    if (way->value == 0)
        return parse_last_duration(parser, &options_of(parser)->clear_after_ms);
    options_of(parser)->is_latched = true;
    return parser_expect_end(parser);
}

/* ---- except, only -------------------------------------------------------------------------- */

static bool add_suppression(struct parser *parser, const struct draft_suppression *suppression)
{
    struct draft_options *options = parser->alarm != NULL ? options_of(parser) : NULL;
    struct draft_suppression **list =
        options != NULL ? options->suppressions : parser->report->suppressions;
    uint32_t *count =
        options != NULL ? &options->suppressions_count : &parser->report->suppressions_count;
    if (*count == DRAFT_SUPPRESSIONS_MAX)
        return parser_tell(
            parser, suppression->place, CODE_TOO_MANY,
            arena_print(parser->arena,
                        "There can be at most %d lines \"except\" and \"only\" here.",
                        DRAFT_SUPPRESSIONS_MAX),
            "leave some out", "");
    list[*count] = must_arena_allocate(parser->arena, sizeof *suppression);
    *list[(*count)++] = *suppression;
    return true;
}

/* The words of the line, one blank between them. */
static struct text line_text(struct parser *parser, const struct word *first)
{
    struct reader reader = parser->reader;
    reader.line = first->place.line;
    reader.offset = first->offset;
    const char *text = "";
    for (struct word word = reader_next(&reader); word.kind != WORD_END;
         word = reader_next(&reader))
        text = word.kind == WORD_TEXT
                   ? arena_print(parser->arena, "%s%s\"%.*s\"", text, *text != '\0' ? " " : "",
                                 TEXT_ARGUMENTS(word.text))
                   : arena_print(parser->arena, "%s%s%.*s", text, *text != '\0' ? " " : "",
                                 TEXT_ARGUMENTS(word.text));
    return text_of(text);
}

/* `except nothing` drops what defaults brought (E 7). */
static bool drop_defaults(struct parser *parser)
{
    struct draft_options *options = options_of(parser);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < options->suppressions_count; i++) {
        if (!options->suppressions[i]->is_from_defaults)
            options->suppressions[kept++] = options->suppressions[i];
    }
    options->suppressions_count = kept;
    return parser_expect_end(parser);
}

/* `[and for 20 minutes after] [at most 60 minutes]` */
static bool parse_bounds(struct parser *parser, struct draft_suppression *suppression)
{
    struct word word = parser_peek(parser), second = parser_peek_second(parser);
    struct duration settle = {0}, most = {0};
    if (word_is(&word, "for"))
        return parser_tell(parser, word.place, CODE_NEEDS_TIME,
                           "Only what is so at this moment can be asked here.",
                           "for a time after it, write \"and for 20 minutes after\"", "");
    if (word_is(&word, "and") && word_is(&second, "for")) {
        parser_take(parser);
        parser_take(parser);
        if (!parse_duration(parser, &settle) || !parser_expect_keyword(parser, "after"))
            return false;
    }
    word = parser_peek(parser);
    if (word_is(&word, "at")) {
        parser_take(parser);
        if (!parser_expect_keyword(parser, "most") || !parse_duration(parser, &most))
            return false;
        if (most.ms <= settle.ms)
            return parser_tell(parser, most.whole, CODE_OPTION,
                               "The most includes the time after it, and is no longer than that.",
                               "write a longer time behind \"at most\"", "");
    }
    suppression->settle_ms = settle.ms;
    suppression->most_ms = most.ms;
    return true;
}

static bool parse_while(struct parser *parser, struct draft_suppression *suppression)
{
    const struct draft_scope *scope =
        parser->alarm != NULL ? &parser->alarm->scope : &parser->report->scope;
    return parse_condition(parser, &suppression->when, NULL) &&
           (suppression->kind == RULES_ONLY_WHILE || parse_bounds(parser, suppression)) &&
           parser_expect_end(parser) && checker_judge_moment(parser, &suppression->when) &&
           scope_judge(parser, scope, &suppression->when, suppression->is_from_defaults);
}

static bool parse_suppression(struct parser *parser, const struct choices *ways)
{
    struct draft_suppression suppression = {.place = parser->first.place,
                                            .is_from_defaults = parser->in_defaults};
    if (parser->group != NULL && parser->group->is_broken)
        return false;
    const struct choice *way = parser_choose(parser, ways, NULL);
    if (way == NULL)
        return false;
    suppression.kind = way->value;
    suppression.text = line_text(parser, &parser->first);
    if (suppression.kind == RULES_EXCEPT_WHILE || suppression.kind == RULES_ONLY_WHILE)
        return parse_while(parser, &suppression) && add_suppression(parser, &suppression);
    struct word name;
    if (!parser_expect_name(parser, "the name of hours", &name) || !parser_expect_end(parser))
        return false;
    suppression.name = name.text;
    suppression.name_place = name.place;
    return add_suppression(parser, &suppression);
}

bool parse_except(struct parser *parser)
{
    static const struct choice rows[] = {{"during", RULES_EXCEPT_DURING, NOW},
                                         {"while", RULES_EXCEPT_WHILE, NOW}};
    static const struct choices ways = CHOICES(rows, CODE_EXPECTED, "\"during\" or \"while\"");
    if (parser->alarm != NULL && parser_take_keyword(parser, "nothing"))
        return drop_defaults(parser);
    return parse_suppression(parser, &ways);
}

bool parse_only(struct parser *parser)
{
    static const struct choice rows[] = {{"during", RULES_ONLY_DURING, NOW},
                                         {"while", RULES_ONLY_WHILE, NOW}};
    static const struct choices ways = CHOICES(rows, CODE_EXPECTED, "\"during\" or \"while\"");
    return parse_suppression(parser, &ways);
}

/* ---- texts --------------------------------------------------------------------------------- */

bool parse_say(struct parser *parser)
{
    return parse_template(parser, false, &options_of(parser)->say);
}

bool parse_cause(struct parser *parser)
{
    return parse_template(parser, false, &options_of(parser)->cause);
}

bool parse_risk(struct parser *parser)
{
    return parse_template(parser, false, &options_of(parser)->risk);
}

bool parse_action(struct parser *parser)
{
    return parse_template(parser, false, &options_of(parser)->action);
}

/* ---- times --------------------------------------------------------------------------------- */

bool parse_respond(struct parser *parser)
{
    return parser_expect_keyword(parser, "within") &&
           parse_last_duration(parser, &options_of(parser)->respond_ms);
}

bool parse_remind(struct parser *parser)
{
    return parser_expect_keyword(parser, "every") &&
           parse_last_duration(parser, &options_of(parser)->remind_ms);
}

bool parse_acknowledge(struct parser *parser)
{
    static const struct choice rows[] = {{"required", 1, NOW}, {"optional", 0, NOW}};
    static const struct choices ways = CHOICES(rows, CODE_EXPECTED, "\"required\" or \"optional\"");
    const struct choice *choice = parser_choose(parser, &ways, NULL);
    if (choice == NULL)
        return false;
    options_of(parser)->acknowledge_required = choice->value;
    return parser_expect_end(parser);
}

bool parse_shelve(struct parser *parser)
{
    static const struct choice rows[] = {{"never", 0, NOW}, {"at most", 1, NOW}};
    static const struct choices ways = CHOICES(rows, CODE_EXPECTED, "\"at most\" or \"never\"");
    const struct choice *way = parser_choose(parser, &ways, NULL);
    if (way == NULL)
        return false;
    if (way->value == 1)
        return parse_last_duration(parser, &options_of(parser)->shelve_most_ms);
    options_of(parser)->shelve_most_ms = 0;
    return parser_expect_end(parser);
}

#define LIMIT_MAX 1000

bool parse_limit(struct parser *parser)
{
    static const struct choice rows[] = {{"minute", 0, NOW}, {"hour", 1, NOW}, {"day", 2, NOW}};
    static const struct choices periods =
        CHOICES(rows, CODE_EXPECTED, "\"minute\", \"hour\" or \"day\"");
    static const int64_t lengths_ms[] = {60000, 3600000, 86400000};
    uint32_t count;
    if (!parser_expect_count(parser, "a number of alarms", 1, LIMIT_MAX, &count) ||
        !parser_expect_keyword(parser, "per"))
        return false;
    const struct choice *period = parser_choose(parser, &periods, NULL);
    if (period == NULL)
        return false;
    options_of(parser)->limit_count = count;
    options_of(parser)->limit_ms = lengths_ms[period->value];
    return parser_expect_end(parser);
}

/* ---- learned limits ------------------------------------------------------------------------ */

bool parse_sensitivity(struct parser *parser)
{
    static const struct choice rows[] = {{"low", RULES_SENSITIVITY_LOW, NOW},
                                         {"normal", RULES_SENSITIVITY_NORMAL, NOW},
                                         {"high", RULES_SENSITIVITY_HIGH, NOW}};
    static const struct choices levels =
        CHOICES(rows, CODE_EXPECTED, "\"low\", \"normal\" or \"high\"");
    const struct choice *level = parser_choose(parser, &levels, NULL);
    if (level == NULL)
        return false;
    options_of(parser)->sensitivity = level->value;
    return parser_expect_end(parser);
}

bool parse_learn(struct parser *parser)
{
    static const struct choice rows[] = {{"day", RULES_LEARN_HOUR_OF_DAY, NOW},
                                         {"week", RULES_LEARN_HOUR_OF_WEEK, NOW}};
    static const struct choices cycles = CHOICES(rows, CODE_EXPECTED, "\"day\" or \"week\"");
    struct draft_options *options = options_of(parser);
    if (!parser_expect_keyword(parser, "over") || !parse_duration_ms(parser, &options->learn_ms))
        return false;
    if (!parser_take_keyword(parser, "by"))
        return parser_expect_end(parser);
    if (!parser_expect_keyword(parser, "hour") || !parser_expect_keyword(parser, "of"))
        return false;
    const struct choice *cycle = parser_choose(parser, &cycles, NULL);
    if (cycle == NULL)
        return false;
    options->learn_by = cycle->value;
    return parser_expect_end(parser);
}

/* ---- what goes with the alert -------------------------------------------------------------- */

bool parse_attach(struct parser *parser)
{
    return parser_expect_keyword(parser, "last") &&
           parse_last_duration(parser, &options_of(parser)->attach_ms);
}

bool parse_option_tags(struct parser *parser)
{
    struct draft_options *options = options_of(parser);
    return parse_tags(parser, options->tags, &options->tags_count);
}

#define TOPIC_MAX 256

bool parse_also(struct parser *parser)
{
    if (!parser_expect_keyword(parser, "mqtt"))
        return false;
    struct word topic = reader_next_raw(&parser->reader);
    if (topic.kind == WORD_END)
        return parser_refuse_expected(parser, &topic, CODE_TOPIC, "a topic", NULL, 0,
                                      "For example: also mqtt panel/alarm");
    bool is_good = topic.kind == WORD_NAME && topic.text.length <= TOPIC_MAX;
    for (size_t i = 0; i < topic.text.length; i++)
        is_good &= strchr("+#{}\"$", topic.text.bytes[i]) == NULL;
    if (!is_good)
        return parser_tell(parser, topic.place, CODE_TOPIC,
                           arena_print(parser->arena, "\"%.*s\" can't be a topic to publish on.",
                                       TEXT_ARGUMENTS(topic.text)),
                           "write a plain topic, for example panel/alarm", "");
    options_of(parser)->also = topic.text;
    return parser_expect_end(parser);
}

/* ---- out of service ------------------------------------------------------------------------ */

/* Days from 1970-01-01 (the proleptic Gregorian calendar, years counted from March). */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    int64_t shifted = month > 2 ? month - 3 : month + 9;
    int64_t y = month > 2 ? year : year - 1;
    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * shifted + 2) / 5 + day - 1 - 719468;
}

static bool is_day(int year, int month, int day)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12 || day < 1)
        return false;
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day <= lengths[month - 1] + (month == 2 && is_leap);
}

static int digits(struct text text, size_t at, size_t count)
{
    int number = 0;
    for (size_t i = at; i < at + count; i++)
        number = number * 10 + (text.bytes[i] - '0');
    return number;
}

static bool parse_day(struct parser *parser, int64_t *at_ms)
{
    struct word word = parser_peek(parser);
    if (word.kind != WORD_DATE)
        return parser_refuse_expected(parser, &word, CODE_EXPECTED, "a date", NULL, 0,
                                      "A date is year-month-day, for example 2026-09-30");
    bool is_whole = word.text.length == 10 && word.text.bytes[7] == '-';
    if (!is_whole ||
        !is_day(digits(word.text, 0, 4), digits(word.text, 5, 2), digits(word.text, 8, 2)))
        return parser_tell(
            parser, word.place, CODE_NUMBER_RANGE,
            arena_print(parser->arena, "There is no day %.*s.", TEXT_ARGUMENTS(word.text)),
            "a date is year-month-day, for example 2026-09-30", "");
    parser_take(parser);
    *at_ms = INT64_C(86400000) *
             days_of(digits(word.text, 0, 4), digits(word.text, 5, 2), digits(word.text, 8, 2));
    return true;
}

bool parse_out(struct parser *parser)
{
    struct draft_options *options = options_of(parser);
    struct word reason;
    if (!parser_expect_keyword(parser, "of") || !parser_expect_keyword(parser, "service") ||
        !parser_expect_keyword(parser, "until") || !parse_day(parser, &options->out_until_ms))
        return false;
    reason = parser_peek(parser);
    if (reason.kind != WORD_TEXT || reason.text.length == 0)
        return parser_refuse_expected(parser, &reason, CODE_EXPECTED, "the reason in quote marks",
                                      NULL, 0,
                                      "For example: out of service until 2026-09-30 \"overhaul\"");
    parser_take(parser);
    options->out_reason = reason.text;
    return parser_expect_end(parser);
}
