/* The table of rows: devices found by group and names, made on first sight, bounded; and with them
 * the rows of the sets that they belong to. Comes in: names as they stand in a topic or message.
 * Goes out: a number, and the row. Names are copied into the row once, when it is new. Called by
 * pipeline/ through engine.h, and by engine.c. */
#include "rules/engine/internal.h"

/* Whatever their case: names that differ only in it lie in the same places of the table. */
static uint32_t hash_names(uint32_t scope, const struct text *names, uint32_t count)
{
    uint64_t hash = hash_bytes(HASH_START, &scope, sizeof scope);
    for (uint32_t i = 0; i < count; i++) {
        hash = hash_ignoring_case(hash, names[i]);
        hash = hash_bytes(hash, "", 1); /* "a" "bc" is not "ab" "c" */
    }
    return (uint32_t)(hash ^ hash >> 32);
}

static const struct text *device_names(const struct engine *engine, struct device *device)
{
    return row_part(device, device_scope(engine, device)->at_names);
}

static bool is_device(const struct engine *engine, uint32_t index, uint32_t scope,
                      const struct text *names, uint32_t count)
{
    struct device *device = engine_row(engine, index);
    if (device->scope != scope)
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
static struct device_slot *slot_for(const struct engine *engine, uint32_t scope,
                                    const struct text *names, uint32_t count, uint32_t hash)
{
    for (uint32_t at = hash & engine->slot_mask;; at = (at + 1) & engine->slot_mask) {
        struct device_slot *slot = &engine->slots[at];
        if (slot->device == 0 ||
            (slot->hash == hash && is_device(engine, slot->device - 1, scope, names, count)))
            return slot;
    }
}

static bool is_alike(const struct engine *engine, struct device *row, const struct text *names,
                     uint32_t count)
{
    const struct text *own = device_names(engine, row);
    uint32_t same = 0;
    while (same < count && text_equal_ignoring_case(own[same], names[same]))
        same++;
    return same == count;
}

/* A device whose names differ in nothing but case; ENGINE_NO_DEVICE: there is none. */
static uint32_t find_ignoring_case(const struct engine *engine, uint32_t scope,
                                   const struct text *names, uint32_t count, uint32_t hash,
                                   bool is_expected)
{
    for (uint32_t at = hash & engine->slot_mask; engine->slots[at].device != 0;
         at = (at + 1) & engine->slot_mask) {
        const struct device_slot *slot = &engine->slots[at];
        struct device *row = engine_row(engine, slot->device - 1);
        if (slot->hash == hash && row->scope == scope && (!is_expected || row->is_expected) &&
            is_alike(engine, row, names, count))
            return slot->device - 1;
    }
    return ENGINE_NO_DEVICE;
}

static uint32_t row_find(const struct engine *engine, uint32_t scope, const struct text *names)
{
    uint32_t count = engine->plan.scopes[scope].names;
    uint32_t hash = hash_names(scope, names, count);
    return slot_for(engine, scope, names, count, hash)->device - 1; /* 0 - 1: ENGINE_NO_DEVICE */
}

uint32_t engine_device_find(const struct engine *engine, uint32_t group, const struct text *names)
{
    return row_find(engine, group, names);
}

uint32_t engine_set_find(const struct engine *engine, uint32_t set, const struct text *names)
{
    return row_find(engine, engine->plan.groups_count + set, names);
}

/* ---- new devices --------------------------------------------------------------------------- */

static bool is_welcome(const struct engine *engine, const struct text *names, uint32_t count,
                       int64_t now_ms)
{
    if (!rows_have_number(engine))
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

static void keep_names(const struct plan_scope *scope, struct device *device,
                       const struct text *names)
{
    struct text *own = row_part(device, scope->at_names);
    char *room = row_part(device, scope->row_bytes);
    for (uint32_t i = 0; i < scope->names; i++) {
        if (names[i].length > 0)
            memcpy(room, names[i].bytes, names[i].length);
        own[i] = (struct text){room, names[i].length};
        room += names[i].length;
    }
}

/* `where`: alarms that are not for this device. They keep their place in the row. */
static void find_alarms(const struct engine *engine, struct device *row)
{
    const struct ruleset *rules = engine->plan.rules;
    const struct plan_scope *scope = device_scope(engine, row);
    const struct text *names = device_names(engine, row);
    for (uint32_t a = 0; a < scope->alarms; a++) {
        const struct plan_alarm *alarm = &engine->plan.alarms[scope->first_alarm + a];
        if (alarm->has_where)
            row_alarm(engine, row, a)->is_elsewhere = !rules_allow(
                rules, RULES_AT(rules, struct rules_alarm, rules->alarms, alarm->alarm)->where,
                names);
    }
}

static void row_make(struct engine *engine, uint32_t index, uint32_t scope_index,
                     const struct text *names, int64_t now_ms)
{
    const struct plan_scope *scope = &engine->plan.scopes[scope_index];
    size_t bytes = scope->row_bytes;
    for (uint32_t i = 0; i < scope->names; i++)
        bytes += names[i].length;
    struct device *row = rows_place(engine, index, bytes);
    row->scope = scope_index;
    row->newest_ms = row->heard_ms = INT64_MIN;
    row->first_ms = now_ms;
    row->fresh_ms = scope->fresh_ms;
    keep_names(scope, row, names);
    struct engine_value *values = row_part(row, scope->at_values);
    for (uint32_t i = 0; i < scope->readings; i++)
        values[i].taken_ms = values[i].arrived_ms = INT64_MIN;
    tables_find_rows(engine, row);
    find_alarms(engine, row);
    links_join(engine, row);
    struct judging judging = judging_of(engine, row);
    judging.site_ms = now_ms;
    alarms_begin(&judging);
    device_arm(&judging);
}

/* ---- rows of sets -------------------------------------------------------------------------- */

static void row_begin(struct engine *engine, uint32_t index, int64_t now_ms)
{
    struct judging judging = judging_of(engine, engine_row(engine, index));
    judging.site_ms = now_ms;
    alarms_hear(&judging); /* silence counts from the first sight on (E 17) */
    device_arm(&judging);
}

static uint32_t set_row_find_or_make(struct engine *engine, uint32_t set, const struct text *names,
                                     int64_t now_ms)
{
    uint32_t scope = engine->plan.groups_count + set, count = engine->plan.scopes[scope].names;
    uint32_t hash = hash_names(scope, names, count);
    struct device_slot *slot = slot_for(engine, scope, names, count, hash);
    if (slot->device != 0)
        return slot->device - 1;
    uint32_t index = rows_take_number(engine, true);
    *slot = (struct device_slot){hash, index + 1};
    row_make(engine, index, scope, names, now_ms);
    row_begin(engine, index, now_ms);
    return index;
}

/* The sets that a device belongs to have rows from its first sight on, as long as they have a
 * device. The site's are always there: `device` is ENGINE_NO_DEVICE. */
static void make_set_rows(struct engine *engine, uint32_t group, const struct text *names,
                          uint32_t device, int64_t now_ms)
{
    const struct ruleset *rules = engine->plan.rules;
    uint32_t next = 0;
    for (uint32_t s = 0; s < rules->sets.count; s++) {
        const struct rules_set *set = RULES_AT(rules, struct rules_set, rules->sets, s);
        if (set->group != group)
            continue;
        struct text own[RULES_NAMES_MAX];
        for (uint32_t i = 0; i < set->names.count; i++)
            own[i] = names[*RULES_AT(rules, uint32_t, set->names, i)];
        uint32_t index = set_row_find_or_make(engine, s, own, now_ms);
        if (device == ENGINE_NO_DEVICE)
            continue;
        struct device *row = engine_row(engine, device);
        uint32_t *sets = row_part(row, device_scope(engine, row)->at_sets);
        sets[next++] = index;
        engine_row(engine, index)->members++;
    }
}

void devices_make_site(struct engine *engine, int64_t now_ms)
{
    make_set_rows(engine, RULES_NONE, NULL, ENGINE_NO_DEVICE, now_ms);
}

/* The gap is closed by those that lie behind it because their own place was taken. */
void device_unindex(struct engine *engine, struct device *row)
{
    const struct text *names = device_names(engine, row);
    uint32_t count = device_scope(engine, row)->names, mask = engine->slot_mask;
    uint32_t hash = hash_names(row->scope, names, count);
    uint32_t gap = (uint32_t)(slot_for(engine, row->scope, names, count, hash) - engine->slots);
    for (uint32_t at = (gap + 1) & mask; engine->slots[at].device != 0; at = (at + 1) & mask) {
        if (((at - engine->slots[at].hash) & mask) < ((at - gap) & mask))
            continue; /* its own place lies behind the gap */
        engine->slots[gap] = engine->slots[at];
        gap = at;
    }
    engine->slots[gap] = (struct device_slot){0};
}

void devices_index(struct engine *engine)
{
    memset(engine->slots, 0, ((size_t)engine->slot_mask + 1) * sizeof *engine->slots);
    for (uint32_t row = RULES_NONE; (row = engine_next_row(engine, row)) != RULES_NONE;) {
        struct device *device = engine_row(engine, row);
        const struct text *names = device_names(engine, device);
        uint32_t count = device_scope(engine, device)->names;
        uint32_t hash = hash_names(device->scope, names, count);
        *slot_for(engine, device->scope, names, count, hash) = (struct device_slot){hash, row + 1};
    }
}

/* ---- devices ------------------------------------------------------------------------------- */

static void device_make(struct engine *engine, uint32_t index, uint32_t group,
                        const struct text *names, int64_t now_ms)
{
    row_make(engine, index, group, names, now_ms);
    make_set_rows(engine, group, names, index, now_ms);
    row_begin(engine, index, now_ms);
    struct judging judging = judging_of(engine, engine_row(engine, index));
    forget_note(&judging);
}

/* A number for a device that has none yet. */
static uint32_t device_add(struct engine *engine, struct device_slot *slot, uint32_t hash,
                           uint32_t group, const struct text *names, int64_t now_ms)
{
    uint32_t index = rows_take_number(engine, false);
    *slot = (struct device_slot){hash, index + 1};
    device_make(engine, index, group, names, now_ms);
    return index;
}

/* Rows of tables are found whatever their case (E 14): a device that is seen is the one that is
 * expected, and is called as it calls itself. */
static uint32_t take_expected(struct engine *engine, uint32_t group, const struct text *names,
                              uint32_t hash)
{
    uint32_t count = engine->plan.scopes[group].names;
    uint32_t index = find_ignoring_case(engine, group, names, count, hash, true);
    if (index != ENGINE_NO_DEVICE) {
        struct device *row = engine_row(engine, index);
        keep_names(device_scope(engine, row), row, names); /* of the same length */
        row->is_expected = false;
    }
    return index;
}

uint32_t engine_device(struct engine *engine, uint32_t group, const struct text *names,
                       int64_t now_ms)
{
    uint32_t count = engine->plan.scopes[group].names;
    uint32_t hash = hash_names(group, names, count);
    struct device_slot *slot = slot_for(engine, group, names, count, hash);
    if (slot->device != 0) {
        engine_row(engine, slot->device - 1)->is_expected = false;
        return slot->device - 1;
    }
    uint32_t expected = take_expected(engine, group, names, hash);
    if (expected != ENGINE_NO_DEVICE)
        return expected;
    if (!rows_have_number(engine) && engine->forget_due_ms <= now_ms) {
        engine_run(engine, now_ms);
        forget_run(engine);
        slot = slot_for(engine, group, names, count, hash);
    }
    if (!is_welcome(engine, names, count, now_ms)) {
        engine->counters.devices_refused++;
        return ENGINE_NO_DEVICE;
    }
    engine->newcomers_ms[engine->newcomers] = now_ms;
    engine->newcomers = (engine->newcomers + 1) % NEWCOMERS_MOST;
    return device_add(engine, slot, hash, group, names, now_ms);
}

void device_expect(struct engine *engine, uint32_t group, const struct text *names, int64_t now_ms)
{
    uint32_t count = engine->plan.scopes[group].names;
    uint32_t hash = hash_names(group, names, count);
    if (find_ignoring_case(engine, group, names, count, hash, false) != ENGINE_NO_DEVICE)
        return; /* it came before it was expected, and calls itself as it likes */
    struct device_slot *slot = slot_for(engine, group, names, count, hash);
    if (!rows_have_number(engine))
        engine->counters.devices_refused++;
    else
        engine_row(engine, device_add(engine, slot, hash, group, names, now_ms))->is_expected =
            true;
}

/* ---- looking ------------------------------------------------------------------------------- */

void engine_device_view(const struct engine *engine, uint32_t device,
                        struct engine_device_view *view)
{
    struct device *row = engine_row(engine, device);
    const struct plan_scope *scope = device_scope(engine, row);
    *view = (struct engine_device_view){
        .group = scope->group,
        .set = scope->set,
        .names = device_names(engine, row),
        .values = row_part(row, scope->at_values),
        .heard_ms = row->heard_ms,
    };
}

uint32_t engine_device_count(const struct engine *engine)
{
    return engine->devices - engine->free_devices.count;
}

uint32_t engine_device_next(const struct engine *engine, uint32_t device)
{
    do
        device++;
    while (device < engine->devices && !engine_has_row(engine, device));
    return device < engine->devices ? device : ENGINE_NO_DEVICE;
}

struct text engine_device_text(const struct engine *engine, uint32_t device, uint32_t reading)
{
    const struct text_record *text = device_text(engine, engine_row(engine, device), reading);
    return (struct text){text->bytes, text->length};
}

/* Is there another one? They all lie behind the same place. */
static bool has_alike(const struct engine *engine, struct device *row)
{
    const struct text *names = device_names(engine, row);
    uint32_t count = device_scope(engine, row)->names, found = 0;
    uint32_t hash = hash_names(row->scope, names, count);
    for (uint32_t at = hash & engine->slot_mask; engine->slots[at].device != 0;
         at = (at + 1) & engine->slot_mask) {
        const struct device_slot *slot = &engine->slots[at];
        struct device *other = engine_row(engine, slot->device - 1);
        found += slot->hash == hash && other->scope == row->scope &&
                 is_alike(engine, other, names, count);
    }
    return found > 1;
}

struct engine_device_trouble engine_device_trouble(const struct engine *engine, uint32_t device,
                                                   int64_t now_ms)
{
    struct device *row = engine_row(engine, device);
    const struct plan_scope *scope = device_scope(engine, row);
    const struct engine_value *values = row_part(row, scope->at_values);
    struct engine_device_trouble trouble = {
        .is_silent = row->heard_ms == INT64_MIN || now_ms - row->heard_ms > row->fresh_ms,
        .is_clock_wrong = row->clock_is_wrong,
        .is_alike = has_alike(engine, row),
    };
    for (uint32_t i = 0; i < scope->readings; i++)
        trouble.is_faulty |= values[i].quality == ENGINE_FAULTY;
    return trouble;
}

/* ---- the timer ----------------------------------------------------------------------------- */

void device_arm(struct judging *judging)
{
    struct engine *engine = judging->engine;
    struct wheel_timer *timer = &judging->device->timer;
    const int64_t waits_ms[] = {alarms_due(judging), reports_due(judging), life_due(judging),
                                windows_due(judging)};
    int64_t due_ms = waits_ms[0];
    for (size_t i = 1; i < sizeof waits_ms / sizeof *waits_ms; i++)
        due_ms = waits_ms[i] < due_ms ? waits_ms[i] : due_ms;
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
