/* Reads times (see moment.h): what differs from RFC 3339 is written over into it, and
 * calendar_read judges. */
#include "tools/moment.h"

#include "base/calendar.h"
#include "base/number.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>

#define MOMENT_BYTES 48

/* What is being written over: from `rest` into `room`. */
struct rewriting {
    struct text rest;
    char room[MOMENT_BYTES];
    size_t length;
};

bool moment_of_number(double number, int64_t *time_ms)
{
    if (!(fabs(number) < 1e14))
        return false;
    *time_ms = (int64_t)llround(fabs(number) < 1e11 ? number * 1000 : number);
    return true;
}

static size_t digits_ahead(const struct rewriting *writing)
{
    size_t count = 0;
    while (count < writing->rest.length && isdigit((unsigned char)writing->rest.bytes[count]))
        count++;
    return count;
}

static void put(struct rewriting *writing, const char *bytes, size_t length)
{
    if (writing->length + length < sizeof writing->room) {
        memcpy(writing->room + writing->length, bytes, length);
        writing->length += length;
    }
}

static void skip(struct rewriting *writing, size_t length)
{
    writing->rest.bytes += length;
    writing->rest.length -= length;
}

static bool next_is(const struct rewriting *writing, const char *accepted)
{
    return writing->rest.length > 0 && writing->rest.bytes[0] != 0 &&
           strchr(accepted, writing->rest.bytes[0]) != NULL;
}

/* A number of two digits, of which the first may be left out: "8:15". */
static bool take_two(struct rewriting *writing)
{
    size_t digits = digits_ahead(writing);
    if (digits == 1)
        put(writing, "0", 1);
    put(writing, writing->rest.bytes, digits);
    skip(writing, digits);
    return digits == 1 || digits == 2;
}

static bool take_mark(struct rewriting *writing, const char *accepted, const char *written)
{
    if (!next_is(writing, accepted))
        return false;
    put(writing, written, strlen(written));
    skip(writing, 1);
    return true;
}

/* "2026-03-14", "14.03.2026". */
static bool take_date(struct rewriting *writing)
{
    size_t digits = digits_ahead(writing);
    if (digits == 4) {
        put(writing, writing->rest.bytes, 4);
        skip(writing, 4);
        return take_mark(writing, "-", "-") && take_two(writing) && take_mark(writing, "-", "-") &&
               take_two(writing);
    }
    struct rewriting day = {.rest = writing->rest};
    if (!take_two(&day) || !take_mark(&day, ".", "") || !take_two(&day) ||
        !take_mark(&day, ".", "") || digits_ahead(&day) != 4)
        return false;
    put(writing, day.rest.bytes, 4);
    put(writing, "-", 1);
    put(writing, day.room + 2, 2);
    put(writing, "-", 1);
    put(writing, day.room, 2);
    writing->rest = day.rest;
    skip(writing, 4);
    return true;
}

/* "08:15", "8:15:30", "08:15:30,5". */
static bool take_clock(struct rewriting *writing)
{
    if (!take_two(writing) || !take_mark(writing, ":", ":") || !take_two(writing))
        return false;
    if (!take_mark(writing, ":", ":")) {
        put(writing, ":00", 3);
        return true;
    }
    if (!take_two(writing))
        return false;
    if (take_mark(writing, ".,", ".")) {
        size_t digits = digits_ahead(writing);
        put(writing, writing->rest.bytes, digits);
        skip(writing, digits);
    }
    return true;
}

/* "Z", "UTC", "+01:00", "+0100", "+01"; nothing: local time. */
static bool take_offset(struct rewriting *writing, bool *is_local)
{
    while (next_is(writing, " "))
        skip(writing, 1);
    *is_local = writing->rest.length == 0;
    if (*is_local || text_equal_ignoring_case(writing->rest, TEXT("UTC")) ||
        text_equal_ignoring_case(writing->rest, TEXT("Z")) ||
        text_equal_ignoring_case(writing->rest, TEXT("GMT"))) {
        put(writing, "Z", 1);
        return true;
    }
    if (!next_is(writing, "+-"))
        return false;
    put(writing, writing->rest.bytes, 1);
    skip(writing, 1);
    size_t digits = digits_ahead(writing);
    if (digits != 2 && digits != 4)
        return false;
    put(writing, writing->rest.bytes, 2);
    skip(writing, 2);
    put(writing, ":", 1);
    if (digits == 2 && !next_is(writing, ":")) {
        put(writing, "00", 2);
        return writing->rest.length == 0;
    }
    if (digits == 2)
        skip(writing, 1);
    put(writing, writing->rest.bytes, writing->rest.length);
    return true;
}

bool moment_read(struct text text, const struct zone *zone, int64_t *time_ms)
{
    struct rewriting writing = {.rest = text_trimmed(text)};
    double number;
    uint8_t decimals;
    bool is_local;
    if (writing.rest.length == 0 || writing.rest.length >= MOMENT_BYTES - 8)
        return false;
    if (number_parse(writing.rest, &number, &decimals) == writing.rest.length)
        return moment_of_number(number, time_ms);
    if (calendar_read(writing.rest, time_ms))
        return true;
    if (!take_date(&writing) || !take_mark(&writing, "Tt ", "T"))
        return false;
    while (next_is(&writing, " "))
        skip(&writing, 1);
    if (!take_clock(&writing) || !take_offset(&writing, &is_local) ||
        !calendar_read((struct text){writing.room, writing.length}, time_ms))
        return false;
    if (is_local) {
        const char *name;
        int64_t guess = *time_ms - zone_offset_s(zone, *time_ms, &name) * INT64_C(1000);
        *time_ms -= zone_offset_s(zone, guess, &name) * INT64_C(1000);
    }
    return true;
}

static bool ends_like(struct text text, const char *ending)
{
    size_t length = strlen(ending);
    return text.length > length &&
           text_equal_ignoring_case((struct text){text.bytes + text.length - length, length},
                                    text_of(ending));
}

const char *moment_problem(struct text text)
{
    text = text_trimmed(text);
    double number;
    uint8_t decimals;
    if (text.length == 0)
        return "its time is empty";
    if (memchr(text.bytes, '/', text.length))
        return "its time has a date with /, which could begin with the day or with the month: "
               "write 2026-03-14 08:15";
    if (ends_like(text, "am") || ends_like(text, "pm"))
        return "its time says am or pm: write 2026-03-14 20:15";
    if (number_parse(text, &number, &decimals) == text.length)
        return "its time is a number, but neither seconds nor milliseconds since 1970";
    if (text.length == 10 && text.bytes[4] == '-')
        return "its time is a date without a time of day: write 2026-03-14 08:15";
    return "its time is none: write 2026-03-14T08:15:00Z, 2026-03-14 08:15:00 (the site's "
           "clock) or seconds since 1970";
}
