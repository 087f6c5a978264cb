/* The spool: what goes first when it is full, what is sent first, and that nothing gets lost
 * silently. */
#include "alerts/spool.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ROOM 4096
static _Alignas(8) char room[ROOM];
static struct spool spool;
static uint64_t sequence;

static int begin(void **state)
{
    (void)state;
    spool_init(&spool, room, sizeof room);
    sequence = 0;
    return 0;
}

/* A message of about 400 bytes: ten of them fill the spool. */
static uint64_t append(enum spool_kind kind, bool is_critical, uint64_t subject)
{
    static char payload[300];
    struct spool_entry entry = {.kind = kind,
                                .is_critical = is_critical,
                                .sequence = ++sequence,
                                .subject = subject,
                                .state_topic = kind <= SPOOL_UPDATED ? "state/topic" : NULL,
                                .topic = "topic",
                                .payload = payload,
                                .payload_bytes = sizeof payload};
    memset(payload, 'a' + (int)(sequence % 26), sizeof payload);
    assert_true(spool_append(&spool, &entry));
    return sequence;
}

static bool is_there(uint64_t wanted)
{
    for (struct spool_record *record = spool_next(&spool, NULL); record;
         record = spool_next(&spool, record)) {
        if (record->sequence == wanted)
            return true;
    }
    return false;
}

static uint64_t take_most_urgent(enum spool_delivery *delivery)
{
    struct spool_record *record = spool_most_urgent(&spool, delivery);
    if (!record)
        return 0;
    uint64_t taken = record->sequence;
    spool_mark_taken(&spool, record, *delivery);
    return taken;
}

static void messages_come_out_as_they_went_in(void **state)
{
    (void)state;
    append(SPOOL_RAISED, false, 1);
    struct spool_record *record = spool_next(&spool, NULL);
    assert_string_equal(spool_topic(record, SPOOL_TO_STATE), "state/topic");
    assert_string_equal(spool_topic(record, SPOOL_TO_TOPIC), "topic");
    assert_int_equal(record->payload_bytes, 300);
    for (size_t i = 0; i < 300; i++)
        assert_int_equal(spool_payload(record)[i], 'b');
    assert_null(spool_next(&spool, record));
}

static void states_go_first_then_critical_then_the_rest_in_order(void **state)
{
    (void)state;
    append(SPOOL_REPORT, false, 0); /* 1 */
    append(SPOOL_RAISED, false, 7); /* 2 */
    append(SPOOL_RAISED, true, 8);  /* 3 */
    append(SPOOL_LOGGED, false, 0); /* 4 */
    static const struct {
        uint64_t sequence;
        enum spool_delivery delivery;
    } order[] = {{3, SPOOL_TO_STATE}, {2, SPOOL_TO_STATE}, {3, SPOOL_TO_TOPIC},
                 {1, SPOOL_TO_TOPIC}, {2, SPOOL_TO_TOPIC}, {4, SPOOL_TO_TOPIC}};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        enum spool_delivery delivery;
        assert_int_equal(take_most_urgent(&delivery), order[i].sequence);
        assert_int_equal(delivery, order[i].delivery);
    }
    assert_int_equal(spool.waiting, 0);
}

static void only_the_newest_state_of_an_alarm_is_told(void **state)
{
    (void)state;
    append(SPOOL_RAISED, false, 7);
    append(SPOOL_RAISED, false, 8);
    append(SPOOL_CLEARED, false, 7);
    enum spool_delivery delivery;
    assert_int_equal(take_most_urgent(&delivery), 2);
    assert_int_equal(take_most_urgent(&delivery), 3);
    assert_int_equal(delivery, SPOOL_TO_STATE);
    assert_int_equal(take_most_urgent(&delivery), 1); /* its own topic tells every change */
    assert_int_equal(delivery, SPOOL_TO_TOPIC);
}

static void when_full_the_oldest_reports_go_first(void **state)
{
    (void)state;
    uint64_t raised = append(SPOOL_RAISED, false, 1);
    uint64_t old_report = append(SPOOL_REPORT, false, 0);
    uint64_t update = append(SPOOL_UPDATED, false, 2);
    uint64_t report = append(SPOOL_REPORT, false, 0);
    while (spool_has_room(&spool, 400))
        append(SPOOL_CLEARED, false, 100 + sequence);
    append(SPOOL_RAISED, false, 50);
    assert_false(is_there(old_report));
    assert_true(is_there(report));
    append(SPOOL_RAISED, false, 51);
    assert_false(is_there(report));
    assert_true(is_there(update));
    append(SPOOL_RAISED, false, 52);
    assert_false(is_there(update));
    assert_true(is_there(raised)); /* raises go only when nothing else is left */
    append(SPOOL_RAISED, false, 53);
    assert_false(is_there(raised));

    assert_true(spool.gap.is_open);
    assert_int_equal(spool.gap.from, raised);
    assert_int_equal(spool.gap.to, report);
    assert_int_equal(spool.gap.dropped[SPOOL_REPORT], 2);
    assert_int_equal(spool.gap.dropped[SPOOL_UPDATED], 1);
    assert_int_equal(spool.gap.dropped[SPOOL_RAISED], 1);
    assert_int_equal(spool.dropped_reports, 2);
    assert_int_equal(spool.dropped_others, 2);
}

static void an_update_with_a_state_to_tell_outlives_one_that_was_overtaken(void **state)
{
    (void)state;
    uint64_t state_to_tell = append(SPOOL_UPDATED, false, 1);
    uint64_t overtaken = append(SPOOL_UPDATED, false, 2);
    append(SPOOL_UPDATED, false, 2);
    while (spool_has_room(&spool, 400))
        append(SPOOL_CLEARED, false, 100 + sequence);
    append(SPOOL_RAISED, false, 50);
    assert_false(is_there(overtaken));
    assert_true(is_there(state_to_tell));
}

static void a_critical_raise_outlives_a_raise_that_is_not(void **state)
{
    (void)state;
    uint64_t critical = append(SPOOL_RAISED, true, 1), notice = append(SPOOL_RAISED, false, 2);
    while (spool_has_room(&spool, 400))
        append(SPOOL_RAISED, false, 100 + sequence);
    append(SPOOL_RAISED, false, 50);
    assert_true(is_there(critical));
    assert_false(is_there(notice));
}

static void a_message_larger_than_the_spool_is_refused(void **state)
{
    (void)state;
    static char payload[ROOM];
    append(SPOOL_RAISED, false, 1);
    assert_false(spool_append(&spool, &(struct spool_entry){.kind = SPOOL_RAISED,
                                                            .sequence = 9,
                                                            .topic = "t",
                                                            .payload = payload,
                                                            .payload_bytes = sizeof payload}));
    assert_true(is_there(1)); /* and nothing was dropped for it */
}

static void what_is_too_old_goes(void **state)
{
    (void)state;
    append(SPOOL_RAISED, false, 1);
    append(SPOOL_RAISED, false, 2);
    spool_tell_time(&spool, 1000);
    spool_step_clock(&spool, 1999);
    append(SPOOL_RAISED, false, 3);
    spool_drop_older(&spool, 3000);
    assert_false(is_there(1));
    assert_false(is_there(2));
    assert_true(is_there(3));
    assert_int_equal(spool.gap.dropped[SPOOL_RAISED], 2);
}

static void holes_are_closed_and_nothing_moves_out_of_shape(void **state)
{
    (void)state;
    enum spool_delivery delivery;
    uint64_t expected_waiting = 0;
    for (int round = 0; round < 200; round++) {
        append(SPOOL_REPORT, false, 0);
        expected_waiting++;
        if (round % 3 > 0 && take_most_urgent(&delivery))
            expected_waiting--;
        if (round % 7 == 0 && take_most_urgent(&delivery))
            expected_waiting--;
        uint32_t count = 0;
        for (struct spool_record *record = spool_next(&spool, NULL); record;
             record = spool_next(&spool, record)) {
            assert_int_equal(spool_payload(record)[299], 'a' + (int)(record->sequence % 26));
            count++;
        }
        assert_int_equal(count, spool.waiting);
        assert_int_equal(count + spool.dropped_reports, expected_waiting);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(messages_come_out_as_they_went_in, begin),
        cmocka_unit_test_setup(states_go_first_then_critical_then_the_rest_in_order, begin),
        cmocka_unit_test_setup(only_the_newest_state_of_an_alarm_is_told, begin),
        cmocka_unit_test_setup(when_full_the_oldest_reports_go_first, begin),
        cmocka_unit_test_setup(an_update_with_a_state_to_tell_outlives_one_that_was_overtaken,
                               begin),
        cmocka_unit_test_setup(a_critical_raise_outlives_a_raise_that_is_not, begin),
        cmocka_unit_test_setup(a_message_larger_than_the_spool_is_refused, begin),
        cmocka_unit_test_setup(what_is_too_old_goes, begin),
        cmocka_unit_test_setup(holes_are_closed_and_nothing_moves_out_of_shape, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
