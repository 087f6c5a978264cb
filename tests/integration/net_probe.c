/* A small appliance for tests of net/: what it does stands in its kernel command line, what it sees
 * goes to the console and to port 6. Started by host_net_test.py on the host platform and by
 * image_net_test.py in QEMU.
 *
 *   net=dhcp
 *   net=ADDRESS/LENGTH gw= dns= time= ipv6=auto|off|ADDRESS/LENGTH gw6= connections=
 *   stream=HOST:PORT streams= tls= ca= cert= key= name= repeat= send= piece=
 *
 * ca, cert and key are names of files in the site. Port 6 tells counters, port 7 echoes, port 8
 * takes every piece only when it is offered the fourth time and echoes it. Datagrams to port 7 are
 * told on the console, those to port 9 are only counted. */
#include "kernel/kernel.h"
#include "net/net.h"
#include "site/bundle.h"

#include <stdio.h>
#include <stdlib.h>

static struct site_settings site;
static unsigned open_connections, most_connections, refusals, datagrams;

static const char *option(const char *name)
{
    static char values[24][256];
    static unsigned used;
    const char *line = platform_command_line();
    size_t length = strlen(name);
    for (const char *at = line; (at = strstr(at, name)) != NULL; at += length) {
        if ((at == line || at[-1] == ' ') && at[length] == '=') {
            char *value = values[used++ % 24];
            snprintf(value, 256, "%.*s", (int)strcspn(at + length + 1, " "), at + length + 1);
            return value;
        }
    }
    return "";
}

/* ---- listening ----------------------------------------------------------------------------- */

static void *accepted(void *listener, struct connection *connection, const char *peer)
{
    log_line(LOG_DEBUG, "accepted peer=%s", peer);
    (void)listener;
    if (++open_connections > most_connections)
        most_connections = open_connections;
    return connection;
}

static bool echo(void *context, const uint8_t *bytes, size_t length)
{
    if (length >= 4 && memcmp(bytes, "QUIT", 4) == 0) {
        open_connections--;
        connection_send(context, "bye\n", 4);
        connection_close(context);
        return true;
    }
    return connection_send(context, bytes, length);
}

static bool echo_late(void *context, const uint8_t *bytes, size_t length)
{
    if (++refusals % 4 != 0)
        return false;
    return echo(context, bytes, length);
}

static void closed(void *context)
{
    (void)context;
    open_connections--;
}

static void *tell_counters(void *listener, struct connection *connection, const char *peer)
{
    (void)listener;
    (void)peer;
    char text[600], address[NET_ADDRESS_BYTES];
    const struct tls_counters *tls = tls_counters();
    const struct memory_counters *memory = memory_counters();
    int length = snprintf(
        text, sizeof text,
        "address=%s open=%u most=%u refusals=%u copied=%lu failures=%lu refused=%lu half_open=%lu "
        "pieces=%lu "
        "handshakes=%lu resumed=%lu failed=%lu handshake_us=%lu arena=%zu arena_peak=%zu heap=%zu "
        "allocations=%lu clock=%d utc=%ld datagrams=%u preemptions=%lu\n",
        net_address_text(address), open_connections, most_connections, refusals,
        net_counters.copied_bytes, net_counters.allocation_failures,
        net_counters.connections_refused, net_counters.half_open_dropped,
        net_counters.refused_pieces, tls->handshakes, tls->resumed, tls->failed,
        tls->handshake_ns / 1000, tls->arena_bytes, tls->arena_peak_bytes, memory->heap_bytes,
        memory->allocations, clock_is_set(), clock_utc_ms(), datagrams,
        loop_counters()->preemptions);
    connection_send(connection, text, (size_t)length);
    connection_close(connection);
    return connection;
}

static bool ignore(void *context, const uint8_t *bytes, size_t length)
{
    (void)context;
    (void)bytes;
    (void)length;
    return true;
}

static void forget(void *context)
{
    (void)context;
}

static void datagram(void *context, uint16_t port, const uint8_t *bytes, size_t length)
{
    (void)context;
    datagrams++;
    if (port == 9)
        return;
    log_line(LOG_INFO, "datagram port=%u bytes=%zu hash=%016lx", port, length,
             hash_bytes(HASH_START, bytes, length));
}

static const struct connection_events echo_events = {accepted, echo, NULL, closed};
static const struct connection_events late_events = {accepted, echo_late, NULL, closed};
static const struct connection_events counter_events = {tell_counters, ignore, NULL, forget};

/* ---- streams ------------------------------------------------------------------------------- */

static struct probe {
    struct stream_target target;
    struct tls_settings tls;
    struct stream *stream;
    struct timer again;
    uint64_t begun_ns, sent, received, to_send;
    unsigned repeats;
    char host[256];
} probes[4];

static void begin(void *context);

static struct text load(const char *name)
{
    return bundle_find(platform_site(), name);
}

static void send_more(void *context)
{
    struct probe *probe = context;
    static uint8_t bytes[3000];
    size_t piece = option("piece")[0] != '\0' ? (size_t)atoi(option("piece")) : sizeof bytes;
    while (probe->sent < probe->to_send) {
        size_t length =
            probe->to_send - probe->sent < piece ? (size_t)(probe->to_send - probe->sent) : piece;
        for (size_t i = 0; i < length; i++)
            bytes[i] = (uint8_t)((probe->sent + i) % 251);
        size_t taken = stream_write(probe->stream, bytes, length);
        probe->sent += taken;
        if (taken < length)
            return;
    }
}

static void stream_opened(void *context)
{
    struct probe *probe = context;
    uint64_t ms = (clock_monotonic_ns() - probe->begun_ns) / 1000000;
    log_line(LOG_INFO, "stream opened ms=%lu", ms);
    if (probe->to_send > 0)
        send_more(context);
    else
        stream_write(probe->stream, "hello\n", 6);
}

static void end_round(struct probe *probe)
{
    if (--probe->repeats > 0)
        timer_start(&probe->again, 20, begin, probe);
    else
        log_line(LOG_INFO, "stream finished");
}

static void stream_has_data(void *context)
{
    struct probe *probe = context;
    static uint8_t bytes[1000];
    size_t length, wrong = 0;
    while ((length = stream_read(probe->stream, bytes, sizeof bytes)) > 0) {
        if (probe->to_send == 0) {
            log_line(LOG_INFO, "stream received=\"%.*s\"", (int)strcspn((char *)bytes, "\n"),
                     bytes);
            stream_close(probe->stream);
            end_round(probe);
            return;
        }
        for (size_t i = 0; i < length; i++)
            wrong += bytes[i] != (uint8_t)((probe->received + i) % 251);
        probe->received += length;
    }
    if (wrong > 0)
        log_line(LOG_ERROR, "stream wrong=%zu", wrong);
    if (probe->to_send > 0 && probe->received == probe->to_send) {
        log_line(LOG_INFO, "stream echoed=%lu", probe->received);
        stream_close(probe->stream);
        end_round(probe);
    }
}

static void stream_gone(void *context, enum net_error error)
{
    struct probe *probe = context;
    log_line(LOG_INFO, "stream closed error=\"%s\"", net_error_text(error));
    stream_close(probe->stream);
    end_round(probe);
}

static const struct stream_events stream_events = {stream_opened, stream_has_data, send_more,
                                                   stream_gone};

static void begin(void *context)
{
    struct probe *probe = context;
    probe->begun_ns = clock_monotonic_ns();
    probe->sent = probe->received = 0;
    probe->stream = stream_open(&probe->target, &stream_events, probe);
    must(probe->stream != NULL);
}

static void prepare_stream(struct probe *probe)
{
    snprintf(probe->host, sizeof probe->host, "%s", option("stream"));
    char *colon = strrchr(probe->host, ':');
    if (colon == NULL)
        return;
    *colon = '\0';
    probe->target = (struct stream_target){.host = probe->host, .port = (uint16_t)atoi(colon + 1)};
    probe->repeats = option("repeat")[0] != '\0' ? (unsigned)atoi(option("repeat")) : 1;
    probe->to_send = strtoull(option("send"), NULL, 10);
    if (option("tls")[0] != '\0') {
        probe->tls =
            (struct tls_settings){load(option("ca")), load(option("cert")), load(option("key")),
                                  option("name")[0] != '\0' ? option("name") : NULL};
        probe->target.tls = &probe->tls;
    }
    begin(probe);
}

/* ---- the beginning ------------------------------------------------------------------------- */

static void split_prefix(const char *text, char address[SITE_ADDRESS_BYTES], uint8_t *length)
{
    snprintf(address, SITE_ADDRESS_BYTES, "%.*s", (int)strcspn(text, "/"), text);
    const char *slash = strchr(text, '/');
    *length = slash != NULL ? (uint8_t)atoi(slash + 1) : 0;
}

static void is_up(void *context)
{
    (void)context;
    must(net_listen_tcp(6, &counter_events, NULL));
    must(net_listen_tcp(7, &echo_events, NULL));
    must(net_listen_tcp(8, &late_events, NULL));
    must(!net_listen_tcp(7, &echo_events, NULL)); /* taken */
    must(net_listen_udp(7, datagram, NULL));
    must(net_listen_udp(9, datagram, NULL));
    log_line(LOG_INFO, "ready ms=%lu", clock_monotonic_ns() / 1000000);
    int count = option("streams")[0] != '\0' ? atoi(option("streams")) : 1;
    for (int i = 0; i < count; i++)
        prepare_stream(&probes[i]);
}

void appliance_main(void)
{
    snprintf(site.name, sizeof site.name, "probe 1");
    if (strcmp(option("net"), "dhcp") == 0) {
        site.network.address_kind = SITE_ADDRESS_DHCP;
    } else {
        site.network.address_kind = SITE_ADDRESS_STATIC;
        split_prefix(option("net"), site.network.address, &site.network.prefix_length);
    }
    snprintf(site.network.gateway, sizeof site.network.gateway, "%s", option("gw"));
    snprintf(site.network.dns[0], sizeof site.network.dns[0], "%s", option("dns"));
    snprintf(site.time_servers[0], sizeof site.time_servers[0], "%s", option("time"));
    site.network.ipv6_kind = SITE_IPV6_AUTO;
    if (strcmp(option("ipv6"), "off") == 0) {
        site.network.ipv6_kind = SITE_IPV6_OFF;
    } else if (strchr(option("ipv6"), '/') != NULL) {
        site.network.ipv6_kind = SITE_IPV6_STATIC;
        split_prefix(option("ipv6"), site.network.ipv6_address, &site.network.ipv6_prefix_length);
        snprintf(site.network.ipv6_gateway, sizeof site.network.ipv6_gateway, "%s", option("gw6"));
    }
    site.listener.connections = (uint16_t)atoi(option("connections"));
    net_start(&site, is_up, NULL);
    loop_run();
}
