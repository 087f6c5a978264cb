/* Where the machine enters: PVH (32 bit, no paging, EBX = hvm_start_info), into long mode, into boot_prepare
 * at the image's own physical address, and from there up to the random virtual base and kernel_start.
 * The loader finds boot_entry through the Xen note that image.ld writes. */
#include "kernel/x86_64/layout.h"

/* Addresses are taken relative to boot_entry, which image.ld puts first: a PIE may not hold absolute ones. */
#define AT(symbol) (symbol - boot_entry)(%ebp)

    .section .text.boot, "ax", @progbits
    .code32
    .globl boot_entry
    .type boot_entry, @function
boot_entry:
    cli
    cld
    movl $IMAGE_PHYSICAL, %ebp
    leal AT(boot_stack_top), %esp
    movl %ebx, %esi
    rdtsc
    movl %eax, AT(boot_entry_tsc)
    movl %edx, AT(boot_entry_tsc + 4)

    /* Long mode and no-execute, or stop: without the latter nothing here keeps its promises. */
    movl $0x80000000, %eax
    cpuid
    cmpl $0x80000001, %eax
    jb boot_refuse
    movl $0x80000001, %eax
    cpuid
    andl $(1 << 29 | 1 << 20), %edx
    cmpl $(1 << 29 | 1 << 20), %edx
    jne boot_refuse

    /* The first 512 MiB as they are, in 2 MiB pages, in the room of the worker's stack, which nobody uses yet and which
     * the loader left zero, as all of bss. */
    leal AT(boot_tables), %edi
    leal 4096 + 3(%edi), %eax
    movl %eax, (%edi)
    leal 8192 + 3(%edi), %eax
    movl %eax, 4096(%edi)
    movl $0x83, %eax
    xorl %ecx, %ecx
1:  movl %eax, 8192(%edi, %ecx, 8)
    addl $0x200000, %eax
    incl %ecx
    cmpl $256, %ecx
    jb 1b

    movl %edi, %cr3
    movl $(1 << 5 | 1 << 9 | 1 << 10), %eax /* PAE, OSFXSR, OSXMMEXCPT */
    movl %eax, %cr4
    movl $0xc0000080, %ecx /* EFER: LME, NXE */
    rdmsr
    orl $(1 << 8 | 1 << 11), %eax
    wrmsr
    movl $0x80010023, %eax /* PG, WP, NE, MP, PE */
    movl %eax, %cr0

    leal AT(boot_gdt), %eax
    pushl %eax
    pushw $(boot_gdt_end - boot_gdt - 1)
    lgdt (%esp)
    pushl $SELECTOR_CODE
    leal AT(boot_long), %eax
    pushl %eax
    lret

/* No long mode or no NX: say so on the serial port and stop. */
boot_refuse:
    leal AT(boot_refuse_text), %esi
    movl $(boot_refuse_text_end - boot_refuse_text), %ecx
    movw $0x3f8, %dx
    rep outsb
    movw $0xf4, %dx
    movl $3, %eax
    outl %eax, %dx
2:  hlt
    jmp 2b

    .code64
boot_long:
    movl $SELECTOR_DATA, %eax
    movl %eax, %ss
    movl %eax, %ds
    movl %eax, %es
    xorl %eax, %eax
    movl %eax, %fs
    movl %eax, %gs
    leaq boot_stack_top(%rip), %rsp
    xorl %ebp, %ebp
    movl %esi, %edi
    leaq boot_tables(%rip), %rsi
    call boot_prepare

    /* RAX = how far up, RDX = the final page tables. The tables of now have the upper half already. */
    leaq boot_up(%rip), %rcx
    addq %rax, %rcx
    addq %rax, %rsp
    jmp *%rcx
boot_up:
    movq %rdx, %cr3
    xorl %ebp, %ebp
    call kernel_start
    ud2
    .size boot_entry, . - boot_entry

    .section .rodata.boot, "a", @progbits
boot_refuse_text:
    .ascii "0.000 panic message=\"the processor has no no-execute pages (NX) or no 64-bit mode; choose "
    .ascii "another processor model: qemu-system-x86_64 -cpu max\"\r\n"
boot_refuse_text_end:
    .balign 8
boot_gdt:
    .quad 0
    .quad 0x00af9b000000ffff
    .quad 0x00cf93000000ffff
boot_gdt_end:

    .section .data.boot, "aw", @progbits
    .balign 8
    .globl boot_entry_tsc
boot_entry_tsc:
    .quad 0

    .section .note.GNU-stack, "", @progbits
