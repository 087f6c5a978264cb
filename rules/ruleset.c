/* Checks a ruleset block before anybody reads it: every offset, count, index and kind. See
 * ruleset.h. Runs at boot in the image and whenever new rules arrive; its work grows with the size
 * of the block. The block may come from a hostile hand with a right checksum, so nothing in it is
 * believed: an entry is read only when it lies inside, and every loop has a bound of the language.
 */
#include "rules/ruleset.h"

#include <math.h>

struct checked {
    const char *bytes;
    uint64_t size;
};

#define TIME_MAX_MS (INT64_C(3650) * 86400000)

static bool text_is_inside(const struct checked *block, struct rules_text text)
{
    if (text.length == 0)
        return text.offset < block->size;
    uint64_t end = (uint64_t)text.offset + text.length;
    return end < block->size && block->bytes[end] == '\0';
}

static bool span_is_inside(const struct checked *block, struct rules_span span, size_t entry_size,
                           uint32_t least, uint32_t most)
{
    if (span.count < least || span.count > most)
        return false;
    uint64_t end = (uint64_t)span.offset + (uint64_t)span.count * entry_size;
    return span.offset % 8 == 0 && end <= block->size;
}

static bool time_is_sane(int64_t time_ms, int64_t least)
{
    return time_ms >= least && time_ms <= TIME_MAX_MS;
}

/* A name: never empty, and short enough for the tables of those who read it. */
static bool name_is_sane(const struct checked *block, struct rules_text name)
{
    return name.length > 0 && name.length <= RULES_NAME_BYTES && text_is_inside(block, name);
}

static bool texts_are_inside(const struct checked *block, struct rules_span span, uint32_t most)
{
    if (!span_is_inside(block, span, sizeof(struct rules_text), 0, most))
        return false;
    const struct rules_text *texts = RULES_AT(block->bytes, struct rules_text, span, 0);
    for (uint32_t i = 0; i < span.count; i++) {
        if (!name_is_sane(block, texts[i]))
            return false;
    }
    return true;
}

static bool path_is_sane(const struct checked *block, const struct rules_path *path)
{
    if (!span_is_inside(block, path->steps, sizeof(struct rules_step), 0, RULES_STEPS_MAX))
        return false;
    const struct rules_step *steps = RULES_AT(block->bytes, struct rules_step, path->steps, 0);
    for (uint32_t i = 0; i < path->steps.count; i++) {
        if (!text_is_inside(block, steps[i].key))
            return false;
    }
    return true;
}

/* ---- sensors ------------------------------------------------------------------------------- */

static bool levels_are_sane(const struct checked *block, const struct rules_group *group)
{
    uint32_t least = group->source == RULES_FROM_MQTT ? 1 : 0;
    if (!span_is_inside(block, group->levels, sizeof(struct rules_level), least, RULES_LEVELS_MAX))
        return false;
    const struct rules_level *levels = RULES_AT(block->bytes, struct rules_level, group->levels, 0);
    for (uint32_t i = 0; i < group->levels.count; i++) {
        bool is_last = i + 1 == group->levels.count;
        if (levels[i].kind > RULES_LEVEL_REST || !text_is_inside(block, levels[i].text) ||
            (levels[i].kind != RULES_LEVEL_LITERAL && levels[i].name >= group->names.count) ||
            (levels[i].kind == RULES_LEVEL_REST && !is_last))
            return false;
    }
    return true;
}

static bool names_are_sane(const struct checked *block, const struct rules_group *group)
{
    if (!span_is_inside(block, group->names, sizeof(struct rules_name), 0, RULES_NAMES_MAX))
        return false;
    const struct rules_name *names = RULES_AT(block->bytes, struct rules_name, group->names, 0);
    for (uint32_t i = 0; i < group->names.count; i++) {
        if (!name_is_sane(block, names[i].name) || !path_is_sane(block, &names[i].path))
            return false;
    }
    return true;
}

static bool reading_is_sane(const struct checked *block, const struct rules_reading *reading)
{
    return name_is_sane(block, reading->name) && path_is_sane(block, &reading->path) &&
           reading->kind <= RULES_TEXT && text_is_inside(block, reading->unit) &&
           reading->unit.length <= RULES_NAME_BYTES && isfinite(reading->scale) &&
           isfinite(reading->offset) && !isnan(reading->valid_least) &&
           !isnan(reading->valid_most) && reading->decimals <= UINT8_MAX &&
           span_is_inside(block, reading->ignored, sizeof(double), 0, RULES_IGNORED_MAX) &&
           texts_are_inside(block, reading->words, RULES_WORDS_MAX) &&
           (reading->kind != RULES_STATE || reading->words.count > 0);
}

static bool indices_are_inside(const struct checked *block, struct rules_span span, uint32_t below)
{
    if (!span_is_inside(block, span, sizeof(uint32_t), 0, below))
        return false;
    const uint32_t *indices = RULES_AT(block->bytes, uint32_t, span, 0);
    for (uint32_t i = 0; i < span.count; i++) {
        if (indices[i] >= below)
            return false;
    }
    return true;
}

static bool group_is_sane(const struct checked *block, const struct rules_group *group)
{
    if (!name_is_sane(block, group->name) || !text_is_inside(block, group->called) ||
        group->source > RULES_FROM_UDP || group->format > RULES_FORMAT_JSON ||
        group->time > RULES_TIME_TEXT)
        return false;
    if (!names_are_sane(block, group) || !levels_are_sane(block, group) ||
        !path_is_sane(block, &group->time_path) || !path_is_sane(block, &group->each) ||
        !path_is_sane(block, &group->sequence))
        return false;
    if (!time_is_sane(group->expect_ms, 0) || !time_is_sane(group->fresh_ms, 1) ||
        !time_is_sane(group->forget_ms, 1) || !time_is_sane(group->late_ms, 0) ||
        !time_is_sane(group->early_ms, 0))
        return false;
    if (!span_is_inside(block, group->readings, sizeof(struct rules_reading), 1,
                        RULES_READINGS_MAX))
        return false;
    for (uint32_t i = 0; i < group->readings.count; i++) {
        if (!reading_is_sane(block,
                             RULES_AT(block->bytes, struct rules_reading, group->readings, i)))
            return false;
    }
    return true;
}

/* ---- alarms and reports -------------------------------------------------------------------- */

static const struct rules_reading *reading_at(const struct checked *block,
                                              const struct rules_group *group, uint32_t index)
{
    if (index >= group->readings.count)
        return NULL;
    return RULES_AT(block->bytes, struct rules_reading, group->readings, index);
}

static bool value_is_sane(const struct checked *block, const struct rules_group *group,
                          const struct rules_value *value)
{
    if (value->kind > RULES_READING || !isfinite(value->number) || !isfinite(value->written) ||
        value->decimals > UINT8_MAX || !text_is_inside(block, value->unit))
        return false;
    if (value->kind != RULES_READING)
        return true;
    const struct rules_reading *reading = reading_at(block, group, value->reading);
    return reading != NULL && reading->kind == RULES_NUMBER;
}

static bool test_is_sane(const struct checked *block, const struct rules_group *group,
                         const struct rules_test *test)
{
    if (test->kind > RULES_SILENT || !value_is_sane(block, group, &test->value) ||
        !value_is_sane(block, group, &test->second) || !text_is_inside(block, test->text))
        return false;
    const struct rules_reading *reading = reading_at(block, group, test->reading);
    if (reading == NULL)
        return false;
    if (test->kind <= RULES_OUTSIDE)
        return reading->kind == RULES_NUMBER;
    bool is_state = test->kind != RULES_SILENT && reading->kind == RULES_STATE;
    return !is_state || test->word < reading->words.count;
}

static bool condition_is_sane(const struct checked *block, const struct rules_group *group,
                              const struct rules_condition *condition)
{
    if (!span_is_inside(block, condition->tests, sizeof(struct rules_test), 1, RULES_TESTS_MAX) ||
        condition->hold.kind > RULES_HOLD_FOR || !time_is_sane(condition->hold.for_ms, 0))
        return false;
    for (uint32_t i = 0; i < condition->tests.count; i++) {
        if (!test_is_sane(block, group,
                          RULES_AT(block->bytes, struct rules_test, condition->tests, i)))
            return false;
    }
    return true;
}

static bool alarm_is_sane(const struct checked *block, const struct ruleset *set,
                          const struct rules_alarm *alarm)
{
    if (!name_is_sane(block, alarm->name) || alarm->group >= set->groups.count ||
        alarm->say.length == 0 || !text_is_inside(block, alarm->say) ||
        !text_is_inside(block, alarm->cause) || !text_is_inside(block, alarm->risk) ||
        !text_is_inside(block, alarm->action) || !text_is_inside(block, alarm->say_updated) ||
        !text_is_inside(block, alarm->say_cleared) || !text_is_inside(block, alarm->file) ||
        !time_is_sane(alarm->respond_ms, 0) || alarm->acknowledge_required > 2 ||
        !texts_are_inside(block, alarm->tags, RULES_TAGS_MAX) ||
        !span_is_inside(block, alarm->triggers, sizeof(struct rules_trigger), 1,
                        RULES_TRIGGERS_MAX))
        return false;
    const struct rules_group *group =
        RULES_AT(block->bytes, struct rules_group, set->groups, alarm->group);
    uint32_t severity = RULES_CRITICAL; /* the most severe first */
    for (uint32_t i = 0; i < alarm->triggers.count; i++) {
        const struct rules_trigger *trigger =
            RULES_AT(block->bytes, struct rules_trigger, alarm->triggers, i);
        if (trigger->severity < RULES_LOG || trigger->severity > severity ||
            !time_is_sane(trigger->clear_after_ms, 0) ||
            !condition_is_sane(block, group, &trigger->when) ||
            (trigger->has_until && !condition_is_sane(block, group, &trigger->until)))
            return false;
        severity = trigger->severity;
    }
    return true;
}

static bool report_is_sane(const struct checked *block, const struct ruleset *set,
                           const struct rules_report *report)
{
    if (!name_is_sane(block, report->name) || report->group >= set->groups.count ||
        !time_is_sane(report->every_ms, 1) || !time_is_sane(report->wait_ms, 0) ||
        !texts_are_inside(block, report->tags, RULES_TAGS_MAX) ||
        !text_is_inside(block, report->file) ||
        !span_is_inside(block, report->items, sizeof(struct rules_item), 1, RULES_ITEMS_MAX))
        return false;
    const struct rules_group *group =
        RULES_AT(block->bytes, struct rules_group, set->groups, report->group);
    for (uint32_t i = 0; i < report->items.count; i++) {
        const struct rules_item *item = RULES_AT(block->bytes, struct rules_item, report->items, i);
        if (item->summary > RULES_COUNT || reading_at(block, group, item->reading) == NULL)
            return false;
    }
    return true;
}

/* ---- the whole ----------------------------------------------------------------------------- */

static const char *header_problem(const struct ruleset *set, size_t size_bytes)
{
    if (size_bytes < sizeof *set || (uintptr_t)set % 8 != 0)
        return "the rules are cut off";
    if (set->magic != RULESET_MAGIC)
        return "these are not rules";
    if (set->version != RULESET_VERSION)
        return "the rules were made for another version";
    if (set->size_bytes != size_bytes)
        return "the rules have the wrong length";
    size_t behind = offsetof(struct ruleset, checksum) + sizeof set->checksum;
    if (hash_bytes(HASH_START, (const char *)set + behind, size_bytes - behind) != set->checksum)
        return "the rules were changed or damaged: wrong checksum";
    return NULL;
}

static const char *site_problem(const struct checked *block, const struct ruleset *set)
{
    if (!text_is_inside(block, set->site_id) || !text_is_inside(block, set->site_name) ||
        !text_is_inside(block, set->timezone) || !time_is_sane(set->keep_unsent_ms, 0) ||
        !time_is_sane(set->flood_in_ms, 1) || set->send_per_ms == 0)
        return "the site's settings are out of bounds";
    if (!span_is_inside(block, set->groups, sizeof(struct rules_group), 0, RULES_GROUPS_MAX) ||
        !span_is_inside(block, set->alarms, sizeof(struct rules_alarm), 0, RULES_ALARMS_MAX) ||
        !span_is_inside(block, set->reports, sizeof(struct rules_report), 0, RULES_REPORTS_MAX))
        return "the lists of the rules are out of bounds";
    if (!span_is_inside(block, set->ports, sizeof(uint32_t), 0, RULES_GROUPS_MAX))
        return "the ports are out of bounds";
    for (uint32_t i = 0; i < set->ports.count; i++) {
        uint32_t port = *RULES_AT(set, uint32_t, set->ports, i);
        if (port == 0 || port > UINT16_MAX)
            return "a port is out of bounds";
    }
    return NULL;
}

static const char *lists_problem(const struct checked *block, const struct ruleset *set)
{
    for (uint32_t i = 0; i < set->groups.count; i++) {
        if (!group_is_sane(block, RULES_AT(set, struct rules_group, set->groups, i)))
            return "a group of sensors is out of bounds";
    }
    for (uint32_t i = 0; i < set->alarms.count; i++) {
        if (!alarm_is_sane(block, set, RULES_AT(set, struct rules_alarm, set->alarms, i)))
            return "an alarm is out of bounds";
    }
    for (uint32_t i = 0; i < set->reports.count; i++) {
        if (!report_is_sane(block, set, RULES_AT(set, struct rules_report, set->reports, i)))
            return "a report is out of bounds";
    }
    /* What a group lists must belong to it: the engine reads its readings through that list. */
    for (uint32_t i = 0; i < set->groups.count; i++) {
        const struct rules_group *group = RULES_AT(set, struct rules_group, set->groups, i);
        if (!indices_are_inside(block, group->scope.alarms, set->alarms.count) ||
            !indices_are_inside(block, group->scope.reports, set->reports.count))
            return "a group's list is out of bounds";
        for (uint32_t j = 0; j < group->scope.alarms.count; j++) {
            uint32_t alarm = *RULES_AT(set, uint32_t, group->scope.alarms, j);
            if (RULES_AT(set, struct rules_alarm, set->alarms, alarm)->group != i)
                return "a group lists an alarm of another";
        }
        for (uint32_t j = 0; j < group->scope.reports.count; j++) {
            uint32_t report = *RULES_AT(set, uint32_t, group->scope.reports, j);
            if (RULES_AT(set, struct rules_report, set->reports, report)->group != i)
                return "a group lists a report of another";
        }
    }
    return NULL;
}

bool ruleset_check(const void *block, size_t size_bytes, const char **why)
{
    const struct ruleset *set = block;
    struct checked checked = {block, size_bytes};
    *why = header_problem(set, size_bytes);
    if (*why == NULL)
        *why = site_problem(&checked, set);
    if (*why == NULL)
        *why = lists_problem(&checked, set);
    return *why == NULL;
}
