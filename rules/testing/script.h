/* What a `.test` file says (RULES section 14), names resolved against the rules that it names.
 * Comes in: text, and rules by the caller's loader. Goes out: tests as lists of steps, all times in
 * UTC milliseconds. Made by read*.c, played by play.c, judged by judge.c. Desk tools only.
 * Everything lives in the arena of the file. */
#ifndef RULES_TESTING_SCRIPT_H
#define RULES_TESTING_SCRIPT_H

#include "base/zone.h"
#include "rules/language/messages.h"
#include "rules/ruleset.h"

#define TESTING_SENSORS_MAX 64 /* of a test */
#define TESTING_VALUES_MAX 16  /* readings of a line */
#define TESTING_ITEMS_MAX 8    /* of an expected report */
#define TESTING_STEPS_MAX 2000 /* of a test */

struct testing_rules { /* what a `rules` line named; given by the loader */
    const struct ruleset *rules;
    struct zone zone;
    const char *posix_zone;          /* the same, for texts; "": UTC */
    const char *site_id, *site_name; /* NULL: as the rules have it */
};

/* `path` as the test file says it. NULL: the loader has said why. */
struct testing_loader {
    const struct testing_rules *(*load)(void *context, struct text path);
    void *context;
};

struct testing_sensor {
    struct text short_name; /* empty: none */
    uint32_t group;
    struct text names[RULES_NAMES_MAX];
    uint32_t sent; /* messages so far, for `sequence from` */
};

enum testing_value_kind {
    TESTING_NUMBER,
    TESTING_WORD,   /* of a state */
    TESTING_TEXT,   /* in quote marks; of a number: sent as it is, so faulty */
    TESTING_MISSING /* sent as null */
};
struct testing_value {
    uint32_t reading;
    enum testing_value_kind kind;
    double from, to; /* in the reading's unit; differ in a ramp */
    uint8_t decimals;
    uint32_t word;
    struct text text;
    struct text written; /* "4 °C to 6 °C", for people */
};

enum testing_step_kind {
    TESTING_READINGS,
    TESTING_SEND,
    TESTING_SEND_UDP,
    TESTING_OFF,
    TESTING_RESTART,
    TESTING_UPLINK_DOWN,
    TESTING_COMMAND,
    TESTING_EXPECT
};

enum testing_expected {
    TESTING_EXPECT_ALERT, /* raised, or raised to that severity, or logged */
    TESTING_EXPECT_CLEARED,
    TESTING_EXPECT_WAITING,
    TESTING_EXPECT_REPORT
};
struct testing_item { /* of an expected report */
    uint32_t item;    /* in the report's */
    double value;
    uint8_t decimals;
    struct text written; /* "average of temperature 5 °C" */
};

struct testing_step {
    enum testing_step_kind kind;
    uint32_t line, column; /* of the file, from 1 */
    /* When. READINGS: from, every, until the last one at most. EXPECT: any moment of it. OFF,
     * UPLINK_DOWN: until is excluded. Others: at from. means_until_ms: the last millisecond that
     * the line speaks of. */
    int64_t from_ms, until_ms, every_ms, means_until_ms;

    struct testing_sensor *sensor; /* READINGS */
    struct testing_value values[TESTING_VALUES_MAX];
    uint32_t values_count;
    bool has_taken;
    int64_t taken_ms;

    struct text topic, payload; /* SEND, SEND_UDP */
    uint16_t port;

    uint32_t command; /* enum engine_command */
    int64_t for_ms;

    enum testing_expected expected;
    uint32_t severity;
    uint32_t alarm, report; /* EXPECT, COMMAND */
    struct text on;         /* as written; empty: any */
    struct text part;       /* of the text; empty: any */
    struct testing_item items[TESTING_ITEMS_MAX];
    uint32_t items_count;

    struct testing_step *next;
};

struct testing_test {
    struct text name;
    struct place place;
    uint32_t line;
    const struct testing_rules *rules;
    int64_t day_ms; /* local midnight of its date, as if it were UTC */
    bool has_date;
    struct testing_sensor sensors[TESTING_SENSORS_MAX];
    uint32_t sensors_count;
    struct testing_step *first, *last; /* in the order of lines */
    uint32_t steps_count;
    bool expects_nothing;
    struct place nothing_place;
    bool has_lost_sensor; /* a sensor line with a mistake */
    bool has_mistakes;    /* a message says which; it can't be run */
    struct testing_test *next;
};

struct testing_file {
    const char *name;
    struct testing_test *first;
    uint32_t tests_count;
    struct rules_compiled messages; /* of the reading: only messages are filled in */
};

/* Reads a whole file; any bytes are allowed. Messages say what is wrong; a test with a mistake is
 * kept, marked. Free with testing_file_free; what the loader gave must outlive the file. */
void testing_file_read(struct testing_file *file, const struct rules_source_file *source,
                       struct testing_loader loader);
void testing_file_free(struct testing_file *file);

/* Default date: a Monday without clock change, in a week without any. */
#define TESTING_DAY_MS INT64_C(1769990400000) /* 2026-02-02 */

#endif
