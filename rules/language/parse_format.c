/* In which format messages come, and whether the rest of the block fits it (RULES section 4.4;
 * appendix E, 6). See parse_sensors.h. */
#include "rules/language/parse_sensors.h"

/* ---- the line ------------------------------------------------------------------------------ */

/* Names of columns behind `csv`. */
static bool parse_columns(struct parser *parser)
{
    struct draft_group *group = parser->group;
    do {
        struct word name = parser_peek(parser);
        if (name.kind != WORD_NAME && name.kind != WORD_TEXT)
            return parser_refuse_expected(parser, &name, CODE_NAME, "the name of a column", NULL, 0,
                                          "For example: format csv time temperature humidity");
        for (uint32_t i = 0; i < group->columns_count; i++) {
            if (text_equal(group->columns[i], name.text))
                return parser_tell(parser, name.place, CODE_FORMAT, "This column is there twice.",
                                   "give one of the two another name", "");
        }
        if (group->columns_count == RULES_READINGS_MAX || name.text.length == 0 ||
            name.text.length > RULES_NAME_BYTES)
            return parser_tell(parser, name.place, CODE_TOO_MANY,
                               arena_print(parser->arena,
                                           "There can be at most %d columns, each with a name of "
                                           "at most %d letters.",
                                           RULES_READINGS_MAX, RULES_NAME_BYTES),
                               "leave some out", "");
        group->columns[group->columns_count++] = name.text;
        parser_take(parser);
    } while (parser_peek(parser).kind != WORD_END);
    return true;
}

bool parse_format(struct parser *parser)
{
    static const struct choice rows[] = {
        {"json", RULES_FORMAT_JSON, NOW},   {"lines", RULES_FORMAT_LINES, NOW},
        {"senml", RULES_FORMAT_SENML, NOW}, {"sparkplug", RULES_FORMAT_SPARKPLUG, NOW},
        {"plain", RULES_FORMAT_PLAIN, NOW}, {"csv", RULES_FORMAT_CSV, NOW},
    };
    static const struct choices formats = CHOICES(rows, CODE_EXPECTED, "a format");
    const struct choice *choice = parser_choose(parser, &formats, &parser->group->format_place);
    if (choice == NULL)
        return false;
    parser->group->format = choice->value;
    parser->group->columns_count = 0; /* those of a line that this one replaces */
    if (choice->value == RULES_FORMAT_CSV && !parse_columns(parser))
        return false;
    return parser_expect_end(parser);
}

/* ---- what fits ----------------------------------------------------------------------------- */

static const struct {
    const char *name; /* NULL: any path will do */
    const char *what; /* what its messages consist of */
} flat[] = {
    [RULES_FORMAT_JSON] = {NULL, NULL},
    [RULES_FORMAT_LINES] = {"lines", "fields and tags"},
    [RULES_FORMAT_SENML] = {"senml", "records, each with a name"},
    [RULES_FORMAT_SPARKPLUG] = {"sparkplug", "metrics, each with a name"},
    [RULES_FORMAT_PLAIN] = {"plain", "one value"},
    [RULES_FORMAT_CSV] = {"csv", "columns"},
};

static bool is_column(const struct draft_group *group, const struct draft_path *path)
{
    for (uint32_t i = 0; i < group->columns_count; i++) {
        if (text_equal(path->steps[0].key, group->columns[i]))
            return true;
    }
    return false;
}

/* "status.defrost" as one key. */
static const char *quoted(struct parser *parser, const struct draft_path *path)
{
    const char *text = "";
    for (uint32_t i = 0; i < path->count; i++) {
        const struct draft_step *step = &path->steps[i];
        if (step->key.length == 0)
            text = arena_print(parser->arena, "%s[%u]", text, step->index);
        else
            text = arena_print(parser->arena, "%s%s%.*s", text, i > 0 ? "." : "",
                               TEXT_ARGUMENTS(step->key));
    }
    return arena_print(parser->arena, "if that is its name, write it in quote marks: \"%s\"", text);
}

/* A path into messages that have no depth: one key. `who` reads it, "temperature". */
static bool path_fits(struct parser *parser, const struct draft_group *group,
                      const struct draft_path *path, struct place place, struct text who)
{
    bool is_csv = group->format == RULES_FORMAT_CSV;
    bool is_key = path->count == 1 && path->steps[0].key.length > 0;
    if (is_csv && (!is_key || !is_column(group, path)))
        return parser_tell(
            parser, place, CODE_FORMAT,
            arena_print(parser->arena, "No column of \"format csv\" is read as %.*s.",
                        TEXT_ARGUMENTS(who)),
            arena_print(parser->arena, "write \"from\" and one of: %s",
                        messages_join(parser->arena, group->columns, group->columns_count, "or")),
            "");
    if (is_key)
        return true;
    return parser_tell(
        parser, place, CODE_FORMAT,
        arena_print(parser->arena,
                    "Messages in \"format %s\" are %s: there is nothing inside them.",
                    flat[group->format].name, flat[group->format].what),
        path->count == 0 ? "write \"from\" and a name" : quoted(parser, path), "");
}

static bool names_fit(struct parser *parser, const struct draft_group *group)
{
    for (uint32_t i = 0; i < group->names_count; i++) {
        const struct draft_name *name = &group->names[i];
        if (name->is_in_message && !path_fits(parser, group, &name->path, name->place, name->name))
            return false;
    }
    return true;
}

static bool readings_fit(struct parser *parser, const struct draft_group *group)
{
    for (uint32_t i = 0; i < group->readings_count; i++) {
        const struct draft_reading *reading = group->readings[i];
        if (!path_fits(parser, group, &reading->path, reading->place, reading->name))
            return false;
    }
    return true;
}

/* A plain message is one value: it goes to the group's only reading, or to those `from payload`. */
static bool plain_fits(struct parser *parser, const struct draft_group *group)
{
    const char *missing = group->time != RULES_TIME_ARRIVAL ? "time"
                          : group->has_sequence             ? "counter"
                                                            : NULL;
    for (uint32_t i = 0; i < group->names_count && missing == NULL; i++)
        missing = group->names[i].is_in_message ? "name" : NULL;
    if (missing != NULL)
        return parser_tell(parser, group->format_place, CODE_FORMAT,
                           arena_print(parser->arena,
                                       "A plain message is one value: it has no %s beside it.",
                                       missing),
                           "leave that line out, or this one", "");
    for (uint32_t i = 0; i < group->readings_count && group->readings_count > 1; i++) {
        if (group->readings[i]->path.count > 0)
            return parser_tell(parser, group->readings[i]->place, CODE_FORMAT,
                               "A plain message is one value, and this group has several readings.",
                               "add \"from payload\", or read only one", "");
    }
    return true;
}

static bool flat_fits(struct parser *parser, const struct draft_group *group)
{
    return names_fit(parser, group) && readings_fit(parser, group) &&
           (group->time == RULES_TIME_ARRIVAL ||
            path_fits(parser, group, &group->time_path, group->format_place, TEXT("the time"))) &&
           (!group->has_sequence ||
            path_fits(parser, group, &group->sequence, group->format_place, TEXT("the counter")));
}

void judge_format(struct parser *parser, const struct draft_group *group)
{
    if (flat[group->format].name == NULL)
        return;
    if (group->has_each)
        parser_tell(parser, group->format_place, CODE_FORMAT,
                    arena_print(parser->arena,
                                "Messages in \"format %s\" are %s: they hold no list for \"each\".",
                                flat[group->format].name, flat[group->format].what),
                    "leave \"each\" out", "");
    else if (group->format == RULES_FORMAT_PLAIN)
        plain_fits(parser, group);
    else
        flat_fits(parser, group);
}
