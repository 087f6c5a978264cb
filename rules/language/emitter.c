/* Lays a draft out in one block: entries first written get lower offsets, equal texts are stored
 * once. See emitter.h. */
#include "rules/language/emitter.h"

#include "rules/language/sentence.h"

#include <stdlib.h>

#define TEXT_SLOTS 4096 /* of the table that finds equal texts; a miss only costs bytes */

struct emitter {
    char *bytes;
    size_t length, capacity;
    bool has_failed;
    struct arena *arena;
    struct rules_text texts[TEXT_SLOTS];
};

/* Room for `size` zeroed bytes at a multiple of 8; its offset. */
static uint32_t block_reserve(struct emitter *emitter, size_t size)
{
    size_t offset = (emitter->length + 7) & ~(size_t)7;
    size_t end = offset + size;
    if (end > emitter->capacity && !emitter->has_failed) {
        size_t capacity = 2 * end > 4096 ? 2 * end : 4096;
        char *bytes = end < UINT32_MAX ? realloc(emitter->bytes, capacity) : NULL;
        if (bytes == NULL) {
            emitter->has_failed = true;
        } else {
            memset(bytes + emitter->capacity, 0, capacity - emitter->capacity);
            emitter->bytes = bytes;
            emitter->capacity = capacity;
        }
    }
    if (emitter->has_failed)
        return 0;
    emitter->length = end;
    return (uint32_t)offset;
}

static struct rules_span block_add(struct emitter *emitter, const void *entries, size_t entry_size,
                                   uint32_t count)
{
    if (count == 0)
        return (struct rules_span){0, 0};
    uint32_t offset = block_reserve(emitter, entry_size * count);
    if (!emitter->has_failed)
        memcpy(emitter->bytes + offset, entries, entry_size * count);
    return (struct rules_span){offset, count};
}

static struct rules_text block_add_text(struct emitter *emitter, struct text text)
{
    if (text.length == 0)
        return (struct rules_text){sizeof(struct ruleset), 0}; /* where a zero stands */
    struct rules_text *slot =
        &emitter->texts[hash_bytes(HASH_START, text.bytes, text.length) % TEXT_SLOTS];
    if (slot->length == text.length && !emitter->has_failed &&
        memcmp(emitter->bytes + slot->offset, text.bytes, text.length) == 0)
        return *slot;
    uint32_t offset = block_reserve(emitter, text.length + 1);
    if (!emitter->has_failed)
        memcpy(emitter->bytes + offset, text.bytes, text.length);
    *slot = (struct rules_text){offset, (uint32_t)text.length};
    return *slot;
}

static struct rules_span block_add_texts(struct emitter *emitter, const struct text *texts,
                                         uint32_t count)
{
    struct rules_text entries[RULES_WORDS_MAX > RULES_TAGS_MAX ? RULES_WORDS_MAX : RULES_TAGS_MAX];
    for (uint32_t i = 0; i < count; i++)
        entries[i] = block_add_text(emitter, texts[i]);
    return block_add(emitter, entries, sizeof entries[0], count);
}

/* ---- sensors ------------------------------------------------------------------------------- */

static struct rules_path path_write(struct emitter *emitter, const struct draft_path *path)
{
    struct rules_step steps[RULES_STEPS_MAX];
    for (uint32_t i = 0; i < path->count; i++)
        steps[i] =
            (struct rules_step){block_add_text(emitter, path->steps[i].key), path->steps[i].index};
    struct rules_path to = {.steps = block_add(emitter, steps, sizeof steps[0], path->count)};
    if (path->count > 0)
        to.hash = hash_bytes(HASH_START, path->steps[0].key.bytes, path->steps[0].key.length);
    return to;
}

static struct text unit_text(const struct unit *unit)
{
    return unit != NULL ? text_of(unit->name) : TEXT("");
}

static struct rules_reading reading_write(struct emitter *emitter,
                                          const struct draft_reading *reading)
{
    struct rules_reading to = {
        .name = block_add_text(emitter, reading->name),
        .path = path_write(emitter, &reading->path),
        .kind = reading->kind,
        .unit = block_add_text(emitter, unit_text(reading->unit)),
        .scale = reading->scale,
        .offset = reading->offset,
        .valid_least = reading->valid_least,
        .valid_most = reading->valid_most,
        .words = block_add_texts(emitter, reading->words, reading->words_count),
        .decimals = reading->decimals,
    };
    to.ignored = block_add(emitter, reading->ignored, sizeof(double), reading->ignored_count);
    return to;
}

static struct rules_span levels_write(struct emitter *emitter, const struct draft_group *group)
{
    struct rules_level levels[RULES_LEVELS_MAX];
    for (uint32_t i = 0; i < group->levels_count; i++)
        levels[i] = (struct rules_level){group->levels[i].kind, group->levels[i].name,
                                         block_add_text(emitter, group->levels[i].text)};
    return block_add(emitter, levels, sizeof levels[0], group->levels_count);
}

static struct rules_span names_write(struct emitter *emitter, const struct draft_group *group)
{
    struct rules_name names[RULES_NAMES_MAX];
    memset(names, 0, sizeof names);
    for (uint32_t i = 0; i < group->names_count; i++) {
        names[i].name = block_add_text(emitter, group->names[i].name);
        names[i].is_in_message = group->names[i].is_in_message;
        names[i].path = path_write(emitter, &group->names[i].path);
    }
    return block_add(emitter, names, sizeof names[0], group->names_count);
}

static struct rules_span readings_write(struct emitter *emitter, const struct draft_group *group)
{
    struct rules_reading readings[RULES_READINGS_MAX];
    memset(readings, 0, sizeof readings);
    for (uint32_t i = 0; i < group->readings_count; i++)
        readings[i] = reading_write(emitter, group->readings[i]);
    return block_add(emitter, readings, sizeof readings[0], group->readings_count);
}

/* Section 4.4: numbers stand for 3 times `expect`, else 5 minutes. */
static int64_t fresh_of(const struct draft_group *group)
{
    if (group->fresh_ms > 0)
        return group->fresh_ms;
    return group->expect_ms > 0 ? 3 * group->expect_ms : 5 * 60000;
}

static struct rules_group group_write(struct emitter *emitter, const struct draft *draft,
                                      const struct draft_group *group)
{
    uint32_t indices[RULES_ALARMS_MAX], count = 0;
    struct rules_group to = {
        .name = block_add_text(emitter, group->name),
        .called = block_add_text(emitter, group->called),
        .source = group->source,
        .format = RULES_FORMAT_JSON,
        .udp_port = group->udp_port,
        .levels = levels_write(emitter, group),
        .names = names_write(emitter, group),
        .readings = readings_write(emitter, group),
        .time = group->time,
        .time_path = path_write(emitter, &group->time_path),
        .has_each = group->has_each,
        .each = path_write(emitter, &group->each),
        .has_sequence = group->has_sequence,
        .sequence = path_write(emitter, &group->sequence),
        .expect_ms = group->expect_ms,
        .fresh_ms = fresh_of(group),
        .forget_ms = group->forget_ms > 0 ? group->forget_ms : INT64_C(30) * 86400000,
        .late_ms = group->late_ms >= 0 ? group->late_ms : 2 * 60000,
        .early_ms = group->early_ms >= 0 ? group->early_ms : 60000,
    };
    for (uint32_t i = 0; i < draft->alarms_count; i++) {
        if (draft->alarms[i]->group == group)
            indices[count++] = i;
    }
    to.scope.alarms = block_add(emitter, indices, sizeof indices[0], count);
    count = 0;
    for (uint32_t i = 0; i < draft->reports_count; i++) {
        if (draft->reports[i]->group == group)
            indices[count++] = i;
    }
    to.scope.reports = block_add(emitter, indices, sizeof indices[0], count);
    return to;
}

/* ---- alarms -------------------------------------------------------------------------------- */

static struct rules_value value_write(struct emitter *emitter, const struct draft_value *value)
{
    return (struct rules_value){.kind = value->kind,
                                .reading = value->reading,
                                .number = value->number,
                                .written = value->written,
                                .unit = block_add_text(emitter, unit_text(value->unit)),
                                .decimals = value->decimals};
}

static struct rules_condition condition_write(struct emitter *emitter,
                                              const struct draft_condition *condition)
{
    struct rules_test tests[RULES_TESTS_MAX];
    memset(tests, 0, sizeof tests);
    for (uint32_t i = 0; i < condition->tests_count; i++) {
        const struct draft_test *from = &condition->tests[i];
        tests[i].kind = from->kind;
        tests[i].link = tests[i].window = RULES_NONE;
        tests[i].summary = RULES_NO_SUMMARY;
        tests[i].reading = from->reading;
        tests[i].value = value_write(emitter, &from->value);
        tests[i].second = value_write(emitter, &from->second);
        tests[i].word = from->word;
        tests[i].text = block_add_text(emitter, from->text);
    }
    return (struct rules_condition){
        .joined_by_or = condition->joined_by_or,
        .tests = block_add(emitter, tests, sizeof tests[0], condition->tests_count),
        .hold = {.kind = condition->for_ms > 0 ? RULES_HOLD_FOR : RULES_HOLD_NONE,
                 .for_ms = condition->for_ms},
    };
}

/* Off-delay: `until … for`, else the alarm's `clear after`, else 1 minute without `until`, 0 with
 * it. */
static int64_t clear_after_of(const struct draft_alarm *alarm, const struct draft_trigger *trigger)
{
    if (trigger->has_until && trigger->until.for_ms > 0)
        return trigger->until.for_ms;
    if (alarm->clear_after_ms >= 0)
        return alarm->clear_after_ms;
    return trigger->has_until ? 0 : 60000;
}

static struct rules_trigger trigger_write(struct emitter *emitter, const struct draft_alarm *alarm,
                                          const struct draft_trigger *trigger)
{
    struct rules_trigger to = {
        .severity = trigger->severity,
        .line = trigger->place.line + 1,
        .when = condition_write(emitter, &trigger->when),
        .has_until = trigger->has_until,
        .clear_after_ms = clear_after_of(alarm, trigger),
    };
    if (trigger->has_until)
        to.until = condition_write(emitter, &trigger->until);
    return to;
}

static uint64_t hash_text(uint64_t hash, struct text text)
{
    return hash_bytes(hash_bytes(hash, text.bytes, text.length), "", 1);
}

static uint64_t hash_value(uint64_t hash, const struct draft_group *group,
                           const struct draft_value *value)
{
    hash = hash_bytes(hash, &value->kind, sizeof value->kind);
    if (value->kind == RULES_READING)
        hash = hash_text(hash, group->readings[value->reading]->name);
    return hash_bytes(hash, &value->number, sizeof value->number);
}

static uint64_t hash_condition(uint64_t hash, const struct draft_group *group,
                               const struct draft_condition *condition)
{
    uint8_t is_or = condition->joined_by_or;
    hash = hash_bytes(hash, &is_or, 1);
    for (uint32_t i = 0; i < condition->tests_count; i++) {
        const struct draft_test *test = &condition->tests[i];
        hash = hash_bytes(hash, &test->kind, sizeof test->kind);
        if (test->kind != RULES_SILENT)
            hash = hash_text(hash, group->readings[test->reading]->name);
        hash = hash_value(hash, group, &test->value);
        hash = hash_value(hash, group, &test->second);
        hash = hash_bytes(hash, &test->word, sizeof test->word);
        hash = hash_text(hash, test->text);
    }
    return hash_bytes(hash, &condition->for_ms, sizeof condition->for_ms);
}

/* Of what decides when the alarm is on (section 9.7, appendix E, 39): not of its texts, nor of
 * where its readings stand among the others. */
static uint64_t alarm_fingerprint(const struct draft_alarm *alarm)
{
    uint64_t hash = hash_text(HASH_START, alarm->name);
    hash = hash_text(hash, alarm->group->name);
    for (uint32_t i = 0; i < alarm->triggers_count; i++) {
        const struct draft_trigger *trigger = alarm->triggers[i];
        int64_t clear_after_ms = clear_after_of(alarm, trigger);
        hash = hash_bytes(hash, &trigger->severity, sizeof trigger->severity);
        hash = hash_condition(hash, alarm->group, &trigger->when);
        hash = hash_condition(hash, alarm->group, &trigger->until);
        hash = hash_bytes(hash, &clear_after_ms, sizeof clear_after_ms);
    }
    return hash;
}

static struct rules_alarm alarm_write(struct emitter *emitter, const struct draft *draft,
                                      const struct draft_alarm *alarm)
{
    struct rules_trigger triggers[RULES_TRIGGERS_MAX];
    memset(triggers, 0, sizeof triggers);
    uint32_t count = 0, group = 0;
    for (uint32_t severity = RULES_CRITICAL; severity >= RULES_LOG; severity--) {
        for (uint32_t i = 0; i < alarm->triggers_count; i++) {
            if (alarm->triggers[i]->severity == severity)
                triggers[count++] = trigger_write(emitter, alarm, alarm->triggers[i]);
        }
    }
    while (draft->groups[group] != alarm->group)
        group++;
    struct sentences say = {.raised = alarm->say};
    if (alarm->say.length == 0)
        sentences_make(emitter->arena, alarm, &say);
    return (struct rules_alarm){
        .name = block_add_text(emitter, alarm->name),
        .group = group,
        .scope = group,
        .shelve_most_ms = INT64_C(8) * 3600000,
        .limit_count = 6,
        .limit_ms = 3600000,
        .learn_ms = INT64_C(7) * 86400000,
        .triggers = block_add(emitter, triggers, sizeof triggers[0], count),
        .say = block_add_text(emitter, say.raised),
        .say_updated = block_add_text(emitter, say.updated),
        .say_cleared = block_add_text(emitter, say.cleared),
        .cause = block_add_text(emitter, alarm->cause),
        .risk = block_add_text(emitter, alarm->risk),
        .action = block_add_text(emitter, alarm->action),
        .respond_ms = alarm->respond_ms,
        .tags = block_add_texts(emitter, alarm->tags, alarm->tags_count),
        .acknowledge_required = alarm->acknowledge_required,
        .file = block_add_text(emitter, text_of(alarm->place.source->name)),
        .line = alarm->place.line + 1,
        .fingerprint = alarm_fingerprint(alarm),
    };
}

static struct rules_report report_write(struct emitter *emitter, const struct draft *draft,
                                        const struct draft_report *report)
{
    uint32_t group = 0;
    while (draft->groups[group] != report->group)
        group++;
    return (struct rules_report){
        .name = block_add_text(emitter, report->name),
        .group = group,
        .scope = group,
        .link = RULES_NONE,
        .every_ms = report->every_ms,
        .wait_ms = report->wait_ms,
        .items = block_add(emitter, report->items, sizeof report->items[0], report->items_count),
        .tags = block_add_texts(emitter, report->tags, report->tags_count),
        .file = block_add_text(emitter, text_of(report->place.source->name)),
        .line = report->place.line + 1,
    };
}

/* ---- the whole ----------------------------------------------------------------------------- */

static struct rules_span ports_write(struct emitter *emitter, const struct draft *draft)
{
    uint32_t ports[RULES_GROUPS_MAX], count = 0;
    for (uint32_t i = 0; i < draft->groups_count; i++) {
        uint32_t port = draft->groups[i]->udp_port, j = 0;
        while (j < count && ports[j] != port)
            j++;
        if (port != 0 && j == count)
            ports[count++] = port;
    }
    return block_add(emitter, ports, sizeof ports[0], count);
}

static void lists_write(struct emitter *emitter, const struct draft *draft, struct ruleset *set)
{
    struct rules_group *groups =
        must_arena_allocate(emitter->arena, (draft->groups_count + 1) * sizeof *groups);
    struct rules_alarm *alarms =
        must_arena_allocate(emitter->arena, (draft->alarms_count + 1) * sizeof *alarms);
    struct rules_report *reports =
        must_arena_allocate(emitter->arena, (draft->reports_count + 1) * sizeof *reports);
    for (uint32_t i = 0; i < draft->groups_count; i++)
        groups[i] = group_write(emitter, draft, draft->groups[i]);
    for (uint32_t i = 0; i < draft->alarms_count; i++)
        alarms[i] = alarm_write(emitter, draft, draft->alarms[i]);
    for (uint32_t i = 0; i < draft->reports_count; i++)
        reports[i] = report_write(emitter, draft, draft->reports[i]);
    set->groups = block_add(emitter, groups, sizeof *groups, draft->groups_count);
    set->alarms = block_add(emitter, alarms, sizeof *alarms, draft->alarms_count);
    set->reports = block_add(emitter, reports, sizeof *reports, draft->reports_count);
}

void *emitter_write(const struct draft *draft, uint64_t fingerprint, struct arena *arena,
                    size_t *size_bytes)
{
    struct emitter *emitter = must_arena_allocate(arena, sizeof *emitter);
    emitter->arena = arena;
    block_reserve(emitter, sizeof(struct ruleset));
    block_reserve(emitter, 8); /* the zero behind every empty text */
    struct ruleset set = {
        .magic = RULESET_MAGIC,
        .version = RULESET_VERSION,
        .fingerprint = fingerprint,
        .site_id = block_add_text(emitter, draft->site_id),
        .site_name = block_add_text(emitter, draft->site_name),
        .timezone = block_add_text(emitter, draft->timezone),
        .keep_unsent_ms = draft->keep_unsent_ms,
        .send_at_most = draft->send_at_most,
        .send_per_ms = draft->send_per_ms,
        .flood_above = draft->flood_above,
        .flood_in_ms = draft->flood_in_ms,
    };
    lists_write(emitter, draft, &set);
    set.ports = ports_write(emitter, draft);
    block_reserve(emitter, 8); /* the last text's zero, and a whole number of 8 bytes */
    if (emitter->has_failed) {
        free(emitter->bytes);
        return NULL;
    }
    set.size_bytes = emitter->length;
    memcpy(emitter->bytes, &set, sizeof set);
    size_t behind = offsetof(struct ruleset, checksum) + sizeof set.checksum;
    uint64_t checksum = hash_bytes(HASH_START, emitter->bytes + behind, emitter->length - behind);
    memcpy(emitter->bytes + offsetof(struct ruleset, checksum), &checksum, sizeof checksum);
    *size_bytes = emitter->length;
    return emitter->bytes;
}
