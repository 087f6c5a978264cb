/* The local APIC (in xAPIC mode, by memory: every machine has that) and the IOAPICs.
 * Intel's manual, volume 3, chapter 11; 82093AA for the IOAPIC. */
#include "kernel/x86_64/apic.h"

#include "kernel/kernel.h"
#include "kernel/x86_64/layout.h"
#include "kernel/x86_64/machine.h"

#define APIC_BASE_MSR 0x1b
#define IOAPIC_PINS 24

enum {
    APIC_ID = 0x20,
    APIC_TASK_PRIORITY = 0x80,
    APIC_END = 0xb0,
    APIC_SPURIOUS = 0xf0,
    APIC_LVT_TIMER = 0x320,
    APIC_LVT_LINT0 = 0x350,
    APIC_LVT_LINT1 = 0x360,
    APIC_TIMER_INITIAL = 0x380,
    APIC_TIMER_CURRENT = 0x390,
    APIC_TIMER_DIVIDE = 0x3e0,
};
#define APIC_ENABLE 0x100u
#define APIC_DIVIDE_BY_1 0xbu
#define APIC_NMI 0x400u
#define APIC_MASKED 0x10000u

static volatile uint32_t *apic;

static void apic_write(unsigned reg, uint32_t value)
{
    apic[reg / 4] = value;
}

void apic_start(void)
{
    uint32_t low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(APIC_BASE_MSR));
    apic = must_memory_map_device(((uint64_t)high << 32 | low) & ~UINT64_C(0xfff), 4096);
    apic_write(APIC_SPURIOUS, APIC_ENABLE | VECTOR_SPURIOUS);
    apic_write(APIC_TASK_PRIORITY, 0);
    apic_write(APIC_LVT_LINT0, APIC_MASKED);
    apic_write(APIC_LVT_LINT1, APIC_NMI);
    apic_write(APIC_TIMER_DIVIDE, APIC_DIVIDE_BY_1);
}

uint32_t apic_id(void)
{
    return apic[APIC_ID / 4] >> 24;
}

void apic_end_interrupt(void)
{
    apic_write(APIC_END, 0);
}

void apic_timer_set_mode(enum apic_timer_mode mode)
{
    apic_write(APIC_LVT_TIMER, (uint32_t)mode | VECTOR_TIMER);
}

void apic_timer_set_count(uint32_t count)
{
    apic_write(APIC_TIMER_INITIAL, count);
}

uint32_t apic_timer_count(void)
{
    return apic[APIC_TIMER_CURRENT / 4];
}

/* QEMU's machines have their IOAPICs here; where ACPI would say otherwise, there is no such machine
 * among ours. */
static const uint64_t ioapic_physical[] = {0xfec00000, 0xfec10000};
static volatile uint32_t *ioapics[sizeof ioapic_physical / sizeof ioapic_physical[0]];

static void ioapic_write(volatile uint32_t *ioapic, uint32_t reg, uint32_t value)
{
    ioapic[0] = reg;   /* IOREGSEL */
    ioapic[4] = value; /* IOWIN */
}

void apic_route(unsigned gsi, unsigned vector)
{
    unsigned which = gsi / IOAPIC_PINS, pin = gsi % IOAPIC_PINS;
    if (which >= sizeof ioapics / sizeof ioapics[0])
        panic("no IOAPIC has interrupt %u", gsi);
    if (!ioapics[which])
        ioapics[which] = must_memory_map_device(ioapic_physical[which], 4096);
    ioapic_write(ioapics[which], 0x11 + 2 * pin, apic_id() << 24);
    ioapic_write(ioapics[which], 0x10 + 2 * pin, vector); /* fixed, edge, active high, unmasked */
}
