/* A bar on the terminal for what takes long. Comes in: how far it has come. Goes out: one line on
 * standard error that is written again and again; nothing when that is no terminal. Private to
 * tools/. */
#ifndef TOOLS_PROGRESS_H
#define TOOLS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool is_shown;
    int64_t began_ms, shown_ms;
    uint32_t calls;
};

void progress_begin(struct progress *progress);
/* Cheap: most calls only count. bytes_total 0: nobody knows; readings 0: no rate is shown. */
void progress_show(struct progress *progress, int64_t bytes_done, int64_t bytes_total,
                   uint64_t readings);
void progress_end(struct progress *progress);
/* Since progress_begin. */
double progress_seconds(const struct progress *progress);

/* The line itself, for a terminal of `width` characters. */
void progress_line(char *room, unsigned room_bytes, int64_t bytes_done, int64_t bytes_total,
                   uint64_t readings, double seconds);

#endif
