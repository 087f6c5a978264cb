/* Totals and counts over moving windows, against plain reckoning. RULES section 6; E 22, 23. */
#include "rules/engine/totals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HOUR INT64_C(3600000)
#define MINUTE INT64_C(60000)

static const struct total_rule four_in_24 = {4 * HOUR, 24 * HOUR, 3 * MINUTE};

static void take_every_minute(struct total *total, int64_t from_ms, int64_t to_ms, bool is_true)
{
    for (int64_t at = from_ms; at < to_ms; at += MINUTE)
        total_take(total, &four_in_24, at, is_true);
}

static void a_total_is_full_to_the_millisecond_while_nothing_leaves(void **state)
{
    (void)state;
    struct total total = {0};
    int64_t t = 1773014400123;
    take_every_minute(&total, t, t + 3 * HOUR, true);
    take_every_minute(&total, t + 3 * HOUR, t + 5 * HOUR, false);
    take_every_minute(&total, t + 5 * HOUR, t + 6 * HOUR - MINUTE, true);
    int64_t last = t + 6 * HOUR - 2 * MINUTE;
    assert_int_equal(total_full_ms(&total, &four_in_24, last), t + 6 * HOUR);
    assert_int_equal(total_ms(&total, &four_in_24, t + 6 * HOUR - 1), 4 * HOUR - 1);
    assert_int_equal(total_ms(&total, &four_in_24, t + 6 * HOUR), 4 * HOUR);
}

static void a_value_counts_no_longer_than_it_is_fresh(void **state)
{
    (void)state;
    struct total total = {0};
    total_take(&total, &four_in_24, 1000, true);
    assert_int_equal(total_ms(&total, &four_in_24, 1000 + 2 * MINUTE), 2 * MINUTE);
    assert_int_equal(total_ms(&total, &four_in_24, 1000 + HOUR), 3 * MINUTE);
    assert_int_equal(total_full_ms(&total, &four_in_24, 1000), TOTALS_NEVER);
    /* The same across hours in which Brink was off. */
    total_take(&total, &four_in_24, 1000 + 9 * HOUR, false);
    assert_int_equal(total_ms(&total, &four_in_24, 1000 + 9 * HOUR), 3 * MINUTE);
}

static void a_total_ends_when_its_window_no_longer_holds_it(void **state)
{
    (void)state;
    struct total total = {0};
    int64_t t = 12 * HOUR;
    take_every_minute(&total, t, t + 5 * HOUR, true);
    take_every_minute(&total, t + 5 * HOUR, t + 26 * HOUR, false);
    int64_t now = t + 22 * HOUR;
    assert_int_equal(total_ms(&total, &four_in_24, now), 5 * HOUR);
    int64_t less = total_less_ms(&total, &four_in_24, now);
    assert_int_equal(less, t + 25 * HOUR + 1);
    assert_int_equal(total_ms(&total, &four_in_24, less), 4 * HOUR - 1);
}

/* ---- against a plain reckoning ------------------------------------------------------------- */

enum { LONG = 6000, WINDOW = 480, SLICE = WINDOW / TOTAL_SLICES, FRESH = 40 };
static const struct total_rule small = {100, WINDOW, FRESH};

static int plain_total(const uint8_t *is_true, int now)
{
    int sum = 0;
    for (int at = now - WINDOW < 0 ? 0 : now - WINDOW; at < now; at++)
        sum += is_true[at];
    return sum;
}

/* `readings`: 0 none, 1 false, 2 true. */
static void plain_reckoning(const uint8_t *readings, int until, uint8_t *is_true)
{
    int last = -FRESH - 1;
    bool was_true = false;
    for (int at = 0; at < LONG; at++) {
        if (at <= until && readings[at] != 0) {
            last = at;
            was_true = readings[at] == 2;
        }
        is_true[at] = was_true && at - last < FRESH;
    }
}

static void totals_are_right_to_a_slice_whatever_comes(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 30; seed++) {
        srand(seed);
        static uint8_t readings[LONG], is_true[LONG];
        memset(readings, 0, sizeof readings);
        struct total total = {0};
        bool value = false;
        int last = 0;
        for (int at = 0; at < LONG; at++) {
            if (rand() % (seed % 3 == 0 ? 60 : 9) == 0) {
                value = rand() % 10 == 0 ? !value : value;
                readings[at] = value ? 2 : 1;
                total_take(&total, &small, at, value);
                last = at;
            }
            plain_reckoning(readings, at, is_true);
            int64_t now = total_ms(&total, &small, at);
            assert_in_range((uint64_t)(now - plain_total(is_true, at) + SLICE), 0, 2 * SLICE);
            if (total.readings == 0)
                continue;
            if (now < small.for_ms) {
                int64_t full = total_full_ms(&total, &small, at);
                if (full == TOTALS_NEVER) {
                    int64_t end = at < last + FRESH ? last + FRESH : at;
                    assert_true(total_ms(&total, &small, end) < small.for_ms);
                } else {
                    assert_true(full > at);
                    assert_true(total_ms(&total, &small, full) >= small.for_ms);
                    assert_true(total_ms(&total, &small, full - 1) < small.for_ms);
                }
            } else {
                int64_t less = total_less_ms(&total, &small, at);
                assert_true(less > at);
                assert_true(total_ms(&total, &small, less - 1) >= small.for_ms);
                if (!value || at >= last + FRESH)
                    assert_true(total_ms(&total, &small, less) < small.for_ms);
            }
        }
    }
}

static void a_late_reading_changes_a_total_as_if_it_had_come_in_time(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 200; seed++) {
        srand(seed);
        struct total in_time = {0}, late = {0};
        int64_t held_at = -1;
        bool held = false;
        for (int64_t at = 0; at < 2000; at += 1 + rand() % 50) {
            bool value = rand() % 2 == 0;
            total_take(&in_time, &small, at, value);
            if (held_at < 0 && at > 0 && rand() % 4 == 0) {
                held_at = at;
                held = value;
                continue;
            }
            total_take(&late, &small, at, value);
            if (held_at >= 0) {
                total_take_late(&late, &small, held_at, held);
                held_at = -1;
                assert_int_equal(total_ms(&late, &small, at), total_ms(&in_time, &small, at));
            }
        }
    }
}

static void a_reading_from_before_all_that_is_remembered_changes_nothing(void **state)
{
    (void)state;
    struct total total = {0};
    for (int64_t at = 1000; at < 1000 + 5 * 20; at += 5)
        total_take(&total, &small, at, true);
    struct total before = total;
    total_take_late(&total, &small, 1001, false);
    assert_memory_equal(&total, &before, sizeof total);
}

static void a_total_moves_with_the_clock(void **state)
{
    (void)state;
    struct total total = {0};
    for (int64_t at = 1000; at < 1400; at += 10)
        total_take(&total, &small, at, at % 100 < 50);
    int64_t sum = total_ms(&total, &small, 1400);
    total_shift(&total, -777);
    assert_int_equal(total_ms(&total, &small, 1400 - 777), sum);
}

/* ---- counted ------------------------------------------------------------------------------- */

static struct times *times_made(uint32_t count)
{
    struct times *times = calloc(1, times_bytes(count));
    assert_non_null(times);
    return times;
}

static void only_false_to_true_counts(void **state)
{
    (void)state;
    struct times *times = times_made(3);
    times_take(times, 3, 100, true, false); /* was it true before? nobody knows */
    for (int64_t at = 200; at < 800; at += 200) {
        times_take(times, 3, at, false, false);
        times_take(times, 3, at + 50, false, false);
        assert_true(times_until_ms(times, 3, 1000) <= at);
        times_take(times, 3, at + 100, true, false);
        times_take(times, 3, at + 150, true, false);
    }
    assert_int_equal(times_until_ms(times, 3, 1000), 1300);
    times_shift(times, 5000);
    assert_int_equal(times_until_ms(times, 3, 1000), 6300);
    free(times);
}

static void suppression_counts_nothing_and_empties_nothing(void **state)
{
    (void)state;
    struct times *times = times_made(2);
    times_take(times, 2, 0, false, false);
    times_take(times, 2, 10, true, false);
    times_take(times, 2, 20, false, true);
    times_take(times, 2, 30, true, true);
    assert_int_equal(times_until_ms(times, 2, 100), INT64_MIN);
    times_take(times, 2, 40, true, false); /* it became true while suppressed */
    assert_int_equal(times_until_ms(times, 2, 100), INT64_MIN);
    times_take(times, 2, 50, false, false);
    times_take(times, 2, 60, true, false);
    assert_int_equal(times_until_ms(times, 2, 100), 110);
    free(times);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_total_is_full_to_the_millisecond_while_nothing_leaves),
        cmocka_unit_test(a_value_counts_no_longer_than_it_is_fresh),
        cmocka_unit_test(a_total_ends_when_its_window_no_longer_holds_it),
        cmocka_unit_test(totals_are_right_to_a_slice_whatever_comes),
        cmocka_unit_test(a_late_reading_changes_a_total_as_if_it_had_come_in_time),
        cmocka_unit_test(a_reading_from_before_all_that_is_remembered_changes_nothing),
        cmocka_unit_test(a_total_moves_with_the_clock),
        cmocka_unit_test(only_false_to_true_counts),
        cmocka_unit_test(suppression_counts_nothing_and_empties_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
