/* Draws the bar (see progress.h). */
#include "tools/progress.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CALLS_BETWEEN 1024
#define SHOW_EVERY_MS 200
#define SHOW_FIRST_MS 500
#define BAR_CELLS 24

static int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

void progress_begin(struct progress *progress)
{
    *progress = (struct progress){.is_shown = isatty(STDERR_FILENO), .began_ms = clock_ms()};
    progress->shown_ms = progress->began_ms + SHOW_FIRST_MS - SHOW_EVERY_MS;
}

double progress_seconds(const struct progress *progress)
{
    return (double)(clock_ms() - progress->began_ms) / 1000;
}

void progress_line(char *room, unsigned room_bytes, int64_t bytes_done, int64_t bytes_total,
                   uint64_t readings, double seconds)
{
    if (bytes_total > 0 && bytes_done > bytes_total)
        bytes_done = bytes_total; /* it grows while it is read */
    char bar[BAR_CELLS * 3 + 1] = "", part[48];
    size_t used = 0;
    int cells = bytes_total > 0 ? (int)(bytes_done * BAR_CELLS / bytes_total) : 0;
    for (int i = 0; bytes_total > 0 && i < BAR_CELLS; i++) {
        const char *cell = i < cells ? "█" : "░";
        memcpy(bar + used, cell, 3);
        used += 3;
    }
    bar[used] = 0;
    if (bytes_total > 0)
        snprintf(part, sizeof part, " %3d %%  %.0f of %.0f MB",
                 (int)(bytes_done * 100 / bytes_total), (double)bytes_done / 1e6,
                 (double)bytes_total / 1e6);
    else
        snprintf(part, sizeof part, "%.0f MB", (double)bytes_done / 1e6);
    double rate = seconds > 0 ? (double)readings / seconds : 0;
    if (readings > 0)
        snprintf(room, room_bytes, "%s%s  %.0f readings a second", bar, part, rate);
    else
        snprintf(room, room_bytes, "%s%s", bar, part);
}

void progress_show(struct progress *progress, int64_t bytes_done, int64_t bytes_total,
                   uint64_t readings)
{
    if (!progress->is_shown || ++progress->calls % CALLS_BETWEEN != 0)
        return;
    int64_t now = clock_ms();
    if (now - progress->shown_ms < SHOW_EVERY_MS)
        return;
    char line[200];
    progress->shown_ms = now;
    progress_line(line, sizeof line, bytes_done, bytes_total, readings,
                  (double)(now - progress->began_ms) / 1000);
    fprintf(stderr, "\r\033[K%s", line);
    fflush(stderr);
}

void progress_end(struct progress *progress)
{
    if (progress->is_shown)
        fputs("\r\033[K", stderr);
    progress->is_shown = false;
}
