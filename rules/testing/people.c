/* What people do and see in a test: commands, and alarms whose hold runs. See stage.h. */
#include "rules/testing/stage.h"

static const char *const refusals[] = {
    [ENGINE_NOT_ACTIVE] = "the alarm is not active then",
    [ENGINE_ALREADY] = "it was acknowledged already",
    [ENGINE_NEVER_SHELVED] = "the rules say that it may never be shelved",
    [ENGINE_TOO_LONG] = "the rules do not let it be shelved for so long",
    [ENGINE_NOT_LATCHED] = "it is not one that is cleared by hand",
    [ENGINE_STILL_TRUE] = "its condition is still true",
    [ENGINE_STILL_UNKNOWN] = "nobody knows whether its condition is still true",
    [ENGINE_NO_SUCH_ALARM] = "no sensor of this test has this alarm",
};

/* The engine's row of an alarm for a sensor; ENGINE_NO_DEVICE: none, or not yet. */
static uint32_t device_for(const struct stage *stage, uint32_t alarm,
                           const struct testing_sensor *sensor)
{
    const struct ruleset *rules = stage->test->rules->rules;
    uint32_t scope = RULES_AT(rules, struct rules_alarm, rules->alarms, alarm)->scope, count;
    struct text names[RULES_NAMES_MAX];
    if (!testing_row_of(stage->test, sensor, scope, names, &count))
        return ENGINE_NO_DEVICE;
    if (scope < rules->groups.count)
        return engine_device_find(stage->trial.engine, scope, names);
    return engine_set_find(stage->trial.engine, scope - rules->groups.count, names);
}

static bool is_meant(struct stage *stage, const struct testing_step *step, uint32_t device)
{
    const struct ruleset *rules = stage->test->rules->rules;
    return testing_row_is(stage->test,
                          RULES_AT(rules, struct rules_alarm, rules->alarms, step->alarm)->scope,
                          stage_row(stage, device), step->on);
}

static const char *const commands[] = {[ENGINE_ACKNOWLEDGE] = "acknowledge",
                                       [ENGINE_SHELVE] = "shelve",
                                       [ENGINE_UNSHELVE] = "unshelve",
                                       [ENGINE_RESET] = "reset"};

static void refuse(struct stage *stage, const struct testing_step *step, enum engine_answer answer)
{
    const struct ruleset *rules = stage->test->rules->rules;
    const struct rules_alarm *alarm =
        RULES_AT(rules, struct rules_alarm, rules->alarms, step->alarm);
    struct arena *arena = &stage->play->arena;
    const char *why = refusals[answer];
    if (answer == ENGINE_ALREADY && step->command == ENGINE_UNSHELVE)
        why = "it is not shelved then";
    else if (answer == ENGINE_TOO_LONG)
        why = arena_print(arena, "the rules let it be shelved for %s at most",
                          messages_duration(arena, alarm->shelve_most_ms));
    stage_add_trouble(stage, step,
                      arena_print(arena, "\"%s %s\" was not done: %s.", commands[step->command],
                                  rules_text(rules, alarm->name).bytes, why));
}

void stage_command(struct stage *stage, const struct testing_step *step)
{
    enum engine_answer best = ENGINE_NO_SUCH_ALARM;
    uint32_t done = ENGINE_NO_DEVICE;
    for (uint32_t i = 0; i < stage->test->sensors_count; i++) {
        uint32_t device = device_for(stage, step->alarm, &stage->test->sensors[i]);
        if (device == ENGINE_NO_DEVICE || device == done || !is_meant(stage, step, device))
            continue;
        enum engine_answer answer = trial_command(&stage->trial, (enum engine_command)step->command,
                                                  step->alarm, device, step->for_ms);
        /* Without `on` it is done wherever it can be. */
        best = answer == ENGINE_DONE || best == ENGINE_NO_SUCH_ALARM ? answer : best;
        done = device;
        if (best == ENGINE_DONE && step->on.length > 0)
            break;
    }
    if (best != ENGINE_DONE)
        refuse(stage, step, best);
}

/* ---- holds --------------------------------------------------------------------------------- */

static bool has_waited(const struct stage *stage, const struct testing_step *step)
{
    for (size_t i = 0; i < stage->play->waited_count; i++) {
        if (stage->play->waited[i] == step)
            return true;
    }
    return false;
}

/* A hold may run for a moment only: looked for whenever something happened. */
void stage_look_for_waiting(void *context)
{
    struct stage *stage = context;
    if (!stage->has_waiting || !stage->trial.engine)
        return;
    for (struct testing_step *step = stage->test->first; step != NULL; step = step->next) {
        if (step->kind != TESTING_EXPECT || step->expected != TESTING_EXPECT_WAITING ||
            stage->trial.now_ms < step->from_ms || stage->trial.now_ms > step->means_until_ms ||
            has_waited(stage, step))
            continue;
        for (uint32_t i = 0; i < stage->test->sensors_count; i++) {
            uint32_t device = device_for(stage, step->alarm, &stage->test->sensors[i]);
            if (device == ENGINE_NO_DEVICE || !is_meant(stage, step, device) ||
                !engine_alarm_state(stage->trial.engine, step->alarm, device).is_waiting)
                continue;
            stage->play->waited[stage->play->waited_count++] = step;
            break;
        }
    }
}
