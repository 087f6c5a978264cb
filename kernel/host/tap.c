/* A network device over a TAP device of Linux. Frames are read straight into a pool of 256, lent to
 * net/ as a ring lends its buffers, and dropped when none is free; what is sent is told as sent
 * from the loop, later. The virtio header that TAP puts before a frame says which transport
 * checksums need no check. */
#include "drivers/net_device.h"
#include "kernel/host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#define FRAMES 256
#define FRAME_BYTES 2048
#define FRAMES_EACH_TURN 64
#define ETHERNET_HEADER_BYTES 14

static struct tap {
    struct net_device device; /* first member */
    int file;
    struct loop_source source;
    struct net_frame frames[FRAMES];
    struct net_frame *free_frames[FRAMES];
    unsigned free_count;
    void *sent_tokens[FRAMES]; /* handed over by send, not yet told as sent */
    unsigned sent_count;
} tap;

static _Alignas(64) uint8_t buffers[FRAMES][FRAME_BYTES];

static bool tell_sent(void)
{
    void *tokens[FRAMES];
    unsigned count = tap.sent_count;
    memcpy(tokens, tap.sent_tokens, count * sizeof tokens[0]);
    tap.sent_count = 0; /* `sent` may lead to new frames */
    for (unsigned i = 0; i < count; i++)
        tap.device.sent(tap.device.context, tokens[i]);
    return count > 0;
}

/* False when nothing is waiting. */
static bool receive_one(void)
{
    static uint8_t bin[FRAME_BYTES];
    struct virtio_net_hdr header;
    struct net_frame *frame = tap.free_count > 0 ? tap.free_frames[tap.free_count - 1] : NULL;
    struct iovec parts[] = {{&header, sizeof header},
                            {frame != NULL ? frame->bytes : bin, FRAME_BYTES}};
    ssize_t got = readv(tap.file, parts, 2);
    if (got < 0 &&
        (errno == EAGAIN || errno == EINTR || errno == EIO)) /* EIO: the device is down */
        return false;
    if (got < 0)
        panic("cannot read from %s: %s", host_options.tap_name, strerror(errno));
    if ((size_t)got < sizeof header + ETHERNET_HEADER_BYTES) {
        tap.device.counters.malformed++;
        return true;
    }
    if (frame == NULL) {
        tap.device.counters.dropped_no_buffer++;
        return true;
    }
    tap.free_count--;
    frame->length = (uint16_t)((size_t)got - sizeof header);
    frame->checksum_is_valid =
        (header.flags & (VIRTIO_NET_HDR_F_NEEDS_CSUM | VIRTIO_NET_HDR_F_DATA_VALID)) != 0;
    tap.device.counters.received_frames++;
    tap.device.counters.received_bytes += frame->length;
    tap.device.receive(tap.device.context, frame);
    return true;
}

static bool tap_poll(void *context)
{
    (void)context;
    if (tap.device.receive == NULL)
        return false; /* nobody has taken the device */
    bool did_something = tell_sent();
    for (int i = 0; i < FRAMES_EACH_TURN; i++) {
        if (!receive_one())
            break;
        did_something = true;
    }
    return did_something;
}

static bool tap_arm(void *context)
{
    (void)context;
    return tap.sent_count > 0;
}

static void tap_return_frame(struct net_frame *frame)
{
    tap.free_frames[tap.free_count++] = frame;
}

static bool tap_send(struct net_device *device, const struct net_part *parts, unsigned count,
                     void *token)
{
    static struct virtio_net_hdr header;
    struct iovec all[NET_PARTS_MAX + 1] = {{&header, sizeof header}};
    size_t length = 0;
    if (tap.sent_count == FRAMES) {
        device->counters.dropped_ring_full++;
        return false;
    }
    for (unsigned i = 0; i < count; i++) {
        memcpy(&all[i + 1].iov_base, &parts[i].bytes, sizeof(void *)); /* iovec has no const */
        all[i + 1].iov_len = parts[i].length;
        length += parts[i].length;
    }
    if (writev(tap.file, all, (int)count + 1) < 0) { /* the cable loses it, as cables do */
        device->counters.dropped_ring_full++;
        return false;
    }
    device->counters.sent_frames++;
    device->counters.sent_bytes += length;
    tap.sent_tokens[tap.sent_count++] = token;
    return true;
}

static void tap_flush(struct net_device *device)
{
    (void)device;
}

static void open_tap(const char *name)
{
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    tap.file = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (tap.file < 0 || ioctl(tap.file, TUNSETIFF, &request) != 0)
        panic("cannot open the TAP device %s: %s", name, strerror(errno));
    if (ioctl(tap.file, TUNSETOFFLOAD, TUN_F_CSUM) != 0)
        panic("cannot set up the TAP device %s: %s", name, strerror(errno));
}

struct net_device *net_device_first(void)
{
    if (host_options.tap_name == NULL)
        return NULL;
    if (tap.device.mtu != 0)
        return &tap.device;
    open_tap(host_options.tap_name);
    uint64_t hash = hash_bytes(HASH_START, host_options.tap_name, strlen(host_options.tap_name));
    tap.device = (struct net_device){
        .mtu = 1500, .send = tap_send, .return_frame = tap_return_frame, .flush = tap_flush};
    memcpy(tap.device.mac, &hash, sizeof tap.device.mac);
    tap.device.mac[0] = 0x02; /* one machine, locally administered */
    for (unsigned i = 0; i < FRAMES; i++) {
        tap.frames[i] = (struct net_frame){.bytes = buffers[i], .device = &tap.device};
        tap.free_frames[tap.free_count++] = &tap.frames[i];
    }
    tap.source = (struct loop_source){.poll = tap_poll, .arm = tap_arm};
    loop_add(&tap.source);
    host_watch(tap.file);
    return &tap.device;
}
