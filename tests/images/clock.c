/* The monotonic clock never goes back, also while its frequency is being refined; UTC steps once
 * and then slews. Prints a mark each second, which the test outside compares with its own clock. */
#include "kernel/kernel.h"

static struct timer second, look;
static unsigned seconds;
static uint64_t last_ns;

static void check(void *context)
{
    (void)context;
    for (int i = 0; i < 1000; i++) {
        uint64_t now = clock_monotonic_ns();
        must(now >= last_ns);
        last_ns = now;
    }
    timer_start(&look, 7, check, NULL);
}

static void each_second(void *context)
{
    (void)context;
    log_line(LOG_INFO, "second number=%u us=%llu", seconds,
             (unsigned long long)(clock_monotonic_ns() / 1000));
    if (++seconds == 4)
        platform_exit(0);
    timer_start(&second, 1000, each_second, NULL);
}

void appliance_main(void)
{
    must(!clock_is_set());
    must(clock_utc_ms() < 1000);
    clock_correct(1767225600000, "test");
    must(clock_is_set());
    must(clock_utc_ms() - 1767225600000 < 1000);
    int64_t before = clock_utc_ms();
    clock_correct(before + 900, "test");
    must(clock_utc_ms() - before < 100);
    timer_start(&second, 1, each_second, NULL);
    check(NULL);
    loop_run();
}
