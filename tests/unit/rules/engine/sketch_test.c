/* Percentiles within 1 % of rank, whatever comes in whatever order. */
#include "rules/engine/sketch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define READINGS 20000

static double values[READINGS], sorted[READINGS];
static uint64_t seed = UINT64_C(88172645463325252);

static double draw(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (double)(seed >> 11) / 9007199254740992.0;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* How far the answer's rank lies from the rank that was asked for, as a share of all. An answer
 * that occurs many times covers many ranks. */
static double rank_error(double answer, double percent, int count)
{
    int below = 0, up_to = 0;
    for (int i = 0; i < count; i++) {
        below += sorted[i] < answer;
        up_to += sorted[i] <= answer;
    }
    double rank = percent / 100;
    double low = (double)below / count, high = (double)up_to / count;
    return rank < low ? low - rank : rank > high ? rank - high : 0;
}

static double worst_error(struct sketch *sketch, int count)
{
    double worst = 0;
    for (int percent = 0; percent <= 100; percent++) {
        double answer;
        assert_true(sketch_percentile(sketch, percent, &answer));
        double error = rank_error(answer, percent, count);
        worst = error > worst ? error : worst;
    }
    return worst;
}

static double heavy(int i)
{
    (void)i;
    double u = draw();
    return 1 / (u * u * u + 1e-9);
}
static double rising(int i)
{
    return i;
}
static double falling(int i)
{
    return -i;
}
static double even(int i)
{
    (void)i;
    return draw();
}
static double outside_in(int i)
{
    return i % 2 ? i : 2.0 * READINGS - i;
}
static double inside_out(int i)
{
    return i % 2 ? READINGS + i : READINGS - i;
}
static double two_points(int i)
{
    return i % 10 == 0 ? 7 : 3;
}
static double constant(int i)
{
    (void)i;
    return 4.5;
}
static double wide(int i)
{
    double value = 1e-9;
    for (int k = i * 7919 % 25; k > 0; k--)
        value *= 10;
    return value * (1 + draw());
}
static double saw(int i)
{
    return i % 137 + draw();
}
static double runs(int i)
{
    return (i / 1000) % 2 ? -i : i;
}
static double coarse(int i)
{
    (void)i;
    return (int)(draw() * 12) / 2.0;
}

static void every_percentile_is_within_one_percent_of_rank(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double (*value)(int i);
    } shapes[] = {{"even", even},
                  {"rising", rising},
                  {"falling", falling},
                  {"heavy tail", heavy},
                  {"outside in", outside_in},
                  {"inside out", inside_out},
                  {"two points", two_points},
                  {"constant", constant},
                  {"1e-9 to 1e15", wide},
                  {"saw", saw},
                  {"runs", runs},
                  {"coarse", coarse}};
    static const int counts[] = {1, 2, 3, 100, 192, 193, 300, 1000, READINGS};
    for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++) {
        for (size_t n = 0; n < sizeof counts / sizeof *counts; n++) {
            struct sketch sketch;
            memset(&sketch, 0, sizeof sketch);
            for (int i = 0; i < counts[n]; i++) {
                sorted[i] = values[i] = shapes[k].value(i);
                sketch_add(&sketch, values[i]);
            }
            qsort(sorted, (size_t)counts[n], sizeof *sorted, compare);
            double error = worst_error(&sketch, counts[n]);
            if (error > 0.01 + 1e-9 &&
                error * counts[n] >= 1) /* few readings: half of one is more */
                fail_msg("%s, %d readings: %.2f %%", shapes[k].name, counts[n], 100 * error);
            if (sketch.centroids > SKETCH_CENTROIDS)
                fail_msg("%s: %u", shapes[k].name, sketch.centroids);
        }
    }
}

static void many_small_sketches_make_one(void **state)
{
    (void)state;
    struct sketch whole, part;
    memset(&whole, 0, sizeof whole);
    for (int i = 0; i < READINGS; i += 500) {
        memset(&part, 0, sizeof part);
        for (int k = i; k < i + 500; k++) {
            sorted[k] = runs(k);
            sketch_add(&part, sorted[k]);
        }
        sketch_merge(&whole, &part);
    }
    qsort(sorted, READINGS, sizeof *sorted, compare);
    assert_true(worst_error(&whole, READINGS) <= 0.01);
}

static void the_median_of_few_readings_is_exact(void **state)
{
    (void)state;
    struct sketch sketch;
    double median;
    memset(&sketch, 0, sizeof sketch);
    assert_false(sketch_percentile(&sketch, 50, &median));
    const double some[] = {5, 1, 4, 2};
    const double medians[] = {5, 3, 4, 3};
    for (int i = 0; i < 4; i++) {
        sketch_add(&sketch, some[i]);
        assert_true(sketch_percentile(&sketch, 50, &median));
        assert_true(median == medians[i]);
    }
    assert_true(sketch_percentile(&sketch, 0, &median) && median == 1);
    assert_true(sketch_percentile(&sketch, 100, &median) && median == 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_percentile_is_within_one_percent_of_rank),
        cmocka_unit_test(many_small_sketches_make_one),
        cmocka_unit_test(the_median_of_few_readings_is_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
