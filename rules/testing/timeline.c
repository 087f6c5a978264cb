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

/* What was set for that moment; NULL: nothing. */
static const char *state_at(const struct stairs *stairs, int64_t time_ms)
{
    for (size_t i = 0; i < stairs->count; i++) {
        if (stairs->steps[i].time_ms == time_ms)
            return stairs->steps[i].state;
    }
    return NULL;
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

/* "defrost " before "on", which does not say it by itself as "4 °C" does. */
static const char *name_of(struct testing_play *play, const struct testing_step *step,
                           const struct testing_value *value)
{
    const struct ruleset *rules = play->test->rules->rules;
    const struct rules_group *group =
        RULES_AT(rules, struct rules_group, rules->groups, step->sensor->group);
    const struct rules_reading *reading =
        RULES_AT(rules, struct rules_reading, group->readings, value->reading);
    if (reading->kind == RULES_NUMBER && value->kind == TESTING_NUMBER && reading->unit.length > 0)
        return "";
    return arena_print(&play->arena, "%s ", rules_text(rules, reading->name).bytes);
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
            values = arena_print(&play->arena, "%s%s%s%.*s", values, i > 0 ? ", " : "",
                                 name_of(play, step, &step->values[i]),
                                 TEXT_ARGUMENTS(step->values[i].written));
        set(stairs, step->from_ms, values, NULL);
    }
}

/* An alarm as it stands after a note or a change. */
struct alarm_now {
    uint32_t waiting; /* a bit for each trigger whose hold runs */
    bool has_begun_anew, is_quiet, is_settling, is_ending, is_told;
    const char *shown; /* its severity, or that it was cleared; NULL: neither yet */
};

static void take_note(struct alarm_now *now, const struct testing_note *note)
{
    uint32_t bit = UINT32_C(1) << (note->trigger % 32);
    switch (note->kind) {
    case ENGINE_NOTE_TRUE:
        now->waiting |= bit;
        break;
    case ENGINE_NOTE_FALSE:
    case ENGINE_NOTE_ON:
        now->waiting &= ~bit;
        now->has_begun_anew = false;
        break;
    case ENGINE_NOTE_RESTARTED:
        now->has_begun_anew = true;
        break;
    case ENGINE_NOTE_SUPPRESSED:
        now->is_quiet = true;
        now->is_settling = false;
        break;
    case ENGINE_NOTE_SETTLING:
        now->is_settling = true;
        break;
    case ENGINE_NOTE_CAPPED:
    case ENGINE_NOTE_RELEASED:
        now->is_quiet = now->is_settling = false;
        break;
    case ENGINE_NOTE_ENDING:
        now->is_ending = true;
        break;
    case ENGINE_NOTE_AGAIN:
    case ENGINE_NOTE_OFF:
        now->is_ending = false;
        break;
    case ENGINE_NOTE_FAULTY:
    case ENGINE_NOTE_LATE:
    case ENGINE_NOTE_DUPLICATE:
    case ENGINE_NOTE_JUDGED:
        break;
    }
}

static void take_change(struct arena *arena, struct alarm_now *now, const struct testing_came *came)
{
    if (came->kind == TESTING_CAME_CLEARED)
        *now = (struct alarm_now){.shown = "cleared"};
    else
        now->shown = arena_print(arena, "%s%s", words_severity(came->severity),
                                 came->is_quiet ? ", and nobody is told" : "");
    now->is_told = came->kind != TESTING_CAME_CLEARED;
}

static const char *words_of(const struct alarm_now *now)
{
    if (now->is_ending)
        return "over";
    if (now->is_told)
        return now->shown;
    if (now->is_quiet)
        return now->is_settling ? "still kept quiet" : "kept quiet";
    if (now->waiting != 0)
        return now->has_begun_anew ? "waiting again" : "waiting";
    return now->shown != NULL ? now->shown : "";
}

static bool is_about(uint32_t alarm, const struct testing_row *row, uint32_t its_alarm,
                     const struct testing_row *its_row)
{
    return its_alarm == alarm && text_equal(its_row->identity, row->identity);
}

static void add_states(struct testing_play *play, uint32_t alarm, const struct testing_row *row,
                       struct stairs *stairs)
{
    struct alarm_now now = {0};
    size_t note = 0, came = 0;
    while (note < play->notes_count || came < play->came_count) {
        const struct testing_note *n = note < play->notes_count ? &play->notes[note] : NULL;
        const struct testing_came *c = came < play->came_count ? &play->came[came] : NULL;
        bool is_note = n != NULL && (c == NULL || n->time_ms <= c->time_ms);
        if (is_note && is_about(alarm, row, n->alarm, n->row)) {
            take_note(&now, n);
            set(stairs, n->time_ms, NULL, words_of(&now));
        } else if (!is_note && c != NULL && c->kind != TESTING_CAME_OTHER &&
                   is_about(alarm, row, c->alarm, c->row)) {
            take_change(&play->arena, &now, c);
            set(stairs, c->time_ms, NULL, words_of(&now));
        }
        note += is_note;
        came += !is_note;
    }
    for (const struct testing_step *step = play->test->first; step != NULL; step = step->next) {
        if (step->kind != TESTING_OFF)
            continue;
        set(stairs, step->from_ms, NULL, "Brink is off");
        if (state_at(stairs, step->until_ms) == NULL)
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

/* "   08:00", all as wide as the widest. */
static const char *time_column(struct testing_play *play, const struct stair *stair, size_t width)
{
    const char *time = words_time(&play->arena, play->test, stair->time_ms);
    return arena_print(&play->arena, "   %s%s", time,
                       repeated(&play->arena, " ", width - utf8_count(text_of(time))));
}

/* Stairs that no terminal has room for are a list. */
static const char *list(struct testing_play *play, const struct stairs *stairs, size_t width)
{
    const char *drawn = "";
    for (size_t i = 0; i < stairs->count; i++)
        drawn = arena_print(&play->arena, "%s%s  %s\n", drawn,
                            time_column(play, &stairs->steps[i], width), stairs->steps[i].label);
    return drawn;
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
    if (labels > WIDTH)
        return list(play, stairs, width);
    int64_t whole = stairs->steps[stairs->count - 1].time_ms - stairs->steps[0].time_ms;
    size_t spare = WIDTH - labels;
    for (size_t i = 0; i < stairs->count; i++) {
        const struct stair *stair = &stairs->steps[i];
        drawn = arena_print(arena, "%s%s %s%s %s", drawn, time_column(play, stair, width),
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
