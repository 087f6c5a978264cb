/* The loop's sleep and the worker's switches on this processor. vectors.S does the switching
 * itself. */
#include "kernel/platform.h"
#include "kernel/x86_64/boot.h"
#include "kernel/x86_64/frame.h"
#include "kernel/x86_64/layout.h"
#include "kernel/x86_64/time.h"

#define FLAG_INTERRUPTS 0x200u
#define FLAG_ALWAYS 0x2u
#define FX_CONTROL_DEFAULT 0x37fu /* all x87 exceptions masked */
#define FX_MXCSR_DEFAULT 0x1f80u  /* all SSE exceptions masked */

extern struct interrupt_frame worker_frame;
extern struct {
    uint16_t control, status;
    uint32_t others[5];
    uint32_t mxcsr;
    uint8_t rest[FXSAVE_BYTES - 28];
} worker_fx;
extern volatile uint8_t worker_is_running;
bool worker_resume(void);

void platform_sleep_until(uint64_t deadline_ns)
{
    if (deadline_ns <= platform_monotonic_ns())
        return;
    time_set_alarm(deadline_ns);
    processor_sleep();
}

void platform_worker_create(void (*entry)(void *context), void *context)
{
    worker_frame = (struct interrupt_frame){
        .rip = (uint64_t)entry,
        .rdi = (uint64_t)context,
        .cs = SELECTOR_CODE,
        .ss = SELECTOR_DATA,
        .rflags = FLAG_INTERRUPTS | FLAG_ALWAYS,
        .rsp = (uint64_t)worker_stack_top - 8, /* as after a call; the return address is 0 */
    };
    *(uint64_t *)worker_frame.rsp = 0;
    worker_fx.control = FX_CONTROL_DEFAULT;
    worker_fx.mxcsr = FX_MXCSR_DEFAULT;
}

bool platform_worker_run(uint64_t deadline_ns)
{
    time_set_alarm(deadline_ns);
    return worker_resume();
}

void platform_worker_yield(void)
{
    __asm__ volatile("int %0" : : "i"(VECTOR_YIELD) : "memory");
}

bool platform_worker_is_current(void)
{
    return worker_is_running != 0;
}

unsigned long platform_hold_interrupts(void)
{
    unsigned long flags;
    __asm__ volatile("pushf; pop %0; cli" : "=r"(flags)::"memory");
    return flags;
}

void platform_release_interrupts(unsigned long state)
{
    if (state & FLAG_INTERRUPTS)
        __asm__ volatile("sti" ::: "memory");
}
