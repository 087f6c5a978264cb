/* The worker computes in floating point and integers without a pause while timers fire in the loop,
 * which computes in floating point, too: neither may see the other's registers, and no timer may
 * wait for the worker. */
#include "kernel/kernel.h"

#define ROUNDS 400

static struct timer tick, deadline;
static unsigned ticks;
static uint64_t latest_late_ns, due_ns;
static volatile unsigned rounds_done;
static volatile double loop_sum;

/* The same every time; spends its time in registers. */
static __attribute__((noinline)) double compute(unsigned seed)
{
    __asm__ volatile("" : "+r"(seed)); /* or the compiler computes once */
    double x = 0.5 + seed, y = 1.25, z = 3.0;
    uint64_t n = seed + 1;
    for (unsigned i = 0; i < 20000; i++) {
        x = x * 0.999 + y;
        y = y * 1.0001 - z * 0.01;
        z = z * 0.99 + x * 0.001;
        n = n * UINT64_C(6364136223846793005) + 1;
    }
    return x + y + z + (double)(n >> 40);
}

static void work(void *context)
{
    (void)context;
    double first = compute(1);
    for (unsigned round = 0;; round++) {
        worker_wait();
        must(worker_is_current());
        for (unsigned i = 0; i < ROUNDS; i++) {
            double again = compute(1);
            if (memcmp(&first, &again, sizeof first) != 0)
                panic("the worker's registers changed in round %u", i);
        }
        rounds_done++;
    }
}

static void on_tick(void *context)
{
    (void)context;
    uint64_t now = clock_monotonic_ns();
    must(!worker_is_current());
    if (ticks > 0 && now > due_ns && now - due_ns > latest_late_ns)
        latest_late_ns = now - due_ns;
    for (int i = 0; i < 100; i++)
        loop_sum = loop_sum * 0.5 + i;
    ticks++;
    if (rounds_done == 2) {
        const struct loop_counters *c = loop_counters();
        log_line(LOG_INFO, "worker ticks=%u preemptions=%llu latest_us=%llu", ticks,
                 (unsigned long long)c->preemptions, (unsigned long long)(latest_late_ns / 1000));
        must(c->preemptions > 20);
        platform_exit(0);
    }
    if (rounds_done == 1)
        worker_wake();
    due_ns = now + 1000000;
    timer_start(&tick, 1, on_tick, NULL);
}

static void too_late(void *context)
{
    (void)context;
    panic("the worker did not end: rounds=%u ticks=%u", rounds_done, ticks);
}

void appliance_main(void)
{
    worker_start(work, NULL);
    worker_wake();
    timer_start(&tick, 1, on_tick, NULL);
    timer_start(&deadline, 30000, too_late, NULL);
    loop_run();
}
