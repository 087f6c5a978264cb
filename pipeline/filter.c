/* The MQTT filters that the groups' topics need. See pipeline.h. Called by the sources when they
 * connect. */
#include "pipeline/pipeline.h"

/* Writes a group's filter; false when it does not fit or the group has no topic. */
static bool write_filter(const struct ruleset *rules, const struct rules_group *group, char *room,
                         size_t room_bytes)
{
    if (group->source != RULES_FROM_MQTT)
        return false;
    size_t used = 0;
    for (uint32_t i = 0; i < group->levels.count; i++) {
        const struct rules_level *level = RULES_AT(rules, struct rules_level, group->levels, i);
        struct text text = TEXT("+");
        if (level->kind == RULES_LEVEL_LITERAL)
            text = rules_text(rules, level->text);
        else if (level->kind == RULES_LEVEL_REST)
            text = TEXT("#");
        if (room_bytes - used < text.length + 2) /* a slash and the ending zero */
            return false;
        if (i > 0)
            room[used++] = '/';
        memcpy(room + used, text.bytes, text.length);
        used += text.length;
    }
    if (used == room_bytes)
        return false;
    room[used] = '\0';
    return used > 0;
}

static bool same_levels(const struct ruleset *rules, const struct rules_group *a,
                        const struct rules_group *b)
{
    if (b->source != RULES_FROM_MQTT || a->levels.count != b->levels.count)
        return false;
    for (uint32_t i = 0; i < a->levels.count; i++) {
        const struct rules_level *x = RULES_AT(rules, struct rules_level, a->levels, i);
        const struct rules_level *y = RULES_AT(rules, struct rules_level, b->levels, i);
        if (x->kind != y->kind ||
            (x->kind == RULES_LEVEL_LITERAL &&
             !text_equal(rules_text(rules, x->text), rules_text(rules, y->text))))
            return false;
    }
    return true;
}

bool pipeline_filter(const struct ruleset *rules, uint32_t index, char *room, size_t room_bytes)
{
    for (uint32_t g = 0; g < rules->groups.count; g++) {
        const struct rules_group *group = RULES_AT(rules, struct rules_group, rules->groups, g);
        bool is_written = group->source != RULES_FROM_MQTT;
        for (uint32_t before = 0; before < g && !is_written; before++) {
            is_written = same_levels(rules, group,
                                     RULES_AT(rules, struct rules_group, rules->groups, before));
        }
        if (!is_written && index-- == 0)
            return write_filter(rules, group, room, room_bytes);
    }
    return false;
}
