/* The kernel's test images have no drivers. */
#include "drivers/drivers.h"
#include "drivers/rtc.h"

void drivers_start(void)
{
}

bool drivers_have(const char *kind)
{
    (void)kind;
    return false;
}

bool rtc_read(int64_t *utc_ms)
{
    (void)utc_ms;
    return false;
}
