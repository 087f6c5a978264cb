/* A virtio device, whatever it is behind: MMIO slots (virtio_mmio.c) or PCI functions
 * (virtio_pci.c). Comes in: devices that drivers.c found. Goes out: negotiated features, running
 * queues, settings of the device. Called by the four device drivers, which are all listed here.
 * Sections are those of the virtio 1.2 specification. */
#ifndef DRIVERS_VIRTIO_H
#define DRIVERS_VIRTIO_H

#include "drivers/virtio_queue.h"

/* Section 5. */
enum virtio_kind { VIRTIO_NET = 1, VIRTIO_BLOCK = 2, VIRTIO_CONSOLE = 3, VIRTIO_ENTROPY = 4 };

/* Section 2.1. */
enum virtio_status {
    VIRTIO_ACKNOWLEDGE = 1,
    VIRTIO_DRIVER = 2,
    VIRTIO_DRIVER_OK = 4,
    VIRTIO_FEATURES_OK = 8,
    VIRTIO_FAILED = 128
};

/* Section 6; legacy devices have no FEATURES_OK and may ask for a descriptor of its own for each
 * header unless ANY_LAYOUT is there (section 6.3). */
#define VIRTIO_ANY_LAYOUT (UINT64_C(1) << 27)
#define VIRTIO_VERSION_1 (UINT64_C(1) << 32)

struct virtio_device;

/* What differs between MMIO and PCI. */
struct virtio_transport {
    uint8_t (*status)(struct virtio_device *device);
    void (*set_status)(struct virtio_device *device, uint8_t status);
    uint64_t (*offered)(struct virtio_device *device);
    void (*accept)(struct virtio_device *device, uint64_t features);
    uint16_t (*queue_size_max)(struct virtio_device *device, uint16_t index); /* 0: no such queue */
    /* Tells the device where the queue lies and fills in queue->notify. */
    bool (*queue_enable)(struct virtio_device *device, struct virtio_queue *queue);
    /* Makes the device's interrupts set device->interrupted. Before any queue is enabled. */
    bool (*interrupt_enable)(struct virtio_device *device);
    void (*interrupt_acknowledge)(struct virtio_device *device); /* NULL: not needed */
};

struct virtio_device {
    const struct virtio_transport *transport;
    uint32_t place; /* for the log: MMIO address, or PCI bus << 8 | device << 3 | function */
    uint16_t kind;  /* enum virtio_kind, or one that we don't know */
    bool is_legacy;
    bool has_failed;
    volatile bool interrupted;   /* set by the interrupt, cleared by virtio_device_acknowledge */
    uint64_t features;           /* negotiated */
    volatile uint8_t *registers; /* MMIO slot; PCI common configuration */
    volatile uint8_t *settings;  /* the device-specific configuration (section 2.5) */
    /* MMIO */
    uint32_t interrupt_line; /* global system interrupt */
    /* PCI */
    volatile uint8_t *notify;
    uint32_t notify_stride;
    uint16_t pci_address;
};

/* Resets the device and negotiates: all of `wanted` that it offers. Returns false, with the device
 * given up and a log line, when one of `required` is not among it. */
bool virtio_device_begin(struct virtio_device *device, uint64_t wanted, uint64_t required);
static inline bool virtio_device_has(const struct virtio_device *device, uint64_t feature)
{
    return (device->features & feature) != 0;
}

/* Allocates and enables queue `index` with at most `size` descriptors (a power of two). False
 * (given up) when the device has no such queue. `malformed` is the driver's counter of what the
 * device did wrong. */
bool virtio_device_queue(struct virtio_device *device, struct virtio_queue *queue, uint16_t index,
                         uint16_t size, uint64_t *malformed);
/* The device may work from here on. */
void virtio_device_ready(struct virtio_device *device);
/* Gives the device up: FAILED, and a log line with `reason`. Once only; always returns false. */
bool virtio_device_fail(struct virtio_device *device, const char *reason);
/* Waits, at most 100 ms, until the device has forgotten everything (section 2.4). */
bool virtio_device_reset(struct virtio_device *device);

/* Before arming a queue: lets the device raise its line again. */
static inline void virtio_device_acknowledge(struct virtio_device *device)
{
    if (device->interrupted && device->transport->interrupt_acknowledge) {
        device->interrupted = false;
        device->transport->interrupt_acknowledge(device);
    }
}

/* Device settings, by the width of the field (section 4.2.2.2). */
uint8_t virtio_settings_read8(const struct virtio_device *device, unsigned offset);
uint16_t virtio_settings_read16(const struct virtio_device *device, unsigned offset);
uint64_t virtio_settings_read64(const struct virtio_device *device, unsigned offset);

/* Finding. Each calls found() for every device of its kind, with a description that is not kept. */
typedef void virtio_found_function(const struct virtio_device *device);
void virtio_mmio_find(virtio_found_function *found);
void virtio_pci_find(virtio_found_function *found);

/* The drivers. Each takes the first device of its kind; false when it could not be started. The
 * device outlives everything. */
bool virtio_net_start(struct virtio_device *device);
bool virtio_block_start(struct virtio_device *device);
bool virtio_entropy_start(struct virtio_device *device);
bool virtio_console_start(struct virtio_device *device);
/* Waits by polling, at most `limit_us`, for the bytes that virtio_entropy_start asked for. */
void virtio_entropy_wait(unsigned limit_us);

#endif
