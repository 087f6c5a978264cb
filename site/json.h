/* site.json as a tree that knows its lines.
 * Comes in: JSON text with comments (// and slash-star). Goes out: a cJSON tree in which each
 * item's `valueint` is the line that it begins on. Desk tools only. */
#ifndef SITE_JSON_H
#define SITE_JSON_H

#include "base/text.h"

#include <cJSON.h>

/* NULL when it is not JSON: *line and *why (a constant) say where and what. Freed by cJSON_Delete.
 */
cJSON *json_parse_with_lines(struct text text, int *line, const char **why);

#endif
