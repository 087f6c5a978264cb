/* A file of tests in a test: rules as text, tests as text, and what people are told of them.
 * Comes in: both texts; whatever file the tests name, the rules are those. Goes out: messages, and
 * for each test "passed NAME" or its failure. Included by one test program each; everything is
 * static. */
#ifndef TESTS_SUPPORT_TESTED_RULES_H
#define TESTS_SUPPORT_TESTED_RULES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "rules/testing/judge.h"

static char told[65536];
static size_t told_bytes;

static inline void tell(void *context, const char *bytes, size_t length)
{
    (void)context;
    assert_true(told_bytes + length < sizeof told);
    memcpy(told + told_bytes, bytes, length);
    told_bytes += length;
    told[told_bytes] = 0;
}

static const struct rules_output told_output = {tell, NULL};

static const struct testing_rules *give_rules(void *context, struct text path)
{
    return text_equal(path, TEXT("missing.rules")) ? NULL : context;
}

/* Runs them all; `zone` as POSIX writes it. What was told stands in `told`. */
static inline void try_tests_in(const char *zone, const char *rules, const char *tests)
{
    struct rules_compiled compiled;
    const struct rules_source_file file = {"site.rules", text_of(rules)};
    const struct rules_source_file source = {"site.test", text_of(tests)};
    struct testing_file script;
    told_bytes = 0;
    told[0] = 0;
    rules_compile(&file, 1, &compiled);
    for (size_t i = 0; i < compiled.messages_count && compiled.errors > 0; i++)
        rules_message_print(&compiled.messages[i], told_output);
    if (compiled.block == NULL)
        fail_msg("the rules of this test do not compile:\n%s", told);
    struct testing_rules in_force = {.rules = compiled.block, .posix_zone = zone};
    zone_read(zone, &in_force.zone);
    testing_file_read(&script, &source, (struct testing_loader){give_rules, &in_force});
    for (size_t i = 0; i < script.messages.messages_count; i++)
        rules_message_print(&script.messages.messages[i], told_output);
    for (const struct testing_test *test = script.first; test != NULL; test = test->next) {
        struct testing_play play;
        struct testing_verdict verdict;
        if (test->has_mistakes)
            continue;
        assert_true(testing_play(&play, test));
        testing_judge(&play, &verdict);
        if (verdict.has_passed) {
            char line[256];
            tell(NULL, line,
                 (size_t)snprintf(line, sizeof line, "passed %.*s\n", TEXT_ARGUMENTS(test->name)));
        } else {
            testing_print(&play, &verdict, "site.test", told_output);
        }
        testing_play_free(&play);
    }
    testing_file_free(&script);
    rules_compiled_free(&compiled);
}

static inline void try_tests(const char *rules, const char *tests)
{
    try_tests_in("", rules, tests);
}

/* Every one of these stands in what was told. */
static inline void assert_told(const char *const parts[])
{
    for (size_t i = 0; parts[i] != NULL; i++) {
        if (strstr(told, parts[i]) == NULL)
            fail_msg("\"%s\" is not in:\n%s", parts[i], told);
    }
}
#define ASSERT_TOLD(...) assert_told((const char *const[]){__VA_ARGS__, NULL})

#endif
