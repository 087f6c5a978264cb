/* The sentences that an alarm says when its rule gives none (RULES section 4.7).
 * Comes in: an alarm's triggers. Goes out: templates such as
 * "{device}: temperature is {temperature}, above 5 °C.", one for each change, because what is true
 * of a raise need not be true later. Called by the emitter. */
#ifndef RULES_LANGUAGE_SENTENCE_H
#define RULES_LANGUAGE_SENTENCE_H

#include "rules/language/draft.h"

struct sentences {
    struct text raised, updated, cleared; /* updated may be empty: as raised */
};

/* They live in the arena. */
void sentences_make(struct arena *arena, const struct draft_alarm *alarm,
                    struct sentences *sentences);

#endif
