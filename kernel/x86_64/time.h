/* The time-stamp counter as the clock, the local APIC's timer as the alarm. For start.c, worker.c,
 * platform.c. */
#ifndef KERNEL_X86_64_TIME_H
#define KERNEL_X86_64_TIME_H

#include <stdint.h>

/* Finds out how fast the TSC runs. After apic_start. */
void time_start(void);
/* Where time_start could only begin to measure: takes the result so far. Called twice during the
 * boot, before the clock is first read and at its end. */
void time_settle(void);
/* Sets the alarm for a time of platform_monotonic_ns; PLATFORM_NO_DEADLINE: none. */
void time_set_alarm(uint64_t deadline_ns);
/* Where the frequency came from, for the first log line, and its value. */
const char *time_source_name(void);
uint64_t time_tsc_hz(void);

#endif
