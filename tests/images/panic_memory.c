/* Asks for more memory than there is: must end in a panic that says how much. */
#include "kernel/kernel.h"

void appliance_main(void)
{
    must_memory_pages((size_t)1 << 20);
    platform_exit(0);
}
