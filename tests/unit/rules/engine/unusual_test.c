/* The detector of the unusual: what it must find, what it must leave alone, and that it is plain
 * bytes. */
#include "rules/engine/unusual.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define MINUTE_MS INT64_C(60000)
#define DAY_MS (1440 * MINUTE_MS)
#define START_MS INT64_C(1773446400000)

static const struct unusual_settings settings = {.learn_over_ms = 7 * DAY_MS};

static uint64_t seed;

static double draw(void) /* 0 to 1, xorshift64 */
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (double)(seed >> 11) / 9007199254740992.0;
}

/* A day's swing with noise, every 5 minutes; `scale` and `level` move the range. */
static double usual_value(int64_t at_ms, double scale, double level)
{
    double turn = 6.283185307179586 * (double)(at_ms % DAY_MS) / (double)DAY_MS;
    return level + scale * (sin(turn) + 0.2 * (draw() - 0.5));
}

static struct unusual learned(int days, double scale, double level, int *alarms)
{
    struct unusual unusual;
    memset(&unusual, 0, sizeof unusual);
    seed = 88172645463325252u;
    *alarms = 0;
    for (int64_t at_ms = START_MS; at_ms < START_MS + days * DAY_MS; at_ms += 5 * MINUTE_MS) {
        double surprise =
            unusual_take(&unusual, &settings, at_ms, usual_value(at_ms, scale, level), false)
                .surprise;
        *alarms += surprise >= unusual_threshold(UNUSUAL_NORMAL);
    }
    return unusual;
}

static void it_says_nothing_before_it_has_learned_a_hundred_readings(void **state)
{
    (void)state;
    struct unusual unusual;
    memset(&unusual, 0, sizeof unusual);
    for (int i = 0; i < UNUSUAL_LEAST_READINGS; i++) {
        double value = i == 50 ? 1e6 : 20 + i % 3;
        assert_true(
            unusual_take(&unusual, &settings, START_MS + i * MINUTE_MS, value, false).surprise ==
            0);
    }
}

static void a_usual_month_is_quiet_and_a_spike_in_it_is_not(void **state)
{
    (void)state;
    int alarms;
    struct unusual unusual = learned(30, 1, 4, &alarms);
    assert_in_range(alarms, 0, 1);
    struct unusual_answer answer =
        unusual_take(&unusual, &settings, START_MS + 30 * DAY_MS, 9, false);
    assert_true(answer.surprise >= unusual_threshold(UNUSUAL_LOW));
    assert_int_equal(answer.direction, 1);
    assert_true(answer.chances[UNUSUAL_RECORD] < 0.007);
    assert_true(answer.low < 4 && answer.high > 4 && answer.high < 9);
}

static void a_value_that_is_usual_at_noon_is_found_at_midnight(void **state)
{
    (void)state;
    int alarms;
    struct unusual unusual = learned(30, 1, 4, &alarms);
    double chance = 1; /* midnight is in the middle of the swing: its top is seen at six */
    for (int i = 0; i < 6; i++) {
        struct unusual_answer answer = unusual_take(
            &unusual, &settings, START_MS + 30 * DAY_MS + i * 5 * MINUTE_MS, 4.95, false);
        assert_true(answer.chances[UNUSUAL_RECORD] == 1);
        double now = answer.chances[UNUSUAL_HOUR];
        chance = now < chance ? now : chance;
    }
    assert_true(chance < 0.007);
}

static void ranges_from_a_billionth_to_a_billiard_make_no_difference(void **state)
{
    (void)state;
    const double scales[] = {1e-9, 1e-3, 1, 1e6, 1e14};
    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++) {
        int alarms;
        double scale = scales[i];
        struct unusual unusual = learned(20, scale, 4 * scale, &alarms);
        assert_in_range(alarms, 0, 1);
        double surprise =
            unusual_take(&unusual, &settings, START_MS + 20 * DAY_MS, 9 * scale, false).surprise;
        assert_true(surprise >= unusual_threshold(UNUSUAL_LOW));
    }
}

static void a_constant_reading_and_its_last_digit_are_no_surprise(void **state)
{
    (void)state;
    struct unusual unusual;
    memset(&unusual, 0, sizeof unusual);
    struct unusual_settings coarse = settings;
    coarse.resolution = 0.5;
    for (int i = 0; i < 5000; i++) {
        double surprise =
            unusual_take(&unusual, &coarse, START_MS + i * MINUTE_MS, i % 977 ? 4.0 : 4.5, false)
                .surprise;
        assert_true(surprise < unusual_threshold(UNUSUAL_NORMAL));
    }
    assert_true(unusual_take(&unusual, &coarse, START_MS + 5000 * MINUTE_MS, 35, false).surprise >=
                unusual_threshold(UNUSUAL_NORMAL));
}

static void a_gap_and_uneven_times_raise_nothing(void **state)
{
    (void)state;
    struct unusual unusual;
    memset(&unusual, 0, sizeof unusual);
    seed = 88172645463325252u;
    int64_t at_ms = START_MS;
    int alarms = 0;
    for (int i = 0; i < 8000; i++) {
        at_ms += i % 1000 == 999 ? 3 * DAY_MS : (int64_t)(draw() * 600000);
        alarms +=
            unusual_take(&unusual, &settings, at_ms, usual_value(at_ms, 1, 4), false).surprise >=
            unusual_threshold(UNUSUAL_NORMAL);
    }
    assert_in_range(alarms, 0, 4);
}

static void what_is_wrong_is_not_learned_until_it_has_lasted(void **state)
{
    (void)state;
    int alarms;
    struct unusual unusual = learned(30, 1, 4, &alarms);
    float before = unusual.hour_mean[3];
    bool is_accepted = false;
    int64_t at_ms = START_MS + 30 * DAY_MS, accepted_ms = 0;
    for (int i = 0; i < 9 * 288 && !is_accepted; i++, at_ms += 5 * MINUTE_MS) {
        is_accepted =
            unusual_take(&unusual, &settings, at_ms, usual_value(at_ms, 1, 12), true).is_accepted;
        if (!is_accepted)
            assert_true(unusual.hour_mean[3] == before);
        accepted_ms = at_ms;
    }
    assert_true(is_accepted);
    assert_in_range(accepted_ms - START_MS - 30 * DAY_MS, 7 * DAY_MS, 7 * DAY_MS + 600000);
    assert_true(unusual.hour_mean[3] > before + 6);
}

static void a_copy_goes_on_as_the_original_does(void **state)
{
    (void)state;
    int alarms;
    struct unusual unusual = learned(10, 1, 4, &alarms), copy;
    memcpy(&copy, &unusual, sizeof copy);
    for (int i = 0; i < 500; i++) {
        int64_t at_ms = START_MS + 10 * DAY_MS + i * 5 * MINUTE_MS;
        double value = usual_value(at_ms, 1, i == 250 ? 9 : 4);
        double a = unusual_take(&unusual, &settings, at_ms, value, false).surprise;
        double b = unusual_take(&copy, &settings, at_ms, value, false).surprise;
        assert_memory_equal(&a, &b, sizeof a);
    }
}

static void what_was_told_is_not_told_again_at_once(void **state)
{
    (void)state;
    struct unusual_bar bar = {0};
    assert_true(unusual_passes(&bar, 12, 20, 1));
    assert_false(unusual_passes(&bar, 12, 15, 1));
    assert_true(unusual_passes(&bar, 12, 21, 1)); /* worse is told */
    for (int i = 0; i < 2000; i++)
        assert_false(unusual_passes(&bar, 12, 1, 1));
    assert_true(unusual_passes(&bar, 12, 12.1, 1));
}

static struct unusual_answer answer_of(double surprise, int direction)
{
    return (struct unusual_answer){
        .surprise = surprise, .steps = 1, .chances = {1, 0.01, 1, 1, 1}, .direction = direction};
}

static void an_episode_is_told_once_and_lasts_until_readings_were_calm_in_a_row(void **state)
{
    (void)state;
    struct unusual_episode episode = {0};
    struct unusual_answer loud = answer_of(20, -1), middling = answer_of(7, -1),
                          calm = answer_of(5, -1);
    assert_true(unusual_episode_take(&episode, 12, 0, &loud));
    assert_true(episode.is_on && episode.part == UNUSUAL_HOUR && episode.direction == -1);
    assert_false(unusual_episode_take(&episode, 12, 0, &loud));
    for (int i = 1; i < UNUSUAL_CALM_STEPS; i++)
        assert_false(unusual_episode_take(&episode, 12, 0, &calm));
    unusual_episode_take(&episode, 12, 0, &middling); /* more than half: counted anew */
    for (int i = 1; i < UNUSUAL_CALM_STEPS; i++)
        unusual_episode_take(&episode, 12, 0, &calm);
    assert_true(episode.is_on);
    unusual_episode_take(&episode, 12, 0, &calm);
    assert_false(episode.is_on);
}

static void
a_healthy_reading_in_fifty_outside_does_not_keep_the_episode_of_a_fast_sensor(void **state)
{
    (void)state;
    struct unusual_episode episode = {0};
    struct unusual_answer loud = answer_of(20, 1), calm = answer_of(5, 1), outside = calm;
    loud.steps = calm.steps = outside.steps = 1.0 / 300; /* a reading each second */
    outside.is_outside = true;
    assert_true(unusual_episode_take(&episode, 12, 0, &loud));
    for (int second = 0; second < 3600; second++)
        unusual_episode_take(&episode, 12, 0, second % 50 == 0 ? &outside : &calm);
    assert_false(episode.is_on);
    assert_true(unusual_episode_take(&episode, 12, 0, &(struct unusual_answer){.surprise = 40}));
    for (int second = 0; second < 36000; second++) /* one in five: it is not over */
        unusual_episode_take(&episode, 12, 0, second % 5 == 0 ? &outside : &calm);
    assert_true(episode.is_on);
}

static void an_episode_of_one_direction_does_not_hear_of_the_other(void **state)
{
    (void)state;
    struct unusual_episode high = {0}, low = {0};
    struct unusual_answer deep = answer_of(40, -1), up = answer_of(15, 1);
    assert_false(unusual_episode_take(&high, 12, 1, &deep));
    assert_true(unusual_episode_take(&low, 12, -1, &deep));
    assert_true(unusual_episode_take(&high, 12, 1, &up)); /* its bar was not put up */
    assert_false(unusual_episode_take(&low, 12, -1, &up));
    assert_true(low.calm == 1);
}

static void what_is_accepted_ends_the_episode(void **state)
{
    (void)state;
    struct unusual_episode episode = {0};
    struct unusual_answer loud = answer_of(20, 1);
    unusual_episode_take(&episode, 12, 0, &loud);
    loud.is_accepted = true;
    assert_false(unusual_episode_take(&episode, 12, 0, &loud));
    assert_false(episode.is_on);
}

static void the_range_is_that_of_the_answer_and_a_step_of_the_clock_moves_it(void **state)
{
    (void)state;
    int alarms;
    double low, high;
    struct unusual unusual = learned(10, 1, 4, &alarms), before = unusual;
    int64_t at_ms = START_MS + 10 * DAY_MS;
    struct unusual_answer answer = unusual_take(&unusual, &settings, at_ms, 4, false);
    unusual_range(&before, &settings, at_ms, &low, &high);
    assert_true(fabs(low - answer.low) < 1e-9 && fabs(high - answer.high) < 1e-9);
    assert_true(low > 2 && low < 4 && high > 4 && high < 6);
    unusual_shift(&unusual, -5000);
    assert_int_equal(unusual.newest_ms, at_ms - 5000);
    assert_int_equal(unusual.wrong_since_ms, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_says_nothing_before_it_has_learned_a_hundred_readings),
        cmocka_unit_test(a_usual_month_is_quiet_and_a_spike_in_it_is_not),
        cmocka_unit_test(a_value_that_is_usual_at_noon_is_found_at_midnight),
        cmocka_unit_test(ranges_from_a_billionth_to_a_billiard_make_no_difference),
        cmocka_unit_test(a_constant_reading_and_its_last_digit_are_no_surprise),
        cmocka_unit_test(a_gap_and_uneven_times_raise_nothing),
        cmocka_unit_test(what_is_wrong_is_not_learned_until_it_has_lasted),
        cmocka_unit_test(a_copy_goes_on_as_the_original_does),
        cmocka_unit_test(what_was_told_is_not_told_again_at_once),
        cmocka_unit_test(an_episode_is_told_once_and_lasts_until_readings_were_calm_in_a_row),
        cmocka_unit_test(
            a_healthy_reading_in_fifty_outside_does_not_keep_the_episode_of_a_fast_sensor),
        cmocka_unit_test(an_episode_of_one_direction_does_not_hear_of_the_other),
        cmocka_unit_test(what_is_accepted_ends_the_episode),
        cmocka_unit_test(the_range_is_that_of_the_answer_and_a_step_of_the_clock_moves_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
