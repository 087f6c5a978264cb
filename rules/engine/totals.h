/* What holds of the kinds `for a total of … in any …` and `… times in …` keep (RULES, section 6;
 * appendix E 22, 23). Comes in: moments and whether the condition was true then, in the readings'
 * time. Goes out: sums and counts over a window that moves with the clock, and when they next
 * matter. Plain bytes without pointers: a row can be copied. Called by trigger.c. */
#ifndef RULES_ENGINE_TOTALS_H
#define RULES_ENGINE_TOTALS_H

#include <stdbool.h>
#include <stdint.h>

#define TOTALS_NEVER INT64_MAX

/* ---- added up ------------------------------------------------------------------------------ */

#define TOTAL_SLICES 120 /* of a window: its edge is exact to that part of it */
#define TOTAL_RECENT 16  /* readings that a late one can come between */

struct total_rule {
    int64_t for_ms, in_ms; /* so much in so long */
    int64_t fresh_ms;      /* a value counts until the next reading, but no longer than this */
};
struct total { /* all zero: nothing yet */
    int64_t origin_ms;
    int64_t newest;                     /* slice, from the origin */
    uint32_t true_ms[TOTAL_SLICES + 1]; /* of slice n at n % (TOTAL_SLICES + 1) */
    struct total_reading {
        int64_t at_ms;
        bool is_true;
    } recent[TOTAL_RECENT]; /* the newest last; what it adds is not in true_ms yet */
    uint8_t readings;
};

/* A reading that is not older than the one before. */
void total_take(struct total *total, const struct total_rule *rule, int64_t at_ms, bool is_true);
/* A late one: changes what the reading before it had added. Nothing when it is older than those
 * that are remembered. */
void total_take_late(struct total *total, const struct total_rule *rule, int64_t at_ms,
                     bool is_true);
/* How long it was true in the window that ends now. */
int64_t total_ms(const struct total *total, const struct total_rule *rule, int64_t now_ms);
/* When it is full, if it is not now and no other reading comes; TOTALS_NEVER. */
int64_t total_full_ms(const struct total *total, const struct total_rule *rule, int64_t now_ms);
/* Until when it cannot be less than full, if it is full now and no other reading comes. */
int64_t total_less_ms(const struct total *total, const struct total_rule *rule, int64_t now_ms);
void total_shift(struct total *total, int64_t by_ms);

/* ---- counted ------------------------------------------------------------------------------- */

struct times { /* all zero: nothing yet */
    uint8_t kept, next;
    uint8_t was;     /* 0: not known yet, 1: false, 2: true */
    int64_t at_ms[]; /* a ring of as many as the rule counts to, 255 at most */
};
static inline uint32_t times_bytes(uint32_t count)
{
    return (uint32_t)sizeof(struct times) + count * (uint32_t)sizeof(int64_t);
}
/* The condition is known to be true or false; it counts when it was false before, unless
 * `is_suppressed`. */
void times_take(struct times *times, uint32_t count, int64_t at_ms, bool is_true,
                bool is_suppressed);
/* Until when the window shows `count` times; a moment that is not after now: it doesn't. */
int64_t times_until_ms(const struct times *times, uint32_t count, int64_t in_ms);
void times_shift(struct times *times, int64_t by_ms);

#endif
