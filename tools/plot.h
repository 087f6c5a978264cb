/* One device's time as a picture: what was kept of a run, and how it is drawn. plot.c keeps (lowest
 * and highest of each column of pixels, so no spike is lost and millions of readings stay small),
 * plot_draw.c draws. Called by try_plot.c. */
#ifndef TOOLS_PLOT_H
#define TOOLS_PLOT_H

#include "base/zone.h"
#include "rules/engine/engine.h"

#include <stdio.h>

#define PLOT_COLUMNS 920
#define PLOT_PANELS_MAX 8
#define PLOT_LANES_MAX 24
#define PLOT_LIMITS_MAX 16

struct plot_column {
    double first, least, most, last;
    bool is_used;
};
struct plot_band { /* what was usual in that column, as a mean */
    double low, high;
    uint32_t count; /* readings that were judged */
};
struct plot_limit {
    double value;
    enum rules_severity severity; /* NORMAL: where an alarm ends */
    bool is_end, must_be_seen;    /* its alarm rang */
    char label[96];
};
struct plot_panel { /* one reading */
    char title[160];
    const struct ruleset *rules;
    const struct rules_reading *what;
    uint32_t reading;
    int64_t taken_ms, gap_ms; /* of the newest sample; what is longer is drawn as a gap */
    struct plot_column columns[PLOT_COLUMNS];
    bool breaks[PLOT_COLUMNS]; /* a gap ends in this column */
    struct plot_limit limits[PLOT_LIMITS_MAX];
    size_t limits_count;
    uint64_t samples;
    struct plot_band bands[PLOT_COLUMNS];
    uint32_t usual_alarm; /* which one asks what is usual; RULES_NONE: not known yet */
};

enum plot_span_kind { PLOT_HOLD, PLOT_SUPPRESSED, PLOT_ACTIVE };
struct plot_span {
    enum plot_span_kind kind;
    enum rules_severity severity; /* ACTIVE */
    uint32_t lane;
    uint32_t trigger;       /* HOLD */
    int64_t from_ms, to_ms; /* INT64_MAX: open */
    bool is_quiet;          /* not drawn: each reading begins it anew, and nothing came of it */
    char because[120];      /* ACTIVE: what was usual, and what of it surprised; "" */
};
struct plot_lane { /* an alarm */
    uint32_t alarm;
    char name[RULES_NAME_BYTES + 1];
    uint64_t panels; /* bit n: it asks for the reading of panel n */
};

struct plot {
    char title[256], subtitle[400];
    struct zone zone;
    int64_t from_ms, to_ms;
    struct plot_panel *panels; /* PLOT_PANELS_MAX */
    size_t panels_count;
    struct plot_lane lanes[PLOT_LANES_MAX];
    size_t lanes_count;
    struct plot_span *spans;
    size_t spans_count, spans_room;
    size_t open[PLOT_LANES_MAX][PLOT_ACTIVE + 1][RULES_TRIGGERS_MAX]; /* index + 1; 0: none */
};

/* A sample; a state's is minus its word's index: the first word stands at the top. */
void plot_sample(struct plot *plot, struct plot_panel *panel, int64_t time_ms, double value);
/* What was usual when a reading was taken. */
void plot_usual(struct plot *plot, struct plot_panel *panel, int64_t time_ms, double low,
                double high);
/* The lane of an alarm; -1: it has none. */
int plot_lane_of(const struct plot *plot, uint32_t alarm);
/* Opens a span; closes that of the lane (and trigger, for HOLD) that is open. An alarm that goes on
 * at the same severity is one span. */
void plot_open(struct plot *plot, struct plot_span span);
/* `is_fruitful`: something came of it, so that it is drawn, quiet or not. */
void plot_close(struct plot *plot, enum plot_span_kind kind, uint32_t lane, uint32_t trigger,
                int64_t time_ms, bool is_fruitful);
void plot_free(struct plot *plot);

void plot_draw(const struct plot *plot, FILE *file);

#endif
