/* Files of tests are read, and each mistake in them is told once, with its remedy. */
#include "tests/support/tested_rules.h"

#define RULES                                                                                      \
    "sensors coolers\n"                                                                            \
    "  from mqtt store/{store}/cooler/{cooler}/telemetry\n"                                        \
    "  expect every 1 minute\n"                                                                    \
    "  time from ts in seconds\n"                                                                  \
    "  read temperature from temp in °C\n"                                                        \
    "  read defrost from status.defrost as on or off\n"                                            \
    "sensors doors\n"                                                                              \
    "  from udp port 5005\n"                                                                       \
    "  name door from id\n"                                                                        \
    "  read state from open as open or closed\n"                                                   \
    "alarm too-warm on coolers\n"                                                                  \
    "  warning when temperature above 5 °C for 10 minutes until below 4.5 °C\n"                  \
    "alarm left-open on doors\n"                                                                   \
    "  notice when state is open for 3 minutes\n"                                                  \
    "report five on coolers\n"                                                                     \
    "  every 5 minutes\n"                                                                          \
    "  send average of temperature\n"

#define HEAD "rules \"site.rules\"\ntest \"it\"\n  sensor coolers store 14 cooler a\n"
#define DONE "  expect nothing\n"

static void a_message_shows_the_line_the_place_and_the_remedy(void **state)
{
    (void)state;
    try_tests(RULES, HEAD "  08:00 to 08:10 temprature 4 °C every 1 minute\n" DONE);
    assert_string_equal(told,
                        "site.test line 4: coolers has no reading called \"temprature\".  [R151]\n"
                        "  4 |   08:00 to 08:10 temprature 4 °C every 1 minute\n"
                        "    |                  ^^^^^^^^^^ did you mean \"temperature\"?\n"
                        "  coolers has: temperature and defrost.\n");
}

static void every_mistake_has_its_own_message(void **state)
{
    static const struct {
        const char *line, *text, *remedy;
    } cases[] = {
        {"08:00 temperature 4", "4 what? This reading is in °C.  [R153]", "write \"4 °C\""},
        {"08:00 temperature 4 bar", "in °C, not in bar.  [R155]", "write the value in °C"},
        {"08:00 defrost onn", "defrost is never \"onn\".  [R163]", "did you mean \"on\"?"},
        {"08:00 to 08:10 temperature 4 °C", "How often in this span?  [R306]", "every 1 minute"},
        {"08:00 temperature 4 °C every 1 minute", "needs a span of time.  [R306]",
         "08:00 to 08:10"},
        {"08:00 temperature 4 °C to 6 °C", "A value that moves needs a span", "every 1 minute"},
        {"08:61 temperature 4 °C", "\"08:61\" is not a time.  [R305]", "08:15 or 08:15:30"},
        {"08:00:99 temperature 4 °C", "\"08:00:99\" is not a time.", "08:15:30"},
        {"25:00 temperature 4 °C", "\"25:00\" is not a time.", "08:15"},
        {"09:00 to 08:00 temperature 4 °C every 1 minute", "ends before it begins.  [R306]",
         "tuesday 06:00"},
        {"08:00 expect warning too-wram", "no alarm called \"too-wram\".  [R308]",
         "did you mean \"too-warm\"?"},
        {"08:00 expect critical too-warm", "too-warm is never critical", "write warning"},
        {"08:00 expect waring too-warm", "I don't know what to expect", "did you mean \"warning\""},
        {"08:00 expect report fife", "no report called \"fife\"", "did you mean \"five\"?"},
        {"08:00 expect report five maximum of temperature 4 °C", "does not send this",
         "five sends: average of temperature."},
        {"08:00 expect warning too-warm on b", "No sensor of this test is called \"b\"", ""},
        {"08:00 expect nothing", "is about the whole test", "without a time"},
        {"08:00 shelve too-warm", "For how long", "for 2 hours"},
        {"08:00 to 08:10 restart", "happens at one time", "brink off"},
        {"08:00 brink off", "lasts for a while", "08:06 to 08:08 brink off"},
        {"restart", "When does this happen?", "08:15 restart"},
        {"08:00", "Something has to happen here", "readings, or"},
        {"08:00 send store/14/cooler/a/telemetry {\"temp\": 4", "never closed.  [R311]",
         "same line"},
        {"08:00 send {\"temp\": 4}", "The topic is missing", "send store/14/mains"},
        {"08:00 send udp 70000 {}", "70000 can't be a port", "1 to 65535"},
        {"08:00 temperature 4 °C taken", "I expected a time here", ""},
        {"08:00 temperature 4 °C and temperature 5 °C", "stands in this line twice", "leave one"},
        {"08:00 temperature 4 °C hello", "should end before \"hello\"", "leave this out"},
        {"08:00 expect clear too-warm", "what to expect with \"clear\".  [R309]",
         "write \"cleared\""},
        {"08:00 expect no alarm", "what to expect with \"no\".  [R309]", "\"expect nothing\""},
        {"expect no alarm", "Brink expects alerts, or nothing.  [R309]", "\"expect nothing\""},
        {"no alarm", "no line that begins with \"no\".  [R302]", "write \"expect nothing\""},
        {"08:00 defrost is on", "only the name and the value.  [R163]", "leave \"is\" out"},
        {"please warn me", "a test has no line that begins with \"please\".  [R302]", "08:00 to"},
        {"sensor coolers store 14", "Which cooler?", "add \"cooler NAME\""},
        {"sensor coolers store 14 shelf 3", "coolers has no name \"shelf\"", "Its names"},
        {"sensor freezers store 14", "no group of sensors called \"freezers\"",
         "coolers and doors"},
        {"on 2026-02-30", "\"2026-02-30\" is not a date", "2026-03-29"},
        {"expect warning too-warm", "When is this expected?", "begin the line with a time"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char tests[1024];
        snprintf(tests, sizeof tests, HEAD "  %s\n  09:00 temperature 4 °C\n" DONE, cases[i].line);
        try_tests(RULES, tests);
        ASSERT_TOLD(cases[i].text, cases[i].remedy);
        assert_ptr_equal(strstr(told, "site.test line"), told);
        assert_null(strstr(told + 1, "site.test line"));
    }
}

static void several_mistakes_are_each_told_once(void **state)
{
    (void)state;
    try_tests(RULES, HEAD "  08:00 temprature 4 °C\n  08:01 temperature 4\n  09:99 restart\n" DONE);
    ASSERT_TOLD("line 4:", "line 5:", "line 6:");
}

static void a_lost_sensor_causes_no_second_message(void **state)
{
    (void)state;
    try_tests(RULES, "rules \"site.rules\"\ntest \"it\"\n  sensor colers store 14 cooler a\n"
                     "  08:00 temperature 4 °C\n  08:01 expect warning too-warm on a\n");
    ASSERT_TOLD("line 3:", "did you mean \"coolers\"?");
    assert_null(strstr(told, "line 4:"));
    assert_null(strstr(told, "line 5:"));
}

static void rules_are_asked_for_once(void **state)
{
    (void)state;
    try_tests(RULES, "test \"a\"\n  08:00 restart\n" DONE "test \"b\"\n  08:00 restart\n" DONE);
    ASSERT_TOLD("line 1: Which rules does this test try?  [R301]", "rules \"store.rules\"");
    assert_null(strstr(told, "line 4:"));
}

static void rules_that_can_not_be_used_are_told_at_their_line(void **state)
{
    (void)state;
    try_tests(RULES, "rules \"missing.rules\"\ntest \"a\"\n  sensor x y 1\n  08:00 y 4\n" DONE);
    ASSERT_TOLD("line 1: The rules \"missing.rules\" can't be used.  [R301]");
    assert_null(strstr(told, "line 3:"));
}

static void a_test_has_to_expect_something_or_nothing(void **state)
{
    (void)state;
    try_tests(RULES, HEAD "  08:00 temperature 4 °C\n");
    ASSERT_TOLD("line 2: This test does not say what it expects.  [R312]", "expect nothing");
    try_tests(RULES, HEAD "  08:00 temperature 4 °C\n  08:01 expect warning too-warm\n" DONE);
    ASSERT_TOLD("line 6: This test expects an alert, and nothing.  [R309]");
    try_tests(RULES, HEAD DONE);
    ASSERT_TOLD("line 2: Nothing happens in this test.  [R312]");
}

static void two_tests_of_one_name_are_a_mistake(void **state)
{
    (void)state;
    try_tests(RULES, HEAD "  08:00 restart\n" DONE "test \"it\"\n  08:00 restart\n" DONE);
    ASSERT_TOLD("There is already a test of this name, on line 2.  [R310]", "passed it");
}

static void taken_needs_a_time_of_the_sensors_own(void **state)
{
    (void)state;
    try_tests(RULES, "rules \"site.rules\"\ntest \"it\"\n  sensor doors door a\n"
                     "  08:00 state open taken 07:59\n" DONE);
    ASSERT_TOLD("Messages of doors have no time of their own.  [R313]");
}

static void several_sensors_need_a_name_in_front(void **state)
{
    (void)state;
    try_tests(RULES, HEAD "  sensor coolers store 14 cooler b as bee\n  08:00 temperature 4 °C\n");
    ASSERT_TOLD("Which sensor? None of this test is called \"temperature\".  [R304]",
                "Sensors of this test: bee.");
}

static void a_time_that_the_clocks_skip_is_refused(void **state)
{
    (void)state;
    try_tests_in("GMT0BST,M3.5.0/1,M10.5.0", RULES,
                 HEAD "  on 2026-03-29\n  01:30 temperature 4 °C\n" DONE);
    ASSERT_TOLD("There is no such time on that day: the clocks go forward over it.  [R305]");
}

static void any_bytes_are_read_without_harm(void **state)
{
    (void)state;
    uint32_t random = 1;
    for (int round = 0; round < 300; round++) {
        char tests[600];
        size_t length = (size_t)snprintf(tests, sizeof tests,
                                         HEAD "  08:00 to 08:04 temperature 4 °C every 1 minute\n"
                                              "  08:01 expect warning too-warm \"x\"\n" DONE);
        for (int i = 0; i < 6; i++) {
            random = random * 1664525u + 1013904223u;
            tests[(random >> 8) % length] = (char)(1 + (random >> 24) % 127);
        }
        try_tests(RULES, tests);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_shows_the_line_the_place_and_the_remedy),
        cmocka_unit_test(every_mistake_has_its_own_message),
        cmocka_unit_test(several_mistakes_are_each_told_once),
        cmocka_unit_test(a_lost_sensor_causes_no_second_message),
        cmocka_unit_test(rules_are_asked_for_once),
        cmocka_unit_test(rules_that_can_not_be_used_are_told_at_their_line),
        cmocka_unit_test(a_test_has_to_expect_something_or_nothing),
        cmocka_unit_test(two_tests_of_one_name_are_a_mistake),
        cmocka_unit_test(taken_needs_a_time_of_the_sensors_own),
        cmocka_unit_test(several_sensors_need_a_name_in_front),
        cmocka_unit_test(a_time_that_the_clocks_skip_is_refused),
        cmocka_unit_test(any_bytes_are_read_without_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
