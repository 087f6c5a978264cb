/* A damaged or hostile block of rules is refused, and what is not refused can be read to its last
 * entry. */
#include "tests/unit/rules/language/compile.h"

static const char site[] =
    "site \"Store 14, Leeds\"\n  id store-14\n  timezone Europe/London\n" COOLERS
    "  called \"cooler {cooler}\"\n"
    "  valid temperature -40 °C to 60 °C\n"
    "  ignore temperature of 85 °C or -127 °C\n"
    "  read setpoint from values[2].\"odd key\" in °C\n"
    "sensors levels\n"
    "  from udp port 5005\n"
    "  each samples\n"
    "  name vessel from id\n"
    "  time from ts in milliseconds\n"
    "  sequence from n\n"
    "  read level in %\n"
    "alarm too-warm on coolers\n"
    "  critical when temperature above setpoint plus 4 °C and door is closed for 30 minutes\n"
    "    until below 4.5 °C for 5 minutes\n"
    "  warning when temperature above 5 °C for 10 minutes\n"
    "  action \"Close the door of {cooler}.\"\n"
    "  tags haccp cold-chain\n"
    "alarm level on levels\n"
    "  notice when level outside 15 % to 85 % for 20 seconds until inside 18 % to 82 %\n"
    "  notice when silent for 1 minute\n"
    "report summary on coolers\n"
    "  every 5 minutes\n"
    "  send average, minimum of temperature\n";

/* A copy in memory of exactly its size, so that the sanitizer sees every byte read behind it. */
struct block {
    char *bytes;
    size_t size;
};

static struct block block_make(void)
{
    struct compile *compile = compile_good(site);
    struct block block = {malloc(compile->compiled.size_bytes), compile->compiled.size_bytes};
    memcpy(block.bytes, compile->compiled.block, block.size);
    compile_free(compile);
    return block;
}

static bool block_check(const struct block *block)
{
    const char *why = NULL;
    bool is_good = ruleset_check(block->bytes, block->size, &why);
    assert_int_equal(is_good, why == NULL);
    return is_good;
}

/* What somebody does who knows the format: a right checksum over wrong content. */
static void block_seal(struct block *block)
{
    struct ruleset *set = (void *)block->bytes;
    size_t behind = offsetof(struct ruleset, checksum) + sizeof set->checksum;
    set->checksum = hash_bytes(HASH_START, block->bytes + behind, block->size - behind);
}

/* ---- a reader that believes everything ----------------------------------------------------- */

static uint64_t sum; /* so that no read is left out */

static void read_text(const struct ruleset *set, struct rules_text text)
{
    struct text view = rules_text(set, text);
    sum = hash_bytes(sum, view.bytes, view.length);
    if (text.length > 0)
        sum += strlen(view.bytes);
}

static void read_texts(const struct ruleset *set, struct rules_span span)
{
    for (uint32_t i = 0; i < span.count; i++)
        read_text(set, *RULES_AT(set, struct rules_text, span, i));
}

static void read_path(const struct ruleset *set, const struct rules_path *path)
{
    for (uint32_t i = 0; i < path->steps.count; i++)
        read_text(set, RULES_AT(set, struct rules_step, path->steps, i)->key);
}

static void read_group(const struct ruleset *set, const struct rules_group *group)
{
    read_text(set, group->name);
    read_text(set, group->called);
    read_path(set, &group->time_path);
    read_path(set, &group->each);
    read_path(set, &group->sequence);
    for (uint32_t i = 0; i < group->levels.count; i++) {
        const struct rules_level *level = RULES_AT(set, struct rules_level, group->levels, i);
        if (level->kind == RULES_LEVEL_LITERAL)
            read_text(set, level->text);
        else
            read_text(set, RULES_AT(set, struct rules_name, group->names, level->name)->name);
    }
    for (uint32_t i = 0; i < group->names.count; i++)
        read_path(set, &RULES_AT(set, struct rules_name, group->names, i)->path);
    for (uint32_t i = 0; i < group->readings.count; i++) {
        const struct rules_reading *reading =
            RULES_AT(set, struct rules_reading, group->readings, i);
        read_text(set, reading->name);
        read_text(set, reading->unit);
        read_path(set, &reading->path);
        read_texts(set, reading->words);
        for (uint32_t j = 0; j < reading->ignored.count; j++)
            sum = hash_bytes(sum, RULES_AT(set, double, reading->ignored, j), sizeof(double));
    }
    for (uint32_t i = 0; i < group->scope.alarms.count; i++) {
        uint32_t alarm = *RULES_AT(set, uint32_t, group->scope.alarms, i);
        sum += RULES_AT(set, struct rules_alarm, set->alarms, alarm)->line;
    }
}

static void read_condition(const struct ruleset *set, const struct rules_group *group,
                           const struct rules_condition *condition)
{
    for (uint32_t i = 0; i < condition->tests.count; i++) {
        const struct rules_test *test = RULES_AT(set, struct rules_test, condition->tests, i);
        const struct rules_reading *reading =
            RULES_AT(set, struct rules_reading, group->readings, test->reading);
        read_text(set, reading->name);
        read_text(set, test->text);
        read_text(set, test->value.unit);
        if ((test->kind == RULES_IS || test->kind == RULES_IS_NOT) && reading->kind == RULES_STATE)
            read_text(set, *RULES_AT(set, struct rules_text, reading->words, test->word));
        if (test->value.kind == RULES_READING)
            sum +=
                RULES_AT(set, struct rules_reading, group->readings, test->value.reading)->decimals;
    }
}

static void read_everything(const struct ruleset *set)
{
    read_text(set, set->site_id);
    read_text(set, set->site_name);
    read_text(set, set->timezone);
    for (uint32_t i = 0; i < set->groups.count; i++)
        read_group(set, RULES_AT(set, struct rules_group, set->groups, i));
    for (uint32_t i = 0; i < set->alarms.count; i++) {
        const struct rules_alarm *alarm = RULES_AT(set, struct rules_alarm, set->alarms, i);
        const struct rules_group *group =
            RULES_AT(set, struct rules_group, set->groups, alarm->group);
        read_text(set, alarm->name);
        read_text(set, alarm->say);
        read_text(set, alarm->say_updated);
        read_text(set, alarm->say_cleared);
        read_text(set, alarm->cause);
        read_text(set, alarm->risk);
        read_text(set, alarm->action);
        read_text(set, alarm->file);
        read_texts(set, alarm->tags);
        for (uint32_t j = 0; j < alarm->triggers.count; j++) {
            const struct rules_trigger *trigger =
                RULES_AT(set, struct rules_trigger, alarm->triggers, j);
            read_condition(set, group, &trigger->when);
            if (trigger->has_until)
                read_condition(set, group, &trigger->until);
        }
    }
    for (uint32_t i = 0; i < set->reports.count; i++) {
        const struct rules_report *report = RULES_AT(set, struct rules_report, set->reports, i);
        const struct rules_group *group =
            RULES_AT(set, struct rules_group, set->groups, report->group);
        read_text(set, report->name);
        read_texts(set, report->tags);
        for (uint32_t j = 0; j < report->items.count; j++) {
            uint32_t reading = RULES_AT(set, struct rules_item, report->items, j)->reading;
            sum += RULES_AT(set, struct rules_reading, group->readings, reading)->kind;
        }
    }
}

/* ---- tests --------------------------------------------------------------------------------- */

static void test_a_whole_block_is_accepted_and_can_be_read(void **state)
{
    (void)state;
    struct block block = block_make();
    assert_true(block_check(&block));
    read_everything((const void *)block.bytes);
    free(block.bytes);
}

static void test_every_flipped_byte_is_found_by_the_checksum(void **state)
{
    (void)state;
    struct block block = block_make();
    for (size_t i = 0; i < block.size; i++) {
        block.bytes[i] ^= 0x10;
        assert_false(block_check(&block));
        block.bytes[i] ^= 0x10;
    }
    assert_true(block_check(&block));
    free(block.bytes);
}

static void test_a_block_that_is_cut_off_is_refused_at_every_length(void **state)
{
    (void)state;
    struct block block = block_make();
    for (size_t size = 0; size < block.size; size++) {
        struct block part = {malloc(size + (size == 0)), size};
        memcpy(part.bytes, block.bytes, size);
        assert_false(block_check(&part));
        if (size >= sizeof(struct ruleset)) {
            ((struct ruleset *)(void *)part.bytes)->size_bytes = size;
            block_seal(&part);
            if (block_check(&part))
                read_everything((const void *)part.bytes);
        }
        free(part.bytes);
    }
    free(block.bytes);
}

static void test_a_block_for_another_version_is_refused(void **state)
{
    (void)state;
    struct block block = block_make();
    const char *why;
    ((struct ruleset *)(void *)block.bytes)->version++;
    assert_false(ruleset_check(block.bytes, block.size, &why));
    assert_string_equal(why, "the rules were made for another version");
    free(block.bytes);
}

static void test_a_hostile_block_never_makes_a_reader_go_outside(void **state)
{
    (void)state;
    static const uint32_t values[] = {0,          1,          7,          255,        65535,
                                      0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff, 1u << 20};
    struct block block = block_make();
    struct block hostile = {malloc(block.size), block.size};
    size_t refused = 0;
    for (size_t at = 24; at + 4 <= block.size; at += 4) {
        for (size_t v = 0; v < sizeof values / sizeof values[0]; v++) {
            memcpy(hostile.bytes, block.bytes, block.size);
            memcpy(hostile.bytes + at, &values[v], sizeof values[v]);
            block_seal(&hostile);
            if (block_check(&hostile))
                read_everything((const void *)hostile.bytes);
            else
                refused++;
        }
    }
    assert_true(refused > block.size / 4);
    free(hostile.bytes);
    free(block.bytes);
}

static void test_two_wrong_numbers_at_once_never_make_a_reader_go_outside(void **state)
{
    (void)state;
    struct block block = block_make();
    struct block hostile = {malloc(block.size), block.size};
    uint64_t random = 1;
    for (int i = 0; i < 20000; i++) {
        memcpy(hostile.bytes, block.bytes, block.size);
        for (int j = 0; j < 2; j++) {
            random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            size_t at = 24 + (random >> 33) % (block.size - 28) / 4 * 4;
            uint32_t value = (uint32_t)(random >> 20) % (uint32_t)(block.size + 64);
            memcpy(hostile.bytes + at, &value, sizeof value);
        }
        block_seal(&hostile);
        if (block_check(&hostile))
            read_everything((const void *)hostile.bytes);
    }
    free(hostile.bytes);
    free(block.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_whole_block_is_accepted_and_can_be_read),
        cmocka_unit_test(test_every_flipped_byte_is_found_by_the_checksum),
        cmocka_unit_test(test_a_block_that_is_cut_off_is_refused_at_every_length),
        cmocka_unit_test(test_a_block_for_another_version_is_refused),
        cmocka_unit_test(test_a_hostile_block_never_makes_a_reader_go_outside),
        cmocka_unit_test(test_two_wrong_numbers_at_once_never_make_a_reader_go_outside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
