/* Topics and paths into messages (RULES section 4.4). See parser.h. */
#include "rules/language/parser.h"

static struct place place_in_word(const struct word *word, size_t start, size_t end)
{
    struct text before = {word->text.bytes, start};
    struct text inside = {word->text.bytes + start, end - start};
    uint32_t width = utf8_count(inside);
    return place_inside(&word->place, utf8_count(before), width > 0 ? width : 1);
}

/* ---- topics -------------------------------------------------------------------------------- */

static const char *const reserved[] = {"alarm", "device", "duration", "limit", "severity",
                                       "since", "site",   "time",     "usual", "worst"};

static bool is_reserved(struct text name)
{
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
        if (text_equal_ignoring_case(name, text_of(reserved[i])))
            return true;
    }
    return false;
}

static bool name_is_plain(struct text name)
{
    for (size_t i = 0; i < name.length; i++) {
        char c = name.bytes[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool is_other = (c >= '0' && c <= '9') || c == '-' || c == '_';
        if (!is_letter && (i == 0 || !is_other))
            return false;
    }
    return name.length > 0 && name.length <= RULES_NAME_BYTES;
}

/* Adds a named part, from the topic or from the message; -1 with a message when it can't be one. */
int group_add_name(struct parser *parser, struct draft_group *group, struct text name,
                   struct place place)
{
    const char *problem = NULL, *remedy = "give it another name";
    if (!name_is_plain(name)) {
        problem = "\"%.*s\" can't be a name.";
        remedy = "a name is a letter, then letters, digits, - or _";
    } else if (group_find_name(group, name) >= 0) {
        problem = "There is already a part called \"%.*s\".";
    } else if (is_reserved(name)) {
        problem = "\"%.*s\" already has a meaning in texts.";
    } else if (group_find_reading(group, name) >= 0) {
        problem = "\"%.*s\" is already a reading of this group.";
    }
    if (problem != NULL) {
        struct text prefix = {problem, strcspn(problem, "%")};
        const char *rest = problem + prefix.length + strlen("%.*s");
        parser_tell(parser, place, CODE_NAME_TAKEN,
                    arena_print(parser->arena, "%.*s%.*s%s", TEXT_ARGUMENTS(prefix),
                                TEXT_ARGUMENTS(name), rest),
                    remedy, "");
        return -1;
    }
    if (group->names_count == RULES_NAMES_MAX) {
        parser_tell(
            parser, place, CODE_TOO_MANY,
            arena_print(parser->arena, "A group can have at most %d named parts.", RULES_NAMES_MAX),
            "use fewer names", "");
        return -1;
    }
    group->names[group->names_count] = (struct draft_name){.name = name, .place = place};
    return (int)group->names_count++;
}

static bool refuse_wildcard(struct parser *parser, const struct word *topic, size_t at)
{
    bool is_plus = topic->text.bytes[at] == '+';
    return parser_tell(parser, place_in_word(topic, at, at + 1), CODE_WILDCARD,
                       is_plus ? "Brink topics use names, not \"+\"."
                               : "Brink topics use names, not \"#\".",
                       is_plus ? "write a name such as {cooler} for this part of the topic"
                               : "write {rest...} for this part of the topic",
                       "A last part of {rest...} stands for any number of levels.");
}

static bool parse_level(struct parser *parser, struct draft_group *group, const struct word *topic,
                        size_t start, size_t end)
{
    struct text level = {topic->text.bytes + start, end - start};
    struct place place = place_in_word(topic, start, end);
    if (group->levels_count == RULES_LEVELS_MAX)
        return parser_tell(
            parser, place, CODE_TOO_MANY,
            arena_print(parser->arena, "A topic can have at most %d levels.", RULES_LEVELS_MAX),
            "use a shorter topic", "");
    struct draft_level *to = &group->levels[group->levels_count];
    bool opens = memchr(level.bytes, '{', level.length) != NULL;
    bool closes = memchr(level.bytes, '}', level.length) != NULL;
    if (!opens && !closes) {
        *to = (struct draft_level){.kind = RULES_LEVEL_LITERAL, .text = level};
        group->levels_count++;
        return true;
    }
    if (level.length < 3 || level.bytes[0] != '{' || level.bytes[level.length - 1] != '}')
        return parser_tell(parser, place, CODE_TOPIC,
                           "A name takes a whole part of the topic, from / to /.",
                           "write only {name} here", "");
    struct text name = {level.bytes + 1, level.length - 2};
    bool is_rest = name.length > 3 && memcmp(name.bytes + name.length - 3, "...", 3) == 0;
    if (is_rest)
        name.length -= 3;
    if (is_rest && end != topic->text.length)
        return parser_tell(parser, place, CODE_TOPIC,
                           "Only the last part of a topic can stand for any number of levels.",
                           arena_print(parser->arena, "write {%.*s}", TEXT_ARGUMENTS(name)), "");
    int index = group_add_name(parser, group, name, place);
    if (index < 0)
        return false;
    *to = (struct draft_level){.kind = is_rest ? RULES_LEVEL_REST : RULES_LEVEL_NAME,
                               .name = (uint32_t)index};
    group->levels_count++;
    return true;
}

bool parse_topic(struct parser *parser, struct draft_group *group)
{
    struct word topic = reader_next_raw(&parser->reader);
    if (topic.kind != WORD_NAME)
        return parser_refuse_expected(parser, &topic, CODE_TOPIC, "a topic", NULL, 0,
                                      "For example: from mqtt store/{store}/cooler/{cooler}");
    for (size_t i = 0; i < topic.text.length; i++) {
        if (topic.text.bytes[i] == '+' || topic.text.bytes[i] == '#')
            return refuse_wildcard(parser, &topic, i);
    }
    size_t start = 0;
    for (size_t i = 0; i <= topic.text.length; i++) {
        if (i < topic.text.length && topic.text.bytes[i] != '/')
            continue;
        if (!parse_level(parser, group, &topic, start, i))
            return false;
        start = i + 1;
    }
    return true;
}

/* ---- paths --------------------------------------------------------------------------------- */

static bool refuse_path(struct parser *parser, const struct word *word, size_t at)
{
    size_t end = at < word->text.length ? word->text.length : at;
    return parser_tell(parser, place_in_word(word, at, end), CODE_PATH,
                       "I can't read this path into the message.",
                       "a path looks like temp, status.defrost, values[0] or \"odd key\".x", "");
}

/* A key of a path; returns the offset behind it, or 0 when there is none. */
static size_t read_key(struct text path, size_t at, struct text *key)
{
    const char *bytes = path.bytes + at;
    size_t left = path.length - at;
    if (left > 0 && bytes[0] == '"') {
        const char *close = memchr(bytes + 1, '"', left - 1);
        if (close == NULL || close == bytes + 1)
            return 0;
        *key = (struct text){bytes + 1, (size_t)(close - bytes) - 1};
        return at + key->length + 2;
    }
    size_t length = 0;
    while (length < left && strchr(".[]\"{}", bytes[length]) == NULL)
        length++;
    *key = (struct text){bytes, length};
    return length > 0 ? at + length : 0;
}

/* `[12]`; returns the offset behind it, or 0. */
static size_t read_index(struct text path, size_t at, uint32_t *index)
{
    size_t i = at + 1;
    *index = 0;
    while (i < path.length && path.bytes[i] >= '0' && path.bytes[i] <= '9' && *index < 100000)
        *index = *index * 10 + (uint32_t)(path.bytes[i++] - '0');
    return i > at + 1 && i < path.length && path.bytes[i] == ']' ? i + 1 : 0;
}

bool parse_path(struct parser *parser, struct draft_path *path)
{
    *path = (struct draft_path){0};
    struct word word = reader_next_raw(&parser->reader);
    if (word.kind == WORD_NAME && word.text.length > 1 &&
        word.text.bytes[word.text.length - 1] == ',') {
        word.text.length--;
        word.place.width--;
    }
    if (word.kind != WORD_NAME)
        return parser_refuse_expected(parser, &word, CODE_PATH, "a path into the message", NULL, 0,
                                      "For example: temp, status.defrost or values[0]");
    if (word_is(&word, "payload"))
        return true;
    size_t at = 0;
    while (at < word.text.length) {
        struct draft_step step = {0};
        bool is_index = word.text.bytes[at] == '[';
        size_t start = at + (path->count > 0 && !is_index);
        if (start > at && word.text.bytes[at] != '.')
            return refuse_path(parser, &word, at);
        at = is_index ? read_index(word.text, at, &step.index)
                      : read_key(word.text, start, &step.key);
        if (at == 0)
            return refuse_path(parser, &word, start);
        if (path->count == RULES_STEPS_MAX)
            return parser_tell(
                parser, word.place, CODE_TOO_MANY,
                arena_print(parser->arena, "A path can have at most %d steps.", RULES_STEPS_MAX),
                "use a shorter path", "");
        path->steps[path->count++] = step;
    }
    return true;
}
