/* From rule files to a ruleset, with messages that a technician can act on. Desk tools only: the
 * appliance carries the result. Comes in: text. Goes out: a block (rules/ruleset.h), or messages as
 * RULES section 13 has them. Called by tools/. */
#ifndef RULES_LANGUAGE_COMPILER_H
#define RULES_LANGUAGE_COMPILER_H

#include "rules/ruleset.h"

struct rules_message {
    char code[8]; /* "R162", "W201" */
    bool is_warning;
    const char *file;
    int line, column,
        width;    /* from 1; column and width count characters (code points), not bytes */
    char *text;   /* what is wrong, one sentence */
    char *mark;   /* what stands beside the mark; may be "" */
    char *note;   /* the line below; may be "" */
    char *source; /* the line itself */
};
#define RULES_MESSAGES_MAX 20

/* How much was compiled; all zero when there are errors. */
struct rules_counts {
    uint32_t groups, readings, alarms, triggers, reports;
    uint32_t by_severity[RULES_CRITICAL + 1]; /* alarms, each by its highest severity */
};

struct rules_compiled {
    void *block; /* the ruleset; NULL when there are errors. Aligned to 8 */
    size_t size_bytes;
    size_t messages_count, errors;
    struct rules_message messages[RULES_MESSAGES_MAX];
    struct rules_counts counts;
    void *memory; /* of the messages' texts */
};

struct rules_source_file {
    const char *name; /* as messages show it: "store.rules" */
    struct text text;
};

/* Compiles one or more files that belong to one site, in order. Any bytes at all are allowed as
 * input. The files' texts need not outlive the call. Everything in *compiled is freed by
 * rules_compiled_free. */
void rules_compile(const struct rules_source_file *files, size_t count,
                   struct rules_compiled *compiled);

/* Where files lie that rules name (`include`, `table … from`). `path` starts from where the names
 * of the given files start; *text must live until rules_compile_site returns. False: no such file.
 */
struct rules_opener {
    bool (*open)(void *context, const char *path, struct text *text);
    void *context;
};
/* The same, with files that can be opened; `opener` may be NULL: then there are only those given.
 * Given files that another one includes are read there, and only there. */
void rules_compile_site(const struct rules_source_file *files, size_t count,
                        const struct rules_opener *opener, struct rules_compiled *compiled);
void rules_compiled_free(struct rules_compiled *compiled);

/* Writes one message as people read it (section 13.1: sentence, code, line, mark, remedy, note). */
struct rules_output {
    void (*write)(void *context, const char *bytes, size_t length);
    void *context;
};
void rules_message_print(const struct rules_message *message, struct rules_output output);

/* Writes what was compiled, in two lines:
 * "4 groups of sensors with 9 readings, 12 alarms, 3 reports." and
 * "Alarms: 1 critical (8 %), 3 warning (25 %), 8 notice (67 %), 0 log (0 %). Aim for 5, 15 and 80
 * %." */
void rules_counts_print(const struct rules_counts *counts, struct rules_output output);

#endif
