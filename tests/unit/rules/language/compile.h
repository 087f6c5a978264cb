/* What the tests of the language share: compiles a text and keeps what was printed. */
#ifndef TESTS_UNIT_RULES_LANGUAGE_COMPILE_H
#define TESTS_UNIT_RULES_LANGUAGE_COMPILE_H

#include "rules/language/compiler.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define OUTPUT_BYTES 65536

struct compile {
    struct rules_compiled compiled;
    char output[OUTPUT_BYTES]; /* all messages, as they are printed */
    size_t length;
};

static void compile_collect(void *context, const char *bytes, size_t length)
{
    struct compile *compile = context;
    if (length < OUTPUT_BYTES - compile->length) {
        memcpy(compile->output + compile->length, bytes, length);
        compile->length += length;
    }
}

/* The text is copied to memory of exactly its size, so that sanitizers see a read behind its end.
 */
static struct compile *compile_bytes(const char *bytes, size_t length)
{
    struct compile *compile = calloc(1, sizeof *compile);
    char *copy = malloc(length + (length == 0));
    memcpy(copy, bytes, length);
    struct rules_source_file file = {"store.rules", {copy, length}};
    rules_compile(&file, 1, &compile->compiled);
    free(copy);
    for (size_t i = 0; i < compile->compiled.messages_count; i++)
        rules_message_print(&compile->compiled.messages[i],
                            (struct rules_output){compile_collect, compile});
    return compile;
}

static inline struct compile *compile_rules(const char *rules)
{
    return compile_bytes(rules, strlen(rules));
}

static inline void compile_free(struct compile *compile)
{
    rules_compiled_free(&compile->compiled);
    free(compile);
}

/* The rules have no mistake; warnings are allowed. */
static inline struct compile *compile_good(const char *rules)
{
    struct compile *compile = compile_rules(rules);
    const char *why = "";
    if (compile->compiled.errors > 0)
        print_error("%s", compile->output);
    assert_int_equal(compile->compiled.errors, 0);
    assert_non_null(compile->compiled.block);
    assert_true(ruleset_check(compile->compiled.block, compile->compiled.size_bytes, &why));
    return compile;
}

static inline const struct ruleset *compile_set(const struct compile *compile)
{
    return compile->compiled.block;
}

/* Exactly one error, with this code; returns what was printed until the next call. */
static inline const char *compile_error(const char *rules, const char *code)
{
    static char output[OUTPUT_BYTES];
    struct compile *compile = compile_rules(rules);
    size_t errors = 0;
    memcpy(output, compile->output, sizeof output);
    for (size_t i = 0; i < compile->compiled.messages_count; i++) {
        const struct rules_message *message = &compile->compiled.messages[i];
        errors += !message->is_warning;
        if (!message->is_warning && strcmp(message->code, code) != 0)
            fail_msg("expected %s, not:\n%s", code, output);
    }
    if (errors != 1)
        fail_msg("expected one %s in:\n%s\nnot:\n%s", code, rules, output);
    assert_null(compile->compiled.block);
    compile_free(compile);
    return output;
}

static inline void assert_shows(const char *output, const char *part)
{
    if (strstr(output, part) == NULL)
        fail_msg("expected:\n%s\nin:\n%s", part, output);
}

/* The first five lines of the examples of RULES section 13.2. */
#define COOLERS                                                                                    \
    "sensors coolers\n"                                                                            \
    "  from mqtt store/{store}/cooler/{cooler}/telemetry\n"                                        \
    "  expect every 1 minute\n"                                                                    \
    "  read temperature from temp in °C\n"                                                        \
    "  read door as open or closed\n"
#define TOO_WARM COOLERS "alarm too-warm on coolers\n"

#endif
