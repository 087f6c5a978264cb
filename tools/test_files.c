/* Finds, reads and runs files of tests (see test_files.h). Rules are read once for each `rules`
 * line that names them. */
#include "tools/test_files.h"

#include "rules/testing/judge.h"
#include "tools/command.h"
#include "tools/site_folder.h"

#include <cJSON.h>
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

static void read_rules(struct loaded *loaded, FILE *out)
{
    loaded->is_good =
        site_folder_read(&loaded->folder, loaded->path, out, FOLDER_FOR_TRIAL) == TOOL_GOOD;
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
    read_rules(loaded, stderr);
    return loaded->is_good ? &loaded->rules : NULL;
}

static void loader_free(struct loader *loader)
{
    for (size_t i = 0; i < loader->count; i++) {
        site_folder_free(&loader->loaded[i]->folder);
        free(loader->loaded[i]);
    }
}

/* ---- what is printed ----------------------------------------------------------------------- */

static void write_to_file(void *context, const char *bytes, size_t length)
{
    fwrite(bytes, 1, length, context);
}

struct text_room { /* text for JSON */
    char *bytes;
    size_t length;
};

static void write_to_room(void *context, const char *bytes, size_t length)
{
    struct text_room *room = context;
    char *larger = realloc(room->bytes, room->length + length + 1);
    if (larger == NULL)
        return;
    memcpy(larger + room->length, bytes, length);
    room->bytes = larger;
    room->length += length;
    larger[room->length] = 0;
}

static void print_json_line(FILE *out, cJSON *object)
{
    char *line = cJSON_PrintUnformatted(object);
    fprintf(out, "%s\n", line ? line : "{}");
    cJSON_free(line);
    cJSON_Delete(object);
}

static void add_text(cJSON *object, const char *name, const char *text)
{
    if (text != NULL && text[0])
        cJSON_AddStringToObject(object, name, text);
}

static void print_json(struct test_run *run, struct testing_play *play,
                       const struct testing_verdict *verdict, const char *file)
{
    cJSON *object = cJSON_CreateObject(), *problems;
    cJSON_AddStringToObject(object, "file", file);
    cJSON_AddNumberToObject(object, "line", play->test->line);
    cJSON_AddStringToObject(object, "test",
                            arena_print(&play->arena, "%.*s", TEXT_ARGUMENTS(play->test->name)));
    cJSON_AddBoolToObject(object, "passed", verdict->has_passed);
    if (!verdict->has_passed) {
        struct text_room room = {0};
        testing_print(play, verdict, file, (struct rules_output){write_to_room, &room});
        problems = cJSON_AddArrayToObject(object, "problems");
        for (size_t i = 0; i < verdict->count; i++) {
            const struct testing_problem *one = &verdict->problems[i];
            cJSON *problem = cJSON_CreateObject();
            if (one->step != NULL)
                cJSON_AddNumberToObject(problem, "line", one->step->line);
            if (one->step != NULL && one->text == NULL)
                add_text(problem, "expected", testing_expected_words(play, one->step));
            if (one->came != NULL)
                add_text(problem, "came", testing_came_words(play, one->came));
            add_text(problem, "trouble", one->text);
            add_text(problem, "why", testing_why(play, one));
            cJSON_AddItemToArray(problems, problem);
        }
        add_text(object, "text", room.bytes);
        free(room.bytes);
    }
    print_json_line(run->out, object);
}

static void print_messages(struct test_run *run, const struct testing_file *file)
{
    for (size_t i = 0; i < file->messages.messages_count; i++) {
        const struct rules_message *message = &file->messages.messages[i];
        if (run->is_json) {
            cJSON *object = cJSON_CreateObject();
            cJSON_AddStringToObject(object, "file", message->file);
            cJSON_AddNumberToObject(object, "line", message->line);
            cJSON_AddNumberToObject(object, "column", message->column);
            cJSON_AddStringToObject(object, "code", message->code);
            add_text(object, "message", message->text);
            add_text(object, "remedy", message->mark);
            add_text(object, "note", message->note);
            print_json_line(run->out, object);
        } else {
            rules_message_print(message, (struct rules_output){write_to_file, run->out});
            fputc('\n', run->out);
        }
    }
    run->mistakes += file->messages.errors;
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

static bool run_test(struct test_run *run, const struct testing_test *test, const char *file)
{
    struct testing_play play;
    struct testing_verdict verdict;
    bool is_played = testing_play(&play, test);
    if (is_played) {
        testing_judge(&play, &verdict);
        run->passed += verdict.has_passed;
        run->failed += !verdict.has_passed;
        if (run->is_json)
            print_json(run, &play, &verdict, file);
        else if (!verdict.has_passed)
            testing_print(&play, &verdict, file, (struct rules_output){write_to_file, run->out});
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
    print_messages(run, &file);
    for (const struct testing_test *test = file.first; test != NULL && is_good; test = test->next) {
        if (!is_wanted(run, test) || test->has_mistakes)
            run->skipped++;
        else
            is_good = run_test(run, test, source.name);
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
