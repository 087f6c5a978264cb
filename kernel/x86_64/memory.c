/* Physical memory: a list of free extents, ordered by address, each described in its own first
 * page. Comes in: the loader's memory map. Goes out: pages. Heap and tables grow from the bottom,
 * pages for rings and tables that are never given back from the top, so that the heap's holes stay
 * together. */
#include "kernel/x86_64/memory.h"

#include "kernel/kernel.h"
#include "kernel/x86_64/boot.h"

struct extent {
    uint64_t next; /* physical; 0: the last */
    uint64_t pages;
};

static uint64_t memory_first;
static struct memory_range memory_pool[BOOT_RANGES + 4];
static unsigned memory_pool_count;
static struct memory_counters counters;

static struct extent *extent_at(uint64_t physical)
{
    return (struct extent *)physical;
}

unsigned memory_ranges(const struct memory_range **ranges)
{
    *ranges = memory_pool;
    return memory_pool_count;
}

/* Takes [begin, end) out of the pool's ranges. */
static void memory_reserve(uint64_t begin, uint64_t end)
{
    begin &= ~(uint64_t)(MEMORY_PAGE - 1);
    end = (end + MEMORY_PAGE - 1) & ~(uint64_t)(MEMORY_PAGE - 1);
    for (unsigned i = 0; i < memory_pool_count; i++) {
        struct memory_range *range = &memory_pool[i];
        if (end <= range->begin || range->end <= begin)
            continue;
        if (range->begin < begin && end < range->end) {
            memory_pool[memory_pool_count++] = (struct memory_range){end, range->end};
            range->end = begin;
        } else if (range->begin < begin) {
            range->end = begin;
        } else {
            range->begin = end < range->end ? end : range->end;
        }
    }
}

void memory_find(void)
{
    for (unsigned i = 0; i < boot_info.ram_count; i++) {
        uint64_t begin = boot_info.ram[i].begin, end = boot_info.ram[i].end;
        if (end > MEMORY_LIMIT)
            end = MEMORY_LIMIT;
        if (begin >= end)
            continue;
        memory_pool[memory_pool_count++] = (struct memory_range){begin, end};
        counters.total_bytes += end - begin;
    }
    uint64_t image = (uint64_t)image_begin;
    counters.image_bytes = (uint64_t)image_end - image + image_site.bytes;
    memory_reserve(image, image + counters.image_bytes);
    if (boot_info.module_bytes)
        memory_reserve(boot_info.module_physical,
                       boot_info.module_physical + boot_info.module_bytes);
    for (unsigned i = 0; i < memory_pool_count; i++)
        if (memory_pool[i].begin < memory_pool[i].end)
            memory_give(memory_pool[i].begin,
                        (memory_pool[i].end - memory_pool[i].begin) / MEMORY_PAGE);
}

/* First fit, from an extent's bottom. */
uint64_t memory_take(size_t pages)
{
    for (uint64_t *link = &memory_first; *link; link = &extent_at(*link)->next) {
        uint64_t found = *link;
        struct extent *extent = extent_at(found);
        if (extent->pages < pages)
            continue;
        uint64_t rest = found + pages * MEMORY_PAGE;
        if (extent->pages > pages) {
            *extent_at(rest) = (struct extent){extent->next, extent->pages - pages};
            *link = rest;
        } else {
            *link = extent->next;
        }
        counters.free_bytes -= pages * MEMORY_PAGE;
        return found;
    }
    return 0;
}

/* Last fit, from the extent's top. */
static uint64_t memory_take_top(size_t pages)
{
    uint64_t *best = 0;
    for (uint64_t *link = &memory_first; *link; link = &extent_at(*link)->next)
        if (extent_at(*link)->pages >= pages)
            best = link;
    if (!best)
        return 0;
    struct extent *extent = extent_at(*best);
    extent->pages -= pages;
    uint64_t found = *best + extent->pages * MEMORY_PAGE;
    if (extent->pages == 0)
        *best = extent->next;
    counters.free_bytes -= pages * MEMORY_PAGE;
    return found;
}

void memory_give(uint64_t physical, size_t pages)
{
    uint64_t before = 0, *link = &memory_first;
    while (*link && *link < physical) {
        before = *link;
        link = &extent_at(before)->next;
    }
    counters.free_bytes += pages * MEMORY_PAGE;
    struct extent *given = extent_at(physical);
    *given = (struct extent){*link, pages};
    *link = physical;
    if (given->next == physical + pages * MEMORY_PAGE) {
        struct extent *after = extent_at(given->next);
        given->pages += after->pages;
        given->next = after->next;
    }
    struct extent *previous = extent_at(before);
    if (before && before + previous->pages * MEMORY_PAGE == physical) {
        previous->pages += given->pages;
        previous->next = given->next;
    }
}

void *memory_zero(uint64_t physical, size_t pages)
{
    return memset((void *)physical, 0, pages * MEMORY_PAGE);
}

void *must_memory_buffers(size_t count)
{
    uint64_t physical = count > 0 && count < counters.free_bytes ? memory_take_top(count) : 0;
    if (!physical)
        panic("memory is used up: %zu KiB asked for, %zu of %zu KiB free; give the machine more "
              "memory: -m %zuM",
              count * 4, counters.free_bytes >> 10, counters.total_bytes >> 10,
              ((counters.total_bytes + count * MEMORY_PAGE) >> 20) + 4);
    memory_count(MEMORY_FOR_PAGES, (ptrdiff_t)(count * MEMORY_PAGE));
    return (void *)physical;
}

void *must_memory_pages(size_t count)
{
    return memset(must_memory_buffers(count), 0, count * MEMORY_PAGE);
}

uint64_t memory_physical(const void *address)
{
    uint64_t virtual = (uint64_t)address;
    return virtual >> 63 ? virtual - boot_delta : virtual;
}

void memory_count(enum memory_use use, ptrdiff_t bytes)
{
    *(use == MEMORY_FOR_PAGES ? &counters.pages_bytes : &counters.heap_bytes) += (size_t)bytes;
}

void memory_count_allocation(void)
{
    counters.allocations++;
}

const struct memory_counters *memory_counters(void)
{
    return &counters;
}
