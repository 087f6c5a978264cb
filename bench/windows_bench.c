/* What does a test over a window cost for each reading, and does it cost more the more readings the
 * window holds? Instructions for each reading, as callgrind counts them, of an alarm that asks
 * about a window with 30 readings, with 120 (one to each slice) and with 2400; and of one that asks
 * about no window. Run without arguments it runs itself under valgrind and prints the figures; with
 * the number of a case and an interval it only does the work. */
#include <stdio.h>
#include <stdlib.h>

#include "rules/engine/engine.h"
#include "rules/language/compiler.h"

#define READINGS 4000u
#define START_MS INT64_C(1773475200000)

static const struct window_case {
    const char *name, *condition;
    unsigned over_s;
} cases[] = {
    {"no window", "temperature above 50 °C", 0},
    {"rises over 1 hour", "temperature rises more than 50 °C in 1 hour", 3600},
    {"average over 2 hours", "average of temperature over 2 hours above 50 °C", 7200},
    {"maximum over 2 hours", "maximum of temperature over 2 hours above 50 °C", 7200},
    {"median over 1 hour", "median of temperature over 1 hour above 50 °C", 3600},
};
#define CASES (sizeof cases / sizeof *cases)

static void on_alarm(void *context, const struct engine_alarm_event *event)
{
    (void)context;
    (void)event;
}

static double value_at(unsigned number)
{
    return (double)(number * 7919u % 101u) / 10;
}

/* callgrind counts what happens in here. */
static __attribute__((noinline)) void judge_many(struct engine *engine, uint32_t device,
                                                 unsigned interval_ms)
{
    for (unsigned i = 0; i < READINGS; i++) {
        struct engine_reading reading = {.value = value_at(i), .quality = ENGINE_GOOD};
        int64_t at_ms = START_MS + (int64_t)i * interval_ms;
        engine_message(engine, device, at_ms, at_ms, &reading, 1);
    }
}

static int run(const struct window_case *of, unsigned interval_ms)
{
    char text[512];
    snprintf(text, sizeof text,
             "sensors coolers\n"
             "  from mqtt cooler/{cooler}\n"
             "  fresh for 10 minutes\n"
             "  read temperature from temp in °C\n"
             "alarm warm on coolers\n"
             "  warning when %s\n",
             of->condition);
    struct rules_compiled compiled;
    struct rules_source_file file = {"bench.rules", text_of(text)};
    rules_compile(&file, 1, &compiled);
    if (compiled.block == NULL) {
        fprintf(stderr, "rules: %s\n", compiled.messages[0].text);
        return 1;
    }
    size_t bytes = (engine_size_bytes(compiled.block, 1) + 63) / 64 * 64;
    void *memory = aligned_alloc(64, bytes);
    memset(memory, 0, bytes);
    struct engine *engine =
        engine_create(memory, compiled.block, 1, (struct engine_sink){.alarm = on_alarm}, START_MS);
    struct text name = text_of("a");
    uint32_t device = engine_device(engine, 0, &name, START_MS);
    judge_many(engine, device, interval_ms);
    bool is_right = engine_counters(engine)->messages == READINGS;
    free(memory);
    rules_compiled_free(&compiled);
    return is_right ? 0 : 1;
}

static double count_instructions(const char *self, size_t of, unsigned interval_ms)
{
    char command[512], line[512];
    snprintf(command, sizeof command,
             "valgrind --tool=callgrind --toggle-collect=judge_many --callgrind-out-file=/dev/null "
             "%s %zu %u 2>&1",
             self, of, interval_ms);
    FILE *output = popen(command, "r");
    double collected = 0;
    while (output != NULL && fgets(line, sizeof line, output) != NULL) {
        const char *found = strstr(line, "Collected : ");
        if (found != NULL)
            collected = strtod(found + strlen("Collected : "), NULL);
    }
    if (output != NULL)
        pclose(output);
    return collected / READINGS;
}

int main(int count, char **arguments)
{
    if (count > 2) {
        size_t of = strtoul(arguments[1], NULL, 10);
        return of < CASES ? run(&cases[of], (unsigned)strtoul(arguments[2], NULL, 10)) : 1;
    }
    bool is_flat = true;
    for (size_t i = 0; i < CASES; i++) {
        unsigned over_ms = cases[i].over_s > 0 ? cases[i].over_s * 1000 : 3600000;
        double few = count_instructions(arguments[0], i, over_ms / 30);
        double many = count_instructions(arguments[0], i, over_ms / 120);
        double shared = count_instructions(arguments[0], i, over_ms / 2400); /* 20 to a slice */
        if (few <= 0 || many <= 0 || shared <= 0) {
            fprintf(stderr, "no instructions were counted: is valgrind there?\n");
            return 1;
        }
        printf("windows: %s: %.0f instructions a reading with 30 in the window, %.0f with 120, "
               "ratio %.2f; %.0f with 2400\n",
               cases[i].name, few, many, many / few, shared);
        is_flat &= many / few <= 1.25;
    }
    return is_flat ? 0 : 1;
}
