/* Reports: windows of the clock, summaries, what counts as whole. RULES sections 9.2, 9.4,
 * 11, 16.4; E 32. */
#include "tests/support/judged_site.h"

#define COOLERS                                                                                    \
    "sensors coolers\n"                                                                            \
    "  from mqtt cooler/{cooler}\n"                                                                \
    "  expect every 1 minute\n"                                                                    \
    "  read temperature from temp in °C\n"                                                        \
    "  read humidity from rh in %\n"
#define TIMED                                                                                      \
    "sensors coolers\n"                                                                            \
    "  from mqtt cooler/{cooler}\n"                                                                \
    "  expect every 1 minute\n"                                                                    \
    "  time from ts in milliseconds\n"                                                             \
    "  read temperature from temp in °C\n"
#define FIVE                                                                                       \
    "report five on coolers\n"                                                                     \
    "  every 5 minutes\n"                                                                          \
    "  send average, minimum, maximum, count of temperature\n"

static const char topic[] = "cooler/a";

static void send_at(struct site *site, const char *arrived, const char *taken, double temperature)
{
    char payload[96];
    snprintf(payload, sizeof payload, "{\"ts\": %lld, \"temp\": %g}", (long long)site_ms(taken),
             temperature);
    site_send(site, arrived, topic, payload);
}

static void a_window_is_told_half_a_minute_after_its_end(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS FIVE);
    for (int minute = 0; minute < 5; minute++) {
        char clock[16], payload[32];
        snprintf(clock, sizeof clock, "08:%02d", minute);
        snprintf(payload, sizeof payload, "{\"temp\": %.1f}", 4 + minute * 0.5);
        site_send(site, clock, topic, payload);
    }
    assert_int_equal(engine_deadline(site->engine), site_ms("08:05:30"));
    site_advance(site, "08:05:29.999");
    site_expect(site, "");
    site_advance(site, "08:05:30");
    site_expect(site, "08:05:30 report five on a 08:00:00 to 08:05:00 average 5.0 minimum 4.0 "
                      "maximum 6.0 count 5 | 5 of 5 whole\n");
    assert_int_equal(engine_deadline(site->engine), site_ms("08:10:30"));
    site_stop(site);
}

static void a_reading_at_the_border_belongs_to_the_window_that_begins(void **state)
{
    (void)state; /* section 9.4 */
    struct site *site = site_start("08:00", COOLERS FIVE);
    site_send(site, "08:04:59.999", topic, "{\"temp\": 1}");
    site_send(site, "08:05", topic, "{\"temp\": 9}");
    site_advance(site, "08:10:30");
    site_expect(site, "08:05:30 report five on a 08:00:00 to 08:05:00 average 1 minimum 1 maximum "
                      "1 count 1 | 1 of 5\n"
                      "08:10:30 report five on a 08:05:00 to 08:10:00 average 9 minimum 9 maximum "
                      "9 count 1 | 1 of 5\n");
    site_stop(site);
}

static void windows_follow_the_clock_not_the_start(void **state)
{
    (void)state;
    struct site *site = site_start("08:03:20", COOLERS FIVE);
    site_send(site, "08:03:20", topic, "{\"temp\": 4}");
    site_advance(site, "08:05:30");
    site_expect(site, "08:05:30 report five on a 08:00:00 to 08:05:00 average 4 minimum 4 maximum "
                      "4 count 1 | 1 of 5\n");
    site_stop(site);
}

static void four_of_five_readings_make_a_window_whole(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS FIVE);
    site_send_every(site, "08:00", "08:03", 60, topic, "{\"temp\": 4}");
    site_send_every(site, "08:05", "08:07", 60, topic, "{\"temp\": 4}");
    site_advance(site, "08:10:30");
    site_expect(site, "08:05:30 report five on a 08:00:00 to 08:05:00 average 4 minimum 4 maximum "
                      "4 count 4 | 4 of 5 whole\n"
                      "08:10:30 report five on a 08:05:00 to 08:10:00 average 4 minimum 4 maximum "
                      "4 count 3 | 3 of 5\n");
    site_stop(site);
}

static void a_window_that_brink_did_not_see_whole_is_not_whole(void **state)
{
    (void)state;
    struct site *site = site_start("08:00:01", COOLERS FIVE);
    site_send_every(site, "08:00:01", "08:04:01", 60, topic, "{\"temp\": 4}");
    site_advance(site, "08:05:30");
    site_expect(site, "08:05:30 report five on a 08:00:00 to 08:05:00 average 4 minimum 4 maximum "
                      "4 count 5 | 5 of 5\n");
    site_stop(site);
}

static void a_window_without_readings_is_told_of_known_devices_only(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS FIVE);
    site_advance(site, "09:00");
    site_expect(site, "");
    site_send(site, "09:00", topic, "{\"temp\": 4}");
    site_advance(site, "09:10:30");
    site_expect(site, "09:05:30 report five on a 09:00:00 to 09:05:00 average 4 minimum 4 maximum "
                      "4 count 1 | 1 of 5\n"
                      "09:10:30 report five on a 09:05:00 to 09:10:00 average unknown minimum "
                      "unknown maximum unknown count 0 | 0 of 5\n");
    site_stop(site);
}

static void faulty_readings_are_counted_and_left_out(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS FIVE);
    site_send(site, "08:00", topic, "{\"temp\": 4}");
    site_send(site, "08:01", topic, "{\"temp\": \"4,2\"}");
    site_send(site, "08:02", topic, "{\"temp\": true");
    site_send(site, "08:03", topic, "{\"temp\": null}");
    site_send(site, "08:04", topic, "{\"rh\": 60}"); /* not of this report */
    site_advance(site, "08:05:30");
    site_expect(site, "08:05:30 report five on a 08:00:00 to 08:05:00 average 4 minimum 4 maximum "
                      "4 count 1 | 1 of 5 received 4 faulty 2\n");
    site_stop(site);
}

static void late_readings_go_into_the_window_that_waits(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", TIMED FIVE);
    send_at(site, "08:04", "08:04", 4);
    send_at(site, "08:05", "08:05", 4);
    send_at(site, "08:05:20", "08:03", 8);
    send_at(site, "08:05:21", "08:03", 8); /* again */
    site_advance(site, "08:05:30");
    site_expect(site, "08:05:30 report five on a 08:00:00 to 08:05:00 average 6 minimum 4 maximum "
                      "8 count 2 | 2 of 5 late 1 duplicate 1\n");
    send_at(site, "08:05:31", "08:03:30", 8); /* the window was told */
    send_at(site, "08:05:50", "08:03:40", 8);
    site_advance(site, "08:10:30");
    site_expect(site, "08:06:01 report five on a 08:00:00 to 08:05:00 average 7 minimum 4 maximum "
                      "8 count 4 | 4 of 5 late 3 duplicate 1 revision 1 whole\n"
                      "08:10:30 report five on a 08:05:00 to 08:10:00 average 4 minimum 4 maximum "
                      "4 count 1 | 1 of 5\n");
    site_stop(site);
}

static void a_longer_wait_can_be_asked_for(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS FIVE "  wait 1 minute\n");
    site_send(site, "08:00", topic, "{\"temp\": 4}");
    assert_int_equal(engine_deadline(site->engine), site_ms("08:06"));
    site_stop(site);
}

static void repeats_are_counted_not_summed(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", TIMED FIVE);
    send_at(site, "08:01", "08:01", 4);
    send_at(site, "08:01:01", "08:01", 4);
    site_advance(site, "08:05:30");
    site_expect(site, "08:05:30 report five on a 08:00:00 to 08:05:00 average 4 minimum 4 maximum "
                      "4 count 1 | 1 of 5 duplicate 1\n");
    site_stop(site);
}

static void a_device_with_a_wrong_clock_reports_in_its_own_time(void **state)
{
    (void)state; /* an hour behind; its windows end an hour later by the site's clock */
    struct site *site = site_start("08:00", TIMED FIVE);
    for (int minute = 0; minute < 6; minute++) {
        char arrived[16], taken[16];
        snprintf(arrived, sizeof arrived, "09:%02d", minute);
        snprintf(taken, sizeof taken, "08:%02d", minute);
        send_at(site, arrived, taken, 4);
    }
    site_advance(site, "09:05:30");
    site_expect(site, "09:05:30 report five on a 08:00:00 to 08:05:00 average 4 minimum 4 maximum "
                      "4 count 5 | 5 of 5 whole\n");
    site_stop(site);
}

static void a_clock_that_jumps_over_years_tells_of_no_empty_windows(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", TIMED "  read door as open or closed\n" FIVE);
    site_send(site, "08:00", topic, "{\"ts\": 1000, \"temp\": 4}"); /* 1970: not set yet */
    char payload[96];
    snprintf(payload, sizeof payload, "{\"ts\": %lld, \"door\": true}",
             (long long)site_ms("08:01"));
    site_send(site, "08:01", topic, payload); /* set; no reading of the report */
    site_advance(site, "08:02");
    assert_int_equal(engine_counters(site->engine)->reports, 1);
    site_advance(site, "08:06");
    assert_int_equal(engine_counters(site->engine)->reports, 2);
    site_stop(site);
}

static void a_silent_device_is_told_of_for_three_windows(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS FIVE);
    site_send(site, "08:00", topic, "{\"temp\": 4}");
    site_advance(site, "+3650d 08:00");
    assert_int_equal(engine_counters(site->engine)->reports, 1 + 3);
    assert_int_equal(engine_deadline(site->engine), INT64_MAX);
    site->told[site->told_bytes = 0] = '\0';
    site_send(site, "+3650d 08:00", topic, "{\"temp\": 4}");
    site_advance(site, "+3650d 08:10:30");
    site_expect(site, "+3650d 08:05:30 report five on a +3650d 08:00:00 to +3650d 08:05:00 average "
                      "4 minimum 4 maximum 4 count 1 | 1 of 5\n"
                      "+3650d 08:10:30 report five on a +3650d 08:05:00 to +3650d 08:10:00 average "
                      "unknown minimum unknown maximum unknown count 0 | 0 of 5\n");
    site_stop(site);
}

static void windows_that_were_told_empty_are_told_again_as_revisions(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", TIMED FIVE);
    send_at(site, "08:00", "08:00", 4);
    site_advance(site, "08:30");
    assert_int_equal(engine_counters(site->engine)->reports, 1 + 3); /* to 08:20 */
    send_at(site, "08:30", "08:19", 4);
    send_at(site, "08:30", "08:20", 4);
    site_advance(site, "08:36"); /* it is ten minutes behind now */
    assert_int_equal(engine_counters(site->engine)->reports, 1 + 3 + 1 + 1);
    assert_non_null(strstr(site->told, "08:15:00 to 08:20:00 average 4 minimum 4 maximum 4 count 1 "
                                       "| 1 of 5 revision 1\n"));
    assert_non_null(strstr(site->told, "08:35:30 report five on a 08:20:00 to 08:25:00"));
    site_stop(site);
}

static void an_average_loses_no_digit_over_a_day(void **state)
{
    (void)state;
    struct site *site = site_start("00:00", "sensors m\n  from mqtt cooler/{cooler}\n"
                                            "  read temperature from temp in °C\n"
                                            "report day on m\n  every 1 day\n"
                                            "  send average, count of temperature\n");
    for (int64_t i = 0; i < 86400; i++) {
        const char *payload = i % 2 == 0 ? "{\"temp\": 1e15}" : "{\"temp\": 0.1}";
        site_send_bytes(site, site_ms("00:00") + i * 1000, topic, payload, strlen(payload));
    }
    site_advance(site, "+1d 00:00:30");
    /* (1e15 + 0.1) / 2, to the nearest double */
    char expected[200];
    snprintf(expected, sizeof expected,
             "+1d 00:00:30 report day on a 00:00:00 to +1d 00:00:00 average %.1f count 86400 | "
             "86400 of 0 whole\n",
             (1e15 + 0.1) / 2);
    site_expect(site, expected);
    site_stop(site);
}

static void two_reports_and_two_devices_do_not_mix(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS FIVE "report ten on coolers\n"
                                                         "  every 10 minutes\n"
                                                         "  send average of humidity\n"
                                                         "  send maximum of temperature\n");
    site_send(site, "08:01", "cooler/a", "{\"temp\": 4, \"rh\": 50}");
    site_send(site, "08:02", "cooler/b", "{\"temp\": 6.5, \"rh\": 70.5}");
    site_send(site, "08:06", "cooler/a", "{\"temp\": 8, \"rh\": 60}");
    site_advance(site, "08:10:30");
    site_expect(site, "08:05:30 report five on a 08:00:00 to 08:05:00 average 4 minimum 4 maximum "
                      "4 count 1 | 1 of 5\n"
                      "08:05:30 report five on b 08:00:00 to 08:05:00 average 6.5 minimum 6.5 "
                      "maximum 6.5 count 1 | 1 of 5\n"
                      "08:10:30 report five on a 08:05:00 to 08:10:00 average 8 minimum 8 maximum "
                      "8 count 1 | 1 of 5\n"
                      "08:10:30 report ten on a 08:00:00 to 08:10:00 average 55 maximum 8 | 2 of "
                      "10\n"
                      "08:10:30 report five on b 08:05:00 to 08:10:00 average unknown minimum "
                      "unknown maximum unknown count 0 | 0 of 5\n"
                      "08:10:30 report ten on b 08:00:00 to 08:10:00 average 70.5 maximum 6.5 | 1 "
                      "of 10\n");
    site_stop(site);
}

static void every_summary_of_the_window_is_told(void **state)
{
    (void)state;
    struct site *site = site_start(
        "08:00", COOLERS "report all on coolers\n"
                         "  every 5 minutes\n"
                         "  send total, spread, deviation, first, last, change, kinetic-mean of "
                         "temperature\n");
    static const char *const payloads[] = {"{\"temp\": 2.00}", "{\"temp\": 8.00}",
                                           "{\"temp\": 5.00}", "{\"temp\": 5.00}"};
    for (int minute = 0; minute < 4; minute++) {
        char clock[16];
        snprintf(clock, sizeof clock, "08:0%d", minute);
        site_send(site, clock, topic, payloads[minute]);
    }
    site_advance(site, "08:05:30");
    /* 5.27: above the average, as warm hours count for more. */
    site_expect(site, "08:05:30 report all on a 08:00:00 to 08:05:00 total 20.00 spread 6.00 "
                      "deviation 2.12 first 2.00 last 5.00 change 3.00 kinetic-mean 5.27 | 4 of 5 "
                      "whole\n");
    site_stop(site);
}

static void a_report_by_store_is_over_all_its_devices(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", "sensors coolers\n"
                                            "  from mqtt {store}/{cooler}\n"
                                            "  expect every 1 minute\n"
                                            "  read temperature from temp in °C\n"
                                            "report stores on coolers\n"
                                            "  every 2 minutes\n"
                                            "  by store\n"
                                            "  send minimum, maximum, count of temperature\n");
    site_send(site, "08:00", "north/a", "{\"temp\": 1}");
    site_send(site, "08:00", "north/b", "{\"temp\": 7}");
    site_send(site, "08:01", "south/a", "{\"temp\": 4}");
    site_advance(site, "08:02:30");
    site_expect(site, "08:02:30 report stores on north 08:00:00 to 08:02:00 minimum 1 maximum 7 "
                      "count 2 | 2 of 4\n"
                      "08:02:30 report stores on south 08:00:00 to 08:02:00 minimum 4 maximum 4 "
                      "count 1 | 1 of 2\n");
    site_stop(site);
}

static void readings_that_came_while_it_is_suppressed_are_left_out(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", "sensors coolers\n"
                                            "  from mqtt cooler/{cooler}\n"
                                            "  expect every 1 minute\n"
                                            "  read temperature from temp in °C\n"
                                            "  read defrost from d as on or off\n" FIVE
                                            "  except while defrost is on\n");
    site_send(site, "08:00", topic, "{\"temp\": 4, \"d\": 0}");
    site_send(site, "08:01", topic, "{\"temp\": 12, \"d\": 1}");
    site_send(site, "08:02", topic, "{\"temp\": 13, \"d\": 1}");
    site_send(site, "08:03", topic, "{\"temp\": 6, \"d\": 0}");
    site_advance(site, "08:05:30");
    site_expect(site, "08:05:30 report five on a 08:00:00 to 08:05:00 average 5 minimum 4 maximum "
                      "6 count 2 | 2 of 3\n");
    site_stop(site);
}

static void a_day_begins_at_its_mark_by_the_clock_on_the_wall(void **state)
{
    (void)state; /* summer begins on Sunday 2026-03-29 at 01:00 UTC */
    struct site *site = site_start("+17 23:00", "site \"Store\"\n  timezone Europe/London\n" COOLERS
                                                "report day on coolers\n"
                                                "  every 1 day at 06:00\n"
                                                "  send count of temperature\n");
    site_send(site, "+19 06:30", topic, "{\"temp\": 4}");
    site_advance(site, "+21 04:00");
    if (strstr(site->told, "report day on a +19d 06:00:00 to +20d 05:00:00 count 1") == NULL)
        fail_msg("told: %s", site->told);
    site_stop(site);
}

static void a_median_and_a_percentile_are_told_and_not_revised(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", TIMED "report five on coolers\n  every 5 minutes\n"
                                                  "  send median, percentile 95, count of "
                                                  "temperature\n");
    for (int minute = 0; minute < 4; minute++) {
        char clock[16];
        snprintf(clock, sizeof clock, "08:%02d", minute);
        send_at(site, clock, clock, minute + 1);
    }
    send_at(site, "08:05", "08:05", 9);
    send_at(site, "08:05:40", "08:04", 9);
    site_advance(site, "08:06:30");
    site_expect(site, "08:05:30 report five on a 08:00:00 to 08:05:00 median 2 percentile 4 "
                      "count 4 | 4 of 5 whole\n"
                      "08:06:10 report five on a 08:00:00 to 08:05:00 median unknown percentile "
                      "unknown count 5 | 5 of 5 late 1 revision 1 whole\n");
    site_stop(site);
}

static void the_time_while_a_condition_holds_lasts_to_the_next_message(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS "report five on coolers\n  every 5 minutes\n"
                                                    "  send time while temperature above 5 °C\n");
    site_send(site, "08:01", topic, "{\"temp\": 6}");
    site_send(site, "08:02:30", topic, "{\"temp\": 4}");
    site_send(site, "08:04", topic, "{\"temp\": 6}"); /* 60 s in this window, 60 in the next */
    site_send(site, "08:06", topic, "{\"temp\": 4}");
    site_send(site, "08:07", topic, "{\"temp\": 6}"); /* fresh for 3 minutes: to 08:10 */
    site_advance(site, "08:15:30");
    site_expect(site, "08:05:30 report five on a 08:00:00 to 08:05:00 time-while 150 | 3 of 5\n"
                      "08:10:30 report five on a 08:05:00 to 08:10:00 time-while 240 | 2 of 5\n"
                      "08:15:30 report five on a 08:10:00 to 08:15:00 time-while unknown | 0 of "
                      "5\n");
    site_stop(site);
}

static void a_moving_window_is_told_at_each_step(void **state)
{
    (void)state;
    struct site *site =
        site_start("08:00", COOLERS "report moving on coolers\n"
                                    "  every 1 minute over 3 minutes\n  wait 1 second\n"
                                    "  send average, first, median of temperature\n");
    site_send(site, "08:00", topic, "{\"temp\": 1}");
    site_send(site, "08:01", topic, "{\"temp\": 2}");
    site_send(site, "08:02", topic, "{\"temp\": 6}");
    site_send(site, "08:03", topic, "{\"temp\": 7}");
    site_advance(site, "08:04:01");
    site_expect(site, "08:01:01 report moving on a 07:58:00 to 08:01:00 average 1 first 1 median 1 "
                      "| 1 of 3\n"
                      "08:02:01 report moving on a 07:59:00 to 08:02:00 average 2 first 1 median 2 "
                      "| 2 of 3\n"
                      "08:03:01 report moving on a 08:00:00 to 08:03:00 average 3 first 1 median 2 "
                      "| 3 of 3 whole\n"
                      "08:04:01 report moving on a 08:01:00 to 08:04:00 average 5 first 2 median 6 "
                      "| 3 of 3 whole\n");
    site_advance(site, "+1d 08:00"); /* it is told until it has been empty three times */
    assert_int_equal(engine_counters(site->engine)->reports, 4 + 2 + 3);
    site_stop(site);
}

static void a_change_is_told_at_once_as_far_as_the_window_has_come(void **state)
{
    (void)state;
    struct site *site =
        site_start("08:00", COOLERS "report five on coolers\n"
                                    "  every 5 minutes or when temperature changes more than 2 °C\n"
                                    "  send last of temperature\n");
    site_send(site, "08:00", topic, "{\"temp\": 4}");
    site_send(site, "08:01", topic, "{\"temp\": 6}"); /* not more than */
    site_send(site, "08:02", topic, "{\"temp\": 7}");
    site_send(site, "08:03", topic, "{\"temp\": 8}"); /* against what was sent */
    site_advance(site, "08:05:30");
    site_send(site, "08:06", topic, "{\"temp\": 10}"); /* against 8, of 08:05:30 */
    site_expect(site, "08:02:00 report five on a 08:00:00 to 08:02:00 last 7 | 3 of 5\n"
                      "08:05:30 report five on a 08:00:00 to 08:05:00 last 8 | 4 of 5 revision 1 "
                      "whole\n");
    site_stop(site);
}

static void raw_readings_are_told_one_by_one(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS "report each on coolers\n  every 5 minutes\n"
                                                    "  send raw temperature\n");
    site_send(site, "08:00", topic, "{\"temp\": 4.5}");
    site_send(site, "08:01", topic, "{\"temp\": null}");
    site_send(site, "08:02", topic, "{\"rh\": 4}");
    site_advance(site, "08:30"); /* and no windows */
    site_expect(site, "08:00:00 report each on a 08:00:00 to 08:00:00 raw 4.5 | 1 of 0 whole\n");
    site_stop(site);
}

static void a_state_that_was_kept_goes_on_with_windows_and_revisions(void **state)
{
    (void)state;
    struct site *site =
        site_start("08:00", TIMED FIVE "  send median of temperature\n"
                                       "  send time while temperature above 5 °C\n");
    send_at(site, "08:04", "08:04", 6);
    send_at(site, "08:05", "08:05", 6);
    site_advance(site, "08:05:30");
    send_at(site, "08:05:40", "08:03", 9);
    site->told[site->told_bytes = 0] = '\0';
    site_restart_at(site, site_ms("08:05:50"));
    site_advance(site, "08:06:10");
    if (strstr(site->told, "count 2 median unknown time-while 60 | 2 of 5 late 1 revision 1") ==
        NULL)
        fail_msg("told: %s", site->told);
    site_stop(site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_median_and_a_percentile_are_told_and_not_revised),
        cmocka_unit_test(the_time_while_a_condition_holds_lasts_to_the_next_message),
        cmocka_unit_test(a_moving_window_is_told_at_each_step),
        cmocka_unit_test(a_change_is_told_at_once_as_far_as_the_window_has_come),
        cmocka_unit_test(raw_readings_are_told_one_by_one),
        cmocka_unit_test(a_state_that_was_kept_goes_on_with_windows_and_revisions),
        cmocka_unit_test(every_summary_of_the_window_is_told),
        cmocka_unit_test(a_report_by_store_is_over_all_its_devices),
        cmocka_unit_test(readings_that_came_while_it_is_suppressed_are_left_out),
        cmocka_unit_test(a_day_begins_at_its_mark_by_the_clock_on_the_wall),
        cmocka_unit_test(a_window_is_told_half_a_minute_after_its_end),
        cmocka_unit_test(a_reading_at_the_border_belongs_to_the_window_that_begins),
        cmocka_unit_test(windows_follow_the_clock_not_the_start),
        cmocka_unit_test(four_of_five_readings_make_a_window_whole),
        cmocka_unit_test(a_window_that_brink_did_not_see_whole_is_not_whole),
        cmocka_unit_test(a_window_without_readings_is_told_of_known_devices_only),
        cmocka_unit_test(faulty_readings_are_counted_and_left_out),
        cmocka_unit_test(late_readings_go_into_the_window_that_waits),
        cmocka_unit_test(a_longer_wait_can_be_asked_for),
        cmocka_unit_test(repeats_are_counted_not_summed),
        cmocka_unit_test(a_device_with_a_wrong_clock_reports_in_its_own_time),
        cmocka_unit_test(a_clock_that_jumps_over_years_tells_of_no_empty_windows),
        cmocka_unit_test(a_silent_device_is_told_of_for_three_windows),
        cmocka_unit_test(windows_that_were_told_empty_are_told_again_as_revisions),
        cmocka_unit_test(an_average_loses_no_digit_over_a_day),
        cmocka_unit_test(two_reports_and_two_devices_do_not_mix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
