/* A site in a test: rules as text, messages as a sensor sends them, and what the engine told, line
 * by line. Comes in: rule text, times of a day ("08:15:00" or "08:15:00.250", on Monday
 * 2026-03-09), topics and payloads. Goes out: one line for each event:
 *
 *   08:15:00 raised warning too-warm on dairy-1 #1 since 08:05:00 value 6.0 worst 6.3 at 08:11:00
 *   08:20:00 updated warning to critical too-warm on dairy-1 …
 *   08:43:00 cleared critical too-warm on dairy-1 …
 *   08:05:00 report five on dairy-1 08:00:00 to 08:05:00 average 5.0 count 5 | 5 of 5 whole
 *
 * Included by one test program each; everything is static. */
#ifndef TESTS_SUPPORT_JUDGED_SITE_H
#define TESTS_SUPPORT_JUDGED_SITE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pipeline/pipeline.h"
#include "rules/language/compiler.h"

#define UNUSED __attribute__((unused))
#define SITE_DAY_MS INT64_C(1773014400000) /* 2026-03-09T00:00:00Z */
#define SITE_DEVICES 200

struct site {
    struct rules_compiled compiled;
    const struct ruleset *rules;
    void *engine_memory, *pipeline_memory;
    struct engine *engine;
    struct pipeline *pipeline;
    char told[65536];
    size_t told_bytes;
};

/* ---- times --------------------------------------------------------------------------------- */

/* "08:15", "08:15:30", "08:15:30.250"; "+1d 08:15" is the day after. */
static UNUSED int64_t site_ms(const char *clock)
{
    int days = 0, hours = 0, minutes = 0, seconds = 0, milliseconds = 0;
    if (clock[0] == '+' || clock[0] == '-') {
        days = (int)strtol(clock, NULL, 10);
        clock = strchr(clock, ' ') + 1;
    }
    if (sscanf(clock, "%d:%d:%d.%d", &hours, &minutes, &seconds, &milliseconds) < 2)
        fail_msg("not a time: %s", clock);
    return SITE_DAY_MS + ((((int64_t)days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000 +
           milliseconds;
}

static const char *site_clock(int64_t ms, char room[40])
{
    int64_t of_day = ms - SITE_DAY_MS;
    char day[16] = "";
    if (of_day < 0 || of_day >= 86400000) {
        int64_t days = of_day / 86400000 - (of_day % 86400000 < 0);
        snprintf(day, sizeof day, "%+lldd ", (long long)days);
        of_day -= days * 86400000;
    }
    int seconds = (int)(of_day / 1000), milliseconds = (int)(of_day % 1000);
    int used = snprintf(room, 40, "%s%02d:%02d:%02d", day, seconds / 3600, seconds / 60 % 60,
                        seconds % 60);
    if (milliseconds != 0)
        snprintf(room + used, 40 - (size_t)used, ".%03d", milliseconds);
    return room;
}

/* ---- what is told -------------------------------------------------------------------------- */

static UNUSED __attribute__((format(printf, 2, 3))) void site_tell(struct site *site,
                                                                   const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int used = vsnprintf(site->told + site->told_bytes, sizeof site->told - site->told_bytes,
                         format, arguments);
    va_end(arguments);
    site->told_bytes += (size_t)used;
    assert_true(site->told_bytes < sizeof site->told);
}

static void site_tell_device(struct site *site, uint32_t device)
{
    struct engine_device_view view;
    engine_device_view(site->engine, device, &view);
    uint32_t names =
        view.set != RULES_NONE
            ? RULES_AT(site->rules, struct rules_set, site->rules->sets, view.set)->names.count
            : RULES_AT(site->rules, struct rules_group, site->rules->groups, view.group)
                  ->names.count;
    for (uint32_t i = 0; i < names; i++) {
        site_tell(site, "%s%.*s", i > 0 ? "." : "", (int)view.names[i].length, view.names[i].bytes);
    }
    if (names == 0)
        site_tell(site, "site");
}

/* The reading that a test compares; NULL: it compares none. */
static const struct rules_reading *site_reading_of(const struct site *site, uint32_t group,
                                                   const struct rules_test *test)
{
    if (test->link != RULES_NONE)
        group = RULES_AT(site->rules, struct rules_link, site->rules->links, test->link)->to;
    if (group >= site->rules->groups.count)
        return NULL;
    const struct rules_group *of =
        RULES_AT(site->rules, struct rules_group, site->rules->groups, group);
    return RULES_AT(site->rules, struct rules_reading, of->readings, test->reading);
}

static void site_on_alarm(void *context, const struct engine_alarm_event *event)
{
    static const char *const changes[] = {"raised",         "updated",  "cleared",
                                          "logged",         "reminder", "acknowledged",
                                          "unacknowledged", "shelved",  "unshelved"};
    static const char *const severities[] = {"normal", "log", "notice", "warning", "critical"};
    struct site *site = context;
    const struct rules_alarm *alarm =
        RULES_AT(site->rules, struct rules_alarm, site->rules->alarms, event->alarm);
    char room[40];
    site_tell(site, "%s %s ", site_clock(event->time_ms, room), changes[event->change]);
    if (event->change == ENGINE_UPDATED || event->change == ENGINE_CLEARED)
        site_tell(site, "%s", severities[event->from_severity]);
    if (event->change == ENGINE_UPDATED)
        site_tell(site, " to ");
    if (event->change != ENGINE_CLEARED)
        site_tell(site, "%s", severities[event->severity]);
    site_tell(site, " %s on ", (const char *)site->rules + alarm->name.offset);
    site_tell_device(site, event->device);
    site_tell(site, " #%u since %s", event->occurrence, site_clock(event->started_ms, room));
    if (event->has_value) {
        struct engine_device_view view;
        engine_device_view(site->engine, event->device, &view);
        const struct rules_trigger *trigger =
            RULES_AT(site->rules, struct rules_trigger, alarm->triggers, event->trigger);
        const struct rules_test *test =
            RULES_AT(site->rules, struct rules_test, trigger->when.tests, event->test);
        const struct rules_reading *reading = site_reading_of(site, view.group, test);
        if (reading == NULL || reading->kind == RULES_NUMBER || test->summary != RULES_NO_SUMMARY)
            site_tell(site, " value %.*f", event->value.decimals, event->value.number);
        else if (reading->kind == RULES_STATE)
            site_tell(site, " value %s",
                      (const char *)site->rules + RULES_AT(site->rules, struct rules_text,
                                                           reading->words, event->value.word)
                                                      ->offset);
    }
    if (event->has_worst)
        site_tell(site, " worst %g at %s", event->worst, site_clock(event->worst_ms, room));
    static const char *const surprises[] = {"",
                                            ", higher than ever",
                                            ", lower than ever",
                                            ", high for the hour",
                                            ", low for the hour",
                                            ", level higher",
                                            ", level lower",
                                            ", moves more",
                                            ", moves less",
                                            ", rare value"};
    if (event->has_usual)
        site_tell(site, " usual %.1f to %.1f%s", event->usual_low, event->usual_high,
                  surprises[event->surprise]);
    const struct engine_marks *marks = &event->marks;
    const struct {
        bool is_set;
        const char *word;
    } words[] = {{event->is_historical, " historical"},
                 {event->reason == ENGINE_BY_HAND, " by hand"},
                 {event->reason == ENGINE_NOW_USUAL, " now usual"},
                 {marks->is_acknowledged, " acknowledged"},
                 {marks->is_latched, " latched"},
                 {marks->is_suppressed, " suppressed"},
                 {marks->is_out_of_service, " out-of-service"},
                 {marks->is_chattering, " chattering"},
                 {marks->is_stale, " stale"},
                 {event->is_quiet, " quiet"}};
    if (marks->shelved_until_ms != INT64_MIN)
        site_tell(site, " shelved until %s", site_clock(marks->shelved_until_ms, room));
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        site_tell(site, "%s", words[i].is_set ? words[i].word : "");
    site_tell(site, "\n");
}

static void site_on_flood(void *context, const struct engine_flood_event *event)
{
    static const char *const changes[] = {"began", "goes on", "ended"};
    struct site *site = context;
    char room[40];
    site_tell(site, "%s flood %s: %u,", site_clock(event->time_ms, room), changes[event->change],
              event->raised);
    for (uint32_t i = 0; i < event->counts_count; i++) {
        const struct rules_alarm *alarm =
            RULES_AT(site->rules, struct rules_alarm, site->rules->alarms, event->counts[i].alarm);
        site_tell(site, " %s %u", (const char *)site->rules + alarm->name.offset,
                  event->counts[i].raised);
    }
    site_tell(site, ", first on ");
    site_tell_device(site, event->first_device);
    site_tell(site, "\n");
}

static void site_on_report(void *context, const struct engine_report_event *event)
{
    static const char *const summaries[] = {
        "average",   "minimum", "maximum", "count",  "median",       "total",     "spread",
        "deviation", "first",   "last",    "change", "kinetic-mean", "percentile"};
    struct site *site = context;
    const struct rules_report *report =
        RULES_AT(site->rules, struct rules_report, site->rules->reports, event->report);
    char room[40];
    site_tell(site, "%s report %s on ", site_clock(event->time_ms, room),
              (const char *)site->rules + report->name.offset);
    site_tell_device(site, event->device);
    site_tell(site, " %s to", site_clock(event->start_ms, room));
    site_tell(site, " %s", site_clock(event->end_ms, room));
    for (uint32_t i = 0; i < report->items.count; i++) {
        const struct rules_item *item = RULES_AT(site->rules, struct rules_item, report->items, i);
        site_tell(site, " %s ",
                  item->kind == RULES_ITEM_RAW          ? "raw"
                  : item->kind == RULES_ITEM_TIME_WHILE ? "time-while"
                                                        : summaries[item->summary]);
        if (event->items[i].is_known)
            site_tell(site, "%.*f", event->items[i].decimals, event->items[i].value);
        else
            site_tell(site, "unknown");
    }
    site_tell(site, " | %u of %u", event->good, event->expected);
    if (event->received != event->good)
        site_tell(site, " received %u", event->received);
    if (event->faulty > 0)
        site_tell(site, " faulty %u", event->faulty);
    if (event->late > 0)
        site_tell(site, " late %u", event->late);
    if (event->duplicate > 0)
        site_tell(site, " duplicate %u", event->duplicate);
    if (event->revision > 0)
        site_tell(site, " revision %u", event->revision);
    site_tell(site, "%s\n", event->is_whole ? " whole" : "");
}

/* ---- a site -------------------------------------------------------------------------------- */

static UNUSED void site_print(void *context, const char *bytes, size_t length)
{
    (void)context;
    fwrite(bytes, 1, length, stderr);
}

static void site_make_engine(struct site *site, int64_t now_ms)
{
    size_t bytes = (engine_size_bytes(site->rules, SITE_DEVICES) + 63) / 64 * 64;
    site->engine_memory = aligned_alloc(64, bytes);
    memset(site->engine_memory, 0, bytes);
    struct engine_sink sink = {
        .alarm = site_on_alarm, .report = site_on_report, .flood = site_on_flood, .context = site};
    site->engine = engine_create(site->engine_memory, site->rules, SITE_DEVICES, sink, now_ms);
    site->pipeline_memory = malloc(pipeline_size_bytes(site->rules, SITE_DEVICES));
    site->pipeline =
        pipeline_create(site->pipeline_memory, site->rules, SITE_DEVICES, site->engine);
}

/* Compiles the rules, changes them where the language has no words for it yet (`tune`, or NULL),
 * and starts Brink at `clock`. */
static UNUSED struct site *site_start_tuned(const char *clock, const char *rules,
                                            void (*tune)(struct ruleset *rules))
{
    struct site *site = calloc(1, sizeof *site);
    const struct rules_source_file file = {"test.rules", text_of(rules)};
    rules_compile(&file, 1, &site->compiled);
    if (site->compiled.block == NULL) {
        for (size_t i = 0; i < site->compiled.messages_count; i++)
            rules_message_print(&site->compiled.messages[i],
                                (struct rules_output){site_print, NULL});
        fail_msg("the rules of this test do not compile");
    }
    const char *why = "";
    if (!ruleset_check(site->compiled.block, site->compiled.size_bytes, &why))
        fail_msg("ruleset_check: %s", why);
    if (tune != NULL)
        tune((void *)site->compiled.block);
    site->rules = site->compiled.block;
    site_make_engine(site, site_ms(clock));
    return site;
}

/* Compiles the rules and starts Brink at `clock`. */
static UNUSED struct site *site_start(const char *clock, const char *rules)
{
    return site_start_tuned(clock, rules, NULL);
}

/* Brink goes off as it is and comes back at `now_ms` with what it kept. */
static UNUSED void site_restart_at(struct site *site, int64_t now_ms)
{
    size_t bytes = engine_save(site->engine, NULL, 0);
    void *state = malloc(bytes);
    assert_int_equal(engine_save(site->engine, state, bytes), bytes);
    free(site->engine_memory);
    free(site->pipeline_memory);
    site_make_engine(site, now_ms);
    assert_int_equal(engine_restore(site->engine, state, bytes, now_ms), ENGINE_RESTORED);
    free(state);
}

static UNUSED void site_stop(struct site *site)
{
    rules_compiled_free(&site->compiled);
    free(site->engine_memory);
    free(site->pipeline_memory);
    free(site);
}

/* A message arrives. The payload is copied to room of exactly its length, so that the sanitizer
 * sees a byte too far. */
static UNUSED bool site_send_bytes(struct site *site, int64_t arrived_ms, const char *topic,
                                   const char *payload, size_t length)
{
    char *room = malloc(length > 0 ? length : 1);
    memcpy(room, payload, length);
    bool has_readings = pipeline_mqtt(site->pipeline, text_of(topic), (struct text){room, length},
                                      false, arrived_ms);
    free(room);
    return has_readings;
}

static UNUSED bool site_send(struct site *site, const char *clock, const char *topic,
                             const char *payload)
{
    return site_send_bytes(site, site_ms(clock), topic, payload, strlen(payload));
}

static UNUSED void site_advance(struct site *site, const char *clock)
{
    engine_advance(site->engine, site_ms(clock));
}

/* From `first` to `last`, both included, a message every `every_s` seconds. */
static UNUSED void site_send_every(struct site *site, const char *first, const char *last,
                                   int every_s, const char *topic, const char *payload)
{
    for (int64_t at = site_ms(first); at <= site_ms(last); at += every_s * INT64_C(1000))
        site_send_bytes(site, at, topic, payload, strlen(payload));
}

/* What was told since the last look is this, and nothing else. */
static UNUSED void site_expect(struct site *site, const char *lines)
{
    assert_string_equal(site->told, lines);
    site->told[0] = '\0';
    site->told_bytes = 0;
}

#endif
