/* The end of the process when something that the code relies on does not hold: message and
 * backtrace on the console, the record to its keeper, and the status that QEMU gives for a panic of
 * the image. */
#include "kernel/host/host.h"

#include <execinfo.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FRAMES_MAX 32
#define FAULT_STACK_BYTES (64 * 1024)
#define QEMU_PANIC_STATUS ((PANIC_STATUS << 1) | 1)

static void (*recorder)(const char *text, size_t length);

void panic_set_recorder(void (*record)(const char *text, size_t length))
{
    recorder = record;
}

void panic_at(const char *file, int line, const char *format, ...)
{
    static bool is_panicking;
    char message[512], text[700];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    uint64_t ms = platform_monotonic_ns() / 1000000;
    int length = snprintf(text, sizeof text, "%u.%03u error panic at=%s:%d problem=\"%s\"\n",
                          (unsigned)(ms / 1000), (unsigned)(ms % 1000), file, line, message);
    platform_console_write(text, (size_t)length);
    if (is_panicking)
        _exit(QEMU_PANIC_STATUS);
    is_panicking = true;
    void *frames[FRAMES_MAX];
    backtrace_symbols_fd(frames, backtrace(frames, FRAMES_MAX), STDERR_FILENO);
    if (recorder != NULL)
        recorder(text, (size_t)length);
    _exit(QEMU_PANIC_STATUS);
}

static void panic_on_fault(int number)
{
    panic("fault of the processor: signal %d", number);
}

void host_catch_faults(void)
{
#ifndef __SANITIZE_ADDRESS__ /* the sanitizer says more about it */
    static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE};
    static uint8_t stack[FAULT_STACK_BYTES]; /* the faulty one may be used up */
    sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL);
    struct sigaction action = {.sa_handler = panic_on_fault, .sa_flags = SA_ONSTACK};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        sigaction(faults[i], &action, NULL);
#else
    (void)panic_on_fault;
#endif
}
