/* Text for people and for JSON, the same bytes on every platform (see wording.h). */
#include "alerts/wording.h"

#include "base/calendar.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

size_t wording_character(struct text text)
{
    const unsigned char *bytes = (const unsigned char *)text.bytes;
    if (text.length == 0)
        return 0;
    if (bytes[0] < 0x80)
        return 1;
    size_t length = bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : 2;
    if (bytes[0] < 0xc2 || bytes[0] > 0xf4 || length > text.length)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
    }
    /* RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
    if ((bytes[0] == 0xe0 && bytes[1] < 0xa0) || (bytes[0] == 0xed && bytes[1] > 0x9f) ||
        (bytes[0] == 0xf0 && bytes[1] < 0x90) || (bytes[0] == 0xf4 && bytes[1] > 0x8f))
        return 0;
    return length;
}

static void add_character(struct writer *writer, const char *bytes, size_t length)
{
    if (writer->is_cut || writer->length + length >= writer->room_bytes) {
        writer->is_cut = true;
        return;
    }
    memcpy(writer->room + writer->length, bytes, length);
    writer->length += length;
    writer->room[writer->length] = 0;
}

void writer_add(struct writer *writer, struct text text)
{
    while (text.length > 0) {
        size_t length = wording_character(text);
        if (length > 0)
            add_character(writer, text.bytes, length);
        else
            add_character(writer, "\xEF\xBF\xBD", 3);
        length += length == 0;
        text.bytes += length;
        text.length -= length;
    }
}

void writer_format(struct writer *writer, const char *format, ...)
{
    char room[256];
    va_list values;
    va_start(values, format);
    vsnprintf(room, sizeof room, format, values);
    va_end(values);
    writer_add(writer, text_of(room));
}

/* ---- numbers ------------------------------------------------------------------------------- */

void writer_add_number(struct writer *writer, double value, unsigned decimals)
{
    char room[64];
    if (decimals > 9)
        decimals = 9;
    if (!isfinite(value)) {
        writer_add(writer, TEXT("unknown"));
        return;
    }
    if (fabs(value) >= 1e15)
        snprintf(room, sizeof room, "%.6e", value);
    else
        snprintf(room, sizeof room, "%.*f", (int)decimals, value);
    bool is_minus_zero = room[0] == '-' && strspn(room + 1, "0.") == strlen(room + 1);
    writer_add(writer, text_of(room + is_minus_zero));
}

unsigned wording_decimals(double value)
{
    unsigned decimals = 0;
    char room[64];
    snprintf(room, sizeof room, "%.6f", value);
    const char *point = strchr(room, '.');
    for (unsigned i = 1; point && i <= 6; i++) {
        if (point[i] != '0')
            decimals = i;
    }
    return decimals;
}

const char *wording_json_number(double value, char room[WORDING_JSON_BYTES])
{
    if (!isfinite(value))
        return "null";
    if (value == 0) /* not -0 */
        return "0";
    snprintf(room, WORDING_JSON_BYTES, "%.15g", value);
    return room;
}

/* ---- time ---------------------------------------------------------------------------------- */

static void add_count(struct writer *writer, int64_t count, const char *unit)
{
    writer_format(writer, "%lld %s%s", (long long)count, unit, count == 1 ? "" : "s");
}

void writer_add_duration(struct writer *writer, int64_t ms)
{
    static const struct {
        int64_t seconds;
        const char *unit;
    } units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
    int64_t seconds = ms / 1000;
    if (seconds < 1) {
        writer_add(writer, TEXT("less than a second"));
        return;
    }
    size_t i = 0;
    while (seconds < units[i].seconds)
        i++;
    add_count(writer, seconds / units[i].seconds, units[i].unit);
    /* Nobody needs the seconds of a quarter of an hour. */
    if (i == 3 || (i == 2 && seconds >= 600))
        return;
    int64_t rest = seconds % units[i].seconds / units[i + 1].seconds;
    if (rest > 0) {
        writer_add(writer, TEXT(" "));
        add_count(writer, rest, units[i + 1].unit);
    }
}

void writer_add_time(struct writer *writer, const struct zone *zone, int64_t utc_ms,
                     int64_t seen_from_ms)
{
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    struct calendar_date date, seen_from;
    const char *name, *unused;
    calendar_split(utc_ms + INT64_C(1000) * zone_offset_s(zone, utc_ms, &name), &date);
    calendar_split(seen_from_ms + INT64_C(1000) * zone_offset_s(zone, seen_from_ms, &unused),
                   &seen_from);
    if (date.day != seen_from.day || date.month != seen_from.month || date.year != seen_from.year)
        writer_format(writer, "%d %s ", date.day, months[(date.month + 11) % 12]);
    writer_format(writer, "%02d:%02d %s", date.hour, date.minute, name);
}
