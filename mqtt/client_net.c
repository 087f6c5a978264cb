/* What libmosquitto asks of the network, over the streams of net/, in place of its own net_mosq.c.
 * Comes in: the library's reads and writes. Goes out: bytes of the client's stream. The stream is
 * opened by client.c before the library is told to connect, so nothing here waits. */
#include "config.h"

#include "mosquitto.h"
#include "mosquitto_internal.h"
#include "net_mosq.h"
#include "util_mosq.h"

#include "mqtt/client_link.h"
#include "mqtt/codec.h"

#include <errno.h>

/* The library only asks whether it has a socket. */
#define SOME_SOCKET 1

int net__init(void)
{
    return MOSQ_ERR_SUCCESS;
}

void net__cleanup(void)
{
}

int net__socket_connect(struct mosquitto *mosq, const char *host, uint16_t port,
                        const char *bind_address, bool blocking)
{
    (void)host;
    (void)port;
    (void)bind_address;
    (void)blocking;
    mosq->sock = SOME_SOCKET;
    return MOSQ_ERR_SUCCESS;
}

int net__socket_close(struct mosquitto *mosq)
{
    struct mqtt_client *client = mosq->userdata;
    mosq->sock = INVALID_SOCKET;
    if (client->stream != NULL)
        stream_close(client->stream);
    client->stream = NULL;
    return MOSQ_ERR_SUCCESS;
}

/* The pair only wakes a thread from select. */
int net__socketpair(mosq_sock_t *sp1, mosq_sock_t *sp2)
{
    *sp1 = INVALID_SOCKET;
    *sp2 = INVALID_SOCKET;
    return MOSQ_ERR_SUCCESS;
}

/* What the library would take and must not: it keeps each message of QoS 2 until PUBREL comes (we
 * subscribe with 1 at most), and a second CONNACK would make our owner subscribe again. NULL: the
 * packet may come. */
static const char *fault_of(const struct mqtt_client *client, uint8_t command)
{
    if ((command & 0xf4) == (MQTT_PUBLISH << 4 | 4)) /* QoS 2, or 3, which there is not */
        return "the broker sent a message of QoS 2";
    if (command >> 4 == MQTT_CONNACK && client->phase == CLIENT_CONNECTED)
        return "the broker answered CONNECT twice";
    return NULL;
}

/* The library reads a packet's body with its whole length, before it has any of it. */
ssize_t net__read(struct mosquitto *mosq, void *buf, size_t count)
{
    struct mqtt_client *client = mosq->userdata;
    if (count > CLIENT_MESSAGE_MAX_BYTES) {
        client->fault = "the broker sent a message above 256 KiB";
        errno = ECONNRESET;
        return -1;
    }
    size_t taken = client->stream != NULL ? stream_read(client->stream, buf, count) : 0;
    if (taken == 0) {
        client->has_drained = true;
        errno = EAGAIN;
        return -1;
    }
    if (mosq->in_packet.command == 0) {
        client->fault = fault_of(client, *(const uint8_t *)buf);
        if (client->fault != NULL) {
            errno = ECONNRESET;
            return -1;
        }
    }
    client->counters.bytes_down += taken;
    client->counters.copied_bytes += taken;
    errno = 0;
    return (ssize_t)taken;
}

ssize_t net__write(struct mosquitto *mosq, const void *buf, size_t count)
{
    struct mqtt_client *client = mosq->userdata;
    size_t taken = client->stream != NULL ? stream_write(client->stream, buf, count) : 0;
    if (taken == 0) {
        errno = EAGAIN;
        return -1;
    }
    client->counters.bytes_up += taken;
    errno = 0;
    return (ssize_t)taken;
}

int util__random_bytes(void *bytes, int count)
{
    if (count < 0)
        return MOSQ_ERR_INVAL;
    entropy_fill(bytes, (size_t)count);
    return MOSQ_ERR_SUCCESS;
}
