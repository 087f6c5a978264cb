/* A compiled ruleset in the language's own words: conditions, holds, lengths of time.
 * Comes in: parts of a ruleset (rules/ruleset.h). Goes out: text, as `brink format` would write it.
 * Called by rules/language/changes.c and tools/. */
#ifndef RULES_LANGUAGE_DESCRIBE_H
#define RULES_LANGUAGE_DESCRIBE_H

#include "rules/ruleset.h"

#define WORDING_BYTES 2048
struct wording { /* what does not fit is cut off */
    char text[WORDING_BYTES];
    size_t used;
};
void wording_add(struct wording *wording, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Which parts of a condition are written. */
enum wording_part {
    WORDING_ALL,
    WORDING_SHAPE, /* limits as "…" */
    WORDING_LIMITS /* the limits alone, joined by commas; may be empty */
};

/* "1 hour 30 minutes" */
void describe_duration(struct wording *wording, int64_t duration_ms);
/* "5 °C", "warm minus 0.5 °C"; `group`: of the test's subject. */
void describe_value(struct wording *wording, const struct ruleset *rules, uint32_t group,
                    const struct rules_value *value);
/* "temperature above 5 °C and defrost is off"; `group`: of the rows that are judged, RULES_NONE:
 * the site's. */
void describe_condition(struct wording *wording, const struct ruleset *rules, uint32_t group,
                        const struct rules_condition *condition, enum wording_part part);
/* "for 10 minutes"; nothing without a hold. */
void describe_hold(struct wording *wording, const struct rules_hold *hold);
/* "values[0].t", "payload" */
void describe_path(struct wording *wording, const struct ruleset *rules,
                   const struct rules_path *path);
/* "store/{store}/mains" */
void describe_topic(struct wording *wording, const struct ruleset *rules,
                    const struct rules_group *group);

#endif
