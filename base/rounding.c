/* See rounding.h. */
#include "base/rounding.h"

#include <stdint.h>

/* A sum or difference of two doubles is wrong by up to 3e-16 of the larger one; the step that is
 * rounded to is more than twice that. */
#define STEPS_MOST 1.5e14

double rounding_to_decimal(double number, double size)
{
    double steps = 1;
    if (!(size <= STEPS_MOST && size >= 1e-200 && __builtin_fabs(number) <= 4 * size))
        return number;
    while (size * steps <= STEPS_MOST)
        steps *= 10;
    return (double)(int64_t)(number * steps + (number < 0 ? -0.5 : 0.5)) / steps;
}
