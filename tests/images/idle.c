/* Does nothing but answer a slow timer: what the machine costs when no reading comes. */
#include "kernel/kernel.h"

static struct timer timer;

static void report(void *context)
{
    (void)context;
    const struct loop_counters *c = loop_counters();
    log_line(LOG_INFO, "idle sleeps=%llu interrupts=%llu turns=%llu idle_ms=%llu",
             (unsigned long long)c->sleeps, (unsigned long long)c->interrupts,
             (unsigned long long)c->turns, (unsigned long long)(c->idle_ns / 1000000));
    timer_start(&timer, 2000, report, NULL);
}

void appliance_main(void)
{
    log_line(LOG_INFO, "ready ms=%u", (unsigned)(clock_monotonic_ns() / 1000000));
    timer_start(&timer, 2000, report, NULL);
    loop_run();
}
