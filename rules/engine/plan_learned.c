/* What is learned of the readings of a scope's devices: by which settings, and where it lies in a
 * row. Comes in: a checked ruleset. Goes out: plan_learned entries. Called by plan.c and
 * plan_row.c. */
#include "rules/engine/plan.h"

static uint32_t learned_bytes(uint32_t words)
{
    size_t bytes =
        sizeof(struct learned) + (size_t)__builtin_popcount(words) * sizeof(struct unusual_episode);
    return (uint32_t)((bytes + 7) / 8 * 8);
}

uint32_t plan_learned_make(const struct ruleset *rules, uint32_t scope, uint32_t at,
                           struct plan_learned *learned)
{
    const struct rules_span written = plan_rules_scope(rules, scope)->learned;
    for (uint32_t i = 0; i < written.count; i++) {
        const struct rules_learned *of = RULES_AT(rules, struct rules_learned, written, i);
        const struct rules_alarm *alarm =
            RULES_AT(rules, struct rules_alarm, rules->alarms, of->alarm);
        if (learned != NULL)
            learned[i] = (struct plan_learned){
                .settings = {.learn_over_ms = alarm->learn_ms,
                             .is_without_week = alarm->learn_by == RULES_LEARN_HOUR_OF_DAY},
                .threshold = unusual_threshold((enum unusual_sensitivity)alarm->sensitivity),
                .at = at,
                .reading = (uint8_t)of->reading,
                .words = (uint8_t)of->words,
            };
        at += learned_bytes(of->words);
    }
    return at;
}
