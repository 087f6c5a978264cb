/* Decimal digits against the middle between two doubles, with whole numbers of bounded size. See
 * number_exact.h. The method is that of Clinger's AlgorithmR (PLDI 1990): bring both sides to whole
 * numbers by multiplying with powers of 5 and 2, and compare. */
#include "base/number_exact.h"

/* The middle between two doubles has at most 767 digits that are not leading or trailing zeros. So
 * the first 769 digits decide; of the others it counts only whether one is not 0. */
#define DIGITS_MAX 769

/* The largest number that occurs: 769 digits are 2555 bits; the other side is about equal, or it is
 * 2^54 * 5^1093 * 2^18 next to the least subnormal, 2611 bits. */
#define LIMBS_MAX 42

struct natural {
    uint32_t limbs; /* in use; the highest is not 0 */
    uint64_t limb[LIMBS_MAX];
};

static void natural_multiply_add(struct natural *n, uint64_t factor, uint64_t addend)
{
    uint64_t carry = addend;
    for (uint32_t i = 0; i < n->limbs; i++) {
        unsigned __int128 product = (unsigned __int128)n->limb[i] * factor + carry;
        n->limb[i] = (uint64_t)product;
        carry = (uint64_t)(product >> 64);
    }
    if (carry != 0 && n->limbs < LIMBS_MAX)
        n->limb[n->limbs++] = carry;
}

static void natural_multiply_by_five_to(struct natural *n, int64_t power)
{
    const uint64_t five_to_27 = UINT64_C(7450580596923828125);
    for (; power >= 27; power -= 27)
        natural_multiply_add(n, five_to_27, 0);
    for (; power > 0; power--)
        natural_multiply_add(n, 5, 0);
}

static void natural_shift_left(struct natural *n, uint32_t bits)
{
    natural_multiply_add(n, UINT64_C(1) << (bits % 64), 0);
    uint32_t whole = bits / 64;
    if (n->limbs + whole > LIMBS_MAX)
        whole = LIMBS_MAX - n->limbs;
    memmove(n->limb + whole, n->limb, n->limbs * sizeof n->limb[0]);
    memset(n->limb, 0, whole * sizeof n->limb[0]);
    n->limbs += whole;
}

static int natural_compare(const struct natural *a, const struct natural *b)
{
    if (a->limbs != b->limbs)
        return a->limbs < b->limbs ? -1 : 1;
    for (uint32_t i = a->limbs; i-- > 0;) {
        if (a->limb[i] != b->limb[i])
            return a->limb[i] < b->limb[i] ? -1 : 1;
    }
    return 0;
}

/* Reads the digits once more, up to DIGITS_MAX of them, 18 for each multiplication. Returns how
 * many went in; *sticky: one of the others is not 0. */
static size_t natural_read(struct natural *n, struct text bytes,
                           const struct number_decimal *decimal, bool *sticky)
{
    size_t digits = 0;
    uint64_t group = 0, scale = 1;
    n->limbs = 0;
    *sticky = false;
    for (size_t at = decimal->start; at < decimal->end; at++) {
        if (bytes.bytes[at] == '.')
            continue;
        uint64_t digit = (uint64_t)(bytes.bytes[at] - '0');
        if (digits == 0 && digit == 0)
            continue;
        if (digits == DIGITS_MAX) {
            *sticky = *sticky || digit != 0;
            continue;
        }
        digits++;
        group = group * 10 + digit;
        scale *= 10;
        if (scale == UINT64_C(1000000000000000000)) {
            natural_multiply_add(n, scale, group);
            group = 0;
            scale = 1;
        }
    }
    natural_multiply_add(n, scale, group);
    return digits;
}

bool number_exact_is_above(struct text bytes, const struct number_decimal *decimal, uint64_t bits)
{
    struct natural digits;
    bool sticky;
    size_t taken = natural_read(&digits, bytes, decimal, &sticky);
    /* decimal->ten counts for the first 19 digits at most; more of them were taken here. */
    int64_t ten = decimal->ten - (int64_t)(taken - decimal->digits);

    uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
    int64_t field = (int64_t)(bits >> 52);
    uint64_t mantissa = field == 0 ? fraction : fraction | UINT64_C(1) << 52;
    int64_t two = (field == 0 ? 1 : field) - 1075 - 1; /* half a unit: the middle is odd */
    struct natural middle = {.limbs = 1, .limb = {2 * mantissa + 1}};

    /* digits * 5^ten * 2^ten against middle * 2^two: each power goes to the side where it is
     * positive. */
    if (ten >= 0)
        natural_multiply_by_five_to(&digits, ten);
    else
        natural_multiply_by_five_to(&middle, -ten);
    if (ten >= two)
        natural_shift_left(&digits, (uint32_t)(ten - two));
    else
        natural_shift_left(&middle, (uint32_t)(two - ten));
    int order = natural_compare(&digits, &middle);
    if (order == 0)
        return sticky || (mantissa & 1) != 0;
    return order > 0;
}
