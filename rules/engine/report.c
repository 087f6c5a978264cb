/* Reports: what a device's readings come to in windows that stand still (RULES, section 11; E 32).
 * Comes in: messages with the time at which they were taken, and the site's clock. Goes out: report
 * events. A device has two windows for each report: the one that runs, and the one before, which
 * waits for late readings. One that was told is kept, too: later readings lead to a revision. A
 * moving window is put together from several, each as long as the time between two reports. What a
 * window comes to is in report_sums.c. Called by engine.c. */
#include "rules/engine/internal.h"

struct windows {
    const struct plan_report *plan;
    struct report_state *state;
    struct report_window *running, *waiting;
    char *kept;
};

static struct windows windows_at(const struct judging *j, uint32_t index)
{
    const struct plan_report *plan = &j->engine->plan.reports[j->scope->first_report + index];
    char *part = row_part(j->device, plan->at_windows);
    char *first = part + sizeof(struct report_state);
    return (struct windows){
        .plan = plan,
        .state = (void *)part,
        .running = (void *)first,
        .waiting = (void *)(first + plan->window_bytes),
        .kept = first + 2 * (size_t)plan->window_bytes,
    };
}

static struct report_window *kept_at(const struct windows *w, uint32_t index)
{
    return (void *)(w->kept + (size_t)index * w->plan->kept_bytes);
}

static const struct rules_report *written(const struct judging *j, const struct plan_report *plan)
{
    const struct ruleset *rules = j->engine->plan.rules;
    return RULES_AT(rules, struct rules_report, rules->reports, plan->report);
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

#define HOUR_MS INT64_C(3600000)
#define DAY_MS INT64_C(86400000)

/* The moment at which the clocks on the wall show local_ms, for the first time; one that they skip:
 * as if they had not been put forward yet. */
static int64_t utc_of(const struct judging *j, int64_t local_ms)
{
    int64_t before_ms = offset_ms(j, local_ms - DAY_MS), after_ms = offset_ms(j, local_ms + DAY_MS);
    bool is_before = offset_ms(j, local_ms - before_ms) == before_ms;
    bool is_after = offset_ms(j, local_ms - after_ms) == after_ms;
    return local_ms - (is_after && !is_before ? after_ms : before_ms);
}

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
        if (bounds.start_ms > at_ms) { /* the clocks skipped its mark */
            bounds.end_ms = bounds.start_ms;
            bounds.start_ms = utc_of(j, local_ms - plan->every_ms);
        } else if (bounds.end_ms <= at_ms) { /* they were put back to before its mark */
            bounds.start_ms = bounds.end_ms;
            bounds.end_ms = utc_of(j, local_ms + 2 * plan->every_ms);
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

/* Of all devices of the row; what came while the report was suppressed was not expected. */
static uint32_t window_expected(const struct judging *j, const struct plan_report *plan,
                                const struct report_window *window)
{
    uint32_t devices = plan->link == RULES_NONE;
    for (struct device *row = plan->link == RULES_NONE ? NULL : links_first(j, plan->link);
         row != NULL; row = links_next(j, plan->link, row))
        devices++;
    if (plan->expect_ms == 0)
        return 0;
    int64_t length_ms = window->end_ms - window->start_ms; /* a day may have 23 hours */
    uint32_t expected = (uint32_t)(length_ms / plan->expect_ms) * devices;
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

static void tell(const struct judging *j, const struct plan_report *plan,
                 struct engine_report_event event)
{
    event.report = plan->report;
    event.device = j->device->index;
    event.time_ms = j->site_ms;
    event.items = j->engine->items;
    j->engine->counters.reports++;
    j->engine->sink.report(j->engine->sink.context, &event);
}

/* A moving window that ends with this pane. */
static struct report_window *put_together(const struct judging *j, const struct windows *w,
                                          const struct report_window *last)
{
    struct report_window *all = j->engine->window;
    memcpy(all, last, w->plan->window_bytes);
    all->start_ms = last->end_ms - w->plan->over_ms;
    for (uint32_t i = 0; i < w->plan->kept; i++) {
        const struct report_window *pane = kept_at(w, i);
        if (pane->is_told && pane->start_ms >= all->start_ms && pane->start_ms < last->start_ms)
            window_join(w->plan, all, pane);
    }
    return all;
}

/* until_ms: its end, or as far as it has come. */
static void window_tell(const struct judging *j, const struct windows *w,
                        struct report_window *told, int64_t until_ms)
{
    struct report_window *window = w->plan->is_moving ? put_together(j, w, told) : told;
    bool is_at_end = until_ms == window->end_ms;
    window_items(j, w->plan, window, j->engine->items);
    w->state->sent = w->state->latest;
    told->revise_ms = 0;
    tell(j, w->plan,
         (struct engine_report_event){
             .start_ms = window->start_ms,
             .end_ms = until_ms,
             .expected = window_expected(j, w->plan, window),
             .received = window->received,
             .good = window->good,
             .faulty = window->faulty,
             .late = window->late,
             .duplicate = window->duplicate,
             .is_whole = is_at_end && window_is_whole(j, w->plan, window),
             .revision = told->revision++,
         });
}

static void window_keep(const struct judging *j, const struct windows *w,
                        const struct report_window *window)
{
    struct report_window *kept = kept_at(w, w->state->next_kept);
    if (kept->revise_ms != 0)
        window_tell(j, w, kept, kept->end_ms);
    memcpy(kept, window, w->plan->kept_bytes);
    kept->is_told = true;
    w->state->next_kept = (uint8_t)((w->state->next_kept + 1) % w->plan->kept);
}

static void window_finish(const struct judging *j, const struct windows *w,
                          struct report_window *window)
{
    window_count_whiles(w->plan, w->state, window, window->end_ms);
    if (w->state->from_ms < window->end_ms)
        w->state->from_ms = window->end_ms;
    window_tell(j, w, window, window->end_ms);
    window->is_open = false;
    window_keep(j, w, window);
}

/* ---- windows move on ----------------------------------------------------------------------- */

/* A reading of a later window has come: the running one waits now; those in between were empty. */
static void windows_roll(const struct judging *j, const struct windows *w, int64_t start_ms)
{
    if (w->waiting->is_open)
        window_finish(j, w, w->waiting);
    memcpy(w->waiting, w->running, w->plan->window_bytes);
    int64_t next_ms = w->running->end_ms;
    if (next_ms < start_ms)
        window_finish(j, w, w->waiting);
    if ((start_ms - next_ms) / w->plan->every_ms <= w->plan->empty_most) {
        uint8_t empty = empty_in_row(w->waiting);
        for (; next_ms < start_ms && empty < w->plan->empty_most; empty++) {
            window_open(j, w->plan, w->running, next_ms);
            window_finish(j, w, w->running);
            next_ms = w->running->end_ms;
        }
    }
    window_open(j, w->plan, w->running, start_ms);
}

/* One that was told and is kept; NULL: there is none any more. */
static struct report_window *kept_for(const struct windows *w, int64_t start_ms)
{
    for (uint32_t i = 0; i < w->plan->kept; i++) {
        struct report_window *kept = kept_at(w, i);
        if (kept->is_told && kept->start_ms == start_ms)
            return kept;
    }
    return NULL;
}

/* The window that covers `at_ms`, or NULL when it is closed for good. */
static struct report_window *window_for(const struct judging *j, const struct windows *w,
                                        int64_t at_ms)
{
    struct report_window *running = w->running;
    if (running->is_open && at_ms >= running->start_ms && at_ms < running->end_ms)
        return running;
    int64_t start_ms = window_start(j, w->plan, at_ms);
    if (running->is_over && start_ms <= running->start_ms)
        return kept_for(w, start_ms);
    if (!running->is_open)
        window_open(j, w->plan, running, start_ms);
    else if (start_ms > running->start_ms)
        windows_roll(j, w, start_ms);
    else
        return w->waiting->is_open && w->waiting->start_ms == start_ms ? w->waiting
                                                                       : kept_for(w, start_ms);
    return running;
}

static bool is_for(const struct judging *j, const struct plan_report *plan)
{
    return !plan->has_where || rules_allow(j->engine->plan.rules, written(j, plan)->where,
                                           row_part(j->device, j->scope->at_names));
}

/* ---- `time while`, `or when`, `raw` --------------------------------------------------------- */

static void whiles_count(const struct windows *w, int64_t to_ms)
{
    window_count_whiles(w->plan, w->state, w->waiting, to_ms);
    window_count_whiles(w->plan, w->state, w->running, to_ms);
    w->state->from_ms = to_ms;
}

/* From this message on its conditions are so, until the next or while its values are fresh. */
static void whiles_judge(const struct judging *j, const struct windows *w, bool is_suppressed)
{
    struct report_state *state = w->state;
    whiles_count(w, j->at_ms);
    state->until_ms = j->at_ms + j->device->fresh_ms;
    state->is_true = state->is_known = 0;
    for (uint32_t i = 0; i < w->plan->whiles && !is_suppressed; i++) {
        enum truth truth = condition_judge(j, &j->engine->plan.whiles[w->plan->first_while + i]);
        state->is_true |= (uint64_t)(truth == IS_TRUE) << i;
        state->is_known |= (uint64_t)(truth != IS_UNKNOWN) << i;
    }
}

/* Against the last value that was sent: one message more, of the window as far as it has come. */
static void change_take(const struct judging *j, const struct windows *w,
                        const struct engine_reading *reading, int64_t at_ms)
{
    struct report_state *state = w->state;
    if (!w->plan->has_change || reading->reading != w->plan->change_reading)
        return;
    state->latest = reading->value;
    if (!state->has_sent)
        state->sent = state->latest;
    state->has_sent = true;
    double apart = state->latest - state->sent;
    if ((apart < 0 ? -apart : apart) > w->plan->change_by && w->running->is_open)
        window_tell(j, w, w->running, at_ms);
}

/* A reading as it is: a report whose window is a moment. */
static void raw_take(const struct judging *j, const struct windows *w,
                     const struct engine_reading *reading, const struct report_message *message)
{
    if ((w->plan->raw >> reading->reading & 1) == 0)
        return;
    const struct rules_report *report = written(j, w->plan);
    for (uint32_t i = 0; i < report->items.count; i++) {
        const struct rules_item *item =
            RULES_AT(j->engine->plan.rules, struct rules_item, report->items, i);
        j->engine->items[i] = (struct engine_item){
            .value = reading->value,
            .decimals = reading->decimals,
            .is_known = item->kind == RULES_ITEM_RAW && item->reading == reading->reading,
        };
    }
    tell(j, w->plan,
         (struct engine_report_event){.start_ms = message->taken_ms,
                                      .end_ms = message->taken_ms,
                                      .received = 1,
                                      .good = 1,
                                      .late = message->is_late,
                                      .is_whole = true});
}

static void readings_take(const struct judging *j, const struct windows *w,
                          const struct report_message *message)
{
    for (size_t i = 0; i < message->count && !message->is_duplicate; i++) {
        const struct engine_reading *reading = &message->readings[i];
        if (reading->quality != ENGINE_GOOD)
            continue;
        raw_take(j, w, reading, message);
        if (!message->is_late)
            change_take(j, w, reading, message->taken_ms);
    }
}

/* ---- messages ------------------------------------------------------------------------------ */

#define REVISE_MS INT64_C(86400000)

/* A window that was told has changed: it is told again, once in `wait`. */
static void revise_later(const struct judging *j, const struct plan_report *plan,
                         struct report_window *window)
{
    int64_t lag_ms = window_lag(j);
    if (!plan->is_moving && window->revise_ms == 0 &&
        j->site_ms - lag_ms - window->end_ms <= REVISE_MS)
        window->revise_ms = j->site_ms + plan->wait_ms;
}

static void window_of_message(const struct judging *j, const struct windows *w,
                              struct report_window *window, const struct report_message *message,
                              bool is_suppressed)
{
    if (window->is_told && message->is_duplicate)
        return;
    if (is_suppressed)
        window->excluded++;
    else
        window_take(j, w->plan, window, message);
    if (window->is_told && !is_suppressed)
        revise_later(j, w->plan, window);
}

/* False when its window is closed for good. */
static bool take(const struct judging *j, const struct windows *w,
                 const struct report_message *message)
{
    bool is_suppressed =
        w->plan->has_suppression && suppress_holds(j, written(j, w->plan)->suppressed_by);
    bool is_of_it = (w->plan->readings & message->mentioned) != 0 && w->plan->has_windows;
    struct report_window *window = NULL;
    if (is_of_it || (w->plan->whiles > 0 && w->running->is_open))
        window = window_for(j, w, message->taken_ms);
    if (window != NULL && is_of_it)
        window_of_message(j, w, window, message, is_suppressed);
    if (w->plan->whiles > 0 && !message->is_late && !message->is_duplicate &&
        !message->is_unreadable)
        whiles_judge(j, w, is_suppressed);
    if (!is_suppressed)
        readings_take(j, w, message);
    return window != NULL || !is_of_it;
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
                ((report->readings | report->raw) & message->mentioned) == 0)
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
        if (is_for(judging, windows.plan))
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

static void revise(const struct judging *j, const struct windows *w)
{
    for (uint32_t i = 0; i < w->plan->kept; i++) {
        struct report_window *kept = kept_at(w, i);
        if (kept->revise_ms != 0 && kept->revise_ms <= j->site_ms)
            window_tell(j, w, kept, kept->end_ms);
    }
}

static int64_t revision_due(const struct windows *w)
{
    int64_t due_ms = WHEEL_NEVER;
    for (uint32_t i = 0; i < w->plan->kept && !w->plan->is_moving; i++) {
        const struct report_window *kept = kept_at(w, i);
        due_ms = kept->revise_ms != 0 && kept->revise_ms < due_ms ? kept->revise_ms : due_ms;
    }
    return due_ms;
}

void reports_fire(struct judging *judging)
{
    for (uint32_t i = 0; i < judging->scope->reports; i++) {
        struct windows w = windows_at(judging, i);
        revise(judging, &w);
        if (w.waiting->is_open && window_due(judging, w.plan, w.waiting) <= judging->site_ms)
            window_finish(judging, &w, w.waiting);
        if (w.running->is_open && window_due(judging, w.plan, w.running) <= judging->site_ms) {
            int64_t next_ms = w.running->end_ms;
            int64_t own_ms = judging->site_ms - window_lag(judging);
            if ((own_ms - next_ms) / w.plan->every_ms > w.plan->empty_most)
                next_ms = window_start(judging, w.plan, own_ms);
            uint8_t empty = empty_in_row(w.running);
            window_finish(judging, &w, w.running);
            w.running->is_over = empty == w.plan->empty_most;
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
        int64_t revise_ms = revision_due(&w);
        due_ms = revise_ms < due_ms ? revise_ms : due_ms;
        if (!w.running->is_open)
            continue;
        const struct report_window *first = w.waiting->is_open ? w.waiting : w.running;
        int64_t first_ms = window_due(judging, w.plan, first);
        due_ms = first_ms < due_ms ? first_ms : due_ms;
    }
    return due_ms;
}

/* Readings of before and after in one window: only if its time is the right one for both. */
static void kept_step(const struct judging *j, const struct windows *w, int64_t old_ms,
                      int64_t taken_ms)
{
    whiles_count(w, old_ms < w->state->until_ms ? old_ms : w->state->until_ms);
    w->state->from_ms += taken_ms;
    w->state->until_ms += taken_ms;
    for (uint32_t i = 0; i < w->plan->kept; i++) {
        struct report_window *kept = kept_at(w, i);
        if (kept->revise_ms != 0)
            window_tell(j, w, kept, kept->end_ms);
        memset(kept, 0, w->plan->kept_bytes);
    }
}

void reports_step(struct judging *judging, int64_t delta_ms, int64_t taken_ms)
{
    for (uint32_t i = 0; i < judging->scope->reports; i++) {
        struct windows w = windows_at(judging, i);
        w.running->is_over = false;
        kept_step(judging, &w, judging->site_ms + delta_ms - judging->device->lag_ms - taken_ms,
                  taken_ms);
        if (!w.running->is_open)
            continue;
        int64_t own_ms = judging->site_ms + delta_ms - window_lag(judging);
        int64_t start_ms = window_start(judging, w.plan, own_ms);
        w.running->is_cut = true;
        if (start_ms == w.running->start_ms)
            continue;
        if (w.waiting->is_open)
            window_finish(judging, &w, w.waiting);
        uint8_t empty = w.running->empty_before;
        if (empty_in_row(w.running) == 0) {
            window_finish(judging, &w, w.running);
            empty = 0;
        }
        window_open(judging, w.plan, w.running, start_ms);
        w.running->empty_before = empty;
        w.running->is_cut = true;
    }
}
