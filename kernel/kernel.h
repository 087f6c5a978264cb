/* What the kernel gives to every room above it: the whole public interface, the same on every
 * platform (kernel/x86_64 in the image, kernel/host as a Linux process). Rules of the house: one
 * core, one loop, run to completion. Interrupts only mark work. Everything here is called from the
 * loop unless it says "worker". rules/, pipeline/ and alerts/ never include this. */
#ifndef KERNEL_KERNEL_H
#define KERNEL_KERNEL_H

#include "base/text.h"
#include "base/wheel.h"

/* ---- time ---------------------------------------------------------------------------------- */

/* Nanoseconds since entry; never goes back, never jumps. */
uint64_t clock_monotonic_ns(void);

/* UTC in milliseconds since 1970; before the clock is set it counts from 0 at entry. */
int64_t clock_utc_ms(void);
bool clock_is_set(void);

/* A time source (RTC at boot, SNTP later) says that it is `utc_ms` now. The first call and steps
 * above one second set the clock at once; smaller ones are slewed at 500 parts per million. */
void clock_correct(int64_t utc_ms, const char *source);

/* ---- timers: 1 ms, O(1) -------------------------------------------------------------------- */

struct timer {
    struct wheel_timer wheel; /* first member */
    void (*fire)(void *context);
    void *context;
};

/* Fires once, `delay_ms` from now, from the loop. Restarts a running timer. */
void timer_start(struct timer *timer, uint32_t delay_ms, void (*fire)(void *), void *context);
void timer_stop(struct timer *timer);

/* ---- the loop ------------------------------------------------------------------------------ */

/* A source of work (a device's ring, a queue). The loop calls poll of every source in turn while
 * any of them says that it did something. Before it sleeps it calls arm, which must switch the
 * source's wake-up (interrupt) on and return true if work came in meanwhile; disarm switches it off
 * again (either may be NULL). Sources are never removed. */
struct loop_source {
    bool (*poll)(void *context);
    bool (*arm)(void *context);
    void (*disarm)(void *context);
    void *context;
    struct loop_source *next;
};

void loop_add(struct loop_source *source);
_Noreturn void loop_run(void);

struct loop_counters {
    uint64_t turns, sleeps, interrupts, preemptions; /* preemptions: of the worker, by the loop */
    uint64_t idle_ns;
};
const struct loop_counters *loop_counters(void);

/* ---- the worker: long arithmetic on a second stack ----------------------------------------- */

/* There is one worker. It runs `entry` on its own stack whenever the loop has nothing to do, and
 * any interrupt takes the processor back to the loop at whatever instruction the worker is
 * (x86_64); on the host platform it gives way only in worker_wait. What both sides touch must
 * therefore be rings with one reader and one writer. The worker may call only: worker_wait,
 * clock_*, entropy_fill, panic, and malloc, calloc, realloc and free, which no interrupt can cut in
 * two. */
void worker_start(void (*entry)(void *context), void *context);
void worker_wake(void); /* loop: there is work; remembered if the worker is not waiting */
void worker_wait(void); /* worker: sleep until woken */
bool worker_is_current(void);

/* Between loop code and worker code that share a ring: orders memory accesses for the compiler. */
static inline void worker_barrier(void)
{
    __asm__ volatile("" ::: "memory");
}

/* ---- entropy ------------------------------------------------------------------------------- */

/* True once virtio-rng or the processor's generator has seeded the pool; before that TLS must
 * refuse. */
bool entropy_is_strong(void);
/* Fills with random bytes (ChaCha20 keyed from the pool). Weak, but different at each boot, when
 * not strong. */
void entropy_fill(void *bytes, size_t length);
/* A driver adds what its device gave; `strong` if it is a real generator. */
void entropy_add(const void *bytes, size_t length, bool strong);

/* ---- console ------------------------------------------------------------------------------- */

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* One line: seconds since entry, level, then what the format gives, which is an event's name and
 * key=value pairs: log_line(LOG_INFO, "ready ms=%u", ms). Values with blanks stand in quote marks.
 * At most 400 bytes; longer lines are cut. */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_set_level(enum log_level least);
/* A second console (virtio) gets every later line, too. It copies the bytes and never waits. */
void log_also_to(void (*write)(const char *bytes, size_t length));

/* ---- the end ------------------------------------------------------------------------------- */

/* Prints file, line, message, registers and a backtrace with names by polling, then ends the
 * machine with status PANIC_STATUS where QEMU's isa-debug-exit is there, else resets it. */
_Noreturn void panic_at(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
#define panic(...) panic_at(__FILE__, __LINE__, __VA_ARGS__)
/* Stops the machine when a condition that the code relies on does not hold. Never has side effects.
 */
#define must(condition) ((condition) ? (void)0 : panic("must hold: %s", #condition))

#define PANIC_STATUS 3 /* QEMU's exit status is (value << 1) | 1, so 7 */
/* Ends the machine in order: status 0 for a wanted stop. Where nothing can end it: reset. */
_Noreturn void platform_exit(int status);

/* ---- memory -------------------------------------------------------------------------------- */

/* Zeroed pages of 4096 bytes, contiguous in physical memory, for rings and tables; never given
 * back. Panics with the size asked for when memory is used up ("give the machine more memory: -m
 * …"). */
void *must_memory_pages(size_t count);
/* The same, but with whatever lies there: for receive buffers and pools, which are written before
 * they are read. Zeroing costs boot time, most where a firmware's translated code lay under
 * emulation. */
void *must_memory_buffers(size_t count);
/* The address that a device sees for bytes in pages, heap or image data. */
uint64_t memory_physical(const void *address);
struct memory_counters {
    size_t total_bytes, image_bytes, pages_bytes, heap_bytes, free_bytes;
    uint64_t allocations; /* calls of malloc, calloc, realloc since boot */
};
const struct memory_counters *memory_counters(void);

/* ---- what the machine was given ------------------------------------------------------------ */

/* The sealed site (site/bundle.h) in the image, else the boot module, else empty. */
struct text platform_site(void);
/* The kernel command line, or "". */
const char *platform_command_line(void);
/* Name of the platform and its machine, for the first line: "x86_64 microvm", "host". */
const char *platform_name(void);

/* Entered by the platform once memory, console, clock and interrupts stand; appliance/main.c. */
_Noreturn void appliance_main(void);

#endif
