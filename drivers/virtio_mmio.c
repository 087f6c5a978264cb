/* virtio over MMIO (virtio 1.2, section 4.2), version 2 and the legacy version 1 (section 4.2.4).
 * Comes in: the kernel command line, which names the devices
 * (`virtio_mmio.device=512@0xfeb00e00:12`, from QEMU's microvm without ACPI and from Firecracker),
 * or else microvm's fixed slots. Goes out: devices, and their registers under the names of
 * virtio.h. Called by drivers.c and virtio.c. */
#include "drivers/virtio.h"

#include "kernel/kernel.h"
#include "kernel/x86_64/interrupts.h"
#include "kernel/x86_64/machine.h"

enum mmio_register {
    MMIO_MAGIC = 0x000,
    MMIO_VERSION = 0x004,
    MMIO_DEVICE_ID = 0x008,
    MMIO_DEVICE_FEATURES = 0x010,
    MMIO_DEVICE_FEATURES_SELECT = 0x014,
    MMIO_DRIVER_FEATURES = 0x020,
    MMIO_DRIVER_FEATURES_SELECT = 0x024,
    MMIO_GUEST_PAGE_SIZE = 0x028, /* legacy */
    MMIO_QUEUE_SELECT = 0x030,
    MMIO_QUEUE_SIZE_MAX = 0x034,
    MMIO_QUEUE_SIZE = 0x038,
    MMIO_QUEUE_ALIGN = 0x03c, /* legacy */
    MMIO_QUEUE_PAGE = 0x040,  /* legacy */
    MMIO_QUEUE_READY = 0x044,
    MMIO_QUEUE_NOTIFY = 0x050,
    MMIO_INTERRUPT_STATUS = 0x060,
    MMIO_INTERRUPT_ACKNOWLEDGE = 0x064,
    MMIO_STATUS = 0x070,
    MMIO_QUEUE_DESCRIPTORS = 0x080,
    MMIO_QUEUE_AVAILABLE = 0x090,
    MMIO_QUEUE_USED = 0x0a0,
    MMIO_SETTINGS = 0x100
};

#define MMIO_MAGIC_VALUE 0x74726976u /* "virt" */

/* QEMU's microvm: 8 slots, or 24 where it has a second IOAPIC. Their devices begin at the last one.
 */
static const uint64_t slots_physical = 0xfeb00000;
enum { SLOT_BYTES = 0x200, SLOTS_FEW = 8, SLOTS_MANY = 24 };

static uint32_t mmio_read(const struct virtio_device *device, unsigned offset)
{
    return *(volatile uint32_t *)(device->registers + offset);
}

static void mmio_write(const struct virtio_device *device, unsigned offset, uint32_t value)
{
    *(volatile uint32_t *)(device->registers + offset) = value;
}

static void mmio_write_address(const struct virtio_device *device, unsigned offset, const void *at)
{
    uint64_t address = memory_physical(at);
    mmio_write(device, offset, (uint32_t)address);
    mmio_write(device, offset + 4, (uint32_t)(address >> 32));
}

static uint8_t mmio_status(struct virtio_device *device)
{
    return (uint8_t)mmio_read(device, MMIO_STATUS);
}

static void mmio_set_status(struct virtio_device *device, uint8_t status)
{
    mmio_write(device, MMIO_STATUS, status);
}

static uint64_t mmio_offered(struct virtio_device *device)
{
    uint64_t features = 0;
    for (uint32_t half = 0; half < (device->is_legacy ? 1u : 2u); half++) {
        mmio_write(device, MMIO_DEVICE_FEATURES_SELECT, half);
        features |= (uint64_t)mmio_read(device, MMIO_DEVICE_FEATURES) << (32 * half);
    }
    return features;
}

static void mmio_accept(struct virtio_device *device, uint64_t features)
{
    for (uint32_t half = 0; half < (device->is_legacy ? 1u : 2u); half++) {
        mmio_write(device, MMIO_DRIVER_FEATURES_SELECT, half);
        mmio_write(device, MMIO_DRIVER_FEATURES, (uint32_t)(features >> (32 * half)));
    }
}

static uint16_t mmio_queue_size_max(struct virtio_device *device, uint16_t index)
{
    mmio_write(device, MMIO_QUEUE_SELECT, index);
    uint32_t most = mmio_read(device, MMIO_QUEUE_SIZE_MAX);
    return (uint16_t)(most < VIRTIO_QUEUE_SIZE_MAX ? most : VIRTIO_QUEUE_SIZE_MAX);
}

/* The queue is still selected. */
static bool mmio_queue_enable(struct virtio_device *device, struct virtio_queue *queue)
{
    queue->notify = device->registers + MMIO_QUEUE_NOTIFY;
    queue->notify_is_short = false;
    mmio_write(device, MMIO_QUEUE_SIZE, queue->size);
    if (device->is_legacy) {
        mmio_write(device, MMIO_GUEST_PAGE_SIZE, 4096);
        mmio_write(device, MMIO_QUEUE_ALIGN, 4096);
        uint64_t page = memory_physical(queue->descriptors) / 4096;
        mmio_write(device, MMIO_QUEUE_PAGE, (uint32_t)page);
        return page == (uint32_t)page;
    }
    mmio_write_address(device, MMIO_QUEUE_DESCRIPTORS, queue->descriptors);
    mmio_write_address(device, MMIO_QUEUE_AVAILABLE, queue->available);
    mmio_write_address(device, MMIO_QUEUE_USED, queue->used);
    mmio_write(device, MMIO_QUEUE_READY, 1);
    return true;
}

static void mmio_mark(void *context)
{
    struct virtio_device *device = context;
    device->interrupted = true;
}

static bool mmio_interrupt_enable(struct virtio_device *device)
{
    interrupt_route_gsi(device->interrupt_line, interrupt_allocate(mmio_mark, device));
    return true;
}

/* The line stays up until every cause is acknowledged (section 4.2.2), and only its edge wakes us.
 * Done when a queue is armed, not in the interrupt: whatever comes after this is seen by arming's
 * own check. */
static void mmio_interrupt_acknowledge(struct virtio_device *device)
{
    mmio_write(device, MMIO_INTERRUPT_ACKNOWLEDGE, mmio_read(device, MMIO_INTERRUPT_STATUS));
}

static const struct virtio_transport mmio_transport = {
    .status = mmio_status,
    .set_status = mmio_set_status,
    .offered = mmio_offered,
    .accept = mmio_accept,
    .queue_size_max = mmio_queue_size_max,
    .queue_enable = mmio_queue_enable,
    .interrupt_enable = mmio_interrupt_enable,
    .interrupt_acknowledge = mmio_interrupt_acknowledge,
};

static void look_at(uint64_t physical, volatile uint8_t *registers, uint32_t line,
                    virtio_found_function *found)
{
    struct virtio_device device = {
        .transport = &mmio_transport,
        .place = (uint32_t)physical,
        .registers = registers,
        .settings = registers + MMIO_SETTINGS,
        .interrupt_line = line,
    };
    device.kind = (uint16_t)mmio_read(&device, MMIO_DEVICE_ID);
    if (device.kind == 0 || mmio_read(&device, MMIO_MAGIC) != MMIO_MAGIC_VALUE)
        return; /* an empty slot (section 4.2.3.1.1) */
    uint32_t version = mmio_read(&device, MMIO_VERSION);
    device.is_legacy = version == 1;
    if (version == 1 || version == 2)
        found(&device);
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* Reads a decimal or 0x number; returns where it ends. */
static const char *read_number(const char *text, uint64_t *value)
{
    int base = 10;
    if (text[0] == '0' && (text[1] | 0x20) == 'x') {
        base = 16;
        text += 2;
    }
    *value = 0;
    for (int digit; (digit = digit_value(*text)) < base; text++)
        *value = *value * (uint64_t)base + (uint64_t)digit;
    return text;
}

/* SIZE[K]@ADDRESS:LINE, the form that Linux reads as well. */
static void find_named(const char *text, virtio_found_function *found)
{
    uint64_t bytes, physical, line;
    text = read_number(text, &bytes);
    text += *text == 'K' || *text == 'k';
    if (*text != '@')
        return;
    text = read_number(text + 1, &physical);
    if (*text != ':' || physical % 4 != 0)
        return;
    read_number(text + 1, &line);
    look_at(physical, must_memory_map_device(physical, SLOT_BYTES), (uint32_t)line, found);
}

static void find_in_slots(virtio_found_function *found)
{
    volatile uint8_t *slots = must_memory_map_device(slots_physical, SLOTS_MANY * SLOT_BYTES);
    volatile uint32_t *last = (volatile uint32_t *)(slots + (SLOTS_MANY - 1) * SLOT_BYTES);
    unsigned slot = *last == MMIO_MAGIC_VALUE ? SLOTS_MANY : SLOTS_FEW;
    while (slot-- > 0) {
        unsigned offset = slot * SLOT_BYTES;
        look_at(slots_physical + offset, slots + offset, machine_get()->mmio_first_gsi + slot,
                found);
    }
}

void virtio_mmio_find(virtio_found_function *found)
{
    static const char option[] = "virtio_mmio.device=";
    bool has_names = false;
    /* Not strstr, whose tables cost more here, once and in cold code, than they save. */
    for (const char *at = platform_command_line(); *at; at++) {
        if (*at != option[0] || strncmp(at, option, sizeof(option) - 1) != 0)
            continue;
        at += sizeof(option) - 2;
        has_names = true;
        find_named(at + 1, found);
    }
    /* Elsewhere than on microvm other things may lie at these addresses. */
    if (!has_names && machine_get()->kind == MACHINE_MICROVM)
        find_in_slots(found);
}
