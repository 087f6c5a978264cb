/* The appliance on a desk (see trial.h). */
#include "tools/trial.h"

#include "tools/command.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- what is told on the way --------------------------------------------------------------- */

static void on_alarm(void *context, const struct engine_alarm_event *event)
{
    struct trial *trial = context;
    trial->has_news = true;
    trial->alerts_sink.alarm(trial->alerts_sink.context, event);
    if (trial->observer.alarm)
        trial->observer.alarm(trial->observer.context, event);
}

static void on_report(void *context, const struct engine_report_event *event)
{
    struct trial *trial = context;
    trial->has_news = true;
    trial->alerts_sink.report(trial->alerts_sink.context, event);
    if (trial->observer.report)
        trial->observer.report(trial->observer.context, event);
}

static void on_flood(void *context, const struct engine_flood_event *event)
{
    struct trial *trial = context;
    trial->has_news = true;
    if (trial->alerts_sink.flood)
        trial->alerts_sink.flood(trial->alerts_sink.context, event);
    if (trial->observer.flood)
        trial->observer.flood(trial->observer.context, event);
}

static void on_note(void *context, const struct engine_note *note)
{
    struct trial *trial = context;
    if (trial->alerts_sink.note)
        trial->alerts_sink.note(trial->alerts_sink.context, note);
    if (trial->observer.note)
        trial->observer.note(trial->observer.context, note);
}

static int publish(void *context, const char *topic, const char *payload, size_t payload_bytes,
                   int qos, bool retained)
{
    struct trial *trial = context;
    if (trial->published_count == TRIAL_IN_FLIGHT)
        return 0;
    if (trial->observer.published)
        trial->observer.published(trial->observer.context, topic,
                                  (struct text){payload, payload_bytes}, qos, retained);
    trial->published[trial->published_count++] = ++trial->next_id;
    return trial->next_id;
}

/* The broker takes everything at once. */
void trial_send(struct trial *trial)
{
    do {
        size_t count = trial->published_count;
        for (size_t i = 0; i < count; i++)
            alerts_published(trial->alerts, trial->published[i]);
        trial->published_count = 0;
        trial->send_ms = alerts_send(trial->alerts, trial->now_ms);
    } while (trial->published_count > 0);
    trial->has_news = false;
}

/* Most readings change nothing, and looking costs more than judging them. */
static void send_news(struct trial *trial)
{
    if (trial->has_news || trial->now_ms >= trial->send_ms)
        trial_send(trial);
}

/* ---- beginning and end --------------------------------------------------------------------- */

static void *memory_for(size_t bytes)
{
    size_t whole = (bytes + 63) / 64 * 64;
    void *memory = aligned_alloc(64, whole);
    if (memory)
        memset(memory, 0, whole);
    return memory;
}

bool trial_begin(struct trial *trial, struct site_folder *folder, struct trial_observer observer,
                 int64_t now_ms)
{
    struct ruleset *rules = folder->compiled.block;
    uint32_t devices = folder->settings.devices;
    struct alerts_settings settings = {.site_id = site_folder_id(folder),
                                       .site_name = site_folder_name(folder),
                                       .timezone = folder->settings.timezone,
                                       .prefix = folder->settings.upstream.prefix,
                                       .epoch = 0, /* the same input gives the same output */
                                       .first_sequence = 1,
                                       .clock_is_set = true,
                                       .spool_bytes = 4 * ALERTS_SPOOL_BYTES};
    *trial =
        (struct trial){.folder = folder, .rules = rules, .observer = observer, .now_ms = now_ms};
    rules->send_at_most = 0;
    void *alerts = memory_for(alerts_size_bytes(rules, &settings));
    void *engine = memory_for(engine_size_bytes(rules, devices));
    void *pipeline = memory_for(pipeline_size_bytes(rules, devices));
    if (!alerts || !engine || !pipeline) {
        free(alerts);
        free(engine);
        free(pipeline);
        complain("there is not enough memory for %u devices", devices);
        return false;
    }
    trial->alerts = alerts_create(alerts, rules, &settings,
                                  (struct alerts_transport){.publish = publish, .context = trial});
    trial->alerts_sink = alerts_sink(trial->alerts);
    struct engine_sink sink = {on_alarm, on_report, on_flood,
                               observer.note || trial->alerts_sink.note ? on_note : NULL, trial};
    trial->engine = engine_create(engine, rules, devices, sink, now_ms);
    trial->pipeline = pipeline_create(pipeline, rules, devices, trial->engine);
    alerts_attach(trial->alerts, trial->engine);
    alerts_connected(trial->alerts, now_ms);
    trial->has_news = true;
    return true;
}

void trial_end(struct trial *trial)
{
    free(trial->alerts);
    free(trial->engine);
    free(trial->pipeline);
    trial->alerts = NULL;
    trial->engine = NULL;
    trial->pipeline = NULL;
}

/* ---- time and messages --------------------------------------------------------------------- */

void trial_pass(struct trial *trial, int64_t until_ms)
{
    int64_t due;
    while ((due = engine_deadline(trial->engine)) < until_ms) {
        if (due > trial->now_ms)
            trial->now_ms = due;
        engine_advance(trial->engine, trial->now_ms);
        send_news(trial);
    }
    if (until_ms > trial->now_ms)
        trial->now_ms = until_ms;
}

void trial_settle(struct trial *trial)
{
    engine_advance(trial->engine, trial->now_ms);
    trial_send(trial);
}

bool trial_mqtt(struct trial *trial, struct text topic, struct text payload, bool retained)
{
    bool is_taken = pipeline_mqtt(trial->pipeline, topic, payload, retained, trial->now_ms);
    send_news(trial);
    return is_taken;
}

bool trial_udp(struct trial *trial, uint16_t port, struct text payload)
{
    bool is_taken = pipeline_udp(trial->pipeline, port, payload, trial->now_ms);
    send_news(trial);
    return is_taken;
}

const char *trial_device_name(const struct trial *trial, uint32_t device, char *room,
                              size_t room_bytes)
{
    room[0] = 0;
    if (device != ENGINE_NO_DEVICE) {
        size_t length = alerts_device_name(trial->alerts, device, room, room_bytes);
        room[length < room_bytes ? length : room_bytes - 1] = 0;
    }
    if (!room[0])
        snprintf(room, room_bytes, "the site");
    return room;
}
