/* Rules from a hostile hand: the sites in configs/ as blocks, one 16-bit word after the other
 * changed and the checksum made right again. What ruleset_check lets pass, the engine can plan and
 * judge readings by: it never goes outside the block, which the ASan build sees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "rules/engine/engine.h"
#include "rules/language/compiler.h"

#define DEVICES_EACH 2 /* of a group */
#define ENGINE_BYTES_MAX ((size_t)8 << 20)
#define BEGIN_MS INT64_C(1774745700000) /* 2026-03-29T00:55:00Z: a clock change is near */

struct block {
    char *bytes;
    size_t size;
};

static struct block block_of(const char *path)
{
    static char text[65536];
    struct rules_compiled compiled;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t length = fread(text, 1, sizeof text, file);
    fclose(file);
    assert_true(length > 0 && length < sizeof text);
    const struct rules_source_file source = {path, {text, length}};
    rules_compile(&source, 1, &compiled);
    assert_non_null(compiled.block);
    struct block block = {compiled.block, compiled.size_bytes};
    compiled.block = NULL;
    rules_compiled_free(&compiled);
    return block;
}

static void block_seal(char *bytes, size_t size)
{
    size_t at = offsetof(struct ruleset, checksum), behind = at + sizeof(uint64_t);
    uint64_t checksum = hash_bytes(HASH_START, bytes + behind, size - behind);
    memcpy(bytes + at, &checksum, sizeof checksum);
}

/* ---- readings by these rules ----------------------------------------------------------------- */

static uint64_t heard;

static void on_alarm(void *context, const struct engine_alarm_event *event)
{
    const struct ruleset *rules = context;
    assert_true(event->alarm < rules->alarms.count);
    heard++;
}

static void on_report(void *context, const struct engine_report_event *event)
{
    const struct ruleset *rules = context;
    assert_true(event->report < rules->reports.count);
    heard++;
}

static void send_all(struct engine *engine, const struct ruleset *rules, uint32_t round,
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
        uint32_t device = engine_device(engine, i / DEVICES_EACH, each, now_ms);
        if (device == ENGINE_NO_DEVICE)
            continue;
        for (uint32_t r = 0; r < group->readings.count; r++) {
            const struct rules_reading *of =
                RULES_AT(rules, struct rules_reading, group->readings, r);
            readings[r] = (struct engine_reading){.reading = r, .quality = ENGINE_GOOD};
            if (of->kind == RULES_NUMBER)
                readings[r].value = round < 2 ? 1000 : -1000;
            else if (of->kind == RULES_STATE)
                readings[r].word = round % of->words.count;
            else
                readings[r].text = TEXT("auto");
        }
        engine_message(engine, device, now_ms, now_ms, readings, group->readings.count);
    }
}

/* A time of the rules may be years: what lies beyond the next few steps is not waited for. */
static void judge_by(struct ruleset *rules)
{
    uint32_t devices = rules->groups.count * DEVICES_EACH;
    size_t bytes = (engine_size_bytes(rules, devices) + 63) / 64 * 64;
    if (bytes > ENGINE_BYTES_MAX)
        return; /* no appliance is built for it */
    static _Alignas(64) char memory[ENGINE_BYTES_MAX];
    memset(memory, 0, bytes);
    struct engine_sink sink = {.alarm = on_alarm, .report = on_report, .context = rules};
    struct engine *engine = engine_create(memory, rules, devices, sink, BEGIN_MS);
    int64_t now_ms = BEGIN_MS;
    for (uint32_t round = 0; round < 4; round++) {
        send_all(engine, rules, round, now_ms);
        now_ms += round == 2 ? 3600000 : 60000;
        engine_advance(engine, now_ms);
    }
}

/* ---- words ----------------------------------------------------------------------------------- */

static void corrupt_each_word(const char *path)
{
    static const uint16_t values[] = {0, 1, 0xffff, 0x7fff, 0x8000, 7, 120, 0x0100};
    struct block block = block_of(path);
    char *hostile = malloc(block.size); /* of just this size: ASan sees the byte behind */
    size_t accepted = 0, refused = 0;
    const char *why;
    assert_non_null(hostile);
    judge_by((void *)block.bytes);
    assert_true(heard > 0);
    for (size_t at = offsetof(struct ruleset, fingerprint); at + 2 <= block.size; at += 2) {
        uint16_t word, value = values[(at / 2 + at / 16) % (sizeof values / sizeof values[0])];
        memcpy(hostile, block.bytes, block.size);
        memcpy(&word, hostile + at, sizeof word);
        value = value == word ? (uint16_t)(word + 1) : value;
        memcpy(hostile + at, &value, sizeof value);
        block_seal(hostile, block.size);
        if (ruleset_check(hostile, block.size, &why)) {
            accepted++;
            judge_by((void *)hostile);
        } else {
            refused++;
        }
    }
    assert_true(refused > block.size / 20);
    assert_true(accepted > block.size / 20);
    free(hostile);
    free(block.bytes);
}

static void test_any_changed_word_of_the_store_is_refused_or_harmless(void **state)
{
    (void)state;
    corrupt_each_word("configs/store/store.rules");
}

static void test_any_changed_word_of_the_rig_is_refused_or_harmless(void **state)
{
    (void)state;
    corrupt_each_word("configs/rig/rig.rules");
}

static void test_any_changed_word_of_the_school_is_refused_or_harmless(void **state)
{
    (void)state;
    corrupt_each_word("configs/school/school.rules");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_changed_word_of_the_store_is_refused_or_harmless),
        cmocka_unit_test(test_any_changed_word_of_the_rig_is_refused_or_harmless),
        cmocka_unit_test(test_any_changed_word_of_the_school_is_refused_or_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
