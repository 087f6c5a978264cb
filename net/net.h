/* The network as the rooms above see it: addresses, listening, and streams (TCP or TLS) outwards.
 * Comes in: settings from the site. Goes out: callbacks from the loop with bytes in place.
 * Names no lwIP or mbedTLS type. Called by mqtt/ (listener, client) and appliance/. */
#ifndef NET_NET_H
#define NET_NET_H

#include "base/text.h"
#include "site/site.h"

/* ---- the interface ------------------------------------------------------------------------- */

/* Brings the interface up as the site says; `up` is called once when it has its first IPv4 address
 * (at once when that is static). Panics "declared device missing: net" without a device. Also
 * starts DNS and, when the site names servers, SNTP, which calls clock_correct. */
void net_start(const struct site_settings *site, void (*up)(void *context), void *context);
#define NET_ADDRESS_BYTES 48
/* "10.0.2.15", or "" while there is none. */
const char *net_address_text(char text[NET_ADDRESS_BYTES]);

struct net_counters {
    uint64_t copied_bytes; /* received payload bytes that had to be copied (fragments, chains) */
    uint64_t allocation_failures;
    uint64_t connections_refused; /* no place was free for them, or no room */
    uint64_t half_open_dropped;   /* connections that their peers did not complete */
    uint64_t refused_pieces;      /* an owner could not take what arrived; it was offered again */
};
extern struct net_counters net_counters;

/* ---- listening: bytes in the buffers that the ring filled ---------------------------------- */

struct connection; /* an accepted TCP connection */

struct connection_events {
    /* A sensor connected. Return your own context for it, or NULL to refuse. */
    void *(*accepted)(void *listener, struct connection *connection, const char *peer);
    /* `length` bytes arrived in one piece, in place; the view ends with the call. Return false when
     * they can't be taken now: the same bytes come again later, and the peer is held back
     * meanwhile. */
    bool (*received)(void *context, const uint8_t *bytes, size_t length);
    /* All pieces of what arrived in this turn were given: send what you gathered. May be NULL. */
    void (*turn_ended)(void *context);
    /* The peer has gone; the connection must not be used any more. Never called after
     * connection_close. */
    void (*closed)(void *context);
};

/* Listens on all addresses, IPv4 and IPv6. Returns false when the port is taken. */
bool net_listen_tcp(uint16_t port, const struct connection_events *events, void *listener);
/* Copies at most `length` bytes into the send queue; false when they do not fit as a whole. */
bool connection_send(struct connection *connection, const void *bytes, size_t length);
/* Closes in order (FIN), after what was sent. May be called anywhere, also in these callbacks;
 * inside `received` the rest of what arrived is dropped. The connection must not be used after it,
 * and no event comes any more. */
void connection_close(struct connection *connection);

/* A datagram, in place; the view ends with the call. `port` is the one that listens. */
typedef void net_datagram_function(void *context, uint16_t port, const uint8_t *bytes,
                                   size_t length);
bool net_listen_udp(uint16_t port, net_datagram_function *received, void *context);

/* ---- streams outwards ---------------------------------------------------------------------- */

enum net_error {
    NET_OK,
    NET_ERROR_NAME,        /* the host name has no address */
    NET_ERROR_REFUSED,     /* nobody listens there */
    NET_ERROR_UNREACHABLE, /* no answer in time */
    NET_ERROR_CLOSED,      /* the peer closed */
    NET_ERROR_RESET,
    NET_ERROR_ENTROPY,     /* TLS refused: no entropy */
    NET_ERROR_CERTIFICATE, /* the server's certificate: see the log line */
    NET_ERROR_TLS,         /* any other failure of TLS, ours refused included */
    NET_ERROR_MEMORY
};
const char *net_error_text(enum net_error error);

struct tls_settings {
    struct text ca, certificate,
        key;                 /* PEM, from the sealed site; certificate and key may be empty */
    const char *server_name; /* checked against the certificate; default: the host */
};

struct stream_target {
    const char *host; /* name or address */
    uint16_t port;
    const struct tls_settings *tls; /* NULL: plain TCP. Kept by reference */
};

struct stream_events {
    void (*opened)(void *context);   /* connected; TLS handshake done */
    void (*readable)(void *context); /* stream_read has something to give */
    void (*writable)(void *context); /* stream_write takes bytes again */
    void (*closed)(void *context,
                   enum net_error error); /* gone; only stream_close is allowed now */
};

struct stream; /* at most 4 at once */

/* Never blocks: the result comes by event, and never before stream_open has returned. NULL when all
 * streams are in use. `host` is copied. */
struct stream *stream_open(const struct stream_target *target, const struct stream_events *events,
                           void *context);
/* Bytes taken (0 to length): 0 when there is nothing, or no room. */
size_t stream_read(struct stream *stream, void *bytes, size_t length);
size_t stream_write(struct stream *stream, const void *bytes, size_t length);
/* Ends the stream and frees it; no event comes any more. */
void stream_close(struct stream *stream);

struct tls_counters {
    uint64_t handshakes, resumed, failed,
        handshake_ns; /* handshake_ns: arithmetic of all of them */
    size_t arena_bytes, arena_peak_bytes;
};
const struct tls_counters *tls_counters(void);

#endif
