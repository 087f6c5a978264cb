/* The machine that a Linux process is: console on standard error, monotonic clock, sleep in ppoll
 * over the descriptors of the devices, the site from a file. Called by kernel/loop.c, clock.c,
 * log.c and by the appliance. SIGTERM and SIGINT are the power button: they end the process in
 * order, from the loop. */
#define _GNU_SOURCE
#include "kernel/host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S UINT64_C(1000000000)
#define WATCHED_MAX 8

struct host_options host_options;

static struct pollfd watched[WATCHED_MAX];
static nfds_t watched_count;
static volatile sig_atomic_t stop_is_wanted;

void platform_console_write(const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(STDERR_FILENO, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return; /* nobody reads the console */
        bytes += written;
        length -= (size_t)written;
    }
}

uint64_t platform_monotonic_ns(void)
{
    static uint64_t entry_ns;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    uint64_t ns = (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
    if (entry_ns == 0)
        entry_ns = ns;
    return ns - entry_ns;
}

void host_watch(int descriptor)
{
    must(watched_count < WATCHED_MAX);
    watched[watched_count++] = (struct pollfd){.fd = descriptor, .events = POLLIN};
}

static void want_stop(int number)
{
    (void)number;
    stop_is_wanted = 1;
}

/* The signals are let in only while ppoll sleeps, so a stop never falls between a check and a
 * sleep. */
static sigset_t sleeping_mask;

void host_catch_stops(void)
{
    sigset_t stops;
    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGINT);
    sigprocmask(SIG_BLOCK, &stops, &sleeping_mask);
    sigdelset(&sleeping_mask, SIGTERM);
    sigdelset(&sleeping_mask, SIGINT);
    signal(SIGTERM, want_stop);
    signal(SIGINT, want_stop);
}

void platform_sleep_until(uint64_t deadline_ns)
{
    struct timespec timeout, *limit = NULL;
    if (deadline_ns != PLATFORM_NO_DEADLINE) {
        uint64_t now = platform_monotonic_ns(), wait = deadline_ns > now ? deadline_ns - now : 0;
        timeout.tv_sec = (time_t)(wait / NS_PER_S);
        timeout.tv_nsec = (long)(wait % NS_PER_S);
        limit = &timeout;
    }
    if (ppoll(watched, watched_count, limit, &sleeping_mask) > 0)
        loop_count_interrupt();
    if (stop_is_wanted) {
        log_line(LOG_INFO, "stopped by=signal");
        platform_exit(0);
    }
}

void platform_exit(int status)
{
    if (host_worker_stack_peak_bytes() > 0)
        log_line(LOG_DEBUG, "worker stack_peak_bytes=%zu", host_worker_stack_peak_bytes());
    exit(status);
}

struct text platform_site(void)
{
    static struct text site;
    if (site.bytes != NULL || host_options.site_path == NULL)
        return site;
    struct stat status;
    int file = open(host_options.site_path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &status) != 0)
        panic("cannot open the site %s: %s", host_options.site_path, strerror(errno));
    void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (bytes == MAP_FAILED)
        panic("cannot read the site %s: %s", host_options.site_path, strerror(errno));
    close(file);
    site = (struct text){bytes, (size_t)status.st_size};
    return site;
}

const char *platform_command_line(void)
{
    return host_options.command_line != NULL ? host_options.command_line : "";
}

const char *platform_name(void)
{
    return "host";
}

/* Nothing preempts on this platform. */
unsigned long platform_hold_interrupts(void)
{
    return 0;
}

void platform_release_interrupts(unsigned long state)
{
    (void)state;
}
