/* Decimal to binary, exactly rounded. See number.h. Three ways, from the quick to the sure:
 *  1. Both the digits and the power of ten are exact doubles: one multiplication or division rounds
 * right. (Clinger, "How to read floating point numbers accurately", PLDI 1990.) Nearly every
 * reading.
 *  2. The digits times a 128-bit power of five give an interval; when both of its ends round to the
 * same double, that is the answer. (Eisel and Lemire; Lemire, "Number parsing at a gigabyte per
 * second", Software: Practice and Experience 51(8), 2021.) Their table of 651 powers takes 10 KB;
 * here a power is the product of two out of 52, its error is known, and the interval is that much
 * wider.
 *  3. Two neighbours are left: number_exact_is_above compares all digits with the middle between
 * them. */
#include "base/number.h"
#include "base/number_exact.h"

typedef unsigned __int128 uint128;

/* ---- digits -------------------------------------------------------------------------------- */

#define DIGITS_MAX 19 /* that always fit in 64 bits */

static inline bool is_digit(struct text bytes, size_t at)
{
    return at < bytes.length && (unsigned char)(bytes.bytes[at] - '0') < 10;
}

/* Takes digits from `at` on into the significand; leading zeros don't count. Those beyond the 19th
 * are passed over, noted in `dropped`. Returns the place after the last digit. */
static size_t take_digits(struct text bytes, size_t at, struct number_decimal *decimal)
{
    for (; is_digit(bytes, at); at++) {
        unsigned digit = (unsigned)(bytes.bytes[at] - '0');
        if (decimal->digits < DIGITS_MAX) {
            decimal->significand = decimal->significand * 10 + digit;
            decimal->digits += decimal->significand != 0;
        } else {
            decimal->dropped++;
        }
    }
    return at;
}

/* Takes "e-12"; leaves *at alone when no exponent stands there. Saturates far beyond any double,
 * even beyond one with as many zeros as memory holds. */
static int64_t take_exponent(struct text bytes, size_t *at)
{
    const int64_t most = INT64_C(1) << 48;
    size_t next = *at;
    if (next == bytes.length || (bytes.bytes[next] | 0x20) != 'e')
        return 0;
    next++;
    bool is_negative = next < bytes.length && bytes.bytes[next] == '-';
    if (is_negative || (next < bytes.length && bytes.bytes[next] == '+'))
        next++;
    if (!is_digit(bytes, next))
        return 0;
    int64_t exponent = 0;
    for (; is_digit(bytes, next); next++) {
        if (exponent < most)
            exponent = exponent * 10 + (bytes.bytes[next] - '0');
    }
    *at = next;
    return is_negative ? -exponent : exponent;
}

/* ---- 1. exact doubles ---------------------------------------------------------------------- */

#define EXACT_TEN_MAX 22 /* 10^22 = 5^22 * 2^22, and 5^22 < 2^53 */

static const double exact_tens[EXACT_TEN_MAX + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                     1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                     1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* ---- 2. 128-bit powers of five ------------------------------------------------------------- */

#define TEN_LEAST (-342) /* 19 digits times 10^-343 are less than half of the least subnormal */
#define TEN_MOST 308
#define FIVE_STEP 27 /* 5^27 is the largest power below 2^64 */

/* 5^(27 k), cut off (not rounded) to 128 bits with the highest set; k from -13 to 11. */
static const uint64_t coarse_fives[25][2] = {
    {UINT64_C(0x8049a4ac0c5811ae), UINT64_C(0x205b896d777d6278)}, /* 5^-351 */
    {UINT64_C(0xcf42894a5dce35ea), UINT64_C(0x52064cac828675b9)},
    {UINT64_C(0xa76c582338ed2621), UINT64_C(0xaf2af2b80af6f24e)},
    {UINT64_C(0x873e4f75e2224e68), UINT64_C(0x5a7744a6e804a291)},
    {UINT64_C(0xda7f5bf590966848), UINT64_C(0xaf39a475506a899e)},
    {UINT64_C(0xb080392cc4349dec), UINT64_C(0xbd8d794d96aacfb3)},
    {UINT64_C(0x8e938662882af53e), UINT64_C(0x547eb47b7282ee9c)},
    {UINT64_C(0xe65829b3046b0afa), UINT64_C(0x0cb4a5a3112a5112)},
    {UINT64_C(0xba121a4650e4ddeb), UINT64_C(0x92f34d62616ce413)},
    {UINT64_C(0x964e858c91ba2655), UINT64_C(0x3a6a07f8d510f86f)},
    {UINT64_C(0xf2d56790ab41c2a2), UINT64_C(0xfae27299423fb9c3)},
    {UINT64_C(0xc428d05aa4751e4c), UINT64_C(0xaa97e14c3c26b886)},
    {UINT64_C(0x9e74d1b791e07e48), UINT64_C(0x775ea264cf55347d)},
    {UINT64_C(0x8000000000000000), UINT64_C(0x0000000000000000)}, /* 5^0 */
    {UINT64_C(0xcecb8f27f4200f3a), UINT64_C(0x0000000000000000)},
    {UINT64_C(0xa70c3c40a64e6c51), UINT64_C(0x999090b65f67d924)},
    {UINT64_C(0x86f0ac99b4e8dafd), UINT64_C(0x69a028bb3ded71a3)},
    {UINT64_C(0xda01ee641a708de9), UINT64_C(0xe80e6f4820cc9495)},
    {UINT64_C(0xb01ae745b101e9e4), UINT64_C(0x5ec05dcff72e7f8f)},
    {UINT64_C(0x8e41ade9fbebc27d), UINT64_C(0x14588f13be847307)},
    {UINT64_C(0xe5d3ef282a242e81), UINT64_C(0x8f1668c8a86da5fa)},
    {UINT64_C(0xb9a74a0637ce2ee1), UINT64_C(0x6d953e2bd7173692)},
    {UINT64_C(0x95f83d0a1fb69cd9), UINT64_C(0x4abdaf101564f98e)},
    {UINT64_C(0xf24a01a73cf2dccf), UINT64_C(0xbc633b39673c8cec)},
    {UINT64_C(0xc3b8358109e84f07), UINT64_C(0x0a862f80ec4700c8)}, /* 5^297 */
};

/* 5^0 to 5^26. */
static const uint64_t fine_fives[FIVE_STEP] = {1,
                                               5,
                                               25,
                                               125,
                                               625,
                                               3125,
                                               15625,
                                               78125,
                                               390625,
                                               1953125,
                                               9765625,
                                               48828125,
                                               244140625,
                                               1220703125,
                                               UINT64_C(6103515625),
                                               UINT64_C(30517578125),
                                               UINT64_C(152587890625),
                                               UINT64_C(762939453125),
                                               UINT64_C(3814697265625),
                                               UINT64_C(19073486328125),
                                               UINT64_C(95367431640625),
                                               UINT64_C(476837158203125),
                                               UINT64_C(2384185791015625),
                                               UINT64_C(11920928955078125),
                                               UINT64_C(59604644775390625),
                                               UINT64_C(298023223876953125),
                                               UINT64_C(1490116119384765625)};

struct product {
    uint128 high; /* of the 192 bits of a 128 by 64 bit multiplication */
    uint64_t low;
};

static struct product multiply(uint64_t high, uint64_t low, uint64_t factor)
{
    uint128 below = (uint128)low * factor;
    uint128 above = (uint128)high * factor + (uint64_t)(below >> 64);
    return (struct product){above, (uint64_t)below};
}

/* The 128 highest bits of 5^power, cut off. Exact for powers 0 to 55; else less than 3 too small:
 * the coarse factor misses less than 1, doubled at most by the shift, and the cut takes less
 * than 1. */
static uint128 five_to(int power)
{
    int step = (power - TEN_LEAST + 9) / FIVE_STEP; /* 9: the table begins at -351 */
    uint64_t fine = fine_fives[power - TEN_LEAST + 9 - step * FIVE_STEP];
    struct product p =
        multiply(coarse_fives[step][0], coarse_fives[step][1], fine << __builtin_clzll(fine));
    if (p.high >> 127 != 0)
        return p.high;
    return p.high << 1 | p.low >> 63;
}

#define MANTISSA_BITS 52
#define EXPONENT_LEAST (-1074) /* of the lowest bit of a subnormal */
#define BITS_OF_INFINITY (UINT64_C(0x7ff) << MANTISSA_BITS)

/* Rounds value * 2^exponent to the bits of a double, ties to even; `sticky`: a little more than
 * value. */
static uint64_t round_to_bits(uint128 value, int exponent, bool sticky)
{
    int highest = (value >> 64) != 0 ? 127 - __builtin_clzll((uint64_t)(value >> 64))
                                     : 63 - __builtin_clzll((uint64_t)value);
    int cut = highest - MANTISSA_BITS;
    if (exponent + cut < EXPONENT_LEAST)
        cut = EXPONENT_LEAST - exponent;
    if (exponent + cut > 1023 - MANTISSA_BITS)
        return BITS_OF_INFINITY;
    if (cut > 128)
        return 0;
    uint128 middle = (uint128)1 << (cut - 1);
    uint128 rest = value & (middle | (middle - 1));
    uint64_t mantissa = cut == 128 ? 0 : (uint64_t)(value >> cut);
    mantissa += rest > middle || (rest == middle && (sticky || (mantissa & 1) != 0));
    /* A normal mantissa's highest bit adds one to the exponent field, as does a carry out of
     * rounding: into the first normal, the next binade or infinity. */
    return ((uint64_t)(exponent + cut - EXPONENT_LEAST) << MANTISSA_BITS) + mantissa;
}

/* 2 and 3. */
static uint64_t bits_of(struct text bytes, const struct number_decimal *decimal)
{
    int64_t ten = decimal->ten;
    if (decimal->significand == 0 || ten < TEN_LEAST)
        return 0;
    if (ten > TEN_MOST)
        return BITS_OF_INFINITY;
    int power = (int)ten;
    uint128 five = five_to(power);
    int shift = __builtin_clzll(decimal->significand);
    struct product p =
        multiply((uint64_t)(five >> 64), (uint64_t)five, decimal->significand << shift);
    /* floor(log2(10^power)) = floor(power * 217706 / 2^16) for -400 to 400: checked for each.
     * (2048 is added and taken away because a shift to the right rounds only positive numbers
     * down.) */
    int exponent = ((power * 217706 + (2048 << 16)) >> 16) - 2048 + 64 - 127 - shift;

    bool five_is_exact = power >= 0 && power <= 55;
    uint128 width = five_is_exact ? 0 : 4; /* its error of 3, and the cut of the product */
    if (decimal->dropped > 0)
        width += ((uint128)1 << (64 + shift)) + 1; /* the significand may be one more */
    bool sticky = p.low != 0;
    uint64_t below = round_to_bits(p.high, exponent, sticky);
    if (width == 0)
        return below;
    /* Stays below 2^128: (significand + 1) << shift is 2^64 at most, and no power is that close to
     * 2^128. */
    uint64_t above = round_to_bits(p.high + width, exponent, sticky);
    if (above == below)
        return below;
    return below + number_exact_is_above(bytes, decimal, below);
}

size_t number_parse(struct text bytes, double *value, uint8_t *decimals)
{
    bool is_negative = bytes.length > 0 && bytes.bytes[0] == '-';
    size_t start = is_negative ? 1 : 0;
    if (!is_digit(bytes, start))
        return 0;
    struct number_decimal decimal = {0};
    decimal.start = start;
    /* RFC 8259, section 6: a leading zero stands alone. */
    size_t at = bytes.bytes[start] == '0' ? start + 1 : take_digits(bytes, start, &decimal);
    int64_t ten = (int64_t)decimal.dropped;
    *decimals = 0;
    if (at < bytes.length && bytes.bytes[at] == '.' && is_digit(bytes, at + 1)) {
        size_t fraction = at + 1;
        at = take_digits(bytes, fraction, &decimal);
        size_t digits = at - fraction;
        *decimals = (uint8_t)(digits < 255 ? digits : 255);
        ten = (int64_t)decimal.dropped - (int64_t)digits;
    }
    decimal.end = at;
    decimal.ten = ten + take_exponent(bytes, &at);

    double result;
    if (decimal.dropped == 0 && decimal.significand <= UINT64_C(1) << 53 &&
        decimal.ten >= -EXACT_TEN_MAX && decimal.ten <= EXACT_TEN_MAX) {
        result = (double)decimal.significand;
        if (decimal.ten < 0)
            result /= exact_tens[-decimal.ten];
        else
            result *= exact_tens[decimal.ten];
    } else {
        uint64_t bits = bits_of(bytes, &decimal);
        memcpy(&result, &bits, sizeof result);
    }
    *value = is_negative ? -result : result;
    return at;
}
