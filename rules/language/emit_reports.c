/* Writes reports. See emit.h. */
#include "rules/language/emit.h"

struct rules_report report_write(struct emitter *emitter, const struct draft *draft,
                                 const struct draft_report *report)
{
    uint32_t group = 0;
    while (draft->groups[group] != report->group)
        group++;
    return (struct rules_report){
        .name = block_add_text(emitter, report->name),
        .group = group,
        .scope = group,
        .link = RULES_NONE,
        .every_ms = report->every_ms,
        .wait_ms = report->wait_ms,
        .items = block_add(emitter, report->items, sizeof report->items[0], report->items_count),
        .tags = block_add_texts(emitter, report->tags, report->tags_count),
        .file = block_add_text(emitter, text_of(report->place.source->name)),
        .line = report->place.line + 1,
    };
}
