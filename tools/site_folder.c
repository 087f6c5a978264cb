/* Reads a site's folder (see site_folder.h). */
#include "tools/site_folder.h"

#include "rules/language/source.h"
#include "tools/certificates.h"
#include "tools/command.h"

#include <cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define RULES_BYTES_MAX ((size_t)1024 * 1024)
#define SETTINGS_BYTES_MAX ((size_t)256 * 1024)
#define TLS_BYTES_MAX ((size_t)64 * 1024)
#define PATH_BYTES (1024 + 320)

/* ---- messages for tools -------------------------------------------------------------------- */

struct told {
    const char *file, *code, *text, *mark, *note;
    int line, column, width;
    bool is_warning;
};

/* Where what has no place in a file goes: tools read only what has one. */
static FILE *plain_out(const struct site_folder *folder, FILE *out)
{
    return folder->style == FOLDER_TEXT ? out : stderr;
}

/* Beside the folder, or beside the rule file that was given. */
static void path_of(const struct site_folder *folder, const char *file, char *room,
                    size_t room_bytes)
{
    const char *slash = strrchr(folder->given, '/');
    if (folder->has_site)
        snprintf(room, room_bytes, "%s/%s", folder->path, file);
    else
        snprintf(room, room_bytes, "%.*s%s", slash ? (int)(slash - folder->given + 1) : 0,
                 folder->given, file);
}

static void print_json(const struct site_folder *folder, const struct told *told, FILE *out)
{
    char path[PATH_BYTES];
    cJSON *object = cJSON_CreateObject();
    path_of(folder, told->file, path, sizeof path);
    cJSON_AddStringToObject(object, "file", path);
    cJSON_AddNumberToObject(object, "line", told->line);
    cJSON_AddNumberToObject(object, "column", told->column);
    cJSON_AddNumberToObject(object, "width", told->width);
    cJSON_AddStringToObject(object, "kind", told->is_warning ? "warning" : "error");
    cJSON_AddStringToObject(object, "code", told->code);
    cJSON_AddStringToObject(object, "text", told->text);
    cJSON_AddStringToObject(object, "mark", told->mark);
    cJSON_AddStringToObject(object, "note", told->note);
    char *text = cJSON_PrintUnformatted(object);
    fprintf(out, "%s\n", text ? text : "{}");
    cJSON_free(text);
    cJSON_Delete(object);
}

/* True when it was printed for a tool. */
static bool print_for_tool(struct site_folder *folder, const struct told *told, FILE *out)
{
    char path[PATH_BYTES];
    if (folder->style == FOLDER_TEXT)
        return false;
    folder->messages_out++;
    if (folder->style == FOLDER_JSON) {
        print_json(folder, told, out);
        return true;
    }
    path_of(folder, told->file, path, sizeof path);
    fprintf(out, "%s:%d:%d: %s%s%s: %s%s%s\n", path, told->line, told->column,
            told->is_warning ? "warning" : "error", told->code[0] ? " " : "", told->code,
            told->text, told->mark[0] ? " " : "", told->mark);
    return true;
}

/* ---- site.json and what it names ----------------------------------------------------------- */

static void print_message(struct site_folder *folder, const struct site_message *message, FILE *out)
{
    char place[32] = "";
    struct told told = {"site.json", "", message->text,
                        "",          "", message->line > 0 ? message->line : 1,
                        1,           1,  message->is_warning};
    if (print_for_tool(folder, &told, out))
        return;
    if (message->line > 0)
        snprintf(place, sizeof place, " line %d", message->line);
    fprintf(plain_out(folder, out), "%ssite.json%s: %s\n", message->is_warning ? "warning: " : "",
            place, message->text);
}

static bool read_settings(struct site_folder *folder, FILE *out)
{
    struct site_message messages[SITE_MESSAGES_MAX];
    char path[PATH_BYTES];
    size_t errors = 0;
    snprintf(path, sizeof path, "%s/site.json", folder->path);
    struct text json = file_read(path, SETTINGS_BYTES_MAX);
    if (!json.bytes)
        return false;
    size_t count = site_read(json, &folder->settings, messages, &errors);
    for (size_t i = 0; i < count; i++) {
        folder->warnings += messages[i].is_warning && folder->use != FOLDER_FOR_TRIAL;
        if (!messages[i].is_warning || folder->use == FOLDER_FOR_CHECK)
            print_message(folder, &messages[i], out);
    }
    if (errors > SITE_MESSAGES_MAX)
        fprintf(plain_out(folder, out), "site.json: and %zu more\n", errors - SITE_MESSAGES_MAX);
    folder->errors += errors;
    text_free(json);
    return true;
}

static void read_named_file(struct site_folder *folder, const char *name, FILE *out)
{
    char path[PATH_BYTES];
    struct stat facts;
    for (size_t i = 0; i < folder->files_count; i++) {
        if (strcmp(folder->files[i].name, name) == 0)
            return;
    }
    snprintf(path, sizeof path, "%s/%s", folder->path, name);
    if (stat(path, &facts) != 0) {
        bool is_warning = folder->use == FOLDER_FOR_CHECK;
        folder->warnings += is_warning;
        folder->errors += !is_warning;
        fprintf(plain_out(folder, out),
                "%ssite.json names %s, which is not there%s. Put it there, or make one for trying "
                "out with: brink keys %s\n",
                is_warning ? "warning: " : "", name, is_warning ? ", and brink image needs it" : "",
                folder->path);
        return;
    }
    struct text contents = file_read(path, TLS_BYTES_MAX);
    if (!contents.bytes) {
        folder->errors++;
        return;
    }
    folder->files[folder->files_count++] = (struct bundle_file){name, contents};
}

static void read_named_files(struct site_folder *folder, FILE *out)
{
    const struct site_broker *brokers[] = {&folder->settings.broker, &folder->settings.upstream};
    for (size_t i = 0; i < 2; i++) {
        const char *const names[] = {brokers[i]->ca, brokers[i]->certificate, brokers[i]->key};
        for (size_t j = 0; j < 3; j++) {
            if (names[j][0])
                read_named_file(folder, names[j], out);
        }
    }
}

/* ---- rules --------------------------------------------------------------------------------- */

/* UTF-16 and Latin-1, mostly. */
static bool is_utf8(struct text text)
{
    for (size_t offset = 0; offset < text.length;) {
        if (utf8_next(text, &offset) <= 0)
            return false;
    }
    return true;
}

static bool add_rules(struct site_folder *folder, const char *path, const char *name, FILE *out)
{
    struct text text = file_read(path, RULES_BYTES_MAX);
    if (!text.bytes)
        return false;
    struct rules_source_file *file = &folder->rules[folder->rules_count++];
    *file = (struct rules_source_file){strdup(name), text};
    if (!is_utf8(text)) {
        folder->errors++;
        folder->has_other_text = true;
        fprintf(plain_out(folder, out),
                "%s is not UTF-8 text. Save it again with encoding UTF-8.\n", name);
    }
    return file->name != NULL;
}

static int is_rules(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return length > 6 && entry->d_name[0] != '.' &&
           strcmp(entry->d_name + length - 6, ".rules") == 0;
}

static bool find_rules(struct site_folder *folder, FILE *out)
{
    struct dirent **entries = NULL;
    char path[PATH_BYTES];
    bool is_read = true;
    int count = scandir(folder->path, &entries, is_rules, alphasort);
    if (count > FOLDER_RULES_MAX) {
        fprintf(plain_out(folder, out), "%s has more than %d rule files\n", folder->path,
                FOLDER_RULES_MAX);
        folder->errors++;
    } else if (count == 0) {
        fprintf(plain_out(folder, out), "%s has no rules: write a file that ends in .rules\n",
                folder->path);
        folder->errors++;
    }
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s", folder->path, entries[i]->d_name);
        if (i < FOLDER_RULES_MAX)
            is_read = add_rules(folder, path, entries[i]->d_name, out) && is_read;
        free(entries[i]);
    }
    free(entries);
    return is_read && count >= 0;
}

static void write_to_file(void *context, const char *bytes, size_t length)
{
    fwrite(bytes, 1, length, context);
}

/* `include` and `table … from`: paths begin in the folder of the rules. */
static bool open_named(void *context, const char *name, struct text *text)
{
    struct site_folder *folder = context;
    char path[PATH_BYTES + 512];
    snprintf(path, sizeof path, "%s/%s", folder->rules_path, name);
    if (folder->opened_count == FOLDER_OPENED_MAX || access(path, R_OK) != 0)
        return false;
    *text = file_read(path, RULES_BYTES_MAX);
    if (!text->bytes)
        return false;
    folder->opened[folder->opened_count++] = *text;
    return true;
}

static void print_rules_message(struct site_folder *folder, const struct rules_message *message,
                                FILE *out)
{
    /* For tools the kind stands beside the text, not in it. */
    static const char prefix[] = "warning: ";
    bool has_prefix = message->is_warning && strncmp(message->text, prefix, strlen(prefix)) == 0;
    const char *text = message->text + (has_prefix ? strlen(prefix) : 0);
    struct told told = {message->file,   message->code,  text,
                        message->mark,   message->note,  message->line,
                        message->column, message->width, message->is_warning};
    if (print_for_tool(folder, &told, out))
        return;
    rules_message_print(message, (struct rules_output){write_to_file, out});
    fputc('\n', out);
}

static void compile(struct site_folder *folder, FILE *out)
{
    const struct rules_compiled *compiled = &folder->compiled;
    if (folder->rules_count == 0 || folder->has_other_text)
        return;
    struct rules_opener opener = {open_named, folder};
    rules_compile_site(folder->rules, folder->rules_count, &opener, &folder->compiled);
    for (size_t i = 0; i < compiled->messages_count; i++) {
        folder->warnings += compiled->messages[i].is_warning;
        if (compiled->messages[i].is_warning && folder->use != FOLDER_FOR_CHECK)
            continue;
        print_rules_message(folder, &compiled->messages[i], out);
    }
    folder->errors += compiled->errors;
    const char *why = "";
    if (compiled->errors == 0 &&
        (!compiled->block || !ruleset_check(compiled->block, compiled->size_bytes, &why))) {
        fprintf(plain_out(folder, out),
                "The rules could not be compiled%s%s. This is a mistake of brink's: please report "
                "it.\n",
                why[0] ? ": " : "", why);
        folder->errors++;
    }
}

void site_folder_recompile(struct site_folder *folder, const struct rules_source_file *files,
                           struct rules_compiled *compiled)
{
    size_t opened = folder->opened_count;
    struct rules_opener opener = {open_named, folder};
    rules_compile_site(files, folder->rules_count, &opener, compiled);
    while (folder->opened_count > opened)
        text_free(folder->opened[--folder->opened_count]);
}

/* `from mqtt` in a site that nobody can publish to, and that asks no broker, is never heard. */
static void check_sources(struct site_folder *folder, FILE *out)
{
    const struct ruleset *rules = folder->compiled.block;
    const struct site_settings *settings = &folder->settings;
    if (!folder->has_site || folder->use == FOLDER_FOR_TRIAL || settings->listener.port > 0 ||
        settings->broker.is_used)
        return;
    for (uint32_t i = 0; rules && i < rules->groups.count; i++) {
        const struct rules_group *group = RULES_AT(rules, struct rules_group, rules->groups, i);
        if (group->udp_port > 0)
            continue;
        struct site_message message = {.is_warning = true};
        snprintf(message.text, sizeof message.text,
                 "nobody brings the messages of %s: add \"listener\": {} (sensors connect to the "
                 "appliance), or a \"broker\" (the site's own)",
                 rules_text(rules, group->name).bytes);
        folder->warnings++;
        if (folder->use == FOLDER_FOR_CHECK)
            print_message(folder, &message, out);
        return;
    }
}

/* ---- time zone: the rules say its rule, the settings carry it ------------------------------- */

static void take_zone(struct site_folder *folder)
{
    const struct ruleset *rules = folder->compiled.block;
    struct site_settings *settings = &folder->settings;
    if (rules && rules->zone.length > 0)
        snprintf(settings->timezone, sizeof settings->timezone, "%s",
                 rules_text(rules, rules->zone).bytes);
}

/* ---- the whole ----------------------------------------------------------------------------- */

static bool read_all(struct site_folder *folder, const char *path, FILE *out)
{
    struct stat facts;
    if (stat(path, &facts) != 0) {
        complain("%s: %s", path, strerror(errno));
        return false;
    }
    folder->has_site = S_ISDIR(facts.st_mode);
    if (!folder->has_site) {
        struct site_message messages[SITE_MESSAGES_MAX];
        size_t errors;
        const char *name = strrchr(path, '/');
        /* Nobody has said how many sensors there are: room for those of any recording but the
         * largest. */
        site_read(TEXT("{\"name\": \"site\", \"limits\": {\"devices\": 2000}}"), &folder->settings,
                  messages, &errors);
        snprintf(folder->rules_path, sizeof folder->rules_path, "%.*s",
                 name ? (int)(name - path) + (name == path) : 1, name ? path : ".");
        return add_rules(folder, path, name ? name + 1 : path, out);
    }
    snprintf(folder->path, sizeof folder->path, "%s", path);
    for (size_t length = strlen(folder->path); length > 1 && folder->path[length - 1] == '/';
         length--)
        folder->path[length - 1] = 0;
    snprintf(folder->rules_path, sizeof folder->rules_path, "%s", folder->path);
    if (!read_settings(folder, out))
        return false;
    if (folder->errors == 0 && folder->use != FOLDER_FOR_TRIAL)
        read_named_files(folder, out);
    return find_rules(folder, out);
}

int site_folder_read(struct site_folder *folder, const char *path, FILE *out, enum folder_use use)
{
    return site_folder_read_as(folder, path, out, use, FOLDER_TEXT);
}

int site_folder_read_as(struct site_folder *folder, const char *path, FILE *out,
                        enum folder_use use, enum folder_style style)
{
    memset(folder, 0, sizeof *folder);
    folder->use = use;
    folder->style = style;
    folder->given = path;
    if (strlen(path) >= sizeof folder->path) {
        complain("the path is too long");
        return TOOL_FAILED;
    }
    if (!read_all(folder, path, out))
        return TOOL_FAILED;
    compile(folder, out);
    if (folder->errors == 0)
        check_sources(folder, out);
    take_zone(folder);
    certificates_check(folder, plain_out(folder, out));
    if (folder->warnings > 0 && folder->errors == 0 && use != FOLDER_FOR_CHECK)
        fprintf(plain_out(folder, out), "%zu warning%s: see brink check %s\n", folder->warnings,
                folder->warnings == 1 ? "" : "s", path);
    return folder->errors > 0 ? TOOL_WRONG : TOOL_GOOD;
}

void site_folder_free(struct site_folder *folder)
{
    for (size_t i = 0; i < folder->rules_count; i++) {
        free((void *)(uintptr_t)folder->rules[i].name);
        text_free(folder->rules[i].text);
    }
    for (size_t i = 0; i < folder->files_count; i++)
        text_free(folder->files[i].contents);
    for (size_t i = 0; i < folder->opened_count; i++)
        text_free(folder->opened[i]);
    if (folder->rules_count > 0)
        rules_compiled_free(&folder->compiled);
}

static const char *text_or(const struct site_folder *folder, struct rules_text text,
                           const char *otherwise)
{
    return text.length > 0 ? rules_text(folder->compiled.block, text).bytes : otherwise;
}

const char *site_folder_id(const struct site_folder *folder)
{
    const struct ruleset *rules = folder->compiled.block;
    return text_or(folder, rules->site_id, folder->settings.name);
}

const char *site_folder_name(const struct site_folder *folder)
{
    const struct ruleset *rules = folder->compiled.block;
    return text_or(folder, rules->site_name, site_folder_id(folder));
}

struct trial_site site_folder_trial(struct site_folder *folder)
{
    struct ruleset *rules = folder->compiled.block;
    rules->send_at_most = 0;
    return (struct trial_site){.rules = rules,
                               .id = site_folder_id(folder),
                               .name = site_folder_name(folder),
                               .timezone = folder->settings.timezone,
                               .prefix = folder->settings.upstream.prefix,
                               .devices = folder->settings.devices};
}

struct text site_folder_bundle(const struct site_folder *folder)
{
    struct bundle_file files[2 + FOLDER_FILES_MAX] = {
        {"settings", {(const char *)&folder->settings, sizeof folder->settings}},
        {"ruleset", {folder->compiled.block, folder->compiled.size_bytes}},
    };
    memcpy(files + 2, folder->files, folder->files_count * sizeof *files);
    size_t size = bundle_write(files, 2 + folder->files_count, NULL, 0);
    char *block = malloc(size);
    if (block)
        bundle_write(files, 2 + folder->files_count, block, size);
    return (struct text){block, block ? size : 0};
}
