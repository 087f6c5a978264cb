/* Alerts as CloudEvents in JSON (see message.h); keys in the order of the examples in RULES,
 * section 16.3. */
#include "alerts/message_tree.h"

#include "alerts/alerts.h"

#include <stdio.h>

static const char *const change_words[] = {"raised",         "updated",  "cleared",
                                           "logged",         "reminder", "acknowledged",
                                           "unacknowledged", "shelved",  "unshelved"};
static const char *const reason_words[] = {"condition", "hand", "rule-changed", "device-forgotten",
                                           "now-usual"};
static const char *const test_words[] = {
    "above",   "below",  "at least", "at most", "inside",  "outside",      "is",
    "is not",  "silent", "rises",    "falls",   "changes", "differs from", "differs across",
    "missing", "faulty", "stuck",    "unusual", "alarm"};

static void add_value(cJSON *object, const char *key, const struct template_words *words,
                      const struct rules_reading *reading, const struct engine_value *value)
{
    const struct ruleset *rules = words->rules;
    if (reading->kind == RULES_NUMBER)
        tree_add_number(object, key, value->number);
    else if (reading->kind == RULES_TEXT)
        tree_add_text(object, key, template_reading_text(words, reading));
    else if (value->word < reading->words.count)
        tree_add_text(
            object, key,
            rules_text(rules, *RULES_AT(rules, struct rules_text, reading->words, value->word)));
    else
        cJSON_AddNullToObject(object, key);
}

static void add_reading(cJSON *data, const struct template_words *words)
{
    static const char *const quality_words[] = {"missing", "good", "faulty"};
    const struct rules_reading *reading = template_reading(words);
    if (!reading || !words->event->has_value) {
        cJSON_AddNullToObject(data, "reading");
        return;
    }
    const struct engine_value *value = &words->event->value;
    cJSON *object = cJSON_AddObjectToObject(data, "reading");
    tree_add_text(object, "name", rules_text(words->rules, reading->name));
    add_value(object, "value", words, reading, value);
    tree_add_text(object, "unit", rules_text(words->rules, reading->unit));
    tree_add_string(object, "quality",
                    quality_words[value->quality <= ENGINE_FAULTY ? value->quality : 0]);
    tree_add_time(object, "taken", value->taken_ms);
}

/* What a test compares with: a number, two of them, a word, or nothing. */
static void add_test(cJSON *object, const struct template_words *words,
                     const struct rules_test *test, bool with_unit)
{
    const struct rules_reading *reading =
        template_shows_value(test) ? template_reading(words) : NULL;
    bool is_word = test->kind == RULES_IS || test->kind == RULES_IS_NOT;
    bool has_number = !is_word || (reading && reading->kind == RULES_NUMBER);
    double number;
    tree_add_string(object, "test", test_words[test->kind]);
    if (reading && has_number && template_limit_number(words, &test->value, &number))
        tree_add_number(object, "value", number);
    else if (!reading || has_number)
        cJSON_AddNullToObject(object, "value");
    else if (reading->kind == RULES_STATE)
        add_value(object, "value", words, reading, &(struct engine_value){.word = test->word});
    else
        tree_add_text(object, "value", rules_text(words->rules, test->text));
    if (template_shows_two(test))
        tree_add_number(object, "to",
                        template_limit_number(words, &test->second, &number) ? number : 0);
    if (with_unit)
        tree_add_text(object, "unit",
                      reading ? rules_text(words->rules, reading->unit) : (struct text){0});
}

static void add_limit(cJSON *data, const struct template_words *words)
{
    const struct rules_trigger *trigger = template_trigger(words);
    cJSON *limit = cJSON_AddObjectToObject(data, "limit");
    add_test(limit, words, template_test(words), true);
    if (trigger->has_until && trigger->until.tests.count > 0)
        add_test(cJSON_AddObjectToObject(limit, "until"), words,
                 RULES_AT(words->rules, struct rules_test, trigger->until.tests, 0), false);
    else
        cJSON_AddNullToObject(limit, "until");
    tree_add_number(limit, "for_seconds", (double)trigger->when.hold.for_ms / 1000);
}

static void add_state(cJSON *data, const struct template_words *words)
{
    const struct rules_alarm *alarm = template_alarm(words);
    const struct engine_alarm_event *event = words->event;
    const struct engine_marks *marks = &event->marks;
    bool is_active = event->change != ENGINE_CLEARED && event->change != ENGINE_LOGGED &&
                     event->severity != RULES_NORMAL;
    bool is_required = alarm->acknowledge_required == 2
                           ? template_severity(words->event) == RULES_CRITICAL
                           : alarm->acknowledge_required == 1;
    cJSON *state = cJSON_AddObjectToObject(data, "state");
    cJSON_AddBoolToObject(state, "active", is_active);
    cJSON_AddBoolToObject(state, "acknowledged", marks->is_acknowledged);
    cJSON_AddBoolToObject(state, "acknowledge_required", is_required);
    cJSON_AddBoolToObject(state, "latched", marks->is_latched);
    tree_add_time(state, "shelved_until", marks->shelved_until_ms);
    cJSON_AddBoolToObject(state, "suppressed", marks->is_suppressed);
    cJSON_AddBoolToObject(state, "out_of_service", marks->is_out_of_service);
    cJSON_AddBoolToObject(state, "chattering", marks->is_chattering);
    cJSON_AddBoolToObject(state, "stale", marks->is_stale);
}

/* Texts are sent when somebody has to act on them: with a raise and a rise in severity. */
static bool needs_instructions(const struct engine_alarm_event *event)
{
    return event->change == ENGINE_RAISED || event->change == ENGINE_LOGGED ||
           (event->change == ENGINE_UPDATED && event->severity > event->from_severity);
}

/* What the rule's writer said, said for all changes; a sentence that was made fits one. */
static struct rules_text say_of(const struct rules_alarm *alarm, enum engine_change change)
{
    if (change != ENGINE_RAISED && change != ENGINE_CLEARED && alarm->say_updated.length > 0)
        return alarm->say_updated;
    if (change == ENGINE_CLEARED && alarm->say_cleared.length > 0)
        return alarm->say_cleared;
    return alarm->say;
}

/* "pump p-4: vibration was unusual for 7 days; from now on 4.6 to 5.2 mm/s is taken as usual." */
static void add_now_usual(cJSON *data, const struct template_words *words)
{
    char room[TREE_TEXT_BYTES];
    struct writer writer = writer_on(room, sizeof room);
    const struct rules_reading *reading = template_reading(words);
    template_fill(words, TEXT("{device}: "), &writer);
    writer_add(&writer, reading ? rules_text(words->rules, reading->name) : TEXT("it"));
    writer_add(&writer, TEXT(" was unusual for "));
    writer_add_duration(&writer, template_alarm(words)->learn_ms);
    writer_add(&writer, TEXT("; from now on "));
    template_add_usual_range(words, &writer);
    writer_add(&writer, TEXT(" is taken as usual."));
    tree_add_string(data, "message", room);
}

static void add_texts(cJSON *data, const struct template_words *words, bool with_instructions)
{
    const struct rules_alarm *alarm = template_alarm(words);
    if (words->event->reason == ENGINE_NOW_USUAL)
        add_now_usual(data, words);
    else
        tree_add_template(data, "message", words, say_of(alarm, words->event->change));
    if (with_instructions && needs_instructions(words->event)) {
        tree_add_template(data, "cause", words, alarm->cause);
        tree_add_template(data, "risk", words, alarm->risk);
        tree_add_template(data, "action", words, alarm->action);
    }
    bool can_respond = alarm->respond_ms > 0 && words->event->raised_ms != INT64_MIN;
    tree_add_time(data, "respond_by",
                  can_respond ? words->event->raised_ms + alarm->respond_ms : INT64_MIN);
}

static void add_worst(cJSON *data, const struct engine_alarm_event *event)
{
    if (!event->has_worst) {
        cJSON_AddNullToObject(data, "worst");
        return;
    }
    cJSON *worst = cJSON_AddObjectToObject(data, "worst");
    tree_add_number(worst, "value", event->worst);
    tree_add_time(worst, "taken", event->worst_ms);
}

static void add_rounded(cJSON *object, const char *key, double value, unsigned decimals)
{
    char room[64];
    struct writer writer = writer_on(room, sizeof room);
    writer_add_number(&writer, value, decimals);
    cJSON_AddRawToObject(object, key, room);
}

static void add_usual(cJSON *data, const struct template_words *words)
{
    const struct rules_reading *reading = template_reading(words);
    if (!words->event->has_usual || !reading) {
        cJSON_AddNullToObject(data, "usual");
        return;
    }
    cJSON *usual = cJSON_AddObjectToObject(data, "usual");
    unsigned decimals = template_usual_decimals(words);
    add_rounded(usual, "low", words->event->usual_low, decimals);
    add_rounded(usual, "high", words->event->usual_high, decimals);
    tree_add_text(usual, "unit", rules_text(words->rules, reading->unit));
    tree_add_string(usual, "because", alerts_surprise_words(words->event->surprise));
}

static void add_history(cJSON *data, const struct message_source *source,
                        const struct engine_alarm_event *event, struct message_hand hand)
{
    tree_add_time(data, "started_at", event->started_ms);
    tree_add_time(data, "raised_at", event->raised_ms);
    tree_add_time(data, "cleared_at",
                  event->change == ENGINE_CLEARED ? event->cleared_ms : INT64_MIN);
    bool is_acknowledged = event->marks.is_acknowledged;
    tree_add_time(data, "acknowledged_at",
                  is_acknowledged ? event->marks.acknowledged_ms : INT64_MIN);
    tree_add_string(data, "acknowledged_by", is_acknowledged ? hand.by : NULL);
    tree_add_string(data, "comment", hand.comment);
    cJSON_AddBoolToObject(data, "historical", event->is_historical);
    tree_add_string(data, "clock", source->clock_is_set ? "set" : "unset");
}

/* The recent readings, where they were asked for; as raw text: a tree of them would be large. */
static void add_trace(cJSON *data, const struct message_source *source,
                      const struct template_words *words, bool is_wanted)
{
    const struct rules_alarm *alarm = template_alarm(words);
    const struct rules_reading *reading = template_reading(words);
    uint32_t index = template_test(words)->reading;
    struct engine_trace trace;
    if (!is_wanted || alarm->attach_ms == 0 || !reading || !source->engine || !words->view ||
        template_test(words)->link != RULES_NONE ||
        engine_trace(source->engine, words->event->device, index, alarm->attach_ms, &trace) == 0) {
        cJSON_AddNullToObject(data, "trace");
        return;
    }
    char room[ENGINE_TRACE_POINTS * 16];
    struct writer writer = writer_on(room, sizeof room);
    unsigned decimals = template_decimals(reading, words->event->value.decimals);
    for (uint32_t i = 0; i < trace.count; i++) {
        writer_add(&writer, i > 0 ? TEXT(",") : TEXT("["));
        if (trace.is_known[i])
            writer_add_number(&writer, (double)trace.values[i], decimals);
        else
            writer_add(&writer, TEXT("null"));
    }
    writer_add(&writer, TEXT("]"));
    cJSON *object = cJSON_AddObjectToObject(data, "trace");
    tree_add_text(object, "reading", rules_text(source->rules, reading->name));
    tree_add_time(object, "from", trace.from_ms);
    tree_add_number(object, "step_seconds", (double)trace.step_ms / 1000);
    if (writer.is_cut)
        cJSON_AddNullToObject(object, "values");
    else
        cJSON_AddRawToObject(object, "values", room);
}

static size_t write_alert(const struct message_source *source, struct message_number number,
                          const struct identity *identity, const struct template_words *words,
                          struct message_hand hand, bool with_instructions, char *room,
                          size_t room_bytes)
{
    const struct engine_alarm_event *event = words->event;
    const struct rules_alarm *alarm = template_alarm(words);
    struct text name = rules_text(source->rules, alarm->name);
    enum rules_severity severity = template_severity(event);
    const char *severity_word = template_severity_word(severity);
    char subject[IDENTITY_TOPIC_BYTES], alert[IDENTITY_TOPIC_BYTES + 72], type[32], fingerprint[17];
    snprintf(subject, sizeof subject, "%.*s/%s/%.*s", (int)identity->group.length,
             identity->group.bytes, identity->device, (int)name.length, name.bytes);
    snprintf(alert, sizeof alert, "%s/%s", source->site_id, subject);
    snprintf(type, sizeof type, "brink.alert.%s", change_words[event->change]);
    snprintf(
        fingerprint, sizeof fingerprint, "%016llx",
        (unsigned long long)identity_fingerprint(identity, source->site_id, name, severity_word));

    cJSON *root = tree_open_event(source, &(struct envelope){.type = type,
                                                             .subject = subject,
                                                             .schema = "brink:alert:1",
                                                             .sequence = number.sequence,
                                                             .quiet = number.quiet,
                                                             .time_ms = event->time_ms});
    cJSON *data = cJSON_AddObjectToObject(root, "data");
    tree_add_string(data, "alert", alert);
    tree_add_string(data, "fingerprint", fingerprint);
    tree_add_number(data, "occurrence", event->occurrence);
    tree_add_string(data, "change", change_words[event->change]);
    tree_add_string(data, "reason", reason_words[event->reason]);
    tree_add_string(data, "severity", severity_word);
    tree_add_number(data, "severity_number", rules_severity_number(severity));
    tree_add_string(data, "from_severity",
                    event->change == ENGINE_UPDATED ? template_severity_word(event->from_severity)
                                                    : NULL);
    add_state(data, words);
    tree_add_site(data, source);
    tree_add_device(data, identity);
    add_texts(data, words, with_instructions);
    add_reading(data, words);
    add_limit(data, words);
    add_worst(data, event);
    add_usual(data, words);
    add_history(data, source, event, hand);
    tree_add_tags(data, source->rules, alarm->tags);
    tree_add_rule(data, source->rules, alarm->file, template_trigger(words)->line);
    add_trace(data, source, words, with_instructions && needs_instructions(event));
    return tree_close(root, room, room_bytes);
}

size_t message_write_alert(const struct message_source *source, struct message_number number,
                           const struct identity *identity, const struct engine_alarm_event *event,
                           const struct engine_device_view *view, struct message_hand hand,
                           char *room, size_t room_bytes)
{
    struct template_words words = {.rules = source->rules,
                                   .site_name = source->site_name,
                                   .zone = &source->zone,
                                   .event = event,
                                   .view = view,
                                   .engine = source->engine};
    size_t length = write_alert(source, number, identity, &words, hand, true, room, room_bytes);
    if (length > 0)
        return length;
    return write_alert(source, number, identity, &words, hand, false, room, room_bytes);
}
