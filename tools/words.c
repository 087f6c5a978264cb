/* `brink words`: all words of the language on one page. */
#include "rules/language/units.h"
#include "rules/language/vocabulary.h"
#include "tools/command.h"

#include <stdio.h>

static void print_units(void)
{
    size_t count, column = 2;
    const struct text *names = unit_names(&count);
    printf("\nUnits (your own stand in quote marks: in \"NTU\")\n ");
    for (size_t i = 0; i < count; i++) {
        column += names[i].length + 1;
        if (column > 78) {
            printf("\n ");
            column = 2 + names[i].length + 1;
        }
        printf(" %.*s", (int)names[i].length, names[i].bytes);
    }
    printf("\n\nLengths of time\n  seconds minutes hours days weeks: 90 seconds, 1 hour 30 "
           "minutes\n");
}

static int run(const struct command *command, int count, char *words[])
{
    const struct option options[] = {{0}};
    enum options_result result = options_read(command, options, count, words, NULL);
    if (result != OPTIONS_READ)
        return result == OPTIONS_HELP ? TOOL_GOOD : TOOL_USAGE;
    const char *group = "";
    struct vocabulary_word word;
    for (size_t i = 0; vocabulary_word(i, &word); i++) {
        if (strcmp(group, word.group) != 0)
            printf("%s%s\n", i > 0 ? "\n" : "", word.group);
        printf("  %-13s %s\n", word.word, word.meaning);
        group = word.group;
    }
    print_units();
    return TOOL_GOOD;
}

const struct command command_words = {
    .name = "words",
    .arguments = "",
    .summary = "all words of the language on one page",
    .least = 0,
    .most = 0,
    .run = run,
};
