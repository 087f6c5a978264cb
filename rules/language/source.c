/* Splits a rule file into lines and puts typographic characters into plain spelling. See source.h.
 */
#include "rules/language/source.h"

#include "rules/language/messages.h"

#define REPLACEMENT 0xfffd

int32_t utf8_next(struct text text, size_t *offset)
{
    static const struct {
        unsigned char mask, lead;
        int32_t least;
    } forms[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
    const unsigned char *p = (const unsigned char *)text.bytes + *offset;
    size_t left = text.length - *offset;
    *offset += 1;
    for (size_t more = 0; more < 4; more++) {
        if ((p[0] & forms[more].mask) != forms[more].lead)
            continue;
        if (left <= more)
            return -1;
        int32_t point = p[0] & (unsigned char)~forms[more].mask;
        for (size_t i = 1; i <= more; i++) {
            if ((p[i] & 0xc0) != 0x80)
                return -1;
            point = point << 6 | (p[i] & 0x3f);
        }
        if (point < forms[more].least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
            return -1;
        *offset += more;
        return point;
    }
    return -1;
}

uint32_t utf8_count(struct text text)
{
    uint32_t count = 0;
    for (size_t offset = 0; offset < text.length; count++)
        utf8_next(text, &offset);
    return count;
}

static size_t utf8_write(char *bytes, int32_t point)
{
    if (point < 0x80) {
        bytes[0] = (char)point;
        return 1;
    }
    size_t more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    static const int leads[] = {0, 0xc0, 0xe0, 0xf0};
    bytes[0] = (char)(leads[more] | point >> (6 * more));
    for (size_t i = 1; i <= more; i++)
        bytes[i] = (char)(0x80 | (point >> (6 * (more - i)) & 0x3f));
    return more + 1;
}

/* What a word processor or a phone makes of plain characters. */
static const struct {
    int32_t typographic, plain;
    bool before_digit_only;
} spellings[] = {
    {0x00a0, ' ', false}, {0x2007, ' ', false}, {0x2009, ' ', false}, {0x202f, ' ', false},
    {0x201c, '"', false}, {0x201d, '"', false}, {0x201e, '"', false}, {0x201f, '"', false},
    {0x2212, '-', false}, {0x2013, '-', true},  {0x2011, '-', false}, {0x00ba, 0x00b0, false},
};

static int32_t spelling_plain(int32_t point, bool is_before_digit)
{
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        if (spellings[i].typographic == point &&
            (!spellings[i].before_digit_only || is_before_digit))
            return spellings[i].plain;
    }
    return point;
}

static bool is_plain_ascii(struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.bytes[i];
        if (c >= 0x7f || (c < 0x20 && c != '\t'))
            return false;
    }
    return true;
}

/* Returns the column of the first character that is not text, or 0. */
static uint32_t line_spell(struct source_line *line, struct text bytes, struct arena *arena)
{
    line->written = line->plain = bytes;
    if (is_plain_ascii(bytes))
        return 0;
    /* A stray byte becomes three (U+FFFD); nothing else grows. */
    char *written = must_arena_allocate(arena, bytes.length * 3 + 1);
    char *plain = must_arena_allocate(arena, bytes.length * 3 + 1);
    size_t written_length = 0, plain_length = 0;
    uint32_t bad_column = 0, column = 0;
    for (size_t offset = 0; offset < bytes.length;) {
        int32_t point = utf8_next(bytes, &offset);
        column++;
        bool is_text = point >= 0x20 || point == '\t';
        if (!is_text || point == 0x7f || (point >= 0x80 && point < 0xa0)) {
            point = REPLACEMENT;
            bad_column = bad_column != 0 ? bad_column : column;
        }
        written_length += utf8_write(written + written_length, point);
        bool is_before_digit =
            offset < bytes.length && bytes.bytes[offset] >= '0' && bytes.bytes[offset] <= '9';
        plain_length += utf8_write(plain + plain_length, spelling_plain(point, is_before_digit));
    }
    line->written = (struct text){written, written_length};
    line->plain = (struct text){plain, plain_length};
    return bad_column;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct text without_trailing_blanks(struct text line)
{
    while (line.length > 0 && is_blank(line.bytes[line.length - 1]))
        line.length--;
    return line;
}

/* The first characters of a line that is too long to show. */
static struct text beginning(struct text written)
{
    size_t offset = 0;
    for (int i = 0; i < 60 && offset < written.length; i++)
        utf8_next(written, &offset);
    return (struct text){written.bytes, offset};
}

static void line_read(struct source *source, uint32_t number, struct text bytes,
                      struct arena *arena, struct messages *messages)
{
    struct source_line *line = &source->lines[number];
    uint32_t bad_column = line_spell(line, bytes, arena);
    uint32_t characters = utf8_count(line->written);
    struct place place = {source, number, 1, 1};
    if (characters > SOURCE_LINE_CHARACTERS_MAX) {
        line->written = beginning(line->written);
        line->plain = TEXT("");
        messages_add(messages, place, CODE_LINE_TOO_LONG,
                     arena_print(arena, "This line has %u characters; a line can have at most %d.",
                                 characters, SOURCE_LINE_CHARACTERS_MAX),
                     "write it as several lines", "");
    } else if (bad_column != 0) {
        place.column = bad_column;
        line->plain = TEXT("");
        messages_add(messages, place, CODE_NOT_TEXT, "This line has a character that is not text.",
                     "take this character out, or save the file as UTF-8 text", "");
    }
}

void source_read(struct source *source, uint32_t index, const struct rules_source_file *file,
                 struct arena *arena, struct messages *messages)
{
    struct text rest = file->text.length > 0 ? file->text : TEXT("");
    *source = (struct source){.name = arena_copy(arena, text_of(file->name)).bytes, .index = index};
    if (rest.length > SOURCE_BYTES_MAX) {
        source->lines = must_arena_allocate(arena, sizeof *source->lines);
        source->lines[0] = (struct source_line){TEXT(""), TEXT("")};
        source->count = 1;
        messages_add(messages, (struct place){source, 0, 1, 1}, CODE_FILE_TOO_LONG,
                     "These rules are longer than 1 MiB, which is the most that Brink reads.",
                     "split the site, or use fewer rules", "");
        return;
    }
    if (rest.length >= 3 && memcmp(rest.bytes, "\xef\xbb\xbf", 3) == 0)
        rest = (struct text){rest.bytes + 3, rest.length - 3}; /* byte-order mark */
    uint32_t count = 1;
    for (size_t i = 0; i < rest.length; i++)
        count += rest.bytes[i] == '\n';
    source->lines = must_arena_allocate(arena, count * sizeof *source->lines);
    source->count = count;
    for (uint32_t number = 0; number < count; number++) {
        const char *end = rest.length > 0 ? memchr(rest.bytes, '\n', rest.length) : NULL;
        size_t length = end != NULL ? (size_t)(end - rest.bytes) : rest.length;
        struct text line = {rest.bytes, length};
        line_read(source, number, without_trailing_blanks(line), arena, messages);
        if (end != NULL)
            rest = (struct text){end + 1, rest.length - length - 1};
    }
}
