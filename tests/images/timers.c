/* Timers fire in order, never early, and not much late; a stopped one does not fire. */
#include "kernel/kernel.h"

#define TIMERS 8

static const uint32_t delays_ms[TIMERS] = {30, 1, 200, 5, 5, 64, 65, 120};
static const char *const expected = "13405672";
static struct timer timers[TIMERS], stopped;
static uint64_t started_ns, latest_late_ns;
static char order[TIMERS + 1];
static unsigned fired;

static void fire(void *context)
{
    size_t which = (size_t)((struct timer *)context - timers);
    uint64_t after_ns = clock_monotonic_ns() - started_ns,
             due_ns = delays_ms[which] * UINT64_C(1000000);
    if (after_ns < due_ns)
        panic("timer %zu fired %llu ns early", which, (unsigned long long)(due_ns - after_ns));
    if (after_ns - due_ns > latest_late_ns)
        latest_late_ns = after_ns - due_ns;
    order[fired++] = (char)('0' + which);
    if (fired < TIMERS)
        return;
    log_line(LOG_INFO, "timers order=%s expected=%s latest_us=%llu", order, expected,
             (unsigned long long)(latest_late_ns / 1000));
    platform_exit(strcmp(order, expected) != 0);
}

static void must_not_fire(void *context)
{
    (void)context;
    panic("a stopped timer fired");
}

void appliance_main(void)
{
    started_ns = clock_monotonic_ns();
    timer_start(&stopped, 10, must_not_fire, NULL);
    for (size_t i = 0; i < TIMERS; i++)
        timer_start(&timers[i], delays_ms[i], fire, &timers[i]);
    timer_stop(&stopped);
    loop_run();
}
