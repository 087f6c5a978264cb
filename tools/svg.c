/* Shapes as text (see svg.h). Coordinates have one decimal, which is a tenth of a pixel. */
#include "tools/svg.h"

#include <math.h>

static void write_escaped(FILE *file, const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        if (*at == '<')
            fputs("&lt;", file);
        else if (*at == '>')
            fputs("&gt;", file);
        else if (*at == '&')
            fputs("&amp;", file);
        else if (*at == '"')
            fputs("&quot;", file);
        else
            fputc(*at < ' ' || *at == 0x7f ? ' ' : *at, file);
    }
}

void svg_begin(struct svg *svg, FILE *file, double width, double height, const char *title)
{
    *svg = (struct svg){file, 0};
    fprintf(file,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
            "viewBox=\"0 0 %.0f %.0f\" font-family=\"Helvetica, Arial, 'DejaVu Sans', "
            "sans-serif\">\n<title>",
            width, height, width, height);
    write_escaped(file, title);
    fputs("</title>\n<defs><pattern id=\"hatch\" width=\"7\" height=\"7\" "
          "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect width=\"7\" "
          "height=\"7\" fill=\"#fff\" fill-opacity=\"0.5\"/><line x1=\"0\" y1=\"0\" x2=\"0\" "
          "y2=\"7\" stroke=\"#8a8a8a\" stroke-width=\"2.2\"/></pattern></defs>\n",
          file);
    svg_rectangle(svg, 0, 0, width, height, "fill=\"#ffffff\"", NULL);
}

void svg_end(struct svg *svg)
{
    fputs("</svg>\n", svg->file);
}

void svg_rectangle(struct svg *svg, double x, double y, double width, double height,
                   const char *style, const char *tooltip)
{
    fprintf(svg->file, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" %s", x, y, width,
            height, style);
    if (!tooltip) {
        fputs("/>\n", svg->file);
        return;
    }
    fputs("><title>", svg->file);
    write_escaped(svg->file, tooltip);
    fputs("</title></rect>\n", svg->file);
}

void svg_circle(struct svg *svg, double x, double y, double radius, const char *style)
{
    fprintf(svg->file, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" %s/>\n", x, y, radius, style);
}

void svg_line(struct svg *svg, double x1, double y1, double x2, double y2, const char *style)
{
    fprintf(svg->file, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" %s/>\n", x1, y1, x2,
            y2, style);
}

void svg_text(struct svg *svg, double x, double y, const char *anchor, const char *style,
              const char *text)
{
    fprintf(svg->file, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" %s>", x, y, anchor, style);
    write_escaped(svg->file, text);
    fputs("</text>\n", svg->file);
}

void svg_path_begin(struct svg *svg, const char *style)
{
    fprintf(svg->file, "<path %s d=\"", style);
    svg->points = 0;
}

void svg_path_to(struct svg *svg, bool is_move, double x, double y)
{
    fprintf(svg->file, "%s%c%.1f %.1f", svg->points % 12 == 11 ? "\n" : "", is_move ? 'M' : 'L', x,
            y);
    svg->points++;
}

void svg_path_end(struct svg *svg)
{
    fputs("\"/>\n", svg->file);
}

double svg_y(const struct svg_scale *scale, double value)
{
    double part = (value - scale->least) / (scale->most - scale->least);
    return scale->top + scale->height * (1 - fmin(1, fmax(0, part)));
}

/* 1, 2 or 5 times a power of ten, for about five marks. */
static double round_step(const struct svg_scale *scale)
{
    double rough = (scale->most - scale->least) / 5;
    double power = pow(10, floor(log10(rough))), part = rough / power;
    return power * (part < 1.5 ? 1 : part < 3.5 ? 2 : part < 7.5 ? 5 : 10);
}

void svg_value_axis(struct svg *svg, const struct svg_scale *scale, double left, double right)
{
    double step = round_step(scale);
    int decimals = step < 1 ? (int)ceil(-log10(step) - 1e-9) : 0;
    double first = ceil(scale->least / step) * step;
    int lines = (int)floor((scale->most - first) / step + 1e-9) + 1;
    for (int i = 0; i < lines; i++) {
        double at = first + i * step, y = svg_y(scale, at);
        char text[32];
        snprintf(text, sizeof text, "%.*f", decimals, fabs(at) < step / 1000 ? 0 : at);
        svg_line(svg, left, y, right, y, "stroke=\"#ececec\"");
        svg_text(svg, left - 9, y + 4, "end", "font-size=\"12\" fill=\"#555555\"", text);
    }
}
