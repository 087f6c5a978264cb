/* A byte ring with one writer and one reader, who may interrupt each other anywhere: the loop on
 * one side and the worker on the other. No locks: each index is written by one side only, after the
 * bytes. Comes in and goes out: bytes, copied. Called by stream.c and tls.c (the loop's side) and
 * by tls_worker.c (the worker's side). The owner of the memory is whoever called ring_init. */
#ifndef NET_RING_H
#define NET_RING_H

#include <stddef.h>
#include <stdint.h>

struct ring {
    uint8_t *bytes;
    uint32_t size;             /* a power of two */
    volatile uint32_t written; /* by the writer only; counts on beyond size and wraps at 2^32 */
    volatile uint32_t read;    /* by the reader only */
};

/* `size` is a power of two, at most 2^31. */
void ring_init(struct ring *ring, uint8_t *bytes, uint32_t size);

static inline uint32_t ring_used(const struct ring *ring)
{
    return ring->written - ring->read;
}
static inline uint32_t ring_free(const struct ring *ring)
{
    return ring->size - ring_used(ring);
}

/* The writer's: takes as much as fits and returns how much that was. */
size_t ring_write(struct ring *ring, const void *bytes, size_t length);
/* The writer's: room in place, as much as lies in one piece (*length, may be 0); ring_produce makes
 * `length` bytes of it visible to the reader. */
uint8_t *ring_room(const struct ring *ring, size_t *length);
void ring_produce(struct ring *ring, size_t length);
/* The reader's: gives what is there, `length` at most, and returns how much that was. */
size_t ring_read(struct ring *ring, void *bytes, size_t length);
/* The reader's: the next bytes in place, as many as lie in one piece (*length, may be 0). They stay
 * until ring_consume takes `length` of them out. */
const uint8_t *ring_peek(const struct ring *ring, size_t *length);
void ring_consume(struct ring *ring, size_t length);

#endif
