/* The split virtqueue against a device that this test plays: honest, then hostile. The device side
 * is written from the specification (virtio 1.2, section 2.7), not from the driver's code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "drivers/virtio_queue.c"

enum { SIZE = 8 };

static struct virtio_queue queue;
static uint64_t malformed;
static uint32_t notify_register;
static void *memory;

/* The device's place in the rings. */
static struct {
    uint16_t available, used;
} device;

static int set_up_with(size_t alignment)
{
    size_t bytes = virtio_queue_layout(SIZE, alignment).bytes;
    memory = calloc(1, bytes); /* exactly: beyond it the sanitizer watches */
    malformed = 0;
    notify_register = UINT32_MAX;
    device.available = device.used = 0;
    queue = (struct virtio_queue){
        .index = 3, .malformed = &malformed, .notify = &notify_register, .notify_is_short = false};
    virtio_queue_init(&queue, memory, SIZE, alignment);
    return 0;
}

static int set_up(void **state)
{
    (void)state;
    return set_up_with(64);
}

static int tear_down(void **state)
{
    (void)state;
    free(memory);
    return 0;
}

/* The device sees another chain, or SIZE when there is none. */
static uint16_t device_next(void)
{
    if (device.available == queue.available->index)
        return SIZE;
    return queue.available->ring[device.available++ % SIZE];
}

static void device_use(uint32_t id, uint32_t length)
{
    queue.used->ring[device.used++ % SIZE] = (struct virtq_used_element){id, length};
    queue.used->index = device.used;
}

static uint16_t add(unsigned readable, unsigned writable, void *token)
{
    static const struct virtio_part parts[4] = {
        {0x1000, 16}, {0x2000, 512}, {0x3000, 7}, {0x4000, 1}};
    assert_true(virtio_queue_add(&queue, parts, readable, writable, token));
    return device_next();
}

static void fix_all(void)
{
    for (uint16_t i = 0; i < SIZE; i++) {
        virtio_queue_fix(&queue, i, (struct virtio_part){0x10000 + 2048u * i, 2048});
        virtio_queue_give(&queue, i);
    }
}

static void the_legacy_layout_is_that_of_the_specification(void **state)
{
    (void)state;
    /* Section 2.7.2: 16 bytes a descriptor, 6 + 2 a slot, then the used ring on the next page. */
    struct virtio_queue_layout layout = virtio_queue_layout(256, 4096);
    assert_int_equal(layout.available, 4096);
    assert_int_equal(layout.used, 8192);
    assert_true(layout.chains >= 8192 + 6 + 256 * 8);
    assert_true(virtio_queue_layout(256, 64).used >= 4096 + 6 + 256 * 2);
}

static void every_layout_fits_in_its_bytes(void **state)
{
    (void)state;
    free(memory);
    set_up_with(4096);
    fix_all();
    for (uint16_t i = 0; i < SIZE; i++)
        device_use(device_next(), 1);
    struct virtio_taken taken = {0};
    for (uint16_t i = 0; i < SIZE; i++)
        assert_true(virtio_queue_take(&queue, &taken));
}

static void a_chain_reaches_the_device_whole_and_in_order(void **state)
{
    (void)state;
    uint16_t id = add(2, 2, &queue);
    const struct virtq_descriptor *d = &queue.descriptors[id];
    assert_int_equal(d->address, 0x1000);
    assert_int_equal(d->flags, VIRTQ_NEXT);
    d = &queue.descriptors[d->next];
    assert_int_equal(d->address, 0x2000);
    assert_int_equal(d->length, 512);
    assert_int_equal(d->flags, VIRTQ_NEXT);
    d = &queue.descriptors[d->next];
    assert_int_equal(d->flags, VIRTQ_NEXT | VIRTQ_WRITE);
    d = &queue.descriptors[d->next];
    assert_int_equal(d->length, 1);
    assert_int_equal(d->flags, VIRTQ_WRITE);

    struct virtio_taken taken = {0};
    assert_false(virtio_queue_take(&queue, &taken));
    device_use(id, 8);
    assert_true(virtio_queue_take(&queue, &taken));
    assert_int_equal(taken.id, id);
    assert_int_equal(taken.length, 8);
    assert_ptr_equal(virtio_queue_release(&queue, taken.id), &queue);
    assert_int_equal(malformed, 0);
    assert_int_equal(queue.free_count, SIZE);
}

static void a_full_queue_takes_no_more_until_a_chain_is_released(void **state)
{
    (void)state;
    uint16_t ids[4];
    for (unsigned i = 0; i < 4; i++)
        ids[i] = add(1, 1, NULL);
    struct virtio_part part = {0x1000, 1};
    assert_false(virtio_queue_add(&queue, &part, 1, 0, NULL));
    device_use(ids[2], 512); /* out of order is allowed (section 2.7.8.1) */
    struct virtio_taken taken = {0};
    assert_true(virtio_queue_take(&queue, &taken));
    virtio_queue_release(&queue, taken.id);
    assert_true(virtio_queue_add(&queue, &part, 1, 0, NULL));
}

static void an_empty_or_endless_chain_is_refused(void **state)
{
    (void)state;
    struct virtio_part parts[1] = {{0x1000, 1}};
    assert_false(virtio_queue_add(&queue, parts, 0, 0, NULL));
    assert_false(virtio_queue_add(&queue, parts, 300, 0, NULL));
}

static void indexes_wrap_after_65536_chains(void **state)
{
    (void)state;
    for (uintptr_t i = 1; i < 70000; i++) {
        unsigned readable = 1 + (unsigned)i % 2, writable = (unsigned)i % 3;
        device_use(add(readable, writable, (void *)i), 0);
        struct virtio_taken taken = {0};
        assert_true(virtio_queue_take(&queue, &taken));
        assert_int_equal((uintptr_t)virtio_queue_release(&queue, taken.id), i);
    }
    assert_int_equal(queue.free_count, SIZE);
    assert_int_equal(malformed, 0);
}

static void fixed_buffers_go_round(void **state)
{
    (void)state;
    fix_all();
    for (unsigned i = 0; i < 70000; i++) {
        uint16_t id = device_next();
        assert_in_range(id, 0, SIZE - 1);
        assert_int_equal(queue.descriptors[id].address, 0x10000 + 2048u * id);
        device_use(id, i % 2049);
        struct virtio_taken taken = {0};
        assert_true(virtio_queue_take(&queue, &taken));
        assert_int_equal(taken.id, id);
        assert_int_equal(taken.length, i % 2049);
        virtio_queue_give(&queue, id);
    }
    assert_int_equal(malformed, 0);
}

static void a_used_id_out_of_range_is_counted_and_passed_over(void **state)
{
    (void)state;
    static const uint32_t ids[] = {SIZE,    SIZE + 1,   0xffff,    0x10000,
                                   0x10001, 0x80000000, UINT32_MAX};
    fix_all();
    struct virtio_taken taken = {0};
    for (unsigned i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        device_use(ids[i], 100);
        assert_false(virtio_queue_take(&queue, &taken));
        assert_int_equal(malformed, i + 1);
    }
    device_use(1, 100);
    assert_true(virtio_queue_take(&queue, &taken));
    assert_int_equal(taken.id, 1);
}

static void a_chain_that_comes_twice_is_taken_once(void **state)
{
    (void)state;
    fix_all();
    device_use(5, 100);
    device_use(5, 100);
    device_use(6, 100);
    struct virtio_taken taken = {0};
    assert_true(virtio_queue_take(&queue, &taken));
    assert_int_equal(taken.id, 5);
    assert_true(virtio_queue_take(&queue, &taken));
    assert_int_equal(taken.id, 6);
    assert_int_equal(malformed, 1);
}

static void the_middle_of_a_chain_is_not_a_chain(void **state)
{
    (void)state;
    uint16_t id = add(2, 1, NULL);
    device_use(queue.descriptors[id].next, 0);
    struct virtio_taken taken = {0};
    assert_false(virtio_queue_take(&queue, &taken));
    assert_int_equal(malformed, 1);
}

static void a_released_chain_can_not_come_back(void **state)
{
    (void)state;
    uint16_t id = add(1, 1, NULL), other = add(1, 1, NULL);
    struct virtio_taken taken = {0};
    device_use(id, 0);
    assert_true(virtio_queue_take(&queue, &taken));
    virtio_queue_release(&queue, id);
    device_use(id, 0);
    assert_false(virtio_queue_take(&queue, &taken));
    assert_int_equal(malformed, 1);
    assert_int_not_equal(id, other);
}

static void a_length_beyond_the_buffer_is_none(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {2049, 4096, 0x10000, UINT32_MAX};
    fix_all();
    for (uint16_t i = 0; i < 4; i++) {
        struct virtio_taken taken = {0};
        device_use(i, lengths[i]);
        assert_true(virtio_queue_take(&queue, &taken)); /* the buffer comes back all the same */
        assert_int_equal(taken.id, i);
        assert_int_equal(taken.length, 0);
        assert_int_equal(malformed, i + 1);
    }
}

static void a_length_where_nothing_can_be_written_is_forgiven(void **state)
{
    (void)state;
    device_use(add(2, 0, NULL), 528);
    struct virtio_taken taken = {0};
    assert_true(virtio_queue_take(&queue, &taken));
    assert_int_equal(taken.length, 0);
    assert_int_equal(malformed, 0);
}

static void a_used_index_that_jumps_breaks_the_queue(void **state)
{
    (void)state;
    static const uint16_t jumps[] = {3, 4, 0x7fff, 0x8000, 0xfff0, 0xffff};
    for (unsigned i = 0; i < sizeof(jumps) / sizeof(jumps[0]); i++) {
        free(memory);
        set_up_with(64);
        add(1, 1, NULL);
        add(1, 1, NULL);
        queue.used->index = jumps[i]; /* two were given */
        struct virtio_taken taken = {0};
        for (unsigned tries = 0; tries < 3; tries++)
            assert_false(virtio_queue_take(&queue, &taken));
        assert_true(queue.is_broken);
        assert_int_equal(malformed, 1);
        assert_false(virtio_queue_arm(&queue)); /* a broken queue must not keep the machine awake */
    }
}

static void a_used_index_that_goes_back_breaks_the_queue(void **state)
{
    (void)state;
    struct virtio_taken taken = {0};
    device_use(add(1, 1, NULL), 0);
    assert_true(virtio_queue_take(&queue, &taken));
    queue.used->index = 0;
    assert_false(virtio_queue_take(&queue, &taken));
    assert_true(queue.is_broken);
}

static void random_rings_never_lead_outside(void **state)
{
    (void)state;
    srand(1);
    for (unsigned round = 0; round < 20000; round++) {
        free(memory);
        set_up_with(64);
        fix_all();
        bool is_lent[SIZE] = {false};
        for (unsigned step = 0; step < 8; step++) {
            for (unsigned i = 0; i < SIZE; i++)
                queue.used->ring[i] = (struct virtq_used_element){(uint32_t)rand() % (SIZE + 2),
                                                                  (uint32_t)rand() % 4096};
            queue.used->index = (uint16_t)(queue.used->index + rand() % 4);
            struct virtio_taken taken = {0};
            while (virtio_queue_take(&queue, &taken)) {
                assert_in_range(taken.id, 0, SIZE - 1);
                assert_in_range(taken.length, 0, 2048);
                assert_false(is_lent[taken.id]); /* never two owners */
                is_lent[taken.id] = true;
                if (rand() % 2) {
                    is_lent[taken.id] = false;
                    virtio_queue_give(&queue, taken.id);
                }
            }
        }
    }
}

static void a_batch_notifies_once(void **state)
{
    (void)state;
    add(1, 0, NULL);
    add(1, 0, NULL);
    assert_int_equal(notify_register, UINT32_MAX);
    virtio_queue_notify(&queue);
    assert_int_equal(notify_register, 3);
    notify_register = UINT32_MAX;
    virtio_queue_notify(&queue);
    assert_int_equal(notify_register, UINT32_MAX);
}

static void a_device_that_does_not_want_to_be_notified_is_not(void **state)
{
    (void)state;
    queue.used->flags = VIRTQ_NO_NOTIFY;
    add(1, 0, NULL);
    virtio_queue_notify(&queue);
    assert_int_equal(notify_register, UINT32_MAX);
    queue.used->flags = 0;
    add(1, 0, NULL);
    virtio_queue_notify(&queue);
    assert_int_equal(notify_register, 3);
}

static void a_short_notification_writes_16_bits(void **state)
{
    (void)state;
    queue.notify_is_short = true;
    add(1, 0, NULL);
    virtio_queue_notify(&queue);
    assert_int_equal(notify_register, 0xffff0003);
}

static void arming_sees_what_came_before_it(void **state)
{
    (void)state;
    uint16_t id = add(1, 1, NULL);
    assert_int_equal(queue.available->flags, VIRTQ_NO_INTERRUPT);
    assert_false(virtio_queue_arm(&queue));
    assert_int_equal(queue.available->flags, 0);
    virtio_queue_disarm(&queue);
    assert_int_equal(queue.available->flags, VIRTQ_NO_INTERRUPT);
    device_use(id, 0);
    assert_true(virtio_queue_arm(&queue));
}

static void a_second_beginning_forgets_the_first(void **state)
{
    (void)state;
    add(2, 2, NULL);
    device_use(0, 1);
    virtio_queue_init(&queue, memory, SIZE, 64);
    device.available = device.used = 0;
    struct virtio_taken taken = {0};
    assert_false(virtio_queue_take(&queue, &taken));
    device_use(add(1, 1, NULL), 3);
    assert_true(virtio_queue_take(&queue, &taken));
    assert_int_equal(queue.free_count, SIZE - 2);
}

#define TEST_OF(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_OF(the_legacy_layout_is_that_of_the_specification),
        TEST_OF(every_layout_fits_in_its_bytes),
        TEST_OF(a_chain_reaches_the_device_whole_and_in_order),
        TEST_OF(a_full_queue_takes_no_more_until_a_chain_is_released),
        TEST_OF(an_empty_or_endless_chain_is_refused),
        TEST_OF(indexes_wrap_after_65536_chains),
        TEST_OF(fixed_buffers_go_round),
        TEST_OF(a_used_id_out_of_range_is_counted_and_passed_over),
        TEST_OF(a_chain_that_comes_twice_is_taken_once),
        TEST_OF(the_middle_of_a_chain_is_not_a_chain),
        TEST_OF(a_released_chain_can_not_come_back),
        TEST_OF(a_length_beyond_the_buffer_is_none),
        TEST_OF(a_length_where_nothing_can_be_written_is_forgiven),
        TEST_OF(a_used_index_that_jumps_breaks_the_queue),
        TEST_OF(a_used_index_that_goes_back_breaks_the_queue),
        TEST_OF(random_rings_never_lead_outside),
        TEST_OF(a_batch_notifies_once),
        TEST_OF(a_device_that_does_not_want_to_be_notified_is_not),
        TEST_OF(a_short_notification_writes_16_bits),
        TEST_OF(arming_sees_what_came_before_it),
        TEST_OF(a_second_beginning_forgets_the_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
