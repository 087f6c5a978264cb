/* Finding the machine's devices. Called once by the platform before appliance_main. */
#ifndef DRIVERS_DRIVERS_H
#define DRIVERS_DRIVERS_H

#include <stdbool.h>
#include <stdint.h>

/* Looks for virtio devices on MMIO slots and on PCI, resets each, and starts the drivers that know
 * it. Devices that no driver knows are reset and left alone. */
void drivers_start(void);

/* For the check that what the site declares is there: "net", "disk", "entropy", "console". */
bool drivers_have(const char *kind);

#endif
