/* Text views: equality within their lengths, and the hash against its published values. */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void views_are_equal_when_lengths_and_bytes_are(void **state)
{
    (void)state;
    assert_true(text_equal(TEXT("cooler"), text_of("cooler")));
    assert_false(text_equal(TEXT("cooler"), TEXT("coole")));
    assert_false(text_equal(TEXT("cooler"), TEXT("Cooler")));
    assert_true(text_equal(TEXT("a\0b"), TEXT("a\0b")));
    assert_false(text_equal(TEXT("a\0b"), TEXT("a\0c")));
    assert_true(text_equal((struct text){NULL, 0}, TEXT("")));
}

static void letters_of_either_case_can_count_as_the_same(void **state)
{
    (void)state;
    assert_true(text_equal_ignoring_case(TEXT("Defrost-7"), TEXT("dEFROST-7")));
    assert_false(text_equal_ignoring_case(TEXT("defrost"), TEXT("defrosts")));
    assert_true(text_equal_ignoring_case((struct text){NULL, 0}, TEXT("")));
}

/* '@' '[' '`' '{' stand beside the letters and differ by the same bit; bytes above 127 are no
 * letters. */
static void only_ascii_letters_have_a_case(void **state)
{
    (void)state;
    assert_false(text_equal_ignoring_case(TEXT("@"), TEXT("`")));
    assert_false(text_equal_ignoring_case(TEXT("["), TEXT("{")));
    assert_false(text_equal_ignoring_case(TEXT("\xc3\x84"), TEXT("\xc3\xa4")));
}

static void the_hash_is_fnv_1a_and_can_be_continued(void **state)
{
    (void)state;
    assert_true(hash_bytes(HASH_START, "", 0) == UINT64_C(0xcbf29ce484222325));
    assert_true(hash_bytes(HASH_START, "a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
    assert_true(hash_bytes(HASH_START, "foobar", 6) == UINT64_C(0x85944171f73967e8));
    assert_true(hash_bytes(hash_bytes(HASH_START, "foo", 3), "bar", 3) ==
                UINT64_C(0x85944171f73967e8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views_are_equal_when_lengths_and_bytes_are),
        cmocka_unit_test(letters_of_either_case_can_count_as_the_same),
        cmocka_unit_test(only_ascii_letters_have_a_case),
        cmocka_unit_test(the_hash_is_fnv_1a_and_can_be_continued),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
