/* Writes over a constant: must end in a panic that says so. */
#include "kernel/kernel.h"

void appliance_main(void)
{
    static const unsigned char constant[8] = {1};
    *(volatile unsigned char *)(uintptr_t)constant = 2;
    platform_exit(0);
}
