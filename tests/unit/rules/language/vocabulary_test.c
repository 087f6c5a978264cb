/* The page of words against the parser's tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rules/language/parser.h"
#include "rules/language/vocabulary.h"

static void test_every_word_of_the_parser_has_a_meaning(void **state)
{
    struct vocabulary_word word;
    (void)state;
    for (size_t i = 0; vocabulary_word(i, &word); i++) {
        if (word.meaning[0] == 0)
            fail_msg("rules/language/vocabulary.c has no meaning of \"%s\"", word.word);
    }
}

static bool is_line(const struct line_table *table, const char *word)
{
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->rows[i].word, word) == 0)
            return true;
    }
    return false;
}

static void test_every_word_on_the_page_is_one_of_the_language(void **state)
{
    struct vocabulary_word word;
    (void)state;
    for (size_t i = 0; vocabulary_word(i, &word); i++) {
        if (!name_is_keyword(text_of(word.word)) && !is_line(&alarm_lines, word.word) &&
            !is_line(&sensors_lines, word.word) && !is_line(&hours_lines, word.word))
            fail_msg("the parser does not know \"%s\"", word.word);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_word_of_the_parser_has_a_meaning),
        cmocka_unit_test(test_every_word_on_the_page_is_one_of_the_language),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
