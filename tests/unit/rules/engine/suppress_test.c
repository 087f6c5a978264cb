/* Suppression: by states, with settling and caps, by hours, and what it does to holds. RULES
 * section 7; E 19, 25. */
#include "tests/support/judged_site.h"

#define COOLERS                                                                                    \
    "sensors coolers\n"                                                                            \
    "  from mqtt cooler/{cooler}\n"                                                                \
    "  expect every 1 minute\n"                                                                    \
    "  read temperature from temp in °C\n"                                                        \
    "  read defrost as on or off\n"                                                                \
    "  read cleaning as on or off\n"
#define WARM                                                                                       \
    "alarm warm on coolers\n"                                                                      \
    "  warning when temperature above 5 °C for 10 minutes until below 4.5 °C\n"

static const char topic[] = "cooler/a";
#define OFF(temp) "{\"temp\": " temp ", \"defrost\": \"off\"}"
#define ON(temp) "{\"temp\": " temp ", \"defrost\": \"on\"}"

static void warm_in_defrost(struct site *site)
{
    site_send_every(site, "08:00", "08:03", 60, topic, OFF("6"));
    site_send_every(site, "08:04", "08:23", 60, topic, ON("6"));
    site_send_every(site, "08:24", "08:40", 60, topic, OFF("6"));
}

static void a_hold_pauses_and_goes_on_where_it_stood(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS WARM "  except while defrost is on\n");
    warm_in_defrost(site); /* 4 minutes before, 6 after */
    site_expect(site, "08:30:00 raised warning warm on a #1 since 08:00:00 value 6 worst 6 at "
                      "08:00:00\n");
    assert_int_equal(engine_alarm_suppressed(site->engine, 0), 1);
    site_stop(site);
}

static void with_a_settling_time_a_hold_starts_from_zero(void **state)
{
    (void)state;
    struct site *site =
        site_start("08:00", COOLERS WARM "  except while defrost is on and for 3 minutes after\n");
    warm_in_defrost(site); /* 08:24 + 3 minutes + 10 minutes */
    site_expect(site, "08:37:00 raised warning warm on a #1 since 08:27:00 value 6 worst 6 at "
                      "08:27:00\n");
    site_stop(site);
}

static void after_the_cap_it_is_not_suppressed_until_the_state_was_left(void **state)
{
    (void)state;
    struct site *site =
        site_start("08:00", COOLERS WARM
                   "  except while defrost is on and for 3 minutes after at most 30 minutes\n");
    site_send_every(site, "08:00", "08:45", 60, topic, ON("6")); /* stuck in defrost */
    site_expect(site, "08:40:00 raised warning warm on a #1 since 08:30:00 value 6 worst 6 at "
                      "08:30:00\n");
    site_send_every(site, "08:46", "08:47", 60, topic, OFF("4"));
    site_expect(site, "08:46:00 cleared warning warm on a #1 since 08:30:00 value 4 worst 6 at "
                      "08:30:00\n");
    site_send_every(site, "08:48", "09:05", 60, topic, ON("6"));
    site_expect(site, "");
    site_stop(site);
}

static void an_unknown_state_does_not_suppress(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS WARM "  only while cleaning is off\n");
    site_send_every(site, "08:00", "08:12", 60, topic, OFF("6"));
    site_expect(site, "08:10:00 raised warning warm on a #1 since 08:00:00 value 6 worst 6 at "
                      "08:00:00\n");
    site_stop(site);
}

static void only_while_suppresses_when_the_state_is_another(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS WARM "  only while defrost is off\n");
    warm_in_defrost(site);
    site_expect(site, "08:30:00 raised warning warm on a #1 since 08:00:00 value 6 worst 6 at "
                      "08:00:00\n");
    site_stop(site);
}

static void while_suppressed_an_alarm_clears_but_is_not_raised(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS WARM "  except while defrost is on\n");
    site_send_every(site, "08:00", "08:11", 60, topic, OFF("6"));
    site_expect(site, "08:10:00 raised warning warm on a #1 since 08:00:00 value 6 worst 6 at "
                      "08:00:00\n");
    site_send(site, "08:12", topic, ON("6"));
    site->told_bytes = 0; /* that it is suppressed now is told; see life_test.c */
    site->told[0] = '\0';
    site_send(site, "08:13", topic, ON("4"));
    site_expect(site, "08:13:00 cleared warning warm on a #1 since 08:00:00 value 4 worst 6 at "
                      "08:00:00\n");
    site_send_every(site, "08:14", "08:40", 60, topic, ON("7"));
    site_expect(site, "");
    site_stop(site);
}

static void its_end_and_what_comes_with_it_are_told_together(void **state)
{
    (void)state;
    static const char two[] = COOLERS "alarm warm on coolers\n"
                                      "  warning when temperature above 5 °C\n"
                                      "  critical when temperature above 7 °C\n"
                                      "  except while defrost is on\n";
    struct site *site = site_start("08:00", two);
    site_send(site, "08:00", topic, ON("6")); /* would be a warning */
    site_send(site, "08:01", topic, OFF("8"));
    site_expect(site, "08:01:00 raised critical warm on a #1 since 08:01:00 value 8 worst 8 at "
                      "08:01:00\n");
    site_send_every(site, "08:02", "08:05", 60, topic, ON("6")); /* a warning, suppressed */
    site->told_bytes = 0;
    site->told[0] = '\0';
    site_send(site, "08:06", topic, OFF("9"));
    site_expect(
        site, "08:06:00 updated warning to critical warm on a #1 since 08:01:00 value 9 worst 9 at "
              "08:06:00\n");
    site_stop(site);
}

static void that_suppression_begins_is_a_state_and_that_it_ends_is_told(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS WARM "  except while defrost is on\n");
    site_send_every(site, "08:00", "08:11", 60, topic, OFF("6"));
    site_expect(site, "08:10:00 raised warning warm on a #1 since 08:00:00 value 6 worst 6 at "
                      "08:00:00\n");
    site_send(site, "08:12", topic, ON("6"));
    assert_non_null(strstr(site->told, "08:12:00 updated"));
    assert_non_null(strstr(site->told, " quiet"));
    site->told_bytes = 0;
    site->told[0] = '\0';
    site_send(site, "08:13", topic, OFF("6"));
    assert_non_null(strstr(site->told, "08:13:00 updated"));
    assert_null(strstr(site->told, " quiet"));
    site_stop(site);
}

static void without_a_hold_it_is_raised_when_the_suppression_ends(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS "alarm warm on coolers\n"
                                                    "  warning when temperature above 5 °C\n"
                                                    "  except while defrost is on\n");
    site_send_every(site, "08:00", "08:05", 60, topic, ON("6"));
    site_expect(site, "");
    site_send(site, "08:06", topic, "{\"defrost\": \"off\"}");
    site_expect(site, "08:06:00 raised warning warm on a #1 since 08:00:00 value 6 worst 6 at "
                      "08:00:00\n");
    site_stop(site);
}

/* ---- by hours ------------------------------------------------------------------------------ */

/* The engine again, after the compiled rules were changed by hand. */
static void begin_again(struct site *site)
{
    memset(site->engine_memory, 0, engine_size_bytes(site->rules, SITE_DEVICES));
    struct engine_sink sink = {.alarm = site_on_alarm, .report = site_on_report, .context = site};
    site->engine =
        engine_create(site->engine_memory, site->rules, SITE_DEVICES, sink, site_ms("00:00"));
    free(site->pipeline_memory);
    site->pipeline_memory = malloc(pipeline_size_bytes(site->rules, SITE_DEVICES));
    site->pipeline =
        pipeline_create(site->pipeline_memory, site->rules, SITE_DEVICES, site->engine);
}

/* `only while …` becomes `only during` hours of one weekday. */
static struct site *start_with_hours(struct rules_hours_span span)
{
    struct site *site = site_start("00:00", COOLERS WARM "  only while cleaning is on\n");
    struct block_end {
        struct rules_hours hours;
        struct rules_hours_span span;
    } end = {.span = span};
    uint32_t at = ((uint32_t)site->compiled.size_bytes + 7) / 8 * 8;
    end.hours.spans = (struct rules_span){at + offsetof(struct block_end, span), 1};
    char *block = calloc(1, at + sizeof end);
    memcpy(block, site->compiled.block, site->compiled.size_bytes);
    memcpy(block + at, &end, sizeof end);
    struct ruleset *rules = (void *)block;
    rules->hours = (struct rules_span){at, 1};
    struct rules_group *group = (void *)(block + rules->groups.offset);
    struct rules_suppression *suppression = (void *)(block + group->scope.suppressions.offset);
    suppression->kind = RULES_ONLY_DURING;
    suppression->hours = 0;
    suppression->when.tests.count = 0;
    site->rules = rules;
    begin_again(site);
    return site;
}

static void stop_with_hours(struct site *site)
{
    free((void *)(uintptr_t)site->rules);
    site_stop(site);
}

static void hours_suppress_outside_of_them_to_the_minute(void **state)
{
    (void)state; /* 2026-03-09 is a Monday: 07:00 to 08:00 */
    struct site *site = start_with_hours((struct rules_hours_span){1, 420, 480});
    site_send_every(site, "06:30", "07:20", 60, topic, OFF("6"));
    site_expect(site, "07:10:00 raised warning warm on a #1 since 06:30:00 value 6 worst 6 at "
                      "06:30:00\n");
    site_send(site, "07:21", topic, OFF("4"));
    site->told_bytes = 0;
    site->told[0] = '\0';
    site_send_every(site, "07:51", "08:30", 60, topic, OFF("6"));
    site_expect(site, "");
    stop_with_hours(site);
}

static void hours_end_suppression_without_a_message(void **state)
{
    (void)state;
    struct site *site = start_with_hours((struct rules_hours_span){1, 420, 480});
    site_send_every(site, "06:30", "06:58", 60, topic, OFF("6"));
    assert_int_equal(engine_deadline(site->engine), site_ms("07:00"));
    stop_with_hours(site);
}

static void hours_fail_towards_the_alarm_until_the_clock_is_set(void **state)
{
    (void)state;
    struct site *site = start_with_hours((struct rules_hours_span){0, 420, 480}); /* Sunday */
    site_send_every(site, "06:00", "06:05", 60, topic, OFF("6"));
    engine_clock_is_set(site->engine, false);
    site_send_every(site, "06:06", "06:20", 60, topic, OFF("6"));
    site_expect(site, "06:15:00 raised warning warm on a #1 since 06:00:00 value 6 worst 6 at "
                      "06:00:00\n");
    stop_with_hours(site);
}

static void suppression_from_defaults_leaves_broken_sensors_alone(void **state)
{
    (void)state;
    struct site *site = site_start("00:00", COOLERS "alarm gone on coolers\n"
                                                    "  warning when silent for 15 minutes\n"
                                                    "  except while defrost is on\n"
                                                    "alarm own on coolers\n"
                                                    "  warning when silent for 15 minutes\n"
                                                    "  except while defrost is on\n");
    char *block = (char *)(uintptr_t)site->rules;
    const struct rules_alarm *gone = RULES_AT(block, struct rules_alarm, site->rules->alarms, 0);
    struct rules_suppressed_by *by = (void *)(block + gone->suppressed_by.offset);
    by->is_from_defaults = 1;
    begin_again(site);
    site_send(site, "08:00", topic, ON("4"));
    site_advance(site, "08:16");
    site_expect(site, "08:15:00 raised warning gone on a #1 since 08:00:00\n");
    assert_int_equal(engine_alarm_suppressed(site->engine, 0), 0);
    site_stop(site);
}

/* ---- holds that count ---------------------------------------------------------------------- */

static void a_total_goes_on_during_suppression_and_is_raised_after_it(void **state)
{
    (void)state;
    struct site *site =
        site_start("08:00", COOLERS "alarm warm on coolers\n"
                                    "  warning when temperature above 5 °C for a total of 20 "
                                    "minutes in any 2 hours\n"
                                    "  except while defrost is on\n");
    site_send_every(site, "08:00", "08:29", 60, topic, ON("6"));
    site_expect(site, "");
    site_send(site, "08:30", topic, OFF("4"));
    site_expect(
        site, "08:30:00 raised warning warm on a #1 since 08:00:00 value 4 worst 6 at 08:00:00\n");
    site_stop(site);
}

static void a_total_ends_when_its_window_no_longer_holds_it(void **state)
{
    (void)state;
    struct site *site =
        site_start("08:00", COOLERS "alarm warm on coolers\n"
                                    "  warning when temperature above 5 °C for a total of 20 "
                                    "minutes in any 2 hours\n");
    site_send_every(site, "08:00", "08:24", 60, topic, OFF("6"));
    site_send_every(site, "08:25", "10:10", 60, topic, OFF("4"));
    site_expect(site, "08:20:00 raised warning warm on a #1 since 08:00:00 value 6 worst 6 at "
                      "08:00:00\n"
                      "10:06:00.001 cleared warning warm on a #1 since 08:00:00 value 4 worst 6 at "
                      "08:00:00\n");
    site_stop(site);
}

static void it_became_true_so_often(void **state)
{
    (void)state;
    struct site *site =
        site_start("08:00", COOLERS "alarm cycling on coolers\n"
                                    "  warning when defrost is on 3 times in 10 minutes\n");
    for (int i = 0; i < 3; i++) {
        char clock[16];
        snprintf(clock, sizeof clock, "08:%02d", 2 * i);
        site_send(site, clock, topic, OFF("4"));
        snprintf(clock, sizeof clock, "08:%02d", 2 * i + 1);
        site_send(site, clock, topic, ON("4"));
    }
    site_expect(site, "08:05:00 raised warning cycling on a #1 since 08:05:00 value on\n");
    site_send_every(site, "08:06", "08:12", 60, topic, ON("4"));
    site_expect(site, "08:12:00 cleared warning cycling on a #1 since 08:05:00 value on\n");
    site_stop(site);
}

static void three_readings_in_a_row(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS "alarm warm on coolers\n"
                                                    "  warning when temperature above 5 °C for 3 "
                                                    "readings until below 4.5 °C\n");
    site_send_every(site, "08:00", "08:01", 60, topic, OFF("6"));
    site_send(site, "08:02", topic, OFF("4.7"));
    site_send_every(site, "08:03", "08:04", 60, topic, OFF("6"));
    site_send(site, "08:04:10", topic, "{\"defrost\": \"off\"}"); /* carries it not */
    site_expect(site, "");
    site_send(site, "08:05", topic, OFF("6"));
    site_expect(site, "08:05:00 raised warning warm on a #1 since 08:03:00 value 6 worst 6 at "
                      "08:03:00\n");
    site_stop(site);
}

static void readings_with_a_gap_between_them_are_not_in_a_row(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", COOLERS "alarm warm on coolers\n"
                                                    "  warning when temperature above 5 °C for 3 "
                                                    "readings until below 4.5 °C\n");
    site_send_every(site, "08:00", "08:01", 60, topic, OFF("6"));
    site_send_every(site, "08:05", "08:06", 60, topic, OFF("6"));
    site_expect(site, "");
    site_send(site, "08:07", topic, OFF("6"));
    site_expect(site, "08:07:00 raised warning warm on a #1 since 08:05:00 value 6 worst 6 at "
                      "08:05:00\n");
    site_stop(site);
}

static void when_silence_ends_a_lesser_trigger_that_is_true_is_on_at_once(void **state)
{
    (void)state; /* E 20 */
    struct site *site =
        site_start("08:00", COOLERS "alarm trouble on coolers\n"
                                    "  critical when silent for 15 minutes\n"
                                    "  warning when temperature above 5 °C for 10 minutes\n");
    site_send(site, "08:00", topic, OFF("4"));
    site_advance(site, "08:16");
    site_expect(site, "08:15:00 raised critical trouble on a #1 since 08:00:00\n");
    site_send_every(site, "08:20", "08:21", 60, topic, OFF("6"));
    site_advance(site, "08:21");
    site_expect(site, "08:21:00 updated critical to warning trouble on a #1 since 08:00:00 value 6 "
                      "worst 6 at 08:20:00\n");
    site_stop(site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hold_pauses_and_goes_on_where_it_stood),
        cmocka_unit_test(with_a_settling_time_a_hold_starts_from_zero),
        cmocka_unit_test(after_the_cap_it_is_not_suppressed_until_the_state_was_left),
        cmocka_unit_test(an_unknown_state_does_not_suppress),
        cmocka_unit_test(only_while_suppresses_when_the_state_is_another),
        cmocka_unit_test(while_suppressed_an_alarm_clears_but_is_not_raised),
        cmocka_unit_test(its_end_and_what_comes_with_it_are_told_together),
        cmocka_unit_test(that_suppression_begins_is_a_state_and_that_it_ends_is_told),
        cmocka_unit_test(without_a_hold_it_is_raised_when_the_suppression_ends),
        cmocka_unit_test(hours_suppress_outside_of_them_to_the_minute),
        cmocka_unit_test(hours_end_suppression_without_a_message),
        cmocka_unit_test(hours_fail_towards_the_alarm_until_the_clock_is_set),
        cmocka_unit_test(suppression_from_defaults_leaves_broken_sensors_alone),
        cmocka_unit_test(a_total_goes_on_during_suppression_and_is_raised_after_it),
        cmocka_unit_test(a_total_ends_when_its_window_no_longer_holds_it),
        cmocka_unit_test(it_became_true_so_often),
        cmocka_unit_test(three_readings_in_a_row),
        cmocka_unit_test(readings_with_a_gap_between_them_are_not_in_a_row),
        cmocka_unit_test(when_silence_ends_a_lesser_trigger_that_is_true_is_on_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
