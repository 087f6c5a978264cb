/* Writes a picture (SVG 1.1). Comes in: shapes in pixels, texts of any bytes. Goes out: a file.
 * Private to tools/. */
#ifndef TOOLS_SVG_H
#define TOOLS_SVG_H

#include <stdbool.h>
#include <stdio.h>

struct svg {
    FILE *file;
    unsigned points; /* of the open path */
};

/* Begins it, with a white ground; svg_end closes the last tag, not the file. */
void svg_begin(struct svg *svg, FILE *file, double width, double height, const char *title);
void svg_end(struct svg *svg);

/* `style` is SVG attributes: "fill=\"#eee\"". */
void svg_rectangle(struct svg *svg, double x, double y, double width, double height,
                   const char *style, const char *tooltip);
void svg_circle(struct svg *svg, double x, double y, double radius, const char *style);
void svg_line(struct svg *svg, double x1, double y1, double x2, double y2, const char *style);
/* Control characters and markup in `text` are made harmless. `anchor`: start, middle, end. */
void svg_text(struct svg *svg, double x, double y, const char *anchor, const char *style,
              const char *text);
/* A line of many points: begin, points (a move starts a new piece), end. */
void svg_path_begin(struct svg *svg, const char *style);
void svg_path_to(struct svg *svg, bool is_move, double x, double y);
void svg_path_end(struct svg *svg);

/* Values from `least` at the bottom to `most` at the top of a panel; what lies beyond is drawn at
 * its edge. */
struct svg_scale {
    double least, most, top, height;
};
double svg_y(const struct svg_scale *scale, double value);
/* A line and a number at about five round values. */
void svg_value_axis(struct svg *svg, const struct svg_scale *scale, double left, double right);

#endif
