/* A virtio device that the test plays, for the drivers above a queue: a transport that agrees to
 * everything, the rings that the driver gave it, and the few kernel functions that drivers need.
 * Included once by each test. */
#ifndef TESTS_FAKE_DEVICE_H
#define TESTS_FAKE_DEVICE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "drivers/virtio.c"
#include "drivers/virtio_queue.c"
#include "kernel/kernel.h"

enum { FAKE_QUEUES = 2 };

static struct {
    uint8_t status;
    uint64_t offered;
    uint8_t settings[64];
    struct virtio_queue *queues[FAKE_QUEUES];
    uint16_t available[FAKE_QUEUES], used[FAKE_QUEUES];
    uint32_t notify;
    struct loop_source *source;
    size_t total_bytes;
    unsigned log_lines;
    void *pages[64]; /* to be freed */
    unsigned pages_count;
    uint64_t now_ns;
} fake;

/* --- the kernel --- */

void *must_memory_pages(size_t count)
{
    must(fake.pages_count < 64);
    void *pages = aligned_alloc(4096, count * 4096);
    fake.pages[fake.pages_count++] = pages;
    return memset(pages, 0, count * 4096);
}

void *must_memory_buffers(size_t count)
{
    return must_memory_pages(count);
}

uint64_t memory_physical(const void *address)
{
    return (uintptr_t)address;
}

const struct memory_counters *memory_counters(void)
{
    static struct memory_counters counters;
    counters.total_bytes = fake.total_bytes;
    return &counters;
}

void loop_add(struct loop_source *source)
{
    fake.source = source;
}

uint64_t clock_monotonic_ns(void)
{
    return fake.now_ns += 1000000;
}

void log_also_to(void (*write)(const char *bytes, size_t length))
{
    (void)write;
}

void log_line(enum log_level level, const char *format, ...)
{
    (void)level;
    (void)format;
    fake.log_lines++;
}

void panic_at(const char *file, int line, const char *format, ...)
{
    fprintf(stderr, "%s:%d: %s\n", file, line, format);
    abort();
}

void entropy_fill(void *bytes, size_t length)
{
    memset(bytes, 0xff, length);
}

/* --- the transport --- */

static uint8_t fake_status(struct virtio_device *device)
{
    (void)device;
    return fake.status;
}

static void fake_set_status(struct virtio_device *device, uint8_t status)
{
    (void)device;
    fake.status = status;
    if (status == 0) {
        memset(fake.available, 0, sizeof(fake.available));
        memset(fake.used, 0, sizeof(fake.used));
    }
}

static uint64_t fake_offered(struct virtio_device *device)
{
    (void)device;
    return fake.offered;
}

static void fake_accept(struct virtio_device *device, uint64_t features)
{
    (void)device;
    assert_int_equal(features & ~fake.offered, 0);
}

static uint16_t fake_queue_size_max(struct virtio_device *device, uint16_t index)
{
    (void)device;
    return index < FAKE_QUEUES ? 1024 : 0;
}

static bool fake_queue_enable(struct virtio_device *device, struct virtio_queue *queue)
{
    (void)device;
    fake.queues[queue->index] = queue;
    queue->notify = &fake.notify;
    return true;
}

static bool fake_interrupt_enable(struct virtio_device *device)
{
    (void)device;
    return true;
}

static const struct virtio_transport fake_transport = {
    .status = fake_status,
    .set_status = fake_set_status,
    .offered = fake_offered,
    .accept = fake_accept,
    .queue_size_max = fake_queue_size_max,
    .queue_enable = fake_queue_enable,
    .interrupt_enable = fake_interrupt_enable,
};

static struct virtio_device fake_device;

static void fake_begin(uint64_t offered)
{
    memset(&fake, 0, sizeof(fake));
    fake.offered = offered;
    fake.total_bytes = 64u << 20;
    fake_device = (struct virtio_device){.transport = &fake_transport,
                                         .is_legacy = (offered & VIRTIO_VERSION_1) == 0,
                                         .settings = fake.settings};
}

static void fake_end(void)
{
    while (fake.pages_count != 0)
        free(fake.pages[--fake.pages_count]);
}

/* --- the device's side of a queue --- */

/* The next chain that the driver gave, or UINT16_MAX. */
static uint16_t fake_next(unsigned index)
{
    const struct virtio_queue *queue = fake.queues[index];
    if (fake.available[index] == queue->available->index)
        return UINT16_MAX;
    return queue->available->ring[fake.available[index]++ % queue->size];
}

static void fake_use(unsigned index, uint32_t id, uint32_t length)
{
    struct virtio_queue *queue = fake.queues[index];
    queue->used->ring[fake.used[index]++ % queue->size] = (struct virtq_used_element){id, length};
    queue->used->index = fake.used[index];
}

/* Part `part` of a chain. */
static const struct virtq_descriptor *fake_part(unsigned index, uint16_t id, unsigned part)
{
    const struct virtq_descriptor *descriptor = &fake.queues[index]->descriptors[id];
    while (part-- > 0) {
        assert_true(descriptor->flags & VIRTQ_NEXT);
        descriptor = &fake.queues[index]->descriptors[descriptor->next];
    }
    return descriptor;
}

static void *fake_bytes(const struct virtq_descriptor *descriptor)
{
    return (void *)(uintptr_t)descriptor->address;
}

static bool fake_poll(void)
{
    return fake.source->poll(fake.source->context);
}

#endif
