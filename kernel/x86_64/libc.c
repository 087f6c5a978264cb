/* Makes musl live without its own start: the thread pointer, what it looks for in the auxiliary
 * vector, and the count of allocations (the linker's --wrap sends malloc and realloc through here).
 */
#include "kernel/platform.h"
#include "kernel/x86_64/boot.h"
#include "kernel/x86_64/memory.h"
#include "kernel/x86_64/start.h"

#include <elf.h>
#include <locale.h>
#include <stdlib.h>

#define MSR_FS_BASE 0xc0000100
/* More than struct pthread of musl needs (200 bytes in 1.2.5); errno and the locale live in it. */
#define THREAD_BYTES 1024

/* The beginning of musl's struct __libc (src/internal/libc.h), up to what must be set. */
extern struct {
    char can_do_threads, threaded, secure;
    volatile signed char need_locks;
    int threads_minus_1;
    size_t *auxv;
} __libc;

static union {
    void *self;
    char room[THREAD_BYTES];
} __attribute__((aligned(64))) thread;

void libc_start(void)
{
    static uint64_t secret[2];
    static size_t vector[] = {AT_RANDOM, 0, AT_PAGESZ, MEMORY_PAGE, 0, 0};
    if (!boot_random(&secret[0]) || !boot_random(&secret[1]))
        secret[0] = boot_delta ^ boot_entry_tsc;
    vector[1] = (size_t)secret; /* malloc marks its own structures with it */
    __libc.auxv = vector;
    thread.self = &thread;
    uint64_t base = (uint64_t)&thread;
    __asm__ volatile("wrmsr"
                     :
                     : "c"(MSR_FS_BASE), "a"((uint32_t)base), "d"((uint32_t)(base >> 32)));
    uselocale(LC_GLOBAL_LOCALE);
}

void *__real_malloc(size_t size);
void *__real_realloc(void *old, size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_realloc(void *old, size_t size);
void __wrap_free(void *block);

/* The heap has no locks: while one of these works for the worker, the loop does not come in
 * between. calloc comes through here as well: musl's calls malloc. */
void *__wrap_malloc(size_t size)
{
    unsigned long held = platform_hold_interrupts();
    memory_count_allocation();
    void *block = __real_malloc(size);
    platform_release_interrupts(held);
    return block;
}

void *__wrap_realloc(void *old, size_t size)
{
    unsigned long held = platform_hold_interrupts();
    memory_count_allocation();
    void *block = __real_realloc(old, size);
    platform_release_interrupts(held);
    return block;
}

void __wrap_free(void *block)
{
    unsigned long held = platform_hold_interrupts();
    __real_free(block);
    platform_release_interrupts(held);
}
