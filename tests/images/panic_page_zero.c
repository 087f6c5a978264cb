/* Reads through a null pointer: must end in a panic that says so. */
#include "kernel/kernel.h"

void appliance_main(void)
{
    uintptr_t nowhere = 16;
    __asm__("" : "+r"(nowhere));
    (void)*(volatile int *)nowhere;
    platform_exit(0);
}
