/* Both reduce their argument by powers of two and sum a short series (Muller, "Elementary
 * Functions: Algorithms and Implementation", chapter 11). See exponential.h. */
#include "base/exponential.h"

#include <stdint.h>
#include <string.h>

/* ln 2 in two parts: a multiple of the first up to 2^20 is exact. */
#define LN2_HIGH 6.93147180369123816490e-01
#define LN2_LOW 1.90821492927058770002e-10
#define ONE_BY_LN2 1.44269504088896338700e+00
#define SQUARE_ROOT_2 1.41421356237309504880e+00

static double two_to(int64_t power) /* -1022 to 1023 */
{
    int64_t bits = (power + 1023) << 52;
    double number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

double natural_exp(double x)
{
    if (!(x >= -708))
        return 0;
    if (x > 709)
        return __builtin_inf();
    int64_t power = (int64_t)(x * ONE_BY_LN2 + (x < 0 ? -0.5 : 0.5));
    double rest = x - (double)power * LN2_HIGH - (double)power * LN2_LOW; /* up to ln 2 / 2 */
    double sum = 1;
    for (int i = 14; i > 0; i--)
        sum = 1 + sum * rest / i;
    return power < 0 ? sum * two_to(power) : sum * 2 * two_to(power - 1);
}

double natural_log(double x)
{
    if (!(x > 0) || x > 1.7976931348623157e308)
        return -__builtin_inf();
    int64_t power = 0, bits;
    if (x < 2.2250738585072014e-308) { /* subnormal */
        x *= two_to(54);
        power = -54;
    }
    memcpy(&bits, &x, sizeof bits);
    power += (bits >> 52) - 1023;
    bits = (bits & INT64_C(0xfffffffffffff)) | INT64_C(1023) << 52;
    memcpy(&x, &bits, sizeof x); /* 1 to 2 */
    if (x > SQUARE_ROOT_2) {
        x /= 2;
        power++;
    }
    /* ln x = 2 artanh s; s is at most 0.172, so the term after the last is below 2^-56. */
    double s = (x - 1) / (x + 1), square = s * s, sum = 0;
    static const double series[] = {1.0 / 23, 1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13,
                                    1.0 / 11, 1.0 / 9,  1.0 / 7,  1.0 / 5,  1.0 / 3,  1.0};
    for (unsigned i = 0; i < sizeof series / sizeof *series; i++)
        sum = sum * square + series[i];
    return (double)power * LN2_HIGH + (2 * s * sum + (double)power * LN2_LOW);
}
