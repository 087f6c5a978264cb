/* What rules say, in the words of the rules, and times as people write them in tests.
 * Comes in: parts of a ruleset. Goes out: text in an arena. Called by judge.c, why.c, print.c. */
#ifndef RULES_TESTING_WORDS_H
#define RULES_TESTING_WORDS_H

#include "rules/testing/play.h"

/* "08:15", "08:15:30", "tuesday 08:15": local time, seen from the day of the test. */
const char *words_time(struct arena *arena, const struct testing_test *test, int64_t utc_ms);
/* "4.5 °C" */
const char *words_number(struct arena *arena, double value, unsigned decimals, struct text unit);

/* A test as subject and predicate: "temperature", "above 5 °C". `is_state`: it fits behind "was".
 * `names`: of the row, for limits of a table. */
struct words_test {
    const char *subject, *predicate;
    bool is_state;
    const struct rules_reading *reading; /* NULL: none */
};
struct words_test words_of_test(struct arena *arena, const struct ruleset *rules,
                                const struct rules_alarm *alarm, const struct rules_test *test,
                                const struct testing_row *row);
/* "temperature above 5 °C and defrost is off" */
const char *words_condition(struct arena *arena, const struct ruleset *rules,
                            const struct rules_alarm *alarm,
                            const struct rules_condition *condition, const struct testing_row *row);
const char *words_severity(uint32_t severity);

/* Where `part` begins in `text`, or NULL. */
const char *words_find(struct text text, struct text part);

#endif
