/* virtio block device (virtio 1.2, section 5.2): the data disk.
 * Comes in: requests from the spool; a panic's record. Goes out: done calls from the loop. Requests
 * and their bytes stay with their owner; the header and the status byte live in the request's
 * driver_room. Called through block_device.h and by the loop. */
#include "drivers/block_device.h"
#include "drivers/virtio.h"
#include "kernel/kernel.h"

/* Section 5.2.3. */
#define BLOCK_READ_ONLY (UINT64_C(1) << 5)
#define BLOCK_CAN_FLUSH (UINT64_C(1) << 9)

/* Section 5.2.6. */
enum { TYPE_IN = 0, TYPE_OUT = 1, TYPE_FLUSH = 4 };
enum { STATUS_OK = 0, STATUS_NONE = 0xff };

struct header {
    uint32_t type;
    uint32_t reserved;
    uint64_t sector;
    uint8_t status; /* the device writes it; not part of the header */
};
enum { HEADER_BYTES = 16 };
_Static_assert(sizeof(struct header) <= sizeof(((struct block_request *)0)->driver_room),
               "a request has room for its header");

enum { DESCRIPTORS = 64, SETTINGS_CAPACITY = 0 };
static const uint64_t polling_limit_ns = UINT64_C(2000000000);

static struct virtio_block {
    struct block_device block; /* first member */
    struct virtio_device *device;
    struct virtio_queue queue;
    bool can_flush;
    uint64_t malformed;
    struct block_request *waiting, **waiting_end; /* for free descriptors, in order */
    struct block_request *finished;               /* without the device's help */
    struct loop_source source;
} disk;

struct block_device *block_device_first(void)
{
    return disk.device ? &disk.block : NULL;
}

static void finish(struct block_request *request, bool succeeded)
{
    if (!succeeded)
        log_line(LOG_WARN, "disk_error operation=%u sector=%lu bytes=%zu", request->operation,
                 (unsigned long)request->sector, request->length_bytes);
    request->done(request->context, request, succeeded);
}

/* True when the device must be asked at all. */
static bool is_sensible(const struct block_request *request)
{
    uint64_t sectors = request->length_bytes / BLOCK_SECTOR_BYTES;
    if (request->operation == BLOCK_WRITE && disk.block.read_only)
        return false;
    return request->length_bytes % BLOCK_SECTOR_BYTES == 0 && sectors > 0 &&
           request->length_bytes <= UINT32_MAX && sectors <= disk.block.sectors &&
           request->sector <= disk.block.sectors - sectors;
}

/* False when the ring is full. */
static bool give(struct block_request *request)
{
    static const uint32_t types[] = {
        [BLOCK_READ] = TYPE_IN, [BLOCK_WRITE] = TYPE_OUT, [BLOCK_FLUSH] = TYPE_FLUSH};
    struct header *header = (void *)request->driver_room;
    bool is_flush = request->operation == BLOCK_FLUSH;
    *header = (struct header){.type = types[request->operation],
                              .sector = is_flush ? 0 : request->sector,
                              .status = STATUS_NONE};
    uint64_t physical = memory_physical(header);
    struct virtio_part parts[3] = {{physical, HEADER_BYTES}};
    unsigned count = 1;
    if (!is_flush)
        parts[count++] =
            (struct virtio_part){memory_physical(request->bytes), (uint32_t)request->length_bytes};
    parts[count] = (struct virtio_part){physical + offsetof(struct header, status), 1};
    unsigned readable = request->operation == BLOCK_WRITE ? 2 : 1;
    return virtio_queue_add(&disk.queue, parts, readable, count + 1 - readable, request);
}

static void submit(struct block_device *device, struct block_request *request)
{
    (void)device;
    bool is_flush = request->operation == BLOCK_FLUSH;
    request->next = NULL;
    /* Without the flush feature every write is on the medium when it is done (section 5.2.6.2).
     * What needs no device is still answered from the loop, with the answer where the device would
     * have put it. */
    if (disk.device->has_failed || (is_flush ? !disk.can_flush : !is_sensible(request))) {
        ((struct header *)(void *)request->driver_room)->status =
            is_flush && !disk.device->has_failed ? STATUS_OK : STATUS_NONE;
        struct block_request **end = &disk.finished;
        while (*end)
            end = &(*end)->next;
        *end = request;
        return;
    }
    if (disk.waiting == NULL && give(request))
        return;
    *disk.waiting_end = request;
    disk.waiting_end = &request->next;
}

static bool status_is_ok(const struct block_request *request)
{
    const struct header *header = (const void *)request->driver_room;
    return *(const volatile uint8_t *)&header->status == STATUS_OK;
}

static void give_waiting(void)
{
    while (disk.waiting && give(disk.waiting)) {
        disk.waiting = disk.waiting->next;
        if (disk.waiting == NULL)
            disk.waiting_end = &disk.waiting;
    }
}

/* Nothing that the device has will come back: its owners must not wait for it. */
static void give_up(void)
{
    virtio_device_fail(disk.device, "its used index jumped");
    virtio_device_reset(disk.device); /* so that it leaves the owners' bytes alone */
    for (uint16_t id = 0; id < disk.queue.size; id++) {
        if (disk.queue.chains[id].is_with_device) {
            disk.queue.chains[id].is_with_device = false;
            finish(virtio_queue_release(&disk.queue, id), false);
        }
    }
    while (disk.waiting) {
        struct block_request *request = disk.waiting;
        disk.waiting = request->next;
        finish(request, false);
    }
    disk.waiting_end = &disk.waiting;
}

static bool poll(void *context)
{
    (void)context;
    struct virtio_taken taken;
    bool any = false;
    while (virtio_queue_take(&disk.queue, &taken)) {
        struct block_request *request = virtio_queue_release(&disk.queue, taken.id);
        any = true;
        finish(request, status_is_ok(request));
    }
    while (disk.finished) {
        struct block_request *request = disk.finished;
        disk.finished = request->next;
        any = true;
        finish(request, status_is_ok(request));
    }
    if (disk.queue.is_broken && !disk.device->has_failed)
        give_up();
    give_waiting();
    virtio_queue_notify(&disk.queue);
    return any;
}

static bool arm(void *context)
{
    (void)context;
    virtio_queue_notify(&disk.queue);
    virtio_device_acknowledge(disk.device);
    return virtio_queue_arm(&disk.queue) || disk.finished != NULL;
}

static void disarm(void *context)
{
    (void)context;
    virtio_queue_disarm(&disk.queue);
}

/* Resets, negotiates and makes the queue; again at a panic, when nothing of before can be relied
 * upon. */
static bool start_device(struct virtio_device *device)
{
    if (!virtio_device_begin(device, BLOCK_READ_ONLY | BLOCK_CAN_FLUSH, 0))
        return false;
    if (disk.device == NULL && !device->transport->interrupt_enable(device))
        return virtio_device_fail(device, "it has no MSI-X");
    if (!virtio_device_queue(device, &disk.queue, 0, DESCRIPTORS, &disk.malformed))
        return false;
    disk.block.read_only = virtio_device_has(device, BLOCK_READ_ONLY);
    disk.can_flush = virtio_device_has(device, BLOCK_CAN_FLUSH);
    virtio_device_ready(device);
    return true;
}

static bool perform_polling(struct block_request *request)
{
    if (!give(request))
        return false;
    virtio_queue_ring(&disk.queue);
    uint64_t limit = clock_monotonic_ns() + polling_limit_ns;
    struct virtio_taken taken;
    while (!virtio_queue_take(&disk.queue, &taken)) {
        if (clock_monotonic_ns() > limit)
            return false;
    }
    virtio_queue_release(&disk.queue, taken.id);
    return status_is_ok(request);
}

static bool write_polling(struct block_device *device, uint64_t sector, const void *bytes,
                          size_t length)
{
    (void)device;
    /* Not on the stack, whose addresses no device may know. */
    static struct block_request request;
    request.operation = BLOCK_WRITE;
    request.sector = sector;
    memcpy(&request.bytes, &bytes, sizeof(bytes)); /* only read from */
    request.length_bytes = length;
    /* The panic may have struck in the middle of this very driver. */
    if (!is_sensible(&request) || !start_device(disk.device) || !perform_polling(&request))
        return false;
    request.operation = BLOCK_FLUSH;
    return !disk.can_flush || perform_polling(&request);
}

bool virtio_block_start(struct virtio_device *device)
{
    if (!start_device(device))
        return false;
    disk.block.sectors = virtio_settings_read64(device, SETTINGS_CAPACITY);
    disk.block.submit = submit;
    disk.block.write_polling = write_polling;
    disk.waiting_end = &disk.waiting;
    disk.device = device;
    disk.source = (struct loop_source){.poll = poll, .arm = arm, .disarm = disarm};
    loop_add(&disk.source);
    return true;
}
