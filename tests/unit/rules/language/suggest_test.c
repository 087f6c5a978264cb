/* Suggestions: one slip per three letters, swaps count once, and only words that are valid there.
 */
#include "rules/language/suggest.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static int distance(const char *a, const char *b)
{
    return suggest_distance(text_of(a), text_of(b));
}

static const char *suggest(const char *written)
{
    static const struct text words[] = {{"above", 5}, {"below", 5}, {"inside", 6},
                                        {"is", 2},    {"V", 1},     {"temperature", 11}};
    int index = suggest_word(text_of(written), words, sizeof words / sizeof words[0], NULL);
    return index < 0 ? "" : words[index].bytes;
}

static void test_each_slip_counts_once(void **state)
{
    (void)state;
    assert_int_equal(distance("above", "above"), 0);
    assert_int_equal(distance("Above", "aBOVE"), 0);
    assert_int_equal(distance("abov", "above"), 1);
    assert_int_equal(distance("abbove", "above"), 1);
    assert_int_equal(distance("abode", "above"), 1);
    assert_int_equal(distance("abvoe", "above"), 1);
    assert_int_equal(distance("", "above"), 5);
    assert_int_equal(distance("ca", "abc"), 3); /* alignment: no part is changed twice */
}

static void test_letters_are_counted_and_not_bytes(void **state)
{
    (void)state;
    assert_int_equal(distance("°C", "°F"), 1);
    assert_int_equal(distance("kühler", "kuhler"), 1);
}

static void test_a_long_word_is_far_from_everything(void **state)
{
    (void)state;
    char word[200];
    memset(word, 'a', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    assert_int_equal(distance(word, "above"), SUGGEST_FAR);
    assert_int_equal(distance("above", word), SUGGEST_FAR);
    assert_string_equal(suggest(word), "");
}

static void test_a_near_word_is_suggested(void **state)
{
    (void)state;
    assert_string_equal(suggest("abvoe"), "above");
    assert_string_equal(suggest("temprature"), "temperature");
    assert_string_equal(suggest("tempratuer"), "temperature");
}

static void test_a_far_word_is_not_suggested(void **state)
{
    (void)state;
    assert_string_equal(suggest("please"), "");
    assert_string_equal(suggest("tmprtr"), "");
    assert_string_equal(suggest("x"), "");
    assert_string_equal(suggest(""), "");
}

static void test_what_people_say_instead_is_suggested_only_where_it_is_valid(void **state)
{
    (void)state;
    assert_string_equal(suggest("between"), "inside");
    assert_string_equal(suggest("volts"), "V");
    assert_string_equal(suggest("amps"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_slip_counts_once),
        cmocka_unit_test(test_letters_are_counted_and_not_bytes),
        cmocka_unit_test(test_a_long_word_is_far_from_everything),
        cmocka_unit_test(test_a_near_word_is_suggested),
        cmocka_unit_test(test_a_far_word_is_not_suggested),
        cmocka_unit_test(test_what_people_say_instead_is_suggested_only_where_it_is_valid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
