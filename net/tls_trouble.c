/* Texts of TLS's troubles: one line that says which certificate or setting fails and what to do
 * about it. Comes in: a fault with its names and dates. Goes out: the values of one log line.
 * Called by the worker when a session ends; the loop prints it. */
#include "net/tls_trouble.h"

#include <stdio.h>

/* In the texts, %s after %c: S the subject, I the issuer, H the host, D the date, T today, P the
 * port, C the code, A what the alert says. */
static const struct {
    enum net_error error;
    const char *problem, *remedy;
} texts[] = {
    [TLS_FAULT_CLOCK] = {NET_ERROR_CERTIFICATE,
                         "the clock is not set, so certificates can't be judged",
                         "give the machine an RTC or a time server"},
    [TLS_FAULT_EXPIRED] = {NET_ERROR_CERTIFICATE, "the server's certificate has expired on %D",
                           "renew the certificate of %H, or set the clock: it is %T here"},
    [TLS_FAULT_NOT_YET_VALID] = {NET_ERROR_CERTIFICATE,
                                 "the server's certificate is valid only from %D on",
                                 "set the clock: it is %T here; or renew the certificate of %H"},
    [TLS_FAULT_NAME] = {NET_ERROR_CERTIFICATE, "the server's certificate is for %S, not for %H",
                        "give the server a certificate for %H, or set server_name in site.json"},
    [TLS_FAULT_AUTHORITY] = {NET_ERROR_CERTIFICATE,
                             "the server's certificate is from %I, which the site does not trust",
                             "put the certificate of that authority into the ca file of site.json"},
    [TLS_FAULT_WEAK] = {NET_ERROR_CERTIFICATE,
                        "the server's certificate has a weak key or signature",
                        "give %H a certificate with RSA 2048 or P-256 and SHA-256, or better"},
    [TLS_FAULT_USAGE] = {NET_ERROR_CERTIFICATE, "the server's certificate is not one for servers",
                         "give %H a certificate whose usage is server authentication"},
    [TLS_FAULT_CA_MISSING] = {NET_ERROR_CERTIFICATE, "the site names no certificate authority",
                              "set ca in site.json"},
    [TLS_FAULT_CA_FILE] = {NET_ERROR_CERTIFICATE, "the ca file is not certificates in PEM",
                           "put the authority's PEM file there and make the image again"},
    [TLS_FAULT_CERTIFICATE_FILE] = {NET_ERROR_CERTIFICATE,
                                    "our certificate file is not a certificate in PEM",
                                    "put our PEM certificate there and make the image again"},
    [TLS_FAULT_KEY_FILE] = {NET_ERROR_CERTIFICATE, "our key file is not a private key in PEM",
                            "put the key there, without a password, and make the image again"},
    [TLS_FAULT_KEY_PAIR] = {NET_ERROR_CERTIFICATE, "our key does not belong to our certificate",
                            "put the key there that the certificate was made for"},
    [TLS_FAULT_REFUSED] = {NET_ERROR_CERTIFICATE, "the server refuses our certificate: %A",
                           "give the site a certificate from an authority that %H trusts"},
    [TLS_FAULT_REFUSED_EXPIRED] = {NET_ERROR_CERTIFICATE,
                                   "the server refuses our certificate, which has expired on %D",
                                   "give the site a new certificate and make the image again"},
    [TLS_FAULT_CERTIFICATE_WANTED] =
        {NET_ERROR_CERTIFICATE, "the server asks for a client certificate and the site has none",
         "set certificate and key in site.json"},
    [TLS_FAULT_HANDSHAKE] = {NET_ERROR_TLS, "the server refuses the handshake and does not say why",
                             "it may ask for another certificate or ciphers: see the server's log"},
    [TLS_FAULT_VERSION] = {NET_ERROR_TLS, "the server has neither TLS 1.3 nor TLS 1.2",
                           "switch TLS 1.2 or 1.3 on in the server"},
    [TLS_FAULT_SERVER_NAME] =
        {NET_ERROR_TLS, "the server does not know the name %H",
         "set the name in url, or server_name, in site.json to one that it serves"},
    [TLS_FAULT_NOT_TLS] =
        {NET_ERROR_TLS, "what answers on port %P does not speak TLS",
         "set the port in url in site.json to the one that speaks TLS; for MQTT it is mostly 8883"},
    [TLS_FAULT_ENDED_EARLY] = {NET_ERROR_CLOSED,
                               "the server closed the connection within the handshake",
                               "see the server's log; is port %P one for TLS"},
    [TLS_FAULT_MEMORY] = {NET_ERROR_MEMORY, "the memory for TLS is used up",
                          "use shorter certificate chains"},
    [TLS_FAULT_ALERT] = {NET_ERROR_TLS, "the server ends TLS with alert %C",
                         "see the server's log"},
    [TLS_FAULT_OTHER] = {NET_ERROR_TLS, "TLS failed with error %C", "see the server's log"},
};

/* RFC 8446, section 6.2. */
static const struct {
    int alert;
    enum tls_fault fault;
    const char *text;
} alerts[] = {
    {40, TLS_FAULT_HANDSHAKE, "handshake failure"},
    {42, TLS_FAULT_REFUSED, "it is damaged or badly signed"},
    {43, TLS_FAULT_REFUSED, "its kind is not supported"},
    {44, TLS_FAULT_REFUSED, "it was revoked"},
    {45, TLS_FAULT_REFUSED, "it has expired or is not valid yet"},
    {46, TLS_FAULT_REFUSED, "it is not acceptable"},
    {48, TLS_FAULT_REFUSED, "its authority is not known there"},
    {49, TLS_FAULT_REFUSED, "access is denied"},
    {70, TLS_FAULT_VERSION, "protocol version"},
    {71, TLS_FAULT_HANDSHAKE, "insufficient security"},
    {112, TLS_FAULT_SERVER_NAME, "unrecognized name"},
    {116, TLS_FAULT_CERTIFICATE_WANTED, "certificate required"},
};
#define ALERTS (sizeof alerts / sizeof alerts[0])

enum tls_fault tls_fault_of_alert(int alert, bool has_certificate)
{
    for (size_t i = 0; i < ALERTS; i++)
        if (alerts[i].alert ==
            alert) /* without one of ours, its refusal means that one is wanted */
            return alerts[i].fault == TLS_FAULT_REFUSED && !has_certificate
                       ? TLS_FAULT_CERTIFICATE_WANTED
                       : alerts[i].fault;
    return TLS_FAULT_ALERT;
}

enum net_error tls_fault_error(enum tls_fault fault)
{
    return fault == TLS_FAULT_NONE ? NET_ERROR_CLOSED : texts[fault].error;
}

static const char *alert_text(int alert)
{
    for (size_t i = 0; i < ALERTS; i++)
        if (alerts[i].alert == alert)
            return alerts[i].text;
    return "";
}

struct writer {
    char *text;
    size_t length, size;
};

static void write_text(struct writer *writer, const char *text)
{
    while (*text != '\0' && writer->length + 1 < writer->size)
        writer->text[writer->length++] = *text++;
    writer->text[writer->length] = '\0';
}

static void write_value(struct writer *writer, const struct tls_trouble *trouble, char which)
{
    char number[16];
    switch (which) {
    case 'S':
        write_text(writer, trouble->subject[0] != '\0' ? trouble->subject : "no name");
        break;
    case 'I':
        write_text(writer,
                   trouble->issuer[0] != '\0' ? trouble->issuer : "an authority without name");
        break;
    case 'H':
        write_text(writer, trouble->host);
        break;
    case 'D':
        write_text(writer, trouble->date);
        break;
    case 'T':
        write_text(writer, trouble->today);
        break;
    case 'A':
        write_text(writer, alert_text(trouble->code));
        break;
    default:
        snprintf(number, sizeof number,
                 which == 'P'        ? "%d"
                 : trouble->code < 0 ? "-0x%x"
                                     : "%d",
                 which == 'P'        ? trouble->port
                 : trouble->code < 0 ? -trouble->code
                                     : trouble->code);
        write_text(writer, number);
    }
}

static void write_form(struct writer *writer, const struct tls_trouble *trouble, const char *form)
{
    for (; *form != '\0'; form++) {
        char one[2] = {*form, '\0'};
        if (*form == '%' && form[1] != '\0')
            write_value(writer, trouble, *++form);
        else
            write_text(writer, one);
    }
}

const char *tls_trouble_write(const struct tls_trouble *trouble, char *text, size_t size)
{
    static const char server_form[] = "the server's certificate";
    struct writer writer = {text, 0, size};
    const char *problem = texts[trouble->fault].problem;
    write_text(&writer, "problem=\"");
    if (trouble->is_authority && strncmp(problem, server_form, sizeof server_form - 1) == 0 &&
        trouble->fault != TLS_FAULT_AUTHORITY) {
        write_form(&writer, trouble, "the certificate of the authority %S");
        problem += sizeof server_form - 1;
    }
    write_form(&writer, trouble, problem);
    write_form(&writer, trouble, "\" host=%H remedy=\"");
    write_form(&writer, trouble, texts[trouble->fault].remedy);
    write_text(&writer, "\"");
    return text;
}

void tls_names_add(char *names, const void *bytes, size_t length)
{
    const uint8_t *from = bytes;
    size_t used = strlen(names), separator = used > 0 ? 2 : 0;
    if (used + separator + length + 1 > TLS_NAMES_BYTES)
        return;
    memcpy(names + used, ", ", separator);
    used += separator;
    for (size_t i = 0; i < length; i++)
        names[used + i] = from[i] < ' ' || from[i] > '~' || from[i] == '"' ? '?' : (char)from[i];
    names[used + length] = '\0';
}
