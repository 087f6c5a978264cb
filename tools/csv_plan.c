/* Rows of a table as messages of a site's sensors (see csv.h). */
#include "tools/csv_layout.h"
#include "tools/csv_table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct csv_plan {
    struct csv_table table;
    struct ruleset *rules; /* ours: groups become JSON */
    /* By group; of a wide table by device; of a long one by group and reading, RULES_READINGS_MAX
     * a group. */
    struct csv_layout *layouts;
    size_t layouts_count;
    struct csv_page page;
    struct csv_counts counts;
    /* The row that is being given out. */
    const struct csv_row *row;
    int64_t row_ms;
    uint64_t row_line;
    uint32_t row_group;
    size_t next, last; /* layouts: next..last */
};

static __attribute__((format(printf, 2, 3))) const char *problem_of(struct csv_plan *plan,
                                                                    const char *format, ...)
{
    va_list values;
    va_start(values, format);
    vsnprintf(plan->page.problem, sizeof plan->page.problem, format, values);
    va_end(values);
    return plan->page.problem;
}

/* ---- the plan ------------------------------------------------------------------------------ */

static bool lay_out_rows(struct csv_plan *plan, uint32_t group)
{
    const struct csv_match *match = &plan->table.matches[group];
    return match->readings_found == 0 ||
           csv_layout_make(&plan->layouts[group], plan->rules, group, match, NULL);
}

/* One reading a row: the same column is each reading in turn. */
static bool lay_out_long(struct csv_plan *plan, uint32_t group)
{
    struct csv_match match = plan->table.matches[group];
    for (uint32_t i = 0; i < csv_group(plan->rules, group)->readings.count; i++) {
        memset(match.reading_columns, -1, sizeof match.reading_columns);
        match.reading_columns[i] = plan->table.value_column;
        if (!csv_layout_make(&plan->layouts[group * RULES_READINGS_MAX + i], plan->rules, group,
                             &match, NULL))
            return false;
    }
    return true;
}

static bool is_same_device(const struct csv_device *a, const struct csv_device *b)
{
    for (size_t i = 0; i < RULES_NAMES_MAX; i++) {
        if (!text_equal(a->names[i], b->names[i]))
            return false;
    }
    return true;
}

/* A layout for each device, with the columns of all its readings, at its first column. */
static bool lay_out_wide(struct csv_plan *plan, uint32_t group)
{
    const struct csv_row *names = &plan->table.heading->names;
    struct csv_device device, other;
    for (size_t i = 0; i < names->count; i++) {
        if (!csv_table_is_device(&plan->table, group, i, &device))
            continue;
        struct csv_match match = plan->table.matches[group];
        bool is_first = true;
        memset(match.reading_columns, -1, sizeof match.reading_columns);
        for (size_t j = 0; j < names->count; j++) {
            if (!csv_table_is_device(&plan->table, group, j, &other) ||
                !is_same_device(&device, &other))
                continue;
            is_first = is_first && j >= i;
            match.reading_columns[other.reading] = (int)j;
        }
        if (is_first && !csv_layout_make(&plan->layouts[plan->layouts_count++], plan->rules, group,
                                         &match, &device))
            return false;
    }
    return true;
}

static bool lay_out(struct csv_plan *plan, uint32_t group)
{
    /* The group as it is in our own copy of the rules. */
    struct rules_group *own =
        (struct rules_group *)(void *)((char *)plan->rules + plan->rules->groups.offset) + group;
    own->format = RULES_FORMAT_JSON;
    if (own->time == RULES_TIME_OF_FORMAT)
        own->time = RULES_TIME_ARRIVAL; /* rows come when they were taken */
    if (plan->table.form == CSV_FORM_WIDE)
        return lay_out_wide(plan, group);
    return plan->table.form == CSV_FORM_LONG ? lay_out_long(plan, group)
                                             : lay_out_rows(plan, group);
}

static bool lay_out_all(struct csv_plan *plan)
{
    uint32_t groups = plan->rules->groups.count;
    size_t most = plan->table.form == CSV_FORM_LONG   ? (size_t)groups * RULES_READINGS_MAX
                  : plan->table.form == CSV_FORM_WIDE ? plan->table.heading->names.count
                                                      : groups;
    plan->layouts = calloc(most + 1, sizeof *plan->layouts);
    plan->layouts_count = plan->table.form == CSV_FORM_WIDE ? 0 : most;
    bool is_good = plan->layouts != NULL;
    for (uint32_t i = 0; is_good && i < groups; i++) {
        if (plan->table.group < 0 || plan->table.group == (int)i)
            is_good = lay_out(plan, i);
    }
    return is_good;
}

struct csv_plan *csv_plan_make(const struct csv_heading *heading, struct ruleset *rules,
                               const char *group, const char *reading, char *problem, char *notes)
{
    struct csv_plan *plan = calloc(1, sizeof *plan);
    problem[0] = notes[0] = 0;
    if (!plan)
        return NULL;
    plan->rules = rules;
    if (!csv_table_begin(&plan->table, heading, rules, group, reading, problem) ||
        !lay_out_all(plan)) {
        csv_plan_free(plan);
        return NULL;
    }
    csv_table_notes(&plan->table, plan->layouts_count, notes);
    return plan;
}

void csv_plan_free(struct csv_plan *plan)
{
    if (!plan)
        return;
    for (size_t i = 0; plan->layouts && i < plan->layouts_count; i++)
        csv_layout_free(&plan->layouts[i]);
    free(plan->layouts);
    csv_table_end(&plan->table);
    free(plan->page.payload);
    free(plan);
}

const struct csv_counts *csv_plan_counts(const struct csv_plan *plan)
{
    return &plan->counts;
}

/* ---- a row --------------------------------------------------------------------------------- */

/* Each level of the pattern against the topic, the way MQTT compares them. */
static bool topic_fits(const struct ruleset *rules, const struct rules_group *group,
                       struct text topic)
{
    size_t at = 0;
    for (uint32_t i = 0; i < group->levels.count; i++) {
        const struct rules_level *level = RULES_AT(rules, struct rules_level, group->levels, i);
        if (level->kind == RULES_LEVEL_REST)
            return at <= topic.length;
        if (at > topic.length)
            return false;
        const char *slash = memchr(topic.bytes + at, '/', topic.length - at);
        size_t length = (slash ? (size_t)(slash - topic.bytes) : topic.length) - at;
        if (level->kind == RULES_LEVEL_LITERAL &&
            !text_equal((struct text){topic.bytes + at, length}, rules_text(rules, level->text)))
            return false;
        at += length + 1;
    }
    return at == topic.length + 1;
}

/* The group of a row that says it itself, by name or by topic. */
static const char *group_of_row(struct csv_plan *plan, int *group)
{
    struct text name = csv_cell_of(plan->row, plan->table.heading->group_column);
    struct text topic = csv_cell_of(plan->row, plan->table.heading->topic_column);
    *group = plan->table.group;
    if (*group < 0 && name.length > 0) {
        *group = csv_table_find_group(&plan->table, name);
        if (*group < 0)
            return problem_of(plan, "the rules have no group of sensors \"%.*s\"", (int)name.length,
                              name.bytes);
    }
    for (uint32_t i = 0; *group < 0 && topic.length > 0 && i < plan->rules->groups.count; i++) {
        const struct rules_group *candidate = csv_group(plan->rules, i);
        if (candidate->source == RULES_FROM_MQTT && topic_fits(plan->rules, candidate, topic))
            *group = (int)i;
    }
    if (*group >= 0)
        return NULL;
    return topic.length > 0 ? problem_of(plan, "no sensors line asks for the topic %.*s",
                                         (int)topic.length, topic.bytes)
                            : "it says neither a topic nor a group";
}

/* The one layout of a row of a long table; none for a reading that no rule reads. */
static void find_reading(struct csv_plan *plan)
{
    struct text key = csv_cell_of(plan->row, plan->table.key_column);
    int reading = csv_reading_called(plan->rules, plan->row_group, key);
    if (reading < 0) {
        if (plan->counts.unread++ == 0)
            snprintf(plan->counts.first_unread, sizeof plan->counts.first_unread, "%.*s",
                     (int)(key.length < 60 ? key.length : 60), key.bytes);
        return;
    }
    plan->next = plan->row_group * RULES_READINGS_MAX + (size_t)reading;
    plan->last = plan->next + 1;
}

const char *csv_plan_row(struct csv_plan *plan, const struct csv_row *row, int64_t time_ms,
                         uint64_t line_number)
{
    int group = 0;
    plan->row = row;
    plan->row_ms = time_ms;
    plan->row_line = line_number;
    plan->next = plan->last = 0;
    const char *problem = group_of_row(plan, &group);
    if (problem)
        return problem;
    plan->row_group = (uint32_t)group;
    if (plan->table.form == CSV_FORM_LONG) {
        find_reading(plan);
    } else if (plan->table.form == CSV_FORM_WIDE) {
        plan->last = plan->layouts_count;
    } else {
        plan->next = plan->row_group;
        plan->last = plan->next + 1;
        if (!plan->layouts[plan->next].text)
            problem = problem_of(plan, "no column is named like a reading of %s",
                                 csv_table_group_name(&plan->table, plan->row_group));
    }
    return problem;
}

static const char *write_topic(struct csv_plan *plan, const struct csv_layout *layout)
{
    struct text topic = csv_cell_of(plan->row, plan->table.heading->topic_column);
    if (topic.length == 0)
        return csv_layout_topic(layout, plan->rules, &plan->table.matches[layout->group], plan->row,
                                &plan->page);
    if (topic.length >= sizeof plan->page.topic)
        return "its topic is too long";
    snprintf(plan->page.topic, sizeof plan->page.topic, "%.*s", (int)topic.length, topic.bytes);
    return NULL;
}

bool csv_plan_next(struct csv_plan *plan, struct csv_message *message, const char **wrong)
{
    const struct csv_layout *layout = NULL;
    *wrong = NULL;
    while (!layout && plan->next < plan->last) {
        layout = &plan->layouts[plan->next++];
        /* A device of a wide table that did not report at that time. */
        if (plan->table.form == CSV_FORM_WIDE && !csv_layout_has_value(layout, plan->row)) {
            plan->counts.empty_cells++;
            layout = NULL;
        }
    }
    if (!layout)
        return false;
    const struct rules_group *group = csv_group(plan->rules, layout->group);
    bool is_udp = group->source == RULES_FROM_UDP;
    if (!is_udp && (*wrong = write_topic(plan, layout)) != NULL)
        return false;
    csv_layout_write(layout, plan->rules, plan->table.heading, plan->row, plan->row_ms, &plan->page,
                     &plan->counts);
    if (plan->counts.wrong_cells > 0 && plan->counts.first_wrong_line == 0)
        plan->counts.first_wrong_line = plan->row_line;
    *message = (struct csv_message){.topic = is_udp ? NULL : plan->page.topic,
                                    .udp_port = is_udp ? group->udp_port : 0,
                                    .payload = {plan->page.payload, plan->page.length}};
    return true;
}
