/* A TLS session inside mbedTLS: its configuration, its handshake, its records, and why it ended.
 * Comes in: ciphertext and plaintext by the session's rings. Goes out: the same the other way
 * round, and a trouble when it fails. Called by tls_worker.c, in the worker. */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS /* an alert's number has no other way out */
#include "net/tls_engine.h"

#include "kernel/kernel.h"
#include "net/tls_certificates.h"
#include "net/tls_tickets.h"

#include <mbedtls/error.h>
#include <mbedtls/platform.h>
#include <mbedtls/ssl.h>

struct tls_engine {
    struct tls_session *session;
    struct tls_files files;
    mbedtls_ssl_config config;
    mbedtls_ssl_context ssl;
    uint64_t target;           /* for tickets */
    bool has_seen_certificate; /* the server proved itself anew: not resumed */
    bool has_offered_ticket;
    bool is_starved;          /* mbedTLS asked for ciphertext and there was none */
    struct tls_trouble found; /* what the verification of the chain found */
    size_t writing;           /* mbedTLS wants the same bytes again after it waited */
};

/* ---- mbedTLS's view of the rings ----------------------------------------------------------- */

static int put_ciphertext(void *context, const unsigned char *bytes, size_t length)
{
    struct tls_engine *engine = context;
    size_t written = ring_write(&engine->session->cipher_out, bytes, length);
    return written > 0 ? (int)written : MBEDTLS_ERR_SSL_WANT_WRITE;
}

static int get_ciphertext(void *context, unsigned char *bytes, size_t length)
{
    struct tls_engine *engine = context;
    bool has_ended = engine->session->input_has_ended; /* before the look into the ring */
    worker_barrier();
    size_t got = ring_read(&engine->session->cipher_in, bytes, length);
    if (got > 0)
        return (int)got;
    engine->is_starved = true;
    return has_ended ? 0 : MBEDTLS_ERR_SSL_WANT_READ;
}

static int see_certificate(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *flags)
{
    struct tls_engine *engine = context;
    engine->has_seen_certificate = true;
    tls_certificate_judge(certificate, depth, *flags, &engine->found);
    return 0;
}

/* ---- opening ------------------------------------------------------------------------------- */

static uint64_t hash_target(const struct tls_session *session)
{
    const struct tls_settings *settings = &session->settings;
    uint64_t hash = hash_bytes(HASH_START, session->host, strlen(session->host));
    hash = hash_bytes(hash, &session->port, sizeof session->port);
    hash = hash_bytes(hash, settings->ca.bytes, settings->ca.length);
    hash = hash_bytes(hash, settings->certificate.bytes, settings->certificate.length);
    return hash != 0 ? hash : 1;
}

static bool configure(struct tls_engine *engine)
{
    mbedtls_ssl_config *config = &engine->config;
    if (mbedtls_ssl_config_defaults(config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                    MBEDTLS_SSL_PRESET_DEFAULT) != 0)
        return false;
    mbedtls_ssl_conf_rng(config, tls_random, NULL);
    mbedtls_ssl_conf_authmode(config, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_ca_chain(config, &engine->files.authorities, NULL);
    mbedtls_ssl_conf_verify(config, see_certificate, engine);
    mbedtls_ssl_conf_min_tls_version(config, MBEDTLS_SSL_VERSION_TLS1_2);
    mbedtls_ssl_conf_max_tls_version(config, MBEDTLS_SSL_VERSION_TLS1_3);
    mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(
        config, MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
    if (engine->files.own.version != 0 &&
        mbedtls_ssl_conf_own_cert(config, &engine->files.own, &engine->files.key) != 0)
        return false;
    if (mbedtls_ssl_setup(&engine->ssl, config) != 0 ||
        mbedtls_ssl_set_hostname(&engine->ssl, engine->session->host) != 0)
        return false;
    mbedtls_ssl_set_bio(&engine->ssl, engine, put_ciphertext, get_ciphertext, NULL);
    return true;
}

struct tls_engine *tls_engine_open(struct tls_session *session, struct tls_trouble *trouble)
{
    struct tls_engine *engine = mbedtls_calloc(1, sizeof *engine);
    trouble->fault = TLS_FAULT_MEMORY;
    if (engine == NULL)
        return NULL;
    engine->session = session;
    engine->target = hash_target(session);
    mbedtls_ssl_config_init(&engine->config);
    mbedtls_ssl_init(&engine->ssl);
    trouble->fault = TLS_FAULT_NONE;
    if (!tls_files_read(&engine->files, &session->settings, trouble))
        goto fail;
    trouble->fault = TLS_FAULT_MEMORY;
    if (!configure(engine))
        goto fail;
    engine->has_offered_ticket = tls_tickets_offer(engine->target, &engine->ssl);
    trouble->fault = TLS_FAULT_NONE;
    return engine;
fail:
    tls_engine_close(engine);
    return NULL;
}

void tls_engine_close(struct tls_engine *engine)
{
    mbedtls_ssl_free(&engine->ssl);
    mbedtls_ssl_config_free(&engine->config);
    tls_files_free(&engine->files);
    mbedtls_free(engine);
}

bool tls_engine_was_resumed(const struct tls_engine *engine)
{
    return engine->has_offered_ticket && !engine->has_seen_certificate;
}

/* ---- why it ended -------------------------------------------------------------------------- */

static enum tls_fault fault_of_error(int error)
{
    static const struct {
        int error;
        enum tls_fault fault;
    } faults[] = {
        {MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION, TLS_FAULT_VERSION},
        {MBEDTLS_ERR_SSL_INVALID_RECORD, TLS_FAULT_NOT_TLS},
        {MBEDTLS_ERR_SSL_CONN_EOF, TLS_FAULT_ENDED_EARLY},
        {MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY, TLS_FAULT_ENDED_EARLY},
        {MBEDTLS_ERR_SSL_ALLOC_FAILED, TLS_FAULT_MEMORY},
        {MBEDTLS_ERR_X509_ALLOC_FAILED, TLS_FAULT_MEMORY},
        {MBEDTLS_ERR_MPI_ALLOC_FAILED, TLS_FAULT_MEMORY},
    };
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        if (faults[i].error == error)
            return faults[i].fault;
    return TLS_FAULT_OTHER;
}

/* With a certificate of ours that has run out, every refusal of it means that. */
static void explain_alert(const struct tls_engine *engine, struct tls_trouble *trouble)
{
    const mbedtls_x509_crt *own = &engine->files.own;
    trouble->code = engine->ssl.in_msg[1]; /* RFC 8446, section 6: level, description */
    trouble->fault = tls_fault_of_alert(trouble->code, own->version != 0);
    if (trouble->fault == TLS_FAULT_REFUSED && tls_time_has_passed(&own->valid_to)) {
        trouble->fault = TLS_FAULT_REFUSED_EXPIRED;
        tls_date_write(&own->valid_to, trouble->date);
    }
}

static enum tls_progress fail(struct tls_engine *engine, int error, struct tls_trouble *trouble)
{
    bool was_open = mbedtls_ssl_is_handshake_over(&engine->ssl);
    bool is_first_answer = engine->ssl.state <= MBEDTLS_SSL_SERVER_HELLO;
    if (engine->has_offered_ticket && !was_open)
        tls_tickets_drop(engine->target);
    if (engine->found.fault != TLS_FAULT_NONE && error != MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE) {
        *trouble = engine->found;
        return TLS_FAILED;
    }
    trouble->code = error;
    if (error == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE)
        explain_alert(engine, trouble);
    else
        trouble->fault = fault_of_error(error);
    if (is_first_answer && trouble->fault == TLS_FAULT_OTHER)
        trouble->fault = TLS_FAULT_NOT_TLS; /* no ServerHello */
    if (was_open && trouble->fault == TLS_FAULT_NOT_TLS)
        trouble->fault = TLS_FAULT_OTHER; /* a damaged record */
    if (was_open && trouble->fault == TLS_FAULT_ENDED_EARLY)
        return TLS_PEER_CLOSED;
    return TLS_FAILED;
}

static bool is_waiting(int result)
{
    return result == MBEDTLS_ERR_SSL_WANT_READ || result == MBEDTLS_ERR_SSL_WANT_WRITE;
}

/* ---- working ------------------------------------------------------------------------------- */

static void keep_ticket(struct tls_engine *engine)
{
    mbedtls_ssl_session session;
    mbedtls_ssl_session_init(&session);
    if (mbedtls_ssl_get_session(&engine->ssl, &session) == 0)
        tls_tickets_keep(engine->target, &session);
    mbedtls_ssl_session_free(&session);
}

/* mbedTLS also stops with WANT_READ when it has changed its mind about the record it holds, and
 * reports a TLS 1.3 ticket from whichever call meets it: neither is a reason to wait. */
static bool goes_on(struct tls_engine *engine, int result)
{
    if (result == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET) {
        keep_ticket(engine);
        return true;
    }
    return result == MBEDTLS_ERR_SSL_WANT_READ && !engine->is_starved;
}

enum tls_progress tls_engine_handshake(struct tls_engine *engine, struct tls_trouble *trouble)
{
    int result;
    do {
        engine->is_starved = false;
        result = mbedtls_ssl_handshake(&engine->ssl);
    } while (goes_on(engine, result));
    if (is_waiting(result))
        return TLS_WAITS;
    if (result != 0)
        return fail(engine, result, trouble);
    /* With TLS 1.3 tickets come after the handshake. */
    if (mbedtls_ssl_get_version_number(&engine->ssl) == MBEDTLS_SSL_VERSION_TLS1_2)
        keep_ticket(engine);
    return TLS_MOVED;
}

enum tls_progress tls_engine_read(struct tls_engine *engine, struct tls_trouble *trouble)
{
    enum tls_progress progress = TLS_WAITS;
    struct ring *ring = &engine->session->plain_in;
    for (;;) {
        size_t room;
        uint8_t *to = ring_room(ring, &room);
        if (room == 0)
            return progress;
        engine->is_starved = false;
        int result = mbedtls_ssl_read(&engine->ssl, to, room);
        if (goes_on(engine, result))
            continue;
        if (is_waiting(result))
            return progress;
        if (result == 0 || result == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
            return TLS_PEER_CLOSED;
        if (result < 0)
            return fail(engine, result, trouble);
        ring_produce(ring, (size_t)result);
        progress = TLS_MOVED;
    }
}

enum tls_progress tls_engine_write(struct tls_engine *engine, struct tls_trouble *trouble)
{
    enum tls_progress progress = TLS_WAITS;
    struct ring *ring = &engine->session->plain_out;
    for (;;) {
        size_t length;
        const uint8_t *from = ring_peek(ring, &length);
        if (engine->writing != 0)
            length = engine->writing;
        if (length == 0)
            return progress;
        engine->is_starved = false;
        int result = mbedtls_ssl_write(&engine->ssl, from, length);
        if (goes_on(engine, result))
            continue;
        engine->writing = is_waiting(result) ? length : 0;
        if (is_waiting(result))
            return progress;
        if (result < 0)
            return fail(engine, result, trouble);
        ring_consume(ring, (size_t)result);
        progress = TLS_MOVED;
    }
}

enum tls_progress tls_engine_say_good_bye(struct tls_engine *engine)
{
    return is_waiting(mbedtls_ssl_close_notify(&engine->ssl)) ? TLS_WAITS : TLS_MOVED;
}
