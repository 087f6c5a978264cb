/* Reports: what a device's readings come to in windows that stand still (RULES, section 11; E 32).
 * Comes in: messages with the time at which they were taken, and the site's clock. Goes out: report
 * events. A device has two windows for each report: the one that runs, and the one before, which
 * waits for late readings. Called by engine.c. */
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

static int64_t window_start(const struct plan_report *plan, int64_t at_ms)
{
    int64_t since_ms = at_ms - plan->origin_ms;
    int64_t into_ms = since_ms % plan->every_ms;
    return at_ms - (into_ms < 0 ? into_ms + plan->every_ms : into_ms);
}

static void window_open(const struct plan_report *plan, struct report_window *window,
                        int64_t start_ms)
{
    memset(window, 0, plan->window_bytes);
    window->start_ms = start_ms;
    window->is_open = true;
}

/* ---- finishing ----------------------------------------------------------------------------- */

/* How much later than by the site's clock this device's windows end: nothing, unless its clock is
 * wrong or it sends a backlog. */
static int64_t window_lag(const struct judging *j)
{
    return j->device->lag_ms > j->scope->late_ms ? j->device->lag_ms : 0;
}

static struct engine_item item_of(const struct report_sum *sum, uint32_t summary)
{
    struct engine_item item = {.is_known = sum->count > 0, .decimals = sum->decimals};
    switch (summary) {
    case RULES_AVERAGE:
        item.value = sum->count > 0 ? (sum->sum + sum->carry) / sum->count : 0;
        break;
    case RULES_MINIMUM:
        item.value = sum->least;
        break;
    case RULES_MAXIMUM:
        item.value = sum->most;
        break;
    default: /* count */
        item = (struct engine_item){.value = sum->count, .is_known = true};
        break;
    }
    return item;
}

/* Brink was there for all of it, and so were four of five expected readings (section 16.4). */
static bool window_is_whole(const struct judging *j, const struct plan_report *plan,
                            const struct report_window *window)
{
    return !window->is_cut && j->engine->created_ms <= window->start_ms + window_lag(j) &&
           window->good > 0 && (uint64_t)window->good * 5 >= (uint64_t)plan->expected * 4;
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
        const struct rules_item *item = RULES_AT(rules, struct rules_item, report->items, i);
        j->engine->items[i] = item_of(&window->sums[plan->sum_of[item->reading]], item->summary);
    }
    const struct engine_report_event event = {
        .report = plan->report,
        .device = j->device->index,
        .start_ms = window->start_ms,
        .end_ms = window->start_ms + plan->every_ms,
        .time_ms = j->site_ms,
        .items = j->engine->items,
        .expected = plan->expected,
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
    int64_t next_ms = w->running->start_ms + w->plan->every_ms;
    if (next_ms < start_ms)
        window_finish(j, w->plan, w->waiting);
    if ((start_ms - next_ms) / w->plan->every_ms <= EMPTY_WINDOWS_MOST) {
        uint8_t empty = empty_in_row(w->waiting);
        for (; next_ms < start_ms && empty < EMPTY_WINDOWS_MOST; empty++) {
            window_open(w->plan, w->running, next_ms);
            window_finish(j, w->plan, w->running);
            next_ms += w->plan->every_ms;
        }
    }
    window_open(w->plan, w->running, start_ms);
}

/* The window that covers `at_ms`, or NULL when it is closed. */
static struct report_window *window_for(const struct judging *j, const struct windows *w,
                                        int64_t at_ms)
{
    struct report_window *running = w->running;
    if (running->is_open && at_ms >= running->start_ms &&
        at_ms < running->start_ms + w->plan->every_ms)
        return running;
    int64_t start_ms = window_start(w->plan, at_ms);
    if (running->is_over && start_ms <= running->start_ms)
        return NULL;
    if (!running->is_open)
        window_open(w->plan, running, start_ms);
    else if (start_ms > running->start_ms)
        windows_roll(j, w, start_ms);
    else
        return w->waiting->is_open && w->waiting->start_ms == start_ms ? w->waiting : NULL;
    return running;
}

/* ---- messages ------------------------------------------------------------------------------ */

static void sum_add(struct report_sum *sum, double value, uint8_t decimals)
{
    if (sum->count++ == 0) {
        sum->sum = sum->least = sum->most = value;
        sum->decimals = decimals;
        return;
    }
    /* What a rounded addition loses is gathered aside (Neumaier 1974). */
    double total = sum->sum + value;
    double magnitude = sum->sum < 0 ? -sum->sum : sum->sum;
    bool is_larger = magnitude >= (value < 0 ? -value : value);
    sum->carry += is_larger ? (sum->sum - total) + value : (value - total) + sum->sum;
    sum->sum = total;
    sum->least = value < sum->least ? value : sum->least;
    sum->most = value > sum->most ? value : sum->most;
    sum->decimals = decimals > sum->decimals ? decimals : sum->decimals;
}

static void window_take(const struct plan_report *plan, struct report_window *window,
                        const struct report_message *message)
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
            sum_add(&window->sums[sum], reading->value, reading->decimals);
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

bool reports_take(struct judging *judging, const struct report_message *message)
{
    bool has_window = true;
    for (uint32_t i = 0; i < judging->scope->reports; i++) {
        struct windows windows = windows_at(judging, i);
        if ((windows.plan->readings & message->mentioned) == 0)
            continue;
        struct report_window *window = window_for(judging, &windows, message->taken_ms);
        if (window != NULL)
            window_take(windows.plan, window, message);
        else
            has_window = false;
    }
    return has_window;
}

/* ---- time ---------------------------------------------------------------------------------- */

static int64_t window_due(const struct judging *j, const struct plan_report *plan,
                          const struct report_window *window)
{
    return window->start_ms + plan->every_ms + plan->wait_ms + window_lag(j);
}

void reports_fire(struct judging *judging)
{
    for (uint32_t i = 0; i < judging->scope->reports; i++) {
        struct windows w = windows_at(judging, i);
        if (w.waiting->is_open && window_due(judging, w.plan, w.waiting) <= judging->site_ms)
            window_finish(judging, w.plan, w.waiting);
        if (w.running->is_open && window_due(judging, w.plan, w.running) <= judging->site_ms) {
            int64_t next_ms = w.running->start_ms + w.plan->every_ms;
            int64_t own_ms = judging->site_ms - window_lag(judging);
            if ((own_ms - next_ms) / w.plan->every_ms > EMPTY_WINDOWS_MOST)
                next_ms = window_start(w.plan, own_ms);
            uint8_t empty = empty_in_row(w.running);
            window_finish(judging, w.plan, w.running);
            w.running->is_over = empty == EMPTY_WINDOWS_MOST;
            if (w.running->is_over)
                continue;
            window_open(w.plan, w.running, next_ms);
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
        int64_t start_ms = window_start(w.plan, own_ms);
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
        window_open(w.plan, w.running, start_ms);
        w.running->empty_before = empty;
        w.running->is_cut = true;
    }
}
