/* A site on a desk: the same pipeline, engine and alerts as in the appliance; only the clock is
 * given, and the link upstream takes everything at once. Comes in: a compiled site; messages,
 * commands, loss of power or of the link, each when its time has come. Goes out: what would go
 * upstream, and what the engine tells on the way. Called by play.c (`brink test`) and
 * tools/try*.c (`brink try`), so that the same readings give the same messages in both.
 *
 *   trial_begin ─► { trial_pass(until) ─► what happens then } ... ─► trial_settle ─► trial_end
 *
 * What happens at one instant: what is told to the trial, in the order in which it is told; then
 * what time brings (RULES, appendix E 18). */
#ifndef RULES_TESTING_TRIAL_H
#define RULES_TESTING_TRIAL_H

#include "alerts/alerts.h"
#include "pipeline/pipeline.h"

struct trial_site {
    const struct ruleset *rules; /* outlives the trial */
    const char *id, *name;
    const char *timezone; /* as POSIX writes it, for texts; "": UTC */
    const char *prefix;   /* before every topic; "" */
    uint32_t devices;
};

/* What somebody wants to see; each may be NULL. The engine's events are told after alerts has had
 * them; they live as long as the call. */
struct trial_observer {
    void (*published)(void *context, const char *topic, struct text payload, int qos,
                      bool retained);
    void (*alarm)(void *context, const struct engine_alarm_event *event);
    void (*report)(void *context, const struct engine_report_event *event);
    void (*flood)(void *context, const struct engine_flood_event *event);
    void (*note)(void *context, const struct engine_note *note);
    void (*heard)(void *context, uint32_t device, int64_t taken_ms);
    void (*forgotten)(void *context, uint32_t device);
    void (*moment)(void *context); /* time did something, and it was sent */
    void *context;
};

#define TRIAL_IN_FLIGHT 32

struct trial {
    struct trial_site site;
    const struct ruleset *rules;
    struct engine *engine; /* NULL: not begun, or without power */
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
    bool has_no_link;
    void *state; /* of the engine, while there is no power */
    size_t state_bytes;
};

/* Time begins. False when there is not enough memory. End with trial_end in every case; it is
 * harmless before a beginning, too (all zero). */
bool trial_begin(struct trial *trial, const struct trial_site *site, struct trial_observer observer,
                 int64_t now_ms);
void trial_end(struct trial *trial);

/* Everything that comes due before until_ms happens in its order and is sent then; the clock stands
 * at until_ms afterwards. It never goes back. */
void trial_pass(struct trial *trial, int64_t until_ms);
/* What is due at the very instant at which the clock stands. */
void trial_settle(struct trial *trial);

/* Messages, now. True when at least one reading reached the engine. Without power they are lost. */
bool trial_mqtt(struct trial *trial, struct text topic, struct text payload, bool retained);
bool trial_udp(struct trial *trial, uint16_t port, struct text payload);
/* What people do, now (engine_command). Not without power. */
enum engine_answer trial_command(struct trial *trial, enum engine_command command, uint32_t alarm,
                                 uint32_t device, int64_t for_ms);

/* Power goes: the state is kept as storage keeps it. It comes back: false when the state could not
 * be taken up, or there is not enough memory (engine is NULL then). Devices may have other numbers
 * afterwards. Neither does anything twice. */
void trial_power_off(struct trial *trial);
bool trial_power_on(struct trial *trial);
/* The link upstream is there, or not. */
void trial_link(struct trial *trial, bool is_there);

/* The devices that have spoken: the next after `device`, as engine_device_next, and how many. */
uint32_t trial_next_heard(const struct trial *trial, uint32_t device);
unsigned trial_devices_heard(const struct trial *trial);

/* "cooler dairy-1": as people know the device; "the site" for the site's own row. */
const char *trial_device_name(const struct trial *trial, uint32_t device, char *room,
                              size_t room_bytes);

#endif
