/* Judges triggers and alarms. See checker.h. */
#include "rules/language/checker.h"

#include "rules/language/parse_condition.h"

/* ---- which way a test looks ---------------------------------------------------------------- */

enum side { SIDE_NONE, SIDE_HIGH, SIDE_LOW, SIDE_OUT, SIDE_IN };

static enum side side_of(const struct draft_test *test)
{
    static const enum side sides[] = {
        [RULES_ABOVE] = SIDE_HIGH,  [RULES_BELOW] = SIDE_LOW, [RULES_AT_LEAST] = SIDE_HIGH,
        [RULES_AT_MOST] = SIDE_LOW, [RULES_INSIDE] = SIDE_IN, [RULES_OUTSIDE] = SIDE_OUT,
    };
    return test->kind <= RULES_OUTSIDE ? sides[test->kind] : SIDE_NONE;
}

/* Two limits can be compared when both are fixed, or both rest on the same reading. */
static bool are_comparable(const struct draft_value *a, const struct draft_value *b)
{
    return a->kind == b->kind &&
           (a->kind == RULES_CONSTANT || (a->kind == RULES_READING && a->reading == b->reading));
}

/* Both speak of the same value. */
static bool is_same_subject(const struct draft_test *a, const struct draft_test *b)
{
    return a->group != NULL && a->group == b->group && a->kind != RULES_SILENT &&
           b->kind != RULES_SILENT && a->reading == b->reading && a->summary == b->summary &&
           (!a->has_over || a->in_ms == b->in_ms);
}

/* ---- one trigger --------------------------------------------------------------------------- */

/* Tests that count from the last message or good value: without a length they say nothing. */
static bool counts_itself(const struct draft_test *test)
{
    return test->kind == RULES_SILENT || test->kind == RULES_STUCK ||
           (test->kind == RULES_MISSING && !test->is_not);
}

static const struct draft_test *find_counting(const struct draft_condition *condition)
{
    for (uint32_t i = 0; i < condition->tests_count; i++) {
        if (counts_itself(&condition->tests[i]))
            return &condition->tests[i];
    }
    return NULL;
}

static bool judge_counting(struct parser *parser, const struct draft_condition *condition)
{
    const struct draft_test *test = find_counting(condition);
    if (test == NULL || condition->hold.kind == RULES_HOLD_FOR)
        return true;
    const char *word = test->comparison;
    if (condition->hold.kind != RULES_HOLD_NONE)
        return parser_tell(parser, condition->hold.whole, CODE_HOLD,
                           arena_print(parser->arena,
                                       "\"%s\" counts the time by itself, and can only be held for "
                                       "a length of time.",
                                       word),
                           arena_print(parser->arena, "for example \"%s for 15 minutes\"", word),
                           "");
    return parser_tell(parser, test->predicate, CODE_SILENT,
                       arena_print(parser->arena, "\"%s\" needs a length of time.", word),
                       arena_print(parser->arena, "for example \"%s for 15 minutes\"", word), "");
}

/* After `until` stands an off-delay or nothing; after a total nothing ends the alarm but its window
 * (appendix E, 22). */
static bool judge_ends(struct parser *parser, const struct draft_trigger *trigger)
{
    if (!trigger->has_until)
        return true;
    const struct draft_hold *hold = &trigger->until.hold;
    if (trigger->when.hold.kind == RULES_HOLD_TOTAL)
        return parser_tell(parser, trigger->until.place, CODE_TOTAL,
                           "A total ends by itself, when its window no longer holds it.",
                           "leave \"until\" out", "");
    if (hold->kind > RULES_HOLD_FOR)
        return parser_tell(parser, hold->whole, CODE_HOLD,
                           "What ends an alarm can only be held for a length of time.",
                           "write, for example, \"for 5 minutes\"", "");
    return true;
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
        if (!is_same_subject(start, end) || !is_wrong_side(start, end))
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

/* The group whose sensors decide; NULL when only alarms do. */
static struct draft_group *group_of(const struct draft_condition *condition)
{
    for (uint32_t i = 0; i < condition->tests_count; i++) {
        if (condition->tests[i].group != NULL)
            return condition->tests[i].group;
    }
    return NULL;
}

static void warn_hold(struct parser *parser, const struct draft_condition *when)
{
    struct draft_group *group = group_of(when);
    if (when->hold.kind != RULES_HOLD_FOR || group == NULL)
        return;
    struct arena *arena = parser->arena;
    const char *hold = messages_duration(arena, when->hold.for_ms);
    if (group->expect_ms > 0 && when->hold.for_ms < group->expect_ms) {
        const char *expect = messages_duration(arena, group->expect_ms);
        if (is_only_silent(when))
            parser_tell(parser, when->hold.number, WARN_HOLD_SHORT,
                        arena_print(arena,
                                    "These sensors report every %s, so they are always silent for "
                                    "%s.",
                                    expect, hold),
                        arena_print(arena, "wait for %s or longer",
                                    messages_duration(arena, 3 * group->expect_ms)),
                        "");
        else
            parser_tell(parser, when->hold.number, WARN_HOLD_SHORT,
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
        parser_tell(parser, when->hold.number, WARN_NO_EXPECT,
                    arena_print(arena,
                                "%.*s does not say how often its sensors report, so nobody can "
                                "tell whether %s is long enough.",
                                TEXT_ARGUMENTS(group->name), hold),
                    arena_print(arena, "add \"expect every 1 minute\", or what is true, to %.*s",
                                TEXT_ARGUMENTS(group->name)),
                    "");
    }
}

/* Hours run do not hover: they are counted in a unit of time. */
static bool only_grows(const struct draft_test *test)
{
    const struct unit *unit = test_reading(test)->unit;
    return unit != NULL && unit_same_kind(unit, unit_find(TEXT("hours")));
}

/* A number that hovers at its limit raises and clears with every reading. */
static void warn_deadband(struct parser *parser, const struct draft_trigger *trigger)
{
    const struct draft_test *test = &trigger->when.tests[0];
    const struct draft_group *group = test->group;
    bool moves_slowly = test->has_over || trigger->when.hold.kind == RULES_HOLD_TOTAL;
    enum side side = side_of(test);
    if (trigger->has_until || trigger->when.tests_count != 1 || group == NULL || moves_slowly ||
        side == SIDE_NONE || group->expect_ms == 0 || group->expect_ms >= 60000 || only_grows(test))
        return;
    static const char *const remedies[] = {
        [SIDE_HIGH] = "add \"until below\" and a value that is lower",
        [SIDE_LOW] = "add \"until above\" and a value that is higher",
        [SIDE_OUT] = "add \"until inside\" and a range that lies within this one",
        [SIDE_IN] = "add \"until outside\" and a range that is wider",
    };
    parser_tell(parser, test->predicate, WARN_NO_DEADBAND,
                "A value that hovers at this limit raises and clears the alarm over and over.",
                remedies[side], "");
}

/* A limit that no valid reading can reach. */
static void warn_invalid(struct parser *parser, const struct draft_test *test)
{
    enum side side = side_of(test);
    if (side == SIDE_NONE || test->value.kind != RULES_CONSTANT ||
        test->summary != RULES_NO_SUMMARY)
        return;
    const struct draft_reading *reading = test_reading(test);
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

/* `unusual` next to a state: readings during the other state would be learned (appendix E.2). */
static void warn_unusual(struct parser *parser, const struct draft_trigger *trigger)
{
    const struct draft_condition *when = &trigger->when;
    for (uint32_t i = 0; i < when->tests_count; i++) {
        const struct draft_test *test = &when->tests[i];
        if (test->kind != RULES_UNUSUAL)
            continue;
        if (trigger->severity == RULES_CRITICAL && when->tests_count == 1)
            parser_tell(parser, trigger->place, WARN_UNUSUAL_ALONE,
                        "What is learned finds the unexpected; it is no ground to wake someone.",
                        "write \"warning\", or add a fixed limit", "");
        if (!when->joined_by_or && when->tests_count > 1)
            parser_tell(parser, test->predicate, WARN_UNUSUAL_JOINED,
                        "Readings taken while the rest of this line is false are learned as usual "
                        "too.",
                        "put the rest into a line of its own: only while …", "");
        return;
    }
}

bool checker_judge_trigger(struct parser *parser, const struct draft_trigger *trigger)
{
    if (!judge_counting(parser, &trigger->when) ||
        (trigger->has_until && !judge_counting(parser, &trigger->until)) ||
        !judge_ends(parser, trigger) || !judge_ending(parser, trigger))
        return false;
    warn_hold(parser, &trigger->when);
    warn_deadband(parser, trigger);
    warn_unusual(parser, trigger);
    for (uint32_t i = 0; i < trigger->when.tests_count; i++) {
        const struct draft_test *test = &trigger->when.tests[i];
        warn_invalid(parser, test);
        if (test->kind == RULES_SILENT && test->group != NULL)
            test->group->has_silent_alarm = true;
    }
    return true;
}

/* What stands beside an alarm or a report, or decides about a message, is asked at one moment
 * (appendix E, 17). */
bool checker_judge_moment(struct parser *parser, const struct draft_condition *condition)
{
    for (uint32_t i = 0; i < condition->tests_count; i++) {
        const struct draft_test *test = &condition->tests[i];
        bool is_change = test->kind >= RULES_RISES && test->kind <= RULES_CHANGES;
        bool is_counted = test->kind == RULES_SILENT || test->kind == RULES_MISSING ||
                          test->kind == RULES_STUCK || test->kind == RULES_UNUSUAL;
        if (!is_change && !is_counted && !test->has_over)
            continue;
        return parser_tell(parser, place_from_to(&test->subject, &test->predicate), CODE_NEEDS_TIME,
                           "Only what is so at this moment can be asked here.",
                           "make an alarm of it, and write \"while alarm NAME is active\"", "");
    }
    return true;
}

/* ---- one alarm ----------------------------------------------------------------------------- */

/* True when `worse` begins no later than `lesser`, so that the lesser one is never seen. */
static bool starts_before(const struct draft_trigger *worse, const struct draft_trigger *lesser)
{
    const struct draft_hold *first = &worse->when.hold, *second = &lesser->when.hold;
    if (worse->when.tests_count != 1 || lesser->when.tests_count != 1 ||
        first->kind > RULES_HOLD_FOR || second->kind > RULES_HOLD_FOR ||
        first->for_ms > second->for_ms)
        return false;
    const struct draft_test *a = &worse->when.tests[0], *b = &lesser->when.tests[0];
    enum side side = side_of(a);
    if (side != side_of(b) || (side != SIDE_HIGH && side != SIDE_LOW) || !is_same_subject(a, b) ||
        a->quantifier != b->quantifier || !are_comparable(&a->value, &b->value))
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

bool checker_is_critical(const struct draft_alarm *alarm)
{
    for (uint32_t i = 0; i < alarm->triggers_count; i++) {
        if (alarm->triggers[i]->severity == RULES_CRITICAL)
            return true;
    }
    return false;
}

/* What a critical alarm is suppressed by has an end that somebody thought about. */
static void warn_cap(struct parser *parser, const struct draft_alarm *alarm)
{
    for (uint32_t i = 0; checker_is_critical(alarm) && i < alarm->options.suppressions_count; i++) {
        const struct draft_suppression *suppression = alarm->options.suppressions[i];
        if (suppression->kind == RULES_EXCEPT_WHILE && suppression->most_ms == 0)
            parser_tell(parser, suppression->place, WARN_NO_CAP,
                        arena_print(parser->arena,
                                    "This can keep %.*s, which is critical, quiet for 24 hours.",
                                    TEXT_ARGUMENTS(alarm->name)),
                        "add \"at most\" and a length of time", "");
    }
}

void checker_judge_alarm(struct parser *parser, const struct draft_alarm *alarm)
{
    judge_order(parser, alarm);
    warn_cap(parser, alarm);
}
