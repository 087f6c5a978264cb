/* Reads words from lines. See lexer.h. */
#include "rules/language/lexer.h"

#include "base/number.h"

static struct text plain_line(const struct reader *reader)
{
    return reader->source->lines[reader->line].plain;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_symbol(char c)
{
    return c != '\0' && strchr("<>=!&|()[];+-*/^~?'`$@\\.{}:#,", c) != NULL;
}

/* Letters, digits and what stands inside names, units and topics. */
static bool is_in_name(char c)
{
    return !is_blank(c) && c != ',' && c != '"' && (c == '\0' || strchr("<>=!&|();[]", c) == NULL);
}

static char at(struct text line, size_t offset)
{
    return offset < line.length ? line.bytes[offset] : '\0';
}

/* `#` begins a comment at the start of a line or after a blank (appendix E, 37). */
static bool is_comment(struct text line, size_t offset)
{
    return at(line, offset) == '#' && (offset == 0 || is_blank(line.bytes[offset - 1]));
}

static size_t skip_blanks(struct text line, size_t offset, bool and_commas)
{
    while (offset < line.length &&
           (is_blank(line.bytes[offset]) || (and_commas && line.bytes[offset] == ',')))
        offset++;
    return is_comment(line, offset) ? line.length : offset;
}

static bool line_continues(struct text line)
{
    static const char *const words[] = {"and", "or", "for", "until"};
    size_t start = skip_blanks(line, 0, true), end = start;
    while (end < line.length && is_in_name(line.bytes[end]))
        end++;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        struct text word = {line.bytes + start, end - start};
        if (end > start && text_equal_ignoring_case(word, text_of(words[i])))
            return true;
    }
    return false;
}

static bool line_is_empty(struct text line)
{
    return skip_blanks(line, 0, true) >= line.length;
}

bool reader_find_line(struct reader *reader, const struct source *source, uint32_t from)
{
    while (from < source->count && line_is_empty(source->lines[from].plain))
        from++;
    if (from >= source->count)
        return false;
    uint32_t last = from;
    for (uint32_t next = from + 1; next < source->count; next++) {
        if (line_is_empty(source->lines[next].plain))
            continue;
        if (!line_continues(source->lines[next].plain))
            break;
        last = next;
    }
    *reader = (struct reader){source, from, last, 0};
    return true;
}

/* The bytes of the line as people wrote it that belong to `count` characters from character
 * `first`. */
static struct text written_between(const struct source_line *line, uint32_t first, uint32_t count)
{
    size_t offset = 0;
    for (uint32_t i = 0; i < first; i++)
        utf8_next(line->written, &offset);
    size_t start = offset;
    for (uint32_t i = 0; i < count; i++)
        utf8_next(line->written, &offset);
    return (struct text){line->written.bytes + start, offset - start};
}

static struct word word_make(struct reader *reader, enum word_kind kind, size_t start, size_t end)
{
    struct text line = plain_line(reader);
    struct text before = {line.bytes, start}, text = {line.bytes + start, end - start};
    struct word word = {.kind = kind, .text = text};
    word.place =
        (struct place){reader->source, reader->line, utf8_count(before) + 1, utf8_count(text)};
    word.offset = (uint32_t)start;
    word.end_offset = (uint32_t)end;
    reader->offset = (uint32_t)end;
    return word;
}

/* The end of the logical line: one character behind its last word and a blank. */
static struct word word_end(struct reader *reader)
{
    struct text line = plain_line(reader);
    size_t end = 0;
    bool is_quoted = false;
    for (size_t i = 0; i < line.length && (is_quoted || !is_comment(line, i)); i++) {
        is_quoted ^= line.bytes[i] == '"';
        end = is_blank(line.bytes[i]) ? end : i + 1;
    }
    uint32_t offset = reader->offset;
    struct word word = word_make(reader, WORD_END, end, end);
    reader->offset = offset;
    word.place.column++;
    word.place.width = 1;
    return word;
}

static struct word word_text(struct reader *reader, size_t start)
{
    struct text line = plain_line(reader);
    const char *close = memchr(line.bytes + start + 1, '"', line.length - start - 1);
    const struct source_line *whole = &reader->source->lines[reader->line];
    if (close == NULL)
        return word_make(reader, WORD_OPEN_TEXT, start, line.length);
    struct word word = word_make(reader, WORD_TEXT, start, (size_t)(close - line.bytes) + 1);
    word.text = written_between(whole, word.place.column, word.place.width - 2);
    return word;
}

static size_t digits_from(struct text line, size_t offset)
{
    while (is_digit(at(line, offset)))
        offset++;
    return offset;
}

/* Digits with an optional point, zeros in front allowed. */
static double number_from(struct text line, size_t start, size_t end, uint8_t *decimals)
{
    bool is_negative = at(line, start) == '-';
    start += is_negative;
    while (start + 1 < end && line.bytes[start] == '0' && is_digit(line.bytes[start + 1]))
        start++;
    double value = 0;
    *decimals = 0;
    number_parse((struct text){line.bytes + start, end - start}, &value, decimals);
    return is_negative ? -value : value;
}

/* What a number with a comma, an exponent or a bare point probably meant, e.g. "4,5". */
static struct word word_odd_number(struct reader *reader, enum word_kind kind, size_t start,
                                   size_t end)
{
    struct text line = plain_line(reader);
    char plain[64];
    size_t length = 0;
    for (size_t i = start; i < end && length + 2 < sizeof plain; i++) {
        char c = line.bytes[i];
        bool is_first = length == 0 || plain[length - 1] == '-';
        if (c == '+' && i == start)
            continue;
        if (c == '.' && is_first)
            plain[length++] = '0';
        if (c == '.' && !is_digit(at(line, i + 1)))
            continue;
        plain[length++] = c == ',' ? '.' : c;
    }
    struct word word = word_make(reader, kind, start, end);
    if (number_parse((struct text){plain, length}, &word.number, &word.decimals) != length)
        word.decimals = UINT8_MAX; /* nobody can tell */
    return word;
}

static struct word word_number(struct reader *reader, size_t start)
{
    struct text line = plain_line(reader);
    size_t sign = at(line, start) == '-' || at(line, start) == '+';
    size_t end = digits_from(line, start + sign);
    if (at(line, end) == ':' && is_digit(at(line, end + 1)))
        return word_make(reader, WORD_CLOCK, start, digits_from(line, end + 1));
    if (end - start == 4 && at(line, end) == '-' && is_digit(at(line, end + 1))) {
        end = digits_from(line, end + 1);
        if (at(line, end) == '-')
            end = digits_from(line, end + 1);
        return word_make(reader, WORD_DATE, start, end);
    }
    bool is_odd = at(line, start) == '+' || !is_digit(at(line, start + sign));
    bool has_comma = false, has_point = false;
    for (;;) {
        char c = at(line, end), behind = at(line, end + 1);
        if (c == ',' && is_digit(behind)) {
            has_comma = true;
        } else if (c == '.') {
            is_odd |= has_point || !is_digit(behind);
            has_point = true;
        } else if ((c == 'e' || c == 'E') &&
                   (is_digit(behind) ||
                    ((behind == '+' || behind == '-') && is_digit(at(line, end + 2))))) {
            is_odd = true;
            end += !is_digit(behind);
        } else {
            break;
        }
        end = digits_from(line, end + 1);
    }
    if (has_comma)
        return word_odd_number(reader, WORD_COMMA, start, end);
    if (is_odd)
        return word_odd_number(reader, WORD_ODD_NUMBER, start, end);
    struct word word = word_make(reader, WORD_NUMBER, start, end);
    word.number = number_from(line, start, end, &word.decimals);
    return word;
}

static bool is_number_start(struct text line, size_t offset)
{
    char c = at(line, offset), second = at(line, offset + 1);
    if (is_digit(c))
        return true;
    if (c == '.')
        return is_digit(second);
    if (c != '-' && c != '+')
        return false;
    return is_digit(second) || (second == '.' && is_digit(at(line, offset + 2)));
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* `h` of `1h30m`: letters directly behind a number, with a number and letters directly behind them.
 * 0 when it is something else, such as the `m3` of `5m3/h`. */
static size_t end_of_short_unit(struct text line, size_t start)
{
    if (start == 0 || !is_digit(line.bytes[start - 1]))
        return 0;
    size_t end = start;
    while (is_letter(at(line, end)))
        end++;
    size_t behind = digits_from(line, end);
    return behind > end && is_letter(at(line, behind)) ? end : 0;
}

static struct word word_name(struct reader *reader, size_t start)
{
    struct text line = plain_line(reader);
    size_t end = start;
    if (line.bytes[start] == '%')
        return word_make(reader, WORD_NAME, start, start + 1);
    while (end < line.length && is_in_name(line.bytes[end]))
        end++;
    size_t short_end = end_of_short_unit(line, start);
    if (short_end > start)
        return word_make(reader, WORD_NAME, start, short_end);
    enum word_kind kind = line.bytes[end - 1] == ':' && end - start > 1 ? WORD_COLON : WORD_NAME;
    return word_make(reader, kind, start, end);
}

static struct word word_symbol(struct reader *reader, size_t start)
{
    struct text line = plain_line(reader);
    size_t end = start + 1;
    if (strchr("<>=!&|", line.bytes[start]) != NULL) {
        while (end < line.length && line.bytes[end] != '\0' &&
               strchr("<>=!&|", line.bytes[end]) != NULL)
            end++;
    }
    return word_make(reader, WORD_SYMBOL, start, end);
}

/* Moves to the first character of the next word; false at the end of the logical line. */
static bool reader_move(struct reader *reader, bool and_commas)
{
    for (;;) {
        struct text line = plain_line(reader);
        size_t offset = skip_blanks(line, reader->offset, and_commas);
        reader->offset = (uint32_t)offset;
        if (offset < line.length)
            return true;
        if (reader->line >= reader->last_line)
            return false;
        /* Comments and empty lines between are passed over. */
        uint32_t next = reader->line + 1;
        while (next < reader->last_line && line_is_empty(reader->source->lines[next].plain))
            next++;
        reader->line = next;
        reader->offset = 0;
    }
}

struct word reader_next(struct reader *reader)
{
    if (!reader_move(reader, true))
        return word_end(reader);
    struct text line = plain_line(reader);
    size_t start = reader->offset;
    char c = line.bytes[start];
    if (c == '"')
        return word_text(reader, start);
    if (is_number_start(line, start))
        return word_number(reader, start);
    return is_symbol(c) ? word_symbol(reader, start) : word_name(reader, start);
}

struct word reader_next_raw(struct reader *reader)
{
    if (!reader_move(reader, false))
        return word_end(reader);
    struct text line = plain_line(reader);
    size_t start = reader->offset, end = start;
    bool is_quoted = false;
    while (end < line.length && (is_quoted || !is_blank(line.bytes[end]))) {
        is_quoted ^= line.bytes[end] == '"';
        end++;
    }
    return word_make(reader, is_quoted ? WORD_OPEN_TEXT : WORD_NAME, start, end);
}

bool word_is(const struct word *word, const char *keyword)
{
    return word->kind == WORD_NAME && text_equal_ignoring_case(word->text, text_of(keyword));
}

struct place place_inside(const struct place *place, uint32_t column, uint32_t width)
{
    struct place inside = *place;
    inside.column += column;
    inside.width = width;
    return inside;
}

struct place place_from_to(const struct place *first, const struct place *last)
{
    struct place whole = *first;
    if (last->line == first->line && last->column >= first->column)
        whole.width = last->column + last->width - first->column;
    return whole;
}
