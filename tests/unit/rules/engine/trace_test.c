/* The readings that an alarm attaches. See rules/engine/trace.c. */
#include "tests/support/judged_site.h"

static const char RULES[] = "sensors coolers\n"
                            "  from mqtt coolers/{cooler}\n"
                            "  expect every 1 minute\n"
                            "  read temperature in °C\n"
                            "  read humidity in %\n"
                            "alarm warm on coolers\n"
                            "  warning when temperature above 5 °C\n";

static void attach_an_hour(struct ruleset *rules)
{
    struct rules_alarm *alarm = (void *)((char *)rules + rules->alarms.offset);
    alarm->attach_ms = 3600000;
}

static void send(struct site *site, const char *clock, int degrees)
{
    char payload[64];
    snprintf(payload, sizeof payload, "{\"temperature\":%d,\"humidity\":50}", degrees);
    site_send(site, clock, "coolers/a", payload);
}

static void each_step_has_its_newest_reading_and_gaps_are_told(void **unused)
{
    (void)unused;
    struct site *site = site_start_tuned("08:00", RULES, attach_an_hour);
    struct engine_trace trace;
    send(site, "08:00:10", 1);
    assert_int_equal(engine_trace(site->engine, 0, 0, 3600000, &trace), 1);
    send(site, "08:00:50", 2);
    send(site, "08:01:20", 3);
    send(site, "08:04:00", 4);
    assert_int_equal(engine_trace(site->engine, 0, 0, 3600000, &trace), 5);
    assert_int_equal(trace.from_ms, site_ms("08:00"));
    assert_int_equal(trace.step_ms, 60000);
    static const float expected[] = {2, 3, 0, 0, 4};
    static const bool is_known[] = {true, true, false, false, true};
    for (int i = 0; i < 5; i++) {
        assert_int_equal(trace.is_known[i], is_known[i]);
        assert_true(!is_known[i] || trace.values[i] == expected[i]);
    }
    assert_int_equal(engine_trace(site->engine, 0, 0, 120000, &trace), 2); /* the last of them */
    assert_int_equal(trace.from_ms, site_ms("08:03"));
    assert_int_equal(engine_trace(site->engine, 0, 1, 3600000, &trace), 0); /* not attached */
    site_stop(site);
}

static void no_more_than_an_hour_is_kept(void **unused)
{
    (void)unused;
    struct site *site = site_start_tuned("08:00", RULES, attach_an_hour);
    struct engine_trace trace;
    for (int i = 0; i < 300; i++) {
        char clock[16];
        snprintf(clock, sizeof clock, "%02d:%02d", 8 + i / 60, i % 60);
        send(site, clock, i % 5);
    }
    assert_int_equal(engine_trace(site->engine, 0, 0, 3600000, &trace), 60);
    assert_int_equal(trace.from_ms, site_ms("12:00"));
    for (int i = 0; i < 60; i++)
        assert_true(trace.is_known[i] && trace.values[i] == (float)(i % 5));
    send(site, "+20d 08:00", 1);
    assert_int_equal(engine_trace(site->engine, 0, 0, 3600000, &trace), 60);
    assert_true(trace.is_known[59] && !trace.is_known[58] && !trace.is_known[0]);
    site_stop(site);
}

static void without_attach_nothing_is_kept(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", RULES);
    struct engine_trace trace;
    send(site, "08:00", 1);
    assert_int_equal(engine_trace(site->engine, 0, 0, 3600000, &trace), 0);
    site_stop(site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_step_has_its_newest_reading_and_gaps_are_told),
        cmocka_unit_test(no_more_than_an_hour_is_kept),
        cmocka_unit_test(without_attach_nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
