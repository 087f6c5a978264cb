/* What the files share that read a condition: parse_condition.c joins tests, parse_subject.c reads
 * whose value is meant, parse_predicate.c what is said of it, parse_hold.c for how long. */
#ifndef RULES_LANGUAGE_PARSE_CONDITION_H
#define RULES_LANGUAGE_PARSE_CONDITION_H

#include "rules/language/parser.h"

/* `[any|every] [summary [of]] NAME [of NAME] [over DURATION]` */
bool parse_subject(struct parser *parser, struct draft_test *test);

/* `above 5 °C`, `is open`, of the test's subject. */
bool parse_predicate(struct parser *parser, struct draft_test *test);
/* True when one of the words that begin a predicate stands here. */
bool parser_sees_predicate(const struct parser *parser);
/* `until belwo 4 °C`: nearer to a comparison than to any reading. */
bool parser_sees_misspelt_predicate(struct parser *parser);

/* `on 3 or more`, `on 50 % or more`, behind `silent` and `is active`. */
bool parse_least(struct parser *parser, struct draft_test *test);

struct draft_reading *test_reading(const struct draft_test *test);
/* The test compares a number: a bare ending can speak of its subject (appendix E, 21). */
bool test_has_number(const struct draft_test *test);

#endif
