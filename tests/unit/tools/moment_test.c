/* Times as people and programs write them. */
#include "tools/moment.c" /* tools/ is no library */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define QUARTER_PAST_EIGHT INT64_C(1784016900000) /* 2026-07-14T08:15:00Z */

static struct zone london(void)
{
    struct zone zone;
    assert_true(zone_read("GMT0BST,M3.5.0/1,M10.5.0", &zone));
    return zone;
}

static void test_one_instant_may_be_written_in_many_ways(void **state)
{
    static const char *const same[] = {
        "2026-07-14T08:15:00Z",
        "2026-07-14 08:15:00Z",
        "2026-07-14T08:15Z",
        "2026-07-14 08:15 UTC",
        "2026-07-14T10:15:00+02:00",
        "2026-07-14 10:15:00+02",
        "2026-07-14 10:15:00.000 +0200",
        " 2026-07-14 09:15 ", /* British summer time */
        "2026-07-14T9:15",
        "2026-07-14  09:15:00,0",
        "2026-7-14 9:15",
        "14.07.2026 09:15",
        "14.7.2026 9:15:00",
        "1784016900",
        "1784016900.0",
        "1784016900000",
    };
    const struct zone zone = london();
    int64_t ms;
    (void)state;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        ms = 0;
        if (!moment_read(text_of(same[i]), &zone, &ms) || ms != QUARTER_PAST_EIGHT)
            fail_msg("\"%s\" is read as %lld", same[i], (long long)ms);
    }
    assert_true(moment_read(TEXT("2026-07-14 09:15:01.5"), &zone, &ms));
    assert_int_equal(ms, QUARTER_PAST_EIGHT + 1500);
    assert_true(moment_read(TEXT("1784016900.25"), &zone, &ms));
    assert_int_equal(ms, QUARTER_PAST_EIGHT + 250);
}

static void test_what_is_no_time_says_why(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "is empty"},
        {"  ", "is empty"},
        {"yesterday", "is none"},
        {"2026-07-14", "a date without a time of day"},
        {"14/07/2026 09:15", "could begin with the day or with the month"},
        {"2026-07-14 8:15 pm", "am or pm"},
        {"1e99", "neither seconds nor milliseconds"},
        {"2026-13-14 08:15", "is none"},
        {"2026-02-30 08:15", "is none"},
        {"30.02.2026 08:15", "is none"},
        {"2026-07-14 25:15", "is none"},
        {"2026-07-14 08:15 CEST", "is none"},
        {"2026-07-14 08:15:00+2", "is none"},
        {"2026-07-14 08:15:00+02:00:00", "is none"},
        {"2026-07-14 08", "is none"},
        {"2026-07-14 08:15:00.1234567890123456789012345678901234567890", "is none"},
        {"08:15", "is none"},
    };
    const struct zone zone = london();
    int64_t ms;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (moment_read(text_of(cases[i].text), &zone, &ms))
            fail_msg("\"%s\" is a time", cases[i].text);
        if (!strstr(moment_problem(text_of(cases[i].text)), cases[i].says))
            fail_msg("\"%s\": %s", cases[i].text, moment_problem(text_of(cases[i].text)));
    }
}

static void test_local_times_follow_the_summer(void **state)
{
    const struct zone zone = london();
    int64_t ms;
    (void)state;
    assert_true(moment_read(TEXT("2026-01-14 08:15"), &zone, &ms));
    assert_int_equal(ms, INT64_C(1768378500000));
    assert_true(moment_read(TEXT("2026-03-29 00:59:59"), &zone, &ms));
    assert_int_equal(ms, INT64_C(1774745999000));
    assert_true(
        moment_read(TEXT("2026-03-29 02:00"), &zone, &ms)); /* 01:00 to 02:00 is not there */
    assert_int_equal(ms, INT64_C(1774746000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_instant_may_be_written_in_many_ways),
        cmocka_unit_test(test_what_is_no_time_says_why),
        cmocka_unit_test(test_local_times_follow_the_summer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
