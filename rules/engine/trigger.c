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
    if (*t->state == (uint8_t)to || (t->plan->is_silent && to == TRIGGER_HOLDING))
        return; /* the hold of `silent` always runs */
    note_of(j, t, notes[*t->state][to]);
}

static void move(const struct judging *j, struct trigger *t, enum trigger_state state)
{
    if (!t->plan->is_silent) {
        int waited = *t->state & 1, waits = (int)state & 1;
        j->device->pending = (uint16_t)(j->device->pending + waits - waited);
    }
    *t->state = (uint8_t)state;
}

static void enter(const struct judging *j, struct trigger *t, enum trigger_state state)
{
    note_change(j, t, state);
    move(j, t, state);
}

/* Own time to the site's clock: the readings of this device come lag_ms after they are taken. */
static void be_due(const struct judging *j, struct trigger *t, int64_t own_due_ms)
{
    t->record->due_ms = own_due_ms + (j->by_arrival ? 0 : j->lag_ms);
}

/* ---- holding ------------------------------------------------------------------------------- */

static enum trigger_step hold_on(const struct judging *j, struct trigger *t)
{
    int64_t done_ms = t->record->since_ms + t->plan->hold_ms;
    if (j->at_ms >= done_ms) {
        enter(j, t, TRIGGER_ON);
        return STEP_ON;
    }
    be_due(j, t, done_ms);
    return STEP_NONE;
}

static void begin(const struct judging *j, struct trigger *t)
{
    *t->record = (struct trigger_record){
        .since_ms = j->at_ms,
        .due_ms = WHEEL_NEVER,
        .worst_ms = INT64_MIN,
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
    const struct engine_value *value = &j->values[test->reading];
    struct trigger_record *record = t->record;
    bool is_first = record->worst_ms == INT64_MIN && value->taken_ms != INT64_MIN;
    bool is_new = (j->good >> test->reading & 1) != 0;
    bool is_worse =
        t->plan->worst_is > 0 ? value->number > record->worst : value->number < record->worst;
    if (!is_first && !(is_new && is_worse))
        return;
    record->worst = value->number;
    record->worst_ms = value->taken_ms;
}

enum trigger_step trigger_judge(const struct judging *judging, struct trigger *trigger)
{
    enum truth when = condition_judge(judging, &trigger->plan->when);
    if (*trigger->state == TRIGGER_OFF && when != IS_TRUE)
        return STEP_NONE; /* nearly always */
    enum trigger_step step = judge_state(judging, trigger, when);
    if (*trigger->state != TRIGGER_OFF && trigger->plan->worst_is != 0)
        note_worst(judging, trigger);
    return step;
}

/* ---- silence ------------------------------------------------------------------------------- */

/* `silent` is true from the last message on and false in the moment of a message: so its hold is
 * always running, counted by arrival. */
void trigger_watch_silence(const struct judging *judging, struct trigger *trigger)
{
    if (*trigger->state == TRIGGER_OFF)
        begin(judging, trigger);
    else
        trigger->record->since_ms = judging->at_ms;
    be_due(judging, trigger, trigger->record->since_ms + trigger->plan->hold_ms);
}

enum trigger_step trigger_hear(struct judging *judging, struct trigger *trigger)
{
    judging->is_silent = false;
    enum truth when = condition_judge(judging, &trigger->plan->when);
    if (*trigger->state < TRIGGER_ON && when != IS_TRUE) {
        trigger_watch_silence(judging, trigger);
        return STEP_NONE;
    }
    enum trigger_step step = judge_state(judging, trigger, when);
    if (step == STEP_OFF)
        trigger_watch_silence(judging, trigger);
    return step;
}

/* ---- time ---------------------------------------------------------------------------------- */

int64_t trigger_own_due(const struct trigger *trigger)
{
    if (*trigger->state == TRIGGER_HOLDING)
        return trigger->record->since_ms + trigger->plan->hold_ms;
    return trigger->record->ending_ms + trigger->plan->clear_ms;
}

/* Is there silence for this purpose? A hold that is due was silent all along; an end that is due
 * must not take the time since the message that began it for silence. */
static bool silence_lasts(const struct judging *j, const struct trigger *t)
{
    return *t->state == TRIGGER_HOLDING ||
           (j->device->heard_ms != INT64_MIN && j->at_ms - j->device->heard_ms >= t->plan->hold_ms);
}

enum truth trigger_truth_now(struct judging *judging, const struct trigger *trigger)
{
    int64_t heard_ms = judging->device->heard_ms;
    judging->is_silent =
        heard_ms != INT64_MIN && judging->at_ms - heard_ms >= trigger->plan->hold_ms;
    return condition_judge(judging, &trigger->plan->when);
}

enum trigger_step trigger_fire(struct judging *judging, struct trigger *trigger)
{
    judging->is_silent = trigger->plan->is_silent && silence_lasts(judging, trigger);
    trigger->record->due_ms = WHEEL_NEVER; /* unless it is due again below */
    enum truth when = condition_judge(judging, &trigger->plan->when);
    if (*trigger->state == TRIGGER_HOLDING)
        return when == IS_TRUE ? hold_on(judging, trigger) : STEP_NONE;
    if (when == IS_TRUE) {
        enter(judging, trigger, TRIGGER_ON);
        return STEP_NONE;
    }
    /* Completes only on a good value that still is fresh (E 13). */
    if (!has_ended(judging, trigger, when))
        return STEP_NONE;
    enum trigger_step step = end_on(judging, trigger);
    if (step == STEP_OFF && trigger->plan->is_silent) {
        int64_t now_ms = judging->at_ms;
        judging->at_ms = judging->device->heard_ms;
        trigger_watch_silence(judging, trigger);
        judging->at_ms = now_ms;
    }
    return step;
}

void trigger_restart_after_gap(const struct judging *judging, struct trigger *trigger)
{
    enum truth when = condition_judge(judging, &trigger->plan->when);
    if (*trigger->state == TRIGGER_HOLDING) {
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

void trigger_take_over(const struct judging *judging, struct trigger *trigger)
{
    if (condition_judge(judging, &trigger->plan->when) != IS_TRUE)
        return;
    if (*trigger->state == TRIGGER_OFF)
        begin(judging, trigger);
    enter(judging, trigger, TRIGGER_ON);
}
