/* Messages upstream: the examples of RULES sections 16.3 and 16.4, field by field, and what hostile
 * names do. */
#include "alerts/message.h"

#include "sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cJSON.h>
#include <cmocka.h>

static struct sample sample;
static struct engine_value values[3];
static char text[MESSAGE_BYTES_MAX];
static const struct message_source source = {.rules = &sample.set,
                                             .site_id = "store-14",
                                             .site_name = "Store 14, Leeds",
                                             .epoch = 0x5f3c9a1e,
                                             .clock_is_set = true};

static int fill(void **state)
{
    (void)state;
    sample_fill(&sample);
    memset(values, 0, sizeof values);
    return 0;
}

static size_t write_alert(const struct message_source *from, uint64_t sequence,
                          const struct identity *identity, const struct engine_alarm_event *event,
                          const struct engine_device_view *view, char *room, size_t room_bytes)
{
    return message_write_alert(from, (struct message_number){sequence, 0}, identity, event, view,
                               (struct message_hand){NULL, NULL}, room, room_bytes);
}

static size_t write_with_names(const struct engine_alarm_event *event, struct text store,
                               struct text cooler)
{
    const struct text names[] = {store, cooler};
    struct engine_device_view view = {.group = 0, .names = names, .values = values};
    struct identity identity;
    identity_of(&sample.set, &view, &identity);
    return write_alert(&source, 18231, &identity, event, &view, text, sizeof text);
}

static cJSON *written(const struct engine_alarm_event *event)
{
    assert_true(write_with_names(event, TEXT("14"), TEXT("dairy-1")) > 0);
    cJSON *tree = cJSON_Parse(text);
    assert_non_null(tree);
    return tree;
}

/* Same keys in the same order, same values. */
static void assert_same(const cJSON *expected, const cJSON *found, const char *where)
{
    char deeper[256];
    if ((expected->type & 0xff) != (found->type & 0xff))
        fail_msg("%s is of another kind", where);
    if (cJSON_IsString(expected) && strcmp(expected->valuestring, found->valuestring) != 0)
        fail_msg("%s is \"%s\", not \"%s\"", where, found->valuestring, expected->valuestring);
    if (cJSON_IsNumber(expected) && expected->valuedouble != found->valuedouble)
        fail_msg("%s is %g, not %g", where, found->valuedouble, expected->valuedouble);
    const cJSON *b = found->child;
    for (const cJSON *a = expected->child; a; a = a->next, b = b->next) {
        snprintf(deeper, sizeof deeper, "%s.%s", where, a->string ? a->string : "[]");
        if (!b || (a->string && strcmp(a->string, b->string) != 0))
            fail_msg("%s should follow, but %s does", deeper,
                     b && b->string ? b->string : "nothing");
        assert_same(a, b, deeper);
    }
    if (b)
        fail_msg("%s has %s too many", where, b->string ? b->string : "an entry");
}

static void assert_json(const char *expected)
{
    cJSON *a = cJSON_Parse(expected), *b = cJSON_Parse(text);
    assert_non_null(a);
    assert_non_null(b);
    assert_same(a, b, "");
    cJSON_Delete(a);
    cJSON_Delete(b);
}

static const char *string_of(const cJSON *tree, const char *key)
{
    const cJSON *data = cJSON_GetObjectItemCaseSensitive(tree, "data");
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(data, key);
    return cJSON_IsString(item) ? item->valuestring : NULL;
}

static void a_raise_is_the_example_of_the_rules(void **state)
{
    (void)state;
    struct engine_alarm_event event = sample_raise();
    assert_true(write_with_names(&event, TEXT("14"), TEXT("dairy-1")) > 0);
    assert_json(
        "{\"specversion\": \"1.0\", \"id\": \"5f3c9a1e-000000018231\", \"source\": "
        "\"/brink/store-14\","
        "\"type\": \"brink.alert.raised\", \"subject\": \"coolers/14.dairy-1/cooler-too-warm\","
        "\"time\": \"2026-03-14T08:15:00.000Z\", \"sequence\": \"000000018231\","
        "\"datacontenttype\": \"application/json\", \"dataschema\": \"brink:alert:1\", \"data\": {"
        "\"alert\": \"store-14/coolers/14.dairy-1/cooler-too-warm\", \"fingerprint\": "
        "\"31976c8a19451361\","
        "\"occurrence\": 41, \"change\": \"raised\", \"reason\": \"condition\", \"severity\": "
        "\"warning\","
        "\"severity_number\": 600, \"from_severity\": null, \"state\": {\"active\": true,"
        "\"acknowledged\": false, \"acknowledge_required\": false, \"latched\": false,"
        "\"shelved_until\": null, \"suppressed\": false, \"out_of_service\": false, "
        "\"chattering\": false,"
        "\"stale\": false}, \"site\": {\"id\": \"store-14\", \"name\": \"Store 14, Leeds\"},"
        "\"group\": \"coolers\", \"device\": \"14.dairy-1\","
        "\"names\": {\"store\": \"14\", \"cooler\": \"dairy-1\"},"
        "\"message\": \"Cooler dairy-1 is at 6.0 °C; its limit is 5 °C. Warm for 10 minutes.\","
        "\"cause\": \"Door left open, iced coil, failed fan or compressor, or overloaded "
        "shelves.\","
        "\"risk\": \"Chilled food above 5 °C for 4 hours must be thrown away.\","
        "\"action\": \"Close the door. If it is not cooling after 15 minutes move the stock and "
        "call 0113 555 0142.\","
        "\"respond_by\": \"2026-03-14T08:45:00.000Z\","
        "\"reading\": {\"name\": \"temperature\", \"value\": 6.0, \"unit\": \"°C\", \"quality\": "
        "\"good\","
        "\"taken\": \"2026-03-14T08:15:00.000Z\"},"
        "\"limit\": {\"test\": \"above\", \"value\": 5.0, \"unit\": \"°C\","
        "\"until\": {\"test\": \"below\", \"value\": 4.5}, \"for_seconds\": 600},"
        "\"worst\": {\"value\": 6.3, \"taken\": \"2026-03-14T08:11:00.000Z\"}, \"usual\": null,"
        "\"started_at\": \"2026-03-14T08:05:00.000Z\", \"raised_at\": \"2026-03-14T08:15:00.000Z\","
        "\"cleared_at\": null, \"acknowledged_at\": null, \"acknowledged_by\": null, \"comment\": "
        "null,"
        "\"historical\": false, \"clock\": \"set\", \"tags\": [\"cold-chain\"],"
        "\"rule\": {\"file\": \"store.rules\", \"line\": 66, \"fingerprint\": \"b7e1a0c4\"}, "
        "\"trace\": null}}");
}

static void a_rise_says_from_where_and_a_clear_how_it_ended(void **state)
{
    (void)state;
    struct engine_alarm_event event = sample_raise();
    event.change = ENGINE_UPDATED;
    event.trigger = 0;
    event.severity = RULES_CRITICAL;
    event.from_severity = RULES_WARNING;
    cJSON *tree = written(&event);
    assert_string_equal(string_of(tree, "from_severity"), "warning");
    assert_non_null(string_of(tree, "action")); /* a rise has to be acted on */
    cJSON_Delete(tree);

    event.change = ENGINE_CLEARED;
    event.severity = RULES_NORMAL; /* either way of saying which severity it had */
    event.from_severity = RULES_CRITICAL;
    event.time_ms = event.cleared_ms = SAMPLE_MS(9, 10);
    tree = written(&event);
    assert_string_equal(string_of(tree, "severity"), "critical");
    assert_null(string_of(tree, "from_severity"));
    assert_null(string_of(tree, "action"));
    assert_string_equal(string_of(tree, "cleared_at"), "2026-03-14T09:10:00.000Z");
    assert_non_null(strstr(string_of(tree, "message"), "Warm for 1 hour 5 minutes."));
    assert_non_null(strstr(text, "\"active\":false"));
    assert_non_null(strstr(text, "\"acknowledge_required\":true"));
    cJSON_Delete(tree);
}

static void states_are_told_by_their_words(void **state)
{
    (void)state;
    struct engine_alarm_event event = {
        .marks.shelved_until_ms = INT64_MIN,
        .change = ENGINE_RAISED,
        .time_ms = SAMPLE_MS(11, 23),
        .alarm = SAMPLE_DOOR_OPEN,
        .severity = RULES_NOTICE,
        .started_ms = SAMPLE_MS(11, 20),
        .raised_ms = SAMPLE_MS(11, 23),
        .cleared_ms = INT64_MIN,
        .has_value = true,
        .value = {.word = 0, .quality = ENGINE_GOOD, .taken_ms = SAMPLE_MS(11, 22)}};
    cJSON *tree = written(&event);
    assert_string_equal(string_of(tree, "message"), "The door of cooler dairy-1 is open.");
    assert_non_null(
        strstr(text, "\"reading\":{\"name\":\"door\",\"value\":\"open\",\"unit\":null"));
    assert_non_null(
        strstr(text, "\"limit\":{\"test\":\"is\",\"value\":\"open\",\"unit\":null,\"until\":null,"
                     "\"for_seconds\":180}"));
    assert_non_null(strstr(text, "\"cause\":null"));
    cJSON_Delete(tree);
}

static void silence_has_no_reading(void **state)
{
    (void)state;
    struct engine_alarm_event event = {.change = ENGINE_RAISED,
                                       .time_ms = SAMPLE_MS(3, 25),
                                       .alarm = SAMPLE_SILENT,
                                       .severity = RULES_WARNING,
                                       .started_ms = SAMPLE_MS(3, 10),
                                       .raised_ms = SAMPLE_MS(3, 25),
                                       .cleared_ms = INT64_MIN};
    cJSON *tree = written(&event);
    assert_string_equal(string_of(tree, "message"),
                        "No reading from cooler dairy-1 for 15 minutes.");
    assert_non_null(strstr(text, "\"reading\":null"));
    assert_non_null(strstr(text, "\"test\":\"silent\",\"value\":null"));
    cJSON_Delete(tree);
}

static void a_clock_that_is_not_set_is_unset(void **state)
{
    (void)state;
    struct message_source early = source;
    struct engine_alarm_event event = sample_raise();
    struct identity identity;
    early.clock_is_set = false;
    event.device = ENGINE_NO_DEVICE;
    identity_of(&sample.set, NULL, &identity);
    assert_true(write_alert(&early, 1, &identity, &event, NULL, text, sizeof text) > 0);
    assert_non_null(strstr(text, "\"clock\":\"unset\""));
    assert_true(message_write_health(&early, &(struct message_health){0}, text, sizeof text) > 0);
    assert_non_null(strstr(text, "\"clock\":\"unset\""));
}

static void an_alarm_of_the_site_has_no_device(void **state)
{
    (void)state;
    struct engine_alarm_event event = sample_raise();
    struct identity identity;
    event.device = ENGINE_NO_DEVICE;
    identity_of(&sample.set, NULL, &identity);
    assert_true(write_alert(&source, 1, &identity, &event, NULL, text, sizeof text) > 0);
    assert_non_null(strstr(text, "\"subject\":\"site/site/cooler-too-warm\""));
    assert_non_null(strstr(text, "\"names\":{}"));
}

static void names_from_topics_can_do_no_harm(void **state)
{
    (void)state;
    struct engine_alarm_event event = sample_raise();
    assert_true(write_with_names(&event, TEXT("a/b+#.%"), TEXT("x\"\n\xff\xc2\x85{limit}")) > 0);
    cJSON *tree = cJSON_Parse(text);
    assert_non_null(tree);
    assert_string_equal(string_of(tree, "device"), "a%2Fb%2B%23%2E%25.x\"%0A%FF%C2%85{limit}");
    /* A name is never taken for a template, and bytes that are not text are shown as such. */
    assert_non_null(strstr(string_of(tree, "message"),
                           "Cooler x\"\n\xEF\xBF\xBD\xC2\x85{limit} is at 6.0 °C;"));
    cJSON_Delete(tree);
    assert_null(strchr(text, '\n'));
}

static void numbers_come_out_as_sensors_sent_them(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } numbers[] = {
        {4.5, "4.5"},    {42 * 0.1, "4.2"}, {0.1 + 0.2, "0.3"},   {-0.0, "0"},
        {1e15, "1e+15"}, {-18, "-18"},      {21.4375, "21.4375"}, {1.0 / 3, "0.333333333333333"},
        {NAN, "null"},   {INFINITY, "null"}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char room[WORDING_JSON_BYTES];
        assert_string_equal(wording_json_number(numbers[i].value, room), numbers[i].text);
    }
}

static void a_message_too_large_is_written_without_instructions(void **state)
{
    (void)state;
    struct engine_alarm_event event = sample_raise();
    const struct text names[] = {TEXT("14"), TEXT("dairy-1")};
    struct engine_device_view view = {.group = 0, .names = names, .values = values};
    struct identity identity;
    identity_of(&sample.set, &view, &identity);
    size_t whole = write_alert(&source, 1, &identity, &event, &view, text, sizeof text);
    size_t thin = write_alert(&source, 1, &identity, &event, &view, text, whole - 40);
    assert_true(thin > 0 && thin < whole);
    assert_non_null(strstr(text, "\"message\":"));
    assert_null(strstr(text, "\"action\":"));
    assert_int_equal(write_alert(&source, 1, &identity, &event, &view, text, 500), 0);
}

static void a_report_is_the_example_of_the_rules(void **state)
{
    (void)state;
    const struct engine_item items[] = {
        {5.0, true, 1}, {4.0, true, 1}, {6.0, true, 1}, {5, true, 0}, {71.2, true, 1}};
    struct engine_report_event event = {.time_ms = SAMPLE_MS(8, 5),
                                        .start_ms = SAMPLE_MS(8, 0),
                                        .end_ms = SAMPLE_MS(8, 5),
                                        .items = items,
                                        .expected = 5,
                                        .received = 5,
                                        .good = 5,
                                        .is_whole = true};
    const struct text names[] = {TEXT("14"), TEXT("dairy-1")};
    struct engine_device_view view = {.group = 0, .names = names, .values = values};
    struct identity identity;
    identity_of(&sample.set, &view, &identity);
    assert_true(message_write_report(&source, 18240, &identity, &event, text, sizeof text) > 0);
    assert_json(
        "{\"specversion\": \"1.0\", \"id\": \"5f3c9a1e-000000018240\", \"source\": "
        "\"/brink/store-14\","
        "\"type\": \"brink.report\", \"subject\": \"cooler-5min/14.dairy-1\","
        "\"time\": \"2026-03-14T08:05:00.000Z\", \"sequence\": \"000000018240\","
        "\"datacontenttype\": \"application/json\", \"dataschema\": \"brink:report:1\", \"data\": {"
        "\"report\": \"cooler-5min\", \"site\": {\"id\": \"store-14\", \"name\": \"Store 14, "
        "Leeds\"},"
        "\"group\": \"coolers\", \"device\": \"14.dairy-1\", \"names\": {\"store\": \"14\", "
        "\"cooler\": \"dairy-1\"},"
        "\"window\": {\"start\": \"2026-03-14T08:00:00.000Z\", \"end\": "
        "\"2026-03-14T08:05:00.000Z\", \"seconds\": 300},"
        "\"revision\": 0, \"whole\": true, \"readings\": {\"temperature\": {\"unit\": \"°C\", "
        "\"average\": 5.0,"
        "\"minimum\": 4.0, \"maximum\": 6.0, \"count\": 5}, \"humidity\": {\"unit\": \"%\", "
        "\"average\": 71.2}},"
        "\"quality\": {\"expected\": 5, \"received\": 5, \"good\": 5, \"faulty\": 0, \"late\": 0, "
        "\"duplicate\": 0},"
        "\"tags\": [], \"rule\": {\"file\": \"store.rules\", \"line\": 134, \"fingerprint\": "
        "\"b7e1a0c4\"}}}");
}

static void lengths_of_time_are_words(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *words;
    } lengths[] = {
        {600000, "10 minutes"},    {60000, "1 minute"},           {61000, "1 minute 1 second"},
        {671000, "11 minutes"},    {3600000, "1 hour"},           {3900000, "1 hour 5 minutes"},
        {86400000, "1 day"},       {183600000, "2 days 3 hours"}, {45999, "45 seconds"},
        {0, "less than a second"}, {-5, "less than a second"}};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        char room[64];
        struct writer writer = writer_on(room, sizeof room);
        writer_add_duration(&writer, lengths[i].ms);
        assert_string_equal(room, lengths[i].words);
    }
}

static void texts_are_cut_between_characters(void **state)
{
    (void)state;
    char room[6];
    struct writer writer = writer_on(room, sizeof room);
    writer_add(&writer, TEXT("5 °°°"));
    assert_string_equal(room, "5 °");
    assert_true(writer.is_cut);
}

/* Of the address sanitizer: only there can be seen what is allocated. */
int __sanitizer_install_malloc_and_free_hooks(void (*allocated)(const volatile void *, size_t),
                                              void (*freed)(const volatile void *))
    __attribute__((weak));
static size_t allocations;

static void count_allocation(const volatile void *memory, size_t bytes)
{
    (void)memory;
    (void)bytes;
    allocations++;
}
static void note_free(const volatile void *memory)
{
    (void)memory;
}

static void a_message_needs_nothing_of_the_heap(void **state)
{
    (void)state;
    if (!__sanitizer_install_malloc_and_free_hooks)
        skip();
    assert_true(__sanitizer_install_malloc_and_free_hooks(count_allocation, note_free) > 0);
    struct engine_alarm_event event = sample_raise();
    allocations = 0;
    char room[MESSAGE_BYTES_MAX];
    struct message_health health = {.more = "{\"uptime_ms\":5}"};
    struct spool_gap gap = {.is_open = true, .from = 1, .to = 2};
    assert_true(message_write_health(&source, &health, room, sizeof room) > 0);
    assert_true(message_write_gap(&source, 1, 0, &gap, room, sizeof room) > 0);
    assert_true(message_write_clock(&source, 1, 0, room, sizeof room) > 0);
    struct identity identity;
    identity_of(&sample.set, NULL, &identity);
    assert_true(write_alert(&source, 1, &identity, &event, NULL, room, sizeof room) > 0);
    assert_int_equal(allocations, 0);
    cJSON *tree = cJSON_Parse(room); /* others have their heap again */
    assert_true(allocations > 0);
    message_write_clock(&source, 1, 0, room, sizeof room);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(tree, "type")),
                        "brink.alert.raised");
    cJSON_Delete(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_raise_is_the_example_of_the_rules, fill),
        cmocka_unit_test_setup(a_rise_says_from_where_and_a_clear_how_it_ended, fill),
        cmocka_unit_test_setup(states_are_told_by_their_words, fill),
        cmocka_unit_test_setup(silence_has_no_reading, fill),
        cmocka_unit_test_setup(a_clock_that_is_not_set_is_unset, fill),
        cmocka_unit_test_setup(an_alarm_of_the_site_has_no_device, fill),
        cmocka_unit_test_setup(names_from_topics_can_do_no_harm, fill),
        cmocka_unit_test(numbers_come_out_as_sensors_sent_them),
        cmocka_unit_test_setup(a_message_too_large_is_written_without_instructions, fill),
        cmocka_unit_test_setup(a_report_is_the_example_of_the_rules, fill),
        cmocka_unit_test_setup(a_message_needs_nothing_of_the_heap, fill),
        cmocka_unit_test(lengths_of_time_are_words),
        cmocka_unit_test(texts_are_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
