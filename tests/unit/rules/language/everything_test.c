/* Every production of the grammar (RULES section 3.2), each alternative at least once, is read
 * without a mistake, and so are the complete rule files beside the program. */
#include "tests/unit/rules/language/compile.h"

static bool open_common(void *context, const char *path, struct text *text)
{
    (void)context;
    *text = TEXT("set common-margin to 0.5 °C\n");
    return strcmp(path, "common.rules") == 0;
}

static void assert_compiles(const char *name, const char *rules)
{
    struct compile *compile = calloc(1, sizeof *compile);
    struct rules_source_file source = {name, {rules, strlen(rules)}};
    struct rules_opener opener = {open_common, NULL};
    const char *why = "";
    rules_compile_site(&source, 1, &opener, &compile->compiled);
    for (size_t i = 0; i < compile->compiled.messages_count; i++)
        rules_message_print(&compile->compiled.messages[i],
                            (struct rules_output){compile_collect, compile});
    if (compile->compiled.errors > 0 || compile->compiled.block == NULL)
        fail_msg("%s", compile->output);
    if (!ruleset_check(compile->compiled.block, compile->compiled.size_bytes, &why))
        fail_msg("%s", why);
    compile_free(compile);
}

static const char blocks[] = "site \"Store 14\"\n"
                             "  id store-14\n"
                             "  timezone Europe/London\n"
                             "  flood above 10 alarms in 10 minutes\n"
                             "  send at most 60 messages per minute\n"
                             "  keep unsent for 7 days\n"
                             "include \"common.rules\"\n"
                             "set margin to 1 °C\n"
                             "set wide-margin to margin plus 0.5 °C\n"
                             "hours opening\n"
                             "  monday to friday 07:00 to 12:00 and 13:00 to 22:00\n"
                             "  saturday 22:00 to 06:00\n"
                             "  closed on 25 december\n"
                             "  closed 2026-04-05 to 2026-04-06\n"
                             "  closed 2026-05-01\n"
                             "hours always\n"
                             "  every day 00:00 to 24:00\n";

static const char sensors[] =
    "sensors coolers\n"
    "  from mqtt store/{store}/cooler/{cooler}/{rest...}\n"
    "  format json\n"
    "  name vessel from id\n"
    "  each samples\n"
    "  called \"cooler {cooler}\"\n"
    "  expect every 1 minute\n"
    "  fresh for 3 minutes\n"
    "  forget after 30 days\n"
    "  time from ts in seconds\n"
    "  sequence from n\n"
    "  allow late 2 minutes\n"
    "  allow early 1 minute\n"
    "  read temperature from temp in °C scaled by 0.1 offset by -0.3 °C\n"
    "  read setpoint from values[0] in °C\n"
    "  read door from \"odd key\".x as open or closed\n"
    "  read mode as text\n"
    "  read quality from q as number\n"
    "  valid temperature -40 °C to 60 °C\n"
    "  ignore temperature of 85 °C or -127 °C\n"
    "  accept when quality at least 192\n"
    "sensors freezers like coolers\n"
    "  time from ts in milliseconds\n"
    "sensors meters\n  from udp port 5005\n  format lines\n  name meter from meter\n"
    "  time from ts in text\n  read power in kW\n"
    "sensors packs\n  from mqtt s/{pack}\n  format senml\n  time on arrival\n  read voltage in V\n"
    "sensors sparks\n  from mqtt p/{spark}\n  format sparkplug\n  read load in W\n"
    "sensors plains\n  from mqtt q/{plain}\n  format plain\n  read level from payload in cm\n"
    "sensors columns\n  from mqtt r/{row}\n  format csv murk fill\n  read murk in \"NTU\"\n  read "
    "fill in %\n"
    "table cooler-limits for coolers\n"
    "  | cooler | warm | cold |\n"
    "  | dairy  | 5 °C |      |\n"
    "  | others | 6 °C | 1 °C |\n"
    "defaults\n  tags site\n"
    "defaults for coolers\n  remind every 1 hour\n";

static const char conditions[] =
    "alarm no-power\n"
    "  notice when any door of coolers is open\n"
    "  warning when silent of coolers on 50 % or more for 5 minutes\n"
    "  critical when every temperature of coolers above 5 °C for 10 minutes\n"
    "alarm many\n"
    "  notice when alarm limits is active on 3 or more\n"
    "  warning when alarm limits is active on 50 % or more\n"
    "alarm limits on coolers where store is 14 or 15 and cooler is not drinks\n"
    "  critical when temperature above warm for 10 minutes until below warm minus 0.5 °C\n"
    "  warning when temperature below cold plus margin for 10 minutes until above 2 °C for 5 "
    "minutes\n"
    "  notice when temperature at least setpoint plus common-margin and door is not open\n"
    "  log when temperature at most -20 °C or mode is \"auto\" or quality is 3\n"
    "alarm ranges on coolers\n"
    "  warning when temperature outside 2 °C to 8 °C until inside 3 °C to 7 °C\n"
    "  notice when setpoint inside 20 °C to 30 °C for 3 readings\n"
    "alarm moves on coolers\n"
    "  warning when temperature rises more than 2 °C in 5 minutes\n"
    "  warning when temperature falls more than 2 °C in 5 minutes\n"
    "  notice when temperature changes more than 4 °F in 1 hour 30 minutes\n"
    "alarm differs on coolers\n"
    "  warning when temperature differs from setpoint by more than 3 °C for 1 hour\n"
    "alarm probes on coolers\n"
    "  warning when temperature differs across cooler by more than 3 °C\n"
    "alarm above-others on coolers\n"
    "  warning when temperature above average across cooler plus 3 °C for 10 minutes\n"
    "  notice when temperature above median across cooler for 10 minutes\n"
    "alarm by-store on coolers by store and vessel\n"
    "  critical when every temperature above 5 °C for 10 minutes\n"
    "  warning when average of temperature above 5 °C for 10 minutes\n"
    "  notice when silent on 3 or more for 5 minutes\n"
    "alarm broken on coolers\n"
    "  warning when silent for 15 minutes\n"
    "  warning when temperature is missing for 15 minutes\n"
    "  notice when temperature is faulty for 5 minutes\n"
    "  notice when temperature is stuck within 0.05 °C for 6 hours\n"
    "  log when temperature is stuck for 12 hours\n"
    "alarm odd on coolers\n"
    "  warning when temperature is unusually high for 2 minutes\n"
    "  notice when temperature is unusually low\n"
    "  log when temperature is unusual\n"
    "alarm totals on coolers\n"
    "  critical when temperature above 5 °C for a total of 4 hours in any 24 hours\n"
    "  warning when door is open 6 times in 1 hour\n"
    "  notice when door is open for 10 minutes until door is closed\n"
    "alarm sums on coolers\n"
    "  warning when average of temperature over 1 hour above 5 °C\n"
    "  warning when minimum temperature over 1 hour above 5 °C\n"
    "  warning when maximum of temperature over 1 hour above 9 °C\n"
    "  warning when median of temperature over 1 hour above 5 °C\n"
    "  warning when total of temperature over 1 hour above 5 °C\n"
    "  warning when count of door over 1 hour below 10\n"
    "  warning when spread of temperature over 1 hour above 5 °C\n"
    "  warning when deviation of temperature over 1 hour above 5 °C\n"
    "alarm more-sums on coolers\n"
    "  warning when first of temperature over 1 hour above 5 °C\n"
    "  warning when last of temperature over 1 hour above 5 °C\n"
    "  warning when change of temperature over 1 hour above 5 °C\n"
    "  warning when kinetic-mean of temperature over 1 day above 5 °C\n"
    "  warning when percentile 95 of temperature over 1 hour above 5 °C\n";

static const char options[] =
    "alarm full on coolers\n"
    "  critical when temperature above 5 °C for 10 minutes\n"
    "  clear after 2 minutes\n"
    "  except during opening\n"
    "  except while door is open and for 20 minutes after at most 60 minutes\n"
    "  except while alarm no-power is not active at most 1 hour\n"
    "  only during always\n"
    "  only while mode is \"auto\"\n"
    "  say \"Cooler {cooler} is at {temperature}; its limit is {limit}.\"\n"
    "  cause \"Door.\"\n  risk \"Food.\"\n  action \"Close it.\"\n"
    "  respond within 30 minutes\n  remind every 1 hour\n"
    "  acknowledge optional\n  shelve at most 4 hours\n  limit 6 per hour\n"
    "  sensitivity high\n  learn over 7 days by hour of week\n"
    "  attach last 1 hour\n  tags haccp safety\n  also mqtt panel/alarm\n"
    "  out of service until 2026-09-30 \"overhaul\"\n"
    "alarm copied like full on freezers\n"
    "  except nothing\n"
    "  clear by hand\n  acknowledge required\n  shelve never\n  limit 6 per day\n"
    "  sensitivity low\n  learn over 14 days by hour of day\n"
    "alarm third like copied on freezers\n"
    "  sensitivity normal\n  limit 2 per minute\n";

static const char reports[] =
    "report each on coolers\n"
    "  every 15 minutes over 1 hour\n"
    "  wait 30 seconds\n"
    "  send average, minimum and maximum of temperature\n"
    "  send time while temperature above 5 °C\n"
    "  send raw setpoint\n"
    "  except during opening\n"
    "  only while door is closed\n"
    "  tags haccp\n"
    "report at-site on coolers\n"
    "  by site\n"
    "  every 1 day at 06:00\n"
    "  send kinetic-mean, percentile 95, first, last, change, total, count, spread, deviation, "
    "median of temperature\n"
    "report by-store like at-site on coolers where cooler is not drinks\n"
    "  by store and vessel\n"
    "report moved on coolers\n"
    "  every 15 minutes or when temperature changes more than 1 °C\n"
    "  send last of temperature\n";

static void test_every_production_of_the_grammar_is_read(void **state)
{
    (void)state;
    static char rules[32768];
    snprintf(rules, sizeof rules, "%s%s%s%s%s", blocks, sensors, conditions, options, reports);
    assert_compiles("site.rules", rules);
}

static void test_lines_may_be_continued_and_indented_at_will(void **state)
{
    (void)state;
    assert_compiles("site.rules", COOLERS "alarm a on coolers\r\n"
                                          "critical when TEMPERATURE above 5 °C\r\n"
                                          "\t\tand door is closed\r\n"
                                          "for 10 minutes # a comment\r\n"
                                          "        until below 4 °C\r\n"
                                          "warning when temperature above −2 °C\n"
                                          "say “Curly {temperature}”\n");
}

static void test_the_complete_files_beside_the_program_are_read(void **state)
{
    (void)state;
    static const char *const files[] = {"configs/first.rules", "configs/store/store.rules",
                                        "configs/rig/rig.rules", "configs/school/school.rules"};
    static char rules[65536];
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        FILE *file = fopen(files[i], "r");
        if (file == NULL) {
            assert_true(i > 1); /* the others are examples that may come later */
            continue;
        }
        rules[fread(rules, 1, sizeof rules - 1, file)] = '\0';
        fclose(file);
        assert_compiles(files[i], rules);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_production_of_the_grammar_is_read),
        cmocka_unit_test(test_lines_may_be_continued_and_indented_at_will),
        cmocka_unit_test(test_the_complete_files_beside_the_program_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
