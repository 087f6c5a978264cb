/* Every page of `brink explain` tells the truth: its wrong example gives that very message, its
 * right example gives no mistake. */
#include "rules/language/explain.h"

#include "rules/testing/script.h"
#include "tests/unit/rules/language/compile.h"

static const struct testing_rules *give_rules(void *context, struct text path)
{
    (void)path;
    return context;
}

/* An example of tests leaves only its messages: what is compiled is the rules that it tries. */
static struct compile *compile_tests(const char *tests)
{
    struct compile *compile = compile_rules(explain_tested_rules());
    struct testing_rules rules = {.rules = compile->compiled.block, .posix_zone = ""};
    const struct rules_source_file source = {"store.test", text_of(tests)};
    struct testing_file file;
    assert_non_null(rules.rules);
    testing_file_read(&file, &source, (struct testing_loader){give_rules, &rules});
    rules_compiled_free(&compile->compiled);
    compile->length = 0;
    memset(compile->output, 0, sizeof compile->output);
    compile->compiled = file.messages;
    file.messages = (struct rules_compiled){0};
    for (size_t i = 0; i < compile->compiled.messages_count; i++)
        rules_message_print(&compile->compiled.messages[i],
                            (struct rules_output){compile_collect, compile});
    testing_file_free(&file);
    return compile;
}

static struct compile *compile_example(const struct explanation *page, const char *example)
{
    char text[8192];
    snprintf(text, sizeof text, "%s%s", explain_above(page->below), example);
    bool is_test = page->below == EXPLAIN_TESTS || page->below == EXPLAIN_TEST;
    return is_test && *example != '\0' ? compile_tests(text) : compile_rules(text);
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

/* Codes as messages.h lists them: `CODE_X = 101,` or `WARN_X = 201,`. */
static size_t read_codes(unsigned codes[], size_t most)
{
    char line[256];
    size_t count = 0;
    FILE *file = fopen("rules/language/messages.h", "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        const char *number = strstr(line, " = ");
        bool is_code = strncmp(line, "    CODE_", 9) == 0 || strncmp(line, "    WARN_", 9) == 0;
        if (is_code && number != NULL && count < most)
            codes[count++] = (unsigned)strtoul(number + 3, NULL, 10);
    }
    fclose(file);
    return count;
}

static void test_every_code_has_a_page_and_pages_stand_in_order(void **state)
{
    (void)state;
    unsigned codes[200];
    size_t count = read_codes(codes, 200), pages_count, failed = 0;
    const struct explanation *pages = explanations(&pages_count);
    assert_true(count > 90);
    for (size_t i = 0; i < count; i++) {
        char code[16];
        snprintf(code, sizeof code, "%c%u", codes[i] / 100 == 2 ? 'W' : 'R', codes[i]);
        if (explain_find(text_of(code)) == NULL) {
            print_error("%s has no page\n", code);
            failed++;
        }
    }
    for (size_t i = 1; i < pages_count; i++)
        assert_true(strcmp(pages[i - 1].code, pages[i].code) < 0);
    assert_int_equal(failed, 0);
    assert_int_equal(count, pages_count);
}

/* Rules longer than Brink reads; tests of more sensors than a test can have. */
static struct compile *compile_too_long(void)
{
    size_t length = ((size_t)1 << 20) + 1;
    char *rules = malloc(length + 1);
    assert_non_null(rules);
    memset(rules, '#', length);
    rules[length] = '\0';
    struct compile *compile = compile_rules(rules);
    free(rules);
    return compile;
}

static struct compile *compile_too_many(void)
{
    static char tests[65536];
    size_t length = (size_t)snprintf(tests, sizeof tests, "rules \"store.rules\"\ntest \"a\"\n");
    for (int i = 0; i < 1000; i++)
        length += (size_t)snprintf(tests + length, sizeof tests - length,
                                   "  sensor coolers store 14 cooler c%d as s%d\n", i, i);
    return compile_tests(tests);
}

/* What no example on a page can show. */
static const struct {
    const char *code;
    struct compile *(*compile)(
        void); /* NULL: only readings show it (tests/integration/tools_test.py) */
} unshown[] = {
    {"R191", compile_too_long},
    {"R314", compile_too_many},
    {"W207", NULL},
    {"W211", NULL},
    {"W215", NULL},
};

static void test_every_code_is_given_by_an_example(void **state)
{
    (void)state;
    size_t count, failed = 0;
    const struct explanation *pages = explanations(&count);
    for (size_t i = 0; i < count; i++) {
        size_t at = 0, ways = sizeof unshown / sizeof unshown[0];
        while (at < ways && strcmp(unshown[at].code, pages[i].code) != 0)
            at++;
        if (at == ways && *pages[i].wrong == '\0') {
            print_error("%s: no example gives it\n", pages[i].code);
            failed++;
        }
        if (at < ways && unshown[at].compile != NULL) {
            struct compile *compile = unshown[at].compile();
            if (!gives(compile, pages[i].code)) {
                print_error("%s: is not given, but\n%s\n", pages[i].code, compile->output);
                failed++;
            }
            compile_free(compile);
        }
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
        cmocka_unit_test(test_every_code_has_a_page_and_pages_stand_in_order),
        cmocka_unit_test(test_every_code_is_given_by_an_example),
        cmocka_unit_test(test_a_page_is_found_in_capitals_and_small_letters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
