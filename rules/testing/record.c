/* What came of a test, kept for judge.c and print.c: changes of alarms with the words that people
 * got, reports, notes. Comes in: what the trial tells. See stage.h. */
#include "base/calendar.h"
#include "rules/testing/stage.h"
#include "rules/testing/words.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- growing lists ------------------------------------------------------------------------- */

static void *grow(void *list, size_t *room, size_t count, size_t size)
{
    if (count < *room)
        return list;
    *room = *room == 0 ? 64 : *room * 2;
    void *larger = realloc(list, *room * size);
    if (larger == NULL) {
        fputs("There is not enough memory on this machine to run the tests.\n", stderr);
        exit(70);
    }
    return larger;
}
#define ADD(play, list)                                                                            \
    ((play)->list =                                                                                \
         grow((play)->list, &(play)->list##_room, (play)->list##_count, sizeof *(play)->list),     \
     &(play)->list[(play)->list##_count++])

void stage_add_trouble(struct stage *stage, const struct testing_step *step, const char *text)
{
    *ADD(stage->play, troubles) = (struct testing_trouble){step, text};
}

void stage_add_sent(struct stage *stage, const struct testing_step *step)
{
    *ADD(stage->play, sent) =
        (struct testing_sent){stage->trial.now_ms, step, stage->trial.engine == NULL};
}

/* ---- who ----------------------------------------------------------------------------------- */

static const struct testing_row *row_make(struct stage *stage, uint32_t device)
{
    struct arena *arena = &stage->play->arena;
    struct testing_row *row = must_arena_allocate(arena, sizeof *row);
    struct engine_device_view view;
    const struct ruleset *rules = stage->test->rules->rules;
    engine_device_view(stage->trial.engine, device, &view);
    if (view.set != RULES_NONE)
        row->count = RULES_AT(rules, struct rules_set, rules->sets, view.set)->names.count;
    else if (view.group != RULES_NONE)
        row->count = RULES_AT(rules, struct rules_group, rules->groups, view.group)->names.count;
    const char *identity = "";
    for (uint32_t i = 0; i < row->count; i++) {
        row->names[i] = arena_copy(arena, view.names[i]);
        identity = arena_print(arena, "%s%s%.*s", identity, i > 0 ? "." : "",
                               TEXT_ARGUMENTS(row->names[i]));
    }
    row->identity = row->count > 0 ? text_of(identity) : TEXT("site");
    return row;
}

const struct testing_row *stage_row(struct stage *stage, uint32_t device)
{
    while (device >= stage->rows_count) {
        size_t more = stage->rows_count == 0 ? 64 : stage->rows_count * 2;
        const struct testing_row **rows = realloc(stage->rows, more * sizeof(struct testing_row *));
        if (rows == NULL)
            exit(70);
        memset(rows + stage->rows_count, 0,
               (more - stage->rows_count) * sizeof(struct testing_row *));
        stage->rows = rows;
        stage->rows_count = more;
    }
    if (stage->rows[device] == NULL)
        stage->rows[device] = row_make(stage, device);
    return stage->rows[device];
}

void stage_forget_rows(struct stage *stage)
{
    free(stage->rows);
    stage->rows = NULL;
    stage->rows_count = 0;
}

/* ---- what the engine tells ----------------------------------------------------------------- */

static enum testing_came_kind kind_of(const struct engine_alarm_event *event)
{
    if (event->change == ENGINE_CLEARED)
        return TESTING_CAME_CLEARED;
    if (event->change == ENGINE_RAISED || event->change == ENGINE_LOGGED)
        return TESTING_CAME_ALERT;
    return event->change == ENGINE_UPDATED && event->severity > event->from_severity
               ? TESTING_CAME_ALERT
               : TESTING_CAME_OTHER;
}

static void on_alarm(void *context, const struct engine_alarm_event *event)
{
    struct stage *stage = context;
    *ADD(stage->play, came) = (struct testing_came){
        .kind = kind_of(event),
        .change = event->change,
        .time_ms = event->time_ms,
        .alarm = event->alarm,
        .trigger = event->trigger,
        .severity = event->change == ENGINE_CLEARED && event->severity == RULES_NORMAL
                        ? event->from_severity
                        : event->severity,
        .from_severity = event->from_severity,
        .row = stage_row(stage, event->device),
        .started_ms = event->started_ms,
        /* What a flood collects is told all the same, in its summary. */
        .is_quiet = event->is_quiet && (event->marks.is_out_of_service ||
                                        event->marks.shelved_until_ms > event->time_ms)};
}

static void on_report(void *context, const struct engine_report_event *event)
{
    struct stage *stage = context;
    const struct ruleset *rules = stage->test->rules->rules;
    uint32_t count =
        RULES_AT(rules, struct rules_report, rules->reports, event->report)->items.count;
    struct engine_item *items =
        must_arena_allocate(&stage->play->arena, (count + 1) * sizeof *items);
    memcpy(items, event->items, count * sizeof *items);
    *ADD(stage->play, reports) = (struct testing_report){.report = event->report,
                                                         .time_ms = event->time_ms,
                                                         .start_ms = event->start_ms,
                                                         .end_ms = event->end_ms,
                                                         .row = stage_row(stage, event->device),
                                                         .items = items,
                                                         .items_count = count};
}

static void on_note(void *context, const struct engine_note *note)
{
    struct stage *stage = context;
    struct engine_usual *usual = NULL;
    if (note->usual != NULL) {
        usual = must_arena_allocate(&stage->play->arena, sizeof *usual);
        *usual = *note->usual;
    }
    *ADD(stage->play, notes) = (struct testing_note){
        note->kind,  note->time_ms, stage_row(stage, note->device), note->alarm, note->trigger,
        note->index, usual};
}

/* ---- what people get ----------------------------------------------------------------------- */

/* The message's own words, out of its JSON: the only text of that key that is not inside another.
 */
static const char *message_text(struct arena *arena, struct text payload)
{
    const char *end = payload.bytes + payload.length;
    const char *at = words_find(payload, TEXT("\"message\":\""));
    if (at == NULL)
        return NULL;
    at += sizeof "\"message\":\"" - 1;
    char *text = must_arena_allocate(arena, (size_t)(end - at) + 1);
    size_t used = 0;
    for (; at < end && *at != '"'; at++) {
        if (*at == '\\' && at + 1 < end)
            at++;
        text[used++] = *at;
    }
    return text;
}

/* "…/alert/coolers/14.dairy-1/too-warm" and the time of the message say whose it is. */
static void on_published(void *context, const char *topic, struct text payload, int qos,
                         bool retained)
{
    struct stage *stage = context;
    const char *last = strrchr(topic, '/');
    char time[CALENDAR_TEXT_BYTES];
    (void)qos;
    if (retained || strstr(topic, "/alert/") == NULL || last == NULL)
        return;
    const struct ruleset *rules = stage->test->rules->rules;
    for (int by_name = 1; by_name >= 0; by_name--) {
        for (size_t i = 0; i < stage->play->came_count; i++) {
            struct testing_came *came = &stage->play->came[i];
            struct text alarm = rules_text(
                rules, RULES_AT(rules, struct rules_alarm, rules->alarms, came->alarm)->name);
            calendar_write(came->time_ms, time);
            if (came->text == NULL && text_equal(alarm, text_of(last + 1)) &&
                words_find(payload, text_of(time)) != NULL &&
                (!by_name || strstr(topic, came->row->identity.bytes) != NULL)) {
                came->text = message_text(&stage->play->arena, payload);
                return;
            }
        }
    }
}

static void on_forgotten(void *context, uint32_t device)
{
    struct stage *stage = context;
    if (device < stage->rows_count)
        stage->rows[device] = NULL;
}

struct trial_observer stage_observer(struct stage *stage)
{
    return (struct trial_observer){.published = on_published,
                                   .alarm = on_alarm,
                                   .report = on_report,
                                   .note = on_note,
                                   .forgotten = on_forgotten,
                                   .moment = stage_look_for_waiting,
                                   .context = stage};
}
