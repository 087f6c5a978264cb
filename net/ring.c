/* The byte ring between the loop and the worker; see ring.h. */
#include "net/ring.h"

#include "kernel/kernel.h"

void ring_init(struct ring *ring, uint8_t *bytes, uint32_t size)
{
    must((size & (size - 1)) == 0);
    *ring = (struct ring){.bytes = bytes, .size = size};
}

size_t ring_write(struct ring *ring, const void *bytes, size_t length)
{
    const uint8_t *from = bytes;
    size_t done = 0;
    while (done < length) { /* at most two pieces */
        size_t piece;
        uint8_t *to = ring_room(ring, &piece);
        if (piece == 0)
            break;
        if (piece > length - done)
            piece = length - done;
        memcpy(to, from + done, piece);
        ring_produce(ring, piece);
        done += piece;
    }
    return done;
}

uint8_t *ring_room(const struct ring *ring, size_t *length)
{
    uint32_t room = ring_free(ring), at = ring->written & (ring->size - 1);
    worker_barrier(); /* the reader's index before what is written over */
    *length = ring->size - at < room ? ring->size - at : room;
    return ring->bytes + at;
}

void ring_produce(struct ring *ring, size_t length)
{
    worker_barrier(); /* the bytes before the index that makes them visible */
    ring->written += (uint32_t)length;
}

size_t ring_read(struct ring *ring, void *bytes, size_t length)
{
    uint8_t *out = bytes;
    size_t done = 0;
    while (done < length) { /* at most two pieces */
        size_t piece;
        const uint8_t *from = ring_peek(ring, &piece);
        if (piece == 0)
            break;
        if (piece > length - done)
            piece = length - done;
        memcpy(out + done, from, piece);
        ring_consume(ring, piece);
        done += piece;
    }
    return done;
}

const uint8_t *ring_peek(const struct ring *ring, size_t *length)
{
    uint32_t used = ring_used(ring), at = ring->read & (ring->size - 1);
    worker_barrier(); /* the index before the bytes that it made visible */
    *length = ring->size - at < used ? ring->size - at : used;
    return ring->bytes + at;
}

void ring_consume(struct ring *ring, size_t length)
{
    worker_barrier(); /* what was read before the room is given away */
    ring->read += (uint32_t)length;
}
