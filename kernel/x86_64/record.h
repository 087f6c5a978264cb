/* A panic's text: formatted without libc, printed at once and kept for the recorder. For panic.c
 * alone. */
#ifndef KERNEL_X86_64_RECORD_H
#define KERNEL_X86_64_RECORD_H

#include <stdarg.h>
#include <stddef.h>

void record_begin(void);
/* One line, after the time and "panic": record_line("rip=%lx", rip). */
void record_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Parts of one line; record_start and record_finish around them. */
void record_start(void);
void record_add(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same in quote marks; those inside become apostrophes. */
void record_quote(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));
void record_finish(void);
/* All of it since record_begin. */
const char *record_text(size_t *length);

#endif
