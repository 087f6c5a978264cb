/* An image that sends every Ethernet frame back with its addresses exchanged, out of the very
 * buffer that it arrived in. With "drop" on its command line it returns frames at once instead, and
 * says how many instructions that took (under -icount shift=0 the time stamp counter counts them).
 * "split" sends each frame as several parts. Run by drivers_test.py. */
#include "drivers/drivers.h"
#include "drivers/net_device.h"
#include "kernel/kernel.h"

enum { ADDRESS_BYTES = 6, DROP_REPORT = 4096 };

static struct net_device *net;
static bool is_splitting;
static unsigned valid_checksums;

/* Frames whose sending met a full ring, in order, until it has room. */
enum { KEPT_MAX = 256 }; /* as many as there are buffers */
static struct net_frame *kept[KEPT_MAX];
static unsigned kept_begin, kept_end;

static bool send_back(struct net_frame *frame)
{
    struct net_part whole = {frame->bytes, frame->length};
    if (!is_splitting)
        return net->send(net, &whole, 1, frame);
    struct net_part parts[4];
    uint16_t offset = 0;
    for (unsigned i = 0; i < 4; i++) {
        uint16_t length = i == 3 ? (uint16_t)(frame->length - offset) : ADDRESS_BYTES;
        parts[i] = (struct net_part){frame->bytes + offset, length};
        offset = (uint16_t)(offset + length);
    }
    return net->send(net, parts, 4, frame);
}

static uint64_t time_stamp(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return low | (uint64_t)high << 32;
}

/* From one frame to the next, this function included: the smallest distance seen. */
static void drop(void *context, struct net_frame *frame)
{
    (void)context;
    static uint64_t last, least = UINT64_MAX;
    static unsigned frames;
    uint64_t now = time_stamp();
    if (now - last < least)
        least = now - last;
    last = now;
    if (++frames % DROP_REPORT == 0)
        log_line(LOG_INFO, "dropped frames=%u instructions=%lu", frames, (unsigned long)least);
    valid_checksums += frame->checksum_is_valid;
    net->return_frame(frame);
}

static void send_kept(void)
{
    static bool is_sending;
    if (is_sending) /* `sent` may be called from within send */
        return;
    is_sending = true;
    while (kept_begin != kept_end && send_back(kept[kept_begin % KEPT_MAX]))
        kept_begin++;
    is_sending = false;
}

static void receive(void *context, struct net_frame *frame)
{
    (void)context;
    uint8_t address[ADDRESS_BYTES];
    memcpy(address, frame->bytes, ADDRESS_BYTES);
    memcpy(frame->bytes, frame->bytes + ADDRESS_BYTES, ADDRESS_BYTES);
    memcpy(frame->bytes + ADDRESS_BYTES, address, ADDRESS_BYTES);
    kept[kept_end++ % KEPT_MAX] = frame;
    send_kept();
}

static void sent(void *context, void *token)
{
    (void)context;
    net->return_frame(token);
    send_kept();
}

static void report(void *context)
{
    static struct timer timer;
    static uint64_t received = UINT64_MAX;
    (void)context;
    const struct net_device_counters *c = &net->counters;
    if (received != c->received_frames) {
        received = c->received_frames;
        log_line(LOG_INFO,
                 "frames received=%lu sent=%lu full=%lu malformed=%lu sleeps=%lu valid=%u",
                 (unsigned long)c->received_frames, (unsigned long)c->sent_frames,
                 (unsigned long)c->dropped_ring_full, (unsigned long)c->malformed,
                 (unsigned long)loop_counters()->sleeps, valid_checksums);
    }
    timer_start(&timer, 200, report, NULL);
}

_Noreturn void appliance_main(void)
{
    net = net_device_first();
    if (net == NULL) {
        log_line(LOG_ERROR, "missing net=%d", drivers_have("net"));
        platform_exit(0);
    }
    is_splitting = strstr(platform_command_line(), "split") != NULL;
    net->receive = strstr(platform_command_line(), "drop") ? drop : receive;
    net->sent = sent;
    log_line(LOG_INFO, "ready ms=%lu mac=%02x:%02x:%02x:%02x:%02x:%02x",
             (unsigned long)(clock_monotonic_ns() / 1000000), net->mac[0], net->mac[1], net->mac[2],
             net->mac[3], net->mac[4], net->mac[5]);
    report(NULL);
    loop_run();
}
