/* Checks what is judged for each row of a scope: conditions, suppressions, alarms and reports of a
 * ruleset. See ruleset_checked.h. */
#include "rules/ruleset_checked.h"

#include <math.h>

#define COUNT_MAX 100000

/* Where a condition stands. */
struct stand {
    const struct checked *block;
    uint32_t number;                 /* of its scope; RULES_NONE: `accept`, which has no links */
    const struct rules_group *group; /* whose rows are judged; NULL: a set */
};

static struct stand stand_at(const struct checked *block, uint32_t number)
{
    return (struct stand){block, number, checked_group_at(block, number)};
}

static const struct rules_scope *scope_at(const struct checked *block, uint32_t number)
{
    const struct rules_set *set = checked_set_at(block, number);
    return set != NULL ? &set->scope : &checked_group_at(block, number)->scope;
}

static const struct rules_reading *reading_at(const struct checked *block,
                                              const struct rules_group *group, uint32_t index)
{
    return group != NULL && index < group->readings.count
               ? RULES_AT(block->bytes, struct rules_reading, group->readings, index)
               : NULL;
}

static bool is_number(const struct checked *block, const struct rules_group *group, uint32_t index)
{
    const struct rules_reading *reading = reading_at(block, group, index);
    return reading != NULL && reading->kind == RULES_NUMBER;
}

/* A link from here; NULL when it is none. */
static const struct rules_link *link_at(const struct stand *stand, uint32_t index)
{
    const struct ruleset *set = checked_set_of(stand->block);
    if (stand->number == RULES_NONE || index >= set->links.count)
        return NULL;
    const struct rules_link *link = RULES_AT(set, struct rules_link, set->links, index);
    return link->from == stand->number ? link : NULL;
}

/* ---- tests --------------------------------------------------------------------------------- */

static bool value_is_sane(const struct stand *stand, const struct rules_group *group,
                          const struct rules_value *value)
{
    const struct checked *block = stand->block;
    const struct ruleset *set = checked_set_of(block);
    const struct rules_link *link;
    if (!isfinite(value->number) || !isfinite(value->written) || value->decimals > UINT8_MAX ||
        !checked_text(block, value->unit))
        return false;
    switch (value->kind) {
    case RULES_CONSTANT:
        return true;
    case RULES_READING:
        return is_number(block, group, value->reading);
    case RULES_LIMIT: {
        if (group == NULL || value->column >= set->columns.count)
            return false;
        uint32_t table = RULES_AT(set, struct rules_column, set->columns, value->column)->table;
        uint32_t of = RULES_AT(set, struct rules_table, set->tables, table)->group;
        return checked_group_at(block, of) == group;
    }
    case RULES_ACROSS:
        link = link_at(stand, value->link);
        return link != NULL && link->to == stand->number && group == stand->group &&
               is_number(block, group, value->reading) &&
               (value->summary == RULES_AVERAGE || value->summary == RULES_MEDIAN);
    default:
        return false;
    }
}

static bool learned_is_sane(const struct stand *stand, const struct rules_test *test,
                            const struct rules_link *link)
{
    if (stand->number == RULES_NONE)
        return false;
    struct rules_span learned =
        scope_at(stand->block, link != NULL ? link->to : stand->number)->learned;
    if (test->window >= learned.count)
        return false;
    const struct rules_learned *of =
        RULES_AT(stand->block->bytes, struct rules_learned, learned, test->window);
    return of->reading == test->reading && test->word <= 2 && (of->words >> test->word & 1) != 0;
}

/* A window that is asked for what it holds; over each device of the link where `any` or `every` is
 * said. */
static bool window_is_sane(const struct stand *stand, const struct rules_test *test,
                           const struct rules_link *link)
{
    if (test->kind == RULES_UNUSUAL)
        return learned_is_sane(stand, test, link);
    if (test->window == RULES_NONE)
        return (test->summary == RULES_NO_SUMMARY || link != NULL) &&
               !(test->kind >= RULES_RISES && test->kind <= RULES_CHANGES) &&
               test->kind != RULES_STUCK;
    if (stand->number == RULES_NONE)
        return false;
    bool is_each = link != NULL && test->quantifier != RULES_THE;
    struct rules_span windows = scope_at(stand->block, is_each ? link->to : stand->number)->windows;
    if (test->window >= windows.count)
        return false;
    const struct rules_window *window =
        RULES_AT(stand->block->bytes, struct rules_window, windows, test->window);
    bool is_sketch = test->summary == RULES_MEDIAN || test->summary == RULES_PERCENTILE;
    return window->reading == test->reading &&
           window->link == (is_each ? RULES_NONE : test->link) &&
           (!is_sketch || window->is_sketched) &&
           (test->summary == RULES_KINETIC_MEAN) == (window->is_kinetic == 1) &&
           (test->kind == RULES_STUCK) == (window->is_stuck == 1);
}

static bool alarm_test_is_sane(const struct stand *stand, const struct rules_test *test,
                               const struct rules_link *link)
{
    const struct ruleset *set = checked_set_of(stand->block);
    if (test->alarm >= set->alarms.count || stand->number == RULES_NONE)
        return false;
    uint32_t number = RULES_AT(set, struct rules_alarm, set->alarms, test->alarm)->scope;
    if (number != (link != NULL ? link->to : stand->number))
        return false;
    struct rules_span listed = scope_at(stand->block, number)->alarms;
    for (uint32_t i = 0; i < listed.count; i++) {
        if (*RULES_AT(set, uint32_t, listed, i) == test->alarm)
            return true;
    }
    return false;
}

/* What is said of the reading goes with its kind. */
static bool reading_is_sane(const struct checked *block, const struct rules_group *group,
                            const struct rules_test *test)
{
    const struct rules_reading *reading = reading_at(block, group, test->reading);
    if (reading == NULL)
        return false;
    bool is_counted = test->summary == RULES_COUNT;
    bool is_a_number = reading->kind == RULES_NUMBER || is_counted;
    switch (test->kind) {
    case RULES_IS:
    case RULES_IS_NOT:
        return is_a_number || reading->kind != RULES_STATE || test->word < reading->words.count;
    case RULES_MISSING:
    case RULES_FAULTY:
        return true;
    case RULES_DIFFERS_FROM:
        return is_a_number && is_number(block, group, test->other);
    case RULES_UNUSUAL:
        return is_a_number && test->word <= 2;
    default:
        return is_a_number &&
               (test->summary == RULES_NO_SUMMARY || is_counted || reading->kind == RULES_NUMBER);
    }
}

static bool test_is_sane(const struct stand *stand, const struct rules_test *test)
{
    const struct rules_link *link = NULL;
    const struct rules_group *group = stand->group;
    if (test->link != RULES_NONE) {
        link = link_at(stand, test->link);
        if (link == NULL)
            return false;
        group = checked_group_at(stand->block, link->to);
    }
    bool is_summary = test->summary <= RULES_PERCENTILE || test->summary == RULES_NO_SUMMARY;
    if (test->kind > RULES_ALARM || test->is_not > 1 || test->quantifier > RULES_EVERY ||
        !is_summary || !(test->percentile >= 0 && test->percentile <= 100) ||
        !checked_time(test->in_ms, 0) || !(test->least >= 0 && test->least <= COUNT_MAX) ||
        test->least_is_percent > 1 || !checked_text(stand->block, test->text) ||
        !value_is_sane(stand, group, &test->value) || !value_is_sane(stand, group, &test->second) ||
        !window_is_sane(stand, test, link))
        return false;
    if (test->kind == RULES_ALARM)
        return test->window == RULES_NONE && alarm_test_is_sane(stand, test, link);
    if (test->kind == RULES_SILENT)
        return group != NULL && test->window == RULES_NONE && stand->number != RULES_NONE;
    if (test->kind == RULES_DIFFERS_ACROSS && link == NULL)
        return false;
    return reading_is_sane(stand->block, group, test);
}

static bool hold_is_sane(const struct rules_hold *hold)
{
    bool is_counted = hold->kind == RULES_HOLD_READINGS || hold->kind == RULES_HOLD_TIMES;
    bool is_moving = hold->kind == RULES_HOLD_TOTAL || hold->kind == RULES_HOLD_TIMES;
    return hold->kind <= RULES_HOLD_TIMES && checked_time(hold->for_ms, 0) &&
           checked_time(hold->in_ms, is_moving) && hold->count <= COUNT_MAX &&
           (!is_counted || hold->count > 0) &&
           (hold->kind != RULES_HOLD_TOTAL || hold->for_ms <= hold->in_ms);
}

static bool condition_is_sane(const struct stand *stand, const struct rules_condition *condition)
{
    if (!checked_span(stand->block, condition->tests, sizeof(struct rules_test), 1,
                      RULES_TESTS_MAX) ||
        condition->joined_by_or > 1 || !hold_is_sane(&condition->hold))
        return false;
    for (uint32_t i = 0; i < condition->tests.count; i++) {
        if (!test_is_sane(stand,
                          RULES_AT(stand->block->bytes, struct rules_test, condition->tests, i)))
            return false;
    }
    return true;
}

bool checked_accept(const struct checked *block, const struct rules_group *group)
{
    const struct stand stand = {block, RULES_NONE, group};
    return !group->has_accept || condition_is_sane(&stand, &group->accept);
}

/* ---- scopes -------------------------------------------------------------------------------- */

static bool window_is_inside(const struct stand *stand, const struct rules_window *window)
{
    const struct rules_group *group = stand->group;
    if (window->link != RULES_NONE) {
        const struct rules_link *link = link_at(stand, window->link);
        group = link != NULL ? checked_group_at(stand->block, link->to) : NULL;
    }
    return reading_at(stand->block, group, window->reading) != NULL &&
           checked_time(window->over_ms, 1) && window->is_sketched <= 1 && window->is_stuck <= 1 &&
           window->is_kinetic <= 1 && window->within >= 0 && isfinite(window->within);
}

static bool learned_is_inside(const struct stand *stand, const struct rules_learned *learned)
{
    return is_number(stand->block, stand->group, learned->reading) && learned->words > 0 &&
           learned->words < 8 && learned->alarm < checked_set_of(stand->block)->alarms.count;
}

static bool suppression_is_sane(const struct stand *stand,
                                const struct rules_suppression *suppression)
{
    bool is_while = suppression->kind >= RULES_EXCEPT_WHILE;
    return suppression->kind <= RULES_ONLY_WHILE && checked_time(suppression->settle_ms, 0) &&
           checked_time(suppression->most_ms, suppression->kind == RULES_EXCEPT_WHILE) &&
           checked_text(stand->block, suppression->text) &&
           (is_while ? condition_is_sane(stand, &suppression->when)
                     : suppression->when.tests.count == 0 && /* the plan makes it all the same */
                           suppression->hours < checked_set_of(stand->block)->hours.count);
}

/* What a scope lists must belong to it: the engine reads its rows through that list. */
static bool lists_are_sane(const struct checked *block, const struct rules_scope *scope,
                           uint32_t number)
{
    const struct ruleset *set = checked_set_of(block);
    if (!checked_indices(block, scope->alarms, set->alarms.count) ||
        !checked_indices(block, scope->reports, set->reports.count))
        return false;
    for (uint32_t i = 0; i < scope->alarms.count; i++) {
        uint32_t index = *RULES_AT(set, uint32_t, scope->alarms, i);
        if (RULES_AT(set, struct rules_alarm, set->alarms, index)->scope != number)
            return false;
    }
    for (uint32_t i = 0; i < scope->reports.count; i++) {
        uint32_t index = *RULES_AT(set, uint32_t, scope->reports, i);
        if (RULES_AT(set, struct rules_report, set->reports, index)->scope != number)
            return false;
    }
    return true;
}

bool checked_scope(const struct checked *block, uint32_t number)
{
    const struct rules_scope *scope = scope_at(block, number);
    const struct stand stand = stand_at(block, number);
    if (!lists_are_sane(block, scope, number) ||
        !checked_span(block, scope->windows, sizeof(struct rules_window), 0, RULES_WINDOWS_MAX) ||
        !checked_span(block, scope->learned, sizeof(struct rules_learned), 0, RULES_LEARNED_MAX) ||
        !checked_span(block, scope->suppressions, sizeof(struct rules_suppression), 0,
                      RULES_SUPPRESSIONS_MAX))
        return false;
    for (uint32_t i = 0; i < scope->learned.count; i++) {
        if (!learned_is_inside(&stand,
                               RULES_AT(block->bytes, struct rules_learned, scope->learned, i)))
            return false;
    }
    for (uint32_t i = 0; i < scope->windows.count; i++) {
        if (!window_is_inside(&stand,
                              RULES_AT(block->bytes, struct rules_window, scope->windows, i)))
            return false;
    }
    /* Conditions look at the lists of other scopes: see checked_alarm. */
    return true;
}

static bool suppressed_by_is_sane(const struct stand *stand, struct rules_span by)
{
    const struct checked *block = stand->block;
    struct rules_span suppressions = scope_at(block, stand->number)->suppressions;
    if (!checked_span(block, by, sizeof(struct rules_suppressed_by), 0, RULES_SUPPRESSIONS_MAX))
        return false;
    for (uint32_t i = 0; i < by.count; i++) {
        uint32_t index = RULES_AT(block->bytes, struct rules_suppressed_by, by, i)->suppression;
        if (index >= suppressions.count)
            return false;
    }
    return true;
}

/* All of them, also those that nobody names: the engine keeps each up to date. */
bool checked_suppressions(const struct checked *block, uint32_t number)
{
    const struct stand stand = stand_at(block, number);
    struct rules_span suppressions = scope_at(block, number)->suppressions;
    for (uint32_t i = 0; i < suppressions.count; i++) {
        if (!suppression_is_sane(&stand,
                                 RULES_AT(block->bytes, struct rules_suppression, suppressions, i)))
            return false;
    }
    return true;
}

/* The group of an alarm or report is that of its scope, or both are the site's. */
static bool belongs(const struct checked *block, uint32_t group, uint32_t scope)
{
    if (scope >= checked_scopes(block))
        return false;
    const struct rules_set *set = checked_set_at(block, scope);
    return group == (set != NULL ? set->group : scope);
}

/* ---- alarms and reports -------------------------------------------------------------------- */

static bool options_are_sane(const struct checked *block, const struct rules_alarm *alarm)
{
    const struct rules_text texts[] = {alarm->say,    alarm->cause,       alarm->risk,
                                       alarm->action, alarm->say_updated, alarm->say_cleared,
                                       alarm->also,   alarm->out_reason,  alarm->file};
    const int64_t times[] = {alarm->respond_ms, alarm->remind_ms, alarm->shelve_most_ms,
                             alarm->limit_ms,   alarm->learn_ms,  alarm->attach_ms};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (!checked_text(block, texts[i]))
            return false;
    }
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        if (!checked_time(times[i], 0))
            return false;
    }
    return alarm->say.length > 0 && (alarm->limit_count == 0 || alarm->limit_ms > 0) &&
           alarm->limit_count <= COUNT_MAX && alarm->acknowledge_required <= 2 &&
           alarm->is_latched <= 1 && alarm->sensitivity <= RULES_SENSITIVITY_HIGH &&
           alarm->learn_by <= RULES_LEARN_HOUR_OF_WEEK && alarm->out_until_ms >= 0 &&
           checked_texts(block, alarm->tags, RULES_TAGS_MAX);
}

bool checked_alarm(const struct checked *block, const struct rules_alarm *alarm)
{
    if (!checked_name(block, alarm->name) || !belongs(block, alarm->group, alarm->scope) ||
        !options_are_sane(block, alarm) ||
        !checked_where(block, checked_group_at(block, alarm->group), alarm->where) ||
        !checked_span(block, alarm->triggers, sizeof(struct rules_trigger), 1, RULES_TRIGGERS_MAX))
        return false;
    const struct stand stand = stand_at(block, alarm->scope);
    uint32_t severity = RULES_CRITICAL; /* the most severe first */
    for (uint32_t i = 0; i < alarm->triggers.count; i++) {
        const struct rules_trigger *trigger =
            RULES_AT(block->bytes, struct rules_trigger, alarm->triggers, i);
        if (trigger->severity < RULES_LOG || trigger->severity > severity ||
            !checked_time(trigger->clear_after_ms, 0) ||
            !condition_is_sane(&stand, &trigger->when) ||
            (trigger->has_until && !condition_is_sane(&stand, &trigger->until)))
            return false;
        severity = trigger->severity;
    }
    return suppressed_by_is_sane(&stand, alarm->suppressed_by);
}

static bool item_is_sane(const struct stand *stand, const struct rules_group *group,
                         const struct rules_item *item)
{
    const struct rules_reading *reading = reading_at(stand->block, group, item->reading);
    if (!checked_text(stand->block, item->text))
        return false;
    if (item->kind == RULES_ITEM_TIME_WHILE)
        return item->reading == 0 && condition_is_sane(stand, &item->when);
    if (item->kind == RULES_ITEM_RAW)
        return reading != NULL;
    return item->kind == RULES_ITEM_SUMMARY && reading != NULL &&
           item->summary <= RULES_PERCENTILE && item->percentile >= 0 && item->percentile <= 100 &&
           (reading->kind == RULES_NUMBER || item->summary == RULES_COUNT);
}

/* A moving window is made of whole panes, no more than the engine keeps. */
static bool window_is_whole(const struct rules_report *report)
{
    return report->over_ms == 0 || (report->over_ms % report->every_ms == 0 &&
                                    report->over_ms / report->every_ms <= RULES_PANES_MAX);
}

/* Of a set: by a link to the devices that it sums up; one for each device needs none. */
static bool reaches_its_devices(const struct stand *stand, const struct rules_report *report)
{
    if (stand->group != NULL)
        return report->link == RULES_NONE;
    const struct rules_link *link = link_at(stand, report->link);
    return link != NULL && link->to == report->group;
}

bool checked_report(const struct checked *block, const struct rules_report *report)
{
    const struct rules_group *group = checked_group_at(block, report->group);
    if (!checked_name(block, report->name) || !belongs(block, report->group, report->scope) ||
        !checked_time(report->every_ms, 1) || !checked_time(report->wait_ms, 0) ||
        !checked_time(report->over_ms, 0) || !window_is_whole(report) ||
        !checked_time(report->at_ms, 0) || report->at_ms >= report->every_ms ||
        !isfinite(report->change_by) || !checked_texts(block, report->tags, RULES_TAGS_MAX) ||
        !checked_text(block, report->file) || !checked_where(block, group, report->where) ||
        !checked_span(block, report->items, sizeof(struct rules_item), 1, RULES_ITEMS_MAX))
        return false;
    const struct stand stand = stand_at(block, report->scope);
    if (group == NULL || !reaches_its_devices(&stand, report) ||
        (report->has_change &&
         (report->link != RULES_NONE || !is_number(block, group, report->change_reading))))
        return false;
    for (uint32_t i = 0; i < report->items.count; i++) {
        if (!item_is_sane(&stand, group,
                          RULES_AT(block->bytes, struct rules_item, report->items, i)))
            return false;
    }
    return suppressed_by_is_sane(&stand, report->suppressed_by);
}
