/* Compares the heading of a table with what a group of sensors reads (see csv_columns.h). */
#include "tools/csv_columns.h"

#include "rules/language/units.h"

#include <ctype.h>
#include <stdio.h>

const struct rules_group *csv_group(const struct ruleset *rules, uint32_t group)
{
    return RULES_AT(rules, struct rules_group, rules->groups, group);
}

static const struct rules_reading *reading_at(const struct ruleset *rules, uint32_t group,
                                              uint32_t reading)
{
    return RULES_AT(rules, struct rules_reading, csv_group(rules, group)->readings, reading);
}

/* ---- names --------------------------------------------------------------------------------- */

static char plain(char c)
{
    return c == ' ' || c == '_' ? '-' : (char)tolower((unsigned char)c);
}

/* "Supply Temp", "supply_temp" and "supply-temp" are the same. */
static bool is_called(struct text a, struct text b)
{
    for (size_t i = 0; i < a.length && i < b.length; i++) {
        if (plain(a.bytes[i]) != plain(b.bytes[i]))
            return false;
    }
    return a.length == b.length && a.length > 0;
}

/* The heading without its unit: in brackets, or the last word. */
static struct text name_of(struct text heading, struct text *unit)
{
    struct text name = csv_column_name(heading, unit);
    if (unit->length > 0)
        return name;
    for (size_t at = name.length; at > 0; at--) {
        if (name.bytes[at - 1] != ' ')
            continue;
        struct text last = {name.bytes + at, name.length - at};
        if (!unit_find(last))
            break;
        *unit = last;
        return text_trimmed((struct text){name.bytes, at - 1});
    }
    return name;
}

/* As it is written in rules: "temp", "values[0].t". */
static struct text path_text(const struct ruleset *rules, const struct rules_path *path, char *room,
                             size_t room_bytes)
{
    size_t used = 0;
    room[0] = 0;
    for (uint32_t i = 0; i < path->steps.count && used < room_bytes; i++) {
        const struct rules_step *step = RULES_AT(rules, struct rules_step, path->steps, i);
        int length = step->key.length == 0
                         ? snprintf(room + used, room_bytes - used, "[%u]", step->index)
                         : snprintf(room + used, room_bytes - used, "%s%s", i > 0 ? "." : "",
                                    rules_text(rules, step->key).bytes);
        used += length > 0 ? (size_t)length : 0;
    }
    return text_of(room);
}

/* Named like it, else like its path. */
static int column_for(const struct csv_heading *heading, const struct ruleset *rules,
                      struct rules_text name, const struct rules_path *path)
{
    char room[512];
    struct text unit, written = {0};
    const struct csv_row *names = &heading->names;
    for (size_t i = 0; i < names->count; i++) {
        if (is_called(name_of(names->cells[i], &unit), rules_text(rules, name)) ||
            is_called(names->cells[i], rules_text(rules, name)))
            return (int)i;
    }
    if (path)
        written = path_text(rules, path, room, sizeof room);
    for (size_t i = 0; written.length > 0 && i < names->count; i++) {
        if (text_equal(name_of(names->cells[i], &unit), written))
            return (int)i;
    }
    return -1;
}

void csv_match_group(const struct csv_heading *heading, const struct ruleset *rules, uint32_t group,
                     struct csv_match *match)
{
    const struct rules_group *sensors = csv_group(rules, group);
    match->readings_found = 0;
    for (uint32_t i = 0; i < sensors->names.count; i++) {
        const struct rules_name *name = RULES_AT(rules, struct rules_name, sensors->names, i);
        match->name_columns[i] =
            column_for(heading, rules, name->name, name->is_in_message ? &name->path : NULL);
    }
    for (uint32_t i = 0; i < sensors->readings.count; i++) {
        const struct rules_reading *reading = reading_at(rules, group, i);
        match->reading_columns[i] = column_for(heading, rules, reading->name, &reading->path);
        match->readings_found += match->reading_columns[i] >= 0;
    }
}

/* The topic of a row holds the named parts that are in topics. */
static bool is_in_topic(const struct csv_heading *heading, const struct rules_name *name)
{
    return heading->topic_column >= 0 && !name->is_in_message;
}

const char *csv_missing_name(const struct csv_heading *heading, const struct ruleset *rules,
                             uint32_t group, const struct csv_match *match)
{
    const struct rules_group *sensors = csv_group(rules, group);
    for (uint32_t i = 0; i < sensors->names.count; i++) {
        const struct rules_name *name = RULES_AT(rules, struct rules_name, sensors->names, i);
        if (match->name_columns[i] < 0 && !is_in_topic(heading, name))
            return rules_text(rules, name->name).bytes;
    }
    return NULL;
}

int csv_reading_called(const struct ruleset *rules, uint32_t group, struct text name)
{
    char room[512];
    struct text unit, shown = name_of(name, &unit);
    for (uint32_t i = 0; i < csv_group(rules, group)->readings.count; i++) {
        const struct rules_reading *reading = reading_at(rules, group, i);
        if (is_called(shown, rules_text(rules, reading->name)) ||
            text_equal(shown, path_text(rules, &reading->path, room, sizeof room)))
            return (int)i;
    }
    return -1;
}

bool csv_units_fit(const struct csv_heading *heading, const struct ruleset *rules, uint32_t group,
                   const struct csv_match *match, char *problem)
{
    for (uint32_t i = 0; i < csv_group(rules, group)->readings.count; i++) {
        const struct rules_reading *reading = reading_at(rules, group, i);
        if (match->reading_columns[i] < 0 || reading->kind != RULES_NUMBER || reading->scale != 1)
            continue; /* what is scaled is not in its unit yet */
        struct text written, column = heading->names.cells[match->reading_columns[i]];
        name_of(column, &written);
        const struct unit *said = unit_find(written);
        const struct unit *read = unit_find(rules_text(rules, reading->unit));
        if (!said || !read || said == read)
            continue;
        snprintf(problem, CSV_PROBLEM_BYTES,
                 "the column \"%.*s\" is in %s, and the rules read %s in %s: write the numbers in "
                 "%s, or try rules that read it in %s",
                 (int)column.length, column.bytes, said->name,
                 rules_text(rules, reading->name).bytes, read->name, read->name, said->name);
        return false;
    }
    return true;
}

/* ---- wide tables --------------------------------------------------------------------------- */

static bool separates(char c)
{
    return c != 0 && strchr(" ._:/|-", c) != NULL;
}

/* What is left of `heading` when `name` stands at its beginning or end, apart from the rest. */
static bool without_name(struct text heading, struct text name, struct text *rest)
{
    if (heading.length < name.length + 2)
        return false;
    size_t length = heading.length - name.length;
    struct text end = {heading.bytes + length, name.length}, start = {heading.bytes, name.length};
    if (is_called(end, name) && separates(heading.bytes[length - 1]))
        *rest = (struct text){heading.bytes, length - 1};
    else if (is_called(start, name) && separates(heading.bytes[name.length]))
        *rest = (struct text){heading.bytes + name.length + 1, length - 1};
    else
        return false;
    while (rest->length > 0 && separates(rest->bytes[rest->length - 1]))
        rest->length--;
    while (rest->length > 0 && separates(rest->bytes[0]))
        rest->bytes++, rest->length--;
    return rest->length > 0;
}

/* The longest name counts: "dairy-1 supply-temp" is no "temp". */
static bool split_reading(const struct ruleset *rules, uint32_t group, struct text heading,
                          struct csv_device *device, struct text *rest)
{
    size_t longest = 0;
    for (uint32_t i = 0; i < csv_group(rules, group)->readings.count; i++) {
        struct text name = rules_text(rules, reading_at(rules, group, i)->name), left;
        if (name.length > longest && without_name(heading, name, &left)) {
            longest = name.length;
            device->reading = i;
            *rest = left;
        }
    }
    return longest > 0;
}

/* The parts of `rest`, one for each name that has no column. */
static bool split_names(const struct rules_group *group, const struct csv_match *match,
                        struct text rest, struct csv_device *device)
{
    uint32_t missing[RULES_NAMES_MAX], count = 0;
    for (uint32_t i = 0; i < group->names.count; i++) {
        if (match->name_columns[i] < 0)
            missing[count++] = i;
    }
    for (uint32_t i = 0; i + 1 < count; i++) {
        const char *slash = memchr(rest.bytes, '/', rest.length);
        if (!slash)
            return false;
        device->names[missing[i]] =
            text_trimmed((struct text){rest.bytes, (size_t)(slash - rest.bytes)});
        rest.length -= (size_t)(slash + 1 - rest.bytes);
        rest.bytes = slash + 1;
    }
    if (count == 0 || rest.length == 0 || memchr(rest.bytes, '/', rest.length) ||
        memchr(rest.bytes, '+', rest.length) || memchr(rest.bytes, '#', rest.length))
        return false;
    device->names[missing[count - 1]] = text_trimmed(rest);
    return true;
}

bool csv_device_column(const struct csv_heading *heading, const struct ruleset *rules,
                       uint32_t group, const struct csv_match *match, size_t column, int bare,
                       struct csv_device *device)
{
    struct text unit, name = name_of(heading->names.cells[column], &unit), rest;
    *device = (struct csv_device){0};
    if (!split_reading(rules, group, name, device, &rest)) {
        if (bare < 0)
            return false;
        device->reading = (uint32_t)bare;
        rest = name;
    }
    return split_names(csv_group(rules, group), match, rest, device);
}
