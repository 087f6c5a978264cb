/* What stands in certificates, for the worker. Private to net/. */
#ifndef NET_TLS_CERTIFICATES_H
#define NET_TLS_CERTIFICATES_H

#include "net/tls_trouble.h"

#include <mbedtls/pk.h>
#include <mbedtls/x509_crt.h>

/* The site's files, parsed. */
struct tls_files {
    mbedtls_x509_crt authorities, own;
    mbedtls_pk_context key;
};

/* Parses and checks them; on failure sets trouble->fault. tls_files_free is due in either case. */
bool tls_files_read(struct tls_files *files, const struct tls_settings *settings,
                    struct tls_trouble *trouble);
void tls_files_free(struct tls_files *files);

/* Fills the trouble with what mbedTLS holds against a certificate of the server's chain (depth 0 is
 * the server's own); keeps what is there when there is something already. */
void tls_certificate_judge(const mbedtls_x509_crt *certificate, int depth, uint32_t flags,
                           struct tls_trouble *trouble);
void tls_date_write(const mbedtls_x509_time *time, char date[TLS_DATE_BYTES]);
bool tls_time_has_passed(const mbedtls_x509_time *time);

/* For mbedTLS's calls: random bytes from the kernel. */
int tls_random(void *context, unsigned char *bytes, size_t length);

#endif
