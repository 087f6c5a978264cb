/* A failed test as people read it (RULES section 14.2). See judge.h. */
#include "rules/testing/judge.h"
#include "rules/testing/words.h"

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

const char *testing_came_words(struct testing_play *play, const struct testing_came *came)
{
    struct arena *arena = &play->arena;
    const char *words =
        arena_print(arena, "%s %s",
                    came->kind == TESTING_CAME_CLEARED ? "cleared" : words_severity(came->severity),
                    alarm_name(play, came->alarm));
    if (play->test->sensors_count > 1)
        words = arena_print(arena, "%s on %.*s", words, TEXT_ARGUMENTS(came->row->identity));
    if (came->text != NULL)
        words = arena_print(arena, "%s   \"%s\"", words, came->text);
    return words;
}

static const char *item_words(struct testing_play *play, const struct testing_problem *problem)
{
    const struct engine_item *item = &problem->report->items[problem->item->item];
    return item->is_known ? arena_print(&play->arena, "it is %s",
                                        words_number(&play->arena, item->value,
                                                     problem->item->decimals + 2u, TEXT("")))
                          : "it is not known: no good reading in its window";
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
    put(output, arena_print(arena, "%s line %u: \"%.*s\" failed.\n", file, play->test->line,
                            TEXT_ARGUMENTS(play->test->name)));
    for (size_t i = 0; i < verdict->count && i < PROBLEMS_SHOWN; i++) {
        const struct testing_problem *problem = &verdict->problems[i];
        const char *why = testing_why(play, problem);
        put(output, "\n");
        print_problem(play, problem, output);
        if (why[0])
            put(output, arena_print(arena, "\n   Why: %s\n", why));
        const char *timeline = i == 0 ? testing_timeline(play, problem) : "";
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
    const char *why = testing_why(play, problem), *came = came_sentence(play, problem);
    if (problem->step != NULL)
        sentence = arena_print(arena, "%sexpected %s at %s; %s.", sentence,
                               testing_expected_words(play, problem->step),
                               words_time(arena, play->test, problem->step->from_ms), came);
    else
        sentence = arena_print(arena, "%s%s, and no line expects it.", sentence, came);
    return why[0] ? arena_print(arena, "%s Why: %s", sentence, why) : sentence;
}
