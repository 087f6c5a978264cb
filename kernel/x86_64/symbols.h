/* Names for addresses, for a panic's backtrace. The table is made by symbols.py from the first
 * link. */
#ifndef KERNEL_X86_64_SYMBOLS_H
#define KERNEL_X86_64_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

#define SYMBOL_NAME_BYTES 64

/* Writes the name of what holds the address, ended with a zero, and returns the address's distance
 * from its beginning; the name is "?" when it is not in the text. */
uint64_t symbols_find(uint64_t address, char name[SYMBOL_NAME_BYTES]);

#endif
