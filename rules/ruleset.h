/* The compiled form of a site's rules: one flat block without pointers, made by rules/language on a
 * desk, sealed into the image by `brink image`, judged in place by rules/engine. Everything is an
 * array entry or an offset from the block's start, so the block can lie anywhere, and the same
 * block gives the same alerts wherever it is judged. Times are milliseconds, values doubles in the
 * unit of the reading that they are compared with. */
#ifndef RULES_RULESET_H
#define RULES_RULESET_H

#include "base/text.h"

#define RULESET_MAGIC UINT32_C(0x534c5242) /* "BRLS" */
#define RULESET_VERSION 2

/* Bounds of the language (RULES, appendix C); reaching one is an error with the number in its text.
 */
#define RULES_GROUPS_MAX 64
#define RULES_ALARMS_MAX 1000
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
#define RULES_DEVICES_MAX 10000

struct rules_text { /* UTF-8, followed by a zero that is not counted */
    uint32_t offset, length;
};
struct rules_span { /* `count` entries of one structure, from `offset` */
    uint32_t offset, count;
};

/* ---- sensors ------------------------------------------------------------------------------- */

enum rules_source { RULES_FROM_MQTT, RULES_FROM_UDP };
enum rules_format { /* later: lines, senml, sparkplug, csv */
                    RULES_FORMAT_JSON
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
    struct rules_text unit;         /* as it is shown: "°C"; empty when the reading has none */
    double scale, offset;           /* value = raw * scale + offset, in `unit` */
    double valid_least, valid_most; /* -inf, +inf when not said */
    struct rules_span ignored;      /* of double: exact values (after scaling) that are faulty */
    struct rules_span
        words; /* of struct rules_text: the states; index 0 also for true, 1, on, yes, open */
    uint32_t decimals; /* the most decimals that the rules write for it */
};

struct rules_name { /* a named part of a device */
    struct rules_text name;
    uint32_t is_in_message; /* 1: read from `path` of the message; 0: from the topic */
    struct rules_path path;
};

enum rules_time {
    RULES_TIME_ARRIVAL,
    RULES_TIME_SECONDS,
    RULES_TIME_MILLISECONDS,
    RULES_TIME_TEXT
};

struct rules_group {
    struct rules_text name;
    struct rules_text called; /* template, "cooler {cooler}"; empty: the names joined */
    uint32_t source, format;
    uint16_t udp_port;
    struct rules_span levels;   /* of struct rules_level */
    struct rules_span names;    /* of struct rules_name, in the order of identity */
    struct rules_span readings; /* of struct rules_reading */
    uint32_t time;
    struct rules_path time_path;
    uint32_t has_each; /* `each PATH`: the message holds a list */
    struct rules_path each;
    uint32_t has_sequence;
    struct rules_path sequence;
    int64_t expect_ms; /* 0: not said */
    int64_t fresh_ms;  /* always set: said, or 3 * expect, or 5 minutes */
    int64_t forget_ms, late_ms, early_ms;
    struct rules_span alarms;  /* of uint32_t: indices of the alarms on this group, in order */
    struct rules_span reports; /* of uint32_t */
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
    RULES_SILENT
    /* issue by issue: rises, falls, changes, differs, missing, faulty, stuck, unusual, alarm, … */
};

enum rules_value_kind {
    RULES_CONSTANT,
    RULES_READING /* another reading of the device, plus `number` */
};
struct rules_value {
    uint32_t kind;
    uint32_t reading;
    double number;
    double written;         /* as the rule says it, … */
    struct rules_text unit; /* … in this unit (empty: none), for texts */
    uint32_t decimals;
};

struct rules_test {
    uint32_t kind;
    uint32_t reading;                 /* index into the group's readings; not used by SILENT */
    struct rules_value value, second; /* second: the other end of inside/outside */
    uint32_t word;                    /* IS of a state */
    struct rules_text text;           /* IS of a text */
};

enum rules_hold_kind { RULES_HOLD_NONE, RULES_HOLD_FOR /* duration */ };
struct rules_hold {
    uint32_t kind;
    int64_t for_ms;
};

struct rules_condition {
    uint32_t joined_by_or;   /* else by and */
    struct rules_span tests; /* of struct rules_test, 1 to RULES_TESTS_MAX */
    struct rules_hold hold;
};

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
    struct rules_condition until; /* its hold is the off-delay of this trigger when it has one */
    int64_t clear_after_ms;       /* the off-delay that applies: until … for, else the alarm's */
};

struct rules_alarm {
    struct rules_text name;
    uint32_t group;
    struct rules_span triggers;                 /* of struct rules_trigger, the most severe first */
    struct rules_text say, cause, risk, action; /* templates; say is never empty */
    struct rules_text say_updated, say_cleared; /* where say was made from the rule; empty: say */
    int64_t respond_ms;                         /* 0: not said */
    struct rules_span tags;                     /* of struct rules_text */
    uint32_t
        acknowledge_required; /* 0: optional, 1: required, 2: as built in (required for critical) */
    struct rules_text file;
    uint32_t line;
    uint64_t fingerprint; /* of what the alarm says, its values filled in */
};

/* ---- reports ------------------------------------------------------------------------------- */

enum rules_summary { RULES_AVERAGE, RULES_MINIMUM, RULES_MAXIMUM, RULES_COUNT };
struct rules_item {
    uint32_t summary, reading;
};
struct rules_report {
    struct rules_text name;
    uint32_t group;
    int64_t every_ms, wait_ms;
    struct rules_span items; /* of struct rules_item, in the order in which they were written */
    struct rules_span tags;
    struct rules_text file;
    uint32_t line;
};

/* ---- the whole ----------------------------------------------------------------------------- */

struct ruleset {
    uint32_t magic, version;
    uint64_t size_bytes;
    uint64_t checksum;    /* FNV-1a of all bytes after this field */
    uint64_t fingerprint; /* of the rule files' text */
    struct rules_text site_id, site_name, timezone;
    int64_t keep_unsent_ms;
    uint32_t send_at_most, send_per_ms; /* 120 per 60000 */
    uint32_t flood_above;
    int64_t flood_in_ms;
    struct rules_span groups, alarms, reports;
    struct rules_span ports; /* of uint32_t: UDP ports in use, each once */
};

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
