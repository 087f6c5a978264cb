/* What client.c (when to connect, what to tell) and client_net.c (libmosquitto's bytes) share.
 * Private to mqtt/. A client is its library instance's user data. */
#ifndef MQTT_CLIENT_LINK_H
#define MQTT_CLIENT_LINK_H

#include "kernel/kernel.h"
#include "mqtt/client.h"

/* The largest message that a broker may send; the library takes memory for it as its header says.
 */
#define CLIENT_MESSAGE_MAX_BYTES (256 * 1024)

enum client_phase {
    CLIENT_WAITING,    /* for the next try */
    CLIENT_OPENING,    /* the stream */
    CLIENT_CONNECTING, /* CONNECT was sent */
    CLIENT_CONNECTED
};

struct mqtt_client {
    const struct site_broker *broker;
    const struct tls_settings *tls;
    const struct mqtt_client_events *events;
    void *context;
    const char *name;
    struct mosquitto *mosquitto;
    struct stream *stream; /* NULL: there is none */
    enum client_phase phase;
    struct timer timer; /* next try, or time limit for CONNACK, or keep-alive */
    uint32_t failures;  /* in a row: doubles the delay */
    uint64_t connected_ns;
    bool has_drained;      /* the stream had nothing more to read */
    bool has_told_refusal; /* of a subscription, on this connection */
    int refusal;           /* return code of CONNACK, 0: accepted */
    const char *fault;     /* why client_net.c made the library give up; NULL: it did not */
    uint16_t in_flight[MQTT_CLIENT_IN_FLIGHT];
    uint64_t in_flight_ns[MQTT_CLIENT_IN_FLIGHT]; /* since when */
    struct timer acknowledge_timer;               /* runs while something is in flight */
    unsigned in_flight_count;
    struct mqtt_client_counters counters;
};

#endif
