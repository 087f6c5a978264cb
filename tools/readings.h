/* Recorded readings: JSON lines {"topic": ..., "time": ..., "payload": ...} or {"udp": 5005, ...};
 * "payload_hex" in place of "payload" holds any bytes.
 * Comes in: one line. Goes out: its parts; the payload byte for byte as it was recorded, so that
 * decimals stay what they were. Called by `brink try`. */
#ifndef TOOLS_READINGS_H
#define TOOLS_READINGS_H

#include "base/zone.h"

struct recorded {
    char topic[1024];  /* "" with udp */
    uint16_t udp_port; /* 0 with topic */
    bool retained;
    int64_t time_ms;
    struct text payload; /* in the line, or in `room` when it was written as a JSON string */
    char *room;          /* freed by recorded_free */
};

/* Reads one line; `zone` is that of times that say none. `line` may be changed only after
 * recorded_free. Returns NULL, else what is wrong: a constant. */
const char *recorded_read(struct text line, const struct zone *zone, struct recorded *recorded);
void recorded_free(struct recorded *recorded);

#endif
