/* Which time a message has, and whether it is late, early or a repeat (RULES, section 9.2; appendix
 * E 9, 12). Comes in: what the message says and what is known of its device. Goes out: the time
 * that is used, and marks and counters. Called by engine.c for every message. */
#include "rules/engine/internal.h"

#define REPEAT_MS 600000 /* a duplicate comes within 10 minutes */
#define INTERVALS_ENOUGH 8
#define INTERVAL_LEAST_MS 100000 /* a third of 5 minutes */

/* Up to `allow early` ahead is used as now; further ahead is no time to believe. */
int64_t arrival_take_time(struct judging *judging, int64_t taken_ms)
{
    struct device *device = judging->device;
    if (taken_ms <= judging->site_ms + judging->scope->early_ms) {
        device->early_in_row = 0;
        return taken_ms < judging->site_ms ? taken_ms : judging->site_ms;
    }
    judging->engine->counters.early++;
    if (device->early_in_row < DEVICE_PATIENCE)
        device->early_in_row++;
    if (device->early_in_row == DEVICE_PATIENCE)
        device->clock_is_wrong = true;
    return judging->site_ms;
}

/* One round of SplitMix64's finalizer (Steele, Lea and Flood, Fast Splittable Pseudorandom Number
 * Generators, 2014). */
static uint64_t hash_word(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0xbf58476d1ce4e5b9);
    return hash ^ hash >> 29;
}

static uint64_t hash_reading(uint64_t hash, const struct judging *j,
                             const struct engine_reading *reading)
{
    bool is_text = (j->scope->texts >> reading->reading & 1) != 0;
    uint64_t value;
    memcpy(&value, &reading->value, sizeof value);
    hash = hash_word(hash, (uint64_t)reading->reading << 32 | reading->word);
    hash = hash_word(hash, value);
    return is_text ? hash_bytes(hash, reading->text.bytes, reading->text.length) : hash;
}

/* The same sequence number and time; without one of them the values instead (E 12). 0: nothing to
 * tell it by. */
static uint64_t hash_message(const struct judging *j, int64_t taken_ms,
                             const struct engine_reading *readings, size_t count,
                             struct engine_message_marks marks)
{
    uint64_t hash = HASH_START;
    if (marks.has_sequence)
        hash = hash_word(hash, marks.sequence);
    if (j->scope->has_own_time)
        hash = hash_word(hash, (uint64_t)taken_ms);
    if (marks.has_sequence && j->scope->has_own_time)
        return hash;
    size_t good = 0;
    for (size_t i = 0; i < count; i++) {
        if (readings[i].quality != ENGINE_GOOD)
            continue;
        good++;
        hash = hash_reading(hash, j, &readings[i]);
    }
    return good > 0 && (marks.has_sequence || j->scope->has_own_time) ? hash : 0;
}

#define SECOND_BITS UINT64_C(0xffff)

static uint64_t second_of(int64_t at_ms)
{
    return (uint64_t)(at_ms / 1000) & SECOND_BITS;
}

/* Is a byte of `bytes` the tag? Never no when one is; seldom yes when none is. */
static bool has_tag(const uint8_t *bytes, uint8_t tag)
{
    uint64_t eight;
    memcpy(&eight, bytes, sizeof eight);
    eight ^= tag * UINT64_C(0x0101010101010101);
    return ((eight - UINT64_C(0x0101010101010101)) & ~eight & UINT64_C(0x8080808080808080)) != 0;
}

static bool has_mark(const uint64_t *marks, uint32_t count, uint64_t hash, uint64_t now)
{
    bool has = false;
    for (uint32_t i = 0; i < count; i++) {
        bool is_recent = ((now - marks[i]) & SECOND_BITS) < REPEAT_MS / 1000;
        has |= (marks[i] & ~SECOND_BITS) == hash && is_recent;
    }
    return has;
}

bool arrival_is_duplicate(const struct judging *judging, int64_t taken_ms,
                          const struct engine_reading *readings, size_t count,
                          struct engine_message_marks marks)
{
    if (judging->scope->repeats == 0)
        return false;
    struct repeats *repeats = row_part(judging->device, judging->scope->at_repeats);
    uint64_t hash = hash_message(judging, taken_ms, readings, count, marks) & ~SECOND_BITS;
    if (hash == 0)
        return false;
    uint64_t now = second_of(judging->site_ms);
    uint8_t tag = (uint8_t)(hash >> 56);
    for (uint32_t i = 0; i < REPEATS_KEPT; i += 8) {
        if (has_tag(&repeats->tags[i], tag) && has_mark(&repeats->marks[i], 8, hash, now))
            return true;
    }
    uint32_t place = repeats->next++ % REPEATS_KEPT;
    repeats->tags[place] = tag;
    repeats->marks[place] = hash | now;
    return false;
}

void arrival_step(const struct judging *judging, int64_t delta_ms)
{
    struct repeats *repeats = row_part(judging->device, judging->scope->at_repeats);
    for (uint32_t i = 0; i < judging->scope->repeats * REPEATS_KEPT; i++) {
        uint64_t mark = repeats->marks[i];
        uint64_t second = (mark + (uint64_t)(delta_ms / 1000)) & SECOND_BITS;
        repeats->marks[i] = mark == 0 ? 0 : (mark & ~SECOND_BITS) | second;
    }
}

/* The device's clock was set back: its old times are brought to the new ones by when they arrived.
 */
static void follow_clock(struct judging *j, int64_t taken_ms)
{
    struct device *device = j->device;
    alarms_restart(j);
    device->newest_ms = taken_ms;
    device->lag_ms = j->site_ms - taken_ms;
    device->late_in_row = 0;
    device->steady_in_row = DEVICE_PATIENCE;
    device->clock_is_wrong = true;
    for (uint32_t i = 0; i < j->scope->readings; i++) {
        if (j->values[i].taken_ms != INT64_MIN)
            j->values[i].taken_ms = j->values[i].arrived_ms - device->lag_ms;
    }
    j->engine->counters.clock_resets++;
}

bool arrival_note_late(struct judging *judging, int64_t taken_ms, int64_t behind_ms)
{
    struct device *device = judging->device;
    if (behind_ms <= judging->scope->late_ms) {
        judging->engine->counters.late++;
        return false;
    }
    if (++device->late_in_row < DEVICE_PATIENCE) {
        judging->engine->counters.too_late++;
        return false;
    }
    follow_clock(judging, taken_ms);
    return true;
}

/* A lag that stays the same is a wrong clock; one that shrinks with each message is a backlog. */
static void watch_lag(struct judging *j, int64_t lag_ms, int64_t step_ms)
{
    struct device *device = j->device;
    int64_t change_ms = lag_ms > device->lag_ms ? lag_ms - device->lag_ms : device->lag_ms - lag_ms;
    if (step_ms <= 0)
        return;
    if (change_ms > step_ms / 2)
        device->steady_in_row = 0;
    else if (device->steady_in_row < DEVICE_PATIENCE)
        device->steady_in_row++;
    device->clock_is_wrong = device->steady_in_row == DEVICE_PATIENCE;
}

/* Fresh is 3 times the interval, 5 minutes at least: shorter ones need not be told apart. The first
 * ones count alike; then the mean follows slowly, and one long gap is none of them. */
static void learn_interval(struct device *device, int64_t step_ms)
{
    if (step_ms <= 0)
        return;
    if (step_ms < INTERVAL_LEAST_MS)
        step_ms = INTERVAL_LEAST_MS;
    if (device->intervals < INTERVALS_ENOUGH)
        device->intervals++;
    else if (step_ms > 4 * device->interval_ms)
        step_ms = 4 * device->interval_ms;
    if (step_ms == device->interval_ms)
        return;
    device->interval_ms += (step_ms - device->interval_ms) / device->intervals;
    device->fresh_ms = 3 * device->interval_ms;
}

/* Longer than states stand for. */
static bool is_after_gap(const struct judging *j, int64_t taken_ms)
{
    int64_t fresh_ms = state_fresh_ms_of(j);
    return fresh_ms > 0 && j->device->newest_ms != INT64_MIN &&
           taken_ms - j->device->newest_ms > fresh_ms;
}

void arrival_note_in_order(struct judging *judging, int64_t taken_ms)
{
    struct device *device = judging->device;
    device->late_in_row = 0;
    if (is_after_gap(judging, taken_ms))
        device->outlived = ~UINT64_C(0);
    if (taken_ms < device->newest_ms)
        return; /* in order for its readings; others of the device are newer */
    int64_t lag_ms = judging->site_ms - taken_ms;
    if (lag_ms > judging->scope->late_ms && device->newest_ms != INT64_MIN) {
        watch_lag(judging, lag_ms, taken_ms - device->newest_ms);
    } else if (device->early_in_row == 0) {
        device->steady_in_row = 0;
        device->clock_is_wrong = false;
    }
    if (judging->scope->learns_fresh && device->newest_ms != INT64_MIN)
        learn_interval(device, taken_ms - device->newest_ms);
    device->newest_ms = taken_ms;
    device->lag_ms = lag_ms;
}

bool arrival_is_history(const struct judging *judging, int64_t at_ms)
{
    const struct device *device = judging->device;
    int64_t now_ms = judging->site_ms;
    if (device->steady_in_row == DEVICE_PATIENCE)
        now_ms -= device->lag_ms; /* its clock is wrong, its readings are not old */
    return now_ms - at_ms > device->fresh_ms;
}
