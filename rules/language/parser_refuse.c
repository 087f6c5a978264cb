/* The messages that any production can give: a wrong word, a word that is wrong by itself, and what
 * this version does not do yet. See parser.h. */
#include "rules/language/parser.h"

bool parser_tell(struct parser *parser, struct place place, enum code code, const char *text,
                 const char *mark, const char *note)
{
    const struct layer *layer = parser->layer;
    bool is_error = code < 200;
    if (layer != NULL && layer->is_quiet)
        return false;
    if (layer != NULL && layer->kind == LAYER_LIKE && is_error) {
        text = arena_print(parser->arena, "Line %u, which \"like\" copies, does not fit here: %s",
                           place.line + 1, text);
        place = layer->place;
        code = CODE_LIKE;
        mark = "write that line here in its right form";
    } else if (layer != NULL && layer->kind == LAYER_DEFAULTS && is_error && *note == '\0' &&
               parser->alarm != NULL) {
        note = arena_print(parser->arena, "This line is read for the alarm %.*s, on line %u of %s.",
                           TEXT_ARGUMENTS(parser->alarm->name), parser->alarm->place.line + 1,
                           parser->alarm->place.source->name);
    }
    messages_add(parser->messages, place, code, text, mark, note);
    return false;
}

/* What to write instead. */
static const struct {
    const char *symbol, *remedy;
} symbols[] = {
    {">=", "write \"at least\""},
    {"<=", "write \"at most\""},
    {"==", "write \"is\""},
    {"!=", "write \"is not\""},
    {"<>", "write \"is not\""},
    {"&&", "write \"and\""},
    {"||", "write \"or\""},
    {">", "write \"above\""},
    {"<", "write \"below\""},
    {"=", "write \"is\""},
    {"!", "write \"not\""},
    {"&", "write \"and\""},
    {"+", "write \"plus\""},
    {"-", "write \"minus\""},
    {"|", "rows with | stand below a table"},
};

static bool tell_symbol(struct parser *parser, const struct word *word)
{
    const char *remedy = "leave it out";
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        if (text_equal(word->text, text_of(symbols[i].symbol))) {
            remedy = symbols[i].remedy;
            break;
        }
    }
    return parser_tell(
        parser, word->place, CODE_SYMBOL,
        arena_print(parser->arena, "Brink uses words, not \"%.*s\".", TEXT_ARGUMENTS(word->text)),
        remedy, "");
}

static bool tell_colon(struct parser *parser, const struct word *word)
{
    struct text plain = {word->text.bytes, word->text.length - 1};
    static const char *const severities[] = {"severity", "priority", "level"};
    const char *remedy =
        arena_print(parser->arena, "write \"%.*s\" without the colon", TEXT_ARGUMENTS(plain));
    for (size_t i = 0; i < sizeof severities / sizeof severities[0]; i++) {
        if (parser->alarm != NULL && text_equal_ignoring_case(plain, text_of(severities[i])))
            remedy = "start the line with critical, warning or notice";
    }
    return parser_tell(parser, word->place, CODE_COLON, "Brink lines have no colon.", remedy, "");
}

/* 1,000 may be one or one thousand: ask. 4,5 can only be one thing. */
static bool tell_comma(struct parser *parser, const struct word *word)
{
    const char *comma = memchr(word->text.bytes, ',', word->text.length);
    struct text whole = {word->text.bytes, (size_t)(comma - word->text.bytes)};
    struct text rest = {comma + 1, word->text.length - whole.length - 1};
    bool is_zero = true;
    for (size_t i = 0; i < rest.length; i++)
        is_zero &= rest.bytes[i] == '0';
    const char *point = is_zero ? arena_print(parser->arena, "%.*s", TEXT_ARGUMENTS(whole))
                                : arena_print(parser->arena, "%.*s.%.*s", TEXT_ARGUMENTS(whole),
                                              TEXT_ARGUMENTS(rest));
    const char *remedy = arena_print(parser->arena, "write %s", point);
    if (word->decimals == UINT8_MAX)
        remedy = "use digits and one point, for example 4.5";
    else if (rest.length == 3)
        remedy = arena_print(parser->arena, "write %s or %.*s%.*s: which one is meant?", point,
                             TEXT_ARGUMENTS(whole), TEXT_ARGUMENTS(rest));
    return parser_tell(parser, word->place, CODE_COMMA, "Write decimals with a point, not a comma.",
                       remedy, "");
}

static bool tell_odd_number(struct parser *parser, const struct word *word)
{
    const char *remedy = "use digits and one point, for example 4.5";
    if (word->decimals != UINT8_MAX && word->number > -1e15 && word->number < 1e15)
        remedy = arena_print(parser->arena, "write %.15g", word->number);
    return parser_tell(
        parser, word->place, CODE_PLAIN_NUMBER,
        arena_print(parser->arena, "Write \"%.*s\" as a plain number.", TEXT_ARGUMENTS(word->text)),
        remedy, "");
}

/* Words that are wrong wherever they stand. True when this was one. */
static bool tell_word_itself(struct parser *parser, const struct word *word)
{
    switch (word->kind) {
    case WORD_SYMBOL:
        tell_symbol(parser, word);
        return true;
    case WORD_COLON:
        tell_colon(parser, word);
        return true;
    case WORD_OPEN_TEXT:
        parser_tell(parser, word->place, CODE_TEXT_OPEN, "This text has no closing quote mark.",
                    "add \" at the end of the text", "");
        return true;
    case WORD_COMMA:
        tell_comma(parser, word);
        return true;
    case WORD_ODD_NUMBER:
        tell_odd_number(parser, word);
        return true;
    case WORD_END:
    case WORD_NAME:
    case WORD_NUMBER:
    case WORD_TEXT:
    case WORD_CLOCK:
    case WORD_DATE:
        break;
    }
    return false;
}

bool parser_refuse(struct parser *parser, const struct word *word, enum code code, const char *text,
                   const char *mark, const char *note)
{
    if (tell_word_itself(parser, word))
        return false;
    return parser_tell(parser, word->place, code, text, mark, note);
}

bool parser_refuse_expected(struct parser *parser, const struct word *word, enum code code,
                            const char *expected, const struct text *candidates, size_t count,
                            const char *note)
{
    if (word->kind == WORD_END)
        return parser_tell(
            parser, word->place, code,
            arena_print(parser->arena, "I expected %s here, but the line ends.", expected), "",
            note);
    return parser_refuse(parser, word, code,
                         arena_print(parser->arena, "I expected %s here, not \"%.*s\".", expected,
                                     TEXT_ARGUMENTS(word->text)),
                         messages_suggest(parser->arena, word->text, candidates, count), note);
}

/* The characters of the line at a place, as people wrote them. */
static const char *written_at(struct parser *parser, struct place place)
{
    struct text line = place.source->lines[place.line].written;
    size_t start = 0;
    for (uint32_t i = 1; i < place.column && start < line.length; i++)
        utf8_next(line, &start);
    size_t end = start;
    for (uint32_t i = 0; i < place.width && end < line.length; i++)
        utf8_next(line, &end);
    return arena_print(parser->arena, "%.*s", (int)(end - start), line.bytes + start);
}

bool parser_refuse_later(struct parser *parser, struct place place)
{
    return parser_tell(
        parser, place, CODE_LATER,
        arena_print(parser->arena, "\"%s\" is not supported yet.", written_at(parser, place)),
        "leave this line out for now, or say what can be seen today", "");
}
