/* The tree of which a message upstream is made, in room of its own, and the members that messages
 * share: CloudEvents' envelope, the site, a device, tags, the rule (RULES, section 16). Comes in: a
 * message's parts. Goes out: one line of JSON. One tree at a time: whoever opens one closes it.
 * Private to message*.c. */
#ifndef ALERTS_MESSAGE_TREE_H
#define ALERTS_MESSAGE_TREE_H

#include "alerts/message.h"

#include <cJSON.h>

#define TREE_TEXT_BYTES 1024 /* one filled-in text */

struct envelope {
    const char *type, *subject, *schema;
    uint64_t sequence;
    uint32_t quiet; /* an alert without a number of its own */
    int64_t time_ms;
};

cJSON *tree_open(void);
/* The same, with the envelope in it. */
cJSON *tree_open_event(const struct message_source *source, const struct envelope *envelope);
/* Returns the length of the text, 0 when it or the tree does not fit. */
size_t tree_close(cJSON *root, char *room, size_t room_bytes);

void tree_add_string(cJSON *object, const char *key, const char *string); /* empty: null */
void tree_add_text(cJSON *object, const char *key, struct text text);
void tree_add_number(cJSON *object, const char *key, double value);
void tree_add_time(cJSON *object, const char *key, int64_t utc_ms); /* INT64_MIN: null */
/* A text of the rules, its {names} filled in. */
void tree_add_template(cJSON *object, const char *key, const struct template_words *words,
                       struct rules_text template);
void tree_add_tags(cJSON *object, const struct ruleset *rules, struct rules_span tags);
void tree_add_rule(cJSON *object, const struct ruleset *rules, struct rules_text file,
                   uint32_t line);
void tree_add_site(cJSON *data, const struct message_source *source);
void tree_add_device(cJSON *data, const struct identity *identity);

#endif
