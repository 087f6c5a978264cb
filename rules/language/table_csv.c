/* Lines of a spreadsheet file as cells (RULES section 4.5). See parse_table.h. */
#include "rules/language/parse_table.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

char table_csv_separator(struct text line)
{
    static const char candidates[] = {';', '\t', ','};
    bool is_quoted = false;
    size_t counts[3] = {0};
    for (size_t i = 0; i < line.length; i++) {
        is_quoted ^= line.bytes[i] == '"';
        for (size_t j = 0; j < 3 && !is_quoted; j++)
            counts[j] += line.bytes[i] == candidates[j];
    }
    for (size_t j = 0; j < 3; j++) {
        if (counts[j] > 0)
            return candidates[j];
    }
    return ',';
}

/* What stands between the quote marks, "" for each one inside. Returns the place behind the closing
 * one; SIZE_MAX when there is none. */
static size_t unquote(struct parser *parser, struct text line, size_t start, struct text *text)
{
    char *to = must_arena_allocate(parser->arena, line.length - start + 1);
    size_t length = 0;
    for (size_t i = start + 1; i < line.length; i++) {
        if (line.bytes[i] == '"') {
            if (i + 1 >= line.length || line.bytes[i + 1] != '"') {
                *text = (struct text){to, length};
                return i + 1;
            }
            i++;
        }
        to[length++] = line.bytes[i];
    }
    return SIZE_MAX;
}

static struct place place_of(const struct source *source, uint32_t line, size_t start, size_t end)
{
    struct text plain = source->lines[line].plain;
    uint32_t width = utf8_count((struct text){plain.bytes + start, end - start});
    return (struct place){source, line, utf8_count((struct text){plain.bytes, start}) + 1,
                          width > 0 ? width : 1};
}

bool table_split_csv(struct parser *parser, const struct source *source, uint32_t line,
                     char separator, struct cells *cells)
{
    struct text plain = source->lines[line].plain;
    cells->count = 0;
    cells->place = place_of(source, line, 0, plain.length);
    for (size_t i = 0;; i++) {
        while (i < plain.length && is_blank(plain.bytes[i]) && plain.bytes[i] != separator)
            i++;
        size_t start = i, end;
        struct text text;
        if (i < plain.length && plain.bytes[i] == '"') {
            i = unquote(parser, plain, i, &text);
            if (i == SIZE_MAX)
                return parser_tell(parser, place_of(source, line, start, plain.length),
                                   CODE_TEXT_OPEN, "This text has no closing quote mark.",
                                   "end it on this line, with \"", "");
            end = i;
            while (i < plain.length && plain.bytes[i] != separator)
                i++;
        } else {
            while (i < plain.length && plain.bytes[i] != separator)
                i++;
            end = i;
            while (end > start && is_blank(plain.bytes[end - 1]))
                end--;
            text = (struct text){plain.bytes + start, end - start};
        }
        if (cells->count == CELLS_MAX)
            return parser_tell(
                parser, place_of(source, line, start, end), CODE_TOO_MANY,
                arena_print(parser->arena, "A row can have at most %d cells.", CELLS_MAX),
                "leave some columns out", "");
        cells->list[cells->count++] = (struct cell){text, place_of(source, line, start, end)};
        if (i >= plain.length)
            return true;
    }
}
