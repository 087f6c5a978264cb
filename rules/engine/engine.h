/* The engine: judges readings by a compiled ruleset.
 * Comes in: readings of a device, in the time at which they were taken, and the passing of time.
 * Goes out: changes of alarms and finished reports, by callback. No allocation, no clock, no file:
 * the same input gives the same output bit for bit. One message touches only the rules of its
 * group. Called by pipeline/ (messages) and by whoever owns the clock (time); calls alerts/ through
 * the sink. */
#ifndef RULES_ENGINE_ENGINE_H
#define RULES_ENGINE_ENGINE_H

#include "rules/ruleset.h"

struct engine;

enum engine_quality { ENGINE_MISSING, ENGINE_GOOD, ENGINE_FAULTY };

/* What one message says of one reading. A number in the unit of the reading (scaled and offset done
 * by the decoder), or the index of a state's word, or a text that lives as long as the call. */
struct engine_reading {
    uint32_t reading; /* index in the group */
    uint8_t quality;  /* enum engine_quality */
    uint8_t decimals; /* as the sensor sent it */
    uint32_t word;    /* state */
    double value;     /* number */
    struct text text; /* text */
};

/* The newest good value that the engine keeps of a reading. */
struct engine_value {
    double number;
    uint32_t word;
    uint8_t quality, decimals;
    int64_t taken_ms, arrived_ms; /* of the newest good value; INT64_MIN: never */
};

#define ENGINE_NO_DEVICE UINT32_MAX

struct engine_device_view { /* in place; lives as long as the engine */
    uint32_t group;         /* RULES_NONE: the site's own row */
    uint32_t set;           /* RULES_NONE, or the row of a set (`by`, `differs across`, the site) */
    const struct text *names; /* the group's named parts, in order; of a set: its own names */
    const struct engine_value *values; /* the group's readings, in order */
    int64_t heard_ms;                  /* arrival of the newest message; INT64_MIN: never */
};

enum engine_change {
    ENGINE_RAISED,
    ENGINE_UPDATED,
    ENGINE_CLEARED,
    ENGINE_LOGGED,
    ENGINE_REMINDER,
    ENGINE_ACKNOWLEDGED,
    ENGINE_UNACKNOWLEDGED,
    ENGINE_SHELVED,
    ENGINE_UNSHELVED
};
enum engine_reason { /* of a change, as it is sent */
                     ENGINE_BY_CONDITION,
                     ENGINE_BY_HAND,
                     ENGINE_RULE_CHANGED,
                     ENGINE_DEVICE_FORGOTTEN,
                     ENGINE_NOW_USUAL /* LOGGED: it was unusual for longer than `learn over` */
};

/* What surprises in a reading that is unusual. */
enum engine_surprise {
    ENGINE_NO_SURPRISE,
    ENGINE_HIGHER_THAN_EVER,
    ENGINE_LOWER_THAN_EVER,
    ENGINE_HIGH_FOR_HOUR,
    ENGINE_LOW_FOR_HOUR,
    ENGINE_LEVEL_HIGHER,
    ENGINE_LEVEL_LOWER,
    ENGINE_MOVES_MORE,
    ENGINE_MOVES_LESS,
    ENGINE_RARE_VALUE
};

/* What stands beside an alarm's severity (section 10.1). */
struct engine_marks {
    bool is_acknowledged, is_latched, is_suppressed, is_out_of_service, is_chattering, is_stale;
    int64_t shelved_until_ms; /* INT64_MIN: not shelved */
    int64_t acknowledged_ms;  /* INT64_MIN: not acknowledged */
};

struct engine_alarm_event {
    enum engine_change change;
    int64_t time_ms;        /* when it happened, in the readings' time */
    uint32_t alarm, device; /* alarm: index in the ruleset */
    uint32_t
        trigger; /* index in the alarm: the one that decides the severity (CLEARED: that did) */
    enum rules_severity severity, from_severity; /* NORMAL when there was none */
    uint32_t occurrence;           /* counts the raises of this alarm and device, from 1 */
    int64_t started_ms;            /* the condition became true */
    int64_t raised_ms, cleared_ms; /* INT64_MIN: not yet */
    uint32_t test; /* which test of the trigger has the number or state that is shown */
    bool has_value;
    struct engine_value value; /* of that test's reading, when the change happened */
    bool has_worst;
    double worst; /* the highest (above …) or lowest (below …) since started */
    int64_t worst_ms;
    bool is_historical;
    enum engine_reason reason;
    struct engine_marks marks; /* after the change */
    /* Not to be announced by itself: shelved, out of service, or collected by a flood. The state
     * topic is told all the same. */
    bool is_quiet;
    bool has_limit; /* the limit that the shown test compares with, as it was then */
    double limit, second_limit;
    bool has_usual; /* `unusual`: what is usual here */
    double usual_low, usual_high;
    enum engine_surprise surprise; /* NO_SURPRISE: it is usual now */
    uint32_t count;                /* `on 3 or more`, `6 times`: how many there were */
};

struct engine_item { /* one report item */
    double value;
    bool is_known; /* false: no good reading in the window */
    uint8_t decimals;
};
struct engine_report_event {
    uint32_t report, device;
    int64_t start_ms, end_ms;        /* the window */
    int64_t time_ms;                 /* when the report was finished */
    const struct engine_item *items; /* as many as the report has; lives as long as the call */
    uint32_t expected, received, good, faulty, late, duplicate; /* expected 0: not known */
    bool is_whole;
    uint32_t revision;
};

/* More alarms than people can read (section 10.7). */
enum engine_flood_change { ENGINE_FLOOD_BEGAN, ENGINE_FLOOD_GOES_ON, ENGINE_FLOOD_ENDED };
struct engine_flood_count {
    uint32_t alarm, raised;
};
#define ENGINE_FLOOD_ALARMS_MAX 32
struct engine_flood_event {
    enum engine_flood_change change;
    int64_t time_ms, began_ms;
    uint32_t raised;                    /* GOES_ON: since the last summary; else since it began */
    uint32_t first_alarm, first_device; /* of the flood */
    const struct engine_flood_count *counts; /* by alarm, most first; lives as long as the call */
    uint32_t counts_count;
    uint32_t others; /* raises of alarms that are not in counts */
};

/* What goes on inside, for those who explain it: tests of rules, plots, `brink why`. */
enum engine_note_kind {
    ENGINE_NOTE_TRUE,      /* the condition of a trigger became true: its hold runs */
    ENGINE_NOTE_FALSE,     /* … false: the hold starts again */
    ENGINE_NOTE_RESTARTED, /* the hold starts again: a gap in the readings */
    ENGINE_NOTE_ON,        /* the trigger is on */
    ENGINE_NOTE_ENDING,    /* its end is there; the off-delay runs */
    ENGINE_NOTE_AGAIN,     /* true again in the off-delay */
    ENGINE_NOTE_OFF,
    ENGINE_NOTE_SUPPRESSED, /* the alarm; by suppression `index` of its scope */
    ENGINE_NOTE_SETTLING,   /* the state is over, the time after it runs */
    ENGINE_NOTE_CAPPED,     /* suppressed for longer than `at most`: no longer */
    ENGINE_NOTE_RELEASED,   /* nothing suppresses the alarm any more */
    ENGINE_NOTE_FAULTY,     /* a reading (`index`) was faulty */
    ENGINE_NOTE_LATE,       /* a message was out of order */
    ENGINE_NOTE_DUPLICATE,
    ENGINE_NOTE_JUDGED, /* a reading (`index`): is it unusual? … */
};
/* … for an alarm; and for those who draw what is usual. */
struct engine_usual {
    uint32_t learned; /* readings; nothing is unusual before there are ENGINE_LEARNED_LEAST */
    double value;
    bool is_high;     /* the value, for what is usual: it counts for `unusually high`, not `low` */
    double low, high; /* usual when the reading was taken */
    /* Of the reading; and what it took to begin to speak: more after it was told not long ago. Both
     * as shares of what `sensitivity` asks. */
    double surprise, bar;
    enum engine_surprise why; /* what of it surprises most */
};
#define ENGINE_LEARNED_LEAST 100
struct engine_note {
    enum engine_note_kind kind;
    int64_t time_ms; /* in the readings' time */
    uint32_t device;
    uint32_t alarm, trigger; /* RULES_NONE where it has none; trigger: index in the alarm */
    uint32_t index;
    const struct engine_usual *usual; /* JUDGED; lives as long as the call */
};

struct engine_sink {
    void (*alarm)(void *context, const struct engine_alarm_event *event);
    void (*report)(void *context, const struct engine_report_event *event);
    void (*flood)(void *context, const struct engine_flood_event *event); /* may be NULL */
    void (*note)(void *context, const struct engine_note *note);          /* NULL: nobody asks */
    /* A message of the device is judged that was neither late nor a repeat; may be NULL. */
    void (*heard)(void *context, uint32_t device, int64_t taken_ms);
    void *context;
    /* A device, or the row of a set that has no device any more, goes after the call: its number
     * may become that of another. May be NULL. */
    void (*forgotten)(void *context, uint32_t device);
};

/* Bytes of memory that an engine for these rules and at most `devices` devices needs; the whole is
 * worked out here, before anything is put in force. */
size_t engine_size_bytes(const struct ruleset *rules, uint32_t devices);
/* Bytes for each device of a group, for `brink check`. */
size_t engine_device_bytes(const struct ruleset *rules, uint32_t group);
/* How many of those keep what is usual (`is unusual`). */
size_t engine_device_learned_bytes(const struct ruleset *rules, uint32_t group);
/* Makes an engine in `memory` (aligned to 64, engine_size_bytes long, zeroed). `rules` must have
 * passed ruleset_check and outlive the engine. Time begins at now_ms. */
struct engine *engine_create(void *memory, const struct ruleset *rules, uint32_t devices,
                             struct engine_sink sink, int64_t now_ms);

/* The device of `group` that has these names (one for each named part; compared byte for byte),
 * made on first sight: names are copied then. ENGINE_NO_DEVICE, and a counter, when the table is
 * full (and no device is due to be forgotten), more than 60 new ones came within a minute, or a
 * name is longer than RULES_NAME_BYTES. Devices of all groups count together. */
uint32_t engine_device(struct engine *engine, uint32_t group, const struct text *names,
                       int64_t now_ms);
/* Only looks; never makes one. */
uint32_t engine_device_find(const struct engine *engine, uint32_t group, const struct text *names);
void engine_device_view(const struct engine *engine, uint32_t device,
                        struct engine_device_view *view);
uint32_t engine_device_count(const struct engine *engine);
/* The next one after `device`, in the order of numbers; after ENGINE_NO_DEVICE the first, and
 * ENGINE_NO_DEVICE after the last. Numbers have gaps where devices were forgotten. */
uint32_t engine_device_next(const struct engine *engine, uint32_t device);
/* The newest good value of a reading that is `as text`, cut at ENGINE_TEXT_BYTES; empty: never. A
 * view into the engine that lives until the device's next message. */
#define ENGINE_TEXT_BYTES 64
struct text engine_device_text(const struct engine *engine, uint32_t device, uint32_t reading);
/* The recent values of a number that an alarm attaches (`attach last`), oldest first, of the last
 * last_ms; no more than ENGINE_TRACE_POINTS. Returns how many points there are. */
#define ENGINE_TRACE_POINTS 120
struct engine_trace {
    int64_t from_ms, step_ms; /* the first point is the step that begins at from_ms */
    uint32_t count;
    float values[ENGINE_TRACE_POINTS];
    bool is_known[ENGINE_TRACE_POINTS]; /* false: no good reading in that step */
};
uint32_t engine_trace(const struct engine *engine, uint32_t device, uint32_t reading,
                      int64_t last_ms, struct engine_trace *trace);
/* The row of the table of a column that is for the device; RULES_NONE: it has none. */
uint32_t engine_table_row(const struct engine *engine, uint32_t device, uint32_t column);
struct engine_device_trouble {
    bool is_silent;      /* nothing came for longer than a number counts as now, or never */
    bool is_faulty;      /* the newest value of a reading can't be right */
    bool is_clock_wrong; /* a constant lag, ten times ahead, or set back (sections 9.2, E 9) */
    bool is_alike; /* the names of another device differ from its in nothing but capitals (E 14) */
};
struct engine_device_trouble engine_device_trouble(const struct engine *engine, uint32_t device,
                                                   int64_t now_ms);

/* One message: all its readings are taken in, then the rules of the group are judged. arrived_ms is
 * the site's clock and never goes back; taken_ms is the readings' own time (already arrival if they
 * have none). Time is first advanced to just before arrived_ms; timers of that same instant run
 * after the message. */
void engine_message(struct engine *engine, uint32_t device, int64_t arrived_ms, int64_t taken_ms,
                    const struct engine_reading *readings, size_t count);
/* The same with what else is known of the message. engine_message is this with nothing known. */
struct engine_message_marks {
    bool has_sequence; /* `sequence from`: finds duplicates (RULES, appendix E 12) */
    uint64_t sequence;
    bool is_no_sign_of_life; /* retained, without a time of its own (section 9.2) */
};
void engine_message_marked(struct engine *engine, uint32_t device, int64_t arrived_ms,
                           int64_t taken_ms, const struct engine_reading *readings, size_t count,
                           struct engine_message_marks marks);
/* A message came from the device but could not be understood: heard from, but faulty. */
void engine_message_unreadable(struct engine *engine, uint32_t device, int64_t arrived_ms);

/* ---- people (sections 7, 10) --------------------------------------------------------------- */

enum engine_command { ENGINE_ACKNOWLEDGE, ENGINE_SHELVE, ENGINE_UNSHELVE, ENGINE_RESET };
enum engine_answer {
    ENGINE_DONE,
    ENGINE_NOT_ACTIVE,    /* there is nothing to acknowledge, shelve or reset */
    ENGINE_ALREADY,       /* acknowledged already; not shelved */
    ENGINE_NEVER_SHELVED, /* `shelve never` */
    ENGINE_TOO_LONG,      /* longer than `shelve at most` */
    ENGINE_NOT_LATCHED,
    ENGINE_STILL_TRUE,    /* reset: the condition is true */
    ENGINE_STILL_UNKNOWN, /* reset: nobody knows whether it is */
    ENGINE_NO_SUCH_ALARM  /* the device has no such alarm */
};
/* `device`: the row of the alarm; for the site's alarms what engine_set_find answers. for_ms:
 * ENGINE_SHELVE. What changes is told through the sink before this returns. */
enum engine_answer engine_command(struct engine *engine, enum engine_command command,
                                  uint32_t alarm, uint32_t device, int64_t for_ms, int64_t now_ms);
/* Tells every active alarm again, as it is now (`resend`). */
void engine_tell_again(struct engine *engine, int64_t now_ms);
/* The row of a set that has these names (none: the site's own row), or ENGINE_NO_DEVICE. */
uint32_t engine_set_find(const struct engine *engine, uint32_t set, const struct text *names);

struct engine_alarm_state { /* now */
    bool is_here;           /* the alarm is for this row (`where`) */
    bool is_waiting;        /* a hold runs */
    bool is_unseen;         /* cleared, and still to be acknowledged */
    enum rules_severity severity;
    uint32_t trigger;
    uint32_t occurrence;
    int64_t started_ms, raised_ms;
    struct engine_marks marks;
};
struct engine_alarm_state engine_alarm_state(const struct engine *engine, uint32_t alarm,
                                             uint32_t device);
/* How often the alarm was held back by a suppression since start, for health (section 7). */
uint64_t engine_alarm_suppressed(const struct engine *engine, uint32_t alarm);

/* ---- restart (section 9.5) ----------------------------------------------------------------- */

/* The whole state as bytes: versioned, checksummed, for the same rules only. Returns the bytes that
 * are needed; writes when room is enough. */
size_t engine_save(const struct engine *engine, void *room, size_t room_bytes);
enum engine_restore {
    ENGINE_RESTORED,
    ENGINE_NOT_A_STATE,
    ENGINE_OTHER_VERSION,
    ENGINE_OTHER_RULES,
    ENGINE_DAMAGED,
    ENGINE_NO_ROOM
};
/* Into an engine that was just created for the same rules; now_ms: the site's clock now. Time since
 * the state was saved is time that Brink was off: neither silence nor good conduct. When it is not
 * restored the engine is as it was. */
enum engine_restore engine_restore(struct engine *engine, const void *bytes, size_t size,
                                   int64_t now_ms);
/* What came of it, for people: "The saved state …". */
const char *engine_restore_words(enum engine_restore result);

/* ---- time ---------------------------------------------------------------------------------- */

/* Until the clock is set, hours fail towards the alarm (section 4.3). Set from the start. */
void engine_clock_is_set(struct engine *engine, bool is_set);
/* Makes the devices that a table names by all their parts: `silent` counts for them from now on
 * (section 4.5). Tests of rules leave it out (E 15). */
void engine_expect_devices(struct engine *engine, int64_t now_ms);

/* Runs everything that is due at or before now_ms, and forgets devices (`forget after`). */
void engine_advance(struct engine *engine, int64_t now_ms);
/* When engine_advance has something to do next, exactly; INT64_MAX: never. */
int64_t engine_deadline(const struct engine *engine);
/* The site's clock was set, forwards or back: everything that was reckoned by arrival moves with
 * it, so holds, off-delays and silence take as long as if it had not been. Devices with a time of
 * their own keep it; their lag changes. A report's window that the new time lies outside of is told
 * as far as it has come; the one that runs then is not whole. Advance to the old time first. */
void engine_step_clock(struct engine *engine, int64_t delta_ms);

struct engine_counters {
    uint64_t messages, readings, faulty, late, too_late, duplicates, devices_refused;
    uint64_t devices_unlisted; /* devices that no row of a table of their group is for */
    uint64_t unreadable;       /* messages that could not be understood, of known devices */
    uint64_t early;            /* messages further ahead than `allow early`: judged by arrival */
    uint64_t clock_resets;     /* devices whose clock was set back and followed (section 9.2) */
    uint64_t forgotten;        /* devices; numbers and names seen before it counted may be void */
    uint64_t raised, cleared, updated, logged, reports;
    uint64_t triggers_judged; /* work done: shows that it does not grow with rules that don't
                                 concern a reading */
};
const struct engine_counters *engine_counters(const struct engine *engine);

#endif
