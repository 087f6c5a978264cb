/* Where a site's rules and a recording do not fit each other: devices that report at another pace
 * than `expect` says, alarms and rows of tables that no device came for (RULES section 13.3, the
 * warnings that need readings). Comes in: each message that is in order; the trial at its end. Goes
 * out: a part of the summary on standard error (see try.h). */
#include "tools/try.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- the pace of a device ------------------------------------------------------------------- */

/* The interval that most of a device's messages agree on, whatever gaps there were: Boyer and
 * Moore, MJRTY - A Fast Majority Vote Algorithm, 1991; those within a fifth of it agree. */
struct pace {
    int64_t newest_ms;
    double usual_ms;
    uint32_t votes;
};

#define VOTES_ENOUGH 3

static bool has_room(struct try_paces *paces, uint32_t device)
{
    if (device < paces->room)
        return true;
    size_t room = 2 * (size_t)device + 64;
    struct pace *of = realloc(paces->of, room * sizeof *of);
    if (!of)
        return false;
    memset(of + paces->room, 0, (room - paces->room) * sizeof *of);
    paces->of = of;
    paces->room = room;
    return true;
}

void try_paces_heard(struct try_paces *paces, uint32_t device, int64_t taken_ms)
{
    if (!has_room(paces, device))
        return;
    struct pace *pace = &paces->of[device];
    double passed_ms = (double)(taken_ms - pace->newest_ms);
    bool is_first = pace->newest_ms == 0;
    pace->newest_ms = taken_ms;
    if (is_first || passed_ms <= 0)
        return;
    if (pace->votes == 0)
        pace->usual_ms = passed_ms;
    double off_ms = passed_ms - pace->usual_ms;
    if (off_ms > pace->usual_ms / 5 || off_ms < -pace->usual_ms / 5) {
        pace->votes--;
    } else {
        pace->votes++;
        pace->usual_ms += off_ms / 8;
    }
}

void try_paces_forget(struct try_paces *paces, uint32_t device)
{
    if (device < paces->room)
        paces->of[device] = (struct pace){0};
}

void try_paces_free(struct try_paces *paces)
{
    free(paces->of);
    *paces = (struct try_paces){0};
}

static const struct rules_group *group_at(const struct ruleset *rules, uint32_t group)
{
    return RULES_AT(rules, struct rules_group, rules->groups, group);
}

static void print_first_pace(const struct trial *trial, uint32_t device, double usual_ms,
                             int64_t expect_ms)
{
    char name[256], usual[SPAN_BYTES], expect[SPAN_BYTES];
    fprintf(stderr, "    the first: %s, every %s instead of every %s\n",
            trial_device_name(trial, device, name, sizeof name),
            span_text((int64_t)usual_ms, usual), span_text(expect_ms, expect));
}

/* Off by more than half, either way. */
static void print_paces(const struct try_side *side)
{
    const struct trial *trial = &side->trial;
    uint32_t first = ENGINE_NO_DEVICE;
    int64_t first_expect_ms = 0;
    unsigned count = 0;
    for (uint32_t i = ENGINE_NO_DEVICE; (i = trial_next_heard(trial, i)) != ENGINE_NO_DEVICE;) {
        struct engine_device_view view;
        engine_device_view(trial->engine, i, &view);
        if (view.group == RULES_NONE || i >= side->paces.room)
            continue;
        int64_t expect_ms = group_at(trial->rules, view.group)->expect_ms;
        const struct pace *pace = &side->paces.of[i];
        double off_ms = pace->usual_ms - (double)expect_ms;
        if (expect_ms == 0 || pace->votes < VOTES_ENOUGH ||
            (2 * off_ms <= (double)expect_ms && -2 * off_ms <= (double)expect_ms))
            continue;
        if (count++ == 0) {
            first = i;
            first_expect_ms = expect_ms;
        }
    }
    if (count == 0)
        return;
    fprintf(stderr, "  devices that report at another pace than \"expect\" says: %u  [W211]\n",
            count);
    print_first_pace(trial, first, side->paces.of[first].usual_ms, first_expect_ms);
}

/* ---- what no device came for ---------------------------------------------------------------- */

static bool is_of_group(const struct trial *trial, uint32_t device, uint32_t group)
{
    struct engine_device_view view;
    engine_device_view(trial->engine, device, &view);
    return view.set == RULES_NONE && view.group == group;
}

/* Of a set (`by`): for any device of the group. */
static bool has_device(const struct trial *trial, uint32_t alarm, const struct rules_alarm *of)
{
    for (uint32_t i = ENGINE_NO_DEVICE; (i = trial_next_heard(trial, i)) != ENGINE_NO_DEVICE;) {
        if (is_of_group(trial, i, of->group) &&
            (of->scope != of->group || engine_alarm_state(trial->engine, alarm, i).is_here))
            return true;
    }
    return false;
}

static void print_alarms(const struct trial *trial)
{
    const struct ruleset *rules = trial->rules;
    const struct rules_alarm *first = NULL;
    unsigned count = 0;
    for (uint32_t i = 0; i < rules->alarms.count; i++) {
        const struct rules_alarm *alarm = RULES_AT(rules, struct rules_alarm, rules->alarms, i);
        if (alarm->group == RULES_NONE || has_device(trial, i, alarm))
            continue;
        first = count++ == 0 ? alarm : first;
    }
    if (count == 0)
        return;
    fprintf(stderr, "  alarms that no device came for: %u  [W207]\n    the first: %s on %s\n",
            count, rules_text(rules, first->name).bytes,
            rules_text(rules, group_at(rules, first->group)->name).bytes);
}

/* Any column of the table; RULES_NONE: no rule asks for one. */
static uint32_t column_of(const struct ruleset *rules, uint32_t table)
{
    for (uint32_t i = 0; i < rules->columns.count; i++) {
        if (RULES_AT(rules, struct rules_column, rules->columns, i)->table == table)
            return i;
    }
    return RULES_NONE;
}

/* A row of `others` alone is for whoever comes. */
static bool is_for_somebody(const struct ruleset *rules, const struct rules_row *row)
{
    uint32_t written = 0;
    for (uint32_t k = 0; k < row->keys.count; k++)
        written += RULES_AT(rules, struct rules_text, row->keys, k)->length > 0;
    return written > 0;
}

static void print_row(const struct ruleset *rules, const struct rules_table *table, uint32_t index)
{
    const struct rules_row *row = RULES_AT(rules, struct rules_row, table->rows, index);
    fprintf(stderr, "    the first:");
    for (uint32_t k = 0; k < row->keys.count; k++) {
        struct rules_text key = *RULES_AT(rules, struct rules_text, row->keys, k);
        fprintf(stderr, " %s", key.length > 0 ? rules_text(rules, key).bytes : "others");
    }
    fprintf(stderr, " in a table for %s\n",
            rules_text(rules, group_at(rules, table->group)->name).bytes);
}

/* The rows for which devices came: `had` has room for all. */
static void mark_rows(const struct trial *trial, uint32_t group, uint32_t column, bool *had)
{
    for (uint32_t i = ENGINE_NO_DEVICE; (i = trial_next_heard(trial, i)) != ENGINE_NO_DEVICE;) {
        uint32_t row =
            is_of_group(trial, i, group) ? engine_table_row(trial->engine, i, column) : RULES_NONE;
        if (row != RULES_NONE)
            had[row] = true;
    }
}

static void print_rows(const struct trial *trial)
{
    const struct ruleset *rules = trial->rules;
    const struct rules_table *first_table = NULL;
    uint32_t first_row = 0;
    unsigned count = 0;
    for (uint32_t t = 0; t < rules->tables.count; t++) {
        const struct rules_table *table = RULES_AT(rules, struct rules_table, rules->tables, t);
        uint32_t column = column_of(rules, t);
        bool *had = calloc(table->rows.count + 1, sizeof *had);
        if (had && column != RULES_NONE)
            mark_rows(trial, table->group, column, had);
        for (uint32_t r = 0; had && column != RULES_NONE && r < table->rows.count; r++) {
            if (had[r] ||
                !is_for_somebody(rules, RULES_AT(rules, struct rules_row, table->rows, r)))
                continue;
            if (count++ == 0) {
                first_table = table;
                first_row = r;
            }
        }
        free(had);
    }
    if (count == 0)
        return;
    fprintf(stderr, "  rows of tables that no device came for: %u  [W206]\n", count);
    print_row(rules, first_table, first_row);
}

/* ---- devices that are not as they should be ------------------------------------------------- */

static void print_devices(const struct trial *trial, const char *what,
                          bool (*is_so)(struct engine_device_trouble trouble))
{
    uint32_t first = ENGINE_NO_DEVICE;
    unsigned count = 0;
    for (uint32_t i = ENGINE_NO_DEVICE; (i = trial_next_heard(trial, i)) != ENGINE_NO_DEVICE;) {
        if (!is_so(engine_device_trouble(trial->engine, i, trial->now_ms)))
            continue;
        first = count++ == 0 ? i : first;
    }
    char name[256];
    if (count > 0)
        fprintf(stderr, "  %s: %u\n    the first: %s\n", what, count,
                trial_device_name(trial, first, name, sizeof name));
}

static bool is_clock_wrong(struct engine_device_trouble trouble)
{
    return trouble.is_clock_wrong;
}

static bool is_alike(struct engine_device_trouble trouble)
{
    return trouble.is_alike;
}

void try_print_fit(const struct try_side *side)
{
    print_devices(&side->trial, "devices whose clock is wrong", is_clock_wrong);
    print_devices(&side->trial, "devices with names that differ in nothing but capitals", is_alike);
    print_paces(side);
    print_alarms(&side->trial);
    print_rows(&side->trial);
}
