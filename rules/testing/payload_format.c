/* Messages in the flat formats: line protocol, SenML, Sparkplug B, CSV, plain. See
 * payload_format.h. What the decoders of pipeline/ read, in the words of each format's writers. */
#include "rules/testing/payload_format.h"

#include "base/number.h"

#include <stdlib.h>

/* ---- entries ------------------------------------------------------------------------------- */

/* Paths of flat formats are one key. */
static struct text key_of(const struct said *message, const struct entry *entry)
{
    if (entry->path.steps.count == 0)
        return TEXT("");
    return rules_text(message->rules,
                      RULES_AT(message->rules, struct rules_step, entry->path.steps, 0)->key);
}

static const struct entry *find(const struct said *message, struct text key)
{
    for (size_t i = 0; i < message->count; i++) {
        if (text_equal(key_of(message, &message->entries[i]), key))
            return &message->entries[i];
    }
    return NULL;
}

static bool is_missing(const struct entry *entry)
{
    return text_equal(text_of(entry->value), TEXT("null"));
}

static bool is_string(const struct entry *entry)
{
    return entry->value[0] == '"';
}

/* The characters of a value that payload.c quoted; without quote marks they are as they stand. */
static struct text plain_value(const struct entry *entry, char room[sizeof entry->value])
{
    size_t length = 0, end = strlen(entry->value);
    if (!is_string(entry))
        return text_of(entry->value);
    for (size_t i = 1; i + 1 < end; i++) {
        i += entry->value[i] == '\\';
        room[length++] = entry->value[i];
    }
    return (struct text){room, length};
}

/* Bytes as they are: a writer takes UTF-8 only. */
static void add_raw(struct writer *out, struct text bytes)
{
    if (bytes.length >= out->room_bytes - out->length) {
        out->is_cut = true;
        return;
    }
    memcpy(out->room + out->length, bytes.bytes, bytes.length);
    out->length += bytes.length;
    out->room[out->length] = 0;
}

/* With `mark` before each of `these`. */
static void add_marked(struct writer *out, struct text text, const char *these, const char *mark)
{
    for (size_t i = 0; i < text.length; i++) {
        if (strchr(these, text.bytes[i]) != NULL)
            add_raw(out, text_of(mark));
        add_raw(out, (struct text){text.bytes + i, 1});
    }
}

/* ---- line protocol ------------------------------------------------------------------------- */

#define LINES_SPECIAL ",= "

static void add_tags(const struct said *message, struct writer *out)
{
    for (size_t i = 0; i < message->count; i++) {
        const struct entry *entry = &message->entries[i];
        char room[sizeof entry->value];
        struct text key = key_of(message, entry);
        if (!entry->is_name || text_equal(key, TEXT("measurement")))
            continue;
        add_raw(out, TEXT(","));
        add_marked(out, key, LINES_SPECIAL, "\\");
        add_raw(out, TEXT("="));
        add_marked(out, plain_value(entry, room), LINES_SPECIAL, "\\");
    }
}

void payload_write_lines(const struct said *message, const struct rules_group *group,
                         struct writer *out)
{
    const struct entry *measurement = find(message, TEXT("measurement"));
    const char *separator = " ";
    char room[sizeof measurement->value];
    if (measurement != NULL && measurement->is_name)
        add_marked(out, plain_value(measurement, room), LINES_SPECIAL, "\\");
    else
        add_raw(out, rules_text(message->rules, group->name));
    add_tags(message, out);
    for (size_t i = 0; i < message->count; i++) {
        const struct entry *entry = &message->entries[i];
        if (entry->is_name || is_missing(entry))
            continue;
        add_raw(out, text_of(separator));
        add_marked(out, key_of(message, entry), LINES_SPECIAL, "\\");
        writer_format(out, "=%s", entry->value);
        separator = ",";
    }
    if (separator[0] == ' ') /* a line without fields is none */
        add_raw(out, TEXT(" nothing=true"));
    if (message->has_own_time)
        writer_format(out, " %lld000000", (long long)message->own_ms);
    add_raw(out, TEXT("\n"));
}

/* ---- SenML --------------------------------------------------------------------------------- */

static void add_json_string(struct writer *out, struct text text)
{
    add_raw(out, TEXT("\""));
    add_marked(out, text, "\"\\", "\\");
    add_raw(out, TEXT("\""));
}

void payload_write_senml(const struct said *message, const struct rules_group *group,
                         struct writer *out)
{
    (void)group;
    const struct entry *base = find(message, TEXT("bn"));
    const char *separator = "{";
    add_raw(out, TEXT("["));
    if (base != NULL && base->is_name)
        writer_format(out, "%s\"bn\":%s", separator, base->value), separator = ",";
    if (message->has_own_time)
        writer_format(out, "%s\"bt\":%lld.%03lld", separator, (long long)(message->own_ms / 1000),
                      (long long)(message->own_ms % 1000)),
            separator = ",";
    for (size_t i = 0; i < message->count; i++) {
        const struct entry *entry = &message->entries[i];
        if (entry == base && base->is_name)
            continue;
        writer_format(out, "%s\"n\":", separator);
        add_json_string(out, key_of(message, entry));
        writer_format(out, ",\"%s\":%s}", is_string(entry) ? "vs" : "v", entry->value);
        separator = ",{";
    }
    if (text_equal(text_of(separator), TEXT(",")))
        add_raw(out, TEXT("}"));
    add_raw(out, TEXT("]"));
}

/* ---- Sparkplug B --------------------------------------------------------------------------- */

enum { WIRE_VARINT, WIRE_FIXED64, WIRE_BYTES };

static void add_varint(struct writer *out, uint64_t value)
{
    do {
        char byte = (char)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
        add_raw(out, (struct text){&byte, 1});
        value >>= 7;
    } while (value != 0);
}

static void add_number(struct writer *out, unsigned field, uint64_t value)
{
    add_varint(out, field << 3 | WIRE_VARINT);
    add_varint(out, value);
}

static void add_bytes(struct writer *out, unsigned field, struct text bytes)
{
    add_varint(out, field << 3 | WIRE_BYTES);
    add_varint(out, bytes.length);
    add_raw(out, bytes);
}

static void add_double(struct writer *out, unsigned field, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    add_varint(out, field << 3 | WIRE_FIXED64);
    for (int i = 0; i < 8; i++, bits >>= 8)
        add_raw(out, (struct text){(char[]){(char)(bits & 0xff)}, 1});
}

/* A key of digits is an alias. */
static bool is_alias(struct text key)
{
    for (size_t i = 0; i < key.length; i++) {
        if (key.bytes[i] < '0' || key.bytes[i] > '9')
            return false;
    }
    return key.length > 0 && key.length < 19;
}

static void add_metric(struct writer *out, struct text key, const struct entry *entry)
{
    char room[512], text[sizeof entry->value];
    struct writer metric = writer_on(room, sizeof room);
    double number;
    uint8_t decimals;
    if (is_alias(key))
        add_number(&metric, 2, strtoull(key.bytes, NULL, 10));
    else
        add_bytes(&metric, 1, key);
    if (is_missing(entry)) {
        add_number(&metric, 7, 1);
    } else if (is_string(entry)) {
        add_number(&metric, 4, 12);
        add_bytes(&metric, 15, plain_value(entry, text));
    } else if (number_parse(text_of(entry->value), &number, &decimals) > 0) {
        add_number(&metric, 4, 10);
        add_double(&metric, 13, number);
    }
    add_bytes(out, 2, (struct text){room, metric.length});
}

/* Payload: 1 timestamp, 2 metrics, 3 seq. Metric: 1 name, 2 alias, 4 type, 7 null, 13 double,
 * 15 text. */
void payload_write_sparkplug(const struct said *message, const struct rules_group *group,
                             struct writer *out)
{
    (void)group;
    if (message->has_own_time)
        add_number(out, 1, (uint64_t)message->own_ms);
    for (size_t i = 0; i < message->count; i++) {
        const struct entry *entry = &message->entries[i];
        struct text key = key_of(message, entry);
        if (text_equal(key, TEXT("seq")) && !entry->is_name)
            add_number(out, 3, strtoull(entry->value, NULL, 10));
        else
            add_metric(out, key, entry);
    }
}

/* ---- one value, rows ----------------------------------------------------------------------- */

void payload_write_plain(const struct said *message, const struct rules_group *group,
                         struct writer *out)
{
    (void)group;
    char room[sizeof message->entries[0].value];
    if (message->count > 0)
        add_raw(out, plain_value(&message->entries[message->count - 1], room));
}

void payload_write_csv(const struct said *message, const struct rules_group *group,
                       struct writer *out)
{
    for (uint32_t i = 0; i < group->csv_columns.count; i++) {
        struct text column = rules_text(
            message->rules, *RULES_AT(message->rules, struct rules_text, group->csv_columns, i));
        const struct entry *entry = find(message, column);
        char room[sizeof message->entries[0].value];
        if (i > 0)
            add_raw(out, TEXT(","));
        if (entry == NULL || is_missing(entry))
            continue;
        if (is_string(entry))
            add_raw(out, TEXT("\""));
        add_marked(out, plain_value(entry, room), "\"", "\"");
        if (is_string(entry))
            add_raw(out, TEXT("\""));
    }
    add_raw(out, TEXT("\n"));
}
