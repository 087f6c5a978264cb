/* Every page of `brink explain` tells the truth: its wrong example gives that very message, its
 * right example gives no mistake. */
#include "rules/language/explain.h"

#include "tests/unit/rules/language/compile.h"

static struct compile *compile_example(const struct explanation *page, const char *example)
{
    char rules[4096];
    snprintf(rules, sizeof rules, "%s%s", explain_above(page->below), example);
    return compile_rules(rules);
}

static bool gives(const struct compile *compile, const char *code)
{
    for (size_t i = 0; i < compile->compiled.messages_count; i++) {
        if (strcmp(compile->compiled.messages[i].code, code) == 0)
            return true;
    }
    return false;
}

static void test_the_wrong_example_of_a_page_gives_its_message(void **state)
{
    (void)state;
    size_t count, failed = 0;
    const struct explanation *pages = explanations(&count);
    for (size_t i = 0; i < count; i++) {
        struct compile *compile = compile_example(&pages[i], pages[i].wrong);
        if (*pages[i].wrong != '\0' && !gives(compile, pages[i].code)) {
            print_error("%s:\n%s\n", pages[i].code, compile->output);
            failed++;
        }
        compile_free(compile);
    }
    assert_int_equal(failed, 0);
}

static void test_the_right_example_of_a_page_has_no_mistake(void **state)
{
    (void)state;
    size_t count, failed = 0;
    const struct explanation *pages = explanations(&count);
    for (size_t i = 0; i < count; i++) {
        struct compile *compile = compile_example(&pages[i], pages[i].right);
        if (compile->compiled.errors > 0 || gives(compile, pages[i].code)) {
            print_error("%s:\n%s\n", pages[i].code, compile->output);
            failed++;
        }
        compile_free(compile);
    }
    assert_int_equal(failed, 0);
}

static void test_a_page_is_found_in_capitals_and_small_letters(void **state)
{
    (void)state;
    assert_non_null(explain_find(TEXT("R164")));
    assert_ptr_equal(explain_find(TEXT("r164")), explain_find(TEXT("R164")));
    assert_null(explain_find(TEXT("R999")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_wrong_example_of_a_page_gives_its_message),
        cmocka_unit_test(test_the_right_example_of_a_page_has_no_mistake),
        cmocka_unit_test(test_a_page_is_found_in_capitals_and_small_letters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
