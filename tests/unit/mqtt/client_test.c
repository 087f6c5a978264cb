/* The client over a stream that the test plays, with the real libmosquitto: the test is the broker.
 */
#include "mqtt/client.h"

#include "tests/unit/mqtt/fakes.h"

#include <time.h>

/* The library's clock. */
void mosquitto_time_init(void);
time_t mosquitto_time(void);

void mosquitto_time_init(void)
{
}

time_t mosquitto_time(void)
{
    return fake_now_ms / 1000;
}

/* ---- the stream ---- ----------------------------------------------------------------------- */

struct stream {
    const struct stream_events *events;
    void *context;
    bool is_open;
    char host[64];
    uint16_t port;
    const struct tls_settings *tls;
    uint8_t to_client[65536], from_client[262144];
    size_t to_bytes, to_at, from_bytes;
    size_t room; /* how much stream_write takes */
    int64_t opened_ms;
};

static struct stream stream;
static unsigned streams_opened;
static bool no_stream;

struct stream *stream_open(const struct stream_target *target, const struct stream_events *events,
                           void *context)
{
    if (no_stream)
        return NULL;
    assert_false(stream.is_open);
    stream = (struct stream){.events = events, .context = context, .is_open = true};
    snprintf(stream.host, sizeof stream.host, "%s", target->host);
    stream.port = target->port;
    stream.tls = target->tls;
    stream.room = SIZE_MAX;
    stream.opened_ms = fake_now_ms;
    streams_opened++;
    return &stream;
}

size_t stream_read(struct stream *from, void *bytes, size_t length)
{
    assert_true(from->is_open);
    size_t rest = from->to_bytes - from->to_at;
    length = length < rest ? length : rest;
    memcpy(bytes, from->to_client + from->to_at, length);
    from->to_at += length;
    return length;
}

size_t stream_write(struct stream *to, const void *bytes, size_t length)
{
    assert_true(to->is_open);
    length = length < to->room ? length : to->room;
    to->room -= length;
    memcpy(to->from_client + to->from_bytes, bytes, length);
    to->from_bytes += length;
    return length;
}

void stream_close(struct stream *closed)
{
    assert_true(closed->is_open);
    closed->is_open = false;
}

const char *net_error_text(enum net_error error)
{
    static char text[32];
    snprintf(text, sizeof text, "net error %d", (int)error);
    return text;
}

static void say(const void *bytes, size_t length)
{
    memcpy(stream.to_client + stream.to_bytes, bytes, length);
    stream.to_bytes += length;
    stream.events->readable(stream.context);
}

#define SAY(constant) say((constant), sizeof(constant) - 1)

static void assert_said(const void *bytes, size_t length)
{
    assert_true(stream.from_bytes >= length);
    assert_memory_equal(stream.from_client, bytes, length);
    memmove(stream.from_client, stream.from_client + length, stream.from_bytes - length);
    stream.from_bytes -= length;
}

#define ASSERT_SAID(constant) assert_said((constant), sizeof(constant) - 1)

/* ---- the owner ---- ------------------------------------------------------------------------ */

static unsigned connects, disconnects, messages, publisheds;
static int published_id;
static char why_lost[128], message_topic[64], message_payload[64];
static bool message_retained, subscribes;
static struct mqtt_client *client;

static void connected(void *context)
{
    assert_ptr_equal(context, &connects);
    connects++;
    assert_true(mqtt_client_is_connected(client));
    if (subscribes)
        assert_true(mqtt_client_subscribe(client, "store/#", 1));
}

static void disconnected(void *context, const char *why)
{
    (void)context;
    disconnects++;
    assert_false(mqtt_client_is_connected(client));
    assert_int_equal(mqtt_client_publish(client, "t", "x", 1, 1, false), 0);
    snprintf(why_lost, sizeof why_lost, "%s", why);
}

static void message(void *context, struct text topic, const uint8_t *payload, size_t payload_bytes,
                    bool retained)
{
    (void)context;
    messages++;
    message_retained = retained;
    snprintf(message_topic, sizeof message_topic, "%.*s", (int)topic.length, topic.bytes);
    snprintf(message_payload, sizeof message_payload, "%.*s", (int)payload_bytes,
             (const char *)payload);
}

static bool publishes_again;

static void published(void *context, int message_id)
{
    (void)context;
    publisheds++;
    published_id = message_id;
    if (publishes_again)
        assert_true(mqtt_client_publish(client, "t", "next", 4, 1, false) > 0);
}

static const struct mqtt_client_events events = {.name = "upstream",
                                                 .connected = connected,
                                                 .disconnected = disconnected,
                                                 .message = message,
                                                 .published = published};
static const struct site_broker broker = {.is_used = true,
                                          .host = "hq.example",
                                          .port = 8883,
                                          .keepalive_s = 60,
                                          .client_id = "site-7",
                                          .user = "u",
                                          .password = "p"};
static const struct tls_settings tls = {.server_name = "hq.example"};
static const struct mqtt_client_will will = {"s/online", "off"};

/* The client is made once, as in the appliance; each test begins with it waiting or opening. */
static int start(void **state)
{
    (void)state;
    no_stream = subscribes = publishes_again = false;
    if (client == NULL)
        client = mqtt_client_start(&broker, &tls, &will, &events, &connects);
    if (stream.is_open)
        stream.events->closed(stream.context, NET_ERROR_RESET);
    /* A good minute makes the delays start at one second again. */
    while (!stream.is_open)
        pass_ms(100);
    stream.events->opened(stream.context);
    SAY("\x20\x02\x00\x00");
    pass_ms(60000);
    stream.events->closed(stream.context, NET_ERROR_CLOSED);
    connects = disconnects = messages = publisheds = 0;
    while (!stream.is_open)
        pass_ms(1);
    return 0;
}

static void connect_now(void)
{
    while (!stream.is_open)
        pass_ms(1);
    stream.events->opened(stream.context);
    stream.from_bytes = 0;
    SAY("\x20\x02\x00\x00");
}

/* ---- tests ---- ---------------------------------------------------------------------------- */

static void connects_with_all_that_the_site_says(void **state)
{
    (void)state;
    assert_string_equal(stream.host, "hq.example");
    assert_int_equal(stream.port, 8883);
    assert_ptr_equal(stream.tls, &tls);
    assert_int_equal(stream.from_bytes, 0);
    stream.events->opened(stream.context);
    ASSERT_SAID("\x10\x27\x00\x04MQTT\x04\xee\x00\x3c\x00\x06site-7\x00\x08s/online\x00\x03off"
                "\x00\x01u\x00\x01p");
    assert_int_equal(stream.from_bytes, 0);
    assert_false(mqtt_client_is_connected(client));
    SAY("\x20\x02\x00\x00");
    assert_true(mqtt_client_is_connected(client));
    assert_int_equal(connects, 1);
    assert_non_null(
        strstr(last_log(), "upstream event=connected host=hq.example port=8883 tls=yes"));
}

static void what_connected_asks_for_is_sent_at_once_and_at_each_connection(void **state)
{
    (void)state;
    subscribes = true;
    for (int i = 0; i < 3; i++) {
        connect_now();
        assert_int_equal(stream.from_bytes, 14);
        assert_memory_equal(stream.from_client, "\x82\x0c", 2);
        assert_memory_equal(stream.from_client + 4, "\x00\x07store/#\x01", 10);
        stream.events->closed(stream.context, NET_ERROR_RESET);
        assert_int_equal(disconnects, (unsigned)i + 1);
    }
}

static void a_refused_subscription_is_told(void **state)
{
    (void)state;
    subscribes = true;
    connect_now();
    uint8_t suback[5] = {0x90, 3, stream.from_client[2], stream.from_client[3], 0x80};
    say(suback, 5);
    assert_non_null(strstr(last_log(), "refuses a subscription"));
}

static void messages_cut_anywhere_are_heard(void **state)
{
    (void)state;
    static const char bytes[] = "\x33\x0a\x00\x03"
                                "a/b\x00\x09yes\x30\x06\x00\x03"
                                "c/dz";
    connect_now();
    for (size_t cut = 1; cut < sizeof bytes - 1; cut++) {
        messages = 0;
        stream.from_bytes = 0;
        say(bytes, cut);
        say(bytes + cut, sizeof bytes - 1 - cut);
        assert_int_equal(messages, 2);
        assert_string_equal(message_topic, "c/d");
        assert_string_equal(message_payload, "z");
        assert_false(message_retained);
        ASSERT_SAID("\x40\x02\x00\x09"); /* PUBACK of the first */
    }
    say(bytes, 12);
    assert_true(message_retained);
    assert_string_equal(message_payload, "yes");
}

static int publish_qos_1(void)
{
    return mqtt_client_publish(client, "t", "x", 1, 1, false);
}

static void acknowledge(int id)
{
    uint8_t puback[4] = {0x40, 2, (uint8_t)(id >> 8), (uint8_t)id};
    say(puback, 4);
}

static void published_names_the_message_that_the_broker_took(void **state)
{
    (void)state;
    connect_now();
    int first = publish_qos_1(), second = mqtt_client_publish(client, "s/t", "now", 3, 1, true);
    assert_true(first > 0 && second > 0 && first != second);
    assert_int_equal(publisheds, 0);
    acknowledge(second);
    assert_int_equal(publisheds, 1);
    assert_int_equal(published_id, second);
    acknowledge(first);
    assert_int_equal(published_id, first);
    acknowledge(first); /* again, or never sent: nothing */
    assert_int_equal(publisheds, 2);
    assert_memory_equal(stream.from_client + 8, "\x33\x0a\x00\x03s/t", 7);
}

static void messages_of_qos_0_are_sent_and_nobody_hears_of_them(void **state)
{
    (void)state;
    connect_now();
    assert_true(mqtt_client_publish(client, "t", "x", 1, 0, false) > 0);
    ASSERT_SAID("\x30\x04\x00\x01tx");
    assert_int_equal(publisheds, 0);
}

static void no_more_than_twenty_messages_wait_for_the_broker(void **state)
{
    (void)state;
    connect_now();
    int ids[MQTT_CLIENT_IN_FLIGHT];
    for (int i = 0; i < MQTT_CLIENT_IN_FLIGHT; i++)
        assert_true((ids[i] = publish_qos_1()) > 0);
    assert_int_equal(publish_qos_1(), 0);
    assert_true(mqtt_client_publish(client, "t", "x", 1, 0, false) > 0); /* those don't wait */
    acknowledge(ids[7]);
    assert_true(publish_qos_1() > 0);
    assert_int_equal(publish_qos_1(), 0);
}

static void what_published_publishes_is_sent_at_once(void **state)
{
    (void)state;
    connect_now();
    publishes_again = true;
    int id = publish_qos_1();
    stream.from_bytes = 0;
    acknowledge(id);
    assert_int_equal(stream.from_bytes, 11);
}

static void identifiers_in_use_are_not_given_again(void **state)
{
    (void)state;
    connect_now();
    int kept = publish_qos_1();
    for (int i = 0; i < 70000; i++) {
        stream.from_bytes = stream.to_bytes = stream.to_at = 0;
        int id = publish_qos_1();
        assert_true(id > 0 && id != kept);
        acknowledge(id);
    }
    assert_int_equal(publisheds, 70000);
}

static void a_stream_without_room_is_waited_for_and_the_queue_is_bounded(void **state)
{
    (void)state;
    connect_now();
    stream.room = 3;
    unsigned taken = 0;
    while (mqtt_client_publish(client, "t", "x", 1, 0, false) > 0)
        assert_true(++taken < 100);
    assert_int_equal(stream.from_bytes, 3);
    stream.room = SIZE_MAX;
    stream.events->writable(stream.context);
    assert_int_equal(stream.from_bytes, taken * 6);
    assert_true(mqtt_client_publish(client, "t", "x", 1, 0, false) > 0);
}

static void what_was_not_taken_is_forgotten_with_the_connection(void **state)
{
    (void)state;
    connect_now();
    for (int i = 0; i < MQTT_CLIENT_IN_FLIGHT; i++)
        assert_true(publish_qos_1() > 0);
    stream.events->closed(stream.context, NET_ERROR_RESET);
    connect_now();
    assert_int_equal(stream.from_bytes, 0); /* the caller has them, and publishes them itself */
    for (int i = 0; i < MQTT_CLIENT_IN_FLIGHT; i++)
        assert_true(publish_qos_1() > 0);
}

static int64_t delay_ms(void)
{
    int64_t lost_ms = fake_now_ms;
    unsigned opened = streams_opened;
    while (streams_opened == opened && fake_now_ms - lost_ms < 100000)
        pass_ms(1);
    return fake_now_ms - lost_ms;
}

static void delays_double_from_one_second_to_sixty_and_half_of_them_is_drawn(void **state)
{
    (void)state;
    static const int64_t most[] = {2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000};
    for (size_t i = 0; i < sizeof most / sizeof most[0]; i++) {
        fake_entropy = (uint8_t)(i * 37); /* what entropy_fill gives */
        stream.events->closed(stream.context, NET_ERROR_REFUSED);
        assert_non_null(strstr(last_log(), "upstream event=failed host=hq.example port=8883"));
        assert_non_null(
            strstr(last_log(), "remedy=\"check the port in url of upstream in site.json, and"));
        unsigned told = (unsigned)atoi(strstr(last_log(), "retry_ms=") + strlen("retry_ms="));
        int64_t delay = delay_ms();
        assert_int_equal(delay, told);
        assert_in_range(delay, most[i] / 2, most[i]);
    }
    assert_int_equal(disconnects, 0); /* it was never connected */
    fake_entropy = 0;
}

static void a_short_connection_does_not_shorten_the_delay_and_a_good_one_does(void **state)
{
    (void)state;
    connect_now();
    stream.events->closed(stream.context, NET_ERROR_RESET);
    assert_non_null(strstr(last_log(), "event=lost"));
    assert_in_range(delay_ms(), 1000, 2000);
    connect_now();
    stream.events->closed(stream.context, NET_ERROR_RESET);
    assert_in_range(delay_ms(), 2000, 4000);
    connect_now();
    pass_ms(59000);
    stream.events->closed(stream.context, NET_ERROR_RESET);
    assert_in_range(delay_ms(), 4000, 8000);
    connect_now();
    pass_ms(60000);
    stream.events->closed(stream.context, NET_ERROR_RESET);
    assert_in_range(delay_ms(), 500, 1000);
}

static void without_a_free_stream_it_tries_again(void **state)
{
    (void)state;
    no_stream = true;
    stream.events->closed(stream.context, NET_ERROR_RESET);
    stream.is_open = false;
    pass_ms(10000);
    assert_non_null(strstr(last_log(), "all streams are in use"));
    no_stream = false;
    connect_now();
    assert_int_equal(connects, 1);
}

static void each_refusal_says_what_to_do(void **state)
{
    (void)state;
    static const char *const remedies[] = {"MQTT 3.1.1", "client_id of upstream", "tried again",
                                           "check user and password of upstream in site.json",
                                           "check user and password of upstream in site.json"};
    for (uint8_t code = 1; code <= 5; code++) {
        uint8_t connack[4] = {0x20, 2, 0, code};
        stream.events->opened(stream.context);
        say(connack, 4);
        assert_false(stream.is_open);
        assert_non_null(strstr(last_log(), remedies[code - 1]));
        assert_non_null(strstr(last_log(), "event=failed"));
        delay_ms();
    }
    assert_int_equal(connects, 0);
    assert_int_equal(disconnects, 0);
}

static void remedies_name_the_keys_that_site_json_has(void **state)
{
    (void)state;
    static const struct {
        enum net_error error;
        const char *remedy;
    } remedies[] = {
        {NET_ERROR_NAME, "remedy=\"check url of upstream in site.json and the name servers\""},
        {NET_ERROR_REFUSED, "remedy=\"check the port in url of upstream in site.json, and"},
        {NET_ERROR_UNREACHABLE, "remedy=\"check url of upstream in site.json, the gateway"},
    };
    for (size_t i = 0; i < sizeof remedies / sizeof remedies[0]; i++) {
        stream.events->closed(stream.context, remedies[i].error);
        assert_non_null(strstr(last_log(), remedies[i].remedy));
        delay_ms();
    }
}

static void silence_after_connect_is_not_waited_for_for_ever(void **state)
{
    (void)state;
    stream.events->opened(stream.context);
    pass_ms(19999);
    assert_true(stream.is_open);
    pass_ms(1);
    assert_false(stream.is_open);
    assert_non_null(strstr(last_log(), "did not answer CONNECT"));
}

static void a_ping_is_sent_within_the_keepalive_and_its_answer_awaited(void **state)
{
    (void)state;
    connect_now();
    for (int i = 0; i < 5; i++) {
        int64_t sent_ms = fake_now_ms;
        while (stream.from_bytes == 0 && fake_now_ms - sent_ms < 90000)
            pass_ms(100);
        assert_in_range(fake_now_ms - sent_ms, 30000, 80000);
        ASSERT_SAID("\xc0\x00");
        SAY("\xd0\x00");
    }
    pass_ms(200000);
    assert_int_equal(disconnects, 1);
}

static void what_breaks_the_protocol_ends_the_connection_and_it_comes_back(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t length;
    } cases[] = {
#define CASE(constant) {(constant), sizeof(constant) - 1}
        CASE("\x00\x00"),
        CASE("\xf0\x00"),
        CASE("\x30\x02\x00\x00"),
        CASE("\x30\x04\x00\x09zz"),
        CASE("\x36\x05\x00\x01t\x00\x01"),
        CASE("\x32\x05\x00\x01t\x00\x00"),
        CASE("\x30\xff\xff\xff\xff\x01"),
        CASE("\x40\x02\x00\x00"),
        CASE("\x20\x01\x00"),
        CASE("\x30\xff\xff\xff\x7f\x00\x01t"),
#undef CASE
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        connect_now();
        say(cases[i].bytes, cases[i].length);
        if (stream.is_open || disconnects != i + 1)
            fail_msg("case %zu", i);
    }
    connect_now();
    assert_true(mqtt_client_is_connected(client));
}

static void a_broker_that_acknowledges_nothing_is_left_and_tried_again(void **state)
{
    (void)state;
    connect_now();
    int first = publish_qos_1();
    pass_ms(20000);
    int second = publish_qos_1();
    acknowledge(first);
    pass_ms(29900);
    assert_true(mqtt_client_is_connected(client)); /* the second has waited less than 30 s */
    acknowledge(second);
    publish_qos_1();
    pass_ms(20000);
    publish_qos_1();
    pass_ms(9900);
    SAY("\xd0\x00");
    assert_true(mqtt_client_is_connected(client));
    pass_ms(200);
    assert_false(mqtt_client_is_connected(client));
    assert_int_equal(disconnects, 1);
    assert_string_equal(why_lost, "the broker does not acknowledge messages");
    assert_non_null(strstr(last_log(), "remedy=\"check the broker of upstream in site.json"));
    connect_now();
    pass_ms(40000); /* nothing waits any more */
    assert_int_equal(disconnects, 1);
}

static void a_second_answer_to_connect_ends_the_connection(void **state)
{
    (void)state;
    subscribes = true;
    connect_now();
    unsigned lines = fake_log_lines;
    for (int i = 0; i < 100 && stream.is_open; i++)
        SAY("\x20\x02\x00\x00");
    assert_false(stream.is_open);
    assert_int_equal(connects, 1);
    assert_int_equal(fake_log_lines, lines + 1);
    assert_string_equal(why_lost, "the broker answered CONNECT twice");
}

static void a_message_of_qos_2_ends_the_connection_and_nothing_of_it_is_kept(void **state)
{
    (void)state;
    connect_now();
    SAY("\x34\x06\x00\x01t\x00\x01x");
    assert_false(stream.is_open);
    assert_int_equal(messages, 0);
    assert_string_equal(why_lost, "the broker sent a message of QoS 2");
}

static void many_refused_subscriptions_are_told_once(void **state)
{
    (void)state;
    subscribes = true;
    connect_now();
    unsigned lines = fake_log_lines;
    for (int i = 0; i < 100; i++)
        SAY("\x90\x06\x00\x01\x80\x80\x80\x80");
    assert_int_equal(fake_log_lines, lines + 1);
}

static void what_a_broker_sends_waits_while_it_does_not_read_our_answers(void **state)
{
    (void)state;
    connect_now();
    stream.room = 0;
    for (int i = 0; i < 1000; i++)
        SAY("\x32\x06\x00\x01t\x00\x01x");
    assert_in_range(messages, 1, 60);
    stream.room = SIZE_MAX;
    for (int i = 0; i < 1000 && messages < 1000; i++)
        stream.events->writable(stream.context);
    assert_int_equal(messages, 1000);
    assert_int_equal(stream.from_bytes, 4000); /* all PUBACKs */
}

static void a_message_that_is_too_large_is_named(void **state)
{
    (void)state;
    connect_now();
    SAY("\x30\x80\x80\x20\x00\x01t");
    assert_false(stream.is_open);
    assert_string_equal(why_lost, "the broker sent a message above 256 KiB");
}

static void random_bytes_from_a_broker_never_break_the_client(void **state)
{
    (void)state;
    uint64_t random = 7;
    for (int round = 0; round < 3000; round++) {
        connect_now();
        while (stream.is_open && stream.to_bytes < 2000) {
            uint8_t bytes[16];
            for (size_t i = 0; i < sizeof bytes; i++) {
                random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
                bytes[i] = i % 4 ? (uint8_t)(random >> 59) : (uint8_t)(random >> 56);
            }
            say(bytes, 1 + (random >> 40) % sizeof bytes);
        }
        if (stream.is_open)
            stream.events->closed(stream.context, NET_ERROR_RESET);
    }
}

static void bytes_and_messages_are_counted(void **state)
{
    (void)state;
    struct mqtt_client_counters before = *mqtt_client_counters(client);
    connect_now();
    SAY("\x30\x07\x00\x03"
        "a/bhi");
    acknowledge(publish_qos_1());
    const struct mqtt_client_counters *after = mqtt_client_counters(client);
    assert_int_equal(after->connects - before.connects, 1);
    assert_int_equal(after->messages - before.messages, 1);
    assert_int_equal(after->published - before.published, 1);
    assert_int_equal(after->bytes_down - before.bytes_down, 4 + 9 + 4);
    assert_int_equal(after->bytes_up - before.bytes_up, 41 + 8);
}

#define TEST(name) cmocka_unit_test_setup(name, start)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(connects_with_all_that_the_site_says),
        TEST(what_connected_asks_for_is_sent_at_once_and_at_each_connection),
        TEST(a_refused_subscription_is_told),
        TEST(messages_cut_anywhere_are_heard),
        TEST(published_names_the_message_that_the_broker_took),
        TEST(messages_of_qos_0_are_sent_and_nobody_hears_of_them),
        TEST(no_more_than_twenty_messages_wait_for_the_broker),
        TEST(what_published_publishes_is_sent_at_once),
        TEST(identifiers_in_use_are_not_given_again),
        TEST(a_stream_without_room_is_waited_for_and_the_queue_is_bounded),
        TEST(what_was_not_taken_is_forgotten_with_the_connection),
        TEST(delays_double_from_one_second_to_sixty_and_half_of_them_is_drawn),
        TEST(a_short_connection_does_not_shorten_the_delay_and_a_good_one_does),
        TEST(without_a_free_stream_it_tries_again),
        TEST(each_refusal_says_what_to_do),
        TEST(remedies_name_the_keys_that_site_json_has),
        TEST(silence_after_connect_is_not_waited_for_for_ever),
        TEST(a_ping_is_sent_within_the_keepalive_and_its_answer_awaited),
        TEST(what_breaks_the_protocol_ends_the_connection_and_it_comes_back),
        TEST(a_broker_that_acknowledges_nothing_is_left_and_tried_again),
        TEST(a_second_answer_to_connect_ends_the_connection),
        TEST(a_message_of_qos_2_ends_the_connection_and_nothing_of_it_is_kept),
        TEST(many_refused_subscriptions_are_told_once),
        TEST(what_a_broker_sends_waits_while_it_does_not_read_our_answers),
        TEST(a_message_that_is_too_large_is_named),
        TEST(random_bytes_from_a_broker_never_break_the_client),
        TEST(bytes_and_messages_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
