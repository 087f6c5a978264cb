/* The line of the progress bar. When it is shown is seen by tests/integration/try_input_test.py. */
#include "tools/progress.c" /* tools/ is no library */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void expect(const char *text, int64_t bytes_done, int64_t bytes_total, uint64_t readings)
{
    char room[200];
    progress_line(room, sizeof room, bytes_done, bytes_total, readings, 2);
    assert_string_equal(room, text);
}

static void test_the_bar_shows_how_much_is_done_and_how_fast(void **state)
{
    (void)state;
    expect("████████████░░░░░░░░░░░░  50 %  500 of 1000 MB  1000 readings a second", 500000000,
           1000000000, 2000);
    expect("████████████████████████ 100 %  1000 of 1000 MB  1 readings a second", 1000000000,
           1000000000, 2);
}

static void test_what_is_not_known_is_left_out(void **state)
{
    (void)state;
    expect("500 MB  1000 readings a second", 500000000, 0, 2000);
    expect("░░░░░░░░░░░░░░░░░░░░░░░░   0 %  0 of 1000 MB", 0, 1000000000, 0);
}

static void test_a_file_that_grows_ends_at_all_of_it(void **state)
{
    char room[200];
    (void)state;
    progress_line(room, sizeof room, 2000000000, 1000000000, 2, 2);
    assert_non_null(strstr(room, " 100 % "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_bar_shows_how_much_is_done_and_how_fast),
        cmocka_unit_test(test_what_is_not_known_is_left_out),
        cmocka_unit_test(test_a_file_that_grows_ends_at_all_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
