/* UTC over the monotonic clock. Time sources correct it: at once when it was not set or is wrong by
 * more than a second, else by slewing, so that no reading and no message sees it jump. Comes in:
 * clock_correct from the RTC's driver and SNTP. Called by the loop; reading also by the worker. */
#include "base/calendar.h"
#include "kernel/platform.h"

#define NS_PER_MS INT64_C(1000000)
#define STEP_NS (1000 * NS_PER_MS)
#define SLEW_PARTS 2000 /* 1 in 2000: 500 parts per million */

/* UTC = monotonic + offset_ns + what of slew_ns was worked off since slew_from_ns. Written by the
 * loop, read by both: `generation` is odd during a write. */
static struct {
    volatile uint32_t generation;
    bool is_set;
    int64_t offset_ns, slew_ns;
    uint64_t slew_from_ns;
} utc;

uint64_t clock_monotonic_ns(void)
{
    return platform_monotonic_ns();
}

static int64_t clock_slewed_ns(uint64_t now_ns)
{
    int64_t most = (int64_t)((now_ns - utc.slew_from_ns) / SLEW_PARTS);
    if (utc.slew_ns >= 0)
        return utc.slew_ns < most ? utc.slew_ns : most;
    return utc.slew_ns > -most ? utc.slew_ns : -most;
}

static int64_t clock_utc_ns(uint64_t now_ns)
{
    for (;;) {
        uint32_t generation = utc.generation;
        worker_barrier();
        int64_t ns = (int64_t)now_ns + utc.offset_ns + clock_slewed_ns(now_ns);
        worker_barrier();
        if (generation == utc.generation && !(generation & 1))
            return ns;
    }
}

int64_t clock_utc_ms(void)
{
    return clock_utc_ns(platform_monotonic_ns()) / NS_PER_MS;
}

bool clock_is_set(void)
{
    return utc.is_set;
}

void clock_correct(int64_t utc_ms, const char *source)
{
    uint64_t now_ns = platform_monotonic_ns();
    int64_t before_ns = clock_utc_ns(now_ns);
    int64_t wrong_ns = utc_ms * NS_PER_MS - before_ns;
    bool is_step = !utc.is_set || wrong_ns > STEP_NS || wrong_ns < -STEP_NS;
    bool was_set = utc.is_set;

    utc.generation++;
    worker_barrier();
    utc.offset_ns = before_ns - (int64_t)now_ns + (is_step ? wrong_ns : 0);
    utc.slew_ns = is_step ? 0 : wrong_ns;
    utc.slew_from_ns = now_ns;
    utc.is_set = true;
    worker_barrier();
    utc.generation++;

    char text[CALENDAR_TEXT_BYTES];
    if (!was_set)
        log_line(LOG_INFO, "clock source=%s utc=%s", source, calendar_write(utc_ms, text));
    else if (is_step)
        log_line(LOG_WARN, "clock source=%s step_ms=%lld", source,
                 (long long)(wrong_ns / NS_PER_MS));
    else
        log_line(LOG_DEBUG, "clock source=%s slew_us=%lld", source, (long long)(wrong_ns / 1000));
}
