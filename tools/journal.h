/* What alarms did during a trial, one episode from each raise to its clear. Comes in: the engine's
 * events (as a trial's observer). Goes out: lists that tables, comparisons and plots are made of.
 * Private to tools/. */
#ifndef TOOLS_JOURNAL_H
#define TOOLS_JOURNAL_H

#include "rules/engine/engine.h"

#define JOURNAL_STILL_ON INT64_MAX
#define JOURNAL_NO_EPISODE UINT32_MAX

struct trial;

struct episode {
    uint32_t alarm, device, name;              /* name: in the journal's names */
    int64_t started_ms, raised_ms, cleared_ms; /* the condition became true; …; or STILL_ON */
    enum rules_severity highest;
    bool is_quiet; /* not announced by itself: shelved, out of service, part of a flood */
    bool is_historical;
};
struct episode_step { /* the severity from then on */
    uint32_t episode;
    int64_t time_ms;
    enum rules_severity severity;
};
struct flood_period {
    int64_t began_ms, ended_ms; /* or STILL_ON */
    uint32_t raised;
};

struct journal {
    const struct trial *trial;
    struct episode *episodes;
    struct episode_step *steps;
    struct flood_period *floods;
    char **names; /* of devices, as people know them */
    uint32_t *open;
    size_t episodes_count, steps_count, floods_count, names_count, open_count;
    size_t episodes_room, steps_room, floods_room, names_room, open_room;
    uint64_t logged, reports;
    bool has_no_memory; /* what came later is not in it */
};

void journal_begin(struct journal *journal, const struct trial *trial);
void journal_free(struct journal *journal);
void journal_alarm(struct journal *journal, const struct engine_alarm_event *event);
void journal_flood(struct journal *journal, const struct engine_flood_event *event);

/* Longer arrays: the room of `*array` is made enough for one more of `size_bytes`. */
bool journal_grow(void **array, size_t *room, size_t count, size_t size_bytes);

/* How long it was on, up to `end_ms`. */
int64_t episode_length(const struct episode *episode, int64_t end_ms);
/* "cooler-too-warm" */
const char *journal_alarm_name(const struct journal *journal, uint32_t alarm);

/* ---- words for people ---------------------------------------------------------------------- */

#define SPAN_BYTES 48
#define LOCAL_BYTES 32
/* "45 s", "12 min", "3 h 20 min", "2 d 4 h". */
const char *span_text(int64_t span_ms, char room[SPAN_BYTES]);
/* "2026-03-14 08:15" (seconds when they are not 0), in the zone. */
struct zone;
const char *local_text(const struct zone *zone, int64_t time_ms, char room[LOCAL_BYTES]);
extern const char *const severity_names[RULES_CRITICAL + 1];

#endif
