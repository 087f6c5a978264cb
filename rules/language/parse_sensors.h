/* The lines of `sensors` that speak of readings; parse_sensors.c has the others. */
#ifndef RULES_LANGUAGE_PARSE_SENSORS_H
#define RULES_LANGUAGE_PARSE_SENSORS_H

#include "rules/language/parser.h"

bool parse_read(struct parser *parser);
bool parse_valid(struct parser *parser);
bool parse_ignore(struct parser *parser);

#endif
