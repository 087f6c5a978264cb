/* Who an alert of a test is about. See play.h. */
#include "rules/testing/play.h"

bool testing_row_of(const struct testing_test *test, const struct testing_sensor *sensor,
                    uint32_t scope, struct text names[RULES_NAMES_MAX], uint32_t *count)
{
    const struct ruleset *rules = test->rules->rules;
    if (scope < rules->groups.count) {
        *count = RULES_AT(rules, struct rules_group, rules->groups, scope)->names.count;
        memcpy(names, sensor->names, *count * sizeof *names);
        return sensor->group == scope;
    }
    const struct rules_set *set =
        RULES_AT(rules, struct rules_set, rules->sets, scope - rules->groups.count);
    *count = set->names.count;
    for (uint32_t i = 0; i < set->names.count; i++)
        names[i] = sensor->names[*RULES_AT(rules, uint32_t, set->names, i)];
    return set->group == sensor->group || set->group == RULES_NONE;
}

static bool is_joined(const struct testing_row *row, struct text on)
{
    return text_equal_ignoring_case(row->identity, on);
}

bool testing_row_is(const struct testing_test *test, uint32_t scope, const struct testing_row *row,
                    struct text on)
{
    struct text names[RULES_NAMES_MAX];
    uint32_t count;
    if (on.length == 0 || is_joined(row, on))
        return true;
    for (uint32_t i = 0; i < test->sensors_count; i++) {
        const struct testing_sensor *sensor = &test->sensors[i];
        if (!text_equal_ignoring_case(sensor->short_name, on))
            continue;
        bool is_it = testing_row_of(test, sensor, scope, names, &count) && count == row->count;
        for (uint32_t j = 0; is_it && j < count; j++)
            is_it = text_equal_ignoring_case(names[j], row->names[j]);
        return is_it;
    }
    for (uint32_t i = 0; i < row->count; i++) {
        if (text_equal_ignoring_case(row->names[i], on))
            return true;
    }
    return false;
}
