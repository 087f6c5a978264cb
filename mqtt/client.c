/* When to connect, and what to tell: libmosquitto driven by the loop. See client.h.
 * Comes in: events of the stream and of the timer. Goes out: the library's callbacks as our events,
 * log lines that say what to do, the next try after a delay that doubles. */
#include "config.h"

#include "messages_mosq.h"
#include "mosquitto.h"
#include "mosquitto_internal.h"
#include "net_mosq.h"
#include "packet_mosq.h"

#include "mqtt/client_link.h"

#include <stdio.h>
#include <stdlib.h>

#define CLIENTS_MAX 2
#define DELAY_LEAST_MS 1000u
#define DELAY_MOST_MS 60000u
#define GOOD_CONNECTION_NS UINT64_C(60000000000) /* after which the delay begins anew */
#define CONNACK_MOST_MS 20000u
#define ACKNOWLEDGE_MOST_MS 30000u
#define QUEUE_MOST 40       /* packets that the stream has not taken */
#define KEEPALIVE_LEAST_S 5 /* of the library */

static struct mqtt_client clients[CLIENTS_MAX];
static unsigned client_count;

static void open_stream(void *context);

/* ---- log lines: what, where, why, what to do, and when next -------------------------------- */

/* CONNACK's return codes, table 3.1. %s is the broker's key in site.json. */
static const struct {
    const char *why, *remedy;
} refusals[] = {
    [1] = {"the broker does not speak MQTT 3.1.1", "allow MQTT 3.1.1 on the broker of %s"},
    [2] = {"the broker rejects the client identifier", "check client_id of %s in site.json"},
    [3] = {"the broker is not ready", "none is needed: %s is tried again"},
    [4] = {"bad user or password", "check user and password of %s in site.json"},
    [5] = {"the broker does not admit this client",
           "check user and password of %s in site.json, and the broker's list of clients"},
};

static const char *const stream_remedies[] = {
    [NET_ERROR_NAME] = "check url of %s in site.json and the name servers",
    [NET_ERROR_REFUSED] = "check the port in url of %s in site.json, and that the broker runs",
    [NET_ERROR_UNREACHABLE] = "check url of %s in site.json, the gateway and the firewall",
    [NET_ERROR_CERTIFICATE] =
        "check ca, certificate and server_name of %s in site.json, and the clock",
    [NET_ERROR_MEMORY] = NULL,
};

static void say_lost(const struct mqtt_client *client, const char *why, const char *remedy_format,
                     uint32_t delay_ms)
{
    char remedy[160] = "", format[128];
    if (remedy_format != NULL) {
        /* The texts name the broker once, as their only argument. */
        const char *place = strstr(remedy_format, "%s");
        snprintf(format, sizeof format, "%.*s%s%s", (int)(place - remedy_format), remedy_format,
                 client->name, place + 2);
        snprintf(remedy, sizeof remedy, " remedy=\"%s\"", format);
    }
    log_line(LOG_WARN, "%s event=%s host=%s port=%u why=\"%s\"%s retry_ms=%u", client->name,
             client->phase == CLIENT_CONNECTED ? "lost" : "failed", client->broker->host,
             client->broker->port, why, remedy, delay_ms);
}

/* ---- the end of a connection, or of a try -------------------------------------------------- */

/* Doubles from 1 s to 60 s; half of it is drawn, so that a thousand sites that lost one broker at
 * the same time don't come back at the same time. */
static uint32_t next_delay_ms(const struct mqtt_client *client)
{
    uint32_t most = DELAY_MOST_MS;
    if (client->failures < 6)
        most = DELAY_LEAST_MS << client->failures;
    if (most > DELAY_MOST_MS)
        most = DELAY_MOST_MS;
    uint32_t drawn;
    entropy_fill(&drawn, sizeof drawn);
    return most / 2 + drawn % (most / 2 + 1);
}

static void lost(struct mqtt_client *client, const char *why, const char *remedy)
{
    if (client->phase == CLIENT_WAITING)
        return;
    bool was_connected = client->phase == CLIENT_CONNECTED;
    if (was_connected && clock_monotonic_ns() - client->connected_ns >= GOOD_CONNECTION_NS)
        client->failures = 0;
    uint32_t delay_ms = next_delay_ms(client);
    client->failures++;
    say_lost(client, why, remedy, delay_ms);
    client->phase = CLIENT_WAITING;
    client->in_flight_count = 0;
    timer_stop(&client->acknowledge_timer);
    net__socket_close(client->mosquitto);
    message__cleanup_all(client->mosquitto); /* the caller publishes them again */
    packet__cleanup(&client->mosquitto->in_packet);
    packet__cleanup_all(client->mosquitto);
    timer_start(&client->timer, delay_ms, open_stream, client);
    if (was_connected) {
        client->counters.disconnects++;
        if (client->events->disconnected != NULL)
            client->events->disconnected(client->context, why);
    }
}

/* ---- callbacks of the library -------------------------------------------------------------- */

static void keep_alive(void *context);

/* The library looks at whole seconds; a quarter keeps the ping well within 1.5 times the
 * keep-alive. */
static void await_keepalive(struct mqtt_client *client)
{
    if (client->mosquitto->keepalive > 0)
        timer_start(&client->timer, client->mosquitto->keepalive * 250u, keep_alive, client);
    else
        timer_stop(&client->timer);
}

static void on_connect(struct mosquitto *mosquitto, void *context, int code)
{
    struct mqtt_client *client = context;
    (void)mosquitto;
    client->refusal = code;
    if (code != 0)
        return; /* on_disconnect follows */
    client->phase = CLIENT_CONNECTED;
    client->connected_ns = clock_monotonic_ns();
    client->counters.connects++;
    await_keepalive(client);
    log_line(LOG_INFO, "%s event=connected host=%s port=%u tls=%s", client->name,
             client->broker->host, client->broker->port, client->tls != NULL ? "yes" : "no");
    if (client->events->connected != NULL)
        client->events->connected(client->context);
}

static void on_disconnect(struct mosquitto *mosquitto, void *context, int code)
{
    struct mqtt_client *client = context;
    (void)mosquitto;
    size_t refusal = (size_t)client->refusal;
    if (refusal > 0 && refusal < sizeof refusals / sizeof refusals[0])
        lost(client, refusals[refusal].why, refusals[refusal].remedy);
    else
        lost(client, client->fault != NULL ? client->fault : mosquitto_strerror(code), NULL);
}

static void on_message(struct mosquitto *mosquitto, void *context,
                       const struct mosquitto_message *message)
{
    struct mqtt_client *client = context;
    (void)mosquitto;
    client->counters.messages++;
    client->counters.copied_bytes += (size_t)message->payloadlen;
    if (client->events->message != NULL)
        client->events->message(client->context, text_of(message->topic), message->payload,
                                (size_t)message->payloadlen, message->retain);
}

/* Also called for messages of QoS 0 as they leave, maybe before mqtt_client_publish has returned.
 */
static void on_publish(struct mosquitto *mosquitto, void *context, int message_id)
{
    struct mqtt_client *client = context;
    (void)mosquitto;
    for (unsigned i = 0; i < client->in_flight_count; i++) {
        if (client->in_flight[i] != message_id)
            continue;
        client->in_flight[i] = client->in_flight[--client->in_flight_count];
        client->in_flight_ns[i] = client->in_flight_ns[client->in_flight_count];
        client->counters.published++;
        if (client->events->published != NULL)
            client->events->published(client->context, message_id);
        return;
    }
}

static void on_subscribe(struct mosquitto *mosquitto, void *context, int message_id, int count,
                         const int *granted)
{
    struct mqtt_client *client = context;
    (void)mosquitto;
    (void)message_id;
    for (int i = 0; i < count && !client->has_told_refusal; i++) {
        client->has_told_refusal = granted[i] > 2; /* section 3.9.3: 0x80 is a failure */
        if (client->has_told_refusal)
            log_line(LOG_WARN,
                     "%s problem=\"the broker refuses a subscription\" host=%s "
                     "remedy=\"allow this client to read the topics of the rules\"",
                     client->name, client->broker->host);
    }
}

/* ---- events of the stream and the timer ---------------------------------------------------- */

static bool is_alive(const struct mqtt_client *client)
{
    return client->phase == CLIENT_CONNECTING || client->phase == CLIENT_CONNECTED;
}

/* What callbacks queued: the library does not write while one of them runs. */
static void flush(struct mqtt_client *client)
{
    if (is_alive(client))
        mosquitto_loop_write(client->mosquitto, 1);
}

static void keep_alive(void *context)
{
    struct mqtt_client *client = context;
    await_keepalive(client);
    mosquitto_loop_misc(client->mosquitto);
}

/* A broker may answer pings and take nothing all the same. */
static void look_for_acknowledgements(void *context)
{
    struct mqtt_client *client = context;
    uint64_t now = clock_monotonic_ns(), oldest = now;
    if (client->in_flight_count == 0)
        return;
    for (unsigned i = 0; i < client->in_flight_count; i++)
        oldest = client->in_flight_ns[i] < oldest ? client->in_flight_ns[i] : oldest;
    uint32_t waited_ms = (uint32_t)((now - oldest) / 1000000);
    if (waited_ms >= ACKNOWLEDGE_MOST_MS)
        lost(client, "the broker does not acknowledge messages",
             "check the broker of %s in site.json: its memory, its disk, its log");
    else
        timer_start(&client->acknowledge_timer, ACKNOWLEDGE_MOST_MS - waited_ms,
                    look_for_acknowledgements, client);
}

static void connack_is_late(void *context)
{
    lost(context, "the broker did not answer CONNECT", NULL);
}

static void stream_opened(void *context)
{
    struct mqtt_client *client = context;
    const struct site_broker *broker = client->broker;
    int keepalive_s = broker->keepalive_s;
    if (keepalive_s > 0 && keepalive_s < KEEPALIVE_LEAST_S)
        keepalive_s = KEEPALIVE_LEAST_S;
    client->phase = CLIENT_CONNECTING;
    client->refusal = 0;
    client->fault = NULL;
    client->has_told_refusal = false;
    timer_start(&client->timer, CONNACK_MOST_MS, connack_is_late, client);
    int error = mosquitto_connect(client->mosquitto, broker->host, broker->port, keepalive_s);
    if (error != MOSQ_ERR_SUCCESS)
        lost(client, mosquitto_strerror(error), NULL);
}

/* Comes only when something new has arrived: takes all of it, unless the answers to it can't leave.
 */
static void stream_readable(void *context)
{
    struct mqtt_client *client = context;
    client->has_drained = false;
    while (is_alive(client) && !client->has_drained) {
        if (client->mosquitto->out_packet_count >= QUEUE_MOST)
            flush(client);
        if (client->mosquitto->out_packet_count >= QUEUE_MOST)
            return; /* stream_writable goes on */
        mosquitto_loop_read(client->mosquitto, 1);
    }
    flush(client);
}

static void stream_writable(void *context)
{
    struct mqtt_client *client = context;
    flush(client);
    if (is_alive(client) && !client->has_drained)
        stream_readable(client);
}

static void stream_closed(void *context, enum net_error error)
{
    const char *remedy = NULL;
    if (error < sizeof stream_remedies / sizeof stream_remedies[0])
        remedy = stream_remedies[error];
    lost(context, net_error_text(error), remedy);
}

static void open_stream(void *context)
{
    static const struct stream_events events = {stream_opened, stream_readable, stream_writable,
                                                stream_closed};
    struct mqtt_client *client = context;
    struct stream_target target = {
        .host = client->broker->host, .port = client->broker->port, .tls = client->tls};
    client->phase = CLIENT_OPENING;
    client->stream = stream_open(&target, &events, client);
    if (client->stream == NULL)
        lost(client, "all streams are in use", NULL);
}

/* ---- client.h ------------------------------------------------------------------------------ */

static void set_up_library(struct mqtt_client *client, const struct mqtt_client_will *will)
{
    const struct site_broker *broker = client->broker;
    struct mosquitto *mosquitto;
    mosquitto_lib_init();
    mosquitto = mosquitto_new(broker->client_id[0] ? broker->client_id : NULL, true, client);
    if (mosquitto == NULL)
        panic("no memory for the connection to %s", broker->host);
    client->mosquitto = mosquitto;
    mosquitto_connect_callback_set(mosquitto, on_connect);
    mosquitto_disconnect_callback_set(mosquitto, on_disconnect);
    mosquitto_message_callback_set(mosquitto, on_message);
    mosquitto_publish_callback_set(mosquitto, on_publish);
    mosquitto_subscribe_callback_set(mosquitto, on_subscribe);
    mosquitto_int_option(mosquitto, MOSQ_OPT_SEND_MAXIMUM, MQTT_CLIENT_IN_FLIGHT);
    int error = MOSQ_ERR_SUCCESS;
    if (broker->user[0])
        error = mosquitto_username_pw_set(mosquitto, broker->user,
                                          broker->password[0] ? broker->password : NULL);
    if (error == MOSQ_ERR_SUCCESS && will != NULL && will->topic != NULL)
        error = mosquitto_will_set(mosquitto, will->topic, (int)strlen(will->payload),
                                   will->payload, 1, true);
    if (error != MOSQ_ERR_SUCCESS)
        log_line(LOG_ERROR, "%s problem=\"user or last will: %s\" host=%s", client->name,
                 mosquitto_strerror(error), broker->host);
}

struct mqtt_client *mqtt_client_start(const struct site_broker *broker,
                                      const struct tls_settings *tls,
                                      const struct mqtt_client_will *will,
                                      const struct mqtt_client_events *events, void *context)
{
    must(client_count < CLIENTS_MAX);
    struct mqtt_client *client = &clients[client_count++];
    *client =
        (struct mqtt_client){.broker = broker, .tls = tls, .events = events, .context = context};
    client->name = events->name != NULL ? events->name : "mqtt";
    set_up_library(client, will);
    open_stream(client);
    return client;
}

bool mqtt_client_is_connected(const struct mqtt_client *client)
{
    return client->phase == CLIENT_CONNECTED;
}

bool mqtt_client_subscribe(struct mqtt_client *client, const char *filter, int qos)
{
    return client->phase == CLIENT_CONNECTED &&
           mosquitto_subscribe(client->mosquitto, NULL, filter, qos) == MOSQ_ERR_SUCCESS;
}

static bool is_in_flight(const struct mqtt_client *client, uint16_t message_id)
{
    for (unsigned i = 0; i < client->in_flight_count; i++) {
        if (client->in_flight[i] == message_id)
            return true;
    }
    return false;
}

/* The library counts identifiers up and does not look whether one is in use (MQTT-2.3.1-2). */
static void skip_used_identifiers(struct mqtt_client *client)
{
    uint16_t *last = &client->mosquitto->last_mid;
    while (is_in_flight(client, (uint16_t)(*last == UINT16_MAX ? 1 : *last + 1)))
        *last = (uint16_t)(*last == UINT16_MAX ? 1 : *last + 1);
}

int mqtt_client_publish(struct mqtt_client *client, const char *topic, const void *payload,
                        size_t payload_bytes, int qos, bool retained)
{
    if (client->phase != CLIENT_CONNECTED || payload_bytes > CLIENT_MESSAGE_MAX_BYTES)
        return 0;
    if (client->mosquitto->out_packet_count >= QUEUE_MOST ||
        (qos > 0 && client->in_flight_count == MQTT_CLIENT_IN_FLIGHT))
        return 0;
    skip_used_identifiers(client);
    int message_id = 0;
    if (mosquitto_publish(client->mosquitto, &message_id, topic, (int)payload_bytes, payload, qos,
                          retained) != MOSQ_ERR_SUCCESS)
        return 0;
    if (qos == 0) {
        client->counters.published++;
        return message_id;
    }
    client->in_flight_ns[client->in_flight_count] = clock_monotonic_ns();
    client->in_flight[client->in_flight_count++] = (uint16_t)message_id;
    if (!wheel_timer_is_running(&client->acknowledge_timer.wheel))
        timer_start(&client->acknowledge_timer, ACKNOWLEDGE_MOST_MS, look_for_acknowledgements,
                    client);
    return message_id;
}

const struct mqtt_client_counters *mqtt_client_counters(const struct mqtt_client *client)
{
    return &client->counters;
}
