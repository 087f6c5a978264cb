/* The picture of `brink score --plot`: the readings on the band of what was usual, where it spoke,
 * and below how surprised it was. */
#ifndef TOOLS_SCORE_PLOT_H
#define TOOLS_SCORE_PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct score_point {
    int64_t at_ms;
    double value, low, high; /* low to high: usual then */
    double surprise;
    bool is_known; /* enough was learned for low, high and surprise */
    bool is_alarm; /* an episode begins */
};
struct score_plot { /* all zero: empty */
    struct score_point *points;
    size_t count, room;
};

bool score_plot_add(struct score_plot *plot, const struct score_point *point);
void score_plot_draw(const struct score_plot *plot, double threshold, const char *title,
                     FILE *file);
void score_plot_free(struct score_plot *plot);

#endif
