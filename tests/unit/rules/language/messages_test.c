/* Every message of RULES section 13.2 that this version can give, word for word, and what several
 * mistakes in one file become. */
#include "tests/unit/rules/language/compile.h"

/* All begin with the same five lines of a sensors block. */
struct example {
    int number; /* in section 13.2 */
    const char *sentence;
    const char *rules, *expected;
};

static const struct example examples[] = {
    {1, "a misspelt comparison is shown with the right one",
     "sensors coolers\n"
     "  from mqtt store/{store}/cooler/{cooler}/telemetry\n"
     "  expect every 1 minute\n"
     "  read temperature from temp in °C\n"
     "  read door as open or closed\n"
     "alarm too-warm on coolers\n"
     "  critical when temperature abvoe 5 °C for 10 minutes\n",
     "store.rules line 7: I expected a comparison here, not \"abvoe\".  [R162]\n"
     "  7 |   critical when temperature abvoe 5 °C for 10 minutes\n"
     "    |                             ^^^^^ did you mean \"above\"?\n"
     "  You can write: above, below, at least, at most, inside, outside, is, rises, falls, changes "
     "or differs.\n"},
    {2, "a number without its unit is asked for it",
     "sensors coolers\n"
     "  from mqtt store/{store}/cooler/{cooler}/telemetry\n"
     "  expect every 1 minute\n"
     "  read temperature from temp in °C\n"
     "  read door as open or closed\n"
     "alarm too-warm on coolers\n"
     "  critical when temperature above 5 for 10 minutes\n",
     "store.rules line 7: 5 what? This reading is in °C.  [R153]\n"
     "  7 |   critical when temperature above 5 for 10 minutes\n"
     "    |                                   ^ write \"5 °C\"\n"},
    {3, "a duration without its unit is asked for it",
     "sensors coolers\n"
     "  from mqtt store/{store}/cooler/{cooler}/telemetry\n"
     "  expect every 1 minute\n"
     "  read temperature from temp in °C\n"
     "  read door as open or closed\n"
     "alarm too-warm on coolers\n"
     "  critical when temperature above 5 °C for 10\n",
     "store.rules line 7: 10 what? A length of time needs a unit.  [R120]\n"
     "  7 |   critical when temperature above 5 °C for 10\n"
     "    |                                            ^^ write \"10 minutes\" or \"10 "
     "seconds\"\n"},
    {4, "a unit of another kind is refused",
     "sensors coolers\n"
     "  from mqtt store/{store}/cooler/{cooler}/telemetry\n"
     "  expect every 1 minute\n"
     "  read temperature from temp in °C\n"
     "  read door as open or closed\n"
     "alarm too-warm on coolers\n"
     "  critical when temperature above 5 bar for 10 minutes\n",
     "store.rules line 7: 5 bar is a pressure, but this reading is a temperature, in °C.  [R155]\n"
     "  7 |   critical when temperature above 5 bar for 10 minutes\n"
     "    |                                   ^^^^^ write the limit in °C\n"},
    {5, "a symbol is answered with its word",
     "sensors coolers\n"
     "  from mqtt store/{store}/cooler/{cooler}/telemetry\n"
     "  expect every 1 minute\n"
     "  read temperature from temp in °C\n"
     "  read door as open or closed\n"
     "alarm too-warm on coolers\n"
     "  critical when temperature > 5 °C\n",
     "store.rules line 7: Brink uses words, not \">\".  [R102]\n"
     "  7 |   critical when temperature > 5 °C\n"
     "    |                             ^ write \"above\"\n"},
    {6, "a decimal comma is answered with the point",
     "sensors coolers\n"
     "  from mqtt store/{store}/cooler/{cooler}/telemetry\n"
     "  expect every 1 minute\n"
     "  read temperature from temp in °C\n"
     "  read door as open or closed\n"
     "alarm too-warm on coolers\n"
     "  critical when temperature above 5 °C until below 4,5 °C\n",
     "store.rules line 7: Write decimals with a point, not a comma.  [R103]\n"
     "  7 |   critical when temperature above 5 °C until below 4,5 °C\n"
     "    |                                                    ^^^ write 4.5\n"},
    {7, "an unknown reading is answered with the ones there are",
     "sensors coolers\n"
     "  from mqtt store/{store}/cooler/{cooler}/telemetry\n"
     "  expect every 1 minute\n"
     "  read temperature from temp in °C\n"
     "  read door as open or closed\n"
     "alarm too-warm on coolers\n"
     "  critical when temprature above 5 °C\n",
     "store.rules line 7: coolers has no reading called \"temprature\".  [R151]\n"
     "  7 |   critical when temprature above 5 °C\n"
     "    |                 ^^^^^^^^^^ did you mean \"temperature\"?\n"
     "  coolers has: temperature and door.\n"},
    {8, "an unknown group is answered with the ones there are",
     "sensors coolers\n"
     "  from mqtt store/{store}/cooler/{cooler}/telemetry\n"
     "  expect every 1 minute\n"
     "  read temperature from temp in °C\n"
     "  read door as open or closed\n"
     "alarm too-warm on cooler\n",
     "store.rules line 6: There is no group of sensors called \"cooler\".  [R130]\n"
     "  6 | alarm too-warm on cooler\n"
     "    |                   ^^^^^^ did you mean \"coolers\"?\n"
     "  Groups in this file: coolers.\n"},
    {9, "an end on the wrong side of the start is refused",
     "sensors coolers\n"
     "  from mqtt store/{store}/cooler/{cooler}/telemetry\n"
     "  expect every 1 minute\n"
     "  read temperature from temp in °C\n"
     "  read door as open or closed\n"
     "alarm too-warm on coolers\n"
     "  critical when temperature above 5 °C for 10 minutes until below 5.5 °C\n",
     "store.rules line 7: This alarm could never clear sensibly: its end is on the wrong side of "
     "its start.  [R167]\n"
     "  7 |   critical when temperature above 5 °C for 10 minutes until below 5.5 °C\n"
     "    |                                                             ^^^^^^^^^^^^ after "
     "\"above\" write \"until below\" and a value that is lower\n"},
    {10, "a critical limit before the warning limit is refused",
     "sensors coolers\n"
     "  from mqtt store/{store}/cooler/{cooler}/telemetry\n"
     "  expect every 1 minute\n"
     "  read temperature from temp in °C\n"
     "  read door as open or closed\n"
     "alarm too-warm on coolers\n"
     "  warning when temperature above 8 °C for 10 minutes\n"
     "  critical when temperature above 5 °C for 10 minutes\n",
     "store.rules line 8: critical starts before warning here, so warning would never be seen.  "
     "[R168]\n"
     "  8 |   critical when temperature above 5 °C for 10 minutes\n"
     "    |                 ^^^^^^^^^^^ swap the two limits (see line 7)\n"},
    {11, "a line without severity is asked for it",
     "sensors coolers\n"
     "  from mqtt store/{store}/cooler/{cooler}/telemetry\n"
     "  expect every 1 minute\n"
     "  read temperature from temp in °C\n"
     "  read door as open or closed\n"
     "alarm too-warm on coolers\n"
     "  when temperature above 5 °C for 10 minutes\n",
     "store.rules line 7: Say first how serious this is.  [R107]\n"
     "  7 |   when temperature above 5 °C for 10 minutes\n"
     "    |   ^^^^ write \"critical when\", \"warning when\", \"notice when\" or \"log when\"\n"},
    {12, "and cannot be mixed with or",
     "sensors coolers\n"
     "  from mqtt store/{store}/cooler/{cooler}/telemetry\n"
     "  expect every 1 minute\n"
     "  read temperature from temp in °C\n"
     "  read door as open or closed\n"
     "alarm too-warm on coolers\n"
     "  critical when temperature above 5 °C and door is closed or temperature above 8 °C\n",
     "store.rules line 7: One line can join tests with \"and\" or with \"or\", not both.  [R160]\n"
     "  7 |   critical when temperature above 5 °C and door is closed or temperature above 8 °C\n"
     "    |                                                           ^^ write two lines with the "
     "same severity: either one raises the alarm\n"},
    {13, "a state that never happens is refused",
     "sensors coolers\n"
     "  from mqtt store/{store}/cooler/{cooler}/telemetry\n"
     "  expect every 1 minute\n"
     "  read temperature from temp in °C\n"
     "  read door as open or closed\n"
     "alarm too-warm on coolers\n"
     "  notice when door is opened for 3 minutes\n",
     "store.rules line 7: door is never \"opened\".  [R163]\n"
     "  7 |   notice when door is opened for 3 minutes\n"
     "    |                       ^^^^^^ did you mean \"open\"?\n"
     "  door is read as: open or closed.\n"},
    {14, "a wildcard in a topic is answered with a name",
     "sensors coolers\n"
     "  from mqtt store/+/cooler/+/telemetry\n"
     "  expect every 1 minute\n"
     "  read temperature from temp in °C\n"
     "  read door as open or closed\n",
     "store.rules line 2: Brink topics use names, not \"+\".  [R141]\n"
     "  2 |   from mqtt store/+/cooler/+/telemetry\n"
     "    |                   ^ write a name such as {cooler} for this part of the topic\n"
     "  A last part of {rest...} stands for any number of levels.\n"},
    {15, "a colon is refused",
     "sensors coolers\n"
     "  from mqtt store/{store}/cooler/{cooler}/telemetry\n"
     "  expect every 1 minute\n"
     "  read temperature from temp in °C\n"
     "  read door as open or closed\n"
     "alarm too-warm on coolers\n"
     "  severity: critical\n",
     "store.rules line 7: Brink lines have no colon.  [R104]\n"
     "  7 |   severity: critical\n"
     "    |   ^^^^^^^^^ start the line with critical, warning or notice\n"},
    {16, "an unknown placeholder is answered with all that are known",
     "sensors coolers\n"
     "  from mqtt store/{store}/cooler/{cooler}/telemetry\n"
     "  expect every 1 minute\n"
     "  read temperature from temp in °C\n"
     "  read door as open or closed\n"
     "alarm too-warm on coolers\n"
     "  warning when temperature above 8 °C for 10 minutes\n"
     "  say \"Cooler {coler} is at {temperature}\"\n",
     "store.rules line 8: Nothing here is called {coler}.  [R170]\n"
     "  8 |   say \"Cooler {coler} is at {temperature}\"\n"
     "    |               ^^^^^^^ did you mean {cooler}?\n"
     "  You can use: {alarm}, {cooler}, {device}, {door}, {duration}, {limit}, {severity}, "
     "{since}, {site}, {store}, {temperature}, {time}, {usual} or {worst}.\n"},
    {17, "a text without its end is shown whole",
     "sensors coolers\n"
     "  from mqtt store/{store}/cooler/{cooler}/telemetry\n"
     "  expect every 1 minute\n"
     "  read temperature from temp in °C\n"
     "  read door as open or closed\n"
     "alarm too-warm on coolers\n"
     "  say \"Cooler {cooler} is warm\n",
     "store.rules line 7: This text has no closing quote mark.  [R101]\n"
     "  7 |   say \"Cooler {cooler} is warm\n"
     "    |       ^^^^^^^^^^^^^^^^^^^^^^^^ add \" at the end of the text\n"},
    {18, "silent is asked for a length of time",
     "sensors coolers\n"
     "  from mqtt store/{store}/cooler/{cooler}/telemetry\n"
     "  expect every 1 minute\n"
     "  read temperature from temp in °C\n"
     "  read door as open or closed\n"
     "alarm too-warm on coolers\n"
     "  warning when silent\n",
     "store.rules line 7: \"silent\" needs a length of time.  [R165]\n"
     "  7 |   warning when silent\n"
     "    |                ^^^^^^ for example \"silent for 15 minutes\"\n"},
    {19, "a hold shorter than the interval of the sensors is warned of",
     "sensors coolers\n"
     "  from mqtt store/{store}/cooler/{cooler}/telemetry\n"
     "  expect every 1 minute\n"
     "  read temperature from temp in °C\n"
     "  read door as open or closed\n"
     "alarm too-warm on coolers\n"
     "  critical when temperature above 5 °C for 30 seconds\n",
     "store.rules line 7: warning: These sensors report every 1 minute, so after 30 seconds there "
     "is still only one reading.  [W201]\n"
     "  7 |   critical when temperature above 5 °C for 30 seconds\n"
     "    |                                            ^^ hold for 1 minute or longer, or leave "
     "\"for\" out\n"},
    {22, "a misspelt block word is shown with the right one",
     "sensors coolers\n"
     "  from mqtt store/{store}/cooler/{cooler}/telemetry\n"
     "  expect every 1 minute\n"
     "  read temperature from temp in °C\n"
     "  read door as open or closed\n"
     "alram too-warm on coolers\n",
     "store.rules line 6: I don't know the word \"alram\" at the start of a block.  [R105]\n"
     "  6 | alram too-warm on coolers\n"
     "    | ^^^^^ did you mean \"alarm\"?\n"},
    {23, "an unknown unit of time is shown with the right one",
     "sensors coolers\n"
     "  from mqtt store/{store}/cooler/{cooler}/telemetry\n"
     "  expect every 1 minute\n"
     "  read temperature from temp in °C\n"
     "  read door as open or closed\n"
     "alarm too-warm on coolers\n"
     "  critical when temperature above 5 °C for 10 mintues\n",
     "store.rules line 7: I don't know the time unit \"mintues\".  [R121]\n"
     "  7 |   critical when temperature above 5 °C for 10 mintues\n"
     "    |                                               ^^^^^^^ did you mean \"minutes\"?\n"
     "  Time units: seconds, minutes, hours, days, weeks.\n"},
    {24, "a second alarm of one name is refused",
     "sensors coolers\n"
     "  from mqtt store/{store}/cooler/{cooler}/telemetry\n"
     "  expect every 1 minute\n"
     "  read temperature from temp in °C\n"
     "  read door as open or closed\n"
     "alarm too-warm on coolers\n"
     "  warning when temperature above 8 °C for 10 minutes\n"
     "alarm too-warm on coolers\n",
     "store.rules line 8: There is already an alarm called \"too-warm\", on line 6.  [R133]\n"
     "  8 | alarm too-warm on coolers\n"
     "    |       ^^^^^^^^ give this one another name\n"},
    {25, "between is answered with inside",
     "sensors coolers\n"
     "  from mqtt store/{store}/cooler/{cooler}/telemetry\n"
     "  expect every 1 minute\n"
     "  read temperature from temp in °C\n"
     "  read door as open or closed\n"
     "alarm too-warm on coolers\n"
     "  warning when temperature between 2 °C and 8 °C\n",
     "store.rules line 7: I expected a comparison here, not \"between\".  [R162]\n"
     "  7 |   warning when temperature between 2 °C and 8 °C\n"
     "    |                            ^^^^^^^ did you mean \"inside\"?\n"
     "  You can write: above, below, at least, at most, inside, outside, is, rises, falls, changes "
     "or differs.\n"},
    {26, "a sentence is answered with a line that works",
     "sensors coolers\n"
     "  from mqtt store/{store}/cooler/{cooler}/telemetry\n"
     "  expect every 1 minute\n"
     "  read temperature from temp in °C\n"
     "  read door as open or closed\n"
     "alarm too-warm on coolers\n"
     "  please warn me when it gets too hot\n",
     "store.rules line 7: I can't follow this line: an alarm has no instruction called \"please\". "
     " [R106]\n"
     "  7 |   please warn me when it gets too hot\n"
     "    |   ^^^^^^\n"
     "  An alarm line looks like:  critical when temperature above 5 °C for 10 minutes until below "
     "4.5 °C\n"},
    {27, "an unknown limit is answered with a value and the columns there are",
     "sensors coolers\n"
     "  from mqtt store/{store}/cooler/{cooler}/telemetry\n"
     "  expect every 1 minute\n"
     "  read temperature from temp in °C\n"
     "  read door as open or closed\n"
     "table cooler-limits for coolers\n"
     "  | cooler | warm |\n"
     "  | others | 5 °C |\n"
     "alarm too-warm on coolers\n"
     "  critical when temperature above wram for 10 minutes\n",
     "store.rules line 10: I expected a value here, not \"wram\".  [R156]\n"
     "  10 |   critical when temperature above wram for 10 minutes\n"
     "     |                                   ^^^^ did you mean \"warm\"?\n"
     "  A value is a number and its unit, for example \"5 °C\", or a column of a table (warm).\n"},
};

static size_t count_of(const char *output, const char *part)
{
    size_t count = 0;
    for (const char *at = output; (at = strstr(at, part)) != NULL; at++)
        count++;
    return count;
}

static void test_example(void **state)
{
    const struct example *example = *state;
    struct compile *compile = compile_rules(example->rules);
    assert_shows(compile->output, example->expected);
    /* One cause, one message: nothing else is an error. */
    size_t errors = strstr(example->expected, "warning:") != NULL ? 0 : 1;
    if (compile->compiled.errors != errors)
        fail_msg("too many messages:\n%s", compile->output);
    compile_free(compile);
}

static void test_mistakes_are_told_once_each_in_the_order_of_lines(void **state)
{
    (void)state;
    struct compile *compile = compile_rules(TOO_WARM "  critical when temprature above 5 °C\n"
                                                     "  warning when temperature abvoe 5 °C\n"
                                                     "  clear after 10\n"
                                                     "report r on cooler\n"
                                                     "  every 5 minutes\n");
    assert_int_equal(compile->compiled.errors, 4);
    static const char *const codes[] = {"R151", "R162", "R120", "R130"};
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(compile->compiled.messages[i].code, codes[i]);
    compile_free(compile);
}

static void test_at_most_twenty_messages_are_shown(void **state)
{
    (void)state;
    char rules[8192] = TOO_WARM;
    for (int i = 0; i < 50; i++)
        strcat(rules, "  please warn me\n");
    struct compile *compile = compile_rules(rules);
    assert_int_equal(compile->compiled.messages_count, RULES_MESSAGES_MAX);
    assert_null(compile->compiled.block);
    compile_free(compile);
}

static void test_warnings_give_way_to_errors(void **state)
{
    (void)state;
    char rules[16384] = COOLERS;
    for (int i = 0; i < 30; i++) {
        char alarm[160];
        snprintf(alarm, sizeof alarm,
                 "alarm a%d on coolers\n  warning when temperature above 5 °C for 1 second\n", i);
        strcat(rules, alarm);
    }
    strcat(rules, "alram x on coolers\n");
    struct compile *compile = compile_rules(rules);
    assert_int_equal(compile->compiled.errors, 1);
    assert_shows(compile->output, "[R105]");
    compile_free(compile);
}

static void test_a_mistake_in_a_reading_is_not_told_again_where_it_is_used(void **state)
{
    (void)state;
    const char *output =
        compile_error("sensors coolers\n  from mqtt a/{b}\n  read temperature in °X\n"
                      "alarm a on coolers\n"
                      "  warning when temperature above 5 °C\n",
                      "R150");
    assert_int_equal(count_of(output, "[R"), 1);
    compile_error("sensors coolers\n  from mqtt a/{b}\n  raed temperature in °C\n"
                  "alarm a on coolers\n"
                  "  warning when temperature above 5 °C\n",
                  "R106");
}

static void test_a_mistake_in_a_topic_is_not_told_again_where_its_names_are_used(void **state)
{
    (void)state;
    compile_error("sensors coolers\n  from mqtt a/+\n  read temperature in °C\n"
                  "alarm a on coolers\n"
                  "  warning when temperature above 5 °C\n  say \"Cooler {cooler}\"\n",
                  "R141");
}

static void test_the_lines_of_a_block_that_is_not_understood_are_passed_over(void **state)
{
    (void)state;
    compile_error(COOLERS "alarm too-warm on cooler\n  nonsense\n  more nonsense\n", "R130");
    compile_error(COOLERS "table limits for cooler\n  | nonsense\n  more nonsense\n", "R130");
}

static void test_tabs_before_a_mark_stay_tabs(void **state)
{
    (void)state;
    const char *output = compile_error(TOO_WARM "\tcritical when\ttemperature above 5\n", "R153");
    assert_shows(output, "    | \t             \t                  ^ write \"5 °C\"\n");
}

static void test_a_mark_counts_characters_and_not_bytes(void **state)
{
    (void)state;
    const char *output = compile_error(
        TOO_WARM "  critical when temperature above 5 °C until below 4,5 °C\n", "R103");
    assert_shows(output,
                 "    |                                                    ^^^ write 4.5\n");
}

static void test_a_warning_does_not_hide_an_error_on_the_same_line(void **state)
{
    (void)state;
    struct compile *compile =
        compile_rules(TOO_WARM "  critical when temperature above 5 °C for 30 seconds\n"
                               "  warning when temperature above 8 °C for 40 seconds\n");
    assert_shows(compile->output, "[W201]");
    assert_shows(compile->output, "[R168]");
    compile_free(compile);
}

static void test_what_a_newcomer_writes_is_answered_with_what_to_write(void **state)
{
    (void)state;
    static const struct {
        const char *line, *code, *mark;
    } lines[] = {
        {"critical when temperature over -15 °C", "R162", "^^^^ did you mean \"above\"?"},
        {"critical when temperature under -15 °C", "R162", "^^^^^ did you mean \"below\"?"},
        {"critical when temperature is above 5 °C", "R157", " ^^ leave \"is\" out"},
        {"critical when temperature is not above 5 °C", "R157", "^^^^ write \"at most\""},
        {"alert when temperature above 5 °C", "R107", " ^^^^^ write \"critical when\", \"warning"},
        {"alarm when temperature above 5 °C", "R107", " ^^^^^ write \"critical when\", \"warning"},
        {"critical when the temperature above 5 °C", "R151", " ^^^ leave \"the\" out"},
        {"critical when temperature above minus 15 °C", "R156", " ^^^^^^^^^^^ write \"-15 °C\""},
        {"critical when temperature above minus 15", "R156", " ^^^^^^^^ write \"-15 °C\""},
        {"critical when temperature above -15 °C until -18 °C", "R166",
         " ^^^^^^ write \"until below -18 °C\""},
        {"critical when temperature at most -20 °C until -18", "R166",
         " ^^^ write \"until above -18\""},
        {"critical when door is open until 5", "R166", "write \"above\" or \"below\" in front"},
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char rules[1024];
        snprintf(rules, sizeof rules, TOO_WARM "  %s\n", lines[i].line);
        assert_shows(compile_error(rules, lines[i].code), lines[i].mark);
    }
}

/* The last byte of the file is the comma's last zero: nothing beyond it may be looked at. */
static void test_a_decimal_comma_may_be_the_very_end_of_the_file(void **state)
{
    (void)state;
    struct compile *compile = compile_bytes("9,0", 3);
    assert_int_equal(compile->compiled.errors, 1);
    compile_free(compile);
}

int main(void)
{
    struct CMUnitTest tests[sizeof examples / sizeof examples[0]];
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        /* cmocka hands the state back as it is; the test only reads it. */
        union {
            const struct example *given;
            void *taken;
        } state = {&examples[i]};
        tests[i] = (struct CMUnitTest){examples[i].sentence, test_example, NULL, NULL, state.taken};
    }
    const struct CMUnitTest others[] = {
        cmocka_unit_test(test_mistakes_are_told_once_each_in_the_order_of_lines),
        cmocka_unit_test(test_at_most_twenty_messages_are_shown),
        cmocka_unit_test(test_warnings_give_way_to_errors),
        cmocka_unit_test(test_a_mistake_in_a_reading_is_not_told_again_where_it_is_used),
        cmocka_unit_test(test_a_mistake_in_a_topic_is_not_told_again_where_its_names_are_used),
        cmocka_unit_test(test_the_lines_of_a_block_that_is_not_understood_are_passed_over),
        cmocka_unit_test(test_tabs_before_a_mark_stay_tabs),
        cmocka_unit_test(test_a_mark_counts_characters_and_not_bytes),
        cmocka_unit_test(test_a_warning_does_not_hide_an_error_on_the_same_line),
        cmocka_unit_test(test_what_a_newcomer_writes_is_answered_with_what_to_write),
        cmocka_unit_test(test_a_decimal_comma_may_be_the_very_end_of_the_file),
    };
    int failed = cmocka_run_group_tests_name("examples", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("messages", others, NULL, NULL);
}
