/* What does a test over a window cost for each reading, and does it cost more the more readings the
 * window holds? Instructions for each reading, as callgrind counts them, of an alarm that asks
 * about a window with 30 readings, with 120 (one to each slice) and with 2400; and of one that asks
 * about no window. Run without arguments it runs itself under valgrind and prints the figures; with
 * the number of a case and an interval it only does the work. */
#include <stdio.h>
#include <stdlib.h>

#include "bench/instructions.h"
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

static double instructions_a_reading(const char *self, size_t of, unsigned interval_ms)
{
    char arguments[64];
    snprintf(arguments, sizeof arguments, "%zu %u", of, interval_ms);
    return instructions_of(self, arguments) / READINGS;
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
        double few = instructions_a_reading(arguments[0], i, over_ms / 30);
        double many = instructions_a_reading(arguments[0], i, over_ms / 120);
        double shared = instructions_a_reading(arguments[0], i, over_ms / 2400); /* 20 to a slice */
        printf("windows: %s: %.0f instructions a reading with 30 in the window, %.0f with 120, "
               "ratio %.2f; %.0f with 2400\n",
               cases[i].name, few, many, many / few, shared);
        is_flat &= many / few <= 1.25;
    }
    return is_flat ? 0 : 1;
}
