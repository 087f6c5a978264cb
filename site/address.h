/* Addresses as people write them in site.json.
 * Comes in: text. Goes out: parts, or a constant that says what is wrong and what to write instead.
 * Desk tools only. */
#ifndef SITE_ADDRESS_H
#define SITE_ADDRESS_H

#include "site/site.h"

/* "10.0.2.15/24"; family 4 or 6. Returns NULL when it is one, else what is wrong. */
const char *address_read_with_prefix(const char *text, int family, char address[SITE_ADDRESS_BYTES],
                                     uint8_t *prefix_length);
/* "10.0.2.2", without a length; family 4, 6, or 0 for either. */
const char *address_read(const char *text, int family, char address[SITE_ADDRESS_BYTES]);
/* True when both IPv4 addresses are in one network of this length. */
bool address_same_network(const char *a, const char *b, unsigned prefix_length);

/* A host name or address. */
const char *address_read_host(const char *text, char host[SITE_HOST_BYTES]);

/* "mqtt://host", "mqtt://host:1884", "mqtts://[fd00::1]:8883"; the port is 1883 or 8883 when not
 * said. */
const char *address_read_url(const char *text, bool *uses_tls, char host[SITE_HOST_BYTES],
                             uint16_t *port);

#endif
