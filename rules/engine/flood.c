/* More alarms than people can read (RULES, section 10.7; appendix E 20, 34). Comes in: each raise,
 * or rise in severity, that would be announced. Goes out: shall it be collected instead; and the
 * summaries, by callback. By the site's clock: people read in their own time. One for the whole
 * engine. Called by life.c and, with the time, by engine.c. */
#include "rules/engine/internal.h"

#define SUMMARY_MS 60000
#define FLOOD_ABOVE_MOST 4096 /* raises that are remembered */

struct flood_raise {
    int64_t at_ms;
    uint32_t alarm, device;
};

uint32_t flood_room(const struct ruleset *rules)
{
    return rules->flood_above < FLOOD_ABOVE_MOST ? rules->flood_above : FLOOD_ABOVE_MOST;
}

size_t flood_size_bytes(const struct ruleset *rules)
{
    return flood_room(rules) * sizeof(struct flood_raise);
}

/* ---- what is remembered -------------------------------------------------------------------- */

/* The nth newest raise, from 1. */
static const struct flood_raise *newest(const struct engine *engine, uint32_t nth)
{
    const struct flood *flood = &engine->flood;
    uint32_t room = flood_room(engine->plan.rules);
    return &flood->raises[(flood->next + room - nth) % room];
}

static void remember(struct engine *engine, const struct flood_raise *raise)
{
    struct flood *flood = &engine->flood;
    uint32_t room = flood_room(engine->plan.rules);
    flood->raises[flood->next] = *raise;
    flood->next = (flood->next + 1) % room;
    if (flood->count < room)
        flood->count++;
}

static void count(struct flood *flood, uint32_t alarm)
{
    flood->total++;
    flood->recent++;
    for (uint32_t i = 0; i < ENGINE_FLOOD_ALARMS_MAX; i++) {
        struct flood_tally *tally = &flood->tallies[i];
        if (tally->total > 0 && tally->alarm != alarm)
            continue;
        tally->alarm = alarm;
        tally->total++;
        tally->recent++;
        return;
    }
}

/* ---- telling ------------------------------------------------------------------------------- */

/* By alarm, most first; of equal ones the one that came first. */
static uint32_t sort_counts(const struct flood *flood, bool only_recent,
                            struct engine_flood_count *counts, uint32_t *counted)
{
    uint32_t used = 0;
    *counted = 0;
    for (uint32_t i = 0; i < ENGINE_FLOOD_ALARMS_MAX; i++) {
        uint32_t raised = only_recent ? flood->tallies[i].recent : flood->tallies[i].total;
        if (raised == 0)
            continue;
        uint32_t at = used++;
        for (; at > 0 && counts[at - 1].raised < raised; at--)
            counts[at] = counts[at - 1];
        counts[at] = (struct engine_flood_count){flood->tallies[i].alarm, raised};
        *counted += raised;
    }
    return used;
}

static void tell(struct engine *engine, enum engine_flood_change change)
{
    struct flood *flood = &engine->flood;
    struct engine_flood_count counts[ENGINE_FLOOD_ALARMS_MAX];
    bool only_recent = change == ENGINE_FLOOD_GOES_ON;
    uint32_t counted;
    struct engine_flood_event event = {
        .change = change,
        .time_ms = engine->now_ms,
        .began_ms = flood->began_ms,
        .raised = only_recent ? flood->recent : flood->total,
        .first_alarm = flood->first_alarm,
        .first_device = flood->first_device,
        .counts = counts,
    };
    event.counts_count = sort_counts(flood, only_recent, counts, &counted);
    event.others = event.raised - counted;
    for (uint32_t i = 0; i < ENGINE_FLOOD_ALARMS_MAX; i++)
        flood->tallies[i].recent = 0;
    flood->recent = 0;
    if (engine->sink.flood != NULL)
        engine->sink.flood(engine->sink.context, &event);
}

/* ---- its beginning and its end ------------------------------------------------------------- */

/* When fewer than half as many as made it a flood are left in the window. */
static int64_t end_ms(const struct engine *engine)
{
    const struct ruleset *rules = engine->plan.rules;
    return newest(engine, (flood_room(rules) + 1) / 2)->at_ms + rules->flood_in_ms;
}

void flood_arm(struct engine *engine)
{
    struct flood *flood = &engine->flood;
    if (!flood->is_open)
        return;
    int64_t due_ms = end_ms(engine);
    due_ms = flood->summary_ms < due_ms ? flood->summary_ms : due_ms;
    wheel_start(&engine->wheel, &flood->timer, due_ms);
    if (due_ms < engine->quiet_until_ms)
        engine->quiet_until_ms = due_ms;
}

/* What led to it belongs to it: the first alarm of a flood often is its cause. */
static void open_flood(struct engine *engine, const struct flood_raise *raise)
{
    struct flood *flood = &engine->flood;
    const struct flood_raise *first = newest(engine, flood->count);
    flood->is_open = true;
    flood->began_ms = engine->now_ms;
    flood->summary_ms = engine->now_ms + SUMMARY_MS;
    flood->first_alarm = first->alarm;
    flood->first_device = first->device;
    flood->total = flood->recent = 0;
    memset(flood->tallies, 0, sizeof flood->tallies);
    for (uint32_t nth = flood->count; nth > 0; nth--)
        count(flood, newest(engine, nth)->alarm);
    count(flood, raise->alarm);
}

bool flood_collects(const struct engine *engine, enum rules_severity severity)
{
    return engine->flood.is_open && severity < RULES_CRITICAL;
}

bool flood_take(struct engine *engine, uint32_t alarm, uint32_t device,
                enum rules_severity severity)
{
    struct flood *flood = &engine->flood;
    uint32_t room = flood_room(engine->plan.rules);
    const struct flood_raise raise = {engine->now_ms, alarm, device};
    if (room == 0)
        return false;
    bool was_open = flood->is_open;
    if (was_open)
        count(flood, alarm);
    else if (flood->count == room &&
             newest(engine, room)->at_ms > engine->now_ms - engine->plan.rules->flood_in_ms)
        open_flood(engine, &raise);
    remember(engine, &raise);
    if (flood->is_open && !was_open)
        tell(engine, ENGINE_FLOOD_BEGAN);
    flood_arm(engine);
    return flood_collects(engine, severity);
}

void flood_fire(struct engine *engine)
{
    struct flood *flood = &engine->flood;
    if (end_ms(engine) <= engine->now_ms) {
        flood->is_open = false;
        tell(engine, ENGINE_FLOOD_ENDED);
        return;
    }
    if (flood->recent > 0)
        tell(engine, ENGINE_FLOOD_GOES_ON);
    flood->summary_ms += SUMMARY_MS;
    flood_arm(engine);
}

void flood_forget(struct engine *engine, uint32_t device)
{
    struct flood *flood = &engine->flood;
    if (flood->first_device == device)
        flood->first_device = ENGINE_NO_DEVICE;
    for (uint32_t i = 0; i < flood->count; i++) {
        if (flood->raises[i].device == device)
            flood->raises[i].device = ENGINE_NO_DEVICE;
    }
}

void flood_step(struct engine *engine, int64_t delta_ms)
{
    struct flood *flood = &engine->flood;
    wheel_stop(&engine->wheel, &flood->timer);
    for (uint32_t i = 0; i < flood->count; i++)
        flood->raises[i].at_ms += delta_ms;
    flood->began_ms += delta_ms;
    flood->summary_ms += delta_ms;
}
