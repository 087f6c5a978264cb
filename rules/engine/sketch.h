/* Median and percentiles of any number of readings in bounded memory, within 1 % of rank. A merging
 * t-digest (Dunning and Ertl, "Computing Extremely Accurate Quantiles Using t-Digests", 2019):
 * sorted centroids, small at both ends, larger in the middle; equal readings stay together whatever
 * they weigh, so it is exact while there are no more different readings than centroids. Comes in:
 * values. Goes out: a percentile. Plain bytes without pointers, the same bits on every platform.
 * Called by report.c and report_sums.c. */
#ifndef RULES_ENGINE_SKETCH_H
#define RULES_ENGINE_SKETCH_H

#include "base/text.h"

#define SKETCH_CENTROIDS 224
#define SKETCH_BUFFER 64

struct sketch {         /* all zero: no readings */
    uint32_t centroids; /* sorted by mean */
    uint32_t buffered;  /* values behind them that are not merged yet */
    uint64_t count;
    double least, most;
    double means[SKETCH_CENTROIDS + SKETCH_BUFFER];
    uint32_t weights[SKETCH_CENTROIDS + SKETCH_BUFFER]; /* and whether it is a mixture */
};

void sketch_add(struct sketch *sketch, double value);
/* Puts all of `from` in, too. */
void sketch_merge(struct sketch *sketch, const struct sketch *from);
/* The value below which `percent` of the readings lie; 50: the median, between two readings their
 * mean. False when there are none. Merges what is buffered. */
bool sketch_percentile(struct sketch *sketch, double percent, double *value);

#endif
