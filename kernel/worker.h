/* The worker as the loop sees it. Private to kernel/. */
#ifndef KERNEL_WORKER_H
#define KERNEL_WORKER_H

#include <stdbool.h>

/* True when it was started and is not waiting, or was woken since. */
bool worker_can_run(void);

#endif
