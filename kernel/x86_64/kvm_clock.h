/* What KVM tells about time. For time.c and start.c; call only where the hypervisor is KVM. */
#ifndef KERNEL_X86_64_KVM_CLOCK_H
#define KERNEL_X86_64_KVM_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* How fast the TSC runs, in Hz; 0 when KVM does not tell. */
uint64_t kvm_clock_frequency(void);
/* UTC; false when there is no KVM clock or kvm_clock_frequency found none. For machines without an
 * RTC. */
bool kvm_clock_utc_ms(int64_t *utc_ms);

#endif
