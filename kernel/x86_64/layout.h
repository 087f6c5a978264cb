/* Numbers that the assembler, the C files and image.ld must agree on. */
#ifndef KERNEL_X86_64_LAYOUT_H
#define KERNEL_X86_64_LAYOUT_H

/* Where the loader puts the image; image.ld has the same number. The image is linked there too, so
 * that it can run before it is relocated. */
#define IMAGE_PHYSICAL 0x100000

#define SELECTOR_CODE 0x08
#define SELECTOR_DATA 0x10
#define SELECTOR_TASK 0x18

/* The vectors that there are: the processor's exceptions, the timer, the devices. */
#define VECTOR_FIRST_INTERRUPT 0x20
#define VECTOR_TIMER 0x30
#define VECTOR_FIRST_DEVICE 0x31
#define VECTOR_SPURIOUS 0x4f
#define VECTOR_COUNT 0x50

#define FXSAVE_BYTES 512

#endif
