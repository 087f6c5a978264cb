/* Names: what is declared, what is reserved, and what a line refers to. See parser.h. */
#include "rules/language/parser.h"

/* A reading may not have the name of one of these (RULES section 3.1). */
static const char *const keywords[] = {
    "site",     "include", "set",          "hours",      "sensors",   "table",
    "defaults", "alarm",   "report",       "like",       "on",        "where",
    "for",      "to",      "from",         "with",       "is",        "not",
    "or",       "and",     "id",           "timezone",   "flood",     "above",
    "below",    "at",      "least",        "most",       "inside",    "outside",
    "in",       "per",     "send",         "keep",       "unsent",    "every",
    "closed",   "mqtt",    "udp",          "port",       "format",    "each",
    "name",     "called",  "expect",       "fresh",      "forget",    "after",
    "time",     "arrival", "sequence",     "allow",      "late",      "early",
    "read",     "scaled",  "by",           "offset",     "valid",     "ignore",
    "of",       "accept",  "when",         "as",         "critical",  "warning",
    "notice",   "log",     "until",        "silent",     "active",    "any",
    "over",     "rises",   "falls",        "changes",    "more",      "than",
    "differs",  "across",  "missing",      "faulty",     "unusual",   "unusually",
    "stuck",    "within",  "readings",     "a",          "total",     "times",
    "clear",    "except",  "during",       "while",      "only",      "say",
    "cause",    "risk",    "action",       "respond",    "remind",    "acknowledge",
    "shelve",   "limit",   "sensitivity",  "learn",      "attach",    "tags",
    "also",     "out",     "wait",         "raw",        "average",   "minimum",
    "maximum",  "median",  "count",        "spread",     "deviation", "first",
    "last",     "change",  "kinetic-mean", "percentile", "plus",      "minus",
    "others",   "will",    "payload",
};

const char *name_keyword(size_t index)
{
    return index < sizeof keywords / sizeof keywords[0] ? keywords[index] : NULL;
}

bool name_is_keyword(struct text name)
{
    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++) {
        if (text_equal_ignoring_case(name, text_of(keywords[i])))
            return true;
    }
    return false;
}

struct draft_group *draft_find_group(const struct draft *draft, struct text name)
{
    for (uint32_t i = 0; i < draft->groups_count; i++) {
        if (text_equal_ignoring_case(draft->groups[i]->name, name))
            return draft->groups[i];
    }
    return NULL;
}

/* The slot of the alarm of this name, or the free one that it would get. */
static uint32_t alarm_slot(const struct draft *draft, struct text name)
{
    uint64_t hash = HASH_START;
    for (size_t i = 0; i < name.length; i++) {
        char c = name.bytes[i];
        char small = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
        hash = hash_bytes(hash, &small, 1);
    }
    uint32_t slot = (uint32_t)(hash ^ hash >> 32) % DRAFT_ALARM_SLOTS;
    while (draft->alarms_by_name[slot] != 0 &&
           !text_equal_ignoring_case(draft->alarms[draft->alarms_by_name[slot] - 1]->name, name))
        slot = (slot + 1) % DRAFT_ALARM_SLOTS;
    return slot;
}

struct draft_alarm *draft_find_alarm(const struct draft *draft, struct text name)
{
    uint32_t number = draft->alarms_by_name[alarm_slot(draft, name)];
    return number != 0 ? draft->alarms[number - 1] : NULL;
}

void draft_add_alarm(struct draft *draft, struct draft_alarm *alarm)
{
    draft->alarms[draft->alarms_count++] = alarm;
    draft->alarms_by_name[alarm_slot(draft, alarm->name)] = draft->alarms_count;
}

struct draft_hours *draft_find_hours(const struct draft *draft, struct text name)
{
    for (uint32_t i = 0; i < draft->hours_count; i++) {
        if (text_equal_ignoring_case(draft->hours[i]->name, name))
            return draft->hours[i];
    }
    return NULL;
}

struct draft_set *draft_find_set(struct draft *draft, struct text name)
{
    for (uint32_t i = 0; i < draft->sets_count; i++) {
        if (text_equal_ignoring_case(draft->sets[i].name, name))
            return &draft->sets[i];
    }
    return NULL;
}

const struct draft_table *draft_find_limit(const struct draft *draft,
                                           const struct draft_group *group, struct text name,
                                           uint32_t *column)
{
    for (uint32_t i = 0; i < draft->tables_count; i++) {
        const struct draft_table *table = draft->tables[i];
        for (uint32_t j = 0; table->group == group && j < table->columns_count; j++) {
            if (!text_equal_ignoring_case(table->columns[j], name))
                continue;
            if (column != NULL)
                *column = j;
            return table;
        }
    }
    return NULL;
}

void draft_show_limit(struct draft *draft, const struct draft_table *table, uint32_t column)
{
    for (uint32_t i = 0; i < draft->columns_count; i++) {
        if (draft->columns[i].table == table && draft->columns[i].column == column)
            return;
    }
    if (draft->columns_count < RULES_COLUMNS_MAX && !table->is_broken)
        draft->columns[draft->columns_count++] = (struct draft_column){table, column, NULL, 0};
}

int group_find_reading(const struct draft_group *group, struct text name)
{
    for (uint32_t i = 0; i < group->readings_count; i++) {
        if (text_equal_ignoring_case(group->readings[i]->name, name))
            return (int)i;
    }
    return -1;
}

int group_find_name(const struct draft_group *group, struct text name)
{
    for (uint32_t i = 0; i < group->names_count; i++) {
        if (text_equal_ignoring_case(group->names[i].name, name))
            return (int)i;
    }
    return -1;
}

size_t group_list_readings(const struct draft_group *group, struct text names[RULES_READINGS_MAX])
{
    for (uint32_t i = 0; i < group->readings_count; i++)
        names[i] = group->readings[i]->name;
    return group->readings_count;
}

static bool refuse_group(struct parser *parser, const struct word *word)
{
    struct text names[RULES_GROUPS_MAX];
    size_t count = parser->draft->groups_count;
    for (size_t i = 0; i < count; i++)
        names[i] = parser->draft->groups[i]->name;
    const char *note = "A group begins with a line such as: sensors coolers";
    if (count > 0)
        note = arena_print(parser->arena, "Groups in this file: %s.",
                           messages_join(parser->arena, names, count, "and"));
    return parser_refuse(parser, word, CODE_GROUP,
                         arena_print(parser->arena, "There is no group of sensors called \"%.*s\".",
                                     TEXT_ARGUMENTS(word->text)),
                         messages_suggest(parser->arena, word->text, names, count), note);
}

struct draft_group *parse_group_name(struct parser *parser)
{
    struct word word;
    if (!parser_expect_name(parser, "the name of a group of sensors", &word))
        return NULL;
    struct draft_group *group = draft_find_group(parser->draft, word.text);
    if (group == NULL)
        refuse_group(parser, &word);
    return group;
}

static bool refuse_reading(struct parser *parser, const struct draft_group *group,
                           const struct word *word)
{
    struct text names[RULES_READINGS_MAX];
    size_t count = group_list_readings(group, names);
    const char *mark = messages_suggest(parser->arena, word->text, names, count);
    /* Its line may be one of those that could not be read. */
    if (group->has_mistakes && *mark == '\0')
        return false;
    const char *note = "";
    if (count > 0)
        note = arena_print(parser->arena, "%.*s has: %s.", TEXT_ARGUMENTS(group->name),
                           messages_join(parser->arena, names, count, "and"));
    return parser_refuse(parser, word, CODE_READING,
                         arena_print(parser->arena, "%.*s has no reading called \"%.*s\".",
                                     TEXT_ARGUMENTS(group->name), TEXT_ARGUMENTS(word->text)),
                         mark, note);
}

bool parse_reading_of(struct parser *parser, struct draft_group *group, uint32_t *reading,
                      struct word *word)
{
    *word = parser_peek(parser);
    if (word->kind != WORD_NAME) {
        struct text names[RULES_READINGS_MAX];
        size_t count = group_list_readings(group, names);
        return parser_refuse_expected(parser, word, CODE_READING, "a reading", names, count, "");
    }
    int index = group_find_reading(group, word->text);
    if (index < 0)
        return refuse_reading(parser, group, word);
    if (group->readings[index]->is_broken)
        return false;
    parser_take(parser);
    *reading = (uint32_t)index;
    return true;
}

bool parse_reading_name(struct parser *parser, uint32_t *reading, struct word *word)
{
    return parse_reading_of(parser, parser->group, reading, word);
}

bool parse_part_name(struct parser *parser, const struct draft_group *group, uint32_t *name,
                     struct word *word)
{
    struct text names[RULES_NAMES_MAX];
    size_t count = group->names_count;
    for (size_t i = 0; i < count; i++)
        names[i] = group->names[i].name;
    *word = parser_peek(parser);
    int index = word->kind == WORD_NAME ? group_find_name(group, word->text) : -1;
    if (index >= 0) {
        parser_take(parser);
        *name = (uint32_t)index;
        return true;
    }
    if (group->names_are_unknown || group->is_broken)
        return false; /* told where they are declared */
    if (word->kind != WORD_NAME)
        return parser_refuse_expected(parser, word, CODE_PART, "a named part of the devices", names,
                                      count, "");
    const char *note = "Its devices have no named parts.";
    if (count > 0)
        note = arena_print(parser->arena, "The named parts of %.*s are: %s.",
                           TEXT_ARGUMENTS(group->name),
                           messages_join(parser->arena, names, count, "and"));
    return parser_refuse(parser, word, CODE_PART,
                         arena_print(parser->arena, "%.*s has no named part called \"%.*s\".",
                                     TEXT_ARGUMENTS(group->name), TEXT_ARGUMENTS(word->text)),
                         messages_suggest(parser->arena, word->text, names, count), note);
}
