/* The x86_64 machine for the drivers: what it is, its ports, its device memory.
 * Filled in by kernel/x86_64/machine.c before drivers_start. Used by drivers/ and kernel/x86_64
 * alone. */
#ifndef KERNEL_X86_64_MACHINE_H
#define KERNEL_X86_64_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum machine_kind {
    MACHINE_MICROVM, /* no PCI at ports 0xcf8/0xcfc: QEMU's microvm, Firecracker */
    MACHINE_PC,      /* i440FX */
    MACHINE_Q35,
    MACHINE_OTHER_PCI,
};

struct machine {
    enum machine_kind kind;
    bool has_pci;           /* configuration space answers at ports 0xcf8/0xcfc */
    bool has_acpi;          /* the loader gave an RSDP; `-M microvm,acpi=off` gives none */
    uint64_t rsdp_physical; /* 0 when there is none; not mapped */
    unsigned
        mmio_first_gsi; /* GSI of virtio-mmio slot 0 on microvm: 5 with acpi=off, 24 with ACPI */
    const char *name;   /* "x86_64 microvm" */
};

const struct machine *machine_get(void);

/* Maps a device's registers: read-write, never executable, uncached. Calls for the same place give
 * the same address. Panics when there is no memory for the tables. Never unmapped. */
void *must_memory_map_device(uint64_t physical, size_t bytes);

/* ---- ports --------------------------------------------------------------------------------- */

static inline void port_write_8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void port_write_16(uint16_t port, uint16_t value)
{
    __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static inline void port_write_32(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t port_read_8(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline uint16_t port_read_16(uint16_t port)
{
    uint16_t value;
    __asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline uint32_t port_read_32(uint16_t port)
{
    uint32_t value;
    __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

#endif
