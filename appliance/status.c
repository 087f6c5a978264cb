/* What the appliance says of itself: every counter, as one JSON object for the health message.
 * Comes in: the counters of the rooms. Goes out: text in the caller's room. */
#include "appliance/appliance.h"
#include "drivers/net_device.h"
#include "kernel/kernel.h"
#include "mqtt/listener.h"
#include "net/net.h"

#include <stdio.h>

struct figure {
    const char *name;
    uint64_t value;
};

const char *status_json(char *room, size_t room_bytes)
{
    static const struct mqtt_client_counters none;
    const struct pipeline_counters *pipeline = pipeline_counters(appliance.pipeline);
    const struct mqtt_listener_counters *listener = mqtt_listener_counters();
    const struct mqtt_client_counters *broker =
        appliance.broker ? mqtt_client_counters(appliance.broker) : &none;
    const struct mqtt_client_counters *upstream =
        appliance.upstream ? mqtt_client_counters(appliance.upstream) : &none;
    const struct net_device_counters *wire = &net_device_first()->counters;
    const struct memory_counters *memory = memory_counters();
    const struct loop_counters *loop = loop_counters();
    const struct tls_counters *tls = tls_counters();
    const struct figure figures[] = {
        {"uptime_ms", clock_monotonic_ns() / 1000000},
        {"idle_ms", loop->idle_ns / 1000000},
        {"messages", judge_counters.messages},
        {"readings", pipeline->readings},
        {"readings_faulty", pipeline->faulty},
        {"messages_malformed", pipeline->malformed},
        {"messages_unrouted", pipeline->unrouted},
        {"names_refused", pipeline->names_refused},
        {"devices", engine_device_count(appliance.engine)},
        {"devices_refused", pipeline->devices_refused},
        /* the ordinary path: 0 and 0 */
        {"copied_bytes",
         pipeline->copied_bytes + listener->copied_bytes + net_counters.copied_bytes},
        {"quiet_messages", judge_counters.quiet_messages},
        {"quiet_allocations", judge_counters.quiet_allocations},
        /* the site's broker: libmosquitto copies each message out of the stream */
        {"broker_messages", broker->messages},
        {"broker_copied_bytes", broker->copied_bytes},
        {"listener_connected", listener->connected},
        {"listener_connections", listener->connections},
        {"listener_messages", listener->messages},
        {"listener_refused", listener->refused},
        {"listener_closed_malformed", listener->closed_malformed},
        {"listener_closed_timeout", listener->closed_timeout},
        {"listener_closed_too_large", listener->closed_too_large},
        {"listener_closed_unsupported", listener->closed_unsupported},
        {"listener_taken_over", listener->taken_over},
        {"connections_refused", net_counters.connections_refused},
        {"allocation_failures", net_counters.allocation_failures},
        {"wire_received_bytes", wire->received_bytes},
        {"wire_received_frames", wire->received_frames},
        {"wire_dropped", wire->dropped_no_buffer + wire->dropped_ring_full},
        {"wire_malformed", wire->malformed},
        {"upstream_connects", upstream->connects},
        {"upstream_bytes", upstream->bytes_up},
        {"tls_handshakes", tls->handshakes},
        {"tls_resumed", tls->resumed},
        {"tls_failed", tls->failed},
        {"tls_arena_peak_bytes", tls->arena_peak_bytes},
        {"worker_preemptions", loop->preemptions},
        {"memory_free_bytes", memory->free_bytes},
        {"memory_heap_bytes", memory->heap_bytes},
    };
    size_t at = 0;
    for (size_t i = 0; i < sizeof figures / sizeof *figures && at < room_bytes; i++)
        at += (size_t)snprintf(room + at, room_bytes - at, "%s\"%s\":%llu", i ? "," : "{",
                               figures[i].name, (unsigned long long)figures[i].value);
    if (at + 2 > room_bytes)
        return "{}";
    room[at] = '}';
    room[at + 1] = 0;
    return room;
}
