/* Descriptor tables, vectors and their routing: what an interrupt does between the processor and a
 * driver's mark. Comes in: vectors from vectors.S. Goes out: calls of mark, the end-of-interrupt.
 * Exceptions go to panic.c. */
#include "kernel/x86_64/interrupts.h"

#include "kernel/platform.h"
#include "kernel/x86_64/apic.h"
#include "kernel/x86_64/boot.h"
#include "kernel/x86_64/frame.h"
#include "kernel/x86_64/layout.h"
#include "kernel/x86_64/machine.h"

#define DEVICE_VECTORS (VECTOR_YIELD - VECTOR_FIRST_DEVICE)
#define STUB_BYTES 16

extern const char vector_stubs[];

static struct {
    void (*mark)(void *context);
    void *context;
} interrupt_sources[DEVICE_VECTORS];
static unsigned interrupt_used;

struct gate {
    uint16_t offset_low, selector;
    uint8_t stack, type;
    uint16_t offset_middle;
    uint32_t offset_high, reserved;
};
#define GATE_INTERRUPT 0x8e
enum interrupt_stack { STACK_EXCEPTION = 1, STACK_INTERRUPT = 2 };

struct __attribute__((packed)) task_state {
    uint32_t reserved0;
    uint64_t rsp[3], reserved1, stacks[7], reserved2;
    uint16_t reserved3, io_map;
};

static struct gate gates[VECTOR_COUNT];
static struct task_state task;
static uint64_t segments[5] = {0, 0x00af9b000000ffff, 0x00cf93000000ffff};

struct __attribute__((packed)) table_pointer {
    uint16_t limit;
    uint64_t base;
};

static void interrupts_load_tables(void)
{
    for (unsigned i = 0; i < VECTOR_COUNT; i++) {
        uint64_t stub = (uint64_t)vector_stubs + i * STUB_BYTES;
        gates[i] = (struct gate){
            .offset_low = (uint16_t)stub,
            .offset_middle = (uint16_t)(stub >> 16),
            .offset_high = (uint32_t)(stub >> 32),
            .selector = SELECTOR_CODE,
            .stack = i < VECTOR_FIRST_INTERRUPT ? STACK_EXCEPTION : STACK_INTERRUPT,
            .type = GATE_INTERRUPT,
        };
    }
    task.stacks[STACK_EXCEPTION - 1] = (uint64_t)exception_stack_top;
    task.stacks[STACK_INTERRUPT - 1] = (uint64_t)interrupt_stack_top;
    task.io_map = sizeof task;
    uint64_t base = (uint64_t)&task;
    segments[3] = (sizeof task - 1) | (base & 0xffffff) << 16 | UINT64_C(0x89) << 40 |
                  (base >> 24 & 0xff) << 56;
    segments[4] = base >> 32;

    struct table_pointer gdt = {sizeof segments - 1, (uint64_t)segments};
    struct table_pointer idt = {sizeof gates - 1, (uint64_t)gates};
    __asm__ volatile("lgdt %0; lidt %1; ltr %w2"
                     :
                     : "m"(gdt), "m"(idt), "r"(SELECTOR_TASK)
                     : "memory");
}

/* Firmware on pc and q35 leaves the PICs open and the PIT ticking. Their line to the processor is
 * masked too, in apic.c, so that the PICs need no vectors of their own. */
static void interrupts_silence_legacy(void)
{
    static const struct {
        uint16_t port;
        uint8_t value;
    } steps[] = {
        {0x21, 0xff}, {0xa1, 0xff},               /* both PICs: all masked */
        {0x43, 0x30}, {0x40, 0x01}, {0x40, 0x00}, /* PIT: channel 0 counts once, then no more */
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        port_write_8(steps[i].port, steps[i].value);
}

void interrupts_start(void)
{
    interrupts_load_tables();
    interrupts_silence_legacy();
}

unsigned interrupt_allocate(void (*mark)(void *context), void *context)
{
    if (interrupt_used == DEVICE_VECTORS)
        panic("no more interrupt vectors: the machine has more than %u device queues",
              (unsigned)DEVICE_VECTORS);
    interrupt_sources[interrupt_used].mark = mark;
    interrupt_sources[interrupt_used].context = context;
    return VECTOR_FIRST_DEVICE + interrupt_used++;
}

/* Returns true when the worker must give way, that is, unless it said so itself. */
bool interrupt_dispatch(const struct interrupt_frame *frame)
{
    uint64_t vector = frame->vector;
    if (vector == VECTOR_YIELD)
        return false;
    loop_count_interrupt();
    /* A spurious interrupt wants no end-of-interrupt. */
    if (vector < VECTOR_TIMER || vector == VECTOR_SPURIOUS)
        return true;
    uint64_t source = vector - VECTOR_FIRST_DEVICE;
    if (source < interrupt_used && interrupt_sources[source].mark)
        interrupt_sources[source].mark(interrupt_sources[source].context);
    apic_end_interrupt();
    return true;
}

uint64_t interrupt_msi_address(unsigned vector)
{
    (void)vector;
    return UINT64_C(0xfee00000) | (uint64_t)apic_id() << 12;
}

uint32_t interrupt_msi_data(unsigned vector)
{
    return vector; /* fixed delivery, edge */
}

void interrupt_route_gsi(unsigned gsi, unsigned vector)
{
    apic_route(gsi, vector);
}
