/* Compares what a test expects with what came. Every alert that is raised, rises or clears has to
 * be expected; updates that go down, and reminders, need not be (RULES, appendix E 38). See
 * judge.h. */
#include "rules/testing/judge.h"

#include "rules/testing/words.h"

#include <math.h>
#include <stdlib.h>

static const struct ruleset *rules_of(const struct testing_play *play)
{
    return play->test->rules->rules;
}

static uint32_t alarm_scope(const struct testing_play *play, uint32_t alarm)
{
    const struct ruleset *rules = rules_of(play);
    return RULES_AT(rules, struct rules_alarm, rules->alarms, alarm)->scope;
}

/* ---- alerts -------------------------------------------------------------------------------- */

static bool is_kind(const struct testing_step *step, const struct testing_came *came)
{
    if (step->expected == TESTING_EXPECT_ALERT)
        return came->kind == TESTING_CAME_ALERT && !came->is_quiet;
    return step->expected == TESTING_EXPECT_CLEARED && came->kind == TESTING_CAME_CLEARED;
}

static bool is_severity(const struct testing_step *step, const struct testing_came *came)
{
    return step->expected != TESTING_EXPECT_ALERT || came->severity == step->severity;
}

/* Of the same alarm and device, whenever it came. */
static bool is_it(const struct testing_play *play, const struct testing_step *step,
                  const struct testing_came *came)
{
    return is_kind(step, came) && came->alarm == step->alarm &&
           testing_row_is(play->test, alarm_scope(play, step->alarm), came->row, step->on);
}

static bool is_in_time(const struct testing_step *step, int64_t time_ms)
{
    return time_ms >= step->from_ms && time_ms <= step->means_until_ms;
}

static bool has_part(const struct testing_step *step, const struct testing_came *came)
{
    if (step->part.length == 0)
        return true;
    return came->text != NULL && words_find(text_of(came->text), step->part) != NULL;
}

/* ---- problems ------------------------------------------------------------------------------ */

static void add(struct testing_verdict *verdict, struct testing_problem problem)
{
    verdict->all++;
    if (verdict->count < TESTING_PROBLEMS_MAX)
        verdict->problems[verdict->count++] = problem;
}

/* What a line can be compared with, the likest first. */
enum likeness { AS_EXPECTED, OTHER_TEXT, OTHER_TIME, OTHER_SEVERITY, LIKENESSES };

static bool is_like(const struct testing_step *step, const struct testing_came *came,
                    enum likeness likeness)
{
    switch (likeness) {
    case AS_EXPECTED:
        return is_severity(step, came) && is_in_time(step, came->time_ms) && has_part(step, came);
    case OTHER_TEXT:
        return is_severity(step, came) && is_in_time(step, came->time_ms);
    case OTHER_TIME:
        return is_severity(step, came);
    case OTHER_SEVERITY:
        return is_in_time(step, came->time_ms);
    case LIKENESSES:
        break;
    }
    return false;
}

/* The first that nobody else expects, which is expected from now on; NULL: none. */
static struct testing_came *take(struct testing_play *play, const struct testing_step *step,
                                 enum likeness likeness)
{
    for (size_t i = 0; i < play->came_count; i++) {
        struct testing_came *came = &play->came[i];
        if (came->is_expected || !is_it(play, step, came) || !is_like(step, came, likeness))
            continue;
        came->is_expected = true;
        return came;
    }
    return NULL;
}

static bool is_alert(const struct testing_step *step)
{
    return step->kind == TESTING_EXPECT && step->expected <= TESTING_EXPECT_CLEARED;
}

/* First everything that is as expected; then what is left is paired, so that "expected at 08:15"
 * and "came at 08:16" are one problem. */
static void judge_alerts(struct testing_play *play, struct testing_verdict *verdict)
{
    const struct testing_step **left = must_arena_allocate(
        &play->arena, (play->test->steps_count + 1) * sizeof(struct testing_step *));
    size_t count = 0;
    for (const struct testing_step *step = play->test->first; step != NULL; step = step->next) {
        if (is_alert(step) && take(play, step, AS_EXPECTED) == NULL)
            left[count++] = step;
    }
    for (enum likeness likeness = OTHER_TEXT; likeness < LIKENESSES; likeness++) {
        for (size_t i = 0; i < count; i++) {
            struct testing_came *came = left[i] != NULL ? take(play, left[i], likeness) : NULL;
            if (came == NULL)
                continue;
            add(verdict, (struct testing_problem){.step = left[i],
                                                  .came = came,
                                                  .is_text = likeness == OTHER_TEXT,
                                                  .is_severity = likeness == OTHER_SEVERITY,
                                                  .time_ms = left[i]->from_ms});
            left[i] = NULL;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (left[i] != NULL)
            add(verdict, (struct testing_problem){.step = left[i], .time_ms = left[i]->from_ms});
    }
    for (size_t i = 0; i < play->came_count; i++) {
        const struct testing_came *came = &play->came[i];
        if (!came->is_expected && !came->is_quiet && came->kind != TESTING_CAME_OTHER)
            add(verdict, (struct testing_problem){.came = came, .time_ms = came->time_ms});
    }
}

/* ---- reports and holds --------------------------------------------------------------------- */

/* A number means as much as it says. */
static bool is_value(const struct testing_report *report, const struct testing_item *item)
{
    if (item->item >= report->items_count || !report->items[item->item].is_known)
        return false;
    double scale = pow(10, item->decimals);
    return fabs(report->items[item->item].value - item->value) * scale <= 0.5 + 1e-9;
}

static const struct testing_item *wrong_item(const struct testing_step *step,
                                             const struct testing_report *report)
{
    for (uint32_t i = 0; i < step->items_count; i++) {
        if (!is_value(report, &step->items[i]))
            return &step->items[i];
    }
    return NULL;
}

static void judge_report(struct testing_play *play, const struct testing_step *step,
                         struct testing_verdict *verdict)
{
    const struct ruleset *rules = rules_of(play);
    uint32_t scope = RULES_AT(rules, struct rules_report, rules->reports, step->report)->scope;
    struct testing_problem problem = {.step = step, .time_ms = step->from_ms};
    for (size_t i = 0; i < play->reports_count; i++) {
        const struct testing_report *report = &play->reports[i];
        if (report->report != step->report ||
            !testing_row_is(play->test, scope, report->row, step->on))
            continue;
        bool is_now = is_in_time(step, report->time_ms);
        if (is_now && wrong_item(step, report) == NULL)
            return;
        if (is_now || problem.report == NULL) {
            problem.report = report;
            problem.item = is_now ? wrong_item(step, report) : NULL;
        }
    }
    add(verdict, problem);
}

static bool has_waited(const struct testing_play *play, const struct testing_step *step)
{
    for (size_t i = 0; i < play->waited_count; i++) {
        if (play->waited[i] == step)
            return true;
    }
    return false;
}

static void judge_others(struct testing_play *play, struct testing_verdict *verdict)
{
    for (const struct testing_step *step = play->test->first; step != NULL; step = step->next) {
        if (step->kind != TESTING_EXPECT)
            continue;
        if (step->expected == TESTING_EXPECT_REPORT)
            judge_report(play, step, verdict);
        else if (step->expected == TESTING_EXPECT_WAITING && !has_waited(play, step))
            add(verdict, (struct testing_problem){.step = step, .time_ms = step->from_ms});
    }
    for (size_t i = 0; i < play->troubles_count; i++)
        add(verdict, (struct testing_problem){.step = play->troubles[i].step,
                                              .text = play->troubles[i].text,
                                              .time_ms = play->troubles[i].step->from_ms});
}

static int by_time(const void *left, const void *right)
{
    const struct testing_problem *a = left, *b = right;
    int64_t at = a->time_ms, other = b->time_ms;
    return at < other ? -1 : at > other;
}

void testing_judge(struct testing_play *play, struct testing_verdict *verdict)
{
    *verdict = (struct testing_verdict){0};
    judge_alerts(play, verdict);
    judge_others(play, verdict);
    qsort(verdict->problems, verdict->count, sizeof verdict->problems[0], by_time);
    verdict->has_passed = verdict->all == 0;
}
