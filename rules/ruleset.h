/* The compiled form of a site's rules: one flat block without pointers, made by rules/language on a
 * desk, sealed into the image by `brink image`, judged in place by rules/engine. Everything is an
 * array entry or an offset from the block's start, so the block can lie anywhere, and the same
 * block gives the same alerts wherever it is judged. Times are milliseconds, values doubles in the
 * unit of the reading that they are compared with. */
#ifndef RULES_RULESET_H
#define RULES_RULESET_H

#include "base/text.h"

#define RULESET_MAGIC UINT32_C(0x534c5242) /* "BRLS" */
#define RULESET_VERSION 4

/* Bounds of the language (RULES, appendix C); reaching one is an error with the number in its text.
 */
#define RULES_GROUPS_MAX 64
#define RULES_ALARMS_MAX 16384
#define RULES_REPORTS_MAX 256
#define RULES_NAMES_MAX 8     /* named parts of a group */
#define RULES_READINGS_MAX 64 /* readings of a group */
#define RULES_LEVELS_MAX 16   /* levels of a topic */
#define RULES_TRIGGERS_MAX 8  /* of an alarm */
#define RULES_TESTS_MAX 4     /* of a condition */
#define RULES_NAME_BYTES 64
#define RULES_WORDS_MAX 32   /* of a state */
#define RULES_IGNORED_MAX 16 /* values of a reading */
#define RULES_TAGS_MAX 16    /* of an alarm or report */
#define RULES_ITEMS_MAX 64   /* of a report */
#define RULES_STEPS_MAX 8    /* of a path */
#define RULES_PANES_MAX 120  /* of a report's moving window: `over` by `every` */
#define RULES_DEVICES_MAX 10000
#define RULES_SETS_MAX 256   /* combinations of named parts that have alarms or reports */
#define RULES_LINKS_MAX 1024 /* ways from one scope to another */
#define RULES_WINDOWS_MAX 64 /* of a scope */
#define RULES_LEARNED_MAX 64 /* of a scope: readings of which is asked whether they are unusual */
#define RULES_SUPPRESSIONS_MAX 256 /* of a scope */
#define RULES_HOURS_MAX 64
#define RULES_TABLES_MAX 64
#define RULES_ROWS_MAX 10000 /* of a table */
#define RULES_COLUMNS_MAX 256

/* The same rules are the same bytes each time: nothing lies between members that nobody writes. */
#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

#define RULES_NONE UINT32_MAX /* an index that is not used */

struct rules_text { /* UTF-8, followed by a zero that is not counted */
    uint32_t offset, length;
};
struct rules_span { /* `count` entries of one structure, from `offset` */
    uint32_t offset, count;
};

/* ---- conditions ---------------------------------------------------------------------------- */

enum rules_test_kind {
    RULES_ABOVE,
    RULES_BELOW,
    RULES_AT_LEAST,
    RULES_AT_MOST,
    RULES_INSIDE, /* both ends belong to inside */
    RULES_OUTSIDE,
    RULES_IS, /* state: words index; text: text; number: value */
    RULES_IS_NOT,
    RULES_SILENT, /* of the row's device; with `link` and `least`: of so many of those */
    RULES_RISES,  /* by more than `value` in `in_ms`: needs `window` */
    RULES_FALLS,
    RULES_CHANGES,
    RULES_DIFFERS_FROM,   /* reading from `other`, by more than `value` */
    RULES_DIFFERS_ACROSS, /* highest minus lowest fresh value over `link`, two at least */
    RULES_MISSING,
    RULES_FAULTY,
    RULES_STUCK,   /* within `value`; counts over the hold: needs `window` */
    RULES_UNUSUAL, /* `word`: 0 either way, 1 high, 2 low */
    RULES_ALARM    /* `alarm` is active; on `least` or more */
};
/* A negation of a test that has no word of its own for it: `is not missing`, `alarm x is not
 * active`: `is_not` = 1. */

enum rules_summary {
    RULES_AVERAGE,
    RULES_MINIMUM,
    RULES_MAXIMUM,
    RULES_COUNT,
    RULES_MEDIAN,
    RULES_TOTAL,
    RULES_SPREAD,    /* maximum - minimum */
    RULES_DEVIATION, /* standard deviation, of the readings as they are (n) */
    RULES_FIRST,
    RULES_LAST,
    RULES_CHANGE,       /* last - first */
    RULES_KINETIC_MEAN, /* 83.144 kJ/mol */
    RULES_PERCENTILE,
    RULES_NO_SUMMARY = 255
};

enum rules_quantifier { RULES_THE, RULES_ANY, RULES_EVERY };

/* Names that stand in a value (`above NAME plus 2`) are those of the group of the test's subject.
 */
enum rules_value_kind {
    RULES_CONSTANT,
    RULES_READING, /* another reading of the same device, plus `number` */
    RULES_LIMIT,   /* a column of a table, in the row of the device, plus `number` */
    RULES_ACROSS   /* average or median of `reading` over `link`, without the device itself (two at
                      least), plus `number` */
};
struct rules_value {
    uint32_t kind;
    uint32_t reading;
    uint32_t column;  /* LIMIT: in the ruleset's columns */
    uint32_t link;    /* ACROSS */
    uint32_t summary; /* ACROSS: AVERAGE or MEDIAN */
    uint32_t unused;
    double number;
    double written;         /* as the rule says it, … */
    struct rules_text unit; /* … in this unit (empty: none), for texts */
    uint32_t decimals;
    uint32_t unused2;
};

struct rules_test {
    uint32_t kind;
    uint32_t is_not;
    /* Whose reading: RULES_NONE: that of the row that is judged, else the devices of the link. With
     * a summary and no window: the summary of their newest values; else `quantifier` says how many
     * of them. */
    uint32_t link, quantifier;
    uint32_t reading;  /* in the subject's group; not used by SILENT, ALARM */
    uint32_t summary;  /* RULES_NO_SUMMARY, or of the readings in the window */
    double percentile; /* 0 to 100 */
    /* RULES_NONE, or in the windows of the row's scope; with `any` or `every` in those of the
     * devices' scope (`links[link].to`): each device has its own. */
    uint32_t window; /* UNUSUAL: in the learned of the devices' scope instead, always */
    uint32_t unused;
    int64_t in_ms;                    /* RISES, FALLS, CHANGES; `over` of a summary */
    struct rules_value value, second; /* second: the other end of inside/outside */
    uint32_t other;                   /* DIFFERS_FROM: a reading of the same group */
    uint32_t word;                    /* IS of a state */
    struct rules_text text;           /* IS of a text */
    uint32_t alarm;                   /* ALARM */
    uint32_t unused2;
    double least;              /* ALARM, SILENT: on so many or more; 0: on any */
    uint32_t least_is_percent; /* of the devices of the link */
    uint32_t unused3;
};

enum rules_hold_kind {
    RULES_HOLD_NONE,
    RULES_HOLD_FOR,      /* for_ms without interruption */
    RULES_HOLD_READINGS, /* count readings in a row */
    RULES_HOLD_TOTAL,    /* for_ms in total in any in_ms */
    RULES_HOLD_TIMES     /* became true count times in in_ms */
};
struct rules_hold {
    uint32_t kind;
    uint32_t count;
    int64_t for_ms, in_ms;
};

struct rules_condition {
    uint32_t joined_by_or;   /* else by and */
    struct rules_span tests; /* of struct rules_test, 1 to RULES_TESTS_MAX */
    uint32_t unused;
    struct rules_hold hold;
};

/* ---- scopes: what has rows that are judged -------------------------------------------------- */

/* A summary or a change over time that a test of the scope asks for; equal ones are written once.
 */
struct rules_window {
    uint32_t reading, link; /* as in struct rules_test */
    int64_t over_ms;
    uint32_t is_sketched; /* 1: median or percentile is asked of it */
    uint32_t is_stuck;    /* 1: highest and lowest since the value last moved are enough */
    uint32_t expected;    /* readings of one device in over_ms; 0: not known */
    uint32_t is_kinetic;  /* 1: of the readings' heat; mean kinetic temperature is asked of it */
    double within;        /* is_stuck: what moves by no more than this has not moved */
};

/* What is usual for a reading is learned for each alarm that asks whether it is unusual, by the
 * alarm's `learn over` and `sensitivity` (section 12; E 39). */
struct rules_learned {
    uint32_t alarm, reading;
    uint32_t words; /* of its tests: bit 0 either way, 1 high, 2 low; each speaks for itself */
};

enum rules_suppression_kind {
    RULES_EXCEPT_DURING,
    RULES_ONLY_DURING,
    RULES_EXCEPT_WHILE,
    RULES_ONLY_WHILE
};
struct rules_suppression { /* equal ones of a scope are written once */
    uint32_t kind;
    uint32_t hours;              /* DURING: in the ruleset's hours */
    struct rules_condition when; /* WHILE; needs no time: no hold, no window */
    int64_t settle_ms;           /* `and for … after`; 0: the hold pauses instead */
    int64_t most_ms;             /* `at most`; EXCEPT_WHILE: always set (24 hours); others: 0 */
    struct rules_text text;      /* "except while defrost is on …", for people */
};
struct rules_suppressed_by {   /* of an alarm or report */
    uint32_t suppression;      /* in the scope's suppressions */
    uint32_t is_from_defaults; /* does not touch triggers that only ask for broken sensors */
};

struct rules_scope {
    struct rules_span alarms;       /* of uint32_t: indices, in the order of reference: an alarm
                                       that others of this scope ask for stands before them */
    struct rules_span reports;      /* of uint32_t */
    struct rules_span windows;      /* of struct rules_window */
    struct rules_span learned;      /* of struct rules_learned: a group's scope only */
    struct rules_span suppressions; /* of struct rules_suppression */
};

/* The rows of `by NAME and NAME`, `differs across`, reports `by`: one for each combination of some
 * of the named parts of a group that its devices show. Without a group: the site, one row. */
struct rules_set {
    uint32_t group;          /* or RULES_NONE: the site */
    struct rules_span names; /* of uint32_t: indices into the group's names, in their order */
    struct rules_scope scope;
};

/* A scope's number: groups first, then sets. */

struct rules_allowed { /* one condition on a named part: it is, or is not, one of these words */
    uint32_t name;     /* in the group's names */
    uint32_t is_not;
    struct rules_span words; /* of struct rules_text */
};

struct rules_pair {      /* two names that must be equal, whatever their case (E 14) */
    uint32_t own, other; /* index into the names of `from`, of `to` (a set's own order) */
};
/* From the row that is judged to the rows that a test asks about. */
struct rules_link {
    uint32_t from, to;       /* scopes */
    struct rules_span pairs; /* of struct rules_pair; none: all rows of `to` */
    uint32_t without_itself; /* 1: the other devices only */
    struct rules_span where; /* of struct rules_allowed, on the names of `to`, a group */
};

/* ---- sensors ------------------------------------------------------------------------------- */

enum rules_source { RULES_FROM_MQTT, RULES_FROM_UDP };
enum rules_format {
    RULES_FORMAT_JSON,
    RULES_FORMAT_LINES, /* InfluxDB line protocol: tags and measurement are named parts */
    RULES_FORMAT_SENML, /* RFC 8428 */
    RULES_FORMAT_SPARKPLUG,
    RULES_FORMAT_PLAIN, /* the whole message is one value */
    RULES_FORMAT_CSV    /* paths are names of columns */
};

enum rules_level_kind { RULES_LEVEL_LITERAL, RULES_LEVEL_NAME, RULES_LEVEL_REST };
struct rules_level { /* of a topic */
    uint32_t kind;
    uint32_t name;          /* NAME and REST: index into the group's names */
    struct rules_text text; /* LITERAL */
};

/* One step of a path into a message: a key, or an index into a list when `key` is empty (length 0).
 */
struct rules_step {
    struct rules_text key;
    uint32_t index;
};
struct rules_path {          /* no steps: the whole message ("payload") */
    struct rules_span steps; /* of struct rules_step */
    uint64_t hash;           /* of the first key (hash_bytes), for the decoder's first look */
};

enum rules_reading_kind { RULES_NUMBER, RULES_STATE, RULES_TEXT };
struct rules_reading {
    struct rules_text name;
    struct rules_path path;
    uint32_t kind;
    struct rules_text unit; /* as it is shown: "°C"; empty when the reading has none */
    uint32_t unused;
    double scale, offset;           /* value = raw * scale + offset, in `unit` */
    double valid_least, valid_most; /* -inf, +inf when not said */
    struct rules_span ignored;      /* of double: exact values (after scaling) that are faulty */
    struct rules_span
        words; /* of struct rules_text: the states; index 0 also for true, 1, on, yes, open */
    uint32_t decimals; /* the most decimals that the rules write for it */
    uint32_t unused2;
};

struct rules_name { /* a named part of a device */
    struct rules_text name;
    uint32_t is_in_message; /* 1: read from `path` of the message; 0: from the topic */
    uint32_t unused;
    struct rules_path path;
};

enum rules_time {
    RULES_TIME_ARRIVAL,
    RULES_TIME_SECONDS,
    RULES_TIME_MILLISECONDS,
    RULES_TIME_TEXT,
    RULES_TIME_OF_FORMAT /* that of lines, senml and sparkplug, which have one of their own */
};
static inline bool rules_time_has_path(uint32_t time)
{
    return time != RULES_TIME_ARRIVAL && time != RULES_TIME_OF_FORMAT;
}

struct rules_group {
    struct rules_text name;
    struct rules_text called; /* template, "cooler {cooler}"; empty: the names joined */
    uint32_t source, format;
    struct rules_span csv_columns; /* of struct rules_text */
    uint16_t udp_port;
    uint16_t unused;
    struct rules_span levels;   /* of struct rules_level */
    struct rules_span names;    /* of struct rules_name, in the order of identity */
    struct rules_span readings; /* of struct rules_reading */
    uint32_t time;
    struct rules_path time_path;
    uint32_t has_each; /* `each PATH`: the message holds a list */
    uint32_t unused2;
    struct rules_path each;
    uint32_t has_sequence;
    uint32_t unused3;
    struct rules_path sequence;
    int64_t expect_ms;     /* 0: not said */
    int64_t fresh_ms;      /* always set: said, or 3 * expect, or 5 minutes */
    uint32_t learns_fresh; /* 1: neither `fresh` nor `expect` was said (E 10) */
    uint32_t unused4;
    int64_t forget_ms, late_ms, early_ms;
    uint32_t has_accept;
    uint32_t unused5;
    struct rules_condition accept; /* all readings of a message are faulty unless this is true */
    struct rules_scope scope;      /* what is judged for each device of the group */
};

/* ---- tables -------------------------------------------------------------------------------- */

struct rules_row {
    struct rules_span keys; /* of struct rules_text, one for each key of the table; empty: others */
};
struct rules_table { /* rows in the order of search: fewest `others` first */
    uint32_t group;
    struct rules_span keys; /* of uint32_t: indices into the group's names */
    struct rules_span rows; /* of struct rules_row */
};
struct rules_limit {
    double number;          /* in the unit of the place where the column is used */
    double written;         /* as the table says it … */
    struct rules_text unit; /* … in this unit */
    uint32_t decimals;
    uint32_t unused;
};
/* One column, converted for one place of use: a point or a difference, in one unit. */
struct rules_column {
    struct rules_text name;
    uint32_t table;
    struct rules_span limits; /* of struct rules_limit, one for each row */
};

/* ---- hours --------------------------------------------------------------------------------- */

struct rules_hours_span { /* of one day of the week; runs past midnight when end <= begin */
    uint32_t day;         /* 0: Sunday */
    uint32_t begin_minute, end_minute; /* of the day, local time; 24:00 is 1440 */
};
struct rules_closed { /* days, both ends included; year 0: every year, one day */
    uint32_t from_year, from_month, from_day;
    uint32_t to_year, to_month, to_day;
};
struct rules_hours {
    struct rules_text name;
    struct rules_span spans;  /* of struct rules_hours_span */
    struct rules_span closed; /* of struct rules_closed */
};

/* ---- alarms -------------------------------------------------------------------------------- */

enum rules_severity { RULES_NORMAL, RULES_LOG, RULES_NOTICE, RULES_WARNING, RULES_CRITICAL };
static inline int rules_severity_number(enum rules_severity severity) /* OPC UA, section 10.2 */
{
    static const int numbers[] = {0, 100, 300, 600, 900};
    return numbers[severity];
}

struct rules_trigger {
    uint32_t severity;
    uint32_t line;
    struct rules_condition when;
    uint32_t has_until;
    uint32_t unused;
    struct rules_condition until; /* its hold is the off-delay of this trigger when it has one */
    int64_t clear_after_ms;       /* the off-delay that applies: until … for, else the alarm's */
};

enum rules_sensitivity { RULES_SENSITIVITY_NORMAL, RULES_SENSITIVITY_LOW, RULES_SENSITIVITY_HIGH };
enum rules_learn_by { RULES_LEARN_ALL, RULES_LEARN_HOUR_OF_DAY, RULES_LEARN_HOUR_OF_WEEK };

struct rules_alarm {
    struct rules_text name;
    uint32_t group;             /* RULES_NONE: the site's */
    uint32_t scope;             /* whose rows are judged: the group, or a set (`by`, the site) */
    struct rules_span where;    /* of struct rules_allowed; scope a group: devices it is for */
    struct rules_span triggers; /* of struct rules_trigger, the most severe first */
    struct rules_span suppressed_by;            /* of struct rules_suppressed_by */
    struct rules_text say, cause, risk, action; /* templates; say is never empty */
    struct rules_text say_updated, say_cleared; /* where say was made from the rule; empty: say */
    int64_t respond_ms;                         /* 0: not said */
    int64_t remind_ms;                          /* 0: never */
    int64_t shelve_most_ms;                     /* 0: never */
    int64_t limit_ms;                           /* `limit COUNT per …` */
    uint32_t limit_count;                       /* 0: no limit */
    uint32_t is_latched;                        /* clear by hand */
    uint32_t
        acknowledge_required; /* 0: optional, 1: required, 2: as built in (required for critical) */
    uint32_t sensitivity, learn_by;
    uint32_t unused;
    int64_t learn_ms;
    int64_t attach_ms;      /* 0: nothing */
    struct rules_text also; /* topic on the local broker; empty: none */
    int64_t out_until_ms;   /* out of service until then, UTC (start of that day, local); 0 */
    struct rules_text out_reason;
    struct rules_span tags; /* of struct rules_text */
    struct rules_text file;
    uint32_t line;
    uint32_t unused2;
    uint64_t fingerprint; /* of what the alarm says, its values filled in */
};

/* ---- reports ------------------------------------------------------------------------------- */

enum rules_item_kind { RULES_ITEM_SUMMARY, RULES_ITEM_TIME_WHILE, RULES_ITEM_RAW };
struct rules_item {
    uint32_t summary, reading;
    uint32_t kind;
    uint32_t unused;
    double percentile;
    struct rules_condition when; /* TIME_WHILE */
    struct rules_text text; /* TIME_WHILE: "temperature above 5 °C", its name in the message */
};
struct rules_report {
    struct rules_text name;
    uint32_t group;
    uint32_t scope;          /* the group: one for each device; a set: `by`, over its devices */
    uint32_t link;           /* scope a set: from it to its devices; else RULES_NONE */
    struct rules_span where; /* of struct rules_allowed */
    uint32_t unused;
    int64_t every_ms, wait_ms;
    int64_t at_ms;       /* into the period, local time: `every 1 day at 06:00` */
    int64_t over_ms;     /* a moving window; 0: every_ms */
    uint32_t has_change; /* `or when READING changes more than …` */
    uint32_t change_reading;
    double change_by;
    struct rules_span suppressed_by; /* of struct rules_suppressed_by */
    struct rules_span items; /* of struct rules_item, in the order in which they were written */
    struct rules_span tags;
    struct rules_text file;
    uint32_t line;
    uint32_t unused2;
};

/* ---- the whole ----------------------------------------------------------------------------- */

struct ruleset {
    uint32_t magic, version;
    uint64_t size_bytes;
    uint64_t checksum;    /* FNV-1a of all bytes after this field */
    uint64_t fingerprint; /* of the rule files' text */
    struct rules_text site_id, site_name, timezone;
    struct rules_text zone; /* the time zone as POSIX writes it; empty: UTC */
    int64_t keep_unsent_ms;
    uint32_t send_at_most, send_per_ms; /* 120 per 60000 */
    uint32_t flood_above;
    uint32_t unused;
    int64_t flood_in_ms;
    struct rules_span groups, alarms, reports;
    struct rules_span sets;    /* of struct rules_set */
    struct rules_span links;   /* of struct rules_link */
    struct rules_span tables;  /* of struct rules_table */
    struct rules_span columns; /* of struct rules_column */
    struct rules_span hours;   /* of struct rules_hours */
    struct rules_span ports;   /* of uint32_t: UDP ports in use, each once */
};

#pragma GCC diagnostic pop

/* Entry `index` of a span as a pointer to `type`. */
#define RULES_AT(set, type, span, index)                                                           \
    ((const type *)(const void *)((const char *)(set) + (span).offset) + (index))

static inline struct text rules_text(const struct ruleset *set, struct rules_text text)
{
    return (struct text){(const char *)set + text.offset, text.length};
}

/* True when the block is a whole ruleset of this version: magic, size, checksum, and every offset
 * and index in it inside its bounds, so that no reader has to check again. On false *why says what
 * is wrong. The block must be aligned to 8 bytes. */
bool ruleset_check(const void *block, size_t size_bytes, const char **why);

#endif
