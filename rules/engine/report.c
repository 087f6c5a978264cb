/* Reports: what a device's readings come to in windows that stand still (RULES, section 11; E 32).
 * Comes in: messages with the time at which they were taken, and the site's clock. Goes out: report
 * events. A device has two windows for each report: the one that runs, and the one before, which
 * waits for late readings. Called by engine.c. */
#include "base/kinetic.h"
#include "rules/engine/internal.h"

/* A device that is silent for so many windows has none any more until it is heard again. A jump of
 * its clock over more of them tells of none. */
#define EMPTY_WINDOWS_MOST 3

struct windows {
    const struct plan_report *plan;
    struct report_window *running, *waiting;
};

static struct windows windows_at(const struct judging *j, uint32_t index)
{
    const struct plan_report *plan = &j->engine->plan.reports[j->scope->first_report + index];
    struct report_window *running = row_part(j->device, plan->at_windows);
    struct report_window *waiting = row_part(j->device, plan->at_windows + plan->window_bytes);
    return (struct windows){plan, running, waiting};
}

static int64_t floor_to(int64_t at_ms, int64_t origin_ms, int64_t every_ms)
{
    int64_t into_ms = (at_ms - origin_ms) % every_ms;
    return at_ms - (into_ms < 0 ? into_ms + every_ms : into_ms);
}

static int64_t offset_ms(const struct judging *j, int64_t utc_ms)
{
    const char *name;
    return INT64_C(1000) * zone_offset_s(&j->engine->zone, utc_ms, &name);
}

/* The moment at which the clocks on the wall show local_ms; one that they skip: the one after. */
static int64_t utc_of(const struct judging *j, int64_t local_ms)
{
    int64_t utc_ms = local_ms - offset_ms(j, local_ms);
    return local_ms - offset_ms(j, utc_ms);
}

#define HOUR_MS INT64_C(3600000)

struct bounds {
    int64_t start_ms, end_ms;
};

/* The window that covers a moment. From two hours up it begins and ends where local clocks show its
 * marks, so a day has 23 or 25 hours at times; hours are as long as ever. */
static struct bounds window_bounds(const struct judging *j, const struct plan_report *plan,
                                   int64_t at_ms)
{
    int64_t east_ms = plan->is_local ? offset_ms(j, at_ms) : 0;
    int64_t local_ms = floor_to(at_ms + east_ms, plan->origin_ms, plan->every_ms);
    struct bounds bounds = {local_ms - east_ms, local_ms - east_ms + plan->every_ms};
    if (plan->every_ms > HOUR_MS) {
        bounds = (struct bounds){utc_of(j, local_ms), utc_of(j, local_ms + plan->every_ms)};
        if (bounds.start_ms > at_ms) { /* the clocks were put back to before its mark */
            bounds.end_ms = bounds.start_ms;
            bounds.start_ms = utc_of(j, local_ms - plan->every_ms);
        }
    }
    return bounds;
}

static int64_t window_start(const struct judging *j, const struct plan_report *plan, int64_t at_ms)
{
    return window_bounds(j, plan, at_ms).start_ms;
}

static void window_open(const struct judging *j, const struct plan_report *plan,
                        struct report_window *window, int64_t start_ms)
{
    memset(window, 0, plan->window_bytes);
    window->start_ms = start_ms;
    window->end_ms = window_bounds(j, plan, start_ms).end_ms;
    window->is_open = true;
}

/* ---- finishing ----------------------------------------------------------------------------- */

/* How much later than by the site's clock this device's windows end: nothing, unless its clock is
 * wrong or it sends a backlog. */
static int64_t window_lag(const struct judging *j)
{
    return j->device->lag_ms > j->scope->late_ms ? j->device->lag_ms : 0;
}

static struct text unit_of(const struct judging *j, const struct plan_report *plan,
                           uint32_t reading)
{
    const struct ruleset *rules = j->engine->plan.rules;
    const struct rules_group *group =
        RULES_AT(rules, struct rules_group, rules->groups, plan->group);
    return rules_text(rules, RULES_AT(rules, struct rules_reading, group->readings, reading)->unit);
}

static double summary_of(const struct report_sum *sum, uint32_t summary, struct text unit)
{
    double total = sum->sum + sum->carry;
    switch (summary) {
    case RULES_AVERAGE:
        return total / sum->count;
    case RULES_MINIMUM:
        return sum->least;
    case RULES_MAXIMUM:
        return sum->most;
    case RULES_TOTAL:
        return total;
    case RULES_SPREAD:
        return sum->most - sum->least;
    case RULES_DEVIATION:
        return __builtin_sqrt(sum->squares / sum->count);
    case RULES_FIRST:
        return sum->first;
    case RULES_LAST:
        return sum->last;
    case RULES_CHANGE:
        return sum->last - sum->first;
    case RULES_KINETIC_MEAN:
        return kinetic_temperature(sum->heat / sum->count, unit);
    default:
        return sum->count;
    }
}

/* Medians, percentiles, `time while` and `raw` are not kept: they are unknown. */
static struct engine_item item_of(const struct judging *j, const struct plan_report *plan,
                                  const struct report_window *window, const struct rules_item *item)
{
    if (item->kind != RULES_ITEM_SUMMARY || item->summary == RULES_MEDIAN ||
        item->summary == RULES_PERCENTILE)
        return (struct engine_item){0};
    const struct report_sum *sum = &window->sums[plan->sum_of[item->reading]];
    bool is_count = item->summary == RULES_COUNT;
    if (sum->count == 0)
        return (struct engine_item){.is_known = is_count};
    return (struct engine_item){
        .value = summary_of(sum, item->summary, unit_of(j, plan, item->reading)),
        .decimals = is_count ? 0 : sum->decimals,
        .is_known = true,
    };
}

/* Of all devices of the row; what came while the report was suppressed was not expected. */
static uint32_t window_expected(const struct judging *j, const struct plan_report *plan,
                                const struct report_window *window)
{
    uint32_t devices = plan->link == RULES_NONE;
    for (struct device *row = plan->link == RULES_NONE ? NULL : links_first(j, plan->link);
         row != NULL; row = links_next(j, plan->link, row))
        devices++;
    uint32_t expected = plan->expected * devices;
    return expected > window->excluded ? expected - window->excluded : 0;
}

/* Brink was there for all of it, and so were four of five expected readings (section 16.4). */
static bool window_is_whole(const struct judging *j, const struct plan_report *plan,
                            const struct report_window *window)
{
    return !window->is_cut && j->engine->created_ms <= window->start_ms + window_lag(j) &&
           window->good > 0 &&
           (uint64_t)window->good * 5 >= (uint64_t)window_expected(j, plan, window) * 4;
}

/* How many windows in a row were empty, with this one. */
static uint8_t empty_in_row(const struct report_window *window)
{
    bool is_empty = window->received == 0 && window->duplicate == 0;
    return is_empty ? (uint8_t)(window->empty_before + 1) : 0;
}

static void window_finish(const struct judging *j, const struct plan_report *plan,
                          struct report_window *window)
{
    const struct ruleset *rules = j->engine->plan.rules;
    const struct rules_report *report =
        RULES_AT(rules, struct rules_report, rules->reports, plan->report);
    for (uint32_t i = 0; i < report->items.count; i++) {
        j->engine->items[i] =
            item_of(j, plan, window, RULES_AT(rules, struct rules_item, report->items, i));
    }
    const struct engine_report_event event = {
        .report = plan->report,
        .device = j->device->index,
        .start_ms = window->start_ms,
        .end_ms = window->end_ms,
        .time_ms = j->site_ms,
        .items = j->engine->items,
        .expected = window_expected(j, plan, window),
        .received = window->received,
        .good = window->good,
        .faulty = window->faulty,
        .late = window->late,
        .duplicate = window->duplicate,
        .is_whole = window_is_whole(j, plan, window),
    };
    window->is_open = false;
    j->engine->counters.reports++;
    j->engine->sink.report(j->engine->sink.context, &event);
}

/* ---- windows move on ----------------------------------------------------------------------- */

/* A reading of a later window has come: the running one waits now; those in between were empty. */
static void windows_roll(const struct judging *j, const struct windows *w, int64_t start_ms)
{
    if (w->waiting->is_open)
        window_finish(j, w->plan, w->waiting);
    memcpy(w->waiting, w->running, w->plan->window_bytes);
    int64_t next_ms = w->running->end_ms;
    if (next_ms < start_ms)
        window_finish(j, w->plan, w->waiting);
    if ((start_ms - next_ms) / w->plan->every_ms <= EMPTY_WINDOWS_MOST) {
        uint8_t empty = empty_in_row(w->waiting);
        for (; next_ms < start_ms && empty < EMPTY_WINDOWS_MOST; empty++) {
            window_open(j, w->plan, w->running, next_ms);
            window_finish(j, w->plan, w->running);
            next_ms = w->running->end_ms;
        }
    }
    window_open(j, w->plan, w->running, start_ms);
}

/* The window that covers `at_ms`, or NULL when it is closed. */
static struct report_window *window_for(const struct judging *j, const struct windows *w,
                                        int64_t at_ms)
{
    struct report_window *running = w->running;
    if (running->is_open && at_ms >= running->start_ms && at_ms < running->end_ms)
        return running;
    int64_t start_ms = window_start(j, w->plan, at_ms);
    if (running->is_over && start_ms <= running->start_ms)
        return NULL;
    if (!running->is_open)
        window_open(j, w->plan, running, start_ms);
    else if (start_ms > running->start_ms)
        windows_roll(j, w, start_ms);
    else
        return w->waiting->is_open && w->waiting->start_ms == start_ms ? w->waiting : NULL;
    return running;
}

/* ---- messages ------------------------------------------------------------------------------ */

static void sum_begin(struct report_sum *sum, double value, int64_t at_ms)
{
    sum->least = sum->most = sum->first = sum->last = value;
    sum->first_ms = sum->last_ms = at_ms;
}

static void sum_add(struct report_sum *sum, double value, uint8_t decimals, int64_t at_ms)
{
    if (sum->count++ == 0)
        sum_begin(sum, value, at_ms);
    /* What a rounded addition loses is gathered aside (Neumaier 1974). */
    double total = sum->sum + value;
    double magnitude = sum->sum < 0 ? -sum->sum : sum->sum;
    bool is_larger = magnitude >= (value < 0 ? -value : value);
    sum->carry += is_larger ? (sum->sum - total) + value : (value - total) + sum->sum;
    sum->sum = total;
    double apart = value - sum->mean;
    sum->mean += apart / sum->count;
    sum->squares += apart * (value - sum->mean);
    sum->least = value < sum->least ? value : sum->least;
    sum->most = value > sum->most ? value : sum->most;
    sum->decimals = decimals > sum->decimals ? decimals : sum->decimals;
    if (at_ms < sum->first_ms) {
        sum->first = value;
        sum->first_ms = at_ms;
    }
    if (at_ms >= sum->last_ms) {
        sum->last = value;
        sum->last_ms = at_ms;
    }
}

static void window_take(const struct judging *j, const struct plan_report *plan,
                        struct report_window *window, const struct report_message *message)
{
    if (message->is_duplicate) {
        window->duplicate++;
        return;
    }
    bool is_good = false, is_faulty = message->is_unreadable;
    for (size_t i = 0; i < message->count; i++) {
        const struct engine_reading *reading = &message->readings[i];
        uint8_t sum = plan->sum_of[reading->reading];
        if (sum == PLAN_NO_SUM)
            continue;
        if (reading->quality == ENGINE_GOOD) {
            sum_add(&window->sums[sum], reading->value, reading->decimals, message->taken_ms);
            if (plan->has_kinetic)
                window->sums[sum].heat +=
                    kinetic_heat(reading->value, unit_of(j, plan, reading->reading));
            is_good = true;
        } else if (reading->quality == ENGINE_FAULTY) {
            is_faulty = true;
        }
    }
    window->received++;
    window->faulty += is_faulty;
    window->good += is_good && !is_faulty;
    window->late += message->is_late;
}

static const struct rules_report *written(const struct judging *j, const struct plan_report *plan)
{
    const struct ruleset *rules = j->engine->plan.rules;
    return RULES_AT(rules, struct rules_report, rules->reports, plan->report);
}

static bool is_for(const struct judging *j, const struct plan_report *plan)
{
    return !plan->has_where || rules_allow(j->engine->plan.rules, written(j, plan)->where,
                                           row_part(j->device, j->scope->at_names));
}

/* False when no window that still is open covers it. */
static bool take(const struct judging *j, const struct windows *windows,
                 const struct report_message *message)
{
    struct report_window *window = window_for(j, windows, message->taken_ms);
    if (window == NULL)
        return false;
    if (windows->plan->has_suppression &&
        suppress_holds(j, written(j, windows->plan)->suppressed_by))
        window->excluded++;
    else
        window_take(j, windows->plan, window, message);
    return true;
}

/* Reports of sets, over a link that leads to this device. */
static void take_linked(const struct judging *j, const struct report_message *message)
{
    const struct plan *plan = &j->engine->plan;
    for (uint32_t s = plan->groups_count; s < plan->scopes_count; s++) {
        const struct plan_scope *scope = &plan->scopes[s];
        for (uint32_t i = 0; i < scope->reports; i++) {
            const struct plan_report *report = &plan->reports[scope->first_report + i];
            if (report->link == RULES_NONE || plan->links[report->link].to != j->device->scope ||
                (report->readings & message->mentioned) == 0)
                continue;
            for (struct device *row = links_watcher(j, report->link, NULL); row != NULL;
                 row = links_watcher(j, report->link, row)) {
                struct judging of_set = judging_of(j->engine, row);
                of_set.at_ms = message->taken_ms;
                struct windows windows = windows_at(&of_set, i);
                take(&of_set, &windows, message);
                device_arm(&of_set);
            }
        }
    }
}

bool reports_take(struct judging *judging, const struct report_message *message)
{
    bool has_window = true;
    for (uint32_t i = 0; i < judging->scope->reports; i++) {
        struct windows windows = windows_at(judging, i);
        if ((windows.plan->readings & message->mentioned) != 0 && is_for(judging, windows.plan))
            has_window &= take(judging, &windows, message);
    }
    take_linked(judging, message);
    return has_window;
}

/* ---- time ---------------------------------------------------------------------------------- */

static int64_t window_due(const struct judging *j, const struct plan_report *plan,
                          const struct report_window *window)
{
    return window->end_ms + plan->wait_ms + window_lag(j);
}

void reports_fire(struct judging *judging)
{
    for (uint32_t i = 0; i < judging->scope->reports; i++) {
        struct windows w = windows_at(judging, i);
        if (w.waiting->is_open && window_due(judging, w.plan, w.waiting) <= judging->site_ms)
            window_finish(judging, w.plan, w.waiting);
        if (w.running->is_open && window_due(judging, w.plan, w.running) <= judging->site_ms) {
            int64_t next_ms = w.running->end_ms;
            int64_t own_ms = judging->site_ms - window_lag(judging);
            if ((own_ms - next_ms) / w.plan->every_ms > EMPTY_WINDOWS_MOST)
                next_ms = window_start(judging, w.plan, own_ms);
            uint8_t empty = empty_in_row(w.running);
            window_finish(judging, w.plan, w.running);
            w.running->is_over = empty == EMPTY_WINDOWS_MOST;
            if (w.running->is_over)
                continue;
            window_open(judging, w.plan, w.running, next_ms);
            w.running->empty_before = empty;
        }
    }
}

int64_t reports_due(const struct judging *judging)
{
    int64_t due_ms = WHEEL_NEVER;
    for (uint32_t i = 0; i < judging->scope->reports; i++) {
        struct windows w = windows_at(judging, i);
        if (!w.running->is_open)
            continue;
        const struct report_window *first = w.waiting->is_open ? w.waiting : w.running;
        int64_t first_ms = window_due(judging, w.plan, first);
        due_ms = first_ms < due_ms ? first_ms : due_ms;
    }
    return due_ms;
}

/* Readings of before and after in one window: only if its time is the right one for both. */
void reports_step(struct judging *judging, int64_t delta_ms)
{
    for (uint32_t i = 0; i < judging->scope->reports; i++) {
        struct windows w = windows_at(judging, i);
        w.running->is_over = false;
        if (!w.running->is_open)
            continue;
        int64_t own_ms = judging->site_ms + delta_ms - window_lag(judging);
        int64_t start_ms = window_start(judging, w.plan, own_ms);
        w.running->is_cut = true;
        if (start_ms == w.running->start_ms)
            continue;
        if (w.waiting->is_open)
            window_finish(judging, w.plan, w.waiting);
        uint8_t empty = w.running->empty_before;
        if (empty_in_row(w.running) == 0) {
            window_finish(judging, w.plan, w.running);
            empty = 0;
        }
        window_open(judging, w.plan, w.running, start_ms);
        w.running->empty_before = empty;
        w.running->is_cut = true;
    }
}
