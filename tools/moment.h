/* The times of recordings and of command lines, as programs and people write them.
 * Comes in: a text; the zone of a time that says none. Goes out: UTC milliseconds. Called by
 * everything in tools/ that reads a time. */
#ifndef TOOLS_MOMENT_H
#define TOOLS_MOMENT_H

#include "base/zone.h"

/* One of
 *   2026-03-14T08:15:00Z       RFC 3339; a blank for T; an offset as +01:00, +0100 or +01, or UTC
 *   2026-03-14 08:15[:30[.5]]  local time, of `zone`
 *   14.03.2026 08:15[:30]      the same, day first
 *   1773475200, 1773475200500  seconds since 1970, with decimals if need be; milliseconds
 *                              (beyond the year 5000 in seconds)
 * False when it is none of them: moment_problem says what is the matter. */
bool moment_read(struct text text, const struct zone *zone, int64_t *time_ms);

/* The same for a number that was one already (JSON). */
bool moment_of_number(double number, int64_t *time_ms);

/* A sentence about a text that moment_read refused: "its time ...". A constant. */
const char *moment_problem(struct text text);

#endif
