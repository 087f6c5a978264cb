/* Repairs mbedTLS 3.6.6: its TLS 1.2 client offers RSA-PSS signatures and then refuses a server
 * that takes one of them, which is what OpenSSL does with every RSA certificate. Upstream repaired
 * it after the release (Mbed-TLS/mbedtls pull request 10674); with a repaired release this file
 * changes nothing and can go. Included before ssl_tls12_client.c, and by nothing else. */
#ifndef THIRD_PARTY_MBEDTLS_TLS12_PSS_H
#define THIRD_PARTY_MBEDTLS_TLS12_PSS_H

#include "common.h"
#include "ssl_misc.h"

/* The caller goes on to check that we offered it and that the server's key can do it. */
static inline int tls12_client_accepts_signature(const mbedtls_ssl_context *ssl, uint16_t algorithm)
{
    return algorithm == MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA256 ||
           algorithm == MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA384 ||
           algorithm == MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA512 ||
           mbedtls_ssl_sig_alg_is_supported(ssl, algorithm);
}
#define mbedtls_ssl_sig_alg_is_supported tls12_client_accepts_signature

#endif
