/* Units of readings and their conversion (RULES section 8.1).
 * Comes in: a unit as people write it. Goes out: the unit, its kind, numbers converted within the
 * kind. A point (5 °C is 41 °F) and a difference (5 K is 9 °F) convert differently; the place in
 * the line says which one is meant. Called by the parser. */
#ifndef RULES_LANGUAGE_UNITS_H
#define RULES_LANGUAGE_UNITS_H

#include "rules/language/arena.h"

struct unit_kind {
    const char *name;    /* "temperature" */
    const char *article; /* "a" or "an" */
};

struct unit {
    const char *name;             /* as it is shown */
    const struct unit_kind *kind; /* NULL: somebody's own unit, never converted */
    double shift, up, down;       /* in the kind's first unit: (number - shift) * up / down */
};

enum unit_place { UNIT_POINT, UNIT_DIFFERENCE };

/* NULL when there is no such unit, or when only its case could tell which one is meant ("mw"). */
const struct unit *unit_find(struct text written);

/* A unit in quote marks: one of the known ones when it is spelt like it, else its own kind. */
const struct unit *unit_own(struct arena *arena, struct text written);

bool unit_same_kind(const struct unit *a, const struct unit *b);

/* Both of one kind. A converted number is rounded to 12 digits, so that 35.6 °F is 2 °C. */
double unit_convert(double number, const struct unit *from, const struct unit *to,
                    enum unit_place place);

/* Its name, or "no unit". */
const char *unit_shown(const struct unit *unit);

/* "V" for "volts": words that are no spelling of a unit here; NULL: none is meant. */
const char *unit_meant(struct text said);

/* All names, for suggestions; *count is how many. */
const struct text *unit_names(size_t *count);

#endif
