/* Which word was meant (RULES section 13.1, 4).
 * Comes in: the word that was written and the words that would be valid there. Goes out: the
 * nearest of them, or none. Called wherever a message can say "did you mean". */
#ifndef RULES_LANGUAGE_SUGGEST_H
#define RULES_LANGUAGE_SUGGEST_H

#include "base/text.h"

#define SUGGEST_FAR 1000

/* Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours, in
 * characters, ignoring the case of ASCII letters. SUGGEST_FAR for words longer than 64 characters.
 */
int suggest_distance(struct text a, struct text b);

/* The nearest candidate within one slip per three letters (one at least), the first of equals; its
 * index, or -1. Words that people say for a candidate ("between" for "inside") count as distance 0.
 * *distance may be NULL. */
int suggest_word(struct text written, const struct text *candidates, size_t count, int *distance);

#endif
