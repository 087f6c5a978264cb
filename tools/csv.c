/* Lines of a table: separator, quote marks, heading, times (see csv.h). */
#include "tools/csv.h"

#include "base/calendar.h"
#include "base/number.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static struct text trimmed(struct text text)
{
    while (text.length > 0 && isspace((unsigned char)text.bytes[0]))
        text.bytes++, text.length--;
    while (text.length > 0 && isspace((unsigned char)text.bytes[text.length - 1]))
        text.length--;
    return text;
}

/* The cell that begins at `from`, written to `to`, which is never ahead. Returns where it ends. */
static char *take_quoted(char *from, char *end, char **to)
{
    for (from++; from < end; from++) {
        if (*from != '"')
            *(*to)++ = *from;
        else if (from + 1 < end && from[1] == '"')
            *(*to)++ = *from++;
        else
            return from + 1;
    }
    return NULL; /* left open */
}

bool csv_split(char *line, size_t length, char separator, struct csv_row *row)
{
    char *at = line, *end = line + length;
    row->count = 0;
    for (;;) {
        if (row->count == CSV_COLUMNS_MAX)
            return false;
        while (at < end && *at == ' ')
            at++;
        char *start = at, *to = at;
        bool is_quoted = at < end && *at == '"';
        if (is_quoted && !(at = take_quoted(at, end, &to)))
            return false;
        char *next = at < end ? memchr(at, separator, (size_t)(end - at)) : NULL;
        struct text cell = {start, (size_t)((is_quoted ? to : next ? next : end) - start)};
        row->cells[row->count++] = is_quoted ? cell : trimmed(cell);
        if (!next)
            return true;
        at = next + 1;
    }
}

/* Tab and ; never stand in a heading for another reason; a comma may. */
static char separator_of(struct text line)
{
    static const char separators[] = "\t;,";
    for (const char *separator = separators; *separator; separator++) {
        if (memchr(line.bytes, *separator, line.length))
            return *separator;
    }
    return ',';
}

static int find_column(const struct csv_row *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (text_equal_ignoring_case(names->cells[i], text_of(name)))
            return (int)i;
    }
    return -1;
}

bool csv_heading_read(struct csv_heading *heading, struct text line, char *problem)
{
    *heading = (struct csv_heading){.separator = separator_of(line)};
    if (line.length >= 3 && memcmp(line.bytes, "\xef\xbb\xbf", 3) == 0)
        line.bytes += 3, line.length -= 3; /* a byte-order mark, as spreadsheets write it */
    heading->line = malloc(line.length + 1);
    if (!heading->line)
        return false;
    memcpy(heading->line, line.bytes, line.length);
    if (!csv_split(heading->line, line.length, heading->separator, &heading->names)) {
        snprintf(problem, CSV_PROBLEM_BYTES,
                 "the heading has more than %d columns, or a quote mark is left open",
                 CSV_COLUMNS_MAX);
        return false;
    }
    heading->time_column = find_column(&heading->names, "time");
    heading->topic_column = find_column(&heading->names, "topic");
    heading->group_column = find_column(&heading->names, "group");
    if (heading->time_column < 0) {
        snprintf(problem, CSV_PROBLEM_BYTES,
                 "the first line is neither JSON nor a heading with a column \"time\": name the "
                 "columns in it, for example: time,store,cooler,temperature");
        return false;
    }
    return true;
}

void csv_heading_free(struct csv_heading *heading)
{
    free(heading->line);
    heading->line = NULL;
}

/* ---- times --------------------------------------------------------------------------------- */

/* Seconds, or milliseconds beyond the year 5000 in seconds. */
static bool time_of_number(struct text cell, int64_t *time_ms)
{
    double value;
    uint8_t decimals;
    if (number_parse(cell, &value, &decimals) != cell.length || cell.length == 0 ||
        fabs(value) >= 1e14)
        return false;
    *time_ms = (int64_t)llround(fabs(value) < 1e11 ? value * 1000 : value);
    return true;
}

bool csv_time(struct text cell, const struct zone *zone, int64_t *time_ms)
{
    char room[48];
    if (time_of_number(cell, time_ms) || calendar_read(cell, time_ms))
        return true;
    /* "2026-03-14 08:15" and "2026-03-14 08:15:30.5", of the site's clock. */
    if (cell.length < 16 || cell.length > 24)
        return false;
    bool has_seconds = cell.length > 16;
    snprintf(room, sizeof room, "%.*s%sZ", (int)cell.length, cell.bytes, has_seconds ? "" : ":00");
    if (!calendar_read(text_of(room), time_ms))
        return false;
    const char *name;
    int64_t guess = *time_ms - zone_offset_s(zone, *time_ms, &name) * INT64_C(1000);
    *time_ms -= zone_offset_s(zone, guess, &name) * INT64_C(1000);
    return true;
}
