/* `brink test`: runs tests of rules, without sensors, network or waiting.
 * Comes in: sites' folders or `.test` files. Goes out: what failed and why, and a last line with
 * the numbers; exit status 0 only when every test passed. */
#include "tools/command.h"
#include "tools/test_files.h"

#include <stdlib.h>

#define PATHS_MAX 64

static void print_last_line(const struct test_run *run)
{
    if (run->is_json) {
        fprintf(run->out,
                "{\"passed\":%zu,\"failed\":%zu,\"mistakes\":%zu,\"milliseconds\":%.1f}\n",
                run->passed, run->failed, run->mistakes, run->took_ms);
        return;
    }
    if (run->mistakes > 0)
        fprintf(run->out, "%zu mistake%s in the tests: what has one was not run\n", run->mistakes,
                run->mistakes == 1 ? "" : "s");
    fprintf(run->out, "%zu passed, %zu failed (in %.0f ms)\n", run->passed, run->failed,
            run->took_ms);
}

static int run(const struct command *command, int count, char *words[])
{
    const char *names[PATHS_MAX] = {NULL};
    struct test_run tests = {.out = stdout};
    const struct option options[] = {
        {.name = "--only",
         .argument = "\"PART OF NAME\"",
         .help = "only the tests that have this in their name",
         .value = &tests.only},
        {.name = "--json", .help = "one line of JSON for each test", .flag = &tests.is_json},
        {0},
    };
    enum options_result result = options_read(command, options, count, words, names);
    if (result != OPTIONS_READ)
        return result == OPTIONS_HELP ? TOOL_GOOD : TOOL_USAGE;
    int status = TOOL_GOOD;
    for (size_t i = 0; i < PATHS_MAX && names[i] != NULL && status != TOOL_FAILED; i++) {
        int one = test_run_path(&tests, names[i]);
        status = one != TOOL_GOOD ? one : status;
    }
    if (status == TOOL_FAILED)
        return status;
    if (tests.files == 0)
        complain("there are no tests: write a file that ends in .test");
    else if (tests.passed + tests.failed + tests.mistakes == 0 && tests.only != NULL)
        complain("no test has \"%s\" in its name", tests.only);
    print_last_line(&tests);
    return tests.passed == 0 ? TOOL_WRONG : status;
}

const struct command command_test = {
    .name = "test",
    .arguments = "SITE_OR_TESTS …",
    .summary = "runs tests of rules",
    .details =
        "  Names a site's folder, whose .test files are run, or files of tests. Nothing waits: "
        "a day takes\n  milliseconds. Every alert that a test does not expect fails it.\n",
    .least = 1,
    .most = PATHS_MAX,
    .run = run,
};
