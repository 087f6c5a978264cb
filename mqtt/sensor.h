/* One connection of the listener, and what its files do with it. Private to mqtt/.
 *
 *   listener.c (bytes to packets, packets to what they mean) ─► admission.c (CONNECT: who may stay)
 *              └──────────────► sensor.c (table, time limits, ends, log lines) ◄──────┘
 */
#ifndef MQTT_SENSOR_H
#define MQTT_SENSOR_H

#include "kernel/kernel.h"
#include "mqtt/codec.h"
#include "mqtt/gather.h"
#include "mqtt/listener.h"
#include "net/net.h"

#define SENSOR_NAME_BYTES 33  /* of the client identifier, for log lines */
#define SENSOR_WILL_BYTES 256 /* topic and payload */
/* Answers gathered for one send: PUBACKs of a whole segment of ordinary messages. No packet is
 * taken unless there is room for the longest answer, so that none can fail. */
#define SENSOR_ANSWER_BYTES 256
#define SENSOR_ANSWER_MAX_BYTES 64

struct sensor {
    struct connection *connection; /* NULL: this place is free */
    struct sensor *next;           /* free places, or those whose identifiers fall together */
    struct timer timer;            /* the first CONNECT, then keep-alive */
    uint64_t heard_ns;             /* when something came last */
    uint32_t silence_most_ms;      /* 0: no limit */
    bool is_connected;             /* CONNECT was accepted */
    bool is_named;                 /* stands in the table of client identifiers */
    uint64_t identifier;           /* hash of the client identifier */

    size_t
        skipped_bytes; /* at the start of the next piece: were taken before the rest was refused */
    uint8_t head[MQTT_HEADER_MAX_BYTES]; /* of a fixed header that straddles */
    uint8_t head_bytes;
    struct mqtt_frame gathering; /* whose body goes to `room` */
    uint8_t *room;               /* NULL: nothing is gathered */
    size_t gathered_bytes;
    unsigned *waits_among; /* who wait for a room, this one included; NULL: it does not */
    struct timer gather_timer;
    uint64_t gather_ns;                   /* when it began */
    struct sensor *later, **earlier_link; /* among those who gather, in the order of beginning */

    uint8_t answers[SENSOR_ANSWER_BYTES];
    size_t answer_bytes;

    struct {                                 /* section 3.1.2.5 */
        uint16_t topic_bytes, payload_bytes; /* topic_bytes 0: there is none */
        bool retained;
        char bytes[SENSOR_WILL_BYTES];
    } will;
    char name[SENSOR_NAME_BYTES];
    char peer[NET_ADDRESS_BYTES];
};

/* Why a connection ended: chooses the log line and the counter. */
enum sensor_end {
    SENSOR_LEFT, /* DISCONNECT */
    SENSOR_GONE,
    SENSOR_TAKEN_OVER,
    SENSOR_MALFORMED,
    SENSOR_TOO_LARGE,
    SENSOR_QOS_2,
    SENSOR_LATE,
    SENSOR_SILENT,
    SENSOR_SLOW,
    SENSOR_IN_THE_WAY,
    SENSOR_BAD_LEVEL,
    SENSOR_BAD_IDENTIFIER,
    SENSOR_BAD_PASSWORD,
    SENSOR_NO_PASSWORD
};

struct mqtt_listener {
    const struct site_settings *site;
    mqtt_message_function *message;
    void *context;
    struct mqtt_listener_counters counters;
};
extern struct mqtt_listener listener;

/* ---- sensor.c ---- ------------------------------------------------------------------------- */

void sensors_must_start(unsigned count);
/* A free place with its time limit for CONNECT running; NULL when all are taken (counted, logged).
 */
struct sensor *sensor_take(struct connection *connection, const char *peer);
/* CONNECT was accepted: from now on only 1.5 times the keep-alive may pass in silence. */
void sensor_admit(struct sensor *sensor, uint16_t keepalive_s);
/* A room was asked for in vain; net/ offers the bytes again. */
void sensor_wait_for_room(struct sensor *sensor, size_t bytes);
/* False while others wait for such a room longer: a sensor whose packets follow each other closely
 * must not have it again and again. From then on it waits, too. */
bool sensor_may_gather(struct sensor *sensor, size_t bytes);
void sensor_gather_started(struct sensor *sensor);
void sensor_gather_ended(struct sensor *sensor);
/* There is no room for a packet of so many bytes: ends the connection that has kept one longest, if
 * that is too long while others wait. True when a room has become free. */
bool sensor_free_room(size_t bytes);
/* Sends what was gathered; false when that is not possible now. It is tried again by a timer. */
bool sensor_send_answers(struct sensor *sensor);
/* Sends the answers, closes, publishes the last will where one is due and frees the place. */
void sensor_end(struct sensor *sensor, enum sensor_end end);

/* ---- admission.c ---- ---------------------------------------------------------------------- */

void admission_must_start(unsigned count);
/* Decides about a CONNECT and answers it. False: the connection has ended. */
bool admission_decide(struct sensor *sensor, const struct mqtt_frame *frame);
/* A sensor that ends leaves the table of client identifiers. */
void admission_forget(struct sensor *sensor);

#endif
