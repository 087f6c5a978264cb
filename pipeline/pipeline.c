/* Where messages come in: to which groups and devices do they belong? See pipeline.h. */
#include "pipeline/decoder.h"
#include "pipeline/router.h"

/* Ports are found by their lowest bits; groups on ports that share them form a short chain. */
#define PORT_BUCKETS 64

struct pipeline_whole {
    struct pipeline pipeline; /* what decoders see; first */
    struct router router;
    uint32_t on_port[PORT_BUCKETS]; /* group + 1 */
    uint64_t forgotten;             /* devices, when the router last knew none of them */
};

static struct pipeline_whole *whole(struct pipeline *pipeline)
{
    return (void *)pipeline;
}

/* ---- MQTT ------------------------------------------------------------------------------------ */

/* A clock that follows the readings begins with the first of them: before that no device is made,
 * or it would have been silent since 1970. */
static bool time_has_begun(const struct pipeline *pipeline)
{
    return !pipeline->follows_readings || pipeline->newest_ms != INT64_MIN;
}

/* A topic that is new, or whose devices are named in its messages as well: all templates are tried.
 */
static bool take_new_topic(struct pipeline *pipeline, struct decoder_source *source,
                           struct text topic, struct text payload, uint32_t hash)
{
    struct router *router = &whole(pipeline)->router;
    struct text names[RULES_NAMES_MAX];
    uint32_t devices[RULES_GROUPS_MAX], groups[RULES_GROUPS_MAX], count = 0;
    uint64_t forgotten = engine_counters(pipeline->engine)->forgotten;
    bool has_route = false, has_readings = false, is_lasting = true;
    for (uint32_t i = 0; i < router->count; i++) {
        const struct route *route = &router->routes[i];
        if (!router_match(router, route, topic, names))
            continue;
        has_route = true;
        source->device = ENGINE_NO_DEVICE;
        source->names = names;
        const struct decoder *decoder = &pipeline->decoders[route->group];
        if (route->is_whole && time_has_begun(pipeline)) {
            uint32_t device = decoder_device(pipeline, decoder, source);
            if (device == ENGINE_NO_DEVICE) {
                is_lasting = false;
                continue;
            }
            source->device = devices[count] = device;
            groups[count++] = route->group;
        } else {
            is_lasting = false;
        }
        has_readings |= decoder_take(pipeline, decoder, source, payload);
    }
    pipeline->counters.unrouted += !has_route;
    if (is_lasting && engine_counters(pipeline->engine)->forgotten == forgotten)
        router_remember(router, topic, hash, devices, groups, count);
    source->names = NULL; /* they end here */
    return has_readings;
}

/* Numbers of devices that were forgotten are those of others, or of none. */
static void forget_devices(struct pipeline_whole *pipeline)
{
    uint64_t forgotten = engine_counters(pipeline->pipeline.engine)->forgotten;
    if (pipeline->forgotten == forgotten)
        return;
    pipeline->forgotten = forgotten;
    router_forget(&pipeline->router);
}

bool pipeline_mqtt(struct pipeline *pipeline, struct text topic, struct text payload, bool retained,
                   int64_t arrived_ms)
{
    struct router *router = &whole(pipeline)->router;
    struct decoder_source source = {.arrived_ms = arrived_ms, .is_retained = retained};
    pipeline->counters.messages++;
    uint32_t hash = router_hash(topic);
    forget_devices(whole(pipeline));
    const struct route_topic *known = router_find(router, pipeline->engine, topic, hash);
    if (known == NULL)
        return take_new_topic(pipeline, &source, topic, payload, hash);
    bool has_readings = false, has_more;
    do {
        source.device = known->device;
        has_more = known->has_more;
        has_readings |= decoder_take(pipeline, &pipeline->decoders[known->group], &source, payload);
        known++;
    } while (has_more);
    return has_readings;
}

/* ---- UDP ------------------------------------------------------------------------------------- */

bool pipeline_udp(struct pipeline *pipeline, uint16_t port, struct text payload, int64_t arrived_ms)
{
    bool has_route = false, has_readings = false;
    pipeline->counters.messages++;
    uint32_t next = whole(pipeline)->on_port[port % PORT_BUCKETS];
    while (next != 0) {
        const struct decoder *decoder = &pipeline->decoders[next - 1];
        next = decoder->next_on_port;
        if (decoder->rules->udp_port != port)
            continue;
        has_route = true;
        struct decoder_source source = {
            .device = ENGINE_NO_DEVICE,
            .arrived_ms = arrived_ms,
            .may_be_several = true,
        };
        if (decoder->rules->names.count == 0 &&
            time_has_begun(pipeline)) { /* the port is the device */
            source.device = decoder_device(pipeline, decoder, &source);
            if (source.device == ENGINE_NO_DEVICE)
                continue;
        }
        has_readings |= decoder_take(pipeline, decoder, &source, payload);
    }
    pipeline->counters.unrouted += !has_route;
    return has_readings;
}

/* ---- making ---------------------------------------------------------------------------------- */

static size_t aligned(size_t bytes)
{
    return (bytes + 7) / 8 * 8;
}

size_t pipeline_size_bytes(const struct ruleset *rules, uint32_t devices)
{
    size_t bytes = aligned(sizeof(struct pipeline_whole)) +
                   rules->groups.count * sizeof(struct decoder) +
                   aligned(router_size_bytes(rules, devices));
    for (uint32_t g = 0; g < rules->groups.count; g++)
        bytes += aligned(decoder_size_bytes(rules, g));
    return bytes;
}

struct pipeline *pipeline_create(void *memory, const struct ruleset *rules, uint32_t devices,
                                 struct engine *engine)
{
    char *next = memory;
    memset(memory, 0, pipeline_size_bytes(rules, devices));
    struct pipeline_whole *made = (void *)next;
    next += aligned(sizeof *made);
    made->pipeline = (struct pipeline){
        .rules = rules,
        .engine = engine,
        .decoders = (void *)next,
        .newest_ms = INT64_MIN,
    };
    next += rules->groups.count * sizeof(struct decoder);
    router_make(&made->router, rules, devices, next);
    next += aligned(router_size_bytes(rules, devices));
    for (uint32_t g = rules->groups.count; g-- > 0;) { /* backwards: chains run forwards */
        struct decoder *decoder = &made->pipeline.decoders[g];
        decoder_make(decoder, rules, g, next);
        next += aligned(decoder_size_bytes(rules, g));
        if (decoder->rules->source != RULES_FROM_UDP)
            continue;
        uint32_t *bucket = &made->on_port[decoder->rules->udp_port % PORT_BUCKETS];
        decoder->next_on_port = *bucket;
        *bucket = g + 1;
    }
    return &made->pipeline;
}

void pipeline_follow_readings(struct pipeline *pipeline)
{
    pipeline->follows_readings = true;
}

int64_t pipeline_newest_ms(const struct pipeline *pipeline)
{
    return pipeline->newest_ms;
}

const struct pipeline_counters *pipeline_counters(const struct pipeline *pipeline)
{
    return &pipeline->counters;
}
