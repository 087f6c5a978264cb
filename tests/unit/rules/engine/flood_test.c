/* A flood: what is collected, what goes out by itself, and the summaries. See
 * rules/engine/flood.c. */
#include "tests/support/judged_site.h"

static const char RULES[] = "site \"Store\"\n"
                            "  flood above 3 alarms in 10 minutes\n"
                            "sensors coolers\n"
                            "  from mqtt coolers/{cooler}\n"
                            "  read temperature in °C\n"
                            "alarm warm on coolers\n"
                            "  warning when temperature above 5 °C until at most 5 °C\n"
                            "  critical when temperature above 8 °C until at most 8 °C\n";

static void send(struct site *site, const char *clock, const char *cooler, const char *degrees)
{
    char topic[64], payload[64];
    snprintf(topic, sizeof topic, "coolers/%s", cooler);
    snprintf(payload, sizeof payload, "{\"temperature\":%s}", degrees);
    site_send(site, clock, topic, payload);
}

static void forget(struct site *site)
{
    site->told[0] = '\0';
    site->told_bytes = 0;
}

/* Three raises, and a fourth that makes it a flood. */
static struct site *flooded(void)
{
    struct site *site = site_start("08:00", RULES);
    send(site, "08:00", "a", "6.0");
    send(site, "08:01", "b", "6.0");
    send(site, "08:02", "c", "6.0");
    assert_null(strstr(site->told, "quiet"));
    assert_null(strstr(site->told, "flood"));
    forget(site);
    send(site, "08:03", "d", "6.0");
    return site;
}

static void a_flood_opens_above_its_limit(void **unused)
{
    (void)unused;
    struct site *site = flooded();
    site_expect(site, "08:03:00 flood began: 4, warm 4, first on a\n"
                      "08:03:00 raised warning warm on d #1 since 08:03:00 value 6.0 worst 6 at "
                      "08:03:00 quiet\n");
    site_stop(site);
}

static void raises_that_are_further_apart_are_no_flood(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", RULES);
    send(site, "08:00", "a", "6.0");
    send(site, "08:01", "b", "6.0");
    send(site, "08:02", "c", "6.0");
    send(site, "08:10", "d", "6.0"); /* the first is 10 minutes old */
    assert_null(strstr(site->told, "flood"));
    site_stop(site);
}

static void critical_goes_out_by_itself(void **unused)
{
    (void)unused;
    struct site *site = flooded();
    forget(site);
    send(site, "08:03:30", "e", "9.0");
    site_expect(site, "08:03:30 raised critical warm on e #1 since 08:03:30 value 9.0 worst 9 at "
                      "08:03:30\n");
    send(site, "08:03:40", "d", "9.0"); /* was collected; its first message is a raise */
    site_expect(site, "08:03:40 raised critical warm on d #1 since 08:03:00 value 9.0 worst 9 at "
                      "08:03:40\n");
    site_stop(site);
}

static void a_summary_comes_each_minute_in_which_something_was_raised(void **unused)
{
    (void)unused;
    struct site *site = flooded();
    forget(site);
    send(site, "08:03:30", "e", "6.0");
    send(site, "08:03:31", "f", "6.0");
    forget(site);
    site_advance(site, "08:06");
    site_expect(site, "08:04:00 flood goes on: 2, warm 2, first on a\n");
    site_stop(site);
}

static void a_flood_ends_when_fewer_than_half_are_left(void **unused)
{
    (void)unused;
    struct site *site = flooded();
    forget(site);
    site_advance(site, "08:11:59");
    site_expect(site, "");
    site_advance(site, "08:30"); /* of 3, 1 is fewer than half: the raise of 08:02 has left */
    site_expect(site, "08:12:00 flood ended: 4, warm 4, first on a\n");
    send(site, "08:31", "g", "6.0");
    assert_null(strstr(site->told, "quiet"));
    site_stop(site);
}

static void what_was_collected_is_told_as_raised_by_its_next_message(void **unused)
{
    (void)unused;
    struct site *site = flooded();
    send(site, "08:04", "e", "6.0");
    site_advance(site, "08:30");
    forget(site);
    send(site, "08:31", "d", "9.0");
    assert_non_null(strstr(site->told, "08:31:00 raised critical warm on d #1"));
    forget(site);
    send(site, "08:32", "e", "4.0"); /* nobody was told of its raise */
    assert_non_null(strstr(site->told, "08:32:00 cleared warning warm on e #1"));
    assert_non_null(strstr(site->told, "quiet"));
    forget(site);
    send(site, "08:33", "a", "4.0"); /* this one was announced before the flood */
    assert_non_null(strstr(site->told, "08:33:00 cleared warning warm on a #1"));
    assert_null(strstr(site->told, "quiet"));
    site_stop(site);
}

static void a_shelved_alarm_makes_no_flood(void **unused)
{
    (void)unused;
    struct site *site = site_start("08:00", RULES);
    send(site, "08:00", "d", "4.0");
    assert_int_equal(engine_command(site->engine, ENGINE_SHELVE, 0, 0, 3600000, site_ms("08:00")),
                     ENGINE_DONE);
    send(site, "08:00", "a", "6.0");
    send(site, "08:01", "b", "6.0");
    send(site, "08:02", "c", "6.0");
    send(site, "08:03", "d", "6.0");
    assert_null(strstr(site->told, "flood"));
    site_stop(site);
}

static void setting_the_clock_moves_a_flood(void **unused)
{
    (void)unused;
    struct site *site = flooded();
    site_advance(site, "08:05");
    forget(site);
    engine_step_clock(site->engine, -3600000);
    site_advance(site, "07:11:59");
    site_expect(site, "");
    site_advance(site, "07:12");
    site_expect(site, "07:12:00 flood ended: 4, warm 4, first on a\n");
    site_stop(site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flood_opens_above_its_limit),
        cmocka_unit_test(raises_that_are_further_apart_are_no_flood),
        cmocka_unit_test(critical_goes_out_by_itself),
        cmocka_unit_test(a_summary_comes_each_minute_in_which_something_was_raised),
        cmocka_unit_test(a_flood_ends_when_fewer_than_half_are_left),
        cmocka_unit_test(what_was_collected_is_told_as_raised_by_its_next_message),
        cmocka_unit_test(a_shelved_alarm_makes_no_flood),
        cmocka_unit_test(setting_the_clock_moves_a_flood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
