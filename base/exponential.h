/* The exponential function and the natural logarithm, the same bits on every platform.
 * Comes in: a double. Goes out: the result within 4 ulp, by arithmetic that IEEE 754 fixes; no
 * table, no library. Called by rules/engine (kinetic mean). */
#ifndef BASE_EXPONENTIAL_H
#define BASE_EXPONENTIAL_H

/* e to the power of x; 0 below -708, infinity above 709. */
double natural_exp(double x);
/* Of a finite number above 0; minus infinity for all others. */
double natural_log(double x);

#endif
