/* Where rows lie. Comes in: how many bytes a new row needs. Goes out: a number and a place. New
 * numbers are taken first, those of forgotten rows when there are no others; rows lie one after
 * another in the arena, and when its end is reached the gaps that forgotten ones left are closed.
 * There is always room: see bytes_for_rows in engine.c. Called by devices.c and forget.c. */
#include "rules/engine/internal.h"

/* ---- numbers ------------------------------------------------------------------------------- */

static struct row_numbers *numbers_for(struct engine *engine, bool is_set)
{
    return is_set ? &engine->free_sets : &engine->free_devices;
}

bool rows_have_number(const struct engine *engine)
{
    return engine->devices < engine->devices_most || engine->free_devices.count > 0;
}

uint32_t rows_take_number(struct engine *engine, bool is_set)
{
    struct row_numbers *numbers = numbers_for(engine, is_set);
    if (!is_set && engine->devices < engine->devices_most)
        return engine->devices++;
    if (is_set && engine->set_rows < engine->set_rows_most)
        return engine->devices_most + engine->set_rows++;
    uint32_t index = numbers->first;
    numbers->first = engine->rows[index] & ~ROW_IS_FREE;
    numbers->count--;
    return index;
}

/* ---- places -------------------------------------------------------------------------------- */

static void move(struct engine *engine, struct device *row, char *place)
{
    ptrdiff_t distance = place - (char *)row;
    memmove(place, row, (size_t)row->places * ROW_ALIGN);
    struct device *moved = (void *)place;
    wheel_move(&engine->wheel, &moved->timer, &row->timer);
    struct text *names = row_part(moved, device_scope(engine, moved)->at_names);
    for (uint32_t i = 0; i < device_scope(engine, moved)->names; i++)
        names[i].bytes += distance;
    engine->rows[moved->index] = (uint32_t)((size_t)(place - engine->arena) / ROW_ALIGN);
}

static void close_gaps(struct engine *engine)
{
    char *from = engine->arena, *to = from, *end = from + engine->arena_used;
    while (from < end) {
        struct device *row = (void *)from;
        size_t bytes = (size_t)row->places * ROW_ALIGN;
        from += bytes;
        if (row->scope == RULES_NONE)
            continue;
        if (to != (char *)row)
            move(engine, row, to);
        to += bytes;
    }
    memset(to, 0, (size_t)(end - to)); /* new rows begin with zeros */
    engine->arena_used = (size_t)(to - engine->arena);
}

struct device *rows_place(struct engine *engine, uint32_t index, size_t bytes)
{
    uint32_t places = (uint32_t)((bytes + ROW_ALIGN - 1) / ROW_ALIGN);
    if (engine->arena_used + (size_t)places * ROW_ALIGN > engine->arena_bytes)
        close_gaps(engine);
    engine->rows[index] = (uint32_t)(engine->arena_used / ROW_ALIGN);
    engine->arena_used += (size_t)places * ROW_ALIGN;
    struct device *row = engine_row(engine, index);
    row->places = places;
    row->index = index;
    return row;
}

void rows_give_back(struct engine *engine, struct device *row)
{
    uint32_t index = row->index, places = row->places;
    struct row_numbers *numbers = numbers_for(engine, index >= engine->devices_most);
    memset(row, 0, (size_t)places * ROW_ALIGN);
    row->places = places;
    row->scope = RULES_NONE; /* a gap */
    engine->rows[index] = ROW_IS_FREE | numbers->first;
    numbers->first = index;
    numbers->count++;
}
