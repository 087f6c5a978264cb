/* A site on a desk: the same pipeline, engine and alerts as in the appliance; only the clock is the
 * recording's, and the link upstream takes everything at once. Comes in: a compiled site, messages
 * with their times. Goes out: what would go upstream, and what the engine tells on the way. Called
 * by `brink try` and by tests of rules. */
#ifndef TOOLS_TRIAL_H
#define TOOLS_TRIAL_H

#include "alerts/alerts.h"
#include "pipeline/pipeline.h"
#include "tools/site_folder.h"

/* What somebody wants to see; each may be NULL. The engine's events are told after alerts has had
 * them; they live as long as the call. */
struct trial_observer {
    void (*published)(void *context, const char *topic, struct text payload, int qos,
                      bool retained);
    void (*alarm)(void *context, const struct engine_alarm_event *event);
    void (*report)(void *context, const struct engine_report_event *event);
    void (*flood)(void *context, const struct engine_flood_event *event);
    void (*note)(void *context, const struct engine_note *note);
    void *context;
};

#define TRIAL_IN_FLIGHT 32

struct trial {
    struct site_folder *folder;
    const struct ruleset *rules;
    struct engine *engine; /* NULL: not begun */
    struct pipeline *pipeline;
    struct alerts *alerts;
    struct trial_observer observer;
    struct engine_sink alerts_sink;
    int64_t now_ms;
    int published[TRIAL_IN_FLIGHT]; /* identifiers to be acknowledged */
    size_t published_count;
    int next_id;
    bool has_news;   /* something was told since it was last sent */
    int64_t send_ms; /* when alerts wants to be called without news */
};

/* Time begins. The folder (read without mistakes) must outlive the trial; its limit on messages
 * per minute is set aside: what would be sent is shown when it happens. False, with a complaint,
 * when there is not enough memory. End with trial_end, which is harmless before a beginning. */
bool trial_begin(struct trial *trial, struct site_folder *folder, struct trial_observer observer,
                 int64_t now_ms);
void trial_end(struct trial *trial);

/* Everything that comes due before until_ms happens in its order and is sent then; the clock stands
 * at until_ms afterwards. It never goes back. */
void trial_pass(struct trial *trial, int64_t until_ms);
/* What is due at the very instant at which the clock stands. */
void trial_settle(struct trial *trial);

/* Messages, now. True when at least one reading reached the engine. */
bool trial_mqtt(struct trial *trial, struct text topic, struct text payload, bool retained);
bool trial_udp(struct trial *trial, uint16_t port, struct text payload);
/* After anything that was told to the engine by hand: sends what waits. */
void trial_send(struct trial *trial);

/* "cooler dairy-1": as people know the device; "the site" for the site's own row. */
const char *trial_device_name(const struct trial *trial, uint32_t device, char *room,
                              size_t room_bytes);

#endif
