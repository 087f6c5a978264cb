/* Reads a recording through one or two sites (see try.h). */
#include "tools/try.h"

#include "tools/command.h"

#include <stdlib.h>

#define COMPLAINTS_MOST 10

struct zone try_zone(const struct try_run *run)
{
    struct zone zone;
    zone_read(run->sides[0].folder.settings.timezone, &zone);
    return zone;
}

static void complain_line(struct try_run *run, const char *wrong)
{
    if (run->wrong_lines++ < COMPLAINTS_MOST && !run->is_second)
        complain("%s line %llu: %s", run->recording.name,
                 (unsigned long long)run->recording.line_number, wrong);
}

static void keep_unrouted(struct try_side *side, const char *topic, uint16_t udp_port)
{
    if (side->unrouted[0])
        return;
    if (udp_port)
        snprintf(side->unrouted, sizeof side->unrouted, "UDP port %u", udp_port);
    else
        snprintf(side->unrouted, sizeof side->unrouted, "%.200s", topic);
}

/* One message into one site. */
static void give_message(struct try_side *side, int64_t time_ms, const struct csv_message *message,
                         bool retained)
{
    trial_pass(&side->trial, time_ms);
    uint64_t unrouted = pipeline_counters(side->trial.pipeline)->unrouted;
    if (message->topic)
        trial_mqtt(&side->trial, text_of(message->topic), message->payload, retained);
    else
        trial_udp(&side->trial, message->udp_port, message->payload);
    if (pipeline_counters(side->trial.pipeline)->unrouted > unrouted)
        keep_unrouted(side, message->topic, message->udp_port);
}

/* One line into one site. NULL, else what is wrong with it. */
static const char *give(struct try_run *run, struct try_side *side, struct recorded_line *line)
{
    const struct recorded *recorded = &line->recorded;
    struct csv_message message = {recorded->udp_port ? NULL : recorded->topic, recorded->udp_port,
                                  recorded->payload};
    if (!run->recording.is_csv) {
        give_message(side, line->time_ms, &message, recorded->retained);
        return NULL;
    }
    const char *wrong =
        csv_plan_row(side->plan, &line->row, line->time_ms, run->recording.line_number);
    while (!wrong && csv_plan_next(side->plan, &message, &wrong))
        give_message(side, line->time_ms, &message, false);
    return wrong;
}

/* Time begins with the first reading, and the devices that a table names are expected. */
static bool begin_all(struct try_run *run, int64_t now_ms)
{
    for (size_t i = 0; i < run->sides_count; i++) {
        struct try_side *side = &run->sides[i];
        const struct trial_site site = site_folder_trial(&side->folder);
        if (!trial_begin(&side->trial, &site, side->observer, now_ms)) {
            complain("there is not enough memory for %u devices", site.devices);
            return false;
        }
        engine_expect_devices(side->trial.engine, now_ms);
    }
    return true;
}

static bool take(struct try_run *run, struct recorded_line *line)
{
    if (line->time_ms < run->from_ms || line->time_ms >= run->to_ms) {
        run->left_out++;
        return true;
    }
    if (!run->sides[0].trial.engine && !begin_all(run, line->time_ms))
        return false;
    run->older += line->time_ms < run->newest_ms;
    run->newest_ms = line->time_ms > run->newest_ms ? line->time_ms : run->newest_ms;
    run->first_ms = line->time_ms < run->first_ms ? line->time_ms : run->first_ms;
    run->last_ms = line->time_ms > run->last_ms ? line->time_ms : run->last_ms;
    for (size_t i = 0; i < run->sides_count; i++) {
        const char *wrong = give(run, &run->sides[i], line);
        if (wrong && i == 0)
            complain_line(run, wrong);
    }
    if (run->after_message)
        run->after_message(run->after_context);
    return true;
}

static bool plan_all(struct try_run *run)
{
    char problem[CSV_PROBLEM_BYTES], notes[CSV_PROBLEM_BYTES];
    for (size_t i = 0; run->recording.is_csv && i < run->sides_count; i++) {
        struct try_side *side = &run->sides[i];
        csv_plan_free(side->plan);
        side->plan = csv_plan_make(&run->recording.heading, side->folder.compiled.block, run->group,
                                   run->reading, problem, notes);
        if (!side->plan) {
            complain("%s: %s", run->recording.name, problem);
            return false;
        }
        if (notes[0] && i == 0 && !run->is_second)
            complain("%s: %s", run->recording.name, notes);
    }
    return true;
}

static uint64_t readings_so_far(const struct try_run *run)
{
    const struct pipeline *pipeline = run->sides[0].trial.pipeline;
    return pipeline ? pipeline_counters(pipeline)->readings : 0;
}

bool try_judge(struct try_run *run)
{
    enum recording_result result = RECORDING_LINE;
    run->newest_ms = run->last_ms = INT64_MIN;
    run->first_ms = INT64_MAX;
    run->lines = run->wrong_lines = run->older = run->left_out = 0;
    if (!plan_all(run))
        return false;
    progress_begin(&run->progress);
    for (bool goes_on = true; goes_on;) {
        struct recorded_line line;
        const char *wrong = NULL;
        result = recording_next(&run->recording, &line, &wrong);
        run->lines += result == RECORDING_LINE || result == RECORDING_WRONG;
        if (result == RECORDING_WRONG)
            complain_line(run, wrong);
        if (result == RECORDING_LINE && !take(run, &line))
            result = RECORDING_FAILED;
        goes_on = (result == RECORDING_LINE || result == RECORDING_WRONG) && !ferror(stdout);
        recorded_line_free(&line);
        progress_show(&run->progress, run->recording.bytes_in, run->recording.bytes_total,
                      readings_so_far(run));
    }
    progress_end(&run->progress);
    for (size_t i = 0; result == RECORDING_END && i < run->sides_count; i++) {
        if (run->sides[i].trial.engine)
            trial_settle(&run->sides[i].trial);
    }
    if (run->wrong_lines > COMPLAINTS_MOST && !run->is_second)
        complain("and %llu more lines like these",
                 (unsigned long long)(run->wrong_lines - COMPLAINTS_MOST));
    return result == RECORDING_END;
}
