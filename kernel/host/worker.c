/* The worker's stack as a ucontext: it runs while the loop is idle and gives way only when it
 * yields, so that what the image does at any instruction happens here at known places. Called by
 * kernel/worker.c. */
#include "kernel/host/host.h"

#include <sys/mman.h>
#include <ucontext.h>

#define STACK_BYTES (128 * 1024)
#define GUARD_BYTES 4096
#define PAINT 0xa5 /* what the stack holds where it was never used */

static ucontext_t loop_context, worker_context;
static uint8_t *stack;
static bool is_running;
static void (*worker_entry)(void *context);
static void *worker_entry_context;

static void enter(void)
{
    worker_entry(worker_entry_context);
    panic("the worker returned");
}

void platform_worker_create(void (*entry)(void *context), void *context)
{
    uint8_t *room = mmap(NULL, GUARD_BYTES + STACK_BYTES, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED || mprotect(room, GUARD_BYTES, PROT_NONE) != 0)
        panic("no memory for the worker's stack");
    stack = room + GUARD_BYTES;
    memset(stack, PAINT, STACK_BYTES);
    worker_entry = entry;
    worker_entry_context = context;
    getcontext(&worker_context);
    worker_context.uc_stack.ss_sp = stack;
    worker_context.uc_stack.ss_size = STACK_BYTES;
    worker_context.uc_link = NULL;
    makecontext(&worker_context, enter, 0);
}

bool platform_worker_run(uint64_t deadline_ns)
{
    (void)deadline_ns;
    is_running = true;
    swapcontext(&loop_context, &worker_context);
    is_running = false;
    return false;
}

void platform_worker_yield(void)
{
    is_running = false;
    swapcontext(&worker_context, &loop_context);
    is_running = true;
}

bool platform_worker_is_current(void)
{
    return is_running;
}

size_t host_worker_stack_peak_bytes(void)
{
    size_t unused = 0;
    if (stack == NULL)
        return 0;
    while (unused < STACK_BYTES && stack[unused] == PAINT)
        unused++;
    return STACK_BYTES - unused;
}
