/* Headquarters: carries what alerts/ has to say to the upstream broker and tells alerts/ what
 * arrived there. Comes in: topic and JSON. Goes out: publishes of mqtt/client. */
#include "appliance/appliance.h"
#include "kernel/kernel.h"
#include "site/bundle.h"

const struct tls_settings *appliance_tls(const struct site_broker *broker,
                                         struct tls_settings *room)
{
    if (!broker->uses_tls)
        return NULL;
    *room = (struct tls_settings){
        .ca = bundle_find(appliance.bundle, broker->ca),
        .certificate = bundle_find(appliance.bundle, broker->certificate),
        .key = bundle_find(appliance.bundle, broker->key),
        .server_name = broker->server_name[0] ? broker->server_name : broker->host,
    };
    return room;
}

static int publish(void *context, const char *topic, const char *payload, size_t payload_bytes,
                   int qos, bool retained)
{
    (void)context;
    if (!appliance.upstream)
        return 0;
    return mqtt_client_publish(appliance.upstream, topic, payload, payload_bytes, qos, retained);
}

static void publish_local(void *context, const char *topic, const char *payload,
                          size_t payload_bytes)
{
    (void)context;
    if (appliance.broker)
        mqtt_client_publish(appliance.broker, topic, payload, payload_bytes, 0, false);
}

struct alerts_transport upstream_transport(void)
{
    return (struct alerts_transport){.publish = publish, .publish_local = publish_local};
}

static void connected(void *context)
{
    (void)context;
    char filter[SITE_PATH_BYTES + 128];
    alerts_command_filter(appliance.alerts, filter, sizeof filter);
    if (!mqtt_client_subscribe(appliance.upstream, filter, 1))
        log_line(LOG_WARN, "upstream problem=\"could not subscribe\" filter=\"%s\"", filter);
    alerts_connected(appliance.alerts, judge_now_ms());
    judge_send_soon();
}

static void disconnected(void *context, const char *why)
{
    (void)context;
    (void)why; /* the client has said it on the console */
    alerts_disconnected(appliance.alerts);
}

/* A retained command would be carried out with each new connection after a restart. */
static void command(void *context, struct text topic, const uint8_t *payload, size_t payload_bytes,
                    bool retained)
{
    (void)context;
    if (!retained)
        judge_command(topic, (struct text){(const char *)payload, payload_bytes});
}

static void published(void *context, int message_id)
{
    (void)context;
    alerts_published(appliance.alerts, message_id);
    judge_send_soon();
}

void upstream_start(void)
{
    static const struct mqtt_client_events events = {.name = "upstream",
                                                     .connected = connected,
                                                     .disconnected = disconnected,
                                                     .message = command,
                                                     .published = published};
    static struct tls_settings tls;
    static char topic[SITE_PATH_BYTES + 128];
    static struct mqtt_client_will will;
    if (!appliance.site->upstream.is_used) {
        log_line(LOG_WARN, "upstream problem=\"site.json names no upstream: alerts stay here\"");
        return;
    }
    alerts_online_topic(appliance.alerts, topic, sizeof topic);
    will = (struct mqtt_client_will){topic, alerts_offline_payload(appliance.alerts)};
    appliance.upstream =
        mqtt_client_start(&appliance.site->upstream, appliance_tls(&appliance.site->upstream, &tls),
                          &will, &events, NULL);
}
