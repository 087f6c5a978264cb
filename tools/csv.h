/* Recorded readings as a table (CSV): the heading names the columns, each row is one message of a
 * group. Comes in: lines, split at , ; or tab; a ruleset. Goes out: for each row a topic or port
 * and a JSON message as that group's sensors would send it. Private to tools/. */
#ifndef TOOLS_CSV_H
#define TOOLS_CSV_H

#include "base/zone.h"
#include "rules/ruleset.h"

#define CSV_COLUMNS_MAX 256
#define CSV_PROBLEM_BYTES 400

struct csv_row { /* views into the line, which the split writes into */
    struct text cells[CSV_COLUMNS_MAX];
    size_t count;
};

struct csv_heading {
    char separator;
    char *line; /* owns the names */
    struct csv_row names;
    int time_column, topic_column, group_column; /* -1: none */
    int date_column; /* of a time of day that stands apart from its date; -1: none */
    bool is_utc;     /* the heading of the times says so */
};

/* Splits in place: quote marks around a cell are taken off, doubled ones become one. False when
 * there are more than CSV_COLUMNS_MAX cells or a quote mark is left open. */
bool csv_split(char *line, size_t length, char separator, struct csv_row *row);

/* Reads the heading; false with `problem` when it can't be one. `separator`: as the file says, or
 * 0. Free with csv_heading_free. */
bool csv_heading_read(struct csv_heading *heading, struct text line, char separator, char *problem);
void csv_heading_free(struct csv_heading *heading);

/* The name of a column without a unit in brackets behind it: "temperature (°C)", "speed [mm/s]".
 * *unit is what the brackets hold, or empty. */
struct text csv_column_name(struct text heading, struct text *unit);

/* The time of a row; `zone` of one that says none. NULL, else what is wrong with it. */
const char *csv_row_time(const struct csv_heading *heading, const struct csv_row *row,
                         const struct zone *zone, int64_t *time_ms);

/* What cells held that could not be used. */
struct csv_counts {
    uint64_t empty_cells; /* of readings that are numbers; also "NaN", "n/a", "-" */
    uint64_t
        wrong_cells; /* neither a number nor empty; given to the site, which finds them faulty */
    char first_wrong[128]; /* of them: temperature "4.5 C?" */
    uint64_t first_wrong_line;
    uint64_t unread; /* rows of readings that no rule reads, in a table of one reading a row */
    char first_unread[64];
};

/* How rows become messages of one site's rules. A table has
 *   a column for each reading                        time,store,cooler,temperature,humidity
 *   or a column for each device and reading (wide)   time,14/dairy-1 temperature,14/dairy-2 ...
 *   or a row for each reading (long)                 time,store,cooler,reading,value
 * Memory is its own; csv_plan_free gives it back. */
struct csv_plan;

/* `group`: from --group, or NULL; `reading`: from --reading, or NULL: what the columns of a wide
 * table hold that name only a device. The groups that rows belong to are read as JSON from now on,
 * so that a row can be a message of any of them. NULL with `problem` when it can't be decided. What
 * people should know about the columns is in `notes` (empty: nothing). */
struct csv_plan *csv_plan_make(const struct csv_heading *heading, struct ruleset *rules,
                               const char *group, const char *reading, char *problem, char *notes);
void csv_plan_free(struct csv_plan *plan);
const struct csv_counts *csv_plan_counts(const struct csv_plan *plan);

struct csv_message {
    const char *topic; /* NULL: to the port */
    uint16_t udp_port;
    struct text payload;
};
/* Begins a row, the line of that number. NULL, else what is wrong with it. */
const char *csv_plan_row(struct csv_plan *plan, const struct csv_row *row, int64_t time_ms,
                         uint64_t line_number);
/* The next message of the row; it lives until the next call. False when there is none any more, or
 * with *wrong. */
bool csv_plan_next(struct csv_plan *plan, struct csv_message *message, const char **wrong);

#endif
