/* A network device as net/ sees it. Frames are received where the device put them; net/ borrows a
 * frame until it returns it. Implemented by drivers/virtio_net.c and kernel/host/tap.c; used by
 * net/interface.c alone. */
#ifndef DRIVERS_NET_DEVICE_H
#define DRIVERS_NET_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct net_frame {
    uint8_t *bytes; /* an Ethernet frame without checksum trailer */
    uint16_t length;
    bool checksum_is_valid; /* the transport checksum was checked, or never left this machine */
    struct net_device *device;
    _Alignas(16) uint8_t
        owner_room[64]; /* for net/: its pbuf lives here while it borrows the frame */
};

struct net_part {
    const void *bytes;
    uint16_t length;
};

#define NET_PARTS_MAX 16 /* parts of one frame to be sent */

struct net_device_counters {
    uint64_t received_frames, received_bytes, sent_frames, sent_bytes;
    uint64_t dropped_no_buffer, dropped_ring_full, malformed;
};

struct net_device {
    uint8_t mac[6];
    uint16_t mtu; /* 1500 */
    struct net_device_counters counters;

    /* Given by net/. receive: a frame is lent. sent: the parts given with `token` may change again;
     * it may be called from within send, and may itself send. */
    void (*receive)(void *context, struct net_frame *frame);
    void (*sent)(void *context, void *token);
    void *context;

    /* Given by the driver. send takes the parts without copying them and returns false when the
     * ring is full (counted). return_frame gives a lent frame back to the ring. flush tells the
     * device about what was queued; the driver's loop source also does so at the end of each turn.
     */
    bool (*send)(struct net_device *device, const struct net_part *parts, unsigned count,
                 void *token);
    void (*return_frame)(struct net_frame *frame);
    void (*flush)(struct net_device *device);
};

/* The first network device, or NULL. */
struct net_device *net_device_first(void);

#endif
