/* The loop's side of TLS: sessions and their memory, handed to the worker and taken back.
 * Comes in: what stream.c asks for. Goes out: wishes for the worker. Never calls mbedTLS.
 *
 * Memory: one arena, which only mbedTLS in the worker uses, and four rings for each session that
 * was ever used; both are taken when the first TLS stream opens, so that a site without TLS pays
 * nothing. */
#include "net/tls.h"

#include "kernel/kernel.h"

#include <stdlib.h>

/* Two sessions at once (a site's broker and headquarters), one of them in its handshake with a
 * chain of RSA certificates, and the tickets of four targets. */
#define ARENA_BYTES (128 * 1024)
#define PAGE_BYTES 4096

/* cipher_out holds a client's whole flight of certificates, and one record of 4 KB. */
#define CIPHER_IN_BYTES 4096
#define CIPHER_OUT_BYTES 8192
#define PLAIN_BYTES 4096
#define RINGS_BYTES (CIPHER_IN_BYTES + CIPHER_OUT_BYTES + 2 * PLAIN_BYTES)

static struct tls_work work;

const struct tls_counters *tls_counters(void)
{
    return &work.counters;
}

static void start_worker(void)
{
    if (work.arena != NULL)
        return;
    work.arena_bytes = ARENA_BYTES;
    work.arena = must_memory_buffers(ARENA_BYTES / PAGE_BYTES);
    worker_start(tls_worker_run, &work);
}

/* The rings stay with the session for good. */
static bool prepare_rings(struct tls_session *session)
{
    uint8_t *bytes = session->cipher_in.bytes;
    if (bytes == NULL)
        bytes = malloc(RINGS_BYTES);
    if (bytes == NULL)
        return false;
    ring_init(&session->cipher_in, bytes, CIPHER_IN_BYTES);
    ring_init(&session->cipher_out, bytes + CIPHER_IN_BYTES, CIPHER_OUT_BYTES);
    bytes += CIPHER_IN_BYTES + CIPHER_OUT_BYTES;
    ring_init(&session->plain_in, bytes, PLAIN_BYTES);
    ring_init(&session->plain_out, bytes + PLAIN_BYTES, PLAIN_BYTES);
    return true;
}

struct tls_session *tls_open(const struct tls_settings *settings, const char *host, uint16_t port)
{
    start_worker();
    struct tls_session *session = NULL;
    for (unsigned i = 0; i < TLS_SESSIONS && session == NULL; i++)
        if (work.sessions[i].state == TLS_IDLE && work.sessions[i].wish == TLS_NOTHING)
            session = &work.sessions[i];
    if (session == NULL || !prepare_rings(session))
        return NULL;
    session->settings = *settings;
    const char *name = settings->server_name != NULL && settings->server_name[0] != '\0'
                           ? settings->server_name
                           : host;
    size_t length = strnlen(name, sizeof session->host - 1);
    memcpy(session->host, name, length);
    session->host[length] = '\0';
    session->port = port;
    session->input_has_ended = false;
    worker_barrier();
    session->wish = TLS_RUN;
    worker_wake();
    return session;
}

void tls_wake(void)
{
    worker_wake();
}

void tls_give_back(struct tls_session *session)
{
    session->wish = TLS_DROP;
    worker_wake();
}
