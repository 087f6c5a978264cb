/* `brink test`: runs tests of rules, without sensors, network or waiting.
 * Comes in: sites' folders or `.test` files. Goes out: what failed and why, and a last line with
 * the numbers; exit status 0 only when every test passed. */
#include "tools/command.h"
#include "tools/test_files.h"
#include "tools/test_print.h"

#include <stdlib.h>

#define PATHS_MAX 64

static int run(const struct command *command, int count, char *words[])
{
    const char *names[PATHS_MAX] = {NULL};
    bool is_json = false, is_lines = false;
    struct test_run tests = {.out = stdout};
    const struct option options[] = {
        {.name = "--only",
         .argument = "\"PART OF NAME\"",
         .help = "only the tests that have this in their name",
         .value = &tests.only},
        {.name = "--lines",
         .help = "file:line:column: error: text, for each failure, for editors",
         .flag = &is_lines},
        {.name = "--json", .help = "one line of JSON for each test", .flag = &is_json},
        {0},
    };
    enum options_result result = options_read(command, options, count, words, names);
    if (result != OPTIONS_READ)
        return result == OPTIONS_HELP ? TOOL_GOOD : TOOL_USAGE;
    tests.style = is_json ? FOLDER_JSON : is_lines ? FOLDER_LINES : FOLDER_TEXT;
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
    test_print_last_line(&tests);
    return tests.passed == 0 ? TOOL_WRONG : status;
}

const struct command command_test = {
    .name = "test",
    .arguments = "SITE_OR_TESTS...",
    .summary = "runs tests of rules",
    .details =
        "  Names a site's folder, whose .test files are run, or files of tests. Nothing waits: "
        "a day takes\n  milliseconds. Every alert that a test does not expect fails it.\n",
    .least = 1,
    .most = PATHS_MAX,
    .run = run,
};
