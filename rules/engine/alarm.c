/* Alarms of a device: which of their triggers a message or the time concerns, which severity
 * results, and what is told. Comes in: a judgement. Goes out: events to the sink. An alarm has the
 * highest severity of its triggers that are on (section 10.2); `log` triggers only tell that they
 * came on. Called by engine.c. */
#include "rules/engine/life.h"

/* ---- telling ------------------------------------------------------------------------------- */

void alarm_tell(const struct judging *j, const struct alarm *alarm, enum engine_change change,
                uint32_t index, enum rules_severity severity, enum rules_severity from)
{
    const struct plan_trigger *trigger = &alarm->triggers[index];
    const struct trigger_record *record = &alarm->records[index];
    struct engine_alarm_event event = {
        .change = change,
        .time_ms = j->at_ms,
        .alarm = alarm->plan->alarm,
        .device = j->device->index,
        .trigger = index,
        .severity = severity,
        .from_severity = from,
        .occurrence = alarm->record->occurrence,
        .started_ms = change == ENGINE_LOGGED ? record->since_ms : alarm->record->started_ms,
        .raised_ms = change == ENGINE_LOGGED ? INT64_MIN : alarm->record->raised_ms,
        .cleared_ms = change == ENGINE_CLEARED ? j->at_ms : INT64_MIN,
        .has_worst = trigger->worst_is != 0 && record->worst_ms != INT64_MIN,
        .worst = record->worst,
        .worst_ms = record->worst_ms,
        .is_historical = alarm->record->is_historical,
    };
    uint8_t shown = condition_shown_test(j, trigger);
    if (shown != PLAN_NO_TEST) {
        const struct plan_test *test = &j->engine->plan.tests[trigger->when.first + shown];
        event.test = shown;
        event.has_value = condition_value(j, test, &event.value);
        event.has_limit = test->of == RULES_NUMBER && test->kind != RULES_UNUSUAL &&
                          condition_limit(j, test, &event.limit, &event.second_limit);
    }
    if (alarm->plan->has_learned)
        learned_show(j, alarm, &event);
    if (change == ENGINE_LOGGED)
        event.is_historical = arrival_is_history(j, j->at_ms);
    if (j->is_accepted)
        event.reason = ENGINE_NOW_USUAL;
    if (change == ENGINE_CLEARED)
        event.reason = (enum engine_reason)alarm->record->cleared_by;
    life_mark_event(j, alarm, &event);
    j->engine->sink.alarm(j->engine->sink.context, &event);
}

/* ---- severities ---------------------------------------------------------------------------- */

/* Steps of the triggers of one alarm at one instant; told once, together. */
struct steps {
    bool are_any;
    uint8_t worst_off; /* the highest severity that went off */
};

static void note_step(const struct judging *j, const struct alarm *alarm, uint32_t index,
                      enum trigger_step step, struct steps *steps)
{
    if (step == STEP_NONE)
        return;
    uint8_t severity = alarm->triggers[index].severity;
    if (severity == RULES_LOG) {
        if (step == STEP_ON) {
            j->engine->counters.logged++;
            alarm_tell(j, alarm, ENGINE_LOGGED, index, RULES_LOG, RULES_NORMAL);
        }
        return;
    }
    steps->are_any = true;
    if (step == STEP_OFF && severity > steps->worst_off)
        steps->worst_off = severity;
}

/* A lesser trigger whose condition is true when a worse one ends is on at once (E 20). */
static void take_over(const struct judging *judging, const struct alarm *alarm, uint8_t worst_off)
{
    struct judging in_readings_time = *judging, *j = &in_readings_time;
    if (j->by_arrival)
        j->at_ms -= j->lag_ms;
    j->by_arrival = false;
    for (uint32_t i = 0; i < alarm->plan->count; i++) {
        struct trigger trigger = trigger_at(alarm, i);
        uint8_t severity = trigger.plan->severity;
        if (severity > RULES_LOG && severity < worst_off && !trigger.plan->is_silent &&
            !trigger_is_on(&trigger))
            trigger_take_over(j, &trigger);
    }
}

enum rules_severity alarm_severity(const struct alarm *alarm, uint32_t *index)
{
    uint8_t severity = RULES_NORMAL;
    *index = 0;
    for (uint32_t i = 0; i < alarm->plan->count; i++) {
        uint8_t state = alarm->states[i], own = alarm->triggers[i].severity;
        if (state < TRIGGER_ON || own == RULES_LOG || own < severity)
            continue;
        /* Of several the first that is on, before one that is about to end. */
        bool is_better =
            own > severity || (state != TRIGGER_ENDING && alarm->states[*index] == TRIGGER_ENDING);
        if (is_better) {
            severity = own;
            *index = i;
        }
    }
    return (enum rules_severity)severity;
}

static void settle(struct judging *j, const struct alarm *alarm, struct steps steps)
{
    if (!steps.are_any)
        return;
    if (steps.worst_off > RULES_LOG)
        take_over(j, alarm, steps.worst_off);
    uint32_t decides;
    enum rules_severity severity = alarm_severity(alarm, &decides);
    life_settle(j, alarm, severity, decides);
}

/* ---- suppression --------------------------------------------------------------------------- */

static bool is_suppressed(const struct alarm *alarm)
{
    for (uint32_t i = 0; i < alarm->plan->count; i++) {
        if (trigger_at(alarm, i).is_suppressed)
            return true;
    }
    return false;
}

/* Before anything else is judged at the same moment, which is in the readings' time. */
static struct steps look_at_suppression(struct judging *j, const struct alarm *alarm)
{
    struct steps steps = {0};
    j->since_ms = INT64_MIN;
    if (alarm->suppressed == NULL)
        return steps;
    uint32_t were = 0;
    for (uint32_t i = 0; i < alarm->plan->count; i++)
        were |= (uint32_t)trigger_at(alarm, i).is_suppressed << i;
    suppress_look(j, alarm->plan, alarm->suppressed);
    j->since_ms = alarm->suppressed->released_ms;
    int64_t at_ms = j->at_ms;
    for (uint32_t i = 0; i < alarm->plan->count; i++) {
        struct trigger trigger = trigger_at(alarm, i);
        if (trigger.is_suppressed == (were >> i & 1))
            continue;
        j->by_arrival = trigger.plan->is_silent;
        j->at_ms = at_ms + (j->by_arrival ? j->lag_ms : 0);
        note_step(j, alarm, i, trigger_suppress(j, &trigger, alarm->suppressed->restarts), &steps);
    }
    j->by_arrival = false;
    j->at_ms = at_ms;
    return steps;
}

/* What triggers did, and that the alarm is suppressed, or is no longer: one message says both. */
static void settle_suppressed(struct judging *j, const struct alarm *alarm, struct steps steps)
{
    uint8_t severity = alarm->record->severity;
    bool has_changed = alarm->suppressed != NULL && life_suppress(alarm, is_suppressed(alarm));
    settle(j, alarm, steps);
    if (has_changed && alarm->record->severity == severity)
        life_tell_suppressed(j, alarm);
}

void alarms_look_at_suppression(struct judging *judging)
{
    judging->at_ms = judging->site_ms - judging->lag_ms;
    for (uint32_t i = 0; i < judging->scope->alarms; i++) {
        struct alarm alarm = alarm_at(judging, i);
        if (!alarm.record->is_elsewhere)
            settle_suppressed(judging, &alarm, look_at_suppression(judging, &alarm));
    }
}

void alarms_begin(struct judging *judging)
{
    suppress_begin(judging);
    alarms_look_at_suppression(judging);
}

void alarms_take_late(struct judging *judging)
{
    for (uint32_t i = 0; i < judging->scope->alarms; i++) {
        struct alarm alarm = alarm_at(judging, i);
        if ((alarm.plan->readings & judging->good) == 0)
            continue;
        for (uint32_t k = 0; k < alarm.plan->count; k++) {
            struct trigger trigger = trigger_at(&alarm, k);
            trigger_take_late(judging, &trigger);
        }
    }
}

/* ---- a message ----------------------------------------------------------------------------- */

/* The moment of a message for an alarm: its newest reading. Only if the device sends its readings
 * in different messages can that be another than this one. */
static int64_t moment_for(const struct judging *j, const struct plan_alarm *alarm, int64_t taken_ms)
{
    if (taken_ms >= j->device->newest_ms)
        return taken_ms;
    for (uint64_t left = alarm->readings; left != 0; left &= left - 1) {
        int64_t other_ms = j->values[__builtin_ctzll(left)].taken_ms;
        taken_ms = other_ms > taken_ms ? other_ms : taken_ms;
    }
    return taken_ms;
}

static bool fire_earliest(struct judging *j, const struct alarm *alarm, int64_t until_ms,
                          bool by_site);

static void catch_up(struct judging *j, const struct alarm *alarm)
{
    int64_t until_ms = j->at_ms;
    while (fire_earliest(j, alarm, until_ms - 1, false)) {
    }
    j->at_ms = until_ms;
    j->by_arrival = false;
    for (uint32_t i = 0; i < alarm->plan->count; i++) {
        struct trigger trigger = trigger_at(alarm, i);
        if (trigger_waits(&trigger) && !trigger.plan->is_silent)
            trigger_restart_after_gap(j, &trigger);
    }
}

/* The alarms of a scope that a message concerns, in their order: the lists of its readings, merged.
 */
struct walk {
    const uint32_t *next[RULES_READINGS_MAX], *end[RULES_READINGS_MAX];
    uint32_t lists;
};

static void walk_begin(const struct judging *j, struct walk *walk)
{
    const struct plan *plan = &j->engine->plan;
    walk->lists = 0;
    for (uint64_t left = j->good | (j->faulty & j->scope->faulty); left != 0; left &= left - 1) {
        const struct plan_list *list =
            &plan->lists[j->scope->lists + (uint32_t)__builtin_ctzll(left)];
        if (list->count == 0)
            continue;
        walk->next[walk->lists] = &plan->touched[list->first];
        walk->end[walk->lists++] = &plan->touched[list->first + list->count];
    }
}

static bool walk_next(struct walk *walk, uint32_t *alarm)
{
    uint32_t least = RULES_NONE;
    for (uint32_t i = 0; i < walk->lists; i++) {
        if (walk->next[i] < walk->end[i] && *walk->next[i] < least)
            least = *walk->next[i];
    }
    for (uint32_t i = 0; i < walk->lists; i++)
        walk->next[i] += walk->next[i] < walk->end[i] && *walk->next[i] == least;
    *alarm = least;
    return least != RULES_NONE;
}

static bool concerns(const struct judging *j, const struct plan_alarm *alarm)
{
    return ((alarm->readings & j->good) | (alarm->faulty & j->faulty)) != 0;
}

void alarms_catch_up(struct judging *judging)
{
    if (judging->device->waiting == 0 && judging->scope->suppressed_alarms == 0)
        return;
    int64_t taken_ms = judging->at_ms;
    const struct plan_alarm *plan = &judging->engine->plan.alarms[judging->scope->first_alarm];
    struct walk walk;
    uint32_t i;
    for (walk_begin(judging, &walk); walk_next(&walk, &i);) {
        if (!concerns(judging, &plan[i]))
            continue;
        struct alarm alarm = alarm_at(judging, i);
        judging->at_ms = moment_for(judging, alarm.plan, taken_ms);
        catch_up(judging, &alarm);
    }
    judging->at_ms = taken_ms;
}

/* Are all triggers off, and sure to stay so? */
static inline bool stays_off(const struct judging *j, const struct plan_alarm *alarm,
                             const uint8_t *states)
{
    if (alarm->suppressed != RULES_NONE || alarm->has_learned)
        return false;
    const struct plan_trigger *trigger = &j->engine->plan.triggers[alarm->first_trigger];
    for (uint32_t i = 0; i < alarm->count; i++, trigger++) {
        if (trigger->is_silent)
            continue;
        j->engine->counters.triggers_judged++;
        const struct engine_value *value = &j->values[trigger->quick_reading];
        bool is_not_true =
            trigger->quick == PLAN_QUICK_NUMBER
                ? !(trigger->quick_sign * value->number > trigger->quick_limit)
                : trigger->quick == PLAN_QUICK_WORD && value->word != trigger->quick_word;
        if (states[alarm->slot + i] != TRIGGER_OFF || !is_not_true)
            return false;
    }
    return true;
}

/* Learns, before anything is judged; what has been unusual for too long is usual from now on. */
static void learn(struct judging *j, const struct alarm *alarm)
{
    uint32_t index;
    bool is_quiet = alarm->suppressed != NULL && alarm->suppressed->is_any;
    if (!learned_take(j, alarm, is_quiet, &index))
        return;
    j->is_accepted = true;
    j->engine->counters.logged++;
    alarm_tell(j, alarm, ENGINE_LOGGED, index, RULES_LOG, RULES_NORMAL);
    j->is_accepted = false;
}

static void judge(struct judging *j, const struct alarm *alarm)
{
    struct steps steps = look_at_suppression(j, alarm);
    if (alarm->plan->has_learned)
        learn(j, alarm);
    for (uint32_t i = 0; i < alarm->plan->count; i++) {
        struct trigger trigger = trigger_at(alarm, i);
        if (trigger.plan->is_silent)
            continue;
        note_step(j, alarm, i, trigger_judge(j, &trigger), &steps);
    }
    settle_suppressed(j, alarm, steps);
}

/* What asks about other alarms is judged after them, in the order of reference. */
static void judge_in_order(struct judging *j, uint32_t index, int64_t taken_ms)
{
    struct alarm alarm = alarm_at(j, index);
    if (alarm.record->is_elsewhere)
        return;
    if (alarm.plan->rank > 0) {
        links_ask(j->engine, j->device, index);
        return;
    }
    j->at_ms = moment_for(j, alarm.plan, taken_ms);
    judge(j, &alarm);
}

void alarms_judge(struct judging *judging)
{
    int64_t taken_ms = judging->at_ms;
    const struct plan_alarm *plan = &judging->engine->plan.alarms[judging->scope->first_alarm];
    const uint8_t *states = row_part(judging->device, judging->scope->at_states);
    struct walk walk;
    uint32_t i;
    for (walk_begin(judging, &walk); walk_next(&walk, &i);) {
        if (concerns(judging, &plan[i]) && !stays_off(judging, &plan[i], states))
            judge_in_order(judging, i, taken_ms);
    }
    judging->at_ms = taken_ms;
}

void alarms_wake(struct judging *judging)
{
    for (uint32_t i = 0; judging->device->waiting != 0 && i < judging->scope->alarms; i++) {
        struct alarm alarm = alarm_at(judging, i);
        struct steps steps = {0};
        for (uint32_t k = 0; k < alarm.plan->count; k++) {
            struct trigger trigger = trigger_at(&alarm, k);
            bool is_state = trigger.plan->quick == PLAN_QUICK_WORD &&
                            trigger.plan->when.count == 1 &&
                            trigger.plan->hold.kind == RULES_HOLD_FOR;
            if (is_state && *trigger.state == TRIGGER_HOLDING &&
                trigger.record->due_ms == WHEEL_NEVER)
                note_step(judging, &alarm, k, trigger_judge(judging, &trigger), &steps);
        }
        settle(judging, &alarm, steps);
    }
}

static void hear(struct judging *j, const struct plan_silent *silent)
{
    struct alarm alarm = alarm_at(j, silent->alarm);
    if (alarm.record->is_elsewhere)
        return;
    struct trigger trigger = trigger_at(&alarm, silent->trigger);
    struct steps steps = {0};
    note_step(j, &alarm, silent->trigger, trigger_hear(j, &trigger), &steps);
    settle(j, &alarm, steps);
}

/* Is this what it waits for? Nearly always nothing else is to be done than to wait anew. */
static inline bool is_awaited(const struct judging *j, const struct plan_silent *silent)
{
    return silent->reading == PLAN_NO_READING || (j->good >> silent->reading & 1) != 0;
}

void alarms_hear(struct judging *judging)
{
    int64_t taken_ms = judging->at_ms;
    judging->at_ms = judging->site_ms;
    judging->by_arrival = true;
    const uint8_t *states = row_part(judging->device, judging->scope->at_states);
    struct trigger_record *records = row_part(judging->device, judging->scope->at_triggers);
    const struct plan_silent *silent = &judging->engine->plan.silents[judging->scope->first_silent];
    for (uint32_t i = 0; i < judging->scope->silents; i++, silent++) {
        if (silent->is_plain && states[silent->slot] == TRIGGER_HOLDING) {
            if (!is_awaited(judging, silent))
                continue;
            records[silent->slot].since_ms = judging->site_ms;
            records[silent->slot].own_due_ms = records[silent->slot].due_ms =
                judging->site_ms + silent->hold_ms;
        } else {
            hear(judging, silent);
        }
    }
    judging->by_arrival = false;
    judging->at_ms = taken_ms;
}

/* Of an alarm that another row or alarm concerns. */
static void hear_one(struct judging *j, const struct alarm *alarm)
{
    int64_t taken_ms = j->at_ms;
    j->at_ms = j->site_ms;
    j->by_arrival = true;
    struct steps steps = {0};
    for (uint32_t i = 0; i < alarm->plan->count; i++) {
        struct trigger trigger = trigger_at(alarm, i);
        if (trigger.plan->is_silent)
            note_step(j, alarm, i, trigger_hear(j, &trigger), &steps);
    }
    settle(j, alarm, steps);
    j->by_arrival = false;
    j->at_ms = taken_ms;
}

void alarms_judge_one(struct judging *judging, uint32_t alarm)
{
    struct alarm of = alarm_at(judging, alarm);
    if (of.record->is_elsewhere)
        return;
    int64_t at_ms = judging->at_ms;
    judging->at_ms = moment_for(judging, of.plan, at_ms);
    judge(judging, &of);
    judging->at_ms = at_ms;
    hear_one(judging, &of);
}

/* ---- time ---------------------------------------------------------------------------------- */

static int64_t due_of(const struct trigger *trigger, bool by_site)
{
    if (!trigger_waits(trigger) || trigger->record->due_ms == WHEEL_NEVER)
        return WHEEL_NEVER;
    if (by_site)
        return trigger->record->due_ms;
    return trigger->plan->is_silent ? WHEEL_NEVER : trigger_own_due(trigger);
}

/* Fires what is due first, no later than until_ms, with all that is due at the same moment. By the
 * site's clock, or in the readings' own time. False when there is nothing. */
static bool fire_earliest(struct judging *j, const struct alarm *alarm, int64_t until_ms,
                          bool by_site)
{
    int64_t earliest_ms = WHEEL_NEVER;
    struct trigger first = trigger_at(alarm, 0);
    for (uint32_t i = 0; i < alarm->plan->count; i++) {
        struct trigger trigger = trigger_at(alarm, i);
        int64_t due_ms = due_of(&trigger, by_site);
        if (due_ms < earliest_ms) {
            earliest_ms = due_ms;
            first = trigger;
        }
    }
    const struct suppressed_record *suppressed = alarm->suppressed;
    if (suppressed != NULL) {
        int64_t due_ms = by_site ? suppressed->due_ms : suppressed->own_due_ms;
        if (due_ms <= earliest_ms && due_ms <= until_ms) {
            j->at_ms = suppressed->own_due_ms;
            settle_suppressed(j, alarm, look_at_suppression(j, alarm));
            return true;
        }
        j->since_ms = suppressed->released_ms;
    }
    if (earliest_ms > until_ms)
        return false;
    j->at_ms = trigger_own_due(&first);
    j->by_arrival = first.plan->is_silent;
    struct steps steps = {0};
    for (uint32_t i = 0; i < alarm->plan->count; i++) {
        struct trigger trigger = trigger_at(alarm, i);
        if (due_of(&trigger, by_site) == WHEEL_NEVER || trigger.plan->is_silent != j->by_arrival ||
            trigger_own_due(&trigger) != j->at_ms)
            continue;
        j->engine->counters.triggers_judged++;
        note_step(j, alarm, i, trigger_fire(j, &trigger), &steps);
    }
    settle(j, alarm, steps);
    return true;
}

/* The first alarm from `alarm` on of which something is due; RULES_NONE: none. */
static uint32_t next_due(const struct judging *j, uint32_t alarm)
{
    const struct plan *plan = &j->engine->plan;
    const uint8_t *states = row_part(j->device, j->scope->at_states);
    const struct trigger_record *records = row_part(j->device, j->scope->at_triggers);
    const struct plan_trigger *triggers = &plan->triggers[j->scope->first_trigger];
    uint32_t first = RULES_NONE;
    for (uint32_t slot = j->device->waiting; slot != 0; slot = records[slot - 1].next) {
        uint32_t own = triggers[slot - 1].alarm;
        if (own >= alarm && own < first && records[slot - 1].due_ms <= j->site_ms)
            first = own;
    }
    const struct plan_silent *silent = &plan->silents[j->scope->first_silent];
    for (uint32_t i = 0; i < j->scope->silents && silent->alarm < first; i++, silent++) {
        if (silent->alarm >= alarm && (states[silent->slot] & 1) != 0 &&
            records[silent->slot].due_ms <= j->site_ms)
            first = silent->alarm;
    }
    const struct suppressed_record *suppressed = row_part(j->device, j->scope->at_suppressed);
    const struct plan_alarm *alarms = &plan->alarms[j->scope->first_alarm];
    for (uint32_t i = alarm; i < j->scope->alarms && i < first && j->scope->suppressed_alarms > 0;
         i++) {
        if (alarms[i].suppressed != RULES_NONE &&
            suppressed[alarms[i].suppressed].due_ms <= j->site_ms)
            first = i;
    }
    return first;
}

void alarms_fire(struct judging *judging)
{
    for (uint32_t i = next_due(judging, 0); i != RULES_NONE; i = next_due(judging, i + 1)) {
        struct alarm alarm = alarm_at(judging, i);
        while (fire_earliest(judging, &alarm, judging->site_ms, true)) {
        }
    }
    judging->by_arrival = false;
}

void alarms_restart(struct judging *judging)
{
    for (uint32_t i = 0; i < judging->scope->alarms; i++) {
        struct alarm alarm = alarm_at(judging, i);
        for (uint32_t k = 0; k < alarm.plan->count; k++) {
            struct trigger trigger = trigger_at(&alarm, k);
            if (trigger.plan->is_silent)
                continue;
            trigger_restart(judging, &trigger);
            trigger_forget(judging, &trigger);
        }
    }
    suppress_restart(judging);
    learned_restart(judging);
}

int64_t alarms_due(const struct judging *judging)
{
    const uint8_t *states = row_part(judging->device, judging->scope->at_states);
    const struct trigger_record *records = row_part(judging->device, judging->scope->at_triggers);
    int64_t due_ms = suppress_due(judging);
    for (uint32_t slot = judging->device->waiting; slot != 0; slot = records[slot - 1].next) {
        if (records[slot - 1].due_ms < due_ms)
            due_ms = records[slot - 1].due_ms;
    }
    const struct plan_silent *silent = &judging->engine->plan.silents[judging->scope->first_silent];
    for (uint32_t i = 0; i < judging->scope->silents; i++, silent++) {
        if ((states[silent->slot] & 1) != 0 && records[silent->slot].due_ms < due_ms)
            due_ms = records[silent->slot].due_ms;
    }
    return due_ms;
}
