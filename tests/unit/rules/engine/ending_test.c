/* What ends an alarm: until, clear after, the off-delay. RULES section 6; E 13, 20, 21. */
#include "tests/support/judged_site.h"

#define COOLERS                                                                                    \
    "sensors coolers\n"                                                                            \
    "  from mqtt cooler/{cooler}\n"                                                                \
    "  expect every 1 minute\n"                                                                    \
    "  read temperature from temp in °C\n"                                                        \
    "  read door as open or closed\n"

static const char topic[] = "cooler/a";

static void until_waits_for_the_other_limit(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS "alarm warm on coolers\n  warning when "
                                                    "temperature above 5 °C until below 4 °C\n");
    site_send(site, "08:00", topic, "{\"temp\": 6}");
    site_send(site, "08:01", topic, "{\"temp\": 4.5}");
    site_send(site, "08:02", topic, "{\"temp\": 4}");
    site_send(site, "08:03", topic, "{\"temp\": 3.9}");
    site_expect(site, "08:00:00 raised warning warm on a #1 since 08:00:00 value 6 worst 6 at "
                      "08:00:00\n"
                      "08:03:00 cleared warning warm on a #1 since 08:00:00 value 3.9 worst 6 at "
                      "08:00:00\n");
    site_stop(site);
}

static void without_until_an_alarm_clears_after_its_off_delay(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS "alarm warm on coolers\n  warning when "
                                                    "temperature above 5 °C\n"
                                                    "  clear after 2 minutes\n");
    site_send(site, "08:00", topic, "{\"temp\": 6}");
    site_send(site, "08:41", topic, "{\"temp\": 4.4}");
    site_send(site, "08:42", topic, "{\"temp\": 4.4}");
    site_expect(site, "08:00:00 raised warning warm on a #1 since 08:00:00 value 6 worst 6 at "
                      "08:00:00\n");
    assert_int_equal(engine_deadline(site->engine), site_ms("08:43"));
    site_send(site, "08:43", topic, "{\"temp\": 4.4}");
    site_expect(site, "08:43:00 cleared warning warm on a #1 since 08:00:00 value 4.4 worst 6 at "
                      "08:00:00\n");
    site_stop(site);
}

static void the_built_in_off_delay_is_one_minute(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS "alarm warm on coolers\n  warning when "
                                                    "temperature above 5 °C\n");
    site_send(site, "08:00", topic, "{\"temp\": 6}");
    site_send(site, "08:01", topic, "{\"temp\": 4}");
    site_advance(site, "08:02");
    site_expect(site, "08:00:00 raised warning warm on a #1 since 08:00:00 value 6 worst 6 at "
                      "08:00:00\n"
                      "08:02:00 cleared warning warm on a #1 since 08:00:00 value 4 worst 6 at "
                      "08:00:00\n");
    site_stop(site);
}

static void in_the_off_delay_the_condition_alone_keeps_it_active(void **state)
{
    (void)state; /* E 20: without its hold of 10 minutes */
    struct site *site = site_start("08:00", COOLERS "alarm warm on coolers\n  warning when "
                                                    "temperature above 5 °C for 3 minutes\n"
                                                    "  clear after 2 minutes\n");
    site_send_every(site, "08:00", "08:03", 60, topic, "{\"temp\": 6}");
    site_send(site, "08:04", topic, "{\"temp\": 4}");
    site_send(site, "08:05", topic, "{\"temp\": 7}"); /* again, at once */
    site_send(site, "08:06", topic, "{\"temp\": 4}"); /* the two minutes begin anew */
    site_advance(site, "08:07:59.999");
    site_expect(site, "08:03:00 raised warning warm on a #1 since 08:00:00 value 6 worst 6 at "
                      "08:00:00\n");
    site_advance(site, "08:08");
    site_expect(site, "08:08:00 cleared warning warm on a #1 since 08:00:00 value 4 worst 7 at "
                      "08:05:00\n");
    site_stop(site);
}

static void until_for_replaces_clear_after(void **state)
{
    (void)state;
    struct site *site =
        site_start("08:00", COOLERS "alarm warm on coolers\n  warning when temperature above 5 °C "
                                    "until below 4 °C for 3 minutes\n  clear after 9 minutes\n");
    site_send(site, "08:00", topic, "{\"temp\": 6}");
    site_send(site, "08:01", topic, "{\"temp\": 3}");
    site_send(site, "08:02", topic, "{\"temp\": 4.5}"); /* not over yet, nor active: waits */
    site_send_every(site, "08:03", "08:05", 60, topic, "{\"temp\": 3}");
    site_expect(site, "08:00:00 raised warning warm on a #1 since 08:00:00 value 6 worst 6 at "
                      "08:00:00\n");
    site_advance(site, "08:06");
    site_expect(site, "08:06:00 cleared warning warm on a #1 since 08:00:00 value 3 worst 6 at "
                      "08:00:00\n");
    site_stop(site);
}

static void missing_data_never_clears(void **state)
{
    (void)state; /* section 1, 4 */
    struct site *site = site_start("08:00", COOLERS "alarm warm on coolers\n  warning when "
                                                    "temperature above 5 °C until below 4 °C\n");
    site_send(site, "08:00", topic, "{\"temp\": 6}");
    site_send(site, "08:01", topic, "{\"temp\": null}");
    site_send(site, "08:02", topic, "{\"temp\": \"broken\"}");
    site_advance(site, "23:59");
    site_expect(site, "08:00:00 raised warning warm on a #1 since 08:00:00 value 6 worst 6 at "
                      "08:00:00\n");
    site_stop(site);
}

static void an_off_delay_needs_a_reading_that_still_is_fresh(void **state)
{
    (void)state; /* E 13 */
    struct site *site = site_start("08:00", COOLERS "alarm warm on coolers\n  warning when "
                                                    "temperature above 5 °C\n"
                                                    "  clear after 10 minutes\n");
    site_send(site, "08:00", topic, "{\"temp\": 6}");
    site_send(site, "08:01", topic, "{\"temp\": 4}");
    site_advance(site, "08:30"); /* stale since 08:04 */
    site_expect(site, "08:00:00 raised warning warm on a #1 since 08:00:00 value 6 worst 6 at "
                      "08:00:00\n");
    site_send_every(site, "08:30", "08:39", 60, topic, "{\"temp\": 4}"); /* starts again */
    site_expect(site, "");
    site_advance(site, "08:40");
    site_expect(site, "08:40:00 cleared warning warm on a #1 since 08:00:00 value 4 worst 6 at "
                      "08:00:00\n");
    site_stop(site);
}

static void an_ending_of_another_reading_counts_only_while_the_condition_is_false(void **state)
{
    (void)state; /* E 21 */
    struct site *site =
        site_start("08:00", COOLERS "alarm warm on coolers\n  warning when temperature above 5 °C "
                                    "until door is closed\n");
    site_send(site, "08:00", topic, "{\"temp\": 6, \"door\": \"open\"}");
    site_send(site, "08:01", topic, "{\"temp\": 6, \"door\": \"closed\"}"); /* still warm */
    site_send(site, "08:02", topic, "{\"temp\": 4, \"door\": \"open\"}");   /* still open */
    site_expect(site, "08:00:00 raised warning warm on a #1 since 08:00:00 value 6 worst 6 at "
                      "08:00:00\n");
    site_send(site, "08:03", topic, "{\"door\": \"closed\"}");
    site_expect(site, "08:03:00 cleared warning warm on a #1 since 08:00:00 value 4 worst 6 at "
                      "08:00:00\n");
    site_stop(site);
}

static void an_ending_does_not_count_while_the_condition_is_unknown(void **state)
{
    (void)state;
    struct site *site =
        site_start("08:00", COOLERS "alarm warm on coolers\n  warning when temperature above 5 °C "
                                    "until door is closed\n");
    site_send(site, "08:00", topic, "{\"temp\": 6, \"door\": \"open\"}");
    site_send_every(site, "08:01", "08:10", 60, topic, "{\"door\": \"closed\"}");
    site_expect(site, "08:00:00 raised warning warm on a #1 since 08:00:00 value 6 worst 6 at "
                      "08:00:00\n");
    site_stop(site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(until_waits_for_the_other_limit),
        cmocka_unit_test(without_until_an_alarm_clears_after_its_off_delay),
        cmocka_unit_test(the_built_in_off_delay_is_one_minute),
        cmocka_unit_test(in_the_off_delay_the_condition_alone_keeps_it_active),
        cmocka_unit_test(until_for_replaces_clear_after),
        cmocka_unit_test(missing_data_never_clears),
        cmocka_unit_test(an_off_delay_needs_a_reading_that_still_is_fresh),
        cmocka_unit_test(an_ending_of_another_reading_counts_only_while_the_condition_is_false),
        cmocka_unit_test(an_ending_does_not_count_while_the_condition_is_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
