/* Rows: separators, quote marks, headings, rows that are none. RULES, section 4.4. 1773043200 is
 * 08:00:00 of the test's day. */
#include "tests/support/taken.h"

static const char rows[] = "sensors rows\n  from udp port 5005\n  format csv ts unit temp door\n"
                           "  name unit from unit\n  time from ts in seconds\n"
                           "  read temperature from temp in °C\n"
                           "  read door as open or closed\n";

static struct site *site_with(const char *payload)
{
    struct site *site = site_start("08:00", rows);
    taken_udp(site, "08:00:30", 5005, payload);
    return site;
}

static void a_row_is_a_message(void **state)
{
    (void)state;
    struct site *site = site_with("1773043200,a,4.50,open\n1773043201,b,5,0\r\n\n");
    assert_string_equal(taken_names(site, 0), "a");
    assert_string_equal(taken_text(site, 0, 0), "4.50 at 08:00:00");
    assert_string_equal(taken_text(site, 0, 1), "open at 08:00:00");
    assert_string_equal(taken_names(site, 1), "b");
    assert_string_equal(taken_text(site, 1, 0), "5 at 08:00:01");
    assert_string_equal(taken_text(site, 1, 1), "closed at 08:00:01");
    assert_int_equal(taken_counters(site)->malformed, 0);
    assert_int_equal(taken_counters(site)->copied_bytes, 0);
    site_stop(site);
}

static void the_separator_is_found_from_the_number_of_cells(void **state)
{
    (void)state;
    static const char *const same[] = {"1773043200,a,4.5,open", "1773043200;a;4.5;open",
                                       "1773043200\ta\t4.5\topen", " 1773043200 , a , 4.5 , open ",
                                       "\"1773043200\",\"a\",\"4.5\",\"open\""};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        struct site *site = site_with(same[i]);
        assert_string_equal(taken_names(site, 0), "a");
        assert_string_equal(taken_text(site, 0, 0), "4.5 at 08:00:00");
        assert_string_equal(taken_text(site, 0, 1), "open at 08:00:00");
        site_stop(site);
    }
}

static void cells_are_values_as_in_other_formats(void **state)
{
    (void)state;
    static const struct {
        const char *cell, *taken;
    } examples[] = {
        {"4.2", "4.2 at 08:00:00"},
        {"-1e1", "-10 at 08:00:00"},
        {"\" 4.2 \"", "4.2 at 08:00:00"},
        {"", "missing"},
        {"  ", "missing"},
        {"\"\"", "faulty"},
        {"n/a", "faulty"},
        {"4,2", "faulty"},
        {"04", "faulty"},
        {"NaN", "faulty"},
        {"true", "faulty"},
        {"1e16", "faulty"},
        {"\"4\"\"\"", "faulty"},
    };
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        char row[128];
        snprintf(row, sizeof row, "1773043200;a;%s;open", examples[i].cell);
        struct site *site = site_with(row);
        assert_string_equal(taken_text(site, 0, 0), examples[i].taken);
        assert_int_equal(taken_counters(site)->malformed, 0);
        site_stop(site);
    }
}

static void a_row_that_is_none_is_counted_and_the_others_are_read(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "1773043200,b,4.5",        "1773043200,b,4.5,open,1",
        "1773043200,b,4.5,open,",  "b",
        "1773043200,b,4.5,\"open", "1773043200,b,\"4\"5,open",
        "1773043200,b,4.5,\xff",   "1773043200,b\x01,4.5,open",
        "1773043200,b,4,5,open",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char payload[160];
        snprintf(payload, sizeof payload, "1773043200,a,1,open\n%s\n1773043200,c,3,open", wrong[i]);
        struct site *site = site_with(payload);
        if (taken_counters(site)->malformed != 1 || engine_device_count(site->engine) != 2)
            fail_msg("%s: %d malformed, %u devices", wrong[i], (int)taken_counters(site)->malformed,
                     engine_device_count(site->engine));
        site_stop(site);
    }
}

static void a_heading_is_passed_over(void **state)
{
    (void)state;
    struct site *site = site_with("ts,unit,Temp,\"door\"\n1773043200,a,1,open\n");
    assert_int_equal(engine_device_count(site->engine), 1);
    assert_int_equal(taken_counters(site)->malformed, 0);
    assert_int_equal(taken_counters(site)->time_faults, 0);
    site_stop(site);
}

static void quote_marks_hold_separators_and_quote_marks(void **state)
{
    (void)state;
    struct site *site = site_with("1773043200,\"a, \"\"b\"\";c\",1,open");
    assert_string_equal(taken_names(site, 0), "a, \"b\";c");
    assert_string_equal(taken_text(site, 0, 0), "1 at 08:00:00");
    site_stop(site);
}

static void one_column_is_the_whole_row(void **state)
{
    (void)state;
    struct site *site = site_start("08:00", "sensors a\n  from mqtt a/{b}\n  format csv x\n"
                                            "  read x as number\n");
    site_send(site, "08:00", "a/1", "4.2\n");
    assert_string_equal(taken_text(site, 0, 0), "4.2 at 08:00:00");
    site_send(site, "08:01", "a/1", "4,2");
    assert_string_equal(taken_text(site, 0, 0), "faulty");
    site_send(site, "08:02", "a/1", "");
    site_send(site, "08:02", "a/1", " \n");
    assert_int_equal(taken_counters(site)->malformed, 2);
    site_stop(site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_is_a_message),
        cmocka_unit_test(the_separator_is_found_from_the_number_of_cells),
        cmocka_unit_test(cells_are_values_as_in_other_formats),
        cmocka_unit_test(a_row_that_is_none_is_counted_and_the_others_are_read),
        cmocka_unit_test(a_heading_is_passed_over),
        cmocka_unit_test(quote_marks_hold_separators_and_quote_marks),
        cmocka_unit_test(one_column_is_the_whole_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
