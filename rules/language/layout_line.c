/* Writes the lines of a rule file word by word (see layout_line.h). */
#include "rules/language/layout_line.h"

#include "rules/language/parser.h"

#include <stdlib.h>

/* ---- writing ------------------------------------------------------------------------------- */

static void put(struct layout *layout, const char *bytes, size_t length)
{
    if (layout->used + length + 1 > layout->room) {
        layout->room = 2 * (layout->used + length) + 1024;
        char *moved = realloc(layout->out, layout->room);
        if (moved == NULL)
            abort(); /* a desk without memory for a rule file */
        layout->out = moved;
    }
    memcpy(layout->out + layout->used, bytes, length);
    layout->used += length;
    layout->out[layout->used] = '\0';
}

void layout_put_text(struct layout *layout, struct text text)
{
    put(layout, text.bytes, text.length);
}

void layout_put(struct layout *layout, const char *text)
{
    put(layout, text, strlen(text));
}

void layout_put_blanks(struct layout *layout, size_t count)
{
    for (size_t i = 0; i < count; i++)
        put(layout, " ", 1);
}

struct text layout_trim(struct text text)
{
    while (text.length > 0 && strchr(" \t\r", text.bytes[0]) != NULL)
        text.bytes++, text.length--;
    while (text.length > 0 && strchr(" \t\r", text.bytes[text.length - 1]) != NULL)
        text.length--;
    return text;
}

/* ---- lines --------------------------------------------------------------------------------- */

static bool is_blank_char(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Where the comment of a line begins (bytes of `line`); its length when there is none. Never inside
 * quote marks; in a row of a table never at all (appendix E 37). */
static size_t comment_at(struct text line)
{
    struct text whole = layout_trim(line);
    bool is_quoted = false;
    if (whole.length > 0 && whole.bytes[0] == '|')
        return line.length;
    for (size_t i = 0; i < line.length; i++) {
        is_quoted ^= line.bytes[i] == '"';
        if (line.bytes[i] == '#' && !is_quoted && (i == 0 || is_blank_char(line.bytes[i - 1])))
            return i;
    }
    return line.length;
}

/* The same place in the line as it was written: both have the same characters. */
static struct text written_from(const struct source_line *line, size_t plain_offset)
{
    uint32_t characters = utf8_count((struct text){line->plain.bytes, plain_offset});
    size_t offset = 0;
    for (uint32_t i = 0; i < characters; i++)
        utf8_next(line->written, &offset);
    return (struct text){line->written.bytes + offset, line->written.length - offset};
}

struct text layout_code(const struct layout *layout, uint32_t line)
{
    struct text plain = layout->source.lines[line].plain;
    return layout_trim((struct text){plain.bytes, comment_at(plain)});
}

struct text layout_comment(const struct layout *layout, uint32_t line)
{
    const struct source_line *at = &layout->source.lines[line];
    return layout_trim(written_from(at, comment_at(at->plain)));
}

bool layout_is_empty(const struct layout *layout, uint32_t line)
{
    return layout_code(layout, line).length == 0 && layout_comment(layout, line).length == 0;
}

/* ---- words --------------------------------------------------------------------------------- */

static const char *const block_words[] = {"site",  "include",  "set",   "hours", "sensors",
                                          "table", "defaults", "alarm", "report"};

struct text layout_first_word(struct text code)
{
    size_t length = 0;
    while (length < code.length && !is_blank_char(code.bytes[length]))
        length++;
    return (struct text){code.bytes, length};
}

static const char *word_in(struct text word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (text_equal_ignoring_case(word, text_of(words[i])))
            return words[i];
    }
    return NULL;
}

bool layout_begins_block(struct text code)
{
    struct text second = {code.bytes, 0};
    struct text first = layout_first_word(code);
    if (first.length < code.length)
        second = layout_first_word(
            layout_trim((struct text){code.bytes + first.length, code.length - first.length}));
    return word_in(first, block_words, sizeof block_words / sizeof *block_words) != NULL &&
           !text_equal_ignoring_case(second, TEXT("when"));
}

bool layout_continues(struct text code)
{
    static const char *const words[] = {"and", "or", "for", "until"};
    return word_in(layout_first_word(code), words, 4) != NULL;
}

static const struct {
    const char *written, *one, *many;
    bool is_clear; /* not also a unit of something else */
} times[] = {
    {"second", "second", "seconds", true},  {"seconds", "second", "seconds", true},
    {"secs", "second", "seconds", true},    {"sec", "second", "seconds", true},
    {"s", "second", "seconds", true},       {"minute", "minute", "minutes", true},
    {"minutes", "minute", "minutes", true}, {"mins", "minute", "minutes", true},
    {"min", "minute", "minutes", true},     {"m", "minute", "minutes", false},
    {"hour", "hour", "hours", true},        {"hours", "hour", "hours", true},
    {"hrs", "hour", "hours", true},         {"hr", "hour", "hours", true},
    {"h", "hour", "hours", true},           {"day", "day", "days", true},
    {"days", "day", "days", true},          {"d", "day", "days", true},
    {"week", "week", "weeks", true},        {"weeks", "week", "weeks", true},
    {"wks", "week", "weeks", true},         {"wk", "week", "weeks", true},
    {"w", "week", "weeks", true},
};

struct line_words { /* while one line is written */
    struct layout *layout;
    struct text first, before, second_before; /* words; before: the one in front */
    bool is_begun, was_comma;
};

/* "m" is minutes where only a length of time can stand. */
static bool is_time_place(const struct line_words *words)
{
    static const char *const leaders[] = {"for", "every", "over", "last", "after", "any"};
    static const char *const lines[] = {"except", "shelve", "respond", "keep", "wait", "allow"};
    return word_in(words->second_before, leaders, 6) != NULL ||
           word_in(words->first, lines, 6) != NULL ||
           text_equal_ignoring_case(words->second_before, TEXT("in"));
}

static bool is_one(struct text number)
{
    return text_equal(number, TEXT("1"));
}

/* The unit behind a number as the language writes it; `unit` when it stays. */
static struct text unit_of(const struct line_words *words, struct text number, struct text unit)
{
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        if (text_equal_ignoring_case(unit, text_of(times[i].written)) &&
            (times[i].is_clear || is_time_place(words)))
            return text_of(is_one(number) ? times[i].one : times[i].many);
    }
    const struct unit *known = unit_find(unit);
    return known != NULL ? text_of(known->name) : unit;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* How many bytes of the word are a plain number. */
static size_t number_length(struct text word)
{
    size_t at = word.length > 1 && word.bytes[0] == '-';
    size_t start = at;
    while (at < word.length && (is_digit(word.bytes[at]) || word.bytes[at] == '.'))
        at++;
    return at > start && is_digit(word.bytes[start]) ? at : 0;
}

static bool is_number(struct text word)
{
    return word.length > 0 && number_length(word) == word.length;
}

static void put_word(struct line_words *words, struct text text)
{
    if (words->is_begun)
        layout_put(words->layout, words->was_comma ? ", " : " ");
    layout_put_text(words->layout, text);
    words->is_begun = true;
    words->was_comma = false;
    words->second_before = words->before;
    words->before = text;
}

/* A number with a unit right behind it: "5°C", "1h30m". */
static void put_number(struct line_words *words, struct text word)
{
    while (word.length > 0) {
        size_t digits = number_length(word), letters = digits;
        while (letters < word.length && !is_digit(word.bytes[letters]))
            letters++;
        struct text number = {word.bytes, digits}, unit = {word.bytes + digits, letters - digits};
        bool is_whole =
            letters == word.length ||
            number_length((struct text){word.bytes + letters, word.length - letters}) > 0;
        struct line_words probe = *words;
        probe.second_before = words->before;
        struct text plain = unit_of(&probe, number, unit);
        bool is_known =
            unit.length > 0 && is_whole && (plain.bytes != unit.bytes || unit_find(unit) != NULL);
        if (digits == 0 || !is_known) { /* a name, a date, something odd: as it is */
            put_word(words, word);
            return;
        }
        struct text leader = words->before;
        put_word(words, number);
        put_word(words, plain);
        if (letters < word.length) { /* "1h30m": still behind the same word */
            words->before = leader;
        }
        word.bytes += letters;
        word.length -= letters;
    }
}

/* Words that may be a name, a state or a path stay as they are. */
static bool may_be_lower(const struct line_words *words)
{
    static const char *const before[] = {
        "is",       "not",   "as",   "or",      "where",  "from",   "on",     "alarm",
        "set",      "table", "like", "sensors", "report", "hours",  "of",     "id",
        "timezone", "tags",  "name", "read",    "valid",  "ignore", "during", "mqtt"};
    return words->before.bytes == NULL ||
           word_in(words->before, before, sizeof before / sizeof *before) == NULL;
}

static struct text lower(struct layout *layout, struct text word)
{
    struct text copy = arena_copy(layout->arena, word);
    char *bytes = arena_print(layout->arena, "%.*s", TEXT_ARGUMENTS(copy));
    for (char *at = bytes; *at != '\0'; at++)
        *at = (char)(*at >= 'A' && *at <= 'Z' ? *at + 32 : *at);
    return (struct text){bytes, copy.length};
}

/* Lines whose words behind the first are somebody's own: a topic, a path, a name. */
static bool is_raw(const struct line_words *words)
{
    static const char *const before[] = {"from", "mqtt", "id", "timezone", "each", "csv"};
    static const char *const lines[] = {"tags", "format", "id", "timezone", "table"};
    return word_in(words->before, before, 6) != NULL || word_in(words->first, lines, 5) != NULL;
}

/* What these lines say goes into messages word for word, so their units are somebody's own. */
static bool is_quoted_in_messages(const struct line_words *words)
{
    static const char *const lines[] = {"except", "only", "send"};
    return word_in(words->first, lines, 3) != NULL;
}

static void put_one(struct line_words *words, struct text word)
{
    struct layout *layout = words->layout;
    const bool touches_units = layout->touches_units && !is_quoted_in_messages(words);
    if (word.bytes[0] == '"' || (is_raw(words) && words->is_begun)) {
        put_word(words, word);
        return;
    }
    if (touches_units && number_length(word) > 0 && !is_number(word)) {
        put_number(words, word);
    } else if (touches_units && text_equal(words->first, TEXT("read")) &&
               text_equal_ignoring_case(words->before, TEXT("in")) && unit_find(word) != NULL) {
        put_word(words, text_of(unit_find(word)->name));
    } else if (touches_units && is_number(words->before)) {
        put_word(words, unit_of(words, words->before, word));
    } else if (word.length > 1 && name_is_keyword(word) && may_be_lower(words)) {
        /* One letter may be a unit: A is not a. */
        put_word(words, lower(layout, word));
    } else {
        put_word(words, word);
    }
}

/* The next word of the line; text in quote marks as it was written. *has_comma: a comma
 * stood in front of it. */
static bool next_word(const struct source_line *line, struct text code, size_t *at,
                      struct text *word, bool *has_comma)
{
    *has_comma = false;
    while (*at < code.length && (is_blank_char(code.bytes[*at]) || code.bytes[*at] == ',')) {
        *has_comma |= code.bytes[*at] == ',';
        (*at)++;
    }
    if (*at >= code.length)
        return false;
    size_t start = *at;
    if (code.bytes[start] == '"') {
        const char *close = memchr(code.bytes + start + 1, '"', code.length - start - 1);
        *at = close != NULL ? (size_t)(close - code.bytes) + 1 : code.length;
        struct text rest = written_from(line, (size_t)(code.bytes - line->plain.bytes) + start);
        struct text behind = written_from(line, (size_t)(code.bytes - line->plain.bytes) + *at);
        struct text inside = {rest.bytes, rest.length - behind.length};
        *word = inside;
    } else {
        while (
            *at < code.length && !is_blank_char(code.bytes[*at]) && code.bytes[*at] != '"' &&
            !(code.bytes[*at] == ',' && (*at + 1 == code.length || !is_digit(code.bytes[*at + 1]))))
            (*at)++;
        *word = (struct text){code.bytes + start, *at - start};
    }
    return true;
}

/* The quote marks of a text are plain, whatever was written. */
static struct text plain_quotes(struct layout *layout, struct text word, struct text plain)
{
    if (plain.length < 2 || plain.bytes[0] != '"' || word.length < 2)
        return word;
    size_t open = 0, end = 0, last = 0;
    utf8_next(word, &open);
    for (end = 0; end < word.length;) {
        last = end;
        utf8_next(word, &end);
    }
    return text_of(arena_print(layout->arena, "\"%.*s\"", (int)(last - open), word.bytes + open));
}

/* One line of an instruction. `pad`: characters that the first word is filled up to. */
void layout_put_line(struct layout *layout, uint32_t number, size_t indent, size_t pad)
{
    const struct source_line *line = &layout->source.lines[number];
    struct text code = layout_code(layout, number), comment = layout_comment(layout, number), word;
    struct line_words words = {.layout = layout};
    size_t at = 0;
    bool has_comma = false;
    layout_put_blanks(layout, indent);
    while (next_word(line, code, &at, &word, &has_comma)) {
        bool is_first = !words.is_begun;
        words.was_comma = has_comma;
        if (code.bytes[at - 1] == '"' && at >= 2)
            word = plain_quotes(layout, word, TEXT("\"\""));
        if (is_first)
            words.first = lower(layout, word);
        if (is_first && word.bytes[0] != '"')
            put_word(&words, words.first);
        else
            put_one(&words, word);
        if (is_first && pad > words.first.length)
            layout_put_blanks(layout, pad - words.first.length);
    }
    if (comment.length > 0) {
        layout_put(layout, "  ");
        layout_put_text(layout, comment);
    }
    layout_put(layout, "\n");
}

/* "5C" is "5 °C". */
struct text layout_cell(struct layout *layout, struct text cell)
{
    size_t digits = number_length(cell);
    struct text unit = layout_trim((struct text){cell.bytes + digits, cell.length - digits});
    struct line_words none = {.layout = layout};
    if (!layout->touches_units || digits == 0 || unit.length == 0)
        return cell;
    struct text number = {cell.bytes, digits}, plain = unit_of(&none, number, unit);
    if (plain.bytes == unit.bytes && unit_find(unit) == NULL)
        return cell;
    return text_of(
        arena_print(layout->arena, "%.*s %.*s", TEXT_ARGUMENTS(number), TEXT_ARGUMENTS(plain)));
}
