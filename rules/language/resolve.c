/* Finds alarms by name and puts them into the order of reference. See resolve.h. */
#include "rules/language/resolve.h"

#include "base/zone.h"
#include "rules/language/scope.h"

/* Everything that an alarm or report asks, one condition after the other. */
struct asking {
    struct draft_condition *condition;
    bool is_from_defaults;
};
#define ASKING_MAX (2 * RULES_TRIGGERS_MAX + DRAFT_SUPPRESSIONS_MAX + RULES_ITEMS_MAX)

static size_t add_suppressions(struct draft_suppression *const *suppressions, uint32_t count,
                               struct asking *all, size_t at)
{
    for (uint32_t i = 0; i < count; i++)
        all[at++] = (struct asking){&suppressions[i]->when, suppressions[i]->is_from_defaults};
    return at;
}

static size_t alarm_conditions(const struct draft_alarm *alarm, struct asking all[ASKING_MAX])
{
    size_t count = 0;
    for (uint32_t i = 0; i < alarm->triggers_count; i++) {
        all[count++] = (struct asking){&alarm->triggers[i]->when, false};
        all[count++] = (struct asking){&alarm->triggers[i]->until, false};
    }
    return add_suppressions(alarm->options.suppressions, alarm->options.suppressions_count, all,
                            count);
}

static size_t report_conditions(const struct draft_report *report, struct asking all[ASKING_MAX])
{
    size_t count = 0;
    for (uint32_t i = 0; i < report->items_count; i++)
        all[count++] = (struct asking){&report->items[i].when, false};
    return add_suppressions(report->suppressions, report->suppressions_count, all, count);
}

/* ---- names --------------------------------------------------------------------------------- */

static bool is_log_only(const struct draft_alarm *alarm)
{
    for (uint32_t i = 0; i < alarm->triggers_count; i++) {
        if (alarm->triggers[i]->severity != RULES_LOG)
            return false;
    }
    return alarm->triggers_count > 0;
}

static void refuse_alarm(struct parser *parser, const struct draft_test *test)
{
    const struct draft *draft = parser->draft;
    struct arena *arena = parser->arena;
    enum { SHOWN = 20 };
    struct text *names = must_arena_allocate(arena, (draft->alarms_count + 1) * sizeof *names);
    for (uint32_t i = 0; i < draft->alarms_count; i++)
        names[i] = draft->alarms[i]->name;
    const char *note = "";
    if (draft->alarms_count > 0 && draft->alarms_count <= SHOWN)
        note = arena_print(arena, "Alarms in this file: %s.",
                           messages_join(arena, names, draft->alarms_count, "and"));
    parser_tell(
        parser, test->name, CODE_ALARM,
        arena_print(arena, "There is no alarm called \"%.*s\".", TEXT_ARGUMENTS(test->alarm)),
        messages_suggest(arena, test->alarm, names, draft->alarms_count), note);
}

static void resolve_test(struct parser *parser, const struct draft_scope *scope,
                         struct draft_test *test)
{
    if (test->kind != RULES_ALARM)
        return;
    test->asked = draft_find_alarm(parser->draft, test->alarm);
    if (test->asked == NULL) {
        refuse_alarm(parser, test);
        return;
    }
    if (is_log_only(test->asked))
        parser_tell(parser, test->name, CODE_REFERENCE,
                    arena_print(parser->arena,
                                "%.*s only logs: it is never active, so it can't be asked for.",
                                TEXT_ARGUMENTS(test->asked->name)),
                    "give it a line with notice, warning or critical", "");
    if (test->least > 0 && !test->asked->is_broken && scope_has_one(scope, &test->asked->scope))
        parser_tell(parser, test->predicate, CODE_QUANTIFIER,
                    arena_print(parser->arena, "There is only one %.*s for each of these.",
                                TEXT_ARGUMENTS(test->asked->name)),
                    "leave \"on\" and the number out, or count in an alarm without \"on\"", "");
}

static void resolve_all(struct parser *parser, const struct draft_scope *scope, struct asking *all,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (uint32_t j = 0; j < all[i].condition->tests_count; j++)
            resolve_test(parser, scope, &all[i].condition->tests[j]);
    }
}

/* Hours may be used before they are defined (appendix E, 29). */
static void resolve_hours(struct parser *parser, struct draft_suppression *const *all,
                          uint32_t count)
{
    const struct draft *draft = parser->draft;
    struct text names[RULES_HOURS_MAX];
    for (uint32_t i = 0; i < draft->hours_count; i++)
        names[i] = draft->hours[i]->name;
    for (uint32_t i = 0; i < count; i++) {
        if (all[i]->kind != RULES_EXCEPT_DURING && all[i]->kind != RULES_ONLY_DURING)
            continue;
        struct text name = all[i]->name;
        uint32_t hours = 0;
        while (hours < draft->hours_count && !text_equal_ignoring_case(names[hours], name))
            hours++;
        all[i]->hours = hours;
        if (hours < draft->hours_count)
            continue;
        const char *note =
            draft->hours_count == 0
                ? ""
                : arena_print(parser->arena, "Hours in this file: %s.",
                              messages_join(parser->arena, names, draft->hours_count, "and"));
        parser_tell(
            parser, all[i]->name_place, CODE_HOURS,
            arena_print(parser->arena, "There are no hours called \"%.*s\".", TEXT_ARGUMENTS(name)),
            messages_suggest(parser->arena, name, names, draft->hours_count), note);
    }
}

/* ---- days ---------------------------------------------------------------------------------- */

/* Midnight of a day in the site's zone, which may be said below the alarm. Where the clocks change
 * in that hour, the offset behind the change counts. */
static int64_t midnight_in_zone(const struct draft *draft, struct arena *arena, int64_t day_ms)
{
    struct zone zone;
    const char *name;
    if (draft->zone.length == 0)
        return day_ms;
    zone_read(arena_print(arena, "%.*s", TEXT_ARGUMENTS(draft->zone)), &zone);
    int64_t first = day_ms - INT64_C(1000) * zone_offset_s(&zone, day_ms, &name);
    return day_ms - INT64_C(1000) * zone_offset_s(&zone, first, &name);
}

/* ---- order --------------------------------------------------------------------------------- */

struct path { /* of the alarms that are being visited */
    struct draft_alarm *alarms[RULES_ALARMS_MAX];
    uint32_t depth, ordered;
};

enum { NEW, OPEN, DONE };
#define ASKING_DEEP 256 /* each takes some of the stack */

static void refuse_circle(struct parser *parser, const struct path *path,
                          const struct draft_test *test)
{
    uint32_t first = 0;
    while (path->alarms[first] != test->asked)
        first++;
    const char *list = "";
    for (uint32_t i = first; i < path->depth; i++)
        list = arena_print(parser->arena, "%s%.*s, ", list, TEXT_ARGUMENTS(path->alarms[i]->name));
    bool is_own = first + 1 == path->depth;
    const char *text =
        is_own
            ? arena_print(parser->arena, "%.*s asks for itself.", TEXT_ARGUMENTS(test->asked->name))
            : arena_print(parser->arena, "These alarms ask for each other in a circle: %s%.*s.",
                          list, TEXT_ARGUMENTS(test->asked->name));
    parser_tell(parser, test->name, CODE_CIRCLE, text, "ask for another alarm here", "");
}

static void visit(struct parser *parser, struct path *path, struct draft_alarm *alarm)
{
    struct asking all[ASKING_MAX];
    size_t count = alarm_conditions(alarm, all);
    alarm->visiting = OPEN;
    path->alarms[path->depth++] = alarm;
    for (size_t i = 0; i < count; i++) {
        for (uint32_t j = 0; j < all[i].condition->tests_count; j++) {
            const struct draft_test *test = &all[i].condition->tests[j];
            bool is_left_out = all[i].is_from_defaults && test->asked == alarm; /* E 27 */
            if (test->kind != RULES_ALARM || test->asked == NULL || is_left_out)
                continue;
            if (test->asked->visiting == OPEN)
                refuse_circle(parser, path, test);
            else if (test->asked->visiting == NEW && path->depth == ASKING_DEEP)
                parser_tell(parser, test->name, CODE_TOO_MANY,
                            arena_print(parser->arena,
                                        "At most %d alarms can ask one for the next.", ASKING_DEEP),
                            "ask for the first of them", "");
            else if (test->asked->visiting == NEW)
                visit(parser, path, test->asked);
        }
    }
    path->depth--;
    alarm->visiting = DONE;
    parser->draft->order[path->ordered++] = alarm->index;
}

void resolve_references(struct parser *parser)
{
    struct draft *draft = parser->draft;
    struct asking all[ASKING_MAX];
    for (uint32_t i = 0; i < draft->alarms_count && !messages_are_full(parser->messages); i++) {
        draft->alarms[i]->index = i;
        int64_t *until_ms = &draft->alarms[i]->options.out_until_ms;
        if (*until_ms != 0)
            *until_ms = midnight_in_zone(draft, parser->arena, *until_ms);
        resolve_all(parser, &draft->alarms[i]->scope, all, alarm_conditions(draft->alarms[i], all));
        resolve_hours(parser, draft->alarms[i]->options.suppressions,
                      draft->alarms[i]->options.suppressions_count);
    }
    for (uint32_t i = 0; i < draft->reports_count && !messages_are_full(parser->messages); i++) {
        resolve_all(parser, &draft->reports[i]->scope, all,
                    report_conditions(draft->reports[i], all));
        resolve_hours(parser, draft->reports[i]->suppressions,
                      draft->reports[i]->suppressions_count);
    }
    struct path *path = must_arena_allocate(parser->arena, sizeof *path);
    for (uint32_t i = 0; i < draft->alarms_count; i++) {
        if (draft->alarms[i]->visiting == NEW)
            visit(parser, path, draft->alarms[i]);
    }
}
