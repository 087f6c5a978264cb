/* Which machine this is, what it was given, and how it ends. */
#include "kernel/x86_64/machine.h"

#include "kernel/platform.h"
#include "kernel/x86_64/boot.h"
#include "kernel/x86_64/start.h"

#define PCI_ADDRESS 0xcf8
#define PCI_DATA 0xcfc
#define DEBUG_EXIT 0xf4

static struct machine machine;

void machine_find(void)
{
    static const struct {
        uint32_t host_bridge;
        enum machine_kind kind;
        const char *name;
    } known[] = {
        {0xffffffff, MACHINE_MICROVM, "x86_64 microvm"},
        {0x12378086, MACHINE_PC, "x86_64 pc"},
        {0x29c08086, MACHINE_Q35, "x86_64 q35"},
        {0, MACHINE_OTHER_PCI, "x86_64"},
    };
    port_write_32(PCI_ADDRESS, UINT32_C(0x80000000));
    uint32_t host_bridge = port_read_32(PCI_DATA);
    unsigned i = 0;
    while (known[i].host_bridge && known[i].host_bridge != host_bridge)
        i++;
    machine.kind = known[i].kind;
    machine.name = known[i].name;
    machine.has_pci = machine.kind != MACHINE_MICROVM;
    machine.rsdp_physical = boot_info.rsdp_physical;
    machine.has_acpi = machine.rsdp_physical != 0;
    machine.mmio_first_gsi = machine.has_acpi ? 24 : 5;
}

const struct machine *machine_get(void)
{
    return &machine;
}

const char *platform_name(void)
{
    return machine.name;
}

const char *platform_command_line(void)
{
    return boot_info.command_line;
}

struct text platform_site(void)
{
    if (image_site.bytes)
        return (struct text){(const char *)(image_site.physical + boot_delta), image_site.bytes};
    return (struct text){(const char *)boot_info.module_physical, boot_info.module_bytes};
}

/* Exit statuses under QEMU with -device isa-debug-exit,iobase=0xf4,iosize=4: (status << 1) | 1,
 * that is 1 for platform_exit(0) and 7 for a panic. Elsewhere the machine is reset: a wanted stop
 * is a restart there. */
void platform_exit(int status)
{
    static const struct {
        uint16_t port;
        uint8_t value;
    } resets[] = {
        {0xcf9, 0x02},
        {0xcf9, 0x06}, /* the chipset's reset register */
        {0x64, 0xfe},  /* the keyboard controller's reset line */
    };
    __asm__ volatile("cli");
    port_write_32(DEBUG_EXIT, (uint32_t)status);
    for (size_t i = 0; i < sizeof resets / sizeof resets[0]; i++)
        port_write_8(resets[i].port, resets[i].value);
    /* A triple fault: an exception without a table to handle it. */
    static const struct __attribute__((packed)) {
        uint16_t limit;
        uint64_t base;
    } nothing = {0, 0};
    __asm__ volatile("lidt %0; ud2" : : "m"(nothing));
    for (;;)
        __asm__ volatile("hlt");
}
