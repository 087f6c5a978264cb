/* Rows of a table as the messages that sensors would send. Comes in: which columns are which named
 * parts and readings of a group. Goes out: for each row its topic and a JSON message, laid out once
 * as a text with holes where the cells go. Private to tools/csv*.c. */
#ifndef TOOLS_CSV_LAYOUT_H
#define TOOLS_CSV_LAYOUT_H

#include "tools/csv_columns.h"

struct csv_layout {
    uint32_t group;
    struct csv_device device; /* of a column of a wide table: names that no column has */
    char *text;               /* NULL: no row is laid out so */
    struct csv_hole *holes;
    size_t holes_count;
};

/* What is written into. */
struct csv_page {
    char topic[1024];
    char *payload;
    size_t room, length;
    char problem[CSV_PROBLEM_BYTES];
};

/* `device`: NULL, or that of a wide table's column. False when there is not enough memory. Free
 * with csv_layout_free, also when it is all zero. */
bool csv_layout_make(struct csv_layout *layout, const struct ruleset *rules, uint32_t group,
                     const struct csv_match *match, const struct csv_device *device);
void csv_layout_free(struct csv_layout *layout);

/* False when no reading has anything in this row. */
bool csv_layout_has_value(const struct csv_layout *layout, const struct csv_row *row);

/* The payload; what cells could not be used is counted. */
void csv_layout_write(const struct csv_layout *layout, const struct ruleset *rules,
                      const struct csv_heading *heading, const struct csv_row *row, int64_t time_ms,
                      struct csv_page *page, struct csv_counts *counts);

/* The topic of the row's device. NULL, else what is wrong with the row. */
const char *csv_layout_topic(const struct csv_layout *layout, const struct ruleset *rules,
                             const struct csv_match *match, const struct csv_row *row,
                             struct csv_page *page);

struct text csv_cell_of(const struct csv_row *row, int column); /* empty: none */

#endif
