/* The clock and the alarm. The time-stamp counter's frequency is never waited for: the processor or
 * the hypervisor tells it, or, under QEMU, whose APIC timer runs at exactly 1 GHz, it comes from
 * pairs of (TSC, APIC timer) readings: a rough one at boot, then ever longer ones while the timer
 * does its ordinary work, until 10 s lie between them. Only a machine that tells nothing and is no
 * known hypervisor waits 10 ms for the PIT. Comes in: CPUID, MSRs, APIC. Goes out:
 * platform_monotonic_ns and the timer interrupt. */
#include "kernel/x86_64/time.h"

#include "kernel/platform.h"
#include "kernel/x86_64/apic.h"
#include "kernel/x86_64/boot.h"
#include "kernel/x86_64/kvm_clock.h"
#include "kernel/x86_64/machine.h"

#define NS_PER_SECOND UINT64_C(1000000000)
#define MSR_TSC_DEADLINE 0x6e0

/* ns = base_ns + (TSC - base_tsc) * ns_per_tick / 2^32. The worker may read while the loop writes:
 * `generation` is odd meanwhile. */
static struct {
    volatile uint32_t generation;
    uint64_t base_tsc, base_ns, ns_per_tick, ticks_per_ns; /* the last two: 32.32 */
} clock_state;

static const char *source_name = "none";
static uint64_t tsc_hz, apic_hz = NS_PER_SECOND;
static bool has_deadline_mode;

static uint64_t tsc_read(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high)::"memory");
    return (uint64_t)high << 32 | low;
}

static void msr_write(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

static uint64_t scale(uint64_t value, uint64_t factor)
{
    return (uint64_t)((unsigned __int128)value * factor >> 32);
}

uint64_t platform_monotonic_ns(void)
{
    for (;;) {
        uint32_t generation = clock_state.generation;
        worker_barrier();
        uint64_t ns =
            clock_state.base_ns + scale(tsc_read() - clock_state.base_tsc, clock_state.ns_per_tick);
        worker_barrier();
        if (generation == clock_state.generation && !(generation & 1))
            return ns;
    }
}

/* From now on the TSC counts at `hz`; what was counted stays. */
static void clock_set_frequency(uint64_t hz, const char *source)
{
    uint64_t tsc = tsc_read();
    uint64_t ns_per_tick = (uint64_t)(((unsigned __int128)NS_PER_SECOND << 32) / hz);
    /* Before the first time nobody looked at the clock: it counts from entry at the right speed. */
    uint64_t ns = clock_state.base_ns +
                  scale(tsc - clock_state.base_tsc, tsc_hz ? clock_state.ns_per_tick : ns_per_tick);
    clock_state.generation++;
    worker_barrier();
    clock_state.base_tsc = tsc;
    clock_state.base_ns = ns;
    clock_state.ns_per_tick = ns_per_tick;
    clock_state.ticks_per_ns = (uint64_t)(((unsigned __int128)hz << 32) / NS_PER_SECOND);
    worker_barrier();
    clock_state.generation++;
    tsc_hz = hz;
    source_name = source;
}

/* ---- what the machine tells ---------------------------------------------------------------- */

struct cpuid {
    uint32_t eax, ebx, ecx, edx;
};

static struct cpuid cpuid_read(uint32_t leaf)
{
    struct cpuid c;
    __asm__ volatile("cpuid"
                     : "=a"(c.eax), "=b"(c.ebx), "=c"(c.ecx), "=d"(c.edx)
                     : "a"(leaf), "c"(0));
    return c;
}

/* Leaf 0x15: crystal and ratio. Leaf 0x16 rounds to MHz: only if the crystal is not told. */
static uint64_t frequency_by_processor(uint32_t last_leaf)
{
    if (last_leaf < 0x15)
        return 0;
    struct cpuid c = cpuid_read(0x15);
    if (c.eax && c.ebx && c.ecx)
        return (uint64_t)c.ecx * c.ebx / c.eax;
    return last_leaf >= 0x16 ? (uint64_t)(cpuid_read(0x16).eax & 0xffff) * 1000000 : 0;
}

enum hypervisor { HYPERVISOR_NONE, HYPERVISOR_KVM, HYPERVISOR_TCG, HYPERVISOR_OTHER };

static enum hypervisor hypervisor_find(uint32_t *last_leaf)
{
    static const struct {
        char signature[13];
        enum hypervisor kind;
    } known[] = {{"KVMKVMKVM\0\0\0", HYPERVISOR_KVM}, {"TCGTCGTCGTCG", HYPERVISOR_TCG}};
    if (!(cpuid_read(1).ecx & 1u << 31))
        return HYPERVISOR_NONE;
    struct cpuid c = cpuid_read(0x40000000);
    *last_leaf = c.eax;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (memcmp(known[i].signature, &c.ebx, 12) == 0)
            return known[i].kind;
    return HYPERVISOR_OTHER;
}

/* ---- pairs of readings --------------------------------------------------------------------- */

#define PAIRS_LAST_NS (10 * NS_PER_SECOND)
#define PAIR_TRIES 2
/* While pairs are taken the timer is periodic: no faster than this. */
#define PAIRS_SHORTEST_NS 50000u

/* The APIC timer's time is followed from one programming to the next: in periodic mode its count
 * tells how long ago it was set even after it fired. The few hundred ns between reading the old
 * count and writing the new one are measured by the TSC. */
static struct {
    bool is_running;
    uint64_t begin_tsc, apic_ns; /* when it began; APIC time from then to set_tsc */
    uint64_t set_tsc;            /* when the count was written */
    uint32_t set_count;
    uint64_t next_refine_ns;
} pairs;

/* One reading of the APIC's count, the tightest of a few: the TSC in its middle. */
static uint32_t pairs_read(uint64_t *tsc)
{
    uint64_t best = UINT64_MAX;
    uint32_t count = 0;
    *tsc = 0;
    for (int i = 0; i < PAIR_TRIES; i++) {
        uint64_t before = tsc_read();
        uint32_t now = apic_timer_count();
        uint64_t bracket = tsc_read() - before;
        if (bracket < best) {
            best = bracket;
            *tsc = before + bracket / 2;
            count = now;
        }
    }
    return count;
}

static void pairs_set(uint32_t count)
{
    uint64_t before = tsc_read();
    apic_timer_set_count(count);
    pairs.set_tsc = before + (tsc_read() - before) / 2;
    pairs.set_count = count;
}

static void pairs_start(void)
{
    apic_timer_set_mode((enum apic_timer_mode)(APIC_TIMER_PERIODIC | APIC_TIMER_MASKED));
    pairs_set(UINT32_MAX);
    pairs.begin_tsc = pairs.set_tsc;
    pairs.next_refine_ns = 4 * (NS_PER_SECOND / 1000);
    pairs.is_running = true;
}

/* APIC nanoseconds from the last setting to a reading of `count` at `tsc`. How often it went round
 * meanwhile comes from the present idea of the TSC's frequency, which is good for some hundred
 * rounds; false beyond. */
static bool pairs_elapsed(uint32_t count, uint64_t tsc, uint64_t *apic_ns)
{
    uint64_t part = pairs.set_count - count, round = (uint64_t)pairs.set_count + 1;
    uint64_t about = scale(tsc - pairs.set_tsc, clock_state.ns_per_tick);
    uint64_t rounds = about > part ? (about - part + round / 2) / round : 0;
    *apic_ns = rounds * round + part;
    return rounds < 200;
}

static uint64_t pairs_frequency(uint64_t ticks, uint64_t apic_ns)
{
    return (uint64_t)((unsigned __int128)ticks * NS_PER_SECOND / (apic_ns ? apic_ns : 1));
}

void time_settle(void)
{
    if (!pairs.is_running)
        return;
    uint64_t tsc;
    uint32_t count = pairs_read(&tsc);
    clock_set_frequency(pairs_frequency(tsc - pairs.set_tsc, pairs.set_count - count), "apic");
}

/* Called instead of a plain setting of the alarm as long as the frequency is being refined. */
static void pairs_set_alarm(uint32_t count)
{
    uint64_t tsc;
    uint32_t left = pairs_read(&tsc);
    uint64_t elapsed_ns;
    if (!pairs_elapsed(left, tsc, &elapsed_ns)) {
        pairs_set(count);
        pairs.begin_tsc = pairs.set_tsc;
        pairs.apic_ns = 0;
        return;
    }
    pairs.apic_ns += elapsed_ns;
    if (pairs.apic_ns >= pairs.next_refine_ns) {
        clock_set_frequency(pairs_frequency(tsc - pairs.begin_tsc, pairs.apic_ns), "apic");
        pairs.next_refine_ns *= 2;
        if (pairs.apic_ns >= PAIRS_LAST_NS) {
            pairs.is_running = false;
            apic_timer_set_mode(APIC_TIMER_ONE_SHOT);
            apic_timer_set_count(count);
            return;
        }
    }
    pairs_set(count);
    pairs.apic_ns += scale(pairs.set_tsc - tsc, clock_state.ns_per_tick);
}

/* ---- the last resort ----------------------------------------------------------------------- */

/* Channel 2 of the PIT counts 10 ms; both frequencies are measured over it. */
static void frequency_by_pit(void)
{
    const uint32_t pit_hz = 1193182, ticks = pit_hz / 100;
    port_write_8(0x61, (uint8_t)((port_read_8(0x61) & ~2) | 1)); /* gate on, speaker off */
    port_write_8(0x43, 0xb0);                                    /* channel 2, mode 0 */
    port_write_8(0x42, ticks & 0xff);
    port_write_8(0x42, ticks >> 8);
    apic_timer_set_mode(APIC_TIMER_MASKED);
    apic_timer_set_count(UINT32_MAX);
    uint64_t begin = tsc_read();
    uint32_t tries = 0;
    while (!(port_read_8(0x61) & 0x20) && tries < 10000000)
        tries++;
    apic_hz = (uint64_t)(UINT32_MAX - apic_timer_count()) * 100;
    apic_timer_set_count(0);
    clock_set_frequency((tsc_read() - begin) * 100, "pit");
}

/* ---- start and alarm ----------------------------------------------------------------------- */

void time_start(void)
{
    uint32_t last_hypervisor_leaf = 0, last_leaf = cpuid_read(0).eax;
    enum hypervisor hypervisor = hypervisor_find(&last_hypervisor_leaf);
    has_deadline_mode = cpuid_read(1).ecx & 1u << 24;

    clock_state.base_tsc = boot_entry_tsc;
    clock_state.ns_per_tick = UINT64_C(1) << 31; /* 2 GHz until known */
    uint64_t hz = hypervisor == HYPERVISOR_KVM ? kvm_clock_frequency() : 0;
    const char *source = "kvm-clock";
    if (!hz && last_hypervisor_leaf >= 0x40000010) {
        struct cpuid c = cpuid_read(0x40000010);
        hz = (uint64_t)c.eax * 1000;
        apic_hz = c.ebx ? (uint64_t)c.ebx * 1000 : apic_hz;
        source = "hypervisor";
    }
    if (!hz && hypervisor != HYPERVISOR_TCG) {
        hz = frequency_by_processor(last_leaf);
        source = "cpuid";
    }
    if (hz && (has_deadline_mode || hypervisor != HYPERVISOR_NONE)) {
        clock_set_frequency(hz, source);
    } else if (hypervisor == HYPERVISOR_TCG || hypervisor == HYPERVISOR_KVM) {
        pairs_start();
        return;
    } else {
        frequency_by_pit();
    }
    apic_timer_set_mode(has_deadline_mode ? APIC_TIMER_DEADLINE : APIC_TIMER_ONE_SHOT);
    /* Else the first deadline could overtake the mode (Intel's manual, volume 3, 11.5.4.1). */
    __asm__ volatile("mfence" ::: "memory");
}

void time_set_alarm(uint64_t deadline_ns)
{
    static uint64_t last_deadline_ns = PLATFORM_NO_DEADLINE;
    uint64_t now = platform_monotonic_ns();
    /* The alarm stands already. */
    if (deadline_ns == last_deadline_ns && deadline_ns > now && !pairs.is_running)
        return;
    last_deadline_ns = deadline_ns;
    uint64_t delay_ns = deadline_ns == PLATFORM_NO_DEADLINE ? UINT64_MAX
                        : deadline_ns > now                 ? deadline_ns - now
                                                            : 1;
    if (has_deadline_mode && !pairs.is_running) {
        msr_write(MSR_TSC_DEADLINE,
                  delay_ns == UINT64_MAX
                      ? 0
                      : tsc_read() + scale(delay_ns, clock_state.ticks_per_ns) + 1);
        return;
    }
    uint64_t ticks = delay_ns == UINT64_MAX ? 0 : delay_ns;
    if (apic_hz != NS_PER_SECOND)
        ticks = (uint64_t)((unsigned __int128)ticks * apic_hz / NS_PER_SECOND);
    if (ticks >= UINT32_MAX) {
        ticks = UINT32_MAX;
        last_deadline_ns = 0; /* wakes up on the way, and must be set again */
    } else if (delay_ns != UINT64_MAX) {
        ticks++;
    }
    if (!pairs.is_running) {
        apic_timer_set_count((uint32_t)ticks);
        return;
    }
    if (ticks == 0)
        ticks = UINT32_MAX;
    if (ticks < PAIRS_SHORTEST_NS)
        ticks = PAIRS_SHORTEST_NS;
    apic_timer_set_mode(APIC_TIMER_PERIODIC);
    pairs_set_alarm((uint32_t)ticks);
}

const char *time_source_name(void)
{
    return source_name;
}

uint64_t time_tsc_hz(void)
{
    return tsc_hz;
}
