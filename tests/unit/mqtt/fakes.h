/* A kernel for tests of mqtt/: time that the test moves, log lines that it reads.
 * Included once by each test program. */
#ifndef TESTS_UNIT_MQTT_FAKES_H
#define TESTS_UNIT_MQTT_FAKES_H

#include "kernel/kernel.h"
#include "net/net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* ---- time ---- ----------------------------------------------------------------------------- */

static struct wheel fake_wheel;
static int64_t fake_now_ms;

uint64_t clock_monotonic_ns(void)
{
    return (uint64_t)fake_now_ms * 1000000;
}

void timer_start(struct timer *timer, uint32_t delay_ms, void (*fire)(void *), void *context)
{
    timer->fire = fire;
    timer->context = context;
    wheel_start(&fake_wheel, &timer->wheel, fake_now_ms + delay_ms);
}

void timer_stop(struct timer *timer)
{
    wheel_stop(&fake_wheel, &timer->wheel);
}

/* Lets time pass and fires what falls due on the way. */
static void pass_ms(int64_t ms)
{
    int64_t until = fake_now_ms + ms;
    for (;;) {
        struct wheel_timer *due = wheel_expire(&fake_wheel, until);
        fake_now_ms = fake_wheel.now;
        if (due == NULL)
            return;
        struct timer *timer = (struct timer *)(void *)due;
        timer->fire(timer->context);
    }
}

/* ---- log, entropy, the end ---- ------------------------------------------------------------ */

static char fake_log[16][512]; /* the last lines */
static unsigned fake_log_lines;

void log_line(enum log_level level, const char *format, ...)
{
    if (level < LOG_INFO)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fake_log[fake_log_lines++ % 16], sizeof fake_log[0], format, arguments);
    va_end(arguments);
}

static const char *last_log(void)
{
    return fake_log_lines > 0 ? fake_log[(fake_log_lines - 1) % 16] : "";
}

static uint8_t fake_entropy;

void entropy_fill(void *bytes, size_t length)
{
    memset(bytes, fake_entropy, length);
}

void panic_at(const char *file, int line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    _fail(file, line);
    abort();
}

#endif
