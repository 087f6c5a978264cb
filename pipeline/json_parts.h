/* What json_scan.c is made of: strings (json_text.c) and numbers (json_number.c).
 * Private to the JSON scanner. */
#ifndef PIPELINE_JSON_PARTS_H
#define PIPELINE_JSON_PARTS_H

#include "pipeline/json_scan.h"

/* 8 bytes as a number, the first one lowest. */
static inline uint64_t load8(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap64(word) : word;
}

static inline bool json_is_digit(const char *p, const char *end)
{
    return p < end && (unsigned char)(*p - '0') < 10;
}

#define EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

/* Marks bytes of a string that mean something: quote mark, backslash, control character, beyond
 * ASCII. The high bit of each such byte is set; those above the lowest that is set may be wrong. */
static inline uint64_t json_special_bytes(uint64_t word)
{
    uint64_t quote = (word ^ EACH_BYTE(0x22)) - EACH_BYTE(0x01);
    uint64_t slash = (word ^ EACH_BYTE(0x5c)) - EACH_BYTE(0x01);
    uint64_t control = word - EACH_BYTE(0x20);
    return (quote | slash | control | word) & EACH_BYTE(0x80);
}

/* From after the opening quote mark. Returns the place of the closing one, or NULL. */
const char *json_pass_string(const char *p, const char *end, bool *has_escapes);

/* Compares a string that has escapes, without copying it. */
bool json_escaped_equals(struct text string, const char *wanted, size_t length);

/* The grammar of numbers, without their value. Returns the place after, or NULL. */
const char *json_pass_number(const char *p, const char *end);

/* Any number, its value exactly rounded; returns the place after it, or NULL. */
const char *json_read_number(const char *p, const char *end, double *number, uint8_t *decimals);

#endif
