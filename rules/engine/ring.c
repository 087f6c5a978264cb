/* See ring.h. */
#include "rules/engine/ring.h"

#include <string.h>

#include "rules/engine/order.h"

struct ring_rule ring_rule_for(int64_t over_ms, uint32_t expected, bool is_sketched)
{
    uint32_t room = expected > 0 && expected < RING_ROOM_MOST ? 2 * expected + 2 : RING_ROOM_MOST;
    room = room < RING_ROOM_LEAST ? RING_ROOM_LEAST : room > RING_ROOM_MOST ? RING_ROOM_MOST : room;
    /* Devices that send more often than they should still get their median. */
    uint32_t order_room =
        expected > 0 && expected < ORDER_ROOM_MOST / 8 ? 8 * expected : ORDER_ROOM_MOST;
    order_room = order_room < ORDER_ROOM_LEAST ? ORDER_ROOM_LEAST : order_room;
    return (struct ring_rule){
        .over_ms = over_ms,
        .slice_ms = over_ms / (room - 2),
        .room = room,
        .order_room = is_sketched ? order_room : 0,
    };
}

uint32_t ring_bytes(const struct ring_rule *rule)
{
    return (uint32_t)(sizeof(struct ring) +
                      rule->room * (sizeof(struct ring_entry) + sizeof(struct ring_rest))) +
           order_bytes(rule->order_room);
}

/* ---- the parts ----------------------------------------------------------------------------- */

static uint32_t slot_of(const struct ring *ring, const struct ring_rule *rule, uint32_t index)
{
    uint32_t at = ring->oldest + index;
    return at < rule->room ? at : at - rule->room;
}

static struct ring_entry *entry_at(struct ring *ring, const struct ring_rule *rule, uint32_t index)
{
    return &ring->at[slot_of(ring, rule, index)];
}

const struct ring_entry *ring_entry(const struct ring *ring, const struct ring_rule *rule,
                                    uint32_t index)
{
    return &ring->at[slot_of(ring, rule, index)];
}

static struct ring_rest *rest_at(struct ring *ring, const struct ring_rule *rule, uint32_t index)
{
    struct ring_rest *rests = (void *)&ring->at[rule->room];
    return &rests[slot_of(ring, rule, index)];
}

static struct order *order_of(struct ring *ring, const struct ring_rule *rule)
{
    struct ring_rest *rests = (void *)&ring->at[rule->room];
    return (void *)&rests[rule->room];
}

/* ---- what entries in a row come to --------------------------------------------------------- */

static struct ring_rest rest_of(const struct ring_entry *entry)
{
    return (struct ring_rest){entry->sum, entry->least, entry->most, entry->count, entry->gap_ms};
}

static uint32_t longer_gap(uint32_t gap_ms, int64_t other_ms)
{
    if (other_ms <= gap_ms)
        return gap_ms;
    return other_ms < UINT32_MAX ? (uint32_t)other_ms : UINT32_MAX; /* 49 days: longer than all */
}

/* Neither of them is empty. */
static struct ring_rest put_together(const struct ring_rest *a, const struct ring_rest *b,
                                     int64_t apart_ms)
{
    uint32_t gap_ms = a->gap_ms > b->gap_ms ? a->gap_ms : b->gap_ms;
    return (struct ring_rest){
        .sum = a->sum + b->sum,
        .least = b->least < a->least ? b->least : a->least,
        .most = b->most > a->most ? b->most : a->most,
        .count = a->count + b->count,
        .gap_ms = longer_gap(gap_ms, apart_ms),
    };
}

/* Between an entry and the one before it. */
static int64_t apart_ms(const struct ring *ring, const struct ring_rule *rule, uint32_t index)
{
    return ring_entry(ring, rule, index)->at_ms -
           ring_entry_end_ms(ring_entry(ring, rule, index - 1));
}

/* All become older ones. */
static void turn(struct ring *ring, const struct ring_rule *rule)
{
    ring->older = ring->count;
    ring->newer = (struct ring_rest){0};
    for (uint32_t i = ring->count; i-- > 0;) {
        struct ring_rest own = rest_of(ring_entry(ring, rule, i));
        *rest_at(ring, rule, i) = own;
        if (i + 1 < ring->count)
            *rest_at(ring, rule, i) =
                put_together(&own, rest_at(ring, rule, i + 1), apart_ms(ring, rule, i + 1));
    }
}

/* An entry has come behind all others. */
static void take_in_newest(struct ring *ring, const struct ring_rule *rule)
{
    uint32_t index = ring->count - 1;
    struct ring_rest own = rest_of(ring_entry(ring, rule, index));
    bool is_first = index == ring->older;
    ring->newer = is_first ? own : put_together(&ring->newer, &own, apart_ms(ring, rule, index));
}

/* A reading has come to an entry that already was there. */
static void take_in(struct ring *ring, const struct ring_rule *rule, uint32_t index, double value)
{
    const struct ring_rest one = {value, value, value, 1, ring_entry(ring, rule, index)->gap_ms};
    if (index >= ring->older) {
        ring->newer = put_together(&ring->newer, &one, 0);
        return;
    }
    for (uint32_t i = 0; i <= index; i++) {
        struct ring_rest *rest = rest_at(ring, rule, i);
        *rest = put_together(rest, &one, 0);
    }
}

/* ---- coming in ----------------------------------------------------------------------------- */

/* `later` follows `entry` or lies inside it. Squares as Chan, Golub and LeVeque (1979). */
static void join(struct ring_entry *entry, const struct ring_entry *later)
{
    double own = entry->count, other = later->count;
    double apart = later->sum / other - entry->sum / own;
    entry->squares += later->squares + apart * apart * (own * other / (own + other));
    entry->sum += later->sum;
    entry->least = later->least < entry->least ? later->least : entry->least;
    entry->most = later->most > entry->most ? later->most : entry->most;
    int64_t behind_ms = later->at_ms - ring_entry_end_ms(entry);
    int64_t ahead_ms = entry->at_ms - ring_entry_end_ms(later);
    int64_t gap_ms = behind_ms > ahead_ms ? behind_ms : ahead_ms;
    entry->gap_ms = later->gap_ms > entry->gap_ms ? later->gap_ms : entry->gap_ms;
    entry->gap_ms = longer_gap(entry->gap_ms, gap_ms);
    if (ring_entry_end_ms(later) >= ring_entry_end_ms(entry)) {
        entry->last = later->last;
        entry->span_ms = ring_entry_end_ms(later) - entry->at_ms;
    }
    if (later->at_ms < entry->at_ms) {
        entry->first = later->first;
        entry->span_ms += entry->at_ms - later->at_ms;
        entry->at_ms = later->at_ms;
    }
    entry->count += later->count;
}

static void drop_oldest(struct ring *ring, const struct ring_rule *rule)
{
    const struct ring_entry *oldest = ring_entry(ring, rule, 0);
    if (ring->older == 0)
        turn(ring, rule);
    if (rule->order_room > 0)
        order_drop(order_of(ring, rule), rule->order_room, ring->oldest, oldest->count,
                   oldest->least);
    ring->oldest = ring->oldest + 1 == rule->room ? 0 : ring->oldest + 1;
    ring->count--;
    ring->older--;
}

void ring_drop(struct ring *ring, const struct ring_rule *rule, int64_t from_ms)
{
    while (ring->count > 0 && ring_entry_end_ms(entry_at(ring, rule, 0)) < from_ms)
        drop_oldest(ring, rule);
}

/* The entry that a reading belongs after; -1: before all. */
static int32_t place_of(const struct ring *ring, const struct ring_rule *rule, int64_t at_ms)
{
    int32_t place = (int32_t)ring->count - 1;
    while (place >= 0 && ring_entry(ring, rule, (uint32_t)place)->at_ms > at_ms)
        place--;
    return place;
}

/* Entries from `place` on lie one slot farther. */
static void renumber(struct ring *ring, const struct ring_rule *rule, uint32_t place)
{
    uint8_t to[ORDER_SLICES_MOST] = {0};
    for (uint32_t i = 0; i + 1 < ring->count; i++)
        to[slot_of(ring, rule, i)] = (uint8_t)slot_of(ring, rule, i < place ? i : i + 1);
    order_renumber(order_of(ring, rule), rule->order_room, to);
}

/* Returns the index of the entry that the reading is in now. One that is late gets an entry of its
 * own if there is room for it. */
static uint32_t put(struct ring *ring, const struct ring_rule *rule, uint32_t place,
                    const struct ring_entry *entry)
{
    if (ring->count == rule->room) {
        uint32_t near = place > 0 ? place - 1 : 0;
        join(entry_at(ring, rule, near), entry);
        turn(ring, rule);
        return near;
    }
    for (uint32_t i = ring->count++; i > place; i--)
        *entry_at(ring, rule, i) = *entry_at(ring, rule, i - 1);
    *entry_at(ring, rule, place) = *entry;
    if (place + 1 == ring->count) {
        take_in_newest(ring, rule);
        return place;
    }
    if (rule->order_room > 0)
        renumber(ring, rule, place);
    turn(ring, rule);
    return place;
}

/* The same when it belongs into an entry that is there. */
static uint32_t put_into(struct ring *ring, const struct ring_rule *rule, uint32_t place,
                         const struct ring_entry *entry)
{
    struct ring_entry *into = entry_at(ring, rule, place);
    bool is_longer = entry->at_ms > ring_entry_end_ms(into);
    join(into, entry);
    if (is_longer && place + 1 < ring->count)
        turn(ring, rule); /* the gap behind it has become shorter */
    else
        take_in(ring, rule, place, entry->sum);
    return place;
}

void ring_take(struct ring *ring, const struct ring_rule *rule, int64_t at_ms, double value)
{
    const struct ring_entry entry = {
        .at_ms = at_ms,
        .count = 1,
        .least = value,
        .most = value,
        .first = value,
        .last = value,
        .sum = value,
    };
    int64_t newest_ms =
        ring->count > 0 ? ring_entry_end_ms(entry_at(ring, rule, ring->count - 1)) : INT64_MIN;
    if (ring->count > 0 && at_ms < newest_ms - rule->over_ms)
        return;
    if (at_ms > newest_ms)
        ring_drop(ring, rule, at_ms - rule->over_ms);
    int32_t place = place_of(ring, rule, at_ms);
    const struct ring_entry *before = place >= 0 ? ring_entry(ring, rule, (uint32_t)place) : NULL;
    bool is_of_it = before != NULL &&
                    (at_ms - before->at_ms < rule->slice_ms || at_ms <= ring_entry_end_ms(before));
    uint32_t index = is_of_it ? put_into(ring, rule, (uint32_t)place, &entry)
                              : put(ring, rule, (uint32_t)(place + 1), &entry);
    if (rule->order_room > 0)
        order_add(order_of(ring, rule), rule->order_room, slot_of(ring, rule, index), value);
}

/* ---- answers ------------------------------------------------------------------------------- */

uint32_t ring_from(const struct ring *ring, const struct ring_rule *rule, int64_t from_ms)
{
    uint32_t low = 0, high = ring->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (ring_entry_end_ms(ring_entry(ring, rule, middle)) < from_ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* One after the other: only when an alarm looks back no farther than to the end of its suppression.
 */
static struct ring_rest rest_from(const struct ring *ring, const struct ring_rule *rule,
                                  uint32_t first)
{
    struct ring_rest all = rest_of(ring_entry(ring, rule, first));
    for (uint32_t i = first + 1; i < ring->count; i++) {
        struct ring_rest own = rest_of(ring_entry(ring, rule, i));
        all = put_together(&all, &own, apart_ms(ring, rule, i));
    }
    return all;
}

/* This is what windows cost: a few steps, however many entries there are. */
struct ring_entry ring_sum(const struct ring *ring, const struct ring_rule *rule, uint32_t first,
                           int64_t *longest_gap_ms)
{
    if (first >= ring->count)
        return (struct ring_entry){0};
    struct ring_rest rest;
    if (first < ring->older) {
        const struct ring_rest *rests = (const void *)&ring->at[rule->room];
        rest = rests[slot_of(ring, rule, first)];
        if (ring->older < ring->count)
            rest = put_together(&rest, &ring->newer, apart_ms(ring, rule, ring->older));
    } else {
        rest = first == 0 ? ring->newer : rest_from(ring, rule, first);
    }
    struct ring_entry all = *ring_entry(ring, rule, first);
    const struct ring_entry *newest = ring_entry(ring, rule, ring->count - 1);
    all.span_ms = ring_entry_end_ms(newest) - all.at_ms;
    all.count = rest.count;
    all.least = rest.least;
    all.most = rest.most;
    all.sum = rest.sum;
    all.last = newest->last;
    all.squares = 0;
    if (longest_gap_ms != NULL)
        *longest_gap_ms = rest.gap_ms;
    return all;
}

double ring_deviation(const struct ring *ring, const struct ring_rule *rule, uint32_t first)
{
    if (first >= ring->count)
        return 0;
    struct ring_entry all = *ring_entry(ring, rule, first);
    for (uint32_t i = first + 1; i < ring->count; i++)
        join(&all, ring_entry(ring, rule, i));
    return __builtin_sqrt(all.squares / all.count);
}

double ring_percentile(struct ring *ring, const struct ring_rule *rule, uint32_t first,
                       double percentile)
{
    uint64_t without[ORDER_SLICES_MOST / 64] = {0};
    for (uint32_t i = 0; i < first && i < ring->count; i++) {
        uint32_t slot = slot_of(ring, rule, i);
        without[slot / 64] |= UINT64_C(1) << slot % 64;
    }
    return order_percentile(order_of(ring, rule), rule->order_room, percentile,
                            first > 0 ? without : NULL);
}

void ring_shift(struct ring *ring, const struct ring_rule *rule, int64_t by_ms)
{
    for (uint32_t i = 0; i < ring->count; i++)
        entry_at(ring, rule, i)->at_ms += by_ms;
}
