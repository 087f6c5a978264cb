/* Hierarchical timer wheel. A timer stands in the level of the highest group of six bits in which
 * its deadline differs from `now`, in the slot that those six bits name. So a slot of level 0 holds
 * one tick, all timers of one tick are always in one slot, and a slot's timers move down exactly
 * when `now` enters it; lists keep the order of starting throughout. A slot's list is singly
 * linked; `link` points to what points to the timer, and in the first timer to the end of the list,
 * where the next one is appended. Called by kernel/timers.c and the rules engine. */
#include "base/wheel.h"

#include <stddef.h>

#define SLOT_BITS 6
#define SLOT_MASK (WHEEL_SLOTS - 1)
#define REACH_BITS (SLOT_BITS * WHEEL_LEVELS)

static struct wheel_timer **wheel_slot(struct wheel *wheel, int64_t deadline, unsigned *level,
                                       unsigned *slot)
{
    uint64_t difference = (uint64_t)(deadline ^ wheel->now);
    *level = difference ? (63 - (unsigned)__builtin_clzll(difference)) / SLOT_BITS : 0;
    *slot = (unsigned)((uint64_t)deadline >> (SLOT_BITS * *level)) & SLOT_MASK;
    return &wheel->slots[*level][*slot];
}

static void wheel_put(struct wheel *wheel, struct wheel_timer *timer)
{
    unsigned level, slot;
    struct wheel_timer **head = wheel_slot(wheel, timer->deadline, &level, &slot);
    struct wheel_timer **end = *head ? (*head)->link : head;
    timer->next = NULL;
    *end = timer;
    timer->link = end;
    (*head)->link = &timer->next;
    wheel->occupied[level] |= UINT64_C(1) << slot;
}

static void wheel_take(struct wheel *wheel, struct wheel_timer *timer)
{
    unsigned level, slot;
    struct wheel_timer **head = wheel_slot(wheel, timer->deadline, &level, &slot);
    if (*head == timer) {
        *head = timer->next;
        if (timer->next)
            timer->next->link = timer->link;
        else
            wheel->occupied[level] &= ~(UINT64_C(1) << slot);
    } else {
        *timer->link = timer->next;
        if (timer->next)
            timer->next->link = timer->link;
        else
            (*head)->link = timer->link;
    }
    timer->link = NULL;
}

void wheel_init(struct wheel *wheel, int64_t now)
{
    *wheel = (struct wheel){.now = now};
}

static bool wheel_is_empty(const struct wheel *wheel)
{
    uint64_t occupied = 0;
    for (unsigned level = 0; level < WHEEL_LEVELS; level++)
        occupied |= wheel->occupied[level];
    return occupied == 0;
}

void wheel_start(struct wheel *wheel, struct wheel_timer *timer, int64_t deadline)
{
    wheel_stop(wheel, timer);
    int64_t farthest = (int64_t)((uint64_t)wheel->now | ((UINT64_C(1) << REACH_BITS) - 1));
    timer->deadline = deadline < wheel->now ? wheel->now
                      : deadline < farthest ? deadline
                                            : farthest;
    bool is_first = wheel->first ? timer->deadline < wheel->first->deadline : wheel_is_empty(wheel);
    wheel_put(wheel, timer);
    if (is_first)
        wheel->first = timer;
}

void wheel_stop(struct wheel *wheel, struct wheel_timer *timer)
{
    if (!timer->link)
        return;
    wheel_take(wheel, timer);
    if (wheel->first == timer)
        wheel->first = NULL;
}

void wheel_move(struct wheel *wheel, struct wheel_timer *to, const struct wheel_timer *from)
{
    if (!to->link)
        return;
    unsigned level, slot;
    struct wheel_timer **head = wheel_slot(wheel, to->deadline, &level, &slot);
    if (*head == from)
        *head = to;
    else
        *to->link = to;
    if (to->next)
        to->next->link = &to->next;
    else
        (*head)->link = &to->next; /* the first one's tells the end */
    if (wheel->first == from)
        wheel->first = to;
}

static int64_t wheel_slot_begin(const struct wheel *wheel, unsigned level, unsigned slot)
{
    uint64_t below = (UINT64_C(1) << (SLOT_BITS * level)) - 1;
    uint64_t above = ~(below << SLOT_BITS | SLOT_MASK);
    return (int64_t)(((uint64_t)wheel->now & above) | (uint64_t)slot << (SLOT_BITS * level));
}

/* The lowest level with timers holds the earliest, in its first occupied slot: every timer of a
 * level is in a later slot than `now`, or, in level 0, in the same. */
static const struct wheel_timer *wheel_find_first(const struct wheel *wheel)
{
    for (unsigned level = 0; level < WHEEL_LEVELS; level++) {
        if (!wheel->occupied[level])
            continue;
        unsigned slot = (unsigned)__builtin_ctzll(wheel->occupied[level]);
        const struct wheel_timer *first = wheel->slots[level][slot];
        for (const struct wheel_timer *t = first; t && level > 0; t = t->next)
            if (t->deadline < first->deadline)
                first = t;
        return first;
    }
    return NULL;
}

int64_t wheel_next(const struct wheel *wheel)
{
    const struct wheel_timer *first = wheel->first ? wheel->first : wheel_find_first(wheel);
    return first ? first->deadline : WHEEL_NEVER;
}

/* `now` enters the slot: its timers move to lower levels, in their order. */
static void wheel_enter(struct wheel *wheel, unsigned level, unsigned slot)
{
    struct wheel_timer *timer = wheel->slots[level][slot], *next;
    wheel->now = wheel_slot_begin(wheel, level, slot);
    wheel->slots[level][slot] = NULL;
    wheel->occupied[level] &= ~(UINT64_C(1) << slot);
    for (; timer; timer = next) {
        next = timer->next;
        wheel_put(wheel, timer);
    }
}

struct wheel_timer *wheel_expire(struct wheel *wheel, int64_t until)
{
    unsigned level = 0;
    while (level < WHEEL_LEVELS) {
        if (!wheel->occupied[level]) {
            level++;
            continue;
        }
        unsigned slot = (unsigned)__builtin_ctzll(wheel->occupied[level]);
        if (wheel_slot_begin(wheel, level, slot) > until)
            break;
        if (level == 0) {
            struct wheel_timer *due = wheel->slots[0][slot];
            wheel->now = due->deadline;
            wheel_stop(wheel, due);
            return due;
        }
        wheel_enter(wheel, level, slot);
        level = 0;
    }
    if (until > wheel->now)
        wheel->now = until;
    /* So that wheel_next, which is asked before every sleep, does not search. */
    if (!wheel->first)
        wheel->first = wheel_find_first(wheel);
    return NULL;
}
