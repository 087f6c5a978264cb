/* How a draft becomes a block: one file for each part of it.
 * emitter.c lays out the whole, emit_block.c hands out its bytes, the others write an entry each.
 * Comes in: parts of a draft. Goes out: entries whose spans and texts already lie in the block. */
#ifndef RULES_LANGUAGE_EMIT_H
#define RULES_LANGUAGE_EMIT_H

#include "rules/language/emitter.h"

#define EMIT_TEXT_SLOTS 4096 /* of the table that finds equal texts; a miss only costs bytes */

struct emitter {
    char *bytes;
    size_t length, capacity;
    bool has_failed;
    struct arena *arena;
    struct rules_text texts[EMIT_TEXT_SLOTS];
};

/* ---- bytes (emit_block.c) ------------------------------------------------------------------ */

/* Room for `size` zeroed bytes at a multiple of 8; its offset. */
uint32_t block_reserve(struct emitter *emitter, size_t size);
struct rules_span block_add(struct emitter *emitter, const void *entries, size_t entry_size,
                            uint32_t count);
/* Equal texts are stored once. */
struct rules_text block_add_text(struct emitter *emitter, struct text text);
struct rules_span block_add_texts(struct emitter *emitter, const struct text *texts,
                                  uint32_t count);
/* As it is shown; empty without one. */
struct rules_text block_add_unit(struct emitter *emitter, const struct unit *unit);

/* ---- sensors (emit_sensors.c) -------------------------------------------------------------- */

struct rules_path path_write(struct emitter *emitter, const struct draft_path *path);
struct rules_group group_write(struct emitter *emitter, const struct draft *draft,
                               const struct draft_group *group);

/* ---- alarms (emit_alarms.c) and reports (emit_reports.c) ------------------------------------ */

struct rules_condition condition_write(struct emitter *emitter,
                                       const struct draft_condition *condition);
struct rules_alarm alarm_write(struct emitter *emitter, const struct draft *draft,
                               const struct draft_alarm *alarm);
struct rules_report report_write(struct emitter *emitter, const struct draft *draft,
                                 const struct draft_report *report);

#endif
