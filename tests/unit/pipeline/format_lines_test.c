/* InfluxDB line protocol: measurement, tags, fields, times; lines that are none. RULES,
 * section 4.4. 1773043200 is 08:00:00 of the test's day. */
#include "tests/support/taken.h"

static const char rooms[] = "sensors rooms\n  from mqtt lines/{place}\n  format lines\n"
                            "  name room from room\n"
                            "  read temperature from temp in °C\n"
                            "  read door as open or closed\n"
                            "  read mode as auto or manual or off\n";

static struct site *site_with(const char *payload)
{
    struct site *site = site_start("08:00", rooms);
    site_send(site, "08:00:30", "lines/1", payload);
    return site;
}

static void a_line_is_a_message_of_the_device_that_its_tags_name(void **state)
{
    (void)state;
    struct site *site = site_with("climate,room=a,floor=1 temp=6.50,door=true 1773043200000000000\n"
                                  "climate,floor=1,room=b temp=7,door=f,mode=\"auto\"\r\n");
    assert_string_equal(taken_names(site, 0), "1.a");
    assert_string_equal(taken_text(site, 0, 0), "6.50 at 08:00:00");
    assert_string_equal(taken_text(site, 0, 1), "open at 08:00:00");
    assert_string_equal(taken_text(site, 0, 2), "missing");
    assert_string_equal(taken_names(site, 1), "1.b");
    assert_string_equal(taken_text(site, 1, 0), "7 at 08:00:30"); /* no time: arrival */
    assert_string_equal(taken_text(site, 1, 1), "closed at 08:00:30");
    assert_string_equal(taken_text(site, 1, 2), "auto at 08:00:30");
    assert_int_equal(taken_counters(site)->malformed, 0);
    assert_int_equal(taken_counters(site)->copied_bytes, 0);
    site_stop(site);
}

static void values_of_fields_are_those_of_the_protocol(void **state)
{
    (void)state;
    static const struct {
        const char *field, *taken;
    } examples[] = {
        {"temp=4.2", "4.2 at 08:00:30"},
        {"temp=-4i", "-4 at 08:00:30"},
        {"temp=4u", "4 at 08:00:30"},
        {"temp=1e1", "10 at 08:00:30"},
        {"temp=1.5e-3", "0.0015 at 08:00:30"},
        {"temp=\"4.2\"", "4.2 at 08:00:30"},
        {"temp=\"n/a\"", "faulty"},
        {"temp=t", "faulty"},
        {"temp=nan", "faulty"},
        {"temp=-Inf", "faulty"},
        {"temp=1e16", "faulty"},
        {"other=1,temp=3", "3 at 08:00:30"},
        {"temp=1,temp=2", "2 at 08:00:30"},
    };
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        char line[128];
        snprintf(line, sizeof line, "m,room=a %s", examples[i].field);
        struct site *site = site_with(line);
        assert_string_equal(taken_text(site, 0, 0), examples[i].taken);
        assert_int_equal(taken_counters(site)->malformed, 0);
        site_stop(site);
    }
    static const char *const states[] = {"t", "T", "true", "True", "TRUE", "1i", "1", "\"open\""};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        char line[128];
        snprintf(line, sizeof line, "m,room=a door=%s", states[i]);
        struct site *site = site_with(line);
        assert_string_equal(taken_text(site, 0, 1), "open at 08:00:30");
        site_stop(site);
    }
}

static void a_line_that_is_none_is_counted_and_the_others_are_read(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "m",
        "m,room=b",
        "m,room=b ",
        "m,room=b temp",
        "m,room=b temp=",
        "m,room=b temp=abc",
        "m,room=b temp=1 x",
        "m,room=b temp=1 1.5",
        ",room=b temp=1",
        "m,room temp=1",
        "m,=b temp=1",
        "m,room= temp=1",
        "m,room=b =1",
        "m,room=b temp=\"1",
        "m,room=b temp=\"1\"2",
        "m,room=b temp=1,",
        "m,room=b temp=.5",
        "m,room=b temp=+5",
        "m,room=b temp=1.5i",
        "m,room=b temp=1 2 3",
        "m,room=b temp=1\t2",
        "m,room=b temp=\xff",
        "m,room=b temp=-",
        "m,room=b temp=1\\",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char payload[160];
        snprintf(payload, sizeof payload, "m,room=a temp=1\n%s\nm,room=c temp=3", wrong[i]);
        struct site *site = site_with(payload);
        if (taken_counters(site)->malformed != 1 || engine_device_count(site->engine) != 2)
            fail_msg("%s: %d malformed, %u devices", wrong[i], (int)taken_counters(site)->malformed,
                     engine_device_count(site->engine));
        assert_string_equal(taken_text(site, 0, 0), "1 at 08:00:30");
        assert_string_equal(taken_names(site, 1), "1.c");
        site_stop(site);
    }
}

static void comments_and_blank_lines_are_passed_over(void **state)
{
    (void)state;
    struct site *site =
        site_with("# a comment\n\n  \r\nm,room=a  temp=1   1773043200000000000  \n");
    assert_string_equal(taken_text(site, 0, 0), "1 at 08:00:00");
    assert_int_equal(taken_counters(site)->malformed, 0);
    site_stop(site);
}

static void escapes_are_resolved(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", "sensors rooms\n  from mqtt lines\n  format lines\n"
                                            "  name room from \"room, name\"\n"
                                            "  name kind from measurement\n"
                                            "  read temperature from \"in=side\" in °C\n");
    site_send(site, "08:00", "lines",
              "my\\ m\\,1=,room\\,\\ name=Cold\\ room\\,\\ 1\\x in\\=side=1");
    assert_string_equal(taken_names(site, 0), "Cold room, 1\\x.my m,1=");
    assert_string_equal(taken_text(site, 0, 0), "1 at 08:00:00");
    assert_true(taken_counters(site)->copied_bytes > 0);
    assert_int_equal(taken_counters(site)->allocations, 0);
    site_stop(site);
}

static void a_name_is_rather_a_tag_and_a_reading_rather_a_field(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", "sensors a\n  from mqtt lines\n  format lines\n"
                                            "  name unit from x\n  read level from x as number\n"
                                            "  read mode as on or off\n");
    site_send(site, "08:00", "lines", "m,x=7,mode=off x=3");
    assert_string_equal(taken_names(site, 0), "7");
    assert_string_equal(taken_text(site, 0, 0), "3 at 08:00:00");
    assert_string_equal(taken_text(site, 0, 1), "off at 08:00:00");
    site_send(site, "08:01", "lines", "m x=5");
    assert_string_equal(taken_names(site, 1), "5");
    assert_string_equal(taken_text(site, 1, 0), "5 at 08:01:00");
    site_stop(site);
}

static void lines_of_another_kind_make_no_device(void **state)
{
    (void)state;
    struct site *site = site_with("cpu,room=x load=1\ncpu load=2\nm,room=a temp=1");
    assert_int_equal(engine_device_count(site->engine), 1);
    assert_int_equal(taken_counters(site)->names_refused, 0);
    site_send(site, "08:01", "lines/1", "m temp=2"); /* of this kind, and it does not say whose */
    assert_int_equal(taken_counters(site)->names_refused, 1);
    site_stop(site);
}

static void times_are_those_that_the_rules_ask_for(void **state)
{
    (void)state;
    static const struct {
        const char *line, *payload, *taken;
        int faults;
    } cases[] = {
        {"", "m x=1 1773043200999500000", "1 at 08:00:01", 0},
        {"", "m x=1 -1", "1 at 08:00:30", 0},
        {"", "m x=1 9e20", "1 at 08:00:30", 1},
        {"  time on arrival\n", "m x=1 1773043200000000000", "1 at 08:00:30", 0},
        {"  time from timestamp in seconds\n", "m x=1 1773043200", "1 at 08:00:00", 0},
        {"  time from timestamp in milliseconds\n", "m x=1 1773043200250", "1 at 08:00:00.250", 0},
        {"  time from timestamp in seconds\n", "m x=1", "1 at 08:00:30", 1},
        {"  time from ts in text\n", "m x=1,ts=\"2026-03-09T08:00:05Z\" 1", "1 at 08:00:05", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char rules[256];
        snprintf(rules, sizeof rules,
                 "sensors a\n  from mqtt lines\n  format lines\n%s  read x as number\n",
                 cases[i].line);
        struct site *site = site_start("08:00", rules);
        site_send(site, "08:00:30", "lines", cases[i].payload);
        if (i != 1) /* 1970: too old to be a value */
            assert_string_equal(taken_text(site, 0, 0), cases[i].taken);
        assert_int_equal(taken_counters(site)->time_faults, cases[i].faults);
        site_stop(site);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_a_message_of_the_device_that_its_tags_name),
        cmocka_unit_test(values_of_fields_are_those_of_the_protocol),
        cmocka_unit_test(a_line_that_is_none_is_counted_and_the_others_are_read),
        cmocka_unit_test(comments_and_blank_lines_are_passed_over),
        cmocka_unit_test(escapes_are_resolved),
        cmocka_unit_test(a_name_is_rather_a_tag_and_a_reading_rather_a_field),
        cmocka_unit_test(lines_of_another_kind_make_no_device),
        cmocka_unit_test(times_are_those_that_the_rules_ask_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
