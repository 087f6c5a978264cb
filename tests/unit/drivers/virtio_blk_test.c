/* The disk driver over a device that this test plays. */
#include "tests/unit/drivers/fake_device.h"

#include "drivers/virtio_blk.c"

static unsigned done_count;
static bool last_succeeded;
static struct block_request *last_done;

static void was_done(void *context, struct block_request *request, bool succeeded)
{
    assert_ptr_equal(context, &done_count);
    done_count++;
    last_done = request;
    last_succeeded = succeeded;
}

static void start(uint64_t offered)
{
    fake_begin(offered);
    memset(&disk, 0, sizeof(disk));
    done_count = 0;
    fake.settings[0] = 100; /* sectors */
    assert_true(virtio_block_start(&fake_device));
}

static int set_up(void **state)
{
    (void)state;
    start(VIRTIO_VERSION_1 | BLOCK_CAN_FLUSH);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fake_end();
    return 0;
}

static uint8_t sector_bytes[1024];

static struct block_request request_of(enum block_operation operation, uint64_t sector,
                                       size_t length)
{
    return (struct block_request){.operation = operation,
                                  .sector = sector,
                                  .bytes = sector_bytes,
                                  .length_bytes = length,
                                  .done = was_done,
                                  .context = &done_count};
}

/* Answers the next request with `status`; returns its header. */
static const struct header *answer(uint8_t status)
{
    uint16_t id = fake_next(0);
    assert_int_not_equal(id, UINT16_MAX);
    const struct virtq_descriptor *last = fake_part(0, id, 0);
    while (last->flags & VIRTQ_NEXT)
        last = &fake.queues[0]->descriptors[last->next];
    assert_int_equal(last->flags, VIRTQ_WRITE);
    assert_int_equal(last->length, 1);
    *(uint8_t *)fake_bytes(last) = status;
    fake_use(0, id, 1);
    return fake_bytes(fake_part(0, id, 0));
}

static void a_write_reaches_the_device_and_its_answer_the_owner(void **state)
{
    (void)state;
    struct block_request request = request_of(BLOCK_WRITE, 7, 1024);
    disk.block.submit(&disk.block, &request);
    const struct header *header = answer(STATUS_OK);
    assert_int_equal(header->type, TYPE_OUT);
    assert_int_equal(header->sector, 7);
    assert_int_equal(done_count, 0); /* only from the loop */
    assert_true(fake_poll());
    assert_ptr_equal(last_done, &request);
    assert_true(last_succeeded);
}

static void a_read_may_be_written_to_and_a_write_may_not(void **state)
{
    (void)state;
    struct block_request read = request_of(BLOCK_READ, 1, 512);
    struct block_request write = request_of(BLOCK_WRITE, 1, 512);
    disk.block.submit(&disk.block, &read);
    disk.block.submit(&disk.block, &write);
    assert_int_equal(fake_part(0, fake_next(0), 1)->flags, VIRTQ_NEXT | VIRTQ_WRITE);
    assert_int_equal(fake_part(0, fake_next(0), 1)->flags, VIRTQ_NEXT);
}

static void an_error_or_silence_in_the_status_is_a_failure(void **state)
{
    (void)state;
    static const uint8_t answers[] = {1, 2, STATUS_NONE, 77};
    for (unsigned i = 0; i < 4; i++) {
        struct block_request request = request_of(BLOCK_READ, 0, 512);
        disk.block.submit(&disk.block, &request);
        answer(answers[i]);
        fake_poll();
        assert_int_equal(done_count, i + 1);
        assert_false(last_succeeded);
    }
}

static void what_cannot_be_fails_from_the_loop_without_the_device(void **state)
{
    (void)state;
    struct block_request requests[] = {
        request_of(BLOCK_READ, 100, 512), request_of(BLOCK_READ, 99, 1024),
        request_of(BLOCK_READ, UINT64_MAX, 1024), request_of(BLOCK_WRITE, 0, 511),
        request_of(BLOCK_WRITE, 0, 0)};
    for (unsigned i = 0; i < 5; i++)
        disk.block.submit(&disk.block, &requests[i]);
    assert_int_equal(done_count, 0);
    assert_int_equal(fake_next(0), UINT16_MAX);
    assert_true(fake.source->arm(NULL)); /* the loop must not sleep on them */
    fake_poll();
    assert_int_equal(done_count, 5);
    assert_false(last_succeeded);
}

static void more_requests_than_descriptors_wait_in_order(void **state)
{
    (void)state;
    static struct block_request requests[50];
    for (unsigned i = 0; i < 50; i++) {
        requests[i] = request_of(BLOCK_WRITE, i, 512);
        disk.block.submit(&disk.block, &requests[i]);
    }
    for (unsigned i = 0; i < 50; i++) {
        assert_int_equal(answer(STATUS_OK)->sector, i);
        fake_poll();
        assert_ptr_equal(last_done, &requests[i]);
    }
    assert_int_equal(done_count, 50);
}

static void without_a_cache_a_flush_succeeds_by_itself(void **state)
{
    (void)state;
    tear_down(state);
    start(VIRTIO_VERSION_1);
    struct block_request request = request_of(BLOCK_FLUSH, 0, 0);
    disk.block.submit(&disk.block, &request);
    assert_int_equal(done_count, 0);
    fake_poll();
    assert_int_equal(done_count, 1);
    assert_true(last_succeeded);
}

static void a_flush_is_asked_of_a_device_with_a_cache(void **state)
{
    (void)state;
    struct block_request request = request_of(BLOCK_FLUSH, 55, 0);
    disk.block.submit(&disk.block, &request);
    const struct header *header = answer(STATUS_OK);
    assert_int_equal(header->type, TYPE_FLUSH);
    assert_int_equal(header->sector, 0);
    fake_poll();
    assert_true(last_succeeded);
}

static void a_read_only_disk_is_not_written(void **state)
{
    (void)state;
    tear_down(state);
    start(VIRTIO_VERSION_1 | BLOCK_READ_ONLY);
    assert_true(disk.block.read_only);
    struct block_request request = request_of(BLOCK_WRITE, 0, 512);
    disk.block.submit(&disk.block, &request);
    fake_poll();
    assert_int_equal(done_count, 1);
    assert_false(last_succeeded);
    assert_false(disk.block.write_polling(&disk.block, 0, sector_bytes, 512));
}

static void a_broken_queue_fails_whatever_was_under_way(void **state)
{
    (void)state;
    static struct block_request requests[40];
    for (unsigned i = 0; i < 40; i++) {
        requests[i] = request_of(BLOCK_WRITE, i, 512);
        disk.block.submit(&disk.block, &requests[i]);
    }
    disk.queue.used->index = 9999;
    fake_poll();
    assert_int_equal(done_count, 40);
    assert_false(last_succeeded);
    struct block_request late = request_of(BLOCK_FLUSH, 0, 0);
    disk.block.submit(&disk.block, &late);
    fake_poll();
    assert_int_equal(done_count, 41);
    assert_false(last_succeeded);
}

static void polling_ends_when_the_device_is_silent(void **state)
{
    (void)state;
    assert_false(disk.block.write_polling(&disk.block, 0, sector_bytes, 512));
    assert_true(fake.now_ns < UINT64_C(10) * 1000 * 1000 * 1000);
    assert_int_equal(fake_next(0), 0); /* it was asked */
}

#define TEST_OF(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_OF(a_write_reaches_the_device_and_its_answer_the_owner),
        TEST_OF(a_read_may_be_written_to_and_a_write_may_not),
        TEST_OF(an_error_or_silence_in_the_status_is_a_failure),
        TEST_OF(what_cannot_be_fails_from_the_loop_without_the_device),
        TEST_OF(more_requests_than_descriptors_wait_in_order),
        TEST_OF(without_a_cache_a_flush_succeeds_by_itself),
        TEST_OF(a_flush_is_asked_of_a_device_with_a_cache),
        TEST_OF(a_read_only_disk_is_not_written),
        TEST_OF(a_broken_queue_fails_whatever_was_under_way),
        TEST_OF(polling_ends_when_the_device_is_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
