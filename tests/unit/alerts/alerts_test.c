/* The whole room: events in, publishes out, over a link that comes and goes. */
#include "alerts/alerts.h"

#include "sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct published {
    int id, qos;
    bool retained;
    char topic[200], payload[4096];
};
static struct published log_[400];
static size_t published_count;
static bool transport_is_busy;

static struct sample sample;
static struct alerts *alerts;
static struct engine_sink sink;

static int publish(void *context, const char *topic, const char *payload, size_t payload_bytes,
                   int qos, bool retained)
{
    (void)context;
    if (transport_is_busy)
        return 0;
    assert_true(published_count < sizeof log_ / sizeof *log_);
    struct published *entry = &log_[published_count++];
    *entry = (struct published){.id = (int)published_count, .qos = qos, .retained = retained};
    snprintf(entry->topic, sizeof entry->topic, "%s", topic);
    snprintf(entry->payload, sizeof entry->payload, "%.*s", (int)payload_bytes, payload);
    return entry->id;
}

static void begin_as(const char *site_name, size_t spool_bytes, uint32_t send_at_most,
                     uint32_t send_per_ms, const char *prefix)
{
    struct alerts_settings settings = {.site_id = "store-14",
                                       .site_name = site_name,
                                       .prefix = prefix,
                                       .epoch = 0x5f3c9a1e,
                                       .first_sequence = 100,
                                       .clock_is_set = true,
                                       .spool_bytes = spool_bytes};
    sample_fill(&sample);
    sample.set.send_at_most = send_at_most;
    sample.set.send_per_ms = send_per_ms;
    free(alerts);
    size_t bytes = alerts_size_bytes(&sample.set, &settings);
    alerts = malloc(bytes);
    memset(alerts, 0xa5, bytes); /* what lies there must not matter */
    assert_non_null(alerts);
    alerts_create(alerts, &sample.set, &settings, (struct alerts_transport){.publish = publish});
    sink = alerts_sink(alerts);
    published_count = 0;
    transport_is_busy = false;
}

static void begin_with(size_t spool_bytes, uint32_t send_at_most, uint32_t send_per_ms,
                       const char *prefix)
{
    begin_as("Store 14, Leeds", spool_bytes, send_at_most, send_per_ms, prefix);
}

static int begin(void **state)
{
    (void)state;
    begin_with(64 * 1024, 0, 0, "");
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(alerts);
    alerts = NULL;
    return 0;
}

/* Events of the site, which need no engine behind them. */
static void send_event(enum engine_change change, enum rules_severity severity, uint32_t alarm,
                       int64_t time_ms)
{
    struct engine_alarm_event event = sample_raise();
    event.change = change;
    event.severity = severity;
    event.alarm = alarm;
    event.trigger = 0;
    event.device = ENGINE_NO_DEVICE;
    event.time_ms = time_ms;
    sink.alarm(sink.context, &event);
}

static void acknowledge_all(int64_t now_ms)
{
    for (size_t i = 0; i < published_count; i++)
        alerts_published(alerts, log_[i].id);
    alerts_send(alerts, now_ms);
}

static void an_alert_goes_to_its_topic_and_is_kept_as_state(void **state)
{
    (void)state;
    alerts_connected(alerts, SAMPLE_MS(8, 0));
    assert_int_equal(published_count, 1);
    assert_string_equal(log_[0].topic, "brink/v1/store-14/online");
    assert_string_equal(
        log_[0].payload,
        "{\"online\":true,\"epoch\":\"5f3c9a1e\",\"since\":\"2026-03-14T08:00:00.000Z\"}");
    assert_true(log_[0].retained);
    send_event(ENGINE_RAISED, RULES_WARNING, SAMPLE_DOOR_OPEN, SAMPLE_MS(8, 15));
    assert_int_equal(alerts_send(alerts, SAMPLE_MS(8, 15)), INT64_MAX);
    assert_int_equal(published_count, 3);
    assert_string_equal(log_[1].topic, "brink/v1/store-14/state/site/site/door-open");
    assert_true(log_[1].retained);
    assert_string_equal(log_[2].topic, "brink/v1/store-14/alert/site/site/door-open");
    assert_false(log_[2].retained);
    assert_int_equal(log_[2].qos, 1);
    assert_string_equal(log_[1].payload, log_[2].payload);
    assert_non_null(strstr(log_[2].payload, "\"sequence\":\"000000000100\""));
    assert_int_equal(alerts_counters(alerts)->active, 1);
    assert_int_equal(alerts_counters(alerts)->waiting, 1);
    acknowledge_all(SAMPLE_MS(8, 15));
    assert_int_equal(alerts_counters(alerts)->waiting, 0);
    assert_int_equal(published_count, 3);
}

static void nothing_is_sent_without_a_link_and_everything_after_it(void **state)
{
    (void)state;
    send_event(ENGINE_RAISED, RULES_WARNING, SAMPLE_DOOR_OPEN, SAMPLE_MS(8, 15));
    assert_int_equal(alerts_send(alerts, SAMPLE_MS(8, 15)), INT64_MAX);
    assert_int_equal(published_count, 0);
    alerts_connected(alerts, SAMPLE_MS(9, 0));
    alerts_send(alerts, SAMPLE_MS(9, 0));
    assert_int_equal(published_count, 3);
    assert_non_null(
        strstr(log_[2].payload, "\"time\":\"2026-03-14T08:15:00.000Z\"")); /* when it happened */
}

static void after_a_lost_link_the_same_bytes_go_again(void **state)
{
    (void)state;
    alerts_connected(alerts, SAMPLE_MS(8, 0));
    send_event(ENGINE_RAISED, RULES_WARNING, SAMPLE_DOOR_OPEN, SAMPLE_MS(8, 15));
    alerts_send(alerts, SAMPLE_MS(8, 15));
    assert_int_equal(published_count, 3);
    alerts_published(alerts, log_[1].id); /* the state arrived, the alert may have */
    alerts_disconnected(alerts);
    alerts_published(alerts, log_[2].id); /* too late: counts for nothing */
    alerts_connected(alerts, SAMPLE_MS(8, 20));
    alerts_send(alerts, SAMPLE_MS(8, 20));
    assert_int_equal(published_count, 5);
    assert_string_equal(log_[4].topic, log_[2].topic);
    assert_string_equal(log_[4].payload, log_[2].payload);
    assert_int_equal(alerts_counters(alerts)->repeated, 1);
    acknowledge_all(SAMPLE_MS(8, 20));
    assert_int_equal(published_count, 5);
}

static void sixteen_are_under_way_at_most(void **state)
{
    (void)state;
    alerts_connected(alerts, 0);
    published_count = 0;
    for (int i = 0; i < 20; i++)
        send_event(ENGINE_LOGGED, RULES_LOG, SAMPLE_DOOR_OPEN, i);
    alerts_send(alerts, 100);
    assert_int_equal(published_count, 16);
    alerts_published(alerts, log_[3].id);
    alerts_send(alerts, 101);
    assert_int_equal(published_count, 17);
    acknowledge_all(102);
    acknowledge_all(103);
    assert_int_equal(published_count, 20);
    /* One after another, without holes: the receiver sees a loss by it. */
    for (size_t i = 0; i < 20; i++) {
        char sequence[40];
        snprintf(sequence, sizeof sequence, "\"sequence\":\"%012zu\"", 100 + i);
        assert_non_null(strstr(log_[i].payload, sequence));
    }
}

static void no_more_is_sent_than_the_rules_allow_and_critical_goes_first(void **state)
{
    (void)state;
    begin_with(64 * 1024, 4, 60000, "");
    for (int i = 0; i < 6; i++)
        send_event(ENGINE_LOGGED, i == 5 ? RULES_CRITICAL : RULES_LOG, SAMPLE_DOOR_OPEN, i);
    alerts_connected(alerts, 1000);
    assert_int_equal(alerts_send(alerts, 1000), 16000); /* one more each 15 seconds */
    assert_int_equal(published_count, 1 + 4);
    assert_non_null(strstr(log_[1].payload, "\"severity\":\"critical\""));
    assert_int_equal(alerts_send(alerts, 15999), 16000);
    assert_int_equal(published_count, 5);
    assert_int_equal(alerts_send(alerts, 16000), 31000);
    assert_int_equal(published_count, 6);
    alerts_send(alerts, 16000000);
    assert_int_equal(published_count, 7);
}

static void a_busy_transport_is_asked_again(void **state)
{
    (void)state;
    transport_is_busy = true;
    alerts_connected(alerts, 0);
    send_event(ENGINE_LOGGED, RULES_LOG, SAMPLE_DOOR_OPEN, 0);
    assert_int_equal(alerts_send(alerts, 0), 1000);
    transport_is_busy = false;
    assert_int_equal(alerts_send(alerts, 1000), INT64_MAX);
    assert_int_equal(published_count, 2);
    assert_string_equal(log_[0].topic, "brink/v1/store-14/online");
}

static void a_full_spool_tells_what_is_missing(void **state)
{
    (void)state;
    begin_with(16 * 1024, 0, 0, "");
    for (int i = 0; i < 40; i++)
        send_event(ENGINE_LOGGED, RULES_LOG, SAMPLE_DOOR_OPEN, SAMPLE_MS(8, i % 60));
    uint64_t dropped = alerts_counters(alerts)->dropped_others;
    assert_true(dropped > 20 && dropped < 40);
    alerts_connected(alerts, SAMPLE_MS(9, 0));
    published_count = 0;
    for (int i = 0; i < 40; i++)
        acknowledge_all(SAMPLE_MS(9, 0));
    /* Everything that is left, and one that says what is not. */
    assert_int_equal(published_count, 40 - dropped + 1);
    size_t gap = 0;
    while (gap < published_count && strcmp(log_[gap].topic, "brink/v1/store-14/site/gap") != 0)
        gap++;
    assert_true(gap < published_count);
    char expected[120];
    snprintf(expected, sizeof expected, "\"from\":\"000000000100\",\"to\":\"%012d\"",
             (int)(100 + dropped - 1));
    assert_non_null(strstr(log_[gap].payload, expected));
    snprintf(expected, sizeof expected, "\"logged\":%d", (int)dropped);
    assert_non_null(strstr(log_[gap].payload, expected));
    assert_non_null(strstr(log_[gap].payload, "\"sequence\":\"000000000140\""));
}

#define DAY_MS INT64_C(86400000)

/* Of the messages on alert topics, how many went out. */
static size_t alerts_published_so_far(void)
{
    size_t count = 0;
    for (size_t i = 0; i < published_count; i++)
        count += strstr(log_[i].topic, "/alert/") != NULL;
    return count;
}

static void an_alarm_of_a_sensor_that_is_weeks_behind_is_sent(void **state)
{
    (void)state;
    alerts_connected(alerts, SAMPLE_MS(8, 0));
    send_event(ENGINE_RAISED, RULES_CRITICAL, SAMPLE_TOO_WARM, SAMPLE_MS(8, 0) - 20 * DAY_MS);
    alerts_send(alerts, SAMPLE_MS(8, 0));
    assert_int_equal(alerts_published_so_far(), 1);
    assert_int_equal(alerts_counters(alerts)->dropped_others, 0);
}

static void the_state_of_a_sensor_that_is_weeks_behind_stays_for_its_day(void **state)
{
    (void)state;
    alerts_connected(alerts, SAMPLE_MS(8, 0));
    send_event(ENGINE_RAISED, RULES_NOTICE, SAMPLE_DOOR_OPEN, SAMPLE_MS(8, 0) - 20 * DAY_MS);
    send_event(ENGINE_CLEARED, RULES_NOTICE, SAMPLE_DOOR_OPEN, SAMPLE_MS(8, 1) - 20 * DAY_MS);
    assert_int_equal(alerts_send(alerts, SAMPLE_MS(8, 1)), SAMPLE_MS(8, 1) + DAY_MS);
}

static void what_was_kept_before_the_clock_was_set_is_not_old_by_it(void **state)
{
    (void)state;
    send_event(ENGINE_RAISED, RULES_CRITICAL, SAMPLE_TOO_WARM, 5000);
    alerts_send(alerts, 5000);
    alerts_step_clock(alerts, SAMPLE_MS(8, 0));
    alerts_connected(alerts, SAMPLE_MS(8, 0) + 6000);
    alerts_send(alerts, SAMPLE_MS(8, 0) + 6000);
    assert_int_equal(alerts_published_so_far(), 1);
    assert_int_equal(alerts_counters(alerts)->dropped_others, 0);
}

static void the_day_of_a_state_moves_with_the_clock(void **state)
{
    (void)state;
    alerts_connected(alerts, 0);
    send_event(ENGINE_RAISED, RULES_NOTICE, SAMPLE_DOOR_OPEN, 1000);
    send_event(ENGINE_CLEARED, RULES_NOTICE, SAMPLE_DOOR_OPEN, 2000);
    assert_int_equal(alerts_send(alerts, 2000), 2000 + DAY_MS);
    alerts_step_clock(alerts, 50 * DAY_MS);
    assert_int_equal(alerts_send(alerts, 3000 + 50 * DAY_MS), 2000 + 51 * DAY_MS);
}

static void the_rate_goes_on_after_the_clock_was_put_back(void **state)
{
    (void)state;
    begin_with(64 * 1024, 4, 60000, "");
    for (int i = 0; i < 10; i++)
        send_event(ENGINE_LOGGED, RULES_LOG, SAMPLE_DOOR_OPEN, 0);
    alerts_connected(alerts, SAMPLE_MS(8, 0));
    assert_int_equal(alerts_send(alerts, SAMPLE_MS(8, 0)), SAMPLE_MS(8, 0) + 15000);
    alerts_step_clock(alerts, -50 * DAY_MS);
    assert_int_equal(alerts_send(alerts, SAMPLE_MS(8, 0) - 50 * DAY_MS + 15000),
                     SAMPLE_MS(8, 0) - 50 * DAY_MS + 30000);
    assert_int_equal(alerts_published_so_far(), 5);
    /* Also when nobody said so. */
    alerts_send(alerts, 0);
    alerts_send(alerts, 15000);
    assert_int_equal(alerts_published_so_far(), 6);
}

static void the_time_since_which_the_link_stands_is_told_again_by_the_set_clock(void **state)
{
    (void)state;
    alerts_connected(alerts, 1000);
    alerts_step_clock(alerts, SAMPLE_MS(8, 0));
    alerts_send(alerts, SAMPLE_MS(8, 0) + 2000);
    assert_int_equal(published_count, 2);
    assert_non_null(strstr(log_[1].payload, "\"since\":\"2026-03-14T08:00:01.000Z\""));
}

static void a_message_that_cannot_be_written_is_missed_and_counted(void **state)
{
    (void)state;
    static char name[9000];
    memset(name, 'x', sizeof name - 1);
    begin_as(name, 64 * 1024, 0, 0, "");
    send_event(ENGINE_RAISED, RULES_CRITICAL, SAMPLE_TOO_WARM, SAMPLE_MS(8, 0));
    send_event(ENGINE_LOGGED, RULES_LOG, SAMPLE_DOOR_OPEN, SAMPLE_MS(8, 0));
    assert_int_equal(alerts_counters(alerts)->lost, 2);
    begin_as("Store 14", 1024, 0, 0, ""); /* no room for an alert, but for a gap */
    send_event(ENGINE_RAISED, RULES_CRITICAL, SAMPLE_TOO_WARM, SAMPLE_MS(8, 0));
    send_event(ENGINE_CLEARED, RULES_CRITICAL, SAMPLE_TOO_WARM, SAMPLE_MS(8, 0));
    assert_int_equal(alerts_counters(alerts)->lost, 2);
    alerts_connected(alerts, SAMPLE_MS(8, 0));
    alerts_send(alerts, SAMPLE_MS(8, 0));
    assert_int_equal(published_count, 2);
    assert_string_equal(log_[1].topic, "brink/v1/store-14/site/gap");
    assert_non_null(strstr(log_[1].payload, "\"from\":\"000000000100\",\"to\":\"000000000101\""));
    assert_non_null(strstr(log_[1].payload, "\"raised\":1,\"cleared\":1"));
    alerts_health(alerts, SAMPLE_MS(8, 0), NULL);
    assert_non_null(strstr(log_[2].payload, "\"messages_lost\":2"));
}

static void after_a_full_spool_every_alarm_still_tells_its_state(void **state)
{
    (void)state;
    begin_with(16 * 1024, 0, 0, "");
    send_event(ENGINE_RAISED, RULES_CRITICAL, SAMPLE_TOO_WARM, SAMPLE_MS(8, 0));
    send_event(ENGINE_RAISED, RULES_WARNING, SAMPLE_SILENT, SAMPLE_MS(8, 1));
    for (int i = 0; i < 40; i++) /* opens and closes, and stays open in the end */
        send_event(i % 2 ? ENGINE_RAISED : ENGINE_CLEARED, RULES_NOTICE, SAMPLE_DOOR_OPEN,
                   SAMPLE_MS(8, i));
    assert_true(alerts_counters(alerts)->dropped_others > 20);
    sink.report(sink.context, &(struct engine_report_event){.device = ENGINE_NO_DEVICE,
                                                            .items = (struct engine_item[5]){{0}}});
    send_event(ENGINE_RAISED, RULES_NOTICE, SAMPLE_DOOR_OPEN, SAMPLE_MS(8, 50));
    alerts_send(alerts, SAMPLE_MS(9, 0));
    alerts_connected(alerts, SAMPLE_MS(9, 0) + 8 * DAY_MS); /* also when it took too long */
    for (int i = 0; i < 60; i++)
        acknowledge_all(SAMPLE_MS(9, 0) + 8 * DAY_MS);
    static const char *const names[] = {"cooler-too-warm", "cooler-sensor-silent", "door-open"};
    for (size_t n = 0; n < 3; n++) {
        char topic[100];
        const char *newest = "";
        snprintf(topic, sizeof topic, "brink/v1/store-14/state/site/site/%s", names[n]);
        for (size_t i = 0; i < published_count; i++) {
            if (strcmp(log_[i].topic, topic) == 0)
                newest = log_[i].payload;
        }
        assert_non_null(strstr(newest, "\"change\":\"raised\""));
        assert_non_null(strstr(newest, "\"active\":true"));
    }
    assert_int_equal(alerts_counters(alerts)->waiting, 0);
    alerts_health(alerts, SAMPLE_MS(9, 0), NULL);
    assert_non_null(strstr(log_[published_count - 1].payload, "\"reports_dropped\":1,"));
}

static void what_waited_too_long_is_dropped_and_named(void **state)
{
    (void)state;
    send_event(ENGINE_LOGGED, RULES_LOG, SAMPLE_DOOR_OPEN, SAMPLE_MS(8, 0));
    alerts_send(alerts, SAMPLE_MS(8, 0));
    alerts_connected(alerts, SAMPLE_MS(8, 0) + 8 * 86400000LL);
    alerts_send(alerts, SAMPLE_MS(8, 0) + 8 * 86400000LL);
    assert_int_equal(published_count, 2);
    assert_string_equal(log_[1].topic, "brink/v1/store-14/site/gap");
}

static void a_state_is_removed_a_day_after_it_is_cleared(void **state)
{
    (void)state;
    alerts_connected(alerts, SAMPLE_MS(8, 0));
    send_event(ENGINE_RAISED, RULES_NOTICE, SAMPLE_DOOR_OPEN, SAMPLE_MS(8, 1));
    send_event(ENGINE_CLEARED, RULES_NOTICE, SAMPLE_DOOR_OPEN, SAMPLE_MS(8, 2));
    assert_int_equal(alerts_send(alerts, SAMPLE_MS(8, 2)), SAMPLE_MS(32, 2));
    acknowledge_all(SAMPLE_MS(8, 2));
    size_t before = published_count;
    alerts_send(alerts, SAMPLE_MS(32, 1));
    assert_int_equal(published_count, before);
    alerts_send(alerts, SAMPLE_MS(32, 2));
    assert_int_equal(published_count, before + 1);
    assert_string_equal(log_[before].topic, "brink/v1/store-14/state/site/site/door-open");
    assert_string_equal(log_[before].payload, "");
    assert_true(log_[before].retained);
}

static void a_state_that_must_be_acknowledged_stays(void **state)
{
    (void)state;
    alerts_connected(alerts, SAMPLE_MS(8, 0));
    send_event(ENGINE_RAISED, RULES_CRITICAL, SAMPLE_TOO_WARM, SAMPLE_MS(8, 1));
    send_event(ENGINE_CLEARED, RULES_CRITICAL, SAMPLE_TOO_WARM, SAMPLE_MS(8, 2));
    assert_int_equal(alerts_send(alerts, SAMPLE_MS(8, 2)), INT64_MAX);
}

static void the_prefix_stands_before_every_topic(void **state)
{
    (void)state;
    begin_with(64 * 1024, 0, 0, "devices/14/");
    char topic[200];
    alerts_online_topic(alerts, topic, sizeof topic);
    assert_string_equal(topic, "devices/14/brink/v1/store-14/online");
    assert_string_equal(alerts_offline_payload(alerts),
                        "{\"online\":false,\"epoch\":\"5f3c9a1e\"}");
    alerts_connected(alerts, 0);
    send_event(ENGINE_RAISED, RULES_NOTICE, SAMPLE_DOOR_OPEN, 0);
    alerts_health(alerts, 0, "{\"uptime_ms\":5}");
    alerts_send(alerts, 0);
    assert_int_equal(published_count, 4);
    for (size_t i = 0; i < published_count; i++)
        assert_memory_equal(log_[i].topic, "devices/14/brink/v1/store-14/", 29);
}

static void health_says_how_it_is_and_takes_no_number(void **state)
{
    (void)state;
    alerts_health(alerts, 0, NULL); /* without a link there is nobody to tell */
    assert_int_equal(published_count, 0);
    alerts_connected(alerts, 0);
    alerts_health(alerts, SAMPLE_MS(8, 0), "{\"messages\":7}");
    assert_int_equal(published_count, 2);
    assert_string_equal(log_[1].topic, "brink/v1/store-14/health");
    assert_int_equal(log_[1].qos, 0);
    assert_true(log_[1].retained);
    assert_non_null(strstr(log_[1].payload, "\"appliance\":{\"messages\":7}"));
    assert_non_null(strstr(log_[1].payload, "\"next_sequence\":\"000000000100\""));
    assert_null(strstr(log_[1].payload, "\"sequence\":"));
}

static void health_waits_for_a_busy_transport(void **state)
{
    (void)state;
    alerts_connected(alerts, 0);
    transport_is_busy = true;
    alerts_health(alerts, SAMPLE_MS(8, 0), NULL);
    alerts_health(alerts, SAMPLE_MS(8, 1), NULL);
    alerts_send(alerts, SAMPLE_MS(8, 1));
    assert_int_equal(published_count, 1);
    transport_is_busy = false;
    alerts_send(alerts, SAMPLE_MS(8, 1));
    alerts_send(alerts, SAMPLE_MS(8, 1));
    assert_int_equal(published_count, 2); /* the newest, once */
    assert_non_null(strstr(log_[1].payload, "T08:01:00.000Z"));
}

static void setting_the_clock_is_told_once(void **state)
{
    (void)state;
    alerts_clock_set(alerts, 5); /* it was set from the beginning */
    alerts_connected(alerts, 5);
    alerts_send(alerts, 5);
    assert_int_equal(published_count, 1);
}

static uint32_t panel_count;

static void publish_local(void *context, const char *topic, const char *payload,
                          size_t payload_bytes)
{
    (void)context;
    assert_string_equal(topic, "panel/alarm");
    assert_int_equal(payload_bytes, strlen(payload));
    assert_non_null(strstr(payload, "\"brink.alert"));
    assert_non_null(strstr(payload, "\"severity\""));
    panel_count++;
}

/* Whether headquarters can be reached, or there is room for what waits, is nothing to a buzzer. */
static void a_panel_on_the_site_gets_each_alert_that_is_not_quiet(void **state)
{
    (void)state;
    struct alerts_settings settings = {
        .site_id = "store-14", .site_name = "S", .prefix = "", .spool_bytes = 8 * 1024};
    size_t bytes = alerts_size_bytes(&sample.set, &settings);
    free(alerts);
    alerts = malloc(bytes);
    sample.alarms[0].also = sample_text(&sample, "panel/alarm");
    alerts_create(alerts, &sample.set, &settings,
                  (struct alerts_transport){.publish = publish, .publish_local = publish_local});
    sink = alerts_sink(alerts);
    for (int i = 0; i < 20; i++)
        send_event(i % 2 == 0 ? ENGINE_RAISED : ENGINE_CLEARED, RULES_WARNING, 0, SAMPLE_MS(8, i));
    assert_int_equal(panel_count, 20);
    struct engine_alarm_event quiet = sample_raise();
    quiet.alarm = 0;
    quiet.trigger = 0;
    quiet.device = ENGINE_NO_DEVICE;
    quiet.is_quiet = true;
    sink.alarm(sink.context, &quiet);
    send_event(ENGINE_RAISED, RULES_WARNING, 1, SAMPLE_MS(9, 0)); /* it has no such line */
    assert_int_equal(panel_count, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_alert_goes_to_its_topic_and_is_kept_as_state, begin,
                                        end),
        cmocka_unit_test_setup_teardown(nothing_is_sent_without_a_link_and_everything_after_it,
                                        begin, end),
        cmocka_unit_test_setup_teardown(after_a_lost_link_the_same_bytes_go_again, begin, end),
        cmocka_unit_test_setup_teardown(sixteen_are_under_way_at_most, begin, end),
        cmocka_unit_test_setup_teardown(
            no_more_is_sent_than_the_rules_allow_and_critical_goes_first, begin, end),
        cmocka_unit_test_setup_teardown(a_busy_transport_is_asked_again, begin, end),
        cmocka_unit_test_setup_teardown(a_full_spool_tells_what_is_missing, begin, end),
        cmocka_unit_test_setup_teardown(an_alarm_of_a_sensor_that_is_weeks_behind_is_sent, begin,
                                        end),
        cmocka_unit_test_setup_teardown(
            the_state_of_a_sensor_that_is_weeks_behind_stays_for_its_day, begin, end),
        cmocka_unit_test_setup_teardown(what_was_kept_before_the_clock_was_set_is_not_old_by_it,
                                        begin, end),
        cmocka_unit_test_setup_teardown(the_day_of_a_state_moves_with_the_clock, begin, end),
        cmocka_unit_test_setup_teardown(the_rate_goes_on_after_the_clock_was_put_back, begin, end),
        cmocka_unit_test_setup_teardown(
            the_time_since_which_the_link_stands_is_told_again_by_the_set_clock, begin, end),
        cmocka_unit_test_setup_teardown(a_message_that_cannot_be_written_is_missed_and_counted,
                                        begin, end),
        cmocka_unit_test_setup_teardown(after_a_full_spool_every_alarm_still_tells_its_state, begin,
                                        end),
        cmocka_unit_test_setup_teardown(what_waited_too_long_is_dropped_and_named, begin, end),
        cmocka_unit_test_setup_teardown(a_state_is_removed_a_day_after_it_is_cleared, begin, end),
        cmocka_unit_test_setup_teardown(a_state_that_must_be_acknowledged_stays, begin, end),
        cmocka_unit_test_setup_teardown(the_prefix_stands_before_every_topic, begin, end),
        cmocka_unit_test_setup_teardown(health_says_how_it_is_and_takes_no_number, begin, end),
        cmocka_unit_test_setup_teardown(health_waits_for_a_busy_transport, begin, end),
        cmocka_unit_test_setup_teardown(setting_the_clock_is_told_once, begin, end),
        cmocka_unit_test_setup_teardown(a_panel_on_the_site_gets_each_alert_that_is_not_quiet,
                                        begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
