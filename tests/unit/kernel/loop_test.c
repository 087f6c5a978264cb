/* The loop's order: sources while they have work, timers, the worker, sleep; no wake-up lost on the
 * way. */
#include "kernel/timers.h"
#include "tests/unit/kernel/fake_platform.h"

static char events[200];

static void note(char event)
{
    size_t length = strlen(events);
    assert_true(length + 1 < sizeof events);
    events[length] = event;
    events[length + 1] = 0;
}

static const char *after_turns(int turns)
{
    events[0] = 0;
    while (turns-- > 0)
        loop_turn();
    return events;
}

struct source {
    struct loop_source source;
    char name;
    int work;         /* so many polls find something */
    bool work_at_arm; /* work that came between poll and arm */
};

static bool source_poll(void *context)
{
    struct source *s = context;
    note(s->name);
    if (s->work == 0)
        return false;
    s->work--;
    return true;
}

static bool source_arm(void *context)
{
    struct source *s = context;
    note('+');
    bool came = s->work_at_arm;
    s->work_at_arm = false;
    s->work += came;
    return came;
}

static void source_disarm(void *context)
{
    (void)context;
    note('-');
}

static struct source first = {
    {source_poll, source_arm, source_disarm, &first, NULL}, 'a', 0, false};
static struct source second = {{source_poll, NULL, NULL, &second, NULL}, 'b', 0, false};
static struct timer timer;

static void fire(void *context)
{
    note(*(const char *)context);
}

static void with_nothing_to_do_it_arms_sleeps_and_disarms(void **state)
{
    (void)state;
    loop_add(&first.source);
    loop_add(&second.source);
    assert_string_equal(after_turns(1), "ab+-");
    assert_int_equal(fake.sleeps, 1);
    assert_true(fake.slept_until_ns == PLATFORM_NO_DEADLINE);
    assert_int_equal(loop_counters()->sleeps, 1);
}

static void while_any_source_has_work_all_are_polled_and_none_sleeps(void **state)
{
    (void)state;
    unsigned sleeps = fake.sleeps;
    second.work = 2;
    assert_string_equal(after_turns(3), "abab"
                                        "ab+-");
    assert_int_equal(fake.sleeps, sleeps + 1);
}

static void work_that_comes_while_arming_prevents_the_sleep(void **state)
{
    (void)state;
    unsigned sleeps = fake.sleeps;
    first.work_at_arm = true;
    assert_string_equal(after_turns(2), "ab+-ab");
    assert_int_equal(fake.sleeps, sleeps);
}

static void it_sleeps_until_the_next_timer_and_fires_it_not_early(void **state)
{
    (void)state;
    fake.now_ns = 5500001;
    timer_start(&timer, 10, fire, "t");
    assert_string_equal(after_turns(2), "ab+-abt");
    assert_int_equal(fake.slept_until_ns, 16000000);
    assert_int_equal(loop_counters()->idle_ns, 16000000 - 5500001);
}

static void a_stopped_timer_wakes_nobody(void **state)
{
    (void)state;
    timer_start(&timer, 10, fire, "t");
    timer_stop(&timer);
    assert_string_equal(after_turns(1), "ab+-");
    assert_true(fake.slept_until_ns == PLATFORM_NO_DEADLINE);
}

static void slice(void)
{
    note('w');
    fake.now_ns += 3000000;
}

static void never(void *context)
{
    (void)context;
}

static void the_worker_runs_when_there_is_nothing_else_until_the_next_timer(void **state)
{
    (void)state;
    unsigned sleeps = fake.sleeps;
    fake.slice = slice;
    worker_start(never, NULL);
    timer_start(&timer, 2, fire, "t");
    uint64_t due_ns = fake.now_ns + 2000000;
    assert_string_equal(after_turns(2), "ab+w-abt");
    assert_int_equal(fake.slice_deadline_ns, due_ns);
    assert_int_equal(fake.sleeps, sleeps);
    assert_int_equal(loop_counters()->preemptions, 1);
}

static void a_flood_of_work_leaves_the_worker_a_slice_now_and_then(void **state)
{
    (void)state;
    second.work = 30;
    unsigned slices = fake.slices;
    for (int i = 0; i < 30; i++) {
        after_turns(1);
        fake.now_ns += 2000000;
    }
    assert_in_range(fake.slices - slices, 2, 3);
    assert_int_equal(second.work, 0);
}

static void interrupts_are_counted(void **state)
{
    (void)state;
    uint64_t before = loop_counters()->interrupts;
    loop_count_interrupt();
    assert_int_equal(loop_counters()->interrupts, before + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_nothing_to_do_it_arms_sleeps_and_disarms),
        cmocka_unit_test(while_any_source_has_work_all_are_polled_and_none_sleeps),
        cmocka_unit_test(work_that_comes_while_arming_prevents_the_sleep),
        cmocka_unit_test(it_sleeps_until_the_next_timer_and_fires_it_not_early),
        cmocka_unit_test(a_stopped_timer_wakes_nobody),
        cmocka_unit_test(the_worker_runs_when_there_is_nothing_else_until_the_next_timer),
        cmocka_unit_test(a_flood_of_work_leaves_the_worker_a_slice_now_and_then),
        cmocka_unit_test(interrupts_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
