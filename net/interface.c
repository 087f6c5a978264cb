/* The interface: lwIP's netif over a net_device, its addresses and its timers.
 * Comes in: frames that the device lends, in place, as pbufs that live in the frames; settings of
 * the site. Goes out: frames as the parts of lwIP's pbuf chains, held until the device has sent
 * them; `up`. Called by appliance/ (net_start) and by the loop. */
#include "net/interface.h"

#include "drivers/net_device.h"
#include "kernel/kernel.h"
#include "net/addresses.h"

#include <lwip/etharp.h>
#include <lwip/ethip6.h>
#include <lwip/init.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/stats.h>
#include <lwip/sys.h>
#include <lwip/tcp.h>
#include <lwip/timeouts.h>
#include <netif/ethernet.h>

/* With so many frames of the ring in lwIP's hands (held back, out of order, fragments), what else
 * is kept is copied. With still more, new ones are copied as they come and go back to the ring at
 * once, so that no peer can keep the ring from receiving. */
#define FRAMES_KEPT_MAX 64 /* half of the smallest ring */
#define FRAMES_LENT_MAX 96

/* Each keeps segments of lwIP until its peer acknowledges them. */
#define ENDING_MAX 64
#define END_MOST_TICKS 10 /* of lwIP's slow timer, half a second each */

#define ETHERTYPE_OFFSET 12
#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd
#define IPV4_FRAGMENT_OFFSET                                                                       \
    20 /* flags and offset, RFC 791, section 3.1, after the Ethernet header */
#define IPV4_FRAGMENT_MASK 0x3fff
#define IPV6_NEXT_HEADER_OFFSET 20
#define IPV6_NEXT_HEADER_FRAGMENT 44

#define CHECKS_THAT_DEVICES_DO (NETIF_CHECKSUM_CHECK_TCP | NETIF_CHECKSUM_CHECK_UDP)

struct net_counters net_counters;

static struct interface {
    struct netif netif;
    struct net_device *device;
    const struct site_settings *site;
    unsigned frames_lent;
    struct loop_source source;
    struct timer timer;      /* lwIP's next timeout */
    uint32_t timer_deadline; /* in lwIP's milliseconds, while the timer runs */
    struct turn_item *turn_items, **turn_items_end;
    unsigned turn_items_count;
} interface;

_Static_assert(sizeof(struct pbuf_custom) <= sizeof(((struct net_frame *)0)->owner_room),
               "the pbuf lives in the frame");

/* ---- receiving ----------------------------------------------------------------------------- */

static uint16_t read_be16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static void return_frame(struct pbuf *pbuf)
{
    uint8_t *room = (uint8_t *)pbuf;
    struct net_frame *frame =
        (struct net_frame *)(void *)(room - offsetof(struct net_frame, owner_room));
    interface.frames_lent--;
    frame->device->return_frame(frame);
}

static struct pbuf *borrow_frame(struct net_frame *frame)
{
    struct pbuf_custom *custom = (struct pbuf_custom *)(void *)frame->owner_room;
    custom->custom_free_function = return_frame;
    interface.frames_lent++;
    return pbuf_alloced_custom(PBUF_RAW, frame->length, PBUF_REF, custom, frame->bytes,
                               frame->length);
}

static struct pbuf *copy_frame(struct net_frame *frame)
{
    struct pbuf *pbuf = pbuf_alloc(PBUF_RAW, frame->length, PBUF_RAM);
    if (pbuf != NULL) {
        pbuf_take(pbuf, frame->bytes, frame->length);
        net_counters.copied_bytes += frame->length;
    } else {
        net_counters.allocation_failures++;
    }
    frame->device->return_frame(frame);
    return pbuf;
}

struct pbuf *interface_keep(struct pbuf *chain)
{
    if (interface.frames_lent <= FRAMES_KEPT_MAX)
        return chain;
    struct pbuf *copy = pbuf_clone(PBUF_RAW, PBUF_RAM, chain);
    if (copy == NULL)
        return chain;
    net_counters.copied_bytes += chain->tot_len;
    pbuf_free(chain);
    return copy;
}

/* What a device says about a fragment is not about the datagram that it belongs to. */
static bool frame_is_fragment(const struct net_frame *frame, uint16_t ethertype)
{
    if (frame->length < IPV4_FRAGMENT_OFFSET + 2)
        return false;
    if (ethertype == ETHERTYPE_IPV4)
        return (read_be16(frame->bytes + IPV4_FRAGMENT_OFFSET) & IPV4_FRAGMENT_MASK) != 0;
    return frame->bytes[IPV6_NEXT_HEADER_OFFSET] == IPV6_NEXT_HEADER_FRAGMENT;
}

/* lwIP asks its netif, packet by packet, which checksums it must check, and it is done with a
 * packet when input returns: so the netif's flags say it for the one packet that is on its way. */
static void receive_frame(void *context, struct net_frame *frame)
{
    struct netif *netif = context;
    uint16_t ethertype =
        frame->length >= ETHERTYPE_OFFSET + 2 ? read_be16(frame->bytes + ETHERTYPE_OFFSET) : 0;
    if (ethertype == ETHERTYPE_IPV6 && interface.site->network.ipv6_kind == SITE_IPV6_OFF) {
        frame->device->return_frame(frame);
        return;
    }
    netif->chksum_flags = NETIF_CHECKSUM_ENABLE_ALL;
    if (frame->checksum_is_valid && !frame_is_fragment(frame, ethertype))
        netif->chksum_flags &= (uint16_t)~CHECKS_THAT_DEVICES_DO;
    struct pbuf *pbuf =
        interface.frames_lent < FRAMES_LENT_MAX ? borrow_frame(frame) : copy_frame(frame);
    if (pbuf != NULL && netif->input(pbuf, netif) != ERR_OK)
        pbuf_free(pbuf);
}

/* ---- sending ------------------------------------------------------------------------------- */

static err_t send_pbuf(struct netif *netif, struct pbuf *pbuf)
{
    (void)netif;
    struct net_part parts[NET_PARTS_MAX];
    unsigned count = 0;
    if (pbuf_clen(pbuf) > NET_PARTS_MAX) {
        pbuf = pbuf_clone(PBUF_RAW, PBUF_RAM, pbuf);
        if (pbuf == NULL)
            return ERR_MEM;
    } else {
        pbuf_ref(pbuf);
    }
    for (struct pbuf *piece = pbuf; piece != NULL; piece = piece->next)
        if (piece->len > 0)
            parts[count++] = (struct net_part){piece->payload, piece->len};
    if (!interface.device->send(interface.device, parts, count, pbuf)) {
        pbuf_free(pbuf);
        return ERR_MEM;
    }
    return ERR_OK;
}

static void sent_pbuf(void *context, void *token)
{
    (void)context;
    pbuf_free(token);
}

/* ---- turns and timers ---------------------------------------------------------------------- */

void interface_at_turn_end(struct turn_item *item, void (*run)(struct turn_item *item))
{
    if (item->link != NULL)
        return;
    item->run = run;
    item->next = NULL;
    item->link = interface.turn_items_end;
    *interface.turn_items_end = item;
    interface.turn_items_end = &item->next;
    interface.turn_items_count++;
}

void interface_forget_turn_end(struct turn_item *item)
{
    if (item->link == NULL)
        return;
    *item->link = item->next;
    if (item->next != NULL)
        item->next->link = item->link;
    else
        interface.turn_items_end = item->link;
    item->link = NULL;
    interface.turn_items_count--;
}

static void count_failures(void)
{
    /* Not connections: when they run out, lwIP takes one that is only waiting to be forgotten. */
    static const memp_t pools[] = {MEMP_PBUF,      MEMP_TCP_SEG,   MEMP_UDP_PCB,
                                   MEMP_REASSDATA, MEMP_FRAG_PBUF, MEMP_SYS_TIMEOUT};
    static uint64_t counted;
    uint64_t failures = lwip_stats.mem.err;
    for (size_t i = 0; i < sizeof pools / sizeof pools[0]; i++)
        failures += lwip_stats.memp[pools[i]]->err;
    net_counters.allocation_failures += failures - counted;
    counted = failures;
}

static void timer_fired(void *context)
{
    (void)context;
    sys_check_timeouts();
    count_failures();
}

/* One timer of the kernel stands for all of lwIP's; it moves when lwIP's next one comes sooner than
 * before (when it comes later, the timer fires once for nothing). True when it moved. */
static bool follow_timeouts(void)
{
    uint32_t wait = sys_timeouts_sleeptime();
    if (wait == SYS_TIMEOUTS_SLEEPTIME_INFINITE)
        return false;
    uint32_t deadline = sys_now() + wait;
    if (wheel_timer_is_running(&interface.timer.wheel) &&
        (int32_t)(deadline - interface.timer_deadline) >= 0)
        return false;
    interface.timer_deadline = deadline;
    timer_start(&interface.timer, wait, timer_fired, NULL);
    return true;
}

static bool interface_poll(void *context)
{
    (void)context;
    unsigned count = interface.turn_items_count; /* what comes meanwhile waits for the next turn */
    for (unsigned i = 0; i < count && interface.turn_items != NULL; i++) {
        struct turn_item *item = interface.turn_items;
        interface_forget_turn_end(item);
        item->run(item);
    }
    follow_timeouts();
    return count > 0;
}

static bool interface_arm(void *context)
{
    (void)context;
    /* The loop has worked out how long it may sleep already: a timer that moved makes it look
     * again. */
    return follow_timeouts() || interface.turn_items != NULL;
}

/* ---- the end of TCP connections ------------------------------------------------------------ */

static err_t end_is_late(void *context, struct tcp_pcb *pcb)
{
    (void)context;
    tcp_abort(pcb);
    return ERR_ABRT;
}

bool interface_make_room(const struct tcp_pcb *newest, unsigned most)
{
    struct tcp_pcb *quietest = NULL;
    unsigned count = 0;
    for (struct tcp_pcb *pcb = tcp_active_pcbs; pcb != NULL; pcb = pcb->next) {
        if (pcb == newest || pcb->prio != PRIORITY_LEAVING ||
            (pcb->state == SYN_RCVD) != (newest->state == SYN_RCVD))
            continue;
        count++;
        if (quietest == NULL || tcp_ticks - pcb->tmr >= tcp_ticks - quietest->tmr)
            quietest = pcb;
    }
    if (count < most)
        return false;
    tcp_abort(quietest);
    return true;
}

/* Left to itself lwIP repeats a FIN for minutes. */
void interface_end_tcp(struct tcp_pcb *pcb)
{
    tcp_arg(pcb, NULL);
    tcp_recv(pcb, NULL);
    tcp_sent(pcb, NULL);
    tcp_err(pcb, NULL);
    tcp_setprio(pcb, PRIORITY_LEAVING);
    tcp_poll(pcb, end_is_late, END_MOST_TICKS);
    pcb->polltmr = 0;
    interface_make_room(pcb, ENDING_MAX);
    if (tcp_close(pcb) != ERR_OK)
        tcp_abort(pcb); /* no memory for a FIN */
}

/* ---- starting ------------------------------------------------------------------------------ */

static err_t init_netif(struct netif *netif)
{
    netif->name[0] = 'e';
    netif->name[1] = 'n';
    netif->output = etharp_output;
    netif->output_ip6 = ethip6_output;
    netif->linkoutput = send_pbuf;
    netif->mtu = interface.device->mtu;
    netif->hwaddr_len = sizeof interface.device->mac;
    memcpy(netif->hwaddr, interface.device->mac, sizeof interface.device->mac);
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET |
                   NETIF_FLAG_LINK_UP | NETIF_FLAG_MLD6;
    return ERR_OK;
}

const struct site_settings *interface_site(void)
{
    return interface.site;
}

void net_start(const struct site_settings *site, void (*up)(void *context), void *context)
{
    interface.site = site;
    interface.turn_items_end = &interface.turn_items;
    interface.device = net_device_first();
    if (interface.device == NULL)
        panic("declared device missing: net");
    interface.device->receive = receive_frame;
    interface.device->sent = sent_pbuf;
    interface.device->context = &interface.netif;
    lwip_init();
    netif_add(&interface.netif, IP4_ADDR_ANY4, IP4_ADDR_ANY4, IP4_ADDR_ANY4, NULL, init_netif,
              ethernet_input);
    netif_set_default(&interface.netif);
    interface.source = (struct loop_source){.poll = interface_poll, .arm = interface_arm};
    loop_add(&interface.source);
    addresses_start(&interface.netif, site, up, context);
}

/* ---- what lwIP asks for -------------------------------------------------------------------- */

u32_t sys_now(void)
{
    return (u32_t)(clock_monotonic_ns() / 1000000);
}

uint32_t net_random(void)
{
    static uint32_t words[16];
    static unsigned left;
    if (left == 0) {
        entropy_fill(words, sizeof words);
        left = sizeof words / sizeof words[0];
    }
    uint32_t word = words[--left];
    words[left] = 0;
    return word;
}

void net_assert_failed(const char *message, const char *file, int line)
{
    panic_at(file, line, "%s", message);
}
