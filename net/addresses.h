/* Addresses, names and time for the interface. Private to net/. */
#ifndef NET_ADDRESSES_H
#define NET_ADDRESSES_H

#include "net/net.h"

#include <lwip/netif.h>

/* Gives the interface its addresses and starts DNS and SNTP; `up` as in net_start. */
void addresses_start(struct netif *netif, const struct site_settings *site, void (*up)(void *),
                     void *context);

#endif
