/* The block `table` (RULES section 4.5): its first line, its rows between bars or from a
 * spreadsheet, cells as they are written. See parse_table.h. */
#include "rules/language/parse_table.h"

#include "base/number.h"

/* ---- the first line ------------------------------------------------------------------------ */

static struct draft_table *table_add(struct parser *parser, const struct word *name)
{
    struct draft *draft = parser->draft;
    for (uint32_t i = 0; i < draft->tables_count; i++) {
        const struct draft_table *other = draft->tables[i];
        if (text_equal_ignoring_case(other->name, name->text)) {
            parser_tell(parser, name->place, CODE_TWICE,
                        arena_print(parser->arena,
                                    "There is already a table called \"%.*s\", on line %u of %s.",
                                    TEXT_ARGUMENTS(name->text), other->place.line + 1,
                                    other->place.source->name),
                        "give this one another name", "");
            return NULL;
        }
    }
    if (draft->tables_count == RULES_TABLES_MAX) {
        parser_tell(parser, name->place, CODE_TOO_MANY,
                    arena_print(parser->arena, "There can be at most %d tables.", RULES_TABLES_MAX),
                    "put limits of one group into one table", "");
        return NULL;
    }
    struct draft_table *table = must_arena_allocate(parser->arena, sizeof *table);
    table->name = name->text;
    table->place = name->place;
    table->is_broken = true;
    draft->tables[draft->tables_count++] = table;
    return table;
}

static void read_csv(struct parser *parser, const struct source *source);

bool parse_table(struct parser *parser)
{
    struct word name, path;
    if (!parser_expect_name(parser, "a name for this table", &name))
        return false;
    struct draft_table *table = table_add(parser, &name);
    if (table == NULL || !parser_expect_keyword(parser, "for"))
        return false;
    table->group = parse_group_name(parser);
    if (table->group == NULL)
        return false;
    parser->table = table;
    parser->group = table->group;
    if (!parser_take_keyword(parser, "from"))
        return parser_expect_end(parser);
    if (!parser_expect_text(parser, "the name of a file, in quote marks", &path))
        return false;
    if (parser_take_keyword(parser, "with")) {
        do {
            struct word column;
            if (table->wanted_count == CELLS_MAX ||
                !parser_expect_name(parser, "the name of a column", &column))
                return false;
            table->wanted[table->wanted_count++] = column.text;
        } while (parser_peek(parser).kind != WORD_END);
    }
    if (!parser_expect_end(parser))
        return false;
    struct source *source = sources_open(parser, &path);
    if (source == NULL)
        return false;
    table->is_broken = false;
    size_t errors = parser->messages->errors;
    source->is_parsed = true; /* as a table, not as rules */
    read_csv(parser, source);
    table->is_broken = parser->messages->errors > errors;
    table->is_from_file = true;
    return true;
}

/* ---- headings ------------------------------------------------------------------------------ */

static struct text names_of(struct parser *parser, const struct draft_table *table)
{
    struct text names[RULES_NAMES_MAX];
    for (uint32_t i = 0; i < table->group->names_count; i++)
        names[i] = table->group->names[i].name;
    return text_of(messages_join(parser->arena, names, table->group->names_count, "or"));
}

/* `warm (°C)`: takes the unit off. */
static bool take_heading_unit(struct parser *parser, struct cell *cell, const struct unit **unit)
{
    *unit = NULL;
    const char *open =
        cell->text.length > 0 ? memchr(cell->text.bytes, '(', cell->text.length) : NULL;
    if (open == NULL || cell->text.bytes[cell->text.length - 1] != ')')
        return true;
    size_t before = (size_t)(open - cell->text.bytes);
    struct text name = {open + 1, cell->text.length - before - 2};
    *unit = unit_find(name);
    while (before > 0 && cell->text.bytes[before - 1] == ' ')
        before--;
    cell->text.length = before;
    if (*unit != NULL)
        return true;
    size_t count;
    const struct text *names = unit_names(&count);
    return parser_tell(
        parser, cell->place, CODE_UNIT,
        arena_print(parser->arena, "I don't know the unit \"%.*s\".", TEXT_ARGUMENTS(name)),
        messages_suggest(parser->arena, name, names, count), "");
}

static bool is_name(struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        char c = text.bytes[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && (i == 0 || (strchr("0123456789-_", c) == NULL || c == '\0')))
            return false;
    }
    return text.length > 0 && text.length <= RULES_NAME_BYTES;
}

static const char *name_problem(struct parser *parser, const struct draft_table *table,
                                struct text name)
{
    if (!is_name(name))
        return "can't be a name: a letter, then letters, digits, - or _";
    if (name_is_keyword(name))
        return "is a word of the language";
    if (unit_find(name) != NULL)
        return "is a unit";
    if (group_find_reading(table->group, name) >= 0)
        return "is already a reading of this group";
    if (group_find_name(table->group, name) >= 0)
        return "is a named part: those stand in the first columns";
    if (draft_find_set(parser->draft, name) != NULL)
        return "is already a value that was set";
    if (draft_find_limit(parser->draft, table->group, name, NULL) != NULL)
        return "is already a column of a table of this group";
    for (uint32_t i = 0; i < table->columns_count; i++) {
        if (text_equal_ignoring_case(table->columns[i], name))
            return "is there twice";
    }
    return NULL;
}

static bool is_wanted(const struct draft_table *table, struct text name)
{
    for (uint32_t i = 0; i < table->wanted_count; i++) {
        if (text_equal_ignoring_case(table->wanted[i], name))
            return true;
    }
    return table->wanted_count == 0;
}

static bool read_column(struct parser *parser, struct draft_table *table, struct cell *cell)
{
    const struct unit *unit;
    uint32_t cells = table->cells_count++;
    table->column_of[cells] = RULES_NONE;
    if (!take_heading_unit(parser, cell, &unit))
        return false;
    if (!is_wanted(table, cell->text))
        return true;
    const char *problem = name_problem(parser, table, cell->text);
    if (problem != NULL)
        return parser_tell(
            parser, cell->place, CODE_TABLE,
            arena_print(parser->arena, "\"%.*s\" %s.", TEXT_ARGUMENTS(cell->text), problem),
            "give this column another name", "");
    table->column_of[cells] = table->columns_count;
    table->units[table->columns_count] = unit;
    table->columns[table->columns_count++] = cell->text;
    return true;
}

static bool read_headings(struct parser *parser, struct draft_table *table, struct cells *cells)
{
    const struct draft_group *group = table->group;
    table->has_headings = true;
    uint32_t first = 0;
    for (; first < cells->count; first++) {
        int name = group_find_name(group, cells->list[first].text);
        if (name < 0)
            break;
        for (uint32_t i = 0; i < first; i++) {
            if (table->keys[i] == (uint32_t)name)
                return parser_tell(parser, cells->list[first].place, CODE_TABLE,
                                   "This column is there twice.", "leave one of the two out", "");
        }
        table->keys[table->keys_count++] = (uint32_t)name;
        table->cells_count++;
    }
    if (first == 0 && (group->has_mistakes || group->names_are_unknown))
        return false;
    if (first == 0)
        return parser_tell(
            parser, cells->list[0].place, CODE_TABLE,
            arena_print(parser->arena, "The first column is a named part of %.*s.",
                        TEXT_ARGUMENTS(group->name)),
            group->names_count > 0
                ? arena_print(parser->arena, "write %.*s", TEXT_ARGUMENTS(names_of(parser, table)))
                : "these sensors have no named parts",
            "");
    bool is_read = true;
    for (uint32_t i = first; i < cells->count; i++)
        is_read &= read_column(parser, table, &cells->list[i]);
    for (uint32_t i = 0; is_read && i < table->wanted_count; i++) {
        bool is_there = false;
        for (uint32_t j = 0; j < table->columns_count; j++)
            is_there |= text_equal_ignoring_case(table->columns[j], table->wanted[i]);
        if (!is_there)
            return parser_tell(parser, cells->place, CODE_TABLE,
                               arena_print(parser->arena, "There is no column \"%.*s\".",
                                           TEXT_ARGUMENTS(table->wanted[i])),
                               messages_suggest(parser->arena, table->wanted[i], table->columns,
                                                table->columns_count),
                               "");
    }
    return is_read;
}

/* ---- rows ---------------------------------------------------------------------------------- */

static bool refuse_cell(struct parser *parser, const struct cell *cell, const char *remedy)
{
    return parser_tell(
        parser, cell->place, CODE_CELL,
        arena_print(parser->arena, "\"%.*s\" is not a value.", TEXT_ARGUMENTS(cell->text)), remedy,
        "A cell is a number and its unit, for example \"5 °C\", or empty.");
}

static bool read_value(struct parser *parser, const struct cells *cells, const struct cell *cell,
                       const struct unit *heading, struct draft_cell *value)
{
    char digits[40];
    size_t length = 0;
    uint8_t decimals;
    *value = (struct draft_cell){.is_empty = cell->text.length == 0, .place = cell->place};
    if (value->is_empty)
        return true;
    while (length < cell->text.length && length < sizeof digits &&
           strchr("0123456789.,-", cell->text.bytes[length]) != NULL &&
           cell->text.bytes[length] != '\0') {
        char c = cell->text.bytes[length];
        if (c == ',' && !cells->has_decimal_comma)
            return parser_tell(parser, cell->place, CODE_COMMA,
                               "Write decimals with a point, not a comma.", "for example 4.5", "");
        digits[length++] = c == ',' ? '.' : c;
    }
    size_t start = 0;
    bool is_negative = length > 0 && digits[0] == '-';
    for (start = is_negative;
         start + 1 < length && digits[start] == '0' && digits[start + 1] != '.';)
        start++;
    struct text number = {digits + start, length - start};
    if (length == 0 || length == sizeof digits ||
        number_parse(number, &value->number, &decimals) != number.length || value->number > 1e15)
        return refuse_cell(parser, cell, "write a number and its unit");
    value->number = is_negative ? -value->number : value->number;
    value->decimals = decimals;
    struct text unit = {cell->text.bytes + length, cell->text.length - length};
    while (unit.length > 0 && unit.bytes[0] == ' ') {
        unit.bytes++;
        unit.length--;
    }
    value->unit = heading;
    if (unit.length == 0)
        return true;
    if (unit.length > 2 && unit.bytes[0] == '"' && unit.bytes[unit.length - 1] == '"')
        value->unit = unit_own(parser->arena, (struct text){unit.bytes + 1, unit.length - 2});
    else
        value->unit = unit_find(unit);
    if (value->unit != NULL)
        return true;
    size_t count;
    const struct text *names = unit_names(&count);
    return parser_tell(
        parser, cell->place, CODE_UNIT,
        arena_print(parser->arena, "I don't know the unit \"%.*s\".", TEXT_ARGUMENTS(unit)),
        messages_suggest(parser->arena, unit, names, count), "");
}

static bool read_key(struct parser *parser, const struct cell *cell, struct draft_row *row,
                     uint32_t key)
{
    if (text_equal_ignoring_case(cell->text, TEXT("others"))) {
        row->others++;
        return true;
    }
    if (cell->text.length == 0 || cell->text.length > RULES_NAME_BYTES)
        return parser_tell(parser, cell->place, CODE_CELL,
                           cell->text.length == 0 ? "This cell is empty; it says which device."
                                                  : "A name has at most 64 letters.",
                           "write a name, or others", "");
    row->keys[key] = cell->text;
    return true;
}

static bool row_add(struct parser *parser, struct draft_table *table, const struct draft_row *row)
{
    if (table->rows_count == RULES_ROWS_MAX)
        return parser_tell(
            parser, row->place, CODE_TOO_MANY,
            arena_print(parser->arena, "A table can have at most %d rows.", RULES_ROWS_MAX),
            "use others for most devices", "");
    if (table->rows_count == table->rows_capacity) {
        uint32_t capacity = table->rows_capacity == 0 ? 16 : 2 * table->rows_capacity;
        struct draft_row *rows = must_arena_allocate(parser->arena, capacity * sizeof *rows);
        if (table->rows_count > 0)
            memcpy(rows, table->rows, table->rows_count * sizeof *rows);
        table->rows = rows;
        table->rows_capacity = capacity;
    }
    table->rows[table->rows_count++] = *row;
    return true;
}

static bool refuse_size(struct parser *parser, const struct draft_table *table,
                        const struct cells *cells)
{
    struct text names[RULES_NAMES_MAX + CELLS_MAX];
    uint32_t count = 0;
    for (uint32_t i = 0; i < table->keys_count; i++)
        names[count++] = table->group->names[table->keys[i]].name;
    for (uint32_t i = 0; i < table->columns_count; i++)
        names[count++] = table->columns[i];
    const char *joined = "";
    for (uint32_t i = 0; i < count; i++)
        joined = arena_print(parser->arena, "%s%s%.*s", joined, i > 0 ? ", " : "",
                             TEXT_ARGUMENTS(names[i]));
    return parser_tell(parser, cells->place, CODE_ROW_SIZE,
                       arena_print(parser->arena,
                                   "This row has %u cell%s, but the table has %u columns.",
                                   cells->count, cells->count == 1 ? "" : "s", table->cells_count),
                       arena_print(parser->arena, "the columns are: %s", joined), "");
}

static bool read_row(struct parser *parser, struct draft_table *table, const struct cells *cells)
{
    if (cells->count != table->cells_count)
        return refuse_size(parser, table, cells);
    struct draft_row row = {.place = cells->place};
    row.cells = must_arena_allocate(parser->arena, (table->columns_count + 1) * sizeof *row.cells);
    bool is_read = true;
    for (uint32_t i = 0; i < cells->count; i++) {
        uint32_t column = i < table->keys_count ? RULES_NONE : table->column_of[i];
        if (i < table->keys_count)
            is_read &= read_key(parser, &cells->list[i], &row, i);
        else if (column != RULES_NONE)
            is_read &= read_value(parser, cells, &cells->list[i], table->units[column],
                                  &row.cells[column]);
    }
    return is_read && row_add(parser, table, &row);
}

static bool take_cells(struct parser *parser, struct draft_table *table, struct cells *cells)
{
    return table->has_headings ? read_row(parser, table, cells)
                               : read_headings(parser, table, cells);
}

/* ---- bars ---------------------------------------------------------------------------------- */

static struct place place_of(const struct source *source, uint32_t line, size_t start, size_t end)
{
    struct text plain = source->lines[line].plain;
    uint32_t width = utf8_count((struct text){plain.bytes + start, end - start});
    return (struct place){source, line, utf8_count((struct text){plain.bytes, start}) + 1,
                          width > 0 ? width : 1};
}

/* A row between bars; `#` begins a comment only behind the last one (appendix E, 37). */
static bool bars_split(struct parser *parser, const struct source *source, uint32_t line,
                       struct cells *cells)
{
    struct text plain = source->lines[line].plain;
    size_t first = 0, last = 0, start;
    bool is_quoted = false;
    while (first < plain.length && plain.bytes[first] != '|')
        first++;
    for (size_t i = first; i < plain.length; i++) {
        is_quoted ^= plain.bytes[i] == '"';
        last = plain.bytes[i] == '|' && !is_quoted ? i : last;
    }
    size_t rest = last + 1;
    while (rest < plain.length && (plain.bytes[rest] == ' ' || plain.bytes[rest] == '\t'))
        rest++;
    cells->count = 0;
    cells->has_decimal_comma = false;
    cells->place = place_of(source, line, first, last + 1);
    if (last == first || (rest < plain.length && plain.bytes[rest] != '#'))
        return parser_tell(parser, place_of(source, line, first, plain.length), CODE_ROW_SIZE,
                           "A row begins and ends with a bar.", "write | behind the last cell", "");
    start = first + 1;
    is_quoted = false;
    for (size_t i = start; i <= last; i++) {
        is_quoted ^= plain.bytes[i] == '"';
        if (plain.bytes[i] != '|' || is_quoted)
            continue;
        size_t end = i;
        while (start < end && (plain.bytes[start] == ' ' || plain.bytes[start] == '\t'))
            start++;
        while (end > start && (plain.bytes[end - 1] == ' ' || plain.bytes[end - 1] == '\t'))
            end--;
        if (cells->count == CELLS_MAX)
            return parser_tell(
                parser, cells->place, CODE_TOO_MANY,
                arena_print(parser->arena, "A row can have at most %d cells.", CELLS_MAX),
                "leave some columns out", "");
        cells->list[cells->count++] =
            (struct cell){{plain.bytes + start, end - start},
                          place_of(source, line, start, end > start ? end : start + 1)};
        start = i + 1;
    }
    return true;
}

uint32_t parse_rows(struct parser *parser, const struct source *source, uint32_t from)
{
    struct draft_table *table = parser->table;
    struct reader line;
    struct cells cells;
    size_t errors = parser->messages->errors;
    bool has_lost_headings = false;
    while (reader_find_line(&line, source, from) && !messages_are_full(parser->messages)) {
        struct reader reader = line;
        struct word first = reader_next(&reader);
        if (first.kind != WORD_SYMBOL || first.text.bytes[0] != '|')
            break;
        from = line.line + 1;
        if (has_lost_headings)
            continue;
        if (table->is_from_file) {
            has_lost_headings = true; /* one message is enough */
            parser_tell(parser, first.place, CODE_TABLE,
                        "The rows of this table stand in its file.", "leave this line out", "");
            continue;
        }
        bool is_first = !table->has_headings;
        bool is_read =
            bars_split(parser, source, line.line, &cells) && take_cells(parser, table, &cells);
        has_lost_headings = is_first && !is_read;
    }
    if (!table->is_from_file)
        table->is_broken = has_lost_headings || parser->messages->errors > errors;
    return from;
}

static void read_csv(struct parser *parser, const struct source *source)
{
    struct cells cells;
    char separator = 0;
    for (uint32_t line = 0; line < source->count && !messages_are_full(parser->messages); line++) {
        struct text plain = source->lines[line].plain;
        size_t blanks = 0;
        while (blanks < plain.length && strchr(" \t\r,;", plain.bytes[blanks]) != NULL &&
               plain.bytes[blanks] != '\0')
            blanks++;
        if (blanks == plain.length)
            continue;
        if (separator == 0)
            separator = table_csv_separator(plain);
        cells.has_decimal_comma = separator == ';';
        bool is_first = !parser->table->has_headings;
        bool is_read = table_split_csv(parser, source, line, separator, &cells);
        /* A tab at the end of a line is a blank that is not there. */
        while (is_read && separator == '\t' && !is_first && cells.count > 0 &&
               cells.count < parser->table->cells_count) {
            cells.list[cells.count] = cells.list[cells.count - 1];
            cells.list[cells.count++].text = TEXT("");
        }
        is_read = is_read && take_cells(parser, parser->table, &cells);
        if (is_first && !is_read)
            return;
    }
}

void finish_table(struct parser *parser)
{
    struct draft_table *table = parser->table;
    if (table->is_broken || table->group->is_broken)
        return;
    const char *missing = !table->has_headings        ? "headings"
                          : table->columns_count == 0 ? "columns with limits"
                          : table->rows_count == 0    ? "rows"
                                                      : NULL;
    if (missing != NULL) {
        table->is_broken = true;
        parser_tell(
            parser, table->place, CODE_BLOCK_EMPTY,
            arena_print(parser->arena, "%.*s has no %s.", TEXT_ARGUMENTS(table->name), missing),
            "write rows such as: | dairy-1 | 5 °C |", "");
        return;
    }
    table_judge(parser, table);
}
