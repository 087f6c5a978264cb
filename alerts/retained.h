/* State topics of cleared alarms, to be removed a day later (RULES, section 16.2), lest brokers
 * keep them for ever. A short list: when it is full the oldest goes early. Private to alerts/. */
#ifndef ALERTS_RETAINED_H
#define ALERTS_RETAINED_H

#include <stdbool.h>
#include <stdint.h>

#define RETAINED_MOST 256
#define RETAINED_MS (24 * 3600 * INT64_C(1000))

struct retained_state {
    int64_t remove_ms;
    uint32_t alarm, device;
};
struct retained {
    struct retained_state states[RETAINED_MOST]; /* in order of time */
    uint32_t count;
};

void retained_cleared(struct retained *retained, uint32_t alarm, uint32_t device, int64_t now_ms);
void retained_raised(struct retained *retained, uint32_t alarm, uint32_t device);
/* When the next is due; INT64_MAX: none. */
int64_t retained_next_ms(const struct retained *retained);
/* Takes out one that is due, or that has to give way to a new one. */
bool retained_take(struct retained *retained, int64_t now_ms, struct retained_state *state);

#endif
