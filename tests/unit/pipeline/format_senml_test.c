/* SenML: records, base fields, times, packs that are none. RULES, section 4.4; RFC 8428.
 * 1773043200 is 08:00:00 of the test's day. */
#include "tests/support/taken.h"

static const char boxes[] = "sensors boxes\n  from mqtt senml/{box}\n  format senml\n"
                            "  read temperature from temp in °C\n"
                            "  read door as open or closed\n"
                            "  read mode as auto or manual or off\n";

static struct site *site_with(const char *payload)
{
    struct site *site = site_start("08:00", boxes);
    site_send(site, "08:00:30", "senml/1", payload);
    return site;
}

static void records_of_one_time_are_one_message(void **state)
{
    (void)state;
    struct site *site = site_with(
        "[{\"bn\":\"urn:dev:ow:10e2073a:\",\"bt\":1773043200,\"bu\":\"Cel\",\"n\":\"temp\",\"v\":"
        "6.50}, {\"n\":\"door\",\"vb\":true} ,{\"n\":\"mode\",\"vs\":\"auto\"}, "
        "{\"n\":\"temp\",\"t\":10,\"v\":7},{\"n\":\"other\",\"v\":1}]");
    assert_string_equal(taken_text(site, 0, 0), "7 at 08:00:10");
    assert_string_equal(taken_text(site, 0, 1), "open at 08:00:00");
    assert_string_equal(taken_text(site, 0, 2), "auto at 08:00:00");
    assert_int_equal(taken_counters(site)->readings, 4);
    assert_int_equal(taken_counters(site)->malformed, 0);
    assert_int_equal(taken_counters(site)->copied_bytes, 0);
    site_stop(site);
}

static void a_path_is_a_name_with_or_without_the_base_name(void **state)
{
    (void)state;
    static const struct {
        const char *path, *payload;
    } cases[] = {
        {"temp", "[{\"n\":\"temp\",\"v\":1}]"},
        {"temp", "[{\"bn\":\"a:\"},{\"n\":\"temp\",\"v\":1}]"},
        {"temp", "[{\"bn\":\"temp\",\"v\":1}]"},
        {"a:temp", "[{\"bn\":\"a:\",\"n\":\"temp\",\"v\":1}]"},
        {"urn:dev:ow:10e2073a0108006:temp",
         "[{\"bn\":\"urn:dev:ow:10e2073a0108006:\",\"n\":\"temp\",\"v\":1}]"},
        {"urn:dev:ow:10e2073a0108006:temp",
         "[{\"n\":\"urn:dev:ow:10e2073a0108006:temp\",\"v\":1}]"},
        {"a/b/temp", "[{\"bn\":\"a\\/b\\/\",\"n\":\"te\\u006dp\",\"v\":1}]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char rules[256];
        snprintf(rules, sizeof rules,
                 "sensors a\n  from mqtt senml\n  format senml\n  read x from %s as number\n",
                 cases[i].path);
        struct site *site = site_start("08:00", rules);
        site_send(site, "08:00", "senml", cases[i].payload);
        assert_string_equal(taken_text(site, 0, 0), "1 at 08:00:00");
        site_stop(site);
    }
}

static void the_base_name_is_a_name_of_the_device(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", "sensors a\n  from mqtt senml\n  format senml\n"
                                            "  name box from bn\n"
                                            "  read temperature from temp in °C\n");
    site_send(site, "08:00", "senml",
              "[{\"bn\":\"urn:dev:ow:1:\",\"n\":\"temp\",\"v\":1},"
              "{\"bn\":\"box2/\",\"n\":\"temp\",\"v\":2},"
              "{\"bn\":\"box3\",\"n\":\"other\",\"v\":2}]");
    assert_int_equal(engine_device_count(site->engine), 2);
    assert_string_equal(taken_names(site, 0), "urn:dev:ow:1");
    assert_string_equal(taken_text(site, 0, 0), "1 at 08:00:00");
    assert_string_equal(taken_names(site, 1), "box2");
    assert_string_equal(taken_text(site, 1, 0), "2 at 08:00:00");
    site_stop(site);
}

static void values_are_those_of_the_standard(void **state)
{
    (void)state;
    static const struct {
        const char *record, *taken;
    } examples[] = {
        {"\"v\":4.2", "4.2 at 08:00:30"},
        {"\"v\":\"4.2\"", "4.2 at 08:00:30"},
        {"\"vs\":\"4.2\"", "4.2 at 08:00:30"},
        {"\"bv\":20,\"v\":1.25", "21.25 at 08:00:30"},
        {"\"bv\":0.125,\"v\":1", "1.125 at 08:00:30"},
        {"\"vb\":true", "faulty"},
        {"\"vd\":\"aGk\"", "faulty"},
        {"\"vs\":\"n/a\"", "faulty"},
        {"\"v\":NaN", "faulty"},
        {"\"v\":1e16", "faulty"},
        {"\"v\":null", "missing"},
        {"\"s\":5", "missing"},
        {"\"u\":\"Cel\"", "missing"},
        {"\"v\":1,\"ut\":5,\"l\":[{\"href\":\"x\"}]", "1 at 08:00:30"},
        {"\"v\":1,\"unknown\":[[]]", "1 at 08:00:30"},
    };
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        char payload[160];
        snprintf(payload, sizeof payload, "[{\"n\":\"temp\",%s}]", examples[i].record);
        struct site *site = site_with(payload);
        if (strcmp(taken_text(site, 0, 0), examples[i].taken) != 0)
            fail_msg("%s: %s", payload, taken_text(site, 0, 0));
        assert_int_equal(taken_counters(site)->malformed, 0);
        site_stop(site);
    }
}

static void times_are_absolute_or_relative_to_the_arrival(void **state)
{
    (void)state;
    static const struct {
        const char *times, *taken;
        int faults;
    } cases[] = {
        {"\"bt\":1773043200.25", "1 at 08:00:00.250", 0},
        {"\"t\":1773043201", "1 at 08:00:01", 0},
        {"\"bt\":1773043200,\"t\":-5", "1 at 07:59:55", 0},
        {"\"t\":-5", "1 at 08:00:25", 0},
        {"\"bt\":-10,\"t\":4", "1 at 08:00:24", 0},
        {"\"t\":0", "1 at 08:00:30", 0},
        {"\"t\":1e300", "1 at 08:00:30", 1},
        {"\"t\":-1e300", "1 at 08:00:30", 1},
        {"\"t\":null", "1 at 08:00:30", 0},
        {"\"x\":1", "1 at 08:00:30", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char payload[160];
        snprintf(payload, sizeof payload, "[{\"n\":\"temp\",\"v\":1,%s}]", cases[i].times);
        struct site *site = site_with(payload);
        if (strcmp(taken_text(site, 0, 0), cases[i].taken) != 0)
            fail_msg("%s: %s", payload, taken_text(site, 0, 0));
        assert_int_equal(taken_counters(site)->time_faults, cases[i].faults);
        site_stop(site);
    }
    struct site *site = site_start("08:00", "sensors a\n  from mqtt senml\n  format senml\n"
                                            "  time on arrival\n  read temp in °C\n");
    site_send(site, "08:00:30", "senml", "[{\"bt\":1773043200,\"n\":\"temp\",\"v\":1}]");
    assert_string_equal(taken_text(site, 0, 0), "1 at 08:00:30");
    site_stop(site);
}

static void what_is_no_pack_changes_nothing_but_a_counter(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "{\"n\":\"temp\",\"v\":1}",
        "[{\"n\":\"temp\",\"v\":1}",
        "[{\"n\":\"temp\",\"v\":1}] x",
        "[{\"n\":\"temp\",\"v\":1},2]",
        "[{\"n\":\"temp\",\"v\":1},[]]",
        "[{\"n\":\"temp\",\"v\":1},{\"n\":2}]",
        "[{\"n\":\"temp\",\"v\":1},{\"bt\":\"x\"}]",
        "[{\"n\":\"temp\",\"v\":1},{\"t\":true}]",
        "[{\"n\":\"temp\",\"v\":1},{\"v\":{}}]",
        "[{\"n\":\"temp\",\"v\":1},{\"n\":\"temp\",\"v\":2,\"must_\":1}]",
        "[{\"bver\":11,\"n\":\"temp\",\"v\":1}]",
        "17",
        "on",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct site *site = site_with(wrong[i]);
        assert_int_equal(taken_counters(site)->malformed, 1);
        assert_int_equal(taken_counters(site)->readings, 0);
        struct engine_device_view view;
        engine_device_view(site->engine, 0, &view); /* heard from all the same */
        assert_true(view.heard_ms == site_ms("08:00:30"));
        site_stop(site);
    }
}

static void a_pack_without_readings_is_a_sign_of_life(void **state)
{
    (void)state;
    static const char *const packs[] = {"[]", "[{}]", "[{\"bver\":10,\"n\":\"other\",\"v\":1}]"};
    for (size_t i = 0; i < sizeof packs / sizeof packs[0]; i++) {
        struct site *site = site_with(packs[i]);
        struct engine_device_view view;
        engine_device_view(site->engine, 0, &view);
        assert_true(view.heard_ms == site_ms("08:00:30"));
        assert_int_equal(taken_counters(site)->malformed, 0);
        assert_string_equal(taken_text(site, 0, 0), "missing");
        site_stop(site);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_of_one_time_are_one_message),
        cmocka_unit_test(a_path_is_a_name_with_or_without_the_base_name),
        cmocka_unit_test(the_base_name_is_a_name_of_the_device),
        cmocka_unit_test(values_are_those_of_the_standard),
        cmocka_unit_test(times_are_absolute_or_relative_to_the_arrival),
        cmocka_unit_test(what_is_no_pack_changes_nothing_but_a_counter),
        cmocka_unit_test(a_pack_without_readings_is_a_sign_of_life),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
