/* The worker: all of TLS's arithmetic, on the second stack, while the loop judges readings.
 * Comes in: sessions whose wish the loop sets, their rings, an arena. Goes out: state, verdict,
 * counters. Runs for ever; sleeps when no session can go on. Started by tls.c. */
#include "base/calendar.h"
#include "kernel/kernel.h"
#include "net/tls_certificates.h"
#include "net/tls_engine.h"

#include <mbedtls/memory_buffer_alloc.h>
#include <mbedtls/platform.h>
#include <mbedtls/platform_time.h>
#include <psa/crypto.h>

/* What mbedtls_memory_buffer_alloc puts before each block. */
#define BLOCK_HEADER_BYTES 64

static struct tls_work *work;
static struct tls_engine *engines[TLS_SESSIONS]; /* of the session with the same index */

/* ---- what mbedTLS asks for ----------------------------------------------------------------- */

static mbedtls_time_t utc_seconds(mbedtls_time_t *seconds)
{
    mbedtls_time_t now = (mbedtls_time_t)(clock_utc_ms() / 1000);
    if (seconds != NULL)
        *seconds = now;
    return now;
}

mbedtls_ms_time_t mbedtls_ms_time(void)
{
    return (mbedtls_ms_time_t)(clock_monotonic_ns() / 1000000);
}

psa_status_t mbedtls_psa_external_get_random(mbedtls_psa_external_random_context_t *context,
                                             uint8_t *output, size_t output_size,
                                             size_t *output_length)
{
    (void)context;
    entropy_fill(output, output_size);
    *output_length = output_size;
    return PSA_SUCCESS;
}

static bool prepare(void)
{
    static bool is_prepared;
    if (is_prepared)
        return true;
    mbedtls_memory_buffer_alloc_init(work->arena, work->arena_bytes);
    mbedtls_platform_set_time(utc_seconds);
    is_prepared = psa_crypto_init() == PSA_SUCCESS;
    return is_prepared;
}

/* ---- one session --------------------------------------------------------------------------- */

static void count_memory(void)
{
    size_t bytes, blocks;
    mbedtls_memory_buffer_alloc_cur_get(&bytes, &blocks);
    work->counters.arena_bytes = bytes + blocks * BLOCK_HEADER_BYTES;
    mbedtls_memory_buffer_alloc_max_get(&bytes, &blocks);
    work->counters.arena_peak_bytes = bytes + blocks * BLOCK_HEADER_BYTES;
}

static void close_engine(unsigned index)
{
    count_memory();
    if (engines[index] != NULL)
        tls_engine_close(engines[index]);
    engines[index] = NULL;
    count_memory();
}

static void end(unsigned index, enum net_error error)
{
    close_engine(index);
    work->sessions[index].error = error;
    worker_barrier();
    work->sessions[index].state = TLS_ENDED;
}

static void fail(unsigned index, struct tls_trouble *trouble)
{
    struct tls_session *session = &work->sessions[index];
    char today[CALENDAR_TEXT_BYTES];
    calendar_write(clock_utc_ms(), today);
    memcpy(trouble->today, today, TLS_DATE_BYTES - 1);
    trouble->today[TLS_DATE_BYTES - 1] = '\0';
    trouble->host = session->host;
    trouble->port = session->port;
    tls_trouble_write(trouble, session->verdict, sizeof session->verdict);
    work->counters.failed++;
    end(index, tls_fault_error(trouble->fault));
}

static void begin(unsigned index)
{
    struct tls_session *session = &work->sessions[index];
    struct tls_trouble trouble = {0};
    session->verdict[0] = '\0';
    session->is_resumed = false;
    if (!clock_is_set())
        trouble.fault = TLS_FAULT_CLOCK;
    else if (!prepare())
        trouble.fault = TLS_FAULT_MEMORY;
    else
        engines[index] = tls_engine_open(session, &trouble);
    if (engines[index] == NULL)
        fail(index, &trouble);
    else
        session->state = TLS_HANDSHAKE;
}

static bool shake_hands(unsigned index)
{
    struct tls_session *session = &work->sessions[index];
    struct tls_trouble trouble = {0};
    uint64_t begun = clock_monotonic_ns();
    enum tls_progress progress = tls_engine_handshake(engines[index], &trouble);
    work->counters.handshake_ns += clock_monotonic_ns() - begun;
    if (progress == TLS_FAILED) {
        fail(index, &trouble);
    } else if (progress == TLS_MOVED) {
        session->is_resumed = tls_engine_was_resumed(engines[index]);
        work->counters.handshakes++;
        work->counters.resumed += session->is_resumed;
        count_memory();
        session->state = TLS_OPEN;
    }
    return progress != TLS_WAITS;
}

static bool carry(unsigned index)
{
    struct tls_trouble trouble = {0};
    enum tls_progress written = tls_engine_write(engines[index], &trouble);
    enum tls_progress read = TLS_WAITS;
    if (written != TLS_FAILED)
        read = tls_engine_read(engines[index], &trouble);
    if (written == TLS_FAILED || read == TLS_FAILED)
        fail(index, &trouble);
    else if (read == TLS_PEER_CLOSED || written == TLS_PEER_CLOSED)
        end(index, NET_ERROR_CLOSED);
    return written != TLS_WAITS || read != TLS_WAITS;
}

/* The owner is done: what was written goes out, then TLS's good-bye. */
static bool say_good_bye(unsigned index)
{
    struct tls_session *session = &work->sessions[index];
    struct tls_trouble trouble = {0};
    if (session->state == TLS_OPEN) {
        enum tls_progress written = tls_engine_write(engines[index], &trouble);
        if (written != TLS_FAILED && ring_used(&session->plain_out) > 0)
            return written == TLS_MOVED;
        if (written != TLS_FAILED && tls_engine_say_good_bye(engines[index]) == TLS_WAITS)
            return false;
    }
    end(index, NET_ERROR_CLOSED);
    return true;
}

/* True when it went on. */
static bool work_on(unsigned index)
{
    struct tls_session *session = &work->sessions[index];
    enum tls_wish wish = session->wish;
    worker_barrier(); /* what the wish is about stands before it */
    if (session->state == TLS_IDLE && wish == TLS_RUN) {
        begin(index);
        return true;
    }
    if (wish == TLS_DROP) {
        close_engine(index);
        session->state = TLS_IDLE; /* before the wish: with both at rest, the loop takes it again */
        worker_barrier();
        session->wish = TLS_NOTHING;
        return false;
    }
    if (session->state != TLS_HANDSHAKE && session->state != TLS_OPEN)
        return false;
    if (wish == TLS_CLOSE)
        return say_good_bye(index);
    return session->state == TLS_HANDSHAKE ? shake_hands(index) : carry(index);
}

void tls_worker_run(void *context)
{
    work = context;
    for (;;) {
        bool went_on = false;
        for (unsigned i = 0; i < TLS_SESSIONS; i++)
            went_on |= work_on(i);
        if (!went_on)
            worker_wait();
    }
}
