/* All rows of a table together (RULES section 4.5; appendix E, 15): the row with fewest others
 * wins, so no two rows may fit a device equally well; an empty cell takes the value of the next row
 * that fits. See parse_table.h. */
#include "rules/language/parse_table.h"

#include <stdlib.h>

static bool key_is_others(const struct draft_row *row, uint32_t key)
{
    return row->keys[key].length == 0;
}

/* Every device that `inner` fits, `outer` fits too. */
static bool covers(const struct draft_table *table, const struct draft_row *outer,
                   const struct draft_row *inner)
{
    for (uint32_t i = 0; i < table->keys_count; i++) {
        if (!key_is_others(outer, i) && !text_equal_ignoring_case(outer->keys[i], inner->keys[i]))
            return false;
    }
    return true;
}

/* The row that fits just the devices that both fit; false: there are none. */
static bool merge(const struct draft_table *table, const struct draft_row *a,
                  const struct draft_row *b, struct draft_row *both)
{
    for (uint32_t i = 0; i < table->keys_count; i++) {
        if (!key_is_others(a, i) && !key_is_others(b, i) &&
            !text_equal_ignoring_case(a->keys[i], b->keys[i]))
            return false;
        both->keys[i] = key_is_others(a, i) ? b->keys[i] : a->keys[i];
    }
    return true;
}

static int compare_keys(struct text a, struct text b)
{
    size_t length = a.length < b.length ? a.length : b.length;
    for (size_t i = 0; i < length; i++) {
        int x = (unsigned char)a.bytes[i], y = (unsigned char)b.bytes[i];
        x += x >= 'A' && x <= 'Z' ? 32 : 0;
        y += y >= 'A' && y <= 'Z' ? 32 : 0;
        if (x != y)
            return x - y;
    }
    return (a.length > b.length) - (a.length < b.length);
}

/* Fewest others first, then by their keys, so that equal ones stand together; then by line. */
static int compare_rows(const void *first, const void *second)
{
    const struct draft_row *a = first, *b = second;
    if (a->others != b->others)
        return a->others < b->others ? -1 : 1;
    for (uint32_t i = 0; i < RULES_NAMES_MAX; i++) {
        int order = compare_keys(a->keys[i], b->keys[i]);
        if (order != 0)
            return order;
    }
    return a->place.line < b->place.line ? -1 : 1;
}

static bool are_equal(const struct draft_row *a, const struct draft_row *b)
{
    for (uint32_t i = 0; i < RULES_NAMES_MAX; i++) {
        if (compare_keys(a->keys[i], b->keys[i]) != 0)
            return false;
    }
    return true;
}

static bool names_all(const struct draft_table *table, const struct text keys[RULES_NAMES_MAX])
{
    for (uint32_t i = 0; i < table->keys_count; i++) {
        if (keys[i].length == 0)
            return false;
    }
    return true;
}

static bool fits(const struct draft_table *table, const struct draft_row *row,
                 const struct text keys[RULES_NAMES_MAX])
{
    for (uint32_t i = 0; i < table->keys_count; i++) {
        if (!key_is_others(row, i) && keys[i].length > 0 &&
            !text_equal_ignoring_case(row->keys[i], keys[i]))
            return false;
    }
    return true;
}

static int compare_with_row(const void *keys, const void *row)
{
    const struct text *wanted = keys;
    for (uint32_t i = 0; i < RULES_NAMES_MAX; i++) {
        int order = compare_keys(wanted[i], ((const struct draft_row *)row)->keys[i]);
        if (order != 0)
            return order;
    }
    return 0;
}

bool table_has_row(const struct draft_table *table, const struct text keys[RULES_NAMES_MAX])
{
    uint32_t first = 0;
    if (names_all(table, keys)) { /* rows without others are in order, and there may be many */
        for (first = table->rows_count; first > 0 && table->rows[first - 1].others > 0;)
            first--;
        if (first > 0 &&
            bsearch(keys, table->rows, first, sizeof *table->rows, compare_with_row) != NULL)
            return true;
    }
    for (uint32_t i = first; i < table->rows_count; i++) {
        if (fits(table, &table->rows[i], keys))
            return true;
    }
    return false;
}

static void judge_twice(struct parser *parser, const struct draft_table *table)
{
    for (uint32_t i = 1; i < table->rows_count; i++) {
        const struct draft_row *row = &table->rows[i];
        if (are_equal(row - 1, row))
            parser_tell(parser, row->place, CODE_ROW,
                        arena_print(parser->arena, "This row is there twice; first on line %u.",
                                    row[-1].place.line + 1),
                        "leave one of the two out", "");
    }
}

static bool is_settled(const struct draft_table *table, const struct draft_row *both,
                       uint32_t others)
{
    for (uint32_t i = 0; i < table->rows_count && table->rows[i].others < others; i++) {
        if (covers(table, &table->rows[i], both))
            return true;
    }
    return false;
}

/* Rows without others fit one device each: only those with some can tie. */
static bool judge_ties(struct parser *parser, const struct draft_table *table)
{
    for (uint32_t i = 0; i < table->rows_count; i++) {
        const struct draft_row *a = &table->rows[i];
        struct draft_row both;
        for (uint32_t j = i + 1; a->others > 0 && j < table->rows_count; j++) {
            const struct draft_row *b = &table->rows[j];
            if (b->others != a->others)
                break;
            if (are_equal(a, b) || !merge(table, a, b, &both) ||
                is_settled(table, &both, a->others))
                continue;
            const struct draft_row *later = a->place.line > b->place.line ? a : b;
            const struct draft_row *earlier = later == a ? b : a;
            return parser_tell(parser, later->place, CODE_ROW,
                               arena_print(parser->arena,
                                           "Some devices fit this row and the one on line %u "
                                           "equally well.",
                                           earlier->place.line + 1),
                               "add a row that names what both name", "");
        }
    }
    return true;
}

static void fill_cell(struct parser *parser, const struct draft_table *table, uint32_t row,
                      uint32_t column)
{
    struct draft_cell *cell = &table->rows[row].cells[column];
    for (uint32_t i = row + 1; i < table->rows_count; i++) {
        const struct draft_row *other = &table->rows[i];
        if (other->others > table->rows[row].others && !other->cells[column].is_empty &&
            covers(table, other, &table->rows[row])) {
            struct place place = cell->place;
            *cell = other->cells[column];
            cell->place = place;
            return;
        }
    }
    parser_tell(parser, cell->place, CODE_CELL,
                arena_print(parser->arena, "This cell is empty, and no row of others has %.*s.",
                            TEXT_ARGUMENTS(table->columns[column])),
                "write a value", "");
}

void table_judge(struct parser *parser, struct draft_table *table)
{
    size_t errors = parser->messages->errors;
    if (table->rows_count > 1)
        qsort(table->rows, table->rows_count, sizeof *table->rows, compare_rows);
    judge_twice(parser, table);
    judge_ties(parser, table);
    for (uint32_t row = table->rows_count; row-- > 0;) {
        for (uint32_t column = 0; column < table->columns_count; column++) {
            if (table->rows[row].cells[column].is_empty)
                fill_cell(parser, table, row, column);
        }
    }
    table->is_broken |= parser->messages->errors > errors;
}
