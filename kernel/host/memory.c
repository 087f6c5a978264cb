/* Memory of the process. Pages come from mmap; the heap is the C library's, with its calls counted,
 * so that the promise "nothing is allocated for a reading" can be tested here as well as in the
 * image. */
#define _GNU_SOURCE
#include "kernel/host/host.h"

#include <malloc.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE_BYTES 4096

static struct memory_counters counters;

void *must_memory_pages(size_t count)
{
    void *pages =
        mmap(NULL, count * PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        panic("memory is used up: %zu KiB were asked for", count * PAGE_BYTES / 1024);
    counters.pages_bytes += count * PAGE_BYTES;
    return pages;
}

/* Never zero here, so that who relies on zeros is found out. */
void *must_memory_buffers(size_t count)
{
    return memset(must_memory_pages(count), 0xa5, count * PAGE_BYTES);
}

uint64_t memory_physical(const void *address)
{
    return (uint64_t)(uintptr_t)address;
}

const struct memory_counters *memory_counters(void)
{
    struct mallinfo2 heap = mallinfo2();
    counters.heap_bytes = heap.uordblks + heap.hblkhd;
    counters.free_bytes = heap.fordblks;
    counters.total_bytes = counters.pages_bytes + heap.arena + heap.hblkhd;
    return &counters;
}

#ifndef __SANITIZE_ADDRESS__ /* the sanitizer has its own heap */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): the C library's names are
// reserved
void *malloc(size_t size)
{
    counters.allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    counters.allocations++;
    return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
    counters.allocations++;
    return __libc_realloc(block, size);
}
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
#endif
