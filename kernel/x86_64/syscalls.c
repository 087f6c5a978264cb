/* What musl asks of Linux, answered by the kernel: memory for malloc, the clocks, text for the
 * console, the end. Comes in: Linux's numbers and arguments from third_party/musl's syscall_arch.h.
 * Goes out: results or negated errno values. Whatever is not here fails with ENOSYS and is counted.
 */
#include "kernel/platform.h"
#include "kernel/x86_64/memory.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>

#define STANDARD_OUTPUT 1
#define STANDARD_ERROR 2
/* malloc keeps its own books here, a page for about a hundred groups of blocks; beyond these it
 * maps more. */
#define BREAK_PAGES 6

typedef long (*syscall_handler)(long a, long b, long c, long d);

long brink_syscall(long number, long a, long b, long c, long d, long e, long f);
static uint64_t unknown_calls;

static size_t pages_of(long bytes)
{
    return ((size_t)bytes + MEMORY_PAGE - 1) / MEMORY_PAGE;
}

/* mallocng leaves the page after the first break unused, as a guard, so that page need not be ours.
 */
static long syscall_brk(long address, long b, long c, long d)
{
    static uint64_t begin, now, end;
    (void)b, (void)c, (void)d;
    if (!begin) {
        begin = memory_take(BREAK_PAGES);
        if (!begin)
            return -ENOMEM;
        memory_zero(begin, BREAK_PAGES);
        memory_count(MEMORY_FOR_HEAP, BREAK_PAGES * MEMORY_PAGE);
        end = begin + BREAK_PAGES * MEMORY_PAGE;
        now = begin - MEMORY_PAGE;
    }
    if ((uint64_t)address >= begin && (uint64_t)address <= end)
        now = (uint64_t)address;
    return (long)now;
}

static long syscall_mmap(long address, long bytes, long protection, long flags)
{
    (void)address, (void)protection;
    if (flags & MAP_FIXED || !(flags & MAP_ANON) || bytes <= 0)
        return -EINVAL;
    size_t pages = pages_of(bytes);
    uint64_t physical = memory_take(pages);
    if (!physical)
        return -ENOMEM;
    memory_count(MEMORY_FOR_HEAP, (ptrdiff_t)(pages * MEMORY_PAGE));
    return (long)memory_zero(physical, pages);
}

static long syscall_munmap(long address, long bytes, long c, long d)
{
    (void)c, (void)d;
    if (address % MEMORY_PAGE || bytes <= 0)
        return -EINVAL;
    size_t pages = pages_of(bytes);
    memory_give((uint64_t)address, pages);
    memory_count(MEMORY_FOR_HEAP, -(ptrdiff_t)(pages * MEMORY_PAGE));
    return 0;
}

/* realloc then takes a new block and copies. */
static long syscall_mremap(long a, long b, long c, long d)
{
    (void)a, (void)b, (void)c, (void)d;
    return -ENOMEM;
}

static long syscall_succeed(long a, long b, long c, long d)
{
    (void)a, (void)b, (void)c, (void)d;
    return 0;
}

static long syscall_clock_gettime(long which, long result, long c, long d)
{
    (void)c, (void)d;
    struct timespec *time = (struct timespec *)result;
    if (which == CLOCK_REALTIME) {
        int64_t ms = clock_utc_ms();
        *time = (struct timespec){.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    } else {
        uint64_t ns = clock_monotonic_ns();
        *time = (struct timespec){.tv_sec = (time_t)(ns / 1000000000),
                                  .tv_nsec = (long)(ns % 1000000000)};
    }
    return 0;
}

static long syscall_write(long file, long bytes, long length, long d)
{
    (void)d;
    if (file != STANDARD_OUTPUT && file != STANDARD_ERROR)
        return -EBADF;
    platform_console_write((const char *)bytes, (size_t)length);
    return length;
}

static long syscall_writev(long file, long parts, long count, long d)
{
    const struct iovec *part = (const struct iovec *)parts;
    long total = 0;
    for (long i = 0; i < count; i++) {
        long written = syscall_write(file, (long)part[i].iov_base, (long)part[i].iov_len, d);
        if (written < 0)
            return written;
        total += written;
    }
    return total;
}

static long syscall_getrandom(long bytes, long length, long c, long d)
{
    (void)c, (void)d;
    if (!entropy_is_strong())
        return -EAGAIN;
    entropy_fill((void *)bytes, (size_t)length);
    return length;
}

static long syscall_exit(long status, long b, long c, long d)
{
    (void)b, (void)c, (void)d;
    platform_exit((int)status);
}

/* abort() raises a signal. */
static long syscall_kill(long a, long b, long c, long d)
{
    (void)a, (void)b, (void)c, (void)d;
    panic("the C library aborted");
}

long brink_syscall(long number, long a, long b, long c, long d, long e, long f)
{
    static const struct {
        long number;
        syscall_handler handle;
    } known[] = {
        {SYS_mmap, syscall_mmap},
        {SYS_munmap, syscall_munmap},
        {SYS_brk, syscall_brk},
        {SYS_clock_gettime, syscall_clock_gettime},
        {SYS_mremap, syscall_mremap},
        {SYS_mprotect, syscall_succeed},
        {SYS_madvise, syscall_succeed},
        {SYS_write, syscall_write},
        {SYS_writev, syscall_writev},
        {SYS_getrandom, syscall_getrandom},
        {SYS_rt_sigprocmask, syscall_succeed},
        {SYS_exit, syscall_exit},
        {SYS_exit_group, syscall_exit},
        {SYS_tkill, syscall_kill},
        {SYS_tgkill, syscall_kill},
        {SYS_kill, syscall_kill},
    };
    (void)e, (void)f;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].number == number)
            return known[i].handle(a, b, c, d);
    unknown_calls++;
    return -ENOSYS;
}
