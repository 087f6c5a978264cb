/* What a platform (kernel/x86_64, kernel/host) gives to the files in kernel/, and what those give
 * back. Private to kernel/; the rooms above see kernel/kernel.h alone. A platform also defines,
 * from kernel.h: panic_at, platform_exit, must_memory_pages, memory_physical, memory_counters,
 * platform_site, platform_command_line, platform_name; and it calls appliance_main. The files in
 * kernel/ define clock_*, timer_*, loop_*, worker_*, entropy_*, log_*. */
#ifndef KERNEL_PLATFORM_H
#define KERNEL_PLATFORM_H

#include "kernel/kernel.h"

/* ---- given by the platform ----------------------------------------------------------------- */

/* Writes bytes to the console as they are ("\n" ends a line). Loses them when there is no console.
 */
void platform_console_write(const char *bytes, size_t length);

/* Nanoseconds since entry; never goes back. Loop and worker. */
uint64_t platform_monotonic_ns(void);

#define PLATFORM_NO_DEADLINE UINT64_MAX

/* Sleeps until platform_monotonic_ns() reaches the deadline or an interrupt (a file descriptor on
 * the host) marks work, whichever is first. Work that was marked since a source's arm() also ends
 * the sleep at once: no wake-up is lost between arm and sleep. May return early for no reason. */
void platform_sleep_until(uint64_t deadline_ns);

/* Prepares the second stack. Called once, by worker_start. */
void platform_worker_create(void (*entry)(void *context), void *context);
/* Runs the worker until it yields, an interrupt comes, or the deadline passes (the host platform
 * runs it until it yields). True when the worker was interrupted, false when it yielded. */
bool platform_worker_run(uint64_t deadline_ns);
/* Worker: gives the processor back to the loop; returns when the loop runs it again. */
void platform_worker_yield(void);
/* True on the worker's stack. */
bool platform_worker_is_current(void);

/* Between these two the worker is not interrupted (nothing to do on the host, nor in the loop).
 * Short stretches only; they nest by handing the state back. */
unsigned long platform_hold_interrupts(void);
void platform_release_interrupts(unsigned long state);

/* ---- given to the platform ----------------------------------------------------------------- */

/* The platform's interrupt code counts here. */
void loop_count_interrupt(void);

/* Keeps a panic's record: called with the whole text after it was printed, interrupts off, by
 * polling only. At most one recorder; NULL for none. */
void panic_set_recorder(void (*record)(const char *text, size_t length));

#endif
