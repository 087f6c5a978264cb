/* The codec: each packet as the standard's figures show it, each rule that it may break, each cut.
 */
#include "mqtt/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define MOST 65536

static uint8_t packet[70000];

/* A view of a string constant's bytes as a frame, copied to the end of a block so that the
 * sanitizer sees a read past it. Freed by the next call. */
static enum mqtt_verdict read_frame(const void *bytes, size_t length, struct mqtt_frame *frame)
{
    static uint8_t *block;
    free(block);
    block = malloc(length + (length == 0));
    memcpy(block, bytes, length);
    return mqtt_frame_read(block, length, MOST, frame);
}

#define READ(constant, frame) read_frame((constant), sizeof(constant) - 1, (frame))

static void a_frame_is_complete_only_with_its_last_byte(void **state)
{
    (void)state;
    static const char bytes[] = "\x30\x05\x00\x01tab";
    struct mqtt_frame frame;
    for (size_t length = 0; length < sizeof bytes - 1; length++) {
        assert_int_equal(read_frame(bytes, length, &frame), MQTT_INCOMPLETE);
        assert_int_equal(frame.header_bytes, length < 2 ? 0 : 2);
        assert_int_equal(frame.body_bytes, length < 2 ? 0 : 5);
    }
    assert_int_equal(READ("\x30\x05\x00\x01tab", &frame), MQTT_COMPLETE);
    assert_int_equal(frame.type, MQTT_PUBLISH);
    assert_int_equal(READ("\xc0\x00more", &frame), MQTT_COMPLETE);
    assert_int_equal(frame.type, MQTT_PINGREQ);
    assert_int_equal(frame.header_bytes + frame.body_bytes, 2);
}

/* Table 2.4. */
static void remaining_lengths_of_one_to_four_bytes_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t length, header_bytes, body_bytes;
        enum mqtt_verdict verdict;
    } cases[] = {
        {"\x30\x00", 2, 2, 0, MQTT_COMPLETE},
        {"\x30\x7f", 2, 2, 127, MQTT_INCOMPLETE},
        {"\x30\x80\x01", 3, 3, 128, MQTT_INCOMPLETE},
        {"\x30\xff\x7f", 3, 3, 16383, MQTT_INCOMPLETE},
        {"\x30\x80\x80\x01", 4, 4, 16384, MQTT_INCOMPLETE},
        {"\x30\x80\x80\x04", 4, 4, 65536, MQTT_INCOMPLETE},
        {"\x30\x81\x80\x04", 4, 4, 65537, MQTT_TOO_LARGE},
        {"\x30\xff\xff\x7f", 4, 4, 2097151, MQTT_TOO_LARGE},
        {"\x30\xff\xff\xff\x7f", 5, 5, 268435455, MQTT_TOO_LARGE},
        {"\x30\x80\x00", 3, 3, 0, MQTT_COMPLETE}, /* longer than needed: only MQTT 5 forbids it */
    };
    struct mqtt_frame frame;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(read_frame(cases[i].bytes, cases[i].length, &frame), cases[i].verdict);
        assert_int_equal(frame.header_bytes, cases[i].header_bytes);
        assert_int_equal(frame.body_bytes, cases[i].body_bytes);
    }
    assert_int_equal(READ("\x30\xff\xff\xff\xff", &frame), MQTT_MALFORMED);
    assert_int_equal(READ("\x30\x80\x80\x80\x80\x01", &frame), MQTT_MALFORMED);
    assert_int_equal(READ("\x30\x80\x80\x80", &frame), MQTT_INCOMPLETE);
}

/* Table 2.2, and the bodies that have but one length. */
static void each_type_admits_only_its_flags_and_its_length(void **state)
{
    (void)state;
    static const int flags[16] = {-1, 0, 0, -2, 0, 0, 2, 0, 2, 0, 2, 0, 0, 0, 0, -1};
    static const int lengths[16] = {0, -1, 2, -1, 2, 2, 2, 2, -1, -1, -1, 2, 0, 0, 0, 0};
    for (unsigned first = 0; first < 256; first++) {
        for (unsigned length = 0; length < 4; length++) {
            uint8_t bytes[8] = {(uint8_t)first, (uint8_t)length};
            struct mqtt_frame frame;
            unsigned type = first >> 4;
            bool fits = (flags[type] == -2 || flags[type] == (int)(first & 15)) &&
                        (lengths[type] < 0 || lengths[type] == (int)length);
            assert_int_equal(read_frame(bytes, 2 + length, &frame),
                             fits ? MQTT_COMPLETE : MQTT_MALFORMED);
        }
    }
}

static void a_publish_is_read_in_place(void **state)
{
    (void)state;
    struct mqtt_frame frame;
    struct mqtt_publish publish;
    assert_int_equal(READ("\x31\x09\x00\x03"
                          "a/bhell",
                          &frame),
                     MQTT_COMPLETE);
    assert_true(mqtt_publish_read(&frame, &publish));
    assert_true(text_equal(publish.topic, TEXT("a/b")));
    assert_ptr_equal(publish.topic.bytes, frame.body + 2);
    assert_ptr_equal(publish.payload, frame.body + 5);
    assert_int_equal(publish.payload_bytes, 4);
    assert_true(publish.retained);
    assert_int_equal(publish.qos, 0);

    assert_int_equal(READ("\x3a\x07\x00\x03"
                          "a/b\x12\x34",
                          &frame),
                     MQTT_COMPLETE);
    assert_true(mqtt_publish_read(&frame, &publish));
    assert_int_equal(publish.qos, 1);
    assert_int_equal(publish.packet_id, 0x1234);
    assert_int_equal(publish.payload_bytes, 0);
    assert_true(publish.duplicate);
    assert_false(publish.retained);
}

static void a_publish_that_breaks_a_rule_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t length;
    } cases[] = {
#define CASE(constant) {(constant), sizeof(constant) - 1}
        CASE("\x30\x00"),         /* no topic length */
        CASE("\x30\x01\x00"),     /* half of one */
        CASE("\x30\x02\x00\x00"), /* empty topic, MQTT-4.7.3-1 */
        CASE("\x30\x04\x00\x03"
             "ab"), /* topic beyond the packet */
        CASE("\x30\x04\xff\xff"
             "ab"),
        CASE("\x36\x07\x00\x03"
             "a/b\x00\x01"), /* QoS 3, MQTT-3.3.1-4 */
        CASE("\x38\x05\x00\x03"
             "a/b"), /* DUP with QoS 0, MQTT-3.3.1-2 */
        CASE("\x32\x05\x00\x03"
             "a/b"), /* no identifier */
        CASE("\x32\x06\x00\x03"
             "a/b\x01"), /* half of one */
        CASE("\x32\x07\x00\x03"
             "a/b\x00\x00"), /* identifier 0, MQTT-2.3.1-1 */
        CASE("\x30\x05\x00\x03"
             "a/+"), /* wildcards, MQTT-3.3.2-2 */
        CASE("\x30\x05\x00\x03"
             "a/#"),
        CASE("\x30\x05\x00\x03"
             "a\0b"), /* zero, MQTT-1.5.3-2 */
        CASE("\x30\x05\x00\x03"
             "a\x80"
             "b"),                            /* ill-formed, MQTT-1.5.3-1 */
        CASE("\x30\x05\x00\x03\xed\xa0\x80"), /* surrogate */
#undef CASE
    };
    struct mqtt_frame frame;
    struct mqtt_publish publish;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(read_frame(cases[i].bytes, cases[i].length, &frame), MQTT_COMPLETE);
        if (mqtt_publish_read(&frame, &publish))
            fail_msg("case %zu was accepted", i);
    }
}

static bool accepts_topic(const void *topic, size_t length)
{
    packet[0] = 0x30;
    packet[1] = (uint8_t)(2 + length);
    packet[2] = 0;
    packet[3] = (uint8_t)length;
    memcpy(packet + 4, topic, length);
    struct mqtt_frame frame;
    struct mqtt_publish publish;
    assert_int_equal(read_frame(packet, 4 + length, &frame), MQTT_COMPLETE);
    return mqtt_publish_read(&frame, &publish);
}

/* Topics are looked at eight bytes at a time: a forbidden byte must be seen at each place of each
 * length. */
static void a_forbidden_byte_is_seen_wherever_it_stands(void **state)
{
    (void)state;
    for (size_t length = 1; length < 40; length++) {
        for (size_t at = 0; at < length; at++) {
            for (unsigned byte = 0; byte < 256; byte++) {
                char topic[40];
                memset(topic, '/', sizeof topic);
                topic[at] = (char)byte;
                bool is_fine = byte > 0 && byte < 0x80 && byte != '+' && byte != '#';
                if (accepts_topic(topic, length) != is_fine)
                    fail_msg("length %zu, place %zu, byte %#x", length, at, byte);
            }
        }
    }
}

/* Against the definition (RFC 3629): decode each sequence of up to four bytes that starts like
 * UTF-8. */
static bool is_utf8_by_definition(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length;) {
        uint32_t first = bytes[i];
        size_t following = first < 0x80   ? 0
                           : first < 0xc0 ? 9
                           : first < 0xe0 ? 1
                           : first < 0xf0 ? 2
                           : first < 0xf8 ? 3
                                          : 9;
        static const uint32_t least[] = {1, 0x80, 0x800, 0x10000};
        if (following > 3 || i + following >= length + (following == 0))
            return false;
        uint32_t code = following == 0 ? first : first & (0x3fu >> following);
        for (size_t j = 1; j <= following; j++) {
            if ((bytes[i + j] & 0xc0) != 0x80)
                return false;
            code = code << 6 | (bytes[i + j] & 0x3f);
        }
        if (code < least[following] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
            return false;
        i += 1 + following;
    }
    return length > 0;
}

static void topics_are_utf8_by_definition(void **state)
{
    (void)state;
    static const uint8_t edges[] = {0x00, 0x01, '/',  'a',  0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0,
                                    0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee,
                                    0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf8, 0xfe, 0xff};
    const size_t count = sizeof edges;
    for (size_t length = 1; length <= 4; length++) {
        size_t combinations = 1;
        for (size_t i = 0; i < length; i++)
            combinations *= count;
        for (size_t n = 0; n < combinations; n++) {
            uint8_t topic[4];
            for (size_t i = 0, rest = n; i < length; i++, rest /= count)
                topic[i] = edges[rest % count];
            if (accepts_topic(topic, length) != is_utf8_by_definition(topic, length))
                fail_msg("%02x %02x %02x %02x of %zu", topic[0], topic[1], topic[2], topic[3],
                         length);
        }
    }
    assert_true(accepts_topic("Kühlraum/温度/🌡", strlen("Kühlraum/温度/🌡")));
}

/* Figure 3.4 with will, user and password; flags and what they bring vary. */
static size_t write_connect(uint8_t flags, const char *rest, size_t rest_bytes)
{
    static const uint8_t begin[] = {0, 4, 'M', 'Q', 'T', 'T', 4};
    packet[0] = 0x10;
    packet[1] = (uint8_t)(sizeof begin + 3 + rest_bytes);
    memcpy(packet + 2, begin, sizeof begin);
    packet[9] = flags;
    packet[10] = 0;
    packet[11] = 30;
    memcpy(packet + 12, rest, rest_bytes);
    return 12 + rest_bytes;
}

static const char full[] = "\x00\x02id\x00\x03t/w\x00\x04gone\x00\x01u\x00\x02p\0";

static void a_connect_with_everything_is_read_in_place(void **state)
{
    (void)state;
    struct mqtt_frame frame;
    struct mqtt_connect connect;
    size_t length = write_connect(0xee, full, sizeof full - 1);
    assert_int_equal(read_frame(packet, length, &frame), MQTT_COMPLETE);
    assert_true(mqtt_connect_read(&frame, &connect));
    assert_int_equal(connect.level, 4);
    assert_int_equal(connect.keepalive_s, 30);
    assert_true(connect.clean_session && connect.has_will && connect.will_retained);
    assert_true(connect.has_user && connect.has_password);
    assert_true(text_equal(connect.client_id, TEXT("id")));
    assert_true(text_equal(connect.will_topic, TEXT("t/w")));
    assert_true(text_equal(connect.will_payload, TEXT("gone")));
    assert_true(text_equal(connect.user, TEXT("u")));
    assert_true(text_equal(connect.password, TEXT("p\0"))); /* binary, section 3.1.3.5 */
    assert_true((const uint8_t *)connect.client_id.bytes >= frame.body);
}

static void each_combination_of_connect_flags_is_judged_by_the_standard(void **state)
{
    (void)state;
    struct mqtt_frame frame;
    struct mqtt_connect connect;
    for (unsigned flags = 0; flags < 256; flags++) {
        bool has_will = flags & 4, has_user = flags & 0x80, has_password = flags & 0x40;
        char rest[64];
        size_t bytes = 4;
        memcpy(rest, "\x00\x02id", 4);
        if (has_will) {
            memcpy(rest + bytes, "\x00\x01t\x00\x01x", 6);
            bytes += 6;
        }
        if (has_user) {
            memcpy(rest + bytes, "\x00\x01u", 3);
            bytes += 3;
        }
        if (has_password) {
            memcpy(rest + bytes, "\x00\x01p", 3);
            bytes += 3;
        }
        bool is_fine = !(flags & 1) && (flags & 0x18) != 0x18 && (has_will || !(flags & 0x38)) &&
                       (has_user || !has_password);
        size_t length = write_connect((uint8_t)flags, rest, bytes);
        assert_int_equal(read_frame(packet, length, &frame), MQTT_COMPLETE);
        assert_int_equal(mqtt_connect_read(&frame, &connect), is_fine);
    }
}

static void a_connect_cut_or_lengthened_anywhere_is_refused(void **state)
{
    (void)state;
    struct mqtt_frame frame;
    struct mqtt_connect connect;
    for (size_t cut = 0; cut < 10 + sizeof full - 1; cut++) {
        write_connect(0xee, full, sizeof full - 1);
        packet[1] = (uint8_t)cut;
        assert_int_equal(read_frame(packet, 2 + cut, &frame), MQTT_COMPLETE);
        assert_false(mqtt_connect_read(&frame, &connect));
    }
    size_t length =
        write_connect(0xee, full, sizeof full); /* the constant's own zero byte too many */
    assert_int_equal(read_frame(packet, length, &frame), MQTT_COMPLETE);
    assert_false(mqtt_connect_read(&frame, &connect));
}

static void strings_of_a_connect_are_checked(void **state)
{
    (void)state;
    struct mqtt_frame frame;
    struct mqtt_connect connect;
    static const struct {
        uint8_t flags;
        const char *rest;
        size_t bytes;
    } cases[] = {{0x02, "\x00\x02i\0", 4}, /* MQTT-3.1.3-4 */
                 {0x02, "\x00\x02\xc0\x80", 4},
                 {0x82, "\x00\x00\x00\x01\xff", 5},       /* MQTT-3.1.3-11 */
                 {0x06, "\x00\x00\x00\x02t#\x00\x00", 8}, /* a will to a wildcard */
                 {0x06, "\x00\x00\x00\x00\x00\x00", 6}};  /* a will to nowhere */
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t length = write_connect(cases[i].flags, cases[i].rest, cases[i].bytes);
        assert_int_equal(read_frame(packet, length, &frame), MQTT_COMPLETE);
        if (mqtt_connect_read(&frame, &connect))
            fail_msg("case %zu was accepted", i);
    }
}

static void other_levels_are_told_apart_without_reading_on(void **state)
{
    (void)state;
    struct mqtt_frame frame;
    struct mqtt_connect connect;
    /* MQTT 5 with a property, as its figure 3-6 lays it out. */
    assert_int_equal(
        READ("\x10\x12\x00\x04MQTT\x05\x02\x00\x3c\x05\x11\x00\x00\x00\x0a\x00\x00", &frame),
        MQTT_COMPLETE);
    assert_true(mqtt_connect_read(&frame, &connect));
    assert_int_equal(connect.level, 5);
    assert_int_equal(READ("\x10\x0e\x00\x06MQIsdp\x03\x02\x00\x3c\x00\x00", &frame), MQTT_COMPLETE);
    assert_true(mqtt_connect_read(&frame, &connect));
    assert_int_equal(connect.level, 3);
    assert_int_equal(READ("\x10\x0e\x00\x06MQIsdp\x04\x02\x00\x3c\x00\x00", &frame), MQTT_COMPLETE);
    assert_true(mqtt_connect_read(&frame, &connect));
    assert_int_not_equal(connect.level, 4);
    assert_int_equal(READ("\x10\x0c\x00\x04"
                          "AMQP\x04\x02\x00\x3c\x00\x00",
                          &frame),
                     MQTT_COMPLETE);
    assert_false(mqtt_connect_read(&frame, &connect)); /* MQTT-3.1.2-1 */
    assert_int_equal(READ("\x10\x0c\x00\x04mqtt\x04\x02\x00\x3c\x00\x00", &frame), MQTT_COMPLETE);
    assert_false(mqtt_connect_read(&frame, &connect));
}

static void answers_are_written_as_the_figures_show_them(void **state)
{
    (void)state;
    uint8_t room[8];
    assert_int_equal(mqtt_connack_write(room, false, 5), 4);
    assert_memory_equal(room, "\x20\x02\x00\x05", 4);
    assert_int_equal(mqtt_connack_write(room, true, 0), 4);
    assert_memory_equal(room, "\x20\x02\x01\x00", 4);
    assert_int_equal(mqtt_puback_write(room, 0xabcd), 4);
    assert_memory_equal(room, "\x40\x02\xab\xcd", 4);
    assert_int_equal(mqtt_unsuback_write(room, 0x0102), 4);
    assert_memory_equal(room, "\xb0\x02\x01\x02", 4);
    assert_int_equal(mqtt_pingresp_write(room), 2);
    assert_memory_equal(room, "\xd0\x00", 2);
}

static void a_subscribe_is_refused_filter_by_filter(void **state)
{
    (void)state;
    struct mqtt_frame frame;
    uint8_t room[16];
    assert_int_equal(READ("\x82\x0e\x12\x34\x00\x03"
                          "a/+\x01\x00\x03"
                          "b/#\x00",
                          &frame),
                     MQTT_COMPLETE);
    assert_int_equal(mqtt_suback_refuse(&frame, room, sizeof room), 6);
    assert_memory_equal(room, "\x90\x04\x12\x34\x80\x80", 6);
    assert_int_equal(mqtt_suback_refuse(&frame, room, 5),
                     0); /* no room: nothing is written past it */
    static const struct {
        const char *bytes;
        size_t length;
    } cases[] = {
#define CASE(constant) {(constant), sizeof(constant) - 1}
        CASE("\x82\x02\x12\x34"), /* no filter, MQTT-3.8.3-3 */
        CASE("\x82\x08\x00\x00\x00\x03"
             "a/b\x00"), /* identifier 0 */
        CASE("\x82\x08\x12\x34\x00\x03"
             "a/b\x03"), /* QoS 3, MQTT-3-8.3-4 */
        CASE("\x82\x08\x12\x34\x00\x03"
             "a/b\x04"), /* reserved bits */
        CASE("\x82\x07\x12\x34\x00\x03"
             "a/b"),                          /* no QoS */
        CASE("\x82\x05\x12\x34\x00\x00\x00"), /* empty filter */
        CASE("\x82\x07\x12\x34\x00\x05"
             "a/b"), /* filter beyond the packet */
        CASE("\x82\x01\x12"),
#undef CASE
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(read_frame(cases[i].bytes, cases[i].length, &frame), MQTT_COMPLETE);
        assert_int_equal(mqtt_suback_refuse(&frame, room, sizeof room), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_is_complete_only_with_its_last_byte),
        cmocka_unit_test(remaining_lengths_of_one_to_four_bytes_are_read),
        cmocka_unit_test(each_type_admits_only_its_flags_and_its_length),
        cmocka_unit_test(a_publish_is_read_in_place),
        cmocka_unit_test(a_publish_that_breaks_a_rule_is_refused),
        cmocka_unit_test(a_forbidden_byte_is_seen_wherever_it_stands),
        cmocka_unit_test(topics_are_utf8_by_definition),
        cmocka_unit_test(a_connect_with_everything_is_read_in_place),
        cmocka_unit_test(each_combination_of_connect_flags_is_judged_by_the_standard),
        cmocka_unit_test(a_connect_cut_or_lengthened_anywhere_is_refused),
        cmocka_unit_test(strings_of_a_connect_are_checked),
        cmocka_unit_test(other_levels_are_told_apart_without_reading_on),
        cmocka_unit_test(answers_are_written_as_the_figures_show_them),
        cmocka_unit_test(a_subscribe_is_refused_filter_by_filter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
