/* What sentences about a failed test are about. Private to why.c (what rules did),
 * why_readings.c (what was sent) and why_unusual.c (what was unusual). */
#ifndef RULES_TESTING_WHY_H
#define RULES_TESTING_WHY_H

#include "rules/testing/judge.h"

struct case_of { /* what the sentences are about */
    struct testing_play *play;
    struct arena *arena;
    const struct ruleset *rules;
    const struct rules_alarm *alarm;
    uint32_t alarm_index, trigger_index;
    const struct rules_trigger *trigger;
    struct testing_row row;
    bool has_row;
    int64_t from_ms, until_ms; /* what happened earlier or later is no reason */
};

/* Is a note about the row, and of the time that is asked for? */
bool why_is_note(const struct case_of *c, const struct testing_note *note);
/* "08:15" */
const char *why_time(const struct case_of *c, int64_t ms);
/* "10 minutes"; "" when the trigger waits for nothing. */
const char *why_hold(const struct case_of *c);
/* "temperature was never above 5 °C: the highest value was 4 °C, at 08:00." */
const char *why_never(const struct case_of *c);
/* " The values of temperature were 4 °C to 6 °C.", for each number of the condition. */
const char *why_ranges(const struct case_of *c, const struct rules_condition *condition);
/* " That was the reading of 08:15, 9 mm/s, with 123 % of the surprise that it takes (higher than
 * ever before); usual was 2 to 3 mm/s." That of at_ms, or, at INT64_MIN, the most surprising one.
 * "": the trigger does not ask what is unusual, or no reading was judged. */
const char *why_unusual(const struct case_of *c, int64_t at_ms);
/* The same of the last reading that kept an alarm on. */
const char *why_still_unusual(const struct case_of *c);
/* When the sensor's last message arrived; INT64_MIN: none did. */
int64_t why_last_message_ms(const struct case_of *c);
/* How many messages of the sensor arrived. */
unsigned why_messages(const struct case_of *c);

#endif
