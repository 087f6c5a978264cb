/* From a message to readings: which group, which device, which values, taken when.
 * Comes in: a topic or a UDP port, and the payload where the network card's ring put it. Goes out:
 * calls of the engine. No byte of the payload is copied and nothing is allocated. Called by the
 * sources that appliance/ connects (listener, client, UDP) and by `brink try`. */
#ifndef PIPELINE_PIPELINE_H
#define PIPELINE_PIPELINE_H

#include "rules/engine/engine.h"
#include "rules/ruleset.h"

struct pipeline_counters {
    uint64_t messages;        /* all that came in */
    uint64_t unrouted;        /* no group has such a topic or port */
    uint64_t malformed;       /* not JSON, cut off, too deep, too large */
    uint64_t names_refused;   /* a named part is missing, too long, or has control characters */
    uint64_t devices_refused; /* the table of devices is full, or too many new ones at once */
    uint64_t readings, faulty;
    uint64_t time_faults;  /* the message's own time is not there or not a time: arrival is used */
    uint64_t copied_bytes; /* of texts and names with escapes, which have to be resolved; else 0 */
    uint64_t allocations;  /* stays 0: nothing here allocates */
};

struct pipeline; /* memory of the caller */

size_t pipeline_size_bytes(const struct ruleset *rules, uint32_t devices);
struct pipeline *pipeline_create(void *memory, const struct ruleset *rules, uint32_t devices,
                                 struct engine *engine);

/* A PUBLISH. True when at least one reading of it reached the engine. */
bool pipeline_mqtt(struct pipeline *pipeline, struct text topic, struct text payload, bool retained,
                   int64_t arrived_ms);
/* A datagram: one or more messages (JSON texts one after another, or a list). */
bool pipeline_udp(struct pipeline *pipeline, uint16_t port, struct text payload,
                  int64_t arrived_ms);

/* The site's clock follows the readings (`"clock": "readings"`): a message arrives when its own
 * time is newer than any before, instead of counting as early; with the first of them the devices
 * that a table names are expected. For replays and demos. */
void pipeline_follow_readings(struct pipeline *pipeline);
/* The newest own time of any reading so far (for `"clock": "readings"`); INT64_MIN: none. */
int64_t pipeline_newest_ms(const struct pipeline *pipeline);
const struct pipeline_counters *pipeline_counters(const struct pipeline *pipeline);

/* The MQTT filters (with + and #) that the groups' topics need, each written once; returns how many
 * there are. Call with index 0.. until it returns false. */
bool pipeline_filter(const struct ruleset *rules, uint32_t index, char *room, size_t room_bytes);

#endif
