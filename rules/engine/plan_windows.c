/* Windows of a scope: how much room each has, and where it lies in a row. Comes in: a checked
 * ruleset. Goes out: plan_window entries. Called by plan.c and plan_row.c. */
#include "rules/engine/plan.h"

#define STUCK_BYTES 40 /* of struct stuck: windows.c */

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
                ring_rule_for(window->over_ms, window->link == RULES_NONE ? window->expected : 0,
                              window->is_sketched != 0),
            .at = at,
            .link = window->link,
            .group = plan_rules_group(rules, from),
            .expected = window->expected,
            .reading = (uint8_t)window->reading,
            .is_stuck = window->is_stuck != 0,
            .is_kinetic = window->is_kinetic != 0,
            .within = window->within,
        };
        at += made.is_stuck ? STUCK_BYTES : ring_bytes(&made.rule);
        if (windows != NULL)
            windows[i] = made;
    }
    return at;
}
