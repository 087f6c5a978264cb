/* What passes a test, what fails it, and what people are told then. */
#include "tests/support/tested_rules.h"

#define RULES                                                                                      \
    "sensors coolers\n"                                                                            \
    "  from mqtt store/{store}/cooler/{cooler}/telemetry\n"                                        \
    "  expect every 1 minute\n"                                                                    \
    "  time from ts in seconds\n"                                                                  \
    "  sequence from n\n"                                                                          \
    "  read temperature from temp in °C\n"                                                        \
    "  valid temperature -40 °C to 60 °C\n"                                                      \
    "sensors doors\n"                                                                              \
    "  from udp port 5005\n"                                                                       \
    "  name door from id\n"                                                                        \
    "  read state from open as open or closed\n"                                                   \
    "alarm too-warm on coolers\n"                                                                  \
    "  warning when temperature above 5 °C for 10 minutes until below 4.5 °C\n"                  \
    "  clear after 2 minutes\n"                                                                    \
    "alarm left-open on doors\n"                                                                   \
    "  notice when state is open for 3 minutes\n"                                                  \
    "  clear after 1 second\n"                                                                     \
    "report five on coolers\n"                                                                     \
    "  every 5 minutes\n"                                                                          \
    "  send average of temperature\n"                                                              \
    "  wait 1 minute\n"

#define HEAD "rules \"site.rules\"\ntest \"it\"\n  sensor coolers store 14 cooler a\n"
#define WARM                                                                                       \
    "  08:00 to 08:04 temperature 4 °C every 1 minute\n"                                          \
    "  08:05 to 08:20 temperature 6 °C every 1 minute\n"

static void an_alert_in_the_minute_that_was_said_passes(void **state)
{
    (void)state;
    try_tests(RULES, HEAD WARM "  08:15 expect warning too-warm \"6.0 °C\"\n"
                               "  08:10 expect waiting too-warm\n");
    assert_string_equal(told, "passed it\n");
    try_tests(RULES, HEAD WARM "  08:15:00 expect warning too-warm on 14.a\n");
    assert_string_equal(told, "passed it\n");
}

static void an_alert_a_second_off_fails(void **state)
{
    (void)state;
    try_tests(RULES, HEAD WARM "  08:15:01 expect warning too-warm\n");
    ASSERT_TOLD("08:15:01 expected   warning too-warm", "08:15    came       warning too-warm");
}

static void a_failure_shows_what_was_expected_what_came_and_why(void **state)
{
    (void)state;
    try_tests(RULES, HEAD WARM "  08:14 expect warning too-warm\n");
    ASSERT_TOLD(
        "site.test line 2: \"it\" failed.\n", "   08:14    expected   warning too-warm\n",
        "   08:15    came       warning too-warm   \"",
        "   Why: temperature was first above 5 °C at 08:05, so 10 minutes were over at 08:15",
        "   08:00 ── 4 °C ──", "└── 6 °C · waiting ──", "└── warning\n");
}

static void an_alert_that_nobody_expects_fails(void **state)
{
    (void)state;
    try_tests(RULES, HEAD WARM "  expect nothing\n");
    ASSERT_TOLD("expected   nothing\n", "08:15    came       warning too-warm");
}

static void a_clear_has_to_be_expected_too(void **state)
{
    (void)state;
    try_tests(RULES, HEAD WARM "  08:15 expect warning too-warm\n"
                               "  08:21 to 08:30 temperature 4 °C every 1 minute\n");
    ASSERT_TOLD("expected   nothing\n", "08:23    came       cleared too-warm",
                "its condition was over at 08:21, and it clears after 2 minutes.");
    try_tests(RULES, HEAD WARM "  08:15 expect warning too-warm\n"
                               "  08:21 to 08:30 temperature 4 °C every 1 minute\n"
                               "  08:23 expect cleared too-warm\n");
    assert_string_equal(told, "passed it\n");
}

static void what_never_came_says_what_was_missing(void **state)
{
    (void)state;
    try_tests(RULES, HEAD "  08:00 to 08:20 temperature 4 °C every 1 minute\n"
                          "  08:15 expect warning too-warm\n");
    ASSERT_TOLD("came       nothing of this kind",
                "temperature was never above 5 °C: the highest value was 4 °C, at 08:00.");
    try_tests(RULES, HEAD "  08:00 to 08:07 temperature 6 °C every 1 minute\n"
                          "  08:08 to 08:20 temperature 4 °C every 1 minute\n"
                          "  08:15 expect warning too-warm\n");
    ASSERT_TOLD("temperature was first above 5 °C at 08:00 and no longer at 08:08: that is 8 "
                "minutes, and it takes 10 minutes.");
}

static void a_faulty_reading_is_named(void **state)
{
    (void)state;
    try_tests(RULES, HEAD "  08:00 to 08:10 temperature 4 °C every 1 minute\n"
                          "  08:11 temperature 85 °C\n"
                          "  08:11 expect warning too-warm\n");
    ASSERT_TOLD("The temperature of 08:11 was faulty and counted for nothing.");
}

static void another_text_fails(void **state)
{
    (void)state;
    try_tests(RULES, HEAD WARM "  08:15 expect warning too-warm \"7 °C\"\n");
    ASSERT_TOLD("expected   warning too-warm   \"… 7 °C …\"", "came       warning too-warm   \"");
}

static void a_ramp_and_a_report_are_compared_as_exactly_as_they_say(void **state)
{
    (void)state;
    const char *ramp = HEAD "  08:00 to 08:04 temperature 4 °C to 6 °C every 1 minute\n";
    char tests[1024];
    snprintf(tests, sizeof tests, "%s  08:06 expect report five average of temperature 5 °C\n",
             ramp);
    try_tests(RULES, tests);
    assert_string_equal(told, "passed it\n");
    snprintf(tests, sizeof tests, "%s  08:06 expect report five average of temperature 5.4 °C\n",
             ramp);
    try_tests(RULES, tests);
    ASSERT_TOLD("expected   report five", "not average of temperature 5.4 °C: it is 5 °C");
    snprintf(tests, sizeof tests, "%s  08:08 expect report five\n", ramp);
    try_tests(RULES, tests);
    ASSERT_TOLD("08:08    expected   report five", "08:06    came       it, at this time");
}

static void messages_go_by_udp_and_as_they_are_given(void **state)
{
    (void)state;
    try_tests(RULES, "rules \"site.rules\"\ntest \"it\"\n  sensor doors door a\n"
                     "  08:00 state closed\n"
                     "  08:01 to 08:04 state open every 1 minute\n"
                     "  08:04 expect notice left-open\n"
                     "  08:05 send udp 5005 {\"id\": \"a\", \"open\": false}\n"
                     "  08:05 expect cleared left-open\n");
    assert_string_equal(told, "passed it\n");
    try_tests(RULES, HEAD "  08:00 temperature 4 °C\n  08:01 send sotre/14 {\"a\": 1}\n"
                          "  expect nothing\n");
    ASSERT_TOLD("08:01    line 5    No sensors of these rules have such a topic.");
}

static void brink_off_loses_messages_and_keeps_its_state(void **state)
{
    (void)state;
    try_tests(RULES, HEAD "  08:00 to 08:12 temperature 6 °C every 1 minute\n"
                          "  08:06 to 08:08 brink off\n  08:10 expect warning too-warm\n");
    assert_string_equal(told, "passed it\n");
    try_tests(RULES, HEAD "  08:00 to 08:12 temperature 6 °C every 1 minute\n"
                          "  08:06 restart\n  08:10 expect warning too-warm\n"
                          "  08:11 restart\n");
    assert_string_equal(told, "passed it\n");
}

static void people_acknowledge_and_shelve(void **state)
{
    (void)state;
    try_tests(RULES, HEAD WARM "  08:15 expect warning too-warm\n"
                               "  08:16 acknowledge too-warm\n"
                               "  08:17 shelve too-warm for 1 hour\n  08:18 unshelve too-warm\n");
    assert_string_equal(told, "passed it\n");
    try_tests(RULES, HEAD "  08:00 temperature 4 °C\n  08:01 acknowledge too-warm on a\n"
                          "  expect nothing\n");
    ASSERT_TOLD(
        "08:01    line 5    \"acknowledge too-warm\" was not done: the alarm is not active then.");
}

static void times_are_local_and_days_have_names(void **state)
{
    (void)state;
    try_tests_in("GMT0BST,M3.5.0/1,M10.5.0", RULES,
                 HEAD "  on 2026-03-28\n"
                      "  23:55 to sunday 00:10 temperature 6 °C every 1 minute\n"
                      "  sunday 00:05 expect warning too-warm\n");
    assert_string_equal(told, "passed it\n");
    try_tests_in("GMT0BST,M3.5.0/1,M10.5.0", RULES,
                 HEAD "  on 2026-03-29\n" /* an hour is skipped at 01:00 */
                      "  00:55 to 02:10 temperature 6 °C every 1 minute\n"
                      "  02:05 expect warning too-warm\n");
    assert_string_equal(told, "passed it\n");
}

static void a_day_of_the_week_that_is_over_is_the_next_one(void **state)
{
    (void)state;
    try_tests(RULES, HEAD "  08:00 to 08:04 temperature 4 °C every 1 minute\n"
                          "  monday 07:00 to monday 07:15 temperature 6 °C every 1 minute\n"
                          "  monday 07:10 expect warning too-warm\n");
    assert_string_equal(told, "passed it\n");
}

#define SILENT                                                                                     \
    RULES "alarm quiet on coolers\n  warning when silent for 15 minutes\n"                         \
          "alarm drop on coolers\n  warning when temperature falls more than 2 °C in 5 minutes\n" \
          "  clear after 5 minutes\n"

static void silence_that_was_too_short_says_when_the_last_message_came(void **state)
{
    (void)state;
    try_tests(SILENT, HEAD "  08:00 to 08:30 temperature 4 °C every 1 minute\n"
                           "  08:44 expect warning quiet\n");
    ASSERT_TOLD("was never silent for 15 minutes: its last message came at 08:30.");
}

static void an_end_that_nobody_could_see_is_not_called_true_again(void **state)
{
    (void)state;
    try_tests(SILENT, HEAD "  08:00 to 08:04 temperature 9 °C every 1 minute\n"
                           "  08:05 to 08:09 temperature 4 °C every 1 minute\n"
                           "  08:05 expect warning drop\n"
                           "  08:20 expect cleared drop\n");
    ASSERT_TOLD(
        "its condition was over at 08:09:00, but from 08:12:00 on nothing fresh was heard.");
}

static void late_and_repeated_messages_change_nothing(void **state)
{
    (void)state;
    try_tests(RULES, HEAD "  08:00 to 08:04 temperature 6 °C every 1 minute\n"
                          "  08:05 temperature 4 °C\n"
                          "  08:06 temperature 6 °C taken 08:02:30\n"
                          "  08:06 temperature 4 °C\n"
                          "  08:16 temperature 4 °C\n"
                          "  expect nothing\n");
    assert_string_equal(told, "passed it\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_alert_in_the_minute_that_was_said_passes),
        cmocka_unit_test(an_alert_a_second_off_fails),
        cmocka_unit_test(a_failure_shows_what_was_expected_what_came_and_why),
        cmocka_unit_test(an_alert_that_nobody_expects_fails),
        cmocka_unit_test(a_clear_has_to_be_expected_too),
        cmocka_unit_test(what_never_came_says_what_was_missing),
        cmocka_unit_test(a_faulty_reading_is_named),
        cmocka_unit_test(another_text_fails),
        cmocka_unit_test(a_ramp_and_a_report_are_compared_as_exactly_as_they_say),
        cmocka_unit_test(messages_go_by_udp_and_as_they_are_given),
        cmocka_unit_test(brink_off_loses_messages_and_keeps_its_state),
        cmocka_unit_test(people_acknowledge_and_shelve),
        cmocka_unit_test(times_are_local_and_days_have_names),
        cmocka_unit_test(a_day_of_the_week_that_is_over_is_the_next_one),
        cmocka_unit_test(silence_that_was_too_short_says_when_the_last_message_came),
        cmocka_unit_test(an_end_that_nobody_could_see_is_not_called_true_again),
        cmocka_unit_test(late_and_repeated_messages_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
