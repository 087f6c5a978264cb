/* State topics of cleared alarms, to be removed a day later (RULES, section 16.2), lest brokers
 * keep them for ever. A short list: when it is full the oldest goes early. Private to alerts/. */
#ifndef ALERTS_RETAINED_H
#define ALERTS_RETAINED_H

#include <stdbool.h>
#include <stdint.h>

#define RETAINED_MOST 256
#define RETAINED_MS (24 * 3600 * INT64_C(1000))

struct retained_state {
    int64_t remove_ms; /* INT64_MAX: cleared just now */
    uint32_t alarm, device;
};
struct retained {
    struct retained_state states[RETAINED_MOST]; /* in order of time */
    uint32_t count;
};

void retained_cleared(struct retained *retained, uint32_t alarm, uint32_t device);
void retained_raised(struct retained *retained, uint32_t alarm, uint32_t device);
/* Is it one of them, to be removed some day? It is one of them no longer. */
bool retained_forget(struct retained *retained, uint32_t alarm, uint32_t device);
/* What was cleared since the last call was cleared now, by the site's clock: the readings' own time
 * may be weeks behind. */
void retained_tell_time(struct retained *retained, int64_t now_ms);
/* That clock was put forward by so much. */
void retained_step_clock(struct retained *retained, int64_t delta_ms);
/* When the next is due; INT64_MAX: none. */
int64_t retained_next_ms(const struct retained *retained);
/* Takes out one that is due, or that has to give way to a new one. */
bool retained_take(struct retained *retained, int64_t now_ms, struct retained_state *state);

#endif
