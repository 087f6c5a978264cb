/* The listener: pieces of a byte stream to packets, and packets to what they mean. See listener.h.
 * A packet that lies whole in one piece is handled where it lies. One that straddles is gathered:
 * its fixed header in the sensor's own place, its body in a room of gather.c. Answers wait for the
 * end of the turn, so that one send acknowledges all that came in it. */
#include "mqtt/listener.h"

#include "mqtt/sensor.h"

#define CONNECTIONS_DEFAULT 64
/* Who has not been let in gets no large room. */
#define CONNECT_MAX_BYTES GATHER_SMALL_BYTES

/* For packets that straddle. */
#define GATHER_BYTES (256 * 1024)
#define GATHER_BYTES_ON_SMALL_MACHINES (128 * 1024)
#define SMALL_MACHINE_BYTES ((size_t)16 << 20)

/* ---- packets ------------------------------------------------------------------------------- */

/* Each returns false when the connection has ended. */
typedef bool packet_function(struct sensor *sensor, const struct mqtt_frame *frame);

static bool end(struct sensor *sensor, enum sensor_end why)
{
    sensor_end(sensor, why);
    return false;
}

static bool heard_publish(struct sensor *sensor, const struct mqtt_frame *frame)
{
    struct mqtt_publish publish;
    if (!mqtt_publish_read(frame, &publish))
        return end(sensor, SENSOR_MALFORMED);
    if (publish.qos == 2)
        return end(sensor, SENSOR_QOS_2);
    listener.counters.messages++;
    listener.message(listener.context, publish.topic, publish.payload, publish.payload_bytes,
                     publish.retained);
    if (publish.qos == 1)
        sensor->answer_bytes +=
            mqtt_puback_write(sensor->answers + sensor->answer_bytes, publish.packet_id);
    return true;
}

/* The listener only hears: every filter is refused, and the sensor may go on (section 3.9.3). */
static bool heard_subscribe(struct sensor *sensor, const struct mqtt_frame *frame)
{
    size_t bytes = mqtt_suback_refuse(frame, sensor->answers + sensor->answer_bytes,
                                      sizeof sensor->answers - sensor->answer_bytes);
    if (bytes == 0)
        return end(sensor, SENSOR_MALFORMED);
    sensor->answer_bytes += bytes;
    return true;
}

static bool heard_unsubscribe(struct sensor *sensor, const struct mqtt_frame *frame)
{
    uint16_t packet_id = mqtt_packet_id_read(frame);
    if (packet_id == 0)
        return end(sensor, SENSOR_MALFORMED);
    sensor->answer_bytes += mqtt_unsuback_write(sensor->answers + sensor->answer_bytes, packet_id);
    return true;
}

static bool heard_ping(struct sensor *sensor, const struct mqtt_frame *frame)
{
    (void)frame;
    sensor->answer_bytes += mqtt_pingresp_write(sensor->answers + sensor->answer_bytes);
    return true;
}

static bool heard_disconnect(struct sensor *sensor, const struct mqtt_frame *frame)
{
    (void)frame;
    return end(sensor, SENSOR_LEFT);
}

/* What stands in the second part of a QoS 2 exchange that was begun with another broker. */
static bool heard_qos_2(struct sensor *sensor, const struct mqtt_frame *frame)
{
    (void)frame;
    return end(sensor, SENSOR_QOS_2);
}

/* What a client may send; the rest is for servers only, or answers what was never sent. A second
 * CONNECT breaks the protocol too (MQTT-3.1.0-2). */
static packet_function *const packets[16] = {
    [MQTT_PUBLISH] = heard_publish,         [MQTT_SUBSCRIBE] = heard_subscribe,
    [MQTT_UNSUBSCRIBE] = heard_unsubscribe, [MQTT_PINGREQ] = heard_ping,
    [MQTT_DISCONNECT] = heard_disconnect,   [MQTT_PUBREL] = heard_qos_2,
};

static bool heard(struct sensor *sensor, const struct mqtt_frame *frame)
{
    if (!sensor->is_connected) /* MQTT-3.1.0-1: CONNECT comes first */
        return frame->type == MQTT_CONNECT ? admission_decide(sensor, frame)
                                           : end(sensor, SENSOR_MALFORMED);
    packet_function *function = packets[frame->type];
    return function != NULL ? function(sensor, frame) : end(sensor, SENSOR_MALFORMED);
}

/* ---- pieces -------------------------------------------------------------------------------- */

enum step {
    STEP_TAKEN,   /* *taken bytes are done with */
    STEP_REFUSED, /* none: there is no room now */
    STEP_ENDED    /* the connection has ended */
};

static enum step handle(struct sensor *sensor, const struct mqtt_frame *frame)
{
    return heard(sensor, frame) ? STEP_TAKEN : STEP_ENDED;
}

static enum step begin_gathering(struct sensor *sensor, const struct mqtt_frame *frame,
                                 size_t length)
{
    if (!sensor_may_gather(sensor, frame->body_bytes))
        return STEP_REFUSED;
    sensor->room = gather_take(frame->body_bytes);
    if (sensor->room == NULL && sensor_free_room(frame->body_bytes))
        sensor->room = gather_take(frame->body_bytes);
    if (sensor->room == NULL) {
        sensor_wait_for_room(sensor, frame->body_bytes);
        return STEP_REFUSED;
    }
    sensor->gathering = *frame;
    sensor->gathered_bytes = length;
    memcpy(sensor->room, frame->body, length);
    sensor_gather_started(sensor);
    listener.counters.allocations++;
    listener.counters.copied_bytes += length;
    return STEP_TAKEN;
}

static enum step go_on_gathering(struct sensor *sensor, const uint8_t *bytes, size_t length,
                                 size_t *taken)
{
    size_t missing = sensor->gathering.body_bytes - sensor->gathered_bytes;
    *taken = length < missing ? length : missing;
    memcpy(sensor->room + sensor->gathered_bytes, bytes, *taken);
    sensor->gathered_bytes += *taken;
    listener.counters.copied_bytes += *taken;
    if (*taken < missing)
        return STEP_TAKEN;
    sensor_gather_ended(sensor);
    struct mqtt_frame frame = sensor->gathering;
    uint8_t *room = sensor->room;
    frame.body = room;
    sensor->room = NULL;
    enum step step = handle(sensor, &frame);
    gather_give(room, frame.body_bytes);
    return step;
}

/* A fixed header that straddles: byte by byte behind those that came before. Returns how many bytes
 * went in. The caller puts head_bytes back if it can't go on. */
static size_t complete_head(struct sensor *sensor, const uint8_t *bytes, size_t length, size_t most,
                            struct mqtt_frame *frame, enum mqtt_verdict *verdict)
{
    size_t taken = 0;
    do {
        sensor->head[sensor->head_bytes++] = bytes[taken++];
        *verdict = mqtt_frame_read(sensor->head, sensor->head_bytes, most, frame);
    } while (*verdict == MQTT_INCOMPLETE && frame->header_bytes == 0 && taken < length);
    frame->body = bytes + taken;
    if (*verdict == MQTT_INCOMPLETE && frame->header_bytes > 0 &&
        frame->body_bytes <= length - taken)
        *verdict = MQTT_COMPLETE;
    return taken;
}

static enum step start_packet(struct sensor *sensor, const uint8_t *bytes, size_t length,
                              size_t *taken)
{
    size_t most = sensor->is_connected ? MQTT_MESSAGE_MAX_BYTES : CONNECT_MAX_BYTES;
    uint8_t head_bytes = sensor->head_bytes;
    size_t header_bytes; /* of these bytes */
    struct mqtt_frame frame;
    enum mqtt_verdict verdict;
    if (head_bytes > 0) {
        header_bytes = complete_head(sensor, bytes, length, most, &frame, &verdict);
    } else {
        verdict = mqtt_frame_read(bytes, length, most, &frame);
        header_bytes = frame.header_bytes;
    }
    *taken = length;
    enum step step = STEP_TAKEN;
    switch (verdict) {
    case MQTT_MALFORMED:
    case MQTT_TOO_LARGE:
        sensor_end(sensor, verdict == MQTT_MALFORMED ? SENSOR_MALFORMED : SENSOR_TOO_LARGE);
        return STEP_ENDED;
    case MQTT_COMPLETE:
        sensor->head_bytes = 0;
        *taken = header_bytes + frame.body_bytes;
        step = handle(sensor, &frame);
        break;
    case MQTT_INCOMPLETE:
        if (frame.header_bytes > 0) {
            sensor->head_bytes = 0;
            step = begin_gathering(sensor, &frame, length - header_bytes);
        } else if (head_bytes == 0) {
            memcpy(sensor->head, bytes, length);
            sensor->head_bytes = (uint8_t)length;
        }
        break;
    }
    if (step == STEP_REFUSED)
        sensor->head_bytes = head_bytes;
    else if (head_bytes > 0 || sensor->head_bytes > 0)
        listener.counters.copied_bytes += header_bytes > 0 ? header_bytes : length;
    return step;
}

static enum step take(struct sensor *sensor, const uint8_t *bytes, size_t length, size_t *taken)
{
    if (sensor->answer_bytes > SENSOR_ANSWER_BYTES - SENSOR_ANSWER_MAX_BYTES &&
        !sensor_send_answers(sensor))
        return STEP_REFUSED;
    if (sensor->room != NULL)
        return go_on_gathering(sensor, bytes, length, taken);
    return start_packet(sensor, bytes, length, taken);
}

/* ---- events of net/ ------------------------------------------------------------------------ */

static void *accepted(void *context, struct connection *connection, const char *peer)
{
    (void)context;
    return sensor_take(connection, peer);
}

static bool received(void *context, const uint8_t *bytes, size_t length)
{
    struct sensor *sensor = context;
    size_t at = sensor->skipped_bytes < length ? sensor->skipped_bytes : length;
    sensor->skipped_bytes -= at;
    sensor->heard_ns = clock_monotonic_ns();
    while (at < length) {
        size_t taken = 0;
        switch (take(sensor, bytes + at, length - at, &taken)) {
        case STEP_TAKEN:
            at += taken;
            break;
        case STEP_REFUSED:
            sensor->skipped_bytes = at;
            listener.counters.held_back++;
            return false;
        case STEP_ENDED:
            return true;
        }
    }
    return true;
}

static void turn_ended(void *context)
{
    struct sensor *sensor = context;
    if (sensor->connection != NULL)
        sensor_send_answers(sensor);
}

static void closed(void *context)
{
    struct sensor *sensor = context;
    if (sensor->connection != NULL)
        sensor_end(sensor, SENSOR_GONE);
}

/* ---- listener.h ---------------------------------------------------------------------------- */

void mqtt_listener_start(const struct site_settings *site, mqtt_message_function *message,
                         void *context)
{
    static const struct connection_events events = {accepted, received, turn_ended, closed};
    if (site->listener.port == 0)
        return;
    listener = (struct mqtt_listener){.site = site, .message = message, .context = context};
    unsigned connections = site->listener.connections;
    if (connections == 0)
        connections = CONNECTIONS_DEFAULT;
    bool is_small = memory_counters()->total_bytes < SMALL_MACHINE_BYTES;
    gather_must_start(is_small ? GATHER_BYTES_ON_SMALL_MACHINES : GATHER_BYTES);
    sensors_must_start(connections);
    admission_must_start(connections);
    if (!net_listen_tcp(site->listener.port, &events, NULL))
        panic("TCP port %u is taken: give listener.port in site.json another", site->listener.port);
}

const struct mqtt_listener_counters *mqtt_listener_counters(void)
{
    return &listener.counters;
}
