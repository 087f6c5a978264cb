/* What the files of net/ share: the one interface and the end of a turn. Private to net/. */
#ifndef NET_INTERFACE_H
#define NET_INTERFACE_H

#include "net/net.h"

#include <lwip/netif.h>
#include <lwip/tcp.h>

/* Something to do once the frames that the device had for us in this turn of the loop are through.
 * Lives in its owner, who must take it back before it frees itself. */
struct turn_item {
    struct turn_item *next, **link; /* link == NULL: not in the list */
    void (*run)(struct turn_item *item);
};

/* Runs the item at the end of this turn, once, however often it was asked for. */
void interface_at_turn_end(struct turn_item *item, void (*run)(struct turn_item *item));
void interface_forget_turn_end(struct turn_item *item);

/* For who keeps received bytes beyond the turn: the same bytes, in a frame while few are kept so,
 * else copied, so that the ring goes on receiving. Takes over `chain`. */
struct pbuf *interface_keep(struct pbuf *chain);

/* Who has to make room when lwIP's TCP connections run out: the lowest, and among them the one that
 * has been quiet longest. Streams outwards have the highest, so that they always find a place. */
#define PRIORITY_LEAVING TCP_PRIO_MIN /* ending, or not open yet */
#define PRIORITY_SENSOR (TCP_PRIO_MIN + 1)
#define PRIORITY_STREAM TCP_PRIO_MAX

/* `newest` is half open, or is ending: when more than `most` are so, the one that has been quiet
 * longest is dropped, and it returns true. */
bool interface_make_room(const struct tcp_pcb *newest, unsigned most);
/* Takes our callbacks off the connection and ends it in order, after what was sent. A peer that
 * does not acknowledge the end within a few seconds is reset. */
void interface_end_tcp(struct tcp_pcb *pcb);

/* The site's settings as net_start got them. */
const struct site_settings *interface_site(void);

#endif
