/* The whole state as bytes, and back (RULES, section 9.5; appendix E 16, 17). Comes in: an engine,
 * or bytes that engine_save wrote for the same rules. Goes out: the other. Rows hold no pointers
 * but the timer's, which is left out, and those of their names, which are written as distances; so
 * they are copied as they lie. Called by whoever keeps the state: storage, tests of rules. */
#include "rules/engine/life.h"

#include <stddef.h>

#define STATE_MAGIC UINT32_C(0x54535242) /* "BRST" */
#define STATE_VERSION 2
#define RESTART_GRACE_INTERVAL_MS 60000 /* "one interval" of sensors that do not say theirs */

struct state {
    uint32_t magic, version;
    uint64_t size_bytes;
    uint64_t checksum; /* of all that follows */
    uint64_t rules_checksum, rules_fingerprint;
    uint64_t layout; /* of the rows, as this version of Brink has them */
    int64_t now_ms;
    uint64_t arena_bytes;
    uint32_t devices_most, devices, set_rows, timers;
    /* Then the engine's parts, the places of the rows, the order of the timers, the arena. */
};

/* ---- what there is ------------------------------------------------------------------------- */

struct part {
    void *at;
    size_t bytes;
};
#define PARTS_MOST 16

/* What the engine itself keeps. A new part is a line here. */
static size_t engine_parts(const struct engine *engine, struct part parts[PARTS_MOST])
{
    struct engine *own = (struct engine *)(uintptr_t)engine;
    struct flood *flood = &own->flood;
    const struct part all[] = {
        {&own->counters, sizeof own->counters},
        {&own->created_ms, sizeof own->created_ms},
        {&own->restored_ms, sizeof own->restored_ms},
        {own->newcomers_ms, sizeof own->newcomers_ms},
        {&own->newcomers, sizeof own->newcomers},
        {&own->free_devices, sizeof own->free_devices},
        {&own->free_sets, sizeof own->free_sets},
        {&own->forget_due_ms, sizeof own->forget_due_ms},
        {own->suppressed, own->plan.rules->alarms.count * sizeof *own->suppressed},
        {&flood->is_open, offsetof(struct flood, raises) - offsetof(struct flood, is_open)},
        {flood->raises, flood_size_bytes(own->plan.rules)},
    };
    memcpy(parts, all, sizeof all);
    return sizeof all / sizeof *all;
}

static uint64_t layout_of(const struct engine *engine)
{
    uint32_t device_bytes = sizeof(struct device), value_bytes = sizeof(struct engine_value);
    uint64_t hash = hash_bytes(HASH_START, &device_bytes, sizeof device_bytes);
    hash = hash_bytes(hash, &value_bytes, sizeof value_bytes);
    for (uint32_t i = 0; i < engine->plan.scopes_count; i++) {
        const struct plan_scope *scope = &engine->plan.scopes[i];
        hash = hash_bytes(hash, &scope->row_bytes, sizeof scope->row_bytes);
        hash = hash_bytes(hash, &scope->at_names, sizeof scope->at_names);
    }
    return hash;
}

/* Timers that are due at one instant fire in the order in which they were started; in the wheel
 * they lie in that order. Returns how many run. */
static uint32_t timers_in_order(const struct engine *engine, uint32_t *rows)
{
    uint32_t count = 0;
    for (size_t level = 0; level < WHEEL_LEVELS; level++) {
        for (size_t slot = 0; slot < WHEEL_SLOTS; slot++) {
            const struct wheel_timer *timer = engine->wheel.slots[level][slot];
            for (; timer != NULL; timer = timer->next, count++) {
                if (rows != NULL)
                    rows[count] = timer == &engine->flood.timer
                                      ? RULES_NONE
                                      : ((const struct device *)(const void *)timer)->index;
            }
        }
    }
    return count;
}

static size_t size_of(const struct engine *engine, uint32_t rows, uint32_t timers,
                      size_t arena_bytes)
{
    struct part parts[PARTS_MOST];
    size_t bytes = sizeof(struct state), count = engine_parts(engine, parts);
    for (size_t i = 0; i < count; i++)
        bytes += parts[i].bytes;
    return bytes + ((size_t)rows + timers) * sizeof(uint32_t) + arena_bytes;
}

/* ---- saving -------------------------------------------------------------------------------- */

/* The copy of a row: its timer is not running, its names lie so far from its beginning. */
static void unlink_row(const struct engine *engine, uint32_t index, char *arena)
{
    const struct device *row = engine_row(engine, index);
    const struct plan_scope *scope = device_scope(engine, row);
    char *copy = arena + (size_t)engine->rows[index] * ROW_ALIGN;
    memset(copy, 0, sizeof(struct wheel_timer));
    for (uint32_t i = 0; i < scope->names; i++) {
        struct text name;
        char *at = copy + scope->at_names + i * sizeof name;
        memcpy(&name, at, sizeof name);
        uintptr_t distance = (uintptr_t)name.bytes - (uintptr_t)row;
        memcpy(at + offsetof(struct text, bytes), &distance, sizeof distance);
    }
}

static char *append(char *at, const void *bytes, size_t size)
{
    if (size > 0)
        memcpy(at, bytes, size);
    return at + size;
}

size_t engine_save(const struct engine *engine, void *room, size_t room_bytes)
{
    uint32_t rows = engine->devices + engine->set_rows;
    uint32_t timers = timers_in_order(engine, NULL);
    size_t bytes = size_of(engine, rows, timers, engine->arena_used);
    if (room_bytes < bytes)
        return bytes;
    struct state state = {
        .magic = STATE_MAGIC,
        .version = STATE_VERSION,
        .size_bytes = bytes,
        .rules_checksum = engine->plan.rules->checksum,
        .rules_fingerprint = engine->plan.rules->fingerprint,
        .layout = layout_of(engine),
        .now_ms = engine->now_ms,
        .arena_bytes = engine->arena_used,
        .devices_most = engine->devices_most,
        .devices = engine->devices,
        .set_rows = engine->set_rows,
        .timers = timers,
    };
    struct part parts[PARTS_MOST];
    size_t parts_count = engine_parts(engine, parts);
    char *at = (char *)room + sizeof state;
    for (size_t i = 0; i < parts_count; i++)
        at = append(at, parts[i].at, parts[i].bytes);
    at = append(at, engine->rows, engine->devices * sizeof *engine->rows);
    at = append(at, engine->rows + engine->devices_most, engine->set_rows * sizeof *engine->rows);
    timers_in_order(engine, (void *)at);
    at += timers * sizeof(uint32_t);
    memcpy(at, engine->arena, engine->arena_used);
    for (uint32_t row = RULES_NONE; (row = engine_next_row(engine, row)) != RULES_NONE;)
        unlink_row(engine, row, at);
    memcpy(room, &state, sizeof state);
    size_t from = offsetof(struct state, rules_checksum);
    state.checksum = hash_bytes(HASH_START, (char *)room + from, bytes - from);
    memcpy(room, &state, sizeof state);
    return bytes;
}

/* ---- is it one? ---------------------------------------------------------------------------- */

static enum engine_restore examine(const struct engine *engine, const void *bytes, size_t size,
                                   struct state *state)
{
    size_t from = offsetof(struct state, rules_checksum);
    if (size < sizeof *state)
        return ENGINE_NOT_A_STATE;
    memcpy(state, bytes, sizeof *state);
    if (state->magic != STATE_MAGIC)
        return ENGINE_NOT_A_STATE;
    if (state->version != STATE_VERSION)
        return ENGINE_OTHER_VERSION;
    if (state->size_bytes != size ||
        state->checksum != hash_bytes(HASH_START, (const char *)bytes + from, size - from))
        return ENGINE_DAMAGED;
    if (state->rules_checksum != engine->plan.rules->checksum ||
        state->rules_fingerprint != engine->plan.rules->fingerprint)
        return ENGINE_OTHER_RULES;
    if (state->layout != layout_of(engine))
        return ENGINE_OTHER_VERSION;
    /* The rows of sets are counted from devices_most on. */
    if (state->devices_most != engine->devices_most || state->set_rows > engine->set_rows_most ||
        state->arena_bytes > engine->arena_bytes)
        return ENGINE_NO_ROOM;
    if (size !=
        size_of(engine, state->devices + state->set_rows, state->timers, state->arena_bytes))
        return ENGINE_DAMAGED;
    return ENGINE_RESTORED;
}

const char *engine_restore_words(enum engine_restore result)
{
    static const char *const words[] = {
        [ENGINE_RESTORED] = "The saved state was taken up.",
        [ENGINE_NOT_A_STATE] = "The saved state is none: it is too short or begins otherwise.",
        [ENGINE_OTHER_VERSION] = "The saved state is of another version of Brink.",
        [ENGINE_OTHER_RULES] = "The saved state is of other rules.",
        [ENGINE_DAMAGED] = "The saved state is damaged or not whole.",
        [ENGINE_NO_ROOM] = "The saved state has more devices than there is room for.",
    };
    return words[result];
}

/* ---- time off is neither silence nor good conduct ------------------------------------------- */

/* A state that stands until it changes may not be told again. */
static bool is_standing_state(const struct judging *j, const struct trigger *trigger)
{
    return trigger->plan->quick == PLAN_QUICK_WORD && trigger->plan->when.count == 1 &&
           j->scope->state_fresh_ms == 0;
}

/* Silence leaves out the time off, then waits for one interval (E 17). */
static void wake_silence(const struct judging *j, struct trigger *trigger, int64_t off_ms)
{
    struct trigger_record *record = trigger->record;
    int64_t interval_ms =
        j->scope->state_fresh_ms > 0 ? j->scope->state_fresh_ms / 3 : RESTART_GRACE_INTERVAL_MS;
    if (*trigger->state != TRIGGER_HOLDING) {
        record->ending_ms += off_ms;
        record->due_ms += record->due_ms == WHEEL_NEVER ? 0 : off_ms;
        record->own_due_ms = record->due_ms;
        return;
    }
    int64_t since_ms = record->since_ms;
    record->since_ms += off_ms;
    if (record->since_ms + trigger->plan->hold_ms < j->site_ms + interval_ms)
        record->since_ms = j->site_ms + interval_ms - trigger->plan->hold_ms;
    if (record->paused_at_ms != INT64_MIN)
        record->paused_at_ms += record->since_ms - since_ms;
    record->own_due_ms = record->due_ms =
        record->since_ms + trigger->plan->hold_ms + record->paused_ms;
}

/* What runs waits for the first reading after the restart, which decides whether it goes on. */
static void wake_trigger(struct judging *j, struct trigger *trigger, int64_t off_ms)
{
    struct trigger_record *record = trigger->record;
    if (!trigger_waits(trigger))
        return;
    if (trigger->plan->is_silent) {
        wake_silence(j, trigger, off_ms);
    } else if (*trigger->state == TRIGGER_ENDING) {
        trigger_restart(j, trigger);
    } else if (is_standing_state(j, trigger) && record->due_ms != WHEEL_NEVER) {
        record->since_ms += off_ms;
        record->due_ms += off_ms;
        record->own_due_ms += off_ms;
    } else {
        record->due_ms = record->own_due_ms = WHEEL_NEVER;
    }
}

static void wake_row(struct engine *engine, struct device *row, int64_t off_ms)
{
    struct judging judging = judging_of(engine, row);
    row->first_ms += off_ms;
    if (row->heard_ms != INT64_MIN)
        row->heard_ms += off_ms;
    for (uint32_t i = 0; i < judging.scope->readings; i++) {
        if (judging.values[i].arrived_ms != INT64_MIN)
            judging.values[i].arrived_ms += off_ms; /* time off is not counted as missing */
    }
    for (uint32_t i = 0; i < judging.scope->alarms; i++) {
        struct alarm alarm = alarm_at(&judging, i);
        alarm.record->calm_at_ms += off_ms;
        for (uint32_t k = 0; k < alarm.plan->count; k++) {
            struct trigger trigger = trigger_at(&alarm, k);
            wake_trigger(&judging, &trigger, off_ms);
        }
    }
    life_arm(&judging);
}

static void wake(struct engine *engine, int64_t now_ms)
{
    int64_t off_ms = now_ms - engine->now_ms;
    engine->now_ms = engine->created_ms = engine->restored_ms = now_ms;
    if (engine->forget_due_ms != WHEEL_NEVER)
        engine->forget_due_ms += off_ms;
    for (uint32_t row = RULES_NONE; (row = engine_next_row(engine, row)) != RULES_NONE;)
        wake_row(engine, engine_row(engine, row), off_ms);
}

/* ---- restoring ----------------------------------------------------------------------------- */

static const char *take(void *to, const char *from, size_t size)
{
    if (size > 0)
        memcpy(to, from, size);
    return from + size;
}

static void link_row(const struct engine *engine, uint32_t index)
{
    struct device *row = engine_row(engine, index);
    struct text *names = row_part(row, device_scope(engine, row)->at_names);
    for (uint32_t i = 0; i < device_scope(engine, row)->names; i++)
        names[i].bytes = (const char *)row + (uintptr_t)names[i].bytes;
}

static void arm_row(struct engine *engine, uint32_t row)
{
    if (row == RULES_NONE) {
        flood_arm(engine);
        return;
    }
    struct judging judging = judging_of(engine, engine_row(engine, row));
    device_arm(&judging);
}

enum engine_restore engine_restore(struct engine *engine, const void *bytes, size_t size,
                                   int64_t now_ms)
{
    struct state state;
    struct part parts[PARTS_MOST];
    enum engine_restore result = examine(engine, bytes, size, &state);
    if (result != ENGINE_RESTORED)
        return result;
    const char *at = (const char *)bytes + sizeof state;
    size_t parts_count = engine_parts(engine, parts);
    for (size_t i = 0; i < parts_count; i++)
        at = take(parts[i].at, at, parts[i].bytes);
    at = take(engine->rows, at, state.devices * sizeof *engine->rows);
    at = take(engine->rows + engine->devices_most, at, state.set_rows * sizeof *engine->rows);
    const char *timers = at;
    memcpy(engine->arena, at + state.timers * sizeof(uint32_t), state.arena_bytes);
    engine->arena_used = state.arena_bytes;
    engine->devices = state.devices;
    engine->set_rows = state.set_rows;
    engine->now_ms = state.now_ms;
    wheel_init(&engine->wheel, state.now_ms);
    engine->quiet_until_ms = INT64_MAX;
    memset(&engine->flood.timer, 0, sizeof engine->flood.timer);
    uint32_t row = RULES_NONE;
    while ((row = engine_next_row(engine, row)) != RULES_NONE)
        link_row(engine, row);
    devices_index(engine);
    links_join_all(engine);
    if (now_ms > state.now_ms)
        wake(engine, now_ms);
    for (uint32_t i = 0; i < state.timers; i++) {
        memcpy(&row, timers + i * sizeof row, sizeof row);
        arm_row(engine, row);
    }
    for (row = RULES_NONE; (row = engine_next_row(engine, row)) != RULES_NONE;)
        arm_row(engine, row);
    if (now_ms < state.now_ms) /* the clock was set back meanwhile */
        engine_step_clock(engine, now_ms - state.now_ms);
    return ENGINE_RESTORED;
}
