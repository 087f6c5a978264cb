/* Differences of two rulesets (see changes.h). Each ruleset becomes a list of facts - owner, what,
 * how - and the lists are compared: a fact that only one has was added or taken away, one that both
 * have with another text has changed. So what is new in the language needs one line here, not two
 * cases. */
#include "rules/language/changes.h"

#include "rules/language/arena.h"
#include "rules/language/describe.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct fact {
    const char *owner, *what, *how; /* what "": the owner is there */
    bool is_met;                    /* the other ruleset has it, too */
};
struct facts {
    struct arena arena;
    const struct ruleset *rules;
    struct fact *list;
    size_t count, room;
    uint32_t *index; /* by hash of owner and what: 1 + place in the list */
    size_t index_size;
};

static __attribute__((format(printf, 4, 5))) void add(struct facts *facts, const char *owner,
                                                      const char *what, const char *format, ...)
{
    struct wording wording = {.used = 0};
    va_list values;
    va_start(values, format);
    vsnprintf(wording.text, sizeof wording.text, format, values);
    va_end(values);
    if (facts->count == facts->room) {
        size_t room = facts->room > 0 ? 2 * facts->room : 256;
        struct fact *moved = must_arena_allocate(&facts->arena, room * sizeof *moved);
        if (facts->count > 0)
            memcpy(moved, facts->list, facts->count * sizeof *moved);
        facts->list = moved;
        facts->room = room;
    }
    facts->list[facts->count++] =
        (struct fact){owner, arena_print(&facts->arena, "%s", what),
                      arena_print(&facts->arena, "%s", wording.text), false};
}

/* Only what is said. */
static void add_text(struct facts *facts, const char *owner, const char *what,
                     struct rules_text text)
{
    if (text.length > 0)
        add(facts, owner, what, "\"%s\"", rules_text(facts->rules, text).bytes);
}

static void add_duration(struct facts *facts, const char *owner, const char *what, int64_t ms)
{
    struct wording wording = {.used = 0};
    describe_duration(&wording, ms);
    if (ms > 0)
        add(facts, owner, what, "%s", wording.text);
}

static void add_words(struct facts *facts, const char *owner, const char *what,
                      struct rules_span words, const char *between)
{
    struct wording wording = {.used = 0};
    for (uint32_t i = 0; i < words.count; i++)
        wording_add(
            &wording, "%s%s", i > 0 ? between : "",
            rules_text(facts->rules, *RULES_AT(facts->rules, struct rules_text, words, i)).bytes);
    if (words.count > 0)
        add(facts, owner, what, "%s", wording.text);
}

static const char *owner_of(struct facts *facts, const char *kind, struct rules_text name)
{
    return arena_print(&facts->arena, "%s%s", kind, rules_text(facts->rules, name).bytes);
}

/* ---- the site, hours ----------------------------------------------------------------------- */

static void add_site(struct facts *facts)
{
    const struct ruleset *rules = facts->rules;
    add_text(facts, "site", "name", rules->site_name);
    add_text(facts, "site", "id", rules->site_id);
    add(facts, "site", "timezone", "%s", rules_text(rules, rules->timezone).bytes);
    add_duration(facts, "site", "keep unsent for", rules->keep_unsent_ms);
    add(facts, "site", "send at most", "%u messages per %s", rules->send_at_most,
        rules->send_per_ms == 3600000 ? "hour" : "minute");
    struct wording wording = {.used = 0};
    describe_duration(&wording, rules->flood_in_ms);
    add(facts, "site", "flood above", "%u alarms in %s", rules->flood_above, wording.text);
}

static void add_closed(struct wording *wording, const struct rules_closed *closed)
{
    wording_add(wording, "%s", wording->used > 0 ? ", " : "");
    if (closed->from_year == 0) {
        wording_add(wording, "each %02u-%02u", closed->from_month, closed->from_day);
        return;
    }
    wording_add(wording, "%04u-%02u-%02u", closed->from_year, closed->from_month, closed->from_day);
    bool is_one = closed->from_year == closed->to_year && closed->from_month == closed->to_month &&
                  closed->from_day == closed->to_day;
    if (!is_one)
        wording_add(wording, " to %04u-%02u-%02u", closed->to_year, closed->to_month,
                    closed->to_day);
}

static void add_hours(struct facts *facts, const struct rules_hours *hours)
{
    static const char *const days[] = {"sunday",   "monday", "tuesday", "wednesday",
                                       "thursday", "friday", "saturday"};
    const char *owner = owner_of(facts, "hours ", hours->name);
    add(facts, owner, "", "%s", "");
    for (uint32_t day = 0; day < 7; day++) {
        struct wording wording = {.used = 0};
        for (uint32_t i = 0; i < hours->spans.count; i++) {
            const struct rules_hours_span *span =
                RULES_AT(facts->rules, struct rules_hours_span, hours->spans, i);
            if (span->day == day)
                wording_add(&wording, "%s%02u:%02u to %02u:%02u", wording.used > 0 ? " and " : "",
                            span->begin_minute / 60, span->begin_minute % 60, span->end_minute / 60,
                            span->end_minute % 60);
        }
        if (wording.used > 0)
            add(facts, owner, days[day], "%s", wording.text);
    }
    struct wording closed = {.used = 0};
    for (uint32_t i = 0; i < hours->closed.count; i++)
        add_closed(&closed, RULES_AT(facts->rules, struct rules_closed, hours->closed, i));
    if (closed.used > 0)
        add(facts, owner, "closed on", "%s", closed.text);
}

/* ---- sensors, tables ----------------------------------------------------------------------- */

static void add_reading(struct facts *facts, const char *owner, const struct rules_reading *reading)
{
    const struct ruleset *rules = facts->rules;
    struct wording wording = {.used = 0};
    const char *name = rules_text(rules, reading->name).bytes;
    describe_path(&wording, rules, &reading->path);
    if (reading->unit.length > 0)
        wording_add(&wording, " in %s", rules_text(rules, reading->unit).bytes);
    else if (reading->kind != RULES_STATE)
        wording_add(&wording, reading->kind == RULES_TEXT ? " as text" : " as number");
    for (uint32_t i = 0; i < reading->words.count; i++)
        wording_add(
            &wording, "%s%s", i > 0 ? " or " : " as ",
            rules_text(rules, *RULES_AT(rules, struct rules_text, reading->words, i)).bytes);
    if (reading->scale != 1)
        wording_add(&wording, " scaled by %.12g", reading->scale);
    if (reading->offset != 0)
        wording_add(&wording, " offset by %.12g", reading->offset);
    add(facts, owner, arena_print(&facts->arena, "reading %s", name), "from %s", wording.text);
    if (reading->valid_least > -1e300 || reading->valid_most < 1e300)
        add(facts, owner, arena_print(&facts->arena, "valid %s", name), "%.12g to %.12g",
            reading->valid_least, reading->valid_most);
    struct wording ignored = {.used = 0};
    for (uint32_t i = 0; i < reading->ignored.count; i++)
        wording_add(&ignored, "%s%.12g", i > 0 ? " or " : "",
                    *RULES_AT(rules, double, reading->ignored, i));
    if (ignored.used > 0)
        add(facts, owner, arena_print(&facts->arena, "ignore %s", name), "of %s", ignored.text);
}

static void add_group(struct facts *facts, uint32_t index)
{
    static const char *const formats[] = {"json", "lines", "senml", "sparkplug", "plain", "csv"};
    static const char *const times[] = {"on arrival", "in seconds", "in milliseconds", "in text",
                                        "of the message"};
    const struct ruleset *rules = facts->rules;
    const struct rules_group *group = RULES_AT(rules, struct rules_group, rules->groups, index);
    const char *owner = owner_of(facts, "sensors ", group->name);
    struct wording wording = {.used = 0};
    add(facts, owner, "", "%s", "");
    if (group->source == RULES_FROM_UDP)
        add(facts, owner, "from", "udp port %u", group->udp_port);
    else
        describe_topic(&wording, rules, group);
    if (group->source == RULES_FROM_MQTT)
        add(facts, owner, "from", "mqtt %s", wording.text);
    add(facts, owner, "format", "%s", formats[group->format % 6]);
    add_words(facts, owner, "columns", group->csv_columns, " ");
    add_text(facts, owner, "called", group->called);
    for (uint32_t i = 0; i < group->names.count; i++) {
        const struct rules_name *name = RULES_AT(rules, struct rules_name, group->names, i);
        struct wording path = {.used = 0};
        describe_path(&path, rules, &name->path);
        if (name->is_in_message)
            add(facts, owner,
                arena_print(&facts->arena, "name %s", rules_text(rules, name->name).bytes),
                "from %s", path.text);
    }
    add(facts, owner, "time", "%s", times[group->time % 5]);
    add_duration(facts, owner, "expect every", group->expect_ms);
    add_duration(facts, owner, "fresh for", group->fresh_ms);
    add_duration(facts, owner, "forget after", group->forget_ms);
    add_duration(facts, owner, "allow late", group->late_ms);
    add_duration(facts, owner, "allow early", group->early_ms);
    if (group->has_accept) {
        struct wording accept = {.used = 0};
        describe_condition(&accept, rules, index, &group->accept, WORDING_ALL);
        add(facts, owner, "accept when", "%s", accept.text);
    }
    for (uint32_t i = 0; i < group->readings.count; i++)
        add_reading(facts, owner, RULES_AT(rules, struct rules_reading, group->readings, i));
}

/* A column may stand several times, once for each place of use: its cells as the table says them.
 */
static void add_column(struct facts *facts, const struct rules_column *column)
{
    const struct ruleset *rules = facts->rules;
    const struct rules_table *table =
        RULES_AT(rules, struct rules_table, rules->tables, column->table);
    const char *owner =
        owner_of(facts, "limits of ",
                 RULES_AT(rules, struct rules_group, rules->groups, table->group)->name);
    for (uint32_t i = 0; i < column->limits.count; i++) {
        const struct rules_row *row = RULES_AT(rules, struct rules_row, table->rows, i);
        const struct rules_limit *limit = RULES_AT(rules, struct rules_limit, column->limits, i);
        const char *unit = rules_text(rules, limit->unit).bytes;
        struct wording name = {.used = 0};
        wording_add(&name, "%s for", rules_text(rules, column->name).bytes);
        for (uint32_t j = 0; j < row->keys.count; j++) {
            struct rules_text key = *RULES_AT(rules, struct rules_text, row->keys, j);
            wording_add(&name, " %s", key.length > 0 ? rules_text(rules, key).bytes : "others");
        }
        add(facts, owner, name.text, "%.12g%s%s", limit->written, unit[0] ? " " : "", unit);
    }
}

/* ---- alarms, reports ----------------------------------------------------------------------- */

static void add_where(struct facts *facts, const char *owner, uint32_t group,
                      struct rules_span where)
{
    const struct ruleset *rules = facts->rules;
    struct wording wording = {.used = 0};
    if (group >= rules->groups.count)
        return;
    const struct rules_group *in = RULES_AT(rules, struct rules_group, rules->groups, group);
    for (uint32_t i = 0; i < where.count; i++) {
        const struct rules_allowed *allowed = RULES_AT(rules, struct rules_allowed, where, i);
        wording_add(
            &wording, "%s%s is %s", i > 0 ? " and " : "",
            rules_text(rules, RULES_AT(rules, struct rules_name, in->names, allowed->name)->name)
                .bytes,
            allowed->is_not ? "not " : "");
        for (uint32_t j = 0; j < allowed->words.count; j++)
            wording_add(
                &wording, "%s%s", j > 0 ? " or " : "",
                rules_text(rules, *RULES_AT(rules, struct rules_text, allowed->words, j)).bytes);
    }
    if (wording.used > 0)
        add(facts, owner, "where", "%s", wording.text);
}

static const struct rules_scope *scope_at(const struct ruleset *rules, uint32_t scope)
{
    if (scope < rules->groups.count)
        return &RULES_AT(rules, struct rules_group, rules->groups, scope)->scope;
    return &RULES_AT(rules, struct rules_set, rules->sets, scope - rules->groups.count)->scope;
}

static void add_suppressed(struct facts *facts, const char *owner, uint32_t scope_index,
                           struct rules_span suppressed_by)
{
    static const char *const kinds[] = {"except during", "only during", "except while",
                                        "only while"};
    const struct ruleset *rules = facts->rules;
    const struct rules_scope *scope = scope_at(rules, scope_index);
    for (uint32_t i = 0; i < suppressed_by.count; i++) {
        uint32_t index = RULES_AT(rules, struct rules_suppressed_by, suppressed_by, i)->suppression;
        const struct rules_suppression *suppression =
            RULES_AT(rules, struct rules_suppression, scope->suppressions, index);
        bool is_hours = suppression->kind <= RULES_ONLY_DURING;
        struct wording what = {.used = 0}, how = {.used = 0};
        wording_add(&what, "%s ", kinds[suppression->kind % 4]);
        if (is_hours)
            wording_add(
                &what, "%s",
                rules_text(
                    rules,
                    RULES_AT(rules, struct rules_hours, rules->hours, suppression->hours)->name)
                    .bytes);
        else
            describe_condition(&what, rules, scope_index, &suppression->when, WORDING_ALL);
        if (suppression->settle_ms > 0) {
            wording_add(&how, "and for ");
            describe_duration(&how, suppression->settle_ms);
            wording_add(&how, " after");
        }
        if (suppression->most_ms > 0) {
            wording_add(&how, "%sat most ", how.used > 0 ? " " : "");
            describe_duration(&how, suppression->most_ms);
        }
        add(facts, owner, what.text, "%s", how.text);
    }
}

static const char *const severities[] = {"normal", "log", "notice", "warning", "critical"};

/* "warning", or "warning 2" for the second one of that severity. */
static const char *trigger_name(struct facts *facts, const struct rules_alarm *alarm,
                                uint32_t index)
{
    uint32_t severity =
        RULES_AT(facts->rules, struct rules_trigger, alarm->triggers, index)->severity;
    uint32_t number = 1;
    for (uint32_t i = 0; i < index; i++)
        number +=
            RULES_AT(facts->rules, struct rules_trigger, alarm->triggers, i)->severity == severity;
    if (number == 1)
        return severities[severity % 5];
    return arena_print(&facts->arena, "%s %u", severities[severity % 5], number);
}

static void add_trigger(struct facts *facts, const char *owner, const struct rules_alarm *alarm,
                        uint32_t index)
{
    const struct ruleset *rules = facts->rules;
    const struct rules_trigger *trigger =
        RULES_AT(rules, struct rules_trigger, alarm->triggers, index);
    const char *name = trigger_name(facts, alarm, index);
    uint32_t group = alarm->scope < rules->groups.count ? alarm->scope : alarm->group;
    struct wording shape = {.used = 0}, limits = {.used = 0}, hold = {.used = 0},
                   until = {.used = 0};
    describe_condition(&shape, rules, group, &trigger->when, WORDING_SHAPE);
    describe_condition(&limits, rules, group, &trigger->when, WORDING_LIMITS);
    describe_hold(&hold, &trigger->when.hold);
    add(facts, owner, arena_print(&facts->arena, "%s when", name), "%s", shape.text);
    if (limits.used > 0)
        add(facts, owner, arena_print(&facts->arena, "%s limit", name), "%s", limits.text);
    if (hold.used > 0)
        add(facts, owner, arena_print(&facts->arena, "%s hold", name), "%s", hold.text);
    if (trigger->has_until) {
        describe_condition(&until, rules, group, &trigger->until, WORDING_ALL);
        wording_add(&until, trigger->until.hold.kind == RULES_HOLD_NONE ? "" : " ");
        describe_hold(&until, &trigger->until.hold);
        add(facts, owner, arena_print(&facts->arena, "%s until", name), "%s", until.text);
    }
    add_duration(facts, owner, arena_print(&facts->arena, "%s clear after", name),
                 trigger->clear_after_ms);
}

static void add_options(struct facts *facts, const char *owner, const struct rules_alarm *alarm)
{
    static const char *const acknowledge[] = {"optional", "required", "required for critical"};
    static const char *const sensitivity[] = {"normal", "low", "high"};
    static const char *const learn_by[] = {"", " by hour of day", " by hour of week"};
    struct wording learn = {.used = 0}, limit = {.used = 0};
    if (alarm->is_latched)
        add(facts, owner, "clear", "by hand");
    add_text(facts, owner, "say", alarm->say);
    add_text(facts, owner, "cause", alarm->cause);
    add_text(facts, owner, "risk", alarm->risk);
    add_text(facts, owner, "action", alarm->action);
    add_duration(facts, owner, "respond within", alarm->respond_ms);
    add_duration(facts, owner, "remind every", alarm->remind_ms);
    add(facts, owner, "acknowledge", "%s", acknowledge[alarm->acknowledge_required % 3]);
    add_duration(facts, owner, "shelve at most", alarm->shelve_most_ms);
    describe_duration(&limit, alarm->limit_ms);
    if (alarm->limit_count > 0)
        add(facts, owner, "limit", "%u per %s", alarm->limit_count, limit.text);
    add(facts, owner, "sensitivity", "%s", sensitivity[alarm->sensitivity % 3]);
    describe_duration(&learn, alarm->learn_ms);
    if (alarm->learn_ms > 0)
        add(facts, owner, "learn over", "%s%s", learn.text, learn_by[alarm->learn_by % 3]);
    add_duration(facts, owner, "attach last", alarm->attach_ms);
    add_text(facts, owner, "also mqtt", alarm->also);
    add_text(facts, owner, "out of service", alarm->out_reason);
    if (alarm->out_until_ms != 0)
        add(facts, owner, "out of service until day", "%lld",
            (long long)((alarm->out_until_ms + 43200000) / 86400000)); /* of whatever zone */
    add_words(facts, owner, "tags", alarm->tags, " ");
}

static void add_alarm(struct facts *facts, const struct rules_alarm *alarm)
{
    const struct ruleset *rules = facts->rules;
    const char *owner = owner_of(facts, "", alarm->name);
    add(facts, owner, "", "%s", "");
    if (alarm->group < rules->groups.count)
        add(facts, owner, "on", "%s",
            rules_text(rules,
                       RULES_AT(rules, struct rules_group, rules->groups, alarm->group)->name)
                .bytes);
    add_where(facts, owner, alarm->group, alarm->where);
    for (uint32_t i = 0; i < alarm->triggers.count; i++)
        add_trigger(facts, owner, alarm, i);
    add_suppressed(facts, owner, alarm->scope, alarm->suppressed_by);
    add_options(facts, owner, alarm);
}

static void add_item(struct facts *facts, const char *owner, uint32_t group,
                     const struct rules_item *item)
{
    static const char *const summaries[] = {
        "average",   "minimum", "maximum", "count",  "median",       "total",     "spread",
        "deviation", "first",   "last",    "change", "kinetic-mean", "percentile"};
    const struct ruleset *rules = facts->rules;
    const char *reading = "?";
    if (group < rules->groups.count)
        reading =
            rules_text(rules,
                       RULES_AT(rules, struct rules_reading,
                                RULES_AT(rules, struct rules_group, rules->groups, group)->readings,
                                item->reading)
                           ->name)
                .bytes;
    if (item->kind == RULES_ITEM_TIME_WHILE)
        add(facts, owner,
            arena_print(&facts->arena, "send time while %s", rules_text(rules, item->text).bytes),
            "%s", "");
    else if (item->kind == RULES_ITEM_RAW)
        add(facts, owner, arena_print(&facts->arena, "send raw %s", reading), "%s", "");
    else if (item->summary == RULES_PERCENTILE)
        add(facts, owner,
            arena_print(&facts->arena, "send percentile %g of %s", item->percentile, reading), "%s",
            "");
    else
        add(facts, owner,
            arena_print(&facts->arena, "send %s of %s", summaries[item->summary % 13], reading),
            "%s", "");
}

static void add_report(struct facts *facts, const struct rules_report *report)
{
    const struct ruleset *rules = facts->rules;
    const char *owner = owner_of(facts, "report ", report->name);
    add(facts, owner, "", "%s", "");
    add_duration(facts, owner, "every", report->every_ms);
    add_duration(facts, owner, "at", report->at_ms);
    add_duration(facts, owner, "over", report->over_ms);
    add_duration(facts, owner, "wait", report->wait_ms);
    if (report->has_change)
        add(facts, owner, "or when it changes more than", "%.12g", report->change_by);
    add_where(facts, owner, report->group, report->where);
    add_suppressed(facts, owner, report->scope, report->suppressed_by);
    for (uint32_t i = 0; i < report->items.count; i++)
        add_item(facts, owner, report->group, RULES_AT(rules, struct rules_item, report->items, i));
    add_words(facts, owner, "tags", report->tags, " ");
}

static void gather(struct facts *facts)
{
    const struct ruleset *rules = facts->rules;
    add_site(facts);
    for (uint32_t i = 0; i < rules->hours.count; i++)
        add_hours(facts, RULES_AT(rules, struct rules_hours, rules->hours, i));
    for (uint32_t i = 0; i < rules->groups.count; i++)
        add_group(facts, i);
    for (uint32_t i = 0; i < rules->columns.count; i++)
        add_column(facts, RULES_AT(rules, struct rules_column, rules->columns, i));
    for (uint32_t i = 0; i < rules->alarms.count; i++)
        add_alarm(facts, RULES_AT(rules, struct rules_alarm, rules->alarms, i));
    for (uint32_t i = 0; i < rules->reports.count; i++)
        add_report(facts, RULES_AT(rules, struct rules_report, rules->reports, i));
}

/* ---- comparing ----------------------------------------------------------------------------- */

static size_t first_place(const struct facts *facts, const char *owner, const char *what)
{
    uint64_t hash =
        hash_bytes(hash_bytes(HASH_START, owner, strlen(owner) + 1), what, strlen(what));
    return (size_t)(hash % facts->index_size);
}

static struct fact *find(const struct facts *facts, const char *owner, const char *what)
{
    for (size_t place = first_place(facts, owner, what); facts->index[place] != 0;
         place = (place + 1) % facts->index_size) {
        struct fact *fact = &facts->list[facts->index[place] - 1];
        if (strcmp(fact->owner, owner) == 0 && strcmp(fact->what, what) == 0)
            return fact;
    }
    return NULL;
}

/* The first of equals is found. */
static void index_all(struct facts *facts)
{
    facts->index_size = 2 * facts->count + 1;
    facts->index = must_arena_allocate(&facts->arena, facts->index_size * sizeof *facts->index);
    for (size_t i = 0; i < facts->count; i++) {
        size_t place = first_place(facts, facts->list[i].owner, facts->list[i].what);
        while (facts->index[place] != 0)
            place = (place + 1) % facts->index_size;
        facts->index[place] = (uint32_t)i + 1;
    }
}

static __attribute__((format(printf, 2, 3))) void tell(struct rules_output output,
                                                       const char *format, ...)
{
    char line[2 * WORDING_BYTES + 256];
    va_list values;
    va_start(values, format);
    int length = vsnprintf(line, sizeof line, format, values);
    va_end(values);
    size_t bytes = length < 0 ? 0 : (size_t)length < sizeof line ? (size_t)length : sizeof line - 1;
    output.write(output.context, line, bytes);
}

/* A fact of one ruleset whose owner is not in the other is said with the owner. */
static bool owner_is_missing(const struct facts *other, const struct fact *fact)
{
    return strcmp(fact->owner, "site") != 0 && strncmp(fact->owner, "limits of ", 10) != 0 &&
           !find(other, fact->owner, "");
}

static size_t tell_missing(const struct facts *facts, const struct facts *other,
                           struct rules_output output, bool is_new)
{
    size_t told = 0;
    for (size_t i = 0; i < facts->count; i++) {
        const struct fact *fact = &facts->list[i];
        const char *blank = fact->how[0] ? " " : "";
        if (fact->is_met)
            continue;
        if (!fact->what[0])
            tell(output, "%s: %s.\n", fact->owner, is_new ? "is new" : "is gone");
        else if (owner_is_missing(other, fact) && !is_new)
            continue; /* the owner's end says it */
        else
            tell(output, "%s: %s%s%s %s.\n", fact->owner, fact->what, blank, fact->how,
                 is_new ? "is new" : "is gone");
        told++;
    }
    return told;
}

size_t rulesets_changes(const struct ruleset *old, const struct ruleset *new,
                        struct rules_output output)
{
    struct facts before = {.rules = old}, after = {.rules = new};
    size_t told = 0;
    gather(&before);
    gather(&after);
    index_all(&before);
    index_all(&after);
    for (size_t i = 0; i < after.count; i++) {
        struct fact *fact = &after.list[i];
        struct fact *was = find(&before, fact->owner, fact->what);
        fact->is_met = was != NULL;
        if (!was)
            continue;
        bool is_told = was->is_met; /* the same cell of a table in another place of use */
        was->is_met = true;
        if (strcmp(was->how, fact->how) != 0 && !is_told) {
            tell(output, "%s: %s %s -> %s.\n", fact->owner, fact->what,
                 was->how[0] ? was->how : "without a limit",
                 fact->how[0] ? fact->how : "without a limit");
            told++;
        }
    }
    for (size_t i = 0; i < before.count; i++) /* doubles of what was met */
        before.list[i].is_met |= find(&after, before.list[i].owner, before.list[i].what) != NULL;
    told += tell_missing(&before, &after, output, false);
    told += tell_missing(&after, &before, output, true);
    arena_free(&before.arena);
    arena_free(&after.arena);
    return told;
}

/* ---- exactly the same ---------------------------------------------------------------------- */

/* A copy whose line numbers and fingerprints are 0. */
static struct ruleset *without_lines(const struct ruleset *rules)
{
    char *copy = malloc(rules->size_bytes);
    if (!copy)
        return NULL;
    memcpy(copy, rules, rules->size_bytes);
    struct ruleset *set = (struct ruleset *)(void *)copy;
    set->checksum = set->fingerprint = 0;
    struct rules_alarm *alarms = (struct rules_alarm *)(void *)(copy + set->alarms.offset);
    struct rules_report *reports = (struct rules_report *)(void *)(copy + set->reports.offset);
    for (uint32_t i = 0; i < set->alarms.count; i++) {
        struct rules_trigger *triggers =
            (struct rules_trigger *)(void *)(copy + alarms[i].triggers.offset);
        alarms[i].line = 0;
        for (uint32_t j = 0; j < alarms[i].triggers.count; j++)
            triggers[j].line = 0;
    }
    for (uint32_t i = 0; i < set->reports.count; i++)
        reports[i].line = 0;
    return set;
}

bool rulesets_mean_the_same(const struct ruleset *a, const struct ruleset *b)
{
    if (a->size_bytes != b->size_bytes)
        return false;
    struct ruleset *left = without_lines(a), *right = without_lines(b);
    bool is_same = left && right && memcmp(left, right, a->size_bytes) == 0;
    free(left);
    free(right);
    return is_same;
}
