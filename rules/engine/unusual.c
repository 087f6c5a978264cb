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
/* Readings that are not calm count so many times. Healthy readings are outside of what is usual now
 * and then: they must not keep the episode of a sensor that sends often. */
#define UNCALM_WEIGHT 8
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

/* Readings whose value was at most as frequent as this one. */
static uint32_t as_rare(const struct unusual *u, double value)
{
    bool is_within = value >= u->value_low && value <= u->value_high;
    uint32_t own = is_within ? u->values[value_bin(u, value)] : 0, rarer = 0;
    for (uint32_t i = 0; i < UNUSUAL_VALUE_BINS; i++)
        rarer += u->values[i] <= own ? u->values[i] : 0U;
    return rarer;
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

static void range_of_hour(const struct unusual *u, const struct unusual_settings *settings,
                          const struct hour *hour, double *low, double *high)
{
    double middle = hour->mean + (settings->is_without_week ? 0 : week_offset(u, hour->week));
    double deviation = u->hour_count[hour->day] > 0 ? (double)u->hour_deviation[hour->day]
                                                    : magnitude(u->newest - middle);
    double width = USUAL_DEVIATIONS * (deviation + least_deviation(u, settings));
    *low = middle - width;
    *high = middle + width;
}

void unusual_range(const struct unusual *unusual, const struct unusual_settings *settings,
                   int64_t local_ms, double *low, double *high)
{
    struct hour hour = hour_of(unusual, local_ms);
    range_of_hour(unusual, settings, &hour, low, high);
}

/* ---- one reading --------------------------------------------------------------------------- */

/* What is measured of a reading, before anything is learned from it. */
struct measures {
    uint8_t bins[UNUSUAL_VALUE];
    bool is_beyond;     /* all before */
    double value, left; /* from the hour's mean, and from that with the hour of the week */
    double left_of_week;
    struct hour hour;
};

static void measure_record(struct unusual *u, const struct unusual_settings *settings,
                           struct measures *m)
{
    double range = u->high - u->low;
    double beyond = larger(m->value - u->high, u->low - m->value) - settings->resolution;
    m->is_beyond = beyond > 0;
    uint8_t bin = tail_bin(beyond / (range + 1e-9 * magnitude(m->value) + 1e-300));
    m->bins[UNUSUAL_RECORD] = m->is_beyond && bin == 0 ? 1 : bin;
    u->high = larger(u->high, m->value);
    u->low = m->value < u->low ? m->value : u->low;
}

static void measure_hour(struct unusual *u, const struct unusual_settings *settings, double steps,
                         struct measures *m)
{
    uint32_t day = m->hour.day;
    m->left = m->value - m->hour.mean;
    m->left_of_week = settings->is_without_week ? m->left : m->left - week_offset(u, m->hour.week);
    double deviation =
        u->hour_count[day] > 0 ? (double)u->hour_deviation[day] : magnitude(m->left_of_week);
    follow(&u->smooth, m->left_of_week, rate_over(SMOOTH_RATE, steps));
    m->bins[UNUSUAL_HOUR] =
        tail_bin(magnitude((double)u->smooth) / (deviation + least_deviation(u, settings)));
}

static void measure_level_and_movement(struct unusual *u, double least, double steps,
                                       struct measures *m)
{
    u->fast += rate_over(FAST_RATE, steps) * (m->value - u->fast);
    m->bins[UNUSUAL_LEVEL] =
        tail_bin(magnitude(u->fast - u->slow) / ((double)u->slow_deviation + least));
    double moved = magnitude(m->value - u->newest);
    u->newest = m->value;
    follow(&u->movement, moved, rate_over(MOVEMENT_RATE, steps));
    double now = (double)u->movement + least, usual = (double)u->usual_movement + least;
    m->bins[UNUSUAL_MOVEMENT] = tail_bin((now < usual ? usual / now : now / usual) - 1);
}

/* As shares of all, with one more reading as extreme: that it can happen is not ruled out. Level
 * and movement change slowly, and say in many readings what the others say in one: their logarithms
 * count half. */
static void find_chances(const struct unusual *u, const struct measures *m,
                         double chances[UNUSUAL_PARTS])
{
    double share = 1 / (u->tails[0][0] + 1.0);
    for (uint32_t i = 0; i < UNUSUAL_VALUE; i++)
        chances[i] = (u->tails[i][m->bins[i]] + 1.0) * share;
    chances[UNUSUAL_RECORD] = m->is_beyond ? chances[UNUSUAL_RECORD] : 1;
    chances[UNUSUAL_LEVEL] = __builtin_sqrt(chances[UNUSUAL_LEVEL]);
    chances[UNUSUAL_MOVEMENT] = __builtin_sqrt(chances[UNUSUAL_MOVEMENT]);
    chances[UNUSUAL_VALUE] = (as_rare(u, m->value) + 1.0) * share;
}

static double surprise_of(const double chances[UNUSUAL_PARTS])
{
    double chance = 1;
    for (uint32_t i = 0; i < UNUSUAL_PARTS; i++)
        chance *= chances[i];
    return -natural_log(chance);
}

/* Of the readings within a step the most surprising is remembered. */
static void remember(struct unusual *u, const struct measures *m, double surprise, double steps)
{
    if (!u->has_pending || surprise > (double)u->pending_surprise) {
        memcpy(u->pending_bins, m->bins, sizeof m->bins);
        u->pending_value = m->value;
        u->pending_surprise = (float)surprise;
        u->has_pending = true;
    }
    u->phase += (float)steps;
    if (u->phase >= 0.5F) {
        u->phase = u->phase < 1.5F ? u->phase - 1 : 0;
        remember_step(u);
    }
}

struct unusual_answer unusual_take(struct unusual *unusual, const struct unusual_settings *settings,
                                   int64_t local_ms, double value, bool is_wrong)
{
    struct unusual *u = unusual;
    if (u->readings == 0) {
        u->low = u->high = u->fast = u->slow = u->newest = value;
        u->newest_ms = local_ms;
    }
    double passed_ms = (double)(local_ms - u->newest_ms);
    double steps = steps_since(u, settings, local_ms);
    u->readings += u->readings < UINT32_MAX;
    struct unusual_answer answer = {.steps = steps};
    if (lasts_too_long(u, settings, local_ms, is_wrong)) {
        answer.is_accepted = true;
        accept_level(u);
    }
    struct measures m = {.value = value, .hour = hour_of(u, local_ms)};
    measure_record(u, settings, &m);
    measure_hour(u, settings, steps, &m);
    measure_level_and_movement(u, least_deviation(u, settings), steps, &m);
    find_chances(u, &m, answer.chances);
    double surprise = surprise_of(answer.chances);
    answer.surprise = u->readings > UNUSUAL_LEAST_READINGS ? surprise : 0;
    answer.direction = m.left_of_week >= 0 ? 1 : -1;
    range_of_hour(u, settings, &m.hour, &answer.low, &answer.high);
    answer.is_outside = value < answer.low || value > answer.high;
    remember(u, &m, surprise, steps);
    if (!is_wrong || answer.is_accepted) {
        learn_hour(u, settings, &m.hour, m.left, m.left_of_week, passed_ms, steps);
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
        episode->calm = (float)larger(
            0, (double)(episode->calm + (is_calm ? calm_steps : -UNCALM_WEIGHT * calm_steps)));
    episode->is_on =
        begins || (episode->is_on && !answer->is_accepted && episode->calm < UNUSUAL_CALM_STEPS);
    return begins;
}

void unusual_shift(struct unusual *unusual, int64_t by_ms)
{
    unusual->newest_ms += by_ms;
    unusual->wrong_since_ms += unusual->wrong_since_ms != 0 ? by_ms : 0;
}
