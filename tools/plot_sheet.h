/* The picture while it is drawn: its measures, its colours, and where a time stands. Private to
 * tools/plot_*.c. */
#ifndef TOOLS_PLOT_SHEET_H
#define TOOLS_PLOT_SHEET_H

#include "tools/plot.h"
#include "tools/svg.h"

#define PLOT_LEFT 190.0
#define PLOT_RIGHT 260.0
#define PLOT_WIDTH (PLOT_LEFT + PLOT_COLUMNS + PLOT_RIGHT)
#define PLOT_TOP 96.0
#define PLOT_PANEL_HEIGHT 230.0
#define PLOT_STATE_HEIGHT 64.0
#define PLOT_PANEL_GAP 46.0

/* On white; both have a contrast of 4.5 and more (WCAG 2, 1.4.3). */
#define PLOT_INK "#222222"
#define PLOT_FAINT "#6b6b6b"
#define PLOT_HATCH "fill=\"url(#hatch)\""
#define PLOT_HATCH_NARROW "fill=\"#8a8a8a\" fill-opacity=\"0.35\"" /* too narrow for stripes */
#define PLOT_READING "stroke=\"#0072B2\" stroke-width=\"1.6\""
#define PLOT_LIMIT "stroke-width=\"1.6\" stroke-dasharray=\"8 4\""
#define PLOT_END "stroke=\"#8a8a8a\" stroke-width=\"1\" stroke-dasharray=\"2 4\""
#define PLOT_USUAL "fill=\"#009E73\" fill-opacity=\"0.2\""
#define PLOT_NO_READINGS "#f0f0f0"

/* By severity; the inks are the same colours, dark enough for letters on white. */
extern const char *const plot_colours[RULES_CRITICAL + 1];
extern const char *const plot_inks[RULES_CRITICAL + 1];

struct plot_sheet {
    struct svg svg;
    const struct plot *plot;
    double bottom;                                  /* of what is drawn so far */
    bool has_limits, has_ends, has_gaps, has_usual; /* for the legend */
};

double plot_x(const struct plot *plot, int64_t time_ms);
/* The marks of the axis of time as faint lines. */
void plot_time_lines(struct plot_sheet *sheet, double top, double height);
/* The panel of a reading; sheet->bottom is below it afterwards. */
void plot_draw_panel(struct plot_sheet *sheet, size_t index);

#endif
