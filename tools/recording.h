/* A file of recorded readings: JSON lines (readings.h) or a table (csv.h), however long.
 * Comes in: a path, - for standard input. Goes out: one line after the other, and how far it has
 * come. Called by `brink try`. */
#ifndef TOOLS_RECORDING_H
#define TOOLS_RECORDING_H

#include "tools/csv.h"
#include "tools/readings.h"

#include <stdio.h>

struct recording {
    FILE *file;
    const char *name; /* for messages */
    bool is_standard_input;
    bool is_csv; /* known after the first line */
    struct csv_heading heading;
    struct zone zone;              /* of times in a table that have none */
    int64_t bytes_total, bytes_in; /* total: 0 when it is not known */
    uint64_t line_number;          /* of the newest line, from 1 */
    char *line;
    size_t line_room;
    struct text first; /* JSON: the first line, not yet given out */
};

struct recorded_line {
    int64_t time_ms;
    struct recorded recorded; /* JSON */
    struct csv_row row;       /* a table */
};

enum recording_result {
    RECORDING_LINE,
    RECORDING_WRONG, /* this line; the rest goes on */
    RECORDING_END,
    RECORDING_FAILED, /* told already */
};

/* Opens it and looks at the first line. False with a complaint. Close in every case. */
bool recording_open(struct recording *recording, const char *path, const char *timezone);
void recording_close(struct recording *recording);
/* From the beginning again; a recording from standard input is kept in a file without a name from
 * recording_keep on. */
bool recording_rewind(struct recording *recording);
bool recording_keep(struct recording *recording);

/* The next line; *wrong says what is the matter with it. Free with recorded_line_free. */
enum recording_result recording_next(struct recording *recording, struct recorded_line *line,
                                     const char **wrong);
void recorded_line_free(struct recorded_line *line);

/* The time of the last line that has one, without reading what is before. False when the recording
 * is not a file. */
bool recording_last_time(struct recording *recording, int64_t *time_ms);

#endif
