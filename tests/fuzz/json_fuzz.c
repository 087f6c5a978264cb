/* libFuzzer: any bytes as a payload, of every kind of group. Whatever comes, the sanitizers stay
 * quiet, the counters add up and nothing stays due. The first byte picks the group, the rest is the
 * payload. */
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
                                         "alarm warm on coolers\n"
                                         "  warning when temperature above 5 °C for 2 minutes\n"
                                         "alarm quiet on coolers\n"
                                         "  notice when silent for 5 minutes\n"
                                         "report five on coolers\n"
                                         "  every 5 minutes\n"
                                         "  send average of temperature\n";

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
    switch (bytes[0] % 3) {
    case 0:
        pipeline_mqtt(pipeline, TEXT("store/14/cooler/dairy-1"), payload, false, now_ms);
        break;
    case 1:
        pipeline_mqtt(pipeline, TEXT("plain/1"), payload, true, now_ms);
        break;
    default:
        pipeline_udp(pipeline, 5005, payload, now_ms);
        break;
    }
    engine_advance(engine, now_ms);
    if (engine_deadline(engine) <= now_ms)
        abort();
    const struct pipeline_counters *after = pipeline_counters(pipeline);
    if (after->messages != before.messages + 1 || after->allocations != 0 ||
        after->faulty - before.faulty > after->readings - before.readings)
        abort();
    return 0;
}
