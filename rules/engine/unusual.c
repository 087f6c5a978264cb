/* See unusual.h. Everything is measured against the device's own history, so no width is set by
 * hand: a measure falls into a bin of half an octave, and its surprise is -ln of the share of
 * readings that fell there or beyond (an empirical p-value; Fisher, Statistical Methods for
 * Research Workers, 1932, adds such logarithms up). */
#include "rules/engine/unusual.h"

#include "base/exponential.h"

#define HOUR_MS INT64_C(3600000)
#define WEEK_HOURS 168
#define EPOCH_HOUR 96 /* 1970 began on a Thursday; weeks begin on Sunday */

/* Shares of a step by which means follow. */
#define SMOOTH_RATE 0.5
#define FAST_RATE 0.05
#define SLOW_RATE 0.005
#define MOVEMENT_RATE 0.02
/* `learn over` holds so many steps at most: sensors that send faster are learned step by step. */
#define STEPS_OF_LEARN_OVER 2016
/* Times `learn over` for which readings are remembered before the old ones count half. */
#define REMEMBERED 26
#define HOUR_SHARE 60 /* an hour of the day is learned in so many parts of `learn over` */
#define WEEK_RATE 0.3 /* an hour of the week is seen once a week */
/* What is less than this of the whole range is no deviation. */
#define RANGE_SHARE 1e-3
#define USUAL_DEVIATIONS 3
#define CALM_SHARE 0.5 /* of the threshold */
#define BAR_STEPS 300

static double magnitude(double x)
{
    return x < 0 ? -x : x;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* The share of a mean that moves at `rate` a step, after `steps` of them. */
static double rate_over(double rate, double steps)
{
    return steps * rate / (1 - rate + steps * rate);
}

static void follow(float *mean, double towards, double rate)
{
    *mean = (float)((double)*mean + rate * (towards - (double)*mean));
}

/* ---- surprise ------------------------------------------------------------------------------ */

/* Half octaves from 2^-8 to 2^8. */
static uint8_t tail_bin(double measure)
{
    uint64_t bits;
    if (!(measure > 0))
        return 0;
    memcpy(&bits, &measure, sizeof bits);
    int exponent = (int)(bits >> 52) - 1022;
    bool is_upper_half = (bits & UINT64_C(0xfffffffffffff)) >= UINT64_C(0x6a09e667f3bcd);
    int bin = 2 * exponent + is_upper_half + UNUSUAL_TAIL_BINS / 2 - 2;
    return (uint8_t)(bin < 0 ? 0 : bin >= UNUSUAL_TAIL_BINS ? UNUSUAL_TAIL_BINS - 1 : bin);
}

/* As a share of all, with one more reading as extreme: that it can happen is not ruled out. */
static double chance_of(uint32_t as_extreme, uint32_t all)
{
    return (as_extreme + 1.0) / (all + 1.0);
}

static double tail_chance(const uint16_t *tail, uint8_t bin)
{
    return chance_of(tail[bin], tail[0]);
}

static uint32_t sum_of(const uint16_t *counts, uint32_t count)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < count; i++)
        sum += counts[i];
    return sum;
}

static uint32_t value_bin(const struct unusual *u, double value)
{
    double range = u->value_high - u->value_low;
    if (!(range > 0))
        return 0;
    double at = (value - u->value_low) / range * UNUSUAL_VALUE_BINS;
    return at >= UNUSUAL_VALUE_BINS ? UNUSUAL_VALUE_BINS - 1 : at > 0 ? (uint32_t)at : 0;
}

static double value_chance(const struct unusual *u, double value)
{
    bool is_within = value >= u->value_low && value <= u->value_high;
    uint32_t own = is_within ? u->values[value_bin(u, value)] : 0, rarer = 0;
    for (uint32_t i = 0; i < UNUSUAL_VALUE_BINS; i++)
        rarer += u->values[i] <= own ? u->values[i] : 0U;
    return chance_of(rarer, u->tails[0][0]);
}

/* ---- remembering --------------------------------------------------------------------------- */

static void halve(uint16_t *counts, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        counts[i] /= 2;
}

static void remember_in(uint16_t *tail, uint32_t bin)
{
    for (uint32_t i = 0; i <= bin; i++)
        tail[i]++;
}

/* Twice as wide, towards the value: two bins become one. */
static void values_widen(struct unusual *u, bool is_upwards)
{
    uint16_t wide[UNUSUAL_VALUE_BINS] = {0};
    for (uint32_t i = 0; i < UNUSUAL_VALUE_BINS; i++) {
        uint16_t *to = &wide[is_upwards ? i / 2 : UNUSUAL_VALUE_BINS / 2 + i / 2];
        uint32_t sum = *to + (uint32_t)u->values[i];
        *to = sum > UINT16_MAX ? UINT16_MAX : (uint16_t)sum;
    }
    memcpy(u->values, wide, sizeof wide);
    double range = u->value_high - u->value_low;
    u->value_high += is_upwards ? range : 0;
    u->value_low -= is_upwards ? 0 : range;
}

static void values_cover(struct unusual *u, double value)
{
    uint32_t all = sum_of(u->values, UNUSUAL_VALUE_BINS);
    if (all == 0)
        u->value_low = u->value_high = value;
    if (u->value_low == u->value_high && value != u->value_low) { /* the second value of all */
        bool is_above = value > u->value_low;
        memset(u->values, 0, sizeof u->values);
        u->values[is_above ? 0 : UNUSUAL_VALUE_BINS - 1] =
            (uint16_t)(all > UINT16_MAX ? UINT16_MAX : all);
        *(is_above ? &u->value_high : &u->value_low) = value;
    }
    while (value > u->value_high || value < u->value_low)
        values_widen(u, value > u->value_high);
}

/* When old readings have come to count half: what nobody has seen for long is not part of the range
 * any more. */
static void forget_half(struct unusual *u)
{
    for (uint32_t i = 0; i < UNUSUAL_VALUE; i++)
        halve(u->tails[i], UNUSUAL_TAIL_BINS);
    halve(u->values, UNUSUAL_VALUE_BINS);
    double width = (u->value_high - u->value_low) / UNUSUAL_VALUE_BINS;
    uint32_t first = 0, last = UNUSUAL_VALUE_BINS - 1;
    while (first < last && u->values[first] == 0)
        first++;
    while (last > first && u->values[last] == 0)
        last--;
    u->low = larger(u->low, u->value_low + first * width);
    double high = u->value_low + (last + 1) * width;
    u->high = u->high < high ? u->high : high;
}

static void remember_step(struct unusual *u)
{
    for (uint32_t i = 0; i < UNUSUAL_VALUE; i++)
        remember_in(u->tails[i], u->pending_bins[i]);
    values_cover(u, u->pending_value);
    u->values[value_bin(u, u->pending_value)]++;
    u->has_pending = false;
    if (u->tails[0][0] >= REMEMBERED * STEPS_OF_LEARN_OVER) /* before any count is full */
        forget_half(u);
}

/* ---- time ---------------------------------------------------------------------------------- */

/* How many steps have passed since the reading before. */
static double steps_since(struct unusual *u, const struct unusual_settings *settings,
                          int64_t local_ms)
{
    float passed_ms = (float)(local_ms - u->newest_ms);
    u->newest_ms = local_ms;
    if (u->readings < 10) { /* the interval is not known yet: the shortest so far */
        bool is_shorter = u->interval_ms == 0 || passed_ms < u->interval_ms;
        if (u->readings > 0 && passed_ms > 0 && is_shorter)
            u->interval_ms = passed_ms;
        return 1;
    }
    if (passed_ms > 0) {
        float most_ms = 3 * u->interval_ms;
        u->interval_ms += 0.05F * ((passed_ms < most_ms ? passed_ms : most_ms) - u->interval_ms);
    }
    double least_ms = (double)settings->learn_over_ms / STEPS_OF_LEARN_OVER;
    double steps = passed_ms / larger(u->interval_ms, least_ms);
    return steps < 1e-3 ? 1e-3 : steps > 20 ? 20 : steps;
}

struct hour {
    uint32_t day, week; /* of the day 0 to 23, of the week 0 to 167 */
    double mean;        /* what the day looks like now, between the means of two hours */
};

static struct hour hour_of(const struct unusual *u, int64_t local_ms)
{
    int64_t hours = local_ms / HOUR_MS - (local_ms % HOUR_MS < 0);
    double into = (double)(local_ms - hours * HOUR_MS) / HOUR_MS;
    int64_t of_week = (hours + EPOCH_HOUR) % WEEK_HOURS;
    struct hour hour = {.week = (uint32_t)(of_week + (of_week < 0 ? WEEK_HOURS : 0))};
    hour.day = hour.week % 24;
    /* The middle of an hour has its mean. */
    uint32_t before = (hour.day + (into < 0.5 ? 23 : 0)) % 24, after = (before + 1) % 24;
    double share = into < 0.5 ? into + 0.5 : into - 0.5;
    hour.mean = u->hour_count[hour.day] > 0 ? (double)u->hour_mean[hour.day] : u->slow;
    if (u->hour_count[before] > 0 && u->hour_count[after] > 0)
        hour.mean =
            (double)u->hour_mean[before] * (1 - share) + (double)u->hour_mean[after] * share;
    return hour;
}

/* ---- learning what is usual ---------------------------------------------------------------- */

static double week_offset(const struct unusual *u, uint32_t hour)
{
    uint32_t bits = (uint32_t)u->week_offset[hour] << 16;
    float offset;
    memcpy(&offset, &bits, sizeof offset);
    return (double)offset;
}

static void learn_week(struct unusual *u, const struct hour *hour, double left, double steps)
{
    if (u->week_hour != hour->week && u->week_steps > 0) {
        double before = week_offset(u, u->week_hour);
        double mean = (double)(u->week_sum / u->week_steps);
        float offset = (float)(before + WEEK_RATE * (mean - before));
        uint32_t bits;
        memcpy(&bits, &offset, sizeof bits);
        u->week_offset[u->week_hour] = (uint16_t)((bits + 0x8000) >> 16);
        u->week_sum = u->week_steps = 0;
    }
    u->week_hour = (uint8_t)hour->week;
    u->week_sum += (float)(left * steps);
    u->week_steps += (float)steps;
}

static void learn_hour(struct unusual *u, const struct unusual_settings *settings,
                       const struct hour *hour, double left, double left_of_week, double passed_ms,
                       double steps)
{
    double share = passed_ms / (double)settings->learn_over_ms;
    uint8_t *count = &u->hour_count[hour->day];
    *count = (uint8_t)(*count + (*count < UINT8_MAX));
    double rate = larger(HOUR_SHARE * share, 1.0 / *count);
    rate = rate > 1 ? 1 : rate;
    float *mean = &u->hour_mean[hour->day], *deviation = &u->hour_deviation[hour->day];
    follow(mean, (double)*mean + left, rate);
    follow(deviation, magnitude(left_of_week), rate);
    if (!settings->is_without_week)
        learn_week(u, hour, left, steps);
}

static void learn_level(struct unusual *u, double value, double steps)
{
    double rate = larger(rate_over(SLOW_RATE, steps), 1 / ((double)u->steps + 1));
    follow(&u->slow_deviation, magnitude(u->fast - u->slow), rate);
    u->slow += rate * (value - u->slow);
    follow(&u->usual_movement, (double)u->movement, rate);
}

/* It has been so for as long as `learn over`: every hour moves to the new level. */
static void accept_level(struct unusual *u)
{
    double by = u->fast - u->slow;
    for (uint32_t i = 0; i < 24; i++)
        u->hour_mean[i] = (float)(u->hour_mean[i] + by);
    u->slow = u->fast;
    u->smooth = 0;
}

static bool lasts_too_long(struct unusual *u, const struct unusual_settings *settings,
                           int64_t local_ms, bool is_wrong)
{
    if (!is_wrong)
        u->wrong_since_ms = 0;
    else if (u->wrong_since_ms == 0)
        u->wrong_since_ms = local_ms;
    bool is_too_long = is_wrong && local_ms - u->wrong_since_ms > settings->learn_over_ms;
    if (is_too_long)
        u->wrong_since_ms = local_ms;
    return is_too_long;
}

/* ---- what is usual ------------------------------------------------------------------------- */

static double least_deviation(const struct unusual *u, const struct unusual_settings *settings)
{
    return larger(RANGE_SHARE * (u->high - u->low), settings->resolution) + 1e-300;
}

void unusual_range(const struct unusual *unusual, const struct unusual_settings *settings,
                   int64_t local_ms, double *low, double *high)
{
    struct hour hour = hour_of(unusual, local_ms);
    double middle = hour.mean + (settings->is_without_week ? 0 : week_offset(unusual, hour.week));
    double deviation = unusual->hour_count[hour.day] > 0 ? (double)unusual->hour_deviation[hour.day]
                                                         : magnitude(unusual->newest - middle);
    double width = USUAL_DEVIATIONS * (deviation + least_deviation(unusual, settings));
    *low = middle - width;
    *high = middle + width;
}

/* ---- one reading --------------------------------------------------------------------------- */

struct unusual_answer unusual_take(struct unusual *unusual, const struct unusual_settings *settings,
                                   int64_t local_ms, double value, bool is_wrong)
{
    struct unusual *u = unusual;
    struct unusual_answer answer = {.direction = 1};
    if (u->readings == 0) {
        u->low = u->high = u->fast = u->slow = u->newest = value;
        u->newest_ms = local_ms;
    }
    double passed_ms = (double)(local_ms - u->newest_ms);
    double steps = steps_since(u, settings, local_ms);
    u->readings += u->readings < UINT32_MAX;
    if (lasts_too_long(u, settings, local_ms, is_wrong)) {
        answer.is_accepted = true;
        accept_level(u);
    }

    uint8_t bins[UNUSUAL_VALUE];
    double range = u->high - u->low;
    double beyond = larger(value - u->high, u->low - value) - settings->resolution;
    bins[UNUSUAL_RECORD] =
        beyond > 0 ? tail_bin(beyond / (range + 1e-9 * magnitude(value) + 1e-300)) : 0;
    bins[UNUSUAL_RECORD] =
        (uint8_t)(bins[UNUSUAL_RECORD] + (beyond > 0 && bins[UNUSUAL_RECORD] == 0));
    u->high = larger(u->high, value);
    u->low = value < u->low ? value : u->low;

    double least = least_deviation(u, settings);
    struct hour hour = hour_of(u, local_ms);
    double left = value - hour.mean;
    double left_of_week = settings->is_without_week ? left : left - week_offset(u, hour.week);
    double deviation =
        u->hour_count[hour.day] > 0 ? (double)u->hour_deviation[hour.day] : magnitude(left_of_week);
    follow(&u->smooth, left_of_week, rate_over(SMOOTH_RATE, steps));
    bins[UNUSUAL_HOUR] = tail_bin(magnitude((double)u->smooth) / (deviation + least));
    u->fast += rate_over(FAST_RATE, steps) * (value - u->fast);
    bins[UNUSUAL_LEVEL] =
        tail_bin(magnitude(u->fast - u->slow) / ((double)u->slow_deviation + least));

    double moved = magnitude(value - u->newest);
    u->newest = value;
    follow(&u->movement, moved, rate_over(MOVEMENT_RATE, steps));
    double ratio = ((double)u->movement + least) / ((double)u->usual_movement + least);
    bins[UNUSUAL_MOVEMENT] = tail_bin((ratio < 1 ? 1 / ratio : ratio) - 1);

    for (uint32_t i = 0; i < UNUSUAL_VALUE; i++)
        answer.chances[i] = tail_chance(u->tails[i], bins[i]);
    answer.chances[UNUSUAL_RECORD] = beyond > 0 ? answer.chances[UNUSUAL_RECORD] : 1;
    /* Level and movement change slowly, and say in many readings what the others say in one: their
     * logarithms count half. */
    answer.chances[UNUSUAL_LEVEL] = __builtin_sqrt(answer.chances[UNUSUAL_LEVEL]);
    answer.chances[UNUSUAL_MOVEMENT] = __builtin_sqrt(answer.chances[UNUSUAL_MOVEMENT]);
    answer.chances[UNUSUAL_VALUE] = value_chance(u, value);
    double chance = 1;
    for (uint32_t i = 0; i < UNUSUAL_PARTS; i++)
        chance *= answer.chances[i];
    double surprise = -natural_log(chance);
    answer.steps = steps;
    answer.surprise = u->readings > UNUSUAL_LEAST_READINGS ? surprise : 0;
    unusual_range(u, settings, local_ms, &answer.low, &answer.high);
    answer.direction = left_of_week >= 0 ? 1 : -1;
    answer.is_outside = value < answer.low || value > answer.high;

    if (!u->has_pending || surprise > (double)u->pending_surprise) {
        memcpy(u->pending_bins, bins, sizeof bins);
        u->pending_value = value;
        u->pending_surprise = (float)surprise;
        u->has_pending = true;
    }
    u->phase += (float)steps;
    if (u->phase >= 0.5F) {
        u->phase = u->phase < 1.5F ? u->phase - 1 : 0;
        remember_step(u);
    }
    if (!is_wrong || answer.is_accepted) {
        learn_hour(u, settings, &hour, left, left_of_week, passed_ms, steps);
        learn_level(u, value, steps);
        u->steps += (float)steps;
    }
    return answer;
}

double unusual_threshold(enum unusual_sensitivity sensitivity)
{
    static const double thresholds[] = {
        [UNUSUAL_NORMAL] = 12.7, [UNUSUAL_LOW] = 17, [UNUSUAL_HIGH] = 11.5};
    return thresholds[sensitivity];
}

bool unusual_passes(struct unusual_bar *bar, double threshold, double surprise, double steps)
{
    bar->above -= bar->above * (float)(steps / BAR_STEPS);
    bool passes = surprise >= threshold + (double)bar->above;
    if (passes)
        bar->above = (float)((surprise - threshold) / 2);
    return passes;
}

uint32_t unusual_most_surprised(const struct unusual_answer *answer)
{
    uint32_t most = 0;
    for (uint32_t i = 1; i < UNUSUAL_PARTS; i++)
        most = answer->chances[i] < answer->chances[most] ? i : most;
    return most == UNUSUAL_VALUE && answer->chances[UNUSUAL_RECORD] < 1 ? UNUSUAL_RECORD : most;
}

bool unusual_episode_take(struct unusual_episode *episode, double threshold, int direction,
                          const struct unusual_answer *answer)
{
    bool counts = direction == 0 || direction == answer->direction;
    double surprise = counts ? answer->surprise : 0;
    /* One reading after a gap says no more than one. */
    float calm_steps = answer->steps < 1 ? (float)answer->steps : 1;
    bool begins =
        unusual_passes(&episode->bar, threshold, surprise, answer->steps) && !episode->is_on;
    if (begins || (episode->is_on && surprise >= threshold)) {
        episode->part = (uint8_t)unusual_most_surprised(answer);
        episode->direction = (int8_t)answer->direction;
    }
    bool is_calm = surprise < CALM_SHARE * threshold && !answer->is_outside;
    if (begins)
        episode->calm = 0;
    else if (episode->is_on)
        episode->calm = is_calm ? episode->calm + calm_steps : 0;
    episode->is_on =
        begins || (episode->is_on && !answer->is_accepted && episode->calm < UNUSUAL_CALM_STEPS);
    return begins;
}

void unusual_shift(struct unusual *unusual, int64_t by_ms)
{
    unusual->newest_ms += by_ms;
    unusual->wrong_since_ms += unusual->wrong_since_ms != 0 ? by_ms : 0;
}
