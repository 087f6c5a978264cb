/* The byte ring: order, fullness, wrapping of places and of counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/ring.h"

#include <string.h>

static void gives_back_what_was_put_in_order(void **state)
{
    (void)state;
    uint8_t room[8], out[8];
    struct ring ring;
    ring_init(&ring, room, sizeof room);
    assert_int_equal(ring_write(&ring, "abcde", 5), 5);
    assert_int_equal(ring_used(&ring), 5);
    assert_int_equal(ring_read(&ring, out, 3), 3);
    assert_memory_equal(out, "abc", 3);
    assert_int_equal(ring_write(&ring, "fghijkl", 7), 6); /* goes round the end */
    assert_int_equal(ring_free(&ring), 0);
    assert_int_equal(ring_write(&ring, "x", 1), 0);
    assert_int_equal(ring_read(&ring, out, sizeof out), 8);
    assert_memory_equal(out, "defghijk", 8);
    assert_int_equal(ring_read(&ring, out, sizeof out), 0);
}

static void shows_bytes_and_room_in_place_up_to_the_end(void **state)
{
    (void)state;
    uint8_t room[8];
    struct ring ring;
    size_t length;
    ring_init(&ring, room, sizeof room);
    ring_peek(&ring, &length);
    assert_int_equal(length, 0);
    ring_write(&ring, "abcdef", 6);
    ring_consume(&ring, 4);
    assert_ptr_equal(ring_room(&ring, &length), room + 6);
    assert_int_equal(length, 2);
    ring_write(&ring, "ghij", 4);
    assert_ptr_equal(ring_peek(&ring, &length), room + 4);
    assert_int_equal(length, 4);
    ring_consume(&ring, 4);
    assert_ptr_equal(ring_peek(&ring, &length), room);
    assert_int_equal(length, 2);
    assert_memory_equal(room, "ij", 2);
}

static void goes_on_when_its_counts_wrap(void **state)
{
    (void)state;
    uint8_t room[16], out[16];
    struct ring ring;
    ring_init(&ring, room, sizeof room);
    ring.written = ring.read = UINT32_MAX - 5;
    for (int round = 0; round < 4; round++) {
        assert_int_equal(ring_write(&ring, "0123456789", 10), 10);
        assert_int_equal(ring_used(&ring), 10);
        assert_int_equal(ring_read(&ring, out, sizeof out), 10);
        assert_memory_equal(out, "0123456789", 10);
    }
    assert_true(ring.written < 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_back_what_was_put_in_order),
        cmocka_unit_test(shows_bytes_and_room_in_place_up_to_the_end),
        cmocka_unit_test(goes_on_when_its_counts_wrap),
    };
    return cmocka_run_group_tests_name("net/ring", tests, NULL, NULL);
}
