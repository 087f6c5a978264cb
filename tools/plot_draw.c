/* Draws the picture (see plot.h): a panel for each reading, a lane for each alarm, one axis of
 * local time. Colours are those of Okabe and Ito (2008), which people with any colour vision tell
 * apart; every colour also has words beside it. */
#include "base/calendar.h"
#include "tools/journal.h"
#include "tools/plot_sheet.h"

#include <math.h>

#define LANE_HEIGHT 24.0
#define LANE_GAP 7.0
#define AXIS_HEIGHT 54.0
#define LEGEND_HEIGHT 52.0

const char *const plot_colours[RULES_CRITICAL + 1] = {"#6b6b6b", "#999999", "#56B4E9", "#E69F00",
                                                      "#D55E00"};
/* The same, dark enough for letters on white. */
const char *const plot_inks[RULES_CRITICAL + 1] = {"#6b6b6b", "#6b6b6b", "#1F78B4", "#9A6A00",
                                                   "#B34700"};

double plot_x(const struct plot *plot, int64_t time_ms)
{
    int64_t length = plot->to_ms > plot->from_ms ? plot->to_ms - plot->from_ms : 1;
    int64_t at = time_ms < plot->from_ms ? plot->from_ms
                 : time_ms > plot->to_ms ? plot->to_ms
                                         : time_ms;
    return PLOT_LEFT + (double)(at - plot->from_ms) * (PLOT_COLUMNS - 1) / (double)length;
}

/* ---- the axis of time ---------------------------------------------------------------------- */

/* The first step that gives at most ten marks. */
static int64_t time_step(const struct plot *plot)
{
    static const int minutes[] = {1,   2,   5,    10,   15,    30,    60,    120,   180,
                                  360, 720, 1440, 2880, 10080, 20160, 43200, 86400, 172800};
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
    if (rest == 0)
        return time_ms;
    int64_t mark = time_ms + step_ms - rest;
    /* Summer time may have begun or ended on the way. */
    return mark + local_offset_ms(plot, time_ms) - local_offset_ms(plot, mark);
}

void plot_time_lines(struct plot_sheet *sheet, double top, double height)
{
    int64_t step = time_step(sheet->plot);
    for (int64_t at = next_mark(sheet->plot, sheet->plot->from_ms, step); at <= sheet->plot->to_ms;
         at = next_mark(sheet->plot, at + 1, step)) {
        double x = plot_x(sheet->plot, at);
        svg_line(&sheet->svg, x, top, x, top + height, "stroke=\"#ececec\"");
    }
}

/* "local time (GMT, then BST)". */
static const char *zone_text(const struct plot *plot, char *room, size_t room_bytes)
{
    const char *first, *last;
    zone_offset_s(&plot->zone, plot->from_ms, &first);
    zone_offset_s(&plot->zone, plot->to_ms, &last);
    bool is_same = strcmp(first, last) == 0;
    snprintf(room, room_bytes, "local time (%s%s%s)", first[0] ? first : "UTC",
             is_same ? "" : ", then ", is_same ? "" : last);
    return room;
}

static void draw_time_axis(struct plot_sheet *sheet)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const struct plot *plot = sheet->plot;
    int64_t step = time_step(plot);
    int shown_day = -1;
    double y = sheet->bottom;
    svg_line(&sheet->svg, PLOT_LEFT, y, PLOT_LEFT + PLOT_COLUMNS, y, "stroke=\"#999999\"");
    for (int64_t at = next_mark(plot, plot->from_ms, step); at <= plot->to_ms;
         at = next_mark(plot, at + 1, step)) {
        struct calendar_date date;
        char text[32];
        calendar_split(at + local_offset_ms(plot, at), &date);
        double x = plot_x(plot, at);
        svg_line(&sheet->svg, x, y, x, y + 5, "stroke=\"#999999\"");
        snprintf(text, sizeof text, "%02d:%02d", date.hour, date.minute);
        if (step < INT64_C(86400000))
            svg_text(&sheet->svg, x, y + 20, "middle", "font-size=\"12\" fill=\"" PLOT_FAINT "\"",
                     text);
        snprintf(text, sizeof text, "%d %s", date.day, months[date.month - 1]);
        if (step > INT64_C(86400000) * 14)
            snprintf(text, sizeof text, "%d %s %d", date.day, months[date.month - 1], date.year);
        if (date.day != shown_day)
            svg_text(&sheet->svg, x, y + (step < INT64_C(86400000) ? 37 : 20), "middle",
                     "font-size=\"12\" font-weight=\"bold\" fill=\"" PLOT_FAINT "\"", text);
        shown_day = date.day;
    }
    char zone[64];
    svg_text(&sheet->svg, PLOT_LEFT + PLOT_COLUMNS + 26, y + 20, "start",
             "font-size=\"12\" fill=\"" PLOT_FAINT "\"", zone_text(plot, zone, sizeof zone));
    sheet->bottom += AXIS_HEIGHT;
}

/* ---- alarms -------------------------------------------------------------------------------- */

static void draw_lane_span(struct plot_sheet *sheet, const struct plot_span *span, double y)
{
    const struct plot *plot = sheet->plot;
    char style[160], tip[200 + sizeof span->because], from_text[LOCAL_BYTES], to_text[LOCAL_BYTES];
    static const char *const kinds[] = {"hold", "suppressed", "alarm"};
    double from = plot_x(plot, span->from_ms), to = plot_x(plot, span->to_ms);
    double width = fmax(to - from, 2);
    snprintf(tip, sizeof tip, "%s: %s %s to %s%s", plot->lanes[span->lane].name,
             span->kind == PLOT_ACTIVE ? severity_names[span->severity] : kinds[span->kind],
             local_text(&plot->zone, span->from_ms, from_text),
             span->to_ms == INT64_MAX ? "the end" : local_text(&plot->zone, span->to_ms, to_text),
             span->because);
    if (span->kind == PLOT_ACTIVE)
        snprintf(style, sizeof style, "fill=\"%s\"", plot_colours[span->severity]);
    else
        snprintf(style, sizeof style, "%s",
                 span->kind == PLOT_HOLD ? "fill=\"#F0E442\" fill-opacity=\"0.65\""
                 : width < 4             ? PLOT_HATCH_NARROW
                                         : PLOT_HATCH);
    double inset = span->kind == PLOT_HOLD ? 6 : 2;
    svg_rectangle(&sheet->svg, from, y + inset, width, LANE_HEIGHT - 2 * inset, style, tip);
    if (span->kind == PLOT_ACTIVE && width > 62)
        svg_text(&sheet->svg, from + 7, y + 16.5, "start",
                 span->severity == RULES_CRITICAL
                     ? "font-size=\"12\" font-weight=\"bold\" fill=\"#ffffff\""
                     : "font-size=\"12\" fill=\"" PLOT_INK "\"",
                 severity_names[span->severity]);
}

/* The spans of a kind, those that would touch as one. */
static void draw_lane_kind(struct plot_sheet *sheet, size_t lane, enum plot_span_kind kind,
                           double y)
{
    const struct plot *plot = sheet->plot;
    struct plot_span whole = {.kind = PLOT_HOLD};
    bool is_begun = false;
    for (size_t i = 0; i < plot->spans_count; i++) {
        const struct plot_span *span = &plot->spans[i];
        if (span->lane != lane || span->kind != kind || span->is_quiet)
            continue;
        bool touches = is_begun && whole.severity == span->severity &&
                       plot_x(plot, span->from_ms) - plot_x(plot, whole.to_ms) < 1;
        if (touches) {
            whole.to_ms = span->to_ms > whole.to_ms ? span->to_ms : whole.to_ms;
            continue;
        }
        if (is_begun)
            draw_lane_span(sheet, &whole, y);
        whole = *span;
        is_begun = true;
    }
    if (is_begun)
        draw_lane_span(sheet, &whole, y);
}

static void draw_lanes(struct plot_sheet *sheet)
{
    const struct plot *plot = sheet->plot;
    if (plot->lanes_count > 0)
        svg_text(&sheet->svg, PLOT_LEFT, sheet->bottom + 12, "start",
                 "font-size=\"14\" font-weight=\"bold\" fill=\"" PLOT_INK "\"", "alarms");
    sheet->bottom += 22;
    plot_time_lines(sheet, sheet->bottom, (LANE_HEIGHT + LANE_GAP) * (double)plot->lanes_count);
    for (size_t i = 0; i < plot->lanes_count; i++) {
        char name[80];
        size_t length = strlen(plot->lanes[i].name);
        double y = sheet->bottom + LANE_GAP / 2;
        snprintf(name, sizeof name, "%.26s%s", plot->lanes[i].name, length > 26 ? "…" : "");
        svg_rectangle(&sheet->svg, PLOT_LEFT, y, PLOT_COLUMNS, LANE_HEIGHT,
                      "fill=\"#f5f5f5\" fill-opacity=\"0.8\"", NULL);
        svg_text(&sheet->svg, PLOT_LEFT - 9, y + 16.5, "end",
                 "font-size=\"12.5\" fill=\"" PLOT_INK "\"", name);
        for (int kind = PLOT_HOLD; kind <= PLOT_ACTIVE; kind++)
            draw_lane_kind(sheet, i, (enum plot_span_kind)kind, y);
        sheet->bottom += LANE_HEIGHT + LANE_GAP;
    }
    sheet->bottom += 4;
}

/* A word of the legend behind its sign; returns where the next one stands. */
static double draw_word(struct plot_sheet *sheet, double x, const char *text)
{
    svg_text(&sheet->svg, x + 26, sheet->bottom + 11, "start",
             "font-size=\"12\" fill=\"" PLOT_INK "\"", text);
    return x + 26 + 6.6 * (double)strlen(text) + 22;
}

static double draw_key(struct plot_sheet *sheet, double x, const char *style, const char *text)
{
    svg_rectangle(&sheet->svg, x, sheet->bottom, 20, 13, style, NULL);
    return draw_word(sheet, x, text);
}

static double draw_line_key(struct plot_sheet *sheet, double x, const char *style, const char *text)
{
    svg_line(&sheet->svg, x, sheet->bottom + 7, x + 20, sheet->bottom + 7, style);
    return draw_word(sheet, x, text);
}

/* What is in the picture, and nothing else: lines, then areas. */
static void draw_legend(struct plot_sheet *sheet)
{
    bool has_severity[RULES_CRITICAL + 1] = {0}, has_hold = false, has_suppressed = false;
    double x = PLOT_LEFT;
    for (size_t i = 0; i < sheet->plot->spans_count; i++) {
        const struct plot_span *span = &sheet->plot->spans[i];
        has_severity[span->severity] |= span->kind == PLOT_ACTIVE;
        has_hold |= span->kind == PLOT_HOLD && !span->is_quiet;
        has_suppressed |= span->kind == PLOT_SUPPRESSED;
    }
    if (sheet->plot->panels_count > 0)
        x = draw_line_key(sheet, x, PLOT_READING, "reading");
    if (sheet->has_limits)
        x = draw_line_key(sheet, x, "stroke=\"" PLOT_INK "\" " PLOT_LIMIT, "limit");
    if (sheet->has_ends)
        x = draw_line_key(sheet, x, PLOT_END, "where an alarm ends");
    if (sheet->has_usual)
        x = draw_key(sheet, x, PLOT_USUAL, "usual");
    for (int severity = RULES_CRITICAL; severity >= RULES_LOG; severity--) {
        char style[40];
        snprintf(style, sizeof style, "fill=\"%s\"", plot_colours[severity]);
        if (has_severity[severity])
            x = draw_key(sheet, x, style, severity_names[severity]);
    }
    if (has_hold)
        x = draw_key(sheet, x, "fill=\"#F0E442\" fill-opacity=\"0.65\"",
                     "true, waiting for its time");
    if (has_suppressed)
        x = draw_key(sheet, x, PLOT_HATCH " stroke=\"#8a8a8a\"", "suppressed");
    if (sheet->has_gaps)
        draw_key(sheet, x, "fill=\"" PLOT_NO_READINGS "\" stroke=\"#bdbdbd\"", "no readings");
}

void plot_draw(const struct plot *plot, FILE *file)
{
    double height = PLOT_TOP + 26 + AXIS_HEIGHT + LEGEND_HEIGHT +
                    (double)plot->lanes_count * (LANE_HEIGHT + LANE_GAP);
    for (size_t i = 0; i < plot->panels_count; i++)
        height += PLOT_PANEL_GAP + (plot->panels[i].what->kind == RULES_STATE ? PLOT_STATE_HEIGHT
                                                                              : PLOT_PANEL_HEIGHT);
    struct plot_sheet sheet = {.plot = plot, .bottom = PLOT_TOP};
    svg_begin(&sheet.svg, file, PLOT_WIDTH, height, plot->title);
    svg_text(&sheet.svg, PLOT_LEFT, 42, "start",
             "font-size=\"24\" font-weight=\"bold\" fill=\"" PLOT_INK "\"", plot->title);
    svg_text(&sheet.svg, PLOT_LEFT, 66, "start", "font-size=\"14\" fill=\"" PLOT_FAINT "\"",
             plot->subtitle);
    for (size_t i = 0; i < plot->panels_count; i++)
        plot_draw_panel(&sheet, i);
    draw_lanes(&sheet);
    draw_time_axis(&sheet);
    draw_legend(&sheet);
    svg_end(&sheet.svg);
}
