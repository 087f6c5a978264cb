/* CONNECT (section 3.1): who may stay. Comes in: the first packet of a connection. Goes out:
 * CONNACK, and the end of an older connection with the same client identifier. See sensor.h. */
#include "mqtt/sensor.h"

enum return_code { /* table 3.1 */
                   ACCEPTED = 0,
                   REFUSED_LEVEL = 1,
                   REFUSED_IDENTIFIER = 2,
                   REFUSED_PASSWORD = 4,
                   REFUSED_UNAUTHORIZED = 5
};

/* ---- client identifiers -------------------------------------------------------------------- */

/* Only a hash of an identifier is kept: 64 bits, begun anew at each boot, so that nobody can know
 * which identifiers fall together. */
static struct bucket {
    struct sensor *first;
} * buckets;
static unsigned bucket_mask;
static uint64_t hash_start;

void admission_must_start(unsigned count)
{
    const size_t page_bytes = 4096;
    unsigned wanted = 1;
    while (wanted < count)
        wanted *= 2;
    bucket_mask = wanted - 1;
    buckets = must_memory_pages((wanted * sizeof *buckets + page_bytes - 1) / page_bytes);
    entropy_fill(&hash_start, sizeof hash_start);
}

static struct bucket *bucket_of(uint64_t identifier)
{
    return &buckets[(identifier ^ identifier >> 32) & bucket_mask];
}

void admission_forget(struct sensor *sensor)
{
    struct sensor **link = &bucket_of(sensor->identifier)->first;
    while (*link != sensor)
        link = &(*link)->next;
    *link = sensor->next;
    sensor->is_named = false;
}

/* MQTT-3.1.4-2: the older connection with this identifier ends. */
static void take_over(struct sensor *sensor, struct text client_id)
{
    sensor->identifier = hash_bytes(hash_start, client_id.bytes, client_id.length);
    struct bucket *bucket = bucket_of(sensor->identifier);
    for (struct sensor *other = bucket->first; other != NULL; other = other->next) {
        if (other->identifier == sensor->identifier) {
            sensor_end(other, SENSOR_TAKEN_OVER);
            break;
        }
    }
    sensor->next = bucket->first;
    bucket->first = sensor;
    sensor->is_named = true;
}

/* For log lines: what could break one is shown as a question mark. */
static void keep_name(struct sensor *sensor, struct text client_id)
{
    size_t length = client_id.length;
    if (length >= sizeof sensor->name)
        length = sizeof sensor->name - 1;
    for (size_t i = 0; i < length; i++) {
        char c = client_id.bytes[i];
        sensor->name[i] = c < ' ' || c > '~' || c == '"' || c == '\\' ? '?' : c;
    }
    sensor->name[length] = 0;
}

/* ---- users --------------------------------------------------------------------------------- */

/* Takes the same time whatever the bytes are, so that a password can't be found piece by piece. */
static unsigned is_same(const char kept[SITE_NAME_BYTES], struct text given)
{
    volatile unsigned difference = 0;
    unsigned within = 1, length = 0; /* within: the zero that ends what is kept has not come yet */
    for (size_t i = 0; i < SITE_NAME_BYTES; i++) {
        unsigned ours = (unsigned char)kept[i];
        unsigned theirs = i < given.length ? (unsigned char)given.bytes[i] : 0;
        within &= ours != 0;
        length += within;
        difference |= (ours & (0u - within)) ^ theirs;
    }
    difference |= length ^ (unsigned)given.length;
    return difference == 0;
}

static bool is_user(const struct site_settings *site, const struct mqtt_connect *connect)
{
    unsigned is_known = 0;
    for (unsigned i = 0; i < site->listener.users; i++) {
        const struct site_user *user = &site->listener.user[i];
        is_known |= is_same(user->name, connect->user) & is_same(user->password, connect->password);
    }
    return is_known != 0;
}

/* ---- the decision -------------------------------------------------------------------------- */

/* A will that does not fit is left out; the sensor stays. */
static void keep_will(struct sensor *sensor, const struct mqtt_connect *connect)
{
    size_t topic = connect->will_topic.length, payload = connect->will_payload.length;
    if (!connect->has_will)
        return;
    if (topic + payload > SENSOR_WILL_BYTES) {
        log_line(LOG_DEBUG, "sensor client=\"%s\" problem=\"last will above %u bytes: left out\"",
                 sensor->name, SENSOR_WILL_BYTES);
        return;
    }
    memcpy(sensor->will.bytes, connect->will_topic.bytes, topic);
    memcpy(sensor->will.bytes + topic, connect->will_payload.bytes, payload);
    sensor->will.topic_bytes = (uint16_t)topic;
    sensor->will.payload_bytes = (uint16_t)payload;
    sensor->will.retained = connect->will_retained;
}

static void answer(struct sensor *sensor, enum return_code code)
{
    /* No session outlives its connection: "session present" is always 0 (MQTT-3.2.2-3). */
    sensor->answer_bytes +=
        mqtt_connack_write(sensor->answers + sensor->answer_bytes, false, (uint8_t)code);
}

static bool refuse(struct sensor *sensor, enum return_code code, enum sensor_end end)
{
    answer(sensor, code);
    sensor_end(sensor, end);
    return false;
}

bool admission_decide(struct sensor *sensor, const struct mqtt_frame *frame)
{
    const struct site_settings *site = listener.site;
    struct mqtt_connect connect;
    if (!mqtt_connect_read(frame, &connect)) {
        sensor_end(sensor, SENSOR_MALFORMED);
        return false;
    }
    keep_name(sensor, connect.client_id);
    if (connect.level != MQTT_LEVEL_3_1_1)
        return refuse(sensor, REFUSED_LEVEL, SENSOR_BAD_LEVEL);
    if (connect.client_id.length == 0 && !connect.clean_session) /* MQTT-3.1.3-8 */
        return refuse(sensor, REFUSED_IDENTIFIER, SENSOR_BAD_IDENTIFIER);
    if (site->listener.users > 0 && !connect.has_user)
        return refuse(sensor, REFUSED_UNAUTHORIZED, SENSOR_NO_PASSWORD);
    if (site->listener.users > 0 && !is_user(site, &connect))
        return refuse(sensor, REFUSED_PASSWORD, SENSOR_BAD_PASSWORD);

    if (connect.client_id.length > 0)
        take_over(sensor, connect.client_id);
    keep_will(sensor, &connect);
    answer(sensor, ACCEPTED);
    sensor_admit(sensor, connect.keepalive_s);
    return true;
}
