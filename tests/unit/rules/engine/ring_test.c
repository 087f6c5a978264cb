/* Moving windows in bounded memory: what they come to is what the readings come to one by one, and
 * percentiles stay within 1 % of rank, whatever comes in whatever order, early or late. */
#include "base/rounding.h"
#include "rules/engine/ring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OVER_MS 3600000
#define READINGS 220000

struct reading {
    int64_t at_ms;
    double value;
};
static struct reading readings[READINGS]; /* as they came */
static double sorted[READINGS];
static uint64_t seed = UINT64_C(88172645463325252);

static double draw(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (double)(seed >> 11) / 9007199254740992.0;
}

static struct ring *ring_make(const struct ring_rule *rule)
{
    return calloc(1, ring_bytes(rule));
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* ---- sums ---------------------------------------------------------------------------------- */

struct whole {
    uint32_t count;
    double sum, least, most, first, last;
    int64_t first_ms, last_ms;
};

static struct whole look_at_all(size_t upto, int64_t from_ms)
{
    struct whole all = {0};
    for (size_t i = 0; i < upto; i++) {
        const struct reading *reading = &readings[i];
        if (reading->at_ms < from_ms)
            continue;
        bool is_first = all.count++ == 0;
        all.sum += reading->value;
        all.least = is_first || reading->value < all.least ? reading->value : all.least;
        all.most = is_first || reading->value > all.most ? reading->value : all.most;
        if (is_first || reading->at_ms < all.first_ms) {
            all.first = reading->value;
            all.first_ms = reading->at_ms;
        }
        if (is_first || reading->at_ms >= all.last_ms) {
            all.last = reading->value;
            all.last_ms = reading->at_ms;
        }
    }
    return all;
}

static void expect_whole(const struct ring *ring, const struct ring_rule *rule, size_t upto)
{
    int64_t gap_ms;
    struct ring_entry sum = ring_sum(ring, rule, 0, &gap_ms);
    struct whole all = look_at_all(upto, ring_entry(ring, rule, 0)->at_ms);
    assert_int_equal(sum.count, all.count);
    assert_true(sum.least == all.least && sum.most == all.most);
    assert_true(sum.at_ms == all.first_ms && ring_entry_end_ms(&sum) == all.last_ms);
    assert_true(sum.first == all.first && sum.last == all.last);
    double apart = sum.sum - all.sum;
    assert_true((apart < 0 ? -apart : apart) <= 1e-12 * all.sum);
    int64_t longest_ms = 0;
    for (size_t i = upto - all.count + 1; i < upto; i++) { /* they came in order */
        int64_t own_ms = readings[i].at_ms - readings[i - 1].at_ms;
        longest_ms = own_ms > longest_ms ? own_ms : longest_ms;
    }
    assert_true(gap_ms == longest_ms);
}

static void a_sum_is_what_the_readings_come_to_one_by_one(void **state)
{
    (void)state;
    static const int64_t intervals_ms[] = {1000, 20000, 30000, 61000, 400000};
    for (size_t k = 0; k < sizeof intervals_ms / sizeof *intervals_ms; k++) {
        struct ring_rule rule = ring_rule_for(OVER_MS, 0, false);
        struct ring *ring = ring_make(&rule);
        int64_t at_ms = 1000000000;
        for (size_t i = 0; i < 2000; i++) {
            at_ms += 1 + (int64_t)(draw() * 2 * (double)intervals_ms[k]);
            readings[i] = (struct reading){at_ms, draw() * 100};
            ring_take(ring, &rule, at_ms, readings[i].value);
            expect_whole(ring, &rule, i + 1);
            assert_true(ring_entry(ring, &rule, 0)->at_ms >= at_ms - OVER_MS - rule.slice_ms);
        }
        free(ring);
    }
}

/* Late ones get an entry of their own while there is room: all of them count, none twice. */
static void late_readings_are_in_the_sum_too(void **state)
{
    (void)state;
    struct ring_rule rule = ring_rule_for(OVER_MS, 0, true);
    struct ring *ring = ring_make(&rule);
    int64_t at_ms = 1000000000;
    for (size_t i = 0; i < 4000; i++) {
        at_ms += (int64_t)(draw() * 40000);
        int64_t late_ms = draw() < 0.4 ? (int64_t)(draw() * 300000) : 0;
        readings[i] = (struct reading){at_ms - late_ms, draw() * 100};
        ring_take(ring, &rule, readings[i].at_ms, readings[i].value);
        int64_t gap_ms;
        struct ring_entry sum = ring_sum(ring, &rule, 0, &gap_ms);
        struct whole all = look_at_all(i + 1, ring_entry(ring, &rule, 0)->at_ms);
        assert_int_equal(sum.count, all.count);
        assert_true(sum.least == all.least && sum.most == all.most);
        for (uint32_t k = 1, before = 0; k < ring->count; before = k++)
            assert_true(ring_entry(ring, &rule, k)->at_ms > ring_entry(ring, &rule, before)->at_ms);
        uint32_t first = ring->count / 3; /* a stretch that begins later */
        sum = ring_sum(ring, &rule, first, &gap_ms);
        all = look_at_all(i + 1, ring_entry(ring, &rule, first)->at_ms);
        assert_int_equal(sum.count, all.count);
        assert_true(sum.least == all.least && sum.most == all.most);
    }
    free(ring);
}

/* A sum that large values have gone through is as exact as one that never saw them. */
static void a_sum_does_not_drift(void **state)
{
    (void)state;
    struct ring_rule rule = ring_rule_for(OVER_MS, 0, false);
    struct ring *ring = ring_make(&rule);
    int64_t at_ms = 1000000000;
    for (int i = 0; i < 5000; i++, at_ms += 30000)
        ring_take(ring, &rule, at_ms, i % 300 < 100 ? 1e15 : 0.1);
    for (int i = 0; i < 121; i++, at_ms += 30000)
        ring_take(ring, &rule, at_ms, 0.25);
    struct ring_entry sum = ring_sum(ring, &rule, 0, NULL);
    assert_true(sum.sum == 0.25 * sum.count);
    free(ring);
}

/* ---- percentiles --------------------------------------------------------------------------- */

static size_t sort_from(size_t upto, int64_t from_ms)
{
    size_t count = 0;
    for (size_t i = 0; i < upto; i++) {
        if (readings[i].at_ms >= from_ms)
            sorted[count++] = readings[i].value;
    }
    qsort(sorted, count, sizeof *sorted, compare);
    return count;
}

static double exact(size_t count, double percent)
{
    double rank = percent * (double)count / 100;
    size_t whole = (size_t)rank;
    if ((double)whole != rank || whole < 1)
        return sorted[whole];
    return whole == count ? sorted[count - 1] : rounding_middle(sorted[whole - 1], sorted[whole]);
}

/* How far the answer's rank lies from the one that was asked for, as a share of all. */
static double rank_error(double answer, double percent, size_t count)
{
    size_t below = 0, low, high;
    for (low = 0, high = count; low < high;) {
        size_t middle = (low + high) / 2;
        if (sorted[middle] < answer)
            low = middle + 1;
        else
            high = middle;
    }
    size_t up_to = low;
    below = low;
    while (up_to < count && sorted[up_to] == answer)
        up_to++;
    double rank = percent / 100 * (double)count;
    double least = (double)below, most = (double)up_to;
    return (rank < least ? least - rank : rank > most ? rank - most : 0) / (double)count;
}

static double even(size_t i, size_t each)
{
    (void)i, (void)each;
    return draw();
}
static double rising(size_t i, size_t each)
{
    (void)each;
    return (double)i;
}
static double falling(size_t i, size_t each)
{
    (void)each;
    return -(double)i;
}
static double heavy(size_t i, size_t each)
{
    (void)i, (void)each;
    double u = draw();
    return 1 / (u * u * u + 1e-9);
}
static double two_values(size_t i, size_t each)
{
    (void)each;
    return i % 7 < 3 ? 3 : 7;
}
static double sawtooth_of_a_slice(size_t i, size_t each)
{
    return (double)(i % (each / 120 + 1));
}
static double sawtooth(size_t i, size_t each)
{
    (void)each;
    return (double)(i % 137) + draw() / 100;
}
static double slow_wave(size_t i, size_t each) /* up and down once in a window */
{
    double phase = (double)(i % each) / (double)each;
    return phase < 0.5 ? phase : 1 - phase;
}
static double steps(size_t i, size_t each)
{
    return (double)(i / (each / 5 + 1) % 2 != 0 ? -(double)(i % 1000) : (double)(i % 1000));
}
static double coarse(size_t i, size_t each)
{
    (void)i, (void)each;
    return (int)(draw() * 12) / 2.0;
}
static double outside_in(size_t i, size_t each)
{
    double place = (double)(i % each);
    return i % 2 != 0 ? place : 2.0 * (double)each - place;
}

static const struct shape {
    const char *name;
    double (*value)(size_t i, size_t each);
} shapes[] = {{"even", even},
              {"rising", rising},
              {"falling", falling},
              {"heavy tail", heavy},
              {"two values", two_values},
              {"sawtooth as long as a slice", sawtooth_of_a_slice},
              {"sawtooth", sawtooth},
              {"slow wave", slow_wave},
              {"steps", steps},
              {"coarse", coarse},
              {"outside in", outside_in}};
#define SHAPES (sizeof shapes / sizeof *shapes)

/* every: how far apart readings are; a window and a bit goes by, and is asked again and again. */
static double worst_error(const struct shape *shape, const struct ring_rule *rule, size_t each,
                          size_t asked)
{
    struct ring *ring = ring_make(rule);
    size_t all = each * 2 + each / 7 + 3;
    double worst = 0;
    for (size_t i = 0; i < all; i++) {
        readings[i] = (struct reading){INT64_C(1000000000) + (int64_t)(i * OVER_MS / each),
                                       shape->value(i, each)};
        ring_take(ring, rule, readings[i].at_ms, readings[i].value);
        if (i % (all / asked + 1) != 0 && i + 1 < all)
            continue;
        size_t count = sort_from(i + 1, ring_entry(ring, rule, 0)->at_ms);
        for (int percent = 0; percent <= 100; percent += 5) {
            double answer = ring_percentile(ring, rule, 0, percent);
            if (count <= rule->order_room && answer != exact(count, percent))
                fail_msg("%s: %zu readings, %d %%: %g, not %g", shape->name, count, percent, answer,
                         exact(count, percent));
            double error = rank_error(answer, percent, count);
            worst = error > worst ? error : worst;
        }
    }
    free(ring);
    return worst;
}

static void percentiles_are_within_one_percent_of_rank(void **state)
{
    (void)state;
    static const size_t sizes[] = {10, 100, 1000, 4000, 4500, 8500, 31000, 100000};
    struct ring_rule rule = ring_rule_for(OVER_MS, 0, true);
    for (size_t k = 0; k < SHAPES; k++) {
        for (size_t n = 0; n < sizeof sizes / sizeof *sizes; n++) {
            double error = worst_error(&shapes[k], &rule, sizes[n], sizes[n] > 20000 ? 6 : 20);
            if (error > 0.01)
                fail_msg("%s, %zu in a window: %.2f %%", shapes[k].name, sizes[n], 100 * error);
        }
    }
}

/* Exact far beyond what `expect` says, in less room; then it gets coarse by and by. */
static void a_device_that_sends_far_too_often_has_a_median_still(void **state)
{
    (void)state;
    struct ring_rule rule = ring_rule_for(OVER_MS, 60, true);
    assert_true(rule.order_room * 3 < ring_rule_for(OVER_MS, 0, true).order_room);
    for (size_t k = 0; k < SHAPES; k++) {
        assert_true(worst_error(&shapes[k], &rule, 60, 40) == 0);
        assert_true(worst_error(&shapes[k], &rule, 950, 20) == 0);
        double error = worst_error(&shapes[k], &rule, 6000, 20);
        if (error > 0.03)
            fail_msg("%s: %.2f %%", shapes[k].name, 100 * error);
    }
}

/* Nearly all readings in one slice, early, in the middle or at the end of the window; and what is
 * left of them. */
static void a_burst_is_within_one_percent_too(void **state)
{
    (void)state;
    struct ring_rule rule = ring_rule_for(OVER_MS, 0, true);
    for (int burst_s = 60; burst_s < 3600; burst_s += 700) {
        struct ring *ring = ring_make(&rule);
        size_t all = 0;
        for (int second = 0; second < 5000; second += 20) {
            size_t each = second / 20 == burst_s / 20 ? 30000 : 1;
            for (size_t i = 0; i < each; i++, all++) {
                readings[all] = (struct reading){1000000000 + second * 1000 + (int64_t)(i / 2),
                                                 each > 1 ? 50 + draw() * 20 : draw() * 100};
                ring_take(ring, &rule, readings[all].at_ms, readings[all].value);
            }
            size_t count = sort_from(all, ring_entry(ring, &rule, 0)->at_ms);
            for (int percent = 10; percent < 100; percent += 20) {
                double answer = ring_percentile(ring, &rule, 0, percent);
                double error = rank_error(answer, percent, count);
                if (error > 0.01)
                    fail_msg("burst at %d s, second %d, %d %% of %zu: %.2f %%", burst_s, second,
                             percent, count, 100 * error);
            }
        }
        free(ring);
    }
}

static void late_readings_have_their_place_among_the_others(void **state)
{
    (void)state;
    struct ring_rule rule = ring_rule_for(OVER_MS, 0, true);
    struct ring *ring = ring_make(&rule);
    int64_t at_ms = 1000000000;
    for (size_t i = 0; i < 4000; i++) {
        at_ms += (int64_t)(draw() * 20000);
        int64_t late_ms = draw() < 0.4 ? (int64_t)(draw() * 300000) : 0;
        readings[i] = (struct reading){at_ms - late_ms, (double)(int)(draw() * 100)};
        ring_take(ring, &rule, readings[i].at_ms, readings[i].value);
        uint32_t first = i % 3 == 0 ? ring->count / 2 : 0; /* some may have left already */
        size_t count = sort_from(i + 1, ring_entry(ring, &rule, first)->at_ms);
        assert_true(ring_percentile(ring, &rule, first, 50) == exact(count, 50));
        assert_true(ring_percentile(ring, &rule, first, 90) == exact(count, 90));
    }
    free(ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sum_is_what_the_readings_come_to_one_by_one),
        cmocka_unit_test(late_readings_are_in_the_sum_too),
        cmocka_unit_test(a_sum_does_not_drift),
        cmocka_unit_test(percentiles_are_within_one_percent_of_rank),
        cmocka_unit_test(a_device_that_sends_far_too_often_has_a_median_still),
        cmocka_unit_test(a_burst_is_within_one_percent_too),
        cmocka_unit_test(late_readings_have_their_place_among_the_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
