/* Replaces musl's arch/ARCH/syscall_arch.h: what would enter Linux calls the kernel's function
 * instead. Included by musl's own sources only, on any 64-bit architecture. */
#define __SYSCALL_LL_E(x) (x)
#define __SYSCALL_LL_O(x) (x)

/* In kernel/. Takes Linux's number and arguments, returns the result or a negated errno. */
long brink_syscall(long number, long a, long b, long c, long d, long e, long f);

static inline long __syscall0(long n)
{
    return brink_syscall(n, 0, 0, 0, 0, 0, 0);
}

static inline long __syscall1(long n, long a)
{
    return brink_syscall(n, a, 0, 0, 0, 0, 0);
}

static inline long __syscall2(long n, long a, long b)
{
    return brink_syscall(n, a, b, 0, 0, 0, 0);
}

static inline long __syscall3(long n, long a, long b, long c)
{
    return brink_syscall(n, a, b, c, 0, 0, 0);
}

static inline long __syscall4(long n, long a, long b, long c, long d)
{
    return brink_syscall(n, a, b, c, d, 0, 0);
}

static inline long __syscall5(long n, long a, long b, long c, long d, long e)
{
    return brink_syscall(n, a, b, c, d, e, 0);
}

static inline long __syscall6(long n, long a, long b, long c, long d, long e, long f)
{
    return brink_syscall(n, a, b, c, d, e, f);
}

/* The VDSO_ names of the original are left out: there is no vDSO to look for, and the search would
 * read the auxiliary vector. */
#define IPC_64 0
