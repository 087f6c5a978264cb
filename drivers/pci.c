/* PCI configuration space through ports 0xcf8 and 0xcfc: walking the buses, capabilities,
 * addresses. Every access leaves the virtual machine, so nothing is read twice. Called by
 * virtio_pci.c. */
#include "drivers/pci.h"

#include "kernel/x86_64/machine.h"

enum { CONFIG_ADDRESS = 0xcf8, CONFIG_DATA = 0xcfc };
#define CONFIG_ENABLE 0x80000000u

enum { BUSES_MAX = 32, DEVICES = 32, FUNCTIONS = 8, CAPABILITIES_MAX = 48 };

uint32_t pci_read(pci_address function, unsigned offset)
{
    port_write_32(CONFIG_ADDRESS, CONFIG_ENABLE | (uint32_t)function << 8 | offset);
    return port_read_32(CONFIG_DATA);
}

void pci_write(pci_address function, unsigned offset, uint32_t value)
{
    port_write_32(CONFIG_ADDRESS, CONFIG_ENABLE | (uint32_t)function << 8 | offset);
    port_write_32(CONFIG_DATA, value);
}

/* Buses still to be walked; a bridge adds the one behind it. */
struct walk {
    uint8_t buses[BUSES_MAX];
    unsigned count;
    void (*found)(void *context, pci_address function, uint32_t id);
    void *context;
};

/* Returns true when the device may have more functions than this. */
static bool walk_function(struct walk *walk, pci_address function)
{
    uint32_t id = pci_read(function, PCI_ID);
    if ((id & 0xffff) == 0xffff)
        return function & 7; /* later functions may exist where function 0 does */
    uint8_t header = (uint8_t)(pci_read(function, PCI_HEADER) >> 16);
    if ((header & 0x7f) == 1) {
        uint8_t behind = (uint8_t)(pci_read(function, PCI_BUSES) >> 8);
        /* Numbers grow away from the root, so a mistaken firmware can't send us in circles. */
        if (behind > function >> 8 && walk->count < BUSES_MAX)
            walk->buses[walk->count++] = behind;
    } else {
        walk->found(walk->context, function, id);
    }
    return (function & 7) != 0 || (header & 0x80);
}

void pci_walk(void (*found)(void *context, pci_address function, uint32_t id), void *context)
{
    struct walk walk = {.count = 1, .found = found, .context = context};
    for (unsigned i = 0; i < walk.count; i++) {
        for (unsigned device = 0; device < DEVICES; device++) {
            unsigned first = (unsigned)walk.buses[i] << 8 | device << 3;
            for (unsigned function = 0; function < FUNCTIONS; function++) {
                if (!walk_function(&walk, (pci_address)(first | function)))
                    break;
            }
        }
    }
}

unsigned pci_capability_find(pci_address function, uint8_t id, unsigned after)
{
    unsigned at = after ? pci_read(function, after) >> 8 : pci_read(function, PCI_CAPABILITIES);
    for (unsigned i = 0; i < CAPABILITIES_MAX && (at &= 0xfc) != 0; i++) {
        uint32_t head = pci_read(function, at);
        if ((uint8_t)head == id)
            return at;
        at = head >> 8;
    }
    return 0;
}

uint64_t pci_base_address(pci_address function, unsigned index)
{
    if (index > 5)
        return 0;
    uint32_t low = pci_read(function, PCI_BASE_ADDRESS + 4 * index);
    if (low & 1) /* ports */
        return 0;
    uint64_t address = low & ~15u;
    if ((low & 6) == 4 && index < 5)
        address |= (uint64_t)pci_read(function, PCI_BASE_ADDRESS + 4 * index + 4) << 32;
    return address;
}
