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
    "alarm everything on coolers where cooler is not drinks\n"
    "  warning when temperature rises more than 2 °C in 5 minutes\n"
    "  warning when percentile 95 of temperature over 1 hour above average across cooler plus 3 "
    "°C\n"
    "  warning when temperature is stuck within 0.05 °C for 12 hours\n"
    "  warning when temperature above 5 °C for a total of 4 hours in any 24 hours\n"
    "  except while alarm too-many is active at most 4 hours\n"
    "alarm too-many\n"
    "  warning when alarm too-warm is active on 3 or more\n"
    "  notice when every level of levels falls more than 5 % in 10 minutes\n"
    "alarm differ on coolers\n"
    "  notice when temperature differs across cooler by more than 3 °C\n"
    "report store on coolers where cooler is a or b\n"
    "  every 1 day at 06:00\n"
    "  by store\n"
    "  send kinetic-mean of temperature\n"
    "  only while every door is closed\n"
    "report while on coolers\n"
    "  every 10 seconds over 1 minute or when temperature changes more than 1 °C\n"
    "  send time while door is open\n"
    "  send raw temperature\n"
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

static const struct rules_group *group_at(const struct ruleset *set, uint32_t scope)
{
    return RULES_AT(set, struct rules_group, set->groups, scope);
}

static const struct rules_scope *scope_at(const struct ruleset *set, uint32_t number)
{
    return number < set->groups.count
               ? &group_at(set, number)->scope
               : &RULES_AT(set, struct rules_set, set->sets, number - set->groups.count)->scope;
}

static const struct rules_link *link_at(const struct ruleset *set, uint32_t index)
{
    return RULES_AT(set, struct rules_link, set->links, index);
}

static void read_reading(const struct ruleset *set, const struct rules_group *group, uint32_t index)
{
    read_text(set, RULES_AT(set, struct rules_reading, group->readings, index)->name);
}

static void read_value(const struct ruleset *set, const struct rules_group *group,
                       const struct rules_value *value)
{
    read_text(set, value->unit);
    if (value->kind == RULES_READING || value->kind == RULES_ACROSS)
        read_reading(set, group, value->reading);
    if (value->kind == RULES_ACROSS)
        sum += link_at(set, value->link)->to;
    if (value->kind == RULES_LIMIT)
        read_text(set, RULES_AT(set, struct rules_column, set->columns, value->column)->name);
}

static void read_test(const struct ruleset *set, uint32_t scope, const struct rules_test *test)
{
    bool has_link = test->link != RULES_NONE;
    uint32_t to = has_link ? link_at(set, test->link)->to : scope;
    read_text(set, test->text);
    if (test->kind == RULES_ALARM) {
        sum += RULES_AT(set, struct rules_alarm, set->alarms, test->alarm)->line;
        return;
    }
    const struct rules_group *group = group_at(set, to);
    read_text(set, group->name);
    if (test->kind == RULES_SILENT)
        return;
    read_reading(set, group, test->reading);
    read_value(set, group, &test->value);
    read_value(set, group, &test->second);
    if (test->kind == RULES_DIFFERS_FROM)
        read_reading(set, group, test->other);
    const struct rules_reading *reading =
        RULES_AT(set, struct rules_reading, group->readings, test->reading);
    if ((test->kind == RULES_IS || test->kind == RULES_IS_NOT) && reading->kind == RULES_STATE &&
        test->summary == RULES_NO_SUMMARY)
        read_text(set, *RULES_AT(set, struct rules_text, reading->words, test->word));
    if (test->window != RULES_NONE) {
        bool is_each = has_link && test->quantifier != RULES_THE;
        struct rules_span windows = scope_at(set, is_each ? to : scope)->windows;
        sum += (uint64_t)RULES_AT(set, struct rules_window, windows, test->window)->over_ms;
    }
}

static void read_condition(const struct ruleset *set, uint32_t scope,
                           const struct rules_condition *condition)
{
    for (uint32_t i = 0; i < condition->tests.count; i++)
        read_test(set, scope, RULES_AT(set, struct rules_test, condition->tests, i));
}

static void read_scope(const struct ruleset *set, uint32_t number)
{
    const struct rules_scope *scope = scope_at(set, number);
    for (uint32_t i = 0; i < scope->windows.count; i++) {
        const struct rules_window *window = RULES_AT(set, struct rules_window, scope->windows, i);
        uint32_t to = window->link == RULES_NONE ? number : link_at(set, window->link)->to;
        read_reading(set, group_at(set, to), window->reading);
    }
    for (uint32_t i = 0; i < scope->suppressions.count; i++) {
        const struct rules_suppression *suppression =
            RULES_AT(set, struct rules_suppression, scope->suppressions, i);
        read_text(set, suppression->text);
        if (suppression->kind >= RULES_EXCEPT_WHILE)
            read_condition(set, number, &suppression->when);
        else
            read_text(set, RULES_AT(set, struct rules_hours, set->hours, suppression->hours)->name);
    }
}

static void read_where(const struct ruleset *set, const struct rules_group *group,
                       struct rules_span where)
{
    for (uint32_t i = 0; i < where.count; i++) {
        const struct rules_allowed *allowed = RULES_AT(set, struct rules_allowed, where, i);
        read_text(set, RULES_AT(set, struct rules_name, group->names, allowed->name)->name);
        read_texts(set, allowed->words);
    }
}

static void read_alarm(const struct ruleset *set, const struct rules_alarm *alarm)
{
    const struct rules_text texts[] = {
        alarm->name, alarm->say,    alarm->say_updated, alarm->say_cleared, alarm->cause,
        alarm->risk, alarm->action, alarm->file,        alarm->also,        alarm->out_reason};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        read_text(set, texts[i]);
    read_texts(set, alarm->tags);
    if (alarm->group != RULES_NONE)
        read_where(set, group_at(set, alarm->group), alarm->where);
    for (uint32_t j = 0; j < alarm->triggers.count; j++) {
        const struct rules_trigger *trigger =
            RULES_AT(set, struct rules_trigger, alarm->triggers, j);
        read_condition(set, alarm->scope, &trigger->when);
        if (trigger->has_until)
            read_condition(set, alarm->scope, &trigger->until);
    }
    for (uint32_t j = 0; j < alarm->suppressed_by.count; j++) {
        uint32_t index =
            RULES_AT(set, struct rules_suppressed_by, alarm->suppressed_by, j)->suppression;
        sum += RULES_AT(set, struct rules_suppression, scope_at(set, alarm->scope)->suppressions,
                        index)
                   ->kind;
    }
}

static void read_report(const struct ruleset *set, const struct rules_report *report)
{
    read_text(set, report->name);
    read_texts(set, report->tags);
    read_where(set, group_at(set, report->group), report->where);
    if (report->has_change)
        read_reading(set, group_at(set, report->group), report->change_reading);
    for (uint32_t j = 0; j < report->items.count; j++) {
        const struct rules_item *item = RULES_AT(set, struct rules_item, report->items, j);
        if (item->kind == RULES_ITEM_TIME_WHILE)
            read_condition(set, report->scope, &item->when);
        else
            read_reading(set, group_at(set, report->group), item->reading);
    }
}

static void read_everything(const struct ruleset *set)
{
    read_text(set, set->site_id);
    read_text(set, set->site_name);
    read_text(set, set->timezone);
    read_text(set, set->zone);
    for (uint32_t i = 0; i < set->groups.count; i++)
        read_group(set, group_at(set, i));
    for (uint32_t i = 0; i < set->groups.count + set->sets.count; i++)
        read_scope(set, i);
    for (uint32_t i = 0; i < set->links.count; i++) {
        const struct rules_link *link = link_at(set, i);
        sum += scope_at(set, link->from)->alarms.count + scope_at(set, link->to)->alarms.count;
        if (link->to < set->groups.count)
            read_where(set, group_at(set, link->to), link->where);
    }
    for (uint32_t i = 0; i < set->alarms.count; i++)
        read_alarm(set, RULES_AT(set, struct rules_alarm, set->alarms, i));
    for (uint32_t i = 0; i < set->reports.count; i++)
        read_report(set, RULES_AT(set, struct rules_report, set->reports, i));
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
