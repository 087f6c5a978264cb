/* The listener over a net/ that the test plays: the same messages must come out however the bytes
 * are cut, and whoever breaks a rule must be gone, counted, and noticed by nobody else. */
#include "mqtt/listener.h"

#include "mqtt/gather.h"
#include "tests/unit/mqtt/fakes.h"

#include <inttypes.h>

/* ---- net/ ---- ----------------------------------------------------------------------------- */

struct connection {
    void *context;      /* the owner's */
    uint8_t sent[4096]; /* by the owner */
    size_t sent_bytes, sends;
    bool is_closed, is_blocked; /* is_blocked: nothing fits into the send queue */
};

static const struct connection_events *fake_events;
static uint16_t fake_port;
static bool fake_port_is_taken;

bool net_listen_tcp(uint16_t port, const struct connection_events *events, void *context)
{
    (void)context;
    fake_port = port;
    fake_events = events;
    return !fake_port_is_taken;
}

bool connection_send(struct connection *connection, const void *bytes, size_t length)
{
    assert_false(connection->is_closed);
    if (connection->is_blocked || connection->sent_bytes + length > sizeof connection->sent)
        return false;
    memcpy(connection->sent + connection->sent_bytes, bytes, length);
    connection->sent_bytes += length;
    connection->sends++;
    return true;
}

void connection_close(struct connection *connection)
{
    assert_false(connection->is_closed);
    connection->is_closed = true;
}

/* The bytes lie at the end of a block of their own, which goes with the call: the sanitizer sees
 * who reads past them or keeps them. False when they were refused. */
static bool feed_piece(struct connection *connection, const uint8_t *bytes, size_t length)
{
    uint8_t *copy = malloc(length);
    memcpy(copy, bytes, length);
    bool is_taken = fake_events->received(connection->context, copy, length);
    free(copy);
    return is_taken;
}

static void end_turn(struct connection *connection)
{
    if (!connection->is_closed)
        fake_events->turn_ended(connection->context);
}

static void feed(struct connection *connection, const void *bytes, size_t length)
{
    if (!connection->is_closed)
        assert_true(feed_piece(connection, bytes, length));
    end_turn(connection);
}

static struct site_settings site;
static const struct mqtt_listener_counters *counters;

/* ---- what came out ---- -------------------------------------------------------------------- */

static uint64_t heard_hash;
static unsigned heard_count;
static char heard_topic[64], heard_payload[512];
static const uint8_t *heard_at;

static bool hear(void *context, struct text topic, const uint8_t *payload, size_t payload_bytes,
                 bool retained)
{
    assert_ptr_equal(context, &site);
    heard_hash = hash_bytes(heard_hash, topic.bytes, topic.length);
    heard_hash = hash_bytes(heard_hash, payload, payload_bytes);
    heard_hash = hash_bytes(heard_hash, &retained, 1);
    heard_count++;
    heard_at = payload;
    snprintf(heard_topic, sizeof heard_topic, "%.*s", (int)topic.length, topic.bytes);
    snprintf(heard_payload, sizeof heard_payload, "%.*s", (int)payload_bytes,
             (const char *)payload);
    return true;
}

/* ---- what goes in ---- --------------------------------------------------------------------- */

struct bytes {
    size_t length;
    uint8_t at[70000];
};

static void put(struct bytes *to, const void *bytes, size_t length)
{
    assert_true(to->length + length <= sizeof to->at);
    memcpy(to->at + to->length, bytes, length);
    to->length += length;
}

static void put_text(struct bytes *to, const char *string)
{
    uint8_t length[2] = {(uint8_t)(strlen(string) >> 8), (uint8_t)strlen(string)};
    put(to, length, 2);
    put(to, string, strlen(string));
}

static void put_packet(struct bytes *to, uint8_t first, const struct bytes *body)
{
    uint8_t head[5] = {first};
    size_t head_bytes = 1, rest = body->length;
    do {
        head[head_bytes++] = (uint8_t)(rest % 128 | (rest >= 128 ? 0x80 : 0));
        rest /= 128;
    } while (rest > 0);
    put(to, head, head_bytes);
    put(to, body->at, body->length);
}

struct connect_options {
    const char *id, *user, *password, *will_topic, *will_payload;
    uint16_t keepalive_s;
    bool is_unclean, will_retained;
    uint8_t level;
};

static void put_connect(struct bytes *to, struct connect_options options)
{
    static struct bytes body;
    body.length = 0;
    put_text(&body, "MQTT");
    uint8_t flags = (uint8_t)((options.is_unclean ? 0 : 2) | (options.user ? 0x80 : 0) |
                              (options.password ? 0x40 : 0) | (options.will_topic ? 4 : 0) |
                              (options.will_retained ? 0x20 : 0));
    uint8_t fixed[4] = {options.level ? options.level : 4, flags,
                        (uint8_t)(options.keepalive_s >> 8), (uint8_t)options.keepalive_s};
    put(&body, fixed, 4);
    put_text(&body, options.id);
    if (options.will_topic) {
        put_text(&body, options.will_topic);
        put_text(&body, options.will_payload);
    }
    if (options.user)
        put_text(&body, options.user);
    if (options.password)
        put_text(&body, options.password);
    put_packet(to, 0x10, &body);
}

/* packet_id 0: QoS 0. */
static void put_publish(struct bytes *to, const char *topic, uint16_t packet_id,
                        size_t payload_bytes, bool retained)
{
    static struct bytes body;
    body.length = 0;
    put_text(&body, topic);
    uint8_t id[2] = {(uint8_t)(packet_id >> 8), (uint8_t)packet_id};
    if (packet_id > 0)
        put(&body, id, 2);
    for (size_t i = 0; i < payload_bytes; i++) {
        uint8_t byte = (uint8_t)('a' + i * 7 % 26);
        put(&body, &byte, 1);
    }
    put_packet(to, (uint8_t)(0x30 | (packet_id > 0 ? 2 : 0) | retained), &body);
}

#define FEED(connection, constant) feed((connection), (constant), sizeof(constant) - 1)

static struct connection pool[16];
static unsigned pool_used;

static struct connection *open_connection(void)
{
    assert_true(pool_used < 16);
    struct connection *connection = &pool[pool_used++];
    *connection = (struct connection){0};
    connection->context = fake_events->accepted(NULL, connection, "10.0.2.2");
    return connection;
}

static struct connection *open_sensor(const char *id)
{
    static struct bytes bytes;
    bytes.length = 0;
    put_connect(&bytes, (struct connect_options){.id = id});
    struct connection *connection = open_connection();
    feed(connection, bytes.at, bytes.length);
    assert_memory_equal(connection->sent, "\x20\x02\x00\x00", 4);
    connection->sent_bytes = connection->sends = 0;
    return connection;
}

static void lose(struct connection *connection)
{
    if (!connection->is_closed)
        fake_events->closed(connection->context);
    connection->is_closed = true;
}

static int start(void **state)
{
    (void)state;
    memset(&site, 0, sizeof site);
    site.listener.port = 1883;
    site.listener.connections = 8;
    heard_hash = HASH_START;
    heard_count = 0;
    pool_used = 0;
    mqtt_listener_start(&site, hear, &site);
    counters = mqtt_listener_counters();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    for (unsigned i = 0; i < pool_used; i++) {
        pool[i].is_blocked = false;
        if (pool[i].context != NULL)
            lose(&pool[i]);
    }
    assert_int_equal(counters->connected, 0);
    pass_ms(60000);
    return 0;
}

/* Some packets must have closed it, with nobody else noticing. */
static void assert_ended(struct connection *connection, uint64_t counter, const char *log)
{
    assert_true(connection->is_closed);
    assert_int_equal(counter, 1);
    if (strstr(last_log(), log) == NULL)
        fail_msg("\"%s\" is not in: %s", log, last_log());
}

/* ---- cuts ---- ----------------------------------------------------------------------------- */

/* A conversation with everything in it. Notes where packets begin, to know what must be copied. */
static size_t packet_starts[16];
static unsigned packet_count;

static void put_conversation(struct bytes *to)
{
    to->length = 0;
    packet_count = 0;
#define PACKET(call) (packet_starts[packet_count++] = to->length, call)
    PACKET(put_connect(to, (struct connect_options){.id = "s", .keepalive_s = 60}));
    PACKET(put_publish(to, "a/b", 0, 5, false));
    PACKET(put_publish(to, "cooler/7/telemetry", 513, 160, false));
    PACKET(put(to, "\xc0\x00", 2));
    PACKET(put_publish(to, "e", 7, 0, true));
    PACKET(put(to,
               "\x82\x08\x12\x34\x00\x03"
               "a/b\x00",
               10));
    PACKET(put(to,
               "\xa2\x07\x12\x35\x00\x03"
               "a/b",
               9));
    PACKET(put_publish(to, "z", 0, 1, false));
    PACKET(put(to, "\xe0\x00", 2));
#undef PACKET
    packet_starts[packet_count] = to->length;
}

static const uint8_t answers_due[] = "\x20\x02\x00\x00\x40\x02\x02\x01\xd0\x00\x40\x02\x00\x07"
                                     "\x90\x03\x12\x34\x80\xb0\x02\x12\x35";

static void assert_conversation(const struct connection *connection, uint64_t hash)
{
    assert_int_equal(heard_count, 4);
    assert_true(heard_hash == hash);
    assert_int_equal(connection->sent_bytes, sizeof answers_due - 1);
    assert_memory_equal(connection->sent, answers_due, sizeof answers_due - 1);
    assert_true(connection->is_closed);
    heard_hash = HASH_START;
    heard_count = 0;
    pool_used = 0;
}

static uint64_t conversation_hash(const struct bytes *bytes)
{
    struct connection *connection = open_connection();
    feed(connection, bytes->at, bytes->length);
    uint64_t hash = heard_hash;
    assert_conversation(connection, hash);
    assert_int_equal(connection->sends, 1); /* one send answers all that came in a turn */
    return hash;
}

static struct bytes conversation;

static void what_lies_whole_in_a_piece_is_handed_over_in_place(void **state)
{
    (void)state;
    put_conversation(&conversation);
    conversation_hash(&conversation);
    assert_int_equal(counters->copied_bytes, 0);
    assert_int_equal(counters->allocations, 0);

    struct connection *connection = open_sensor("in place");
    static struct bytes bytes;
    bytes.length = 0;
    put_publish(&bytes, "a/b", 0, 40, false);
    assert_true(fake_events->received(connection->context, bytes.at, bytes.length));
    assert_ptr_equal(heard_at, bytes.at + bytes.length - 40);
}

static void a_conversation_cut_once_anywhere_says_the_same_and_counts_what_it_copies(void **state)
{
    (void)state;
    put_conversation(&conversation);
    uint64_t hash = conversation_hash(&conversation);
    for (size_t cut = 1; cut < conversation.length; cut++) {
        uint64_t copied = counters->copied_bytes, allocations = counters->allocations;
        struct connection *connection = open_connection();
        feed(connection, conversation.at, cut);
        feed(connection, conversation.at + cut, conversation.length - cut);
        assert_conversation(connection, hash);

        unsigned i = 0;
        while (packet_starts[i + 1] <= cut)
            i++;
        size_t header = packet_starts[i + 1] - packet_starts[i] > 129 ? 3 : 2;
        size_t inside = cut - packet_starts[i];
        bool gathers = inside >= header;
        size_t due = inside == 0 ? 0
                     : gathers   ? packet_starts[i + 1] - packet_starts[i] - header
                                 : header;
        assert_int_equal(counters->copied_bytes - copied, due);
        assert_int_equal(counters->allocations - allocations, gathers);
    }
}

static void a_conversation_cut_twice_anywhere_says_the_same(void **state)
{
    (void)state;
    put_conversation(&conversation);
    uint64_t hash = conversation_hash(&conversation);
    for (size_t first = 1; first < conversation.length - 1; first++) {
        for (size_t second = first + 1; second < conversation.length; second++) {
            struct connection *connection = open_connection();
            feed(connection, conversation.at, first);
            feed(connection, conversation.at + first, second - first);
            feed(connection, conversation.at + second, conversation.length - second);
            assert_conversation(connection, hash);
        }
    }
}

static void a_conversation_byte_by_byte_says_the_same(void **state)
{
    (void)state;
    put_conversation(&conversation);
    uint64_t hash = conversation_hash(&conversation);
    struct connection *connection = open_connection();
    for (size_t i = 0; i < conversation.length; i++)
        feed(connection, conversation.at + i, 1);
    assert_conversation(connection, hash);
}

static void the_largest_message_is_gathered_and_one_byte_more_ends_the_connection(void **state)
{
    (void)state;
    static struct bytes bytes;
    struct connection *connection = open_sensor("large");
    bytes.length = 0;
    put_publish(&bytes, "t", 0, MQTT_MESSAGE_MAX_BYTES - 3, false);
    for (size_t at = 0; at < bytes.length; at += 1460)
        feed(connection, bytes.at + at, bytes.length - at < 1460 ? bytes.length - at : 1460);
    assert_int_equal(heard_count, 1);
    assert_int_equal(counters->allocations, 1);
    assert_int_equal(counters->copied_bytes, MQTT_MESSAGE_MAX_BYTES);
    bytes.length = 0;
    put_publish(&bytes, "t", 0, MQTT_MESSAGE_MAX_BYTES - 2, false);
    feed(connection, bytes.at, 100);
    assert_ended(connection, counters->closed_too_large, "too large");
    assert_int_equal(heard_count, 1);
}

/* ---- back-pressure ---- -------------------------------------------------------------------- */

static void without_a_free_room_a_piece_is_refused_and_taken_later(void **state)
{
    (void)state;
    static struct bytes large, small;
    large.length = small.length = 0;
    put_publish(&large, "large", 0, 60000, false);
    put_publish(&small, "small", 0, 10, false);
    struct connection *first = open_sensor("1"), *second = open_sensor("2");
    struct connection *third = open_sensor("3"), *fourth = open_sensor("4");
    feed(first, large.at, 1000);
    feed(second, large.at, 1000);
    /* A whole message before the one that straddles is not heard twice when the piece comes again.
     */
    static struct bytes piece;
    piece.length = 0;
    put(&piece, small.at, small.length);
    put(&piece, large.at, 1000);
    for (int i = 0; i < 3; i++)
        assert_false(feed_piece(third, piece.at, piece.length));
    assert_int_equal(heard_count, 1);
    assert_int_equal(counters->held_back, 3);
    /* Small rooms are kept apart: others go on. */
    feed(fourth, small.at, 7);
    feed(fourth, small.at + 7, small.length - 7);
    assert_int_equal(heard_count, 2);
    feed(first, large.at + 1000, large.length - 1000);
    assert_int_equal(heard_count, 3);
    feed(third, piece.at, piece.length);
    feed(third, large.at + 1000, large.length - 1000);
    assert_int_equal(heard_count, 4);
    assert_string_equal(heard_topic, "large");
    feed(second, large.at + 1000, large.length - 1000);
    assert_int_equal(heard_count, 5);
}

static void who_keeps_a_room_too_long_while_others_wait_is_closed_and_nobody_else(void **state)
{
    (void)state;
    static struct bytes large;
    large.length = 0;
    put_publish(&large, "large", 0, 60000, false);
    struct connection *first = open_sensor("1"), *second = open_sensor("2");
    struct connection *third = open_sensor("3"), *fourth = open_sensor("4");
    feed(first, large.at, 1000);
    pass_ms(100);
    feed(second, large.at, 1000);
    pass_ms(1899);
    assert_false(feed_piece(third, large.at, 1000));
    pass_ms(1);
    feed(third, large.at, 1000);
    assert_ended(first, counters->closed_timeout, "while others waited");
    assert_false(second->is_closed);
    feed(second, large.at + 1000, large.length - 1000);
    feed(fourth, large.at, 1000);
    feed(third, large.at + 1000, large.length - 1000);
    assert_int_equal(heard_count, 2);
    pass_ms(9000); /* nobody waits: the fourth may take its ten seconds */
    assert_false(fourth->is_closed);
}

static void a_header_that_straddles_before_a_refusal_is_not_lost(void **state)
{
    (void)state;
    static struct bytes large;
    large.length = 0;
    put_publish(&large, "large", 0, 60000, false);
    struct connection *first = open_sensor("1"), *second = open_sensor("2");
    struct connection *third = open_sensor("3");
    feed(first, large.at, 1000);
    feed(second, large.at, 1000);
    feed(third, large.at, 2);
    assert_false(feed_piece(third, large.at + 2, 500));
    assert_false(feed_piece(third, large.at + 2, 500));
    lose(first);
    feed(third, large.at + 2, 500);
    feed(third, large.at + 502, large.length - 502);
    assert_int_equal(heard_count, 1);
    assert_string_equal(heard_topic, "large");
}

static void a_room_comes_back_when_its_sensor_goes(void **state)
{
    (void)state;
    static struct bytes large;
    large.length = 0;
    put_publish(&large, "large", 0, 60000, false);
    for (int i = 0; i < 10; i++) {
        pool_used = 0;
        struct connection *sensor = open_sensor("same");
        feed(sensor, large.at, 1000);
        lose(sensor);
    }
    assert_int_equal(counters->held_back, 0);
    assert_int_equal(counters->allocations, 10);
}

static void a_sensor_that_does_not_read_its_answers_is_held_back(void **state)
{
    (void)state;
    static struct bytes publish;
    struct connection *sensor = open_sensor("deaf"), *other = open_sensor("other");
    sensor->is_blocked = true;
    unsigned taken = 0;
    for (uint16_t id = 1; id <= 100; id++) {
        publish.length = 0;
        put_publish(&publish, "t", id, 4, false);
        if (!feed_piece(sensor, publish.at, publish.length))
            break;
        end_turn(sensor);
        taken++;
    }
    assert_in_range(taken, 48, 64);
    assert_int_equal(heard_count, taken);
    feed(other, publish.at, publish.length); /* others don't notice */
    assert_int_equal(heard_count, taken + 1);
    sensor->is_blocked = false;
    pass_ms(60); /* by itself: nothing needs to arrive */
    assert_int_equal(sensor->sent_bytes, taken * 4);
    feed(sensor, publish.at, publish.length);
    assert_int_equal(sensor->sent_bytes, taken * 4 + 4);
}

/* Pieces of random length, rooms that are sometimes taken, sends that sometimes fail. */
static void a_conversation_under_random_refusals_says_the_same(void **state)
{
    (void)state;
    put_conversation(&conversation);
    uint64_t hash = conversation_hash(&conversation);
    uint32_t random = 12345;
    for (int round = 0; round < 20000; round++) {
        uint8_t *rooms[32];
        unsigned hoarded = 0;
        struct connection *connection = open_connection();
        size_t at = 0;
        while (at < conversation.length) {
            random = random * 1664525 + 1013904223;
            size_t length = 1 + (random >> 8) % 40;
            if (length > conversation.length - at)
                length = conversation.length - at;
            /* What is not sent when DISCONNECT comes is never sent. */
            bool is_last = at + length == conversation.length;
            connection->is_blocked = !is_last && (random >> 16 & 1) != 0;
            if ((random >> 17 & 1) != 0)
                while (hoarded < 32 && (rooms[hoarded] = gather_take(GATHER_SMALL_BYTES)) != NULL)
                    hoarded++;
            bool is_taken = feed_piece(connection, conversation.at + at, length);
            if (is_taken)
                at += length;
            if (at < conversation.length)
                end_turn(connection);
            while (hoarded > 0)
                gather_give(rooms[--hoarded], GATHER_SMALL_BYTES);
        }
        assert_conversation(connection, hash);
    }
    assert_true(counters->held_back > 1000);
}

/* ---- CONNECT ---- -------------------------------------------------------------------------- */

static void connect_comes_first(void **state)
{
    (void)state;
    struct connection *connection = open_connection();
    FEED(connection, "\x30\x05\x00\x03"
                     "a/b");
    assert_ended(connection, counters->closed_malformed, "broke the MQTT protocol");
    assert_int_equal(heard_count, 0);
    assert_int_equal(connection->sent_bytes, 0);
}

static void connect_comes_once(void **state)
{
    (void)state;
    static struct bytes bytes;
    bytes.length = 0;
    struct connection *connection = open_sensor("twice");
    put_connect(&bytes, (struct connect_options){.id = "twice"});
    feed(connection, bytes.at, bytes.length);
    assert_ended(connection, counters->closed_malformed, "broke the MQTT protocol");
}

static void a_large_connect_gets_no_room(void **state)
{
    (void)state;
    struct connection *connection = open_connection();
    FEED(connection, "\x10\x81\x20");
    assert_ended(connection, counters->closed_too_large, "too large");
}

static void without_connect_a_connection_ends_after_ten_seconds(void **state)
{
    (void)state;
    struct connection *connection = open_connection();
    pass_ms(5000);
    FEED(connection, "\x10");
    pass_ms(4999);
    assert_false(connection->is_closed);
    pass_ms(1);
    assert_ended(connection, counters->closed_timeout, "no CONNECT within 10 s");
}

static void assert_refused(struct connect_options options, uint8_t code, const char *log)
{
    static struct bytes bytes;
    bytes.length = 0;
    put_connect(&bytes, options);
    put_publish(&bytes, "after/it", 0, 3, false);
    struct connection *connection = open_connection();
    uint64_t refused = counters->refused;
    pass_ms(1000);
    feed(connection, bytes.at, bytes.length);
    assert_int_equal(connection->sent_bytes, 4);
    assert_memory_equal(connection->sent, "\x20\x02\x00", 3);
    assert_int_equal(connection->sent[3], code);
    assert_true(connection->is_closed);
    assert_int_equal(counters->refused, refused + 1);
    assert_non_null(strstr(last_log(), log));
    assert_non_null(strstr(last_log(), "remedy="));
    assert_int_equal(heard_count, 0);
}

static void other_versions_are_refused_with_code_1(void **state)
{
    (void)state;
    assert_refused((struct connect_options){.id = "five", .level = 5}, 1, "MQTT 3.1.1");
    assert_refused((struct connect_options){.id = "bridge", .level = 0x84}, 1, "MQTT 3.1.1");
}

static void no_identifier_needs_a_clean_session(void **state)
{
    (void)state;
    assert_refused((struct connect_options){.id = "", .is_unclean = true}, 2, "identifier");
    open_sensor("");
    open_sensor(""); /* two without an identifier don't replace each other */
    assert_int_equal(counters->connected, 2);
}

static void users_and_passwords_are_compared(void **state)
{
    (void)state;
    site.listener.users = 2;
    strcpy(site.listener.user[0].name, "sensors");
    strcpy(site.listener.user[0].password, "secret");
    strcpy(site.listener.user[1].name, "rig");
    memset(site.listener.user[1].password, 'x', SITE_NAME_BYTES - 1);
    static const char *const wrong[][2] = {
        {"sensors", "secre"},
        {"sensors", "secrets"},
        {"sensors", ""},
        {"sensor", "secret"},
        {"rig", "secret"},
        {"", "secret"},
        {"", ""},
        {"sensors", "Secret"},
        {"sensors", "secret\x01"},
        {"x", "secret"},
        {"rig", "xxxxxxx"},
        {"sensors", NULL},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        pool_used = 0;
        assert_refused(
            (struct connect_options){.id = "w", .user = wrong[i][0], .password = wrong[i][1]}, 4,
            "wrong user or password");
    }
    char long_password[200];
    memset(long_password, 'x', sizeof long_password - 1);
    long_password[sizeof long_password - 1] = 0;
    assert_refused((struct connect_options){.id = "w", .user = "rig", .password = long_password}, 4,
                   "wrong user or password");
    assert_refused((struct connect_options){.id = "w"}, 5, "gave no user");

    static struct bytes bytes;
    for (unsigned i = 0; i < 2; i++) {
        bytes.length = 0;
        put_connect(&bytes, (struct connect_options){.id = site.listener.user[i].name,
                                                     .user = site.listener.user[i].name,
                                                     .password = site.listener.user[i].password});
        struct connection *connection = open_connection();
        feed(connection, bytes.at, bytes.length);
        assert_memory_equal(connection->sent, "\x20\x02\x00\x00", 4);
    }
    assert_int_equal(counters->connected, 2);
}

static void a_password_with_a_zero_byte_is_not_the_shorter_one(void **state)
{
    (void)state;
    site.listener.users = 1;
    strcpy(site.listener.user[0].name, "u");
    strcpy(site.listener.user[0].password, "p");
    struct connection *connection = open_connection();
    FEED(connection, "\x10\x14\x00\x04MQTT\x04\xc2\x00\x00\x00\x01i\x00\x01u\x00\x02p\0");
    assert_memory_equal(connection->sent, "\x20\x02\x00\x04", 4);
    connection = open_connection();
    FEED(connection, "\x10\x13\x00\x04MQTT\x04\xc2\x00\x00\x00\x01i\x00\x01u\x00\x01p");
    assert_memory_equal(connection->sent, "\x20\x02\x00\x00", 4);
}

static void without_users_anybody_may_connect(void **state)
{
    (void)state;
    static struct bytes bytes;
    bytes.length = 0;
    put_connect(&bytes, (struct connect_options){.id = "a", .user = "any", .password = "thing"});
    struct connection *connection = open_connection();
    feed(connection, bytes.at, bytes.length);
    assert_memory_equal(connection->sent, "\x20\x02\x00\x00", 4);
}

static void the_same_identifier_takes_over_the_older_connection(void **state)
{
    (void)state;
    struct connection *other = open_sensor("other"), *older = open_sensor("same");
    struct connection *newer = open_sensor("same");
    assert_true(older->is_closed);
    assert_false(newer->is_closed);
    assert_false(other->is_closed);
    assert_int_equal(counters->taken_over, 1);
    assert_int_equal(counters->connected, 2);
    open_sensor("same");
    assert_true(newer->is_closed);
}

static void more_connections_than_places_are_refused_and_places_come_back(void **state)
{
    (void)state;
    struct connection *first = NULL;
    char id[] = "0";
    for (unsigned i = 0; i < 8; i++, id[0]++) {
        struct connection *connection = open_sensor(id);
        first = first != NULL ? first : connection;
    }
    struct connection *refused = open_connection();
    assert_null(refused->context);
    assert_int_equal(counters->refused, 1);
    assert_non_null(strstr(last_log(), "listener.connections"));
    lose(first);
    open_sensor("again");
    assert_int_equal(counters->connected, 8);
}

/* ---- time ---- ----------------------------------------------------------------------------- */

static struct connection *open_with_keepalive(uint16_t keepalive_s)
{
    static struct bytes bytes;
    bytes.length = 0;
    put_connect(&bytes, (struct connect_options){.id = "k", .keepalive_s = keepalive_s});
    struct connection *connection = open_connection();
    feed(connection, bytes.at, bytes.length);
    return connection;
}

static void silence_ends_a_connection_after_one_and_a_half_keepalives(void **state)
{
    (void)state;
    struct connection *connection = open_with_keepalive(10);
    for (int i = 0; i < 5; i++) {
        pass_ms(14999);
        FEED(connection, "\xc0\x00");
        assert_int_equal(connection->sent_bytes, 4 + 2 * (size_t)(i + 1));
    }
    pass_ms(14999);
    assert_false(connection->is_closed);
    pass_ms(1);
    assert_ended(connection, counters->closed_timeout, "silent");
}

static void the_longest_keepalive_is_kept(void **state)
{
    (void)state;
    struct connection *connection = open_with_keepalive(65535);
    pass_ms(65535 * 1500 - 1);
    assert_false(connection->is_closed);
    pass_ms(1);
    assert_true(connection->is_closed);
}

static void keepalive_0_never_ends_a_connection(void **state)
{
    (void)state;
    struct connection *connection = open_with_keepalive(0);
    pass_ms(INT64_C(1000) * 86400 * 30);
    assert_false(connection->is_closed);
}

static void a_packet_that_does_not_end_gives_its_room_back_after_ten_seconds(void **state)
{
    (void)state;
    static struct bytes large;
    large.length = 0;
    put_publish(&large, "large", 0, 60000, false);
    struct connection *slow = open_sensor("slow");
    feed(slow, large.at, 100);
    for (size_t at = 100; at < 109; at++) {
        pass_ms(1000);
        feed(slow, large.at + at, 1); /* a byte now and then does not help */
    }
    assert_false(slow->is_closed);
    pass_ms(1000);
    assert_ended(slow, counters->closed_timeout, "did not finish");
    assert_non_null(gather_take(60000));
    assert_non_null(gather_take(60000));
    assert_null(gather_take(60000));
}

/* Runs first: the others run on a larger machine. */
static void small_machines_have_fewer_rooms(void **state)
{
    (void)state;
    assert_true(memory_counters()->total_bytes < (size_t)16 << 20);
    assert_non_null(gather_take(GATHER_LARGE_BYTES));
    assert_null(gather_take(GATHER_SMALL_BYTES + 1));
    for (int i = 0; i < 512; i++)
        assert_non_null(gather_take(1 + (size_t)i % 128));
    assert_null(gather_take(1));
    must_memory_pages(((size_t)16 << 20) / 4096);
}

/* ---- last wills ---- ----------------------------------------------------------------------- */

static struct connection *open_with_will(void)
{
    static struct bytes bytes;
    bytes.length = 0;
    put_connect(&bytes, (struct connect_options){.id = "w",
                                                 .will_topic = "gone/w",
                                                 .will_payload = "bye",
                                                 .will_retained = true});
    struct connection *connection = open_connection();
    feed(connection, bytes.at, bytes.length);
    return connection;
}

static void a_last_will_is_heard_when_a_sensor_is_lost(void **state)
{
    (void)state;
    lose(open_with_will());
    assert_int_equal(heard_count, 1);
    assert_string_equal(heard_topic, "gone/w");
    assert_string_equal(heard_payload, "bye");
    FEED(open_with_will(), "\x32"
                           "\x02\x00\x00");
    assert_int_equal(heard_count, 2);
}

static void a_last_will_is_not_heard_after_disconnect(void **state)
{
    (void)state;
    struct connection *connection = open_with_will();
    FEED(connection, "\xe0\x00");
    assert_true(connection->is_closed);
    assert_int_equal(heard_count, 0);
}

static void a_last_will_is_not_heard_of_one_who_was_refused(void **state)
{
    (void)state;
    site.listener.users = 1;
    strcpy(site.listener.user[0].name, "u");
    assert_true(open_with_will()->is_closed);
    assert_int_equal(heard_count, 0);
}

/* ---- those who break the rules ---- -------------------------------------------------------- */

static void qos_2_ends_the_connection_and_is_counted(void **state)
{
    (void)state;
    struct connection *connection = open_sensor("q2");
    FEED(connection, "\x34\x07\x00\x03"
                     "a/b\x00\x01");
    assert_ended(connection, counters->closed_unsupported, "QoS 2");
    assert_int_equal(heard_count, 0);
    connection = open_sensor("q2");
    FEED(connection, "\x62\x02\x00\x01");
    assert_int_equal(counters->closed_unsupported, 2);
}

static void what_a_client_must_not_send_ends_the_connection(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t length;
    } cases[] = {
#define CASE(constant) {(constant), sizeof(constant) - 1}
        CASE("\x00\x00"),
        CASE("\xf0\x00"),
        CASE("\x20\x02\x00\x00"),
        CASE("\x40\x02\x00\x01"),
        CASE("\x50\x02\x00\x01"),
        CASE("\x70\x02\x00\x01"),
        CASE("\x90\x03\x00\x01\x00"),
        CASE("\xb0\x02\x00\x01"),
        CASE("\xd0\x00"),
        CASE("\xc1\x00"),
        CASE("\xc0\x01x"),
        CASE("\xe0\x01x"),
        CASE("\x82\x02\x00\x01"),
        CASE("\x80\x06\x00\x01\x00\x01t\x00"),
        CASE("\xa2\x02\x00\x00"),
        CASE("\x36\x07\x00\x03"
             "a/b\x00\x01"),
        CASE("\x30\xff\xff\xff\xff\x7f"),
        CASE("\x30\x05\x00\x03"
             "a/#"),
        CASE("\x30\x02\x00\x09"),
        CASE("\x32\x05\x00\x03"
             "a/b"),
#undef CASE
    };
    struct connection *other = open_sensor("other");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        pool_used = 1;
        struct connection *connection = open_sensor("bad");
        feed(connection, cases[i].bytes, cases[i].length);
        if (!connection->is_closed || counters->closed_malformed != i + 1)
            fail_msg("case %zu", i);
        assert_int_equal(connection->sent_bytes, 0);
    }
    assert_int_equal(heard_count, 0);
    FEED(other, "\x30\x05\x00\x03"
                "a/b");
    assert_int_equal(heard_count, 1);
}

static void after_the_end_of_a_connection_nothing_of_the_piece_is_heard(void **state)
{
    (void)state;
    struct connection *connection = open_sensor("x");
    FEED(connection, "\xe0\x00\x30\x05\x00\x03"
                     "a/b");
    assert_true(connection->is_closed);
    assert_int_equal(heard_count, 0);
    assert_int_equal(counters->connected, 0);
}

static void a_flood_of_broken_sensors_writes_one_line_a_second(void **state)
{
    (void)state;
    pass_ms(2000);
    unsigned lines = fake_log_lines;
    for (int i = 0; i < 5000; i++) {
        pool_used = 0;
        FEED(open_connection(), "\x00\x00");
        pass_ms(1);
    }
    assert_in_range(fake_log_lines - lines, 4, 6);
    assert_non_null(strstr(last_log(), "left_out=999"));
    assert_int_equal(counters->closed_malformed, 5000);
}

static void a_client_identifier_cannot_write_log_lines_of_its_own(void **state)
{
    (void)state;
    pass_ms(20000);
    struct connection *connection = open_connection();
    FEED(connection, "\x10\x16\x00\x04MQTT\x04\x02\x00\x00\x00\x0a"
                     "a\" b=\"\n\x1b[m");
    assert_memory_equal(connection->sent, "\x20\x02\x00\x00", 4);
    assert_non_null(strstr(last_log(), "client=\"a? b=???[m\""));
}

static void random_bytes_never_break_the_listener(void **state)
{
    (void)state;
    uint64_t random = 99;
    for (int round = 0; round < 50000; round++) {
        pool_used = 0;
        struct connection *connection = round % 2 ? open_sensor("r") : open_connection();
        uint8_t bytes[64];
        for (size_t i = 0; i < sizeof bytes; i++) {
            random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
            bytes[i] = i % 8 < 3 ? (uint8_t)(random >> 60) : (uint8_t)(random >> 56);
        }
        bytes[0] = (uint8_t)(random >> 40);
        for (size_t at = 0, length; at < sizeof bytes && !connection->is_closed; at += length) {
            length = 1 + (random >> 33) % (sizeof bytes - at);
            feed_piece(connection, bytes + at, length);
            end_turn(connection);
        }
        lose(connection);
        connection->sent_bytes = 0;
    }
    assert_int_equal(counters->connected, 0);
}

/* ---- port ---- ----------------------------------------------------------------------------- */

static void nothing_listens_without_a_port(void **state)
{
    (void)state;
    fake_port = 0;
    struct site_settings silent = {0};
    mqtt_listener_start(&silent, hear, NULL);
    assert_int_equal(fake_port, 0);
}

static void all_places_that_the_site_names_can_be_in_use(void **state)
{
    (void)state;
    enum { MANY = 1000 };
    static struct connection many[MANY];
    static struct bytes bytes;
    site.listener.connections = MANY;
    mqtt_listener_start(&site, hear, &site);
    for (int i = 0; i < MANY; i++) {
        char id[24];
        snprintf(id, sizeof id, "sensor-%d", i);
        bytes.length = 0;
        put_connect(&bytes, (struct connect_options){.id = id});
        put_publish(&bytes, id, 0, 8, false);
        many[i] = (struct connection){0};
        many[i].context = fake_events->accepted(NULL, &many[i], "10.0.2.2");
        feed(&many[i], bytes.at, bytes.length);
    }
    assert_int_equal(counters->connected, MANY);
    assert_int_equal(heard_count, MANY);
    for (int i = 0; i < MANY; i++)
        lose(&many[i]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(small_machines_have_fewer_rooms),
        TEST(what_lies_whole_in_a_piece_is_handed_over_in_place),
        TEST(a_conversation_cut_once_anywhere_says_the_same_and_counts_what_it_copies),
        TEST(a_conversation_cut_twice_anywhere_says_the_same),
        TEST(a_conversation_byte_by_byte_says_the_same),
        TEST(the_largest_message_is_gathered_and_one_byte_more_ends_the_connection),
        TEST(without_a_free_room_a_piece_is_refused_and_taken_later),
        TEST(who_keeps_a_room_too_long_while_others_wait_is_closed_and_nobody_else),
        TEST(a_header_that_straddles_before_a_refusal_is_not_lost),
        TEST(a_room_comes_back_when_its_sensor_goes),
        TEST(a_sensor_that_does_not_read_its_answers_is_held_back),
        TEST(a_conversation_under_random_refusals_says_the_same),
        TEST(connect_comes_first),
        TEST(connect_comes_once),
        TEST(a_large_connect_gets_no_room),
        TEST(without_connect_a_connection_ends_after_ten_seconds),
        TEST(other_versions_are_refused_with_code_1),
        TEST(no_identifier_needs_a_clean_session),
        TEST(users_and_passwords_are_compared),
        TEST(a_password_with_a_zero_byte_is_not_the_shorter_one),
        TEST(without_users_anybody_may_connect),
        TEST(the_same_identifier_takes_over_the_older_connection),
        TEST(more_connections_than_places_are_refused_and_places_come_back),
        TEST(silence_ends_a_connection_after_one_and_a_half_keepalives),
        TEST(the_longest_keepalive_is_kept),
        TEST(keepalive_0_never_ends_a_connection),
        TEST(a_packet_that_does_not_end_gives_its_room_back_after_ten_seconds),
        TEST(a_last_will_is_heard_when_a_sensor_is_lost),
        TEST(a_last_will_is_not_heard_after_disconnect),
        TEST(a_last_will_is_not_heard_of_one_who_was_refused),
        TEST(qos_2_ends_the_connection_and_is_counted),
        TEST(what_a_client_must_not_send_ends_the_connection),
        TEST(after_the_end_of_a_connection_nothing_of_the_piece_is_heard),
        TEST(a_flood_of_broken_sensors_writes_one_line_a_second),
        TEST(a_client_identifier_cannot_write_log_lines_of_its_own),
        TEST(random_bytes_never_break_the_listener),
        TEST(nothing_listens_without_a_port),
        TEST(all_places_that_the_site_names_can_be_in_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
