/* The recent readings that `attach last` sends with an alert: for each device and attached reading
 * a ring of at most ENGINE_TRACE_POINTS steps of equal length; the newest reading of a step stands
 * for it. Comes in: good numbers in their own time. Goes out: the points. Called by engine.c for
 * each message, and by alerts/ through engine.h. */
#include "rules/engine/internal.h"

static bool alarm_attaches(const struct ruleset *rules, const struct rules_alarm *alarm,
                           uint32_t reading)
{
    for (uint32_t t = 0; alarm->attach_ms > 0 && t < alarm->triggers.count; t++) {
        const struct rules_trigger *trigger =
            RULES_AT(rules, struct rules_trigger, alarm->triggers, t);
        for (uint32_t i = 0; i < trigger->when.tests.count; i++) {
            const struct rules_test *test =
                RULES_AT(rules, struct rules_test, trigger->when.tests, i);
            if (test->kind != RULES_SILENT && test->kind != RULES_ALARM &&
                test->link == RULES_NONE && test->reading == reading)
                return true;
        }
    }
    return false;
}

/* The longest that an alarm of the group attaches of a reading; 0: none does. */
static int64_t attached_ms(const struct ruleset *rules, const struct rules_group *group,
                           uint32_t reading)
{
    int64_t longest_ms = 0;
    for (uint32_t a = 0; a < group->scope.alarms.count; a++) {
        uint32_t index = *RULES_AT(rules, uint32_t, group->scope.alarms, a);
        const struct rules_alarm *alarm = RULES_AT(rules, struct rules_alarm, rules->alarms, index);
        if (alarm->attach_ms > longest_ms && alarm_attaches(rules, alarm, reading))
            longest_ms = alarm->attach_ms;
    }
    return longest_ms;
}

uint64_t trace_readings(const struct ruleset *rules, const struct rules_group *group)
{
    uint64_t readings = 0;
    for (uint32_t r = 0; r < group->readings.count; r++) {
        bool is_number =
            RULES_AT(rules, struct rules_reading, group->readings, r)->kind == RULES_NUMBER;
        if (is_number && attached_ms(rules, group, r) > 0)
            readings |= UINT64_C(1) << r;
    }
    return readings;
}

/* Whole seconds, and no shorter than the sensors' interval: no holes where none are. */
static int64_t step_of(const struct judging *j, uint32_t reading)
{
    const struct ruleset *rules = j->engine->plan.rules;
    const struct rules_group *group =
        RULES_AT(rules, struct rules_group, rules->groups, j->device->scope);
    int64_t points_ms = ENGINE_TRACE_POINTS * INT64_C(1000);
    int64_t step_ms = (attached_ms(rules, group, reading) + points_ms - 1) / points_ms * 1000;
    return step_ms > group->expect_ms ? step_ms : group->expect_ms;
}

static struct trace_record *record_of(const struct engine *engine, struct device *device,
                                      uint32_t reading)
{
    const struct plan_scope *scope = device_scope(engine, device);
    uint64_t before = scope->traced & ((UINT64_C(1) << reading) - 1);
    struct trace_record *traces = row_part(device, scope->at_traces);
    return &traces[__builtin_popcountll(before)];
}

void trace_take(const struct judging *judging, uint32_t reading, double value, int64_t taken_ms)
{
    struct trace_record *record = record_of(judging->engine, judging->device, reading);
    if (record->step_ms == 0) {
        record->step_ms = step_of(judging, reading);
        if (record->step_ms <= 0)
            return; /* no alarm attaches it */
        record->newest_ms = taken_ms - taken_ms % record->step_ms;
        record->count = 1;
    }
    int64_t behind_ms = taken_ms - record->newest_ms;
    if (behind_ms < 0)
        return;
    int64_t steps = behind_ms / record->step_ms;
    record->newest_ms += steps * record->step_ms;
    if (steps > ENGINE_TRACE_POINTS)
        steps = ENGINE_TRACE_POINTS;
    for (; steps > 0; steps--) {
        record->at = (uint8_t)((record->at + 1) % ENGINE_TRACE_POINTS);
        record->known[record->at / 8] &= (uint8_t) ~(1u << record->at % 8);
        if (record->count < ENGINE_TRACE_POINTS)
            record->count++;
    }
    record->values[record->at] = (float)value;
    record->known[record->at / 8] |= (uint8_t)(1u << record->at % 8);
}

void trace_step(const struct judging *judging, int64_t delta_ms)
{
    struct trace_record *traces = row_part(judging->device, judging->scope->at_traces);
    for (uint32_t i = 0; i < judging->scope->traces; i++)
        traces[i].newest_ms += delta_ms;
}

uint32_t engine_trace(const struct engine *engine, uint32_t device, uint32_t reading,
                      int64_t last_ms, struct engine_trace *trace)
{
    struct device *row = engine_row(engine, device);
    trace->count = 0;
    if (reading >= RULES_READINGS_MAX || (device_scope(engine, row)->traced >> reading & 1) == 0)
        return 0;
    const struct trace_record *record = record_of(engine, row, reading);
    if (record->step_ms == 0)
        return 0;
    int64_t points = (last_ms + record->step_ms - 1) / record->step_ms;
    trace->count = points < record->count ? (uint32_t)points : record->count;
    trace->step_ms = record->step_ms;
    trace->from_ms = record->newest_ms - (trace->count - INT64_C(1)) * record->step_ms;
    for (uint32_t i = 0; i < trace->count; i++) {
        uint32_t at =
            (record->at + ENGINE_TRACE_POINTS + 1u - trace->count + i) % ENGINE_TRACE_POINTS;
        trace->values[i] = record->values[at];
        trace->is_known[i] = (record->known[at / 8] >> at % 8 & 1) != 0;
    }
    return trace->count;
}
