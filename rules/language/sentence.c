/* Makes plain sentences from a rule. See sentence.h. */
#include "rules/language/sentence.h"

#include "rules/language/messages.h"

#include <math.h>

static const char *value_text(struct arena *arena, const struct draft_group *group,
                              const struct draft_value *value)
{
    const char *unit = value->unit != NULL ? value->unit->name : "";
    const char *number = arena_print(arena, "%.*f%s%s", (int)value->decimals, fabs(value->written),
                                     *unit != '\0' ? " " : "", unit);
    if (value->kind == RULES_CONSTANT)
        return arena_print(arena, "%s%s", value->written < 0 ? "-" : "", number);
    struct text name = value->kind == RULES_LIMIT ? TEXT("{limit}") : TEXT("");
    if (value->kind == RULES_ACROSS)
        name = text_of(arena_print(arena, "%s across %.*s",
                                   value->summary == RULES_MEDIAN ? "median" : "average",
                                   TEXT_ARGUMENTS(group->names[value->across].name)));
    else if (value->kind == RULES_READING)
        name = group->readings[value->reading]->name;
    if (value->number == 0)
        return arena_print(arena, "%.*s", TEXT_ARGUMENTS(name));
    return arena_print(arena, "%.*s %s %s", TEXT_ARGUMENTS(name),
                       value->written < 0 ? "minus" : "plus", number);
}

/* ---- what all triggers of an alarm have in common ------------------------------------------ */

struct story {
    const struct draft_group *group;
    const struct draft_condition *first;
    bool is_one;              /* all speak of the same readings in the same way */
    bool has_one_limit;       /* and with the same limits, so that these can be named */
    bool ends_where_it_began; /* no end speaks of another reading */
    bool is_plain;            /* only the newest values of the device itself are asked */
};

static bool is_same_value(const struct draft_value *a, const struct draft_value *b)
{
    return a->kind == b->kind && a->reading == b->reading && a->number == b->number &&
           a->unit == b->unit;
}

static bool is_same_limit(const struct draft_test *a, const struct draft_test *b)
{
    return is_same_value(&a->value, &b->value) && is_same_value(&a->second, &b->second);
}

static bool ends_where_it_began(const struct draft_trigger *trigger)
{
    const struct draft_condition *until = &trigger->until;
    return !trigger->has_until ||
           (until->tests_count == 1 && until->tests[0].kind != RULES_SILENT &&
            until->tests[0].group == trigger->when.tests[0].group &&
            until->tests[0].reading == trigger->when.tests[0].reading);
}

/* Of the row's own device, now. */
static bool is_plain(const struct draft_test *test, const struct draft_group *group)
{
    bool has_own_value = test->value.kind <= RULES_READING && test->second.kind <= RULES_READING;
    return test->kind <= RULES_SILENT && group != NULL && test->group == group &&
           test->quantifier == RULES_THE && test->summary == RULES_NO_SUMMARY && test->least == 0 &&
           has_own_value;
}

static bool is_same_question(const struct draft_test *a, const struct draft_test *b)
{
    return a->kind == b->kind && a->group == b->group && a->reading == b->reading &&
           a->is_not == b->is_not && a->quantifier == b->quantifier && a->summary == b->summary &&
           a->in_ms == b->in_ms && a->other == b->other && a->across == b->across &&
           text_equal_ignoring_case(a->alarm, b->alarm);
}

static struct story story_of(const struct draft_alarm *alarm)
{
    const struct draft_condition *first = &alarm->triggers[0]->when;
    struct story story = {alarm->group, first, true, true, true, true};
    for (uint32_t i = 0; i < alarm->triggers_count; i++) {
        const struct draft_condition *other = &alarm->triggers[i]->when;
        story.is_one &=
            other->tests_count == first->tests_count && other->joined_by_or == first->joined_by_or;
        story.ends_where_it_began &= ends_where_it_began(alarm->triggers[i]);
        for (uint32_t j = 0; j < other->tests_count; j++)
            story.is_plain &= is_plain(&other->tests[j], alarm->group);
        for (uint32_t j = 0; story.is_one && j < first->tests_count; j++) {
            const struct draft_test *a = &first->tests[j], *b = &other->tests[j];
            story.is_one &= is_same_question(a, b);
            story.has_one_limit &= is_same_limit(a, b);
        }
    }
    return story;
}

/* ---- one test ------------------------------------------------------------------------------ */

static bool is_range(const struct draft_test *test)
{
    return test->kind == RULES_INSIDE || test->kind == RULES_OUTSIDE;
}

/* "5 °C", "2 °C to 5 °C"; "" where the test has none that can be named. */
static const char *limit_text(struct arena *arena, const struct story *story,
                              const struct draft_test *test)
{
    if (test->kind > RULES_OUTSIDE)
        return "";
    if (!story->has_one_limit) /* {limit} is that of one test */
        return story->first->tests_count == 1 ? "{limit}" : "";
    const char *limit = value_text(arena, story->group, &test->value);
    return is_range(test) ? arena_print(arena, "%s to %s", limit,
                                        value_text(arena, story->group, &test->second))
                          : limit;
}

static const char *reading_is(struct arena *arena, const struct story *story,
                              const struct draft_test *test)
{
    struct text name = story->group->readings[test->reading]->name;
    return arena_print(arena, "%.*s is {%.*s}", TEXT_ARGUMENTS(name), TEXT_ARGUMENTS(name));
}

/* Says that the test is true. */
static const char *claim(struct arena *arena, const struct story *story,
                         const struct draft_test *test)
{
    if (test->kind == RULES_SILENT)
        return "no message for {duration}";
    const char *is = reading_is(arena, story, test), *limit = limit_text(arena, story, test);
    return *limit == '\0' ? is : arena_print(arena, "%s, %s %s", is, test->comparison, limit);
}

/* Says how it stands, whether the test is true or not. */
static const char *fact(struct arena *arena, const struct story *story,
                        const struct draft_test *test)
{
    const char *is = reading_is(arena, story, test), *limit = limit_text(arena, story, test);
    return *limit == '\0'
               ? is
               : arena_print(arena, "%s (limit%s %s)", is, is_range(test) ? "s" : "", limit);
}

/* The same where there is only one test. */
static const char *only_fact(struct arena *arena, const struct story *story, bool is_over)
{
    const struct draft_test *test = &story->first->tests[0];
    if (test->kind == RULES_SILENT)
        return is_over ? "messages arrive again" : "no message for {duration}";
    const char *is = reading_is(arena, story, test), *limit = limit_text(arena, story, test);
    if (*limit == '\0')
        return is;
    return arena_print(arena, "%s%s; the limit%s %s", is,
                       is_over && story->ends_where_it_began ? " again" : "",
                       is_range(test) ? "s are" : " is", limit);
}

/* ---- tests over time, over several devices, of alarms --------------------------------------- */

static const char *subject_text(struct arena *arena, const struct draft_test *test)
{
    static const char *const quantifiers[] = {"", "any ", "every "};
    static const char *const summaries[] = {"average of ", "minimum of ",   "maximum of ",
                                            "count of ",   "median of ",    "total of ",
                                            "spread of ",  "deviation of ", "first of ",
                                            "last of ",    "change of ",    "kinetic mean of "};
    const char *summary = "";
    if (test->summary == RULES_PERCENTILE)
        summary = arena_print(arena, "percentile %g of ", test->percentile);
    else if (test->summary != RULES_NO_SUMMARY)
        summary = summaries[test->summary];
    struct text name = test->group->readings[test->reading]->name;
    return arena_print(arena, "%s%s%.*s%s%.*s%s%s", quantifiers[test->quantifier], summary,
                       TEXT_ARGUMENTS(name), test->names_group ? " of " : "",
                       test->names_group ? (int)test->group->name.length : 0,
                       test->group->name.bytes, test->has_over ? " over " : "",
                       test->has_over ? messages_duration(arena, test->in_ms) : "");
}

/* Says that the test is true, without naming what may change until somebody reads it. */
static const char *phrase(struct arena *arena, const struct draft_test *test)
{
    const char *not = test->is_not ? "not " : "";
    if (test->kind == RULES_SILENT)
        return arena_print(arena, "%g%s or more are silent", test->least,
                           test->least_is_percent ? " %" : "");
    if (test->kind == RULES_ALARM && test->least > 0)
        return arena_print(arena, "%.*s is %sactive on %g%s or more", TEXT_ARGUMENTS(test->alarm),
                           not, test->least, test->least_is_percent ? " %" : "");
    if (test->kind == RULES_ALARM)
        return arena_print(arena, "%.*s is %sactive", TEXT_ARGUMENTS(test->alarm), not );
    const char *subject = subject_text(arena, test);
    const char *value = test->kind == RULES_IS || test->kind == RULES_IS_NOT
                            ? ""
                            : value_text(arena, test->group, &test->value);
    switch (test->kind) {
    case RULES_RISES:
    case RULES_FALLS:
    case RULES_CHANGES:
        return arena_print(arena, "%s %s by more than %s in %s", subject,
                           test->kind == RULES_RISES   ? "rose"
                           : test->kind == RULES_FALLS ? "fell"
                                                       : "changed",
                           value, messages_duration(arena, test->in_ms));
    case RULES_DIFFERS_FROM:
        return arena_print(arena, "%s differs from %.*s by more than %s", subject,
                           TEXT_ARGUMENTS(test->group->readings[test->other]->name), value);
    case RULES_DIFFERS_ACROSS:
        return arena_print(arena, "%s differs across %.*s by more than %s", subject,
                           TEXT_ARGUMENTS(test->group->names[test->across].name), value);
    case RULES_MISSING:
    case RULES_FAULTY:
    case RULES_STUCK:
    case RULES_UNUSUAL:
        return arena_print(arena, "%s is %s%s", subject, not, test->comparison);
    case RULES_INSIDE:
    case RULES_OUTSIDE:
        return arena_print(arena, "%s is %s %s to %s", subject, test->comparison, value,
                           value_text(arena, test->group, &test->second));
    case RULES_IS:
    case RULES_IS_NOT: {
        const struct draft_reading *reading = test->group->readings[test->reading];
        bool is_state = reading->kind == RULES_STATE;
        struct text word = is_state ? reading->words[test->word] : test->text;
        if (reading->kind == RULES_NUMBER)
            word = text_of(value_text(arena, test->group, &test->value));
        return arena_print(arena, "%s is %s%.*s", subject, test->kind == RULES_IS_NOT ? "not " : "",
                           TEXT_ARGUMENTS(word));
    }
    default:
        return arena_print(arena, "%s is %s %s", subject, test->comparison, value);
    }
}

static const char *phrases(struct arena *arena, const struct story *story)
{
    const struct draft_test *only = &story->first->tests[0];
    if (story->first->tests_count == 1 && only->kind == RULES_UNUSUAL && !only->is_not) {
        struct text name = only->group->readings[only->reading]->name;
        return arena_print(arena, "%s: {%.*s}, usual here is {usual}", phrase(arena, only),
                           TEXT_ARGUMENTS(name));
    }
    const char *all = "";
    for (uint32_t i = 0; i < story->first->tests_count; i++)
        all = arena_print(arena, "%s%s%s", all,
                          i == 0                       ? ""
                          : story->first->joined_by_or ? " or "
                                                       : ", and ",
                          phrase(arena, &story->first->tests[i]));
    return all;
}

/* ---- sentences ----------------------------------------------------------------------------- */

static const char *claims(struct arena *arena, const struct story *story)
{
    const char *all = "";
    for (uint32_t i = 0; i < story->first->tests_count; i++)
        all = arena_print(arena, "%s%s%s", all, i == 0 ? "" : ", and ",
                          claim(arena, story, &story->first->tests[i]));
    return all;
}

static const char *facts(struct arena *arena, const struct story *story, bool is_over)
{
    const char *all = "";
    uint32_t count = story->first->tests_count;
    if (count == 1)
        return only_fact(arena, story, is_over);
    for (uint32_t i = 0; i < count; i++) {
        const struct draft_test *test = &story->first->tests[i];
        const char *link = i == 0 ? "" : i + 1 < count ? ", " : " and ";
        /* A joined `silent` may be true or not before the end; a message ends it. */
        const char *silent = is_over ? "messages arrive again" : "messages may have stopped";
        all = arena_print(arena, "%s%s%s", all, link,
                          test->kind == RULES_SILENT ? silent : fact(arena, story, test));
    }
    return all;
}

void sentences_make(struct arena *arena, const struct draft_alarm *alarm,
                    struct sentences *sentences)
{
    struct story story = story_of(alarm);
    *sentences = (struct sentences){0};
    const char *name = arena_print(arena, "%.*s", TEXT_ARGUMENTS(alarm->name));
    const char *raised = name, *updated = "", *cleared = arena_print(arena, "%s is over", name);
    if (!story.is_plain && story.is_one && story.has_one_limit) {
        raised = phrases(arena, &story);
    } else if (story.is_plain && story.is_one) {
        updated = facts(arena, &story, false);
        cleared = facts(arena, &story, true);
        /* With `or` one claim at least is true, and the others may be false. */
        raised = story.first->joined_by_or ? updated : claims(arena, &story);
    }
    sentences->raised = text_of(arena_print(arena, "{device}: %s.", raised));
    sentences->cleared = text_of(arena_print(arena, "{device}: %s.", cleared));
    if (*updated != '\0')
        sentences->updated = text_of(arena_print(arena, "{device}: %s.", updated));
}
