/* Keeps samples and spans for a picture (see plot.h). */
#include "tools/plot.h"

#include "tools/journal.h"

#include <stdlib.h>

/* PLOT_COLUMNS: outside of the picture. */
static int64_t column_of(const struct plot *plot, int64_t time_ms)
{
    int64_t length = plot->to_ms > plot->from_ms ? plot->to_ms - plot->from_ms : 1;
    return time_ms < plot->from_ms || time_ms > plot->to_ms
               ? PLOT_COLUMNS
               : (time_ms - plot->from_ms) * (PLOT_COLUMNS - 1) / length;
}

void plot_usual(struct plot *plot, struct plot_panel *panel, int64_t time_ms, double low,
                double high)
{
    int64_t at = column_of(plot, time_ms);
    if (at >= PLOT_COLUMNS)
        return;
    struct plot_band *band = &panel->bands[at];
    band->count++;
    band->low += (low - band->low) / band->count;
    band->high += (high - band->high) / band->count;
}

void plot_sample(struct plot *plot, struct plot_panel *panel, int64_t time_ms, double value)
{
    int64_t at = column_of(plot, time_ms);
    if (at >= PLOT_COLUMNS)
        return;
    struct plot_column *column = &panel->columns[at];
    if (panel->samples++ > 0 && time_ms - panel->taken_ms > panel->gap_ms)
        panel->breaks[at] = true;
    panel->taken_ms = time_ms;
    if (!column->is_used)
        *column = (struct plot_column){value, value, value, value, true};
    column->least = value < column->least ? value : column->least;
    column->most = value > column->most ? value : column->most;
    column->last = value;
}

int plot_lane_of(const struct plot *plot, uint32_t alarm)
{
    for (size_t i = 0; i < plot->lanes_count; i++) {
        if (plot->lanes[i].alarm == alarm)
            return (int)i;
    }
    return -1;
}

void plot_close(struct plot *plot, enum plot_span_kind kind, uint32_t lane, uint32_t trigger,
                int64_t time_ms, bool is_fruitful)
{
    size_t *open = &plot->open[lane][kind][trigger];
    if (*open == 0)
        return;
    struct plot_span *span = &plot->spans[*open - 1];
    span->to_ms = time_ms;
    span->is_quiet = span->is_quiet && !is_fruitful;
    bool waited = kind != PLOT_HOLD || span->to_ms > span->from_ms; /* a rule without `for` */
    if ((span->is_quiet || !waited) && *open == plot->spans_count)
        plot->spans_count--;
    *open = 0;
}

void plot_open(struct plot *plot, struct plot_span span)
{
    size_t *open = &plot->open[span.lane][span.kind][span.trigger];
    if (*open > 0 && span.kind == PLOT_ACTIVE && plot->spans[*open - 1].severity == span.severity)
        return;
    plot_close(plot, span.kind, span.lane, span.trigger, span.from_ms, false);
    if (!journal_grow((void **)&plot->spans, &plot->spans_room, plot->spans_count, sizeof span))
        return;
    plot->spans[plot->spans_count++] = span;
    *open = plot->spans_count;
}

void plot_free(struct plot *plot)
{
    free(plot->spans);
    free(plot->panels);
}
