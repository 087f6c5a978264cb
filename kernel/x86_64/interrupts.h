/* Interrupts for the drivers: a vector for each source, routed from an IOAPIC pin or written by
 * MSI-X. The loop runs with interrupts off and the processor takes them only while it sleeps or the
 * worker runs, so `mark` never comes in the middle of loop code. It must do no more than note that
 * there is work (most drivers need nothing: the loop polls every source after any interrupt) and
 * must not touch the device beyond what acknowledges the interrupt. */
#ifndef KERNEL_X86_64_INTERRUPTS_H
#define KERNEL_X86_64_INTERRUPTS_H

#include <stdint.h>

/* A free vector; `mark` may be NULL. Panics when there are no more (29 are there). */
unsigned interrupt_allocate(void (*mark)(void *context), void *context);

/* Sends a global system interrupt (pins 0-23 of the first IOAPIC, 24-47 of microvm's second) to the
 * vector, as edge, active high, unmasked. Panics when there is no such pin. */
void interrupt_route_gsi(unsigned gsi, unsigned vector);

/* What to write into an MSI or MSI-X table entry so that it raises the vector on this processor. */
uint64_t interrupt_msi_address(unsigned vector);
uint32_t interrupt_msi_data(unsigned vector);

#endif
