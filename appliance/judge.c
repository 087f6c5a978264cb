/* Where messages meet time. Keeps the site's clock, gives each message to the pipeline with its
 * time of arrival, lets the engine do what is due, and tells the uplink when something waits. Comes
 * in: messages from sources.c. Goes out: calls of pipeline, engine and alerts. */
#include "appliance/appliance.h"
#include "kernel/kernel.h"

#define HEALTH_EVERY_MS 60000
#define SLEEP_MOST_MS 3600000
#define SETTLED_AFTER_MS 20
#define STEP_MS 1000 /* a clock that moves further at once was set; see clock_correct */

struct judge_counters judge_counters;

static int64_t newest_ms; /* the site's clock goes back only when it was set */
static int64_t offset_ms; /* of the site's clock from the monotonic one */
static int64_t next_health_ms, next_send_ms;
static bool send_soon, clock_was_set;
static uint64_t told_messages; /* in the newest health message */
static struct timer wake_up;

/* How far UTC was set since clock_follow was here last; what is less than a step is slewing. */
static int64_t clock_step_ms(int64_t monotonic_ms)
{
    int64_t drift_ms = clock_utc_ms() - monotonic_ms - offset_ms;
    if (drift_ms < -STEP_MS || drift_ms > STEP_MS)
        return drift_ms;
    offset_ms += drift_ms;
    return 0;
}

static int64_t monotonic_now_ms(void)
{
    return (int64_t)(clock_monotonic_ns() / 1000000);
}

int64_t judge_now_ms(void)
{
    int64_t now = 0;
    if (appliance.site->clock == SITE_CLOCK_UTC) {
        int64_t monotonic_ms = monotonic_now_ms();
        clock_step_ms(monotonic_ms);
        now = monotonic_ms + offset_ms;
    } else if (appliance.pipeline) { /* begins with the first reading; 0 before it */
        now = pipeline_newest_ms(appliance.pipeline);
    }
    if (now > newest_ms)
        newest_ms = now;
    return newest_ms;
}

/* Durations never use the wall clock (RULES, section 9.1): when it is set, all that waits moves
 * with it. */
static void clock_follow(void)
{
    if (appliance.site->clock != SITE_CLOCK_UTC)
        return;
    int64_t before_ms = judge_now_ms();
    if (clock_step_ms(monotonic_now_ms()) == 0)
        return;
    int64_t step_ms = clock_step_ms(monotonic_now_ms()); /* unless the host stopped us in between */
    if (step_ms == 0)
        return;
    engine_advance(appliance.engine, before_ms);
    engine_step_clock(appliance.engine, step_ms);
    alerts_step_clock(appliance.alerts, step_ms);
    offset_ms += step_ms;
    newest_ms += step_ms;
    next_health_ms += step_ms;
    if (next_send_ms != INT64_MAX)
        next_send_ms += step_ms;
    send_soon = true;
}

void judge_send_soon(void)
{
    send_soon = true;
}

/* ---- what the engine tells goes to alerts/; each of it has to be sent ------------------------ */

static struct engine_sink onwards;
static uint64_t events_told;

static void told_alarm(void *context, const struct engine_alarm_event *event)
{
    events_told++;
    onwards.alarm(context, event);
}

static void told_report(void *context, const struct engine_report_event *event)
{
    events_told++;
    onwards.report(context, event);
}

static void told_flood(void *context, const struct engine_flood_event *event)
{
    events_told++;
    if (onwards.flood)
        onwards.flood(context, event);
}

static void told_forgotten(void *context, uint32_t device)
{
    events_told++;
    if (onwards.forgotten)
        onwards.forgotten(context, device);
}

static struct engine_sink counting_sink(struct engine_sink sink)
{
    onwards = sink;
    sink.alarm = told_alarm;
    sink.report = told_report;
    sink.flood = told_flood;
    sink.forgotten = told_forgotten;
    return sink;
}

static bool judge_message(struct text topic, uint16_t port, struct text payload, bool retained)
{
    clock_follow();
    uint64_t events = events_told, allocations = memory_counters()->allocations;
    int64_t now = judge_now_ms();
    bool heard = port ? pipeline_udp(appliance.pipeline, port, payload, now)
                      : pipeline_mqtt(appliance.pipeline, topic, payload, retained, now);
    judge_counters.messages++;
    if (events_told == events) { /* such a message must not have allocated anything */
        judge_counters.quiet_messages++;
        judge_counters.quiet_allocations += memory_counters()->allocations - allocations;
    } else {
        send_soon = true;
    }
    return heard;
}

bool judge_mqtt(struct text topic, struct text payload, bool retained)
{
    return judge_message(topic, 0, payload, retained);
}

bool judge_udp(uint16_t port, struct text payload)
{
    return judge_message((struct text){0}, port, payload, false);
}

void judge_command(struct text topic, struct text payload)
{
    clock_follow();
    send_soon |= alerts_command(appliance.alerts, appliance.engine, topic, payload, judge_now_ms());
}

static void health_if_due(int64_t now)
{
    if (now < next_health_ms)
        return;
    next_health_ms = now - now % HEALTH_EVERY_MS + HEALTH_EVERY_MS;
    told_messages = judge_counters.messages;
    char room[2048];
    alerts_health(appliance.alerts, now, status_json(room, sizeof room));
}

static bool poll(void *context)
{
    (void)context;
    clock_follow();
    int64_t now = judge_now_ms();
    uint64_t events = events_told;
    if (engine_deadline(appliance.engine) <= now)
        engine_advance(appliance.engine, now);
    bool did = events_told != events;
    if (!clock_was_set && clock_is_set()) { /* by a time server, after the start */
        clock_was_set = true;
        alerts_clock_set(appliance.alerts, now);
    }
    health_if_due(now);
    if (did || send_soon || now >= next_send_ms) {
        send_soon = false;
        next_send_ms = alerts_send(appliance.alerts, now);
    }
    return did;
}

static void woken(void *context)
{
    (void)context; /* the loop turns, and poll looks what is due */
}

/* Whoever plays readings to this clock learns from the health message that they are judged. */
static void settled(void *context)
{
    (void)context;
    next_health_ms = 0;
}

/* Sleeps until the next thing is due. With the readings' clock only a reading can make time pass.
 */
static bool arm(void *context)
{
    (void)context;
    if (appliance.site->clock == SITE_CLOCK_READINGS) {
        if (told_messages != judge_counters.messages)
            timer_start(&wake_up, SETTLED_AFTER_MS, settled, NULL);
        return send_soon;
    }
    int64_t due = engine_deadline(appliance.engine);
    if (next_health_ms < due)
        due = next_health_ms;
    if (next_send_ms < due)
        due = next_send_ms;
    int64_t wait = due - judge_now_ms();
    if (wait <= 0)
        return true;
    timer_start(&wake_up, wait > SLEEP_MOST_MS ? SLEEP_MOST_MS : (uint32_t)wait, woken, NULL);
    return send_soon;
}

void judge_start(void)
{
    static struct loop_source source = {.poll = poll, .arm = arm};
    offset_ms = clock_utc_ms() - monotonic_now_ms();
    int64_t now = judge_now_ms();
    size_t bytes = engine_size_bytes(appliance.rules, appliance.site->devices);
    appliance.engine =
        engine_create(must_memory_pages((bytes + 4095) / 4096), appliance.rules,
                      appliance.site->devices, counting_sink(alerts_sink(appliance.alerts)), now);
    /* A clock that follows the readings begins with the first of them: see pipeline/. */
    if (appliance.site->clock == SITE_CLOCK_UTC)
        engine_expect_devices(appliance.engine, now);
    next_health_ms = now - now % HEALTH_EVERY_MS + HEALTH_EVERY_MS;
    next_send_ms = INT64_MAX;
    clock_was_set = clock_is_set();
    loop_add(&source);
}
