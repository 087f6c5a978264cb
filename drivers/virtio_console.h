/* Log lines to a virtio console, besides the UART. Called by the kernel's console. */
#ifndef DRIVERS_VIRTIO_CONSOLE_H
#define DRIVERS_VIRTIO_CONSOLE_H

#include <stddef.h>

/* Copies the bytes and sends them soon. Does nothing without a device; what does not fit is
 * dropped. */
void virtio_console_write(const char *bytes, size_t length);

#endif
