/* Options of mbedTLS: a TLS 1.3 and 1.2 client with certificates, and nothing else. Which
 * algorithms there are stands in psa_config.h; what they need from the older interface mbedTLS adds
 * by itself. Reached by MBEDTLS_CONFIG_FILE from every mbedTLS header, in the image and on the
 * host. */

/* --- machine -------------------------------------------------------------------------------- */

#define MBEDTLS_HAVE_ASM /* AES-NI, and multiplication by mulq */
#define MBEDTLS_AESNI_C
#define MBEDTLS_AESCE_C
/* 128-bit division is a function of libgcc, which is compiled with a red zone. */
#define MBEDTLS_NO_UDBL_DIVISION

/* net/ gives the kernel's clock (mbedtls_platform_set_time, mbedtls_ms_time), on every platform. */
#define MBEDTLS_PLATFORM_TIME_ALT
#define MBEDTLS_PLATFORM_MS_TIME_ALT
#define MBEDTLS_HAVE_TIME
#define MBEDTLS_HAVE_TIME_DATE

/* All memory comes from one arena that net/ hands over (mbedtls_memory_buffer_alloc_init), so that
 * TLS can't take from the rest; MEMORY_DEBUG keeps its highest use, for the metrics. */
#define MBEDTLS_PLATFORM_C
#define MBEDTLS_PLATFORM_MEMORY
#define MBEDTLS_MEMORY_BUFFER_ALLOC_C
#define MBEDTLS_MEMORY_ALIGN_MULTIPLE 16
#define MBEDTLS_MEMORY_DEBUG

/* --- cryptography --------------------------------------------------------------------------- */

#define MBEDTLS_PSA_CRYPTO_C
#define MBEDTLS_PSA_CRYPTO_CONFIG
#define MBEDTLS_PSA_CRYPTO_CONFIG_FILE "third_party/mbedtls/psa_config.h"
#define MBEDTLS_USE_PSA_CRYPTO
/* Random bytes come from net/ (mbedtls_psa_external_get_random): one generator in the machine. */
#define MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG
/* No untrusted caller that could change a buffer under the library's hands. */
#define MBEDTLS_PSA_ASSUME_EXCLUSIVE_BUFFERS

/* Without AES instructions: tables in the image, the small ones. */
#define MBEDTLS_AES_ROM_TABLES
#define MBEDTLS_AES_FEWER_TABLES
/* GCM only encrypts blocks. */
#define MBEDTLS_BLOCK_CIPHER_NO_DECRYPT
#define MBEDTLS_SHA256_SMALLER /* few bytes are hashed: records carry GCM or Poly1305 tags */
#define MBEDTLS_SHA512_SMALLER

#define MBEDTLS_ECP_NIST_OPTIM
#define MBEDTLS_ECP_FIXED_POINT_OPTIM 1 /* precomputed points: a handshake in half the time */
#define MBEDTLS_MPI_MAX_SIZE 512        /* RSA up to 4096 bits */

/* --- certificates and keys ------------------------------------------------------------------ */

#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C
#define MBEDTLS_BASE64_C
#define MBEDTLS_OID_C
#define MBEDTLS_PEM_PARSE_C
#define MBEDTLS_PK_C
#define MBEDTLS_PK_PARSE_C
#define MBEDTLS_PK_WRITE_C
#define MBEDTLS_X509_USE_C
#define MBEDTLS_X509_CRT_PARSE_C
#define MBEDTLS_X509_RSASSA_PSS_SUPPORT
#define MBEDTLS_PKCS1_V15
#define MBEDTLS_PKCS1_V21
#define MBEDTLS_X509_REMOVE_INFO /* no texts about certificates */
#define MBEDTLS_X509_MAX_INTERMEDIATE_CA 4
#define MBEDTLS_MD_C

/* --- TLS ------------------------------------------------------------------------------------ */

#define MBEDTLS_SSL_TLS_C
#define MBEDTLS_SSL_CLI_C
#define MBEDTLS_SSL_PROTO_TLS1_2
#define MBEDTLS_SSL_PROTO_TLS1_3
#define MBEDTLS_SSL_TLS1_3_COMPATIBILITY_MODE /* for boxes on the way that know only TLS 1.2 */
#define MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL_ENABLED
#define MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_PSK_EPHEMERAL_ENABLED /* resumption */
#define MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA_ENABLED
#define MBEDTLS_KEY_EXCHANGE_ECDHE_RSA_ENABLED
#define MBEDTLS_SSL_SESSION_TICKETS
#define MBEDTLS_SSL_SERVER_NAME_INDICATION
#define MBEDTLS_SSL_EXTENDED_MASTER_SECRET
#define MBEDTLS_SSL_MAX_FRAGMENT_LENGTH
#define MBEDTLS_SSL_KEEP_PEER_CERTIFICATE
#define MBEDTLS_SSL_ALL_ALERT_MESSAGES
/* A server may send whole records; what goes up is short. */
#define MBEDTLS_SSL_IN_CONTENT_LEN 16384
#define MBEDTLS_SSL_OUT_CONTENT_LEN 4096
/* AES first: with AES-NI it is the fastest, and SHA-256 the shortest key schedule. */
#define MBEDTLS_SSL_CIPHERSUITES                                                                   \
    MBEDTLS_TLS1_3_AES_128_GCM_SHA256, MBEDTLS_TLS1_3_AES_256_GCM_SHA384,                          \
        MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256, MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,  \
        MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,                                           \
        MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,                                     \
        MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,                                             \
        MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,                                             \
        MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
