/* Judges the site: warnings about what is missing in rules whose lines are all good, and tables
 * that leave devices without limits (RULES section 13.3). See checker.h. */
#include "rules/language/checker.h"
#include "rules/language/parse_table.h"

/* So few alarms that wake someone can be told apart, however few alarms there are in all. */
#define FEW_CRITICAL 4

static void warn_critical(struct parser *parser)
{
    const struct draft *draft = parser->draft;
    struct arena *arena = parser->arena;
    const struct draft_alarm *last = NULL;
    uint32_t critical = 0;
    for (uint32_t i = 0; i < draft->alarms_count; i++) {
        const struct draft_alarm *alarm = draft->alarms[i];
        if (!checker_is_critical(alarm))
            continue;
        critical++;
        last = alarm;
        if (alarm->options.action.length == 0)
            parser_tell(parser, alarm->place, WARN_NO_ACTION,
                        arena_print(arena, "%.*s is critical, and does not say what to do.",
                                    TEXT_ARGUMENTS(alarm->name)),
                        "add a line such as: action \"Close the door.\"", "");
    }
    if (critical > FEW_CRITICAL && critical * 5 > draft->alarms_count)
        parser_tell(parser, last->place, WARN_MANY_CRITICAL,
                    arena_print(arena,
                                "%u of %u alarms are critical; more than one in five is more than "
                                "people can act on.",
                                critical, draft->alarms_count),
                    "keep critical for what must wake someone", "");
}

static void warn_silent(struct parser *parser)
{
    const struct draft *draft = parser->draft;
    for (uint32_t i = 0; i < draft->groups_count; i++) {
        const struct draft_group *group = draft->groups[i];
        if (!group->has_silent_alarm)
            parser_tell(parser, group->place, WARN_NO_SILENT,
                        arena_print(parser->arena,
                                    "Nobody hears when a sensor of %.*s falls silent.",
                                    TEXT_ARGUMENTS(group->name)),
                        "add an alarm with a line such as: warning when silent for 15 minutes", "");
    }
}

/* ---- devices without limits ------------------------------------------------------------------ */

/* A table that has a row for every device has nothing to be warned of. */
static bool has_row_of_others(const struct draft_table *table)
{
    return table->rows_count > 0 &&
           table->rows[table->rows_count - 1].others == table->keys_count; /* most others last */
}

static const char *join_keys(struct parser *parser, const struct text *keys, uint32_t count)
{
    const char *joined = "";
    for (uint32_t i = 0; i < count; i++) {
        if (keys[i].length > 0)
            joined = arena_print(parser->arena, "%s%s%.*s", joined, *joined != '\0' ? " " : "",
                                 TEXT_ARGUMENTS(keys[i]));
    }
    return joined;
}

static void warn_device(struct parser *parser, const struct draft_table *table, struct place place,
                        const char *device)
{
    parser_tell(parser, place, WARN_TABLE_DEVICE,
                arena_print(parser->arena,
                            "The table %.*s has no row for %s, and none for others: rules that use "
                            "it do nothing there.",
                            TEXT_ARGUMENTS(table->name), device),
                arena_print(parser->arena, "check the name, or add a row to %.*s",
                            TEXT_ARGUMENTS(table->name)),
                "");
}

/* Devices that a row of `other` names are devices of the group: `table` needs a row for each. One
 * that is missing stands for all. */
static void compare_tables(struct parser *parser, const struct draft_table *table,
                           const struct draft_table *other)
{
    for (uint32_t i = 0; i < other->rows_count; i++) {
        const struct draft_row *row = &other->rows[i];
        struct text keys[RULES_NAMES_MAX] = {0};
        for (uint32_t own = 0; own < table->keys_count; own++) {
            for (uint32_t its = 0; its < other->keys_count; its++) {
                if (table->keys[own] == other->keys[its])
                    keys[own] = row->keys[its];
            }
        }
        if (table_has_row(table, keys))
            continue;
        warn_device(parser, table, row->place, join_keys(parser, keys, table->keys_count));
        return;
    }
}

static bool condition_uses(const struct draft *draft, const struct draft_condition *condition,
                           const struct draft_table *table)
{
    for (uint32_t i = 0; i < condition->tests_count; i++) {
        const struct draft_value *values[] = {&condition->tests[i].value,
                                              &condition->tests[i].second};
        for (size_t v = 0; v < 2; v++) {
            if (values[v]->kind == RULES_LIMIT && draft->columns[values[v]->column].table == table)
                return true;
        }
    }
    return false;
}

static bool alarm_uses(const struct draft *draft, const struct draft_alarm *alarm,
                       const struct draft_table *table)
{
    for (uint32_t i = 0; i < alarm->triggers_count; i++) {
        if (condition_uses(draft, &alarm->triggers[i]->when, table) ||
            condition_uses(draft, &alarm->triggers[i]->until, table))
            return true;
    }
    return false;
}

/* `where cooler is dairy-9`, and the limit of dairy-9 stands nowhere. */
static void compare_filter(struct parser *parser, const struct draft_table *table,
                           const struct draft_alarm *alarm)
{
    for (uint32_t i = 0; i < alarm->scope.where_count; i++) {
        const struct draft_allowed *allowed = &alarm->scope.where[i];
        uint32_t key = 0;
        while (key < table->keys_count && table->keys[key] != allowed->name)
            key++;
        for (uint32_t word = 0;
             key < table->keys_count && !allowed->is_not && word < allowed->words_count; word++) {
            struct text keys[RULES_NAMES_MAX] = {[0] = {0}};
            keys[key] = allowed->words[word];
            if (table_has_row(table, keys))
                continue;
            warn_device(parser, table, alarm->place, join_keys(parser, keys, table->keys_count));
            return;
        }
    }
}

static void warn_tables(struct parser *parser)
{
    const struct draft *draft = parser->draft;
    for (uint32_t i = 0; i < draft->tables_count; i++) {
        const struct draft_table *table = draft->tables[i];
        if (table->is_broken || has_row_of_others(table))
            continue;
        for (uint32_t j = 0; j < draft->tables_count; j++) {
            if (j != i && draft->tables[j]->group == table->group)
                compare_tables(parser, table, draft->tables[j]);
        }
        for (uint32_t j = 0; j < draft->alarms_count; j++) {
            const struct draft_alarm *alarm = draft->alarms[j];
            if (alarm->scope.where_count > 0 && alarm->scope.group == table->group &&
                alarm_uses(draft, alarm, table))
                compare_filter(parser, table, alarm);
        }
    }
}

void checker_judge_site(struct parser *parser)
{
    warn_critical(parser);
    warn_silent(parser);
    warn_tables(parser);
}
