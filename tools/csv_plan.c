/* Rows of a table as messages of a group (see csv.h). The message is laid out once: a JSON text
 * with holes where the cells go. */
#include "base/calendar.h"
#include "base/number.h"
#include "tools/csv.h"

#include <cJSON.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define HOLE_TIME UINT16_MAX
#define HOLES_MAX (RULES_READINGS_MAX + RULES_NAMES_MAX + 1)
#define TOPIC_BYTES 1024
#define CELL_BYTES_MAX 4096

struct hole {
    uint16_t column; /* or HOLE_TIME */
    bool is_number;  /* else a state or a text */
    bool is_text;
};
/* For one group: which column is what, and the text around them. */
struct layout {
    bool is_used;
    int name_columns[RULES_NAMES_MAX];       /* -1: none */
    int reading_columns[RULES_READINGS_MAX]; /* -1: none */
    unsigned readings_found;
    char *text; /* with one byte 1 for each hole */
    struct hole holes[HOLES_MAX];
    size_t holes_count;
};

struct csv_plan {
    const struct csv_heading *heading;
    struct ruleset *rules;
    int group; /* of all rows; -1: each row says it */
    struct layout layouts[RULES_GROUPS_MAX];
    char topic[TOPIC_BYTES];
    char *payload;
    size_t payload_room, payload_length;
    char problem[CSV_PROBLEM_BYTES];
};

static const struct rules_group *group_at(const struct ruleset *rules, uint32_t index)
{
    return RULES_AT(rules, struct rules_group, rules->groups, index);
}

/* ---- columns ------------------------------------------------------------------------------- */

/* As it is written in rules: "temp", "values[0].t". */
static void path_text(const struct ruleset *rules, const struct rules_path *path, char *room,
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
}

/* Named like it, else like its path. */
static int column_for(const struct csv_plan *plan, struct rules_text name,
                      const struct rules_path *path)
{
    char written[512];
    const struct csv_row *names = &plan->heading->names;
    for (size_t i = 0; i < names->count; i++) {
        if (text_equal_ignoring_case(names->cells[i], rules_text(plan->rules, name)))
            return (int)i;
    }
    path_text(plan->rules, path, written, sizeof written);
    for (size_t i = 0; path->steps.count > 0 && i < names->count; i++) {
        if (text_equal(names->cells[i], text_of(written)))
            return (int)i;
    }
    return -1;
}

static void find_columns(struct csv_plan *plan, uint32_t index)
{
    const struct rules_group *group = group_at(plan->rules, index);
    struct layout *layout = &plan->layouts[index];
    layout->readings_found = 0;
    for (uint32_t i = 0; i < group->names.count; i++) {
        const struct rules_name *name = RULES_AT(plan->rules, struct rules_name, group->names, i);
        layout->name_columns[i] = column_for(
            plan, name->name, name->is_in_message ? &name->path : &(struct rules_path){0});
    }
    for (uint32_t i = 0; i < group->readings.count; i++) {
        const struct rules_reading *reading =
            RULES_AT(plan->rules, struct rules_reading, group->readings, i);
        layout->reading_columns[i] = column_for(plan, reading->name, &reading->path);
        layout->readings_found += layout->reading_columns[i] >= 0;
    }
}

static const char *missing_name(const struct csv_plan *plan, uint32_t index)
{
    const struct rules_group *group = group_at(plan->rules, index);
    for (uint32_t i = 0; i < group->names.count; i++) {
        const struct rules_name *name = RULES_AT(plan->rules, struct rules_name, group->names, i);
        bool is_in_topic = plan->heading->topic_column >= 0 && !name->is_in_message;
        if (plan->layouts[index].name_columns[i] < 0 && !is_in_topic)
            return rules_text(plan->rules, name->name).bytes;
    }
    return NULL;
}

/* ---- which group --------------------------------------------------------------------------- */

static int find_group(const struct ruleset *rules, struct text name)
{
    for (uint32_t i = 0; i < rules->groups.count; i++) {
        if (text_equal_ignoring_case(rules_text(rules, group_at(rules, i)->name), name))
            return (int)i;
    }
    return -1;
}

static void list_groups(const struct ruleset *rules, char *room, size_t room_bytes)
{
    size_t used = 0;
    room[0] = 0;
    for (uint32_t i = 0; i < rules->groups.count && used < room_bytes; i++)
        used += (size_t)snprintf(room + used, room_bytes - used, "%s%s", i > 0 ? ", " : "",
                                 rules_text(rules, group_at(rules, i)->name).bytes);
}

/* The one group whose names all have a column, with most of its readings. */
static int guess_group(const struct csv_plan *plan, char *problem)
{
    int best = -1;
    unsigned most = 0;
    bool is_tie = false;
    char all[200];
    for (uint32_t i = 0; i < plan->rules->groups.count; i++) {
        unsigned found = plan->layouts[i].readings_found;
        if (found == 0 || missing_name(plan, i))
            continue;
        is_tie = best >= 0 && (found == most || is_tie) && found >= most;
        if (found > most) {
            is_tie = false;
            most = found;
            best = (int)i;
        }
    }
    list_groups(plan->rules, all, sizeof all);
    if (best < 0)
        snprintf(problem, CSV_PROBLEM_BYTES,
                 "the columns fit no group of sensors: they are named like its named parts and its "
                 "readings; say which group with --group (there are: %s)",
                 all);
    else if (is_tie)
        snprintf(problem, CSV_PROBLEM_BYTES,
                 "the columns fit more than one group of sensors: say which one with --group "
                 "(there are: %s)",
                 all);
    return is_tie ? -1 : best;
}

static bool choose_group(struct csv_plan *plan, const char *name, char *problem)
{
    plan->group = -1;
    if (name) {
        char all[200];
        plan->group = find_group(plan->rules, text_of(name));
        list_groups(plan->rules, all, sizeof all);
        if (plan->group < 0)
            snprintf(problem, CSV_PROBLEM_BYTES,
                     "the rules have no group of sensors \"%s\" (there are: %s)", name, all);
    } else if (plan->heading->topic_column >= 0 || plan->heading->group_column >= 0) {
        return true;
    } else {
        plan->group = guess_group(plan, problem);
    }
    if (plan->group < 0)
        return false;
    const char *missing = missing_name(plan, (uint32_t)plan->group);
    const char *group =
        rules_text(plan->rules, group_at(plan->rules, (uint32_t)plan->group)->name).bytes;
    if (missing)
        snprintf(problem, CSV_PROBLEM_BYTES, "%s need a column \"%s\", which the heading lacks",
                 group, missing);
    else if (plan->layouts[plan->group].readings_found == 0)
        snprintf(problem, CSV_PROBLEM_BYTES, "no column is named like a reading of %s", group);
    return !problem[0];
}

/* ---- the message with holes ---------------------------------------------------------------- */

static cJSON *child_of(cJSON *parent, const struct rules_step *step, const char *key)
{
    if (step->key.length > 0)
        return cJSON_GetObjectItemCaseSensitive(parent, key);
    return cJSON_GetArrayItem(parent, (int)step->index);
}

static void put_child(cJSON *parent, const struct rules_step *step, const char *key, cJSON *child)
{
    if (step->key.length > 0) {
        cJSON_DeleteItemFromObjectCaseSensitive(parent, key);
        cJSON_AddItemToObject(parent, key, child);
        return;
    }
    while (cJSON_GetArraySize(parent) <= (int)step->index)
        cJSON_AddItemToArray(parent, cJSON_CreateNull());
    cJSON_ReplaceItemInArray(parent, (int)step->index, child);
}

static cJSON *container_for(const struct rules_step *step)
{
    return step->key.length > 0 ? cJSON_CreateObject() : cJSON_CreateArray();
}

/* Puts `item` at the path below *root, which is made when it is not there. */
static void put_at(const struct ruleset *rules, cJSON **root, const struct rules_path *path,
                   cJSON *item)
{
    if (path->steps.count == 0) {
        cJSON_Delete(*root);
        *root = item;
        return;
    }
    const struct rules_step *step = RULES_AT(rules, struct rules_step, path->steps, 0);
    if (!*root)
        *root = container_for(step);
    cJSON *parent = *root;
    for (uint32_t i = 0; i < path->steps.count; i++) {
        const char *key = rules_text(rules, step->key).bytes;
        if (i + 1 == path->steps.count) {
            put_child(parent, step, key, item);
            return;
        }
        const struct rules_step *next = RULES_AT(rules, struct rules_step, path->steps, i + 1);
        cJSON *child = child_of(parent, step, key);
        if (!child || cJSON_IsNull(child) || cJSON_IsRaw(child)) {
            child = container_for(next);
            put_child(parent, step, key, child);
        }
        parent = child;
        step = next;
    }
}

/* Holes are numbered while the tree is made, and found again in the order of the text. */
static cJSON *hole_mark(const struct hole *hole, size_t index, struct hole *all)
{
    char mark[16];
    all[index] = *hole;
    snprintf(mark, sizeof mark, "\001%03zu", index);
    return cJSON_CreateRaw(mark);
}

static bool lay_out(struct csv_plan *plan, uint32_t index)
{
    const struct ruleset *rules = plan->rules;
    const struct rules_group *group = group_at(rules, index);
    struct layout *layout = &plan->layouts[index];
    struct hole all[HOLES_MAX];
    size_t count = 0;
    cJSON *root = NULL;
    for (uint32_t i = 0; i < group->readings.count; i++) {
        const struct rules_reading *reading =
            RULES_AT(rules, struct rules_reading, group->readings, i);
        struct hole hole = {(uint16_t)layout->reading_columns[i], reading->kind == RULES_NUMBER,
                            reading->kind == RULES_TEXT};
        if (layout->reading_columns[i] >= 0)
            put_at(rules, &root, &reading->path, hole_mark(&hole, count, all)), count++;
    }
    for (uint32_t i = 0; i < group->names.count; i++) {
        const struct rules_name *name = RULES_AT(rules, struct rules_name, group->names, i);
        struct hole hole = {(uint16_t)layout->name_columns[i], false, true};
        if (name->is_in_message && layout->name_columns[i] >= 0)
            put_at(rules, &root, &name->path, hole_mark(&hole, count, all)), count++;
    }
    if (rules_time_has_path(group->time))
        put_at(rules, &root, &group->time_path,
               hole_mark(&(struct hole){HOLE_TIME, false, false}, count, all)),
            count++;
    if (group->has_each) {
        cJSON *list = cJSON_CreateArray(), *whole = NULL;
        cJSON_AddItemToArray(list, root);
        put_at(rules, &whole, &group->each, list);
        root = whole;
    }
    char *text = root ? cJSON_PrintUnformatted(root) : NULL;
    cJSON_Delete(root);
    if (!text)
        return false;
    char *to = text;
    for (const char *from = text; *from; from++) {
        *to++ = *from;
        if (*from == 1) {
            layout->holes[layout->holes_count++] =
                all[strtoul((char[]){from[1], from[2], from[3], 0}, NULL, 10)];
            from += 3;
        }
    }
    *to = 0;
    layout->text = text;
    layout->is_used = true;
    return true;
}

/* ---- the plan ------------------------------------------------------------------------------ */

static bool column_is_used(const struct csv_plan *plan, int column)
{
    for (uint32_t i = 0; i < plan->rules->groups.count; i++) {
        const struct layout *layout = &plan->layouts[i];
        if (plan->group >= 0 && plan->group != (int)i)
            continue;
        for (uint32_t j = 0; j < group_at(plan->rules, i)->readings.count; j++) {
            if (layout->reading_columns[j] == column)
                return true;
        }
        for (uint32_t j = 0; j < group_at(plan->rules, i)->names.count; j++) {
            if (layout->name_columns[j] == column)
                return true;
        }
    }
    return column == plan->heading->time_column || column == plan->heading->topic_column ||
           column == plan->heading->group_column;
}

static void list_left_out(const struct csv_plan *plan, char *left_out)
{
    size_t used = 0;
    left_out[0] = 0;
    for (size_t i = 0; i < plan->heading->names.count; i++) {
        struct text name = plan->heading->names.cells[i];
        if (!column_is_used(plan, (int)i) && used < CSV_PROBLEM_BYTES)
            used += (size_t)snprintf(left_out + used, CSV_PROBLEM_BYTES - used, "%s\"%.*s\"",
                                     used > 0 ? ", " : "", (int)name.length, name.bytes);
    }
}

struct csv_plan *csv_plan_make(const struct csv_heading *heading, struct ruleset *rules,
                               const char *group, char *problem, char *left_out)
{
    struct csv_plan *plan = calloc(1, sizeof *plan);
    problem[0] = left_out[0] = 0;
    if (!plan)
        return NULL;
    plan->heading = heading;
    plan->rules = rules;
    for (uint32_t i = 0; i < rules->groups.count; i++)
        find_columns(plan, i);
    if (!choose_group(plan, group, problem)) {
        csv_plan_free(plan);
        return NULL;
    }
    for (uint32_t i = 0; i < rules->groups.count; i++) {
        bool is_meant = plan->group < 0 || plan->group == (int)i;
        if (!is_meant || plan->layouts[i].readings_found == 0 || !lay_out(plan, i))
            continue;
        /* The group as it is in our own copy of the rules. */
        struct rules_group *own =
            (struct rules_group *)(void *)((char *)rules + rules->groups.offset) + i;
        own->format = RULES_FORMAT_JSON;
        if (own->time == RULES_TIME_OF_FORMAT)
            own->time = RULES_TIME_ARRIVAL; /* rows come when they were taken */
    }
    list_left_out(plan, left_out);
    return plan;
}

void csv_plan_free(struct csv_plan *plan)
{
    for (size_t i = 0; plan && i < RULES_GROUPS_MAX; i++)
        cJSON_free(plan->layouts[i].text);
    if (plan)
        free(plan->payload);
    free(plan);
}

/* ---- a row --------------------------------------------------------------------------------- */

static void write_bytes(struct csv_plan *plan, const char *bytes, size_t length)
{
    if (plan->payload_length + length > plan->payload_room) {
        size_t room = 2 * (plan->payload_length + length) + 256;
        char *larger = realloc(plan->payload, room);
        if (!larger)
            return; /* the message is cut off, and counted as one that could not be read */
        plan->payload = larger;
        plan->payload_room = room;
    }
    memcpy(plan->payload + plan->payload_length, bytes, length);
    plan->payload_length += length;
}

static void write_string(struct csv_plan *plan, struct text text)
{
    write_bytes(plan, "\"", 1);
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.bytes[i];
        char escape[8];
        if (c == '"' || c == '\\') {
            write_bytes(plan, "\\", 1);
            write_bytes(plan, text.bytes + i, 1);
        } else if (c < ' ') {
            snprintf(escape, sizeof escape, "\\u%04x", c);
            write_bytes(plan, escape, 6);
        } else {
            write_bytes(plan, text.bytes + i, 1);
        }
    }
    write_bytes(plan, "\"", 1);
}

/* "4,5" is 4.5 where the comma does not separate cells. */
static struct text with_point(const struct csv_plan *plan, struct text cell, char room[64])
{
    char *comma;
    if (plan->heading->separator == ',' || cell.length >= 64 ||
        !memchr(cell.bytes, ',', cell.length))
        return cell;
    memcpy(room, cell.bytes, cell.length);
    comma = memchr(room, ',', cell.length);
    *comma = '.';
    return (struct text){room, cell.length};
}

static bool is_number(struct text cell)
{
    double value;
    uint8_t decimals;
    return cell.length > 0 && number_parse(cell, &value, &decimals) == cell.length;
}

static void write_time(struct csv_plan *plan, uint32_t kind, int64_t time_ms)
{
    char text[48];
    if (kind == RULES_TIME_TEXT) {
        char plain[CALENDAR_TEXT_BYTES];
        snprintf(text, sizeof text, "\"%s\"", calendar_write(time_ms, plain));
    } else if (kind == RULES_TIME_MILLISECONDS) {
        snprintf(text, sizeof text, "%lld", (long long)time_ms);
    } else {
        snprintf(text, sizeof text, "%lld.%03lld", (long long)(time_ms / 1000),
                 (long long)(time_ms < 0 ? 0 : time_ms % 1000));
    }
    write_bytes(plan, text, strlen(text));
}

static void write_cell(struct csv_plan *plan, const struct hole *hole, struct text cell)
{
    char room[64];
    struct text number = hole->is_text ? cell : with_point(plan, cell, room);
    bool is_boolean = text_equal_ignoring_case(cell, TEXT("true")) ||
                      text_equal_ignoring_case(cell, TEXT("false"));
    if (cell.length == 0)
        write_bytes(plan, "null", 4);
    else if (!hole->is_text && is_number(number))
        write_bytes(plan, number.bytes, number.length);
    else if (!hole->is_text && !hole->is_number && is_boolean)
        write_bytes(plan, cell.length == 4 ? "true" : "false", cell.length);
    else
        write_string(plan, cell); /* a number that is none is faulty, as it would be at the site */
}

static struct text cell_of(const struct csv_row *row, int column)
{
    return column >= 0 && (size_t)column < row->count ? row->cells[column] : (struct text){"", 0};
}

static __attribute__((format(printf, 2, 3))) const char *problem_of(struct csv_plan *plan,
                                                                    const char *format, ...)
{
    va_list values;
    va_start(values, format);
    vsnprintf(plan->problem, sizeof plan->problem, format, values);
    va_end(values);
    return plan->problem;
}

/* Each level of the pattern against the topic, the way MQTT compares them. */
static bool topic_fits(const struct ruleset *rules, const struct rules_group *group,
                       struct text topic)
{
    size_t at = 0;
    for (uint32_t i = 0; i < group->levels.count; i++) {
        const struct rules_level *level = RULES_AT(rules, struct rules_level, group->levels, i);
        if (level->kind == RULES_LEVEL_REST)
            return at <= topic.length;
        if (at > topic.length)
            return false;
        const char *slash = memchr(topic.bytes + at, '/', topic.length - at);
        size_t length = (slash ? (size_t)(slash - topic.bytes) : topic.length) - at;
        if (level->kind == RULES_LEVEL_LITERAL &&
            !text_equal((struct text){topic.bytes + at, length}, rules_text(rules, level->text)))
            return false;
        at += length + 1;
    }
    return at == topic.length + 1;
}

static const char *write_topic(struct csv_plan *plan, const struct rules_group *group,
                               const struct layout *layout, const struct csv_row *row)
{
    size_t used = 0;
    for (uint32_t i = 0; i < group->levels.count; i++) {
        const struct rules_level *level =
            RULES_AT(plan->rules, struct rules_level, group->levels, i);
        bool is_literal = level->kind == RULES_LEVEL_LITERAL;
        struct text part = is_literal ? rules_text(plan->rules, level->text)
                                      : cell_of(row, layout->name_columns[level->name]);
        if (!is_literal && part.length == 0)
            return problem_of(plan, "a named part of the device is empty");
        if (!is_literal && level->kind == RULES_LEVEL_NAME &&
            (memchr(part.bytes, '/', part.length) || memchr(part.bytes, '+', part.length) ||
             memchr(part.bytes, '#', part.length)))
            return problem_of(plan, "\"%.*s\" can't be a part of a topic: it has / + or #",
                              (int)part.length, part.bytes);
        if (used + part.length + 2 > sizeof plan->topic)
            return problem_of(plan, "the device's names are too long");
        if (i > 0)
            plan->topic[used++] = '/';
        memcpy(plan->topic + used, part.bytes, part.length);
        used += part.length;
    }
    plan->topic[used] = 0;
    return NULL;
}

/* The group of a row that says it itself, by name or by topic. */
static const char *group_of_row(struct csv_plan *plan, const struct csv_row *row, int *group)
{
    struct text name = cell_of(row, plan->heading->group_column);
    struct text topic = cell_of(row, plan->heading->topic_column);
    *group = plan->group;
    if (*group < 0 && name.length > 0) {
        *group = find_group(plan->rules, name);
        if (*group < 0)
            return problem_of(plan, "the rules have no group of sensors \"%.*s\"", (int)name.length,
                              name.bytes);
    }
    for (uint32_t i = 0; *group < 0 && topic.length > 0 && i < plan->rules->groups.count; i++) {
        const struct rules_group *candidate = group_at(plan->rules, i);
        if (candidate->source == RULES_FROM_MQTT && topic_fits(plan->rules, candidate, topic))
            *group = (int)i;
    }
    if (*group < 0)
        return topic.length > 0 ? problem_of(plan, "no sensors line asks for the topic %.*s",
                                             (int)topic.length, topic.bytes)
                                : "it says neither a topic nor a group";
    return plan->layouts[*group].is_used
               ? NULL
               : problem_of(
                     plan, "no column is named like a reading of %s",
                     rules_text(plan->rules, group_at(plan->rules, (uint32_t)*group)->name).bytes);
}

const char *csv_plan_message(struct csv_plan *plan, const struct csv_row *row, int64_t time_ms,
                             struct csv_message *message)
{
    int index;
    const char *problem = group_of_row(plan, row, &index);
    if (problem)
        return problem;
    const struct rules_group *group = group_at(plan->rules, (uint32_t)index);
    const struct layout *layout = &plan->layouts[index];
    struct text topic = cell_of(row, plan->heading->topic_column);
    bool is_udp = group->source == RULES_FROM_UDP;
    *message = (struct csv_message){.topic = is_udp ? NULL : plan->topic,
                                    .udp_port = is_udp ? group->udp_port : 0};
    if (!is_udp && topic.length > 0 && topic.length < sizeof plan->topic)
        snprintf(plan->topic, sizeof plan->topic, "%.*s", (int)topic.length, topic.bytes);
    else if (!is_udp && (problem = write_topic(plan, group, layout, row)) != NULL)
        return problem;
    plan->payload_length = 0;
    const char *at = layout->text;
    for (size_t i = 0; i <= layout->holes_count; i++) {
        size_t length = strcspn(at, "\001");
        write_bytes(plan, at, length);
        at += length + 1;
        if (i == layout->holes_count)
            break;
        const struct hole *hole = &layout->holes[i];
        if (hole->column == HOLE_TIME)
            write_time(plan, group->time, time_ms);
        else
            write_cell(plan, hole, cell_of(row, hole->column));
    }
    message->payload = (struct text){plan->payload, plan->payload_length};
    return NULL;
}
