/* The ways in: the appliance's own MQTT listener, the site's broker, UDP ports. Each hands a
 * message on as it lies in the receive buffer. Comes in: settings and rules. Goes out: judge_mqtt,
 * judge_udp. */
#include "appliance/appliance.h"
#include "kernel/kernel.h"
#include "mqtt/listener.h"
#include "net/net.h"

static bool sensor_published(void *context, struct text topic, const uint8_t *payload,
                             size_t payload_bytes, bool retained)
{
    (void)context;
    return judge_mqtt(topic, (struct text){(const char *)payload, payload_bytes}, retained);
}

static void datagram(void *context, uint16_t port, const uint8_t *bytes, size_t length)
{
    (void)context;
    judge_udp(port, (struct text){(const char *)bytes, length});
}

void sources_start(void)
{
    const struct ruleset *rules = appliance.rules;
    mqtt_listener_start(appliance.site, sensor_published, NULL);
    for (uint32_t i = 0; i < rules->ports.count; i++) {
        uint16_t port = (uint16_t)*RULES_AT(rules, uint32_t, rules->ports, i);
        if (!net_listen_udp(port, datagram, NULL))
            panic("UDP port %u is in use twice: use another in the rules", port);
    }
}

/* ---- the site's own broker ----------------------------------------------------------------- */

static void broker_connected(void *context)
{
    (void)context;
    char filter[256];
    for (uint32_t i = 0; pipeline_filter(appliance.rules, i, filter, sizeof filter); i++) {
        if (!mqtt_client_subscribe(appliance.broker, filter, 1))
            log_line(LOG_WARN, "broker problem=\"could not subscribe\" filter=\"%s\"", filter);
    }
}

static void broker_message(void *context, struct text topic, const uint8_t *payload,
                           size_t payload_bytes, bool retained)
{
    (void)context;
    judge_mqtt(topic, (struct text){(const char *)payload, payload_bytes}, retained);
}

void sources_connect_broker(void)
{
    static const struct mqtt_client_events events = {
        .name = "broker", .connected = broker_connected, .message = broker_message};
    static struct tls_settings tls;
    if (appliance.site->broker.is_used)
        appliance.broker =
            mqtt_client_start(&appliance.site->broker, appliance_tls(&appliance.site->broker, &tls),
                              NULL, &events, NULL);
}
