/* One pass over a JSON text (RFC 8259) where it lies: is it one, and where is what is wanted?
 * Comes in: bytes of a receive buffer and the wanted paths. Goes out: tokens that point into the
 * same bytes. Nothing is copied or allocated; depth and length are bounded. Called by pipeline.c
 * for each message.
 *
 * Strict, with one exception: the words NaN, Infinity and -Infinity, which some devices write, are
 * taken as values, so that only the one reading is faulty (RULES, section 8.2). */
#ifndef PIPELINE_JSON_SCAN_H
#define PIPELINE_JSON_SCAN_H

#include "pipeline/wants.h"

#define SCAN_DEPTH_MOST 16
#define SCAN_BYTES_MOST 65536

enum scan_kind {
    SCAN_NULL,
    SCAN_TRUE,
    SCAN_FALSE,
    SCAN_NUMBER,
    SCAN_NOT_A_NUMBER,
    SCAN_STRING,
    SCAN_LIST,
    SCAN_OBJECT
};

/* How a string says characters that would end it (escapes.h). */
enum scan_escapes {
    SCAN_ESCAPES_NONE,
    SCAN_ESCAPES_JSON,
    SCAN_ESCAPES_KEY,  /* line protocol: measurement, tags, keys of fields */
    SCAN_ESCAPES_TEXT, /* line protocol: between quote marks */
    SCAN_ESCAPES_CSV
};

struct scan_token {
    const char *bytes; /* as it stands; a string without its quote marks. NULL: a binary number */
    uint32_t length;
    uint8_t kind;     /* enum scan_kind */
    uint8_t decimals; /* NUMBER */
    uint8_t escapes;  /* STRING: enum scan_escapes */
    double number;    /* NUMBER */
};

struct scan_found {    /* the last value counts when a path comes twice */
    uint64_t readings; /* bit set: tokens[reading] is there */
    uint64_t others;   /* bit n: tokens[WANT_NAMES + n]; WANT_OWN_TIME: own_ms */
    int64_t own_ms;    /* the time that the format itself gives … */
    bool is_relative;  /* … counted from the arrival */
    struct scan_token tokens[WANT_SLOTS];
};

static inline bool scan_has(const struct scan_found *found, uint32_t slot)
{
    return slot < WANT_NAMES ? found->readings >> slot & 1
                             : found->others >> (slot - WANT_NAMES) & 1;
}

const char *scan_many_blanks(const char *p, const char *end);

static inline const char *scan_blanks(const char *p, const char *end)
{
    if (p < end && *p == ' ')
        p++;
    return p < end && (unsigned char)*p <= ' ' ? scan_many_blanks(p, end) : p;
}

/* Reads one value that begins at `p`. Returns the place after it, or NULL when none is there, or it
 * is cut off or too deep. What is found is added to *found. `wants` may be NULL: only looks whether
 * it is right. */
const char *scan_value(const char *p, const char *end, const struct wants *wants,
                       struct scan_found *found);

/* A number as text, blanks around it allowed, nothing else: "4.2", " 4.2 ". */
bool scan_quoted_number(struct text text, double *number, uint8_t *decimals);

/* Resolves the escapes of a string into `room`. Returns its length, or SIZE_MAX when it does not
 * fit or is no text (half a surrogate pair). */
size_t scan_unescape(struct text text, char *room, size_t room_bytes);

#endif
