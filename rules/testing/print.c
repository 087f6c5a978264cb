/* A failed test as people read it (RULES section 14.2). See judge.h. */
#include "rules/testing/judge.h"
#include "rules/testing/words.h"

#include "alerts/wording.h"

#define PROBLEMS_SHOWN 6

static void put(struct rules_output output, const char *text)
{
    output.write(output.context, text, strlen(text));
}

static const char *alarm_name(const struct testing_play *play, uint32_t alarm)
{
    const struct ruleset *rules = play->test->rules->rules;
    return rules_text(rules, RULES_AT(rules, struct rules_alarm, rules->alarms, alarm)->name).bytes;
}

const char *testing_expected_words(struct testing_play *play, const struct testing_step *step)
{
    const struct ruleset *rules = play->test->rules->rules;
    struct arena *arena = &play->arena;
    const char *words = "";
    switch (step->expected) {
    case TESTING_EXPECT_ALERT:
        words = arena_print(arena, "%s %s", words_severity(step->severity),
                            alarm_name(play, step->alarm));
        break;
    case TESTING_EXPECT_CLEARED:
        words = arena_print(arena, "cleared %s", alarm_name(play, step->alarm));
        break;
    case TESTING_EXPECT_WAITING:
        words = arena_print(arena, "waiting %s", alarm_name(play, step->alarm));
        break;
    case TESTING_EXPECT_REPORT:
        words = arena_print(
            arena, "report %s",
            rules_text(rules,
                       RULES_AT(rules, struct rules_report, rules->reports, step->report)->name)
                .bytes);
        break;
    }
    if (step->on.length > 0)
        words = arena_print(arena, "%s on %.*s", words, TEXT_ARGUMENTS(step->on));
    if (step->part.length > 0)
        words = arena_print(arena, "%s   \"… %.*s …\"", words, TEXT_ARGUMENTS(step->part));
    return words;
}

/* As the test calls the sensor, else its names. */
static struct text short_name(const struct testing_play *play, uint32_t alarm,
                              const struct testing_row *row)
{
    const struct ruleset *rules = play->test->rules->rules;
    uint32_t scope = RULES_AT(rules, struct rules_alarm, rules->alarms, alarm)->scope;
    for (uint32_t i = 0; i < play->test->sensors_count && scope < rules->groups.count; i++) {
        const struct testing_sensor *sensor = &play->test->sensors[i];
        if (sensor->short_name.length > 0 && sensor->group == scope &&
            testing_row_is(play->test, scope, row, sensor->short_name))
            return sensor->short_name;
    }
    return row->identity;
}

const char *testing_came_words(struct testing_play *play, const struct testing_came *came)
{
    struct arena *arena = &play->arena;
    const char *words =
        arena_print(arena, "%s %s",
                    came->kind == TESTING_CAME_CLEARED ? "cleared" : words_severity(came->severity),
                    alarm_name(play, came->alarm));
    if (play->test->sensors_count > 1 && came->row->count > 0)
        words = arena_print(arena, "%s on %.*s", words,
                            TEXT_ARGUMENTS(short_name(play, came->alarm, came->row)));
    if (came->text != NULL)
        words = arena_print(arena, "%s   \"%s\"", words, came->text);
    return words;
}

static const char *item_words(struct testing_play *play, const struct testing_problem *problem)
{
    const struct ruleset *rules = play->test->rules->rules;
    const struct engine_item *value = &problem->report->items[problem->item->item];
    const struct rules_report *report =
        RULES_AT(rules, struct rules_report, rules->reports, problem->report->report);
    const struct rules_item *item =
        RULES_AT(rules, struct rules_item, report->items, problem->item->item);
    if (!value->is_known)
        return "it is not known: no good reading in its window";
    bool has_unit = item->kind == RULES_ITEM_SUMMARY && item->summary != RULES_COUNT &&
                    report->group < rules->groups.count;
    const struct rules_group *group =
        has_unit ? RULES_AT(rules, struct rules_group, rules->groups, report->group) : NULL;
    struct text unit =
        has_unit ? rules_text(
                       rules,
                       RULES_AT(rules, struct rules_reading, group->readings, item->reading)->unit)
                 : TEXT("");
    unsigned needed = wording_decimals(value->value), most = problem->item->decimals + 2u;
    return arena_print(
        &play->arena, "it is %s",
        words_number(&play->arena, value->value, needed < most ? needed : most, unit));
}

/* Why a report is not there at all: when it comes. */
static const char *report_story(struct testing_play *play, const struct testing_problem *problem)
{
    const struct ruleset *rules = play->test->rules->rules;
    const struct testing_step *step = problem->step;
    if (step == NULL || step->expected != TESTING_EXPECT_REPORT || problem->text != NULL ||
        problem->report != NULL)
        return "";
    const struct rules_report *report =
        RULES_AT(rules, struct rules_report, rules->reports, step->report);
    const char *wait = report->wait_ms > 0
                           ? arena_print(&play->arena, ", and waits another %s for late readings",
                                         messages_duration(&play->arena, report->wait_ms))
                           : "";
    return report->every_ms > 0
               ? arena_print(&play->arena,
                             "it comes at the end of every %s%s; the test ends at %s.",
                             messages_duration(&play->arena, report->every_ms), wait,
                             words_time(&play->arena, play->test, play->ends_ms / 60000 * 60000))
               : "";
}

static const char *why(struct testing_play *play, const struct testing_problem *problem)
{
    const char *story = report_story(play, problem);
    return story[0] ? story : testing_why(play, problem);
}

static void print_problem(struct testing_play *play, const struct testing_problem *problem,
                          struct rules_output output)
{
    struct arena *arena = &play->arena;
    const struct testing_step *step = problem->step;
    const char *at = step != NULL ? words_time(arena, play->test, step->from_ms) : "";
    if (problem->text != NULL) {
        put(output, arena_print(arena, "   %-8s line %u    %s\n", at, step != NULL ? step->line : 0,
                                problem->text));
        return;
    }
    if (step != NULL)
        put(output,
            arena_print(arena, "   %-8s expected   %s\n", at, testing_expected_words(play, step)));
    else
        put(output, "            expected   nothing\n");
    if (problem->came != NULL) {
        put(output, arena_print(arena, "   %-8s came       %s\n",
                                words_time(arena, play->test, problem->came->time_ms),
                                testing_came_words(play, problem->came)));
    } else if (problem->report != NULL) {
        const char *time = words_time(arena, play->test, problem->report->time_ms);
        put(output,
            problem->item != NULL
                ? arena_print(arena, "   %-8s came       it, but not %.*s: %s\n", time,
                              TEXT_ARGUMENTS(problem->item->written), item_words(play, problem))
                : arena_print(arena, "   %-8s came       it, at this time\n", time));
    } else {
        put(output, "            came       nothing of this kind\n");
    }
}

void testing_print(struct testing_play *play, const struct testing_verdict *verdict,
                   const char *file, struct rules_output output)
{
    struct arena *arena = &play->arena;
    bool has_drawn = false; /* one picture is enough */
    put(output, arena_print(arena, "%s line %u: \"%.*s\" failed.\n", file, play->test->line,
                            TEXT_ARGUMENTS(play->test->name)));
    for (size_t i = 0; i < verdict->count && i < PROBLEMS_SHOWN; i++) {
        const struct testing_problem *problem = &verdict->problems[i];
        const char *reason = why(play, problem);
        put(output, "\n");
        print_problem(play, problem, output);
        if (reason[0])
            put(output, arena_print(arena, "\n   Why: %s\n", reason));
        const char *timeline = has_drawn ? "" : testing_timeline(play, problem);
        has_drawn |= timeline[0] != 0;
        if (timeline[0])
            put(output, arena_print(arena, "\n%s", timeline));
    }
    if (verdict->all > PROBLEMS_SHOWN)
        put(output, arena_print(arena, "\n   And %zu more.\n", verdict->all - PROBLEMS_SHOWN));
    put(output, "\n");
}

/* ---- one line ------------------------------------------------------------------------------ */

static const char *came_sentence(struct testing_play *play, const struct testing_problem *problem)
{
    struct arena *arena = &play->arena;
    if (problem->came != NULL)
        return arena_print(arena, "%s came at %s", testing_came_words(play, problem->came),
                           words_time(arena, play->test, problem->came->time_ms));
    if (problem->report == NULL)
        return "nothing of this kind came";
    const char *time = words_time(arena, play->test, problem->report->time_ms);
    return problem->item != NULL
               ? arena_print(arena, "it came at %s, but not %.*s: %s", time,
                             TEXT_ARGUMENTS(problem->item->written), item_words(play, problem))
               : arena_print(arena, "it came at %s", time);
}

const char *testing_sentence(struct testing_play *play, const struct testing_problem *problem)
{
    struct arena *arena = &play->arena;
    const char *sentence = arena_print(arena, "\"%.*s\": ", TEXT_ARGUMENTS(play->test->name));
    if (problem->text != NULL)
        return arena_print(arena, "%s%s", sentence, problem->text);
    const char *reason = why(play, problem), *came = came_sentence(play, problem);
    if (problem->step != NULL)
        sentence = arena_print(arena, "%sexpected %s at %s; %s.", sentence,
                               testing_expected_words(play, problem->step),
                               words_time(arena, play->test, problem->step->from_ms), came);
    else
        sentence = arena_print(arena, "%s%s, and no line expects it.", sentence, came);
    return reason[0] ? arena_print(arena, "%s Why: %s", sentence, reason) : sentence;
}
