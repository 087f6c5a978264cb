/* The spool's way upstream (see uplink.h; RULES, section 16.5). */
#include "alerts/uplink.h"

#define BIT(delivery) ((uint8_t)(1u << (delivery)))
#define BUSY_WAIT_MS 1000 /* the transport takes nothing just now */

void uplink_init(struct uplink *uplink, const struct ruleset *rules,
                 struct alerts_transport transport, struct alerts_counters *counters)
{
    *uplink = (struct uplink){.transport = transport,
                              .counters = counters,
                              .send_at_most = rules->send_at_most,
                              .send_per_ms = rules->send_per_ms,
                              .filled_ms = INT64_MIN};
    uplink->units = uplink->send_at_most * uplink->send_per_ms; /* a full bucket */
}

void uplink_disconnected(struct uplink *uplink, struct spool *spool)
{
    uplink->is_connected = false;
    memset(uplink->flights, 0, sizeof uplink->flights);
    uplink->in_flight = 0;
    spool_mark_lost(spool);
}

void uplink_published(struct uplink *uplink, struct spool *spool, int message_id)
{
    for (size_t i = 0; i < UPLINK_IN_FLIGHT_MOST; i++) {
        struct uplink_flight *flight = &uplink->flights[i];
        if (message_id <= 0 || flight->message_id != message_id)
            continue;
        struct spool_record *record = spool_find(spool, flight->number);
        if (record) /* else it was dropped, or overtaken by a newer state */
            spool_mark_taken(spool, record, flight->delivery);
        flight->message_id = 0;
        uplink->in_flight--;
        uplink->counters->acknowledged++;
        return;
    }
}

/* ---- how fast ------------------------------------------------------------------------------ */

static void fill_bucket(struct uplink *uplink, int64_t now_ms)
{
    uint64_t full = uplink->send_at_most * uplink->send_per_ms;
    if (uplink->filled_ms != INT64_MIN && now_ms > uplink->filled_ms) {
        uint64_t passed = (uint64_t)(now_ms - uplink->filled_ms);
        /* After one period the bucket is full, however long it was. */
        uplink->units +=
            (passed < uplink->send_per_ms ? passed : uplink->send_per_ms) * uplink->send_at_most;
        if (uplink->units > full)
            uplink->units = full;
    }
    uplink->filled_ms = now_ms; /* also when the clock went back: it fills on from there */
}

void uplink_step_clock(struct uplink *uplink, int64_t delta_ms)
{
    if (uplink->filled_ms != INT64_MIN)
        uplink->filled_ms += delta_ms;
}

static int64_t next_unit_ms(const struct uplink *uplink, int64_t now_ms)
{
    uint64_t lacking = uplink->send_per_ms - uplink->units;
    return now_ms + (int64_t)((lacking + uplink->send_at_most - 1) / uplink->send_at_most);
}

/* ---- sending ------------------------------------------------------------------------------- */

static bool publish(struct uplink *uplink, struct spool_record *record,
                    enum spool_delivery delivery)
{
    const char *topic = spool_topic(record, delivery);
    int id = uplink->transport.publish(uplink->transport.context, topic, spool_payload(record),
                                       record->payload_bytes, 1, delivery == SPOOL_TO_STATE);
    if (id <= 0)
        return false;
    for (size_t i = 0; i < UPLINK_IN_FLIGHT_MOST; i++) {
        if (uplink->flights[i].message_id == 0) {
            uplink->flights[i] = (struct uplink_flight){id, record->number, delivery};
            break;
        }
    }
    uplink->in_flight++;
    uplink->counters->sent++;
    uplink->counters->repeated += (record->was_sent & BIT(delivery)) != 0;
    uplink->counters->bytes_up += strlen(topic) + record->payload_bytes;
    record->under_way |= BIT(delivery);
    record->was_sent |= BIT(delivery);
    return true;
}

int64_t uplink_send(struct uplink *uplink, struct spool *spool, int64_t now_ms)
{
    enum spool_delivery delivery = SPOOL_TO_TOPIC;
    struct spool_record *record;
    if (!uplink->is_connected)
        return INT64_MAX;
    bool is_limited = uplink->send_at_most > 0 && uplink->send_per_ms > 0;
    fill_bucket(uplink, now_ms);
    while (uplink->in_flight < UPLINK_IN_FLIGHT_MOST &&
           (record = spool_most_urgent(spool, &delivery)) != NULL) {
        if (is_limited && uplink->units < uplink->send_per_ms)
            return next_unit_ms(uplink, now_ms);
        if (!publish(uplink, record, delivery))
            return now_ms + BUSY_WAIT_MS;
        if (is_limited)
            uplink->units -= uplink->send_per_ms;
    }
    return INT64_MAX;
}
