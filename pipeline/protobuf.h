/* Fields of a protobuf message, where they lie. Comes in: bytes. Goes out: one field after the
 * other; the meaning is the caller's. Groups (wire types 3 and 4) are none. Called by
 * format_sparkplug.c. (developers.google.com/protocol-buffers/docs/encoding) */
#ifndef PIPELINE_PROTOBUF_H
#define PIPELINE_PROTOBUF_H

#include "base/text.h"

enum protobuf_wire {
    PROTOBUF_VARINT = 0,
    PROTOBUF_FIXED64 = 1,
    PROTOBUF_BYTES = 2,
    PROTOBUF_FIXED32 = 5
};

struct protobuf_field {
    uint64_t number; /* of the field, as its definition says */
    uint64_t value;  /* VARINT, FIXED64, FIXED32: its bits */
    struct text bytes;
    uint8_t wire; /* enum protobuf_wire */
};

/* The next field of *rest, and *rest behind it. False at the end, and when none is there:
 * rest->length is 0 only at the end. */
bool protobuf_next(struct text *rest, struct protobuf_field *field);

#endif
