/* The console's lines: "0.004 info ready ms=4". Comes in: events from every room. Goes out: one
 * line each. */
#include "kernel/platform.h"

#include <stdarg.h>
#include <stdio.h>

#define LOG_LINE_BYTES 400

static enum log_level log_least = LOG_INFO;

static void (*also_to)(const char *bytes, size_t length);

void log_also_to(void (*write)(const char *bytes, size_t length))
{
    also_to = write;
}

void log_set_level(enum log_level least)
{
    log_least = least;
}

void log_line(enum log_level level, const char *format, ...)
{
    static const char names[][6] = {"debug", "info", "warn", "error"};
    if (level < log_least)
        return;
    char line[LOG_LINE_BYTES];
    uint64_t ms = clock_monotonic_ns() / 1000000;
    int begin = snprintf(line, sizeof line, "%llu.%03u %s ", (unsigned long long)(ms / 1000),
                         (unsigned)(ms % 1000), names[level]);
    if (begin < 0)
        return;
    size_t length = (size_t)begin;
    va_list arguments;
    va_start(arguments, format);
    int more = vsnprintf(line + length, sizeof line - length, format, arguments);
    va_end(arguments);
    length += more < 0 ? 0 : (size_t)more;
    if (length > sizeof line - 1)
        length = sizeof line - 1;
    /* One event, one line, whatever a name from outside holds. */
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
            line[i] = ' ';
    line[length++] = '\n';
    platform_console_write(line, length);
    if (also_to)
        also_to(line, length);
}
