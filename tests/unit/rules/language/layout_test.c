/* The one layout: what it does to lines, and that doing it twice changes nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "rules/language/changes.h"
#include "rules/language/layout.h"

static void expect_layout(const char *written, const char *laid_out)
{
    const struct layout_options all = {true, true};
    struct rules_source_file file = {"a.rules", text_of(written)};
    struct text once = layout_make(&file, all);
    assert_string_equal(once.bytes, laid_out);
    file.text = once;
    struct text twice = layout_make(&file, all);
    assert_string_equal(twice.bytes, laid_out);
    free((char *)(uintptr_t)once.bytes);
    free((char *)(uintptr_t)twice.bytes);
}

static void test_blanks_capitals_and_indentation_become_plain(void **state)
{
    (void)state;
    expect_layout("SENSORS coolers\r\n\tFROM mqtt Store/{store}/T\n    read  temperature from Temp "
                  "in C\n",
                  "sensors coolers\n  from mqtt Store/{store}/T\n  read temperature from Temp in "
                  "°C\n");
}

static void test_units_and_lengths_of_time_are_written_out(void **state)
{
    (void)state;
    expect_layout("alarm a on b\nwarning when t above 5°C for 10m until below -4.5 C\n"
                  "notice when t above 3 degC for 1h30m\nclear after 1 minutes\n",
                  "alarm a on b\n  warning when t above 5 °C for 10 minutes until below -4.5 °C\n"
                  "  notice  when t above 3 °C for 1 hour 30 minutes\n  clear after 1 minute\n");
}

static void test_metres_are_not_minutes_and_amperes_no_word(void **state)
{
    (void)state;
    expect_layout("sensors b\nread current from amps in A\n",
                  "sensors b\n  read current from amps in A\n");
    expect_layout("alarm a on b\nwarning when level above 5 m for 5 m\n",
                  "alarm a on b\n  warning when level above 5 m for 5 minutes\n");
}

static void test_an_alarms_lines_stand_most_severe_first_then_options(void **state)
{
    (void)state;
    expect_layout("alarm a on b\n  tags x\n  action \"Run.\"\n  say \"So.\"\n  notice when silent "
                  "for 5 minutes\n  critical when silent for 1 hour\n  clear after 2 minutes\n",
                  "alarm a on b\n  critical when silent for 1 hour\n  notice   when silent for 5 "
                  "minutes\n  clear after 2 minutes\n  say \"So.\"\n  action \"Run.\"\n  tags x\n");
}

static void test_comments_stay_above_what_they_stand_above(void **state)
{
    (void)state;
    expect_layout(
        "# the file\n\n\n# one\nalarm a on b # here\n # about say\n say \"x # no\"\n"
        "# about when\nwarning when silent for 1 hour  # long\n# two\nalarm c on b\n"
        "warning when silent for 1 hour\n# the end\n",
        "# the file\n\n# one\nalarm a on b  # here\n  # about when\n  warning when silent "
        "for 1 hour  # long\n  # about say\n  say \"x # no\"\n\n# two\nalarm c on b\n  "
        "warning when silent for 1 hour\n\n# the end\n");
}

static void test_bars_of_a_table_stand_below_each_other(void **state)
{
    (void)state;
    expect_layout(
        "table limits for coolers\n|cooler|warm|\n| dairy-1 |5C |\n|x| 10 °C|\n",
        "table limits for coolers\n  | cooler  | warm  |\n  | dairy-1 | 5 °C  |\n  | x     "
        "  | 10 °C |\n");
}

static void test_lines_that_go_on_stay_apart(void **state)
{
    (void)state;
    expect_layout("alarm a on b\nwarning when t above 5 °C\nand door is open\nfor 5 minutes\n",
                  "alarm a on b\n  warning when t above 5 °C\n    and door is open\n    for 5 "
                  "minutes\n");
}

static void test_quote_marks_become_plain_and_texts_stay(void **state)
{
    (void)state;
    expect_layout("alarm a on b\n say “Too  warm, ‘now’”\n",
                  "alarm a on b\n  say \"Too  warm, ‘now’\"\n");
}

static void test_sets_may_stand_together_and_blocks_never_do(void **state)
{
    (void)state;
    expect_layout("set a to 1 °C\nset b to 2\nsite \"x\"\nset c to 3\n",
                  "set a to 1 °C\nset b to 2\n\nsite \"x\"\n\nset c to 3\n");
}

static void test_any_bytes_give_a_text(void **state)
{
    static const char *const odd[] = {"",          "\n\n",  "#",   "\"",       "|",
                                      "| |",       "alarm", "for", "\xff\xfe", "alarm a\n for\n\"",
                                      "read x in", "1h30",  "-"};
    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        struct rules_source_file file = {"a.rules", text_of(odd[i])};
        struct text text = layout_make(&file, (struct layout_options){true, true});
        assert_non_null(text.bytes);
        free((char *)(uintptr_t)text.bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blanks_capitals_and_indentation_become_plain),
        cmocka_unit_test(test_units_and_lengths_of_time_are_written_out),
        cmocka_unit_test(test_metres_are_not_minutes_and_amperes_no_word),
        cmocka_unit_test(test_an_alarms_lines_stand_most_severe_first_then_options),
        cmocka_unit_test(test_comments_stay_above_what_they_stand_above),
        cmocka_unit_test(test_bars_of_a_table_stand_below_each_other),
        cmocka_unit_test(test_lines_that_go_on_stay_apart),
        cmocka_unit_test(test_quote_marks_become_plain_and_texts_stay),
        cmocka_unit_test(test_sets_may_stand_together_and_blocks_never_do),
        cmocka_unit_test(test_any_bytes_give_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
