/* Writes groups of sensors and their readings. See emit.h. */
#include "rules/language/emit.h"

struct rules_path path_write(struct emitter *emitter, const struct draft_path *path)
{
    struct rules_step steps[RULES_STEPS_MAX];
    for (uint32_t i = 0; i < path->count; i++)
        steps[i] =
            (struct rules_step){block_add_text(emitter, path->steps[i].key), path->steps[i].index};
    struct rules_path to = {.steps = block_add(emitter, steps, sizeof steps[0], path->count)};
    if (path->count > 0)
        to.hash = hash_bytes(HASH_START, path->steps[0].key.bytes, path->steps[0].key.length);
    return to;
}

static struct rules_reading reading_write(struct emitter *emitter,
                                          const struct draft_reading *reading)
{
    struct rules_reading to = {
        .name = block_add_text(emitter, reading->name),
        .path = path_write(emitter, &reading->path),
        .kind = reading->kind,
        .unit = block_add_unit(emitter, reading->unit),
        .scale = reading->scale,
        .offset = reading->offset,
        .valid_least = reading->valid_least,
        .valid_most = reading->valid_most,
        .words = block_add_texts(emitter, reading->words, reading->words_count),
        .decimals = reading->decimals,
    };
    to.ignored = block_add(emitter, reading->ignored, sizeof(double), reading->ignored_count);
    return to;
}

static struct rules_span levels_write(struct emitter *emitter, const struct draft_group *group)
{
    struct rules_level levels[RULES_LEVELS_MAX];
    for (uint32_t i = 0; i < group->levels_count; i++)
        levels[i] = (struct rules_level){group->levels[i].kind, group->levels[i].name,
                                         block_add_text(emitter, group->levels[i].text)};
    return block_add(emitter, levels, sizeof levels[0], group->levels_count);
}

static struct rules_span names_write(struct emitter *emitter, const struct draft_group *group)
{
    struct rules_name names[RULES_NAMES_MAX];
    memset(names, 0, sizeof names);
    for (uint32_t i = 0; i < group->names_count; i++) {
        names[i].name = block_add_text(emitter, group->names[i].name);
        names[i].is_in_message = group->names[i].is_in_message;
        names[i].path = path_write(emitter, &group->names[i].path);
    }
    return block_add(emitter, names, sizeof names[0], group->names_count);
}

static struct rules_span readings_write(struct emitter *emitter, const struct draft_group *group)
{
    struct rules_reading readings[RULES_READINGS_MAX];
    memset(readings, 0, sizeof readings);
    for (uint32_t i = 0; i < group->readings_count; i++)
        readings[i] = reading_write(emitter, group->readings[i]);
    return block_add(emitter, readings, sizeof readings[0], group->readings_count);
}

/* Section 4.4: numbers stand for 3 times `expect`, else 5 minutes. */
static int64_t fresh_of(const struct draft_group *group)
{
    if (group->fresh_ms > 0)
        return group->fresh_ms;
    return group->expect_ms > 0 ? 3 * group->expect_ms : 5 * 60000;
}

/* Formats whose messages have a time of their own give it, unless the group says otherwise. */
static uint32_t time_of(const struct draft_group *group)
{
    bool has_own = group->format == RULES_FORMAT_LINES || group->format == RULES_FORMAT_SENML ||
                   group->format == RULES_FORMAT_SPARKPLUG;
    return has_own && !group->time_is_said ? RULES_TIME_OF_FORMAT : group->time;
}

struct rules_group group_write(struct emitter *emitter, const struct draft_group *group)
{
    struct rules_group to = {
        .name = block_add_text(emitter, group->name),
        .called = block_add_text(emitter, group->called),
        .source = group->source,
        .format = group->format,
        .csv_columns = block_add_texts(emitter, group->columns, group->columns_count),
        .udp_port = group->udp_port,
        .levels = levels_write(emitter, group),
        .names = names_write(emitter, group),
        .readings = readings_write(emitter, group),
        .time = time_of(group),
        .time_path = path_write(emitter, &group->time_path),
        .has_each = group->has_each,
        .each = path_write(emitter, &group->each),
        .has_sequence = group->has_sequence,
        .sequence = path_write(emitter, &group->sequence),
        .expect_ms = group->expect_ms,
        .fresh_ms = fresh_of(group),
        .learns_fresh = group->fresh_ms == 0 && group->expect_ms == 0,
        .forget_ms = group->forget_ms > 0 ? group->forget_ms : INT64_C(30) * 86400000,
        .late_ms = group->late_ms >= 0 ? group->late_ms : 2 * 60000,
        .early_ms = group->early_ms >= 0 ? group->early_ms : 60000,
    };
    if (group->has_accept) {
        to.has_accept = 1;
        to.accept = condition_write(emitter, NULL, group->accept);
    }
    return to;
}
