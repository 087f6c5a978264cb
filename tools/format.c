/* `brink format`: rule files in the one layout (rules/language/layout.h). Comes in: rule files.
 * Goes out: the same on standard output, or in place. Both are compiled and compared before
 * anything is written, with the other rule files of the folder where a file needs them. */
#include "rules/language/changes.h"
#include "rules/language/layout.h"
#include "tools/command.h"
#include "tools/site_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FILES_MOST 64

static void write_out(void *context, const char *bytes, size_t length)
{
    fwrite(bytes, 1, length, context);
}

/* The files of a folder or the file alone; *at: which one it is. */
static bool read_around(struct site_folder *folder, const char *path, size_t *at)
{
    char place[1024];
    const char *name = strrchr(path, '/');
    snprintf(place, sizeof place, "%.*s", name ? (int)(name - path) : 1, name ? path : ".");
    name = name ? name + 1 : path;
    FILE *nowhere = fopen("/dev/null", "w");
    char settings[1100];
    snprintf(settings, sizeof settings, "%s/site.json", place);
    if (!nowhere || access(settings, R_OK) != 0) {
        if (nowhere)
            fclose(nowhere);
        return false;
    }
    bool is_read = site_folder_read(folder, place, nowhere, FOLDER_FOR_TRIAL) == TOOL_GOOD;
    fclose(nowhere);
    for (*at = 0; *at < folder->rules_count; (*at)++) {
        if (strcmp(folder->rules[*at].name, name) == 0)
            return is_read;
    }
    return false;
}

/* Compiles the folder's files with `text` in place of one of them. */
static bool means_the_same(struct site_folder *folder, size_t at, struct text text)
{
    struct rules_source_file files[FOLDER_RULES_MAX];
    struct rules_compiled compiled;
    memcpy(files, folder->rules, folder->rules_count * sizeof *files);
    files[at].text = text;
    site_folder_recompile(folder, files, &compiled);
    bool is_same =
        compiled.block != NULL && rulesets_mean_the_same(folder->compiled.block, compiled.block);
    rules_compiled_free(&compiled);
    return is_same;
}

/* Everything, else without what would change a name in messages; bytes NULL: nothing means the
 * same. */
static struct text lay_out(struct site_folder *folder, size_t at)
{
    static const struct layout_options options[] = {
        {true, true}, {false, true}, {true, false}, {false, false}};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        struct text text = layout_make(&folder->rules[at], options[i]);
        if (means_the_same(folder, at, text))
            return text;
        text_free(text);
    }
    return (struct text){0};
}

struct request {
    bool writes, checks;
};

static int put(const struct request *request, const char *path, struct text before,
               struct text after)
{
    bool is_same = text_equal(before, after);
    if (request->checks && !is_same)
        printf("%s is not in the layout: brink format --write %s\n", path, path);
    if (request->checks)
        return is_same ? TOOL_GOOD : TOOL_WRONG;
    if (!request->writes)
        write_out(stdout, after.bytes, after.length);
    if (request->writes && !is_same && !file_write(path, after.bytes, after.length, 0644))
        return TOOL_FAILED;
    return TOOL_GOOD;
}

static int format(const struct request *request, const char *path)
{
    struct site_folder around = {0}, alone = {0};
    size_t at = 0;
    struct site_folder *folder = &alone;
    bool is_around = read_around(&around, path, &at);
    int status = TOOL_GOOD;
    if (is_around) {
        folder = &around;
    } else {
        at = 0;
        status = site_folder_read(&alone, path, stderr, FOLDER_FOR_TRIAL);
        if (status == TOOL_GOOD && alone.has_site) {
            complain("%s is a folder: name its rule files", path);
            status = TOOL_USAGE;
        } else if (status == TOOL_WRONG) {
            complain("%s has mistakes and stays as it is", path);
        }
    }
    if (status == TOOL_GOOD) {
        struct text text = lay_out(folder, at);
        if (text.bytes)
            status = put(request, path, folder->rules[at].text, text);
        else {
            complain("%s stays as it is: in the layout it would not mean the same. Please report "
                     "it.",
                     path);
            status = TOOL_FAILED;
        }
        text_free(text);
    }
    site_folder_free(&around);
    site_folder_free(&alone);
    return status;
}

static int run(const struct command *command, int count, char *words[])
{
    const char *names[FILES_MOST] = {0};
    struct request request = {0};
    const struct option options[] = {
        {.name = "--write", .help = "in place", .flag = &request.writes},
        {.name = "--check",
         .help = "only say which files are not in the layout (status 1)",
         .flag = &request.checks},
        {0},
    };
    enum options_result result = options_read(command, options, count, words, names);
    if (result != OPTIONS_READ)
        return result == OPTIONS_HELP ? TOOL_GOOD : TOOL_USAGE;
    int worst = TOOL_GOOD;
    for (size_t i = 0; i < FILES_MOST && names[i]; i++) {
        int status = format(&request, names[i]);
        worst = status > worst ? status : worst;
    }
    return worst;
}

const struct command command_format = {
    .name = "format",
    .arguments = "FILE.rules...",
    .summary = "one layout: order, units, columns",
    .details =
        "  Two blanks of indentation, one empty line between blocks, an alarm's lines in the "
        "order\n"
        "  of the language (the most severe first), units as °C, straight bars in tables. "
        "Comments\n"
        "  stay above what they stand above. What the rules mean never changes: both are compiled\n"
        "  and compared first.\n",
    .least = 1,
    .most = FILES_MOST,
    .run = run,
};
