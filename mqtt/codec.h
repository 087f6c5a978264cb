/* MQTT 3.1.1 packets, read in place and written into the caller's room.
 * Comes in: bytes as they lie in the receive buffer. Goes out: views into the same bytes. Nothing
 * is copied, nothing is allocated. Called by mqtt/listener.c and by fuzzers. (OASIS MQTT 3.1.1;
 * MQTT 5 gets its place here: `level` 5 is told apart in CONNECT and refused with return code 1
 * until then.) */
#ifndef MQTT_CODEC_H
#define MQTT_CODEC_H

#include "base/text.h"

enum mqtt_packet_type {
    MQTT_CONNECT = 1,
    MQTT_CONNACK,
    MQTT_PUBLISH,
    MQTT_PUBACK,
    MQTT_PUBREC,
    MQTT_PUBREL,
    MQTT_PUBCOMP,
    MQTT_SUBSCRIBE,
    MQTT_SUBACK,
    MQTT_UNSUBSCRIBE,
    MQTT_UNSUBACK,
    MQTT_PINGREQ,
    MQTT_PINGRESP,
    MQTT_DISCONNECT
};

enum mqtt_verdict {
    MQTT_COMPLETE,
    MQTT_INCOMPLETE, /* more bytes are needed */
    MQTT_MALFORMED,
    MQTT_TOO_LARGE
};

struct mqtt_frame { /* fixed header, section 2.2 */
    enum mqtt_packet_type type;
    uint8_t flags;
    size_t header_bytes, body_bytes;
    const uint8_t *body;
};

/* Looks at the bytes of a stream. COMPLETE: *frame is the first packet, header_bytes + body_bytes
 * long. INCOMPLETE and TOO_LARGE: type, flags, header_bytes and body_bytes are set if the header
 * was whole, else header_bytes is 0. Flags that section 2.2.2 forbids and bodies of a wrong length
 * are MALFORMED. */
#define MQTT_HEADER_MAX_BYTES 5
enum mqtt_verdict mqtt_frame_read(const uint8_t *bytes, size_t length, size_t most_body_bytes,
                                  struct mqtt_frame *frame);

struct mqtt_connect {
    uint8_t level;
    bool clean_session, has_will, will_retained, has_user, has_password;
    uint16_t keepalive_s;
    struct text client_id, user, password, will_topic, will_payload;
};
/* False: malformed. With a `level` other than 4 only the level was read: answer with return code 1
 * (section 3.1.2.2). MQTT 3.1, which names itself "MQIsdp", is level 3. */
bool mqtt_connect_read(const struct mqtt_frame *frame, struct mqtt_connect *connect);
#define MQTT_LEVEL_3_1_1 4

struct mqtt_publish {
    struct text topic;
    const uint8_t *payload;
    size_t payload_bytes;
    uint16_t packet_id; /* QoS 1 and 2 */
    uint8_t qos;
    bool retained, duplicate;
};
/* False: malformed (QoS 3, wildcard or zero byte in the topic, ill-formed UTF-8, short, identifier
 * 0). */
bool mqtt_publish_read(const struct mqtt_frame *frame, struct mqtt_publish *publish);

/* Writers return how many bytes they wrote. */
size_t mqtt_connack_write(uint8_t room[4], bool session_present, uint8_t return_code);
size_t mqtt_puback_write(uint8_t room[4], uint16_t packet_id);
size_t mqtt_pingresp_write(uint8_t room[2]);
size_t mqtt_unsuback_write(uint8_t room[4], uint16_t packet_id);
/* The identifier of a SUBSCRIBE or UNSUBSCRIBE; 0: malformed. */
uint16_t mqtt_packet_id_read(const struct mqtt_frame *frame);
/* SUBACK that refuses (0x80) every filter of the SUBSCRIBE: the listener only hears. 0: malformed,
 * or no room. */
size_t mqtt_suback_refuse(const struct mqtt_frame *subscribe, uint8_t *room, size_t room_bytes);

#endif
