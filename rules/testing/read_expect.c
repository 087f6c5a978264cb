/* What a test expects, and what people do in it. See read.h. */
#include "rules/engine/engine.h"
#include "rules/testing/read.h"

static struct text ruleset_text(const struct testing_reader *reader, struct rules_text text)
{
    return rules_text(reader->rules->rules, text);
}

static const struct rules_alarm *alarm_at(const struct testing_reader *reader, uint32_t index)
{
    return RULES_AT(reader->rules->rules, struct rules_alarm, reader->rules->rules->alarms, index);
}

bool testing_read_on(struct testing_reader *reader, struct testing_step *step)
{
    if (!parser_take_keyword(&reader->words, "on"))
        return true;
    struct word word = parser_peek(&reader->words);
    if (word.kind == WORD_END)
        return parser_tell(&reader->words, word.place, CODE_TEST_WHICH,
                           "On which device? The line ends.",
                           "write the short name of a sensor, or a name of the device", "");
    if (word.kind == WORD_TEXT)
        parser_take(&reader->words);
    else
        word = reader_next_raw(&reader->words.reader);
    step->on = arena_copy(reader->words.arena, word.text);
    for (uint32_t i = 0; i < reader->test->sensors_count; i++) {
        const struct testing_sensor *sensor = &reader->test->sensors[i];
        const struct rules_group *group = RULES_AT(reader->rules->rules, struct rules_group,
                                                   reader->rules->rules->groups, sensor->group);
        bool is_it = text_equal_ignoring_case(sensor->short_name, word.text);
        for (uint32_t j = 0; j < group->names.count; j++)
            is_it |= text_equal_ignoring_case(sensor->names[j], word.text);
        /* "14.dairy-1" is the device as topics name it. */
        if (is_it || memchr(word.text.bytes, '.', word.text.length) != NULL)
            return true;
    }
    if (reader->test->has_lost_sensor)
        return true;
    struct testing_names names = {0};
    for (uint32_t i = 0; i < reader->test->sensors_count; i++) {
        if (reader->test->sensors[i].short_name.length > 0)
            testing_names_add(&names, reader->test->sensors[i].short_name);
    }
    return testing_refuse_name(reader, &word, CODE_TEST_WHICH,
                               "No sensor of this test is called \"%.*s\".", &names,
                               "Sensors of this test");
}

bool testing_read_alarm(struct testing_reader *reader, struct testing_step *step)
{
    struct word word = parser_peek(&reader->words);
    struct testing_names names = {0};
    for (uint32_t i = 0; i < reader->rules->rules->alarms.count; i++) {
        struct text name = ruleset_text(reader, alarm_at(reader, i)->name);
        if (word.kind == WORD_NAME && text_equal_ignoring_case(name, word.text)) {
            parser_take(&reader->words);
            step->alarm = i;
            return true;
        }
        testing_names_add(&names, name);
    }
    if (word.kind == WORD_END)
        return parser_tell(&reader->words, word.place, CODE_TEST_ALARM,
                           "Which alarm? The line ends.", "write its name", "");
    return testing_refuse_name(reader, &word, CODE_TEST_ALARM,
                               "These rules have no alarm called \"%.*s\".", &names,
                               "Alarms of these rules");
}

/* ---- alerts -------------------------------------------------------------------------------- */

static const char *const severities[] = {"normal", "log", "notice", "warning", "critical"};

/* The severities of its triggers; and `log`, which says of what is unusual that it is usual now. */
static void severities_of(const struct ruleset *rules, const struct rules_alarm *alarm,
                          bool is_there[RULES_CRITICAL + 1])
{
    for (uint32_t i = 0; i < alarm->triggers.count; i++) {
        const struct rules_trigger *trigger =
            RULES_AT(rules, struct rules_trigger, alarm->triggers, i);
        is_there[trigger->severity] = true;
        for (uint32_t j = 0; j < trigger->when.tests.count; j++)
            is_there[RULES_LOG] |=
                RULES_AT(rules, struct rules_test, trigger->when.tests, j)->kind == RULES_UNUSUAL;
    }
}

static bool has_severity(struct testing_reader *reader, const struct testing_step *step,
                         struct place place)
{
    const struct rules_alarm *alarm = alarm_at(reader, step->alarm);
    struct testing_names names = {0};
    bool is_there[RULES_CRITICAL + 1] = {false};
    severities_of(reader->rules->rules, alarm, is_there);
    if (is_there[step->severity])
        return true;
    for (uint32_t i = RULES_LOG; i <= RULES_CRITICAL; i++) {
        if (is_there[i])
            testing_names_add(&names, text_of(severities[i]));
    }
    struct arena *arena = reader->words.arena;
    const char *list = messages_join(arena, names.texts, names.count, "or");
    return parser_tell(&reader->words, place, CODE_TEST_EXPECT,
                       arena_print(arena, "%.*s is never %s: its rule says %s.",
                                   TEXT_ARGUMENTS(ruleset_text(reader, alarm->name)),
                                   severities[step->severity], list),
                       arena_print(arena, "write %s", list), "");
}

static bool read_alert(struct testing_reader *reader, struct testing_step *step)
{
    struct word severity = parser_take(&reader->words);
    step->expected = TESTING_EXPECT_ALERT;
    for (uint32_t i = RULES_LOG; i <= RULES_CRITICAL; i++)
        step->severity = word_is(&severity, severities[i]) ? i : step->severity;
    return testing_read_alarm(reader, step) && has_severity(reader, step, severity.place);
}

static bool read_cleared(struct testing_reader *reader, struct testing_step *step)
{
    parser_take(&reader->words);
    step->expected = TESTING_EXPECT_CLEARED;
    return testing_read_alarm(reader, step);
}

static bool read_waiting(struct testing_reader *reader, struct testing_step *step)
{
    parser_take(&reader->words);
    step->expected = TESTING_EXPECT_WAITING;
    return testing_read_alarm(reader, step);
}

/* ---- reports ------------------------------------------------------------------------------- */

static const struct {
    const char *word;
    enum rules_summary summary;
} summaries[] = {
    {"average", RULES_AVERAGE},       {"minimum", RULES_MINIMUM},
    {"maximum", RULES_MAXIMUM},       {"count", RULES_COUNT},
    {"median", RULES_MEDIAN},         {"total", RULES_TOTAL},
    {"spread", RULES_SPREAD},         {"deviation", RULES_DEVIATION},
    {"first", RULES_FIRST},           {"last", RULES_LAST},
    {"change", RULES_CHANGE},         {"kinetic-mean", RULES_KINETIC_MEAN},
    {"percentile", RULES_PERCENTILE},
};
#define SUMMARIES (sizeof summaries / sizeof summaries[0])

static const char *summary_word(uint32_t summary)
{
    for (size_t i = 0; i < SUMMARIES; i++) {
        if (summaries[i].summary == summary)
            return summaries[i].word;
    }
    return "raw";
}

/* "average of temperature", as the report says it. */
static const char *item_words(struct testing_reader *reader, const struct rules_report *report,
                              const struct rules_item *item)
{
    const struct ruleset *rules = reader->rules->rules;
    if (item->kind == RULES_ITEM_TIME_WHILE)
        return arena_print(reader->words.arena, "time while %.*s",
                           TEXT_ARGUMENTS(rules_text(rules, item->text)));
    const struct rules_group *group =
        RULES_AT(rules, struct rules_group, rules->groups, report->group);
    const struct rules_reading *reading =
        RULES_AT(rules, struct rules_reading, group->readings, item->reading);
    struct text name = rules_text(rules, reading->name);
    if (item->summary == RULES_PERCENTILE)
        return arena_print(reader->words.arena, "percentile %g of %.*s", item->percentile,
                           TEXT_ARGUMENTS(name));
    return arena_print(reader->words.arena, "%s of %.*s", summary_word(item->summary),
                       TEXT_ARGUMENTS(name));
}

/* Takes the words of a phrase when all of them stand here. */
static bool take_phrase(struct testing_reader *reader, const char *phrase)
{
    struct reader at = reader->words.reader;
    while (*phrase != '\0') {
        size_t length = strcspn(phrase, " ");
        struct word word = reader_next(&at);
        if (word.kind == WORD_END ||
            !text_equal_ignoring_case(word.text, (struct text){phrase, length}))
            return false;
        phrase += length + (phrase[length] == ' ');
    }
    reader->words.reader = at;
    return true;
}

static struct text item_unit(struct testing_reader *reader, const struct rules_report *report,
                             const struct rules_item *item)
{
    const struct ruleset *rules = reader->rules->rules;
    const struct rules_group *group =
        RULES_AT(rules, struct rules_group, rules->groups, report->group);
    return item->summary == RULES_COUNT
               ? TEXT("")
               : rules_text(
                     rules,
                     RULES_AT(rules, struct rules_reading, group->readings, item->reading)->unit);
}

static bool read_item_value(struct testing_reader *reader, const struct rules_report *report,
                            const struct rules_item *rule, struct testing_item *item)
{
    struct place place;
    if (rule->kind == RULES_ITEM_TIME_WHILE) {
        int64_t ms = 0;
        struct word word = parser_peek(&reader->words), unit = parser_peek_second(&reader->words);
        if (word.kind == WORD_NUMBER && word.number == 0) { /* 0 minutes is no length of time */
            parser_take(&reader->words);
            if (unit.kind == WORD_NAME)
                parser_take(&reader->words);
        } else if (!parse_duration_ms(&reader->words, &ms)) {
            return false;
        }
        item->value = (double)ms;
        return true;
    }
    return testing_read_amount(reader, item_unit(reader, report, rule), &item->value,
                               &item->decimals, &place);
}

static bool read_item(struct testing_reader *reader, const struct rules_report *report,
                      struct testing_step *step)
{
    struct word word = parser_peek(&reader->words);
    struct testing_names names = {0};
    struct arena *arena = reader->words.arena;
    if (step->items_count == TESTING_ITEMS_MAX)
        return parser_tell(&reader->words, word.place, CODE_TEST_TOO_MANY,
                           "This line expects too many values.", "write several lines", "");
    for (uint32_t i = 0; i < report->items.count; i++) {
        const struct rules_item *rule =
            RULES_AT(reader->rules->rules, struct rules_item, report->items, i);
        const char *words = item_words(reader, report, rule);
        struct testing_item item = {.item = i};
        testing_names_add(&names, text_of(words));
        if (rule->kind == RULES_ITEM_RAW || !take_phrase(reader, words))
            continue;
        if (!read_item_value(reader, report, rule, &item))
            return false;
        struct reader *at = &reader->words.reader;
        struct text line = at->source->lines[at->line].plain;
        if (at->line == word.place.line)
            item.written = arena_copy(
                arena, (struct text){line.bytes + word.offset, at->offset - word.offset});
        step->items[step->items_count++] = item;
        return true;
    }
    struct text name = ruleset_text(reader, report->name);
    return parser_refuse(&reader->words, &word, CODE_TEST_EXPECT,
                         arena_print(arena, "%.*s does not send this.", TEXT_ARGUMENTS(name)), "",
                         arena_print(arena, "%.*s sends: %s.", TEXT_ARGUMENTS(name),
                                     messages_join(arena, names.texts, names.count, "and")));
}

static bool read_report(struct testing_reader *reader, struct testing_step *step)
{
    parser_take(&reader->words);
    const struct ruleset *rules = reader->rules->rules;
    struct word word = parser_peek(&reader->words);
    struct testing_names names = {0};
    const struct rules_report *report = NULL;
    step->expected = TESTING_EXPECT_REPORT;
    for (uint32_t i = 0; i < rules->reports.count && report == NULL; i++) {
        const struct rules_report *one = RULES_AT(rules, struct rules_report, rules->reports, i);
        struct text name = rules_text(rules, one->name);
        testing_names_add(&names, name);
        if (word.kind == WORD_NAME && text_equal_ignoring_case(name, word.text)) {
            report = one;
            step->report = i;
        }
    }
    if (report == NULL)
        return testing_refuse_name(reader, &word, CODE_TEST_ALARM,
                                   "These rules have no report called \"%.*s\".", &names,
                                   "Reports of these rules");
    parser_take(&reader->words);
    if (!testing_read_on(reader, step))
        return false;
    word = parser_peek(&reader->words);
    if (word.kind == WORD_END) /* that it comes is enough */
        return true;
    do {
        if (!read_item(reader, report, step))
            return false;
    } while (parser_take_keyword(&reader->words, "and"));
    return true;
}

/* ---- the line ------------------------------------------------------------------------------ */

static const struct {
    const char *word;
    bool (*read)(struct testing_reader *reader, struct testing_step *step);
} expected[] = {
    {"critical", read_alert}, {"warning", read_alert},   {"notice", read_alert},
    {"log", read_alert},      {"cleared", read_cleared}, {"waiting", read_waiting},
    {"report", read_report},
};
#define EXPECTED (sizeof expected / sizeof expected[0])

bool testing_read_expect(struct testing_reader *reader, struct testing_step *step)
{
    struct word word = parser_peek(&reader->words);
    struct testing_names names = {0};
    step->kind = TESTING_EXPECT;
    for (size_t i = 0; i < EXPECTED; i++) {
        testing_names_add(&names, text_of(expected[i].word));
        if (!word_is(&word, expected[i].word))
            continue;
        if (!expected[i].read(reader, step) || !testing_read_on(reader, step))
            return false;
        struct word text = parser_peek(&reader->words);
        if (text.kind == WORD_TEXT && step->expected <= TESTING_EXPECT_CLEARED) {
            parser_take(&reader->words);
            step->part = arena_copy(reader->words.arena, text.text);
        }
        return true;
    }
    if (word_is(&word, "nothing"))
        return parser_tell(&reader->words, word.place, CODE_TEST_EXPECT,
                           "\"expect nothing\" is about the whole test.",
                           "write it without a time; every alert that is not expected fails the "
                           "test anyway",
                           "");
    static const struct {
        const char *said, *mark;
    } others[] = {{"clear", "write \"cleared\""},
                  {"no", "write \"expect nothing\", without a time"},
                  {"alarm", "write how serious it is: critical, warning, notice or log"}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (word_is(&word, others[i].said))
            return parser_tell(&reader->words, word.place, CODE_TEST_EXPECT,
                               arena_print(reader->words.arena,
                                           "I don't know what to expect with \"%s\".",
                                           others[i].said),
                               others[i].mark, "");
    }
    return testing_refuse_name(reader, &word, CODE_TEST_EXPECT,
                               "I don't know what to expect with \"%.*s\".", &names,
                               "You can expect");
}
