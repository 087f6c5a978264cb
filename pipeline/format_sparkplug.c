/* Sparkplug B (Eclipse Sparkplug 3.0, section 6.4): metrics in protobuf. See format.h.
 * The name of a metric is a path of one step; so is its alias, in digits, where it has no name.
 * `timestamp` and `seq` are those of the payload. Metrics of one time are one message. The whole
 * payload is looked through before anything of it is used. Not read: births as a list of aliases,
 * data sets, templates, properties but Quality. */
#include "pipeline/format.h"
#include "pipeline/protobuf.h"
#include "pipeline/utf8.h"

enum { PAYLOAD_TIMESTAMP = 1, PAYLOAD_METRIC = 2, PAYLOAD_SEQ = 3 };
enum {
    METRIC_NAME = 1,
    METRIC_ALIAS = 2,
    METRIC_TIMESTAMP = 3,
    METRIC_DATATYPE = 4,
    METRIC_IS_NULL = 7,
    METRIC_PROPERTIES = 9,
    METRIC_INT = 10,
    METRIC_LONG = 11,
    METRIC_FLOAT = 12,
    METRIC_DOUBLE = 13,
    METRIC_BOOLEAN = 14,
    METRIC_STRING = 15,
    METRIC_EXTENSION = 19
};
enum { SET_KEY = 1, SET_VALUE = 2, SET_VALUE_INT = 3 };
enum { TYPE_INT64 = 4, TYPE_UINT8 = 5, TYPE_UINT64 = 8, TYPE_DATETIME = 13 };
enum { QUALITY_GOOD = 192, QUALITY_GOOD_END = 256 }; /* 0 is bad, 500 stale */

struct metric {
    struct text name;
    bool has_alias, has_timestamp, is_null, is_bad;
    uint64_t alias, timestamp_ms, datatype;
    struct protobuf_field value; /* its number is 0 when there is none */
};

/* ---- numbers --------------------------------------------------------------------------------- */

/* Whole numbers below 0 come in unsigned fields, with the sign in the highest bit of their type.
 * Without a type they may be below 0: so are many readings, and few are above 2^31. */
static double whole_of(const struct metric *metric)
{
    unsigned bits = metric->value.number == METRIC_INT ? 32 : 64;
    uint64_t value = metric->value.value;
    bool is_unsigned = (metric->datatype >= TYPE_UINT8 && metric->datatype <= TYPE_UINT64) ||
                       metric->datatype == TYPE_DATETIME;
    if (is_unsigned)
        return (double)value;
    if (metric->datatype >= 1 && metric->datatype < TYPE_INT64 && 4u << metric->datatype < bits)
        bits = 4u << metric->datatype; /* 1: 8 bits, 2: 16, 3: 32 */
    value <<= 64 - bits;
    return (double)((int64_t)value >> (64 - bits));
}

#define DECIMALS_MOST 9
#define DIGITS_LIMIT 9e15 /* whole doubles below are exact */

/* A binary fraction that stands for a short decimal one: 4.1 as a float is 4.0999999, and means
 * 4.1. Takes the shortest that is the same float (or double). */
static void short_decimal(struct scan_token *token, bool is_float)
{
    double binary = token->number, power = 1;
    for (uint8_t decimals = 0; decimals <= DECIMALS_MOST; decimals++, power *= 10) {
        double scaled = binary * power;
        token->decimals = decimals;
        if (!(scaled < DIGITS_LIMIT && scaled > -DIGITS_LIMIT))
            return;
        double whole = (double)(int64_t)(scaled + (scaled < 0 ? -0.5 : 0.5)) / power;
        if (is_float ? (float)whole == (float)binary : whole == binary) {
            token->number = whole;
            return;
        }
    }
    token->decimals = DECIMALS_MOST;
}

static void fraction_of(const struct protobuf_field *value, struct scan_token *token)
{
    if (value->number == METRIC_FLOAT) {
        float number;
        uint32_t bits = (uint32_t)value->value;
        memcpy(&number, &bits, sizeof number);
        token->number = (double)number;
    } else {
        memcpy(&token->number, &value->value, sizeof token->number);
    }
    if (!(token->number - token->number == 0)) /* an infinity, or not a number */
        token->kind = SCAN_NOT_A_NUMBER;
    else
        short_decimal(token, value->number == METRIC_FLOAT);
}

/* ---- values ---------------------------------------------------------------------------------- */

static struct scan_token token_of(const struct metric *metric)
{
    const struct protobuf_field *value = &metric->value;
    struct scan_token token = {.kind = SCAN_NUMBER};
    struct text text = TEXT("");
    if (metric->is_bad) {
        token.kind = SCAN_NOT_A_NUMBER;
        return token;
    }
    if (metric->is_null || value->number == 0) {
        token.kind = SCAN_NULL;
        return token;
    }
    switch (value->number) {
    case METRIC_INT:
    case METRIC_LONG:
        token.number = whole_of(metric);
        return token;
    case METRIC_FLOAT:
    case METRIC_DOUBLE:
        fraction_of(value, &token);
        return token;
    case METRIC_BOOLEAN:
        token.kind = value->value != 0 ? SCAN_TRUE : SCAN_FALSE;
        text = value->value != 0 ? TEXT("true") : TEXT("false");
        break;
    case METRIC_STRING:
        token.kind = utf8_is_plain(value->bytes) ? SCAN_STRING : SCAN_NOT_A_NUMBER;
        text = value->bytes;
        break;
    default: /* bytes, a data set, a template */
        token.kind = SCAN_NOT_A_NUMBER;
        break;
    }
    token.bytes = text.bytes;
    token.length = (uint32_t)text.length;
    return token;
}

/* ---- metrics --------------------------------------------------------------------------------- */

/* The quality among the properties: keys and values are two lists. */
static bool read_properties(struct text rest, bool *is_bad)
{
    struct protobuf_field field, inner;
    uint32_t keys = 0, values = 0, quality = UINT32_MAX;
    uint64_t code = QUALITY_GOOD;
    for (struct text first = rest; protobuf_next(&first, &field);) {
        if (field.number == SET_KEY && field.wire == PROTOBUF_BYTES) {
            if (text_equal(field.bytes, TEXT("Quality")))
                quality = keys;
            keys++;
        }
    }
    while (protobuf_next(&rest, &field)) {
        if (field.number != SET_VALUE || field.wire != PROTOBUF_BYTES || values++ != quality)
            continue;
        while (protobuf_next(&field.bytes, &inner)) {
            if (inner.number == SET_VALUE_INT && inner.wire == PROTOBUF_VARINT)
                code = inner.value;
        }
        if (field.bytes.length > 0)
            return false;
    }
    *is_bad = code < QUALITY_GOOD || code >= QUALITY_GOOD_END;
    return rest.length == 0;
}

/* The wire type that a field of a metric has; another is an error. */
static bool wire_fits(const struct protobuf_field *field)
{
    static const uint8_t wires[METRIC_EXTENSION + 1] = {
        [METRIC_NAME] = PROTOBUF_BYTES,
        [8] = PROTOBUF_BYTES,
        [METRIC_PROPERTIES] = PROTOBUF_BYTES,
        [METRIC_FLOAT] = PROTOBUF_FIXED32,
        [METRIC_DOUBLE] = PROTOBUF_FIXED64,
        [METRIC_STRING] = PROTOBUF_BYTES,
        [16] = PROTOBUF_BYTES,
        [17] = PROTOBUF_BYTES,
        [18] = PROTOBUF_BYTES,
        [METRIC_EXTENSION] = PROTOBUF_BYTES,
    };
    return field->number > METRIC_EXTENSION || wires[field->number] == field->wire;
}

static bool read_metric(struct text rest, struct metric *metric)
{
    struct protobuf_field field;
    *metric = (struct metric){.name = TEXT("")};
    while (protobuf_next(&rest, &field)) {
        if (!wire_fits(&field))
            return false;
        switch (field.number) {
        case METRIC_NAME:
            metric->name = field.bytes;
            break;
        case METRIC_ALIAS:
            metric->has_alias = true;
            metric->alias = field.value;
            break;
        case METRIC_TIMESTAMP:
            metric->has_timestamp = true;
            metric->timestamp_ms = field.value;
            break;
        case METRIC_DATATYPE:
            metric->datatype = field.value;
            break;
        case METRIC_IS_NULL:
            metric->is_null = field.value != 0;
            break;
        case METRIC_PROPERTIES:
            if (!read_properties(field.bytes, &metric->is_bad))
                return false;
            break;
        default:
            if (field.number >= METRIC_INT && field.number <= METRIC_EXTENSION)
                metric->value = field;
            break;
        }
    }
    return rest.length == 0;
}

/* By name; an alias stands for the name that a birth gave it. */
static const struct want_node *find(const struct gathering *gathering, const struct metric *metric)
{
    char digits[20];
    size_t at = sizeof digits;
    const struct want_node *node = gather_find(gathering, metric->name, TEXT(""));
    if (node != NULL || !metric->has_alias)
        return node;
    for (uint64_t left = metric->alias; at == sizeof digits || left != 0; left /= 10)
        digits[--at] = (char)('0' + left % 10);
    return gather_find(gathering, (struct text){digits + at, sizeof digits - at}, TEXT(""));
}

/* ---- payloads -------------------------------------------------------------------------------- */

/* What holds for all metrics. */
struct payload {
    bool has_timestamp, has_seq;
    uint64_t timestamp_ms, seq;
};

/* Looks whether all of it is right. */
static bool read_payload(struct text rest, struct payload *payload)
{
    struct protobuf_field field;
    struct metric metric;
    *payload = (struct payload){0};
    while (protobuf_next(&rest, &field)) {
        bool is_metric = field.number == PAYLOAD_METRIC;
        bool is_number = field.number == PAYLOAD_TIMESTAMP || field.number == PAYLOAD_SEQ;
        if ((is_metric && (field.wire != PROTOBUF_BYTES || !read_metric(field.bytes, &metric))) ||
            (is_number && field.wire != PROTOBUF_VARINT))
            return false;
        if (field.number == PAYLOAD_TIMESTAMP) {
            payload->has_timestamp = true;
            payload->timestamp_ms = field.value;
        } else if (field.number == PAYLOAD_SEQ) {
            payload->has_seq = true;
            payload->seq = field.value;
        }
    }
    return rest.length == 0;
}

static void note_number(struct gathering *gathering, struct text key, uint64_t number)
{
    const struct scan_token token = {.kind = SCAN_NUMBER, .number = (double)number};
    gather_note(gathering, gather_find(gathering, key, TEXT("")), token, NOTE_ALWAYS);
}

static void take_metrics(struct gathering *gathering, struct text rest,
                         const struct payload *payload)
{
    struct protobuf_field field;
    struct metric metric;
    while (protobuf_next(&rest, &field)) {
        if (field.number != PAYLOAD_METRIC || !read_metric(field.bytes, &metric))
            continue;
        const struct want_node *node = find(gathering, &metric);
        if (node == NULL)
            continue;
        if (metric.has_timestamp || payload->has_timestamp)
            gather_next_time(
                gathering,
                (double)(metric.has_timestamp ? metric.timestamp_ms : payload->timestamp_ms),
                false);
        gather_value(gathering, node, token_of(&metric));
    }
}

bool format_sparkplug(struct pipeline *pipeline, const struct decoder *decoder,
                      const struct decoder_source *source, struct text payload)
{
    struct gathering gathering;
    struct payload all;
    if (!read_payload(payload, &all)) {
        format_refuse(pipeline, source);
        return false;
    }
    gather_begin(&gathering, pipeline, decoder, source);
    if (all.has_timestamp)
        note_number(&gathering, TEXT("timestamp"), all.timestamp_ms);
    if (all.has_seq)
        note_number(&gathering, TEXT("seq"), all.seq);
    take_metrics(&gathering, payload, &all);
    if (gathering.found.readings != 0 || !gathering.has_sent)
        gather_send(&gathering);
    return gathering.has_readings;
}
