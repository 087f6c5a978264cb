/* A platform for the unit tests of kernel/: time moves only as the test says, sleeping jumps to the
 * deadline, the console is a string, and the worker is a function that is called once for each
 * slice. */
#ifndef TESTS_UNIT_KERNEL_FAKE_PLATFORM_H
#define TESTS_UNIT_KERNEL_FAKE_PLATFORM_H

#include "kernel/platform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct {
    uint64_t now_ns, slept_until_ns;
    char console[4096];
    size_t console_length;
    unsigned sleeps, slices;
    uint64_t slice_deadline_ns;
    void (*slice)(void);
} fake;

void platform_console_write(const char *bytes, size_t length)
{
    assert_true(fake.console_length + length < sizeof fake.console);
    memcpy(fake.console + fake.console_length, bytes, length);
    fake.console_length += length;
    fake.console[fake.console_length] = 0;
}

uint64_t platform_monotonic_ns(void)
{
    return fake.now_ns;
}

void platform_sleep_until(uint64_t deadline_ns)
{
    fake.sleeps++;
    fake.slept_until_ns = deadline_ns;
    if (deadline_ns != PLATFORM_NO_DEADLINE && deadline_ns > fake.now_ns)
        fake.now_ns = deadline_ns;
}

void platform_worker_create(void (*entry)(void *context), void *context)
{
    (void)entry, (void)context;
}

bool platform_worker_run(uint64_t deadline_ns)
{
    fake.slices++;
    fake.slice_deadline_ns = deadline_ns;
    if (fake.slice)
        fake.slice();
    return true;
}

void platform_worker_yield(void)
{
}

bool platform_worker_is_current(void)
{
    return false;
}

unsigned long platform_hold_interrupts(void)
{
    return 0;
}

void platform_release_interrupts(unsigned long state)
{
    (void)state;
}

_Noreturn void panic_at(const char *file, int line, const char *format, ...)
{
    fprintf(stderr, "%s:%d: %s\n", file, line, format);
    abort();
}

#endif
