/* `brink`, the command for people: finds the command by its name and hands the rest of the line to
 * it. Comes in: the command line. Goes out: an exit status (command.h). */
#include "tools/command.h"

#include "rules/language/suggest.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

#define VERSION "0.1"

#define COMMANDS 12
static const struct command *const commands[COMMANDS] = {
    &command_check, &command_test,    &command_try,   &command_image,
    &command_run,   &command_keys,    &command_watch, &command_format,
    &command_diff,  &command_explain, &command_words, &command_score,
};

/* Planned, and honest about it. */
#define NOT_YET 5
static const char *const not_yet[NOT_YET] = {
    "load", "status", "why", "acknowledge", "shelve",
};

static void print_help(FILE *out)
{
    fprintf(out, "brink: rules for sensors, judged at the edge\n\n");
    for (size_t i = 0; i < COMMANDS; i++) {
        char left[64];
        snprintf(left, sizeof left, "brink %s %s", commands[i]->name, commands[i]->arguments);
        fprintf(out, "  %-34s %s\n", left, commands[i]->summary);
    }
    fprintf(out, "\nbrink COMMAND --help says more; brink --version says which one this is.\n"
                 "Exit status: 0 good, 1 what was checked is wrong, 2 the command line is wrong,\n"
                 "3 a file, a program or a connection failed.\n");
}

static int complain_unknown(const char *word)
{
    struct text names[COMMANDS];
    for (size_t i = 0; i < NOT_YET; i++) {
        if (strcmp(word, not_yet[i]) == 0) {
            complain("%s is not there yet", word);
            return TOOL_USAGE;
        }
    }
    for (size_t i = 0; i < COMMANDS; i++)
        names[i] = text_of(commands[i]->name);
    int nearest = suggest_word(text_of(word), names, COMMANDS, NULL);
    if (nearest >= 0)
        complain("there is no command \"%s\": did you mean \"%s\"?", word, names[nearest].bytes);
    else
        complain("there is no command \"%s\": see brink --help", word);
    return TOOL_USAGE;
}

/* What went to standard output has arrived there, or it is said that it has not. */
static int finish(int status)
{
    int problem = fflush(stdout) != 0 ? errno : 0;
    if (problem == 0 && !ferror(stdout))
        return status;
    complain("standard output could not be written: %s",
             problem ? strerror(problem) : "the disk may be full");
    return TOOL_FAILED;
}

int main(int count, char *words[])
{
    signal(SIGPIPE, SIG_DFL); /* a reader that has enough ends us, whoever started us */
    if (count < 2) {
        print_help(stderr);
        return TOOL_USAGE;
    }
    if (strcmp(words[1], "--version") == 0) {
        printf("brink %s\n", VERSION);
        return finish(TOOL_GOOD);
    }
    if (strcmp(words[1], "--help") == 0 || strcmp(words[1], "-h") == 0 ||
        strcmp(words[1], "help") == 0) {
        print_help(stdout);
        return finish(TOOL_GOOD);
    }
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(words[1], commands[i]->name) == 0)
            return finish(commands[i]->run(commands[i], count - 2, words + 2));
    }
    return complain_unknown(words[1]);
}
