/* One split virtqueue (virtio 1.2, section 2.7), seen from the driver. Knows nothing of transports
 * or of the kernel: memory and physical addresses are given to it, so that the same code runs in
 * unit tests with a hostile device on the other side. Whatever the device writes (used index, ids,
 * lengths) is checked here and nowhere else. Called by the device drivers; set up by virtio.c. */
#ifndef DRIVERS_VIRTIO_QUEUE_H
#define DRIVERS_VIRTIO_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VIRTIO_QUEUE_SIZE_MAX 1024 /* descriptors; a power of two (section 2.7) */

/* Section 2.7.5. */
struct virtq_descriptor {
    uint64_t address;
    uint32_t length;
    uint16_t flags;
    uint16_t next;
};
enum { VIRTQ_NEXT = 1, VIRTQ_WRITE = 2 };

/* Section 2.7.6. */
struct virtq_available {
    uint16_t flags;
    uint16_t index;
    uint16_t ring[];
};
enum { VIRTQ_NO_INTERRUPT = 1 };

/* Section 2.7.8. */
struct virtq_used_element {
    uint32_t id;
    uint32_t length;
};
struct virtq_used {
    uint16_t flags;
    uint16_t index;
    struct virtq_used_element ring[];
};
enum { VIRTQ_NO_NOTIFY = 1 };

/* The driver's own account of a chain, under the number of its first descriptor. The rings are
 * memory that the device can write to; nothing here is. */
struct virtio_chain {
    void *token;
    uint32_t room; /* bytes that the device may write */
    uint16_t next; /* of the free list, and from part to part */
    uint8_t count; /* descriptors in the chain */
    bool is_with_device;
};

struct virtio_queue {
    uint16_t index; /* of the queue in its device */
    uint16_t size, mask;
    uint16_t given;    /* available index: chains ever given to the device */
    uint16_t taken;    /* chains ever taken back */
    uint16_t seen;     /* used index up to which the device was last believed */
    uint16_t notified; /* `given` at the last notification */
    uint16_t free_first, free_count;
    bool is_broken;       /* the used index jumped: nothing is taken any more */
    bool notify_is_short; /* 16 bits wide on PCI (section 4.1.5.2), 32 on MMIO (section 4.2.2) */
    struct virtq_descriptor *descriptors;
    struct virtq_available *available;
    struct virtq_used *used;
    struct virtio_chain *chains;
    volatile void *notify; /* register */
    uint64_t *malformed;   /* counts what the device did wrong; belongs to the driver */
};

/* Bytes of memory for a queue and the distance of its parts from the start. */
struct virtio_queue_layout {
    size_t available, used, chains, bytes;
};

/* `alignment` of the used ring: 4096 on a legacy device (section 2.7.2), else 4 or more. */
struct virtio_queue_layout virtio_queue_layout(uint16_t size, size_t alignment);

/* Begins a queue in zeroed memory, with interrupts suppressed. notify, notify_is_short and
 * malformed are kept as they are. */
void virtio_queue_init(struct virtio_queue *queue, void *memory, uint16_t size, size_t alignment);

/* --- chains made for each use (transmit, block, entropy) --- */

struct virtio_part {
    uint64_t address; /* physical */
    uint32_t length;
};

/* Gives the device a chain of `readable` parts, then `writable` ones. Returns false when there are
 * not enough free descriptors. `token` comes back from virtio_queue_release. */
bool virtio_queue_add(struct virtio_queue *queue, const struct virtio_part *parts,
                      unsigned readable, unsigned writable, void *token);
/* Frees the descriptors of a taken chain; returns its token. */
void *virtio_queue_release(struct virtio_queue *queue, uint16_t id);

/* --- buffers that stay (receive): descriptor `id` always means buffer `id`, no free list --- */

void virtio_queue_fix(struct virtio_queue *queue, uint16_t id, struct virtio_part buffer);

/* Gives fixed buffer `id` to the device, which sees it at once. */
static inline void virtio_queue_give(struct virtio_queue *queue, uint16_t id)
{
    queue->chains[id].is_with_device = true;
    queue->available->ring[queue->given & queue->mask] = id;
    queue->given++;
    __atomic_store_n(&queue->available->index, queue->given, __ATOMIC_RELEASE);
}

/* --- both --- */

struct virtio_taken {
    uint16_t id;     /* of a chain that was with the device */
    uint32_t length; /* bytes that it wrote: at most the chain's room; 0 if it claimed more */
};

/* The slow halves of the functions below. Look: reads the used index; false when there is nothing
 * new or nothing to be believed. Doubt: counts a length that can't be; returns what to take
 * instead. */
bool virtio_queue_look(struct virtio_queue *queue);
uint32_t virtio_queue_doubt(struct virtio_queue *queue, const struct virtio_chain *chain);
void virtio_queue_ring(struct virtio_queue *queue);

/* Takes back one chain. False when there is none. */
static inline bool virtio_queue_take(struct virtio_queue *queue, struct virtio_taken *taken)
{
    for (;;) {
        if (queue->taken == queue->seen && !virtio_queue_look(queue))
            return false;
        const struct virtq_used_element *element = &queue->used->ring[queue->taken++ & queue->mask];
        /* Each is read once: the device could change it between the check and the use. */
        uint32_t id = __atomic_load_n(&element->id, __ATOMIC_RELAXED);
        uint32_t length = __atomic_load_n(&element->length, __ATOMIC_RELAXED);
        if (id >= queue->size || !queue->chains[id].is_with_device) {
            ++*queue->malformed;
            continue;
        }
        struct virtio_chain *chain = &queue->chains[id];
        chain->is_with_device = false;
        if (length > chain->room)
            length = virtio_queue_doubt(queue, chain);
        taken->id = (uint16_t)id;
        taken->length = length;
        return true;
    }
}

/* --- who wakes whom (section 2.7.7 and 2.7.10) --- */

/* Tells the device about what was given since the last time, unless it asked not to be told. */
static inline void virtio_queue_notify(struct virtio_queue *queue)
{
    if (queue->notified != queue->given)
        virtio_queue_ring(queue);
}

/* Chains that the device has. */
static inline uint16_t virtio_queue_outstanding(const struct virtio_queue *queue)
{
    return (uint16_t)(queue->given - queue->taken);
}

/* Asks for an interrupt at the next used chain; true when there already is one. */
bool virtio_queue_arm(struct virtio_queue *queue);
static inline void virtio_queue_disarm(struct virtio_queue *queue)
{
    queue->available->flags = VIRTQ_NO_INTERRUPT;
}

#endif
