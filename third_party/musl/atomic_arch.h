/* musl stops a program whose heap is broken with `hlt`, which only stops the processor. An
 * undefined instruction is a fault, and the kernel makes a panic with a backtrace of it. */
#include_next "atomic_arch.h"
#undef a_crash
#define a_crash() __builtin_trap()
