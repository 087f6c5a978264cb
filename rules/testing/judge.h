/* Whether a test passed, and if not: what was expected, what came, and why.
 * Comes in: a test that was played. Goes out: problems, then text for people. Called by
 * tools/test.c. */
#ifndef RULES_TESTING_JUDGE_H
#define RULES_TESTING_JUDGE_H

#include "rules/testing/play.h"

#define TESTING_PROBLEMS_MAX 32

struct testing_problem {             /* at least one of the first three is there */
    const struct testing_step *step; /* what was expected, or could not be done */
    const struct testing_came *came; /* what came instead, or without being expected */
    const struct testing_report *report;
    const char *text;                /* of a trouble; else NULL */
    bool is_text;                    /* came in time, with another text */
    bool is_severity;                /* came in time, with another severity */
    const struct testing_item *item; /* of the report: has another value */
    int64_t time_ms;
};

struct testing_verdict {
    bool has_passed;
    struct testing_problem problems[TESTING_PROBLEMS_MAX]; /* in order of time */
    size_t count, all;                                     /* all: how many there were */
};

void testing_judge(struct testing_play *play, struct testing_verdict *verdict);

/* One sentence or more that a technician can act on; "" when nothing can be said. */
const char *testing_why(struct testing_play *play, const struct testing_problem *problem);

/* The whole failure as section 14.2 has it. */
void testing_print(struct testing_play *play, const struct testing_verdict *verdict,
                   const char *file, struct rules_output output);
/* One problem in one line, for editors: `"a warm cooler": expected … at 08:15, came … at 08:16.` */
const char *testing_sentence(struct testing_play *play, const struct testing_problem *problem);
/* "warning cooler-too-warm on meat": of an expecting step. */
const char *testing_expected_words(struct testing_play *play, const struct testing_step *step);
const char *testing_came_words(struct testing_play *play, const struct testing_came *came);
/* What happened, drawn: at most 8 lines; "" when there is nothing to draw. */
const char *testing_timeline(struct testing_play *play, const struct testing_problem *problem);

#endif
