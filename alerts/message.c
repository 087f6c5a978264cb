/* CloudEvents in JSON (see message.h); keys in the order of the examples in RULES, section 16. */
#include "alerts/message.h"

#include "alerts/alerts.h"
#include "base/calendar.h"

#include <cJSON.h>
#include <stdio.h>

#define TEXT_BYTES 1024 /* one filled-in text */

/* ---- memory -------------------------------------------------------------------------------- */

/* Alarms must not depend on what others left of the heap, so a message's tree is built in room of
 * its own, which the next message uses again. A report of 8 KiB, nothing but short numbers, needs
 * most: some 6 bytes for each of its text. */
static _Alignas(16) char tree_room[64 * 1024];
static size_t tree_bytes;
/* cJSON leaves out what it had no memory for; a message with holes must not be sent. */
static bool memory_ran_out;

static void *allocate(size_t bytes)
{
    size_t whole = (bytes + 15) / 16 * 16;
    if (whole < bytes || whole > sizeof tree_room - tree_bytes) {
        memory_ran_out = true;
        return NULL;
    }
    tree_bytes += whole;
    return tree_room + tree_bytes - whole;
}

static void keep_until_the_next(void *memory)
{
    (void)memory;
}

/* cJSON's hooks are everybody's: between tree_open and tree_close nobody else uses it. */
static cJSON *tree_open(void)
{
    static cJSON_Hooks hooks = {.malloc_fn = allocate, .free_fn = keep_until_the_next};
    cJSON_InitHooks(&hooks);
    memory_ran_out = false;
    tree_bytes = 0;
    return cJSON_CreateObject();
}

/* Returns the length of the text, 0 when it does not fit. */
static size_t tree_close(cJSON *root, char *room, size_t room_bytes)
{
    bool fits = !memory_ran_out && cJSON_PrintPreallocated(root, room, (int)room_bytes, false);
    cJSON_InitHooks(NULL);
    return fits ? strlen(room) : 0;
}

/* ---- members ------------------------------------------------------------------------------- */

static void add_string(cJSON *object, const char *key, const char *string)
{
    if (string && string[0])
        cJSON_AddStringToObject(object, key, string);
    else
        cJSON_AddNullToObject(object, key);
}

static void add_text(cJSON *object, const char *key, struct text text)
{
    char room[TEXT_BYTES];
    struct writer writer = writer_on(room, sizeof room);
    writer_add(&writer, text);
    add_string(object, key, room);
}

static void add_number(cJSON *object, const char *key, double value)
{
    char room[WORDING_JSON_BYTES];
    cJSON_AddRawToObject(object, key, wording_json_number(value, room));
}

static void add_time(cJSON *object, const char *key, int64_t utc_ms)
{
    char room[CALENDAR_TEXT_BYTES];
    if (utc_ms == INT64_MIN)
        cJSON_AddNullToObject(object, key);
    else
        cJSON_AddStringToObject(object, key, calendar_write(utc_ms, room));
}

static void add_template(cJSON *object, const char *key, const struct template_words *words,
                         struct rules_text template)
{
    char room[TEXT_BYTES];
    struct writer writer = writer_on(room, sizeof room);
    template_fill(words, rules_text(words->rules, template), &writer);
    add_string(object, key, room);
}

static void add_tags(cJSON *object, const struct ruleset *rules, struct rules_span tags)
{
    cJSON *list = cJSON_AddArrayToObject(object, "tags");
    for (uint32_t i = 0; i < tags.count; i++) {
        struct text tag = rules_text(rules, *RULES_AT(rules, struct rules_text, tags, i));
        cJSON_AddItemToArray(list, cJSON_CreateString(tag.bytes));
    }
}

static void add_rule(cJSON *object, const struct ruleset *rules, struct rules_text file,
                     uint32_t line)
{
    char fingerprint[9];
    snprintf(fingerprint, sizeof fingerprint, "%08x", (unsigned)(rules->fingerprint >> 32));
    cJSON *rule = cJSON_AddObjectToObject(object, "rule");
    add_text(rule, "file", rules_text(rules, file));
    add_number(rule, "line", line);
    add_string(rule, "fingerprint", fingerprint);
}

/* ---- the envelope -------------------------------------------------------------------------- */

struct envelope {
    const char *type, *subject, *schema;
    uint64_t sequence;
    uint32_t quiet; /* an alert without a number of its own */
    int64_t time_ms;
};

static cJSON *envelope_open(const struct message_source *source, const struct envelope *envelope)
{
    char id[40], sequence[16], name[128];
    snprintf(sequence, sizeof sequence, "%012llu",
             (unsigned long long)envelope->sequence % 1000000000000);
    int length = snprintf(id, sizeof id, "%08x-%s", (unsigned)source->epoch, sequence);
    if (envelope->quiet > 0)
        snprintf(id + length, sizeof id - (size_t)length, "-%u", (unsigned)envelope->quiet);
    snprintf(name, sizeof name, "/brink/%s", source->site_id);
    cJSON *root = tree_open();
    add_string(root, "specversion", "1.0");
    add_string(root, "id", id);
    add_string(root, "source", name);
    add_string(root, "type", envelope->type);
    add_string(root, "subject", envelope->subject);
    add_time(root, "time", envelope->time_ms);
    add_string(root, "sequence", sequence);
    add_string(root, "datacontenttype", "application/json");
    add_string(root, "dataschema", envelope->schema);
    return root;
}

static void add_site(cJSON *data, const struct message_source *source)
{
    cJSON *site = cJSON_AddObjectToObject(data, "site");
    add_string(site, "id", source->site_id);
    add_string(site, "name", source->site_name);
}

static void add_device(cJSON *data, const struct identity *identity)
{
    add_text(data, "group", identity->group);
    add_string(data, "device", identity->device);
    cJSON *names = cJSON_AddObjectToObject(data, "names");
    for (uint32_t i = 0; i < identity->count; i++)
        add_text(names, identity->words[i].bytes, identity->names[i]);
}

/* ---- an alert ------------------------------------------------------------------------------ */

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
        add_number(object, key, value->number);
    else if (reading->kind == RULES_TEXT)
        add_text(object, key, template_reading_text(words, reading));
    else if (value->word < reading->words.count)
        add_text(
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
    add_text(object, "name", rules_text(words->rules, reading->name));
    add_value(object, "value", words, reading, value);
    add_text(object, "unit", rules_text(words->rules, reading->unit));
    add_string(object, "quality",
               quality_words[value->quality <= ENGINE_FAULTY ? value->quality : 0]);
    add_time(object, "taken", value->taken_ms);
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
    add_string(object, "test", test_words[test->kind]);
    if (reading && has_number && template_limit_number(words, &test->value, &number))
        add_number(object, "value", number);
    else if (!reading || has_number)
        cJSON_AddNullToObject(object, "value");
    else if (reading->kind == RULES_STATE)
        add_value(object, "value", words, reading, &(struct engine_value){.word = test->word});
    else
        add_text(object, "value", rules_text(words->rules, test->text));
    if (template_shows_two(test))
        add_number(object, "to", template_limit_number(words, &test->second, &number) ? number : 0);
    if (with_unit)
        add_text(object, "unit",
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
    add_number(limit, "for_seconds", (double)trigger->when.hold.for_ms / 1000);
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
    add_time(state, "shelved_until", marks->shelved_until_ms);
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
    char room[TEXT_BYTES];
    struct writer writer = writer_on(room, sizeof room);
    const struct rules_reading *reading = template_reading(words);
    template_fill(words, TEXT("{device}: "), &writer);
    writer_add(&writer, reading ? rules_text(words->rules, reading->name) : TEXT("it"));
    writer_add(&writer, TEXT(" was unusual for "));
    writer_add_duration(&writer, template_alarm(words)->learn_ms);
    writer_add(&writer, TEXT("; from now on "));
    template_add_usual_range(words, &writer);
    writer_add(&writer, TEXT(" is taken as usual."));
    add_string(data, "message", room);
}

static void add_texts(cJSON *data, const struct template_words *words, bool with_instructions)
{
    const struct rules_alarm *alarm = template_alarm(words);
    if (words->event->reason == ENGINE_NOW_USUAL)
        add_now_usual(data, words);
    else
        add_template(data, "message", words, say_of(alarm, words->event->change));
    if (with_instructions && needs_instructions(words->event)) {
        add_template(data, "cause", words, alarm->cause);
        add_template(data, "risk", words, alarm->risk);
        add_template(data, "action", words, alarm->action);
    }
    bool can_respond = alarm->respond_ms > 0 && words->event->raised_ms != INT64_MIN;
    add_time(data, "respond_by",
             can_respond ? words->event->raised_ms + alarm->respond_ms : INT64_MIN);
}

static void add_worst(cJSON *data, const struct engine_alarm_event *event)
{
    if (!event->has_worst) {
        cJSON_AddNullToObject(data, "worst");
        return;
    }
    cJSON *worst = cJSON_AddObjectToObject(data, "worst");
    add_number(worst, "value", event->worst);
    add_time(worst, "taken", event->worst_ms);
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
    add_text(usual, "unit", rules_text(words->rules, reading->unit));
    add_string(usual, "because", alerts_surprise_words(words->event->surprise));
}

static void add_history(cJSON *data, const struct message_source *source,
                        const struct engine_alarm_event *event, struct message_hand hand)
{
    add_time(data, "started_at", event->started_ms);
    add_time(data, "raised_at", event->raised_ms);
    add_time(data, "cleared_at", event->change == ENGINE_CLEARED ? event->cleared_ms : INT64_MIN);
    bool is_acknowledged = event->marks.is_acknowledged;
    add_time(data, "acknowledged_at", is_acknowledged ? event->marks.acknowledged_ms : INT64_MIN);
    add_string(data, "acknowledged_by", is_acknowledged ? hand.by : NULL);
    add_string(data, "comment", hand.comment);
    cJSON_AddBoolToObject(data, "historical", event->is_historical);
    add_string(data, "clock", source->clock_is_set ? "set" : "unset");
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
    add_text(object, "reading", rules_text(source->rules, reading->name));
    add_time(object, "from", trace.from_ms);
    add_number(object, "step_seconds", (double)trace.step_ms / 1000);
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

    cJSON *root = envelope_open(source, &(struct envelope){.type = type,
                                                           .subject = subject,
                                                           .schema = "brink:alert:1",
                                                           .sequence = number.sequence,
                                                           .quiet = number.quiet,
                                                           .time_ms = event->time_ms});
    cJSON *data = cJSON_AddObjectToObject(root, "data");
    add_string(data, "alert", alert);
    add_string(data, "fingerprint", fingerprint);
    add_number(data, "occurrence", event->occurrence);
    add_string(data, "change", change_words[event->change]);
    add_string(data, "reason", reason_words[event->reason]);
    add_string(data, "severity", severity_word);
    add_number(data, "severity_number", rules_severity_number(severity));
    add_string(data, "from_severity",
               event->change == ENGINE_UPDATED ? template_severity_word(event->from_severity)
                                               : NULL);
    add_state(data, words);
    add_site(data, source);
    add_device(data, identity);
    add_texts(data, words, with_instructions);
    add_reading(data, words);
    add_limit(data, words);
    add_worst(data, event);
    add_usual(data, words);
    add_history(data, source, event, hand);
    add_tags(data, source->rules, alarm->tags);
    add_rule(data, source->rules, alarm->file, template_trigger(words)->line);
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

/* ---- a report ------------------------------------------------------------------------------ */

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
        add_number(object, key, value->value);
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
        add_number(object, name, value->value);
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
            add_text(object, "unit", rules_text(rules, reading->unit));
        }
        add_item(object, item, &items[i]);
    }
}

static void add_quality(cJSON *data, const struct engine_report_event *event)
{
    cJSON *quality = cJSON_AddObjectToObject(data, "quality");
    if (event->expected > 0)
        add_number(quality, "expected", event->expected);
    else
        cJSON_AddNullToObject(quality, "expected");
    add_number(quality, "received", event->received);
    add_number(quality, "good", event->good);
    add_number(quality, "faulty", event->faulty);
    add_number(quality, "late", event->late);
    add_number(quality, "duplicate", event->duplicate);
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
    cJSON *root = envelope_open(source, &(struct envelope){.type = "brink.report",
                                                           .subject = subject,
                                                           .schema = "brink:report:1",
                                                           .sequence = sequence,
                                                           .time_ms = event->time_ms});
    cJSON *data = cJSON_AddObjectToObject(root, "data");
    add_text(data, "report", name);
    add_site(data, source);
    add_device(data, identity);
    cJSON *window = cJSON_AddObjectToObject(data, "window");
    add_time(window, "start", event->start_ms);
    add_time(window, "end", event->end_ms);
    add_number(window, "seconds", (double)(event->end_ms - event->start_ms) / 1000);
    add_number(data, "revision", event->revision);
    cJSON_AddBoolToObject(data, "whole", event->is_whole);
    add_items(data, rules, report, event->items, event->start_ms == event->end_ms);
    add_quality(data, event);
    add_tags(data, rules, report->tags);
    add_rule(data, rules, report->file, report->line);
    return tree_close(root, room, room_bytes);
}

/* ---- floods and answers -------------------------------------------------------------------- */

static void add_alarm_name(cJSON *object, const struct ruleset *rules, uint32_t alarm)
{
    const struct rules_alarm *written = RULES_AT(rules, struct rules_alarm, rules->alarms, alarm);
    add_text(object, "alarm", rules_text(rules, written->name));
}

size_t message_write_flood(const struct message_source *source, uint64_t sequence,
                           const struct engine_flood_event *event, const struct identity *first,
                           char *room, size_t room_bytes)
{
    static const char *const words[] = {"began", "goes-on", "ended"};
    cJSON *root = envelope_open(source, &(struct envelope){.type = "brink.flood",
                                                           .subject = "flood",
                                                           .schema = "brink:flood:1",
                                                           .sequence = sequence,
                                                           .time_ms = event->time_ms});
    cJSON *data = cJSON_AddObjectToObject(root, "data");
    add_site(data, source);
    add_string(data, "change", words[event->change]);
    add_time(data, "began_at", event->began_ms);
    add_number(data, "raised", event->raised);
    cJSON *object = cJSON_AddObjectToObject(data, "first");
    add_alarm_name(object, source->rules, event->first_alarm);
    add_device(object, first);
    cJSON *list = cJSON_AddArrayToObject(data, "alarms");
    for (uint32_t i = 0; i < event->counts_count; i++) {
        cJSON *entry = cJSON_CreateObject();
        add_alarm_name(entry, source->rules, event->counts[i].alarm);
        add_number(entry, "raised", event->counts[i].raised);
        cJSON_AddItemToArray(list, entry);
    }
    add_number(data, "others", event->others);
    return tree_close(root, room, room_bytes);
}

size_t message_write_answer(const struct message_answer *answer, char *room, size_t room_bytes)
{
    cJSON *root = tree_open();
    add_string(root, "id", answer->id);
    cJSON_AddBoolToObject(root, "ok", answer->why == NULL);
    if (answer->why == NULL)
        add_number(root, "sequence", (double)answer->sequence);
    else
        add_string(root, "why", answer->why);
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
    cJSON *root = envelope_open(source, &(struct envelope){.type = "brink.gap",
                                                           .subject = "gap",
                                                           .schema = "brink:gap:1",
                                                           .sequence = sequence,
                                                           .time_ms = now_ms});
    cJSON *data = cJSON_AddObjectToObject(root, "data");
    add_site(data, source);
    snprintf(text, sizeof text, "%012llu", (unsigned long long)gap->from % 1000000000000);
    add_string(data, "from", text);
    snprintf(text, sizeof text, "%012llu", (unsigned long long)gap->to % 1000000000000);
    add_string(data, "to", text);
    cJSON *dropped = cJSON_AddObjectToObject(data, "dropped");
    for (size_t i = 0; i < sizeof kind_words / sizeof *kind_words; i++)
        add_number(dropped, kind_words[i], gap->dropped[i]);
    return tree_close(root, room, room_bytes);
}

size_t message_write_clock(const struct message_source *source, uint64_t sequence, int64_t now_ms,
                           char *room, size_t room_bytes)
{
    cJSON *root = envelope_open(source, &(struct envelope){.type = "brink.clock",
                                                           .subject = "clock",
                                                           .schema = "brink:clock:1",
                                                           .sequence = sequence,
                                                           .time_ms = now_ms});
    cJSON *data = cJSON_AddObjectToObject(root, "data");
    add_site(data, source);
    add_string(data, "clock", "set");
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
        add_number(alarms, name, (double)suppressed->alarms[i].times);
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
        add_number(trouble, "devices", troubles[i].count);
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
    add_string(root, "specversion", "1.0");
    add_string(root, "id", id);
    add_string(root, "source", name);
    add_string(root, "type", "brink.health");
    add_time(root, "time", health->now_ms);
    add_string(root, "datacontenttype", "application/json");
    add_string(root, "dataschema", "brink:health:1");
    cJSON *data = cJSON_AddObjectToObject(root, "data");
    add_site(data, source);
    snprintf(text, sizeof text, "%08x", (unsigned)(source->rules->fingerprint >> 32));
    add_string(data, "rules", text);
    add_string(data, "clock", source->clock_is_set ? "set" : "unset");
    snprintf(text, sizeof text, "%012llu",
             (unsigned long long)health->next_sequence % 1000000000000);
    add_string(data, "next_sequence", text);
    add_number(data, "devices", health->devices);
    add_number(data, "alarms_active", health->active);
    add_number(data, "messages_waiting", health->waiting);
    add_number(data, "messages_dropped", (double)health->dropped);
    add_number(data, "reports_dropped", (double)health->dropped_reports);
    add_number(data, "messages_lost", (double)health->lost);
    add_number(data, "readings_late", (double)health->late);
    add_number(data, "readings_too_late", (double)health->too_late);
    add_number(data, "readings_early", (double)health->early);
    add_number(data, "readings_duplicate", (double)health->duplicates);
    add_troubles(data, "trouble", source, health->troubles);
    add_number(data, "suppressed", (double)health->suppressed.times);
    add_suppressed(data, "suppressed_alarms", source->rules, &health->suppressed);
    if (health->more)
        cJSON_AddRawToObject(data, "appliance", health->more);
    return tree_close(root, room, room_bytes);
}
