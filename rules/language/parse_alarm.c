/* The block `alarm`: triggers and options (RULES section 4.7). See parser.h. */
#include "rules/language/checker.h"
#include "rules/language/parse_like.h"
#include "rules/language/parse_options.h"
#include "rules/language/scope.h"

bool parse_alarm(struct parser *parser)
{
    struct draft *draft = parser->draft;
    struct word name;
    if (!parser_expect_name(parser, "a name for this alarm", &name))
        return false;
    const struct draft_alarm *other = draft_find_alarm(draft, name.text);
    if (other != NULL)
        return parser_tell(parser, name.place, CODE_ALARM_TWICE,
                           arena_print(parser->arena,
                                       "There is already an alarm called \"%.*s\", on line %u.",
                                       TEXT_ARGUMENTS(name.text), other->place.line + 1),
                           "give this one another name", "");
    if (draft->alarms_count == RULES_ALARMS_MAX)
        return parser_tell(
            parser, name.place, CODE_TOO_MANY,
            arena_print(parser->arena, "There can be at most %d alarms.", RULES_ALARMS_MAX),
            "one alarm covers all devices of its group", "");
    struct draft_alarm *alarm = must_arena_allocate(parser->arena, sizeof *alarm);
    *alarm = (struct draft_alarm){.name = name.text, .place = name.place, .is_broken = true};
    draft_options_begin(&alarm->options);
    draft_add_alarm(draft, alarm);
    parser->alarm = alarm;
    if (parser_take_keyword(parser, "like") && !parse_like_alarm(parser))
        return false;
    struct word word = parser_peek(parser);
    if (word.kind == WORD_END && alarm->like != NULL) {
        alarm->group = parser->group = alarm->like->group;
        alarm->scope = alarm->like->scope;
        alarm->is_broken = false;
        return true;
    }
    if (word.kind == WORD_END) { /* the site's */
        alarm->scope.is_set = true;
        alarm->is_broken = false;
        return true;
    }
    if (parser_tell_split_name(parser, &name) || !parser_expect_keyword(parser, "on"))
        return false;
    struct draft_group *group = parse_group_name(parser);
    if (group == NULL)
        return false;
    alarm->scope.group = group;
    if ((parser_take_keyword(parser, "by") && !parse_by(parser, &alarm->scope)) ||
        (parser_take_keyword(parser, "where") && !parse_where(parser, &alarm->scope)) ||
        !parser_expect_end(parser))
        return false;
    alarm->group = parser->group = group;
    alarm->is_broken = false;
    return true;
}

void finish_alarm(struct parser *parser)
{
    struct draft_alarm *alarm = parser->alarm;
    if ((alarm->group != NULL && alarm->group->is_broken) || alarm->has_lost_lines)
        return;
    if (alarm->triggers_count == 0) {
        parser_tell(
            parser, alarm->place, CODE_BLOCK_EMPTY,
            arena_print(parser->arena, "%.*s does not say when.", TEXT_ARGUMENTS(alarm->name)),
            "add a line such as: warning when silent for 15 minutes", "");
        return;
    }
    bool is_good = true;
    for (uint32_t i = 0; i < alarm->triggers_count; i++) {
        struct draft_trigger *trigger = alarm->triggers[i];
        is_good &= scope_judge(parser, &alarm->scope, &trigger->when, false) &&
                   scope_judge(parser, &alarm->scope, &trigger->until, false);
    }
    if (is_good)
        checker_judge_alarm(parser, alarm);
}

/* ---- triggers ------------------------------------------------------------------------------ */

/* The text of this line between two words; the line's own words, on one line. */
static struct text line_between(const struct word *first, const struct word *behind)
{
    const struct text line = first->place.source->lines[first->place.line].plain;
    size_t end = behind->place.line == first->place.line ? behind->offset : line.length;
    struct text part = {line.bytes + first->offset, end - first->offset};
    while (part.length > 0 && part.bytes[part.length - 1] == ' ')
        part.length--;
    return part;
}

/* `… for 10 minutes and door is closed`: shows the line in its right order (appendix E.2). */
static bool refuse_order(struct parser *parser, const struct word *hold)
{
    struct word join = parser_take(parser), word = join, rest = join;
    do {
        rest = word = parser_take(parser);
    } while (word.kind != WORD_END && !word_is(&word, "until") && !word_is(&word, "for"));
    const char *text = "The length of time stands behind all tests.";
    if (parser->first.place.line != rest.place.line || word.kind != WORD_END)
        return parser_tell(parser, join.place, CODE_ORDER, text,
                           "write \"for\" and the time behind the last test", "");
    struct text start = line_between(&parser->first, hold);
    struct text middle = line_between(hold, &join), end = line_between(&join, &rest);
    return parser_tell(parser, join.place, CODE_ORDER, text, "",
                       arena_print(parser->arena, "Write:  %.*s %.*s %.*s", TEXT_ARGUMENTS(start),
                                   TEXT_ARGUMENTS(end), TEXT_ARGUMENTS(middle)));
}

static bool expect_trigger_end(struct parser *parser, const struct word *hold)
{
    static const struct text behind[] = {{"for", 3}, {"until", 5}, {"and", 3}, {"or", 2}};
    struct word word = parser_peek(parser);
    if (word.kind == WORD_END)
        return true;
    if (hold != NULL && (word_is(&word, "and") || word_is(&word, "or")))
        return refuse_order(parser, hold);
    if (word_is(&word, "on"))
        return parser_tell(parser, word.place, CODE_EXTRA,
                           "Only alarms and silent devices can be counted.",
                           "make an alarm of this test, and ask \"alarm NAME is active on …\"", "");
    return parser_refuse_expected(parser, &word, CODE_EXTRA,
                                  "\"for\", \"until\", \"and\", \"or\" or the end of the line",
                                  behind, 4, "");
}

static bool read_trigger(struct parser *parser, uint32_t severity)
{
    struct draft_alarm *alarm = parser->alarm;
    struct word severity_word = parser->first;
    if (parser->group != NULL && parser->group->is_broken)
        return false; /* told where the group begins */
    if (alarm->triggers_count == RULES_TRIGGERS_MAX)
        return parser_tell(parser, severity_word.place, CODE_TOO_MANY,
                           arena_print(parser->arena,
                                       "An alarm can have at most %d lines with \"when\".",
                                       RULES_TRIGGERS_MAX),
                           "make two alarms of it", "");
    struct draft_trigger *trigger = must_arena_allocate(parser->arena, sizeof *trigger);
    trigger->severity = severity;
    trigger->place = severity_word.place;
    if (!parser_expect_keyword(parser, "when") || !parse_condition(parser, &trigger->when, NULL))
        return false;
    struct word hold = parser_peek(parser);
    if (!parse_hold(parser, &trigger->when))
        return false;
    if (parser_take_keyword(parser, "until")) {
        trigger->has_until = true;
        if (!parse_condition(parser, &trigger->until, &trigger->when) ||
            !parse_hold(parser, &trigger->until))
            return false;
    }
    bool has_hold = trigger->when.hold.kind == RULES_HOLD_FOR && !trigger->has_until;
    if (!expect_trigger_end(parser, has_hold ? &hold : NULL))
        return false;
    if (!scope_take_across(parser, &alarm->scope, &trigger->when) ||
        !checker_judge_trigger(parser, trigger))
        return false;
    alarm->triggers[alarm->triggers_count++] = trigger;
    return true;
}

static bool parse_trigger(struct parser *parser, uint32_t severity)
{
    bool is_read = read_trigger(parser, severity);
    parser->alarm->has_lost_lines |= !is_read;
    return is_read;
}

static bool parse_critical(struct parser *parser)
{
    return parse_trigger(parser, RULES_CRITICAL);
}

static bool parse_warning(struct parser *parser)
{
    return parse_trigger(parser, RULES_WARNING);
}

static bool parse_notice(struct parser *parser)
{
    return parse_trigger(parser, RULES_NOTICE);
}

static bool parse_log(struct parser *parser)
{
    return parse_trigger(parser, RULES_LOG);
}

static const struct line_row rows_of_alarm[] = {
    {"critical", parse_critical, NOW, false, 0},
    {"warning", parse_warning, NOW, false, 0},
    {"notice", parse_notice, NOW, false, 0},
    {"log", parse_log, NOW, false, 0},
    OPTION_ROWS,
};
const struct line_table alarm_lines = {"an alarm",
                                       "An alarm line looks like:  critical when temperature above "
                                       "5 °C for 10 minutes until below 4.5 °C",
                                       LINES(rows_of_alarm)};
