/* The one loop: polls every source while any has work, fires timers, runs the worker when there is
 * nothing else, and sleeps when there is not even that. Comes in: sources, timers, wake-ups. Called
 * once, by the appliance. */
#include "kernel/platform.h"
#include "kernel/timers.h"
#include "kernel/worker.h"

/* Even a loop that always has work lets the worker run 1 ms in 20: else a flood of readings would
 * keep a handshake, and with it every alert, from ever ending. */
#define WORKER_PATIENCE_NS UINT64_C(20000000)
#define WORKER_SLICE_NS UINT64_C(1000000)

static struct loop_source *loop_first, **loop_last = &loop_first;
static struct loop_counters counters;
static uint64_t worker_ran_ns;

void loop_add(struct loop_source *source)
{
    source->next = NULL;
    *loop_last = source;
    loop_last = &source->next;
}

const struct loop_counters *loop_counters(void)
{
    return &counters;
}

void loop_count_interrupt(void)
{
    counters.interrupts++;
}

static bool loop_poll(void)
{
    bool did_something = false;
    for (struct loop_source *s = loop_first; s; s = s->next)
        did_something |= s->poll(s->context);
    return did_something;
}

/* Switches every wake-up on; true when work came meanwhile. */
static bool loop_arm(void)
{
    bool has_work = false;
    for (struct loop_source *s = loop_first; s; s = s->next)
        if (s->arm)
            has_work |= s->arm(s->context);
    return has_work;
}

static void loop_disarm(void)
{
    for (struct loop_source *s = loop_first; s; s = s->next)
        if (s->disarm)
            s->disarm(s->context);
}

static void loop_run_worker(uint64_t deadline_ns)
{
    if (platform_worker_run(deadline_ns))
        counters.preemptions++;
    worker_ran_ns = platform_monotonic_ns();
}

static void loop_rest(void)
{
    bool has_work = loop_arm();
    uint64_t deadline_ns = timers_next_ns(); /* after arm, which may start a timer */
    if (!has_work) {
        if (worker_can_run()) {
            loop_run_worker(deadline_ns);
        } else {
            uint64_t begin = platform_monotonic_ns();
            platform_sleep_until(deadline_ns);
            counters.sleeps++;
            counters.idle_ns += platform_monotonic_ns() - begin;
        }
    }
    loop_disarm();
}

void loop_turn(void)
{
    counters.turns++;
    bool did_something = loop_poll();
    uint64_t now = platform_monotonic_ns();
    did_something |= timers_fire(now);
    if (!did_something)
        loop_rest();
    else if (worker_can_run() && now - worker_ran_ns > WORKER_PATIENCE_NS)
        loop_run_worker(now + WORKER_SLICE_NS);
}

_Noreturn void loop_run(void)
{
    for (;;)
        loop_turn();
}
