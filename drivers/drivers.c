/* Finding devices and starting their drivers, in the order of a table.
 * Comes in: what virtio_mmio.c and virtio_pci.c find. Goes out: running drivers, and the answer
 * whether a kind of device is there. Called once by the platform, before the appliance begins. */
#include "drivers/drivers.h"

#include "drivers/virtio.h"
#include "kernel/kernel.h"

enum { DEVICES_MAX = 32, ENTROPY_WAIT_US = 1000 };

static struct virtio_device devices[DEVICES_MAX];
static unsigned device_count;

/* Entropy first: the host makes it while the other devices are set up. */
static struct driver {
    const char *name;
    bool (*start)(struct virtio_device *device);
    enum virtio_kind kind;
    bool has_started;
} drivers[] = {
    {"entropy", virtio_entropy_start, VIRTIO_ENTROPY, false},
    {"net", virtio_net_start, VIRTIO_NET, false},
    {"disk", virtio_block_start, VIRTIO_BLOCK, false},
    {"console", virtio_console_start, VIRTIO_CONSOLE, false},
};
enum { DRIVERS = sizeof(drivers) / sizeof(drivers[0]) };

static bool is_served(uint16_t kind)
{
    for (unsigned i = 0; i < DRIVERS; i++) {
        if (drivers[i].kind == kind)
            return true;
    }
    return false;
}

/* A boot loader or an earlier kernel may have left a device running. Those that a driver takes are
 * reset as it begins, the others here. */
static void remember(const struct virtio_device *device)
{
    if (device_count < DEVICES_MAX && is_served(device->kind)) {
        devices[device_count++] = *device;
        return;
    }
    struct virtio_device unused = *device;
    virtio_device_reset(&unused);
    log_line(LOG_INFO, "device_unused kind=%u at=%x", device->kind, device->place);
}

void drivers_start(void)
{
    virtio_mmio_find(remember);
    virtio_pci_find(remember);
    for (unsigned i = 0; i < DRIVERS; i++) {
        for (unsigned j = 0; j < device_count; j++) {
            if (devices[j].kind != drivers[i].kind)
                continue;
            if (drivers[i].has_started) /* each driver serves the first of its kind */
                virtio_device_reset(&devices[j]);
            else
                drivers[i].has_started = drivers[i].start(&devices[j]);
        }
    }
    /* The processor's generator may have seeded the pool already; then the device's bytes come in
     * their time. */
    if (!entropy_is_strong())
        virtio_entropy_wait(ENTROPY_WAIT_US);
}

bool drivers_have(const char *kind)
{
    for (unsigned i = 0; i < DRIVERS; i++) {
        if (strcmp(drivers[i].name, kind) == 0)
            return drivers[i].has_started;
    }
    return false;
}
