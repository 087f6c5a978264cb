/* Writes reports. See emit.h. */
#include "rules/language/emit.h"

static struct rules_item item_write(struct emitter *emitter, const struct emit_place *place,
                                    const struct draft_item *from)
{
    struct rules_item to;
    memset(&to, 0, sizeof to);
    to.kind = from->kind;
    to.summary = from->summary;
    to.reading = from->reading;
    to.percentile = from->percentile;
    to.text = block_add_text(emitter, from->text);
    if (from->kind == RULES_ITEM_TIME_WHILE)
        to.when = condition_write(emitter, place, &from->when);
    return to;
}

struct rules_report report_write(struct emitter *emitter, const struct draft *draft,
                                 const struct draft_report *report)
{
    struct rules_item *items = must_arena_allocate(emitter->arena, RULES_ITEMS_MAX * sizeof *items);
    const struct emit_place place = {draft, &report->scope, NULL};
    emitter->at = report->place;
    for (uint32_t i = 0; i < report->items_count; i++)
        items[i] = item_write(emitter, &place, &report->items[i]);
    return (struct rules_report){
        .name = block_add_text(emitter, report->name),
        .group = scope_group(emitter, &report->scope),
        .scope = scope_find(emitter, &report->scope),
        .link = report->scope.is_set ? link_to_devices(emitter, &report->scope) : RULES_NONE,
        .where = where_write(emitter, &report->scope),
        .every_ms = report->every_ms,
        .wait_ms = report->wait_ms,
        .at_ms = report->at_ms,
        .over_ms = report->over_ms,
        .has_change = report->has_change,
        .change_reading = report->change_reading,
        .change_by = report->change.number,
        .suppressed_by = suppressed_by_write(emitter, &place, report->suppressions,
                                             report->suppressions_count, NULL),
        .items = block_add(emitter, items, sizeof *items, report->items_count),
        .tags = block_add_texts(emitter, report->tags, report->tags_count),
        .file = block_add_text(emitter, text_of(report->place.source->name)),
        .line = report->place.line + 1,
    };
}
