/* See sketch.h. A centroid of different readings may weigh so much of all as stands for its place:
 * little at the ends, about 1 % in the middle. One of equal readings has no such bound: it knows
 * exactly which ranks it covers. */
#include "rules/engine/sketch.h"

#include "base/rounding.h"

#define MIXTURE UINT32_C(0x80000000) /* in a weight: the readings were not all equal */

static double weight_of(const struct sketch *s, uint32_t at)
{
    return s->weights[at] & ~MIXTURE;
}

/* The most that a mixture may weigh, as a share of all, at the rank `q`. */
static double share_at(double q)
{
    return 0.003 + 0.03 * q * (1 - q);
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

/* Joins neighbours that `limit` allows: 0 only equal ones, else mixtures, too. */
static void join(struct sketch *s, bool may_mix)
{
    double all = (double)s->count, before = 0;
    uint32_t last = 0;
    for (uint32_t i = 1; i < s->centroids; i++) {
        bool is_equal = s->means[i] == s->means[last];
        double weight = weight_of(s, last) + weight_of(s, i);
        double most = share_at((before + weight / 2) / all) * all;
        if (!is_equal && (!may_mix || weight > most)) {
            before += weight_of(s, last++);
            s->means[last] = s->means[i];
            s->weights[last] = s->weights[i];
            continue;
        }
        uint32_t mixture = (s->weights[last] | s->weights[i]) & MIXTURE;
        if (!is_equal) {
            s->means[last] += (s->means[i] - s->means[last]) * weight_of(s, i) / weight;
            mixture = MIXTURE;
        }
        s->weights[last] = (uint32_t)weight | mixture;
    }
    s->centroids = last + 1;
}

static void compress(struct sketch *s)
{
    if (s->buffered == 0)
        return;
    s->centroids += s->buffered;
    s->buffered = 0;
    sort(s, s->centroids);
    join(s, false);
    if (s->centroids > SKETCH_CENTROIDS)
        join(s, true);
}

static void add(struct sketch *s, double mean, uint32_t weight)
{
    if (s->centroids + s->buffered == SKETCH_CENTROIDS + SKETCH_BUFFER)
        compress(s);
    uint32_t at = s->centroids + s->buffered++;
    s->means[at] = mean;
    s->weights[at] = weight;
    s->count += weight & ~MIXTURE;
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

struct knot { /* of the line from rank to value */
    double rank, value;
};

/* Takes the next knot; true when the rank lies before it. */
static bool reaches(struct knot *from, struct knot to, double rank, double *value)
{
    if (rank > to.rank) {
        *from = to;
        return false;
    }
    double span = to.rank - from->rank;
    *value =
        span > 0 ? from->value + (to.value - from->value) * (rank - from->rank) / span : to.value;
    return true;
}

/* Equal readings stand at all their ranks, a mixture's mean stands at its middle; between them the
 * line is straight. Where two values meet at the very rank it is their mean. */
bool sketch_percentile(struct sketch *sketch, double percent, double *value)
{
    if (sketch->count == 0)
        return false;
    compress(sketch);
    double rank = percent * (double)sketch->count / 100, before = 0;
    struct knot from = {0, sketch->least};
    for (uint32_t i = 0; i < sketch->centroids; i++) {
        double weight = weight_of(sketch, i), mean = sketch->means[i];
        double after = before + weight;
        bool is_mixture = (sketch->weights[i] & MIXTURE) != 0;
        if (is_mixture && reaches(&from, (struct knot){before + weight / 2, mean}, rank, value))
            return true;
        if (!is_mixture && (reaches(&from, (struct knot){before, mean}, rank, value) ||
                            reaches(&from, (struct knot){after, mean}, rank, value))) {
            bool meets = rank == after && i + 1 < sketch->centroids &&
                         (sketch->weights[i + 1] & MIXTURE) == 0;
            *value = meets ? rounding_middle(mean, sketch->means[i + 1]) : *value;
            return true;
        }
        before = after;
    }
    reaches(&from, (struct knot){(double)sketch->count, sketch->most}, rank, value);
    return true;
}
