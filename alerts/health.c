/* How alarms and devices are (see health.h). */
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

static void take(struct health_devices *troubled, uint32_t device, bool has_it)
{
    if (has_it && troubled->named < HEALTH_DEVICES_MOST)
        troubled->devices[troubled->named++] = device;
    troubled->count += has_it;
}

void health_look_at_devices(const struct engine *engine, int64_t now_ms,
                            struct health_devices troubles[HEALTH_TROUBLES])
{
    memset(troubles, 0, HEALTH_TROUBLES * sizeof *troubles);
    for (uint32_t i = ENGINE_NO_DEVICE; (i = engine_device_next(engine, i)) != ENGINE_NO_DEVICE;) {
        struct engine_device_view view;
        engine_device_view(engine, i, &view);
        if (view.set != RULES_NONE)
            continue;
        struct engine_device_trouble trouble = engine_device_trouble(engine, i, now_ms);
        take(&troubles[HEALTH_SILENT], i, trouble.is_silent);
        take(&troubles[HEALTH_FAULTY], i, trouble.is_faulty);
        take(&troubles[HEALTH_CLOCK_WRONG], i, trouble.is_clock_wrong);
        take(&troubles[HEALTH_ALIKE], i, trouble.is_alike);
    }
}
