/* A file of recorded readings: JSON lines (readings.h) or a table (csv.h), however long.
 * Comes in: a path, - for standard input. Goes out: one line after the other, in order of time
 * where that can be had, how far it has come, and what was not taken. Called by `brink try`. */
#ifndef TOOLS_RECORDING_H
#define TOOLS_RECORDING_H

#include "tools/csv.h"
#include "tools/lines.h"
#include "tools/progress.h"
#include "tools/readings.h"

/* What was seen besides readings. */
struct recording_counts {
    uint64_t comments;   /* lines that begin with # */
    uint64_t headings;   /* the heading of a table again, where tables were put together */
    uint64_t repeated;   /* lines that stood there before, byte for byte; they count as readings */
    uint64_t short_rows; /* rows with fewer cells than the heading */
    uint64_t latin;      /* lines that were no UTF-8 */
    uint64_t moved;      /* rows that stood behind later ones, and were put in order */
};

struct recording {
    int file;
    const char *name; /* for messages */
    struct lines lines;
    bool is_csv; /* known after the first line */
    struct csv_heading heading;
    struct zone zone;    /* of times that say none */
    int64_t bytes_total; /* 0 when it is not known */
    int64_t bytes_in;
    uint64_t line_number; /* of the newest line, from 1 */
    struct recording_counts counts;
    struct text first;          /* JSON: the first line, not yet given out */
    uint64_t *seen;             /* hashes of lines */
    uint64_t heading_hash;      /* 0: none */
    struct recording_row *rows; /* a table that is not in order: where its rows are */
    size_t rows_count, rows_taken;
    char *row; /* the newest of them */
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

/* Opens it and looks at the first line. `is_kept`: it will be read again (recording_rewind), so
 * standard input is put into a file without a name. False with a complaint. Close in every case. */
bool recording_open(struct recording *recording, const char *path, const char *timezone,
                    bool is_kept);
void recording_close(struct recording *recording);
/* From the beginning again. */
bool recording_rewind(struct recording *recording);

/* A table in a file whose rows are not in order of time is put in order: they are read once, and
 * from then on come in order (24 bytes of memory for each row; none when all are in order). Tables
 * of one device below the other are made so. `progress` shows how far that is. False with a
 * complaint. */
bool recording_put_in_order(struct recording *recording, struct progress *progress);

/* The next line; *wrong says what is the matter with it. Free with recorded_line_free. */
enum recording_result recording_next(struct recording *recording, struct recorded_line *line,
                                     const char **wrong);
void recorded_line_free(struct recorded_line *line);

/* The time of the last line that has one, without reading what is before. False when the recording
 * is not a file. */
bool recording_last_time(struct recording *recording, int64_t *time_ms);

#endif
