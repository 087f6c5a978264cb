/* The life of one trigger of one device:
 *
 *            true           held for `for`          the end is there         for `clear after`
 *      OFF ──────► HOLDING ───────────────► ON ────────────────────► ENDING ──────────────────► OFF
 *       ▲              │ false               ▲                          │ true, or no longer ended
 *       └──────────────┘                     └──────────────────────────┘
 *
 * Comes in: a judgement (device, values, moment). Goes out: did it come on or go off. Nothing here
 * tells anyone: that is alarm.c, which calls this. */
#include "rules/engine/internal.h"
#include "rules/engine/totals.h"

static void note_of(const struct judging *j, const struct trigger *t, enum engine_note_kind kind)
{
    note(j, kind, (struct engine_note){.alarm = t->alarm, .trigger = t->index});
}

static void note_change(const struct judging *j, const struct trigger *t, enum trigger_state to)
{
    static const enum engine_note_kind notes[][4] = {
        [TRIGGER_OFF] = {[TRIGGER_HOLDING] = ENGINE_NOTE_TRUE, [TRIGGER_ON] = ENGINE_NOTE_ON},
        [TRIGGER_HOLDING] = {[TRIGGER_OFF] = ENGINE_NOTE_FALSE, [TRIGGER_ON] = ENGINE_NOTE_ON},
        [TRIGGER_ON] = {[TRIGGER_OFF] = ENGINE_NOTE_OFF, [TRIGGER_ENDING] = ENGINE_NOTE_ENDING},
        [TRIGGER_ENDING] = {[TRIGGER_OFF] = ENGINE_NOTE_OFF, [TRIGGER_ON] = ENGINE_NOTE_AGAIN},
    };
    enum trigger_state from = (enum trigger_state) * t->state;
    from = from == TRIGGER_WATCHED ? TRIGGER_ON : from;
    to = to == TRIGGER_WATCHED ? TRIGGER_ON : to;
    if (from == to || (t->plan->is_silent && to == TRIGGER_HOLDING))
        return; /* the hold of `silent` always runs */
    note_of(j, t, notes[from][to]);
}

/* The row's list of triggers that wait, so that nobody has to look at all of them. */
static void waiting_add(const struct judging *j, struct trigger_record *record)
{
    struct trigger_record *records = row_part(j->device, j->scope->at_triggers);
    uint32_t slot = (uint32_t)(record - records) + 1;
    record->previous = 0;
    record->next = j->device->waiting;
    if (record->next != 0)
        records[record->next - 1].previous = slot;
    j->device->waiting = slot;
}

static void waiting_remove(const struct judging *j, struct trigger_record *record)
{
    struct trigger_record *records = row_part(j->device, j->scope->at_triggers);
    if (record->previous != 0)
        records[record->previous - 1].next = record->next;
    else
        j->device->waiting = record->next;
    if (record->next != 0)
        records[record->next - 1].previous = record->previous;
}

static void move(const struct judging *j, struct trigger *t, enum trigger_state state)
{
    bool waited = trigger_waits(t);
    *t->state = (uint8_t)state;
    if (t->plan->is_silent || trigger_waits(t) == waited)
        return;
    if (waited)
        waiting_remove(j, t->record);
    else
        waiting_add(j, t->record);
}

void triggers_list_waiting(const struct judging *judging)
{
    const uint8_t *states = row_part(judging->device, judging->scope->at_states);
    struct trigger_record *records = row_part(judging->device, judging->scope->at_triggers);
    const struct plan_trigger *triggers =
        &judging->engine->plan.triggers[judging->scope->first_trigger];
    judging->device->waiting = 0;
    for (uint32_t i = judging->scope->triggers; i-- > 0;) {
        if ((states[i] & 1) != 0 && !triggers[i].is_silent)
            waiting_add(judging, &records[i]);
    }
}

static void enter(const struct judging *j, struct trigger *t, enum trigger_state state)
{
    note_change(j, t, state);
    move(j, t, state);
}

/* Own time to the site's clock: the readings of this device come lag_ms after they are taken. */
static void be_due(const struct judging *j, struct trigger *t, int64_t own_due_ms)
{
    t->record->own_due_ms = own_due_ms;
    t->record->due_ms =
        own_due_ms == WHEEL_NEVER ? WHEEL_NEVER : own_due_ms + (j->by_arrival ? 0 : j->lag_ms);
}

/* It would have come on, but is suppressed: counted once for each going (section 7). */
static enum trigger_step hold_back(const struct judging *j, struct trigger *t)
{
    if (!t->record->is_held_back)
        j->engine->suppressed[t->alarm]++;
    t->record->is_held_back = true;
    be_due(j, t, WHEEL_NEVER);
    return STEP_NONE;
}

static enum trigger_step come_on(const struct judging *j, struct trigger *t,
                                 enum trigger_state state)
{
    if (t->is_suppressed)
        return hold_back(j, t);
    enter(j, t, state);
    return STEP_ON;
}

/* ---- holding ------------------------------------------------------------------------------- */

/* `for 3 readings`: messages that carry all tested readings, without a gap (E 23). */
static enum trigger_step hold_on_readings(const struct judging *j, struct trigger *t)
{
    const struct plan_hold *hold = &t->plan->hold;
    struct trigger_record *record = t->record;
    if ((j->good & hold->readings) != hold->readings)
        return STEP_NONE;
    bool has_gap = record->counted_at_ms != INT64_MIN &&
                   j->at_ms - record->counted_at_ms > j->device->fresh_ms;
    if (has_gap) {
        note_of(j, t, ENGINE_NOTE_RESTARTED);
        record->since_ms = j->at_ms;
        record->counted = record->missed = 0;
    }
    record->counted_at_ms = j->at_ms;
    uint8_t *kind = t->is_suppressed ? &record->missed : &record->counted;
    *kind = (uint8_t)(*kind + (*kind < UINT8_MAX));
    uint32_t counted = record->counted + (t->is_suppressed ? record->missed : 0U);
    return counted >= hold->count ? come_on(j, t, TRIGGER_ON) : STEP_NONE;
}

static enum trigger_step hold_on(const struct judging *j, struct trigger *t)
{
    if (t->plan->hold.kind == RULES_HOLD_READINGS)
        return hold_on_readings(j, t);
    int64_t done_ms = t->record->since_ms + t->plan->hold_ms + t->record->paused_ms;
    if (j->at_ms >= done_ms)
        return come_on(j, t, TRIGGER_ON);
    be_due(j, t, done_ms);
    return STEP_NONE;
}

static void begin(const struct judging *j, struct trigger *t)
{
    bool waits = trigger_waits(t); /* is in the row's list already */
    const struct plan_test *test = &j->engine->plan.tests[t->plan->when.first];
    *t->record = (struct trigger_record){
        .since_ms = t->plan->when.count == 1 ? windows_rests_since(j, test) : j->at_ms,
        .due_ms = WHEEL_NEVER,
        .own_due_ms = WHEEL_NEVER,
        .worst_ms = INT64_MIN,
        .paused_at_ms = t->is_suppressed ? j->at_ms : INT64_MIN,
        .counted_at_ms = INT64_MIN,
        .next = waits ? t->record->next : 0,
        .previous = waits ? t->record->previous : 0,
    };
    enter(j, t, TRIGGER_HOLDING);
}

/* ---- ending -------------------------------------------------------------------------------- */

/* An ending counts only while the condition is not true (E 21), and missing data never clears
 * (section 1): it has to be false, not unknown. */
static bool has_ended(const struct judging *j, const struct trigger *t, enum truth when)
{
    if (when != IS_FALSE)
        return false;
    return !t->plan->has_until || condition_judge(j, &t->plan->until) == IS_TRUE;
}

static enum trigger_step end_on(const struct judging *j, struct trigger *t)
{
    int64_t done_ms = t->record->ending_ms + t->plan->clear_ms;
    if (j->at_ms >= done_ms) {
        enter(j, t, TRIGGER_OFF);
        return STEP_OFF;
    }
    be_due(j, t, done_ms);
    return STEP_NONE;
}

static enum trigger_step begin_end(const struct judging *j, struct trigger *t)
{
    t->record->ending_ms = j->at_ms;
    enter(j, t, TRIGGER_ENDING);
    return end_on(j, t);
}

/* ---- totals and counts --------------------------------------------------------------------- */

static bool is_counted(const struct trigger *t)
{
    return t->plan->hold.kind == RULES_HOLD_TOTAL || t->plan->hold.kind == RULES_HOLD_TIMES;
}

static struct total_rule total_rule_of(const struct judging *j, const struct trigger *t)
{
    const struct plan_hold *hold = &t->plan->hold;
    return (struct total_rule){hold->for_ms, hold->in_ms,
                               hold->fresh_ms > 0 ? hold->fresh_ms : j->device->fresh_ms};
}

static void take(const struct judging *j, struct trigger *t, enum truth when)
{
    const struct plan_hold *hold = &t->plan->hold;
    void *counted = row_part(j->device, hold->at);
    struct total_rule rule = total_rule_of(j, t);
    if (hold->kind == RULES_HOLD_TOTAL) /* goes on while suppressed: food is warm then too */
        total_take(counted, &rule, j->at_ms, when == IS_TRUE);
    else if (when != IS_UNKNOWN)
        times_take(counted, hold->count, j->at_ms, when == IS_TRUE, t->is_suppressed);
}

/* What holds of these kinds ask is not the condition, but whether the window shows it often or long
 * enough; and *look_ms is when that may change without another reading. */
static enum truth window_judge(const struct judging *j, const struct trigger *t, enum truth when,
                               int64_t *look_ms)
{
    const struct plan_hold *hold = &t->plan->hold;
    void *counted = row_part(j->device, hold->at);
    struct total_rule rule = total_rule_of(j, t);
    *look_ms = WHEEL_NEVER;
    bool shows;
    if (hold->kind == RULES_HOLD_TIMES) {
        int64_t until_ms = times_until_ms(counted, hold->count, hold->in_ms);
        shows = until_ms > j->at_ms;
        if (shows)
            *look_ms = until_ms;
    } else {
        shows = total_ms(counted, &rule, j->at_ms) >= hold->for_ms;
        *look_ms = shows ? total_less_ms(counted, &rule, j->at_ms)
                         : total_full_ms(counted, &rule, j->at_ms);
    }
    if (shows)
        return IS_TRUE;
    return when == IS_UNKNOWN ? IS_UNKNOWN : IS_FALSE;
}

static enum trigger_step judge_counted(const struct judging *j, struct trigger *t, enum truth when)
{
    int64_t look_ms;
    enum truth shows = window_judge(j, t, when, &look_ms);
    enum trigger_step step = STEP_NONE;
    if (*t->state < TRIGGER_ON) {
        if (shows != IS_TRUE && when == IS_FALSE)
            enter(j, t, TRIGGER_OFF);
        else if (*t->state == TRIGGER_OFF && (shows == IS_TRUE || when == IS_TRUE))
            begin(j, t);
        if (*t->state == TRIGGER_OFF)
            return STEP_NONE;
        if (shows == IS_TRUE)
            step = come_on(j, t, TRIGGER_WATCHED);
    } else if (shows == IS_FALSE) {
        return *t->state == TRIGGER_ENDING ? end_on(j, t) : begin_end(j, t);
    } else {
        enter(j, t, shows == IS_TRUE ? TRIGGER_WATCHED : TRIGGER_ON);
    }
    be_due(j, t, look_ms);
    return step;
}

void trigger_take_late(const struct judging *judging, struct trigger *trigger)
{
    if (trigger->plan->hold.kind != RULES_HOLD_TOTAL)
        return;
    struct total_rule rule = total_rule_of(judging, trigger);
    total_take_late(row_part(judging->device, trigger->plan->hold.at), &rule, judging->at_ms,
                    condition_judge(judging, &trigger->plan->when) == IS_TRUE);
}

/* ---- a reading ----------------------------------------------------------------------------- */

static enum trigger_step judge_state(const struct judging *j, struct trigger *t, enum truth when)
{
    switch (*t->state) {
    case TRIGGER_OFF:
        begin(j, t);
        return hold_on(j, t);
    case TRIGGER_HOLDING:
        if (when == IS_TRUE)
            return hold_on(j, t);
        if (when == IS_FALSE)
            enter(j, t, TRIGGER_OFF);
        return STEP_NONE; /* unknown: neither starts nor resets */
    case TRIGGER_ON:
        return has_ended(j, t, when) ? begin_end(j, t) : STEP_NONE;
    default:
        if (has_ended(j, t, when))
            return end_on(j, t);
        enter(j, t, TRIGGER_ON); /* the condition alone, without its hold (E 20) */
        return STEP_NONE;
    }
}

/* The first value is the one that stood when the condition became true. */
static void note_worst(const struct judging *j, struct trigger *t)
{
    const struct plan_test *test = &j->engine->plan.tests[t->plan->when.first + t->plan->shown];
    struct engine_value value;
    if (!condition_value(j, test, &value))
        return;
    struct trigger_record *record = t->record;
    bool is_first = record->worst_ms == INT64_MIN;
    bool is_new = test->link != RULES_NONE || (j->good >> test->reading & 1) != 0;
    bool is_worse =
        t->plan->worst_is > 0 ? value.number > record->worst : value.number < record->worst;
    if (!is_first && !(is_new && is_worse))
        return;
    record->worst = value.number;
    record->worst_ms = value.taken_ms;
}

/* In the off-delay the condition alone is asked, but a value is stuck only by its hold: one that
 * moved has to rest anew for all of it (E 17, 20). What is unusual has to be so in each reading of
 * a hold; then it is so until readings have been usual again (section 12). */
static enum truth when_judge(const struct judging *j, const struct trigger *t)
{
    if (!trigger_is_on(t))
        return condition_judge(j, &t->plan->when);
    struct judging standing = *j;
    standing.is_on = true;
    standing.rest_ms = *t->state == TRIGGER_ENDING ? t->plan->hold_ms : 0;
    return condition_judge(&standing, &t->plan->when);
}

enum trigger_step trigger_judge(const struct judging *judging, struct trigger *trigger)
{
    enum truth when = when_judge(judging, trigger);
    if (*trigger->state == TRIGGER_OFF && when != IS_TRUE && !is_counted(trigger))
        return STEP_NONE; /* nearly always */
    enum trigger_step step;
    if (is_counted(trigger)) {
        take(judging, trigger, when);
        step = judge_counted(judging, trigger, when);
    } else {
        step = judge_state(judging, trigger, when);
    }
    if (*trigger->state != TRIGGER_OFF && trigger->plan->worst_is != 0)
        note_worst(judging, trigger);
    return step;
}

/* ---- what does not come -------------------------------------------------------------------- */

/* `silent` is true from the last message on and false in the moment of a message, `missing` from
 * the last good value on: so their hold is always running, counted by arrival. */
static int64_t absent_since(const struct judging *j, const struct plan_trigger *plan)
{
    const struct plan_test *tests = &j->engine->plan.tests[plan->when.first];
    int64_t since_ms = INT64_MIN;
    for (uint32_t i = 0; i < plan->when.count; i++) {
        if (tests[i].kind != RULES_SILENT && tests[i].kind != RULES_MISSING)
            continue;
        int64_t own_ms = tests[i].link != RULES_NONE
                             ? condition_linked_since(j, &tests[i], plan->hold_ms)
                             : condition_absent_since(j, &tests[i]);
        bool decides = since_ms == INT64_MIN ||
                       (plan->when.joined_by_or ? own_ms < since_ms : own_ms > since_ms);
        since_ms = decides ? own_ms : since_ms;
    }
    return since_ms;
}

void trigger_watch_silence(const struct judging *judging, struct trigger *trigger)
{
    if (*trigger->state == TRIGGER_OFF)
        begin(judging, trigger);
    struct trigger_record *record = trigger->record;
    int64_t since_ms = record->since_ms;
    record->since_ms = absent_since(judging, trigger->plan);
    if (record->since_ms != since_ms) {
        record->paused_ms = 0;
        record->paused_at_ms = trigger->is_suppressed ? judging->at_ms : INT64_MIN;
        record->is_held_back = false;
    }
    be_due(judging, trigger, record->since_ms + trigger->plan->hold_ms + record->paused_ms);
}

enum trigger_step trigger_hear(struct judging *judging, struct trigger *trigger)
{
    judging->absence_ms = trigger->plan->hold_ms;
    enum truth when = condition_judge(judging, &trigger->plan->when);
    enum trigger_step step = STEP_NONE;
    if (*trigger->state < TRIGGER_ON && when != IS_TRUE)
        trigger_watch_silence(judging, trigger);
    else
        step = judge_state(judging, trigger, when);
    if (step == STEP_OFF)
        trigger_watch_silence(judging, trigger);
    judging->absence_ms = 0;
    return step;
}

/* ---- time ---------------------------------------------------------------------------------- */

/* Others of a link are silent at other times: it is looked again when the next can be. */
static void wait_for_next(const struct judging *j, struct trigger *t)
{
    int64_t since_ms = absent_since(j, t->plan);
    if (since_ms + t->plan->hold_ms <= j->at_ms)
        return;
    t->record->since_ms = since_ms;
    be_due(j, t, since_ms + t->plan->hold_ms);
}

static enum trigger_step fire(struct judging *j, struct trigger *t)
{
    be_due(j, t, WHEEL_NEVER); /* unless it is due again below */
    enum truth when = when_judge(j, t);
    if (is_counted(t))
        return judge_counted(j, t, when);
    if (*t->state == TRIGGER_HOLDING) {
        if (when == IS_TRUE)
            return hold_on(j, t);
        if (t->plan->is_silent)
            wait_for_next(j, t);
        return STEP_NONE;
    }
    if (when == IS_TRUE) {
        enter(j, t, TRIGGER_ON);
        return STEP_NONE;
    }
    /* Completes only on a good value that still is fresh (E 13). */
    if (!has_ended(j, t, when))
        return STEP_NONE;
    enum trigger_step step = end_on(j, t);
    if (step == STEP_OFF && t->plan->is_silent)
        trigger_watch_silence(j, t);
    return step;
}

enum truth trigger_truth_now(struct judging *judging, const struct trigger *trigger)
{
    judging->absence_ms = trigger->plan->is_silent ? trigger->plan->hold_ms : 0;
    judging->is_on = trigger_is_on(trigger);
    enum truth truth = condition_judge(judging, &trigger->plan->when);
    judging->absence_ms = 0;
    judging->is_on = false;
    return truth;
}

enum trigger_step trigger_fire(struct judging *judging, struct trigger *trigger)
{
    judging->absence_ms = trigger->plan->is_silent ? trigger->plan->hold_ms : 0;
    enum trigger_step step = fire(judging, trigger);
    judging->absence_ms = 0;
    return step;
}

void trigger_restart_after_gap(const struct judging *judging, struct trigger *trigger)
{
    enum truth when = when_judge(judging, trigger);
    if (is_counted(trigger)) {
        if (*trigger->state == TRIGGER_ENDING && when == IS_UNKNOWN)
            enter(judging, trigger, TRIGGER_ON);
    } else if (*trigger->state == TRIGGER_HOLDING) {
        if (when == IS_UNKNOWN) {
            note_of(judging, trigger, ENGINE_NOTE_RESTARTED);
            move(judging, trigger, TRIGGER_OFF);
        }
    } else if (!has_ended(judging, trigger, when)) {
        enter(judging, trigger, TRIGGER_ON);
    }
}

void trigger_restart(const struct judging *judging, struct trigger *trigger)
{
    if (trigger_waits(trigger))
        enter(judging, trigger, *trigger->state == TRIGGER_HOLDING ? TRIGGER_OFF : TRIGGER_ON);
}

void trigger_forget(const struct judging *judging, const struct trigger *trigger)
{
    const struct plan_hold *hold = &trigger->plan->hold;
    if (is_counted(trigger))
        memset(row_part(judging->device, hold->at), 0,
               hold->kind == RULES_HOLD_TOTAL ? sizeof(struct total) : times_bytes(hold->count));
}

void trigger_take_over(const struct judging *judging, struct trigger *trigger)
{
    enum truth when = condition_judge(judging, &trigger->plan->when);
    int64_t look_ms = WHEEL_NEVER;
    if (is_counted(trigger))
        when = window_judge(judging, trigger, when, &look_ms);
    if (when != IS_TRUE)
        return;
    if (*trigger->state == TRIGGER_OFF)
        begin(judging, trigger);
    enter(judging, trigger, is_counted(trigger) ? TRIGGER_WATCHED : TRIGGER_ON);
    be_due(judging, trigger, look_ms);
}

/* ---- suppression --------------------------------------------------------------------------- */

/* A hold goes on where it stood, or begins again (E 19). */
static void resume(const struct judging *j, struct trigger *t, bool restarts)
{
    struct trigger_record *record = t->record;
    record->is_held_back = false;
    record->missed = 0;
    if (!restarts) {
        if (record->paused_at_ms != INT64_MIN)
            record->paused_ms += j->at_ms - record->paused_at_ms;
        record->paused_at_ms = INT64_MIN;
        return;
    }
    note_of(j, t, ENGINE_NOTE_RESTARTED);
    begin(j, t);
}

enum trigger_step trigger_suppress(struct judging *judging, struct trigger *trigger, bool restarts)
{
    if (trigger->is_suppressed) {
        if (*trigger->state == TRIGGER_HOLDING)
            trigger->record->paused_at_ms = judging->at_ms;
        return STEP_NONE;
    }
    if (is_counted(trigger)) {
        if (*trigger->state == TRIGGER_HOLDING)
            trigger->record->is_held_back = false;
        return judge_counted(judging, trigger, condition_judge(judging, &trigger->plan->when));
    }
    if (*trigger->state != TRIGGER_HOLDING)
        return STEP_NONE;
    resume(judging, trigger, restarts);
    const struct trigger_record *record = trigger->record;
    be_due(judging, trigger, record->since_ms + trigger->plan->hold_ms + record->paused_ms);
    enum truth when = trigger_truth_now(judging, trigger);
    if (trigger->plan->hold.kind == RULES_HOLD_READINGS)
        be_due(judging, trigger, WHEEL_NEVER);
    else if (when == IS_TRUE)
        return hold_on(judging, trigger);
    if (when == IS_FALSE && !trigger->plan->is_silent)
        enter(judging, trigger, TRIGGER_OFF);
    return STEP_NONE; /* unknown: goes on if it is known again before it would be over */
}
