/* Checks groups of sensors, sets, links, tables and hours of a ruleset. See ruleset_checked.h. */
#include "rules/ruleset_checked.h"

#include <math.h>

static bool path_is_sane(const struct checked *block, const struct rules_path *path)
{
    if (!checked_span(block, path->steps, sizeof(struct rules_step), 0, RULES_STEPS_MAX))
        return false;
    const struct rules_step *steps = RULES_AT(block->bytes, struct rules_step, path->steps, 0);
    for (uint32_t i = 0; i < path->steps.count; i++) {
        if (!checked_text(block, steps[i].key))
            return false;
    }
    return true;
}

/* ---- sensors ------------------------------------------------------------------------------- */

static bool levels_are_sane(const struct checked *block, const struct rules_group *group)
{
    uint32_t least = group->source == RULES_FROM_MQTT ? 1 : 0;
    if (!checked_span(block, group->levels, sizeof(struct rules_level), least, RULES_LEVELS_MAX))
        return false;
    const struct rules_level *levels = RULES_AT(block->bytes, struct rules_level, group->levels, 0);
    for (uint32_t i = 0; i < group->levels.count; i++) {
        bool is_last = i + 1 == group->levels.count;
        if (levels[i].kind > RULES_LEVEL_REST || !checked_text(block, levels[i].text) ||
            (levels[i].kind != RULES_LEVEL_LITERAL && levels[i].name >= group->names.count) ||
            (levels[i].kind == RULES_LEVEL_REST && !is_last))
            return false;
    }
    return true;
}

static bool names_are_sane(const struct checked *block, const struct rules_group *group)
{
    if (!checked_span(block, group->names, sizeof(struct rules_name), 0, RULES_NAMES_MAX))
        return false;
    const struct rules_name *names = RULES_AT(block->bytes, struct rules_name, group->names, 0);
    for (uint32_t i = 0; i < group->names.count; i++) {
        if (!checked_name(block, names[i].name) || !path_is_sane(block, &names[i].path))
            return false;
    }
    return true;
}

static bool reading_is_sane(const struct checked *block, const struct rules_reading *reading)
{
    return checked_name(block, reading->name) && path_is_sane(block, &reading->path) &&
           reading->kind <= RULES_TEXT && checked_text(block, reading->unit) &&
           reading->unit.length <= RULES_NAME_BYTES && isfinite(reading->scale) &&
           isfinite(reading->offset) && !isnan(reading->valid_least) &&
           !isnan(reading->valid_most) && reading->decimals <= UINT8_MAX &&
           checked_span(block, reading->ignored, sizeof(double), 0, RULES_IGNORED_MAX) &&
           checked_texts(block, reading->words, RULES_WORDS_MAX) &&
           (reading->kind != RULES_STATE || reading->words.count > 0);
}

bool checked_group(const struct checked *block, const struct rules_group *group)
{
    if (!checked_name(block, group->name) || !checked_text(block, group->called) ||
        group->source > RULES_FROM_UDP || group->format > RULES_FORMAT_CSV ||
        group->time > RULES_TIME_OF_FORMAT)
        return false;
    if (!checked_texts(block, group->csv_columns, RULES_READINGS_MAX))
        return false;
    if (!names_are_sane(block, group) || !levels_are_sane(block, group) ||
        !path_is_sane(block, &group->time_path) || !path_is_sane(block, &group->each) ||
        !path_is_sane(block, &group->sequence))
        return false;
    if (!checked_time(group->expect_ms, 0) || !checked_time(group->fresh_ms, 1) ||
        !checked_time(group->forget_ms, 1) || !checked_time(group->late_ms, 0) ||
        !checked_time(group->early_ms, 0))
        return false;
    if (!checked_span(block, group->readings, sizeof(struct rules_reading), 1, RULES_READINGS_MAX))
        return false;
    for (uint32_t i = 0; i < group->readings.count; i++) {
        if (!reading_is_sane(block,
                             RULES_AT(block->bytes, struct rules_reading, group->readings, i)))
            return false;
    }
    return true;
}

/* ---- sets and links ------------------------------------------------------------------------ */

bool checked_set(const struct checked *block, const struct rules_set *set)
{
    const struct rules_group *group = checked_group_at(block, set->group);
    if (group == NULL)
        return set->group == RULES_NONE && set->names.count == 0;
    if (!checked_indices(block, set->names, group->names.count) ||
        set->names.count > RULES_NAMES_MAX)
        return false;
    for (uint32_t i = 1; i < set->names.count; i++) { /* in their order, each once */
        const uint32_t *name = RULES_AT(block->bytes, uint32_t, set->names, i);
        if (name[0] <= name[-1])
            return false;
    }
    return true;
}

bool checked_where(const struct checked *block, const struct rules_group *group,
                   struct rules_span where)
{
    uint32_t most = group != NULL ? RULES_NAMES_MAX : 0;
    if (!checked_span(block, where, sizeof(struct rules_allowed), 0, most))
        return false;
    if (group == NULL)
        return true;
    for (uint32_t i = 0; i < where.count; i++) {
        const struct rules_allowed *allowed =
            RULES_AT(block->bytes, struct rules_allowed, where, i);
        if (allowed->name >= group->names.count || allowed->is_not > 1 ||
            !checked_texts(block, allowed->words, RULES_WORDS_MAX))
            return false;
    }
    return true;
}

/* How many named parts a row of the scope has. */
static uint32_t names_of(const struct checked *block, uint32_t number)
{
    const struct rules_set *set = checked_set_at(block, number);
    return set != NULL ? set->names.count : checked_group_at(block, number)->names.count;
}

bool checked_link(const struct checked *block, const struct rules_link *link)
{
    uint32_t scopes = checked_scopes(block);
    if (link->from >= scopes || link->to >= scopes || link->without_itself > 1 ||
        !checked_span(block, link->pairs, sizeof(struct rules_pair), 0, RULES_NAMES_MAX) ||
        !checked_where(block, checked_group_at(block, link->to), link->where))
        return false;
    for (uint32_t i = 0; i < link->pairs.count; i++) {
        const struct rules_pair *pair = RULES_AT(block->bytes, struct rules_pair, link->pairs, i);
        if (pair->own >= names_of(block, link->from) || pair->other >= names_of(block, link->to))
            return false;
    }
    return true;
}

/* ---- tables -------------------------------------------------------------------------------- */

bool checked_table(const struct checked *block, const struct rules_table *table)
{
    const struct rules_group *group = checked_group_at(block, table->group);
    if (group == NULL || table->keys.count == 0 ||
        !checked_indices(block, table->keys, group->names.count) ||
        table->keys.count > RULES_NAMES_MAX ||
        !checked_span(block, table->rows, sizeof(struct rules_row), 0, RULES_ROWS_MAX))
        return false;
    for (uint32_t i = 0; i < table->rows.count; i++) {
        struct rules_span keys = RULES_AT(block->bytes, struct rules_row, table->rows, i)->keys;
        uint32_t count = table->keys.count;
        if (!checked_span(block, keys, sizeof(struct rules_text), count, count))
            return false;
        for (uint32_t j = 0; j < count; j++) {
            struct rules_text key = *RULES_AT(block->bytes, struct rules_text, keys, j);
            if (key.length > RULES_NAME_BYTES || !checked_text(block, key))
                return false;
        }
    }
    return true;
}

bool checked_column(const struct checked *block, const struct rules_column *column)
{
    const struct ruleset *set = checked_set_of(block);
    if (column->table >= set->tables.count || !checked_name(block, column->name))
        return false;
    uint32_t rows = RULES_AT(set, struct rules_table, set->tables, column->table)->rows.count;
    if (!checked_span(block, column->limits, sizeof(struct rules_limit), rows, rows))
        return false;
    for (uint32_t i = 0; i < rows; i++) {
        const struct rules_limit *limit =
            RULES_AT(block->bytes, struct rules_limit, column->limits, i);
        if (!isfinite(limit->number) || !isfinite(limit->written) || limit->decimals > UINT8_MAX ||
            !checked_text(block, limit->unit))
            return false;
    }
    return true;
}

/* ---- hours --------------------------------------------------------------------------------- */

#define SPANS_MAX 1024
#define MINUTES_MAX 1440
#define YEAR_MAX 9999

static bool is_day(uint32_t year, uint32_t month, uint32_t day)
{
    return year <= YEAR_MAX && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

bool checked_hours(const struct checked *block, const struct rules_hours *hours)
{
    if (!checked_name(block, hours->name) ||
        !checked_span(block, hours->spans, sizeof(struct rules_hours_span), 0, SPANS_MAX) ||
        !checked_span(block, hours->closed, sizeof(struct rules_closed), 0, SPANS_MAX))
        return false;
    for (uint32_t i = 0; i < hours->spans.count; i++) {
        const struct rules_hours_span *span =
            RULES_AT(block->bytes, struct rules_hours_span, hours->spans, i);
        if (span->day > 6 || span->begin_minute > MINUTES_MAX || span->end_minute > MINUTES_MAX)
            return false;
    }
    for (uint32_t i = 0; i < hours->closed.count; i++) {
        const struct rules_closed *closed =
            RULES_AT(block->bytes, struct rules_closed, hours->closed, i);
        if (!is_day(closed->from_year, closed->from_month, closed->from_day) ||
            !is_day(closed->to_year, closed->to_month, closed->to_day))
            return false;
    }
    return true;
}
