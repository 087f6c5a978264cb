/* The appliance on a desk (see trial.h). */
#include "rules/testing/trial.h"

#include <stdio.h>
#include <stdlib.h>

#define STATE_BYTES_MAX ((size_t)64 * 1024 * 1024)

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

static void on_heard(void *context, uint32_t device, int64_t taken_ms)
{
    struct trial *trial = context;
    trial->observer.heard(trial->observer.context, device, taken_ms);
}

static void on_forgotten(void *context, uint32_t device)
{
    struct trial *trial = context;
    trial->has_news = true;
    if (trial->alerts_sink.forgotten)
        trial->alerts_sink.forgotten(trial->alerts_sink.context, device);
    if (trial->observer.forgotten)
        trial->observer.forgotten(trial->observer.context, device);
}

static int publish(void *context, const char *topic, const char *payload, size_t payload_bytes,
                   int qos, bool retained)
{
    struct trial *trial = context;
    if (trial->has_no_link || trial->published_count == TRIAL_IN_FLIGHT)
        return 0;
    if (trial->observer.published)
        trial->observer.published(trial->observer.context, topic,
                                  (struct text){payload, payload_bytes}, qos, retained);
    trial->published[trial->published_count++] = ++trial->next_id;
    return trial->next_id;
}

/* The broker takes everything at once. */
static void send_all(struct trial *trial)
{
    do {
        size_t count = trial->published_count;
        for (size_t i = 0; i < count; i++)
            alerts_published(trial->alerts, trial->published[i]);
        trial->published_count = 0;
        trial->send_ms = alerts_send(trial->alerts, trial->now_ms);
    } while (trial->published_count > 0);
    if (trial->send_ms <= trial->now_ms)
        trial->send_ms = trial->now_ms + 1;
    trial->has_news = false;
}

/* Most readings change nothing, and looking costs more than judging them. */
static void send_news(struct trial *trial)
{
    if (trial->has_news || trial->now_ms >= trial->send_ms)
        send_all(trial);
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

static void stop(struct trial *trial)
{
    free(trial->engine);
    free(trial->pipeline);
    trial->engine = NULL;
    trial->pipeline = NULL;
}

static bool start(struct trial *trial)
{
    const struct ruleset *rules = trial->rules;
    uint32_t devices = trial->site.devices;
    struct engine_sink sink = {
        .alarm = on_alarm,
        .report = on_report,
        .flood = on_flood,
        .note = trial->observer.note || trial->alerts_sink.note ? on_note : NULL,
        .heard = trial->observer.heard ? on_heard : NULL,
        .context = trial,
        .forgotten = on_forgotten,
    };
    void *engine = memory_for(engine_size_bytes(rules, devices));
    void *pipeline = memory_for(pipeline_size_bytes(rules, devices));
    if (!engine || !pipeline) {
        free(engine);
        free(pipeline);
        return false;
    }
    trial->engine = engine_create(engine, rules, devices, sink, trial->now_ms);
    trial->pipeline = pipeline_create(pipeline, rules, devices, trial->engine);
    alerts_attach(trial->alerts, trial->engine);
    return true;
}

bool trial_begin(struct trial *trial, const struct trial_site *site, struct trial_observer observer,
                 int64_t now_ms)
{
    struct alerts_settings settings = {.site_id = site->id,
                                       .site_name = site->name,
                                       .timezone = site->timezone,
                                       .prefix = site->prefix,
                                       .epoch = 0, /* the same input gives the same output */
                                       .first_sequence = 1,
                                       .clock_is_set = true,
                                       .spool_bytes = 4 * ALERTS_SPOOL_BYTES};
    *trial =
        (struct trial){.site = *site, .rules = site->rules, .observer = observer, .now_ms = now_ms};
    void *alerts = memory_for(alerts_size_bytes(site->rules, &settings));
    if (!alerts)
        return false;
    trial->alerts = alerts_create(alerts, site->rules, &settings,
                                  (struct alerts_transport){.publish = publish, .context = trial});
    trial->alerts_sink = alerts_sink(trial->alerts);
    if (!start(trial))
        return false;
    alerts_connected(trial->alerts, now_ms);
    trial->has_news = true;
    return true;
}

void trial_end(struct trial *trial)
{
    stop(trial);
    free(trial->alerts);
    free(trial->state);
    trial->alerts = NULL;
    trial->state = NULL;
}

/* ---- time and messages --------------------------------------------------------------------- */

/* The engine's, and that of what is sent later than it was told. */
static int64_t next_due_ms(const struct trial *trial)
{
    int64_t due_ms = engine_deadline(trial->engine);
    return due_ms < trial->send_ms || trial->has_no_link ? due_ms : trial->send_ms;
}

void trial_pass(struct trial *trial, int64_t until_ms)
{
    int64_t due_ms;
    while (trial->engine && (due_ms = next_due_ms(trial)) < until_ms) {
        if (due_ms > trial->now_ms)
            trial->now_ms = due_ms;
        engine_advance(trial->engine, trial->now_ms);
        send_news(trial);
        if (trial->observer.moment)
            trial->observer.moment(trial->observer.context);
    }
    if (until_ms > trial->now_ms)
        trial->now_ms = until_ms;
}

void trial_settle(struct trial *trial)
{
    if (!trial->engine)
        return;
    engine_advance(trial->engine, trial->now_ms);
    send_all(trial);
}

bool trial_mqtt(struct trial *trial, struct text topic, struct text payload, bool retained)
{
    if (!trial->engine)
        return false;
    bool is_taken = pipeline_mqtt(trial->pipeline, topic, payload, retained, trial->now_ms);
    send_news(trial);
    return is_taken;
}

bool trial_udp(struct trial *trial, uint16_t port, struct text payload)
{
    if (!trial->engine)
        return false;
    bool is_taken = pipeline_udp(trial->pipeline, port, payload, trial->now_ms);
    send_news(trial);
    return is_taken;
}

enum engine_answer trial_command(struct trial *trial, enum engine_command command, uint32_t alarm,
                                 uint32_t device, int64_t for_ms)
{
    enum engine_answer answer =
        engine_command(trial->engine, command, alarm, device, for_ms, trial->now_ms);
    send_news(trial);
    return answer;
}

/* ---- power and link ------------------------------------------------------------------------ */

void trial_power_off(struct trial *trial)
{
    if (!trial->engine)
        return;
    engine_advance(trial->engine, trial->now_ms); /* Brink knows until when it was on */
    send_news(trial);
    trial->state_bytes = engine_save(trial->engine, NULL, 0);
    if (trial->state_bytes > 0 && trial->state_bytes <= STATE_BYTES_MAX) {
        trial->state = malloc(trial->state_bytes);
        if (trial->state)
            engine_save(trial->engine, trial->state, trial->state_bytes);
    }
    stop(trial);
}

bool trial_power_on(struct trial *trial)
{
    if (trial->engine)
        return true;
    bool is_good = start(trial) && trial->state &&
                   engine_restore(trial->engine, trial->state, trial->state_bytes, trial->now_ms) ==
                       ENGINE_RESTORED;
    free(trial->state);
    trial->state = NULL;
    if (trial->engine)
        send_all(trial);
    return is_good;
}

void trial_link(struct trial *trial, bool is_there)
{
    trial->has_no_link = !is_there;
    if (is_there)
        alerts_connected(trial->alerts, trial->now_ms);
    else
        alerts_disconnected(trial->alerts);
    trial->has_news = true;
    if (trial->engine)
        send_all(trial);
}

/* ---- devices -------------------------------------------------------------------------------- */

uint32_t trial_next_heard(const struct trial *trial, uint32_t device)
{
    struct engine_device_view view;
    while ((device = engine_device_next(trial->engine, device)) != ENGINE_NO_DEVICE) {
        engine_device_view(trial->engine, device, &view);
        if (view.heard_ms != INT64_MIN)
            break;
    }
    return device;
}

unsigned trial_devices_heard(const struct trial *trial)
{
    unsigned count = 0;
    for (uint32_t i = ENGINE_NO_DEVICE; (i = trial_next_heard(trial, i)) != ENGINE_NO_DEVICE;)
        count++;
    return count;
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
