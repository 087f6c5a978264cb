/* Time in the engine: deadlines are exact, order is fixed, the same input gives the same output,
 * and work does not grow with what does not concern a reading. RULES E 18; design, promises 3
 * and 7. */
#include "tests/support/judged_site.h"

static const char rules[] =
    "sensors coolers\n"
    "  from mqtt cooler/{cooler}\n"
    "  expect every 1 minute\n"
    "  time from ts in milliseconds\n"
    "  read temperature from temp in °C\n"
    "  read door as open or closed\n"
    "alarm warm on coolers\n"
    "  warning when temperature above 5 °C for 4 minutes until below 4.5 °C for 2 minutes\n"
    "  critical when temperature above 8 °C for 1 minute\n"
    "alarm door-open on coolers\n"
    "  notice when door is open and temperature above 6 °C for 90 seconds\n"
    "alarm quiet on coolers\n"
    "  warning when silent for 7 minutes\n"
    "report five on coolers\n"
    "  every 5 minutes\n"
    "  send average, minimum, maximum, count of temperature\n";

struct random {
    uint64_t state;
};

static uint32_t draw(struct random *random, uint32_t below)
{
    random->state = random->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(random->state >> 33) % below;
}

/* Two hours of eight devices: jitter, silence, backlogs, repeats, late ones, rubbish.
 * `by_deadline`: the owner of the clock wakes the engine at each deadline; else only messages do.
 */
static void play(struct site *site, uint64_t seed, bool by_deadline)
{
    struct random random = {seed};
    int64_t now = site_ms("08:00"), end = site_ms("10:00");
    while (now < end) {
        now += 1 + draw(&random, 15000);
        if (by_deadline) {
            while (engine_deadline(site->engine) < now) {
                int64_t due = engine_deadline(site->engine);
                uint64_t before = engine_counters(site->engine)->triggers_judged +
                                  engine_counters(site->engine)->reports;
                engine_advance(site->engine, due - 1); /* nothing is due before */
                assert_int_equal(engine_counters(site->engine)->triggers_judged +
                                     engine_counters(site->engine)->reports,
                                 before);
                engine_advance(site->engine, due);
                assert_true(engine_deadline(site->engine) > due);
            }
        }
        char topic[32], payload[128];
        snprintf(topic, sizeof topic, "cooler/%u", draw(&random, 8));
        int64_t lag = draw(&random, 4) == 0 ? draw(&random, 600000) : draw(&random, 2000);
        double temperature = (double)draw(&random, 100) / 10.0;
        if (draw(&random, 20) == 0)
            snprintf(payload, sizeof payload, "{\"temp\": ");
        else
            snprintf(payload, sizeof payload, "{\"ts\": %lld, \"temp\": %.1f, \"door\": %s}",
                     (long long)(now - lag), temperature, draw(&random, 2) ? "true" : "false");
        site_send_bytes(site, now, topic, payload, strlen(payload));
        if (site->told_bytes > sizeof site->told / 2) { /* keep a digest of what was told */
            uint64_t digest = hash_bytes(HASH_START, site->told, site->told_bytes);
            site->told_bytes = 0;
            site_tell(site, "%016llx\n", (unsigned long long)digest);
        }
    }
    engine_advance(site->engine, end + 3600000);
}

static void being_woken_at_each_deadline_changes_nothing(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct site *woken = site_start("08:00", rules), *left = site_start("08:00", rules);
        play(woken, seed, true);
        play(left, seed, false);
        assert_true(engine_counters(woken->engine)->raised > 0);
        assert_true(engine_counters(woken->engine)->reports > 0);
        assert_string_equal(woken->told, left->told);
        site_stop(woken);
        site_stop(left);
    }
}

static void the_same_input_gives_the_same_output(void **state)
{
    (void)state;
    for (uint64_t seed = 100; seed <= 110; seed++) {
        struct site *first = site_start("08:00", rules), *second = site_start("08:00", rules);
        play(first, seed, false);
        play(second, seed, false);
        assert_string_equal(first->told, second->told);
        assert_memory_equal(engine_counters(first->engine), engine_counters(second->engine),
                            sizeof(struct engine_counters));
        site_stop(first);
        site_stop(second);
    }
}

static void rules_of_other_groups_cost_a_reading_nothing(void **state)
{
    (void)state;
    char *many = malloc(200000);
    size_t used = (size_t)snprintf(many, 200000, "%s", rules);
    used += (size_t)snprintf(many + used, 200000 - used,
                             "sensors others\n  from mqtt other/{thing}\n  read level as number\n");
    for (int i = 0; i < 900; i++) {
        used += (size_t)snprintf(many + used, 200000 - used,
                                 "alarm other-%d on others\n  notice when level above %d\n", i, i);
    }
    struct site *few = site_start("08:00", rules), *crowd = site_start("08:00", many);
    play(few, 7, false);
    play(crowd, 7, false);
    assert_string_equal(few->told, crowd->told);
    assert_int_equal(engine_counters(few->engine)->triggers_judged,
                     engine_counters(crowd->engine)->triggers_judged);
    site_stop(few);
    site_stop(crowd);
    free(many);
}

static void time_that_goes_back_is_no_time(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", rules);
    engine_advance(site->engine, site_ms("09:00"));
    engine_advance(site->engine, site_ms("08:00"));
    site_send(site, "08:30", "cooler/a", "{\"temp\": 4}");
    assert_int_equal(engine_deadline(site->engine), site_ms("09:05:30")); /* as if at 09:00 */
    site_stop(site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(being_woken_at_each_deadline_changes_nothing),
        cmocka_unit_test(the_same_input_gives_the_same_output),
        cmocka_unit_test(rules_of_other_groups_cost_a_reading_nothing),
        cmocka_unit_test(time_that_goes_back_is_no_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
