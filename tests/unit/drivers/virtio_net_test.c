/* The network driver over a device that this test plays. */
#include "tests/unit/drivers/fake_device.h"

#include "drivers/virtio_net.c"

enum { LENT_MAX = 512 };
static struct net_frame *lent[LENT_MAX];
static unsigned lent_count, sent_count;
static void *sent_tokens[LENT_MAX];

static void lend(void *context, struct net_frame *frame)
{
    assert_ptr_equal(context, &lent_count);
    lent[lent_count++] = frame;
}

static void was_sent(void *context, void *token)
{
    (void)context;
    sent_tokens[sent_count++] = token;
}

static void start(uint64_t offered)
{
    fake_begin(offered);
    memset(&card, 0, sizeof(card));
    lent_count = sent_count = 0;
    memcpy(fake.settings, "\x52\x54\x00\x12\x34\x56", 6);
    assert_true(virtio_net_start(&fake_device));
    card.net.receive = lend;
    card.net.sent = was_sent;
    card.net.context = &lent_count;
}

static int set_up(void **state)
{
    (void)state;
    start(VIRTIO_VERSION_1 | NET_MAC | NET_GUEST_CHECKSUM);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fake_end();
    return 0;
}

/* Puts a frame of `length` bytes into the next buffer. */
static void arrive(uint8_t flags, const char *text, uint32_t length)
{
    uint16_t id = fake_next(RECEIVE_QUEUE);
    uint8_t *bytes = fake_bytes(fake_part(RECEIVE_QUEUE, id, 0));
    memset(bytes, 0, card.header_bytes);
    bytes[0] = flags;
    memcpy(bytes + card.header_bytes, text, strlen(text));
    fake_use(RECEIVE_QUEUE, id, card.header_bytes + length);
}

static void a_frame_is_lent_where_the_device_put_it(void **state)
{
    (void)state;
    arrive(0, "destinationsource and more", 60);
    assert_true(fake_poll());
    assert_int_equal(lent_count, 1);
    assert_int_equal(lent[0]->length, 60);
    assert_memory_equal(lent[0]->bytes, "destination", 11);
    assert_false(lent[0]->checksum_is_valid);
    assert_int_equal(card.net.counters.received_frames, 1);
    assert_int_equal(card.net.counters.received_bytes, 60);
    assert_false(fake_poll());
    assert_memory_equal(card.net.mac, "\x52\x54\x00\x12\x34\x56", 6);
}

static void a_legacy_header_has_ten_bytes(void **state)
{
    (void)state;
    tear_down(state);
    start(VIRTIO_ANY_LAYOUT | NET_MAC);
    assert_int_equal(card.header_bytes, 10);
    arrive(0, "a legacy frame", 14);
    fake_poll();
    assert_int_equal(lent[0]->length, 14);
    assert_memory_equal(lent[0]->bytes, "a legacy frame", 14);
}

static void the_header_says_whether_the_checksum_is_valid(void **state)
{
    (void)state;
    arrive(NEEDS_CHECKSUM, "", 60);
    arrive(DATA_VALID, "", 60);
    arrive(4, "", 60);
    fake_poll();
    assert_true(lent[0]->checksum_is_valid);
    assert_true(lent[1]->checksum_is_valid);
    assert_false(lent[2]->checksum_is_valid);
}

static void flags_that_were_not_negotiated_mean_nothing(void **state)
{
    (void)state;
    tear_down(state);
    start(VIRTIO_VERSION_1 | NET_MAC);
    arrive(NEEDS_CHECKSUM | DATA_VALID, "", 60);
    fake_poll();
    assert_false(lent[0]->checksum_is_valid);
}

static void lent_frames_are_not_received_into_until_returned(void **state)
{
    (void)state;
    for (unsigned i = 0; i < BUFFERS; i++)
        arrive(0, "", 60);
    while (fake_poll())
        continue;
    assert_int_equal(lent_count, BUFFERS);
    assert_int_equal(fake_next(RECEIVE_QUEUE), UINT16_MAX);
    fake.notify = UINT32_MAX;
    card.net.return_frame(lent[7]);
    fake_poll();
    assert_int_equal(fake.notify, RECEIVE_QUEUE);
    assert_int_equal(fake_next(RECEIVE_QUEUE), lent[7] - card.frames);
}

static void one_turn_leaves_the_others_their_turn(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 100; i++)
        arrive(0, "", 60);
    assert_true(fake_poll());
    assert_int_equal(lent_count, TURN_FRAMES);
}

static void frames_too_short_or_too_long_go_back_counted(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {1, 11, 12, 25, 2049, UINT32_MAX};
    for (unsigned i = 0; i < 6; i++)
        fake_use(RECEIVE_QUEUE, fake_next(RECEIVE_QUEUE), lengths[i]);
    assert_true(fake_poll());
    assert_int_equal(lent_count, 0);
    assert_int_equal(card.net.counters.malformed, 6);
    assert_int_equal(virtio_queue_outstanding(&card.receive), BUFFERS);
    assert_int_equal(card.net.counters.received_frames, 0);
}

static void a_frame_is_sent_from_its_parts_in_place(void **state)
{
    (void)state;
    static const char head[] = "ethernet header", tail[] = "payload";
    struct net_part parts[] = {{head, sizeof(head)}, {tail, sizeof(tail)}};
    assert_true(card.net.send(&card.net, parts, 2, parts));
    card.net.flush(&card.net);
    assert_int_equal(fake.notify, SEND_QUEUE);
    uint16_t id = fake_next(SEND_QUEUE);
    assert_int_equal(fake_part(SEND_QUEUE, id, 0)->length, HEADER_BYTES);
    assert_ptr_equal(fake_bytes(fake_part(SEND_QUEUE, id, 1)), head);
    assert_ptr_equal(fake_bytes(fake_part(SEND_QUEUE, id, 2)), tail);
    assert_int_equal(fake_part(SEND_QUEUE, id, 2)->flags, 0);
    assert_int_equal(sent_count, 0);
    fake_use(SEND_QUEUE, id, 0);
    assert_true(fake_poll());
    assert_int_equal(sent_count, 1);
    assert_ptr_equal(sent_tokens[0], parts);
}

static void a_full_ring_refuses_and_recovers(void **state)
{
    (void)state;
    struct net_part part = {"frame", 5};
    unsigned taken = 0;
    while (card.net.send(&card.net, &part, 1, NULL))
        taken++;
    assert_int_equal(taken, SEND_DESCRIPTORS / 2);
    assert_int_equal(card.net.counters.dropped_ring_full, 1);
    fake_use(SEND_QUEUE, fake_next(SEND_QUEUE), 0);
    assert_true(card.net.send(&card.net, &part, 1, NULL)); /* takes back by itself */
    assert_int_equal(sent_count, 1);
}

static void send_the_next(void *context, void *token)
{
    struct net_part part = {"frame", 5};
    was_sent(context, token);
    while (card.net.send(&card.net, &part, 1, NULL))
        continue;
}

static void sending_from_within_sent_fills_the_ring_and_no_stack(void **state)
{
    (void)state;
    card.net.sent = send_the_next;
    struct net_part part = {"frame", 5};
    while (card.net.send(&card.net, &part, 1, NULL))
        continue;
    for (unsigned i = 0; i < SEND_DESCRIPTORS / 2; i++)
        fake_use(SEND_QUEUE, fake_next(SEND_QUEUE), 0);
    assert_true(card.net.send(&card.net, &part, 1, NULL) || sent_count != 0);
    while (fake_poll())
        continue;
    assert_int_equal(sent_count, SEND_DESCRIPTORS / 2);
    assert_true(card.send.free_count < 2);
}

static void a_sleep_with_frames_under_way_is_ended_by_the_device(void **state)
{
    (void)state;
    assert_false(fake.source->arm(NULL));
    assert_int_equal(card.receive.available->flags, 0);
    assert_int_equal(card.send.available->flags, VIRTQ_NO_INTERRUPT);
    fake.source->disarm(NULL);
    assert_int_equal(card.receive.available->flags, VIRTQ_NO_INTERRUPT);
    struct net_part part = {"frame", 5};
    fake.notify = UINT32_MAX;
    card.net.send(&card.net, &part, 1, NULL);
    assert_false(fake.source->arm(NULL));
    assert_int_equal(fake.notify, SEND_QUEUE); /* nothing stays behind when the loop sleeps */
    assert_int_equal(card.send.available->flags, 0);
    fake_use(SEND_QUEUE, fake_next(SEND_QUEUE), 0);
    assert_true(fake.source->arm(NULL));
}

static void a_used_index_that_jumps_gives_the_device_up(void **state)
{
    (void)state;
    card.receive.used->index = 5000;
    fake_poll();
    fake_poll();
    assert_true(fake.status & VIRTIO_FAILED);
    assert_int_equal(fake.log_lines, 1);
    assert_int_equal(lent_count, 0);
}

static void small_machines_have_fewer_buffers(void **state)
{
    (void)state;
    tear_down(state);
    fake_begin(VIRTIO_VERSION_1);
    memset(&card, 0, sizeof(card));
    fake.total_bytes = 4u << 20;
    assert_true(virtio_net_start(&fake_device));
    assert_int_equal(card.receive.size, BUFFERS_IF_SMALL);
    assert_int_equal(card.net.mac[0] & 3, 2); /* made up: local, unicast */
}

static void a_legacy_device_that_wants_header_descriptors_is_refused(void **state)
{
    (void)state;
    tear_down(state);
    fake_begin(NET_MAC);
    memset(&card, 0, sizeof(card));
    assert_false(virtio_net_start(&fake_device));
    assert_true(fake.status & VIRTIO_FAILED);
    assert_null(net_device_first());
}

#define TEST_OF(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_OF(a_frame_is_lent_where_the_device_put_it),
        TEST_OF(a_legacy_header_has_ten_bytes),
        TEST_OF(the_header_says_whether_the_checksum_is_valid),
        TEST_OF(flags_that_were_not_negotiated_mean_nothing),
        TEST_OF(lent_frames_are_not_received_into_until_returned),
        TEST_OF(one_turn_leaves_the_others_their_turn),
        TEST_OF(frames_too_short_or_too_long_go_back_counted),
        TEST_OF(a_frame_is_sent_from_its_parts_in_place),
        TEST_OF(a_full_ring_refuses_and_recovers),
        TEST_OF(sending_from_within_sent_fills_the_ring_and_no_stack),
        TEST_OF(a_sleep_with_frames_under_way_is_ended_by_the_device),
        TEST_OF(a_used_index_that_jumps_gives_the_device_up),
        TEST_OF(small_machines_have_fewer_buffers),
        TEST_OF(a_legacy_device_that_wants_header_descriptors_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
