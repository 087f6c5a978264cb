/* Hours: every minute of some years in some zones, against a plain reckoning with the C library's
 * own zones. RULES section 4.3; E 31. */
#include "rules/engine/hours.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

enum { SPANS_MOST = 16, CLOSED_MOST = 4 };

struct made { /* a ruleset that has hours and nothing else */
    struct ruleset rules;
    struct rules_hours hours;
    struct rules_hours_span spans[SPANS_MOST];
    struct rules_closed closed[CLOSED_MOST];
};

#define DAILY(begin, end)                                                                          \
    {0, begin, end}, {1, begin, end}, {2, begin, end}, {3, begin, end}, {4, begin, end},           \
        {5, begin, end},                                                                           \
    {                                                                                              \
        6, begin, end                                                                              \
    }

static const struct made all_hours[] = {
    /* A shop: 07:00 to 22:00, on Sundays twice, closed at Christmas, at Easter and over the turn of
     * a year. */
    {.hours = {.spans = {0, 8}, .closed = {0, 3}},
     .spans = {{1, 420, 1320},
               {2, 420, 1320},
               {3, 420, 1320},
               {4, 420, 1320},
               {5, 420, 1320},
               {6, 420, 1320},
               {0, 600, 720},
               {0, 840, 960}},
     .closed = {{0, 12, 25, 0, 12, 25}, {2026, 4, 5, 2026, 4, 6}, {2026, 12, 30, 2027, 1, 2}}},
    /* A night shift of the working week, but not the one that begins on 2026-03-09. */
    {.hours = {.spans = {0, 5}, .closed = {0, 1}},
     .spans = {{1, 1320, 360}, {2, 1320, 360}, {3, 1320, 360}, {4, 1320, 360}, {5, 1320, 360}},
     .closed = {{2026, 3, 9, 2026, 3, 9}}},
    /* Begins in the hour that is missing in March and there twice in October. */
    {.hours = {.spans = {0, 7}}, .spans = {DAILY(90, 150)}},
    {.hours = {.spans = {0, 7}}, .spans = {DAILY(150, 240)}},
    /* Lies in it whole: on that day it isn't. */
    {.hours = {.spans = {0, 7}}, .spans = {DAILY(75, 105)}},
    {.hours = {.spans = {0, 7}}, .spans = {DAILY(125, 175)}},
    /* The whole day, written in two ways; the whole of Sundays. */
    {.hours = {.spans = {0, 7}, .closed = {0, 1}},
     .spans = {DAILY(0, 1440)},
     .closed = {{0, 2, 29, 0, 2, 29}}},
    {.hours = {.spans = {0, 1}}, .spans = {{0, 0, 0}}},
    {.hours = {.spans = {0, 1}}, .spans = {{6, 720, 720}}},
};

#define FROM 1766188800 /* 2025-12-20 */
#define TO 1807315200   /* 2027-04-10 */
static const struct {
    const char *name, *posix;
    time_t from, to;
} zones[] = {
    {"Europe/London", "GMT0BST,M3.5.0/1,M10.5.0", FROM, TO},
    /* Summer time is the standard there. */
    {"Europe/Dublin", "IST-1GMT0,M10.5.0,M3.5.0/1", FROM, TO},
    {"America/Chicago", "CST6CDT,M3.2.0,M11.1.0", FROM, TO},
    {"Australia/Lord_Howe", "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", FROM, TO}, /* half an hour */
    {"Asia/Kathmandu", "<+0545>-5:45", FROM, TO},
    /* From the end of one Ramadan (2026-04-01) on: POSIX zones have no lunar calendar. */
    {"Africa/Casablanca", "<+01>-1", 1775001600, 1798761600},
    {"America/Sao_Paulo", "<-03>3", FROM, TO},
};

static struct made made_of(const struct made *written)
{
    struct made made = *written;
    made.hours.spans.offset = offsetof(struct made, spans);
    made.hours.closed.offset = offsetof(struct made, closed);
    return made;
}

static bool plain_is_closed(const struct made *made, int year, int month, int day)
{
    for (uint32_t i = 0; i < made->hours.closed.count; i++) {
        const struct rules_closed *c = &made->closed[i];
        if (c->from_year == 0) {
            if ((int)c->from_month == month && (int)c->from_day == day)
                return true;
            continue;
        }
        int date = year * 10000 + month * 100 + day;
        if (date >= (int)(c->from_year * 10000 + c->from_month * 100 + c->from_day) &&
            date <= (int)(c->to_year * 10000 + c->to_month * 100 + c->to_day))
            return true;
    }
    return false;
}

struct plain_day { /* which minutes after its midnight belong to a day, and to the day before */
    int year, of_year;
    bool minutes[1440];
};

static void plain_add(const struct made *made, const struct tm *date, struct plain_day *day,
                      int begins_at)
{
    if (plain_is_closed(made, date->tm_year + 1900, date->tm_mon + 1, date->tm_mday))
        return;
    for (uint32_t i = 0; i < made->hours.spans.count; i++) {
        const struct rules_hours_span *span = &made->spans[i];
        if ((int)span->day != date->tm_wday)
            continue;
        int end = (int)span->end_minute + (span->end_minute <= span->begin_minute ? 1440 : 0);
        for (int m = (int)span->begin_minute; m < end; m++) {
            if (begins_at + m >= 0 && begins_at + m < 1440)
                day->minutes[begins_at + m] = true;
        }
    }
}

static bool plain_is_inside(const struct made *made, time_t at, struct plain_day *day)
{
    struct tm local;
    localtime_r(&at, &local);
    if (day->year != local.tm_year || day->of_year != local.tm_yday) {
        *day = (struct plain_day){.year = local.tm_year, .of_year = local.tm_yday};
        struct tm yesterday = {
            .tm_year = local.tm_year, .tm_mon = local.tm_mon, .tm_mday = local.tm_mday - 1};
        timegm(&yesterday);
        plain_add(made, &yesterday, day, -1440);
        plain_add(made, &local, day, 0);
    }
    return day->minutes[local.tm_hour * 60 + local.tm_min];
}

static void agree(const struct made *written, const char *posix, time_t from, time_t to)
{
    struct made made = made_of(written);
    struct zone zone;
    struct plain_day day = {0};
    assert_true(zone_read(posix, &zone));
    struct hours_view view = {.until_ms = 0};
    for (time_t at = from; at < to; at += 60) {
        bool changes_now = view.until_ms <= (int64_t)at * 1000;
        if (changes_now) {
            bool was_inside = view.is_inside, is_first = view.until_ms == 0;
            view = hours_view(&made.rules, &made.hours, &zone, (int64_t)at * 1000);
            assert_true(view.until_ms > (int64_t)at * 1000);
            if (!is_first && view.is_inside == was_inside) /* only after a long search */
                assert_true(made.hours.spans.count <= 1 || made.spans[0].end_minute == 1440);
        }
        if (plain_is_inside(&made, at, &day) != view.is_inside)
            fail_msg("hours %d, %s: at %lld", (int)(written - all_hours), posix, (long long)at);
    }
}

static void hours_agree_with_the_clock_on_the_wall_in_every_minute(void **state)
{
    (void)state;
    for (size_t z = 0; z < sizeof zones / sizeof *zones; z++) {
        setenv("TZ", zones[z].name, 1);
        tzset();
        for (size_t h = 0; h < sizeof all_hours / sizeof *all_hours; h++)
            agree(&all_hours[h], zones[z].posix, zones[z].from, zones[z].to);
    }
    unsetenv("TZ");
    tzset();
}

static void expect_view(const struct made *made, const char *posix, int64_t utc_s, bool is_inside,
                        int64_t until_s)
{
    struct zone zone;
    assert_true(zone_read(posix, &zone));
    struct hours_view view = hours_view(&made->rules, &made->hours, &zone, utc_s * 1000);
    assert_int_equal(view.is_inside, is_inside);
    assert_int_equal(view.until_ms, until_s * 1000);
}

static void a_span_that_begins_in_the_missing_hour_begins_after_it(void **state)
{
    (void)state; /* 01:30 to 02:30 in London on 2026-03-29: 02:00 BST is 01:00 UTC */
    struct made made = made_of(&all_hours[2]);
    expect_view(&made, "GMT0BST,M3.5.0/1,M10.5.0", 1774746000 - 1, false, 1774746000);
    expect_view(&made, "GMT0BST,M3.5.0/1,M10.5.0", 1774746000, true, 1774746000 + 1800);
}

static void a_span_in_the_doubled_hour_is_there_both_times(void **state)
{
    (void)state; /* 01:15 to 01:45 in London on 2026-10-25, BST and GMT */
    struct made made = made_of(&all_hours[4]);
    int64_t change = 1792890000;
    expect_view(&made, "GMT0BST,M3.5.0/1,M10.5.0", change - 2700, true, change - 900);
    expect_view(&made, "GMT0BST,M3.5.0/1,M10.5.0", change - 900, false, change + 900);
    expect_view(&made, "GMT0BST,M3.5.0/1,M10.5.0", change + 900, true, change + 2700);
}

static void a_shift_past_midnight_belongs_to_the_day_on_which_it_begins(void **state)
{
    (void)state;
    struct made made = made_of(&all_hours[1]);
    int64_t monday = 1773014400, hour = 3600, day = 86400; /* 2026-03-09, closed */
    expect_view(&made, "UTC0", monday + 23 * hour, false, monday + day + 22 * hour);
    /* Friday's runs into Saturday; Saturday has none. */
    expect_view(&made, "UTC0", monday + 5 * day, true, monday + 5 * day + 6 * hour);
    expect_view(&made, "UTC0", monday + 5 * day + 6 * hour, false, monday + 7 * day + 22 * hour);
}

static void a_closed_day_does_not_cut_the_shift_that_began_before_it(void **state)
{
    (void)state;
    struct made made = made_of(&all_hours[1]);
    made.closed[0] = (struct rules_closed){2026, 3, 11, 2026, 3, 11}; /* Wednesday */
    int64_t wednesday = 1773014400 + 2 * 86400;
    expect_view(&made, "UTC0", wednesday + 3600, true, wednesday + 6 * 3600);
    expect_view(&made, "UTC0", wednesday + 6 * 3600, false, wednesday + 86400 + 22 * 3600);
}

static void hours_without_a_span_are_never_inside(void **state)
{
    (void)state;
    struct made made = {.hours = {{0, 0}, {0, 0}}};
    struct zone zone;
    assert_true(zone_read("", &zone));
    struct hours_view view = hours_view(&made.rules, &made.hours, &zone, 1773014400000);
    assert_false(view.is_inside);
    assert_true(view.until_ms >= 1773014400000 + INT64_C(14) * 86400000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hours_agree_with_the_clock_on_the_wall_in_every_minute),
        cmocka_unit_test(a_span_that_begins_in_the_missing_hour_begins_after_it),
        cmocka_unit_test(a_span_in_the_doubled_hour_is_there_both_times),
        cmocka_unit_test(a_shift_past_midnight_belongs_to_the_day_on_which_it_begins),
        cmocka_unit_test(a_closed_day_does_not_cut_the_shift_that_began_before_it),
        cmocka_unit_test(hours_without_a_span_are_never_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
