/* Memory of one compilation: handed out in pieces, given back all at once.
 * Comes in: sizes. Goes out: zeroed memory that lives until arena_free. Called by every file of the
 * language. Running out of memory ends the program with a message: this runs on a desk, for one
 * command. */
#ifndef RULES_LANGUAGE_ARENA_H
#define RULES_LANGUAGE_ARENA_H

#include "base/text.h"

struct arena_block;
struct arena {
    struct arena_block *newest;
};

/* Zeroed, aligned to 16 bytes, never NULL. */
void *must_arena_allocate(struct arena *arena, size_t size_bytes);

/* Formatted text, ended with a zero. */
char *arena_print(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3), nonnull));

/* A copy that ends with a zero (not counted in its length). */
struct text arena_copy(struct arena *arena, struct text text);

void arena_free(struct arena *arena);

/* For "%.*s". */
#define TEXT_ARGUMENTS(text) (int)(text).length, (text).bytes

#endif
