/* What becomes of an alarm that was raised (RULES, section 10; appendix E 20, 27, 30, 34): latches,
 * acknowledgement, shelves, chatter, reminders, stale alarms and those out of service. See life.h.
 * What waits for a time waits by the site's clock, through the row's timer; how often an alarm was
 * raised is counted in the time of its readings. Called by alarm.c, command.c and engine.c. */
#include "rules/engine/life.h"

#define STALE_MS INT64_C(86400000)

const struct rules_alarm *life_rules(const struct judging *judging, const struct alarm *alarm)
{
    const struct ruleset *rules = judging->engine->plan.rules;
    return RULES_AT(rules, struct rules_alarm, rules->alarms, alarm->plan->alarm);
}

static bool has(const struct alarm *alarm, enum life_mark mark)
{
    return (alarm->record->life & mark) != 0;
}

static void mark(const struct alarm *alarm, enum life_mark which, bool is_set)
{
    uint16_t life = alarm->record->life;
    alarm->record->life = (uint16_t)(is_set ? life | which : life & ~which);
}

/* The moment that is judged, by the site's clock. */
static int64_t moment_ms(const struct judging *j)
{
    int64_t at_ms = j->at_ms + (j->by_arrival ? 0 : j->lag_ms);
    return at_ms < j->site_ms ? at_ms : j->site_ms;
}

static bool is_out_of_service(const struct judging *j, const struct alarm *alarm)
{
    return life_rules(j, alarm)->out_until_ms > j->site_ms;
}

/* ---- what is told -------------------------------------------------------------------------- */

struct engine_marks life_marks(const struct judging *judging, const struct alarm *alarm)
{
    const struct alarm_record *record = alarm->record;
    return (struct engine_marks){
        .is_acknowledged = has(alarm, LIFE_ACKNOWLEDGED),
        .is_latched = has(alarm, LIFE_LATCHED),
        .is_suppressed = has(alarm, LIFE_SUPPRESSED),
        .is_out_of_service = is_out_of_service(judging, alarm),
        .is_chattering = has(alarm, LIFE_CHATTERING),
        .is_stale = has(alarm, LIFE_STALE),
        .shelved_until_ms = has(alarm, LIFE_SHELVED) ? record->shelved_until_ms : INT64_MIN,
        .acknowledged_ms = has(alarm, LIFE_ACKNOWLEDGED) ? record->acknowledged_ms : INT64_MIN,
    };
}

/* Whoever was told of a raise is told of its end. What nobody was told of is told as a raise when
 * nothing keeps it quiet any more, and people's own doing is always answered. That suppression
 * begins shows in the state; its end is told (section 16.3). */
static bool is_quiet(const struct judging *j, const struct alarm *alarm,
                     const struct engine_alarm_event *event)
{
    bool is_announced = has(alarm, LIFE_ANNOUNCED);
    bool is_hidden = has(alarm, LIFE_SHELVED) || event->marks.is_out_of_service;
    bool is_nothing_new = !is_announced || event->severity == event->from_severity;
    bool is_rise = event->change == ENGINE_RAISED ||
                   (event->change == ENGINE_UPDATED && event->severity > event->from_severity);
    switch (event->change) {
    case ENGINE_LOGGED:
        return event->marks.is_out_of_service;
    case ENGINE_CLEARED:
        return !is_announced;
    case ENGINE_RAISED:
    case ENGINE_UPDATED:
        if (is_hidden || (is_nothing_new && has(alarm, LIFE_SUPPRESSED)))
            return true;
        if (is_rise)
            return flood_take(j->engine, alarm->plan->alarm, j->device->index, event->severity);
        return !is_announced && flood_collects(j->engine, event->severity);
    default:
        return false;
    }
}

void life_mark_event(const struct judging *judging, const struct alarm *alarm,
                     struct engine_alarm_event *event)
{
    event->marks = life_marks(judging, alarm);
    event->is_quiet = is_quiet(judging, alarm, event);
    bool is_about_it = event->change == ENGINE_RAISED || event->change == ENGINE_UPDATED ||
                       event->change == ENGINE_REMINDER;
    if (event->is_quiet || !is_about_it)
        return;
    if (!has(alarm, LIFE_ANNOUNCED)) {
        event->change = ENGINE_RAISED;
        event->from_severity = RULES_NORMAL;
    }
    mark(alarm, LIFE_ANNOUNCED, true);
}

void life_tell(struct judging *judging, const struct alarm *alarm, enum engine_change change)
{
    const struct alarm_record *record = alarm->record;
    enum rules_severity severity = (enum rules_severity)record->severity;
    alarm_tell(judging, alarm, change, record->trigger, severity,
               severity == RULES_NORMAL ? (enum rules_severity)record->highest : severity);
}

static void update(struct judging *j, const struct alarm *alarm)
{
    j->engine->counters.updated++;
    life_tell(j, alarm, ENGINE_UPDATED);
}

static int64_t *raises_of(const struct judging *j, const struct alarm *alarm)
{
    int64_t *raises = row_part(j->device, j->scope->at_raises);
    return raises + alarm->plan->first_raise;
}

/* ---- chatter (section 10.6) ---------------------------------------------------------------- */

/* How long it has to be quiet: what the limit's period allows for each raise. */
static int64_t calm_ms(const struct rules_alarm *rules)
{
    return rules->limit_ms / rules->limit_count;
}

/* One more raise or rise. Beyond the limit the alarm chatters from here on. The ring holds as many
 * as are allowed in the period, up to LIFE_RAISES_MOST in as much less of it. */
static void count_raise(const struct judging *j, const struct alarm *alarm)
{
    const struct rules_alarm *rules = life_rules(j, alarm);
    struct alarm_record *record = alarm->record;
    uint32_t most = life_raises(rules);
    if (most == 0)
        return;
    int64_t *raises = raises_of(j, alarm);
    int64_t period_ms = calm_ms(rules) * most;
    if (most == rules->limit_count)
        period_ms = rules->limit_ms;
    bool is_too_many = record->raises >= most && j->at_ms - raises[record->next_raise] < period_ms;
    raises[record->next_raise] = j->at_ms;
    record->next_raise = (uint8_t)((record->next_raise + 1) % most);
    if (record->raises < most)
        record->raises++;
    if (!is_too_many)
        return;
    mark(alarm, LIFE_CHATTERING, true);
    record->calm_at_ms = moment_ms(j) + calm_ms(rules);
}

/* ---- raised, worse, better, over ----------------------------------------------------------- */

static void end_shelf(struct judging *j, const struct alarm *alarm)
{
    mark(alarm, LIFE_SHELVED, false);
    life_tell(j, alarm, ENGINE_UNSHELVED);
    forget_note(j);
}

void life_end_shelf(struct judging *judging, const struct alarm *alarm)
{
    end_shelf(judging, alarm);
    /* Nobody was told because it was shelved: now it is raised for them. */
    if (alarm->record->severity != RULES_NORMAL && !has(alarm, LIFE_ANNOUNCED))
        life_tell(judging, alarm, ENGINE_RAISED);
}

/* A shelf ends by itself above the highest severity that it was put up for (E 30). */
static void end_shelf_of_less(struct judging *j, const struct alarm *alarm)
{
    if (has(alarm, LIFE_SHELVED) && alarm->record->severity > alarm->record->shelved_for)
        end_shelf(j, alarm);
}

static void raise_alarm(struct judging *j, const struct alarm *alarm, uint32_t index,
                        enum rules_severity severity)
{
    struct alarm_record *record = alarm->record;
    record->occurrence++;
    record->started_ms = alarm->records[index].since_ms;
    record->raised_ms = j->at_ms;
    record->is_historical = arrival_is_history(j, j->at_ms);
    record->severity = record->highest = (uint8_t)severity;
    record->trigger = (uint8_t)index;
    record->life &= LIFE_SHELVED | LIFE_SUPPRESSED;
    mark(alarm, LIFE_OUT_OF_SERVICE, is_out_of_service(j, alarm));
    record->active_ms = moment_ms(j);
    record->remind_at_ms = record->active_ms + life_rules(j, alarm)->remind_ms;
    count_raise(j, alarm);
    j->engine->counters.raised++;
    end_shelf_of_less(j, alarm);
    alarm_tell(j, alarm, ENGINE_RAISED, index, severity, RULES_NORMAL);
    links_alarm_changed(j, alarm->plan);
}

static void rise(struct judging *j, const struct alarm *alarm)
{
    struct alarm_record *record = alarm->record;
    if (record->severity > record->highest)
        record->highest = record->severity;
    record->remind_at_ms = moment_ms(j) + life_rules(j, alarm)->remind_ms;
    count_raise(j, alarm);
    if (has(alarm, LIFE_ACKNOWLEDGED)) {
        mark(alarm, LIFE_ACKNOWLEDGED, false);
        life_tell(j, alarm, ENGINE_UNACKNOWLEDGED);
    }
    end_shelf_of_less(j, alarm);
}

static void change_alarm(struct judging *j, const struct alarm *alarm, uint32_t index,
                         enum rules_severity severity)
{
    struct alarm_record *record = alarm->record;
    enum rules_severity from = (enum rules_severity)record->severity;
    bool was_latched = has(alarm, LIFE_LATCHED);
    mark(alarm, LIFE_LATCHED, false);
    /* What began as history and still is true now is no longer history. */
    record->is_historical = record->is_historical && arrival_is_history(j, j->at_ms);
    record->severity = (uint8_t)severity;
    record->trigger = (uint8_t)index;
    if (severity > from)
        rise(j, alarm);
    if (severity == from && !was_latched)
        return;
    j->engine->counters.updated++;
    alarm_tell(j, alarm, ENGINE_UPDATED, index, severity, from);
}

/* Must somebody still see what has cleared (section 10.1)? */
static bool needs_acknowledgement(const struct judging *j, const struct alarm *alarm,
                                  enum rules_severity severity)
{
    uint32_t required = life_rules(j, alarm)->acknowledge_required;
    return !has(alarm, LIFE_ACKNOWLEDGED) &&
           (required == 1 || (required == 2 && severity == RULES_CRITICAL));
}

void life_clear(struct judging *judging, const struct alarm *alarm, enum engine_reason reason)
{
    struct alarm_record *record = alarm->record;
    enum rules_severity from = (enum rules_severity)record->severity;
    record->is_historical = record->is_historical && arrival_is_history(judging, judging->at_ms);
    record->severity = RULES_NORMAL;
    record->highest = (uint8_t)from; /* the one that it had, for what is told later */
    mark(alarm, LIFE_UNSEEN, needs_acknowledgement(judging, alarm, from));
    record->life &= (uint16_t) ~(LIFE_LATCHED | LIFE_CHATTERING | LIFE_STALE | LIFE_OUT_OF_SERVICE |
                                 LIFE_SUPPRESSED);
    record->cleared_by = (uint8_t)reason;
    judging->engine->counters.cleared++;
    alarm_tell(judging, alarm, ENGINE_CLEARED, record->trigger, RULES_NORMAL, from);
    links_alarm_changed(judging, alarm->plan);
    forget_note(judging);
}

static void condition_over(struct judging *j, const struct alarm *alarm)
{
    if (!life_rules(j, alarm)->is_latched) {
        life_clear(j, alarm, ENGINE_BY_CONDITION);
    } else if (!has(alarm, LIFE_LATCHED)) {
        mark(alarm, LIFE_LATCHED, true);
        update(j, alarm);
    }
}

static void arm_one(const struct judging *j, const struct alarm *alarm);

void life_settle(struct judging *judging, const struct alarm *alarm, enum rules_severity severity,
                 uint32_t index)
{
    struct alarm_record *record = alarm->record;
    bool is_active = record->severity != RULES_NORMAL;
    if (is_active && has(alarm, LIFE_CHATTERING)) {
        record->calm_at_ms = moment_ms(judging) + calm_ms(life_rules(judging, alarm));
        if (severity > record->severity)
            change_alarm(judging, alarm, index, severity);
    } else if (!is_active && severity != RULES_NORMAL) {
        raise_alarm(judging, alarm, index, severity);
    } else if (is_active && severity == RULES_NORMAL) {
        condition_over(judging, alarm);
    } else if (is_active) {
        change_alarm(judging, alarm, index, severity);
    }
    arm_one(judging, alarm);
}

bool life_suppress(const struct alarm *alarm, bool is_suppressed)
{
    if (alarm->record->severity == RULES_NORMAL || has(alarm, LIFE_SUPPRESSED) == is_suppressed)
        return false;
    mark(alarm, LIFE_SUPPRESSED, is_suppressed);
    return true;
}

void life_tell_suppressed(struct judging *judging, const struct alarm *alarm)
{
    update(judging, alarm);
    life_arm(judging);
}

/* ---- time ---------------------------------------------------------------------------------- */

static bool is_active(const struct alarm *alarm)
{
    return alarm->record->severity != RULES_NORMAL;
}

static int64_t shelf_due(const struct judging *j, const struct alarm *alarm)
{
    (void)j;
    return has(alarm, LIFE_SHELVED) ? alarm->record->shelved_until_ms : WHEEL_NEVER;
}

static int64_t service_due(const struct judging *j, const struct alarm *alarm)
{
    bool waits = is_active(alarm) && has(alarm, LIFE_OUT_OF_SERVICE);
    return waits ? life_rules(j, alarm)->out_until_ms : WHEEL_NEVER;
}

static void service_fire(struct judging *j, const struct alarm *alarm)
{
    mark(alarm, LIFE_OUT_OF_SERVICE, false);
    update(j, alarm);
}

static int64_t calm_due(const struct judging *j, const struct alarm *alarm)
{
    (void)j;
    bool waits = is_active(alarm) && has(alarm, LIFE_CHATTERING);
    return waits ? alarm->record->calm_at_ms : WHEEL_NEVER;
}

static void calm_fire(struct judging *j, const struct alarm *alarm)
{
    uint32_t index = 0;
    enum rules_severity severity = alarm_severity(alarm, &index);
    mark(alarm, LIFE_CHATTERING, false);
    if (severity == RULES_NORMAL)
        condition_over(j, alarm);
    else if (severity != alarm->record->severity)
        change_alarm(j, alarm, index, severity);
    else
        update(j, alarm);
}

static int64_t stale_due(const struct judging *j, const struct alarm *alarm)
{
    (void)j;
    bool waits = is_active(alarm) && !has(alarm, LIFE_STALE);
    return waits ? alarm->record->active_ms + STALE_MS : WHEEL_NEVER;
}

static void stale_fire(struct judging *j, const struct alarm *alarm)
{
    mark(alarm, LIFE_STALE, true);
    update(j, alarm);
}

static int64_t reminder_due(const struct judging *j, const struct alarm *alarm)
{
    bool waits =
        is_active(alarm) && !has(alarm, LIFE_ACKNOWLEDGED) && life_rules(j, alarm)->remind_ms > 0;
    return waits ? alarm->record->remind_at_ms : WHEEL_NEVER;
}

/* What is shelved, suppressed, out of service or collected by a flood is not brought to mind. */
static void reminder_fire(struct judging *j, const struct alarm *alarm)
{
    int64_t every_ms = life_rules(j, alarm)->remind_ms;
    int64_t missed = (j->site_ms - alarm->record->remind_at_ms) / every_ms;
    alarm->record->remind_at_ms += (missed + 1) * every_ms;
    bool rests = has(alarm, LIFE_SHELVED) || has(alarm, LIFE_SUPPRESSED) ||
                 is_out_of_service(j, alarm) ||
                 (!has(alarm, LIFE_ANNOUNCED) &&
                  flood_collects(j->engine, (enum rules_severity)alarm->record->severity));
    if (!rests)
        life_tell(j, alarm, ENGINE_REMINDER);
}

/* What an alarm may wait for. At one instant in this order: what makes it be heard comes first. */
static const struct {
    int64_t (*due)(const struct judging *j, const struct alarm *alarm);
    void (*fire)(struct judging *j, const struct alarm *alarm);
} waits[] = {{shelf_due, life_end_shelf},
             {service_due, service_fire},
             {calm_due, calm_fire},
             {stale_due, stale_fire},
             {reminder_due, reminder_fire}};
#define WAITS (sizeof waits / sizeof *waits)

void life_fire(struct judging *judging)
{
    if (judging->device->life_due_ms == 0 || judging->device->life_due_ms > judging->site_ms)
        return;
    judging->at_ms = judging->site_ms;
    judging->by_arrival = true;
    for (uint32_t i = 0; i < judging->scope->alarms; i++) {
        struct alarm alarm = alarm_at(judging, i);
        for (size_t w = 0; w < WAITS; w++) {
            if (waits[w].due(judging, &alarm) <= judging->site_ms)
                waits[w].fire(judging, &alarm);
        }
    }
    judging->by_arrival = false;
    life_arm(judging);
}

/* After a change of one alarm. What it no longer waits for costs one look in vain at most: a row
 * may have thousands of alarms. */
static void arm_one(const struct judging *j, const struct alarm *alarm)
{
    int64_t *earliest_ms = &j->device->life_due_ms;
    for (size_t w = 0; w < WAITS; w++) {
        int64_t due_ms = waits[w].due(j, alarm);
        if (due_ms != WHEEL_NEVER && (*earliest_ms == 0 || due_ms < *earliest_ms))
            *earliest_ms = due_ms;
    }
}

void life_arm(const struct judging *judging)
{
    int64_t earliest_ms = WHEEL_NEVER;
    for (uint32_t i = 0; i < judging->scope->alarms; i++) {
        struct alarm alarm = alarm_at(judging, i);
        if (alarm.record->severity == RULES_NORMAL && alarm.record->life == 0)
            continue;
        for (size_t w = 0; w < WAITS; w++) {
            int64_t due_ms = waits[w].due(judging, &alarm);
            earliest_ms = due_ms < earliest_ms ? due_ms : earliest_ms;
        }
    }
    judging->device->life_due_ms = earliest_ms == WHEEL_NEVER ? 0 : earliest_ms;
}

int64_t life_due(const struct judging *judging)
{
    return judging->device->life_due_ms == 0 ? WHEEL_NEVER : judging->device->life_due_ms;
}

void life_step(struct judging *judging, uint32_t index, int64_t delta_ms, int64_t own_ms)
{
    struct alarm alarm = alarm_at(judging, index);
    struct alarm_record *record = alarm.record;
    int64_t *const by_site[] = {&record->shelved_until_ms, &record->acknowledged_ms,
                                &record->active_ms, &record->remind_at_ms, &record->calm_at_ms};
    for (size_t i = 0; i < sizeof by_site / sizeof *by_site; i++)
        *by_site[i] += delta_ms;
    int64_t *raises = raises_of(judging, &alarm);
    for (uint32_t i = 0; i < record->raises; i++)
        raises[i] += own_ms;
}
