/* Judges triggers, alarms and the site. See checker.h. */
#include "rules/language/checker.h"

/* ---- which way a test looks ---------------------------------------------------------------- */

enum side { SIDE_NONE, SIDE_HIGH, SIDE_LOW, SIDE_OUT, SIDE_IN };

static enum side side_of(const struct draft_test *test)
{
    static const enum side sides[] = {
        [RULES_ABOVE] = SIDE_HIGH,  [RULES_BELOW] = SIDE_LOW,   [RULES_AT_LEAST] = SIDE_HIGH,
        [RULES_AT_MOST] = SIDE_LOW, [RULES_INSIDE] = SIDE_IN,   [RULES_OUTSIDE] = SIDE_OUT,
        [RULES_IS] = SIDE_NONE,     [RULES_IS_NOT] = SIDE_NONE, [RULES_SILENT] = SIDE_NONE,
    };
    return sides[test->kind];
}

/* Two limits can be compared when both are fixed, or both rest on the same reading. */
static bool are_comparable(const struct draft_value *a, const struct draft_value *b)
{
    return a->kind == b->kind && (a->kind == RULES_CONSTANT || a->reading == b->reading);
}

/* ---- one trigger --------------------------------------------------------------------------- */

static const struct draft_test *find_silent(const struct draft_condition *condition)
{
    for (uint32_t i = 0; i < condition->tests_count; i++) {
        if (condition->tests[i].kind == RULES_SILENT)
            return &condition->tests[i];
    }
    return NULL;
}

static bool judge_silent(struct parser *parser, const struct draft_condition *condition)
{
    const struct draft_test *silent = find_silent(condition);
    if (silent == NULL || condition->for_ms > 0)
        return true;
    return parser_tell(parser, silent->predicate, CODE_SILENT, "\"silent\" needs a length of time.",
                       "for example \"silent for 15 minutes\"", "");
}

/* True when `until` begins on the far side of where `when` ends. */
static bool is_wrong_side(const struct draft_test *when, const struct draft_test *until)
{
    enum side start = side_of(when), end = side_of(until);
    if (start == SIDE_NONE || end == SIDE_NONE || start == end)
        return start != SIDE_NONE && start == end;
    if (!are_comparable(&when->value, &until->value))
        return false;
    double a = when->value.number, b = until->value.number;
    if (start == SIDE_HIGH && end == SIDE_LOW)
        return b > a;
    if (start == SIDE_LOW && end == SIDE_HIGH)
        return b < a;
    if (start == SIDE_HIGH && end == SIDE_IN)
        return until->second.number > a && are_comparable(&when->value, &until->second);
    if (start == SIDE_LOW && end == SIDE_IN)
        return b < a;
    if (!are_comparable(&when->value, &when->second) ||
        !are_comparable(&when->value, &until->second))
        return false;
    double a2 = when->second.number, b2 = until->second.number;
    if (start == SIDE_OUT && end == SIDE_IN)
        return b < a || b2 > a2;
    if (start == SIDE_IN && end == SIDE_OUT)
        return b > a || b2 < a2;
    return false;
}

static bool judge_ending(struct parser *parser, const struct draft_trigger *trigger)
{
    static const struct {
        const char *opposite, *value;
    } remedies[] = {
        [SIDE_HIGH] = {"until below", "a value that is lower"},
        [SIDE_LOW] = {"until above", "a value that is higher"},
        [SIDE_OUT] = {"until inside", "a range that lies within this one"},
        [SIDE_IN] = {"until outside", "a range that is wider"},
    };
    if (!trigger->has_until || trigger->until.tests_count != 1)
        return true;
    const struct draft_test *end = &trigger->until.tests[0];
    for (uint32_t i = 0; i < trigger->when.tests_count; i++) {
        const struct draft_test *start = &trigger->when.tests[i];
        bool is_same = start->kind != RULES_SILENT && end->kind != RULES_SILENT &&
                       start->reading == end->reading;
        if (!is_same || !is_wrong_side(start, end))
            continue;
        enum side side = side_of(start);
        return parser_tell(
            parser, end->predicate, CODE_WRONG_SIDE,
            "This alarm could never clear sensibly: its end is on the wrong side of its start.",
            arena_print(parser->arena, "after \"%s\" write \"%s\" and %s", start->comparison,
                        remedies[side].opposite, remedies[side].value),
            "");
    }
    return true;
}

static bool is_only_silent(const struct draft_condition *condition)
{
    for (uint32_t i = 0; i < condition->tests_count; i++) {
        if (condition->tests[i].kind != RULES_SILENT)
            return false;
    }
    return true;
}

static void warn_hold(struct parser *parser, const struct draft_condition *when)
{
    struct draft_group *group = parser->group;
    if (when->for_ms == 0)
        return;
    struct arena *arena = parser->arena;
    const char *hold = messages_duration(arena, when->for_ms);
    if (group->expect_ms > 0 && when->for_ms < group->expect_ms) {
        const char *expect = messages_duration(arena, group->expect_ms);
        if (is_only_silent(when))
            parser_tell(parser, when->for_place, WARN_HOLD_SHORT,
                        arena_print(arena,
                                    "These sensors report every %s, so they are always silent for "
                                    "%s.",
                                    expect, hold),
                        arena_print(arena, "wait for %s or longer",
                                    messages_duration(arena, 3 * group->expect_ms)),
                        "");
        else
            parser_tell(parser, when->for_place, WARN_HOLD_SHORT,
                        arena_print(arena,
                                    "These sensors report every %s, so after %s there is still "
                                    "only one reading.",
                                    expect, hold),
                        arena_print(arena, "hold for %s or longer, or leave \"for\" out", expect),
                        "");
    }
    if (group->expect_ms == 0 && !is_only_silent(when) && !group->hold_without_expect_was_told &&
        !group->has_mistakes) {
        group->hold_without_expect_was_told = true;
        parser_tell(parser, when->for_place, WARN_NO_EXPECT,
                    arena_print(arena,
                                "%.*s does not say how often its sensors report, so nobody can "
                                "tell whether %s is long enough.",
                                TEXT_ARGUMENTS(group->name), hold),
                    arena_print(arena, "add \"expect every 1 minute\", or what is true, to %.*s",
                                TEXT_ARGUMENTS(group->name)),
                    "");
    }
}

/* A number that hovers at its limit raises and clears with every reading. */
static void warn_deadband(struct parser *parser, const struct draft_trigger *trigger)
{
    const struct draft_test *test = &trigger->when.tests[0];
    const struct draft_group *group = parser->group;
    if (trigger->has_until || trigger->when.tests_count != 1 || group->expect_ms == 0 ||
        group->expect_ms >= 60000)
        return;
    static const char *const remedies[] = {
        [SIDE_HIGH] = "add \"until below\" and a value that is lower",
        [SIDE_LOW] = "add \"until above\" and a value that is higher",
        [SIDE_OUT] = "add \"until inside\" and a range that lies within this one",
        [SIDE_IN] = "add \"until outside\" and a range that is wider",
    };
    enum side side = side_of(test);
    if (side != SIDE_NONE)
        parser_tell(parser, test->predicate, WARN_NO_DEADBAND,
                    "A value that hovers at this limit raises and clears the alarm over and over.",
                    remedies[side], "");
}

/* A limit that no valid reading can reach. */
static void warn_invalid(struct parser *parser, const struct draft_test *test)
{
    enum side side = side_of(test);
    if (side == SIDE_NONE || test->value.kind != RULES_CONSTANT)
        return;
    const struct draft_reading *reading = parser->group->readings[test->reading];
    double limit = test->value.number;
    bool is_beyond =
        side == SIDE_HIGH ? limit > reading->valid_most ||
                                (test->kind == RULES_ABOVE && limit >= reading->valid_most)
        : side == SIDE_LOW ? limit < reading->valid_least ||
                                 (test->kind == RULES_BELOW && limit <= reading->valid_least)
        : side == SIDE_IN
            ? limit > reading->valid_most || (test->second.kind == RULES_CONSTANT &&
                                              test->second.number < reading->valid_least)
            : limit <= reading->valid_least && test->second.kind == RULES_CONSTANT &&
                  test->second.number >= reading->valid_most;
    if (is_beyond)
        parser_tell(parser, test->value.place, WARN_LIMIT_INVALID,
                    arena_print(parser->arena,
                                "This can never happen: %.*s is valid from %.*s, anything else "
                                "counts as faulty.",
                                TEXT_ARGUMENTS(reading->name), TEXT_ARGUMENTS(reading->valid_text)),
                    "write a limit inside that range, or widen \"valid\"", "");
}

bool checker_judge_trigger(struct parser *parser, const struct draft_trigger *trigger)
{
    if (!judge_silent(parser, &trigger->when) ||
        (trigger->has_until && !judge_silent(parser, &trigger->until)) ||
        !judge_ending(parser, trigger))
        return false;
    warn_hold(parser, &trigger->when);
    warn_deadband(parser, trigger);
    for (uint32_t i = 0; i < trigger->when.tests_count; i++)
        warn_invalid(parser, &trigger->when.tests[i]);
    if (find_silent(&trigger->when) != NULL)
        parser->group->has_silent_alarm = true;
    return true;
}

/* ---- one alarm ----------------------------------------------------------------------------- */

/* True when `worse` begins no later than `lesser`, so that the lesser one is never seen. */
static bool starts_before(const struct draft_trigger *worse, const struct draft_trigger *lesser)
{
    if (worse->when.tests_count != 1 || lesser->when.tests_count != 1 ||
        worse->when.for_ms > lesser->when.for_ms)
        return false;
    const struct draft_test *a = &worse->when.tests[0], *b = &lesser->when.tests[0];
    enum side side = side_of(a);
    if (side != side_of(b) || (side != SIDE_HIGH && side != SIDE_LOW) || a->reading != b->reading ||
        !are_comparable(&a->value, &b->value))
        return false;
    double worse_limit = a->value.number, lesser_limit = b->value.number;
    return side == SIDE_HIGH ? worse_limit < lesser_limit : worse_limit > lesser_limit;
}

static void judge_order(struct parser *parser, const struct draft_alarm *alarm)
{
    static const char *const names[] = {"", "log", "notice", "warning", "critical"};
    for (uint32_t i = 0; i < alarm->triggers_count; i++) {
        for (uint32_t j = 0; j < alarm->triggers_count; j++) {
            const struct draft_trigger *worse = alarm->triggers[i], *lesser = alarm->triggers[j];
            if (worse->severity <= lesser->severity || !starts_before(worse, lesser))
                continue;
            parser_tell(parser, worse->when.tests[0].subject, CODE_SEVERITY_ORDER,
                        arena_print(parser->arena,
                                    "%s starts before %s here, so %s would never be seen.",
                                    names[worse->severity], names[lesser->severity],
                                    names[lesser->severity]),
                        arena_print(parser->arena, "swap the two limits (see line %u)",
                                    lesser->place.line + 1),
                        "");
            return;
        }
    }
}

static bool is_critical(const struct draft_alarm *alarm)
{
    for (uint32_t i = 0; i < alarm->triggers_count; i++) {
        if (alarm->triggers[i]->severity == RULES_CRITICAL)
            return true;
    }
    return false;
}

void checker_judge_alarm(struct parser *parser, const struct draft_alarm *alarm)
{
    judge_order(parser, alarm);
}

/* ---- the site ------------------------------------------------------------------------------ */

void checker_judge_site(struct parser *parser)
{
    const struct draft *draft = parser->draft;
    struct arena *arena = parser->arena;
    uint32_t critical = 0;
    const struct draft_alarm *last = NULL;
    for (uint32_t i = 0; i < draft->alarms_count; i++) {
        const struct draft_alarm *alarm = draft->alarms[i];
        if (!is_critical(alarm))
            continue;
        critical++;
        last = alarm;
        if (alarm->options.action.length == 0)
            parser_tell(parser, alarm->place, WARN_NO_ACTION,
                        arena_print(arena, "%.*s is critical, and does not say what to do.",
                                    TEXT_ARGUMENTS(alarm->name)),
                        "add a line such as: action \"Close the door.\"", "");
    }
    for (uint32_t i = 0; i < draft->groups_count; i++) {
        const struct draft_group *group = draft->groups[i];
        if (!group->has_silent_alarm)
            parser_tell(parser, group->place, WARN_NO_SILENT,
                        arena_print(arena, "Nobody hears when a sensor of %.*s falls silent.",
                                    TEXT_ARGUMENTS(group->name)),
                        "add an alarm with a line such as: warning when silent for 15 minutes", "");
    }
    /* One alone is no flood of criticals, however few alarms there are. */
    if (critical > 1 && critical * 5 > draft->alarms_count)
        parser_tell(parser, last->place, WARN_MANY_CRITICAL,
                    arena_print(arena,
                                "%u of %u alarms are critical; more than one in five is more than "
                                "people can act on.",
                                critical, draft->alarms_count),
                    "keep critical for what must wake someone", "");
}
