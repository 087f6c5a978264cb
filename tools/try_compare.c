/* `brink try --compare`: what other rules would have done with the same readings (see try.h).
 * Episodes of the same alarm on the same device that overlap belong together. */
#include "tools/try.h"

#include <stdio.h>
#include <stdlib.h>

#define SENTENCES_MOST 40

enum difference { ONLY_NEW, ONLY_OLD, EARLIER, LATER, LONGER, SHORTER, SEVERITY, SAME };
#define DIFFERENCES SAME

struct pair { /* one of them may be NULL */
    const struct episode *new, *old;
};
struct row {
    const char *alarm;
    uint32_t old, new, counts[DIFFERENCES];
};
struct comparison {
    const struct try_run *run;
    const struct journal *new, *old;
    struct pair *pairs;
    size_t count;
    struct row *rows;
    size_t rows_count;
};

static const char *alarm_of(const struct comparison *comparison, const struct episode *episode,
                            bool is_new)
{
    return journal_alarm_name(is_new ? comparison->new : comparison->old, episode->alarm);
}

static bool is_same_place(const struct comparison *comparison, const struct episode *new,
                          const struct episode *old)
{
    return strcmp(alarm_of(comparison, new, true), alarm_of(comparison, old, false)) == 0 &&
           strcmp(comparison->new->names[new->name], comparison->old->names[old->name]) == 0;
}

/* How long both were on together; below 0: never. Touching counts as 0. */
static int64_t overlap(const struct episode *a, const struct episode *b)
{
    int64_t from = a->raised_ms > b->raised_ms ? a->raised_ms : b->raised_ms;
    int64_t to = a->cleared_ms < b->cleared_ms ? a->cleared_ms : b->cleared_ms;
    return to >= from ? to - from : -1;
}

struct by_place {
    const char *alarm, *device;
    const struct episode *episode;
    bool is_paired;
};

static int compare_place(const void *a, const void *b)
{
    const struct by_place *left = a, *right = b;
    int order = strcmp(left->alarm, right->alarm);
    if (order == 0)
        order = strcmp(left->device, right->device);
    if (order == 0 && left->episode->raised_ms != right->episode->raised_ms)
        order = left->episode->raised_ms < right->episode->raised_ms ? -1 : 1;
    return order;
}

static struct by_place *sorted(const struct journal *journal)
{
    struct by_place *list = calloc(journal->episodes_count + 1, sizeof *list);
    for (size_t i = 0; list && i < journal->episodes_count; i++) {
        const struct episode *episode = &journal->episodes[i];
        list[i] = (struct by_place){journal_alarm_name(journal, episode->alarm),
                                    journal->names[episode->name], episode, false};
    }
    if (list)
        qsort(list, journal->episodes_count, sizeof *list, compare_place);
    return list;
}

/* Each new episode takes the first old one of its place that overlaps with it and is still free;
 * both lists are in order, so old ones that end before it are passed for good. */
static bool make_pairs(struct comparison *comparison)
{
    size_t new_count = comparison->new->episodes_count, old_count = comparison->old->episodes_count;
    struct by_place *new = sorted(comparison->new), *old = sorted(comparison->old);
    comparison->pairs = calloc(new_count + old_count + 1, sizeof *comparison->pairs);
    bool is_good = new &&old && comparison->pairs;
    size_t from = 0;
    for (size_t i = 0; is_good && i < new_count; i++) {
        const struct episode *found = NULL;
        while (from < old_count && compare_place(&old[from], &new[i]) < 0 &&
               (!is_same_place(comparison, new[i].episode, old[from].episode) ||
                overlap(new[i].episode, old[from].episode) < 0))
            from++;
        for (size_t j = from; j < old_count && !found; j++) {
            if (!is_same_place(comparison, new[i].episode, old[j].episode) ||
                old[j].episode->raised_ms > new[i].episode->cleared_ms)
                break;
            if (!old[j].is_paired && overlap(new[i].episode, old[j].episode) >= 0) {
                old[j].is_paired = true;
                found = old[j].episode;
            }
        }
        comparison->pairs[comparison->count++] = (struct pair){new[i].episode, found};
    }
    for (size_t j = 0; is_good && j < old_count; j++) {
        if (!old[j].is_paired)
            comparison->pairs[comparison->count++] = (struct pair){NULL, old[j].episode};
    }
    free(new);
    free(old);
    return is_good;
}

static struct row *row_for(struct comparison *comparison, const char *alarm)
{
    for (size_t i = 0; i < comparison->rows_count; i++) {
        if (strcmp(comparison->rows[i].alarm, alarm) == 0)
            return &comparison->rows[i];
    }
    struct row *row = &comparison->rows[comparison->rows_count++];
    row->alarm = alarm;
    return row;
}

/* All that differs in a pair; returns whether anything does. */
static bool differences_of(const struct comparison *comparison, const struct pair *pair,
                           bool has[DIFFERENCES])
{
    memset(has, 0, DIFFERENCES * sizeof *has);
    has[ONLY_NEW] = !pair->old;
    has[ONLY_OLD] = !pair->new;
    if (pair->old && pair->new) {
        int64_t end = comparison->run->last_ms;
        int64_t longer = episode_length(pair->new, end) - episode_length(pair->old, end);
        has[EARLIER] = pair->new->raised_ms < pair->old->raised_ms;
        has[LATER] = pair->new->raised_ms > pair->old->raised_ms;
        has[LONGER] = longer > 0;
        has[SHORTER] = longer < 0;
        has[SEVERITY] = pair->new->highest != pair->old->highest;
    }
    for (size_t i = 0; i < DIFFERENCES; i++) {
        if (has[i])
            return true;
    }
    return false;
}

static int compare_pairs(const void *a, const void *b)
{
    const struct pair *left = a, *right = b;
    int64_t first = left->new ? left->new->raised_ms : left->old->raised_ms;
    int64_t second = right->new ? right->new->raised_ms : right->old->raised_ms;
    return first < second ? -1 : first > second;
}

static void print_rows(struct comparison *comparison)
{
    int width = 30;
    for (size_t i = 0; i < comparison->rows_count; i++) {
        int length = (int)strlen(comparison->rows[i].alarm);
        width = length > width ? length : width;
    }
    printf("%-*s %6s %6s %9s %9s %8s %6s %7s %8s %8s\n", width, "alarm", "old", "new", "only old",
           "only new", "earlier", "later", "longer", "shorter", "severity");
    for (size_t i = 0; i < comparison->rows_count; i++) {
        const struct row *row = &comparison->rows[i];
        const uint32_t *counts = row->counts;
        printf("%-*s %6u %6u %9u %9u %8u %6u %7u %8u %8u\n", width, row->alarm, row->old, row->new,
               counts[ONLY_OLD], counts[ONLY_NEW], counts[EARLIER], counts[LATER], counts[LONGER],
               counts[SHORTER], counts[SEVERITY]);
    }
}

static const char *clock_of(const struct zone *zone, int64_t time_ms, char room[LOCAL_BYTES])
{
    return local_text(zone, time_ms, room) + 11;
}

static void print_sentence(const struct comparison *comparison, const struct pair *pair,
                           const bool has[DIFFERENCES])
{
    const struct zone zone = try_zone(comparison->run);
    const struct episode *shown = pair->new ? pair->new : pair->old;
    const struct journal *journal = pair->new ? comparison->new : comparison->old;
    int64_t end = comparison->run->last_ms;
    char when[LOCAL_BYTES], room[LOCAL_BYTES], other[LOCAL_BYTES], span[SPAN_BYTES],
        second[SPAN_BYTES];
    printf("  %s  %s %s, %s: ", local_text(&zone, shown->raised_ms, when),
           severity_names[shown->highest], journal_alarm_name(journal, shown->alarm),
           journal->names[shown->name]);
    if (has[ONLY_NEW] || has[ONLY_OLD]) {
        printf("only with the %s rules, for %s.\n", has[ONLY_NEW] ? "new" : "old",
               span_text(episode_length(shown, end), span));
        return;
    }
    if (!pair->new || !pair->old)
        return;
    const char *between = "";
    if (has[EARLIER] || has[LATER]) {
        int64_t by = pair->new->raised_ms - pair->old->raised_ms;
        printf("%s %s (%s instead of %s)", span_text(by < 0 ? -by : by, span),
               by < 0 ? "earlier" : "later", clock_of(&zone, pair->new->raised_ms, room),
               clock_of(&zone, pair->old->raised_ms, other));
        between = ", ";
    }
    if (has[LONGER] || has[SHORTER]) {
        printf("%s%s: %s instead of %s", between, has[LONGER] ? "longer" : "shorter",
               span_text(episode_length(pair->new, end), span),
               span_text(episode_length(pair->old, end), second));
        between = ", ";
    }
    if (has[SEVERITY])
        printf("%s%s instead of %s", between, severity_names[pair->new->highest],
               severity_names[pair->old->highest]);
    printf(".\n");
}

static void print_verdict(const struct comparison *comparison, size_t different)
{
    size_t new = comparison->new->episodes_count, old = comparison->old->episodes_count;
    if (different == 0) {
        printf("Both rules would have done the same: %zu alarm%s.\n", new, new == 1 ? "" : "s");
        return;
    }
    printf("\nThe new rules would have rung %zu time%s, the old ones %zu.", new,
           new == 1 ? "" : "s", old);
    size_t longer = new > old ? new - old : old - new;
    if (longer > 0 && old > 0)
        printf(" That is %zu (%.0f %%) %s.", longer, 100.0 * (double)longer / (double)old,
               new > old ? "more" : "fewer");
    printf("\n");
    if (comparison->new->reports != comparison->old->reports)
        printf("Reports: %llu instead of %llu.\n", (unsigned long long)comparison->new->reports,
               (unsigned long long)comparison->old->reports);
}

static void print_all(struct comparison *comparison)
{
    size_t different = 0, told = 0;
    bool has[DIFFERENCES];
    for (size_t i = 0; i < comparison->count; i++) {
        const struct pair *pair = &comparison->pairs[i];
        struct row *row = row_for(comparison, pair->new ? alarm_of(comparison, pair->new, true)
                                                        : alarm_of(comparison, pair->old, false));
        row->new += pair->new != NULL;
        row->old += pair->old != NULL;
        different += differences_of(comparison, pair, has);
        for (size_t j = 0; j < DIFFERENCES; j++)
            row->counts[j] += has[j];
    }
    if (different > 0)
        print_rows(comparison);
    print_verdict(comparison, different);
    if (different > 0)
        printf("\nWhat would have been different:\n");
    for (size_t i = 0; i < comparison->count; i++) {
        if (!differences_of(comparison, &comparison->pairs[i], has))
            continue;
        if (told++ < SENTENCES_MOST)
            print_sentence(comparison, &comparison->pairs[i], has);
    }
    if (told > SENTENCES_MOST)
        printf("  and %zu more\n", told - SENTENCES_MOST);
}

void try_print_comparison(const struct try_run *run)
{
    struct comparison comparison = {
        .run = run, .new = &run->sides[0].journal, .old = &run->sides[1].journal};
    size_t most = comparison.new->episodes_count + comparison.old->episodes_count + 1;
    comparison.rows = calloc(most, sizeof *comparison.rows);
    if (run->sides[0].trial.engine && comparison.rows && make_pairs(&comparison)) {
        qsort(comparison.pairs, comparison.count, sizeof *comparison.pairs, compare_pairs);
        print_all(&comparison);
    }
    free(comparison.pairs);
    free(comparison.rows);
}
