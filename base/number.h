/* Decimal numbers from bytes, exactly rounded, without a locale and without copying.
 * Comes in: a text view. Goes out: a double. Called by the JSON decoder (once for each reading, so
 * it must be quick) and by the rule compiler. */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include "base/text.h"

/* Reads the JSON number (RFC 8259, section 6: optional minus, digits, fraction, exponent; no plus
 * sign, no leading zeros, no bare point) that begins at bytes[0]. Returns how many bytes the
 * longest number there takes (of "01", "4.x" and "4e+" one: see what follows), or 0 when none
 * begins there. *value is the nearest double (ties to even); beyond the range of a double it is an
 * infinity. *decimals is how many digits stand after the point (0 to 255). */
size_t number_parse(struct text bytes, double *value, uint8_t *decimals);

#endif
