/* Plays a test: its messages through pipeline, engine and alerts, on a clock that waits for
 * nothing. Comes in: a test. Goes out: what came (alerts with their texts, reports), what was
 * noted, what was sent. Called by judge.c and tools/test.c. */
#ifndef RULES_TESTING_PLAY_H
#define RULES_TESTING_PLAY_H

#include "alerts/alerts.h"
#include "rules/testing/script.h"

struct testing_row {      /* of a device, a set or the site: who an alert is about */
    struct text identity; /* "14.dairy-1"; "site" */
    struct text names[RULES_NAMES_MAX];
    uint32_t count;
};

enum testing_came_kind { TESTING_CAME_ALERT, TESTING_CAME_CLEARED, TESTING_CAME_OTHER };
struct testing_came { /* a change of an alarm */
    enum testing_came_kind kind;
    enum engine_change change;
    int64_t time_ms;
    uint32_t alarm, trigger;
    enum rules_severity severity, from_severity;
    const struct testing_row *row;
    const char *text; /* as people get it; NULL: nobody was told */
    int64_t started_ms;
    /* Shelved or out of service: nobody was told, so nothing came. */
    bool is_quiet;
    bool is_expected; /* set by judge.c */
};

struct testing_report {
    uint32_t report;
    int64_t time_ms, start_ms, end_ms;
    const struct testing_row *row;
    const struct engine_item *items;
    uint32_t items_count;
    bool is_expected;
};

struct testing_note {
    enum engine_note_kind kind;
    int64_t time_ms;
    const struct testing_row *row;
    uint32_t alarm, trigger, index;
    const struct engine_usual *usual; /* JUDGED */
};

struct testing_sent { /* one message of a sensor */
    int64_t time_ms;
    const struct testing_step *step;
    bool is_lost; /* Brink was off */
};

struct testing_trouble { /* a line that could not be done */
    const struct testing_step *step;
    const char *text;
};

struct testing_play {
    const struct testing_test *test;
    struct arena arena;
    struct testing_came *came;
    struct testing_report *reports;
    struct testing_note *notes;
    struct testing_sent *sent;
    struct testing_trouble *troubles;
    size_t came_count, reports_count, notes_count, sent_count, troubles_count;
    size_t came_room, reports_room, notes_room, sent_room, troubles_room;
    const struct testing_step **waited; /* expected to wait, and did */
    size_t waited_count;
    int64_t begins_ms, ends_ms;
};

/* False: there is not enough memory. Free with testing_play_free in every case. */
bool testing_play(struct testing_play *play, const struct testing_test *test);
void testing_play_free(struct testing_play *play);

/* True when `on` of a line speaks of this row: the short name of a sensor, a name, or all of them
 * with points between. Empty: any row. */
bool testing_row_is(const struct testing_test *test, uint32_t scope, const struct testing_row *row,
                    struct text on);
/* The row of a sensor in a scope: its own names, or those of the set that it belongs to. False when
 * it has none there. */
bool testing_row_of(const struct testing_test *test, const struct testing_sensor *sensor,
                    uint32_t scope, struct text names[RULES_NAMES_MAX], uint32_t *count);

#endif
