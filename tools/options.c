/* Options by table, with help made from the same table (see command.h). */
#include "tools/command.h"

#include "rules/language/suggest.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void complain(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    fputs("brink: ", stderr);
    vfprintf(stderr, format, values);
    fputc('\n', stderr);
    va_end(values);
}

static void print_help(const struct command *command, const struct option *options)
{
    printf("brink %s%s%s\n\n  %s\n", command->name, command->arguments[0] ? " " : "",
           command->arguments, command->summary);
    if (command->details)
        printf("\n%s", command->details);
    printf("\nOptions:\n");
    for (const struct option *option = options; option->name; option++) {
        char left[40];
        snprintf(left, sizeof left, "%s%s%s", option->name, option->argument ? " " : "",
                 option->argument ? option->argument : "");
        printf("  %-22s %s\n", left, option->help);
    }
    printf("  %-22s %s\n\n", "--help", "this page");
    printf("Exit status: 0 good, 1 what was checked is wrong, 2 the command line is wrong,\n"
           "3 a file, a program or a connection failed.\n");
}

static const struct option *find(const struct option *options, struct text name)
{
    for (; options->name; options++) {
        if (text_equal(text_of(options->name), name))
            return options;
    }
    return NULL;
}

static void complain_unknown(const struct command *command, const struct option *options,
                             const char *word)
{
    struct text names[24];
    size_t count = 0;
    for (; count < 23 && options[count].name; count++)
        names[count] = text_of(options[count].name);
    names[count++] = TEXT("--help");
    int nearest = suggest_word(text_of(word), names, count, NULL);
    if (nearest >= 0)
        complain("\"%s\" is not an option of brink %s: did you mean \"%s\"?", word, command->name,
                 names[nearest].bytes);
    else
        complain("\"%s\" is not an option of brink %s: see brink %s --help", word, command->name,
                 command->name);
}

/* Returns false when the option is wrong; *at moves on over its value. */
static bool read_option(const struct command *command, const struct option *options, int count,
                        char *words[], int *at)
{
    const char *word = words[*at], *equals = word[1] == '-' ? strchr(word, '=') : NULL;
    size_t length = equals ? (size_t)(equals - word) : strlen(word);
    const struct option *option = find(options, (struct text){word, length});
    if (!option) {
        complain_unknown(command, options, word);
        return false;
    }
    if (!option->argument) {
        if (equals)
            complain("%s takes no value", option->name);
        *option->flag = true;
        return !equals;
    }
    const char *value = equals ? equals + 1 : NULL;
    if (!value && *at + 1 < count)
        value = words[++*at];
    if (!value || !value[0]) {
        complain("%s needs its %s", option->name, option->argument);
        return false;
    }
    if (option->value) {
        *option->value = value;
    } else if (option->list->count < OPTION_REPEATS) {
        option->list->values[option->list->count++] = value;
    } else {
        complain("%s stands here more than %d times", option->name, OPTION_REPEATS);
        return false;
    }
    return true;
}

enum options_result options_read(const struct command *command, const struct option *options,
                                 int count, char *words[], const char *names[])
{
    size_t found = 0;
    bool are_over = false;
    for (int i = 0; i < count; i++) {
        if (!are_over && strcmp(words[i], "--help") == 0) {
            print_help(command, options);
            return OPTIONS_HELP;
        }
    }
    for (int i = 0; i < count; i++) {
        bool is_option = !are_over && words[i][0] == '-' && words[i][1];
        if (is_option && strcmp(words[i], "--") == 0) {
            are_over = true;
        } else if (is_option) {
            if (!read_option(command, options, count, words, &i))
                return OPTIONS_WRONG;
        } else if (found == command->most) {
            complain("\"%s\" is one too many: brink %s %s", words[i], command->name,
                     command->arguments);
            return OPTIONS_WRONG;
        } else {
            names[found++] = words[i];
        }
    }
    if (found < command->least) {
        complain("something is missing: brink %s %s", command->name, command->arguments);
        return OPTIONS_WRONG;
    }
    return OPTIONS_READ;
}

bool option_number(const char *name, const char *text, long least, long most, long *number)
{
    char *end = NULL;
    *number = strtol(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end || *number < least || *number > most) {
        complain("%s is a whole number from %ld to %ld, not \"%s\"", name, least, most, text);
        return false;
    }
    return true;
}
