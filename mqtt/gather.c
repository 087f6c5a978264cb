/* Two buddy systems (Knowlton, "A fast storage allocator", CACM 8(10), 1965): blocks are powers of
 * two, a block that is too large is halved, two free halves become one again. Taking and giving
 * cost a step for each halving, at most eight. See gather.h. */
#include "mqtt/gather.h"

#include "kernel/kernel.h"

#include <stdbool.h>

#define ORDERS_MAX 8    /* the largest block is 2^7 times the least */
#define BLOCKS_MAX 1024 /* least blocks in one half: 128 KiB of 128 bytes */
#define SMALL_LEAST_BYTES 128
#define LARGE_LEAST_BYTES (2 * GATHER_SMALL_BYTES)

struct block {
    struct block *next, **link; /* among the free ones of its order */
};

struct half {
    uint8_t *bytes;
    size_t least_bytes; /* of a block */
    unsigned orders;
    struct block *free[ORDERS_MAX];
    uint8_t free_order[BLOCKS_MAX]; /* 1 + order, where a free block begins; else 0 */
};

static struct half small_half, large_half;

static size_t index_of(const struct half *half, const struct block *block)
{
    return (size_t)((const uint8_t *)block - half->bytes) / half->least_bytes;
}

static void put_free(struct half *half, struct block *block, unsigned order)
{
    block->next = half->free[order];
    block->link = &half->free[order];
    if (block->next != NULL)
        block->next->link = &block->next;
    half->free[order] = block;
    half->free_order[index_of(half, block)] = (uint8_t)(1 + order);
}

static void take_free(struct half *half, struct block *block)
{
    *block->link = block->next;
    if (block->next != NULL)
        block->next->link = block->link;
    half->free_order[index_of(half, block)] = 0;
}

static struct block *block_at(const struct half *half, size_t index)
{
    return (struct block *)(void *)(half->bytes + index * half->least_bytes);
}

static unsigned order_for(const struct half *half, size_t bytes)
{
    unsigned order = 0;
    while (half->least_bytes << order < bytes)
        order++;
    return order;
}

static void start(struct half *half, uint8_t *bytes, size_t length, size_t least_bytes,
                  size_t most_bytes)
{
    *half = (struct half){.bytes = bytes, .least_bytes = least_bytes};
    half->orders = order_for(half, most_bytes) + 1;
    for (size_t at = 0; at < length; at += most_bytes)
        put_free(half, block_at(half, at / least_bytes), half->orders - 1);
}

void gather_must_start(size_t bytes)
{
    const size_t page_bytes = 4096;
    must(bytes / 2 / SMALL_LEAST_BYTES <= BLOCKS_MAX && bytes / 2 >= GATHER_LARGE_BYTES);
    uint8_t *pages = must_memory_buffers(bytes / page_bytes);
    start(&small_half, pages, bytes / 2, SMALL_LEAST_BYTES, GATHER_SMALL_BYTES);
    start(&large_half, pages + bytes / 2, bytes / 2, LARGE_LEAST_BYTES, GATHER_LARGE_BYTES);
}

static struct half *half_for(size_t bytes)
{
    return bytes <= GATHER_SMALL_BYTES ? &small_half : &large_half;
}

uint8_t *gather_take(size_t bytes)
{
    struct half *half = half_for(bytes);
    unsigned wanted = order_for(half, bytes), order = wanted;
    while (order < half->orders && half->free[order] == NULL)
        order++;
    if (order >= half->orders)
        return NULL;
    struct block *block = half->free[order];
    take_free(half, block);
    size_t index = index_of(half, block);
    while (order > wanted) {
        order--;
        put_free(half, block_at(half, index + ((size_t)1 << order)), order);
    }
    return (uint8_t *)block;
}

void gather_give(uint8_t *room, size_t bytes)
{
    struct half *half = half_for(bytes);
    unsigned order = order_for(half, bytes);
    size_t index = index_of(half, (struct block *)(void *)room);
    for (; order + 1 < half->orders; order++) {
        size_t other = index ^ (size_t)1 << order;
        if (half->free_order[other] != 1 + order)
            break;
        take_free(half, block_at(half, other));
        index &= other;
    }
    put_free(half, block_at(half, index), order);
}
