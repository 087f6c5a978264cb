/* Every summary and change over time, in conditions and in reports, against a plain reckoning over
 * all readings: irregular intervals, gaps, late readings, values from 1e-9 to 1e15, windows of a
 * minute to 60 days. */
#include "tests/support/judged_site.h"

#include <math.h>

#include "rules/engine/internal.h"

#define MINUTE INT64_C(60000)
#define DAY INT64_C(86400000)
#define READINGS 3000
#define SENSORS                                                                                    \
    "sensors m\n  from mqtt m/{m}\n  fresh for 90 days\n  time from ts in milliseconds\n"          \
    "  allow late 80 days\n  read x in °C\n"

static const char *const summaries[] = {
    "average",   "minimum", "maximum", "count",  "median",       "total",        "spread",
    "deviation", "first",   "last",    "change", "kinetic-mean", "percentile 95"};
#define SUMMARIES (sizeof summaries / sizeof *summaries)

struct reading {
    int64_t at_ms;
    double value;
};
static struct reading readings[READINGS]; /* in order of time */
static size_t count;
static uint64_t seed = UINT64_C(88172645463325252);

static double draw(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (double)(seed >> 11) / 9007199254740992.0;
}

/* ---- the plain reckoning ------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double percentile(const struct reading *of, size_t n, double percent)
{
    static double sorted[READINGS];
    for (size_t i = 0; i < n; i++)
        sorted[i] = of[i].value;
    qsort(sorted, n, sizeof *sorted, compare);
    double rank = percent * (double)n / 100;
    size_t whole = (size_t)rank;
    if ((double)whole != rank || whole < 1)
        return sorted[whole];
    return whole == n ? sorted[n - 1] : sorted[whole - 1] / 2 + sorted[whole] / 2;
}

/* As USP <1079.2> and ICH Q1A write it, from °C. */
static double kinetic_mean(const struct reading *of, size_t n)
{
    long double sum = 0, constant = 83144.0L / 8.3144L;
    for (size_t i = 0; i < n; i++)
        sum += expl(-constant / ((long double)of[i].value + 273.15L));
    return (double)(constant / -logl(sum / (long double)n) - 273.15L);
}

static double reckon(uint32_t summary, const struct reading *of, size_t n)
{
    long double sum = 0, squares = 0;
    double least = of[0].value, most = of[0].value;
    for (size_t i = 0; i < n; i++) {
        sum += of[i].value;
        least = fmin(least, of[i].value);
        most = fmax(most, of[i].value);
    }
    for (size_t i = 0; i < n; i++) {
        long double apart = (long double)of[i].value - sum / (long double)n;
        squares += apart * apart;
    }
    const double all[] = {
        [RULES_AVERAGE] = (double)(sum / (long double)n),
        [RULES_MINIMUM] = least,
        [RULES_MAXIMUM] = most,
        [RULES_COUNT] = (double)n,
        [RULES_TOTAL] = (double)sum,
        [RULES_SPREAD] = most - least,
        [RULES_DEVIATION] = (double)sqrtl(squares / (long double)n),
        [RULES_FIRST] = of[0].value,
        [RULES_LAST] = of[n - 1].value,
        [RULES_CHANGE] = of[n - 1].value - of[0].value,
    };
    if (summary == RULES_MEDIAN || summary == RULES_PERCENTILE)
        return percentile(of, n, summary == RULES_MEDIAN ? 50 : 95);
    return summary == RULES_KINETIC_MEAN ? kinetic_mean(of, n) : all[summary];
}

/* How far an answer may be away: some of the last digits of what it was worked out from. */
static double slack_of(uint32_t summary, const struct reading *of, size_t n)
{
    double size = 0;
    for (size_t i = 0; i < n; i++)
        size = fmax(size, fabs(of[i].value));
    switch (summary) {
    case RULES_TOTAL:
        return size * (double)n * 1e-14;
    case RULES_AVERAGE:
    case RULES_DEVIATION:
        return size * 1e-13;
    case RULES_COUNT:
        return 0;
    case RULES_KINETIC_MEAN:
        return 1e-9;
    default:
        return size * 4e-15; /* 15 digits stay */
    }
}

/* ---- streams ------------------------------------------------------------------------------- */

struct stream {
    const char *name;
    double interval_ms; /* about */
    double low, high;   /* of xalues; of their decimal logarithms when is_wide */
    bool is_wide, is_signed, has_gaps, is_late;
    int decimals; /* -1: all */
};

static double stream_value(const struct stream *stream)
{
    double value = stream->low + draw() * (stream->high - stream->low);
    value = stream->is_wide ? pow(10, value) : value;
    value = stream->is_signed && draw() < 0.5 ? -value : value;
    double unit = pow(10, stream->decimals);
    return stream->decimals < 0 ? value : round(value * unit) / unit;
}

static void keep(int64_t at_ms, double value)
{
    size_t i = count++;
    for (; i > 0 && readings[i - 1].at_ms > at_ms; i--)
        readings[i] = readings[i - 1];
    readings[i] = (struct reading){at_ms, value};
}

static void send(struct site *site, int64_t arrived_ms, int64_t at_ms, double value)
{
    char payload[96];
    snprintf(payload, sizeof payload, "{\"ts\": %lld, \"x\": %.17g}", (long long)at_ms, value);
    assert_true(site_send_bytes(site, arrived_ms, "m/a", payload, strlen(payload)));
    keep(at_ms, value);
}

/* Returns the next moment. */
static int64_t stream_next(struct site *site, const struct stream *stream, int64_t now_ms)
{
    now_ms += 1 + (int64_t)(draw() * 2 * stream->interval_ms);
    now_ms += stream->has_gaps && draw() < 0.02 ? (int64_t)(40 * stream->interval_ms) : 0;
    int64_t late_ms =
        stream->is_late && draw() < 0.2 ? (int64_t)(draw() * 5 * stream->interval_ms) : 0;
    bool is_taken = false; /* of two readings at one time the later one would count as the last */
    for (size_t i = 0; i < count; i++)
        is_taken |= readings[i].at_ms == now_ms - late_ms;
    send(site, now_ms, now_ms - (is_taken ? 0 : late_ms), stream_value(stream));
    return now_ms;
}

/* ---- conditions ---------------------------------------------------------------------------- */

static struct site *site_with_windows(const char *over)
{
    char rules[8192], *end = rules;
    end += sprintf(end, SENSORS);
    for (uint32_t i = 0; i < SUMMARIES; i++)
        end += sprintf(end, "alarm s%u on m\n  log when %s of x over %s above 1%s\n", i,
                       summaries[i], over, i == RULES_COUNT ? "" : " °C");
    sprintf(end,
            "alarm up on m\n  log when x rises more than 1 K in %s\n"
            "alarm down on m\n  log when x falls more than 1 K in %s\n",
            over, over);
    return site_start("00:00", rules);
}

/* What alarm `index` compares now; false: nobody knows. */
static bool ask(struct site *site, uint32_t index, int64_t now_ms, double *value)
{
    struct judging judging = judging_of(site->engine, engine_row(site->engine, 0));
    struct alarm alarm = alarm_at(&judging, index);
    judging.at_ms = now_ms;
    return windows_value(&judging, &site->engine->plan.tests[alarm.triggers[0].when.first], value);
}

static double expected_of(uint32_t index, const struct reading *of, size_t n)
{
    if (index < SUMMARIES)
        return reckon(index, of, n);
    double last = of[n - 1].value;
    return index == SUMMARIES ? last - reckon(RULES_MINIMUM, of, n)
                              : reckon(RULES_MAXIMUM, of, n) - last;
}

/* The far end may lie anywhere in the slice before it. */
static void expect_answers(struct site *site, const struct stream *stream, int64_t now_ms,
                           int64_t over_ms)
{
    size_t exact = 0, least = 0;
    while (readings[exact].at_ms < now_ms - over_ms)
        exact++;
    while (readings[least].at_ms < now_ms - over_ms - over_ms / 120 - 1)
        least++;
    for (uint32_t index = 0; index < SUMMARIES + 2; index++) {
        double answer, wanted = 0;
        bool is_temperature = stream->is_wide || (stream->low > -200 && stream->high < 1000);
        if ((index == RULES_KINETIC_MEAN && !is_temperature) || !ask(site, index, now_ms, &answer))
            continue;
        bool is_right = false;
        for (size_t first = least; first <= exact && first < count && !is_right; first++) {
            const struct reading *of = &readings[first];
            size_t n = count - first;
            uint32_t kind = index < SUMMARIES ? index : RULES_SPREAD;
            wanted = expected_of(index, of, n);
            is_right = fabs(answer - wanted) <= slack_of(kind, of, n);
        }
        if (!is_right)
            fail_msg("%s, %s over %lld ms: %.17g, not %.17g", stream->name,
                     index < SUMMARIES ? summaries[index] : "rise or fall", (long long)over_ms,
                     answer, wanted);
    }
}

static const struct {
    const char *text;
    int64_t ms;
} windows[] = {
    {"1 minute", MINUTE}, {"1 hour", 60 * MINUTE}, {"31 days", 31 * DAY}, {"60 days", 60 * DAY}};

static void conditions_compare_what_a_plain_reckoning_finds(void **state)
{
    (void)state;
    static const struct stream streams[] = {
        {"a cooler", 0.02, 2, 8, .decimals = 1},
        {"sparse", 0.3, -30, 40, .decimals = 2},
        {"with gaps", 0.01, -5, 5, .has_gaps = true, .decimals = 1},
        {"late", 0.02, 0, 30, .is_late = true, .decimals = 1},
        {"fast", 0.001, 10, 30, .decimals = 2},
        {"from 1e-9 to 1e15", 0.01, -9, 15, .is_wide = true, .decimals = -1},
        {"constant", 0.01, 5.1, 5.1, .decimals = 1},
        {"two values", 0.004, 10, 31, .decimals = -1},
        {"tiny", 0.01, 1e-9, 9e-9, .decimals = 12},
        {"meter", 0.01, 1234567, 1234570, .is_signed = true, .decimals = 1},
    };
    for (size_t w = 0; w < sizeof windows / sizeof *windows; w++) {
        for (size_t s = 0; s < sizeof streams / sizeof *streams; s++) {
            struct stream stream = streams[s];
            stream.interval_ms *= (double)windows[w].ms;
            struct site *site = site_with_windows(windows[w].text);
            int64_t now_ms = site_ms("00:00");
            count = 0;
            while (count < 700) {
                now_ms = stream_next(site, &stream, now_ms);
                site->told_bytes = 0;
                if (count > 400 || draw() < 0.2)
                    expect_answers(site, &stream, now_ms, windows[w].ms);
            }
            site_stop(site);
        }
    }
}

/* Nobody knows of a rise over a gap, be it shorter than a slice of the window. */
static void a_gap_within_a_slice_is_a_gap(void **state)
{
    (void)state;
    struct site *site = site_start("00:00", "sensors m\n  from mqtt m/{m}\n  expect every 1 minute"
                                            "\n  read x in °C\nalarm up on m\n"
                                            "  notice when x rises more than 2 K in 30 days\n");
    site_send(site, "00:00", "m/a", "{\"x\": 1}");
    site_send(site, "02:00", "m/a", "{\"x\": 4}");
    site_send(site, "02:01", "m/a", "{\"x\": 4}");
    site_expect(site, "");
    site_stop(site);
}

/* A counter with tenths; 1234568.1 - 1234567.8 is 0.30000000004656613 to a computer. */
static void a_difference_of_large_numbers_is_what_people_reckon(void **state)
{
    (void)state;
    struct site *site =
        site_start("00:00", "sensors m\n  from mqtt m/{m}\n  expect every 1 minute"
                            "\n  read x in kWh\n  read y in kWh\nalarm up on m\n"
                            "  log when x rises more than 0.3 kWh in 1 hour\n"
                            "alarm apart on m\n"
                            "  log when x differs from y by more than 0.3 kWh\n"
                            "alarm moves on m\n"
                            "  log when deviation of y over 2 minutes above 0 kWh\n");
    site_send(site, "00:00", "m/a", "{\"x\": 1234567.8, \"y\": 1234567.8}");
    site_send(site, "00:01", "m/a", "{\"x\": 1234568.1, \"y\": 1234567.8}");
    site_send(site, "00:02", "m/a", "{\"x\": 1234568.1, \"y\": 1234567.8}");
    site_expect(site, "");
    site_send(site, "00:03", "m/a", "{\"x\": 1234568.2, \"y\": 1234567.8}");
    assert_non_null(strstr(site->told, "logged log up on a"));
    assert_non_null(strstr(site->told, "logged log apart on a"));
    assert_null(strstr(site->told, "moves"));
    site_stop(site);
}

/* ---- reports ------------------------------------------------------------------------------- */

static struct engine_item told[SUMMARIES];
static struct engine_report_event last;
static uint32_t reports, all_received;
static bool is_contiguous;

static void on_report(void *context, const struct engine_report_event *event)
{
    (void)context;
    is_contiguous &= reports == 0 || last.end_ms == event->start_ms;
    last = *event;
    reports++;
    all_received += event->received;
    memcpy(told, event->items, sizeof told);
}

static struct site *site_with_report(const char *clock, const char *zone, const char *period,
                                     const char *send_what)
{
    char rules[2048];
    snprintf(rules, sizeof rules,
             "site \"S\"\n  timezone %s\n" SENSORS "report r on m\n  every %s\n  send %s of x\n",
             zone, period, send_what);
    struct site *site = site_start(clock, rules);
    site->engine->sink.report = on_report;
    reports = all_received = 0;
    is_contiguous = true;
    return site;
}

#define ALL_SUMMARIES                                                                              \
    "average, minimum, maximum, count, median, total, spread, deviation, first, last, change, "    \
    "kinetic-mean, percentile 95"

static void expect_report(const struct stream *stream)
{
    size_t first = 0, n = 0;
    while (first < count && readings[first].at_ms < last.start_ms)
        first++;
    while (first + n < count && readings[first + n].at_ms < last.end_ms)
        n++;
    assert_int_equal(last.received, n);
    for (uint32_t i = 0; i < SUMMARIES && n > 0; i++) {
        double wanted = reckon(i, &readings[first], n);
        double slack = slack_of(i, &readings[first], n);
        bool is_ranked = n > 200 && (i == RULES_MEDIAN || i == RULES_PERCENTILE);
        if (!is_ranked && !(fabs(told[i].value - wanted) <= slack))
            fail_msg("%s, %s of %zu: %.17g, not %.17g", stream->name, summaries[i], n,
                     told[i].value, wanted);
        if (i == RULES_MEDIAN && is_ranked) /* within 1 % of rank */
            assert_true(told[i].value >= percentile(&readings[first], n, 49) &&
                        told[i].value <= percentile(&readings[first], n, 51));
    }
}

static void reports_tell_what_a_plain_reckoning_finds(void **state)
{
    (void)state;
    static const struct stream streams[] = {
        {"a cooler", 60000, 2, 8, .decimals = 1},
        {"with gaps", 200000, -30, 30, .has_gaps = true, .decimals = 2},
        {"late", 60000, 0, 30, .is_late = true, .decimals = 1},
        {"fast", 4000, 10, 30, .decimals = 3},
        {"from 1e-9 to 1e15", 60000, -9, 15, .is_wide = true, .decimals = -1},
        {"both signs", 60000, -3, 9, .is_wide = true, .is_signed = true, .decimals = 3},
        {"constant", 30000, 5.1, 5.1, .decimals = 1},
    };
    for (size_t s = 0; s < sizeof streams / sizeof *streams; s++) {
        struct site *site =
            site_with_report("00:00", "utc", "1 hour\n  wait 10 minutes", ALL_SUMMARIES);
        int64_t now_ms = site_ms("00:00");
        count = 0;
        while (count < READINGS - 1) {
            uint32_t before = reports;
            engine_advance(site->engine, now_ms + 1);
            if (reports != before)
                expect_report(&streams[s]);
            now_ms = stream_next(site, &streams[s], now_ms);
        }
        assert_true(reports >= 3);
        site_stop(site);
    }
}

/* As reports print it. */
static void expect_digits(const char *values[], const char *const wanted[SUMMARIES])
{
    struct site *site = site_with_report("00:00", "utc", "1 hour", ALL_SUMMARIES);
    for (int minute = 0; values[minute] != NULL; minute++) {
        char payload[96];
        int64_t at_ms = site_ms("00:00") + minute * MINUTE;
        snprintf(payload, sizeof payload, "{\"ts\": %lld, \"x\": %s}", (long long)at_ms,
                 values[minute]);
        site_send_bytes(site, at_ms, "m/a", payload, strlen(payload));
    }
    site_advance(site, "01:01");
    for (uint32_t i = 0; i < SUMMARIES; i++) {
        char number[32];
        snprintf(number, sizeof number, "%.15g", told[i].value);
        if (wanted[i] != NULL && strcmp(number, wanted[i]) != 0)
            fail_msg("%s of %s …: %s, not %s", summaries[i], values[0], number, wanted[i]);
    }
    site_stop(site);
}

static void reports_have_the_digits_that_were_sent_and_no_others(void **state)
{
    (void)state;
    expect_digits((const char *[]){"100.3", "100", "100.1", NULL},
                  (const char *const[SUMMARIES]){"100.133333333333", "100", "100.3", "3", "100.1",
                                                 "300.4", "0.3", NULL, "100.3", "100.1", "-0.2"});
    expect_digits((const char *[]){"5", "5", "5", "5", "5", NULL},
                  (const char *const[SUMMARIES]){"5", "5", "5", "5", "5", "25", "0", "0", "5", "5",
                                                 "0", "5", "5"});
    expect_digits((const char *[]){"100.1", "-100", NULL},
                  (const char *const[SUMMARIES]){"0.05", "-100", "100.1", "2", "0.05", "0.1",
                                                 "200.1", "100.05", "100.1", "-100", "-200.1"});
    expect_digits((const char *[]){"1e-9", "3.5e-9", NULL},
                  (const char *const[SUMMARIES]){"2.25e-09", "1e-09", "3.5e-09", "2", "2.25e-09",
                                                 "4.5e-09", "2.5e-09", "1.25e-09", "1e-09",
                                                 "3.5e-09", "2.5e-09"});
    expect_digits((const char *[]){"1e15", "999999999999999", NULL},
                  (const char *const[SUMMARIES]){"1e+15", "999999999999999", "1e+15", "2", "1e+15",
                                                 "2e+15", "1", "0.5", "1e+15", "999999999999999",
                                                 "-1"});
}

/* The clocks go forward on 29 March and back on 25 October. */
static void each_reading_of_a_year_is_in_one_report_whatever_the_clocks_do(void **state)
{
    (void)state;
    static const char *const zones[] = {"utc", "Europe/London", "America/New_York",
                                        "Australia/Sydney", "Asia/Kolkata"};
    static const char *const periods[] = {"1 hour",   "2 hours", "3 hours",        "6 hours",
                                          "12 hours", "1 day",   "1 day at 02:30", "1 week"};
    for (size_t z = 0; z < sizeof zones / sizeof *zones; z++) {
        for (size_t p = 0; p < sizeof periods / sizeof *periods; p++) {
            struct site *site = site_with_report("-3d 00:00", zones[z], periods[p], "count");
            int64_t at_ms = site_ms("-3d 00:00") + 7 * MINUTE;
            uint32_t sent = 0;
            for (; at_ms < site_ms("00:00") + 370 * DAY; at_ms += 30 * MINUTE, sent++) {
                count = 0;
                send(site, at_ms, at_ms, (double)(sent % 50));
            }
            engine_advance(site->engine, at_ms + 8 * DAY);
            if (!is_contiguous || all_received != sent)
                fail_msg("%s, every %s: %u of %u", zones[z], periods[p], all_received, sent);
            site_stop(site);
        }
    }
}

static void a_day_of_23_hours_expects_23_hours_of_readings(void **state)
{
    (void)state;
    struct site *site =
        site_start("+19d 00:00", "site \"S\"\n  timezone Europe/London\n"
                                 "sensors m\n  from mqtt m/{m}\n  expect every 1 hour\n"
                                 "  read x in °C\nreport day on m\n  every 1 day\n"
                                 "  send count of x\n");
    char topic[] = "m/a";
    site_send_every(site, "+19d 00:00", "+21d 00:00", 3600, topic, "{\"x\": 4}");
    site_advance(site, "+21d 00:00");
    site_expect(site, "+20d 00:00:30 report day on a +19d 00:00:00 to +20d 00:00:00 count 24 | 24 "
                      "of 24 whole\n"
                      "+20d 23:00:30 report day on a +20d 00:00:00 to +20d 23:00:00 count 23 | 23 "
                      "of 23 whole\n");
    site_stop(site);
    site = site_start("+229d 23:00", "site \"S\"\n  timezone Europe/London\n"
                                     "sensors m\n  from mqtt m/{m}\n  expect every 1 hour\n"
                                     "  read x in °C\nreport day on m\n  every 1 day\n"
                                     "  send count of x\n");
    site_send_every(site, "+229d 23:00", "+231d 00:00", 3600, topic, "{\"x\": 4}");
    site_advance(site, "+231d 00:01");
    site_expect(site, "+231d 00:00:30 report day on a +229d 23:00:00 to +231d 00:00:00 count 25 | "
                      "25 of 25 whole\n");
    site_stop(site);
}

static void a_report_goes_on_over_a_restart(void **state)
{
    (void)state;
    struct site *site =
        site_start("08:00", "sensors m\n  from mqtt m/{m}\n  expect every 1 minute\n"
                            "  read x in °C\nreport r on m\n  every 10 minutes\n"
                            "  send average, total, count, first, median of x\n");
    site_send_every(site, "08:00", "08:03", 60, "m/a", "{\"x\": 2.1}");
    site_restart_at(site, site_ms("08:05:30"));
    site_send_every(site, "08:06", "08:09", 60, "m/a", "{\"x\": 4.3}");
    site_advance(site, "08:10:30");
    site_expect(site, "08:10:30 report r on a 08:00:00 to 08:10:00 average 3.2 total 25.6 count 8 "
                      "first 2.1 median 3.2 | 8 of 10\n");
    site_stop(site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions_compare_what_a_plain_reckoning_finds),
        cmocka_unit_test(a_gap_within_a_slice_is_a_gap),
        cmocka_unit_test(a_difference_of_large_numbers_is_what_people_reckon),
        cmocka_unit_test(reports_tell_what_a_plain_reckoning_finds),
        cmocka_unit_test(reports_have_the_digits_that_were_sent_and_no_others),
        cmocka_unit_test(each_reading_of_a_year_is_in_one_report_whatever_the_clocks_do),
        cmocka_unit_test(a_day_of_23_hours_expects_23_hours_of_readings),
        cmocka_unit_test(a_report_goes_on_over_a_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
