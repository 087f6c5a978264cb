/* Limits of a device, from the row of a table that is for it (RULES, section 4.5; appendix E 14,
 * 15). Comes in: a device's names, once. Goes out: numbers. Rows lie in the order of search, so the
 * first that matches is the one. A row that names a device wholly makes it expected. Called by
 * devices.c when a device is new, by condition.c, and at the start. */
#include "rules/engine/internal.h"

static const struct rules_table *table_at(const struct ruleset *rules, uint32_t table)
{
    return RULES_AT(rules, struct rules_table, rules->tables, table);
}

static bool is_row_for(const struct ruleset *rules, const struct rules_table *table,
                       const struct rules_row *row, const struct text *names)
{
    for (uint32_t k = 0; k < row->keys.count; k++) {
        struct rules_text key = *RULES_AT(rules, struct rules_text, row->keys, k);
        uint32_t name = *RULES_AT(rules, uint32_t, table->keys, k);
        if (key.length > 0 && !text_equal_ignoring_case(names[name], rules_text(rules, key)))
            return false;
    }
    return true;
}

static uint32_t row_for(const struct ruleset *rules, const struct rules_table *table,
                        const struct text *names)
{
    for (uint32_t r = 0; r < table->rows.count; r++) {
        if (is_row_for(rules, table, RULES_AT(rules, struct rules_row, table->rows, r), names))
            return r;
    }
    return RULES_NONE;
}

/* The tables of a group are counted in their own order. */
static uint32_t number_of(const struct ruleset *rules, uint32_t table)
{
    uint32_t number = 0;
    for (uint32_t t = 0; t < table; t++)
        number += table_at(rules, t)->group == table_at(rules, table)->group;
    return number;
}

/* Only a row that names every part makes a device expected. */
static bool names_device(const struct ruleset *rules, const struct rules_table *table,
                         uint32_t index, struct text names[RULES_NAMES_MAX])
{
    const struct rules_group *group =
        RULES_AT(rules, struct rules_group, rules->groups, table->group);
    if (table->keys.count != group->names.count || index == RULES_NONE)
        return false;
    const struct rules_row *row = RULES_AT(rules, struct rules_row, table->rows, index);
    for (uint32_t k = 0; k < row->keys.count; k++) {
        struct text key = rules_text(rules, *RULES_AT(rules, struct rules_text, row->keys, k));
        if (key.length == 0 || key.length > RULES_NAME_BYTES)
            return false;
        names[*RULES_AT(rules, uint32_t, table->keys, k)] = key;
    }
    return true;
}

void tables_find_rows(struct engine *engine, struct device *device)
{
    const struct ruleset *rules = engine->plan.rules;
    const struct plan_scope *scope = device_scope(engine, device);
    const struct text *names = row_part(device, scope->at_names);
    uint32_t *rows = row_part(device, scope->at_table_rows), next = 0;
    struct text own[RULES_NAMES_MAX];
    for (uint32_t t = 0; scope->set == RULES_NONE && t < rules->tables.count; t++) {
        if (table_at(rules, t)->group != device->scope)
            continue;
        rows[next] = row_for(rules, table_at(rules, t), names);
        device->is_unlisted |= rows[next] == RULES_NONE;
        device->is_named |= names_device(rules, table_at(rules, t), rows[next], own);
        next++;
    }
    engine->counters.devices_unlisted += device->is_unlisted;
}

uint32_t engine_table_row(const struct engine *engine, uint32_t device, uint32_t column)
{
    const struct ruleset *rules = engine->plan.rules;
    struct device *row = engine_row(engine, device);
    uint32_t table = RULES_AT(rules, struct rules_column, rules->columns, column)->table;
    if (table_at(rules, table)->group != row->scope)
        return RULES_NONE;
    const uint32_t *rows = row_part(row, device_scope(engine, row)->at_table_rows);
    return rows[number_of(rules, table)];
}

bool tables_limit(const struct judging *judging, uint32_t column, double *limit)
{
    const struct ruleset *rules = judging->engine->plan.rules;
    const struct rules_column *of = RULES_AT(rules, struct rules_column, rules->columns, column);
    uint32_t row = engine_table_row(judging->engine, judging->device->index, column);
    if (row == RULES_NONE)
        return false;
    *limit = RULES_AT(rules, struct rules_limit, of->limits, row)->number;
    return true;
}

/* ---- expected devices ---------------------------------------------------------------------- */

void engine_expect_devices(struct engine *engine, int64_t now_ms)
{
    const struct ruleset *rules = engine->plan.rules;
    struct text names[RULES_NAMES_MAX];
    engine_run(engine, now_ms);
    for (uint32_t t = 0; t < rules->tables.count; t++) {
        const struct rules_table *table = table_at(rules, t);
        for (uint32_t r = 0; r < table->rows.count; r++) {
            if (names_device(rules, table, r, names))
                device_expect(engine, table->group, names, now_ms);
        }
    }
}
