/* Devices that are forgotten (RULES, section 4.4; appendix E 17): in no table, silent for as long
 * as their group says, no alarm of them active. Comes in: the time. Goes out: a free row, and the
 * end of the alarms of sets that have no device any more. Looks at all devices, but only when the
 * earliest of them may go: that costs nothing for each reading. Called by engine.c (time),
 * devices.c (a new device needs room) and life.c (an alarm is over). */
#include "rules/engine/life.h"

#define LOOK_EVERY_MS 1000 /* at most so often, whatever is written behind `forget after` */

/* ---- who may go ---------------------------------------------------------------------------- */

static int64_t forget_ms(const struct judging *j)
{
    const struct ruleset *rules = j->engine->plan.rules;
    return RULES_AT(rules, struct rules_group, rules->groups, j->scope->group)->forget_ms;
}

/* What is active, or shelved by somebody, keeps its device. */
static bool has_alarm(const struct judging *j)
{
    for (uint32_t i = 0; i < j->scope->alarms; i++) {
        struct alarm alarm = alarm_at(j, i);
        if (alarm.record->severity != RULES_NORMAL || (alarm.record->life & LIFE_SHELVED) != 0)
            return true;
    }
    return false;
}

static uint32_t *sets_of(const struct judging *j)
{
    return row_part(j->device, j->scope->at_sets);
}

/* What reports have taken in is told first: theirs, and those of sets that go with them. */
static int64_t reports_over_ms(const struct judging *j)
{
    int64_t due_ms = reports_due(j), latest_ms = due_ms != WHEEL_NEVER ? due_ms : INT64_MIN;
    for (uint32_t i = 0; i < j->scope->sets; i++) {
        struct judging set = judging_of(j->engine, engine_row(j->engine, sets_of(j)[i]));
        due_ms = set.device->members == 1 ? reports_due(&set) : WHEEL_NEVER;
        if (due_ms != WHEEL_NEVER && due_ms > latest_ms)
            latest_ms = due_ms;
    }
    return latest_ms == INT64_MIN ? INT64_MIN : latest_ms + 1;
}

/* When the device may go, as things are; WHEEL_NEVER: not by time alone. */
static int64_t goes_ms(const struct judging *j)
{
    const struct device *row = j->device;
    if (j->scope->set != RULES_NONE || row->is_named || has_alarm(j))
        return WHEEL_NEVER;
    int64_t due_ms = (row->heard_ms != INT64_MIN ? row->heard_ms : row->first_ms) + forget_ms(j);
    int64_t reports_ms = due_ms <= j->engine->now_ms ? reports_over_ms(j) : INT64_MIN;
    return reports_ms > due_ms ? reports_ms : due_ms;
}

void forget_note(const struct judging *judging)
{
    int64_t due_ms = goes_ms(judging), now_ms = judging->engine->now_ms;
    due_ms = due_ms < now_ms ? now_ms : due_ms;
    if (due_ms < judging->engine->forget_due_ms)
        judging->engine->forget_due_ms = due_ms;
}

/* ---- how one goes -------------------------------------------------------------------------- */

static void drop(struct engine *engine, struct device *row)
{
    struct judging j = judging_of(engine, row);
    for (uint32_t i = 0; i < j.scope->alarms; i++) {
        struct alarm alarm = alarm_at(&j, i);
        j.at_ms = row_now(row, engine->now_ms);
        j.lag_ms = j.site_ms - j.at_ms;
        if (alarm.record->severity != RULES_NORMAL)
            life_clear(&j, &alarm, ENGINE_DEVICE_FORGOTTEN);
    }
    if (engine->sink.forgotten != NULL)
        engine->sink.forgotten(engine->sink.context, row->index);
    links_ask_all(engine, row);
    links_leave(engine, row);
    flood_forget(engine, row->index);
    wheel_stop(&engine->wheel, &row->timer);
    engine->counters.devices_unlisted -= row->is_unlisted;
    device_unindex(engine, row);
    rows_give_back(engine, row);
}

static void forget(struct engine *engine, struct device *row)
{
    struct judging j = judging_of(engine, row);
    row->is_going = true;
    for (uint32_t i = 0; i < j.scope->sets; i++) {
        struct device *set = engine_row(engine, sets_of(&j)[i]);
        set->is_going = --set->members == 0;
    }
    for (uint32_t i = 0; i < j.scope->sets; i++) {
        struct device *set = engine_row(engine, sets_of(&j)[i]);
        if (set->is_going)
            drop(engine, set);
    }
    drop(engine, row);
    engine->counters.forgotten++;
    struct device nobody = {0};
    links_settle(&(struct judging){
        .engine = engine, .device = &nobody, .site_ms = engine->now_ms, .at_ms = engine->now_ms});
}

void forget_run(struct engine *engine)
{
    int64_t next_ms = WHEEL_NEVER, now_ms = engine->now_ms;
    engine->forget_due_ms = WHEEL_NEVER;
    for (uint32_t index = 0; index < engine->devices; index++) {
        if (!engine_has_row(engine, index))
            continue;
        struct device *row = engine_row(engine, index);
        struct judging judging = judging_of(engine, row);
        int64_t due_ms = goes_ms(&judging);
        if (due_ms <= now_ms)
            forget(engine, row);
        else if (due_ms < next_ms)
            next_ms = due_ms;
    }
    next_ms = engine->forget_due_ms < next_ms ? engine->forget_due_ms : next_ms;
    engine->forget_due_ms = next_ms < now_ms + LOOK_EVERY_MS ? now_ms + LOOK_EVERY_MS : next_ms;
}
