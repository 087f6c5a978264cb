/* What the files share that check a ruleset: ruleset.c walks the whole, ruleset_sensors.c checks
 * groups, tables and hours, ruleset_judged.c scopes, conditions, alarms and reports. Every function
 * returns true when what it is given lies inside and can be read without a further look. */
#ifndef RULES_RULESET_CHECKED_H
#define RULES_RULESET_CHECKED_H

#include "rules/ruleset.h"

struct checked {
    const char *bytes;
    uint64_t size;
};

bool checked_text(const struct checked *block, struct rules_text text);
/* A name: never empty, and short enough for the tables of those who read it. */
bool checked_name(const struct checked *block, struct rules_text name);
bool checked_span(const struct checked *block, struct rules_span span, size_t entry_size,
                  uint32_t least, uint32_t most);
/* Of names. */
bool checked_texts(const struct checked *block, struct rules_span span, uint32_t most);
bool checked_indices(const struct checked *block, struct rules_span span, uint32_t below);
bool checked_time(int64_t time_ms, int64_t least);

/* Its scope and `accept` are checked by ruleset_judged.c. */
bool checked_group(const struct checked *block, const struct rules_group *group);
bool checked_set(const struct checked *block, const struct rules_set *set);
bool checked_link(const struct checked *block, const struct rules_link *link);
bool checked_table(const struct checked *block, const struct rules_table *table);
bool checked_column(const struct checked *block, const struct rules_column *column);
bool checked_hours(const struct checked *block, const struct rules_hours *hours);
/* `where` on the names of a group (NULL: there can be none). */
bool checked_where(const struct checked *block, const struct rules_group *group,
                   struct rules_span where);

/* These believe that all groups, sets, links, tables, columns and hours were checked, and that the
 * list of alarms is inside. */
bool checked_accept(const struct checked *block, const struct rules_group *group);
bool checked_scope(const struct checked *block, uint32_t number);
bool checked_suppressions(const struct checked *block, uint32_t number);
bool checked_alarm(const struct checked *block, const struct rules_alarm *alarm);
bool checked_report(const struct checked *block, const struct rules_report *report);

static inline const struct ruleset *checked_set_of(const struct checked *block)
{
    return (const void *)block->bytes;
}

/* ---- scopes by number ------------------------------------------------------------------------ */

static inline uint32_t checked_scopes(const struct checked *block)
{
    const struct ruleset *set = checked_set_of(block);
    return set->groups.count + set->sets.count;
}

static inline const struct rules_group *checked_group_at(const struct checked *block, uint32_t at)
{
    const struct ruleset *set = checked_set_of(block);
    return at < set->groups.count ? RULES_AT(set, struct rules_group, set->groups, at) : NULL;
}

/* NULL: a group's. */
static inline const struct rules_set *checked_set_at(const struct checked *block, uint32_t number)
{
    const struct ruleset *set = checked_set_of(block);
    return number < set->groups.count
               ? NULL
               : RULES_AT(set, struct rules_set, set->sets, number - set->groups.count);
}

#endif
