/* The stacks, each above a page that is never mapped (paging.c knows the distances). The entry tables of
 * entry.S use the worker's before there is a worker. */
    .section .stacks, "aw", @nobits
    .balign 4096
    .globl boot_guards, boot_stack_top, boot_tables, worker_stack_bottom, worker_stack_top
    .globl exception_stack_top, interrupt_stack_top
boot_guards:
    .skip 0x1000
    .skip 0x10000
boot_stack_top:
    .skip 0x1000
boot_tables:
worker_stack_bottom:
    .skip 0x10000
worker_stack_top:
    .skip 0x1000
    .skip 0x2000
exception_stack_top:
    .skip 0x1000
    .skip 0x2000
interrupt_stack_top:

    .section .note.GNU-stack, "", @progbits
