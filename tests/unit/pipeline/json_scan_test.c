/* The JSON scanner against RFC 8259 and against what is hostile. */
#include "tests/support/judged_site.h"

#include "pipeline/json_scan.h"

/* The text lies at the very end of its room, so that the sanitizer sees a byte too far. Returns how
 * many bytes the value takes, or -1. */
static int scan(const char *bytes, size_t length, const struct wants *wants,
                struct scan_found *found)
{
    char *room = calloc(length > 0 ? length : 1, 1);
    memcpy(room, bytes, length);
    found->readings = found->others = 0;
    const char *after = length > 0 ? scan_value(room, room + length, wants, found) : NULL;
    int taken = after == NULL ? -1 : (int)(after - room);
    free(room);
    return taken;
}

static bool is_json(const char *bytes, size_t length)
{
    struct scan_found found;
    int taken = scan(bytes, length, NULL, &found);
    return taken >= 0 && scan_blanks(bytes + taken, bytes + length) == bytes + length;
}

static void check_all(const char *const *texts, size_t count, bool are_json)
{
    for (size_t i = 0; i < count; i++) {
        if (is_json(texts[i], strlen(texts[i])) != are_json)
            fail_msg("%s JSON: %s", are_json ? "this is" : "this is no", texts[i]);
    }
}
#define CHECK(texts, are_json) check_all(texts, sizeof texts / sizeof texts[0], are_json)

static void what_is_json_is_taken(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{}",
        "[]",
        "0",
        "-0",
        "1",
        "-1",
        "10",
        "0.5",
        "-0.5",
        "1e1",
        "1E1",
        "1e+1",
        "1e-1",
        "1.5e10",
        "0e0",
        "0.0e-0",
        "123456789012345678901234567890",
        "1e400",
        "\"\"",
        "\"a\"",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
        "\"\\u0041\"",
        "\"\\uD83D\\uDE00\"",
        "\"\\ud800\"",
        "\"\\u0000\"",
        "\"\x7f\"",
        "\"é\"",
        "\"€\"",
        "\"😀\"",
        "\"\xf4\x8f\xbf\xbf\"",
        "true",
        "false",
        "null",
        "[1]",
        "[1,2]",
        "[ 1 , 2 ]",
        "{\"a\":1}",
        "{ \"a\" : 1 , \"b\" : 2 }",
        "{\"a\":1,\"a\":2}",
        "{\"\":0}",
        "[[],[[]],{}]",
        "{\"a\":{\"b\":[{\"c\":null}]}}",
        "[\"a string that is longer than one word of eight bytes\"]",
        "[true,false,null]",
        "\t[\r\n1\t,\r\n2 ] \n" + 1,
        "{\"long key, longer than eight bytes\": 1}",
        "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]",
        "NaN",
        "[Infinity, -Infinity]", /* the one exception, see json_scan.h */
    };
    CHECK(texts, true);
}

static void what_is_not_json_is_not(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        " ",
        "{",
        "}",
        "[",
        "]",
        "[1,]",
        "[,1]",
        "[1,,2]",
        "[1 2]",
        "[1",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,\"a\":1}",
        "{\"a\" 1}",
        "{\"a\":1 \"b\":2}",
        "{a:1}",
        "{'a':1}",
        "{1:1}",
        "{\"a\":1",
        "{\"a\"",
        "{\"a",
        "[\"a",
        "\"",
        "\"a",
        "\"\\\"",
        "\"\\x\"",
        "\"\\u\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\\U0041\"",
        "\"a\nb\"",
        "\"\t\"",
        "\"\x01\"",
        "01",
        "-01",
        "00",
        "+1",
        ".5",
        "1.",
        "1.e1",
        "1e",
        "1e+",
        "-",
        "--1",
        "-a",
        "0x10",
        "1_000",
        "1,5",
        "1.2.3",
        "1e5.5",
        "1e1e1",
        "- 1",
        "tru",
        "True",
        "TRUE",
        "nul",
        "nulll",
        "falsee",
        "nan",
        "inf",
        "-NaN",
        "+Infinity",
        "Infinit",
        "undefined",
        "[1]x",
        "{}}",
        "[]]",
        "// a\n1",
        "/* a */ 1",
        "[1] // a",
        "\xef\xbb\xbf{}",
        "\xa0{}",
        "[\x0b"
        "1]",
        "[\x0c"
        "1]",
        "\"\x80\"",
        "\"\xc0\x80\"",
        "\"\xc1\xbf\"",
        "\"\xc3\"",
        "\"\xe2\x82\"",
        "\"\xe0\x80\x80\"",
        "\"\xe0\x9f\xbf\"",
        "\"\xed\xa0\x80\"",
        "\"\xf0\x80\x80\x80\"",
        "\"\xf0\x8f\xbf\xbf\"",
        "\"\xf4\x90\x80\x80\"",
        "\"\xf5\x80\x80\x80\"",
        "\"\xff\"",
        "\"\xfe\"",
        "[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]",
        "{\"a\":1}{",
        "[\"\\",
        "{\"\\",
        "{\"a\":-}",
        "[-Infinityx]",
        "[NaNa]",
    };
    CHECK(texts, false);
    assert_false(is_json("[1\0]", 4));
    assert_false(is_json("\"a\0b\"", 5));
    assert_false(is_json("1\0", 2));
}

static void one_text_after_another_is_taken_one_by_one(void **state)
{
    (void)state;
    struct scan_found found;
    assert_int_equal(scan("{\"a\":1}{\"a\":2}", 14, NULL, &found), 7);
    assert_int_equal(scan("[1] [2]", 7, NULL, &found), 3);
}

/* ---- wanted paths -----------------------------------------------------------------------------
 */

static const char rules[] = "sensors things\n"
                            "  from mqtt {thing}\n"
                            "  time from meta.time.ts in seconds\n"
                            "  read one from a as number\n"
                            "  read two from b.c as number\n"
                            "  read three from values[2] as number\n"
                            "  read four from values[0].x as number\n"
                            "  read five from \"odd key, long\" as number\n"
                            "  read six from temperature as text\n"
                            "  read seven from a as text\n";

static struct wants *wants_of(struct site *site)
{
    const struct rules_group *group =
        RULES_AT(site->rules, struct rules_group, site->rules->groups, 0);
    size_t bytes = wants_size_bytes(site->rules, group);
    char *room = malloc(sizeof(struct wants) + bytes);
    wants_make((void *)room, site->rules, group, false, room + sizeof(struct wants));
    return (void *)room;
}

static void check_found(const char *text, uint32_t slot, const char *token)
{
    struct site *site = site_start("08:00", rules);
    struct wants *wants = wants_of(site);
    struct scan_found found = {0};
    size_t length = strlen(text);
    const char *after = scan_value(text, text + length, wants, &found);
    assert_true(after == text + length);
    if (scan_has(&found, slot) != (token != NULL))
        fail_msg("slot %u of %s", slot, text);
    if (token != NULL)
        assert_true(text_equal((struct text){found.tokens[slot].bytes, found.tokens[slot].length},
                               text_of(token)));
    free(wants);
    site_stop(site);
}

static void wanted_paths_are_found_and_no_others(void **state)
{
    (void)state;
    check_found("{\"a\":1}", 0, "1");
    check_found("{\"b\":1,\"a\":2,\"c\":3}", 0, "2");
    check_found("{\"x\":{\"a\":1}}", 0, NULL);
    check_found("{\"A\":1}", 0, NULL);
    check_found("{\"aa\":1}", 0, NULL);
    check_found("{\"\":1}", 0, NULL);
    check_found("[{\"a\":1}]", 0, NULL);
    check_found("{\"a\":1}", 6, "1"); /* two readings of one path */
    check_found("{\"b\":{\"c\":5}}", 1, "5");
    check_found("{\"b\":{\"b\":{\"c\":5}}}", 1, NULL);
    check_found("{\"b\":[{\"c\":5}]}", 1, NULL);
    check_found("{\"b\":5}", 1, NULL);
    check_found("{\"values\":[1,2,3,4]}", 2, "3");
    check_found("{\"values\":[1,2]}", 2, NULL);
    check_found("{\"values\":{\"2\":7}}", 2, NULL);
    check_found("{\"values\":[{\"x\":8},0,3]}", 3, "8");
    check_found("{\"odd key, long\":9}", 4, "9");
    check_found("{\"odd key, lonG\":9}", 4, NULL);
    check_found("{\"odd key,\":9}", 4, NULL);
    check_found("{\"temperature\":\"warm\"}", 5, "warm");
    check_found("{\"temperaturf\":\"warm\"}", 5, NULL);
    check_found("{\"meta\":{\"time\":{\"ts\":77}}}", WANT_TIME, "77");
    check_found("{\"a\":{\"b\":[1,{}]}}", 0, "{\"b\":[1,{}]}");
}

static void the_last_of_two_equal_keys_counts(void **state)
{
    (void)state;
    check_found("{\"a\":1,\"b\":{\"c\":2},\"a\":3}", 0, "3");
}

static void keys_with_escapes_are_the_keys_that_they_mean(void **state)
{
    (void)state;
    check_found("{\"\\u0061\":1}", 0, "1");
    check_found("{\"\\u0061a\":1}", 0, NULL);
    check_found("{\"odd\\u0020key, lon\\u0067\":9}", 4, "9");
    check_found("{\"tempera\\u0074ure\":\"x\"}", 5, "x");
    check_found("{\"tempera\\ture\":\"x\"}", 5, NULL);
    check_found("{\"\\ud800\":1}", 0, NULL);
}

static void every_truncation_is_no_json_and_reads_no_byte_too_far(void **state)
{
    (void)state;
    static const char text[] =
        "{\"meta\": {\"time\": {\"ts\": 1773475920.25}}, \"a\": -12.5e-3, \"b\": {\"c\": 17}, "
        "\"values\": [{\"x\": 1}, true, 4.25, null, \"\\u00b0C \xc2\xb0 \\n\"], "
        "\"odd key, long\": 99999999999999999999, \"temperature\": \"very warm today\", "
        "\"other\": [false, {\"deep\": [[[]]]}]}";
    struct site *site = site_start("08:00", rules);
    struct wants *wants = wants_of(site);
    struct scan_found found;
    assert_int_equal(scan(text, sizeof text - 1, wants, &found), sizeof text - 1);
    for (size_t length = 0; length < sizeof text - 1; length++) {
        if (scan(text, length, wants, &found) != -1)
            fail_msg("cut at %zu", length);
    }
    free(wants);
    site_stop(site);
}

static void no_change_of_a_byte_reads_too_far(void **state)
{
    (void)state;
    static const char text[] =
        "{\"a\": 1.5, \"values\": [1, {\"x\": \"\\u00b0\xc2\xb0\"}, 3e5], \"b\": {\"c\": null}}";
    struct site *site = site_start("08:00", rules);
    struct wants *wants = wants_of(site);
    struct scan_found found;
    char changed[sizeof text];
    for (size_t at = 0; at < sizeof text - 1; at++) {
        memcpy(changed, text, sizeof text);
        for (int byte = 0; byte < 256; byte++) {
            changed[at] = (char)byte;
            scan(changed, sizeof text - 1, wants, &found);
        }
    }
    free(wants);
    site_stop(site);
}

/* The scanner remembers how keys were written: that may save time and must change nothing. */
static void what_was_read_before_changes_no_result(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"a\": 1, \"b\": {\"c\": 2}, \"temperature\": \"x\"}",
        "{\"a\": 1, \"b\": {\"c\": 2}, \"temperature\": \"x\"",
        "{\"a\":1,\"b\":{\"c\":2},\"temperature\":\"x\"}",
        "{\"a\":  1 , \"b\" : { \"c\":2 }}",
        "{\"b\": {\"c\": 2}, \"a\": 1}",
        "{\"a\": 1, \"b\": 3}",
        "{\"a\": 1, \"bb\": {\"c\": 2}}",
        "{\"a\": 1  \"b\": 3}",
        "{\"a\"; 1, \"b\": 3}",
        "{\"A\": 1, \"b\": {\"d\": 2, \"c\": 3}}",
        "{, \"a\": 1}",
        "{}",
        "{\"a\": }",
        "{\"a\": 1, }",
        "{\"values\": [7, 8, 9], \"a\": 2, \"a\": 3, \"a\": 4}",
        "{ \"a\": 1, \"\\u0062\": {\"c\": 5}}",
    };
    const size_t count = sizeof texts / sizeof texts[0];
    struct site *site = site_start("08:00", rules);
    struct wants *used = wants_of(site);
    struct scan_found *with = malloc(sizeof *with), *without = malloc(sizeof *without);
    for (size_t i = 0; i < count * count * 2; i++) {
        const char *text = texts[i % 2 == 0 ? i / 2 / count : i / 2 % count];
        struct wants *fresh = wants_of(site);
        memset(with, 0, sizeof *with);
        memset(without, 0, sizeof *without);
        const char *end = text + strlen(text);
        assert_ptr_equal(scan_value(text, end, used, with), scan_value(text, end, fresh, without));
        assert_memory_equal(with, without, sizeof *with);
        free(fresh);
    }
    free(with);
    free(without);
    free(used);
    site_stop(site);
}

static void numbers_have_the_value_that_they_write(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
        uint8_t decimals;
    } numbers[] = {
        {"0", 0, 0},
        {"-0.0", -0.0, 1},
        {"4.25", 4.25, 2},
        {"0.1", 0.1, 1},
        {"123456789012345", 123456789012345.0, 0},
        {"1234567890.12345", 1234567890.12345, 5},
        {"1234567890123456789", 1234567890123456789.0, 0},
        {"0.30000000000000004", 0.30000000000000004, 17},
        {"1e3", 1000, 0},
        {"1.5e-3", 0.0015, 4},
        {"1.25e1", 12.5, 1},
        {"125E+2", 12500, 0},
        {"9007199254740993", 9007199254740992.0, 0},
        {"1773475920", 1773475920.0, 0},
        {"12345678", 12345678.0, 0},
        {"1234", 1234.0, 0},
        {"0.12345678", 0.12345678, 8},
        {"1234.5", 1234.5, 1},
        {"-98765.4321", -98765.4321, 4},
    };
    struct site *site = site_start("08:00", rules);
    struct wants *wants = wants_of(site);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        char text[64];
        snprintf(text, sizeof text, "{\"a\":%s}", numbers[i].text);
        struct scan_found found = {0};
        assert_non_null(scan_value(text, text + strlen(text), wants, &found));
        assert_true(found.tokens[0].number == numbers[i].value);
        assert_int_equal(found.tokens[0].decimals, numbers[i].decimals);
    }
    free(wants);
    site_stop(site);
}

static void escapes_are_resolved(void **state)
{
    (void)state;
    char room[8];
    assert_int_equal(scan_unescape(TEXT("a\\n\\u00b0"), room, sizeof room), 4);
    assert_memory_equal(room, "a\n\xc2\xb0", 4);
    assert_int_equal(scan_unescape(TEXT("\\uD83D\\uDE00"), room, sizeof room), 4);
    assert_memory_equal(room, "\xf0\x9f\x98\x80", 4);
    assert_int_equal(scan_unescape(TEXT("\\u0000"), room, sizeof room), 1);
    assert_true(scan_unescape(TEXT("\\uD83D"), room, sizeof room) == SIZE_MAX);
    assert_true(scan_unescape(TEXT("\\uD83Dx"), room, sizeof room) == SIZE_MAX);
    assert_true(scan_unescape(TEXT("\\uDE00"), room, sizeof room) == SIZE_MAX);
    assert_true(scan_unescape(TEXT("123456789"), room, sizeof room) == SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_json_is_taken),
        cmocka_unit_test(what_is_not_json_is_not),
        cmocka_unit_test(one_text_after_another_is_taken_one_by_one),
        cmocka_unit_test(wanted_paths_are_found_and_no_others),
        cmocka_unit_test(the_last_of_two_equal_keys_counts),
        cmocka_unit_test(keys_with_escapes_are_the_keys_that_they_mean),
        cmocka_unit_test(every_truncation_is_no_json_and_reads_no_byte_too_far),
        cmocka_unit_test(no_change_of_a_byte_reads_too_far),
        cmocka_unit_test(what_was_read_before_changes_no_result),
        cmocka_unit_test(numbers_have_the_value_that_they_write),
        cmocka_unit_test(escapes_are_resolved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
