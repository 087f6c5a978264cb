/* What the rooms of the engine share: the engine itself, the parts of a device's row, and one
 * judgement. Private to rules/engine.
 *
 *   engine.c     messages and time come in        devices.c    the table of devices
 *   arrival.c    late, early, twice, wrong clocks  condition.c  three-valued truth
 *   trigger.c    holds and ends of one trigger     alarm.c      severities, and what is told
 *   report.c     windows and their sums            step.c       the site's clock was set
 *   plan.c       the rules, laid out for judging   plan_test.c   … their tests
 *   plan_row.c   what a row consists of            life.c       what becomes of an alarm
 *   command.c    what people do with alarms        flood.c      more than people can read
 *   save.c       the whole state as bytes, and back
 *   plan_links.c who asks about whom
 *   links.c      rows that ask about rows         condition_link.c  … and what they ask
 *   tables.c     limits of a device             rows.c       where rows lie
 *   forget.c     devices that are forgotten
 *   learned.c    what is usual, and `is unusual`  unusual.c    … how it is learned
 *   suppress.c   `except` and `only`               hours.c      hours of the site
 *   totals.c     sums and counts of holds      ring.c       what moving windows hold
 *   order.c      … and its order, for medians
 */
#ifndef RULES_ENGINE_INTERNAL_H
#define RULES_ENGINE_INTERNAL_H

#include "base/zone.h"
#include "rules/engine/plan.h"

#define NEWCOMERS_MOST 60 /* new devices a minute (RULES, appendix C) */
#define NEWCOMERS_MS 60000

struct device_slot { /* of the hash table */
    uint32_t hash;
    uint32_t device; /* + 1; 0: free */
};

struct flood_tally { /* of one alarm, since the flood began, and since the last summary */
    uint32_t alarm, total, recent;
};
struct flood {                /* see flood.c */
    struct wheel_timer timer; /* not of a device: while it is open */
    bool is_open;
    int64_t began_ms, summary_ms;
    uint32_t first_alarm, first_device;
    uint32_t total, recent;
    struct flood_tally tallies[ENGINE_FLOOD_ALARMS_MAX]; /* total 0: free */
    uint32_t next, count;                                /* of the ring */
    struct flood_raise *raises;
};
struct link_bucket { /* rows that agree in the names of a link's pairs */
    uint32_t hash, link;
    uint32_t next;              /* of the same place in the hash table, or free; + 1 */
    uint32_t members, watchers; /* the first row + 1: asked about, asking */
    uint32_t count;             /* of members */
};
struct links {
    struct link_bucket *buckets;
    uint32_t *heads; /* bucket + 1 */
    uint32_t mask, used, free;
    struct pending { /* alarms to be judged in this instant, for each rank; row, RULES_NONE: none */
        uint32_t row, alarm, last_row, last_alarm;
    } * pending;
    uint32_t pending_count;
    double *numbers; /* room for a median: as many as there can be devices */
};

struct row_numbers { /* of forgotten rows, to be given again: each row's entry tells the next */
    uint32_t first, count;
};
#define ROW_IS_FREE (UINT32_C(1) << 31) /* in engine.rows */

struct engine_hours { /* what they were from … until */
    int64_t from_ms, until_ms;
    bool is_inside;
};

struct engine {
    struct plan plan;
    struct engine_sink sink;
    struct wheel wheel;     /* one timer for each device, by the site's clock */
    int64_t now_ms;         /* the site's clock; goes back only in engine_step_clock */
    int64_t quiet_until_ms; /* no timer is due before: saves most looks at the wheel */
    int64_t created_ms;
    int64_t restored_ms; /* INT64_MIN: Brink was never off */
    struct engine_counters counters;
    bool clock_is_unset;
    struct zone zone;
    struct engine_hours hours[RULES_HOURS_MAX];
    uint64_t *suppressed; /* of each alarm of the ruleset: held back so often */

    struct device_slot *slots;
    uint32_t slot_mask;
    uint32_t devices, devices_most;
    uint32_t set_rows, set_rows_most; /* their numbers begin at devices_most */
    struct row_numbers free_devices, free_sets;
    int64_t forget_due_ms; /* no device is to be forgotten before */
    uint32_t *rows;        /* of each device, then of sets, from `arena`, in units of ROW_ALIGN */
    char *arena;
    size_t arena_bytes, arena_used;
    struct engine_item *items;            /* room for one report */
    struct report_window *window;         /* … and for a moving one, put together */
    int64_t newcomers_ms[NEWCOMERS_MOST]; /* when the last new devices came, a ring */
    uint32_t newcomers;
    struct flood flood;
    struct links links;
};

/* ---- parts of a row ------------------------------------------------------------------------ */

static inline struct device *engine_row(const struct engine *engine, uint32_t device)
{
    return (void *)(engine->arena + (size_t)engine->rows[device] * ROW_ALIGN);
}
static inline const struct plan_scope *device_scope(const struct engine *engine,
                                                    const struct device *device)
{
    return &engine->plan.scopes[device->scope];
}
static inline void *row_part(struct device *device, uint32_t at)
{
    return (char *)device + at;
}

/* The texts of a row lie in the order of the readings that are texts. */
static inline struct text_record *device_text(const struct engine *engine, struct device *device,
                                              uint32_t reading)
{
    const struct plan_scope *scope = device_scope(engine, device);
    uint64_t before = scope->texts & ((UINT64_C(1) << reading) - 1);
    struct text_record *texts = row_part(device, scope->at_texts);
    return &texts[__builtin_popcountll(before)];
}

/* ---- one judgement ------------------------------------------------------------------------- */

struct judging {
    struct engine *engine;
    struct device *device;
    const struct plan_scope *scope;
    struct engine_value *values;
    uint64_t good;   /* readings that this message brought */
    int64_t site_ms; /* the site's clock */
    int64_t lag_ms; /* what is due in the readings' time is due so much later by the site's clock */
    /* The moment that is judged: in the readings' time, or by arrival for triggers with `silent`.
     */
    int64_t at_ms;
    bool by_arrival;
    uint64_t faulty; /* readings that this message brought, but faulty */
    int64_t
        absence_ms;  /* how long what does not come must not have come; 0: it is not waited for */
    int64_t rest_ms; /* how long a stuck value must not have moved; 0: since its last reading */
    /* `accept when`: the texts of one message, whose values are all that counts; else NULL. */
    const struct text *texts;
    int64_t since_ms; /* the alarm is not suppressed since then (E 24); INT64_MIN: never was */
    bool is_on;       /* the trigger is: what is unusual is so until its episode is over */
    bool is_accepted; /* what is told is that the new level is taken as usual */
};

static inline struct judging judging_of(struct engine *engine, struct device *device)
{
    const struct plan_scope *scope = device_scope(engine, device);
    return (struct judging){
        .engine = engine,
        .device = device,
        .scope = scope,
        .values = row_part(device, scope->at_values),
        .site_ms = engine->now_ms,
        .lag_ms = device->lag_ms,
        .since_ms = INT64_MIN,
    };
}

/* Tells those who explain what goes on inside; in the appliance nobody asks. */
static inline void note(const struct judging *judging, enum engine_note_kind kind,
                        struct engine_note about)
{
    const struct engine_sink *sink = &judging->engine->sink;
    if (sink->note == NULL)
        return;
    about.kind = kind;
    about.time_ms = judging->at_ms;
    about.device = judging->device->index;
    sink->note(sink->context, &about);
}
/* … of the whole row: a reading (`index`), a message. */
static inline void note_of_row(const struct judging *judging, enum engine_note_kind kind,
                               uint32_t index)
{
    note(judging, kind,
         (struct engine_note){.alarm = RULES_NONE, .trigger = RULES_NONE, .index = index});
}

#define RESTART_FRESH_MS 180000 /* section 9.5 */

/* How long a value stands for now: what was there before a restart, for 3 minutes at least. */
static inline int64_t fresh_ms_of(const struct judging *judging, const struct engine_value *value)
{
    int64_t fresh_ms = judging->device->fresh_ms;
    bool is_from_before = value->arrived_ms <= judging->engine->restored_ms;
    return is_from_before && fresh_ms < RESTART_FRESH_MS ? RESTART_FRESH_MS : fresh_ms;
}

/* How long states stand since their device was heard; 0: until they change. */
static inline int64_t state_fresh_ms_of(const struct judging *judging)
{
    int64_t fresh_ms = judging->scope->state_fresh_ms;
    bool is_from_before = judging->device->heard_ms <= judging->engine->restored_ms;
    return fresh_ms > 0 && fresh_ms < RESTART_FRESH_MS && is_from_before ? RESTART_FRESH_MS
                                                                         : fresh_ms;
}

struct alarm;

/* ---- condition.c: three-valued truth (section 5) ------------------------------------------- */

enum truth { IS_FALSE, IS_UNKNOWN, IS_TRUE };

enum truth condition_judge(const struct judging *judging, const struct plan_condition *condition);
/* The test of a trigger that people are shown just now (with `or` the first that is true);
 * PLAN_NO_TEST: none. */
uint8_t condition_shown_test(const struct judging *judging, const struct plan_trigger *trigger);

/* What it shows people: the value that is compared. */
/* The number or numbers that a test compares with now. */
bool condition_limit(const struct judging *judging, const struct plan_test *test, double *limit,
                     double *second);
bool condition_value(const struct judging *judging, const struct plan_test *test,
                     struct engine_value *value);
/* Parts of it for condition_link.c and windows.c: does a value stand for "now"; a number against
 * the test's limits; a test about the row itself, without windows; since when by arrival something
 * has not come. */
bool condition_value_stands(const struct judging *judging, const struct engine_value *value,
                            bool is_number);
enum truth condition_compare(const struct judging *judging, const struct plan_test *test,
                             double number);
enum truth condition_test_own(const struct judging *judging, const struct plan_test *test);
int64_t condition_absent_since(const struct judging *judging, const struct plan_test *test);

/* ---- condition_link.c: tests about other rows (section 5; E 2, 3, 26, 27, 28) --------------- */

enum truth condition_test_linked(const struct judging *judging, const struct plan_test *test);
bool condition_value_linked(const struct judging *judging, const struct plan_test *test,
                            struct engine_value *value);
/* The average or median of the others, two at least. */
bool condition_across(const struct judging *judging, const struct plan_value *value,
                      double *number);
/* The next moment minus the hold at which one more can be silent or missing for so long. */
int64_t condition_linked_since(const struct judging *judging, const struct plan_test *test,
                               int64_t hold_ms);

/* ---- learned.c: what is usual (section 12) -------------------------------------------------- */

/* The good readings of a message of the row wait until an alarm that asks for them is judged. */
void learned_note(const struct judging *judging);
/* Gives the alarm's readings to what learns from them. is_suppressed: to nothing. True: a new level
 * was taken as usual; *index: the trigger that asked. */
bool learned_take(const struct judging *judging, const struct alarm *alarm, bool is_suppressed,
                  uint32_t *index);
/* `is unusual` of the row of `judging`; link: RULES_NONE. */
enum truth learned_judge(const struct judging *judging, const struct plan_test *test);
/* What is usual for the reading that an event shows, if the alarm learns it. */
void learned_show(const struct judging *judging, const struct alarm *alarm,
                  struct engine_alarm_event *event);
void learned_step(const struct judging *judging, int64_t taken_ms);
/* The device's clock was set back. */
void learned_restart(const struct judging *judging);

/* ---- windows.c: tests about time (sections 5, 9.4) ----------------------------------------- */

/* A test with a window, or `unusual`, of the row of `judging`; with a summary over a link, of the
 * readings of all its devices. */
enum truth windows_judge(const struct judging *judging, const struct plan_test *test);
/* Since when the test is true that has just become so: what is stuck rests since the reading that
 * moved, which is the one before. */
int64_t windows_rests_since(const struct judging *judging, const struct plan_test *test);
/* The number that such a test compares; false: nobody knows. */
bool windows_value(const struct judging *judging, const struct plan_test *test, double *value);
/* The good readings of a message of the row; with_late: those that are out of order too. */
void windows_take(const struct judging *judging, const struct engine_reading *readings,
                  size_t count, bool with_late);
/* When readings next leave a window of the row, by the site's clock; WHEEL_NEVER. */
int64_t windows_due(const struct judging *judging);
/* Judges what asks about windows that readings have left. */
void windows_fire(struct judging *judging);
void windows_step(const struct judging *judging, int64_t taken_ms);

/* ---- tables.c: limits of a device, and who is expected (section 4.5; E 15) ------------------ */

void tables_find_rows(struct engine *engine, struct device *device);
bool tables_limit(const struct judging *judging, uint32_t column, double *limit);

/* ---- links.c: rows that ask about rows ----------------------------------------------------- */

size_t links_size_bytes(const struct ruleset *rules, uint32_t devices);
void links_make(struct engine *engine, uint32_t devices, void *memory);
/* A row was made, or goes: it is found by those who ask about it. */
void links_join(struct engine *engine, struct device *row);
/* All rows anew: they were restored. */
void links_join_all(struct engine *engine);
void links_leave(struct engine *engine, struct device *row);
/* The rows that a link leads to: the first, and the one after; NULL: no more. */
struct device *links_first(const struct judging *judging, uint32_t link);
struct device *links_next(const struct judging *judging, uint32_t link, const struct device *row);
/* The rows that ask about the row of `judging` over a link: NULL: the first; NULL: no more. */
struct device *links_watcher(const struct judging *judging, uint32_t link,
                             const struct device *after);
/* The row's values were taken in: alarms of other rows that ask for these readings are to be
 * judged. */
void links_touch(const struct judging *judging);
/* The row was heard after gap_ms of silence. */
void links_heard(const struct judging *judging, int64_t gap_ms);
/* An alarm of the row became active, or is no longer: so are those that ask about it. */
void links_alarm_changed(const struct judging *judging, const struct plan_alarm *alarm);
/* An alarm of a row is to be judged in this instant. */
void links_ask(struct engine *engine, struct device *row, uint32_t alarm);
/* All alarms of other rows that ask about this one: it goes. */
void links_ask_all(struct engine *engine, const struct device *row);
/* Judges what is to be judged, in the order of reference. `judging`: what caused it. */
void links_settle(const struct judging *judging);
/* The site's own moment for a row: with a wrong clock the row's own. */
static inline int64_t row_now(const struct device *row, int64_t site_ms)
{
    return row->clock_is_wrong ? site_ms - row->lag_ms : site_ms;
}
static inline struct alarm_record *row_alarm(const struct engine *engine, struct device *row,
                                             uint32_t alarm)
{
    struct alarm_record *alarms = row_part(row, device_scope(engine, row)->at_alarms);
    return &alarms[alarm];
}
/* Named parts against `where`. */
bool rules_allow(const struct ruleset *rules, struct rules_span where, const struct text *names);

/* ---- trigger.c: the life of one trigger (sections 6, 9.3; E 13, 20, 21) -------------------- */

struct trigger { /* of one device */
    const struct plan_trigger *plan;
    uint8_t *state;
    struct trigger_record *record;
    uint32_t alarm, index; /* in the ruleset; in the alarm */
    bool is_suppressed;    /* its hold does not count, and it does not come on */
};

enum trigger_step { STEP_NONE, STEP_ON, STEP_OFF };

static inline bool trigger_waits(const struct trigger *trigger) /* holds or ends */
{
    return (*trigger->state & 1) != 0;
}
static inline bool trigger_is_on(const struct trigger *trigger)
{
    return *trigger->state >= TRIGGER_ON;
}

/* A good reading that it tests has come; judging->at_ms is its time. */
enum trigger_step trigger_judge(const struct judging *judging, struct trigger *trigger);
/* A sign of life, for a trigger with `silent`. */
enum trigger_step trigger_hear(struct judging *judging, struct trigger *trigger);
/* What it waits for is due at judging->at_ms. */
enum trigger_step trigger_fire(struct judging *judging, struct trigger *trigger);
/* When that is, in its own time. */
static inline int64_t trigger_own_due(const struct trigger *trigger)
{
    return trigger->record->own_due_ms;
}
/* trigger->is_suppressed changed at judging->at_ms. `restarts`: the hold begins again. */
enum trigger_step trigger_suppress(struct judging *judging, struct trigger *trigger, bool restarts);
/* A late reading, with its values in `judging`: totals only (E 22). */
void trigger_take_late(const struct judging *judging, struct trigger *trigger);
/* Its condition was unknown in between: a hold or an end starts again (section 9.3). */
void trigger_restart_after_gap(const struct judging *judging, struct trigger *trigger);
void trigger_restart(const struct judging *judging, struct trigger *trigger);
/* The device's clock was set back: totals and counts in its old time are worth nothing. */
void trigger_forget(const struct judging *judging, const struct trigger *trigger);
/* A worse trigger ended: on at once if the condition is true (E 20). */
void trigger_take_over(const struct judging *judging, struct trigger *trigger);
/* Finds the triggers of a row that wait anew: their states were written by others (save.c). */
void triggers_list_waiting(const struct judging *judging);
/* Silence is counted from the last message on, and so for what else does not come. */
void trigger_watch_silence(const struct judging *judging, struct trigger *trigger);
/* Is its condition true at this moment of the site's clock? For those who ask from outside. */
enum truth trigger_truth_now(struct judging *judging, const struct trigger *trigger);

/* ---- alarm.c: severities of an alarm and what is told of it (section 10; E 20) ------------- */

struct alarm { /* of one row */
    const struct plan_alarm *plan;
    const struct plan_trigger *triggers;
    struct alarm_record *record;
    uint8_t *states;
    struct trigger_record *records;
    struct suppressed_record *suppressed; /* NULL: no line suppresses it, ever */
};

static inline struct alarm alarm_at(const struct judging *judging, uint32_t index)
{
    const struct plan_scope *scope = judging->scope;
    const struct plan_alarm *plan = &judging->engine->plan.alarms[scope->first_alarm + index];
    struct alarm_record *alarms = row_part(judging->device, scope->at_alarms);
    struct trigger_record *records = row_part(judging->device, scope->at_triggers);
    uint8_t *states = row_part(judging->device, scope->at_states);
    struct suppressed_record *suppressed = row_part(judging->device, scope->at_suppressed);
    return (struct alarm){
        .plan = plan,
        .triggers = &judging->engine->plan.triggers[plan->first_trigger],
        .record = &alarms[index],
        .states = states + plan->slot,
        .records = records + plan->slot,
        .suppressed = plan->suppressed != RULES_NONE ? &suppressed[plan->suppressed] : NULL,
    };
}

static inline struct trigger trigger_at(const struct alarm *alarm, uint32_t index)
{
    const struct plan_trigger *plan = &alarm->triggers[index];
    const struct suppressed_record *by = alarm->suppressed;
    return (struct trigger){
        .plan = plan,
        .state = &alarm->states[index],
        .record = &alarm->records[index],
        .alarm = alarm->plan->alarm,
        .index = index,
        /* Defaults don't touch what asks whether sensors are broken (section 7). */
        .is_suppressed = by != NULL && (plan->is_about_sensors ? by->is_own : by->is_any),
    };
}

/* Tells a change that trigger `index` has made; what the event says beside it is looked up. */
void alarm_tell(const struct judging *judging, const struct alarm *alarm, enum engine_change change,
                uint32_t index, enum rules_severity severity, enum rules_severity from);
/* The highest severity of the triggers that are on, and which of them decides it. */
enum rules_severity alarm_severity(const struct alarm *alarm, uint32_t *index);

/* Before a message's values are taken in: completes what was due before it, and starts again what
 * lay in a gap. */
void alarms_catch_up(struct judging *judging);
/* After they were taken in. */
void alarms_judge(struct judging *judging);
/* The device is heard again after Brink was off: holds on states that it did not send go on. */
void alarms_wake(struct judging *judging);
/* One of them, because of another row or alarm. */
void alarms_judge_one(struct judging *judging, uint32_t alarm);
/* Any sign of life: triggers with `silent`. */
void alarms_hear(struct judging *judging);
/* The site's clock has come to judging->site_ms. */
void alarms_fire(struct judging *judging);
/* A row begins. */
void alarms_begin(struct judging *judging);
/* Late readings, with their values in `judging`: totals. */
void alarms_take_late(struct judging *judging);
/* Are they suppressed now? When time did not just pass: the site's clock was set. */
void alarms_look_at_suppression(struct judging *judging);
/* The device's clock was set back: what ran in its old time starts again. */
void alarms_restart(struct judging *judging);
/* The earliest that is due by the site's clock; WHEEL_NEVER. */
int64_t alarms_due(const struct judging *judging);

/* ---- life.c: what becomes of an alarm that was raised (section 10) -------------------------- */

void life_fire(struct judging *judging);
int64_t life_due(const struct judging *judging);
/* The site's clock moves by delta_ms, the time of alarm `index` of the row by own_ms. */
void life_step(struct judging *judging, uint32_t index, int64_t delta_ms, int64_t own_ms);

/* ---- trace.c: the readings that alarms attach ---------------------------------------------- */

/* A good number of a reading that is traced. */
void trace_take(const struct judging *judging, uint32_t reading, double value, int64_t taken_ms);
void trace_step(const struct judging *judging, int64_t delta_ms);

/* ---- flood.c: more alarms than people can read (section 10.7) ------------------------------ */

size_t flood_size_bytes(const struct ruleset *rules); /* of the raises that are remembered */
/* A raise or rise that would be announced. True: it is collected instead. */
bool flood_take(struct engine *engine, uint32_t alarm, uint32_t device,
                enum rules_severity severity);
/* Would it be collected? Counts nothing. */
bool flood_collects(const struct engine *engine, enum rules_severity severity);
/* The number of a row is no longer that of a device. */
void flood_forget(struct engine *engine, uint32_t device);
void flood_fire(struct engine *engine);
void flood_arm(struct engine *engine);
void flood_step(struct engine *engine, int64_t delta_ms);
/* ---- suppress.c: when not to alarm (section 7; E 19, 25) ------------------------------------- */

/* Is the alarm suppressed at judging->at_ms (in the readings' time), and when to look again. */
void suppress_look(const struct judging *judging, const struct plan_alarm *alarm,
                   struct suppressed_record *record);
/* A row begins; the device's clock was set back. */
void suppress_begin(const struct judging *judging);
void suppress_restart(const struct judging *judging);
/* The earliest look by the site's clock; WHEEL_NEVER. */
int64_t suppress_due(const struct judging *judging);
/* Does one of the lines of a report suppress at judging->at_ms? */
bool suppress_holds(const struct judging *judging, struct rules_span suppressed_by);

/* ---- report.c: windows (section 11) -------------------------------------------------------- */

struct report_message {
    int64_t taken_ms;
    const struct engine_reading *readings;
    size_t count;
    uint64_t mentioned; /* bit set: the message has this reading, good or not */
    bool is_late, is_duplicate, is_unreadable;
};
/* False when no window that still is open covers the message's time. */
bool reports_take(struct judging *judging, const struct report_message *message);
void reports_fire(struct judging *judging);
int64_t reports_due(const struct judging *judging);
/* The times in which the readings are taken move by taken_ms, the site's clock by delta_ms; the
 * device's lag already is the new one. */
void reports_step(struct judging *judging, int64_t delta_ms, int64_t taken_ms);

/* ---- report_sums.c: what a window comes to ------------------------------------------------- */

/* The good readings of a message, and what else it counts for. */
void window_take(const struct judging *judging, const struct plan_report *plan,
                 struct report_window *window, const struct report_message *message);
/* Puts another window of the report in, that lies before. */
void window_join(const struct plan_report *plan, struct report_window *window,
                 const struct report_window *earlier);
/* Its conditions were as they are up to `to_ms`. */
void window_count_whiles(const struct plan_report *plan, const struct report_state *state,
                         struct report_window *window, int64_t to_ms);
/* What a report has to say of it. */
void window_items(const struct judging *judging, const struct plan_report *plan,
                  struct report_window *window, struct engine_item *items);

/* ---- engine.c ------------------------------------------------------------------------------ */

/* What is due before now_ms, then the clock is there: something from outside happens. */
void engine_run(struct engine *engine, int64_t now_ms);

/* ---- arrival.c: which readings count, and in which time (section 9.2; E 9, 12) ------------- */

/* The message's own time as it is used: never ahead of arrival. */
int64_t arrival_take_time(struct judging *judging, int64_t taken_ms);
/* One of the last 64 of its device, within 10 minutes; else it is noted as one of them. */
bool arrival_is_duplicate(const struct judging *judging, int64_t taken_ms,
                          const struct engine_reading *readings, size_t count,
                          struct engine_message_marks marks);
void arrival_step(const struct judging *judging, int64_t delta_ms);
/* A message older than the newest value of one of its readings: counts it; true when the device's
 * clock was set back and the message is to be judged after all. */
bool arrival_note_late(struct judging *judging, int64_t taken_ms, int64_t behind_ms);
/* A message in order: notes the device's own time and its lag. */
void arrival_note_in_order(struct judging *judging, int64_t taken_ms);
/* True when `at_ms` lies so far behind that what it tells is history (section 9.2). */
bool arrival_is_history(const struct judging *judging, int64_t at_ms);

/* ---- rows.c: where rows lie ------------------------------------------------------------------ */

/* Is there a number for one more device? Sets always have one. */
bool rows_have_number(const struct engine *engine);
uint32_t rows_take_number(struct engine *engine, bool is_set);
/* Room of zeros for a row. Other rows may get another place: pointers to them are void. */
struct device *rows_place(struct engine *engine, uint32_t index, size_t bytes);
void rows_give_back(struct engine *engine, struct device *row);

/* ---- forget.c: devices that are forgotten (section 4.4; E 17) -------------------------------- */

/* The device may have to go at another time than was thought: it is new, an alarm is over. */
void forget_note(const struct judging *judging);
/* Forgets who is due at engine->now_ms. */
void forget_run(struct engine *engine);

/* ---- devices.c ----------------------------------------------------------------------------- */

static inline bool engine_has_row(const struct engine *engine, uint32_t row)
{
    bool has_number = row < engine->devices || (row >= engine->devices_most &&
                                                row - engine->devices_most < engine->set_rows);
    return has_number && (engine->rows[row] & ROW_IS_FREE) == 0;
}

/* The row that follows `row` in the order of numbers; RULES_NONE: the first. RULES_NONE: no more.
 */
static inline uint32_t engine_next_row(const struct engine *engine, uint32_t row)
{
    for (;;) {
        row++;
        if (row == engine->devices)
            row = engine->devices_most;
        if (row >= engine->devices_most + engine->set_rows)
            return RULES_NONE;
        if (engine_has_row(engine, row))
            return row;
    }
}

/* A device that a table names: made if it is not there, whatever else is new in this minute. */
void device_expect(struct engine *engine, uint32_t group, const struct text *names, int64_t now_ms);
/* The site's own rows: once, when the engine is made. */
void devices_make_site(struct engine *engine, int64_t now_ms);
/* A row is no longer found by its names. */
void device_unindex(struct engine *engine, struct device *row);
/* Finds rows by their names again, after they were restored. */
void devices_index(struct engine *engine);
/* Starts, moves or stops the device's timer. */
void device_arm(struct judging *judging);

#endif
