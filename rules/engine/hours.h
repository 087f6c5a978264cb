/* `hours` of a site: is a moment inside them, and when does that next change? (RULES, section 4.3.)
 * Comes in: hours of a ruleset, a zone and a moment. Goes out: inside or not, in pure functions.
 * Called by suppress.c. */
#ifndef RULES_ENGINE_HOURS_H
#define RULES_ENGINE_HOURS_H

#include "base/zone.h"
#include "rules/ruleset.h"

struct hours_view {
    bool is_inside;
    int64_t until_ms; /* UTC: stays so until then at least; nearly always it changes then */
};

/* A span holds the moments whose local time lies in it. Where clocks go forward, one that begins
 * within the missing hour begins with the hour after it; where they go back, an hour that is there
 * twice is inside both times. A span past midnight belongs to the day on which it begins: that day
 * must be open, not the next one. */
struct hours_view hours_view(const struct ruleset *rules, const struct rules_hours *hours,
                             const struct zone *zone, int64_t utc_ms);

#endif
