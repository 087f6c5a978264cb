/* Templates of topics, and the table of topics seen before. See router.h. */
#include "pipeline/router.h"

/* ---- bytes ----------------------------------------------------------------------------------- */

static inline uint64_t load8(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

/* Topics are short: 8 bytes at a time, here, beats a call. */
static inline bool same_bytes(const char *a, const char *b, size_t length)
{
    if (length >= 8) {
        for (size_t i = 0; i + 8 < length; i += 8) {
            if (load8(a + i) != load8(b + i))
                return false;
        }
        return load8(a + length - 8) == load8(b + length - 8);
    }
    for (size_t i = 0; i < length; i++) {
        if (a[i] != b[i])
            return false;
    }
    return true;
}

uint32_t router_hash(struct text topic)
{
    const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t hash = topic.length;
    size_t i = 0;
    for (; i + 8 <= topic.length; i += 8) {
        hash = (hash ^ load8(topic.bytes + i)) * odd;
        hash ^= hash >> 32;
    }
    uint64_t rest = 0;
    for (; i < topic.length; i++)
        rest = rest << 8 | (unsigned char)topic.bytes[i];
    hash = (hash ^ rest) * odd;
    return (uint32_t)(hash >> 32);
}

/* ---- templates ------------------------------------------------------------------------------- */

static bool fits_literal(struct text topic, size_t at, struct text literal)
{
    return topic.length - at >= literal.length &&
           same_bytes(topic.bytes + at, literal.bytes, literal.length);
}

bool router_match(const struct router *router, const struct route *route, struct text topic,
                  struct text names[RULES_NAMES_MAX])
{
    /* MQTT 5, section 4.7.2: $SYS and the like are no sensor's topics unless asked for by name. */
    if (route->begins_with_name && topic.length > 0 && topic.bytes[0] == '$')
        return false;
    size_t at = 0;
    const struct route_piece *piece = &router->pieces[route->first_piece];
    for (uint32_t i = 0; i < route->pieces; i++, piece++) {
        if (piece->literal.bytes != NULL) {
            if (!fits_literal(topic, at, piece->literal))
                return false;
            at += piece->literal.length;
            continue;
        }
        size_t start = at;
        while (at < topic.length && (piece->is_rest || topic.bytes[at] != '/'))
            at++;
        if (at == start && piece->is_rest)
            return false;
        names[piece->name] = (struct text){topic.bytes + start, at - start};
    }
    return at == topic.length;
}

/* Is the topic the one that the template and the device's names make? */
static bool is_topic_of(const struct router *router, const struct route *route, struct text topic,
                        const struct text *names)
{
    size_t at = 0;
    const struct route_piece *piece = &router->pieces[route->first_piece];
    for (uint32_t i = 0; i < route->pieces; i++, piece++) {
        struct text part = piece->literal.bytes != NULL ? piece->literal : names[piece->name];
        if (!fits_literal(topic, at, part))
            return false;
        at += part.length;
    }
    return at == topic.length;
}

/* ---- topics seen before ---------------------------------------------------------------------- */

static bool is_long_topic(const struct router *router, const struct engine *engine,
                          const struct route_topic *known, struct text topic)
{
    struct engine_device_view view;
    engine_device_view(engine, known->device, &view);
    return is_topic_of(router, &router->routes[router->route_of[known->group]], topic, view.names);
}

const struct route_topic *router_find(const struct router *router, const struct engine *engine,
                                      struct text topic, uint32_t hash)
{
    for (uint32_t at = hash & router->mask; router->entries[at].topic != 0;
         at = (at + 1) & router->mask) {
        if (router->entries[at].hash != hash)
            continue;
        const struct route_topic *known = &router->topics[router->entries[at].topic - 1];
        if (known->length == topic.length
                ? same_bytes(known->bytes, topic.bytes, topic.length)
                : known->length == 0 && is_long_topic(router, engine, known, topic))
            return known;
    }
    return NULL;
}

void router_remember(struct router *router, struct text topic, uint32_t hash,
                     const uint32_t *devices, const uint32_t *groups, uint32_t count)
{
    if (count == 0 || router->used_most - router->used < count)
        return; /* never too many: a topic and a group have one device */
    uint32_t at = hash & router->mask;
    while (router->entries[at].topic != 0)
        at = (at + 1) & router->mask;
    router->entries[at] = (struct route_entry){hash, router->used + 1};
    for (uint32_t i = 0; i < count; i++) {
        struct route_topic *known = &router->topics[router->used++];
        known->device = devices[i];
        known->group = (uint16_t)groups[i];
        known->has_more = i + 1 < count;
        known->length = topic.length <= ROUTER_TOPIC_BYTES ? (uint8_t)topic.length : 0;
        memcpy(known->bytes, topic.bytes, known->length);
    }
}

void router_forget(struct router *router)
{
    memset(router->entries, 0, ((size_t)router->mask + 1) * sizeof *router->entries);
    router->used = 0;
}

/* ---- making ---------------------------------------------------------------------------------- */

static size_t aligned(size_t bytes)
{
    return (bytes + 7) / 8 * 8;
}

static const struct rules_group *group_at(const struct ruleset *rules, uint32_t group)
{
    return RULES_AT(rules, struct rules_group, rules->groups, group);
}

static uint32_t entries_for(uint32_t devices)
{
    uint32_t entries = 16;
    while (entries < 2 * devices)
        entries *= 2;
    return entries;
}

/* Literals with their slashes never take more bytes than the texts of their levels and two slashes.
 */
static void count_parts(const struct ruleset *rules, size_t *levels, size_t *bytes)
{
    *levels = *bytes = 0;
    for (uint32_t g = 0; g < rules->groups.count; g++) {
        const struct rules_group *group = group_at(rules, g);
        *levels += group->levels.count;
        for (uint32_t i = 0; i < group->levels.count; i++)
            *bytes += RULES_AT(rules, struct rules_level, group->levels, i)->text.length + 2;
    }
}

size_t router_size_bytes(const struct ruleset *rules, uint32_t devices)
{
    size_t levels, bytes;
    count_parts(rules, &levels, &bytes);
    return rules->groups.count * sizeof(struct route) +
           (2 * levels + 1) * sizeof(struct route_piece) +
           aligned(rules->groups.count * sizeof(uint32_t)) + aligned(bytes) +
           entries_for(devices) * sizeof(struct route_entry) + devices * sizeof(struct route_topic);
}

struct writing {
    struct route_piece *pieces;
    char *bytes;
    uint32_t count;
    struct route_piece *literal; /* that is being written; NULL: none */
};

static void write_literal(struct writing *w, struct text text)
{
    if (text.length == 0)
        return;
    if (w->literal == NULL) {
        w->literal = &w->pieces[w->count++];
        *w->literal = (struct route_piece){.literal = {w->bytes, 0}};
    }
    memcpy(w->bytes, text.bytes, text.length);
    w->bytes += text.length;
    w->literal->literal.length += text.length;
}

static void write_route(struct writing *w, const struct ruleset *rules,
                        const struct rules_group *group, struct route *route)
{
    route->first_piece = w->count;
    w->literal = NULL;
    uint32_t named = 0;
    for (uint32_t i = 0; i < group->levels.count; i++) {
        const struct rules_level *level = RULES_AT(rules, struct rules_level, group->levels, i);
        if (i > 0)
            write_literal(w, TEXT("/"));
        if (level->kind == RULES_LEVEL_LITERAL) {
            write_literal(w, rules_text(rules, level->text));
            continue;
        }
        w->literal = NULL;
        w->pieces[w->count++] =
            (struct route_piece){.name = level->name, .is_rest = level->kind == RULES_LEVEL_REST};
        named++;
    }
    route->pieces = w->count - route->first_piece;
    route->is_whole = named == group->names.count;
    route->begins_with_name =
        route->pieces > 0 && w->pieces[route->first_piece].literal.bytes == NULL;
}

void router_make(struct router *router, const struct ruleset *rules, uint32_t devices, void *memory)
{
    size_t levels, bytes;
    count_parts(rules, &levels, &bytes);
    char *next = memory;
    struct route *routes = (void *)next;
    next += rules->groups.count * sizeof *routes;
    struct writing writing = {.pieces = (void *)next};
    next += (2 * levels + 1) * sizeof *writing.pieces;
    router->entries = (void *)next;
    next += entries_for(devices) * sizeof *router->entries;
    router->topics = (void *)next;
    next += devices * sizeof *router->topics;
    uint32_t *route_of = (void *)next;
    next += aligned(rules->groups.count * sizeof *route_of);
    writing.bytes = next;

    router->mask = entries_for(devices) - 1;
    router->used = 0;
    router->used_most = devices;
    router->count = 0;
    for (uint32_t g = 0; g < rules->groups.count; g++) {
        const struct rules_group *group = group_at(rules, g);
        route_of[g] = UINT32_MAX;
        if (group->source != RULES_FROM_MQTT)
            continue;
        route_of[g] = router->count;
        routes[router->count] = (struct route){.group = g};
        write_route(&writing, rules, group, &routes[router->count++]);
    }
    router->routes = routes;
    router->pieces = writing.pieces;
    router->route_of = route_of;
}
