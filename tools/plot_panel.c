/* Draws one reading over time (see plot_sheet.h): what rules did to it behind it, its limits with
 * their names beside it. */
#include "tools/plot_sheet.h"

#include <math.h>
#include <stdlib.h>

#define LABEL_APART 15.0
#define LABEL_CHARACTERS 38

/* ---- a panel ------------------------------------------------------------------------------- */

/* All samples, limits of alarms that rang, and other limits when they are near. */
static void find_range(const struct plot_panel *panel, struct svg_scale *scale)
{
    double least = INFINITY, most = -INFINITY;
    for (size_t i = 0; i < PLOT_COLUMNS; i++) {
        if (panel->columns[i].is_used) {
            least = fmin(least, panel->columns[i].least);
            most = fmax(most, panel->columns[i].most);
        }
    }
    if (least > most)
        least = 0, most = 1;
    double near = (most - least) * 0.6, low = least, high = most;
    for (size_t i = 0; i < panel->limits_count; i++) {
        double value = panel->limits[i].value;
        if (panel->limits[i].must_be_seen || (value > least - near && value < most + near)) {
            low = fmin(low, value);
            high = fmax(high, value);
        }
    }
    double air = high > low ? (high - low) * 0.07 : fmax(fabs(high) * 0.1, 1);
    scale->least = low - air;
    scale->most = high + air;
}

static void draw_words_axis(struct plot_sheet *sheet, const struct plot_panel *panel,
                            const struct svg_scale *scale)
{
    for (uint32_t i = 0; i < panel->what->words.count; i++) {
        struct rules_text word = *RULES_AT(panel->rules, struct rules_text, panel->what->words, i);
        double y = svg_y(scale, -(double)i);
        svg_line(&sheet->svg, PLOT_LEFT, y, PLOT_LEFT + PLOT_COLUMNS, y, "stroke=\"#ececec\"");
        svg_text(&sheet->svg, PLOT_LEFT - 9, y + 4, "end",
                 "font-size=\"12\" fill=\"" PLOT_FAINT "\"", rules_text(panel->rules, word).bytes);
    }
}

/* What lies behind a column of pixels. */
struct shade {
    bool is_held, is_suppressed;
    enum rules_severity severity; /* NORMAL: no alarm */
};

static void shade_columns(const struct plot *plot, uint64_t panel_bit,
                          struct shade shades[PLOT_COLUMNS])
{
    for (size_t i = 0; i < plot->spans_count; i++) {
        const struct plot_span *span = &plot->spans[i];
        if (span->is_quiet || !(plot->lanes[span->lane].panels & panel_bit))
            continue;
        size_t from = (size_t)(plot_x(plot, span->from_ms) - PLOT_LEFT);
        size_t to = (size_t)(plot_x(plot, span->to_ms) - PLOT_LEFT);
        for (size_t column = from; column <= to && column < PLOT_COLUMNS; column++) {
            struct shade *shade = &shades[column];
            shade->is_held |= span->kind == PLOT_HOLD;
            shade->is_suppressed |= span->kind == PLOT_SUPPRESSED;
            if (span->kind == PLOT_ACTIVE && span->severity > shade->severity)
                shade->severity = span->severity;
        }
    }
}

static bool is_same_shade(const struct shade *a, const struct shade *b)
{
    return a->is_held == b->is_held && a->is_suppressed == b->is_suppressed &&
           a->severity == b->severity;
}

static void draw_shade(struct plot_sheet *sheet, const struct shade *shade, size_t from, size_t to,
                       const struct svg_scale *scale)
{
    char style[96];
    double x = PLOT_LEFT + (double)from, width = (double)(to - from);
    if (shade->severity > RULES_NORMAL) {
        snprintf(style, sizeof style, "fill=\"%s\" fill-opacity=\"0.22\"",
                 plot_colours[shade->severity]);
        svg_rectangle(&sheet->svg, x, scale->top, width, scale->height, style, NULL);
    } else if (shade->is_held) {
        svg_rectangle(&sheet->svg, x, scale->top, width, scale->height,
                      "fill=\"#F0E442\" fill-opacity=\"0.3\"", NULL);
    }
    if (shade->is_suppressed)
        svg_rectangle(&sheet->svg, x, scale->top, width, scale->height,
                      width < 4 ? PLOT_HATCH_NARROW : PLOT_HATCH " fill-opacity=\"0.45\"", NULL);
}

/* Neighbours with the same behind them are one shape, however many spans there are. */
static void draw_shades(struct plot_sheet *sheet, uint64_t panel_bit, const struct svg_scale *scale)
{
    struct shade shades[PLOT_COLUMNS] = {{0}};
    size_t from = 0;
    shade_columns(sheet->plot, panel_bit, shades);
    for (size_t i = 1; i <= PLOT_COLUMNS; i++) {
        if (i < PLOT_COLUMNS && is_same_shade(&shades[from], &shades[i]))
            continue;
        draw_shade(sheet, &shades[from], from, i, scale);
        from = i;
    }
}

static void draw_gap(struct plot_sheet *sheet, size_t from, size_t to,
                     const struct svg_scale *scale)
{
    double width = (double)to - (double)from;
    if (width < 2)
        return;
    sheet->has_gaps = true;
    svg_rectangle(&sheet->svg, PLOT_LEFT + (double)from, scale->top, width, scale->height,
                  "fill=\"" PLOT_NO_READINGS "\"", NULL);
}

/* Between readings that are further apart than they stay fresh; before the first, behind the last.
 */
static void draw_gaps(struct plot_sheet *sheet, const struct plot_panel *panel,
                      const struct svg_scale *scale)
{
    const struct plot *plot = sheet->plot;
    double columns_fresh =
        (double)panel->gap_ms * PLOT_COLUMNS / fmax((double)(plot->to_ms - plot->from_ms), 1);
    size_t before = 0;
    bool is_begun = false;
    if (panel->samples == 0)
        return; /* said in words */
    for (size_t i = 0; i < PLOT_COLUMNS; i++) {
        if (!panel->columns[i].is_used)
            continue;
        if (is_begun ? panel->breaks[i] : (double)i > columns_fresh)
            draw_gap(sheet, is_begun ? before + 1 : 0, i, scale);
        before = i;
        is_begun = true;
    }
    if ((double)(PLOT_COLUMNS - 1 - before) > columns_fresh)
        draw_gap(sheet, before + 1, PLOT_COLUMNS, scale);
}

/* The next column from `at` on whose usual range is known. */
static size_t next_band(const struct plot_panel *panel, size_t at)
{
    while (at < PLOT_COLUMNS && panel->bands[at].count == 0)
        at++;
    return at;
}

static double band_y(const struct svg_scale *scale, double value)
{
    return svg_y(scale, fmin(fmax(value, scale->least), scale->most));
}

/* Highs from left to right, then lows back: columns `from` to `last`. */
static void draw_band(struct plot_sheet *sheet, const struct plot_panel *panel,
                      const struct svg_scale *scale, size_t from, size_t last)
{
    svg_path_begin(&sheet->svg, PLOT_USUAL " stroke=\"none\"");
    for (size_t i = from; i <= last; i++) {
        if (panel->bands[i].count > 0)
            svg_path_to(&sheet->svg, i == from, PLOT_LEFT + (double)i,
                        band_y(scale, panel->bands[i].high));
    }
    for (size_t end = 0; end < 2; end++) /* a lone one is as wide as a column */
        svg_path_to(&sheet->svg, false, PLOT_LEFT + (double)last + 1,
                    band_y(scale, end == 0 ? panel->bands[last].high : panel->bands[last].low));
    for (size_t i = last + 1; i-- > from;) {
        if (panel->bands[i].count > 0)
            svg_path_to(&sheet->svg, false, PLOT_LEFT + (double)i,
                        band_y(scale, panel->bands[i].low));
    }
    svg_path_end(&sheet->svg);
    sheet->has_usual = true;
}

static bool is_broken(const struct plot_panel *panel, size_t after, size_t at)
{
    for (size_t i = after + 1; i <= at; i++) {
        if (panel->breaks[i])
            return true;
    }
    return false;
}

/* Not across gaps. */
static void draw_bands(struct plot_sheet *sheet, const struct plot_panel *panel,
                       const struct svg_scale *scale)
{
    size_t from = next_band(panel, 0);
    while (from < PLOT_COLUMNS) {
        size_t last = from, next = next_band(panel, from + 1);
        while (next < PLOT_COLUMNS && !is_broken(panel, last, next)) {
            last = next;
            next = next_band(panel, last + 1);
        }
        draw_band(sheet, panel, scale, from, last);
        from = next;
    }
}

static bool is_first_used(const struct plot_panel *panel, size_t column)
{
    size_t first = 0;
    while (first < PLOT_COLUMNS && !panel->columns[first].is_used)
        first++;
    return first == column;
}

/* A reading that has no neighbours to be joined with. */
static void draw_lone(struct plot_sheet *sheet, const struct plot_panel *panel,
                      const struct svg_scale *scale)
{
    size_t lone = PLOT_COLUMNS; /* begins a piece, and may be all of it */
    for (size_t i = 0; i <= PLOT_COLUMNS; i++) {
        bool is_end = i == PLOT_COLUMNS;
        if (!is_end && !panel->columns[i].is_used)
            continue;
        bool begins = is_end || panel->breaks[i];
        if (lone < PLOT_COLUMNS && begins)
            svg_circle(&sheet->svg, PLOT_LEFT + (double)lone,
                       svg_y(scale, panel->columns[lone].last), 2.8, "fill=\"#0072B2\"");
        lone = begins || is_first_used(panel, i) ? i : PLOT_COLUMNS;
    }
}

static void draw_readings(struct plot_sheet *sheet, const struct plot_panel *panel,
                          const struct svg_scale *scale, bool is_stepped)
{
    bool is_begun = false;
    double before = 0;
    svg_path_begin(&sheet->svg, "fill=\"none\" " PLOT_READING " stroke-linejoin=\"round\"");
    for (size_t i = 0; i < PLOT_COLUMNS; i++) {
        const struct plot_column *column = &panel->columns[i];
        const double x = PLOT_LEFT + (double)i;
        if (!column->is_used)
            continue;
        bool is_move = !is_begun || panel->breaks[i];
        if (is_stepped && !is_move)
            svg_path_to(&sheet->svg, false, x, before);
        svg_path_to(&sheet->svg, is_move, x, svg_y(scale, column->first));
        if (column->least < column->most) {
            svg_path_to(&sheet->svg, false, x, svg_y(scale, column->least));
            svg_path_to(&sheet->svg, false, x, svg_y(scale, column->most));
            svg_path_to(&sheet->svg, false, x, svg_y(scale, column->last));
        }
        before = svg_y(scale, column->last);
        is_begun = true;
    }
    svg_path_end(&sheet->svg);
    draw_lone(sheet, panel, scale);
}

/* Highest first; of equal ones the graver, and where it begins before where it ends. */
static int compare_limits(const void *a, const void *b)
{
    const struct plot_limit *left = a, *right = b;
    if (left->value != right->value)
        return left->value < right->value ? 1 : -1;
    if (left->is_end != right->is_end)
        return left->is_end ? 1 : -1;
    return left->severity < right->severity ? 1 : left->severity > right->severity ? -1 : 0;
}

/* Labels that would touch move apart, each as far as the other. */
static void spread_labels(double *labels, size_t count)
{
    for (int round = 0; round < 100; round++) {
        for (size_t i = 1; i < count; i++) {
            double lacking = LABEL_APART - (labels[i] - labels[i - 1]);
            if (lacking > 0.01) {
                labels[i - 1] -= lacking / 2;
                labels[i] += lacking / 2;
            }
        }
    }
}

/* The line of a limit, and a thin one from its end to its name. */
static void draw_limit(struct plot_sheet *sheet, const struct plot_limit *limit, double y,
                       double label)
{
    const double right = PLOT_LEFT + PLOT_COLUMNS;
    char style[160], text[sizeof limit->label + 4];
    snprintf(style, sizeof style, "stroke=\"%s\" " PLOT_LIMIT, plot_colours[limit->severity]);
    svg_line(&sheet->svg, PLOT_LEFT, y, right, y, limit->is_end ? PLOT_END : style);
    svg_line(&sheet->svg, right + 2, y, right + 12, label, "stroke=\"#bdbdbd\"");
    snprintf(style, sizeof style, "font-size=\"12\" fill=\"%s\"",
             limit->is_end ? PLOT_FAINT : plot_inks[limit->severity]);
    bool is_long = strlen(limit->label) > LABEL_CHARACTERS + 4;
    snprintf(text, sizeof text, "%.*s%s", LABEL_CHARACTERS, limit->label, is_long ? "…" : "");
    svg_text(&sheet->svg, right + 16, label + 4, "start", style, is_long ? text : limit->label);
    sheet->has_limits |= !limit->is_end;
    sheet->has_ends |= limit->is_end;
}

static void draw_limits(struct plot_sheet *sheet, const struct plot_panel *panel,
                        const struct svg_scale *scale)
{
    struct plot_limit shown[PLOT_LIMITS_MAX] = {{0}};
    double labels[PLOT_LIMITS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < panel->limits_count; i++) {
        const struct plot_limit *limit = &panel->limits[i];
        if (limit->value >= scale->least && limit->value <= scale->most)
            shown[count++] = *limit;
    }
    qsort(shown, count, sizeof *shown, compare_limits);
    for (size_t i = 0; i < count; i++)
        labels[i] = svg_y(scale, shown[i].value);
    spread_labels(labels, count);
    for (size_t i = 0; i < count; i++)
        draw_limit(sheet, &shown[i], svg_y(scale, shown[i].value), labels[i]);
}

void plot_draw_panel(struct plot_sheet *sheet, size_t index)
{
    const struct plot_panel *panel = &sheet->plot->panels[index];
    bool is_state = panel->what->kind == RULES_STATE;
    struct svg_scale scale = {.top = sheet->bottom + 22};
    scale.height = is_state ? PLOT_STATE_HEIGHT : PLOT_PANEL_HEIGHT;
    if (is_state) {
        scale.least = 0.65 - (double)panel->what->words.count;
        scale.most = 0.35;
    } else {
        find_range(panel, &scale);
    }
    svg_text(&sheet->svg, PLOT_LEFT, sheet->bottom + 12, "start",
             "font-size=\"14\" font-weight=\"bold\" fill=\"" PLOT_INK "\"", panel->title);
    draw_gaps(sheet, panel, &scale);
    plot_time_lines(sheet, scale.top, scale.height);
    if (is_state)
        draw_words_axis(sheet, panel, &scale);
    else
        svg_value_axis(&sheet->svg, &scale, PLOT_LEFT, PLOT_LEFT + PLOT_COLUMNS);
    draw_shades(sheet, UINT64_C(1) << index, &scale);
    draw_bands(sheet, panel, &scale);
    draw_limits(sheet, panel, &scale);
    draw_readings(sheet, panel, &scale, is_state);
    svg_rectangle(&sheet->svg, PLOT_LEFT, scale.top, PLOT_COLUMNS, scale.height,
                  "fill=\"none\" stroke=\"#bdbdbd\"", NULL);
    if (panel->samples == 0)
        svg_text(&sheet->svg, PLOT_LEFT + PLOT_COLUMNS / 2.0, scale.top + scale.height / 2,
                 "middle", "font-size=\"13\" fill=\"" PLOT_FAINT "\"", "no good reading");
    sheet->bottom = scale.top + scale.height + (PLOT_PANEL_GAP - 22);
}
