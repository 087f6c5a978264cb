/* Tests about other devices: any, every, the one, summaries, across, how many. RULES section 5;
 * E 1, 2, 3, 14, 26, 27, 28. */
#include "tests/support/judged_site.h"

#define PROBES                                                                                     \
    "sensors probes\n"                                                                             \
    "  from mqtt store/{store}/cooler/{cooler}/{probe}\n"                                          \
    "  expect every 1 minute\n"                                                                    \
    "  read temperature from t in °C\n"                                                           \
    "  read door as open or closed\n"
#define FANS                                                                                       \
    "sensors fans\n"                                                                               \
    "  from mqtt fan/{store}/{cooler}\n"                                                           \
    "  read fan as on or off\n"

static void send(struct site *site, const char *clock, const char *device, const char *payload)
{
    char topic[128];
    snprintf(topic, sizeof topic, "store/14/cooler/%s", device);
    site_send(site, clock, topic, payload);
}

static void every_asks_all_fresh_devices_that_share_the_names(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", PROBES "alarm warm on probes by store and cooler\n"
                                                   "  warning when every temperature above 5 °C\n"
                                                   "  clear after 1 second\n");
    send(site, "08:00", "dairy/a", "{\"t\": 4}");
    send(site, "08:00", "dairy/b", "{\"t\": 6}");
    send(site, "08:00", "meat/a", "{\"t\": 4}");
    site_expect(site, "");
    send(site, "08:01", "dairy/a", "{\"t\": 7}");
    site_expect(site, "08:01:00 raised warning warm on 14.dairy #1 since 08:01:00 value 6"
                      " worst 6 at 08:00:00\n");
    send(site, "08:02", "dairy/b", "{\"t\": 3}");
    site_advance(site, "08:02:01");
    site_expect(site, "08:02:01 cleared warning warm on 14.dairy #1 since 08:01:00 value 3"
                      " worst 6 at 08:00:00\n");
    /* b is not fresh any more: a alone decides. */
    send(site, "08:06", "dairy/a", "{\"t\": 7}");
    site_expect(site, "08:06:00 raised warning warm on 14.dairy #2 since 08:06:00 value 7"
                      " worst 7 at 08:06:00\n");
    site_stop(site);
}

static void any_is_true_for_the_site_when_one_device_is(void **state)
{
    (void)state;
    struct site *site =
        site_start("08:00", PROBES "alarm open\n"
                                   "  notice when any door of probes is open for 2 minutes\n");
    send(site, "08:00", "dairy/a", "{\"door\": \"closed\"}");
    send(site, "08:00", "dairy/b", "{\"door\": \"open\"}");
    send(site, "08:01", "dairy/b", "{\"door\": \"open\"}");
    site_expect(site, "");
    site_advance(site, "08:02");
    site_expect(site, "08:02:00 raised notice open on site #1 since 08:00:00 value open\n");
    site_stop(site);
}

static void another_group_is_found_by_equal_names_whatever_their_case(void **state)
{
    (void)state;
    struct site *site = site_start(
        "08:00", PROBES FANS "alarm hot on probes\n"
                             "  warning when temperature above 5 °C and fan of fans is off\n");
    site_send(site, "08:00", "fan/14/DAIRY", "{\"fan\": \"on\"}");
    site_send(site, "08:00", "fan/14/meat", "{\"fan\": \"off\"}");
    send(site, "08:01", "dairy/a", "{\"t\": 9}");
    site_expect(site, "");
    /* The fan speaks, the probe's alarm is judged. */
    site_send(site, "08:01:30", "fan/14/DAIRY", "{\"fan\": \"off\"}");
    site_expect(site, "08:01:30 raised warning hot on 14.dairy.a #1 since 08:01:30 value 9"
                      " worst 9 at 08:01:00\n");
    site_stop(site);
}

static void a_chain_of_alarms_settles_in_one_instant(void **state)
{
    (void)state;
    struct site *site =
        site_start("08:00", PROBES "alarm third\n"
                                   "  critical when alarm second is active\n"
                                   "alarm second on probes by store\n"
                                   "  warning when alarm first is active on 2 or more\n"
                                   "alarm first on probes\n"
                                   "  notice when temperature above 5 °C\n"
                                   "  clear after 1 second\n");
    send(site, "08:00", "dairy/a", "{\"t\": 6}");
    site_expect(site, "08:00:00 raised notice first on 14.dairy.a #1 since 08:00:00 value 6"
                      " worst 6 at 08:00:00\n");
    send(site, "08:01", "dairy/b", "{\"t\": 6}");
    site_expect(site, "08:01:00 raised notice first on 14.dairy.b #1 since 08:01:00 value 6"
                      " worst 6 at 08:01:00\n"
                      "08:01:00 raised warning second on 14 #1 since 08:01:00\n"
                      "08:01:00 raised critical third on site #1 since 08:01:00\n");
    send(site, "08:02", "dairy/a", "{\"t\": 4}");
    site_advance(site, "08:02:01");
    site_expect(site, "08:02:01 cleared notice first on 14.dairy.a #1 since 08:00:00 value 4"
                      " worst 6 at 08:00:00\n");
    site_advance(site, "08:03:01");
    site_expect(site, "08:03:01 cleared warning second on 14 #1 since 08:01:00\n");
    site_stop(site);
}

static void silent_on_half_of_the_devices(void **state)
{
    (void)state;
    struct site *site =
        site_start("08:00", PROBES "alarm quiet on probes by store\n"
                                   "  warning when silent on 50 % or more for 5 minutes\n"
                                   "  clear after 1 second\n");
    send(site, "08:00", "dairy/a", "{\"t\": 4}");
    send(site, "08:01", "dairy/b", "{\"t\": 4}");
    site_send_every(site, "08:02", "08:30", 60, "store/14/cooler/meat/a", "{\"t\": 4}");
    site_expect(site, "08:06:00 raised warning quiet on 14 #1 since 08:01:00\n");
    send(site, "08:31", "dairy/b", "{\"t\": 4}");
    site_advance(site, "08:31:01");
    site_expect(site, "08:31:01 cleared warning quiet on 14 #1 since 08:01:00\n");
    site_stop(site);
}

static void differs_across_needs_two_and_gives_one_alert(void **state)
{
    (void)state;
    struct site *site = site_start(
        "08:00", PROBES "alarm apart on probes\n"
                        "  warning when temperature differs across probe by more than 2 °C\n");
    send(site, "08:00", "dairy/a", "{\"t\": 9}");
    send(site, "08:00", "meat/a", "{\"t\": 1}");
    send(site, "08:00", "dairy/b", "{\"t\": 7}");
    site_expect(site, "");
    send(site, "08:01", "dairy/b", "{\"t\": 6.5}");
    site_expect(site, "08:01:00 raised warning apart on 14.dairy #1 since 08:01:00 value 2.5\n");
    site_stop(site);
}

static void a_limit_across_is_that_of_the_others(void **state)
{
    (void)state;
    struct site *site = site_start(
        "08:00", PROBES "alarm odd on probes\n"
                        "  warning when temperature above median across probe plus 3 °C\n");
    send(site, "08:00", "dairy/a", "{\"t\": 4}");
    send(site, "08:00", "dairy/b", "{\"t\": 9}"); /* one other only: nobody knows */
    site_expect(site, "");
    send(site, "08:01", "dairy/c", "{\"t\": 5}");
    site_expect(site, "08:01:00 raised warning odd on 14.dairy.b #1 since 08:01:00 value 9"
                      " worst 9 at 08:00:00\n");
    site_stop(site);
}

static void summaries_are_of_the_newest_values(void **state)
{
    (void)state;
    static const struct {
        const char *summary;
        double number;
    } examples[] = {{"average", 4}, {"minimum", 1}, {"maximum", 8}, {"count", 5},
                    {"total", 20},  {"median", 3},  {"spread", 7},  {"deviation", 2.4494}};
    static const int values[] = {8, 1, 3, 2, 6};
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        char rules[1024];
        bool is_count = strcmp(examples[i].summary, "count") == 0;
        snprintf(rules, sizeof rules,
                 PROBES "alarm low on probes by store\n"
                        "  log when %s of temperature above %.4f%s\n"
                        "alarm high on probes by store\n"
                        "  log when %s of temperature below %.4f%s\n",
                 examples[i].summary, examples[i].number - 0.001, is_count ? "" : " °C",
                 examples[i].summary, examples[i].number + 0.001, is_count ? "" : " °C");
        struct site *site = site_start("08:00", rules);
        for (int v = 0; v < 5; v++) {
            char device[16], payload[32];
            snprintf(device, sizeof device, "c%d/a", v);
            snprintf(payload, sizeof payload, "{\"t\": %d}", values[v]);
            send(site, "08:00", device, payload);
        }
        assert_true(strstr(site->told, "log low on 14") != NULL);
        assert_true(strstr(site->told, "log high on 14") != NULL);
        site_stop(site);
    }
}

static void where_leaves_devices_out(void **state)
{
    (void)state;
    struct site *site =
        site_start("08:00", PROBES "alarm warm on probes where cooler is not drinks\n"
                                   "  warning when temperature above 5 °C\n"
                                   "alarm gone on probes where cooler is meat or fish\n"
                                   "  notice when silent for 10 minutes\n");
    send(site, "08:00", "Drinks/a", "{\"t\": 9}");
    send(site, "08:00", "fish/a", "{\"t\": 4}");
    site_advance(site, "08:20");
    site_expect(site, "08:10:00 raised notice gone on 14.fish.a #1 since 08:00:00\n");
    site_stop(site);
}

static void missing_counts_from_the_last_good_value(void **state)
{
    (void)state;
    struct site *site =
        site_start("08:00", PROBES "  valid temperature -40 °C to 60 °C\n"
                                   "alarm gone on probes\n"
                                   "  warning when temperature is missing for 15 minutes\n"
                                   "  clear after 1 second\n"
                                   "alarm broken on probes\n"
                                   "  notice when temperature is faulty for 5 minutes\n"
                                   "  clear after 1 second\n");
    send(site, "08:00", "dairy/a", "{\"t\": 4}");
    site_send_every(site, "08:01", "08:20", 60, "store/14/cooler/dairy/a", "{\"t\": 99}");
    site_expect(site, "08:06:00 raised notice broken on 14.dairy.a #1 since 08:01:00\n"
                      "08:15:00 raised warning gone on 14.dairy.a #1 since 08:00:00\n");
    send(site, "08:21", "dairy/a", "{\"t\": 5}");
    site_advance(site, "08:21:01");
    site_expect(site, "08:21:01 cleared warning gone on 14.dairy.a #1 since 08:00:00\n"
                      "08:21:01 cleared notice broken on 14.dairy.a #1 since 08:01:00\n");
    site_stop(site);
}

static void what_was_never_good_is_missing_from_first_sight_on(void **state)
{
    (void)state;
    struct site *site =
        site_start("08:00", PROBES "alarm gone on probes\n"
                                   "  warning when temperature is missing for 15 minutes\n");
    send(site, "08:00", "dairy/a", "{\"door\": \"open\"}");
    site_send_every(site, "08:01", "08:20", 60, "store/14/cooler/dairy/a", "{\"door\": \"open\"}");
    site_expect(site, "08:15:00 raised warning gone on 14.dairy.a #1 since 08:00:00\n");
    site_stop(site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_asks_all_fresh_devices_that_share_the_names),
        cmocka_unit_test(any_is_true_for_the_site_when_one_device_is),
        cmocka_unit_test(another_group_is_found_by_equal_names_whatever_their_case),
        cmocka_unit_test(a_chain_of_alarms_settles_in_one_instant),
        cmocka_unit_test(silent_on_half_of_the_devices),
        cmocka_unit_test(differs_across_needs_two_and_gives_one_alert),
        cmocka_unit_test(a_limit_across_is_that_of_the_others),
        cmocka_unit_test(summaries_are_of_the_newest_values),
        cmocka_unit_test(where_leaves_devices_out),
        cmocka_unit_test(missing_counts_from_the_last_good_value),
        cmocka_unit_test(what_was_never_good_is_missing_from_first_sight_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
