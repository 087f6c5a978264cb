/* Holds: `for`, gaps, timers. RULES sections 6, 9.3; E 13. */
#include "tests/support/judged_site.h"

#define COOLERS                                                                                    \
    "sensors coolers\n"                                                                            \
    "  from mqtt cooler/{cooler}\n"                                                                \
    "  expect every 1 minute\n"                                                                    \
    "  read temperature from temp in °C\n"

static const char warm[] = COOLERS "alarm too-warm on coolers\n"
                                   "  warning when temperature above 5 °C for 10 minutes until "
                                   "below 4.5 °C\n";

static void a_condition_that_lasts_long_enough_raises_at_the_minute(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", warm);
    site_send_every(site, "08:00", "08:04", 60, "cooler/dairy-1", "{\"temp\": 4}");
    site_send_every(site, "08:05", "08:14", 60, "cooler/dairy-1", "{\"temp\": 6.0}");
    site_expect(site, "");
    site_send(site, "08:15", "cooler/dairy-1", "{\"temp\": 6.5}");
    site_expect(site, "08:15:00 raised warning too-warm on dairy-1 #1 since 08:05:00 value 6.5 "
                      "worst 6.5 at 08:15:00\n");
    site_send(site, "08:16", "cooler/dairy-1", "{\"temp\": 4.4}");
    site_expect(site, "08:16:00 cleared warning too-warm on dairy-1 #1 since 08:05:00 value 4.4 "
                      "worst 6.5 at 08:15:00\n");
    site_stop(site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_condition_that_lasts_long_enough_raises_at_the_minute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
