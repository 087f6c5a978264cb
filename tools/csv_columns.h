/* What the columns of a table are for a group of sensors. Comes in: a heading, a ruleset. Goes out:
 * which column holds which named part and which reading. Private to tools/csv*.c. */
#ifndef TOOLS_CSV_COLUMNS_H
#define TOOLS_CSV_COLUMNS_H

#include "tools/csv.h"

/* A column for each named part and reading; -1: none. */
struct csv_match {
    int name_columns[RULES_NAMES_MAX];
    int reading_columns[RULES_READINGS_MAX];
    unsigned readings_found;
};

/* A column of a wide table: one reading of one device. */
struct csv_device {
    uint32_t reading;
    struct text names[RULES_NAMES_MAX]; /* those that have no column of their own; else empty */
};

const struct rules_group *csv_group(const struct ruleset *rules, uint32_t group);

void csv_match_group(const struct csv_heading *heading, const struct ruleset *rules, uint32_t group,
                     struct csv_match *match);

/* The first named part of the group that no column has, nor the topic; NULL: all are there. */
const char *csv_missing_name(const struct csv_heading *heading, const struct ruleset *rules,
                             uint32_t group, const struct csv_match *match);

/* The group's reading of that name or path; -1: none. */
int csv_reading_called(const struct ruleset *rules, uint32_t group, struct text name);

/* A column that says itself in which unit it is, while the rules read it in another one: false,
 * with `problem`. */
bool csv_units_fit(const struct csv_heading *heading, const struct ruleset *rules, uint32_t group,
                   const struct csv_match *match, char *problem);

/* "dairy-1 temperature", "temperature 14/dairy-1": a column for a device; with `bare` (a reading,
 * or -1) "dairy-1" alone, too. False when it is none. */
bool csv_device_column(const struct csv_heading *heading, const struct ruleset *rules,
                       uint32_t group, const struct csv_match *match, size_t column, int bare,
                       struct csv_device *device);

#endif
