/* Collects what each scope (a group's devices, a set) is asked: its links, windows and
 * suppressions, equal ones once. See emit.h. */
#include "rules/language/emit.h"

struct emit_scope {
    struct draft_scope of;
    struct rules_window windows[RULES_WINDOWS_MAX];
    uint32_t windows_count;
    struct rules_learned learned[RULES_LEARNED_MAX];
    uint32_t learned_count;
    struct rules_suppression suppressions[RULES_SUPPRESSIONS_MAX];
    const struct draft_suppression *written[RULES_SUPPRESSIONS_MAX];
    uint32_t suppressions_count;
};

struct emit_scopes {
    struct emit_scope *scopes[RULES_GROUPS_MAX + RULES_SETS_MAX];
    uint32_t count, groups;
    struct rules_link links[RULES_LINKS_MAX];
    uint32_t links_count;
};

/* Too many of something: told once, at the alarm or report that asks for it. */
static uint32_t refuse_many(struct emitter *emitter, const char *what, uint32_t most)
{
    if (!emitter->has_failed)
        messages_add(emitter->messages, emitter->at, CODE_TOO_MANY,
                     arena_print(emitter->arena, "There can be at most %u %s.", most, what),
                     "use fewer alarms of this kind", "");
    emitter->has_failed = true;
    return 0;
}

bool scope_is_same(const struct draft_scope *a, const struct draft_scope *b)
{
    return a->group == b->group && a->is_set == b->is_set &&
           (!a->is_set || (a->names_count == b->names_count &&
                           memcmp(a->names, b->names, a->names_count * sizeof a->names[0]) == 0));
}

static void scope_add(struct emitter *emitter, const struct draft_scope *scope)
{
    struct emit_scopes *scopes = emitter->scopes;
    struct emit_scope *added = must_arena_allocate(emitter->arena, sizeof *added);
    added->of = *scope;
    scopes->scopes[scopes->count++] = added;
}

void scopes_begin(struct emitter *emitter, const struct draft *draft)
{
    emitter->scopes = must_arena_allocate(emitter->arena, sizeof *emitter->scopes);
    for (uint32_t i = 0; i < draft->groups_count; i++) {
        const struct draft_scope devices = {.group = draft->groups[i]};
        scope_add(emitter, &devices);
    }
    emitter->scopes->groups = draft->groups_count;
}

uint32_t scope_find(struct emitter *emitter, const struct draft_scope *scope)
{
    struct emit_scopes *scopes = emitter->scopes;
    for (uint32_t i = 0; i < scopes->count; i++) {
        if (scope_is_same(&scopes->scopes[i]->of, scope))
            return i;
    }
    if (scopes->count - scopes->groups == RULES_SETS_MAX)
        return refuse_many(emitter, "combinations of named parts that have alarms or reports",
                           RULES_SETS_MAX);
    scope_add(emitter, scope);
    return scopes->count - 1;
}

uint32_t scope_group(const struct emitter *emitter, const struct draft_scope *scope)
{
    for (uint32_t i = 0; i < emitter->scopes->groups; i++) {
        if (emitter->scopes->scopes[i]->of.group == scope->group)
            return i;
    }
    return RULES_NONE;
}

struct rules_span where_write(struct emitter *emitter, const struct draft_scope *scope)
{
    struct rules_allowed allowed[RULES_NAMES_MAX];
    memset(allowed, 0, sizeof allowed);
    uint32_t count = scope != NULL ? scope->where_count : 0;
    for (uint32_t i = 0; i < count; i++) {
        allowed[i].name = scope->where[i].name;
        allowed[i].is_not = scope->where[i].is_not;
        allowed[i].words =
            block_add_texts(emitter, scope->where[i].words, scope->where[i].words_count);
    }
    return block_add(emitter, allowed, sizeof allowed[0], count);
}

/* ---- links --------------------------------------------------------------------------------- */

static bool is_same_link(const struct emitter *emitter, const struct rules_link *link,
                         uint32_t from, uint32_t to, const struct rules_pair *pairs, uint32_t count,
                         bool without_itself)
{
    return link->from == from && link->to == to && link->pairs.count == count &&
           link->without_itself == without_itself && link->where.count == 0 &&
           memcmp(emitter->bytes + link->pairs.offset, pairs, count * sizeof *pairs) == 0;
}

uint32_t link_add(struct emitter *emitter, uint32_t from, uint32_t to,
                  const struct rules_pair *pairs, uint32_t count, bool without_itself,
                  const struct draft_scope *where)
{
    struct emit_scopes *scopes = emitter->scopes;
    bool has_where = where != NULL && where->where_count > 0;
    if (emitter->has_failed)
        return 0;
    for (uint32_t i = 0; !has_where && i < scopes->links_count; i++) {
        if (is_same_link(emitter, &scopes->links[i], from, to, pairs, count, without_itself))
            return i;
    }
    if (scopes->links_count == RULES_LINKS_MAX)
        return refuse_many(emitter, "ways from one group of sensors to another", RULES_LINKS_MAX);
    scopes->links[scopes->links_count++] = (struct rules_link){
        .from = from,
        .to = to,
        .pairs = block_add(emitter, pairs, sizeof *pairs, count),
        .without_itself = without_itself,
        .where = where_write(emitter, has_where ? where : NULL),
    };
    return scopes->links_count - 1;
}

/* ---- windows ------------------------------------------------------------------------------- */

uint32_t window_add(struct emitter *emitter, uint32_t number, const struct rules_window *window)
{
    struct emit_scope *scope = emitter->scopes->scopes[number];
    for (uint32_t i = 0; i < scope->windows_count; i++) {
        struct rules_window *other = &scope->windows[i];
        if (other->reading == window->reading && other->link == window->link &&
            other->over_ms == window->over_ms && other->is_stuck == window->is_stuck &&
            other->is_kinetic == window->is_kinetic && other->within == window->within) {
            other->is_sketched |= window->is_sketched;
            return i;
        }
    }
    if (scope->windows_count == RULES_WINDOWS_MAX)
        return refuse_many(emitter, "summaries and changes over time in one group of sensors",
                           RULES_WINDOWS_MAX);
    scope->windows[scope->windows_count++] = *window;
    return scope->windows_count - 1;
}

/* ---- what is learned ----------------------------------------------------------------------- */

uint32_t learned_add(struct emitter *emitter, uint32_t number, struct rules_learned learned)
{
    struct emit_scope *scope = emitter->scopes->scopes[number];
    for (uint32_t i = 0; i < scope->learned_count; i++) {
        struct rules_learned *other = &scope->learned[i];
        if (other->alarm == learned.alarm && other->reading == learned.reading) {
            other->words |= learned.words;
            return i;
        }
    }
    if (scope->learned_count == RULES_LEARNED_MAX)
        return refuse_many(emitter,
                           "readings that are asked whether they are unusual in one group "
                           "of sensors",
                           RULES_LEARNED_MAX);
    scope->learned[scope->learned_count++] = learned;
    return scope->learned_count - 1;
}

/* ---- suppressions -------------------------------------------------------------------------- */

#define CAP_MS (INT64_C(24) * 3600000) /* without `at most` (section 7) */

static uint32_t suppression_add(struct emitter *emitter, const struct emit_place *place,
                                const struct draft_suppression *from)
{
    uint32_t number = scope_find(emitter, place->scope);
    struct emit_scope *scope = emitter->scopes->scopes[number];
    bool can_share = !scope->of.is_set || place->scope->where_count == 0;
    for (uint32_t i = 0; can_share && i < scope->suppressions_count; i++) {
        if (scope->suppressions[i].kind == from->kind &&
            text_equal(scope->written[i]->text, from->text))
            return i;
    }
    if (scope->suppressions_count == RULES_SUPPRESSIONS_MAX)
        return refuse_many(emitter, "different \"except\" and \"only\" lines for one group",
                           RULES_SUPPRESSIONS_MAX);
    struct rules_suppression to;
    memset(&to, 0, sizeof to);
    to.kind = from->kind;
    to.hours = RULES_NONE;
    to.settle_ms = from->settle_ms;
    to.text = block_add_text(emitter, from->text);
    if (from->kind == RULES_EXCEPT_WHILE)
        to.most_ms = from->most_ms > 0 ? from->most_ms : CAP_MS;
    if (from->kind == RULES_EXCEPT_DURING || from->kind == RULES_ONLY_DURING)
        to.hours = from->hours;
    else
        to.when = condition_write(emitter, place, &from->when);
    scope->written[scope->suppressions_count] = from;
    scope->suppressions[scope->suppressions_count++] = to;
    return scope->suppressions_count - 1;
}

/* A line of `defaults` does not apply to the alarm that it names (appendix E, 27). */
static bool names_alarm(const struct draft_suppression *suppression, const struct draft_alarm *own)
{
    for (uint32_t i = 0; i < suppression->when.tests_count; i++) {
        const struct draft_test *test = &suppression->when.tests[i];
        if (own != NULL && test->kind == RULES_ALARM && test->asked == own)
            return suppression->is_from_defaults;
    }
    return false;
}

struct rules_span suppressed_by_write(struct emitter *emitter, const struct emit_place *place,
                                      struct draft_suppression *const *suppressions, uint32_t count,
                                      const struct draft_alarm *own)
{
    struct rules_suppressed_by by[DRAFT_SUPPRESSIONS_MAX];
    uint32_t used = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (names_alarm(suppressions[i], own))
            continue;
        by[used].suppression = suppression_add(emitter, place, suppressions[i]);
        by[used++].is_from_defaults = suppressions[i]->is_from_defaults;
    }
    return block_add(emitter, by, sizeof by[0], used);
}

/* ---- the whole ----------------------------------------------------------------------------- */

static struct rules_scope scope_write(struct emitter *emitter, const struct draft *draft,
                                      const struct emit_scope *scope)
{
    uint32_t *indices = must_arena_allocate(
        emitter->arena, (draft->alarms_count + draft->reports_count + 1) * sizeof *indices);
    uint32_t count = 0;
    struct rules_scope to;
    memset(&to, 0, sizeof to);
    for (uint32_t i = 0; i < draft->alarms_count; i++) {
        const struct draft_alarm *alarm = draft->alarms[draft->order[i]];
        if (scope_is_same(&alarm->scope, &scope->of))
            indices[count++] = draft->order[i];
    }
    to.alarms = block_add(emitter, indices, sizeof indices[0], count);
    count = 0;
    for (uint32_t i = 0; i < draft->reports_count; i++) {
        if (scope_is_same(&draft->reports[i]->scope, &scope->of))
            indices[count++] = i;
    }
    to.reports = block_add(emitter, indices, sizeof indices[0], count);
    to.windows = block_add(emitter, scope->windows, sizeof scope->windows[0], scope->windows_count);
    to.learned = block_add(emitter, scope->learned, sizeof scope->learned[0], scope->learned_count);
    to.suppressions = block_add(emitter, scope->suppressions, sizeof scope->suppressions[0],
                                scope->suppressions_count);
    return to;
}

void scopes_write(struct emitter *emitter, const struct draft *draft, struct rules_group *groups,
                  struct ruleset *set)
{
    const struct emit_scopes *scopes = emitter->scopes;
    struct rules_set *sets = must_arena_allocate(emitter->arena, RULES_SETS_MAX * sizeof *sets);
    uint32_t count = 0;
    for (uint32_t i = 0; i < scopes->count; i++) {
        const struct draft_scope *of = &scopes->scopes[i]->of;
        struct rules_scope scope = scope_write(emitter, draft, scopes->scopes[i]);
        if (i < scopes->groups) {
            groups[i].scope = scope;
            continue;
        }
        sets[count++] = (struct rules_set){
            .group = scope_group(emitter, of),
            .names = block_add(emitter, of->names, sizeof of->names[0], of->names_count),
            .scope = scope,
        };
    }
    set->sets = block_add(emitter, sets, sizeof *sets, count);
    set->links = block_add(emitter, scopes->links, sizeof scopes->links[0], scopes->links_count);
}
