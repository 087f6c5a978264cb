/* The split virtqueue's slower half: setting up, making chains, reading the used index, notifying.
 * Comes in: memory and physical addresses from the drivers, used elements from the device. Goes
 * out: descriptors, and only such chains as really were with the device. Called by the device
 * drivers. */
#include "drivers/virtio_queue.h"

static size_t round_up(size_t bytes, size_t alignment)
{
    return (bytes + alignment - 1) & ~(alignment - 1);
}

struct virtio_queue_layout virtio_queue_layout(uint16_t size, size_t alignment)
{
    struct virtio_queue_layout layout;
    layout.available = size * sizeof(struct virtq_descriptor);
    /* Two bytes after each ring are the event fields of VIRTIO_F_EVENT_IDX, unused but there. */
    size_t available_end = layout.available + sizeof(struct virtq_available) + 2u * size + 2;
    layout.used = round_up(available_end, alignment);
    size_t used_end =
        layout.used + sizeof(struct virtq_used) + size * sizeof(struct virtq_used_element) + 2;
    layout.chains = round_up(used_end, 64);
    layout.bytes = layout.chains + size * sizeof(struct virtio_chain);
    return layout;
}

void virtio_queue_init(struct virtio_queue *queue, void *memory, uint16_t size, size_t alignment)
{
    struct virtio_queue_layout layout = virtio_queue_layout(size, alignment);
    uint8_t *bytes = memory;
    queue->size = size;
    queue->mask = (uint16_t)(size - 1);
    queue->descriptors = memory;
    queue->available = (void *)(bytes + layout.available);
    queue->used = (void *)(bytes + layout.used);
    queue->chains = (void *)(bytes + layout.chains);
    queue->given = queue->taken = queue->seen = queue->notified = 0;
    queue->is_broken = false;
    queue->free_first = 0;
    queue->free_count = size;
    for (uint16_t i = 0; i < size; i++)
        queue->chains[i] = (struct virtio_chain){.next = (uint16_t)(i + 1)};
    queue->available->flags = VIRTQ_NO_INTERRUPT;
    queue->available->index = 0;
    queue->used->flags = 0;
    queue->used->index = 0;
}

bool virtio_queue_add(struct virtio_queue *queue, const struct virtio_part *parts,
                      unsigned readable, unsigned writable, void *token)
{
    unsigned count = readable + writable;
    if (count == 0 || count > UINT8_MAX || count > queue->free_count)
        return false;
    uint16_t first = queue->free_first, id = first;
    uint32_t room = 0;
    for (unsigned i = 0; i < count; i++) {
        struct virtq_descriptor *descriptor = &queue->descriptors[id];
        descriptor->address = parts[i].address;
        descriptor->length = parts[i].length;
        descriptor->flags = i + 1 < count ? VIRTQ_NEXT : 0;
        if (i >= readable) {
            descriptor->flags |= VIRTQ_WRITE;
            room += parts[i].length;
        }
        id = descriptor->next = queue->chains[id].next;
    }
    queue->free_first = id;
    queue->free_count = (uint16_t)(queue->free_count - count);
    struct virtio_chain *chain = &queue->chains[first];
    chain->token = token;
    chain->room = room;
    chain->count = (uint8_t)count;
    virtio_queue_give(queue, first);
    return true;
}

void *virtio_queue_release(struct virtio_queue *queue, uint16_t id)
{
    struct virtio_chain *chain = &queue->chains[id];
    uint16_t last = id;
    for (unsigned i = 1; i < chain->count; i++)
        last = queue->chains[last].next;
    queue->chains[last].next = queue->free_first;
    queue->free_first = id;
    queue->free_count = (uint16_t)(queue->free_count + chain->count);
    chain->count = 0;
    return chain->token;
}

void virtio_queue_fix(struct virtio_queue *queue, uint16_t id, struct virtio_part buffer)
{
    queue->descriptors[id] = (struct virtq_descriptor){
        .address = buffer.address, .length = buffer.length, .flags = VIRTQ_WRITE};
    queue->chains[id] = (struct virtio_chain){.room = buffer.length, .count = 1};
}

bool virtio_queue_look(struct virtio_queue *queue)
{
    uint16_t used = __atomic_load_n(&queue->used->index, __ATOMIC_ACQUIRE);
    if (used == queue->taken || queue->is_broken)
        return false;
    /* A device can't have used more chains than it has. Where such an index leads, every element
     * would be a stale one: believe nothing more. */
    if ((uint16_t)(used - queue->taken) > virtio_queue_outstanding(queue)) {
        queue->is_broken = true;
        ++*queue->malformed;
        return false;
    }
    queue->seen = used;
    return true;
}

uint32_t virtio_queue_doubt(struct virtio_queue *queue, const struct virtio_chain *chain)
{
    /* Where nothing can be written, old devices put any number (section 2.7.8.3): not a fault. */
    if (chain->room != 0)
        ++*queue->malformed;
    return 0;
}

void virtio_queue_ring(struct virtio_queue *queue)
{
    queue->notified = queue->given;
    /* The index must be out before the flags are read (section 2.7.13.4.1): the device does the two
     * in the other order, so at least one side sees the other. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (__atomic_load_n(&queue->used->flags, __ATOMIC_RELAXED) & VIRTQ_NO_NOTIFY)
        return;
    if (queue->notify_is_short)
        *(volatile uint16_t *)queue->notify = queue->index;
    else
        *(volatile uint32_t *)queue->notify = queue->index;
}

bool virtio_queue_arm(struct virtio_queue *queue)
{
    __atomic_store_n(&queue->available->flags, 0, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return !queue->is_broken &&
           __atomic_load_n(&queue->used->index, __ATOMIC_RELAXED) != queue->taken;
}
