/* The kernel's timers: one wheel in milliseconds of the monotonic clock. A timer never fires early;
 * how late it fires is up to a millisecond and the turn of the loop that it falls into. */
#include "kernel/timers.h"

#include "kernel/platform.h"

#define NS_PER_TICK UINT64_C(1000000)

static struct wheel wheel;

void timer_start(struct timer *timer, uint32_t delay_ms, void (*fire)(void *), void *context)
{
    uint64_t now_ns = platform_monotonic_ns();
    timer->fire = fire;
    timer->context = context;
    uint64_t tick = (now_ns + NS_PER_TICK - 1) / NS_PER_TICK + delay_ms;
    wheel_start(&wheel, &timer->wheel, (int64_t)tick);
}

void timer_stop(struct timer *timer)
{
    wheel_stop(&wheel, &timer->wheel);
}

bool timers_fire(uint64_t now_ns)
{
    bool did_something = false;
    struct wheel_timer *due;
    while ((due = wheel_expire(&wheel, (int64_t)(now_ns / NS_PER_TICK)))) {
        struct timer *timer = (struct timer *)(void *)due;
        timer->fire(timer->context);
        did_something = true;
    }
    return did_something;
}

uint64_t timers_next_ns(void)
{
    int64_t tick = wheel_next(&wheel);
    return tick == WHEEL_NEVER ? PLATFORM_NO_DEADLINE : (uint64_t)tick * NS_PER_TICK;
}
