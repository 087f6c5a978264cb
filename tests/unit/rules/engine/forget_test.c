/* Devices that are forgotten: who, when, what becomes of alarms, and that numbers and places are
 * used again. RULES section 4.4; E 15, 17. See rules/engine/forget.c and rows.c. */
#include "tests/support/judged_site.h"

#define COOLERS                                                                                    \
    "sensors coolers\n"                                                                            \
    "  from mqtt {store}/cooler/{cooler}\n"                                                        \
    "  read temperature from temp in °C\n"                                                        \
    "  forget after 2 days\n"
#define WARM "alarm warm on coolers\n  warning when temperature above 5 °C\n"

static void forget(struct site *site)
{
    site->told[0] = '\0';
    site->told_bytes = 0;
}

static void send(struct site *site, const char *clock, const char *topic, const char *degrees)
{
    char payload[64];
    snprintf(payload, sizeof payload, "{\"temp\":%s}", degrees);
    site_send(site, clock, topic, payload);
}

/* Time passes between them. */
static void send_every(struct site *site, const char *first, const char *last, int every_s,
                       const char *topic, const char *payload)
{
    for (int64_t at = site_ms(first); at <= site_ms(last); at += every_s * INT64_C(1000)) {
        site_send_bytes(site, at, topic, payload, strlen(payload));
        engine_advance(site->engine, at);
    }
}

static bool is_known(struct site *site, const char *store, const char *cooler)
{
    struct text names[] = {text_of(store), text_of(cooler)};
    return engine_device_find(site->engine, 0, names) != ENGINE_NO_DEVICE;
}

static unsigned count(struct site *site)
{
    unsigned counted = 0;
    for (uint32_t i = ENGINE_NO_DEVICE;
         (i = engine_device_next(site->engine, i)) != ENGINE_NO_DEVICE;)
        counted++;
    assert_int_equal(engine_device_count(site->engine), counted);
    return counted;
}

/* ---- who and when -------------------------------------------------------------------------- */

static void a_device_that_is_silent_for_so_long_is_forgotten(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", COOLERS WARM);
    send(site, "08:00", "s/cooler/a", "4");
    send(site, "08:00", "s/cooler/b", "4");
    send(site, "09:00", "s/cooler/b", "4");
    assert_true(engine_deadline(site->engine) == site_ms("+2d 08:00"));
    site_advance(site, "+2d 07:59:59.999");
    assert_int_equal(count(site), 2);
    site_advance(site, "+2d 08:00");
    assert_int_equal(count(site), 1);
    assert_false(is_known(site, "s", "a"));
    assert_true(is_known(site, "s", "b"));
    assert_int_equal(engine_counters(site->engine)->forgotten, 1);
    site_advance(site, "+2d 09:00");
    assert_int_equal(count(site), 0);
    assert_true(engine_deadline(site->engine) == INT64_MAX);
    site_expect(site, "");
    site_stop(site);
}

static void it_is_a_new_one_when_it_comes_again(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", COOLERS WARM);
    send(site, "08:00", "s/cooler/a", "6");
    send(site, "08:01", "s/cooler/a", "4");
    site_advance(site, "08:02");
    forget(site);
    site_advance(site, "+3d 08:00");
    assert_int_equal(count(site), 0);
    send(site, "+3d 08:01", "s/cooler/a", "6"); /* by a topic that was seen before */
    site_expect(site, "+3d 08:01:00 raised warning warm on s.a #1 since +3d 08:01:00 value 6 "
                      "worst 6 at +3d 08:01:00\n");
    assert_int_equal(count(site), 1);
    site_stop(site);
}

static void every_sign_of_life_counts(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", COOLERS WARM);
    send(site, "08:00", "s/cooler/a", "4");
    send(site, "08:00", "s/cooler/b", "4");
    site_send(site, "+1d 08:00", "s/cooler/a", "{\"temp\":\"bad\"}");
    site_send(site, "+1d 08:00", "s/cooler/b", "{\"temp\":"); /* not to be understood */
    site_advance(site, "+3d 07:59");
    assert_int_equal(count(site), 2);
    site_advance(site, "+3d 08:00");
    assert_int_equal(count(site), 0);
    site_stop(site);
}

static void who_is_named_in_a_table_is_never_forgotten(void **unused)
{
    (void)unused;
    struct site *site =
        site_start("08:00", COOLERS "table limits for coolers\n  | store | cooler | warm |\n"
                                    "  | s | a | 5 °C |\n  | s | others | 5 °C |\n"
                                    "  | others | others | 5 °C |\n" WARM);
    engine_expect_devices(site->engine, site_ms("08:00"));
    send(site, "08:00", "s/cooler/b", "4"); /* the row is for more than one */
    send(site, "08:00", "t/cooler/a", "4");
    site_advance(site, "+40d 08:00");
    assert_int_equal(count(site), 1);
    assert_true(is_known(site, "s", "a"));
    send(site, "+40d 08:00", "s/cooler/A", "4"); /* whatever its case */
    site_advance(site, "+90d 08:00");
    assert_int_equal(count(site), 1);
    site_stop(site);
}

static void nobody_is_forgotten_while_an_alarm_of_it_is_active(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", COOLERS WARM "alarm gone on coolers\n"
                                                         "  warning when silent for 1 day\n"
                                                         "  clear by hand\n");
    send(site, "08:00", "s/cooler/a", "6");
    site_advance(site, "+9d 08:00");
    assert_int_equal(count(site), 1);
    send(site, "+9d 08:00", "s/cooler/a", "4"); /* both are over; one is latched */
    site_advance(site, "+9d 09:00");
    assert_int_equal(engine_command(site->engine, ENGINE_RESET, 1, 0, 0, site_ms("+9d 09:00")),
                     ENGINE_DONE);
    assert_int_equal(count(site), 1);
    site_advance(site, "+30d 09:00"); /* it is gone again */
    assert_int_equal(count(site), 1);
    site_stop(site);
}

static void who_waited_for_an_alarm_goes_when_that_is_over(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", "sensors coolers\n  from mqtt {store}/cooler/{cooler}\n"
                                            "  read temperature from temp in °C\n"
                                            "  forget after 2 minutes\n" WARM "  clear by hand\n");
    send(site, "08:00", "s/cooler/a", "6");
    send(site, "08:01", "s/cooler/a", "4");
    site_advance(site, "08:05");
    assert_int_equal(count(site), 1);
    assert_int_equal(engine_command(site->engine, ENGINE_RESET, 0, 0, 0, site_ms("08:05")),
                     ENGINE_DONE);
    site_advance(site, "08:05");
    assert_int_equal(count(site), 0);
    site_stop(site);
}

static void what_somebody_shelved_keeps_its_device(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", COOLERS WARM "  shelve at most 5 days\n");
    send(site, "08:00", "s/cooler/a", "4");
    engine_command(site->engine, ENGINE_SHELVE, 0, 0, INT64_C(4) * 86400000, site_ms("08:00"));
    site_advance(site, "+4d 07:59");
    assert_int_equal(count(site), 1);
    site_advance(site, "+4d 08:00:01");
    assert_int_equal(count(site), 0);
    site_stop(site);
}

static void what_a_report_has_taken_in_is_told_first(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", "sensors coolers\n  from mqtt {store}/cooler/{cooler}\n"
                                            "  read temperature from temp in °C\n"
                                            "  forget after 1 hour\n"
                                            "report day on coolers\n  every 1 day\n"
                                            "  send count of temperature\n");
    send(site, "08:00", "s/cooler/a", "4");
    site_advance(site, "09:00");
    assert_int_equal(count(site), 1);
    site_advance(site, "+9d 09:00");
    assert_non_null(strstr(site->told, "report day on s.a 00:00:00 to +1d 00:00:00 count 1"));
    assert_int_equal(count(site), 0);
    site_stop(site);
}

static void time_off_is_no_silence_and_a_clock_that_is_set_neither(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", COOLERS WARM);
    send(site, "08:00", "s/cooler/a", "4");
    site_advance(site, "+1d 08:00");
    site_restart_at(site, site_ms("+9d 08:00"));
    site_advance(site, "+10d 07:59");
    assert_int_equal(count(site), 1);
    engine_step_clock(site->engine, INT64_C(86400000));
    site_advance(site, "+11d 07:59:59");
    assert_int_equal(count(site), 1);
    site_advance(site, "+11d 08:00");
    assert_int_equal(count(site), 0);
    site_stop(site);
}

/* ---- those who ask about it ---------------------------------------------------------------- */

#define BY_STORE                                                                                   \
    "alarm cold-store on coolers by store\n  warning when every temperature below 0 °C\n"         \
    "  clear after 1 minute\n"                                                                     \
    "alarm apart on coolers\n  notice when temperature differs across cooler by more than 3 °C\n" \
    "alarm told on coolers by store\n"                                                             \
    "  critical when alarm warm is active on 2 or more\n"

static void a_set_goes_with_its_last_device_and_its_alarm_ends(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", COOLERS "alarm cold on coolers by store\n"
                                                    "  warning when any temperature below 0 °C\n"
                                                    "report store on coolers\n  every 1 day\n"
                                                    "  by store\n  send count of temperature\n");
    send(site, "08:00", "s/cooler/a", "-1");
    send(site, "08:00", "s/cooler/b", "-1");
    send(site, "08:00", "t/cooler/a", "-1");
    send_every(site, "09:00", "+20d 09:00", 3600, "s/cooler/b", "{\"temp\":-1}");
    assert_non_null(strstr(site->told, "08:00:00 raised warning cold on t"));
    assert_int_equal(count(site), 1);
    const char *cleared = strstr(site->told, "cleared");
    assert_non_null(cleared);
    assert_non_null(strstr(cleared, "cleared warning cold on t #1 since 08:00:00"));
    assert_null(strstr(site->told, "cleared warning cold on s"));
    struct text names[] = {TEXT("t")};
    assert_int_equal(engine_set_find(site->engine, 0, names), ENGINE_NO_DEVICE);
    forget(site);
    send(site, "+21d 09:00", "t/cooler/c", "-1");
    assert_non_null(strstr(site->told, "+21d 09:00:00 raised warning cold on t #1"));
    site_stop(site);
}

static void every_is_asked_anew_without_it(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", COOLERS BY_STORE WARM);
    send_every(site, "08:00", "+1d 08:00", 60, "s/cooler/a", "{\"temp\":-1}");
    send(site, "08:00:30", "s/cooler/b", "4");
    send_every(site, "+1d 08:01", "+3d 09:00", 60, "s/cooler/a", "{\"temp\":-1}");
    assert_int_equal(count(site), 1);
    assert_non_null(strstr(site->told, "raised warning cold-store on s"));
    site_stop(site);
}

static void percent_are_of_those_who_are_left(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", COOLERS "alarm silent-half\n  warning when silent of "
                                                    "coolers on 60 % or more for 1 hour\n");
    send(site, "08:00", "s/cooler/a", "4");
    send(site, "08:00", "s/cooler/b", "4");
    send_every(site, "08:00", "+3d 00:00", 600, "s/cooler/c", "{\"temp\":4}");
    assert_non_null(strstr(site->told, "09:00:00 raised warning silent-half on site"));
    send_every(site, "+3d 00:10", "+3d 09:00", 600, "s/cooler/c", "{\"temp\":4}");
    assert_non_null(strstr(site->told, "cleared warning silent-half on site"));
    assert_int_equal(count(site), 1);
    site_stop(site);
}

static void a_number_that_is_used_again_is_of_the_new_one_alone(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", COOLERS BY_STORE WARM);
    char topic[64];
    int64_t at_ms = site_ms("08:00");
    for (int i = 0; i < SITE_DEVICES; i++, at_ms += 2000) {
        snprintf(topic, sizeof topic, "s%d/cooler/c%d", i / 2, i);
        site_send_bytes(site, at_ms, topic, "{\"temp\":6}", 10);
        site_send_bytes(site, at_ms + 1, topic, "{\"temp\":4}", 10);
    }
    send(site, "10:00", "s0/cooler/c0", "4");
    send(site, "10:00", "x/cooler/new", "4");
    assert_int_equal(engine_counters(site->engine)->devices_refused, 1);
    forget(site);
    /* At one moment all but c0 are due; the new ones make room without any other timer. */
    for (int i = 0; i < SITE_DEVICES - 1; i++) {
        snprintf(topic, sizeof topic, "new%d/cooler/x-with-a-longer-name-%d", i, i);
        site_send_bytes(site, site_ms("+2d 09:59") + i * INT64_C(2000) - 600000, topic,
                        "{\"temp\":6}", 10);
    }
    assert_int_equal(count(site), SITE_DEVICES);
    assert_int_equal(engine_counters(site->engine)->devices_refused, 1);
    assert_true(is_known(site, "s0", "c0"));
    assert_false(is_known(site, "s0", "c1"));
    assert_non_null(strstr(site->told, "raised warning warm on new0.x-with-a-longer-name-0 #1"));
    assert_null(strstr(site->told, "critical told"));
    forget(site);
    send(site, "+2d 09:59", "new5/cooler/second", "6"); /* full again */
    assert_int_equal(engine_counters(site->engine)->devices_refused, 2);
    site_restart_at(site, site_ms("+2d 09:59:30"));
    assert_int_equal(count(site), SITE_DEVICES);
    site_expect(site, "");
    site_stop(site);
}

/* ---- saved and restored -------------------------------------------------------------------- */

#define STEPS 400

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

/* Devices come and go; with a restart after each `every`th message, or none. */
static char *play(int every)
{
    uint32_t random = 11;
    struct site *site = site_start("08:00", COOLERS BY_STORE WARM "report half on coolers\n"
                                                                  "  every 30 minutes\n  by store\n"
                                                                  "  send average of temperature\n"
                                                                  "alarm far on coolers\n"
                                                                  "  notice when temperature above "
                                                                  "average across cooler plus "
                                                                  "1.7 °C\n");
    int64_t at_ms = site_ms("08:00");
    size_t kept = 0;
    char *told = calloc(1, 4000000);
    for (int i = 0; i < STEPS; i++) {
        char topic[64], payload[32];
        at_ms += (int64_t)(next_random(&random) % 4000) * 1000;
        at_ms += i % 50 == 0 ? INT64_C(3) * 86400000 : 0;
        int cooler = i / 40 * 5 + (int)(next_random(&random) % 12);
        snprintf(topic, sizeof topic, "s%d/cooler/%.*s%d", cooler % 4, cooler % 20,
                 "a-long-name-of-a-cooler", cooler);
        snprintf(payload, sizeof payload, "{\"temp\":%.1f}",
                 (double)(next_random(&random) % 90) / 10 - 1);
        engine_advance(site->engine, at_ms - 1);
        site_send_bytes(site, at_ms, topic, payload, strlen(payload));
        if (every > 0 && i % every == 0)
            site_restart_at(site, at_ms);
        memcpy(told + kept, site->told, site->told_bytes + 1);
        kept += site->told_bytes;
        forget(site);
    }
    assert_true(engine_counters(site->engine)->forgotten > 20);
    site_stop(site);
    return told;
}

static void a_restart_between_devices_that_come_and_go_changes_nothing(void **unused)
{
    (void)unused;
    char *expected = play(0);
    assert_non_null(strstr(expected, "raised warning cold-store"));
    assert_non_null(strstr(expected, "raised notice far"));
    static const int every[] = {1, 7, 50};
    for (size_t i = 0; i < sizeof every / sizeof *every; i++) {
        char *told = play(every[i]);
        assert_string_equal(told, expected);
        free(told);
    }
    free(expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_that_is_silent_for_so_long_is_forgotten),
        cmocka_unit_test(it_is_a_new_one_when_it_comes_again),
        cmocka_unit_test(every_sign_of_life_counts),
        cmocka_unit_test(who_is_named_in_a_table_is_never_forgotten),
        cmocka_unit_test(nobody_is_forgotten_while_an_alarm_of_it_is_active),
        cmocka_unit_test(who_waited_for_an_alarm_goes_when_that_is_over),
        cmocka_unit_test(what_somebody_shelved_keeps_its_device),
        cmocka_unit_test(what_a_report_has_taken_in_is_told_first),
        cmocka_unit_test(time_off_is_no_silence_and_a_clock_that_is_set_neither),
        cmocka_unit_test(a_set_goes_with_its_last_device_and_its_alarm_ends),
        cmocka_unit_test(every_is_asked_anew_without_it),
        cmocka_unit_test(percent_are_of_those_who_are_left),
        cmocka_unit_test(a_number_that_is_used_again_is_of_the_new_one_alone),
        cmocka_unit_test(a_restart_between_devices_that_come_and_go_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
