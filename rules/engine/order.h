/* The readings of a moving window in the order of their values, for medians and percentiles in
 * bounded memory (RULES, section 11). Exact while the window holds no more readings than there is
 * room for; then one reading stands for others of its slice that lie next to it, so that the far
 * edge stays as exact as the slices are, and the rank within 1 % (with ORDER_ROOM_MOST). Pairs of
 * neighbours are joined as in the compactors of Karnin, Lang and Liberty ("Optimal Quantile
 * Approximation in Streams", 2016), but what each of them errs is made good by others instead of
 * left to chance. Comes in: values with their slice. Goes out: a percentile. Plain bytes without
 * pointers, the same bits on every platform. Called by ring.c. */
#ifndef RULES_ENGINE_ORDER_H
#define RULES_ENGINE_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#define ORDER_ROOM_LEAST 1024
#define ORDER_ROOM_MOST 4096
#define ORDER_SLICES_MOST 128

struct order { /* all zero: empty */
    uint32_t count;
    uint32_t place;  /* where the last answer was found … */
    uint64_t before; /* … and how many readings lie before it */
    uint64_t total;  /* readings */
    double values[]; /* sorted; behind all of them: for each its slice and how many it stands for */
};

static inline uint32_t order_bytes(uint32_t room)
{
    return room > 0 ? (uint32_t)sizeof(struct order) + room * 12 : 0;
}

/* A reading of a slice (below ORDER_SLICES_MOST). */
void order_add(struct order *order, uint32_t room, uint32_t slice, double value);
/* All readings of a slice go. If there is one only, it is `value`. */
void order_drop(struct order *order, uint32_t room, uint32_t slice, uint32_t readings,
                double value);
/* Slices get other numbers: to[old] is the new one. */
void order_renumber(struct order *order, uint32_t room, const uint8_t to[ORDER_SLICES_MOST]);
/* The number below which `percent` percent lie, between two readings their mean; 0 if there are no
 * readings. without: slices that are left out, a bit for each; NULL: none. */
double order_percentile(struct order *order, uint32_t room, double percent,
                        const uint64_t without[ORDER_SLICES_MOST / 64]);

#endif
