/* Checks a ruleset block before anybody reads it: every offset, count, index and kind. See
 * ruleset.h. Runs at boot in the image and whenever new rules arrive; its work grows with the size
 * of the block. The block may come from a hostile hand with a right checksum, so nothing in it is
 * believed: an entry is read only when it lies inside, and every loop has a bound of the language.
 */
#include "rules/ruleset_checked.h"

#define TIME_MAX_MS (INT64_C(3650) * 86400000)

bool checked_text(const struct checked *block, struct rules_text text)
{
    if (text.length == 0)
        return text.offset < block->size;
    uint64_t end = (uint64_t)text.offset + text.length;
    return end < block->size && block->bytes[end] == '\0';
}

bool checked_span(const struct checked *block, struct rules_span span, size_t entry_size,
                  uint32_t least, uint32_t most)
{
    if (span.count < least || span.count > most)
        return false;
    uint64_t end = (uint64_t)span.offset + (uint64_t)span.count * entry_size;
    return span.offset % 8 == 0 && end <= block->size;
}

bool checked_time(int64_t time_ms, int64_t least)
{
    return time_ms >= least && time_ms <= TIME_MAX_MS;
}

bool checked_name(const struct checked *block, struct rules_text name)
{
    return name.length > 0 && name.length <= RULES_NAME_BYTES && checked_text(block, name);
}

bool checked_texts(const struct checked *block, struct rules_span span, uint32_t most)
{
    if (!checked_span(block, span, sizeof(struct rules_text), 0, most))
        return false;
    const struct rules_text *texts = RULES_AT(block->bytes, struct rules_text, span, 0);
    for (uint32_t i = 0; i < span.count; i++) {
        if (!checked_name(block, texts[i]))
            return false;
    }
    return true;
}

bool checked_indices(const struct checked *block, struct rules_span span, uint32_t below)
{
    if (!checked_span(block, span, sizeof(uint32_t), 0, below))
        return false;
    const uint32_t *indices = RULES_AT(block->bytes, uint32_t, span, 0);
    for (uint32_t i = 0; i < span.count; i++) {
        if (indices[i] >= below)
            return false;
    }
    return true;
}

/* ---- the whole ----------------------------------------------------------------------------- */

static const char *header_problem(const struct ruleset *set, size_t size_bytes)
{
    if (size_bytes < sizeof *set || (uintptr_t)set % 8 != 0)
        return "the rules are cut off";
    if (set->magic != RULESET_MAGIC)
        return "these are not rules";
    if (set->version != RULESET_VERSION)
        return "the rules were made for another version";
    if (set->size_bytes != size_bytes)
        return "the rules have the wrong length";
    size_t behind = offsetof(struct ruleset, checksum) + sizeof set->checksum;
    if (hash_bytes(HASH_START, (const char *)set + behind, size_bytes - behind) != set->checksum)
        return "the rules were changed or damaged: wrong checksum";
    return NULL;
}

static const char *site_problem(const struct checked *block, const struct ruleset *set)
{
    if (!checked_text(block, set->site_id) || !checked_text(block, set->site_name) ||
        !checked_text(block, set->timezone) || !checked_text(block, set->zone) ||
        !checked_time(set->keep_unsent_ms, 0) || !checked_time(set->flood_in_ms, 1) ||
        set->send_per_ms == 0)
        return "the site's settings are out of bounds";
    if (!checked_span(block, set->ports, sizeof(uint32_t), 0, RULES_GROUPS_MAX))
        return "the ports are out of bounds";
    for (uint32_t i = 0; i < set->ports.count; i++) {
        uint32_t port = *RULES_AT(set, uint32_t, set->ports, i);
        if (port == 0 || port > UINT16_MAX)
            return "a port is out of bounds";
    }
    return NULL;
}

/* What is checked of each entry of a list, and what is said when one is wrong. The order matters:
 * later ones believe the earlier. */
#define LIST(field, type, most, check, why)                                                        \
    {                                                                                              \
        offsetof(struct ruleset, field), sizeof(struct type), most, check, why                     \
    }

#define AS_CHECK(name, type)                                                                       \
    static bool name##_entry(const struct checked *block, const void *entry, uint32_t index)       \
    {                                                                                              \
        (void)index;                                                                               \
        return name(block, (const struct type *)entry);                                            \
    }
AS_CHECK(checked_group, rules_group)
AS_CHECK(checked_set, rules_set)
AS_CHECK(checked_link, rules_link)
AS_CHECK(checked_table, rules_table)
AS_CHECK(checked_column, rules_column)
AS_CHECK(checked_hours, rules_hours)
AS_CHECK(checked_alarm, rules_alarm)
AS_CHECK(checked_report, rules_report)
AS_CHECK(checked_accept, rules_group)

static bool scope_entry(const struct checked *block, const void *entry, uint32_t index)
{
    (void)entry;
    return checked_scope(block, index);
}

static bool set_scope_entry(const struct checked *block, const void *entry, uint32_t index)
{
    (void)entry;
    return checked_scope(block, checked_set_of(block)->groups.count + index);
}

static bool suppressions_entry(const struct checked *block, const void *entry, uint32_t index)
{
    (void)entry;
    return checked_suppressions(block, index);
}

static bool set_suppressions_entry(const struct checked *block, const void *entry, uint32_t index)
{
    (void)entry;
    return checked_suppressions(block, checked_set_of(block)->groups.count + index);
}

static const struct {
    size_t at, entry_size;
    uint32_t most;
    bool (*check)(const struct checked *block, const void *entry, uint32_t index);
    const char *why;
} lists[] = {
    LIST(groups, rules_group, RULES_GROUPS_MAX, checked_group_entry,
         "a group of sensors is out of bounds"),
    LIST(sets, rules_set, RULES_SETS_MAX, checked_set_entry, "a set is out of bounds"),
    LIST(links, rules_link, RULES_LINKS_MAX, checked_link_entry, "a link is out of bounds"),
    LIST(tables, rules_table, RULES_TABLES_MAX, checked_table_entry, "a table is out of bounds"),
    LIST(columns, rules_column, RULES_COLUMNS_MAX, checked_column_entry,
         "a column is out of bounds"),
    LIST(hours, rules_hours, RULES_HOURS_MAX, checked_hours_entry, "hours are out of bounds"),
    LIST(groups, rules_group, RULES_GROUPS_MAX, checked_accept_entry,
         "a group of sensors is out of bounds"),
    LIST(groups, rules_group, RULES_GROUPS_MAX, scope_entry, "a group's list is out of bounds"),
    LIST(sets, rules_set, RULES_SETS_MAX, set_scope_entry, "a set's list is out of bounds"),
    LIST(groups, rules_group, RULES_GROUPS_MAX, suppressions_entry,
         "a suppression is out of bounds"),
    LIST(sets, rules_set, RULES_SETS_MAX, set_suppressions_entry, "a suppression is out of bounds"),
    LIST(alarms, rules_alarm, RULES_ALARMS_MAX, checked_alarm_entry, "an alarm is out of bounds"),
    LIST(reports, rules_report, RULES_REPORTS_MAX, checked_report_entry,
         "a report is out of bounds"),
};
#define LISTS (sizeof lists / sizeof lists[0])

static const char *lists_problem(const struct checked *block, const struct ruleset *set)
{
    for (size_t i = 0; i < LISTS; i++) {
        const struct rules_span *span = (const void *)((const char *)set + lists[i].at);
        if (!checked_span(block, *span, lists[i].entry_size, 0, lists[i].most))
            return "the lists of the rules are out of bounds";
    }
    for (size_t i = 0; i < LISTS; i++) {
        const struct rules_span *span = (const void *)((const char *)set + lists[i].at);
        const char *entry = block->bytes + span->offset;
        for (uint32_t j = 0; j < span->count; j++, entry += lists[i].entry_size) {
            if (!lists[i].check(block, entry, j))
                return lists[i].why;
        }
    }
    return NULL;
}

bool ruleset_check(const void *block, size_t size_bytes, const char **why)
{
    const struct ruleset *set = block;
    struct checked checked = {block, size_bytes};
    *why = header_problem(set, size_bytes);
    if (*why == NULL)
        *why = site_problem(&checked, set);
    if (*why == NULL)
        *why = lists_problem(&checked, set);
    return *why == NULL;
}
