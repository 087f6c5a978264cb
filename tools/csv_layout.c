/* Lays out messages, and fills them in row by row (see csv_layout.h). */
#include "tools/csv_layout.h"

#include "base/calendar.h"
#include "base/number.h"
#include "rules/language/units.h"

#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#define HOLES_MAX (RULES_READINGS_MAX + RULES_NAMES_MAX + 1)

enum hole_kind { HOLE_NUMBER, HOLE_STATE, HOLE_TEXT, HOLE_TIME };

struct csv_hole {
    enum hole_kind kind;
    int column;
    const struct rules_reading *reading; /* NULL: a named part or the time */
};

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

/* The tree of a message while it is made. Holes are numbered, and found again in the order of the
 * text. */
struct draft {
    const struct ruleset *rules;
    cJSON *root;
    struct csv_hole holes[HOLES_MAX];
    size_t count;
};

static void put_hole(struct draft *draft, const struct rules_path *path, struct csv_hole hole)
{
    char mark[16];
    snprintf(mark, sizeof mark, "\001%03zu", draft->count);
    draft->holes[draft->count++] = hole;
    put_at(draft->rules, &draft->root, path, cJSON_CreateRaw(mark));
}

static void put_readings(struct draft *draft, const struct rules_group *group,
                         const struct csv_match *match)
{
    static const enum hole_kind kinds[] = {
        [RULES_NUMBER] = HOLE_NUMBER, [RULES_STATE] = HOLE_STATE, [RULES_TEXT] = HOLE_TEXT};
    for (uint32_t i = 0; i < group->readings.count; i++) {
        const struct rules_reading *reading =
            RULES_AT(draft->rules, struct rules_reading, group->readings, i);
        struct csv_hole hole = {kinds[reading->kind], match->reading_columns[i], reading};
        if (hole.column >= 0)
            put_hole(draft, &reading->path, hole);
    }
}

static void put_names(struct draft *draft, const struct rules_group *group,
                      const struct csv_match *match, const struct csv_device *device)
{
    for (uint32_t i = 0; i < group->names.count; i++) {
        const struct rules_name *name = RULES_AT(draft->rules, struct rules_name, group->names, i);
        char fixed[256];
        if (!name->is_in_message)
            continue;
        if (match->name_columns[i] >= 0) {
            put_hole(draft, &name->path,
                     (struct csv_hole){HOLE_TEXT, match->name_columns[i], NULL});
        } else if (device) {
            snprintf(fixed, sizeof fixed, "%.*s", (int)device->names[i].length,
                     device->names[i].bytes);
            put_at(draft->rules, &draft->root, &name->path, cJSON_CreateString(fixed));
        }
    }
}

/* Takes the marks out of the text; the holes come in its order. */
static bool keep_holes(struct csv_layout *layout, const struct draft *draft)
{
    layout->holes = calloc(draft->count + 1, sizeof *layout->holes);
    if (!layout->text || !layout->holes)
        return false;
    char *to = layout->text;
    for (const char *from = layout->text; *from; from++) {
        *to++ = *from;
        if (*from == 1) {
            const char number[] = {from[1], from[2], from[3], 0};
            layout->holes[layout->holes_count++] = draft->holes[strtoul(number, NULL, 10)];
            from += 3;
        }
    }
    *to = 0;
    return true;
}

bool csv_layout_make(struct csv_layout *layout, const struct ruleset *rules, uint32_t group,
                     const struct csv_match *match, const struct csv_device *device)
{
    const struct rules_group *sensors = csv_group(rules, group);
    struct draft draft = {.rules = rules};
    *layout = (struct csv_layout){.group = group};
    if (device)
        layout->device = *device;
    put_readings(&draft, sensors, match);
    put_names(&draft, sensors, match, device);
    if (rules_time_has_path(sensors->time))
        put_hole(&draft, &sensors->time_path, (struct csv_hole){HOLE_TIME, -1, NULL});
    if (sensors->has_each) {
        cJSON *list = cJSON_CreateArray(), *whole = NULL;
        cJSON_AddItemToArray(list, draft.root);
        put_at(rules, &whole, &sensors->each, list);
        draft.root = whole;
    }
    layout->text = draft.root ? cJSON_PrintUnformatted(draft.root) : NULL;
    cJSON_Delete(draft.root);
    return keep_holes(layout, &draft);
}

void csv_layout_free(struct csv_layout *layout)
{
    cJSON_free(layout->text);
    free(layout->holes);
    *layout = (struct csv_layout){0};
}

/* ---- cells --------------------------------------------------------------------------------- */

struct text csv_cell_of(const struct csv_row *row, int column)
{
    return column >= 0 && (size_t)column < row->count ? row->cells[column] : (struct text){"", 0};
}

static void write_bytes(struct csv_page *page, const char *bytes, size_t length)
{
    if (page->length + length > page->room) {
        size_t room = 2 * (page->length + length) + 256;
        char *larger = realloc(page->payload, room);
        if (!larger)
            return; /* the message is cut off, and counted as one that could not be read */
        page->payload = larger;
        page->room = room;
    }
    memcpy(page->payload + page->length, bytes, length);
    page->length += length;
}

static void write_string(struct csv_page *page, struct text text)
{
    write_bytes(page, "\"", 1);
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.bytes[i];
        char escape[8];
        if (c == '"' || c == '\\') {
            write_bytes(page, "\\", 1);
            write_bytes(page, text.bytes + i, 1);
        } else if (c < ' ') {
            snprintf(escape, sizeof escape, "\\u%04x", c);
            write_bytes(page, escape, 6);
        } else {
            write_bytes(page, text.bytes + i, 1);
        }
    }
    write_bytes(page, "\"", 1);
}

/* Words for "there is no value", as programs and spreadsheets write them. */
static bool says_nothing(struct text cell)
{
    static const char *const words[] = {"nan",  "n/a", "#n/a", "na", "null",
                                        "none", "-",   "--",   "---"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (text_equal_ignoring_case(cell, text_of(words[i])))
            return true;
    }
    return cell.length == 0;
}

/* "4,5" is 4.5, unless it could be four thousand five hundred and some: where commas separate
 * cells, a comma before three digits. */
static struct text with_point(char separator, struct text cell, char room[64])
{
    const char *comma = memchr(cell.bytes, ',', cell.length);
    if (!comma || cell.length >= 64)
        return cell;
    size_t behind = (size_t)(cell.bytes + cell.length - comma) - 1;
    if (separator == ',' && behind == 3)
        return cell;
    memcpy(room, cell.bytes, cell.length);
    room[comma - cell.bytes] = '.';
    return (struct text){room, cell.length};
}

/* The number at the beginning of a cell, when nothing but the reading's own unit follows. */
static struct text number_in(const struct ruleset *rules, const struct rules_reading *reading,
                             struct text cell)
{
    double value;
    uint8_t decimals;
    struct text number = cell;
    number.length = number_parse(cell, &value, &decimals);
    struct text rest =
        text_trimmed((struct text){cell.bytes + number.length, cell.length - number.length});
    const struct unit *unit = rest.length > 0 ? unit_find(rest) : NULL;
    bool is_own = unit && unit == unit_find(rules_text(rules, reading->unit));
    return rest.length == 0 || is_own ? number : (struct text){0};
}

static void write_number(const struct ruleset *rules, const struct csv_heading *heading,
                         const struct csv_hole *hole, struct text cell, struct csv_page *page,
                         struct csv_counts *counts)
{
    char room[64];
    struct text number =
        number_in(rules, hole->reading, with_point(heading->separator, cell, room));
    if (says_nothing(cell)) {
        counts->empty_cells++;
        write_bytes(page, "null", 4);
    } else if (number.length > 0) {
        write_bytes(page, number.bytes, number.length);
    } else {
        if (counts->wrong_cells++ == 0)
            snprintf(counts->first_wrong, sizeof counts->first_wrong, "%s \"%.*s\"",
                     rules_text(rules, hole->reading->name).bytes,
                     (int)(cell.length < 40 ? cell.length : 40), cell.bytes);
        write_string(page, cell); /* faulty, as it would be at the site */
    }
}

static void write_state(struct text cell, char separator, struct csv_page *page)
{
    char room[64];
    double value;
    uint8_t decimals;
    struct text number = with_point(separator, cell, room);
    bool is_number = number_parse(number, &value, &decimals) == number.length;
    bool is_boolean = text_equal_ignoring_case(cell, TEXT("true")) ||
                      text_equal_ignoring_case(cell, TEXT("false"));
    if (is_boolean)
        write_bytes(page, cell.length == 4 ? "true" : "false", cell.length);
    else if (is_number)
        write_bytes(page, number.bytes, number.length);
    else
        write_string(page, cell);
}

static void write_time(struct csv_page *page, uint32_t kind, int64_t time_ms)
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
    write_bytes(page, text, strlen(text));
}

bool csv_layout_has_value(const struct csv_layout *layout, const struct csv_row *row)
{
    for (size_t i = 0; i < layout->holes_count; i++) {
        const struct csv_hole *hole = &layout->holes[i];
        struct text cell = csv_cell_of(row, hole->column);
        if (hole->reading && (hole->kind == HOLE_NUMBER ? !says_nothing(cell) : cell.length > 0))
            return true;
    }
    return false;
}

void csv_layout_write(const struct csv_layout *layout, const struct ruleset *rules,
                      const struct csv_heading *heading, const struct csv_row *row, int64_t time_ms,
                      struct csv_page *page, struct csv_counts *counts)
{
    const char *at = layout->text;
    page->length = 0;
    for (size_t i = 0; i <= layout->holes_count; i++) {
        size_t length = strcspn(at, "\001");
        write_bytes(page, at, length);
        at += length + 1;
        if (i == layout->holes_count)
            break;
        const struct csv_hole *hole = &layout->holes[i];
        struct text cell = csv_cell_of(row, hole->column);
        if (hole->kind == HOLE_TIME)
            write_time(page, csv_group(rules, layout->group)->time, time_ms);
        else if (hole->kind == HOLE_NUMBER)
            write_number(rules, heading, hole, cell, page, counts);
        else if (cell.length == 0)
            write_bytes(page, "null", 4);
        else if (hole->kind == HOLE_STATE)
            write_state(cell, heading->separator, page);
        else
            write_string(page, cell);
    }
}

/* ---- topics -------------------------------------------------------------------------------- */

/* Whether the cell can be a part of a topic; false with page->problem. */
static bool is_part(uint32_t kind, struct text part, struct csv_page *page)
{
    bool has_marks = kind == RULES_LEVEL_NAME &&
                     (memchr(part.bytes, '/', part.length) ||
                      memchr(part.bytes, '+', part.length) || memchr(part.bytes, '#', part.length));
    if (kind != RULES_LEVEL_LITERAL && part.length == 0)
        snprintf(page->problem, sizeof page->problem, "a named part of the device is empty");
    else if (has_marks)
        snprintf(page->problem, sizeof page->problem,
                 "\"%.*s\" can't be a part of a topic: it has / + or #",
                 (int)(part.length < 100 ? part.length : 100), part.bytes);
    else
        return true;
    return false;
}

const char *csv_layout_topic(const struct csv_layout *layout, const struct ruleset *rules,
                             const struct csv_match *match, const struct csv_row *row,
                             struct csv_page *page)
{
    const struct rules_group *group = csv_group(rules, layout->group);
    size_t used = 0;
    for (uint32_t i = 0; i < group->levels.count; i++) {
        const struct rules_level *level = RULES_AT(rules, struct rules_level, group->levels, i);
        bool is_literal = level->kind == RULES_LEVEL_LITERAL;
        struct text part = is_literal ? rules_text(rules, level->text)
                                      : csv_cell_of(row, match->name_columns[level->name]);
        if (!is_literal && match->name_columns[level->name] < 0)
            part = layout->device.names[level->name];
        if (part.length == 0)
            part = TEXT("");
        if (!is_part(level->kind, part, page))
            return page->problem;
        if (used + part.length + 2 > sizeof page->topic)
            return "the device's names are too long";
        if (i > 0)
            page->topic[used++] = '/';
        memcpy(page->topic + used, part.bytes, part.length);
        used += part.length;
    }
    page->topic[used] = 0;
    return NULL;
}
