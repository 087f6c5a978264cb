/* Runs bytes on the heap: must end in a panic that says so. */
#include "kernel/kernel.h"

#include <stdlib.h>

void appliance_main(void)
{
    unsigned char *heap = malloc(16);
    must(heap);
    heap[0] = 0xc3; /* RET */
    void (*run)(void) = (void (*)(void))(uintptr_t)heap;
    run();
    platform_exit(0);
}
