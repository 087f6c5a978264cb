/* The first C after entry: runs at the image's physical address, before relocation, on the loader's
 * word alone. Copies what the loader gave, chooses the virtual base, relocates the image, sets the
 * stack canary, and has paging.c build the final tables. Called by entry.S; nothing here may use a
 * constant that holds an address. */
#include "kernel/x86_64/boot.h"

#include "kernel/kernel.h"
#include "kernel/x86_64/memory.h"
#include "kernel/x86_64/paging.h"

#define PAGE 4096u
#define PVH_MAGIC 0x336ec578u
#define PVH_RAM 1u
#define LOW_MEMORY_END 0x100000u

struct pvh_start_info {
    uint32_t magic, version, flags, module_count;
    uint64_t modules, command_line, rsdp;
    uint64_t memory_map; /* from version 1 on */
    uint32_t memory_map_count, reserved;
};

struct pvh_module {
    uint64_t physical, bytes, command_line, reserved;
};

struct pvh_memory {
    uint64_t physical, bytes;
    uint32_t type, reserved;
};

struct elf_rela {
    uint64_t offset, info, addend;
};
#define ELF_X86_64_RELATIVE 8u

extern const struct elf_rela image_rela[], image_rela_end[];
extern const uint64_t image_relr[], image_relr_end[];

struct boot_info boot_info;
uint64_t boot_delta;
uintptr_t __stack_chk_guard;

/* hvm_start_info (Xen, docs/misc/pvh.pandoc). On QEMU's pc and q35 it lies in low memory that goes
 * away. */
static void boot_copy_start_info(const struct pvh_start_info *start)
{
    struct boot_info *boot = &boot_info;
    if (start->magic != PVH_MAGIC)
        return;
    boot->is_pvh = true;
    boot->rsdp_physical = start->rsdp;
    const char *line = (const char *)start->command_line;
    for (size_t i = 0; line && i + 1 < BOOT_COMMAND_LINE_BYTES && line[i]; i++)
        boot->command_line[i] = line[i];
    if (start->module_count > 0) {
        const struct pvh_module *module = (const struct pvh_module *)start->modules;
        boot->module_physical = module->physical;
        boot->module_bytes = module->bytes;
    }
    if (start->version < 1)
        return;
    const struct pvh_memory *map = (const struct pvh_memory *)start->memory_map;
    for (uint32_t i = 0; i < start->memory_map_count && boot->ram_count < BOOT_RANGES; i++) {
        uint64_t begin = (map[i].physical + PAGE - 1) & ~(uint64_t)(PAGE - 1);
        uint64_t end = (map[i].physical + map[i].bytes) & ~(uint64_t)(PAGE - 1);
        if (begin < LOW_MEMORY_END)
            begin = LOW_MEMORY_END;
        if (map[i].type == PVH_RAM && begin < end)
            boot->ram[boot->ram_count++] = (struct boot_range){begin, end};
    }
}

bool boot_random(uint64_t *number)
{
    uint32_t eax = 1, ebx, ecx = 0, edx;
    __asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
    if (!(ecx & 1u << 30))
        return false;
    /* Intel's manual, volume 1, 7.3.17.1: ten tries. */
    for (int i = 0; i < 10; i++) {
        unsigned char is_valid;
        __asm__ volatile("rdrand %0; setc %1" : "=r"(*number), "=qm"(is_valid));
        if (is_valid)
            return true;
    }
    return false;
}

/* Different at each boot; strong where the processor has a generator. */
static uint64_t boot_number(void)
{
    uint64_t number = 0, time;
    uint32_t low, high;
    boot_random(&number);
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    time = (uint64_t)high << 32 | low;
    /* splitmix64's finish, over two readings of a fast counter. */
    time = (time ^ boot_entry_tsc << 32 ^ boot_entry_tsc) * UINT64_C(0x9e3779b97f4a7c15);
    time = (time ^ time >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    time = (time ^ time >> 27) * UINT64_C(0x94d049bb133111eb);
    return number ^ time ^ time >> 31;
}

/* A virtual base in the upper half, any page, so that the image does not cross a GiB. */
static uint64_t boot_choose_base(uint64_t size)
{
    uint64_t number = boot_number();
    uint64_t gib = number & 0x1ffff; /* 256 x 512 of them */
    uint64_t pages = (UINT64_C(1) << 30) / PAGE - size / PAGE - 1;
    uint64_t page = (number >> 17 & 0xffffffff) * pages >> 32;
    return UINT64_C(0xffff800000000000) + (gib << 30) + page * PAGE;
}

/* DT_RELA's R_X86_64_RELATIVE and DT_RELR (the same, packed: System V ABI, generic, "Relocation").
 */
static void boot_relocate(uint64_t delta)
{
    for (const struct elf_rela *r = image_rela; r != image_rela_end; r++)
        if ((uint32_t)r->info == ELF_X86_64_RELATIVE)
            *(uint64_t *)r->offset = r->addend + delta;
    uint64_t *where = 0;
    for (const uint64_t *r = image_relr; r != image_relr_end; r++) {
        if (!(*r & 1)) {
            where = (uint64_t *)*r;
            *where++ += delta;
            continue;
        }
        uint64_t *place = where;
        for (uint64_t bits = *r >> 1; bits; bits >>= 1, place++)
            if (bits & 1)
                *place += delta;
        where += 63;
    }
}

struct boot_move {
    uint64_t delta, tables; /* RAX, RDX */
};
struct boot_move boot_prepare(const struct pvh_start_info *start, uint64_t *entry_tables);

__attribute__((no_stack_protector)) struct boot_move
boot_prepare(const struct pvh_start_info *start, uint64_t *entry_tables)
{
    boot_copy_start_info(start);
    memory_find();

    uint64_t begin = (uint64_t)image_begin;
    uint64_t size = (uint64_t)image_end - begin + image_site.bytes + PAGE;
    boot_delta = boot_choose_base(size) - begin;
    uint64_t tables = paging_build(boot_delta);
    /* The way up: the tables of now get the final ones' upper half. */
    unsigned slot = (unsigned)((begin + boot_delta) >> 39 & 511);
    entry_tables[slot] = ((const uint64_t *)tables)[slot];

    boot_relocate(boot_delta);
    __stack_chk_guard = boot_number() & ~UINT64_C(0xff); /* a zero byte stops string overruns */
    return (struct boot_move){boot_delta, tables};
}
