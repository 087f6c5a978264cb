/* Local time: what the clocks on the wall show.
 * Comes in: a zone as POSIX writes it ("GMT0BST,M3.5.0/1,M10.5.0"), about 30 bytes, sealed with the
 * site. Goes out: the offset from UTC at an instant. Called by alerts/ (texts) and
 * rules/engine (hours, days of reports). */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include "base/text.h"

#define ZONE_NAME_BYTES 12

struct zone_change { /* the Nth weekday of a month, or a day of the year */
    char kind; /* 'M': month, week (5 = last), day (0 = Sunday); 'J': 1-365, no leap day; 'D': 0-365
                */
    int month, week, day;
    int32_t second; /* of that day, local time; may be negative or beyond a day */
};

struct zone {
    char name[2][ZONE_NAME_BYTES]; /* standard, summer */
    int32_t offset_s[2];           /* east of UTC */
    bool has_summer;
    struct zone_change begins, ends;
};

/* False when it is not one; *zone is UTC then. An empty text is UTC. */
bool zone_read(const char *posix, struct zone *zone);
/* Seconds east of UTC; *name is what the time is called then. */
int32_t zone_offset_s(const struct zone *zone, int64_t utc_ms, const char **name);

#endif
