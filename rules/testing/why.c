/* Why an alert came when it came, or did not: from the engine's own notes and from what was sent.
 * See judge.h. */
#include "rules/testing/judge.h"
#include "rules/testing/payload.h"
#include "rules/testing/words.h"

struct case_of { /* what the sentences are about */
    struct testing_play *play;
    struct arena *arena;
    const struct ruleset *rules;
    const struct rules_alarm *alarm;
    uint32_t alarm_index, trigger_index;
    const struct rules_trigger *trigger;
    struct testing_row row;
    bool has_row;
    int64_t until_ms; /* what happened later is no reason */
};

static const char *time_words(const struct case_of *c, int64_t ms)
{
    return words_time(c->arena, c->play->test, ms);
}

static bool is_note(const struct case_of *c, const struct testing_note *note)
{
    return note->time_ms <= c->until_ms && c->has_row &&
           text_equal(note->row->identity, c->row.identity);
}

static bool is_of_trigger(const struct case_of *c, const struct testing_note *note)
{
    return is_note(c, note) && note->alarm == c->alarm_index && note->trigger == c->trigger_index;
}

/* The last (or first) note of a kind; NULL: none. */
static const struct testing_note *find(const struct case_of *c, enum engine_note_kind kind,
                                       bool is_first)
{
    const struct testing_note *found = NULL;
    for (size_t i = 0; i < c->play->notes_count; i++) {
        const struct testing_note *note = &c->play->notes[i];
        bool is_it = kind >= ENGINE_NOTE_SUPPRESSED
                         ? is_note(c, note) && note->alarm == c->alarm_index
                         : is_of_trigger(c, note);
        if (note->kind != kind || !is_it)
            continue;
        found = note;
        if (is_first)
            break;
    }
    return found;
}

/* ---- what was sent ------------------------------------------------------------------------- */

static bool is_own_sensor(const struct case_of *c, const struct testing_sensor *sensor)
{
    struct text names[RULES_NAMES_MAX];
    uint32_t count;
    if (!c->has_row)
        return true;
    if (!testing_row_of(c->play->test, sensor, c->alarm->scope, names, &count) ||
        count != c->row.count)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        if (!text_equal_ignoring_case(names[i], c->row.names[i]))
            return false;
    }
    return true;
}

struct extremes {
    double lowest, highest;
    int64_t lowest_ms, highest_ms, last_ms;
    unsigned decimals;
    size_t count;
};

static struct extremes extremes_of(const struct case_of *c, const struct rules_reading *reading)
{
    struct extremes e = {0};
    if (reading == NULL)
        return e;
    for (size_t i = 0; i < c->play->sent_count; i++) {
        const struct testing_sent *sent = &c->play->sent[i];
        const struct rules_group *group =
            RULES_AT(c->rules, struct rules_group, c->rules->groups, sent->step->sensor->group);
        if (sent->is_lost || sent->time_ms > c->until_ms || !is_own_sensor(c, sent->step->sensor))
            continue;
        e.last_ms = sent->time_ms;
        for (uint32_t j = 0; j < sent->step->values_count; j++) {
            const struct testing_value *value = &sent->step->values[j];
            if (RULES_AT(c->rules, struct rules_reading, group->readings, value->reading) !=
                    reading ||
                value->kind != TESTING_NUMBER)
                continue;
            double number = testing_value_at(sent->step, value, sent->time_ms);
            if (number < reading->valid_least || number > reading->valid_most)
                continue;
            unsigned decimals = value->decimals + (value->from != value->to ? 1u : 0u);
            e.decimals = decimals > e.decimals ? decimals : e.decimals;
            if (e.count == 0 || number > e.highest) {
                e.highest = number;
                e.highest_ms = sent->time_ms;
            }
            if (e.count == 0 || number < e.lowest) {
                e.lowest = number;
                e.lowest_ms = sent->time_ms;
            }
            e.count++;
        }
    }
    return e;
}

/* ---- sentences ----------------------------------------------------------------------------- */

static const char *never_of_test(const struct case_of *c, const struct rules_test *test)
{
    struct words_test words = words_of_test(c->arena, c->rules, c->alarm, test, &c->row);
    if (!words.is_state)
        return arena_print(c->arena, "\"%s %s\" was never true.", words.subject, words.predicate);
    const char *sentence = arena_print(c->arena, "%s was never %s", words.subject, words.predicate);
    if (test->kind == RULES_SILENT) {
        struct extremes any = extremes_of(c, NULL);
        return arena_print(c->arena, "%s: its last message came at %s.", sentence,
                           time_words(c, any.last_ms));
    }
    /* Of a summary the values that were sent say little. */
    if (words.reading == NULL || words.reading->kind != RULES_NUMBER ||
        test->kind > RULES_OUTSIDE || test->summary != RULES_NO_SUMMARY)
        return arena_print(c->arena, "%s.", sentence);
    struct extremes e = extremes_of(c, words.reading);
    struct text unit = rules_text(c->rules, words.reading->unit);
    if (e.count == 0)
        return arena_print(c->arena, "%s: no good value of it was sent.", sentence);
    bool is_high = test->kind == RULES_ABOVE || test->kind == RULES_AT_LEAST;
    bool is_low = test->kind == RULES_BELOW || test->kind == RULES_AT_MOST;
    if (is_high || is_low)
        return arena_print(c->arena, "%s: the %s value was %s, at %s.", sentence,
                           is_high ? "highest" : "lowest",
                           words_number(c->arena, is_high ? e.highest : e.lowest, e.decimals, unit),
                           time_words(c, is_high ? e.highest_ms : e.lowest_ms));
    return arena_print(c->arena, "%s: its values were %s to %s.", sentence,
                       words_number(c->arena, e.lowest, e.decimals, unit),
                       words_number(c->arena, e.highest, e.decimals, unit));
}

static const char *never(const struct case_of *c)
{
    const struct rules_condition *when = &c->trigger->when;
    if (when->tests.count == 1)
        return never_of_test(c, RULES_AT(c->rules, struct rules_test, when->tests, 0));
    const char *all = arena_print(c->arena, "\"%s\" was never true.",
                                  words_condition(c->arena, c->rules, c->alarm, when, &c->row));
    for (uint32_t i = 0; i < when->tests.count && when->joined_by_or == 0; i++) {
        const struct rules_test *test = RULES_AT(c->rules, struct rules_test, when->tests, i);
        struct words_test words = words_of_test(c->arena, c->rules, c->alarm, test, &c->row);
        if (words.reading == NULL || words.reading->kind != RULES_NUMBER)
            continue;
        struct extremes e = extremes_of(c, words.reading);
        if (e.count > 0)
            all = arena_print(c->arena, "%s The values of %s were %s to %s.", all, words.subject,
                              words_number(c->arena, e.lowest, e.decimals,
                                           rules_text(c->rules, words.reading->unit)),
                              words_number(c->arena, e.highest, e.decimals,
                                           rules_text(c->rules, words.reading->unit)));
    }
    return all;
}

/* "temperature was first above 5 °C at 08:06" */
static const char *became_true(const struct case_of *c, int64_t at_ms, bool is_first)
{
    const struct rules_condition *when = &c->trigger->when;
    const char *first = is_first ? "first " : "";
    if (when->tests.count == 1) {
        const struct rules_test *test = RULES_AT(c->rules, struct rules_test, when->tests, 0);
        struct words_test words = words_of_test(c->arena, c->rules, c->alarm, test, &c->row);
        if (words.is_state)
            return arena_print(c->arena, "%s was %s%s at %s", words.subject, first, words.predicate,
                               time_words(c, at_ms));
    }
    return arena_print(c->arena, "\"%s\" was %strue at %s",
                       words_condition(c->arena, c->rules, c->alarm, when, &c->row), first,
                       time_words(c, at_ms));
}

static const char *hold_words(const struct case_of *c)
{
    const struct rules_hold *hold = &c->trigger->when.hold;
    switch ((enum rules_hold_kind)hold->kind) {
    case RULES_HOLD_NONE:
        break;
    case RULES_HOLD_FOR:
        return messages_duration(c->arena, hold->for_ms);
    case RULES_HOLD_READINGS:
        return arena_print(c->arena, "%u readings in a row", hold->count);
    case RULES_HOLD_TOTAL:
        return arena_print(c->arena, "a total of %s in %s",
                           messages_duration(c->arena, hold->for_ms),
                           messages_duration(c->arena, hold->in_ms));
    case RULES_HOLD_TIMES:
        return arena_print(c->arena, "%u times in %s", hold->count,
                           messages_duration(c->arena, hold->in_ms));
    }
    return "";
}

static bool is_without_hold(const struct case_of *c)
{
    const struct rules_hold *hold = &c->trigger->when.hold;
    return hold->kind == RULES_HOLD_NONE || (hold->kind == RULES_HOLD_FOR && hold->for_ms == 0);
}

/* "1 minute was over", "10 minutes were over" */
static bool is_one(const struct rules_hold *hold)
{
    return hold->kind != RULES_HOLD_FOR || hold->for_ms == 1000 || hold->for_ms == 60000 ||
           hold->for_ms == 3600000 || hold->for_ms == 86400000;
}

/* From the beginning of the hold that counted to its end, or to where it broke off. */
static const char *hold_story(const struct case_of *c)
{
    const struct testing_note *first = find(c, ENGINE_NOTE_TRUE, true),
                              *last = find(c, ENGINE_NOTE_TRUE, false),
                              *on = find(c, ENGINE_NOTE_ON, false),
                              *again = find(c, ENGINE_NOTE_RESTARTED, false),
                              *over = find(c, ENGINE_NOTE_FALSE, false);
    if (first == NULL)
        return on == NULL ? never(c) : "";
    const char *story = became_true(c, last->time_ms, first == last);
    if (again != NULL && again->time_ms > last->time_ms)
        story = arena_print(c->arena, "%s; a gap in the readings let the hold begin again at %s",
                            story, time_words(c, again->time_ms));
    if (on != NULL && on->time_ms >= last->time_ms)
        return is_without_hold(c)
                   ? arena_print(c->arena, "%s.", story)
                   : arena_print(c->arena, "%s, so %s %s over at %s.", story, hold_words(c),
                                 is_one(&c->trigger->when.hold) ? "was" : "were",
                                 time_words(c, on->time_ms));
    if (over != NULL && over->time_ms >= last->time_ms)
        return arena_print(c->arena, "%s and no longer at %s: that is %s, and it takes %s.", story,
                           time_words(c, over->time_ms),
                           messages_duration(c->arena, over->time_ms - last->time_ms),
                           hold_words(c));
    if (is_without_hold(c))
        return arena_print(c->arena, "%s.", story);
    return arena_print(c->arena, "%s, and it takes %s.", story, hold_words(c));
}

/* What kept the alarm quiet, and until when. */
static const char *suppression_story(const struct case_of *c)
{
    const struct testing_note *begun = find(c, ENGINE_NOTE_SUPPRESSED, false),
                              *settling = find(c, ENGINE_NOTE_SETTLING, false),
                              *capped = find(c, ENGINE_NOTE_CAPPED, false),
                              *over = find(c, ENGINE_NOTE_RELEASED, false);
    if (begun == NULL)
        return "";
    const struct rules_scope *scope =
        c->alarm->scope < c->rules->groups.count
            ? &RULES_AT(c->rules, struct rules_group, c->rules->groups, c->alarm->scope)->scope
            : &RULES_AT(c->rules, struct rules_set, c->rules->sets,
                        c->alarm->scope - c->rules->groups.count)
                   ->scope;
    const char *line = "";
    if (begun->index < scope->suppressions.count)
        line = rules_text(c->rules, RULES_AT(c->rules, struct rules_suppression,
                                             scope->suppressions, begun->index)
                                        ->text)
                   .bytes;
    const char *story =
        arena_print(c->arena, " It was kept quiet from %s on%s%s%s", time_words(c, begun->time_ms),
                    line[0] ? " by \"" : "", line, line[0] ? "\"" : "");
    if (settling != NULL && settling->time_ms >= begun->time_ms)
        story = arena_print(c->arena, "%s; the state was over at %s and the time after it ran",
                            story, time_words(c, settling->time_ms));
    if (capped != NULL && capped->time_ms >= begun->time_ms)
        story = arena_print(c->arena, "%s; its longest time was over at %s", story,
                            time_words(c, capped->time_ms));
    if (over != NULL && over->time_ms >= begun->time_ms)
        return arena_print(c->arena, "%s; it ended at %s.", story, time_words(c, over->time_ms));
    return arena_print(c->arena, "%s.", story);
}

/* Readings that counted for nothing. */
static const char *faulty_story(const struct case_of *c)
{
    const struct testing_note *first = NULL;
    size_t count = 0;
    for (size_t i = 0; i < c->play->notes_count; i++) {
        const struct testing_note *note = &c->play->notes[i];
        if (note->kind != ENGINE_NOTE_FAULTY || !is_note(c, note))
            continue;
        first = first == NULL ? note : first;
        count++;
    }
    if (first == NULL || c->alarm->scope >= c->rules->groups.count)
        return "";
    const struct rules_group *group =
        RULES_AT(c->rules, struct rules_group, c->rules->groups, c->alarm->scope);
    const char *name =
        first->index < group->readings.count
            ? rules_text(
                  c->rules,
                  RULES_AT(c->rules, struct rules_reading, group->readings, first->index)->name)
                  .bytes
            : "the reading";
    if (count == 1)
        return arena_print(c->arena, " The %s of %s was faulty and counted for nothing.", name,
                           time_words(c, first->time_ms));
    return arena_print(c->arena,
                       " %zu readings were faulty and counted for nothing, the first one %s at %s.",
                       count, name, time_words(c, first->time_ms));
}

static const char *quiet_story(const struct case_of *c)
{
    for (size_t i = 0; i < c->play->came_count; i++) {
        const struct testing_came *came = &c->play->came[i];
        if (came->is_quiet && came->alarm == c->alarm_index && came->time_ms <= c->until_ms &&
            came->kind == TESTING_CAME_ALERT)
            return arena_print(c->arena, " It was raised at %s, but nobody was told: %s.",
                               time_words(c, came->time_ms),
                               c->alarm->out_until_ms > came->time_ms ? "it is out of service"
                                                                      : "it was shelved");
    }
    return "";
}

static const char *ending_story(const struct case_of *c, bool has_come)
{
    const struct testing_note *ending = find(c, ENGINE_NOTE_ENDING, false),
                              *off = find(c, ENGINE_NOTE_OFF, false),
                              *again = find(c, ENGINE_NOTE_AGAIN, false);
    const struct testing_note *on = find(c, ENGINE_NOTE_ON, false);
    if (on == NULL && off == NULL)
        return "it was not active then.";
    if (ending == NULL && off == NULL) {
        const char *end = c->trigger->has_until ? words_condition(c->arena, c->rules, c->alarm,
                                                                  &c->trigger->until, &c->row)
                                                : NULL;
        return end != NULL && c->trigger->until.tests.count > 0
                   ? arena_print(c->arena, "it is over when \"%s\", and that was never so.", end)
                   : "its condition was never over.";
    }
    if (ending == NULL || (off != NULL && off->time_ms < ending->time_ms))
        return arena_print(c->arena, "its end was there at %s.", time_words(c, off->time_ms));
    const char *story =
        arena_print(c->arena, "its condition was over at %s", time_words(c, ending->time_ms));
    if (again != NULL && again->time_ms > ending->time_ms)
        return arena_print(c->arena, "%s, and true again at %s.", story,
                           time_words(c, again->time_ms));
    if (c->trigger->clear_after_ms > 0)
        story = arena_print(c->arena, "%s, and it clears after %s", story,
                            messages_duration(c->arena, c->trigger->clear_after_ms));
    if (c->alarm->is_latched && !has_come)
        story = arena_print(c->arena, "%s; it is cleared by hand", story);
    return arena_print(c->arena, "%s.", story);
}

/* ---- who and which trigger ----------------------------------------------------------------- */

static void choose_row(struct case_of *c, const struct testing_problem *problem)
{
    const struct testing_test *test = c->play->test;
    if (problem->came != NULL) {
        c->row = *problem->came->row;
        c->has_row = true;
        return;
    }
    for (uint32_t i = 0; i < test->sensors_count && !c->has_row; i++) {
        struct testing_row row = {0};
        if (!testing_row_of(test, &test->sensors[i], c->alarm->scope, row.names, &row.count))
            continue;
        const char *identity = "";
        for (uint32_t j = 0; j < row.count; j++)
            identity = arena_print(c->arena, "%s%s%.*s", identity, j > 0 ? "." : "",
                                   TEXT_ARGUMENTS(row.names[j]));
        row.identity = row.count > 0 ? text_of(identity) : TEXT("site");
        c->row = row;
        c->has_row = testing_row_is(test, c->alarm->scope, &row, problem->step->on);
    }
}

/* Of several triggers of the severity the one that got furthest. */
static void choose_trigger(struct case_of *c, uint32_t severity)
{
    bool is_chosen = false;
    for (uint32_t i = 0; i < c->alarm->triggers.count; i++) {
        const struct rules_trigger *trigger =
            RULES_AT(c->rules, struct rules_trigger, c->alarm->triggers, i);
        if (severity != RULES_NORMAL && trigger->severity != severity)
            continue;
        struct case_of other = *c;
        other.trigger_index = i;
        if (is_chosen && find(&other, ENGINE_NOTE_TRUE, true) == NULL &&
            find(&other, ENGINE_NOTE_ON, true) == NULL)
            continue;
        c->trigger_index = i;
        c->trigger = trigger;
        is_chosen = true;
        if (find(c, ENGINE_NOTE_TRUE, true) != NULL)
            break;
    }
}

const char *testing_why(struct testing_play *play, const struct testing_problem *problem)
{
    const struct testing_step *step = problem->step;
    bool is_about_alarm =
        problem->came != NULL || (step != NULL && step->kind == TESTING_EXPECT &&
                                  problem->text == NULL && step->expected != TESTING_EXPECT_REPORT);
    if (!is_about_alarm || problem->is_text || (problem->came == NULL && step == NULL))
        return "";
    struct case_of c = {.play = play, .arena = &play->arena, .rules = play->test->rules->rules};
    c.alarm_index = problem->came != NULL ? problem->came->alarm : step->alarm;
    c.alarm = RULES_AT(c.rules, struct rules_alarm, c.rules->alarms, c.alarm_index);
    c.until_ms = problem->came != NULL ? problem->came->time_ms : step->means_until_ms;
    choose_row(&c, problem);
    bool clears = step != NULL
                      ? step->expected == TESTING_EXPECT_CLEARED
                      : problem->came != NULL && problem->came->kind == TESTING_CAME_CLEARED;
    uint32_t severity = problem->came != NULL && !clears ? problem->came->severity
                        : step != NULL && step->expected == TESTING_EXPECT_ALERT ? step->severity
                                                                                 : RULES_NORMAL;
    choose_trigger(&c, severity);
    if (problem->came != NULL && clears)
        c.trigger_index = problem->came->trigger < c.alarm->triggers.count ? problem->came->trigger
                                                                           : c.trigger_index;
    c.trigger = RULES_AT(c.rules, struct rules_trigger, c.alarm->triggers, c.trigger_index);
    if (clears)
        return ending_story(&c, problem->came != NULL);
    if (problem->came != NULL)
        return arena_print(c.arena, "%s%s", hold_story(&c), suppression_story(&c));
    return arena_print(c.arena, "%s%s%s%s", hold_story(&c), suppression_story(&c), faulty_story(&c),
                       quiet_story(&c));
}
