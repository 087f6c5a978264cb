/* See instructions.h. */
#include "bench/instructions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

double instructions_of(const char *self, const char *arguments)
{
    char command[512], line[512];
    snprintf(command, sizeof command,
             "valgrind --tool=callgrind --toggle-collect=judge_many --callgrind-out-file=/dev/null "
             "%s %s 2>&1",
             self, arguments);
    FILE *output = popen(command, "r");
    double collected = 0;
    while (output != NULL && fgets(line, sizeof line, output) != NULL) {
        const char *found = strstr(line, "Collected : ");
        if (found != NULL)
            collected = strtod(found + strlen("Collected : "), NULL);
    }
    if (output != NULL)
        pclose(output);
    if (collected <= 0) {
        fprintf(stderr, "no instructions were counted: is valgrind there?\n");
        exit(1);
    }
    return collected;
}
