/* Lays a draft out in one block: entries first written get lower offsets. See emitter.h. */
#include "rules/language/emit.h"

#include <stdlib.h>

static struct rules_span ports_write(struct emitter *emitter, const struct draft *draft)
{
    uint32_t ports[RULES_GROUPS_MAX], count = 0;
    for (uint32_t i = 0; i < draft->groups_count; i++) {
        uint32_t port = draft->groups[i]->udp_port, j = 0;
        while (j < count && ports[j] != port)
            j++;
        if (port != 0 && j == count)
            ports[count++] = port;
    }
    return block_add(emitter, ports, sizeof ports[0], count);
}

static void lists_write(struct emitter *emitter, const struct draft *draft, struct ruleset *set)
{
    struct rules_group *groups =
        must_arena_allocate(emitter->arena, (draft->groups_count + 1) * sizeof *groups);
    struct rules_alarm *alarms =
        must_arena_allocate(emitter->arena, (draft->alarms_count + 1) * sizeof *alarms);
    struct rules_report *reports =
        must_arena_allocate(emitter->arena, (draft->reports_count + 1) * sizeof *reports);
    scopes_begin(emitter, draft);
    for (uint32_t i = 0; i < draft->groups_count; i++)
        groups[i] = group_write(emitter, draft->groups[i]);
    for (uint32_t i = 0; i < draft->alarms_count; i++)
        alarms[i] = alarm_write(emitter, draft, draft->alarms[i]);
    for (uint32_t i = 0; i < draft->reports_count; i++)
        reports[i] = report_write(emitter, draft, draft->reports[i]);
    scopes_write(emitter, draft, groups, set);
    set->groups = block_add(emitter, groups, sizeof *groups, draft->groups_count);
    set->alarms = block_add(emitter, alarms, sizeof *alarms, draft->alarms_count);
    set->reports = block_add(emitter, reports, sizeof *reports, draft->reports_count);
}

void *emitter_write(const struct draft *draft, uint64_t fingerprint, struct arena *arena,
                    struct messages *messages, size_t *size_bytes)
{
    struct emitter *emitter = must_arena_allocate(arena, sizeof *emitter);
    emitter->arena = arena;
    emitter->messages = messages;
    block_reserve(emitter, sizeof(struct ruleset));
    block_reserve(emitter, 8); /* the zero behind every empty text */
    struct ruleset set = {
        .magic = RULESET_MAGIC,
        .version = RULESET_VERSION,
        .fingerprint = fingerprint,
        .site_id = block_add_text(emitter, draft->site_id),
        .site_name = block_add_text(emitter, draft->site_name),
        .timezone = block_add_text(emitter, draft->timezone),
        .zone = block_add_text(emitter, draft->zone),
        .keep_unsent_ms = draft->keep_unsent_ms,
        .send_at_most = draft->send_at_most,
        .send_per_ms = draft->send_per_ms,
        .flood_above = draft->flood_above,
        .flood_in_ms = draft->flood_in_ms,
    };
    lists_write(emitter, draft, &set);
    set.hours = hours_write(emitter, draft);
    set.tables = tables_write(emitter, draft);
    set.columns = columns_write(emitter, draft);
    set.ports = ports_write(emitter, draft);
    block_reserve(emitter, 8); /* the last text's zero, and a whole number of 8 bytes */
    if (emitter->has_failed) {
        free(emitter->bytes);
        return NULL;
    }
    set.size_bytes = emitter->length;
    memcpy(emitter->bytes, &set, sizeof set);
    size_t behind = offsetof(struct ruleset, checksum) + sizeof set.checksum;
    uint64_t checksum = hash_bytes(HASH_START, emitter->bytes + behind, emitter->length - behind);
    memcpy(emitter->bytes + offsetof(struct ruleset, checksum), &checksum, sizeof checksum);
    *size_bytes = emitter->length;
    return emitter->bytes;
}
