/* What a row of a scope consists of, and where its parts lie. Comes in: a checked ruleset. Goes
 * out: counts and offsets. A new part of a row is a line in `parts` and a count in struct
 * plan_scope. Called by plan.c, and by engine.c and devices.c for sizes. */
#include "rules/engine/plan.h"

#include <stddef.h>

#include "rules/engine/totals.h"

static size_t aligned(size_t bytes, size_t to)
{
    return (bytes + to - 1) / to * to;
}

/* In the order in which they lie; what every message touches comes first. */
static const struct part {
    uint16_t at, count; /* in struct plan_scope */
    uint16_t bytes;     /* of each; every part begins at a multiple of 8 */
} parts[] = {
#define PART(where, how_many, each)                                                                \
    {                                                                                              \
        offsetof(struct plan_scope, where), offsetof(struct plan_scope, how_many),                 \
            (uint16_t)(each)                                                                       \
    }
    PART(at_values, readings, sizeof(struct engine_value)),
    PART(at_states, triggers, 1),
    PART(at_triggers, triggers, sizeof(struct trigger_record)),
    PART(at_alarms, alarms, sizeof(struct alarm_record)),
    PART(at_raises, raises, sizeof(int64_t)),
    PART(at_traces, traces, sizeof(struct trace_record)),
    PART(at_ends, ends, sizeof(struct link_end)),
    PART(at_table_rows, tables, sizeof(uint32_t)),
    PART(at_sets, sets, sizeof(uint32_t)),
    PART(at_suppressed, suppressed_alarms, sizeof(struct suppressed_record)),
    PART(at_suppressions, suppressions, sizeof(struct suppression_record)),
    PART(at_counted, counted_bytes, 1),
    PART(at_repeats, repeats, sizeof(struct repeats)),
    PART(at_windows, window_bytes, 1),
    PART(at_learned_states, learned, 1),
    PART(at_learned, learned_bytes, 1),
    PART(at_reports, report_bytes, 1),
    PART(at_names, names, sizeof(struct text)),
    PART(at_texts, texts_count, sizeof(struct text_record)),
#undef PART
};

/* ---- scopes -------------------------------------------------------------------------------- */

static const struct rules_group *group_at(const struct ruleset *rules, uint32_t group)
{
    return RULES_AT(rules, struct rules_group, rules->groups, group);
}

static const struct rules_set *set_at(const struct ruleset *rules, uint32_t scope)
{
    return RULES_AT(rules, struct rules_set, rules->sets, scope - rules->groups.count);
}

const struct rules_scope *plan_rules_scope(const struct ruleset *rules, uint32_t index)
{
    return index < rules->groups.count ? &group_at(rules, index)->scope
                                       : &set_at(rules, index)->scope;
}

uint32_t plan_rules_group(const struct ruleset *rules, uint32_t index)
{
    return index < rules->groups.count ? index : set_at(rules, index)->group;
}

uint32_t plan_sets_of(const struct ruleset *rules, uint32_t group)
{
    uint32_t count = 0;
    for (uint32_t s = 0; s < rules->sets.count; s++)
        count += RULES_AT(rules, struct rules_set, rules->sets, s)->group == group;
    return count;
}

/* ---- counting ------------------------------------------------------------------------------ */

static void count_group(const struct ruleset *rules, uint32_t index, struct plan_scope *scope)
{
    const struct rules_group *group = group_at(rules, index);
    scope->names = group->names.count;
    scope->sets = plan_sets_of(rules, index);
    scope->readings = group->readings.count;
    scope->repeats = group->time != RULES_TIME_ARRIVAL || group->has_sequence;
    for (uint32_t t = 0; t < rules->tables.count; t++)
        scope->tables += RULES_AT(rules, struct rules_table, rules->tables, t)->group == index;
    for (uint32_t r = 0; r < scope->readings; r++) {
        if (RULES_AT(rules, struct rules_reading, group->readings, r)->kind == RULES_TEXT)
            scope->texts |= UINT64_C(1) << r;
    }
    scope->texts_count = (uint32_t)__builtin_popcountll(scope->texts);
    scope->traced = trace_readings(rules, group);
    scope->traces = (uint32_t)__builtin_popcountll(scope->traced);
}

uint32_t plan_counted_bytes(const struct rules_hold *hold)
{
    uint32_t bytes = hold->kind == RULES_HOLD_TOTAL   ? (uint32_t)sizeof(struct total)
                     : hold->kind == RULES_HOLD_TIMES ? times_bytes(hold->count)
                                                      : 0;
    return (uint32_t)aligned(bytes, 8);
}

static void count_alarm(const struct ruleset *rules, const struct rules_alarm *alarm,
                        struct plan_scope *scope)
{
    scope->triggers += alarm->triggers.count;
    scope->suppressed_alarms += alarm->suppressed_by.count > 0;
    for (uint32_t t = 0; t < alarm->triggers.count; t++) {
        scope->counted_bytes += plan_counted_bytes(
            &RULES_AT(rules, struct rules_trigger, alarm->triggers, t)->when.hold);
    }
}

static void count_rules(const struct ruleset *rules, uint32_t index, struct plan_scope *scope)
{
    const struct rules_scope *of = plan_rules_scope(rules, index);
    scope->alarms = of->alarms.count;
    scope->reports = of->reports.count;
    scope->ends = plan_ends_of(rules, index);
    scope->suppressions = of->suppressions.count;
    for (uint32_t a = 0; a < scope->alarms; a++) {
        uint32_t alarm = *RULES_AT(rules, uint32_t, of->alarms, a);
        const struct rules_alarm *written =
            RULES_AT(rules, struct rules_alarm, rules->alarms, alarm);
        scope->triggers += written->triggers.count;
        scope->raises += life_raises(written);
        count_alarm(rules, RULES_AT(rules, struct rules_alarm, rules->alarms, alarm), scope);
    }
    scope->windows = of->windows.count;
    scope->window_bytes = plan_windows_make(rules, index, 0, NULL);
    scope->learned = of->learned.count;
    scope->learned_bytes = plan_learned_make(rules, index, 0, NULL);
    for (uint32_t r = 0; r < scope->reports; r++) {
        uint32_t report = *RULES_AT(rules, uint32_t, of->reports, r);
        struct plan_report made;
        plan_report_lay_out(rules, RULES_AT(rules, struct rules_report, rules->reports, report),
                            &made);
        scope->report_bytes += plan_report_row_bytes(&made);
    }
}

/* ---- laying out ---------------------------------------------------------------------------- */

void plan_row_lay_out(const struct ruleset *rules, uint32_t index, struct plan_scope *scope)
{
    bool is_set = index >= rules->groups.count;
    *scope = (struct plan_scope){.group = plan_rules_group(rules, index), .set = RULES_NONE};
    if (is_set) {
        scope->set = index - rules->groups.count;
        scope->names = set_at(rules, index)->names.count;
    } else {
        count_group(rules, index, scope);
    }
    count_rules(rules, index, scope);
    size_t at = sizeof(struct device);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        uint32_t count, offset = (uint32_t)(at = aligned(at, 8));
        memcpy(&count, (const char *)scope + parts[i].count, sizeof count);
        memcpy((char *)scope + parts[i].at, &offset, sizeof offset);
        at += (size_t)count * parts[i].bytes;
    }
    scope->row_bytes = (uint32_t)at;
}

size_t plan_row_bytes(const struct ruleset *rules, uint32_t scope)
{
    struct plan_scope plan;
    plan_row_lay_out(rules, scope, &plan);
    return aligned(plan.row_bytes + (size_t)plan.names * RULES_NAME_BYTES, ROW_ALIGN);
}

size_t plan_device_bytes(const struct ruleset *rules, uint32_t group)
{
    size_t bytes = plan_row_bytes(rules, group);
    for (uint32_t s = 0; s < rules->sets.count; s++) {
        if (RULES_AT(rules, struct rules_set, rules->sets, s)->group == group)
            bytes += plan_row_bytes(rules, rules->groups.count + s);
    }
    return bytes;
}
