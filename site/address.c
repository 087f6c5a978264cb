/* Reads addresses, host names and URLs (see address.h). */
#include "site/address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

static bool is_address(const char *text, int family)
{
    unsigned char room[16];
    return (family != 6 && inet_pton(AF_INET, text, room) == 1) ||
           (family != 4 && inet_pton(AF_INET6, text, room) == 1);
}

const char *address_read(const char *text, int family, char address[SITE_ADDRESS_BYTES])
{
    if (strchr(text, '/'))
        return "write the address alone, without /length";
    if (!is_address(text, family))
        return family == 6 ? "this is not an IPv6 address: write it like \"fd00::15\""
                           : "this is not an address: write it like \"10.0.2.2\"";
    snprintf(address, SITE_ADDRESS_BYTES, "%s", text);
    return NULL;
}

const char *address_read_with_prefix(const char *text, int family, char address[SITE_ADDRESS_BYTES],
                                     uint8_t *prefix_length)
{
    const char *slash = strchr(text, '/');
    if (!slash || slash - text >= SITE_ADDRESS_BYTES)
        return family == 6 ? "write address and length, like \"fd00::15/64\""
                           : "write address and length, like \"10.0.2.15/24\"";
    char alone[SITE_ADDRESS_BYTES];
    snprintf(alone, sizeof alone, "%.*s", (int)(slash - text), text);
    const char *wrong = address_read(alone, family, address);
    if (wrong)
        return wrong;
    char *end = NULL;
    long length = strtol(slash + 1, &end, 10);
    if (!isdigit((unsigned char)slash[1]) || *end || length < 1 ||
        length > (family == 6 ? 128 : 32))
        return family == 6 ? "the length after / is 1 to 128" : "the length after / is 1 to 32";
    *prefix_length = (uint8_t)length;
    return NULL;
}

bool address_same_network(const char *a, const char *b, unsigned prefix_length)
{
    struct in_addr one, other;
    if (inet_pton(AF_INET, a, &one) != 1 || inet_pton(AF_INET, b, &other) != 1)
        return false;
    uint32_t mask = prefix_length == 0 ? 0 : UINT32_MAX << (32 - prefix_length);
    return ((ntohl(one.s_addr) ^ ntohl(other.s_addr)) & mask) == 0;
}

const char *address_read_host(const char *text, char host[SITE_HOST_BYTES])
{
    size_t length = strlen(text);
    if (length == 0)
        return "the host is missing";
    if (length >= SITE_HOST_BYTES)
        return "a host name has at most 253 characters";
    if (!is_address(text, 0)) {
        bool only_digits = true;
        for (size_t i = 0; i < length; i++) {
            unsigned char c = (unsigned char)text[i];
            if (!isalnum(c) && c != '-' && c != '.' && c != '_')
                return "a host name has letters, digits, points and hyphens only";
            only_digits = only_digits && (isdigit(c) || c == '.');
        }
        if (only_digits)
            return "this is not an address: each of its four numbers is 0 to 255";
        if (text[0] == '.' || text[0] == '-' || strstr(text, ".."))
            return "this is not a host name";
    }
    memcpy(host, text, length + 1);
    return NULL;
}

/* Schemes that people write, and what to write here. */
static const struct {
    const char *written, *instead;
} other_schemes[] = {
    {"tcp://", "write mqtt:// instead of tcp://"},
    {"ssl://", "write mqtts:// instead of ssl://"},
    {"tls://", "write mqtts:// instead of tls://"},
    {"http://", "write mqtt://: this is an MQTT broker, not a web server"},
    {"https://", "write mqtts://: this is an MQTT broker, not a web server"},
    {"ws://", "MQTT over WebSockets is not supported: write mqtt://"},
    {"wss://", "MQTT over WebSockets is not supported: write mqtts://"},
};

static const char *read_port(const char *text, uint16_t *port)
{
    char *end = NULL;
    long number = strtol(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end || number < 1 || number > 65535)
        return "the port after : is 1 to 65535";
    *port = (uint16_t)number;
    return NULL;
}

const char *address_read_url(const char *text, bool *uses_tls, char host[SITE_HOST_BYTES],
                             uint16_t *port)
{
    for (size_t i = 0; i < sizeof other_schemes / sizeof *other_schemes; i++) {
        if (strncmp(text, other_schemes[i].written, strlen(other_schemes[i].written)) == 0)
            return other_schemes[i].instead;
    }
    *uses_tls = strncmp(text, "mqtts://", 8) == 0;
    if (!*uses_tls && strncmp(text, "mqtt://", 7) != 0)
        return "write mqtt://host:port, or mqtts://host:port for TLS";
    *port = *uses_tls ? 8883 : 1883;

    const char *rest = text + (*uses_tls ? 8 : 7);
    if (strchr(rest, '@'))
        return "write user and password under \"user\" and \"password\", not in the url";
    size_t length = strcspn(rest, "/");
    if (rest[length] == '/' && rest[length + 1])
        return "nothing follows host and port: what stands before every topic is the \"prefix\"";
    char authority[SITE_HOST_BYTES + 8];
    if (length >= sizeof authority)
        return "a host name has at most 253 characters";
    snprintf(authority, sizeof authority, "%.*s", (int)length, rest);

    char *name = authority, *colon = strrchr(authority, ':');
    if (authority[0] == '[') {
        char *close = strchr(authority, ']');
        if (!close || (close[1] && close[1] != ':'))
            return "write an IPv6 address in brackets: mqtts://[fd00::1]:8883";
        colon = close[1] ? close + 1 : NULL;
        *close = 0;
        name = authority + 1;
        if (!is_address(name, 6))
            return "only an IPv6 address stands in brackets: mqtts://[fd00::1]:8883";
    } else if (colon && strchr(authority, ':') != colon) {
        return "write an IPv6 address in brackets: mqtts://[fd00::1]:8883";
    }
    if (colon) {
        *colon = 0;
        const char *wrong = read_port(colon + 1, port);
        if (wrong)
            return wrong;
    }
    return address_read_host(name, host);
}
