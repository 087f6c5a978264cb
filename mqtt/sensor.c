/* The table of connections, their time limits and their ends. See sensor.h.
 * Comes in: what listener.c and admission.c decide, and the kernel's timers. Goes out: answers,
 * last wills, log lines that a hostile sensor can't turn into a flood. */
#include "mqtt/sensor.h"

#include <stdio.h>

#define CONNECT_MOST_MS 10000 /* section 3.1: "within a reasonable amount of time" */
#define GATHER_MOST_MS 10000  /* a room is not kept longer for a packet that does not end */
#define GATHER_WANTED_MOST_NS UINT64_C(2000000000) /* while others wait for a room */
#define RETRY_MS 50 /* until answers that did not fit are tried again */

struct mqtt_listener listener;

static struct sensor *sensors, *free_sensors;
static unsigned sensor_count;
static struct timer retry_timer;

/* ---- log lines: few, whatever the sensors do ----------------------------------------------- */

struct limit {
    uint64_t interval_ns, last_ns;
    uint64_t left_out;
    bool has_spoken;
};

static bool may_speak(struct limit *limit)
{
    uint64_t now = clock_monotonic_ns();
    if (limit->has_spoken && now - limit->last_ns < limit->interval_ns) {
        limit->left_out++;
        return false;
    }
    limit->has_spoken = true;
    limit->last_ns = now;
    return true;
}

/* " left_out=12" when lines were left out since the last one, else "". */
static const char *left_out(struct limit *limit, char room[40])
{
    room[0] = 0;
    if (limit->left_out > 0)
        snprintf(room, 40, " left_out=%llu", (unsigned long long)limit->left_out);
    limit->left_out = 0;
    return room;
}

static void say(struct limit *limit, enum log_level level, const struct sensor *sensor,
                const char *event, const char *more)
{
    char room[40];
    if (may_speak(limit))
        log_line(level, "sensor event=%s client=\"%s\" peer=%s%s%s", event, sensor->name,
                 sensor->peer, more, left_out(limit, room));
}

static struct limit ordinary = {.interval_ns = UINT64_C(10000000000)};
static struct limit trouble = {.interval_ns = UINT64_C(1000000000)};
static struct limit shortage = {.interval_ns = UINT64_C(1000000000)};

static const struct {
    enum log_level level;
    bool is_will_due; /* section 3.1.2.5: whenever the client did not send DISCONNECT */
    uint64_t *counter;
    const char *more;
} ends[] = {
    [SENSOR_LEFT] = {LOG_DEBUG, false, NULL, ""},
    [SENSOR_GONE] = {LOG_DEBUG, true, NULL, ""},
    [SENSOR_TAKEN_OVER] =
        {LOG_INFO, true, &listener.counters.taken_over,
         " why=\"its client identifier came again\" remedy=\"give each sensor a client "
         "identifier of its own, if this repeats\""},
    [SENSOR_MALFORMED] = {LOG_WARN, true, &listener.counters.closed_malformed,
                          " problem=\"broke the MQTT protocol\""},
    [SENSOR_TOO_LARGE] = {LOG_WARN, true, &listener.counters.closed_too_large,
                          " problem=\"packet too large\" remedy=\"send at most 64 KiB at once\""},
    [SENSOR_QOS_2] = {LOG_WARN, true, &listener.counters.closed_unsupported,
                      " problem=\"published with QoS 2\" remedy=\"set the sensor to QoS 0 or 1\""},
    [SENSOR_LATE] = {LOG_WARN, false, &listener.counters.closed_timeout,
                     " problem=\"no CONNECT within 10 s\""},
    [SENSOR_SILENT] = {LOG_WARN, true, &listener.counters.closed_timeout,
                       " problem=\"silent for 1.5 times its keep-alive\""},
    [SENSOR_SLOW] = {LOG_WARN, true, &listener.counters.closed_timeout,
                     " problem=\"did not finish a packet within 10 s\""},
    [SENSOR_IN_THE_WAY] = {LOG_WARN, true, &listener.counters.closed_timeout,
                           " problem=\"did not finish a packet within 2 s while others waited\""},
    [SENSOR_BAD_LEVEL] =
        {LOG_WARN, false, &listener.counters.refused,
         " problem=\"does not speak MQTT 3.1.1\" remedy=\"set the sensor to MQTT 3.1.1, "
         "also called version 4\""},
    [SENSOR_BAD_IDENTIFIER] =
        {LOG_WARN, false, &listener.counters.refused,
         " problem=\"neither client identifier nor clean session\" remedy=\"give the "
         "sensor a client identifier\""},
    [SENSOR_BAD_PASSWORD] =
        {LOG_WARN, false, &listener.counters.refused,
         " problem=\"wrong user or password\" remedy=\"compare with listener.users in "
         "site.json\""},
    [SENSOR_NO_PASSWORD] =
        {LOG_WARN, false, &listener.counters.refused,
         " problem=\"gave no user\" remedy=\"give the sensor a user and password of "
         "listener.users in site.json\""},
};

static const char *const end_names[] = {
    [SENSOR_LEFT] = "left",
    [SENSOR_GONE] = "gone",
    [SENSOR_TAKEN_OVER] = "replaced",
    [SENSOR_MALFORMED] = "closed",
    [SENSOR_TOO_LARGE] = "closed",
    [SENSOR_QOS_2] = "closed",
    [SENSOR_LATE] = "closed",
    [SENSOR_SILENT] = "closed",
    [SENSOR_SLOW] = "closed",
    [SENSOR_IN_THE_WAY] = "closed",
    [SENSOR_BAD_LEVEL] = "refused",
    [SENSOR_BAD_IDENTIFIER] = "refused",
    [SENSOR_BAD_PASSWORD] = "refused",
    [SENSOR_NO_PASSWORD] = "refused",
};

/* ---- places -------------------------------------------------------------------------------- */

void sensors_must_start(unsigned count)
{
    const size_t page_bytes = 4096;
    sensors = must_memory_pages((count * sizeof *sensors + page_bytes - 1) / page_bytes);
    sensor_count = count;
    free_sensors = NULL;
    for (unsigned i = count; i-- > 0;) {
        sensors[i].next = free_sensors;
        free_sensors = &sensors[i];
    }
}

static void connect_is_late(void *context)
{
    sensor_end(context, SENSOR_LATE);
}

struct sensor *sensor_take(struct connection *connection, const char *peer)
{
    struct sensor *sensor = free_sensors;
    if (sensor == NULL) {
        listener.counters.refused++;
        char room[40];
        if (may_speak(&shortage))
            log_line(LOG_WARN,
                     "sensor event=refused peer=%s problem=\"all %u places are taken\" "
                     "remedy=\"raise listener.connections in site.json\"%s",
                     peer, sensor_count, left_out(&shortage, room));
        return NULL;
    }
    free_sensors = sensor->next;
    *sensor = (struct sensor){.connection = connection};
    size_t length = strlen(peer);
    if (length >= sizeof sensor->peer)
        length = sizeof sensor->peer - 1;
    memcpy(sensor->peer, peer, length);
    timer_start(&sensor->timer, CONNECT_MOST_MS, connect_is_late, sensor);
    listener.counters.connections++;
    return sensor;
}

/* ---- time limits --------------------------------------------------------------------------- */

/* The timer is not restarted by each packet: it looks when the last one came, and sleeps for the
 * rest. */
static void keepalive_passed(void *context)
{
    struct sensor *sensor = context;
    uint64_t silence_ms = (clock_monotonic_ns() - sensor->heard_ns) / 1000000;
    if (silence_ms >= sensor->silence_most_ms)
        sensor_end(sensor, SENSOR_SILENT);
    else
        timer_start(&sensor->timer, sensor->silence_most_ms - (uint32_t)silence_ms,
                    keepalive_passed, sensor);
}

void sensor_admit(struct sensor *sensor, uint16_t keepalive_s)
{
    sensor->is_connected = true;
    listener.counters.connected++;
    sensor->heard_ns = clock_monotonic_ns();
    sensor->silence_most_ms = keepalive_s * 1500u; /* MQTT-3.1.2-24 */
    timer_stop(&sensor->timer);
    if (sensor->silence_most_ms > 0)
        timer_start(&sensor->timer, sensor->silence_most_ms, keepalive_passed, sensor);
    say(&ordinary, LOG_INFO, sensor, "connected", "");
}

static void gather_is_slow(void *context)
{
    sensor_end(context, SENSOR_SLOW);
}

/* Who gathers, oldest first; small and large packets apart, as their rooms are. */
static struct gatherers {
    struct sensor *first, **end;
    unsigned waiting;
} gatherers[2] = {{NULL, &gatherers[0].first, 0}, {NULL, &gatherers[1].first, 0}};

static struct gatherers *gatherers_of(size_t bytes)
{
    return &gatherers[bytes > GATHER_SMALL_BYTES];
}

void sensor_wait_for_room(struct sensor *sensor, size_t bytes)
{
    if (sensor->waits_among != NULL)
        return;
    sensor->waits_among = &gatherers_of(bytes)->waiting;
    (*sensor->waits_among)++;
}

bool sensor_may_gather(struct sensor *sensor, size_t bytes)
{
    if (sensor->waits_among != NULL || gatherers_of(bytes)->waiting == 0)
        return true;
    sensor_wait_for_room(sensor, bytes);
    return false;
}

static void wait_no_more(struct sensor *sensor)
{
    if (sensor->waits_among != NULL)
        (*sensor->waits_among)--;
    sensor->waits_among = NULL;
}

void sensor_gather_started(struct sensor *sensor)
{
    wait_no_more(sensor);
    struct gatherers *list = gatherers_of(sensor->gathering.body_bytes);
    sensor->gather_ns = clock_monotonic_ns();
    sensor->later = NULL;
    sensor->earlier_link = list->end;
    *list->end = sensor;
    list->end = &sensor->later;
    timer_start(&sensor->gather_timer, GATHER_MOST_MS, gather_is_slow, sensor);
}

void sensor_gather_ended(struct sensor *sensor)
{
    timer_stop(&sensor->gather_timer);
    *sensor->earlier_link = sensor->later;
    if (sensor->later != NULL)
        sensor->later->earlier_link = sensor->earlier_link;
    else
        gatherers_of(sensor->gathering.body_bytes)->end = sensor->earlier_link;
}

bool sensor_free_room(size_t bytes)
{
    struct sensor *oldest = gatherers_of(bytes)->first;
    if (oldest == NULL || clock_monotonic_ns() - oldest->gather_ns < GATHER_WANTED_MOST_NS)
        return false;
    sensor_end(oldest, SENSOR_IN_THE_WAY);
    return true;
}

/* ---- answers ------------------------------------------------------------------------------- */

static void retry_answers(void *context)
{
    (void)context;
    for (unsigned i = 0; i < sensor_count; i++) {
        if (sensors[i].connection != NULL)
            sensor_send_answers(&sensors[i]);
    }
}

bool sensor_send_answers(struct sensor *sensor)
{
    if (sensor->answer_bytes == 0)
        return true;
    if (!connection_send(sensor->connection, sensor->answers, sensor->answer_bytes)) {
        if (!wheel_timer_is_running(&retry_timer.wheel))
            timer_start(&retry_timer, RETRY_MS, retry_answers, NULL);
        return false;
    }
    sensor->answer_bytes = 0;
    return true;
}

/* ---- the end ------------------------------------------------------------------------------- */

static void publish_will(const struct sensor *sensor)
{
    struct text topic = {sensor->will.bytes, sensor->will.topic_bytes};
    const uint8_t *payload = (const uint8_t *)sensor->will.bytes + topic.length;
    listener.counters.messages++;
    listener.message(listener.context, topic, payload, sensor->will.payload_bytes,
                     sensor->will.retained);
}

void sensor_end(struct sensor *sensor, enum sensor_end end)
{
    if (end != SENSOR_GONE) {
        sensor_send_answers(sensor);
        connection_close(sensor->connection);
    }
    sensor->connection = NULL;
    timer_stop(&sensor->timer);
    wait_no_more(sensor);
    if (sensor->room != NULL) {
        sensor_gather_ended(sensor);
        gather_give(sensor->room, sensor->gathering.body_bytes);
        sensor->room = NULL;
    }
    if (sensor->is_named)
        admission_forget(sensor);
    if (sensor->is_connected)
        listener.counters.connected--;
    if (ends[end].counter != NULL)
        (*ends[end].counter)++;
    say(ends[end].level >= LOG_WARN ? &trouble : &ordinary, ends[end].level, sensor, end_names[end],
        ends[end].more);
    if (sensor->is_connected && ends[end].is_will_due && sensor->will.topic_bytes > 0)
        publish_will(sensor);
    sensor->next = free_sensors;
    free_sensors = sensor;
}
