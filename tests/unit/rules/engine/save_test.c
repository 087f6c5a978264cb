/* A restart: what is kept, what time off is, and bytes that are no state. See rules/engine/save.c.
 */
#include "tests/support/judged_site.h"

static const char RULES[] =
    "site \"Store\"\n"
    "  flood above 4 alarms in 10 minutes\n"
    "sensors coolers\n"
    "  from mqtt coolers/{cooler}\n"
    "  expect every 1 minute\n"
    "  read temperature in °C\n"
    "  read door as open or closed\n"
    "  read note as text\n"
    "alarm warm on coolers\n"
    "  warning when temperature above 5 °C for 5 minutes until below 4.5 °C\n"
    "  critical when temperature above 8 °C for 2 minutes until below 7 °C\n"
    "alarm ajar on coolers\n"
    "  notice when door is open for 3 minutes\n"
    "alarm noted on coolers\n"
    "  notice when note is \"ice\"\n"
    "alarm quiet on coolers\n"
    "  warning when silent for 15 minutes\n"
    "report five on coolers\n"
    "  every 5 minutes\n"
    "  send average, count of temperature\n";

static void forget(struct site *site)
{
    site->told[0] = '\0';
    site->told_bytes = 0;
}

static void send(struct site *site, const char *clock, const char *degrees)
{
    char payload[64];
    snprintf(payload, sizeof payload, "{\"temperature\":%s}", degrees);
    site_send(site, clock, "coolers/a", payload);
}

static void send_minutes(struct site *site, const char *first, const char *last,
                         const char *degrees)
{
    char payload[64];
    snprintf(payload, sizeof payload, "{\"temperature\":%s}", degrees);
    site_send_every(site, first, last, 60, "coolers/a", payload);
}

/* ---- nothing is lost ----------------------------------------------------------------------- */

#define MESSAGES 150

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

/* The same stream each time, with a restart after message `cut`; -1: none. */
static char *play(int cut)
{
    uint32_t random = 7;
    struct site *site = site_start("08:00", RULES);
    int64_t at_ms = site_ms("08:00");
    for (int i = 0; i < MESSAGES; i++) {
        char topic[32], payload[128];
        at_ms += next_random(&random) % 40000;
        if (next_random(&random) % 25 == 0)
            at_ms += 1200000;
        snprintf(topic, sizeof topic, "coolers/%c", (char)('a' + next_random(&random) % 6));
        snprintf(payload, sizeof payload, "{\"temperature\":%u,\"door\":\"%s\",\"note\":\"%s\"}",
                 4 + (unsigned)next_random(&random) % 6,
                 next_random(&random) % 3 ? "open" : "closed",
                 next_random(&random) % 9 ? "water" : "ice");
        site_send_bytes(site, at_ms, topic, payload, strlen(payload));
        if (next_random(&random) % 20 == 0)
            engine_command(site->engine, (enum engine_command)(next_random(&random) % 4), 0, 0,
                           600000, at_ms);
        if (i == cut)
            site_restart_at(site, at_ms);
    }
    engine_advance(site->engine, at_ms + 100000000);
    char *told = strdup(site->told);
    site_stop(site);
    return told;
}

static void a_restart_without_time_off_changes_nothing(void **unused)
{
    (void)unused;
    char *expected = play(-1);
    assert_non_null(strstr(expected, "flood began"));
    assert_non_null(strstr(expected, "critical warm"));
    for (int cut = 0; cut < MESSAGES; cut++) {
        char *told = play(cut);
        assert_string_equal(told, expected);
        free(told);
    }
    free(expected);
}

static void the_same_state_is_saved_as_the_same_bytes(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", RULES);
    send(site, "08:00", "6");
    static char first[65536], second[65536];
    size_t bytes = engine_save(site->engine, first, sizeof first);
    assert_in_range(bytes, 1, sizeof first);
    site_restart_at(site, site_ms("08:00")); /* elsewhere in memory */
    assert_int_equal(engine_save(site->engine, second, sizeof second), bytes);
    assert_memory_equal(first, second, bytes);
    assert_int_equal(engine_save(site->engine, second, bytes - 1), bytes); /* no room: only tells */
    site_stop(site);
}

/* ---- time off ------------------------------------------------------------------------------ */

static void a_restart_in_the_middle_does_not_start_the_hold_again(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", RULES);
    send_minutes(site, "08:00", "08:02", "6");
    site_restart_at(site, site_ms("08:04:30"));
    send_minutes(site, "08:05", "08:05", "6"); /* a gap of 3 minutes */
    assert_non_null(strstr(site->told, "08:05:00 raised warning warm on a #1 since 08:00:00"));
    site_stop(site);
}

static void nothing_is_raised_before_the_first_reading_after_a_restart(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", RULES);
    send_minutes(site, "08:00", "08:04", "6");
    site_restart_at(site, site_ms("08:05:30"));
    site_advance(site, "08:06");
    assert_null(strstr(site->told, "raised"));
    send(site, "08:06:30", "4"); /* good again meanwhile: nobody knows since when */
    assert_null(strstr(site->told, "raised"));
    site_stop(site);
}

static void a_hold_starts_again_after_a_long_time_off(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", RULES);
    send_minutes(site, "08:00", "08:02", "6");
    site_restart_at(site, site_ms("08:05:30"));
    send_minutes(site, "08:06", "08:10", "6"); /* a gap of 4 minutes */
    assert_null(strstr(site->told, "raised"));
    send(site, "08:11", "6");
    assert_non_null(strstr(site->told, "08:11:00 raised warning warm on a #1 since 08:06:00"));
    site_stop(site);
}

static void an_active_alarm_stays_active_and_is_not_announced_again(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", RULES);
    send_minutes(site, "08:00", "08:06", "6");
    assert_int_equal(engine_command(site->engine, ENGINE_ACKNOWLEDGE, 0, 0, 0, site_ms("08:06")),
                     ENGINE_DONE);
    forget(site);
    site_restart_at(site, site_ms("09:06"));
    assert_null(strstr(site->told, "warm"));
    struct engine_alarm_state state = engine_alarm_state(site->engine, 0, 0);
    assert_int_equal(state.severity, RULES_WARNING);
    assert_true(state.marks.is_acknowledged);
    forget(site);
    send(site, "09:07", "4");
    assert_non_null(strstr(site->told, "cleared warning warm on a #1 since 08:00:00"));
    site_stop(site);
}

static void time_off_is_no_good_conduct(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", RULES);
    site_send_every(site, "08:00", "08:03", 60, "coolers/a", "{\"door\":\"open\"}");
    site_send(site, "08:04", "coolers/a", "{\"door\":\"closed\"}"); /* clears after 1 minute */
    forget(site);
    site_restart_at(site, site_ms("08:30"));
    site_send(site, "08:30:30", "coolers/a", "{\"door\":\"closed\"}");
    assert_null(strstr(site->told, "cleared"));
    site_advance(site, "08:32");
    assert_non_null(strstr(site->told, "08:31:30 cleared notice ajar"));
    site_stop(site);
}

static void time_off_is_no_silence(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", RULES);
    send(site, "08:00", "4");
    site_advance(site, "08:10");
    site_restart_at(site, site_ms("10:10"));
    site_advance(site, "10:14:59"); /* 10 minutes before, 5 after */
    assert_null(strstr(site->told, "quiet on a"));
    site_advance(site, "10:15");
    assert_non_null(strstr(site->told, "10:15:00 raised warning quiet on a"));
    site_stop(site);
}

static void after_a_restart_silence_waits_for_one_interval(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", RULES);
    send(site, "08:00", "4");
    site_advance(site, "08:14:50");
    site_restart_at(site, site_ms("10:00"));
    site_advance(site, "10:00:59");
    assert_null(strstr(site->told, "quiet on a"));
    site_advance(site, "10:01");
    assert_non_null(strstr(site->told, "10:01:00 raised warning quiet on a"));
    site_stop(site);
}

/* Sensors that tell of a state only when it changes are heard by what else they send. */
static void a_state_outlives_a_short_restart_but_not_a_long_one(void **unused)
{
    (void)unused;
    static const struct {
        const char *on_again, *raised;
    } examples[] = {{"08:03:00", "08:03:00 raised notice ajar on a #1 since 08:00:00"},
                    {"08:03:10", "08:16:00 raised notice ajar on a #1 since 08:13:00"}};
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        struct site *site = site_start("08:00", RULES);
        site_send(site, "07:59", "coolers/a", "{\"door\":\"closed\"}");
        site_send(site, "08:00", "coolers/a", "{\"door\":\"open\"}");
        site_restart_at(site, site_ms("08:02"));
        site_send(site, examples[i].on_again, "coolers/a", "{\"temperature\":4}");
        for (int64_t at_ms = site_ms("08:04"); at_ms <= site_ms("08:12"); at_ms += 60000)
            site_send_bytes(site, at_ms, "coolers/a", "{\"temperature\":4}", 17);
        site_send_every(site, "08:13", "08:16", 60, "coolers/a", "{\"door\":\"open\"}");
        assert_non_null(strstr(site->told, examples[i].raised));
        site_stop(site);
    }
}

static void a_shelf_goes_on_over_a_restart(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", RULES);
    send(site, "08:00", "4");
    engine_command(site->engine, ENGINE_SHELVE, 0, 0, 3600000, site_ms("08:00"));
    site_restart_at(site, site_ms("08:30"));
    assert_int_equal(engine_alarm_state(site->engine, 0, 0).marks.shelved_until_ms,
                     site_ms("09:00"));
    site_advance(site, "09:00");
    assert_non_null(strstr(site->told, "09:00:00 unshelved"));
    site_stop(site);
}

static void a_clock_that_was_set_back_while_off_lengthens_nothing(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", RULES);
    send_minutes(site, "08:00", "08:03", "6");
    site_restart_at(site, site_ms("07:03"));
    send_minutes(site, "07:04", "07:05", "6");
    assert_non_null(strstr(site->told, "07:05:00 raised warning warm on a #1 since 07:00:00"));
    site_stop(site);
}

/* ---- bytes that are no state --------------------------------------------------------------- */

static void damaged_bytes_are_refused_and_change_nothing(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", RULES), *other = site_start("07:00", RULES);
    send_minutes(site, "08:00", "08:02", "6");
    size_t bytes = engine_save(site->engine, NULL, 0);
    char *state = malloc(bytes), *before = malloc(bytes), *after = malloc(bytes);
    engine_save(site->engine, state, bytes);
    size_t own = engine_save(other->engine, before, bytes);
    for (size_t i = 0; i < bytes; i++) {
        state[i] ^= (char)(1 << i % 8);
        assert_int_not_equal(engine_restore(other->engine, state, bytes, site_ms("08:03")),
                             ENGINE_RESTORED);
        state[i] ^= (char)(1 << i % 8);
    }
    for (size_t length = 0; length < bytes; length += 1 + length / 64) {
        char *cut = malloc(length + 1);
        memcpy(cut, state, length);
        assert_int_not_equal(engine_restore(other->engine, cut, length, site_ms("08:03")),
                             ENGINE_RESTORED);
        free(cut);
    }
    assert_int_equal(engine_save(other->engine, after, bytes), own);
    assert_memory_equal(before, after, own);
    assert_int_equal(engine_restore(other->engine, state, bytes, site_ms("08:03")),
                     ENGINE_RESTORED);
    free(state);
    free(before);
    free(after);
    site_stop(site);
    site_stop(other);
}

static void each_refusal_says_why(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", RULES);
    struct site *other = site_start("08:00", "sensors coolers\n"
                                             "  from mqtt coolers/{cooler}\n"
                                             "  read temperature in °C\n");
    static char state[65536];
    size_t bytes = engine_save(site->engine, state, sizeof state);
    assert_int_equal(engine_restore(other->engine, state, bytes, 0), ENGINE_OTHER_RULES);
    assert_int_equal(engine_restore(site->engine, state, 3, 0), ENGINE_NOT_A_STATE);
    assert_int_equal(engine_restore(site->engine, state, bytes - 1, 0), ENGINE_DAMAGED);
    state[4]++;
    assert_int_equal(engine_restore(site->engine, state, bytes, 0), ENGINE_OTHER_VERSION);
    state[0]++;
    assert_int_equal(engine_restore(site->engine, state, bytes, 0), ENGINE_NOT_A_STATE);
    site_stop(site);
    site_stop(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restart_without_time_off_changes_nothing),
        cmocka_unit_test(the_same_state_is_saved_as_the_same_bytes),
        cmocka_unit_test(a_restart_in_the_middle_does_not_start_the_hold_again),
        cmocka_unit_test(nothing_is_raised_before_the_first_reading_after_a_restart),
        cmocka_unit_test(a_hold_starts_again_after_a_long_time_off),
        cmocka_unit_test(an_active_alarm_stays_active_and_is_not_announced_again),
        cmocka_unit_test(time_off_is_no_good_conduct),
        cmocka_unit_test(time_off_is_no_silence),
        cmocka_unit_test(after_a_restart_silence_waits_for_one_interval),
        cmocka_unit_test(a_state_outlives_a_short_restart_but_not_a_long_one),
        cmocka_unit_test(a_shelf_goes_on_over_a_restart),
        cmocka_unit_test(a_clock_that_was_set_back_while_off_lengthens_nothing),
        cmocka_unit_test(damaged_bytes_are_refused_and_change_nothing),
        cmocka_unit_test(each_refusal_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
