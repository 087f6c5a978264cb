/* The table of devices: identity, limits, room. RULES appendix C; E 14. */
#include "tests/support/judged_site.h"

static const char rules[] = "sensors coolers\n"
                            "  from mqtt store/{store}/cooler/{cooler}\n"
                            "  read temperature from temp in °C\n"
                            "sensors doors\n"
                            "  from mqtt store/{store}/door/{place}\n"
                            "  read open as text\n";

static uint32_t device(struct site *site, uint32_t group, const char *first, const char *second,
                       int64_t now_ms)
{
    struct text names[] = {text_of(first), text_of(second)};
    return engine_device(site->engine, group, names, now_ms);
}

static void the_same_names_are_the_same_device(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", rules);
    uint32_t first = device(site, 0, "14", "dairy", 0);
    assert_int_equal(device(site, 0, "14", "dairy", 0), first);
    assert_int_not_equal(device(site, 0, "14", "Dairy", 0), first); /* E 14: case is kept */
    assert_int_not_equal(device(site, 1, "14", "dairy", 0), first); /* another group */
    assert_int_not_equal(device(site, 0, "1", "4dairy", 0), first);
    assert_int_equal(engine_device_count(site->engine), 4);
    struct text names[] = {TEXT("14"), TEXT("dairy")};
    assert_int_equal(engine_device_find(site->engine, 0, names), first);
    names[1] = TEXT("unknown");
    assert_int_equal(engine_device_find(site->engine, 0, names), ENGINE_NO_DEVICE);
    assert_int_equal(engine_device_count(site->engine), 4);
    site_stop(site);
}

static void names_are_copied_once_and_stay(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", rules);
    char topic[] = "store/14/cooler/dairy-1";
    site_send(site, "08:00", topic, "{\"temp\": 4}");
    memset(topic, 'x', sizeof topic - 1);
    struct engine_device_view view;
    engine_device_view(site->engine, 0, &view);
    assert_true(text_equal(view.names[0], TEXT("14")));
    assert_true(text_equal(view.names[1], TEXT("dairy-1")));
    assert_int_equal(view.heard_ms, site_ms("08:00"));
    assert_true(view.values[0].number == 4);
    site_stop(site);
}

static void at_most_sixty_new_devices_come_in_a_minute(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", rules);
    char name[16];
    int64_t now = site_ms("08:00");
    for (int i = 0; i < 70; i++) {
        snprintf(name, sizeof name, "%d", i);
        uint32_t made = device(site, 0, "14", name, now + i);
        assert_true(i < 60 ? made == (uint32_t)i : made == ENGINE_NO_DEVICE);
    }
    assert_int_equal(engine_counters(site->engine)->devices_refused, 10);
    assert_int_equal(device(site, 0, "14", "5", now), 5); /* known ones are heard as ever */
    assert_int_equal(device(site, 0, "14", "late", now + 59999), ENGINE_NO_DEVICE);
    assert_int_equal(device(site, 0, "14", "late", now + 60000), 60);
    site_stop(site);
}

static void a_full_table_refuses_and_goes_on(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", rules);
    char name[80];
    for (uint32_t i = 0; i < SITE_DEVICES + 5; i++) {
        snprintf(name, sizeof name, "%064u", i); /* the longest names there are */
        uint32_t made = device(site, i % 2, name, name, (int64_t)i * 2000);
        assert_int_equal(made, i < SITE_DEVICES ? i : ENGINE_NO_DEVICE);
    }
    assert_int_equal(engine_counters(site->engine)->devices_refused, 5);
    for (uint32_t i = 0; i < SITE_DEVICES; i++) {
        snprintf(name, sizeof name, "%064u", i);
        assert_int_equal(device(site, i % 2, name, name, 0), i);
    }
    site_stop(site);
}

static void a_name_that_is_too_long_is_refused(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", rules);
    char name[66];
    memset(name, 'n', 65);
    name[65] = '\0';
    assert_int_equal(device(site, 0, "14", name, 0), ENGINE_NO_DEVICE);
    name[64] = '\0';
    assert_int_equal(device(site, 0, "14", name, 0), 0);
    site_stop(site);
}

static void the_newest_text_is_kept_and_cut(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", rules);
    site_send(site, "08:00", "store/1/door/a", "{\"open\": \"half \\u00b0\"}");
    assert_true(text_equal(engine_device_text(site->engine, 0, 0), TEXT("half °")));
    char payload[128];
    snprintf(payload, sizeof payload, "{\"open\": \"%0100d\"}", 7);
    site_send(site, "08:01", "store/1/door/a", payload);
    assert_int_equal(engine_device_text(site->engine, 0, 0).length, ENGINE_TEXT_BYTES);
    site_send(site, "08:02", "store/1/door/a", "{\"open\": \"\"}");
    assert_int_equal(engine_device_text(site->engine, 0, 0).length, 0);
    site_stop(site);
}

static void room_is_worked_out_before(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", rules);
    size_t bytes = engine_device_bytes(site->rules, 0);
    assert_true(bytes % 64 == 0 && bytes <= 512);
    size_t thousand = engine_size_bytes(site->rules, 1000);
    size_t two_thousand = engine_size_bytes(site->rules, 2000);
    size_t longest = engine_device_bytes(site->rules, 1);
    assert_true(two_thousand - thousand >= 1000 * longest);
    assert_true(two_thousand - thousand <= 1000 * (longest + 64));
    site_stop(site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_names_are_the_same_device),
        cmocka_unit_test(names_are_copied_once_and_stay),
        cmocka_unit_test(at_most_sixty_new_devices_come_in_a_minute),
        cmocka_unit_test(a_full_table_refuses_and_goes_on),
        cmocka_unit_test(a_name_that_is_too_long_is_refused),
        cmocka_unit_test(the_newest_text_is_kept_and_cut),
        cmocka_unit_test(room_is_worked_out_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
