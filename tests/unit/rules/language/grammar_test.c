/* The blocks of the language beside alarms and reports: files, hours, sensors, tables, defaults,
 * like. What they become in the ruleset, and how their mistakes are answered. */
#include "compile.h"

#include <math.h>

/* ---- files that lie around, for include and tables ------------------------------------------ */

struct shelf {
    const char *name, *text;
};

static bool shelf_open(void *context, const char *path, struct text *text)
{
    for (const struct shelf *shelf = context; shelf->name != NULL; shelf++) {
        if (strcmp(shelf->name, path) == 0) {
            *text = (struct text){shelf->text, strlen(shelf->text)};
            return true;
        }
    }
    return false;
}

/* The first files are given, the others lie on the shelf. */
static struct compile *compile_files(const struct shelf *files, size_t given)
{
    struct compile *compile = calloc(1, sizeof *compile);
    struct rules_source_file sources[8];
    struct rules_opener opener = {shelf_open, (void *)(uintptr_t)files};
    for (size_t i = 0; i < given; i++)
        sources[i] =
            (struct rules_source_file){files[i].name, {files[i].text, strlen(files[i].text)}};
    rules_compile_site(sources, given, &opener, &compile->compiled);
    for (size_t i = 0; i < compile->compiled.messages_count; i++)
        rules_message_print(&compile->compiled.messages[i],
                            (struct rules_output){compile_collect, compile});
    return compile;
}

static void assert_files_show(const struct shelf *files, const char *part)
{
    struct compile *compile = compile_files(files, 1);
    assert_int_equal(compile->compiled.errors, 1);
    assert_shows(compile->output, part);
    compile_free(compile);
}

static const struct ruleset *files_good(struct compile *compile)
{
    const char *why;
    if (compile->compiled.errors > 0)
        fail_msg("%s", compile->output);
    assert_true(ruleset_check(compile->compiled.block, compile->compiled.size_bytes, &why));
    return compile->compiled.block;
}

static const struct rules_alarm *alarm_at(const struct ruleset *set, uint32_t index)
{
    return RULES_AT(set, struct rules_alarm, set->alarms, index);
}

static const struct rules_group *group_at(const struct ruleset *set, uint32_t index)
{
    return RULES_AT(set, struct rules_group, set->groups, index);
}

static const struct rules_value *value_at(const struct ruleset *set, uint32_t alarm)
{
    const struct rules_trigger *trigger =
        RULES_AT(set, struct rules_trigger, alarm_at(set, alarm)->triggers, 0);
    return &RULES_AT(set, struct rules_test, trigger->when.tests, 0)->value;
}

static const struct rules_limit *limit_at(const struct ruleset *set, uint32_t alarm, uint32_t row)
{
    const struct rules_column *column =
        RULES_AT(set, struct rules_column, set->columns, value_at(set, alarm)->column);
    return RULES_AT(set, struct rules_limit, column->limits, row);
}

static void assert_text(const struct ruleset *set, struct rules_text text, const char *expected)
{
    assert_string_equal(rules_text(set, text).bytes, expected);
}

/* ---- include -------------------------------------------------------------------------------- */

static void test_an_included_file_is_read_in_place(void **state)
{
    (void)state;
    static const struct shelf files[] = {
        {"store.rules", "include \"common/coolers.rules\"\nalarm a on coolers\n  warning when "
                        "temperature above limit-a\n"},
        {"common/coolers.rules", COOLERS "include \"../limits.rules\"\n"},
        {"limits.rules", "set limit-a to 5 °C\n"},
        {NULL, NULL}};
    struct compile *compile = compile_files(files, 1);
    const struct ruleset *set = files_good(compile);
    assert_int_equal(set->groups.count, 1);
    assert_true(value_at(set, 0)->number == 5);
    compile_free(compile);
}

static void test_a_file_is_read_once_however_often_it_is_included(void **state)
{
    (void)state;
    static const struct shelf files[] = {
        {"store.rules", "include \"common.rules\"\ninclude \"./common.rules\"\n"},
        {"common.rules", "include \"store.rules\"\n" COOLERS},
        {NULL, NULL}};
    struct compile *compile = compile_files(files, 1);
    assert_int_equal(files_good(compile)->groups.count, 1);
    compile_free(compile);
}

static void test_files_that_another_includes_are_not_compiled_again(void **state)
{
    (void)state;
    /* In this order the included file would come first, without the defaults above it. */
    static const struct shelf files[] = {
        {"a.rules", COOLERS "alarm x on coolers\n  warning when silent for 1 hour\n"},
        {"b.rules", "defaults\n  respond within 5 minutes\ninclude \"a.rules\"\n"},
        {NULL, NULL}};
    struct compile *compile = compile_files(files, 2);
    const struct ruleset *set = files_good(compile);
    assert_int_equal(set->alarms.count, 1);
    assert_true(alarm_at(set, 0)->respond_ms == 300000);
    compile_free(compile);
}

static void test_files_that_include_each_other_are_read(void **state)
{
    (void)state;
    static const struct shelf files[] = {{"a.rules", "include \"b.rules\"\n" COOLERS},
                                         {"b.rules", "include \"a.rules\"\n"},
                                         {NULL, NULL}};
    struct compile *compile = compile_files(files, 2);
    assert_int_equal(files_good(compile)->groups.count, 1);
    compile_free(compile);
}

static void test_a_file_that_is_not_there_is_told_with_its_path(void **state)
{
    (void)state;
    static const struct shelf files[] = {{"site/store.rules", "include \"comon.rules\"\n"},
                                         {NULL, NULL}};
    assert_files_show(files, "There is no file \"site/comon.rules\".  [R140]");
    compile_error("include \"x.rules\"\n", "R140");
    compile_error("include \"/etc/passwd\"\n", "R140");
    compile_error("include \"\"\n", "R140");
}

static void test_files_are_included_four_deep_and_no_deeper(void **state)
{
    (void)state;
    struct shelf files[] = {{"0", "include \"1\"\n"},
                            {"1", "include \"2\"\n"},
                            {"2", "include \"3\"\n"},
                            {"3", "include \"4\"\n"},
                            {"4", COOLERS},
                            {"5", COOLERS},
                            {NULL, NULL}};
    struct compile *compile = compile_files(files, 1);
    files_good(compile);
    compile_free(compile);
    files[4].text = "include \"5\"\n";
    assert_files_show(files, "at most 4 deep");
}

static void test_a_mistake_in_an_included_file_names_that_file(void **state)
{
    (void)state;
    static const struct shelf files[] = {
        {"store.rules", "include \"b.rules\"\n"}, {"b.rules", "\nalram x\n"}, {NULL, NULL}};
    assert_files_show(files, "b.rules line 2: I don't know the word \"alram\"");
}

/* ---- hours ---------------------------------------------------------------------------------- */

static const struct rules_hours *hours_of(struct compile *compile)
{
    const struct ruleset *set = compile_set(compile);
    return RULES_AT(set, struct rules_hours, set->hours, 0);
}

static void test_hours_have_spans_for_each_day_and_days_that_are_closed(void **state)
{
    (void)state;
    struct compile *compile =
        compile_good(COOLERS "hours opening\n  monday to saturday 07:00 to 22:00\n"
                             "  sunday 10:00 to 12:00 and 14:00 to 24:00\n  friday 22:00 to 02:00\n"
                             "  closed on 25 december\n  closed 2026-04-05 to 2026-04-06\n");
    const struct rules_hours *hours = hours_of(compile);
    const struct ruleset *set = compile_set(compile);
    assert_int_equal(hours->spans.count, 8);
    uint32_t of_friday = 0, of_sunday = 0;
    for (uint32_t i = 0; i < hours->spans.count; i++) {
        const struct rules_hours_span *span =
            RULES_AT(set, struct rules_hours_span, hours->spans, i);
        of_sunday += span->day == 0;
        of_friday += span->day == 5;
        if (span->day == 5) { /* the later line replaces the earlier */
            assert_int_equal(span->begin_minute, 22 * 60);
            assert_int_equal(span->end_minute, 2 * 60);
        }
        if (span->day == 0 && span->begin_minute == 14 * 60)
            assert_int_equal(span->end_minute, 1440);
    }
    assert_int_equal(of_friday, 1);
    assert_int_equal(of_sunday, 2);
    const struct rules_closed *closed = RULES_AT(set, struct rules_closed, hours->closed, 0);
    assert_int_equal(closed[0].from_year, 0);
    assert_int_equal(closed[0].from_month, 12);
    assert_int_equal(closed[1].to_day, 6);
    compile_free(compile);
    compile = compile_good(COOLERS "hours all\n  every day 00:00 to 24:00\n");
    assert_int_equal(hours_of(compile)->spans.count, 7);
    compile_free(compile);
    compile = compile_good(COOLERS "hours weekend\n  saturday to sunday 08:00 to 12:00\n");
    assert_int_equal(hours_of(compile)->spans.count, 2);
    compile_free(compile);
}

static void test_times_and_days_that_there_are_not_are_refused(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "monday 25:70 to 26:00", "monday 07:60 to 08:00",   "monday 24:00 to 08:00",
        "monday 07:00 to 07:00", "monday 07:000 to 08:00",  "monday to mnday 07:00 to 08:00",
        "closed on 31 february", "closed on 0 may",         "closed on 2026-02-29",
        "closed on 2026-13-01",  "closed on 1.5 may",       "closed on 2026-1-1",
        "closed on 5 mai",       "monday 07:00 to evening", "closed on easter",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char rules[512];
        snprintf(rules, sizeof rules, "hours h\n  every day 01:00 to 02:00\n  %s\n", lines[i]);
        compile_error(rules, "R185");
    }
    compile_error("hours h\n  every day 01:00 to 02:00\n  closed on 2026-04-06 to 2026-04-05\n",
                  "R158");
    compile_error("hours h\n  closed on 1 may\n", "R138");
    compile_error("hours h\n  every day 01:00 to 02:00\nhours H\n  every day 01:00 to 02:00\n",
                  "R113");
    compile_free(
        compile_good(COOLERS "hours h\n  monday 07:00 to 08:00\n  closed on 29 february\n"));
}

/* ---- zones ---------------------------------------------------------------------------------- */

static void test_a_time_zone_is_written_as_its_rule(void **state)
{
    (void)state;
    struct compile *compile = compile_good("site \"S\"\n  timezone europe/london\n" COOLERS);
    assert_text(compile_set(compile), compile_set(compile)->timezone, "Europe/London");
    assert_text(compile_set(compile), compile_set(compile)->zone, "GMT0BST,M3.5.0/1,M10.5.0");
    compile_free(compile);
    compile = compile_good("site \"S\"\n  timezone utc\n" COOLERS);
    assert_int_equal(compile_set(compile)->zone.length, 0);
    compile_free(compile);
    /* A backward link. */
    compile = compile_good("site \"S\"\n  timezone US/Central\n" COOLERS);
    assert_text(compile_set(compile), compile_set(compile)->zone, "CST6CDT,M3.2.0,M11.1.0");
    compile_free(compile);
    assert_shows(compile_error("site \"S\"\n  timezone Europe/Londn\n" COOLERS, "R144"),
                 "did you mean \"Europe/London\"?");
    compile_error("site \"S\"\n  timezone Mars/Base\n" COOLERS, "R144");
}

/* ---- tables --------------------------------------------------------------------------------- */

#define TABLE(rows) COOLERS "table limits for coolers\n" rows
#define USES_WARM                                                                                  \
    "alarm a on coolers\n  warning when temperature above warm until below warm minus 0.5 °C\n"

static void test_a_column_is_converted_for_the_place_of_its_use(void **state)
{
    (void)state;
    struct compile *compile =
        compile_good(TABLE("  | cooler | warm | cold |\n  | others | 41 °F | -1 °C |\n"
                           "  | dairy-1 | 4 °C | |\n") USES_WARM
                     "alarm b on coolers\n  warning when temperature below cold plus 1 °C\n");
    const struct ruleset *set = compile_set(compile);
    const struct rules_table *table = RULES_AT(set, struct rules_table, set->tables, 0);
    assert_int_equal(set->columns.count, 2);
    assert_int_equal(table->rows.count, 2);
    const struct rules_row *row = RULES_AT(set, struct rules_row, table->rows, 0);
    assert_text(set, *RULES_AT(set, struct rules_text, row->keys, 0), "dairy-1");
    assert_int_equal(RULES_AT(set, struct rules_text, row[1].keys, 0)->length, 0);
    assert_int_equal(value_at(set, 0)->kind, RULES_LIMIT);
    assert_true(limit_at(set, 0, 0)->number == 4);
    assert_true(limit_at(set, 0, 1)->number == 5);
    assert_true(limit_at(set, 0, 1)->written == 41);
    assert_text(set, limit_at(set, 0, 1)->unit, "°F");
    /* An empty cell takes the value of others. */
    assert_true(limit_at(set, 1, 0)->number == -1);
    assert_true(value_at(set, 1)->number == 1);
    compile_free(compile);
}

static void test_rows_that_can_not_be_right_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *rows, *code;
    } cases[] = {
        {"  | cooler | warm | cold |\n  | dairy-1 | 5 °C |\n", "R183"},
        {"  | cooler | warm |\n  | dairy-1 | 5 °C | 6 °C |\n", "R183"},
        {"  | cooler | warm |\n  | dairy-1 | 5 °C\n", "R183"},
        {"  | cooler | warm |\n  | d | 5 °C |\n  | D | 6 °C |\n", "R181"},
        {"  | cooler | warm |\n  | others | 5 °C |\n  | others | 6 °C |\n", "R181"},
        {"  | store | cooler | warm |\n  | 1 | others | 5 °C |\n  | others | d | 6 °C |\n", "R181"},
        {"  | cooler | warm |\n  | d | |\n", "R182"},
        {"  | cooler | warm |\n  | | 5 °C |\n", "R182"},
        {"  | cooler | warm |\n  | d | hot |\n", "R182"},
        {"  | cooler | warm |\n  | d | 4,5 °C |\n", "R103"},
        {"  | cooler | warm |\n  | d | 5 grad |\n", "R150"},
        {"  | fridge | warm |\n  | d | 5 °C |\n", "R180"},
        {"  | cooler | temperature |\n  | d | 5 °C |\n", "R180"},
        {"  | cooler | warm | Warm |\n  | d | 5 °C | 5 °C |\n", "R180"},
        {"  | cooler | cooler | warm |\n  | d | d | 5 °C |\n", "R180"},
        {"  | cooler | warm |\n", "R138"},
        {"  | cooler |\n  | d |\n", "R138"},
        {"", "R138"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char rules[1024];
        snprintf(rules, sizeof rules, TABLE("%s"), cases[i].rows);
        compile_error(rules, cases[i].code);
    }
    compile_error("table t for coolers\n  | a | b |\n", "R130");
}

static void test_a_row_that_settles_a_tie_makes_it_none(void **state)
{
    (void)state;
    struct compile *compile = compile_good(
        TABLE("  | store | cooler | warm |\n  | 1 | others | 5 °C |\n  | others | d | 6 °C |\n"
              "  | 1 | d | |\n  | others | others | 7 °C |\n  | 2 | x | |\n"));
    compile_free(compile);
}

static void test_a_cell_is_checked_where_it_is_used(void **state)
{
    (void)state;
    assert_shows(compile_error(TABLE("  | cooler | warm |\n  | d | 5 |\n") USES_WARM, "R182"),
                 "write \"5 °C\"");
    compile_error(TABLE("  | cooler | warm |\n  | d | 5 bar |\n") USES_WARM, "R155");
    assert_shows(compile_error(TABLE("  | cooler | warm |\n  | d | 5 °C |\n") "alarm a on coolers\n"
                                                                              "  warning when "
                                                                              "temperature above "
                                                                              "wram\n",
                               "R156"),
                 "did you mean \"warm\"?");
    compile_error(TABLE("  | cooler | warm |\n  | d | 5 °C |\n") "alarm a on coolers\n  warning "
                                                                 "when temperature above 5 °C plus "
                                                                 "warm\n",
                  "R112");
    compile_error(
        TABLE("  | cooler | warm |\n  | d | 5 °C |\n") "set margin to 1 °C\nalarm a on "
                                                       "coolers\n  warning when "
                                                       "temperature above margin plus warm\n",
        "R156");
}

static void test_a_hash_in_a_cell_begins_no_comment(void **state)
{
    (void)state;
    struct compile *compile =
        compile_good(TABLE("  | cooler | warm | # limits\n  | # 1 | 5 °C | # of number one\n"));
    const struct ruleset *set = compile_set(compile);
    const struct rules_table *table = RULES_AT(set, struct rules_table, set->tables, 0);
    const struct rules_row *row = RULES_AT(set, struct rules_row, table->rows, 0);
    assert_text(set, *RULES_AT(set, struct rules_text, row->keys, 0), "# 1");
    compile_free(compile);
}

static void test_a_table_may_stand_in_a_spreadsheet(void **state)
{
    (void)state;
    static const char *const sheets[] = {
        "cooler,warm,remark\ndairy-1,4.5 °C,\"new, quiet\"\nothers,41 °F,\n",
        "cooler;warm (°C);remark\r\ndairy-1;4,5;x\r\n\r\nothers;5,0;\"a \"\"b\"\"\"\r\n",
        "cooler\twarm (°C)\tremark\n\"dairy-1\"\t4.5\tx\nothers\t5\t\n",
    };
    for (size_t i = 0; i < 3; i++) {
        struct shelf files[] = {
            {"store.rules",
             COOLERS "table limits for coolers from \"coolers.csv\" with warm\n" USES_WARM},
            {"coolers.csv", sheets[i]},
            {NULL, NULL}};
        struct compile *compile = compile_files(files, 1);
        const struct ruleset *set = files_good(compile);
        assert_true(limit_at(set, 0, 0)->number == 4.5);
        assert_true(limit_at(set, 0, 1)->number == 5);
        compile_free(compile);
    }
}

static void test_mistakes_of_a_spreadsheet_are_told_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *sheet, *part;
    } cases[] = {
        {"cooler,cold\nd,5 °C\n", "There is no column \"warm\".  [R180]"},
        {"cooler,warm\nd,5 °C,6\n", "coolers.csv line 2: This row has 3 cells"},
        {"cooler,warm\nd,\"5 °C\n", "coolers.csv line 2: This text has no closing quote"},
        {"cooler,warm (hot)\nd,5\n", "I don't know the unit \"hot\"."},
        {"", "limits has no headings."},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct shelf files[] = {
            {"store.rules", COOLERS "table limits for coolers from \"coolers.csv\" with warm\n"},
            {"coolers.csv", cases[i].sheet},
            {NULL, NULL}};
        assert_files_show(files, cases[i].part);
    }
}

/* ---- values --------------------------------------------------------------------------------- */

static void test_a_set_value_may_rest_on_another(void **state)
{
    (void)state;
    struct compile *compile =
        compile_good("set base to 41 °F\nset higher to base plus 1 °C\n" COOLERS
                     "alarm a on coolers\n  warning when temperature above higher\n");
    assert_true(fabs(value_at(compile_set(compile), 0)->number - 6) < 1e-9);
    compile_free(compile);
    compile_error("set base to 5 °C\nset higher to base plus 1 bar\n", "R155");
    compile_error("set higher to base\n", "R156");
    compile_error("set higher to higher\n", "R156");
}

static void test_the_others_of_a_device_are_a_value(void **state)
{
    (void)state;
    compile_error(COOLERS "alarm a on coolers\n  warning when temperature above average across "
                          "coler plus 3 °C\n",
                  "R174");
}

/* ---- sensors -------------------------------------------------------------------------------- */

static void test_like_copies_lines_and_its_own_replace_them(void **state)
{
    (void)state;
    struct compile *compile = compile_good(
        COOLERS "  valid temperature -40 °C to 60 °C\n"
                "sensors freezers like coolers\n  from mqtt f/{freezer}\n"
                "  read temperature from t in °F\n  read fan as on or off\n"
                "sensors cellars like freezers\n  from mqtt c/{cellar}\n  expect every 1 hour\n");
    const struct ruleset *set = compile_set(compile);
    const struct rules_group *freezers = group_at(set, 1), *cellars = group_at(set, 2);
    assert_int_equal(freezers->names.count, 1);
    assert_int_equal(freezers->readings.count, 3);
    assert_int_equal(cellars->readings.count, 3);
    assert_true(freezers->expect_ms == 60000);
    assert_true(cellars->expect_ms == 3600000);
    for (uint32_t i = 0; i < 3; i++) {
        const struct rules_reading *reading =
            RULES_AT(set, struct rules_reading, cellars->readings, i);
        if (strcmp(rules_text(set, reading->name).bytes, "temperature") != 0)
            continue;
        assert_text(set, reading->unit, "°F");
        assert_true(reading->valid_most == 140);
    }
    compile_free(compile);
    compile_error(COOLERS "sensors a like b\n  from mqtt a/{b}\n", "R130");
    compile_error("sensors a like a\n  from mqtt a/{b}\n", "R130");
}

static void test_a_copied_line_that_does_not_fit_is_told_where_it_is_copied(void **state)
{
    (void)state;
    const char *output = compile_error(COOLERS "  called \"cooler {cooler}\"\n"
                                               "sensors freezers like coolers\n"
                                               "  from mqtt f/{freezer}\n",
                                       "R187");
    assert_shows(output, "line 7: Line 6, which \"like\" copies, does not fit here");
}

static void test_every_format_is_written(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        uint32_t format;
    } cases[] = {{"json", RULES_FORMAT_JSON},   {"lines", RULES_FORMAT_LINES},
                 {"senml", RULES_FORMAT_SENML}, {"sparkplug", RULES_FORMAT_SPARKPLUG},
                 {"plain", RULES_FORMAT_PLAIN}, {"csv ts t h", RULES_FORMAT_CSV}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char rules[512];
        snprintf(rules, sizeof rules, "sensors a\n  from mqtt a/{b}\n  format %s\n  read t in °C\n",
                 cases[i].line);
        struct compile *compile = compile_good(rules);
        const struct rules_group *group = group_at(compile_set(compile), 0);
        assert_int_equal(group->format, cases[i].format);
        assert_int_equal(group->csv_columns.count, i == 5 ? 3 : 0);
        compile_free(compile);
    }
    compile_error("sensors a\n  from mqtt a/{b}\n  format csv\n  read t in °C\n", "R111");
    compile_error("sensors a\n  from mqtt a/{b}\n  format csv x y\n  read t in °C\n", "R186");
    compile_error("sensors a\n  from mqtt a/{b}\n  format csv t t\n  read t in °C\n", "R186");
    compile_error("sensors a\n  from mqtt a/{b}\n  format jsn\n  read t in °C\n", "R110");
    compile_error(
        "sensors a\n  from mqtt a/{b}\n  format plain\n  read t in °C\n  read damp in %\n", "R186");
}

static void test_accept_is_a_condition_on_the_message(void **state)
{
    (void)state;
    struct compile *compile =
        compile_good("sensors a\n  from mqtt a/{b}\n  accept when q at least 192\n  read t in °C\n"
                     "  read q as number\n");
    assert_true(group_at(compile_set(compile), 0)->has_accept);
    compile_free(compile);
    compile_error("sensors a\n  from mqtt a/{b}\n  read t in °C\n  accept when silent\n", "R186");
    compile_error("sensors a\n  from mqtt a/{b}\n  read t in °C\n  accept when q at least 192\n",
                  "R151");
}

static void test_freshness_is_learned_where_nothing_is_said(void **state)
{
    (void)state;
    struct compile *compile = compile_good(
        "sensors a\n  from mqtt a/{b}\n  read t in °C\n  forget after 2 days\n" COOLERS);
    assert_int_equal(group_at(compile_set(compile), 0)->learns_fresh, 1);
    assert_true(group_at(compile_set(compile), 0)->forget_ms == INT64_C(2) * 86400000);
    assert_int_equal(group_at(compile_set(compile), 1)->learns_fresh, 0);
    compile_free(compile);
}

/* ---- defaults and like ---------------------------------------------------------------------- */

static void test_the_nearest_option_wins_and_tags_add_up(void **state)
{
    (void)state;
    struct compile *compile = compile_good(
        COOLERS "defaults for coolers\n  respond within 3 minutes\n  tags of-group\n"
                "defaults\n  respond within 2 minutes\n  clear after 2 minutes\n  tags all\n"
                "alarm a on coolers\n  warning when silent for 1 hour\n  tags own\n"
                "alarm b on coolers\n  warning when silent for 1 hour\n  respond within 1 minute\n"
                "alarm c like b\n  clear after 3 minutes\n");
    const struct ruleset *set = compile_set(compile);
    assert_true(alarm_at(set, 0)->respond_ms == 180000);
    assert_true(alarm_at(set, 1)->respond_ms == 60000);
    assert_true(alarm_at(set, 2)->respond_ms == 60000);
    assert_int_equal(alarm_at(set, 0)->tags.count, 3);
    assert_true(
        RULES_AT(set, struct rules_trigger, alarm_at(set, 0)->triggers, 0)->clear_after_ms ==
        120000);
    assert_true(
        RULES_AT(set, struct rules_trigger, alarm_at(set, 2)->triggers, 0)->clear_after_ms ==
        180000);
    compile_free(compile);
}

static void test_a_trigger_of_the_same_severity_replaces(void **state)
{
    (void)state;
    struct compile *compile = compile_good(
        COOLERS "sensors freezers like coolers\n  from mqtt f/{freezer}\n"
                "alarm a on coolers\n  warning when temperature above 5 °C for 10 minutes\n"
                "  critical when temperature above 8 °C for 10 minutes\n  action \"Go.\"\n"
                "alarm b like a on freezers\n  warning when temperature above -18 °C for 1 hour\n");
    const struct ruleset *set = compile_set(compile);
    const struct rules_alarm *b = alarm_at(set, 1);
    assert_int_equal(b->group, 1);
    assert_int_equal(b->triggers.count, 2);
    assert_text(set, b->action, "Go.");
    const struct rules_trigger *warning = RULES_AT(set, struct rules_trigger, b->triggers, 1);
    assert_true(RULES_AT(set, struct rules_test, warning->when.tests, 0)->value.number == -18);
    compile_free(compile);
    compile_error(COOLERS "alarm b like a on coolers\n", "R132");
    compile_error(COOLERS "alarm b like b on coolers\n", "R132");
}

static void test_defaults_hold_for_their_file_and_those_it_includes(void **state)
{
    (void)state;
    static const struct shelf files[] = {
        {"a.rules", COOLERS "defaults\n  respond within 5 minutes\ninclude \"c.rules\"\n"},
        {"b.rules", "alarm b on coolers\n  warning when silent for 1 hour\n"},
        {"c.rules", "alarm c on coolers\n  warning when silent for 1 hour\n"},
        {NULL, NULL}};
    struct compile *compile = compile_files(files, 2);
    const struct ruleset *set = files_good(compile);
    assert_text(set, alarm_at(set, 0)->name, "c");
    assert_true(alarm_at(set, 0)->respond_ms == 300000);
    assert_true(alarm_at(set, 1)->respond_ms == 0);
    compile_free(compile);
}

static void test_mistakes_in_defaults_are_told_once(void **state)
{
    (void)state;
#define TWO_ALARMS                                                                                 \
    "alarm a on coolers\n  warning when silent for 1 hour\n"                                       \
    "alarm b on coolers\n  warning when silent for 1 hour\n"
    compile_error(COOLERS "defaults\n  respond within 5\n" TWO_ALARMS, "R120");
    compile_error(COOLERS "defaults\n  respond within 5 minutes\n  respond within 6 minutes\n"
                          "" TWO_ALARMS,
                  "R113");
    compile_error(COOLERS "defaults\n  warning when silent for 1 hour\n" TWO_ALARMS, "R139");
    compile_error(COOLERS "defaults for cooler\n  tags a\n" TWO_ALARMS, "R130");
    compile_error(COOLERS "defaults\n  say \"{coler}\"\n" TWO_ALARMS, "R170");
    assert_shows(compile_error(COOLERS TWO_ALARMS "defaults\n  tags a\n", "R139"),
                 "move them above it");
}

static void test_a_report_may_be_like_another(void **state)
{
    (void)state;
    struct compile *compile = compile_good(
        COOLERS "sensors freezers like coolers\n  from mqtt f/{freezer}\n"
                "report a on coolers\n  every 5 minutes\n  send average of temperature\n"
                "report b like a on freezers\n  every 1 hour\n  send count of temperature\n");
    const struct ruleset *set = compile_set(compile);
    const struct rules_report *b = RULES_AT(set, struct rules_report, set->reports, 1);
    assert_true(b->every_ms == 3600000);
    assert_int_equal(b->items.count, 2);
    compile_free(compile);
    compile_error(COOLERS "report b like a on coolers\n  every 1 hour\n", "R145");
}

static void test_alarms_that_ask_one_for_the_next_are_bounded(void **state)
{
    (void)state;
    static char rules[65536];
    size_t length = (size_t)snprintf(rules, sizeof rules, "%s", COOLERS);
    for (int i = 0; i < 257; i++)
        length += (size_t)snprintf(rules + length, sizeof rules - length,
                                   "alarm a%d on coolers\n  warning when alarm a%d is active\n", i,
                                   i + 1);
    snprintf(rules + length, sizeof rules - length,
             "alarm a257 on coolers\n  warning when door is open\n");
    compile_error(rules, "R194");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_included_file_is_read_in_place),
        cmocka_unit_test(test_a_file_is_read_once_however_often_it_is_included),
        cmocka_unit_test(test_files_that_another_includes_are_not_compiled_again),
        cmocka_unit_test(test_files_that_include_each_other_are_read),
        cmocka_unit_test(test_a_file_that_is_not_there_is_told_with_its_path),
        cmocka_unit_test(test_files_are_included_four_deep_and_no_deeper),
        cmocka_unit_test(test_a_mistake_in_an_included_file_names_that_file),
        cmocka_unit_test(test_hours_have_spans_for_each_day_and_days_that_are_closed),
        cmocka_unit_test(test_times_and_days_that_there_are_not_are_refused),
        cmocka_unit_test(test_a_time_zone_is_written_as_its_rule),
        cmocka_unit_test(test_a_column_is_converted_for_the_place_of_its_use),
        cmocka_unit_test(test_rows_that_can_not_be_right_are_refused),
        cmocka_unit_test(test_a_row_that_settles_a_tie_makes_it_none),
        cmocka_unit_test(test_a_cell_is_checked_where_it_is_used),
        cmocka_unit_test(test_a_hash_in_a_cell_begins_no_comment),
        cmocka_unit_test(test_a_table_may_stand_in_a_spreadsheet),
        cmocka_unit_test(test_mistakes_of_a_spreadsheet_are_told_with_its_line),
        cmocka_unit_test(test_a_set_value_may_rest_on_another),
        cmocka_unit_test(test_the_others_of_a_device_are_a_value),
        cmocka_unit_test(test_like_copies_lines_and_its_own_replace_them),
        cmocka_unit_test(test_a_copied_line_that_does_not_fit_is_told_where_it_is_copied),
        cmocka_unit_test(test_every_format_is_written),
        cmocka_unit_test(test_accept_is_a_condition_on_the_message),
        cmocka_unit_test(test_freshness_is_learned_where_nothing_is_said),
        cmocka_unit_test(test_the_nearest_option_wins_and_tags_add_up),
        cmocka_unit_test(test_a_trigger_of_the_same_severity_replaces),
        cmocka_unit_test(test_defaults_hold_for_their_file_and_those_it_includes),
        cmocka_unit_test(test_mistakes_in_defaults_are_told_once),
        cmocka_unit_test(test_a_report_may_be_like_another),
        cmocka_unit_test(test_alarms_that_ask_one_for_the_next_are_bounded),
    };
    return cmocka_run_group_tests_name("grammar", tests, NULL, NULL);
}
