/* virtio entropy device (virtio 1.2, section 5.4): seeds the kernel's pool at boot and again every
 * ten minutes. Comes in: random bytes of the host. Goes out: entropy_add. Started before every
 * other device, so that the host works while they are set up. Called by drivers.c and the loop. */
#include "drivers/virtio.h"
#include "kernel/kernel.h"

enum { SEED_BYTES = 64, DESCRIPTORS = 4, AGAIN_MS = 600 * 1000 };

static struct virtio_entropy {
    struct virtio_device *device;
    struct virtio_queue queue;
    uint64_t malformed;
    struct timer again;
    struct loop_source source;
    uint8_t seed[SEED_BYTES];
} generator;

static void ask(void *context)
{
    (void)context;
    struct virtio_part part = {memory_physical(generator.seed), SEED_BYTES};
    if (virtio_queue_add(&generator.queue, &part, 0, 1, NULL))
        virtio_queue_notify(&generator.queue);
}

static bool poll(void *context)
{
    (void)context;
    struct virtio_taken taken;
    if (!virtio_queue_take(&generator.queue, &taken))
        return false;
    virtio_queue_release(&generator.queue, taken.id);
    if (taken.length == 0) {
        timer_start(&generator.again, 1000, ask, NULL);
        return true;
    }
    /* A device may give less than was asked for (section 5.4.6.2); below 256 bits it is no seed of
     * its own. */
    entropy_add(generator.seed, taken.length, taken.length >= 32);
    memset(generator.seed, 0, sizeof(generator.seed));
    timer_start(&generator.again, taken.length >= 32 ? AGAIN_MS : 0, ask, NULL);
    return true;
}

static bool arm(void *context)
{
    (void)context;
    virtio_device_acknowledge(generator.device);
    return virtio_queue_arm(&generator.queue);
}

static void disarm(void *context)
{
    (void)context;
    virtio_queue_disarm(&generator.queue);
}

void virtio_entropy_wait(unsigned limit_us)
{
    if (generator.device == NULL)
        return;
    uint64_t limit = clock_monotonic_ns() + limit_us * UINT64_C(1000);
    while (!poll(NULL) && clock_monotonic_ns() < limit)
        continue;
}

bool virtio_entropy_start(struct virtio_device *device)
{
    if (!virtio_device_begin(device, 0, 0))
        return false;
    if (!device->transport->interrupt_enable(device))
        return virtio_device_fail(device, "it has no MSI-X");
    if (!virtio_device_queue(device, &generator.queue, 0, DESCRIPTORS, &generator.malformed))
        return false;
    generator.device = device;
    virtio_device_ready(device);
    ask(NULL);
    generator.source = (struct loop_source){.poll = poll, .arm = arm, .disarm = disarm};
    loop_add(&generator.source);
    return true;
}
