/* Who an alert is about: device names as topics have them, topics, fingerprints (RULES,
 * sections 10.3, 16.2, 16.6). Comes in: names as sensors sent them. Goes out: escaped text in the
 * caller's room. Private to alerts/. */
#ifndef ALERTS_IDENTITY_H
#define ALERTS_IDENTITY_H

#include "alerts/wording.h"
#include "rules/engine/engine.h"

#define IDENTITY_DEVICE_BYTES (RULES_NAMES_MAX * (RULES_NAME_BYTES * 3 + 1))
#define IDENTITY_TOPIC_BYTES (IDENTITY_DEVICE_BYTES + 640)

/* Whose words an alert's identity is made of; all views. Of a set (`by store`) its own names. */
struct identity {
    char device[IDENTITY_DEVICE_BYTES]; /* "14.dairy-1"; "site" without named parts */
    struct text group;                  /* "coolers" or "site" */
    const struct text *names;
    struct text words[RULES_NAMES_MAX]; /* what each of them is a name of: "cooler" */
    uint32_t count;
};

/* `view` NULL: an alarm of the site. */
void identity_of(const struct ruleset *rules, const struct engine_device_view *view,
                 struct identity *identity);

/* The words of the named parts of a view, in their order, into room for RULES_NAMES_MAX. Returns
 * how many there are. */
uint32_t identity_words(const struct ruleset *rules, const struct engine_device_view *view,
                        struct text *words);

/* Adds a name for a topic level: + # / % and control characters, what is not UTF-8 and, with
 * `dots`, the point are written %2F and so on. */
void identity_escape(struct writer *writer, struct text name, bool dots);

/* {prefix}brink/v1/{site}/{what} */
void identity_topic(struct writer *writer, const char *prefix, const char *site_id,
                    const char *what);

/* Prometheus Alertmanager's fingerprint: FNV-1a over the labels sorted by name, each name and value
 * followed by a byte 255. */
uint64_t identity_fingerprint(const struct identity *identity, const char *site_id,
                              struct text alarm, const char *severity);

#endif
