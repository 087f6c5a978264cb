/* Functions of net/ that lwIP asks and whose types need lwIP's own headers. */
#ifndef THIRD_PARTY_LWIP_HOOKS_H
#define THIRD_PARTY_LWIP_HOOKS_H

#include <lwip/err.h>
#include <lwip/ip6_addr.h>
#include <lwip/netif.h>

/* The next hop towards a destination that no known prefix holds; NULL: as routers have advertised.
 */
const ip6_addr_t *net_ip6_gateway(struct netif *netif, const ip6_addr_t *destination);

/* Whether a connection may take the segment, whose header is behind us: ERR_OK, or ERR_MEM, and it
 * is as if it had been lost on the way. */
struct tcp_pcb;
err_t net_segment_arrived(struct tcp_pcb *pcb, const struct pbuf *segment);

#endif
