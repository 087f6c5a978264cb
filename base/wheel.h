/* Hierarchical timer wheel: start, stop and expire in O(1), ticks of 1 ms.
 * (Varghese and Lauck, "Hashed and hierarchical timing wheels", SOSP 1987, scheme 7.)
 * The kernel runs its timers on one, the rules engine another in the readings' time.
 * Timers live in the structures of their owners; the wheel allocates nothing. */
#ifndef BASE_WHEEL_H
#define BASE_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

#define WHEEL_LEVELS 7
#define WHEEL_SLOTS 64 /* 64^7 ms = 139 years */
#define WHEEL_NEVER INT64_MAX

struct wheel_timer {
    struct wheel_timer *next, **link; /* link == NULL: not running */
    int64_t deadline;                 /* tick at which it fires */
};

struct wheel {
    int64_t now; /* last tick that was advanced to */
    uint64_t occupied[WHEEL_LEVELS];
    struct wheel_timer *slots[WHEEL_LEVELS][WHEEL_SLOTS];
    const struct wheel_timer *first; /* the earliest; NULL: must be looked for */
};

void wheel_init(struct wheel *wheel, int64_t now);

/* Starts or restarts a timer. A deadline that is not after `now` fires at the next wheel_expire;
 * one beyond the wheel's reach fires at its end. */
void wheel_start(struct wheel *wheel, struct wheel_timer *timer, int64_t deadline);
void wheel_stop(struct wheel *wheel, struct wheel_timer *timer); /* no-op when not running */
/* The bytes of a timer were copied from `from`, whose place is no longer used: the wheel goes on
 * with the copy. */
void wheel_move(struct wheel *wheel, struct wheel_timer *to, const struct wheel_timer *from);
static inline bool wheel_timer_is_running(const struct wheel_timer *timer)
{
    return timer->link != 0;
}

/* The earliest deadline, exactly; WHEEL_NEVER when no timer runs. */
int64_t wheel_next(const struct wheel *wheel);

/* Takes out one timer whose deadline is at or before `until`, the earliest first (timers of one
 * tick in the order in which they were started), moves `now` to its deadline and returns it. When
 * there is none, moves `now` to `until` and returns NULL. Time never moves backwards. */
struct wheel_timer *wheel_expire(struct wheel *wheel, int64_t until);

#endif
