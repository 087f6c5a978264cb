/* The sentence that an alarm says when its rule gives none (RULES section 4.7).
 * Comes in: an alarm's triggers. Goes out: a template such as
 * "{device}: temperature is {temperature}, above 5 °C." Called by the emitter. */
#ifndef RULES_LANGUAGE_SENTENCE_H
#define RULES_LANGUAGE_SENTENCE_H

#include "rules/language/draft.h"

struct text sentence_make(struct arena *arena, const struct draft_alarm *alarm);

#endif
