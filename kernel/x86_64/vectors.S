/* What the processor enters at an exception or interrupt, and the switch between the loop and the worker.
 *
 * The loop runs with interrupts off, so an interrupt finds either the loop in processor_sleep or the worker. From
 * the worker it goes back to the loop: the whole state of the worker is put away and platform_worker_run
 * returns, on the loop's stack; worker_resume later brings it all back. */
#include "kernel/x86_64/layout.h"

    .text

/* One stub of 16 bytes for each vector; interrupts.c enters them by arithmetic. The frame: struct interrupt_frame. */
    .globl vector_stubs
    .balign 16
vector_stubs:
    .set vector, 0
    .rept VECTOR_COUNT
    .balign 16
    /* Exceptions 8, 10-14, 17, 21 come with an error code; the others get a zero. */
    .if vector != 8 && (vector < 10 || vector > 14) && vector != 17 && vector != 21
    pushq $0
    .endif
    pushq $vector
    .if vector < VECTOR_FIRST_INTERRUPT
    jmp exception_common
    .else
    jmp interrupt_common
    .endif
    .set vector, vector + 1
    .endr

    .macro push_registers
    pushq %rax
    pushq %rcx
    pushq %rdx
    pushq %rbx
    pushq %rbp
    pushq %rsi
    pushq %rdi
    pushq %r8
    pushq %r9
    pushq %r10
    pushq %r11
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    cld
    .endm

    .macro pop_registers
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %r11
    popq %r10
    popq %r9
    popq %r8
    popq %rdi
    popq %rsi
    popq %rbp
    popq %rbx
    popq %rdx
    popq %rcx
    popq %rax
    addq $16, %rsp
    .endm

#define FRAME_WORDS 22

    .type exception_common, @function
exception_common:
    push_registers
    movq %rsp, %rdi
    call exception_report
    ud2
    .size exception_common, . - exception_common

    .type interrupt_common, @function
interrupt_common:
    push_registers
    movq %rsp, %rdi
    cmpb $0, worker_is_running(%rip)
    jne 1f
    call interrupt_dispatch
    pop_registers
    iretq
1:  movq %rsp, %rsi
    leaq worker_frame(%rip), %rdi
    movl $FRAME_WORDS, %ecx
    rep movsq
    fxsave64 worker_fx(%rip)
    movb $0, worker_is_running(%rip)
    movq %rsp, %rdi
    call interrupt_dispatch
    /* platform_worker_run's registers, where worker_resume left them; AL is what dispatch returned. */
    movq worker_loop_stack(%rip), %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    ret
    .size interrupt_common, . - interrupt_common

/* bool worker_resume(void): runs the worker from its frame; returns when something took it back, with true when that
 * was an interrupt and false when it was the worker's own yield. */
    .globl worker_resume
    .type worker_resume, @function
worker_resume:
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, worker_loop_stack(%rip)
    movb $1, worker_is_running(%rip)
    fxrstor64 worker_fx(%rip)
    leaq worker_frame(%rip), %rsp
    pop_registers
    iretq
    .size worker_resume, . - worker_resume

/* void processor_sleep(void): STI takes effect after HLT has begun, so no interrupt slips in between. */
    .globl processor_sleep
    .type processor_sleep, @function
processor_sleep:
    sti
    hlt
    cli
    ret
    .size processor_sleep, . - processor_sleep

    .section .bss.worker, "aw", @nobits
    .globl worker_frame, worker_fx, worker_is_running
    .balign 16
worker_fx:
    .skip FXSAVE_BYTES
worker_frame:
    .skip FRAME_WORDS * 8
worker_loop_stack:
    .skip 8
worker_is_running:
    .skip 1

    .section .note.GNU-stack, "", @progbits
