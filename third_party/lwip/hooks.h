/* Functions of net/ that lwIP asks and whose types need lwIP's own headers. */
#ifndef THIRD_PARTY_LWIP_HOOKS_H
#define THIRD_PARTY_LWIP_HOOKS_H

#include <lwip/ip6_addr.h>
#include <lwip/netif.h>

/* The next hop towards a destination that no known prefix holds; NULL: as routers have advertised.
 */
const ip6_addr_t *net_ip6_gateway(struct netif *netif, const ip6_addr_t *destination);

#endif
