/* Any bytes at all are rules or messages, never a crash; what compiles passes ruleset_check, and
 * the same bytes give the same block. Every message points into the line that it shows. */
#include "rules/language/compiler.h"

#include <stdio.h>
#include <stdlib.h>

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "not true: %s\n", #condition);                                         \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static void count_bytes(void *context, const char *bytes, size_t length)
{
    (void)bytes;
    *(size_t *)context += length;
}

static size_t characters(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

/* Behind a form feed stands what every file has that the rules name, so that includes and tables
 * are reached without files. */
static bool open_rest(void *context, const char *path, struct text *text)
{
    const struct text *rest = context;
    MUST(path[0] != '\0' && path[0] != '/');
    *text = *rest;
    return rest->bytes != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rules_source_file file = {"fuzz.rules", {(const char *)data, size}};
    struct rules_compiled compiled, again;
    size_t printed = 0;
    struct text rest = {NULL, 0};
    const struct rules_opener opener = {open_rest, &rest};
    const uint8_t *feed = size > 0 ? memchr(data, '\f', size) : NULL;
    if (feed != NULL) {
        file.text.length = (size_t)(feed - data);
        rest = (struct text){(const char *)feed + 1, size - file.text.length - 1};
    }
    rules_compile_site(&file, 1, &opener, &compiled);
    MUST((compiled.block == NULL) == (compiled.errors > 0));
    MUST(compiled.messages_count <= RULES_MESSAGES_MAX);
    MUST(compiled.errors == 0 || compiled.messages_count > 0);
    for (size_t i = 0; i < compiled.messages_count; i++) {
        const struct rules_message *message = &compiled.messages[i];
        MUST(message->line >= 1 && message->column >= 1 && message->width >= 1);
        /* One character and a blank behind the line is where something is missing. */
        MUST((size_t)(message->column + message->width) <= characters(message->source) + 3);
        rules_message_print(message, (struct rules_output){count_bytes, &printed});
    }
    if (compiled.block != NULL) {
        const char *why;
        MUST(ruleset_check(compiled.block, compiled.size_bytes, &why));
        rules_compile_site(&file, 1, &opener, &again);
        MUST(again.size_bytes == compiled.size_bytes);
        MUST(memcmp(again.block, compiled.block, compiled.size_bytes) == 0);
        rules_compiled_free(&again);
    }
    rules_compiled_free(&compiled);
    return 0;
}
