/* MQTT 3.1.1 packets in place. See codec.h. Section numbers are those of the OASIS standard of
 * 2014. Everything is read through `struct reader`, which never passes the end of the packet. */
#include "mqtt/codec.h"

/* ---- the fixed header, section 2.2 --------------------------------------------------------- */

#define ANY_LENGTH 0xff

/* Flags that a type must carry (table 2.2), which of them are fixed, and its body's length if that
 * is. */
static const struct {
    uint8_t flags, fixed, body_bytes;
} packet_shapes[16] = {
    [MQTT_CONNECT] = {0, 0xf, ANY_LENGTH}, [MQTT_CONNACK] = {0, 0xf, 2},
    [MQTT_PUBLISH] = {0, 0, ANY_LENGTH},   [MQTT_PUBACK] = {0, 0xf, 2},
    [MQTT_PUBREC] = {0, 0xf, 2},           [MQTT_PUBREL] = {2, 0xf, 2},
    [MQTT_PUBCOMP] = {0, 0xf, 2},          [MQTT_SUBSCRIBE] = {2, 0xf, ANY_LENGTH},
    [MQTT_SUBACK] = {0, 0xf, ANY_LENGTH},  [MQTT_UNSUBSCRIBE] = {2, 0xf, ANY_LENGTH},
    [MQTT_UNSUBACK] = {0, 0xf, 2},         [MQTT_PINGREQ] = {0, 0xf, 0},
    [MQTT_PINGRESP] = {0, 0xf, 0},         [MQTT_DISCONNECT] = {0, 0xf, 0},
};

enum mqtt_verdict mqtt_frame_read(const uint8_t *bytes, size_t length, size_t most_body_bytes,
                                  struct mqtt_frame *frame)
{
    frame->header_bytes = 0;
    frame->body_bytes = 0;
    if (length == 0)
        return MQTT_INCOMPLETE;
    unsigned type = bytes[0] >> 4, flags = bytes[0] & 0xf;
    if (type == 0 || type == 15 || (flags & packet_shapes[type].fixed) != packet_shapes[type].flags)
        return MQTT_MALFORMED;

    size_t body_bytes = 0, at = 1; /* section 2.2.3: 1 to 4 bytes, 7 bits each, the lowest first */
    unsigned shift = 0;
    uint8_t byte;
    do {
        if (at == MQTT_HEADER_MAX_BYTES)
            return MQTT_MALFORMED;
        if (at == length)
            return MQTT_INCOMPLETE;
        byte = bytes[at++];
        body_bytes |= (size_t)(byte & 0x7f) << shift;
        shift += 7;
    } while (byte & 0x80);

    frame->type = (enum mqtt_packet_type)type;
    frame->flags = (uint8_t)flags;
    frame->header_bytes = at;
    frame->body_bytes = body_bytes;
    frame->body = bytes + at;
    uint8_t due = packet_shapes[type].body_bytes;
    if (due != ANY_LENGTH && body_bytes != due)
        return MQTT_MALFORMED;
    if (body_bytes > most_body_bytes)
        return MQTT_TOO_LARGE;
    return body_bytes <= length - at ? MQTT_COMPLETE : MQTT_INCOMPLETE;
}

/* ---- fields -------------------------------------------------------------------------------- */

struct reader {
    const uint8_t *at, *end;
    bool has_failed; /* what was asked for did not lie within the packet */
};

static struct reader reader_of(const struct mqtt_frame *frame)
{
    return (struct reader){frame->body, frame->body + frame->body_bytes, false};
}

static size_t left(const struct reader *reader)
{
    return (size_t)(reader->end - reader->at);
}

static uint8_t take_byte(struct reader *reader)
{
    if (reader->at == reader->end) {
        reader->has_failed = true;
        return 0;
    }
    return *reader->at++;
}

static uint16_t take_number(struct reader *reader)
{
    if (left(reader) < 2) {
        reader->has_failed = true;
        reader->at = reader->end;
        return 0;
    }
    reader->at += 2;
    return (uint16_t)(reader->at[-2] << 8 | reader->at[-1]);
}

/* Two bytes of length and as many bytes, section 1.5.3. */
static struct text take_text(struct reader *reader)
{
    size_t length = take_number(reader);
    if (left(reader) < length) {
        reader->has_failed = true;
        length = left(reader);
    }
    reader->at += length;
    return (struct text){(const char *)reader->at - length, length};
}

/* ---- strings, section 1.5.3 ---------------------------------------------------------------- */

/* Sequences of UTF-8 by their first byte, and the range of the second byte, which shuts out forms
 * that are too long, surrogates (MQTT-1.5.3-1) and what lies above U+10FFFF. (Unicode, table 3-7.)
 */
static const struct {
    uint8_t first, last, following, second_least, second_most;
} sequences[] = {
    {0xc2, 0xdf, 1, 0x80, 0xbf}, {0xe0, 0xe0, 2, 0xa0, 0xbf}, {0xe1, 0xec, 2, 0x80, 0xbf},
    {0xed, 0xed, 2, 0x80, 0x9f}, {0xee, 0xef, 2, 0x80, 0xbf}, {0xf0, 0xf0, 3, 0x90, 0xbf},
    {0xf1, 0xf3, 3, 0x80, 0xbf}, {0xf4, 0xf4, 3, 0x80, 0x8f},
};

/* How many bytes the character at `at` takes; 0 when it is ill-formed or U+0000 (MQTT-1.5.3-2). */
static size_t character_bytes(const uint8_t *at, size_t length)
{
    if (at[0] < 0x80)
        return at[0] != 0;
    for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++) {
        if (at[0] > sequences[i].last)
            continue;
        size_t following = sequences[i].following;
        if (at[0] < sequences[i].first || following >= length ||
            at[1] < sequences[i].second_least || at[1] > sequences[i].second_most)
            return 0;
        for (size_t j = 2; j <= following; j++) {
            if ((at[j] & 0xc0) != 0x80)
                return 0;
        }
        return 1 + following;
    }
    return 0;
}

static bool is_utf8(struct text text)
{
    const uint8_t *at = (const uint8_t *)text.bytes;
    size_t rest = text.length;
    while (rest > 0) {
        size_t taken = character_bytes(at, rest);
        if (taken == 0)
            return false;
        at += taken;
        rest -= taken;
    }
    return true;
}

#define EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

/* Not 0 when one of the eight bytes is 0 (Lamport, "Multiple byte processing with full-word
 * instructions", CACM 18(8), 1975). */
static uint64_t has_zero_byte(uint64_t word)
{
    return (word - EACH_BYTE(0x01)) & ~word & EACH_BYTE(0x80);
}

/* Not 0 when one of the eight bytes is 0, a wildcard, or not ASCII. */
static uint64_t has_unusual_byte(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return (word & EACH_BYTE(0x80)) | has_zero_byte(word) | has_zero_byte(word ^ EACH_BYTE('+')) |
           has_zero_byte(word ^ EACH_BYTE('#'));
}

/* At least one character (MQTT-4.7.3-1), no wildcard (MQTT-3.3.2-2), well-formed. Topics are mostly
 * ASCII, so eight bytes are looked at in one go, the last eight overlapping those before. */
static bool is_topic_name(struct text topic)
{
    if (topic.length >= 8) {
        uint64_t unusual = has_unusual_byte(topic.bytes + topic.length - 8);
        for (size_t at = 0; at + 8 < topic.length; at += 8)
            unusual |= has_unusual_byte(topic.bytes + at);
        if (unusual == 0)
            return true;
    }
    return topic.length > 0 && memchr(topic.bytes, '+', topic.length) == NULL &&
           memchr(topic.bytes, '#', topic.length) == NULL && is_utf8(topic);
}

/* ---- CONNECT, section 3.1 ------------------------------------------------------------------ */

enum { /* figure 3.4 */
       FLAG_RESERVED = 0x01,
       FLAG_CLEAN_SESSION = 0x02,
       FLAG_WILL = 0x04,
       FLAG_WILL_QOS = 0x18,
       FLAG_WILL_RETAIN = 0x20,
       FLAG_PASSWORD = 0x40,
       FLAG_USER = 0x80
};

/* MQTT-3.1.2-3, -11, -13 to -15, -22. */
static bool are_connect_flags(uint8_t flags)
{
    if ((flags & FLAG_RESERVED) != 0 || (flags & FLAG_WILL_QOS) == FLAG_WILL_QOS)
        return false;
    if ((flags & FLAG_WILL) == 0 && (flags & (FLAG_WILL_QOS | FLAG_WILL_RETAIN)) != 0)
        return false;
    return (flags & FLAG_USER) != 0 || (flags & FLAG_PASSWORD) == 0;
}

bool mqtt_connect_read(const struct mqtt_frame *frame, struct mqtt_connect *connect)
{
    struct reader reader = reader_of(frame);
    *connect = (struct mqtt_connect){0};
    struct text protocol = take_text(&reader);
    uint8_t level = take_byte(&reader);
    bool is_mqtt = text_equal(protocol, TEXT("MQTT"));
    if (reader.has_failed || (!is_mqtt && !text_equal(protocol, TEXT("MQIsdp"))))
        return false;
    connect->level = is_mqtt || level != MQTT_LEVEL_3_1_1 ? level : 0;
    if (connect->level != MQTT_LEVEL_3_1_1)
        return true; /* what follows is laid out otherwise */

    uint8_t flags = take_byte(&reader);
    if (!are_connect_flags(flags))
        return false;
    connect->keepalive_s = take_number(&reader);
    connect->clean_session = (flags & FLAG_CLEAN_SESSION) != 0;
    connect->has_will = (flags & FLAG_WILL) != 0;
    connect->will_retained = (flags & FLAG_WILL_RETAIN) != 0;
    connect->has_user = (flags & FLAG_USER) != 0;
    connect->has_password = (flags & FLAG_PASSWORD) != 0;
    connect->client_id = take_text(&reader);
    if (connect->has_will) {
        connect->will_topic = take_text(&reader);
        connect->will_payload = take_text(&reader);
    }
    if (connect->has_user)
        connect->user = take_text(&reader);
    if (connect->has_password)
        connect->password = take_text(&reader);
    if (reader.has_failed || left(&reader) != 0)
        return false;
    return is_utf8(connect->client_id) && is_utf8(connect->user) &&
           (!connect->has_will || is_topic_name(connect->will_topic));
}

/* ---- PUBLISH, section 3.3 ------------------------------------------------------------------ */

bool mqtt_publish_read(const struct mqtt_frame *frame, struct mqtt_publish *publish)
{
    struct reader reader = reader_of(frame);
    publish->retained = (frame->flags & 1) != 0;
    publish->qos = (frame->flags >> 1) & 3;
    publish->duplicate = (frame->flags & 8) != 0;
    if (publish->qos == 3 || (publish->qos == 0 && publish->duplicate))
        return false; /* MQTT-3.3.1-4, MQTT-3.3.1-2 */
    publish->topic = take_text(&reader);
    publish->packet_id = publish->qos > 0 ? take_number(&reader) : 0;
    if (reader.has_failed || (publish->qos > 0 && publish->packet_id == 0)) /* MQTT-2.3.1-1 */
        return false;
    publish->payload = reader.at;
    publish->payload_bytes = left(&reader);
    return is_topic_name(publish->topic);
}

/* ---- answers ------------------------------------------------------------------------------- */

static size_t write_four(uint8_t room[4], enum mqtt_packet_type type, uint8_t third, uint8_t fourth)
{
    room[0] = (uint8_t)(type << 4);
    room[1] = 2;
    room[2] = third;
    room[3] = fourth;
    return 4;
}

size_t mqtt_connack_write(uint8_t room[4], bool session_present, uint8_t return_code)
{
    return write_four(room, MQTT_CONNACK, session_present, return_code);
}

size_t mqtt_puback_write(uint8_t room[4], uint16_t packet_id)
{
    return write_four(room, MQTT_PUBACK, (uint8_t)(packet_id >> 8), (uint8_t)packet_id);
}

size_t mqtt_unsuback_write(uint8_t room[4], uint16_t packet_id)
{
    return write_four(room, MQTT_UNSUBACK, (uint8_t)(packet_id >> 8), (uint8_t)packet_id);
}

size_t mqtt_pingresp_write(uint8_t room[2])
{
    room[0] = MQTT_PINGRESP << 4;
    room[1] = 0;
    return 2;
}

uint16_t mqtt_packet_id_read(const struct mqtt_frame *frame)
{
    struct reader reader = reader_of(frame);
    return take_number(&reader);
}

size_t mqtt_suback_refuse(const struct mqtt_frame *subscribe, uint8_t *room, size_t room_bytes)
{
    const size_t header_bytes = 4; /* with one byte of remaining length: up to 125 filters */
    struct reader reader = reader_of(subscribe);
    uint16_t packet_id = take_number(&reader);
    size_t filters = 0;
    while (!reader.has_failed && left(&reader) > 0) {
        struct text filter = take_text(&reader);
        uint8_t qos = take_byte(&reader);
        if (reader.has_failed || filter.length == 0 || qos > 2 || !is_utf8(filter))
            return 0; /* MQTT-3-8.3-4, MQTT-3.8.3-1 */
        filters++;
    }
    if (packet_id == 0 || filters == 0 || filters > 125 || room_bytes < header_bytes + filters)
        return 0; /* MQTT-2.3.1-1, MQTT-3.8.3-3 */
    write_four(room, MQTT_SUBACK, (uint8_t)(packet_id >> 8), (uint8_t)packet_id);
    room[1] = (uint8_t)(2 + filters);
    memset(room + header_bytes, 0x80, filters);
    return header_bytes + filters;
}
