/* Holds: `for`, gaps, timers, lag. RULES sections 6, 9.1, 9.3; E 13. */
#include "tests/support/judged_site.h"

#define COOLERS                                                                                    \
    "sensors coolers\n"                                                                            \
    "  from mqtt cooler/{cooler}\n"                                                                \
    "  expect every 1 minute\n"                                                                    \
    "  read temperature from temp in °C\n"                                                        \
    "  read door as open or closed\n"
#define WARM                                                                                       \
    "alarm too-warm on coolers\n"                                                                  \
    "  warning when temperature above 5 °C for 10 minutes until below 4.5 °C\n"
#define TIMED                                                                                      \
    "sensors coolers\n"                                                                            \
    "  from mqtt cooler/{cooler}\n"                                                                \
    "  expect every 1 minute\n"                                                                    \
    "  time from ts in seconds\n"                                                                  \
    "  read temperature from temp in °C\n"

static const char topic[] = "cooler/dairy-1";

static void a_condition_that_lasts_long_enough_raises_at_the_minute(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS WARM);
    site_send_every(site, "08:00", "08:04", 60, topic, "{\"temp\": 4}");
    site_send_every(site, "08:05", "08:14", 60, topic, "{\"temp\": 6.0}");
    site_expect(site, "");
    site_send(site, "08:15", topic, "{\"temp\": 6.5}");
    site_expect(site, "08:15:00 raised warning too-warm on dairy-1 #1 since 08:05:00 value 6.5 "
                      "worst 6.5 at 08:15:00\n");
    site_send(site, "08:16", topic, "{\"temp\": 4.4}");
    site_expect(site, "08:16:00 cleared warning too-warm on dairy-1 #1 since 08:05:00 value 4.4 "
                      "worst 6.5 at 08:15:00\n");
    site_stop(site);
}

static void a_hold_ends_by_time_without_another_reading(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS WARM);
    site_send_every(site, "08:00", "08:08", 60, topic, "{\"temp\": 6}");
    assert_int_equal(engine_deadline(site->engine), site_ms("08:10"));
    site_advance(site, "08:09:59.999");
    site_expect(site, "");
    site_advance(site, "08:10");
    site_expect(site, "08:10:00 raised warning too-warm on dairy-1 #1 since 08:00:00 value 6 "
                      "worst 6 at 08:00:00\n");
    site_stop(site);
}

static void a_reading_at_the_last_instant_still_interrupts(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS WARM);
    site_send_every(site, "08:00", "08:09", 60, topic, "{\"temp\": 6}");
    site_send(site, "08:10", topic, "{\"temp\": 5}");
    site_advance(site, "09:00");
    site_expect(site, "");
    site_stop(site);
}

static void a_reading_after_a_hold_was_over_does_not_undo_it(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS WARM);
    site_send_every(site, "08:00", "08:09", 60, topic, "{\"temp\": 6}");
    site_send(site, "08:10:00.001", topic, "{\"temp\": 4}");
    site_expect(site, "08:10:00 raised warning too-warm on dairy-1 #1 since 08:00:00 value 6 "
                      "worst 6 at 08:00:00\n"
                      "08:10:00.001 cleared warning too-warm on dairy-1 #1 since 08:00:00 value 4 "
                      "worst 6 at 08:00:00\n");
    site_stop(site);
}

static void eight_warm_minutes_and_two_of_silence_raise(void **state)
{
    (void)state; /* section 9.3, its own example */
    struct site *site = site_start("08:00", COOLERS WARM);
    site_send_every(site, "08:00", "08:08", 60, topic, "{\"temp\": 6}");
    site_advance(site, "08:30");
    site_expect(site, "08:10:00 raised warning too-warm on dairy-1 #1 since 08:00:00 value 6 "
                      "worst 6 at 08:00:00\n");
    site_stop(site);
}

static void a_gap_as_long_as_a_reading_is_fresh_keeps_a_hold(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS WARM);
    site_send(site, "08:00", topic, "{\"temp\": 6}");
    site_send(site, "08:03", topic, "{\"temp\": 6}");
    site_send(site, "08:06", topic, "{\"temp\": 6}");
    site_send(site, "08:09", topic, "{\"temp\": 6}");
    site_advance(site, "08:10");
    site_expect(site, "08:10:00 raised warning too-warm on dairy-1 #1 since 08:00:00 value 6 "
                      "worst 6 at 08:00:00\n");
    site_stop(site);
}

static void a_longer_gap_starts_a_hold_again(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS WARM);
    site_send_every(site, "08:00", "08:05", 60, topic, "{\"temp\": 6}");
    site_send_every(site, "08:08:00.001", "08:17:00.001", 60, topic, "{\"temp\": 6}");
    site_expect(site, "");
    site_advance(site, "08:30");
    site_expect(site, "08:18:00.001 raised warning too-warm on dairy-1 #1 since 08:08:00.001 "
                      "value 6 worst 6 at 08:08:00.001\n");
    site_stop(site);
}

static void silence_before_the_end_of_a_hold_raises_nothing(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS WARM);
    site_send_every(site, "08:00", "08:06", 60, topic, "{\"temp\": 6}");
    site_advance(site, "12:00");
    site_expect(site, "");
    assert_true(engine_deadline(site->engine) > site_ms("+20d 00:00")); /* nothing but forgetting */
    site_stop(site);
}

static void faulty_and_missing_readings_change_no_hold(void **state)
{
    (void)state; /* section 8.3 */
    struct site *site = site_start("08:00", COOLERS "alarm too-warm on coolers\n"
                                                    "  warning when temperature above 5 °C for 5 "
                                                    "minutes\n");
    site_send(site, "08:00", topic, "{\"temp\": 6}");
    site_send(site, "08:01", topic, "{\"temp\": \"n/a\"}");
    site_send(site, "08:02", topic, "{\"temp\": null}");
    site_send(site, "08:02:30", topic, "{\"temp\": [4]}");
    site_send(site, "08:03", topic, "{\"temp\": 6}");
    site_send(site, "08:04", topic, "{}");
    site_advance(site, "08:05");
    site_expect(site, "08:05:00 raised warning too-warm on dairy-1 #1 since 08:00:00 value 6 "
                      "worst 6 at 08:00:00\n");
    site_stop(site);
}

static void without_a_hold_one_reading_is_enough(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS "alarm opened on coolers\n"
                                                    "  notice when door is open until door is "
                                                    "closed\n");
    site_send(site, "08:00", topic, "{\"door\": true}");
    site_send(site, "08:01", topic, "{\"door\": \"closed\"}");
    site_send(site, "08:02", topic, "{\"door\": 1}");
    site_expect(site, "08:00:00 raised notice opened on dairy-1 #1 since 08:00:00 value open\n"
                      "08:01:00 cleared notice opened on dairy-1 #1 since 08:00:00 value closed\n"
                      "08:02:00 raised notice opened on dairy-1 #2 since 08:02:00 value open\n");
    site_stop(site);
}

static void a_state_without_expect_stands_until_it_changes(void **state)
{
    (void)state; /* E 9, section 4.4 */
    struct site *site = site_start("08:00", "sensors doors\n"
                                            "  from mqtt door/{place}\n"
                                            "  read door from open as open or closed\n"
                                            "alarm left-open on doors\n"
                                            "  warning when door is open for 2 hours\n");
    site_send(site, "08:00", "door/back", "{\"open\": true}");
    site_advance(site, "10:00");
    site_expect(site, "10:00:00 raised warning left-open on back #1 since 08:00:00 value open\n");
    site_stop(site);
}

static void a_state_with_expect_stands_while_the_device_is_heard(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS "alarm left-open on coolers\n"
                                                    "  warning when door is open for 10 minutes\n");
    site_send(site, "08:00", topic, "{\"door\": \"open\"}");
    site_send_every(site, "08:01", "08:09", 60, topic, "{\"temp\": 4}");
    site_advance(site, "08:10");
    site_expect(site,
                "08:10:00 raised warning left-open on dairy-1 #1 since 08:00:00 value open\n");
    site_send(site, "08:00", "cooler/dairy-2", "{\"door\": \"open\"}");
    site_advance(site, "09:00"); /* heard once, then never again: unknown */
    site_expect(site, "");
    site_stop(site);
}

static void holds_run_in_the_readings_own_time(void **state)
{
    (void)state; /* each arrives 30 seconds after it was taken; so does the end of the hold */
    struct site *site = site_start("08:00", TIMED WARM);
    char payload[64];
    for (int minute = 0; minute <= 9; minute++) {
        int64_t taken = SITE_DAY_MS / 1000 + 8 * 3600 + minute * 60;
        snprintf(payload, sizeof payload, "{\"ts\": %lld, \"temp\": 6}", (long long)taken);
        site_send_bytes(site, taken * 1000 + 30000, topic, payload, strlen(payload));
    }
    assert_int_equal(engine_deadline(site->engine), site_ms("08:10:30"));
    site_advance(site, "08:10:30");
    site_expect(site, "08:10:00 raised warning too-warm on dairy-1 #1 since 08:00:00 value 6 "
                      "worst 6 at 08:00:00\n");
    site_stop(site);
}

static void readings_in_different_messages_count_in_their_own_time_each(void **state)
{
    (void)state; /* the door's message is two minutes older than the temperature's */
    struct site *site = site_start("08:00", TIMED "  read door as open or closed\n"
                                                  "alarm left-open on coolers\n"
                                                  "  warning when door is open for 3 minutes\n");
    long long start = SITE_DAY_MS / 1000 + 8 * 3600;
    char payload[96];
    snprintf(payload, sizeof payload, "{\"ts\": %lld, \"temp\": 4}", start + 120);
    site_send(site, "08:02", topic, payload);
    snprintf(payload, sizeof payload, "{\"ts\": %lld, \"door\": \"open\"}", start);
    site_send(site, "08:02", topic, payload);
    snprintf(payload, sizeof payload, "{\"ts\": %lld, \"temp\": 4}", start + 240);
    site_send(site, "08:04", topic, payload);
    snprintf(payload, sizeof payload, "{\"ts\": %lld, \"door\": \"closed\"}", start + 120);
    site_send(site, "08:04", topic, payload);
    site_advance(site, "09:00");
    site_expect(site, ""); /* it was open for two minutes, not three */
    site_stop(site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_condition_that_lasts_long_enough_raises_at_the_minute),
        cmocka_unit_test(a_hold_ends_by_time_without_another_reading),
        cmocka_unit_test(a_reading_at_the_last_instant_still_interrupts),
        cmocka_unit_test(a_reading_after_a_hold_was_over_does_not_undo_it),
        cmocka_unit_test(eight_warm_minutes_and_two_of_silence_raise),
        cmocka_unit_test(a_gap_as_long_as_a_reading_is_fresh_keeps_a_hold),
        cmocka_unit_test(a_longer_gap_starts_a_hold_again),
        cmocka_unit_test(silence_before_the_end_of_a_hold_raises_nothing),
        cmocka_unit_test(faulty_and_missing_readings_change_no_hold),
        cmocka_unit_test(without_a_hold_one_reading_is_enough),
        cmocka_unit_test(a_state_without_expect_stands_until_it_changes),
        cmocka_unit_test(a_state_with_expect_stands_while_the_device_is_heard),
        cmocka_unit_test(holds_run_in_the_readings_own_time),
        cmocka_unit_test(readings_in_different_messages_count_in_their_own_time_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
