/* The block `hours` (RULES section 4.3): days of the week with spans, and days that are closed. See
 * parser.h. */
#include "rules/language/parser.h"

static const struct choice day_rows[] = {
    {"sunday", 0, NOW},   {"monday", 1, NOW}, {"tuesday", 2, NOW},  {"wednesday", 3, NOW},
    {"thursday", 4, NOW}, {"friday", 5, NOW}, {"saturday", 6, NOW},
};
static const struct choices days = CHOICES(day_rows, CODE_CLOCK, "a day of the week");

static const struct choice month_rows[] = {
    {"january", 1, NOW},   {"february", 2, NOW}, {"march", 3, NOW},     {"april", 4, NOW},
    {"may", 5, NOW},       {"june", 6, NOW},     {"july", 7, NOW},      {"august", 8, NOW},
    {"september", 9, NOW}, {"october", 10, NOW}, {"november", 11, NOW}, {"december", 12, NOW},
};
static const struct choices months = CHOICES(month_rows, CODE_CLOCK, "a month");

bool parse_hours(struct parser *parser)
{
    struct draft *draft = parser->draft;
    struct word name;
    if (!parser_expect_name(parser, "a name for these hours", &name))
        return false;
    const struct draft_hours *other = draft_find_hours(draft, name.text);
    if (other != NULL)
        return parser_tell(parser, name.place, CODE_TWICE,
                           arena_print(parser->arena,
                                       "There are already hours called \"%.*s\", on line %u of %s.",
                                       TEXT_ARGUMENTS(name.text), other->place.line + 1,
                                       other->place.source->name),
                           "give these another name", "");
    if (draft->hours_count == RULES_HOURS_MAX)
        return parser_tell(
            parser, name.place, CODE_TOO_MANY,
            arena_print(parser->arena, "There can be at most %d blocks of hours.", RULES_HOURS_MAX),
            "use fewer", "");
    struct draft_hours *hours = must_arena_allocate(parser->arena, sizeof *hours);
    hours->name = name.text;
    hours->place = name.place;
    hours->is_broken = true; /* until its first line is read */
    draft->hours[draft->hours_count++] = hours;
    parser->hours = hours;
    if (!parser_expect_end(parser))
        return false;
    hours->is_broken = false;
    return true;
}

void finish_hours(struct parser *parser)
{
    const struct draft_hours *hours = parser->hours;
    if (hours->spans_count == 0)
        parser_tell(parser, hours->place, CODE_BLOCK_EMPTY,
                    arena_print(parser->arena, "%.*s has no hours.", TEXT_ARGUMENTS(hours->name)),
                    "add a line such as: monday to friday 07:30 to 16:30", "");
}

/* ---- days of the week ---------------------------------------------------------------------- */

static bool parse_clock(struct parser *parser, uint32_t *minute)
{
    struct word word = parser_peek(parser);
    const char *note = "A time of day is written as 07:30; the end of the day is 24:00.";
    if (word.kind != WORD_CLOCK)
        return parser_refuse_expected(parser, &word, CODE_CLOCK, "a time of day", NULL, 0, note);
    uint32_t parts[2] = {0, 0}, digits[2] = {0, 0};
    int part = 0;
    for (size_t i = 0; i < word.text.length; i++) {
        char c = word.text.bytes[i];
        if (c == ':') {
            part = 1;
        } else {
            digits[part]++;
            parts[part] = digits[part] > 2 ? 99 : parts[part] * 10 + (uint32_t)(c - '0');
        }
    }
    bool is_time = digits[0] >= 1 && digits[0] <= 2 && digits[1] == 2 && parts[1] < 60 &&
                   (parts[0] < 24 || (parts[0] == 24 && parts[1] == 0));
    if (!is_time)
        return parser_tell(
            parser, word.place, CODE_CLOCK,
            arena_print(parser->arena, "%.*s is not a time of day.", TEXT_ARGUMENTS(word.text)),
            "hours are 00 to 24, minutes 00 to 59", note);
    parser_take(parser);
    *minute = parts[0] * 60 + parts[1];
    return true;
}

static bool parse_span(struct parser *parser, struct rules_hours_span *span)
{
    struct word first = parser_peek(parser);
    *span = (struct rules_hours_span){.day = span->day};
    if (!parse_clock(parser, &span->begin_minute) || !parser_expect_keyword(parser, "to"))
        return false;
    struct word last = parser_peek(parser);
    if (!parse_clock(parser, &span->end_minute))
        return false;
    if (span->begin_minute == 1440)
        return parser_tell(parser, first.place, CODE_CLOCK, "No span begins at 24:00.",
                           "write 00:00, and the next day", "");
    if (span->begin_minute == span->end_minute)
        return parser_tell(parser, place_from_to(&first.place, &last.place), CODE_CLOCK,
                           "This span ends when it begins.", "the whole day is \"00:00 to 24:00\"",
                           "");
    return true;
}

/* A later line for a day replaces the earlier (appendix E, 31). */
static void forget_day(struct draft_hours *hours, uint32_t day)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < hours->spans_count; i++) {
        if (hours->spans[i].day != day)
            hours->spans[kept++] = hours->spans[i];
    }
    hours->spans_count = kept;
}

static bool read_spans(struct parser *parser, const bool is_meant[7])
{
    struct rules_hours_span spans[8];
    uint32_t count = 0;
    do {
        struct word word = parser_peek(parser);
        if (count == 8)
            return parser_tell(parser, word.place, CODE_TOO_MANY,
                               "A day can have at most 8 spans of hours.", "use fewer", "");
        if (!parse_span(parser, &spans[count++]))
            return false;
    } while (parser_take_keyword(parser, "and"));
    if (!parser_expect_end(parser))
        return false;
    for (uint32_t day = 0; day < 7; day++) {
        if (!is_meant[day])
            continue;
        forget_day(parser->hours, day);
        for (uint32_t i = 0; i < count; i++) {
            spans[i].day = day;
            parser->hours->spans[parser->hours->spans_count++] = spans[i];
        }
    }
    return true;
}

/* `monday to saturday 07:00 to 22:00`; `friday to monday` runs over the end of the week. */
static bool parse_days(struct parser *parser)
{
    bool is_meant[7] = {false};
    uint32_t first = 0, last;
    for (size_t i = 0; i < 7; i++) {
        if (word_is(&parser->first, day_rows[i].phrase))
            first = day_rows[i].value;
    }
    last = first;
    struct word behind = parser_peek(parser);
    if (behind.kind == WORD_SYMBOL)
        return parser_expect_keyword(parser, "to");
    if (parser_take_keyword(parser, "to")) {
        const struct choice *choice = parser_choose(parser, &days, NULL);
        if (choice == NULL)
            return false;
        last = choice->value;
    }
    for (uint32_t day = first;; day = (day + 1) % 7) {
        is_meant[day] = true;
        if (day == last)
            break;
    }
    return read_spans(parser, is_meant);
}

static bool parse_every_day(struct parser *parser)
{
    static const bool all[7] = {true, true, true, true, true, true, true};
    return parser_expect_keyword(parser, "day") && read_spans(parser, all);
}

/* ---- days that are closed ------------------------------------------------------------------ */

struct day {
    uint32_t year, month, day;
    struct place place;
};

/* With year 0: any year, so that 29 february is a day. */
static bool is_day(const struct day *day)
{
    static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = day->year % 4 == 0 && (day->year % 100 != 0 || day->year % 400 == 0);
    return day->month >= 1 && day->month <= 12 && day->day >= 1 &&
           day->day <= lengths[day->month - 1] + (uint32_t)(day->month == 2 && is_leap);
}

static bool refuse_day(struct parser *parser, const struct day *day)
{
    const struct text line = day->place.source->lines[day->place.line].plain;
    size_t start = 0, end;
    for (uint32_t i = 1; i < day->place.column; i++)
        utf8_next(line, &start);
    end = start;
    for (uint32_t i = 0; i < day->place.width; i++)
        utf8_next(line, &end);
    return parser_tell(
        parser, day->place, CODE_CLOCK,
        arena_print(parser->arena, "There is no %.*s.", (int)(end - start), line.bytes + start), "",
        "A day is written as 2026-04-05, or, for every year, as 25 december.");
}

static bool read_date(struct parser *parser, struct day *day)
{
    struct word word = parser_take(parser);
    uint32_t parts[3] = {0, 0, 0}, digits[3] = {0, 0, 0};
    size_t part = 0;
    for (size_t i = 0; i < word.text.length; i++) {
        char c = word.text.bytes[i];
        if (c == '-')
            part++;
        else if (part < 3 && ++digits[part] <= 4)
            parts[part] = parts[part] * 10 + (uint32_t)(c - '0');
    }
    *day = (struct day){parts[0], parts[1], parts[2], word.place};
    if (part != 2 || digits[0] != 4 || digits[1] != 2 || digits[2] != 2 || day->year < 1970 ||
        !is_day(day))
        return refuse_day(parser, day);
    return true;
}

static bool read_yearly(struct parser *parser, struct day *day)
{
    struct word number = parser_take(parser), month = parser_peek(parser);
    const struct choice *choice = parser_choose(parser, &months, NULL);
    if (choice == NULL)
        return false;
    *day = (struct day){0, choice->value, 0, place_from_to(&number.place, &month.place)};
    if (number.decimals == 0 && number.number >= 1 && number.number <= 31)
        day->day = (uint32_t)number.number;
    return is_day(day) || refuse_day(parser, day);
}

static bool parse_day(struct parser *parser, struct day *day)
{
    struct word word = parser_peek(parser);
    if (word.kind == WORD_DATE)
        return read_date(parser, day);
    if (word.kind == WORD_NUMBER)
        return read_yearly(parser, day);
    for (size_t i = 0; i < 7; i++) {
        if (word_is(&word, day_rows[i].phrase))
            return parser_tell(parser, word.place, CODE_CLOCK,
                               "\"closed\" is for days of the calendar, not of the week.",
                               "leave this line out: a day without hours is closed", "");
    }
    return parser_refuse_expected(
        parser, &word, CODE_CLOCK, "a day", NULL, 0,
        "A day is written as 2026-04-05, or, for every year, as 25 december.");
}

static bool parse_closed(struct parser *parser)
{
    struct draft_hours *hours = parser->hours;
    struct day from = {0}, to;
    parser_take_keyword(parser, "on");
    if (!parse_day(parser, &from))
        return false;
    to = from;
    struct word word = parser_peek(parser);
    if (from.year == 0 && word_is(&word, "to"))
        return parser_tell(parser, word.place, CODE_EXTRA,
                           "Of each year only single days can be named.",
                           "write both days with a year: 2026-12-24 to 2027-01-02", "");
    if (from.year > 0 && parser_take_keyword(parser, "to")) {
        word = parser_peek(parser);
        if (word.kind != WORD_DATE)
            return parser_refuse_expected(parser, &word, CODE_CLOCK, "a date", NULL, 0,
                                          "For example: closed on 2026-04-05 to 2026-04-06");
        if (!read_date(parser, &to))
            return false;
    }
    if (!parser_expect_end(parser))
        return false;
    if ((to.year * 12 + to.month) * 31 + to.day < (from.year * 12 + from.month) * 31 + from.day)
        return parser_tell(parser, place_from_to(&from.place, &to.place), CODE_RANGE,
                           "This range ends before its start.", "swap the two days", "");
    if (hours->closed_count == DRAFT_CLOSED_MAX)
        return parser_tell(
            parser, from.place, CODE_TOO_MANY,
            arena_print(parser->arena, "Hours can have at most %d closed lines.", DRAFT_CLOSED_MAX),
            "leave out days that are over, or join days to ranges", "");
    hours->closed[hours->closed_count++] =
        (struct rules_closed){from.year, from.month, from.day, to.year, to.month, to.day};
    return true;
}

static const struct line_row rows_of_hours[] = {
    {"monday", parse_days, NOW, false, 0},    {"tuesday", parse_days, NOW, false, 0},
    {"wednesday", parse_days, NOW, false, 0}, {"thursday", parse_days, NOW, false, 0},
    {"friday", parse_days, NOW, false, 0},    {"saturday", parse_days, NOW, false, 0},
    {"sunday", parse_days, NOW, false, 0},    {"every", parse_every_day, NOW, false, 0},
    {"closed", parse_closed, NOW, false, 0},
};
const struct line_table hours_lines = {
    "a block of hours", "A line of hours looks like:  monday to saturday 07:00 to 22:00",
    LINES(rows_of_hours)};
