/* Writes beyond an array on the stack: must end in a panic before the function returns. */
#include "kernel/kernel.h"

static __attribute__((noinline)) int smash(volatile size_t length)
{
    volatile char array[16];
    volatile char *p = array;
    for (size_t i = 0; i < length; i++)
        p[i] = 'x';
    return array[3];
}

void appliance_main(void)
{
    platform_exit(smash(40) != 'x');
}
