/* What is well written and still wrong: units, sides, order, bounds; and the warnings. */
#include "tests/unit/rules/language/compile.h"

#define ACTION "  action \"Close the door.\"\n"
#define SILENT "alarm quiet on coolers\n  warning when silent for 15 minutes\n"

/* One error with this code in an alarm on the coolers; the mark and what stands beside it. */
static void assert_refused(const char *line, const char *code, const char *mark)
{
    char rules[2048];
    snprintf(rules, sizeof rules, TOO_WARM "  %s\n", line);
    assert_shows(compile_error(rules, code), mark);
}

static void assert_accepted(const char *line)
{
    char rules[2048];
    snprintf(rules, sizeof rules, TOO_WARM "  %s\n", line);
    compile_free(compile_good(rules));
}

/* The rules are good; `code` is among their warnings exactly `count` times. */
static void assert_warned(const char *rules, const char *code, size_t count)
{
    struct compile *compile = compile_good(rules);
    size_t found = 0;
    for (size_t i = 0; i < compile->compiled.messages_count; i++)
        found += strcmp(compile->compiled.messages[i].code, code) == 0;
    if (found != count)
        fail_msg("%s stands %zu times, not %zu, in:\n%s", code, found, count, compile->output);
    compile_free(compile);
}

static void test_an_end_on_the_wrong_side_is_refused_for_every_comparison(void **state)
{
    (void)state;
    assert_refused("warning when temperature above 5 °C until below 5.5 °C", "R167",
                   "^^^^^^^^^^^^ after \"above\" write \"until below\" and a value that is lower");
    assert_refused("warning when temperature at least 5 °C until at most 6 °C", "R167",
                   "after \"at least\" write \"until below\"");
    assert_refused("warning when temperature below 5 °C until above 4 °C", "R167",
                   "after \"below\" write \"until above\" and a value that is higher");
    assert_refused("warning when temperature above 5 °C until above 4 °C", "R167", "until below");
    assert_refused("warning when temperature outside 1 °C to 5 °C until inside 0 °C to 5 °C",
                   "R167", "until inside");
    assert_refused("warning when temperature inside 1 °C to 5 °C until outside 2 °C to 6 °C",
                   "R167", "until outside");
    assert_refused("warning when temperature above 5 °C until below 42 °F", "R167", "until below");
}

static void test_an_end_on_the_right_side_is_accepted(void **state)
{
    (void)state;
    assert_accepted("warning when temperature above 5 °C until below 4.5 °C");
    assert_accepted("warning when temperature above 5 °C until at most 5 °C");
    assert_accepted("warning when temperature below 5 °C until above 5.5 °C");
    assert_accepted("warning when temperature outside 1 °C to 5 °C until inside 2 °C to 4 °C");
    assert_accepted("warning when temperature above 5 °C until door is closed");
    assert_accepted("warning when temperature above 5 °C until inside 1 °C to 4 °C");
}

static void test_an_end_needs_a_reading_that_is_a_number(void **state)
{
    (void)state;
    assert_refused("warning when door is open until below 4 °C", "R166", "^^^^^");
    assert_refused("warning when silent for 5 minutes until below 4 °C", "R166", "^^^^^");
}

static void test_severities_out_of_order_are_refused(void **state)
{
    (void)state;
    assert_shows(compile_error(TOO_WARM "  critical when temperature below 2 °C for 5 minutes\n"
                                        "  warning when temperature below 0 °C for 10 minutes\n",
                               "R168"),
                 "^^^^^^^^^^^ swap the two limits (see line 8)");
    assert_accepted("critical when temperature above 8 °C\n  warning when temperature above 5 °C");
    /* The milder limit may be critical when it has to last longer. */
    assert_accepted("critical when temperature above 5 °C for 4 hours\n"
                    "  warning when temperature above 8 °C for 10 minutes");
    assert_accepted("critical when temperature above 5 °C for 30 minutes\n"
                    "  warning when temperature above 5 °C for 10 minutes");
}

static void test_units_are_checked_at_every_value(void **state)
{
    (void)state;
    assert_refused("warning when temperature inside 2 to 8 °C", "R153", "^ write \"2 °C\"");
    assert_refused("warning when temperature above 5 bar", "R155", "^^^^^ write the limit in °C");
    assert_refused("warning when temperature above 5 degs", "R150", "^^^^");
    assert_refused("warning when temperature is 5 °C", "R157", "^");
    assert_refused("warning when temperature is open", "R157", "^^^^");
    assert_refused("warning when door above 5", "R157", "^^^^^ write \"is open\"");
    compile_error(COOLERS "  read quality as number\nalarm a on coolers\n"
                          "  warning when quality below 5 %\n",
                  "R154");
    compile_free(compile_good(COOLERS "  read quality as number\nalarm a on coolers\n"
                                      "  warning when quality is not 192\n"));
}

static void test_a_set_value_is_judged_where_it_is_used(void **state)
{
    (void)state;
    compile_free(compile_good("set margin to 0.5 bar\n" COOLERS));
    assert_shows(compile_error("set margin to 0.5 bar\n" TOO_WARM
                               "  warning when temperature above margin\n",
                               "R155"),
                 "margin (0.5 bar) is a pressure, but this reading is a temperature, in °C.");
}

static void test_a_range_may_not_be_upside_down(void **state)
{
    (void)state;
    assert_refused("warning when temperature outside 8 °C to 2 °C", "R158", "^^^^^^^^^^^^");
    compile_error(COOLERS "  valid temperature 60 °C to -40 °C\n", "R158");
}

static void test_odd_numbers_show_their_plain_form(void **state)
{
    (void)state;
    assert_refused("warning when temperature above 1e1 °C", "R108", "^^^ write 10");
    assert_refused("warning when temperature above .5 °C", "R108", "^^ write 0.5");
    assert_refused("warning when temperature above 5. °C", "R108", "^^ write 5");
    assert_refused("warning when temperature above +5 °C", "R108", "^^ write 5");
    assert_refused("warning when temperature above 1,000 °C", "R103",
                   "^^^^^ write 1 or 1000: which one is meant?");
}

static void test_numbers_beyond_every_reading_are_refused(void **state)
{
    (void)state;
    char digits[401] = "", rules[2048];
    memset(digits, '9', sizeof digits - 1);
    assert_refused("warning when temperature above 9999999999999999 °C", "R114",
                   "^^^^^^^^^^^^^^^^ write a smaller number");
    snprintf(rules, sizeof rules, "set margin to %s °C\n" COOLERS, digits);
    compile_error(rules, "R114");
    snprintf(rules, sizeof rules, COOLERS "  read x in °C scaled by %s\n", digits);
    compile_error(rules, "R114");
    snprintf(rules, sizeof rules, TOO_WARM "  warning when silent for %s minutes\n", digits);
    compile_error(rules, "R122");
    snprintf(rules, sizeof rules, "sensors a\n  from udp port %s\n  read t in °C\n", digits);
    compile_error(rules, "R114");
}

static void test_durations_are_more_than_nothing_and_at_most_3650_days(void **state)
{
    (void)state;
    assert_refused("warning when silent for 0 minutes", "R122", "^^^^^^^^^");
    assert_refused("warning when silent for 9999999 weeks", "R122", "at most 3650 days");
    assert_refused("warning when silent for more than 5", "R110", "write only \"5 minutes\"");
    assert_refused("warning when silent for 1 hour 30", "R120", "^^ write \"30 minutes\"");
    assert_refused("warning when silent for -5 minutes", "R122", "^^^^^^^^^^");
}

static void test_a_test_behind_the_hold_is_shown_in_its_right_place(void **state)
{
    (void)state;
    assert_refused("warning when temperature above 5 °C for 10 minutes and door is closed", "R161",
                   "  Write:  warning when temperature above 5 °C and door is closed for 10 "
                   "minutes\n");
}

static void test_names_must_be_free(void **state)
{
    (void)state;
    compile_error("sensors a\n  from mqtt x/{y}/{y}\n  read t in °C\n", "R137");
    compile_error("sensors a\n  from mqtt x/{site}\n  read t in °C\n", "R137");
    compile_error("sensors a\n  from mqtt x/{t}\n  read t in °C\n", "R137");
    compile_error("sensors a\n  from mqtt x/{y}\n  read count in °C\n", "R137");
    compile_error("sensors a\n  from mqtt x/{y}\n  read bar in °C\n", "R137");
    compile_error("sensors a\n  from mqtt x/{y}\n  read t in °C\n  read T in °C\n", "R152");
    compile_error("set t to 5 °C\nsensors a\n  from mqtt x/{y}\n  read t in °C\n", "R137");
    compile_error("set t to 5 °C\nset t to 6 °C\n" COOLERS, "R136");
    compile_error(COOLERS COOLERS, "R131");
    compile_error(COOLERS "report r on coolers\n every 1 hour\n send count of door\n"
                          "report R on coolers\n every 1 hour\n send count of door\n",
                  "R135");
    compile_error(COOLERS "alarm on coolers\n  warning when silent for 5 minutes\n", "R111");
}

static void test_states_are_two_words_with_the_one_for_true_first(void **state)
{
    (void)state;
    assert_shows(compile_error("sensors a\n from mqtt x\n read d as closed or open\n", "R159"),
                 "swap the words: write \"open or closed\"");
    compile_error("sensors a\n from mqtt x\n read d as open or Open\n", "R159");
    compile_error("sensors a\n from mqtt x\n read d as open\n", "R159");
    compile_free(compile_good("sensors a\n from mqtt x\n read d as off or heat or cool\n"));
}

static void test_topics_and_paths_are_checked(void **state)
{
    (void)state;
    assert_shows(compile_error("sensors a\n  from mqtt x/#\n  read t in °C\n", "R141"),
                 "^ write {rest...} for this part of the topic");
    compile_error("sensors a\n  from mqtt x/{rest...}/y\n  read t in °C\n", "R142");
    compile_error("sensors a\n  from mqtt x/dev-{y}\n  read t in °C\n", "R142");
    compile_error("sensors a\n  from mqtt a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q\n  read t in °C\n",
                  "R194");
    compile_error("sensors a\n  from udp port 70000\n  read t in °C\n", "R114");
    compile_error("sensors a\n  from mqtt x\n  read t from a..b in °C\n", "R143");
    compile_error("sensors a\n  from mqtt x\n  read t from a[x] in °C\n", "R143");
    compile_error("sensors a\n  from mqtt x\n  read t from a.b.c.d.e.f.g.h.i in °C\n", "R194");
}

static void test_blocks_without_their_heart_are_told(void **state)
{
    (void)state;
    compile_error("sensors a\n  from mqtt x\n", "R138");
    compile_error("sensors a\n  from mqtt x\n  expect every 5 seconds\n"
                  "alarm quiet on a\n  warning when silent for 15 minutes\n  say \"x\"\n",
                  "R138");
    compile_error("sensors a\n  read t in °C\n", "R138");
    compile_error(TOO_WARM "  say \"x\"\n", "R138");
    compile_error(COOLERS "report r on coolers\n  every 5 minutes\n", "R138");
    compile_error(COOLERS "report r on coolers\n  send count of door\n", "R138");
}

static void test_a_period_goes_into_an_hour_or_a_day(void **state)
{
    (void)state;
    assert_shows(compile_error(COOLERS "report r on coolers\n  every 7 minutes\n"
                                       "  send count of door\n",
                               "R176"),
                 "^^^^^^^^^ write \"6 minutes\" or \"10 minutes\"");
    compile_free(compile_good(COOLERS "report r on coolers\n  every 1 week\n"
                                      "  send count of door\n"));
}

static void test_lines_that_may_stand_once_are_refused_twice(void **state)
{
    (void)state;
    compile_error(COOLERS "  expect every 2 minutes\n", "R113");
    assert_refused("say \"a\"\n  say \"b\"\n  warning when silent for 5 minutes", "R113",
                   "on line 7");
    compile_error("site \"a\"\nsite \"b\"\n", "R113");
}

static void test_bounds_of_the_language_are_errors_with_their_number(void **state)
{
    (void)state;
    char *rules = malloc(1 << 20);
    strcpy(rules, "sensors a\n  from mqtt x/{y}\n");
    for (int i = 0; i <= RULES_READINGS_MAX; i++)
        sprintf(rules + strlen(rules), "  read r%d in °C\n", i);
    assert_shows(compile_error(rules, "R194"), "at most 64 readings");
    rules[0] = '\0';
    for (int i = 0; i <= RULES_GROUPS_MAX; i++)
        sprintf(rules + strlen(rules), "sensors g%d\n  from mqtt x\n  read t in °C\n", i);
    assert_shows(compile_error(rules, "R194"), "at most 64 groups");
    strcpy(rules, COOLERS);
    char *end = rules + strlen(rules);
    for (int i = 0; i <= RULES_ALARMS_MAX; i++)
        end += sprintf(end, "alarm a%d on coolers\nlog when silent for 1 hour\n", i);
    assert_shows(compile_error(rules, "R194"), "at most 16384 alarms");
    free(rules);
    assert_refused("warning when door is open or door is open or door is open or door is open or "
                   "door is open",
                   "R194", "at most 4 tests");
}

static void test_more_than_a_mebibyte_is_refused(void **state)
{
    (void)state;
    size_t size = (1 << 20) + 1;
    char *rules = malloc(size + 1);
    memset(rules, '\n', size);
    rules[size] = '\0';
    assert_shows(compile_error(rules, "R191"), "1 MiB");
    rules[size - 1] = '\0';
    compile_free(compile_good(rules));
    struct rules_source_file files[] = {{"a.rules", {rules, size - 1}}, {"b.rules", TEXT(COOLERS)}};
    struct rules_compiled compiled;
    rules_compile(files, 2, &compiled);
    assert_int_equal(compiled.errors, 1);
    assert_string_equal(compiled.messages[0].code, "R191");
    rules_compiled_free(&compiled);
    free(rules);
}

/* ---- warnings ------------------------------------------------------------------------------ */

static void test_a_hold_shorter_than_the_interval_is_warned_of(void **state)
{
    (void)state;
    assert_warned(TOO_WARM "  warning when temperature above 5 °C for 30 seconds\n", "W201", 1);
    assert_warned(TOO_WARM "  warning when silent for 30 seconds\n", "W201", 1);
    assert_warned(TOO_WARM "  warning when temperature above 5 °C for 1 minute\n", "W201", 0);
}

static void test_a_number_without_deadband_from_quick_sensors_is_warned_of(void **state)
{
    (void)state;
    static const char quick[] = "sensors a\n from mqtt x\n expect every 10 s\n read t in °C\n"
                                "alarm b on a\n  warning when t above 5 °C%s\n";
    char rules[512];
    snprintf(rules, sizeof rules, quick, "");
    assert_warned(rules, "W202", 1);
    snprintf(rules, sizeof rules, quick, " until below 4 °C");
    assert_warned(rules, "W202", 0);
    assert_warned(TOO_WARM "  warning when temperature above 5 °C\n", "W202", 0);
    assert_warned("sensors a\n from mqtt x\n expect every 10 s\n read t in hours\n"
                  "alarm b on a\n  warning when t above 4000 hours\n",
                  "W202", 0);
}

static void test_a_device_that_a_table_leaves_without_limits_is_warned_of(void **state)
{
    (void)state;
#define TABLE_OF(NAME, COLUMN, ROWS) "table " NAME " for coolers\n  | cooler | " COLUMN " |\n" ROWS
#define ONE TABLE_OF("one", "warm", "  | a | 5 °C |\n  | b | 5 °C |\n")
#define USE "alarm x on coolers\n  warning when temperature above warm\n"
    assert_warned(COOLERS ONE USE, "W206", 0);
    assert_warned(COOLERS ONE TABLE_OF("two", "cold", "  | A | 5 °C |\n  | b | 5 °C |\n") USE,
                  "W206", 0);
    /* c has no limit `warm`; b and a have no limit `cold`, told once. */
    assert_warned(COOLERS ONE TABLE_OF("two", "cold", "  | a | 5 °C |\n  | c | 5 °C |\n") USE,
                  "W206", 2);
    assert_warned(COOLERS ONE TABLE_OF("two", "cold", "  | c | 5 °C |\n  | others | 5 °C |\n") USE,
                  "W206", 1);
    assert_warned(COOLERS ONE "alarm x on coolers where cooler is a or B\n"
                              "  warning when temperature above warm\n",
                  "W206", 0);
    assert_warned(COOLERS ONE "alarm x on coolers where cooler is a or c\n"
                              "  warning when temperature above warm\n",
                  "W206", 1);
    assert_warned(COOLERS ONE "alarm x on coolers where cooler is not c\n"
                              "  warning when temperature above warm\n",
                  "W206", 0);
    assert_warned(COOLERS ONE "alarm x on coolers where cooler is c\n"
                              "  warning when temperature above 5 °C\n"
                              "alarm w on coolers\n  warning when temperature above warm\n",
                  "W206", 0);
    assert_warned(COOLERS "table one for coolers\n  | store | cooler | warm |\n"
                          "  | 14 | a | 5 °C |\n  | 15 | others | 5 °C |\n" USE
                          "alarm y on coolers where store is 16\n"
                          "  warning when temperature above warm\n"
                          "alarm z on coolers where store is 15 and cooler is q\n"
                          "  warning when temperature above warm\n",
                  "W206", 1);
}

static void test_a_critical_alarm_without_action_is_warned_of(void **state)
{
    (void)state;
    assert_warned(TOO_WARM "  critical when temperature above 5 °C\n" SILENT, "W203", 1);
    assert_warned(TOO_WARM "  critical when temperature above 5 °C\n" ACTION SILENT, "W203", 0);
    assert_warned(TOO_WARM "  warning when temperature above 5 °C\n" SILENT, "W203", 0);
}

static void test_a_group_whose_silence_nobody_hears_is_warned_of(void **state)
{
    (void)state;
    assert_warned(TOO_WARM "  warning when temperature above 5 °C\n", "W205", 1);
    assert_warned(TOO_WARM "  warning when temperature above 5 °C\n" SILENT, "W205", 0);
}

static void test_too_many_critical_alarms_are_warned_of(void **state)
{
    (void)state;
    assert_warned(TOO_WARM "  critical when temperature above 5 °C\n" ACTION SILENT, "W209", 0);
    static const char four[] = TOO_WARM "  critical when temperature above 5 °C\n" ACTION SILENT
                                        "alarm b like too-warm\nalarm c like too-warm\n"
                                        "alarm d like too-warm\n";
    char rules[2048];
    assert_warned(four, "W209", 0);
    snprintf(rules, sizeof rules, "%salarm e like too-warm\n", four);
    assert_warned(rules, "W209", 1);
    size_t length = strlen(rules);
    for (int i = 0; i < 19; i++) /* 5 of 25: one in five, and not more */
        length +=
            (size_t)snprintf(rules + length, sizeof rules - length, "alarm f%d like quiet\n", i);
    assert_warned(rules, "W209", 0);
}

static void test_a_limit_that_no_valid_reading_reaches_is_warned_of(void **state)
{
    (void)state;
    static const char valid[] = COOLERS "  valid temperature -40 °C to 60 °C\nalarm a on coolers\n"
                                        "  warning when temperature %s\n";
    static const struct {
        const char *limit;
        size_t warnings;
    } cases[] = {{"above 60 °C", 1},          {"above 59 °C", 0},    {"at least 60 °C", 0},
                 {"below -40 °C", 1},         {"at most -41 °C", 1}, {"outside -40 °C to 60 °C", 1},
                 {"inside 61 °C to 70 °C", 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char rules[512];
        snprintf(rules, sizeof rules, valid, cases[i].limit);
        assert_warned(rules, "W210", cases[i].warnings);
    }
}

static void test_a_long_text_is_warned_of(void **state)
{
    (void)state;
    char rules[1024] = TOO_WARM "  warning when temperature above 5 °C\n  say \"";
    for (int i = 0; i < 200; i++)
        strcat(rules, "é");
    size_t length = strlen(rules);
    strcat(rules, "\"\n");
    assert_warned(rules, "W212", 0);
    strcpy(rules + length, "!\"\n");
    assert_warned(rules, "W212", 1);
}

static void test_a_hold_without_expect_is_warned_of_once_for_each_group(void **state)
{
    (void)state;
    assert_warned("sensors a\n from mqtt x\n read t in °C\nalarm b on a\n"
                  "  warning when t above 5 °C for 5 minutes\n"
                  "  critical when t above 9 °C for 5 minutes\n",
                  "W213", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_end_on_the_wrong_side_is_refused_for_every_comparison),
        cmocka_unit_test(test_an_end_on_the_right_side_is_accepted),
        cmocka_unit_test(test_an_end_needs_a_reading_that_is_a_number),
        cmocka_unit_test(test_severities_out_of_order_are_refused),
        cmocka_unit_test(test_units_are_checked_at_every_value),
        cmocka_unit_test(test_a_set_value_is_judged_where_it_is_used),
        cmocka_unit_test(test_a_range_may_not_be_upside_down),
        cmocka_unit_test(test_odd_numbers_show_their_plain_form),
        cmocka_unit_test(test_numbers_beyond_every_reading_are_refused),
        cmocka_unit_test(test_durations_are_more_than_nothing_and_at_most_3650_days),
        cmocka_unit_test(test_a_test_behind_the_hold_is_shown_in_its_right_place),
        cmocka_unit_test(test_names_must_be_free),
        cmocka_unit_test(test_states_are_two_words_with_the_one_for_true_first),
        cmocka_unit_test(test_topics_and_paths_are_checked),
        cmocka_unit_test(test_blocks_without_their_heart_are_told),
        cmocka_unit_test(test_a_period_goes_into_an_hour_or_a_day),
        cmocka_unit_test(test_lines_that_may_stand_once_are_refused_twice),
        cmocka_unit_test(test_bounds_of_the_language_are_errors_with_their_number),
        cmocka_unit_test(test_more_than_a_mebibyte_is_refused),
        cmocka_unit_test(test_a_hold_shorter_than_the_interval_is_warned_of),
        cmocka_unit_test(test_a_number_without_deadband_from_quick_sensors_is_warned_of),
        cmocka_unit_test(test_a_device_that_a_table_leaves_without_limits_is_warned_of),
        cmocka_unit_test(test_a_critical_alarm_without_action_is_warned_of),
        cmocka_unit_test(test_a_group_whose_silence_nobody_hears_is_warned_of),
        cmocka_unit_test(test_too_many_critical_alarms_are_warned_of),
        cmocka_unit_test(test_a_limit_that_no_valid_reading_reaches_is_warned_of),
        cmocka_unit_test(test_a_long_text_is_warned_of),
        cmocka_unit_test(test_a_hold_without_expect_is_warned_of_once_for_each_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
