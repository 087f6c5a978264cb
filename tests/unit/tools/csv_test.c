/* Tables of readings: cells, headings, times. What rows become is seen by
 * tests/integration/tools_test.py. */
#include "tools/csv.c" /* tools/ is no library */
#include "tools/moment.c"

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
    } cases[] = {{"time,a", ','}, {"Time;a,b", ';'}, {"a\ttime\tb;c", '\t'}, {"time", ','}};
    char problem[CSV_PROBLEM_BYTES];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct csv_heading heading;
        assert_true(csv_heading_read(&heading, text_of(cases[i].line), 0, problem));
        assert_int_equal(heading.separator, cases[i].separator);
        csv_heading_free(&heading);
    }
}

static void test_a_heading_without_time_is_refused_with_what_to_write(void **state)
{
    char problem[CSV_PROBLEM_BYTES] = "";
    struct csv_heading heading;
    (void)state;
    assert_false(csv_heading_read(&heading, TEXT("cooler,temperature"), 0, problem));
    assert_non_null(strstr(problem, "time,store,cooler,temperature"));
    csv_heading_free(&heading);
}

static void test_a_heading_without_time_says_what_it_lacks(void **state)
{
    static const struct {
        const char *line, *says;
    } cases[] = {{",store,temperature", "one has no name at all"},
                 {"2026-03-14 08:15,14,4.5", "the first line is a row already"},
                 {"cooler,temperature", "(it has \"cooler\", \"temperature\")"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char problem[CSV_PROBLEM_BYTES] = "";
        struct csv_heading heading;
        assert_false(csv_heading_read(&heading, text_of(cases[i].line), 0, problem));
        assert_non_null(strstr(problem, cases[i].says));
        csv_heading_free(&heading);
    }
}

static void test_the_time_is_found_by_the_names_that_loggers_give_it(void **state)
{
    static const struct {
        const char *line;
        int time, date;
        bool is_utc;
    } cases[] = {{"a,time", 1, -1, false},          {"Timestamp;a", 0, -1, false},
                 {"date,time,a", 1, 0, false},      {"a,Date/Time", 1, -1, false},
                 {"a,time (UTC)", 1, -1, true},     {"timestamp_utc,a", 0, -1, true},
                 {"timestamp,time,a", 1, -1, false}};
    char problem[CSV_PROBLEM_BYTES];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct csv_heading heading;
        assert_true(csv_heading_read(&heading, text_of(cases[i].line), 0, problem));
        assert_int_equal(heading.time_column, cases[i].time);
        assert_int_equal(heading.date_column, cases[i].date);
        assert_int_equal(heading.is_utc, cases[i].is_utc);
        csv_heading_free(&heading);
    }
}

static void test_a_date_and_a_time_of_day_may_stand_apart(void **state)
{
    char problem[CSV_PROBLEM_BYTES];
    struct csv_heading heading;
    struct csv_row row = split("2026-03-14,8:15,4", ',');
    int64_t time_ms;
    (void)state;
    assert_true(csv_heading_read(&heading, TEXT("date,time,a"), 0, problem));
    assert_null(csv_row_time(&heading, &row, &(struct zone){0}, &time_ms));
    assert_int_equal(time_ms, INT64_C(1773476100000));
    row = split("2026-03-14,,4", ',');
    assert_string_equal(csv_row_time(&heading, &row, &(struct zone){0}, &time_ms),
                        "its time is empty");
    csv_heading_free(&heading);
}

static void test_units_in_brackets_are_no_part_of_a_name(void **state)
{
    static const struct {
        const char *heading, *name, *unit;
    } cases[] = {{"temperature (°C)", "temperature", "°C"},
                 {"speed [mm/s]", "speed", "mm/s"},
                 {"values[0]", "values[0]", ""},
                 {"(a)", "(a)", ""},
                 {"humidity", "humidity", ""},
                 {"", "", ""}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text unit;
        assert_true(
            text_equal(csv_column_name(text_of(cases[i].heading), &unit), text_of(cases[i].name)));
        assert_true(text_equal(unit, text_of(cases[i].unit)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cells_lose_blanks_and_quote_marks),
        cmocka_unit_test(test_an_open_quote_mark_is_refused),
        cmocka_unit_test(test_more_cells_than_there_may_be_are_refused),
        cmocka_unit_test(test_the_heading_shows_the_separator),
        cmocka_unit_test(test_a_heading_without_time_is_refused_with_what_to_write),
        cmocka_unit_test(test_a_heading_without_time_says_what_it_lacks),
        cmocka_unit_test(test_the_time_is_found_by_the_names_that_loggers_give_it),
        cmocka_unit_test(test_a_date_and_a_time_of_day_may_stand_apart),
        cmocka_unit_test(test_units_in_brackets_are_no_part_of_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
