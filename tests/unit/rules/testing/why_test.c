/* What people are told of a failed test, kind by kind: why the alert came then, or not at all. */
#include "tests/support/tested_rules.h"

#define RULES                                                                                      \
    "sensors coolers\n"                                                                            \
    "  from mqtt store/{store}/cooler/{cooler}/telemetry\n"                                        \
    "  expect every 1 minute\n"                                                                    \
    "  read temperature from temp in °C\n"                                                        \
    "  read defrost as on or off\n"                                                                \
    "alarm too-warm on coolers\n"                                                                  \
    "  warning when temperature above 5 °C for 10 minutes until below 4.5 °C\n"                  \
    "  critical when temperature above 5 °C for 30 minutes until below 4.5 °C\n"                 \
    "  except while defrost is on and for 20 minutes after at most 60 minutes\n"                   \
    "  shelve at most 4 hours\n"                                                                   \
    "alarm warming on coolers\n"                                                                   \
    "  notice when temperature rises more than 2 °C in 5 minutes\n"                               \
    "alarm often on coolers\n"                                                                     \
    "  notice when temperature above 20 °C 3 times in 30 minutes\n"                               \
    "alarm long on coolers\n"                                                                      \
    "  notice when temperature above 15 °C for a total of 10 minutes in any 1 hour\n"             \
    "alarm in-a-row on coolers\n"                                                                  \
    "  notice when temperature above 25 °C for 3 readings\n"                                      \
    "alarm silent on coolers\n"                                                                    \
    "  warning when silent for 15 minutes\n"                                                       \
    "report hourly on coolers\n"                                                                   \
    "  every 1 hour\n"                                                                             \
    "  send average, count of temperature\n"                                                       \
    "  wait 1 minute\n"

#define HEAD "rules \"site.rules\"\ntest \"it\"\n  sensor coolers store 14 cooler a\n"

static void another_severity_is_one_problem_and_says_what_the_expected_one_takes(void **state)
{
    (void)state;
    try_tests(RULES, HEAD "  08:00 to 08:20 temperature 6 °C every 1 minute\n"
                          "  08:10 expect critical too-warm\n");
    ASSERT_TOLD("08:10    expected   critical too-warm\n   08:10    came       warning too-warm",
                "at 08:00, and it takes 30 minutes.");
    assert_null(strstr(told, "expected   nothing"));
}

static void an_end_that_did_not_come_says_what_it_takes_and_what_was_sent(void **state)
{
    (void)state;
    try_tests(RULES, HEAD "  08:00 to 08:20 temperature 6 °C every 1 minute\n"
                          "  08:10 expect warning too-warm\n"
                          "  08:21 to 08:29 temperature 4.8 °C every 1 minute\n"
                          "  08:23 expect cleared too-warm\n");
    ASSERT_TOLD(
        "it is over when \"temperature below 4.5 °C\", and that was not so after 08:10. The "
        "values of temperature were 4.8 °C to 6 °C.",
        "4.8 °C · warning");
    try_tests(RULES, HEAD "  08:00 to 08:20 temperature 4 °C every 1 minute\n"
                          "  08:20 expect cleared too-warm\n");
    ASSERT_TOLD("it was not active then, so nothing could end.");
}

static void a_gap_in_the_readings_is_a_reason(void **state)
{
    (void)state;
    try_tests(RULES, HEAD "  08:00 to 08:05 temperature 6 °C every 1 minute\n"
                          "  08:12 to 08:20 temperature 6 °C every 1 minute\n"
                          "  08:10 expect warning too-warm\n");
    ASSERT_TOLD("Its last message came at 08:05, and a hold counts while readings are fresh.");
    try_tests(RULES, HEAD "  08:00 to 08:05 temperature 6 °C every 1 minute\n"
                          "  08:12 to 08:25 temperature 6 °C every 1 minute\n"
                          "  08:10 expect warning too-warm\n");
    ASSERT_TOLD("08:22    came", "a gap in the readings let the hold begin again at 08:12, so 10 "
                                 "minutes were over at 08:22.");
}

static void time_without_power_is_a_reason(void **state)
{
    (void)state;
    try_tests(RULES, HEAD "  08:00 to 08:20 temperature 6 °C every 1 minute\n"
                          "  08:05 to 08:08 brink off\n"
                          "  08:10 expect warning too-warm\n");
    ASSERT_TOLD("Brink was off from 08:05 to 08:08, and the hold began again at 08:08, so 10 "
                "minutes were over at 08:18.",
                "Brink is off", "waiting again");
}

static void what_kept_it_quiet_is_a_reason_and_its_end_no_gap(void **state)
{
    (void)state;
    try_tests(RULES, HEAD "  08:00 to 08:05 temperature 4 °C and defrost off every 1 minute\n"
                          "  08:06 to 08:20 temperature 6 °C and defrost on every 1 minute\n"
                          "  08:21 to 08:55 temperature 6 °C and defrost off every 1 minute\n"
                          "  08:31 expect warning too-warm\n");
    ASSERT_TOLD("nothing kept it quiet from 08:41 on, and the hold began again then, ",
                "so 10 minutes were over at 08:51.",
                "\"except while defrost is on and for 20 minutes after at most 60 minutes\"",
                "08:06  6 °C, defrost on · kept quiet\n",
                "08:21  6 °C, defrost off · still kept quiet\n");
    assert_null(strstr(told, "a gap in the readings"));
}

static void shelved_is_a_reason(void **state)
{
    (void)state;
    try_tests(RULES, HEAD "  08:00 to 08:20 temperature 6 °C every 1 minute\n"
                          "  08:05 shelve too-warm for 1 hour\n"
                          "  08:10 expect warning too-warm\n");
    ASSERT_TOLD("nobody was told: it was shelved.", "warning, and nobody is told");
}

static void holds_are_told_in_their_own_measure(void **state)
{
    (void)state;
    try_tests(RULES, HEAD "  07:59 temperature 1 °C\n"
                          "  08:00 to 08:04 temperature 21 °C to 21 °C every 2 minutes\n"
                          "  08:01 to 08:03 temperature 1 °C every 2 minutes\n"
                          "  08:05 temperature 1 °C\n"
                          "  08:30 expect notice often\n");
    ASSERT_TOLD("08:04    came       notice often",
                "so 3 times in 30 minutes were reached at 08:04.");
    try_tests(RULES, HEAD "  07:59 temperature 1 °C\n"
                          "  08:00 to 08:02 temperature 21 °C to 21 °C every 2 minutes\n"
                          "  08:01 to 08:03 temperature 1 °C every 2 minutes\n"
                          "  08:20 expect notice often\n");
    ASSERT_TOLD("all together that is 2 times, and it takes 3 times in 30 minutes.");
    try_tests(RULES, HEAD "  08:00 to 08:03 temperature 16 °C every 1 minute\n"
                          "  08:04 temperature 1 °C\n"
                          "  08:05 to 08:06 temperature 16 °C every 1 minute\n"
                          "  08:07 temperature 1 °C\n"
                          "  08:07 expect notice long\n");
    ASSERT_TOLD("all together that is 6 minutes, and it takes a total of 10 minutes in 1 hour.");
    try_tests(RULES, HEAD "  08:00 to 08:01 temperature 26 °C every 1 minute\n"
                          "  08:02 temperature 1 °C\n"
                          "  08:02 expect notice in-a-row\n");
    ASSERT_TOLD("that is 2 readings, and it takes 3 readings in a row.");
}

static void silence_that_is_too_short_says_when_the_last_message_came(void **state)
{
    (void)state;
    try_tests(RULES, HEAD "  08:00 to 08:10 temperature 4 °C every 1 minute\n"
                          "  08:20 expect warning silent\n");
    ASSERT_TOLD("the sensor was never silent for 15 minutes: its last message came at 08:10.");
    try_tests(RULES, "rules \"site.rules\"\ntest \"it\"\n"
                     "  sensor coolers store 14 cooler a as a\n"
                     "  sensor coolers store 14 cooler b as b\n"
                     "  08:00 b temperature 4 °C\n"
                     "  08:10 expect warning silent on a\n");
    ASSERT_TOLD("the sensor sent nothing in this test, and silence counts from its first message.");
}

static void what_is_stuck_is_so_from_the_first_of_its_readings_on(void **state)
{
    (void)state;
    static const char rules[] =
        RULES "alarm stuck on coolers\n  notice when temperature is stuck for 30 minutes\n";
    try_tests(rules, HEAD "  08:00 temperature 4 °C\n"
                          "  08:01 to 08:40 temperature 5 °C every 1 minute\n"
                          "  08:20 expect notice stuck\n");
    ASSERT_TOLD("temperature was stuck at 08:01, so 30 minutes were over at 08:31.");
    try_tests(rules, HEAD "  08:00 temperature 4 °C\n"
                          "  08:01 to 08:25 temperature 5 °C every 1 minute\n"
                          "  08:26 temperature 4 °C\n"
                          "  08:31 expect notice stuck\n");
    ASSERT_TOLD("stuck at 08:01 and no longer at 08:26: that is 25 minutes, and it takes 30");
}

static void what_no_value_shows_by_itself_is_told_with_its_values(void **state)
{
    (void)state;
    try_tests(RULES, HEAD "  08:00 to 08:10 temperature 3 °C every 1 minute\n"
                          "  08:11 to 08:15 temperature 3.2 °C to 4 °C every 1 minute\n"
                          "  08:14 expect notice warming\n");
    ASSERT_TOLD("\"temperature rises more than 2 °C in 5 minutes\" was never true. The values of "
                "temperature were 3 °C to 3.8 °C.");
}

static void a_report_that_is_not_there_says_when_it_comes(void **state)
{
    (void)state;
    try_tests(RULES, HEAD "  08:00 to 08:20 temperature 4 °C every 1 minute\n"
                          "  08:30 expect report hourly\n");
    ASSERT_TOLD("it comes at the end of every 1 hour, and waits another 1 minute for late "
                "readings; the test ends at 08:30.");
    try_tests(RULES, HEAD "  08:00 to 09:20 temperature 4 °C every 1 minute\n"
                          "  09:01 expect report hourly count of temperature 59\n");
    ASSERT_TOLD("not count of temperature 59: it is 60\n");
}

static void a_command_that_is_refused_is_named_with_the_reason(void **state)
{
    (void)state;
    try_tests(RULES, HEAD "  08:00 to 08:20 temperature 4 °C every 1 minute\n"
                          "  08:15 shelve too-warm for 5 hours\n"
                          "  08:16 unshelve too-warm\n"
                          "  08:17 reset too-warm\n"
                          "  expect nothing\n");
    ASSERT_TOLD(
        "\"shelve too-warm\" was not done: the rules let it be shelved for 4 hours at most.",
        "\"unshelve too-warm\" was not done: it is not shelved then.",
        "\"reset too-warm\" was not done: ");
}

static void sensors_are_called_as_the_test_calls_them(void **state)
{
    (void)state;
    try_tests(RULES, "rules \"site.rules\"\ntest \"it\"\n"
                     "  sensor coolers store 14 cooler a as left\n"
                     "  sensor coolers store 14 cooler b as right\n"
                     "  08:00 to 08:12 left temperature 4 °C every 1 minute\n"
                     "  08:00 to 08:12 right temperature 6 °C every 1 minute\n"
                     "  08:10 expect warning too-warm on left\n");
    ASSERT_TOLD("came       warning too-warm on right", "the highest value was 4 °C, at 08:00.");
}

/* ---- what is unusual ----------------------------------------------------------------------- */

#define PUMPS                                                                                      \
    "sensors pumps\n  from mqtt pump/{pump}\n  expect every 1 minute\n"                            \
    "  read vibration in mm/s\n"                                                                   \
    "alarm odd on pumps\n  notice when vibration is unusually high\n  learn over 1 day\n"
#define PUMP "rules \"site.rules\"\ntest \"it\"\n  sensor pumps pump a\n"
#define USUAL                                                                                      \
    "  00:00 to tuesday 00:00 vibration 2.0 mm/s every 2 minutes\n"                                \
    "  00:01 to tuesday 00:00 vibration 2.5 mm/s every 2 minutes\n"

static void what_was_unusual_says_how_surprising_it_was_and_what_was_usual(void **state)
{
    (void)state;
    try_tests(PUMPS,
              PUMP USUAL "  tuesday 00:01 to tuesday 00:11 vibration 9 mm/s every 5 minutes\n"
                         "  tuesday 00:11 expect cleared odd\n");
    ASSERT_TOLD("vibration was first unusually high at tuesday 00:01. That was the reading of "
                "tuesday 00:01, 9 mm/s, with 1",
                " % of the surprise that it takes (higher than ever before); usual was 2.0 to 2.5 "
                "mm/s.");
    ASSERT_TOLD("It is over when eight steps were as usual; the last that was not was the reading "
                "of tuesday 00:11, 9 mm/s, with ");
}

static void what_was_not_unusual_says_how_near_it_came(void **state)
{
    (void)state;
    try_tests(PUMPS, PUMP USUAL "  tuesday 00:01 vibration 2.5 mm/s\n"
                                "  tuesday 00:01 expect notice odd\n");
    ASSERT_TOLD("vibration was never unusually high.", "Nearest to it was the reading of ",
                " % of the surprise that it takes (");
    try_tests(PUMPS, PUMP USUAL "  tuesday 00:01 vibration -90 mm/s\n"
                                "  tuesday 00:01 expect notice odd\n");
    assert_null(strstr(told, "tuesday 00:01, -90 mm/s")); /* that was low */
}

static void before_enough_was_learned_that_is_why(void **state)
{
    (void)state;
    try_tests(PUMPS, PUMP "  00:00 to 00:50 vibration 2.5 mm/s every 1 minute\n"
                          "  00:51 vibration 9 mm/s\n  00:51 expect notice odd\n");
    ASSERT_TOLD("Nothing is unusual before 100 readings were learned; here there were 51.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_severity_is_one_problem_and_says_what_the_expected_one_takes),
        cmocka_unit_test(an_end_that_did_not_come_says_what_it_takes_and_what_was_sent),
        cmocka_unit_test(a_gap_in_the_readings_is_a_reason),
        cmocka_unit_test(time_without_power_is_a_reason),
        cmocka_unit_test(what_kept_it_quiet_is_a_reason_and_its_end_no_gap),
        cmocka_unit_test(shelved_is_a_reason),
        cmocka_unit_test(holds_are_told_in_their_own_measure),
        cmocka_unit_test(silence_that_is_too_short_says_when_the_last_message_came),
        cmocka_unit_test(what_is_stuck_is_so_from_the_first_of_its_readings_on),
        cmocka_unit_test(what_no_value_shows_by_itself_is_told_with_its_values),
        cmocka_unit_test(a_report_that_is_not_there_says_when_it_comes),
        cmocka_unit_test(a_command_that_is_refused_is_named_with_the_reason),
        cmocka_unit_test(sensors_are_called_as_the_test_calls_them),
        cmocka_unit_test(what_was_unusual_says_how_surprising_it_was_and_what_was_usual),
        cmocka_unit_test(what_was_not_unusual_says_how_near_it_came),
        cmocka_unit_test(before_enough_was_learned_that_is_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
