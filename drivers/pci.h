/* PCI configuration space through ports 0xcf8 and 0xcfc (PCI Local Bus 3.0, section 3.2.2.3.2).
 * Comes in: a machine that has them. Goes out: functions, their registers, capabilities and memory.
 * Called by virtio_pci.c. */
#ifndef DRIVERS_PCI_H
#define DRIVERS_PCI_H

#include <stdbool.h>
#include <stdint.h>

/* bus << 8 | device << 3 | function */
typedef uint16_t pci_address;

enum pci_register {
    PCI_ID = 0x00,
    PCI_COMMAND = 0x04, /* status in the upper half */
    PCI_CLASS = 0x08,
    PCI_HEADER = 0x0c,
    PCI_BASE_ADDRESS = 0x10,
    PCI_BUSES = 0x18, /* of a bridge */
    PCI_SUBSYSTEM = 0x2c,
    PCI_CAPABILITIES = 0x34
};
enum pci_command { PCI_MEMORY = 2, PCI_BUS_MASTER = 4, PCI_NO_INTX = 0x400 };
enum pci_capability { PCI_VENDOR_CAPABILITY = 0x09, PCI_MSIX_CAPABILITY = 0x11 };

uint32_t pci_read(pci_address function, unsigned offset); /* offset: a multiple of 4 */
void pci_write(pci_address function, unsigned offset, uint32_t value);

/* Calls found() for every function on every bus behind the bridges that the firmware numbered. */
void pci_walk(void (*found)(void *context, pci_address function, uint32_t id), void *context);

/* Offset of the capability `id` after the one at `after` (0: the first); 0 when there is no other.
 */
unsigned pci_capability_find(pci_address function, uint8_t id, unsigned after);

/* Physical address of memory base address register `index`; 0 when it is not for memory or the
 * firmware gave it none. */
uint64_t pci_base_address(pci_address function, unsigned index);

#endif
