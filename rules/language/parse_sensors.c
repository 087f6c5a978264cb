/* The block `sensors` (RULES section 4.4), but for the lines that speak of readings. See parser.h.
 */
#include "rules/language/parse_sensors.h"

bool parse_sensors(struct parser *parser)
{
    struct draft *draft = parser->draft;
    struct word name;
    if (!parser_expect_name(parser, "a name for this group of sensors", &name))
        return false;
    const struct draft_group *other = draft_find_group(draft, name.text);
    if (other != NULL)
        return parser_tell(parser, name.place, CODE_GROUP_TWICE,
                           arena_print(parser->arena,
                                       "There is already a group called \"%.*s\", on line %u.",
                                       TEXT_ARGUMENTS(name.text), other->place.line + 1),
                           "give this one another name", "");
    if (draft->groups_count == RULES_GROUPS_MAX)
        return parser_tell(parser, name.place, CODE_TOO_MANY,
                           arena_print(parser->arena, "There can be at most %d groups of sensors.",
                                       RULES_GROUPS_MAX),
                           "put sensors of one kind into one group", "");
    struct draft_group *group = must_arena_allocate(parser->arena, sizeof *group);
    draft->groups[draft->groups_count++] = group;
    *group = (struct draft_group){.name = name.text, .place = name.place, .late_ms = -1};
    group->early_ms = -1;
    parser->group = group;
    group->is_broken = true; /* until its first line is read */
    struct word like = parser_peek(parser);
    if (word_is(&like, "like"))
        return parser_refuse_block_later(parser, like.place);
    if (!parser_expect_end(parser))
        return false;
    group->is_broken = false;
    return true;
}

void finish_sensors(struct parser *parser)
{
    const struct draft_group *group = parser->group;
    const char *missing = !group->has_source           ? "where its messages come from"
                          : group->readings_count == 0 ? "what to read"
                                                       : NULL;
    if (missing != NULL)
        parser_tell(parser, group->place, CODE_BLOCK_EMPTY,
                    arena_print(parser->arena, "%.*s does not say %s.", TEXT_ARGUMENTS(group->name),
                                missing),
                    !group->has_source
                        ? "add a line such as: from mqtt store/{store}/cooler/{cooler}"
                        : "add a line such as: read temperature from temp in °C",
                    "");
}

static bool parse_from(struct parser *parser)
{
    static const struct choice rows[] = {{"mqtt", RULES_FROM_MQTT, NOW},
                                         {"udp port", RULES_FROM_UDP, NOW}};
    static const struct choices sources = CHOICES(rows, CODE_EXPECTED, "\"mqtt\" or \"udp port\"");
    struct draft_group *group = parser->group;
    uint32_t port;
    group->has_source = true;
    group->names_are_unknown = true;
    const struct choice *choice = parser_choose(parser, &sources, NULL);
    if (choice == NULL)
        return false;
    group->source = choice->value;
    if (choice->value == RULES_FROM_MQTT) {
        if (!parse_topic(parser, group))
            return false;
    } else {
        if (!parser_expect_count(parser, "a port", 1, 65535, &port))
            return false;
        group->udp_port = (uint16_t)port;
    }
    group->names_are_unknown = false;
    return parser_expect_end(parser);
}

static bool parse_format(struct parser *parser)
{
    static const struct choice rows[] = {
        {"json", RULES_FORMAT_JSON, NOW}, {"lines", 0, LATER}, {"senml", 0, LATER},
        {"sparkplug", 0, LATER},          {"plain", 0, LATER}, {"csv", 0, LATER},
    };
    static const struct choices formats = CHOICES(rows, CODE_EXPECTED, "a format");
    return parser_choose(parser, &formats, NULL) != NULL && parser_expect_end(parser);
}

static bool parse_each(struct parser *parser)
{
    parser->group->has_each = true;
    return parse_path(parser, &parser->group->each) && parser_expect_end(parser);
}

/* `name vessel from id` */
static bool parse_name(struct parser *parser)
{
    struct word name;
    struct draft_path path;
    if (!parser_expect_name(parser, "a name for this part", &name) ||
        !parser_expect_keyword(parser, "from") || !parse_path(parser, &path))
        return false;
    int index = group_add_name(parser, parser->group, name.text, name.place);
    if (index < 0)
        return false;
    parser->group->names[index].is_in_message = true;
    parser->group->names[index].path = path;
    return parser_expect_end(parser);
}

static bool parse_called(struct parser *parser)
{
    return parse_template(parser, true, &parser->group->called);
}

static bool parse_expect(struct parser *parser)
{
    return parser_expect_keyword(parser, "every") &&
           parse_duration_ms(parser, &parser->group->expect_ms) && parser_expect_end(parser);
}

static bool parse_fresh(struct parser *parser)
{
    return parser_expect_keyword(parser, "for") &&
           parse_duration_ms(parser, &parser->group->fresh_ms) && parser_expect_end(parser);
}

static bool parse_forget(struct parser *parser)
{
    return parser_expect_keyword(parser, "after") &&
           parse_duration_ms(parser, &parser->group->forget_ms) && parser_expect_end(parser);
}

static bool parse_time(struct parser *parser)
{
    static const struct choice how_rows[] = {{"on arrival", 0, NOW}, {"from", 1, NOW}};
    static const struct choices how =
        CHOICES(how_rows, CODE_EXPECTED, "\"on arrival\" or \"from\"");
    static const struct choice form_rows[] = {{"seconds", RULES_TIME_SECONDS, NOW},
                                              {"milliseconds", RULES_TIME_MILLISECONDS, NOW},
                                              {"text", RULES_TIME_TEXT, NOW}};
    static const struct choices forms =
        CHOICES(form_rows, CODE_EXPECTED, "\"seconds\", \"milliseconds\" or \"text\"");
    const struct choice *choice = parser_choose(parser, &how, NULL);
    if (choice == NULL)
        return false;
    if (choice->value == 0) {
        parser->group->time = RULES_TIME_ARRIVAL;
        return parser_expect_end(parser);
    }
    if (!parse_path(parser, &parser->group->time_path) || !parser_expect_keyword(parser, "in"))
        return false;
    const struct choice *form = parser_choose(parser, &forms, NULL);
    if (form == NULL)
        return false;
    parser->group->time = form->value;
    return parser_expect_end(parser);
}

static bool parse_sequence(struct parser *parser)
{
    parser->group->has_sequence = true;
    return parser_expect_keyword(parser, "from") && parse_path(parser, &parser->group->sequence) &&
           parser_expect_end(parser);
}

static bool parse_allow(struct parser *parser)
{
    static const struct choice rows[] = {{"late", 0, NOW}, {"early", 1, NOW}};
    static const struct choices which = CHOICES(rows, CODE_EXPECTED, "\"late\" or \"early\"");
    const struct choice *choice = parser_choose(parser, &which, NULL);
    if (choice == NULL)
        return false;
    int64_t *to = choice->value == 0 ? &parser->group->late_ms : &parser->group->early_ms;
    return parse_duration_ms(parser, to) && parser_expect_end(parser);
}

static const struct line_row rows_of_sensors[] = {
    {"from", parse_from, NOW, true, 0},     {"format", parse_format, NOW, true, 0},
    {"each", parse_each, NOW, true, 0},     {"name", parse_name, NOW, false, 0},
    {"called", parse_called, NOW, true, 1}, {"expect", parse_expect, NOW, true, 0},
    {"fresh", parse_fresh, NOW, true, 0},   {"forget", parse_forget, NOW, true, 0},
    {"time", parse_time, NOW, true, 0},     {"sequence", parse_sequence, NOW, true, 0},
    {"allow", parse_allow, NOW, false, 0},  {"read", parse_read, NOW, false, 0},
    {"valid", parse_valid, NOW, false, 1},  {"ignore", parse_ignore, NOW, false, 1},
    {"accept", NULL, LATER, false, 0},
};
const struct line_table sensors_lines = {
    "a group of sensors", "A line about sensors looks like:  read temperature from temp in °C",
    LINES(rows_of_sensors)};
