/* A block device: the data disk. Implemented by drivers/virtio_blk.c and kernel/host/disk.c. */
#ifndef DRIVERS_BLOCK_DEVICE_H
#define DRIVERS_BLOCK_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BLOCK_SECTOR_BYTES 512

enum block_operation { BLOCK_READ, BLOCK_WRITE, BLOCK_FLUSH };

/* Asked for by the owner, who keeps it and the bytes until done is called from the loop. */
struct block_request {
    enum block_operation operation;
    uint64_t sector;
    void *bytes; /* from must_memory_pages or the heap; whole sectors */
    size_t length_bytes;
    void (*done)(void *context, struct block_request *request, bool succeeded);
    void *context;
    struct block_request *next;
    uint8_t driver_room[32]; /* for the driver */
};

struct block_device {
    uint64_t sectors;
    bool read_only;
    void (*submit)(struct block_device *device, struct block_request *request);
    /* For a panic: waits by polling, with interrupts off; false when the device does not answer. */
    bool (*write_polling)(struct block_device *device, uint64_t sector, const void *bytes,
                          size_t length);
};

/* The first block device, or NULL. */
struct block_device *block_device_first(void);

#endif
