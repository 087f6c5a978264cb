/* `brink diff`: what changed between two sites' rules, in sentences. Comes in: two folders or rule
 * files. Goes out: a line for each difference; exit status 1 when there are any. */
#include "rules/language/changes.h"
#include "tools/command.h"
#include "tools/site_folder.h"

#include <stdio.h>

static void write_out(void *context, const char *bytes, size_t length)
{
    fwrite(bytes, 1, length, context);
}

static int run(const struct command *command, int count, char *words[])
{
    const char *names[2];
    const struct option options[] = {{0}};
    enum options_result result = options_read(command, options, count, words, names);
    if (result != OPTIONS_READ)
        return result == OPTIONS_HELP ? TOOL_GOOD : TOOL_USAGE;
    struct site_folder folders[2] = {0};
    int status = site_folder_read(&folders[0], names[0], stderr, FOLDER_FOR_TRIAL);
    int second = site_folder_read(&folders[1], names[1], stderr, FOLDER_FOR_TRIAL);
    /* Rules with mistakes are a failure here: 1 says that they differ. */
    status = status != TOOL_GOOD || second != TOOL_GOOD ? TOOL_FAILED : TOOL_GOOD;
    if (status == TOOL_GOOD &&
        rulesets_changes(folders[0].compiled.block, folders[1].compiled.block,
                         (struct rules_output){write_out, stdout}) > 0)
        status = TOOL_WRONG;
    site_folder_free(&folders[0]);
    site_folder_free(&folders[1]);
    return status;
}

const struct command command_diff = {
    .name = "diff",
    .arguments = "OLD NEW",
    .summary = "what changed in the rules, in sentences",
    .details = "  OLD and NEW are folders of sites, or rule files:\n"
               "    cooler-too-warm: warning limit 5 °C -> 4 °C.\n"
               "  Status 0 says that they mean the same, 1 that they differ; 3 also that one of "
               "them\n  has mistakes.\n",
    .least = 2,
    .most = 2,
    .run = run,
};
