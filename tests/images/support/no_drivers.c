/* The kernel's test images have no drivers. */
#include "drivers/drivers.h"

void drivers_start(void)
{
}

bool drivers_have(const char *kind)
{
    (void)kind;
    return false;
}
