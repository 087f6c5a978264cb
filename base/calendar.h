/* UTC milliseconds and RFC 3339 text.
 * Comes in and goes out: milliseconds since 1970-01-01T00:00:00Z (int64, leap seconds not counted).
 * Called by the decoders (a reading's own time), alerts (message times) and the console. */
#ifndef BASE_CALENDAR_H
#define BASE_CALENDAR_H

#include "base/text.h"

struct calendar_date {
    int year, month /* 1-12 */, day /* 1-31 */, weekday /* 0 = Monday */;
    int hour, minute, second, millisecond;
};

void calendar_split(int64_t utc_ms, struct calendar_date *date);
int64_t calendar_join(const struct calendar_date *date); /* weekday is ignored */

#define CALENDAR_TEXT_BYTES 25 /* "2026-03-14T08:15:00.000Z" and the ending zero */

/* Writes "2026-03-14T08:15:00.000Z"; years 0 to 9999, clamped. Returns `text`. */
const char *calendar_write(int64_t utc_ms, char text[CALENDAR_TEXT_BYTES]);

/* Reads RFC 3339 date-time with any offset and 0 to 9 decimals (rounded down to milliseconds).
 * Returns false when the text is not one. */
bool calendar_read(struct text text, int64_t *utc_ms);

#endif
