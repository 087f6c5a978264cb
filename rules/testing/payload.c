/* Writes messages as sensors do. See payload.h. */
#include "rules/testing/payload_format.h"

#include "base/calendar.h"

#include <math.h>
#include <stdio.h>

/* ---- values -------------------------------------------------------------------------------- */

double testing_value_at(const struct testing_step *step, const struct testing_value *value,
                        int64_t at_ms)
{
    if (value->from == value->to || step->until_ms == step->from_ms)
        return value->from;
    /* The last message of the span has the second value. */
    int64_t last_ms = (step->until_ms - step->from_ms) / step->every_ms * step->every_ms;
    double part = (double)(at_ms - step->from_ms) / (double)(last_ms > 0 ? last_ms : 1);
    return value->from + (value->to - value->from) * part;
}

static const struct rules_reading *reading_of(const struct ruleset *rules,
                                              const struct testing_step *step,
                                              const struct testing_value *value)
{
    const struct rules_group *group =
        RULES_AT(rules, struct rules_group, rules->groups, step->sensor->group);
    return RULES_AT(rules, struct rules_reading, group->readings, value->reading);
}

/* A text as JSON writes it, cut where room ends. */
static void quote(char *room, size_t room_bytes, struct text text)
{
    size_t used = 0;
    room[used++] = '"';
    for (size_t i = 0; i < text.length && used + 3 < room_bytes; i++) {
        if (text.bytes[i] == '"' || text.bytes[i] == '\\')
            room[used++] = '\\';
        room[used++] = text.bytes[i];
    }
    room[used++] = '"';
    room[used] = 0;
}

/* At most as many decimals as the line writes, two more in a ramp. */
static unsigned decimals_of(const struct testing_value *value, double raw)
{
    unsigned most = value->decimals + (value->from != value->to ? 2u : 0u);
    unsigned needed = wording_decimals(raw);
    return needed < most || value->from == value->to ? needed : most;
}

size_t testing_value_text(const struct testing_rules *rules, const struct testing_step *step,
                          const struct testing_value *value, int64_t at_ms, char *room,
                          size_t room_bytes)
{
    const struct rules_reading *reading = reading_of(rules->rules, step, value);
    struct writer writer = writer_on(room, room_bytes);
    if (value->kind == TESTING_NUMBER) {
        double number = testing_value_at(step, value, at_ms);
        double raw = (number - reading->offset) / (reading->scale != 0 ? reading->scale : 1);
        unsigned decimals = decimals_of(value, raw);
        /* What the line wrote stays as it was written: "6.0" is not "6". */
        if (value->from == value->to && raw == number && decimals < value->decimals)
            decimals = value->decimals;
        writer_add_number(&writer, raw, decimals);
    } else if (value->kind == TESTING_WORD) {
        struct text word = rules_text(
            rules->rules, *RULES_AT(rules->rules, struct rules_text, reading->words, value->word));
        quote(room, room_bytes, word);
        return strlen(room);
    } else if (value->kind == TESTING_TEXT) {
        quote(room, room_bytes, value->text);
        return strlen(room);
    } else {
        writer_add(&writer, TEXT("null"));
    }
    return writer.length;
}

/* ---- JSON ---------------------------------------------------------------------------------- */

static const struct rules_step *step_at(const struct said *message, const struct entry *entry,
                                        uint32_t depth)
{
    return RULES_AT(message->rules, struct rules_step, entry->path.steps, depth);
}

static bool same_step(const struct said *message, const struct rules_step *a,
                      const struct rules_step *b)
{
    return text_equal(rules_text(message->rules, a->key), rules_text(message->rules, b->key)) &&
           (a->key.length > 0 || a->index == b->index);
}

static void write_node(const struct said *message, uint64_t members, uint32_t depth,
                       struct writer *out);

/* The entries of `members` that go the same way as `first`. */
static uint64_t same_way(const struct said *message, uint64_t members, size_t first, uint32_t depth)
{
    uint64_t same = 0;
    for (size_t i = first; i < message->count; i++) {
        if ((members >> i & 1) != 0 && message->entries[i].path.steps.count > depth &&
            same_step(message, step_at(message, &message->entries[first], depth),
                      step_at(message, &message->entries[i], depth)))
            same |= UINT64_C(1) << i;
    }
    return same;
}

static void write_object(const struct said *message, uint64_t members, uint32_t depth,
                         struct writer *out)
{
    bool is_first = true;
    writer_add(out, TEXT("{"));
    for (size_t i = 0; i < message->count; i++) {
        if ((members >> i & 1) == 0 || message->entries[i].path.steps.count <= depth)
            continue;
        char key[200];
        uint64_t same = same_way(message, members, i, depth);
        quote(key, sizeof key,
              rules_text(message->rules, step_at(message, &message->entries[i], depth)->key));
        writer_format(out, "%s%s:", is_first ? "" : ",", key);
        write_node(message, same, depth + 1, out);
        members &= ~same;
        is_first = false;
    }
    writer_add(out, TEXT("}"));
}

static void write_list(const struct said *message, uint64_t members, uint32_t depth,
                       struct writer *out)
{
    uint32_t last = 0;
    for (size_t i = 0; i < message->count; i++) {
        if ((members >> i & 1) != 0 && step_at(message, &message->entries[i], depth)->index > last)
            last = step_at(message, &message->entries[i], depth)->index;
    }
    writer_add(out, TEXT("["));
    for (uint32_t index = 0; index <= last && index < 256; index++) {
        uint64_t same = 0;
        for (size_t i = 0; i < message->count; i++) {
            if ((members >> i & 1) != 0 &&
                step_at(message, &message->entries[i], depth)->index == index)
                same |= UINT64_C(1) << i;
        }
        if (index > 0)
            writer_add(out, TEXT(","));
        if (same != 0)
            write_node(message, same, depth + 1, out);
        else
            writer_add(out, TEXT("null"));
    }
    writer_add(out, TEXT("]"));
}

static void write_node(const struct said *message, uint64_t members, uint32_t depth,
                       struct writer *out)
{
    for (size_t i = 0; i < message->count; i++) {
        if ((members >> i & 1) == 0)
            continue;
        const struct entry *entry = &message->entries[i];
        if (entry->path.steps.count <= depth)
            writer_add(out, text_of(entry->value));
        else if (step_at(message, entry, depth)->key.length == 0)
            write_list(message, members, depth, out);
        else
            write_object(message, members, depth, out);
        return;
    }
    writer_add(out, TEXT("{}"));
}

/* ---- what a message says ------------------------------------------------------------------- */

static struct entry *add(struct said *message, struct rules_path path)
{
    if (message->count == ENTRIES_MAX)
        return NULL;
    message->entries[message->count] = (struct entry){.path = path};
    return &message->entries[message->count++];
}

static void add_time(struct said *message, const struct rules_group *group, int64_t taken_ms)
{
    char text[CALENDAR_TEXT_BYTES];
    struct entry *entry = rules_time_has_path(group->time) ? add(message, group->time_path) : NULL;
    message->has_own_time = group->time == RULES_TIME_OF_FORMAT;
    message->own_ms = taken_ms;
    if (entry == NULL)
        return;
    if (group->time == RULES_TIME_MILLISECONDS)
        snprintf(entry->value, sizeof entry->value, "%lld", (long long)taken_ms);
    else if (group->time == RULES_TIME_TEXT)
        snprintf(entry->value, sizeof entry->value, "\"%s\"", calendar_write(taken_ms, text));
    else if (taken_ms % 1000 == 0)
        snprintf(entry->value, sizeof entry->value, "%lld", (long long)(taken_ms / 1000));
    else
        snprintf(entry->value, sizeof entry->value, "%lld.%03lld", (long long)(taken_ms / 1000),
                 (long long)(taken_ms % 1000));
}

static void collect(struct said *message, const struct testing_rules *rules,
                    const struct testing_step *step, int64_t at_ms)
{
    const struct rules_group *group =
        RULES_AT(rules->rules, struct rules_group, rules->rules->groups, step->sensor->group);
    struct entry *entry;
    for (uint32_t i = 0; i < group->names.count; i++) {
        const struct rules_name *name = RULES_AT(rules->rules, struct rules_name, group->names, i);
        if (name->is_in_message && (entry = add(message, name->path)) != NULL) {
            quote(entry->value, sizeof entry->value, step->sensor->names[i]);
            entry->is_name = true;
        }
    }
    add_time(message, group, step->has_taken ? step->taken_ms : at_ms);
    if (group->has_sequence && (entry = add(message, group->sequence)) != NULL)
        snprintf(entry->value, sizeof entry->value, "%u", step->sensor->sent);
    for (uint32_t i = 0; i < step->values_count; i++) {
        const struct rules_reading *reading = reading_of(rules->rules, step, &step->values[i]);
        if ((entry = add(message, reading->path)) != NULL)
            testing_value_text(rules, step, &step->values[i], at_ms, entry->value,
                               sizeof entry->value);
    }
}

/* ---- formats ------------------------------------------------------------------------------- */

/* The list of `each`, with the one message that a line of a test is. */
static void write_each(const struct said *message, const struct rules_path *each,
                       struct writer *out)
{
    for (uint32_t i = 0; i < each->steps.count; i++) {
        const struct rules_step *step = RULES_AT(message->rules, struct rules_step, each->steps, i);
        char key[200];
        quote(key, sizeof key, rules_text(message->rules, step->key));
        writer_format(out, "{%s:", key);
    }
    writer_add(out, TEXT("["));
    write_node(message, ~UINT64_C(0), 0, out);
    writer_add(out, TEXT("]"));
    for (uint32_t i = 0; i < each->steps.count; i++)
        writer_add(out, TEXT("}"));
}

static void write_json(const struct said *message, const struct rules_group *group,
                       struct writer *out)
{
    if (group->has_each)
        write_each(message, &group->each, out);
    else
        write_node(message, ~UINT64_C(0), 0, out);
}

static payload_write *const formats[] = {
    [RULES_FORMAT_JSON] = write_json,           [RULES_FORMAT_LINES] = payload_write_lines,
    [RULES_FORMAT_SENML] = payload_write_senml, [RULES_FORMAT_SPARKPLUG] = payload_write_sparkplug,
    [RULES_FORMAT_PLAIN] = payload_write_plain, [RULES_FORMAT_CSV] = payload_write_csv,
};

size_t testing_payload(const struct testing_rules *rules, const struct testing_step *step,
                       int64_t at_ms, char *room, size_t room_bytes)
{
    const struct rules_group *group =
        RULES_AT(rules->rules, struct rules_group, rules->rules->groups, step->sensor->group);
    struct said message = {.rules = rules->rules};
    struct writer out = writer_on(room, room_bytes);
    collect(&message, rules, step, at_ms);
    formats[group->format](&message, group, &out);
    return out.is_cut ? 0 : out.length;
}

void testing_topic(const struct testing_rules *rules, const struct testing_sensor *sensor,
                   char *room, size_t room_bytes)
{
    const struct rules_group *group =
        RULES_AT(rules->rules, struct rules_group, rules->rules->groups, sensor->group);
    struct writer out = writer_on(room, room_bytes);
    for (uint32_t i = 0; i < group->levels.count; i++) {
        const struct rules_level *level =
            RULES_AT(rules->rules, struct rules_level, group->levels, i);
        if (i > 0)
            writer_add(&out, TEXT("/"));
        writer_add(&out, level->kind == RULES_LEVEL_LITERAL ? rules_text(rules->rules, level->text)
                                                            : sensor->names[level->name]);
    }
}
