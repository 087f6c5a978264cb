/* Reports as CloudEvents in JSON (see message.h); keys in the order of the examples in RULES,
 * section 16.4. */
#include "alerts/message_tree.h"

#include <stdio.h>

static void add_item(cJSON *object, const struct rules_item *item, const struct engine_item *value)
{
    static const char *const words[] = {"average", "minimum",      "maximum",   "count", "median",
                                        "total",   "spread",       "deviation", "first", "last",
                                        "change",  "kinetic_mean", "percentile"};
    char key[40] = "raw", number[WORDING_JSON_BYTES];
    if (item->kind == RULES_ITEM_SUMMARY)
        snprintf(key, sizeof key, "%s", words[item->summary]);
    if (item->kind == RULES_ITEM_SUMMARY && item->summary == RULES_PERCENTILE)
        snprintf(key, sizeof key, "percentile_%s", wording_json_number(item->percentile, number));
    if (value->is_known)
        tree_add_number(object, key, value->value);
    else
        cJSON_AddNullToObject(object, key);
}

/* For how long a condition held, in seconds, by its own words. */
static void add_time_while(cJSON *data, const struct ruleset *rules, const struct rules_item *item,
                           const struct engine_item *value)
{
    cJSON *object = cJSON_GetObjectItemCaseSensitive(data, "time_while");
    if (!object)
        object = cJSON_AddObjectToObject(data, "time_while");
    const char *name = rules_text(rules, item->text).bytes;
    if (value->is_known)
        tree_add_number(object, name, value->value);
    else
        cJSON_AddNullToObject(object, name);
}

static void add_items(cJSON *data, const struct ruleset *rules, const struct rules_report *report,
                      const struct engine_item *items, bool is_moment)
{
    const struct rules_group *group =
        RULES_AT(rules, struct rules_group, rules->groups, report->group);
    cJSON *readings = cJSON_AddObjectToObject(data, "readings");
    for (uint32_t i = 0; i < report->items.count; i++) {
        const struct rules_item *item = RULES_AT(rules, struct rules_item, report->items, i);
        /* A raw reading is a message of its own, with nothing else in it. */
        if ((item->kind == RULES_ITEM_RAW) != is_moment || (is_moment && !items[i].is_known))
            continue;
        if (item->kind == RULES_ITEM_TIME_WHILE) {
            add_time_while(data, rules, item, &items[i]);
            continue;
        }
        const struct rules_reading *reading =
            RULES_AT(rules, struct rules_reading, group->readings, item->reading);
        const char *name = rules_text(rules, reading->name).bytes;
        cJSON *object = cJSON_GetObjectItemCaseSensitive(readings, name);
        if (!object) {
            object = cJSON_AddObjectToObject(readings, name);
            tree_add_text(object, "unit", rules_text(rules, reading->unit));
        }
        add_item(object, item, &items[i]);
    }
}

static void add_quality(cJSON *data, const struct engine_report_event *event)
{
    cJSON *quality = cJSON_AddObjectToObject(data, "quality");
    if (event->expected > 0)
        tree_add_number(quality, "expected", event->expected);
    else
        cJSON_AddNullToObject(quality, "expected");
    tree_add_number(quality, "received", event->received);
    tree_add_number(quality, "good", event->good);
    tree_add_number(quality, "faulty", event->faulty);
    tree_add_number(quality, "late", event->late);
    tree_add_number(quality, "duplicate", event->duplicate);
}

size_t message_write_report(const struct message_source *source, uint64_t sequence,
                            const struct identity *identity,
                            const struct engine_report_event *event, char *room, size_t room_bytes)
{
    const struct ruleset *rules = source->rules;
    const struct rules_report *report =
        RULES_AT(rules, struct rules_report, rules->reports, event->report);
    struct text name = rules_text(rules, report->name);
    char subject[IDENTITY_TOPIC_BYTES];
    snprintf(subject, sizeof subject, "%.*s/%s", (int)name.length, name.bytes, identity->device);
    cJSON *root = tree_open_event(source, &(struct envelope){.type = "brink.report",
                                                             .subject = subject,
                                                             .schema = "brink:report:1",
                                                             .sequence = sequence,
                                                             .time_ms = event->time_ms});
    cJSON *data = cJSON_AddObjectToObject(root, "data");
    tree_add_text(data, "report", name);
    tree_add_site(data, source);
    tree_add_device(data, identity);
    cJSON *window = cJSON_AddObjectToObject(data, "window");
    tree_add_time(window, "start", event->start_ms);
    tree_add_time(window, "end", event->end_ms);
    tree_add_number(window, "seconds", (double)(event->end_ms - event->start_ms) / 1000);
    tree_add_number(data, "revision", event->revision);
    cJSON_AddBoolToObject(data, "whole", event->is_whole);
    add_items(data, rules, report, event->items, event->start_ms == event->end_ms);
    add_quality(data, event);
    tree_add_tags(data, rules, report->tags);
    tree_add_rule(data, rules, report->file, report->line);
    return tree_close(root, room, room_bytes);
}
