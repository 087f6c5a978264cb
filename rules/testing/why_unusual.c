/* Why something was unusual, or was not: the surprise of a reading, what it took, and what was
 * usual then. Comes in: the engine's notes. Goes out: sentences. See why.h. */
#include "rules/testing/why.h"

#include "alerts/alerts.h"
#include "alerts/wording.h"
#include "rules/testing/words.h"

/* Less of a surprise than that, and inside of what is usual: as usual (rules/engine/unusual.h). */
#define CALM_SHARE 0.5

/* The test of the trigger that asks for a reading of the row itself; NULL: none. */
static const struct rules_test *unusual_test(const struct case_of *c)
{
    const struct rules_span tests = c->trigger->when.tests;
    for (uint32_t i = 0; i < tests.count; i++) {
        const struct rules_test *test = RULES_AT(c->rules, struct rules_test, tests, i);
        if (test->kind == RULES_UNUSUAL && test->link == RULES_NONE)
            return test;
    }
    return NULL;
}

/* `unusually high` does not hear of what is low. */
static double surprise_for(const struct rules_test *test, const struct engine_usual *usual)
{
    return test->word == 0 || (test->word == 1) == usual->is_high ? usual->surprise : 0;
}

static bool is_calm(const struct rules_test *test, const struct engine_usual *usual)
{
    return surprise_for(test, usual) < CALM_SHARE && usual->value >= usual->low &&
           usual->value <= usual->high;
}

static bool is_judged(const struct case_of *c, const struct rules_test *test,
                      const struct testing_note *note)
{
    return note->kind == ENGINE_NOTE_JUDGED && why_is_note(c, note) &&
           note->alarm == c->alarm_index && note->index == test->reading;
}

/* The one of at_ms, or the last before; at INT64_MIN the most surprising of those that counted. */
static const struct testing_note *judged_at(const struct case_of *c, const struct rules_test *test,
                                            int64_t at_ms)
{
    const struct testing_note *found = NULL;
    for (size_t i = 0; i < c->play->notes_count; i++) {
        const struct testing_note *note = &c->play->notes[i];
        if (!is_judged(c, test, note) || (at_ms != INT64_MIN && note->time_ms > at_ms))
            continue;
        bool counts = note->usual->learned > ENGINE_LEARNED_LEAST;
        bool is_more = found == NULL || found->usual->learned <= ENGINE_LEARNED_LEAST ||
                       surprise_for(test, note->usual) > surprise_for(test, found->usual);
        if (at_ms != INT64_MIN || !counts || is_more)
            found = note;
    }
    return found;
}

/* ---- sentences ----------------------------------------------------------------------------- */

static const struct rules_reading *reading_of(const struct case_of *c,
                                              const struct rules_test *test)
{
    return words_of_test(c->arena, c->rules, c->alarm, test, &c->row).reading;
}

static const char *amount(const struct case_of *c, const struct rules_test *test, double value,
                          unsigned decimals)
{
    return words_number(c->arena, value, decimals, rules_text(c->rules, reading_of(c, test)->unit));
}

/* As many decimals as the value has, and more where both ends would come too near. */
static const char *range_words(const struct case_of *c, const struct rules_test *test,
                               const struct engine_usual *usual)
{
    unsigned decimals = wording_decimals(usual->value);
    double width = usual->high - usual->low, unit = 1;
    for (unsigned i = 0; i < decimals; i++)
        unit /= 10;
    for (; decimals < 6 && width > 0 && unit > width / 5; decimals++)
        unit /= 10;
    const char *low = words_number(c->arena, usual->low, decimals, TEXT(""));
    return arena_print(c->arena, "%s to %s", low, amount(c, test, usual->high, decimals));
}

/* "the reading of 08:15, 9 mm/s, with 123 % of the surprise that it takes (higher than ever
 * before); usual was 2 to 3 mm/s." */
static const char *surprise_words(const struct case_of *c, const struct rules_test *test,
                                  const struct testing_note *note, const char *more)
{
    const struct engine_usual *usual = note->usual;
    return arena_print(c->arena,
                       "the reading of %s, %s, with %.0f %% of the surprise that it takes%s (%s); "
                       "usual was %s.",
                       why_time(c, note->time_ms),
                       amount(c, test, usual->value, wording_decimals(usual->value)),
                       100 * usual->surprise, more, alerts_surprise_words(usual->why),
                       range_words(c, test, usual));
}

const char *why_unusual(const struct case_of *c, int64_t at_ms)
{
    const struct rules_test *test = unusual_test(c);
    const struct testing_note *note = test != NULL ? judged_at(c, test, at_ms) : NULL;
    if (note == NULL)
        return "";
    const struct engine_usual *usual = note->usual;
    if (usual->learned <= ENGINE_LEARNED_LEAST)
        return arena_print(c->arena,
                           " Nothing is unusual before %u readings were learned; here there were "
                           "%u.",
                           ENGINE_LEARNED_LEAST, usual->learned - 1);
    const char *bar =
        usual->bar < 1.005
            ? ""
            : arena_print(c->arena, ", where %.0f %% were needed so soon after another",
                          100 * usual->bar);
    return arena_print(c->arena, " %s was %s", at_ms == INT64_MIN ? "Nearest to it" : "That",
                       surprise_words(c, test, note, bar));
}

const char *why_still_unusual(const struct case_of *c)
{
    const struct rules_test *test = unusual_test(c);
    const struct testing_note *last = NULL;
    for (size_t i = 0; test != NULL && i < c->play->notes_count; i++) {
        const struct testing_note *note = &c->play->notes[i];
        if (is_judged(c, test, note) && !is_calm(test, note->usual))
            last = note;
    }
    if (last == NULL)
        return "";
    return arena_print(c->arena,
                       " It is over when eight steps were as usual; the last that was not was %s",
                       surprise_words(c, test, last, ""));
}
