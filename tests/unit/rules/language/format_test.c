/* Formats of messages, and what of a group does not stand in them (RULES section 4.4; appendix E,
 * 6). */
#include "compile.h"

static const struct rules_group *first_group(const struct compile *compile)
{
    const struct ruleset *set = compile_set(compile);
    return RULES_AT(set, struct rules_group, set->groups, 0);
}

static uint32_t time_of(const char *format, const char *time)
{
    char rules[512];
    snprintf(rules, sizeof rules,
             "sensors a\n  from mqtt a/{b}\n  format %s\n%s  read temp in °C\n", format, time);
    struct compile *compile = compile_good(rules);
    uint32_t kind = first_group(compile)->time;
    compile_free(compile);
    return kind;
}

static void formats_with_a_time_of_their_own_give_it(void **state)
{
    (void)state;
    static const char *const own[] = {"lines", "senml", "sparkplug"};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        assert_int_equal(time_of(own[i], ""), RULES_TIME_OF_FORMAT);
        assert_int_equal(time_of(own[i], "  time on arrival\n"), RULES_TIME_ARRIVAL);
        assert_int_equal(time_of(own[i], "  time from ts in seconds\n"), RULES_TIME_SECONDS);
    }
    assert_int_equal(time_of("json", ""), RULES_TIME_ARRIVAL);
    assert_int_equal(time_of("csv temp", ""), RULES_TIME_ARRIVAL);
    assert_int_equal(time_of("plain", ""), RULES_TIME_ARRIVAL);
}

/* Lines of a group, its format first: the one mistake says this. */
static void assert_misfit(const char *lines, const char *says)
{
    char rules[512];
    snprintf(rules, sizeof rules, "sensors a\n  from mqtt a/{b}\n  format %s", lines);
    const char *output = compile_error(rules, "R186");
    if (strstr(output, says) == NULL)
        fail_msg("\"%s\" is not in:\n%s", says, output);
}

static void flat_formats_have_nothing_inside(void **state)
{
    (void)state;
    assert_misfit("lines\n  read temp from status.temp in °C\n", "\"status.temp\"");
    assert_misfit("lines\n  read temp from values[0] in °C\n", "\"values[0]\"");
    assert_misfit("senml\n  read temp from payload in °C\n", "write \"from\" and a name");
    assert_misfit("sparkplug\n  name c from device.id\n  read temp in °C\n", "\"device.id\"");
    assert_misfit("sparkplug\n  time from a.b in seconds\n  read temp in °C\n", "\"a.b\"");
    assert_misfit("lines\n  sequence from a.b\n  read temp in °C\n", "\"a.b\"");
    compile_free(compile_good("sensors a\n  from mqtt a/{b}\n  format lines\n"
                              "  name c from \"device.id\"\n  sequence from n\n"
                              "  time from timestamp in seconds\n"
                              "  read temp from \"status.temp\" in °C\n"));
}

static void only_json_has_lists(void **state)
{
    (void)state;
    static const char *const formats[] = {"lines", "senml", "sparkplug", "plain", "csv temp"};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        char lines[128];
        snprintf(lines, sizeof lines, "%s\n  each samples\n  read temp in °C\n", formats[i]);
        assert_misfit(lines, "leave \"each\" out");
    }
}

static void csv_has_the_columns_that_it_names(void **state)
{
    (void)state;
    assert_misfit("csv ts t\n  read temp in °C\n", "No column of \"format csv\" is read as temp");
    assert_misfit("csv ts t\n  name c from id\n  read temp from t in °C\n", "is read as c");
    assert_misfit("csv ts t\n  time from time in seconds\n  read temp from t in °C\n",
                  "is read as the time");
    assert_misfit("csv ts t\n  sequence from n\n  read temp from t in °C\n",
                  "is read as the counter");
    assert_misfit("csv ts t\n  read temp from payload in °C\n", "one of: ts or t");
}

static void a_plain_message_is_one_value(void **state)
{
    (void)state;
    assert_misfit("plain\n  time from ts in seconds\n  read temp in °C\n", "no time");
    assert_misfit("plain\n  sequence from n\n  read temp in °C\n", "no counter");
    assert_misfit("plain\n  name c from id\n  read temp in °C\n", "no name");
    assert_misfit("plain\n  read temp in °C\n  read damp in %\n", "from payload");
    compile_free(compile_good("sensors a\n  from mqtt a/{b}\n  format plain\n"
                              "  read temp from payload in °C\n"
                              "  read mode from payload as text\n"));
}

static void a_format_line_replaces_the_one_that_like_copies(void **state)
{
    (void)state;
    struct compile *compile = compile_good("sensors x\n  from mqtt x/{b}\n  format csv ts temp\n"
                                           "  read temp in °C\n"
                                           "sensors y like x\n  from mqtt y/{b}\n"
                                           "  format csv temp other\n");
    const struct ruleset *set = compile_set(compile);
    const struct rules_group *second = RULES_AT(set, struct rules_group, set->groups, 1);
    assert_int_equal(second->csv_columns.count, 2);
    compile_free(compile);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_with_a_time_of_their_own_give_it),
        cmocka_unit_test(flat_formats_have_nothing_inside),
        cmocka_unit_test(only_json_has_lists),
        cmocka_unit_test(csv_has_the_columns_that_it_names),
        cmocka_unit_test(a_plain_message_is_one_value),
        cmocka_unit_test(a_format_line_replaces_the_one_that_like_copies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
