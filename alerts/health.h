/* What the health message says of the engine (RULES, sections 7, 9.2, 16.2): how often alarms were
 * held back, and which of them most; what is the matter with devices, and with which. Comes in: the
 * engine's counts and devices. Goes out: figures for message.c. Called by alerts.c, each minute. */
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

/* As in struct engine_device_trouble. */
enum health_trouble { HEALTH_SILENT, HEALTH_FAULTY, HEALTH_CLOCK_WRONG, HEALTH_ALIKE };
#define HEALTH_TROUBLES 4
#define HEALTH_DEVICES_MOST 8 /* so many are named for each; … */
#define HEALTH_NAME_BYTES 96  /* … unless they are longer, with the zero at the end */

struct health_devices { /* with that trouble, now */
    uint32_t count, named;
    uint32_t devices[HEALTH_DEVICES_MOST]; /* the first ones */
};

void health_look_at_devices(const struct engine *engine, int64_t now_ms,
                            struct health_devices troubles[HEALTH_TROUBLES]);

void health_count_suppressed(const struct engine *engine, const struct ruleset *rules,
                             struct health_suppressed *suppressed);

#endif
