/* Which lines a block is made of: its own, those of what it is like, defaults. Called by parser.c,
 * and by the first lines of blocks that can be `like` another. */
#ifndef RULES_LANGUAGE_PARSE_LIKE_H
#define RULES_LANGUAGE_PARSE_LIKE_H

#include "rules/language/parser.h"

/* Fills parser->layers for the block whose first line was read: farthest first, its own last. */
void layers_begin(struct parser *parser, const struct line_table *lines,
                  const struct draft_lines *own);
/* True for a line that is not read: a nearer one replaces it. */
bool layer_skips(const struct parser *parser, const struct layer *layer, struct reader line);

/* Behind `like`: the name of what stands above. False: the block can't be read. */
bool parse_like_alarm(struct parser *parser);
bool parse_like_report(struct parser *parser);
bool parse_like_group(struct parser *parser);

/* A line of a severity in `defaults`. */
bool defaults_refuse_trigger(struct parser *parser);

#endif
