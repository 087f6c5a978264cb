/* `silent for …`: no message from the device. RULES section 5; E 17. */
#include "tests/support/judged_site.h"

#define COOLERS                                                                                    \
    "sensors coolers\n"                                                                            \
    "  from mqtt cooler/{cooler}\n"                                                                \
    "  expect every 1 minute\n"                                                                    \
    "  read temperature from temp in °C\n"
#define SILENT                                                                                     \
    "alarm quiet on coolers\n"                                                                     \
    "  warning when silent for 15 minutes\n"                                                       \
    "  clear after 2 minutes\n"

static const char topic[] = "cooler/a";

static void silence_counts_from_the_last_message(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS SILENT);
    site_send_every(site, "08:00", "08:10", 60, topic, "{\"temp\": 4}");
    assert_int_equal(engine_deadline(site->engine), site_ms("08:25"));
    site_advance(site, "08:24:59.999");
    site_expect(site, "");
    site_advance(site, "08:25");
    site_expect(site, "08:25:00 raised warning quiet on a #1 since 08:10:00\n");
    site_advance(site, "08:29");
    site_expect(site, "");
    site_stop(site);
}

static void the_next_message_ends_it_after_the_off_delay(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS SILENT);
    site_send(site, "08:10", topic, "{\"temp\": 4}");
    site_send_every(site, "08:30", "08:32", 60, topic, "{\"temp\": 4}");
    site_advance(site, "08:32");
    site_expect(site, "08:25:00 raised warning quiet on a #1 since 08:10:00\n"
                      "08:32:00 cleared warning quiet on a #1 since 08:10:00\n");
    assert_int_equal(engine_deadline(site->engine), site_ms("08:47"));
    site_stop(site);
}

static void a_message_at_the_last_instant_prevents_it(void **state)
{
    (void)state; /* E 18: messages, then timers */
    struct site *site = site_start("08:00", COOLERS SILENT);
    site_send(site, "08:00", topic, "{\"temp\": 4}");
    site_send(site, "08:15", topic, "{\"temp\": 4}");
    site_advance(site, "08:29:59.999");
    site_expect(site, "");
    site_advance(site, "08:30");
    site_expect(site, "08:30:00 raised warning quiet on a #1 since 08:15:00\n");
    site_stop(site);
}

static void one_message_and_silence_again_clears_and_raises_again(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS SILENT);
    site_send(site, "08:00", topic, "{\"temp\": 4}");
    site_send(site, "08:30", topic, "{\"temp\": 4}");
    site_advance(site, "09:30");
    site_expect(site, "08:15:00 raised warning quiet on a #1 since 08:00:00\n"
                      "08:32:00 cleared warning quiet on a #1 since 08:00:00\n"
                      "08:45:00 raised warning quiet on a #2 since 08:30:00\n");
    site_stop(site);
}

static void faulty_unreadable_and_late_messages_are_signs_of_life(void **state)
{
    (void)state; /* E 17 */
    struct site *site = site_start("08:00", COOLERS SILENT);
    site_send(site, "08:00", topic, "{\"temp\": 4}");
    site_send(site, "08:10", topic, "{\"temp\": \"n/a\"}");
    site_send(site, "08:20", topic, "{\"temp\": ");
    site_send(site, "08:30", topic, "{}");
    site_advance(site, "08:44:59");
    site_expect(site, "");
    assert_int_equal(pipeline_counters(site->pipeline)->malformed, 1);
    site_stop(site);
}

static void a_retained_message_without_its_own_time_is_none(void **state)
{
    (void)state; /* section 9.2 */
    struct site *site = site_start("08:00", COOLERS SILENT);
    site_send(site, "08:00", topic, "{\"temp\": 4}");
    struct text retained = TEXT("{\"temp\": 3.5}");
    pipeline_mqtt(site->pipeline, text_of(topic), retained, true, site_ms("08:10"));
    site_advance(site, "08:15");
    site_expect(site, "08:15:00 raised warning quiet on a #1 since 08:00:00\n");
    struct engine_device_view view;
    engine_device_view(site->engine, 0, &view);
    assert_true(view.values[0].number == 3.5); /* but its state is taken */
    site_stop(site);
}

static void a_device_that_was_never_seen_is_not_silent(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS SILENT);
    site_advance(site, "+1d 08:00");
    site_expect(site, "");
    assert_int_equal(engine_deadline(site->engine), INT64_MAX);
    site_stop(site);
}

static void the_wall_clock_of_a_reading_does_not_matter(void **state)
{
    (void)state; /* silence is counted by arrival: a device that is an hour behind is not silent */
    struct site *site = site_start("08:00", "sensors coolers\n"
                                            "  from mqtt cooler/{cooler}\n"
                                            "  expect every 1 minute\n"
                                            "  time from ts in seconds\n"
                                            "  read temperature from temp in °C\n" SILENT);
    char payload[64];
    for (int minute = 0; minute < 60; minute++) {
        long long taken = SITE_DAY_MS / 1000 + 7 * 3600 + minute * 60;
        snprintf(payload, sizeof payload, "{\"ts\": %lld, \"temp\": 4}", taken);
        site_send_bytes(site, (taken + 3600) * 1000, topic, payload, strlen(payload));
    }
    site_advance(site, "09:13");
    site_expect(site, "");
    site_advance(site, "09:14");
    site_expect(site, "09:14:00 raised warning quiet on a #1 since 08:59:00\n");
    site_stop(site);
}

static void silence_and_a_reading_can_be_joined(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", "sensors doors\n"
                                            "  from mqtt door/{place}\n"
                                            "  read door from open as open or closed\n"
                                            "alarm forgotten on doors\n"
                                            "  warning when door is open and silent for 1 hour\n");
    site_send(site, "08:00", "door/a", "{\"open\": false}");
    site_advance(site, "10:00");
    site_expect(site, "");
    site_send(site, "10:00", "door/a", "{\"open\": true}");
    site_send(site, "10:30", "door/a", "{\"open\": true}");
    site_advance(site, "12:00");
    site_expect(site, "11:30:00 raised warning forgotten on a #1 since 10:30:00 value open\n");
    site_stop(site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_counts_from_the_last_message),
        cmocka_unit_test(the_next_message_ends_it_after_the_off_delay),
        cmocka_unit_test(a_message_at_the_last_instant_prevents_it),
        cmocka_unit_test(one_message_and_silence_again_clears_and_raises_again),
        cmocka_unit_test(faulty_unreadable_and_late_messages_are_signs_of_life),
        cmocka_unit_test(a_retained_message_without_its_own_time_is_none),
        cmocka_unit_test(a_device_that_was_never_seen_is_not_silent),
        cmocka_unit_test(the_wall_clock_of_a_reading_does_not_matter),
        cmocka_unit_test(silence_and_a_reading_can_be_joined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
