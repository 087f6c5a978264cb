/* An image that says which devices it has, whether its randomness is good, and what time the
 * machine's clock shows; then ends with status 0. Run by drivers_test.py. */
#include "base/calendar.h"
#include "drivers/drivers.h"
#include "drivers/rtc.h"
#include "drivers/virtio_console.h"
#include "kernel/kernel.h"

static struct timer timer;

/* A little later, so that what the console device was given is out. */
static void finish(void *context)
{
    (void)context;
    platform_exit(0);
}

/* The entropy device usually answers before appliance_main, but a busy host may take longer. */
static void show_random(void *context)
{
    static unsigned tries;
    (void)context;
    if (drivers_have("entropy") && !entropy_is_strong() && ++tries < 5000) {
        timer_start(&timer, 1, show_random, NULL);
        return;
    }
    uint8_t random[8];
    entropy_fill(random, sizeof(random));
    log_line(LOG_INFO, "random strong=%d tries=%u bytes=%02x%02x%02x%02x%02x%02x%02x%02x",
             entropy_is_strong(), tries, random[0], random[1], random[2], random[3], random[4],
             random[5], random[6], random[7]);
    timer_start(&timer, 50, finish, NULL);
}

_Noreturn void appliance_main(void)
{
    char text[CALENDAR_TEXT_BYTES];
    int64_t utc_ms = 0;
    bool has_clock = rtc_read(&utc_ms);
    log_line(LOG_INFO, "devices net=%d disk=%d entropy=%d console=%d other=%d", drivers_have("net"),
             drivers_have("disk"), drivers_have("entropy"), drivers_have("console"),
             drivers_have("other"));
    log_line(LOG_INFO, "rtc read=%d utc=%s", has_clock, calendar_write(utc_ms, text));
    log_line(LOG_INFO, "ready ns=%lu", (unsigned long)clock_monotonic_ns());
    for (unsigned i = 0; i < 60; i++)
        virtio_console_write("the second console hears this\n", 30);
    show_random(NULL);
    loop_run();
}
