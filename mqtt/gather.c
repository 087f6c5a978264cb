/* Two lists of free rooms, linked through the rooms themselves. See gather.h. */
#include "mqtt/gather.h"

#include "kernel/kernel.h"

struct room {
    struct room *next;
};

static struct room *free_small, *free_large;

static struct room **list_for(size_t bytes)
{
    return bytes <= GATHER_SMALL_BYTES ? &free_small : &free_large;
}

static void fill(size_t room_bytes, unsigned count)
{
    const size_t page_bytes = 4096;
    uint8_t *pages = must_memory_pages(count * room_bytes / page_bytes);
    for (unsigned i = 0; i < count; i++)
        gather_give(pages + i * room_bytes, room_bytes);
}

void gather_must_start(unsigned small, unsigned large)
{
    free_small = free_large = NULL;
    fill(GATHER_SMALL_BYTES, small);
    fill(GATHER_LARGE_BYTES, large);
}

uint8_t *gather_take(size_t bytes)
{
    struct room **list = list_for(bytes), *room = *list;
    if (room != NULL)
        *list = room->next;
    return (uint8_t *)room;
}

void gather_give(uint8_t *room, size_t bytes)
{
    struct room **list = list_for(bytes);
    struct room *given = (struct room *)(void *)room;
    given->next = *list;
    *list = given;
}
