/* Late, early, twice, wrong clocks, backlogs. RULES section 9.2; E 9, 12. */
#include "tests/support/judged_site.h"

#define COOLERS                                                                                    \
    "sensors coolers\n"                                                                            \
    "  from mqtt cooler/{cooler}\n"                                                                \
    "  expect every 1 minute\n"                                                                    \
    "  time from ts in milliseconds\n"                                                             \
    "  read temperature from temp in °C\n"                                                        \
    "  read humidity from rh in %\n"
#define WARM                                                                                       \
    "alarm warm on coolers\n"                                                                      \
    "  warning when temperature above 5 °C for 10 minutes until below 4.5 °C\n"
#define NOW                                                                                        \
    "alarm warm on coolers\n"                                                                      \
    "  warning when temperature above 5 °C until below 4.5 °C\n"

static void send_ms(struct site *site, int64_t arrived_ms, int64_t taken_ms, double temperature)
{
    char payload[96];
    snprintf(payload, sizeof payload, "{\"ts\": %lld, \"temp\": %g}", (long long)taken_ms,
             temperature);
    site_send_bytes(site, arrived_ms, "cooler/a", payload, strlen(payload));
}

static void send(struct site *site, const char *arrived, const char *taken, double temperature)
{
    send_ms(site, site_ms(arrived), site_ms(taken), temperature);
}

static void late_and_repeated_readings_start_end_and_interrupt_nothing(void **state)
{
    (void)state; /* the test of section 14.3 */
    struct site *site = site_start("08:00", COOLERS WARM);
    for (int minute = 0; minute <= 4; minute++)
        send_ms(site, site_ms("08:00") + minute * 60000, site_ms("08:00") + minute * 60000, 6);
    send(site, "08:05", "08:05", 4);
    send(site, "08:06", "08:02:30", 6);
    send(site, "08:06", "08:06", 4);
    send(site, "08:07", "08:06", 4);
    send(site, "08:16", "08:16", 4);
    site_advance(site, "09:00");
    site_expect(site, "");
    assert_int_equal(engine_counters(site->engine)->too_late, 1);
    assert_int_equal(engine_counters(site->engine)->duplicates, 1);
    site_stop(site);
}

static void a_late_cold_reading_does_not_interrupt_a_hold(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS WARM);
    for (int minute = 0; minute <= 9; minute++)
        send_ms(site, site_ms("08:00") + minute * 60000, site_ms("08:00") + minute * 60000, 6);
    send(site, "08:09:30", "08:08:30", 3);
    site_advance(site, "08:10");
    site_expect(site, "08:10:00 raised warning warm on a #1 since 08:00:00 value 6 worst 6 at "
                      "08:00:00\n");
    assert_int_equal(engine_counters(site->engine)->late, 1);
    site_stop(site);
}

static void late_is_measured_for_each_reading(void **state)
{
    (void)state; /* E 9: the humidity is newer, the temperature is in order all the same */
    struct site *site = site_start("08:00", COOLERS NOW);
    char payload[96];
    snprintf(payload, sizeof payload, "{\"ts\": %lld, \"rh\": 60}", (long long)site_ms("08:05"));
    site_send(site, "08:05", "cooler/a", payload);
    send(site, "08:05", "08:04", 6);
    site_expect(site, "08:04:00 raised warning warm on a #1 since 08:04:00 value 6 worst 6 at "
                      "08:04:00\n");
    assert_int_equal(engine_counters(site->engine)->late, 0);
    site_stop(site);
}

static void a_little_ahead_is_now_and_further_ahead_is_arrival(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS NOW);
    send(site, "08:00", "08:00:50", 6);
    site_expect(site, "08:00:00 raised warning warm on a #1 since 08:00:00 value 6 worst 6 at "
                      "08:00:00\n");
    send(site, "08:01", "10:00", 4);
    site_expect(site, "08:01:00 cleared warning warm on a #1 since 08:00:00 value 4 worst 6 at "
                      "08:00:00\n");
    assert_int_equal(engine_counters(site->engine)->early, 1);
    assert_false(engine_device_trouble(site->engine, 0, 0).is_clock_wrong);
    for (int i = 2; i <= 10; i++)
        send_ms(site, site_ms("08:00") + i * 60000, site_ms("10:00"), 4);
    assert_true(engine_device_trouble(site->engine, 0, 0).is_clock_wrong); /* ten in a row */
    site_stop(site);
}

static void a_repeat_is_dropped_only_with_the_same_values(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS NOW);
    send(site, "08:00", "08:00", 4);
    send(site, "08:00:01", "08:00", 4); /* again */
    assert_int_equal(engine_counters(site->engine)->duplicates, 1);
    send(site, "08:00:02", "08:00", 6); /* the same second, another value */
    assert_int_equal(engine_counters(site->engine)->duplicates, 1);
    site_expect(site, "08:00:00 raised warning warm on a #1 since 08:00:00 value 6 worst 6 at "
                      "08:00:00\n");
    send(site, "08:10:02.001", "08:00", 6); /* after ten minutes it is none */
    assert_int_equal(engine_counters(site->engine)->duplicates, 1);
    site_stop(site);
}

static void a_repeat_is_found_among_the_last_messages_and_not_further_back(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS NOW);
    int64_t start_ms = site_ms("08:00");
    for (int second = 0; second < 65; second++)
        send_ms(site, start_ms + second * 1000, start_ms + second * 1000, 4);
    send_ms(site, start_ms + 65000, start_ms + 1000, 4);
    assert_int_equal(engine_counters(site->engine)->duplicates, 1);
    send_ms(site, start_ms + 65000, start_ms, 4); /* that was the 65th */
    assert_int_equal(engine_counters(site->engine)->duplicates, 1);
    site_stop(site);
}

static void sequence_numbers_tell_repeats_apart(void **state)
{
    (void)state; /* E 12: the same number and time is a repeat; the same values with the next number
                    are not */
    struct site *site = site_start("08:00", COOLERS "  sequence from n\n" NOW);
    char payload[96];
    long long taken = site_ms("08:00");
    snprintf(payload, sizeof payload, "{\"ts\": %lld, \"temp\": 4, \"n\": 1}", taken);
    site_send(site, "08:00", "cooler/a", payload);
    site_send(site, "08:00:01", "cooler/a", payload);
    assert_int_equal(engine_counters(site->engine)->duplicates, 1);
    snprintf(payload, sizeof payload, "{\"ts\": %lld, \"temp\": 4, \"n\": 2}", taken);
    site_send(site, "08:00:01", "cooler/a", payload);
    assert_int_equal(engine_counters(site->engine)->duplicates, 1);
    site_stop(site);
}

static void a_backlog_in_order_is_judged_in_its_own_time_as_history(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS WARM);
    send(site, "08:00", "08:00", 4);
    /* Thirty minutes without a link; then, within two seconds, what was read meanwhile. */
    int64_t arrived = site_ms("08:30");
    for (int minute = 1; minute <= 29; minute++) {
        bool is_warm = minute >= 3 && minute <= 15;
        send_ms(site, arrived += 60, site_ms("08:00") + minute * 60000, is_warm ? 6 : 4);
    }
    site_expect(site, "08:13:00 raised warning warm on a #1 since 08:03:00 value 6 worst 6 at "
                      "08:03:00 historical\n"
                      "08:16:00 cleared warning warm on a #1 since 08:03:00 value 4 worst 6 at "
                      "08:03:00 historical\n");
    site_stop(site);
}

static void history_that_still_is_true_clears_live(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS WARM);
    send(site, "08:00", "08:00", 4);
    int64_t arrived = site_ms("08:30");
    for (int minute = 1; minute <= 30; minute++)
        send_ms(site, arrived += 60, site_ms("08:00") + minute * 60000, 6);
    send(site, "08:31", "08:31", 4);
    site_expect(site, "08:11:00 raised warning warm on a #1 since 08:01:00 value 6 worst 6 at "
                      "08:01:00 historical\n"
                      "08:31:00 cleared warning warm on a #1 since 08:01:00 value 4 worst 6 at "
                      "08:01:00\n");
    site_stop(site);
}

static void a_constant_lag_is_a_wrong_clock_and_no_history(void **state)
{
    (void)state; /* E 9 */
    struct site *site = site_start("08:00", COOLERS WARM);
    for (int minute = 0; minute <= 20; minute++)
        send_ms(site, site_ms("08:00") + minute * 60000, site_ms("07:00") + minute * 60000,
                minute < 12 ? 4 : 6);
    assert_true(engine_device_trouble(site->engine, 0, 0).is_clock_wrong);
    assert_int_equal(engine_deadline(site->engine), site_ms("08:22"));
    site_advance(site, "08:22");
    site_expect(site, "07:22:00 raised warning warm on a #1 since 07:12:00 value 6 worst 6 at "
                      "07:12:00\n");
    site_stop(site);
}

static void a_clock_that_was_set_back_is_followed_after_ten_readings(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS WARM);
    for (int minute = 0; minute <= 5; minute++)
        send_ms(site, site_ms("08:00") + minute * 60000, site_ms("08:00") + minute * 60000, 6);
    for (int minute = 6; minute <= 30; minute++)
        send_ms(site, site_ms("08:00") + minute * 60000, site_ms("07:00") + minute * 60000, 6);
    /* Followed with the tenth, at 08:15 by the site's clock; the hold then starts again. */
    site_expect(site, "07:25:00 raised warning warm on a #1 since 07:15:00 value 6 worst 6 at "
                      "07:15:00\n");
    assert_int_equal(engine_counters(site->engine)->clock_resets, 1);
    assert_true(engine_device_trouble(site->engine, 0, 0).is_clock_wrong);
    send_ms(site, site_ms("08:31"), site_ms("07:31"), 4);
    site_expect(site, "07:31:00 cleared warning warm on a #1 since 07:15:00 value 4 worst 6 at "
                      "07:15:00\n");
    site_stop(site);
}

static void arrival_never_goes_back(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS NOW);
    site_advance(site, "08:10");
    send(site, "08:05", "08:05",
         6); /* a source whose clock lags: taken as it is, arrived at 08:10 */
    site_expect(site, "08:05:00 raised warning warm on a #1 since 08:05:00 value 6 worst 6 at "
                      "08:05:00 historical\n");
    site_stop(site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(late_and_repeated_readings_start_end_and_interrupt_nothing),
        cmocka_unit_test(a_late_cold_reading_does_not_interrupt_a_hold),
        cmocka_unit_test(late_is_measured_for_each_reading),
        cmocka_unit_test(a_little_ahead_is_now_and_further_ahead_is_arrival),
        cmocka_unit_test(a_repeat_is_dropped_only_with_the_same_values),
        cmocka_unit_test(a_repeat_is_found_among_the_last_messages_and_not_further_back),
        cmocka_unit_test(sequence_numbers_tell_repeats_apart),
        cmocka_unit_test(a_backlog_in_order_is_judged_in_its_own_time_as_history),
        cmocka_unit_test(history_that_still_is_true_clears_live),
        cmocka_unit_test(a_constant_lag_is_a_wrong_clock_and_no_history),
        cmocka_unit_test(a_clock_that_was_set_back_is_followed_after_ten_readings),
        cmocka_unit_test(arrival_never_goes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
