/* virtio network device (virtio 1.2, section 5.1): the ring that sensors' frames arrive in.
 * Comes in: frames from the device, lent to net/ where the device put them; parts of frames to
 * send. Goes out: used buffers back to the ring, chains of the sender's own bytes to the device;
 * nothing is copied. Called by net/interface.c through net_device.h, and by the loop. */
#include "drivers/net_device.h"
#include "drivers/virtio.h"
#include "kernel/kernel.h"

/* Section 5.1.3. */
#define NET_GUEST_CHECKSUM (UINT64_C(1) << 1)
#define NET_MTU (UINT64_C(1) << 3)
#define NET_MAC (UINT64_C(1) << 5)

/* Section 5.1.6: the header before each frame. Legacy ones lack the last field. */
enum { HEADER_BYTES = 12, HEADER_BYTES_LEGACY = 10 };
/* Flags in its first byte: the checksum is partial because the frame comes from this very host; or
 * checked. */
enum { NEEDS_CHECKSUM = 1, DATA_VALID = 2 };

enum { RECEIVE_QUEUE = 0, SEND_QUEUE = 1 };
enum { SETTINGS_MAC = 0, SETTINGS_MTU = 10 };

enum { BUFFER_BYTES = 2048, BUFFERS = 256, BUFFERS_IF_SMALL = 128, SEND_DESCRIPTORS = 256 };
static const size_t small_memory_bytes = 8u << 20;

/* Frames in one poll; then other sources have their turn. */
enum { TURN_FRAMES = 64 };

enum { ETHERNET_HEADER_BYTES = 14, MTU_USUAL = 1500, MTU_LEAST = 576 };

static struct virtio_net {
    struct net_device net; /* first member */
    struct virtio_device *device;
    struct virtio_queue receive, send;
    struct net_frame *frames; /* one for each buffer, with its number */
    uint32_t header_bytes;
    uint8_t valid_flags; /* header flags that make a checksum valid: none unless negotiated */
    struct virtio_part send_header;
    bool is_reaping;
    struct loop_source source;
} card;

/* Section 5.1.6.2 wants zeros when nothing is offloaded. The device only reads it. */
static uint8_t send_header[HEADER_BYTES];

struct net_device *net_device_first(void)
{
    return card.device ? &card.net : NULL;
}

/* This and receive_frames are the way of every frame: no calls in them but the owner's. */
__attribute__((flatten)) static void return_frame(struct net_frame *frame)
{
    virtio_queue_give(&card.receive, (uint16_t)(frame - card.frames));
}

static void flush(struct net_device *device)
{
    (void)device;
    virtio_queue_notify(&card.receive);
    virtio_queue_notify(&card.send);
}

/* Too short to be a frame, or nobody listens yet. A length of 0 was counted where it was doubted.
 */
static void refuse_frame(struct net_frame *frame, uint32_t length)
{
    card.net.counters.malformed += card.net.receive != NULL && length != 0;
    return_frame(frame);
}

__attribute__((flatten)) static bool receive_frames(void)
{
    struct virtio_taken taken;
    const uint32_t least = card.header_bytes + ETHERNET_HEADER_BYTES;
    unsigned frames;
    for (frames = 0; frames < TURN_FRAMES; frames++) {
        if (!virtio_queue_take(&card.receive, &taken))
            break;
        struct net_frame *frame = &card.frames[taken.id];
        if (taken.length < least || !card.net.receive) {
            refuse_frame(frame, taken.length);
            continue;
        }
        uint32_t length = taken.length - card.header_bytes;
        frame->length = (uint16_t)length;
        frame->checksum_is_valid = (frame->bytes[-(int)card.header_bytes] & card.valid_flags) != 0;
        card.net.counters.received_frames++;
        card.net.counters.received_bytes += length;
        card.net.receive(card.net.context, frame);
    }
    return frames != 0;
}

/* Takes back what was sent. Not from within itself: the owner may send the next frame from `sent`.
 */
static bool reap_sent(void)
{
    struct virtio_taken taken;
    bool any = false;
    if (card.is_reaping)
        return false;
    card.is_reaping = true;
    while (virtio_queue_take(&card.send, &taken)) {
        void *token = virtio_queue_release(&card.send, taken.id);
        any = true;
        if (card.net.sent)
            card.net.sent(card.net.context, token);
    }
    card.is_reaping = false;
    return any;
}

static bool send_frame(struct net_device *device, const struct net_part *parts, unsigned count,
                       void *token)
{
    struct virtio_part chain[1 + NET_PARTS_MAX];
    must(count > 0 && count <= NET_PARTS_MAX);
    if (card.send.free_count < count + 1)
        reap_sent();
    chain[0] = card.send_header;
    uint64_t bytes = 0;
    for (unsigned i = 0; i < count; i++) {
        chain[1 + i].address = memory_physical(parts[i].bytes);
        chain[1 + i].length = parts[i].length;
        bytes += parts[i].length;
    }
    if (!virtio_queue_add(&card.send, chain, 1 + count, 0, token)) {
        device->counters.dropped_ring_full++;
        return false;
    }
    device->counters.sent_frames++;
    device->counters.sent_bytes += bytes;
    return true;
}

static bool poll(void *context)
{
    (void)context;
    bool any = receive_frames();
    any |= reap_sent();
    flush(&card.net);
    if (card.receive.is_broken || card.send.is_broken)
        virtio_device_fail(card.device, "its used index jumped");
    return any;
}

static bool arm(void *context)
{
    (void)context;
    flush(&card.net);
    virtio_device_acknowledge(card.device);
    bool any = virtio_queue_arm(&card.receive);
    /* Only while something is being sent does its end matter. */
    if (virtio_queue_outstanding(&card.send) != 0)
        any |= virtio_queue_arm(&card.send);
    return any;
}

static void disarm(void *context)
{
    (void)context;
    virtio_queue_disarm(&card.receive);
    virtio_queue_disarm(&card.send);
}

/* Every buffer has its descriptor, its frame and its number for ever. */
static void fill_ring(void)
{
    uint16_t count = card.receive.size;
    uint8_t *buffers = must_memory_buffers(count * (size_t)BUFFER_BYTES / 4096);
    size_t frame_bytes = count * sizeof(struct net_frame);
    card.frames = must_memory_pages((frame_bytes + 4095) / 4096);
    uint64_t physical = memory_physical(buffers);
    for (uint16_t i = 0; i < count; i++) {
        size_t offset = i * (size_t)BUFFER_BYTES;
        card.frames[i].bytes = buffers + offset + card.header_bytes;
        card.frames[i].device = &card.net;
        struct virtio_part buffer = {physical + offset, BUFFER_BYTES};
        virtio_queue_fix(&card.receive, i, buffer);
        virtio_queue_give(&card.receive, i);
    }
}

static void read_settings(struct virtio_device *device)
{
    if (virtio_device_has(device, NET_MAC)) {
        for (unsigned i = 0; i < 6; i++)
            card.net.mac[i] = virtio_settings_read8(device, SETTINGS_MAC + i);
    } else {
        entropy_fill(card.net.mac, 6);
        card.net.mac[0] =
            (uint8_t)((card.net.mac[0] & 0xfc) | 2); /* locally administered, unicast */
    }
    card.net.mtu = MTU_USUAL;
    if (virtio_device_has(device, NET_MTU)) {
        uint16_t mtu = virtio_settings_read16(device, SETTINGS_MTU);
        if (mtu >= MTU_LEAST && mtu < MTU_USUAL)
            card.net.mtu = mtu;
    }
}

bool virtio_net_start(struct virtio_device *device)
{
    uint64_t wanted = NET_GUEST_CHECKSUM | NET_MTU | NET_MAC;
    /* Without ANY_LAYOUT a legacy header needs a descriptor of its own (section 5.1.6.6), and so a
     * second look at memory for each frame. No device of the last ten years lacks it. */
    if (!virtio_device_begin(device, wanted, device->is_legacy ? VIRTIO_ANY_LAYOUT : 0))
        return false;
    if (!device->transport->interrupt_enable(device))
        return virtio_device_fail(device, "it has no MSI-X");
    card.header_bytes = device->is_legacy ? HEADER_BYTES_LEGACY : HEADER_BYTES;
    card.valid_flags =
        virtio_device_has(device, NET_GUEST_CHECKSUM) ? NEEDS_CHECKSUM | DATA_VALID : 0;
    card.send_header = (struct virtio_part){memory_physical(send_header), card.header_bytes};
    bool is_small = memory_counters()->total_bytes < small_memory_bytes;
    uint16_t buffers = is_small ? BUFFERS_IF_SMALL : BUFFERS;
    uint64_t *malformed = &card.net.counters.malformed;
    if (!virtio_device_queue(device, &card.receive, RECEIVE_QUEUE, buffers, malformed) ||
        !virtio_device_queue(device, &card.send, SEND_QUEUE, SEND_DESCRIPTORS, malformed))
        return false;
    read_settings(device);
    fill_ring();
    card.net.send = send_frame;
    card.net.return_frame = return_frame;
    card.net.flush = flush;
    card.device = device;
    virtio_device_ready(device);
    virtio_queue_notify(&card.receive);
    card.source = (struct loop_source){.poll = poll, .arm = arm, .disarm = disarm};
    loop_add(&card.source);
    return true;
}
