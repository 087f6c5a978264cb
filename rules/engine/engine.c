/* Where messages and time come in. See engine.h.
 * The order of one message is that of RULES E 18: what was due before it, then all its values, then
 * the rules, then silence, reports and the device's timer. Called by pipeline/ and by the owner of
 * the clock. */
#include "rules/engine/internal.h"

/* ---- making -------------------------------------------------------------------------------- */

static size_t aligned(size_t bytes)
{
    return (bytes + ROW_ALIGN - 1) / ROW_ALIGN * ROW_ALIGN;
}

static uint32_t slots_for(uint32_t rows) /* a power of two, at most half full */
{
    uint32_t slots = 16;
    while (slots < 2 * rows)
        slots *= 2;
    return slots;
}

size_t engine_device_bytes(const struct ruleset *rules, uint32_t group)
{
    return plan_device_bytes(rules, group);
}

size_t engine_device_learned_bytes(const struct ruleset *rules, uint32_t group)
{
    return plan_learned_make(rules, group, 0, NULL);
}

/* A new device brings at most one row of each set of its group; the site's rows are there from the
 * start. So there is always room for them. */
static size_t bytes_for_rows(const struct ruleset *rules, uint32_t devices)
{
    size_t longest = ROW_ALIGN, site = 0;
    for (uint32_t g = 0; g < rules->groups.count; g++) {
        size_t bytes = plan_device_bytes(rules, g);
        longest = bytes > longest ? bytes : longest;
    }
    for (uint32_t s = 0; s < rules->sets.count; s++) {
        uint32_t scope = rules->groups.count + s;
        if (plan_rules_group(rules, scope) == RULES_NONE)
            site += plan_row_bytes(rules, scope);
    }
    return devices * longest + site;
}

static uint32_t set_rows_for(const struct ruleset *rules, uint32_t devices)
{
    uint32_t most = 0;
    for (uint32_t g = 0; g < rules->groups.count; g++) {
        uint32_t sets = plan_sets_of(rules, g);
        most = sets > most ? sets : most;
    }
    return devices * most + plan_sets_of(rules, RULES_NONE);
}

size_t engine_size_bytes(const struct ruleset *rules, uint32_t devices)
{
    uint32_t rows = devices + set_rows_for(rules, devices);
    return aligned(sizeof(struct engine)) + aligned(plan_size_bytes(rules)) +
           aligned(plan_items_most(rules) * sizeof(struct engine_item)) +
           aligned(plan_window_most(rules)) + aligned(flood_size_bytes(rules)) +
           aligned(rules->alarms.count * sizeof(uint64_t)) +
           aligned(slots_for(rows) * sizeof(struct device_slot)) +
           aligned(links_size_bytes(rules, devices)) + aligned(rows * sizeof(uint32_t)) +
           bytes_for_rows(rules, devices);
}

struct engine *engine_create(void *memory, const struct ruleset *rules, uint32_t devices,
                             struct engine_sink sink, int64_t now_ms)
{
    struct engine *engine = memory;
    char *next = (char *)memory + aligned(sizeof *engine);
    engine->sink = sink;
    engine->now_ms = engine->created_ms = now_ms;
    engine->restored_ms = INT64_MIN;
    engine->quiet_until_ms = INT64_MAX;
    engine->forget_due_ms = WHEEL_NEVER;
    engine->devices_most = devices;
    engine->set_rows_most = set_rows_for(rules, devices);
    uint32_t rows = devices + engine->set_rows_most;
    engine->slot_mask = slots_for(rows) - 1;
    wheel_init(&engine->wheel, now_ms);
    plan_make(&engine->plan, rules, next);
    next += aligned(plan_size_bytes(rules));
    engine->items = (void *)next;
    next += aligned(plan_items_most(rules) * sizeof(struct engine_item));
    engine->window = (void *)next;
    next += aligned(plan_window_most(rules));
    engine->flood.raises = (void *)next;
    next += aligned(flood_size_bytes(rules));
    engine->suppressed = (void *)next;
    next += aligned(rules->alarms.count * sizeof(uint64_t));
    engine->slots = (void *)next;
    next += aligned(slots_for(rows) * sizeof(struct device_slot));
    engine->rows = (void *)next;
    next += aligned(rows * sizeof(uint32_t));
    links_make(engine, devices, next);
    next += aligned(links_size_bytes(rules, devices));
    engine->arena = next;
    engine->arena_bytes = bytes_for_rows(rules, devices);
    zone_read(rules->zone.length > 0 ? rules_text(rules, rules->zone).bytes : "", &engine->zone);
    devices_make_site(engine, now_ms);
    return engine;
}

/* ---- time ---------------------------------------------------------------------------------- */

static void run_timers(struct engine *engine, int64_t until_ms)
{
    if (until_ms < engine->quiet_until_ms)
        return;
    for (;;) {
        struct wheel_timer *timer = wheel_expire(&engine->wheel, until_ms);
        if (timer == NULL)
            break;
        if (timer->deadline > engine->now_ms)
            engine->now_ms = timer->deadline;
        if (timer == &engine->flood.timer) {
            flood_fire(engine);
            continue;
        }
        struct device *device = (void *)timer;
        struct judging judging = judging_of(engine, device);
        alarms_fire(&judging);
        life_fire(&judging);
        windows_fire(&judging);
        judging.at_ms = row_now(device, engine->now_ms);
        links_settle(&judging);
        reports_fire(&judging);
        device_arm(&judging);
    }
    engine->quiet_until_ms = wheel_next(&engine->wheel);
}

static void advance_to(struct engine *engine, int64_t now_ms)
{
    run_timers(engine, now_ms);
    if (now_ms > engine->now_ms)
        engine->now_ms = now_ms;
}

/* Devices go only here and when a new one needs room: whoever has just found one can use it. */
void engine_advance(struct engine *engine, int64_t now_ms)
{
    for (;;) {
        advance_to(engine, engine->forget_due_ms < now_ms ? engine->forget_due_ms : now_ms);
        if (engine->forget_due_ms > now_ms)
            return;
        forget_run(engine);
    }
}

void engine_run(struct engine *engine, int64_t now_ms)
{
    run_timers(engine, now_ms - 1);
    if (now_ms > engine->now_ms)
        engine->now_ms = now_ms;
}

int64_t engine_deadline(const struct engine *engine)
{
    int64_t due_ms = wheel_next(&engine->wheel);
    return due_ms < engine->forget_due_ms ? due_ms : engine->forget_due_ms;
}

/* ---- messages ------------------------------------------------------------------------------ */

/* Which readings of a message are good and in order, and how far the others lie behind. */
struct sorted {
    uint64_t mentioned, good, late, faulty;
    int64_t behind_ms; /* the most, of the late ones */
};

static struct sorted sort_readings(const struct judging *j, const struct engine_reading *readings,
                                   size_t count, int64_t taken_ms)
{
    struct sorted sorted = {0};
    for (size_t i = 0; i < count; i++) {
        uint64_t bit = UINT64_C(1) << readings[i].reading;
        sorted.mentioned |= bit;
        if (readings[i].quality != ENGINE_GOOD) {
            bool is_faulty = readings[i].quality == ENGINE_FAULTY;
            j->engine->counters.faulty += is_faulty;
            sorted.faulty |= is_faulty ? bit : 0;
            continue;
        }
        int64_t newest_ms = j->values[readings[i].reading].taken_ms;
        if (newest_ms <= taken_ms) {
            sorted.good |= bit;
            continue;
        }
        sorted.late |= bit;
        if (newest_ms - taken_ms > sorted.behind_ms)
            sorted.behind_ms = newest_ms - taken_ms;
    }
    return sorted;
}

static void keep_text(const struct judging *j, const struct engine_reading *reading)
{
    struct text_record *record = device_text(j->engine, j->device, reading->reading);
    size_t length = reading->text.length;
    record->length = (uint8_t)(length < ENGINE_TEXT_BYTES ? length : ENGINE_TEXT_BYTES);
    if (length > 0)
        memcpy(record->bytes, reading->text.bytes, record->length);
}

static void keep_values(struct judging *j, const struct engine_reading *readings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct engine_reading *reading = &readings[i];
        struct engine_value *value = &j->values[reading->reading];
        if (reading->quality == ENGINE_FAULTY)
            note_of_row(j, ENGINE_NOTE_FAULTY, reading->reading);
        if (reading->quality != ENGINE_GOOD) {
            value->quality = reading->quality; /* the last good value stands (section 8.3) */
            continue;
        }
        if ((j->good >> reading->reading & 1) == 0)
            continue;
        *value = (struct engine_value){
            .number = reading->value,
            .word = reading->word,
            .quality = ENGINE_GOOD,
            .decimals = reading->decimals,
            .taken_ms = j->at_ms,
            .arrived_ms = j->site_ms,
        };
        j->device->outlived &= ~(UINT64_C(1) << reading->reading);
        if ((j->scope->texts >> reading->reading & 1) != 0)
            keep_text(j, reading);
        if ((j->scope->traced >> reading->reading & 1) != 0)
            trace_take(j, reading->reading, reading->value, j->at_ms);
    }
}

/* What follows every message, however it was. */
static void sign_of_life(struct judging *j)
{
    int64_t before_ms = j->device->heard_ms;
    j->device->heard_ms = j->site_ms;
    alarms_hear(j);
    links_heard(j,
                before_ms == INT64_MIN ? j->site_ms - j->device->first_ms : j->site_ms - before_ms);
}

/* Nearly always: something good came. */
static bool concerns_rules(const struct judging *j)
{
    return j->good != 0 || (j->faulty & (j->scope->faulty | j->scope->linked_faulty)) != 0;
}

/* Values that came too late to be new still were true in their own time. */
static void take_late(const struct judging *judging, const struct engine_reading *readings,
                      size_t count, uint64_t late)
{
    struct judging j = *judging;
    struct engine_value values[RULES_READINGS_MAX];
    memcpy(values, j.values, j.scope->readings * sizeof *values);
    for (size_t i = 0; i < count; i++) {
        if ((late >> readings[i].reading & 1) == 0)
            continue;
        struct engine_value *value = &values[readings[i].reading];
        value->number = readings[i].value;
        value->word = readings[i].word;
        value->taken_ms = j.at_ms;
    }
    j.values = values;
    j.good = late;
    alarms_take_late(&j);
}

static struct judging message_begin(struct engine *engine, uint32_t device, int64_t arrived_ms)
{
    engine_run(engine, arrived_ms);
    engine->counters.messages++;
    return judging_of(engine, engine_row(engine, device));
}

/* `accept when`, asked of what the message itself brings: what is not there is not accepted. */
static bool is_accepted(const struct judging *judging, const struct engine_reading *readings,
                        size_t count)
{
    struct judging j = *judging;
    struct engine_value values[RULES_READINGS_MAX];
    struct text texts[RULES_READINGS_MAX];
    for (uint32_t r = 0; r < j.scope->readings; r++)
        values[r] = (struct engine_value){.taken_ms = INT64_MIN};
    for (size_t i = 0; i < count; i++) {
        values[readings[i].reading].quality = readings[i].quality; /* `is faulty` asks for it */
        if (readings[i].quality != ENGINE_GOOD)
            continue;
        values[readings[i].reading] = (struct engine_value){
            .number = readings[i].value, .word = readings[i].word, .quality = ENGINE_GOOD};
        texts[readings[i].reading] = readings[i].text;
    }
    j.values = values;
    j.texts = texts;
    return condition_judge(&j, &j.scope->accept) == IS_TRUE;
}

static void take_message(struct judging judging, const struct engine_reading *readings,
                         size_t count, struct engine_message_marks marks);

/* All its readings are faulty (section 4.4). */
static void take_rejected(const struct judging *judging, const struct engine_reading *readings,
                          size_t count, struct engine_message_marks marks)
{
    struct engine_reading rejected[RULES_READINGS_MAX];
    for (size_t i = 0; i < count; i++) {
        rejected[i] = readings[i];
        if (rejected[i].quality == ENGINE_GOOD)
            rejected[i].quality = ENGINE_FAULTY;
    }
    take_message(*judging, rejected, count, marks);
}

void engine_message_marked(struct engine *engine, uint32_t device, int64_t arrived_ms,
                           int64_t taken_ms, const struct engine_reading *readings, size_t count,
                           struct engine_message_marks marks)
{
    struct judging j = message_begin(engine, device, arrived_ms);
    engine->counters.readings += count;
    j.at_ms = arrival_take_time(&j, taken_ms);
    if (j.scope->accept.count == 0 || is_accepted(&j, readings, count))
        take_message(j, readings, count, marks);
    else
        take_rejected(&j, readings, count, marks);
}

static void take_message(struct judging j, const struct engine_reading *readings, size_t count,
                         struct engine_message_marks marks)
{
    struct engine *engine = j.engine;
    struct report_message report = {.taken_ms = j.at_ms, .readings = readings, .count = count};
    struct sorted sorted = sort_readings(&j, readings, count, j.at_ms);
    report.mentioned = sorted.mentioned;
    report.is_duplicate = arrival_is_duplicate(&j, j.at_ms, readings, count, marks);
    if (report.is_duplicate) {
        engine->counters.duplicates++;
        note_of_row(&j, ENGINE_NOTE_DUPLICATE, 0);
    } else {
        report.is_late = sorted.late != 0;
        if (report.is_late)
            note_of_row(&j, ENGINE_NOTE_LATE, 0);
        j.good = sorted.good;
        j.lag_ms = j.site_ms - j.at_ms;
        if (sorted.late != 0 && arrival_note_late(&j, j.at_ms, sorted.behind_ms)) {
            j.good |= sorted.late;
            report.is_late = false;
        } else if (sorted.late != 0 && sorted.behind_ms <= j.scope->late_ms) {
            take_late(&j, readings, count, sorted.late);
        }
        if (j.good != 0)
            alarms_catch_up(&j);
        if (!report.is_late) {
            arrival_note_in_order(&j, j.at_ms);
            if (engine->sink.heard != NULL)
                engine->sink.heard(engine->sink.context, j.device->index, j.at_ms);
        }
        keep_values(&j, readings, count);
        windows_take(&j, readings, count, sorted.behind_ms <= j.scope->late_ms);
        learned_note(&j);
        j.faulty = report.is_late ? 0 : sorted.faulty;
        if (concerns_rules(&j)) {
            alarms_judge(&j);
            links_touch(&j);
        }
        if (j.device->heard_ms <= engine->restored_ms)
            alarms_wake(&j);
        if (!report.is_late) {
            j.device->has_sequence = marks.has_sequence;
            j.device->sequence = marks.sequence;
        }
    }
    if (!marks.is_no_sign_of_life)
        sign_of_life(&j);
    links_settle(&j);
    reports_take(&j, &report);
    device_arm(&j);
}

void engine_message(struct engine *engine, uint32_t device, int64_t arrived_ms, int64_t taken_ms,
                    const struct engine_reading *readings, size_t count)
{
    engine_message_marked(engine, device, arrived_ms, taken_ms, readings, count,
                          (struct engine_message_marks){0});
}

void engine_message_unreadable(struct engine *engine, uint32_t device, int64_t arrived_ms)
{
    struct judging j = message_begin(engine, device, arrived_ms);
    engine->counters.unreadable++;
    sign_of_life(&j);
    links_settle(&j);
    struct report_message report = {
        .taken_ms = j.site_ms - j.device->lag_ms,
        .mentioned = ~UINT64_C(0),
        .is_unreadable = true,
    };
    reports_take(&j, &report);
    device_arm(&j);
}

uint64_t engine_alarm_suppressed(const struct engine *engine, uint32_t alarm)
{
    return engine->suppressed[alarm];
}

const struct engine_counters *engine_counters(const struct engine *engine)
{
    return &engine->counters;
}
