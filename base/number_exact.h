/* The last resort of number.c: which of two neighbouring doubles is nearer to a decimal, by
 * comparing all of its digits with the middle between the two. Private to number.c. */
#ifndef BASE_NUMBER_EXACT_H
#define BASE_NUMBER_EXACT_H

#include "base/text.h"

/* significand * 10^ten, and a little more when digits were dropped. */
struct number_decimal {
    uint64_t significand; /* the first 19 digits at most, from the first that is not 0 */
    uint32_t digits;      /* in the significand */
    size_t dropped;       /* digits after those */
    int64_t ten;          /* counts for the significand: what was dropped is already in it */
    size_t start, end;    /* where digits (and the point) stand in the text */
};

/* True when the decimal must be rounded to the double after the one with these bits, not to that
 * one (ties to even). The decimal lies between the two. Takes 1.3 KB of stack, whatever the text's
 * length. */
bool number_exact_is_above(struct text bytes, const struct number_decimal *decimal, uint64_t bits);

#endif
