/* Numbers of JSON that the quick way of json_scan.c does not take: with an exponent, or very long.
 * See json_parts.h. */
#include "base/number.h"
#include "pipeline/json_parts.h"

static const char *pass_digits(const char *p, const char *end)
{
    while (json_is_digit(p, end))
        p++;
    return p;
}

const char *json_pass_number(const char *p, const char *end)
{
    p += *p == '-';
    if (!json_is_digit(p, end))
        return NULL;
    p = *p == '0' ? p + 1 : pass_digits(p, end);
    if (p < end && *p == '.') {
        if (!json_is_digit(p + 1, end))
            return NULL;
        p = pass_digits(p + 1, end);
    }
    if (p < end && (*p | 0x20) == 'e') {
        p++;
        p += p < end && (*p == '+' || *p == '-');
        if (!json_is_digit(p, end))
            return NULL;
        p = pass_digits(p, end);
    }
    return p;
}

/* "1.5e-3" shows one digit after the point and means four. */
static uint8_t decimals_with_exponent(struct text number, uint8_t decimals)
{
    size_t at = number.length;
    while (at > 0 && number.bytes[at - 1] >= '0' && number.bytes[at - 1] <= '9')
        at--;
    bool is_negative = at > 0 && number.bytes[at - 1] == '-';
    size_t mark = is_negative || (at > 0 && number.bytes[at - 1] == '+') ? at - 1 : at;
    if (mark == 0 || (number.bytes[mark - 1] | 0x20) != 'e')
        return decimals;
    int exponent = 0;
    for (; at < number.length && exponent < 400; at++)
        exponent = exponent * 10 + (number.bytes[at] - '0');
    int meant = decimals + (is_negative ? exponent : -exponent);
    return (uint8_t)(meant < 0 ? 0 : meant > 255 ? 255 : meant);
}

const char *json_read_number(const char *p, const char *end, double *number, uint8_t *decimals)
{
    const char *after = json_pass_number(p, end);
    if (after == NULL)
        return NULL;
    struct text digits = {p, (size_t)(after - p)};
    if (number_parse(digits, number, decimals) != digits.length)
        return NULL;
    *decimals = decimals_with_exponent(digits, *decimals);
    return after;
}

bool scan_quoted_number(struct text text, double *number, uint8_t *decimals)
{
    const char *end = text.bytes + text.length;
    const char *start = scan_blanks(text.bytes, end);
    if (start == end)
        return false;
    const char *after = json_read_number(start, end, number, decimals);
    return after != NULL && scan_blanks(after, end) == end;
}
