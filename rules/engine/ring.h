/* The readings of a moving window, in bounded memory (RULES, appendix C).
 * Comes in: readings with the time at which they were taken, also out of order. Goes out: what they
 * come to over any stretch that ends now. An entry is one reading as long as readings come no
 * faster than the window's slice; faster ones share an entry, so the far edge is exact to one
 * slice. What all of it comes to is known without looking at all of it: each older entry knows what
 * it comes to with those after it, the newer ones are summed up as they come, and when the older
 * ones are used up the newer ones become the older ones (two stacks that make a queue). Nothing is
 * ever subtracted, so sums don't drift. No pointers: it can be copied byte for byte. Called by
 * windows.c. */
#ifndef RULES_ENGINE_RING_H
#define RULES_ENGINE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RING_ROOM_LEAST 8
#define RING_ROOM_MOST 122 /* 120 slices, and one at each edge */

struct ring_entry {
    int64_t at_ms;   /* of its first reading … */
    int64_t span_ms; /* … to its last */
    uint32_t count;
    uint32_t gap_ms; /* the longest between two of its readings */
    double least, most, first, last, sum;
    double squares; /* of the distances from their mean */
};
struct ring_rest { /* what entries in a row come to */
    double sum, least, most;
    uint32_t count;
    uint32_t gap_ms; /* the longest between two readings */
};
struct ring { /* all zero: empty */
    uint32_t oldest, count;
    uint32_t older; /* so many of the oldest know their rest, up to the last of the older ones */
    uint32_t unused;
    struct ring_rest newer; /* of all others */
    struct ring_entry at[]; /* then the rests of as many entries, then the order */
};

struct ring_rule {
    int64_t over_ms, slice_ms;
    uint32_t room;
    uint32_t order_room; /* of struct order; 0: nobody asks for percentiles */
};
/* expected: readings in the window; 0: not known. is_sketched: percentiles are asked for. */
struct ring_rule ring_rule_for(int64_t over_ms, uint32_t expected, bool is_sketched);
uint32_t ring_bytes(const struct ring_rule *rule);

/* A reading; what lies before the window that ends with the newest one is dropped. One older than
 * that does nothing. */
void ring_take(struct ring *ring, const struct ring_rule *rule, int64_t at_ms, double value);
/* Drops what lies before `from_ms`. */
void ring_drop(struct ring *ring, const struct ring_rule *rule, int64_t from_ms);
/* Entry `index`, the oldest is 0. */
const struct ring_entry *ring_entry(const struct ring *ring, const struct ring_rule *rule,
                                    uint32_t index);
static inline int64_t ring_entry_end_ms(const struct ring_entry *entry)
{
    return entry->at_ms + entry->span_ms;
}
/* The first entry that reaches `from_ms`; ring->count: none. */
uint32_t ring_from(const struct ring *ring, const struct ring_rule *rule, int64_t from_ms);
/* All from entry `first` on as one, without squares; its count is 0 when there is none.
 * longest_gap_ms: between two of them; may be NULL. */
struct ring_entry ring_sum(const struct ring *ring, const struct ring_rule *rule, uint32_t first,
                           int64_t *longest_gap_ms);
/* Standard deviation, of the readings as they are (n). */
double ring_deviation(const struct ring *ring, const struct ring_rule *rule, uint32_t first);
/* The number below which `percentile` percent lie; see order.h. */
double ring_percentile(struct ring *ring, const struct ring_rule *rule, uint32_t first,
                       double percentile);
void ring_shift(struct ring *ring, const struct ring_rule *rule, int64_t by_ms);

#endif
