/* Writes a draft without mistakes as a ruleset block (rules/ruleset.h).
 * Comes in: a draft. Goes out: one block from malloc, aligned to 8, whose bytes depend only on the
 * draft. Called by the compiler. */
#ifndef RULES_LANGUAGE_EMITTER_H
#define RULES_LANGUAGE_EMITTER_H

#include "rules/language/draft.h"

/* NULL when the machine has no memory left, the block would pass 4 GiB, or the rules need more
 * links, sets or windows than there can be: then `messages` has one more. */
void *emitter_write(const struct draft *draft, uint64_t fingerprint, struct arena *arena,
                    struct messages *messages, size_t *size_bytes);

#endif
