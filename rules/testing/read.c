/* Reads a `.test` file: `rules` lines, tests and their lines. See script.h. */
#include "rules/testing/read.h"

#include "rules/engine/engine.h"

#include <stdio.h>
#include <stdlib.h>

#define RANGE_STEPS_MAX 1000000

/* ---- what the files of the reader share ---------------------------------------------------- */

void testing_names_add(struct testing_names *names, struct text name)
{
    if (names->count < sizeof names->texts / sizeof names->texts[0])
        names->texts[names->count++] = name;
}

bool testing_refuse_name(struct testing_reader *reader, const struct word *word, enum code code,
                         const char *sentence, const struct testing_names *names, const char *intro)
{
    struct arena *arena = reader->words.arena;
    const char *note = names->count == 0
                           ? ""
                           : arena_print(arena, "%s: %s.", intro,
                                         messages_join(arena, names->texts, names->count, "and"));
    if (word->kind == WORD_END)
        return parser_tell(&reader->words, word->place, code, "Something is missing here.",
                           names->count == 1 ? arena_print(arena, "write \"%.*s\"",
                                                           TEXT_ARGUMENTS(names->texts[0]))
                                             : "",
                           note);
    char text[512];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(text, sizeof text, sentence, TEXT_ARGUMENTS(word->text));
#pragma GCC diagnostic pop
    return parser_refuse(&reader->words, word, code, arena_print(arena, "%s", text),
                         messages_suggest(arena, word->text, names->texts, names->count), note);
}

static bool tell_first(struct testing_reader *reader, enum code code, const char *text,
                       const char *mark, const char *note)
{
    return parser_tell(&reader->words, reader->words.first.place, code, text, mark, note);
}

/* ---- rules and tests ----------------------------------------------------------------------- */

static void finish_test(struct testing_reader *reader)
{
    struct testing_test *test = reader->test;
    bool expects = false, expects_alert = false;
    if (test == NULL)
        return;
    reader->test = NULL;
    for (const struct testing_step *step = test->first; step != NULL; step = step->next) {
        expects |= step->kind == TESTING_EXPECT;
        expects_alert |= step->kind == TESTING_EXPECT && step->expected <= TESTING_EXPECT_CLEARED;
    }
    if (test->has_mistakes)
        return;
    if (expects_alert && test->expects_nothing)
        parser_tell(&reader->words, test->nothing_place, CODE_TEST_EXPECT,
                    "This test expects an alert, and nothing.",
                    "leave this line out, or the other lines with \"expect\"", "");
    else if (test->first == NULL)
        parser_tell(&reader->words, test->place, CODE_TEST_EMPTY, "Nothing happens in this test.",
                    "write below what the sensors send, and what to expect", "");
    else if (!expects && !test->expects_nothing)
        parser_tell(&reader->words, test->place, CODE_TEST_EMPTY,
                    "This test does not say what it expects.",
                    "add a line such as: 08:15 expect warning NAME, or: expect nothing", "");
    else
        return;
    test->has_mistakes = true;
}

static bool read_rules(struct testing_reader *reader)
{
    struct word path;
    finish_test(reader);
    reader->has_rules_line = true;
    reader->rules = NULL;
    if (!parser_expect_text(&reader->words, "the name of a rule file, in quote marks", &path) ||
        !parser_expect_end(&reader->words))
        return false;
    reader->rules = reader->loader.load(reader->loader.context, path.text);
    if (reader->rules != NULL)
        return true;
    return parser_tell(&reader->words, path.place, CODE_TEST_RULES,
                       arena_print(reader->words.arena, "The rules \"%.*s\" can't be used.",
                                   TEXT_ARGUMENTS(path.text)),
                       "see above what is wrong with them", "");
}

static bool read_test(struct testing_reader *reader)
{
    struct word name;
    finish_test(reader);
    struct testing_test *test = must_arena_allocate(reader->words.arena, sizeof *test),
                        **end = &reader->file->first;
    *test = (struct testing_test){.place = reader->words.first.place,
                                  .line = reader->words.first.place.line + 1,
                                  .rules = reader->rules,
                                  .has_mistakes = reader->rules == NULL,
                                  .name = TEXT(""),
                                  .day_ms = TESTING_DAY_MS};
    reader->test = test;
    bool is_named =
        parser_expect_text(&reader->words, "the name of this test, in quote marks", &name) &&
        parser_expect_end(&reader->words);
    if (is_named)
        test->name = arena_copy(reader->words.arena, name.text);
    test->has_mistakes |= !is_named;
    for (; *end != NULL; end = &(*end)->next) {
        if (is_named && (*end)->rules == test->rules && text_equal((*end)->name, test->name)) {
            test->has_mistakes = true;
            parser_tell(&reader->words, name.place, CODE_TEST_TWICE,
                        arena_print(reader->words.arena,
                                    "There is already a test of this name, on line %u.",
                                    (*end)->line),
                        "give this one another name", "");
            is_named = false;
        }
    }
    *end = test;
    reader->file->tests_count++;
    if (!reader->has_rules_line && !reader->asked_for_rules) {
        reader->asked_for_rules = true;
        return tell_first(reader, CODE_TEST_RULES, "Which rules does this test try?",
                          "write above it, for example: rules \"store.rules\"", "");
    }
    return true;
}

/* ---- lines without a time ------------------------------------------------------------------ */

static bool read_date(struct testing_reader *reader)
{
    struct word word = parser_take(&reader->words);
    if (reader->test->first != NULL || reader->test->has_date)
        return tell_first(reader, CODE_TEST_TIME,
                          reader->test->has_date ? "This test has a date already."
                                                 : "The date stands before the first time.",
                          reader->test->has_date ? "leave one out; for a later day write it before "
                                                   "the time: 2026-03-30 08:00"
                                                 : "put this line further up",
                          "");
    if (!testing_read_date(reader, &word, &reader->test->day_ms))
        return false;
    reader->test->has_date = true;
    return parser_expect_end(&reader->words);
}

static bool read_nothing(struct testing_reader *reader)
{
    struct word word = parser_peek(&reader->words);
    if (!word_is(&word, "nothing"))
        return word_is(&word, "no")
                   ? tell_first(reader, CODE_TEST_EXPECT, "Brink expects alerts, or nothing.",
                                "write \"expect nothing\"", "")
                   : tell_first(reader, CODE_TEST_TIME, "When is this expected?",
                                "begin the line with a time, for example 08:15 expect …", "");
    parser_take(&reader->words);
    reader->test->expects_nothing = true;
    reader->test->nothing_place = reader->words.first.place;
    return parser_expect_end(&reader->words);
}

/* ---- lines with a time --------------------------------------------------------------------- */

static bool read_off(struct testing_reader *reader, struct testing_step *step)
{
    step->kind = TESTING_OFF;
    return parser_expect_keyword(&reader->words, "off");
}

static bool read_restart(struct testing_reader *reader, struct testing_step *step)
{
    (void)reader;
    step->kind = TESTING_RESTART;
    return true;
}

static bool read_uplink(struct testing_reader *reader, struct testing_step *step)
{
    step->kind = TESTING_UPLINK_DOWN;
    return parser_expect_keyword(&reader->words, "down");
}

static bool read_command(struct testing_reader *reader, struct testing_step *step,
                         enum engine_command command)
{
    step->kind = TESTING_COMMAND;
    step->command = command;
    return testing_read_alarm(reader, step) && testing_read_on(reader, step);
}

static bool read_acknowledge(struct testing_reader *reader, struct testing_step *step)
{
    return read_command(reader, step, ENGINE_ACKNOWLEDGE);
}

static bool read_shelve(struct testing_reader *reader, struct testing_step *step)
{
    if (!read_command(reader, step, ENGINE_SHELVE))
        return false;
    struct word word = parser_peek(&reader->words);
    if (word.kind == WORD_END)
        return parser_tell(&reader->words, word.place, CODE_TEST_LINE,
                           "For how long is it shelved?", "add, for example, \"for 2 hours\"", "");
    return parser_expect_keyword(&reader->words, "for") &&
           parse_duration_ms(&reader->words, &step->for_ms);
}

static bool read_unshelve(struct testing_reader *reader, struct testing_step *step)
{
    return read_command(reader, step, ENGINE_UNSHELVE);
}

static bool read_reset(struct testing_reader *reader, struct testing_step *step)
{
    return read_command(reader, step, ENGINE_RESET);
}

enum span_use { AT_ONE_TIME, A_SPAN, EITHER };
static const struct verb {
    const char *word;
    bool (*read)(struct testing_reader *reader, struct testing_step *step);
    enum span_use span;
    const char *remedy; /* when the span is wrong */
} verbs[] = {
    {"expect", testing_read_expect, EITHER, ""},
    {"send", testing_read_send, EITHER, ""},
    {"brink", read_off, A_SPAN, "from when to when is it off? write 08:06 to 08:08 brink off"},
    {"restart", read_restart, AT_ONE_TIME, "write one time; for a longer time: brink off"},
    {"uplink", read_uplink, A_SPAN, "from when to when? write 09:00 to 11:00 uplink down"},
    {"acknowledge", read_acknowledge, AT_ONE_TIME, "write one time"},
    {"shelve", read_shelve, AT_ONE_TIME, "write one time, and \"for\" behind the name"},
    {"unshelve", read_unshelve, AT_ONE_TIME, "write one time"},
    {"reset", read_reset, AT_ONE_TIME, "write one time"},
};
#define VERBS (sizeof verbs / sizeof verbs[0])

static const struct verb *verb_here(struct testing_reader *reader)
{
    struct word word = parser_peek(&reader->words);
    for (size_t i = 0; i < VERBS; i++) {
        if (word_is(&word, verbs[i].word))
            return &verbs[i];
    }
    return NULL;
}

/* `taken 08:02:30` and `every 1 minute`, in any order. */
static bool read_ending(struct testing_reader *reader, struct testing_step *step,
                        const struct testing_moment *from)
{
    const struct ruleset *rules = reader->rules->rules;
    for (;;) {
        struct word word = parser_peek(&reader->words);
        if (word_is(&word, "every") && step->every_ms == 0) {
            parser_take(&reader->words);
            if (!parse_duration_ms(&reader->words, &step->every_ms))
                return false;
        } else if (word_is(&word, "taken") && step->kind == TESTING_READINGS && !step->has_taken) {
            struct testing_moment taken;
            const struct rules_group *group =
                RULES_AT(rules, struct rules_group, rules->groups, step->sensor->group);
            parser_take(&reader->words);
            if (group->time == RULES_TIME_ARRIVAL)
                return parser_tell(
                    &reader->words, word.place, CODE_TEST_TAKEN,
                    arena_print(reader->words.arena, "Messages of %.*s have no time of their own.",
                                TEXT_ARGUMENTS(rules_text(rules, group->name))),
                    "leave \"taken\" out, or give the sensors a \"time from\" line", "");
            if (!testing_read_moment(reader, from->day_ms, &taken))
                return false;
            step->has_taken = true;
            step->taken_ms = taken.utc_ms;
        } else {
            return true;
        }
    }
}

static bool check_span(struct testing_reader *reader, const struct testing_step *step,
                       const struct testing_moment *from, const struct testing_moment *until,
                       bool has_until)
{
    struct place whole = place_from_to(&from->place, &until->place);
    bool repeats = step->kind == TESTING_READINGS || step->kind == TESTING_SEND ||
                   step->kind == TESTING_SEND_UDP;
    if (has_until && repeats && step->every_ms == 0)
        return parser_tell(&reader->words, whole, CODE_TEST_SPAN, "How often in this span?",
                           "add, for example, \"every 1 minute\" at the end", "");
    if (!has_until && step->every_ms > 0)
        return parser_tell(&reader->words, from->place, CODE_TEST_SPAN,
                           "\"every\" needs a span of time.", "write, for example, 08:00 to 08:10",
                           "");
    if (step->every_ms > 0 && (step->until_ms - step->from_ms) / step->every_ms > RANGE_STEPS_MAX)
        return parser_tell(&reader->words, whole, CODE_TEST_SPAN,
                           "These are more than a million messages.", "write a shorter span", "");
    if (step->values_count > 0 && !has_until) {
        for (uint32_t i = 0; i < step->values_count; i++) {
            if (step->values[i].kind == TESTING_NUMBER &&
                step->values[i].from != step->values[i].to)
                return parser_tell(&reader->words, from->place, CODE_TEST_SPAN,
                                   "A value that moves needs a span of time.",
                                   "write, for example, 08:00 to 08:04 … every 1 minute", "");
        }
    }
    return true;
}

static bool read_span(struct testing_reader *reader, struct testing_moment *from,
                      struct testing_moment *until, bool *has_until)
{
    if (!testing_read_moment(reader, reader->test->day_ms, from))
        return false;
    *until = *from;
    *has_until = parser_take_keyword(&reader->words, "to");
    if (!*has_until)
        return true;
    if (!testing_read_moment(reader, from->day_ms, until))
        return false;
    if (until->utc_ms < from->utc_ms || (until->utc_ms == from->utc_ms && !until->has_day))
        return parser_tell(&reader->words, place_from_to(&from->place, &until->place),
                           CODE_TEST_SPAN, "This span ends before it begins.",
                           "for the next day write its name: 22:00 to tuesday 06:00", "");
    return true;
}

static bool refuse_line(struct testing_reader *reader)
{
    struct testing_names names = {0};
    for (size_t i = 0; i < VERBS; i++)
        testing_names_add(&names, text_of(verbs[i].word));
    struct word word = parser_peek(&reader->words);
    return parser_refuse(
        &reader->words, &word, CODE_TEST_LINE, "Something has to happen here.", "",
        arena_print(reader->words.arena, "Behind a time stand readings, or: %s.",
                    messages_join(reader->words.arena, names.texts, names.count, "or")));
}

static bool read_timed(struct testing_reader *reader)
{
    struct testing_moment from, until;
    bool has_until;
    struct testing_step *step = must_arena_allocate(reader->words.arena, sizeof *step);
    step->line = reader->words.first.place.line + 1;
    step->column = reader->words.first.place.column;
    if (reader->test->steps_count == TESTING_STEPS_MAX)
        return tell_first(reader, CODE_TEST_TOO_MANY, "This test has too many lines.",
                          "write several tests", "");
    if (!read_span(reader, &from, &until, &has_until))
        return false;
    struct word word = parser_peek(&reader->words);
    const struct verb *verb = verb_here(reader);
    if (word.kind == WORD_END)
        return refuse_line(reader);
    if (verb != NULL && verb->span != EITHER && has_until != (verb->span == A_SPAN))
        return parser_tell(&reader->words, place_from_to(&from.place, &until.place), CODE_TEST_SPAN,
                           has_until ? "This happens at one time." : "This lasts for a while.",
                           verb->remedy, "");
    if (verb != NULL)
        parser_take(&reader->words);
    if (!(verb != NULL ? verb->read(reader, step) : testing_read_readings(reader, step)))
        return false;
    step->from_ms = from.utc_ms;
    step->until_ms = until.utc_ms;
    step->means_until_ms = until.utc_ms + until.width_ms - 1;
    if (!read_ending(reader, step, &from) || !check_span(reader, step, &from, &until, has_until) ||
        !parser_expect_end(&reader->words))
        return false;
    *(reader->test->last != NULL ? &reader->test->last->next : &reader->test->first) = step;
    reader->test->last = step;
    reader->test->steps_count++;
    return true;
}

/* ---- the file ------------------------------------------------------------------------------ */

static bool refuse_unknown(struct testing_reader *reader)
{
    static const char *const begins[] = {"rules", "test", "sensor", "on", "expect"};
    const struct word *first = &reader->words.first;
    struct arena *arena = reader->words.arena;
    struct testing_names names = {0};
    for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++)
        testing_names_add(&names, text_of(begins[i]));
    for (size_t i = 0; i < VERBS; i++) {
        if (word_is(first, verbs[i].word))
            return parser_refuse(
                &reader->words, first, CODE_TEST_TIME, "When does this happen?",
                arena_print(arena, "begin with a time: 08:15 %.*s …", TEXT_ARGUMENTS(first->text)),
                "");
    }
    if (word_is(first, "no"))
        return parser_refuse(&reader->words, first, CODE_TEST_LINE,
                             "A test has no line that begins with \"no\".",
                             "write \"expect nothing\"", "");
    for (uint32_t i = 0; reader->test != NULL && i < reader->test->sensors_count; i++) {
        if (text_equal_ignoring_case(reader->test->sensors[i].short_name, first->text))
            return parser_refuse(&reader->words, first, CODE_TEST_TIME,
                                 "When does this sensor send?", "begin the line with a time", "");
    }
    return parser_refuse(
        &reader->words, first, CODE_TEST_LINE,
        arena_print(arena,
                    "I can't follow this line: a test has no line that begins with \"%.*s\".",
                    TEXT_ARGUMENTS(first->text)),
        messages_suggest(arena, first->text, names.texts, names.count),
        "A line of a test begins with a time, for example: 08:00 to 08:10 temperature 4 °C every 1 "
        "minute");
}

static bool read_line_of_test(struct testing_reader *reader)
{
    const struct word *first = &reader->words.first;
    static const struct {
        const char *word;
        bool (*read)(struct testing_reader *reader);
    } lines[] = {{"sensor", testing_read_sensor}, {"on", read_date}, {"expect", read_nothing}};
    if (testing_begins_moment(first)) {
        reader->words.reader.offset = 0; /* the moment takes its first word itself */
        reader->words.reader.line = first->place.line;
        return read_timed(reader);
    }
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (word_is(first, lines[i].word))
            return lines[i].read(reader);
    }
    return refuse_unknown(reader);
}

static void read_line(struct testing_reader *reader)
{
    reader->words.first = parser_take(&reader->words);
    const struct word *first = &reader->words.first;
    if (word_is(first, "rules")) {
        read_rules(reader);
    } else if (word_is(first, "test")) {
        read_test(reader);
    } else if (reader->test == NULL) {
        struct testing_names names = {{TEXT("rules"), TEXT("test")}, 2};
        if (!reader->asked_for_rules)
            parser_refuse(&reader->words, first, CODE_TEST_LINE, "This line stands in no test.",
                          messages_suggest(reader->words.arena, first->text, names.texts, 2),
                          "A file of tests begins with: rules \"store.rules\", and a test with: "
                          "test \"its name\"");
        reader->asked_for_rules = true; /* once is enough */
    } else if (reader->rules != NULL && !read_line_of_test(reader)) {
        reader->test->has_mistakes = true;
        reader->test->has_lost_sensor |= word_is(first, "sensor");
    }
}

void testing_file_read(struct testing_file *file, const struct rules_source_file *source,
                       struct testing_loader loader)
{
    struct arena *arena = calloc(1, sizeof *arena);
    *file = (struct testing_file){0};
    if (arena == NULL) {
        fputs("There is not enough memory on this machine to read the tests.\n", stderr);
        exit(70);
    }
    file->messages.memory = arena;
    struct messages *messages = must_arena_allocate(arena, sizeof *messages);
    struct source *lines = must_arena_allocate(arena, sizeof *lines);
    struct draft *draft = must_arena_allocate(arena, sizeof *draft);
    struct testing_reader reader = {.words = {.arena = arena, .messages = messages, .draft = draft},
                                    .file = file,
                                    .loader = loader};
    /* Lines are views: the text has to live as long as what was read. */
    struct rules_source_file copy = {source->name, arena_copy(arena, source->text)};
    source_read(lines, 0, &copy, arena, messages);
    file->name = lines->name;
    for (uint32_t from = 0;
         !messages_are_full(messages) && reader_find_line(&reader.words.reader, lines, from);
         from = reader.words.reader.last_line + 1) {
        uint32_t last = reader.words.reader.last_line;
        read_line(&reader);
        reader.words.reader.last_line = last;
    }
    finish_test(&reader);
    if (file->first == NULL && messages->errors == 0)
        messages_add(messages, (struct place){lines, 0, 1, 1}, CODE_TEST_EMPTY,
                     "There is no test in this file.", "a test begins with: test \"its name\"", "");
    messages_finish(messages, arena, &file->messages);
}

void testing_file_free(struct testing_file *file)
{
    if (file->messages.memory != NULL)
        rules_compiled_free(&file->messages);
    *file = (struct testing_file){0};
}
