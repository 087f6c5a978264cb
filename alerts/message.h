/* What goes upstream, as CloudEvents 1.0 in JSON (RULES, sections 16.3 and 16.4).
 * Comes in: events of the engine with a sequence number. Goes out: one line of JSON in the caller's
 * room. cJSON builds a message in fixed room: the heap does not matter. Private to alerts/. */
#ifndef ALERTS_MESSAGE_H
#define ALERTS_MESSAGE_H

#include "alerts/health.h"
#include "alerts/identity.h"
#include "alerts/spool.h"
#include "alerts/template.h"

#define MESSAGE_BYTES_MAX 8192 /* section 16.3 */

struct message_source { /* the same for all messages of an appliance */
    const struct ruleset *rules;
    const struct engine *engine; /* NULL: readings that are texts are unknown */
    const char *site_id, *site_name;
    struct zone zone;
    uint32_t epoch;
    bool clock_is_set;
};

/* What people said with a command; empty: nothing. */
struct message_hand {
    const char *by, *comment;
};

/* An alert that is not announced has no number of its own (E 34): the newest, and the how manieth
 * it is since that. */
struct message_number {
    uint64_t sequence;
    uint32_t quiet; /* 0: announced */
};

/* Each returns the length of the text, or 0 when it does not fit or its tree does not. An alert
 * that does not fit is written without cause, risk and action before it is given up. */
size_t message_write_alert(const struct message_source *source, struct message_number number,
                           const struct identity *identity, const struct engine_alarm_event *event,
                           const struct engine_device_view *view, struct message_hand hand,
                           char *room, size_t room_bytes);
size_t message_write_report(const struct message_source *source, uint64_t sequence,
                            const struct identity *identity,
                            const struct engine_report_event *event, char *room, size_t room_bytes);
struct message_answer {   /* to a command */
    const char *id, *why; /* why NULL: it is done */
    uint64_t sequence;    /* of the newest message then */
};
size_t message_write_answer(const struct message_answer *answer, char *room, size_t room_bytes);
/* `first`: whom the first alarm of the flood is about. */
size_t message_write_flood(const struct message_source *source, uint64_t sequence,
                           const struct engine_flood_event *event, const struct identity *first,
                           char *room, size_t room_bytes);
/* What was dropped because there was no room or it was too old. */
size_t message_write_gap(const struct message_source *source, uint64_t sequence, int64_t now_ms,
                         const struct spool_gap *gap, char *room, size_t room_bytes);
/* The clock was set: times before were counted from 1970. */
size_t message_write_clock(const struct message_source *source, uint64_t sequence, int64_t now_ms,
                           char *room, size_t room_bytes);

struct message_health {
    uint64_t number; /* of health messages; they have no sequence: QoS 0 may lose them */
    int64_t now_ms;
    uint32_t devices, active, waiting;
    uint64_t late, too_late, early, duplicates, dropped, dropped_reports, lost, next_sequence;
    struct health_suppressed suppressed;
    struct health_devices troubles[HEALTH_TROUBLES];
    const char *more; /* a JSON object, or NULL */
};
size_t message_write_health(const struct message_source *source,
                            const struct message_health *health, char *room, size_t room_bytes);

#endif
