/* The site's clock was set: what was reckoned by arrival moves with it, so that no duration is
 * lengthened or shortened (RULES, section 9.1). Comes in: how far the clock was moved. Goes out:
 * the reports of windows that the new time lies outside of. Called by the owner of the clock. */
#include "rules/engine/life.h"
#include "rules/engine/totals.h"

static void shift(int64_t *at_ms, int64_t by_ms)
{
    if (*at_ms != INT64_MIN && *at_ms != WHEEL_NEVER)
        *at_ms += by_ms;
}

/* How far the times move in which the device's readings were taken: with the clock when they are
 * those of arrival. A device's own times stay, but no reading is from the future. */
static int64_t taken_shift(const struct judging *j, int64_t delta_ms)
{
    if (!j->scope->has_own_time || j->device->early_in_row > 0)
        return delta_ms;
    int64_t lag_ms = j->device->lag_ms + delta_ms;
    return lag_ms < 0 ? lag_ms : 0;
}

static void shift_values(const struct judging *j, int64_t delta_ms, int64_t taken_ms)
{
    for (uint32_t i = 0; i < j->scope->readings; i++) {
        shift(&j->values[i].taken_ms, taken_ms);
        shift(&j->values[i].arrived_ms, delta_ms);
    }
}

static void shift_counted(const struct judging *j, const struct plan_trigger *trigger,
                          int64_t taken_ms)
{
    void *counted = row_part(j->device, trigger->hold.at);
    if (trigger->hold.kind == RULES_HOLD_TOTAL)
        total_shift(counted, taken_ms);
    else if (trigger->hold.kind == RULES_HOLD_TIMES)
        times_shift(counted, taken_ms);
}

static void shift_alarms(struct judging *j, int64_t delta_ms, int64_t taken_ms)
{
    const struct plan *plan = &j->engine->plan;
    struct alarm_record *alarms = row_part(j->device, j->scope->at_alarms);
    struct trigger_record *records = row_part(j->device, j->scope->at_triggers);
    for (uint32_t i = 0; i < j->scope->alarms; i++) {
        const struct plan_alarm *alarm = &plan->alarms[j->scope->first_alarm + i];
        const struct plan_trigger *triggers = &plan->triggers[alarm->first_trigger];
        for (uint32_t k = 0; k < alarm->count; k++) {
            struct trigger_record *record = &records[alarm->slot + k];
            int64_t own_ms = triggers[k].is_silent ? delta_ms : taken_ms;
            shift(&record->since_ms, own_ms);
            shift(&record->ending_ms, own_ms);
            shift(&record->due_ms, delta_ms);
            shift(&record->own_due_ms, own_ms);
            shift(&record->paused_at_ms, own_ms);
            shift(&record->counted_at_ms, own_ms);
            shift(&record->worst_ms, taken_ms);
            shift_counted(j, &triggers[k], taken_ms);
        }
        int64_t own_ms = triggers[alarms[i].trigger].is_silent ? delta_ms : taken_ms;
        shift(&alarms[i].started_ms, own_ms);
        shift(&alarms[i].raised_ms, own_ms);
        life_step(j, i, delta_ms, own_ms);
    }
}

static void shift_suppressions(const struct judging *j, int64_t delta_ms, int64_t taken_ms)
{
    struct suppression_record *records = row_part(j->device, j->scope->at_suppressions);
    for (uint32_t i = 0; i < j->scope->suppressions; i++) {
        shift(&records[i].since_ms, taken_ms);
        shift(&records[i].left_ms, taken_ms);
    }
    struct suppressed_record *alarms = row_part(j->device, j->scope->at_suppressed);
    for (uint32_t i = 0; i < j->scope->suppressed_alarms; i++) {
        shift(&alarms[i].due_ms, delta_ms);
        shift(&alarms[i].own_due_ms, taken_ms);
        shift(&alarms[i].released_ms, taken_ms);
        shift(&alarms[i].go_ms, taken_ms);
        shift(&alarms[i].free_ms, taken_ms);
        shift(&alarms[i].free_until_ms, taken_ms);
    }
}

static void step_device(struct engine *engine, struct device *device, int64_t delta_ms)
{
    struct judging judging = judging_of(engine, device);
    int64_t taken_ms = taken_shift(&judging, delta_ms);
    wheel_stop(&engine->wheel, &device->timer);
    shift(&device->newest_ms, taken_ms);
    shift(&device->heard_ms, delta_ms);
    shift(&device->first_ms, delta_ms);
    if (device->newest_ms != INT64_MIN)
        device->lag_ms += delta_ms - taken_ms;
    shift_values(&judging, delta_ms, taken_ms);
    trace_step(&judging, taken_ms);
    arrival_step(&judging, delta_ms);
    windows_step(&judging, taken_ms);
    learned_step(&judging, taken_ms);
    shift_alarms(&judging, delta_ms, taken_ms);
    shift_suppressions(&judging, delta_ms, taken_ms);
    if (taken_ms != 0)
        reports_step(&judging, delta_ms, taken_ms);
}

void engine_step_clock(struct engine *engine, int64_t delta_ms)
{
    uint32_t row = RULES_NONE;
    while ((row = engine_next_row(engine, row)) != RULES_NONE)
        step_device(engine, engine_row(engine, row), delta_ms);
    engine->now_ms += delta_ms;
    engine->created_ms += delta_ms;
    shift(&engine->restored_ms, delta_ms);
    for (uint32_t i = 0; i < NEWCOMERS_MOST; i++)
        engine->newcomers_ms[i] += delta_ms;
    shift(&engine->forget_due_ms, delta_ms);
    flood_step(engine, delta_ms);
    wheel_init(&engine->wheel, engine->now_ms);
    engine->quiet_until_ms = INT64_MAX;
    while ((row = engine_next_row(engine, row)) != RULES_NONE) {
        struct judging judging = judging_of(engine, engine_row(engine, row));
        life_arm(&judging);
        alarms_look_at_suppression(&judging); /* hours are of the clock that was set */
        device_arm(&judging);
    }
    flood_arm(engine);
}

void engine_clock_is_set(struct engine *engine, bool is_set)
{
    if (engine->clock_is_unset == !is_set)
        return;
    engine->clock_is_unset = !is_set;
    uint32_t row = RULES_NONE;
    while ((row = engine_next_row(engine, row)) != RULES_NONE) {
        struct judging judging = judging_of(engine, engine_row(engine, row));
        alarms_look_at_suppression(&judging);
        device_arm(&judging);
    }
}
