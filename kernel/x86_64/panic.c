/* The end, told: file, line, message, registers and a backtrace with names, by polling, then
 * platform_exit. Comes in: panic_at from anywhere, exceptions from vectors.S, a smashed canary.
 * Formats by itself, uses no heap, no timer, no libc: any of them may be what broke. A panic within
 * a panic ends the machine at once. */
#include "kernel/platform.h"
#include "kernel/x86_64/boot.h"
#include "kernel/x86_64/frame.h"
#include "kernel/x86_64/paging.h"
#include "kernel/x86_64/record.h"
#include "kernel/x86_64/symbols.h"

#define BACKTRACE_DEPTH 16

static bool panicking;
static void (*recorder)(const char *text, size_t length);

void panic_set_recorder(void (*record)(const char *text, size_t length))
{
    recorder = record;
}

/* Ends the machine at once if this is the second panic. */
static void panic_begin(void)
{
    __asm__ volatile("cli");
    if (panicking) {
        static const char text[] = "\n0.000 panic message=\"again, within a panic\"\n";
        platform_console_write(text, sizeof text - 1);
        platform_exit(PANIC_STATUS);
    }
    panicking = true;
    record_begin();
}

static _Noreturn void panic_end(void)
{
    size_t length;
    const char *text = record_text(&length);
    if (recorder)
        recorder(text, length);
    platform_exit(PANIC_STATUS);
}

/* Return addresses along the frame pointers, as long as these lie on one of the image's stacks and
 * ascend. */
static void panic_trace(uint64_t rip, uint64_t rbp, bool is_return)
{
    for (int depth = 0; depth < BACKTRACE_DEPTH; depth++) {
        char name[SYMBOL_NAME_BYTES];
        /* A return address may be the next function's first: the call lies before it. */
        uint64_t distance = symbols_find(rip - is_return, name) + is_return;
        record_line("at #%d %s+0x%x", depth, name, (unsigned)distance);
        bool is_on_stack = rbp >= (uint64_t)boot_guards && rbp < (uint64_t)interrupt_stack_top - 16;
        if (!is_on_stack || rbp % 8 || paging_guard_name(rbp) || paging_guard_name(rbp + 15))
            return;
        const uint64_t *frame = (const uint64_t *)rbp;
        if (frame[0] <= rbp || frame[1] == 0)
            return;
        rbp = frame[0];
        rip = frame[1];
        is_return = true;
    }
}

static void panic_registers(const struct interrupt_frame *f)
{
    record_line("rip=%lx rsp=%lx rbp=%lx flags=%lx base=%lx", f->rip, f->rsp, f->rbp, f->rflags,
                (uint64_t)image_begin);
    record_line("rax=%lx rbx=%lx rcx=%lx rdx=%lx rsi=%lx rdi=%lx", f->rax, f->rbx, f->rcx, f->rdx,
                f->rsi, f->rdi);
    record_line("r8=%lx r9=%lx r10=%lx r11=%lx r12=%lx r13=%lx r14=%lx r15=%lx", f->r8, f->r9,
                f->r10, f->r11, f->r12, f->r13, f->r14, f->r15);
}

static const char *panic_where(void)
{
    return platform_worker_is_current() ? "worker" : "loop";
}

_Noreturn void panic_at(const char *file, int line, const char *format, ...)
{
    uint64_t rbx, r12, r13, r14, r15;
    /* First of all, while they still hold what the caller left. */
    __asm__ volatile(
        "movq %%rbx, %0; movq %%r12, %1; movq %%r13, %2; movq %%r14, %3; movq %%r15, %4"
        : "=m"(rbx), "=m"(r12), "=m"(r13), "=m"(r14), "=m"(r15));
    panic_begin();
    record_start();
    record_add("file=%s line=%d in=%s message=", file, line, panic_where());
    va_list arguments;
    va_start(arguments, format);
    record_quote(format, arguments);
    va_end(arguments);
    record_finish();

    uint64_t rip = (uint64_t)__builtin_return_address(0);
    const uint64_t *frame = __builtin_frame_address(0);
    record_line("rip=%lx rsp=%lx rbp=%lx base=%lx rbx=%lx r12=%lx r13=%lx r14=%lx r15=%lx", rip,
                (uint64_t)(frame + 2), frame[0], (uint64_t)image_begin, rbx, r12, r13, r14, r15);
    panic_trace(rip, frame[0], true);
    panic_end();
}

/* Compiled code calls this when a function's canary changed (-fstack-protector-strong). */
_Noreturn void __stack_chk_fail(void);
_Noreturn void __stack_chk_fail(void)
{
    panic("stack smashed: a function wrote beyond one of its arrays");
}

/* ---- exceptions ---------------------------------------------------------------------------- */

#define EXCEPTION_PAGE_FAULT 14
#define FAULT_PRESENT 1u
#define FAULT_WRITE 2u
#define FAULT_FETCH 16u
#define PAGE_BYTES 4096u

static const char *exception_name(uint64_t vector)
{
    static const char *const names[] = {
        "divided by zero",
        "debug trap",
        "non-maskable interrupt",
        "breakpoint",
        "overflow",
        "bound exceeded",
        "invalid instruction",
        "no floating point",
        "double fault",
        "coprocessor overrun",
        "invalid task state",
        "segment not present",
        "stack segment fault",
        "general protection",
        "page fault",
        "reserved",
        "floating point error",
        "unaligned access",
        "machine check",
        "SSE floating point error",
    };
    return vector < sizeof names / sizeof names[0] ? names[vector] : "unknown exception";
}

/* A page fault in words (Intel's manual, volume 3, 4.7, for the bits of the error code). */
static const char *exception_fault_name(uint64_t address, uint64_t error)
{
    if (error & FAULT_FETCH)
        return address < PAGE_BYTES ? "ran page zero" : "ran data";
    if (error & FAULT_PRESENT)
        return error & FAULT_WRITE ? "wrote to read-only memory" : "read forbidden memory";
    if (address < PAGE_BYTES)
        return "touched page zero";
    return error & FAULT_WRITE ? "wrote where no memory is" : "read where no memory is";
}

_Noreturn void exception_report(const struct interrupt_frame *frame)
{
    uint64_t address;
    __asm__ volatile("mov %%cr2, %0" : "=r"(address));
    panic_begin();
    record_start();
    record_add("exception=%lu error=%lx in=%s message=\"", frame->vector, frame->error,
               panic_where());
    /* A push onto a guard page that the processor itself made shows as a double fault. */
    const char *stack = paging_guard_name(address), *place = paging_name(address);
    bool is_fault = frame->vector == EXCEPTION_PAGE_FAULT;
    if (stack && (is_fault || paging_guard_name(frame->rsp - 8)))
        record_add("stack overflow: %s", stack);
    else
        record_add("%s", is_fault ? exception_fault_name(address, frame->error)
                                  : exception_name(frame->vector));
    if (is_fault && !stack && place)
        record_add(" (%s)", place);
    record_add("\"");
    if (is_fault)
        record_add(" address=%lx", address);
    record_finish();
    panic_registers(frame);
    panic_trace(frame->rip, frame->rbp, false);
    panic_end();
}
