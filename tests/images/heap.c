/* malloc, calloc, realloc and free at random: blocks keep what was written, memory comes back,
 * calls are counted. */
#include "kernel/kernel.h"

#include <stdlib.h>

#define BLOCKS 200
#define STEPS 20000

static struct {
    unsigned char *bytes;
    size_t length;
    unsigned char mark;
} blocks[BLOCKS];

static uint32_t random_number(void)
{
    static uint64_t state = 88172645463325252;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 16);
}

static void check(size_t which)
{
    for (size_t i = 0; i < blocks[which].length; i++)
        if (blocks[which].bytes[i] != blocks[which].mark)
            panic("block %zu changed at %zu of %zu", which, i, blocks[which].length);
}

void appliance_main(void)
{
    const struct memory_counters *memory = memory_counters();
    for (unsigned step = 0; step < STEPS; step++) {
        size_t which = random_number() % BLOCKS,
               length = random_number() % (1u << random_number() % 14);
        check(which);
        if (random_number() % 3 == 0) {
            free(blocks[which].bytes);
            blocks[which].bytes = NULL;
            blocks[which].length = 0;
            continue;
        }
        unsigned char *bytes = realloc(blocks[which].bytes, length + 1);
        must(bytes);
        blocks[which].bytes = bytes;
        blocks[which].length = length;
        blocks[which].mark = (unsigned char)step;
        memset(bytes, blocks[which].mark, length);
    }
    size_t most = memory->heap_bytes;
    for (size_t i = 0; i < BLOCKS; i++) {
        check(i);
        free(blocks[i].bytes);
    }
    unsigned char *zeros = calloc(1, 100000);
    must(zeros);
    for (size_t i = 0; i < 100000; i++)
        must(zeros[i] == 0);
    free(zeros);
    must(malloc((size_t)1 << 40) == NULL);
    uint64_t before = memory->allocations;
    void *volatile one = malloc(10);
    free(one);
    must(memory->allocations == before + 1);
    must(memory->heap_bytes < most);
    void *pages = must_memory_pages(3);
    must(memory_physical(pages) % 4096 == 0);
    must(memory_physical(blocks) >= 0x100000 && memory_physical(blocks) < 0x400000);
    log_line(LOG_INFO, "heap total_kb=%zu most_kb=%zu left_kb=%zu free_kb=%zu allocations=%llu",
             memory->total_bytes >> 10, most >> 10, memory->heap_bytes >> 10,
             memory->free_bytes >> 10, (unsigned long long)memory->allocations);
    platform_exit(0);
}
