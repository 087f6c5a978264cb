/* SenML (RFC 8428) in JSON: a list of records. See format.h.
 * The name of a record is a path of one step: with the base name before it, or without, since the
 * base name is that of the device; `bn` is the base name itself. Records of one device and one time
 * are one message. The whole list is looked through before anything of it is used. Not read: units
 * (the rules say them), sums, update times, links. */
#include "pipeline/escapes.h"
#include "pipeline/format.h"
#include "pipeline/json_parts.h"

enum field {
    BASE_NAME,
    BASE_TIME,
    BASE_VALUE,
    BASE_VERSION,
    NAME,
    TIME,
    VALUE,
    TEXT_VALUE,
    BOOLEAN_VALUE,
    DATA_VALUE,
    FIELDS
};
static const struct {
    char label[5];
    bool may_be_text, may_be_number;
} fields[FIELDS] = {
    [BASE_NAME] = {"bn", true, false},    [BASE_TIME] = {"bt", false, true},
    [BASE_VALUE] = {"bv", false, true},   [BASE_VERSION] = {"bver", false, true},
    [NAME] = {"n", true, false},          [TIME] = {"t", false, true},
    [VALUE] = {"v", true, true},          [TEXT_VALUE] = {"vs", true, false},
    [BOOLEAN_VALUE] = {"vb", true, true}, [DATA_VALUE] = {"vd", true, false},
};
#define VERSION_MOST 10       /* section 4.4 */
#define RELATIVE_BELOW 0x1p28 /* seconds; section 4.5.3 */

struct record {
    uint32_t has; /* bit n: fields[n] */
    struct scan_token tokens[FIELDS];
};
static bool has(const struct record *record, enum field field)
{
    return record->has >> field & 1;
}

/* ---- records --------------------------------------------------------------------------------- */

/* One value of a text that was already found to be right. */
static const char *read_token(const char *p, const char *end, struct scan_token *token)
{
    static const struct want_node node = {.slot = 0};
    static const struct wants wants = {.root = &node, .also = {WANT_NOTHING}};
    struct scan_found found;
    found.readings = found.others = 0;
    p = scan_value(p, end, &wants, &found);
    *token = found.tokens[0];
    return p;
}

/* False for a label that must be understood and is not (section 4.4), and for a value that is none.
 */
static bool take_field(struct record *record, struct text label, const struct scan_token *value)
{
    bool is_null = value->kind == SCAN_NULL;
    for (unsigned i = 0; i < FIELDS; i++) {
        if (!text_equal(label, text_of(fields[i].label)))
            continue;
        bool is_text = value->kind == SCAN_STRING;
        bool is_container = value->kind == SCAN_LIST || value->kind == SCAN_OBJECT;
        if (is_container || (i < VALUE && !is_null &&
                             !(is_text ? fields[i].may_be_text
                                       : value->kind == SCAN_NUMBER && fields[i].may_be_number)))
            return false;
        record->tokens[i] = *value;
        record->has |= (uint32_t)(!is_null || i >= VALUE) << i;
        return true;
    }
    return label.length == 0 || label.bytes[label.length - 1] != '_';
}

/* From an object's brace. Returns the place behind it; NULL when it is no record. */
static const char *read_record(const char *p, const char *end, struct record *record)
{
    bool has_escapes;
    record->has = 0;
    p = scan_blanks(p + 1, end);
    while (*p != '}') {
        const char *label = p + 1;
        p = json_pass_string(label, end, &has_escapes);
        struct text text = {label, (size_t)(p - label)};
        struct scan_token value;
        p = scan_blanks(p + 1, end);
        p = read_token(scan_blanks(p + 1, end), end, &value);
        if (!take_field(record, text, &value))
            return NULL;
        p = scan_blanks(p, end);
        if (*p == ',')
            p = scan_blanks(p + 1, end);
    }
    return p + 1;
}

/* ---- what a record says ---------------------------------------------------------------------- */

struct pack {
    struct gathering gathering;
    struct record base; /* only its base fields */
};

static struct text text_of_token(const struct scan_token *token)
{
    return (struct text){token->bytes, token->length};
}

/* Names have no escapes but by way of writers that are too careful ("\/"). */
static bool plain_name(const struct record *record, enum field field, char *room, size_t room_bytes,
                       struct text *name)
{
    *name = TEXT("");
    if (!has(record, field))
        return true;
    *name = text_of_token(&record->tokens[field]);
    if (record->tokens[field].escapes == SCAN_ESCAPES_NONE)
        return true;
    *name = (struct text){room, escapes_resolve(*name, SCAN_ESCAPES_JSON, room, room_bytes)};
    return name->length != SIZE_MAX;
}

static const struct want_node *find(const struct pack *pack, const struct record *record)
{
    char base_room[RULES_NAME_BYTES * 2], room[RULES_NAME_BYTES * 2];
    struct text base, name;
    if (!plain_name(&pack->base, BASE_NAME, base_room, sizeof base_room, &base) ||
        !plain_name(record, NAME, room, sizeof room, &name))
        return NULL;
    const struct want_node *node = gather_find(&pack->gathering, base, name);
    return node != NULL ? node : gather_find(&pack->gathering, name, TEXT(""));
}

/* A base name is the device's, without the mark that sets it off from what follows. */
static struct scan_token device_of(struct scan_token base_name)
{
    if (base_name.length > 1 && base_name.escapes == SCAN_ESCAPES_NONE &&
        strchr(":/-_.", base_name.bytes[base_name.length - 1]) != NULL)
        base_name.length--;
    return base_name;
}

static double number_at(const struct record *record, enum field field)
{
    return has(record, field) ? record->tokens[field].number : 0;
}

static void take_base(struct pack *pack, const struct record *record)
{
    struct gathering *gathering = &pack->gathering;
    for (unsigned i = BASE_NAME; i <= BASE_VALUE; i++) {
        if (has(record, i))
            pack->base.tokens[i] = record->tokens[i];
    }
    pack->base.has |= record->has & ((1u << BASE_VERSION) - 1);
    if (!has(record, BASE_NAME))
        return;
    if (gathering->found.readings != 0 && gathering->decoder->has_names_in_message)
        gather_send(gathering);
    gather_note(gathering, gather_find(gathering, TEXT("bn"), TEXT("")),
                device_of(record->tokens[BASE_NAME]), NOTE_ALWAYS);
}

/* The value, in the order of what is there; a base value is added to numbers. */
static bool value_of(const struct pack *pack, const struct record *record, struct scan_token *value)
{
    for (unsigned i = VALUE; i < FIELDS; i++) {
        if (!has(record, i))
            continue;
        *value = record->tokens[i];
        if (i == VALUE && value->kind == SCAN_NUMBER && has(&pack->base, BASE_VALUE)) {
            const struct scan_token *base = &pack->base.tokens[BASE_VALUE];
            value->number += base->number;
            value->decimals = value->decimals > base->decimals ? value->decimals : base->decimals;
            value->bytes = NULL; /* it stands nowhere */
        }
        return true;
    }
    return false;
}

static void take_record(struct pack *pack, const struct record *record)
{
    struct scan_token value;
    take_base(pack, record);
    if (!value_of(pack, record, &value))
        return;
    double time = number_at(&pack->base, BASE_TIME) + number_at(record, TIME);
    if (has(&pack->base, BASE_TIME) || has(record, TIME))
        gather_next_time(&pack->gathering, time * 1000, time < RELATIVE_BELOW);
    gather_value(&pack->gathering, find(pack, record), value);
}

/* ---- lists ----------------------------------------------------------------------------------- */

/* Each record of a text that is right as JSON; `pack` may be NULL: only looks whether they are
 * records. */
static bool read_records(const char *p, const char *end, struct pack *pack)
{
    struct record record;
    p = scan_blanks(p + 1, end);
    while (*p != ']') {
        p = *p == '{' ? read_record(p, end, &record) : NULL;
        if (p == NULL || number_at(&record, BASE_VERSION) > VERSION_MOST)
            return false;
        if (pack != NULL)
            take_record(pack, &record);
        p = scan_blanks(p, end);
        if (*p == ',')
            p = scan_blanks(p + 1, end);
    }
    return true;
}

bool format_senml(struct pipeline *pipeline, const struct decoder *decoder,
                  const struct decoder_source *source, struct text payload)
{
    const char *end = payload.bytes + payload.length;
    const char *p = scan_blanks(payload.bytes, end);
    const char *after = p < end && *p == '[' ? scan_value(p, end, NULL, NULL) : NULL;
    if (after == NULL || scan_blanks(after, end) != end || !read_records(p, end, NULL)) {
        format_refuse(pipeline, source);
        return false;
    }
    struct pack pack;
    pack.base.has = 0;
    gather_begin(&pack.gathering, pipeline, decoder, source);
    read_records(p, end, &pack);
    if (pack.gathering.found.readings != 0 || !pack.gathering.has_sent)
        gather_send(&pack.gathering);
    return pack.gathering.has_readings;
}
