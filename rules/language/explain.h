/* What each message means, for `brink explain CODE` (RULES section 13.1, 6).
 * Comes in: a code such as "R162". Goes out: a page with a wrong and a right example. Called by
 * tools/ and tests. */
#ifndef RULES_LANGUAGE_EXPLAIN_H
#define RULES_LANGUAGE_EXPLAIN_H

#include "base/text.h"

/* What stands above the lines of an example. */
enum explain_below {
    EXPLAIN_FILE,    /* nothing: the example is a whole file */
    EXPLAIN_SENSORS, /* a group of sensors */
    EXPLAIN_ALARM,   /* a group of sensors and the first line of an alarm */
    EXPLAIN_REPORT,  /* a group of sensors and the first line of a report */
    EXPLAIN_TESTS,   /* nothing: the example is a whole file of tests … */
    EXPLAIN_TEST     /* … the rules, the first line of a test and a sensor */
};

struct explanation {
    const char *code;  /* "R162" */
    const char *title; /* one line */
    const char *text;  /* two to four sentences */
    enum explain_below below;
    const char *wrong, *right; /* lines of a rule file; both "" where no file alone can show it */
};

/* The pages of one kind of messages. */
struct explanations {
    const struct explanation *pages;
    size_t count;
};
extern const struct explanations explain_errors, explain_tests, explain_warnings;

/* NULL when there is no such code; case does not matter. */
const struct explanation *explain_find(struct text code);
/* All of them, in the order of their codes. */
const struct explanation *explanations(size_t *count);
/* The lines that stand above an example. */
const char *explain_above(enum explain_below below);
/* The rules that examples of tests try. */
const char *explain_tested_rules(void);

#endif
