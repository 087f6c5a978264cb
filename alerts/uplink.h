/* Takes what waits in the spool upstream: the most urgent first, no faster than `send at most`
 * says, at least once. Comes in: a link that comes and goes. Goes out: calls of the transport.
 * Private to alerts/. */
#ifndef ALERTS_UPLINK_H
#define ALERTS_UPLINK_H

#include "alerts/alerts.h"
#include "alerts/spool.h"

#define UPLINK_IN_FLIGHT_MOST 16

struct uplink_flight { /* given to the transport, not yet taken by the broker */
    int message_id;    /* 0: free */
    uint64_t number;   /* of the record */
    enum spool_delivery delivery;
};

struct uplink {
    struct alerts_transport transport;
    struct alerts_counters *counters;
    bool is_connected;
    struct uplink_flight flights[UPLINK_IN_FLIGHT_MOST];
    uint32_t in_flight;
    /* `send at most` as a bucket: each millisecond adds send_at_most units, a message costs
     * send_per_ms. */
    uint64_t send_at_most, send_per_ms, units;
    int64_t filled_ms;
};

void uplink_init(struct uplink *uplink, const struct ruleset *rules,
                 struct alerts_transport transport, struct alerts_counters *counters);
void uplink_disconnected(struct uplink *uplink, struct spool *spool);
void uplink_published(struct uplink *uplink, struct spool *spool, int message_id);
/* As far as the transport and `send at most` allow. Returns when to call again; INT64_MAX: after
 * the next event. */
int64_t uplink_send(struct uplink *uplink, struct spool *spool, int64_t now_ms);
/* The clock that now_ms is of was put forward by so much. */
void uplink_step_clock(struct uplink *uplink, int64_t delta_ms);

#endif
