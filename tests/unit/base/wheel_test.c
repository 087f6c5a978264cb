/* The timer wheel against the plainest possible one: an array that is searched. */
#include "base/wheel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct wheel wheel;

static void an_empty_wheel_never_expires(void **state)
{
    (void)state;
    wheel_init(&wheel, 1000);
    assert_true(wheel_next(&wheel) == WHEEL_NEVER);
    assert_null(wheel_expire(&wheel, 2000));
    assert_int_equal(wheel.now, 2000);
}

static void time_never_moves_backwards(void **state)
{
    (void)state;
    struct wheel_timer timer = {0};
    wheel_init(&wheel, 1000);
    assert_null(wheel_expire(&wheel, 900));
    assert_int_equal(wheel.now, 1000);
    wheel_start(&wheel, &timer, 990);
    assert_null(wheel_expire(&wheel, 995));
    assert_ptr_equal(wheel_expire(&wheel, 1000), &timer);
    assert_int_equal(wheel.now, 1000);
}

static void a_timer_fires_at_its_deadline_and_not_before(void **state)
{
    (void)state;
    static const int64_t delays[] = {
        0, 1, 63, 64, 65, 4095, 4096, 262144, 16777216, 1073741824, INT64_C(68719476736)};
    for (size_t i = 0; i < sizeof delays / sizeof delays[0]; i++) {
        struct wheel_timer timer = {0};
        int64_t now = 1767225600123 + (int64_t)i;
        wheel_init(&wheel, now);
        wheel_start(&wheel, &timer, now + delays[i]);
        assert_true(wheel_next(&wheel) == now + delays[i]);
        assert_null(wheel_expire(&wheel, now + delays[i] - 1));
        assert_ptr_equal(wheel_expire(&wheel, now + delays[i]), &timer);
        assert_false(wheel_timer_is_running(&timer));
        assert_null(wheel_expire(&wheel, now + delays[i]));
    }
}

static void timers_of_one_tick_fire_in_the_order_of_their_starting(void **state)
{
    (void)state;
    struct wheel_timer timers[4] = {0};
    wheel_init(&wheel, 0);
    wheel_start(&wheel, &timers[0], 5000);
    assert_null(wheel_expire(&wheel, 4000));
    wheel_start(&wheel, &timers[1], 5000);
    assert_null(wheel_expire(&wheel, 4990));
    wheel_start(&wheel, &timers[2], 5000);
    wheel_start(&wheel, &timers[3], 5000);
    wheel_start(&wheel, &timers[1], 5000); /* started again: now the last */
    static const int order[] = {0, 2, 3, 1};
    for (int i = 0; i < 4; i++)
        assert_ptr_equal(wheel_expire(&wheel, 6000), &timers[order[i]]);
    assert_null(wheel_expire(&wheel, 6000));
}

static void a_stopped_timer_does_not_fire(void **state)
{
    (void)state;
    struct wheel_timer timers[3] = {0};
    wheel_init(&wheel, 0);
    for (int i = 0; i < 3; i++)
        wheel_start(&wheel, &timers[i], 70);
    wheel_stop(&wheel, &timers[1]);
    wheel_stop(&wheel, &timers[1]);
    assert_ptr_equal(wheel_expire(&wheel, 100), &timers[0]);
    wheel_stop(&wheel, &timers[2]);
    assert_true(wheel_next(&wheel) == WHEEL_NEVER);
    assert_null(wheel_expire(&wheel, 100));
}

static void a_deadline_beyond_the_reach_waits_at_its_end(void **state)
{
    (void)state;
    struct wheel_timer timer = {0}, soon = {0};
    wheel_init(&wheel, 1767225600000);
    wheel_start(&wheel, &timer, INT64_MAX);
    wheel_start(&wheel, &soon, 1767225600010);
    assert_true(wheel_next(&wheel) == 1767225600010);
    assert_ptr_equal(wheel_expire(&wheel, 1767225700000), &soon);
    assert_null(wheel_expire(&wheel, 1767225700000));
    assert_true(wheel_timer_is_running(&timer));
}

#define TIMERS 300

static void it_agrees_with_a_search_over_all_timers(void **state)
{
    (void)state;
    static struct wheel_timer timers[TIMERS];
    static uint64_t started[TIMERS];
    memset(timers, 0, sizeof timers);
    uint64_t starts = 0;
    srand(7);
    wheel_init(&wheel, 12345);
    for (int step = 0; step < 20000; step++) {
        int which = rand() % TIMERS;
        if (rand() % 3 == 0) {
            wheel_stop(&wheel, &timers[which]);
        } else {
            wheel_start(&wheel, &timers[which], wheel.now + rand() % (1 << rand() % 24));
            started[which] = ++starts;
        }
        int64_t until = wheel.now + rand() % (1 << rand() % 16);
        for (;;) {
            int first = -1;
            for (int i = 0; i < TIMERS; i++)
                if (wheel_timer_is_running(&timers[i]) &&
                    (first < 0 || timers[i].deadline < timers[first].deadline ||
                     (timers[i].deadline == timers[first].deadline && started[i] < started[first])))
                    first = i;
            assert_true(wheel_next(&wheel) == (first < 0 ? WHEEL_NEVER : timers[first].deadline));
            bool is_due = first >= 0 && timers[first].deadline <= until;
            struct wheel_timer *got = wheel_expire(&wheel, until);
            assert_ptr_equal(got, is_due ? &timers[first] : NULL);
            if (!got)
                break;
        }
    }
}

/* The same timers in two wheels; in one of them they get another place again and again, alone in
 * their slot, first, last or in between, running or not. */
static void timers_that_move_fire_as_if_they_had_stayed(void **state)
{
    (void)state;
    static struct wheel staying;
    static struct wheel_timer stay[TIMERS], places[TIMERS + 1];
    static int at[TIMERS]; /* where each of those that move lies */
    memset(stay, 0, sizeof stay);
    memset(places, 0, sizeof places);
    int free_place = TIMERS;
    for (int i = 0; i < TIMERS; i++)
        at[i] = i;
    srand(11);
    wheel_init(&wheel, 777);
    wheel_init(&staying, 777);
    for (int step = 0; step < 20000; step++) {
        int which = rand() % TIMERS;
        if (rand() % 4 == 0) {
            wheel_stop(&wheel, &places[at[which]]);
            wheel_stop(&staying, &stay[which]);
        } else { /* often several at one instant */
            int64_t deadline = wheel.now + rand() % (1 << rand() % 24) / 50 * 50;
            wheel_start(&wheel, &places[at[which]], deadline);
            wheel_start(&staying, &stay[which], deadline);
        }
        int mover = rand() % TIMERS, old_place = at[mover];
        places[free_place] = places[old_place];
        wheel_move(&wheel, &places[free_place], &places[old_place]);
        memset(&places[old_place], 0xa5, sizeof places[old_place]); /* no longer used */
        at[mover] = free_place;
        free_place = old_place;
        int64_t until = wheel.now + rand() % (1 << rand() % 16);
        for (const struct wheel_timer *fired = &stay[0]; fired;) {
            assert_true(wheel_next(&wheel) == wheel_next(&staying));
            fired = wheel_expire(&staying, until);
            assert_ptr_equal(wheel_expire(&wheel, until), fired ? &places[at[fired - stay]] : NULL);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_wheel_never_expires),
        cmocka_unit_test(time_never_moves_backwards),
        cmocka_unit_test(a_timer_fires_at_its_deadline_and_not_before),
        cmocka_unit_test(timers_of_one_tick_fire_in_the_order_of_their_starting),
        cmocka_unit_test(a_stopped_timer_does_not_fire),
        cmocka_unit_test(a_deadline_beyond_the_reach_waits_at_its_end),
        cmocka_unit_test(it_agrees_with_a_search_over_all_timers),
        cmocka_unit_test(timers_that_move_fire_as_if_they_had_stayed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
