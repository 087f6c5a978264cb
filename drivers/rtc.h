/* The machine's clock that runs without power (MC146818 and its descendants).
 * Called by the kernel at boot; SNTP corrects later what it says. */
#ifndef DRIVERS_RTC_H
#define DRIVERS_RTC_H

#include <stdbool.h>
#include <stdint.h>

/* UTC in milliseconds since 1970, right to half a second: the clock says only seconds, and the
 * middle of the second is given. Does not wait for the next one. False when there is no such clock
 * or it shows no sensible date; *utc_ms is then unchanged. */
bool rtc_read(int64_t *utc_ms);

#endif
