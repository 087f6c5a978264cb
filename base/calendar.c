/* UTC milliseconds to a calendar date and back, and RFC 3339 text. See calendar.h.
 * Days are counted in eras of 400 years that begin on 1 March, so that the leap day is the last of
 * its year and no table of months is needed to go from a day to its date. */
#include "base/calendar.h"

#define MS_PER_DAY INT64_C(86400000)
#define DAYS_PER_ERA 146097 /* 400 Gregorian years */
#define DAYS_TO_1970 719468 /* from 0000-03-01 */
#define YEAR_9999_END_MS INT64_C(253402300799999)
#define YEAR_0_START_MS INT64_C(-62167219200000)

static int64_t divide_down(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

void calendar_split(int64_t utc_ms, struct calendar_date *date)
{
    int64_t day = divide_down(utc_ms, MS_PER_DAY);
    int32_t ms = (int32_t)((utc_ms % MS_PER_DAY + MS_PER_DAY) % MS_PER_DAY);
    date->millisecond = ms % 1000;
    date->second = ms / 1000 % 60;
    date->minute = ms / 60000 % 60;
    date->hour = ms / 3600000;
    date->weekday = (int)((day % 7 + 7 + 3) % 7); /* 1970-01-01 was a Thursday */

    day += DAYS_TO_1970;
    int64_t era = divide_down(day, DAYS_PER_ERA);
    int32_t of_era = (int32_t)(day - era * DAYS_PER_ERA);
    int32_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int32_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int32_t month = (5 * of_year + 2) / 153; /* 0 = March; five months have 153 days */
    date->day = of_year - (153 * month + 2) / 5 + 1;
    date->month = month < 10 ? month + 3 : month - 9;
    date->year = (int)(era * 400) + year + (date->month <= 2);
}

int64_t calendar_join(const struct calendar_date *date)
{
    int64_t year = (int64_t)date->year - (date->month <= 2);
    int64_t era = divide_down(year, 400);
    int64_t of_era = year - era * 400;
    int64_t month = date->month > 2 ? date->month - 3 : date->month + 9;
    int64_t of_year = (153 * month + 2) / 5 + date->day - 1;
    int64_t day = era * DAYS_PER_ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    int64_t second = (date->hour * INT64_C(60) + date->minute) * 60 + date->second;
    return (day - DAYS_TO_1970) * MS_PER_DAY + second * 1000 + date->millisecond;
}

/* ---- text ---------------------------------------------------------------------------------- */

static char *write_digits(char *text, int value, int digits)
{
    for (int i = digits; i-- > 0; value /= 10)
        text[i] = (char)('0' + value % 10);
    return text + digits;
}

static char *write_field(char *text, int value, int digits, char after)
{
    text = write_digits(text, value, digits);
    *text = after;
    return text + 1;
}

const char *calendar_write(int64_t utc_ms, char text[CALENDAR_TEXT_BYTES])
{
    if (utc_ms < YEAR_0_START_MS)
        utc_ms = YEAR_0_START_MS;
    if (utc_ms > YEAR_9999_END_MS)
        utc_ms = YEAR_9999_END_MS;
    struct calendar_date date;
    calendar_split(utc_ms, &date);
    char *end = write_field(text, date.year, 4, '-');
    end = write_field(end, date.month, 2, '-');
    end = write_field(end, date.day, 2, 'T');
    end = write_field(end, date.hour, 2, ':');
    end = write_field(end, date.minute, 2, ':');
    end = write_field(end, date.second, 2, '.');
    end = write_field(end, date.millisecond, 3, 'Z');
    *end = 0;
    return text;
}

/* Takes `digits` digits from the front of *text; -1 when they are not there. */
static int take_digits(struct text *text, size_t digits)
{
    if (text->length < digits)
        return -1;
    int value = 0;
    for (size_t i = 0; i < digits; i++) {
        char c = text->bytes[i];
        if (c < '0' || c > '9')
            return -1;
        value = value * 10 + (c - '0');
    }
    text->bytes += digits;
    text->length -= digits;
    return value;
}

static bool take_one_of(struct text *text, const char *accepted, char *taken)
{
    if (text->length == 0 || text->bytes[0] == 0 || strchr(accepted, text->bytes[0]) == NULL)
        return false;
    *taken = text->bytes[0];
    text->bytes++;
    text->length--;
    return true;
}

/* Section 5.6, "time-secfrac": a point and 1 to 9 digits, of which three count. No point: 0. */
static int take_milliseconds(struct text *text)
{
    char point;
    if (!take_one_of(text, ".", &point))
        return 0;
    int value = 0, digits = 0;
    for (int digit; (digit = take_digits(text, 1)) >= 0; digits++) {
        if (digits == 9)
            return -1;
        if (digits < 3)
            value = value * 10 + digit;
    }
    if (digits == 0)
        return -1;
    for (; digits < 3; digits++)
        value *= 10;
    return value;
}

/* Section 5.6, "time-offset": Z, or hours and minutes that local time is ahead of UTC. */
static bool take_offset(struct text *text, int64_t *offset_ms)
{
    char sign, colon;
    if (!take_one_of(text, "Zz+-", &sign))
        return false;
    *offset_ms = 0;
    if (sign == 'Z' || sign == 'z')
        return true;
    int hours = take_digits(text, 2);
    if (hours < 0 || hours > 23 || !take_one_of(text, ":", &colon))
        return false;
    int minutes = take_digits(text, 2);
    if (minutes < 0 || minutes > 59)
        return false;
    *offset_ms = (hours * INT64_C(60) + minutes) * 60000 * (sign == '-' ? -1 : 1);
    return true;
}

static int days_in_month(int year, int month)
{
    if (month == 2)
        return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

bool calendar_read(struct text text, int64_t *utc_ms)
{
    struct calendar_date date;
    struct {
        int *field;
        size_t digits;
        const char *after; /* section 5.6 allows small letters, and a blank in place of T */
        int least, most;
    } const parts[] = {
        {&date.year, 4, "-", 0, 9999}, {&date.month, 2, "-", 1, 12},
        {&date.day, 2, "Tt ", 1, 31},  {&date.hour, 2, ":", 0, 23},
        {&date.minute, 2, ":", 0, 59}, {&date.second, 2, NULL, 0, 60},
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        char separator;
        int value = take_digits(&text, parts[i].digits);
        if (value < parts[i].least || value > parts[i].most)
            return false;
        if (parts[i].after != NULL && !take_one_of(&text, parts[i].after, &separator))
            return false;
        *parts[i].field = value;
    }
    int64_t offset_ms;
    date.millisecond = take_milliseconds(&text);
    if (date.millisecond < 0 || !take_offset(&text, &offset_ms) || text.length != 0)
        return false;
    if (date.day > days_in_month(date.year, date.month))
        return false;
    int64_t result = calendar_join(&date) - offset_ms;
    /* Section 5.7: a leap second stands only at the end of a UTC day. It counts as the second after
     * it. */
    if (date.second == 60 &&
        result - date.millisecond != divide_down(result, MS_PER_DAY) * MS_PER_DAY)
        return false;
    *utc_ms = result;
    return true;
}
