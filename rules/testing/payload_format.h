/* What a message of a test says, and who writes it in which format. Comes in: paths and values, as
 * payload.c collected them. Goes out: bytes as a sensor sends them. Called by payload.c. */
#ifndef RULES_TESTING_PAYLOAD_FORMAT_H
#define RULES_TESTING_PAYLOAD_FORMAT_H

#include "alerts/wording.h"
#include "rules/testing/payload.h"

/* One thing that the message says, and where. */
struct entry {
    struct rules_path path;
    bool is_name;   /* of the device */
    char value[96]; /* as JSON writes it */
};
#define ENTRIES_MAX (TESTING_VALUES_MAX + RULES_NAMES_MAX + 2)

struct said {
    const struct ruleset *rules;
    struct entry entries[ENTRIES_MAX];
    size_t count;
    bool has_own_time; /* the format says it, without a path */
    int64_t own_ms;
};

typedef void payload_write(const struct said *message, const struct rules_group *group,
                           struct writer *out);
payload_write payload_write_lines, payload_write_senml, payload_write_sparkplug,
    payload_write_plain, payload_write_csv;

#endif
