/* From topics and datagrams to values: routes, names, the table of section 8.2, states, times,
 * lists. RULES sections 4.4, 8, appendix C; E 6, 11, 14. */
#include "tests/support/judged_site.h"

static const struct engine_value *value_of(struct site *site, uint32_t device, uint32_t reading)
{
    struct engine_device_view view;
    engine_device_view(site->engine, device, &view);
    return &view.values[reading];
}

static const struct pipeline_counters *counters(struct site *site)
{
    return pipeline_counters(site->pipeline);
}

static void send_udp(struct site *site, const char *clock, uint16_t port, const char *payload)
{
    size_t length = strlen(payload);
    char *room = malloc(length > 0 ? length : 1);
    memcpy(room, payload, length);
    pipeline_udp(site->pipeline, port, (struct text){room, length}, site_ms(clock));
    free(room);
}

/* ---- topics -------------------------------------------------------------------------------- */

static const char two_groups[] = "sensors coolers\n"
                                 "  from mqtt store/{store}/cooler/{cooler}/telemetry\n"
                                 "  read temperature from temp in °C\n"
                                 "sensors all\n"
                                 "  from mqtt store/{rest...}\n"
                                 "  read battery from bat in %\n";

static void a_topic_names_group_and_device(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", two_groups);
    for (int i = 0; i < 3; i++) { /* the first time by template, then by what is remembered */
        char payload[64];
        snprintf(payload, sizeof payload, "{\"temp\": %d, \"bat\": 9%d}", i, i);
        assert_true(site_send(site, "08:00", "store/14/cooler/d-1/telemetry", payload));
        assert_int_equal(engine_device_count(site->engine), 2); /* one of each group */
        assert_true(value_of(site, 0, 0)->number == i);
        assert_true(value_of(site, 1, 0)->number == 90 + i);
    }
    struct engine_device_view view;
    engine_device_view(site->engine, 0, &view);
    assert_true(text_equal(view.names[0], TEXT("14")) && text_equal(view.names[1], TEXT("d-1")));
    engine_device_view(site->engine, 1, &view);
    assert_true(text_equal(view.names[0], TEXT("14/cooler/d-1/telemetry")));
    assert_int_equal(counters(site)->messages, 3);
    assert_int_equal(counters(site)->unrouted, 0);
    site_stop(site);
}

static void topics_that_do_not_fit_are_counted(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", "sensors coolers\n"
                                            "  from mqtt store/{store}/cooler/{cooler}/telemetry\n"
                                            "  read temperature from temp in °C\n"
                                            "sensors any\n  from mqtt {x}/short\n"
                                            "  read level as number\n");
    static const char *const topics[] = {
        "store/14/cooler/d/telemetry/more",
        "store/14/cooler/d",
        "store/14/cooler/d/telemetr",
        "store/14/cooler/d/Telemetry",
        "stor/14/cooler/d/telemetry",
        "/store/14/cooler/d/telemetry",
        "store/14/freezer/d/telemetry",
        "store/14/15/cooler/d/telemetry",
        "",
        "/",
        "$SYS/short",
    };
    size_t count = sizeof topics / sizeof topics[0];
    for (size_t i = 0; i < count; i++)
        assert_false(site_send(site, "08:00", topics[i], "{\"temp\": 1, \"level\": 1}"));
    assert_int_equal(counters(site)->unrouted, count);
    assert_int_equal(engine_device_count(site->engine), 0);
    site_stop(site);
}

static void names_that_are_no_names_drop_the_message(void **state)
{
    (void)state; /* appendix C, hostile input */
    struct site *site = site_start("08:00", "sensors things\n  from mqtt t/{thing}/v\n"
                                            "  read level as number\n");
    char longest[64 + 5], longer[65 + 5];
    snprintf(longest, sizeof longest, "t/%064d/v", 1);
    snprintf(longer, sizeof longer, "t/%065d/v", 1);
    const char *const topics[] = {"t//v",
                                  "t/a\nb/v",
                                  "t/a\x7f"
                                  "b/v",
                                  "t/\xc2\x85/v",
                                  "t/\xff/v",
                                  longer};
    size_t count = sizeof topics / sizeof topics[0];
    for (size_t i = 0; i < count; i++)
        assert_false(site_send(site, "08:00", topics[i], "{\"level\": 1}"));
    assert_int_equal(counters(site)->names_refused, count);
    assert_int_equal(engine_device_count(site->engine), 0);
    assert_true(site_send(site, "08:00", longest, "{\"level\": 1}"));
    assert_true(site_send(site, "08:00", "t/käse #1 +/v", "{\"level\": 1}"));
    site_stop(site);
}

static void long_topics_are_told_apart_too(void **state)
{
    (void)state; /* longer than what is remembered byte for byte */
    struct site *site = site_start("08:00", "sensors things\n  from mqtt t/{a}/{b}/value\n"
                                            "  read level as number\n");
    char topic[160], payload[32];
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 20; i++) {
            snprintf(topic, sizeof topic, "t/%050d/%050d/value", i / 5, i % 5);
            snprintf(payload, sizeof payload, "{\"level\": %d}", i);
            assert_true(site_send(site, "08:00", topic, payload));
            assert_true(value_of(site, (uint32_t)i, 0)->number == i);
        }
    }
    assert_int_equal(engine_device_count(site->engine), 20);
    site_stop(site);
}

static void a_refused_device_is_counted_and_tried_again(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", "sensors things\n  from mqtt t/{thing}\n"
                                            "  read level as number\n");
    char topic[32];
    for (int i = 0; i < 61; i++) {
        snprintf(topic, sizeof topic, "t/%d", i);
        assert_int_equal(site_send(site, "08:00", topic, "{\"level\": 1}"), i < 60);
    }
    assert_int_equal(counters(site)->devices_refused, 1);
    assert_true(site_send(site, "08:01", topic, "{\"level\": 1}"));
    site_stop(site);
}

static void filters_are_written_once_each(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", "sensors a\n  from mqtt store/{store}/x/{y}\n"
                                            "  read l1 as number\n"
                                            "sensors b\n  from mqtt store/{shop}/x/{z}\n"
                                            "  read l2 as number\n"
                                            "sensors c\n  from udp port 5005\n"
                                            "  read l3 as number\n"
                                            "sensors d\n  from mqtt site/{rest...}\n"
                                            "  read l4 as number\n"
                                            "sensors e\n  from mqtt plain\n  read l5 as number\n");
    char room[64];
    assert_true(pipeline_filter(site->rules, 0, room, sizeof room));
    assert_string_equal(room, "store/+/x/+");
    assert_true(pipeline_filter(site->rules, 1, room, sizeof room));
    assert_string_equal(room, "site/#");
    assert_true(pipeline_filter(site->rules, 2, room, sizeof room));
    assert_string_equal(room, "plain");
    assert_false(pipeline_filter(site->rules, 3, room, sizeof room));
    assert_false(pipeline_filter(site->rules, 0, room, 11)); /* no room for the zero */
    assert_true(pipeline_filter(site->rules, 0, room, 12));
    site_stop(site);
}

/* ---- values -------------------------------------------------------------------------------- */

struct example {
    const char *json;
    enum engine_quality quality;
    double number;
    uint32_t word;
};
#define MISSING ENGINE_MISSING, 0, 0
#define FAULTY ENGINE_FAULTY, 0, 0

static void check_values(const char *read, const struct example *examples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char rules[512], payload[256];
        snprintf(rules, sizeof rules, "sensors t\n  from mqtt t/{x}\n  %s\n", read);
        struct site *site = site_start("08:00", rules);
        snprintf(payload, sizeof payload, "{\"v\": %s}", examples[i].json);
        site_send(site, "08:00", "t/1", payload);
        const struct engine_value *value = value_of(site, 0, 0);
        enum engine_quality quality = (enum engine_quality)value->quality;
        bool is_right = quality == examples[i].quality;
        if (quality == ENGINE_GOOD)
            is_right =
                is_right && value->number == examples[i].number && value->word == examples[i].word;
        if (!is_right)
            fail_msg("%s as %s: quality %d, number %g, word %u", payload, read, quality,
                     value->number, value->word);
        assert_int_equal(counters(site)->faulty, quality == ENGINE_FAULTY);
        site_stop(site);
    }
}
#define CHECK(read, examples) check_values(read, examples, sizeof examples / sizeof examples[0])

static void what_counts_as_a_number(void **state)
{
    (void)state; /* the table of section 8.2 */
    static const struct example examples[] = {
        {"4.2", ENGINE_GOOD, 4.2, 0},
        {"4", ENGINE_GOOD, 4, 0},
        {"-1e1", ENGINE_GOOD, -10, 0},
        {"\"4.2\"", ENGINE_GOOD, 4.2, 0},
        {"\" 4.2 \"", ENGINE_GOOD, 4.2, 0},
        {"\"-1e1\"", ENGINE_GOOD, -10, 0},
        {"1e15", ENGINE_GOOD, 1e15, 0},
        {"-1e15", ENGINE_GOOD, -1e15, 0},
        {"\"4,2\"", FAULTY},
        {"\"4.2 °C\"", FAULTY},
        {"\"n/a\"", FAULTY},
        {"\"\"", FAULTY},
        {"\" \"", FAULTY},
        {"\"+4\"", FAULTY},
        {"\"04\"", FAULTY},
        {"\".5\"", FAULTY},
        {"\"4 2\"", FAULTY},
        {"true", FAULTY},
        {"false", FAULTY},
        {"[]", FAULTY},
        {"{}", FAULTY},
        {"[4]", FAULTY},
        {"NaN", FAULTY},
        {"Infinity", FAULTY},
        {"-Infinity", FAULTY},
        {"\"NaN\"", FAULTY},
        {"1.0000001e15", FAULTY},
        {"-1e16", FAULTY},
        {"1e999", FAULTY},
        {"\"1e999\"", FAULTY},
        {"null", MISSING},
        {"1, \"v\": null", MISSING},
    };
    CHECK("read level from v as number", examples);
}

static void scale_offset_valid_and_ignore(void **state)
{
    (void)state;
    static const struct example scaled[] = {
        {"42", ENGINE_GOOD, 3.9, 0},
        {"\"42\"", ENGINE_GOOD, 3.9, 0},
    };
    CHECK("read level from v in °C scaled by 0.1 offset by -0.3 °C", scaled);
    static const struct example kelvin[] = {
        {"277.65", ENGINE_GOOD, 4.5, 0},
        {"273.15", ENGINE_GOOD, 0, 0},
        {"1e-9", ENGINE_GOOD, -273.149999999, 0},
        {"1e15", ENGINE_GOOD, 1e15 - 273.15, 0},
    };
    CHECK("read level from v in °C offset by -273.15 °C", kelvin);
    static const struct example valid[] = {
        {"-40", ENGINE_GOOD, -40, 0},
        {"60", ENGINE_GOOD, 60, 0},
        {"60.1", FAULTY},
        {"-40.1", FAULTY},
        {"85", FAULTY},
        {"59", FAULTY},
        {"59.1", ENGINE_GOOD, 59.1, 0},
    };
    CHECK("read level from v in °C\n  valid level -40 °C to 60 °C\n"
          "  ignore level of 59 °C or -127 °C",
          valid);
}

static void states_of_two_words(void **state)
{
    (void)state; /* section 4.4; E 11 */
    static const struct example examples[] = {
        {"\"open\"", ENGINE_GOOD, 0, 0},
        {"\"OPEN\"", ENGINE_GOOD, 0, 0},
        {"\" open \"", ENGINE_GOOD, 0, 0},
        {"\"shut\"", ENGINE_GOOD, 0, 1},
        {"true", ENGINE_GOOD, 0, 0},
        {"false", ENGINE_GOOD, 0, 1},
        {"1", ENGINE_GOOD, 0, 0},
        {"0", ENGINE_GOOD, 0, 1},
        {"1.0", ENGINE_GOOD, 0, 0},
        {"\"1\"", ENGINE_GOOD, 0, 0},
        {"\"on\"", ENGINE_GOOD, 0, 0},
        {"\"Off\"", ENGINE_GOOD, 0, 1},
        {"\"yes\"", ENGINE_GOOD, 0, 0},
        {"\"no\"", ENGINE_GOOD, 0, 1},
        {"\"closed\"", ENGINE_GOOD, 0, 1},
        {"\"\\u006fpen\"", ENGINE_GOOD, 0, 0},
        {"\"ajar\"", FAULTY},
        {"2", FAULTY},
        {"-1", FAULTY},
        {"\"\"", FAULTY},
        {"[]", FAULTY},
        {"{}", FAULTY},
        {"NaN", FAULTY},
        {"null", MISSING},
    };
    CHECK("read lid from v as open or shut", examples);
}

static void states_of_more_words_are_texts_only(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"\"auto\"", ENGINE_GOOD, 0, 0},
        {"\"Manual\"", ENGINE_GOOD, 0, 2},
        {"true", FAULTY},
        {"1", FAULTY},
        {"\"on\"", FAULTY},
        {"\"1\"", FAULTY},
    };
    CHECK("read mode from v as auto or idle or manual", examples);
}

static void decimals_are_those_of_the_sensor(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", "sensors t\n  from mqtt t/{x}\n"
                                            "  read plain from v as number\n"
                                            "  read tenths from v in °C scaled by 0.1\n"
                                            "  read moved from v in °C offset by -0.25 °C\n");
    site_send(site, "08:00", "t/1", "{\"v\": 42.5}");
    assert_int_equal(value_of(site, 0, 0)->decimals, 1);
    assert_int_equal(value_of(site, 0, 1)->decimals, 2);
    assert_int_equal(value_of(site, 0, 2)->decimals, 2);
    site_send(site, "08:00", "t/1", "{\"v\": \"42\"}");
    assert_int_equal(value_of(site, 0, 0)->decimals, 0);
    site_stop(site);
}

/* ---- times --------------------------------------------------------------------------------- */

static void check_time(const char *line, const char *json, int64_t taken_ms)
{
    char rules[256], payload[128];
    snprintf(rules, sizeof rules, "sensors t\n  from mqtt t/{x}\n  %s\n  read level as number\n",
             line);
    struct site *site = site_start("08:00", rules);
    snprintf(payload, sizeof payload, "{\"level\": 1%s}", json);
    site_send(site, "08:00", "t/1", payload);
    int64_t expected = taken_ms == INT64_MIN ? site_ms("08:00") : taken_ms;
    if (value_of(site, 0, 0)->taken_ms != expected)
        fail_msg("%s with %s: %lld", line, json, (long long)value_of(site, 0, 0)->taken_ms);
    assert_int_equal(counters(site)->time_faults, taken_ms == INT64_MIN);
    assert_true(pipeline_newest_ms(site->pipeline) == taken_ms);
    site_stop(site);
}

static void times_are_read_as_the_rules_say(void **state)
{
    (void)state;
    const int64_t taken = 1773014400123, fault = INT64_MIN;
    check_time("time from ts in seconds", ", \"ts\": 1773014400", 1773014400000);
    check_time("time from ts in seconds", ", \"ts\": 1773014400.123", taken);
    check_time("time from ts in seconds", ", \"ts\": \"1773014400.123\"", taken);
    check_time("time from ts in milliseconds", ", \"ts\": 1773014400123", taken);
    check_time("time from ts in text", ", \"ts\": \"2026-03-09T00:00:00.123Z\"", taken);
    check_time("time from ts in text", ", \"ts\": \"2026-03-09T01:00:00.123+01:00\"", taken);
    check_time("time from ts in seconds", "", fault);
    check_time("time from ts in seconds", ", \"ts\": null", fault);
    check_time("time from ts in seconds", ", \"ts\": \"now\"", fault);
    check_time("time from ts in seconds", ", \"ts\": 1e18", fault);
    check_time("time from ts in seconds", ", \"ts\": true", fault);
    check_time("time from ts in text", ", \"ts\": 1773014400", fault);
    check_time("time from ts in text", ", \"ts\": \"2026-02-30T00:00:00Z\"", fault);
}

/* ---- plain messages, lists, datagrams ------------------------------------------------------ */

static void plain_messages_give_the_only_reading(void **state)
{
    (void)state; /* E 6 */
    struct site *site = site_start("08:00", "sensors t\n  from mqtt t/{x}\n"
                                            "  read level from path.to.it as number\n");
    assert_true(site_send(site, "08:00", "t/1", " 4.5\n"));
    assert_true(value_of(site, 0, 0)->number == 4.5);
    assert_true(site_send(site, "08:00", "t/1", "\"5.5\""));
    assert_true(value_of(site, 0, 0)->number == 5.5);
    assert_true(site_send(site, "08:00", "t/1", "{\"path\": {\"to\": {\"it\": 6.5}}}"));
    assert_true(value_of(site, 0, 0)->number == 6.5);
    assert_true(site_send(site, "08:00", "t/1", "n/a"));
    assert_int_equal(value_of(site, 0, 0)->quality, ENGINE_FAULTY);
    assert_int_equal(counters(site)->malformed, 0);
    assert_false(site_send(site, "08:00", "t/1", "a\nb"));
    assert_false(site_send(site, "08:00", "t/1", "\"open"));
    assert_false(site_send(site, "08:00", "t/1", ""));
    assert_int_equal(counters(site)->malformed, 3);
    site_stop(site);
}

static void plain_words_are_states(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", "sensors t\n  from mqtt t/{x}\n"
                                            "  read other as number\n"
                                            "  read lid from payload as open or closed\n");
    static const char *const payloads[] = {"open", "closed", "true", "0", "\"OPEN\"", "OFF"};
    for (uint32_t i = 0; i < 6; i++) {
        assert_true(site_send(site, "08:00", "t/1", payloads[i]));
        assert_int_equal(value_of(site, 0, 1)->word, i % 2);
    }
    site_stop(site);
}

static void plain_messages_to_several_readings_are_refused(void **state)
{
    (void)state;
    struct site *site =
        site_start("08:00", "sensors t\n  from mqtt t/{x}\n  read aa from a as number\n"
                            "  read bb from b as number\n");
    assert_false(site_send(site, "08:00", "t/1", "4"));
    assert_false(site_send(site, "08:00", "t/1", "on"));
    assert_int_equal(counters(site)->malformed, 2);
    site_stop(site);
}

static void a_list_is_several_messages(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", "sensors t\n  from mqtt t\n  name x from id\n"
                                            "  read level as number\n");
    assert_true(site_send(site, "08:00", "t",
                          "[{\"id\": \"a\", \"level\": 1}, {\"id\": 7, \"level\": 2},\n"
                          " {\"level\": 3}, {\"id\": \"a\", \"level\": 4}, {\"id\": null}]"));
    assert_int_equal(engine_device_count(site->engine), 2);
    assert_true(value_of(site, 0, 0)->number == 4);
    assert_true(value_of(site, 1, 0)->number == 2);
    assert_int_equal(counters(site)->names_refused, 2);
    assert_false(site_send(site, "08:00", "t", "[]"));
    assert_false(site_send(site, "08:00", "t", "[{\"id\": \"a\", \"level\": 9}, {]"));
    assert_true(value_of(site, 0, 0)->number == 4); /* nothing of a broken text is used */
    assert_int_equal(counters(site)->malformed, 1);
    site_stop(site);
}

static void each_takes_a_list_inside_a_message(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", "sensors levels\n  from udp port 5005\n"
                                            "  each samples\n  name vessel from id\n"
                                            "  time from ts in seconds\n"
                                            "  read level from lvl in %\n");
    send_udp(site, "08:00", 5005,
             "{\"lvl\": 99, \"samples\": [{\"id\": \"v-1\", \"ts\": 1773043000, \"lvl\": 1},"
             "{\"id\": \"v-2\", \"lvl\": 2}], \"ts\": 1773043100}");
    assert_int_equal(engine_device_count(site->engine), 2);
    assert_true(value_of(site, 0, 0)->number == 1);
    assert_int_equal(value_of(site, 0, 0)->taken_ms, 1773043000000);
    assert_true(value_of(site, 1, 0)->number == 2);
    assert_int_equal(value_of(site, 1, 0)->taken_ms, 1773043100000); /* stands beside the list */
    send_udp(site, "08:00", 5005, "{\"id\": \"v-3\", \"samples\": [{\"lvl\": 3}, {\"lvl\": 4}]}");
    assert_true(value_of(site, 2, 0)->number == 4);
    site_stop(site);
}

static void a_datagram_may_hold_several_texts(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", "sensors levels\n  from udp port 5005\n"
                                            "  name vessel from id\n  read level as number\n"
                                            "sensors other\n  from udp port 5069\n"
                                            "  read height as number\n");
    send_udp(site, "08:00", 5005,
             "{\"id\":\"a\",\"level\":1}{\"id\":\"b\",\"level\":2}\n[{\"id\":\"c\",\"level\":3}] "
             "{\"id\":\"d\"");
    assert_int_equal(engine_device_count(site->engine), 3); /* the whole ones count */
    assert_true(value_of(site, 2, 0)->number == 3);
    assert_int_equal(counters(site)->malformed, 1);
    send_udp(site, "08:00", 5069,
             "12.5"); /* the port is the device; 5069 and 5005 share a bucket */
    assert_true(value_of(site, 3, 0)->number == 12.5);
    send_udp(site, "08:00", 5133, "12.5");
    assert_int_equal(counters(site)->unrouted, 1);
    assert_false(site_send(site, "08:00", "5069", "1"));
    site_stop(site);
}

static void mqtt_takes_one_text_only(void **state)
{
    (void)state;
    struct site *site =
        site_start("08:00", "sensors t\n  from mqtt t/{x}\n  read aa from a as number\n"
                            "  read bb from b as number\n");
    assert_false(site_send(site, "08:00", "t/1", "{\"a\": 1}{\"a\": 2}"));
    assert_false(site_send(site, "08:00", "t/1", "{\"a\": 1} x"));
    assert_int_equal(counters(site)->malformed, 2);
    assert_int_equal(value_of(site, 0, 0)->taken_ms, INT64_MIN);
    assert_int_equal(engine_counters(site->engine)->unreadable, 2); /* heard, but faulty */
    site_stop(site);
}

static void payloads_end_at_64_kib(void **state)
{
    (void)state;
    struct site *site =
        site_start("08:00", "sensors t\n  from mqtt t/{x}\n  read aa from a as number\n");
    size_t most = 65536;
    char *payload = malloc(most + 1);
    memset(payload, ' ', most + 1);
    memcpy(payload, "{\"a\": 1}", 8);
    assert_true(site_send_bytes(site, site_ms("08:00"), "t/1", payload, most));
    assert_false(site_send_bytes(site, site_ms("08:00"), "t/1", payload, most + 1));
    assert_int_equal(counters(site)->malformed, 1);
    free(payload);
    site_stop(site);
}

static void time_begins_with_the_first_reading(void **state)
{
    (void)state;
    struct site *site = site_start("-1 00:00", "sensors coolers\n  from mqtt c/{cooler}\n"
                                               "  time from ts in seconds\n"
                                               "  read temperature from temp in °C\n"
                                               "table limits for coolers\n  | cooler | warm |\n"
                                               "  | dairy | 5 °C |\n  | meat | 5 °C |\n"
                                               "alarm gone on coolers\n"
                                               "  warning when silent for 5 minutes\n");
    pipeline_follow_readings(site->pipeline);
    char payload[64];
    site_send(site, "-1 00:00", "c/meat", "{\"temp\": 4}"); /* has no time: nothing begins */
    site_advance(site, "-1 00:05");
    assert_null(strstr(site->told, "dairy"));
    site_expect(site, "-1d 00:05:00 raised warning gone on meat #1 since -1d 00:00:00\n");
    for (int minute = 0; minute <= 5; minute++) {
        snprintf(payload, sizeof payload, "{\"ts\": %lld, \"temp\": 4}",
                 (long long)site_ms("08:00") / 1000 + 60 * minute);
        site_send(site, "-1 00:05", "c/meat", payload);
    }
    site_advance(site, "08:05");
    assert_non_null(strstr(site->told, "08:05:00 raised warning gone on dairy #1 since 08:00:00"));
    site_stop(site);
}

static void nothing_is_copied_but_escapes(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", "sensors t\n  from mqtt t/{x}\n  read mode as text\n"
                                            "  read level as number\n");
    site_send(site, "08:00", "t/1", "{\"mode\": \"auto\", \"level\": \"4.2\"}");
    assert_int_equal(counters(site)->copied_bytes, 0);
    site_send(site, "08:00", "t/1", "{\"mode\": \"a\\u0075to\"}");
    assert_int_equal(counters(site)->copied_bytes, 4);
    assert_int_equal(counters(site)->allocations, 0);
    site_stop(site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_topic_names_group_and_device),
        cmocka_unit_test(topics_that_do_not_fit_are_counted),
        cmocka_unit_test(names_that_are_no_names_drop_the_message),
        cmocka_unit_test(long_topics_are_told_apart_too),
        cmocka_unit_test(a_refused_device_is_counted_and_tried_again),
        cmocka_unit_test(filters_are_written_once_each),
        cmocka_unit_test(what_counts_as_a_number),
        cmocka_unit_test(scale_offset_valid_and_ignore),
        cmocka_unit_test(states_of_two_words),
        cmocka_unit_test(states_of_more_words_are_texts_only),
        cmocka_unit_test(decimals_are_those_of_the_sensor),
        cmocka_unit_test(times_are_read_as_the_rules_say),
        cmocka_unit_test(plain_messages_give_the_only_reading),
        cmocka_unit_test(plain_words_are_states),
        cmocka_unit_test(plain_messages_to_several_readings_are_refused),
        cmocka_unit_test(a_list_is_several_messages),
        cmocka_unit_test(each_takes_a_list_inside_a_message),
        cmocka_unit_test(a_datagram_may_hold_several_texts),
        cmocka_unit_test(mqtt_takes_one_text_only),
        cmocka_unit_test(payloads_end_at_64_kib),
        cmocka_unit_test(time_begins_with_the_first_reading),
        cmocka_unit_test(nothing_is_copied_but_escapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
