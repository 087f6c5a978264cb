/* The worker's state: started, waiting, woken. The loop may come in between any two instructions of
 * worker_wait; the order of the stores there makes that harmless. The switching itself is the
 * platform's. */
#include "kernel/worker.h"

#include "kernel/platform.h"

static volatile bool is_started, is_waiting, is_woken;
static void (*worker_entry)(void *context);

/* A worker whose entry returns has nothing more to do, for ever. */
static void worker_main(void *context)
{
    worker_entry(context);
    for (;;)
        worker_wait();
}

void worker_start(void (*entry)(void *context), void *context)
{
    must(!is_started);
    worker_entry = entry;
    platform_worker_create(worker_main, context);
    is_started = true;
}

void worker_wake(void)
{
    is_woken = true;
}

void worker_wait(void)
{
    is_waiting = true;
    while (!is_woken)
        platform_worker_yield();
    is_woken = false;
    is_waiting = false;
    worker_barrier();
}

bool worker_is_current(void)
{
    return platform_worker_is_current();
}

bool worker_can_run(void)
{
    return is_started && (!is_waiting || is_woken);
}
