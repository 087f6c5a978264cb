/* Starting a virtio device (virtio 1.2, section 3.1), the same over every transport: reset,
 * features, queues, and giving it up when something is wrong. Comes in: a device that drivers.c
 * found and the wishes of its driver. Goes out: queues that run. Called by the device drivers. */
#include "drivers/virtio.h"

#include "kernel/kernel.h"

static const uint64_t reset_limit_ns = 100 * 1000 * 1000;

/* Each bit is set in its turn: some devices (Firecracker's) accept no two at once. */
static void add_status(struct virtio_device *device, uint8_t bit)
{
    uint8_t status = device->transport->status(device);
    device->transport->set_status(device, status | bit);
}

bool virtio_device_reset(struct virtio_device *device)
{
    device->transport->set_status(device, 0);
    /* Usually done at once, so the clock is read only if not. */
    if (device->transport->status(device) == 0)
        return true;
    uint64_t limit = clock_monotonic_ns() + reset_limit_ns;
    while (device->transport->status(device) != 0) {
        if (clock_monotonic_ns() > limit)
            return false;
    }
    return true;
}

bool virtio_device_fail(struct virtio_device *device, const char *reason)
{
    if (!device->has_failed) {
        device->has_failed = true;
        add_status(device, VIRTIO_FAILED);
        log_line(LOG_ERROR, "device_failed kind=%u at=%x reason=\"%s\"", device->kind,
                 device->place, reason);
    }
    return false;
}

bool virtio_device_begin(struct virtio_device *device, uint64_t wanted, uint64_t required)
{
    device->has_failed = false;
    if (!virtio_device_reset(device))
        return virtio_device_fail(device, "it does not reset");
    const uint8_t begun = VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER;
    device->transport->set_status(device, VIRTIO_ACKNOWLEDGE);
    device->transport->set_status(device, begun);
    wanted |= device->is_legacy ? VIRTIO_ANY_LAYOUT : VIRTIO_VERSION_1;
    if (!device->is_legacy)
        required |= VIRTIO_VERSION_1;
    device->features = device->transport->offered(device) & wanted;
    if ((device->features & required) != required)
        return virtio_device_fail(device, "it lacks a feature");
    device->transport->accept(device, device->features);
    if (device->is_legacy)
        return true;
    device->transport->set_status(device, begun | VIRTIO_FEATURES_OK);
    if (!(device->transport->status(device) & VIRTIO_FEATURES_OK))
        return virtio_device_fail(device, "it refused the features");
    return true;
}

bool virtio_device_queue(struct virtio_device *device, struct virtio_queue *queue, uint16_t index,
                         uint16_t size, uint64_t *malformed)
{
    uint16_t most = device->transport->queue_size_max(device, index);
    while (size > most)
        size /= 2;
    if (size == 0)
        return virtio_device_fail(device, "it lacks a queue");
    /* The legacy layout is fixed by pages (section 2.7.2); others only need it within cache lines.
     */
    size_t alignment = device->is_legacy ? 4096 : 64;
    if (queue->descriptors == NULL ||
        queue->size != size) { /* a second start uses the same memory */
        size_t bytes = virtio_queue_layout(size, alignment).bytes;
        queue->descriptors = must_memory_pages((bytes + 4095) / 4096);
    }
    virtio_queue_init(queue, queue->descriptors, size, alignment);
    queue->index = index;
    queue->malformed = malformed;
    if (!device->transport->queue_enable(device, queue))
        return virtio_device_fail(device, "it refused a queue");
    return true;
}

void virtio_device_ready(struct virtio_device *device)
{
    add_status(device, VIRTIO_DRIVER_OK);
}

uint8_t virtio_settings_read8(const struct virtio_device *device, unsigned offset)
{
    return device->settings[offset];
}

uint16_t virtio_settings_read16(const struct virtio_device *device, unsigned offset)
{
    return *(volatile uint16_t *)(device->settings + offset);
}

uint64_t virtio_settings_read64(const struct virtio_device *device, unsigned offset)
{
    volatile uint32_t *words = (volatile uint32_t *)(device->settings + offset);
    uint64_t value = 0;
    /* Two reads are not one (section 2.5.1); legacy devices have no generation to ask for. */
    for (int tries = 0; tries < 4; tries++) {
        uint64_t before = value;
        value = words[0] | (uint64_t)words[1] << 32;
        if (tries > 0 && value == before)
            break;
    }
    return value;
}
