/* A site on a desk: time, power and the link upstream, as `brink try` and `brink test` have them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "rules/language/compiler.h"
#include "rules/testing/trial.h"

static const char rules_text_here[] = "sensors coolers\n"
                                      "  from mqtt s/{cooler}\n"
                                      "  fresh for 2 days\n"
                                      "  read temperature from temp in °C\n"
                                      "alarm warm on coolers\n"
                                      "  warning when temperature above 5 °C for 10 minutes\n"
                                      "  shelve at most 8 hours\n"
                                      "  say \"{cooler} is at {temperature}.\"\n";

#define BEGIN_MS INT64_C(1773014400000) /* 2026-03-09T00:00:00Z */
#define MINUTE(n) (BEGIN_MS + (n)*INT64_C(60000))

static struct rules_compiled compiled;
static struct trial trial;
static char said[4096]; /* "10 type;": minute and type of each alert, in order */
static unsigned alarms_told, moments;

static void on_published(void *context, const char *topic, struct text payload, int qos,
                         bool retained)
{
    const char *type = strstr(payload.bytes, "\"type\":\"");
    (void)context;
    (void)qos;
    if (strstr(topic, "/alert/") == NULL || retained || type == NULL)
        return;
    type += strlen("\"type\":\"");
    const char *end = strchr(type, '"'), *dot = end;
    while (dot > type && dot[-1] != '.')
        dot--;
    size_t used = strlen(said);
    snprintf(said + used, sizeof said - used, "%lld %.*s;",
             (long long)((trial.now_ms - BEGIN_MS) / 60000), (int)(end - dot), dot);
}

static void on_alarm(void *context, const struct engine_alarm_event *event)
{
    (void)context;
    (void)event;
    alarms_told++;
}

static void on_moment(void *context)
{
    (void)context;
    moments++;
}

static int begin(void **state)
{
    const struct rules_source_file file = {"site.rules", text_of(rules_text_here)};
    (void)state;
    rules_compile(&file, 1, &compiled);
    assert_non_null(compiled.block);
    said[0] = 0;
    alarms_told = moments = 0;
    const struct trial_site site = {compiled.block, "14", "Store 14", "", "", 8};
    const struct trial_observer observer = {
        .published = on_published, .alarm = on_alarm, .moment = on_moment};
    assert_true(trial_begin(&trial, &site, observer, BEGIN_MS));
    return 0;
}

static int end(void **state)
{
    (void)state;
    trial_end(&trial);
    rules_compiled_free(&compiled);
    return 0;
}

/* A message of one cooler, at that minute. */
static bool send(int minute, const char *payload)
{
    trial_pass(&trial, MINUTE(minute));
    return trial_mqtt(&trial, TEXT("s/dairy-1"), text_of(payload), false);
}

static void what_is_due_is_sent_when_it_is_due_not_with_the_next_message(void **state)
{
    (void)state;
    assert_true(send(1, "{\"temp\": 7}"));
    trial_pass(&trial, MINUTE(60));
    assert_string_equal(said, "11 raised;");
    assert_int_equal(alarms_told, 1);
    assert_true(moments >= 1);
    assert_int_equal(trial.now_ms, MINUTE(60));
}

static void the_very_instant_until_which_time_passes_is_not_over(void **state)
{
    (void)state;
    send(1, "{\"temp\": 7}");
    trial_pass(&trial, MINUTE(11));
    assert_string_equal(said, "");
    trial_settle(&trial);
    assert_string_equal(said, "11 raised;");
}

static void the_clock_never_goes_back(void **state)
{
    (void)state;
    trial_pass(&trial, MINUTE(30));
    trial_pass(&trial, MINUTE(20));
    assert_int_equal(trial.now_ms, MINUTE(30));
}

static void what_no_sensor_is_asked_for_reaches_no_rule(void **state)
{
    (void)state;
    assert_false(trial_mqtt(&trial, TEXT("other/topic"), TEXT("{\"temp\": 7}"), false));
    assert_false(trial_udp(&trial, 5005, TEXT("{\"temp\": 7}")));
    assert_int_equal(pipeline_counters(trial.pipeline)->unrouted, 2);
}

static void without_power_messages_are_lost_and_the_state_is_not(void **state)
{
    (void)state;
    send(1, "{\"temp\": 7}");
    trial_pass(&trial, MINUTE(20));
    trial_power_off(&trial);
    assert_null(trial.engine);
    assert_false(send(30, "{\"temp\": 4}"));
    trial_pass(&trial, MINUTE(40));
    assert_true(trial_power_on(&trial));
    assert_string_equal(said, "11 raised;"); /* still active: neither raised again nor cleared */
    send(41, "{\"temp\": 4}");
    trial_pass(&trial, MINUTE(50));
    assert_string_equal(said, "11 raised;42 cleared;");
}

static void power_that_goes_or_comes_twice_goes_and_comes_once(void **state)
{
    (void)state;
    assert_true(trial_power_on(&trial));
    send(1, "{\"temp\": 7}");
    trial_power_off(&trial);
    trial_power_off(&trial);
    assert_true(trial_power_on(&trial));
    assert_true(trial_power_on(&trial));
    assert_int_equal(engine_device_count(trial.engine), 1);
}

static void without_a_link_messages_wait_until_it_is_back(void **state)
{
    (void)state;
    trial_link(&trial, false);
    send(1, "{\"temp\": 7}");
    send(15, "{\"temp\": 4}");
    trial_pass(&trial, MINUTE(60));
    assert_string_equal(said, "");
    assert_int_equal(alarms_told, 2);
    trial_link(&trial, true);
    assert_string_equal(said, "60 raised;60 cleared;");
}

static void people_shelve_and_what_they_may_not_is_refused(void **state)
{
    (void)state;
    send(1, "{\"temp\": 7}");
    trial_pass(&trial, MINUTE(20));
    uint32_t device = engine_device_find(trial.engine, 0, &TEXT("dairy-1"));
    assert_int_equal(trial_command(&trial, ENGINE_SHELVE, 0, device, 9 * INT64_C(3600000)),
                     ENGINE_TOO_LONG);
    assert_string_equal(said, "11 raised;");
    assert_int_equal(trial_command(&trial, ENGINE_SHELVE, 0, device, INT64_C(3600000)),
                     ENGINE_DONE);
    assert_string_equal(said, "11 raised;20 shelved;");
    trial_pass(&trial, MINUTE(90));
    assert_string_equal(said, "11 raised;20 shelved;80 unshelved;");
}

static void a_trial_of_nothing_may_end(void **state)
{
    struct trial none = {0};
    (void)state;
    trial_end(&none);
    trial_end(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            what_is_due_is_sent_when_it_is_due_not_with_the_next_message, begin, end),
        cmocka_unit_test_setup_teardown(the_very_instant_until_which_time_passes_is_not_over, begin,
                                        end),
        cmocka_unit_test_setup_teardown(the_clock_never_goes_back, begin, end),
        cmocka_unit_test_setup_teardown(what_no_sensor_is_asked_for_reaches_no_rule, begin, end),
        cmocka_unit_test_setup_teardown(without_power_messages_are_lost_and_the_state_is_not, begin,
                                        end),
        cmocka_unit_test_setup_teardown(power_that_goes_or_comes_twice_goes_and_comes_once, begin,
                                        end),
        cmocka_unit_test_setup_teardown(without_a_link_messages_wait_until_it_is_back, begin, end),
        cmocka_unit_test_setup_teardown(people_shelve_and_what_they_may_not_is_refused, begin, end),
        cmocka_unit_test(a_trial_of_nothing_may_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
