/* Calls itself without end: must end in a panic that names the main stack. */
#include "kernel/kernel.h"

static unsigned deeper(unsigned depth)
{
    volatile unsigned char room[256];
    room[0] = (unsigned char)depth;
    return depth == UINT32_MAX ? 0 : deeper(depth + 1) + room[0];
}

void appliance_main(void)
{
    platform_exit((int)deeper(0));
}
