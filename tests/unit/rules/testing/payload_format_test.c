/* What a test sends is what the decoders read: every format, with names, texts and values that have
 * to be marked. */
#include "tests/support/tested_rules.h"

#define READ                                                                                       \
    "  read temperature from temp in °C\n"                                                        \
    "  read door from \"the door\" as open or closed\n"                                            \
    "  read mode as text\n"                                                                        \
    "alarm warm on boxes\n"                                                                        \
    "  warning when temperature above 5 °C and door is open\n"                                    \
    "  clear after 1 second\n"                                                                     \
    "alarm hand on boxes\n"                                                                        \
    "  notice when mode is \"by hand, = now\"\n"                                                   \
    "  clear after 1 second\n"                                                                     \
    "alarm gone on boxes\n"                                                                        \
    "  notice when temperature is missing for 5 minutes\n"                                         \
    "  clear after 1 second\n"

#define TESTS                                                                                      \
    "rules \"site.rules\"\n"                                                                       \
    "test \"it\"\n"                                                                                \
    "  sensor boxes place \"Käse, = 1\\x\"\n"                                                     \
    "  08:00 temperature 6.25 °C and door open and mode \"by hand, = now\"\n"                     \
    "  08:00 expect warning warm \"6.25 °C\"\n"                                                   \
    "  08:00 expect notice hand\n"                                                                 \
    "  08:01 temperature -4.25 °C and door closed and mode \"auto\"\n"                            \
    "  08:01 expect cleared warm\n"                                                                \
    "  08:01 expect cleared hand\n"                                                                \
    "  08:02 to 08:12 temperature missing every 1 minute\n"                                        \
    "  08:06 expect notice gone\n"

static void assert_round_trip(const char *lines)
{
    char rules[2048];
    snprintf(rules, sizeof rules,
             "sensors boxes\n  from udp port 5005\n  expect every 1 minute\n%s" READ, lines);
    try_tests(rules, TESTS);
    assert_string_equal(told, "passed it\n");
}

static void line_protocol_is_written_as_it_is_read(void **state)
{
    (void)state;
    assert_round_trip("  format lines\n  name place from \"the place\"\n");
    assert_round_trip("  format lines\n  name place from measurement\n");
    assert_round_trip("  format lines\n  name place from p\n  time from ts in text\n");
    assert_round_trip("  format lines\n  name place from p\n  time from timestamp in seconds\n"
                      "  sequence from n\n");
}

static void senml_is_written_as_it_is_read(void **state)
{
    (void)state;
    assert_round_trip("  format senml\n  name place from bn\n");
    assert_round_trip("  format senml\n  name place from place\n  time from ts in milliseconds\n"
                      "  sequence from n\n");
    assert_round_trip("  format senml\n  name place from bn\n  time on arrival\n");
}

static void sparkplug_is_written_as_it_is_read(void **state)
{
    (void)state;
    assert_round_trip("  format sparkplug\n  name place from \"the place\"\n  sequence from seq\n");
    assert_round_trip("  format sparkplug\n  name place from 42\n"
                      "  time from timestamp in milliseconds\n");
}

static void csv_is_written_as_it_is_read(void **state)
{
    (void)state;
    assert_round_trip("  format csv p temp \"the door\" mode\n  name place from p\n");
    assert_round_trip("  format csv mode spare \"the door\" temp ts n p\n  name place from p\n"
                      "  time from ts in seconds\n  sequence from n\n");
}

static void plain_is_written_as_it_is_read(void **state)
{
    (void)state;
    static const char test[] = "rules \"site.rules\"\n"
                               "test \"it\"\n"
                               "  sensor boxes\n"
                               "  08:00 level 6.50\n"
                               "  08:00 expect warning full \"6.50\"\n"
                               "  08:01 level \"full\"\n"
                               "  08:01 expect notice broken\n"
                               "  08:02 level 4\n"
                               "  08:02 expect cleared full\n"
                               "  08:02 expect cleared broken\n"
                               "  08:03 level missing\n";
    try_tests("sensors boxes\n  from udp port 5005\n  format plain\n  read level as number\n"
              "alarm full on boxes\n  warning when level above 5\n  clear after 1 second\n"
              "alarm broken on boxes\n  notice when level is faulty\n  clear after 1 second\n",
              test);
    assert_string_equal(told, "passed it\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_protocol_is_written_as_it_is_read),
        cmocka_unit_test(senml_is_written_as_it_is_read),
        cmocka_unit_test(sparkplug_is_written_as_it_is_read),
        cmocka_unit_test(csv_is_written_as_it_is_read),
        cmocka_unit_test(plain_is_written_as_it_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
