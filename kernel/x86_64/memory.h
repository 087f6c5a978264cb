/* Physical memory of the image: extents of free pages. RAM lies in the address space where it lies
 * physically. The base for must_memory_pages (kernel.h), page tables and the heap below malloc
 * (heap.c). */
#ifndef KERNEL_X86_64_MEMORY_H
#define KERNEL_X86_64_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEMORY_PAGE 4096u
/* RAM above this is not used: the tables stay small, and 512 MiB is more than the biggest site
 * needs. */
#define MEMORY_LIMIT (UINT64_C(512) << 20)

/* Works out what is free, from boot_info. Called once, before paging. */
void memory_find(void);

/* The ranges that the pool was made of, for paging.c. */
struct memory_range {
    uint64_t begin, end;
};
unsigned memory_ranges(const struct memory_range **ranges);

/* Pages for the heap and for tables; 0 when there are none. Not zeroed. */
uint64_t memory_take(size_t pages);
void *memory_zero(uint64_t physical, size_t pages); /* the pages, zeroed */
void memory_give(uint64_t physical, size_t pages);

enum memory_use { MEMORY_FOR_PAGES, MEMORY_FOR_HEAP };
void memory_count(enum memory_use use, ptrdiff_t bytes);
void memory_count_allocation(void);

#endif
