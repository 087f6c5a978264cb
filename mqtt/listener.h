/* The listener that sensors connect to: MQTT 3.1.1, QoS 0 and 1, user and password.
 * Comes in: connections and bytes in place from net/. Goes out: each PUBLISH as a topic and a
 * payload, still in the buffer that the ring filled. A packet that straddles buffers is put
 * together in a room of its own, and counted. A client that breaks the protocol is disconnected and
 * counted; nobody else notices. Called by appliance/. */
#ifndef MQTT_LISTENER_H
#define MQTT_LISTENER_H

#include "base/text.h"
#include "site/site.h"

/* Both views end with the call. Return false for a message that was not understood (it is
 * acknowledged all the same: sending it again would not help). */
typedef bool mqtt_message_function(void *context, struct text topic, const uint8_t *payload,
                                   size_t payload_bytes, bool retained);

struct mqtt_listener_counters {
    uint64_t connections; /* TCP connections that were taken */
    uint64_t
        refused; /* of CONNECT: user, password, client identifier, level; or no place was free */
    uint64_t closed_malformed;   /* broke the protocol */
    uint64_t closed_too_large;   /* a packet above MQTT_MESSAGE_MAX_BYTES */
    uint64_t closed_unsupported; /* QoS 2 */
    uint64_t
        closed_timeout; /* no CONNECT in time, silence beyond keep-alive, a packet never finished */
    uint64_t taken_over;                /* the same client identifier came again */
    uint64_t messages;                  /* PUBLISH packets handed over, last wills included */
    uint64_t copied_bytes, allocations; /* of packets that straddle buffers */
    uint64_t held_back; /* pieces that could not be taken at once: no room, or answers not sent */
    uint32_t connected; /* now */
};

/* Of the body of a packet: topic, identifier and payload. */
#define MQTT_MESSAGE_MAX_BYTES (64 * 1024)

/* Opens the port of the site's listener; does nothing when that is 0. Panics when the port is
 * taken. */
void mqtt_listener_start(const struct site_settings *site, mqtt_message_function *message,
                         void *context);
const struct mqtt_listener_counters *mqtt_listener_counters(void);

#endif
