/* The rooms: they never overlap, all memory comes back, and the two halves are kept apart. */
#include "mqtt/gather.h"

#include "kernel/kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

void panic_at(const char *file, int line, const char *format, ...)
{
    (void)format;
    _fail(file, line);
    abort();
}

static int start(void **state)
{
    (void)state;
    gather_must_start((size_t)256 * 1024);
    return 0;
}

static void each_sensor_of_a_full_table_gets_a_room_of_half_a_kilobyte(void **state)
{
    (void)state;
    for (int i = 0; i < 256; i++)
        assert_non_null(gather_take(512));
    assert_null(gather_take(1));
    assert_non_null(gather_take(GATHER_LARGE_BYTES));
    assert_non_null(gather_take(GATHER_LARGE_BYTES));
    assert_null(gather_take(GATHER_SMALL_BYTES + 1));
}

static void those_who_hold_large_rooms_leave_small_ones_to_others(void **state)
{
    (void)state;
    for (int i = 0; i < 16; i++)
        assert_non_null(gather_take(GATHER_SMALL_BYTES + 1));
    assert_null(gather_take(GATHER_SMALL_BYTES + 1));
    for (int i = 0; i < 1024; i++)
        assert_non_null(gather_take(128));
    assert_null(gather_take(1));
}

static void rooms_that_come_back_in_any_order_become_whole_again(void **state)
{
    (void)state;
    enum { MANY = 300 };
    static struct {
        uint8_t *room;
        size_t bytes;
    } held[MANY];
    uint64_t random = 3;
    for (int round = 0; round < 200000; round++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
        unsigned i = (unsigned)(random >> 33) % MANY;
        if (held[i].room != NULL) {
            for (size_t at = 0; at < held[i].bytes; at++) {
                if (held[i].room[at] != (uint8_t)i)
                    fail_msg("room %u was written by another", i);
            }
            gather_give(held[i].room, held[i].bytes);
            held[i].room = NULL;
            continue;
        }
        held[i].bytes = 1 + (random >> 20) % (1u << (random >> 60));
        if (random >> 50 & 1)
            held[i].bytes = 1 + held[i].bytes * 2 % GATHER_LARGE_BYTES;
        held[i].room = gather_take(held[i].bytes);
        if (held[i].room != NULL)
            memset(held[i].room, (uint8_t)i, held[i].bytes);
    }
    for (unsigned i = 0; i < MANY; i++) {
        if (held[i].room != NULL)
            gather_give(held[i].room, held[i].bytes);
    }
    for (int i = 0; i < 32; i++)
        assert_non_null(gather_take(GATHER_SMALL_BYTES));
    assert_null(gather_take(1));
    assert_non_null(gather_take(GATHER_LARGE_BYTES));
    assert_non_null(gather_take(GATHER_LARGE_BYTES));
    assert_null(gather_take(GATHER_LARGE_BYTES));
}

#define TEST(name) cmocka_unit_test_setup(name, start)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_sensor_of_a_full_table_gets_a_room_of_half_a_kilobyte),
        TEST(those_who_hold_large_rooms_leave_small_ones_to_others),
        TEST(rooms_that_come_back_in_any_order_become_whole_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
