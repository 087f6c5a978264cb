/* Lines and words: what people paste is read, marks point at characters, comments and continuations
 * end where they should. */
#include "rules/language/lexer.h"
#include "rules/language/messages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct lines {
    struct arena arena;
    struct messages messages;
    struct source source;
};

static struct lines *lines_of(const char *bytes)
{
    struct lines *lines = calloc(1, sizeof *lines);
    struct rules_source_file file = {"store.rules", text_of(bytes)};
    source_read(&lines->source, 0, &file, &lines->arena, &lines->messages);
    return lines;
}

static void lines_free(struct lines *lines)
{
    arena_free(&lines->arena);
    free(lines);
}

/* All words of the first logical line, each with its kind and column: "0:when@3 …". */
static const char *words_of(const char *bytes)
{
    static const char *const kinds[] = {
        [WORD_NAME] = "name",      [WORD_NUMBER] = "number",  [WORD_TEXT] = "text",
        [WORD_CLOCK] = "clock",    [WORD_DATE] = "date",      [WORD_SYMBOL] = "symbol",
        [WORD_COLON] = "colon",    [WORD_OPEN_TEXT] = "open", [WORD_COMMA] = "comma",
        [WORD_ODD_NUMBER] = "odd",
    };
    static char words[4096];
    struct lines *lines = lines_of(bytes);
    struct reader reader;
    size_t length = 0;
    words[0] = '\0';
    if (reader_find_line(&reader, &lines->source, 0)) {
        for (struct word word = reader_next(&reader); word.kind != WORD_END;
             word = reader_next(&reader))
            length +=
                (size_t)snprintf(words + length, sizeof words - length, "%s%s:%.*s@%u.%u",
                                 length > 0 ? " " : "", kinds[word.kind], TEXT_ARGUMENTS(word.text),
                                 word.place.line + 1, word.place.column);
    }
    lines_free(lines);
    return words;
}

static void test_words_stand_at_their_characters(void **state)
{
    (void)state;
    assert_string_equal(words_of("  critical when x above 5 °C for 10 minutes"),
                        "name:critical@1.3 name:when@1.12 name:x@1.17 name:above@1.19 "
                        "number:5@1.25 name:°C@1.27 name:for@1.30 number:10@1.34 "
                        "name:minutes@1.37");
}

static void test_a_unit_may_follow_its_number_without_a_blank(void **state)
{
    (void)state;
    assert_string_equal(words_of("5°C 10m 15% 1h30m"),
                        "number:5@1.1 name:°C@1.2 number:10@1.5 name:m@1.7 number:15@1.9 "
                        "name:%@1.11 number:1@1.13 name:h@1.14 number:30@1.15 name:m@1.17");
}

static void test_commas_between_words_mean_nothing(void **state)
{
    (void)state;
    assert_string_equal(words_of("average, minimum,maximum , count"),
                        "name:average@1.1 name:minimum@1.10 name:maximum@1.18 name:count@1.28");
}

static void test_what_word_processors_write_is_read_as_plain(void **state)
{
    (void)state;
    assert_string_equal(words_of("\xef\xbb\xbfsay\xc2\xa0“Close it”"),
                        "name:say@1.1 text:Close it@1.5");
    assert_string_equal(words_of("below −18 ºC"), "name:below@1.1 number:-18@1.7 name:°C@1.11");
    assert_string_equal(words_of("below –18 °C"), "name:below@1.1 number:-18@1.7 name:°C@1.11");
}

static void test_a_text_keeps_the_characters_that_people_wrote(void **state)
{
    (void)state;
    assert_string_equal(words_of("say \"2–8 °C, never # warm − ok\""),
                        "name:say@1.1 text:2–8 °C, never # warm − ok@1.5");
}

static void test_line_ends_of_either_kind_and_tabs_are_blanks(void **state)
{
    (void)state;
    assert_string_equal(words_of("\t id\tstore-14\t\r\nsite"), "name:id@1.3 name:store-14@1.6");
}

static void test_a_comment_begins_at_a_line_or_behind_a_blank(void **state)
{
    (void)state;
    assert_string_equal(words_of("# a comment\n  id a#b # rest"), "name:id@2.3 name:a#b@2.6");
    assert_string_equal(words_of("   #only\n"), "");
    assert_string_equal(words_of(""), "");
}

static void test_a_line_goes_on_with_and_or_for_and_until(void **state)
{
    (void)state;
    assert_string_equal(words_of("when a\n\n  and b\n# between\n  FOR 5 s\nuntil c\nsay"),
                        "name:when@1.1 name:a@1.6 name:and@3.3 name:b@3.7 name:FOR@5.3 "
                        "number:5@5.7 name:s@5.9 name:until@6.1 name:c@6.7");
}

static void test_odd_numbers_are_told_apart(void **state)
{
    (void)state;
    assert_string_equal(words_of("4,5 1,000 1e3 .5 5. +5 -4.25 007 1.2.3"),
                        "comma:4,5@1.1 comma:1,000@1.5 odd:1e3@1.11 odd:.5@1.15 odd:5.@1.18 "
                        "odd:+5@1.21 number:-4.25@1.24 number:007@1.30 odd:1.2.3@1.34");
    assert_string_equal(words_of("07:00 2026-04-05"), "clock:07:00@1.1 date:2026-04-05@1.7");
}

static void test_symbols_and_colons_are_words_of_their_own(void **state)
{
    (void)state;
    assert_string_equal(words_of("severity: x>=5 (a) ="),
                        "colon:severity:@1.1 name:x@1.11 symbol:>=@1.12 number:5@1.14 "
                        "symbol:(@1.16 name:a@1.17 symbol:)@1.18 symbol:=@1.20");
}

static void test_a_text_without_its_end_reaches_to_the_end_of_the_line(void **state)
{
    (void)state;
    assert_string_equal(words_of("say \"Cooler is warm  \n  tags x"),
                        "name:say@1.1 open:\"Cooler is warm@1.5");
}

static void test_a_topic_is_taken_whole(void **state)
{
    (void)state;
    struct lines *lines = lines_of("from mqtt store/+/{a}/x,y#z # comment");
    struct reader reader;
    assert_true(reader_find_line(&reader, &lines->source, 0));
    reader_next(&reader);
    reader_next(&reader);
    struct word topic = reader_next_raw(&reader);
    assert_true(text_equal(topic.text, TEXT("store/+/{a}/x,y#z")));
    assert_int_equal(reader_next_raw(&reader).kind, WORD_END);
    lines_free(lines);
}

static void assert_message(const char *bytes, enum code code)
{
    struct lines *lines = lines_of(bytes);
    assert_int_equal(lines->messages.count, 1);
    assert_int_equal(lines->messages.entries[0].code, code);
    lines_free(lines);
}

static void test_bytes_that_are_not_text_are_told(void **state)
{
    (void)state;
    assert_message("id a\xff\n", CODE_NOT_TEXT);
    assert_message("id \xc3\n", CODE_NOT_TEXT);
    assert_message("id \xed\xa0\x80\n", CODE_NOT_TEXT);     /* half of a pair */
    assert_message("id \xc0\xaf\n", CODE_NOT_TEXT);         /* longer than needed */
    assert_message("id \xf4\x90\x80\x80\n", CODE_NOT_TEXT); /* beyond the last character */
    assert_message("id a\x1b[31m\n", CODE_NOT_TEXT);
}

static void test_a_line_may_have_1000_characters_and_no_more(void **state)
{
    (void)state;
    char line[1100];
    memset(line, 'a', sizeof line);
    line[1000] = '\0';
    struct lines *lines = lines_of(line);
    assert_int_equal(lines->messages.count, 0);
    lines_free(lines);
    line[1000] = 'a';
    line[1001] = '\0';
    assert_message(line, CODE_LINE_TOO_LONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_stand_at_their_characters),
        cmocka_unit_test(test_a_unit_may_follow_its_number_without_a_blank),
        cmocka_unit_test(test_commas_between_words_mean_nothing),
        cmocka_unit_test(test_what_word_processors_write_is_read_as_plain),
        cmocka_unit_test(test_a_text_keeps_the_characters_that_people_wrote),
        cmocka_unit_test(test_line_ends_of_either_kind_and_tabs_are_blanks),
        cmocka_unit_test(test_a_comment_begins_at_a_line_or_behind_a_blank),
        cmocka_unit_test(test_a_line_goes_on_with_and_or_for_and_until),
        cmocka_unit_test(test_odd_numbers_are_told_apart),
        cmocka_unit_test(test_symbols_and_colons_are_words_of_their_own),
        cmocka_unit_test(test_a_text_without_its_end_reaches_to_the_end_of_the_line),
        cmocka_unit_test(test_a_topic_is_taken_whole),
        cmocka_unit_test(test_bytes_that_are_not_text_are_told),
        cmocka_unit_test(test_a_line_may_have_1000_characters_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
