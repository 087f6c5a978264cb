/* Units: spelling, conversion within a kind, and that a difference is not a point. */
#include "rules/language/units.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static double point(double number, const char *from, const char *to)
{
    return unit_convert(number, unit_find(text_of(from)), unit_find(text_of(to)), UNIT_POINT);
}

static double difference(double number, const char *from, const char *to)
{
    return unit_convert(number, unit_find(text_of(from)), unit_find(text_of(to)), UNIT_DIFFERENCE);
}

static void assert_same(double a, double b)
{
    if (a != b)
        fail_msg("%.17g is not %.17g", a, b);
}

static void test_a_point_of_temperature_converts_exactly(void **state)
{
    (void)state;
    assert_same(point(41, "°F", "°C"), 5);
    assert_same(point(35.6, "°F", "°C"), 2);
    assert_same(point(5, "°C", "°F"), 41);
    assert_same(point(278.15, "K", "°C"), 5);
    assert_same(point(-40, "°F", "°C"), -40);
    assert_same(point(0.1, "°C", "°C"), 0.1);
}

static void test_a_difference_of_temperature_has_no_zero_point(void **state)
{
    (void)state;
    assert_same(difference(9, "°F", "°C"), 5);
    assert_same(difference(4, "°F", "°C"), 2.22222222222);
    assert_same(difference(3, "K", "°C"), 3);
}

static void test_every_kind_converts_within_itself(void **state)
{
    (void)state;
    assert_same(point(1, "bar", "kPa"), 100);
    assert_same(point(1, "psi", "Pa"), 6894.75729317);
    assert_same(point(1, "inch/s", "mm/s"), 25.4);
    assert_same(point(1, "g", "m/s2"), 9.80665);
    assert_same(point(6, "m3/h", "l/min"), 100);
    assert_same(point(1, "gpm", "l/min"), 3.785411784);
    assert_same(point(1, "ft", "m"), 0.3048);
    assert_same(point(250, "mV", "V"), 0.25);
    assert_same(point(1.5, "MW", "kW"), 1500);
    assert_same(point(2, "kWh", "Wh"), 2000);
    assert_same(point(1, "ppm", "ppb"), 1000);
    assert_same(point(90, "minutes", "hours"), 1.5);
}

static void test_a_unit_is_found_in_every_spelling(void **state)
{
    (void)state;
    static const char *const spellings[] = {"°C", "C", "c", "degC", "celsius", "Celsius", "℃"};
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++)
        assert_string_equal(unit_find(text_of(spellings[i]))->name, "°C");
    assert_string_equal(unit_find(TEXT("BAR"))->name, "bar");
}

static void test_case_decides_where_it_matters(void **state)
{
    (void)state;
    assert_string_equal(unit_find(TEXT("mW"))->name, "mW");
    assert_string_equal(unit_find(TEXT("MW"))->name, "MW");
    assert_null(unit_find(TEXT("mw")));
    assert_null(unit_find(TEXT("furlong")));
}

static void test_a_unit_of_ones_own_is_its_own_kind(void **state)
{
    (void)state;
    struct arena arena = {0};
    const struct unit *turbidity = unit_own(&arena, TEXT("NTU"));
    assert_true(unit_same_kind(turbidity, unit_own(&arena, TEXT("NTU"))));
    assert_false(unit_same_kind(turbidity, unit_own(&arena, TEXT("FTU"))));
    assert_false(unit_same_kind(turbidity, unit_find(TEXT("bar"))));
    assert_false(unit_same_kind(turbidity, NULL));
    assert_same(unit_convert(7, turbidity, unit_own(&arena, TEXT("NTU")), UNIT_POINT), 7);
    assert_ptr_equal(unit_own(&arena, TEXT("bar")), unit_find(TEXT("bar")));
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_point_of_temperature_converts_exactly),
        cmocka_unit_test(test_a_difference_of_temperature_has_no_zero_point),
        cmocka_unit_test(test_every_kind_converts_within_itself),
        cmocka_unit_test(test_a_unit_is_found_in_every_spelling),
        cmocka_unit_test(test_case_decides_where_it_matters),
        cmocka_unit_test(test_a_unit_of_ones_own_is_its_own_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
