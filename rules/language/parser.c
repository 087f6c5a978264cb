/* Blocks and lines: finds where a block begins and ends, picks the function for each line by its
 * first word, and goes on behind every mistake. See parser.h. */
#include "rules/language/parse_like.h"

#include "rules/language/suggest.h"

struct block {
    const char *word;
    bool (*parse)(struct parser *parser);
    void (*finish)(struct parser *parser);
    const struct line_table *lines;
};

static const struct block blocks[] = {
    {"site", parse_site, NULL, &site_lines},
    {"include", parse_include, NULL, NULL},
    {"set", parse_set, NULL, NULL},
    {"hours", parse_hours, finish_hours, &hours_lines},
    {"sensors", parse_sensors, finish_sensors, &sensors_lines},
    {"table", parse_table, finish_table, NULL},
    {"defaults", parse_defaults, NULL, &alarm_lines},
    {"alarm", parse_alarm, finish_alarm, &alarm_lines},
    {"report", parse_report, finish_report, &report_lines},
};
#define BLOCKS (sizeof blocks / sizeof blocks[0])

const char *parser_block_word(size_t index)
{
    return index < BLOCKS ? blocks[index].word : NULL;
}

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

/* `by` begins a line of reports; in an alarm it ends one of two others. */
static const char *place_of_by(const struct parser *parser)
{
    struct word second = parser_peek(parser);
    return word_is(&second, "hour")
               ? "write it behind \"learn over\": learn over 14 days by hour of day"
               : "write it behind the group, in the line that begins with \"alarm\"";
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
    if (parser->alarm != NULL && word_is(first, "by"))
        mark = place_of_by(parser);
    return parser_refuse(parser, first, CODE_INSTRUCTION,
                         arena_print(parser->arena,
                                     "I can't follow this line: %s has no instruction called "
                                     "\"%.*s\".",
                                     lines->owner, TEXT_ARGUMENTS(first->text)),
                         mark, lines->example);
}

static bool is_severity(const struct word *word)
{
    return word_is(word, "critical") || word_is(word, "warning") || word_is(word, "notice") ||
           word_is(word, "log");
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
    if (parser->defaults != NULL && is_severity(&parser->first)) {
        defaults_refuse_trigger(parser);
        return;
    }
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

/* Some of the block's lines could not be read. */
static void note_mistake(struct parser *parser, const struct line_table *lines)
{
    if (lines == &sensors_lines)
        parser->group->has_mistakes = true;
    else if (lines == &report_lines)
        parser->report->has_lost_lines = true;
    else if (lines == &alarm_lines)
        parser->alarm->has_mistakes = true;
}

static void read_layer(struct parser *parser, const struct layer *layer,
                       const struct line_table *lines, int pass)
{
    struct reader line;
    uint32_t next = layer->lines.from;
    memset(parser->seen, 0, sizeof parser->seen);
    parser->layer = layer;
    parser->in_defaults = layer->kind == LAYER_DEFAULTS;
    while (next < layer->lines.end && reader_find_line(&line, layer->lines.source, next) &&
           line.line < layer->lines.end && !messages_are_full(parser->messages)) {
        next = line.last_line + 1;
        if (layer_skips(parser, layer, line))
            continue;
        parser->reader = line;
        size_t errors = parser->messages->errors;
        read_line(parser, lines, pass);
        if (parser->messages->errors > errors)
            note_mistake(parser, lines);
    }
    parser->layer = NULL;
    parser->in_defaults = false;
}

/* The lines of a block from line `from`; returns the line at which the next block begins. */
static uint32_t read_lines(struct parser *parser, const struct source *source, uint32_t from,
                           const struct line_table *lines)
{
    struct draft_lines own = {source, from, from};
    struct reader line;
    while (reader_find_line(&line, source, own.end) && !begins_block(&line, lines))
        own.end = line.last_line + 1;
    struct reader reader = parser->reader;
    layers_begin(parser, lines, &own);
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < parser->layers_count; i++)
            read_layer(parser, &parser->layers[i], lines, pass);
    }
    parser->reader = reader;
    if (parser->defaults != NULL) {
        parser->defaults->lines = own;
        parser->defaults->has_mistakes = parser->alarm->has_mistakes;
    }
    return own.end;
}

static uint32_t skip_lines(const struct source *source, uint32_t from)
{
    struct reader line;
    while (reader_find_line(&line, source, from) && !begins_block(&line, NULL))
        from = line.last_line + 1;
    return from;
}

static uint32_t read_block(struct parser *parser, const struct source *source)
{
    uint32_t behind = parser->reader.last_line + 1;
    parser->group = NULL;
    parser->alarm = NULL;
    parser->report = NULL;
    parser->hours = NULL;
    parser->table = NULL;
    parser->defaults = NULL;
    parser->first = parser_take(parser);
    const struct block *block = block_of(&parser->first);
    size_t errors = parser->messages->errors;
    if (block == NULL) {
        refuse_block_word(parser);
        return skip_lines(source, behind);
    }
    if (!block->parse(parser))
        return skip_lines(source, behind);
    if (block->lines != NULL)
        behind = read_lines(parser, source, behind, block->lines);
    else if (parser->table != NULL)
        behind = parse_rows(parser, source, behind);
    if (block->finish != NULL && parser->messages->errors == errors)
        block->finish(parser);
    return behind;
}

void parser_read_source(struct parser *parser, struct source *source)
{
    source->is_parsed = true;
    uint32_t next = 0;
    while (reader_find_line(&parser->reader, source, next) && !messages_are_full(parser->messages))
        next = read_block(parser, source);
}
