/* Writes hours and tables. See emit.h. */
#include "rules/language/emit.h"

struct rules_span hours_write(struct emitter *emitter, const struct draft *draft)
{
    struct rules_hours all[RULES_HOURS_MAX];
    memset(all, 0, sizeof all);
    for (uint32_t i = 0; i < draft->hours_count; i++) {
        const struct draft_hours *from = draft->hours[i];
        all[i].name = block_add_text(emitter, from->name);
        all[i].spans = block_add(emitter, from->spans, sizeof from->spans[0], from->spans_count);
        all[i].closed =
            block_add(emitter, from->closed, sizeof from->closed[0], from->closed_count);
    }
    return block_add(emitter, all, sizeof all[0], draft->hours_count);
}

static struct rules_span rows_write(struct emitter *emitter, const struct draft_table *table)
{
    struct rules_row *rows =
        must_arena_allocate(emitter->arena, (table->rows_count + 1) * sizeof *rows);
    for (uint32_t i = 0; i < table->rows_count; i++)
        rows[i].keys = block_add_texts(emitter, table->rows[i].keys, table->keys_count);
    return block_add(emitter, rows, sizeof *rows, table->rows_count);
}

struct rules_span tables_write(struct emitter *emitter, const struct draft *draft)
{
    struct rules_table all[RULES_TABLES_MAX];
    memset(all, 0, sizeof all);
    for (uint32_t i = 0; i < draft->tables_count; i++) {
        const struct draft_table *from = draft->tables[i];
        while (draft->groups[all[i].group] != from->group)
            all[i].group++;
        all[i].keys = block_add(emitter, from->keys, sizeof from->keys[0], from->keys_count);
        all[i].rows = rows_write(emitter, from);
    }
    return block_add(emitter, all, sizeof all[0], draft->tables_count);
}

static struct rules_span limits_write(struct emitter *emitter, const struct draft_column *column)
{
    const struct draft_table *table = column->table;
    struct rules_limit *limits =
        must_arena_allocate(emitter->arena, (table->rows_count + 1) * sizeof *limits);
    for (uint32_t i = 0; i < table->rows_count; i++) {
        const struct draft_cell *cell = &table->rows[i].cells[column->column];
        limits[i].number = limits[i].written = cell->number;
        if (column->unit != NULL && cell->unit != NULL)
            limits[i].number = unit_convert(cell->number, cell->unit, column->unit,
                                            (enum unit_place)column->place);
        limits[i].unit = block_add_unit(emitter, cell->unit);
        limits[i].decimals = cell->decimals;
    }
    return block_add(emitter, limits, sizeof *limits, table->rows_count);
}

struct rules_span columns_write(struct emitter *emitter, const struct draft *draft)
{
    struct rules_column all[RULES_COLUMNS_MAX];
    memset(all, 0, sizeof all);
    for (uint32_t i = 0; i < draft->columns_count; i++) {
        const struct draft_column *from = &draft->columns[i];
        all[i].name = block_add_text(emitter, from->table->columns[from->column]);
        while (draft->tables[all[i].table] != from->table)
            all[i].table++;
        all[i].limits = limits_write(emitter, from);
    }
    return block_add(emitter, all, sizeof all[0], draft->columns_count);
}
