/* Reads recordings line by line (see recording.h). */
#include "tools/recording.h"

#include "tools/command.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#define TAIL_BYTES 262144

static struct text without_end(char *line, ssize_t length)
{
    struct text text = {line, (size_t)length};
    while (text.length > 0 && strchr(" \t\r\n", text.bytes[text.length - 1]))
        text.length--;
    return text;
}

/* The next line that has something on it; bytes NULL at the end. */
static struct text read_line(struct recording *recording)
{
    ssize_t length;
    while ((length = getline(&recording->line, &recording->line_room, recording->file)) >= 0) {
        recording->line_number++;
        recording->bytes_in += length;
        struct text text = without_end(recording->line, length);
        if (text.length > 0)
            return text;
    }
    return (struct text){0};
}

static bool begin(struct recording *recording)
{
    char problem[CSV_PROBLEM_BYTES] = "";
    recording->line_number = 0;
    recording->bytes_in = 0;
    recording->first = read_line(recording);
    if (!recording->first.bytes)
        return true; /* there is no reading */
    size_t start = strspn(recording->first.bytes, " \t\xef\xbb\xbf");
    recording->is_csv =
        recording->first.bytes[start] != '{' && recording->first.bytes[start] != '[';
    if (!recording->is_csv)
        return true;
    csv_heading_free(&recording->heading);
    bool is_good = csv_heading_read(&recording->heading, recording->first, problem);
    if (!is_good)
        complain("%s line %llu: %s", recording->name, (unsigned long long)recording->line_number,
                 problem);
    recording->first = (struct text){0};
    return is_good;
}

bool recording_open(struct recording *recording, const char *path, const char *timezone)
{
    struct stat facts;
    *recording = (struct recording){.is_standard_input = strcmp(path, "-") == 0};
    recording->name = recording->is_standard_input ? "standard input" : path;
    zone_read(timezone, &recording->zone);
    recording->file = recording->is_standard_input ? stdin : fopen(path, "r");
    if (!recording->file) {
        complain("%s: %s", path, strerror(errno));
        return false;
    }
    if (fstat(fileno(recording->file), &facts) == 0 && S_ISDIR(facts.st_mode)) {
        complain("%s is a folder, not a file of readings", path);
        return false;
    }
    if (fstat(fileno(recording->file), &facts) == 0 && S_ISREG(facts.st_mode))
        recording->bytes_total = facts.st_size;
    return begin(recording);
}

void recording_close(struct recording *recording)
{
    csv_heading_free(&recording->heading);
    free(recording->line);
    if (recording->file && recording->file != stdin)
        fclose(recording->file);
}

bool recording_keep(struct recording *recording)
{
    if (recording->bytes_total > 0)
        return true;
    char block[65536];
    size_t length;
    FILE *kept = tmpfile();
    bool is_good = kept != NULL;
    /* What was read already: the heading or the first line. */
    if (is_good && recording->line && recording->line_number > 0)
        is_good = fputs(recording->line, kept) >= 0;
    while (is_good && (length = fread(block, 1, sizeof block, recording->file)) > 0)
        is_good = fwrite(block, 1, length, kept) == length;
    if (!is_good || ferror(recording->file) || fflush(kept) != 0) {
        complain("%s could not be kept for a second reading", recording->name);
        if (kept)
            fclose(kept);
        return false;
    }
    recording->bytes_total = ftello(kept);
    recording->file = kept;
    return recording_rewind(recording);
}

bool recording_rewind(struct recording *recording)
{
    rewind(recording->file);
    return begin(recording);
}

enum recording_result recording_next(struct recording *recording, struct recorded_line *line,
                                     const char **wrong)
{
    struct text text = recording->first.bytes ? recording->first : read_line(recording);
    recording->first = (struct text){0};
    line->recorded.room = NULL;
    if (!text.bytes && ferror(recording->file)) {
        complain("%s could not be read", recording->name);
        return RECORDING_FAILED;
    }
    if (!text.bytes)
        return RECORDING_END;
    if (!recording->is_csv) {
        *wrong = recorded_read(text, &line->recorded);
        line->time_ms = line->recorded.time_ms;
        return *wrong ? RECORDING_WRONG : RECORDING_LINE;
    }
    const struct csv_heading *heading = &recording->heading;
    if (!csv_split(recording->line, text.length, heading->separator, &line->row)) {
        *wrong = "a quote mark is left open, or it has too many cells";
        return RECORDING_WRONG;
    }
    if (line->row.count > heading->names.count) {
        *wrong = heading->separator == ','
                     ? "it has more cells than the heading: decimals have a point where commas "
                       "separate cells"
                     : "it has more cells than the heading";
        return RECORDING_WRONG;
    }
    size_t column = (size_t)heading->time_column;
    *wrong = column < line->row.count &&
                     csv_time(line->row.cells[column], &recording->zone, &line->time_ms)
                 ? NULL
                 : "its time is none: write 2026-03-14T08:15:00Z, 2026-03-14 08:15:00 (the site's "
                   "clock) or seconds since 1970";
    return *wrong ? RECORDING_WRONG : RECORDING_LINE;
}

void recorded_line_free(struct recorded_line *line)
{
    recorded_free(&line->recorded);
}

bool recording_last_time(struct recording *recording, int64_t *time_ms)
{
    if (recording->bytes_total == 0)
        return false;
    off_t from = recording->bytes_total > TAIL_BYTES ? recording->bytes_total - TAIL_BYTES : 0;
    struct recorded_line line;
    const char *wrong;
    enum recording_result result;
    bool is_found = false;
    if (fseeko(recording->file, from, SEEK_SET) != 0)
        return false;
    recording->first = (struct text){0};
    if (from > 0 || recording->is_csv) /* the rest of a line; the headings */
        read_line(recording);
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
