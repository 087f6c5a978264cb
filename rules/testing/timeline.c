/* What happened, as stairs: a line for each time at which something changed. See judge.h.
 *
 *    08:00 ───── 4 °C ─────┐
 *    08:06                 └── 6 °C · waiting ──────┐
 *    08:16                                          └── warning
 */
#include "rules/testing/judge.h"
#include "rules/testing/words.h"

#define STEPS_MAX 8
#define WIDTH 72 /* of the stairs together */

struct stair {
    int64_t time_ms;
    const char *value, *state;
    const char *label;
};

struct stairs {
    struct stair steps[64];
    size_t count;
};

static void set(struct stairs *stairs, int64_t time_ms, const char *value, const char *state)
{
    size_t at = stairs->count;
    while (at > 0 && stairs->steps[at - 1].time_ms > time_ms)
        at--;
    bool is_same = at > 0 && stairs->steps[at - 1].time_ms == time_ms;
    if (!is_same) {
        if (stairs->count == sizeof stairs->steps / sizeof stairs->steps[0])
            return;
        memmove(&stairs->steps[at + 1], &stairs->steps[at],
                (stairs->count - at) * sizeof stairs->steps[0]);
        stairs->steps[at] = (struct stair){.time_ms = time_ms};
        stairs->count++;
        at++;
    }
    if (value != NULL)
        stairs->steps[at - 1].value = value;
    if (state != NULL)
        stairs->steps[at - 1].state = state;
}

static bool is_row(const struct testing_play *play, uint32_t scope,
                   const struct testing_sensor *sensor, const struct testing_row *row)
{
    struct text names[RULES_NAMES_MAX];
    uint32_t count;
    if (!testing_row_of(play->test, sensor, scope, names, &count) || count != row->count)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        if (!text_equal_ignoring_case(names[i], row->names[i]))
            return false;
    }
    return true;
}

/* Each line of readings is one stair: its values in the words of the test. */
static void add_readings(struct testing_play *play, uint32_t scope, const struct testing_row *row,
                         struct stairs *stairs)
{
    for (const struct testing_step *step = play->test->first; step != NULL; step = step->next) {
        const char *values = "";
        if (step->kind != TESTING_READINGS || !is_row(play, scope, step->sensor, row))
            continue;
        for (uint32_t i = 0; i < step->values_count && i < 2; i++)
            values = arena_print(&play->arena, "%s%s%.*s", values, i > 0 ? ", " : "",
                                 TEXT_ARGUMENTS(step->values[i].written));
        set(stairs, step->from_ms, values, NULL);
    }
}

static const char *note_words(const struct testing_note *note)
{
    switch (note->kind) {
    case ENGINE_NOTE_TRUE:
        return "waiting";
    case ENGINE_NOTE_FALSE:
        return "";
    case ENGINE_NOTE_RESTARTED:
        return "waiting again";
    case ENGINE_NOTE_SUPPRESSED:
        return "kept quiet";
    case ENGINE_NOTE_SETTLING:
        return "still kept quiet";
    case ENGINE_NOTE_CAPPED:
    case ENGINE_NOTE_RELEASED:
        return "";
    case ENGINE_NOTE_ENDING:
        return "over";
    case ENGINE_NOTE_ON:
    case ENGINE_NOTE_AGAIN:
    case ENGINE_NOTE_OFF:
    case ENGINE_NOTE_FAULTY:
    case ENGINE_NOTE_LATE:
    case ENGINE_NOTE_DUPLICATE:
        break;
    }
    return NULL;
}

static void add_states(struct testing_play *play, uint32_t alarm, const struct testing_row *row,
                       struct stairs *stairs)
{
    for (size_t i = 0; i < play->notes_count; i++) {
        const struct testing_note *note = &play->notes[i];
        const char *words = note_words(note);
        if (words != NULL && note->alarm == alarm && text_equal(note->row->identity, row->identity))
            set(stairs, note->time_ms, NULL, words);
    }
    for (size_t i = 0; i < play->came_count; i++) {
        const struct testing_came *came = &play->came[i];
        if (came->alarm == alarm && text_equal(came->row->identity, row->identity) &&
            came->kind != TESTING_CAME_OTHER)
            set(stairs, came->time_ms, NULL,
                came->kind == TESTING_CAME_CLEARED ? "cleared" : words_severity(came->severity));
    }
    for (const struct testing_step *step = play->test->first; step != NULL; step = step->next) {
        if (step->kind != TESTING_OFF)
            continue;
        set(stairs, step->from_ms, NULL, "Brink is off");
        set(stairs, step->until_ms, NULL, "");
    }
}

/* Fewer stairs: those that say nothing new go, then the ones furthest from the problem. */
static void label_all(struct testing_play *play, struct stairs *stairs)
{
    const char *value = "", *state = "", *shown_value = "";
    size_t kept = 0;
    for (size_t i = 0; i < stairs->count; i++) {
        struct stair stair = stairs->steps[i];
        value = stair.value != NULL ? stair.value : value;
        state = stair.state != NULL ? stair.state : state;
        bool shows_value = strcmp(value, shown_value) != 0 || state[0] == 0;
        stair.label = arena_print(&play->arena, "%s%s%s", shows_value ? value : "",
                                  shows_value && value[0] && state[0] ? " · " : "", state);
        if (kept > 0 && strcmp(stairs->steps[kept - 1].label, stair.label) == 0)
            continue;
        shown_value = value;
        stairs->steps[kept++] = stair;
    }
    stairs->count = kept;
}

static void keep_near(struct stairs *stairs, int64_t time_ms)
{
    while (stairs->count > STEPS_MAX) {
        int64_t from_first = time_ms - stairs->steps[0].time_ms,
                from_last = stairs->steps[stairs->count - 1].time_ms - time_ms;
        if (from_first > from_last)
            memmove(stairs->steps, stairs->steps + 1,
                    (stairs->count - 1) * sizeof stairs->steps[0]);
        stairs->count--;
    }
}

static const char *repeated(struct arena *arena, const char *what, size_t count)
{
    size_t length = strlen(what);
    char *text = must_arena_allocate(arena, count * length + 1);
    for (size_t i = 0; i < count * length; i++)
        text[i] = what[i % length];
    text[count * length] = '\0';
    return text;
}

static const char *draw(struct testing_play *play, const struct stairs *stairs)
{
    struct arena *arena = &play->arena;
    const char *drawn = "";
    size_t at = 0, labels = 0, width = 0;
    for (size_t i = 0; i < stairs->count; i++) {
        size_t time = utf8_count(text_of(words_time(arena, play->test, stairs->steps[i].time_ms)));
        labels += utf8_count(text_of(stairs->steps[i].label)) + 6;
        width = time > width ? time : width;
    }
    int64_t whole = stairs->steps[stairs->count - 1].time_ms - stairs->steps[0].time_ms;
    size_t spare = labels < WIDTH ? WIDTH - labels : 0;
    for (size_t i = 0; i < stairs->count; i++) {
        const struct stair *stair = &stairs->steps[i];
        const char *time = words_time(arena, play->test, stair->time_ms);
        drawn = arena_print(arena, "%s   %s%s %s%s %s", drawn, time,
                            repeated(arena, " ", width - utf8_count(text_of(time))),
                            repeated(arena, " ", at), i == 0 ? "──" : "└──", stair->label);
        if (i + 1 < stairs->count) {
            int64_t lasts = stair[1].time_ms - stair->time_ms;
            size_t more = 2 + (size_t)((double)spare * (double)lasts / (double)whole);
            drawn = arena_print(arena, "%s%s%s┐", drawn, stair->label[0] ? " " : "",
                                repeated(arena, "─", more));
            at += (i == 0 ? 3u : 4u) + utf8_count(text_of(stair->label)) +
                  (stair->label[0] ? 1 : 0) + more;
        }
        drawn = arena_print(arena, "%s\n", drawn);
    }
    return drawn;
}

const char *testing_timeline(struct testing_play *play, const struct testing_problem *problem)
{
    const struct ruleset *rules = play->test->rules->rules;
    const struct testing_step *step = problem->step;
    struct stairs stairs = {0};
    struct testing_row row = {0};
    if (problem->text != NULL || problem->report != NULL ||
        (problem->came == NULL && (step == NULL || step->expected == TESTING_EXPECT_REPORT)))
        return "";
    uint32_t alarm = problem->came != NULL ? problem->came->alarm : step->alarm;
    uint32_t scope = RULES_AT(rules, struct rules_alarm, rules->alarms, alarm)->scope;
    bool is_found = problem->came != NULL;
    if (is_found)
        row = *problem->came->row;
    for (uint32_t i = 0; i < play->test->sensors_count && !is_found; i++) {
        const char *identity = "";
        if (!testing_row_of(play->test, &play->test->sensors[i], scope, row.names, &row.count))
            continue;
        for (uint32_t j = 0; j < row.count; j++)
            identity = arena_print(&play->arena, "%s%s%.*s", identity, j > 0 ? "." : "",
                                   TEXT_ARGUMENTS(row.names[j]));
        row.identity = row.count > 0 ? text_of(identity) : TEXT("site");
        is_found = testing_row_is(play->test, scope, &row, step->on);
    }
    if (!is_found)
        return "";
    add_readings(play, scope, &row, &stairs);
    add_states(play, alarm, &row, &stairs);
    label_all(play, &stairs);
    keep_near(&stairs, problem->came != NULL ? problem->came->time_ms : problem->time_ms);
    return stairs.count < 2 ? "" : draw(play, &stairs);
}
