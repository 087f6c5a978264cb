/* See order.h. */
#include "rules/engine/order.h"

#include <string.h>

#include "base/rounding.h"
#include "base/text.h"

#define SLICE_BITS 8
#define WEIGHT_MOST (UINT32_C(1) << (31 - SLICE_BITS))

static uint32_t *tags_of(struct order *o, uint32_t room)
{
    return (void *)&o->values[room];
}
static uint32_t slice_of(uint32_t tag)
{
    return tag & ((1U << SLICE_BITS) - 1);
}
static uint32_t weight_of(uint32_t tag)
{
    return tag >> SLICE_BITS;
}

/* The first that is not less. */
static uint32_t find(const struct order *o, double value)
{
    uint32_t low = 0, high = o->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (o->values[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void look_from_the_start(struct order *o)
{
    o->place = 0;
    o->before = 0;
}

/* ---- making room --------------------------------------------------------------------------- */

/* Squeezes out what stands for nothing any more. */
static void squeeze(struct order *o, uint32_t room)
{
    uint32_t *tags = tags_of(o, room), kept = 0;
    for (uint32_t i = 0; i < o->count; i++) {
        o->values[kept] = o->values[i];
        tags[kept] = tags[i];
        kept += weight_of(tags[i]) > 0;
    }
    o->count = kept;
    look_from_the_start(o);
}

#define SLICES_ALONE 256 /* a slice has so small a part of the room to itself */

struct slice {              /* while pairs are sought */
    uint16_t points, light; /* light: fewer than `most` */
    uint16_t first;         /* of a pair that is half found, + 1; 0: none */
    bool is_for_both;       /* it will stand for both */
    bool skips;             /* the lowest stays alone, not the highest */
};

static void count_points(const struct order *o, const uint32_t *tags, uint32_t most,
                         struct slice slices[ORDER_SLICES_MOST])
{
    bool skips = false;
    memset(slices, 0, ORDER_SLICES_MOST * sizeof *slices);
    for (uint32_t i = 0; i < o->count; i++) {
        struct slice *slice = &slices[slice_of(tags[i])];
        slice->points++;
        if (weight_of(tags[i]) < most)
            slice->light++;
    }
    for (uint32_t i = 0; i < ORDER_SLICES_MOST; i++) {
        if (slices[i].light % 2 != 0)
            slices[i].skips = skips = !skips;
    }
}

/* The heavier of a pair stands for both. */
static void join(uint32_t *earlier, uint32_t *later, bool is_for_both)
{
    uint32_t slice = slice_of(*later), before = weight_of(*earlier), own = weight_of(*later);
    bool is_first = before == own ? is_for_both : before > own;
    uint32_t both = (before + own) << SLICE_BITS | slice;
    *earlier = is_first ? both : slice;
    *later = is_first ? slice : both;
}

/* Of two neighbours of a slice one stands for both. Between the two the ranks are wrong by one of
 * them: too high if the first stands for both, else too low. `lean` is what all pairs that are open
 * at this place come to; each new one leans to the other side. */
static void pair_up(struct order *o, uint32_t room, uint32_t most)
{
    uint32_t *tags = tags_of(o, room);
    struct slice slices[ORDER_SLICES_MOST];
    int64_t lean = 0;
    count_points(o, tags, most, slices);
    for (uint32_t i = 0; i < o->count; i++) {
        struct slice *slice = &slices[slice_of(tags[i])];
        uint32_t later = weight_of(tags[i]);
        if (later >= most || slice->points <= room / SLICES_ALONE)
            continue;
        if (slice->skips) {
            slice->skips = false;
            continue;
        }
        if (slice->first != 0) {
            uint32_t *other = &tags[slice->first - 1], earlier = weight_of(*other);
            lean += slice->is_for_both ? -(int64_t)earlier : (int64_t)earlier;
            slice->first = 0;
            if (earlier + later <= most) {
                join(other, &tags[i], slice->is_for_both);
                slice->points--;
                continue;
            }
        }
        slice->first = (uint16_t)(i + 1);
        slice->is_for_both = lean <= 0;
        lean += slice->is_for_both ? (int64_t)later : -(int64_t)later;
    }
}

/* Each stands for so many, at most, that the window fits; by more than twice as many only when
 * nothing else helps. False: there is no room to be made. */
static bool make_room(struct order *o, uint32_t room)
{
    uint32_t most = 2, enough = room - room / 16;
    while (most < WEIGHT_MOST && (uint64_t)most * enough < o->total)
        most *= 2;
    while (o->count > enough && most <= WEIGHT_MOST) {
        uint32_t were = o->count;
        pair_up(o, room, most);
        squeeze(o, room);
        if (were - o->count < room / 64)
            most *= 2;
    }
    return o->count < room;
}

/* ---- coming and going ---------------------------------------------------------------------- */

void order_add(struct order *order, uint32_t room, uint32_t slice, double value)
{
    if (order->count == room && !make_room(order, room))
        return;
    uint32_t *tags = tags_of(order, room), at = find(order, value), behind = order->count - at;
    memmove(&order->values[at + 1], &order->values[at], behind * sizeof *order->values);
    memmove(&tags[at + 1], &tags[at], behind * sizeof *tags);
    order->values[at] = value;
    tags[at] = 1U << SLICE_BITS | slice;
    order->count++;
    order->total++;
    if (at < order->place) {
        order->place++;
        order->before++;
    }
}

/* The only one of its slice: nothing else has to be looked at. */
static bool drop_one(struct order *o, uint32_t room, uint32_t slice, double value)
{
    uint32_t *tags = tags_of(o, room), at = find(o, value);
    while (at < o->count && o->values[at] == value && slice_of(tags[at]) != slice)
        at++;
    if (at == o->count || o->values[at] != value)
        return false;
    uint32_t behind = o->count - at - 1, weight = weight_of(tags[at]);
    memmove(&o->values[at], &o->values[at + 1], behind * sizeof *o->values);
    memmove(&tags[at], &tags[at + 1], behind * sizeof *tags);
    o->count--;
    o->total -= weight;
    if (at < o->place) {
        o->place--;
        o->before -= weight;
    }
    if (o->place >= o->count)
        look_from_the_start(o);
    return true;
}

void order_drop(struct order *order, uint32_t room, uint32_t slice, uint32_t readings, double value)
{
    if (readings == 1 && drop_one(order, room, slice, value))
        return;
    uint32_t *tags = tags_of(order, room);
    for (uint32_t i = 0; i < order->count; i++) {
        if (slice_of(tags[i]) != slice)
            continue;
        order->total -= weight_of(tags[i]);
        tags[i] = 0;
    }
    squeeze(order, room);
}

void order_renumber(struct order *order, uint32_t room, const uint8_t to[ORDER_SLICES_MOST])
{
    uint32_t *tags = tags_of(order, room);
    for (uint32_t i = 0; i < order->count; i++)
        tags[i] = weight_of(tags[i]) << SLICE_BITS | to[slice_of(tags[i])];
}

/* ---- asking -------------------------------------------------------------------------------- */

static bool is_out(uint32_t tag, const uint64_t *without)
{
    uint32_t slice = slice_of(tag);
    return without != NULL && (without[slice / 64] >> slice % 64 & 1) != 0;
}

/* The value of the reading with this number, from 1; starts where it was the last time. */
static double value_at(struct order *o, uint32_t room, uint64_t number, const uint64_t *without)
{
    const uint32_t *tags = tags_of(o, room);
    if (without != NULL)
        look_from_the_start(o);
    while (o->place > 0 && o->before >= number)
        o->before -= weight_of(tags[--o->place]);
    for (; o->place + 1 < o->count; o->place++) {
        uint64_t after =
            o->before + (is_out(tags[o->place], without) ? 0 : weight_of(tags[o->place]));
        if (after >= number)
            break;
        o->before = after;
    }
    return o->values[o->place];
}

double order_percentile(struct order *order, uint32_t room, double percent,
                        const uint64_t without[ORDER_SLICES_MOST / 64])
{
    const uint32_t *tags = tags_of(order, room);
    uint64_t total = order->total;
    for (uint32_t i = 0; without != NULL && i < order->count; i++)
        total -= is_out(tags[i], without) ? weight_of(tags[i]) : 0;
    if (total == 0)
        return 0;
    double rank = percent * (double)total / 100;
    uint64_t whole = (uint64_t)rank;
    double value = value_at(order, room, whole < 1 ? 1 : whole, without);
    if ((double)whole != rank || whole < 1)
        value = value_at(order, room, whole + 1, without);
    else if (whole < total)
        value = rounding_middle(value, value_at(order, room, whole + 1, without));
    if (without != NULL)
        look_from_the_start(order);
    return value;
}
