/* The options of an alarm (RULES sections 3.2, 4.7), which may also stand in `defaults`, and the
 * lines `except` and `only`, which reports have too. */
#ifndef RULES_LANGUAGE_PARSE_OPTIONS_H
#define RULES_LANGUAGE_PARSE_OPTIONS_H

#include "rules/language/parser.h"

bool parse_clear(struct parser *parser);
bool parse_except(struct parser *parser);
bool parse_only(struct parser *parser);
bool parse_say(struct parser *parser);
bool parse_cause(struct parser *parser);
bool parse_risk(struct parser *parser);
bool parse_action(struct parser *parser);
bool parse_respond(struct parser *parser);
bool parse_remind(struct parser *parser);
bool parse_acknowledge(struct parser *parser);
bool parse_shelve(struct parser *parser);
bool parse_limit(struct parser *parser);
bool parse_sensitivity(struct parser *parser);
bool parse_learn(struct parser *parser);
bool parse_attach(struct parser *parser);
bool parse_option_tags(struct parser *parser);
bool parse_also(struct parser *parser);
bool parse_out(struct parser *parser);

/* Rows of a line table. Texts are read last: what they can name depends on the other lines. */
#define OPTION_ROWS                                                                                \
    {"clear", parse_clear, NOW, false, 0}, {"except", parse_except, NOW, false, 0},                \
        {"only", parse_only, NOW, false, 0}, {"say", parse_say, NOW, true, 1},                     \
        {"cause", parse_cause, NOW, true, 1}, {"risk", parse_risk, NOW, true, 1},                  \
        {"action", parse_action, NOW, true, 1}, {"respond", parse_respond, NOW, true, 0},          \
        {"remind", parse_remind, NOW, true, 0}, {"acknowledge", parse_acknowledge, NOW, true, 0},  \
        {"shelve", parse_shelve, NOW, true, 0}, {"limit", parse_limit, NOW, true, 0},              \
        {"sensitivity", parse_sensitivity, NOW, true, 0}, {"learn", parse_learn, NOW, true, 0},    \
        {"attach", parse_attach, NOW, true, 0}, {"tags", parse_option_tags, NOW, false, 0},        \
        {"also", parse_also, NOW, true, 0},                                                        \
    {                                                                                              \
        "out", parse_out, NOW, true, 0                                                             \
    }

#endif
