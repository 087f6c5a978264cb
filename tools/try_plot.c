/* `brink try --plot`: chooses a device from the first run, and runs the recording once more to keep
 * its readings, holds, suppressed times and alarms (see try.h). */
#include "alerts/alerts.h"
#include "tools/command.h"
#include "tools/plot.h"
#include "tools/try.h"

#include <errno.h>
#include <stdlib.h>

struct collector {
    struct plot plot;
    struct try_side *side;
    uint32_t device;
};

/* ---- which device, which readings ---------------------------------------------------------- */

static bool contains(const char *text, const char *part)
{
    struct text wanted = text_of(part);
    for (const char *at = text; strlen(at) >= wanted.length; at++) {
        if (text_equal_ignoring_case((struct text){at, wanted.length}, wanted))
            return true;
    }
    return false;
}

/* The device with that whole name, else the first with that part of a name. */
static uint32_t find_device(const struct trial *trial, const char *name)
{
    uint32_t found = ENGINE_NO_DEVICE;
    char room[512];
    for (uint32_t i = engine_device_next(trial->engine, ENGINE_NO_DEVICE); i != ENGINE_NO_DEVICE;
         i = engine_device_next(trial->engine, i)) {
        trial_device_name(trial, i, room, sizeof room);
        if (text_equal_ignoring_case(text_of(room), text_of(name)))
            return i;
        if (found == ENGINE_NO_DEVICE && contains(room, name))
            found = i;
    }
    return found;
}

/* Worst first: most alarms, then longest. */
static uint32_t noisiest_device(const struct try_run *run)
{
    const struct trial *trial = &run->sides[0].trial;
    const struct journal *journal = &run->sides[0].journal;
    struct noise {
        uint64_t count;
        int64_t length_ms;
    } *noises = calloc(engine_device_count(trial->engine) + 1, sizeof *noises);
    uint32_t found = ENGINE_NO_DEVICE;
    for (size_t i = 0; noises && i < journal->episodes_count; i++) {
        const struct episode *episode = &journal->episodes[i];
        if (episode->device >= engine_device_count(trial->engine))
            continue;
        noises[episode->device].count++;
        noises[episode->device].length_ms += episode_length(episode, run->last_ms);
    }
    for (uint32_t i = 0; noises && i < engine_device_count(trial->engine); i++) {
        const struct noise *noise = &noises[i],
                           *most = found == ENGINE_NO_DEVICE ? NULL : &noises[found];
        if (noise->count > 0 &&
            (!most || noise->count > most->count ||
             (noise->count == most->count && noise->length_ms > most->length_ms)))
            found = i;
    }
    free(noises);
    return found;
}

static bool has_rung(const struct journal *journal, uint32_t alarm, uint32_t device)
{
    for (size_t i = 0; i < journal->episodes_count; i++) {
        if (journal->episodes[i].alarm == alarm && journal->episodes[i].device == device)
            return true;
    }
    return false;
}

/* An alarm that is judged for this row. */
static bool is_for(const struct rules_alarm *alarm, const struct ruleset *rules,
                   const struct engine_device_view *view)
{
    uint32_t scope = view->set == RULES_NONE ? view->group : rules->groups.count + view->set;
    return alarm->scope == scope;
}

static bool has_number_or_state(const struct rules_test *test)
{
    return test->kind != RULES_SILENT && test->kind != RULES_ALARM && test->link == RULES_NONE;
}

/* Which readings of the group the alarm's triggers ask for. */
static uint64_t readings_of(const struct ruleset *rules, const struct rules_alarm *alarm)
{
    uint64_t readings = 0;
    for (uint32_t i = 0; i < alarm->triggers.count; i++) {
        const struct rules_trigger *trigger =
            RULES_AT(rules, struct rules_trigger, alarm->triggers, i);
        for (uint32_t j = 0; j < trigger->when.tests.count; j++) {
            const struct rules_test *test =
                RULES_AT(rules, struct rules_test, trigger->when.tests, j);
            if (has_number_or_state(test))
                readings |= UINT64_C(1) << (test->reading & 63);
        }
    }
    return readings;
}

/* ---- limits -------------------------------------------------------------------------------- */

static bool row_fits(const struct ruleset *rules, const struct rules_table *table,
                     const struct rules_row *row, const struct engine_device_view *view)
{
    for (uint32_t i = 0; i < table->keys.count; i++) {
        uint32_t name = *RULES_AT(rules, uint32_t, table->keys, i);
        struct text key = rules_text(rules, *RULES_AT(rules, struct rules_text, row->keys, i));
        if (key.length > 0 && !text_equal_ignoring_case(key, view->names[name]))
            return false;
    }
    return true;
}

/* A line can be drawn of what does not move: a number, or the device's row of a table. */
static bool limit_of(const struct ruleset *rules, const struct rules_value *value,
                     const struct engine_device_view *view, double *number)
{
    *number = value->number;
    if (value->kind != RULES_LIMIT)
        return value->kind == RULES_CONSTANT;
    const struct rules_column *column =
        RULES_AT(rules, struct rules_column, rules->columns, value->column);
    const struct rules_table *table =
        RULES_AT(rules, struct rules_table, rules->tables, column->table);
    for (uint32_t i = 0; i < table->rows.count; i++) {
        if (row_fits(rules, table, RULES_AT(rules, struct rules_row, table->rows, i), view)) {
            *number += RULES_AT(rules, struct rules_limit, column->limits, i)->number;
            return true;
        }
    }
    return false;
}

struct limit_source {
    const struct rules_test *test;
    enum rules_severity severity; /* of the alarm that begins or ends there */
    bool is_end, must_be_seen;
};

static void add_limit(struct plot_panel *panel, const struct engine_device_view *view,
                      const struct limit_source *source, const struct rules_value *value,
                      const char *word)
{
    double number;
    if (panel->limits_count == PLOT_LIMITS_MAX || !limit_of(panel->rules, value, view, &number))
        return;
    const char *unit = rules_text(panel->rules, panel->what->unit).bytes;
    char what[64], kept[sizeof panel->limits->label];
    snprintf(what, sizeof what, "%s %.6g%s%s", word, number, unit[0] ? " " : "", unit);
    for (size_t i = 0; i < panel->limits_count; i++) { /* one line for two triggers */
        struct plot_limit *other = &panel->limits[i];
        if (other->value != number || other->is_end != source->is_end ||
            !strstr(other->label, what))
            continue;
        other->must_be_seen |= source->must_be_seen;
        if (strstr(other->label, severity_names[source->severity]))
            return;
        snprintf(kept, sizeof kept, "%s", other->label);
        snprintf(other->label, sizeof other->label, "%s, %.80s", severity_names[source->severity],
                 kept);
        other->severity = source->severity > other->severity ? source->severity : other->severity;
        return;
    }
    struct plot_limit *limit = &panel->limits[panel->limits_count++];
    *limit = (struct plot_limit){.value = number,
                                 .severity = source->severity,
                                 .is_end = source->is_end,
                                 .must_be_seen = source->must_be_seen};
    snprintf(limit->label, sizeof limit->label, "%s %s%s", severity_names[source->severity],
             source->is_end ? "ends " : "", what);
}

static void add_test(struct plot_panel *panel, const struct engine_device_view *view,
                     const struct limit_source *source)
{
    static const char *const words[] = {"above",   "below",  "at least",
                                        "at most", "inside", "outside"};
    const struct rules_test *test = source->test;
    if (test->reading != panel->reading || test->kind > RULES_OUTSIDE || test->link != RULES_NONE)
        return;
    bool has_two = test->kind >= RULES_INSIDE;
    const char *word = words[test->kind];
    if (has_two)
        word = test->kind == RULES_OUTSIDE ? "below" : "from";
    add_limit(panel, view, source, &test->value, word);
    if (has_two)
        add_limit(panel, view, source, &test->second,
                  test->kind == RULES_OUTSIDE ? "above" : "up to");
}

static void add_limits(struct plot_panel *panel, const struct rules_alarm *alarm,
                       const struct engine_device_view *view, bool must_be_seen)
{
    const struct ruleset *rules = panel->rules;
    for (uint32_t i = 0; i < alarm->triggers.count; i++) {
        const struct rules_trigger *trigger =
            RULES_AT(rules, struct rules_trigger, alarm->triggers, i);
        for (uint32_t j = 0; j < trigger->when.tests.count; j++) {
            struct limit_source source = {
                RULES_AT(rules, struct rules_test, trigger->when.tests, j),
                (enum rules_severity)trigger->severity, false, must_be_seen};
            add_test(panel, view, &source);
        }
        for (uint32_t j = 0; trigger->has_until && j < trigger->until.tests.count; j++) {
            struct limit_source source = {
                RULES_AT(rules, struct rules_test, trigger->until.tests, j),
                (enum rules_severity)trigger->severity, true, must_be_seen};
            add_test(panel, view, &source);
        }
    }
}

/* ---- the plot's parts ---------------------------------------------------------------------- */

static void add_panel(struct collector *collector, const struct rules_group *group,
                      uint32_t reading)
{
    struct plot *plot = &collector->plot;
    const struct ruleset *rules = collector->side->trial.rules;
    const struct rules_reading *what =
        RULES_AT(rules, struct rules_reading, group->readings, reading);
    if (plot->panels_count == PLOT_PANELS_MAX || what->kind == RULES_TEXT)
        return;
    struct plot_panel *panel = &plot->panels[plot->panels_count++];
    panel->rules = rules;
    panel->what = what;
    panel->reading = reading;
    panel->taken_ms = INT64_MIN;
    panel->usual_alarm = RULES_NONE;
    panel->gap_ms = group->fresh_ms;
    const char *unit = rules_text(rules, what->unit).bytes;
    snprintf(panel->title, sizeof panel->title, "%s%s%s", rules_text(rules, what->name).bytes,
             unit[0] ? ", " : "", unit);
}

static bool choose_panels(struct collector *collector, const struct engine_device_view *view,
                          const char *reading)
{
    const struct ruleset *rules = collector->side->trial.rules;
    const struct journal *journal = &collector->side->journal;
    if (view->set != RULES_NONE || view->group == RULES_NONE)
        return true; /* a set has alarms, and no readings of its own */
    const struct rules_group *group =
        RULES_AT(rules, struct rules_group, rules->groups, view->group);
    uint64_t wanted = 0, all = 0;
    for (uint32_t i = 0; i < rules->alarms.count; i++) {
        const struct rules_alarm *alarm = RULES_AT(rules, struct rules_alarm, rules->alarms, i);
        if (!is_for(alarm, rules, view))
            continue;
        all |= readings_of(rules, alarm);
        if (has_rung(journal, i, collector->device))
            wanted |= readings_of(rules, alarm);
    }
    for (uint32_t i = 0; i < group->readings.count; i++) {
        struct rules_text name = RULES_AT(rules, struct rules_reading, group->readings, i)->name;
        bool is_named =
            reading && text_equal_ignoring_case(rules_text(rules, name), text_of(reading));
        uint64_t mask = wanted ? wanted : all;
        if (reading ? is_named : (mask >> i & 1) != 0)
            add_panel(collector, group, i);
    }
    if (reading && collector->plot.panels_count == 0) {
        complain("%s have no reading \"%s\" that can be drawn",
                 rules_text(rules, group->name).bytes, reading);
        return false;
    }
    return true;
}

static void choose_lanes(struct collector *collector, const struct engine_device_view *view)
{
    struct plot *plot = &collector->plot;
    const struct ruleset *rules = collector->side->trial.rules;
    for (uint32_t i = 0; i < rules->alarms.count && plot->lanes_count < PLOT_LANES_MAX; i++) {
        const struct rules_alarm *alarm = RULES_AT(rules, struct rules_alarm, rules->alarms, i);
        bool rang = has_rung(&collector->side->journal, i, collector->device);
        uint64_t readings = readings_of(rules, alarm);
        struct plot_lane lane = {.alarm = i};
        if (!is_for(alarm, rules, view))
            continue;
        for (size_t j = 0; j < plot->panels_count; j++) {
            if (readings >> plot->panels[j].reading & 1) {
                lane.panels |= UINT64_C(1) << j;
                add_limits(&plot->panels[j], alarm, view, rang);
            }
        }
        if (!rang && lane.panels == 0)
            continue;
        snprintf(lane.name, sizeof lane.name, "%s", rules_text(rules, alarm->name).bytes);
        plot->lanes[plot->lanes_count++] = lane;
    }
}

/* ---- what is usual ------------------------------------------------------------------------- */

/* Of several alarms that ask, the picture shows what was usual for the first one. */
static void add_usual(struct plot *plot, const struct engine_note *note)
{
    for (size_t i = 0; i < plot->panels_count; i++) {
        struct plot_panel *panel = &plot->panels[i];
        if (panel->reading != note->index || note->usual->learned <= ENGINE_LEARNED_LEAST)
            continue;
        if (panel->usual_alarm == RULES_NONE)
            panel->usual_alarm = note->alarm;
        if (panel->usual_alarm == note->alarm)
            plot_usual(plot, panel, note->time_ms, note->usual->low, note->usual->high);
    }
}

static void write_because(const struct ruleset *rules, const struct engine_alarm_event *event,
                          const struct plot *plot, char *room, size_t room_bytes)
{
    const char *why = alerts_surprise_words(event->surprise);
    for (size_t i = 0; event->has_usual && i < plot->panels_count; i++) {
        const struct plot_panel *panel = &plot->panels[i];
        if (panel->usual_alarm == event->alarm)
            snprintf(room, room_bytes, "; usual was %.4g to %.4g %s%s%s", event->usual_low,
                     event->usual_high, rules_text(rules, panel->what->unit).bytes,
                     why[0] ? ", " : "", why);
    }
}

/* ---- the second run ------------------------------------------------------------------------ */

static void on_alarm(void *context, const struct engine_alarm_event *event)
{
    struct collector *collector = context;
    int lane = plot_lane_of(&collector->plot, event->alarm);
    if (event->device != collector->device || lane < 0)
        return;
    bool is_change = event->change == ENGINE_RAISED || event->change == ENGINE_UPDATED;
    if (event->change == ENGINE_CLEARED)
        plot_close(&collector->plot, PLOT_ACTIVE, (uint32_t)lane, 0, event->time_ms, true);
    if (!is_change)
        return;
    struct plot_span span = {.kind = PLOT_ACTIVE,
                             .severity = event->severity,
                             .lane = (uint32_t)lane,
                             .from_ms = event->time_ms,
                             .to_ms = INT64_MAX};
    write_because(collector->side->trial.rules, event, &collector->plot, span.because,
                  sizeof span.because);
    plot_open(&collector->plot, span);
}

/* "stuck", "silent", "missing" are true as long as nothing comes: their holds say something only
 * when they end in an alarm. */
static bool begins_with_each_reading(const struct collector *collector,
                                     const struct engine_note *note)
{
    const struct ruleset *rules = collector->side->trial.rules;
    const struct rules_alarm *alarm =
        RULES_AT(rules, struct rules_alarm, rules->alarms, note->alarm);
    const struct rules_trigger *trigger =
        RULES_AT(rules, struct rules_trigger, alarm->triggers, note->trigger);
    for (uint32_t i = 0; i < trigger->when.tests.count; i++) {
        uint32_t kind = RULES_AT(rules, struct rules_test, trigger->when.tests, i)->kind;
        if (kind == RULES_STUCK || kind == RULES_SILENT || kind == RULES_MISSING)
            return true;
    }
    return false;
}

static void on_note(void *context, const struct engine_note *note)
{
    struct collector *collector = context;
    struct plot *plot = &collector->plot;
    int lane = note->alarm == RULES_NONE ? -1 : plot_lane_of(plot, note->alarm);
    if (note->device != collector->device)
        return;
    if (note->kind == ENGINE_NOTE_JUDGED)
        add_usual(plot, note);
    if (lane < 0)
        return;
    struct plot_span span = {.lane = (uint32_t)lane, .from_ms = note->time_ms, .to_ms = INT64_MAX};
    switch (note->kind) {
    case ENGINE_NOTE_TRUE:
    case ENGINE_NOTE_RESTARTED:
        span.kind = PLOT_HOLD;
        span.trigger = note->trigger;
        span.is_quiet = begins_with_each_reading(collector, note);
        plot_open(plot, span);
        break;
    case ENGINE_NOTE_FALSE:
    case ENGINE_NOTE_ON:
    case ENGINE_NOTE_OFF:
        plot_close(plot, PLOT_HOLD, span.lane, note->trigger, note->time_ms,
                   note->kind == ENGINE_NOTE_ON);
        break;
    case ENGINE_NOTE_SUPPRESSED:
        span.kind = PLOT_SUPPRESSED;
        plot_open(plot, span);
        break;
    case ENGINE_NOTE_CAPPED:
    case ENGINE_NOTE_RELEASED:
        plot_close(plot, PLOT_SUPPRESSED, span.lane, 0, note->time_ms, true);
        break;
    default: /* nothing that takes time */
        break;
    }
}

/* The device's newest values, where they are new. */
static void after_message(void *context)
{
    struct collector *collector = context;
    const struct engine *engine = collector->side->trial.engine;
    struct engine_device_view view;
    if (collector->plot.panels_count == 0 || collector->device >= engine_device_count(engine))
        return;
    engine_device_view(engine, collector->device, &view);
    for (size_t i = 0; i < collector->plot.panels_count; i++) {
        struct plot_panel *panel = &collector->plot.panels[i];
        const struct engine_value *value = &view.values[panel->reading];
        if (value->taken_ms == INT64_MIN || value->taken_ms == panel->taken_ms)
            continue;
        plot_sample(&collector->plot, panel, value->taken_ms,
                    panel->what->kind == RULES_STATE ? -(double)value->word : value->number);
    }
}

static void write_titles(struct collector *collector, const struct try_run *run)
{
    struct plot *plot = &collector->plot;
    const struct journal *journal = &collector->side->journal;
    char from[LOCAL_BYTES], to[LOCAL_BYTES];
    size_t rings = 0;
    for (size_t i = 0; i < journal->episodes_count; i++)
        rings += journal->episodes[i].device == collector->device;
    trial_device_name(&collector->side->trial, collector->device, plot->title, sizeof plot->title);
    snprintf(plot->subtitle, sizeof plot->subtitle, "%s  ·  %s to %s  ·  %zu alarm%s",
             site_folder_name(&collector->side->folder),
             local_text(&plot->zone, run->first_ms, from),
             local_text(&plot->zone, run->last_ms, to), rings, rings == 1 ? "" : "s");
}

static int draw(struct collector *collector, struct try_run *run, const char *path)
{
    struct try_side *side = collector->side;
    FILE *file = fopen(path, "w");
    if (!file) {
        complain("%s: %s", path, strerror(errno));
        return TOOL_FAILED;
    }
    trial_end(&side->trial);
    side->observer =
        (struct trial_observer){.alarm = on_alarm, .note = on_note, .context = collector};
    run->sides_count = 1;
    run->after_message = after_message;
    run->after_context = collector;
    uint64_t wrong_lines = run->wrong_lines;
    run->is_second = true;
    bool is_good = recording_rewind(&run->recording) && try_judge(run);
    run->wrong_lines = wrong_lines;
    if (is_good)
        plot_draw(&collector->plot, file);
    if (fclose(file) != 0) {
        complain("%s: %s", path, strerror(errno));
        is_good = false;
    }
    if (is_good)
        fprintf(stderr, "%s shows %s\n", path, collector->plot.title);
    return is_good ? TOOL_GOOD : TOOL_FAILED;
}

int try_plot(struct try_run *run, const char *path, const char *device, const char *reading)
{
    struct collector *collector = calloc(1, sizeof *collector);
    struct plot_panel *panels = calloc(PLOT_PANELS_MAX, sizeof *panels);
    struct engine_device_view view;
    int status = TOOL_FAILED;
    if (!collector || !panels) {
        free(collector);
        free(panels);
        return TOOL_FAILED;
    }
    collector->side = &run->sides[0];
    /* A recording of one instant stands in the middle of an hour. */
    int64_t around_ms = run->first_ms == run->last_ms ? INT64_C(1800000) : 0;
    collector->plot = (struct plot){.zone = try_zone(run),
                                    .from_ms = run->first_ms - around_ms,
                                    .to_ms = run->last_ms + around_ms,
                                    .panels = panels};
    const struct trial *trial = &collector->side->trial;
    collector->device = device ? find_device(trial, device) : noisiest_device(run);
    if (!device && collector->device == ENGINE_NO_DEVICE) /* the first shows how quiet it was */
        collector->device = trial_next_heard(trial, ENGINE_NO_DEVICE);
    if (collector->device == ENGINE_NO_DEVICE) {
        complain("no device is called \"%s\"", device ? device : "");
    } else {
        engine_device_view(trial->engine, collector->device, &view);
        if (choose_panels(collector, &view, reading)) {
            choose_lanes(collector, &view);
            write_titles(collector, run);
            status = draw(collector, run, path);
        }
    }
    plot_free(&collector->plot);
    free(collector);
    return status;
}
