/* Reads recordings line by line (see recording.h). Tables that are not in order are
 * recording_order.c's. */
#include "tools/recording.h"

#include "tools/command.h"
#include "tools/recording_order.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define TAIL_BYTES 262144 /* even: characters of UTF-16 stay whole */
#define SEEN_LINES 65536  /* a power of two */

/* ---- lines that have something on them ----------------------------------------------------- */

static struct text without_blanks(struct text line)
{
    while (line.length > 0 && strchr(" \t", line.bytes[line.length - 1]))
        line.length--;
    return line;
}

/* A line from the file, or from the rows in order. */
static enum lines_result take_line(struct recording *recording, struct text *line)
{
    if (recording->rows)
        return recording_order_next(recording, line);
    enum lines_result result = lines_next(&recording->lines, line);
    recording->line_number = recording->lines.number;
    recording->bytes_in = recording->lines.bytes_in;
    recording->counts.latin = recording->lines.latin;
    return result;
}

/* The next line with something on it. RECORDING_WRONG: it can't be read. */
static enum recording_result read_line(struct recording *recording, struct text *line,
                                       const char **wrong)
{
    for (;;) {
        switch (take_line(recording, line)) {
        case LINES_END:
            return RECORDING_END;
        case LINES_FAILED:
            complain("%s could not be read", recording->name);
            return RECORDING_FAILED;
        case LINES_TOO_LONG:
            *wrong = "it is longer than 1 MiB";
            return RECORDING_WRONG;
        case LINES_WITH_ZEROS:
            *wrong = "it has bytes of zero in it, as a loss of power leaves them in files";
            return RECORDING_WRONG;
        case LINES_LINE:
            break;
        }
        *line = without_blanks(*line);
        size_t blanks = 0;
        while (blanks < line->length && strchr(" \t", line->bytes[blanks]))
            blanks++;
        bool is_comment = blanks < line->length && line->bytes[blanks] == '#';
        recording->counts.comments += is_comment;
        if (blanks < line->length && !is_comment)
            return RECORDING_LINE;
    }
}

/* Eight bytes at a time: FNV's one by one would be a fifth of the time that a table takes. */
static uint64_t hash_line(struct text line)
{
    uint64_t hash = HASH_START ^ line.length, eight;
    for (; line.length >= sizeof eight; line.bytes += sizeof eight, line.length -= sizeof eight) {
        memcpy(&eight, line.bytes, sizeof eight);
        hash = (hash ^ eight) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 32;
    }
    return hash_bytes(hash, line.bytes, line.length);
}

/* Counts a line that stood there before; of 65536 lines at least the newest ones are known. False:
 * it is the heading again. */
static bool notice(struct recording *recording, struct text line)
{
    uint64_t hash = hash_line(line);
    if (hash == recording->heading_hash) {
        recording->counts.headings++;
        return false;
    }
    uint64_t *seen = &recording->seen[hash % SEEN_LINES];
    recording->counts.repeated += *seen == hash;
    *seen = hash;
    return true;
}

/* ---- opening ------------------------------------------------------------------------------- */

/* "sep=;" above the heading, as spreadsheets write it. */
static char separator_said(struct text line)
{
    bool is_said =
        line.length == 5 && text_equal_ignoring_case((struct text){line.bytes, 4}, TEXT("sep="));
    return is_said ? line.bytes[4] : 0;
}

static bool begin(struct recording *recording)
{
    char problem[CSV_PROBLEM_BYTES] = "";
    const char *wrong = NULL;
    struct text line;
    recording->lines.number = recording->lines.latin = 0;
    recording->counts = (struct recording_counts){.moved = recording->counts.moved};
    recording->heading_hash = 0;
    recording->rows_taken = 0;
    memset(recording->seen, 0, SEEN_LINES * sizeof *recording->seen);
    struct recording_row *rows = recording->rows;
    recording->rows = NULL; /* the heading stands in the file */
    enum recording_result result = read_line(recording, &line, &wrong);
    char separator = result == RECORDING_LINE ? separator_said(line) : 0;
    if (separator)
        result = read_line(recording, &line, &wrong);
    recording->rows = rows;
    recording->first = (struct text){0};
    if (result == RECORDING_END)
        return true; /* there is no reading */
    if (result == RECORDING_WRONG)
        complain("%s line %llu: %s", recording->name, (unsigned long long)recording->line_number,
                 wrong);
    if (result != RECORDING_LINE)
        return false;
    recording->is_csv = line.bytes[strspn(line.bytes, " \t")] != '{' &&
                        line.bytes[strspn(line.bytes, " \t")] != '[';
    if (!recording->is_csv) {
        recording->first = line;
        return true;
    }
    uint64_t hash = hash_line(line);
    csv_heading_free(&recording->heading);
    bool is_good = csv_heading_read(&recording->heading, line, separator, problem);
    recording->heading_hash = hash;
    if (!is_good)
        complain("%s line %llu: %s", recording->name, (unsigned long long)recording->line_number,
                 problem);
    return is_good;
}

/* All of standard input, in a file that goes away by itself; -1 with a complaint. */
static int keep(struct recording *recording)
{
    char block[65536];
    ssize_t length;
    FILE *kept = tmpfile();
    int file = kept ? dup(fileno(kept)) : -1;
    bool is_good = file >= 0;
    while (is_good && (length = read(recording->file, block, sizeof block)) != 0)
        is_good = length > 0 && fwrite(block, 1, (size_t)length, kept) == (size_t)length;
    if (kept)
        is_good = fclose(kept) == 0 && is_good;
    if (!is_good || lseek(file, 0, SEEK_SET) != 0) {
        complain("%s could not be kept for a second reading: %s", recording->name, strerror(errno));
        if (file >= 0)
            close(file);
        return -1;
    }
    return file;
}

static bool open_file(struct recording *recording, const char *path, bool is_kept)
{
    struct stat facts;
    recording->file = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (recording->file < 0 || fstat(recording->file, &facts) != 0) {
        complain("%s: %s", path, strerror(errno));
        return false;
    }
    if (S_ISDIR(facts.st_mode)) {
        complain("%s is a folder, not a file of readings", path);
        return false;
    }
    if (!S_ISREG(facts.st_mode) && is_kept) {
        int file = keep(recording);
        close(recording->file);
        recording->file = file;
        if (file < 0 || fstat(file, &facts) != 0)
            return false;
    }
    recording->bytes_total = S_ISREG(facts.st_mode) ? facts.st_size : 0;
    return true;
}

bool recording_open(struct recording *recording, const char *path, const char *timezone,
                    bool is_kept)
{
    *recording = (struct recording){.file = -1, .name = path};
    if (strcmp(path, "-") == 0)
        recording->name = "standard input";
    zone_read(timezone, &recording->zone);
    recording->seen = calloc(SEEN_LINES, sizeof *recording->seen);
    if (!open_file(recording, path, is_kept))
        return false;
    if (!recording->seen || !lines_begin(&recording->lines, recording->file)) {
        complain("there is not enough memory");
        return false;
    }
    const char *no_text = lines_no_text(&recording->lines);
    if (no_text) {
        complain("%s: %s", recording->name, no_text);
        return false;
    }
    return begin(recording);
}

void recording_close(struct recording *recording)
{
    csv_heading_free(&recording->heading);
    lines_free(&recording->lines);
    free(recording->seen);
    free(recording->rows);
    free(recording->row);
    if (recording->file >= 0)
        close(recording->file);
}

bool recording_rewind(struct recording *recording)
{
    return lines_seek(&recording->lines, 0) && begin(recording);
}

/* ---- lines as readings --------------------------------------------------------------------- */

static const char *read_row(struct recording *recording, struct text text,
                            struct recorded_line *line)
{
    const struct csv_heading *heading = &recording->heading;
    char *bytes = (char *)(uintptr_t)text.bytes; /* ours: lines_next lends it for writing */
    if (!csv_split(bytes, text.length, heading->separator, &line->row))
        return "a quote mark is left open, or it has too many cells";
    if (line->row.count > heading->names.count)
        return heading->separator == ','
                   ? "it has more cells than the heading: decimals have a point where commas "
                     "separate cells"
                   : "it has more cells than the heading";
    recording->counts.short_rows += line->row.count < heading->names.count;
    return csv_row_time(heading, &line->row, &recording->zone, &line->time_ms);
}

enum recording_result recording_next(struct recording *recording, struct recorded_line *line,
                                     const char **wrong)
{
    struct text text;
    line->recorded.room = NULL;
    do {
        text = recording->first;
        recording->first = (struct text){0};
        enum recording_result result =
            text.bytes ? RECORDING_LINE : read_line(recording, &text, wrong);
        if (result != RECORDING_LINE)
            return result;
    } while (!notice(recording, text));
    if (recording->is_csv) {
        *wrong = read_row(recording, text, line);
    } else {
        *wrong = recorded_read(text, &recording->zone, &line->recorded);
        line->time_ms = line->recorded.time_ms;
    }
    return *wrong ? RECORDING_WRONG : RECORDING_LINE;
}

void recorded_line_free(struct recorded_line *line)
{
    recorded_free(&line->recorded);
}

bool recording_last_time(struct recording *recording, int64_t *time_ms)
{
    struct recorded_line line;
    struct text rest;
    const char *wrong;
    enum recording_result result;
    bool is_found = false;
    if (recording->bytes_total == 0)
        return false;
    if (recording->rows) {
        *time_ms = recording_order_last(recording);
        return true;
    }
    if (recording->bytes_total > TAIL_BYTES) {
        if (!lines_seek(&recording->lines, (recording->bytes_total - TAIL_BYTES) & ~INT64_C(1)))
            return false;
        recording->first = (struct text){0};
        lines_next(&recording->lines, &rest); /* of a line that begins before */
    }
    while ((result = recording_next(recording, &line, &wrong)) == RECORDING_LINE ||
           result == RECORDING_WRONG) {
        if (result == RECORDING_LINE && (!is_found || line.time_ms > *time_ms)) {
            *time_ms = line.time_ms;
            is_found = true;
        }
        recorded_line_free(&line);
    }
    return recording_rewind(recording) && is_found;
}
