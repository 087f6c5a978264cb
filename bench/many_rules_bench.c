/* Does a message cost more when there are many rules that don't concern it? Instructions for each
 * message that touches 3 alarms, on a site with those 3 alone and on one with 10,000 more in the
 * same group, as callgrind counts them. Run without arguments it runs itself under valgrind and
 * prints the ratio; with the number of other alarms it only does the work. */
#include <stdio.h>
#include <stdlib.h>

#include "bench/instructions.h"
#include "pipeline/pipeline.h"
#include "rules/language/compiler.h"

#define DEVICES 50u
#define MESSAGES 5000u
#define OTHER_READINGS 60u
#define OTHERS "9997"
#define START_MS INT64_C(1773475200000)

static const char asked[] = "sensors coolers\n"
                            "  from mqtt store/{store}/cooler/{cooler}\n"
                            "  expect every 1 minute\n"
                            "  read temperature from temp in °C\n";
static const char alarms[] = "alarm too-warm on coolers\n"
                             "  warning when temperature above 5 °C for 10 minutes\n"
                             "alarm too-cold on coolers\n"
                             "  notice when temperature below 0 °C for 15 minutes\n"
                             "alarm hot on coolers\n"
                             "  critical when temperature above 40 °C\n";

static char *rules_for(unsigned others)
{
    size_t room = sizeof asked + sizeof alarms + OTHER_READINGS * 40 + others * 100 + 1;
    char *rules = malloc(room);
    size_t used = (size_t)snprintf(rules, room, "%s", asked);
    for (unsigned r = 0; r < OTHER_READINGS; r++)
        used += (size_t)snprintf(rules + used, room - used, "  read level%u in %%\n", r);
    used += (size_t)snprintf(rules + used, room - used, "%s", alarms);
    for (unsigned a = 0; a < others; a++) {
        used += (size_t)snprintf(rules + used, room - used,
                                 "alarm other-%u on coolers\n"
                                 "  warning when level%u above 50 %% for 5 minutes\n",
                                 a, a % OTHER_READINGS);
    }
    return rules;
}

static void on_alarm(void *context, const struct engine_alarm_event *event)
{
    (void)context;
    (void)event;
}

struct message {
    char topic[64], payload[64];
    int64_t at_ms;
};

static void write_message(struct message *message, unsigned number, int64_t at_ms)
{
    message->at_ms = at_ms;
    snprintf(message->topic, sizeof message->topic, "store/14/cooler/case-%u", number % DEVICES);
    snprintf(message->payload, sizeof message->payload, "{\"temp\": %u.%u}", 2 + number % 5,
             number * 7 % 10);
}

static void judge(struct pipeline *pipeline, const struct message *message)
{
    pipeline_mqtt(pipeline, text_of(message->topic), text_of(message->payload), false,
                  message->at_ms);
}

/* callgrind counts what happens in here. The devices are known by then. */
static __attribute__((noinline)) void judge_many(struct pipeline *pipeline,
                                                 const struct message *messages)
{
    for (unsigned i = 0; i < MESSAGES; i++)
        judge(pipeline, &messages[i]);
}

static int run(unsigned others)
{
    char *text = rules_for(others);
    struct rules_compiled compiled;
    struct rules_source_file file = {"bench.rules", text_of(text)};
    rules_compile(&file, 1, &compiled);
    free(text);
    if (compiled.block == NULL) {
        fprintf(stderr, "rules: %s\n", compiled.messages[0].text);
        return 1;
    }
    const struct ruleset *rules = compiled.block;
    size_t bytes = (engine_size_bytes(rules, DEVICES) + 63) / 64 * 64;
    void *memory = aligned_alloc(64, bytes), *room = malloc(pipeline_size_bytes(rules, DEVICES));
    memset(memory, 0, bytes);
    int64_t created_ms = START_MS - 120000;
    struct engine *engine =
        engine_create(memory, rules, DEVICES, (struct engine_sink){.alarm = on_alarm}, created_ms);
    struct pipeline *pipeline = pipeline_create(room, rules, DEVICES, engine);
    struct message *messages = calloc(MESSAGES + DEVICES, sizeof *messages);
    for (unsigned i = 0; i < DEVICES; i++)
        write_message(&messages[i], i, created_ms + i);
    for (unsigned i = 0; i < MESSAGES; i++)
        write_message(&messages[DEVICES + i], i, START_MS + i * INT64_C(1200));
    for (unsigned i = 0; i < DEVICES; i++)
        judge(pipeline, &messages[i]);
    judge_many(pipeline, messages + DEVICES);
    free(messages);
    bool is_right = engine_counters(engine)->messages == MESSAGES + DEVICES;
    free(room);
    free(memory);
    rules_compiled_free(&compiled);
    return is_right ? 0 : 1;
}

int main(int count, char **arguments)
{
    if (count > 1)
        return run((unsigned)strtoul(arguments[1], NULL, 10));
    double alone = instructions_of(arguments[0], "0") / MESSAGES;
    double among = instructions_of(arguments[0], OTHERS) / MESSAGES;
    printf("many rules: 3 alarms alone %.0f instructions a message, among 10000 %.0f, ratio %.3f\n",
           alone, among, among / alone);
    return among / alone <= 1.05 ? 0 : 1;
}
