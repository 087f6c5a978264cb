/* Rows of a table: each line is a message, its cells are those that `format csv` names, in that
 * order. See format.h. A row with another number of cells was cut off or is of another table: it is
 * not read. */
#include "pipeline/escapes.h"
#include "pipeline/format.h"
#include "pipeline/utf8.h"

/* A cell between quote marks, from the first of them. Returns the place of the last, or NULL. */
static const char *pass_quoted(const char *p, const char *end, bool *has_doubled)
{
    *has_doubled = false;
    for (p++; p < end; p++) {
        if (*p != '"')
            continue;
        if (p + 1 == end || p[1] != '"')
            return p;
        *has_doubled = true;
        p++;
    }
    return NULL;
}

/* Reads the cell that begins at `p`. Returns the place of the separator behind it, or the line's
 * end; NULL when it is none. */
static const char *read_cell(const char *p, const char *end, char separator,
                             struct scan_token *cell)
{
    bool has_doubled;
    while (p < end && *p == ' ')
        p++;
    if (p == end || *p != '"') {
        const char *close = memchr(p, separator, (size_t)(end - p));
        close = close != NULL ? close : end;
        *cell = format_cell((struct text){p, (size_t)(close - p)});
        return close;
    }
    const char *close = pass_quoted(p, end, &has_doubled);
    if (close == NULL)
        return NULL;
    *cell = (struct scan_token){.bytes = p + 1,
                                .length = (uint32_t)(close - p - 1),
                                .kind = SCAN_STRING,
                                .escapes = has_doubled ? SCAN_ESCAPES_CSV : SCAN_ESCAPES_NONE};
    for (p = close + 1; p < end && *p == ' ';)
        p++;
    return p == end || *p == separator ? p : NULL;
}

/* True when the line has as many cells as the group has columns. *is_heading: they are the names of
 * the columns. */
static bool read_row(struct gathering *row, struct text line, char separator, bool *is_heading)
{
    const struct ruleset *rules = row->pipeline->rules;
    const struct rules_span columns = row->decoder->rules->csv_columns;
    const char *p = line.bytes, *end = line.bytes + line.length;
    gather_clear(row);
    *is_heading = true;
    for (uint32_t i = 0; i < columns.count; i++) {
        struct text name = rules_text(rules, *RULES_AT(rules, struct rules_text, columns, i));
        struct scan_token cell;
        p = read_cell(p, end, separator, &cell);
        bool is_last = i + 1 == columns.count;
        if (p == NULL || (p == end) != is_last)
            return false;
        struct text text = {cell.bytes, cell.length};
        if (!utf8_is_plain(text))
            return false;
        *is_heading &= text_equal_ignoring_case(text, name);
        gather_note(row, gather_find(row, name, TEXT("")), cell, NOTE_ALWAYS);
        p += !is_last;
    }
    return true;
}

/* The separator is the one that makes as many cells as there are columns. */
static bool read_line(struct gathering *row, struct text line, bool *is_heading)
{
    static const char separators[] = {'\t', ';', ','};
    for (size_t i = 0; i < sizeof separators; i++) {
        if (read_row(row, line, separators[i], is_heading))
            return true;
    }
    return false;
}

bool format_csv(struct pipeline *pipeline, const struct decoder *decoder,
                const struct decoder_source *source, struct text payload)
{
    struct gathering row;
    struct text line;
    bool is_heading;
    gather_begin(&row, pipeline, decoder, source);
    while (format_line(&payload, &line)) {
        if (format_cell(line).kind == SCAN_NULL)
            continue;
        if (!read_line(&row, line, &is_heading))
            format_refuse(pipeline, source);
        else if (!is_heading)
            gather_send(&row);
    }
    return row.has_readings;
}
