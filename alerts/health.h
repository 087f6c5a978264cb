/* What the health message says of suppression (RULES, section 7): how often alarms were held back,
 * and which of them most. Comes in: the engine's counts. Goes out: figures for message.c. Called by
 * alerts.c, each minute. */
#ifndef ALERTS_HEALTH_H
#define ALERTS_HEALTH_H

#include "rules/engine/engine.h"

#define HEALTH_ALARMS_MOST 16 /* so many are named, however many there are */

struct health_suppressed {
    uint64_t times; /* all alarms together */
    uint32_t count; /* of those that are named: most often held back first */
    struct {
        struct rules_text name;
        uint64_t times;
    } alarms[HEALTH_ALARMS_MOST];
};

void health_count_suppressed(const struct engine *engine, const struct ruleset *rules,
                             struct health_suppressed *suppressed);

#endif
