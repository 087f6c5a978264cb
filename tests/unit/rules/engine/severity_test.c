/* Several severities in one alarm: escalation, de-escalation, what takes over, `log`. RULES
 * section 10.2; E 20. */
#include "tests/support/judged_site.h"

#define COOLERS                                                                                    \
    "sensors coolers\n"                                                                            \
    "  from mqtt cooler/{cooler}\n"                                                                \
    "  expect every 1 minute\n"                                                                    \
    "  read temperature from temp in °C\n"                                                        \
    "  read door as open or closed\n"

static const char topic[] = "cooler/a";

static void a_longer_hold_escalates(void **state)
{
    (void)state;
    struct site *site = site_start(
        "08:00", COOLERS "alarm warm on coolers\n"
                         "  warning when temperature above 5 °C for 10 minutes until below 4.5 °C\n"
                         "  critical when temperature above 5 °C for 30 minutes until below 4.5 "
                         "°C\n");
    site_send_every(site, "08:05", "08:40", 60, topic, "{\"temp\": 6}");
    site_expect(site, "08:15:00 raised warning warm on a #1 since 08:05:00 value 6 worst 6 at "
                      "08:05:00\n"
                      "08:35:00 updated warning to critical warm on a #1 since 08:05:00 value 6 "
                      "worst 6 at 08:05:00\n");
    site_send(site, "08:41", topic, "{\"temp\": 4.4}");
    site_expect(site, "08:41:00 cleared critical warm on a #1 since 08:05:00 value 4.4 worst 6 at "
                      "08:05:00\n");
    site_stop(site);
}

#define TWO_LIMITS                                                                                 \
    COOLERS "alarm warm on coolers\n"                                                              \
            "  warning when temperature above 5 °C for 10 minutes until below 4 °C\n"            \
            "  critical when temperature above 8 °C until below 7 °C\n"

static void both_limits_at_once_are_one_raise(void **state)
{
    (void)state;
    struct site *site =
        site_start("08:00", COOLERS "alarm warm on coolers\n"
                                    "  warning when temperature above 5 °C until below 4 °C\n"
                                    "  critical when temperature above 8 °C until below 7 °C\n");
    site_send(site, "08:00", topic, "{\"temp\": 9}");
    site_send(site, "08:01", topic, "{\"temp\": 3}");
    site_expect(site, "08:00:00 raised critical warm on a #1 since 08:00:00 value 9 worst 9 at "
                      "08:00:00\n"
                      "08:01:00 cleared critical warm on a #1 since 08:00:00 value 3 worst 9 at "
                      "08:00:00\n");
    assert_int_equal(engine_counters(site->engine)->raised, 1);
    assert_int_equal(engine_counters(site->engine)->updated, 0);
    assert_int_equal(engine_counters(site->engine)->cleared, 1);
    site_stop(site);
}

static void a_lesser_trigger_that_is_true_takes_over_at_once(void **state)
{
    (void)state; /* E 20: the warning's ten minutes are not over, yet it is on */
    struct site *site = site_start("08:00", TWO_LIMITS);
    site_send(site, "08:00", topic, "{\"temp\": 9}");
    site_send(site, "08:01", topic, "{\"temp\": 6}");
    site_expect(site, "08:00:00 raised critical warm on a #1 since 08:00:00 value 9 worst 9 at "
                      "08:00:00\n"
                      "08:01:00 updated critical to warning warm on a #1 since 08:00:00 value 6 "
                      "worst 9 at 08:00:00\n");
    site_send(site, "08:02", topic, "{\"temp\": 3}");
    site_expect(site, "08:02:00 cleared warning warm on a #1 since 08:00:00 value 3 worst 9 at "
                      "08:00:00\n");
    site_stop(site);
}

static void a_lesser_trigger_that_is_not_true_does_not(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", TWO_LIMITS);
    site_send(site, "08:00", topic, "{\"temp\": 9}");
    site_send(site, "08:01", topic, "{\"temp\": 4.5}"); /* between until and limit of warning */
    site_expect(site, "08:00:00 raised critical warm on a #1 since 08:00:00 value 9 worst 9 at "
                      "08:00:00\n"
                      "08:01:00 cleared critical warm on a #1 since 08:00:00 value 4.5 worst 9 at "
                      "08:00:00\n");
    site_stop(site);
}

static void the_off_delay_applies_going_down_too(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS "alarm warm on coolers\n"
                                                    "  warning when temperature above 5 °C\n"
                                                    "  critical when temperature above 8 °C\n"
                                                    "  clear after 3 minutes\n");
    site_send(site, "08:00", topic, "{\"temp\": 9}");
    site_send_every(site, "08:01", "08:10", 60, topic, "{\"temp\": 6}");
    site_expect(site, "08:00:00 raised critical warm on a #1 since 08:00:00 value 9 worst 9 at "
                      "08:00:00\n"
                      "08:04:00 updated critical to warning warm on a #1 since 08:00:00 value 6 "
                      "worst 9 at 08:00:00\n");
    site_stop(site);
}

static void going_up_again_is_an_update_not_a_raise(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", TWO_LIMITS);
    site_send(site, "08:00", topic, "{\"temp\": 9}");
    site_send(site, "08:01", topic, "{\"temp\": 6}");
    site_send(site, "08:02", topic, "{\"temp\": 10}");
    site_expect(site, "08:00:00 raised critical warm on a #1 since 08:00:00 value 9 worst 9 at "
                      "08:00:00\n"
                      "08:01:00 updated critical to warning warm on a #1 since 08:00:00 value 6 "
                      "worst 9 at 08:00:00\n"
                      "08:02:00 updated warning to critical warm on a #1 since 08:00:00 value 10 "
                      "worst 10 at 08:02:00\n");
    site_stop(site);
}

static void two_triggers_of_one_severity_are_two_ways_into_one_alarm(void **state)
{
    (void)state;
    struct site *site =
        site_start("08:00", COOLERS "alarm odd on coolers\n"
                                    "  warning when temperature above 5 °C until below 4 °C\n"
                                    "  warning when door is open until door is closed\n");
    site_send(site, "08:00", topic, "{\"temp\": 6, \"door\": \"closed\"}");
    site_send(site, "08:01", topic, "{\"temp\": 6, \"door\": \"open\"}");
    site_send(site, "08:02", topic, "{\"temp\": 3, \"door\": \"open\"}");
    site_expect(site, "08:00:00 raised warning odd on a #1 since 08:00:00 value 6 worst 6 at "
                      "08:00:00\n");
    site_send(site, "08:03", topic, "{\"temp\": 3, \"door\": \"closed\"}");
    site_expect(site, "08:03:00 cleared warning odd on a #1 since 08:00:00 value closed\n");
    site_stop(site);
}

static void the_occurrence_counts_raises_of_each_device(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS "alarm warm on coolers\n  warning when "
                                                    "temperature above 5 °C until below 4 °C\n");
    site_send(site, "08:00", "cooler/a", "{\"temp\": 6}");
    site_send(site, "08:01", "cooler/b", "{\"temp\": 6}");
    site_send(site, "08:02", "cooler/a", "{\"temp\": 3}");
    site_send(site, "08:03", "cooler/a", "{\"temp\": 6}");
    site_expect(site, "08:00:00 raised warning warm on a #1 since 08:00:00 value 6 worst 6 at "
                      "08:00:00\n"
                      "08:01:00 raised warning warm on b #1 since 08:01:00 value 6 worst 6 at "
                      "08:01:00\n"
                      "08:02:00 cleared warning warm on a #1 since 08:00:00 value 3 worst 6 at "
                      "08:00:00\n"
                      "08:03:00 raised warning warm on a #2 since 08:03:00 value 6 worst 6 at "
                      "08:03:00\n");
    site_stop(site);
}

static void log_tells_once_and_is_no_alarm(void **state)
{
    (void)state;
    struct site *site =
        site_start("08:00", COOLERS "alarm opened on coolers\n"
                                    "  log when door is open until door is closed\n");
    site_send(site, "08:00", topic, "{\"door\": \"open\"}");
    site_send(site, "08:01", topic, "{\"door\": \"open\"}");
    site_send(site, "08:02", topic, "{\"door\": \"closed\"}");
    site_send(site, "08:03", topic, "{\"door\": \"open\"}");
    site_expect(site, "08:00:00 logged log opened on a #0 since 08:00:00 value open\n"
                      "08:03:00 logged log opened on a #0 since 08:03:00 value open\n");
    assert_int_equal(engine_counters(site->engine)->logged, 2);
    assert_int_equal(engine_counters(site->engine)->raised, 0);
    site_stop(site);
}

static void the_worst_value_is_the_lowest_for_a_low_limit(void **state)
{
    (void)state;
    struct site *site =
        site_start("08:00", COOLERS "alarm cold on coolers\n  notice when temperature below 0 °C "
                                    "for 2 minutes until above 1 °C\n");
    site_send(site, "08:00", topic, "{\"temp\": -1}");
    site_send(site, "08:01", topic, "{\"temp\": -3.5}");
    site_send(site, "08:02", topic, "{\"temp\": -2}");
    site_expect(site, "08:02:00 raised notice cold on a #1 since 08:00:00 value -2 worst -3.5 at "
                      "08:01:00\n");
    site_stop(site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_longer_hold_escalates),
        cmocka_unit_test(both_limits_at_once_are_one_raise),
        cmocka_unit_test(a_lesser_trigger_that_is_true_takes_over_at_once),
        cmocka_unit_test(a_lesser_trigger_that_is_not_true_does_not),
        cmocka_unit_test(the_off_delay_applies_going_down_too),
        cmocka_unit_test(going_up_again_is_an_update_not_a_raise),
        cmocka_unit_test(two_triggers_of_one_severity_are_two_ways_into_one_alarm),
        cmocka_unit_test(the_occurrence_counts_raises_of_each_device),
        cmocka_unit_test(log_tells_once_and_is_no_alarm),
        cmocka_unit_test(the_worst_value_is_the_lowest_for_a_low_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
