/* Time zones by name: their rules as POSIX writes them ("GMT0BST,M3.5.0/1,M10.5.0").
 * The table is made from Debian's tzdata when Brink is built (zones.py), so that the same rule file
 * gives the same ruleset on every desk. Called by parse_site.c. */
#ifndef RULES_LANGUAGE_ZONES_H
#define RULES_LANGUAGE_ZONES_H

#include <stddef.h>

struct zone_row {
    const char *name, *rule;
};
extern const struct zone_row zone_rows[]; /* in the order of their names */
extern const size_t zone_rows_count;

#endif
