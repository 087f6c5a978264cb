/* Page tables. One walker enters any range, in 2 MiB pages where both sides allow it; two tables
 * say what the image's parts may do and where the guard pages are. The lower half maps RAM and
 * devices where they lie, but neither the first MiB nor the image; the image is in the upper half
 * alone. Called by boot.c (before relocation: no pointers in constants there) and for devices. */
#include "kernel/x86_64/paging.h"

#include "kernel/kernel.h"
#include "kernel/x86_64/boot.h"
#include "kernel/x86_64/machine.h"
#include "kernel/x86_64/memory.h"

#define LARGE_PAGE (UINT64_C(2) << 20)
#define ENTRY_LARGE UINT64_C(0x80)
#define ENTRY_ADDRESS UINT64_C(0x000ffffffffff000)
#define GUARDS 4
/* From boot_guards on; stacks.S lays them out. */
static const uint32_t paging_guard_offset[GUARDS] = {0x0, 0x11000, 0x22000, 0x25000};

static uint64_t paging_root;

static uint64_t *table_new(void)
{
    uint64_t physical = memory_take(1);
    if (!physical)
        panic("memory is used up by page tables; give the machine more memory: -m 8M");
    memory_count(MEMORY_FOR_PAGES, MEMORY_PAGE);
    return memory_zero(physical, 1);
}

/* The entry for an address at a level (0: 4 KiB pages, 1: 2 MiB), with the tables above it made. */
static uint64_t *paging_entry(uint64_t virtual, unsigned level)
{
    uint64_t *table = (uint64_t *)paging_root;
    for (unsigned depth = 3; depth > level; depth--) {
        uint64_t *entry = &table[virtual >> (12 + 9 * depth) & 511];
        if (!*entry)
            *entry = (uint64_t)table_new() | PAGING_PRESENT | PAGING_WRITE;
        table = (uint64_t *)(*entry & ENTRY_ADDRESS);
    }
    return &table[virtual >> (12 + 9 * level) & 511];
}

static void paging_map(uint64_t virtual, uint64_t physical, uint64_t bytes, uint64_t flags)
{
    uint64_t end = virtual + bytes;
    while (virtual < end) {
        bool is_large = ((virtual | physical) & (LARGE_PAGE - 1)) == 0 &&
                        end - virtual >= LARGE_PAGE;
        uint64_t step = is_large ? LARGE_PAGE : MEMORY_PAGE;
        uint64_t *entry = paging_entry(virtual, is_large);
        /* Neighbours in the same table need no new walk. */
        do {
            *entry++ = physical | flags | PAGING_PRESENT | (is_large ? ENTRY_LARGE : 0);
            virtual += step;
            physical += step;
        } while (((uint64_t)entry & (MEMORY_PAGE - 1)) && virtual < end && end - virtual >= step);
    }
}

uint64_t paging_build(uint64_t delta)
{
    paging_root = (uint64_t)table_new();
    uint64_t text = (uint64_t)image_begin, rodata = (uint64_t)image_rodata,
             data = (uint64_t)image_data, end = (uint64_t)image_end;
    paging_map(text + delta, text, rodata - text, 0);
    paging_map(rodata + delta, rodata, data - rodata, PAGING_NO_EXECUTE);
    paging_map(data + delta, data, end - data, PAGING_NO_EXECUTE | PAGING_WRITE);
    uint64_t site = (image_site.bytes + MEMORY_PAGE - 1) & ~(uint64_t)(MEMORY_PAGE - 1);
    paging_map(image_site.physical + delta, image_site.physical, site, PAGING_NO_EXECUTE);
    for (unsigned i = 0; i < GUARDS; i++)
        *paging_entry((uint64_t)boot_guards + paging_guard_offset[i] + delta, 0) = 0;

    const struct memory_range *ranges;
    unsigned count = memory_ranges(&ranges);
    for (unsigned i = 0; i < count; i++)
        if (ranges[i].begin < ranges[i].end)
            paging_map(ranges[i].begin, ranges[i].begin, ranges[i].end - ranges[i].begin,
                       PAGING_NO_EXECUTE | PAGING_WRITE);
    uint64_t module = boot_info.module_physical & ~(uint64_t)(MEMORY_PAGE - 1);
    uint64_t module_end = boot_info.module_physical + boot_info.module_bytes + MEMORY_PAGE - 1;
    if (boot_info.module_bytes)
        paging_map(module, module, (module_end & ~(uint64_t)(MEMORY_PAGE - 1)) - module,
                   PAGING_NO_EXECUTE);
    return paging_root;
}

void paging_protect(void)
{
    uint32_t eax = 7, ebx, ecx = 0, edx;
    uint64_t cr4;
    __asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    if (ebx & 1u << 7)
        cr4 |= UINT64_C(1) << 20; /* SMEP */
    if (ebx & 1u << 20)
        cr4 |= UINT64_C(1) << 21; /* SMAP */
    if (ecx & 1u << 2)
        cr4 |= UINT64_C(1) << 11; /* UMIP */
    __asm__ volatile("mov %0, %%cr4" : : "r"(cr4));
}

void *must_memory_map_device(uint64_t physical, size_t bytes)
{
    uint64_t begin = physical & ~(uint64_t)(MEMORY_PAGE - 1);
    uint64_t end = (physical + bytes + MEMORY_PAGE - 1) & ~(uint64_t)(MEMORY_PAGE - 1);
    must(end > begin && end < UINT64_C(1) << 46);
    for (uint64_t page = begin; page < end; page += MEMORY_PAGE) {
        uint64_t *entry = paging_entry(page, 0);
        if (!*entry)
            *entry = page | PAGING_PRESENT | PAGING_WRITE | PAGING_UNCACHED | PAGING_NO_EXECUTE;
    }
    return (void *)physical;
}

const char *paging_guard_name(uint64_t address)
{
    static const char *const names[GUARDS] = {"main", "worker", "exception", "interrupt"};
    uint64_t offset = address - (uint64_t)boot_guards;
    for (unsigned i = 0; i < GUARDS; i++)
        if (offset >= paging_guard_offset[i] && offset < paging_guard_offset[i] + MEMORY_PAGE)
            return names[i];
    return NULL;
}

const char *paging_name(uint64_t address)
{
    uint64_t site = image_site.physical + boot_delta;
    const struct {
        uint64_t begin, end;
        const char *name;
    } parts[] = {
        {(uint64_t)image_begin, (uint64_t)image_rodata, "text"},
        {(uint64_t)image_rodata, (uint64_t)image_data, "constants"},
        {(uint64_t)image_data, (uint64_t)image_end, "data"},
        {site, site + image_site.bytes, "the site"},
        {boot_info.module_physical, boot_info.module_physical + boot_info.module_bytes, "the site"},
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (address >= parts[i].begin && address < parts[i].end)
            return parts[i].name;
    const struct memory_range *ranges;
    unsigned count = memory_ranges(&ranges);
    for (unsigned i = 0; i < count; i++)
        if (address >= ranges[i].begin && address < ranges[i].end)
            return "heap or pages";
    return NULL;
}
