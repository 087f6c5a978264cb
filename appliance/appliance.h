/* The rooms of one running appliance, put together. Each file of this folder fills in its part;
 * nothing outside this folder sees it.
 *
 *   sources.c ─► judge.c ─► pipeline/ ─► rules/engine/ ─► alerts/ ─► upstream.c
 */
#ifndef APPLIANCE_APPLIANCE_H
#define APPLIANCE_APPLIANCE_H

#include "alerts/alerts.h"
#include "mqtt/client.h"
#include "pipeline/pipeline.h"
#include "site/site.h"

struct appliance {
    struct text bundle;
    const struct site_settings *site;
    const struct ruleset *rules;
    struct engine *engine;
    struct pipeline *pipeline;
    struct alerts *alerts;
    struct mqtt_client *broker, *upstream; /* NULL: the site has none */
};
extern struct appliance appliance;

/* ---- sources.c: the ways in ---------------------------------------------------------------- */

void sources_start(void);          /* the listener and the UDP ports; they are heard from here on */
void sources_connect_broker(void); /* the site's own broker */

/* ---- judge.c: the site's clock, and what it makes happen ----------------------------------- */

void judge_start(void);
/* The site's clock: UTC, or with `"clock": "readings"` the newest reading's own time. Milliseconds.
 */
int64_t judge_now_ms(void);
bool judge_mqtt(struct text topic, struct text payload, bool retained);
bool judge_udp(uint16_t port, struct text payload);
/* A command from headquarters. */
void judge_command(struct text topic, struct text payload);
/* Something may wait to be sent: the next turn of the loop looks. */
void judge_send_soon(void);

struct judge_counters {
    uint64_t messages, quiet_messages; /* quiet: no alarm changed and no report ended */
    uint64_t quiet_allocations;        /* calls of malloc during quiet messages: 0 */
};
extern struct judge_counters judge_counters;

/* ---- upstream.c: headquarters -------------------------------------------------------------- */

struct alerts_transport upstream_transport(void);
void upstream_start(void);
/* TLS parts of a broker from the sealed site; NULL when it is plain TCP. */
const struct tls_settings *appliance_tls(const struct site_broker *broker,
                                         struct tls_settings *room);

/* ---- status.c: what the appliance says of itself ------------------------------------------- */

/* The appliance's own counters as one JSON object. */
const char *status_json(char *room, size_t room_bytes);

#endif
