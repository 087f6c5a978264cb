/* InfluxDB line protocol: measurement,tag=value field=value,field=value time
 * Each line is a message. Fields, tags and `measurement` are paths of one step; the time at the end
 * is in nanoseconds. See format.h. A line that is none is counted; the others are read. */
#include "pipeline/escapes.h"
#include "pipeline/format.h"
#include "pipeline/json_parts.h"
#include "pipeline/utf8.h"

/* ---- words ----------------------------------------------------------------------------------- */

/* Up to one of `stops`, which a backslash before them does not make one. Returns its place, or the
 * end. */
static const char *read_word(const char *p, const char *end, const char *stops,
                             struct scan_token *word)
{
    *word = (struct scan_token){.bytes = p, .kind = SCAN_STRING};
    for (; p < end && strchr(stops, *p) == NULL; p++) {
        if (*p != '\\' || p + 1 == end)
            continue;
        word->escapes = SCAN_ESCAPES_KEY;
        p++;
    }
    word->length = (uint32_t)(p - word->bytes);
    return p;
}

/* Where a key leads. */
static const struct want_node *find(const struct gathering *line, const struct scan_token *key)
{
    char room[RULES_NAME_BYTES * 4];
    struct text text = {key->bytes, key->length};
    if (key->escapes != SCAN_ESCAPES_NONE) {
        size_t length = escapes_resolve(text, SCAN_ESCAPES_KEY, room, sizeof room);
        if (length == SIZE_MAX)
            return NULL;
        text = (struct text){room, length};
    }
    return gather_find(line, text, TEXT(""));
}

/* `key=`. Returns the place behind, or NULL. */
static const char *read_key(const char *p, const char *end, struct scan_token *key)
{
    p = read_word(p, end, ",= ", key);
    return p < end && *p == '=' && key->length > 0 ? p + 1 : NULL;
}

/* ---- values of fields ------------------------------------------------------------------------ */

static const struct {
    char word[6];
    uint8_t kind; /* enum scan_kind */
} words[] = {
    {"t", SCAN_TRUE},
    {"true", SCAN_TRUE},
    {"f", SCAN_FALSE},
    {"false", SCAN_FALSE},
    {"nan", SCAN_NOT_A_NUMBER},
    {"inf", SCAN_NOT_A_NUMBER},
    {"-inf", SCAN_NOT_A_NUMBER},
};

/* Whole numbers end in i or u. */
static bool number_of(struct text text, struct scan_token *value)
{
    const char *end = text.bytes + text.length;
    if (text.length == 0)
        return false;
    const char *after = json_read_number(text.bytes, end, &value->number, &value->decimals);
    value->kind = SCAN_NUMBER;
    value->length = after != NULL ? (uint32_t)(after - text.bytes) : 0;
    if (after != NULL && end - after == 1 && value->decimals == 0)
        after += *after == 'i' || *after == 'u';
    return after == end;
}

static bool scalar_of(struct text text, struct scan_token *value)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (!text_equal_ignoring_case(text, text_of(words[i].word)))
            continue;
        struct text means = words[i].kind == SCAN_TRUE ? TEXT("true") : TEXT("false");
        value->kind = words[i].kind;
        value->bytes = means.bytes;
        value->length = (uint32_t)means.length;
        return true;
    }
    return number_of(text, value);
}

/* A text between quote marks, from the first of them. Returns the place behind it, or NULL. */
static const char *read_string(const char *p, const char *end, struct scan_token *value)
{
    *value = (struct scan_token){.bytes = ++p, .kind = SCAN_STRING};
    for (; p < end && *p != '"'; p++) {
        if (*p != '\\' || p + 1 == end)
            continue;
        value->escapes = SCAN_ESCAPES_TEXT;
        p++;
    }
    value->length = (uint32_t)(p - value->bytes);
    return p < end ? p + 1 : NULL;
}

static const char *read_value(const char *p, const char *end, struct scan_token *value)
{
    if (p < end && *p == '"')
        return read_string(p, end, value);
    const char *start = p;
    while (p < end && *p != ',' && *p != ' ')
        p++;
    *value = (struct scan_token){.bytes = start};
    return scalar_of((struct text){start, (size_t)(p - start)}, value) ? p : NULL;
}

/* ---- parts of a line ------------------------------------------------------------------------- */

/* Measurement and tags. */
static const char *read_tags(struct gathering *line, const char *p, const char *end)
{
    struct scan_token key, value;
    p = read_word(p, end, ", ", &value);
    if (value.length == 0)
        return NULL;
    gather_note(line, gather_find(line, TEXT("measurement"), TEXT("")), value, NOTE_ALWAYS);
    while (p < end && *p == ',') {
        p = read_key(p + 1, end, &key);
        if (p == NULL)
            return NULL;
        p = read_word(p, end, ", ", &value);
        if (value.length == 0)
            return NULL;
        gather_note(line, find(line, &key), value, NOTE_ALWAYS);
    }
    return p;
}

static const char *read_fields(struct gathering *line, const char *p, const char *end)
{
    struct scan_token key, value;
    for (;;) {
        p = read_key(p, end, &key);
        p = p != NULL ? read_value(p, end, &value) : NULL;
        if (p == NULL)
            return NULL;
        gather_note(line, find(line, &key), value, NOTE_FIELD);
        if (p == end || *p == ' ')
            return p;
        if (*p++ != ',')
            return NULL;
    }
}

/* A whole number of nanoseconds; for `time from timestamp` in what the rules say. */
static bool read_time(struct gathering *line, const char *p, const char *end)
{
    struct scan_token time = {.bytes = p, .length = (uint32_t)(end - p)};
    if (!number_of((struct text){p, time.length}, &time) || time.decimals != 0)
        return false;
    gather_note(line, gather_find(line, TEXT("timestamp"), TEXT("")), time, NOTE_IF_MISSING);
    gather_time(line, time.number / 1e6, false);
    return true;
}

static const char *pass_spaces(const char *p, const char *end)
{
    while (p < end && *p == ' ')
        p++;
    return p;
}

static bool read_line(struct gathering *line, struct text text)
{
    const char *p = text.bytes, *end = text.bytes + text.length;
    gather_clear(line);
    if (!utf8_is_plain(text))
        return false;
    while (end > p && end[-1] == ' ')
        end--;
    p = read_tags(line, pass_spaces(p, end), end);
    p = p != NULL ? read_fields(line, pass_spaces(p, end), end) : NULL;
    if (p == NULL)
        return false;
    p = pass_spaces(p, end);
    return p == end || read_time(line, p, end);
}

bool format_lines(struct pipeline *pipeline, const struct decoder *decoder,
                  const struct decoder_source *source, struct text payload)
{
    struct gathering line;
    struct text text;
    gather_begin(&line, pipeline, decoder, source);
    while (format_line(&payload, &text)) {
        if (format_cell(text).kind == SCAN_NULL || text.bytes[0] == '#')
            continue;
        if (read_line(&line, text))
            gather_send(&line);
        else
            format_refuse(pipeline, source);
    }
    return line.has_readings;
}
