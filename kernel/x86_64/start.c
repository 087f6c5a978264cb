/* From the image's final place to appliance_main: switches on, in the order in which each needs the
 * one before. Called by entry.S; interrupts stay off until the loop first sleeps. */
#include "kernel/x86_64/start.h"

#include "drivers/drivers.h"
#include "drivers/rtc.h"
#include "kernel/platform.h"
#include "kernel/x86_64/apic.h"
#include "kernel/x86_64/boot.h"
#include "kernel/x86_64/frame.h"
#include "kernel/x86_64/kvm_clock.h"
#include "kernel/x86_64/paging.h"
#include "kernel/x86_64/time.h"

/* The processor's generator, where it has one: 256 bits. And, however little that is, the time of
 * entry. */
static void start_entropy(void)
{
    uint64_t numbers[4];
    bool is_strong = true;
    for (unsigned i = 0; i < 4; i++)
        is_strong = boot_random(&numbers[i]) && is_strong;
    if (is_strong)
        entropy_add(numbers, sizeof numbers, true);
    uint64_t weak[] = {boot_entry_tsc, platform_monotonic_ns(), boot_delta};
    entropy_add(weak, sizeof weak, false);
}

/* The RTC, which QEMU's microvm under KVM has not; there KVM tells. SNTP corrects either later. */
static void start_utc(void)
{
    int64_t utc_ms;
    if (rtc_read(&utc_ms))
        clock_correct(utc_ms, "rtc");
    else if (kvm_clock_utc_ms(&utc_ms))
        clock_correct(utc_ms, "kvm-clock");
}

void kernel_start(void)
{
    interrupts_start();
    paging_protect();
    console_start();
    if (!boot_info.is_pvh)
        panic("the loader gave no PVH start info: start this image as a kernel "
              "(qemu-system-x86_64 -kernel), Firecracker, Cloud Hypervisor or Xen PVH");
    apic_start();
    time_start();
    machine_find();
    libc_start();
    time_settle();
    start_entropy();
    drivers_start();
    time_settle();
    start_utc();
    appliance_main();
}
