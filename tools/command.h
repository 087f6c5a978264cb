/* What the commands of `brink` share: exit codes, options, words for mistakes.
 * Private to tools/. */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H

#include "base/text.h"

enum tool_exit {
    TOOL_GOOD = 0,
    TOOL_WRONG = 1,  /* what was checked is wrong */
    TOOL_USAGE = 2,  /* the command line is wrong */
    TOOL_FAILED = 3, /* the machine is: a file, a program or a connection */
};

struct command {
    const char *name;
    const char *arguments; /* "SITE READINGS" */
    const char *summary;   /* one line */
    const char *details;   /* for --help; may be NULL */
    size_t least, most;    /* names on the command line besides options */
    int (*run)(const struct command *command, int count, char *words[]);
};

extern const struct command command_check, command_test, command_try, command_image, command_run,
    command_keys, command_watch, command_format, command_diff, command_explain, command_words,
    command_score;

/* ---- options ------------------------------------------------------------------------------- */

#define OPTION_REPEATS 16
struct option_list {
    const char *values[OPTION_REPEATS];
    size_t count;
};

struct option {
    const char *name;     /* "--kernel" or "-o" */
    const char *argument; /* "FILE"; NULL: a flag */
    const char *help;
    const char **value;       /* one of these three is filled */
    struct option_list *list; /* may stand several times */
    bool *flag;
};

enum options_result { OPTIONS_READ, OPTIONS_HELP, OPTIONS_WRONG };

/* Reads the words behind the command; `names` gets those that are no options (room for
 * command->most, the rest NULL). Prints help or what is wrong. Options end with a NULL name; "--"
 * ends options. */
enum options_result options_read(const struct command *command, const struct option *options,
                                 int count, char *words[], const char *names[]);

/* A whole number from `least` to `most`; prints what is wrong and returns false otherwise. */
bool option_number(const char *name, const char *text, long least, long most, long *number);

/* ---- saying what is wrong: to standard error, as "brink: ..." ------------------------------ */

void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- files --------------------------------------------------------------------------------- */

/* The whole file, followed by a zero byte; bytes == NULL (and a complaint) when it can't be read or
 * is larger than `most_bytes`. Freed by free((char *)bytes). */
struct text file_read(const char *path, size_t most_bytes);
/* Writes all or nothing: beside it first, then renamed. */
bool file_write(const char *path, const void *bytes, size_t length, unsigned mode);
void text_free(struct text text);

#endif
