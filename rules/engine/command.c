/* What people do with alarms, and what they ask of them (RULES, sections 7 and 10; E 30).
 * Comes in: a command for one alarm of one row. Goes out: an answer, and before it the events. By
 * hand, so judged by the site's clock. Called by alerts/ and by tests of rules, through engine.h.
 */
#include "rules/engine/life.h"

static bool is_marked(const struct alarm *alarm, enum life_mark mark)
{
    return (alarm->record->life & mark) != 0;
}

/* ---- the commands -------------------------------------------------------------------------- */

static enum engine_answer acknowledge(struct judging *j, const struct alarm *alarm, int64_t for_ms)
{
    (void)for_ms;
    bool is_active = alarm->record->severity != RULES_NORMAL;
    if (is_active && is_marked(alarm, LIFE_ACKNOWLEDGED))
        return ENGINE_ALREADY;
    if (!is_active && !is_marked(alarm, LIFE_UNSEEN))
        return is_marked(alarm, LIFE_ACKNOWLEDGED) ? ENGINE_ALREADY : ENGINE_NOT_ACTIVE;
    alarm->record->life =
        (uint16_t)((alarm->record->life | LIFE_ACKNOWLEDGED) & ~(unsigned)LIFE_UNSEEN);
    alarm->record->acknowledged_ms = j->site_ms;
    life_tell(j, alarm, ENGINE_ACKNOWLEDGED);
    return ENGINE_DONE;
}

/* A quiet alarm is shelved for its lowest severity, an active one for the highest that it reached.
 */
static uint8_t severity_to_shelve(const struct alarm *alarm)
{
    uint8_t lowest = RULES_NORMAL;
    if (alarm->record->severity != RULES_NORMAL)
        return alarm->record->highest;
    for (uint32_t i = 0; i < alarm->plan->count; i++) {
        uint8_t severity = alarm->triggers[i].severity;
        if (severity > RULES_LOG && (lowest == RULES_NORMAL || severity < lowest))
            lowest = severity;
    }
    return lowest;
}

static enum engine_answer shelve(struct judging *j, const struct alarm *alarm, int64_t for_ms)
{
    int64_t most_ms = life_rules(j, alarm)->shelve_most_ms;
    uint8_t severity = severity_to_shelve(alarm);
    if (most_ms == 0 || severity == RULES_NORMAL)
        return ENGINE_NEVER_SHELVED;
    if (for_ms > most_ms)
        return ENGINE_TOO_LONG;
    if (!is_marked(alarm, LIFE_SHELVED) || severity > alarm->record->shelved_for)
        alarm->record->shelved_for = severity;
    alarm->record->life |= LIFE_SHELVED;
    alarm->record->shelved_until_ms = j->site_ms + (for_ms > 0 ? for_ms : most_ms);
    life_tell(j, alarm, ENGINE_SHELVED);
    return ENGINE_DONE;
}

static enum engine_answer unshelve(struct judging *j, const struct alarm *alarm, int64_t for_ms)
{
    (void)for_ms;
    if (!is_marked(alarm, LIFE_SHELVED))
        return ENGINE_ALREADY;
    life_end_shelf(j, alarm);
    return ENGINE_DONE;
}

/* The condition of the whole alarm; unknown only as far as the trigger goes that raised it. */
static enum truth condition_now(struct judging *j, const struct alarm *alarm)
{
    enum truth truth = IS_FALSE;
    for (uint32_t i = 0; i < alarm->plan->count; i++) {
        struct trigger trigger = trigger_at(alarm, i);
        if (trigger.plan->severity == RULES_LOG)
            continue;
        enum truth own = trigger_is_on(&trigger) ? IS_TRUE : trigger_truth_now(j, &trigger);
        if (own == IS_TRUE || (own == IS_UNKNOWN && i == alarm->record->trigger))
            truth = own > truth ? own : truth;
    }
    return truth;
}

static enum engine_answer reset(struct judging *j, const struct alarm *alarm, int64_t for_ms)
{
    static const enum engine_answer refusals[] = {
        [IS_TRUE] = ENGINE_STILL_TRUE, [IS_UNKNOWN] = ENGINE_STILL_UNKNOWN};
    (void)for_ms;
    if (!life_rules(j, alarm)->is_latched)
        return ENGINE_NOT_LATCHED;
    if (alarm->record->severity == RULES_NORMAL)
        return ENGINE_NOT_ACTIVE;
    enum truth truth = condition_now(j, alarm);
    if (truth != IS_FALSE)
        return refusals[truth];
    if (!is_marked(alarm, LIFE_LATCHED)) /* chattering: over, but not yet for good */
        return ENGINE_STILL_TRUE;
    life_clear(j, alarm, ENGINE_BY_HAND);
    return ENGINE_DONE;
}

/* ---- finding ------------------------------------------------------------------------------- */

static bool find_alarm(const struct judging *j, uint32_t index, struct alarm *alarm)
{
    uint32_t in_plan =
        index < j->engine->plan.rules->alarms.count ? j->engine->plan.alarm_at[index] : RULES_NONE;
    if (in_plan < j->scope->first_alarm || in_plan - j->scope->first_alarm >= j->scope->alarms)
        return false;
    *alarm = alarm_at(j, in_plan - j->scope->first_alarm);
    return !alarm->record->is_elsewhere;
}

enum engine_answer engine_command(struct engine *engine, enum engine_command command,
                                  uint32_t alarm, uint32_t device, int64_t for_ms, int64_t now_ms)
{
    static enum engine_answer (*const commands[])(struct judging * j, const struct alarm *alarm,
                                                  int64_t for_ms) = {
        [ENGINE_ACKNOWLEDGE] = acknowledge,
        [ENGINE_SHELVE] = shelve,
        [ENGINE_UNSHELVE] = unshelve,
        [ENGINE_RESET] = reset,
    };
    struct alarm found;
    engine_run(engine, now_ms);
    if (!engine_has_row(engine, device))
        return ENGINE_NO_SUCH_ALARM;
    struct judging j = judging_of(engine, engine_row(engine, device));
    if (!find_alarm(&j, alarm, &found))
        return ENGINE_NO_SUCH_ALARM;
    j.at_ms = j.site_ms;
    j.by_arrival = true;
    enum engine_answer answer = commands[command](&j, &found, for_ms);
    life_arm(&j);
    device_arm(&j);
    links_settle(&j);
    return answer;
}

void engine_tell_again(struct engine *engine, int64_t now_ms)
{
    engine_run(engine, now_ms);
    for (uint32_t row = RULES_NONE; (row = engine_next_row(engine, row)) != RULES_NONE;) {
        struct judging j = judging_of(engine, engine_row(engine, row));
        j.at_ms = j.site_ms;
        j.by_arrival = true;
        for (uint32_t i = 0; i < j.scope->alarms; i++) {
            struct alarm alarm = alarm_at(&j, i);
            if (alarm.record->severity != RULES_NORMAL)
                life_tell(&j, &alarm, ENGINE_UPDATED);
        }
    }
}

struct engine_alarm_state engine_alarm_state(const struct engine *engine, uint32_t alarm,
                                             uint32_t device)
{
    struct engine_alarm_state state = {.started_ms = INT64_MIN, .raised_ms = INT64_MIN};
    struct alarm found;
    if (!engine_has_row(engine, device))
        return state;
    /* judging_of only reads. */
    struct judging j = judging_of((struct engine *)(uintptr_t)engine, engine_row(engine, device));
    if (!find_alarm(&j, alarm, &found))
        return state;
    const struct alarm_record *record = found.record;
    state.is_here = true;
    state.is_unseen = (record->life & LIFE_UNSEEN) != 0;
    state.severity = (enum rules_severity)record->severity;
    state.trigger = record->trigger;
    state.occurrence = record->occurrence;
    state.marks = life_marks(&j, &found);
    for (uint32_t i = 0; i < found.plan->count; i++)
        state.is_waiting |= found.states[i] == TRIGGER_HOLDING && !found.triggers[i].is_silent;
    if (record->occurrence > 0) {
        state.started_ms = record->started_ms;
        state.raised_ms = record->raised_ms;
    }
    return state;
}
