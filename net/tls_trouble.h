/* What can be wrong between two ends of TLS, and how it is said to people. Private to net/. Knows
 * nothing of mbedTLS, so that every text can be tested. */
#ifndef NET_TLS_TROUBLE_H
#define NET_TLS_TROUBLE_H

#include "net/net.h"

enum tls_fault {
    TLS_FAULT_NONE,
    TLS_FAULT_CLOCK,   /* the clock is not set, so no certificate can be judged */
    TLS_FAULT_EXPIRED, /* a certificate of the server's chain */
    TLS_FAULT_NOT_YET_VALID,
    TLS_FAULT_NAME,
    TLS_FAULT_AUTHORITY, /* not issued by one that the site trusts */
    TLS_FAULT_WEAK,
    TLS_FAULT_USAGE,
    TLS_FAULT_CA_MISSING, /* the site's own files */
    TLS_FAULT_CA_FILE,
    TLS_FAULT_CERTIFICATE_FILE,
    TLS_FAULT_KEY_FILE,
    TLS_FAULT_KEY_PAIR,
    TLS_FAULT_REFUSED, /* the server sent an alert about our certificate */
    TLS_FAULT_REFUSED_EXPIRED,
    TLS_FAULT_CERTIFICATE_WANTED,
    TLS_FAULT_HANDSHAKE, /* the server gives no reason */
    TLS_FAULT_VERSION,
    TLS_FAULT_SERVER_NAME,
    TLS_FAULT_NOT_TLS,
    TLS_FAULT_ENDED_EARLY,
    TLS_FAULT_MEMORY,
    TLS_FAULT_ALERT, /* any other alert */
    TLS_FAULT_OTHER
};

#define TLS_NAMES_BYTES 128
#define TLS_DATE_BYTES 11 /* "2024-05-01" and a zero */

struct tls_trouble {
    enum tls_fault fault;
    const char *host;
    uint16_t port;
    bool is_authority;             /* it is about a certificate above the server's own */
    char subject[TLS_NAMES_BYTES]; /* the names of the certificate, or "" */
    char issuer[TLS_NAMES_BYTES];
    char date[TLS_DATE_BYTES]; /* from when or until when it was valid */
    char today[TLS_DATE_BYTES];
    int code; /* an alert's number, or mbedTLS's error */
};

/* Which fault an alert of the server stands for (RFC 8446, section 6). */
enum tls_fault tls_fault_of_alert(int alert, bool has_certificate);
enum net_error tls_fault_error(enum tls_fault fault);
/* Writes `problem="…" host=… remedy="…"`, cut at `size`; returns `text`. */
const char *tls_trouble_write(const struct tls_trouble *trouble, char *text, size_t size);

/* Copies a name out of a certificate, after what is in `names` already, with ", " between; what a
 * log line can't hold becomes "?". `names` has TLS_NAMES_BYTES; what does not fit is left out. */
void tls_names_add(char *names, const void *bytes, size_t length);

#endif
