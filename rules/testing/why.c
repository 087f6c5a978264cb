/* Why an alert came when it came, or did not: from the engine's own notes and from what was sent.
 * See judge.h. */
#include "rules/testing/why.h"

#include "rules/testing/words.h"

bool why_is_note(const struct case_of *c, const struct testing_note *note)
{
    return note->time_ms <= c->until_ms && c->has_row &&
           text_equal(note->row->identity, c->row.identity);
}

static bool is_of_trigger(const struct case_of *c, const struct testing_note *note)
{
    return why_is_note(c, note) && note->alarm == c->alarm_index &&
           note->trigger == c->trigger_index;
}

/* The last (or first) note of a kind; NULL: none. */
static const struct testing_note *find(const struct case_of *c, enum engine_note_kind kind,
                                       bool is_first)
{
    const struct testing_note *found = NULL;
    for (size_t i = 0; i < c->play->notes_count; i++) {
        const struct testing_note *note = &c->play->notes[i];
        bool is_it = kind >= ENGINE_NOTE_SUPPRESSED
                         ? why_is_note(c, note) && note->alarm == c->alarm_index
                         : is_of_trigger(c, note);
        if (note->kind != kind || !is_it)
            continue;
        found = note;
        if (is_first)
            break;
    }
    return found;
}

/* ---- how it came ------------------------------------------------------------------------- */

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
                               why_time(c, at_ms));
    }
    return arena_print(c->arena, "\"%s\" was %strue at %s",
                       words_condition(c->arena, c->rules, c->alarm, when, &c->row), first,
                       why_time(c, at_ms));
}

static bool is_without_hold(const struct case_of *c)
{
    const struct rules_hold *hold = &c->trigger->when.hold;
    return hold->kind == RULES_HOLD_NONE || (hold->kind == RULES_HOLD_FOR && hold->for_ms == 0);
}

/* "1 minute was over", "10 minutes were over", "3 readings in a row were reached" */
static const char *done_words(const struct case_of *c)
{
    const struct rules_hold *hold = &c->trigger->when.hold;
    if (hold->kind != RULES_HOLD_FOR)
        return hold->kind == RULES_HOLD_TOTAL || hold->count == 1 ? "was reached" : "were reached";
    bool is_one = hold->for_ms == 1000 || hold->for_ms == 60000 || hold->for_ms == 3600000 ||
                  hold->for_ms == 86400000;
    return is_one ? "was over" : "were over";
}

/* The newest note of a kind before a moment; NULL: none. */
static const struct testing_note *find_before(const struct case_of *c, enum engine_note_kind kind,
                                              int64_t before_ms)
{
    struct case_of earlier = *c;
    earlier.until_ms = before_ms - 1;
    return find(&earlier, kind, false);
}

static bool is_at(const struct testing_note *note, int64_t ms)
{
    return note != NULL && note->time_ms == ms;
}

/* When Brink was off or started again between two moments; NULL: it ran. */
static const struct testing_step *outage(const struct case_of *c, int64_t from_ms, int64_t until_ms)
{
    for (const struct testing_step *step = c->play->test->first; step != NULL; step = step->next) {
        if ((step->kind == TESTING_OFF || step->kind == TESTING_RESTART) &&
            step->until_ms >= from_ms && step->from_ms <= until_ms)
            return step;
    }
    return NULL;
}

/* A hold that began anew says why; "" when it ran through. */
static const char *again_story(const struct case_of *c, int64_t from_ms, int64_t again_ms)
{
    const struct testing_step *off = outage(c, from_ms, again_ms);
    if (is_at(find(c, ENGINE_NOTE_RELEASED, false), again_ms) ||
        is_at(find(c, ENGINE_NOTE_CAPPED, false), again_ms))
        return arena_print(c->arena,
                           "; nothing kept it quiet from %s on, and the hold began again then",
                           why_time(c, again_ms));
    if (off != NULL && off->kind == TESTING_OFF)
        return arena_print(
            c->arena, "; Brink was off from %s to %s, and the hold began again at %s",
            why_time(c, off->from_ms), why_time(c, off->until_ms), why_time(c, again_ms));
    if (off != NULL)
        return arena_print(c->arena, "; Brink started again, and so did the hold, at %s",
                           why_time(c, again_ms));
    return arena_print(c->arena, "; a gap in the readings let the hold begin again at %s",
                       why_time(c, again_ms));
}

/* The hold began anew at or behind this moment, without its condition having been false. */
static const char *restart_story(const struct case_of *c, const struct testing_note **begun)
{
    const struct testing_note *last = *begun, *again = find(c, ENGINE_NOTE_RESTARTED, false),
                              *before = find_before(c, ENGINE_NOTE_TRUE, last->time_ms),
                              *over = find(c, ENGINE_NOTE_FALSE, false);
    if (again != NULL && again->time_ms > last->time_ms)
        return again_story(c, last->time_ms, again->time_ms);
    bool ran_on = before != NULL && (over == NULL || over->time_ms < before->time_ms) &&
                  (find(c, ENGINE_NOTE_ON, false) == NULL ||
                   find(c, ENGINE_NOTE_ON, false)->time_ms >= last->time_ms);
    if (!ran_on)
        return "";
    *begun = before;
    return again_story(c, before->time_ms, last->time_ms);
}

/* The hold should have been over, but readings stopped. */
static const char *starved_story(const struct case_of *c, int64_t begun_ms)
{
    const struct rules_hold *hold = &c->trigger->when.hold;
    const struct testing_note *quiet = find(c, ENGINE_NOTE_SUPPRESSED, false);
    int64_t last_ms = why_last_message_ms(c);
    if (hold->kind != RULES_HOLD_FOR || begun_ms + hold->for_ms > c->until_ms || quiet != NULL ||
        last_ms == INT64_MIN)
        return "";
    return arena_print(c->arena,
                       " Its last message came at %s, and a hold counts while readings are fresh.",
                       why_time(c, last_ms));
}

/* What a hold of any kind has come to, of the times at which the condition was true. */
struct come_to {
    unsigned times;
    int64_t total_ms;
};

static struct come_to come_to(const struct case_of *c, int64_t since_ms)
{
    struct come_to all = {0};
    int64_t true_ms = INT64_MIN;
    for (size_t i = 0; i < c->play->notes_count; i++) {
        const struct testing_note *note = &c->play->notes[i];
        if (!is_of_trigger(c, note) || note->time_ms <= since_ms)
            continue;
        if (note->kind == ENGINE_NOTE_TRUE) {
            all.times++;
            true_ms = note->time_ms;
        } else if (note->kind == ENGINE_NOTE_FALSE && true_ms != INT64_MIN) {
            all.total_ms += note->time_ms - true_ms;
            true_ms = INT64_MIN;
        }
    }
    return all;
}

/* "that is 8 minutes": from when it was true to its FALSE, in the measure of the hold. */
static const char *sum_words(const struct case_of *c, int64_t from_ms,
                             const struct testing_note *to)
{
    const struct rules_hold *hold = &c->trigger->when.hold;
    struct case_of between = *c;
    unsigned count = 0;
    switch ((enum rules_hold_kind)hold->kind) {
    case RULES_HOLD_NONE:
    case RULES_HOLD_FOR:
        break;
    case RULES_HOLD_READINGS:
        between.from_ms = from_ms;
        between.until_ms = to->time_ms - 1;
        count = why_messages(&between);
        return arena_print(c->arena, "that is %u reading%s", count, count == 1 ? "" : "s");
    case RULES_HOLD_TOTAL:
        return arena_print(
            c->arena, "all together that is %s",
            messages_duration(c->arena, come_to(c, to->time_ms - hold->in_ms).total_ms));
    case RULES_HOLD_TIMES:
        count = come_to(c, to->time_ms - hold->in_ms).times;
        return arena_print(c->arena, "all together that is %u time%s", count,
                           count == 1 ? "" : "s");
    }
    return arena_print(c->arena, "that is %s", messages_duration(c->arena, to->time_ms - from_ms));
}

/* Two readings that are alike show that a value is stuck: it was so from the first of them on. */
static int64_t its_begin_ms(const struct case_of *c, const struct testing_note *note)
{
    const struct rules_condition *when = &c->trigger->when;
    struct case_of before = *c;
    before.until_ms = note->time_ms - 1;
    bool is_stuck = when->tests.count == 1 &&
                    RULES_AT(c->rules, struct rules_test, when->tests, 0)->kind == RULES_STUCK;
    int64_t begin_ms = is_stuck ? why_last_message_ms(&before) : INT64_MIN;
    return begin_ms != INT64_MIN ? begin_ms : note->time_ms;
}

/* From the beginning of the hold that counted to its end, or to where it broke off. */
static const char *hold_story(const struct case_of *c)
{
    const struct testing_note *first = find(c, ENGINE_NOTE_TRUE, true),
                              *last = find(c, ENGINE_NOTE_TRUE, false),
                              *on = find(c, ENGINE_NOTE_ON, false),
                              *over = find(c, ENGINE_NOTE_FALSE, false);
    if (first == NULL)
        return on == NULL ? why_never(c) : "";
    const struct testing_note *begun = last;
    const char *again = restart_story(c, &begun);
    int64_t begun_ms = its_begin_ms(c, begun);
    const char *story =
        arena_print(c->arena, "%s%s", became_true(c, begun_ms, first == begun), again);
    if (on != NULL && on->time_ms >= last->time_ms)
        return is_without_hold(c) ? arena_print(c->arena, "%s.", story)
                                  : arena_print(c->arena, "%s, so %s %s at %s.", story, why_hold(c),
                                                done_words(c), why_time(c, on->time_ms));
    if (over != NULL && over->time_ms >= last->time_ms)
        return arena_print(c->arena, "%s and no longer at %s: %s, and it takes %s.", story,
                           why_time(c, over->time_ms), sum_words(c, its_begin_ms(c, last), over),
                           why_hold(c));
    if (is_without_hold(c))
        return arena_print(c->arena, "%s.", story);
    return arena_print(c->arena, "%s, and it takes %s.%s", story, why_hold(c),
                       starved_story(c, last->time_ms));
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
        arena_print(c->arena, " It was kept quiet from %s on%s%s%s", why_time(c, begun->time_ms),
                    line[0] ? " by \"" : "", line, line[0] ? "\"" : "");
    if (settling != NULL && settling->time_ms >= begun->time_ms)
        story = arena_print(c->arena, "%s; the state was over at %s and the time after it ran",
                            story, why_time(c, settling->time_ms));
    if (capped != NULL && capped->time_ms >= begun->time_ms)
        story = arena_print(c->arena, "%s; its longest time was over at %s", story,
                            why_time(c, capped->time_ms));
    if (over != NULL && over->time_ms >= begun->time_ms)
        return arena_print(c->arena, "%s; it ended at %s.", story, why_time(c, over->time_ms));
    return arena_print(c->arena, "%s.", story);
}

/* Readings that counted for nothing. */
static const char *faulty_story(const struct case_of *c)
{
    const struct testing_note *first = NULL;
    size_t count = 0;
    for (size_t i = 0; i < c->play->notes_count; i++) {
        const struct testing_note *note = &c->play->notes[i];
        if (note->kind != ENGINE_NOTE_FAULTY || !why_is_note(c, note))
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
                           why_time(c, first->time_ms));
    return arena_print(c->arena,
                       " %zu readings were faulty and counted for nothing, the first one %s at %s.",
                       count, name, why_time(c, first->time_ms));
}

static const char *quiet_story(const struct case_of *c)
{
    for (size_t i = 0; i < c->play->came_count; i++) {
        const struct testing_came *came = &c->play->came[i];
        if (came->is_quiet && came->alarm == c->alarm_index && came->time_ms <= c->until_ms &&
            came->kind == TESTING_CAME_ALERT)
            return arena_print(c->arena, " It was raised at %s, but nobody was told: %s.",
                               why_time(c, came->time_ms),
                               c->alarm->out_until_ms > came->time_ms ? "it is out of service"
                                                                      : "it was shelved");
    }
    return "";
}

/* What was asked of the devices themselves changes with a message; without one only time passed,
 * and nothing is fresh any more. */
static bool has_lost_sight(const struct case_of *c, int64_t at_ms)
{
    const struct rules_condition *when = &c->trigger->when;
    for (uint32_t i = 0; i < when->tests.count; i++) {
        if (RULES_AT(c->rules, struct rules_test, when->tests, i)->kind == RULES_ALARM)
            return false;
    }
    for (size_t i = 0; i < c->play->sent_count; i++) {
        if (c->play->sent[i].time_ms == at_ms)
            return false;
    }
    return true;
}

static const char *ending_story(const struct case_of *c, bool has_come)
{
    const struct testing_note *ending = find(c, ENGINE_NOTE_ENDING, false),
                              *off = find(c, ENGINE_NOTE_OFF, false),
                              *again = find(c, ENGINE_NOTE_AGAIN, false);
    const struct testing_note *on = find(c, ENGINE_NOTE_ON, false);
    if (on == NULL && off == NULL)
        return "it was not active then, so nothing could end.";
    if (ending == NULL && off == NULL) {
        const char *end = c->trigger->has_until ? words_condition(c->arena, c->rules, c->alarm,
                                                                  &c->trigger->until, &c->row)
                                                : NULL;
        struct case_of since = *c;
        since.from_ms = on->time_ms + 1;
        return end != NULL && c->trigger->until.tests.count > 0
                   ? arena_print(c->arena,
                                 "it is over when \"%s\", and that was not so after %s.%s", end,
                                 why_time(c, on->time_ms), why_ranges(&since, &c->trigger->until))
                   : arena_print(c->arena, "its condition was not over after %s.%s",
                                 why_time(c, on->time_ms), why_ranges(&since, &c->trigger->when));
    }
    if (ending == NULL || (off != NULL && off->time_ms < ending->time_ms))
        return arena_print(c->arena, "its end was there at %s.", why_time(c, off->time_ms));
    const char *story =
        arena_print(c->arena, "its condition was over at %s", why_time(c, ending->time_ms));
    if (again != NULL && again->time_ms > ending->time_ms && has_lost_sight(c, again->time_ms))
        return arena_print(c->arena, "%s, but from %s on nothing fresh was heard.", story,
                           why_time(c, again->time_ms));
    if (again != NULL && again->time_ms > ending->time_ms)
        return arena_print(c->arena, "%s, and true again at %s.", story,
                           why_time(c, again->time_ms));
    if (c->trigger->clear_after_ms > 0)
        story = arena_print(c->arena, "%s, and it clears after %s", story,
                            messages_duration(c->arena, c->trigger->clear_after_ms));
    if (c->alarm->is_latched)
        story = arena_print(c->arena, "%s; it %s cleared by hand", story, has_come ? "was" : "is");
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
    bool is_expectation = problem->came == NULL || problem->is_severity;
    c.from_ms = INT64_MIN;
    c.until_ms = is_expectation ? step->means_until_ms : problem->came->time_ms;
    choose_row(&c, problem);
    bool clears = step != NULL
                      ? step->expected == TESTING_EXPECT_CLEARED
                      : problem->came != NULL && problem->came->kind == TESTING_CAME_CLEARED;
    uint32_t severity = !is_expectation && !clears ? problem->came->severity
                        : step != NULL && step->expected == TESTING_EXPECT_ALERT ? step->severity
                                                                                 : RULES_NORMAL;
    choose_trigger(&c, severity);
    for (uint32_t i = 0; clears && i < c.alarm->triggers.count; i++) {
        struct case_of other = c;
        other.trigger_index = i;
        if (find(&c, ENGINE_NOTE_ON, false) == NULL && find(&other, ENGINE_NOTE_ON, false) != NULL)
            c.trigger_index = i;
    }
    if (problem->came != NULL && clears)
        c.trigger_index = problem->came->trigger < c.alarm->triggers.count ? problem->came->trigger
                                                                           : c.trigger_index;
    c.trigger = RULES_AT(c.rules, struct rules_trigger, c.alarm->triggers, c.trigger_index);
    if (clears)
        return arena_print(c.arena, "%s%s", ending_story(&c, problem->came != NULL),
                           why_still_unusual(&c));
    const struct testing_note *begun = find(&c, ENGINE_NOTE_TRUE, false);
    const char *story = arena_print(c.arena, "%s%s%s", hold_story(&c),
                                    why_unusual(&c, begun != NULL ? begun->time_ms : INT64_MIN),
                                    suppression_story(&c));
    return is_expectation ? arena_print(c.arena, "%s%s%s", story, faulty_story(&c), quiet_story(&c))
                          : story;
}
