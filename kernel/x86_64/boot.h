/* What the loader gave, copied before anything could overwrite it, and where the image lies.
 * Written by boot.c at entry; read by kernel/x86_64 alone. */
#ifndef KERNEL_X86_64_BOOT_H
#define KERNEL_X86_64_BOOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOOT_RANGES 32
#define BOOT_COMMAND_LINE_BYTES 2048

struct boot_range {
    uint64_t begin, end; /* physical, whole pages */
};

struct boot_info {
    uint64_t rsdp_physical;
    struct boot_range ram[BOOT_RANGES]; /* usable RAM at and above 1 MiB */
    unsigned ram_count;
    uint64_t module_physical, module_bytes;
    char command_line[BOOT_COMMAND_LINE_BYTES];
    bool is_pvh; /* the loader's structure was whole */
};

extern struct boot_info boot_info;
extern uint64_t boot_entry_tsc;

/* How far the image was moved up: virtual = physical + boot_delta for everything between
 * image_begin and image_end. */
extern uint64_t boot_delta;

/* Borders that image.ld sets. */
extern const char image_begin[], image_rodata[], image_data[], image_end[];

/* The sealed bundle's physical address and size; size 0 when the image is not sealed. */
struct boot_site {
    uint64_t physical, bytes;
};
extern const struct boot_site image_site;

/* The stacks, from entry.S's and image.ld's .stacks: each lies above a guard page that is never
 * mapped. */
extern char boot_guards[], boot_stack_top[], worker_stack_bottom[], worker_stack_top[],
    exception_stack_top[], interrupt_stack_top[];

/* A random number of the processor's generator; false when there is none or it fails. */
bool boot_random(uint64_t *number);

#endif
