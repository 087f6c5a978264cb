/* What becomes of an alarm that was raised: latches, acknowledgement, shelves, chatter, reminders,
 * stale alarms and those out of service. See rules/engine/life.c and command.c. */
#include "tests/support/judged_site.h"

static const char RULES[] = "sensors coolers\n"
                            "  from mqtt coolers/{cooler}\n"
                            "  read temperature in °C\n"
                            "alarm warm on coolers\n"
                            "  warning when temperature above 5 °C until at most 5 °C\n"
                            "  critical when temperature above 8 °C until at most 8 °C\n";

static struct rules_alarm *first_alarm(struct ruleset *rules)
{
    return (void *)((char *)rules + rules->alarms.offset);
}

static void send(struct site *site, const char *clock, const char *degrees)
{
    char payload[64];
    snprintf(payload, sizeof payload, "{\"temperature\":%s}", degrees);
    site_send(site, clock, "coolers/a", payload);
}

static enum engine_answer command(struct site *site, const char *clock, enum engine_command command,
                                  int minutes)
{
    return engine_command(site->engine, command, 0, 0, minutes * INT64_C(60000), site_ms(clock));
}

/* ---- clear by hand ------------------------------------------------------------------------- */

static void latch(struct ruleset *rules)
{
    first_alarm(rules)->is_latched = 1;
}

static void a_latched_alarm_stays_until_it_is_reset(void **unused)
{
    (void)unused;
    struct site *site = site_start_tuned("08:00", RULES, latch);
    send(site, "08:00", "6.0");
    site_expect(site, "08:00:00 raised warning warm on a #1 since 08:00:00 value 6.0 worst 6 at "
                      "08:00:00\n");
    assert_int_equal(command(site, "08:01", ENGINE_RESET, 0), ENGINE_STILL_TRUE);
    send(site, "08:02", "4.0");
    site_expect(site, "08:02:00 updated warning to warning warm on a #1 since 08:00:00 value 4.0 "
                      "worst 6 at 08:00:00 latched\n");
    assert_true(engine_alarm_state(site->engine, 0, 0).marks.is_latched);
    assert_int_equal(command(site, "08:03", ENGINE_RESET, 0), ENGINE_DONE);
    site_expect(site, "08:03:00 cleared warning warm on a #1 since 08:00:00 value 4.0 worst 6 at "
                      "08:00:00 by hand\n");
    assert_int_equal(command(site, "08:04", ENGINE_RESET, 0), ENGINE_NOT_ACTIVE);
    site_stop(site);
}

static void a_latch_is_not_reset_while_nobody_knows(void **unused)
{
    (void)unused;
    struct site *site = site_start_tuned("08:00", RULES, latch);
    send(site, "08:00", "6.0");
    send(site, "08:02", "4.0");
    assert_int_equal(command(site, "08:30", ENGINE_RESET, 0), ENGINE_STILL_UNKNOWN);
    send(site, "08:31", "4.0");
    assert_int_equal(command(site, "08:32", ENGINE_RESET, 0), ENGINE_DONE);
    site_stop(site);
}

static void a_latched_alarm_that_comes_back_is_not_raised_again(void **unused)
{
    (void)unused;
    struct site *site = site_start_tuned("08:00", RULES, latch);
    send(site, "08:00", "6.0");
    send(site, "08:01", "4.0");
    site->told_bytes = 0;
    send(site, "08:02", "6.5");
    site_expect(site, "08:02:00 updated warning to warning warm on a #1 since 08:00:00 value 6.5 "
                      "worst 6.5 at 08:02:00\n");
    site_stop(site);
}

static void only_a_latch_is_reset(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", RULES);
    send(site, "08:00", "6.0");
    assert_int_equal(command(site, "08:01", ENGINE_RESET, 0), ENGINE_NOT_LATCHED);
    site_stop(site);
}

/* ---- acknowledge --------------------------------------------------------------------------- */

static void an_acknowledgement_is_undone_by_a_rise_in_severity(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", RULES);
    assert_int_equal(command(site, "08:00", ENGINE_ACKNOWLEDGE, 0), ENGINE_NO_SUCH_ALARM);
    send(site, "08:00", "4.0");
    assert_int_equal(command(site, "08:00", ENGINE_ACKNOWLEDGE, 0), ENGINE_NOT_ACTIVE);
    send(site, "08:00", "6.0");
    site->told_bytes = 0;
    assert_int_equal(command(site, "08:01", ENGINE_ACKNOWLEDGE, 0), ENGINE_DONE);
    site_expect(site, "08:01:00 acknowledged warning warm on a #1 since 08:00:00 value 6.0 worst 6 "
                      "at 08:00:00 acknowledged\n");
    assert_int_equal(command(site, "08:01", ENGINE_ACKNOWLEDGE, 0), ENGINE_ALREADY);
    send(site, "08:02", "9.0");
    site_expect(site,
                "08:02:00 unacknowledged critical warm on a #1 since 08:00:00 value 9.0 worst 9 at "
                "08:02:00\n"
                "08:02:00 updated warning to critical warm on a #1 since 08:00:00 value 9.0 worst "
                "9 at 08:02:00\n");
    site_stop(site);
}

static void what_cleared_unseen_is_acknowledged_later(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", RULES);
    send(site, "08:00", "9.0");
    send(site, "08:01", "4.0");
    site->told_bytes = 0;
    assert_int_equal(command(site, "08:02", ENGINE_ACKNOWLEDGE, 0), ENGINE_DONE);
    assert_non_null(strstr(site->told, "08:02:00 acknowledged normal warm on a #1"));
    assert_int_equal(command(site, "08:03", ENGINE_ACKNOWLEDGE, 0), ENGINE_ALREADY);
    /* A warning needs none: there is nothing to acknowledge once it is over. */
    send(site, "08:04", "6.0");
    send(site, "08:05", "4.0");
    assert_int_equal(command(site, "08:06", ENGINE_ACKNOWLEDGE, 0), ENGINE_NOT_ACTIVE);
    site_stop(site);
}

/* ---- shelves ------------------------------------------------------------------------------- */

static void a_shelf_keeps_an_alarm_quiet_but_never_a_worse_one(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", RULES);
    send(site, "08:00", "6.0");
    assert_int_equal(command(site, "08:01", ENGINE_SHELVE, 60), ENGINE_DONE);
    send(site, "08:02", "4.0");
    site->told_bytes = 0;
    send(site, "08:03", "6.0");
    site_expect(site, "08:03:00 raised warning warm on a #2 since 08:03:00 value 6.0 worst 6 at "
                      "08:03:00 shelved until 09:01:00 quiet\n");
    send(site, "08:04", "9.0");
    site_expect(site, "08:04:00 unshelved critical warm on a #2 since 08:03:00 value 9.0 worst 9 "
                      "at 08:04:00\n"
                      "08:04:00 raised critical warm on a #2 since 08:03:00 value 9.0 worst 9 at "
                      "08:04:00\n");
    site_stop(site);
}

static void a_quiet_alarm_that_comes_at_its_worst_ends_its_shelf(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", RULES);
    send(site, "08:00", "4.0");
    assert_int_equal(command(site, "08:01", ENGINE_SHELVE, 60), ENGINE_DONE);
    site->told_bytes = 0;
    send(site, "08:02", "9.0");
    site_expect(site, "08:02:00 unshelved critical warm on a #1 since 08:02:00 value 9.0 worst 9 "
                      "at 08:02:00\n"
                      "08:02:00 raised critical warm on a #1 since 08:02:00 value 9.0 worst 9 at "
                      "08:02:00\n");
    site_stop(site);
}

static void a_shelf_holds_up_to_the_highest_severity_before_it(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", RULES);
    send(site, "08:00", "9.0");
    send(site, "08:01", "6.0");
    assert_int_equal(command(site, "08:02", ENGINE_SHELVE, 60), ENGINE_DONE);
    site->told_bytes = 0;
    send(site, "08:03", "9.0");
    site_expect(site, "08:03:00 updated warning to critical warm on a #1 since 08:00:00 value 9.0 "
                      "worst 9 at 08:03:00 shelved until 09:02:00 quiet\n");
    site_stop(site);
}

static void a_shelf_ends_by_itself_and_tells_what_nobody_was_told(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", RULES);
    send(site, "08:00", "4.0");
    assert_int_equal(command(site, "08:01", ENGINE_SHELVE, 10), ENGINE_DONE);
    site->told_bytes = 0;
    send(site, "08:09", "6.0");
    site->told_bytes = 0;
    assert_int_equal(engine_deadline(site->engine), site_ms("08:11"));
    site_advance(site, "08:12");
    site_expect(site, "08:11:00 unshelved warning warm on a #1 since 08:09:00 value 6.0 worst 6 at "
                      "08:09:00\n"
                      "08:11:00 raised warning warm on a #1 since 08:09:00 value 6.0 worst 6 at "
                      "08:09:00\n");
    assert_int_equal(command(site, "08:12", ENGINE_UNSHELVE, 0), ENGINE_ALREADY);
    site_stop(site);
}

static void never_shelve(struct ruleset *rules)
{
    first_alarm(rules)->shelve_most_ms = 0;
}

static void a_shelf_has_a_limit(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", RULES);
    send(site, "08:00", "4.0");
    assert_int_equal(command(site, "08:01", ENGINE_SHELVE, 481), ENGINE_TOO_LONG);
    assert_int_equal(command(site, "08:01", ENGINE_SHELVE, 480), ENGINE_DONE);
    assert_int_equal(command(site, "08:02", ENGINE_UNSHELVE, 0), ENGINE_DONE);
    site_stop(site);
    site = site_start_tuned("08:00", RULES, never_shelve);
    send(site, "08:00", "4.0");
    assert_int_equal(command(site, "08:01", ENGINE_SHELVE, 1), ENGINE_NEVER_SHELVED);
    site_stop(site);
}

/* ---- chatter ------------------------------------------------------------------------------- */

static void three_per_half_hour(struct ruleset *rules)
{
    first_alarm(rules)->limit_count = 3;
    first_alarm(rules)->limit_ms = 1800000;
}

static void a_chattering_alarm_is_one_alarm(void **unused)
{
    (void)unused;
    struct site *site = site_start_tuned("08:00", RULES, three_per_half_hour);
    static const char *const clocks[][2] = {
        {"08:00", "08:01"}, {"08:02", "08:03"}, {"08:04", "08:05"}};
    for (size_t i = 0; i < 3; i++) {
        send(site, clocks[i][0], "6.0");
        send(site, clocks[i][1], "4.0");
    }
    assert_null(strstr(site->told, "chattering"));
    site->told_bytes = 0;
    send(site, "08:06", "6.0"); /* the fourth within half an hour */
    site_expect(site, "08:06:00 raised warning warm on a #4 since 08:06:00 value 6.0 worst 6 at "
                      "08:06:00 chattering\n");
    send(site, "08:07", "4.0");
    send(site, "08:08", "6.0");
    send(site, "08:09", "4.0");
    site_expect(site, ""); /* neither silence nor a hundred */
    site_advance(site, "08:18:59");
    site_expect(site, "");
    site_advance(site, "08:20"); /* quiet for 10 minutes */
    site_expect(site, "08:19:00 cleared warning warm on a #4 since 08:06:00 value 4.0 worst 6 at "
                      "08:08:00\n");
    site_stop(site);
}

static void raises_that_are_further_apart_are_no_chatter(void **unused)
{
    (void)unused;
    struct site *site = site_start_tuned("08:00", RULES, three_per_half_hour);
    for (int i = 0; i < 8; i++) { /* each third one is 30 minutes later */
        char clock[16];
        snprintf(clock, sizeof clock, "%02d:%02d", 8 + i / 6, i % 6 * 10);
        send(site, clock, "6.0");
        snprintf(clock, sizeof clock, "%02d:%02d", 8 + i / 6, i % 6 * 10 + 5);
        send(site, clock, "4.0");
    }
    assert_null(strstr(site->told, "chattering"));
    site_stop(site);
}

static void a_chattering_alarm_does_not_go_down(void **unused)
{
    (void)unused;
    struct site *site = site_start_tuned("08:00", RULES, three_per_half_hour);
    send(site, "08:00", "6.0");
    send(site, "08:01", "9.0");
    send(site, "08:02", "6.0");
    send(site, "08:03", "9.0");
    send(site, "08:04", "6.0");
    site->told_bytes = 0;
    send(site, "08:05", "9.0"); /* a raise and three rises */
    assert_non_null(strstr(site->told, "updated warning to critical"));
    assert_non_null(strstr(site->told, "chattering"));
    site->told_bytes = 0;
    site->told[0] = 0;
    send(site, "08:06", "6.0");
    site_expect(site, "");
    for (int i = 7; i < 17; i++) {
        char clock[16];
        snprintf(clock, sizeof clock, "08:%02d", i);
        send(site, clock, "6.0");
    }
    site_advance(site, "08:17");
    site_expect(site, "08:16:00 updated critical to warning warm on a #1 since 08:00:00 value 6.0 "
                      "worst 9 at 08:01:00\n");
    site_stop(site);
}

/* ---- time ---------------------------------------------------------------------------------- */

static void an_alarm_is_stale_after_a_day_and_says_so_once(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", RULES);
    send(site, "08:00", "6.0");
    site_advance(site, "+1d 07:59:59");
    site->told_bytes = 0;
    site->told[0] = 0;
    site_advance(site, "+3d 08:00");
    site_expect(site, "+1d 08:00:00 updated warning to warning warm on a #1 since 08:00:00 value "
                      "6.0 worst 6 at 08:00:00 stale\n");
    site_stop(site);
}

static void remind(struct ruleset *rules)
{
    first_alarm(rules)->remind_ms = 3600000;
}

static void a_reminder_comes_until_somebody_acknowledges(void **unused)
{
    (void)unused;
    struct site *site = site_start_tuned("08:00", RULES, remind);
    send(site, "08:00", "6.0");
    site->told_bytes = 0;
    site_advance(site, "10:30");
    site_expect(site, "09:00:00 reminder warning warm on a #1 since 08:00:00 value 6.0 worst 6 at "
                      "08:00:00\n"
                      "10:00:00 reminder warning warm on a #1 since 08:00:00 value 6.0 worst 6 at "
                      "08:00:00\n");
    assert_int_equal(command(site, "10:31", ENGINE_SHELVE, 60), ENGINE_DONE);
    site->told_bytes = 0;
    site->told[0] = 0;
    site_advance(site, "11:30"); /* shelved at 11:00 */
    site_expect(site, "");
    site_advance(site, "12:01");
    assert_non_null(strstr(site->told, "12:00:00 reminder"));
    command(site, "12:02", ENGINE_ACKNOWLEDGE, 0);
    site->told_bytes = 0;
    site->told[0] = 0;
    site_advance(site, "16:00");
    site_expect(site, "");
    site_stop(site);
}

static void out_of_service(struct ruleset *rules)
{
    first_alarm(rules)->out_until_ms = site_ms("+1d 00:00");
}

static void what_is_out_of_service_is_announced_when_it_is_back(void **unused)
{
    (void)unused;
    struct site *site = site_start_tuned("08:00", RULES, out_of_service);
    send(site, "08:00", "6.0");
    send(site, "08:01", "4.0");
    site_expect(site, "08:00:00 raised warning warm on a #1 since 08:00:00 value 6.0 worst 6 at "
                      "08:00:00 out-of-service quiet\n"
                      "08:01:00 cleared warning warm on a #1 since 08:00:00 value 4.0 worst 6 at "
                      "08:00:00 out-of-service quiet\n");
    send(site, "23:58", "6.0");
    site->told_bytes = 0;
    site_advance(site, "+1d 00:01");
    site_expect(site,
                "+1d 00:00:00 raised warning warm on a #2 since 23:58:00 value 6.0 worst 6 at "
                "23:58:00\n");
    site_stop(site);
}

static void setting_the_clock_moves_what_an_alarm_waits_for(void **unused)
{
    (void)unused;
    struct site *site = site_start_tuned("08:00", RULES, remind);
    send(site, "08:00", "6.0");
    site->told_bytes = 0;
    site->told[0] = 0;
    site_advance(site, "08:30");
    engine_step_clock(site->engine, 7200000);
    site_advance(site, "10:59");
    site_expect(site, "");
    site_advance(site, "11:00");
    assert_non_null(strstr(site->told, "11:00:00 reminder"));
    site_stop(site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_latched_alarm_stays_until_it_is_reset),
        cmocka_unit_test(a_latch_is_not_reset_while_nobody_knows),
        cmocka_unit_test(a_latched_alarm_that_comes_back_is_not_raised_again),
        cmocka_unit_test(only_a_latch_is_reset),
        cmocka_unit_test(an_acknowledgement_is_undone_by_a_rise_in_severity),
        cmocka_unit_test(what_cleared_unseen_is_acknowledged_later),
        cmocka_unit_test(a_shelf_keeps_an_alarm_quiet_but_never_a_worse_one),
        cmocka_unit_test(a_quiet_alarm_that_comes_at_its_worst_ends_its_shelf),
        cmocka_unit_test(a_shelf_holds_up_to_the_highest_severity_before_it),
        cmocka_unit_test(a_shelf_ends_by_itself_and_tells_what_nobody_was_told),
        cmocka_unit_test(a_shelf_has_a_limit),
        cmocka_unit_test(a_chattering_alarm_is_one_alarm),
        cmocka_unit_test(raises_that_are_further_apart_are_no_chatter),
        cmocka_unit_test(a_chattering_alarm_does_not_go_down),
        cmocka_unit_test(an_alarm_is_stale_after_a_day_and_says_so_once),
        cmocka_unit_test(a_reminder_comes_until_somebody_acknowledges),
        cmocka_unit_test(what_is_out_of_service_is_announced_when_it_is_back),
        cmocka_unit_test(setting_the_clock_moves_what_an_alarm_waits_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
