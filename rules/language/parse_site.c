/* The blocks `site` and `set` (RULES sections 4.1, 4.2). See parser.h. */
#include "rules/language/parser.h"
#include "rules/language/zones.h"

bool parse_site(struct parser *parser)
{
    struct draft *draft = parser->draft;
    struct word name;
    if (draft->has_site)
        return parser_tell(parser, parser->first.place, CODE_TWICE,
                           arena_print(parser->arena, "There is already a site, on line %u of %s.",
                                       draft->site_place.line + 1, draft->site_place.source->name),
                           "leave one of the two out", "");
    draft->has_site = true;
    draft->site_place = parser->first.place;
    if (!parser_expect_text(parser, "the name of the site, in quote marks", &name))
        return false;
    draft->site_name = name.text;
    parser_expect_end(parser);
    return true;
}

static bool parse_id(struct parser *parser)
{
    struct word name;
    if (!parser_expect_name(parser, "a name for this site, such as store-14", &name))
        return false;
    parser->draft->site_id = name.text;
    return parser_expect_end(parser);
}

/* A name of the time zone database: Area/City, or utc. */
static bool parse_timezone(struct parser *parser)
{
    struct word zone = reader_next_raw(&parser->reader);
    const char *note = "For example: timezone Europe/London, or: timezone utc";
    if (zone.kind != WORD_NAME)
        return parser_refuse_expected(parser, &zone, CODE_TIMEZONE, "a time zone", NULL, 0, note);
    for (size_t i = 0; i < zone_rows_count; i++) {
        if (text_equal_ignoring_case(zone.text, text_of(zone_rows[i].name))) {
            parser->draft->timezone =
                word_is(&zone, "utc") ? TEXT("utc") : text_of(zone_rows[i].name);
            /* UTC has no rule of its own: nothing is written. */
            if (strcmp(zone_rows[i].rule, "UTC0") != 0)
                parser->draft->zone = text_of(zone_rows[i].rule);
            return parser_expect_end(parser);
        }
    }
    struct text *names = must_arena_allocate(parser->arena, zone_rows_count * sizeof *names);
    for (size_t i = 0; i < zone_rows_count; i++) {
        names[i] = text_of(zone_rows[i].name);
        const char *city = strrchr(zone_rows[i].name, '/');
        if (city != NULL && text_equal_ignoring_case(zone.text, text_of(city + 1)))
            return parser_tell(parser, zone.place, CODE_TIMEZONE,
                               arena_print(parser->arena, "\"%.*s\" lacks its part of the world.",
                                           TEXT_ARGUMENTS(zone.text)),
                               arena_print(parser->arena, "write \"%s\"", zone_rows[i].name), "");
    }
    return parser_tell(parser, zone.place, CODE_TIMEZONE,
                       arena_print(parser->arena, "I don't know the time zone \"%.*s\".",
                                   TEXT_ARGUMENTS(zone.text)),
                       messages_suggest(parser->arena, zone.text, names, zone_rows_count), note);
}

static bool parse_flood(struct parser *parser)
{
    uint32_t alarms;
    int64_t in_ms;
    if (!parser_expect_keyword(parser, "above") ||
        !parser_expect_count(parser, "a number of alarms", 1, 10000, &alarms) ||
        !parser_expect_keyword(parser, "alarms") || !parser_expect_keyword(parser, "in") ||
        !parse_duration_ms(parser, &in_ms))
        return false;
    parser->draft->flood_above = alarms;
    parser->draft->flood_in_ms = in_ms;
    return parser_expect_end(parser);
}

static bool parse_send(struct parser *parser)
{
    static const struct choice rows[] = {{"minute", 60000, NOW}, {"hour", 3600000, NOW}};
    static const struct choices per = CHOICES(rows, CODE_EXPECTED, "\"minute\" or \"hour\"");
    uint32_t messages;
    if (!parser_expect_keyword(parser, "at") || !parser_expect_keyword(parser, "most") ||
        !parser_expect_count(parser, "a number of messages", 1, 1000000, &messages) ||
        !parser_expect_keyword(parser, "messages") || !parser_expect_keyword(parser, "per"))
        return false;
    const struct choice *choice = parser_choose(parser, &per, NULL);
    if (choice == NULL)
        return false;
    parser->draft->send_at_most = messages;
    parser->draft->send_per_ms = choice->value;
    return parser_expect_end(parser);
}

static bool parse_keep(struct parser *parser)
{
    int64_t keep_ms;
    if (!parser_expect_keyword(parser, "unsent") || !parser_expect_keyword(parser, "for") ||
        !parse_duration_ms(parser, &keep_ms))
        return false;
    parser->draft->keep_unsent_ms = keep_ms;
    return parser_expect_end(parser);
}

static const struct line_row rows_of_site[] = {
    {"id", parse_id, NOW, true, 0},       {"timezone", parse_timezone, NOW, true, 0},
    {"flood", parse_flood, NOW, true, 0}, {"send", parse_send, NOW, true, 0},
    {"keep", parse_keep, NOW, true, 0},
};
const struct line_table site_lines = {
    "a site", "A line about the site looks like:  timezone Europe/London", LINES(rows_of_site)};

/* `set NAME to OTHER plus 1 °C`, in the unit of the other. */
static bool set_like(struct parser *parser, struct draft_set *set, const struct draft_set *other)
{
    struct word word = parser_take(parser), last;
    const struct unit *unit;
    double sign = 1;
    if (other == set || other->is_broken)
        return other == set && parser_refuse_expected(parser, &word, CODE_VALUE, "a value", NULL, 0,
                                                      "A value can't be set to itself.");
    set->number = other->number;
    set->decimals = other->decimals;
    set->unit = other->unit;
    set->is_broken = false;
    if (parser_take_keyword(parser, "minus"))
        sign = -1;
    else if (!parser_take_keyword(parser, "plus"))
        return parser_expect_end(parser);
    struct word number = parser_peek(parser);
    if (number.kind != WORD_NUMBER)
        return parser_refuse_expected(parser, &number, CODE_VALUE, "a number", NULL, 0, "");
    parser_take(parser);
    if (!parser_check_number(parser, &number) || !parse_unit_behind(parser, &number, &unit, &last))
        return false;
    if ((unit == NULL) != (set->unit == NULL) || (unit != NULL && !unit_same_kind(unit, set->unit)))
        return parser_tell(parser, place_from_to(&number.place, &last.place), CODE_UNIT_KIND,
                           "The two values are not of one kind.",
                           set->unit != NULL
                               ? arena_print(parser->arena, "write it in %s", set->unit->name)
                               : "write the number alone",
                           "");
    double amount = number.number;
    if (unit != NULL)
        amount = unit_convert(amount, unit, set->unit, UNIT_DIFFERENCE);
    set->number += sign * amount;
    if (number.decimals > set->decimals)
        set->decimals = number.decimals;
    return parser_expect_end(parser);
}

/* `set NAME to VALUE`: kept as written; where it is used its kind is checked. */
bool parse_set(struct parser *parser)
{
    struct draft *draft = parser->draft;
    struct word name, last;
    if (!parser_expect_name(parser, "a name for this value", &name))
        return false;
    const struct draft_set *other = draft_find_set(draft, name.text);
    if (other != NULL)
        return parser_tell(parser, name.place, CODE_SET_TWICE,
                           arena_print(parser->arena,
                                       "There is already a value called \"%.*s\", on line %u.",
                                       TEXT_ARGUMENTS(name.text), other->place.line + 1),
                           "give this one another name", "");
    bool is_taken = name_is_keyword(name.text) || unit_find(name.text) != NULL;
    for (uint32_t i = 0; i < draft->groups_count; i++)
        is_taken |= group_find_reading(draft->groups[i], name.text) >= 0;
    if (is_taken)
        return parser_tell(parser, name.place, CODE_NAME_TAKEN,
                           arena_print(parser->arena, "\"%.*s\" already has a meaning here.",
                                       TEXT_ARGUMENTS(name.text)),
                           "give this value another name", "");
    if (draft->sets_count == DRAFT_SETS_MAX)
        return parser_tell(
            parser, name.place, CODE_TOO_MANY,
            arena_print(parser->arena, "There can be at most %d values.", DRAFT_SETS_MAX),
            "use fewer", "");
    struct draft_set *set = &draft->sets[draft->sets_count++];
    *set = (struct draft_set){.name = name.text, .place = name.place, .is_broken = true};
    if (!parser_expect_keyword(parser, "to"))
        return false;
    struct word number = parser_peek(parser);
    if (number.kind == WORD_NAME && draft_find_set(draft, number.text) != NULL)
        return set_like(parser, set, draft_find_set(draft, number.text));
    if (number.kind != WORD_NUMBER)
        return parser_refuse_expected(parser, &number, CODE_VALUE, "a value", NULL, 0,
                                      "A value is a number and its unit, for example \"5 °C\".");
    parser_take(parser);
    if (!parser_check_number(parser, &number) ||
        !parse_unit_behind(parser, &number, &set->unit, &last))
        return false;
    set->number = number.number;
    set->decimals = number.decimals;
    set->is_broken = false;
    return parser_expect_end(parser);
}
