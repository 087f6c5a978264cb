/* See score_plot.h. A column of the picture holds the lowest and the highest of its readings, so no
 * spike is lost. Colours are those of Okabe and Ito (2008). */
#include "tools/score_plot.h"

#include "base/calendar.h"
#include "tools/journal.h"
#include "tools/svg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS 1000
#define GAP_INTERVALS 10 /* so many mean intervals without a reading: no line is drawn across */
#define LEFT 90.0
#define WIDTH (LEFT + COLUMNS + 30)
#define VALUES_TOP 80.0
#define VALUES_HEIGHT 300.0
#define SURPRISE_TOP 430.0
#define SURPRISE_HEIGHT 110.0
#define HEIGHT 590.0
#define BAND "fill=\"#56B4E9\" fill-opacity=\"0.25\""
#define READING "fill=\"none\" stroke=\"#222222\" stroke-width=\"1\""
#define ALARM "fill=\"#D55E00\""
#define SPOKE "stroke=\"#D55E00\" stroke-width=\"1\""
#define SURPRISE "fill=\"#0072B2\""
#define THRESHOLD "stroke=\"#D55E00\" stroke-width=\"1\" stroke-dasharray=\"5 4\""
#define SMALL "font-size=\"12\" fill=\"#555555\""

struct column {
    double least, most, low, high, surprise;
    uint32_t used, known;
    bool is_after_gap;
};

bool score_plot_add(struct score_plot *plot, const struct score_point *point)
{
    if (!journal_grow((void **)&plot->points, &plot->room, plot->count, sizeof *point))
        return false;
    plot->points[plot->count++] = *point;
    return true;
}

void score_plot_free(struct score_plot *plot)
{
    free(plot->points);
    *plot = (struct score_plot){0};
}

static int64_t length_ms(const struct score_plot *plot)
{
    int64_t length = plot->points[plot->count - 1].at_ms - plot->points[0].at_ms;
    return length > 0 ? length : 1;
}

static size_t column_of(const struct score_plot *plot, int64_t at_ms)
{
    double share = (double)(at_ms - plot->points[0].at_ms) / (double)length_ms(plot);
    return share <= 0 ? 0 : share >= 1 ? COLUMNS - 1 : (size_t)(share * (COLUMNS - 1));
}

static void gather(const struct score_plot *plot, struct column columns[COLUMNS])
{
    int64_t before_ms = plot->points[0].at_ms;
    int64_t gap_ms = GAP_INTERVALS * length_ms(plot) / (int64_t)plot->count;
    for (size_t i = 0; i < plot->count; i++) {
        const struct score_point *point = &plot->points[i];
        struct column *column = &columns[column_of(plot, point->at_ms)];
        bool is_first = column->used++ == 0;
        column->is_after_gap |= is_first && point->at_ms - before_ms > gap_ms;
        before_ms = point->at_ms;
        column->least = is_first ? point->value : fmin(column->least, point->value);
        column->most = is_first ? point->value : fmax(column->most, point->value);
        column->surprise = fmax(column->surprise, point->surprise);
        if (!point->is_known)
            continue;
        column->low += (point->low - column->low) / ++column->known;
        column->high += (point->high - column->high) / column->known;
    }
}

static struct svg_scale scale_of(const struct score_plot *plot, double top, double height)
{
    struct svg_scale scale = {plot->points[0].value, plot->points[0].value, top, height};
    for (size_t i = 0; i < plot->count; i++) {
        scale.least = fmin(scale.least, plot->points[i].value);
        scale.most = fmax(scale.most, plot->points[i].value);
    }
    double room = scale.most > scale.least ? 0.05 * (scale.most - scale.least) : 1;
    scale.least -= room;
    scale.most += room;
    return scale;
}

static void draw_frame(struct svg *svg, const struct svg_scale *scale, const char *name)
{
    svg_value_axis(svg, scale, LEFT, LEFT + COLUMNS);
    svg_text(svg, LEFT, scale->top - 8, "start", SMALL, name);
}

static void draw_times(struct svg *svg, const struct score_plot *plot)
{
    for (int i = 0; i <= 4; i++) {
        char text[CALENDAR_TEXT_BYTES], label[24];
        calendar_write(plot->points[0].at_ms + length_ms(plot) / 4 * i, text);
        snprintf(label, sizeof label, "%.10s %.5s", text, text + 11);
        svg_text(svg, LEFT + COLUMNS * i / 4.0, HEIGHT - 28,
                 i == 0   ? "start"
                 : i == 4 ? "end"
                          : "middle",
                 SMALL, label);
    }
}

static void draw_columns(struct svg *svg, const struct column columns[COLUMNS],
                         const struct svg_scale *values, const struct svg_scale *surprises)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        const struct column *column = &columns[i];
        if (column->known > 0) {
            double top = svg_y(values, column->high), bottom = svg_y(values, column->low);
            svg_rectangle(svg, LEFT + (double)i, top, 1, bottom - top, BAND, NULL);
        }
        if (column->surprise > 0) {
            double top = svg_y(surprises, column->surprise);
            svg_rectangle(svg, LEFT + (double)i, top, 1, surprises->top + surprises->height - top,
                          SURPRISE, NULL);
        }
    }
    svg_path_begin(svg, READING);
    bool is_begun = false;
    for (size_t i = 0; i < COLUMNS; i++) {
        if (columns[i].used == 0)
            continue;
        svg_path_to(svg, !is_begun || columns[i].is_after_gap, LEFT + (double)i,
                    svg_y(values, columns[i].most));
        svg_path_to(svg, false, LEFT + (double)i, svg_y(values, columns[i].least));
        is_begun = true;
    }
    svg_path_end(svg);
}

static size_t draw_alarms(struct svg *svg, const struct score_plot *plot,
                          const struct svg_scale *values)
{
    size_t alarms = 0;
    for (size_t i = 0; i < plot->count; i++) {
        const struct score_point *point = &plot->points[i];
        if (!point->is_alarm)
            continue;
        char text[CALENDAR_TEXT_BYTES], tooltip[128];
        snprintf(tooltip, sizeof tooltip, "%s: %g, usual %.4g to %.4g",
                 calendar_write(point->at_ms, text), point->value, point->low, point->high);
        double x = LEFT + (double)column_of(plot, point->at_ms);
        svg_line(svg, x, values->top, x, values->top + values->height, SPOKE);
        svg_rectangle(svg, x - 4, values->top - 4, 9, 9, ALARM, tooltip);
        alarms++;
    }
    return alarms;
}

void score_plot_draw(const struct score_plot *plot, double threshold, const char *title, FILE *file)
{
    static struct column columns[COLUMNS];
    struct svg svg;
    svg_begin(&svg, file, WIDTH, HEIGHT, title);
    svg_text(&svg, LEFT, 28, "start", "font-size=\"18\" fill=\"#222222\"", title);
    if (plot->count == 0) {
        svg_text(&svg, LEFT, VALUES_TOP, "start", SMALL, "no readings");
        svg_end(&svg);
        return;
    }
    memset(columns, 0, sizeof columns);
    gather(plot, columns);
    struct svg_scale values = scale_of(plot, VALUES_TOP, VALUES_HEIGHT);
    struct svg_scale surprises = {0, 2 * threshold, SURPRISE_TOP, SURPRISE_HEIGHT};
    draw_frame(&svg, &values, "readings; blue: what was usual; red: where it spoke");
    draw_frame(&svg, &surprises, "surprise; dashed: the threshold");
    draw_columns(&svg, columns, &values, &surprises);
    size_t alarms = draw_alarms(&svg, plot, &values);
    svg_line(&svg, LEFT, svg_y(&surprises, threshold), LEFT + COLUMNS, svg_y(&surprises, threshold),
             THRESHOLD);
    draw_times(&svg, plot);
    char subtitle[96], times[32];
    snprintf(times, sizeof times, "%zu times", alarms);
    snprintf(subtitle, sizeof subtitle, "%zu readings, it spoke %s", plot->count,
             alarms == 1 ? "once" : times);
    svg_text(&svg, LEFT, 48, "start", SMALL, subtitle);
    svg_end(&svg);
}
