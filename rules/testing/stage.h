/* A test while it is played: the site on a desk (trial.h), and what comes of it. Private to play.c,
 * record.c (what came) and people.c (commands, holds). */
#ifndef RULES_TESTING_STAGE_H
#define RULES_TESTING_STAGE_H

#include "rules/testing/play.h"
#include "rules/testing/trial.h"

struct stage {
    struct testing_play *play;
    const struct testing_test *test;
    struct trial trial;              /* its engine is NULL while Brink is off */
    bool has_waiting;                /* a line expects an alarm to wait */
    bool has_taken;                  /* a reading of any message */
    const struct testing_row **rows; /* by device; made on first use */
    size_t rows_count;
};

/* ---- record.c ------------------------------------------------------------------------------ */

/* What comes is added to the play; the stage is the context. */
struct trial_observer stage_observer(struct stage *stage);
void stage_add_trouble(struct stage *stage, const struct testing_step *step, const char *text);
/* A message of a sensor, now. */
void stage_add_sent(struct stage *stage, const struct testing_step *step);
/* Who a device or a set is; lives as long as the play. */
const struct testing_row *stage_row(struct stage *stage, uint32_t device);
/* Before devices get other numbers. */
void stage_forget_rows(struct stage *stage);

/* ---- people.c ------------------------------------------------------------------------------ */

/* Not while Brink is off. */
void stage_command(struct stage *stage, const struct testing_step *step);
/* A hold may run for a moment only: looked for whenever something happened. The context is a stage.
 */
void stage_look_for_waiting(void *context);

#endif
