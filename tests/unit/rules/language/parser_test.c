/* What good rules become: every field of the block, from what is written and from what is left out.
 */
#include "tests/unit/rules/language/compile.h"

#include <math.h>

static const struct rules_group *group_at(const struct ruleset *set, uint32_t index)
{
    assert_true(index < set->groups.count);
    return RULES_AT(set, struct rules_group, set->groups, index);
}

static const struct rules_alarm *alarm_at(const struct ruleset *set, uint32_t index)
{
    assert_true(index < set->alarms.count);
    return RULES_AT(set, struct rules_alarm, set->alarms, index);
}

static const struct rules_trigger *trigger_at(const struct ruleset *set,
                                              const struct rules_alarm *alarm, uint32_t index)
{
    assert_true(index < alarm->triggers.count);
    return RULES_AT(set, struct rules_trigger, alarm->triggers, index);
}

static const struct rules_test *test_at(const struct ruleset *set,
                                        const struct rules_condition *condition, uint32_t index)
{
    assert_true(index < condition->tests.count);
    return RULES_AT(set, struct rules_test, condition->tests, index);
}

static const struct rules_reading *reading_at(const struct ruleset *set, uint32_t index)
{
    const struct rules_group *group = group_at(set, 0);
    assert_true(index < group->readings.count);
    return RULES_AT(set, struct rules_reading, group->readings, index);
}

static void assert_text(const struct ruleset *set, struct rules_text text, const char *expected)
{
    struct text view = rules_text(set, text);
    if (!text_equal(view, text_of(expected)))
        fail_msg("\"%.*s\" is not \"%s\"", (int)view.length, view.bytes, expected);
}

static void assert_number(double number, double expected)
{
    if (number != expected)
        fail_msg("%.17g is not %.17g", number, expected);
}

static void assert_path(const struct ruleset *set, const struct rules_path *path,
                        const char *expected)
{
    char written[256] = "";
    for (uint32_t i = 0; i < path->steps.count; i++) {
        const struct rules_step *step = RULES_AT(set, struct rules_step, path->steps, i);
        size_t length = strlen(written);
        if (step->key.length > 0)
            snprintf(written + length, sizeof written - length, "/%s",
                     rules_text(set, step->key).bytes);
        else
            snprintf(written + length, sizeof written - length, "/%u", step->index);
    }
    assert_string_equal(written, expected);
}

/* ---- site ---------------------------------------------------------------------------------- */

static void test_a_site_without_lines_has_the_values_of_section_4_1(void **state)
{
    (void)state;
    struct compile *compile = compile_good(COOLERS);
    const struct ruleset *set = compile_set(compile);
    assert_text(set, set->site_id, "");
    assert_text(set, set->timezone, "utc");
    assert_int_equal(set->keep_unsent_ms, INT64_C(7) * 86400000);
    assert_int_equal(set->send_at_most, 120);
    assert_int_equal(set->send_per_ms, 60000);
    assert_int_equal(set->flood_above, 10);
    assert_int_equal(set->flood_in_ms, 600000);
    compile_free(compile);
}

static void test_every_line_of_a_site_is_kept(void **state)
{
    (void)state;
    struct compile *compile = compile_good("SITE \"Store 14, Leeds\"\n"
                                           "  id store-14\n"
                                           "  timezone Europe/London\n"
                                           "  flood above 12 alarms in 5 minutes\n"
                                           "  send at most 60 messages per hour\n"
                                           "  keep unsent for 2 weeks\n" COOLERS);
    const struct ruleset *set = compile_set(compile);
    assert_text(set, set->site_name, "Store 14, Leeds");
    assert_text(set, set->site_id, "store-14");
    assert_text(set, set->timezone, "Europe/London");
    assert_int_equal(set->flood_above, 12);
    assert_int_equal(set->flood_in_ms, 300000);
    assert_int_equal(set->send_at_most, 60);
    assert_int_equal(set->send_per_ms, 3600000);
    assert_int_equal(set->keep_unsent_ms, INT64_C(14) * 86400000);
    compile_free(compile);
}

static void test_an_empty_text_is_followed_by_a_zero_too(void **state)
{
    (void)state;
    struct compile *compile = compile_good(COOLERS);
    const struct ruleset *set = compile_set(compile);
    assert_string_equal(rules_text(set, set->site_name).bytes, "");
    assert_string_equal(rules_text(set, group_at(set, 0)->called).bytes, "");
    compile_free(compile);
}

/* ---- sensors ------------------------------------------------------------------------------- */

static void test_a_topic_becomes_levels_and_names(void **state)
{
    (void)state;
    struct compile *compile =
        compile_good("sensors a\n  from mqtt store/{store}/x/{rest...}\n  read t in °C\n");
    const struct ruleset *set = compile_set(compile);
    const struct rules_group *group = group_at(set, 0);
    const struct rules_level *levels = RULES_AT(set, struct rules_level, group->levels, 0);
    assert_int_equal(group->source, RULES_FROM_MQTT);
    assert_int_equal(group->levels.count, 4);
    assert_int_equal(levels[0].kind, RULES_LEVEL_LITERAL);
    assert_text(set, levels[0].text, "store");
    assert_int_equal(levels[1].kind, RULES_LEVEL_NAME);
    assert_int_equal(levels[1].name, 0);
    assert_int_equal(levels[3].kind, RULES_LEVEL_REST);
    assert_int_equal(levels[3].name, 1);
    assert_int_equal(group->names.count, 2);
    assert_text(set, RULES_AT(set, struct rules_name, group->names, 1)->name, "rest");
    compile_free(compile);
}

static void test_datagrams_take_their_names_from_the_message(void **state)
{
    (void)state;
    struct compile *compile = compile_good("sensors levels\n"
                                           "  from udp port 5005\n"
                                           "  format json\n"
                                           "  each samples\n"
                                           "  name vessel from tags[0].id\n"
                                           "  called \"vessel {Vessel}\"\n"
                                           "  time from ts in milliseconds\n"
                                           "  sequence from n\n"
                                           "  read level from lvl in %\n"
                                           "sensors more\n"
                                           "  from udp port 5005\n"
                                           "  read level in %\n");
    const struct ruleset *set = compile_set(compile);
    const struct rules_group *group = group_at(set, 0);
    const struct rules_name *name = RULES_AT(set, struct rules_name, group->names, 0);
    assert_int_equal(group->source, RULES_FROM_UDP);
    assert_int_equal(group->udp_port, 5005);
    assert_int_equal(set->ports.count, 1);
    assert_int_equal(*RULES_AT(set, uint32_t, set->ports, 0), 5005);
    assert_true(group->has_each);
    assert_path(set, &group->each, "/samples");
    assert_true(name->is_in_message);
    assert_path(set, &name->path, "/tags/0/id");
    assert_text(set, group->called, "vessel {vessel}");
    assert_int_equal(group->time, RULES_TIME_MILLISECONDS);
    assert_path(set, &group->time_path, "/ts");
    assert_true(group->has_sequence);
    assert_path(set, &group->sequence, "/n");
    compile_free(compile);
}

static void test_times_of_a_group_have_their_defaults(void **state)
{
    (void)state;
    struct compile *compile = compile_good(COOLERS "sensors b\n  from mqtt b\n  read t in °C\n");
    const struct ruleset *set = compile_set(compile);
    const struct rules_group *coolers = group_at(set, 0), *b = group_at(set, 1);
    assert_int_equal(coolers->expect_ms, 60000);
    assert_int_equal(coolers->fresh_ms, 180000);
    assert_int_equal(b->expect_ms, 0);
    assert_int_equal(b->fresh_ms, 300000);
    assert_int_equal(b->forget_ms, INT64_C(30) * 86400000);
    assert_int_equal(b->late_ms, 120000);
    assert_int_equal(b->early_ms, 60000);
    assert_int_equal(b->time, RULES_TIME_ARRIVAL);
    compile_free(compile);
}

static void test_times_of_a_group_are_kept(void **state)
{
    (void)state;
    struct compile *compile = compile_good("sensors b\n  from mqtt b\n  read t in °C\n"
                                           "  expect every 10 s\n  fresh for 45s\n"
                                           "  forget after 1 week\n  allow late 1 hour 30 minutes\n"
                                           "  allow early 5 sec\n  time on arrival\n");
    const struct rules_group *group = group_at(compile_set(compile), 0);
    assert_int_equal(group->expect_ms, 10000);
    assert_int_equal(group->fresh_ms, 45000);
    assert_int_equal(group->forget_ms, INT64_C(7) * 86400000);
    assert_int_equal(group->late_ms, 5400000);
    assert_int_equal(group->early_ms, 5000);
    compile_free(compile);
}

static void test_readings_of_every_kind_are_kept(void **state)
{
    (void)state;
    struct compile *compile =
        compile_good("sensors a\n"
                     "  from mqtt a/{b}\n"
                     "  valid temperature -40 °C to 140 °F\n" /* before it is declared */
                     "  ignore temperature of 85 °C or -127 °C\n"
                     "  read temperature from status.\"odd key\"[2] in C scaled by 0.1 offset by "
                     "-0.9 °F\n"
                     "  read defrost from d as on or off\n"
                     "  read mode as text\n"
                     "  read quality from q as number\n"
                     "  read turbidity in \"NTU\"\n"
                     "  read plain from payload in %\n");
    const struct ruleset *set = compile_set(compile);
    const struct rules_reading *temperature = reading_at(set, 0), *defrost = reading_at(set, 1);
    assert_text(set, temperature->name, "temperature");
    assert_text(set, temperature->unit, "°C");
    assert_path(set, &temperature->path, "/status/odd key/2");
    assert_true(temperature->path.hash == hash_bytes(HASH_START, "status", 6));
    assert_int_equal(temperature->kind, RULES_NUMBER);
    assert_number(temperature->scale, 0.1);
    assert_number(temperature->offset, -0.5);
    assert_number(temperature->valid_least, -40);
    assert_number(temperature->valid_most, 60);
    assert_int_equal(temperature->ignored.count, 2);
    assert_number(*RULES_AT(set, double, temperature->ignored, 1), -127);
    assert_int_equal(defrost->kind, RULES_STATE);
    assert_int_equal(defrost->words.count, 2);
    assert_text(set, *RULES_AT(set, struct rules_text, defrost->words, 0), "on");
    assert_int_equal(reading_at(set, 2)->kind, RULES_TEXT);
    assert_path(set, &reading_at(set, 2)->path, "/mode");
    assert_text(set, reading_at(set, 3)->unit, "");
    assert_true(isinf(reading_at(set, 3)->valid_most));
    assert_text(set, reading_at(set, 4)->unit, "NTU");
    assert_path(set, &reading_at(set, 5)->path, "");
    compile_free(compile);
}

/* ---- alarms -------------------------------------------------------------------------------- */

static void test_a_trigger_has_its_limit_hold_and_end(void **state)
{
    (void)state;
    struct compile *compile = compile_good(
        TOO_WARM "  critical when temperature above 41.0 °F for 10 minutes until below 4.5 °C\n");
    const struct ruleset *set = compile_set(compile);
    const struct rules_trigger *trigger = trigger_at(set, alarm_at(set, 0), 0);
    const struct rules_test *test = test_at(set, &trigger->when, 0);
    assert_int_equal(trigger->severity, RULES_CRITICAL);
    assert_int_equal(trigger->line, 7);
    assert_int_equal(test->kind, RULES_ABOVE);
    assert_int_equal(test->reading, 0);
    assert_int_equal(test->value.kind, RULES_CONSTANT);
    assert_number(test->value.number, 5);
    assert_number(test->value.written, 41);
    assert_int_equal(test->value.decimals, 1);
    assert_text(set, test->value.unit, "°F");
    assert_int_equal(trigger->when.hold.kind, RULES_HOLD_FOR);
    assert_int_equal(trigger->when.hold.for_ms, 600000);
    assert_true(trigger->has_until);
    assert_int_equal(trigger->until.hold.kind, RULES_HOLD_NONE);
    test = test_at(set, &trigger->until, 0);
    assert_int_equal(test->kind, RULES_BELOW);
    assert_number(test->value.number, 4.5);
    assert_int_equal(reading_at(set, 0)->decimals, 1);
    compile_free(compile);
}

static void a_tolerance_does_not_raise_the_decimals_of_a_reading(void **state)
{
    (void)state;
    static const struct {
        const char *lines;
        unsigned decimals;
    } cases[] = {{"  notice when temperature is stuck within 0.05 °C for 1 hour\n", 0},
                 {"  notice when temperature rises more than 1.25 °C in 5 minutes\n", 0},
                 {"  notice when temperature above 5.25 °C\n", 2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char rules[512];
        snprintf(rules, sizeof rules,
                 "sensors coolers\n  from mqtt c/{cooler}\n  read temperature in °C\n"
                 "alarm one on coolers\n%s",
                 cases[i].lines);
        struct compile *compile = compile_good(rules);
        assert_int_equal(reading_at(compile->compiled.block, 0)->decimals, cases[i].decimals);
        compile_free(compile);
    }
}

static int64_t clear_after_of(const char *lines)
{
    char rules[1024];
    snprintf(rules, sizeof rules, TOO_WARM "%s\n", lines);
    struct compile *compile = compile_good(rules);
    const struct ruleset *set = compile_set(compile);
    int64_t clear_after_ms = trigger_at(set, alarm_at(set, 0), 0)->clear_after_ms;
    compile_free(compile);
    return clear_after_ms;
}

static void test_the_off_delay_is_the_nearest_that_is_said(void **state)
{
    (void)state;
    assert_int_equal(clear_after_of("warning when temperature above 5 °C"), 60000);
    assert_int_equal(clear_after_of("warning when temperature above 5 °C until below 4 °C"), 0);
    assert_int_equal(clear_after_of("warning when temperature above 5 °C\nclear after 2 minutes"),
                     120000);
    assert_int_equal(clear_after_of("clear after 2 minutes\n"
                                    "warning when temperature above 5 °C until below 4 °C"),
                     120000);
    assert_int_equal(
        clear_after_of("clear after 2 minutes\n"
                       "warning when temperature above 5 °C until below 4 °C for 5 minutes"),
        300000);
}

static void test_triggers_stand_in_the_order_of_severity(void **state)
{
    (void)state;
    struct compile *compile = compile_good(TOO_WARM "  log when temperature above 1 °C\n"
                                                    "  warning when temperature above 5 °C\n"
                                                    "  critical when temperature above 8 °C\n"
                                                    "  notice when temperature above 3 °C\n"
                                                    "  warning when temperature below -5 °C\n");
    const struct ruleset *set = compile_set(compile);
    const struct rules_alarm *alarm = alarm_at(set, 0);
    static const uint32_t lines[] = {9, 8, 11, 10, 7};
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(trigger_at(set, alarm, i)->line, lines[i]);
    compile_free(compile);
}

static void test_tests_are_joined_by_and_or_by_or(void **state)
{
    (void)state;
    struct compile *compile =
        compile_good(TOO_WARM "  warning when temperature inside 1 °C to 2 °C\n"
                              "    and door is not CLOSED\n"
                              "    for 1 minute 30 seconds\n"
                              "    until door is closed or temperature outside 0 °C to 3 °C\n"
                              "  notice when silent for 15 minutes\n");
    const struct ruleset *set = compile_set(compile);
    const struct rules_trigger *trigger = trigger_at(set, alarm_at(set, 0), 0);
    assert_false(trigger->when.joined_by_or);
    assert_int_equal(trigger->when.tests.count, 2);
    assert_number(test_at(set, &trigger->when, 0)->second.number, 2);
    assert_int_equal(test_at(set, &trigger->when, 1)->kind, RULES_IS_NOT);
    assert_int_equal(test_at(set, &trigger->when, 1)->word, 1);
    assert_int_equal(trigger->when.hold.for_ms, 90000);
    assert_true(trigger->until.joined_by_or);
    assert_int_equal(test_at(set, &trigger->until, 1)->kind, RULES_OUTSIDE);
    const struct rules_trigger *silent = trigger_at(set, alarm_at(set, 0), 1);
    assert_int_equal(test_at(set, &silent->when, 0)->kind, RULES_SILENT);
    compile_free(compile);
}

static void test_a_limit_may_be_another_reading_plus_an_amount(void **state)
{
    (void)state;
    struct compile *compile =
        compile_good("set margin to 9 °F\nset top to 8 °C\n" COOLERS "  read setpoint in °C\n"
                     "alarm a on coolers\n"
                     "  warning when temperature above setpoint plus 2 K\n"
                     "  notice when temperature below setpoint minus margin\n"
                     "  critical when temperature above top plus margin\n");
    const struct ruleset *set = compile_set(compile);
    const struct rules_alarm *alarm = alarm_at(set, 0);
    const struct rules_value *sum = &test_at(set, &trigger_at(set, alarm, 1)->when, 0)->value;
    const struct rules_value *rest = &test_at(set, &trigger_at(set, alarm, 2)->when, 0)->value;
    const struct rules_value *top = &test_at(set, &trigger_at(set, alarm, 0)->when, 0)->value;
    assert_int_equal(sum->kind, RULES_READING);
    assert_int_equal(sum->reading, 2);
    assert_number(sum->number, 2);
    assert_int_equal(rest->kind, RULES_READING);
    assert_number(rest->number, -5);
    assert_int_equal(top->kind, RULES_CONSTANT);
    assert_number(top->number, 13);
    compile_free(compile);
}

static void test_options_of_an_alarm_are_kept(void **state)
{
    (void)state;
    struct compile *compile =
        compile_good(TOO_WARM "  critical when temperature above 5 °C\n"
                              "  say \"{COOLER} is at {Temperature}\"\n"
                              "  cause \"Door.\"\n  risk \"Food.\"\n  action \"Close it.\"\n"
                              "  respond within 30 min\n  tags haccp, safety\n"
                              "  acknowledge optional\n");
    const struct ruleset *set = compile_set(compile);
    const struct rules_alarm *alarm = alarm_at(set, 0);
    assert_text(set, alarm->name, "too-warm");
    assert_text(set, alarm->say, "{cooler} is at {temperature}");
    assert_text(set, alarm->cause, "Door.");
    assert_text(set, alarm->risk, "Food.");
    assert_text(set, alarm->action, "Close it.");
    assert_int_equal(alarm->respond_ms, 1800000);
    assert_int_equal(alarm->tags.count, 2);
    assert_text(set, *RULES_AT(set, struct rules_text, alarm->tags, 1), "safety");
    assert_int_equal(alarm->acknowledge_required, 0);
    assert_text(set, alarm->file, "store.rules");
    assert_int_equal(alarm->line, 6);
    compile_free(compile);
}

static void assert_says(const char *lines, const char *sentence)
{
    char rules[1024];
    snprintf(rules, sizeof rules, TOO_WARM "%s\n", lines);
    struct compile *compile = compile_good(rules);
    const struct ruleset *set = compile_set(compile);
    assert_text(set, alarm_at(set, 0)->say, sentence);
    compile_free(compile);
}

/* What it says of an update and of a clear. */
static void assert_says_later(const char *lines, const char *updated, const char *cleared)
{
    char rules[1024];
    snprintf(rules, sizeof rules, TOO_WARM "%s\n", lines);
    struct compile *compile = compile_good(rules);
    const struct ruleset *set = compile_set(compile);
    assert_text(set, alarm_at(set, 0)->say_updated, updated);
    assert_text(set, alarm_at(set, 0)->say_cleared, cleared);
    compile_free(compile);
}

static void test_an_alarm_without_words_says_a_plain_sentence(void **state)
{
    (void)state;
    assert_says("warning when temperature above 5 °C for 10 minutes",
                "{device}: temperature is {temperature}, above 5 °C.");
    assert_says("warning when temperature above 5 °C\ncritical when temperature above 8 °C",
                "{device}: temperature is {temperature}, above {limit}.");
    assert_says("warning when temperature outside 1.5 °C to 5 °C",
                "{device}: temperature is {temperature}, outside 1.5 °C to 5 °C.");
    assert_says("warning when silent for 15 minutes", "{device}: no message for {duration}.");
    assert_says("warning when door is open and temperature below -2 °C",
                "{device}: door is {door}, and temperature is {temperature}, below -2 °C.");
    assert_says("warning when door is open\nwarning when temperature below -2 °C",
                "{device}: too-warm.");
}

static void test_a_plain_sentence_of_several_devices_tells_the_number_that_one_has(void **state)
{
    (void)state;
    struct compile *compile =
        compile_good(COOLERS "  read starts as number\nalarm idle\n"
                             "  notice when any starts of coolers is not 4 for 5 minutes\n");
    const struct ruleset *set = compile_set(compile);
    assert_text(set, alarm_at(set, 0)->say, "{device}: any starts of coolers is not 4.");
    compile_free(compile);
}

static void test_a_plain_sentence_names_a_limit_only_where_all_lines_have_it(void **state)
{
    (void)state;
    assert_says("warning when temperature outside 1 °C to 5 °C\n"
                "critical when temperature outside 1 °C to 8 °C",
                "{device}: temperature is {temperature}, outside {limit}.");
    assert_says("warning when temperature above 5 °C and door is open\n"
                "critical when temperature above 8 °C and door is open",
                "{device}: temperature is {temperature}, and door is {door}.");
    assert_says("warning when temperature above 5 °C and door is open\n"
                "critical when temperature above 5 °C or door is open",
                "{device}: too-warm.");
}

static void test_a_plain_sentence_fits_an_update_and_an_end(void **state)
{
    (void)state;
    assert_says_later("warning when temperature above 5 °C for 10 minutes until below 4 °C",
                      "{device}: temperature is {temperature}; the limit is 5 °C.",
                      "{device}: temperature is {temperature} again; the limit is 5 °C.");
    assert_says_later("warning when temperature above 5 °C until door is closed",
                      "{device}: temperature is {temperature}; the limit is 5 °C.",
                      "{device}: temperature is {temperature}; the limit is 5 °C.");
    assert_says_later("warning when silent for 15 minutes", "{device}: no message for {duration}.",
                      "{device}: messages arrive again.");
    assert_says_later("warning when door is open and temperature below -2 °C",
                      "{device}: door is {door} and temperature is {temperature} (limit -2 °C).",
                      "{device}: door is {door} and temperature is {temperature} (limit -2 °C).");
    assert_says_later("warning when door is open\nwarning when temperature below -2 °C", "",
                      "{device}: too-warm is over.");
    assert_says_later("warning when door is open\nsay \"Door!\"", "", "");
}

static void test_the_fingerprint_of_an_alarm_follows_its_meaning_only(void **state)
{
    (void)state;
    static const char *const rules[] = {
        TOO_WARM "  warning when temperature above 5 °C\n  say \"a\"\n",
        "# moved\n" TOO_WARM "  warning when temperature above 41 °F\n  say \"b\"\n",
        TOO_WARM "  warning when temperature above 6 °C\n  say \"a\"\n",
    };
    uint64_t prints[3];
    for (size_t i = 0; i < 3; i++) {
        struct compile *compile = compile_good(rules[i]);
        prints[i] = alarm_at(compile_set(compile), 0)->fingerprint;
        compile_free(compile);
    }
    assert_true(prints[0] == prints[1]);
    assert_true(prints[0] != prints[2]);
}

/* ---- reports ------------------------------------------------------------------------------- */

static void test_a_report_has_its_period_and_its_summaries(void **state)
{
    (void)state;
    struct compile *compile = compile_good(COOLERS "report r on coolers\n"
                                                   "  every 5 minutes\n"
                                                   "  send average, minimum and maximum of "
                                                   "temperature\n"
                                                   "  send count of door\n"
                                                   "  tags haccp\n");
    const struct ruleset *set = compile_set(compile);
    const struct rules_report *report = RULES_AT(set, struct rules_report, set->reports, 0);
    const struct rules_item *items = RULES_AT(set, struct rules_item, report->items, 0);
    assert_int_equal(report->every_ms, 300000);
    assert_int_equal(report->wait_ms, 30000);
    assert_int_equal(report->items.count, 4);
    assert_int_equal(items[2].summary, RULES_MAXIMUM);
    assert_int_equal(items[3].summary, RULES_COUNT);
    assert_int_equal(items[3].reading, 1);
    assert_int_equal(group_at(set, 0)->scope.reports.count, 1);
    compile_free(compile);
}

static void test_files_are_read_as_one_site_in_their_order(void **state)
{
    (void)state;
    struct rules_source_file files[] = {
        {"sensors.rules", TEXT(COOLERS)},
        {"alarms.rules",
         TEXT("alarm a on coolers\n  warning when temperature above 5 °C\n  clear after\n")},
    };
    struct rules_compiled compiled;
    rules_compile(files, 2, &compiled);
    assert_int_equal(compiled.errors, 1);
    assert_string_equal(compiled.messages[0].file, "alarms.rules");
    assert_int_equal(compiled.messages[0].line, 3);
    rules_compiled_free(&compiled);
}

static void test_counts_tell_what_was_compiled(void **state)
{
    (void)state;
    struct compile *compile = compile_good(
        TOO_WARM "  warning when temperature above 5 °C\n  critical when temperature above 8 °C\n"
                 "alarm quiet on coolers\n  warning when silent for 15 minutes\n");
    const struct rules_counts *counts = &compile->compiled.counts;
    assert_int_equal(counts->groups, 1);
    assert_int_equal(counts->readings, 2);
    assert_int_equal(counts->alarms, 2);
    assert_int_equal(counts->triggers, 3);
    assert_int_equal(counts->by_severity[RULES_CRITICAL], 1);
    assert_int_equal(counts->by_severity[RULES_WARNING], 1);
    compile->length = 0;
    memset(compile->output, 0, sizeof compile->output);
    rules_counts_print(counts, (struct rules_output){compile_collect, compile});
    assert_string_equal(compile->output,
                        "1 group of sensors with 2 readings, 2 alarms, 0 reports.\n"
                        "Alarms: 1 critical (50 %), 1 warning (50 %), 0 notice (0 %), 0 log (0 %). "
                        "Aim for 5, 15 and 80 %.\n");
    compile_free(compile);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tolerance_does_not_raise_the_decimals_of_a_reading),
        cmocka_unit_test(test_a_site_without_lines_has_the_values_of_section_4_1),
        cmocka_unit_test(test_every_line_of_a_site_is_kept),
        cmocka_unit_test(test_an_empty_text_is_followed_by_a_zero_too),
        cmocka_unit_test(test_a_topic_becomes_levels_and_names),
        cmocka_unit_test(test_datagrams_take_their_names_from_the_message),
        cmocka_unit_test(test_times_of_a_group_have_their_defaults),
        cmocka_unit_test(test_times_of_a_group_are_kept),
        cmocka_unit_test(test_readings_of_every_kind_are_kept),
        cmocka_unit_test(test_a_trigger_has_its_limit_hold_and_end),
        cmocka_unit_test(test_the_off_delay_is_the_nearest_that_is_said),
        cmocka_unit_test(test_triggers_stand_in_the_order_of_severity),
        cmocka_unit_test(test_tests_are_joined_by_and_or_by_or),
        cmocka_unit_test(test_a_limit_may_be_another_reading_plus_an_amount),
        cmocka_unit_test(test_options_of_an_alarm_are_kept),
        cmocka_unit_test(test_an_alarm_without_words_says_a_plain_sentence),
        cmocka_unit_test(test_a_plain_sentence_of_several_devices_tells_the_number_that_one_has),
        cmocka_unit_test(test_a_plain_sentence_names_a_limit_only_where_all_lines_have_it),
        cmocka_unit_test(test_a_plain_sentence_fits_an_update_and_an_end),
        cmocka_unit_test(test_the_fingerprint_of_an_alarm_follows_its_meaning_only),
        cmocka_unit_test(test_a_report_has_its_period_and_its_summaries),
        cmocka_unit_test(test_files_are_read_as_one_site_in_their_order),
        cmocka_unit_test(test_counts_tell_what_was_compiled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
