/* Takes single words and choices from the line, and says what was expected when they do not stand
 * there. See parser.h. */
#include "rules/language/parser.h"

#define CANDIDATES_MAX 64

struct word parser_peek(const struct parser *parser)
{
    struct reader reader = parser->reader;
    return reader_next(&reader);
}

struct word parser_peek_second(const struct parser *parser)
{
    struct reader reader = parser->reader;
    reader_next(&reader);
    return reader_next(&reader);
}

struct word parser_take(struct parser *parser)
{
    return reader_next(&parser->reader);
}

bool parser_take_keyword(struct parser *parser, const char *keyword)
{
    struct word word = parser_peek(parser);
    if (!word_is(&word, keyword))
        return false;
    parser_take(parser);
    return true;
}

bool parser_expect_keyword(struct parser *parser, const char *keyword)
{
    if (parser_take_keyword(parser, keyword))
        return true;
    struct word word = parser_peek(parser);
    if (word.kind == WORD_SYMBOL && strcmp(keyword, "to") == 0 && text_equal(word.text, TEXT("-")))
        return parser_tell(parser, word.place, CODE_SYMBOL, "Brink uses words, not \"-\".",
                           "write \"to\"", "");
    const char *text =
        word.kind == WORD_END
            ? arena_print(parser->arena, "I expected \"%s\" here, but the line ends.", keyword)
            : arena_print(parser->arena, "I expected \"%s\" here, not \"%.*s\".", keyword,
                          TEXT_ARGUMENTS(word.text));
    return parser_refuse(parser, &word, CODE_EXPECTED, text,
                         arena_print(parser->arena, "write \"%s\"", keyword), "");
}

bool parser_expect_end(struct parser *parser)
{
    struct word word = parser_peek(parser);
    if (word.kind == WORD_END)
        return true;
    return parser_refuse(parser, &word, CODE_EXTRA,
                         arena_print(parser->arena, "This line should end before \"%.*s\".",
                                     TEXT_ARGUMENTS(word.text)),
                         "leave this out, or begin a new line", "");
}

bool parser_tell_split_name(struct parser *parser, const struct word *name)
{
    struct reader reader = parser->reader;
    struct word word = reader_next(&reader), last = *name;
    const char *joined = arena_print(parser->arena, "%.*s", TEXT_ARGUMENTS(name->text));
    for (int i = 0; i < 6 && word.kind == WORD_NAME; i++, word = reader_next(&reader)) {
        if (word_is(&word, "on") || word_is(&word, "like"))
            break;
        if (draft_find_group(parser->draft, word.text) != NULL)
            return false;
        joined = arena_print(parser->arena, "%s-%.*s", joined, TEXT_ARGUMENTS(word.text));
        last = word;
    }
    bool is_split = last.offset != name->offset &&
                    (word.kind == WORD_END || word_is(&word, "on") || word_is(&word, "like"));
    return is_split && !parser_tell(parser, place_from_to(&name->place, &last.place), CODE_NAME,
                                    "A name is one word.",
                                    arena_print(parser->arena, "write \"%s\"", joined), "");
}

/* How many words of the phrase stand here, one after the other; *is_whole when all do. */
static int match_phrase(struct reader *reader, const char *phrase, struct place *place,
                        bool *is_whole)
{
    int words = 0;
    struct place first = {0};
    while (*phrase != '\0') {
        size_t length = strcspn(phrase, " ");
        struct reader before = *reader;
        struct word word = reader_next(reader);
        if (word.kind != WORD_NAME ||
            !text_equal_ignoring_case(word.text, (struct text){phrase, length})) {
            *reader = before;
            *is_whole = false;
            return words;
        }
        first = words == 0 ? word.place : first;
        *place = place_from_to(&first, &word.place);
        words++;
        phrase += length + (phrase[length] == ' ');
    }
    *is_whole = true;
    return words;
}

static const struct choice *match(struct parser *parser, const struct choices *choices,
                                  struct place *taken, int *furthest)
{
    *furthest = 0;
    for (size_t i = 0; i < choices->count; i++) {
        struct reader reader = parser->reader;
        struct place place = {0};
        bool is_whole;
        int words = match_phrase(&reader, choices->rows[i].phrase, &place, &is_whole);
        if (is_whole) {
            parser->reader = reader;
            if (taken != NULL)
                *taken = place;
            return &choices->rows[i];
        }
        *furthest = words > *furthest ? words : *furthest;
    }
    return NULL;
}

const struct choice *parser_match(struct parser *parser, const struct choices *choices,
                                  struct place *taken)
{
    int furthest;
    return match(parser, choices, taken, &furthest);
}

/* The second words of the phrases whose first word stands here: "least" and "most" behind "at". */
static bool refuse_second_word(struct parser *parser, const struct choices *choices)
{
    struct word first = parser_take(parser), second = parser_peek(parser);
    struct text candidates[CANDIDATES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < choices->count && count < CANDIDATES_MAX; i++) {
        const char *phrase = choices->rows[i].phrase;
        size_t length = strcspn(phrase, " ");
        if (phrase[length] == ' ' &&
            text_equal_ignoring_case(first.text, (struct text){phrase, length}))
            candidates[count++] = text_of(phrase + length + 1);
    }
    struct text quoted[CANDIDATES_MAX];
    for (size_t i = 0; i < count; i++)
        quoted[i] = text_of(arena_print(parser->arena, "\"%s\"", candidates[i].bytes));
    const char *expected = messages_join(parser->arena, quoted, count, "or");
    if (count == 1)
        return parser_expect_keyword(parser, candidates[0].bytes);
    return parser_refuse_expected(parser, &second, choices->code, expected, candidates, count, "");
}

const struct choice *parser_choose(struct parser *parser, const struct choices *choices,
                                   struct place *taken)
{
    int furthest;
    struct place place = {0};
    const struct choice *choice = match(parser, choices, &place, &furthest);
    if (taken != NULL)
        *taken = place;
    if (choice != NULL && choice->support == NOW)
        return choice;
    if (choice != NULL) {
        parser_refuse_later(parser, place);
        return NULL;
    }
    if (furthest > 0) {
        refuse_second_word(parser, choices);
        return NULL;
    }
    struct text candidates[CANDIDATES_MAX];
    size_t count = choices->count < CANDIDATES_MAX ? choices->count : CANDIDATES_MAX;
    for (size_t i = 0; i < count; i++)
        candidates[i] = text_of(choices->rows[i].phrase);
    struct word word = parser_peek(parser);
    parser_refuse_expected(parser, &word, choices->code, choices->expected, candidates, count,
                           arena_print(parser->arena, "You can write: %s.",
                                       messages_join(parser->arena, candidates, count, "or")));
    return NULL;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_name(struct text text)
{
    if (text.length == 0 || !is_letter(text.bytes[0]))
        return false;
    for (size_t i = 1; i < text.length; i++) {
        char c = text.bytes[i];
        if (!is_letter(c) && !(c >= '0' && c <= '9') && c != '-' && c != '_')
            return false;
    }
    return true;
}

bool parser_expect_name(struct parser *parser, const char *what, struct word *name)
{
    *name = parser_peek(parser);
    /* Words that stand behind a name: the name itself was left out. */
    bool is_behind = word_is(name, "on") || word_is(name, "to") || word_is(name, "from");
    if (name->kind != WORD_NAME || is_behind)
        return parser_refuse_expected(parser, name, CODE_NAME, what, NULL, 0, "");
    if (!is_name(name->text))
        return parser_tell(
            parser, name->place, CODE_NAME,
            arena_print(parser->arena, "\"%.*s\" can't be a name.", TEXT_ARGUMENTS(name->text)),
            "a name is a letter, then letters, digits, - or _", "");
    if (name->text.length > RULES_NAME_BYTES)
        return parser_tell(
            parser, name->place, CODE_NAME,
            arena_print(parser->arena, "A name has at most %d letters.", RULES_NAME_BYTES),
            "make it shorter", "");
    parser_take(parser);
    return true;
}

bool parser_expect_text(struct parser *parser, const char *what, struct word *text)
{
    *text = parser_peek(parser);
    if (text->kind == WORD_TEXT) {
        parser_take(parser);
        return true;
    }
    struct word behind = parser_peek_second(parser);
    const char *note = "Text stands in quote marks, for example \"Close the door.\"";
    if (text->kind == WORD_NAME && behind.kind == WORD_END)
        return parser_tell(parser, text->place, CODE_EXPECTED,
                           arena_print(parser->arena, "I expected %s here, not \"%.*s\".", what,
                                       TEXT_ARGUMENTS(text->text)),
                           arena_print(parser->arena, "put it in quote marks: \"%.*s\"",
                                       TEXT_ARGUMENTS(text->text)),
                           "");
    return parser_refuse_expected(parser, text, CODE_EXPECTED, what, NULL, 0, note);
}

bool parser_expect_count(struct parser *parser, const char *what, uint32_t least, uint32_t most,
                         uint32_t *count)
{
    struct word word = parser_peek(parser);
    if (word.kind != WORD_NUMBER)
        return parser_refuse_expected(parser, &word, CODE_EXPECTED, what, NULL, 0, "");
    if (!(word.number >= least && word.number <= most) || word.decimals > 0)
        return parser_tell(
            parser, word.place, CODE_NUMBER_RANGE,
            arena_print(parser->arena, "%.*s can't be %s.", TEXT_ARGUMENTS(word.text), what),
            arena_print(parser->arena, "write a whole number from %u to %u", least, most), "");
    parser_take(parser);
    *count = (uint32_t)word.number;
    return true;
}
