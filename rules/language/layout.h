/* One layout for rule files (RULES, section 15): blanks, indentation, capitals, units, the order of
 * an alarm's lines, the bars of tables. Comes in: a rule file. Goes out: the same rules in that
 * layout; comments stay where they are. It works on words, not on what they mean: who calls it
 * compares what both compile to. Called by `brink format`. */
#ifndef RULES_LANGUAGE_LAYOUT_H
#define RULES_LANGUAGE_LAYOUT_H

#include "rules/language/compiler.h"

/* What may be touched besides blanks and capitals. */
struct layout_options {
    bool units;  /* "5C" to "5 °C", "10m" to "10 minutes" */
    bool orders; /* an alarm's lines */
};
/* The text is ended with a zero and freed by free((char *)bytes). */
struct text layout_make(const struct rules_source_file *file, struct layout_options options);

#endif
