/* Digits that only come from reckoning in binary are taken off: 100.3 - 100 is 0.3, not
 * 0.29999999999999716. Comes in: a number, and how large those are that it was worked out from.
 * Goes out: the nearest decimal that these can tell from others. Called by pipeline/values.c and
 * rules/engine. */
#ifndef BASE_ROUNDING_H
#define BASE_ROUNDING_H

/* The 15 digits of `size` that a double surely has stay as they are. A number beyond 4 times the
 * size, and any when the size is beyond 1.5e14, is returned as it is. */
double rounding_to_decimal(double number, double size);
/* The size of what was worked out from two numbers. */
static inline double rounding_size(double a, double b)
{
    double one = __builtin_fabs(a), other = __builtin_fabs(b);
    return one > other ? one : other;
}
/* Between two numbers, a <= b; they may be nearer to each other than to a decimal. */
static inline double rounding_middle(double a, double b)
{
    double middle = a / 2 + b / 2, rounded = rounding_to_decimal(middle, rounding_size(a, b));
    return rounded >= a && rounded <= b ? rounded : middle;
}
static inline double rounding_difference(double a, double b)
{
    return rounding_to_decimal(a - b, rounding_size(a, b));
}

#endif
