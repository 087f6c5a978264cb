/* What kind of table it is, and of which group (see csv_table.h). */
#include "tools/csv_table.h"

#include <stdio.h>
#include <stdlib.h>

const char *csv_table_group_name(const struct csv_table *table, uint32_t group)
{
    return rules_text(table->rules, csv_group(table->rules, group)->name).bytes;
}

/* ---- which group --------------------------------------------------------------------------- */

int csv_table_find_group(const struct csv_table *table, struct text name)
{
    for (uint32_t i = 0; i < table->rules->groups.count; i++) {
        if (text_equal_ignoring_case(text_of(csv_table_group_name(table, i)), name))
            return (int)i;
    }
    return -1;
}

static void list_groups(const struct csv_table *table, char *room, size_t room_bytes)
{
    size_t used = 0;
    room[0] = 0;
    for (uint32_t i = 0; i < table->rules->groups.count && used < room_bytes; i++)
        used += (size_t)snprintf(room + used, room_bytes - used, "%s%s", i > 0 ? ", " : "",
                                 csv_table_group_name(table, i));
}

static bool says_group(const struct csv_table *table)
{
    return table->heading->topic_column >= 0 || table->heading->group_column >= 0;
}

bool csv_table_is_device(const struct csv_table *table, uint32_t group, size_t column,
                         struct csv_device *device)
{
    const struct csv_heading *heading = table->heading;
    const struct csv_match *match = &table->matches[group];
    int at = (int)column;
    if (at == heading->time_column || at == heading->date_column)
        return false;
    for (uint32_t i = 0; i < csv_group(table->rules, group)->names.count; i++) {
        if (match->name_columns[i] == at)
            return false;
    }
    int bare =
        table->reading ? csv_reading_called(table->rules, group, text_of(table->reading)) : -1;
    return csv_device_column(heading, table->rules, group, match, column, bare, device);
}

static unsigned count_devices(const struct csv_table *table, uint32_t group)
{
    struct csv_device device;
    unsigned count = 0;
    for (size_t i = 0; i < table->heading->names.count; i++)
        count += csv_table_is_device(table, group, i, &device);
    return count;
}

/* How well a table of this form fits the group; 0: not at all. */
static unsigned fit(const struct csv_table *table, uint32_t group, enum csv_form form)
{
    bool is_whole = !csv_missing_name(table->heading, table->rules, group, &table->matches[group]);
    if (form == CSV_FORM_WIDE)
        return is_whole ? 0 : count_devices(table, group);
    if (form == CSV_FORM_LONG)
        return is_whole;
    return is_whole ? table->matches[group].readings_found : 0;
}

/* The one group that fits best. -1 with `problem`: there is none, or more than one. */
static int guess_group(const struct csv_table *table, enum csv_form form, char *problem)
{
    int best = -1;
    unsigned most = 0;
    bool is_tie = false;
    char all[200];
    for (uint32_t i = 0; i < table->rules->groups.count; i++) {
        unsigned found = fit(table, i, form);
        is_tie = found > most ? false : is_tie || (found == most && most > 0);
        best = found > most ? (int)i : best;
        most = found > most ? found : most;
    }
    list_groups(table, all, sizeof all);
    if (is_tie)
        snprintf(problem, CSV_PROBLEM_BYTES,
                 "the columns fit more than one group of sensors: say which one with --group "
                 "(there are: %s)",
                 all);
    return is_tie ? -1 : best;
}

/* ---- which form ---------------------------------------------------------------------------- */

static int column_called(const struct csv_table *table, const char *const *names, size_t count)
{
    struct text unit;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < table->heading->names.count; j++) {
            if (text_equal_ignoring_case(csv_column_name(table->heading->names.cells[j], &unit),
                                         text_of(names[i])))
                return (int)j;
        }
    }
    return -1;
}

/* A column that says which reading, and one that has its value. */
static bool has_long_form(struct csv_table *table)
{
    static const char *const keys[] = {"reading",  "variable",    "metric", "parameter",
                                       "quantity", "measurement", "field",  "channel"};
    static const char *const values[] = {"value"};
    table->key_column = column_called(table, keys, sizeof keys / sizeof *keys);
    table->value_column = column_called(table, values, 1);
    return table->key_column >= 0 && table->value_column >= 0;
}

/* The group that --group names; -1 with `problem`. */
static int named_group(const struct csv_table *table, const char *name, char *problem)
{
    char all[200];
    int group = csv_table_find_group(table, text_of(name));
    list_groups(table, all, sizeof all);
    if (group < 0)
        snprintf(problem, CSV_PROBLEM_BYTES,
                 "the rules have no group of sensors \"%s\" (there are: %s)", name, all);
    return group;
}

static void tell_no_fit(const struct csv_table *table, char *problem)
{
    char all[200];
    list_groups(table, all, sizeof all);
    if (table->group < 0) {
        snprintf(problem, CSV_PROBLEM_BYTES,
                 "the columns fit no group of sensors: they are named like its named parts and its "
                 "readings; say which group with --group (there are: %s), and with --reading "
                 "what the columns hold if each is a device",
                 all);
        return;
    }
    uint32_t group = (uint32_t)table->group;
    const char *missing =
        csv_missing_name(table->heading, table->rules, group, &table->matches[group]);
    if (missing)
        snprintf(problem, CSV_PROBLEM_BYTES,
                 "%s need a column \"%s\", which the heading lacks (or a column for each device: "
                 "--reading says what they hold)",
                 csv_table_group_name(table, group), missing);
    else
        snprintf(problem, CSV_PROBLEM_BYTES, "no column is named like a reading of %s",
                 csv_table_group_name(table, group));
}

static bool choose(struct csv_table *table, const char *group, char *problem)
{
    static const enum csv_form forms[] = {CSV_FORM_ROWS, CSV_FORM_WIDE};
    table->group = -1;
    table->form = has_long_form(table) ? CSV_FORM_LONG : CSV_FORM_ROWS;
    if (group && (table->group = named_group(table, group, problem)) < 0)
        return false;
    if (!group && says_group(table))
        return true;
    if (table->form == CSV_FORM_LONG) {
        if (table->group < 0)
            table->group = guess_group(table, CSV_FORM_LONG, problem);
        if (table->group >= 0 && fit(table, (uint32_t)table->group, CSV_FORM_LONG) > 0)
            return true;
        table->form = CSV_FORM_ROWS;
    }
    for (size_t i = 0; i < sizeof forms / sizeof *forms && !problem[0]; i++) {
        int chosen = table->group >= 0 ? table->group : guess_group(table, forms[i], problem);
        if (chosen >= 0 && fit(table, (uint32_t)chosen, forms[i]) > 0) {
            table->group = chosen;
            table->form = forms[i];
            return true;
        }
    }
    if (!problem[0])
        tell_no_fit(table, problem);
    return false;
}

static bool units_fit(const struct csv_table *table, char *problem)
{
    for (uint32_t i = 0; i < table->rules->groups.count; i++) {
        if ((table->group < 0 || table->group == (int)i) &&
            !csv_units_fit(table->heading, table->rules, i, &table->matches[i], problem))
            return false;
    }
    return true;
}

/* ---- what people should know --------------------------------------------------------------- */

static bool is_read(const struct csv_table *table, uint32_t group, int column)
{
    const struct csv_match *match = &table->matches[group];
    struct csv_device device;
    for (uint32_t i = 0; i < csv_group(table->rules, group)->readings.count; i++) {
        if (match->reading_columns[i] == column)
            return true;
    }
    for (uint32_t i = 0; i < csv_group(table->rules, group)->names.count; i++) {
        if (match->name_columns[i] == column)
            return true;
    }
    return table->form == CSV_FORM_WIDE &&
           csv_table_is_device(table, group, (size_t)column, &device);
}

static bool column_is_used(const struct csv_table *table, int column)
{
    const struct csv_heading *heading = table->heading;
    for (uint32_t i = 0; i < table->rules->groups.count; i++) {
        if ((table->group < 0 || table->group == (int)i) && is_read(table, i, column))
            return true;
    }
    return column == heading->time_column || column == heading->date_column ||
           column == heading->topic_column || column == heading->group_column ||
           (table->form == CSV_FORM_LONG &&
            (column == table->key_column || column == table->value_column));
}

void csv_table_notes(const struct csv_table *table, size_t devices, char *notes)
{
    size_t used = 0;
    bool has_left_out = false;
    if (table->form == CSV_FORM_WIDE)
        used += (size_t)snprintf(
            notes, CSV_PROBLEM_BYTES, "a table with columns for %zu device%s of %s", devices,
            devices == 1 ? "" : "s", csv_table_group_name(table, (uint32_t)table->group));
    for (size_t i = 0; i < table->heading->names.count && used < CSV_PROBLEM_BYTES; i++) {
        struct text name = table->heading->names.cells[i];
        if (column_is_used(table, (int)i))
            continue;
        used += (size_t)snprintf(notes + used, CSV_PROBLEM_BYTES - used, "%s%s\"%.*s\"",
                                 used > 0 && !has_left_out ? "; " : "",
                                 has_left_out ? ", " : "no rule reads the columns ",
                                 (int)name.length, name.bytes);
        has_left_out = true;
    }
    if (has_left_out && used < CSV_PROBLEM_BYTES)
        snprintf(notes + used, CSV_PROBLEM_BYTES - used, ": they are left out");
}

bool csv_table_begin(struct csv_table *table, const struct csv_heading *heading,
                     const struct ruleset *rules, const char *group, const char *reading,
                     char *problem)
{
    *table = (struct csv_table){.heading = heading, .rules = rules, .reading = reading};
    table->matches = calloc(rules->groups.count + 1, sizeof *table->matches);
    for (uint32_t i = 0; table->matches && i < rules->groups.count; i++)
        csv_match_group(heading, rules, i, &table->matches[i]);
    return table->matches && choose(table, group, problem) && units_fit(table, problem);
}

void csv_table_end(struct csv_table *table)
{
    free(table->matches);
    table->matches = NULL;
}
