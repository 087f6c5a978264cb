/* One message from upstream as one line. Private to tools/. */
#ifndef TOOLS_WATCH_LINE_H
#define TOOLS_WATCH_LINE_H

#include "base/text.h"
#include "base/zone.h"

#include <stdio.h>

/* {"topic":...,"retained":...,"payload":...}; returns true: always shown. */
bool watch_line_json(FILE *out, const char *topic, struct text payload, bool retained);
/* "08:15  WARNING  Cooler dairy-1 is at 6.0 °C ..."; returns false when it is nothing for people
 * (states and health, unless all are asked for). `topic` begins with brink/v1. */
struct watch_look {
    bool has_colour, shows_all;
    const struct zone *zone; /* of the times; NULL: UTC, as they came */
    char day[11];            /* with a zone: that was shown last; each new one gets a line */
};
bool watch_line_people(FILE *out, const char *topic, struct text payload, struct watch_look *look);

#endif
