/* A condition that does not hold: must end in a panic with file, line and condition. */
#include "kernel/kernel.h"

void appliance_main(void)
{
    int sensors = 0;
    must(sensors > 0);
    platform_exit(0);
}
