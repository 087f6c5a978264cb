/* Limits of tables, expected devices, messages that are not accepted, and freshness that is
 * learned. RULES sections 4.5, 8.3; E 10, 14, 15. */
#include "tests/support/judged_site.h"

#define COOLERS                                                                                    \
    "sensors coolers\n"                                                                            \
    "  from mqtt cooler/{cooler}\n"                                                                \
    "  expect every 1 minute\n"                                                                    \
    "  read temperature from temp in °C\n"
#define LIMITS "table limits for coolers\n  | cooler | warm |\n"
#define TOO_WARM "alarm too-warm on coolers\n  warning when temperature above warm\n"
#define GONE "alarm gone on coolers\n  warning when silent for 5 minutes\n"

static void each_device_has_the_limit_of_its_row(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS LIMITS "  | others | 8 °C |\n"
                                                           "  | dairy | 41 °F |\n" TOO_WARM);
    site_send(site, "08:00", "cooler/dairy", "{\"temp\": 5}");
    site_send(site, "08:00", "cooler/Dairy", "{\"temp\": 5.5}"); /* E 14 */
    site_send(site, "08:00", "cooler/meat", "{\"temp\": 5.5}");
    site_expect(site, "08:00:00 raised warning too-warm on Dairy #1 since 08:00:00 value 5.5 "
                      "worst 5.5 at 08:00:00\n");
    site_send(site, "08:01", "cooler/meat", "{\"temp\": 8.5}");
    site_expect(site, "08:01:00 raised warning too-warm on meat #1 since 08:01:00 value 8.5 "
                      "worst 8.5 at 08:01:00\n");
    site_stop(site);
}

static void a_device_without_a_row_has_no_limit(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS LIMITS "  | dairy | 5 °C |\n" TOO_WARM);
    site_send(site, "08:00", "cooler/meat", "{\"temp\": 100}");
    site_expect(site, "");
    assert_int_equal(engine_counters(site->engine)->devices_unlisted, 1);
    site_stop(site);
}

/* ---- expected devices ---------------------------------------------------------------------- */

static void a_device_that_never_came_is_silent(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS LIMITS "  | others | 8 °C |\n"
                                                           "  | dairy | 5 °C |\n" GONE);
    engine_expect_devices(site->engine, site_ms("08:00"));
    engine_expect_devices(site->engine, site_ms("08:01"));  /* twice is once */
    assert_int_equal(engine_device_count(site->engine), 1); /* others name nobody */
    site_advance(site, "08:04:59");
    site_expect(site, "");
    site_advance(site, "08:05");
    site_expect(site, "08:05:00 raised warning gone on dairy #1 since 08:00:00\n");
    site_send_every(site, "08:06", "08:20", 60, "cooler/dairy", "{\"temp\": 4}");
    assert_non_null(strstr(site->told, "cleared warning gone on dairy #1 since 08:00:00"));
    site_stop(site);
}

static void nobody_is_expected_unless_it_is_asked_for(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS LIMITS "  | dairy | 5 °C |\n" GONE);
    site_advance(site, "09:00");
    assert_int_equal(engine_device_count(site->engine), 0);
    site_expect(site, "");
    site_stop(site);
}

static void a_row_that_does_not_name_every_part_expects_nobody(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", "sensors coolers\n  from mqtt {store}/{cooler}\n"
                                            "  read temperature from temp in °C\n" LIMITS
                                            "  | dairy | 5 °C |\n" GONE);
    engine_expect_devices(site->engine, site_ms("08:00"));
    assert_int_equal(engine_device_count(site->engine), 0);
    site_stop(site);
}

static void an_expected_device_is_called_as_it_calls_itself(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS LIMITS "  | Dairy | 5 °C |\n" GONE TOO_WARM);
    engine_expect_devices(site->engine, site_ms("08:00"));
    site_send(site, "08:01", "cooler/dairy", "{\"temp\": 6}");
    site_expect(site, "08:01:00 raised warning too-warm on dairy #1 since 08:01:00 value 6 "
                      "worst 6 at 08:01:00\n");
    assert_int_equal(engine_device_count(site->engine), 1);
    site_send(site, "08:02", "cooler/DAIRY", "{\"temp\": 4}"); /* another one */
    assert_int_equal(engine_device_count(site->engine), 2);
    site_stop(site);
}

static void who_came_before_it_was_expected_is_not_made_twice(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS LIMITS "  | Dairy | 5 °C |\n"
                                                           "  | meat | 5 °C |\n" GONE);
    site_send(site, "08:00", "cooler/dairy", "{\"temp\": 4}");
    site_send(site, "08:00", "cooler/Meat", "{\"temp\": 4}");
    site_send(site, "08:00", "cooler/meat", "{\"temp\": 4}"); /* two that say so themselves */
    engine_expect_devices(site->engine, site_ms("08:01"));
    assert_int_equal(engine_device_count(site->engine), 3);
    site_advance(site, "08:05");
    assert_non_null(strstr(site->told, "gone on dairy"));
    assert_null(strstr(site->told, "gone on Dairy"));
    site_stop(site);
}

static void only_one_that_differs_in_case_is_the_expected_one(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS LIMITS "  | Dairy | 5 °C |\n" GONE);
    engine_expect_devices(site->engine, site_ms("08:00"));
    site_send(site, "08:01", "cooler/fairy", "{\"temp\": 4}");
    site_send(site, "08:01", "cooler/dairy-1", "{\"temp\": 4}");
    assert_int_equal(engine_device_count(site->engine), 3);
    site_send(site, "08:01", "cooler/DAIRY", "{\"temp\": 4}");
    site_send(site, "08:02", "cooler/Dairy", "{\"temp\": 4}"); /* another one by now */
    assert_int_equal(engine_device_count(site->engine), 4);
    site_stop(site);
}

static void expected_devices_are_no_newcomers(void **state)
{
    (void)state;
    char rules[8192] = COOLERS LIMITS;
    for (int i = 0; i < 70; i++) {
        size_t used = strlen(rules);
        snprintf(rules + used, sizeof rules - used, "  | c%d | 5 °C |\n", i);
    }
    strcat(rules, TOO_WARM);
    struct site *site = site_start("08:00", rules);
    engine_expect_devices(site->engine, site_ms("08:00"));
    assert_int_equal(engine_device_count(site->engine), 70);
    assert_int_equal(engine_counters(site->engine)->devices_refused, 0);
    site_stop(site);
}

/* ---- accept when --------------------------------------------------------------------------- */

#define OPC                                                                                        \
    "sensors rigs\n"                                                                               \
    "  from mqtt rig/{rig}\n"                                                                      \
    "  read pressure in bar\n"                                                                     \
    "  read quality as number\n"                                                                   \
    "  read mode as auto or manual\n"
#define HIGH "alarm high on rigs\n  warning when pressure above 5 bar\n"

static void what_is_not_accepted_is_faulty(void **state)
{
    (void)state;
    struct site *site =
        site_start("08:00", OPC "  accept when quality at least 192\n" HIGH
                                "alarm bad on rigs\n  notice when pressure is faulty\n"
                                "report all on rigs\n  every 1 minute\n"
                                "  send count of pressure\n");
    site_send(site, "08:00", "rig/1", "{\"pressure\": 9, \"quality\": 191}");
    site_expect(site, "08:00:00 raised notice bad on 1 #1 since 08:00:00\n");
    site_send(site, "08:00:10", "rig/1", "{\"pressure\": 9}"); /* no quality is no good quality */
    site_send(site, "08:00:20", "rig/1", "{\"pressure\": 9, \"quality\": \"x\"}");
    site_expect(site, "");
    assert_true(engine_counters(site->engine)->faulty >= 4);
    site_send(site, "08:00:30", "rig/1", "{\"pressure\": 9, \"quality\": 192}");
    assert_non_null(strstr(site->told, "08:00:30 raised warning high on 1"));
    /* The good quality of before is not that of this message. */
    uint64_t cleared = engine_counters(site->engine)->cleared;
    site_send(site, "08:00:40", "rig/1", "{\"pressure\": 1}");
    assert_int_equal(engine_counters(site->engine)->cleared, cleared);
    site->told_bytes = 0;
    site_advance(site, "08:02");
    assert_non_null(strstr(site->told, "count 1 "));
    assert_non_null(strstr(site->told, "faulty 4"));
    site_stop(site);
}

static void states_of_the_message_are_asked_too(void **state)
{
    (void)state;
    struct site *site =
        site_start("08:00", OPC "  expect every 1 minute\n"
                                "  accept when mode is auto and quality is not faulty\n" HIGH);
    site_send(site, "08:00", "rig/1", "{\"pressure\": 9, \"quality\": 1, \"mode\": \"manual\"}");
    site_expect(site, "");
    site_send(site, "08:30", "rig/1", "{\"pressure\": 9, \"quality\": 1, \"mode\": \"auto\"}");
    site_expect(site, "08:30:00 raised warning high on 1 #1 since 08:30:00 value 9 worst 9 at "
                      "08:30:00\n");
    site_stop(site);
}

/* ---- learned freshness --------------------------------------------------------------------- */

#define SLOW                                                                                       \
    "sensors tanks\n"                                                                              \
    "  from mqtt tank/{tank}\n"                                                                    \
    "  read level in %\n"
#define HELD "alarm high on tanks\n  warning when level above 50 % for 50 minutes\n"

static void fresh_is_three_times_the_interval_of_the_device(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", SLOW HELD);
    site_send_every(site, "08:00", "10:00", 1200, "tank/1", "{\"level\": 40}");
    site_send_every(site, "10:20", "11:00", 1200, "tank/1", "{\"level\": 60}");
    site_advance(site, "11:30");
    site_expect(site, "11:10:00 raised warning high on 1 #1 since 10:20:00 value 60 worst 60 at "
                      "10:20:00\n");
    site_stop(site);
}

static void what_expect_says_is_not_learned(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", SLOW "  expect every 1 minute\n" HELD);
    site_send_every(site, "08:00", "12:00", 1200, "tank/1", "{\"level\": 60}");
    site_expect(site, "");
    site_stop(site);
}

static void one_long_gap_is_no_interval(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", SLOW HELD);
    site_send_every(site, "08:00", "09:00", 60, "tank/1", "{\"level\": 40}");
    site_send(site, "+2d 08:00", "tank/1", "{\"level\": 60}");
    site_send_every(site, "+2d 08:30", "+2d 09:30", 1800, "tank/1", "{\"level\": 60}");
    site_expect(site, "");
    site_stop(site);
}

/* ---- on so many percent -------------------------------------------------------------------- */

static void percent_are_of_all_that_are_known(void **state)
{
    (void)state;
    struct site *site =
        site_start("08:00", COOLERS "alarm warm on coolers\n  notice when temperature above 5 °C\n"
                                    "alarm power\n"
                                    "  critical when alarm warm is active on 50 % or more\n");
    site_send(site, "08:00", "cooler/a", "{\"temp\": 4}");
    site_send(site, "08:00", "cooler/b", "{\"temp\": 4}");
    site_send(site, "08:00", "cooler/c", "{\"temp\": 4}");
    site_send(site, "08:01", "cooler/a", "{\"temp\": 6}");
    assert_null(strstr(site->told, "power"));
    site_send(site, "08:02", "cooler/b", "{\"temp\": 6}");
    assert_non_null(strstr(site->told, "08:02:00 raised critical power on site"));
    site_stop(site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_device_has_the_limit_of_its_row),
        cmocka_unit_test(a_device_without_a_row_has_no_limit),
        cmocka_unit_test(a_device_that_never_came_is_silent),
        cmocka_unit_test(nobody_is_expected_unless_it_is_asked_for),
        cmocka_unit_test(a_row_that_does_not_name_every_part_expects_nobody),
        cmocka_unit_test(an_expected_device_is_called_as_it_calls_itself),
        cmocka_unit_test(who_came_before_it_was_expected_is_not_made_twice),
        cmocka_unit_test(only_one_that_differs_in_case_is_the_expected_one),
        cmocka_unit_test(expected_devices_are_no_newcomers),
        cmocka_unit_test(what_is_not_accepted_is_faulty),
        cmocka_unit_test(states_of_the_message_are_asked_too),
        cmocka_unit_test(fresh_is_three_times_the_interval_of_the_device),
        cmocka_unit_test(what_expect_says_is_not_learned),
        cmocka_unit_test(one_long_gap_is_no_interval),
        cmocka_unit_test(percent_are_of_all_that_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
