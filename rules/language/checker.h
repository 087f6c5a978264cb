/* What is well written and still wrong, or likely to be (RULES sections 6, 13.3).
 * Comes in: triggers, alarms and the whole draft, when their lines are read. Goes out: messages.
 * Called by the parser and the compiler. */
#ifndef RULES_LANGUAGE_CHECKER_H
#define RULES_LANGUAGE_CHECKER_H

#include "rules/language/parser.h"

/* False when the trigger can't be kept. */
bool checker_judge_trigger(struct parser *parser, const struct draft_trigger *trigger);

/* False, with a message, when a test of `except`, `only`, `accept` or `time while` needs time. */
bool checker_judge_moment(struct parser *parser, const struct draft_condition *condition);

/* All triggers of an alarm together. */
void checker_judge_alarm(struct parser *parser, const struct draft_alarm *alarm);

/* One of its triggers is critical. */
bool checker_is_critical(const struct draft_alarm *alarm);

/* Warnings about what is missing in a site whose lines are all good. */
void checker_judge_site(struct parser *parser);

#endif
