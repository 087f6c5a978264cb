/* What the files of the host platform share. The host platform is Brink as a Linux process: the
 * same rooms above, with a TAP device for the ring and a file for the disk. Private to
 * kernel/host/. */
#ifndef KERNEL_HOST_HOST_H
#define KERNEL_HOST_HOST_H

#include "kernel/platform.h"

/* Filled by main.c from the arguments before anything else runs. */
struct host_options {
    const char *site_path, *tap_name, *disk_path; /* NULL: there is none */
    const char *command_line;
    bool clock_is_unset;  /* as a machine without an RTC */
    bool entropy_is_weak; /* as a machine without any generator */
};
extern struct host_options host_options;

/* Wakes the loop from platform_sleep_until when the descriptor can be read. At most 8. */
void host_watch(int descriptor);

/* The most bytes of the worker's stack that were ever in use. */
size_t host_worker_stack_peak_bytes(void);

/* Makes SIGTERM and SIGINT end the process in order, from the loop. */
void host_catch_stops(void);

/* Makes faults of the processor end in a panic's text and status. */
void host_catch_faults(void);

#endif
