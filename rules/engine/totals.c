/* Totals and counts over moving windows. See totals.h. */
#include "rules/engine/totals.h"

/* ---- added up ------------------------------------------------------------------------------ */

#define RING (TOTAL_SLICES + 1) /* the window and the slice that it begins in */

static int64_t slice_ms(const struct total_rule *rule)
{
    return (rule->in_ms + TOTAL_SLICES - 1) / TOTAL_SLICES;
}

static int64_t lesser(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t greater(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t slice_of(const struct total *total, const struct total_rule *rule, int64_t at_ms)
{
    int64_t since_ms = at_ms - total->origin_ms, length_ms = slice_ms(rule);
    return since_ms / length_ms - (since_ms % length_ms < 0);
}

static void open_slices(struct total *total, int64_t until)
{
    if (until - total->newest > RING)
        total->newest = until - RING;
    while (total->newest < until)
        total->true_ms[++total->newest % RING] = 0;
}

/* Adds (sign 1) or takes away (-1) the time between two moments. */
static void add(struct total *total, const struct total_rule *rule, int64_t from_ms, int64_t to_ms,
                int32_t sign)
{
    if (from_ms >= to_ms)
        return;
    int64_t first = slice_of(total, rule, from_ms), last = slice_of(total, rule, to_ms - 1);
    open_slices(total, last);
    for (int64_t n = greater(first, greater(total->newest - RING + 1, 0)); n <= last; n++) {
        int64_t begin_ms = total->origin_ms + n * slice_ms(rule);
        int64_t part_ms = lesser(to_ms, begin_ms + slice_ms(rule)) - greater(from_ms, begin_ms);
        total->true_ms[n % RING] += (uint32_t)(sign * (int32_t)part_ms);
    }
}

/* What the newest reading adds until `now_ms`. */
static int64_t newest_counts_until(const struct total *total, const struct total_rule *rule,
                                   int64_t now_ms)
{
    if (total->readings == 0 || !total->recent[total->readings - 1].is_true)
        return INT64_MIN;
    return lesser(now_ms, total->recent[total->readings - 1].at_ms + rule->fresh_ms);
}

static void add_newest(struct total *total, const struct total_rule *rule, int64_t now_ms)
{
    int64_t until_ms = newest_counts_until(total, rule, now_ms);
    if (until_ms != INT64_MIN)
        add(total, rule, total->recent[total->readings - 1].at_ms, until_ms, 1);
}

static void remember(struct total *total, uint32_t place, struct total_reading reading)
{
    if (total->readings == TOTAL_RECENT) { /* forgets the oldest */
        for (uint32_t i = 1; i < place; i++)
            total->recent[i - 1] = total->recent[i];
        total->recent[place - 1] = reading;
        return;
    }
    for (uint32_t i = total->readings; i > place; i--)
        total->recent[i] = total->recent[i - 1];
    total->recent[place] = reading;
    total->readings++;
}

void total_take(struct total *total, const struct total_rule *rule, int64_t at_ms, bool is_true)
{
    if (total->readings == 0) {
        total->origin_ms = at_ms;
        total->newest = 0;
    }
    add_newest(total, rule, at_ms);
    remember(total, total->readings, (struct total_reading){at_ms, is_true});
}

void total_take_late(struct total *total, const struct total_rule *rule, int64_t at_ms,
                     bool is_true)
{
    uint32_t place = total->readings;
    while (place > 0 && total->recent[place - 1].at_ms > at_ms)
        place--;
    if (place == 0)
        return;
    if (place == total->readings) {
        total_take(total, rule, at_ms, is_true);
        return;
    }
    const struct total_reading *before = &total->recent[place - 1];
    int64_t next_ms = total->recent[place].at_ms;
    if (before->is_true)
        add(total, rule, at_ms, lesser(next_ms, before->at_ms + rule->fresh_ms), -1);
    if (is_true)
        add(total, rule, at_ms, lesser(next_ms, at_ms + rule->fresh_ms), 1);
    remember(total, place, (struct total_reading){at_ms, is_true});
}

/* Slice n as it lies in the window that ends now: how much of it, and how much of that was true.
 * Of the slice in which the window begins the later part is taken to be the true one. */
struct part {
    int64_t inside_ms, true_ms;
};

static struct part part_of(const struct total *total, const struct total_rule *rule, int64_t n,
                           int64_t now_ms)
{
    int64_t end_ms = total->origin_ms + (n + 1) * slice_ms(rule);
    int64_t inside_ms = lesser(slice_ms(rule), end_ms - (now_ms - rule->in_ms));
    if (inside_ms <= 0)
        return (struct part){0, 0};
    return (struct part){inside_ms, lesser(total->true_ms[n % RING], inside_ms)};
}

static int64_t oldest_slice(const struct total *total)
{
    return greater(total->newest - RING + 1, 0);
}

static int64_t sum(const struct total *total, const struct total_rule *rule, int64_t now_ms)
{
    int64_t sum_ms = 0;
    for (int64_t n = oldest_slice(total); n <= total->newest; n++)
        sum_ms += part_of(total, rule, n, now_ms).true_ms;
    return sum_ms;
}

int64_t total_ms(const struct total *total, const struct total_rule *rule, int64_t now_ms)
{
    struct total until_now = *total;
    add_newest(&until_now, rule, now_ms);
    return sum(&until_now, rule, now_ms);
}

int64_t total_full_ms(const struct total *total, const struct total_rule *rule, int64_t now_ms)
{
    if (newest_counts_until(total, rule, INT64_MAX) <= now_ms)
        return TOTALS_NEVER;
    struct total until_now = *total;
    add_newest(&until_now, rule, now_ms);
    /* It grows with the time; while true time leaves at the other end of the window it stands. */
    int64_t missing_ms = rule->for_ms - sum(&until_now, rule, now_ms), at_ms = now_ms;
    int64_t begin_ms = now_ms - rule->in_ms;
    if (begin_ms < until_now.origin_ms) {
        int64_t empty_ms = lesser(missing_ms, until_now.origin_ms - begin_ms);
        missing_ms -= empty_ms;
        at_ms += empty_ms;
    }
    for (int64_t n = oldest_slice(&until_now); missing_ms > 0 && n <= until_now.newest; n++) {
        struct part part = part_of(&until_now, rule, n, now_ms);
        int64_t grows_ms = part.inside_ms - part.true_ms;
        at_ms += missing_ms <= grows_ms ? missing_ms : part.inside_ms;
        missing_ms -= lesser(missing_ms, grows_ms);
    }
    at_ms += missing_ms;
    return at_ms <= newest_counts_until(total, rule, INT64_MAX) ? at_ms : TOTALS_NEVER;
}

int64_t total_less_ms(const struct total *total, const struct total_rule *rule, int64_t now_ms)
{
    int64_t counts_until_ms = newest_counts_until(total, rule, INT64_MAX);
    if (counts_until_ms > now_ms) /* what leaves comes in again */
        return counts_until_ms;
    struct total until_now = *total;
    add_newest(&until_now, rule, now_ms);
    int64_t surplus_ms = sum(&until_now, rule, now_ms) - rule->for_ms, at_ms = now_ms;
    at_ms += greater(0, until_now.origin_ms - (now_ms - rule->in_ms));
    for (int64_t n = oldest_slice(&until_now); n <= until_now.newest; n++) {
        struct part part = part_of(&until_now, rule, n, now_ms);
        at_ms += part.inside_ms - part.true_ms;
        if (surplus_ms < part.true_ms)
            return at_ms + surplus_ms + 1;
        surplus_ms -= part.true_ms;
        at_ms += part.true_ms;
    }
    return now_ms + rule->in_ms;
}

void total_shift(struct total *total, int64_t by_ms)
{
    total->origin_ms += by_ms;
    for (uint32_t i = 0; i < total->readings; i++)
        total->recent[i].at_ms += by_ms;
}

/* ---- counted ------------------------------------------------------------------------------- */

enum { WAS_UNKNOWN, WAS_FALSE, WAS_TRUE };

void times_take(struct times *times, uint32_t count, int64_t at_ms, bool is_true,
                bool is_suppressed)
{
    if (is_true && times->was == WAS_FALSE && !is_suppressed) {
        times->at_ms[times->next] = at_ms;
        times->next = (uint8_t)((times->next + 1U) % count);
        times->kept = (uint8_t)(times->kept + (times->kept < count));
    }
    times->was = is_true ? WAS_TRUE : WAS_FALSE;
}

int64_t times_until_ms(const struct times *times, uint32_t count, int64_t in_ms)
{
    /* A full ring is about to overwrite its oldest. */
    return times->kept < count ? INT64_MIN : times->at_ms[times->next] + in_ms;
}

void times_shift(struct times *times, int64_t by_ms)
{
    for (uint32_t i = 0; i < times->kept; i++)
        times->at_ms[i] += by_ms;
}
