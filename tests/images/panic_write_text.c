/* Writes over its own code: must end in a panic that says so. */
#include "kernel/kernel.h"

void appliance_main(void)
{
    volatile unsigned char *code = (volatile unsigned char *)(uintptr_t)&appliance_main;
    *code = 0x90;
    platform_exit(0);
}
