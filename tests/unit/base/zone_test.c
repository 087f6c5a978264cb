/* Local time by POSIX zones, compared with what the C library says. */
#include "base/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static void zones_agree_with_the_c_library(void **state)
{
    (void)state;
    static const char *const zones[] = {
        "GMT0BST,M3.5.0/1,M10.5.0",
        "CET-1CEST,M3.5.0,M10.5.0/3",
        "EST5EDT,M3.2.0,M11.1.0",
        "AEST-10AEDT,M10.1.0,M4.1.0/3",
        "<+0330>-3:30",
        "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1",
        "IST-1GMT0,M10.5.0,M3.5.0/1",
        "NZST-12NZDT,M9.5.0,M4.1.0/3",
        "CST6CDT,J60/0,J300/12",
        "EET-2EEST,M3.4.4/50,M10.4.4/50",
        "UTC0",
        "ACST-9:30ACDT,M10.1.0,M4.1.0/3",
    };
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        struct zone zone;
        assert_true(zone_read(zones[i], &zone));
        setenv("TZ", zones[i], 1);
        tzset();
        /* Each 3 hours and 7 minutes of 2024 (a leap year) to 2027, and the minutes around. */
        for (time_t at = 1704067200; at < 1798761600; at += 3 * 3600 + 420) {
            struct tm local;
            const char *name;
            localtime_r(&at, &local);
            assert_int_equal(zone_offset_s(&zone, (int64_t)at * 1000, &name), local.tm_gmtoff);
            assert_string_equal(name, local.tm_zone);
        }
    }
    unsetenv("TZ");
    tzset();
}

static void a_change_happens_at_its_second(void **state)
{
    (void)state;
    struct zone zone;
    const char *name;
    assert_true(zone_read("GMT0BST,M3.5.0/1,M10.5.0", &zone));
    /* 2026-03-29T01:00:00Z and 2026-10-25T01:00:00Z */
    assert_int_equal(zone_offset_s(&zone, INT64_C(1774746000000) - 1, &name), 0);
    assert_int_equal(zone_offset_s(&zone, INT64_C(1774746000000), &name), 3600);
    assert_string_equal(name, "BST");
    assert_int_equal(zone_offset_s(&zone, INT64_C(1792890000000) - 1, &name), 3600);
    assert_int_equal(zone_offset_s(&zone, INT64_C(1792890000000), &name), 0);
}

static void what_is_no_zone_is_utc(void **state)
{
    (void)state;
    static const char *const wrong[] = {"Europe/London",
                                        "GMT",
                                        "0",
                                        "GMT0BST",
                                        "GMT0BST,M13.1.0,M10.5.0",
                                        "GMT0BST,M3.5.0/1",
                                        "<GMT0",
                                        "GMT0BST,M3.5.0/1,M10.5.0x",
                                        "ABCDEFGHIJKLMNOP0",
                                        "GMT999"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct zone zone;
        const char *name;
        assert_false(zone_read(wrong[i], &zone));
        assert_int_equal(zone_offset_s(&zone, INT64_C(1774746000000), &name), 0);
        assert_string_equal(name, "UTC");
    }
    struct zone zone;
    assert_true(zone_read("", &zone));
    assert_true(zone_read(NULL, &zone));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zones_agree_with_the_c_library),
        cmocka_unit_test(a_change_happens_at_its_second),
        cmocka_unit_test(what_is_no_zone_is_utc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
