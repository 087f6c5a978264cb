/* Rooms in which packets that straddle receive buffers are put together: a bounded number of small
 * and of large ones, so that those who announce large packets can't keep the others from theirs.
 * Comes in: how many bytes are needed. Goes out: a room, or NULL when none is free. Used by the
 * listener. */
#ifndef MQTT_GATHER_H
#define MQTT_GATHER_H

#include <stddef.h>
#include <stdint.h>

#define GATHER_SMALL_BYTES 4096
#define GATHER_LARGE_BYTES (64 * 1024)

/* Takes memory for `small` and `large` rooms, once; panics when there is none. */
void gather_must_start(unsigned small, unsigned large);
/* A room for `bytes` (at most GATHER_LARGE_BYTES), to be given back with gather_give and the same
 * size. */
uint8_t *gather_take(size_t bytes);
void gather_give(uint8_t *room, size_t bytes);

#endif
