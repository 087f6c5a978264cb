/* The processor's state as vectors.S puts it on the stack, for interrupts.c, worker.c and panic.c.
 */
#ifndef KERNEL_X86_64_FRAME_H
#define KERNEL_X86_64_FRAME_H

#include <stdbool.h>
#include <stdint.h>

struct interrupt_frame {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
    uint64_t vector, error;
    uint64_t rip, cs, rflags, rsp, ss; /* by the processor */
};

/* Final descriptor tables, the exception and interrupt stacks; masks both PICs and stops the PIT.
 */
void interrupts_start(void);
/* Called by vectors.S. */
bool interrupt_dispatch(const struct interrupt_frame *frame);
_Noreturn void exception_report(const struct interrupt_frame *frame);
/* The loop's way to sleep: returns after any interrupt. */
void processor_sleep(void);

#define VECTOR_YIELD 0x4e /* INT by the worker */

#endif
