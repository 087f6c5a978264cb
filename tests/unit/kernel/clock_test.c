/* UTC: set once at once, then slewed; never backwards but by a step of more than a second. */
#include "tests/unit/kernel/fake_platform.h"

#define SECOND_NS UINT64_C(1000000000)
#define START_MS INT64_C(1767225600000)

static void before_it_is_set_it_counts_from_zero_at_entry(void **state)
{
    (void)state;
    assert_false(clock_is_set());
    fake.now_ns = 1234567890;
    assert_int_equal(clock_utc_ms(), 1234);
    assert_int_equal(clock_monotonic_ns(), 1234567890);
}

static void the_first_correction_sets_it_at_once(void **state)
{
    (void)state;
    clock_correct(START_MS, "rtc");
    assert_true(clock_is_set());
    assert_int_equal(clock_utc_ms(), START_MS);
    assert_non_null(strstr(fake.console, " info clock source=rtc utc=2026-01-01T00:00:00.000Z\n"));
}

static void a_small_error_is_slewed_at_500_parts_per_million(void **state)
{
    (void)state;
    clock_correct(clock_utc_ms() + 100, "sntp");
    int64_t begin_ms = clock_utc_ms();
    fake.now_ns += 100 * SECOND_NS;
    assert_int_equal(clock_utc_ms() - begin_ms, 100000 + 50);
    fake.now_ns += 200 * SECOND_NS;
    assert_int_equal(clock_utc_ms() - begin_ms, 300000 + 100);
}

static void slewing_back_it_never_stands_still(void **state)
{
    (void)state;
    clock_correct(clock_utc_ms() - 900, "sntp");
    int64_t begin_ms = clock_utc_ms(), last_ms = begin_ms;
    for (int i = 0; i < 2000; i++) {
        fake.now_ns += SECOND_NS;
        assert_in_range(clock_utc_ms() - last_ms, 999, 1000);
        last_ms = clock_utc_ms();
    }
    assert_int_equal(last_ms - begin_ms, 2000000 - 900);
}

static void a_correction_during_a_slew_starts_from_what_was_reached(void **state)
{
    (void)state;
    clock_correct(clock_utc_ms() + 500, "sntp");
    fake.now_ns += 100 * SECOND_NS;
    int64_t reached_ms = clock_utc_ms();
    clock_correct(reached_ms, "sntp");
    assert_int_equal(clock_utc_ms(), reached_ms);
    fake.now_ns += 1000 * SECOND_NS;
    assert_in_range(clock_utc_ms() - reached_ms, 1000000 - 1, 1000000 + 1);
}

static void an_error_above_a_second_is_a_step_with_a_warning(void **state)
{
    (void)state;
    int64_t before_ms = clock_utc_ms();
    clock_correct(before_ms - 5000, "sntp");
    assert_int_equal(clock_utc_ms(), before_ms - 5000);
    assert_non_null(strstr(fake.console, " warn clock source=sntp step_ms=-"));
}

static void a_line_holds_one_event_and_at_most_400_bytes(void **state)
{
    (void)state;
    char name[600];
    memset(name, 'x', sizeof name);
    name[5] = '\n';
    name[sizeof name - 1] = 0;
    fake.console_length = 0;
    fake.now_ns = 4 * 1000000;
    log_line(LOG_INFO, "device name=%s", name);
    assert_true(strncmp(fake.console, "0.004 info device name=xxxxx xxx", 32) == 0);
    assert_int_equal(fake.console_length, 400);
    assert_ptr_equal(strchr(fake.console, '\n'), fake.console + 399);
}

static void lines_below_the_level_are_not_printed(void **state)
{
    (void)state;
    fake.console_length = 0;
    log_line(LOG_DEBUG, "nothing");
    assert_int_equal(fake.console_length, 0);
    log_set_level(LOG_DEBUG);
    log_line(LOG_DEBUG, "something");
    assert_string_equal(fake.console, "0.004 debug something\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_it_is_set_it_counts_from_zero_at_entry),
        cmocka_unit_test(the_first_correction_sets_it_at_once),
        cmocka_unit_test(a_small_error_is_slewed_at_500_parts_per_million),
        cmocka_unit_test(slewing_back_it_never_stands_still),
        cmocka_unit_test(a_correction_during_a_slew_starts_from_what_was_reached),
        cmocka_unit_test(an_error_above_a_second_is_a_step_with_a_warning),
        cmocka_unit_test(a_line_holds_one_event_and_at_most_400_bytes),
        cmocka_unit_test(lines_below_the_level_are_not_printed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
