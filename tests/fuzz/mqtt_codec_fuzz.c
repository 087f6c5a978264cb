/* Any bytes as a stream of packets: nothing may be read outside of them, every view must lie within
 * its packet, and cutting a packet short must never make it complete. The first byte chooses the
 * limit for bodies; the rest is the stream. */
#include "mqtt/codec.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(bool condition)
{
    if (!condition)
        abort();
}

static void check_inside(const struct mqtt_frame *frame, const void *bytes, size_t length)
{
    const uint8_t *at = bytes;
    if (length > 0)
        check(at >= frame->body && at + length <= frame->body + frame->body_bytes);
}

static void check_text(const struct mqtt_frame *frame, struct text text)
{
    check_inside(frame, text.bytes, text.length);
}

static void read_body(const struct mqtt_frame *frame)
{
    struct mqtt_publish publish;
    if (frame->type == MQTT_PUBLISH && mqtt_publish_read(frame, &publish)) {
        check_text(frame, publish.topic);
        check_inside(frame, publish.payload, publish.payload_bytes);
        check(publish.topic.length > 0 && publish.qos < 3);
        check((publish.packet_id != 0) == (publish.qos > 0));
        check(memchr(publish.topic.bytes, 0, publish.topic.length) == NULL);
        check(memchr(publish.topic.bytes, '#', publish.topic.length) == NULL);
    }
    struct mqtt_connect connect;
    if (frame->type == MQTT_CONNECT && mqtt_connect_read(frame, &connect)) {
        check_text(frame, connect.client_id);
        check_text(frame, connect.user);
        check_text(frame, connect.password);
        check_text(frame, connect.will_topic);
        check_text(frame, connect.will_payload);
    }
    uint8_t room[64];
    if (frame->type == MQTT_SUBSCRIBE) {
        size_t written = mqtt_suback_refuse(frame, room, sizeof room);
        check(written <= sizeof room && (written == 0 || written == 2 + (size_t)room[1]));
    }
    if (frame->type == MQTT_UNSUBSCRIBE)
        (void)mqtt_packet_id_read(frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    if (length == 0)
        return 0;
    size_t most = (size_t)bytes[0] * 16;
    bytes++;
    length--;
    struct mqtt_frame frame;
    while (mqtt_frame_read(bytes, length, most, &frame) == MQTT_COMPLETE) {
        size_t taken = frame.header_bytes + frame.body_bytes;
        check(taken <= length && frame.body_bytes <= most);
        struct mqtt_frame cut;
        check(mqtt_frame_read(bytes, taken - 1, most, &cut) == MQTT_INCOMPLETE);
        uint8_t *alone = malloc(taken); /* a copy, so that reads past the packet are seen */
        memcpy(alone, bytes, taken);
        frame.body = alone + frame.header_bytes;
        read_body(&frame);
        free(alone);
        bytes += taken;
        length -= taken;
    }
    return 0;
}
