/* Conditions: comparisons, and, or, unknown. RULES section 5; E 13. */
#include "tests/support/judged_site.h"

#define TANKS                                                                                      \
    "sensors tanks\n"                                                                              \
    "  from mqtt tank/{tank}\n"                                                                    \
    "  expect every 1 minute\n"                                                                    \
    "  read level in %\n"                                                                          \
    "  read tenths in % scaled by 0.1\n"                                                           \
    "  read setpoint in %\n"                                                                       \
    "  read pump as on or off\n"                                                                   \
    "  read mode as text\n"                                                                        \
    "  read code as number\n"

struct example {
    const char *condition, *message;
    bool is_true;
};

/* Each message is the first of a new device, so nothing is known but what it says. */
static void check_examples(const struct example *examples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char rules[1024];
        snprintf(rules, sizeof rules, "%salarm test on tanks\n  warning when %s\n", TANKS,
                 examples[i].condition);
        struct site *site = site_start("08:00", rules);
        site_send(site, "08:00", "tank/1", examples[i].message);
        uint64_t raised = engine_counters(site->engine)->raised;
        if (raised != examples[i].is_true)
            fail_msg("%s with %s: %s", examples[i].condition, examples[i].message,
                     raised != 0 ? "raised" : "not raised");
        site_stop(site);
    }
}

static void comparisons_with_both_sides_of_their_limit(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"level above 50 %", "{\"level\": 50}", false},
        {"level above 50 %", "{\"level\": 50.0001}", true},
        {"level below 50 %", "{\"level\": 50}", false},
        {"level below 50 %", "{\"level\": 49.9999}", true},
        {"level at least 50 %", "{\"level\": 50}", true},
        {"level at least 50 %", "{\"level\": 49.9}", false},
        {"level at most 50 %", "{\"level\": 50}", true},
        {"level at most 50 %", "{\"level\": 50.1}", false},
        {"level at least 0 %", "{\"level\": 0}", true},
        {"level at least 0 %", "{\"level\": -0.0}", true},
        {"level at most 0 %", "{\"level\": -0.0}", true},
        {"level at most 0 %", "{\"level\": 1e-300}", false},
        {"level at least -5 %", "{\"level\": -5}", true},
        {"level at most -5 %", "{\"level\": -4.9}", false},
        {"level inside 15 % to 85 %", "{\"level\": 15}", true},
        {"level inside 15 % to 85 %", "{\"level\": 85}", true},
        {"level inside 15 % to 85 %", "{\"level\": 14.9}", false},
        {"level outside 15 % to 85 %", "{\"level\": 85}", false},
        {"level outside 15 % to 85 %", "{\"level\": 85.1}", true},
        {"level outside 15 % to 85 %", "{\"level\": 14.9}", true},
        {"pump is on", "{\"pump\": \"on\"}", true},
        {"pump is on", "{\"pump\": false}", false},
        {"pump is not on", "{\"pump\": \"off\"}", true},
        {"pump is not on", "{\"pump\": \"on\"}", false},
        {"mode is \"auto\"", "{\"mode\": \"auto\"}", true},
        {"mode is \"auto\"", "{\"mode\": \"  AUTO \"}", true}, /* E 35 */
        {"mode is \"auto\"", "{\"mode\": \"automatic\"}", false},
        {"mode is not \"auto\"", "{\"mode\": \"manual\"}", true},
        {"code is 7", "{\"code\": 7.0}", true},
        {"code is 7", "{\"code\": 7.5}", false},
        {"code is not 7", "{\"code\": 8}", true},
    };
    check_examples(examples, sizeof examples / sizeof examples[0]);
}

/* Tenths have no exact double; who writes them must not see it. */
static void a_value_at_its_limit_is_not_beyond_it_however_it_was_worked_out(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"level differs from setpoint by more than 0.3 %", "{\"level\": 1.3, \"setpoint\": 1}",
         false},
        {"level differs from setpoint by more than 0.3 %", "{\"level\": 1.301, \"setpoint\": 1}",
         true},
        {"level at least setpoint plus 0.2 %", "{\"level\": 0.3, \"setpoint\": 0.1}", true},
        {"level above setpoint plus 0.2 %", "{\"level\": 0.3001, \"setpoint\": 0.1}", true},
        {"level inside setpoint plus 0.2 % to 9 %", "{\"level\": 0.3, \"setpoint\": 0.1}", true},
        {"tenths above 3.3 %", "{\"tenths\": 33}",
         false}, /* 33 × 0.1 is a little more in a double */
        {"tenths below 3.4 %", "{\"tenths\": 33}", true},
        {"tenths above 3.3 %", "{\"tenths\": 33.0001}", true},
        {"code is 1700000000", "{\"code\": 1700000001}", false},
        {"code above 99999999999999", "{\"code\": 100000000000000}", true},
    };
    check_examples(examples, sizeof examples / sizeof examples[0]);
}

static void limits_may_be_readings(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"level above setpoint", "{\"level\": 51, \"setpoint\": 50}", true},
        {"level above setpoint", "{\"level\": 50, \"setpoint\": 50}", false},
        {"level above setpoint plus 10 %", "{\"level\": 61, \"setpoint\": 50}", true},
        {"level above setpoint plus 10 %", "{\"level\": 60, \"setpoint\": 50}", false},
        {"level below setpoint minus 10 %", "{\"level\": 39, \"setpoint\": 50}", true},
        {"level above setpoint", "{\"level\": 51}", false}, /* unknown */
    };
    check_examples(examples, sizeof examples / sizeof examples[0]);
}

static void and_or_and_unknown(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"level above 50 % and pump is on", "{\"level\": 60, \"pump\": \"on\"}", true},
        {"level above 50 % and pump is on", "{\"level\": 60, \"pump\": \"off\"}", false},
        {"level above 50 % and pump is on", "{\"level\": 40, \"pump\": \"on\"}", false},
        {"level above 50 % and pump is on", "{\"level\": 60}", false}, /* unknown */
        {"level above 50 % or pump is on", "{\"level\": 60, \"pump\": \"off\"}", true},
        {"level above 50 % or pump is on", "{\"level\": 40, \"pump\": \"on\"}", true},
        {"level above 50 % or pump is on", "{\"level\": 40, \"pump\": \"off\"}", false},
        {"level above 50 % or pump is on", "{\"level\": 60}", true},
        {"level above 50 % or pump is on", "{\"pump\": \"on\"}", true},
        {"level above 50 % or pump is on", "{\"pump\": \"off\"}", false}, /* unknown */
        {"pump is not on and level above 50 %", "{\"level\": 60}",
         false}, /* not unknown: unknown */
        {"level above 50 % and pump is on and code is 1",
         "{\"level\": 60, \"pump\": 1, \"code\": 1}", true},
        {"level above 50 % and pump is on and code is 1",
         "{\"level\": 60, \"pump\": 1, \"code\": 2}", false},
    };
    check_examples(examples, sizeof examples / sizeof examples[0]);
}

static void a_stale_reading_makes_and_unknown_and_an_alarm_stays(void **state)
{
    (void)state;
    struct site *site =
        site_start("08:00", TANKS "alarm test on tanks\n"
                                  "  warning when level above 50 % and setpoint above 10 %\n");
    site_send(site, "08:00", "tank/1", "{\"level\": 60, \"setpoint\": 20}");
    site_send_every(site, "08:01", "08:20", 60, "tank/1", "{\"level\": 60}");
    site_expect(site, "08:00:00 raised warning test on 1 #1 since 08:00:00 value 60 worst 60 at "
                      "08:00:00\n");
    site_send_every(site, "08:21", "08:23", 60, "tank/1", "{\"level\": 40}"); /* false: over */
    site_expect(site, "08:22:00 cleared warning test on 1 #1 since 08:00:00 value 40 worst 60 at "
                      "08:00:00\n");
    site_stop(site);
}

static void a_reading_that_is_read_later_completes_a_condition(void **state)
{
    (void)state;
    struct site *site =
        site_start("08:00", TANKS "alarm test on tanks\n"
                                  "  warning when level above 50 % and pump is on\n");
    site_send(site, "08:00", "tank/1", "{\"level\": 60}");
    site_send(site, "08:03", "tank/1",
              "{\"pump\": \"on\"}"); /* the level is 3 minutes old: fresh */
    site_expect(site, "08:03:00 raised warning test on 1 #1 since 08:03:00 value 60 worst 60 at "
                      "08:00:00\n");
    site_stop(site);
}

static void all_readings_of_a_message_are_taken_in_before_any_rule(void **state)
{
    (void)state; /* E 18: the pump stops in the same message in which the level is too high */
    struct site *site =
        site_start("08:00", TANKS "alarm test on tanks\n"
                                  "  warning when level above 50 % and pump is on\n");
    site_send(site, "08:00", "tank/1", "{\"level\": 40, \"pump\": \"on\"}");
    site_send(site, "08:01", "tank/1", "{\"level\": 60, \"pump\": \"off\"}");
    site_expect(site, "");
    site_stop(site);
}

/* ---- accept when ------------------------------------------------------------------------------
 */

#define ACCEPTED(condition)                                                                        \
    TANKS "  accept when " condition "\n"                                                          \
          "alarm high on tanks\n"                                                                  \
          "  warning when level above 50 %\n"                                                      \
          "alarm broken on tanks\n"                                                                \
          "  notice when level is faulty\n"

static void check_accepted(const char *rules, const char *message, bool is_accepted)
{
    struct site *site = site_start("08:00", rules);
    site_send(site, "08:00", "tank/1", message);
    bool is_high = strstr(site->told, " high on 1") != NULL,
         is_broken = strstr(site->told, " broken on 1") != NULL;
    if (is_high != is_accepted || is_broken == is_accepted)
        fail_msg("%s: %s", message, site->told);
    site_stop(site);
}

static void a_message_that_is_not_accepted_has_faulty_readings(void **state)
{
    (void)state;
    check_accepted(ACCEPTED("code at least 192"), "{\"level\": 60, \"code\": 192}", true);
    check_accepted(ACCEPTED("code at least 192"), "{\"level\": 60, \"code\": 191}", false);
    check_accepted(ACCEPTED("code at least 192"), "{\"level\": 60, \"code\": \"good\"}", false);
    check_accepted(ACCEPTED("code at least 192"), "{\"level\": 60}", false);
    check_accepted(ACCEPTED("mode is \"auto\""), "{\"level\": 60, \"mode\": \" AUTO\"}", true);
    check_accepted(ACCEPTED("mode is \"auto\""), "{\"level\": 60, \"mode\": \"hand\"}", false);
    check_accepted(ACCEPTED("pump is on"), "{\"level\": 60, \"pump\": \"on\"}", true);
    check_accepted(ACCEPTED("pump is on"), "{\"level\": 60, \"pump\": \"off\"}", false);
    check_accepted(ACCEPTED("level below setpoint"), "{\"level\": 60, \"setpoint\": 70}", true);
    check_accepted(ACCEPTED("level below setpoint"), "{\"level\": 60}", false);
}

static void only_the_message_itself_says_whether_it_is_accepted(void **state)
{
    (void)state; /* the good quality of the message before does not make the next one good */
    struct site *site = site_start("08:00", ACCEPTED("code at least 192"));
    site_send(site, "08:00", "tank/1", "{\"level\": 40, \"code\": 192}");
    site_send(site, "08:01", "tank/1", "{\"level\": 60}");
    site_expect(site, "08:01:00 raised notice broken on 1 #1 since 08:01:00\n");
    site_stop(site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comparisons_with_both_sides_of_their_limit),
        cmocka_unit_test(a_value_at_its_limit_is_not_beyond_it_however_it_was_worked_out),
        cmocka_unit_test(limits_may_be_readings),
        cmocka_unit_test(and_or_and_unknown),
        cmocka_unit_test(a_stale_reading_makes_and_unknown_and_an_alarm_stays),
        cmocka_unit_test(a_reading_that_is_read_later_completes_a_condition),
        cmocka_unit_test(all_readings_of_a_message_are_taken_in_before_any_rule),
        cmocka_unit_test(a_message_that_is_not_accepted_has_faulty_readings),
        cmocka_unit_test(only_the_message_itself_says_whether_it_is_accepted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
