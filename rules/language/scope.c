/* Reads and judges scopes. See scope.h. */
#include "rules/language/scope.h"

static struct text name_at(const struct draft_scope *scope, uint32_t index)
{
    return scope->group->names[scope->is_set ? scope->names[index] : index].name;
}

static uint32_t names_count(const struct draft_scope *scope)
{
    if (scope->group == NULL)
        return 0;
    return scope->is_set ? scope->names_count : scope->group->names_count;
}

static bool has_name(const struct draft_scope *scope, struct text name)
{
    for (uint32_t i = 0; i < names_count(scope); i++) {
        if (text_equal_ignoring_case(name_at(scope, i), name))
            return true;
    }
    return false;
}

bool scope_has_one(const struct draft_scope *from, const struct draft_scope *to)
{
    for (uint32_t i = 0; i < names_count(to); i++) {
        if (!has_name(from, name_at(to, i)))
            return false;
    }
    return true;
}

/* ---- by, where ------------------------------------------------------------------------------- */

/* In the order of the group's names, so that equal sets are equal. */
static void add_name(struct draft_scope *scope, uint32_t name)
{
    uint32_t at = scope->names_count++;
    for (; at > 0 && scope->names[at - 1] > name; at--)
        scope->names[at] = scope->names[at - 1];
    scope->names[at] = name;
}

bool parse_by(struct parser *parser, struct draft_scope *scope)
{
    scope->is_set = true;
    do {
        struct word word;
        uint32_t name;
        if (!parse_part_name(parser, scope->group, &name, &word))
            return false;
        for (uint32_t i = 0; i < scope->names_count; i++) {
            if (scope->names[i] == name)
                return parser_tell(parser, word.place, CODE_TWICE,
                                   arena_print(parser->arena, "%.*s stands here twice.",
                                               TEXT_ARGUMENTS(word.text)),
                                   "leave one of the two out", "");
        }
        add_name(scope, name);
    } while (parser_take_keyword(parser, "and"));
    return true;
}

static bool parse_allowed(struct parser *parser, struct draft_scope *scope)
{
    struct word word;
    if (scope->where == NULL)
        scope->where = must_arena_allocate(parser->arena, RULES_NAMES_MAX * sizeof *scope->where);
    struct draft_allowed *allowed = &scope->where[scope->where_count];
    if (!parse_part_name(parser, scope->group, &allowed->name, &word) ||
        !parser_expect_keyword(parser, "is"))
        return false;
    for (uint32_t i = 0; i < scope->where_count; i++) {
        if (scope->where[i].name == allowed->name)
            return parser_tell(
                parser, word.place, CODE_FILTER,
                arena_print(parser->arena, "%.*s stands here twice.", TEXT_ARGUMENTS(word.text)),
                "join its words with \"or\"", "");
    }
    allowed->is_not = parser_take_keyword(parser, "not");
    do {
        word = parser_peek(parser);
        bool is_word = word.kind == WORD_NAME || word.kind == WORD_TEXT || word.kind == WORD_NUMBER;
        if (!is_word || word.text.length == 0 || word.text.length > RULES_NAME_BYTES)
            return parser_refuse_expected(parser, &word, CODE_FILTER, "the name of a device", NULL,
                                          0, "For example: where cooler is not drinks");
        if (allowed->words_count == RULES_WORDS_MAX)
            return parser_tell(
                parser, word.place, CODE_TOO_MANY,
                arena_print(parser->arena, "There can be at most %d words here.", RULES_WORDS_MAX),
                "make two alarms of it", "");
        allowed->words[allowed->words_count++] = word.text;
        parser_take(parser);
    } while (parser_take_keyword(parser, "or"));
    scope->where_count++;
    return true;
}

bool parse_where(struct parser *parser, struct draft_scope *scope)
{
    do {
        if (scope->where_count == RULES_NAMES_MAX) {
            struct word word = parser_peek(parser);
            return parser_tell(parser, word.place, CODE_TOO_MANY, "There are too many names here.",
                               "leave some out", "");
        }
        if (!parse_allowed(parser, scope))
            return false;
    } while (parser_take_keyword(parser, "and"));
    return true;
}

/* ---- differs across -------------------------------------------------------------------------- */

bool scope_take_across(struct parser *parser, struct draft_scope *scope,
                       const struct draft_condition *condition)
{
    for (uint32_t i = 0; i < condition->tests_count; i++) {
        const struct draft_test *test = &condition->tests[i];
        if (test->kind != RULES_DIFFERS_ACROSS)
            continue;
        struct text name = test->group->names[test->across].name;
        if (!scope->is_set && test->group == scope->group) {
            scope->is_set = true;
            for (uint32_t n = 0; n < scope->group->names_count; n++) {
                if (n != test->across)
                    add_name(scope, n);
            }
        } else if (scope->is_set ? has_name(scope, name) : true) {
            return parser_tell(parser, test->name, CODE_QUANTIFIER,
                               arena_print(parser->arena,
                                           "This alarm has one %.*s only, so nothing differs "
                                           "across it.",
                                           TEXT_ARGUMENTS(name)),
                               "make an alarm of its own for this line", "");
        }
    }
    return true;
}

/* ---- whose reading --------------------------------------------------------------------------- */

static const char *subject_name(struct parser *parser, const struct draft_test *test)
{
    if (test->group == NULL)
        return "";
    return arena_print(parser->arena, "%.*s",
                       TEXT_ARGUMENTS(test->group->readings[test->reading]->name));
}

static bool judge_silent(struct parser *parser, const struct draft_scope *scope,
                         struct draft_test *test)
{
    if (test->group == NULL && parser->draft->groups_count == 1)
        test->group = parser->draft->groups[0];
    if (test->group == NULL)
        return parser_tell(parser, test->predicate, CODE_QUANTIFIER,
                           "Silent sensors of which group?",
                           "write, for example, \"silent of coolers on 3 or more\"", "");
    if (scope->is_set && test->least == 0)
        return parser_tell(parser, test->predicate, CODE_QUANTIFIER,
                           "This alarm is for several sensors. How many of them are silent?",
                           "write \"silent on 1 or more\" or \"silent on 50 % or more\"", "");
    if (!scope->is_set && (test->least > 0 || test->group != scope->group))
        return parser_tell(parser, test->predicate, CODE_QUANTIFIER,
                           "Each sensor has its own alarm here, so there is only one to be silent.",
                           "leave \"on\" out, or write \"by\" and named parts in the alarm's line",
                           "");
    return true;
}

static bool judge_own(struct parser *parser, const struct draft_test *test)
{
    if (test->quantifier != RULES_THE)
        return parser_tell(parser, test->subject, CODE_QUANTIFIER,
                           "Each device has its own alarm here, so there is only one.",
                           arena_print(parser->arena,
                                       "write \"%s\" alone, or \"by\" in the first line",
                                       subject_name(parser, test)),
                           "");
    if (test->summary != RULES_NO_SUMMARY && !test->has_over)
        return parser_tell(parser, test->subject, CODE_SUMMARY,
                           "Of which time? A summary of one device needs a length of time.",
                           arena_print(parser->arena, "add \"over 1 hour\" behind \"%s\"",
                                       subject_name(parser, test)),
                           "");
    return true;
}

static bool judge_others(struct parser *parser, const struct draft_scope *scope,
                         const struct draft_test *test, bool is_lenient)
{
    const struct draft_scope devices = {.group = test->group};
    bool is_counted = test->quantifier != RULES_THE || test->summary != RULES_NO_SUMMARY;
    bool is_last = test->summary == RULES_FIRST || test->summary == RULES_LAST ||
                   test->summary == RULES_CHANGE;
    if (is_last && !test->has_over)
        return parser_tell(parser, test->subject, CODE_SUMMARY,
                           "First and last of which time? This summary needs a length of time.",
                           "add, for example, \"over 1 hour\"", "");
    if (is_counted || is_lenient || scope_has_one(scope, &devices))
        return true;
    const char *own = subject_name(parser, test);
    return parser_tell(
        parser, test->subject, CODE_QUANTIFIER,
        arena_print(parser->arena, "There can be several %.*s here. Is one of them meant, or all?",
                    TEXT_ARGUMENTS(test->group->name)),
        arena_print(parser->arena, "write \"any %s%s%.*s\" or \"every %s%s%.*s\"", own,
                    test->names_group ? " of " : "",
                    test->names_group ? (int)test->group->name.length : 0, test->group->name.bytes,
                    own, test->names_group ? " of " : "",
                    test->names_group ? (int)test->group->name.length : 0, test->group->name.bytes),
        "");
}

static bool judge_values(struct parser *parser, const struct draft_scope *scope,
                         const struct draft_test *test)
{
    const struct draft_value *values[] = {&test->value, &test->second};
    for (size_t i = 0; i < 2; i++) {
        if (values[i]->kind == RULES_ACROSS && (scope->is_set || test->group != scope->group))
            return parser_tell(parser, values[i]->place, CODE_QUANTIFIER,
                               "The other devices are those beside one device.",
                               "use this in an alarm on the group, without \"by\"", "");
    }
    return true;
}

bool scope_judge(struct parser *parser, const struct draft_scope *scope,
                 struct draft_condition *condition, bool is_lenient)
{
    for (uint32_t i = 0; i < condition->tests_count; i++) {
        struct draft_test *test = &condition->tests[i];
        bool is_own = !scope->is_set && test->group == scope->group;
        bool is_good = true;
        if (test->kind == RULES_ALARM)
            continue;
        if (test->kind == RULES_SILENT)
            is_good = judge_silent(parser, scope, test);
        else if (test->kind != RULES_DIFFERS_ACROSS)
            is_good = (is_own ? judge_own(parser, test)
                              : judge_others(parser, scope, test, is_lenient)) &&
                      judge_values(parser, scope, test);
        if (!is_good)
            return false;
    }
    return true;
}
