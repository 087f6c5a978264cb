/* The listener that sensors connect to: MQTT 3.1.1, QoS 0 and 1, user and password.
 * Comes in: connections and bytes in place from net/. Goes out: each PUBLISH as a topic and a payload, still
 * in the buffer that the ring filled. A packet that straddles buffers is put together in a room of its
 * own, and counted. A client that breaks the protocol is disconnected and counted; nobody else notices.
 * Called by appliance/. */
#ifndef MQTT_LISTENER_H
#define MQTT_LISTENER_H

#include "base/text.h"
#include "site/site.h"

/* Both views end with the call. Return false for a message that was not understood (it is acknowledged
 * all the same: sending it again would not help). */
typedef bool mqtt_message_function(void *context, struct text topic, const uint8_t *payload,
                                   size_t payload_bytes, bool retained);

struct mqtt_listener_counters {
    uint64_t connections, refused, closed_malformed, closed_timeout, messages, copied_bytes, allocations;
    uint32_t connected;
};

#define MQTT_MESSAGE_MAX_BYTES (64 * 1024)

/* Opens the port of the site's listener; does nothing when that is 0. Panics when the port is taken. */
void mqtt_listener_start(const struct site_settings *site, mqtt_message_function *message, void *context);
const struct mqtt_listener_counters *mqtt_listener_counters(void);

#endif
