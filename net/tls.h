/* TLS for stream.c. A session is worked on from two sides that share nothing but rings and single
 * words: the loop moves ciphertext and plaintext, the worker alone calls mbedTLS. Private to net/.
 * tls.c is the loop's side, tls_worker.c the worker's. */
#ifndef NET_TLS_H
#define NET_TLS_H

#include "net/net.h"
#include "net/ring.h"

#define TLS_SESSIONS 6 /* the streams that may be open, and some that still say good-bye */
#define TLS_VERDICT_BYTES 360

enum tls_wish { TLS_NOTHING, TLS_RUN, TLS_CLOSE, TLS_DROP };
enum tls_state { TLS_IDLE, TLS_HANDSHAKE, TLS_OPEN, TLS_ENDED };

struct tls_session {
    /* Written by the loop while state is TLS_IDLE and wish TLS_NOTHING. */
    struct tls_settings settings;
    char host[SITE_HOST_BYTES]; /* the name to check, zero-ended */
    uint16_t port;
    /* CLOSE: once all plaintext is out; DROP: at once. Written by the loop, except that the worker
     * answers DROP with NOTHING. */
    volatile enum tls_wish wish;
    /* Written by the loop at any time. */
    volatile bool input_has_ended; /* the peer has closed TCP; what is in cipher_in still counts */
    /* Written by the worker. error and verdict stand before state becomes TLS_ENDED. */
    volatile enum tls_state state;
    enum net_error error;
    char verdict[TLS_VERDICT_BYTES]; /* a log line's values, or "" */
    bool is_resumed;
    /* in: loop writes cipher_in and reads plain_in; out: loop writes plain_out and reads
     * cipher_out. */
    struct ring cipher_in, cipher_out, plain_in, plain_out;
};

/* A session that begins its handshake at once, over the rings; NULL when all are in use or memory
 * is short. settings are kept by reference. */
struct tls_session *tls_open(const struct tls_settings *settings, const char *host, uint16_t port);
/* Tells the worker of new bytes, new room or a new wish. */
void tls_wake(void);
/* Gives the session back: the worker forgets it as soon as it can. The pointer must not be used any
 * more. */
void tls_give_back(struct tls_session *session);

/* The worker: entry for worker_start; its context is a struct tls_work. */
struct tls_work {
    struct tls_session sessions[TLS_SESSIONS];
    uint8_t *arena;
    size_t arena_bytes;
    struct tls_counters counters; /* written by the worker */
};
void tls_worker_run(void *context);

#endif
