/* `sensor GROUP name value … [as SHORT]`: the devices of a test. See read.h. */
#include "rules/testing/read.h"

#include <stdio.h>

static struct text ruleset_text(const struct testing_reader *reader, struct rules_text text)
{
    return rules_text(reader->rules->rules, text);
}

static const struct rules_group *group_at(const struct testing_reader *reader, uint32_t index)
{
    return RULES_AT(reader->rules->rules, struct rules_group, reader->rules->rules->groups, index);
}

static struct text name_at(const struct testing_reader *reader, const struct rules_group *group,
                           uint32_t index)
{
    const struct rules_name *name =
        RULES_AT(reader->rules->rules, struct rules_name, group->names, index);
    return ruleset_text(reader, name->name);
}

static bool read_group(struct testing_reader *reader, uint32_t *group)
{
    struct word word = parser_peek(&reader->words);
    struct testing_names names = {0};
    for (*group = 0; *group < reader->rules->rules->groups.count; ++*group) {
        struct text name = ruleset_text(reader, group_at(reader, *group)->name);
        if (word.kind == WORD_NAME && text_equal_ignoring_case(name, word.text)) {
            parser_take(&reader->words);
            return true;
        }
        testing_names_add(&names, name);
    }
    return testing_refuse_name(reader, &word, CODE_GROUP,
                               "There is no group of sensors called \"%.*s\".", &names,
                               "Groups of these rules");
}

/* `store 14`: -1 when it is none of the group's names, or already given. */
static bool read_name(struct testing_reader *reader, const struct rules_group *group,
                      struct testing_sensor *sensor)
{
    struct word word = parser_peek(&reader->words);
    struct testing_names names = {0};
    for (uint32_t i = 0; i < group->names.count; i++) {
        struct text name = name_at(reader, group, i);
        testing_names_add(&names, name);
        if (word.kind != WORD_NAME || !text_equal_ignoring_case(name, word.text))
            continue;
        parser_take(&reader->words);
        if (sensor->names[i].length > 0)
            return parser_tell(
                &reader->words, word.place, CODE_TEST_SENSOR,
                arena_print(reader->words.arena, "%.*s stands here twice.", TEXT_ARGUMENTS(name)),
                "leave one out", "");
        struct word value = parser_peek(&reader->words);
        if (value.kind == WORD_TEXT) {
            parser_take(&reader->words);
        } else {
            value = reader_next_raw(&reader->words.reader);
            while (value.text.length > 0 && value.text.bytes[value.text.length - 1] == ',')
                value.text.length--;
        }
        if (value.text.length == 0 || value.text.length > RULES_NAME_BYTES)
            return parser_tell(
                &reader->words, value.place, CODE_TEST_SENSOR,
                arena_print(reader->words.arena, "Which %.*s?", TEXT_ARGUMENTS(name)),
                arena_print(reader->words.arena, "write its name behind \"%.*s\"",
                            TEXT_ARGUMENTS(name)),
                "");
        sensor->names[i] = arena_copy(reader->words.arena, value.text);
        return true;
    }
    if (group->names.count == 0)
        return parser_tell(&reader->words, word.place, CODE_TEST_SENSOR,
                           arena_print(reader->words.arena, "%.*s is a single device.",
                                       TEXT_ARGUMENTS(ruleset_text(reader, group->name))),
                           arena_print(reader->words.arena, "write only \"sensor %.*s\"",
                                       TEXT_ARGUMENTS(ruleset_text(reader, group->name))),
                           "");
    return testing_refuse_name(reader, &word, CODE_TEST_SENSOR,
                               arena_print(reader->words.arena, "%.*s has no name \"%%.*s\".",
                                           TEXT_ARGUMENTS(ruleset_text(reader, group->name))),
                               &names, "Its names");
}

static bool all_are_given(struct testing_reader *reader, const struct rules_group *group,
                          const struct testing_sensor *sensor)
{
    struct testing_names names = {0};
    struct text missing = {0};
    for (uint32_t i = 0; i < group->names.count; i++) {
        testing_names_add(&names, name_at(reader, group, i));
        if (sensor->names[i].length == 0 && missing.length == 0)
            missing = name_at(reader, group, i);
    }
    if (missing.length == 0)
        return true;
    struct word end = parser_peek(&reader->words);
    return parser_tell(
        &reader->words, end.place, CODE_TEST_SENSOR,
        arena_print(reader->words.arena, "Which %.*s? A sensor of %.*s has: %s.",
                    TEXT_ARGUMENTS(missing), TEXT_ARGUMENTS(ruleset_text(reader, group->name)),
                    messages_join(reader->words.arena, names.texts, names.count, "and")),
        arena_print(reader->words.arena, "add \"%.*s NAME\"", TEXT_ARGUMENTS(missing)), "");
}

static bool read_short_name(struct testing_reader *reader, struct testing_sensor *sensor)
{
    struct word word;
    if (!parser_take_keyword(&reader->words, "as"))
        return true;
    if (!parser_expect_name(&reader->words, "a short name for this sensor", &word))
        return false;
    for (uint32_t i = 0; i < reader->test->sensors_count; i++) {
        if (text_equal_ignoring_case(reader->test->sensors[i].short_name, word.text))
            return parser_tell(&reader->words, word.place, CODE_TEST_TWICE,
                               arena_print(reader->words.arena,
                                           "There is already a sensor called \"%.*s\" in this "
                                           "test.",
                                           TEXT_ARGUMENTS(word.text)),
                               "give this one another name", "");
    }
    sensor->short_name = arena_copy(reader->words.arena, word.text);
    return true;
}

bool testing_read_sensor(struct testing_reader *reader)
{
    struct testing_sensor sensor = {0};
    if (reader->test->sensors_count == TESTING_SENSORS_MAX)
        return parser_tell(
            &reader->words, reader->words.first.place, CODE_TEST_TOO_MANY,
            arena_print(reader->words.arena, "A test has at most %d sensors.", TESTING_SENSORS_MAX),
            "write several tests", "");
    if (!read_group(reader, &sensor.group))
        return false;
    const struct rules_group *group = group_at(reader, sensor.group);
    for (;;) {
        struct word word = parser_peek(&reader->words);
        if (word.kind == WORD_END || word_is(&word, "as"))
            break;
        if (!read_name(reader, group, &sensor))
            return false;
    }
    if (!all_are_given(reader, group, &sensor) || !read_short_name(reader, &sensor) ||
        !parser_expect_end(&reader->words))
        return false;
    reader->test->sensors[reader->test->sensors_count++] = sensor;
    return true;
}
