/* Tables whose rows are not in order of time, put in order. Comes in: a recording. Goes out: its
 * lines, earliest first, from where they lie in the file. Private to tools/recording*.c. */
#ifndef TOOLS_RECORDING_ORDER_H
#define TOOLS_RECORDING_ORDER_H

#include "tools/recording.h"

struct recording_row {
    int64_t time_ms; /* what is no reading has the time of the row before it */
    int64_t offset;
    uint32_t length, number;
};

/* The next line of recording->rows. */
enum lines_result recording_order_next(struct recording *recording, struct text *line);
int64_t recording_order_last(const struct recording *recording);

#endif
