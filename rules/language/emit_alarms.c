/* Writes conditions, triggers and alarms. See emit.h. */
#include "rules/language/emit.h"
#include "rules/language/sentence.h"

static struct rules_value value_write(struct emitter *emitter, const struct draft_value *value)
{
    return (struct rules_value){.kind = value->kind,
                                .reading = value->reading,
                                .number = value->number,
                                .written = value->written,
                                .unit = block_add_unit(emitter, value->unit),
                                .decimals = value->decimals};
}

struct rules_condition condition_write(struct emitter *emitter,
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
    if (alarm->options.clear_after_ms >= 0)
        return alarm->options.clear_after_ms;
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

struct rules_alarm alarm_write(struct emitter *emitter, const struct draft *draft,
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
    struct sentences say = {.raised = alarm->options.say};
    if (alarm->options.say.length == 0)
        sentences_make(emitter->arena, alarm, &say);
    return (struct rules_alarm){
        .name = block_add_text(emitter, alarm->name),
        .group = group,
        .scope = group,
        .remind_ms = alarm->options.remind_ms,
        .shelve_most_ms = alarm->options.shelve_most_ms,
        .limit_count = alarm->options.limit_count,
        .limit_ms = alarm->options.limit_ms,
        .is_latched = alarm->options.is_latched,
        .sensitivity = alarm->options.sensitivity,
        .learn_by = alarm->options.learn_by,
        .learn_ms = alarm->options.learn_ms,
        .attach_ms = alarm->options.attach_ms,
        .also = block_add_text(emitter, alarm->options.also),
        .out_until_ms = alarm->options.out_until_ms,
        .out_reason = block_add_text(emitter, alarm->options.out_reason),
        .triggers = block_add(emitter, triggers, sizeof triggers[0], count),
        .say = block_add_text(emitter, say.raised),
        .say_updated = block_add_text(emitter, say.updated),
        .say_cleared = block_add_text(emitter, say.cleared),
        .cause = block_add_text(emitter, alarm->options.cause),
        .risk = block_add_text(emitter, alarm->options.risk),
        .action = block_add_text(emitter, alarm->options.action),
        .respond_ms = alarm->options.respond_ms,
        .tags = block_add_texts(emitter, alarm->options.tags, alarm->options.tags_count),
        .acknowledge_required = alarm->options.acknowledge_required,
        .file = block_add_text(emitter, text_of(alarm->place.source->name)),
        .line = alarm->place.line + 1,
        .fingerprint = alarm_fingerprint(alarm),
    };
}
