/* `brink try`: a site's rules over recorded readings: what would have gone upstream, how often it
 * would have rung, what other rules would have done, and how it looks. The same pipeline, engine
 * and alerts as in the appliance (trial.h). Comes in: a site, a recording (JSON lines or a table).
 * Goes out: messages, a table, a comparison, a plot. */
#include "tools/try.h"
#include "tools/command.h"
#include "tools/moment.h"
#include "tools/watch_line.h"

#include <cJSON.h>
#include <ctype.h>
#include <stdlib.h>
#include <unistd.h>

/* What the command line asks for. */
struct request {
    bool shows_all, is_text, is_table, has_colour;
    const char *compare, *last, *from, *to, *plot, *device, *reading, *group;
    size_t prefix_bytes; /* of topics */
    struct zone zone;
    struct watch_look look;
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

static void on_published(void *context, const char *topic, struct text payload, int qos,
                         bool retained)
{
    const struct try_side *side = context;
    struct request *request = side->request;
    /* Retained messages are states, which repeat the alerts, and `online`. */
    if (retained && !request->shows_all)
        return;
    if (request->is_text)
        watch_line_people(stdout, topic + request->prefix_bytes, payload, &request->look);
    else
        print_message(topic, payload.bytes, payload.length, qos, retained);
}

static void on_alarm(void *context, const struct engine_alarm_event *event)
{
    struct try_side *side = context;
    journal_alarm(&side->journal, event);
}

static void on_report(void *context, const struct engine_report_event *event)
{
    struct try_side *side = context;
    (void)event;
    side->journal.reports++;
}

static void on_flood(void *context, const struct engine_flood_event *event)
{
    struct try_side *side = context;
    journal_flood(&side->journal, event);
}

static void on_heard(void *context, uint32_t device, int64_t taken_ms)
{
    struct try_side *side = context;
    try_paces_heard(&side->paces, device, taken_ms);
}

static void on_forgotten(void *context, uint32_t device)
{
    struct try_side *side = context;
    try_paces_forget(&side->paces, device);
}

/* ---- the command line ---------------------------------------------------------------------- */

static bool wants_messages(const struct request *request)
{
    return !request->is_table && !request->compare && !request->plot;
}

/* "7 days", "36h". */
static bool read_span(const char *text, int64_t *span_ms)
{
    static const struct {
        const char *letters;
        int64_t ms;
    } units[] = {{"m min minute minutes", 60000},
                 {"h hour hours", 3600000},
                 {"d day days", 86400000},
                 {"w week weeks", 604800000}};
    char *end;
    double count = strtod(text, &end);
    while (*end == ' ')
        end++;
    size_t length = strlen(end);
    for (size_t i = 0; length > 0 && i < sizeof units / sizeof *units; i++) {
        for (const char *at = units[i].letters; at; at = strchr(at, ' ')) {
            at += *at == ' ';
            if (strncmp(at, end, length) == 0 && (at[length] == ' ' || at[length] == 0)) {
                *span_ms = (int64_t)(count * (double)units[i].ms);
                return count > 0 && count < 1e6;
            }
        }
    }
    return false;
}

/* A date alone is its midnight, local time. */
static bool read_moment(const char *name, const char *text, const struct zone *zone,
                        int64_t *time_ms)
{
    char room[40];
    snprintf(room, sizeof room, "%.20s 00:00", text);
    if (moment_read(text_of(text), zone, time_ms) ||
        (strlen(text) == 10 && moment_read(text_of(room), zone, time_ms)))
        return true;
    complain("%s is a date or a time, such as 2026-03-14 or \"2026-03-14 08:15\", not \"%s\"", name,
             text);
    return false;
}

static int choose_times(struct try_run *run, const struct request *request)
{
    const struct zone zone = try_zone(run);
    int64_t span_ms, last_ms;
    run->from_ms = INT64_MIN;
    run->to_ms = INT64_MAX;
    if (request->from && !read_moment("--from", request->from, &zone, &run->from_ms))
        return TOOL_USAGE;
    if (request->to && !read_moment("--to", request->to, &zone, &run->to_ms))
        return TOOL_USAGE;
    if (!request->last)
        return TOOL_GOOD;
    if (request->from || request->to) {
        complain("--last stands alone, without --from and --to");
        return TOOL_USAGE;
    }
    if (!read_span(request->last, &span_ms)) {
        complain("--last is a length of time, such as \"7 days\" or 12h, not \"%s\"",
                 request->last);
        return TOOL_USAGE;
    }
    if (!recording_last_time(&run->recording, &last_ms)) {
        complain("%s: --last counts from the last reading of a file; write --from instead",
                 run->recording.name);
        return TOOL_FAILED;
    }
    run->from_ms = last_ms - span_ms + 1;
    return TOOL_GOOD;
}

/* ---- the whole ----------------------------------------------------------------------------- */

static int read_side(struct try_side *side, const char *path)
{
    int status = site_folder_read(&side->folder, path, stderr, FOLDER_FOR_TRIAL);
    side->is_read = true;
    journal_begin(&side->journal, &side->trial);
    side->observer = (struct trial_observer){.alarm = on_alarm,
                                             .report = on_report,
                                             .flood = on_flood,
                                             .heard = on_heard,
                                             .forgotten = on_forgotten,
                                             .context = side};
    return status;
}

static int judge(struct try_run *run, struct request *request)
{
    int status = TOOL_GOOD;
    if (!recording_put_in_order(&run->recording, &run->progress))
        return TOOL_FAILED;
    if ((status = choose_times(run, request)) != TOOL_GOOD)
        return status;
    setvbuf(stdout, NULL, _IOLBF, 0); /* streaming: each message when it happens */
    if (!try_judge(run))
        return TOOL_FAILED;
    try_print_summary(run);
    if (request->is_table)
        try_print_table(run);
    if (request->compare)
        try_print_comparison(run);
    status = run->wrong_lines > 0 ? TOOL_WRONG : TOOL_GOOD;
    if (request->plot && !run->sides[0].trial.engine) {
        complain("%s is not written: there is nothing to draw", request->plot);
        status = TOOL_WRONG;
    } else if (request->plot) {
        int plotted = try_plot(run, request->plot, request->device, request->reading);
        status = plotted != TOOL_GOOD ? plotted : status;
    }
    return status;
}

static int try_readings(struct try_run *run, struct request *request, const char *names[])
{
    int status = read_side(&run->sides[0], names[0]);
    if (status == TOOL_GOOD && request->compare) {
        status = read_side(&run->sides[1], request->compare);
        run->sides_count = 2;
    }
    if (status != TOOL_GOOD)
        return status;
    if (wants_messages(request)) {
        request->zone = try_zone(run);
        request->look = (struct watch_look){.has_colour = request->has_colour,
                                            .shows_all = request->shows_all,
                                            .zone = &request->zone};
        request->prefix_bytes = strlen(run->sides[0].folder.settings.upstream.prefix);
        run->sides[0].request = request;
        run->sides[0].observer = (struct trial_observer){.published = on_published,
                                                         .heard = on_heard,
                                                         .forgotten = on_forgotten,
                                                         .context = &run->sides[0]};
    }
    const char *zone = run->sides[0].folder.settings.timezone;
    status = recording_open(&run->recording, names[1], zone, request->plot != NULL)
                 ? judge(run, request)
                 : TOOL_FAILED;
    recording_close(&run->recording);
    return status;
}

static void run_free(struct try_run *run)
{
    for (size_t i = 0; i < 2; i++) {
        struct try_side *side = &run->sides[i];
        trial_end(&side->trial);
        journal_free(&side->journal);
        try_paces_free(&side->paces);
        csv_plan_free(side->plan);
        if (side->is_read)
            site_folder_free(&side->folder);
    }
    free(run);
}

/* `--last 7 days` as one value, the way it is said. */
static int join_last(int count, char *words[], char *room, size_t room_bytes)
{
    for (int i = 0; i + 2 < count; i++) {
        if (strcmp(words[i], "--last") != 0 || !isdigit((unsigned char)words[i + 1][0]) ||
            words[i + 1][strspn(words[i + 1], "0123456789.")] ||
            !isalpha((unsigned char)words[i + 2][0]))
            continue;
        snprintf(room, room_bytes, "%s %s", words[i + 1], words[i + 2]);
        words[i + 1] = room;
        memmove(&words[i + 2], &words[i + 3], (size_t)(count - i - 3) * sizeof *words);
        return count - 1;
    }
    return count;
}

static int run(const struct command *command, int count, char *words[])
{
    const char *names[2];
    char last[64];
    struct request request = {.has_colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR")};
    const struct option options[] = {
        {.name = "--all",
         .help = "also what is retained: states (they repeat the alerts) and online",
         .flag = &request.shows_all},
        {.name = "--text",
         .help = "one line for people for each alert and report, in the site's local time",
         .flag = &request.is_text},
        {.name = "--table",
         .help = "instead: how often each alarm rang, where, for how long",
         .flag = &request.is_table},
        {.name = "--compare",
         .argument = "SITE_OR_RULES",
         .help = "instead: what would have been different with these, the old ones",
         .value = &request.compare},
        {.name = "--plot",
         .argument = "FILE.svg",
         .help = "instead: a picture of one device's readings, limits, holds and alarms",
         .value = &request.plot},
        {.name = "--device",
         .argument = "NAME",
         .help = "of the plot: \"cooler dairy-1\", or a part of it (else: the most alarms)",
         .value = &request.device},
        {.name = "--reading",
         .argument = "NAME",
         .help =
             "of the plot (else: those with alarms); of a table's columns that name a device only",
         .value = &request.reading},
        {.name = "--group",
         .argument = "NAME",
         .help = "of a table's rows: coolers",
         .value = &request.group},
        {.name = "--last",
         .argument = "TIME",
         .help = "only the last 7 days of the recording",
         .value = &request.last},
        {.name = "--from",
         .argument = "TIME",
         .help = "only readings from then",
         .value = &request.from},
        {.name = "--to",
         .argument = "TIME",
         .help = "only readings before then",
         .value = &request.to},
        {0},
    };
    count = join_last(count, words, last, sizeof last);
    enum options_result result = options_read(command, options, count, words, names);
    if (result != OPTIONS_READ)
        return result == OPTIONS_HELP ? TOOL_GOOD : TOOL_USAGE;
    struct try_run *whole = calloc(1, sizeof *whole);
    if (!whole)
        return TOOL_FAILED;
    whole->sides_count = 1;
    whole->group = request.group;
    whole->reading = request.reading;
    int status = try_readings(whole, &request, names);
    run_free(whole);
    return status;
}

const struct command command_try = {
    .name = "try",
    .arguments = "SITE_OR_RULES READINGS",
    .summary = "runs rules over recorded readings",
    .details =
        "  READINGS are lines of JSON, in order of time; - is standard input:\n"
        "    {\"topic\": \"store/14/mains\", \"time\": \"2026-03-14T08:15:00Z\", "
        "\"payload\": {\"ok\": true}}\n"
        "    {\"udp\": 5005, \"time\": 1773475200, \"payload\": {\"id\": \"dairy-1\", "
        "\"open\": false}}\n"
        "  or a table (CSV) whose first line names its columns: time, then the named parts and\n"
        "  the readings of a group of sensors, as sensors send them; each row is one message:\n"
        "    time,store,cooler,temperature,humidity\n"
        "    2026-03-14T08:15:00Z,14,dairy-1,4.5,71\n"
        "  or a column for each device (\"14/dairy-1 temperature\"; \"14/dairy-1\" with --reading\n"
        "  temperature), or a row for each reading (columns reading and value).\n"
        "  A column topic or group says it row by row. Cells stand between , ; or tabs; with ;\n"
        "  or tabs a decimal comma is allowed. A time without Z is of the site's clock.\n"
        "  Compressed recordings: zcat readings.gz | brink try SITE -\n\n"
        "  Each message that would go upstream is printed as one line of JSON; a summary "
        "goes to standard error.\n",
    .least = 2,
    .most = 2,
    .run = run,
};
