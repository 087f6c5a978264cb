/* POSIX time zones (IEEE Std 1003.1, section 8.3: TZ), with the hours beyond a day that zone files
 * use. */
#include "base/zone.h"

#include "base/calendar.h"

#define DAY_S 86400

/* ---- reading ------------------------------------------------------------------------------- */

static bool read_name(const char **at, char name[ZONE_NAME_BYTES])
{
    bool is_quoted = **at == '<';
    size_t length = 0;
    *at += is_quoted;
    while ((**at >= 'a' && **at <= 'z') || (**at >= 'A' && **at <= 'Z') ||
           (is_quoted && ((**at >= '0' && **at <= '9') || **at == '+' || **at == '-'))) {
        if (length == ZONE_NAME_BYTES - 1)
            return false;
        name[length++] = *(*at)++;
    }
    name[length] = 0;
    if (is_quoted && *(*at)++ != '>')
        return false;
    return length >= 3;
}

static bool read_number(const char **at, int least, int most, int *number)
{
    *number = 0;
    if (**at < '0' || **at > '9')
        return false;
    while (**at >= '0' && **at <= '9' && *number <= most)
        *number = *number * 10 + (*(*at)++ - '0');
    return *number >= least && *number <= most;
}

/* "5", "-5:30", "+1:00:30" */
static bool read_time(const char **at, int32_t *seconds)
{
    static const int units[] = {3600, 60, 1};
    int sign = **at == '-' ? -1 : 1;
    *seconds = 0;
    if (**at == '-' || **at == '+')
        ++*at;
    for (size_t i = 0; i < 3; i++) {
        int number;
        if (!read_number(at, 0, i == 0 ? 167 : 59, &number))
            return false;
        *seconds += sign * number * units[i];
        if (**at != ':')
            break;
        ++*at;
    }
    return true;
}

static bool read_change(const char **at, struct zone_change *change)
{
    if (*(*at)++ != ',')
        return false;
    change->second = 2 * 3600;
    change->kind = **at == 'M' || **at == 'J' ? *(*at)++ : 'D';
    if (change->kind == 'M') {
        if (!read_number(at, 1, 12, &change->month) || *(*at)++ != '.' ||
            !read_number(at, 1, 5, &change->week) || *(*at)++ != '.' ||
            !read_number(at, 0, 6, &change->day))
            return false;
    } else if (!read_number(at, change->kind == 'J', 365, &change->day)) {
        return false;
    }
    if (**at != '/')
        return true;
    ++*at;
    return read_time(at, &change->second);
}

static bool read_all(const char *at, struct zone *zone)
{
    int32_t west;
    if (!read_name(&at, zone->name[0]) || !read_time(&at, &west))
        return false;
    zone->offset_s[0] = -west;
    if (!*at)
        return true;
    zone->has_summer = true;
    zone->offset_s[1] = zone->offset_s[0] + 3600;
    if (!read_name(&at, zone->name[1]))
        return false;
    if (*at && *at != ',') {
        if (!read_time(&at, &west))
            return false;
        zone->offset_s[1] = -west;
    }
    return read_change(&at, &zone->begins) && read_change(&at, &zone->ends) && !*at;
}

bool zone_read(const char *posix, struct zone *zone)
{
    static const struct zone utc = {.name = {"UTC"}};
    *zone = (struct zone){0};
    if (posix && posix[0] && read_all(posix, zone))
        return true;
    *zone = utc;
    return !posix || !posix[0];
}

/* ---- using --------------------------------------------------------------------------------- */

static int64_t midnight_ms(int year, int month, int day)
{
    return calendar_join(&(struct calendar_date){.year = year, .month = month, .day = day});
}

/* The instant of a change in that year, were the clock at UTC. */
static int64_t change_ms(const struct zone_change *change, int year)
{
    int64_t day = midnight_ms(year, 1, 1);
    bool is_leap = midnight_ms(year + 1, 1, 1) - day == INT64_C(366) * DAY_S * 1000;
    if (change->kind == 'M') {
        struct calendar_date first;
        calendar_split(midnight_ms(year, change->month, 1), &first);
        int sunday_based = (first.weekday + 1) % 7; /* of the first of the month */
        int of_month = 1 + (change->day - sunday_based + 7) % 7 + (change->week - 1) * 7;
        int64_t next_month = change->month == 12 ? midnight_ms(year + 1, 1, 1)
                                                 : midnight_ms(year, change->month + 1, 1);
        day = midnight_ms(year, change->month, 1) + INT64_C(1000) * DAY_S * (of_month - 1);
        if (day >= next_month) /* week 5 is the last one */
            day -= INT64_C(7000) * DAY_S;
    } else if (change->kind == 'J') {
        day += INT64_C(1000) * DAY_S * (change->day - 1 + (is_leap && change->day >= 60));
    } else {
        day += INT64_C(1000) * DAY_S * change->day;
    }
    return day + INT64_C(1000) * change->second;
}

int32_t zone_offset_s(const struct zone *zone, int64_t utc_ms, const char **name)
{
    bool is_summer = false;
    if (zone->has_summer) {
        struct calendar_date date;
        calendar_split(utc_ms + INT64_C(1000) * zone->offset_s[0], &date);
        int64_t begins = change_ms(&zone->begins, date.year) - INT64_C(1000) * zone->offset_s[0];
        int64_t ends = change_ms(&zone->ends, date.year) - INT64_C(1000) * zone->offset_s[1];
        /* South of the equator summer goes over the turn of the year. */
        is_summer =
            begins < ends ? utc_ms >= begins && utc_ms < ends : utc_ms >= begins || utc_ms < ends;
    }
    *name = zone->name[is_summer];
    return zone->offset_s[is_summer];
}
