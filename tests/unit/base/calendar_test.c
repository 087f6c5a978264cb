/* calendar.c against the C library's gmtime_r and timegm, and against RFC 3339's own examples. */
#include "base/calendar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static void assert_reads_as(const char *string, int64_t due)
{
    size_t length = strlen(string);
    char *copy = malloc(length + 1); /* no zero after it: a view's end is its length */
    memset(copy, '9', length + 1);
    memcpy(copy, string, length);
    int64_t utc_ms = -1;
    bool is_read = calendar_read((struct text){copy, length}, &utc_ms);
    free(copy);
    if (!is_read || utc_ms != due)
        fail_msg("%s: read %d, %lld, due %lld", string, is_read, (long long)utc_ms, (long long)due);
}

static void assert_is_refused(const char *string)
{
    int64_t utc_ms = 12345;
    if (calendar_read(text_of(string), &utc_ms) || utc_ms != 12345)
        fail_msg("%s: read as %lld", string, (long long)utc_ms);
}

static void each_day_of_ten_thousand_years_splits_as_in_the_c_library(void **state)
{
    (void)state;
    for (int64_t day = -719528; day <= 2932896; day++) { /* 0000-01-01 to 9999-12-31 */
        int64_t second = day * 86400 + (day * 7919 % 86400 + 86400) % 86400;
        struct tm tm;
        time_t t = (time_t)second;
        gmtime_r(&t, &tm);
        struct calendar_date date;
        calendar_split(second * 1000 + 7, &date);
        if (date.year != tm.tm_year + 1900 || date.month != tm.tm_mon + 1 ||
            date.day != tm.tm_mday || date.weekday != (tm.tm_wday + 6) % 7 ||
            date.hour != tm.tm_hour || date.minute != tm.tm_min || date.second != tm.tm_sec ||
            date.millisecond != 7)
            fail_msg("day %lld", (long long)day);
        if (calendar_join(&date) != second * 1000 + 7)
            fail_msg("day %lld does not come back", (long long)day);
    }
}

static void milliseconds_before_1970_round_down_to_their_second(void **state)
{
    (void)state;
    char text[CALENDAR_TEXT_BYTES];
    assert_string_equal(calendar_write(-1, text), "1969-12-31T23:59:59.999Z");
    assert_string_equal(calendar_write(-1000, text), "1969-12-31T23:59:59.000Z");
    assert_reads_as("1969-12-31T23:59:59.9999Z", -1);
}

static void times_are_written_as_rfc_3339_with_milliseconds(void **state)
{
    (void)state;
    char text[CALENDAR_TEXT_BYTES];
    assert_string_equal(calendar_write(0, text), "1970-01-01T00:00:00.000Z");
    assert_string_equal(calendar_write(INT64_C(1773476100000), text), "2026-03-14T08:15:00.000Z");
    assert_string_equal(calendar_write(INT64_C(951782400123), text), "2000-02-29T00:00:00.123Z");
}

static void times_beyond_four_digit_years_are_clamped(void **state)
{
    (void)state;
    char text[CALENDAR_TEXT_BYTES];
    assert_string_equal(calendar_write(INT64_MAX, text), "9999-12-31T23:59:59.999Z");
    assert_string_equal(calendar_write(INT64_MIN, text), "0000-01-01T00:00:00.000Z");
    struct calendar_date date;
    calendar_split(INT64_MAX, &date); /* undefined behaviour would show under the sanitizer */
    calendar_split(INT64_MIN, &date);
}

static void the_examples_of_rfc_3339_are_read(void **state)
{
    (void)state;
    assert_reads_as("1985-04-12T23:20:50.52Z", INT64_C(482196050520));
    assert_reads_as("1996-12-19T16:39:57-08:00", INT64_C(851042397000));
    assert_reads_as("1990-12-31T23:59:60Z", INT64_C(662688000000));
    assert_reads_as("1990-12-31T15:59:60-08:00", INT64_C(662688000000));
    assert_reads_as("1937-01-01T12:00:27.87+00:20", INT64_C(-1041337172130));
}

static void offsets_and_decimals_of_any_length_are_read(void **state)
{
    (void)state;
    const int64_t due = INT64_C(1773476100000);
    assert_reads_as("2026-03-14T08:15:00Z", due);
    assert_reads_as("2026-03-14t08:15:00z", due);
    assert_reads_as("2026-03-14 08:15:00Z", due);
    assert_reads_as("2026-03-14T09:15:00+01:00", due);
    assert_reads_as("2026-03-13T22:45:00-09:30", due);
    assert_reads_as("2026-03-14T08:15:00-00:00", due);
    assert_reads_as("2026-03-15T08:14:00+23:59", due);
    assert_reads_as("2026-03-14T08:15:00.1Z", due + 100);
    assert_reads_as("2026-03-14T08:15:00.12Z", due + 120);
    assert_reads_as("2026-03-14T08:15:00.123Z", due + 123);
    assert_reads_as("2026-03-14T08:15:00.123999999Z", due + 123);
    assert_reads_as("0000-01-01T00:00:00Z", INT64_C(-62167219200000));
    assert_reads_as("9999-12-31T23:59:59.999Z", INT64_C(253402300799999));
}

static void what_is_not_a_time_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "2026",
                                        "2026-03-14",
                                        "2026-03-14T08:15Z",
                                        "2026-03-14T08:15:00",
                                        "20260314T081500Z",
                                        "2026-13-14T08:15:00Z",
                                        "2026-00-14T08:15:00Z",
                                        "2026-03-32T08:15:00Z",
                                        "2026-03-00T08:15:00Z",
                                        "2026-02-29T08:15:00Z",
                                        "1900-02-29T08:15:00Z",
                                        "2026-04-31T08:15:00Z",
                                        "2026-03-14T24:00:00Z",
                                        "2026-03-14T08:60:00Z",
                                        "2026-03-14T08:15:61Z",
                                        "2026-03-14T08:15:60Z",
                                        "2026-03-14T08:15:00.Z",
                                        "2026-03-14T08:15:00.1234567890Z",
                                        "2026-03-14T08:15:00+24:00",
                                        "2026-03-14T08:15:00+01:60",
                                        "2026-03-14T08:15:00+0100",
                                        "2026-03-14T08:15:00+01",
                                        "2026-03-14T08:15:00Zx",
                                        "2026-03-14T08:15:00,5Z",
                                        "2026-03-14X08:15:00Z",
                                        " 2026-03-14T08:15:00Z",
                                        "+026-03-14T08:15:00Z",
                                        "2026-3-14T08:15:00Z",
                                        "-2026-03-14T08:15:00Z",
                                        "2026-03-14T08:15:-1Z"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_is_refused(texts[i]);
    int64_t utc_ms;
    assert_false(calendar_read(TEXT("2026-03-14T08:15:00\0Z"), &utc_ms));
    assert_false(calendar_read(TEXT("2026-03-14\0"
                                    "08:15:00Z"),
                               &utc_ms));
}

static void a_time_cut_anywhere_is_refused(void **state)
{
    (void)state;
    const char *whole = "2026-03-14T08:15:00.123+01:00";
    for (size_t length = 0; length < strlen(whole); length++) {
        char *copy = malloc(length + (length == 0));
        memcpy(copy, whole, length);
        int64_t utc_ms;
        assert_false(calendar_read((struct text){copy, length}, &utc_ms));
        free(copy);
    }
}

static void what_is_written_is_read_again(void **state)
{
    (void)state;
    char text[CALENDAR_TEXT_BYTES];
    for (int64_t utc_ms = INT64_C(-62167219200000); utc_ms < INT64_C(253402300799999);
         utc_ms += INT64_C(31556952017))
        assert_reads_as(calendar_write(utc_ms, text), utc_ms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_day_of_ten_thousand_years_splits_as_in_the_c_library),
        cmocka_unit_test(milliseconds_before_1970_round_down_to_their_second),
        cmocka_unit_test(times_are_written_as_rfc_3339_with_milliseconds),
        cmocka_unit_test(times_beyond_four_digit_years_are_clamped),
        cmocka_unit_test(the_examples_of_rfc_3339_are_read),
        cmocka_unit_test(offsets_and_decimals_of_any_length_are_read),
        cmocka_unit_test(what_is_not_a_time_is_refused),
        cmocka_unit_test(a_time_cut_anywhere_is_refused),
        cmocka_unit_test(what_is_written_is_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
