/* Rows in order of time (see recording_order.h and recording_put_in_order). A first reading tells
 * whether they are; only where they are not, a second one notes where each lies. */
#include "tools/recording_order.h"

#include "tools/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct scan {
    struct recording_row *rows; /* NULL: only counted */
    uint64_t lines, moved;
    struct progress *progress;
};

static bool time_of(struct recording *recording, struct text line, int64_t *time_ms)
{
    const struct csv_heading *heading = &recording->heading;
    struct csv_row row;
    char *bytes = (char *)(uintptr_t)line.bytes; /* lines_next lends it for writing */
    return csv_split(bytes, line.length, heading->separator, &row) &&
           !csv_row_time(heading, &row, &recording->zone, time_ms);
}

/* All lines below the heading. False when the file can't be read. */
static bool scan(struct recording *recording, struct scan *scan)
{
    struct lines *lines = &recording->lines;
    struct text line;
    enum lines_result result;
    int64_t newest_ms = INT64_MIN, time_ms = INT64_MIN;
    if (!recording_rewind(recording))
        return false;
    scan->lines = scan->moved = 0;
    while ((result = lines_next(lines, &line)) != LINES_END && result != LINES_FAILED) {
        uint32_t length = result == LINES_TOO_LONG ? LINE_BYTES_MAX + 1 : (uint32_t)lines->length;
        if (result == LINES_LINE && time_of(recording, line, &time_ms)) {
            scan->moved += time_ms < newest_ms;
            newest_ms = time_ms > newest_ms ? time_ms : newest_ms;
        }
        if (scan->rows)
            scan->rows[scan->lines] =
                (struct recording_row){time_ms, lines->offset, length, (uint32_t)lines->number};
        scan->lines++;
        progress_show(scan->progress, lines->bytes_in, recording->bytes_total, 0);
    }
    return result == LINES_END;
}

static int compare(const void *a, const void *b)
{
    const struct recording_row *left = a, *right = b;
    if (left->time_ms != right->time_ms)
        return left->time_ms < right->time_ms ? -1 : 1;
    return left->number < right->number ? -1 : left->number > right->number;
}

/* The lines as UTF-8 in a file of their own: only there a line can be found by its place. */
static bool convert(struct recording *recording)
{
    struct lines *lines = &recording->lines;
    struct text line;
    enum lines_result result;
    FILE *kept = tmpfile();
    int file = kept ? dup(fileno(kept)) : -1;
    bool is_good = file >= 0 && lines_seek(lines, 0);
    while (is_good && (result = lines_next(lines, &line)) != LINES_END) {
        size_t length = result == LINES_LINE ? line.length : 0; /* what can't be read is empty */
        is_good = result != LINES_FAILED && fwrite(line.bytes, 1, length, kept) == length &&
                  putc('\n', kept) != EOF;
    }
    if (kept)
        is_good = fclose(kept) == 0 && is_good;
    if (!is_good) {
        if (file >= 0)
            close(file);
        return false;
    }
    close(recording->file);
    recording->file = file;
    recording->bytes_total = lseek(file, 0, SEEK_END);
    lines_free(lines);
    return lines_begin(lines, file);
}

static bool is_in_order(struct recording *recording, struct progress *progress, bool *is_read)
{
    struct scan whole = {.progress = progress};
    *is_read = scan(recording, &whole);
    recording->counts.moved = whole.moved;
    recording->rows_count = whole.lines;
    return whole.moved == 0;
}

static bool put_in_order(struct recording *recording, struct progress *progress)
{
    bool is_read;
    bool is_done = is_in_order(recording, progress, &is_read);
    if (is_read && !is_done && recording->lines.encoding != LINES_UTF8)
        is_read = convert(recording) && (is_in_order(recording, progress, &is_read), is_read);
    if (!is_read) {
        complain("%s could not be read", recording->name);
        return false;
    }
    if (is_done)
        return recording_rewind(recording);
    struct scan whole = {.rows = malloc((recording->rows_count + 1) * sizeof *whole.rows),
                         .progress = progress};
    if (!whole.rows) {
        complain("%s: there is not enough memory to put %zu rows in order of time: sort them first",
                 recording->name, recording->rows_count);
        return false;
    }
    is_read = scan(recording, &whole);
    if (is_read)
        qsort(whole.rows, whole.lines, sizeof *whole.rows, compare);
    recording->rows = whole.rows;
    recording->rows_count = whole.lines;
    return is_read && recording_rewind(recording);
}

bool recording_put_in_order(struct recording *recording, struct progress *progress)
{
    if (!recording->is_csv || recording->bytes_total == 0)
        return true;
    progress_begin(progress);
    bool is_good = put_in_order(recording, progress);
    progress_end(progress);
    return is_good;
}

enum lines_result recording_order_next(struct recording *recording, struct text *line)
{
    if (recording->rows_taken == recording->rows_count)
        return LINES_END;
    const struct recording_row *row = &recording->rows[recording->rows_taken++];
    recording->line_number = row->number;
    recording->bytes_in += row->length;
    enum lines_result result = lines_at(&recording->lines, row->offset, row->length, line);
    recording->counts.latin = recording->lines.latin;
    return result;
}

int64_t recording_order_last(const struct recording *recording)
{
    return recording->rows[recording->rows_count - 1].time_ms;
}
