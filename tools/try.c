/* `brink try`: a site's rules over recorded readings. The same pipeline, engine and alerts as in
 * the appliance; only the clock is the recording's and the link upstream is standard output. Comes
 * in: JSON lines (readings.h). Goes out: one JSON line for each message that would go upstream. */
#include "alerts/alerts.h"
#include "pipeline/pipeline.h"
#include "tools/command.h"
#include "tools/readings.h"
#include "tools/site_folder.h"
#include "tools/watch_line.h"

#include <cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define COMPLAINTS_MOST 10

struct trial {
    struct site_folder *folder;
    struct ruleset *rules;
    struct engine *engine;
    struct pipeline *pipeline;
    struct alerts *alerts;
    bool shows_all, has_colour;
    int64_t now_ms;
    int published[32]; /* identifiers to be acknowledged */
    size_t published_count;
    int next_id;
    uint64_t lines, wrong_lines;
    bool is_text;
    int64_t newest_ms;
    uint64_t older;     /* readings with a time before that of one above them */
    char unrouted[256]; /* the first topic that no sensors line asks for */
};

/* ---- the link upstream --------------------------------------------------------------------- */

static void print_message(const char *topic, const char *payload, size_t payload_bytes, int qos,
                          bool retained)
{
    cJSON *name = cJSON_CreateString(topic);
    char *quoted = cJSON_PrintUnformatted(name);
    printf("{\"topic\":%s,\"qos\":%d,\"retained\":%s,\"payload\":%.*s}\n", quoted ? quoted : "null",
           qos, retained ? "true" : "false", payload_bytes > 0 ? (int)payload_bytes : 4,
           payload_bytes > 0 ? payload : "null");
    cJSON_free(quoted);
    cJSON_Delete(name);
}

static int publish(void *context, const char *topic, const char *payload, size_t payload_bytes,
                   int qos, bool retained)
{
    struct trial *trial = context;
    const size_t prefix_bytes = strlen(trial->folder->settings.upstream.prefix);
    if (trial->published_count == sizeof trial->published / sizeof *trial->published)
        return 0;
    /* Retained messages are states, which repeat the alerts, and `online`. */
    bool is_shown = trial->shows_all || !retained;
    if (is_shown && trial->is_text)
        watch_line_people(stdout, topic + prefix_bytes, (struct text){payload, payload_bytes},
                          trial->has_colour, trial->shows_all);
    else if (is_shown)
        print_message(topic, payload, payload_bytes, qos, retained);
    trial->published[trial->published_count++] = ++trial->next_id;
    return trial->next_id;
}

/* The broker takes everything at once. */
static void send_all(struct trial *trial)
{
    do {
        size_t count = trial->published_count;
        for (size_t i = 0; i < count; i++)
            alerts_published(trial->alerts, trial->published[i]);
        trial->published_count = 0;
        alerts_send(trial->alerts, trial->now_ms);
    } while (trial->published_count > 0);
}

/* ---- the appliance on a desk --------------------------------------------------------------- */

static void *memory_for(size_t bytes)
{
    size_t whole = (bytes + 63) / 64 * 64;
    void *memory = aligned_alloc(64, whole);
    if (memory)
        memset(memory, 0, whole);
    return memory;
}

/* Time begins with the first reading. */
static bool trial_begin(struct trial *trial, int64_t now_ms)
{
    uint32_t devices = trial->folder->settings.devices;
    struct alerts_settings settings = {.site_id = site_folder_id(trial->folder),
                                       .site_name = site_folder_name(trial->folder),
                                       .timezone = trial->folder->settings.timezone,
                                       .prefix = trial->folder->settings.upstream.prefix,
                                       .epoch = 0, /* the same input gives the same output */
                                       .first_sequence = 1,
                                       .clock_is_set = true,
                                       .spool_bytes = 4 * ALERTS_SPOOL_BYTES};
    /* What would be sent is shown when it happens: the limit on the line would only delay it. */
    trial->rules->send_at_most = 0;
    void *alerts = memory_for(alerts_size_bytes(trial->rules, &settings));
    void *engine = memory_for(engine_size_bytes(trial->rules, devices));
    void *pipeline = memory_for(pipeline_size_bytes(trial->rules, devices));
    if (!alerts || !engine || !pipeline) {
        free(alerts);
        free(engine);
        free(pipeline);
        complain("there is not enough memory for %u devices", devices);
        return false;
    }
    trial->now_ms = now_ms;
    trial->alerts =
        alerts_create(alerts, trial->rules, &settings, (struct alerts_transport){publish, trial});
    trial->engine =
        engine_create(engine, trial->rules, devices, alerts_sink(trial->alerts), now_ms);
    trial->pipeline = pipeline_create(pipeline, trial->rules, devices, trial->engine);
    alerts_attach(trial->alerts, trial->engine);
    alerts_connected(trial->alerts, now_ms);
    return true;
}

static void trial_end(struct trial *trial)
{
    free(trial->alerts);
    free(trial->engine);
    free(trial->pipeline);
}

/* Everything that comes due before the next reading happens in its order, and is sent then. */
static void pass_time(struct trial *trial, int64_t until_ms)
{
    int64_t due;
    while ((due = engine_deadline(trial->engine)) < until_ms) {
        if (due > trial->now_ms)
            trial->now_ms = due;
        engine_advance(trial->engine, trial->now_ms);
        send_all(trial);
    }
    if (until_ms > trial->now_ms)
        trial->now_ms = until_ms;
}

static void keep_unrouted(struct trial *trial, const struct recorded *recorded)
{
    if (recorded->udp_port)
        snprintf(trial->unrouted, sizeof trial->unrouted, "UDP port %u", recorded->udp_port);
    else
        snprintf(trial->unrouted, sizeof trial->unrouted, "%.200s", recorded->topic);
}

static bool take_line(struct trial *trial, struct text line, const char *name)
{
    struct recorded recorded;
    const char *wrong = recorded_read(line, &recorded);
    if (wrong) {
        if (trial->wrong_lines++ < COMPLAINTS_MOST)
            complain("%s line %llu: %s", name, (unsigned long long)trial->lines, wrong);
        recorded_free(&recorded);
        return true;
    }
    if (!trial->engine && !trial_begin(trial, recorded.time_ms)) {
        recorded_free(&recorded);
        return false;
    }
    trial->older += recorded.time_ms < trial->newest_ms;
    trial->newest_ms = recorded.time_ms > trial->newest_ms ? recorded.time_ms : trial->newest_ms;
    pass_time(trial, recorded.time_ms);
    uint64_t unrouted = pipeline_counters(trial->pipeline)->unrouted;
    if (recorded.udp_port)
        pipeline_udp(trial->pipeline, recorded.udp_port, recorded.payload, trial->now_ms);
    else
        pipeline_mqtt(trial->pipeline, text_of(recorded.topic), recorded.payload, recorded.retained,
                      trial->now_ms);
    if (pipeline_counters(trial->pipeline)->unrouted > unrouted && !trial->unrouted[0])
        keep_unrouted(trial, &recorded);
    send_all(trial);
    recorded_free(&recorded);
    return true;
}

static bool take_all(struct trial *trial, FILE *file, const char *name)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    bool goes_on = true;
    while (goes_on && (length = getline(&line, &room, file)) >= 0) {
        struct text text = {line, (size_t)length};
        trial->lines++;
        while (text.length > 0 && strchr(" \t\r\n", text.bytes[text.length - 1]))
            text.length--;
        if (text.length > 0)
            goes_on = take_line(trial, text, name);
    }
    free(line);
    if (goes_on && ferror(file)) {
        complain("%s could not be read", name);
        goes_on = false;
    }
    if (goes_on && trial->engine) { /* what is due at the very last instant */
        engine_advance(trial->engine, trial->now_ms);
        send_all(trial);
    }
    return goes_on;
}

/* As it is written in rules: "temp", "values[0].t". */
static void print_path(const struct ruleset *rules, const struct rules_path *path)
{
    for (uint32_t i = 0; i < path->steps.count; i++) {
        const struct rules_step *step = RULES_AT(rules, struct rules_step, path->steps, i);
        if (step->key.length == 0)
            fprintf(stderr, "[%u]", step->index);
        else
            fprintf(stderr, "%s%s", i > 0 ? "." : "", rules_text(rules, step->key).bytes);
    }
}

static bool is_found(const struct trial *trial, uint32_t group, uint32_t reading, bool *has_device)
{
    for (uint32_t i = 0; i < engine_device_count(trial->engine); i++) {
        struct engine_device_view view;
        engine_device_view(trial->engine, i, &view);
        if (view.group != group)
            continue;
        *has_device = true;
        if (view.values[reading].taken_ms != INT64_MIN ||
            view.values[reading].quality == ENGINE_FAULTY)
            return true;
    }
    return false;
}

/* What the rules read and no message had: mostly a misspelt path. */
static void print_never_found(const struct trial *trial)
{
    const struct ruleset *rules = trial->rules;
    for (uint32_t i = 0; i < rules->groups.count; i++) {
        const struct rules_group *group = RULES_AT(rules, struct rules_group, rules->groups, i);
        for (uint32_t j = 0; j < group->readings.count; j++) {
            const struct rules_reading *reading =
                RULES_AT(rules, struct rules_reading, group->readings, j);
            bool has_device = false;
            if (is_found(trial, i, j, &has_device) || !has_device)
                continue;
            fprintf(stderr, "  %s: never found (looked for \"",
                    rules_text(rules, reading->name).bytes);
            print_path(rules, &reading->path);
            fprintf(stderr, "\")\n");
        }
    }
}

static void print_summary(const struct trial *trial)
{
    if (trial->wrong_lines > COMPLAINTS_MOST)
        complain("and %llu more lines like these",
                 (unsigned long long)(trial->wrong_lines - COMPLAINTS_MOST));
    if (!trial->engine) {
        complain("there was no reading");
        return;
    }
    const struct pipeline_counters *in = pipeline_counters(trial->pipeline);
    const struct alerts_counters *out = alerts_counters(trial->alerts);
    unsigned devices = engine_device_count(trial->engine);
    fprintf(stderr,
            "%llu message%s with %llu reading%s of %u device%s: %llu raised, %llu updated, %llu "
            "cleared, %llu logged, %llu report%s\n",
            (unsigned long long)in->messages, in->messages == 1 ? "" : "s",
            (unsigned long long)in->readings, in->readings == 1 ? "" : "s", devices,
            devices == 1 ? "" : "s", (unsigned long long)out->raised,
            (unsigned long long)out->updated, (unsigned long long)out->cleared,
            (unsigned long long)out->logged, (unsigned long long)out->reports,
            out->reports == 1 ? "" : "s");
    const struct {
        uint64_t count;
        const char *what;
    } faults[] = {{in->unrouted, "messages that no sensors line asks for"},
                  {in->malformed, "messages that could not be read"},
                  {in->names_refused, "messages with a named part missing or too long"},
                  {in->devices_refused, "messages of devices too many"},
                  {in->faulty, "faulty readings"},
                  {trial->older > trial->lines / 100 ? trial->older : 0,
                   "messages older than one before them (READINGS are in order of time)"},
                  {in->time_faults, "messages without a usable time of their own"}};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        if (faults[i].count > 0)
            fprintf(stderr, "  %s: %llu\n", faults[i].what, (unsigned long long)faults[i].count);
        if (i == 0 && trial->unrouted[0])
            fprintf(stderr, "    the first: %s\n", trial->unrouted);
    }
    print_never_found(trial);
}

static int try_readings(struct trial *trial, const char *path)
{
    bool is_standard_input = strcmp(path, "-") == 0;
    const char *name = is_standard_input ? "standard input" : path;
    FILE *file = is_standard_input ? stdin : fopen(path, "r");
    if (!file) {
        complain("%s: %s", path, strerror(errno));
        return TOOL_FAILED;
    }
    setvbuf(stdout, NULL, _IOLBF, 0); /* streaming: each message when it happens */
    bool is_good = take_all(trial, file, name);
    if (!is_standard_input)
        fclose(file);
    if (is_good)
        print_summary(trial);
    trial_end(trial);
    if (!is_good || fflush(stdout) != 0)
        return TOOL_FAILED;
    return trial->wrong_lines > 0 ? TOOL_WRONG : TOOL_GOOD;
}

static int run(const struct command *command, int count, char *words[])
{
    const char *names[2];
    struct site_folder folder;
    struct trial trial = {.folder = &folder,
                          .newest_ms = INT64_MIN,
                          .has_colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR")};
    const struct option options[] = {
        {.name = "--all",
         .help = "also what is retained: states (they repeat the alerts) and online",
         .flag = &trial.shows_all},
        {.name = "--text",
         .help = "one line for people for each alert and report, as brink watch has it",
         .flag = &trial.is_text},
        {0},
    };
    enum options_result result = options_read(command, options, count, words, names);
    if (result != OPTIONS_READ)
        return result == OPTIONS_HELP ? TOOL_GOOD : TOOL_USAGE;
    int status = site_folder_read(&folder, names[0], stderr, FOLDER_FOR_TRIAL);
    if (status == TOOL_GOOD) {
        trial.rules = folder.compiled.block;
        status = try_readings(&trial, names[1]);
    }
    site_folder_free(&folder);
    return status;
}

const struct command command_try = {
    .name = "try",
    .arguments = "SITE_OR_RULES READINGS",
    .summary = "runs rules over recorded readings",
    .details = "  READINGS are lines of JSON, in order of time; - is standard input:\n"
               "    {\"topic\": \"store/14/mains\", \"time\": \"2026-03-14T08:15:00Z\", "
               "\"payload\": {\"ok\": true}}\n"
               "    {\"udp\": 5005, \"time\": 1773475200, \"payload\": {\"id\": \"dairy-1\", "
               "\"open\": false}}\n"
               "  Each message that would go upstream is printed as one line of JSON; a summary "
               "goes to standard error.\n",
    .least = 2,
    .most = 2,
    .run = run,
};
