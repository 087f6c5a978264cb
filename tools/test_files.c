/* Finds, reads and runs files of tests (see test_files.h). Rules are read once for each `rules`
 * line that names them. */
#include "tools/test_files.h"

#include "tools/command.h"
#include "tools/site_folder.h"
#include "tools/test_print.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#define TESTS_BYTES_MAX ((size_t)1024 * 1024)
#define PATH_BYTES 2048
#define RULES_MAX 32 /* files that one test file names */

struct loaded {
    char path[PATH_BYTES];
    struct site_folder folder;
    struct testing_rules rules;
    bool is_good;
};

struct loader {
    struct test_run *run;
    const char *test_path;
    struct loaded *loaded[RULES_MAX];
    size_t count;
};

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* ---- rules --------------------------------------------------------------------------------- */

static void read_rules(struct test_run *run, struct loaded *loaded)
{
    FILE *out = run->style == FOLDER_TEXT ? stderr : run->out;
    loaded->is_good = site_folder_read_as(&loaded->folder, loaded->path, out, FOLDER_FOR_TRIAL,
                                          run->style) == TOOL_GOOD;
    if (!loaded->is_good)
        return;
    const struct trial_site site = site_folder_trial(&loaded->folder);
    loaded->rules = (struct testing_rules){.rules = site.rules,
                                           .posix_zone = site.timezone,
                                           .site_id = site.id,
                                           .site_name = site.name};
    zone_read(loaded->rules.posix_zone, &loaded->rules.zone);
}

/* Beside the file of tests, unless the path begins at the root. */
static const struct testing_rules *load(void *context, struct text path)
{
    struct loader *loader = context;
    const char *slash = strrchr(loader->test_path, '/');
    char whole[PATH_BYTES];
    bool is_whole = path.length > 0 && path.bytes[0] == '/';
    int folder = is_whole || slash == NULL ? 0 : (int)(slash - loader->test_path) + 1;
    snprintf(whole, sizeof whole, "%.*s%.*s", folder, loader->test_path, (int)path.length,
             path.bytes);
    for (size_t i = 0; i < loader->count; i++) {
        if (strcmp(loader->loaded[i]->path, whole) == 0)
            return loader->loaded[i]->is_good ? &loader->loaded[i]->rules : NULL;
    }
    struct loaded *loaded = loader->count < RULES_MAX ? calloc(1, sizeof *loaded) : NULL;
    if (loaded == NULL) {
        complain("%s names more than %d files of rules", loader->test_path, RULES_MAX);
        return NULL;
    }
    memcpy(loaded->path, whole, sizeof whole);
    loader->loaded[loader->count++] = loaded;
    read_rules(loader->run, loaded);
    return loaded->is_good ? &loaded->rules : NULL;
}

static void loader_free(struct loader *loader)
{
    for (size_t i = 0; i < loader->count; i++) {
        site_folder_free(&loader->loaded[i]->folder);
        free(loader->loaded[i]);
    }
}

/* ---- running ------------------------------------------------------------------------------- */

static bool is_wanted(const struct test_run *run, const struct testing_test *test)
{
    if (run->only == NULL)
        return true;
    struct text part = text_of(run->only);
    for (size_t i = 0; i + part.length <= test->name.length; i++) {
        if (text_equal_ignoring_case((struct text){test->name.bytes + i, part.length}, part))
            return true;
    }
    return false;
}

static bool run_test(struct test_run *run, const struct testing_test *test, const char *path)
{
    struct testing_play play;
    struct testing_verdict verdict;
    bool is_played = testing_play(&play, test);
    if (is_played) {
        testing_judge(&play, &verdict);
        run->passed += verdict.has_passed;
        run->failed += !verdict.has_passed;
        test_print_outcome(run, &play, &verdict, path);
    } else {
        complain("there is not enough memory to run this test");
    }
    testing_play_free(&play);
    return is_played;
}

static int run_file(struct test_run *run, const char *path)
{
    struct loader loader = {.run = run, .test_path = path};
    struct testing_file file;
    const char *slash = strrchr(path, '/');
    struct rules_source_file source = {slash ? slash + 1 : path, file_read(path, TESTS_BYTES_MAX)};
    bool is_good = true;
    if (!source.text.bytes)
        return TOOL_FAILED;
    run->files++;
    testing_file_read(&file, &source, (struct testing_loader){load, &loader});
    test_print_messages(run, &file, path);
    for (const struct testing_test *test = file.first; test != NULL && is_good; test = test->next) {
        if (!is_wanted(run, test) || test->has_mistakes)
            run->skipped++;
        else
            is_good = run_test(run, test, path);
    }
    testing_file_free(&file);
    text_free(source.text);
    loader_free(&loader);
    return is_good ? TOOL_GOOD : TOOL_FAILED;
}

static int is_test(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return length > 5 && entry->d_name[0] != '.' &&
           strcmp(entry->d_name + length - 5, ".test") == 0;
}

static int run_folder(struct test_run *run, const char *path)
{
    struct dirent **entries = NULL;
    char whole[PATH_BYTES];
    int status = TOOL_GOOD, count = scandir(path, &entries, is_test, alphasort);
    for (int i = 0; i < count; i++) {
        snprintf(whole, sizeof whole, "%s/%s", path, entries[i]->d_name);
        int result = run_file(run, whole);
        status = result == TOOL_GOOD ? status : result;
        free(entries[i]);
    }
    free(entries);
    return count < 0 ? TOOL_FAILED : status;
}

int test_run_path(struct test_run *run, const char *path)
{
    struct stat facts;
    double begun = now_ms();
    if (stat(path, &facts) != 0) {
        complain("%s: %s", path, strerror(errno));
        return TOOL_FAILED;
    }
    int status = S_ISDIR(facts.st_mode) ? run_folder(run, path) : run_file(run, path);
    run->took_ms += now_ms() - begun;
    if (status == TOOL_GOOD && run->failed + run->mistakes > 0)
        status = TOOL_WRONG;
    return status;
}
