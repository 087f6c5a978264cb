/* `is unusual` in rules: when it comes and ends, what it learns from and what not, and that nothing
 * which happens to readings and clocks hurts it. RULES sections 7, 12; E 39. How surprised the
 * detector is: unusual_test.c. */
#include "tests/support/judged_site.h"

#include <math.h>

#include "rules/engine/internal.h"

#define PUMPS                                                                                      \
    "sensors pumps\n  from mqtt rig/pump/{pump}\n  expect every 1 minute\n"                        \
    "  read vibration in mm/s\n  valid vibration -100 mm/s to 100 mm/s\n"                          \
    "  read running from running as running or stopped\n"
#define ODD PUMPS "alarm odd on pumps\n  learn over 1 day\n"

static uint64_t seed;

static double draw(void) /* -1 to 1, xorshift64 */
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (double)(seed >> 11) / 4503599627370496.0 - 1;
}

static struct site *start(const char *rules)
{
    seed = 88172645463325252u;
    return site_start("00:00", rules);
}

static void send_of(struct site *site, int64_t at_ms, const char *pump, double value,
                    const char *more)
{
    char topic[64], payload[96];
    snprintf(topic, sizeof topic, "rig/pump/%s", pump);
    int length = snprintf(payload, sizeof payload, "{\"vibration\": %.2f%s}", value, more);
    site_send_bytes(site, at_ms, topic, payload, (size_t)length);
}

static void send(struct site *site, const char *clock, double value)
{
    send_of(site, site_ms(clock), "p-1", value, "");
}

/* A reading each minute, from `first` up to but without `last`. */
static void live_with(struct site *site, const char *first, const char *last, double level,
                      const char *more)
{
    for (int64_t at_ms = site_ms(first); at_ms < site_ms(last); at_ms += 60000)
        send_of(site, at_ms, "p-1", level + 0.4 * draw(), more);
}

static void live(struct site *site, const char *first, const char *last, double level)
{
    live_with(site, first, last, level, "");
}

static struct unusual *learner(struct site *site)
{
    struct device *row = engine_row(site->engine, 0);
    const struct plan_scope *scope = device_scope(site->engine, row);
    return row_part(row, site->engine->plan.learned[scope->first_learned].at);
}

/* These stand in what was told, in this order; then it is forgotten. */
static void expect_told(struct site *site, const char *const *parts, size_t count)
{
    const char *at = site->told;
    for (size_t i = 0; i < count; i++) {
        const char *found = strstr(at, parts[i]);
        if (found == NULL)
            fail_msg("\"%s\" is not in, or not behind the one before:\n%s", parts[i], site->told);
        at = found != NULL ? found : at;
    }
    site->told[0] = '\0';
    site->told_bytes = 0;
}
#define EXPECT_TOLD(site, ...)                                                                     \
    do {                                                                                           \
        static const char *const parts[] = {__VA_ARGS__};                                          \
        expect_told(site, parts, sizeof parts / sizeof *parts);                                    \
    } while (0)

/* ---- comes and ends ------------------------------------------------------------------------ */

static void nothing_is_unusual_before_a_hundred_readings_nor_not_unusual(void **state)
{
    (void)state;
    struct site *site = start(ODD "  notice when vibration is unusual\n"
                                  "alarm calm on pumps\n  notice when vibration is not unusual\n");
    live(site, "00:00", "01:00", 2.5);
    send(site, "01:00", 90);
    live(site, "01:01", "01:40", 2.5);
    site_expect(site, "");
    send(site, "01:40", 2.5); /* the 101st */
    EXPECT_TOLD(site, "01:40:00 raised notice calm on p-1 #1 since 01:40:00 value 2.50");
    assert_int_equal(site->engine->counters.raised, 1);
    site_stop(site);
}

static void a_spike_comes_says_what_is_usual_and_why_and_ends(void **state)
{
    (void)state;
    struct site *site = start(ODD "  notice when vibration is unusual\n");
    live(site, "00:00", "+3d 00:00", 2.5);
    site_expect(site, "");
    send(site, "+3d 00:00", 6);
    EXPECT_TOLD(site, "+3d 00:00:00 raised notice odd on p-1 #1 since +3d 00:00:00 value 6.00",
                "usual 2.1 to 2.9", ", higher than ever");
    live(site, "+3d 00:01", "+3d 00:20", 2.5); /* some that are not calm, eight, a minute */
    EXPECT_TOLD(site, "+3d 00:1", "cleared notice odd on p-1 #1");
    site_stop(site);
}

static void it_is_told_once_in_an_episode_and_again_in_the_next(void **state)
{
    (void)state;
    struct site *site = start(ODD "  notice when vibration is unusual\n");
    live(site, "00:00", "+3d 00:00", 2.5);
    send(site, "+3d 00:00", 6);
    send(site, "+3d 00:01", 6.1);
    send(site, "+3d 00:02", 2.5);
    send(site, "+3d 00:03", 6);
    live(site, "+3d 00:04", "+3d 02:00", 2.5);
    assert_int_equal(site->engine->counters.raised, 1);
    assert_int_equal(site->engine->counters.cleared, 1);
    send(site, "+3d 02:00", 60);
    assert_int_equal(site->engine->counters.raised, 2);
    site_stop(site);
}

static void what_is_told_as_usual_was_seen_and_is_what_was_usual_before(void **state)
{
    (void)state;
    struct site *site = start(ODD "  notice when vibration is unusual\n");
    for (int64_t at_ms = site_ms("00:00"); at_ms < site_ms("+3d 00:00"); at_ms += 60000) {
        double chance = draw(); /* most of it next to nothing: mean and deviation reach below 0 */
        send_of(site, at_ms, "p-1", 0.1 + 2 * chance * chance, "");
    }
    site_expect(site, "");
    send(site, "+3d 08:00", 40); /* after a gap, too, where one reading counts for much */
    EXPECT_TOLD(site, "+3d 08:00:00 raised notice odd on p-1 #1", "usual 0.1 to 2.1",
                ", higher than ever");
    site_stop(site);
}

static void high_does_not_hear_of_low_nor_low_of_high(void **state)
{
    (void)state;
    struct site *site = start(ODD "  warning when vibration is unusually high\n"
                                  "  notice when vibration is unusually low\n");
    live(site, "00:00", "+3d 00:00", 2.5);
    send(site, "+3d 00:00", -2);
    EXPECT_TOLD(site,
                "+3d 00:00:00 raised notice odd on p-1 #1 since +3d 00:00:00 value -2.00"
                " worst -2 at +3d 00:00:00",
                ", lower than ever");
    live(site, "+3d 00:01", "+3d 00:30", 2.5);
    EXPECT_TOLD(site, "cleared notice odd on p-1 #1");
    send(site, "+3d 00:30", 7);
    EXPECT_TOLD(site, "+3d 00:30:00 raised warning odd on p-1 #2", "worst 7 at +3d 00:30:00",
                ", higher than ever");
    site_stop(site);
}

static void in_a_hold_each_reading_has_to_be_unusual(void **state)
{
    (void)state;
    struct site *site = start(ODD "  notice when vibration is unusual for 5 minutes\n");
    live(site, "00:00", "+3d 00:00", 2.5);
    send(site, "+3d 00:00", 9);
    live(site, "+3d 00:01", "+3d 02:00", 2.5);
    site_expect(site, "");
    live(site, "+3d 02:00", "+3d 02:06", 12);
    EXPECT_TOLD(site, "+3d 02:05:00 raised notice odd on p-1 #1 since +3d 02:00:00");
    site_stop(site);
}

static void a_sensor_that_sends_often_is_not_held_by_a_moment_that_is_over(void **state)
{
    (void)state;
    struct site *site =
        start("sensors pumps\n  from mqtt rig/pump/{pump}\n  expect every 2 seconds\n"
              "  read vibration in mm/s\nalarm odd on pumps\n"
              "  notice when vibration is unusually high for 30 seconds\n");
    for (int64_t ms = site_ms("00:00"); ms < site_ms("+3d 00:00"); ms += 10000)
        send_of(site, ms, "p-1", 2.5 + 0.4 * draw(), "");
    int64_t at_ms = site_ms("+3d 00:00");
    for (int i = 0; i < 100; i++) /* 28 seconds, then as before */
        send_of(site, at_ms += 2000, "p-1", (i < 14 ? 30 : 2.5) + 0.3 * draw(), "");
    site_expect(site, "");
    for (int i = 0; i < 20; i++)
        send_of(site, at_ms += 2000, "p-1", 12 + 0.3 * draw(), "");
    EXPECT_TOLD(site, "+3d 00:03:52 raised notice odd on p-1 #1 since +3d 00:03:22");
    site_stop(site);
}

static void less_sensitive_rules_speak_later(void **state)
{
    (void)state;
    struct site *site =
        start(PUMPS "alarm a on pumps\n  notice when vibration is unusual\n  learn over 1 day\n"
                    "  sensitivity low\n"
                    "alarm b on pumps\n  notice when vibration is unusual\n  learn over 1 day\n"
                    "  sensitivity high\n");
    live(site, "00:00", "+3d 00:00", 2.5);
    int first[2] = {0, 0}; /* level in thousandths at which each speaks */
    for (int i = 0; i < 1500; i++) {
        send_of(site, site_ms("+3d 00:00") + i * 60000, "p-1", 2.5 + 0.002 * i, "");
        for (uint32_t a = 0; a < 2; a++) {
            if (first[a] == 0 && engine_alarm_state(site->engine, a, 0).severity == RULES_NOTICE)
                first[a] = i;
        }
    }
    assert_true(first[1] > 0 && first[1] < first[0]);
    site_stop(site);
}

static void what_is_unusual_is_asked_over_links_for_each_device(void **state)
{
    (void)state;
    struct site *site = start(PUMPS "alarm any-odd\n  notice when any vibration of pumps is"
                                    " unusually high\n  learn over 1 day\n");
    for (int64_t at_ms = site_ms("00:00"); at_ms < site_ms("+2d 00:00"); at_ms += 60000) {
        send_of(site, at_ms, "p-1", 2.5 + 0.4 * draw(), "");
        send_of(site, at_ms + 1000, "p-2", 12.5 + 0.4 * draw(), ""); /* that is usual there */
    }
    site_expect(site, "");
    send_of(site, site_ms("+2d 00:00"), "p-1", 6.5, "");
    EXPECT_TOLD(site, "+2d 00:00:00 raised notice any-odd on site #1", "value 6.50 worst 6.5",
                "usual 2.1 to 2.9", ", higher than ever");
    site_stop(site);
}

static void unknown_joined_by_and_or_or_is_as_everywhere(void **state)
{
    (void)state;
    struct site *site = start(
        PUMPS "alarm both on pumps\n  notice when vibration is unusual and running is running\n"
              "alarm either on pumps\n  notice when vibration is unusual or running is"
              " stopped\n");
    live_with(site, "00:00", "01:00", 2.5, ", \"running\": true");
    site_expect(site, ""); /* not known, and true; not known, or false */
    send_of(site, site_ms("01:00"), "p-1", 2.5, ", \"running\": false");
    site_expect(site, "01:00:00 raised notice either on p-1 #1 since 01:00:00 value stopped\n");
    site_stop(site);
}

/* ---- what it learns from ------------------------------------------------------------------- */

static void what_lasts_for_learn_over_is_usual_from_then_on_and_the_log_says_so(void **state)
{
    (void)state;
    struct site *site = start(ODD "  notice when vibration is unusually high\n");
    live(site, "00:00", "+3d 00:00", 2.5);
    live(site, "+3d 00:00", "+3d 23:00", 4.5);
    EXPECT_TOLD(site, "+3d 00:00:00 raised notice odd on p-1 #1", ", higher than ever");
    assert_int_equal(site->engine->counters.cleared, 0);
    double low, high;
    struct unusual_settings settings = {.learn_over_ms = 86400000};
    unusual_range(learner(site), &settings, site_ms("+3d 23:00"), &low, &high);
    assert_true(high < 4); /* 4.5 is not taken as usual yet */
    live(site, "+3d 23:00", "+5d 00:00", 4.5);
    EXPECT_TOLD(site, "+4d 00:", "logged log odd on p-1 #1", "now usual",
                "cleared notice odd on p-1 #1");
    unusual_range(learner(site), &settings, site_ms("+5d 00:00"), &low, &high);
    assert_true(low < 4.5 && high > 4.5);
    assert_int_equal(site->engine->counters.raised, 1);
    assert_int_equal(site->engine->counters.logged, 1);
    site_stop(site);
}

static void suppressed_readings_are_not_learned_however_long_they_last(void **state)
{
    (void)state;
    struct site *site = start(ODD "  notice when vibration is unusual\n"
                                  "  only while running is running\n");
    live_with(site, "00:00", "+2d 00:00", 2.5, ", \"running\": true");
    struct unusual before = *learner(site);
    live_with(site, "+2d 00:00", "+5d 00:00", 0, ", \"running\": false");
    site_expect(site, "");
    assert_memory_equal(&before, learner(site), sizeof before);
    live_with(site, "+5d 00:00", "+5d 02:00", 2.5, ", \"running\": true");
    site_expect(site, "");
    send_of(site, site_ms("+5d 02:00"), "p-1", 0, ""); /* never seen while it ran */
    EXPECT_TOLD(site, "+5d 02:00:00 raised notice odd on p-1 #1", ", lower than ever");
    site_stop(site);
}

static void faulty_late_and_repeated_readings_are_not_learned(void **state)
{
    (void)state;
    struct site *site =
        start("sensors pumps\n  from mqtt rig/pump/{pump}\n  expect every 1 minute\n"
              "  time from t in seconds\n  read vibration in mm/s\n"
              "  valid vibration 0 mm/s to 100 mm/s\n"
              "alarm odd on pumps\n  notice when vibration is unusual\n");
    char payload[64];
    for (int i = 0; i < 200; i++) {
        int64_t at_ms = site_ms("00:00") + i * 60000;
        int length = snprintf(payload, sizeof payload, "{\"t\": %lld, \"vibration\": %.2f}",
                              (long long)(at_ms / 1000), 2.5 + 0.4 * draw());
        site_send_bytes(site, at_ms, "rig/pump/p-1", payload, (size_t)length);
        site_send_bytes(site, at_ms + 1, "rig/pump/p-1", payload, (size_t)length);
    }
    struct unusual before = *learner(site);
    assert_int_equal(before.readings, 200);
    int64_t now_ms = site_ms("00:00") + 200 * 60000;
    for (int back = -60; back <= 60; back += 120) { /* too high; too late */
        int length =
            snprintf(payload, sizeof payload, "{\"t\": %lld, \"vibration\": %d}",
                     (long long)(now_ms / 1000 - (back > 0 ? 150 : 0)), back > 0 ? 50 : 200);
        site_send_bytes(site, now_ms + back, "rig/pump/p-1", payload, (size_t)length);
    }
    assert_memory_equal(&before, learner(site), sizeof before);
    site_expect(site, "");
    site_stop(site);
}

static void hours_are_those_of_the_site(void **state)
{
    (void)state;
    struct site *site =
        start("site \"Rig\"\n  timezone Asia/Kolkata\n" ODD "  notice when vibration is unusual\n");
    send(site, "20:00", 2.5); /* half past one there, on Tuesday */
    assert_int_equal(learner(site)->hour_count[1], 1);
    assert_int_equal(learner(site)->week_hour, 2 * 24 + 1);
    site_stop(site);
}

static void nothing_is_learned_while_the_clock_is_not_set(void **state)
{
    (void)state;
    struct site *site = start(ODD "  notice when vibration is unusual\n");
    engine_clock_is_set(site->engine, false);
    live(site, "00:00", "01:00", 2.5);
    assert_int_equal(learner(site)->readings, 0);
    engine_clock_is_set(site->engine, true);
    live(site, "01:00", "02:00", 2.5);
    assert_int_equal(learner(site)->readings, 60);
    site_stop(site);
}

static void without_a_week_every_day_is_alike(void **state)
{
    (void)state;
    struct site *site = start(PUMPS "alarm odd on pumps\n  notice when vibration is unusual\n"
                                    "  learn over 2 days by hour of day\n");
    const struct plan_learned *plan = &site->engine->plan.learned[0];
    assert_true(plan->settings.is_without_week);
    assert_int_equal(plan->settings.learn_over_ms, INT64_C(2) * 86400000);
    site_stop(site);
}

/* ---- what must not hurt -------------------------------------------------------------------- */

static void a_restart_in_the_middle_changes_nothing_bit_for_bit(void **state)
{
    (void)state;
    static char told[2][65536];
    struct unusual learned[2];
    for (int i = 0; i < 2; i++) {
        struct site *site = start(ODD "  notice when vibration is unusual for 2 minutes\n");
        live(site, "00:00", "+2d 00:00", 2.5);
        live(site, "+2d 00:00", "+2d 00:02", 9);
        if (i == 1) /* in the hold */
            site_restart_at(site, site->engine->now_ms);
        live(site, "+2d 00:02", "+2d 00:10", 9);
        if (i == 1) /* while the alarm stands */
            site_restart_at(site, site->engine->now_ms);
        live(site, "+2d 00:10", "+2d 12:00", 2.5);
        memcpy(told[i], site->told, sizeof told[i]);
        learned[i] = *learner(site);
        site_stop(site);
    }
    assert_string_equal(told[0], told[1]);
    assert_non_null(strstr(told[0], "raised notice odd"));
    assert_memory_equal(&learned[0], &learned[1], sizeof learned[0]);
}

static void a_step_of_the_clock_moves_what_is_learned_with_it(void **state)
{
    (void)state;
    struct site *site = start(ODD "  notice when vibration is unusual\n");
    live(site, "00:00", "+1d 00:00", 2.5);
    int64_t newest_ms = learner(site)->newest_ms;
    engine_step_clock(site->engine, -7200000);
    assert_int_equal(learner(site)->newest_ms, newest_ms - 7200000);
    live(site, "22:00", "+1d 22:00", 2.5);
    engine_step_clock(site->engine, INT64_C(30) * 86400000);
    live(site, "+31d 22:00", "+33d 00:00", 2.5);
    site_expect(site, "");
    site_stop(site);
}

static void gaps_of_days_raise_nothing(void **state)
{
    (void)state;
    struct site *site = start(ODD "  notice when vibration is unusual\n");
    live(site, "00:00", "+1d 00:00", 2.5);
    live(site, "+6d 03:00", "+7d 00:00", 2.5);
    live(site, "+27d 13:00", "+28d 00:00", 2.5);
    site_expect(site, "");
    site_stop(site);
}

static void numbers_of_any_size_and_readings_that_never_change_do_no_harm(void **state)
{
    (void)state;
    static const double sizes[] = {0, 1e-9, 0.01, 1, 1e6, 1e15, -1e15};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct site *site = start("sensors all\n  from mqtt a/{b}\n  read x as number\n"
                                  "alarm odd on all\n  notice when x is unusual\n");
        char payload[64];
        for (int minute = 0; minute < 3000; minute++) { /* still, then in steps, then noise */
            double value = sizes[i] * (minute < 1000   ? 1
                                       : minute < 2000 ? 1 - 0.5 * (minute / 7 % 2)
                                                       : 0.5 + 0.2 * draw());
            int length = snprintf(payload, sizeof payload, "{\"x\": %.17g}", value);
            site_send_bytes(site, site_ms("00:00") + minute * 60000, "a/b", payload,
                            (size_t)length);
        }
        assert_true(site->engine->counters.raised <= 5);
        const struct unusual *unusual = learner(site);
        assert_int_equal(unusual->readings, 3000);
        double low, high;
        struct unusual_settings settings = {.learn_over_ms = INT64_C(7) * 86400000};
        unusual_range(unusual, &settings, unusual->newest_ms, &low, &high);
        assert_true(isfinite(low) && isfinite(high) && low <= high);
        site_stop(site);
    }
}

static void each_device_takes_a_kibibyte_for_each_alarm_that_asks(void **state)
{
    (void)state;
    struct site *none = start(PUMPS "alarm odd on pumps\n  notice when vibration above 3 mm/s\n");
    struct site *one = start(PUMPS "alarm odd on pumps\n  notice when vibration is unusual\n");
    struct site *both =
        start(PUMPS "alarm odd on pumps\n  warning when vibration is unusually high\n"
                    "  notice when vibration is unusually high for 1 hour\n");
    size_t plain = engine_device_bytes(none->rules, 0);
    assert_in_range(engine_device_bytes(one->rules, 0) - plain, 1024, 1024 + 64);
    assert_in_range(engine_device_bytes(both->rules, 0) - plain, 1024, 1024 + 192);
    site_stop(none);
    site_stop(one);
    site_stop(both);
}

static void a_new_device_with_the_number_of_a_forgotten_one_learns_from_the_start(void **state)
{
    (void)state;
    struct site *site = start(ODD "  notice when vibration is unusual\n");
    live(site, "00:00", "12:00", 2);
    assert_int_equal(learner(site)->readings, 720);
    engine_advance(site->engine, site_ms("+31d 00:00")); /* `forget after 30 days` */
    assert_int_equal(engine_counters(site->engine)->forgotten, 1);
    for (int i = 1; i <= SITE_DEVICES; i++) {
        char name[16];
        snprintf(name, sizeof name, "new-%d", i);
        send_of(site, site_ms("+31d 00:00") + i * INT64_C(2000), name, 50, "");
    }
    assert_int_equal(engine_device_count(site->engine), SITE_DEVICES);
    assert_int_equal(learner(site)->readings, 1);
    assert_true(learner(site)->low > 49);
    site_expect(site, "");
    site_stop(site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_unusual_before_a_hundred_readings_nor_not_unusual),
        cmocka_unit_test(a_spike_comes_says_what_is_usual_and_why_and_ends),
        cmocka_unit_test(it_is_told_once_in_an_episode_and_again_in_the_next),
        cmocka_unit_test(what_is_told_as_usual_was_seen_and_is_what_was_usual_before),
        cmocka_unit_test(high_does_not_hear_of_low_nor_low_of_high),
        cmocka_unit_test(in_a_hold_each_reading_has_to_be_unusual),
        cmocka_unit_test(a_sensor_that_sends_often_is_not_held_by_a_moment_that_is_over),
        cmocka_unit_test(less_sensitive_rules_speak_later),
        cmocka_unit_test(what_is_unusual_is_asked_over_links_for_each_device),
        cmocka_unit_test(unknown_joined_by_and_or_or_is_as_everywhere),
        cmocka_unit_test(what_lasts_for_learn_over_is_usual_from_then_on_and_the_log_says_so),
        cmocka_unit_test(suppressed_readings_are_not_learned_however_long_they_last),
        cmocka_unit_test(faulty_late_and_repeated_readings_are_not_learned),
        cmocka_unit_test(hours_are_those_of_the_site),
        cmocka_unit_test(nothing_is_learned_while_the_clock_is_not_set),
        cmocka_unit_test(without_a_week_every_day_is_alike),
        cmocka_unit_test(a_restart_in_the_middle_changes_nothing_bit_for_bit),
        cmocka_unit_test(a_step_of_the_clock_moves_what_is_learned_with_it),
        cmocka_unit_test(gaps_of_days_raise_nothing),
        cmocka_unit_test(a_new_device_with_the_number_of_a_forgotten_one_learns_from_the_start),
        cmocka_unit_test(numbers_of_any_size_and_readings_that_never_change_do_no_harm),
        cmocka_unit_test(each_device_takes_a_kibibyte_for_each_alarm_that_asks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
