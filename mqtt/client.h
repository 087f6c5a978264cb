/* The client towards a broker, on libmosquitto in its single-threaded mode over net/ streams: the
 * site's own broker and headquarters. Reconnects by itself with back-off and jitter. Called by
 * appliance/ and the uplink. */
#ifndef MQTT_CLIENT_H
#define MQTT_CLIENT_H

#include "net/net.h"
#include "site/site.h"

struct mqtt_client; /* at most 2 */

struct mqtt_client_events {
    const char
        *name; /* its key in site.json, for log lines: "broker" or "upstream"; NULL: "mqtt" */
    void (*connected)(void *context);
    void (*disconnected)(void *context, const char *why);
    /* Views end with the call. */
    void (*message)(void *context, struct text topic, const uint8_t *payload, size_t payload_bytes,
                    bool retained);
    /* The broker has taken a message of QoS 1 (PUBACK). Of QoS 0 nobody hears. */
    void (*published)(void *context, int message_id);
};

struct mqtt_client_will {
    const char *topic, *payload; /* QoS 1, retained; topic NULL: none. Kept by reference */
};

/* Starts to connect. `broker` and `tls` are kept by reference. Never fails: what is wrong is told
 * by log lines and tried again. */
struct mqtt_client *mqtt_client_start(const struct site_broker *broker,
                                      const struct tls_settings *tls,
                                      const struct mqtt_client_will *will,
                                      const struct mqtt_client_events *events, void *context);
bool mqtt_client_is_connected(const struct mqtt_client *client);
bool mqtt_client_subscribe(struct mqtt_client *client, const char *filter, int qos);
#define MQTT_CLIENT_IN_FLIGHT 20 /* messages of QoS 1 that wait for PUBACK */
/* Returns the message's identifier (above 0), or 0 when it can't be taken now: try after
 * `published` or `connected`. The payload is copied by the library. A message whose `published` has
 * not come when the connection is lost is forgotten: publish it again after `connected`. */
int mqtt_client_publish(struct mqtt_client *client, const char *topic, const void *payload,
                        size_t payload_bytes, int qos, bool retained);

struct mqtt_client_counters {
    uint64_t connects, disconnects; /* lost connections; failed attempts are not among them */
    uint64_t messages, published;   /* heard; taken by the broker */
    uint64_t copied_bytes;          /* of what was heard, by the library */
    uint64_t bytes_up, bytes_down;
};
const struct mqtt_client_counters *mqtt_client_counters(const struct mqtt_client *client);

#endif
