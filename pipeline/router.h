/* From a topic to groups and devices.
 * Comes in: the topic of a PUBLISH. Goes out: for each group whose template fits, the parts that
 * have names; or, for a topic that was seen before, the devices at once. A known topic costs one
 * hash and one comparison, however many groups, devices or rules there are; it is compared byte for
 * byte, so no two topics are ever taken for each other. Called by pipeline.c. */
#ifndef PIPELINE_ROUTER_H
#define PIPELINE_ROUTER_H

#include "rules/engine/engine.h"
#include "rules/ruleset.h"

/* A template is literal runs (slashes and all) and named parts in turn. */
struct route_piece {
    struct text literal; /* or, when `bytes` is NULL, the named part … */
    uint32_t name;       /* … of this index in the group */
    bool is_rest;        /* {rest...}: to the end of the topic */
};
struct route {
    uint32_t group;
    uint32_t first_piece, pieces;
    bool begins_with_name;
    bool is_whole; /* every name of the group is in the topic: topic and device are one to one */
};

/* A topic that was seen before, and one device that it leads to. */
#define ROUTER_TOPIC_BYTES 88
struct route_topic {
    uint32_t device;
    uint16_t group;
    uint8_t length; /* 0: longer than ROUTER_TOPIC_BYTES; compared by template and names */
    bool has_more;  /* the next one has the same topic: several groups share it */
    char bytes[ROUTER_TOPIC_BYTES];
};
struct route_entry {
    uint32_t hash;
    uint32_t topic; /* + 1; 0: free */
};

struct router {
    const struct route *routes;
    const struct route_piece *pieces;
    const uint32_t *route_of; /* group -> route; UINT32_MAX: comes by UDP */
    uint32_t count;
    struct route_entry *entries; /* of topics; at most half full */
    struct route_topic *topics;
    uint32_t mask, used, used_most;
};

size_t router_size_bytes(const struct ruleset *rules, uint32_t devices);
void router_make(struct router *router, const struct ruleset *rules, uint32_t devices,
                 void *memory);

uint32_t router_hash(struct text topic);
/* The first device of a topic that was seen before; NULL: a new one. */
const struct route_topic *router_find(const struct router *router, const struct engine *engine,
                                      struct text topic, uint32_t hash);
/* Remembers that this topic leads to these devices (and groups). */
void router_remember(struct router *router, struct text topic, uint32_t hash,
                     const uint32_t *devices, const uint32_t *groups, uint32_t count);

/* All topics are new again. */
void router_forget(struct router *router);

/* Does the route's template fit? Fills names[] of those that are in the topic. */
bool router_match(const struct router *router, const struct route *route, struct text topic,
                  struct text names[RULES_NAMES_MAX]);

#endif
