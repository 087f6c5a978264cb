/* Lays rule files out (see layout.h). A file is read as items - an instruction with the lines that
 * continue it, and the comments above it -, blocks of items are put in order, and each item is
 * written word by word. */
#include "rules/language/layout.h"

#include "rules/language/messages.h"
#include "rules/language/parser.h"

#include <stdlib.h>

#define CELLS_MAX 64
#define RANK_LAST 99

/* What an item is written as. */
enum item_kind { ITEM_HEAD, ITEM_LINE, ITEM_ROW, ITEM_COMMENT };
struct item {
    enum item_kind kind;
    uint32_t comments_from; /* lines of comments above it, with blank lines */
    uint32_t from, to;      /* lines of the instruction, both included */
    int rank;               /* of an alarm's lines */
    uint32_t number;        /* as it was written */
    const char *word;
};

struct layout {
    struct arena *arena;
    struct source source;
    struct item *items;
    uint32_t count;
    bool touches_units;
    char *out;
    size_t used, room;
};

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

static void put_text(struct layout *layout, struct text text)
{
    put(layout, text.bytes, text.length);
}

static void put_string(struct layout *layout, const char *text)
{
    put(layout, text, strlen(text));
}

static void put_blanks(struct layout *layout, size_t count)
{
    for (size_t i = 0; i < count; i++)
        put(layout, " ", 1);
}

static struct text trim(struct text text)
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
    struct text whole = trim(line);
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

static struct text code_of(const struct layout *layout, uint32_t line)
{
    struct text plain = layout->source.lines[line].plain;
    return trim((struct text){plain.bytes, comment_at(plain)});
}

static struct text comment_of(const struct layout *layout, uint32_t line)
{
    const struct source_line *at = &layout->source.lines[line];
    return trim(written_from(at, comment_at(at->plain)));
}

static bool is_empty(const struct layout *layout, uint32_t line)
{
    return code_of(layout, line).length == 0 && comment_of(layout, line).length == 0;
}

/* ---- words --------------------------------------------------------------------------------- */

static const char *const block_words[] = {"site",  "include",  "set",   "hours", "sensors",
                                          "table", "defaults", "alarm", "report"};

/* The lines of an alarm in the order of RULES, section 4.7. */
static const struct {
    const char *word;
    int rank;
} ranks[] = {{"critical", 0},     {"warning", 1},      {"notice", 2},  {"log", 3},
             {"clear", 4},        {"except", 5},       {"only", 5},    {"say", 6},
             {"cause", 7},        {"risk", 8},         {"action", 9},  {"respond", 10},
             {"remind", 11},      {"acknowledge", 12}, {"shelve", 13}, {"limit", 14},
             {"sensitivity", 15}, {"learn", 16},       {"attach", 17}, {"tags", 18},
             {"also", 19},        {"out", 20}};

static struct text first_word(struct text code)
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

static bool begins_block(struct text code)
{
    struct text second = {code.bytes, 0};
    struct text first = first_word(code);
    if (first.length < code.length)
        second =
            first_word(trim((struct text){code.bytes + first.length, code.length - first.length}));
    return word_in(first, block_words, sizeof block_words / sizeof *block_words) != NULL &&
           !text_equal_ignoring_case(second, TEXT("when"));
}

static bool continues(struct text code)
{
    static const char *const words[] = {"and", "or", "for", "until"};
    return word_in(first_word(code), words, 4) != NULL;
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
        put_string(words->layout, words->was_comma ? ", " : " ");
    put_text(words->layout, text);
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
static void put_line(struct layout *layout, uint32_t number, size_t indent, size_t pad)
{
    const struct source_line *line = &layout->source.lines[number];
    struct text code = code_of(layout, number), comment = comment_of(layout, number), word;
    struct line_words words = {.layout = layout};
    size_t at = 0;
    bool has_comma = false;
    put_blanks(layout, indent);
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
            put_blanks(layout, pad - words.first.length);
    }
    if (comment.length > 0) {
        put_string(layout, "  ");
        put_text(layout, comment);
    }
    put_string(layout, "\n");
}

/* ---- tables -------------------------------------------------------------------------------- */

static size_t split_row(struct layout *layout, uint32_t line, struct text cells[CELLS_MAX])
{
    struct text code = code_of(layout, line);
    size_t count = 0, start = 1;
    for (size_t i = 1; i <= code.length && count < CELLS_MAX; i++) {
        bool is_end = i == code.length;
        if (is_end && trim((struct text){code.bytes + start, i - start}).length == 0)
            break;
        if (is_end || code.bytes[i] == '|') {
            cells[count++] = trim((struct text){code.bytes + start, i - start});
            start = i + 1;
        }
    }
    return count;
}

/* "5C" is "5 °C". */
static struct text cell_text(struct layout *layout, struct text cell)
{
    size_t digits = number_length(cell);
    struct text unit = trim((struct text){cell.bytes + digits, cell.length - digits});
    struct line_words none = {.layout = layout};
    if (!layout->touches_units || digits == 0 || unit.length == 0)
        return cell;
    struct text number = {cell.bytes, digits}, plain = unit_of(&none, number, unit);
    if (plain.bytes == unit.bytes && unit_find(unit) == NULL)
        return cell;
    return text_of(
        arena_print(layout->arena, "%.*s %.*s", TEXT_ARGUMENTS(number), TEXT_ARGUMENTS(plain)));
}

/* All rows of a table, from item `from`; returns the item behind them. */
static uint32_t put_rows(struct layout *layout, uint32_t from,
                         void (*put_comments)(struct layout *, const struct item *))
{
    size_t widths[CELLS_MAX] = {0};
    struct text cells[CELLS_MAX];
    uint32_t to = from;
    for (; to < layout->count && layout->items[to].kind == ITEM_ROW; to++) {
        size_t count = split_row(layout, layout->items[to].from, cells);
        for (size_t i = 0; i < count; i++) {
            size_t width = utf8_count(cell_text(layout, cells[i]));
            widths[i] = width > widths[i] ? width : widths[i];
        }
    }
    for (uint32_t row = from; row < to; row++) {
        size_t count = split_row(layout, layout->items[row].from, cells);
        put_comments(layout, &layout->items[row]);
        put_string(layout, "  |");
        for (size_t i = 0; i < count; i++) {
            struct text cell = cell_text(layout, cells[i]);
            put_string(layout, " ");
            put_text(layout, cell);
            put_blanks(layout, widths[i] - utf8_count(cell));
            put_string(layout, " |");
        }
        put_string(layout, "\n");
    }
    return to;
}

/* ---- items --------------------------------------------------------------------------------- */

static int rank_of(struct text code)
{
    for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++) {
        if (text_equal_ignoring_case(first_word(code), text_of(ranks[i].word)))
            return ranks[i].rank;
    }
    return RANK_LAST;
}

static void read_items(struct layout *layout)
{
    uint32_t comments = 0;
    layout->items =
        must_arena_allocate(layout->arena, (layout->source.count + 1) * sizeof *layout->items);
    for (uint32_t line = 0; line < layout->source.count; line++) {
        struct text code = code_of(layout, line);
        if (code.length == 0)
            continue;
        struct item *last = layout->count > 0 ? &layout->items[layout->count - 1] : NULL;
        bool is_row = code.bytes[0] == '|';
        if (last != NULL && !is_row && continues(code)) {
            last->to = line;
            comments = line + 1;
            continue;
        }
        struct item *item = &layout->items[layout->count];
        *item = (struct item){.kind = is_row               ? ITEM_ROW
                                      : begins_block(code) ? ITEM_HEAD
                                                           : ITEM_LINE,
                              .comments_from = comments,
                              .from = line,
                              .to = line,
                              .rank = rank_of(code),
                              .number = layout->count};
        layout->count++;
        comments = line + 1;
    }
    layout->items[layout->count] = (struct item){
        .kind = ITEM_COMMENT, .comments_from = comments, .from = layout->source.count};
}

static int compare_items(const void *a, const void *b)
{
    const struct item *left = a, *right = b;
    if (left->rank != right->rank)
        return left->rank < right->rank ? -1 : 1;
    return left->number < right->number ? -1 : left->number > right->number;
}

static bool head_is(const struct layout *layout, const struct item *item, const char *word)
{
    return item->kind == ITEM_HEAD &&
           text_equal_ignoring_case(first_word(code_of(layout, item->from)), text_of(word));
}

static void sort_blocks(struct layout *layout)
{
    for (uint32_t i = 0; i < layout->count; i++) {
        uint32_t end = i + 1;
        if (!head_is(layout, &layout->items[i], "alarm") &&
            !head_is(layout, &layout->items[i], "defaults"))
            continue;
        while (end < layout->count && layout->items[end].kind == ITEM_LINE)
            end++;
        qsort(&layout->items[i + 1], end - i - 1, sizeof *layout->items, compare_items);
    }
}

/* Comments above an instruction inside a block, at its indentation. A blank line in front of the
 * first one stays. */
static void put_inner_comments(struct layout *layout, const struct item *item)
{
    bool was_blank = false, is_first = true;
    for (uint32_t line = item->comments_from; line < item->from; line++) {
        if (is_empty(layout, line)) {
            was_blank = true;
            continue;
        }
        if (was_blank && !is_first)
            put_string(layout, "\n");
        put_string(layout, "  ");
        put_text(layout, comment_of(layout, line));
        put_string(layout, "\n");
        was_blank = is_first = false;
    }
}

/* Comments above a block: at the left, with one blank line where there was one or more, and always
 * one in front of a block. `set` and `include` may stand close together. */
static void put_outer_comments(struct layout *layout, const struct item *item, bool is_close)
{
    bool was_blank = false, is_first = true;
    for (uint32_t line = item->comments_from; line < item->from; line++) {
        if (is_empty(layout, line)) {
            was_blank = true;
            continue;
        }
        /* A comment right below the last line of a block still stands below a blank line. */
        if (layout->used > 0 && (was_blank || is_first))
            put_string(layout, "\n");
        put_text(layout, comment_of(layout, line));
        put_string(layout, "\n");
        was_blank = is_first = false;
    }
    bool needs_blank = is_first ? !is_close || was_blank : was_blank;
    if (needs_blank && layout->used > 0 && item->kind != ITEM_COMMENT)
        put_string(layout, "\n");
}

/* The longest severity among an alarm's lines, so that `when` stands below `when`. */
static size_t severity_width(const struct layout *layout, uint32_t head)
{
    size_t width = 0;
    for (uint32_t i = head + 1; i < layout->count && layout->items[i].kind == ITEM_LINE; i++) {
        struct text word = first_word(code_of(layout, layout->items[i].from));
        if (layout->items[i].rank <= 3 && word.length > width)
            width = word.length;
    }
    return width;
}

static void put_item(struct layout *layout, const struct item *item, size_t pad)
{
    put_inner_comments(layout, item);
    put_line(layout, item->from, 2, item->rank <= 3 ? pad : 0);
    for (uint32_t line = item->from + 1; line <= item->to; line++) {
        struct text comment = comment_of(layout, line);
        if (code_of(layout, line).length > 0) {
            put_line(layout, line, 4, 0);
        } else if (comment.length > 0) {
            put_string(layout, "    ");
            put_text(layout, comment);
            put_string(layout, "\n");
        }
    }
}

static bool is_single(const struct layout *layout, const struct item *item)
{
    return head_is(layout, item, "set") || head_is(layout, item, "include");
}

static void put_all(struct layout *layout)
{
    size_t pad = 0;
    for (uint32_t i = 0; i < layout->count;) {
        const struct item *item = &layout->items[i];
        if (item->kind == ITEM_ROW) {
            i = put_rows(layout, i, put_inner_comments);
            continue;
        }
        if (item->kind == ITEM_HEAD) {
            bool is_close = i > 0 && is_single(layout, item) && is_single(layout, item - 1);
            put_outer_comments(layout, item, is_close);
            put_line(layout, item->from, 0, 0);
            for (uint32_t line = item->from + 1; line <= item->to; line++) {
                if (code_of(layout, line).length > 0)
                    put_line(layout, line, 4, 0);
            }
            pad = head_is(layout, item, "alarm") ? severity_width(layout, i) : 0;
        } else {
            put_item(layout, item, pad);
        }
        i++;
    }
    put_outer_comments(layout, &layout->items[layout->count], false);
}

struct text layout_make(const struct rules_source_file *file, struct layout_options options)
{
    struct arena arena = {0};
    struct messages *messages = must_arena_allocate(&arena, sizeof *messages);
    struct layout layout = {.arena = &arena, .touches_units = options.units};
    source_read(&layout.source, 0, file, &arena, messages);
    read_items(&layout);
    if (options.orders)
        sort_blocks(&layout);
    put_all(&layout);
    put_string(&layout, "");
    arena_free(&arena);
    return (struct text){layout.out, layout.used};
}
