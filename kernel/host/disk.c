/* A block device over a file: the work is done at submit, the completion is told from the loop, as
 * a device's interrupt would. Used by alerts/ through drivers/block_device.h. */
#include "drivers/block_device.h"
#include "kernel/host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static struct disk {
    struct block_device device; /* first member */
    int file;
    struct loop_source source;
    struct block_request *first, **last; /* done, not yet told */
} disk;

/* What driver_room holds between submit and done. */
struct outcome {
    bool succeeded;
};

static bool transfer(enum block_operation operation, uint64_t sector, void *bytes, size_t length)
{
    uint8_t *at = bytes;
    off_t offset = (off_t)(sector * BLOCK_SECTOR_BYTES);
    while (length > 0) {
        ssize_t moved = operation == BLOCK_READ ? pread(disk.file, at, length, offset)
                                                : pwrite(disk.file, at, length, offset);
        if (moved < 0 && errno == EINTR)
            continue;
        if (moved <= 0)
            return false;
        at += moved;
        offset += moved;
        length -= (size_t)moved;
    }
    return true;
}

static bool perform(const struct block_request *request)
{
    if (request->operation == BLOCK_FLUSH)
        return fdatasync(disk.file) == 0;
    if (request->operation == BLOCK_WRITE && disk.device.read_only)
        return false;
    uint64_t sectors = request->length_bytes / BLOCK_SECTOR_BYTES;
    if (request->length_bytes % BLOCK_SECTOR_BYTES != 0 || sectors > disk.device.sectors ||
        request->sector > disk.device.sectors - sectors)
        return false;
    return transfer(request->operation, request->sector, request->bytes, request->length_bytes);
}

static void disk_submit(struct block_device *device, struct block_request *request)
{
    (void)device;
    struct outcome outcome = {perform(request)};
    memcpy(request->driver_room, &outcome, sizeof outcome);
    request->next = NULL;
    *disk.last = request;
    disk.last = &request->next;
}

static bool disk_poll(void *context)
{
    (void)context;
    struct block_request *request = disk.first;
    if (request == NULL)
        return false;
    disk.first = NULL; /* done may submit again */
    disk.last = &disk.first;
    while (request != NULL) {
        struct block_request *next = request->next;
        struct outcome outcome;
        memcpy(&outcome, request->driver_room, sizeof outcome);
        request->done(request->context, request, outcome.succeeded);
        request = next;
    }
    return true;
}

static bool disk_arm(void *context)
{
    (void)context;
    return disk.first != NULL;
}

static bool disk_write_polling(struct block_device *device, uint64_t sector, const void *bytes,
                               size_t length)
{
    (void)device;
    off_t offset = (off_t)(sector * BLOCK_SECTOR_BYTES);
    return pwrite(disk.file, bytes, length, offset) == (ssize_t)length && fdatasync(disk.file) == 0;
}

struct block_device *block_device_first(void)
{
    if (host_options.disk_path == NULL)
        return NULL;
    if (disk.device.submit != NULL)
        return &disk.device;
    struct stat status;
    bool read_only = false;
    disk.file = open(host_options.disk_path, O_RDWR | O_CLOEXEC);
    if (disk.file < 0) {
        read_only = true;
        disk.file = open(host_options.disk_path, O_RDONLY | O_CLOEXEC);
    }
    if (disk.file < 0 || fstat(disk.file, &status) != 0)
        panic("cannot open the disk %s: %s", host_options.disk_path, strerror(errno));
    disk.device = (struct block_device){.sectors = (uint64_t)status.st_size / BLOCK_SECTOR_BYTES,
                                        .read_only = read_only,
                                        .submit = disk_submit,
                                        .write_polling = disk_write_polling};
    disk.last = &disk.first;
    disk.source = (struct loop_source){.poll = disk_poll, .arm = disk_arm};
    loop_add(&disk.source);
    return &disk.device;
}
