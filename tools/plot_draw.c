/* Draws the picture (see plot.h): a panel for each reading, a lane for each alarm, one axis of
 * local time. Colours are those of Okabe and Ito (2008), which people with any colour vision tell
 * apart; every colour also has words beside it. */
#include "base/calendar.h"
#include "tools/journal.h"
#include "tools/plot.h"
#include "tools/svg.h"

#include <math.h>
#include <stdlib.h>

#define LEFT 190.0
#define RIGHT 190.0
#define WIDTH (LEFT + PLOT_COLUMNS + RIGHT)
#define TOP 96.0
#define PANEL_HEIGHT 230.0
#define STATE_HEIGHT 64.0
#define PANEL_GAP 46.0
#define LANE_HEIGHT 24.0
#define LANE_GAP 7.0
#define AXIS_HEIGHT 54.0
#define LEGEND_HEIGHT 52.0
#define LABEL_APART 15.0

#define INK "#222222"
#define FAINT "#6b6b6b"

static const char *const colours[RULES_CRITICAL + 1] = {"#6b6b6b", "#999999", "#56B4E9", "#E69F00",
                                                        "#D55E00"};
/* The same, dark enough for letters on white. */
static const char *const inks[RULES_CRITICAL + 1] = {"#6b6b6b", "#6b6b6b", "#1F78B4", "#9A6A00",
                                                     "#B34700"};

struct sheet {
    struct svg svg;
    const struct plot *plot;
    double bottom; /* of what is drawn so far */
};

static double x_of(const struct plot *plot, int64_t time_ms)
{
    int64_t length = plot->to_ms > plot->from_ms ? plot->to_ms - plot->from_ms : 1;
    int64_t at = time_ms < plot->from_ms ? plot->from_ms
                 : time_ms > plot->to_ms ? plot->to_ms
                                         : time_ms;
    return LEFT + (double)(at - plot->from_ms) * (PLOT_COLUMNS - 1) / (double)length;
}

/* ---- the axis of time ---------------------------------------------------------------------- */

/* The first step that gives at most ten marks. */
static int64_t time_step(const struct plot *plot)
{
    static const int minutes[] = {1,   2,   5,   10,   15,   30,    60,    120,
                                  180, 360, 720, 1440, 2880, 10080, 20160, 43200};
    int64_t length = plot->to_ms - plot->from_ms;
    for (size_t i = 0; i < sizeof minutes / sizeof *minutes; i++) {
        if (length / (minutes[i] * INT64_C(60000)) <= 10)
            return minutes[i] * INT64_C(60000);
    }
    return INT64_C(86400000) * 365;
}

static int64_t local_offset_ms(const struct plot *plot, int64_t time_ms)
{
    const char *name;
    return zone_offset_s(&plot->zone, time_ms, &name) * INT64_C(1000);
}

/* The first mark of the local clock at or after `time_ms`. */
static int64_t next_mark(const struct plot *plot, int64_t time_ms, int64_t step_ms)
{
    int64_t local = time_ms + local_offset_ms(plot, time_ms);
    int64_t rest = ((local % step_ms) + step_ms) % step_ms;
    return rest == 0 ? time_ms : time_ms + step_ms - rest;
}

static void draw_time_lines(struct sheet *sheet, double top, double height)
{
    int64_t step = time_step(sheet->plot);
    for (int64_t at = next_mark(sheet->plot, sheet->plot->from_ms, step); at <= sheet->plot->to_ms;
         at = next_mark(sheet->plot, at + 1, step)) {
        double x = x_of(sheet->plot, at);
        svg_line(&sheet->svg, x, top, x, top + height, "stroke=\"#ececec\"");
    }
}

static void draw_time_axis(struct sheet *sheet)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const struct plot *plot = sheet->plot;
    int64_t step = time_step(plot);
    int shown_day = -1;
    double y = sheet->bottom;
    svg_line(&sheet->svg, LEFT, y, LEFT + PLOT_COLUMNS, y, "stroke=\"#999999\"");
    for (int64_t at = next_mark(plot, plot->from_ms, step); at <= plot->to_ms;
         at = next_mark(plot, at + 1, step)) {
        struct calendar_date date;
        char text[32];
        calendar_split(at + local_offset_ms(plot, at), &date);
        double x = x_of(plot, at);
        svg_line(&sheet->svg, x, y, x, y + 5, "stroke=\"#999999\"");
        snprintf(text, sizeof text, "%02d:%02d", date.hour, date.minute);
        if (step < INT64_C(86400000))
            svg_text(&sheet->svg, x, y + 20, "middle", "font-size=\"12\" fill=\"" FAINT "\"", text);
        snprintf(text, sizeof text, "%d %s", date.day, months[date.month - 1]);
        if (date.day != shown_day)
            svg_text(&sheet->svg, x, y + (step < INT64_C(86400000) ? 37 : 20), "middle",
                     "font-size=\"12\" font-weight=\"bold\" fill=\"" FAINT "\"", text);
        shown_day = date.day;
    }
    svg_text(&sheet->svg, LEFT + PLOT_COLUMNS + 12, y + 20, "start",
             "font-size=\"12\" fill=\"" FAINT "\"", "local time");
    sheet->bottom += AXIS_HEIGHT;
}

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

static void draw_words_axis(struct sheet *sheet, const struct plot_panel *panel,
                            const struct svg_scale *scale)
{
    for (uint32_t i = 0; i < panel->what->words.count; i++) {
        struct rules_text word = *RULES_AT(panel->rules, struct rules_text, panel->what->words, i);
        double y = svg_y(scale, -(double)i);
        svg_line(&sheet->svg, LEFT, y, LEFT + PLOT_COLUMNS, y, "stroke=\"#ececec\"");
        svg_text(&sheet->svg, LEFT - 9, y + 4, "end", "font-size=\"12\" fill=\"" FAINT "\"",
                 rules_text(panel->rules, word).bytes);
    }
}

static void draw_spans(struct sheet *sheet, uint64_t panel_bit, const struct svg_scale *scale)
{
    static const struct {
        enum plot_span_kind kind;
        const char *style;
    } layers[] = {{PLOT_HOLD, "fill=\"#F0E442\" fill-opacity=\"0.22\""},
                  {PLOT_ACTIVE, NULL},
                  {PLOT_SUPPRESSED, "fill=\"url(#hatch)\" fill-opacity=\"0.45\""}};
    const struct plot *plot = sheet->plot;
    for (size_t layer = 0; layer < sizeof layers / sizeof *layers; layer++) {
        for (size_t i = 0; i < plot->spans_count; i++) {
            const struct plot_span *span = &plot->spans[i];
            char style[96];
            if (span->kind != layers[layer].kind || !(plot->lanes[span->lane].panels & panel_bit))
                continue;
            double from = x_of(plot, span->from_ms), to = x_of(plot, span->to_ms);
            snprintf(style, sizeof style, "fill=\"%s\" fill-opacity=\"0.16\"",
                     colours[span->severity]);
            svg_rectangle(&sheet->svg, from, scale->top, fmax(to - from, 1), scale->height,
                          layers[layer].style ? layers[layer].style : style, NULL);
        }
    }
}

static void draw_readings(struct sheet *sheet, const struct plot_panel *panel,
                          const struct svg_scale *scale, bool is_stepped)
{
    bool is_begun = false;
    double before = 0;
    svg_path_begin(&sheet->svg, "fill=\"none\" stroke=\"#0072B2\" stroke-width=\"1.6\" "
                                "stroke-linejoin=\"round\"");
    for (size_t i = 0; i < PLOT_COLUMNS; i++) {
        const struct plot_column *column = &panel->columns[i];
        const double x = LEFT + (double)i;
        if (!column->is_used)
            continue;
        bool is_move = !is_begun || panel->breaks[i];
        if (is_stepped && !is_move)
            svg_path_to(&sheet->svg, false, x, before);
        svg_path_to(&sheet->svg, is_move, x, svg_y(scale, column->first));
        if (is_move) /* a lone reading is seen, too */
            svg_path_to(&sheet->svg, false, x + 0.6, svg_y(scale, column->first));
        if (column->least < column->most) {
            svg_path_to(&sheet->svg, false, x, svg_y(scale, column->least));
            svg_path_to(&sheet->svg, false, x, svg_y(scale, column->most));
            svg_path_to(&sheet->svg, false, x, svg_y(scale, column->last));
        }
        before = svg_y(scale, column->last);
        is_begun = true;
    }
    svg_path_end(&sheet->svg);
}

static int compare_limits(const void *a, const void *b)
{
    const struct plot_limit *left = a, *right = b;
    return left->value < right->value ? 1 : left->value > right->value ? -1 : 0;
}

/* Highest first, so that labels can be pushed down where they would touch. */
static void draw_limits(struct sheet *sheet, const struct plot_panel *panel,
                        const struct svg_scale *scale)
{
    struct plot_limit sorted[PLOT_LIMITS_MAX];
    double free_y = -INFINITY;
    memcpy(sorted, panel->limits, sizeof sorted);
    qsort(sorted, panel->limits_count, sizeof *sorted, compare_limits);
    for (size_t i = 0; i < panel->limits_count; i++) {
        const struct plot_limit *limit = &sorted[i];
        char style[160];
        if (limit->value < scale->least || limit->value > scale->most)
            continue;
        double y = svg_y(scale, limit->value), label = fmax(y + 4, free_y);
        snprintf(style, sizeof style, "stroke=\"%s\" stroke-width=\"%s\" stroke-dasharray=\"%s\"",
                 limit->is_end ? "#8a8a8a" : colours[limit->severity], limit->is_end ? "1" : "1.6",
                 limit->is_end ? "2 4" : "8 4");
        svg_line(&sheet->svg, LEFT, y, LEFT + PLOT_COLUMNS, y, style);
        snprintf(style, sizeof style, "font-size=\"12\" fill=\"%s\"",
                 limit->is_end ? FAINT : inks[limit->severity]);
        svg_text(&sheet->svg, LEFT + PLOT_COLUMNS + 8, label, "start", style, limit->label);
        free_y = label + LABEL_APART;
    }
}

static void draw_panel(struct sheet *sheet, size_t index)
{
    const struct plot_panel *panel = &sheet->plot->panels[index];
    bool is_state = panel->what->kind == RULES_STATE;
    struct svg_scale scale = {.top = sheet->bottom + 22};
    scale.height = is_state ? STATE_HEIGHT : PANEL_HEIGHT;
    if (is_state) {
        scale.least = 0.65 - (double)panel->what->words.count;
        scale.most = 0.35;
    } else {
        find_range(panel, &scale);
    }
    svg_text(&sheet->svg, LEFT, sheet->bottom + 12, "start",
             "font-size=\"14\" font-weight=\"bold\" fill=\"" INK "\"", panel->title);
    draw_time_lines(sheet, scale.top, scale.height);
    if (is_state)
        draw_words_axis(sheet, panel, &scale);
    else
        svg_value_axis(&sheet->svg, &scale, LEFT, LEFT + PLOT_COLUMNS);
    draw_spans(sheet, UINT64_C(1) << index, &scale);
    draw_limits(sheet, panel, &scale);
    draw_readings(sheet, panel, &scale, is_state);
    svg_rectangle(&sheet->svg, LEFT, scale.top, PLOT_COLUMNS, scale.height,
                  "fill=\"none\" stroke=\"#bdbdbd\"", NULL);
    if (panel->samples == 0)
        svg_text(&sheet->svg, LEFT + PLOT_COLUMNS / 2.0, scale.top + scale.height / 2, "middle",
                 "font-size=\"13\" fill=\"" FAINT "\"", "no good reading");
    sheet->bottom = scale.top + scale.height + (PANEL_GAP - 22);
}

/* ---- alarms -------------------------------------------------------------------------------- */

static void draw_lane_span(struct sheet *sheet, const struct plot_span *span, double y)
{
    const struct plot *plot = sheet->plot;
    char style[160], tip[200], from_text[LOCAL_BYTES], to_text[LOCAL_BYTES];
    static const char *const kinds[] = {"hold", "suppressed", "alarm"};
    double from = x_of(plot, span->from_ms), to = x_of(plot, span->to_ms);
    double width = fmax(to - from, 2);
    snprintf(tip, sizeof tip, "%s: %s %s to %s", plot->lanes[span->lane].name,
             span->kind == PLOT_ACTIVE ? severity_names[span->severity] : kinds[span->kind],
             local_text(&plot->zone, span->from_ms, from_text),
             span->to_ms == INT64_MAX ? "the end" : local_text(&plot->zone, span->to_ms, to_text));
    if (span->kind == PLOT_ACTIVE)
        snprintf(style, sizeof style, "fill=\"%s\"", colours[span->severity]);
    else if (span->kind == PLOT_HOLD)
        snprintf(style, sizeof style, "fill=\"#F0E442\" fill-opacity=\"0.65\"");
    else
        snprintf(style, sizeof style, "fill=\"url(#hatch)\"");
    double inset = span->kind == PLOT_HOLD ? 6 : 2;
    svg_rectangle(&sheet->svg, from, y + inset, width, LANE_HEIGHT - 2 * inset, style, tip);
    if (span->kind == PLOT_ACTIVE && width > 62)
        svg_text(&sheet->svg, from + 7, y + 16.5, "start",
                 span->severity == RULES_CRITICAL
                     ? "font-size=\"12\" font-weight=\"bold\" fill=\"#ffffff\""
                     : "font-size=\"12\" fill=\"" INK "\"",
                 severity_names[span->severity]);
}

static void draw_lanes(struct sheet *sheet)
{
    const struct plot *plot = sheet->plot;
    if (plot->lanes_count > 0)
        svg_text(&sheet->svg, LEFT, sheet->bottom + 12, "start",
                 "font-size=\"14\" font-weight=\"bold\" fill=\"" INK "\"", "alarms");
    sheet->bottom += 22;
    draw_time_lines(sheet, sheet->bottom, (LANE_HEIGHT + LANE_GAP) * (double)plot->lanes_count);
    for (size_t i = 0; i < plot->lanes_count; i++) {
        char name[80];
        size_t length = strlen(plot->lanes[i].name);
        double y = sheet->bottom + LANE_GAP / 2;
        snprintf(name, sizeof name, "%.26s%s", plot->lanes[i].name, length > 26 ? "…" : "");
        svg_rectangle(&sheet->svg, LEFT, y, PLOT_COLUMNS, LANE_HEIGHT,
                      "fill=\"#f5f5f5\" fill-opacity=\"0.8\"", NULL);
        svg_text(&sheet->svg, LEFT - 9, y + 16.5, "end", "font-size=\"12.5\" fill=\"" INK "\"",
                 name);
        for (int kind = PLOT_HOLD; kind <= PLOT_ACTIVE; kind++) {
            for (size_t j = 0; j < plot->spans_count; j++) {
                if (plot->spans[j].lane == i && (int)plot->spans[j].kind == kind)
                    draw_lane_span(sheet, &plot->spans[j], y);
            }
        }
        sheet->bottom += LANE_HEIGHT + LANE_GAP;
    }
    sheet->bottom += 4;
}

static double draw_key(struct sheet *sheet, double x, const char *style, const char *text)
{
    svg_rectangle(&sheet->svg, x, sheet->bottom, 20, 13, style, NULL);
    svg_text(&sheet->svg, x + 26, sheet->bottom + 11, "start", "font-size=\"12\" fill=\"" INK "\"",
             text);
    return x + 26 + 7.2 * (double)strlen(text) + 22;
}

static void draw_legend(struct sheet *sheet)
{
    bool has_severity[RULES_CRITICAL + 1] = {0}, has_hold = false, has_suppressed = false;
    double x = LEFT;
    for (size_t i = 0; i < sheet->plot->spans_count; i++) {
        const struct plot_span *span = &sheet->plot->spans[i];
        has_severity[span->severity] |= span->kind == PLOT_ACTIVE;
        has_hold |= span->kind == PLOT_HOLD;
        has_suppressed |= span->kind == PLOT_SUPPRESSED;
    }
    for (int severity = RULES_CRITICAL; severity >= RULES_LOG; severity--) {
        char style[40];
        snprintf(style, sizeof style, "fill=\"%s\"", colours[severity]);
        if (has_severity[severity])
            x = draw_key(sheet, x, style, severity_names[severity]);
    }
    if (has_hold)
        x = draw_key(sheet, x, "fill=\"#F0E442\" fill-opacity=\"0.65\"",
                     "true, waiting for its time");
    if (has_suppressed)
        draw_key(sheet, x, "fill=\"url(#hatch)\" stroke=\"#8a8a8a\"", "suppressed");
}

void plot_draw(const struct plot *plot, FILE *file)
{
    double height = TOP + 26 + AXIS_HEIGHT + LEGEND_HEIGHT +
                    (double)plot->lanes_count * (LANE_HEIGHT + LANE_GAP);
    for (size_t i = 0; i < plot->panels_count; i++)
        height +=
            PANEL_GAP + (plot->panels[i].what->kind == RULES_STATE ? STATE_HEIGHT : PANEL_HEIGHT);
    struct sheet sheet = {.plot = plot, .bottom = TOP};
    svg_begin(&sheet.svg, file, WIDTH, height, plot->title);
    svg_text(&sheet.svg, LEFT, 42, "start",
             "font-size=\"24\" font-weight=\"bold\" fill=\"" INK "\"", plot->title);
    svg_text(&sheet.svg, LEFT, 66, "start", "font-size=\"14\" fill=\"" FAINT "\"", plot->subtitle);
    for (size_t i = 0; i < plot->panels_count; i++)
        draw_panel(&sheet, i);
    draw_lanes(&sheet);
    draw_time_axis(&sheet);
    draw_legend(&sheet);
    svg_end(&sheet.svg);
}
