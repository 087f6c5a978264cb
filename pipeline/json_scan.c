/* The JSON scanner. See json_scan.h. One walk over the text. What sensors send nearly always -
 * short keys without escapes, numbers of at most 15 digits, no blank or one - is taken in line, all
 * else by json_text.c and json_number.c. */
#include "pipeline/json_parts.h"

/* What is on the way of every byte belongs into one function. */
#define IN_LINE static inline __attribute__((always_inline))

struct scan {
    const char *end;
    const struct wants *wants;
    struct scan_found *found;
};

/* ---- what is found --------------------------------------------------------------------------- */

static inline bool is_wanted(const struct want_node *node)
{
    return node != NULL && node->slot != WANT_NOTHING;
}

static __attribute__((noinline)) void note_also(const struct scan *scan, uint8_t slot)
{
    struct scan_token token = scan->found->tokens[slot];
    while ((slot = scan->wants->also[slot]) != WANT_NOTHING) {
        scan->found->tokens[slot] = token;
        if (slot < WANT_NAMES)
            scan->found->readings |= UINT64_C(1) << slot;
        else
            scan->found->others |= UINT64_C(1) << (slot - WANT_NAMES);
    }
}

IN_LINE void note(const struct scan *scan, const struct want_node *node, struct scan_token token)
{
    uint8_t slot = node->slot;
    scan->found->tokens[slot] = token;
    if (slot < WANT_NAMES)
        scan->found->readings |= UINT64_C(1) << slot;
    else
        scan->found->others |= UINT64_C(1) << (slot - WANT_NAMES);
    if (scan->wants->also[slot] != WANT_NOTHING)
        note_also(scan, slot);
}

const char *scan_many_blanks(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    return p;
}

/* ---- keys ------------------------------------------------------------------------------------ */

IN_LINE const struct want_node *look_up(const struct want_node *node, uint64_t head,
                                        const char *key, uint32_t length)
{
    for (uint32_t at = want_place(node, head, length); node->keys[at].bytes != NULL;
         at = (at + 1) & node->mask) {
        const struct want_key *wanted = &node->keys[at];
        if (wanted->head == head && wanted->length == length &&
            (length <= 8 || length == WANT_INDEX || memcmp(wanted->bytes, key, length) == 0))
            return wanted->node;
    }
    return NULL;
}

static const struct want_node *look_up_escaped(const struct want_node *node, struct text key)
{
    for (uint32_t at = 0; at <= node->mask; at++) {
        const struct want_key *wanted = &node->keys[at];
        if (wanted->bytes != NULL && wanted->length != WANT_INDEX &&
            json_escaped_equals(key, wanted->bytes, wanted->length))
            return wanted->node;
    }
    return NULL;
}

static inline bool has_keys(const struct want_node *node)
{
    return node != NULL && node->keys != NULL;
}

/* From after a key's quote mark. Returns the place of the closing one, or NULL; *child is where the
 * key leads. */
static __attribute__((noinline)) const char *scan_long_key(const struct scan *scan, const char *p,
                                                           const struct want_node *node,
                                                           const struct want_node **child)
{
    bool has_escapes;
    const char *close = json_pass_string(p, scan->end, &has_escapes);
    *child = NULL;
    if (close == NULL || !has_keys(node))
        return close;
    struct text key = {p, (size_t)(close - p)};
    if (has_escapes)
        *child = look_up_escaped(node, key);
    else
        *child = look_up(node, want_head(key.bytes, key.length), key.bytes, (uint32_t)key.length);
    return close;
}

/* A key of up to 7 bytes lies in one word: the same word finds its end and is looked up. */
IN_LINE const char *scan_key(const struct scan *scan, const char *p, const struct want_node *node,
                             const struct want_node **child)
{
    if (scan->end - p < 8)
        return scan_long_key(scan, p, node, child);
    uint64_t word = load8(p);
    uint64_t special = json_special_bytes(word);
    if (special == 0)
        return scan_long_key(scan, p, node, child);
    uint64_t first = special & -special; /* the high bit of the first special byte */
    uint32_t length = (uint32_t)__builtin_ctzll(special) / 8;
    if (p[length] != '"')
        return scan_long_key(scan, p, node, child);
    *child = NULL;
    if (has_keys(node))
        *child = look_up(node, word & ((first >> 7) - 1), p, length);
    return p + length;
}

/* ---- members --------------------------------------------------------------------------------- */

static inline uint64_t mask_of(size_t bytes)
{
    return bytes >= 8 ? ~UINT64_C(0) : ~(~UINT64_C(0) << (8 * bytes));
}

static __attribute__((noinline)) void learn(struct want_hint *hint, const char *key, size_t bytes,
                                            const struct want_node *child)
{
    hint->words = bytes > 8 ? 2 : 1;
    hint->first_mask = mask_of(bytes);
    hint->first = load8(key) & hint->first_mask;
    if (bytes > 8) {
        hint->second_mask = mask_of(bytes - 8);
        hint->second = load8(key + 8) & hint->second_mask;
    }
    hint->node = child;
    hint->bytes = (uint8_t)bytes;
}

/* From after the last value (or the opening brace) to the next value: comma, key, colon, blanks.
 * Returns the place of the value; or, with *is_closed, the place after the closing brace; or NULL.
 */
static __attribute__((noinline)) const char *
scan_new_member(const struct scan *scan, const char *p, const struct want_node *node, size_t number,
                const struct want_node **child, bool *is_closed)
{
    const char *end = scan->end, *start = p;
    p = scan_blanks(p, end);
    if (p < end && *p == '}') {
        *is_closed = true;
        return p + 1;
    }
    if (number > 0) {
        if (p == end || *p != ',')
            return NULL;
        p = scan_blanks(p + 1, end);
    }
    if (p == end || *p != '"')
        return NULL;
    p = scan_key(scan, p + 1, node, child);
    if (p == NULL)
        return NULL;
    p = scan_blanks(p + 1, end);
    if (p == end || *p != ':')
        return NULL;
    p = scan_blanks(p + 1, end);
    if (has_keys(node) && number < WANT_HINTS && p - start <= 16 &&
        end - start >= (p - start > 8 ? 16 : 8))
        learn(&node->hints[number], start, (size_t)(p - start), *child);
    return p;
}

IN_LINE const char *scan_member(const struct scan *scan, const char *p,
                                const struct want_node *node, size_t number,
                                const struct want_node **child, bool *is_closed)
{
    if (node != NULL && node->hints != NULL && number < WANT_HINTS) {
        const struct want_hint *hint = &node->hints[number];
        if (scan->end - p >= hint->words * 8 && (load8(p) & hint->first_mask) == hint->first &&
            (hint->words == 1 || (load8(p + 8) & hint->second_mask) == hint->second)) {
            *child = hint->node;
            p += hint->bytes;
            return p < scan->end && (unsigned char)*p <= ' ' ? scan_many_blanks(p, scan->end) : p;
        }
    }
    if (p < scan->end && *p == '}') {
        *is_closed = true;
        return p + 1;
    }
    return scan_new_member(scan, p, node, number, child, is_closed);
}

/* ---- scalars --------------------------------------------------------------------------------- */

static __attribute__((noinline)) const char *scan_word(const struct scan *scan, const char *p,
                                                       const struct want_node *node)
{
    static const struct {
        struct text word;
        enum scan_kind kind;
    } words[] = {
        {{"null", 4}, SCAN_NULL},
        {{"true", 4}, SCAN_TRUE},
        {{"false", 5}, SCAN_FALSE},
        {{"NaN", 3}, SCAN_NOT_A_NUMBER},
        {{"Infinity", 8}, SCAN_NOT_A_NUMBER},
        {{"-Infinity", 9}, SCAN_NOT_A_NUMBER},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t length = words[i].word.length;
        if ((size_t)(scan->end - p) < length || *p != *words[i].word.bytes ||
            memcmp(p, words[i].word.bytes, length) != 0)
            continue;
        if (is_wanted(node)) {
            const struct scan_token token = {
                .bytes = p, .length = (uint32_t)length, .kind = (uint8_t)words[i].kind};
            note(scan, node, token);
        }
        return p + length;
    }
    return NULL;
}

/* 10^15 < 2^53: the digits and the power of ten are exact doubles, so one division rounds right. */
#define EXACT_DIGITS 15

static const double exact_tens[EXACT_DIGITS + 1] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

static __attribute__((noinline)) const char *
scan_long_number(const struct scan *scan, const char *p, const struct want_node *node)
{
    struct scan_token token = {.bytes = p, .kind = SCAN_NUMBER};
    const char *after = json_read_number(p, scan->end, &token.number, &token.decimals);
    if (after == NULL || !is_wanted(node))
        return after;
    token.length = (uint32_t)(after - p);
    note(scan, node, token);
    return after;
}

/* The digits at the front of 8 bytes: how many, and what they write. Two, four and eight are joined
 * by multiplication. (Lemire, "Number parsing at a gigabyte per second", 2021.) */
IN_LINE unsigned many_digits(uint64_t word, uint64_t *number)
{
    uint64_t digits = word ^ EACH_BYTE(0x30);
    uint64_t others = ((digits + EACH_BYTE(0x76)) | digits) & EACH_BYTE(0x80);
    unsigned count = others != 0 ? (unsigned)__builtin_ctzll(others) / 8 : 8;
    if (count == 0)
        return 0;
    digits <<= 64 - 8 * count; /* zeros in front */
    digits = digits * 10 + (digits >> 8);
    const uint64_t pairs = UINT64_C(0x000000ff000000ff);
    digits = ((digits & pairs) * UINT64_C(0x000f424000000064) +
              ((digits >> 16) & pairs) * UINT64_C(0x0000271000000001)) >>
             32;
    *number = digits;
    return count;
}

IN_LINE const char *scan_number(const struct scan *scan, const char *start,
                                const struct want_node *node)
{
    const char *end = scan->end, *p = start;
    bool is_negative = *p == '-';
    p += is_negative;
    const char *digits = p;
    uint64_t significand = 0;
    if (end - p >= 8 && (unsigned char)(p[3] - '0') < 10)
        p += many_digits(load8(p), &significand);
    for (; json_is_digit(p, end); p++)
        significand = significand * 10 + (uint64_t)(*p - '0');
    ptrdiff_t count = p - digits, fraction = 0;
    if (count == 0)
        return scan_word(scan, start, node); /* -Infinity, or nothing */
    if (*digits == '0' && count > 1)
        return NULL;
    if (p < end && *p == '.') {
        const char *point = p++;
        for (; json_is_digit(p, end); p++)
            significand = significand * 10 + (uint64_t)(*p - '0');
        fraction = p - point - 1;
        count += fraction;
        if (fraction == 0)
            return NULL;
    }
    if (count > EXACT_DIGITS || (p < end && (*p | 0x20) == 'e'))
        return scan_long_number(scan, start, node);
    if (is_wanted(node)) {
        double number = (double)(int64_t)significand;
        if (fraction > 0)
            number /= exact_tens[fraction];
        const struct scan_token token = {
            .bytes = start,
            .length = (uint32_t)(p - start),
            .kind = SCAN_NUMBER,
            .decimals = (uint8_t)fraction,
            .number = is_negative ? -number : number,
        };
        note(scan, node, token);
    }
    return p;
}

IN_LINE const char *scan_string(const struct scan *scan, const char *p,
                                const struct want_node *node)
{
    bool has_escapes = false;
    const char *start = p + 1, *close = NULL;
    if (scan->end - start >= 8) {
        uint64_t special = json_special_bytes(load8(start));
        const char *first = start + (special != 0 ? __builtin_ctzll(special) / 8 : 0);
        if (special != 0 && *first == '"')
            close = first;
    }
    if (close == NULL)
        close = json_pass_string(start, scan->end, &has_escapes);
    if (close == NULL)
        return NULL;
    if (is_wanted(node)) {
        const struct scan_token token = {
            .bytes = start,
            .length = (uint32_t)(close - start),
            .kind = SCAN_STRING,
            .escapes = has_escapes ? SCAN_ESCAPES_JSON : SCAN_ESCAPES_NONE,
        };
        note(scan, node, token);
    }
    return close + 1;
}

/* ---- containers ------------------------------------------------------------------------------ */

static const char *scan_container(const struct scan *scan, const char *p,
                                  const struct want_node *node, unsigned depth);

IN_LINE const char *scan_any(const struct scan *scan, const char *p, const struct want_node *node,
                             unsigned depth)
{
    if (p == scan->end)
        return NULL;
    unsigned char c = (unsigned char)*p;
    if (c == '"')
        return scan_string(scan, p, node);
    if ((unsigned char)(c - '0') < 10 || c == '-')
        return scan_number(scan, p, node);
    if (c == '{' || c == '[')
        return scan_container(scan, p, node, depth);
    return scan_word(scan, p, node);
}

static const char *scan_object(const struct scan *scan, const char *p, const struct want_node *node,
                               unsigned depth)
{
    bool is_closed = false;
    p++;
    for (size_t number = 0;; number++) {
        const struct want_node *child = NULL;
        p = scan_member(scan, p, node, number, &child, &is_closed);
        if (p == NULL || is_closed)
            return p;
        p = scan_any(scan, p, child, depth);
        if (p == NULL)
            return NULL;
    }
}

static const char *scan_list(const struct scan *scan, const char *p, const struct want_node *node,
                             unsigned depth)
{
    const char *end = scan->end;
    bool has_indices = node != NULL && node->has_indices;
    p = scan_blanks(p + 1, end);
    if (p < end && *p == ']')
        return p + 1;
    for (uint64_t index = 0;; index++) {
        const struct want_node *child = has_indices ? look_up(node, index, NULL, WANT_INDEX) : NULL;
        p = scan_any(scan, p, child, depth);
        if (p == NULL)
            return NULL;
        p = scan_blanks(p, end);
        if (p == end)
            return NULL;
        if (*p == ']')
            return p + 1;
        if (*p != ',')
            return NULL;
        p = scan_blanks(p + 1, end);
    }
}

static const char *scan_container(const struct scan *scan, const char *p,
                                  const struct want_node *node, unsigned depth)
{
    if (depth == SCAN_DEPTH_MOST)
        return NULL;
    const char *start = p;
    bool is_object = *p == '{';
    p = is_object ? scan_object(scan, p, node, depth + 1) : scan_list(scan, p, node, depth + 1);
    if (p != NULL && is_wanted(node)) {
        struct scan_token token = {.bytes = start, .length = (uint32_t)(p - start)};
        token.kind = is_object ? SCAN_OBJECT : SCAN_LIST;
        note(scan, node, token);
    }
    return p;
}

const char *scan_value(const char *p, const char *end, const struct wants *wants,
                       struct scan_found *found)
{
    const struct scan scan = {end, wants, found};
    return scan_any(&scan, p, wants != NULL ? wants->root : NULL, 0);
}
