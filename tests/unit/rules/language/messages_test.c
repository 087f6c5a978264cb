/* Every message of RULES section 13.2, word for word, and what several
 * mistakes in one file become. */
#include "tests/unit/rules/language/messages_examples.h"

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

static void test_all_examples_of_the_language_are_here_in_order(void **state)
{
    (void)state;
    assert_int_equal(sizeof examples / sizeof examples[0], 27);
    for (int i = 0; i < 27; i++)
        assert_int_equal(examples[i].number, i + 1);
}

/* Ten mistakes of ten kinds, each told once, whatever stands around them. */
static void test_ten_mistakes_in_one_file_give_ten_messages(void **state)
{
    (void)state;
    static const char *const codes[] = {"R183", "R185", "R151", "R162", "R120",
                                        "R150", "R163", "R134", "R170", "R130"};
    struct compile *compile = compile_rules(COOLERS "table limits for coolers\n"
                                                    "  | cooler | warm | cold |\n"
                                                    "  | a | 5 °C |\n"
                                                    "hours opening\n"
                                                    "  monday 07:00 to 25:70\n"
                                                    "alarm a on coolers\n"
                                                    "  critical when temprature above 5 °C\n"
                                                    "  critical when temperature abvoe 5 °C\n"
                                                    "  warning when temperature above warm\n"
                                                    "  clear after 10\n"
                                                    "  notice when temperature above 5 °X\n"
                                                    "  log when door is opened\n"
                                                    "alarm b on coolers\n"
                                                    "  warning when door is open\n"
                                                    "  only during openning\n"
                                                    "  except during opening\n"
                                                    "  say \"{coler}\"\n"
                                                    "report r on cooler\n"
                                                    "  every 7 minutes\n");
    if (compile->compiled.errors != 10 || compile->compiled.messages_count < 10)
        fail_msg("%zu mistakes:\n%s", compile->compiled.errors, compile->output);
    for (size_t i = 0, at = 0; i < compile->compiled.messages_count; i++) {
        if (!compile->compiled.messages[i].is_warning)
            assert_string_equal(compile->compiled.messages[i].code, codes[at++]);
    }
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
        cmocka_unit_test(test_all_examples_of_the_language_are_here_in_order),
        cmocka_unit_test(test_ten_mistakes_in_one_file_give_ten_messages),
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
