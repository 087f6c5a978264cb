/* Tests about time: rises, falls, changes, summaries over a window, stuck. RULES sections 5, 6,
 * 9.2, 9.4; E 17, 24. */
#include "tests/support/judged_site.h"

#define COOLERS                                                                                    \
    "sensors coolers\n"                                                                            \
    "  from mqtt cooler/{cooler}\n"                                                                \
    "  expect every 1 minute\n"                                                                    \
    "  read temperature from temp in °C\n"

static const char topic[] = "cooler/a";

static void send_value(struct site *site, const char *clock, double temperature)
{
    char payload[32];
    snprintf(payload, sizeof payload, "{\"temp\": %g}", temperature);
    site_send(site, clock, topic, payload);
}

/* What was told begins with these words, if with any. */
static void expect_told(struct site *site, const char *start)
{
    if (start[0] == '\0' ? site->told[0] != '\0' : strncmp(site->told, start, strlen(start)) != 0)
        fail_msg("told: %s\nwanted: %s", site->told, start);
    site->told[0] = '\0';
    site->told_bytes = 0;
}

#define RISES                                                                                      \
    COOLERS "alarm fast on coolers\n"                                                              \
            "  warning when temperature rises more than 2 °C in 5 minutes\n"                      \
            "  clear after 1 second\n"

static void a_rise_is_the_newest_above_the_lowest_of_the_window(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", RISES);
    send_value(site, "08:00", 4);
    send_value(site, "08:01", 3);
    send_value(site, "08:02", 5);
    expect_told(site, ""); /* by 2, not by more */
    send_value(site, "08:03", 5.1);
    expect_told(site, "08:03:00 raised warning fast on a");
    site_stop(site);
}

static void both_ends_of_the_window_belong_to_it(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", RISES);
    send_value(site, "08:00", 3);
    for (int minute = 1; minute < 5; minute++) {
        char clock[16];
        snprintf(clock, sizeof clock, "08:0%d", minute);
        send_value(site, clock, 4);
    }
    send_value(site, "08:05", 5.1);
    expect_told(site, "08:05:00 raised warning fast on a");
    site_stop(site);
    site = site_start("08:00", RISES);
    send_value(site, "08:00", 3);
    for (int minute = 1; minute < 5; minute++) {
        char clock[16];
        snprintf(clock, sizeof clock, "08:0%d", minute);
        send_value(site, clock, 4);
    }
    send_value(site, "08:05:00.001", 5.1);
    expect_told(site, "");
    site_stop(site);
}

static void a_rise_ends_when_the_window_no_longer_shows_it(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", RISES);
    send_value(site, "08:00", 3);
    send_value(site, "08:01", 6);
    expect_told(site, "08:01:00 raised warning fast on a");
    for (int minute = 2; minute <= 5; minute++) {
        char clock[16];
        snprintf(clock, sizeof clock, "08:0%d", minute);
        send_value(site, clock, 6);
    }
    expect_told(site, "");
    site_advance(site, "08:05:01"); /* the low one left at 08:05:00.001 */
    expect_told(site, "");
    site_advance(site, "08:05:01.001");
    expect_told(site, "08:05:01.001 cleared warning fast on a");
    site_stop(site);
}

static void over_a_gap_nobody_knows_of_a_rise(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", RISES);
    send_value(site, "08:00", 3);
    send_value(site, "08:03:01", 9);
    expect_told(site, "");
    site_stop(site);
    site = site_start("08:00", RISES);
    send_value(site, "08:00", 9); /* one alone */
    site_advance(site, "08:02");
    expect_told(site, "");
    site_stop(site);
}

static void falls_and_changes_look_the_other_way_and_both_ways(void **state)
{
    (void)state;
    struct site *site = site_start(
        "08:00", COOLERS "alarm down on coolers\n"
                         "  warning when temperature falls more than 2 °C in 5 minutes\n"
                         "alarm either on coolers\n"
                         "  notice when temperature changes more than 3 °C in 5 minutes\n");
    send_value(site, "08:00", 4);
    send_value(site, "08:01", 6.5);
    expect_told(site, "");
    send_value(site, "08:02", 4.4);
    expect_told(site, "08:02:00 raised warning down on a");
    send_value(site, "08:03", 7.1);
    expect_told(site, "08:03:00 raised notice either on a");
    site_stop(site);
}

#define AVERAGE                                                                                    \
    COOLERS "alarm warm on coolers\n"                                                              \
            "  warning when average of temperature over 10 minutes above 5 °C\n"

static void a_summary_needs_half_of_the_window_and_of_the_readings(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", AVERAGE);
    site_send_every(site, "08:00", "08:04", 60, topic, "{\"temp\": 9}");
    expect_told(site, "");
    send_value(site, "08:05", 9);
    expect_told(site, "08:05:00 raised warning warm on a");
    site_stop(site);
    site = site_start("08:00", AVERAGE);
    site_send_every(site, "08:00", "08:06", 120, topic, "{\"temp\": 9}");
    expect_told(site, ""); /* four of ten */
    send_value(site, "08:08", 9);
    expect_told(site, "08:08:00 raised warning warm on a");
    site_stop(site);
}

static void a_summary_can_come_true_by_time_alone(void **state)
{
    (void)state;
    struct site *site =
        site_start("08:00", COOLERS "alarm warm on coolers\n"
                                    "  warning when minimum of temperature over 4 minutes above 5 "
                                    "°C\n");
    send_value(site, "08:00", 3);
    site_send_every(site, "08:01", "08:04", 60, topic, "{\"temp\": 9}");
    expect_told(site, "");
    site_advance(site, "08:04:00.001");
    expect_told(site, "08:04:00.001 raised warning warm on a");
    site_stop(site);
}

static void medians_and_deviations_are_those_of_the_readings(void **state)
{
    (void)state;
    struct site *site = site_start(
        "08:00", COOLERS "alarm half on coolers\n"
                         "  warning when median of temperature over 4 minutes above 5 °C\n"
                         "alarm wild on coolers\n"
                         "  notice when deviation of temperature over 4 minutes above "
                         "1.9 °C\n");
    send_value(site, "08:00", 1);
    send_value(site, "08:01", 100);
    send_value(site, "08:02", 4);
    expect_told(site, "08:02:00 raised notice wild on a");
    send_value(site, "08:03", 5);
    send_value(site, "08:04", 5.5);
    expect_told(site, ""); /* 5 */
    site_advance(site, "08:04:00.001");
    expect_told(site, "08:04:00.001 raised warning half on a"); /* 5.25 */
    site_stop(site);
}

static void what_does_not_move_is_stuck(void **state)
{
    (void)state;
    struct site *site =
        site_start("08:00", COOLERS "alarm dead on coolers\n"
                                    "  notice when temperature is stuck within 0.1 °C for 10 "
                                    "minutes\n");
    site_send_every(site, "08:00", "08:09", 60, topic, "{\"temp\": 4}");
    expect_told(site, "");
    send_value(site, "08:10", 4.1);
    expect_told(site, "08:10:00 raised notice dead on a");
    send_value(site, "08:11", 4.2);
    site_stop(site);
    site = site_start("08:00", COOLERS "alarm dead on coolers\n"
                                       "  notice when temperature is stuck within 0.1 °C for 10 "
                                       "minutes\n");
    site_send_every(site, "08:00", "08:08", 60, topic, "{\"temp\": 4}");
    send_value(site, "08:09", 4.2);
    site_send_every(site, "08:10", "08:18", 60, topic, "{\"temp\": 4.2}");
    expect_told(site, "");
    site_send_every(site, "08:19", "08:20", 60, topic, "{\"temp\": 4.2}");
    expect_told(site, "08:");
    site_stop(site);
}

static void each_stuck_test_has_its_own_range(void **state)
{
    (void)state;
    struct site *site =
        site_start("08:00", COOLERS "alarm dead on coolers\n"
                                    "  notice when temperature is stuck within 0.1 °C for 10 "
                                    "minutes\n"
                                    "alarm dull on coolers\n"
                                    "  notice when temperature is stuck within 1 °C for 10 "
                                    "minutes\n");
    for (int minute = 0; minute <= 10; minute++) {
        char clock[16];
        snprintf(clock, sizeof clock, "08:%02d", minute);
        send_value(site, clock, minute % 2 == 0 ? 4 : 4.5);
    }
    expect_told(site, "08:10:00 raised notice dull on a");
    site_stop(site);
}

static void what_moved_is_stuck_from_that_reading_on(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS "alarm dead on coolers\n"
                                                    "  notice when temperature is stuck for 10 "
                                                    "minutes\n");
    send_value(site, "08:00", 4);
    site_send_every(site, "08:01", "08:10", 60, topic, "{\"temp\": 5}");
    expect_told(site, "");
    site_send_every(site, "08:11", "08:12", 60, topic, "{\"temp\": 5}");
    expect_told(site, "08:11:00 raised notice dead on a");
    site_stop(site);
    site = site_start("08:00", COOLERS "alarm dead on coolers\n"
                                       "  notice when temperature is stuck for 10 minutes\n");
    send_value(site, "08:00", 4);
    send_value(site, "08:01", 5); /* and nothing for 9 minutes, in which it could have moved */
    site_send_every(site, "08:10", "08:19", 60, topic, "{\"temp\": 5}");
    expect_told(site, "");
    site_send_every(site, "08:20", "08:21", 60, topic, "{\"temp\": 5}");
    expect_told(site, "08:20:00 raised notice dead on a");
    site_stop(site);
}

static void what_moves_by_just_so_much_has_not_moved(void **state)
{
    (void)state; /* 3.2 - 3.1 is a little more than 0.1 to a computer */
    struct site *site = site_start("08:00", COOLERS "alarm dead on coolers\n"
                                                    "  notice when temperature is stuck within 0.1 "
                                                    "°C for 10 minutes\n");
    for (int minute = 0; minute <= 10; minute++) {
        char clock[16];
        snprintf(clock, sizeof clock, "08:%02d", minute);
        send_value(site, clock, minute % 2 == 0 ? 3.1 : 3.2);
    }
    expect_told(site, "08:10:00 raised notice dead on a");
    site_stop(site);
}

static void what_moved_rests_anew_before_it_is_stuck_again(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS "alarm dead on coolers\n"
                                                    "  notice when temperature is stuck for 10 "
                                                    "minutes\n");
    site_send_every(site, "08:00", "08:10", 60, topic, "{\"temp\": 4}");
    expect_told(site, "08:10:00 raised notice dead on a");
    site_send_every(site, "08:11", "08:13", 60, topic, "{\"temp\": 5}");
    expect_told(site, "08:12:00 cleared notice dead on a");
    site_stop(site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rise_is_the_newest_above_the_lowest_of_the_window),
        cmocka_unit_test(both_ends_of_the_window_belong_to_it),
        cmocka_unit_test(a_rise_ends_when_the_window_no_longer_shows_it),
        cmocka_unit_test(over_a_gap_nobody_knows_of_a_rise),
        cmocka_unit_test(falls_and_changes_look_the_other_way_and_both_ways),
        cmocka_unit_test(a_summary_needs_half_of_the_window_and_of_the_readings),
        cmocka_unit_test(a_summary_can_come_true_by_time_alone),
        cmocka_unit_test(medians_and_deviations_are_those_of_the_readings),
        cmocka_unit_test(what_does_not_move_is_stuck),
        cmocka_unit_test(each_stuck_test_has_its_own_range),
        cmocka_unit_test(what_moved_is_stuck_from_that_reading_on),
        cmocka_unit_test(what_moves_by_just_so_much_has_not_moved),
        cmocka_unit_test(what_moved_rests_anew_before_it_is_stuck_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
