/* The bytes of a block: entries and texts, one behind the other, equal texts once. See emit.h. */
#include "rules/language/emit.h"

#include <stdlib.h>

uint32_t block_reserve(struct emitter *emitter, size_t size)
{
    size_t offset = (emitter->length + 7) & ~(size_t)7;
    size_t end = offset + size;
    if (end > emitter->capacity && !emitter->has_failed) {
        size_t capacity = 2 * end > 4096 ? 2 * end : 4096;
        char *bytes = end < UINT32_MAX ? realloc(emitter->bytes, capacity) : NULL;
        if (bytes == NULL) {
            emitter->has_failed = true;
        } else {
            memset(bytes + emitter->capacity, 0, capacity - emitter->capacity);
            emitter->bytes = bytes;
            emitter->capacity = capacity;
        }
    }
    if (emitter->has_failed)
        return 0;
    emitter->length = end;
    return (uint32_t)offset;
}

struct rules_span block_add(struct emitter *emitter, const void *entries, size_t entry_size,
                            uint32_t count)
{
    if (count == 0)
        return (struct rules_span){0, 0};
    uint32_t offset = block_reserve(emitter, entry_size * count);
    if (!emitter->has_failed)
        memcpy(emitter->bytes + offset, entries, entry_size * count);
    return (struct rules_span){offset, count};
}

struct rules_text block_add_text(struct emitter *emitter, struct text text)
{
    if (text.length == 0)
        return (struct rules_text){sizeof(struct ruleset), 0}; /* where a zero stands */
    struct rules_text *slot =
        &emitter->texts[hash_bytes(HASH_START, text.bytes, text.length) % EMIT_TEXT_SLOTS];
    if (slot->length == text.length && !emitter->has_failed &&
        memcmp(emitter->bytes + slot->offset, text.bytes, text.length) == 0)
        return *slot;
    uint32_t offset = block_reserve(emitter, text.length + 1);
    if (!emitter->has_failed)
        memcpy(emitter->bytes + offset, text.bytes, text.length);
    *slot = (struct rules_text){offset, (uint32_t)text.length};
    return *slot;
}

struct rules_span block_add_texts(struct emitter *emitter, const struct text *texts, uint32_t count)
{
    struct rules_text *entries = must_arena_allocate(emitter->arena, (count + 1) * sizeof *entries);
    for (uint32_t i = 0; i < count; i++)
        entries[i] = block_add_text(emitter, texts[i]);
    return block_add(emitter, entries, sizeof *entries, count);
}

struct rules_text block_add_unit(struct emitter *emitter, const struct unit *unit)
{
    return block_add_text(emitter, unit != NULL ? text_of(unit->name) : TEXT(""));
}
