/* Runs bytes on the stack: must end in a panic that says so. */
#include "kernel/kernel.h"

void appliance_main(void)
{
    volatile unsigned char stack[16] = {0xc3}; /* RET */
    void (*run)(void) = (void (*)(void))(uintptr_t)stack;
    run();
    platform_exit(0);
}
