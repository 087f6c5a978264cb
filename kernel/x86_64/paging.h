/* Page tables: the image with write-or-execute pages and guard pages, RAM where it lies, devices
 * uncached. Built once by boot.c; added to by device mappings. */
#ifndef KERNEL_X86_64_PAGING_H
#define KERNEL_X86_64_PAGING_H

#include <stdint.h>

#define PAGING_PRESENT UINT64_C(1)
#define PAGING_WRITE UINT64_C(2)
#define PAGING_UNCACHED UINT64_C(0x18) /* PCD, PWT */
#define PAGING_NO_EXECUTE (UINT64_C(1) << 63)

/* Builds the final tables; returns their physical address. */
uint64_t paging_build(uint64_t delta);

/* Switches on what the processor has: write protection in ring 0, SMEP, SMAP, UMIP, global NX. */
void paging_protect(void);

/* Which stack's guard page holds this address: "main", "worker", "exception", "interrupt", or NULL.
 */
const char *paging_guard_name(uint64_t address);
/* What lies at an address, for people: "text", "constants", "data", "RAM", "the site", or NULL. */
const char *paging_name(uint64_t address);

#endif
