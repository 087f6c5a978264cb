/* Windows of a scope: how much room each has, and where it lies in a row. Comes in: a checked
 * ruleset. Goes out: plan_window entries. Called by plan.c and plan_row.c. */
#include "rules/engine/plan.h"

#define STUCK_BYTES 32 /* of struct stuck: windows.c */

/* How far a stuck value may move is said by the test; tests that share a window move equally. */
static double within_of(const struct ruleset *rules, const struct rules_scope *scope,
                        uint32_t window)
{
    for (uint32_t a = 0; a < scope->alarms.count; a++) {
        const struct rules_alarm *alarm = RULES_AT(rules, struct rules_alarm, rules->alarms,
                                                   *RULES_AT(rules, uint32_t, scope->alarms, a));
        for (uint32_t t = 0; t < alarm->triggers.count; t++) {
            const struct rules_trigger *trigger =
                RULES_AT(rules, struct rules_trigger, alarm->triggers, t);
            for (uint32_t i = 0; i < trigger->when.tests.count; i++) {
                const struct rules_test *test =
                    RULES_AT(rules, struct rules_test, trigger->when.tests, i);
                if (test->kind == RULES_STUCK && test->window == window && test->link == RULES_NONE)
                    return test->value.number;
            }
        }
    }
    return 0;
}

uint32_t plan_windows_make(const struct ruleset *rules, uint32_t scope, uint32_t at,
                           struct plan_window *windows)
{
    const struct rules_scope *of = plan_rules_scope(rules, scope);
    for (uint32_t i = 0; i < of->windows.count; i++) {
        const struct rules_window *window = RULES_AT(rules, struct rules_window, of->windows, i);
        uint32_t from = scope;
        if (window->link != RULES_NONE)
            from = RULES_AT(rules, struct rules_link, rules->links, window->link)->to;
        struct plan_window made = {
            .rule =
                ring_rule_for(window->over_ms, window->link == RULES_NONE ? window->expected : 0),
            .at = at,
            .link = window->link,
            .group = plan_rules_group(rules, from),
            .expected = window->expected,
            .reading = (uint8_t)window->reading,
            .is_stuck = window->is_stuck != 0,
            .within = window->is_stuck ? within_of(rules, of, i) : 0,
        };
        at += made.is_stuck ? STUCK_BYTES : ring_bytes(made.rule.room);
        if (windows != NULL)
            windows[i] = made;
    }
    return at;
}
