/* Gives a block of the heap back twice: must end in a panic, not in silence. */
#include "kernel/kernel.h"

#include <stdlib.h>

void appliance_main(void)
{
    void *volatile block = malloc(100);
    void *again = block;
    free(block);
    free(again);
    platform_exit(0);
}
