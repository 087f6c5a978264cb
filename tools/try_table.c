/* `brink try --table`: how often each alarm would have rung, where, and for how long (see try.h).
 */
#include "tools/try.h"

#include <stdio.h>
#include <stdlib.h>

#define DEVICES_SHOWN 5
#define FLOODS_SHOWN 10
#define DAY_MS INT64_C(86400000)

struct line { /* an alarm, or an alarm on a device */
    uint32_t alarm, name;
    uint32_t raised;
    int64_t total_ms, longest_ms;
    enum rules_severity highest;
    bool is_on; /* at the end */
};

static void add(struct line *line, const struct episode *episode, int64_t end_ms)
{
    int64_t length = episode_length(episode, end_ms);
    line->raised++;
    line->total_ms += length;
    line->longest_ms = length > line->longest_ms ? length : line->longest_ms;
    line->highest = episode->highest > line->highest ? episode->highest : line->highest;
    line->is_on |= episode->cleared_ms == JOURNAL_STILL_ON;
}

/* Noisiest first. */
static int compare(const void *a, const void *b)
{
    const struct line *left = a, *right = b;
    if (left->raised != right->raised)
        return left->raised < right->raised ? 1 : -1;
    if (left->total_ms != right->total_ms)
        return left->total_ms < right->total_ms ? 1 : -1;
    if (left->alarm != right->alarm)
        return left->alarm < right->alarm ? -1 : 1;
    return left->name < right->name ? -1 : left->name > right->name;
}

static int compare_places(const void *a, const void *b)
{
    const struct episode *left = *(const struct episode *const *)a,
                         *right = *(const struct episode *const *)b;
    if (left->alarm != right->alarm)
        return left->alarm < right->alarm ? -1 : 1;
    return left->name < right->name ? -1 : left->name > right->name;
}

/* Columns count characters, not bytes. */
static void print_cell(const char *text, int width, bool is_right)
{
    int characters = 0;
    for (const char *at = text; *at; at++)
        characters += (*at & 0xc0) != 0x80;
    int blanks = width > characters ? width - characters : 0;
    printf("%*s%s%*s", is_right ? blanks : 0, "", text, is_right ? 0 : blanks, "");
}

static void print_line(const struct line *line, const char *name, int indent, double days)
{
    char room[SPAN_BYTES], number[32];
    printf("%*s", indent, "");
    print_cell(name, 38 - indent, false);
    snprintf(number, sizeof number, "%u", line->raised);
    print_cell(number, 7, true);
    snprintf(number, sizeof number, "%.1f", (double)line->raised / days);
    print_cell(number, 8, true);
    print_cell(span_text(line->total_ms, room), 14, true);
    print_cell(span_text(line->longest_ms, room), 14, true);
    printf("  %s%s\n", severity_names[line->highest], line->is_on ? ", still on" : "");
}

struct tally {
    struct line *alarms, *places;
    size_t alarms_count, places_count;
    uint32_t by_severity[RULES_CRITICAL + 1];
};

/* Episodes side by side by alarm and device, then added up. */
static bool tally_make(struct tally *tally, const struct journal *journal, int64_t end_ms)
{
    size_t count = journal->episodes_count;
    const struct episode **sorted = malloc((count + 1) * sizeof(struct episode *));
    *tally = (struct tally){.alarms = calloc(count + 1, sizeof *tally->alarms),
                            .places = calloc(count + 1, sizeof *tally->places)};
    if (!sorted || !tally->alarms || !tally->places) {
        free(sorted);
        return false;
    }
    for (size_t i = 0; i < count; i++)
        sorted[i] = &journal->episodes[i];
    qsort(sorted, count, sizeof(struct episode *), compare_places);
    for (size_t i = 0; i < count; i++) {
        const struct episode *episode = sorted[i], *before = i > 0 ? sorted[i - 1] : NULL;
        bool is_new_alarm = !before || before->alarm != episode->alarm;
        if (is_new_alarm)
            tally->alarms[tally->alarms_count++].alarm = episode->alarm;
        if (is_new_alarm || before->name != episode->name)
            tally->places[tally->places_count++] =
                (struct line){.alarm = episode->alarm, .name = episode->name};
        add(&tally->alarms[tally->alarms_count - 1], episode, end_ms);
        add(&tally->places[tally->places_count - 1], episode, end_ms);
        tally->by_severity[episode->highest]++;
    }
    qsort(tally->alarms, tally->alarms_count, sizeof *tally->alarms, compare);
    qsort(tally->places, tally->places_count, sizeof *tally->places, compare);
    free(sorted);
    return true;
}

static void print_places(const struct tally *tally, const struct journal *journal, uint32_t alarm,
                         double days)
{
    unsigned shown = 0, more = 0;
    for (size_t i = 0; i < tally->places_count; i++) {
        const struct line *place = &tally->places[i];
        if (place->alarm != alarm)
            continue;
        if (shown < DEVICES_SHOWN)
            print_line(place, journal->names[place->name], 2, days);
        more += shown >= DEVICES_SHOWN;
        shown++;
    }
    if (more > 0)
        printf("  and %u more\n", more);
}

static void print_floods(const struct journal *journal, const struct zone *zone, int64_t end_ms)
{
    char from[LOCAL_BYTES], length[SPAN_BYTES];
    if (journal->floods_count > 0)
        printf("\nFloods (more alarms than people can read):\n");
    for (size_t i = 0; i < journal->floods_count && i < FLOODS_SHOWN; i++) {
        const struct flood_period *flood = &journal->floods[i];
        int64_t end = flood->ended_ms == JOURNAL_STILL_ON ? end_ms : flood->ended_ms;
        printf("  %s  for %s, %u alarms\n", local_text(zone, flood->began_ms, from),
               span_text(end - flood->began_ms, length), flood->raised);
    }
    if (journal->floods_count > FLOODS_SHOWN)
        printf("  and %zu more\n", journal->floods_count - FLOODS_SHOWN);
}

static void print_shares(const struct tally *tally, size_t count)
{
    bool is_first = true;
    printf("Of these were ");
    for (int severity = RULES_CRITICAL; severity >= RULES_LOG; severity--) {
        uint32_t rings = tally->by_severity[severity];
        if (rings == 0)
            continue;
        printf("%s%.0f %% %s", is_first ? "" : ", ", 100.0 * rings / (double)count,
               severity_names[severity]);
        is_first = false;
    }
    printf(". Aim for 5 %% critical, 15 %% warning, 80 %% notice.\n");
}

void try_print_table(const struct try_run *run)
{
    const struct journal *journal = &run->sides[0].journal;
    const struct zone zone = try_zone(run);
    char from[LOCAL_BYTES], to[LOCAL_BYTES], length[SPAN_BYTES];
    if (!run->sides[0].trial.engine)
        return;
    /* The clock may have passed the last reading by nothing: readings end the trial. */
    int64_t end_ms = run->last_ms;
    double days = (double)(end_ms - run->first_ms) / (double)DAY_MS;
    double counted = days < 1 ? 1 : days; /* "a day" of an hour would be nonsense */
    unsigned devices = trial_devices_heard(&run->sides[0].trial);
    printf("%s to %s (%s), %u device%s\n\n", local_text(&zone, run->first_ms, from),
           local_text(&zone, end_ms, to), span_text(end_ms - run->first_ms, length), devices,
           devices == 1 ? "" : "s");
    if (journal->episodes_count == 0) {
        printf("No alarm would have rung.\n");
        return;
    }
    struct tally tally;
    if (tally_make(&tally, journal, end_ms)) {
        printf("%-38s %6s %7s %13s %13s  %s\n", "alarm", "raised", "a day", "in total", "longest",
               "up to");
        for (size_t i = 0; i < tally.alarms_count; i++) {
            const struct line *alarm = &tally.alarms[i];
            print_line(alarm, journal_alarm_name(journal, alarm->alarm), 0, counted);
            print_places(&tally, journal, alarm->alarm, counted);
        }
        print_floods(journal, &zone, end_ms);
        if (days < 1)
            printf("\nIt would have rung %zu time%s in %s.\n", journal->episodes_count,
                   journal->episodes_count == 1 ? "" : "s",
                   span_text(end_ms - run->first_ms, length));
        else
            printf("\nIt would have rung %.1f times a day.\n",
                   (double)journal->episodes_count / days);
        print_shares(&tally, journal->episodes_count);
    }
    free(tally.alarms);
    free(tally.places);
}
