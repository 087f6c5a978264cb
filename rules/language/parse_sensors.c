/* The block `sensors` (RULES section 4.4), but for the lines that speak of readings. See parser.h.
 */
#include "rules/language/parse_sensors.h"

#include "rules/language/parse_like.h"

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
    if (parser_take_keyword(parser, "like") && !parse_like_group(parser))
        return false;
    if (!parser_expect_end(parser))
        return false;
    group->is_broken = false;
    return true;
}

void finish_sensors(struct parser *parser)
{
    const struct draft_group *group = parser->group;
    if (group->has_mistakes)
        return; /* those of the group that it is like */
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
    else
        judge_format(parser, group);
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
    parser->group->time_is_said = true;
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

/* Of a message alone: no other group, no time, no alarm (appendix E, 17). */
static bool is_of_message(const struct draft_test *test)
{
    return test->kind <= RULES_IS_NOT || test->kind == RULES_MISSING ||
           test->kind == RULES_FAULTY || test->kind == RULES_DIFFERS_FROM;
}

static bool parse_accept(struct parser *parser)
{
    struct draft_group *group = parser->group;
    struct draft_condition *accept = must_arena_allocate(parser->arena, sizeof *accept);
    if (!parser_expect_keyword(parser, "when") || !parse_condition(parser, accept, NULL) ||
        !parser_expect_end(parser))
        return false;
    for (uint32_t i = 0; i < accept->tests_count; i++) {
        if (!is_of_message(&accept->tests[i]))
            return parser_tell(parser, accept->tests[i].subject, CODE_FORMAT,
                               "Only what stands in the message itself can be asked here.",
                               "for example: accept when quality at least 192", "");
    }
    group->has_accept = true;
    group->accept = accept;
    return true;
}

static const struct line_row rows_of_sensors[] = {
    {"from", parse_from, NOW, true, 0},     {"format", parse_format, NOW, true, 0},
    {"each", parse_each, NOW, true, 0},     {"name", parse_name, NOW, false, 0},
    {"called", parse_called, NOW, true, 1}, {"expect", parse_expect, NOW, true, 0},
    {"fresh", parse_fresh, NOW, true, 0},   {"forget", parse_forget, NOW, true, 0},
    {"time", parse_time, NOW, true, 0},     {"sequence", parse_sequence, NOW, true, 0},
    {"allow", parse_allow, NOW, false, 0},  {"read", parse_read, NOW, false, 0},
    {"valid", parse_valid, NOW, false, 1},  {"ignore", parse_ignore, NOW, false, 1},
    {"accept", parse_accept, NOW, true, 1},
};
const struct line_table sensors_lines = {
    "a group of sensors", "A line about sensors looks like:  read temperature from temp in °C",
    LINES(rows_of_sensors)};
