/* For whom an alarm or report is: each device of a group, some combination of named parts, or the
 * site (RULES section 4.7, appendix E 1, 26, 28). Comes in: `by`, `where`, conditions. Goes out:
 * the scope, and messages about subjects that do not go with it. Called by the parser. */
#ifndef RULES_LANGUAGE_SCOPE_H
#define RULES_LANGUAGE_SCOPE_H

#include "rules/language/parser.h"

/* `by NAME and NAME`, behind "by". */
bool parse_by(struct parser *parser, struct draft_scope *scope);
/* `where NAME is [not] WORD or WORD and NAME is …`, behind "where". */
bool parse_where(struct parser *parser, struct draft_scope *scope);

/* `differs across NAME` gives its alarm to the set of the other names (E 28). */
bool scope_take_across(struct parser *parser, struct draft_scope *scope,
                       const struct draft_condition *condition);

/* Every test says of which devices it speaks. `is_lenient`: names that are missing are read as any
 * (a line of defaults). */
bool scope_judge(struct parser *parser, const struct draft_scope *scope,
                 struct draft_condition *condition, bool is_lenient);

/* For each row of one there is one row of the other at most. */
bool scope_has_one(const struct draft_scope *from, const struct draft_scope *to);

#endif
