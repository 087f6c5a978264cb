/* See sketch.h. A centroid may weigh so much of all readings as stands for its place: little at the
 * ends, at most 1.4 % in the middle, so that half of one is well within 1 % of rank. */
#include "rules/engine/sketch.h"

/* The most a centroid may weigh, as a share of all, at the rank `q`. Its reciprocal summed up over
 * all ranks, 105, is the fewest centroids that are needed; twice that never is. */
static double share_at(double q)
{
    return 0.004 + 0.04 * q * (1 - q);
}

/* ---- sorting ------------------------------------------------------------------------------- */

static void swap(struct sketch *s, uint32_t a, uint32_t b)
{
    double mean = s->means[a];
    uint32_t weight = s->weights[a];
    s->means[a] = s->means[b];
    s->weights[a] = s->weights[b];
    s->means[b] = mean;
    s->weights[b] = weight;
}

/* Equal means lie in the order of their weights, so that the order of arrival leaves no trace. */
static bool is_before(const struct sketch *s, uint32_t a, uint32_t b)
{
    return s->means[a] < s->means[b] ||
           (s->means[a] == s->means[b] && s->weights[a] < s->weights[b]);
}

static void sift(struct sketch *s, uint32_t at, uint32_t count)
{
    for (uint32_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
        child += child + 1 < count && is_before(s, child, child + 1);
        if (!is_before(s, at, child))
            return;
        swap(s, at, child);
        at = child;
    }
}

static void sort(struct sketch *s, uint32_t count) /* heapsort: no recursion, no bad case */
{
    for (uint32_t i = count / 2; i-- > 0;)
        sift(s, i, count);
    for (uint32_t end = count; end-- > 1;) {
        swap(s, 0, end);
        sift(s, 0, end);
    }
}

/* ---- merging ------------------------------------------------------------------------------- */

static void compress(struct sketch *s)
{
    uint32_t entries = s->centroids + s->buffered, last = 0;
    if (s->buffered == 0)
        return;
    sort(s, entries);
    s->buffered = 0;
    s->centroids = entries;
    if (entries <= SKETCH_CENTROIDS && s->count == entries)
        return; /* every reading is still there */
    double all = (double)s->count, before = 0;
    for (uint32_t i = 1; i < entries; i++) {
        double weight = (double)s->weights[last] + s->weights[i];
        double middle = (before + weight / 2) / all;
        if (weight <= share_at(middle) * all) {
            s->means[last] += (s->means[i] - s->means[last]) * s->weights[i] / weight;
            s->weights[last] += s->weights[i];
            continue;
        }
        before += s->weights[last++];
        s->means[last] = s->means[i];
        s->weights[last] = s->weights[i];
    }
    s->centroids = last + 1;
}

static void add(struct sketch *s, double mean, uint32_t weight)
{
    if (s->centroids + s->buffered == SKETCH_CENTROIDS + SKETCH_BUFFER)
        compress(s);
    uint32_t at = s->centroids + s->buffered++;
    s->means[at] = mean;
    s->weights[at] = weight;
    s->count += weight;
}

static void cover(struct sketch *s, double least, double most)
{
    bool is_first = s->count == 0;
    s->least = is_first || least < s->least ? least : s->least;
    s->most = is_first || most > s->most ? most : s->most;
}

void sketch_add(struct sketch *sketch, double value)
{
    cover(sketch, value, value);
    add(sketch, value, 1);
}

void sketch_merge(struct sketch *sketch, const struct sketch *from)
{
    if (from->count == 0)
        return;
    cover(sketch, from->least, from->most);
    for (uint32_t i = 0; i < from->centroids + from->buffered; i++)
        add(sketch, from->means[i], from->weights[i]);
}

/* ---- asking -------------------------------------------------------------------------------- */

/* The readings of a centroid lie around its mean: half of them on each side. Between the middles of
 * two neighbours ranks are shared out evenly; single readings stand where they are. */
bool sketch_percentile(struct sketch *sketch, double percent, double *value)
{
    if (sketch->count == 0)
        return false;
    compress(sketch);
    double rank = percent / 100 * (double)sketch->count, before = 0;
    double from_rank = 0, from = sketch->least;
    for (uint32_t i = 0; i < sketch->centroids; i++) {
        double middle = before + sketch->weights[i] / 2.0;
        if (rank <= middle) {
            double span = middle - from_rank;
            double share = span > 0 ? (rank - from_rank) / span : 1;
            *value = from + (sketch->means[i] - from) * share;
            return true;
        }
        before += sketch->weights[i];
        from_rank = middle;
        from = sketch->means[i];
    }
    double span = (double)sketch->count - from_rank;
    *value = from + (sketch->most - from) * (span > 0 ? (rank - from_rank) / span : 1);
    return true;
}
