/* From a token of a message to a value: numbers, states, texts, times (RULES,
 * sections 4.4, 8.2, 8.3; E 11). Comes in: a token and what the rules say of the reading. Goes out:
 * a reading for the engine, good, faulty or missing. Called by pipeline.c for each token that is
 * wanted. */
#ifndef PIPELINE_VALUES_H
#define PIPELINE_VALUES_H

#include "pipeline/json_scan.h"
#include "rules/engine/engine.h"

/* Room for texts whose escapes have to be resolved; lives as long as one message. The only bytes
 * that are ever copied: `copied_bytes` counts them. */
#define VALUES_SCRATCH_BYTES 512
struct values_scratch {
    size_t used;
    uint64_t copied_bytes;
    char bytes[VALUES_SCRATCH_BYTES];
};

/* What a reading needs beside its rules, worked out once. */
struct values_reading {
    const struct rules_reading *rules;
    int8_t scale_decimals; /* that scaling adds; less than 0: takes away */
    uint8_t offset_decimals;
};
void values_reading_make(struct values_reading *reading, const struct rules_reading *rules);

/* *value's quality, decimals and value are set; `reading` is left to the caller. */
void values_read(const struct ruleset *rules, const struct values_reading *reading,
                 const struct scan_token *token, struct values_scratch *scratch,
                 struct engine_reading *value);

/* The text of a token: a string, or a number as it stands. False for anything else, and for a
 * number that is not written in digits. */
bool values_text(const struct scan_token *token, struct values_scratch *scratch, struct text *text);

/* A time as the group writes it. False when it is none, or outside the years 0 to 9999. */
bool values_time(enum rules_time kind, const struct scan_token *token, int64_t *utc_ms);

/* Within the years 0 to 9999. */
bool values_time_is_sane(double utc_ms);

/* A whole number from 0 up. */
bool values_sequence(const struct scan_token *token, uint64_t *sequence);

#endif
