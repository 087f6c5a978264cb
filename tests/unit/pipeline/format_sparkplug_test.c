/* Sparkplug B: metrics by name and alias, types, times, quality, payloads that are none. RULES,
 * section 4.4; Eclipse Sparkplug 3.0, section 6.4. 1773043200 is 08:00:00 of the test's day. */
#include "tests/support/taken.h"

#define AT_0800 UINT64_C(1773043200000)
#define TOPIC "spBv1.0/plant/DDATA/node/press"

/* ---- protobuf, written ---------------------------------------------------------------------- */

struct bytes {
    size_t length;
    char bytes[4096];
};

static void put(struct bytes *to, const void *bytes, size_t length)
{
    assert_true(to->length + length <= sizeof to->bytes);
    memcpy(to->bytes + to->length, bytes, length);
    to->length += length;
}

static void put_varint(struct bytes *to, uint64_t value)
{
    do {
        unsigned char byte = (unsigned char)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
        put(to, &byte, 1);
        value >>= 7;
    } while (value != 0);
}

static void put_number(struct bytes *to, unsigned field, uint64_t value)
{
    put_varint(to, field << 3);
    put_varint(to, value);
}

static void put_bytes(struct bytes *to, unsigned field, const void *bytes, size_t length)
{
    put_varint(to, field << 3 | 2);
    put_varint(to, length);
    put(to, bytes, length);
}

static void put_text(struct bytes *to, unsigned field, const char *text)
{
    put_bytes(to, field, text, strlen(text));
}

static void put_double(struct bytes *to, unsigned field, double value)
{
    put_varint(to, field << 3 | 1);
    put(to, &value, sizeof value);
}

static void put_float(struct bytes *to, unsigned field, float value)
{
    put_varint(to, field << 3 | 5);
    put(to, &value, sizeof value);
}

static struct bytes metric(const char *name)
{
    struct bytes made = {0};
    put_text(&made, 1, name);
    return made;
}

static void put_metric(struct bytes *payload, const struct bytes *made)
{
    put_bytes(payload, 2, made->bytes, made->length);
}

static struct bytes with_properties(struct bytes made, const char *first, uint64_t first_value,
                                    const char *second, uint64_t second_value)
{
    struct bytes properties = {0}, value = {0};
    put_text(&properties, 1, first);
    put_text(&properties, 1, second);
    put_number(&value, 3, first_value);
    put_bytes(&properties, 2, value.bytes, value.length);
    value.length = 0;
    put_number(&value, 1, 3);
    put_number(&value, 3, second_value);
    put_bytes(&properties, 2, value.bytes, value.length);
    put_bytes(&made, 9, properties.bytes, properties.length);
    return made;
}

/* ---- a site --------------------------------------------------------------------------------- */

static const char presses[] = "sensors presses\n"
                              "  from mqtt spBv1.0/{plant}/DDATA/{node}/{press}\n"
                              "  format sparkplug\n"
                              "  read temperature from \"Inlet temp\" in °C\n"
                              "  read pressure from 17 in bar\n"
                              "  read running from Drive/Running as on or off\n"
                              "  read mode as auto or manual or stopped\n";

static struct site *site_new(void)
{
    return site_start("08:00", presses);
}

static void send(struct site *site, const struct bytes *payload)
{
    site_send_bytes(site, site_ms("08:00:30"), TOPIC, payload->bytes, payload->length);
}

/* One metric, with the payload's time. */
static struct site *site_with(const struct bytes *made)
{
    struct site *site = site_new();
    struct bytes payload = {0};
    put_number(&payload, 1, AT_0800);
    put_metric(&payload, made);
    put_number(&payload, 3, 255);
    send(site, &payload);
    assert_int_equal(taken_counters(site)->malformed, 0);
    return site;
}

static void metrics_are_found_by_name_and_by_alias(void **state)
{
    (void)state;
    struct site *site = site_new();
    struct bytes payload = {0}, made = metric("Inlet temp");
    put_number(&payload, 1, AT_0800);
    put_number(&made, 4, 10);
    put_double(&made, 13, 6.5);
    put_metric(&payload, &made);
    made.length = 0;
    put_number(&made, 2, 17);
    put_double(&made, 13, 2);
    put_metric(&payload, &made);
    made = metric("Drive/Running");
    put_number(&made, 2, 18);
    put_number(&made, 14, 1);
    put_metric(&payload, &made);
    made = metric("mode");
    put_text(&made, 15, "manual");
    put_metric(&payload, &made);
    made = metric("not asked for");
    put_text(&made, 17, "a data set");
    put_metric(&payload, &made);
    put_text(&payload, 4, "an identifier");
    put_text(&payload, 5, "a body");
    send(site, &payload);
    assert_string_equal(taken_names(site, 0), "plant.node.press");
    assert_string_equal(taken_text(site, 0, 0), "6.5 at 08:00:00");
    assert_string_equal(taken_text(site, 0, 1), "2 at 08:00:00");
    assert_string_equal(taken_text(site, 0, 2), "on at 08:00:00");
    assert_string_equal(taken_text(site, 0, 3), "manual at 08:00:00");
    assert_int_equal(taken_counters(site)->readings, 4);
    assert_int_equal(taken_counters(site)->copied_bytes, 0);
    site_stop(site);
}

static void whole_numbers_have_the_sign_of_their_type(void **state)
{
    (void)state;
    static const struct {
        unsigned field, type;
        uint64_t value;
        const char *taken;
    } cases[] = {
        {10, 3, 0xffffffff, "-1 at 08:00:00"},
        {10, 0, 0xffffffff, "-1 at 08:00:00"},
        {10, 7, 0xffffffff, "4294967295 at 08:00:00"},
        {10, 2, 0xffff, "-1 at 08:00:00"},
        {10, 2, 0xffffffff, "-1 at 08:00:00"},
        {10, 1, 0xfe, "-2 at 08:00:00"},
        {10, 1, 0xfffffffe, "-2 at 08:00:00"},
        {10, 5, 0xfe, "254 at 08:00:00"},
        {11, 4, UINT64_MAX, "-1 at 08:00:00"},
        {11, 0, UINT64_MAX, "-1 at 08:00:00"},
        {11, 8, 1000000, "1000000 at 08:00:00"},
        {11, 8, UINT64_MAX, "faulty"},
        {10, 3, 42, "42 at 08:00:00"},
        {14, 11, 1, "faulty"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bytes made = metric("Inlet temp");
        if (cases[i].type != 0)
            put_number(&made, 4, cases[i].type);
        put_number(&made, cases[i].field, cases[i].value);
        struct site *site = site_with(&made);
        assert_string_equal(taken_text(site, 0, 0), cases[i].taken);
        site_stop(site);
    }
}

static void fractions_have_the_decimals_that_were_meant(void **state)
{
    (void)state;
    static const struct {
        float number;
        const char *taken;
    } floats[] = {{4.1f, "4.1 at 08:00:00"},       {-0.0625f, "-0.0625 at 08:00:00"},
                  {5.0f, "5 at 08:00:00"},         {1e20f, "faulty"},
                  {21.337f, "21.337 at 08:00:00"}, {__builtin_nanf(""), "faulty"},
                  {0.0f, "0 at 08:00:00"}};
    for (size_t i = 0; i < sizeof floats / sizeof floats[0]; i++) {
        struct bytes made = metric("Inlet temp");
        put_float(&made, 12, floats[i].number);
        struct site *site = site_with(&made);
        assert_string_equal(taken_text(site, 0, 0), floats[i].taken);
        site_stop(site);
    }
    static const struct {
        double number;
        const char *taken;
    } doubles[] = {{4.1, "4.1 at 08:00:00"},
                   {1.0 / 3, "0.333333333 at 08:00:00"},
                   {-__builtin_inf(), "faulty"},
                   {1e15, "1000000000000000 at 08:00:00"}};
    for (size_t i = 0; i < sizeof doubles / sizeof doubles[0]; i++) {
        struct bytes made = metric("Inlet temp");
        put_double(&made, 13, doubles[i].number);
        struct site *site = site_with(&made);
        assert_string_equal(taken_text(site, 0, 0), doubles[i].taken);
        struct engine_device_view view;
        engine_device_view(site->engine, 0, &view);
        if (view.values[0].quality == ENGINE_GOOD)
            assert_true(view.values[0].number == doubles[i].number); /* not rounded */
        site_stop(site);
    }
}

static void a_float_that_means_a_limit_is_at_it(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", "sensors a\n  from mqtt a\n  format sparkplug\n"
                                            "  read level as number\n"
                                            "alarm full on a\n  warning when level at least 4.1\n");
    struct bytes payload = {0}, made = metric("level");
    put_float(&made, 12, 4.1f);
    put_metric(&payload, &made);
    site_send_bytes(site, site_ms("08:00"), "a", payload.bytes, payload.length);
    assert_non_null(strstr(site->told, "raised warning full"));
    site_stop(site);
}

static void null_is_missing_and_no_number_is_faulty(void **state)
{
    (void)state;
    struct bytes made = metric("Inlet temp");
    put_number(&made, 7, 1);
    struct site *site = site_with(&made);
    assert_string_equal(taken_text(site, 0, 0), "missing");
    site_stop(site);
    made = metric("Inlet temp"); /* no value at all */
    site = site_with(&made);
    assert_string_equal(taken_text(site, 0, 0), "missing");
    site_stop(site);
    for (unsigned field = 15; field <= 19; field++) {
        made = metric("Inlet temp");
        put_text(&made, field, "x");
        site = site_with(&made);
        assert_string_equal(taken_text(site, 0, 0), "faulty");
        site_stop(site);
    }
    made = metric("Inlet temp");
    put_text(&made, 15, "4.2");
    site = site_with(&made);
    assert_string_equal(taken_text(site, 0, 0), "4.2 at 08:00:00");
    site_stop(site);
}

static void a_quality_that_is_not_good_makes_a_reading_faulty(void **state)
{
    (void)state;
    static const struct {
        uint64_t quality;
        const char *taken;
    } cases[] = {{192, "1 at 08:00:00"}, {0, "faulty"}, {500, "faulty"}, {64, "faulty"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bytes made = metric("Inlet temp");
        put_double(&made, 13, 1);
        made = with_properties(made, "engUnit", 0, "Quality", cases[i].quality);
        struct site *site = site_with(&made);
        assert_string_equal(taken_text(site, 0, 0), cases[i].taken);
        site_stop(site);
    }
    struct bytes made = metric("Inlet temp");
    put_double(&made, 13, 1);
    made = with_properties(made, "engLow", 0, "engHigh", 0);
    struct site *site = site_with(&made);
    assert_string_equal(taken_text(site, 0, 0), "1 at 08:00:00");
    site_stop(site);
}

static void each_metric_has_its_time(void **state)
{
    (void)state;
    struct site *site = site_new();
    struct bytes payload = {0};
    for (uint64_t i = 0; i < 3; i++) {
        struct bytes made = metric("Inlet temp");
        put_number(&made, 3, AT_0800 + 1000 * i);
        put_double(&made, 13, (double)i);
        put_metric(&payload, &made);
    }
    put_number(&payload, 1, AT_0800 + 20000); /* behind the metrics, and not theirs */
    send(site, &payload);
    assert_string_equal(taken_text(site, 0, 0), "2 at 08:00:02");
    assert_int_equal(taken_counters(site)->readings, 3);
    payload.length = 0;
    struct bytes made = metric("Inlet temp");
    put_double(&made, 13, 9);
    put_metric(&payload, &made);
    send(site, &payload); /* neither has one */
    assert_string_equal(taken_text(site, 0, 0), "9 at 08:00:30");
    payload.length = 0;
    put_number(&payload, 1, UINT64_MAX);
    put_metric(&payload, &made);
    send(site, &payload);
    assert_int_equal(taken_counters(site)->time_faults, 1);
    site_stop(site);
}

static void seq_and_timestamp_are_paths(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", "sensors a\n  from mqtt a\n  format sparkplug\n"
                                            "  time from timestamp in milliseconds\n"
                                            "  sequence from seq\n  read level as number\n"
                                            "  read turns from seq as number\n");
    struct bytes payload = {0}, made = metric("level");
    put_number(&payload, 1, AT_0800);
    put_number(&payload, 3, 7);
    put_double(&made, 13, 1);
    put_metric(&payload, &made);
    site_send_bytes(site, site_ms("08:00:30"), "a", payload.bytes, payload.length);
    assert_string_equal(taken_text(site, 0, 0), "1 at 08:00:00");
    assert_string_equal(taken_text(site, 0, 1), "7 at 08:00:00");
    assert_int_equal(engine_counters(site->engine)->duplicates, 0);
    site_send_bytes(site, site_ms("08:00:31"), "a", payload.bytes, payload.length);
    assert_int_equal(engine_counters(site->engine)->duplicates, 1);
    site_stop(site);
}

static void what_is_cut_off_or_no_payload_changes_nothing_but_a_counter(void **state)
{
    (void)state;
    struct bytes payload = {0}, made = metric("Inlet temp");
    put_number(&payload, 1, AT_0800);
    put_double(&made, 13, 6.5);
    made = with_properties(made, "a", 1, "Quality", 192);
    put_metric(&payload, &made);
    for (size_t length = 1; length < payload.length; length++) {
        if (length == 7)
            continue; /* the timestamp alone is a payload */
        struct site *site = site_new();
        site_send_bytes(site, site_ms("08:00:30"), TOPIC, payload.bytes, length);
        assert_int_equal(taken_counters(site)->malformed, 1);
        assert_int_equal(taken_counters(site)->readings, 0);
        site_stop(site);
    }
    static const char *const wrong[] = {
        "{\"temp\": 1}",
        "\x0b\x0c",                                         /* a group */
        "\x0e",                                             /* no such wire type */
        "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", /* 11 bytes of a varint */
        "\x0a\x01x",                                        /* a timestamp of bytes */
        "\x12\xff\xff\xff\xff\x0f",                         /* longer than the payload */
        "\x10\x05",                                         /* a metric that is a number */
        "\x12\x02\x08\x01",                                 /* a name that is a number */
        "\x12\x03\x4a\x01\x0a",                             /* properties cut off */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct site *site = site_new();
        site_send(site, "08:00:30", TOPIC, wrong[i]);
        assert_int_equal(taken_counters(site)->malformed, 1);
        assert_int_equal(taken_counters(site)->readings, 0);
        site_stop(site);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metrics_are_found_by_name_and_by_alias),
        cmocka_unit_test(whole_numbers_have_the_sign_of_their_type),
        cmocka_unit_test(fractions_have_the_decimals_that_were_meant),
        cmocka_unit_test(a_float_that_means_a_limit_is_at_it),
        cmocka_unit_test(null_is_missing_and_no_number_is_faulty),
        cmocka_unit_test(a_quality_that_is_not_good_makes_a_reading_faulty),
        cmocka_unit_test(each_metric_has_its_time),
        cmocka_unit_test(seq_and_timestamp_are_paths),
        cmocka_unit_test(what_is_cut_off_or_no_payload_changes_nothing_but_a_counter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
