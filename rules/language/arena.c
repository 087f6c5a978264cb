/* Memory of one compilation, in blocks that are freed together. See arena.h. */
#include "rules/language/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define BLOCK_BYTES ((size_t)64 * 1024)

struct arena_block {
    struct arena_block *older;
    size_t used, size;
    _Alignas(16) char bytes[];
};

void *must_arena_allocate(struct arena *arena, size_t size_bytes)
{
    size_t size = (size_bytes + 15) & ~(size_t)15;
    struct arena_block *block = arena->newest;
    if (block == NULL || block->size - block->used < size) {
        size_t room = size > BLOCK_BYTES ? size : BLOCK_BYTES;
        block = calloc(1, sizeof *block + room);
        if (block == NULL) {
            fputs("There is not enough memory on this machine to read the rules.\n", stderr);
            exit(70);
        }
        block->size = room;
        block->older = arena->newest;
        arena->newest = block;
    }
    void *memory = block->bytes + block->used;
    block->used += size;
    return memory;
}

char *arena_print(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        length = 0;
    char *text = must_arena_allocate(arena, (size_t)length + 1);
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}

struct text arena_copy(struct arena *arena, struct text text)
{
    char *bytes = must_arena_allocate(arena, text.length + 1);
    if (text.length > 0)
        memcpy(bytes, text.bytes, text.length);
    return (struct text){bytes, text.length};
}

void arena_free(struct arena *arena)
{
    while (arena->newest != NULL) {
        struct arena_block *older = arena->newest->older;
        free(arena->newest);
        arena->newest = older;
    }
}
