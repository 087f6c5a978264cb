/* Tables of readings: cells, headings, times. What rows become is seen by
 * tests/integration/tools_test.py. */
#include "tools/csv.c" /* tools/ is no library */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct csv_row split(const char *line, char separator)
{
    static char room[256];
    struct csv_row row;
    snprintf(room, sizeof room, "%s", line);
    assert_true(csv_split(room, strlen(room), separator, &row));
    return row;
}

static void expect_cell(const struct csv_row *row, size_t index, const char *text)
{
    assert_true(index < row->count);
    assert_true(text_equal(row->cells[index], text_of(text)));
}

static void test_cells_lose_blanks_and_quote_marks(void **state)
{
    (void)state;
    struct csv_row row = split(" a , \"b, \"\"c\"\"\",,\"\"", ',');
    assert_int_equal(row.count, 4);
    expect_cell(&row, 0, "a");
    expect_cell(&row, 1, "b, \"c\"");
    expect_cell(&row, 2, "");
    expect_cell(&row, 3, "");
}

static void test_an_open_quote_mark_is_refused(void **state)
{
    char line[] = "a,\"b";
    struct csv_row row;
    (void)state;
    assert_false(csv_split(line, strlen(line), ',', &row));
}

static void test_more_cells_than_there_may_be_are_refused(void **state)
{
    char line[CSV_COLUMNS_MAX + 1];
    struct csv_row row;
    (void)state;
    memset(line, ',', sizeof line);
    assert_false(csv_split(line, CSV_COLUMNS_MAX, ',', &row));
    assert_true(csv_split(line, CSV_COLUMNS_MAX - 1, ',', &row));
}

static void test_the_heading_shows_the_separator(void **state)
{
    static const struct {
        const char *line;
        char separator;
    } cases[] = {{"time,a", ','},
                 {"Time;a,b", ';'},
                 {"a\ttime\tb;c", '\t'},
                 {"time", ','},
                 {"\xef\xbb\xbftime;x", ';'}};
    char problem[CSV_PROBLEM_BYTES];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct csv_heading heading;
        assert_true(csv_heading_read(&heading, text_of(cases[i].line), problem));
        assert_int_equal(heading.separator, cases[i].separator);
        csv_heading_free(&heading);
    }
}

static void test_a_heading_without_time_is_refused_with_what_to_write(void **state)
{
    char problem[CSV_PROBLEM_BYTES] = "";
    struct csv_heading heading;
    (void)state;
    assert_false(csv_heading_read(&heading, TEXT("cooler,temperature"), problem));
    assert_non_null(strstr(problem, "time,store,cooler,temperature"));
    csv_heading_free(&heading);
}

static void test_times_are_rfc_3339_seconds_milliseconds_or_local(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"2026-07-14T08:15:00Z", INT64_C(1784016900000)}, {"1784016900", INT64_C(1784016900000)},
        {"1784016900123", INT64_C(1784016900123)},        {"1784016900.5", INT64_C(1784016900500)},
        {"2026-07-14 09:15", INT64_C(1784016900000)}, /* British summer time */
        {"2026-07-14 09:15:01.5", INT64_C(1784016901500)}};
    static const char *const none[] = {"", "yesterday", "2026-07-14", "14.07.2026 09:15", "1e99"};
    struct zone zone;
    int64_t ms;
    (void)state;
    assert_true(zone_read("GMT0BST,M3.5.0/1,M10.5.0", &zone));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(csv_time(text_of(cases[i].text), &zone, &ms));
        assert_int_equal(ms, cases[i].ms);
    }
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_false(csv_time(text_of(none[i]), &zone, &ms));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cells_lose_blanks_and_quote_marks),
        cmocka_unit_test(test_an_open_quote_mark_is_refused),
        cmocka_unit_test(test_more_cells_than_there_may_be_are_refused),
        cmocka_unit_test(test_the_heading_shows_the_separator),
        cmocka_unit_test(test_a_heading_without_time_is_refused_with_what_to_write),
        cmocka_unit_test(test_times_are_rfc_3339_seconds_milliseconds_or_local),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
