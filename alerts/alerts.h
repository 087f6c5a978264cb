/* From changes of alarms to messages upstream: texts, CloudEvents, identifiers, the spool, the
 * uplink. Comes in: events of the engine. Goes out: topic and JSON for the uplink to publish, at
 * least once and the same bytes each time. Called by the engine through its sink and by the
 * uplink's connection.
 *
 *   engine event ─► message.c (JSON, id, sequence) ─► spool.c (kept until taken) ─► uplink.c ─►
 * publish
 */
#ifndef ALERTS_ALERTS_H
#define ALERTS_ALERTS_H

#include "rules/engine/engine.h"
#include "rules/ruleset.h"

struct alerts;

/* How messages leave. Given by appliance/ (mqtt client) or by `brink try` (a line on standard
 * output). */
struct alerts_transport {
    /* Returns an identifier above 0 that alerts_published names later, or 0: not now. With QoS 0
     * the message counts as taken at once. */
    int (*publish)(void *context, const char *topic, const char *payload, size_t payload_bytes,
                   int qos, bool retained);
    /* `also mqtt`: on the site's own broker, once, without asking for more. NULL: there is none. */
    void (*publish_local)(void *context, const char *topic, const char *payload,
                          size_t payload_bytes);
    void *context;
};

#define ALERTS_SPOOL_BYTES ((size_t)256 * 1024) /* what the appliance gives */

struct alerts_settings {
    const char *site_id; /* the rules' site id, else site.json's name */
    const char *site_name;
    const char *timezone;    /* POSIX, for texts: "GMT0BST,M3.5.0/1,M10.5.0"; NULL or "": UTC */
    const char *prefix;      /* before every topic; "" */
    uint32_t epoch;          /* drawn at random when storage is first set up */
    uint64_t first_sequence; /* the number of the first message */
    bool clock_is_set;
    size_t spool_bytes; /* memory for messages that wait */
};

struct alerts_counters {
    uint64_t raised, cleared, updated, logged, reports; /* messages made */
    uint64_t sent, acknowledged, repeated;    /* repeated: published again after a lost link */
    uint64_t dropped_reports, dropped_others; /* the spool was full; named by a gap message */
    uint64_t lost; /* could not be written or kept, being too long; named by a gap message, too */
    uint32_t waiting;
    uint64_t bytes_up;
    uint32_t active;
};

size_t alerts_size_bytes(const struct ruleset *rules, const struct alerts_settings *settings);
struct alerts *alerts_create(void *memory, const struct ruleset *rules,
                             const struct alerts_settings *settings,
                             struct alerts_transport transport);
/* The engine names devices by number; alerts looks names and values up in it. Call once, before any
 * event. */
void alerts_attach(struct alerts *alerts, const struct engine *engine);
struct engine_sink alerts_sink(struct alerts *alerts);

/* The link: connected publishes `online` and starts to send what waits; published: the broker has
 * it. */
void alerts_connected(struct alerts *alerts, int64_t now_ms);
void alerts_disconnected(struct alerts *alerts);
void alerts_published(struct alerts *alerts, int message_id);
/* Call after every event, also without a link: what happened since the last call was kept now_ms by
 * the site's clock. Sends what waits, as far as the transport takes it and `send at most` allows.
 * Returns when to call again (INT64_MAX: after the next event). */
int64_t alerts_send(struct alerts *alerts, int64_t now_ms);
void alerts_clock_set(struct alerts *alerts, int64_t now_ms);
/* The site's clock was put forward by delta_ms (back: below 0): the times at which messages were
 * kept, the bucket of `send at most` and what else is reckoned by that clock move with it, so that
 * nothing that waits gets older by it. Call before anything is told the new time. */
void alerts_step_clock(struct alerts *alerts, int64_t delta_ms);

/* A command from upstream (section 16.3) in a message whose topic is `topic`; the engine carries it
 * out, and what comes of it is answered. Call alerts_send after it. `engine` is the attached one.
 * False: the topic is not one of a command. */
bool alerts_command(struct alerts *alerts, struct engine *engine, struct text topic,
                    struct text payload, int64_t now_ms);
/* The topics of commands, to subscribe to: "brink/v1/{site}/do/+". */
void alerts_command_filter(const struct alerts *alerts, char *room, size_t room_bytes);

/* Each minute: the health message (section 16.2). `more` is a JSON object of the appliance's own
 * counters, or NULL. */
void alerts_health(struct alerts *alerts, int64_t now_ms, const char *more);

/* "brink/v1/{site}/online" and its last will. */
void alerts_online_topic(const struct alerts *alerts, char *room, size_t room_bytes);
const char *alerts_offline_payload(const struct alerts *alerts);

const struct alerts_counters *alerts_counters(const struct alerts *alerts);

/* ---- for those who show texts to people ---------------------------------------------------- */

/* The name of a device for people: `called`, filled in, else its names joined with blanks. */
size_t alerts_device_name(const struct alerts *alerts, uint32_t device, char *room,
                          size_t room_bytes);
/* What surprises in a reading that is unusual: "higher than ever before"; "": nothing. */
const char *alerts_surprise_words(enum engine_surprise surprise);

#endif
