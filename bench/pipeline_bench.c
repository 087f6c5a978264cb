/* What one reading costs from topic to judged: instructions (counted by callgrind, so the same on
 * every run), time, and the bytes copied and allocations made, which must be none. Run without
 * arguments it runs itself under valgrind for each case and prints a table; with the name of a case
 * it only does that case's work. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench/instructions.h"
#include "pipeline/pipeline.h"
#include "rules/language/compiler.h"

#define DEVICES 500
#define MESSAGES 20000u
#define START_MS INT64_C(1773475200000)

static const char store[] =
    "sensors coolers\n"
    "  from mqtt store/{store}/cooler/{cooler}/telemetry\n"
    "  expect every 1 minute\n"
    "  time from ts in seconds\n"
    "  read temperature from temp in °C\n"
    "  read humidity from rh in %\n"
    "  read defrost from status.defrost as on or off\n"
    "  valid temperature -40 °C to 60 °C\n"
    "alarm too-warm on coolers\n"
    "  warning when temperature above 5 °C for 10 minutes until below 4.5 °C\n"
    "  critical when temperature above 8 °C for 10 minutes until below 7 °C\n"
    "alarm too-cold on coolers\n"
    "  notice when temperature below 0 °C for 15 minutes until above 0.5 °C\n"
    "alarm silent on coolers\n"
    "  warning when silent for 15 minutes\n"
    "report five on coolers\n"
    "  every 5 minutes\n"
    "  send average, minimum, maximum, count of temperature\n";

static const char one_reading[] =
    "sensors coolers\n"
    "  from mqtt store/{store}/cooler/{cooler}/telemetry\n"
    "  expect every 1 minute\n"
    "  read temperature from temp in °C\n"
    "alarm too-warm on coolers\n"
    "  warning when temperature above 5 °C for 10 minutes until below 4.5 °C\n";

struct bench_case {
    const char *name, *does;
    const char *rules;
    unsigned other_alarms, other_groups;
    bool is_warm; /* every hold runs */
};
static const struct bench_case cases[] = {
    {"small", "1 reading wanted, 1 alarm", one_reading, 0, 0, false},
    {"plain", "4 values wanted, 4 alarms, 1 report", store, 0, 0, false},
    {"warm", "the same, two holds running", store, 0, 0, true},
    {"crowd", "plain, 997 more alarms on 20 groups", store, 997, 20, false},
};

static uint64_t events;

static void on_alarm(void *context, const struct engine_alarm_event *event)
{
    (void)context;
    (void)event;
    events++;
}

static void on_report(void *context, const struct engine_report_event *event)
{
    (void)context;
    (void)event;
    events++;
}

static char *rules_for(const struct bench_case *bench)
{
    size_t room = strlen(bench->rules) + 1 + bench->other_groups * 200 + bench->other_alarms * 120;
    char *rules = malloc(room);
    size_t used = (size_t)snprintf(rules, room, "%s", bench->rules);
    for (unsigned g = 0; g < bench->other_groups; g++) {
        used += (size_t)snprintf(rules + used, room - used,
                                 "sensors others%u\n  from mqtt other%u/{thing%u}\n"
                                 "  expect every 1 minute\n  read level%u in %%\n",
                                 g, g, g, g);
    }
    for (unsigned a = 0; bench->other_groups > 0 && a < bench->other_alarms; a++) {
        used += (size_t)snprintf(rules + used, room - used,
                                 "alarm other-%u on others%u\n"
                                 "  warning when level%u above 50 %% for 5 minutes\n",
                                 a, a % bench->other_groups, a % bench->other_groups);
    }
    return rules;
}

static struct rules_compiled compile(const struct bench_case *bench)
{
    struct rules_compiled compiled;
    char *rules = rules_for(bench);
    struct rules_source_file file = {"bench.rules", text_of(rules)};
    rules_compile(&file, 1, &compiled);
    if (compiled.block == NULL) {
        fprintf(stderr, "rules: %s\n", compiled.messages[0].text);
        exit(1);
    }
    free(rules);
    return compiled;
}

struct message {
    char topic[64], payload[128];
    size_t topic_bytes, payload_bytes;
    int64_t at_ms;
};

static void write_message(struct message *m, unsigned number, const struct bench_case *bench)
{
    unsigned device = number % DEVICES, round = number / DEVICES;
    m->at_ms = START_MS + (int64_t)round * 60000 + device * 120;
    m->topic_bytes =
        (size_t)snprintf(m->topic, sizeof m->topic, "store/14/cooler/case-%03u/telemetry", device);
    double temperature = (bench->is_warm ? 8.1 : 3.1) + (number * 7 % 17) / 10.0;
    m->payload_bytes = (size_t)snprintf(m->payload, sizeof m->payload,
                                        "{\"ts\": %lld, \"temp\": %.1f, \"rh\": %.1f, \"status\": "
                                        "{\"defrost\": \"off\"}, \"fw\": 21}",
                                        (long long)(m->at_ms / 1000), temperature,
                                        60 + (number * 11 % 100) / 10.0);
}

/* callgrind counts what happens in here. */
static __attribute__((noinline)) void judge_many(struct pipeline *pipeline,
                                                 const struct message *messages, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const struct message *m = &messages[i];
        pipeline_mqtt(pipeline, (struct text){m->topic, m->topic_bytes},
                      (struct text){m->payload, m->payload_bytes}, false, m->at_ms);
    }
}

static int run(const struct bench_case *bench)
{
    struct rules_compiled compiled = compile(bench);
    const struct ruleset *rules = compiled.block;
    size_t bytes = (engine_size_bytes(rules, DEVICES) + 63) / 64 * 64;
    void *memory = aligned_alloc(64, bytes);
    memset(memory, 0, bytes);
    /* A minute for each 60 new devices: they are let in before the count begins. */
    int64_t created_ms = START_MS - (DEVICES / 60 + 2) * INT64_C(60000);
    struct engine *engine =
        engine_create(memory, rules, DEVICES,
                      (struct engine_sink){.alarm = on_alarm, .report = on_report}, created_ms);
    void *room = malloc(pipeline_size_bytes(rules, DEVICES));
    struct pipeline *pipeline = pipeline_create(room, rules, DEVICES, engine);
    struct message *messages = calloc(MESSAGES + DEVICES, sizeof *messages);
    for (unsigned i = 0; i < MESSAGES + DEVICES; i++)
        write_message(&messages[i], i, bench);
    for (unsigned i = 0; i < DEVICES; i++) {
        messages[i].at_ms = created_ms + i * INT64_C(1001);
        judge_many(pipeline, &messages[i], 1);
    }
    struct mallinfo2 before = mallinfo2();
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    judge_many(pipeline, messages + DEVICES, MESSAGES);
    clock_gettime(CLOCK_MONOTONIC, &end);
    struct mallinfo2 after = mallinfo2();
    const struct pipeline_counters *counters = pipeline_counters(pipeline);
    double ns = (double)(end.tv_sec - start.tv_sec) * 1e9 + (double)(end.tv_nsec - start.tv_nsec);
    printf("messages %u payload_bytes %zu nanoseconds %.0f copied_bytes %llu allocated_bytes %lld "
           "triggers %.1f devices %u device_bytes %zu events %llu\n",
           MESSAGES, messages[DEVICES].payload_bytes, ns / MESSAGES,
           (unsigned long long)counters->copied_bytes,
           (long long)(after.uordblks - before.uordblks),
           (double)engine_counters(engine)->triggers_judged / (MESSAGES + DEVICES),
           engine_device_count(engine), engine_device_bytes(rules, 0), (unsigned long long)events);
    free(messages);
    free(room);
    free(memory);
    rules_compiled_free(&compiled);
    return counters->malformed + counters->unrouted + counters->devices_refused == 0 ? 0 : 1;
}

int main(int count, char **arguments)
{
    for (size_t i = 0; count > 1 && i < sizeof cases / sizeof cases[0]; i++) {
        if (strcmp(arguments[1], cases[i].name) == 0)
            return run(&cases[i]);
    }
    double plain = 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double instructions = instructions_of(arguments[0], cases[i].name) / (MESSAGES + DEVICES);
        if (strcmp(cases[i].name, "plain") == 0)
            plain = instructions;
        printf("%-6s %-36s instructions %.0f to plain %.3f ", cases[i].name, cases[i].does,
               instructions, plain > 0 ? instructions / plain : 0);
        fflush(stdout);
        if (run(&cases[i]) != 0)
            return 1;
    }
    return 0;
}
