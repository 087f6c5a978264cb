/* Any bytes at all are rules, an included file, a table, or tests of rules: never a crash. The
 * first byte says which of them the rest is ('r', 'i', 'c', 't'; any other: by its value). What
 * compiles passes ruleset_check, the same bytes give the same block, every message points into the
 * line that it shows, and the engine takes readings by it. Seeds and words: tests/fuzz/fuzz.py. */
#include "rules/engine/engine.h"
#include "rules/language/compiler.h"
#include "rules/testing/judge.h"

#include <stdio.h>
#include <stdlib.h>

#define DEVICES_EACH 2 /* of a group */
#define ROUNDS 24
#define ENGINE_BYTES_MAX ((size_t)64 << 20)
#define BEGIN_MS INT64_C(1774745700000) /* 2026-03-29T00:55:00Z: a clock change is near */

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "not true: %s\n", #condition);                                         \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static const char site_that_includes[] = "include \"fuzz.part\"\n"
                                         "sensors coolers\n"
                                         "  from mqtt c/{cooler}\n"
                                         "  read temperature from temp in °C\n";
static const char site_with_a_table[] =
    "sensors coolers\n"
    "  from mqtt c/{cooler}\n"
    "  read temperature from temp in °C\n"
    "table limits for coolers from \"fuzz.csv\" with high-limit\n"
    "alarm warm on coolers\n"
    "  warning when temperature above high-limit for 10 minutes\n"
    "  say \"{cooler}: {temperature}, {limit}.\"\n";
static const char site_under_test[] =
    "sensors coolers\n"
    "  from mqtt store/{store}/cooler/{cooler}/telemetry\n"
    "  expect every 1 minute\n"
    "  time from ts in seconds\n"
    "  read temperature from temp in °C\n"
    "  read defrost from defrost as on or off\n"
    "alarm cooler-too-warm on coolers\n"
    "  warning when temperature above 5 °C for 10 minutes until temperature below 4.5 °C\n"
    "  critical when temperature above 8 °C\n"
    "  except while defrost is on and for 20 minutes after at most 1 hour\n"
    "  say \"Cooler {cooler} is at {temperature}.\"\n"
    "report five on coolers\n"
    "  every 5 minutes\n"
    "  send average, maximum of temperature\n";

/* ---- messages ------------------------------------------------------------------------------ */

static void count_bytes(void *context, const char *bytes, size_t length)
{
    MUST(bytes != NULL);
    *(size_t *)context += length;
}

static size_t characters(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

static void look_at_messages(const struct rules_compiled *compiled)
{
    size_t printed = 0;
    MUST(compiled->messages_count <= RULES_MESSAGES_MAX);
    MUST(compiled->errors == 0 || compiled->messages_count > 0);
    for (size_t i = 0; i < compiled->messages_count; i++) {
        const struct rules_message *message = &compiled->messages[i];
        MUST(message->line >= 1 && message->column >= 1 && message->width >= 1);
        /* One character and a blank behind the line is where something is missing. */
        MUST((size_t)(message->column + message->width) <= characters(message->source) + 3);
        rules_message_print(message, (struct rules_output){count_bytes, &printed});
    }
}

/* ---- the engine by these rules ------------------------------------------------------------- */

struct heard {
    const struct ruleset *rules;
    uint64_t alarms, reports;
};

static void on_alarm(void *context, const struct engine_alarm_event *event)
{
    struct heard *heard = context;
    MUST(event->alarm < heard->rules->alarms.count);
    heard->alarms++;
}

static void on_report(void *context, const struct engine_report_event *event)
{
    struct heard *heard = context;
    MUST(event->report < heard->rules->reports.count);
    MUST(event->end_ms >= event->start_ms);
    heard->reports++;
}

/* What a sensor sends in a round: numbers that swing, states and texts in turn, now and then
 * nothing and something faulty. */
static void make_readings(const struct ruleset *rules, const struct rules_group *group,
                          uint32_t round, struct engine_reading *readings)
{
    static const double swing[] = {0, 4, 6, 6, 9, -20, 1e6, 0.5};
    for (uint32_t i = 0; i < group->readings.count; i++) {
        const struct rules_reading *of = RULES_AT(rules, struct rules_reading, group->readings, i);
        uint32_t step = round + i;
        readings[i] = (struct engine_reading){.reading = i, .quality = ENGINE_GOOD, .decimals = 1};
        if (step % 11 == 7)
            readings[i].quality = step % 2 ? ENGINE_FAULTY : ENGINE_MISSING;
        else if (of->kind == RULES_NUMBER)
            readings[i].value = swing[step % (sizeof swing / sizeof *swing)];
        else if (of->kind == RULES_STATE)
            readings[i].word = of->words.count > 0 ? round / 3 % of->words.count : 0;
        else
            readings[i].text = round % 2 ? TEXT("one") : TEXT("another");
    }
}

static void send_round(struct engine *engine, const struct ruleset *rules, uint32_t round,
                       int64_t now_ms)
{
    static const struct text names[] = {TEXT("a"), TEXT("b")};
    struct engine_reading readings[RULES_READINGS_MAX];
    for (uint32_t i = 0; i < rules->groups.count * DEVICES_EACH; i++) {
        const struct rules_group *group =
            RULES_AT(rules, struct rules_group, rules->groups, i / DEVICES_EACH);
        struct text each[RULES_NAMES_MAX];
        for (uint32_t j = 0; j < RULES_NAMES_MAX; j++)
            each[j] = names[i % DEVICES_EACH];
        if (round % 7 == 5 && i % DEVICES_EACH == 1)
            continue; /* one is quiet at times */
        uint32_t device = engine_device(engine, i / DEVICES_EACH, each, now_ms);
        if (device == ENGINE_NO_DEVICE)
            continue;
        make_readings(rules, group, round, readings);
        engine_message(engine, device, now_ms, now_ms - (round % 5 == 4 ? 90000 : 0), readings,
                       group->readings.count);
    }
}

static void *memory_for(size_t bytes)
{
    size_t whole = (bytes + 63) / 64 * 64;
    void *memory = aligned_alloc(64, whole);
    MUST(memory != NULL);
    memset(memory, 0, whole);
    return memory;
}

static void judge_by(const struct ruleset *rules)
{
    uint32_t devices = rules->groups.count * DEVICES_EACH;
    size_t bytes = engine_size_bytes(rules, devices);
    if (bytes > ENGINE_BYTES_MAX)
        return; /* no appliance would be built for it */
    struct heard heard = {.rules = rules};
    struct engine_sink sink = {.alarm = on_alarm, .report = on_report, .context = &heard};
    void *memory = memory_for(bytes);
    struct engine *engine = engine_create(memory, rules, devices, sink, BEGIN_MS);
    int64_t now_ms = BEGIN_MS;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        send_round(engine, rules, round, now_ms);
        now_ms += round % 8 == 6 ? 3600000 : 60000;
        engine_advance(engine, now_ms);
        MUST(engine_deadline(engine) > now_ms);
    }
    MUST(engine_counters(engine)->reports == heard.reports);
    free(memory);
}

/* ---- rules, a part of them, a table -------------------------------------------------------- */

struct lying_file { /* beside the site's own */
    const char *path;
    struct text text;
};

static bool open_file(void *context, const char *path, struct text *text)
{
    const struct lying_file *file = context;
    *text = file->text;
    return strcmp(path, file->path) == 0;
}

static void compile_and_judge(struct text rules, struct lying_file *beside)
{
    struct rules_source_file file = {"fuzz.rules", rules};
    struct rules_opener opener = {open_file, beside};
    struct rules_compiled compiled, again;
    const char *why;
    rules_compile_site(&file, 1, &opener, &compiled);
    MUST((compiled.block == NULL) == (compiled.errors > 0));
    look_at_messages(&compiled);
    if (compiled.block != NULL) {
        MUST(ruleset_check(compiled.block, compiled.size_bytes, &why));
        rules_compile_site(&file, 1, &opener, &again);
        MUST(again.size_bytes == compiled.size_bytes);
        MUST(memcmp(again.block, compiled.block, compiled.size_bytes) == 0);
        rules_compiled_free(&again);
        judge_by(compiled.block);
    }
    rules_compiled_free(&compiled);
}

static void fuzz_rules(struct text bytes)
{
    compile_and_judge(bytes, &(struct lying_file){"fuzz.part", TEXT("set limit to 5 °C\n")});
}

static void fuzz_included(struct text bytes)
{
    compile_and_judge(text_of(site_that_includes), &(struct lying_file){"fuzz.part", bytes});
}

static void fuzz_table(struct text bytes)
{
    compile_and_judge(text_of(site_with_a_table), &(struct lying_file){"fuzz.csv", bytes});
}

/* ---- tests of rules ------------------------------------------------------------------------ */

static const struct testing_rules *load_rules(void *context, struct text path)
{
    (void)context, (void)path;
    static struct rules_compiled compiled;
    static struct testing_rules rules;
    struct rules_source_file file = {"site.rules", text_of(site_under_test)};
    if (rules.rules == NULL) {
        rules_compile(&file, 1, &compiled);
        MUST(compiled.block != NULL);
        rules = (struct testing_rules){.rules = compiled.block,
                                       .posix_zone = "GMT0BST,M3.5.0/1,M10.5.0"};
        MUST(zone_read(rules.posix_zone, &rules.zone));
    }
    return &rules;
}

static void play(const struct testing_test *test, const char *name)
{
    struct testing_play played;
    struct testing_verdict verdict;
    size_t printed = 0;
    if (testing_play(&played, test)) {
        testing_judge(&played, &verdict);
        MUST(verdict.has_passed == (verdict.all == 0));
        if (!verdict.has_passed)
            testing_print(&played, &verdict, name, (struct rules_output){count_bytes, &printed});
    }
    testing_play_free(&played);
}

static void fuzz_test(struct text bytes)
{
    struct testing_file file;
    struct rules_source_file source = {"fuzz.test", bytes};
    testing_file_read(&file, &source, (struct testing_loader){load_rules, NULL});
    look_at_messages(&file.messages);
    for (struct testing_test *test = file.first; test != NULL; test = test->next)
        if (!test->has_mistakes)
            play(test, file.name);
    testing_file_free(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct {
        uint8_t letter;
        void (*fuzz)(struct text bytes);
    } ways[] = {{'r', fuzz_rules}, {'i', fuzz_included}, {'c', fuzz_table}, {'t', fuzz_test}};
    size_t way = 0;
    if (size == 0)
        return 0;
    while (way < 4 && ways[way].letter != data[0])
        way++;
    ways[way < 4 ? way : data[0] % 4].fuzz((struct text){(const char *)data + 1, size - 1});
    return 0;
}
