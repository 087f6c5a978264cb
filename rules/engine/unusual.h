/* What is usual for one reading of one device, learned as it goes, in constant memory, and how far
 * a reading leaves it (RULES, section 12; docs/unusual.md). No training, no look-ahead, no range
 * told in advance. Comes in: readings with the local time at which they were taken. Goes out: a
 * surprise, which of its parts was surprised, and what would have been usual. Plain bytes without
 * pointers: a copy is a snapshot. Called by rules/engine and by `brink score`. */
#ifndef RULES_ENGINE_UNUSUAL_H
#define RULES_ENGINE_UNUSUAL_H

#include "base/text.h"

#define UNUSUAL_TAIL_BINS 32
#define UNUSUAL_VALUE_BINS 32
#define UNUSUAL_LEAST_READINGS 100 /* nothing is unusual before so many were learned */

/* Five questions, each answered with how rarely this device gave such an answer before: the share
 * of its own history that was at least as extreme. */
enum unusual_part {
    UNUSUAL_RECORD,   /* how far beyond all before? */
    UNUSUAL_HOUR,     /* how far from what this hour of the day and the week looks like? */
    UNUSUAL_LEVEL,    /* how far has the level of the last readings moved? */
    UNUSUAL_MOVEMENT, /* how much more, or less, than ever do the readings move? */
    UNUSUAL_VALUE,    /* how rarely was it anywhere near this value? */
    UNUSUAL_PARTS
};

struct unusual_settings {
    int64_t learn_over_ms;
    double resolution;    /* the smallest difference that the sensor sends; 0: not known */
    bool is_without_week; /* `by hour of day`: every day is alike */
};

struct unusual_answer {
    double surprise;               /* -ln of all chances together; 0 before enough was learned */
    double chances[UNUSUAL_PARTS]; /* 0 to 1, of each part; the least surprised most */
    double steps;     /* since the reading before: a step is the sensor's interval or longer */
    int direction;    /* 1: above what is usual, -1: below */
    double low, high; /* what is usual now */
    bool is_outside;  /* the value is not between them */
    bool is_accepted; /* it was unusual for as long as `learn over`: now it is the usual */
};

struct unusual { /* all zero: nothing learned */
    /* How many measures fell into this half of an octave or a higher one. */
    uint16_t tails[UNUSUAL_VALUE][UNUSUAL_TAIL_BINS];
    uint16_t values[UNUSUAL_VALUE_BINS];     /* where between value_low and value_high */
    float hour_mean[24], hour_deviation[24]; /* deviation: mean, absolute */
    uint16_t week_offset[168]; /* from the mean of the hour of the day: upper halves of floats */
    uint8_t hour_count[24];
    uint8_t week_hour;          /* the hour of the week that is … */
    float week_sum, week_steps; /* … summed up: its readings' mean offset is learned at its end */
    double low, high;           /* of all that is remembered */
    double value_low, value_high;
    float smooth; /* of what is left when the hour is taken off */
    double newest;
    float movement, usual_movement; /* of the step from reading to reading */
    double fast, slow;
    float slow_deviation; /* means of the level; how far fast strays from slow */
    float steps;          /* learned, in steps; a step is the sensor's interval or longer */
    double pending_value;
    float pending_surprise;              /* the most surprising reading of this step … */
    uint8_t pending_bins[UNUSUAL_VALUE]; /* … is what is remembered of it */
    bool has_pending;
    float phase; /* of the step */
    float interval_ms;
    uint32_t readings;
    int64_t newest_ms;
    int64_t wrong_since_ms; /* 0: not wrong */
};
_Static_assert(sizeof(struct unusual) <= 1024, "at most 1 KiB for each device and reading");

/* Judges a reading taken at local_ms, then learns from it. is_wrong: an alarm that rests on this
 * stands: the reading is remembered as something that happened, but is not taken as usual, until
 * that has lasted for `learn over`. */
struct unusual_answer unusual_take(struct unusual *unusual, const struct unusual_settings *settings,
                                   int64_t local_ms, double value, bool is_wrong);

/* What is usual at local_ms: as in the answer to a reading that was taken then. */
void unusual_range(const struct unusual *unusual, const struct unusual_settings *settings,
                   int64_t local_ms, double *low, double *high);
/* The clock in whose time readings were taken was put forward by by_ms (back: below 0). */
void unusual_shift(struct unusual *unusual, int64_t by_ms);

/* How surprised it has to be: docs/unusual.md says what each costs in false alarms. */
enum unusual_sensitivity { UNUSUAL_NORMAL, UNUSUAL_LOW, UNUSUAL_HIGH }; /* as in rules/ruleset.h */
double unusual_threshold(enum unusual_sensitivity sensitivity);

/* The bar that a surprise has to pass. After a reading has passed it the bar stands higher, half as
 * high as that reading reached, and comes down over some 300 steps: what has just been told is not
 * told again. */
struct unusual_bar {
    float above; /* the threshold */
};
bool unusual_passes(struct unusual_bar *bar, double threshold, double surprise, double steps);

/* From the first reading that passes the bar until readings have been calm again for so many steps.
 */
#define UNUSUAL_CALM_STEPS 8
struct unusual_episode { /* all zero: none */
    struct unusual_bar bar;
    float
        calm; /* steps since a reading had half of the threshold, or was outside of what is usual */
    bool is_on;
    /* Of the newest reading that surprised as much as the threshold. */
    uint8_t part;     /* enum unusual_part: what surprised most */
    int8_t direction; /* of the answer */
};
/* The part (enum unusual_part) that surprises most; of a value that is rare because it is beyond
 * all before, that. */
uint32_t unusual_most_surprised(const struct unusual_answer *answer);
/* Takes the answer to the next reading. direction: 0, or the only one (1, -1) that counts. Returns
 * true when the episode begins: that is what is told. While it is on, readings are wrong. */
bool unusual_episode_take(struct unusual_episode *episode, double threshold, int direction,
                          const struct unusual_answer *answer);

#endif
