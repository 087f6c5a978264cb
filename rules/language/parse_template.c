/* Texts with {names} in them (RULES section 10.4), and tags. See parser.h. */
#include "rules/language/parser.h"

#define PLACEHOLDERS_MAX 128
#define TEXT_LONG 200 /* characters; W212 */

static const struct text built_in[] = {
    {"alarm", 5}, {"device", 6}, {"duration", 8}, {"limit", 5}, {"severity", 8},
    {"since", 5}, {"site", 4},   {"time", 4},     {"usual", 5}, {"worst", 5},
};

static void sort(struct text *words, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        for (size_t j = i; j > 0 && strcmp(words[j].bytes, words[j - 1].bytes) < 0; j--) {
            struct text other = words[j];
            words[j] = words[j - 1];
            words[j - 1] = other;
        }
    }
}

/* One alert for several devices has only the names that they share (appendix E, 28). */
static bool has_part(const struct parser *parser, uint32_t name)
{
    const struct draft_scope *scope = parser->alarm != NULL ? &parser->alarm->scope : NULL;
    if (scope == NULL || !scope->is_set)
        return true;
    for (uint32_t i = 0; i < scope->names_count; i++) {
        if (scope->names[i] == name)
            return true;
    }
    return false;
}

/* Everything that may stand in a text, as "{name}", in the order of the alphabet. */
static size_t list_placeholders(struct parser *parser, bool is_called,
                                struct text placeholders[PLACEHOLDERS_MAX])
{
    const struct draft_group *group = parser->group;
    size_t count = 0;
    for (uint32_t i = 0; group != NULL && i < group->names_count; i++) {
        if (has_part(parser, i))
            placeholders[count++] = group->names[i].name;
    }
    for (uint32_t i = 0; group != NULL && !is_called && i < group->readings_count; i++)
        placeholders[count++] = group->readings[i]->name;
    for (size_t i = 0; !is_called && i < sizeof built_in / sizeof built_in[0]; i++)
        placeholders[count++] = built_in[i];
    for (uint32_t i = 0; !is_called && i < parser->draft->tables_count; i++) {
        const struct draft_table *table = parser->draft->tables[i];
        for (uint32_t j = 0; table->group == group && j < table->columns_count; j++) {
            if (count < PLACEHOLDERS_MAX)
                placeholders[count++] = table->columns[j];
        }
    }
    for (size_t i = 0; i < count; i++)
        placeholders[i] =
            text_of(arena_print(parser->arena, "{%.*s}", TEXT_ARGUMENTS(placeholders[i])));
    sort(placeholders, count);
    return count;
}

static bool refuse_placeholder(struct parser *parser, struct text written, struct place place,
                               bool is_called)
{
    struct text list[PLACEHOLDERS_MAX];
    size_t count = list_placeholders(parser, is_called, list);
    const char *near = messages_suggest(parser->arena, written, list, count);
    if (*near == '\0' && parser->group != NULL &&
        (parser->group->names_are_unknown || parser->group->has_mistakes))
        return true; /* its line may be one of those that could not be read */
    const char *mark = near;
    if (*near != '\0') {
        /* The braces say already that it is a word. */
        const char *open = strchr(near, '{');
        mark = arena_print(parser->arena, "did you mean %.*s?", (int)strcspn(open, "\""), open);
    }
    const char *note = count > 0 ? arena_print(parser->arena, "You can use: %s.",
                                               messages_join(parser->arena, list, count, "or"))
                                 : "";
    return parser_tell(
        parser, place, CODE_PLACEHOLDER,
        arena_print(parser->arena, "Nothing here is called %.*s.", TEXT_ARGUMENTS(written)), mark,
        note);
}

/* The name as it is declared; empty when there is none. */
static struct text find_placeholder(struct parser *parser, struct text name, bool is_called)
{
    const struct draft_group *group = parser->group;
    int index = group != NULL ? group_find_name(group, name) : -1;
    if (index >= 0 && has_part(parser, (uint32_t)index))
        return group->names[index].name;
    if (is_called)
        return TEXT("");
    index = group != NULL ? group_find_reading(group, name) : -1;
    if (index >= 0)
        return group->readings[index]->name;
    for (size_t i = 0; i < sizeof built_in / sizeof built_in[0]; i++) {
        if (text_equal_ignoring_case(name, built_in[i]))
            return built_in[i];
    }
    uint32_t column;
    const struct draft_table *table = draft_find_limit(parser->draft, group, name, &column);
    if (table != NULL) {
        draft_show_limit(parser->draft, table, column);
        return table->columns[column];
    }
    return TEXT("");
}

bool parse_template(struct parser *parser, bool is_called, struct text *template_text)
{
    struct word word;
    if (!parser_expect_text(parser, "a text in quote marks", &word))
        return false;
    if (utf8_count(word.text) > TEXT_LONG)
        parser_tell(parser, word.place, WARN_TEXT_LONG,
                    arena_print(parser->arena, "This text has %u characters; few people read on.",
                                utf8_count(word.text)),
                    arena_print(parser->arena, "say it in %d characters or fewer", TEXT_LONG), "");
    char *text = must_arena_allocate(parser->arena, word.text.length * 2 + 1);
    size_t length = 0;
    for (size_t i = 0; i < word.text.length;) {
        const char *start = word.text.bytes + i;
        const char *close = memchr(start, '}', word.text.length - i);
        if (*start != '{' || (parser->group != NULL && parser->group->is_broken)) {
            text[length++] = *start;
            i++;
            continue;
        }
        struct text before = {word.text.bytes, i};
        struct place place = place_inside(&word.place, utf8_count(before) + 1, 1);
        if (close == NULL)
            return parser_tell(parser, place, CODE_PLACEHOLDER,
                               "A name in a text stands between { and }.", "add } behind the name",
                               "");
        struct text written = {start, (size_t)(close - start) + 1};
        struct text name = {start + 1, written.length - 2};
        struct text found = find_placeholder(parser, name, is_called);
        place.width = utf8_count(written);
        if (found.length == 0) {
            if (!refuse_placeholder(parser, written, place, is_called))
                return false;
            found = name;
        }
        text[length++] = '{';
        memcpy(text + length, found.bytes, found.length);
        length += found.length;
        text[length++] = '}';
        i += written.length;
    }
    *template_text = (struct text){text, length};
    return parser_expect_end(parser);
}

bool parse_tags(struct parser *parser, struct text *tags, uint32_t *count)
{
    do {
        struct word word;
        if (!parser_expect_name(parser, "a tag", &word))
            return false;
        if (*count == RULES_TAGS_MAX)
            return parser_tell(
                parser, word.place, CODE_TOO_MANY,
                arena_print(parser->arena, "There can be at most %d tags here.", RULES_TAGS_MAX),
                "leave some out", "");
        tags[(*count)++] = word.text;
    } while (parser_peek(parser).kind != WORD_END);
    return true;
}
