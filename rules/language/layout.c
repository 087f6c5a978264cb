/* Lays rule files out (see layout.h). A file is read as items - an instruction with the lines that
 * continue it, and the comments above it -, blocks of items are put in order, and each item is
 * written word by word. */
#include "rules/language/layout_line.h"
#include "rules/language/messages.h"

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

/* ---- tables -------------------------------------------------------------------------------- */

static size_t split_row(struct layout *layout, uint32_t line, struct text cells[CELLS_MAX])
{
    struct text code = layout_code(layout, line);
    size_t count = 0, start = 1;
    for (size_t i = 1; i <= code.length && count < CELLS_MAX; i++) {
        bool is_end = i == code.length;
        if (is_end && layout_trim((struct text){code.bytes + start, i - start}).length == 0)
            break;
        if (is_end || code.bytes[i] == '|') {
            cells[count++] = layout_trim((struct text){code.bytes + start, i - start});
            start = i + 1;
        }
    }
    return count;
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
            size_t width = utf8_count(layout_cell(layout, cells[i]));
            widths[i] = width > widths[i] ? width : widths[i];
        }
    }
    for (uint32_t row = from; row < to; row++) {
        size_t count = split_row(layout, layout->items[row].from, cells);
        put_comments(layout, &layout->items[row]);
        layout_put(layout, "  |");
        for (size_t i = 0; i < count; i++) {
            struct text cell = layout_cell(layout, cells[i]);
            layout_put(layout, " ");
            layout_put_text(layout, cell);
            layout_put_blanks(layout, widths[i] - utf8_count(cell));
            layout_put(layout, " |");
        }
        layout_put(layout, "\n");
    }
    return to;
}

/* ---- items --------------------------------------------------------------------------------- */

static int rank_of(struct text code)
{
    for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++) {
        if (text_equal_ignoring_case(layout_first_word(code), text_of(ranks[i].word)))
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
        struct text code = layout_code(layout, line);
        if (code.length == 0)
            continue;
        bool is_row = code.bytes[0] == '|';
        if (layout->count > 0 && !is_row && layout_continues(code)) {
            layout->items[layout->count - 1].to = line;
            comments = line + 1;
            continue;
        }
        layout->items[layout->count] =
            (struct item){.kind = is_row                      ? ITEM_ROW
                                  : layout_begins_block(code) ? ITEM_HEAD
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
           text_equal_ignoring_case(layout_first_word(layout_code(layout, item->from)),
                                    text_of(word));
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
        if (layout_is_empty(layout, line)) {
            was_blank = true;
            continue;
        }
        if (was_blank && !is_first)
            layout_put(layout, "\n");
        layout_put(layout, "  ");
        layout_put_text(layout, layout_comment(layout, line));
        layout_put(layout, "\n");
        was_blank = is_first = false;
    }
}

/* Comments above a block: at the left, with one blank line where there was one or more, and always
 * one in front of a block. `set` and `include` may stand close together. */
static void put_outer_comments(struct layout *layout, const struct item *item, bool is_close)
{
    bool was_blank = false, is_first = true;
    for (uint32_t line = item->comments_from; line < item->from; line++) {
        if (layout_is_empty(layout, line)) {
            was_blank = true;
            continue;
        }
        /* A comment right below the last line of a block still stands below a blank line. */
        if (layout->used > 0 && (was_blank || is_first))
            layout_put(layout, "\n");
        layout_put_text(layout, layout_comment(layout, line));
        layout_put(layout, "\n");
        was_blank = is_first = false;
    }
    bool needs_blank = is_first ? !is_close || was_blank : was_blank;
    if (needs_blank && layout->used > 0 && item->kind != ITEM_COMMENT)
        layout_put(layout, "\n");
}

/* The longest severity among an alarm's lines, so that `when` stands below `when`. */
static size_t severity_width(const struct layout *layout, uint32_t head)
{
    size_t width = 0;
    for (uint32_t i = head + 1; i < layout->count && layout->items[i].kind == ITEM_LINE; i++) {
        struct text word = layout_first_word(layout_code(layout, layout->items[i].from));
        if (layout->items[i].rank <= 3 && word.length > width)
            width = word.length;
    }
    return width;
}

static void put_item(struct layout *layout, const struct item *item, size_t pad)
{
    put_inner_comments(layout, item);
    layout_put_line(layout, item->from, 2, item->rank <= 3 ? pad : 0);
    for (uint32_t line = item->from + 1; line <= item->to; line++) {
        struct text comment = layout_comment(layout, line);
        if (layout_code(layout, line).length > 0) {
            layout_put_line(layout, line, 4, 0);
        } else if (comment.length > 0) {
            layout_put(layout, "    ");
            layout_put_text(layout, comment);
            layout_put(layout, "\n");
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
            layout_put_line(layout, item->from, 0, 0);
            for (uint32_t line = item->from + 1; line <= item->to; line++) {
                if (layout_code(layout, line).length > 0)
                    layout_put_line(layout, line, 4, 0);
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
    layout_put(&layout, "");
    arena_free(&arena);
    return (struct text){layout.out, layout.used};
}
