/* What the engine has of a reading after messages, as text: "6.5 at 08:00:00", "open at 08:01:00",
 * "faulty", "missing". Comes in: a judged site. Goes out: failures. Included, after judged_site.h,
 * by the tests of formats; everything is static. */
#ifndef TESTS_SUPPORT_TAKEN_H
#define TESTS_SUPPORT_TAKEN_H

#include "tests/support/judged_site.h"

static UNUSED const struct pipeline_counters *taken_counters(struct site *site)
{
    return pipeline_counters(site->pipeline);
}

/* The newest value of reading number `reading` of device number `device`. */
static UNUSED const char *taken_text(struct site *site, uint32_t device, uint32_t reading)
{
    static char text[160];
    char room[40];
    struct engine_device_view view;
    assert_true(device < engine_device_count(site->engine));
    engine_device_view(site->engine, device, &view);
    const struct engine_value *value = &view.values[reading];
    const struct rules_group *group =
        RULES_AT(site->rules, struct rules_group, site->rules->groups, view.group);
    const struct rules_reading *rules =
        RULES_AT(site->rules, struct rules_reading, group->readings, reading);
    if (value->quality != ENGINE_GOOD)
        return value->quality == ENGINE_FAULTY ? "faulty" : "missing";
    site_clock(value->taken_ms, room);
    if (rules->kind == RULES_STATE)
        snprintf(text, sizeof text, "%s at %s",
                 rules_text(site->rules,
                            *RULES_AT(site->rules, struct rules_text, rules->words, value->word))
                     .bytes,
                 room);
    else if (rules->kind == RULES_NUMBER)
        snprintf(text, sizeof text, "%.*f at %s", value->decimals, value->number, room);
    else
        snprintf(text, sizeof text, "a text at %s", room);
    return text;
}

/* The device's named parts, joined by points. */
static UNUSED const char *taken_names(struct site *site, uint32_t device)
{
    static char text[RULES_NAMES_MAX * (RULES_NAME_BYTES + 1) + 1];
    struct engine_device_view view;
    assert_true(device < engine_device_count(site->engine));
    engine_device_view(site->engine, device, &view);
    const struct rules_group *group =
        RULES_AT(site->rules, struct rules_group, site->rules->groups, view.group);
    size_t used = 0;
    text[0] = 0;
    for (uint32_t i = 0; i < group->names.count; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%.*s", i > 0 ? "." : "",
                                 (int)view.names[i].length, view.names[i].bytes);
    return text;
}

static UNUSED void taken_udp(struct site *site, const char *clock, uint16_t port,
                             const char *payload)
{
    size_t length = strlen(payload);
    char *room = malloc(length > 0 ? length : 1);
    memcpy(room, payload, length);
    pipeline_udp(site->pipeline, port, (struct text){room, length}, site_ms(clock));
    free(room);
}

#endif
