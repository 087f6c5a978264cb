/* Makes a plain sentence from a rule. See sentence.h. */
#include "rules/language/sentence.h"

#include <math.h>

static const char *value_text(struct arena *arena, const struct draft_group *group,
                              const struct draft_value *value)
{
    const char *unit = value->unit != NULL ? value->unit->name : "";
    const char *number = arena_print(arena, "%.*f%s%s", (int)value->decimals, fabs(value->written),
                                     *unit != '\0' ? " " : "", unit);
    if (value->kind == RULES_CONSTANT)
        return arena_print(arena, "%s%s", value->written < 0 ? "-" : "", number);
    struct text name = group->readings[value->reading]->name;
    if (value->number == 0)
        return arena_print(arena, "%.*s", TEXT_ARGUMENTS(name));
    return arena_print(arena, "%.*s %s %s", TEXT_ARGUMENTS(name),
                       value->written < 0 ? "minus" : "plus", number);
}

/* `has_one_limit`: the limit is the same whichever trigger is on, so it can be named. */
static const char *test_text(struct arena *arena, const struct draft_group *group,
                             const struct draft_test *test, bool has_one_limit)
{
    if (test->kind == RULES_SILENT)
        return "no message for {duration}";
    struct text name = group->readings[test->reading]->name;
    const char *is =
        arena_print(arena, "%.*s is {%.*s}", TEXT_ARGUMENTS(name), TEXT_ARGUMENTS(name));
    switch (test->kind) {
    case RULES_IS:
    case RULES_IS_NOT:
        return is;
    case RULES_INSIDE:
    case RULES_OUTSIDE:
        return arena_print(arena, "%s, %s %s to %s", is, test->comparison,
                           value_text(arena, group, &test->value),
                           value_text(arena, group, &test->second));
    default:
        return arena_print(arena, "%s, %s %s", is, test->comparison,
                           has_one_limit ? value_text(arena, group, &test->value) : "{limit}");
    }
}

static bool is_same_test(const struct draft_test *a, const struct draft_test *b)
{
    return a->kind == b->kind && a->reading == b->reading;
}

static bool is_same_limit(const struct draft_test *a, const struct draft_test *b)
{
    return a->value.kind == b->value.kind && a->value.reading == b->value.reading &&
           a->value.number == b->value.number && a->value.unit == b->value.unit;
}

struct text sentence_make(struct arena *arena, const struct draft_alarm *alarm)
{
    const struct draft_condition *first = &alarm->triggers[0]->when;
    bool is_one_story = true, has_one_limit = true;
    for (uint32_t i = 1; i < alarm->triggers_count; i++) {
        const struct draft_condition *other = &alarm->triggers[i]->when;
        bool is_alike = other->tests_count == first->tests_count;
        for (uint32_t j = 0; is_alike && j < first->tests_count; j++) {
            is_alike = is_same_test(&first->tests[j], &other->tests[j]);
            has_one_limit &= is_same_limit(&first->tests[j], &other->tests[j]);
        }
        is_one_story &= is_alike;
    }
    if (!is_one_story)
        return text_of(arena_print(arena, "{device}: %.*s.", TEXT_ARGUMENTS(alarm->name)));
    char *sentence = arena_print(arena, "{device}: ");
    for (uint32_t i = 0; i < first->tests_count; i++) {
        const char *link = i == 0 ? "" : first->joined_by_or ? ", or " : ", and ";
        sentence = arena_print(arena, "%s%s%s", sentence, link,
                               test_text(arena, alarm->group, &first->tests[i], has_one_limit));
    }
    return text_of(arena_print(arena, "%s.", sentence));
}
