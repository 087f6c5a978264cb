/* How often alarms were held back (see health.h). */
#include "alerts/health.h"

/* Puts an alarm where it belongs among those that are named; the last one may fall out. Of equals
 * the one that the rules have first stays first. */
static void name(struct health_suppressed *suppressed, struct rules_text alarm, uint64_t times)
{
    uint32_t at = suppressed->count;
    if (at == HEALTH_ALARMS_MOST && suppressed->alarms[--at].times >= times)
        return;
    suppressed->count = at + 1;
    for (; at > 0 && suppressed->alarms[at - 1].times < times; at--)
        suppressed->alarms[at] = suppressed->alarms[at - 1];
    suppressed->alarms[at].name = alarm;
    suppressed->alarms[at].times = times;
}

void health_count_suppressed(const struct engine *engine, const struct ruleset *rules,
                             struct health_suppressed *suppressed)
{
    suppressed->times = suppressed->count = 0;
    for (uint32_t i = 0; i < rules->alarms.count; i++) {
        uint64_t times = engine_alarm_suppressed(engine, i);
        suppressed->times += times;
        if (times > 0)
            name(suppressed, RULES_AT(rules, struct rules_alarm, rules->alarms, i)->name, times);
    }
}
