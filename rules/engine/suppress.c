/* When not to alarm: `except` and `only`, by the hours and by states (RULES, section 7; appendix
 * E 19, 25). Comes in: a judgement of a row. Goes out: is an alarm suppressed then, and when that
 * may next be another. Each line `except while` of a scope has one record in the row, shared by the
 * alarms that name it:
 *
 *            true                 not true                    settled
 *      OFF ──────► IN FORCE ───────────────────► SETTLING ──────────────► OFF
 *       ▲              │ longer than `at most`      │ true: IN FORCE again
 *       └── CAPPED ◄───┘                            └ longer than `at most`: OFF
 *           until false
 *
 * What it means for holds is trigger.c; called by alarm.c. */
#include "rules/engine/hours.h"
#include "rules/engine/internal.h"

static int64_t lesser(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* ---- hours --------------------------------------------------------------------------------- */

/* The same for all rows, nearly always: looked up once. */
static bool hours_are(struct engine *engine, uint32_t index, int64_t now_ms, int64_t *next_ms)
{
    struct engine_hours *seen = &engine->hours[index];
    if (now_ms < seen->from_ms || now_ms >= seen->until_ms) {
        const struct ruleset *rules = engine->plan.rules;
        struct hours_view view = hours_view(
            rules, RULES_AT(rules, struct rules_hours, rules->hours, index), &engine->zone, now_ms);
        *seen = (struct engine_hours){now_ms, view.until_ms, view.is_inside};
    }
    *next_ms = seen->until_ms;
    return seen->is_inside;
}

/* ---- one line ------------------------------------------------------------------------------ */

/* When the condition, as it is, becomes unknown without another message. */
static int64_t known_until(const struct judging *j, const struct plan_condition *condition,
                           int64_t now_ms)
{
    int64_t until_ms = WHEEL_NEVER;
    for (uint32_t i = 0; i < condition->count; i++) {
        const struct plan_test *test = &j->engine->plan.tests[condition->first + i];
        bool is_number = test->of == RULES_NUMBER;
        bool is_own = test->link == RULES_NONE && test->reading < j->scope->readings;
        int64_t fresh_ms = !is_number ? state_fresh_ms_of(j)
                           : is_own   ? fresh_ms_of(j, &j->values[test->reading])
                                      : j->device->fresh_ms;
        if (fresh_ms == 0)
            continue;
        int64_t since_ms = !is_own     ? now_ms
                           : is_number ? j->values[test->reading].taken_ms
                                       : j->device->newest_ms;
        if (since_ms != INT64_MIN && since_ms + fresh_ms >= now_ms)
            until_ms = lesser(until_ms, since_ms + fresh_ms + 1);
    }
    return until_ms;
}

struct line { /* of an alarm */
    const struct plan_suppression *plan;
    struct suppression_record *record;
};

static bool during(const struct judging *j, const struct line *line, int64_t now_ms,
                   int64_t *next_ms)
{
    if (j->engine->clock_is_unset)
        return false; /* alarms rather than stays quiet (section 4.3) */
    return hours_are(j->engine, line->plan->hours, now_ms, next_ms) ==
           (line->plan->kind == RULES_EXCEPT_DURING);
}

/* A state that is unknown does not suppress, neither so nor so. */
static bool only_while(const struct judging *j, const struct line *line, int64_t now_ms,
                       int64_t *next_ms)
{
    *next_ms = known_until(j, &line->plan->when, now_ms);
    return condition_judge(j, &line->plan->when) == IS_FALSE;
}

static void leave(const struct line *line, int64_t now_ms)
{
    line->record->state = line->plan->settle_ms > 0 ? SUPPRESSION_SETTLING : SUPPRESSION_OFF;
    line->record->left_ms = now_ms;
}

static void enter_by(const struct line *line, enum truth when, int64_t now_ms)
{
    struct suppression_record *record = line->record;
    switch (record->state) {
    case SUPPRESSION_OFF:
        if (when == IS_TRUE)
            *record = (struct suppression_record){now_ms, INT64_MIN, SUPPRESSION_IN_FORCE};
        break;
    case SUPPRESSION_IN_FORCE:
        if (when != IS_TRUE)
            leave(line, now_ms);
        break;
    case SUPPRESSION_SETTLING:
        if (when == IS_TRUE)
            record->state = SUPPRESSION_IN_FORCE; /* still the same going */
        else if (now_ms >= record->left_ms + line->plan->settle_ms)
            record->state = SUPPRESSION_OFF;
        break;
    default:
        if (when == IS_FALSE)
            record->state = SUPPRESSION_OFF; /* after the cap there is no settling */
        break;
    }
}

static bool except_while(const struct judging *j, const struct line *line, int64_t now_ms,
                         int64_t *next_ms)
{
    struct suppression_record *record = line->record;
    enum truth when = condition_judge(j, &line->plan->when);
    enter_by(line, when, now_ms);
    if (record->state == SUPPRESSION_OFF || record->state == SUPPRESSION_CAPPED)
        return false;
    int64_t end_ms = record->since_ms + line->plan->most_ms;
    if (now_ms >= end_ms) {
        record->state = when == IS_FALSE ? SUPPRESSION_OFF : SUPPRESSION_CAPPED;
        return false;
    }
    *next_ms = lesser(end_ms, record->state == SUPPRESSION_SETTLING
                                  ? record->left_ms + line->plan->settle_ms
                                  : known_until(j, &line->plan->when, now_ms));
    return true;
}

static bool line_suppresses(const struct judging *j, const struct line *line, int64_t now_ms,
                            int64_t *next_ms)
{
    static bool (*const ways[])(const struct judging *, const struct line *, int64_t, int64_t *) = {
        [RULES_EXCEPT_DURING] = during,
        [RULES_ONLY_DURING] = during,
        [RULES_EXCEPT_WHILE] = except_while,
        [RULES_ONLY_WHILE] = only_while,
    };
    *next_ms = WHEEL_NEVER;
    return ways[line->plan->kind](j, line, now_ms, next_ms);
}

static struct line line_at(const struct judging *j, uint32_t suppression)
{
    struct suppression_record *records = row_part(j->device, j->scope->at_suppressions);
    return (struct line){
        &j->engine->plan.suppressions[j->scope->first_suppression + suppression],
        &records[suppression],
    };
}

/* ---- all lines of an alarm ----------------------------------------------------------------- */

struct sum { /* of the lines that suppress */
    bool is_any, is_own;
};
struct lines {
    struct sum others, whiles; /* whiles: those with a cap */
    uint32_t while_count;
    int64_t longest_ms; /* cap */
    int64_t next_ms;
    uint32_t by;
    uint8_t phase;
    bool restarts;
};

static void add_line(struct lines *lines, const struct line *line,
                     const struct rules_suppressed_by *by)
{
    bool has_cap = line->plan->kind == RULES_EXCEPT_WHILE;
    struct sum *sum = has_cap ? &lines->whiles : &lines->others;
    sum->is_any = true;
    sum->is_own |= by->is_from_defaults == 0;
    lines->restarts |= line->plan->settle_ms > 0;
    if (lines->by != RULES_NONE)
        return;
    lines->by = by->suppression;
    lines->phase = has_cap ? line->record->state : SUPPRESSION_IN_FORCE;
}

static struct lines look_at_lines(const struct judging *j, const struct plan_alarm *alarm,
                                  int64_t now_ms)
{
    struct lines lines = {.next_ms = WHEEL_NEVER, .by = RULES_NONE};
    for (uint32_t i = 0; i < alarm->suppressed_by.count; i++) {
        const struct rules_suppressed_by *by =
            RULES_AT(j->engine->plan.rules, struct rules_suppressed_by, alarm->suppressed_by, i);
        struct line line = line_at(j, by->suppression);
        int64_t next_ms;
        bool suppresses = line_suppresses(j, &line, now_ms, &next_ms);
        lines.next_ms = lesser(lines.next_ms, next_ms);
        if (line.plan->kind == RULES_EXCEPT_WHILE) {
            lines.while_count++;
            if (line.plan->most_ms > lines.longest_ms)
                lines.longest_ms = line.plan->most_ms;
        }
        if (suppresses)
            add_line(&lines, &line, by);
    }
    return lines;
}

/* Several lines together may not suppress for longer than the longest cap without one unsuppressed
 * hold (E 25). */
static void bound_together(struct suppressed_record *record, struct lines *lines, int64_t hold_ms,
                           int64_t now_ms)
{
    if (record->free_until_ms != INT64_MIN && now_ms >= record->free_until_ms)
        record->free_until_ms = record->go_ms = record->free_ms = INT64_MIN;
    if (record->free_until_ms != INT64_MIN) {
        lines->whiles = (struct sum){false, false};
    } else if (!lines->whiles.is_any) {
        if (record->free_ms == INT64_MIN)
            record->free_ms = now_ms;
    } else {
        bool was_free = record->free_ms != INT64_MIN;
        if (record->go_ms == INT64_MIN || (was_free && now_ms - record->free_ms >= hold_ms))
            record->go_ms = now_ms;
        if (now_ms >= record->go_ms + lines->longest_ms) {
            record->free_until_ms = (was_free ? record->free_ms : now_ms) + hold_ms;
            lines->whiles = (struct sum){false, false};
        } else {
            record->free_ms = INT64_MIN;
            lines->next_ms = lesser(lines->next_ms, record->go_ms + lines->longest_ms);
        }
    }
    if (record->free_until_ms != INT64_MIN)
        lines->next_ms = lesser(lines->next_ms, record->free_until_ms);
}

static void be_due(const struct judging *j, struct suppressed_record *record, int64_t own_due_ms)
{
    record->own_due_ms = own_due_ms;
    record->due_ms = own_due_ms == WHEEL_NEVER ? WHEEL_NEVER : own_due_ms + j->lag_ms;
}

static void tell(const struct judging *j, const struct plan_alarm *alarm,
                 const struct suppressed_record *before, const struct suppressed_record *now)
{
    enum engine_note_kind kind;
    uint32_t by = now->by;
    if (now->is_any && !before->is_any) {
        kind = ENGINE_NOTE_SUPPRESSED;
    } else if (now->is_any && now->by == before->by && now->phase == SUPPRESSION_SETTLING &&
               before->phase == SUPPRESSION_IN_FORCE) {
        kind = ENGINE_NOTE_SETTLING;
    } else if (!now->is_any && before->is_any) {
        by = before->by;
        bool is_capped =
            line_at(j, by).record->state == SUPPRESSION_CAPPED || now->free_until_ms != INT64_MIN;
        kind = is_capped ? ENGINE_NOTE_CAPPED : ENGINE_NOTE_RELEASED;
    } else {
        return;
    }
    note(j, kind, (struct engine_note){.alarm = alarm->alarm, .trigger = RULES_NONE, .index = by});
}

void suppress_look(const struct judging *j, const struct plan_alarm *alarm,
                   struct suppressed_record *record)
{
    struct suppressed_record before = *record;
    struct lines lines = look_at_lines(j, alarm, j->at_ms);
    if (lines.while_count > 1)
        bound_together(record, &lines, alarm->longest_hold_ms > 0 ? alarm->longest_hold_ms : 1,
                       j->at_ms);
    record->is_any = lines.others.is_any || lines.whiles.is_any;
    record->is_own = lines.others.is_own || lines.whiles.is_own;
    record->restarts = lines.restarts || (before.is_any && before.restarts);
    if (record->is_any) {
        record->by = lines.by;
        record->phase = lines.phase;
    } else if (before.is_any) {
        record->released_ms = j->at_ms;
    }
    be_due(j, record, lines.next_ms);
    tell(j, alarm, &before, record);
}

/* ---- rows ---------------------------------------------------------------------------------- */

void suppress_begin(const struct judging *j)
{
    struct suppressed_record *records = row_part(j->device, j->scope->at_suppressed);
    for (uint32_t i = 0; i < j->scope->suppressed_alarms; i++) {
        records[i] = (struct suppressed_record){
            .due_ms = WHEEL_NEVER,
            .own_due_ms = WHEEL_NEVER,
            .released_ms = INT64_MIN,
            .go_ms = INT64_MIN,
            .free_ms = INT64_MIN,
            .free_until_ms = INT64_MIN,
            .by = RULES_NONE,
        };
    }
}

void suppress_restart(const struct judging *j)
{
    struct suppression_record *records = row_part(j->device, j->scope->at_suppressions);
    for (uint32_t i = 0; i < j->scope->suppressions; i++)
        records[i].state = SUPPRESSION_OFF;
    struct suppressed_record *alarms = row_part(j->device, j->scope->at_suppressed);
    for (uint32_t i = 0; i < j->scope->suppressed_alarms; i++)
        alarms[i].released_ms = alarms[i].go_ms = alarms[i].free_ms = alarms[i].free_until_ms =
            INT64_MIN;
}

int64_t suppress_due(const struct judging *j)
{
    const struct suppressed_record *records = row_part(j->device, j->scope->at_suppressed);
    int64_t due_ms = WHEEL_NEVER;
    for (uint32_t i = 0; i < j->scope->suppressed_alarms; i++)
        due_ms = lesser(due_ms, records[i].due_ms);
    return due_ms;
}

bool suppress_holds(const struct judging *j, struct rules_span suppressed_by)
{
    for (uint32_t i = 0; i < suppressed_by.count; i++) {
        struct line line =
            line_at(j, RULES_AT(j->engine->plan.rules, struct rules_suppressed_by, suppressed_by, i)
                           ->suppression);
        int64_t next_ms;
        if (line_suppresses(j, &line, j->at_ms, &next_ms))
            return true;
    }
    return false;
}
