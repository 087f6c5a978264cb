/* Fills in the texts that rules wrote for people (RULES, section 10.4).
 * Comes in: a template ("Cooler {cooler} is at {temperature}"), the event, the device. Goes out: a
 * sentence. Called when a message is made, so that it says what was true then. Private to alerts/.
 */
#ifndef ALERTS_TEMPLATE_H
#define ALERTS_TEMPLATE_H

#include "alerts/wording.h"
#include "rules/engine/engine.h"

struct template_words {
    const struct ruleset *rules;
    const char *site_name;
    const struct zone *zone;                /* for {time} and {since}; with an event */
    const struct engine_alarm_event *event; /* NULL: only named parts and readings are known */
    const struct engine_device_view *view;  /* NULL: an alarm of the site */
    const struct engine *engine; /* holds readings that are texts; NULL: they are unknown */
};

/* Adds the filled-in text. A word in braces that means nothing stays as it is. */
void template_fill(const struct template_words *words, struct text template, struct writer *writer);

/* The device for people: `called`, filled in, else its names joined with blanks. */
void template_device_name(const struct template_words *words, struct writer *writer);

/* ---- what an event shows: also needed by message.c ----------------------------------------- */

const char *template_severity_word(enum rules_severity severity);
/* With how many decimals both ends of what is usual are shown; the event has it. */
unsigned template_usual_decimals(const struct template_words *words);
/* "1.8 to 3.4 mm/s"; the event has it. */
void template_add_usual_range(const struct template_words *words, struct writer *writer);
/* The severity that a message has: of a cleared alarm the one that it had. */
enum rules_severity template_severity(const struct engine_alarm_event *event);
const struct rules_alarm *template_alarm(const struct template_words *words);
const struct rules_trigger *template_trigger(const struct template_words *words);
/* The test that is shown. */
const struct rules_test *template_test(const struct template_words *words);
/* Has a test of this kind a value, or two numbers, that it compares with? */
bool template_shows_value(const struct rules_test *test);
bool template_shows_two(const struct rules_test *test);
/* With how many decimals a reading is shown whose value came with so many (E 38). */
unsigned template_decimals(const struct rules_reading *reading, unsigned decimals);
/* Its reading, or NULL (silent, or an alarm of the site). */
const struct rules_reading *template_reading(const struct template_words *words);
/* The number that a test compares with; false when it is another reading without a good value. */
bool template_limit_number(const struct template_words *words, const struct rules_value *value,
                           double *number);
/* The newest good value of a reading that is a text, without a character that the engine's room
 * cut; empty: not known. Lives until the device's next message. */
struct text template_reading_text(const struct template_words *words,
                                  const struct rules_reading *reading);

#endif
