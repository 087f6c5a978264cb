/* Boots, says so and how long it took, and ends in order. */
#include "kernel/kernel.h"

void appliance_main(void)
{
    uint64_t entered_ns = clock_monotonic_ns();
    log_line(LOG_INFO, "ready ms=%u platform=\"%s\"", (unsigned)(entered_ns / 1000000),
             platform_name());
    uint64_t logged_ns = clock_monotonic_ns() - entered_ns;
    log_line(LOG_INFO, "booted us=%u line_us=%u command_line=\"%.60s\" site_bytes=%zu",
             (unsigned)(entered_ns / 1000), (unsigned)(logged_ns / 1000), platform_command_line(),
             platform_site().length);
    platform_exit(0);
}
