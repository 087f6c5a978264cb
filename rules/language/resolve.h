/* What can only be looked up behind the last line (RULES, appendix C): the alarms that conditions
 * ask for, and the order in which alarms are judged. Comes in: a whole draft. Goes out: `asked` of
 * each test, `order` of the draft, and messages. Called by the compiler. */
#ifndef RULES_LANGUAGE_RESOLVE_H
#define RULES_LANGUAGE_RESOLVE_H

#include "rules/language/parser.h"

void resolve_references(struct parser *parser);

#endif
