/* A small ruleset, made by hand, so that these tests need no compiler: one group of coolers, the
 * alarm of RULES section 16.3, an alarm on a door, one on silence, and the report of section 16.4.
 */
#ifndef TESTS_UNIT_ALERTS_SAMPLE_H
#define TESTS_UNIT_ALERTS_SAMPLE_H

#include "rules/engine/engine.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

enum { SAMPLE_TEMPERATURE, SAMPLE_HUMIDITY, SAMPLE_DOOR };
enum { SAMPLE_TOO_WARM, SAMPLE_DOOR_OPEN, SAMPLE_SILENT };

struct sample {
    struct ruleset set;
    struct rules_group groups[1];
    struct rules_name names[2];
    struct rules_reading readings[3];
    struct rules_text words[2], tags[1];
    struct rules_alarm alarms[3];
    struct rules_trigger triggers[4]; /* too-warm: critical, warning; door-open; silent */
    struct rules_test tests[6];
    struct rules_report reports[1];
    struct rules_item items[5];
    char texts[4096];
    uint32_t texts_length;
};

static inline struct rules_text sample_text(struct sample *sample, const char *string)
{
    struct rules_text text = {(uint32_t)(offsetof(struct sample, texts) + sample->texts_length),
                              (uint32_t)strlen(string)};
    memcpy(sample->texts + sample->texts_length, string, text.length + 1);
    sample->texts_length += text.length + 1;
    return text;
}

#define SAMPLE_SPAN(member, first, number)                                                         \
    ((struct rules_span){(uint32_t)(offsetof(struct sample, member) +                              \
                                    (first) * sizeof(((struct sample *)0)->member[0])),            \
                         (number)})

static inline struct rules_test sample_limit(struct sample *sample, enum rules_test_kind kind,
                                             double number)
{
    return (struct rules_test){.kind = kind,
                               .reading = SAMPLE_TEMPERATURE,
                               .value = {.number = number,
                                         .written = number,
                                         .unit = sample_text(sample, "°C"),
                                         .decimals = number != floor(number)}};
}

static inline void sample_fill(struct sample *sample)
{
    memset(sample, 0, sizeof *sample);
    struct rules_text none = sample_text(sample, ""), file = sample_text(sample, "store.rules");
    sample->set = (struct ruleset){.magic = RULESET_MAGIC,
                                   .version = RULESET_VERSION,
                                   .size_bytes = sizeof *sample,
                                   .fingerprint = UINT64_C(0xb7e1a0c400000000),
                                   .keep_unsent_ms = 7 * 86400000LL,
                                   .groups = SAMPLE_SPAN(groups, 0, 1),
                                   .alarms = SAMPLE_SPAN(alarms, 0, 3),
                                   .reports = SAMPLE_SPAN(reports, 0, 1)};
    sample->groups[0] = (struct rules_group){.name = sample_text(sample, "coolers"),
                                             .called = sample_text(sample, "cooler {cooler}"),
                                             .names = SAMPLE_SPAN(names, 0, 2),
                                             .readings = SAMPLE_SPAN(readings, 0, 3)};
    sample->names[0].name = sample_text(sample, "store");
    sample->names[1].name = sample_text(sample, "cooler");
    sample->readings[SAMPLE_TEMPERATURE] =
        (struct rules_reading){.name = sample_text(sample, "temperature"),
                               .unit = sample_text(sample, "°C"),
                               .scale = 1,
                               .decimals = 1};
    sample->readings[SAMPLE_HUMIDITY] = (struct rules_reading){
        .name = sample_text(sample, "humidity"), .unit = sample_text(sample, "%"), .scale = 1};
    sample->words[0] = sample_text(sample, "open");
    sample->words[1] = sample_text(sample, "closed");
    sample->readings[SAMPLE_DOOR] = (struct rules_reading){.name = sample_text(sample, "door"),
                                                           .unit = none,
                                                           .kind = RULES_STATE,
                                                           .scale = 1,
                                                           .words = SAMPLE_SPAN(words, 0, 2)};
    sample->tags[0] = sample_text(sample, "cold-chain");

    sample->tests[0] = sample_limit(sample, RULES_ABOVE, 5);
    sample->tests[1] = sample_limit(sample, RULES_BELOW, 4.5);
    sample->tests[2] = (struct rules_test){.kind = RULES_IS,
                                           .reading = SAMPLE_DOOR,
                                           .link = RULES_NONE,
                                           .window = RULES_NONE,
                                           .summary = RULES_NO_SUMMARY};
    sample->tests[3] = (struct rules_test){.kind = RULES_SILENT,
                                           .link = RULES_NONE,
                                           .window = RULES_NONE,
                                           .summary = RULES_NO_SUMMARY};
    static const int severities[] = {RULES_CRITICAL, RULES_WARNING, RULES_NOTICE, RULES_WARNING};
    static const int holds[] = {1800000, 600000, 180000, 900000};
    for (uint32_t i = 0; i < 4; i++) {
        sample->triggers[i] =
            (struct rules_trigger){.severity = (uint32_t)severities[i],
                                   .line = 65 + i,
                                   .when = {.tests = SAMPLE_SPAN(tests, i < 2 ? 0 : i, 1),
                                            .hold = {.kind = RULES_HOLD_FOR, .for_ms = holds[i]}},
                                   .has_until = i < 2,
                                   .until = {.tests = SAMPLE_SPAN(tests, 1, 1)}};
    }
    sample->alarms[SAMPLE_TOO_WARM] = (struct rules_alarm){
        .name = sample_text(sample, "cooler-too-warm"),
        .triggers = SAMPLE_SPAN(triggers, 0, 2),
        .say = sample_text(
            sample,
            "Cooler {cooler} is at {temperature}; its limit is {limit}. Warm for {duration}."),
        .cause = sample_text(
            sample, "Door left open, iced coil, failed fan or compressor, or overloaded shelves."),
        .risk = sample_text(sample, "Chilled food above 5 °C for 4 hours must be thrown away."),
        .action = sample_text(
            sample, "Close the door. If it is not cooling after 15 minutes move the stock and "
                    "call 0113 555 0142."),
        .respond_ms = 1800000,
        .tags = SAMPLE_SPAN(tags, 0, 1),
        .acknowledge_required = 2,
        .file = file};
    sample->alarms[SAMPLE_DOOR_OPEN] =
        (struct rules_alarm){.name = sample_text(sample, "door-open"),
                             .triggers = SAMPLE_SPAN(triggers, 2, 1),
                             .say = sample_text(sample, "The door of {device} is {door}."),
                             .cause = none,
                             .risk = none,
                             .action = none,
                             .file = file};
    sample->alarms[SAMPLE_SILENT] =
        (struct rules_alarm){.name = sample_text(sample, "cooler-sensor-silent"),
                             .triggers = SAMPLE_SPAN(triggers, 3, 1),
                             .say = sample_text(sample, "No reading from {device} for {duration}."),
                             .cause = none,
                             .risk = none,
                             .action = none,
                             .file = file};
    sample->reports[0] = (struct rules_report){.name = sample_text(sample, "cooler-5min"),
                                               .items = SAMPLE_SPAN(items, 0, 5),
                                               .file = file,
                                               .line = 134};
    static const int summaries[] = {RULES_AVERAGE, RULES_MINIMUM, RULES_MAXIMUM, RULES_COUNT,
                                    RULES_AVERAGE};
    for (uint32_t i = 0; i < 5; i++)
        sample->items[i] =
            (struct rules_item){.summary = (uint32_t)summaries[i],
                                .reading = i < 4 ? SAMPLE_TEMPERATURE : SAMPLE_HUMIDITY};
}

#define SAMPLE_MS(hour, minute)                                                                    \
    (INT64_C(1773446400000) + ((hour)*60 + (minute)) * INT64_C(60000)) /* 2026-03-14 */

/* The raise of section 16.3. */
static inline struct engine_alarm_event sample_raise(void)
{
    return (struct engine_alarm_event){
        .change = ENGINE_RAISED,
        .time_ms = SAMPLE_MS(8, 15),
        .alarm = SAMPLE_TOO_WARM,
        .trigger = 1,
        .severity = RULES_WARNING,
        .occurrence = 41,
        .started_ms = SAMPLE_MS(8, 5),
        .raised_ms = SAMPLE_MS(8, 15),
        .cleared_ms = INT64_MIN,
        .has_value = true,
        .value = {.number = 6, .quality = ENGINE_GOOD, .decimals = 1, .taken_ms = SAMPLE_MS(8, 15)},
        .has_worst = true,
        .worst = 6.3,
        .worst_ms = SAMPLE_MS(8, 11),
        .marks = {.shelved_until_ms = INT64_MIN, .acknowledged_ms = INT64_MIN}};
}

#endif
