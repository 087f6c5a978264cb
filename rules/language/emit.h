/* How a draft becomes a block: one file for each part of it.
 * emitter.c lays out the whole, emit_block.c hands out its bytes, the others write an entry each.
 * Comes in: parts of a draft. Goes out: entries whose spans and texts already lie in the block. */
#ifndef RULES_LANGUAGE_EMIT_H
#define RULES_LANGUAGE_EMIT_H

#include "rules/language/emitter.h"

#define EMIT_TEXT_SLOTS 4096 /* of the table that finds equal texts; a miss only costs bytes */

struct emit_scopes;
struct emitter {
    char *bytes;
    size_t length, capacity;
    bool has_failed;
    struct messages *messages; /* what only shows now: too many of something … */
    struct place at;           /* … and for whom */
    struct emit_scopes *scopes;
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
/* Without its scope: see scopes_write. */
struct rules_group group_write(struct emitter *emitter, const struct draft_group *group);

/* ---- hours and tables (emit_site.c): spans of the ruleset, in the order of the draft --------- */

struct rules_span hours_write(struct emitter *emitter, const struct draft *draft);
struct rules_span tables_write(struct emitter *emitter, const struct draft *draft);
struct rules_span columns_write(struct emitter *emitter, const struct draft *draft);

/* ---- scopes (emit_scopes.c): numbered, groups first, then sets --------------------------------
 */

void scopes_begin(struct emitter *emitter, const struct draft *draft);
/* Its number; a set that is new gets one. */
uint32_t scope_find(struct emitter *emitter, const struct draft_scope *scope);
bool scope_is_same(const struct draft_scope *a, const struct draft_scope *b);
/* Of the scope's group; RULES_NONE: the site. */
uint32_t scope_group(const struct emitter *emitter, const struct draft_scope *scope);
struct rules_span where_write(struct emitter *emitter, const struct draft_scope *scope);
uint32_t link_add(struct emitter *emitter, uint32_t from, uint32_t to,
                  const struct rules_pair *pairs, uint32_t count, bool without_itself,
                  const struct draft_scope *where);
uint32_t window_add(struct emitter *emitter, uint32_t number, const struct rules_window *window);
uint32_t learned_add(struct emitter *emitter, uint32_t number, struct rules_learned learned);
/* Behind all alarms and reports: the scopes of the groups, the sets and the links. */
void scopes_write(struct emitter *emitter, const struct draft *draft, struct rules_group *groups,
                  struct ruleset *set);

/* ---- conditions (emit_conditions.c), alarms (emit_alarms.c), reports (emit_reports.c) ----------
 */

/* For whom a condition is judged. */
struct emit_place {
    const struct draft *draft;
    const struct draft_scope *scope;
    const struct draft_alarm *alarm; /* NULL: not of an alarm */
};
/* `place` NULL: for `accept`, which asks nothing but the device's own readings. */
struct rules_condition condition_write(struct emitter *emitter, const struct emit_place *place,
                                       const struct draft_condition *condition);
struct rules_span suppressed_by_write(struct emitter *emitter, const struct emit_place *place,
                                      struct draft_suppression *const *suppressions, uint32_t count,
                                      const struct draft_alarm *own);
/* The link from a scope to the devices of its group. */
uint32_t link_to_devices(struct emitter *emitter, const struct draft_scope *scope);
uint64_t emit_hash_text(uint64_t hash, struct text text);
uint64_t emit_hash_condition(uint64_t hash, const struct draft_condition *condition);
struct rules_alarm alarm_write(struct emitter *emitter, const struct draft *draft,
                               const struct draft_alarm *alarm);
struct rules_report report_write(struct emitter *emitter, const struct draft *draft,
                                 const struct draft_report *report);

#endif
