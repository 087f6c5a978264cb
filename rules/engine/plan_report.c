/* What a report keeps: which readings it sums up, and how much room its windows take in a row.
 * Comes in: a checked ruleset. Goes out: plan_report entries. Called by plan.c and plan_row.c. */
#include "rules/engine/plan.h"
#include "rules/engine/sketch.h"

#define WEEK_MS INT64_C(604800000)
#define HOUR_MS INT64_C(3600000)
#define FIRST_MONDAY_MS INT64_C(345600000) /* 1970-01-05 */

/* A device that is silent for so many windows has none any more until it is heard again. A jump of
 * its clock over more of them tells of none. */
#define EMPTY_WINDOWS_MOST 3

static void item_lay_out(const struct rules_item *item, struct plan_report *made)
{
    uint32_t reading = item->reading;
    if (item->kind == RULES_ITEM_RAW) {
        made->raw |= UINT64_C(1) << reading;
        return;
    }
    if (item->kind == RULES_ITEM_TIME_WHILE) {
        made->whiles++;
        return;
    }
    made->has_kinetic |= item->summary == RULES_KINETIC_MEAN;
    if (made->sum_of[reading] == PLAN_NO_SUM) {
        made->sum_of[reading] = made->sums++;
        made->readings |= UINT64_C(1) << reading;
    }
    bool is_sketched = item->summary == RULES_MEDIAN || item->summary == RULES_PERCENTILE;
    if (is_sketched && made->sketch_of[reading] == PLAN_NO_SUM)
        made->sketch_of[reading] = made->sketches++;
}

static void windows_lay_out(const struct rules_report *report, struct plan_report *made)
{
    int64_t panes = report->over_ms > 0 ? report->over_ms / report->every_ms : 1;
    made->is_moving = panes > 1;
    made->over_ms = panes * report->every_ms;
    made->kept = made->is_moving ? (uint8_t)(panes - 1) : 1;
    made->empty_most = (uint8_t)(EMPTY_WINDOWS_MOST + (made->is_moving ? panes - 1 : 0));
    made->at_whiles =
        (uint32_t)(sizeof(struct report_window) + made->sums * sizeof(struct report_sum));
    made->at_sketches = made->at_whiles + made->whiles * (uint32_t)sizeof(struct report_while);
    made->window_bytes = made->at_sketches + made->sketches * (uint32_t)sizeof(struct sketch);
    made->kept_bytes = made->is_moving ? made->window_bytes : made->at_sketches;
    made->has_windows = made->sums + made->whiles > 0;
}

void plan_report_lay_out(const struct ruleset *rules, const struct rules_report *report,
                         struct plan_report *made)
{
    *made = (struct plan_report){
        .every_ms = report->every_ms,
        .wait_ms = report->wait_ms,
        .origin_ms = (report->every_ms % WEEK_MS == 0 ? FIRST_MONDAY_MS : 0) + report->at_ms,
        .is_local = report->every_ms >= HOUR_MS,
        .has_where = report->where.count > 0,
        .has_suppression = report->suppressed_by.count > 0,
        .link = report->link,
        .group = report->group,
        /* Of a set it would be the value of one device or another. */
        .has_change = report->has_change,
        .change_reading = (uint8_t)report->change_reading,
        .change_by = report->change_by,
    };
    memset(made->sum_of, PLAN_NO_SUM, sizeof made->sum_of);
    memset(made->sketch_of, PLAN_NO_SUM, sizeof made->sketch_of);
    for (uint32_t i = 0; i < report->items.count; i++)
        item_lay_out(RULES_AT(rules, struct rules_item, report->items, i), made);
    windows_lay_out(report, made);
    const struct rules_group *group =
        RULES_AT(rules, struct rules_group, rules->groups, report->group);
    made->expect_ms = group->expect_ms;
}

uint32_t plan_window_most(const struct ruleset *rules)
{
    uint32_t most = 0;
    for (uint32_t r = 0; r < rules->reports.count; r++) {
        struct plan_report made;
        plan_report_lay_out(rules, RULES_AT(rules, struct rules_report, rules->reports, r), &made);
        most = made.window_bytes > most ? made.window_bytes : most;
    }
    return most;
}
