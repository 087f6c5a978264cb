/* Writes conditions, triggers and alarms. See emit.h. */
#include "rules/language/emit.h"
#include "rules/language/sentence.h"

/* Off-delay: `until … for`, else the alarm's `clear after`, else 1 minute without `until`, 0 with
 * it. */
static int64_t clear_after_of(const struct draft_alarm *alarm, const struct draft_trigger *trigger)
{
    if (trigger->has_until && trigger->until.hold.for_ms > 0)
        return trigger->until.hold.for_ms;
    if (alarm->options.clear_after_ms >= 0)
        return alarm->options.clear_after_ms;
    return trigger->has_until ? 0 : 60000;
}

static uint64_t hash_trigger(uint64_t hash, const struct draft_alarm *alarm,
                             const struct draft_trigger *trigger)
{
    int64_t clear_after_ms = clear_after_of(alarm, trigger);
    hash = hash_bytes(hash, &trigger->severity, sizeof trigger->severity);
    hash = emit_hash_condition(hash, &trigger->when);
    hash = emit_hash_condition(hash, &trigger->until);
    return hash_bytes(hash, &clear_after_ms, sizeof clear_after_ms);
}

static struct rules_trigger trigger_write(struct emitter *emitter, const struct emit_place *place,
                                          const struct draft_alarm *alarm,
                                          const struct draft_trigger *trigger)
{
    struct rules_trigger to = {
        .severity = trigger->severity,
        .line = trigger->place.line + 1,
        .when = condition_write(emitter, place, &trigger->when),
        .has_until = trigger->has_until,
        .clear_after_ms = clear_after_of(alarm, trigger),
    };
    if (trigger->has_until)
        to.until = condition_write(emitter, place, &trigger->until);
    return to;
}

static struct text scope_name(const struct draft_scope *scope, uint32_t index)
{
    return scope->group != NULL ? scope->group->names[index].name : TEXT("");
}

/* Of what decides when the alarm is on (section 9.7, appendix E, 39): not of its texts, nor of
 * where its readings stand among the others. */
static uint64_t alarm_fingerprint(const struct draft_alarm *alarm)
{
    const struct draft_scope *scope = &alarm->scope;
    uint64_t hash = emit_hash_text(HASH_START, alarm->name);
    hash = emit_hash_text(hash, scope->group != NULL ? scope->group->name : TEXT(""));
    for (uint32_t i = 0; i < scope->names_count; i++)
        hash = emit_hash_text(hash, scope_name(scope, scope->names[i]));
    for (uint32_t i = 0; i < scope->where_count; i++) {
        hash = emit_hash_text(hash, scope_name(scope, scope->where[i].name));
        hash = hash_bytes(hash, &scope->where[i].is_not, 1);
        for (uint32_t j = 0; j < scope->where[i].words_count; j++)
            hash = emit_hash_text(hash, scope->where[i].words[j]);
    }
    /* Most severe first, whatever the order of the lines: that does not change what they mean. */
    for (uint32_t severity = RULES_CRITICAL; severity >= RULES_LOG; severity--) {
        for (uint32_t i = 0; i < alarm->triggers_count; i++) {
            if (alarm->triggers[i]->severity == severity)
                hash = hash_trigger(hash, alarm, alarm->triggers[i]);
        }
    }
    return hash;
}

struct rules_alarm alarm_write(struct emitter *emitter, const struct draft *draft,
                               const struct draft_alarm *alarm)
{
    struct rules_trigger triggers[RULES_TRIGGERS_MAX];
    memset(triggers, 0, sizeof triggers);
    uint32_t count = 0;
    const struct emit_place place = {draft, &alarm->scope, alarm};
    emitter->at = alarm->place;
    for (uint32_t severity = RULES_CRITICAL; severity >= RULES_LOG; severity--) {
        for (uint32_t i = 0; i < alarm->triggers_count; i++) {
            if (alarm->triggers[i]->severity == severity)
                triggers[count++] = trigger_write(emitter, &place, alarm, alarm->triggers[i]);
        }
    }
    struct sentences say = {.raised = alarm->options.say};
    if (alarm->options.say.length == 0)
        sentences_make(emitter->arena, alarm, &say);
    return (struct rules_alarm){
        .name = block_add_text(emitter, alarm->name),
        .group = scope_group(emitter, &alarm->scope),
        .scope = scope_find(emitter, &alarm->scope),
        .where = where_write(emitter, &alarm->scope),
        .suppressed_by = suppressed_by_write(emitter, &place, alarm->options.suppressions,
                                             alarm->options.suppressions_count, alarm),
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
