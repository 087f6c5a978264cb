/* The local APIC and the IOAPICs: registers only, no policy. For interrupts.c and time.c. */
#ifndef KERNEL_X86_64_APIC_H
#define KERNEL_X86_64_APIC_H

#include <stdint.h>

enum apic_timer_mode {
    APIC_TIMER_MASKED = 1 << 16,
    APIC_TIMER_ONE_SHOT = 0,
    APIC_TIMER_PERIODIC = 1 << 17,
    APIC_TIMER_DEADLINE = 2 << 17,
};

void apic_start(void);
uint32_t apic_id(void);
void apic_end_interrupt(void);
void apic_route(unsigned gsi, unsigned vector);

void apic_timer_set_mode(enum apic_timer_mode mode);
void apic_timer_set_count(uint32_t count); /* 0 stops it; divides by 1 */
uint32_t apic_timer_count(void);

#endif
