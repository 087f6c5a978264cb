/* What `brink test` prints (see test_print.h). */
#include "tools/test_print.h"

#include <cJSON.h>
#include <stdlib.h>

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

/* The place of a problem: the line that expects, else that of the test's name. */
struct where {
    unsigned line, column;
};

static struct where where_of(const struct testing_play *play, const struct testing_problem *problem)
{
    return problem->step != NULL ? (struct where){problem->step->line, problem->step->column}
                                 : (struct where){play->test->line, play->test->place.column};
}

/* ---- mistakes in tests --------------------------------------------------------------------- */

static void print_message_json(FILE *out, const struct rules_message *message, const char *path)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "file", path);
    cJSON_AddNumberToObject(object, "line", message->line);
    cJSON_AddNumberToObject(object, "column", message->column);
    cJSON_AddNumberToObject(object, "width", message->width);
    cJSON_AddStringToObject(object, "code", message->code);
    add_text(object, "message", message->text);
    add_text(object, "remedy", message->mark);
    add_text(object, "note", message->note);
    print_json_line(out, object);
}

void test_print_messages(struct test_run *run, const struct testing_file *file, const char *path)
{
    for (size_t i = 0; i < file->messages.messages_count; i++) {
        const struct rules_message *message = &file->messages.messages[i];
        if (run->style == FOLDER_JSON) {
            print_message_json(run->out, message, path);
        } else if (run->style == FOLDER_LINES) {
            fprintf(run->out, "%s:%d:%d: error %s: %s%s%s\n", path, message->line, message->column,
                    message->code, message->text, message->mark[0] ? " " : "", message->mark);
        } else {
            rules_message_print(message, (struct rules_output){write_to_file, run->out});
            fputc('\n', run->out);
        }
    }
    run->mistakes += file->messages.errors;
}

/* ---- tests that were run ------------------------------------------------------------------- */

static cJSON *problem_json(struct testing_play *play, const struct testing_problem *one)
{
    cJSON *problem = cJSON_CreateObject();
    struct where where = where_of(play, one);
    cJSON_AddNumberToObject(problem, "line", where.line);
    cJSON_AddNumberToObject(problem, "column", where.column);
    if (one->step != NULL && one->text == NULL)
        add_text(problem, "expected", testing_expected_words(play, one->step));
    if (one->came != NULL)
        add_text(problem, "came", testing_came_words(play, one->came));
    add_text(problem, "trouble", one->text);
    add_text(problem, "why", testing_why(play, one));
    return problem;
}

static void print_json(struct test_run *run, struct testing_play *play,
                       const struct testing_verdict *verdict, const char *path)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "file", path);
    cJSON_AddNumberToObject(object, "line", play->test->line);
    cJSON_AddStringToObject(object, "test",
                            arena_print(&play->arena, "%.*s", TEXT_ARGUMENTS(play->test->name)));
    cJSON_AddBoolToObject(object, "passed", verdict->has_passed);
    if (!verdict->has_passed) {
        struct text_room room = {0};
        testing_print(play, verdict, path, (struct rules_output){write_to_room, &room});
        cJSON *problems = cJSON_AddArrayToObject(object, "problems");
        for (size_t i = 0; i < verdict->count; i++)
            cJSON_AddItemToArray(problems, problem_json(play, &verdict->problems[i]));
        add_text(object, "text", room.bytes);
        free(room.bytes);
    }
    print_json_line(run->out, object);
}

static void print_lines(struct test_run *run, struct testing_play *play,
                        const struct testing_verdict *verdict, const char *path)
{
    for (size_t i = 0; i < verdict->count; i++) {
        struct where where = where_of(play, &verdict->problems[i]);
        fprintf(run->out, "%s:%u:%u: error: %s\n", path, where.line, where.column,
                testing_sentence(play, &verdict->problems[i]));
    }
}

void test_print_outcome(struct test_run *run, struct testing_play *play,
                        const struct testing_verdict *verdict, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (run->style == FOLDER_JSON)
        print_json(run, play, verdict, path);
    else if (run->style == FOLDER_LINES)
        print_lines(run, play, verdict, path);
    else if (!verdict->has_passed)
        testing_print(play, verdict, slash != NULL ? slash + 1 : path,
                      (struct rules_output){write_to_file, run->out});
}

void test_print_last_line(const struct test_run *run)
{
    /* Editors have no use for numbers, but people who look on do. */
    FILE *out = run->style == FOLDER_LINES ? stderr : run->out;
    if (run->style == FOLDER_JSON) {
        fprintf(out, "{\"passed\":%zu,\"failed\":%zu,\"mistakes\":%zu,\"milliseconds\":%.1f}\n",
                run->passed, run->failed, run->mistakes, run->took_ms);
        return;
    }
    if (run->mistakes > 0)
        fprintf(out, "%zu mistake%s in the tests: what has one was not run\n", run->mistakes,
                run->mistakes == 1 ? "" : "s");
    fprintf(out, "%zu passed, %zu failed (in %.0f ms)\n", run->passed, run->failed, run->took_ms);
}
