/* The room's door: events of the engine come in, messages go to the spool and from there upstream
 * (see alerts.h). The order of things: a message gets its number and its text when the event
 * happens, is kept, and only then sent. */
#include "alerts/alerts.h"

#include "alerts/commands.h"
#include "alerts/message.h"
#include "alerts/retained.h"
#include "alerts/uplink.h"
#include "base/calendar.h"

#include <stdio.h>

#define HEALTH_BYTES_MAX 10240
#define STEP_TOLD_MS 60000

/* Who acknowledged, and what they said, of the alarms that were acknowledged last. */
#define HANDS_MOST 64
struct hand {
    uint64_t subject;
    char by[COMMAND_BY_BYTES], comment[COMMAND_COMMENT_BYTES];
};

struct alerts {
    struct message_source source;
    const char *prefix;
    uint64_t next_sequence, health_number;
    uint32_t quiet; /* messages without a number since the newest with one */
    struct spool spool;
    struct uplink uplink;
    struct retained retained;
    struct alerts_counters counters;
    struct commands commands;
    const struct command *command; /* that is being carried out */
    struct hand hands[HANDS_MOST]; /* a ring */
    uint32_t next_hand, hands_count;
    bool online_is_due;
    int64_t online_since_ms;
    char offline[96];
    char health[HEALTH_BYTES_MAX]; /* waits for the transport when it is busy */
    size_t health_bytes;
    char text[MESSAGE_BYTES_MAX];
    char topic[IDENTITY_TOPIC_BYTES], state_topic[IDENTITY_TOPIC_BYTES];
    struct identity identity;
    _Alignas(8) char room[]; /* the spool's */
};

size_t alerts_size_bytes(const struct ruleset *rules, const struct alerts_settings *settings)
{
    (void)rules;
    return sizeof(struct alerts) + settings->spool_bytes / 8 * 8;
}

struct alerts *alerts_create(void *memory, const struct ruleset *rules,
                             const struct alerts_settings *settings,
                             struct alerts_transport transport)
{
    struct alerts *alerts = memory;
    memset(alerts, 0, sizeof *alerts);
    alerts->source = (struct message_source){.rules = rules,
                                             .site_id = settings->site_id,
                                             .site_name = settings->site_name,
                                             .epoch = settings->epoch,
                                             .clock_is_set = settings->clock_is_set};
    zone_read(settings->timezone, &alerts->source.zone); /* what is no zone is UTC */
    alerts->prefix = settings->prefix ? settings->prefix : "";
    alerts->next_sequence = settings->first_sequence > 0 ? settings->first_sequence : 1;
    spool_init(&alerts->spool, alerts->room, settings->spool_bytes);
    uplink_init(&alerts->uplink, rules, transport, &alerts->counters);
    snprintf(alerts->offline, sizeof alerts->offline, "{\"online\":false,\"epoch\":\"%08x\"}",
             (unsigned)settings->epoch);
    return alerts;
}

void alerts_attach(struct alerts *alerts, const struct engine *engine)
{
    alerts->source.engine = engine;
}

/* ---- keeping messages ---------------------------------------------------------------------- */

static void write_topic(struct alerts *alerts, char room[IDENTITY_TOPIC_BYTES], const char *kind,
                        struct text first, struct text last)
{
    struct writer writer = writer_on(room, IDENTITY_TOPIC_BYTES);
    identity_topic(&writer, alerts->prefix, alerts->source.site_id, kind);
    struct text parts[] = {first, text_of(alerts->identity.device), last};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i].length == 0)
            continue;
        writer_add(&writer, TEXT("/"));
        writer_add(&writer, parts[i]);
    }
}

static void refresh_counters(struct alerts *alerts)
{
    alerts->counters.waiting = alerts->spool.waiting;
    alerts->counters.dropped_reports = alerts->spool.dropped_reports;
    alerts->counters.dropped_others = alerts->spool.dropped_others;
}

/* The text lies in alerts->text. A message that cannot be written or kept uses up its number, too:
 * whoever receives must see that it is missing. */
static void keep(struct alerts *alerts, struct spool_entry entry, size_t length)
{
    bool is_quiet = entry.topic == NULL; /* nothing but a state */
    entry.sequence = is_quiet ? 0 : alerts->next_sequence++;
    alerts->quiet = is_quiet ? alerts->quiet + 1 : 0;
    entry.payload = alerts->text;
    entry.payload_bytes = length;
    if (length == 0 || !spool_append(&alerts->spool, &entry)) {
        if (!is_quiet)
            spool_note_lost(&alerts->spool, entry.kind, entry.sequence);
        alerts->counters.lost++;
    }
    refresh_counters(alerts);
}

static uint64_t subject_of(uint32_t alarm, uint32_t device)
{
    return (uint64_t)alarm << 32 | device;
}

/* Fills alerts->identity; returns `room` as the device's view, or NULL for an alarm of the site. */
static const struct engine_device_view *look_up(struct alerts *alerts, uint32_t device,
                                                struct engine_device_view *room)
{
    bool has_device = device != ENGINE_NO_DEVICE && alerts->source.engine;
    if (has_device)
        engine_device_view(alerts->source.engine, device, room);
    identity_of(alerts->source.rules, has_device ? room : NULL, &alerts->identity);
    return has_device ? room : NULL;
}

static void count_change(struct alerts *alerts, const struct engine_alarm_event *event)
{
    uint64_t *const counts[] = {&alerts->counters.raised, &alerts->counters.updated,
                                &alerts->counters.cleared, &alerts->counters.logged};
    enum engine_change change = event->change;
    ++*counts[change <= ENGINE_LOGGED ? change : ENGINE_UPDATED];
    /* One that was kept quiet and is announced later is active already. */
    if (change == ENGINE_RAISED && event->time_ms == event->raised_ms)
        alerts->counters.active++;
    if (change == ENGINE_CLEARED && alerts->counters.active > 0)
        alerts->counters.active--;
}

/* ---- state topics that have had their day -------------------------------------------------- */

static void remove_state(struct alerts *alerts, uint32_t index, uint32_t device)
{
    struct engine_device_view view;
    const struct rules_alarm *alarm =
        RULES_AT(alerts->source.rules, struct rules_alarm, alerts->source.rules->alarms, index);
    look_up(alerts, device, &view);
    write_topic(alerts, alerts->state_topic, "state", alerts->identity.group,
                rules_text(alerts->source.rules, alarm->name));
    spool_append(&alerts->spool, &(struct spool_entry){.kind = SPOOL_STATE_END,
                                                       .subject = subject_of(index, device),
                                                       .state_topic = alerts->state_topic,
                                                       .payload = ""});
}

static void remove_old_states(struct alerts *alerts, int64_t now_ms)
{
    struct retained_state state;
    while (retained_take(&alerts->retained, now_ms, &state))
        remove_state(alerts, state.alarm, state.device);
}

/* Nothing of the alarm stays but messages that wait: its device goes, and another may get its
 * number. What nobody acknowledged can't be acknowledged any more. */
static void end_alarm(struct alerts *alerts, uint32_t alarm, uint32_t device, bool is_unseen)
{
    uint64_t subject = subject_of(alarm, device);
    if (retained_forget(&alerts->retained, alarm, device) || is_unseen)
        remove_state(alerts, alarm, device);
    spool_end_subject(&alerts->spool, subject);
    for (uint32_t i = 0; i < alerts->hands_count; i++) {
        if (alerts->hands[i].subject == subject)
            alerts->hands[i].subject = SPOOL_NO_SUBJECT;
    }
}

static void take_forgotten(void *context, uint32_t device)
{
    struct alerts *alerts = context;
    for (uint32_t i = 0; i < alerts->source.rules->alarms.count; i++) {
        struct engine_alarm_state state = engine_alarm_state(alerts->source.engine, i, device);
        if (state.is_here && state.occurrence > 0)
            end_alarm(alerts, i, device, state.is_unseen);
    }
    refresh_counters(alerts);
}

/* What is cleared and acknowledged, or need not be, goes a day later. */
static void note_state(struct alerts *alerts, const struct engine_alarm_event *event)
{
    const struct rules_alarm *alarm = RULES_AT(alerts->source.rules, struct rules_alarm,
                                               alerts->source.rules->alarms, event->alarm);
    bool needs_acknowledgement =
        alarm->acknowledge_required == 1 ||
        (alarm->acknowledge_required == 2 && template_severity(event) == RULES_CRITICAL);
    if (event->change == ENGINE_RAISED)
        retained_raised(&alerts->retained, event->alarm, event->device);
    bool is_done = event->change == ENGINE_CLEARED
                       ? !needs_acknowledgement || event->marks.is_acknowledged
                       : event->change == ENGINE_ACKNOWLEDGED && event->severity == RULES_NORMAL;
    if (is_done) {
        remove_old_states(alerts, INT64_MIN); /* at least one place is free after that */
        retained_cleared(&alerts->retained, event->alarm, event->device);
    }
}

/* ---- events of the engine ------------------------------------------------------------------ */

/* A message that is not announced takes no number (E 34). */
static struct message_number next_number(const struct alerts *alerts, bool is_quiet)
{
    return is_quiet ? (struct message_number){alerts->next_sequence - 1, alerts->quiet + 1}
                    : (struct message_number){alerts->next_sequence, 0};
}

/* Who had the alarm in hand: with the message of a command its sender, then who acknowledged. */
static struct message_hand hand_of(struct alerts *alerts, const struct engine_alarm_event *event)
{
    const struct command *command = alerts->command;
    uint64_t subject = subject_of(event->alarm, event->device);
    struct message_hand hand = {NULL, NULL};
    if (command && event->change == ENGINE_ACKNOWLEDGED) {
        struct hand *own = &alerts->hands[alerts->next_hand];
        alerts->next_hand = (alerts->next_hand + 1) % HANDS_MOST;
        alerts->hands_count += alerts->hands_count < HANDS_MOST;
        own->subject = subject;
        memcpy(own->by, command->by, sizeof own->by);
        memcpy(own->comment, command->comment, sizeof own->comment);
    }
    for (uint32_t i = 1; i <= alerts->hands_count && event->marks.is_acknowledged; i++) {
        const struct hand *own = &alerts->hands[(alerts->next_hand + HANDS_MOST - i) % HANDS_MOST];
        if (own->subject == subject) {
            hand = (struct message_hand){own->by, own->comment};
            break;
        }
    }
    if (command)
        hand.comment = command->comment;
    return hand;
}

/* `untold`: the record that this message replaces; nothing else is dropped for it. False: there was
 * no room. */
static bool tell_alarm(struct alerts *alerts, const struct engine_alarm_event *event,
                       struct spool_record *untold)
{
    static const enum spool_kind kinds[] = {SPOOL_RAISED,  SPOOL_UPDATED, SPOOL_CLEARED,
                                            SPOOL_LOGGED,  SPOOL_UPDATED, SPOOL_UPDATED,
                                            SPOOL_UPDATED, SPOOL_UPDATED, SPOOL_UPDATED};
    struct engine_device_view room;
    const struct engine_device_view *view = look_up(alerts, event->device, &room);
    const struct rules_alarm *alarm = RULES_AT(alerts->source.rules, struct rules_alarm,
                                               alerts->source.rules->alarms, event->alarm);
    struct text name = rules_text(alerts->source.rules, alarm->name);
    if (event->is_quiet && event->change == ENGINE_LOGGED)
        return true; /* it has no state */
    size_t length = message_write_alert(&alerts->source, next_number(alerts, event->is_quiet),
                                        &alerts->identity, event, view, hand_of(alerts, event),
                                        alerts->text, sizeof alerts->text);
    write_topic(alerts, alerts->topic, "alert", alerts->identity.group, name);
    write_topic(alerts, alerts->state_topic, "state", alerts->identity.group, name);
    if (untold) {
        size_t text_bytes = length + strlen(alerts->topic) + strlen(alerts->state_topic) + 2;
        if (!spool_has_room(&alerts->spool, text_bytes + 8 + sizeof *event))
            return false;
        spool_discard(&alerts->spool, untold);
    }
    keep(alerts,
         (struct spool_entry){.kind = kinds[event->change],
                              .is_critical = template_severity(event) == RULES_CRITICAL,
                              .subject = subject_of(event->alarm, event->device),
                              .state_topic =
                                  event->change == ENGINE_LOGGED ? NULL : alerts->state_topic,
                              .topic = event->is_quiet ? NULL : alerts->topic,
                              .event = event->change == ENGINE_LOGGED ? NULL : event,
                              .event_bytes = sizeof *event},
         length);
    return true;
}

/* For a buzzer or a panel on the site; the text still lies in alerts->text. */
static void tell_panel(struct alerts *alerts, const struct engine_alarm_event *event)
{
    const struct alerts_transport *transport = &alerts->uplink.transport;
    struct text topic =
        rules_text(alerts->source.rules, RULES_AT(alerts->source.rules, struct rules_alarm,
                                                  alerts->source.rules->alarms, event->alarm)
                                             ->also);
    if (topic.length > 0 && !event->is_quiet && transport->publish_local != NULL)
        transport->publish_local(transport->context, topic.bytes, alerts->text,
                                 strlen(alerts->text));
}

static void take_alarm(void *context, const struct engine_alarm_event *event)
{
    struct alerts *alerts = context;
    count_change(alerts, event);
    note_state(alerts, event);
    tell_alarm(alerts, event, NULL);
    tell_panel(alerts, event);
}

/* After a long outage: alarms whose newest message had to be dropped tell their state in a new one,
 * as far as there is room. */
static void tell_untold(struct alerts *alerts)
{
    struct spool_record *untold;
    while (alerts->uplink.is_connected && (untold = spool_untold(&alerts->spool)) != NULL) {
        struct engine_alarm_event event;
        memcpy(&event, spool_event(untold), sizeof event);
        if (!tell_alarm(alerts, &event, untold))
            return;
    }
}

static void take_report(void *context, const struct engine_report_event *event)
{
    struct alerts *alerts = context;
    struct engine_device_view room;
    const struct rules_report *report = RULES_AT(alerts->source.rules, struct rules_report,
                                                 alerts->source.rules->reports, event->report);
    alerts->counters.reports++;
    look_up(alerts, event->device, &room);
    size_t length = message_write_report(&alerts->source, alerts->next_sequence, &alerts->identity,
                                         event, alerts->text, sizeof alerts->text);
    write_topic(alerts, alerts->topic, "report", rules_text(alerts->source.rules, report->name),
                (struct text){0});
    keep(alerts, (struct spool_entry){.kind = SPOOL_REPORT, .topic = alerts->topic}, length);
}

static const char *site_topic(struct alerts *alerts, const char *what)
{
    struct writer writer = writer_on(alerts->topic, sizeof alerts->topic);
    identity_topic(&writer, alerts->prefix, alerts->source.site_id, what);
    return alerts->topic;
}

static void take_flood(void *context, const struct engine_flood_event *event)
{
    struct alerts *alerts = context;
    struct engine_device_view room;
    look_up(alerts, event->first_device, &room);
    size_t length = message_write_flood(&alerts->source, alerts->next_sequence, event,
                                        &alerts->identity, alerts->text, sizeof alerts->text);
    keep(alerts,
         (struct spool_entry){.kind = SPOOL_SITE, .topic = site_topic(alerts, "site/flood")},
         length);
}

struct engine_sink alerts_sink(struct alerts *alerts)
{
    return (struct engine_sink){.alarm = take_alarm,
                                .report = take_report,
                                .flood = take_flood,
                                .context = alerts,
                                .forgotten = take_forgotten};
}

/* ---- commands from upstream (section 16.3) -------------------------------------------------- */

void alerts_command_filter(const struct alerts *alerts, char *room, size_t room_bytes)
{
    struct writer writer = writer_on(room, room_bytes);
    identity_topic(&writer, alerts->prefix, alerts->source.site_id, "do/+");
}

static struct command_outcome carry_out(struct alerts *alerts, struct engine *engine,
                                        struct text word, struct command *command, int64_t now_ms)
{
    struct command_outcome outcome = {.alarm = RULES_NONE};
    enum engine_command known;
    if (text_equal(word, TEXT("resend"))) {
        engine_tell_again(engine, now_ms);
    } else if (!command_of_word(word, &known)) {
        outcome.why = COMMAND_NO_SUCH_COMMAND;
    } else if (!command_find(&alerts->source, command)) {
        outcome.why = COMMAND_NO_SUCH_ALERT;
    } else {
        int64_t for_ms = (int64_t)(command->minutes * 60000);
        alerts->command = command;
        outcome.alarm = command->alarm;
        outcome.why =
            engine_command(engine, known, command->alarm, command->device, for_ms, now_ms);
        alerts->command = NULL;
    }
    outcome.sequence = alerts->next_sequence - 1;
    return outcome;
}

bool alerts_command(struct alerts *alerts, struct engine *engine, struct text topic,
                    struct text payload, int64_t now_ms)
{
    char filter[IDENTITY_TOPIC_BYTES];
    alerts_command_filter(alerts, filter, sizeof filter);
    size_t before = strlen(filter) - 1; /* without the plus */
    if (topic.length <= before || memcmp(topic.bytes, filter, before) != 0)
        return false;
    struct text word = {topic.bytes + before, topic.length - before};
    struct command command;
    command_read(payload, &command);
    const struct command_outcome *outcome = NULL;
    if (command.wrong == NULL) {
        outcome = commands_recall(&alerts->commands, word, &command);
        if (outcome == NULL)
            outcome = commands_remember(&alerts->commands, word, &command,
                                        carry_out(alerts, engine, word, &command, now_ms));
    }
    struct writer writer = writer_on(alerts->topic, sizeof alerts->topic);
    identity_topic(&writer, alerts->prefix, alerts->source.site_id, "done/");
    identity_escape(&writer, word, false);
    size_t length =
        command_answer(&alerts->source, &command, outcome, alerts->text, sizeof alerts->text);
    spool_append(&alerts->spool, &(struct spool_entry){.kind = SPOOL_SITE,
                                                       .topic = alerts->topic,
                                                       .payload = alerts->text,
                                                       .payload_bytes = length});
    refresh_counters(alerts);
    return true;
}

/* ---- about the appliance itself ------------------------------------------------------------ */

/* Told once there is room for it, so that telling a loss never makes another. */
static void tell_gap(struct alerts *alerts, int64_t now_ms)
{
    if (!alerts->spool.gap.is_open || !alerts->uplink.is_connected)
        return;
    size_t length = message_write_gap(&alerts->source, alerts->next_sequence, now_ms,
                                      &alerts->spool.gap, alerts->text, sizeof alerts->text);
    const char *topic = site_topic(alerts, "site/gap");
    if (length == 0 || !spool_has_room(&alerts->spool, length + strlen(topic) + 1))
        return;
    alerts->spool.gap = (struct spool_gap){0};
    keep(alerts, (struct spool_entry){.kind = SPOOL_SITE, .topic = topic}, length);
}

void alerts_clock_set(struct alerts *alerts, int64_t now_ms)
{
    if (alerts->source.clock_is_set)
        return;
    alerts->source.clock_is_set = true;
    size_t length = message_write_clock(&alerts->source, alerts->next_sequence, now_ms,
                                        alerts->text, sizeof alerts->text);
    keep(alerts,
         (struct spool_entry){.kind = SPOOL_SITE, .topic = site_topic(alerts, "site/clock")},
         length);
}

void alerts_step_clock(struct alerts *alerts, int64_t delta_ms)
{
    spool_step_clock(&alerts->spool, delta_ms);
    retained_step_clock(&alerts->retained, delta_ms);
    uplink_step_clock(&alerts->uplink, delta_ms);
    alerts->online_since_ms += delta_ms;
    if (delta_ms > STEP_TOLD_MS || delta_ms < -STEP_TOLD_MS) /* `since` was wrong */
        alerts->online_is_due = alerts->uplink.is_connected;
}

/* The newest only; when the transport is busy it goes a little later. */
static void tell_health(struct alerts *alerts)
{
    struct alerts_transport transport = alerts->uplink.transport;
    const char *topic = site_topic(alerts, "health");
    if (alerts->health_bytes == 0 || transport.publish(transport.context, topic, alerts->health,
                                                       alerts->health_bytes, 0, true) <= 0)
        return;
    alerts->counters.bytes_up += strlen(topic) + alerts->health_bytes;
    alerts->health_bytes = 0;
}

void alerts_health(struct alerts *alerts, int64_t now_ms, const char *more)
{
    if (!alerts->uplink.is_connected)
        return;
    const struct engine_counters *engine =
        alerts->source.engine ? engine_counters(alerts->source.engine) : NULL;
    struct message_health health = {
        .number = ++alerts->health_number,
        .now_ms = now_ms,
        .devices = alerts->source.engine ? engine_device_count(alerts->source.engine) : 0,
        .active = alerts->counters.active,
        .waiting = alerts->spool.waiting,
        .late = engine ? engine->late : 0,
        .too_late = engine ? engine->too_late : 0,
        .early = engine ? engine->early : 0,
        .duplicates = engine ? engine->duplicates : 0,
        .dropped = alerts->spool.dropped_reports + alerts->spool.dropped_others,
        .dropped_reports = alerts->spool.dropped_reports,
        .lost = alerts->counters.lost,
        .next_sequence = alerts->next_sequence,
        .more = more,
    };
    if (alerts->source.engine) {
        health_count_suppressed(alerts->source.engine, alerts->source.rules, &health.suppressed);
        health_look_at_devices(alerts->source.engine, now_ms, health.troubles);
    }
    alerts->health_bytes =
        message_write_health(&alerts->source, &health, alerts->health, sizeof alerts->health);
    tell_health(alerts);
}

/* ---- the link ------------------------------------------------------------------------------ */

void alerts_online_topic(const struct alerts *alerts, char *room, size_t room_bytes)
{
    struct writer writer = writer_on(room, room_bytes);
    identity_topic(&writer, alerts->prefix, alerts->source.site_id, "online");
}

const char *alerts_offline_payload(const struct alerts *alerts)
{
    return alerts->offline;
}

/* Not kept in the spool: it is only true while the link stands. */
static void tell_online(struct alerts *alerts)
{
    char text[128], since[CALENDAR_TEXT_BYTES];
    struct alerts_transport transport = alerts->uplink.transport;
    int length =
        snprintf(text, sizeof text, "{\"online\":true,\"epoch\":\"%08x\",\"since\":\"%s\"}",
                 (unsigned)alerts->source.epoch, calendar_write(alerts->online_since_ms, since));
    const char *topic = site_topic(alerts, "online");
    if (transport.publish(transport.context, topic, text, (size_t)length, 1, true) <= 0)
        return;
    alerts->online_is_due = false;
    alerts->counters.bytes_up += strlen(topic) + (size_t)length;
}

void alerts_connected(struct alerts *alerts, int64_t now_ms)
{
    alerts->uplink.is_connected = true;
    alerts->online_is_due = true;
    alerts->online_since_ms = now_ms;
    tell_online(alerts);
}

void alerts_disconnected(struct alerts *alerts)
{
    alerts->online_is_due = false;
    alerts->health_bytes = 0;
    uplink_disconnected(&alerts->uplink, &alerts->spool);
}

void alerts_published(struct alerts *alerts, int message_id)
{
    uplink_published(&alerts->uplink, &alerts->spool, message_id);
    refresh_counters(alerts);
}

int64_t alerts_send(struct alerts *alerts, int64_t now_ms)
{
    retained_tell_time(&alerts->retained, now_ms);
    if (alerts->source.rules->keep_unsent_ms > 0)
        spool_drop_older(&alerts->spool, now_ms - alerts->source.rules->keep_unsent_ms);
    remove_old_states(alerts, now_ms);
    tell_gap(alerts, now_ms);
    tell_untold(alerts);
    spool_tell_time(&alerts->spool, now_ms);
    if (alerts->online_is_due)
        tell_online(alerts);
    tell_health(alerts);
    int64_t again_ms = uplink_send(&alerts->uplink, &alerts->spool, now_ms);
    refresh_counters(alerts);
    int64_t removal_ms = retained_next_ms(&alerts->retained);
    return again_ms < removal_ms ? again_ms : removal_ms;
}

const struct alerts_counters *alerts_counters(const struct alerts *alerts)
{
    return &alerts->counters;
}

size_t alerts_device_name(const struct alerts *alerts, uint32_t device, char *room,
                          size_t room_bytes)
{
    struct engine_device_view view;
    struct writer writer = writer_on(room, room_bytes);
    engine_device_view(alerts->source.engine, device, &view);
    struct template_words words = {
        .rules = alerts->source.rules, .site_name = alerts->source.site_name, .view = &view};
    template_device_name(&words, &writer);
    return writer.length;
}
