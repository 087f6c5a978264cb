/* The engine's own view of a ruleset, and how a device lies in memory.
 * A ruleset is made for exchange; judging wants what it touches for each reading close together:
 * here a test takes 32 bytes, a trigger 64, an alarm 24, and a device is one row whose parts lie in
 * the order in which a message touches them. Made once by plan_make; private to rules/engine. */
#ifndef RULES_ENGINE_PLAN_H
#define RULES_ENGINE_PLAN_H

#include "base/wheel.h"
#include "rules/engine/engine.h"
#include "rules/engine/ring.h"
#include "rules/engine/unusual.h"

#define PLAN_NO_TEST 255

struct plan_value {
    uint8_t kind; /* enum rules_value_kind */
    uint8_t reading;
    uint8_t summary;         /* ACROSS */
    uint32_t column_or_link; /* LIMIT; ACROSS */
    double number;           /* the value, or what is added */
};

struct plan_test {
    uint8_t kind; /* enum rules_test_kind */
    uint8_t of;   /* enum rules_reading_kind of the reading */
    uint8_t reading;
    uint8_t other; /* DIFFERS_FROM */
    uint8_t quantifier, summary;
    bool is_not;
    uint32_t link;   /* RULES_NONE: the row itself */
    uint32_t window; /* RULES_NONE; else windows.c answers. UNUSUAL: learned.c */
    union {
        uint32_t word;          /* of = RULES_STATE */
        struct rules_text text; /* of = RULES_TEXT */
        uint32_t alarm;         /* ALARM: in plan.alarms */
    };
    struct plan_value value, second;
    const struct rules_test *written; /* what is rarely needed: percentile, least, in_ms */
};

static inline bool plan_is_shown(const struct plan_test *test) /* it has a value for people */
{
    return test->kind != RULES_SILENT && test->kind != RULES_MISSING &&
           test->kind != RULES_FAULTY && test->kind != RULES_ALARM;
}

struct plan_condition {
    uint32_t first; /* of plan.tests */
    uint8_t count;
    bool joined_by_or;
};

/* Most triggers are off and stay off. One comparison tells so, without asking whether the value is
 * fresh: if it is not, the condition is not true either. LINK: so does the value of the device that
 * has just spoken, if the test asks about it over `quick_link`. */
enum plan_quick {
    PLAN_NO_QUICK,
    PLAN_QUICK_NUMBER,
    PLAN_QUICK_WORD,
    PLAN_QUICK_LINK_NUMBER,
    PLAN_QUICK_LINK_WORD
};

struct plan_hold { /* of the kinds that count (RULES, appendix E 22, 23) */
    uint8_t kind;  /* enum rules_hold_kind */
    uint8_t count; /* READINGS, TIMES */
    uint32_t at;   /* TOTAL, TIMES: in the row */
    int64_t for_ms, in_ms;
    int64_t fresh_ms;  /* TOTAL: a value counts no longer; 0: the device's */
    uint64_t readings; /* READINGS: those that a message must carry to count */
};

struct plan_trigger {
    /* Not true if sign * number <= limit (NUMBER) or the word is another one (WORD). */
    double quick_sign, quick_limit;
    uint32_t quick_word;
    uint8_t quick, quick_reading;
    uint32_t quick_link;
    uint32_t alarm; /* in the scope; triggers of a scope lie in the order of their slots */
    struct plan_condition when, until;
    int64_t hold_ms, clear_ms; /* hold_ms: of the kind FOR, else 0 */
    struct plan_hold hold;
    uint8_t severity;
    uint8_t shown;   /* the test that people are shown, in `when` */
    int8_t worst_is; /* 1: the highest value of the shown test, -1: the lowest, 0: there is none */
    bool has_until;
    bool is_about_sensors; /* asks only whether sensors are broken (section 7) */
    /* Waits for something not to come (`silent`, `missing for …`): judged by arrival, by time and
     * by every sign of life. */
    bool is_silent;
};

struct plan_alarm {
    uint64_t readings;            /* bit set: a message with this reading concerns the alarm */
    uint64_t faulty;              /* … also when it is faulty */
    uint32_t alarm;               /* in the ruleset */
    uint32_t first_trigger;       /* of plan.triggers */
    uint32_t slot;                /* of its first trigger in the row */
    uint32_t first_raise;         /* of the row's raises: as many as life_raises */
    uint32_t first_asker, askers; /* of plan.askers: alarms that ask whether it is active */
    uint16_t rank; /* more than that of every alarm that it asks about; 0: it asks about none */
    uint8_t count;
    bool has_where;
    bool has_window;
    bool has_learned;    /* a test asks whether something is unusual */
    uint32_t suppressed; /* its struct suppressed_record in the row; RULES_NONE: never is */
    struct rules_span suppressed_by;
    int64_t longest_hold_ms;
};

struct plan_suppression { /* of a scope */
    uint8_t kind;         /* enum rules_suppression_kind */
    uint32_t hours;
    struct plan_condition when;
    int64_t settle_ms, most_ms;
};

struct plan_silent { /* one trigger with a test `silent` */
    int64_t hold_ms;
    uint32_t alarm;   /* in the scope */
    uint32_t trigger; /* in the alarm */
    uint32_t slot;    /* in the row */
    uint8_t reading;  /* `missing`; PLAN_NO_READING: `silent` */
    bool is_plain;    /* nothing but that, of the row itself */
};
#define PLAN_NO_READING 255

/* ---- who asks about whom (plan_links.c) ----------------------------------------------------- */

struct plan_list { /* of plan.touched */
    uint32_t first, count;
};
struct plan_asker {
    uint32_t link;  /* RULES_NONE: of the same row */
    uint32_t scope; /* of the alarm that asks … */
    uint32_t alarm; /* … in that scope */
};
struct plan_link {
    uint32_t from, to;         /* scopes */
    uint32_t from_end, to_end; /* in the rows' ends */
    uint32_t lists; /* of plan.lists: of alarms of `from`, one for each reading of `to`, and one
                       for those that ask for silence */
    bool without_itself;
};
struct plan_end { /* of a scope's rows */
    uint32_t link;
    bool is_member; /* it is asked about; else it asks */
};

#define PLAN_NO_SUM 255
struct plan_report {
    uint64_t readings, raw; /* bit set: sums or conditions are about it; it is told as it is */
    int64_t over_ms;        /* the window: every_ms, or longer and moving */
    double change_by;       /* `or when READING changes more than` */
    bool has_change, is_moving, has_windows;
    uint8_t change_reading;
    uint8_t empty_most;              /* windows without a message that are told in a row */
    uint8_t kept;                    /* windows that were told and are kept */
    uint8_t whiles;                  /* `time while`, in the order of the items */
    uint8_t sketches;                /* readings with median or percentile */
    uint32_t first_while;            /* of plan.whiles */
    uint32_t at_whiles, at_sketches; /* in a window */
    uint32_t kept_bytes;             /* of each: revisions go without percentiles */
    uint8_t sketch_of[RULES_READINGS_MAX];
    int64_t every_ms, wait_ms;
    int64_t origin_ms; /* windows begin at origin + n * every (weeks begin on Monday) */
    bool is_local;     /* … by the clock on the wall */
    bool has_suppression, has_where, has_kinetic;
    uint32_t link; /* from a set to its devices, or RULES_NONE */
    uint32_t group;
    uint32_t report;     /* in the ruleset */
    int64_t expect_ms;   /* from message to message; 0: not known */
    uint32_t at_windows; /* in the device's row */
    uint32_t window_bytes;
    uint8_t sums;                       /* readings that are summed up */
    uint8_t sum_of[RULES_READINGS_MAX]; /* reading -> sum, or PLAN_NO_SUM */
};

/* A window of a scope (windows.c). */
struct plan_window {
    struct ring_rule rule;
    uint32_t at; /* in the row */
    uint32_t link, group;
    uint32_t expected; /* of one device; 0: not known */
    uint8_t reading;
    bool is_stuck, is_kinetic;
    double within; /* stuck */
};
/* Where the windows of a scope lie from `at` on; returns where the last ends. windows: NULL, or
 * room for them. */
uint32_t plan_windows_make(const struct ruleset *rules, uint32_t scope, uint32_t at,
                           struct plan_window *windows);

/* What is usual for a reading of a device, for one alarm (learned.c). */
struct plan_learned {
    struct unusual_settings settings;
    double threshold;
    uint32_t at; /* struct learned in the row */
    uint8_t reading;
    uint8_t words; /* as in struct rules_learned: an episode for each, in this order */
};
struct learned { /* of a row */
    struct unusual unusual;
    double low, high; /* what was usual before the newest reading that was judged … */
    double low_before, high_before; /* … and when the last episode began … */
    bool went_out;                  /* … with a reading that was outside of that */
    struct unusual_episode episodes[];
};
enum learned_state {                    /* bits of a byte of its own in the row */
                     LEARNED_WAITS = 1, /* the newest value still is to be given to it */
                     LEARNED_JUDGED =
                         2 /* … was: it was neither suppressed nor taken without a clock */
};
/* The same as plan_windows_make. */
uint32_t plan_learned_make(const struct ruleset *rules, uint32_t scope, uint32_t at,
                           struct plan_learned *learned);

/* What has rows that are judged: the groups, then the sets (RULES, appendix E 1, 28). */
struct plan_scope {
    uint32_t group; /* whose devices; RULES_NONE: the site */
    uint32_t set;   /* RULES_NONE: the rows are the group's devices themselves */
    uint32_t first_alarm, alarms;
    uint32_t first_trigger;
    uint32_t first_silent, silents;
    uint32_t first_report, reports;
    uint32_t first_suppression, suppressions;
    uint32_t suppressed_alarms;
    uint32_t counted_bytes; /* of all totals and counts */
    uint32_t readings;      /* a set has none of its own */
    uint32_t names, triggers;
    int64_t fresh_ms;       /* of numbers */
    int64_t state_fresh_ms; /* since the device was heard; 0: states stand until they change */
    int64_t late_ms, early_ms;
    bool has_own_time;
    bool learns_fresh;            /* from the intervals of each device (RULES, appendix E 10) */
    struct plan_condition accept; /* of the group's messages; count 0: all are accepted */
    uint64_t texts;               /* bit set: the reading is `as text` */
    uint32_t texts_count;
    uint32_t raises; /* of all alarms with `limit` */
    uint64_t traced; /* bit set: an alarm attaches the reading */
    uint32_t traces;
    uint32_t first_window, windows;
    uint32_t window_bytes;
    uint32_t first_learned, learned;
    uint32_t learned_bytes;
    uint32_t report_bytes;    /* of the windows of all reports */
    uint32_t tables;          /* of its group */
    uint32_t sets;            /* of its group: rows that a device belongs to */
    uint32_t repeats;         /* 1: messages are compared with earlier ones */
    uint32_t first_end, ends; /* of plan.ends */
    uint32_t lists;           /* of plan.lists: of alarms, one for each reading */
    uint32_t link_lists;      /* of links that ask, one for each reading, one for silence */
    uint64_t linked;          /* bit set: a link asks for this reading */
    uint64_t linked_faulty;
    uint64_t faulty; /* bit set: an alarm of its own is concerned when this reading is faulty */
    /* Where the parts of a row lie, in bytes from its start: see plan_row.c. */
    uint32_t at_values, at_states, at_triggers, at_alarms, at_raises, at_traces, at_ends,
        at_table_rows, at_windows, at_reports, at_texts, at_names, at_sets;
    uint32_t at_learned, at_learned_states;
    uint32_t at_suppressions, at_suppressed, at_counted, at_repeats;
    uint32_t row_bytes; /* without the bytes of the names */
};

struct plan {
    const struct ruleset *rules;
    const struct plan_scope *scopes; /* the groups, then the sets */
    uint32_t scopes_count, groups_count;
    const struct plan_alarm *alarms;
    const struct plan_trigger *triggers;
    const struct plan_test *tests;
    const struct plan_silent *silents;
    const struct plan_report *reports;
    const struct plan_window *windows;
    const struct plan_learned *learned;
    const uint16_t *linked; /* of windows: those with a link */
    uint32_t linked_windows;
    const struct plan_link *links;
    const struct plan_end *ends;
    const struct plan_list *lists;
    const uint32_t *touched; /* what the lists hold */
    const struct plan_asker *askers;
    const uint32_t *alarm_at; /* alarm of the ruleset -> plan.alarms; RULES_NONE */
    uint32_t ranks;           /* one more than the highest */
    const struct plan_suppression *suppressions;
    const struct plan_condition *whiles; /* of reports */
};

/* ---- a row, of a device or of a set: this, then the parts that plan_row.c lists -------------- */

struct device {
    struct wheel_timer
        timer;         /* first: the wheel gives it back as the device. Due by the site's clock */
    int64_t newest_ms; /* own time of the newest message; INT64_MIN: none */
    int64_t heard_ms;  /* arrival of the newest sign of life; INT64_MIN: none */
    int64_t lag_ms;    /* arrived - taken of the newest message */
    uint32_t scope, index;
    int64_t fresh_ms; /* how long a number stands for "now" */
    uint32_t waiting; /* the first trigger that holds or ends, slot + 1; `silent` ones left out */
    uint8_t late_in_row, early_in_row,
        steady_in_row; /* towards "clock wrong"; up to DEVICE_PATIENCE */
    bool clock_is_wrong;
    bool has_sequence;
    bool is_unlisted;    /* in no row of a table of its group */
    bool is_expected;    /* a table names it, and it was not seen yet */
    bool is_named;       /* by a row of a table, with all its parts: it is not forgotten */
    bool is_going;       /* is being forgotten: nothing asks it any more */
    uint8_t intervals;   /* learned so many, up to INTERVALS_ENOUGH (arrival.c) */
    int64_t interval_ms; /* their mean, which follows slowly */
    uint32_t places;     /* its bytes in units of ROW_ALIGN */
    uint32_t members;    /* of a set: the devices that it has */
    uint64_t outlived;   /* bit set: the state is from before a gap, and was not sent since */
    /* Rarely touched. */
    uint64_t sequence;   /* of the newest message */
    int64_t first_ms;    /* first seen */
    int64_t life_due_ms; /* the earliest moment that an alarm of it waits for (life.c); 0: none */
};
#define DEVICE_PATIENCE 10

enum trigger_state { /* one byte each; odd: waits for something that is due */
                     TRIGGER_OFF,
                     TRIGGER_HOLDING,
                     TRIGGER_ON,
                     TRIGGER_ENDING,
                     TRIGGER_WATCHED = 5 /* on, and its window may soon no longer show it */
};

struct trigger_record { /* means something unless the state is OFF */
    int64_t since_ms;   /* the condition became true, in the trigger's time */
    int64_t ending_ms;  /* ENDING: the end began */
    int64_t
        due_ms; /* HOLDING, ENDING: by the site's clock; WHEEL_NEVER: waits for a good reading */
    int64_t own_due_ms; /* the same in the trigger's time */
    int64_t worst_ms;   /* INT64_MIN: none yet */
    double worst;
    uint32_t next, previous; /* that wait, of this row: slot + 1; 0: none */
    int64_t paused_ms;       /* HOLDING: suppressed for so long since it began */
    int64_t paused_at_ms;    /* … and now, since then; INT64_MIN: not now */
    int64_t counted_at_ms;   /* hold of readings: the newest */
    uint8_t counted, missed; /* … how many; how many more there were while suppressed */
    bool is_held_back;       /* would have come on, but for suppression; told once */
};

enum suppression_state {
    SUPPRESSION_OFF,
    SUPPRESSION_IN_FORCE,
    SUPPRESSION_SETTLING, /* the state is over, `and for … after` is not */
    SUPPRESSION_CAPPED    /* for longer than `at most`: not again until the state has been left */
};
struct suppression_record { /* of `except while`; in the readings' time */
    int64_t since_ms;       /* this going, with the times of settling in it */
    int64_t left_ms;        /* SETTLING: since then */
    uint8_t state;
};
struct suppressed_record { /* of an alarm, by all its lines */
    int64_t due_ms;        /* by the site's clock; WHEEL_NEVER */
    int64_t own_due_ms;
    int64_t released_ms; /* INT64_MIN: never was suppressed */
    /* Several lines together (E 25): INT64_MIN when there is none. */
    int64_t go_ms;         /* suppressed without an unsuppressed hold since then */
    int64_t free_ms;       /* not suppressed since then */
    int64_t free_until_ms; /* the longest cap is over: not suppressed until then */
    uint32_t by;           /* the suppression that tells why */
    uint8_t phase;         /* its state */
    bool is_any, is_own;   /* is suppressed; by a line that is not from defaults */
    bool restarts;         /* holds start again at the end (E 19) */
};

struct alarm_record {
    int64_t started_ms, raised_ms;
    uint32_t occurrence;
    uint8_t severity; /* enum rules_severity; NORMAL: not active */
    uint8_t trigger;  /* that decides it */
    bool is_historical;
    bool is_pending;                     /* to be judged in this instant: see links.c */
    bool is_elsewhere;                   /* `where`: the alarm is not for this row */
    uint32_t pending_row, pending_alarm; /* that follows */
    /* What became of it since (see life.h), by the site's clock. */
    uint8_t highest;     /* since it was raised; not active: when it cleared */
    uint8_t shelved_for; /* this severity and lesser ones */
    uint8_t cleared_by;  /* enum engine_reason */
    uint8_t raises, next_raise;
    uint16_t life; /* enum life_mark, bits */
    int64_t active_ms, acknowledged_ms, shelved_until_ms;
    int64_t remind_at_ms, calm_at_ms; /* the next reminder; the end of chattering */
};

struct link_end {    /* of a row */
    uint32_t bucket; /* + 1; 0: none */
    uint32_t next;   /* row + 1, of the same bucket */
};

/* Raises that are remembered of an alarm with `limit`. */
#define LIFE_RAISES_MOST 60
static inline uint32_t life_raises(const struct rules_alarm *alarm)
{
    return alarm->limit_count < LIFE_RAISES_MOST ? alarm->limit_count : LIFE_RAISES_MOST;
}

struct trace_record {           /* see trace.c */
    int64_t newest_ms, step_ms; /* the step that runs; step 0: no reading yet */
    uint8_t at, count;          /* of the ring */
    uint8_t known[(ENGINE_TRACE_POINTS + 7) / 8];
    float values[ENGINE_TRACE_POINTS];
};

/* Messages of a device that has a time of its own or counts them: a hash, whose last 16 bits are
 * the second of arrival. */
#define REPEATS_KEPT 64
struct repeats {
    uint8_t tags[REPEATS_KEPT];   /* the first 8 bits of each mark, to look at eight in one go */
    uint64_t marks[REPEATS_KEPT]; /* 0: none */
    uint32_t next;
};

struct text_record {
    uint8_t length;
    char bytes[ENGINE_TEXT_BYTES];
};

struct report_sum {
    double sum, carry; /* compensated (Neumaier 1974): a day of readings loses no digit */
    double least, most, first, last;
    double mean, squares; /* of the distances from the mean (Welford 1962) */
    double heat;          /* kinetic mean: see base/kinetic.h */
    int64_t first_ms, last_ms;
    uint32_t count;
    uint8_t decimals;
};
struct report_window {
    int64_t start_ms, end_ms;
    uint32_t received, good, faulty, late, duplicate;
    uint32_t excluded;    /* came while the report was suppressed */
    uint8_t empty_before; /* windows in a row without a message, just before this one */
    bool is_open;
    bool is_over;      /* told, and no other opened: the device is silent */
    bool is_cut;       /* the site's clock was set meanwhile: it cannot be whole */
    bool is_told;      /* kept for late readings, and for the moving window that it is a pane of */
    uint16_t revision; /* the next */
    int64_t revise_ms; /* by the site's clock; 0: nothing new */
    struct report_sum sums[]; /* then struct report_while, then struct sketch */
};
struct report_while { /* of `time while` */
    int64_t true_ms, known_ms;
};
struct report_state {          /* before the windows of a report */
    int64_t from_ms, until_ms; /* what its conditions are, since then, and no longer than until */
    uint64_t is_true, is_known;
    double latest, sent; /* of the reading that is told when it changes */
    bool has_sent;
    uint8_t next_kept;
};
/* For each report: its state, the running window, the one that waits for late readings, and those
 * that were told. */
static inline uint32_t plan_report_row_bytes(const struct plan_report *report)
{
    return (uint32_t)sizeof(struct report_state) + 2 * report->window_bytes +
           report->kept * report->kept_bytes;
}

/* ---- sizes --------------------------------------------------------------------------------- */

#define ROW_ALIGN 64

/* What is written for scope `index` (see struct rules_set), and whose group it is: RULES_NONE for
 * the site. */
const struct rules_scope *plan_rules_scope(const struct ruleset *rules, uint32_t index);
uint32_t plan_rules_group(const struct ruleset *rules, uint32_t index);

/* Counts and lays out the rows of a scope; its tables (first_…) are left out. */
void plan_row_lay_out(const struct ruleset *rules, uint32_t index, struct plan_scope *scope);
/* Bytes of one row of a scope, with the longest names. */
size_t plan_row_bytes(const struct ruleset *rules, uint32_t scope);
/* Bytes of a device of the group with the rows of sets that it can bring. */
size_t plan_device_bytes(const struct ruleset *rules, uint32_t group);
/* The sets of a group; RULES_NONE: those of the site. */
uint32_t plan_sets_of(const struct ruleset *rules, uint32_t group);
/* What a hold keeps in a row beside its struct trigger_record. */
uint32_t plan_counted_bytes(const struct rules_hold *hold);
/* What a report keeps in a row (plan_report.c): fills in all but the places in tables and rows. */
void plan_report_lay_out(const struct ruleset *rules, const struct rules_report *report,
                         struct plan_report *made);
/* The most that a window of any report takes. */
uint32_t plan_window_most(const struct ruleset *rules);

size_t plan_size_bytes(const struct ruleset *rules);
uint32_t plan_items_most(const struct ruleset *rules);
/* ---- plan_links.c -------------------------------------------------------------------------- */

size_t plan_links_size_bytes(const struct ruleset *rules);
/* Bytes of links that end at rows of this scope. */
uint32_t plan_ends_of(const struct ruleset *rules, uint32_t scope);
/* Writes links, lists and askers into `memory`, once scopes and alarms are there. */
void plan_links_make(struct plan *plan, struct plan_scope *scopes, struct plan_alarm *alarms,
                     void *memory);

/* ---- plan_test.c --------------------------------------------------------------------------- */

/* A condition of a scope: its tests are written from tests[*next] on. */
struct plan_condition plan_condition_make(const struct ruleset *rules, uint32_t scope,
                                          const struct rules_condition *condition,
                                          struct plan_test *tests, uint32_t *next);
/* True when the trigger waits for something not to come. */
bool plan_is_absence(const struct ruleset *rules, const struct rules_condition *when);
bool plan_is_absence_test(const struct rules_test *test, const struct rules_hold *hold);
/* What follows from a trigger's tests: what is shown, what is worst, the quick comparison. */
void plan_trigger_finish(struct plan_trigger *trigger, const struct plan_test *tests);

/* Which readings of a group an alarm attaches (trace.c). */
uint64_t trace_readings(const struct ruleset *rules, const struct rules_group *group);
/* Writes the plan into `memory` (aligned to 8, plan_size_bytes long). */
void plan_make(struct plan *plan, const struct ruleset *rules, void *memory);

#endif
