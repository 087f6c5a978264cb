/* What people read: rules as they are written, messages as sensors send them, and the sentence that
 * headquarters gets. The whole way from the compiler to the transport. */
#include "alerts/alerts.h"
#include "base/calendar.h"
#include "pipeline/pipeline.h"
#include "rules/language/compiler.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cJSON.h>
#include <cmocka.h>

#define DEVICES 4

struct site {
    struct rules_compiled compiled;
    struct engine *engine;
    struct pipeline *pipeline;
    struct alerts *alerts;
    int64_t now_ms;
    int published; /* also the newest identifier */
    cJSON *newest; /* alert, whole */
};

static int publish(void *context, const char *topic, const char *payload, size_t payload_bytes,
                   int qos, bool retained)
{
    struct site *site = context;
    (void)qos;
    if (strstr(topic, "/alert/") && !retained) {
        cJSON_Delete(site->newest);
        site->newest = cJSON_ParseWithLength(payload, payload_bytes);
        assert_non_null(site->newest);
    }
    return ++site->published;
}

static void *memory_for(size_t bytes)
{
    size_t whole = (bytes + 63) / 64 * 64;
    void *memory = aligned_alloc(64, whole);
    assert_non_null(memory);
    memset(memory, 0, whole);
    return memory;
}

/* A cooler with `readings`, and one alarm with `lines`. */
static struct site *site_start(const char *readings, const char *lines)
{
    static char text[4096];
    struct site *site = calloc(1, sizeof *site);
    snprintf(text, sizeof text,
             "sensors coolers\n  from mqtt t/{cooler}\n  expect every 1 minute\n%s\n"
             "alarm bad on coolers\n%s\n",
             readings, lines);
    struct rules_source_file file = {"store.rules", text_of(text)};
    rules_compile(&file, 1, &site->compiled);
    for (size_t i = 0; i < site->compiled.messages_count; i++) {
        if (!site->compiled.messages[i].is_warning)
            fail_msg("%s in:\n%s", site->compiled.messages[i].text, text);
    }
    const struct ruleset *rules = site->compiled.block;
    struct alerts_settings settings = {.site_id = "s",
                                       .site_name = "S",
                                       .first_sequence = 1,
                                       .clock_is_set = true,
                                       .spool_bytes = 64 * 1024};
    assert_true(calendar_read(TEXT("2026-03-14T08:00:00Z"), &site->now_ms));
    site->alerts = alerts_create(memory_for(alerts_size_bytes(rules, &settings)), rules, &settings,
                                 (struct alerts_transport){.publish = publish, .context = site});
    site->engine = engine_create(memory_for(engine_size_bytes(rules, DEVICES)), rules, DEVICES,
                                 alerts_sink(site->alerts), site->now_ms);
    site->pipeline = pipeline_create(memory_for(pipeline_size_bytes(rules, DEVICES)), rules,
                                     DEVICES, site->engine);
    alerts_attach(site->alerts, site->engine);
    alerts_connected(site->alerts, site->now_ms);
    return site;
}

static void site_stop(struct site *site)
{
    rules_compiled_free(&site->compiled);
    cJSON_Delete(site->newest);
    free(site->alerts);
    free(site->engine);
    free(site->pipeline);
    free(site);
}

/* The broker takes everything at once. */
static void send_all(struct site *site)
{
    int before;
    do {
        before = site->published;
        alerts_send(site->alerts, site->now_ms);
        for (int id = before + 1; id <= site->published; id++)
            alerts_published(site->alerts, id);
    } while (site->published > before);
}

/* A message of cooler "a", then `minutes` without one. */
static void heard(struct site *site, const char *json, int minutes)
{
    pipeline_mqtt(site->pipeline, TEXT("t/a"), text_of(json), false, site->now_ms);
    send_all(site);
    for (int i = 0; i < minutes * 60; i++) {
        site->now_ms += 1000;
        engine_advance(site->engine, site->now_ms);
        send_all(site);
    }
}

static const cJSON *member(const struct site *site, const char *key)
{
    assert_non_null(site->newest);
    return cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(site->newest, "data"),
                                            key);
}

/* The newest alert is this change with this text. */
static void assert_told(const struct site *site, const char *change, const char *message)
{
    assert_string_equal(cJSON_GetStringValue(member(site, "change")), change);
    assert_string_equal(cJSON_GetStringValue(member(site, "message")), message);
}

#define TEMPERATURE "  read temperature in °C"

/* ---- what is usual ------------------------------------------------------------------------- */

/* The value of the alert is a round one, what is usual are not. */
static void both_ends_of_what_is_usual_can_be_told_apart(void **state)
{
    (void)state;
    struct site *site = site_start(TEMPERATURE, "  notice when temperature is unusual\n"
                                                "  say \"Usual here is {usual}.\"");
    char json[64];
    for (int i = 0; i < 1500; i++) {
        snprintf(json, sizeof json, "{\"temperature\": %.3f}", 2.5 + 0.01 * (i * 37 % 41));
        heard(site, json, 1);
    }
    heard(site, "{\"temperature\": 9}", 0);
    assert_told(site, "raised", "Usual here is 2.50 to 2.90 °C (higher than ever before).");
    const cJSON *usual = member(site, "usual");
    char *written = cJSON_PrintUnformatted(usual);
    assert_string_equal(written, "{\"low\":2.5,\"high\":2.9,\"unit\":\"°C\","
                                 "\"because\":\"higher than ever before\"}");
    free(written);
    site_stop(site);
}

/* ---- readings in texts --------------------------------------------------------------------- */

static void a_text_reading_shows_its_text(void **state)
{
    (void)state;
    struct site *site = site_start("  read mode as text\n  read note as text",
                                   "  notice when mode is \"fault\"\n"
                                   "  say \"Mode {mode}, note {note}.\"");
    heard(site, "{\"mode\": \"Fault\", \"note\": \"fan\\u0021 \\\"2\\\"\"}", 0);
    assert_told(site, "raised", "Mode Fault, note fan! \"2\".");
    assert_string_equal(
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(member(site, "reading"), "value")),
        "Fault");
    site_stop(site);
}

static void a_text_that_was_never_heard_is_unknown(void **state)
{
    (void)state;
    struct site *site = site_start("  read mode as text\n  read note as text",
                                   "  notice when mode is \"fault\"\n  say \"Note {note}.\"");
    heard(site, "{\"mode\": \"fault\"}", 0);
    assert_told(site, "raised", "Note unknown.");
    site_stop(site);
}

static void a_text_that_the_engine_cut_ends_with_a_whole_character(void **state)
{
    (void)state;
    struct site *site = site_start("  read mode as text\n  read note as text",
                                   "  notice when mode is \"fault\"\n  say \"{note}\"");
    heard(site,
          "{\"mode\": \"fault\", \"note\": "
          "\"x°°°°°°°°°°°°°°°°°°°°°°°°°°°°°°°°°°°°°°°°\"}",
          0);
    assert_told(site, "raised", "x°°°°°°°°°°°°°°°°°°°°°°°°°°°°°°°");
    site_stop(site);
}

static void a_sentence_about_a_text_says_the_text(void **state)
{
    (void)state;
    struct site *site = site_start("  read mode as text", "  notice when mode is \"fault\"");
    heard(site, "{\"mode\": \"Fault\"}", 0);
    assert_told(site, "raised", "a: mode is Fault.");
    heard(site, "{\"mode\": \"auto\"}", 2);
    assert_told(site, "cleared", "a: mode is auto.");
    site_stop(site);
}

static void numbers_have_the_decimals_of_the_sensor_after_scaling(void **state)
{
    (void)state;
    static const struct {
        const char *scaled, *sent, *shown;
    } examples[] = {
        {"scaled by 0.1", "123", "12.3"},
        {"scaled by 0.1", "123.4", "12.34"},
        {"scaled by 0.1", "120", "12.0"},
        {"", "12.50", "12.50"},
        {"", "12", "12"},
        {"scaled by 0.25", "50", "12.50"},
        {"scaled by 10", "1.53", "15.3"},
        {"scaled by 100", "1.5", "150"},
        {"offset by 0.25 °C", "12", "12.25"},
        {"scaled by 0.1 offset by 2 °C", "123", "14.3"},
    };
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        char readings[128], json[64], text[64];
        snprintf(readings, sizeof readings, TEMPERATURE " %s", examples[i].scaled);
        snprintf(json, sizeof json, "{\"temperature\": %s}", examples[i].sent);
        snprintf(text, sizeof text, "At %s °C.", examples[i].shown);
        struct site *site = site_start(
            readings, "  notice when temperature above 5 °C\n  say \"At {temperature}.\"");
        heard(site, json, 0);
        assert_told(site, "raised", text);
        site_stop(site);
    }
}

static void numbers_have_the_decimals_of_the_limit_when_those_are_more(void **state)
{
    (void)state;
    struct site *site = site_start(TEMPERATURE, "  notice when temperature above 5.25 °C\n"
                                                "  say \"At {temperature}, limit {limit}.\"");
    heard(site, "{\"temperature\": 6}", 0);
    assert_told(site, "raised", "At 6.00 °C, limit 5.25 °C.");
    site_stop(site);
}

static void numbers_have_the_decimals_of_what_a_limit_is_moved_by(void **state)
{
    (void)state;
    struct site *site = site_start(
        TEMPERATURE "\n  read setpoint in °C",
        "  notice when temperature above setpoint plus 0.5 °C\n  say \"At {temperature}.\"");
    heard(site, "{\"temperature\": 6, \"setpoint\": 5}", 0);
    assert_told(site, "raised", "At 6.0 °C.");
    site_stop(site);
}

static void what_is_no_limit_gives_no_decimals(void **state)
{
    (void)state; /* a difference says how far readings move, not how exact they are */
    struct site *site =
        site_start(TEMPERATURE, "  notice when temperature above 5 °C\n"
                                "  log when temperature is stuck within 0.05 °C for 1 hour\n"
                                "  log when temperature rises more than 2.25 °C in 5 minutes\n"
                                "  say \"At {temperature}.\"");
    heard(site, "{\"temperature\": 6}", 0);
    assert_told(site, "raised", "At 6 °C.");
    site_stop(site);
}

static void the_worst_value_keeps_its_own_decimals(void **state)
{
    (void)state;
    struct site *site = site_start(TEMPERATURE, "  notice when temperature above 5 °C\n"
                                                "  say \"At {temperature}, worst {worst}.\"");
    heard(site, "{\"temperature\": 6.25}", 1);
    heard(site, "{\"temperature\": 4.2}", 2);
    assert_told(site, "cleared", "At 4.2 °C, worst 6.25 °C.");
    site_stop(site);
    site = site_start(TEMPERATURE " scaled by 0.1", "  notice when temperature above 5 °C\n"
                                                    "  say \"Worst {worst}.\"");
    heard(site, "{\"temperature\": 61}", 0); /* 61 * 0.1 is 6.1000000000000005 */
    assert_told(site, "raised", "Worst 6.1 °C.");
    site_stop(site);
}

/* ---- sentences made from rules ------------------------------------------------------------- */

static void a_sentence_from_a_rule_is_true_of_each_change(void **state)
{
    (void)state;
    struct site *site =
        site_start(TEMPERATURE, "  warning when temperature above 5 °C until below 4 °C\n"
                                "  critical when temperature above 8 °C");
    heard(site, "{\"temperature\": 6}", 1);
    assert_told(site, "raised", "a: temperature is 6 °C, above 5 °C.");
    heard(site, "{\"temperature\": 9}", 1);
    assert_told(site, "updated", "a: temperature is 9 °C; the limit is 8 °C.");
    heard(site, "{\"temperature\": 4.5}", 1); /* no longer above 5, and not yet below 4 */
    heard(site, "{\"temperature\": 4.5}", 1);
    assert_told(site, "updated", "a: temperature is 4.5 °C; the limit is 5 °C.");
    heard(site, "{\"temperature\": 1}", 1);
    assert_told(site, "cleared", "a: temperature is 1 °C again; the limit is 5 °C.");
    site_stop(site);
}

static void a_sentence_about_a_range_is_true_when_it_clears(void **state)
{
    (void)state;
    struct site *site = site_start(TEMPERATURE, "  warning when temperature outside 2 °C to 5 °C");
    heard(site, "{\"temperature\": 1}", 1);
    assert_told(site, "raised", "a: temperature is 1 °C, outside 2 °C to 5 °C.");
    heard(site, "{\"temperature\": 3}", 2);
    assert_told(site, "cleared", "a: temperature is 3 °C again; the limits are 2 °C to 5 °C.");
    site_stop(site);
}

static void a_sentence_about_silence_is_true_when_it_ends(void **state)
{
    (void)state;
    struct site *site = site_start(TEMPERATURE, "  warning when silent for 10 minutes");
    heard(site, "{\"temperature\": 1}", 11);
    assert_told(site, "raised", "a: no message for 10 minutes.");
    heard(site, "{\"temperature\": 1}", 2);
    assert_told(site, "cleared", "a: messages arrive again.");
    site_stop(site);
}

static void a_sentence_with_or_says_of_no_reading_that_it_is_wrong(void **state)
{
    (void)state;
    struct site *site = site_start(TEMPERATURE "\n  read humidity in %",
                                   "  warning when temperature above 8 °C or humidity above 90 %");
    heard(site, "{\"temperature\": 3, \"humidity\": 95}", 1);
    assert_told(site, "raised",
                "a: temperature is 3 °C (limit 8 °C) and humidity is 95 % (limit 90 %).");
    heard(site, "{\"temperature\": 3, \"humidity\": 50}", 2);
    assert_told(site, "cleared",
                "a: temperature is 3 °C (limit 8 °C) and humidity is 50 % (limit 90 %).");
    site_stop(site);
}

static void an_end_of_another_kind_does_not_say_again(void **state)
{
    (void)state;
    struct site *site = site_start(TEMPERATURE "\n  read defrost as on or off",
                                   "  warning when temperature above 8 °C until defrost is on");
    heard(site, "{\"temperature\": 9, \"defrost\": \"off\"}", 1);
    assert_told(site, "raised", "a: temperature is 9 °C, above 8 °C.");
    heard(site, "{\"temperature\": 3, \"defrost\": \"on\"}", 1);
    assert_told(site, "cleared", "a: temperature is 3 °C; the limit is 8 °C.");
    site_stop(site);
}

static void what_the_writer_wrote_stays_as_it_is(void **state)
{
    (void)state;
    struct site *site =
        site_start(TEMPERATURE, "  warning when temperature above 8 °C\n  say \"Above {limit}.\"");
    heard(site, "{\"temperature\": 9}", 1);
    assert_told(site, "raised", "Above 8 °C.");
    heard(site, "{\"temperature\": 1}", 2);
    assert_told(site, "cleared", "Above 8 °C.");
    site_stop(site);
}

static void an_alarm_of_several_stories_says_when_it_is_over(void **state)
{
    (void)state;
    struct site *site =
        site_start(TEMPERATURE "\n  read door as open or closed",
                   "  warning when temperature above 8 °C\n  warning when door is open");
    heard(site, "{\"temperature\": 9, \"door\": \"closed\"}", 1);
    assert_told(site, "raised", "a: bad.");
    heard(site, "{\"temperature\": 1, \"door\": \"closed\"}", 2);
    assert_told(site, "cleared", "a: bad is over.");
    site_stop(site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ends_of_what_is_usual_can_be_told_apart),
        cmocka_unit_test(a_text_reading_shows_its_text),
        cmocka_unit_test(a_text_that_was_never_heard_is_unknown),
        cmocka_unit_test(a_text_that_the_engine_cut_ends_with_a_whole_character),
        cmocka_unit_test(a_sentence_about_a_text_says_the_text),
        cmocka_unit_test(numbers_have_the_decimals_of_the_sensor_after_scaling),
        cmocka_unit_test(numbers_have_the_decimals_of_the_limit_when_those_are_more),
        cmocka_unit_test(numbers_have_the_decimals_of_what_a_limit_is_moved_by),
        cmocka_unit_test(what_is_no_limit_gives_no_decimals),
        cmocka_unit_test(the_worst_value_keeps_its_own_decimals),
        cmocka_unit_test(a_sentence_from_a_rule_is_true_of_each_change),
        cmocka_unit_test(a_sentence_about_a_range_is_true_when_it_clears),
        cmocka_unit_test(a_sentence_about_silence_is_true_when_it_ends),
        cmocka_unit_test(a_sentence_with_or_says_of_no_reading_that_it_is_wrong),
        cmocka_unit_test(an_end_of_another_kind_does_not_say_again),
        cmocka_unit_test(what_the_writer_wrote_stays_as_it_is),
        cmocka_unit_test(an_alarm_of_several_stories_says_when_it_is_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
