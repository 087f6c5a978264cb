/* The lines of `sensors` that speak of readings and of formats; parse_sensors.c has the others. */
#ifndef RULES_LANGUAGE_PARSE_SENSORS_H
#define RULES_LANGUAGE_PARSE_SENSORS_H

#include "rules/language/parser.h"

bool parse_read(struct parser *parser);
bool parse_valid(struct parser *parser);
bool parse_ignore(struct parser *parser);
bool parse_format(struct parser *parser);

/* Does what the group reads stand in messages of its format? Tells the first that does not. */
void judge_format(struct parser *parser, const struct draft_group *group);

#endif
