/* A small appliance for tests of mqtt/: what it does stands in its kernel command line, what it
 * sees goes to the console and to port 6. Started by mqtt_host_test.py on the host platform.
 *   net=ADDRESS/LENGTH gw= port= connections= user=NAME:PASSWORD
 *   broker=HOST:PORT buser=NAME:PASSWORD keepalive= subscribe=FILTER send=COUNT tls= ca= will=TOPIC
 * What sensors publish is counted and summed, and told on the console when its topic begins with
 * "say/". What the broker sends comes back to it under "back/". `send` publishes that many numbered
 * messages, each again after a lost connection until the broker has taken it. */
#include "drivers/net_device.h"
#include "kernel/kernel.h"
#include "mqtt/client.h"
#include "mqtt/listener.h"

#include <stdio.h>
#include <stdlib.h>

static struct site_settings site;
static struct mqtt_client *client;
static uint64_t heard_bytes;
static uint64_t heard_sum; /* of checksums, so that the order of sensors does not count */
static unsigned datagrams; /* to port 9 */

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

/* "a:b" or "a/b" into two fields. */
static void split(const char *text, char separator, char *first, size_t first_bytes, char *second,
                  size_t second_bytes)
{
    const char *place = strchr(text, separator);
    size_t length = place != NULL ? (size_t)(place - text) : strlen(text);
    snprintf(first, first_bytes, "%.*s", (int)length, text);
    snprintf(second, second_bytes, "%s", place != NULL ? place + 1 : "");
}

/* ---- sensors ------------------------------------------------------------------------------- */

/* As zlib's: Python has no other that is quick. */
static uint32_t crc32_of(uint32_t crc, const void *bytes, size_t length)
{
    static uint32_t table[256];
    for (uint32_t i = 0; table[255] == 0 && i < 256; i++) {
        table[i] = i;
        for (unsigned bit = 0; bit < 8; bit++)
            table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320 : 0);
    }
    for (const uint8_t *byte = bytes; length-- > 0; byte++)
        crc = crc >> 8 ^ table[(crc ^ *byte) & 0xff];
    return crc;
}

static bool hear(void *context, struct text topic, const uint8_t *payload, size_t payload_bytes,
                 bool retained)
{
    (void)context;
    uint32_t crc = crc32_of(0xffffffff, topic.bytes, topic.length);
    heard_sum += ~crc32_of(crc, payload, payload_bytes);
    heard_bytes += payload_bytes;
    if (topic.length > 4 && memcmp(topic.bytes, "say/", 4) == 0)
        log_line(LOG_INFO, "heard topic=%.*s payload=\"%.*s\" retained=%d", (int)topic.length,
                 topic.bytes, (int)(payload_bytes < 100 ? payload_bytes : 100),
                 (const char *)payload, retained);
    return true;
}

/* ---- the broker ---------------------------------------------------------------------------- */

#define SEND_MAX 2000

static struct {
    unsigned count, taken,
        next; /* next: the first that may not have been tried on this connection */
    int id[SEND_MAX];
    bool is_taken[SEND_MAX];
} to_send;

static void send_more(void)
{
    for (; to_send.next < to_send.count; to_send.next++) {
        char payload[16];
        if (to_send.is_taken[to_send.next])
            continue;
        int length = snprintf(payload, sizeof payload, "%u", to_send.next);
        int id = mqtt_client_publish(client, "sent", payload, (size_t)length, 1, false);
        if (id == 0)
            return;
        to_send.id[to_send.next] = id;
    }
}

static void broker_connected(void *context)
{
    (void)context;
    memset(to_send.id, 0, sizeof to_send.id);
    to_send.next = 0;
    if (option("subscribe")[0] != '\0')
        must(mqtt_client_subscribe(client, option("subscribe"), 1));
    if (option("will")[0] != '\0')
        must(mqtt_client_publish(client, option("will"), "on", 2, 1, true) > 0);
    send_more();
}

static void broker_published(void *context, int message_id)
{
    (void)context;
    for (unsigned i = 0; i < to_send.next; i++) {
        if (to_send.id[i] != message_id || to_send.is_taken[i])
            continue;
        to_send.is_taken[i] = true;
        if (++to_send.taken == to_send.count)
            log_line(LOG_INFO, "sent all=%u", to_send.count);
        break;
    }
    send_more();
}

static void broker_message(void *context, struct text topic, const uint8_t *payload,
                           size_t payload_bytes, bool retained)
{
    (void)context;
    char back[200];
    snprintf(back, sizeof back, "back/%.*s", (int)topic.length, topic.bytes);
    if (mqtt_client_publish(client, back, payload, payload_bytes, 0, false) == 0)
        log_line(LOG_WARN, "not sent back topic=%s retained=%d", back, retained);
}

static struct text load(const char *path)
{
    FILE *file = path[0] != '\0' ? fopen(path, "r") : NULL;
    if (file == NULL)
        return (struct text){NULL, 0};
    char *bytes = calloc(1, 20000);
    size_t length = fread(bytes, 1, 19999, file);
    fclose(file);
    return (struct text){bytes, length};
}

static void start_client(void)
{
    static const struct mqtt_client_events events = {
        .name = "broker",
        .connected = broker_connected,
        .message = broker_message,
        .published = broker_published,
    };
    static struct tls_settings tls;
    static struct mqtt_client_will will;
    struct site_broker *broker = &site.broker;
    char port[16];
    if (option("broker")[0] == '\0')
        return;
    split(option("broker"), ':', broker->host, sizeof broker->host, port, sizeof port);
    broker->port = (uint16_t)atoi(port);
    split(option("buser"), ':', broker->user, sizeof broker->user, broker->password,
          sizeof broker->password);
    broker->keepalive_s = (uint16_t)atoi(option("keepalive"));
    snprintf(broker->client_id, sizeof broker->client_id, "probe");
    to_send.count = (unsigned)atoi(option("send"));
    tls.ca = load(option("ca"));
    will = (struct mqtt_client_will){option("will")[0] != '\0' ? option("will") : NULL, "off"};
    client =
        mqtt_client_start(broker, option("tls")[0] != '\0' ? &tls : NULL, &will, &events, NULL);
}

/* ---- counters ------------------------------------------------------------------------------ */

static void *tell_counters(void *listener, struct connection *connection, const char *peer)
{
    (void)listener;
    (void)peer;
    char text[900];
    static const struct mqtt_client_counters none;
    const struct mqtt_listener_counters *l = mqtt_listener_counters();
    const struct net_device_counters *device = &net_device_first()->counters;
    uint64_t dropped = device->dropped_no_buffer + device->dropped_ring_full;
    const struct mqtt_client_counters *c = client != NULL ? mqtt_client_counters(client) : &none;
    int length = snprintf(
        text, sizeof text,
        "connections=%lu refused=%lu malformed=%lu too_large=%lu unsupported=%lu timeout=%lu "
        "taken_over=%lu "
        "messages=%lu copied=%lu allocations=%lu held_back=%lu connected=%u bytes=%lu sum=%lu "
        "net_copied=%lu failures=%lu heap=%zu mallocs=%lu sent=%u connects=%lu disconnects=%lu "
        "heard=%lu datagrams=%u dropped=%lu\n",
        l->connections, l->refused, l->closed_malformed, l->closed_too_large, l->closed_unsupported,
        l->closed_timeout, l->taken_over, l->messages, l->copied_bytes, l->allocations,
        l->held_back, l->connected, heard_bytes, heard_sum, net_counters.copied_bytes,
        net_counters.allocation_failures, memory_counters()->heap_bytes,
        memory_counters()->allocations, to_send.taken, c->connects, c->disconnects, c->messages,
        datagrams, dropped);
    connection_send(connection, text, (size_t)length);
    connection_close(connection);
    return connection;
}

static void datagram(void *context, uint16_t port, const uint8_t *bytes, size_t length)
{
    (void)context;
    (void)port;
    (void)bytes;
    (void)length;
    datagrams++;
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

/* ---- the beginning ------------------------------------------------------------------------- */

static void is_up(void *context)
{
    static const struct connection_events counter_events = {tell_counters, ignore, NULL, forget};
    (void)context;
    mqtt_listener_start(&site, hear, NULL);
    must(net_listen_tcp(6, &counter_events, NULL));
    must(net_listen_udp(9, datagram, NULL));
    start_client();
    log_line(LOG_INFO, "ready ms=%lu", clock_monotonic_ns() / 1000000);
}

void appliance_main(void)
{
    char length[8];
    snprintf(site.name, sizeof site.name, "probe");
    site.network.address_kind = SITE_ADDRESS_STATIC;
    site.network.ipv6_kind = SITE_IPV6_OFF;
    split(option("net"), '/', site.network.address, sizeof site.network.address, length,
          sizeof length);
    site.network.prefix_length = (uint8_t)atoi(length);
    snprintf(site.network.gateway, sizeof site.network.gateway, "%s", option("gw"));
    site.listener.port = (uint16_t)atoi(option("port"));
    site.listener.connections = (uint16_t)atoi(option("connections"));
    if (option("user")[0] != '\0') {
        struct site_user *user = &site.listener.user[0];
        split(option("user"), ':', user->name, sizeof user->name, user->password,
              sizeof user->password);
        site.listener.users = 1;
    }
    net_start(&site, is_up, NULL);
    loop_run();
}
