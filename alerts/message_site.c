/* What is said of the site as a whole, as CloudEvents in JSON (see message.h): floods, answers to
 * commands, gaps, the clock, health. */
#include "alerts/message_tree.h"

#include <stdio.h>

/* ---- floods and answers -------------------------------------------------------------------- */

static void add_alarm_name(cJSON *object, const struct ruleset *rules, uint32_t alarm)
{
    const struct rules_alarm *written = RULES_AT(rules, struct rules_alarm, rules->alarms, alarm);
    tree_add_text(object, "alarm", rules_text(rules, written->name));
}

size_t message_write_flood(const struct message_source *source, uint64_t sequence,
                           const struct engine_flood_event *event, const struct identity *first,
                           char *room, size_t room_bytes)
{
    static const char *const words[] = {"began", "goes-on", "ended"};
    cJSON *root = tree_open_event(source, &(struct envelope){.type = "brink.flood",
                                                             .subject = "flood",
                                                             .schema = "brink:flood:1",
                                                             .sequence = sequence,
                                                             .time_ms = event->time_ms});
    cJSON *data = cJSON_AddObjectToObject(root, "data");
    tree_add_site(data, source);
    tree_add_string(data, "change", words[event->change]);
    tree_add_time(data, "began_at", event->began_ms);
    tree_add_number(data, "raised", event->raised);
    cJSON *object = cJSON_AddObjectToObject(data, "first");
    add_alarm_name(object, source->rules, event->first_alarm);
    tree_add_device(object, first);
    cJSON *list = cJSON_AddArrayToObject(data, "alarms");
    for (uint32_t i = 0; i < event->counts_count; i++) {
        cJSON *entry = cJSON_CreateObject();
        add_alarm_name(entry, source->rules, event->counts[i].alarm);
        tree_add_number(entry, "raised", event->counts[i].raised);
        cJSON_AddItemToArray(list, entry);
    }
    tree_add_number(data, "others", event->others);
    return tree_close(root, room, room_bytes);
}

size_t message_write_answer(const struct message_answer *answer, char *room, size_t room_bytes)
{
    cJSON *root = tree_open();
    tree_add_string(root, "id", answer->id);
    cJSON_AddBoolToObject(root, "ok", answer->why == NULL);
    if (answer->why == NULL)
        tree_add_number(root, "sequence", (double)answer->sequence);
    else
        tree_add_string(root, "why", answer->why);
    return tree_close(root, room, room_bytes);
}

/* ---- about the appliance itself ------------------------------------------------------------ */

size_t message_write_gap(const struct message_source *source, uint64_t sequence, int64_t now_ms,
                         const struct spool_gap *gap, char *room, size_t room_bytes)
{
    static const char *const kind_words[] = {
        [SPOOL_RAISED] = "raised", [SPOOL_CLEARED] = "cleared", [SPOOL_UPDATED] = "updated",
        [SPOOL_LOGGED] = "logged", [SPOOL_REPORT] = "reports",  [SPOOL_SITE] = "site"};
    char text[16];
    cJSON *root = tree_open_event(source, &(struct envelope){.type = "brink.gap",
                                                             .subject = "gap",
                                                             .schema = "brink:gap:1",
                                                             .sequence = sequence,
                                                             .time_ms = now_ms});
    cJSON *data = cJSON_AddObjectToObject(root, "data");
    tree_add_site(data, source);
    snprintf(text, sizeof text, "%012llu", (unsigned long long)gap->from % 1000000000000);
    tree_add_string(data, "from", text);
    snprintf(text, sizeof text, "%012llu", (unsigned long long)gap->to % 1000000000000);
    tree_add_string(data, "to", text);
    cJSON *dropped = cJSON_AddObjectToObject(data, "dropped");
    for (size_t i = 0; i < sizeof kind_words / sizeof *kind_words; i++)
        tree_add_number(dropped, kind_words[i], gap->dropped[i]);
    return tree_close(root, room, room_bytes);
}

size_t message_write_clock(const struct message_source *source, uint64_t sequence, int64_t now_ms,
                           char *room, size_t room_bytes)
{
    cJSON *root = tree_open_event(source, &(struct envelope){.type = "brink.clock",
                                                             .subject = "clock",
                                                             .schema = "brink:clock:1",
                                                             .sequence = sequence,
                                                             .time_ms = now_ms});
    cJSON *data = cJSON_AddObjectToObject(root, "data");
    tree_add_site(data, source);
    tree_add_string(data, "clock", "set");
    return tree_close(root, room, room_bytes);
}

static void add_suppressed(cJSON *data, const char *key, const struct ruleset *rules,
                           const struct health_suppressed *suppressed)
{
    cJSON *alarms = cJSON_AddObjectToObject(data, key);
    for (uint32_t i = 0; i < suppressed->count; i++) {
        char name[RULES_NAME_BYTES + 1];
        struct text alarm = rules_text(rules, suppressed->alarms[i].name);
        snprintf(name, sizeof name, "%.*s", (int)alarm.length, alarm.bytes);
        tree_add_number(alarms, name, (double)suppressed->alarms[i].times);
    }
}

/* {"silent":{"devices":1,"named":["coolers/14.dairy-1"]},…} */
static void add_troubles(cJSON *data, const char *key, const struct message_source *source,
                         const struct health_devices troubles[HEALTH_TROUBLES])
{
    static const char *const names[] = {[HEALTH_SILENT] = "silent",
                                        [HEALTH_FAULTY] = "faulty",
                                        [HEALTH_CLOCK_WRONG] = "clock_wrong",
                                        [HEALTH_ALIKE] = "alike"};
    cJSON *all = cJSON_AddObjectToObject(data, key);
    for (uint32_t i = 0; i < HEALTH_TROUBLES; i++) {
        cJSON *trouble = cJSON_AddObjectToObject(all, names[i]);
        tree_add_number(trouble, "devices", troubles[i].count);
        cJSON *named = cJSON_AddArrayToObject(trouble, "named");
        for (uint32_t k = 0; k < troubles[i].named; k++) {
            struct engine_device_view view;
            struct identity identity;
            char name[HEALTH_NAME_BYTES];
            engine_device_view(source->engine, troubles[i].devices[k], &view);
            identity_of(source->rules, &view, &identity);
            int length = snprintf(name, sizeof name, "%.*s/%s", (int)identity.group.length,
                                  identity.group.bytes, identity.device);
            if (length < (int)sizeof name) /* it is counted all the same */
                cJSON_AddItemToArray(named, cJSON_CreateString(name));
        }
    }
}

size_t message_write_health(const struct message_source *source,
                            const struct message_health *health, char *room, size_t room_bytes)
{
    char id[40], name[128], text[16];
    cJSON *root = tree_open();
    snprintf(id, sizeof id, "%08x-health-%llu", (unsigned)source->epoch,
             (unsigned long long)health->number);
    snprintf(name, sizeof name, "/brink/%s", source->site_id);
    tree_add_string(root, "specversion", "1.0");
    tree_add_string(root, "id", id);
    tree_add_string(root, "source", name);
    tree_add_string(root, "type", "brink.health");
    tree_add_time(root, "time", health->now_ms);
    tree_add_string(root, "datacontenttype", "application/json");
    tree_add_string(root, "dataschema", "brink:health:1");
    cJSON *data = cJSON_AddObjectToObject(root, "data");
    tree_add_site(data, source);
    snprintf(text, sizeof text, "%08x", (unsigned)(source->rules->fingerprint >> 32));
    tree_add_string(data, "rules", text);
    tree_add_string(data, "clock", source->clock_is_set ? "set" : "unset");
    snprintf(text, sizeof text, "%012llu",
             (unsigned long long)health->next_sequence % 1000000000000);
    tree_add_string(data, "next_sequence", text);
    tree_add_number(data, "devices", health->devices);
    tree_add_number(data, "alarms_active", health->active);
    tree_add_number(data, "messages_waiting", health->waiting);
    tree_add_number(data, "messages_dropped", (double)health->dropped);
    tree_add_number(data, "reports_dropped", (double)health->dropped_reports);
    tree_add_number(data, "messages_lost", (double)health->lost);
    tree_add_number(data, "readings_late", (double)health->late);
    tree_add_number(data, "readings_too_late", (double)health->too_late);
    tree_add_number(data, "readings_early", (double)health->early);
    tree_add_number(data, "readings_duplicate", (double)health->duplicates);
    add_troubles(data, "trouble", source, health->troubles);
    tree_add_number(data, "suppressed", (double)health->suppressed.times);
    add_suppressed(data, "suppressed_alarms", source->rules, &health->suppressed);
    if (health->more)
        cJSON_AddRawToObject(data, "appliance", health->more);
    return tree_close(root, room, room_bytes);
}
