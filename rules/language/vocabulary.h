/* All words of the language, each with one line on what it means. The words come from the parser's
 * own tables, so none can be missing; the test of this file fails when one has no meaning. Called
 * by `brink words`, and by the test of the editor's grammar. */
#ifndef RULES_LANGUAGE_VOCABULARY_H
#define RULES_LANGUAGE_VOCABULARY_H

#include <stdbool.h>
#include <stddef.h>

struct vocabulary_word {
    const char *group; /* "Blocks" */
    const char *word;
    const char *meaning; /* "" when nobody wrote one */
};

/* Word by word, group by group; false behind the last. */
bool vocabulary_word(size_t index, struct vocabulary_word *word);

#endif
