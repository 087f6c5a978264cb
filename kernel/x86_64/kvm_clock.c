/* KVM's clock pages (Linux, Documentation/virt/kvm/x86/msr.rst): read once, then switched off; the
 * TSC alone is the clock from then on. */
#include "kernel/x86_64/kvm_clock.h"

#include "kernel/kernel.h"

#define LEAF_FEATURES 0x40000001u
#define FEATURE_CLOCK (1u << 3)
#define MSR_WALL_CLOCK 0x4b564d00u
#define MSR_SYSTEM_TIME 0x4b564d01u
#define NS_PER_SECOND UINT64_C(1000000000)

static volatile struct __attribute__((aligned(64))) {
    uint32_t version, reserved;
    uint64_t tsc, system_ns; /* system_ns: since the machine's start, at that tsc */
    uint32_t multiplier;     /* ns = ((ticks << shift) * multiplier) >> 32 */
    int8_t shift;
    uint8_t flags, padding[2];
} system_time;

static volatile struct __attribute__((aligned(16))) {
    uint32_t version, seconds, nanoseconds; /* UTC at the machine's start */
} wall_clock;

static void msr_write_address(uint32_t msr, volatile const void *address, uint64_t flags)
{
    uint64_t value = memory_physical((const void *)(uintptr_t)address) | flags;
    __asm__ volatile("wrmsr"
                     :
                     : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
                     : "memory");
}

uint64_t kvm_clock_frequency(void)
{
    uint32_t eax = LEAF_FEATURES, ebx, ecx = 0, edx;
    __asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
    if (!(eax & FEATURE_CLOCK))
        return 0;
    msr_write_address(MSR_SYSTEM_TIME, &system_time, 1);
    __asm__ volatile("wrmsr" : : "c"(MSR_SYSTEM_TIME), "a"(0), "d"(0) : "memory");
    if (!system_time.multiplier)
        return 0;
    uint64_t hz = (uint64_t)(((unsigned __int128)NS_PER_SECOND << 32) / system_time.multiplier);
    bool is_negative = system_time.shift < 0;
    return is_negative ? hz << -system_time.shift : hz >> system_time.shift;
}

bool kvm_clock_utc_ms(int64_t *utc_ms)
{
    if (!system_time.multiplier)
        return false;
    msr_write_address(MSR_WALL_CLOCK, &wall_clock, 0);
    if (!wall_clock.seconds)
        return false;
    /* system_time was read less than a millisecond after entry, from which the monotonic clock
     * counts. */
    uint64_t ns = wall_clock.seconds * NS_PER_SECOND + wall_clock.nanoseconds +
                  system_time.system_ns + clock_monotonic_ns();
    *utc_ms = (int64_t)(ns / 1000000);
    return true;
}
