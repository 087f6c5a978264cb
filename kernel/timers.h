/* The timers as the loop sees them, and one turn of the loop for tests. Private to kernel/. */
#ifndef KERNEL_TIMERS_H
#define KERNEL_TIMERS_H

#include <stdbool.h>
#include <stdint.h>

/* Fires what is due at `now_ns`; true when something was. */
bool timers_fire(uint64_t now_ns);
/* When the next one is due, PLATFORM_NO_DEADLINE when none runs. */
uint64_t timers_next_ns(void);

/* One turn of loop_run (loop.c). */
void loop_turn(void);

#endif
