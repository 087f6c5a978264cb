/* The word that somebody probably meant.
 * Comes in: a misspelt word and the words that are possible there. Goes out: the nearest one, if it
 * is near enough to be worth saying. Called by site/ for keys and by tools/ for commands. */
#ifndef SITE_SUGGEST_H
#define SITE_SUGGEST_H

#include <stddef.h>

/* Slips between two words: letters left out, added, changed or swapped with their neighbour
 * (optimal string alignment). Words above 40 bytes are not compared: 40. */
size_t suggest_distance(const char *a, const char *b);

/* The nearest of `count` words, one slip per three letters at most (RULES, section 13.1); else
 * NULL. */
const char *suggest_nearest(const char *word, const char *const *words, size_t count);

#endif
