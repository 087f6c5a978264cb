/* What start.c calls, in this order, on the way from entry.S to appliance_main. */
#ifndef KERNEL_X86_64_START_H
#define KERNEL_X86_64_START_H

void console_start(void);
void machine_find(void);
void libc_start(void);
_Noreturn void kernel_start(void);

#endif
