/* The table of devices: found by group and names, made on first sight, bounded.
 * Comes in: names as they stand in a topic or message. Goes out: a number, and the device's row.
 * Names are copied into the row once, when the device is new. Called by pipeline/ through engine.h,
 * and by engine.c. */
#include "rules/engine/internal.h"

static uint32_t hash_names(uint32_t group, const struct text *names, uint32_t count)
{
    uint64_t hash = hash_bytes(HASH_START, &group, sizeof group);
    for (uint32_t i = 0; i < count; i++) {
        hash = hash_bytes(hash, names[i].bytes, names[i].length);
        hash = hash_bytes(hash, "", 1); /* "a" "bc" is not "ab" "c" */
    }
    return (uint32_t)(hash ^ hash >> 32);
}

static const struct text *device_names(const struct engine *engine, struct device *device)
{
    return row_part(device, device_group(engine, device)->at_names);
}

static bool is_device(const struct engine *engine, uint32_t index, uint32_t group,
                      const struct text *names, uint32_t count)
{
    struct device *device = engine_row(engine, index);
    if (device->group != group)
        return false;
    const struct text *own = device_names(engine, device);
    for (uint32_t i = 0; i < count; i++) {
        if (!text_equal(own[i], names[i]))
            return false;
    }
    return true;
}

/* The slot of the device, or the free one where it belongs. The table is never more than half full.
 */
static struct device_slot *slot_for(const struct engine *engine, uint32_t group,
                                    const struct text *names, uint32_t count, uint32_t hash)
{
    for (uint32_t at = hash & engine->slot_mask;; at = (at + 1) & engine->slot_mask) {
        struct device_slot *slot = &engine->slots[at];
        if (slot->device == 0 ||
            (slot->hash == hash && is_device(engine, slot->device - 1, group, names, count)))
            return slot;
    }
}

uint32_t engine_device_find(const struct engine *engine, uint32_t group, const struct text *names)
{
    uint32_t count = engine->plan.groups[group].names;
    uint32_t hash = hash_names(group, names, count);
    return slot_for(engine, group, names, count, hash)->device - 1; /* 0 - 1: ENGINE_NO_DEVICE */
}

/* ---- new devices --------------------------------------------------------------------------- */

static bool is_welcome(const struct engine *engine, const struct text *names, uint32_t count,
                       int64_t now_ms)
{
    if (engine->devices == engine->devices_most)
        return false;
    /* The ring holds when the last 60 came; the one that is overwritten next is the oldest. */
    if (engine->devices >= NEWCOMERS_MOST &&
        now_ms - engine->newcomers_ms[engine->newcomers] < NEWCOMERS_MS)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        if (names[i].length > RULES_NAME_BYTES)
            return false;
    }
    return true;
}

static size_t keep_names(const struct plan_group *group, struct device *device,
                         const struct text *names)
{
    struct text *own = row_part(device, group->at_names);
    char *room = row_part(device, group->row_bytes);
    for (uint32_t i = 0; i < group->names; i++) {
        if (names[i].length > 0)
            memcpy(room, names[i].bytes, names[i].length);
        own[i] = (struct text){room, names[i].length};
        room += names[i].length;
    }
    return (size_t)(room - (char *)device);
}

static void device_make(struct engine *engine, uint32_t index, uint32_t group_index,
                        const struct text *names, int64_t now_ms)
{
    const struct plan_group *group = &engine->plan.groups[group_index];
    engine->rows[index] = (uint32_t)(engine->arena_used / ROW_ALIGN);
    struct device *device = engine_row(engine, index);
    device->group = group_index;
    device->index = index;
    device->newest_ms = device->heard_ms = INT64_MIN;
    device->first_ms = now_ms;
    size_t bytes = keep_names(group, device, names);
    engine->arena_used += (bytes + ROW_ALIGN - 1) / ROW_ALIGN * ROW_ALIGN;
    struct judging judging = judging_of(engine, device);
    for (uint32_t i = 0; i < group->readings; i++)
        judging.values[i].taken_ms = judging.values[i].arrived_ms = INT64_MIN;
    judging.site_ms = now_ms;
    alarms_hear(&judging); /* silence counts from the first sight on (E 17) */
    device_arm(&judging);
}

uint32_t engine_device(struct engine *engine, uint32_t group, const struct text *names,
                       int64_t now_ms)
{
    uint32_t count = engine->plan.groups[group].names;
    uint32_t hash = hash_names(group, names, count);
    struct device_slot *slot = slot_for(engine, group, names, count, hash);
    if (slot->device != 0)
        return slot->device - 1;
    if (!is_welcome(engine, names, count, now_ms)) {
        engine->counters.devices_refused++;
        return ENGINE_NO_DEVICE;
    }
    uint32_t index = engine->devices++;
    *slot = (struct device_slot){hash, index + 1};
    engine->newcomers_ms[engine->newcomers] = now_ms;
    engine->newcomers = (engine->newcomers + 1) % NEWCOMERS_MOST;
    device_make(engine, index, group, names, now_ms);
    return index;
}

/* ---- looking ------------------------------------------------------------------------------- */

void engine_device_view(const struct engine *engine, uint32_t device,
                        struct engine_device_view *view)
{
    struct device *row = engine_row(engine, device);
    *view = (struct engine_device_view){
        .group = row->group,
        .names = device_names(engine, row),
        .values = row_part(row, device_group(engine, row)->at_values),
        .heard_ms = row->heard_ms,
    };
}

uint32_t engine_device_count(const struct engine *engine)
{
    return engine->devices;
}

struct text engine_device_text(const struct engine *engine, uint32_t device, uint32_t reading)
{
    const struct text_record *text = device_text(engine, engine_row(engine, device), reading);
    return (struct text){text->bytes, text->length};
}

bool engine_device_clock_is_wrong(const struct engine *engine, uint32_t device)
{
    return engine_row(engine, device)->clock_is_wrong;
}

/* ---- the timer ----------------------------------------------------------------------------- */

void device_arm(struct judging *judging)
{
    struct engine *engine = judging->engine;
    struct wheel_timer *timer = &judging->device->timer;
    int64_t alarms_ms = alarms_due(judging), reports_ms = reports_due(judging);
    int64_t due_ms = alarms_ms < reports_ms ? alarms_ms : reports_ms;
    if (wheel_timer_is_running(timer) ? timer->deadline == due_ms : due_ms == WHEEL_NEVER)
        return;
    if (due_ms == WHEEL_NEVER) {
        wheel_stop(&engine->wheel, timer);
        return;
    }
    wheel_start(&engine->wheel, timer, due_ms);
    if (due_ms < engine->quiet_until_ms)
        engine->quiet_until_ms = due_ms;
}
