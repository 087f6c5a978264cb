/* Varints, fixed numbers, counted bytes. See protobuf.h. */
#include "pipeline/protobuf.h"

#define VARINT_BYTES_MOST 10

static void advance(struct text *rest, size_t bytes)
{
    rest->bytes += bytes;
    rest->length -= bytes;
}

static bool read_varint(struct text *rest, uint64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < rest->length && i < VARINT_BYTES_MOST; i++) {
        uint64_t byte = (unsigned char)rest->bytes[i];
        *value |= (byte & 0x7f) << (7 * i); /* of the tenth byte one bit is left */
        if (byte < 0x80) {
            advance(rest, i + 1);
            return true;
        }
    }
    return false;
}

/* Lowest byte first. */
static bool read_fixed(struct text *rest, size_t bytes, uint64_t *value)
{
    *value = 0;
    if (rest->length < bytes)
        return false;
    for (size_t i = 0; i < bytes; i++)
        *value |= (uint64_t)(unsigned char)rest->bytes[i] << (8 * i);
    advance(rest, bytes);
    return true;
}

static bool read_bytes(struct text *rest, struct text *bytes)
{
    uint64_t length;
    if (!read_varint(rest, &length) || length > rest->length)
        return false;
    *bytes = (struct text){rest->bytes, (size_t)length};
    advance(rest, (size_t)length);
    return true;
}

static bool read_field(struct text *rest, struct protobuf_field *field)
{
    uint64_t tag;
    if (!read_varint(rest, &tag))
        return false;
    field->number = tag >> 3;
    field->wire = tag & 7;
    switch (field->wire) {
    case PROTOBUF_VARINT:
        return read_varint(rest, &field->value);
    case PROTOBUF_FIXED64:
        return read_fixed(rest, 8, &field->value);
    case PROTOBUF_BYTES:
        return read_bytes(rest, &field->bytes);
    case PROTOBUF_FIXED32:
        return read_fixed(rest, 4, &field->value);
    default:
        return false;
    }
}

bool protobuf_next(struct text *rest, struct protobuf_field *field)
{
    struct text behind = *rest;
    if (rest->length == 0 || !read_field(&behind, field))
        return false;
    *rest = behind;
    return true;
}
