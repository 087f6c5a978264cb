/* What the rule files say, names resolved and values in the units of their readings, before it
 * becomes a block. Built by the parser, judged by the checker, written by the emitter. Lives in the
 * arena. `is_broken`: a mistake was told where it is declared, so nothing is said where it is used.
 */
#ifndef RULES_LANGUAGE_DRAFT_H
#define RULES_LANGUAGE_DRAFT_H

#include "rules/language/messages.h"
#include "rules/language/units.h"

#define DRAFT_SETS_MAX 256
#define DRAFT_CELLS_MAX 64 /* of a row of a table */

struct draft_step {
    struct text key; /* empty: use index */
    uint32_t index;
};
struct draft_path {
    uint32_t count;
    struct draft_step steps[RULES_STEPS_MAX];
};

/* Lines of a file, from `from` up to `end`: those of a block, to be read again by `like`, or for
 * each alarm that `defaults` apply to. */
struct draft_lines {
    const struct source *source;
    uint32_t from, end;
};

struct draft_condition;

struct draft_reading {
    struct text name;
    struct place place;
    bool is_broken;
    struct draft_path path;
    uint32_t kind;           /* enum rules_reading_kind */
    const struct unit *unit; /* NULL: none */
    double scale, offset, valid_least, valid_most;
    struct text valid_text; /* "-40 °C to 60 °C"; empty: not said */
    double ignored[RULES_IGNORED_MAX];
    uint32_t ignored_count;
    struct text words[RULES_WORDS_MAX];
    uint32_t words_count;
    uint32_t decimals;
};

struct draft_name {
    struct text name;
    struct place place;
    bool is_in_message;
    struct draft_path path;
};

struct draft_level {
    uint32_t kind, name;
    struct text text;
};

struct draft_group {
    struct text name;
    struct place place;
    bool is_broken;    /* nothing in it can be judged */
    bool has_mistakes; /* some of its lines could not be read */
    struct draft_lines lines;
    const struct draft_group *like; /* NULL: none */
    bool has_source, names_are_unknown;
    bool has_silent_alarm, hold_without_expect_was_told;
    struct text called;
    uint32_t source, format;
    struct place format_place;
    struct text columns[RULES_READINGS_MAX]; /* of csv */
    uint32_t columns_count;
    uint16_t udp_port;
    struct draft_level levels[RULES_LEVELS_MAX];
    uint32_t levels_count;
    struct draft_name names[RULES_NAMES_MAX];
    uint32_t names_count;
    struct draft_reading *readings[RULES_READINGS_MAX];
    uint32_t readings_count;
    uint32_t time;
    bool time_is_said;
    struct draft_path time_path, each, sequence;
    bool has_each, has_sequence, has_accept;
    struct draft_condition *accept;
    int64_t expect_ms, fresh_ms, forget_ms, late_ms, early_ms; /* 0: not said; late, early: -1 */
};

struct draft_value {
    uint32_t kind;    /* enum rules_value_kind */
    uint32_t reading; /* RULES_READING, RULES_ACROSS */
    uint32_t across;  /* RULES_ACROSS: a named part of the group … */
    uint32_t summary; /* … and AVERAGE or MEDIAN */
    uint32_t column;  /* RULES_LIMIT: in the draft's columns */
    double number;    /* in the unit of the reading that it is compared with */
    double written;
    const struct unit *unit; /* as written */
    uint32_t decimals;
    struct place place;
};

struct draft_alarm;
struct draft_test {
    uint32_t kind; /* enum rules_test_kind */
    bool is_not;   /* of a test that has no word of its own for it */
    /* Whose reading. `group` is NULL for ALARM; for SILENT when the block has no group. */
    struct draft_group *group;
    bool names_group;    /* `of GROUP` was written */
    uint32_t quantifier; /* enum rules_quantifier */
    uint32_t reading;
    uint32_t summary; /* enum rules_summary */
    double percentile;
    bool has_over;
    int64_t in_ms; /* `over` of a summary, `in` of rises, falls, changes */
    struct draft_value value, second;
    uint32_t other;            /* DIFFERS_FROM: a reading of the group */
    uint32_t across;           /* DIFFERS_ACROSS: a named part of the group */
    uint32_t word;             /* IS: of a state; UNUSUAL: 0 either way, 1 high, 2 low */
    struct text text;          /* IS */
    struct text alarm;         /* ALARM: its name … */
    struct draft_alarm *asked; /* … looked up behind the last line */
    double least;              /* SILENT, ALARM: `on 3 or more`; 0: not said */
    bool least_is_percent;
    struct place subject, predicate; /* "temperature"; "above 5 °C" */
    struct place name;               /* of the alarm, or of what `across` names */
    const char *comparison;          /* "above", as the language spells it */
};

struct draft_hold {
    uint32_t kind;  /* enum rules_hold_kind */
    uint32_t count; /* readings or times */
    int64_t for_ms, in_ms;
    struct place number, whole; /* "10"; "10 minutes" */
};

struct draft_condition {
    bool joined_by_or;
    struct draft_test *tests; /* tests_count of them, RULES_TESTS_MAX at most */
    uint32_t tests_count;
    struct draft_hold hold;
    struct place place; /* all tests */
};

/* `where NAME is [not] WORD or WORD`. */
struct draft_allowed {
    uint32_t name; /* of the group */
    bool is_not;
    struct text words[RULES_WORDS_MAX];
    uint32_t words_count;
};

/* What an alarm or a report has one of: each device of a group, each combination of some of its
 * named parts, or the site. */
struct draft_scope {
    struct draft_group *group;                    /* NULL: the site */
    bool is_set;                                  /* `by`, `differs across`, the site */
    uint32_t names[RULES_NAMES_MAX], names_count; /* of a set, in the group's order */
    struct draft_allowed *where;                  /* where_count of them, RULES_NAMES_MAX at most */
    uint32_t where_count;
};

/* A table, its cells as they are written: converted where a rule uses them. */
struct draft_cell {
    bool is_empty;
    double number;
    uint32_t decimals;
    const struct unit *unit;
    struct place place;
};
struct draft_row {
    struct text keys[RULES_NAMES_MAX]; /* empty: others */
    uint32_t others;                   /* how many of them */
    struct draft_cell *cells;          /* one for each column; none is empty in the end */
    struct place place;
};
struct draft_table {
    struct text name;
    struct place place;
    struct draft_group *group;
    bool is_broken; /* some of it could not be read: nothing is told where it is used */
    uint32_t keys[RULES_NAMES_MAX], keys_count; /* of the group's names */
    struct text columns[DRAFT_CELLS_MAX];
    const struct unit *units[DRAFT_CELLS_MAX]; /* of the headings; NULL: none */
    uint32_t columns_count;
    struct draft_row *rows; /* fewest others first */
    uint32_t rows_count, rows_capacity;
    bool has_headings, is_from_file;
    uint32_t
        column_of[DRAFT_CELLS_MAX]; /* of each cell of a row; RULES_NONE: nobody asked for it */
    uint32_t cells_count;
    struct text wanted[DRAFT_CELLS_MAX]; /* `with`: none: all columns are limits */
    uint32_t wanted_count;
};
/* One place of use, or several equal ones. */
struct draft_column {
    const struct draft_table *table;
    uint32_t column;
    const struct unit *unit; /* NULL: none */
    uint32_t place;          /* enum unit_place */
};

#define DRAFT_SPANS_MAX 64  /* of hours */
#define DRAFT_CLOSED_MAX 64 /* lines `closed` of hours */
struct draft_hours {
    struct text name;
    struct place place;
    bool is_broken;
    struct rules_hours_span spans[DRAFT_SPANS_MAX];
    struct rules_closed closed[DRAFT_CLOSED_MAX];
    uint32_t spans_count, closed_count;
};

struct draft_defaults {
    struct draft_group *group; /* NULL: every alarm of the file */
    struct draft_lines lines;
    bool has_mistakes;
};
#define DRAFT_DEFAULTS_MAX 64

struct draft_trigger {
    uint32_t severity;
    struct place place;
    struct draft_condition when, until;
    bool has_until;
};

/* `except` and `only` of an alarm or a report. */
struct draft_suppression {
    uint32_t kind;    /* enum rules_suppression_kind */
    struct text name; /* DURING: of the hours, looked up behind the last line … */
    struct place name_place;
    uint32_t hours;              /* in the draft's hours */
    struct draft_condition when; /* WHILE */
    int64_t settle_ms, most_ms;  /* most_ms 0: not said */
    struct text text;            /* "except while defrost is on …" */
    struct place place;
    bool is_from_defaults;
};
#define DRAFT_SUPPRESSIONS_MAX 16 /* of an alarm or a report */

/* All options of an alarm (RULES section 4.7). The lines of `defaults`, `defaults for` its group,
 * the alarm that it is like, and its own are read one after the other into the same options, so
 * that the nearest stands; except, only and tags add up (parse_like.c). What no line said is built
 * in: see draft_options_begin. */
struct draft_options {
    int64_t clear_after_ms; /* -1: not said */
    bool is_latched;        /* clear by hand */
    struct draft_suppression *suppressions[DRAFT_SUPPRESSIONS_MAX];
    uint32_t suppressions_count;
    struct text say, cause, risk, action; /* empty: not said */
    int64_t respond_ms, remind_ms;        /* 0: not said */
    uint32_t acknowledge_required;        /* 2: not said */
    int64_t shelve_most_ms;               /* 8 hours; 0: never */
    uint32_t limit_count;                 /* 6 … */
    int64_t limit_ms;                     /* … per hour */
    uint32_t sensitivity, learn_by;       /* enum rules_sensitivity, rules_learn_by */
    int64_t learn_ms;                     /* 7 days */
    int64_t attach_ms;                    /* 0: nothing */
    struct text tags[RULES_TAGS_MAX];
    uint32_t tags_count;
    struct text also; /* empty: none */
    int64_t out_until_ms;
    struct text out_reason;
};
static inline void draft_options_begin(struct draft_options *options)
{
    *options = (struct draft_options){.clear_after_ms = -1,
                                      .acknowledge_required = 2,
                                      .shelve_most_ms = INT64_C(8) * 3600000,
                                      .limit_count = 6,
                                      .limit_ms = 3600000,
                                      .learn_ms = INT64_C(7) * 86400000};
}

struct draft_alarm {
    struct text name;
    struct place place;
    struct draft_group *group; /* NULL: the site's */
    struct draft_scope scope;
    struct draft_lines lines;
    const struct draft_alarm *like; /* NULL: none */
    uint32_t index;                 /* among the alarms */
    uint8_t visiting;               /* while the order of reference is looked for */
    bool is_broken, has_lost_lines, has_mistakes;
    struct draft_trigger *triggers[RULES_TRIGGERS_MAX];
    uint32_t triggers_count;
    struct draft_options options;
};

struct draft_item {
    uint32_t kind; /* enum rules_item_kind */
    uint32_t summary, reading;
    double percentile;
    struct draft_condition when; /* TIME_WHILE … */
    struct text text;            /* … "temperature above 5 °C" */
};

struct draft_report {
    struct text name;
    struct place place;
    struct draft_group *group;
    struct draft_scope scope;
    struct draft_lines lines;
    const struct draft_report *like; /* NULL: none */
    bool is_broken, has_lost_lines;
    int64_t every_ms, wait_ms, at_ms, over_ms;
    struct place at_place; /* of the clock; width 0: not said */
    bool has_change;
    uint32_t change_reading;
    struct draft_value change;
    struct draft_suppression *suppressions[DRAFT_SUPPRESSIONS_MAX];
    uint32_t suppressions_count;
    struct draft_item *items; /* RULES_ITEMS_MAX */
    uint32_t items_count;
    struct text tags[RULES_TAGS_MAX];
    uint32_t tags_count;
};

/* `set NAME to VALUE`: as written, converted where it is used. */
struct draft_set {
    struct text name;
    struct place place;
    bool is_broken;
    double number;
    uint8_t decimals;
    const struct unit *unit;
};

/* A power of two, twice as many as there can be alarms: looking for a name ends soon. */
#define DRAFT_ALARM_SLOTS (2 * RULES_ALARMS_MAX)

struct draft {
    bool has_site;
    uint32_t order[RULES_ALARMS_MAX]; /* of reference: an alarm behind those that it asks for */
    /* By name: where its hash points to, or behind it; a number of `alarms` and 1; 0: free. */
    uint32_t alarms_by_name[DRAFT_ALARM_SLOTS];

    struct place site_place;
    struct text site_id, site_name, timezone, zone;
    int64_t keep_unsent_ms;
    uint32_t send_at_most, send_per_ms, flood_above;
    int64_t flood_in_ms;
    struct draft_group *groups[RULES_GROUPS_MAX];
    struct draft_alarm *alarms[RULES_ALARMS_MAX];
    struct draft_report *reports[RULES_REPORTS_MAX];
    struct draft_set sets[DRAFT_SETS_MAX];
    uint32_t groups_count, alarms_count, reports_count, sets_count;
    struct draft_hours *hours[RULES_HOURS_MAX];
    struct draft_table *tables[RULES_TABLES_MAX];
    struct draft_column columns[RULES_COLUMNS_MAX];
    struct draft_defaults defaults[DRAFT_DEFAULTS_MAX];
    uint32_t hours_count, tables_count, columns_count, defaults_count;
};

#endif
