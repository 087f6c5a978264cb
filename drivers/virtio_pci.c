/* virtio over PCI (virtio 1.2, section 4.1): modern devices, and transitional ones by their modern
 * face. Interrupts come by MSI-X alone, one vector for each device. Comes in: functions from pci.c.
 * Goes out: devices, and their registers under the names of virtio.h. Called by drivers.c and
 * virtio.c. */
#include "drivers/virtio.h"

#include "drivers/pci.h"
#include "kernel/kernel.h"
#include "kernel/x86_64/interrupts.h"
#include "kernel/x86_64/machine.h"

enum { VENDOR_VIRTIO = 0x1af4 };
/* Section 4.1.2: transitional devices say their kind in the subsystem id. */
enum { ID_TRANSITIONAL = 0x1000, ID_MODERN = 0x1040, ID_END = 0x1080 };

/* Section 4.1.4. */
enum structure { COMMON = 1, NOTIFY = 2, SETTINGS = 4 };

/* Section 4.1.4.3. */
enum common_register {
    COMMON_DEVICE_FEATURES_SELECT = 0x00,
    COMMON_DEVICE_FEATURES = 0x04,
    COMMON_DRIVER_FEATURES_SELECT = 0x08,
    COMMON_DRIVER_FEATURES = 0x0c,
    COMMON_SETTINGS_VECTOR = 0x10,
    COMMON_STATUS = 0x14,
    COMMON_QUEUE_SELECT = 0x16,
    COMMON_QUEUE_SIZE = 0x18,
    COMMON_QUEUE_VECTOR = 0x1a,
    COMMON_QUEUE_ENABLE = 0x1c,
    COMMON_QUEUE_NOTIFY_OFFSET = 0x1e,
    COMMON_QUEUE_DESCRIPTORS = 0x20,
    COMMON_QUEUE_AVAILABLE = 0x28,
    COMMON_QUEUE_USED = 0x30
};
enum { NO_VECTOR = 0xffff, MSIX_ENABLE = 1 << 15, MSIX_MASK_ALL = 1 << 14 };

static volatile uint16_t *register_16(const struct virtio_device *device, unsigned offset)
{
    return (volatile uint16_t *)(device->registers + offset);
}

static volatile uint32_t *register_32(const struct virtio_device *device, unsigned offset)
{
    return (volatile uint32_t *)(device->registers + offset);
}

/* In two halves, which every device must take (section 4.1.3.1). */
static void write_address(const struct virtio_device *device, unsigned offset, const void *at)
{
    uint64_t address = memory_physical(at);
    *register_32(device, offset) = (uint32_t)address;
    *register_32(device, offset + 4) = (uint32_t)(address >> 32);
}

static uint8_t pci_status(struct virtio_device *device)
{
    return device->registers[COMMON_STATUS];
}

static void pci_set_status(struct virtio_device *device, uint8_t status)
{
    device->registers[COMMON_STATUS] = status;
}

static uint64_t pci_offered(struct virtio_device *device)
{
    uint64_t features = 0;
    for (uint32_t half = 0; half < 2; half++) {
        *register_32(device, COMMON_DEVICE_FEATURES_SELECT) = half;
        features |= (uint64_t)*register_32(device, COMMON_DEVICE_FEATURES) << (32 * half);
    }
    return features;
}

static void pci_accept(struct virtio_device *device, uint64_t features)
{
    for (uint32_t half = 0; half < 2; half++) {
        *register_32(device, COMMON_DRIVER_FEATURES_SELECT) = half;
        *register_32(device, COMMON_DRIVER_FEATURES) = (uint32_t)(features >> (32 * half));
    }
}

static uint16_t pci_queue_size_max(struct virtio_device *device, uint16_t index)
{
    *register_16(device, COMMON_QUEUE_SELECT) = index;
    uint16_t most = *register_16(device, COMMON_QUEUE_SIZE);
    return most < VIRTIO_QUEUE_SIZE_MAX ? most : VIRTIO_QUEUE_SIZE_MAX;
}

/* The queue is still selected. */
static bool pci_queue_enable(struct virtio_device *device, struct virtio_queue *queue)
{
    *register_16(device, COMMON_QUEUE_SIZE) = queue->size;
    *register_16(device, COMMON_QUEUE_VECTOR) = 0;
    if (*register_16(device, COMMON_QUEUE_VECTOR) != 0) /* section 4.1.5.1.2 */
        return false;
    write_address(device, COMMON_QUEUE_DESCRIPTORS, queue->descriptors);
    write_address(device, COMMON_QUEUE_AVAILABLE, queue->available);
    write_address(device, COMMON_QUEUE_USED, queue->used);
    queue->notify =
        device->notify + *register_16(device, COMMON_QUEUE_NOTIFY_OFFSET) * device->notify_stride;
    queue->notify_is_short = true;
    *register_16(device, COMMON_QUEUE_ENABLE) = 1;
    return true;
}

/* One table entry (PCI Local Bus 3.0, section 6.8.2.6) for all queues; none for changes of
 * settings. */
static bool pci_interrupt_enable(struct virtio_device *device)
{
    pci_address function = device->pci_address;
    unsigned at = pci_capability_find(function, PCI_MSIX_CAPABILITY, 0);
    uint32_t table = at ? pci_read(function, at + 4) : 0;
    uint64_t base = at ? pci_base_address(function, table & 7) : 0;
    if (base == 0)
        return false;
    volatile uint32_t *entry = must_memory_map_device(base + (table & ~7u), 16);
    unsigned vector = interrupt_allocate(NULL, NULL);
    uint64_t address = interrupt_msi_address(vector);
    entry[0] = (uint32_t)address;
    entry[1] = (uint32_t)(address >> 32);
    entry[2] = interrupt_msi_data(vector);
    entry[3] = 0; /* not masked */
    uint32_t control = pci_read(function, at) >> 16;
    control = (control | MSIX_ENABLE) & ~(uint32_t)MSIX_MASK_ALL;
    pci_write(function, at, control << 16);
    *register_16(device, COMMON_SETTINGS_VECTOR) = NO_VECTOR;
    return true;
}

static const struct virtio_transport pci_transport = {
    .status = pci_status,
    .set_status = pci_set_status,
    .offered = pci_offered,
    .accept = pci_accept,
    .queue_size_max = pci_queue_size_max,
    .queue_enable = pci_queue_enable,
    .interrupt_enable = pci_interrupt_enable,
};

/* Maps the three structures that the capabilities point to (section 4.1.4); the first of each type
 * counts (section 4.1.4.2.1). */
static bool map_structures(struct virtio_device *device)
{
    pci_address function = device->pci_address;
    volatile uint8_t **const places[] = {
        [COMMON] = &device->registers, [NOTIFY] = &device->notify, [SETTINGS] = &device->settings};
    for (unsigned at = 0; (at = pci_capability_find(function, PCI_VENDOR_CAPABILITY, at)) != 0;) {
        unsigned type = pci_read(function, at) >> 24;
        if (type > SETTINGS || places[type] == NULL || *places[type] != NULL)
            continue;
        uint64_t base = pci_base_address(function, pci_read(function, at + 4) & 0xff);
        if (base == 0)
            continue;
        uint32_t offset = pci_read(function, at + 8), length = pci_read(function, at + 12);
        *places[type] = must_memory_map_device(base + offset, length);
        if (type == NOTIFY)
            device->notify_stride = pci_read(function, at + 16);
    }
    return device->registers != NULL && device->notify != NULL;
}

static void look_at(void *context, pci_address function, uint32_t id)
{
    uint16_t kind = (uint16_t)(id >> 16);
    if ((id & 0xffff) != VENDOR_VIRTIO || kind < ID_TRANSITIONAL || kind >= ID_END)
        return;
    struct virtio_device device = {
        .transport = &pci_transport,
        .place = function,
        .pci_address = function,
        .kind = (uint16_t)(kind - ID_MODERN),
    };
    if (kind < ID_MODERN)
        device.kind = (uint16_t)(pci_read(function, PCI_SUBSYSTEM) >> 16);
    /* Writing zeros to the status half leaves it as it is. */
    uint32_t command = pci_read(function, PCI_COMMAND) & 0xffff;
    pci_write(function, PCI_COMMAND, command | PCI_MEMORY | PCI_BUS_MASTER | PCI_NO_INTX);
    if (!map_structures(&device)) {
        log_line(LOG_WARN, "device_legacy_only kind=%u at=%x", device.kind, device.place);
        return;
    }
    virtio_found_function **found = context;
    (*found)(&device);
}

void virtio_pci_find(virtio_found_function *found)
{
    if (machine_get()->has_pci)
        pci_walk(look_at, &found);
}
