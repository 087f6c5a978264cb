/* Reads the symbol table: entries by ascending address, each
 *   distance from the entry before (LEB128), shared beginning of the name with the entry before (1
 * byte), number of bytes that follow (1 byte), those bytes. Called by panic.c: uses no memory,
 * trusts nothing. */
#include "kernel/x86_64/symbols.h"

#include "kernel/x86_64/boot.h"

extern const uint8_t image_symbols[], image_symbols_end[];

uint64_t symbols_find(uint64_t address, char name[SYMBOL_NAME_BYTES])
{
    uint64_t offset = address - (uint64_t)image_begin, at = 0, begin = 0;
    char current[SYMBOL_NAME_BYTES] = "?";
    const uint8_t *p = image_symbols;
    for (size_t i = 0; i < SYMBOL_NAME_BYTES; i++)
        name[i] = current[i];
    if (address < (uint64_t)image_begin || address >= (uint64_t)image_rodata)
        return 0;
    uint64_t end_of_table = (uint64_t)image_symbols_end;
    while ((uint64_t)p + 3 < end_of_table) {
        unsigned shift = 0;
        uint64_t distance = 0;
        do {
            distance |= (uint64_t)(*p & 127) << shift;
            shift += 7;
        } while (*p++ & 128 && shift < 28 && (uint64_t)p + 3 < end_of_table);
        at += distance;
        if (at > offset)
            break;
        size_t shared = *p++, count = *p++;
        begin = at;
        for (size_t i = 0; i < count && shared + i + 1 < SYMBOL_NAME_BYTES; i++)
            current[shared + i] = (char)p[i];
        size_t end = shared + count < SYMBOL_NAME_BYTES ? shared + count : SYMBOL_NAME_BYTES - 1;
        current[end] = 0;
        p += count;
    }
    for (size_t i = 0; i < SYMBOL_NAME_BYTES; i++)
        name[i] = current[i];
    return offset - begin;
}
