/* Messages upstream with an engine behind them: readings in, publishes out. What becomes of the
 * messages of a device that is forgotten; what health says of suppression and of devices; when
 * reminders leave. */
#include "alerts/alerts.h"

#include "rules/language/compiler.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MINUTE INT64_C(60000)
#define DAY (24 * 60 * MINUTE)
#define DEVICES 2 /* so that numbers are used again at once */

#define COOLERS                                                                                    \
    "site \"Store 14\"\n  id store-14\n"                                                           \
    "sensors coolers\n"                                                                            \
    "  from mqtt cooler/{cooler}\n"                                                                \
    "  read temperature in °C\n"                                                                  \
    "  read defrost from defrost as on or off\n"                                                   \
    "  forget after 2 days\n"
#define WARM                                                                                       \
    COOLERS "alarm warm on coolers\n  warning when temperature above 5 °C until at most 5 °C\n"

struct published {
    bool is_retained;
    int64_t at_ms; /* it left then */
    char topic[200], payload[8192];
};
static struct published log_[64];
static size_t published_count, published_before;
static int64_t now_ms_; /* what the clock shows to whoever publishes */

static struct rules_compiled compiled;
static struct alerts *alerts;
static struct engine *engine;

static int publish(void *context, const char *topic, const char *payload, size_t payload_bytes,
                   int qos, bool is_retained)
{
    (void)context;
    (void)qos;
    assert_true(published_count < sizeof log_ / sizeof *log_);
    struct published *entry = &log_[published_count++];
    entry->is_retained = is_retained;
    entry->at_ms = now_ms_;
    snprintf(entry->topic, sizeof entry->topic, "%s", topic);
    snprintf(entry->payload, sizeof entry->payload, "%.*s", (int)payload_bytes, payload);
    return (int)published_count;
}

static void start_for(const char *text, uint32_t devices)
{
    const struct rules_source_file file = {"test.rules", text_of(text)};
    rules_compile(&file, 1, &compiled);
    assert_non_null(compiled.block);
    const struct ruleset *rules = compiled.block;
    struct alerts_settings settings = {.site_id = "store-14",
                                       .site_name = "Store 14",
                                       .epoch = 1,
                                       .first_sequence = 100,
                                       .clock_is_set = true,
                                       .spool_bytes = 64 * 1024};
    alerts = malloc(alerts_size_bytes(rules, &settings));
    alerts_create(alerts, rules, &settings, (struct alerts_transport){.publish = publish});
    size_t bytes = (engine_size_bytes(rules, devices) + 63) / 64 * 64;
    void *memory = aligned_alloc(64, bytes);
    memset(memory, 0, bytes);
    engine = engine_create(memory, rules, devices, alerts_sink(alerts), 0);
    alerts_attach(alerts, engine);
    published_count = published_before = 0;
}

static void start(const char *text)
{
    start_for(text, DEVICES);
}

static int stop(void **state)
{
    (void)state;
    free(alerts);
    free(engine);
    rules_compiled_free(&compiled);
    return 0;
}

/* Everything that waits leaves and is taken. */
static void send_all(int64_t now_ms)
{
    size_t taken = published_before;
    now_ms_ = now_ms;
    do {
        alerts_send(alerts, now_ms);
        for (; taken < published_count; taken++)
            alerts_published(alerts, (int)taken + 1);
    } while (alerts_counters(alerts)->waiting > 0);
}

static void link_comes(int64_t now_ms)
{
    alerts_connected(alerts, now_ms);
    send_all(now_ms);
}

static void forget_published(void)
{
    published_before = published_count;
}

static void tell(const char *cooler, int64_t at_ms, struct engine_reading reading)
{
    const struct text names[] = {text_of(cooler)};
    uint32_t device = engine_device(engine, 0, names, at_ms);
    engine_message(engine, device, at_ms, at_ms, &reading, 1);
}

static void measure(const char *cooler, int64_t at_ms, double degrees)
{
    tell(cooler, at_ms,
         (struct engine_reading){.quality = ENGINE_GOOD, .decimals = 1, .value = degrees});
}

static void defrost(const char *cooler, int64_t at_ms, bool is_on)
{
    uint32_t word = is_on ? 0 : 1;
    tell(cooler, at_ms,
         (struct engine_reading){.reading = 1, .quality = ENGINE_GOOD, .word = word});
}

/* How many were published since with this topic and, in their payload, these words; NULL: any. */
static unsigned published(const char *topic, const char *words)
{
    unsigned count = 0;
    for (size_t i = published_before; i < published_count; i++)
        count += strcmp(log_[i].topic, topic) == 0 &&
                 (words == NULL || strstr(log_[i].payload, words) != NULL);
    return count;
}

static const struct published *newest(const char *topic)
{
    for (size_t i = published_count; i > published_before; i--) {
        if (strcmp(log_[i - 1].topic, topic) == 0)
            return &log_[i - 1];
    }
    fail_msg("nothing was published on %s", topic);
    abort(); /* never reached */
}

/* ---- devices that are forgotten ------------------------------------------------------------ */

#define STATE_OF(cooler) "brink/v1/store-14/state/coolers/" cooler "/warm"
#define ALERT_OF(cooler) "brink/v1/store-14/alert/coolers/" cooler "/warm"

static void the_state_of_what_nobody_acknowledged_goes_with_its_device(void **state)
{
    (void)state;
    start(WARM "  acknowledge required\n");
    link_comes(0);
    measure("a", MINUTE, 6);
    measure("a", 2 * MINUTE, 4);
    send_all(2 * MINUTE);
    assert_int_equal(published(STATE_OF("a"), "cleared"), 1);
    forget_published();
    engine_advance(engine, 2 * MINUTE + 2 * DAY - 1);
    send_all(2 * MINUTE + 2 * DAY - 1);
    assert_int_equal(published(STATE_OF("a"), NULL), 0);
    engine_advance(engine, 2 * MINUTE + 2 * DAY);
    send_all(2 * MINUTE + 2 * DAY);
    assert_int_equal(published(STATE_OF("a"), NULL), 1);
    assert_string_equal(newest(STATE_OF("a"))->payload, "");
    assert_true(newest(STATE_OF("a"))->is_retained);
    assert_int_equal(published(ALERT_OF("a"), NULL), 0);
}

static void a_state_that_was_removed_already_is_not_removed_again(void **state)
{
    (void)state;
    start(WARM);
    link_comes(0);
    measure("a", MINUTE, 6);
    measure("a", 2 * MINUTE, 4);
    send_all(2 * MINUTE);
    forget_published();
    send_all(2 * MINUTE + DAY);
    assert_int_equal(published(STATE_OF("a"), NULL), 1);
    forget_published();
    engine_advance(engine, 3 * DAY);
    send_all(3 * DAY);
    assert_int_equal(engine_device_count(engine), 0);
    assert_int_equal(published(STATE_OF("a"), NULL), 0);
}

/* Without a link for days: what waits of the old device leaves under its name, and nothing of it is
 * taken for a message of the one that has its number now. */
static void what_waits_of_a_forgotten_device_is_sent_under_its_own_name(void **state)
{
    (void)state;
    start(WARM);
    measure("a", MINUTE, 6);
    measure("a", 2 * MINUTE, 4);
    alerts_send(alerts, 2 * MINUTE);
    measure("b", 3 * DAY, 4); /* takes the last new number … */
    engine_advance(engine, 3 * DAY);
    measure("c", 3 * DAY, 7); /* … and this one that of a */
    const struct text c = TEXT("c");
    assert_int_equal(engine_device_find(engine, 0, &c), 0);
    alerts_send(alerts, 3 * DAY);
    link_comes(3 * DAY);
    assert_int_equal(published(ALERT_OF("a"), "brink.alert.raised"), 1);
    assert_int_equal(published(ALERT_OF("a"), "brink.alert.cleared"), 1);
    assert_int_equal(published(ALERT_OF("c"), "brink.alert.raised"), 1);
    assert_int_equal(published(ALERT_OF("c"), NULL), 1);
    assert_int_equal(published(STATE_OF("c"), "brink.alert.raised"), 1);
    assert_string_equal(newest(STATE_OF("a"))->payload, ""); /* the last word about a */
    forget_published();
    measure("c", 3 * DAY + MINUTE, 4);
    send_all(3 * DAY + MINUTE);
    assert_int_equal(published(STATE_OF("c"), "brink.alert.cleared"), 1);
    assert_int_equal(published(STATE_OF("a"), NULL), 0);
}

static void health_counts_the_devices_that_are_left(void **state)
{
    (void)state;
    start(WARM);
    link_comes(0);
    measure("a", MINUTE, 6);
    measure("b", 2 * MINUTE, 4);
    engine_advance(engine, 3 * DAY); /* b goes; a has an alarm that is active */
    alerts_health(alerts, 3 * DAY, NULL);
    send_all(3 * DAY);
    const char *health = newest("brink/v1/store-14/health")->payload;
    assert_non_null(strstr(health, "\"devices\":1,\"alarms_active\":1,"));
}

/* ---- what was suppressed ------------------------------------------------------------------- */

static const char *health_at(int64_t now_ms, const char *more)
{
    forget_published();
    alerts_health(alerts, now_ms, more);
    send_all(now_ms);
    return newest("brink/v1/store-14/health")->payload;
}

static void health_counts_what_was_held_back_by_alarm(void **state)
{
    (void)state;
    start(WARM "  except while defrost is on\n"
               "alarm hot on coolers\n  critical when temperature above 8 °C until at most 8 °C\n"
               "  except while defrost is on\n"
               "alarm cold on coolers\n  warning when temperature below -20 °C\n");
    link_comes(0);
    assert_non_null(strstr(health_at(0, NULL), "\"suppressed\":0,\"suppressed_alarms\":{}"));
    measure("a", MINUTE, 4);
    defrost("a", 2 * MINUTE, true);
    for (int i = 3; i < 9; i++) /* up and down three times */
        measure("a", i * MINUTE, i % 2 != 0 ? 6 : 4);
    measure("a", 9 * MINUTE, 9);
    measure("a", 10 * MINUTE, 10); /* the same once more is not counted */
    assert_non_null(strstr(health_at(10 * MINUTE, NULL),
                           "\"suppressed\":5,\"suppressed_alarms\":{\"warm\":4,\"hot\":1}"));
    assert_int_equal(alerts_counters(alerts)->raised, 0);
    measure("a", 11 * MINUTE, 4);
    defrost("a", 12 * MINUTE, false);
    measure("a", 13 * MINUTE, 6); /* what is told was not suppressed */
    assert_non_null(strstr(health_at(13 * MINUTE, NULL), "\"suppressed\":5,"));
    assert_int_equal(alerts_counters(alerts)->raised, 1);
}

static void health_names_the_devices_that_are_in_trouble(void **state)
{
    (void)state;
    start_for(WARM, 16);
    link_comes(0);
    assert_non_null(
        strstr(health_at(0, NULL), "\"trouble\":{\"silent\":{\"devices\":0,\"named\":[]},"));
    measure("a", MINUTE, 4);
    measure("A", MINUTE, 4);
    measure("b", 20 * MINUTE, 4);
    const char *health = health_at(21 * MINUTE, NULL);
    assert_non_null(strstr(health,
                           "\"silent\":{\"devices\":2,\"named\":[\"coolers/a\",\"coolers/A\"]},"
                           "\"faulty\":{\"devices\":0,\"named\":[]},"
                           "\"clock_wrong\":{\"devices\":0,\"named\":[]},"
                           "\"alike\":{\"devices\":2,\"named\":[\"coolers/a\",\"coolers/A\"]}}"));
    measure("a", 22 * MINUTE, 4); /* it is heard again */
    assert_non_null(strstr(health_at(22 * MINUTE, NULL), "\"silent\":{\"devices\":1,"));
}

static void health_counts_more_devices_than_it_names(void **state)
{
    (void)state;
    start_for(WARM, 16);
    link_comes(0);
    for (char name[] = "c-a"; name[2] < 'a' + 12; name[2]++)
        measure(name, MINUTE, 4);
    const char *health = health_at(DAY, NULL);
    assert_non_null(strstr(health, "\"silent\":{\"devices\":12,\"named\":[\"coolers/c-a\","));
    assert_non_null(strstr(health, "\"coolers/c-h\"]"));
}

/* However long the names of alarms are, and however much the appliance adds. */
static void health_names_the_sixteen_that_were_held_back_most(void **state)
{
    (void)state;
    static char rules[8192], more[2048];
    int length = snprintf(rules, sizeof rules, "%s", COOLERS);
    for (int i = 0; i < 20; i++) /* names of 64 letters */
        length += snprintf(
            rules + length, sizeof rules - (size_t)length,
            "alarm %.*s-%02d on coolers\n"
            "  warning when temperature above %d °C until at most %d °C\n"
            "  except while defrost is on\n",
            61, "a-name-that-is-as-long-as-names-of-alarms-may-be-which-is-a-whole-lot", i, i, i);
    start(rules);
    link_comes(0);
    defrost("a", MINUTE, true);
    for (int i = 0; i < 20; i++) { /* number 0 is held back 20 times, number 19 once */
        measure("a", (2 * i + 2) * MINUTE, -1);
        measure("a", (2 * i + 3) * MINUTE, 20 - i - 0.5);
    }
    snprintf(more, sizeof more, "{\"text\":\"%02000d\"}", 0);
    const char *health = health_at(DAY, more), *at = strstr(health, "\"suppressed_alarms\":{");
    assert_non_null(strstr(health, "\"suppressed\":210,"));
    assert_non_null(at);
    for (int i = 0; i < 16; i++) {
        char expected[16];
        snprintf(expected, sizeof expected, "-%02d\":%d", i, 20 - i);
        at = strstr(at, expected);
        assert_non_null(at);
    }
    assert_null(strstr(at, "-16\":"));
    assert_non_null(strstr(at, "00\"}"));
}

/* ---- reminders ----------------------------------------------------------------------------- */

#define REMINDED WARM "  remind every 1 hour\n"
#define HOUR (60 * MINUTE)

/* As the appliance does: it wakes when the engine has something to do, and for nothing else. */
static void pass(int64_t until_ms)
{
    for (int64_t due_ms; (due_ms = engine_deadline(engine)) <= until_ms;) {
        engine_advance(engine, due_ms);
        send_all(due_ms);
    }
}

/* The minutes at which those left that left since, " 61 121"; on the very millisecond. */
static void expect_reminders(const char *minutes)
{
    char left[64] = "";
    size_t used = 0;
    unsigned count = 0;
    for (size_t i = published_before; i < published_count; i++) {
        if (strcmp(log_[i].topic, ALERT_OF("a")) != 0 ||
            strstr(log_[i].payload, "\"change\":\"reminder\"") == NULL)
            continue;
        assert_int_equal(log_[i].at_ms % MINUTE, 0);
        used +=
            (size_t)snprintf(left + used, sizeof left - used, " %d", (int)(log_[i].at_ms / MINUTE));
        assert_true(used < sizeof left);
        count++;
    }
    assert_string_equal(left, minutes);
    assert_int_equal(published(STATE_OF("a"), "\"change\":\"reminder\""), count);
    forget_published();
}

static void command(enum engine_command what, int64_t for_ms, int64_t at_ms)
{
    assert_int_equal(engine_command(engine, what, 0, 0, for_ms, at_ms), ENGINE_DONE);
    send_all(at_ms);
}

static void warm_since(int64_t at_ms)
{
    start(REMINDED);
    link_comes(0);
    measure("a", at_ms, 6);
    send_all(at_ms);
    assert_int_equal(published(ALERT_OF("a"), "brink.alert.raised"), 1);
}

static void a_reminder_leaves_at_the_very_moment_at_which_it_is_due(void **state)
{
    (void)state;
    warm_since(MINUTE);
    pass(MINUTE + HOUR - 1);
    expect_reminders("");
    pass(MINUTE + 3 * HOUR);
    expect_reminders(" 61 121 181");
    measure("a", MINUTE + 3 * HOUR + 1, 4);
    send_all(MINUTE + 3 * HOUR + 1);
    pass(10 * HOUR); /* over: nothing to be reminded of */
    expect_reminders("");
}

static void readings_in_between_do_not_move_a_reminder(void **state)
{
    (void)state;
    warm_since(MINUTE);
    for (int64_t at_ms = 2 * MINUTE; at_ms <= 2 * HOUR; at_ms += MINUTE) {
        pass(at_ms - 1);
        measure("a", at_ms, 6 + (double)(at_ms / MINUTE % 3));
        send_all(at_ms);
    }
    expect_reminders(" 61");
}

static void what_was_acknowledged_is_not_reminded_of_again(void **state)
{
    (void)state;
    warm_since(MINUTE);
    pass(MINUTE + HOUR);
    expect_reminders(" 61");
    command(ENGINE_ACKNOWLEDGE, 0, 2 * HOUR);
    pass(12 * HOUR);
    expect_reminders("");
}

static void what_is_shelved_is_reminded_of_only_after_it(void **state)
{
    (void)state;
    warm_since(MINUTE);
    command(ENGINE_SHELVE, 2 * HOUR, 30 * MINUTE);
    pass(30 * MINUTE + 2 * HOUR - 1);
    expect_reminders("");
    pass(30 * MINUTE + 4 * HOUR);
    expect_reminders(" 181 241");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_state_of_what_nobody_acknowledged_goes_with_its_device, stop),
        cmocka_unit_test_teardown(a_state_that_was_removed_already_is_not_removed_again, stop),
        cmocka_unit_test_teardown(what_waits_of_a_forgotten_device_is_sent_under_its_own_name,
                                  stop),
        cmocka_unit_test_teardown(health_counts_the_devices_that_are_left, stop),
        cmocka_unit_test_teardown(health_names_the_devices_that_are_in_trouble, stop),
        cmocka_unit_test_teardown(health_counts_more_devices_than_it_names, stop),
        cmocka_unit_test_teardown(health_counts_what_was_held_back_by_alarm, stop),
        cmocka_unit_test_teardown(health_names_the_sixteen_that_were_held_back_most, stop),
        cmocka_unit_test_teardown(a_reminder_leaves_at_the_very_moment_at_which_it_is_due, stop),
        cmocka_unit_test_teardown(readings_in_between_do_not_move_a_reminder, stop),
        cmocka_unit_test_teardown(what_was_acknowledged_is_not_reminded_of_again, stop),
        cmocka_unit_test_teardown(what_is_shelved_is_reminded_of_only_after_it, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
