/* Rooms in which packets that straddle receive buffers are put together, out of a fixed amount of
 * memory: one half for small ones, one for large ones, so that those who announce large packets
 * can't keep the others from theirs. Comes in: how many bytes are needed. Goes out: a room, or NULL
 * when none is free. Used by the listener. */
#ifndef MQTT_GATHER_H
#define MQTT_GATHER_H

#include <stddef.h>
#include <stdint.h>

#define GATHER_SMALL_BYTES 4096
#define GATHER_LARGE_BYTES (64 * 1024)

/* Takes `bytes` of memory, a power of two from 128 KiB to 256 KiB, once; panics when there is none.
 */
void gather_must_start(size_t bytes);
/* A room for `bytes` (at most GATHER_LARGE_BYTES), to be given back with gather_give and the same
 * size. */
uint8_t *gather_take(size_t bytes);
void gather_give(uint8_t *room, size_t bytes);

#endif
