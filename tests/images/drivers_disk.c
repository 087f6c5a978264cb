/* An image that writes patterns to the disk, flushes, reads them back, asks for what can't be, and
 * at last writes by polling as a panic would. Ends with status 0 after the line "disk_done". Run by
 * drivers_test.py. */
#include "drivers/block_device.h"
#include "drivers/drivers.h"
#include "kernel/kernel.h"

/* More requests at once than the ring has room for. */
enum { REQUESTS = 100, SECTORS_EACH = 8, BYTES_EACH = SECTORS_EACH * BLOCK_SECTOR_BYTES };

static struct block_device *disk;
static struct block_request requests[REQUESTS];
static unsigned outstanding, failures;
static void (*next_step)(void);

static void done(void *context, struct block_request *request, bool succeeded)
{
    (void)context;
    (void)request;
    failures += !succeeded;
    if (--outstanding == 0)
        next_step();
}

static void ask(struct block_request *request, enum block_operation operation, uint64_t sector,
                size_t length_bytes)
{
    request->operation = operation;
    request->sector = sector;
    request->length_bytes = length_bytes;
    request->done = done;
    outstanding++;
    disk->submit(disk, request);
}

static uint8_t pattern(unsigned request, unsigned byte)
{
    return (uint8_t)(request * 31 + byte * 7 + byte / 512);
}

static void finish(void)
{
    static uint8_t record[BLOCK_SECTOR_BYTES] = "panic record";
    bool wrote = disk->write_polling(disk, 0, record, sizeof(record));
    bool beyond = disk->write_polling(disk, disk->sectors, record, sizeof(record));
    log_line(LOG_INFO, "disk_done failures=%u polling=%d beyond=%d", failures, wrote, beyond);
    platform_exit(0);
}

static void ask_for_what_cannot_be(void)
{
    log_line(LOG_INFO, "disk_verified failures=%u", failures);
    next_step = finish;
    failures = 0;
    outstanding = 1; /* until all are asked */
    ask(&requests[0], BLOCK_READ, disk->sectors, BYTES_EACH);
    ask(&requests[1], BLOCK_READ, disk->sectors - 1, BYTES_EACH);
    ask(&requests[2], BLOCK_READ, UINT64_MAX, BYTES_EACH);
    ask(&requests[3], BLOCK_READ, 0, 100);
    ask(&requests[4], BLOCK_WRITE, 0, 0);
    outstanding--;
}

static void verify(void)
{
    for (unsigned i = 0; i < REQUESTS; i++) {
        const uint8_t *bytes = requests[i].bytes;
        for (unsigned j = 0; j < BYTES_EACH; j++)
            failures += bytes[j] != pattern(i, j);
    }
    ask_for_what_cannot_be();
}

static void read_all(void)
{
    log_line(LOG_INFO, "disk_written failures=%u", failures);
    next_step = verify;
    for (unsigned i = 0; i < REQUESTS; i++) {
        memset(requests[i].bytes, 0, BYTES_EACH);
        ask(&requests[i], BLOCK_READ, 8 + i * SECTORS_EACH, BYTES_EACH);
    }
}

static void flush(void)
{
    next_step = read_all;
    ask(&requests[0], BLOCK_FLUSH, 0, 0);
}

_Noreturn void appliance_main(void)
{
    disk = block_device_first();
    if (disk == NULL) {
        log_line(LOG_ERROR, "missing disk=%d", drivers_have("disk"));
        platform_exit(0);
    }
    log_line(LOG_INFO, "disk sectors=%lu read_only=%d", (unsigned long)disk->sectors,
             disk->read_only);
    next_step = disk->read_only ? finish : flush;
    uint8_t *bytes = must_memory_pages(REQUESTS * BYTES_EACH / 4096);
    for (unsigned i = 0; i < REQUESTS; i++) {
        requests[i].bytes = bytes + i * BYTES_EACH;
        for (unsigned j = 0; j < BYTES_EACH; j++)
            bytes[i * BYTES_EACH + j] = pattern(i, j);
    }
    for (unsigned i = 0; i < REQUESTS; i++)
        ask(&requests[i], BLOCK_WRITE, 8 + i * SECTORS_EACH, BYTES_EACH);
    loop_run();
}
