/* What `brink try` says at the end, on standard error: what was read and what came of it, then what
 * was not used and why (see try.h). */
#include "tools/try.h"

#include "tools/command.h"

#include <stdio.h>

/* As it is written in rules: "temp", "values[0].t". */
static void print_path(const struct ruleset *rules, const struct rules_path *path)
{
    for (uint32_t i = 0; i < path->steps.count; i++) {
        const struct rules_step *step = RULES_AT(rules, struct rules_step, path->steps, i);
        if (step->key.length == 0)
            fprintf(stderr, "[%u]", step->index);
        else
            fprintf(stderr, "%s%s", i > 0 ? "." : "", rules_text(rules, step->key).bytes);
    }
}

static bool is_found(const struct trial *trial, uint32_t group, uint32_t reading, bool *has_device)
{
    for (uint32_t i = trial_next_heard(trial, ENGINE_NO_DEVICE); i != ENGINE_NO_DEVICE;
         i = trial_next_heard(trial, i)) {
        struct engine_device_view view;
        engine_device_view(trial->engine, i, &view);
        if (view.group != group)
            continue;
        *has_device = true;
        if (view.values[reading].taken_ms != INT64_MIN ||
            view.values[reading].quality == ENGINE_FAULTY)
            return true;
    }
    return false;
}

/* What the rules read and no message had: mostly a misspelt path. */
static void print_never_found(const struct trial *trial)
{
    const struct ruleset *rules = trial->rules;
    for (uint32_t i = 0; i < rules->groups.count; i++) {
        const struct rules_group *group = RULES_AT(rules, struct rules_group, rules->groups, i);
        for (uint32_t j = 0; j < group->readings.count; j++) {
            const struct rules_reading *reading =
                RULES_AT(rules, struct rules_reading, group->readings, j);
            bool has_device = false;
            if (is_found(trial, i, j, &has_device) || !has_device)
                continue;
            fprintf(stderr, "  %s of %s: never found (looked for \"",
                    rules_text(rules, reading->name).bytes, rules_text(rules, group->name).bytes);
            print_path(rules, &reading->path);
            fprintf(stderr, "\")\n");
        }
    }
}

static void print_counts(const struct trial *trial)
{
    const struct pipeline_counters *in = pipeline_counters(trial->pipeline);
    const struct alerts_counters *out = alerts_counters(trial->alerts);
    unsigned devices = trial_devices_heard(trial);
    fprintf(stderr,
            "%llu message%s with %llu reading%s of %u device%s: %llu raised, %llu updated, %llu "
            "cleared, %llu logged, %llu report%s\n",
            (unsigned long long)in->messages, in->messages == 1 ? "" : "s",
            (unsigned long long)in->readings, in->readings == 1 ? "" : "s", devices,
            devices == 1 ? "" : "s", (unsigned long long)out->raised,
            (unsigned long long)out->updated, (unsigned long long)out->cleared,
            (unsigned long long)out->logged, (unsigned long long)out->reports,
            out->reports == 1 ? "" : "s");
}

struct fact {
    uint64_t count;
    const char *what;
};

static void print_facts(const struct fact *facts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (facts[i].count > 0)
            fprintf(stderr, "  %s: %llu\n", facts[i].what, (unsigned long long)facts[i].count);
    }
}

/* Of the file. */
static void print_lines(const struct try_run *run)
{
    const struct recording_counts *counts = &run->recording.counts;
    const struct fact facts[] = {
        {run->wrong_lines, "lines that could not be used"},
        {run->left_out, "messages before or after the time that was asked for"},
        {counts->comments, "lines of comment"},
        {counts->headings, "lines that repeat the heading"},
        {counts->repeated, "lines that stood there before, judged again"},
        {counts->short_rows, "rows with fewer cells than the heading, the others taken as empty"},
        {counts->latin, "lines that are no UTF-8, read as Latin-1"},
        {counts->moved, "rows that stood behind later ones, put in order of time"},
        {run->older, "messages older than one before them (READINGS are in order of time)"},
    };
    if (run->recording.lines.encoding != LINES_UTF8)
        fprintf(stderr, "  read as UTF-16\n");
    print_facts(facts, sizeof facts / sizeof *facts);
}

/* Of a table. */
static void print_cells(const struct csv_counts *cells)
{
    const struct fact wrong = {cells->wrong_cells, "cells that are no number"},
                      unread = {cells->unread, "rows of readings that no rule reads"},
                      empty = {cells->empty_cells, "cells without a value"};
    print_facts(&wrong, 1);
    if (cells->wrong_cells > 0)
        fprintf(stderr, "    the first: line %llu, %s\n",
                (unsigned long long)cells->first_wrong_line, cells->first_wrong);
    print_facts(&unread, 1);
    if (cells->unread > 0)
        fprintf(stderr, "    the first: %s\n", cells->first_unread);
    print_facts(&empty, 1);
}

/* Of what the site made of them. */
static void print_messages(const struct try_side *side)
{
    const struct pipeline_counters *in = pipeline_counters(side->trial.pipeline);
    const struct engine_counters *engine = engine_counters(side->trial.engine);
    const struct fact first = {in->unrouted, "messages that no sensors line asks for"};
    const struct fact facts[] = {
        {in->malformed, "messages that could not be read"},
        {in->names_refused, "messages with a named part missing or too long"},
        {in->devices_refused, "messages of devices too many (limits.devices in site.json; 60 new "
                              "ones a minute)"},
        {engine->devices_unlisted, "devices without a row in a table of their group"},
        {engine->duplicates, "messages with a sequence number and time that came before"},
        {engine->too_late, "messages too late to be judged (allow late)"},
        {engine->early, "messages ahead of the clock (allow early), judged by arrival"},
        {in->time_faults, "messages without a usable time of their own"},
        {in->faulty, "faulty readings"},
    };
    print_facts(&first, 1);
    if (side->unrouted[0])
        fprintf(stderr, "    the first: %s\n", side->unrouted);
    print_facts(facts, sizeof facts / sizeof *facts);
}

void try_print_summary(const struct try_run *run)
{
    const struct try_side *side = &run->sides[0];
    if (!side->trial.engine) {
        if (run->left_out > 0)
            complain("all %llu readings lie outside of --from, --to or --last",
                     (unsigned long long)run->left_out);
        else
            complain("there was no reading");
        print_lines(run);
        return;
    }
    print_counts(&side->trial);
    print_lines(run);
    if (side->plan)
        print_cells(csv_plan_counts(side->plan));
    print_messages(side);
    print_never_found(&side->trial);
    try_print_fit(side);
}
