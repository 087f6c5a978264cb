/* Differences of rules, in sentences. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "rules/language/changes.h"

#define SENSORS                                                                                    \
    "sensors coolers\n  from mqtt a/{cooler}\n  expect every 1 minute\n  read temperature from "   \
    "temp in °C\n"
#define ALARM                                                                                      \
    "alarm warm on coolers\n  warning when temperature above 5 °C for 10 minutes until below "    \
    "4.5 °C\n  say \"Warm.\"\n"

static char told[8192];

static void keep(void *context, const char *bytes, size_t length)
{
    (void)context;
    size_t used = strlen(told);
    snprintf(told + used, sizeof told - used, "%.*s", (int)length, bytes);
}

static void expect_changes(const char *old, const char *new, const char *sentences)
{
    struct rules_compiled before, after;
    struct rules_source_file first = {"a.rules", text_of(old)}, second = {"a.rules", text_of(new)};
    rules_compile(&first, 1, &before);
    rules_compile(&second, 1, &after);
    assert_non_null(before.block);
    assert_non_null(after.block);
    told[0] = 0;
    size_t count = rulesets_changes(before.block, after.block, (struct rules_output){keep, NULL});
    assert_string_equal(told, sentences);
    assert_true((count == 0) == (sentences[0] == 0));
    rules_compiled_free(&before);
    rules_compiled_free(&after);
}

static void test_equal_rules_have_no_differences(void **state)
{
    (void)state;
    expect_changes(SENSORS ALARM, "# new comment\n\n" SENSORS ALARM, "");
}

static void test_limit_hold_and_ending_are_told_apart(void **state)
{
    (void)state;
    expect_changes(SENSORS ALARM,
                   SENSORS "alarm warm on coolers\n  warning when temperature above 4 °C for 5 "
                           "minutes until below 3.5 °C\n  say \"Warm.\"\n",
                   "warm: warning limit 5 °C -> 4 °C.\n"
                   "warm: warning hold for 10 minutes -> for 5 minutes.\n"
                   "warm: warning until temperature below 4.5 °C -> temperature below 3.5 °C.\n");
}

static void test_texts_are_told(void **state)
{
    (void)state;
    expect_changes(SENSORS ALARM, SENSORS ALARM "  action \"Run.\"\n",
                   "warm: action \"Run.\" is new.\n");
}

static void test_what_is_new_and_what_is_gone_is_named(void **state)
{
    (void)state;
    expect_changes(SENSORS ALARM,
                   SENSORS "report five on coolers\n  every 5 minutes\n  send average of "
                           "temperature\n",
                   "warm: is gone.\nreport five: is new.\nreport five: every 5 minutes is new.\n"
                   "report five: wait 30 seconds is new.\nreport five: send average of temperature "
                   "is new.\n");
}

static void test_sensors_are_compared_line_by_line(void **state)
{
    (void)state;
    expect_changes(SENSORS,
                   "sensors coolers\n  from mqtt b/{cooler}\n  expect every 1 minute\n  read "
                   "temperature from t in °F\n",
                   "sensors coolers: from mqtt a/{cooler} -> mqtt b/{cooler}.\n"
                   "sensors coolers: reading temperature from temp in °C -> from t in °F.\n");
}

static void test_the_same_meaning_is_more_than_the_same_sentences(void **state)
{
    struct rules_compiled a, b, c;
    struct rules_source_file files[] = {{"a.rules", TEXT(SENSORS ALARM)},
                                        {"a.rules", TEXT("\n\n" SENSORS "# x\n" ALARM)},
                                        {"a.rules", TEXT(SENSORS ALARM "  tags x\n")}};
    (void)state;
    rules_compile(&files[0], 1, &a);
    rules_compile(&files[1], 1, &b);
    rules_compile(&files[2], 1, &c);
    assert_true(rulesets_mean_the_same(a.block, b.block));
    assert_true(rulesets_mean_the_same(b.block, a.block));
    assert_false(rulesets_mean_the_same(a.block, c.block));
    rules_compiled_free(&a);
    rules_compiled_free(&b);
    rules_compiled_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_rules_have_no_differences),
        cmocka_unit_test(test_limit_hold_and_ending_are_told_apart),
        cmocka_unit_test(test_texts_are_told),
        cmocka_unit_test(test_what_is_new_and_what_is_gone_is_named),
        cmocka_unit_test(test_sensors_are_compared_line_by_line),
        cmocka_unit_test(test_the_same_meaning_is_more_than_the_same_sentences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
