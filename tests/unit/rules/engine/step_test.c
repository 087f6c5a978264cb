/* The site's clock is set while things wait. RULES sections 9.1, 9.6. */
#include "tests/support/judged_site.h"

#define COOLERS                                                                                    \
    "sensors coolers\n"                                                                            \
    "  from mqtt cooler/{cooler}\n"                                                                \
    "  expect every 1 minute\n"                                                                    \
    "  read temperature from temp in °C\n"
#define TIMED                                                                                      \
    "sensors coolers\n"                                                                            \
    "  from mqtt cooler/{cooler}\n"                                                                \
    "  expect every 1 minute\n"                                                                    \
    "  time from ts in milliseconds\n"                                                             \
    "  read temperature from temp in °C\n"
#define WARM                                                                                       \
    "alarm warm on coolers\n"                                                                      \
    "  warning when temperature above 5 °C for 10 minutes\n"                                      \
    "  clear after 3 minutes\n"
#define SILENT                                                                                     \
    "alarm quiet on coolers\n"                                                                     \
    "  warning when silent for 15 minutes\n"
#define FIVE                                                                                       \
    "report five on coolers\n"                                                                     \
    "  every 5 minutes\n"                                                                          \
    "  send count of temperature\n"

#define HOUR_MS INT64_C(3600000)
#define YEARS_56_MS (INT64_C(56) * 365 * 24 * HOUR_MS)
static const int64_t steps_ms[] = {5 * HOUR_MS, -2 * HOUR_MS, YEARS_56_MS, 1500, -1500};
#define STEPS (sizeof steps_ms / sizeof *steps_ms)

static const char topic[] = "cooler/a";

static void send(struct site *site, int64_t arrived_ms, const char *payload)
{
    site_send_bytes(site, arrived_ms, topic, payload, strlen(payload));
}

static void send_taken(struct site *site, int64_t arrived_ms, int64_t taken_ms, double temperature)
{
    char payload[96];
    snprintf(payload, sizeof payload, "{\"ts\": %lld, \"temp\": %g}", (long long)taken_ms,
             temperature);
    send(site, arrived_ms, payload);
}

static void step(struct site *site, const char *clock, int64_t delta_ms)
{
    site_advance(site, clock);
    engine_step_clock(site->engine, delta_ms);
}

static uint64_t raised(const struct site *site)
{
    return engine_counters(site->engine)->raised;
}

static uint64_t cleared(const struct site *site)
{
    return engine_counters(site->engine)->cleared;
}

static void a_hold_takes_as_long_as_if_the_clock_had_not_been_set(void **state)
{
    (void)state;
    for (size_t i = 0; i < STEPS; i++) {
        int64_t by_ms = steps_ms[i];
        struct site *site = site_start("08:00", COOLERS WARM);
        site_send_every(site, "08:00", "08:06", 60, topic, "{\"temp\": 6}");
        step(site, "08:06:30", by_ms);
        for (int minute = 7; minute < 10; minute++)
            send(site, site_ms("08:00") + minute * 60000 + by_ms, "{\"temp\": 6}");
        assert_int_equal(engine_deadline(site->engine), site_ms("08:10") + by_ms);
        engine_advance(site->engine, site_ms("08:10") + by_ms - 1);
        assert_int_equal(raised(site), 0);
        engine_advance(site->engine, site_ms("08:10") + by_ms);
        assert_int_equal(raised(site), 1);
        site_stop(site);
    }
}

static void an_off_delay_takes_as_long_too(void **state)
{
    (void)state;
    for (size_t i = 0; i < STEPS; i++) {
        int64_t by_ms = steps_ms[i];
        struct site *site = site_start("08:00", COOLERS WARM);
        site_send_every(site, "08:00", "08:10", 60, topic, "{\"temp\": 6}");
        assert_int_equal(raised(site), 1);
        site_send(site, "08:11", topic, "{\"temp\": 4}");
        step(site, "08:11:30", by_ms);
        send(site, site_ms("08:12") + by_ms, "{\"temp\": 4}");
        engine_advance(site->engine, site_ms("08:14") + by_ms - 1);
        assert_int_equal(cleared(site), 0);
        engine_advance(site->engine, site_ms("08:14") + by_ms);
        assert_int_equal(cleared(site), 1);
        site_stop(site);
    }
}

static void silence_is_neither_raised_falsely_nor_lost(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * STEPS; i++) { /* with and without a time of its own */
        int64_t by_ms = steps_ms[i / 2];
        struct site *site = site_start("08:00", i % 2 == 0 ? COOLERS SILENT : TIMED SILENT);
        send_taken(site, site_ms("08:00"), site_ms("08:00"), 4);
        step(site, "08:05", by_ms);
        engine_advance(site->engine, site_ms("08:15") + by_ms - 1);
        site_expect(site, "");
        engine_advance(site->engine, site_ms("08:15") + by_ms);
        assert_int_equal(raised(site), 1);
        send_taken(site, site_ms("08:20") + by_ms, site_ms("08:20") + by_ms, 4);
        engine_advance(site->engine, site_ms("08:30") + by_ms);
        assert_int_equal(cleared(site), 1);
        site_stop(site);
    }
}

static void a_device_with_its_own_right_time_keeps_its_hold(void **state)
{
    (void)state; /* the site was two hours ahead */
    int64_t ahead_ms = 2 * HOUR_MS;
    struct site *site = site_start("10:00", TIMED WARM);
    for (int minute = 0; minute < 6; minute++)
        send_taken(site, site_ms("08:00") + minute * 60000 + ahead_ms,
                   site_ms("08:00") + minute * 60000, 6);
    step(site, "10:05:30", -ahead_ms);
    for (int minute = 6; minute < 10; minute++)
        send_taken(site, site_ms("08:00") + minute * 60000, site_ms("08:00") + minute * 60000, 6);
    site_advance(site, "08:09:59.999");
    assert_int_equal(raised(site), 0);
    site_advance(site, "08:10");
    assert_int_equal(raised(site), 1);
    assert_false(engine_device_trouble(site->engine, 0, 0).is_clock_wrong);
    site_stop(site);
}

static void a_device_judged_by_arrival_while_the_site_had_no_clock_keeps_its_hold(void **state)
{
    (void)state; /* its right time seemed 56 years ahead */
    struct site *site = site_start("08:00", TIMED WARM);
    for (int minute = 0; minute < 6; minute++)
        send_taken(site, site_ms("08:00") + minute * 60000,
                   site_ms("08:00") + minute * 60000 + YEARS_56_MS, 6);
    step(site, "08:05:30", YEARS_56_MS);
    for (int minute = 6; minute < 10; minute++)
        send_taken(site, site_ms("08:00") + minute * 60000 + YEARS_56_MS,
                   site_ms("08:00") + minute * 60000 + YEARS_56_MS, 6);
    engine_advance(site->engine, site_ms("08:10") + YEARS_56_MS - 1);
    assert_int_equal(raised(site), 0);
    engine_advance(site->engine, site_ms("08:10") + YEARS_56_MS);
    assert_int_equal(raised(site), 1);
    site_stop(site);
}

static void a_device_whose_clock_is_set_back_with_the_sites_is_not_late(void **state)
{
    (void)state;
    int64_t ahead_ms = 2 * HOUR_MS;
    struct site *site = site_start("10:00", TIMED WARM);
    for (int minute = 0; minute < 6; minute++)
        send_taken(site, site_ms("10:00") + minute * 60000, site_ms("10:00") + minute * 60000, 6);
    step(site, "10:05:30", -ahead_ms);
    for (int minute = 6; minute <= 10; minute++)
        send_taken(site, site_ms("08:00") + minute * 60000, site_ms("08:00") + minute * 60000, 6);
    assert_int_equal(raised(site), 1);
    assert_int_equal(engine_counters(site->engine)->too_late, 0);
    site_stop(site);
}

static void a_step_makes_no_burst_of_reports(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct site *site = site_start("08:00", COOLERS FIVE);
        site_send_every(site, "08:00", "08:07", 60, topic, "{\"temp\": 4}");
        site_advance(site, "08:07");
        assert_int_equal(engine_counters(site->engine)->reports, 1);
        step(site, "08:07", steps_ms[i]);
        assert_int_equal(engine_counters(site->engine)->reports, 2); /* what it came to so far */
        engine_advance(site->engine, site_ms("08:08") + steps_ms[i]);
        assert_int_equal(engine_counters(site->engine)->reports, 2);
        send(site, site_ms("08:08") + steps_ms[i], "{\"temp\": 4}");
        engine_advance(site->engine, site_ms("08:10:30") + steps_ms[i]);
        assert_int_equal(engine_counters(site->engine)->reports, 3);
        site_stop(site);
    }
}

static void windows_of_before_and_after_a_step_are_not_whole(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS FIVE);
    site_send_every(site, "08:00", "08:03", 60, topic, "{\"temp\": 4}");
    step(site, "08:03", 5 * HOUR_MS);
    site_expect(site, "08:03:00 report five on a 08:00:00 to 08:05:00 count 4 | 4 of 5\n");
    site_send_every(site, "13:04", "13:09", 60, topic, "{\"temp\": 4}");
    site_advance(site, "13:10:30");
    site_expect(site, "13:05:30 report five on a 13:00:00 to 13:05:00 count 1 | 1 of 5\n"
                      "13:10:30 report five on a 13:05:00 to 13:10:00 count 5 | 5 of 5 whole\n");
    site_stop(site);
}

static void a_step_within_a_window_leaves_it_in_one_piece(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS FIVE);
    site_send_every(site, "08:00", "08:03", 60, topic, "{\"temp\": 4}");
    step(site, "08:03", 3000);
    site_expect(site, "");
    site_send(site, "08:04", topic, "{\"temp\": 4}");
    site_advance(site, "08:05:30");
    site_expect(site, "08:05:30 report five on a 08:00:00 to 08:05:00 count 5 | 5 of 5\n");
    site_stop(site);
}

static void windows_of_a_device_with_its_own_time_go_on(void **state)
{
    (void)state; /* the site was two hours ahead */
    struct site *site = site_start("09:00", TIMED FIVE);
    for (int minute = 0; minute < 3; minute++)
        send_taken(site, site_ms("10:00") + minute * 60000, site_ms("08:00") + minute * 60000, 4);
    step(site, "10:02:30", -2 * HOUR_MS);
    for (int minute = 3; minute < 5; minute++)
        send_taken(site, site_ms("08:00") + minute * 60000, site_ms("08:00") + minute * 60000, 4);
    site_advance(site, "08:05:30");
    site_expect(site, "08:05:30 report five on a 08:00:00 to 08:05:00 count 5 | 5 of 5 whole\n");
    site_stop(site);
}

static void new_devices_are_welcome_after_a_step_back(void **state)
{
    (void)state;
    struct site *site = site_start("10:00", COOLERS);
    char name[32];
    for (int i = 0; i < 70; i++) {
        snprintf(name, sizeof name, "cooler/%d", i);
        site_send(site, "10:00", name, "{\"temp\": 4}");
    }
    assert_int_equal(engine_device_count(site->engine), 60);
    step(site, "10:00:30", -2 * HOUR_MS);
    site_send(site, "08:00:59", "cooler/x", "{\"temp\": 4}");
    assert_int_equal(engine_device_count(site->engine), 60);
    site_send(site, "08:01", "cooler/x", "{\"temp\": 4}");
    assert_int_equal(engine_device_count(site->engine), 61);
    site_stop(site);
}

static void a_day_with_a_step(struct site *site)
{
    char name[32], payload[96];
    for (int minute = 0; minute < 240; minute++) {
        int64_t by_ms = minute < 100 ? 0 : minute < 180 ? 5 * HOUR_MS : 3 * HOUR_MS;
        int64_t at_ms = site_ms("08:00") + minute * 60000 + by_ms;
        if (minute == 100 || minute == 180) {
            int64_t delta_ms = minute == 100 ? 5 * HOUR_MS : -2 * HOUR_MS;
            engine_advance(site->engine, at_ms - delta_ms);
            engine_step_clock(site->engine, delta_ms);
        }
        snprintf(name, sizeof name, "cooler/%d", minute % 3);
        snprintf(payload, sizeof payload, "{\"ts\": %lld, \"temp\": %d}", (long long)at_ms,
                 minute / 20 % 2 == 0 ? 4 : 7);
        site_send_bytes(site, at_ms, name, payload, strlen(payload));
    }
}

static void the_same_steps_tell_the_same(void **state)
{
    (void)state;
    struct site *one = site_start("08:00", TIMED WARM SILENT FIVE);
    struct site *two = site_start("08:00", TIMED WARM SILENT FIVE);
    a_day_with_a_step(one);
    a_day_with_a_step(two);
    assert_true(one->told_bytes > 1000);
    site_expect(two, one->told);
    site_stop(one);
    site_stop(two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hold_takes_as_long_as_if_the_clock_had_not_been_set),
        cmocka_unit_test(an_off_delay_takes_as_long_too),
        cmocka_unit_test(silence_is_neither_raised_falsely_nor_lost),
        cmocka_unit_test(a_device_with_its_own_right_time_keeps_its_hold),
        cmocka_unit_test(a_device_judged_by_arrival_while_the_site_had_no_clock_keeps_its_hold),
        cmocka_unit_test(a_device_whose_clock_is_set_back_with_the_sites_is_not_late),
        cmocka_unit_test(a_step_makes_no_burst_of_reports),
        cmocka_unit_test(windows_of_before_and_after_a_step_are_not_whole),
        cmocka_unit_test(a_step_within_a_window_leaves_it_in_one_piece),
        cmocka_unit_test(windows_of_a_device_with_its_own_time_go_on),
        cmocka_unit_test(new_devices_are_welcome_after_a_step_back),
        cmocka_unit_test(the_same_steps_tell_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
