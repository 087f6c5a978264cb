/* See ring.h. */
#include "rules/engine/ring.h"

#include <string.h>

#include "base/kinetic.h"

struct ring_rule ring_rule_for(int64_t over_ms, uint32_t expected)
{
    uint32_t room = expected > 0 && expected < RING_ROOM_MOST ? 2 * expected + 2 : RING_ROOM_MOST;
    room = room < RING_ROOM_LEAST ? RING_ROOM_LEAST : room > RING_ROOM_MOST ? RING_ROOM_MOST : room;
    return (struct ring_rule){.over_ms = over_ms, .slice_ms = over_ms / (room - 2), .room = room};
}

static struct ring_entry *entry_at(struct ring *ring, const struct ring_rule *rule, uint32_t index)
{
    uint32_t at = ring->oldest + index;
    return &ring->at[at < rule->room ? at : at - rule->room];
}

const struct ring_entry *ring_entry(const struct ring *ring, const struct ring_rule *rule,
                                    uint32_t index)
{
    uint32_t at = ring->oldest + index;
    return &ring->at[at < rule->room ? at : at - rule->room];
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
    if (ring_entry_end_ms(later) >= ring_entry_end_ms(entry)) {
        entry->last = later->last;
        entry->span_ms = (uint32_t)(ring_entry_end_ms(later) - entry->at_ms);
    }
    if (later->at_ms < entry->at_ms) {
        entry->first = later->first;
        entry->span_ms += (uint32_t)(entry->at_ms - later->at_ms);
        entry->at_ms = later->at_ms;
    }
    entry->count += later->count;
}

static void drop_oldest(struct ring *ring, const struct ring_rule *rule)
{
    ring->oldest = ring->oldest + 1 == rule->room ? 0 : ring->oldest + 1;
    ring->count--;
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

/* A late reading gets an entry of its own if there is room for it. */
static void put(struct ring *ring, const struct ring_rule *rule, uint32_t place,
                const struct ring_entry *entry)
{
    if (ring->count == rule->room) {
        uint32_t near = place > 0 ? place - 1 : 0;
        join(entry_at(ring, rule, near), entry);
        return;
    }
    for (uint32_t i = ring->count++; i > place; i--)
        *entry_at(ring, rule, i) = *entry_at(ring, rule, i - 1);
    *entry_at(ring, rule, place) = *entry;
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
    int32_t place = place_of(ring, rule, at_ms);
    if (place >= 0) {
        struct ring_entry *before = entry_at(ring, rule, (uint32_t)place);
        if (at_ms - before->at_ms < rule->slice_ms || at_ms <= ring_entry_end_ms(before)) {
            join(before, &entry);
            return;
        }
    }
    if (at_ms > newest_ms)
        ring_drop(ring, rule, at_ms - rule->over_ms);
    else
        place = place_of(ring, rule, at_ms);
    put(ring, rule, at_ms > newest_ms ? ring->count : (uint32_t)(place + 1), &entry);
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

/* This is what windows cost: a few steps for each entry, and no division. */
struct ring_entry ring_sum(const struct ring *ring, const struct ring_rule *rule, uint32_t first,
                           int64_t *longest_gap_ms)
{
    struct ring_entry all = {0};
    int64_t longest_ms = 0, end_ms = 0;
    if (first < ring->count) {
        all = *ring_entry(ring, rule, first);
        all.squares = 0;
        end_ms = ring_entry_end_ms(&all);
    }
    for (uint32_t i = first + 1; i < ring->count; i++) {
        const struct ring_entry *entry = ring_entry(ring, rule, i);
        int64_t gap_ms = entry->at_ms - end_ms;
        longest_ms = gap_ms > longest_ms ? gap_ms : longest_ms;
        all.sum += entry->sum;
        all.count += entry->count;
        all.least = entry->least < all.least ? entry->least : all.least;
        all.most = entry->most > all.most ? entry->most : all.most;
        if (ring_entry_end_ms(entry) >= end_ms) {
            end_ms = ring_entry_end_ms(entry);
            all.last = entry->last;
        }
    }
    all.span_ms = (uint32_t)(end_ms - all.at_ms);
    if (longest_gap_ms != NULL)
        *longest_gap_ms = longest_ms;
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

#define POINTS_EACH 4 /* that stand for the readings of a shared entry */
struct point {
    double value, weight;
};

static void point_add(struct point *points, uint32_t *count, double value, double weight)
{
    uint32_t at = (*count)++;
    for (; at > 0 && points[at - 1].value > value; at--)
        points[at] = points[at - 1];
    points[at] = (struct point){value, weight};
}

static double point_at(const struct point *points, uint32_t count, double rank)
{
    double upto = 0;
    for (uint32_t i = 0; i < count; i++) {
        upto += points[i].weight;
        if (upto >= rank)
            return points[i].value;
    }
    return points[count - 1].value;
}

double ring_percentile(const struct ring *ring, const struct ring_rule *rule, uint32_t first,
                       double percentile)
{
    struct point points[RING_ROOM_MOST * POINTS_EACH];
    uint32_t count = 0;
    double numbers = 0;
    for (uint32_t i = first; i < ring->count; i++) {
        const struct ring_entry *entry = ring_entry(ring, rule, i);
        uint32_t each = entry->count < POINTS_EACH ? entry->count : POINTS_EACH;
        numbers += entry->count;
        for (uint32_t k = 0; k < each; k++) {
            double share = each > 1 ? (double)k / (each - 1) : 0;
            point_add(points, &count, entry->least + share * (entry->most - entry->least),
                      (double)entry->count / each);
        }
    }
    if (count == 0)
        return 0;
    double rank = percentile * numbers / 100;
    double whole = (double)(uint64_t)rank;
    if (whole != rank || rank < 1)
        return point_at(points, count, whole + 1);
    if (rank >= numbers)
        return points[count - 1].value;
    return point_at(points, count, rank) / 2 + point_at(points, count, rank + 1) / 2;
}

double ring_kinetic_mean(const struct ring *ring, const struct ring_rule *rule, uint32_t first,
                         struct text unit)
{
    double sum = 0, count = 0;
    for (uint32_t i = first; i < ring->count; i++) {
        const struct ring_entry *entry = ring_entry(ring, rule, i);
        sum += entry->count * kinetic_heat(entry->sum / entry->count, unit);
        count += entry->count;
    }
    return count > 0 ? kinetic_temperature(sum / count, unit) : 0;
}

void ring_shift(struct ring *ring, const struct ring_rule *rule, int64_t by_ms)
{
    for (uint32_t i = 0; i < ring->count; i++)
        entry_at(ring, rule, i)->at_ms += by_ms;
}
