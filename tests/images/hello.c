/* Boots, says so, and ends in order. */
#include "kernel/kernel.h"

void appliance_main(void)
{
    log_line(LOG_INFO, "ready ms=%u platform=\"%s\"", (unsigned)(clock_monotonic_ns() / 1000000),
             platform_name());
    log_line(LOG_INFO, "booted us=%u", (unsigned)(clock_monotonic_ns() / 1000));
    platform_exit(0);
}
