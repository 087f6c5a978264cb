/* Writes conditions: tests with the links and windows that their scope needs. See emit.h. */
#include "rules/language/emit.h"

/* ---- values -------------------------------------------------------------------------------- */

/* The other devices that differ in one named part alone. */
static uint32_t link_across(struct emitter *emitter, const struct emit_place *place,
                            uint32_t across)
{
    struct rules_pair pairs[RULES_NAMES_MAX];
    uint32_t count = 0, number = scope_find(emitter, place->scope);
    for (uint32_t i = 0; i < place->scope->group->names_count; i++) {
        if (i != across)
            pairs[count++] = (struct rules_pair){i, i};
    }
    return link_add(emitter, number, number, pairs, count, true, NULL);
}

static struct rules_value value_write(struct emitter *emitter, const struct emit_place *place,
                                      const struct draft_value *value)
{
    struct rules_value to;
    memset(&to, 0, sizeof to); /* the gaps between its parts, too: equal rules are equal bytes */
    to.kind = value->kind;
    to.reading = value->reading;
    to.column = value->column;
    to.link = RULES_NONE;
    to.summary = value->summary;
    to.number = value->number;
    to.written = value->written;
    to.unit = block_add_unit(emitter, value->unit);
    to.decimals = value->decimals;
    if (value->kind == RULES_ACROSS && place != NULL)
        to.link = link_across(emitter, place, value->across);
    return to;
}

/* ---- links --------------------------------------------------------------------------------- */

struct names { /* of the rows of a scope, in their order */
    struct text names[RULES_NAMES_MAX];
    uint32_t count;
};

static struct names names_of(const struct draft_scope *scope)
{
    struct names names = {.count = 0};
    if (scope->group == NULL)
        return names;
    names.count = scope->is_set ? scope->names_count : scope->group->names_count;
    for (uint32_t i = 0; i < names.count; i++)
        names.names[i] = scope->group->names[scope->is_set ? scope->names[i] : i].name;
    return names;
}

/* To the rows of another scope that have the same names. *is_one: there is one at most. */
static uint32_t link_between(struct emitter *emitter, const struct draft_scope *from,
                             const struct draft_scope *to, bool *is_one)
{
    struct rules_pair pairs[RULES_NAMES_MAX];
    uint32_t count = 0;
    struct names own = names_of(from), other = names_of(to);
    for (uint32_t j = 0; j < other.count; j++) {
        for (uint32_t i = 0; i < own.count; i++) {
            if (text_equal_ignoring_case(own.names[i], other.names[j])) {
                pairs[count++] = (struct rules_pair){i, j};
                break;
            }
        }
    }
    *is_one = count == other.count;
    const struct draft_scope *where = NULL;
    if (!to->is_set)
        where = from->group == to->group && from->where_count > 0 ? from : to;
    return link_add(emitter, scope_find(emitter, from), scope_find(emitter, to), pairs, count,
                    false, where);
}

uint32_t link_to_devices(struct emitter *emitter, const struct draft_scope *scope)
{
    const struct draft_scope devices = {.group = scope->group};
    bool is_one;
    return link_between(emitter, scope, &devices, &is_one);
}

static void test_link(struct emitter *emitter, const struct emit_place *place,
                      const struct draft_test *from, struct rules_test *to)
{
    struct draft_scope devices = {.group = from->group};
    const struct draft_scope *scope = place->scope, *other = &devices;
    bool is_one = true;
    if (from->kind == RULES_ALARM)
        other = &from->asked->scope;
    bool is_counted = from->least > 0;
    bool is_own = scope_is_same(scope, other);
    if (is_own && !is_counted)
        return;
    to->link = link_between(emitter, scope, other, &is_one);
    bool is_counting = from->kind == RULES_ALARM || from->kind == RULES_SILENT;
    bool lacks_names = to->quantifier == RULES_THE && !is_one &&
                       from->summary == RULES_NO_SUMMARY && from->kind != RULES_DIFFERS_ACROSS;
    if (is_counting || lacks_names) /* names that this row lacks (appendix E, 26) */
        to->quantifier = RULES_ANY;
}

/* ---- windows ------------------------------------------------------------------------------- */

static bool needs_window(const struct draft_test *test)
{
    return test->has_over || (test->kind >= RULES_RISES && test->kind <= RULES_CHANGES) ||
           test->kind == RULES_STUCK;
}

static void test_window(struct emitter *emitter, const struct emit_place *place,
                        const struct draft_test *from, int64_t over_ms, struct rules_test *to)
{
    struct draft_scope devices = {.group = from->group};
    bool is_each = to->link != RULES_NONE && to->quantifier != RULES_THE;
    struct rules_window window;
    memset(&window, 0, sizeof window);
    window.reading = from->reading;
    window.link = is_each ? RULES_NONE : to->link;
    window.over_ms = over_ms;
    window.is_sketched = from->summary == RULES_MEDIAN || from->summary == RULES_PERCENTILE;
    window.is_stuck = from->kind == RULES_STUCK;
    window.is_kinetic = from->summary == RULES_KINETIC_MEAN;
    if (window.is_stuck)
        window.within = to->value.number;
    if (from->group->expect_ms > 0)
        window.expected = (uint32_t)(over_ms / from->group->expect_ms);
    to->in_ms = over_ms;
    to->window =
        window_add(emitter, scope_find(emitter, is_each ? &devices : place->scope), &window);
}

/* Each device has its own, wherever the alarm is. */
static void test_learned(struct emitter *emitter, const struct emit_place *place,
                         const struct draft_test *from, struct rules_test *to)
{
    struct draft_scope devices = {.group = from->group};
    to->window = learned_add(emitter, scope_find(emitter, &devices),
                             (struct rules_learned){.alarm = place->alarm->index,
                                                    .reading = from->reading,
                                                    .words = 1u << from->word});
}

/* ---- conditions ---------------------------------------------------------------------------- */

static struct rules_test test_write(struct emitter *emitter, const struct emit_place *place,
                                    const struct draft_test *from, const struct draft_hold *hold)
{
    struct rules_test to;
    memset(&to, 0, sizeof to);
    to.kind = from->kind;
    to.is_not = from->is_not;
    to.link = to.window = to.alarm = RULES_NONE;
    to.quantifier = from->quantifier;
    to.reading = from->reading;
    to.summary = from->summary;
    to.percentile = from->percentile;
    to.value = value_write(emitter, place, &from->value);
    to.second = value_write(emitter, place, &from->second);
    to.other = from->other;
    to.word = from->word;
    to.text = block_add_text(emitter, from->text);
    to.least = from->least;
    to.least_is_percent = from->least_is_percent;
    if (from->kind == RULES_ALARM)
        to.alarm = from->asked->index;
    if (place == NULL)
        return to;
    test_link(emitter, place, from, &to);
    if (needs_window(from))
        test_window(emitter, place, from, from->kind == RULES_STUCK ? hold->for_ms : from->in_ms,
                    &to);
    if (from->kind == RULES_UNUSUAL && place->alarm != NULL)
        test_learned(emitter, place, from, &to);
    return to;
}

struct rules_condition condition_write(struct emitter *emitter, const struct emit_place *place,
                                       const struct draft_condition *condition)
{
    struct rules_test tests[RULES_TESTS_MAX];
    for (uint32_t i = 0; i < condition->tests_count; i++)
        tests[i] = test_write(emitter, place, &condition->tests[i], &condition->hold);
    return (struct rules_condition){
        .joined_by_or = condition->joined_by_or,
        .tests = block_add(emitter, tests, sizeof tests[0], condition->tests_count),
        .hold = {.kind = condition->hold.kind,
                 .count = condition->hold.count,
                 .for_ms = condition->hold.for_ms,
                 .in_ms = condition->hold.in_ms},
    };
}

/* ---- fingerprints -------------------------------------------------------------------------- */

uint64_t emit_hash_text(uint64_t hash, struct text text)
{
    return hash_bytes(hash_bytes(hash, text.bytes, text.length), "", 1);
}

static struct text reading_name(const struct draft_test *test, uint32_t reading)
{
    return test->group != NULL && reading < test->group->readings_count
               ? test->group->readings[reading]->name
               : TEXT("");
}

static uint64_t hash_number(uint64_t hash, uint32_t number)
{
    return hash_bytes(hash, &number, sizeof number);
}

static uint64_t hash_value(uint64_t hash, const struct draft_test *test,
                           const struct draft_value *value)
{
    hash = hash_number(hash, value->kind);
    hash = hash_number(hash, value->across);
    hash = hash_number(hash, value->summary);
    if (value->kind != RULES_CONSTANT)
        hash = emit_hash_text(hash, reading_name(test, value->reading));
    return hash_bytes(hash, &value->number, sizeof value->number);
}

uint64_t emit_hash_condition(uint64_t hash, const struct draft_condition *condition)
{
    for (uint32_t i = 0; i < condition->tests_count; i++) {
        const struct draft_test *test = &condition->tests[i];
        hash = hash_number(hash, test->kind);
        hash = hash_number(hash, test->is_not);
        hash = hash_number(hash, test->quantifier);
        hash = hash_number(hash, test->summary);
        hash = hash_number(hash, test->word);
        hash = hash_number(hash, test->least_is_percent);
        hash = hash_bytes(hash, &test->percentile, sizeof test->percentile);
        hash = hash_bytes(hash, &test->least, sizeof test->least);
        hash = hash_bytes(hash, &test->in_ms, sizeof test->in_ms);
        if (test->group != NULL)
            hash = emit_hash_text(hash, test->group->name);
        if (test->kind != RULES_SILENT)
            hash = emit_hash_text(hash, reading_name(test, test->reading));
        if (test->kind == RULES_DIFFERS_FROM)
            hash = emit_hash_text(hash, reading_name(test, test->other));
        if (test->kind == RULES_DIFFERS_ACROSS && test->group != NULL)
            hash = emit_hash_text(hash, test->group->names[test->across].name);
        hash = hash_value(hash, test, &test->value);
        hash = hash_value(hash, test, &test->second);
        hash = emit_hash_text(hash, test->text);
        hash = emit_hash_text(hash, test->alarm);
    }
    hash = hash_number(hash, condition->joined_by_or);
    hash = hash_number(hash, condition->hold.kind);
    hash = hash_number(hash, condition->hold.count);
    hash = hash_bytes(hash, &condition->hold.for_ms, sizeof condition->hold.for_ms);
    return hash_bytes(hash, &condition->hold.in_ms, sizeof condition->hold.in_ms);
}
