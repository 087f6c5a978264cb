/* The last session of each target, so that a broken connection comes back without certificates and
 * with a fraction of the arithmetic. Comes in: sessions that mbedTLS exports. Goes out: the same,
 * to a new handshake. Called by tls_engine.c, in the worker; memory from its arena. */
#include "net/tls_tickets.h"

#include <mbedtls/platform.h>

#define TARGETS 4 /* as many as there may be streams */

static struct ticket {
    uint64_t target; /* a hash of host, port and certificates; 0: free */
    unsigned char *bytes;
    size_t length;
} tickets[TARGETS];
static unsigned next_to_go;

static struct ticket *find(uint64_t target)
{
    for (unsigned i = 0; i < TARGETS; i++)
        if (tickets[i].target == target)
            return &tickets[i];
    return NULL;
}

static void drop(struct ticket *ticket)
{
    mbedtls_free(ticket->bytes);
    *ticket = (struct ticket){0};
}

void tls_tickets_drop(uint64_t target)
{
    struct ticket *ticket = find(target);
    if (ticket != NULL)
        drop(ticket);
}

void tls_tickets_keep(uint64_t target, const mbedtls_ssl_session *session)
{
    size_t length = 0;
    tls_tickets_drop(target);
    if (mbedtls_ssl_session_save(session, NULL, 0, &length) != MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL)
        return;
    unsigned char *bytes = mbedtls_calloc(1, length);
    if (bytes == NULL)
        return;
    struct ticket *ticket = find(0);
    if (ticket == NULL) {
        ticket = &tickets[next_to_go++ % TARGETS];
        drop(ticket);
    }
    *ticket = (struct ticket){target, bytes, length};
    if (mbedtls_ssl_session_save(session, bytes, length, &length) != 0)
        drop(ticket);
}

bool tls_tickets_offer(uint64_t target, mbedtls_ssl_context *ssl)
{
    const struct ticket *ticket = find(target);
    if (ticket == NULL)
        return false;
    mbedtls_ssl_session session;
    mbedtls_ssl_session_init(&session);
    bool is_offered = mbedtls_ssl_session_load(&session, ticket->bytes, ticket->length) == 0 &&
                      mbedtls_ssl_set_session(ssl, &session) == 0;
    mbedtls_ssl_session_free(&session);
    return is_offered;
}
