/* What the files of tables share: parse_table.c reads the block and makes rows of cells,
 * table_csv.c takes lines of a spreadsheet apart, table_rows.c judges all rows together. */
#ifndef RULES_LANGUAGE_PARSE_TABLE_H
#define RULES_LANGUAGE_PARSE_TABLE_H

#include "rules/language/parser.h"

#define CELLS_MAX DRAFT_CELLS_MAX

struct cell {
    struct text text; /* without blanks around it, and without quote marks */
    struct place place;
};
struct cells {
    struct cell list[CELLS_MAX];
    uint32_t count;
    struct place place;
    bool has_decimal_comma; /* 4,5 is a number */
};

/* The separator that the first line of a spreadsheet shows. */
char table_csv_separator(struct text line);
/* False, with a message, when a quoted field does not end on its line, or there are too many. */
bool table_split_csv(struct parser *parser, const struct source *source, uint32_t line,
                     char separator, struct cells *cells);

/* A row fits the devices that have these names, one for each key of the table; empty: any. Once
 * the rows are judged. */
bool table_has_row(const struct draft_table *table, const struct text keys[RULES_NAMES_MAX]);

/* Sorts the rows, tells rows that are there twice or fit a device equally well, fills empty cells.
 */
void table_judge(struct parser *parser, struct draft_table *table);

#endif
