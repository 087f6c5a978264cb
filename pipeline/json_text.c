/* Strings of JSON: where they end, what their escapes mean. See json_parts.h. */
#include "pipeline/json_parts.h"
#include "pipeline/utf8.h"

static inline int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What a letter means after a backslash; 0: nothing. */
static char escape_meaning(char letter)
{
    static const char meanings[][2] = {{'"', '"'},  {'\\', '\\'}, {'/', '/'},  {'b', '\b'},
                                       {'f', '\f'}, {'n', '\n'},  {'r', '\r'}, {'t', '\t'}};
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        if (meanings[i][0] == letter)
            return meanings[i][1];
    }
    return 0;
}

/* After the backslash. Returns the place after the escape, or NULL. */
static const char *pass_escape(const char *p, const char *end)
{
    if (p == end)
        return NULL;
    if (*p != 'u')
        return escape_meaning(*p) != 0 ? p + 1 : NULL;
    if (end - p < 5)
        return NULL;
    for (int i = 1; i <= 4; i++) {
        if (hex_digit(p[i]) < 0)
            return NULL;
    }
    return p + 5;
}

static inline const char *pass_plain(const char *p, const char *end)
{
    while (end - p >= 8) {
        uint64_t special = json_special_bytes(load8(p));
        if (special != 0)
            return p + __builtin_ctzll(special) / 8;
        p += 8;
    }
    while (p < end && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x80 && *p != '"' &&
           *p != '\\')
        p++;
    return p;
}

const char *json_pass_string(const char *p, const char *end, bool *has_escapes)
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
    if (**p != '\\') {
        bytes[0] = *(*p)++;
        return 1;
    }
    (*p)++;
    if (**p != 'u') {
        bytes[0] = escape_meaning(*(*p)++);
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

bool json_escaped_equals(struct text string, const char *wanted, size_t length)
{
    const char *end = string.bytes + string.length;
    size_t at = 0;
    for (const char *p = string.bytes; p < end;) {
        char bytes[4];
        size_t count = next_bytes(&p, end, bytes);
        if (count == 0 || count > length - at || memcmp(bytes, wanted + at, count) != 0)
            return false;
        at += count;
    }
    return at == length;
}
