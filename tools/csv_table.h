/* What kind of table it is, and of which group of sensors. Comes in: a heading, a ruleset, what the
 * command line says. Goes out: form, group, what each column is; words about both. Private to
 * tools/csv*.c. */
#ifndef TOOLS_CSV_TABLE_H
#define TOOLS_CSV_TABLE_H

#include "tools/csv_columns.h"

enum csv_form {
    CSV_FORM_ROWS, /* a column for each reading */
    CSV_FORM_WIDE, /* a column for each device and reading */
    CSV_FORM_LONG, /* a row for each reading */
};

struct csv_table {
    const struct csv_heading *heading;
    const struct ruleset *rules;
    enum csv_form form;
    int group;                    /* of all rows; -1: each row says it */
    const char *reading;          /* of columns that only name a device; NULL */
    int key_column, value_column; /* of a long table; -1 */
    struct csv_match *matches;    /* by group */
};

/* `group`, `reading`: of the command line, or NULL. False with `problem` when it can't be decided.
 * End with csv_table_end in every case. */
bool csv_table_begin(struct csv_table *table, const struct csv_heading *heading,
                     const struct ruleset *rules, const char *group, const char *reading,
                     char *problem);
void csv_table_end(struct csv_table *table);

/* What people should know: columns that are left out; that it is wide, with so many devices. */
void csv_table_notes(const struct csv_table *table, size_t devices, char *notes);

const char *csv_table_group_name(const struct csv_table *table, uint32_t group);
int csv_table_find_group(const struct csv_table *table, struct text name); /* -1: there is none */

/* Whether a column of a wide table is a device of the group. */
bool csv_table_is_device(const struct csv_table *table, uint32_t group, size_t column,
                         struct csv_device *device);

#endif
