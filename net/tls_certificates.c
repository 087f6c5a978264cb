/* Certificates as the worker sees them: the site's own files, and what is wrong with the server's.
 * Comes in: PEM from the sealed site, mbedTLS's verdict on a chain. Goes out: parsed files, a fault
 * with names and dates. Called by tls_engine.c, in the worker. */
#include "net/tls_certificates.h"

#include "base/calendar.h"
#include "kernel/kernel.h"

#include <mbedtls/oid.h>
#include <stdio.h>

/* Context-specific tags of a subject alternative name (RFC 5280, section 4.2.1.6). */
#define SAN_DNS (MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_X509_SAN_DNS_NAME)
#define SAN_IP (MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_X509_SAN_IP_ADDRESS)

int tls_random(void *context, unsigned char *bytes, size_t length)
{
    (void)context;
    entropy_fill(bytes, length);
    return 0;
}

/* ---- the site's files ---------------------------------------------------------------------- */

/* PEM in the sealed site is followed by a zero, which mbedTLS wants to see. */
static bool read_certificates(mbedtls_x509_crt *chain, struct text pem)
{
    int result = mbedtls_x509_crt_parse(chain, (const unsigned char *)pem.bytes, pem.length + 1);
    /* Above zero: so many of a bundle could not be read; the others count. */
    return result == 0 || (result > 0 && chain->version != 0);
}

static bool read_own(struct tls_files *files, const struct tls_settings *settings,
                     struct tls_trouble *trouble)
{
    if (settings->certificate.length == 0)
        return true;
    trouble->fault = TLS_FAULT_CERTIFICATE_FILE;
    if (!read_certificates(&files->own, settings->certificate))
        return false;
    trouble->fault = TLS_FAULT_KEY_FILE;
    if (settings->key.length == 0 ||
        mbedtls_pk_parse_key(&files->key, (const unsigned char *)settings->key.bytes,
                             settings->key.length + 1, NULL, 0, tls_random, NULL) != 0)
        return false;
    trouble->fault = TLS_FAULT_KEY_PAIR;
    if (mbedtls_pk_check_pair(&files->own.pk, &files->key, tls_random, NULL) != 0)
        return false;
    trouble->fault = TLS_FAULT_NONE;
    return true;
}

bool tls_files_read(struct tls_files *files, const struct tls_settings *settings,
                    struct tls_trouble *trouble)
{
    mbedtls_x509_crt_init(&files->authorities);
    mbedtls_x509_crt_init(&files->own);
    mbedtls_pk_init(&files->key);
    if (settings->ca.length == 0) {
        trouble->fault = TLS_FAULT_CA_MISSING;
        return false;
    }
    if (!read_certificates(&files->authorities, settings->ca)) {
        trouble->fault = TLS_FAULT_CA_FILE;
        return false;
    }
    return read_own(files, settings, trouble);
}

void tls_files_free(struct tls_files *files)
{
    mbedtls_x509_crt_free(&files->authorities);
    mbedtls_x509_crt_free(&files->own);
    mbedtls_pk_free(&files->key);
}

/* ---- the server's -------------------------------------------------------------------------- */

void tls_date_write(const mbedtls_x509_time *time, char date[TLS_DATE_BYTES])
{
    struct calendar_date split = {.year = time->year, .month = time->mon, .day = time->day};
    char text[CALENDAR_TEXT_BYTES];
    calendar_write(calendar_join(&split), text);
    memcpy(date, text, TLS_DATE_BYTES - 1);
    date[TLS_DATE_BYTES - 1] = '\0';
}

bool tls_time_has_passed(const mbedtls_x509_time *time)
{
    struct calendar_date split = {.year = time->year,
                                  .month = time->mon,
                                  .day = time->day,
                                  .hour = time->hour,
                                  .minute = time->min,
                                  .second = time->sec};
    return clock_utc_ms() > calendar_join(&split);
}

static void add_common_name(const mbedtls_x509_name *name, char *names)
{
    for (; name != NULL; name = name->next)
        if (MBEDTLS_OID_CMP(MBEDTLS_OID_AT_CN, &name->oid) == 0)
            tls_names_add(names, name->val.p, name->val.len);
}

static void add_address(const mbedtls_x509_buf *bytes, char *names)
{
    char text[16];
    int length = snprintf(text, sizeof text, "%u.%u.%u.%u", bytes->p[0], bytes->p[1], bytes->p[2],
                          bytes->p[3]);
    tls_names_add(names, text, (size_t)length);
}

static void add_names(const mbedtls_x509_crt *certificate, char *names)
{
    const mbedtls_x509_sequence *at = &certificate->subject_alt_names;
    for (; at != NULL && at->buf.p != NULL; at = at->next) {
        if (at->buf.tag == SAN_DNS)
            tls_names_add(names, at->buf.p, at->buf.len);
        else if (at->buf.tag == SAN_IP && at->buf.len == 4)
            add_address(&at->buf, names);
    }
    if (names[0] == '\0')
        add_common_name(&certificate->subject, names);
}

void tls_certificate_judge(const mbedtls_x509_crt *certificate, int depth, uint32_t flags,
                           struct tls_trouble *trouble)
{
    static const struct {
        uint32_t flags;
        enum tls_fault fault;
    } faults[] = {
        {MBEDTLS_X509_BADCERT_EXPIRED, TLS_FAULT_EXPIRED},
        {MBEDTLS_X509_BADCERT_FUTURE, TLS_FAULT_NOT_YET_VALID},
        {MBEDTLS_X509_BADCERT_NOT_TRUSTED | MBEDTLS_X509_BADCERT_MISSING, TLS_FAULT_AUTHORITY},
        {MBEDTLS_X509_BADCERT_CN_MISMATCH, TLS_FAULT_NAME},
        {MBEDTLS_X509_BADCERT_BAD_MD | MBEDTLS_X509_BADCERT_BAD_PK | MBEDTLS_X509_BADCERT_BAD_KEY,
         TLS_FAULT_WEAK},
        {MBEDTLS_X509_BADCERT_KEY_USAGE | MBEDTLS_X509_BADCERT_EXT_KEY_USAGE |
             MBEDTLS_X509_BADCERT_NS_CERT_TYPE,
         TLS_FAULT_USAGE},
        {UINT32_MAX, TLS_FAULT_OTHER},
    };
    size_t i = 0;
    if (flags == 0 || trouble->fault != TLS_FAULT_NONE)
        return;
    while ((flags & faults[i].flags) == 0)
        i++;
    trouble->fault = faults[i].fault;
    trouble->code = (int)(flags & INT32_MAX);
    trouble->is_authority = depth > 0;
    add_names(certificate, trouble->subject);
    add_common_name(&certificate->issuer, trouble->issuer);
    tls_date_write(trouble->fault == TLS_FAULT_NOT_YET_VALID ? &certificate->valid_from
                                                             : &certificate->valid_to,
                   trouble->date);
}
