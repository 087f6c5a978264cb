/* What is different between two rulesets, in sentences.
 * Comes in: two blocks. Goes out: lines such as
 * "cooler-too-warm: warning limit 5 °C -> 4 °C." Called by `brink diff` and `brink format`. */
#ifndef RULES_LANGUAGE_CHANGES_H
#define RULES_LANGUAGE_CHANGES_H

#include "rules/language/compiler.h"

/* Writes one line for each difference; returns how many there are. 0: they mean the same to the one
 * who reads them; rulesets_mean_the_same is stricter. */
size_t rulesets_changes(const struct ruleset *old, const struct ruleset *new,
                        struct rules_output output);

/* The same bytes but for line numbers, fingerprint and checksum. */
bool rulesets_mean_the_same(const struct ruleset *a, const struct ruleset *b);

#endif
