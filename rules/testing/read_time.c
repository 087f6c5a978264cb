/* Moments of a test: local times of the site, on the day of the test or another one that is named.
 * See read.h. */
#include "base/calendar.h"
#include "rules/testing/read.h"

#define DAY_MS INT64_C(86400000)

static const char *const weekdays[] = {"monday", "tuesday",  "wednesday", "thursday",
                                       "friday", "saturday", "sunday"};

static int weekday_of(const struct word *word)
{
    for (int i = 0; i < 7; i++) {
        if (word_is(word, weekdays[i]))
            return i;
    }
    return -1;
}

bool testing_begins_moment(const struct word *word)
{
    return word->kind == WORD_CLOCK || word->kind == WORD_DATE || weekday_of(word) >= 0;
}

static int digits(struct text text, size_t from, size_t count)
{
    int value = 0;
    for (size_t i = from; i < from + count; i++)
        value = value * 10 + (text.bytes[i] - '0');
    return value;
}

bool testing_read_date(struct testing_reader *reader, const struct word *word, int64_t *day_ms)
{
    struct calendar_date date = {0}, again;
    bool is_date = word->kind == WORD_DATE && word->text.length == 10;
    if (is_date) {
        date = (struct calendar_date){.year = digits(word->text, 0, 4),
                                      .month = digits(word->text, 5, 2),
                                      .day = digits(word->text, 8, 2)};
        is_date = date.month >= 1 && date.month <= 12 && date.day >= 1 && date.year >= 1970;
    }
    if (is_date) {
        *day_ms = calendar_join(&date);
        calendar_split(*day_ms, &again);
        is_date = again.day == date.day && again.month == date.month;
    }
    if (is_date)
        return true;
    return parser_refuse(&reader->words, word, CODE_TEST_TIME,
                         word->kind == WORD_END
                             ? "I expected a date here, but the line ends."
                             : arena_print(reader->words.arena, "\"%.*s\" is not a date.",
                                           TEXT_ARGUMENTS(word->text)),
                         "write year, month and day, for example 2026-03-29", "");
}

/* `:30` directly behind `08:15`, which the lexer leaves standing. */
static bool take_seconds(struct parser *words, struct word *clock, int *seconds)
{
    struct reader *reader = &words->reader;
    struct text line = reader->source->lines[reader->line].plain;
    size_t at = clock->end_offset;
    if (at >= line.length || line.bytes[at] != ':')
        return false;
    size_t end = at + 1;
    while (end < line.length && line.bytes[end] >= '0' && line.bytes[end] <= '9')
        end++;
    *seconds = end == at + 3 ? digits(line, at + 1, 2) : 99;
    clock->place.width += (uint32_t)(end - at);
    clock->text.length += end - at;
    reader->offset = (uint32_t)end;
    return true;
}

static bool refuse_clock(struct testing_reader *reader, const struct word *word)
{
    return parser_refuse(&reader->words, word, CODE_TEST_TIME,
                         word->kind == WORD_END
                             ? "I expected a time here, but the line ends."
                             : arena_print(reader->words.arena, "\"%.*s\" is not a time.",
                                           TEXT_ARGUMENTS(word->text)),
                         "write, for example, 08:15 or 08:15:30", "");
}

/* The first instant that the clocks on the wall show this; false when they skip it. */
static bool to_utc(const struct zone *zone, int64_t local_ms, int64_t *utc_ms)
{
    const char *name;
    bool is_found = false;
    for (int i = 0; i < 2; i++) {
        int64_t candidate = local_ms - INT64_C(1000) * zone->offset_s[zone->has_summer ? i : 0];
        if (candidate + INT64_C(1000) * zone_offset_s(zone, candidate, &name) != local_ms)
            continue;
        if (!is_found || candidate < *utc_ms)
            *utc_ms = candidate;
        is_found = true;
    }
    return is_found;
}

static bool read_day(struct testing_reader *reader, int64_t day_ms, struct testing_moment *moment)
{
    struct word word = parser_peek(&reader->words);
    struct calendar_date date;
    int weekday = weekday_of(&word);
    moment->place = word.place;
    moment->day_ms = day_ms;
    if (weekday >= 0) {
        /* The first such day on or after the day of the test. */
        calendar_split(reader->test->day_ms, &date);
        moment->day_ms = reader->test->day_ms + (weekday - date.weekday + 7) % 7 * DAY_MS;
    } else if (word.kind == WORD_DATE) {
        if (!testing_read_date(reader, &word, &moment->day_ms))
            return false;
        if (moment->day_ms < reader->test->day_ms)
            return parser_tell(&reader->words, word.place, CODE_TEST_TIME,
                               "This is before the date of the test.",
                               "write an \"on\" line with the first day", "");
    } else {
        return true;
    }
    moment->has_day = true;
    parser_take(&reader->words);
    return true;
}

static bool find_utc(struct testing_reader *reader, struct testing_moment *moment)
{
    moment->utc_ms = moment->local_ms;
    if (reader->rules && !to_utc(&reader->rules->zone, moment->local_ms, &moment->utc_ms))
        return parser_tell(&reader->words, moment->place, CODE_TEST_TIME,
                           "There is no such time on that day: the clocks go forward over it.",
                           "write a time before or after the change", "");
    return true;
}

bool testing_read_moment(struct testing_reader *reader, int64_t day_ms,
                         struct testing_moment *moment)
{
    *moment = (struct testing_moment){0};
    struct word day = parser_peek(&reader->words);
    if (!read_day(reader, day_ms, moment))
        return false;
    struct word word = parser_peek(&reader->words);
    int seconds = 0;
    if (word.kind != WORD_CLOCK)
        return refuse_clock(reader, &word);
    parser_take(&reader->words);
    size_t colon = 0;
    while (word.text.bytes[colon] != ':')
        colon++;
    bool is_good = colon >= 1 && colon <= 2 && word.text.length == colon + 3 &&
                   word.text.bytes[0] >= '0' && word.text.bytes[0] <= '9';
    int hours = is_good ? digits(word.text, 0, colon) : 0;
    int minutes = is_good ? digits(word.text, colon + 1, 2) : 0;
    bool has_seconds = take_seconds(&reader->words, &word, &seconds);
    if (!is_good || hours > 23 || minutes > 59 || seconds > 59)
        return refuse_clock(reader, &word);
    moment->place = moment->has_day ? place_from_to(&moment->place, &word.place) : word.place;
    moment->width_ms = has_seconds ? 1000 : 60000;
    moment->local_ms = moment->day_ms + ((hours * 60 + minutes) * INT64_C(60) + seconds) * 1000;
    if (!find_utc(reader, moment))
        return false;
    /* `monday 07:00` in a test that begins on a Monday at 08:00 is the next one. */
    const struct testing_step *first = reader->test->first;
    if (weekday_of(&day) < 0 || first == NULL || moment->utc_ms >= first->from_ms)
        return true;
    moment->day_ms += 7 * DAY_MS;
    moment->local_ms += 7 * DAY_MS;
    return find_utc(reader, moment);
}
