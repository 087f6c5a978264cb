/* What people write who guess at the language is answered with what to write (appendix E.2): each
 * mistake with its code, its mark and its remedy. */
#include "tests/unit/rules/language/compile.h"

struct mistake {
    const char *line, *code, *shows;
};

/* Below the first line of an alarm. */
static const struct mistake in_an_alarm[] = {
    {"warning when door is open for more than 5 minutes", "R110",
     "                                ^^^^ write only \"5 minutes\""},
    {"warning when door is open for more than 5", "R110", "write only \"5 minutes\""},
    {"warning when door is open more than 6 times in 1 hour", "R112", "write \"6 times\""},
    {"warning when door is open for a total of 90 % in any 1 hour", "R169", "54 minutes"},
    {"warning when door is open for a total of 2 hours in any 1 hour", "R169", "^"},
    {"warning when door is open for a total of 1 hour in any 2 hours until door is closed", "R169",
     "leave \"until\" out"},
    {"warning when temperature above 5 volts", "R150", "^^^^^ write \"V\""},
    {"warning when temperature above 5 amps", "R150", "^^^^ write \"A\""},
    {"warning when temperature above 5 degrees", "R150", "^^^^^^^ write \"°C\""},
    {"warning when temperature above 5 °C for 10 minutes and door is closed", "R161",
     "temperature above 5 °C and door is closed for 10 minutes"},
    {"warning when temperature above 1,000 °C", "R103", "1000"},
    {"warning when temperature above 4,5 °C", "R103", "^^^ write 4.5"},
    {"warning when temperature above 1e3 °C", "R108", "^^^ write 1000"},
    {"warning when temperature above .5 °C", "R108", "^^ write 0.5"},
    {"warning when temperature above 5. °C", "R108", "^^ write 5"},
    {"warning when temperature above +5 °C", "R108", "^^ write 5"},
    {"warning when temperature above 10 %", "R155", "write the limit in °C"},
    {"warning when count of door over 1 hour above average across cooler", "R156",
     "^^^^^^^^^^^^^^ write a number"},
    {"warning when temperature is above 5 °C", "R157", "leave \"is\" out"},
    {"warning when temperature above temperature plus door", "R156", "^"},
    {"remind every 0 minutes", "R122", "^^^^^^^^^ write, for example, \"10 minutes\""},
    {"out of service until 2026-02-30 \"overhaul\"", "R114", "^^^^^^^^^^ a date is"},
    {"limit 0 per hour", "R114", "^"},
    {"shelve at most 0 hours", "R122", "^"},
    {"warning when alarm too-wram is active", "R132", "did you mean \"too-warm\"?"},
    {"warning when alarm too-warm is active", "R171", "asks for itself"},
    {"except while silent", "R173", "^^^^^^ make an alarm of it"},
    {"only while temperature rises more than 1 °C in 5 minutes", "R173", "make an alarm of it"},
    {"except while door is open and for 2 hours after at most 1 hour", "R179",
     "write a longer time"},
    {"warning when silent for 3 readings", "R178", "for example \"silent for 15 minutes\""},
    {"warning when temperature is stuck", "R165", "for example \"stuck for 15 minutes\""},
    {"warning when temperature is missing", "R165", "for example \"missing for 15 minutes\""},
    {"warning when temperature differs across colder by more than 1 °C", "R174", "^^^^^^ did you"},
    {"warning when average of temperature above 5 °C", "R175", "^"},
    {"warning when average of door over 1 hour above 5", "R157", "only \"count\""},
    {"warning when any temperature above 5 °C", "R164", "^"},
    {"remind every hour", "R110", "^^^^ write \"1 hour\""},
    {"warning when door open for 5 minutes", "R162", "^^^^ write \"is open\""},
    {"warning when temperature stuck for 5 minutes", "R162", "^^^^^ write \"is stuck\""},
    {"warning when door not open", "R162", "^^^ write \"is not\""},
    {"only while door", "R162", "^^^^ write \"door is open\""},
    {"except while door is open and 5 minutes after", "R110", "^ write \"and for\""},
    {"warning when temperature above 5 °C on 3 or more", "R112", "^^ make an alarm of this test"},
    {"warning when temperature inside 2 °C - 5 °C", "R102", "^ write \"to\""},
    {"say warm", "R110", "^^^^ put it in quote marks: \"warm\""},
    {"by hour of day", "R106", "^^ write it behind \"learn over\": learn over 14 days by hour"},
    {"by store", "R106", "^^ write it behind the group"},
    {"warning when temperature above 5 °C until below 4 °C for 3 readings", "R178",
     "for 5 minutes"},
};

static const struct mistake in_a_report[] = {
    {"send percentile 950 of temperature", "R114", "^^^ write a number from 0 to 100"},
    {"send average of temprature", "R151", "did you mean \"temperature\"?"},
    {"send time while silent", "R173", "make an alarm of it"},
    {"by shop", "R174", "^"},
};

static const struct mistake of_a_period[] = {
    {"every 7 minutes", "R176", "^"},
    {"every 0 minutes", "R122", "^"},
    {"every 1 hour or when temperature changes more than 1 °C\n  by store", "R164",
     "^^^^ leave \"or when\" out"},
};

static const struct mistake in_hours[] = {
    {"monday 25:70 to 26:00", "R185", "^^^^^ hours are 00 to 24"},
    {"closed on 31 february", "R185", "There is no 31 february."},
    {"closed on 2026-02-29", "R185", "There is no 2026-02-29."},
    {"closed sunday", "R185", "^^^^^^ leave this line out: a day without hours is closed"},
    {"closed on 24 december to 2 january", "R112", "^^ write both days with a year"},
    {"monday 08:00 - 15:30", "R102", "^ write \"to\""},
    {"monday - friday 08:00 to 15:30", "R102", "^ write \"to\""},
};

static const struct mistake in_a_table[] = {
    {"| a | 5 °C |\n| a | 6 °C |", "R181", "This row is there twice"},
    {"| a | |", "R182", "write a value"},
    {"| a | 5 °C | 1 °C |", "R183", "the columns are: cooler, warm"},
};

static size_t failures;

static void try_mistakes(const char *above, const struct mistake *mistakes, size_t count,
                         const char *below)
{
    for (size_t i = 0; i < count; i++) {
        char rules[2048];
        size_t given = 0;
        snprintf(rules, sizeof rules, "%s  %s\n%s", above, mistakes[i].line, below);
        struct compile *compile = compile_rules(rules);
        for (size_t j = 0; j < compile->compiled.messages_count; j++)
            given += strcmp(compile->compiled.messages[j].code, mistakes[i].code) == 0;
        if (given != 1 || compile->compiled.errors != 1 ||
            strstr(compile->output, mistakes[i].shows) == NULL) {
            print_error("%s: expected %s and: %s\n%s\n", mistakes[i].line, mistakes[i].code,
                        mistakes[i].shows, compile->output);
            failures++;
        }
        compile_free(compile);
    }
}
#define TRY(ABOVE, MISTAKES, BELOW)                                                                \
    try_mistakes(ABOVE, MISTAKES, sizeof(MISTAKES) / sizeof(MISTAKES)[0], BELOW)

static void test_each_mistake_is_told_once_with_its_remedy(void **state)
{
    (void)state;
    failures = 0;
    TRY(COOLERS "alarm too-warm on coolers\n  notice when door is closed\n", in_an_alarm, "");
    TRY(COOLERS "report sums on coolers\n", in_a_report, "  every 1 hour\n  send count of door\n");
    TRY(COOLERS "report sums on coolers\n", of_a_period, "  send count of door\n");
    TRY(COOLERS "hours opening\n", in_hours, "");
    TRY(COOLERS "table limits for coolers\n  | cooler | warm |\n", in_a_table,
        "alarm a on coolers\n  warning when temperature above warm\n");
    assert_int_equal(failures, 0);
}

static void test_a_name_of_several_words_is_shown_as_one(void **state)
{
    (void)state;
    assert_shows(compile_error(COOLERS
                               "alarm much too warm on coolers\n  warning when door is open\n",
                               "R111"),
                 "^^^^^^^^^^^^^ write \"much-too-warm\"");
    assert_shows(compile_error(COOLERS "report of today\n  every 1 day\n", "R111"),
                 "write \"of-today\"");
    assert_shows(compile_error(COOLERS "alarm a om coolers\n  warning when door is open\n", "R110"),
                 "^^ write \"on\"");
}

static void test_what_stands_too_far_below_is_named_with_its_line(void **state)
{
    (void)state;
    static const char alarm[] =
        COOLERS "alarm a on coolers\n  warning when temperature above hot\n";
    char rules[1024];
    snprintf(rules, sizeof rules, "%stable t for coolers\n  | cooler | hot |\n  | a | 5 °C |\n",
             alarm);
    assert_shows(compile_error(rules, "R156"), "hot comes only on line 9.");
    snprintf(rules, sizeof rules, "%sset hot to 5 °C\n", alarm);
    assert_shows(compile_error(rules, "R156"), "hot comes only on line 8.");
}

static void test_a_city_and_a_port_are_completed(void **state)
{
    (void)state;
    assert_shows(compile_error("site \"Nord\"\n  timezone Berlin\n", "R144"),
                 "^^^^^^ write \"Europe/Berlin\"");
    assert_shows(compile_error("sensors flow\n  from udp 7000\n  read flow as number\n", "R110"),
                 "^^^^ write \"port\"");
    assert_shows(compile_error(COOLERS "alarm a\n  warning when all coolers is open\n", "R164"),
                 "^^^ write \"every\"");
}

static void test_readings_in_two_units_are_not_compared(void **state)
{
    (void)state;
    static const char rules[] = "sensors tanks\n  from mqtt tank/{tank}\n  expect every 1 minute\n"
                                "  read inside-t in °C\n  read outside-t in °F\n"
                                "  read weight in \"stone\"\n  read load in \"cwt\"\n"
                                "alarm a on tanks\n  warning when %s\n";
    static const char *const lines[] = {
        "inside-t above outside-t", "inside-t differs from outside-t by more than 1 °C",
        "weight above load", "inside-t above weight", "inside-t inside 1 °C to outside-t"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char text[1024];
        snprintf(text, sizeof text, rules, lines[i]);
        compile_error(text, "R155");
    }
}

static void test_a_circle_of_three_alarms_is_told_once(void **state)
{
    (void)state;
    const char *output = compile_error("alarm a\n  warning when alarm b is active\n"
                                       "alarm b\n  warning when alarm c is active\n"
                                       "alarm c\n  warning when alarm a is active\n",
                                       "R171");
    assert_shows(output, "in a circle: a, b, c, a.");
}

static void test_an_alarm_that_only_logs_can_not_be_asked_for(void **state)
{
    (void)state;
    compile_error(COOLERS "alarm a on coolers\n  log when door is open\n"
                          "alarm b\n  warning when alarm a is active\n",
                  "R172");
}

static void test_a_named_part_stands_once_in_a_filter(void **state)
{
    (void)state;
    compile_error(COOLERS "alarm a on coolers where cooler is x and cooler is y\n"
                          "  warning when door is open\n",
                  "R177");
    compile_error(COOLERS "alarm a on coolers where shop is x\n  warning when door is open\n",
                  "R174");
}

/* The alarm that is asked for is there for its own devices only: nothing is wrong with that. */
static void test_both_alarms_may_be_narrowed(void **state)
{
    (void)state;
    compile_free(compile_good(COOLERS "alarm a on coolers where cooler is x or y\n"
                                      "  warning when door is open\n"
                                      "alarm b on coolers where cooler is x\n"
                                      "  warning when temperature above 5 °C\n"
                                      "  except while alarm a is active\n"));
}

static void test_unusual_beside_another_test_is_warned_of(void **state)
{
    (void)state;
    struct compile *compile =
        compile_good(TOO_WARM "  warning when temperature is unusual and door is closed\n");
    assert_shows(compile->output, "[W214]");
    assert_shows(compile->output, "only while");
    compile_free(compile);
}

static void test_a_kinetic_mean_is_of_a_temperature(void **state)
{
    (void)state;
#define PUMPS                                                                                      \
    "sensors pumps\n  from mqtt p/{p}\n  read pressure in bar\n  read oil in °F\n"                \
    "report day on pumps\n  every 1 day\n"
    assert_shows(compile_error(PUMPS "  send average, kinetic-mean of pressure\n", "R175"),
                 "write \"average\" in place of \"kinetic-mean\"");
    assert_shows(compile_error(PUMPS "  send average of pressure\nalarm a on pumps\n  warning when "
                                     "kinetic-mean of pressure over 1 day above 5 bar\n",
                               "R175"),
                 "pressure is not a temperature.");
    compile_free(compile_good(PUMPS "  send kinetic-mean of oil\n"));
}

static void test_out_of_service_ends_at_midnight_of_the_site(void **state)
{
    (void)state;
    static const struct {
        const char *zone;
        int64_t hours; /* behind midnight of 2026-09-30 in UTC */
    } zones[] = {{"utc", 0}, {"Europe/London", -1}, {"America/New_York", 4}};
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
        char rules[1024];
        snprintf(rules, sizeof rules,
                 TOO_WARM "  warning when door is open\n  out of service until 2026-09-30 \"x\"\n"
                          "site \"Store\"\n  timezone %s\n",
                 zones[i].zone);
        struct compile *compile = compile_good(rules);
        const struct ruleset *set = compile_set(compile);
        const struct rules_alarm *alarm = RULES_AT(set, struct rules_alarm, set->alarms, 0);
        assert_true(alarm->out_until_ms == INT64_C(1790726400000) + zones[i].hours * 3600000);
        compile_free(compile);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_mistake_is_told_once_with_its_remedy),
        cmocka_unit_test(test_readings_in_two_units_are_not_compared),
        cmocka_unit_test(test_a_name_of_several_words_is_shown_as_one),
        cmocka_unit_test(test_what_stands_too_far_below_is_named_with_its_line),
        cmocka_unit_test(test_a_city_and_a_port_are_completed),
        cmocka_unit_test(test_a_circle_of_three_alarms_is_told_once),
        cmocka_unit_test(test_an_alarm_that_only_logs_can_not_be_asked_for),
        cmocka_unit_test(test_a_named_part_stands_once_in_a_filter),
        cmocka_unit_test(test_both_alarms_may_be_narrowed),
        cmocka_unit_test(test_a_kinetic_mean_is_of_a_temperature),
        cmocka_unit_test(test_out_of_service_ends_at_midnight_of_the_site),
        cmocka_unit_test(test_unusual_beside_another_test_is_warned_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
