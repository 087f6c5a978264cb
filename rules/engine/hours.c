/* Hours of a site in its zone. See hours.h.
 * Between two edges (the begin or end of a span, midnight, a change of the zone's offset) nothing
 * changes, so the search goes from edge to edge until the answer is another. */
#include "rules/engine/hours.h"

#include "base/calendar.h"

#define MINUTE_MS INT64_C(60000)
#define DAY_MS (1440 * MINUTE_MS)
#define EDGES_MOST 64 /* looked through at once: two weeks at least, and hours change sooner */

static int64_t day_of(int64_t local_ms) /* its midnight */
{
    int64_t of_day = local_ms % DAY_MS;
    return local_ms - of_day - (of_day < 0 ? DAY_MS : 0);
}

static uint32_t date_number(uint32_t year, uint32_t month, uint32_t day) /* in order */
{
    return (year * 16 + month) * 32 + day;
}

static bool is_closed(const struct ruleset *rules, const struct rules_hours *hours,
                      const struct calendar_date *date)
{
    for (uint32_t i = 0; i < hours->closed.count; i++) {
        const struct rules_closed *closed = RULES_AT(rules, struct rules_closed, hours->closed, i);
        uint32_t year = closed->from_year == 0 ? 0 : (uint32_t)date->year; /* 0: every year */
        uint32_t day = date_number(year, (uint32_t)date->month, (uint32_t)date->day);
        if (day >= date_number(closed->from_year, closed->from_month, closed->from_day) &&
            day <= date_number(closed->to_year, closed->to_month, closed->to_day))
            return true;
    }
    return false;
}

struct look {
    int64_t local_ms;
    bool is_inside;
    int64_t edge_ms; /* local: the next one */
};

static void look_at_span(struct look *look, int64_t begin_ms, int64_t end_ms)
{
    look->is_inside |= look->local_ms >= begin_ms && look->local_ms < end_ms;
    if (begin_ms > look->local_ms && begin_ms < look->edge_ms)
        look->edge_ms = begin_ms;
    if (end_ms > look->local_ms && end_ms < look->edge_ms)
        look->edge_ms = end_ms;
}

static void look_at_day(const struct ruleset *rules, const struct rules_hours *hours,
                        struct look *look, int64_t day_ms)
{
    struct calendar_date date;
    calendar_split(day_ms, &date);
    if (is_closed(rules, hours, &date))
        return;
    for (uint32_t i = 0; i < hours->spans.count; i++) {
        const struct rules_hours_span *span =
            RULES_AT(rules, struct rules_hours_span, hours->spans, i);
        if (span->day != (uint32_t)(date.weekday + 1) % 7) /* Sunday is 0 here, 6 there */
            continue;
        bool is_past_midnight = span->end_minute <= span->begin_minute;
        look_at_span(look, day_ms + span->begin_minute * MINUTE_MS,
                     day_ms + span->end_minute * MINUTE_MS + (is_past_midnight ? DAY_MS : 0));
    }
}

/* The first moment after `from_ms`, up to `until_ms`, at which the offset is another. */
static int64_t zone_changes(const struct zone *zone, int64_t from_ms, int64_t until_ms)
{
    const char *name;
    int32_t offset_s = zone_offset_s(zone, from_ms, &name);
    if (zone_offset_s(zone, until_ms, &name) == offset_s)
        return until_ms;
    while (until_ms - from_ms > 1) {
        int64_t middle_ms = from_ms + (until_ms - from_ms) / 2;
        if (zone_offset_s(zone, middle_ms, &name) == offset_s)
            from_ms = middle_ms;
        else
            until_ms = middle_ms;
    }
    return until_ms;
}

struct hours_view hours_view(const struct ruleset *rules, const struct rules_hours *hours,
                             const struct zone *zone, int64_t utc_ms)
{
    struct hours_view view = {.until_ms = utc_ms};
    for (uint32_t edge = 0; edge < EDGES_MOST; edge++) {
        const char *name;
        int64_t offset_ms = INT64_C(1000) * zone_offset_s(zone, view.until_ms, &name);
        struct look look = {.local_ms = view.until_ms + offset_ms};
        int64_t today_ms = day_of(look.local_ms);
        look.edge_ms = today_ms + DAY_MS;
        look_at_day(rules, hours, &look, today_ms - DAY_MS);
        look_at_day(rules, hours, &look, today_ms);
        if (edge > 0 && look.is_inside != view.is_inside)
            break;
        view.is_inside = look.is_inside;
        view.until_ms = zone_changes(zone, view.until_ms, look.edge_ms - offset_ms);
    }
    return view;
}
