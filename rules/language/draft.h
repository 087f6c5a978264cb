/* What the rule files say, names resolved and values in the units of their readings, before it
 * becomes a block. Built by the parser, judged by the checker, written by the emitter. Lives in the
 * arena. `is_broken`: a mistake was told where it is declared, so nothing is said where it is used.
 */
#ifndef RULES_LANGUAGE_DRAFT_H
#define RULES_LANGUAGE_DRAFT_H

#include "rules/language/messages.h"
#include "rules/language/units.h"

#define DRAFT_SETS_MAX 256
#define DRAFT_LIMITS_MAX 256

struct draft_step {
    struct text key; /* empty: use index */
    uint32_t index;
};
struct draft_path {
    uint32_t count;
    struct draft_step steps[RULES_STEPS_MAX];
};

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
    bool has_source, names_are_unknown;
    bool has_silent_alarm, hold_without_expect_was_told;
    struct text called;
    uint32_t source;
    uint16_t udp_port;
    struct draft_level levels[RULES_LEVELS_MAX];
    uint32_t levels_count;
    struct draft_name names[RULES_NAMES_MAX];
    uint32_t names_count;
    struct draft_reading *readings[RULES_READINGS_MAX];
    uint32_t readings_count;
    uint32_t time;
    struct draft_path time_path, each, sequence;
    bool has_each, has_sequence;
    int64_t expect_ms, fresh_ms, forget_ms, late_ms, early_ms; /* 0: not said; late, early: -1 */
};

struct draft_value {
    uint32_t kind;    /* enum rules_value_kind */
    uint32_t reading; /* RULES_READING */
    double number;    /* in the unit of the reading that it is compared with */
    double written;
    const struct unit *unit; /* as written */
    uint32_t decimals;
    struct place place;
};

struct draft_test {
    uint32_t kind; /* enum rules_test_kind */
    uint32_t reading;
    struct draft_value value, second;
    uint32_t word;
    struct text text;
    struct place subject, predicate; /* "temperature"; "above 5 °C" */
    const char *comparison;          /* "above", as the language spells it */
};

struct draft_condition {
    bool joined_by_or;
    struct draft_test tests[RULES_TESTS_MAX];
    uint32_t tests_count;
    int64_t for_ms;         /* 0: none */
    struct place for_place; /* its number */
};

struct draft_trigger {
    uint32_t severity;
    struct place place;
    struct draft_condition when, until;
    bool has_until;
};

struct draft_alarm {
    struct text name;
    struct place place;
    struct draft_group *group;
    bool is_broken, has_lost_lines;
    struct draft_trigger *triggers[RULES_TRIGGERS_MAX];
    uint32_t triggers_count;
    struct text say, cause, risk, action;
    int64_t clear_after_ms; /* -1: not said */
    int64_t respond_ms;
    struct text tags[RULES_TAGS_MAX];
    uint32_t tags_count;
    uint32_t acknowledge_required;
};

struct draft_report {
    struct text name;
    struct place place;
    struct draft_group *group;
    bool has_lost_lines;
    int64_t every_ms, wait_ms;
    struct rules_item items[RULES_ITEMS_MAX];
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

struct draft {
    bool has_site;
    struct place site_place;
    struct text site_id, site_name, timezone;
    int64_t keep_unsent_ms;
    uint32_t send_at_most, send_per_ms, flood_above;
    int64_t flood_in_ms;
    struct draft_group *groups[RULES_GROUPS_MAX];
    struct draft_alarm *alarms[RULES_ALARMS_MAX];
    struct draft_report *reports[RULES_REPORTS_MAX];
    struct draft_set sets[DRAFT_SETS_MAX];
    uint32_t groups_count, alarms_count, reports_count, sets_count;
    struct text
        limits[DRAFT_LIMITS_MAX]; /* columns of tables, which this version only knows by name */
    uint32_t limits_count;
};

#endif
