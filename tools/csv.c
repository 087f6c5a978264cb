/* Lines of a table: separator, quote marks, heading, times (see csv.h). What the columns mean is
 * csv_columns.c's. */
#include "tools/csv.h"

#include "tools/moment.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

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
        row->cells[row->count++] = is_quoted ? cell : text_trimmed(cell);
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

/* ---- heading ------------------------------------------------------------------------------- */

struct text csv_column_name(struct text heading, struct text *unit)
{
    *unit = (struct text){0};
    if (heading.length == 0)
        return heading;
    char last = heading.bytes[heading.length - 1];
    char first = last == ')' ? '(' : last == ']' ? '[' : 0;
    const char *open = first ? memchr(heading.bytes, first, heading.length) : NULL;
    if (!open || open == heading.bytes)
        return heading;
    struct text inside = {open + 1, heading.length - (size_t)(open - heading.bytes) - 2};
    size_t digits = 0;
    while (digits < inside.length && isdigit((unsigned char)inside.bytes[digits]))
        digits++;
    if (digits == inside.length)
        return heading; /* "values[0]" is a path */
    *unit = text_trimmed(inside);
    return text_trimmed((struct text){heading.bytes, (size_t)(open - heading.bytes)});
}

static int find_column(const struct csv_row *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++) {
        struct text unit;
        if (text_equal_ignoring_case(csv_column_name(names->cells[i], &unit), text_of(name)))
            return (int)i;
    }
    return -1;
}

/* As loggers and spreadsheets call it; the first that is there. */
static int find_time_column(const struct csv_row *names)
{
    static const char *const called[] = {
        "time",          "timestamp",     "datetime",   "date_time",  "date time",
        "date/time",     "time stamp",    "time_stamp", "ts",         "time utc",
        "timestamp utc", "timestamp_utc", "time_utc",   "local time", "date"};
    int column = -1;
    for (size_t i = 0; column < 0 && i < sizeof called / sizeof *called; i++)
        column = find_column(names, called[i]);
    return column;
}

static bool says_utc(struct text heading)
{
    struct text unit, name = csv_column_name(heading, &unit);
    struct text end = {name.bytes + (name.length < 3 ? 0 : name.length - 3),
                       name.length < 3 ? name.length : 3};
    return text_equal_ignoring_case(unit, TEXT("UTC")) ||
           text_equal_ignoring_case(unit, TEXT("GMT")) ||
           text_equal_ignoring_case(end, TEXT("UTC"));
}

/* Why no column is the time, and what to do. */
static void tell_no_time(const struct csv_row *names, char *problem)
{
    int64_t time_ms;
    const struct zone utc = {0};
    char columns[200] = "";
    size_t used = 0;
    bool is_row = false, is_unnamed = false;
    for (size_t i = 0; i < names->count; i++) {
        struct text name = names->cells[i];
        is_row |= name.length >= 8 && moment_read(name, &utc, &time_ms);
        is_unnamed |= name.length == 0;
        if (used + name.length + 8 < sizeof columns)
            used += (size_t)snprintf(columns + used, sizeof columns - used, "%s\"%.*s\"",
                                     i > 0 ? ", " : "", (int)name.length, name.bytes);
    }
    static const char example[] = "for example: time,store,cooler,temperature";
    if (is_row)
        snprintf(problem, CSV_PROBLEM_BYTES,
                 "the first line is a row already: write a heading above it that names the "
                 "columns, %s",
                 example);
    else if (is_unnamed)
        snprintf(problem, CSV_PROBLEM_BYTES,
                 "no column is called \"time\", and one has no name at all: write time above it if "
                 "it is the time, %s (the heading has %s)",
                 example, columns);
    else
        snprintf(problem, CSV_PROBLEM_BYTES,
                 "the first line is neither JSON nor a heading with a column \"time\": name the "
                 "columns in it, %s (it has %s)",
                 example, columns);
}

bool csv_heading_read(struct csv_heading *heading, struct text line, char separator, char *problem)
{
    *heading = (struct csv_heading){.separator = separator ? separator : separator_of(line)};
    heading->line = malloc(line.length + 1);
    if (!heading->line)
        return false;
    memcpy(heading->line, line.bytes, line.length);
    heading->line[line.length] = 0;
    if (!csv_split(heading->line, line.length, heading->separator, &heading->names)) {
        snprintf(problem, CSV_PROBLEM_BYTES,
                 "the heading has more than %d columns, or a quote mark is left open",
                 CSV_COLUMNS_MAX);
        return false;
    }
    heading->time_column = find_time_column(&heading->names);
    heading->topic_column = find_column(&heading->names, "topic");
    heading->group_column = find_column(&heading->names, "group");
    heading->date_column = find_column(&heading->names, "date");
    if (heading->time_column < 0) {
        tell_no_time(&heading->names, problem);
        return false;
    }
    if (heading->date_column == heading->time_column)
        heading->date_column = -1;
    heading->is_utc = says_utc(heading->names.cells[heading->time_column]);
    return true;
}

void csv_heading_free(struct csv_heading *heading)
{
    free(heading->line);
    heading->line = NULL;
}

/* ---- times --------------------------------------------------------------------------------- */

/* "2026-03-14" and "08:15" in two columns. */
static bool read_date_and_time(const struct csv_row *row, int date_column, struct text time,
                               const struct zone *zone, int64_t *time_ms)
{
    char room[64];
    if (date_column < 0 || (size_t)date_column >= row->count)
        return false;
    struct text date = row->cells[date_column];
    if (date.length + time.length + 2 > sizeof room)
        return false;
    snprintf(room, sizeof room, "%.*s %.*s", (int)date.length, date.bytes, (int)time.length,
             time.bytes);
    return moment_read(text_of(room), zone, time_ms);
}

const char *csv_row_time(const struct csv_heading *heading, const struct csv_row *row,
                         const struct zone *zone, int64_t *time_ms)
{
    static const struct zone utc = {0};
    size_t column = (size_t)heading->time_column;
    struct text time = column < row->count ? row->cells[column] : (struct text){0};
    if (heading->is_utc)
        zone = &utc;
    if (read_date_and_time(row, heading->date_column, time, zone, time_ms) ||
        moment_read(time, zone, time_ms))
        return NULL;
    return moment_problem(time);
}
