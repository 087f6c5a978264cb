/* The JSON scanner. See json_scan.h. Strings are looked through 8 bytes at a time; numbers are read
 * only where they are wanted; containers nest by recursion, at most 16 deep. */
#include "pipeline/json_scan.h"
#include "base/number.h"
#include "pipeline/utf8.h"

struct scan {
    const char *end;
    const struct wants *wants;
    struct scan_found *found;
};

#define EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

static inline uint64_t load8(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap64(word) : word;
}

static inline bool is_digit(const char *p, const char *end)
{
    return p < end && (unsigned char)(*p - '0') < 10;
}

/* ---- strings
 * ---------------------------------------------------------------------------------------------- */

static inline int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* After the backslash. Returns the place after the escape, or NULL. */
static const char *pass_escape(const char *p, const char *end)
{
    if (p == end)
        return NULL;
    if (*p != 'u')
        return memchr("\"\\/bfnrt", *p, 8) != NULL ? p + 1 : NULL;
    if (end - p < 5)
        return NULL;
    for (int i = 1; i <= 4; i++) {
        if (hex_digit(p[i]) < 0)
            return NULL;
    }
    return p + 5;
}

/* Passes over bytes of a string that mean nothing special: not a quote mark, backslash, control
 * character or beyond ASCII. A byte with its high bit set in `special` may be one; the lowest that
 * is set is one. */
static inline const char *pass_plain(const char *p, const char *end)
{
    while (end - p >= 8) {
        uint64_t word = load8(p);
        uint64_t quote = (word ^ EACH_BYTE(0x22)) - EACH_BYTE(0x01);
        uint64_t slash = (word ^ EACH_BYTE(0x5c)) - EACH_BYTE(0x01);
        uint64_t control = word - EACH_BYTE(0x20);
        uint64_t special = (quote | slash | control | word) & EACH_BYTE(0x80);
        if (special != 0)
            return p + __builtin_ctzll(special) / 8;
        p += 8;
    }
    while (p < end && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x80 && *p != '"' &&
           *p != '\\')
        p++;
    return p;
}

/* From after the opening quote mark. Returns the place of the closing one, or NULL. */
static const char *pass_string(const char *p, const char *end, bool *has_escapes)
{
    *has_escapes = false;
    for (;;) {
        p = pass_plain(p, end);
        if (p == end)
            return NULL;
        unsigned char c = (unsigned char)*p;
        if (c == '"')
            return p;
        if (c < 0x20)
            return NULL;
        if (c == '\\') {
            *has_escapes = true;
            p = pass_escape(p + 1, end);
            if (p == NULL)
                return NULL;
        } else {
            size_t length = utf8_length(p, end);
            if (length == 0)
                return NULL;
            p += length;
        }
    }
}

static uint32_t four_hex(const char *p)
{
    uint32_t code = 0;
    for (int i = 0; i < 4; i++)
        code = code << 4 | (uint32_t)hex_digit(p[i]);
    return code;
}

/* Reads a \u escape, or a pair of them, from after the backslash; 0 when it is half a pair. */
static uint32_t unicode_escape(const char **p, const char *end)
{
    uint32_t code = four_hex(*p + 1);
    *p += 5;
    if (code < 0xd800 || code > 0xdfff)
        return code;
    if (code > 0xdbff || end - *p < 6 || (*p)[0] != '\\' || (*p)[1] != 'u')
        return 0;
    uint32_t low = four_hex(*p + 2);
    if (low < 0xdc00 || low > 0xdfff)
        return 0;
    *p += 6;
    return 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
}

static size_t write_utf8(uint32_t code, char bytes[4])
{
    static const unsigned char marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = length; i-- > 1; code >>= 6)
        bytes[i] = (char)(0x80 | (code & 0x3f));
    bytes[0] = (char)(length == 1 ? code : marks[length] | code);
    return length;
}

/* One character of a string whose escapes are right; 0 bytes when it is half a surrogate pair. */
static size_t next_bytes(const char **p, const char *end, char bytes[4])
{
    static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    if (**p != '\\') {
        bytes[0] = *(*p)++;
        return 1;
    }
    (*p)++;
    if (**p != 'u') {
        const char *which = memchr(escapes, **p, 8);
        bytes[0] = meanings[which - escapes];
        (*p)++;
        return 1;
    }
    bool is_zero = four_hex(*p + 1) == 0;
    uint32_t code = unicode_escape(p, end);
    return code == 0 && !is_zero ? 0 : write_utf8(code, bytes);
}

size_t scan_unescape(struct text text, char *room, size_t room_bytes)
{
    size_t length = 0;
    const char *end = text.bytes + text.length;
    for (const char *p = text.bytes; p < end;) {
        char bytes[4];
        size_t count = next_bytes(&p, end, bytes);
        if (count == 0 || count > room_bytes - length)
            return SIZE_MAX;
        memcpy(room + length, bytes, count);
        length += count;
    }
    return length;
}

/* Compares a key that has escapes, without copying it. */
static bool escaped_equals(struct text key, const char *wanted, size_t length)
{
    const char *end = key.bytes + key.length;
    size_t at = 0;
    for (const char *p = key.bytes; p < end;) {
        char bytes[4];
        size_t count = next_bytes(&p, end, bytes);
        if (count == 0 || count > length - at || memcmp(bytes, wanted + at, count) != 0)
            return false;
        at += count;
    }
    return at == length;
}

/* ---- keys
 * -------------------------------------------------------------------------------------------------
 */

static inline uint64_t key_head(const char *key, size_t length, const char *end)
{
    if (end - key < 8)
        return want_head(key, length);
    uint64_t head = load8(key);
    return length >= 8 ? head : head & ~(~UINT64_C(0) << (8 * length));
}

static const struct want_node *look_up(const struct wants *wants, const struct want_node *node,
                                       uint64_t head, const char *key, uint32_t length)
{
    const struct want_key *table = &wants->keys[node->first_key];
    uint32_t mask = (UINT32_C(1) << node->bits) - 1;
    for (uint32_t at = want_place(head, length, node->bits); table[at].bytes != NULL;
         at = (at + 1) & mask) {
        if (table[at].head == head && table[at].length == length &&
            (length <= 8 || length == WANT_INDEX || memcmp(table[at].bytes, key, length) == 0))
            return &wants->nodes[table[at].node];
    }
    return NULL;
}

static const struct want_node *look_up_escaped(const struct wants *wants,
                                               const struct want_node *node, struct text key)
{
    const struct want_key *table = &wants->keys[node->first_key];
    for (uint32_t at = 0; at < UINT32_C(1) << node->bits; at++) {
        if (table[at].bytes != NULL && table[at].length != WANT_INDEX &&
            escaped_equals(key, table[at].bytes, table[at].length))
            return &wants->nodes[table[at].node];
    }
    return NULL;
}

static inline const struct want_node *
wanted_key(const struct scan *scan, const struct want_node *node, struct text key, bool has_escapes)
{
    if (node == NULL || node->bits == 0)
        return NULL;
    if (has_escapes)
        return look_up_escaped(scan->wants, node, key);
    return look_up(scan->wants, node, key_head(key.bytes, key.length, scan->end), key.bytes,
                   (uint32_t)key.length);
}

/* ---- scalars
 * ---------------------------------------------------------------------------------------------- */

static void note(struct scan *scan, const struct want_node *node, const struct scan_token *token)
{
    for (uint8_t slot = node->slot; slot != WANT_NOTHING; slot = scan->wants->also[slot]) {
        scan->found->tokens[slot] = *token;
        if (slot < WANT_NAMES)
            scan->found->readings |= UINT64_C(1) << slot;
        else
            scan->found->others |= UINT64_C(1) << (slot - WANT_NAMES);
    }
}

static inline bool is_wanted(const struct want_node *node)
{
    return node != NULL && node->slot != WANT_NOTHING;
}

static const char *pass_digits(const char *p, const char *end)
{
    while (is_digit(p, end))
        p++;
    return p;
}

/* The grammar of numbers, without their value. */
static const char *pass_number(const char *p, const char *end)
{
    p += *p == '-';
    if (!is_digit(p, end))
        return NULL;
    p = *p == '0' ? p + 1 : pass_digits(p, end);
    if (p < end && *p == '.') {
        if (!is_digit(p + 1, end))
            return NULL;
        p = pass_digits(p + 1, end);
    }
    if (p < end && (*p | 0x20) == 'e') {
        p++;
        p += p < end && (*p == '+' || *p == '-');
        if (!is_digit(p, end))
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

static size_t read_number(struct text bytes, double *number, uint8_t *decimals)
{
    size_t length = number_parse(bytes, number, decimals);
    if (length > 2)
        *decimals = decimals_with_exponent((struct text){bytes.bytes, length}, *decimals);
    return length;
}

static const char *scan_number(struct scan *scan, const char *p, const struct want_node *node)
{
    if (!is_wanted(node))
        return pass_number(p, scan->end);
    struct scan_token token = {.bytes = p, .kind = SCAN_NUMBER};
    size_t length =
        read_number((struct text){p, (size_t)(scan->end - p)}, &token.number, &token.decimals);
    if (length == 0)
        return NULL;
    token.length = (uint32_t)length;
    note(scan, node, &token);
    /* number_parse takes the longest number there is; "1.", "1.e3", "1e" and "01" go on after it.
     */
    p += length;
    if (p < scan->end && (is_digit(p, scan->end) || *p == '.' || (*p | 0x20) == 'e'))
        return NULL;
    return p;
}

static const char *scan_string(struct scan *scan, const char *p, const struct want_node *node)
{
    struct scan_token token = {.bytes = p + 1, .kind = SCAN_STRING};
    const char *close = pass_string(p + 1, scan->end, &token.has_escapes);
    if (close == NULL)
        return NULL;
    if (is_wanted(node)) {
        token.length = (uint32_t)(close - token.bytes);
        note(scan, node, &token);
    }
    return close + 1;
}

static const char *scan_word(struct scan *scan, const char *p, const struct want_node *node)
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
        if ((size_t)(scan->end - p) < length || memcmp(p, words[i].word.bytes, length) != 0)
            continue;
        if (is_wanted(node)) {
            struct scan_token token = {p, (uint32_t)length, (uint8_t)words[i].kind, 0, false, 0};
            note(scan, node, &token);
        }
        return p + length;
    }
    return NULL;
}

/* ---- containers
 * ------------------------------------------------------------------------------------------- */

static const char *scan_any(struct scan *scan, const char *p, const struct want_node *node,
                            unsigned depth);

static const char *scan_object(struct scan *scan, const char *p, const struct want_node *node,
                               unsigned depth)
{
    const char *end = scan->end;
    p = scan_blanks(p + 1, end);
    if (p < end && *p == '}')
        return p + 1;
    for (;;) {
        if (p == end || *p != '"')
            return NULL;
        const char *key = p + 1;
        bool has_escapes;
        p = pass_string(key, end, &has_escapes);
        if (p == NULL)
            return NULL;
        struct text name = {key, (size_t)(p - key)};
        const struct want_node *child = wanted_key(scan, node, name, has_escapes);
        p = scan_blanks(p + 1, end);
        if (p == end || *p != ':')
            return NULL;
        p = scan_any(scan, scan_blanks(p + 1, end), child, depth);
        if (p == NULL)
            return NULL;
        p = scan_blanks(p, end);
        if (p == end)
            return NULL;
        if (*p == '}')
            return p + 1;
        if (*p != ',')
            return NULL;
        p = scan_blanks(p + 1, end);
    }
}

static const char *scan_list(struct scan *scan, const char *p, const struct want_node *node,
                             unsigned depth)
{
    const char *end = scan->end;
    bool has_indices = node != NULL && node->has_indices;
    p = scan_blanks(p + 1, end);
    if (p < end && *p == ']')
        return p + 1;
    for (uint64_t index = 0;; index++) {
        const struct want_node *child =
            has_indices ? look_up(scan->wants, node, index, NULL, WANT_INDEX) : NULL;
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

static const char *scan_container(struct scan *scan, const char *p, const struct want_node *node,
                                  unsigned depth)
{
    if (depth == SCAN_DEPTH_MOST)
        return NULL;
    const char *start = p;
    bool is_object = *p == '{';
    p = is_object ? scan_object(scan, p, node, depth + 1) : scan_list(scan, p, node, depth + 1);
    if (p != NULL && is_wanted(node)) {
        struct scan_token token = {.bytes = start, .length = (uint32_t)(p - start)};
        token.kind = is_object ? SCAN_OBJECT : SCAN_LIST;
        note(scan, node, &token);
    }
    return p;
}

static const char *scan_any(struct scan *scan, const char *p, const struct want_node *node,
                            unsigned depth)
{
    if (p == scan->end)
        return NULL;
    char c = *p;
    if (c == '"')
        return scan_string(scan, p, node);
    if ((unsigned char)(c - '0') < 10)
        return scan_number(scan, p, node);
    if (c == '{' || c == '[')
        return scan_container(scan, p, node, depth);
    if (c == '-' && is_digit(p + 1, scan->end))
        return scan_number(scan, p, node);
    return scan_word(scan, p, node);
}

const char *scan_value(const char *p, const char *end, const struct wants *wants,
                       struct scan_found *found)
{
    struct scan scan = {end, wants, found};
    return scan_any(&scan, p, wants != NULL ? &wants->nodes[0] : NULL, 0);
}

bool scan_quoted_number(struct text text, double *number, uint8_t *decimals)
{
    const char *end = text.bytes + text.length;
    const char *start = scan_blanks(text.bytes, end);
    size_t length = read_number((struct text){start, (size_t)(end - start)}, number, decimals);
    return length > 0 && scan_blanks(start + length, end) == end;
}
