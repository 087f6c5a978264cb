/* virtio console device (virtio 1.2, section 5.3), output only: a second place for log lines.
 * Comes in: lines from the kernel's console. Goes out: bytes to the host, from two halves of a page
 * by turns: one fills while the device has the other. Called by kernel/ through virtio_console.h.
 */
#include "drivers/virtio_console.h"

#include "drivers/virtio.h"
#include "kernel/kernel.h"

/* Queue 0 is for input, which nobody reads (section 5.3.2). */
enum { SEND_QUEUE = 1, DESCRIPTORS = 4, HALF_BYTES = 2048 };

static struct virtio_console {
    struct virtio_device *device;
    struct virtio_queue queue;
    uint64_t malformed;
    char *halves[2];
    unsigned filling; /* 0 or 1 */
    size_t filled;
    struct loop_source source;
} console;

/* Sends what there is, unless the device still has the other half. */
static bool advance(void)
{
    struct virtio_taken taken;
    bool any = virtio_queue_take(&console.queue, &taken);
    if (any)
        virtio_queue_release(&console.queue, taken.id);
    if (console.filled != 0 && virtio_queue_outstanding(&console.queue) == 0) {
        struct virtio_part part = {memory_physical(console.halves[console.filling]),
                                   (uint32_t)console.filled};
        virtio_queue_add(&console.queue, &part, 1, 0, NULL);
        virtio_queue_notify(&console.queue);
        console.filling ^= 1;
        console.filled = 0;
    }
    return any;
}

void virtio_console_write(const char *bytes, size_t length)
{
    if (console.device == NULL || length > HALF_BYTES - console.filled)
        return;
    memcpy(console.halves[console.filling] + console.filled, bytes, length);
    console.filled += length;
    advance();
}

static bool poll(void *context)
{
    (void)context;
    return advance();
}

/* Wakes only when there is more to send after what the device has. */
static bool arm(void *context)
{
    (void)context;
    virtio_device_acknowledge(console.device);
    return console.filled != 0 && virtio_queue_arm(&console.queue);
}

static void disarm(void *context)
{
    (void)context;
    virtio_queue_disarm(&console.queue);
}

bool virtio_console_start(struct virtio_device *device)
{
    if (!virtio_device_begin(device, 0, 0))
        return false;
    if (!device->transport->interrupt_enable(device))
        return virtio_device_fail(device, "it has no MSI-X");
    if (!virtio_device_queue(device, &console.queue, SEND_QUEUE, DESCRIPTORS, &console.malformed))
        return false;
    console.halves[0] = must_memory_pages(1);
    console.halves[1] = console.halves[0] + HALF_BYTES;
    virtio_device_ready(device);
    console.device = device;
    console.source = (struct loop_source){.poll = poll, .arm = arm, .disarm = disarm};
    loop_add(&console.source);
    log_also_to(virtio_console_write);
    return true;
}
