/* Sessions to resume, for the worker. Private to net/. */
#ifndef NET_TLS_TICKETS_H
#define NET_TLS_TICKETS_H

#include <mbedtls/ssl.h>
#include <stdbool.h>
#include <stdint.h>

/* Keeps what the server gave for the next connection to the same target; the oldest target makes
 * room. Does nothing when memory is short: the next handshake is a full one then. */
void tls_tickets_keep(uint64_t target, const mbedtls_ssl_session *session);
/* Offers what was kept to the handshake that is to begin; false when there is nothing. */
bool tls_tickets_offer(uint64_t target, mbedtls_ssl_context *ssl);
void tls_tickets_drop(uint64_t target);

#endif
