/* What does a reading cost that is judged by `is unusual`? Time for each reading in nanoseconds,
 * and as a ratio to a reference loop in the same run: a mean and a deviation that follow the
 * readings, and how many deviations this one is away, which is the least that any learning detector
 * does. The least of ROUNDS rounds counts, taken in turns. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "rules/engine/unusual.h"

#define ROUNDS 15
#define DEVICES 64u
#define READINGS 20000u
#define INTERVAL_MS 60000

static double values[READINGS];

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* A cooler's sawtooth of 40 minutes with noise, rounded to tenths. */
static void make_values(void)
{
    uint64_t random = 88172645463325252;
    for (uint32_t i = 0; i < READINGS; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        double noise = (double)(random >> 11) / 9007199254740992.0;
        values[i] = round(10 * (3 + fabs((double)(i % 40) - 20) / 10 + noise)) / 10;
    }
}

struct follower {
    double mean, deviation;
};

static double reference_round(void)
{
    static struct follower followers[DEVICES];
    double sum = 0, begun = now_ns();
    for (uint32_t i = 0; i < READINGS; i++) {
        struct follower *f = &followers[i % DEVICES];
        double away = values[i] - f->mean;
        f->mean += 0.01 * away;
        f->deviation += 0.01 * (fabs(away) - f->deviation);
        sum += away / (f->deviation + 1e-9);
    }
    double ns = (now_ns() - begun) / READINGS;
    return sum == sum ? ns : 0;
}

static double unusual_round(uint32_t round)
{
    static struct unusual learned[DEVICES];
    static const struct unusual_settings settings = {.learn_over_ms = INT64_C(7) * 86400000};
    static struct unusual_episode episodes[DEVICES];
    double threshold = unusual_threshold(UNUSUAL_NORMAL), begun = now_ns();
    uint32_t told = 0;
    for (uint32_t i = 0; i < READINGS; i++) {
        uint32_t device = i % DEVICES;
        int64_t at_ms = ((int64_t)round * READINGS + i) / DEVICES * INTERVAL_MS;
        struct unusual_answer answer =
            unusual_take(&learned[device], &settings, at_ms, values[i], episodes[device].is_on);
        told += unusual_episode_take(&episodes[device], threshold, 0, &answer);
    }
    double ns = (now_ns() - begun) / READINGS;
    return told < READINGS ? ns : 0;
}

int main(void)
{
    double reference_ns = 1e9, unusual_ns = 1e9;
    make_values();
    for (uint32_t round = 0; round < ROUNDS; round++) {
        reference_ns = fmin(reference_ns, reference_round());
        unusual_ns = fmin(unusual_ns, unusual_round(round));
    }
    printf("is unusual, each reading: %.0f ns, %.1f times a mean and a deviation that follow "
           "(%.1f ns); %zu bytes for each device and reading\n",
           unusual_ns, unusual_ns / reference_ns, reference_ns, sizeof(struct unusual));
    return 0;
}
