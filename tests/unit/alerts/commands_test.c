/* Commands from upstream, through the whole room and the engine: what is carried out, what is
 * refused and why, and that nothing is carried out twice. */
#include "alerts/alerts.h"

#include "rules/language/compiler.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const char RULES[] = "site \"Store 14\"\n"
                            "  id store-14\n"
                            "sensors coolers\n"
                            "  from mqtt store/{store}/cooler/{cooler}\n"
                            "  read temperature in °C\n"
                            "alarm warm on coolers\n"
                            "  warning when temperature above 5 °C until at most 5 °C\n";
#define MINUTE INT64_C(60000)
#define ALERT "store-14/coolers/14.dairy%2F1/warm"

static struct rules_compiled compiled;
static struct alerts *alerts;
static struct engine *engine;
static uint32_t device;

struct published {
    char topic[200], payload[4096];
};
static struct published log_[64];
static size_t published_count;

static int publish(void *context, const char *topic, const char *payload, size_t payload_bytes,
                   int qos, bool retained)
{
    (void)context;
    (void)qos;
    (void)retained;
    assert_true(published_count < sizeof log_ / sizeof *log_);
    struct published *entry = &log_[published_count++];
    snprintf(entry->topic, sizeof entry->topic, "%s", topic);
    snprintf(entry->payload, sizeof entry->payload, "%.*s", (int)payload_bytes, payload);
    return (int)published_count;
}

static void send_all(int64_t now_ms)
{
    alerts_send(alerts, now_ms);
    for (size_t i = 0; i < published_count; i++)
        alerts_published(alerts, (int)i + 1);
    alerts_send(alerts, now_ms);
}

static void measure(int64_t at_ms, double degrees)
{
    struct engine_reading reading = {.quality = ENGINE_GOOD, .decimals = 1, .value = degrees};
    engine_message(engine, device, at_ms, at_ms, &reading, 1);
}

static int begin(void **state)
{
    (void)state;
    const struct rules_source_file file = {"test.rules", text_of(RULES)};
    rules_compile(&file, 1, &compiled);
    assert_non_null(compiled.block);
    const struct ruleset *rules = compiled.block;
    struct alerts_settings settings = {.site_id = "store-14",
                                       .site_name = "Store 14",
                                       .prefix = "hq/",
                                       .epoch = 1,
                                       .first_sequence = 100,
                                       .clock_is_set = true,
                                       .spool_bytes = 64 * 1024};
    alerts = malloc(alerts_size_bytes(rules, &settings));
    alerts_create(alerts, rules, &settings, (struct alerts_transport){.publish = publish});
    size_t bytes = (engine_size_bytes(rules, 10) + 63) / 64 * 64;
    void *memory = aligned_alloc(64, bytes);
    memset(memory, 0, bytes);
    engine = engine_create(memory, rules, 10, alerts_sink(alerts), 0);
    alerts_attach(alerts, engine);
    const struct text names[] = {TEXT("14"), TEXT("dairy/1")};
    device = engine_device(engine, 0, names, 0);
    alerts_connected(alerts, 0);
    measure(MINUTE, 6);
    send_all(MINUTE);
    published_count = 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(alerts);
    free(engine);
    rules_compiled_free(&compiled);
    return 0;
}

/* Sends a command; returns the newest answer. */
static const char *command(const char *word, const char *json, int64_t now_ms)
{
    char topic[128], done[128];
    snprintf(topic, sizeof topic, "hq/brink/v1/store-14/do/%s", word);
    snprintf(done, sizeof done, "hq/brink/v1/store-14/done/%s", word);
    published_count = 0;
    char *room = malloc(strlen(json) + 1); /* exactly as long as it is */
    memcpy(room, json, strlen(json));
    assert_true(
        alerts_command(alerts, engine, text_of(topic), (struct text){room, strlen(json)}, now_ms));
    free(room);
    send_all(now_ms);
    for (size_t i = published_count; i > 0; i--) {
        if (strcmp(log_[i - 1].topic, done) == 0)
            return log_[i - 1].payload;
    }
    fail_msg("no answer");
    return NULL;
}

static const char *alert_payload(void)
{
    for (size_t i = 0; i < published_count; i++) {
        if (strncmp(log_[i].topic, "hq/brink/v1/store-14/alert/", 27) == 0)
            return log_[i].payload;
    }
    return "";
}

static bool is_acknowledged(void)
{
    return engine_alarm_state(engine, 0, device).marks.is_acknowledged;
}

static void an_alarm_is_acknowledged_from_upstream(void **state)
{
    (void)state;
    assert_string_equal(command("acknowledge",
                                "{\"id\": \"c-1\", \"alert\": \"" ALERT
                                "\", \"by\": \"night-desk\", \"comment\": \"engineer called\"}",
                                2 * MINUTE),
                        "{\"id\":\"c-1\",\"ok\":true,\"sequence\":101}");
    assert_true(is_acknowledged());
    const char *payload = alert_payload();
    assert_non_null(strstr(payload, "\"change\":\"acknowledged\""));
    assert_non_null(strstr(payload, "\"acknowledged\":true"));
    assert_non_null(strstr(payload, "\"acknowledged_at\":\"1970-01-01T00:02:00.000Z\""));
    assert_non_null(strstr(payload, "\"acknowledged_by\":\"night-desk\""));
    assert_non_null(strstr(payload, "\"comment\":\"engineer called\""));
    published_count = 0;
    measure(3 * MINUTE, 4); /* what follows still says who had it in hand */
    send_all(3 * MINUTE);
    assert_non_null(strstr(alert_payload(), "\"change\":\"cleared\""));
    assert_non_null(strstr(alert_payload(), "\"acknowledged_by\":\"night-desk\""));
}

static void a_command_is_answered_again_and_not_carried_out_twice(void **state)
{
    (void)state;
    const char *json = "{\"id\":\"c-1\",\"alert\":\"" ALERT "\",\"minutes\":30}";
    assert_non_null(strstr(command("shelve", json, 2 * MINUTE), "\"ok\":true,\"sequence\":101"));
    assert_non_null(strstr(command("shelve", json, 9 * MINUTE), "\"ok\":true,\"sequence\":101"));
    assert_int_equal(published_count, 1); /* nothing but the answer */
    assert_int_equal(engine_alarm_state(engine, 0, device).marks.shelved_until_ms, 32 * MINUTE);
    /* The same id with another command is another command. */
    assert_non_null(strstr(command("unshelve", json, 9 * MINUTE), "\"sequence\":102"));
}

static void a_refusal_says_why(void **state)
{
    (void)state;
    static const struct {
        const char *word, *json, *answer;
    } cases[] = {
        {"shelve", "{\"id\":\"1\",\"alert\":\"" ALERT "\",\"minutes\":481}",
         "{\"id\":\"1\",\"ok\":false,\"why\":\"This alarm may be shelved for at most 8 hours.\"}"},
        {"reset", "{\"id\":\"2\",\"alert\":\"" ALERT "\"}",
         "{\"id\":\"2\",\"ok\":false,\"why\":\"This alarm clears by itself; there is nothing to "
         "reset.\"}"},
        {"acknowledge", "{\"id\":\"3\",\"alert\":\"store-14/coolers/14.meat/warm\"}",
         "{\"id\":\"3\",\"ok\":false,\"why\":\"There is no such alarm here; \\\"alert\\\" is "
         "written as in the alarm's own messages.\"}"},
        {"acknowledge", "{\"alert\":\"" ALERT "\"}",
         "{\"id\":null,\"ok\":false,\"why\":\"\\\"id\\\" is missing: any text that no other "
         "command has.\"}"},
        {"dance", "{\"id\":\"4\"}",
         "{\"id\":\"4\",\"ok\":false,\"why\":\"Brink does not know this command: acknowledge, "
         "shelve, unshelve, reset, resend.\"}"},
        {"shelve", "{\"id\":\"5\",\"alert\":\"" ALERT "\",\"minutes\":-1}",
         "{\"id\":\"5\",\"ok\":false,\"why\":\"\\\"minutes\\\" has to be a number above 0.\"}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(command(cases[i].word, cases[i].json, 2 * MINUTE), cases[i].answer);
    assert_false(is_acknowledged());
}

static void what_is_no_command_is_answered_and_does_nothing(void **state)
{
    (void)state;
    static const char *const payloads[] = {
        "",
        "{",
        "[]",
        "null",
        "{\"id\":\"1\"",
        "{\"id\":1}",
        "{\"id\":\"1\",\"alert\":7}",
        "{\"id\":\"1\",\"alert\":\"" ALERT "\"} x",
        "{\"id\":\"\\u0000\",\"alert\":\"" ALERT "\"}",
        "{\"id\":\"1\",\"alert\":\"store-14\"}",
        "{\"id\":\"2\",\"alert\":\"store-14/\"}",
        "{\"id\":\"3\",\"alert\":\"store-14/coolers/14/warm\"}",
        "{\"id\":\"4\",\"alert\":\"store-14/coolers/14.dairy%2F1.x/warm\"}",
        "{\"id\":\"5\",\"alert\":\"store-14/coolers/14.dairy%2F1/warm/\"}",
        "{\"id\":\"6\",\"alert\":\"store-14/site/site/warm\"}",
        "\xff\xfe{}",
    };
    for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++)
        assert_non_null(
            strstr(command("acknowledge", payloads[i], 2 * MINUTE), "\"ok\":false,\"why\":\""));
    char longest[4096] = "{\"id\":\"";
    memset(longest + 7, 'x', 3000);
    strcpy(longest + 3007, "\"}");
    assert_non_null(strstr(command("acknowledge", longest, 2 * MINUTE), "not too long"));
    assert_false(is_acknowledged());
}

static void only_topics_of_commands_are_commands(void **state)
{
    (void)state;
    assert_false(alerts_command(alerts, engine, TEXT("hq/brink/v1/store-14/do/"), TEXT("{}"), 0));
    assert_false(
        alerts_command(alerts, engine, TEXT("hq/brink/v1/store-15/do/reset"), TEXT("{}"), 0));
}

static void resend_tells_every_active_alarm_again(void **state)
{
    (void)state;
    assert_non_null(strstr(command("resend", "{\"id\":\"r-1\"}", 2 * MINUTE), "\"sequence\":101"));
    assert_non_null(strstr(alert_payload(), "\"change\":\"updated\""));
    measure(3 * MINUTE, 4);
    send_all(3 * MINUTE);
    assert_non_null(strstr(command("resend", "{\"id\":\"r-2\"}", 4 * MINUTE), "\"ok\":true"));
    assert_int_equal(published_count, 1);
}

static void a_shelved_raise_goes_to_its_state_only_and_takes_no_number(void **state)
{
    (void)state;
    command("shelve", "{\"id\":\"1\",\"alert\":\"" ALERT "\"}", 2 * MINUTE); /* number 101 */
    measure(3 * MINUTE, 4);                                                  /* 102: it was told */
    send_all(3 * MINUTE);
    published_count = 0;
    measure(4 * MINUTE, 6);
    send_all(4 * MINUTE);
    assert_int_equal(published_count, 1);
    assert_string_equal(log_[0].topic, "hq/brink/v1/store-14/state/coolers/14.dairy%2F1/warm");
    assert_non_null(strstr(log_[0].payload, "\"id\":\"00000001-000000000102-1\""));
    assert_non_null(strstr(log_[0].payload, "\"shelved_until\":\"1970-01-01T08:02:00.000Z\""));
    published_count = 0;
    command("unshelve", "{\"id\":\"2\",\"alert\":\"" ALERT "\"}", 5 * MINUTE);
    assert_non_null(strstr(alert_payload(), "\"sequence\":\"000000000103\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define EACH(test) cmocka_unit_test_setup_teardown(test, begin, end)
        EACH(an_alarm_is_acknowledged_from_upstream),
        EACH(a_command_is_answered_again_and_not_carried_out_twice),
        EACH(a_refusal_says_why),
        EACH(what_is_no_command_is_answered_and_does_nothing),
        EACH(only_topics_of_commands_are_commands),
        EACH(resend_tells_every_active_alarm_again),
        EACH(a_shelved_raise_goes_to_its_state_only_and_takes_no_number),
#undef EACH
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
