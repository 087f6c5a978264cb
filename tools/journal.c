/* Keeps what alarms did (see journal.h). */
#include "tools/journal.h"

#include "base/calendar.h"
#include "base/zone.h"
#include "rules/testing/trial.h"

#include <stdio.h>
#include <stdlib.h>

const char *const severity_names[RULES_CRITICAL + 1] = {"normal", "log", "notice", "warning",
                                                        "critical"};

void journal_begin(struct journal *journal, const struct trial *trial)
{
    *journal = (struct journal){.trial = trial};
}

void journal_free(struct journal *journal)
{
    for (size_t i = 0; i < journal->names_count; i++)
        free(journal->names[i]);
    free(journal->names);
    free(journal->episodes);
    free(journal->steps);
    free(journal->floods);
    free(journal->open);
    *journal = (struct journal){0};
}

bool journal_grow(void **array, size_t *room, size_t count, size_t size_bytes)
{
    if (count < *room)
        return true;
    size_t larger = *room > 0 ? 2 * *room : 64;
    void *moved = realloc(*array, larger * size_bytes);
    if (!moved)
        return false;
    *array = moved;
    *room = larger;
    return true;
}

#define GROW(journal, list)                                                                        \
    journal_grow((void **)&(journal)->list, &(journal)->list##_room, (journal)->list##_count,      \
                 sizeof *(journal)->list)

/* The place in `open` of the alarm's episode on the device, or -1. */
static int find_open(const struct journal *journal, uint32_t alarm, uint32_t device)
{
    for (size_t i = journal->open_count; i-- > 0;) {
        const struct episode *episode = &journal->episodes[journal->open[i]];
        if (episode->alarm == alarm && episode->device == device)
            return (int)i;
    }
    return -1;
}

static uint32_t name_of(struct journal *journal, uint32_t device)
{
    char name[512];
    trial_device_name(journal->trial, device, name, sizeof name);
    for (size_t i = journal->names_count; i-- > 0;) {
        if (strcmp(journal->names[i], name) == 0)
            return (uint32_t)i;
    }
    char *copy = GROW(journal, names) ? strdup(name) : NULL;
    if (!copy)
        return UINT32_MAX;
    journal->names[journal->names_count] = copy;
    return (uint32_t)journal->names_count++;
}

static void add_step(struct journal *journal, uint32_t episode,
                     const struct engine_alarm_event *event)
{
    if (!GROW(journal, steps)) {
        journal->has_no_memory = true;
        return;
    }
    journal->steps[journal->steps_count++] =
        (struct episode_step){episode, event->time_ms, event->severity};
}

static void raise(struct journal *journal, const struct engine_alarm_event *event)
{
    uint32_t name = name_of(journal, event->device);
    if (name == UINT32_MAX || !GROW(journal, episodes) || !GROW(journal, open)) {
        journal->has_no_memory = true;
        return;
    }
    uint32_t index = (uint32_t)journal->episodes_count++;
    journal->episodes[index] = (struct episode){.alarm = event->alarm,
                                                .device = event->device,
                                                .name = name,
                                                .started_ms = event->started_ms,
                                                .raised_ms = event->time_ms,
                                                .cleared_ms = JOURNAL_STILL_ON,
                                                .highest = event->severity,
                                                .is_quiet = event->is_quiet,
                                                .is_historical = event->is_historical};
    journal->open[journal->open_count++] = index;
    add_step(journal, index, event);
}

void journal_alarm(struct journal *journal, const struct engine_alarm_event *event)
{
    int open = find_open(journal, event->alarm, event->device);
    struct episode *episode = open >= 0 ? &journal->episodes[journal->open[open]] : NULL;
    switch (event->change) {
    case ENGINE_RAISED:
        if (!episode)
            raise(journal, event);
        break;
    case ENGINE_CLEARED:
        if (!episode)
            break;
        episode->cleared_ms = event->time_ms;
        journal->open[open] = journal->open[--journal->open_count];
        break;
    case ENGINE_UPDATED:
        if (!episode)
            break;
        episode->highest = event->severity > episode->highest ? event->severity : episode->highest;
        add_step(journal, journal->open[open], event);
        break;
    case ENGINE_LOGGED:
        journal->logged++;
        break;
    default: /* reminders, and what people do by hand */
        break;
    }
}

void journal_flood(struct journal *journal, const struct engine_flood_event *event)
{
    if (event->change == ENGINE_FLOOD_BEGAN) {
        if (GROW(journal, floods))
            journal->floods[journal->floods_count++] =
                (struct flood_period){event->time_ms, JOURNAL_STILL_ON, event->raised};
        return;
    }
    if (journal->floods_count == 0)
        return;
    struct flood_period *flood = &journal->floods[journal->floods_count - 1];
    if (event->change == ENGINE_FLOOD_GOES_ON) {
        flood->raised += event->raised;
    } else {
        flood->ended_ms = event->time_ms;
        flood->raised = event->raised;
    }
}

int64_t episode_length(const struct episode *episode, int64_t end_ms)
{
    int64_t end = episode->cleared_ms == JOURNAL_STILL_ON ? end_ms : episode->cleared_ms;
    return end > episode->raised_ms ? end - episode->raised_ms : 0;
}

const char *journal_alarm_name(const struct journal *journal, uint32_t alarm)
{
    const struct ruleset *rules = journal->trial->rules;
    return rules_text(rules, RULES_AT(rules, struct rules_alarm, rules->alarms, alarm)->name).bytes;
}

/* ---- words for people ---------------------------------------------------------------------- */

/* The two largest units, the smaller one left out when it is 0. */
const char *span_text(int64_t span_ms, char room[SPAN_BYTES])
{
    static const struct {
        int64_t ms;
        const char *name;
    } units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "min"}, {1000, "s"}};
    size_t first = 0;
    int64_t rounded = (span_ms + 500) / 1000 * 1000;
    while (first < 3 && rounded < units[first].ms)
        first++;
    int64_t count = rounded / units[first].ms, rest = rounded % units[first].ms;
    int used = snprintf(room, SPAN_BYTES, "%lld %s", (long long)count, units[first].name);
    int64_t second = first < 3 ? rest / units[first + 1].ms : 0;
    if (second > 0 && used > 0)
        snprintf(room + used, SPAN_BYTES - (size_t)used, " %lld %s", (long long)second,
                 units[first + 1].name);
    return room;
}

const char *local_text(const struct zone *zone, int64_t time_ms, char room[LOCAL_BYTES])
{
    struct calendar_date date;
    const char *name;
    calendar_split(time_ms + INT64_C(1000) * zone_offset_s(zone, time_ms, &name), &date);
    int used = snprintf(room, LOCAL_BYTES, "%04d-%02d-%02d %02d:%02d", date.year % 10000,
                        date.month, date.day, date.hour, date.minute);
    if (date.second != 0 && used > 0)
        snprintf(room + used, LOCAL_BYTES - (size_t)used, ":%02d", date.second);
    return room;
}
