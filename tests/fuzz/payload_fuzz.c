/* libFuzzer: any bytes as a payload, of every format and every kind of group. Whatever comes, the
 * sanitizers stay quiet, the counters add up and nothing stays due. The first byte picks the group
 * (payloads[] in fuzz.py has seeds of each), the rest is the payload. */
#include <stdio.h>
#include <stdlib.h>

#include "pipeline/json_scan.h"
#include "pipeline/pipeline.h"
#include "rules/language/compiler.h"

static const char rules_text_of_site[] = "sensors coolers\n"
                                         "  from mqtt store/{store}/cooler/{cooler}\n"
                                         "  expect every 1 minute\n"
                                         "  time from ts in seconds\n"
                                         "  sequence from n\n"
                                         "  read temperature from temp in °C\n"
                                         "  read defrost from status.defrost as on or off\n"
                                         "  read mode from \"odd key\".x[1] as text\n"
                                         "sensors plain\n"
                                         "  from mqtt plain/{thing}\n"
                                         "  read level from payload as number\n"
                                         "sensors listed\n"
                                         "  from udp port 5005\n"
                                         "  each samples\n"
                                         "  name vessel from id\n"
                                         "  time from ts in text\n"
                                         "  read height from lvl in %\n"
                                         "sensors lines\n"
                                         "  from mqtt lines/{place}\n"
                                         "  format lines\n"
                                         "  name room from room\n"
                                         "  sequence from n\n"
                                         "  read warmth from temp in °C\n"
                                         "  read fan from \"fan, 1\" as on or off\n"
                                         "  read kind from measurement as text\n"
                                         "sensors packs\n"
                                         "  from mqtt senml\n"
                                         "  format senml\n"
                                         "  name box from bn\n"
                                         "  read chill from temp in °C\n"
                                         "  read hatch from urn:dev:ow:1:hatch as open or closed\n"
                                         "  read note as text\n"
                                         "sensors sparks\n"
                                         "  from mqtt spark/{spark}\n"
                                         "  format sparkplug\n"
                                         "  sequence from seq\n"
                                         "  read load from \"Motor/Load\" in kW\n"
                                         "  read running from 17 as on or off\n"
                                         "  read remark as text\n"
                                         "sensors rows\n"
                                         "  from udp port 5006\n"
                                         "  format csv time unit fill flag\n"
                                         "  name unit from unit\n"
                                         "  time from time in seconds\n"
                                         "  read fill in %\n"
                                         "  read flag as on or off\n"
                                         "sensors words\n"
                                         "  from mqtt word/{word}\n"
                                         "  format plain\n"
                                         "  read remainder from payload as text\n"
                                         "alarm warm on coolers\n"
                                         "  warning when temperature above 5 °C for 2 minutes\n"
                                         "alarm quiet on coolers\n"
                                         "  notice when silent for 5 minutes\n"
                                         "report five on coolers\n"
                                         "  every 5 minutes\n"
                                         "  send average of temperature\n";

/* How a payload comes in. */
static const struct way {
    const char *topic; /* NULL: a datagram */
    uint16_t port;
    bool is_retained;
} ways[] = {
    {"store/14/cooler/dairy-1", 0, false},
    {"plain/1", 0, true},
    {NULL, 5005, false},
    {"lines/1", 0, false},
    {"senml", 0, false},
    {"spark/1", 0, true},
    {NULL, 5006, false},
    {"word/1", 0, false},
};

#define DEVICES 64

static struct rules_compiled compiled;
static struct engine *engine;
static struct pipeline *pipeline;
static int64_t now_ms = INT64_C(1773475200000);

static void on_alarm(void *context, const struct engine_alarm_event *event)
{
    (void)context;
    if (event->severity > RULES_CRITICAL)
        abort();
}

static void on_report(void *context, const struct engine_report_event *event)
{
    (void)context;
    if (event->good > event->received)
        abort();
}

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count;
    (void)arguments;
    struct rules_source_file file = {"fuzz.rules", text_of(rules_text_of_site)};
    rules_compile(&file, 1, &compiled);
    const struct ruleset *rules = compiled.block;
    if (rules == NULL) {
        fprintf(stderr, "%s\n", compiled.messages[0].text);
        abort();
    }
    size_t room = (engine_size_bytes(rules, DEVICES) + 63) / 64 * 64;
    void *memory = aligned_alloc(64, room);
    memset(memory, 0, room);
    struct engine_sink sink = {on_alarm, on_report, NULL};
    engine = engine_create(memory, rules, DEVICES, sink, now_ms);
    pipeline = pipeline_create(malloc(pipeline_size_bytes(rules, DEVICES)), rules, DEVICES, engine);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    if (length == 0)
        return 0;
    struct text payload = {(const char *)bytes + 1, length - 1};
    const struct pipeline_counters before = *pipeline_counters(pipeline);
    now_ms += 1 + bytes[0] * 100;
    const struct way *way = &ways[bytes[0] % (sizeof ways / sizeof ways[0])];
    if (way->topic != NULL)
        pipeline_mqtt(pipeline, text_of(way->topic), payload, way->is_retained, now_ms);
    else
        pipeline_udp(pipeline, way->port, payload, now_ms);
    engine_advance(engine, now_ms);
    if (engine_deadline(engine) <= now_ms)
        abort();
    const struct pipeline_counters *after = pipeline_counters(pipeline);
    if (after->messages != before.messages + 1 || after->allocations != 0 ||
        after->faulty - before.faulty > after->readings - before.readings)
        abort();
    return 0;
}
