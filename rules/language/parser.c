/* Blocks and lines: finds where a block begins and ends, picks the function for each line by its
 * first word, and goes on behind every mistake. See parser.h. */
#include "rules/language/parser.h"

#include "rules/language/suggest.h"

struct block {
    const char *word;
    bool (*parse)(struct parser *parser);
    void (*finish)(struct parser *parser);
    const struct line_table *lines;
    enum support support;
};

static const struct block blocks[] = {
    {"site", parse_site, NULL, &site_lines, NOW},
    {"include", NULL, NULL, NULL, LATER},
    {"set", parse_set, NULL, NULL, NOW},
    {"hours", NULL, NULL, NULL, LATER},
    {"sensors", parse_sensors, finish_sensors, &sensors_lines, NOW},
    {"table", NULL, NULL, NULL, LATER},
    {"defaults", NULL, NULL, NULL, LATER},
    {"alarm", parse_alarm, finish_alarm, &alarm_lines, NOW},
    {"report", parse_report, finish_report, &report_lines, NOW},
};
#define BLOCKS (sizeof blocks / sizeof blocks[0])

static const struct block *block_of(const struct word *word)
{
    for (size_t i = 0; i < BLOCKS; i++) {
        if (word_is(word, blocks[i].word))
            return &blocks[i];
    }
    return NULL;
}

static struct word first_word(const struct reader *line)
{
    struct reader reader = *line;
    return reader_next(&reader);
}

static int row_of(const struct line_table *lines, const struct word *word)
{
    for (size_t i = 0; i < lines->count; i++) {
        if (word_is(word, lines->rows[i].word))
            return (int)i;
    }
    return -1;
}

/* How far the word is from the nearest block word, and from the nearest line of this block. */
static int nearest_block(struct text word, int *distance)
{
    struct text words[BLOCKS];
    for (size_t i = 0; i < BLOCKS; i++)
        words[i] = text_of(blocks[i].word);
    return suggest_word(word, words, BLOCKS, distance);
}

static int nearest_row(const struct line_table *lines, struct text word, int *distance)
{
    struct text words[LINES_MAX];
    for (size_t i = 0; i < lines->count; i++)
        words[i] = text_of(lines->rows[i].word);
    return suggest_word(word, words, lines->count, distance);
}

/* `alert when …`: somebody's word for the severity of an alarm. */
static bool is_alert_when(const struct reader *line)
{
    struct reader reader = *line;
    struct word first = reader_next(&reader), second = reader_next(&reader);
    return (word_is(&first, "alert") || word_is(&first, "alarm")) && word_is(&second, "when");
}

/* A block word, or one that is misspelt: nearer to a block word than to any line of this block. */
static bool begins_block(const struct reader *line, const struct line_table *lines)
{
    struct word word = first_word(line);
    if ((lines == NULL || lines == &alarm_lines) && is_alert_when(line))
        return false;
    if (block_of(&word) != NULL)
        return true;
    if (lines == NULL || word.kind != WORD_NAME || row_of(lines, &word) >= 0)
        return false;
    int to_block, to_line;
    if (nearest_block(word.text, &to_block) < 0)
        return false;
    nearest_row(lines, word.text, &to_line);
    return to_block < to_line;
}

static bool refuse_block_word(struct parser *parser)
{
    struct text words[BLOCKS];
    for (size_t i = 0; i < BLOCKS; i++)
        words[i] = text_of(blocks[i].word);
    struct text word = parser->first.text;
    const char *mark = messages_suggest(parser->arena, word, words, BLOCKS);
    const char *note = "";
    if (*mark == '\0')
        note = arena_print(parser->arena, "A block begins with: %s.",
                           messages_join(parser->arena, words, BLOCKS, "or"));
    return parser_refuse(parser, &parser->first, CODE_BLOCK_WORD,
                         arena_print(parser->arena,
                                     "I don't know the word \"%.*s\" at the start of a block.",
                                     TEXT_ARGUMENTS(word)),
                         mark, note);
}

static bool is_severity_missing(struct parser *parser)
{
    if (parser->alarm == NULL || parser->group == NULL)
        return false;
    const struct word *first = &parser->first;
    struct word second = parser_peek(parser);
    bool is_alert = word_is(first, "alert") || word_is(first, "alarm");
    return word_is(first, "when") || word_is(first, "silent") ||
           (is_alert && word_is(&second, "when")) ||
           (first->kind == WORD_NAME && group_find_reading(parser->group, first->text) >= 0);
}

static bool refuse_line(struct parser *parser, const struct line_table *lines)
{
    const struct word *first = &parser->first;
    if (is_severity_missing(parser))
        return parser_tell(parser, first->place, CODE_SEVERITY, "Say first how serious this is.",
                           "write \"critical when\", \"warning when\", \"notice when\" or "
                           "\"log when\"",
                           "");
    int best = first->kind == WORD_NAME ? nearest_row(lines, first->text, NULL) : -1;
    const char *mark = "";
    if (best >= 0)
        mark = arena_print(parser->arena, "did you mean \"%s\"?", lines->rows[best].word);
    return parser_refuse(parser, first, CODE_INSTRUCTION,
                         arena_print(parser->arena,
                                     "I can't follow this line: %s has no instruction called "
                                     "\"%.*s\".",
                                     lines->owner, TEXT_ARGUMENTS(first->text)),
                         mark, lines->example);
}

static void read_line(struct parser *parser, const struct line_table *lines, int pass)
{
    parser->first = parser_take(parser);
    int number = row_of(lines, &parser->first);
    if (number < 0) {
        if (pass == 0)
            refuse_line(parser, lines);
        return;
    }
    const struct line_row *row = &lines->rows[number];
    if (row->pass != pass)
        return;
    if (row->support == LATER) {
        parser_refuse_later(parser, parser->first.place);
        return;
    }
    if (row->once && parser->seen[number] != 0) {
        parser_tell(parser, parser->first.place, CODE_TWICE,
                    arena_print(parser->arena, "There is already a line \"%s\" here, on line %u.",
                                row->word, parser->seen[number]),
                    "leave one of the two out", "");
        return;
    }
    parser->seen[number] = parser->first.place.line + 1;
    row->parse(parser);
}

/* The lines of a block from line `from`; returns the line at which the next block begins. */
static uint32_t read_lines(struct parser *parser, const struct source *source, uint32_t from,
                           const struct line_table *lines)
{
    uint32_t end = from;
    memset(parser->seen, 0, sizeof parser->seen);
    for (int pass = 0; pass < 2; pass++) {
        uint32_t next = from;
        struct reader line;
        while (reader_find_line(&line, source, next) && !begins_block(&line, lines) &&
               !messages_are_full(parser->messages)) {
            next = line.last_line + 1;
            parser->reader = line;
            size_t errors = parser->messages->errors;
            read_line(parser, lines, pass);
            if (lines == &sensors_lines && parser->messages->errors > errors)
                parser->group->has_mistakes = true;
        }
        end = next > end ? next : end;
    }
    return end;
}

static uint32_t skip_lines(const struct source *source, uint32_t from)
{
    struct reader line;
    while (reader_find_line(&line, source, from) && !begins_block(&line, NULL))
        from = line.last_line + 1;
    return from;
}

/* The group of `table NAME for GROUP`; NULL when there is none. */
static const struct draft_group *table_group(struct parser *parser)
{
    struct reader reader = parser->reader;
    reader_next(&reader);
    struct word word = reader_next(&reader);
    if (!word_is(&word, "for"))
        return NULL;
    word = reader_next(&reader);
    return draft_find_group(parser->draft, word.text);
}

/* This version reads no tables, but knows the names of their columns, so that a rule that uses one
 * gets no second message. The first columns are named parts of the group. */
static void remember_limits(struct parser *parser, const struct source *source, uint32_t from)
{
    const struct draft_group *group = table_group(parser);
    struct draft *draft = parser->draft;
    struct reader line;
    if (!reader_find_line(&line, source, from))
        return;
    struct word word = reader_next(&line);
    if (word.kind != WORD_SYMBOL || word.text.bytes[0] != '|')
        return;
    while ((word = reader_next(&line)).kind != WORD_END) {
        bool is_part = group != NULL && group_find_name(group, word.text) >= 0;
        if (word.kind == WORD_NAME && !is_part && draft->limits_count < DRAFT_LIMITS_MAX)
            draft->limits[draft->limits_count++] = word.text;
    }
}

static uint32_t read_block(struct parser *parser, const struct source *source)
{
    uint32_t behind = parser->reader.last_line + 1;
    parser->group = NULL;
    parser->alarm = NULL;
    parser->report = NULL;
    parser->first = parser_take(parser);
    const struct block *block = block_of(&parser->first);
    size_t errors = parser->messages->errors;
    if (block == NULL) {
        refuse_block_word(parser);
        return skip_lines(source, behind);
    }
    if (block->support == LATER) {
        if (word_is(&parser->first, "table"))
            remember_limits(parser, source, behind);
        parser_refuse_block_later(parser, parser->first.place);
        return skip_lines(source, behind);
    }
    if (!block->parse(parser))
        return skip_lines(source, behind);
    if (block->lines != NULL)
        behind = read_lines(parser, source, behind, block->lines);
    if (block->finish != NULL && parser->messages->errors == errors)
        block->finish(parser);
    return behind;
}

void parser_read_source(struct parser *parser, const struct source *source)
{
    uint32_t next = 0;
    while (reader_find_line(&parser->reader, source, next) && !messages_are_full(parser->messages))
        next = read_block(parser, source);
}
