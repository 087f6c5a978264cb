/* What sensors send in a test: readings in the words of the rules, or a message exactly as given.
 * See read.h. */
#include "rules/testing/read.h"

#include <math.h>

static struct text ruleset_text(const struct testing_reader *reader, struct rules_text text)
{
    return rules_text(reader->rules->rules, text);
}

static const struct rules_group *group_of(const struct testing_reader *reader,
                                          const struct testing_sensor *sensor)
{
    return RULES_AT(reader->rules->rules, struct rules_group, reader->rules->rules->groups,
                    sensor->group);
}

static const struct rules_reading *reading_at(const struct testing_reader *reader,
                                              const struct rules_group *group, uint32_t index)
{
    return RULES_AT(reader->rules->rules, struct rules_reading, group->readings, index);
}

/* ---- numbers with units -------------------------------------------------------------------- */

static bool is_same_unit(struct text unit, const struct unit *found)
{
    return text_equal(unit, text_of(found->name));
}

static bool refuse_missing_unit(struct testing_reader *reader, const struct word *number,
                                struct text unit)
{
    struct arena *arena = reader->words.arena;
    return parser_tell(&reader->words, number->place, CODE_UNIT_MISSING,
                       arena_print(arena, "%.*s what? This reading is in %.*s.",
                                   TEXT_ARGUMENTS(number->text), TEXT_ARGUMENTS(unit)),
                       arena_print(arena, "write \"%.*s %.*s\"", TEXT_ARGUMENTS(number->text),
                                   TEXT_ARGUMENTS(unit)),
                       "");
}

static bool ends_a_value(const struct word *word)
{
    static const char *const words[] = {"to", "and", "every", "taken", "on"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (word_is(word, words[i]))
            return true;
    }
    return word->kind != WORD_NAME && word->kind != WORD_TEXT;
}

static bool read_unit(struct testing_reader *reader, const struct word *number, struct text unit,
                      double *value, struct place *place)
{
    struct word word = parser_peek(&reader->words);
    struct arena *arena = reader->words.arena;
    if (ends_a_value(&word))
        return unit.length == 0 || refuse_missing_unit(reader, number, unit);
    const struct unit *written =
        word.kind == WORD_TEXT ? unit_own(arena, word.text) : unit_find(word.text);
    if (unit.length == 0)
        return written == NULL ||
               parser_tell(&reader->words, word.place, CODE_UNIT_EXTRA, "This reading has no unit.",
                           "leave the unit out", "");
    if (written == NULL) {
        size_t count;
        const struct text *names = unit_names(&count);
        return parser_refuse(
            &reader->words, &word, CODE_UNIT,
            arena_print(arena, "I don't know the unit \"%.*s\".", TEXT_ARGUMENTS(word.text)),
            messages_suggest(arena, word.text, names, count),
            arena_print(arena, "This reading is in %.*s.", TEXT_ARGUMENTS(unit)));
    }
    parser_take(&reader->words);
    *place = place_from_to(place, &word.place);
    if (is_same_unit(unit, written))
        return true;
    const struct unit *own = unit_find(unit);
    if (own == NULL || !unit_same_kind(own, written))
        return parser_tell(&reader->words, word.place, CODE_UNIT_KIND,
                           arena_print(arena, "This reading is in %.*s, not in %.*s.",
                                       TEXT_ARGUMENTS(unit), TEXT_ARGUMENTS(word.text)),
                           arena_print(arena, "write the value in %.*s", TEXT_ARGUMENTS(unit)), "");
    *value = unit_convert(*value, written, own, UNIT_POINT);
    return true;
}

bool testing_read_amount(struct testing_reader *reader, struct text unit, double *value,
                         uint8_t *decimals, struct place *place)
{
    struct word word = parser_peek(&reader->words);
    if (word.kind != WORD_NUMBER)
        return parser_refuse_expected(&reader->words, &word, CODE_TEST_VALUE, "a number", NULL, 0,
                                      "");
    parser_take(&reader->words);
    *value = word.number;
    *decimals = word.decimals;
    *place = word.place;
    return parser_check_number(&reader->words, &word) &&
           read_unit(reader, &word, unit, value, place);
}

/* ---- values -------------------------------------------------------------------------------- */

static bool read_number(struct testing_reader *reader, const struct rules_reading *reading,
                        struct testing_value *value, struct place *place)
{
    struct text unit = ruleset_text(reader, reading->unit);
    struct place second;
    uint8_t decimals = 0;
    value->kind = TESTING_NUMBER;
    if (!testing_read_amount(reader, unit, &value->from, &value->decimals, place))
        return false;
    value->to = value->from;
    if (!parser_take_keyword(&reader->words, "to"))
        return true;
    if (!testing_read_amount(reader, unit, &value->to, &decimals, &second))
        return false;
    value->decimals = decimals > value->decimals ? decimals : value->decimals;
    *place = place_from_to(place, &second);
    return true;
}

static bool read_word(struct testing_reader *reader, const struct rules_reading *reading,
                      struct testing_value *value, const struct word *word)
{
    struct testing_names names = {0};
    value->kind = TESTING_WORD;
    for (uint32_t i = 0; i < reading->words.count; i++) {
        struct text state = ruleset_text(
            reader, *RULES_AT(reader->rules->rules, struct rules_text, reading->words, i));
        if (word->kind == WORD_NAME && text_equal_ignoring_case(state, word->text)) {
            value->word = i;
            parser_take(&reader->words);
            return true;
        }
        testing_names_add(&names, state);
    }
    struct text name = ruleset_text(reader, reading->name);
    if (word_is(word, "is"))
        return parser_tell(&reader->words, word->place, CODE_STATE,
                           "A test says only the name and the value.", "leave \"is\" out", "");
    return testing_refuse_name(
        reader, word, CODE_STATE,
        arena_print(reader->words.arena, "%.*s is never \"%%.*s\".", TEXT_ARGUMENTS(name)), &names,
        arena_print(reader->words.arena, "%.*s is read as", TEXT_ARGUMENTS(name)));
}

static bool read_value(struct testing_reader *reader, const struct rules_reading *reading,
                       struct testing_value *value)
{
    struct word word = parser_peek(&reader->words);
    struct place place = word.place;
    if (word_is(&word, "missing")) {
        parser_take(&reader->words);
        value->kind = TESTING_MISSING;
    } else if (word.kind == WORD_TEXT) {
        parser_take(&reader->words);
        value->kind = TESTING_TEXT;
        value->text = arena_copy(reader->words.arena, word.text);
    } else if (reading->kind == RULES_NUMBER) {
        if (!read_number(reader, reading, value, &place))
            return false;
    } else if (reading->kind == RULES_STATE) {
        if (!read_word(reader, reading, value, &word))
            return false;
    } else {
        return parser_refuse_expected(&reader->words, &word, CODE_TEST_VALUE, "a text", NULL, 0,
                                      "Text stands in quote marks, for example \"auto\"");
    }
    struct reader *at = &reader->words.reader;
    struct text line = at->source->lines[place.line].plain;
    if (at->line == place.line)
        value->written = arena_copy(
            reader->words.arena, (struct text){line.bytes + word.offset, at->offset - word.offset});
    return true;
}

static bool read_reading(struct testing_reader *reader, const struct rules_group *group,
                         struct testing_step *step)
{
    struct word word = parser_peek(&reader->words);
    struct testing_names names = {0};
    struct testing_value value = {0};
    struct arena *arena = reader->words.arena;
    for (uint32_t i = 0; i < group->readings.count; i++) {
        const struct rules_reading *reading = reading_at(reader, group, i);
        struct text name = ruleset_text(reader, reading->name);
        testing_names_add(&names, name);
        if (word.kind != WORD_NAME || !text_equal_ignoring_case(name, word.text))
            continue;
        for (uint32_t j = 0; j < step->values_count; j++) {
            if (step->values[j].reading == i)
                return parser_tell(
                    &reader->words, word.place, CODE_TWICE,
                    arena_print(arena, "%.*s stands in this line twice.", TEXT_ARGUMENTS(name)),
                    "leave one out", "");
        }
        parser_take(&reader->words);
        value.reading = i;
        if (!read_value(reader, reading, &value))
            return false;
        if (step->values_count == TESTING_VALUES_MAX)
            return parser_tell(
                &reader->words, word.place, CODE_TEST_TOO_MANY,
                arena_print(arena, "A line has at most %d readings.", TESTING_VALUES_MAX),
                "write the others on a line of their own", "");
        step->values[step->values_count++] = value;
        return true;
    }
    return testing_refuse_name(
        reader, &word, CODE_READING,
        arena_print(arena, "%.*s has no reading called \"%%.*s\".",
                    TEXT_ARGUMENTS(ruleset_text(reader, group->name))),
        &names, arena_print(arena, "%.*s has", TEXT_ARGUMENTS(ruleset_text(reader, group->name))));
}

/* ---- which sensor -------------------------------------------------------------------------- */

static struct testing_sensor *sensor_called(struct testing_reader *reader, struct text name)
{
    for (uint32_t i = 0; i < reader->test->sensors_count; i++) {
        struct testing_sensor *sensor = &reader->test->sensors[i];
        if (sensor->short_name.length > 0 && text_equal_ignoring_case(sensor->short_name, name))
            return sensor;
    }
    return NULL;
}

static bool read_sensor_name(struct testing_reader *reader, struct testing_step *step)
{
    struct testing_test *test = reader->test;
    struct word word = parser_peek(&reader->words), second = parser_peek_second(&reader->words);
    struct arena *arena = reader->words.arena;
    struct testing_names names = {0};
    step->sensor = word.kind == WORD_NAME ? sensor_called(reader, word.text) : NULL;
    /* A short name may be that of a reading: then a second name follows it. */
    if (step->sensor != NULL && (test->sensors_count > 1 || second.kind == WORD_NAME)) {
        parser_take(&reader->words);
        return true;
    }
    if (test->sensors_count == 1 && !test->has_lost_sensor) {
        step->sensor = &test->sensors[0];
        return true;
    }
    if (test->has_lost_sensor) /* told where it is declared */
        return false;
    if (test->sensors_count == 0) {
        parser_tell(&reader->words, word.place, CODE_TEST_WHICH, "This test has no sensor yet.",
                    "write a line above, such as: sensor coolers store 14 cooler dairy-1", "");
        return false;
    }
    for (uint32_t i = 0; i < test->sensors_count; i++) {
        if (test->sensors[i].short_name.length > 0)
            testing_names_add(&names, test->sensors[i].short_name);
    }
    if (names.count == 0) {
        parser_tell(&reader->words, word.place, CODE_TEST_WHICH,
                    arena_print(arena, "Which of the %u sensors?", test->sensors_count),
                    "give each a short name: sensor … as NAME, and begin with it here", "");
        return false;
    }
    testing_refuse_name(reader, &word, CODE_TEST_WHICH,
                        "Which sensor? None of this test is called \"%.*s\".", &names,
                        "Sensors of this test");
    return false;
}

bool testing_read_readings(struct testing_reader *reader, struct testing_step *step)
{
    step->kind = TESTING_READINGS;
    if (!read_sensor_name(reader, step))
        return false;
    const struct rules_group *group = group_of(reader, step->sensor);
    do {
        if (!read_reading(reader, group, step))
            return false;
    } while (parser_take_keyword(&reader->words, "and"));
    return true;
}

/* ---- a message as given -------------------------------------------------------------------- */

/* Where a JSON value that begins at `at` ends; 0: it does not. */
static size_t end_of_json(struct text line, size_t at)
{
    int depth = 0;
    bool is_quoted = false;
    for (size_t i = at; i < line.length; i++) {
        char c = line.bytes[i];
        if (is_quoted && c == '\\')
            i++;
        else if (c == '"')
            is_quoted = !is_quoted;
        else if (!is_quoted)
            depth += (c == '{' || c == '[') - (c == '}' || c == ']');
        if (depth == 0 && !is_quoted)
            return i + 1;
    }
    return 0;
}

/* The plain line has the written line's characters one by one, not its bytes. */
static size_t written_offset(const struct source_line *line, size_t plain_offset)
{
    uint32_t characters = utf8_count((struct text){line->plain.bytes, plain_offset});
    size_t offset = 0;
    for (uint32_t i = 0; i < characters; i++)
        utf8_next(line->written, &offset);
    return offset;
}

struct text testing_rest(struct testing_reader *reader, struct place *place)
{
    struct reader *at = &reader->words.reader;
    const struct source_line *line = &at->source->lines[at->line];
    struct word word = parser_peek(&reader->words);
    *place = word.place;
    if (word.kind == WORD_END)
        return (struct text){0};
    size_t start = written_offset(line, word.offset), end = start;
    struct text written = line->written;
    bool is_json = written.bytes[start] == '{' || written.bytes[start] == '[';
    if (is_json) {
        end = end_of_json(written, start);
        if (end == 0)
            return (struct text){0};
    } else {
        while (end < written.length &&
               !(written.bytes[end] == '#' && end > start &&
                 (written.bytes[end - 1] == ' ' || written.bytes[end - 1] == '\t')))
            end++;
        while (end > start && (written.bytes[end - 1] == ' ' || written.bytes[end - 1] == '\t'))
            end--;
    }
    struct text rest = {written.bytes + start, end - start};
    /* The reader goes on behind it. */
    uint32_t characters = utf8_count((struct text){written.bytes, end});
    size_t plain_end = 0;
    for (uint32_t i = 0; i < characters; i++)
        utf8_next(line->plain, &plain_end);
    at->offset = (uint32_t)plain_end;
    place->width = utf8_count(rest);
    return rest;
}

bool testing_read_send(struct testing_reader *reader, struct testing_step *step)
{
    struct place place;
    step->kind = TESTING_SEND;
    if (parser_take_keyword(&reader->words, "udp")) {
        uint32_t port;
        step->kind = TESTING_SEND_UDP;
        parser_take_keyword(&reader->words, "port");
        if (!parser_expect_count(&reader->words, "a port", 1, 65535, &port))
            return false;
        step->port = (uint16_t)port;
    } else {
        struct word topic = reader_next_raw(&reader->words.reader);
        if (topic.kind == WORD_END || topic.text.bytes[0] == '{')
            return parser_tell(&reader->words, topic.place, CODE_TEST_SEND, "The topic is missing.",
                               "for example: send store/14/mains {\"ok\": true}", "");
        step->topic = arena_copy(reader->words.arena, topic.text);
    }
    struct text payload = testing_rest(reader, &place);
    struct word end = parser_peek(&reader->words);
    if (payload.length == 0 && end.kind != WORD_END)
        return parser_tell(&reader->words, place, CODE_TEST_SEND,
                           "This message has an opening bracket that is never closed.",
                           "close it on the same line", "");
    if (payload.length == 0)
        return parser_tell(&reader->words, place, CODE_TEST_SEND, "The message is missing.",
                           "write what the sensor sends, for example {\"temp\": 4.5}", "");
    step->payload = arena_copy(reader->words.arena, payload);
    return true;
}
